"""Lemma 3.1: the Gram matrix at initialisation is close to its expectation, with explicit constants.

m H_ij(0)/(x_i.x_j) is binomial with parameters m and p = (pi - theta_ij)/(2 pi). l stands for log(1/delta),
N for log(n), L for log(1/delta') of a single pair. `least_log` bounds l or L from below: 0 as printed.
"""

from fractions import Fraction
from typing import Any

from flint import arb
from flint import ctx as flint_context

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
)
from verify.kernel import expression

SUCCESS = "2*binomial_cdf(m/2 + {deviation}, m, 1/2) - 1"
"""Pr(|X - m/2| <= deviation) for X ~ Bin(m, 1/2)."""


def whole(text: str, let: dict[str, str]) -> int:
    """The smallest integer that is at least the value of an expression and at least 1."""
    with flint_context.workprec(128):
        value = expression.evaluate_ball(expression.parse(text, let), {})
        return max(1, int(arb.ceil(value.upper()).unique_fmpz() or 0))


step_1 = Claim(
    "du2019shallow/lemma-3.1-step-1",
    title="Hoeffding's inequality for one entry of the Gram matrix",
    kind="proof-step",
    where="Appendix A, proof of Lemma 3.1, first display",
    states=r"\Pr\Bigl(|H_{ij}(0)-H^\infty_{ij}| \le \frac{A\sqrt{\log(1/\delta')}}{\sqrt m}\Bigr) "
    r"\ge 1-\delta'",
    given=(r"\|x_i\|_2 = \|x_j\|_2 = 1", r"\log(1/\delta') > L_0"),
    printed={"A": 2, "least_log": "0"},
    uses=("du2019shallow/derived-Hinf-closed-form",),
    step_of="du2019shallow/lemma-3.1",
    note="Two-sided Hoeffding has a factor 2 before the exponential: 2 δ'^8 <= δ' only for δ' <= 2^(-1/7).",
)


@step_1.check()
def exact_binomials(claim: Statement, ctx: Context) -> Outcome:
    """A diagonal entry is Bin(m, 1/2)/m: its exact probability for m = 1 to 1000 and several δ' = e^(-L)."""
    success = SUCCESS.format(deviation="A*sqrt(L*m)")
    return every(
        *(
            evaluate(
                f"{success} >= 1 - exp(-L)",
                at={"m": m, "L": Fraction(str(claim.least_log)) + Fraction(extra)},
                let=claim.let,
                says="Pr(|H_ii - 1/2| <= A√(L/m))",
            )
            for m in (1, 2, 10, 100, 1000)
            for extra in ("1/20", "1/2", "2", "5")
        )
    )


@step_1.check(covers="universal")
def two_sided_hoeffding(claim: Statement, ctx: Context) -> Outcome:
    """Pr(|mean - p| > A√(L/m)) <= 2 e^(-2A²L), which is at most e^(-L) = δ' iff e^((2A²-1)L) >= 2.

    Where that fails, m = 1 and i = j decide: |H_ii - 1/2| = 1/2 always.
    """
    one = evaluate("A*sqrt(L) >= 1/2", let={**claim.let, "L": f"{claim.least_log} + 1/20"}, instance=True)
    chain = prove("2 <= exp((2*A**2 - 1)*L)", L=f"({claim.least_log}, oo)", let=claim.let)
    if chain.status != "holds" and one.status == "refuted":
        return one
    return follows_from(chain, assumes=("Hoeffding's inequality for variables in [0, 1]", "|x_i.x_j| <= 1"))


step_1.falsehood("a twentieth of the radius", A="1/10", least_log="1/10")
step_1.falsehood("radius √(log(1/δ')/(4m))", A="1/2", least_log="1/10", by=("exact_binomials",))
step_1.corrected("for δ' <= e^(-1/10)", erratum="missing hypothesis", least_log="1/10")


step_2 = Claim(
    "du2019shallow/lemma-3.1-step-2",
    title="Union bound over the pairs of inputs",
    kind="proof-step",
    where="Appendix A, proof of Lemma 3.1, second display",
    states=r"\delta' = n^{k}\delta: \quad n^2\delta' \le \delta,\qquad "
    r"2\sqrt{\log(1/\delta')} \le B\sqrt{\log(n/\delta)}",
    given=(r"n\ge 1", r"0<\delta\le 1"),
    printed={"k": 2, "B": 4},
    parts=("union", "radius"),
    proof_uses=("du2019shallow/lemma-3.1-step-1",),
    step_of="du2019shallow/lemma-3.1",
    note="Printed is δ' = n²δ; n² events of probability δ' have a union of probability at most n²δ', which "
    "is n⁴δ then. With δ' = δ/n² the displayed bound follows.",
)


@step_2.check(part="union", covers="universal")
def sum_of_the_failures(claim: Statement, ctx: Context) -> Outcome:
    """n² pairs, each failing with probability at most δ'."""
    return prove("n**2*(n**k*delta) <= delta", n="[1, oo)", delta="(0, 1]", let=claim.let)


@step_2.check(part="radius", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """log(1/δ') = l - k N with l = log(1/δ) >= 0, N = log n >= 0; the squares are compared."""
    return prove("4*(l - k*N) <= B**2*(N + l)", l="[0, oo)", N="[0, oo)", let=claim.let)


step_2.falsehood("no union bound: δ' = δ", k=0, by=("sum_of_the_failures",))
step_2.falsehood("union over n instead of n² pairs: δ' = δ/n", k=-1, by=("sum_of_the_failures",))
step_2.falsehood("radius 2√log(n/δ)", k=-2, B=2, by=("logarithms",))
step_2.corrected("δ' = δ/n²", erratum="misprint", k=-2)


step_3 = Claim(
    "du2019shallow/lemma-3.1-step-3",
    title="From entries to the operator norm, and the width",
    kind="proof-step",
    where="Appendix A, proof of Lemma 3.1, third display",
    states=r"\|H(0)-H^\infty\|_2^2 \le \|H(0)-H^\infty\|_F^2 \le \frac{C n^{e}\log(n/\delta)}{m}; \qquad "
    r"m = \frac{C n^2\log(n/\delta)}{f^2\lambda_0^2} \Rightarrow \|H(0)-H^\infty\|_2 \le f\lambda_0",
    printed={"C": 16, "e": 2, "f": "1/4"},
    step_of="du2019shallow/lemma-3.1",
    proof_uses=("du2019shallow/lemma-3.1-step-2",),
    note="The thesis prints the squares on the norms; in the paper's text they are not visible.",
)


@step_3.check(covers="universal")
def sum_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """n² entries, each at most 4√(L/m); all may be equal, so the sum is attained.

    With C = 16 and f = 1/4 the width is 256 n² log(n/δ)/λ0².
    """
    return every(
        identity("n**2*(4*sqrt(L)/sqrt(m))**2 == C*n**e*L/m", let=claim.let, **_positive("n", "L", "m")),
        identity(
            "C*n**2*L/m == (f*lam)**2", let={**claim.let, "m": "256*n**2*L/lam**2"}, **_positive("n", "L")
        ),
        assumes=("operator norm <= Frobenius norm",),
    )


def _positive(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, "[2, 3]")


step_3.falsehood("n instead of n²", e=1)
step_3.falsehood("radius λ0/8 at the same width", f="1/8")


step_4 = Claim(
    "du2019shallow/lemma-3.1-step-4",
    title="Weyl: the least eigenvalue moves by at most the operator norm",
    kind="proof-step",
    where="Lemma 3.1, second conclusion",
    states=r"\|H(0)-H^\infty\|_2\le\lambda_0/4 \implies \lambda_{\min}(H(0)) \ge k\lambda_0",
    printed={"k": "3/4"},
    step_of="du2019shallow/lemma-3.1",
)


@step_4.check(covers="universal")
def weyl(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(H(0)) >= λ0 - λ0/4, with equality for H(0) = H∞ - (λ0/4) I."""
    return prove("lam - lam/4 >= k*lam", lam="[0, oo)", let=claim.let, assumes=("Weyl's inequality",))


step_4.falsehood("7/8", k="7/8")


lemma = Claim(
    "du2019shallow/lemma-3.1",
    aliases=("du2019thesis/lemma-2.1",),
    title="Concentration of the Gram matrix at initialisation",
    kind="probabilistic",
    where="Section 3.1, Lemma 3.1; proof in Appendix A",
    states=r"m \ge K\Bigl(\frac{n}{\lambda_0}\Bigr)^{e}\log\frac{b\,n^q}{\delta} \implies \Pr\bigl("
    r"\|H(0)-H^\infty\|_2\le f\lambda_0,\ \lambda_{\min}(H(0))\ge(1-f)\lambda_0\bigr) \ge 1-\delta",
    given=(r"w_r(0)\sim N(0,I)\ \text{i.i.d.}", r"\|x_i\|_2=1", r"\log(1/\delta) > L_0"),
    printed={"K": 256, "e": 2, "b": 1, "q": 1, "f": "1/4", "least_log": "0"},
    uses=("du2019shallow/assumption-3.1", "du2019shallow/eq-6"),
    proof_uses=(
        "du2019shallow/lemma-3.1-step-1",
        "du2019shallow/lemma-3.1-step-2",
        "du2019shallow/lemma-3.1-step-3",
        "du2019shallow/lemma-3.1-step-4",
    ),
    note="Printed is m = Ω(n² log(n/δ)/λ0²); K = 256 is what the printed proof gives. Whatever the hidden "
    "constant K: at n = 1, δ = e^(-1/(4K)) it admits m = 1, where |H(0) - 1/2| = 1/2 always.",
)
LOG_TERM = "(log(b) + q*N + l)"


def width_at(claim: Statement, n: int, lam: str, log: str) -> int:
    """The smallest width that the hypothesis admits, at most off by one."""
    let = {**claim.let, "n": str(n), "lam": lam, "l": log, "N": f"log({n})" if n > 1 else "0"}
    return whole(f"K*(n/({lam}))**e*{LOG_TERM}", let)


@lemma.check()
def one_input_exactly(claim: Statement, ctx: Context) -> Outcome:
    """n = 1: λ0 = 1/2 and H(0) = Bin(m, 1/2)/m, at the smallest admitted width, for δ = e^(-l)."""
    cases = []
    for extra in ("1/2000", "1/2", "23/10", "5"):
        log = str(Fraction(str(claim.least_log)) + Fraction(extra))
        at = {"m": width_at(claim, 1, "1/2", log), "l": log}
        success = SUCCESS.format(deviation="m*f/2")
        cases.append(evaluate(f"{success} >= 1 - exp(-l)", at=at, let=claim.let, says="n = 1"))
    return every(*cases)


@lemma.check()
def two_inputs_exactly(claim: Statement, ctx: Context) -> Outcome:
    """n = 2, tan(θ/2) = t, δ = 1/10: refuted when a diagonal entry alone deviates too often.

    Holds when the exact tails of the three entries at f λ0/2 each (then the Frobenius norm is at most f λ0)
    sum to at most δ. Of t = 1/200, 1/20, 1/5, the smallest with a width below 10^6.
    """
    for t in ("1/200", "1/20", "1/5"):
        rho, p = f"((1 - ({t})**2)/(1 + ({t})**2))", f"(atan(1/({t}))/pi)"
        lam = f"(1/2 - {rho}*{p})"
        m = width_at(claim, 2, lam, "log(10)")
        if m < 10**6:
            break
    let = claim.let
    alone = SUCCESS.format(deviation=f"m*f*{lam}")
    necessary = evaluate(f"{alone} >= 9/10", at={"m": m}, let=let, says=f"one diagonal entry, t = {t}")
    if necessary.status == "refuted":
        return necessary
    half = f"f*{lam}/2"
    diagonal = f"2*(2 - 2*binomial_cdf(m/2 + m*{half}, m, 1/2))"
    beside = (
        f"(1 - binomial_cdf(m*{p} + m*{half}/{rho}, m, {p}) + binomial_cdf(m*{p} - m*{half}/{rho}, m, {p}))"
    )
    return evaluate(f"{diagonal} + {beside} <= 1/10", at={"m": m}, let=let, says=f"all entries, t = {t}")


@lemma.check(covers="universal")
def hoeffding_union_frobenius(claim: Statement, ctx: Context) -> Outcome:
    """If every entry deviates by at most fλ0/n, the Frobenius norm is at most fλ0; then Weyl.

    That fails with probability at most n² 2 exp(-2m (fλ0/n)²) = exp(log 2 + 2N - 2Kf² log(b n^q/δ)). If the
    width does not suffice, n = 1 may decide: m = 1 is admitted and |H(0) - 1/2| = 1/2 > f/2.
    """
    admitted = every(
        evaluate("4*K*(1/(4*K)) <= 1", let=claim.let, instance=True, says="m = 1 is admitted"),
        evaluate("least_log < 1/(4*K)", let=claim.let, instance=True, says="this δ is admitted"),
        evaluate("1/2 > f/2", let=claim.let, instance=True, says="|H(0) - 1/2| = 1/2 exceeds fλ0"),
        evaluate("exp(-1/(4*K)) < 1", let=claim.let, instance=True, says="1 - δ > 0"),
    )
    if claim.b == 1 and claim.e == 2 and admitted.status == "holds":
        return contradicted_by(admitted, witness="n = m = 1, δ = e^(-1/(4K)): Pr(|H(0) - 1/2| <= 1/8) = 0")
    if claim.e != 2:
        return follows_from(prove("2 <= e", let=claim.let))
    need = f"log(2) + 2*N + l <= 2*K*f**2*{LOG_TERM}"
    chain = prove(need, let=claim.let, N="[0, oo)", l=f"({claim.least_log}, oo)")
    return follows_from(
        chain,
        prove("lam - f*lam >= (1 - f)*lam", lam="[0, oo)", let=claim.let, says="least eigenvalue"),
        assumes=(
            "Hoeffding's inequality for variables in [0, 1]",
            "union bound",
            "operator norm <= Frobenius norm",
            "Weyl's inequality",
        ),
    )


REPAIRED: dict[str, Any] = {"K": 8, "b": 2, "q": 2}
lemma.falsehood("width 100 (n/λ0) log(n/δ)", K=100, e=1, least_log="1/10", by=("two_inputs_exactly",))
lemma.falsehood("deviation λ0/400 at the same width", f="1/400", least_log="1/10", by=("one_input_exactly",))
lemma.falsehood("any hidden constant: K = 10^6", K=10**6, by=("hoeffding_union_frobenius",))
lemma.falsehood(
    "a hundredth of the width", K="8/100", b=2, q=2, by=("one_input_exactly", "two_inputs_exactly")
)
lemma.corrected("8 n² log(2n²/δ)/λ0² neurons", erratum="constant", **REPAIRED)
lemma.corrected("the printed width for δ <= e^(-1/10)", erratum="missing hypothesis", least_log="1/10")
