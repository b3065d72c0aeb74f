"""Section 3.1, Lemma 3.2: the Gram matrix in a ball of radius R around the initial weights.

A flip of a gate is the event A_ir of `anti_concentration`. At n = 1 the extremes over the ball are explicit:
the gates that nothing within R can switch off are those with w_r(0).x >= R.
"""

from itertools import product
from typing import Any

from theorems.du2019shallow.concentration import whole
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove

entrywise = Claim(
    "du2019shallow/lemma-3.2-entrywise",
    aliases=("du2019thesis/lemma-2.2-entrywise",),
    title="Entrywise and total deviation of the Gram matrix in a ball of weights",
    kind="probabilistic",
    where="Section 3.1, proof of Lemma 3.2",
    states=r"|H_{ij}-H_{ij}(0)| \le \frac1m\sum_r \mathbb I\{A_{ir}\cup A_{jr}\}, \quad \mathbb E\sup_W"
    r"|H_{ij}-H_{ij}(0)| \le \frac{cR}{\sqrt{2\pi}}, \quad \sum_{i,j}|H_{ij}-H_{ij}(0)| \le "
    r"\frac{c\,n^2R}{\sqrt{2\pi}}F(\delta)\ \text{with probability } 1-\delta",
    given=(r"\|x_i\|_2 = 1", r"\|w_r - w_r(0)\|_2 \le R\ \text{for all } r,\ w_r\ \text{arbitrary}"),
    printed={"flips": "max", "c": 4, "F": "1/delta"},
    parts=("pathwise", "expectation", "probability"),
    uses=("du2019shallow/event-Air", "du2019shallow/eq-6"),
    step_of="du2019shallow/lemma-3.2",
    note="flips: max is the union of the two events, min their intersection. The bound is uniform over the "
    "ball, so it holds for weights that depend on the initialisation.",
)


@entrywise.check(part="pathwise", covers="universal")
def all_gate_patterns(claim: Statement, ctx: Context) -> Outcome:
    """The 16 values of two gates before and after: the product changes only if one of them does.

    A neuron's summand is |x_i.x_j| <= 1 times that; H_ij - H_ij(0) is the mean over r.
    """
    return every(
        *(
            evaluate(f"abs({g}*{h} - {g0}*{h0}) <= {claim.flips}(abs({g} - {g0}), abs({h} - {h0}))")
            for g, h, g0, h0 in product((0, 1), repeat=4)
        ),
        assumes=("Cauchy-Schwarz: |x_i.x_j| <= 1",),
    )


@entrywise.check(part="expectation", covers="universal")
def union_of_two_flips(claim: Statement, ctx: Context) -> Outcome:
    """Pr(A_i ∪ A_j) <= 2 erf(R/√2) <= 4R/√(2π); for orthogonal inputs it is 1 - (1 - erf(R/√2))² exactly."""
    bound = "c*R/sqrt(2*pi)"
    orthogonal = f"1 - (1 - erf(R/sqrt(2)))**2 <= {bound}"
    for radius in ("1/100", "1/10", "1"):
        exact = evaluate(orthogonal, at={"R": radius}, let=claim.let, says="orthogonal inputs")
        if exact.status == "refuted":
            return exact
    return follows_from(
        prove(f"2*erf(R/sqrt(2)) <= {bound}", R="(0, oo)", let=claim.let),
        assumes=("union bound", "linearity of expectation"),
    )


@entrywise.check(part="probability", covers="universal")
def markov(claim: Statement, ctx: Context) -> Outcome:
    """The sum has n² entries; Markov at the threshold mean · F(δ) fails with probability at most 1/F(δ).

    One neuron and one input: the sum is 1 with probability erf(R/√2), else 0.
    """
    flip, threshold = "erf(R/sqrt(2))", f"c*R/sqrt(2*pi)*({claim.F})"
    for delta in ("1/100", "1/20"):
        at = {"R": "1/10", "delta": delta}
        below_one = evaluate(f"{threshold} < 1", at=at, let=claim.let)
        single = evaluate(f"1 - {flip} >= 1 - delta", at=at, let=claim.let, says="n = m = 1: Pr(sum = 0)")
        if below_one.status == "holds" and single.status == "refuted":
            return every(below_one, single)
    return follows_from(
        identity("n**2*(c*R/sqrt(2*pi)) == c*n**2*R/sqrt(2*pi)", let=claim.let, says="n² entries"),
        prove(f"1 <= delta*({claim.F})", delta="(0, 1]", says="1/F(δ) <= δ"),
        assumes=("Markov's inequality", "operator norm <= Frobenius norm <= sum of absolute entries"),
    )


entrywise.falsehood("intersection instead of union", flips="min", by=("all_gate_patterns",))
entrywise.falsehood("one event: 2R/√(2π)", c=2, by=("union_of_two_flips",))
entrywise.falsehood("Markov without 1/δ", F="1", by=("markov",))
entrywise.falsehood("Markov with 1/√δ", F="1/sqrt(delta)", by=("markov",))


stability = Claim(
    "du2019shallow/lemma-3.2",
    aliases=("du2019thesis/lemma-2.2",),
    title="Stability of the Gram matrix in a ball around initialisation",
    kind="probabilistic",
    where="Section 3.1, Lemma 3.2",
    states=r"R = \text{radius}: \quad \Pr\Bigl(\forall W,\ \|w_r-w_r(0)\|_2\le R:\ \|H-H(0)\|_2 < "
    r"\frac{\lambda_0}{4},\ \lambda_{\min}(H) > k\lambda_0\Bigr) \ge 1-\delta",
    given=(r"w_r(0)\sim N(0,I)\ \text{i.i.d.}", r"\|x_i\|_2=1", r"m \ge \text{width}"),
    printed={"radius": "c*delta*lam/n**2", "c": "1/7", "k": "1/2", "width": "1", "share": "1"},
    parts=("deviation", "eigenvalue"),
    uses=("du2019shallow/assumption-3.1", "du2019shallow/eq-6"),
    proof_uses=("du2019shallow/lemma-3.2-entrywise", "du2019shallow/lemma-3.1"),
    note="Printed: c is a small constant and no width is asked for; c = 1/7 is below √(2π)/16. share: the "
    "part of δ that is spent on the deviation; the rest is for the eigenvalue at initialisation.",
)


@stability.check(part="deviation", covers="universal")
def markov_at_the_radius(claim: Statement, ctx: Context) -> Outcome:
    """4n²R/(√(2π)δ) < λ0/4, that is c < √(2π)/16 when all of δ is spent here; any m."""
    bound = f"4*n**2*({claim.radius})/(sqrt(2*pi)*delta*({claim.share})) < lam/4"
    chain = prove(bound, n="[1, oo)", delta="(0, 1]", lam="(0, 1/2]", let=claim.let)
    single = one_neuron(claim)
    if single.status == "refuted":
        return single
    return follows_from(chain, assumes=("Lemma 3.2, entrywise part: Markov",))


def one_neuron(claim: Statement) -> Outcome:
    """n = m = 1: H jumps by 1 > λ0/4 exactly when the gate flips, Pr = erf(R/√2)."""
    radius = f"({claim.radius})"
    return evaluate(
        f"1 - erf({radius}/sqrt(2)) >= 1 - delta",
        at={"delta": "1/1000"},
        let={**claim.let, "n": 1, "lam": "1/2"},
        says="n = m = 1: Pr(the gate cannot flip)",
    )


@stability.check(part="eigenvalue")
def one_input_at_the_smallest_width(claim: Statement, ctx: Context) -> Outcome:
    """n = 1: min over the ball of H is #{r : w_r(0).x >= R}/m, binomial with q = (1 - erf(R/√2))/2: exact."""
    cases = []
    for delta in ("1/10", "1/1000"):
        numbers = {**claim.let, "n": "1", "N": "0", "lam": "1/2", "delta": delta, "l": f"log(1/({delta}))"}
        m = whole(claim.width, numbers)
        q = f"((1 - erf(({claim.radius})/sqrt(2)))/2)"
        success = f"1 - binomial_cdf(k*m/2, m, {q})"
        let = {**claim.let, "n": 1, "lam": "1/2"}
        text = "n = 1: Pr(min H > k λ0)"
        cases.append(evaluate(f"{success} >= 1 - delta", at={"m": m, "delta": delta}, let=let, says=text))
    return every(*cases)


@stability.check(part="eigenvalue", covers="universal")
def initial_eigenvalue_minus_deviation(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(H) >= λ_min(H(0)) - ‖H - H(0)‖ > 3λ0/4 - λ0/4, when H(0) is good: Lemma 3.1 at (1-share)δ.

    Failure of H(0): 2n² exp(-2m (λ0/(4n))²) <= (1-share) δ, at the least width. Without a condition on m the
    instance n = m = 1 decides: H(0) = 0 with probability 1/2.
    """
    if claim.width == "1":
        return evaluate("1/2 >= 1 - delta", at={"delta": "1/4"}, says="n = m = 1: Pr(H(0) > 0)")
    width = claim.width.replace("(n/lam)**2", "1")
    return follows_from(
        prove(f"2*log(2) + 2*N + l <= ({width})/8", N="[0, oo)", l="[0, oo)", let=claim.let),
        evaluate("1 - share >= 1/2", let=claim.let, says="half of δ is left"),
        prove("(3/4)*lam - lam/4 >= k*lam", lam="(0, 1/2]", let=claim.let),
        assumes=("Lemma 3.1 with width 8 n² log(2n²/δ')/λ0², δ' = δ/2", "Weyl's inequality"),
    )


GOOD_START: dict[str, Any] = {"width": "8*(n/lam)**2*(2*log(2) + 2*N + l)", "share": "1/2", "c": "1/14"}
stability.falsehood("radius cλ0/n² for every δ", radius="c*lam/n**2", by=("markov_at_the_radius",))
stability.falsehood("radius 1", radius="1", by=("markov_at_the_radius",))
stability.falsehood("λ_min(H) > 9λ0/10", k="9/10", **GOOD_START, by=("one_input_at_the_smallest_width",))
stability.falsehood(
    "one neuron per input", **{**GOOD_START, "width": "n"}, by=("one_input_at_the_smallest_width",)
)
stability.falsehood(
    "no width, half of δ each", width="1", share="1/2", c="1/14", by=("initial_eigenvalue_minus_deviation",)
)
stability.corrected(
    "with 8 n² log(4n²/δ)/λ0² neurons and δ/2 for each event", erratum="missing hypothesis", **GOOD_START
)
