"""Appendix B, Lemma B.7: how far the predictions move in one step, fully-connected network.

t stands for √c_sigma L, a2 and x for a_{2,0} and c_{x,0}, Q for Q'(k), P for c_x^H and g for g_{2c_x}(H).
"""

from fractions import Fraction
from typing import Any

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
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


lemma = Claim(
    "du2019deep/lemma-B.7",
    aliases=("du2019thesis/lemma-3.7",),
    title="The predictions move little in one small step, fully-connected network",
    kind="dynamics",
    where="Appendix B, Lemma B.7; proof in Appendix B.1",
    states=r"\|\Delta u\|_2^2 \le 2\|\Delta a\|_2^2\sum_i\|x_i^{(H)}(k+1)\|_2^2+2\|a(k)\|_2^2\sum_i\|\Delta "
    r"x_i^{(H)}\|_2^2 \le F n\eta^2c_{x,0}^2Q'^2+A n\left(2\eta\sqrt{c_\sigma}Lc_{x,0}a_{2,0}^2g_{2c_x}(H)Q'"
    r"\right)^2,\ F = 8,\ A = 4;\qquad \eta \le \frac{c\,\lambda_0}{n^{p}H^{e}c_x^{rH}g_{2c_x}(H)^{q}} "
    r"\implies \|u(k+1)-u(k)\|_2^2 \le f\,\eta\lambda_0\|y-u(k)\|_2^2,\qquad p = e = r = 2,\ f = \tfrac18",
    given=(
        r"\text{Condition A.1 for } 1,\dots,k;\ \text{hypotheses of Lemma B.5};\ c_{x,0},a_{2,0} \ge 1",
        r"R' \le d\,a_{2,0},\ d = \tfrac25\ \text{(part of } R' \le c/g_{c_x}(H)\text{)}",
        r"c\ \text{free of } n, \lambda_0, H;\ \text{explicit: } \tfrac1c = "
        r"1024\,c_{x,0}^4a_{2,0}^2(1+2c_\sigma L^2a_{2,0}^4)",
        r"\text{printed: } q = 1",
    ),
    printed={"F": 8, "A": 4, "d": "2/5", "p": 2, "e": 2, "r": 2, "q": 1, "f": "1/8"},
    parts=("chain", "step size"),
    uses=("du2019deep/cond-A.1",),
    proof_uses=("du2019deep/lemma-B.5", "du2019deep/proof-lemma-B.6-differences"),
    note="The chain has the square of g_{2c_x}(H), the step size its first power; g grows like 2^H at least, "
    "and no H² makes up for it. The witness is a network with norms as in Lemmas B.3 to B.5 and a c_x above "
    "32; for Gaussian weights, or a small c_x, the printed step may do, by another argument. The width and "
    "the step of Theorem 5.1, up to 2^O(H), are not touched. The coefficient 4 asks for R' below 0.41 "
    "a_{2,0}, and a_{2,0} >= 1.",
)


@lemma.check(part="chain", covers="universal")
def two_differences(claim: Statement, ctx: Context) -> Outcome:
    """|Δa| <= ηQ, |x(k+1)| <= 2x, |a(k)| <= (1 + d)a2 √m, |Δx| <= 2ηt x g Q/√m, over n.

    v stands for η Q x; the second summand is 2(1 + d z)² a2² (2t g)² v² against A (2t a2² g)² v².
    """
    box: dict[str, Any] = {"a2": FROM_ONE, "z": "[0, 1]"} | dict.fromkeys(("t", "g", "v"), POSITIVE)
    root: dict[str, Any] = {"m": FROM_ONE}
    return every(
        identity("b*y - a*x == (b - a)*y + a*(y - x)", says="a neuron"),
        identity("2*p**2 + 2*q**2 - (p + q)**2 == (p - q)**2", says="square of a sum"),
        identity("a*sqrt(m)*(w/sqrt(m)) == a*w", says="no power of m is left", **root),
        prove("2*v**2*2**2 <= F*v**2", let={"F": claim.F}, v=POSITIVE, says="first summand"),
        prove(
            "2*((1 + d*z)*a2)**2*(2*t*g*v)**2 <= A*(2*t*a2**2*g*v)**2",
            let={"A": claim.A, "d": claim.d},
            says="second summand",
            **box,
        ),
        assumes=("Cauchy-Schwarz", "lemma-B.5, proof-lemma-B.6-differences at s = η"),
    )


def rotated_features(claim: Statement) -> Outcome:
    """σ(z) = z, m = 2, n = 1: W^(1) = √m e_2 xᵀ, W^(h) = √m diag(w, 1), a = √m e_1, w = 64, k = 0.

    Features e_2, u(0) = 0, c_{x,0} = a_{2,0} = λ0 = 1 and c_x = 2w.  One step from the residual r:
    u(1) = ηrG with G = 1 + Σ_{j < H} w^(2j) >= w^(2H - 2), which is linear in η; H = 3 written out.  With
    c = 2^(-j), any j >= 0, and H = 2j + 60: 8c G² > H^e c_x^(rH) g^q, the logarithms to the base 2, g =
    g_{4w}(H) <= 2 (4w)^(H-1).
    """
    r, q, e = (Fraction(value) for value in (claim.r, claim.q, claim.e))
    slope, rest = 24 - 7 * r - 8 * q, 3 - 24 + 7 * q
    below = f"exp(({slope}*(2*j + 60) + {rest} - j)*log(2))"
    first = "(s*w**2/sqrt(2))"
    second = f"(w*{first} + s*w/sqrt(2))"
    third = f"(w*{second} + s/sqrt(2))"
    return contradicted_by(
        every(
            identity(f"sqrt(2)*{third} + s == s*(1 + 1 + w**2 + w**4)", says="H = 3, s = ηr"),
            prove("(y - 1)/255 <= 2*y/256", y=FROM_ONE, says="g_{256}(H) <= 2·256^(H-1), y = 256^H"),
            prove(f"(2*j + 60)**({e}) < {below}", j=FROM_ZERO, says="every c = 2^(-j)"),
            assumes=("induction over the layers",),
        ),
        witness="σ(z) = z, m = 2, n = 1, W^(1) = √2 e_2 xᵀ, W^(h) = √2 diag(64, 1), a = √2 e_1: for every c "
        "= 2^(-j), with H = 2j + 60 layers, the first step at the largest η has |Δu|² > ηλ0|y - u|²/8",
    )


def nearly_equal_inputs(claim: Statement) -> Outcome:
    """A million unit inputs (1/2, √3/2 e_i), equal residuals r; σ(z) = z, H = m = 1, W = e_1, a = 1.

    λ0 = 3/4 and Δu_i >= 2ηn r/4, so |Δu|² >= η² n³ r²/4; c_{x,0} = c_x = 2, 1/c = 1024·16·3.
    """
    let = {"p": claim.p, "r": claim.r, "f": claim.f}
    said = "(10**6)**2/4/(1024*16*3*(10**6)**p*2**r) <= f"
    return evaluate(said, let=let, says="10⁶ inputs, |Δu|² over ηλ0 n r²", instance=True)


@lemma.check(part="step size", covers="universal")
def largest_step(claim: Statement, ctx: Context) -> Outcome:
    """n η² Q²(8x² + 16t²x²a2⁴g²), Q² = 16x²a2²P² n|y - u|², at η = z c λ0/(n^p H^e P^r g^q).

    First two linear networks.
    """
    let = {"p": claim.p, "e": claim.e, "r": claim.r, "q": claim.q, "f": claim.f}
    box: dict[str, Any] = dict.fromkeys(("n", "H", "P", "g", "x", "a2"), FROM_ONE)
    box |= {"t": POSITIVE, "lam": POSITIVE, "z": "[0, 1]"}
    step = "(z*lam/(1024*x**4*a2**2*(1 + 2*t**2*a2**4)*n**p*H**e*P**r*g**q))"
    said = f"{step}*n**2*16*x**2*a2**2*P**2*(8*x**2 + 16*t**2*x**2*a2**4*g**2) <= f*lam"
    argument = follows_from(
        prove(said, let=let, says="|Δu|² over η|y - u|²", **box),
        assumes=("the chain", "Q' = 4c_{x,0} a_{2,0} c_x^H √n |y - u(k)|"),
    )
    return unless([rotated_features(claim), nearly_equal_inputs(claim)], argument)


lemma.falsehood("4 for 8", F=4, q=2, by=("two_differences",))
lemma.falsehood("2 for 4", A=2, q=2, by=("two_differences",))
lemma.falsehood("R' up to a_{2,0}", d=1, q=2, by=("two_differences",))
lemma.falsehood("a step of order 1/n", p=1, q=2, by=("largest_step",))
lemma.falsehood("c_x^H for c_x^(2H)", r=1, q=2, by=("largest_step",))
lemma.falsehood("10⁻⁷ for 1/8", f="1/10**7", q=2, by=("largest_step",))
lemma.falsehood("g to the first power, H³", e=3, by=("largest_step",))
lemma.corrected("the square of g_{2c_x}(H)", erratum="constant", q=2)
