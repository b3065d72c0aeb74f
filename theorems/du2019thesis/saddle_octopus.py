"""Section 7.7.1, Step 2: the mirror images of the tube, and the critical points of the mirrored objective."""

from itertools import product
from typing import Any

from numerics.saddle_chain import SaddleChain
from theorems.du2019thesis.saddle_splines import POSITIVE, SIZES, downhill, g1, g2, lemma_7_4
from theorems.du2019thesis.saddle_tube import NU
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

SPLINES = lemma_7_4.printed
FROM_ONE = "[1, oo)"


octopus = Claim(
    "du2019thesis/eq-7.12",
    title="The octopus: mirror images of the tube",
    kind="definition",
    where="Section 7.7.1, eqs. (7.12), (7.13)",
    states=r"D_a = \bigcup_{i=1}^{\text{last}}\{x_j\ge0\ (j\in a_2(0)),\ x_j\le0\ (j\in a_2(1)),\ "
    r"6\tau\ge|x_1|,\dots,|x_{i-1}|\ge2\tau,\ |x_i|\le2\tau,\ |x_{i+1}|,\dots,|x_d|\le\tau\},\quad "
    r"D = \bigcup_aD_a",
    given=(r"\tau = e", r"a = 0,\dots,2^d-1"),
    printed={"last": "d", "half": 1, "resting": 1, "own": 2},
    parts=("cube", "regions of (7.14)-(7.18)"),
    uses=("du2019thesis/eq-7.5",),
    note="(7.5) runs to i = d + 1; without that box D ends at |x_d| = 2τ, and neither the minima "
    "(±4τ, ..., ±4τ) nor the region of (7.18) belong to D. The index i of the signs clashes with that of the "
    "boxes; read literally (a sign for x_i alone) the union over a is the same set.",
)


@octopus.check(part="cube", covers="universal")
def start(claim: Statement, ctx: Context) -> Outcome:
    """[-half, half]^d lies in the first box: half <= 2τ and half <= τ with τ = e."""
    return every(
        evaluate(f"{claim.half} <= {claim.own}*exp(1)", says="|x_1|"),
        evaluate(f"{claim.half} <= {claim.resting}*exp(1)", says="|x_j|, j >= 2"),
    )


@octopus.check(part="regions of (7.14)-(7.18)", covers="universal")
def minima_inside(claim: Statement, ctx: Context) -> Outcome:
    """(±4τ, ..., ±4τ) has |x_i| > 2τ for all i: box i <= d excludes it, box d + 1 contains it."""
    excluded = contradicted_by(
        prove(f"{claim.last} < d + 1", d=FROM_ONE, says="the last box"),
        witness="d = 1: D = [-2τ, 2τ] does not contain the minima ±4τ (box i <= d asks for |x_i| <= 2τ)",
    )
    return unless(
        [excluded], prove(f"d + 1 <= {claim.last}", d=FROM_ONE, says="the box with d settled coordinates")
    )


@octopus.falsehood_with_check("paths in D at most √d times the distance")
def around_the_arms(claim: Statement, ctx: Context) -> Outcome:
    """From (2τ, 6τ) to (-2τ, 6τ), d = 2: while |x_1| < 2τ, x_2 is at most τ. So 5τ down, 4τ across, 5τ up.

    For general d each x_j, j >= 2, crosses (τ, 2τ) alone, twice: at least 4τ + 2(d - 1)τ, a rate linear in d.
    """
    return evaluate("4 + 10 <= sqrt(2)*4", says="length against √2 times the distance, in τ")


octopus.falsehood("[-3, 3]^d, d + 1 boxes", half=3, last="d + 1", by=("start",))
octopus.falsehood("d - 1 boxes", last="d - 1", by=("minima_inside",))
octopus.corrected("boxes up to d + 1", erratum="misprint", last="d + 1")


mirrored = Claim(
    "du2019thesis/eq-7.14",
    title="The mirrored objective, in all orthants",
    kind="closed-form",
    where="Section 7.7.1, eqs. (7.14)-(7.18)",
    states=r"f(x) = f_{\text{tube}}(|x_1|,\dots,|x_d|);\quad x_j < 0:\ L(x_j+c\tau)^2,\ "
    r"G(x_i,x_{i+1}) = g(\sigma x_i,x_{i+1});\quad \text{last region}:\ "
    r"\sum_{j\le\text{sum}}L(x_j\mp4\tau)^2-n\nu",
    given=(r"\text{regions of the octopus with}\ i = 1,\dots,d+1", r"L > \gamma > 0,\ \tau > 0"),
    printed={"c": 4, "sigma": -1, "sum": "d - 1", "n": "d", "even": 2},
    parts=("mirror", "last region"),
    uses=("du2019thesis/eq-7.6", "du2019thesis/eq-7.12"),
    note="(7.18) prints both sums over j <= i - 1; the displays before it have i = d, so that the term of "
    "x_d is missing. even is the power of x_{i+1} in g (and of x_i before the buffer).",
)


@mirrored.check(part="mirror", covers="universal")
def orthant_by_orthant(claim: Statement, ctx: Context) -> Outcome:
    """x = -t < 0 gives the value at t, for settled and passing coordinates; resting terms are even."""
    sigma = f"({claim.sigma})"
    inner = f"{sigma}*(-(tau + u))"
    where: dict[str, Any] = {**SIZES, "u": "[0, oo)"}
    return every(
        identity(f"L*(-t + {claim.c}*tau)**2 == L*(t - 4*tau)**2", says="settled, x = -t"),
        identity(
            f"{g1(SPLINES, f'{inner} - tau')} == {g1(SPLINES, 'u')}", says="g1(σx), x = -(τ + u)", **where
        ),
        identity(f"{g2(SPLINES, f'{inner} - 2*tau')} == {g2(SPLINES, '(u - tau)')}", says="g2(σx)", **where),
        identity(f"(-y)**{claim.even} == y**{claim.even}", says="even: the mirror image is smooth at 0"),
    )


@mirrored.check(part="last region", covers="universal")
def across_the_last_face(claim: Statement, ctx: Context) -> Outcome:
    """(7.17) against (7.18) on |x_d| = 2τ, where the other terms agree: value and slope in x_d."""
    present = claim.sum == "d"
    term = "L*(2*tau - 4*tau)**2" if present else "0"
    slope = "2*L*(2*tau - 4*tau)" if present else "0"
    jump = f"{g1(SPLINES, 'tau')} - (d - 1)*({NU}) - ({term} - ({claim.n})*({NU}))"
    witness = "|x_d| = 2τ: (7.17) exceeds (7.18) by g1(2τ) + ν = 4Lτ²"
    missing = [
        contradicted_by(identity(f"{jump} == 4*L*tau**2", says="the jump of f", **SIZES), witness=witness)
        for _ in range(not present)
    ]
    argument = every(
        identity(f"{jump} == 0", says="the jump of f at |x_d| = 2τ", **SIZES),
        identity(f"{g1(SPLINES, 'tau', 1)} == {slope}", says="∂f/∂x_d at x_d = 2τ", **SIZES),
    )
    return unless(missing, argument)


@mirrored.falsehood_with_check("a term linear in a resting coordinate may be mirrored")
def kink(claim: Statement, ctx: Context) -> Outcome:
    """|x|: the slopes at 0 are 1 and -1."""
    return evaluate("1 == -1", says="right and left derivative of |x|")


mirrored.falsehood("+4τ for positive coordinates", c=-4, by=("orthant_by_orthant",))
mirrored.falsehood("g(x_i, x_{i+1}) for negative x_i", sigma=1, by=("orthant_by_orthant",))
mirrored.falsehood("-(d - 1)ν, all j", n="d - 1", sum="d", by=("across_the_last_face",))
mirrored.falsehood("odd in the next coordinate", even=3, by=("orthant_by_orthant",))
mirrored.corrected("sums over all j", erratum="misprint", sum="d")


remark = Claim(
    "du2019thesis/remark-thm-7.3",
    title="Number and place of the critical points, and the growth factor",
    kind="closed-form",
    where="Section 7.4, remark after Theorem 7.3",
    states=r"\text{minima}\ (\pm c,\dots,\pm c);\ \text{saddles}\ (\pm c,\dots,\pm c,0,\dots,0);\quad "
    r"\#\text{minima} = 2^d,\ \#\text{saddles} = 2^d-1;\quad "
    r"1+\frac{|\log(1-2\eta L)|}{\log(1+2\eta\gamma)} \ge \kappa > 1",
    given=(r"\text{the octopus with}\ d+1\ \text{boxes},\ c = 4\tau", r"0 < 2\eta L < 1,\ L \ge \gamma > 0"),
    printed={"c": 4, "minima": "n", "saddles": "n - 1", "kappa": "(1 + r)/r"},
    parts=("critical points", "counts", "growth factor"),
    uses=("du2019thesis/lemma-7.1", "du2019thesis/eq-7.14"),
    note="n = 2^d. The text gives the form of the saddles, not their number. The growth factor is for one "
    "saddle: while x_k grows by log(1 + 2ηγ) a step, x_{k+1} falls by |log(1 - 2ηL)|; r = γ/L, u = 2ηL. The "
    "number of iterations along the chain is Lemma 7.2's; that perturbed descent takes about the same for "
    "each saddle belongs to the experiments.",
)


@remark.check(part="critical points", covers="universal")
def by_symmetry(claim: Statement, ctx: Context) -> Outcome:
    """The slopes of Lemma 7.1 in |x_j|; at x_j = 0 the mirrored terms are even, with slope 0."""
    return every(
        identity(f"2*L*({claim.c}*tau - 4*tau) == 0", says="settled, at ±c", **SIZES),
        prove("2*L > 0", L=POSITIVE, says="only there"),
        downhill(),
        prove("-2*gamma < 0", gamma=POSITIVE, says="at 0 before the buffer, and only there"),
    )


@remark.check(part="counts", covers="universal")
def double(claim: Statement, ctx: Context) -> Outcome:
    """A further coordinate doubles the minima; every former minimum becomes a saddle (its last entry 0)."""
    more = {what: getattr(claim, what).replace("n", "(2*n)") for what in ("minima", "saddles")}
    return every(
        evaluate(f"{claim.minima.replace('n', '2')} == 2", says="minima, d = 1: ±c"),
        evaluate(f"{claim.saddles.replace('n', '2')} == 1", says="saddles, d = 1: 0"),
        identity(f"{more['minima']} == 2*({claim.minima})", says="minima, from d to d + 1"),
        identity(f"{more['saddles']} == {claim.saddles} + {claim.minima}", says="saddles, from d to d + 1"),
    )


@remark.check(part="counts")
def patterns(claim: Statement, ctx: Context) -> Outcome:
    """All of {-c, 0, c}^d, d <= 4, in the octopus with vanishing gradient, L = 3, γ = τ = 1, exactly."""
    links = []
    for d in range(1, 5):
        chain, counts = SaddleChain(d, 3, 1, 1), {"minima": 0, "saddles": 0}
        for x in product((-claim.c, 0, claim.c), repeat=d):
            if chain.in_octopus(x) and not any(chain.gradient(x)):
                entries = [chain.hessian(x)[j][j] for j in range(d)]
                counts["minima" if min(entries) > 0 else "saddles"] += 1
        for what in ("minima", "saddles"):
            formula = getattr(claim, what).replace("n", str(2**d))
            links.append(evaluate(f"{counts[what]} == {formula}", says=f"{what}, d = {d}", instance=True))
    return every(*links)


@remark.check(part="growth factor", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """-log(1 - u) >= u and log(1 + ru) <= ru."""
    step = f"-log(1 - u) >= ({claim.kappa} - 1)*log(1 + r*u)"
    small = evaluate(step, at={"u": "1/100", "r": "1/2"}, says="one saddle, 2ηL = 1/100", instance=True)
    argument = follows_from(
        prove("-log(1 - u) >= u", u="(0, 1)"),
        prove("log(1 + r*u) <= r*u", u="(0, 1)", r="(0, 1]"),
        prove(f"u >= ({claim.kappa} - 1)*r*u", u="(0, 1)", r="(0, 1]"),
        prove(f"{claim.kappa} > 1", r="(0, 1]", says="κ > 1"),
    )
    return unless([small], argument)


@remark.falsehood_with_check("saddles at (0, ..., 0, ±c)")
def not_in_the_octopus(claim: Statement, ctx: Context) -> Outcome:
    """d = 2: x_1 = 0 asks for |x_2| <= τ."""
    return evaluate(f"{claim.c} <= 1", says="c/τ")


@remark.falsehood_with_check("3^d critical points")
def all_sign_patterns(claim: Statement, ctx: Context) -> Outcome:
    """d = 2: (0, ±c) are outside; 7 critical points."""
    return evaluate("7 == 3**2", says="critical points, d = 2")


remark.falsehood("as many saddles as minima", saddles="n", by=("double", "patterns"))
remark.falsehood("minima at ±2τ", c=2, by=("by_symmetry", "patterns"))
remark.falsehood("factor κ + 1", kappa="(1 + 2*r)/r", by=("logarithms",))
