"""Section 3.2 and Appendix A.1, equations (12)-(14): gradient flow on both layers and its two Gram matrices.

One neuron has the weight w on a line and the output weight a; the gates g, h on x_i and x_j are constants
inside a cell, `e` is the residual y_j - u_j, and s, t stand for σ(w.x_i), σ(w.x_j).
"""

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    eigenvalue_above,
    evaluate,
    every,
    expectation,
    identity,
)

BITS = [(g, h) for g in (0, 1) for h in (0, 1)]


joint_flow = Claim(
    "du2019shallow/joint-flow",
    title="Gradient flow on both layers",
    kind="definition",
    where="Section 3.2, first display; Appendix A.1, gradient in a",
    states=r"\frac{dw_r}{dt} = -\frac{\partial L}{\partial w_r},\quad \frac{dz_r}{dt} = "
    r"-\frac{\partial L}{\partial a_r}\ (z_r\in\{w_r, a_r\}),\qquad \frac{\partial L}{\partial a_r} = "
    r"\frac{1}{m^{p}}\sum_i(u_i-y_i)\,\sigma(w_r^\top x_i)",
    given=(r"r = 1,\dots,m",),
    printed={"z": "w", "p": "1/2", "sign": 1},
    parts=("left side", "gradient", "conserved quantity"),
    uses=("du2019shallow/eq-1", "du2019shallow/eq-2"),
    note="The left side of the second equation is printed as dw_r/dt again. Along the flow |w_r|² - a_r² is "
    "conserved (homogeneity of the ReLU), which tests the pair of equations.",
)


@joint_flow.check(part="left side", covers="universal")
def number_of_components(claim: Statement, ctx: Context) -> Outcome:
    """∂L/∂a_r is a number; dw_r/dt has d components, da_r/dt one.  At d = 2."""
    return evaluate(
        f"{ {'w': 2, 'a': 1}[claim.z] } == 1", says="d = 2: components of the left and the right side"
    )


@joint_flow.check(part="gradient", covers="universal")
def derivative_in_the_output_weight(claim: Statement, ctx: Context) -> Outcome:
    """L = (u - y)²/2 with u = (a s + rest)/√m, s = σ(w_r.x), summed over the inputs."""
    u = "((a*s + rest)/sqrt(m))"
    return identity(f"diff(({u} - y)**2/2, a) == 1/m**(p)*({u} - y)*s", let=claim.let, m="(0, oo)")


@joint_flow.check(part="conserved quantity", covers="universal")
def balanced_layers(claim: Statement, ctx: Context) -> Outcome:
    """d/dt (|w|² - a²) = 2 w.w' - 2 a a', term by term, with w' = e a g x/√m and a' = e g (w.x)/√m."""
    return every(
        *(
            identity(f"2*w*(e*a*{g}*x/sqrt(m)) - sign*2*a*(e*{g}*w*x/sqrt(m)) == 0", let=claim.let)
            for g in (0, 1)
        ),
        assumes=("a neuron on its kink has σ = 0: its output weight rests",),
    )


joint_flow.falsehood("∂L/∂a without 1/√m", z="a", p=0, by=("derivative_in_the_output_weight",))
joint_flow.falsehood("|w|² + a² is conserved", z="a", sign=-1, by=("balanced_layers",))
joint_flow.falsehood("dw/dt on the left, everything else right", p="1/2", z="w", sign=-1)
joint_flow.corrected("da_r/dt on the left", erratum="misprint", z="a")


eq_12 = Claim(
    "du2019shallow/eq-12",
    title="First-layer Gram matrix with moving output weights",
    kind="closed-form",
    where="Appendix A.1, eq. (12)",
    states=r"\sum_r\left\langle\frac{\partial u_i}{\partial w_r},\frac{dw_r}{dt}\right\rangle = "
    r"\sum_j(y_j-u_j)H_{ij}(t),\qquad H_{ij}(t) = \frac{1}{m}x_i^\top x_j\sum_r a_r(t)^{p}\,"
    r"\mathbb I\{x_i^\top w_r\ge 0,\ x_j^\top w_r\ge 0\}",
    given=(r"w_r(t)^\top x_i \ne 0",),
    printed={"p": 2},
    uses=("du2019shallow/joint-flow", "du2019shallow/eq-4"),
    note="The extracted text shows a_r(t) without a visible exponent, here and in Lemma A.3; the proof of "
    "Lemma A.3 works with a_r².",
)


@eq_12.check(covers="universal")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """A term (r, j, coordinate) of both sides: u = a g w x/√m, w' = e a h z/√m."""
    return every(
        *(
            identity(f"diff(a*{g}*w*x/sqrt(m), w)*(e*a*{h}*z/sqrt(m)) == e*x*z*a**p*{g}*{h}/m", let=claim.let)
            for g, h in BITS
        )
    )


eq_12.falsehood("no output weight", p=0)
eq_12.falsehood("the third power", p=3)
eq_12.reading("the first power, as the extracted text has it", p=1)


eq_13 = Claim(
    "du2019shallow/eq-13",
    title="Gram matrix of the output layer",
    kind="closed-form",
    where="Appendix A.1, eq. (13)",
    states=r"\sum_r\frac{\partial u_i}{\partial a_r}\frac{da_r}{dt} = \sum_j(y_j-u_j)G_{ij}(t),\qquad "
    r"G_{ij}(t) = \frac{1}{m^{q}}\sum_r\sigma(w_r^\top x_i)\,\sigma(w_r^\top x_j)",
    printed={"q": 1, "b": 2},
    parts=("matrix", "positive semidefinite"),
    uses=("du2019shallow/joint-flow",),
    note="The factor in front of σσ is illegible in the extracted text; 1/m with the sum over r is derived. "
    "b is the coefficient of the mixed term of the quadratic form.",
)


@eq_13.check(part="matrix", covers="universal")
def one_output_weight(claim: Statement, ctx: Context) -> Outcome:
    """A term (r, j) of both sides: ∂u_i/∂a = s/√m, a' = e t/√m."""
    return identity("diff(a*s/sqrt(m), a)*(e*t/sqrt(m)) == e*s*t/m**(q)", let=claim.let, m="(1, oo)")


@eq_13.check(part="positive semidefinite", covers="universal")
def sum_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv is a sum over r of squares, up to 1/m; pairs of inputs decide a quadratic form."""
    return identity("p**2*s**2 + b*p*q*s*t + q**2*t**2 == (p*s + q*t)**2", let={"b": claim.b})


eq_13.falsehood("without 1/m", q=0, by=("one_output_weight",))
eq_13.falsehood("1/√m", q="1/2", by=("one_output_weight",))
eq_13.falsehood("mixed terms once", b=1, by=("sum_of_squares",))


G_infinity = Claim(
    "du2019shallow/derived-Ginf-closed-form",
    title="The limiting output-layer Gram matrix: arc-cosine kernel of degree 1",
    kind="closed-form",
    where="Appendix A.1, derived from eq. (13)",
    states=r"\mathbb E\,G_{ij}(0) = c\,\|x_i\|\|x_j\|\left(\sin\theta_{ij}+k(\pi-\theta_{ij})"
    r"\cos\theta_{ij}\right),\qquad \theta_{ij} = \angle(x_i,x_j)",
    given=(r"w \sim N(0,I)",),
    printed={"c": "1/(2*pi)", "k": 1, "floor": "0"},
    parts=("closed form", "positive definite"),
    uses=("du2019shallow/eq-13",),
    note="Not printed; every check of the joint dynamics needs it. rho is cos θ, and θ = π/2 - asin(rho). "
    "floor is a lower bound of the least eigenvalue for a few configurations.",
)

KERNEL = "(c*(sqrt(1 - rho**2) + k*(pi - (pi/2 - asin(rho)))*rho))"


@G_infinity.check(part="closed form", covers="universal")
def integrate_the_gates(claim: Statement, ctx: Context) -> Outcome:
    """d/dρ E σ(u)σ(v) = Pr(u >= 0, v >= 0) = (π - θ)/(2π), and at ρ = 0 the value (E σ(z))² = 1/(2π)."""
    return every(
        expectation([("0", "0"), ("oo", "z")], equals="1/sqrt(2*pi)", says="E σ(z)"),
        evaluate(
            f"{KERNEL.replace('rho', '0')} == 1/sqrt(2*pi)**2", let=claim.let, says="the formula at ρ = 0"
        ),
        identity(f"diff({KERNEL}, rho) == (pi - (pi/2 - asin(rho)))/(2*pi)", let=claim.let, rho="(-1, 1)"),
        assumes=(
            "Gaussian integration by parts: d/dρ E f(u)g(v) = E f'(u)g'(v)",
            "derived-Hinf-closed-form: the probability that both gates are on",
            "continuity at ρ = ±1",
        ),
    )


def gram(cosines: list[list[str]], let: dict[str, str]) -> list[list[str]]:
    """G-infinity of unit inputs with these cosines, as closed expressions."""
    filled = KERNEL.replace("c*(", f"({let['c']})*(").replace("k*", f"({let['k']})*")
    return [[filled.replace("rho", f"({value})") for value in row] for row in cosines]


@G_infinity.check(part="positive definite")
def small_configurations(claim: Statement, ctx: Context) -> Outcome:
    """Three inputs of the plane at 0°, 60°, 120°; two at 60°; four with all cosines 1/2."""
    plane = [["1", "1/2", "-1/2"], ["1/2", "1", "1/2"], ["-1/2", "1/2", "1"]]
    pair = [["1", "1/2"], ["1/2", "1"]]
    four = [["1" if i == j else "1/2" for j in range(4)] for i in range(4)]
    return every(
        eigenvalue_above(gram(plane, claim.let), str(claim.floor), says="0°, 60°, 120°"),
        eigenvalue_above(gram(pair, claim.let), str(claim.floor), says="two at 60°"),
        eigenvalue_above(gram(four, claim.let), str(claim.floor), says="four with cosines 1/2"),
    )


G_infinity.falsehood("prefactor 1/π", c="1/pi", by=("integrate_the_gates",))
G_infinity.falsehood("sin θ - (π - θ) cos θ", k=-1, by=("integrate_the_gates",))
G_infinity.falsehood("least eigenvalue above 1/4 at 0°, 60°, 120°", floor="1/4", by=("small_configurations",))


eq_14 = Claim(
    "du2019shallow/eq-14",
    title="Prediction dynamics when both layers move",
    kind="dynamics",
    where="Appendix A.1, eq. (14)",
    states=r"\frac{du}{dt} = (H(t)+k\,G(t))(y-u(t));\qquad \lambda_{\min}(H(0)) \ge \frac{3}{4}\lambda_0\ "
    r"\text{with probability}\ 1-\delta\ \text{(Lemma 3.1)}",
    given=(
        r"W, a \text{ solve the inclusion}",
        r"\text{off the kinks, or for almost every } t \text{ with the gates of the velocity (eq-7)}",
    ),
    printed={"k": 1, "start": "1"},
    parts=("dynamics", "start"),
    uses=("du2019shallow/eq-12", "du2019shallow/eq-13"),
    proof_uses=("du2019shallow/lemma-3.1",),
    note="start is |a_r(0)|: at t = 0 the matrix H of (12) is that of the first-layer analysis.",
)


@eq_14.check(part="dynamics", covers="universal")
def both_parts(claim: Statement, ctx: Context) -> Outcome:
    """A term (r, j): u_i moves by ∂u_i/∂w w' + ∂u_i/∂a a', off the kinks."""
    links = []
    for g, h in BITS:
        u, push = f"(a*{g}*w*x/sqrt(m))", f"(e*a*{h}*z/sqrt(m))"
        both = f"diff({u}, w)*{push} + diff({u}, a)*(e*{h}*w*z/sqrt(m))"
        gram = f"e*(x*z*a**2*{g}*{h}/m + k*({g}*w*x)*({h}*w*z)/m)"
        links.append(identity(f"{both} == {gram}", let=claim.let, m="(0, oo)"))
    return every(*links)


@eq_14.check(part="start", covers="universal")
def signs_squared(claim: Statement, ctx: Context) -> Outcome:
    """a_r(0)² = 1, so that Lemma 3.1 applies as it stands."""
    return every(*(evaluate(f"({s}*({claim.start}))**2 == 1", says="a_r(0)²") for s in ("1", "(-1)")))


eq_14.falsehood("twice G", k=2, by=("both_parts",))
eq_14.falsehood("G left out", k=0, by=("both_parts",))
eq_14.falsehood("output weights ±2", start="2", by=("signs_squared",))
