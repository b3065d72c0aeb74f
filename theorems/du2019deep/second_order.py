"""Appendix B, Lemma B.6: the part of second order of one step is small, fully-connected network.

t stands for √c_sigma L, a2 and x for a_{2,0} and c_{x,0}, C for C_0, Q for Q'(k), P for c_x^H, g for
g_{2c_x}(H), b for β√c_sigma c_{x,0}.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"

lemma = Claim(
    "du2019deep/lemma-B.6",
    aliases=("du2019thesis/lemma-3.6",),
    title="The part of second order is small for a small step, fully-connected network",
    kind="dynamics",
    where="Appendix B, Lemma B.6; proof in Appendix B.1",
    states=r"\eta \le \frac{c\,\lambda_0^{q}}{n^{p}H^{e}c_x^{rH}g_{2c_x}(H)} \implies \|I_2(k)\|_2 \le "
    r"f\,\eta\lambda_0\|y-u(k)\|_2,\qquad p = e = 2,\ r = 3,\ q = 1,\ f = \tfrac18",
    given=(
        r"\text{Condition A.1 for } 1,\dots,k;\ \text{hypotheses of Lemma B.5};\ "
        r"a_{2,0},c_{w,0},c_{x,0} \ge 1",
        r"\|y-u(0)\|_2 \le C_0\sqrt n\ \text{(in the proof; } C_0 \text{ depends on the probability)}",
        r"\text{explicit: } \tfrac1c = 384\,C_0\left(\tfrac12+\sqrt{c_\sigma}L+2\beta\sqrt{c_\sigma}c_{x,0}"
        r"\right)c_{x,0}^3a_{2,0}^3",
    ),
    printed={"p": 2, "e": 2, "r": 3, "q": 1, "f": "1/8"},
    uses=("du2019deep/sec-A-taylor", "du2019deep/cond-A.1"),
    proof_uses=(
        "du2019deep/lemma-B.5",
        "du2019deep/proof-lemma-B.6-blocks",
        "du2019deep/proof-lemma-B.6-differences",
        "du2019deep/proof-lemma-B.6-product",
    ),
    note="Printed with a small constant. The explicit one is for every width, as the terms without β are "
    "kept, and for all H + 1 blocks.",
)


def nearly_equal_inputs(claim: Statement, n: str, lam: str, cube: str) -> Outcome:
    """n unit inputs (κ, √λ0 e_i), κ² = 1 - λ0, κ³ >= `cube`, residuals r = C_0.

    σ(z) = z, H = m = 1, W = e_1, a = 1: I_2^i = η² (n r κ)(r(nκ² + λ0)) >= η² n² r² κ³.
    c_{x,0} = c_x = 2, 1/c = 4608 C_0.
    """
    step = f"(({lam})**q/(4608*({n})**p*2**r))"
    said = f"{step}*({n})**2*({cube}) <= f*({lam})"
    return evaluate(said, let=claim.let, says=f"{n} inputs, λ0 = {lam}, |I_2| over η√n r", instance=True)


@lemma.check(covers="universal")
def blocks_added(claim: Statement, ctx: Context) -> Outcome:
    """|I_2^i| <= η²Q'²/2 (H 4x a2 P H g D + 2t x g) <= 3x a2 P H² g D η²Q'², D = 1/2 + t + 2b.

    Then √n of them, Q' = 4x a2 P √n |y - u(k)| <= 4x a2 P n C_0 once.  First inputs close to each other.
    """
    let = {"p": claim.p, "e": claim.e, "r": claim.r, "q": claim.q, "f": claim.f}
    box: dict[str, Any] = dict.fromkeys(("H", "g", "a2", "P", "x"), FROM_ONE) | {
        "t": POSITIVE,
        "b": FROM_ZERO,
    }
    D = "(1/2 + t + 2*b)"
    step_size = "(z*lam**q/(384*C*D*x**3*a2**3*n**p*H**e*P**r*g))"
    final: dict[str, Any] = dict.fromkeys(("H", "g", "P", "n"), FROM_ONE)
    final |= dict.fromkeys(("lam", "C", "D", "x", "a2"), POSITIVE)
    argument = follows_from(
        prove(f"H*s/2 + t*g*s + 2*H*b*g <= H*g*{D}", s="(0, 1]", says="s = 1/√m", **box),
        prove(f"(H*(4*x*a2*P*H*g*{D}) + 2*t*x*g)/2 <= 3*x*a2*P*H**2*g*{D}", says="all blocks", **box),
        prove(
            f"3*x*a2*P*H**2*g*D*{step_size}*(4*x*a2*P)**2*n**2*C <= f*lam",
            let=let,
            z="(0, 1]",
            says="√n terms, Q'² <= (4x a2 P)² n^(3/2) C |y - u|, over η|y - u|",
            **final,
        ),
        assumes=(
            "proof-lemma-B.6-differences and the first bound of -product, at s for η",
            "proof-lemma-B.6-blocks (corrected) before the maximum",
            "Condition A.1: |y - u(k)| <= |y - u(0)|",
        ),
    )
    return unless([*inputs_of_one_direction(claim)], argument)


def inputs_of_one_direction(claim: Statement) -> list[Outcome]:
    """A million inputs with λ0 = 3/4, and with λ0 = 10⁻⁶."""
    return [
        nearly_equal_inputs(claim, "10**6", "3/4", "1/8"),
        nearly_equal_inputs(claim, "10**6", "1/10**6", "1/2"),
    ]


@lemma.check()
def linear_activation(claim: Statement, ctx: Context) -> Outcome:
    """The two sets of inputs, exactly."""
    return every(*inputs_of_one_direction(claim))


lemma.falsehood("a step of order 1/n", p=1)
lemma.falsehood("a step that does not fall with n", p=0)
lemma.falsehood("a step that does not fall with λ0", q=0)
lemma.falsehood("10⁻⁶ for 1/8", f="1/10**6")
