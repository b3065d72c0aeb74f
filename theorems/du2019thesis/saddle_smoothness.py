"""Section 7.7.1: the offset ν, bounds of f, and Remarks 7.1 and 7.2 on its derivatives."""

from typing import Any

from theorems.du2019thesis.saddle_lipschitz import BANACH, CONVEX, blocks, third_derivatives
from theorems.du2019thesis.saddle_splines import (
    COUPLING,
    POSITIVE,
    RATIO,
    SIZES,
    UNIT,
    P,
    downhill,
    g1,
    step_range,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

offset = Claim(
    "du2019thesis/construction-nu",
    title="The offset of a settled coordinate",
    kind="closed-form",
    where="Section 7.7.1, Step 1, and Lemma 7.4",
    states=r"\nu = -g_1(2\tau)+4L\tau^2 = \tau^2\,\frac{aL+b\gamma}{6} > 0",
    given=(r"g_1\ \text{of Lemma 7.4}", r"L, \gamma, \tau > 0"),
    printed={
        "nu": "-end + 4*L*tau**2",
        "at": "tau",
        "a": 37,
        "b": 13,
        "ends": ("-2*gamma*tau", "-2*gamma", "-4*L*tau", "2*L"),
        "start": "-gamma*tau**2",
    },
    uses=("du2019thesis/lemma-7.4",),
    note="The closed form is not printed. At L = e, γ = 1, τ = e it is 139.8704; the minimum of f is -dν.",
)


@offset.check(covers="universal")
def closed_form(claim: Statement, ctx: Context) -> Outcome:
    """g1(2τ) = -13(L + γ)τ²/6: the integral of the cubic over the buffer."""
    nu = claim.nu.replace("end", g1(claim, claim.at))
    value = f"tau**2*({claim.a}*L + {claim.b}*gamma)/6"
    return every(
        identity(f"{nu} == {value}", says="ν", **SIZES), prove(f"{value} > 0", says="ν > 0", **SIZES)
    )


offset.falsehood("4Lτ² + g1(2τ)", nu="end + 4*L*tau**2")
offset.falsehood("(37L - 13γ)/6", b=-13)
offset.falsehood("g1(τ) in place of g1(2τ)", at="0")


bounded = Claim(
    "du2019thesis/construction-bounded",
    title="The objective is bounded on the domain, linearly in d",
    kind="deterministic-inequality",
    where="Theorem 7.3 and Remark 7.1",
    states=r"-\text{low} \le f \le \text{high}\ \text{on}\ D,\qquad \text{low} = d\nu,\ "
    r"\text{high} = (d-1)L\tau^2",
    given=(r"L > \gamma > 0,\ \tau > 0,\ d \ge 1", r"\nu = \tau^2(37L+13\gamma)/6"),
    printed={"low": "d*nu", "high": "(d - 1)*L"},
    parts=("lower", "upper"),
    uses=("du2019thesis/eq-7.6", "du2019thesis/construction-nu"),
    note="The text asks for a bound of degree at most poly(d); these are the extremes, at (4τ, ..., 4τ) "
    "and at (0, τ, ..., τ). f is a sum over coordinates: a(|x_j|) for j <= k and q(|x_k|) x_{k+1}², L x_j² "
    "behind, k the first unsettled one. τ = 1 by scaling.",
)

NU = "(37*L + 13*gamma)/6"
PAIR: dict[str, Any] = {"gamma": POSITIVE, "x": POSITIVE}


def summands() -> list[Outcome]:
    """Each summand lies in [-ν, 0] (first unsettled or settled) or in [-ν, L] (behind); L = γ + x, τ = 1."""
    let = {"L": "(gamma + x)", "nu": NU.replace("L", "(gamma + x)")}
    g1 = "(-gamma - 2*gamma*s - gamma*s**2 + (10*gamma - 14*L)/3*s**3 + (10*L - 6*gamma)/4*s**4)"
    unit: dict[str, Any] = {"s": UNIT} | PAIR
    end = "-13/6*(L + gamma)"
    return [
        downhill(),
        *step_range(),
        prove("-gamma*s**2 >= -nu", let=let, says="-γx²", **unit),
        identity(f"{g1.replace('s', '1')} == {end}", says="g1 at 2τ"),
        prove(f"{end} >= -nu", let=let, says="g1 decreases to its value at 2τ", **PAIR),
        prove("L*s**2 - nu >= -nu", let=let, says="L(x - 4τ)² - ν", **unit),
        prove("4*L - nu <= 0", let=let, says="L(x - 4τ)² - ν <= 4Lτ² - ν", **PAIR),
        prove("-gamma*s**2 >= -nu", let=let, says="g2 x² >= -γx²", **unit),
        prove("L*s**2 <= L", let=let, says="g2 x² <= L x²", **unit),
    ]


@bounded.check(part="lower", covers="universal")
def deepest_point(claim: Statement, ctx: Context) -> Outcome:
    """Every summand is at least -ν, and at (4τ, ..., 4τ) all of them are -ν."""
    reached = prove(f"d*nu <= {claim.low}", d="[1, oo)", nu=POSITIVE, says="-f at (4τ, ..., 4τ)")
    return every(reached, follows_from(*summands()))


@bounded.check(part="upper", covers="universal")
def highest_point(claim: Statement, ctx: Context) -> Outcome:
    """The first summand is at most 0, the others at most Lτ²; at (0, τ, ..., τ) these are the values."""
    reached = prove(f"(d - 1)*L <= {claim.high}", d="[1, oo)", L=POSITIVE, says="f at (0, τ, ..., τ)")
    return every(reached, follows_from(*summands()))


bounded.falsehood("f >= -(d - 1)ν", low="(d - 1)*nu")
bounded.falsehood("a lower bound free of d", low="10*nu")
bounded.falsehood("an upper bound free of d", high="10*L")


remark_7_1 = Claim(
    "du2019thesis/remark-7.1",
    title="Degree of the splines, and bounds polynomial in L",
    kind="closed-form",
    where="Section 7.7.1, Remark 7.1",
    states=r"\deg g_1,\ \deg g \le n;\qquad \rho = \mathrm{poly}(L):\ \|D^3g\|_{op} \le K/\tau",
    given=(r"\tau\le x_i\le2\tau,\ 0\le x_{i+1}\le\tau", r"L > \gamma > 0"),
    printed={"n": 5, "degrees": "total", "K": "128*L"},
    parts=("degree", "third derivatives"),
    uses=("du2019thesis/lemma-7.4", "du2019thesis/construction-lipschitz"),
    note="g has the monomial x_i⁵ x_{i+1}²: degree 5 in x_i, 2 in x_{i+1}, 7 altogether; g1 has degree 4. No "
    "constant is printed in the bound. The remark (like Remark 7.2) cites Theorem 7.4 for Lemma 7.4.",
)


@remark_7_1.check(part="degree", covers="universal")
def leading_monomial(claim: Statement, ctx: Context) -> Outcome:
    """The monomial of g2(x_i) x_{i+1}² of highest degree, -6(L + γ) x_i⁵x_{i+1}²/τ⁵; that of g1 is x⁴."""
    degree = {"total": 5 + 2, "in each variable": 5}[claim.degrees]
    present = prove("6*(L + gamma)/tau**5 > 0", says="its coefficient", **SIZES)
    quartic = evaluate(f"4 <= {claim.n}", says="g1")
    enough = evaluate(f"{degree} <= {claim.n}", says="degree of x_i⁵ x_(i+1)²")
    return every(present, quartic, enough)


@remark_7_1.check(part="third derivatives", covers="universal")
def linear_in_L(claim: Statement, ctx: Context) -> Outcome:
    """(88L + 40γ)/τ, attained: at most 128 L/τ for γ < L."""
    needed = prove(f"88*L + 40*r*L <= {claim.K}", L=POSITIVE, r=RATIO, says="third derivatives times τ")
    return every(needed, follows_from(*blocks(), *third_derivatives(), assumes=(CONVEX, BANACH)))


remark_7_1.falsehood("degree 4", n=4, degrees="in each variable", by=("leading_monomial",))
remark_7_1.falsehood("ρ free of L", K=128, by=("linear_in_L",))
remark_7_1.falsehood("ρ <= 100 L/τ", K="100*L", by=("linear_in_L",))
remark_7_1.reading("degree in each variable", degrees="in each variable")
remark_7_1.corrected("degree 7", erratum="misprint", n=7)


remark_7_2 = Claim(
    "du2019thesis/remark-7.2",
    title="No approximate second-order stationary point before the last region",
    kind="deterministic-inequality",
    where="Section 7.7.1, Remark 7.2",
    states=r"\|\nabla g\|,\|\nabla g_1\| \ge k\gamma\tau;\quad \lambda_{\min} = -m\gamma\ "
    r"\text{on (7.6), (7.8)};\quad x\in D_0, x_d\le2\tau\ \text{is no}\ "
    r"\varepsilon\text{-second-order stationary point for}\ \varepsilon\ R\ \frac{c\gamma^2}{\rho}",
    given=(r"f\ \text{is}\ \rho\text{-Hessian Lipschitz on}\ D_0", r"L > \gamma > 0"),
    printed={"k": 1, "m": 2, "c": 4, "R": "<="},
    parts=("buffers", "quadratic pieces", "range of ε"),
    uses=("du2019thesis/def-7.5",),
    proof_uses=("du2019thesis/lemma-7.4-g-slope",),
    note="2γτ is the least norm of the gradient in a buffer (at x_i = τ, x_{i+1} = 0). Definition 7.5 asks "
    "for λ_min >= -√(ρε), an inequality that includes equality, so that the end point ε = 4γ²/ρ does not "
    "belong to the range. With ρ >= (28L - 20γ)/τ, which any constant for f is, 4γ²/ρ < γτ/2. At L = e, "
    "γ = 1, τ = e and ρ = (88L + 40γ)/τ = 102.7 the range ends at 0.0389.",
)


@remark_7_2.check(part="buffers", covers="universal")
def gradient_in_the_buffers(claim: Statement, ctx: Context) -> Outcome:
    """|∂g/∂x_i| >= 2γτ, with equality (and no other component) at x_i = τ, x_{i+1} = 0."""
    says = "-∂g/∂x_i in Lτ"
    return every(
        prove(f"-{P} >= ({claim.k})*r", s=UNIT, r=RATIO, says=says),
        prove(f"{COUPLING} >= 0", s=UNIT, r=RATIO, w=UNIT, says="-g2' x_(i+1)²"),
    )


@remark_7_2.check(part="quadratic pieces", covers="universal")
def entries_of_the_hessian(claim: Statement, ctx: Context) -> Outcome:
    """The Hessian is diagonal: d²/dx²(-γx²) = -2γ once, 2L otherwise."""
    return every(
        identity("diff(diff(-gamma*x**2, x), x) == -m*gamma", let=claim.let, says="λ_min"),
        prove("2*L >= -m*gamma", let=claim.let, L=POSITIVE, gamma=POSITIVE, says="the other entries"),
    )


@remark_7_2.check(part="range of ε", covers="universal")
def end_point(claim: Statement, ctx: Context) -> Outcome:
    """ε = θcγ²/ρ: -2γ < -√(cθ)γ on the quadratic pieces; below 2γτ in the buffers, as ρ >= |g1'''(τ)|.

    At θ = 1, where it is admitted, the saddle 0 has ∇f = 0 <= ε and λ_min = -2γ.
    """
    theta = "(0, 1]" if claim.R == "<=" else "(0, 1)"
    saddle = evaluate(f"sqrt({claim.c}) >= 2", says="√(ρε) against 2γ at ε = cγ²/ρ")
    witness = f"x = 0, ε = {claim.c}γ²/ρ: ∇f = 0 <= ε and λ_min = -2γ >= -√(ρε) = -√{claim.c} γ, for any ρ"
    closed = [contradicted_by(saddle, witness=witness)] if claim.R == "<=" else []
    rho = "((28*L - 20*gamma)/tau + t)"
    let = {"L": "(gamma + x)"}
    sizes: dict[str, Any] = {"gamma": POSITIVE, "x": POSITIVE, "tau": POSITIVE, "t": "[0, oo)"}
    argument = every(
        prove(f"sqrt({claim.c}*theta) < 2", theta=theta, says="√(ρε) < 2γ"),
        identity("diff(diff((10*g - 14*L)*s**2 + (10*L - 6*g)*s**3, s), s) == 20*g - 28*L + s*(60*L - 36*g)"),
        prove(f"({claim.c})*gamma**2/{rho} < gamma*tau", let=let, says="ε < γτ", **sizes),
    )
    return unless(closed, argument)


@remark_7_2.falsehood_with_check("also for x_d > 2τ")
def minimum(claim: Statement, ctx: Context) -> Outcome:
    """x = (4τ, ..., 4τ): ∇f = 0 and λ_min = 2L, against λ_min < -√(ρε), ρ = ε = 1, L = 1."""
    return evaluate("2*1 < -sqrt(1*1)", says="λ_min at the minimum")


remark_7_2.falsehood("3γτ in the buffers", k=3, by=("gradient_in_the_buffers",))
remark_7_2.falsehood("λ_min = -γ", m=1, by=("entries_of_the_hessian",))
remark_7_2.falsehood("ε < 4.01 γ²/ρ", c="401/100", R="<", by=("end_point",))
remark_7_2.falsehood("ε < 9 γ²/ρ", c=9, R="<", by=("end_point",))
remark_7_2.corrected("ε < 4γ²/ρ", erratum="misprint", R="<")
