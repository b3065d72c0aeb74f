"""Theorem 7.3: exponential time for gradient descent, polynomial time with noise.

What the proof yields is explicit: L = e, γ = 1, τ = e, κ = 1 + e.  Words and links are in `saddle_runs`; the
escape times T_{k+1} >= κ T_k, T_1 >= κ are those of sketch-d-saddles for τ >= e.
"""

import math
from fractions import Fraction

from theorems.du2019thesis.saddle_noise import perturbed, starts
from theorems.du2019thesis.saddle_runs import (
    DECAY,
    INNER,
    SLOPE,
    during_passage,
    few_iterates,
    next_factor,
    on_a_run,
    run,
)
from theorems.du2019thesis.saddle_sketch import accounts
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
    prove,
    unless,
)

WITHIN = Fraction(1, 100)
"""The ε at which the runs are stopped."""

DENSITY = "Γ(x + 1)/Γ(x + 1/2) <= √(x + 1/2): the density of a coordinate of the ball is <= √((d+1)/(2π))/r"
INSIDE = "eq-7.19 and claim-2-stay: the iterates stay in the octopus, and no noise comes in a passage"
UNION = "the union bound; each noise is independent of what was before"


theorem = Claim(
    "du2019thesis/thm-7.3",
    title="Gradient descent can take exponential time to escape saddle points, perturbed descent does not",
    kind="existence",
    where="Section 7.4, Theorem 7.3",
    states=r"\eta \le \frac{1}{\ell},\ t \le e^{c\,d}:\ \ \|x^{(t)}-x^*\|_\infty \ge D\,\tau\ \text{for the "
    r"minima } x^*\ \text{of } f|_D,\quad \ge G\,\tau\ \text{for all others};\qquad \text{with noise: "
    r"}\Pr\left(\|x^{(t)}-x^*\|_2 \le \varepsilon\ \text{for some } t \le "
    r"\mathrm{poly}(d,1/\varepsilon)\right) \ge 1-e^{-d}",
    given=(
        r"x^{(0)}\ \text{uniform in}\ [-1,1]^d",
        r"f\ B\text{-bounded},\ \ell\text{-gradient and } \rho\text{-Hessian Lipschitz on}\ \mathbb "
        r"R^d,\ B,\ell,\rho \le \mathrm{poly}(d)",
        r"\text{explicit: the octopus with}\ L = \tau = e,\ \gamma = 1;\ \text{with noise: } "
        r"K\,\frac{d^2+d\log(1/\varepsilon)}{2\eta\gamma}\ \text{iterations for}\ g_{\mathrm{thres}} = "
        r"\frac{\tau}{10},\ r = \frac{\tau}{20},\ t_{\mathrm{thres}} = \left\lceil "
        r"\frac{15d}{2\eta\gamma}+\frac{d+\log(1/\varepsilon)}{2\eta L}\right\rceil,\ \eta \le \frac{1}{4L}",
    ),
    printed={"c": 1, "D": 2, "G": "9/50", "K": 70, "M": 100},
    parts=("its minima", "other minima", "with noise"),
    uses=(
        "du2019thesis/construction-bounded",
        "du2019thesis/construction-lipschitz",
        "du2019thesis/step-3-extension",
        "du2019thesis/lemma-7.1",
    ),
    proof_uses=(
        "du2019thesis/lemma-7.3",
        "du2019thesis/thm-7.5",
        "du2019thesis/thm-7.2",
        "du2019thesis/eq-7.19",
        "du2019thesis/claim-2-stay",
        "du2019thesis/claim-2-reduction",
    ),
    note="The constants are hidden in the text: Ω(1) is 2τ and 9τ/50 here, e^Ω(d) is e^d. Gradient descent: "
    "for every start and every C² extension of f, not only with probability one. The text ignores minima "
    "that the extension may add: they matter, and stay 9τ/50 away, because the path keeps that distance from "
    "the boundary of D. That the extension exists with poly(d) constants rests on step-3-extension. With "
    "noise, the text goes through Theorem 7.2; on this function one good noise for each saddle is enough, "
    "which gives O(d² + d log(1/ε)) iterations for every d with explicit constants. Runs at d = 1, 2 (and 3 "
    "in the full profile), ε = 1/100, with these constants and with those of Section 7.5 (Md iterations).",
)


@theorem.check(part="its minima", covers="universal")
def exponential(claim: Statement, ctx: Context) -> Outcome:
    """T_d >= κ^d > e^(cd), so |x_d| < 2τ for t <= e^(cd), while |x_d*| = 4τ.  ℓ >= 2L, so η <= 1/(2L).

    First d = 1, η = 1/35, x^(0) = 1: T_1 against e^c; and x^(0) = 1 itself, at distance 4τ - 1.
    """
    found = run(("1",), "exp(1)", "2*exp(1)/35", "exp(1)")
    return unless(
        [
            on_a_run("floor(exp(c)) < T1", claim.let, found, "d = 1, L = e, η = 1/35"),
            evaluate("4*exp(1) - 1 >= D*exp(1)", let=claim.let, says="d = 1, x^(0) = 1"),
        ],
        follows_from(
            evaluate("exp(c) < 1 + exp(1)", let=claim.let, says="e^c < κ"),
            evaluate("4 - 2 >= D", let=claim.let, says="|x_d - x_d*| over τ"),
            prove("log(1 + h) <= h", h=INNER, says="S_1 >= 1/h, T_1 >= S_1 + 1"),
            prove("1/(r*b) + 1 >= 1 + 1/r", r=INNER, b=DECAY, says="T_1 >= κ"),
            accounts(),
            assumes=("lemma-7.3: |x| moves as in the tube", "η <= 1/ℓ <= 1/(2L)"),
            plots=(guaranteed(),),
        ),
    )


def guaranteed() -> Plot:
    """T_d from x^(0) = (1, ..., 1) for L = e, η = 1/35, and what is proved."""
    found = run(("1",) * 10, "exp(1)", "2*exp(1)/35", "exp(1)")
    at = [float(d) for d in range(1, 11)]
    series = [
        Series("T_d, η = 1/35, start 1", at, [float(t or 0) for t in found.escaped], "points"),
        Series("κ^d, proved for every η", at, [(1 + math.e) ** d for d in at], "bound"),
        Series("e^d, Theorem 7.3", at, [math.exp(d) for d in at], "bound"),
    ]
    return Plot("The true times grow like the proved bound.", "d", "iterations", series, log_y=True)


@theorem.check(part="other minima", covers="universal")
def distance_from_the_boundary(claim: Statement, ctx: Context) -> Outcome:
    """Up to T_d the cube of radius Gτ around every iterate lies in D; a minimum in it is one of f on D.

    Over τ: resting coordinates are at most 1/e (attained by x^(0) = (0, 1), and (0, τ) is on the boundary).
    While x_k passes, x_{k+1} <= (1 - b)^(1/h) (1 + h)^(1/h + 1)/e <= (1 + h)/e.  m steps after it has
    settled, with w = (1 - b)^m, x_k >= 4 - 2w and x_{k+1} <= (1 + h)/(e w): one of the two keeps away from
    its wall.  And x_k settles at most at 2 + 15/4 < 6.
    """
    at_rest = evaluate("1 - exp(-1) >= G", let=claim.let, says="x^(0) = (0, 1): distance to (0, τ) over τ")
    return unless(
        [at_rest],
        follows_from(
            next_factor(),
            few_iterates(),
            prove("log(1 + h) <= h", h=INNER),
            prove(
                "log(1 - b) <= -b", b=INNER, says="(1 - b)^(S_k) <= e^(-b/h) <= 1/e, as S_k >= 1/h and b > h"
            ),
            prove("(1 - b)*(1 + r*b) <= 1", b=DECAY, r=INNER, says="(1 + h)^m <= 1/w"),
            evaluate("1 - 2/exp(1) >= G", let=claim.let, says="x_{k+1} during the passage, h <= 1"),
            prove("2 - 2*w >= G", w="(0, 91/100]", let=claim.let, says="x_k above 2τ"),
            prove("1 - 2/(exp(1)*w) >= G", w="[91/100, 1]", let=claim.let, says="x_{k+1} below τ"),
            during_passage(f"-({SLOPE}) <= 15/2", says="a step of a passage adds at most (15/2)ηLτ"),
            evaluate("6 - (2 + 15/4) >= G", let=claim.let, says="x_k below 6τ when it settles"),
            assumes=("lemma-7.2-gd-stays", "after that x_k moves towards 4τ"),
        ),
    )


@theorem.check(part="with noise")
def runs_with_noise(claim: Statement, ctx: Context) -> Outcome:
    """The constants of Section 7.5, d = 1, 2 (3): within 1/100 of a minimum after at most M d iterations?

    The levels are the next multiples of 1/10000 above 1 - e^(-d); the counts decide when all runs succeed.
    """
    links = []
    for d, count in ctx.size(((1, 60), (2, 160)), ((1, 60), (2, 160), (3, 450))):
        rngs = [ctx.rng("noise", d, k) for k in range(count)]
        found = perturbed(math.e, starts(d, rngs), rngs, 100 * d)
        arrived = found.within(float(WITHIN)) <= float(Fraction(claim.M) * d)
        rows = [bool(v) for v in arrived & found.inside()]
        level = above(d)
        event = f"in the octopus and within 1/100 of a minimum after {claim.M}·{d} iterations, d = {d}"
        links.append(ctx.decide(event, at_least=level, rows=rows, label=str(d)))
    return every(*links)


def above(d: int) -> Fraction:
    """1 - e^(-d), rounded up to a multiple of 1/10000."""
    return Fraction(math.ceil(10000 * (1 - math.exp(-d))), 10000)


@theorem.check(part="with noise", covers="universal")
def one_good_noise_for_each_saddle(claim: Statement, ctx: Context) -> Outcome:
    """On the octopus directly: b = 2ηL <= 1/2, h = b/e, z = log(1/ε), in units of τ; phase k ends at T_k.

    The first noise of phase k leaves |x_k| >= a = e^(-d)/(20 d √(d+1)), except with probability 2a·20 times
    the density of a coordinate of the unit ball at 0: over d phases at most e^(-d) in all.  Then x_k leaves
    in at most 15d/h steps, and t_thres is larger: no second noise.  When does the first come?  It is allowed
    from t_thres + 1 steps after T_{k-1} on, and by then the other coordinates (at most 4L(1 - b)^m each) give
    less than half of g_thres; so it comes, or 2|x_k| is more than half of g_thres, and x_k leaves in 15d/h
    steps or meets a noise before.  So a phase takes at most t_thres + 1 + 30d/h.  At the end the distance
    shrinks by 1 - b: from 2√d to ε without noise, or from √d/10 to ε in the t_thres steps after one.

    First what no constant can beat, d = 1: |x^(0)| <= 1/e takes at least 1/h steps (ε = 1/100).
    """
    d, h, z = "[1, oo)", "(0, 1/5]", "[0, oo)"
    phase = "((16*d + z)/h + 1 + 30*d/h)"
    total = f"d*{phase} + (3*d + z)/(2*h) + 3 + (16*d + z)/h"
    return unless(
        [evaluate("K*(1 + log(100)) >= 1", let=claim.let, says="d = 1, ε = 1/100: iterations times h")],
        follows_from(
            evaluate("2/sqrt(2*pi) <= 1", says="d·2a·20·√((d+1)/(2π)) <= e^(-d)"),
            prove("d + log(20) + log(d) + log(d + 1)/2 <= 6*d", d=d, says="log(1/a)"),
            prove("log(1 + h) >= h/2", h=h, says="growth of x_k"),
            few_iterates(),
            prove("12*d/h + 2 + 1/h <= 15*d/h", d=d, h=h, says="from a to 2τ"),
            prove("log(80) + 1 + log(d)/2 <= 6*d", d=d, says="b m for (1 - b)^m <= 1/(80 e √d)"),
            prove("6*d/(2*h) + 1 <= 15*d/h", d=d, h=h, says="the others are small after 15d/h < t_thres"),
            prove("2*log(40)/h + 2 + 1/h <= 15*d/h", d=d, h=h, says="from 1/40 to 2τ"),
            prove("1 - log(10) + log(d)/2 <= d", d=d, says="√d/10 to ε in t_thres steps: log(e√d/10) <= d"),
            prove("log(2) + 1 + log(d)/2 <= 3*d", d=d, says="2√d to ε: log(2e√d) <= 3d"),
            prove("15*d/h + (d + z)/(2*h) + 1 <= (16*d + z)/h", d=d, h=h, z=z, says="t_thres, 1/b <= 1/(2h)"),
            prove(f"{total} <= K*(d**2 + d*z)/h", d=d, h=h, z=z, let=claim.let, says="all d phases"),
            assumes=(DENSITY, INSIDE, UNION),
        ),
    )


@theorem.check(part="with noise")
def runs_with_these_constants(claim: Statement, ctx: Context) -> Outcome:
    """d = 1 (2 in the full profile), η = 1/(4L), ε = 1/100, the constants of the direct proof."""
    (d, count), h, z = ctx.size((1, 60), (2, 160)), 1 / (2 * math.e), math.log(100)
    rngs = [ctx.rng("direct", k) for k in range(count)]
    steps = math.ceil(70 * (d * d + d * z) / h)
    found = perturbed(
        math.e,
        starts(d, rngs),
        rngs,
        steps,
        radius=math.e / 20,
        spacing=math.ceil(15 * d / h + 2 * (d + z)),
        threshold=math.e / 10,
    )
    arrived = found.within(float(WITHIN)) <= float(Fraction(claim.K)) * (d * d + d * z) / h
    rows = [bool(v) for v in arrived & found.inside()]
    return ctx.decide("in the octopus and within 1/100 of a minimum", at_least=above(d), rows=rows)


theorem.falsehood("up to e^(4d)", c=4, by=("exponential",))
theorem.falsehood("distance 5τ", D=5, by=("exponential",))
theorem.falsehood("distance τ from all others", G=1, by=("distance_from_the_boundary",))
theorem.falsehood("with noise, 10 iterations for each saddle", M=10, by=("runs_with_noise",))
theorem.falsehood(
    "(d² + d log(1/ε))/(10·2ηγ) iterations",
    K="1/10",
    by=("one_good_noise_for_each_saddle", "runs_with_these_constants"),
)
