"""Appendix B: output weights and last Gram matrix at initialisation, fully-connected network.

lam stands for λ0, ell for log(Hn/δ); D is the constant of Lemma E.1, E a bound, at least 1, for the factor of
the corrected Theorem E.1.
"""

from fractions import Fraction
from typing import Any

from theorems.du2019deep.gaussian_norm import chi_tail
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ONE, POSITIVE = "[1, oo)", "(0, oo)"


norms = Claim(
    "du2019deep/rem-B.4-a-norms",
    aliases=("du2019thesis/rem-3.4-a-norms",),
    title="Norms of the Gaussian output weights",
    kind="probabilistic",
    where="Appendix B, sentence after Lemma B.4",
    states=r"m \ge K\delta^{-q} \implies \Pr\left(\|a\|_2 \le a_{2,0}\sqrt m,\ \|a\|_4 \le "
    r"a_{4,0}m^{1/4}\right) \ge 1-\delta,\qquad a_{2,0}^2 = s = 2,\ a_{4,0}^4 = v = 7,\ K = 8,\ q = 1",
    given=(r"a_r\sim N(0,1)\ \text{i.i.d.},\ 0 < \delta < 1",),
    printed={"s": "2", "v": "7", "K": 8, "q": 1},
    note="Printed: universal constants, by standard concentration inequalities; the numbers are a choice "
    "that Chebyshev's inequality allows. Necessary are a_{2,0} >= 1 and a_{4,0}^4 >= 3; the width is covered "
    "by the term n/δ of Theorem 5.1.",
)


def too_small(claim: Statement) -> list[Outcome]:
    """Below the mean, Chebyshev's inequality is against the bound: δ = 1/2, m = 10⁶; and exact tails."""
    s, v, q = (Fraction(value) for value in (claim.s, claim.v, claim.q))
    let = {"s": claim.s, "v": claim.v}
    found = []
    for name, value, mean, variance in (("|a|²", s, 1, 2), ("|a|⁴", v, 3, 96)):
        if value < mean:
            said = f"{variance}/(10**6*({mean} - ({value}))**2) < 1/2"
            rare = evaluate(said, says=f"{name} <= m·{value}", instance=True)
            witness = f"m = 10⁶, δ = 1/2: {name} <= {value} m has a probability below 1/2"
            found.append(contradicted_by(rare, witness=witness))
    if not q:
        tail = f"{chi_tail(f'({claim.K}*s)', int(claim.K))} <= 1/10**80"
        found.append(evaluate(tail, let=let, says=f"δ = 10⁻⁸⁰, m = {claim.K}", instance=True))
    return found


@norms.check(covers="universal")
def chebyshev(claim: Statement, ctx: Context) -> Outcome:
    """Σa² has mean m and variance 2m, Σa⁴ mean 3m and variance 96m; m = K r/δ^q, r >= 1."""
    bound = "2/(m*(s - 1)**2) + 96/(m*(v - 3)**2) <= d"
    let = {"s": claim.s, "v": claim.v, "m": f"(({claim.K})*r/d**({claim.q}))"}
    argument = follows_from(
        expectation([("oo", "z**2")], equals="1", says="E a²"),
        expectation([("oo", "z**4")], equals="3", says="E a⁴"),
        expectation([("oo", "z**8")], equals="105", says="E a⁸"),
        identity("3 - 1**2 == 2", says="variance of a²"),
        identity("105 - 3**2 == 96", says="variance of a⁴"),
        prove(bound, let=let, d="(0, 1)", r=FROM_ONE),
        assumes=("Chebyshev's inequality", "union bound"),
    )
    return unless(too_small(claim), argument)


@norms.check()
def sixteen_weights(claim: Statement, ctx: Context) -> Outcome:
    """δ = 1/2, m = 16: the χ² tail of |a|²."""
    said = f"{chi_tail('(16*s)', 16)} <= 1/2"
    return evaluate(said, let={"s": claim.s}, says="m = 16", instance=True)


norms.falsehood("a_{2,0}² = 9/10", s="9/10")
norms.falsehood("a_{4,0} = 6/5", v="1296/625", by=("chebyshev",))
norms.falsehood("a width that does not grow with 1/δ", q=0, by=("chebyshev",))


lemma = Claim(
    "du2019deep/lemma-B.2",
    aliases=("du2019thesis/lemma-3.2",),
    title="Least eigenvalue of the last Gram matrix at initialisation, fully-connected network",
    kind="probabilistic",
    where="Appendix B, Lemma B.2",
    states=r"m \ge K\,\frac{n^2\log(Hn/\delta^{q})}{\lambda_0^2} \implies "
    r"\Pr\left(\lambda_{\min}(G^{(H)}(0)) \ge s\lambda_0\right) \ge 1-\delta,\qquad s = \tfrac34,\ q = 1,\ "
    r"K = 2^{O(H)}",
    given=(
        r"\lambda_0 = \lambda_{\min}(K^{(H)}) > 0,\ K_{ii}^{(h)} = 1\ (h < H)",
        r"n \ge 2\ \text{or}\ \delta \le \tfrac12;\quad \text{explicit: } K = 2(448\,D\,\mathcal E)^2",
        r"D = c_\sigma(L^2+\ell')\ \text{as in Lemma E.1},\ \mathcal E = \max(1, CP)\ \text{of the corrected "
        r"Theorem E.1}",
    ),
    printed={"s": "3/4", "q": 1},
    uses=("du2019deep/def-5.1",),
    proof_uses=("du2019deep/thm-E.1", "du2019deep/lemma-E.1", "du2019deep/remark-E.8"),
    note="The probability, which the text leaves out, is that of the neighbouring lemmas. K^(H) is the limit "
    "of the network, with K^(H-1) in the covariance. Remark E.8 asks Lemma E.1 for the accuracy λ0/n²; λ0/n "
    "is enough, and is what this width gives.",
)


def linear_neurons(claim: Statement) -> list[Outcome]:
    """σ(z) = z, n = H = 1: G = χ²_m/m and λ0 = 1, at every width.

    Y = χ² - m has E Y² = 2m, E Y⁴ = 12m² + 48m, and Pr(Y < 0) >= (E Y²)²/(4 E Y⁴).  And all |a_r| <= 1/2
    has a probability above 4^(-m).
    """
    found = []
    if Fraction(claim.s) >= 1:
        often = prove(
            "(2*m)**2/(4*(12*m**2 + 48*m)) > 1/100",
            m=FROM_ONE,
            says="Pr(G < 1)",
            assumes=("E|Y| >= (E Y²)^(3/2)/(E Y⁴)^(1/2), Pr(Y < 0) >= (E|Y|)²/(4E Y²) for E Y = 0",),
        )
        found.append(
            contradicted_by(often, witness="σ(z) = z, n = H = 1, δ = 1/100: Pr(G < λ0) > δ at every width")
        )
    if not claim.q:
        small = every(
            evaluate("erf(1/(2*sqrt(2))) > 1/4", says="Pr(|a_r| <= 1/2)"),
            evaluate("1/4 < s", let={"s": claim.s}, says="G <= 1/4"),
        )
        witness = "σ(z) = z, n = H = 1: at the width m, whatever it is, δ = 4^(-m)"
        found.append(contradicted_by(small, witness=witness))
    return found


@lemma.check(covers="universal")
def features_then_neurons(claim: Statement, ctx: Context) -> Outcome:
    """m = K r n² ell/λ0²: features within λ0/(8Dn) with probability 1 - δ/2, ‖G - K‖ <= λ0/4 with 1 - δ/2.

    𝓔 is at most a constant times (1 + Q)^H.  First a linear activation.
    """
    box: dict[str, Any] = dict.fromkeys(("n", "E", "r"), FROM_ONE) | dict.fromkeys(
        ("D", "ell", "lam"), POSITIVE
    )
    width = "((448*D*E)**2*r*n**2*ell/lam**2)"
    argument = follows_from(
        prove("2*x <= x**2", x="[2, oo)", says="log(2Hn/δ) <= 2 log(Hn/δ), Hn/δ >= 2"),
        prove(f"E**2*ell/{width} <= (lam/(8*D*n))**2", says="accuracy of the features", **box),
        prove(
            "4*E**2 + 16 <= (448*D*E)**2*r*n**2/(z*D)**2",
            z="(0, 1]",
            says="width of Theorem E.1, λ0 = z D",
            n=FROM_ONE,
            E=FROM_ONE,
            r=FROM_ONE,
            D=POSITIVE,
        ),
        prove(f"(448*D)**2*n**2*ell/lam**2 <= {width}", says="width of Lemma E.1", **box),
        prove("lam - lam/4 >= s*lam", let={"s": claim.s}, lam=POSITIVE, says="least eigenvalue"),
        identity("d/2 + d/2 == d"),
        prove("1/d**q >= 1/d", let={"q": claim.q}, d="(0, 1)", says="the logarithm"),
        assumes=(
            "thm-E.1 (corrected), H >= 2; at H = 1 the features are the inputs",
            "lemma-E.1 with the accuracy λ0/(8Dn)",
            "λ0 <= K_ii^(H) <= c L² <= D",
            "Weyl's inequality",
        ),
    )
    return unless(linear_neurons(claim), argument)


@lemma.falsehood_with_check("λ0 of Definition 5.1 as it is printed, with K^(H-2) in the covariance")
def covariance_of_two_layers_below(claim: Statement, ctx: Context) -> Outcome:
    """2 + sin z, H = 2, two orthogonal inputs, K^(1)_12 = 4c: G(0) tends to the matrix for K^(1)."""
    let = {"c": "1/(4 + (1 - exp(-2))/2)", "s": claim.s}
    diagonal, literal = "c*(1 + exp(-2))/2", "c*4*c*exp(-1)"
    limit = f"{literal}*(exp(4*c) + exp(-4*c))/2"
    said = f"{diagonal} - {limit} < s*({diagonal} - {literal})"
    below = evaluate(said, let=let, says="least eigenvalues", assumes=("lemma-E.1: G(0) tends to K^(H)",))
    return contradicted_by(
        below, witness="2 + sin z, H = 2, two orthogonal inputs: the limit is below 3/4 λ0"
    )


lemma.falsehood("all of λ0", s="1", by=("features_then_neurons",))
lemma.falsehood("five quarters of λ0", s="5/4", by=("features_then_neurons",))
lemma.falsehood("a width that does not grow with 1/δ", q=0, by=("features_then_neurons",))
