"""Section 5: the experiment on synthetic data, Figure 1, and what it says about the theorems.

Widths, step size and number of initialisations are not printed.  They were fixed here before the runs, for
three step sizes up to near the limit 2/λ_max(H∞) (about 1.6), with one data set for all widths and
initialisations: the *proxy* (n = d = 64, widths 64, 256, 1024, 50 initialisations) decides; the *printed
size* (n = d = 1000, widths 1000, 2000, 4000, three initialisations) is looked at, and can only refute: three
initialisations tell nothing about what most of them do.  A pilot with other data chose 64 and the widths.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numerics.arc_cosine import limiting_gram
from numerics.descent import gradient_descent
from numerics.gram import deviation_bound, drift, interval_gram, pattern_changes, pattern_counts
from numerics.spectrum import lambda_min_enclosure
from numerics.statistics import stream
from numerics.two_layer import initialise
from numerics.width_sweep import WidthSweep, sphere_problem, width_sweep
from theorems.du2019shallow.model import inner, integer_networks
from verify import (
    Claim,
    Context,
    Holds,
    Outcome,
    Plot,
    Regime,
    Series,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
)

STEP_SIZES = ("1/10", "1/2", "6/5")
EPOCHS = 100
EARLY, LATE = 10, 50
"""The rate is measured between these iterations: after the fastest modes are gone, and before rounding (at
η = 6/5 the loss falls by 10^13 up to iteration 50, and reaches the rounding errors before iteration 100)."""
WINDOW = Fraction(3, 20)
"""Half of the window of a slope: as for Remark 3.1, and three times the spread of the pilot's slopes."""
NEARLY_ALL = "999/1000"
"""Three initialisations that all fail refute that so many succeed; three that succeed decide nothing."""


class Size(NamedTuple):
    """n = d inputs, the widths, and how many initialisations."""

    n: int
    widths: tuple[int, ...]
    seeds: int


PROXY = Size(64, (64, 256, 1024), 50)
PRINTED = Size(1000, (1000, 2000, 4000), 3)


@lru_cache(maxsize=2)
def problem(seed: int, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The data set of all runs with n inputs."""
    return sphere_problem(stream(seed, "du2019shallow/experiment-setup", "data", n), n, n)


@lru_cache(maxsize=2 * len(STEP_SIZES))
def sweep(seed: int, size: Size, eta: str) -> WidthSweep:
    """The runs that all claims of this section share, from streams of their own."""

    def start(k: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return initialise(stream(seed, "du2019shallow/experiment-setup", "start", k, m), m, size.n)

    X, y = problem(seed, size.n)
    return width_sweep(X, y, size.widths, start, size.seeds, float(Fraction(eta)), EPOCHS, 10, device="cpu")


def sweeps(ctx: Context, size: Size) -> list[WidthSweep]:
    """One sweep for each step size."""
    return [sweep(ctx.seed, size, eta) for eta in STEP_SIZES]


def for_every_step_size(tables: Sequence[Any]) -> list[bool]:
    """One row an initialisation: whether the event, (seeds,) for each step size, occurs for all of them."""
    return [bool(v) for v in np.logical_and.reduce([np.asarray(t) for t in tables])]


def decided(ctx: Context, event: str, rows: list[bool], **shown: Any) -> Outcome:
    """At the proxy size: does the event occur for at least half of the initialisations?"""
    return every(ctx.decide(event, at_least="1/2", rows=rows), **shown)


def looked_at(ctx: Context, event: str, rows: list[bool], **shown: Any) -> Outcome:
    """At the printed size: refuted when three initialisations out of three fail, otherwise an observation."""
    outcome = ctx.decide(event, at_least=NEARLY_ALL, rows=rows)
    if outcome.status == "refuted":
        return outcome
    said = f"{event}: {sum(rows)} of {len(rows)} initialisations at n = d = {PRINTED.n}"
    if all(rows):
        return Holds(observations=(said, *shown.pop("observations", ())), **shown)
    return Undecided(said, "more initialisations", **shown)


def log_slopes(found: WidthSweep, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slope of log value against log width for every initialisation; values (seeds, widths)."""
    slopes: NDArray[np.float64] = np.polyfit(np.log(found.widths), np.log(values).T, 1)[0]
    return slopes


def curves(found: WidthSweep, values: Any, y_label: str, message: str, log_y: bool = False) -> Plot:
    """A panel of Figure 1: the median over the initialisations at every width; values (seeds, widths, K)."""
    median, at = np.median(values, axis=0), [float(k) for k in found.iterations]
    series = [Series(f"m = {m}", at, median[i].tolist()) for i, m in enumerate(found.widths)]
    return Plot(message, "iteration", y_label, series, log_y=log_y)


# ---- the set-up

setup = Claim(
    "du2019shallow/experiment-setup",
    aliases=("du2019thesis/experiment-setup",),
    title="Metrics of the experiment: pattern changes and maximum distance",
    kind="experiment",
    where="Section 5, second and third paragraph",
    states=r"p(k) = \frac{1}{D}\sum_{i=1}^{N}\sum_{r=1}^{m}\mathbb I\{\mathrm{sign}(w_r(0)^\top x_i)\neq "
    r"\mathrm{sign}(w_r(k)^\top x_i)\},\quad p = 1\ \text{when all patterns have changed};\qquad "
    r"\max_{r\in[m]}\|w_r(k)-w_r(0)\|_2",
    given=(
        r"n = 1000\ \text{points uniform on the sphere of}\ \mathbb R^{1000},\ y_i\sim N(0,1)",
        r"100\ \text{iterations of gradient descent, fixed step size}",
        r"\text{printed: } N = m,\ D = mn",
    ),
    printed={"upper": "m", "per": "m*n", "over_neurons": "max"},
    parts=("pattern changes", "distance"),
    uses=("du2019shallow/eq-3",),
    note="The paper adds that there are mn patterns, so the first sum runs over the n inputs. As printed "
    "there is no x_i for n < i <= m, and for m < n inputs are left out; only at m = n is it the metric. "
    "Widths, step size and number of runs are not printed.",
)


@setup.check(part="pattern changes", covers="universal")
def all_patterns_changed(claim: Statement, ctx: Context) -> Outcome:
    """When each of the mn patterns has changed, every term of the double sum is 1, and the share is 1."""
    return identity("m*(upper)/(per) == 1", let=claim.let, m="[1, oo)", n="[1, oo)")


def changed(w: Any, v: Any, x: Any) -> str:
    """Whether a pattern differs between the weights w and v, as text; no pre-activation is 0."""
    return f"abs(step{inner(w, x)} - step{inner(v, x)})"


@setup.check(part="pattern changes")
def engine_counts(claim: Statement, ctx: Context) -> Outcome:
    """Integer networks: the engine's counts over mn are the formula, where it has all the inputs it asks for.

    Left out are networks with a pre-activation 0, where a sign is not a gate.
    """
    cases = []
    for m, n, W, V, X in pairs_of_networks(ctx, 60):
        used = {"m": m, "n": n}[claim.upper]
        if used > n or not ((W @ X.T).all() and (V @ X.T).all()):
            continue
        terms = [changed(w, v, x) for x in X[:used] for w, v in zip(W, V, strict=True)]
        share = Fraction(int(pattern_changes(W, V, X).sum()), m * n)
        said = f"{share} == ({' + '.join(terms)})/({claim.per})"
        cases.append(evaluate(said, let={"m": m, "n": n}, instance=True))
    return every(*cases)


def pairs_of_networks(ctx: Context, count: int) -> list[tuple[int, int, Any, Any, Any]]:
    """(m, n, W(0), W(k), X) with small integer entries."""
    made = []
    for k, (W, _, X, _) in enumerate(integer_networks(ctx, count)):
        rng = ctx.rng("moved", k)
        V = W + rng.integers(-2, 3, size=W.shape)
        made.append((len(W), len(X), W.astype(int), V.astype(int), X.astype(int)))
    return made


NEURONS = {"max": lambda a, b: f"max({a}, {b})", "sum": lambda a, b: f"({a} + {b})"}


@setup.check(part="distance")
def engine_distance(claim: Statement, ctx: Context) -> Outcome:
    """Integer networks: the engine's distance is the root of the largest sum of squares, to 12 digits."""
    cases = []
    for _, _, W, V, _ in pairs_of_networks(ctx, 24):
        squares = [str(int(s)) for s in ((V - W) ** 2).sum(axis=1)]
        formula = f"sqrt({reduce(NEURONS[claim.over_neurons], squares)})"
        said = f"abs({Fraction(drift(W, V))} - {formula}) <= 1/10**12"
        cases.append(evaluate(said, instance=True))
    return every(*cases)


@setup.falsehood_with_check("fresh labels at every width show the effect of the width")
def other_labels(claim: Statement, ctx: Context) -> Outcome:
    """One network of width 1, w = x = a = 1: the labels 0 and 3 give other losses at the same width."""
    return evaluate("(1 - 0)**2/2 == (1 - 3)**2/2", says="the loss does not depend on the labels")


setup.falsehood("divided by m²", upper="n", per="m**2", by=("all_patterns_changed", "engine_counts"))
setup.falsehood("a count for each neuron", upper="n", per="m", by=("all_patterns_changed", "engine_counts"))
setup.falsehood("Frobenius norm", upper="n", over_neurons="sum", by=("engine_distance",))
setup.corrected("the first sum runs over the n inputs", erratum="misprint", upper="n")


# ---- Figure 1(a)

figure_a = Claim(
    "du2019shallow/fig-1a",
    aliases=("du2019thesis/fig-2.1a",),
    title="Wider networks converge faster",
    kind="experiment",
    where="Section 5, Figure 1(a)",
    states=r"s\,\log\frac{\rho(m')}{\rho(m)} > s\,g\,\log\frac{m'}{m},\quad "
    r"\rho(m) = \frac{1}{40}\log\frac{L(10)}{L(50)};\qquad "
    r"s\,\log\frac{\lambda_{\min}(H_{m'}(100))}{\lambda_{\min}(H_m(100))} > s\,g\,\log\frac{m'}{m}"
    r"\qquad (m' > m)",
    given=(r"\text{data and training as in Section 5}", r"\eta \in \{1/10, 1/2, 6/5\}"),
    printed={"s": 1, "g": 0},
    parts=("rate", "least eigenvalue"),
    uses=("du2019shallow/experiment-setup", "du2019shallow/derived-eig-monotone"),
    note="Printed are the better rate (s = 1, g = 0) and, as the believed reason, the larger least "
    "eigenvalue. The proxy supports them from width 64 to 1024. At n = d = 1000 there is little to gain: "
    "from width 1000 to 4000 the eigenvalue grows by one per cent, and the rate by none or two.",
)


def rates(found: WidthSweep) -> NDArray[np.float64]:
    """Mean decrease of the log loss per iteration, (seeds, widths)."""
    ratio: NDArray[np.float64] = found.loss[:, :, found.at(EARLY)] / found.loss[:, :, found.at(LATE)]
    return np.log(ratio) / (LATE - EARLY)


def faster(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool], Plot, str]:
    """The event that the rate grows from the smallest to the largest width, with the figure."""
    found, s, g = sweeps(ctx, size), claim.s, float(Fraction(claim.g))
    span = float(np.log(size.widths[-1] / size.widths[0]))
    gains = [np.log(rates(v)[:, -1] / rates(v)[:, 0]) for v in found]
    rows = for_every_step_size([s * gain > s * g * span for gain in gains])
    middle = found[1]
    factors = ", ".join(
        f"{float(np.exp(np.median(gain))):.3f} at η = {eta} ({int((gain > 0).sum())} of {len(gain)} gain)"
        for eta, gain in zip(STEP_SIZES, gains, strict=True)
    )
    seen = f"rate at m = {size.widths[-1]} over that at m = {size.widths[0]}, median: {factors}"
    message = f"The width changes the rate by little (n = d = {size.n}): {seen}."
    plot = curves(middle, middle.loss / middle.loss[:, :, :1], "loss / initial loss, η = 1/2", message, True)
    return f"the rate changes by more than m^{g:g} (direction {s})", rows, plot, seen


@figure_a.check(part="rate")
def rate_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """From width 64 to 1024 at n = d = 64, for all three step sizes at once."""
    event, rows, plot, _ = faster(claim, ctx, PROXY)
    return decided(ctx, event, rows, plots=(plot,))


@figure_a.check(part="rate", profile="full")
def rate_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """From width 1000 to 4000 at n = d = 1000: looked at."""
    event, rows, plot, seen = faster(claim, ctx, PRINTED)
    return looked_at(ctx, event, rows, plots=(plot,), observations=(seen,))


def larger_eigenvalue(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool], str]:
    """The event that the least eigenvalue after training grows from the smallest to the largest width."""
    found, s, g = sweeps(ctx, size), claim.s, float(Fraction(claim.g))
    span = float(np.log(size.widths[-1] / size.widths[0]))
    gains = [np.log(v.least_eigenvalue[:, -1, 1] / v.least_eigenvalue[:, 0, 1]) for v in found]
    rows = for_every_step_size([s * gain > s * g * span for gain in gains])
    medians = np.median(found[1].least_eigenvalue[:, :, :], axis=0)
    pairs = "; ".join(f"{m}: {a:.4f}, {b:.4f}" for m, (a, b) in zip(size.widths, medians, strict=True))
    return f"λ_min(H(100)) changes by more than m^{g:g} (direction {s})", rows, pairs


@figure_a.check(part="least eigenvalue")
def eigenvalue_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(H) after 100 iterations, from width 64 to 1024 at n = d = 64, for all three step sizes."""
    event, rows, pairs = larger_eigenvalue(claim, ctx, PROXY)
    return decided(ctx, event, rows, observations=(f"λ_min(H(0)), λ_min(H(100)) at η = 1/2, by m: {pairs}",))


@figure_a.check(part="least eigenvalue", profile="full")
def eigenvalue_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """From width 1000 to 4000 at n = d = 1000: looked at."""
    event, rows, pairs = larger_eigenvalue(claim, ctx, PRINTED)
    seen = (f"λ_min(H(0)), λ_min(H(100)) at η = 1/2, by m: {pairs}",)
    return looked_at(ctx, event, rows, observations=seen)


@figure_a.falsehood_with_check("the rate grows without bound")
def one_input(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, η = 1/2: A active neurons of m, without gate changes the residual shrinks by 1 - A/(2m) >= 1/2.

    So no width makes the loss shrink by more than 4 in such a step.
    """
    return contradicted_by(
        prove("(1 - t/2)**2 >= 1/4", t="[0, 1]", says="t = A/m, whatever m is"),
        witness="n = 1, η = 1/2: the loss shrinks at most by the factor 4 in a step, at every width",
    )


figure_a.falsehood("wider is slower, with a smaller eigenvalue", s=-1)
figure_a.falsehood("proportional to m", g=1)
figure_a.falsehood("like m^(1/4)", g="1/4")


# ---- Figures 1(b) and 1(c)

figure_b = Claim(
    "du2019shallow/fig-1b",
    aliases=("du2019thesis/fig-2.1b",),
    title="The share of changed patterns decreases with the width",
    kind="experiment",
    where="Section 5, Figure 1(b)",
    states=r"t\,P_{m'}(k) > t\,P_m(k)\ (m' > m),\qquad P_m(100) \approx c\,m^{s},\qquad "
    r"P_m(k) = \frac{1}{m^{q}n}\,\#\{(r,i): \mathrm{sign}(w_r(0)^\top x_i)\neq"
    r"\mathrm{sign}(w_r(k)^\top x_i)\}",
    given=(r"\text{data and training as in Section 5}", r"\eta \in \{1/10, 1/2, 6/5\}"),
    printed={"t": -1, "q": 1, "s": "-1/2"},
    parts=("order", "exponent"),
    uses=("du2019shallow/experiment-setup",),
    note="Printed is that the percentiles become smaller. The exponent is that of the theory: a travel of "
    "order m^(-1/2) (Corollary 4.1) lets a share of that order flip (Lemma 4.1).",
)

figure_c = Claim(
    "du2019shallow/fig-1c",
    aliases=("du2019thesis/fig-2.1c",),
    title="The maximum distance from the initialisation decreases with the width",
    kind="experiment",
    where="Section 5, Figure 1(c)",
    states=r"t\,D_{m'}(k) > t\,D_m(k)\ (m' > m),\qquad D_m(100) \approx c\,m^{s},\qquad "
    r"D_m(k) = \max_{r\in[m]}\|w_r(k)-w_r(0)\|_2",
    given=(r"\text{data and training as in Section 5}", r"\eta \in \{1/10, 1/2, 6/5\}"),
    printed={"t": -1, "norm": "max", "s": "-1/2"},
    parts=("order", "exponent"),
    uses=("du2019shallow/experiment-setup",),
    note="Printed is that the maximum distance becomes smaller; the exponent is that of Corollary 4.1. The "
    "norm of the whole matrix does not fall: its m rows move by order m^(-1/2) each.",
)


def metric(claim: Statement, found: WidthSweep) -> NDArray[np.float64]:
    """The claim's quantity, (seeds, widths, iterations from 10 on)."""
    if "q" in claim.data:
        scale = found.widths.astype(float) ** float(claim.q) * found.inputs
        return np.asarray(found.pattern_changes[:, :, 1:] / scale[:, None])
    whole = found.frobenius[:, :, None]
    return {"max": found.drift[:, :, 1:], "Frobenius": whole}[claim.norm]


def smaller(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool]]:
    """The event that the quantity falls from each width to the next, at every recorded iteration (t = -1)."""
    tables = [claim.t * np.diff(metric(claim, v), axis=1) > 0 for v in sweeps(ctx, size)]
    return f"ordered by the width (direction {claim.t})", for_every_step_size([v.all((1, 2)) for v in tables])


def steep(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool], str]:
    """The event that the log-log slope at iteration 100 lies in the window around s."""
    s = float(Fraction(claim.s))
    slopes = [log_slopes(v, metric(claim, v)[:, :, -1]) for v in sweeps(ctx, size)]
    rows = for_every_step_size([np.abs(t - s) <= WINDOW for t in slopes])
    seen = ", ".join(f"{float(np.median(t)):.2f}" for t in slopes)
    return (
        f"slope within {WINDOW} of {claim.s}",
        rows,
        f"median slopes at η = {', '.join(STEP_SIZES)}: {seen}",
    )


def changes_plot(ctx: Context, size: Size) -> Plot:
    """Figure 1(b)."""
    found = sweep(ctx.seed, size, "1/2")
    share = 100 * found.pattern_changes / (found.widths[:, None] * size.n)
    last = ", ".join(
        f"{v:.2f} % at m = {m}" for v, m in zip(np.median(share, 0)[:, -1], size.widths, strict=True)
    )
    message = f"Wider networks change fewer patterns (n = d = {size.n}, iteration 100): {last}."
    return curves(found, share, "changed patterns, per cent, η = 1/2", message)


def distance_plot(ctx: Context, size: Size) -> Plot:
    """Figure 1(c)."""
    found = sweep(ctx.seed, size, "1/2")
    last = ", ".join(
        f"{v:.2f} at m = {m}" for v, m in zip(np.median(found.drift, 0)[:, -1], size.widths, strict=True)
    )
    message = f"In wider networks each neuron moves less (n = d = {size.n}, iteration 100): {last}."
    return curves(found, found.drift, "maximum distance, η = 1/2", message)


@figure_b.check(part="order")
def share_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """Widths 64, 256, 1024 at n = d = 64: iterations 10, 20, ..., 100 and all three step sizes at once."""
    return decided(ctx, *smaller(claim, ctx, PROXY), plots=(changes_plot(ctx, PROXY),))


@figure_b.check(part="order", profile="full")
def share_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """Widths 1000, 2000, 4000 at n = d = 1000: looked at."""
    return looked_at(ctx, *smaller(claim, ctx, PRINTED), plots=(changes_plot(ctx, PRINTED),))


@figure_b.check(part="exponent")
def share_slopes_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """A slope for each initialisation, over the three widths, for all three step sizes."""
    event, rows, seen = steep(claim, ctx, PROXY)
    return decided(ctx, event, rows, observations=(seen,))


@figure_b.check(part="exponent", profile="full")
def share_slopes_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """Slopes over widths 1000, 2000, 4000: looked at."""
    event, rows, seen = steep(claim, ctx, PRINTED)
    return looked_at(ctx, event, rows, observations=(seen,))


ORDER_B = ("share_at_the_proxy", "share_at_the_printed_size")
SLOPES_B = ("share_slopes_at_the_proxy", "share_slopes_at_the_printed_size")
figure_b.falsehood("the number of changed patterns decreases", q=0, by=ORDER_B)
figure_b.falsehood("larger at larger width", t=1, by=ORDER_B)
figure_b.falsehood("slope 0", s=0, by=SLOPES_B)
figure_b.falsehood("slope -1", s=-1, by=SLOPES_B)


@figure_c.check(part="order")
def distance_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """Widths 64, 256, 1024 at n = d = 64: iterations 10, 20, ..., 100 and all three step sizes at once."""
    return decided(ctx, *smaller(claim, ctx, PROXY), plots=(distance_plot(ctx, PROXY),))


@figure_c.check(part="order", profile="full")
def distance_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """Widths 1000, 2000, 4000 at n = d = 1000: looked at."""
    return looked_at(ctx, *smaller(claim, ctx, PRINTED), plots=(distance_plot(ctx, PRINTED),))


@figure_c.check(part="exponent")
def distance_slopes_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """A slope for each initialisation, over the three widths, for all three step sizes."""
    event, rows, seen = steep(claim, ctx, PROXY)
    return decided(ctx, event, rows, observations=(seen,))


@figure_c.check(part="exponent", profile="full")
def distance_slopes_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """Slopes over widths 1000, 2000, 4000: looked at."""
    event, rows, seen = steep(claim, ctx, PRINTED)
    return looked_at(ctx, event, rows, observations=(seen,))


SLOPES_C = ("distance_slopes_at_the_proxy", "distance_slopes_at_the_printed_size")
figure_c.falsehood(
    "larger at larger width", t=1, by=("distance_at_the_proxy", "distance_at_the_printed_size")
)
figure_c.falsehood("slope 0", s=0, by=SLOPES_C)
figure_c.falsehood("slope -1", s=-1, by=SLOPES_C)
figure_c.falsehood("the Frobenius norm of W(k) - W(0)", norm="Frobenius", by=SLOPES_C)


# ---- the comparison with the theorems

CONSTANT = 70410
"""Theorem 4.1 with its constants traced: m >= 70410 (C² + 1/2) n⁶/(λ0⁴δ³), η <= λ0/(4n²)."""

consistency = Claim(
    "du2019shallow/experiment-consistency",
    aliases=("du2019thesis/experiment-consistency",),
    title="The experiment agrees with the conclusions of the theorems",
    kind="experiment",
    where="Section 5, last sentence",
    states=r"\|y-u(k)\|_2^2 \le (1-b\,\eta\lambda_0)^{sk}\|y-u(0)\|_2^2,\qquad "
    r"\max_r\|w_r(k)-w_r(0)\|_2 \le \frac{c\sqrt n\,\|y-u(0)\|_2}{\sqrt m\,\lambda_0},\qquad "
    r"|H_{ij}(k)-H_{ij}(0)| \le \frac{1}{m}\,\#\{r: A_{ir}\cup A_{jr}\}\ "
    r"\text{at}\ R = \theta\max_r\|w_r(k)-w_r(0)\|_2",
    given=(
        r"\text{data and training as in Section 5}",
        r"\eta \in \{1/10, 1/2, 6/5\},\ k \le 100",
        r"\text{no hypothesis of a theorem on the width or the step size}",
    ),
    printed={"b": "1/2", "s": 1, "c": 4, "theta": 1},
    parts=("rate", "travel", "Gram matrix"),
    uses=(
        "du2019shallow/experiment-setup",
        "du2019shallow/fig-1a",
        "du2019shallow/fig-1b",
        "du2019shallow/fig-1c",
    ),
    proof_uses=("du2019shallow/thm-4.1", "du2019shallow/cor-4.1", "du2019shallow/lemma-3.2-entrywise"),
    note="Agreement with the conclusions, not a test of the theorems: at n = 1000 Theorem 4.1 asks for more "
    "than 5·10^23 neurons, whatever λ0, C and δ are, and for steps below 1.3·10^(-7); with such steps it "
    "promises less than one part in a million over 100 iterations. No C bounds Gaussian labels for "
    "certain: C = 3.4 bounds 1000 of them with probability about one half.",
)


def least_eigenvalue(X: NDArray[np.float64]) -> float:
    """A certified lower bound of λ0, from H∞ with its proved error of 2(d + 8) 2^-53 an entry."""
    n, d = X.shape
    return float(lambda_min_enclosure(limiting_gram(X), np.full((n, n), 3 * (d + 8) * 2.0**-53)).lower())


def asked_and_used(ctx: Context, size: Size) -> tuple[float, float, str]:
    """The width that Theorem 4.1 asks for on this data at δ = 1/10, the largest one used, and a remark."""
    X, y = problem(ctx.seed, size.n)
    lam, C, m = least_eigenvalue(X), float(np.abs(y).max()), float(size.widths[-1])
    asked = CONSTANT * (C * C + 0.5) * size.n**6 / (lam**4 * 0.1**3)
    step = lam / (4 * size.n**2)
    note = (
        f"n = d = {size.n}, λ0 >= {lam:.4f}, C = {C:.2f}, δ = 1/10: the theorem asks for {asked:.1e} neurons "
    )
    return (
        asked,
        m,
        note + f"and η <= {step:.1e}; used were {m:.0f}, fewer by a factor {asked / m:.0e}, and η >= 0.1",
    )


def keeps_the_rate(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool]]:
    """The bound of Theorem 4.1 at all recorded iterations, widths and step sizes."""
    lam = least_eigenvalue(problem(ctx.seed, size.n)[0])
    tables = []
    for eta, found in zip(STEP_SIZES, sweeps(ctx, size), strict=True):
        factor = (1 - float(Fraction(claim.b) * Fraction(eta)) * lam) ** claim.s
        bound = found.loss[:, :, :1] * factor**found.iterations
        tables.append((found.loss <= bound).all((1, 2)))
    return f"|y - u(k)|² <= (1 - {claim.b} ηλ0)^({claim.s} k) |y - u(0)|², k <= 100", for_every_step_size(
        tables
    )


def keeps_near(claim: Statement, ctx: Context, size: Size) -> tuple[str, list[bool], str]:
    """The bound of Corollary 4.1 at all recorded iterations, widths and step sizes."""
    lam = least_eigenvalue(problem(ctx.seed, size.n)[0])
    tables, shares = [], []
    for found in sweeps(ctx, size):
        start = np.sqrt(2 * found.loss[:, :, 0])
        bound = float(Fraction(claim.c)) * np.sqrt(size.n) * start / (np.sqrt(found.widths) * lam)
        tables.append((found.drift <= bound[:, :, None]).all((1, 2)))
        shares.append(float((found.drift.max(axis=2) / bound).max()))
    seen = ", ".join(f"{v:.4f}" for v in shares)
    said = f"largest travel over its bound, at η = {', '.join(STEP_SIZES)}: {seen}"
    return f"travel <= {claim.c} √n |y - u(0)|/(√m λ0), k <= 100", for_every_step_size(tables), said


@consistency.check(part="rate")
def rate_of_the_theorem_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """n = d = 64, all widths, step sizes and recorded iterations at once; λ0 certified from the data."""
    asked, used, note = asked_and_used(ctx, PROXY)
    regime = Regime(required_width=asked, used_width=used, note=note)
    return decided(ctx, *keeps_the_rate(claim, ctx, PROXY), regime=regime)


@consistency.check(part="rate", profile="full")
def rate_of_the_theorem_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """n = d = 1000, far out of the theorem's regime: looked at."""
    asked, used, note = asked_and_used(ctx, PRINTED)
    regime = Regime(met=False, required_width=asked, used_width=used, note=note)
    return looked_at(ctx, *keeps_the_rate(claim, ctx, PRINTED), regime=regime, observations=(note,))


@consistency.check(part="travel")
def travel_at_the_proxy(claim: Statement, ctx: Context) -> Outcome:
    """n = d = 64, all widths, step sizes and recorded iterations at once; λ0 certified from the data."""
    event, rows, seen = keeps_near(claim, ctx, PROXY)
    return decided(ctx, event, rows, observations=(seen,))


@consistency.check(part="travel", profile="full")
def travel_at_the_printed_size(claim: Statement, ctx: Context) -> Outcome:
    """n = d = 1000: looked at."""
    event, rows, seen = keeps_near(claim, ctx, PRINTED)
    return looked_at(ctx, event, rows, observations=(seen,))


@consistency.check(part="Gram matrix")
def gates_in_reach(claim: Statement, ctx: Context) -> Outcome:
    """The chain of Lemma 3.2 on runs with n = d = 16: no entry changes by more neurons than can flip.

    Exact counts of active pairs before and after training, at the measured travel R (times θ), for the pair
    of inputs that comes closest: within the union of the two events, and between the rigorous counts over the
    whole R-ball.
    """
    X, y = sphere_problem(ctx.rng("data"), 16, 16)
    cases = []
    for k, m in enumerate((32, 128, 512, 2048)):
        W, a = initialise(ctx.rng("start", k), m, 16)
        V = gradient_descent(W[None], a[None], X, y, 0.5, EPOCHS, EPOCHS, device="cpu").weights[0]
        R = float(Fraction(claim.theta)) * drift(W, V) * (1 + 1e-9)
        before, after = pattern_counts(W, X, device="cpu"), pattern_counts(V, X, device="cpu")
        box = interval_gram(W, X, radius=R, device="cpu")
        union = deviation_bound(W, X, R).flip_counts
        change = np.abs(after - before)
        i, j = np.unravel_index(int((change - union).argmax()), change.shape)
        says = f"m = {m}, pair ({i}, {j}), R = {R:.3f}"
        cases.append(evaluate(f"{change[i, j]} <= {union[i, j]}", says=says, instance=True))
        outside = np.maximum(box.lower_counts - after, after - box.upper_counts)
        i, j = np.unravel_index(int(outside.argmax()), outside.shape)
        low, high = box.lower_counts[i, j], box.upper_counts[i, j]
        cases.append(evaluate(f"{low} <= {after[i, j]}", says=f"{says}: at least", instance=True))
        cases.append(evaluate(f"{after[i, j]} <= {high}", says=f"{says}: at most", instance=True))
    return every(*cases)


@consistency.falsehood_with_check("Theorem 4.1, with its own constants, covers a run with 10^20 neurons")
def far_out_of_regime(claim: Statement, ctx: Context) -> Outcome:
    """n = 1000: whatever λ0 <= 1/2, the bound C >= 0 of the labels and δ = 1/D < 1 are."""
    width = f"{CONSTANT}*(C**2 + 1/2)*n**6*D**3/L**4"
    box = {"C": "[0, oo)", "D": "[1, oo)", "L": "(0, 1/2]"}
    fact = prove(f"{width} > 10**20", let={"n": 1000}, says="the width asked for", **box)  # type: ignore[arg-type]
    return contradicted_by(fact, witness="n = 1000: more than 5·10^23 neurons are asked for, always")


@consistency.falsehood_with_check("the labels of the experiment are bounded by C = 2, as the theorems ask")
def gaussian_labels(claim: Statement, ctx: Context) -> Outcome:
    """Pr(|y_i| <= 2 for all i) = erf(√2)^1000, against one half."""
    return evaluate("erf(2/sqrt(2))**1000 >= 1/2", says="probability that 1000 labels are at most 2")


RATE = ("rate_of_the_theorem_at_the_proxy", "rate_of_the_theorem_at_the_printed_size")
TRAVEL = ("travel_at_the_proxy", "travel_at_the_printed_size")
consistency.falsehood("factor (1 - ηλ0)⁴", b=1, s=4, by=RATE)
consistency.falsehood("travel at most 1/800 of the bound", c="1/200", by=TRAVEL)
consistency.falsehood("gates move as if by R/100", theta="1/100", by=("gates_in_reach",))
