"""Section 3: gradient flow, the limiting Gram matrix H-infinity, its closed form and the range of lambda_0.

An angle between two inputs is written through t = tan(theta/2) in [0, oo]: cos(theta) = (1-t^2)/(1+t^2) and
pi - theta = 2 atan(1/t), so that h(theta) = cos(theta) (pi - theta)/(2 pi) has a sign one can read off.
"""

from numerics import arc_cosine
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Series,
    Statement,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
)

H_OF_T = "(1 - t**2)/(1 + t**2)*atan(1/t)/pi"

gradient_flow = Claim(
    "du2019shallow/gradient-flow",
    aliases=("du2019thesis/gradient-flow",),
    title="Gradient flow on the first layer, as a differential inclusion at the kinks",
    kind="definition",
    where="Section 3 and footnote 6",
    states=r"\frac{d w_r}{dt} = s\,\frac{\partial L(W,a)}{\partial w_r}; \qquad \frac{dL}{dt} = "
    r"-\|\nabla L\|^2\ \text{in a cell}; \qquad w_r^\top x = 0,\ a_r(y-u) < 0:\ "
    r"\text{effective gate } \gamma = g",
    printed={"s": -1, "gate_at_rest": 0},
    parts=("descent", "rest"),
    uses=("du2019shallow/eq-4",),
    note="A neuron whose force pushes it back onto its kink from the active side, and which feels none on "
    "the other, rests there: 0 is in the Clarke set, and the velocity of gate 1 leaves the kink at once.",
)


@gradient_flow.check(part="descent", covers="universal")
def loss_decreases(claim: Statement, ctx: Context) -> Outcome:
    """In a cell dL/dt = <∇L, dW/dt> = s |∇L|², summed over the coordinates of W."""
    return prove("s*gradient**2 <= 0", gradient="(-oo, oo)", let=claim.let, assumes=("chain rule in a cell",))


@gradient_flow.check(part="rest", covers="universal")
def velocity_at_rest(claim: Statement, ctx: Context) -> Outcome:
    """On the kink the admissible velocities along x are γ f, γ in [0, 1], with f = a (y-u)/√m < 0.

    z = w.x must stay 0: z > 0 is pushed back (f < 0), z < 0 feels no force, so z' = γ f = 0.
    """
    return every(
        identity("gate_at_rest*f == 0", let=claim.let, f="(-oo, 0)", says="the kink is not left"),
        prove("0*f >= f", f="(-oo, 0)", says="gate 0 is the admissible velocity of least norm"),
    )


gradient_flow.falsehood("gradient ascent", s=1)
gradient_flow.falsehood("a neuron on its kink moves with gate 1", gate_at_rest=1)


assumption = Claim(
    "du2019shallow/assumption-3.1",
    aliases=("du2019thesis/assumption-2.1",),
    title="The limiting Gram matrix H-infinity: expectation of the Gram matrix at initialisation",
    kind="assumption",
    where="Section 3, Assumption 3.1",
    states=r"H^\infty_{ij} = \mathbb E_{w\sim N(0,I)}\bigl[x_i^\top x_j\,\mathbb I\{w^\top x_i\ge 0,\,"
    r"w^\top x_j\ge 0\}\bigr], \qquad \lambda_0 = \lambda_{\min}(H^\infty)",
    printed={"factor": "x*z", "gates": "g*h"},
    uses=("du2019shallow/eq-4",),
    note="Checked is what makes it the right matrix: it is the expectation of the Gram matrix of the "
    "gradients, and positive semi-definite. That lambda_0 > 0 is assumed; Theorem 3.1 says when it holds.",
)


@assumption.check(covers="universal")
def expectation_of_gradient_products(claim: Statement, ctx: Context) -> Outcome:
    """m <∂u_i/∂w_r, ∂u_j/∂w_r> is, for each of the four gate patterns and both signs a, the summand."""
    near = dict.fromkeys(("x", "z"), "[1, 2]")
    return every(
        *(
            identity(
                f"(a*x*g)*(a*z*h) == ({claim.factor})*({claim.gates})", let={"a": a, "g": g, "h": h}, **near
            )
            for a in (-1, 1)
            for g in (0, 1)
            for h in (0, 1)
        )
    )


@assumption.check(covers="universal")
def positive_semidefinite(claim: Statement, ctx: Context) -> Outcome:
    """For every w the form is |Σ α_i g_i x_i|² (two inputs in the plane; bilinear, sizes do not matter)."""
    inner = {("1", "1"): "x1*x1 + y1*y1", ("1", "2"): "x1*x2 + y1*y2", ("2", "2"): "x2*x2 + y2*y2"}

    def entry(i: str, j: str) -> str:
        factor = "1" if claim.factor == "1" else inner[i, j]
        gates = f"g{i}*g{j}" if claim.gates == "g*h" else f"g{i}"
        return f"({factor})*({gates})"

    form = f"b1*b1*{entry('1', '1')} + 2*b1*b2*{entry('1', '2')} + b2*b2*{entry('2', '2')}"
    square = "(b1*g1*x1 + b2*g2*x2)**2 + (b1*g1*y1 + b2*g2*y2)**2"
    return identity(f"{form} == {square}", **dict.fromkeys(("b1", "b2", "x1", "x2", "y1", "y2"), "[1, 2]"))


assumption.falsehood("probability without the factor x_i.x_j", factor="1")
assumption.falsehood("gate of x_i alone", gates="g")


closed_form = Claim(
    "du2019shallow/derived-Hinf-closed-form",
    title="Closed form of H-infinity: arc-cosine kernel of degree 0 times the linear kernel",
    kind="closed-form",
    where="derived from Assumption 3.1",
    states=r"\Pr(w^\top x_i\ge0,\, w^\top x_j\ge0) = \frac{\pi-\theta_{ij}}{2\pi},\quad H^\infty_{ij} = "
    r"x_i^\top x_j\,\frac{\pi-\theta_{ij}}{2\pi}; \qquad \|x\|=1:\ H^\infty_{ij} = \frac{\rho}{4} + "
    r"\frac{1}{2\pi}\sum_{k\ge0}\frac{(2k)!}{4^k (k!)^2 (2k+1)}\rho^{2k+2}",
    given=(r"x_i, x_j \ne 0", r"\theta_{ij} = \angle(x_i,x_j)", r"\rho = \cos\theta_{ij}"),
    printed={
        "probability": "(pi - theta)/(2*pi)",
        "cosine": "p/(nx*nz)",
        "ratio": "(2*k + 1)/(2*k + 2)",
    },
    parts=("probability", "norms", "series"),
    uses=("du2019shallow/assumption-3.1",),
    note="The angle is pi/2 - asin(rho). ratio: of two successive coefficients (2k)!/(4^k (k!)^2).",
)
ANGLE = "(pi/2 - asin(rho))"


@closed_form.check(part="probability", covers="universal")
def derivative_in_the_correlation(claim: Statement, ctx: Context) -> Outcome:
    """(w.x_i, w.x_j)/norms is a standard Gaussian pair of correlation ρ.

    The derivative of its orthant probability in ρ is its density at 0, 1/(2π√(1-ρ²)); at ρ = 0 it is 1/4.
    Both sides are continuous up to ρ = ±1.
    """
    value = claim.probability.replace("theta", ANGLE)
    return every(
        identity(f"diff({value}, rho) == 1/(2*pi*sqrt(1 - rho**2))", rho="(-1, 1)", says="derivative"),
        identity(f"{value} == 1/4", let={"rho": 0}, says="independent half planes"),
        assumes=("Plackett: derivative of the orthant probability in rho", "rotation invariance of N(0, I)"),
        plots=(_least_eigenvalue_of_two(),),
    )


def _least_eigenvalue_of_two() -> Plot:
    """λ_0 of two unit inputs against their angle, computed by the engine."""
    import math

    import numpy as np

    degrees = [float(v) for v in range(0, 181, 3)]
    least = []
    for angle in degrees:
        x = np.array([[1.0, 0.0], [math.cos(math.radians(angle)), math.sin(math.radians(angle))]])
        least.append(float(np.linalg.eigvalsh(arc_cosine.limiting_gram(x))[0]))
    return Plot(
        "λ0 of two inputs vanishes only as they become equal; opposite ones are as good as orthogonal ones.",
        "angle (degrees)",
        "λ0",
        [Series("λ0 = 1/2 - |h(θ)|", degrees, least), Series("1/2", [0.0, 180.0], [0.5, 0.5], "bound")],
    )


@closed_form.check(part="norms", covers="universal")
def scaling_an_input(claim: Statement, ctx: Context) -> Outcome:
    """The gates do not change under x -> c x, c > 0, so neither may the angle's cosine."""
    scaled = claim.cosine.replace("p", "(c*p)").replace("nx", "(c*nx)")
    near = dict.fromkeys(("c", "nx", "nz"), "[2, 3]") | {"p": "[1/10, 1/5]"}
    return every(
        prove("c*z >= 0", c="(0, oo)", z="[0, oo)", says="an active gate stays active"),
        identity(f"asin({scaled}) == asin({claim.cosine})", **near, says="the angle"),
    )


@closed_form.check(part="series", covers="universal")
def binomial_series(claim: Statement, ctx: Context) -> Outcome:
    """Σ b_k t^k with b_0 = 1 is (1-t)^(-1/2) iff (1-t) y' = y/2, that is (k+1) b_(k+1) = (k + 1/2) b_k.

    With t = ρ² it is the derivative of asin(ρ); integrating divides by 2k+1. All coefficients are positive.
    """
    return every(
        identity("(1 - t)*diff(1/sqrt(1 - t), t) == 1/(2*sqrt(1 - t))", t="(-1, 1)"),
        identity("(k + 1)*ratio == k + 1/2", let=claim.let, k="[0, oo)"),
        prove("ratio > 0", let=claim.let, k="[0, oo)"),
        identity("diff(asin(rho), rho) == 1/sqrt(1 - rho**2)", rho="(-1, 1)"),
    )


@closed_form.check(part="series")
def engine_coefficients(claim: Statement, ctx: Context) -> Outcome:
    """The engine's coefficients up to degree 14, each as rational + rational/π, against the recursion."""
    cases, binomial = [], "1"
    coefficients = arc_cosine.series_coefficients(14)
    cases.append(evaluate(f"{coefficients[1][0]} + ({coefficients[1][1]})/pi == 1/4", says="rho"))
    for k in range(7):
        rational, over_pi = coefficients[2 * k + 2]
        cases.append(evaluate(f"{over_pi} == ({binomial})/(2*(2*{k} + 1))", says=f"rho^{2 * k + 2}"))
        cases.append(evaluate(f"{rational} == 0"))
        binomial = f"({binomial})*({claim.ratio.replace('k', str(k))})"
    return every(*cases)


closed_form.falsehood("(π - θ)/π", probability="(pi - theta)/pi", by=("derivative_in_the_correlation",))
closed_form.falsehood("θ/(2π)", probability="theta/(2*pi)", by=("derivative_in_the_correlation",))
closed_form.falsehood(
    "shifted by a right angle", probability="(3*pi/2 - theta)/(2*pi)", by=("derivative_in_the_correlation",)
)
closed_form.falsehood(
    "1/4 + asin(ρ)/π", probability="1/4 + (pi/2 - theta)/pi", by=("derivative_in_the_correlation",)
)
closed_form.falsehood("inner product of inputs that are not normalised", cosine="p", by=("scaling_an_input",))
closed_form.falsehood(
    "coefficients of (1-t)^(-1)", ratio="(k + 1)/(k + 1)", by=("binomial_series", "engine_coefficients")
)


lambda_range = Claim(
    "du2019shallow/derived-lambda0-range",
    title="Range of the least and largest eigenvalue of H-infinity for unit inputs",
    kind="deterministic-inequality",
    where="derived from Assumption 3.1",
    states=r"0 \le \lambda_0 \le c,\ \lambda_0 = \frac12 \iff \text{all pairs orthogonal or opposite}; "
    r"\qquad \lambda_{\max}(H^\infty) \le t\,n; \qquad n = 2:\ \lambda_0 = \frac12 - k|h(\theta)|",
    given=(r"\|x_i\|_2 = 1",),
    printed={"c": "1/2", "top": "1/2", "k": 1, "opposite_too": True},
    parts=("least", "equality", "largest", "two inputs"),
    uses=("du2019shallow/derived-Hinf-closed-form",),
)


@lambda_range.check(part="least", covers="universal")
def trace(claim: Statement, ctx: Context) -> Outcome:
    """The diagonal of H∞ is (π - 0)/(2π) = 1/2, so is the mean eigenvalue; orthonormal inputs attain it."""
    return every(
        identity("1*(pi - 0)/(2*pi) == 1/2", says="a diagonal entry"),
        prove("(n*(1/2))/n <= c", n="[1, oo)", let=claim.let, says="the mean eigenvalue"),
        assumes=("the least eigenvalue is at most the mean", "H-infinity is positive semi-definite"),
    )


@lambda_range.check(part="equality", covers="universal")
def off_diagonal_sign(claim: Statement, ctx: Context) -> Outcome:
    """λ_0 = mean iff all eigenvalues are 1/2 iff H∞ = I/2 iff every h(θ_ij) = 0.

    h > 0 for acute, h < 0 for obtuse angles below π; h = 0 at the right angle and at π, where the factor
    π - θ vanishes.
    """
    signs = every(
        prove(f"{H_OF_T} > 0", t="(0, 1)", says="acute"),
        prove(f"{H_OF_T} < 0", t="(1, oo)", says="obtuse"),
        identity(f"{H_OF_T} == 0", let={"t": 1}, says="right"),
        identity("(-1)*(pi - pi)/(2*pi) == 0", says="opposite"),
        assumes=("a symmetric matrix with all eigenvalues 1/2 is I/2",),
    )
    if claim.opposite_too:
        return signs
    return contradicted_by(signs, witness="x and -x: H∞ = I/2, λ0 = 1/2, and they are not orthogonal")


@lambda_range.check(part="largest", covers="universal")
def below_the_trace(claim: Statement, ctx: Context) -> Outcome:
    """All eigenvalues are >= 0, so the largest is at most the trace n/2; n equal inputs attain it."""
    return prove(
        "n/2 <= top*n", n="[1, oo)", let=claim.let, assumes=("H-infinity is positive semi-definite",)
    )


@lambda_range.check(part="two inputs", covers="universal")
def characteristic_polynomial(claim: Statement, ctx: Context) -> Outcome:
    """det(H∞ - l I) of two unit inputs has the roots 1/2 ± h; the smaller one is 1/2 - |h|."""
    return identity("(1/2 - l)**2 - h**2 == (l - 1/2 - k*h)*(l - 1/2 + k*h)", let=claim.let)


lambda_range.falsehood("λ0 at most 1/4", c="1/4")
lambda_range.falsehood("λ0 = 1/2 for orthonormal inputs only", opposite_too=False)
lambda_range.falsehood("largest eigenvalue at most n/4", top="1/4")
lambda_range.falsehood("λ0 = 1/2 - 2|h| for two inputs", k=2)
