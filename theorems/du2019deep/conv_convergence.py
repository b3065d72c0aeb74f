"""Section 7 and Appendix D: Lemma D.2 and Theorem 7.1, convergence of the convolutional residual network.

lam stands for λ0, w for η λ0, f for the factor of K^(H), c_res²/H², that Definition 7.1 lacks.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.activations import softplus
from numerics.population_conv import conv_last_gram
from numerics.population_recursion import Network
from theorems.du2019deep.population_networks import SOFTPLUS, Setting
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    smallest_deciding_count,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
DEEP = "[2, oo)"
REPAIRED = "cres**2/H**2"


closing = Claim(
    "du2019deep/proof-thm-7.1",
    aliases=("du2019thesis/proof-thm-3.3",),
    title="Closing the induction, convolutional residual network",
    kind="proof-step",
    where="Appendix D, the sentence after Lemma D.7",
    states=r"\lambda_{\min}(G^{(H)}(k)) \ge \left(\tfrac34-g\right)\lambda_0,\quad \|y-u(k+1)\|_2^2 \le "
    r"\left(1-2\eta\lambda_{\min}(G^{(H)}(k))+2d\,\eta\lambda_0+d\,\eta\lambda_0\right)\|y-u(k)\|_2^2 \le "
    r"\left(1-\tfrac{\eta\lambda_0}{2}\right)\|y-u(k)\|_2^2;\quad m \ge K\frac{n^4}{\lambda_0^4H^{v}} "
    r"\implies R' \le \frac{\rho\lambda_0H^2}{n}",
    given=(
        r"\lambda_{\min}(G^{(H)}(0)) \ge \tfrac34\lambda_0\ \text{(D.2)},\ \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le "
        r"g\lambda_0\ \text{(D.4)},\ \|I_2\|_2 \le d\,\eta\lambda_0\|y-u\|_2,\ \|\Delta u\|_2^2 \le "
        r"d\,\eta\lambda_0\|y-u\|_2^2\ \text{(D.6, D.7)}",
        r"R' = \frac{Cn}{H^{t}\lambda_0\sqrt m},\ K = (C/\rho)^2;\quad \text{printed: } g = \tfrac12,\ d = "
        r"\tfrac18,\ t = 1,\ v = 6",
    ),
    printed={"g": "1/2", "d": "1/8", "t": 1, "v": 6},
    parts=("rate", "width"),
    uses=("du2019deep/sec-A-weyl", "du2019deep/eq-12", "du2019deep/cond-A.1"),
    proof_uses=(
        "du2019deep/lemma-D.2",
        "du2019deep/lemma-D.4",
        "du2019deep/lemma-D.5",
        "du2019deep/lemma-D.6",
        "du2019deep/lemma-D.7",
    ),
    step_of="du2019deep/thm-7.1",
    note="Printed is: by the same argument as for the fully-connected network, which has λ0/4 in Lemma B.4 "
    "and λ_min(G(k)) >= λ0/2. Lemma D.4 prints λ0/2: that leaves λ0/4 and the rate 1 - ηλ0/8. Its small "
    "constant may be halved. With R' as corrected in Lemma D.5 (t = 0) the width needs v = 4, which the "
    "second term of the theorem, v = 2, covers.",
)


def one_number(claim: Statement) -> Outcome:
    """n = 1, residual 1: G = (3/4 - g) λ0, I_2 = -dηλ0, so Δu = w(3/4 - g - d), w = ηλ0 = 1/100.

    Only where |Δu|² <= d w, as Lemma D.7 has it.
    """
    let = {"g": claim.g, "d": claim.d}
    within = evaluate("(3/4 - g - d)**2/100 <= d", let=let, says="Lemma D.7")
    if within.status != "holds":
        return within
    said = "(1 - (3/4 - g - d)/100)**2 <= 1 - 1/200"
    return evaluate(said, let=let, says="n = 1, G = (3/4 - g)λ0, I_2 = -dηλ0, ηλ0 = 1/100", instance=True)


@closing.check(part="rate", covers="universal")
def three_terms(claim: Statement, ctx: Context) -> Outcome:
    """1 - 2(3/4 - g)w + 2dw + dw against 1 - w/2.  First one number."""
    said = "1 - 2*(3/4 - g)*w + 2*d*w + d*w <= 1 - w/2"
    argument = follows_from(
        prove(said, let={"g": claim.g, "d": claim.d}, w="(0, 1]", says="the three terms"),
        prove("lam*3/4 - g*lam >= (3/4 - g)*lam", let={"g": claim.g}, lam=POSITIVE, says="λ_min(G(k))"),
        assumes=(
            "eq-12, sec-A-I1; the other blocks are positive semidefinite",
            "Cauchy-Schwarz",
            "sec-A-weyl",
        ),
    )
    return unless([one_number(claim)], argument)


@closing.check(part="width", covers="universal")
def solved_for_the_width(claim: Statement, ctx: Context) -> Outcome:
    """C n/(H^t λ0 √m) at m = (C/ρ)² n⁴/(λ0⁴ H^v)."""
    root = "(C/rho*n**2/(lam**2*H**(v/2)))"
    said = f"C*n/(H**t*lam*{root}) <= rho*lam*H**2/n"
    box: dict[str, Any] = {"C": POSITIVE, "rho": POSITIVE, "lam": POSITIVE, "n": FROM_ONE, "H": DEEP}
    let = {"t": claim.t, "v": claim.v}
    return prove(said.replace("v/2", str(Fraction(int(claim.v), 2))), let=let, **box)


closing.falsehood("3/8 of λ0", g="3/8", by=("three_terms",))
closing.falsehood("a quarter for the two error terms", g="1/4", d="1/4", by=("three_terms",))
closing.falsehood("width with H^(-8)", v=8, by=("solved_for_the_width",))
closing.falsehood("H^(-6) for gradients without 1/H", t=0, by=("solved_for_the_width",))
closing.corrected("λ0/4 in Lemma D.4", erratum="constant", g="1/4")
closing.corrected("and gradients without 1/H, width with H^(-4)", erratum="constant", g="1/4", t=0, v=4)


initial = Claim(
    "du2019deep/lemma-D.2",
    aliases=("du2019thesis/lemma-3.16",),
    title="The least eigenvalue of the last Gram matrix at initialisation, convolutional residual network",
    kind="probabilistic",
    where="Appendix D, Lemma D.2",
    states=r"m \ge K\frac{n^2p^2\log(Hn/\delta)^{e}}{\lambda_0^2} \implies \Pr\left(\lambda_{\min}"
    r"(G^{(H)}(0)) \ge k\,\lambda_0\right) \ge 1-\delta,\qquad k = \tfrac34,\ e = 1",
    given=(
        r"\lambda_0 = f\lambda_{\min}(K'),\ f = c_{res}^2/H^2:\ \text{the limit of } G^{(H)}(0)\ "
        r"\text{(Definition 7.1 as it stands: } f = 1)",
        r"K\ \text{hidden};\ \text{the probability is not printed}",
    ),
    printed={"k": "3/4", "f": REPAIRED, "e": 1},
    parts=("factor", "width"),
    uses=("du2019deep/def-7.1", "du2019deep/eq-15"),
    proof_uses=("du2019deep/thm-E.1",),
    note="λ0 is read as the least eigenvalue of the limit. With the matrix of Definition 7.1 as it stands "
    "the eigenvalue is too small by c_res²/H², for every width. The limit m -> oo is right; the width is not "
    "decided.",
)


def small_branch(claim: Statement) -> Outcome:
    """Softplus, n = p = q = 1, H = 2, c_res = 1/10, any m: E G <= (c_res²/4) E|x^(1)|² E a² = c_res²/4.

    K' = E σ'(X)² >= (E σ')² = 1/4, so Pr(G >= k f K') <= (c_res²/4)/(k f/4), which has to be at least 1/2.
    """
    said = f"(cres**2/4)/(k*({claim.f})/4) >= 1/2"
    let = {"k": claim.k, "cres": "1/10", "H": 2}
    return every(
        identity("1/(1 + y) + 1/(1 + 1/y) == 1", y=POSITIVE, says="σ'(z) + σ'(-z) = 1"),
        evaluate(said, let=let, says="softplus, one pixel, Markov's inequality, δ = 1/2", instance=True),
    )


def linear_branch(claim: Statement) -> list[Outcome]:
    """σ(z) = z, n = p = q = 1, H = 2: G H²/c_res² is the product of two χ²_m/m.

    It has mean 1 and variance (1 + 2/m)² - 1.  m = 10^6 and larger: Pr(G >= k (c_res²/H²)) by Chebyshev's
    inequality for k > 1, at least 1/2.
    """
    if claim.f != REPAIRED or Fraction(claim.k) <= 1:
        return []
    said = "((1 + 2/10**6)**2 - 1)/(k - 1)**2 >= 1/2"
    return [evaluate(said, let={"k": claim.k}, says="σ(z) = z, one pixel, m = 10^6", instance=True)]


@initial.check(part="factor", covers="universal")
def limit_of_large_width(claim: Statement, ctx: Context) -> Outcome:
    """G^(H)(0) tends to (c_res²/H²) K', so k f < c_res²/H² is enough for m -> oo.  First one pixel, any m."""
    said = f"k*({claim.f}) < cres**2/H**2"
    argument = follows_from(
        prove(said, let={"k": claim.k}, cres=UNIT, H=DEEP, says="m -> oo"),
        assumes=("def-7.1 (corrected): the limit of G^(H)(0)", "λ_min is continuous"),
    )
    return unless([small_branch(claim), *linear_branch(claim)], argument)


R = 1 / math.sqrt(2)
IMAGES = (((R, 0.0, 0.0), (0.0, R, 0.0)), ((0.0, 0.0, R), (R, 0.0, 0.0)))
"""Two images of two channels and three pixels."""


@initial.check(part="factor")
def random_networks(claim: Statement, ctx: Context) -> Outcome:
    """Softplus, n = d_0 = 2, p = q = H = 3, c_res = 4/5, m = 512: the event has a probability >= 1/2."""
    setting = Setting(SOFTPLUS, IMAGES, residual=True, q=3, m=512, S=1)
    branch = Fraction(4, 15)
    given = {"cres**2/H**2": branch**2, "cres/H": branch, "1": Fraction(1)}[str(claim.f)]
    limit = conv_last_gram(softplus(), np.array(IMAGES), Network(3, c_res="4/5"), 3).values / float(branch**2)
    least = float(Fraction(claim.k) * given) * float(np.linalg.eigvalsh(limit)[0])

    def above(rng: np.random.Generator) -> bool:
        return bool(np.linalg.eigvalsh(setting.draw(rng).slopes[2][0])[0] >= least)

    event = "λ_min(G^(3)(0)) >= k λ0, softplus, m = 512"
    return ctx.trials(event, at_least="1/2", count=smallest_deciding_count("1/2"), trial=above)


def fixed_width(claim: Statement) -> Outcome:
    """σ(z) = z, n = p = q = 1, H = 2, m fixed: all |w_r| <= 1/2 and |a|² <= 2m give G <= (1/2) c_res²/H².

    That has probability (1/3)^m/2 at least; δ = (1/3)^m/3.
    """
    fact = every(
        evaluate("erf(1/2/sqrt(2)) > 1/3", says="Pr(|w_r| <= 1/2)"),
        prove("exp(-m*log(3))/2 > exp(-m*log(3))/3", m=FROM_ONE, says="against δ"),
        evaluate("1/4*2 < k", let={"k": claim.k}, says="G <= (1/4)(2) c_res²/H²"),
    )
    return contradicted_by(
        fact,
        witness="σ(z) = z, n = p = q = 1, H = 2, a width m that does not depend on δ, δ = 3^(-m)/3: all "
        "|w_r| <= 1/2 and |a|² <= 2m have probability above δ, and then G <= (1/2) c_res²/H²",
    )


@initial.check(part="width")
def width_of_the_lemma(claim: Statement, ctx: Context) -> Outcome:
    """First a width that does not grow with 1/δ; the width as printed is quoted from Appendix E."""
    if not claim.e:
        return fixed_width(claim)
    return Undecided(
        "the width rests on Theorem E.1 and on a concentration of (15) over the output layer",
        "explicit constants for both, uniform in H and polynomial in p",
    )


initial.falsehood("5/4 of λ0", k="5/4", by=("limit_of_large_width", "random_networks"))
initial.falsehood("c_res/H for the factor", f="cres/H", by=("limit_of_large_width", "random_networks"))
initial.falsehood("a width that does not grow with 1/δ", e=0, by=("width_of_the_lemma",))
initial.reading("Definition 7.1 as it stands", f="1", by=("limit_of_large_width", "random_networks"))


theorem = Claim(
    "du2019deep/thm-7.1",
    aliases=("du2019thesis/thm-3.3", "du2019deep/eq-11", "du2019thesis/eq-3.10"),
    title="Linear convergence of gradient descent for the convolutional residual network",
    kind="probabilistic",
    where="Section 7, Theorem 7.1 and eq. (11)",
    states=r"m \ge K\max\left\{\frac{n^4}{\lambda_0^4H^6},\frac{n^4}{\lambda_0^4H^{v}},\frac{n}{\delta},"
    r"\frac{n^2\log(Hn/\delta)}{\lambda_0^2}\right\}\mathrm{poly}(p),\ \eta = "
    r"c\frac{\lambda_0H^{h}}{n^2\mathrm{poly}(p)} \implies \Pr\left(\forall k:\ L(\theta(k)) \le "
    r"\left(1-\tfrac{\eta\lambda_0}{2}\right)^kL(\theta(0))\right) \ge 1-\delta,\qquad v = h = 2",
    given=(
        r"\|x_i\|_F = 1,\ |y_i| = O(1),\ \lambda_0 = f\lambda_{\min}(K') > 0,\ f = c_{res}^2/H^2:\ "
        r"\text{the limit of } G^{(H)}(0)\ \text{(Definition 7.1 as it stands: } f = 1)",
        r"K, c\ \text{and poly hidden},\ H\ge 2",
    ),
    printed={"v": 2, "h": 2, "f": REPAIRED},
    parts=("rate", "width", "convergence"),
    uses=("du2019deep/def-7.1", "du2019deep/sec-3.3-conv"),
    proof_uses=(
        "du2019deep/lemma-D.1",
        "du2019deep/lemma-D.2",
        "du2019deep/lemma-D.3",
        "du2019deep/lemma-D.4",
        "du2019deep/lemma-D.5",
        "du2019deep/lemma-D.6",
        "du2019deep/lemma-D.7",
    ),
    note="λ0 is read as the least eigenvalue of the limit. With Definition 7.1 as it stands λ0 does not fall "
    "with H, η λ0 grows like H², and the factor of the rate becomes negative. With c_res²/H² it is a number "
    "in (0, 1), and the width covers what Lemmas D.4 and D.5 ask, also as corrected. The printed proof is "
    "not complete then either: Lemma D.7 fails for η of the order λ0 H²/n²; for λ0/n² it holds.",
)


def deep_softplus(claim: Statement) -> Outcome:
    """Softplus, n = p = q = 1, f = 1: all terms of the recursion are positive, so K^(H-1) >= K^(1) = 1.

    K' = K^(H-1) E σ'² >= (E σ')² = 1/4, whatever H.  With c_res = 1/2, H = 60/√c or more, 1 - ηλ0/2 < 0, and
    L(θ(1)) >= 0 is above it times L(θ(0)) > 0.
    """
    said = f"c*H**h*(({claim.f})*lam)**2/2 > 1"
    fact = every(
        identity("1/(1 + y) + 1/(1 + 1/y) == 1", y=POSITIVE, says="σ'(z) + σ'(-z) = 1"),
        prove(said, let={"h": claim.h, "H": "(60/sqrt(c))", "cres": "1/2"}, c="(0, 1]", lam="[1/4, oo)"),
    )
    return contradicted_by(
        fact,
        witness=f"softplus, n = p = q = 1, c_res = 1/2: K' >= 1/4 for every H, and η = c λ0 H^{claim.h} has "
        "1 - ηλ0/2 < 0 from H = 60/√c on, so L(θ(1)) <= (1 - ηλ0/2) L(θ(0)) < 0 is impossible",
    )


@theorem.check(part="rate", covers="universal")
def factor_of_the_rate(claim: Statement, ctx: Context) -> Outcome:
    """c f² λ² H^h/2 < 1 for a c that does not depend on H: c = z/Λ², λ <= Λ, n >= 1.  First softplus."""
    step = f"(z/B**2*({claim.f})*(y*B)*H**h/n**2)"
    said = f"{step}*({claim.f})*(y*B)/2 < 1"
    box: dict[str, Any] = {
        "z": "(0, 1]",
        "y": "(0, 1]",
        "B": POSITIVE,
        "H": DEEP,
        "cres": UNIT,
        "n": FROM_ONE,
    }
    argument = follows_from(
        prove(said, let={"h": claim.h}, says="λ_min(K') = y Λ", **box),
        assumes=("λ_min(K') is at most a diagonal entry, bounded in H: L² times the norm of the patches",),
    )
    return unless([deep_softplus(claim)], argument)


@theorem.check(part="width", covers="universal")
def width_of_the_lemmas(claim: Statement, ctx: Context) -> Outcome:
    """The lemmas ask n⁴/(λ0⁴H⁶), as corrected n⁴/(λ0⁴H⁴), and n²/λ0² for R' < c; H >= 2.

    First n = 1, δ = 1/2, λ0 = H^(-4): H^12 against K (2H^10 + ...), H = 10K.
    """
    more = prove(
        "H**12 > K*(H**10 + H**(16 - v) + 2 + H**9)",
        let={"v": claim.v, "H": "(10*K)"},
        K=FROM_ONE,
        says="λ0 = H^(-4), log(2H) <= H",
    )
    short = contradicted_by(
        more, witness="n = 1, δ = 1/2, λ0 = H^(-4), H = 10K: H^12 is above K times the maximum, for every K"
    )
    box: dict[str, Any] = {"lam": POSITIVE, "n": FROM_ONE, "H": DEEP}
    argument = follows_from(
        prove("n**4/(lam**4*H**4) <= n**4/(lam**4*H**v)", let={"v": claim.v}, says="corrected R'", **box),
        prove("log(2) <= log(2 + y)", y=FROM_ZERO, says="log(Hn/δ) >= log 2, for n²/λ0²"),
        assumes=("proof-thm-7.1: solved_for_the_width", "maximum of the terms"),
    )
    return unless([short], argument)


@theorem.check(part="convergence")
def all_iterations(claim: Statement, ctx: Context) -> Outcome:
    """First what the rate excludes already: a factor below 0.  The rest is not decided."""
    impossible = deep_softplus(claim)
    if impossible.status == "refuted":
        return impossible
    return Undecided(
        "the printed proof breaks at Lemmas D.5 and D.7 for η of the order λ0 H²/n²",
        "a proof that uses all blocks of the Gram matrix, with Lemma D.2 at an explicit width",
    )


theorem.falsehood("the width without its second term", v=6, by=("width_of_the_lemmas",))
theorem.falsehood("step sizes of the order H⁶", h=6, by=("factor_of_the_rate", "all_iterations"))
theorem.reading("Definition 7.1 as it stands", f="1")
