"""Appendix A and Section 4: what one iteration of gradient descent does to the residual.

`e` is the residual y - u(k), `eta` the step size, I_1 and I_2 the linear and the remaining part of
u(k+1) - u(k), `lam` the least eigenvalue of the Gram matrix of the last hidden layer.
"""

from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, REAL, UNIT = "(0, oo)", "[0, oo)", "(-oo, oo)", "(0, 1)"


expansion = Claim(
    "du2019deep/eq-12",
    aliases=("du2019thesis/eq-3.11",),
    title="Expansion of the squared residual over one iteration",
    kind="closed-form",
    where="Appendix A, eq. (12)",
    states=r"\|y-u(k+1)\|_2^2 = \|y-u(k)\|_2^2+c\,(y-u(k))^\top(u(k+1)-u(k))+q\,\|u(k+1)-u(k)\|_2^2,\ "
    r"c = -2,\ q = 1;\qquad t\,(y-u(k))^\top(u(k+1)-u(k)) > \|u(k+1)-u(k)\|_2^2 \implies L(\theta(k+1)) < "
    r"L(\theta(k)),\ t = 2",
    printed={"c": -2, "q": 1, "t": 2},
    parts=("expansion", "decrease"),
    uses=("du2019deep/eq-1",),
    note="The implication is an equivalence.",
)


@expansion.check(part="expansion", covers="universal")
def square_of_a_difference(claim: Statement, ctx: Context) -> Outcome:
    """A coordinate: u before and v after."""
    said = "(y - v)**2 == (y - u)**2 + c*(y - u)*(v - u) + q*(v - u)**2"
    return identity(said, let=claim.let, assumes=("sum over the coordinates",))


@expansion.check(part="decrease", covers="universal")
def cross_term_wins(claim: Statement, ctx: Context) -> Outcome:
    """P = e.D and Q = |D|² with t P = Q + x, x > 0: |e - D|² - |e|² = Q - 2P.  All P, Q occur for n = 1."""
    return every(
        identity("(e - D)**2 - e**2 == D**2 - 2*(e*D)", says="a coordinate"),
        prove("Q - 2*((Q + x)/t) < 0", Q=FROM_ZERO, x=POSITIVE, let=claim.let),
    )


@expansion.falsehood_with_check("the loss decreases only if the cross term without its 2 exceeds the square")
def three_halves(claim: Statement, ctx: Context) -> Outcome:
    """e = 1, D = 3/2: the square falls from 1 to 1/4."""
    return contradicted_by(
        every(evaluate("(1 - 3/2)**2 < 1"), evaluate("1*(3/2) <= (3/2)**2")),
        witness="n = 1, y - u = 1, u(k+1) - u(k) = 3/2: the loss decreases, and 3/2 is not above 9/4",
    )


expansion.falsehood("sign of the cross term", c=2, by=("square_of_a_difference",))
expansion.falsehood("half of the square", q="1/2", by=("square_of_a_difference",))
expansion.falsehood("three times the cross term", t=3, by=("cross_term_wins",))


# ---- linear and remaining part


def network(i: int, w: str = "w", v: str = "v", a: str = "a") -> str:
    """The prediction at input i: two hidden layers of one neuron, activation sin, scale q."""
    return f"({a}*q*sin(({v})*q*sin(({w})*x{i})))"


def slopes(i: int, w: str = "w", v: str = "v", a: str = "a") -> dict[str, str]:
    """Its derivatives in the three blocks, at the weights given."""
    inner = f"({w})*x{i}"
    outer = f"({v})*q*sin({inner})"
    return {
        "w": f"({a}*q*cos({outer})*({v})*q*cos({inner})*x{i})",
        "v": f"({a}*q*cos({outer})*q*sin({inner}))",
        "a": f"(q*sin({outer}))",
    }


taylor = Claim(
    "du2019deep/sec-A-taylor",
    aliases=("du2019thesis/sec-3.8-taylor",),
    title="One step of a prediction: a linear part and a remainder of second order",
    kind="closed-form",
    where="Appendix A, below eq. (12)",
    states=r"u_i(k+1)-u_i(k) = t\int_0^\eta\langle L'(\theta),u_i'(\theta-sL'(\theta))\rangle\,ds = "
    r"I_1^i+I_2^i,\quad I_1^i = -\eta\langle L'(\theta),u_i'(\theta)\rangle,\quad I_2^i = "
    r"r\int_0^\eta\langle L'(\theta),u_i'(\theta)-u_i'(\theta-sL'(\theta))\rangle\,ds;\qquad "
    r"|I_2^i| \le \frac{B}{2}\eta^{j}\|L'(\theta)\|_2^2",
    given=(
        r"\theta = \theta(k),\ \theta(k+1) = \theta-\eta L'(\theta),\ u_i\in C^1",
        r"t = -1,\ r = 1,\ j = 2;\ \text{all blocks } W^{(1)},\dots,W^{(H)},a",
        r"B\ \text{a Lipschitz constant of } u_i'\ \text{on the segment}",
    ),
    printed={"t": -1, "r": 1, "j": 2, "blocks": "wva"},
    parts=("integral", "two parts", "size"),
    uses=("du2019deep/sec-3.3-init-gd",),
    note="Printed about the size: proportional to η². The bound with B/2 is attained by u = a w.",
)


@taylor.check(part="integral", covers="universal")
def derivative_along_the_step(claim: Statement, ctx: Context) -> Outcome:
    """d/ds of u_i(θ - sL'), for any direction L' = (dw, dv, da), on a network with three blocks."""
    moved = {b: f"({b} - s*d{b})" for b in "wva"}
    inner = " + ".join(f"d{b}*{slopes(1, **moved)[b]}" for b in str(claim.blocks))
    chain = identity(f"diff({network(1, **moved)}, s) == t*({inner})", let={"t": claim.t}, says="chain rule")
    return every(chain, assumes=("fundamental theorem of calculus", "chain rule, for any activation"))


@taylor.check(part="two parts", covers="universal")
def constant_part_taken_out(claim: Statement, ctx: Context) -> Outcome:
    """g = <L', u'(θ)> and h = <L', u'(θ - sL')>: -h = -g + r(g - h) under the integral, whose first part is
    -ηg.

    First u = a w with any step (p, q): I_1 = -η(pa + qw) and I_2 = r η² pq, against the change itself.
    """
    change = "(a - eta*q)*(w - eta*p) - a*w"
    return every(
        identity(f"{change} == -eta*(p*a + q*w) + r*eta**2*p*q", let={"r": claim.r}, says="u = a w"),
        identity("-h == -g + r*(g - h)", let={"r": claim.r}, says="under the integral"),
    )


@taylor.check(part="size", covers="universal")
def lipschitz_gradient(claim: Statement, ctx: Context) -> Outcome:
    """|I_2| <= ∫ |L'| B s |L'| ds = B η²|L'|²/2.

    u = a w has B = 1, and p = q attains it: η²p², with |L'|² = 2p².
    """
    let = {"j": claim.j}
    return unless(
        [prove("eta**2*p**2 <= eta**j*(2*p**2)/2", eta=POSITIVE, p=POSITIVE, let=let, says="u = a w, p = q")],
        every(
            identity("diff(B*s**2/2*l**2, s) == l*(B*s*l)", says="the integral"),
            prove("B*eta**2/2*l**2 <= B/2*eta**j*l**2", eta=POSITIVE, B=FROM_ZERO, l=FROM_ZERO, let=let),
            assumes=("Cauchy-Schwarz",),
        ),
    )


taylor.falsehood("sign of the integral", t=1, by=("derivative_along_the_step",))
taylor.falsehood("without the output layer", blocks="wv", by=("derivative_along_the_step",))
taylor.falsehood("sign of the remainder", r=-1, by=("constant_part_taken_out",))
taylor.falsehood("remainder of first order", j=1, by=("lipschitz_gradient",))
taylor.falsehood("remainder of third order", j=3, by=("lipschitz_gradient",))


linear_part = Claim(
    "du2019deep/sec-A-I1",
    aliases=("du2019thesis/sec-3.8-I1",),
    title="The linear part is the Gram matrix times the residual",
    kind="closed-form",
    where="Appendix A, the display that unpacks I_1 and the compact form",
    states=r"I_1^i = -\eta\langle L'(\theta),u_i'(\theta)\rangle = "
    r"t\,\eta\sum_{j=1}^n(u_j-y_j)\sum_{h=1}^{H+1}G_{ij}^{(h)},\ t = -1;\qquad I_1(k) = -\eta\,G(k)(u(k)-y)",
    given=(r"G^{(h)}_{ij} = \langle\partial u_i/\partial W^{(h)},\partial u_j/\partial W^{(h)}\rangle",),
    printed={"t": -1, "blocks": "wva", "scale": "1"},
    uses=("du2019deep/eq-1", "du2019deep/sec-4-gram"),
    note="The form of G^(H) that stands between the two displays is eq. (13), printed with θ_r for w_r.",
)


@linear_part.check(covers="universal")
def chain_rule_of_the_loss(claim: Statement, ctx: Context) -> Outcome:
    """L' = Σ_j (u_j - y_j) u_j': two inputs, H = 2, one neuron a layer, block by block; N = n = 2."""
    loss = f"(({network(1)} - y1)**2 + ({network(2)} - y2)**2)/2"
    left = " + ".join(f"diff({loss}, {b})*diff({network(1)}, {b})" for b in "wva")
    terms = []
    for j in (1, 2):
        entries = " + ".join(f"{slopes(1)[b]}*{slopes(j)[b]}" for b in str(claim.blocks))
        terms.append(f"({network(j)} - y{j})*({entries})")
    right = " + ".join(terms)
    let = {"t": claim.t, "N": 2}
    return every(
        identity(f"-eta*({left}) == t*eta*({claim.scale})*({right})", let=let),
        assumes=("chain rule", "linearity in inputs, neurons and layers"),
    )


linear_part.falsehood("sign", t=1)
linear_part.falsehood("the hidden layers only", blocks="wv")
linear_part.falsehood("the mean over the inputs", scale="1/N")


drift = Claim(
    "du2019deep/sec-A-I1-lower",
    aliases=("du2019thesis/sec-3.8-I1-lower",),
    title="The linear part moves the predictions towards the labels",
    kind="deterministic-inequality",
    where="Appendix A, the display after I_1 in compact form",
    states=r"(y-u)^\top I_1 = k\,\eta\,(y-u)^\top G(y-u) \ge f\lambda_{\min}(G)\|y-u\|_2^2 \ge "
    r"f\,l\,\lambda_{\min}(G^{(H)})\|y-u\|_2^2,\qquad k = 1",
    given=(r"\eta > 0,\ I_1 = -\eta\,G(u-y)", r"\text{printed: } f = 1,\ l = 1"),
    printed={"k": 1, "f": "1", "top": 0, "l": 1},
    parts=("equality", "first bound", "second bound"),
    uses=("du2019deep/sec-A-I1", "du2019deep/sec-4-gram"),
    note="The factor η is missing from both right sides; with it they are what the next display uses. top is "
    "the weight of λ_max in the bound.",
)


@drift.check(part="equality", covers="universal")
def sign_of_the_residual(claim: Statement, ctx: Context) -> Outcome:
    """Two inputs, e = y - u: e.(-ηG(-e)); a quadratic form is fixed by pairs."""
    left = "e*(-eta*(g*(-e) + h*(-d))) + d*(-eta*(h*(-e) + j*(-d)))"
    return identity(f"{left} == k*eta*(g*e**2 + 2*h*e*d + j*d**2)", let={"k": claim.k})


@drift.check(part="first bound", covers="universal")
def smallest_direction(claim: Statement, ctx: Context) -> Outcome:
    """In an eigenbasis of G, two directions with eigenvalues lam and lam + t: η(lam v² + (lam + t) w²)."""
    left = "eta*(lam*v**2 + (lam + t)*w**2)"
    right = f"({claim.f})*(lam + top*t)*(v**2 + w**2)"
    box: dict[str, Any] = {"eta": POSITIVE, "lam": FROM_ZERO, "t": FROM_ZERO, "v": FROM_ZERO, "w": FROM_ZERO}
    return every(
        prove(f"eta*lam >= ({claim.f})*lam", eta=POSITIVE, lam=FROM_ZERO, says="n = 1, G = λ, residual 1"),
        prove(f"{left} >= {right}", let={"top": claim.top}, **box),
        assumes=("spectral theorem",),
    )


@drift.check(part="second bound", covers="universal")
def other_blocks(claim: Statement, ctx: Context) -> Outcome:
    """G = G^(H) + P, P positive semidefinite (sec-4-gram); P = 0 occurs, with tanh at weights 0 for H = 1."""
    return prove("lam + P >= l*lam", lam=FROM_ZERO, P=FROM_ZERO, let={"l": claim.l})


drift.falsehood("sign of the drift", f="eta", k=-1, by=("sign_of_the_residual",))
drift.falsehood("the largest eigenvalue", f="eta", top=1, by=("smallest_direction",))
drift.falsehood("twice the drift", f="2*eta", by=("smallest_direction",))
drift.falsehood("twice the last hidden layer", f="eta", l=2, by=("other_blocks",))
drift.corrected("with the factor η", erratum="misprint", f="eta")


progress = Claim(
    "du2019deep/sec-A-progress",
    aliases=("du2019thesis/sec-3.8-progress",),
    title="Progress of one iteration",
    kind="deterministic-inequality",
    where="Appendix A, the display that recalls eq. (12)",
    states=r"\|y-u(k+1)\|_2^2 \le \left(1-c\,\eta\lambda_{\min}(G^{(H)}(k))\right)\|y-u(k)\|_2^2"
    r"+d\,(y-u(k))^\top I_2(k)+q\,\|u(k+1)-u(k)\|_2^2,\qquad c = 1,\ d = -2,\ q = 1",
    given=(r"\eta > 0",),
    printed={"c": 1, "d": -2, "q": 1},
    uses=("du2019deep/eq-12", "du2019deep/sec-A-taylor", "du2019deep/sec-A-I1", "du2019deep/sec-4-gram"),
    note="True with c = 1, sharp with c = 2. The conclusion drawn below it, that λ_min >= λ0/2 is enough for "
    "Condition A.1, does not follow with c = 1: then 1 - ηλ0/2 is reached only if both error terms vanish. "
    "It needs c = 2, which the proofs of the theorems have.",
)


@progress.check(covers="universal")
def eigenbasis(claim: Statement, ctx: Context) -> Outcome:
    """In an eigenbasis of G, a coordinate e of the residual with eigenvalue lam + t, lam that of G^(H).

    The prediction moves by D = η(lam + t) e + I.  For n = 1 this is the statement itself, t = 0 with tanh at
    weights 0 and H = 1.
    """
    D = "(eta*(lam + t)*e + I)"
    box: dict[str, Any] = {"eta": POSITIVE, "lam": FROM_ZERO, "t": FROM_ZERO, "e": REAL, "I": REAL}
    said = f"(e - {D})**2 <= (1 - c*eta*lam)*e**2 + d*e*I + q*{D}**2"
    return every(
        prove(said, let=claim.let, **box),
        assumes=("spectral theorem", "λ_min(G) >= λ_min(G^(H)), sec-4-gram", "sum over the coordinates"),
    )


@progress.falsehood_with_check("with c = 1 and errors in any positive proportion, λ_min >= λ0/2 gives A.1")
def coefficient_one_does_not_close(claim: Statement, ctx: Context) -> Outcome:
    """The two errors together r ηλ0|e|², r > 0 small as one likes: 1 - z + 2rz against 1 - z, z = ηλ0/2."""
    return prove("1 - 1*z + 2*r*z <= 1 - z", z=UNIT, r="(0, 1/4]")


progress.falsehood("three times the least eigenvalue", c=3)
progress.falsehood("without the second-order term", d=0)
progress.falsehood("half of the squared step", q="1/2")


descent = Claim(
    "du2019deep/sec-4-descent",
    aliases=("du2019thesis/sec-3.3-descent",),
    title="A definite block and a small step: the loss decreases",
    kind="deterministic-inequality",
    where="Section 4, after the decomposition of the Gram matrix",
    states=r"G^{(h)}(k) \succ 0\ \text{for one } h,\ y \ne u(k) \implies \exists\,\eta_0 > 0:\ "
    r"L(\theta(k+1)) < L(\theta(k))\ \text{for } 0 < \eta < \eta_0;\qquad "
    r"\text{explicit: } \eta_0 = \frac{R}{B},\ R = 2",
    given=(
        r"\sigma'\ \text{Lipschitz};\ B\ \text{a Lipschitz constant of } L'\ \text{along the step}",
        r"r = y-u(k) \ne 0,\ \lambda_{\min}(G^{(h)}(k)) > 0",
    ),
    printed={"R": 2, "least": "(0, oo)", "residual": "(0, oo)", "k": 1},
    uses=("du2019deep/sec-4-gram", "du2019deep/sec-A-I1", "du2019deep/sec-3.3-init-gd"),
    note="Printed is a step size that is small enough; where y = u(k) the loss is 0 already. least and "
    "residual are the ranges of λ_min(G^(h)) and |r|, k the share of r.Gr in the slope of the loss.",
)


@descent.check(covers="universal")
def slope_of_the_loss(claim: Statement, ctx: Context) -> Outcome:
    """|L'|² = r.Gr >= λ_min(G^(h))|r|² > 0, and L(θ - ηL') <= L - η|L'|² + Bη²|L'|²/2, η = zR/B, z < 1.

    The identity on two inputs, H = 2, one neuron a layer.  u = θ attains both: B = 1, L falls by the factor
    (1 - η)².
    """
    loss = f"(({network(1)} - y1)**2 + ({network(2)} - y2)**2)/2"
    square = " + ".join(f"diff({loss}, {b})**2" for b in "wva")
    gram = {
        (i, j): " + ".join(f"{slopes(i)[b]}*{slopes(j)[b]}" for b in "wva")
        for i, j in ((1, 1), (1, 2), (2, 2))
    }
    r1, r2 = (f"(y{i} - {network(i)})" for i in (1, 2))
    form = f"{r1}**2*({gram[1, 1]}) + 2*{r1}*{r2}*({gram[1, 2]}) + {r2}**2*({gram[2, 2]})"
    exact = prove("(1 - z*R)**2 < 1", z=UNIT, let={"R": claim.R}, says="u = θ, B = 1, y = 1, θ = 0")
    change = "-(z*R/B)*Q + B*(z*R/B)**2*Q/2"
    return every(
        exact,
        prove(
            "lam*r**2 > 0", lam=str(claim.least), r=str(claim.residual), says="r.Gr, the other blocks >= 0"
        ),
        identity(f"{square} == k*({form})", let={"k": claim.k}, says="|L'|² = r.Gr"),
        prove(
            f"{change} < 0", z=UNIT, B=POSITIVE, Q=POSITIVE, let={"R": claim.R}, says="the change of the loss"
        ),
        assumes=(
            "Taylor's theorem with a Lipschitz gradient",
            "L' is locally Lipschitz, so that a B > 0 exists on a ball around θ(k)",
        ),
    )


descent.falsehood("up to 3/B", R=3)
descent.falsehood("whatever the step", R=10**6)
descent.falsehood("G^(h) positive semidefinite", least="[0, oo)")
descent.falsehood("residual 0 admitted", residual="[0, oo)")
descent.falsehood("half of the slope", k="1/2")
