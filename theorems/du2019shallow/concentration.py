"""Lemma 3.1 and its proof in the appendix: the Gram matrix at initialisation is close to its expectation.

m H_ij(0) / (x_i.x_j) is binomial: m neurons, each active on both inputs with probability (pi - theta_ij)/2pi.
So instances are exact binomial probabilities; orthonormal inputs (lambda_0 = 1/2, independent gates, diagonal
H) give the probability of the whole event as a power.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Refuted,
    Regime,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)
from verify.kernel import expression

WIDTH = "K*n**alpha/lam**beta*log(s*n**q/delta)"
CLOSE_PAIR = "1/2 - cos(1/100)*(pi - 1/100)/(2*pi)"
CONFIDENCES = (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10), Fraction(1999, 2000))

HOEFFDING = "Hoeffding: m independent terms in an interval of length <= 1 leave [E - e, E + e] with "
HOEFFDING += "probability <= 2 exp(-2 m e²), either side with half of that"
SPECTRAL = "operator norm <= Frobenius norm <= n max |A_ij|"


def within(centre: str, radius: str, p: str = "1/2", m: str = "m") -> str:
    """Pr(|Bin(m, p)/m - centre| <= radius) as text."""
    top, bottom = f"floor({m}*({centre} + {radius}))", f"-floor(-{m}*({centre} - {radius}))"
    return f"(binomial_cdf({top}, {m}, {p}) - binomial_cdf({bottom} - 1, {m}, {p}))"


def least_width(bound: str, let: Mapping[str, object]) -> int:
    """The least integer m >= 1 that is certainly at least a closed expression."""
    value = expression.evaluate_ball(expression.parse(bound, {k: str(v) for k, v in let.items()}), {})
    return max(1, int(value.upper().ceil().unique_fmpz() or 0))


def at_least_width(width: str, conclusion: str, let: Mapping[str, object], says: str) -> Outcome:
    """The conclusion at the least width m that meets the hypothesis m >= width, with both certified."""
    m = least_width(width, let)
    met = evaluate(f"m >= {width}", let={**let, "m": m}, instance=True, says="the width is met")
    said = evaluate(conclusion, let={**let, "m": m}, instance=True, says=f"{says}, m = {m}")
    if met.status != "holds":
        return Undecided(f"the width {m} is not certified", "a larger width")
    if said.status == "refuted":
        return Refuted(*met.evidence, *said.evidence, witness=said.witness)
    return every(met, said, regime=Regime(met=True, required_width=m, used_width=m))


lemma_3_1 = Claim(
    "du2019shallow/lemma-3.1",
    aliases=("du2019thesis/lemma-2.1",),
    title="Concentration of the Gram matrix at initialisation",
    kind="probabilistic",
    where="Section 3.1, Lemma 3.1",
    states=r"m \ge K\,\frac{n^{\alpha}}{\lambda_0^{\beta}}\log\frac{s\,n^{q}}{\delta} \implies "
    r"\Pr\left(\|H(0)-H^\infty\|_2 \le \rho\lambda_0 \ \text{ and } \ "
    r"\lambda_{\min}(H(0)) \ge \kappa\lambda_0\right) \ge 1-\delta",
    given=(
        r"\|x_i\|_2 = 1",
        r"w_r(0)\sim N(0,I)\ \text{i.i.d.}",
        r"\lambda_0 > 0",
        r"0 < \delta < \delta_{\max}",
    ),
    printed={
        "K": 256,
        "alpha": 2,
        "beta": 2,
        "s": 1,
        "q": 1,
        "share": "1/4",
        "kept": "3/4",
        "largest": 1,
    },
    parts=("deviation", "eigenvalue"),
    uses=("du2019shallow/assumption-3.1", "du2019shallow/derived-Hinf-closed-form"),
    note="The width is printed as Omega(n² log(n/delta)/lambda_0²); K = 256 is what the printed proof gives. "
    "In the data share is rho, kept is kappa and largest is delta_max. With n = 1 the logarithm vanishes as "
    "delta tends to 1, so the width 1 is allowed, whatever K is; n >= 2 is not affected.",
)


def instances(claim: Statement, chance: str) -> list[Outcome]:
    """`chance` is the probability of a condition on one diagonal entry, necessary for the conclusion.

    On n orthonormal inputs the conclusion is n independent copies of it.
    """
    cases = [
        at_least_width(
            WIDTH,
            f"{chance}**n >= 1 - delta",
            claim.let | {"n": str(n), "lam": "1/2", "delta": str(delta)},
            f"{n} orthonormal inputs",
        )
        for n in (1, 2, 10)
        for delta in CONFIDENCES
        if delta <= Fraction(claim.largest)
    ]
    pair = claim.let | {"n": "2", "lam": CLOSE_PAIR, "delta": "1/10"}
    cases.append(at_least_width(WIDTH, f"{chance} >= 1 - delta", pair, "two inputs at angle 1/100, H_11"))
    return cases


def budget(claim: Statement, tails: str, **domain: Any) -> Outcome:
    """2 m e² >= log(tails/delta) for e = rho lambda_0/n at the least width."""
    return follows_from(
        identity(
            "2*(K*n**alpha/lam**beta*L)*(share*lam/n)**2 == 2*K*share**2*L",
            let=claim.let,
            says="the exponent 2 m e²",
        ),
        prove(
            f"log({tails}/delta) <= 2*K*share**2*log(s*n**q/delta)",
            let=claim.let | ({} if "n" in domain else {"n": "1"}),
            delta=f"(0, {claim.largest}]",
            says=f"{tails} tails of exp(-2 m e²) sum to at most delta",
            **domain,
        ),
        assumes=(HOEFFDING, "union bound over the n² pairs", SPECTRAL),
    )


@lemma_3_1.check(part="deviation", covers="universal")
def hoeffding_union_frobenius(claim: Statement, ctx: Context) -> Outcome:
    """All n² entries deviate by at most ρλ₀/n, except with probability 2n² exp(-2mρ²λ₀²/n²) <= δ.

    Before the argument, exact binomial probabilities look for a counterexample.
    """
    return unless(instances(claim, within("1/2", "share*lam")), budget(claim, "(2*n**2)", n="[1, oo)"))


@lemma_3_1.check(part="deviation")
def orthonormal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """H(0) is diagonal with independent Bin(m, 1/2)/m entries: the probability exactly, in regime."""
    return every(*instances(claim, within("1/2", "share*lam")))


@lemma_3_1.check(part="deviation", covers="universal")
def no_hidden_constant_helps(claim: Statement, ctx: Context) -> Outcome:
    """n = m = 1 and δ = 1/(1 + v), K = 1/(4v): the width is met for every v > 0, yet |H(0) - 1/2| = 1/2."""
    return contradicted_by(
        every(
            prove("log(s*(1 + v)) <= v", let=claim.let, v="(0, oo)", says="4K log(s/δ) <= 1: m = 1 will do"),
            prove("1/(1 + v) < largest", let=claim.let, v="(0, oo)", says="δ is allowed"),
            prove("0 < 1 - 1/(1 + v)", v="(0, oo)", says="probability 0 is not enough"),
            evaluate("1/2 > share*(1/2)", let=claim.let, says="the deviation is always 1/2"),
        ),
        witness="n = m = 1 and, for every hidden constant K, δ = 4K/(1 + 4K): the width is met, and "
        "|H(0) - 1/2| = 1/2 with certainty",
    )


@lemma_3_1.check(part="eigenvalue", covers="universal")
def weyl_after_concentration(claim: Statement, ctx: Context) -> Outcome:
    """Weyl: λ_min(H(0)) >= λ₀ - ρλ₀.  At n = 1 only the lower tail counts: exp(-2mρ²λ₀²) <= δ."""
    enough = "(1 - binomial_cdf(-floor(-m*kept*lam) - 1, m, 1/2))"
    argument = follows_from(
        budget(claim, "1"),
        budget(claim, "(2*n**2)", n="[2, oo)"),
        evaluate("1 - share >= kept", let=claim.let),
        assumes=("Weyl's inequality",),
    )
    return unless(instances(claim, enough), argument)


lemma_3_1.falsehood(
    "width 100 n/λ₀ log(2n²/δ)",
    K=100,
    alpha=1,
    beta=1,
    s=2,
    q=2,
    by=("hoeffding_union_frobenius", "orthonormal_inputs"),
)
lemma_3_1.falsehood(
    "deviation λ₀/400 at that width",
    share="1/400",
    largest="9/10",
    by=("hoeffding_union_frobenius", "orthonormal_inputs"),
)
lemma_3_1.falsehood("no loss of least eigenvalue", kept=1, largest="9/10", by=("weyl_after_concentration",))
lemma_3_1.falsehood("hidden constant 10^6, δ up to 1", K=10**6, by=("no_hidden_constant_helps",))
lemma_3_1.corrected("delta at most 9/10", erratum="missing hypothesis", largest="9/10")
lemma_3_1.corrected("width 8 n²/λ₀² log(2n²/δ), every δ", erratum="constant", K=8, s=2, q=2)


step_1 = Claim(
    "du2019shallow/lemma-3.1-step-1",
    title="Hoeffding's inequality for one pair of inputs",
    kind="proof-step",
    where="Appendix, proof of Lemma 3.1, first display",
    states=r"\Pr\left(|H_{ij}(0)-H^\infty_{ij}| \le k\sqrt{\frac{\log(s/\delta')}{m}}\right) \ge 1-\delta'",
    given=(
        r"\|x_i\|_2 = 1",
        r"w_r(0)\sim N(0,I)\ \text{i.i.d.}",
        r"0 < \delta' < \delta'_{\max}",
        r"m \ge 1",
    ),
    printed={"k": 2, "s": 1, "largest": 1},
    uses=("du2019shallow/derived-Hinf-closed-form",),
    step_of="du2019shallow/lemma-3.1",
    note="Two tails need log(2/delta'); the factor k = 2 suffices up to delta' = 2^(-1/7).",
)

PAIRS = (("1", "1/2"), ("1/2", "1/3"), ("1/2", "1/6"))
SAMPLES = ((1, "19/20"), (1, "7/10"), (10, "1/10"), (400, "1/100"), (10000, "1/2"))


@step_1.check(covers="universal")
def both_tails(claim: Statement, ctx: Context) -> Outcome:
    """2 exp(-2mε²) <= δ' for ε = k sqrt(log(s/δ')/m), unless an exact binomial probability is too small.

    Pairs (|x_i.x_j|, p) at the angles 0, 60 and 120 degrees.
    """
    cases = (
        evaluate(
            f"{within('p', '(k*sqrt(log(s/d))/sqrt(m)/rho)', 'p')} >= 1 - d",
            let=claim.let | {"m": m, "d": d, "rho": rho, "p": p},
            instance=True,
        )
        for rho, p in PAIRS
        for m, d in SAMPLES
        if Fraction(d) <= Fraction(claim.largest)
    )
    tails = prove("log(2/d) <= 2*k**2*log(s/d)", let=claim.let, d=f"(0, {claim.largest}]")
    return unless(cases, follows_from(tails, assumes=(HOEFFDING,)))


step_1.falsehood("bound sqrt(log(2/δ'))/(10 sqrt m)", k="1/10", s=2)
step_1.falsehood("one tail: sqrt(log(1/δ')/(2m))", k="sqrt(1/2)", largest="9/10")
step_1.corrected("delta' at most 9/10", erratum="missing hypothesis", largest="9/10")
step_1.corrected("sqrt(log(2/δ')/(2m))", erratum="constant", k="sqrt(1/2)", s=2)


step_2 = Claim(
    "du2019shallow/lemma-3.1-step-2",
    title="Union bound over the pairs of inputs",
    kind="proof-step",
    where="Appendix, proof of Lemma 3.1, second display",
    states=r"\delta' = n^{e}\delta, \qquad n^2\delta' \le \delta, \qquad "
    r"k\sqrt{\frac{\log(1/\delta')}{m}} \le c\sqrt{\frac{\log(n/\delta)}{m}}",
    given=(r"n \ge 1", r"0<\delta<1"),
    printed={"e": 2, "k": 2, "c": 4},
    parts=("union bound", "simplified bound"),
    proof_uses=("du2019shallow/lemma-3.1-step-1",),
    step_of="du2019shallow/lemma-3.1",
    note="An inference: from the bound of step 1 for one pair at confidence delta' to all pairs at "
    "confidence delta. The printed delta' = n² delta goes the wrong way, and exceeds 1 for delta > 1/n².",
)


@step_2.check(part="union bound", covers="universal")
def failures_add_up(claim: Statement, ctx: Context) -> Outcome:
    """n² pairs, each failing with probability at most δ'."""
    return prove("n**2*(n**e*delta) <= delta", let=claim.let, n="[1, oo)", delta="(0, 1)")


@step_2.check(part="union bound")
def all_pairs_at_once(claim: Statement, ctx: Context) -> Outcome:
    """n orthonormal inputs, δ' or δ/n² equal to 9/10 or less: where every pair meets the bound, exactly."""
    cases = []
    for n, m in ((2, 2), (2, 100), (10, 400)):
        delta = Fraction(9, 10 * n ** abs(int(claim.e)))
        let = claim.let | {"n": n, "m": m, "delta": delta}
        radius = "(k*sqrt(log(1/(n**e*delta)))/sqrt(m))"
        says = f"{n} orthonormal inputs, m = {m}"
        cases.append(evaluate(f"{within('1/2', radius)}**n >= 1 - delta", let=let, instance=True, says=says))
    return every(*cases)


@step_2.check(part="simplified bound", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """With both sides squared and m cancelled; increasing in n, and at n = 1 a multiple of log(1/δ)."""
    squares = "k**2*log(1/(n**e*delta)) <= c**2*log(n/delta)"
    return prove(squares, let=claim.let, n="[1, oo)", delta="(0, 1]")


step_2.falsehood("δ' = n³ δ", e=3, by=("failures_add_up", "all_pairs_at_once"))
step_2.falsehood("δ' = δ/n for n² pairs", e=-1, by=("failures_add_up",))
step_2.falsehood("2 sqrt(log(n/δ)/m)", e=-2, c=2, by=("logarithms",))
step_2.corrected("δ' = δ/n²", erratum="misprint", e=-2)


step_3 = Claim(
    "du2019shallow/lemma-3.1-step-3",
    title="From entries to the operator norm, and the width",
    kind="proof-step",
    where="Appendix, proof of Lemma 3.1, third display",
    states=r"\|A\|_2^{q} \le \|A\|_F^{q} \le \sum_{ij} A_{ij}^2 \le \frac{T n^2\log(n/\delta)}{m}, \qquad "
    r"m \ge \frac{K n^2\log(n/\delta)}{\lambda_0^2} \implies \|A\|_2 \le \frac{\lambda_0}{4}",
    given=(r"A = H(0)-H^\infty", r"|A_{ij}| \le 4\sqrt{\log(n/\delta)/m}"),
    printed={"q": 2, "T": 16, "K": 256},
    parts=("norms", "width"),
    proof_uses=("du2019shallow/lemma-3.1-step-2",),
    step_of="du2019shallow/lemma-3.1",
    note="The paper's text shows the two norms without squares, the thesis prints them: q = 1 is a reading.",
)


@step_3.check(part="norms", covers="universal")
def sum_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """‖A‖₂² = max λ² <= Σ λ² = Σ A_ij², n² terms of at most 16 log(n/δ)/m; first a 1 × 1 matrix (t)."""
    return every(
        prove("t**q <= t**2", let=claim.let, t="[0, oo)", says="a 1 x 1 matrix"),
        prove("(u + v)**q <= 2*u**2 + 2*v**2", let=claim.let, u="(-oo, oo)", v="[0, oo)", says="2 x 2"),
        identity("n**2*(4*sqrt(L)/sqrt(m))**2 == T*n**2*L/m", let=claim.let, says="n² equal bounds"),
        assumes=("a symmetric A has Σ λ² = tr A² = Σ A_ij²", "a 2 x 2 one has λ = u ± v, Σ λ² = 2u² + 2v²"),
    )


@step_3.check(part="width", covers="universal")
def width_solved(claim: Statement, ctx: Context) -> Outcome:
    """T n² L/m at m = K n² L/λ₀², against (λ₀/4)²."""
    least = "K*n**2*L/lam**2"
    return prove(f"T*n**2*L/({least}) <= (lam/4)**2", let=claim.let, n="[1, oo)", L="(0, oo)", lam="(0, 1/2]")


step_3.falsehood("8 n² log(n/δ)/m", T=8, by=("sum_of_squares",))
step_3.falsehood("width constant halved", K=128, by=("width_solved",))
step_3.reading("norms without squares", q=1)


step_4 = Claim(
    "du2019shallow/lemma-3.1-step-4",
    title="Weyl's inequality for the least eigenvalue at initialisation",
    kind="proof-step",
    where="Appendix, proof of Lemma 3.1, conclusion",
    states=r"\|H(0)-H^\infty\|_2 \le \rho\lambda_0 \implies \lambda_{\min}(H(0)) \ge \kappa\lambda_0",
    given=(r"\lambda_{\min}(H^\infty) = \lambda_0 > 0",),
    printed={"share": "1/4", "kept": "3/4"},
    proof_uses=("du2019shallow/lemma-3.1-step-3",),
    step_of="du2019shallow/lemma-3.1",
)


@step_4.check(covers="universal")
def weyl(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(A + E) >= λ_min(A) - ‖E‖₂, attained by H(0) = (1 - ρ) λ₀: one input, 3 of 8 neurons active."""
    return prove("lam - share*lam >= kept*lam", let=claim.let, lam="(0, 1/2]", assumes=("Weyl's inequality",))


step_4.falsehood("λ_min(H(0)) >= 4/5 λ₀", kept="4/5")
step_4.falsehood("from a deviation λ₀/3", share="1/3")
