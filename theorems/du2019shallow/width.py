"""Section 3.1: the width behind R' < R, how deviations scale with it, and the mean least eigenvalue."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import factorial

import numpy as np
from numpy.typing import NDArray

from numerics.arc_cosine import limiting_gram
from numerics.descent import gradient_descent
from numerics.flow_one_input import flow_one_input, sample_one_input
from numerics.gram import empirical_gram
from numerics.two_layer import initialise
from theorems.du2019shallow.concentration import HOEFFDING, SPECTRAL, within
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

equivalence = Claim(
    "du2019shallow/width-equivalence",
    aliases=("du2019thesis/width-equivalence",),
    title="The radius condition R' < R as a condition on the width",
    kind="proof-step",
    where="Section 3.1, end of the proof of Theorem 3.2",
    states=r"R' < R \iff m > \frac{K^2 n^{p}\,\|y-u(0)\|_2^2}{c^2\lambda_0^{q}\delta^{s}}; \qquad "
    r"\|y-u(0)\|_2^2 = \frac{Bn}{\delta} \implies "
    r"m > \frac{K^2B}{c^2}\,\frac{n^{P}}{\lambda_0^{Q}\delta^{S}}",
    given=(r"R = c\,\delta\lambda_0/n^2", r"R' = K\sqrt n\,\|y-u(0)\|_2/(\sqrt m\,\lambda_0)"),
    printed={"p": 5, "q": 4, "s": 2, "P": 6, "Q": 4, "S": 3},
    parts=("equivalence", "final width"),
    uses=("du2019shallow/init-loss",),
    step_of="du2019shallow/thm-3.2",
    note="K and c are the constants in R' and R; the equivalence is algebra, whatever they are.",
)


@equivalence.check(part="equivalence", covers="universal")
def ratio_of_the_squares(claim: Statement, ctx: Context) -> Outcome:
    """(R'/R)² = M/m with M the width; for positive R, R' and m, R' < R iff M/m < 1 iff m > M."""
    squares = "(K*sqrt(n)*Y/(sqrt(m)*lam))**2/(c*delta*lam/n**2)**2"
    return every(
        identity(f"{squares} == K**2*n**p*Y**2/(c**2*lam**q*delta**s)/m", let=claim.let),
        prove("M/(M + t) < 1", M="[0, oo)", t="(0, oo)", says="m > M suffices"),
        prove("(m + t)/m >= 1", m="(0, oo)", t="[0, oo)", says="m <= M does not"),
    )


@equivalence.check(part="final width", covers="universal")
def residual_put_in(claim: Statement, ctx: Context) -> Outcome:
    """‖y - u(0)‖² = Bn/δ in the width R' < R."""
    return identity(
        "(K*sqrt(n))**2*(B*n/delta)/lam**2/(c*delta*lam/n**2)**2 == K**2*B/c**2*n**P/(lam**Q*delta**S)",
        let=claim.let,
    )


equivalence.falsehood("power 4 of n before the residual is put in", p=4, by=("ratio_of_the_squares",))
equivalence.falsehood("power 4 of n in the final width", P=4, by=("residual_put_in",))
equivalence.falsehood("power -3 of λ₀ in the final width", Q=3, by=("residual_put_in",))
equivalence.falsehood("power -2 of δ in the final width", S=2, by=("residual_put_in",))


remark = Claim(
    "du2019shallow/remark-3.1",
    title="Deviations of the Gram matrix scale like m^(-1/2), and the dynamics tend to those of the limit",
    kind="asymptotic-scaling",
    where="Section 3.1, Remark 3.1",
    states=r"\|H(0)-H^\infty\|_2 = O(m^{s}),\qquad \sup_{t>0}\|H(t)-H(0)\|_2 = O(m^{s}),\qquad "
    r"\sup_t\|u(t)-u^\infty(t)\|_2\to 0\ (m\to\infty)",
    given=(
        r"\dot u^\infty = g\,H^\infty(y-u^\infty),\ u^\infty(0) = u(0)",
        r"n,\ \lambda_0,\ C \ge |y_i|\ \text{fixed};\ O\ \text{in probability}",
    ),
    printed={"s": "-1/2", "g": 1},
    parts=("initial", "along the flow", "limit"),
    uses=("du2019shallow/eq-7", "du2019shallow/lemma-3.4"),
    proof_uses=("du2019shallow/lemma-3.1", "du2019shallow/lemma-3.2"),
    note="The arguments rest on the corrected lemmas. The sampled slopes test more than the printed O: that "
    "the exponent is s. H(t) has the gates that the velocity uses (eq-7, corrected).",
)
SEEDS = 50
WINDOW = Fraction(3, 20)


def sphere(ctx: Context) -> NDArray[np.float64]:
    """Eight inputs on the sphere of dimension 8, the same in all trials."""
    points = ctx.rng("inputs").standard_normal((8, 8))
    unit: NDArray[np.float64] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit


def slopes_agree(
    ctx: Context, claim: Statement, what: str, widths: tuple[int, ...], errors: object
) -> Outcome:
    """Decide that the log-log slope of errors (seeds, widths) is in the window around s for most seeds."""
    table = np.asarray(errors, dtype=float)
    found = np.polyfit(np.log(widths), np.log(np.maximum(table, 1e-12)).T, 1)[0]
    rows = [bool(abs(slope - float(Fraction(claim.s))) <= WINDOW) for slope in found]
    median, sizes = np.median(table, axis=0), [float(m) for m in widths]
    guide = [float(median[0]) * (m / sizes[0]) ** -0.5 for m in sizes]
    series = [Series("median", sizes, median.tolist(), "points"), Series("m^(-1/2)", sizes, guide, "bound")]
    plot = Plot(
        f"{what}: median slope {np.median(found):.2f}", "width m", what, series, log_x=True, log_y=True
    )
    event = f"slope of {what} within {WINDOW} of {claim.s}"
    return every(ctx.decide(event, at_least="1/2", rows=rows, label=what), plots=(plot,))


@remark.check(part="initial", covers="universal")
def hoeffding(claim: Statement, ctx: Context) -> Outcome:
    """2n² exp(-2m e²) = δ at e = κ m^s/n, κ = n √(log(2n²/δ)/2); first n = 1, δ = 1/2, m = 10⁴ exactly."""
    radius = "(sqrt(log(4)/2)*m**s)"
    single = evaluate(
        f"{within('1/2', radius)} >= 1/2", let=claim.let | {"m": 10**4}, instance=True, says="n = 1"
    )
    exponent = identity("2*m*(n*sqrt(L)/sqrt(2)*m**s/n)**2 == L", let=claim.let)
    return unless([single], follows_from(exponent, assumes=(HOEFFDING, "union bound", SPECTRAL)))


@remark.check(part="initial")
def initial_slopes(claim: Statement, ctx: Context) -> Outcome:
    """‖H(0) - H∞‖ at widths 2^6 to 2^13, the pilot's slope per seed being -0.50 with deviation 0.07."""
    X, widths = sphere(ctx), tuple(2**k for k in range(6, 14))
    limit = limiting_gram(X)

    def error(seed: int, m: int) -> float:
        W = ctx.rng(seed, m).standard_normal((m, 8))
        return float(np.linalg.norm(empirical_gram(W, X, device="cpu") - limit, 2))

    table = [[error(seed, m) for m in widths] for seed in range(SEEDS)]
    return slopes_agree(ctx, claim, "‖H(0) - H∞‖", widths, table)


@remark.check(part="along the flow", covers="universal")
def travel_times_flips(claim: Statement, ctx: Context) -> Outcome:
    """Every neuron stays within R' = O(m^s); in a ball of that radius the gates flip with frequency O(R').

    Four events, δ/4 each: |y - u(0)|² <= Y² = 4n(C² + 1/2)/δ, the two of Lemma 3.4 (then the travel is at
    most R' = 2√n Y/(√m λ0), once the width makes R' <= R), and Markov in the ball: ‖H(t) - H(0)‖ <= κ m^s
    with κ = 32 n^(5/2) Y/(√(2π) δ λ0).  First n = 1, y = C = 4, δ = 1/2 = λ0, m = 10⁸ exactly: neurons with
    a_r < 0 and 0 <= z < 2/√m come to rest if u(0) <= 2 (Chebyshev: but for 1/8), as the others move 2/√m.
    """
    kappa = "32*n**2*sqrt(n)*Y/(sqrt(2*pi)*delta*lam)"
    one = {"n": "1", "delta": "1/2", "lam": "1/2", "Y": "sqrt(4*(4**2 + 1/2)/(1/2))", "m": 10**8}
    few = f"1/8 + binomial_cdf(floor({kappa}*m**s*m), m, erf(2/sqrt(m)/sqrt(2))/4) >= 1 - delta"
    single = evaluate(few, let=claim.let | one, instance=True, says="n = 1: Pr(at most κ m^s m come to rest)")
    radius = "2*sqrt(n)*Y/(sqrt(m)*lam)"
    markov = identity(f"4*n**2*({radius})/(sqrt(2*pi)*(delta/4)) == {kappa}*m**s", let=claim.let)
    return unless(
        [single],
        follows_from(
            markov,
            assumes=(
                "init-loss (corrected) and Markov: Pr(|y - u(0)|² > Y²) <= δ/4",
                "Lemma 3.4 (corrected): travel at most R'",
                "Lemma 3.2, entrywise part, at the radius R' with δ/4",
            ),
        ),
    )


@remark.check(part="along the flow")
def resting_slopes(claim: Statement, ctx: Context) -> Outcome:
    """One input, y = 4, the exact flow: |H(∞) - H(0)| is the fraction of neurons that come to rest."""
    widths = tuple(2**k for k in (8, 12, 16, 19))

    def rested(seed: int, m: int) -> float:
        z, a = sample_one_input(ctx.rng(seed, m), m)
        return float(flow_one_input(z, a, 4.0, m).resting[-1]) / m

    table = [[rested(seed, m) for m in widths] for seed in range(SEEDS)]
    return slopes_agree(ctx, claim, "sup |H(t) - H(0)|", widths, table)


@remark.check(part="limit", covers="universal")
def variation_of_constants(claim: Statement, ctx: Context) -> Outcome:
    """(u - u∞)' = -H∞(u - u∞) + (H(t) - H∞)(y - u), with |y - u| <= Y exp(-λ0 t/2) and ‖H(t) - H∞‖ <= D.

    So |u - u∞| <= D Y I(t), I' + λ0 I = exp(-λ0 t/2), I(0) = 0, and I <= 1/(2λ0); D = O(m^s) tends to 0.
    First n = 1, t = 1: the residual is at least exp(-3/5) of its start unless more than 3/5 of the neurons
    are active, which has probability at most exp(-m/50); that of u∞ is exp(-g/2) of the start.
    """
    single = evaluate("exp(-3/5) <= exp(-g/2)", let=claim.let, says="n = 1, t = 1, all m: no gap is left")
    integral = "2/L*(exp(-L*t/2) - exp(-L*t))"
    return unless(
        [single],
        follows_from(
            identity(f"diff({integral}, t) + g*L*({integral}) == exp(-L*t/2)", let=claim.let),
            prove("v - v**2 <= 1/4", v="(0, 1]", says="v = exp(-λ0 t/2): I <= 1/(2λ0)"),
            prove("K**2/(K**2/e**2 + v) <= e**2", K="(0, oo)", e="(0, oo)", v="[0, oo)", says="K/√m <= e"),
            assumes=(
                "variation of constants",
                "the other two parts: D = K/√m with probability 1 - δ",
                "Lemma 3.4 (corrected): |y - u(t)| <= Y exp(-λ0 t/2)",
            ),
        ),
    )


@remark.falsehood_with_check("output scaled by 1/m")
def mean_field_scaling(claim: Statement, ctx: Context) -> Outcome:
    """Scaled by 1/m the network is the printed one with labels √m y, up to the unit of time: H keeps moving.

    Descent with steps of 1/4; the slope would have to be within 3/20 of -1/2 for most seeds.
    """
    X, widths = sphere(ctx), (64, 256, 1024)

    def moved(seed: int, m: int) -> float:
        W, a = initialise(ctx.rng(seed, m), m, 8)
        run = gradient_descent(W[None], a[None], X, m**0.5 * (-1.0) ** np.arange(8), 0.25, 60, device="cpu")
        change = empirical_gram(run.weights[0], X, device="cpu") - empirical_gram(W, X, device="cpu")
        return float(np.linalg.norm(change, 2))

    table = [[moved(seed, m) for m in widths] for seed in range(SEEDS)]
    return slopes_agree(ctx, claim, "‖H(T) - H(0)‖", widths, table)


SLOPES = ("initial_slopes", "resting_slopes")
remark.falsehood("slope -1", s="-1", by=("hoeffding", "travel_times_flips", *SLOPES))
remark.falsehood("slope -1/4", s="-1/4", by=SLOPES)
remark.falsehood("slope 0", s="0", by=SLOPES)
remark.falsehood("the limit at twice the speed", g=2, by=("variation_of_constants",))


monotone = Claim(
    "du2019shallow/derived-eig-monotone",
    title="The expected least eigenvalue of H(0) grows with the width, and stays below lambda_0",
    kind="positive-definiteness",
    where="Section 5, explanation of Figure 1(a)",
    states=r"g\,\mathbb E\lambda_{\min}(H_m(0)) \le g\,\mathbb E\lambda_{\min}(H_{m+1}(0)), \qquad "
    r"\mathbb E\lambda_{\min}(H_m(0)) \le b\,\lambda_0",
    given=(r"w_r(0)\sim N(0,I)\ \text{i.i.d.}",),
    printed={"g": 1, "b": 1},
    parts=("monotone", "ceiling"),
    uses=("du2019shallow/assumption-3.1",),
)


def mean_least_eigenvalue(m: int) -> str:
    """E λ_min(H_m(0)) as text, for two inputs at 60 degrees: λ_0 = 1/3.

    Of m neurons a are active on both inputs, b and c on one: probabilities 1/3, 1/6, 1/6, and
    λ_min = (2a + b + c - √((b - c)² + a²))/(2m), where 2a + b + c has mean m.
    """
    weight: Counter[int] = Counter()
    for a in range(m + 1):
        for b in range(m + 1 - a):
            for c in range(m + 1 - a - b):
                ways = factorial(m) // (factorial(a) * factorial(b) * factorial(c) * factorial(m - a - b - c))
                weight[(b - c) ** 2 + a**2] += ways * 2 ** (m - b - c)
    roots = " + ".join(f"{count}*sqrt({square})" for square, count in sorted(weight.items()))
    return f"(1/2 - ({roots})/({2 * m}*6**{m}))"


@monotone.check(part="monotone", covers="universal")
def leave_one_out(claim: Statement, ctx: Context) -> Outcome:
    """H_(m+1) averages its m + 1 leave-one-out matrices, each with the law of H_m; λ_min is concave.

    Every neuron (h) stays in m of them, with weight 1/m.  First, exactly: two inputs at 60 degrees, m <= 8.
    """
    means = [mean_least_eigenvalue(m) for m in range(1, 9)]
    cases = (
        evaluate(f"g*{low} <= g*{high}", let=claim.let, instance=True, says="two inputs at 60 degrees")
        for low, high in pairwise(means)
    )
    average = identity("g*(m*(h/m)/(m + 1)) == h/(m + 1)", let=claim.let, says="the average")
    concave = ("λ_min is concave: a minimum of linear functions", "the m + 1 matrices have one law")
    return unless(cases, follows_from(average, assumes=concave))


@monotone.check(part="ceiling", covers="universal")
def jensen(claim: Statement, ctx: Context) -> Outcome:
    """E λ_min(H) <= v'E[H]v = λ₀ for the unit eigenvector v of H∞; at n = 1 both sides are 1/2."""
    cases = (
        evaluate(f"{mean_least_eigenvalue(m)} <= b/3", let=claim.let, instance=True, says=f"60°, m = {m}")
        for m in range(1, 13)
    )
    above = prove("lam <= b*lam", let=claim.let, lam="(0, 1/2]")
    return unless(cases, follows_from(above, assumes=("λ_min(H) <= v'Hv for every unit vector v",)))


@monotone.falsehood_with_check("the least eigenvalue grows almost surely")
def second_neuron_inactive(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, w_1.x = 1 and w_2.x = -1, an open set of weights around it: H_1 = 1, H_2 = 1/2."""
    return evaluate("step(1) <= (step(1) + step(-1))/2", instance=True, says="H_1 <= H_2")


@monotone.falsehood_with_check("the expectation is at least λ₀")
def rank_one(claim: Statement, ctx: Context) -> Outcome:
    """m = 1: two inputs at 60 degrees, λ₀ = 1/3."""
    return evaluate(f"{mean_least_eigenvalue(1)} >= 1/3", instance=True, says="E λ_min >= λ₀")


monotone.falsehood("decreasing", g=-1, by=("leave_one_out",))
monotone.falsehood("at most λ₀/2", b="1/2", by=("jensen",))
