"""Theorem 7.3, smoothness on the domain: the Hessian and the third derivatives of f.

Outside the buffers the Hessian is diagonal with entries 2L and -2γ. In the buffer of x_i the 2 x 2 block of
(x_i, x_{i+1}) is not: no bound depends on d. With L = 1, γ = r, τ = 1, s = x_i - 1, v = x_{i+1}, w = v² the
block is ((H11, H12), (H12, H22)), and the third derivatives of f are T111, T112, T122 and 0.
"""

import numpy as np

from numerics.saddle_chain import SaddleChain
from theorems.du2019thesis.saddle_splines import COUPLING, SIZES, UNIT, P
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Series,
    Statement,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
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
