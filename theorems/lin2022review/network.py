"""Section 1, equations (1)-(4), and (15): the fully-connected network, its loss, gradient descent, layers.

c stands for c_σ, g for the activation g(z) = z Φ(z) + φ(z) = E max(z + ξ, 0), ξ ~ N(0, 1), whose Gaussian
means are those of the ReLU with 1 added to each variance: it is analytic and has closed duals.
"""

from verify import Claim, Context, Outcome, Statement, evaluate, every, expectation, identity

SMOOTHED = "zΦ(z) + φ(z) = E max(z + ξ, 0), ξ ~ N(0, 1), and Fubini"


forward = Claim(
    "lin2022review/eq-1",
    title="Fully-connected network whose scaling keeps the norm of a layer",
    kind="definition",
    same_as=("du2019deep/eq-2",),
    where="Section 1, eq. (1)",
    states=r"x^{(h)} = s\,\sigma(W^{(h)}x^{(h-1)}),\ s = \sqrt{c_\sigma/m},\ c_\sigma = "
    r"\left(\mathbb E\,\sigma(z)^2\right)^{-1};\qquad \|x^{(h-1)}\|_2 = 1 \implies "
    r"\mathbb E\left[\|x^{(h)}\|_2^2 \mid x^{(h-1)}\right] = 1",
    given=(r"W^{(h)}\ \text{has iid } N(0,1)\ \text{entries}", r"z\sim N(0,1)"),
    printed={"s": "sqrt(c)/sqrt(m)", "square": "(sqrt(3) + pi/2 + asin(1/2))/(2*pi)"},
    note="Printed is the map; the second formula is what the text calls normalisation. The network is that "
    "of the paper under review. square is E g(z)² for g(z) = zΦ(z) + φ(z), which is used as an example "
    "below.",
)


@forward.check(covers="universal")
def conditional_second_moment(claim: Statement, ctx: Context) -> Outcome:
    """m neurons, each with E (s σ(z))² = s²/c, because w.x ~ N(0, 1) for a unit vector x."""
    return identity(f"m*({claim.s})**2/c == 1", m="(0, oo)", c="(0, oo)")


@forward.check()
def two_normalisers(claim: Statement, ctx: Context) -> Outcome:
    """m s² E σ(z)² at m = 9 with the value of E σ(z)²: erf and 1 + sin, by quadrature; g, by its dual."""
    cases = []
    for name, text, square in (
        ("erf", "erf(z)**2", "(2/pi*asin(2/3))"),
        ("1 + sin", "(1 + sin(z))**2", "(3/2 - exp(-2)/2)"),
    ):
        let = {"m": "9", "c": f"(1/{square})"}
        size = f"abs(9*({claim.s})**2*{square} - 1)"
        cases.append(expectation([("oo", text)], equals=square, says=f"E σ(z)² for {name}"))
        cases.append(evaluate(f"{size} < 1/10**12", let=let, instance=True, says=f"{name}, m = 9"))
    corner = "(sqrt(1 - t**2) + t*(pi/2 + asin(t)))/pi"
    at_half = "(sqrt(1 - 1/4) + 1/2*(pi/2 + asin(1/2)))/pi"
    dual = identity(f"{at_half} == square", let=claim.let, says="E g(z)²: t = 1/2")
    slope = identity(
        f"diff({corner}, t) == 2*(1/4 + asin(t)/(2*pi))", t="(-1, 1)", says="E g(u) g(v), E uv = 2t"
    )
    assumes = (SMOOTHED, "the derivative in E uv is Pr(u + ξ > 0, v + ξ' > 0), the arc-cosine kernel")
    return every(*cases, dual, slope, assumes=assumes)


forward.falsehood("c/m without the root", s="c/m")
forward.falsehood("1/√m without c", s="1/sqrt(m)")
forward.falsehood("E g(z)² = 1/2, that of the ReLU", square="1/2", by=("two_normalisers",))


output = Claim(
    "lin2022review/eq-2",
    title="Scalar output: at initialisation Gaussian given the last layer",
    kind="definition",
    where="Section 1, eq. (2)",
    states=r"f(x,\theta) = a^\top x^{(H)};\qquad f \mid x^{(H)} \sim N\left(0, \|x^{(H)}\|_2^2\right)",
    given=(r"a\sim N(0,I_m)\ \text{independent of the other layers}",),
    printed={"variance": "x1**2 + x2**2"},
    uses=("lin2022review/eq-1",),
    note="Printed is the formula for f and the law of a; the law of f follows.",
)


@output.check(covers="universal")
def linear_form(claim: Statement, ctx: Context) -> Outcome:
    """Var(a_1 x_1 + a_2 x_2) term by term: E a_r² = 1 and E a_1 a_2 = 0. m terms are alike."""
    return every(
        expectation([("oo", "z**2")], equals="1", says="E a_r²"),
        expectation([("oo", "z")], equals="0", says="E a_r"),
        identity(f"1*x1**2 + 2*0*x1*x2 + 1*x2**2 == {claim.variance}", says="m = 2"),
        assumes=("a linear form of independent normal variables is normal",),
    )


output.falsehood("variance |x|²/m", variance="(x1**2 + x2**2)/2")
output.falsehood("variance |a|²", variance="a1**2 + a2**2")
output.falsehood("a sum of the coordinates", variance="(x1 + x2)**2")


loss = Claim(
    "lin2022review/eq-3",
    title="Quadratic loss: half the sum of the squares",
    kind="definition",
    same_as=("du2019deep/eq-1",),
    where="Section 1, eq. (3)",
    states=r"L(\theta) = k\sum_{i=1}^n (f(x_i,\theta)-y_i)^2;\qquad "
    r"\frac{\partial L}{\partial f(x_i,\theta)} = f(x_i,\theta)-y_i",
    printed={"k": "1/2"},
    uses=("lin2022review/eq-2",),
    note="Printed is L; its derivative is what (11) needs: the factor of G is 1.",
)


@loss.check(covers="universal")
def derivative_is_the_residual(claim: Statement, ctx: Context) -> Outcome:
    """The sum is separable in the predictions; rest is what the other inputs add."""
    return identity("diff(rest + k*(u - y)**2, u) == u - y", let=claim.let, n="[2, oo)")


loss.falsehood("no factor one half", k=1)
loss.falsehood("mean over the inputs", k="1/(2*n)")


descent = Claim(
    "lin2022review/eq-4",
    title="Gradient descent on the hidden layers with a frozen output layer",
    kind="definition",
    where="Section 1, eq. (4)",
    states=r"W^{(h)}(k) = W^{(h)}(k-1)+s\,\eta\,\frac{\partial L(\theta(k-1))}{\partial W^{(h)}(k-1)},\quad "
    r"a(k) = a(0);\qquad L(\theta(k)) = L(\theta(k-1))-\eta\|\nabla L\|_2^2+O(\eta^2),\quad "
    r"G = \sum_{h=1}^H G^{(h)}+t\,X^{(H)}X^{(H)\top}",
    given=(r"\eta > 0", r"\nabla = \partial/\partial(W^{(1)},\dots,W^{(H)})"),
    printed={"s": -1, "t": 0},
    parts=("descent", "kernel"),
    uses=("lin2022review/eq-3",),
    note="Printed is the update; t = 1 is the kernel when a is trained too, as in the paper under review.",
)


@descent.check(part="descent", covers="universal")
def first_order_decrease(claim: Statement, ctx: Context) -> Outcome:
    """Two inputs, two weights, e = f - y, D = ∂f/∂W: the predictions move by s η D Dᵀe + η² q, q arbitrary.

    The loss along the step, expanded: its coefficient of η is -|Dᵀe|².
    """
    gradient = [f"(D1{k}*e1 + D2{k}*e2)" for k in (1, 2)]
    shift = [f"(D{i}1*{gradient[0]} + D{i}2*{gradient[1]})" for i in (1, 2)]
    moved = " + ".join(f"(e{i} + s*eta*{shift[i - 1]} + eta**2*q{i})**2/2" for i in (1, 2))
    second = " + ".join(f"(s*{shift[i - 1]} + eta*q{i})**2/2 + e{i}*q{i}" for i in (1, 2))
    start = f"(e1**2 + e2**2)/2 - eta*({gradient[0]}**2 + {gradient[1]}**2)"
    return identity(f"{moved} == {start} + eta**2*({second})", let=claim.let)


@descent.check(part="kernel", covers="universal")
def who_moves(claim: Statement, ctx: Context) -> Outcome:
    """One neuron of the last layer, f_i = a p_i(w) with value v_i and slope d_i on input i: a rests.

    ∂f_1/∂w ∂f_2/∂w is its term of G^(H); training a would add ∂f_1/∂a ∂f_2/∂a = v_1 v_2.
    """
    f1, f2 = "(a*(v1 + d1*(w - w0)))", "(a*(v2 + d2*(w - w0)))"
    moving = f"diff({f1}, w)*diff({f2}, w)"
    return identity(f"{moving} + t*v1*v2 == a**2*d1*d2", let=claim.let)


descent.falsehood("ascent", s=1, by=("first_order_decrease",))
descent.falsehood("the kernel of the output layer, although a is frozen", t=1, by=("who_moves",))


layers = Claim(
    "lin2022review/eq-15",
    title="Pre-activations of all inputs as one matrix",
    kind="definition",
    where="Section 2.1, eq. (15) and the sentence before it",
    states=r"U^{(h+1)} = X^{(h)}\left(W^{(h+1)}\right)^\top \in \mathbb R^{n\times m},\qquad "
    r"X^{(h+1)} = s\,\sigma\left(U^{(j)}\right),\ s = \sqrt{c_\sigma/m};\qquad "
    r"\text{columns of } U^{(h+1)}\ \text{iid } N\left(0, X^{(h)}X^{(h)\top}\right)",
    given=(r"\text{rows of } X^{(h)}\ \text{are } x_i^{(h)\top}", r"\text{printed: } j = h"),
    printed={"layer": "h", "s": "sqrt(c)/sqrt(m)", "transposed": 1, "cross": "x1*y1 + x2*y2"},
    parts=("shape", "layer", "covariance"),
    uses=("lin2022review/eq-1",),
    note="The sentence before (15) has σ(U^(h)), which is not defined for h = 0 and belongs to the layer "
    "below; (17) has U^(h+1).",
)


@layers.check(part="shape", covers="universal")
def inner_dimensions(claim: Statement, ctx: Context) -> Outcome:
    """X^(0) is n x d and W^(1) is m x d: the product exists, for every d and m, only with the transpose."""
    rows = "transposed*d + (1 - transposed)*m"
    return identity(f"d == {rows}", let=claim.let, m="[1, oo)", d="[1, oo)")


@layers.check(part="layer", covers="universal")
def one_entry(claim: Statement, ctx: Context) -> Outcome:
    """Entry (i, r) of (1), at d = m = 2: w is row r of W^(h+1), x = x_i^(h).

    The product v.z is its entry one layer below.

    The sine stands for σ: an entry of X^(h+1) must depend on the weights of its own layer.
    """
    entry = {"h": "(v1*z1 + v2*z2)", "h + 1": "(w1*x1 + w2*x2)"}[claim.layer]
    entries = f"({claim.s})*sin({entry}) == sqrt(c)/sqrt(m)*sin(w1*x1 + w2*x2)"
    return identity(entries, c="(0, oo)", m="(0, oo)")


@layers.check(part="covariance", covers="universal")
def one_column(claim: Statement, ctx: Context) -> Outcome:
    """E (w.x)(w.y) for a row w of W^(h+1), d = 2: E w_1² = E w_2² = 1, E w_1 w_2 = 0; the rows are iid."""
    return every(
        expectation([("oo", "z**2")], equals="1", says="E w_k²"),
        identity(f"1*x1*y1 + 0*(x1*y2 + x2*y1) + 1*x2*y2 == {claim.cross}"),
        assumes=("a linear map of a normal vector is normal",),
    )


layers.falsehood("W untransposed", layer="h + 1", transposed=0, by=("inner_dimensions",))
layers.falsehood("scale c/m", layer="h + 1", s="c/m", by=("one_entry",))
layers.falsehood("identity covariance", layer="h + 1", cross="1", by=("one_column",))
layers.corrected("σ of the same layer", erratum="misprint", layer="h + 1")
