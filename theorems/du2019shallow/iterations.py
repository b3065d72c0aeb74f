"""Section 1 and footnote 4: how many iterations a linear rate needs for a given accuracy.

With q = η λ0 / 2 in (0, 1), Theorem 4.1 says L(W(k)) <= (1 - q)^k L(W(0)) for all k >= 0.
"""

import math
from fractions import Fraction

import numpy as np

from numerics.descent import gradient_descent
from numerics.two_layer import initialise
from verify import Claim, Context, Outcome, Plot, Series, Statement, evaluate, every, identity, prove

iteration_count = Claim(
    "du2019shallow/intro-iteration-count",
    title="Linear rate: the number of iterations is logarithmic in the accuracy",
    kind="deterministic-inequality",
    where="Section 1 and footnote 4",
    states=r"K \ge \frac{c}{\eta\lambda_0}\log\frac{L(W(0))}{\epsilon} \implies L(W(K)) \le \epsilon; \qquad "
    r"\eta = \frac{\lambda_0}{4n^2}: \ \frac{c}{\eta\lambda_0} = \frac{k\, n^2}{\lambda_0^2}",
    given=(
        r"\|u(k)-y\|_2^2 \le (1-\eta\lambda_0/2)^k\|u(0)-y\|_2^2 \text{ for all } k\ge 0",
        r"0 < \eta\lambda_0/2 < 1",
        r"\epsilon > 0,\ K \in \{0,1,2,\dots\}",
    ),
    printed={"c": 2, "k": 8},
    parts=("count", "step size"),
    uses=("du2019shallow/derived-lambda0-range",),
    note="Printed is K = O(log(1/ε)), factors in n, λ0 and L(W(0)) omitted (footnote 4); c = 2 is what "
    "Theorem 4.1 gives, whose width does not depend on ε. For ε >= L(W(0)) the bound is not positive, and "
    "K = 0 will do.",
)


@iteration_count.check(part="count", covers="universal")
def logarithm_below_its_tangent(claim: Statement, ctx: Context) -> Outcome:
    """L(K)/L(0) <= exp(K log(1-q)) <= exp(-(2q/c) K) <= ε/L(0) as soon as 2q <= -c log(1-q).

    Necessary as well: with equality in the rate and ε = L(0) exp(-(2q/c) K), K is allowed, and L(K) <= ε says
    just that.
    """
    return prove("2*q <= -c*log(1 - q)", q="(0, 1)", let=claim.let)


@iteration_count.check(part="count")
def first_allowed_iteration(claim: Statement, ctx: Context) -> Outcome:
    """With equality in the rate, the loss at the first allowed integer K is at most ε = L(0) exp(-ell)."""
    cases = []
    for q in map(Fraction, ("1/50", "1/10", "1/2", "9/10", "99/100")):
        for ell in map(Fraction, ("-1", "0", "1/10", "1", "7")):
            K = max(0, math.ceil(Fraction(str(claim.c)) * ell / (2 * q)))
            cases.append(evaluate(f"(1 - q)**{K} <= exp(-ell)", let={"q": q, "ell": ell}))
    return every(*cases, plots=(_run_at_practical_width(ctx, claim.c),))


def _run_at_practical_width(ctx: Context, c: int) -> Plot:
    """Iterations to each accuracy for two orthonormal inputs (λ0 = 1/2, η = λ0/(4n²) = 1/32)."""
    per_unit = float(64 * Fraction(str(c)))
    X, y = np.eye(2), np.array([1.0, -1.0])
    W, a = initialise(ctx.rng("plot"), 1024, 2)
    run = gradient_descent(W[None], a[None], X, y, 1 / 32, 2400, device="cpu")
    decay = np.log(run.loss[0, 0] / run.loss[0])
    accuracies = [float(v) for v in np.arange(1, 19)]
    needed = [float(np.argmax(decay >= v)) for v in accuracies]
    return Plot(
        "Iterations grow linearly in log(L(0)/ε), below the bound.",
        "log(L(0)/ε)",
        "iterations",
        [
            Series("run, n = 2, m = 1024", accuracies, needed, "points"),
            Series("(c/(ηλ0)) log(L(0)/ε)", accuracies, [per_unit * v for v in accuracies], "bound"),
        ],
    )


@iteration_count.check(part="step size", covers="universal")
def step_of_theorem_4_1(claim: Statement, ctx: Context) -> Outcome:
    """η = λ0/(4n²) put into the bound; as λ0 <= 1/2 and n >= 1, q = ηλ0/2 is below 1."""
    let = {**claim.let, "eta": "lam/(4*n**2)"}
    return every(
        identity("c/(eta*lam) == k*n**2/lam**2", let=let),
        prove("eta*lam/2 < 1", lam="(0, 1/2]", n="[1, oo)", let=let),
    )


@iteration_count.falsehood_with_check("log log(1/ε) iterations suffice")
def doubly_logarithmic(claim: Statement, ctx: Context) -> Outcome:
    """K >= 10 log log(L(0)/ε) at rate q = 1/2 and ε = L(0) exp(-100); another factor fails for smaller ε."""
    return every(
        evaluate("47 >= 10*log(100)", says="K = 47 is allowed"),
        evaluate("(1/2)**47 <= exp(-100)", says="L(W(47))/L(W(0)) against ε/L(W(0))"),
    )


iteration_count.falsehood(
    "a quarter of the count", c="1/2", k=2, by=("logarithm_below_its_tangent", "first_allowed_iteration")
)
iteration_count.falsehood(
    "half of the count", c=1, k=4, by=("logarithm_below_its_tangent", "first_allowed_iteration")
)
iteration_count.falsehood("n²/λ0² with the factor 2 of 2/(ηλ0)", k=2, by=("step_of_theorem_4_1",))
