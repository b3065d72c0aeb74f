"""Section 7.7.1, Remarks 7.1 and 7.2: how large f and its derivatives are on the domain, and what follows.

Outside the buffers the Hessian is diagonal with entries 2L and -2γ. In the buffer of x_i the 2 x 2 block of
(x_i, x_{i+1}) is not: no bound depends on d. With L = 1, γ = r, τ = 1, s = x_i - 1, v = x_{i+1}, w = v² the block
is ((H11, H12), (H12, H22)), and the third derivatives of f are T111, T112, T122 and 0.
"""

from typing import Any

import numpy as np

from numerics.saddle_chain import SaddleChain
from theorems.du2019shallow.concentration import unless
from theorems.du2019thesis.saddle_splines import COUPLING, POSITIVE, RATIO, SIZES, UNIT, P
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
    follows_from,
    identity,
    prove,
)

H11 = "(-2*r + 2*(10*r - 14)*s + 3*(10 - 6*r)*s**2 - 60*(1 + r)*s*(1 - s)*(1 - 2*s)*w)"
H22 = "(2 - 2*(1 + r)*(10*s**3 - 15*s**4 + 6*s**5))"
H12_SQUARED = "(3600*(1 + r)**2*s**4*(1 - s)**4*w)"
T111 = "(2*(10*r - 14) + 6*(10 - 6*r)*s - 60*(1 + r)*(1 - 6*s + 6*s**2)*w)"
T112_OVER_V = "(-120*(1 + r)*s*(1 - s)*(1 - 2*s))"
T122 = "(-60*(1 + r)*s**2*(1 - s)**2)"
CONVEX = "norms are convex and the block is linear in (L, γ): the bound at γ = 0 and γ = L is enough"
BANACH = "the norm of a symmetric trilinear form is its largest value |T(u, u, u)|, |u| = 1 (Banach)"


def block_between(bound: str, r: str, diagonal: tuple[str, str], mixed: str) -> list[Outcome]:
    """-bound <= block <= bound at one ratio: the diagonals and the determinants of bound ± block."""
    links, (a, b) = [], diagonal
    for sign in "+-":
        for what, text in (
            ("first entry", f"({bound}) {sign} {a}"),
            ("second entry", f"({bound}) {sign} {b}"),
            ("determinant", f"(({bound}) {sign} {a})*(({bound}) {sign} {b}) - {mixed}"),
        ):
            says = f"bound {sign} block, {what}, γ/L = {r}"
            links.append(prove(f"{text} >= 0", let={"r": r}, says=says, s=UNIT, w=UNIT))
    return links


def hessian_at(bound: str, r: str, s: str) -> Outcome:
    """Whether bound + block is positive semidefinite at one point with x_{i+1} = τ."""
    let = {"r": r, "s": s, "w": "1"}
    determinant = f"(({bound}) + {H11})*(({bound}) + {H22}) - {H12_SQUARED} >= 0"
    says = f"bound + ∇²f/L at x_i = (1 + {s})τ, x_(i+1) = τ, γ/L = {r}"
    return every(
        evaluate(f"({bound}) + {H11} >= 0", let=let, says=f"{says}, first entry", instance=True),
        evaluate(determinant, let=let, says=f"{says}, determinant", instance=True),
    )


def third_derivatives() -> list[Outcome]:
    """|T(u, u, u)| <= |u1| ‖M‖, M = ((T111, 3/2 T112), (3/2 T112, 3 T122)); ‖M‖ at r = 0 and 1."""
    mixed = f"9/4*{T112_OVER_V}**2*w"
    return [
        link
        for r, bound in (("0", "88"), ("1", "128"))
        for link in block_between(bound, r, (T111, f"3*{T122}"), mixed)
    ]


def blocks() -> list[Outcome]:
    """The entries are those of g1 and g2: derivatives of -γ - 2γs - ... and of the coupling, L = τ = 1."""
    coupling = "30*(1 + r)*s**2*(1 - s)**2"
    return [
        identity(f"diff({P} - {COUPLING}, s) == {H11}", says="H11"),
        identity(f"diff({H22}, s) == -2*{coupling}", says="H22 = 2g2"),
        identity(f"{H12_SQUARED} == (2*{coupling})**2*w", says="H12 = 2g2' v"),
        identity(f"diff({H11}, s) == {T111}", says="T111"),
        identity(f"diff(-2*{coupling}, s) == {T112_OVER_V}", says="T112 = 2g2'' v"),
        identity(f"-2*{coupling} == {T122}", says="T122 = 2g2'"),
    ]


lipschitz = Claim(
    "du2019thesis/construction-lipschitz",
    title="Hessian and third derivatives on the pieces: constants free of d",
    kind="deterministic-inequality",
    where="Theorem 7.3 and Remark 7.1",
    states=r"\|\nabla^2f\|_{op} \le aL+b\gamma,\qquad \|D^3f\|_{op} \le \tau^{q}(cL+e\gamma)"
    r"\ \text{on every piece}",
    given=(r"L \ge \gamma > 0,\ \tau > 0,\ \text{every}\ d", r"f\ \text{of (7.6)-(7.10) or (7.14)-(7.18)}"),
    printed={
        "a": "11285/1000",
        "b": "4259/1000",
        "c": 88,
        "e": 40,
        "q": -1,
        "high": "34664/1000",
        "low": "34662/1000",
    },
    parts=("Hessian", "third derivatives", "printed constants", "scaling"),
    uses=("du2019thesis/lemma-7.4",),
    note="The text says poly(d) and poly(L) without constants; these are the values. 88L + 40γ is exact: "
    "∂³f/∂x_i³ = -(88L + 40γ)/τ at x_i = τ, x_{i+1} = τ. The Hessian's norm is convex in (L, γ), attained by "
    "the negative eigenvalue at x_{i+1} = τ: 11.2850 L for γ -> 0, 15.5432 L at γ = L, and 34.663 at L = e, "
    "γ = 1. So η <= 1/ℓ is below 1/(11 L), stronger than the η <= 1/(2L) of Lemma 7.2, and the step "
    "1/(4L) of Section 7.5 is above it. In the plane d = 1 the buffer is one variable and the constants are "
    "smaller. From Hessian to Lipschitz on the non-convex domain: step-3-extension.",
)


def norms() -> Plot:
    """The Hessian's norm over the ratio (floats), and the affine bound."""
    ratios = [k / 10 for k in range(1, 11)]
    values = []
    for r in ratios:
        chain = SaddleChain(2, 1.0, r, 1.0)
        blocks = np.array([chain.hessian((1 + k / 200, 1.0)) for k in range(201)])
        values.append(float(np.abs(np.linalg.eigvalsh(blocks)).max()))
    curve = Series("largest norm of the Hessian / L", ratios, values, "points")
    bound = Series("11.285 + 4.259 γ/L", [0.0, 1.0], [11.285, 15.544], "bound")
    message = "The Lipschitz constant of the gradient is 11 to 16 times L, in every dimension."
    return Plot(message, "γ/L", "norm of the Hessian / L", [curve, bound])


@lipschitz.check(part="Hessian", covers="universal")
def two_by_two_block(claim: Statement, ctx: Context) -> Outcome:
    """The block at γ = 0 and at γ = L, for all (s, w); 2L and 2γ elsewhere.  First points that bind."""
    a, b = f"({claim.a})", f"({claim.b})"
    near = [hessian_at(f"{a} + {b}*{r}", r, s) for r, s in (("1/1000", "293/1000"), ("999/1000", "49/200"))]
    argument = follows_from(
        *blocks(),
        *block_between(a, "0", (H11, H22), H12_SQUARED),
        *block_between(f"{a} + {b}", "1", (H11, H22), H12_SQUARED),
        prove(f"2 <= {a} + {b}*r", r="(0, 1]", says="outside the buffers"),
        assumes=(CONVEX,),
        plots=(norms(),),
    )
    return unless(near, argument)


@lipschitz.check(part="third derivatives", covers="universal")
def cubic_form(claim: Statement, ctx: Context) -> Outcome:
    """‖D³f‖ = 88L + 40γ for τ = 1: the cubic form of the block; the value at s = 0, x_{i+1} = τ along e_i."""
    at_corner = identity(f"{T111} == -(88 + 40*r)", let={"s": 0, "w": 1}, says="T111 at x_i = x_(i+1) = τ")
    needed = prove(f"88 + 40*r <= {claim.c} + ({claim.e})*r", r="(0, 1]", says="the value along e_i")
    upper = follows_from(*blocks(), *third_derivatives(), assumes=(CONVEX, BANACH))
    return every(at_corner, needed, upper)


@lipschitz.check(part="printed constants", covers="universal")
def at_euler(claim: Statement, ctx: Context) -> Outcome:
    """L = e, γ = 1: the block at two rational ratios around 1/e bounds it from above, a point from below."""
    low, high = f"({claim.low})/exp(1)", f"({claim.high})/exp(1)"
    ends = ("367879/10**6", "36788/10**5")
    let = {"r": "exp(-1)", "s": "269/1000", "w": "1"}
    determinant = f"({low} + {H11})*({low} + {H22}) - {H12_SQUARED} < 0"
    point = [hessian_at(high, "exp(-1)", "269/1000")]
    argument = follows_from(
        evaluate(f"{ends[0]} < exp(-1)", says="1/e"),
        evaluate(f"exp(-1) < {ends[1]}", says="1/e"),
        *block_between("127521/10**4", ends[0], (H11, H22), H12_SQUARED),
        *block_between("127521/10**4", ends[1], (H11, H22), H12_SQUARED),
        evaluate(f"127521/10**4 <= {high}", says="in units of L = e"),
        assumes=(CONVEX,),
    )
    reached = evaluate(determinant, let=let, says="ℓ at s = 269/1000, x_(i+1) = τ is above")
    return unless(point, every(argument, reached))


@lipschitz.check(part="scaling", covers="universal")
def lengths(claim: Statement, ctx: Context) -> Outcome:
    """f(x; τ) = τ² f(x/τ; 1) term by term, so that D³f has the factor τ²/τ³ (g1 and g2 as polynomials)."""
    cubic = "((10*gamma - 14*L)/tau*u**3/3 + (10*L - 6*gamma)/tau**2*u**4/4)"
    unit = cubic.replace("tau", "1").replace("u", "(u/tau)")
    third = "(L + gamma)/tau**3*u**3*y**2"
    return every(
        identity(f"{cubic} == tau**2*{unit}", says="g1", **SIZES),
        identity(f"{third} == tau**2*((L + gamma)*(u/tau)**3*(y/tau)**2)", says="g2 y²", **SIZES),
        identity(f"tau**2/tau**3 == tau**({claim.q})", says="three derivatives", **SIZES),
    )


lipschitz.falsehood("2L, as in the quadratic pieces", a=2, b=0, by=("two_by_two_block",))
lipschitz.falsehood("8L", a=8, b=0, by=("two_by_two_block",))
lipschitz.falsehood("11.28 L + 4.25 γ", a="1128/100", b="425/100", by=("two_by_two_block",))
lipschitz.falsehood("11.285 L + 4.25 γ", b="425/100", by=("two_by_two_block",))
lipschitz.falsehood("no third derivatives", c=0, e=0, by=("cubic_form",))
lipschitz.falsehood("87L + 41γ", c=87, e=41, by=("cubic_form",))
lipschitz.falsehood("34.66 at L = e", high="34660/1000", by=("at_euler",))
lipschitz.falsehood("third derivatives free of τ", q=0, by=("lengths",))


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
        prove("-gamma*s**2 >= -nu", let=let, says="-γx²", **unit),
        identity(f"{g1.replace('s', '1')} == {end}", says="g1 at 2τ"),
        prove(f"{end} >= -nu", let=let, says="g1 decreases to its value at 2τ", **PAIR),
        prove("L*s**2 - nu >= -nu", let=let, says="L(x - 4τ)² - ν", **unit),
        prove("4*L - nu <= 0", let=let, says="L(x - 4τ)² - ν <= 4Lτ² - ν", **PAIR),
        prove("-gamma*s**2 >= -nu", let=let, says="g2 x² >= -γx²", **unit),
        prove("L*s**2 <= L", let=let, says="g2 x² <= L x²", **unit),
    ]


SUMMANDS = "g1 decreases and -γ <= g2 <= L (Lemma 7.4)"


@bounded.check(part="lower", covers="universal")
def deepest_point(claim: Statement, ctx: Context) -> Outcome:
    """Every summand is at least -ν, and at (4τ, ..., 4τ) all of them are -ν."""
    reached = prove(f"d*nu <= {claim.low}", d="[1, oo)", nu=POSITIVE, says="-f at (4τ, ..., 4τ)")
    return every(reached, follows_from(*summands(), assumes=(SUMMANDS,)))


@bounded.check(part="upper", covers="universal")
def highest_point(claim: Statement, ctx: Context) -> Outcome:
    """The first summand is at most 0, the others at most Lτ²; at (0, τ, ..., τ) these are the values."""
    reached = prove(f"(d - 1)*L <= {claim.high}", d="[1, oo)", L=POSITIVE, says="f at (0, τ, ..., τ)")
    return every(reached, follows_from(*summands(), assumes=(SUMMANDS,)))


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
    uses=("du2019thesis/def-7.5", "du2019thesis/lemma-7.4-g-slope"),
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
