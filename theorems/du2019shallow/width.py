"""Section 3.1: the width that the two radii ask for, and how deviations scale with the width."""

from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerics.arc_cosine import limiting_gram
from numerics.descent import gradient_descent
from numerics.gram import empirical_gram
from numerics.two_layer import initialise, predict
from verify import Claim, Context, Outcome, Plot, Series, Statement, evaluate, every, identity, prove

Matrix: TypeAlias = npt.NDArray[Any]

equivalence = Claim(
    "du2019shallow/width-equivalence",
    aliases=("du2019thesis/width-equivalence",),
    title="The radius condition R' < R as a condition on the width",
    kind="proof-step",
    where="Section 3.1, end of the proof of Theorem 3.2",
    states=r"R' < R \iff m > \frac{K^2 n^{p}\|y-u(0)\|_2^2}{c^2\lambda_0^{q}\delta^{s}}; \qquad "
    r"\|y-u(0)\|_2^2 = \frac{C n}{\delta}: \ \frac{n^{P}}{\lambda_0^{q}\delta^{S}}",
    given=(
        r"R = c\,\delta\lambda_0/n^2",
        r"R' = K\sqrt n\,\|y-u(0)\|_2/(\sqrt m\,\lambda_0)",
    ),
    printed={"p": 5, "q": 4, "s": 2, "P": 6, "S": 3},
    step_of="du2019shallow/thm-3.2",
    uses=("du2019shallow/init-loss",),
)
NUMBERS: dict[str, Any] = dict.fromkeys(("K", "n", "Y", "m", "lam", "c", "delta", "C"), "[2, 3]")


@equivalence.check(covers="universal")
def ratio_of_the_squares(claim: Statement, ctx: Context) -> Outcome:
    """(R'/R)² = W/m with W the printed width, and all quantities are positive; then ‖y - u(0)‖² is put in."""
    ratio = "(K**2*n*Y/(m*lam**2))/((c*delta*lam/n**2)**2)"
    return every(
        identity(f"{ratio} == K**2*n**p*Y/(c**2*lam**q*delta**s)/m", let=claim.let, **NUMBERS),
        identity(
            "K**2*n**p*(C*n/delta)/(c**2*lam**q*delta**s) == K**2*C/c**2*n**P/(lam**q*delta**S)",
            let=claim.let,
            **NUMBERS,
        ),
        prove("r**2 < 1", r="[0, 1)", says="R' < R iff its square is"),
    )


equivalence.falsehood("n⁴ before the residual is put in", p=4)
equivalence.falsehood("n⁵ in the final width", P=5)
equivalence.falsehood("λ0³", q=3)
equivalence.falsehood("δ² in the final width", S=2)


remark = Claim(
    "du2019shallow/remark-3.1",
    title="Deviations of the Gram matrix, and of the dynamics from its limit, scale like m^(-1/2)",
    kind="asymptotic-scaling",
    where="Section 3.1, Remark 3.1",
    states=r"\|H(0)-H^\infty\|_2 = O(m^{s}),\qquad \|H(t)-H(0)\|_2 = O(m^{s})\ (t>0),\qquad "
    r"\sup_t\|u(t)-u^\infty(t)\|_2 \to 0\ \text{like}\ m^{s}",
    printed={"s": "-1/2"},
    parts=("initial", "training", "limit"),
    uses=("du2019shallow/eq-6", "du2019shallow/assumption-3.1"),
    proof_uses=("du2019shallow/lemma-3.1", "du2019shallow/lemma-3.2"),
    note="Training and limit are run as gradient descent on four orthonormal inputs (step 1/2, 24 steps); a "
    "slope counts when it is within 1/5 of s, which separates -1/2 from -1/4 and -1.",
)
MARGIN = 0.2


@remark.check(part="initial", covers="universal")
def root_mean_square(claim: Statement, ctx: Context) -> Outcome:
    """H(0) is a mean of m independent matrices: E‖H(0) - H∞‖_F² = v/m exactly, v the variance of one.

    The operator norm is between ‖·‖_F/√n and ‖·‖_F, so its root mean square is of the exact order m^(-1/2).
    """
    return identity(
        "v/m == v*(m**s)**2",
        let=claim.let,
        v="[1, 2]",
        m="[2, 3]",
        assumes=("variance of a mean", "Markov's inequality for the square"),
    )


def decide_slopes(ctx: Context, claim: Statement, what: str, widths: list[int], errors: Matrix) -> Outcome:
    """Decide that the log-log slope of an error (trials, widths) is within MARGIN of s for most trials."""
    target = float(Fraction(claim.s))
    found = np.polyfit(np.log(widths), np.log(np.maximum(errors, 1e-300)).T, 1)[0]
    rows = [bool(abs(slope - target) <= MARGIN) for slope in found]
    outcome = ctx.decide(f"slope of {what} within 1/5 of {claim.s}", at_least="1/2", rows=rows, label=what)
    sizes = [float(m) for m in widths]
    typical = [float(v) for v in np.median(errors, axis=0)]
    guide = [typical[0] * (m / sizes[0]) ** -0.5 for m in sizes]
    plot = Plot(
        f"{what} falls like m^(-1/2) (median slope {np.median(found):.2f}).",
        "width m",
        what,
        [Series("median over trials", sizes, typical, "points"), Series("slope -1/2", sizes, guide, "bound")],
        log_x=True,
        log_y=True,
    )
    return every(outcome, plots=(plot,)) if outcome.status == "holds" else outcome


@remark.check(part="initial")
def initial_slopes(claim: Statement, ctx: Context) -> Outcome:
    """Eight inputs on the sphere in dimension 8, the same for all 64 trials; widths 2^6 to 2^12."""
    points = ctx.rng("inputs").standard_normal((8, 8))
    X = points / np.linalg.norm(points, axis=1, keepdims=True)
    widths, limit = [2**k for k in range(6, 13)], limiting_gram(X)

    def error(trial: int, m: int) -> float:
        W = ctx.rng("initial", trial, m).standard_normal((m, 8))
        return float(np.linalg.norm(empirical_gram(W, X, device="cpu") - limit, 2))

    errors = np.array([[error(trial, m) for m in widths] for trial in range(64)])
    return decide_slopes(ctx, claim, "‖H(0) - H∞‖", widths, errors)


TRIALS, REPEATS, STEPS = 48, 8, 24
WIDTHS = [2**k for k in range(6, 12)]


@lru_cache(maxsize=4)
def trained(check: str, seed: int) -> tuple[Matrix, Matrix]:
    """(TRIALS, widths): root mean square over REPEATS runs of ‖H(T) - H(0)‖ and of sup |u - u∞|.

    Cached, because the claim and its falsehoods look at the same runs.
    """
    ctx = Context(remark.id, check, seed=seed)
    X, y, runs = np.eye(4), np.array([1.0, -1.0, 1.0, -1.0]), TRIALS * REPEATS
    decay = 0.75 ** np.arange(STEPS + 1)[:, None]
    moved, apart = np.empty((runs, len(WIDTHS))), np.empty((runs, len(WIDTHS)))
    for k, m in enumerate(WIDTHS):
        starts = [initialise(ctx.rng("trained", run, m), m, 4) for run in range(runs)]
        W, a = (np.stack([start[part] for start in starts]) for part in (0, 1))
        done = gradient_descent(W, a, X, y, 0.5, STEPS, keep_predictions=True, device="cpu", together=64)
        assert done.predictions is not None
        for run in range(runs):
            change = _gram(done.weights[run], X) - _gram(W[run], X)
            moved[run, k] = np.linalg.norm(change, 2)
            limit = y + decay * (predict(W[run], a[run], X) - y)
            apart[run, k] = np.linalg.norm(done.predictions[run] - limit, axis=1).max()
    first, second = (np.sqrt((v.reshape(TRIALS, REPEATS, -1) ** 2).mean(axis=1)) for v in (moved, apart))
    return first, second


def _gram(W: Matrix, X: Matrix) -> Matrix:
    gates = (W @ X.T >= 0).astype(float)
    return (gates.T @ gates) / len(W) * (X @ X.T)


@remark.check(part="training")
def training_slopes(claim: Statement, ctx: Context) -> Outcome:
    """The Gram matrix after training against the initial one; 48 trials of 8 runs, widths 2^6 to 2^11."""
    return decide_slopes(ctx, claim, "‖H(T) - H(0)‖", WIDTHS, trained(ctx.check, ctx.seed)[0])


@remark.check(part="limit")
def trajectory_slopes(claim: Statement, ctx: Context) -> Outcome:
    """Predictions against u∞(k+1) = u∞(k) + H∞ (y - u∞(k))/2 from the same start; trials as above."""
    return decide_slopes(ctx, claim, "sup |u - u∞|", WIDTHS, trained(ctx.check, ctx.seed)[1])


remark.falsehood("m^(-1)", s="-1")
remark.falsehood("m^(-1/4)", s="-1/4", by=("initial_slopes", "training_slopes", "trajectory_slopes"))
remark.falsehood("no decay", s="0", by=("initial_slopes", "training_slopes", "trajectory_slopes"))


monotone = Claim(
    "du2019shallow/derived-eig-monotone",
    title="The expected least eigenvalue of H(0) grows with the width, and stays below lambda_0",
    kind="positive-definiteness",
    where="Section 5, explanation of Figure 1",
    states=r"\mathbb E\lambda_{\min}(H_m(0)) \le \mathbb E\lambda_{\min}(H_{m+1}(0)) \le b\,\lambda_0",
    printed={"growing": True, "b": 1},
    uses=("du2019shallow/assumption-3.1", "du2019shallow/eq-6"),
)


@monotone.check(covers="universal")
def leave_one_out(claim: Statement, ctx: Context) -> Outcome:
    """H_(m+1) is the average of its m+1 leave-one-out matrices, each distributed as H_m.

    Every neuron stays in m of them, with weight 1/(m(m+1)) each. λ_min is concave, so E λ_min does not fall
    with m, and E λ_min(H) <= λ_min(E H) = λ0. At n = 1 both are equalities with E λ_min = 1/2 = λ0.
    """
    if not claim.growing:
        return two_orthonormal_inputs(claim, ctx)
    return every(
        identity("m*(1/(m*(m + 1))) == 1/(m + 1)", m="[1, oo)"),
        prove("1/2 <= b/2", let=claim.let, says="n = 1, where E λ_min = λ0 = 1/2"),
        assumes=("λ_min is concave (a minimum of linear functions)", "Jensen's inequality"),
    )


@monotone.check()
def two_orthonormal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """n = 2: λ_min(H_m) = min(B, B')/m for independent B, B' ~ Bin(m, 1/2); exact expectations, m <= 9."""
    cases = []
    for m in range(1, 9):
        small, large = _expected_minimum(m), _expected_minimum(m + 1)
        order = f"{small} <= {large}" if claim.growing else f"{small} >= {large}"
        cases.append(evaluate(order, instance=True, says=f"m = {m} and {m + 1}"))
        cases.append(evaluate(f"{large} <= b/2", let=claim.let, instance=True, says=f"λ0 = 1/2, m = {m + 1}"))
    return every(*cases)


def _expected_minimum(m: int) -> str:
    """E min(B, B')/m as text."""
    total = sum(min(j, k) * comb(m, j) * comb(m, k) for j in range(m + 1) for k in range(m + 1))
    return f"({total}/({m}*4**{m}))"


@monotone.falsehood_with_check("the least eigenvalue grows almost surely")
def an_inactive_second_neuron(claim: Statement, ctx: Context) -> Outcome:
    """n = 1: one active neuron gives H_1 = 1; a second, inactive one gives H_2 = 1/2."""
    return evaluate("(step(1) + step(-1))/2 >= step(1)/1", says="H_2 >= H_1")


@monotone.falsehood_with_check("the expectation is at least λ0")
def one_neuron_two_inputs(claim: Statement, ctx: Context) -> Outcome:
    """m = 1 and two orthonormal inputs: λ_min = 1 only if both gates are on, E λ_min = 1/4, λ0 = 1/2."""
    return evaluate("1/4 >= 1/2", instance=True, says="E λ_min >= λ0")


monotone.falsehood("shrinking", growing=False)
monotone.falsehood("at most λ0/2", b="1/2")
