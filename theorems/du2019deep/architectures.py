"""Sections 3.3 and 4: the loss, the three architectures, gradient descent on all layers, and its dynamics.

c stands for c_sigma; s(1) .. are values of the activation; instances use 1 + sin z and erf, whose second
moments at variance q are 3/2 - e^(-2q)/2 and (2/π) asin(2q/(1 + 2q)).
"""

from fractions import Fraction

import torch

from numerics.networks_passes import patches
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ONE = "(0, oo)", "[1, oo)"


def erf_square(q: str) -> str:
    """E erf(√q z)²."""
    return f"(2/pi*asin(2*({q})/(1 + 2*({q}))))"


loss = Claim(
    "du2019deep/eq-1",
    aliases=("du2019thesis/eq-3.1", "du2019deep/sec-A-loss", "du2019thesis/sec-3.8-loss"),
    title="Quadratic loss: half the sum of the squares",
    kind="definition",
    where="Section 3.3, eq. (1); Appendix A",
    states=r"L(\theta) = k\sum_{i=1}^n(f(\theta,x_i)-y_i)^2 = \frac{1}{2}\|y-u\|_2^2;\qquad "
    r"\frac{\partial L}{\partial u_i} = u_i-y_i",
    printed={"k": "1/2"},
)


@loss.check(covers="universal")
def residual(claim: Statement, ctx: Context) -> Outcome:
    """The sum is separable in the predictions; rest is what the other inputs add."""
    return every(
        identity("diff(rest + k*(u - y)**2, u) == u - y", let=claim.let, n="[2, oo)"),
        identity("k*((u - y)**2 + (v - z)**2) == ((y - u)**2 + (z - v)**2)/2", let=claim.let, n="[2, oo)"),
    )


loss.falsehood("mean over the inputs", k="1/(2*n)")
loss.falsehood("no factor one half", k=1)


dense = Claim(
    "du2019deep/eq-2",
    aliases=("du2019thesis/eq-3.2",),
    title="Fully-connected network, with the scaling that keeps the norm of a layer",
    kind="definition",
    where="Section 3.3, eq. (2)",
    states=r"x^{(h)} = s\,\sigma(W^{(h)}x^{(h-1)}),\ s = \sqrt{c_\sigma/m},\ c_\sigma = "
    r"1/\mathbb E\,\sigma(z)^2;\qquad \|x^{(h-1)}\|_2^2 = q \implies \mathbb E\|x^{(h)}\|_2^2 = 1",
    given=(r"W^{(h)}\ \text{has iid } N(0,1)\ \text{entries}", r"\text{printed: } q = 1"),
    printed={"s": "sqrt(c)/sqrt(m)", "c": "1/M2", "q": 1},
    parts=("scaling", "norm of the input"),
    note="M1 and M2 are the first and second moment of σ(z). Printed is what c_sigma is for: to normalise "
    "the input in the initialisation phase.",
)


@dense.check(part="scaling", covers="universal")
def second_moment(claim: Statement, ctx: Context) -> Outcome:
    """m neurons, each with E (s σ(z))² = s² M2, because w.x ~ N(0, 1) for a unit vector."""
    return every(
        identity(f"m*({claim.s})**2/c == 1", m=FROM_ONE, c=POSITIVE, says="the norm"),
        identity(f"({claim.c})*M2 == 1", M1=POSITIVE, M2=POSITIVE, says="c E σ(z)²"),
    )


@dense.check(part="norm of the input")
def erf_at_squared_norm(claim: Statement, ctx: Context) -> Outcome:
    """erf: c E erf(√q z)², c being that of q = 1; by quadrature in balls and by the arcsine."""
    return every(
        expectation([("oo", "erf(z)**2")], equals=erf_square("1"), says="E erf(z)²"),
        evaluate(f"{erf_square(str(claim.q))}/{erf_square('1')} == 1", instance=True, says="E |x^(h)|²"),
    )


dense.falsehood("c = 1/(E σ)²", c="1/M1**2", by=("second_moment",))
dense.falsehood("c/m without the root", s="c/m", by=("second_moment",))
dense.falsehood("for inputs of norm 2 as well", q=4, by=("erf_at_squared_norm",))


residual_net = Claim(
    "du2019deep/eq-3",
    aliases=("du2019thesis/eq-3.3",),
    title="Residual network with branches of size c_res/H",
    kind="definition",
    where="Section 3.3, eq. (3)",
    states=r"x^{(1)} = \sqrt{c_\sigma/m}\,\sigma(W^{(1)}x),\quad x^{(h)} = "
    r"x^{(h-1)}+s\,\sigma(W^{(h)}x^{(h-1)})\ (2\le h\le H),\ s = \frac{c_{res}}{H\sqrt m};\qquad "
    r"\sum_{h=1}^{H}\left(\mathbb E\|s\,\sigma(W^{(h)}x)\|_2^2\right)^{1/2} = "
    r"c_{res}\left(\mathbb E\,\sigma(z)^2\right)^{1/2}",
    given=(r"0 < c_{res} < 1",),
    printed={"s": "cres/(H*sqrt(m))"},
    uses=("du2019deep/eq-2",),
    note="Printed is the map. The second formula says what its scaling does: H branches at a unit vector "
    "have total size c_res times a constant, whatever H and m. The first and the output layer carry no 1/H.",
)


@residual_net.check(covers="universal")
def total_size_of_the_branches(claim: Statement, ctx: Context) -> Outcome:
    """One branch has mean squared norm m s² M2; H of them, squared to avoid the root."""
    return identity(f"H**2*(m*({claim.s})**2*M2) == cres**2*M2", m=FROM_ONE, H=FROM_ONE)


residual_net.falsehood("c_res/√(Hm)", s="cres/sqrt(H*m)")
residual_net.falsehood("c_res/√m", s="cres/sqrt(m)")
residual_net.falsehood("c_res/(Hm), without the root", s="cres/(H*m)")


convolution = Claim(
    "du2019deep/sec-3.3-conv",
    aliases=("du2019thesis/sec-3.2.2-conv",),
    title="Convolutional residual network: patches with zero padding",
    kind="definition",
    where="Section 3.3, convolutional ResNet",
    states=r"\phi(x)_{(c,o),l} = x_{c,\,l+o},\ |o| \le (q-1)/2,\ x_{:,s} = v\,x_{:,s\bmod p}\ \text{outside "
    r"} [1,p];\qquad x^{(h)} = x^{(h-1)}+\frac{c_{res}}{H\sqrt m}\,\sigma(W^{(h)}\phi(x^{(h-1)}))",
    given=(r"\text{stride } 1,\ q\ \text{odd}", r"\text{printed: } v = 0\ \text{(zero padding)}"),
    printed={"v": 0},
    uses=("du2019deep/eq-3",),
    note="v = 1 would be circular padding. For p = 1 and q = 1 the map is the residual network.",
)


def images() -> list[tuple[int, int, list[list[int]]]]:
    """(p, q, rows of pixels with their channels) with small integer entries, no two alike."""
    made = []
    for p, q, channels in ((1, 1, 2), (1, 3, 1), (2, 3, 2), (4, 3, 1), (3, 5, 1), (5, 5, 2)):
        made.append((p, q, [[7 * s + 3 * c + 1 for c in range(channels)] for s in range(p)]))
    return made


@convolution.check()
def engine_patches(claim: Statement, ctx: Context) -> Outcome:
    """Integer images: every entry of the engine's patches is the pixel that the formula names."""
    cases = []
    for p, q, rows in images():
        found = patches(torch.tensor(rows, dtype=torch.float64), p, q).tolist()
        for pixel in range(p):
            for channel in range(len(rows[0])):
                for o in range(q):
                    s = pixel + o - q // 2
                    inside = rows[s][channel] if 0 <= s < p else f"v*{rows[s % p][channel]}"
                    said = f"{Fraction(found[pixel][channel * q + o])} == {inside}"
                    cases.append(evaluate(said, let=claim.let, instance=True, says=f"p = {p}, q = {q}"))
    return every(*cases)


convolution.falsehood("circular padding", v=1)


patch_norm = Claim(
    "du2019deep/sec-3.3-phi-norm",
    aliases=("du2019thesis/sec-3.2.2-phi-norm",),
    title="Norm of the patches against the norm of the image",
    kind="deterministic-inequality",
    where="Section 3.3, convolutional ResNet",
    states=r"\|x\|_F \le \|\phi(x)\|_F \le q^{a}\,\|x\|_F",
    given=(r"\text{stride } 1,\ q\ \text{odd, zero padding}",),
    printed={"a": "1/2", "least": 1},
    uses=("du2019deep/sec-3.3-conv",),
    note="Sharp: an interior pixel occurs q times, a single pixel once. least is the coefficient on the "
    "left.",
)


@patch_norm.check(covers="universal")
def occurrences(claim: Statement, ctx: Context) -> Outcome:
    """‖φ(x)‖² = Σ_s N_s |x_s|², N_s the number of offsets that keep s inside: 0 is one of them, q are all.

    First the engine: N_s for one bright pixel, p <= 5.
    """
    cases = []
    for p, q, _ in images():
        for s in range(p):
            image = torch.zeros(p, 1, dtype=torch.float64)
            image[s] = 1
            count = int(patches(image, p, q).sum())
            says = f"p = {p}, q = {q}, pixel {s + 1} occurs {count} times"
            cases.append(evaluate(f"least**2 <= {count}", let=claim.let, says=says, instance=True))
            cases.append(evaluate(f"{count} <= q**(2*({claim.a}))", let={"q": q}, says=says, instance=True))
    return unless(
        cases,
        follows_from(
            prove("least**2*x <= (1 + v)*x", x="[0, oo)", v="[0, oo)", let=claim.let, says="N_s = 1 + v"),
            prove(
                f"(1 + v*(q - 1))*x <= q**(2*({claim.a}))*x",
                x="[0, oo)",
                q=FROM_ONE,
                v="[0, 1]",
                says="N_s <= q",
            ),
            assumes=("the squares of all pixels, each N_s times",),
        ),
    )


patch_norm.falsehood("q^(1/4)", a="1/4")
patch_norm.falsehood("twice the norm on the left", least=2)


descent = Claim(
    "du2019deep/sec-3.3-init-gd",
    aliases=("du2019thesis/sec-3.2.2-init-gd",),
    title="Gradient descent on all layers at once",
    kind="definition",
    where="Section 3.3, after the architectures",
    states=r"W^{(h)}(k) = W^{(h)}(k-1)-\eta\,\frac{\partial L(\theta(k-1))}{\partial W^{(h)}(k-1)},\quad "
    r"a(k) = a(k-1)-t\,\eta\,\frac{\partial L(\theta(k-1))}{\partial a(k-1)}\quad\text{(simultaneously)}",
    given=(r"W^{(h)}_{ij}, a_r\sim N(0,1)",),
    printed={"t": 1, "inside": "a"},
    parts=("hidden layers", "output layer"),
    uses=("du2019deep/eq-1", "du2019deep/eq-2"),
    note="inside is the output weight in the gradient of the hidden layer: the old one.",
)

ERROR = "(a*w*x - y)"


@descent.check(part="hidden layers", covers="universal")
def old_output_weight(claim: Statement, ctx: Context) -> Outcome:
    """One path x -> w -> a: the step in w has the output weight of θ(k-1), not the new one."""
    inside = {"a": "a", "new": f"(a - eta*{ERROR}*w*x)"}[claim.inside]
    return identity(f"w - eta*{ERROR}*{inside}*x == w - eta*diff({ERROR}**2/2, w)")


@descent.check(part="output layer", covers="universal")
def output_weight_moves(claim: Statement, ctx: Context) -> Outcome:
    """The same path: the step in a."""
    return identity(f"a - t*eta*{ERROR}*w*x == a - eta*diff({ERROR}**2/2, a)", let=claim.let)


descent.falsehood("one layer after the other", inside="new", by=("old_output_weight",))
descent.falsehood("the output layer is frozen", t=0, by=("output_weight_moves",))


gram = Claim(
    "du2019deep/sec-4-gram",
    aliases=("du2019thesis/sec-3.3-gram",),
    title="The Gram matrix of the gradients is a sum over layers, each positive semidefinite",
    kind="positive-definiteness",
    where="Section 4",
    states=r"G_{ij} = \left\langle\frac{\partial u_i}{\partial\theta},\frac{\partial "
    r"u_j}{\partial\theta}\right\rangle = \sum_{h=1}^{H+1}G^{(h)}_{ij}+t\,(\text{cross terms}),\qquad "
    r"G^{(h)} \succeq 0,\qquad \lambda_{\min}(G) \ge k\,\lambda_{\min}(G^{(h)})",
    printed={"t": 0, "b": 2, "k": 1},
    parts=("sum", "positive semidefinite", "least eigenvalue"),
    note="b is the coefficient of the mixed term of the quadratic form.",
)


@gram.check(part="sum", covers="universal")
def blocks_of_coordinates(claim: Statement, ctx: Context) -> Outcome:
    """Two layers with gradients (p, q) of u_i and (r, s) of u_j: an inner product has no mixed terms."""
    return identity("p*r + q*s == p*r + q*s + t*(p*s + q*r)", let={"t": claim.t})


@gram.check(part="positive semidefinite", covers="universal")
def sum_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """vᵀG^(h)v = |Σ v_i ∂u_i/∂W^(h)|²: a coordinate, two inputs; a form is fixed by pairs."""
    return identity("v**2*p**2 + b*v*w*p*r + w**2*r**2 == (v*p + w*r)**2", let={"b": claim.b})


@gram.check(part="least eigenvalue", covers="universal")
def rayleigh(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv = vᵀG^(h)v + (the others, >= 0) >= λ_min(G^(h)), |v| = 1; attained where the others are 0."""
    return prove("lam + others >= k*lam", lam="[0, oo)", others="[0, oo)", let=claim.let)


@gram.falsehood_with_check("λ_min(G) is at most λ_min of the last hidden layer")
def two_identities(claim: Statement, ctx: Context) -> Outcome:
    """G^(H) = G^(H+1) = I."""
    return evaluate("1 + 1 <= 1", says="λ_min(G) against λ_min(G^(H))")


gram.falsehood("cross terms between layers", t=1, by=("blocks_of_coordinates",))
gram.falsehood("mixed terms once", b=1, by=("sum_of_squares",))
gram.falsehood("twice the least eigenvalue of one layer", k=2, by=("rayleigh",))


dynamics = Claim(
    "du2019deep/sec-4-dynamics",
    aliases=("du2019thesis/sec-3.3-dynamics",),
    title="One step of the residual under gradient descent",
    kind="dynamics",
    where="Section 4",
    states=r"y-u(k+1) = (I-\eta G(k))(y-u(k))+\eta^2\,r\,Q",
    given=(r"Q\ \text{the second-order change of the predictions}", r"\text{printed: } r = 0"),
    printed={"r": 0},
    uses=("du2019deep/sec-4-gram", "du2019deep/sec-3.3-init-gd"),
    note="Exact only where the predictions are affine in the parameters along the step; in general to first "
    "order in the step size, which is how Appendix A uses it.",
)


@dynamics.check(covers="universal")
def one_path(claim: Statement, ctx: Context) -> Outcome:
    """u = a w, n = x = 1: with e = y - u the step changes u by η(a² + w²)e + η² a w e²."""
    step = "(a + eta*e*w)*(w + eta*e*a)"
    return identity(f"e - ({step} - a*w) == (1 - eta*(a**2 + w**2))*e - eta**2*r*a*w*e**2", let=claim.let)


@dynamics.check(covers="universal")
def second_order_term(claim: Statement, ctx: Context) -> Outcome:
    """A prediction with slope d and curvature k along the parameter: u(θ + ηde) = u + ηd²e + η²kd²e²/2."""
    change = "d*(eta*d*e) + k*(eta*d*e)**2/2"
    return identity(f"e - ({change}) == (1 - eta*d**2)*e - eta**2*r*k*d**2*e**2/2", let=claim.let)


dynamics.falsehood("twice the second-order change", r=2)
dynamics.corrected("with the second-order term", erratum="missing hypothesis", r=1)


shallow_dynamics = Claim(
    "du2019deep/sec-4-shallow-dynamics",
    title="Two-layer dynamics, as quoted: linear, with a fixed limit",
    kind="dynamics",
    where="Section 4, first paragraph",
    states=r"y-u(k+1) = (I-\eta H(k))(y-u(k)),\qquad H^\infty_{ij} = \mathbb E_w\left[\sigma'(w^\top x_i)"
    r"\sigma'(w^\top x_j)\right](x_i^\top x_j)^{p}",
    given=(
        r"\text{only the first layer is trained, ReLU}",
        r"\text{no gate changes between } k \text{ and } k+1:\ \text{pre-activations stay} \ge b = 0",
    ),
    printed={"p": 1, "b": 0, "rate": 1},
    parts=("dynamics", "limit"),
    uses=("du2019shallow/eq-6", "du2019shallow/assumption-3.1"),
    note="Quoted from the two-layer paper. Inside an activation cell the prediction is linear in W and the "
    "display is exact.",
)


@shallow_dynamics.check(part="dynamics", covers="universal")
def linear_in_a_cell(claim: Statement, ctx: Context) -> Outcome:
    """One neuron, one input, m = 1: inside a cell u = a w x moves by η a² x² e.

    At the edge of the cell, x = a = 1, η = 1, e = -1: from w = 1 + b to b, where u must fall by 1.
    """
    return every(
        identity("a*(w + rate*eta*e*a*x)*x - a*w*x == eta*(a*x)**2*e", let={"rate": claim.rate}),
        evaluate("max(b, 0) - max(1 + b, 0) == -1", let=claim.let, says="w = 1 + b falls to b"),
    )


@shallow_dynamics.check(part="limit", covers="universal")
def average_over_neurons(claim: Statement, ctx: Context) -> Outcome:
    """A term of H: a² σ'σ' x_i.x_j/m, with mean 1/m times the printed expectation; u = a σ(w x)/√m."""
    return identity(
        "diff(a*g*w*x/sqrt(m), w)*diff(a*h*w*z/sqrt(m), w) == a**2*g*h*(x*z)**(p)/m", let=claim.let
    )


shallow_dynamics.falsehood("half a step", rate="1/2", by=("linear_in_a_cell",))
shallow_dynamics.falsehood("without x_i.x_j", p=0, by=("average_over_neurons",))
shallow_dynamics.falsehood("whatever gates change", b="-1/2", by=("linear_in_a_cell",))
