"""Appendix C, Lemma C.5: how far gradient descent moves the weights, residual network.

a2, cw and x stand for a_{2,0}, c_{w,0} and c_{x,0}, r for c_res, c for c_sigma, E for e^(2 c_res c_{w,0} L);
Q is Q'(s) over √n |y - u(s)|, e the norm of the residual.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, contradicted_by, evaluate, follows_from, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
SIZES: dict[str, Any] = dict.fromkeys(("a2", "x", "c", "L"), POSITIVE) | {"E": FROM_ONE, "r": UNIT}
PRINTED = "4*r*x*a2*L*E/H"
ALL_BLOCKS = "2*x + 2*sqrt(c)*a2*L*E + 4*r*x*a2*L*E/H"
"""The output layer, the first layer, a branch."""
GRADIENT = "sec-C-gradient (corrected); |a(s)| <= 2a2√m, |x(s)| <= 2x, |W(s)|_2 <= 2cw√m, |J| <= L"


def blocks(Q: str, N: object) -> list[Outcome]:
    """The three norms of a gradient over √n e, against Q n^N/√n: 2x, √c L 2a2 E, (r/H) L 2a2 2x E."""
    box: dict[str, Any] = {**SIZES, "H": "[2, oo)", "n": FROM_ONE, "m": FROM_ONE}
    scale = f"({Q})*n**N"
    return [
        prove("1 + 2*z <= exp(2*z)", z=FROM_ZERO, says="one factor of the product, z = r cw L/H"),
        prove(f"sqrt(n)*2*x <= {scale}", let={"N": N}, says="output layer", **box),
        prove(
            f"sqrt(n)*(sqrt(c)/sqrt(m))*L*(2*a2*sqrt(m))*E <= {scale}",
            let={"N": N},
            says="first layer",
            **box,
        ),
        prove(
            f"sqrt(n)*r/(H*sqrt(m))*L*(2*a2*sqrt(m))*(2*x)*E <= {scale}",
            let={"N": N},
            says="a branch",
            **box,
        ),
    ]


def every_start(Q: str, depth: str) -> Outcome:
    """n = 1, any network with |x^(H)| >= 1/x, first step: a moves by η e |x^(H)|."""
    deep = f"(1 + x*({depth}))"
    return contradicted_by(
        prove(f"1/x > {Q}", let={"H": deep}, says="the output layer against Q'", **SIZES),
        witness=f"n = 1, H > x ({depth}), x = c_(x,0), r = c_res, E = exp(2 c_res c_(w,0) L), a2 = a_(2,0): "
        "the first step of any network with |x^(H)(0)| >= 1/x moves a by more than ηQ'(0)",
    )


def linear_networks(Q: str, N: object) -> list[Outcome]:
    """σ(z) = z, W^(h) = 0 above the first layer, |x^(1)| = 1, cw = 1; one step, over η e.

    a = 0, a2 = 1/1000: a moves by 1.  |a| = 100√m, c_res = 1/100: W^(1) moves by 100.  10^10 inputs close to
    each other: √n.
    """
    let = {"c": "1", "L": "1", "x": "101/100", "H": 2}
    small = let | {"r": "1/2", "a2": "1/1000", "E": "exp(1)"}
    large = let | {"r": "1/100", "a2": "100", "E": "exp(1/50)"}
    many = f"sqrt(10**10) <= ({Q})*(10**10)**N"
    return [
        evaluate(f"1 <= {Q}", let=small, says="a = 0, H = 2: the output layer", instance=True),
        evaluate(f"100 <= {Q}", let=large, says="|a| = 100√m, H = 2: the first layer", instance=True),
        evaluate(many, let=small | {"N": N}, says="10^10 inputs", instance=True),
    ]


lemma = Claim(
    "du2019deep/lemma-C.5",
    aliases=("du2019thesis/lemma-3.12",),
    title="The weights stay close to their start, residual network",
    kind="dynamics",
    where="Appendix C, Lemma C.5; proof in Appendix C.1",
    states=r"\|W^{(h)}(s)-W^{(h)}(s-1)\|_F,\ \|a(s)-a(s-1)\|_2 \le \eta Q'(s-1),\quad Q'(s) = "
    r"Q\,n^{N}\|y-u(s)\|_2,\ Q = \frac{4c_{res}c_{x,0}a_{2,0}Le^{2c_{res}c_{w,0}L}}{H},\ N = "
    r"\tfrac12;\qquad \|W^{(h)}(s)-W^{(h)}(0)\|_F,\ \|a(s)-a(0)\|_2 \le R'\sqrt m = "
    r"\frac{f\,Q'(0)}{\lambda_0},\ f = 4",
    given=(
        r"\|y-u(k')\|^2 \le (1-\tfrac{\eta\lambda_0}{2})^{k'}\|y-u(0)\|^2\ (k'\le k),\ s \in [k+1],\ 0 < "
        r"\tfrac{\eta\lambda_0}{2} < 1",
        r"R' \le \min(c_{w,0}, a_{2,0}, c_{x,0}/c_x)\ \text{(printed: } R' < c\text{)}",
        r"\tfrac{1}{c_{x,0}}\le\|x^{(h)}(0)\|\le c_{x,0},\ \|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ "
        r"\|a(0)\|_2\le a_{2,0}\sqrt m,\ H \ge 2",
    ),
    printed={"Q": PRINTED, "N": "1/2", "f": 4},
    parts=("increments", "distance"),
    uses=("du2019deep/cond-A.1", "du2019deep/sec-C-gradient"),
    proof_uses=("du2019deep/lemma-C.3",),
    note="The factor 1/H belongs to the branches only: a and W^(1) carry none, so Q' without it is needed, "
    "and the widths and step sizes deduced from it change. No choice of the constants helps: they do not "
    "depend on H. The distance fails as printed at a step size near 1/λ0, which the lemma does not exclude "
    "(the theorem does). In the proof the branches have 2 for 4, λ^(3/2) for 1 and once η too much.",
)


@lemma.check(part="increments", covers="universal")
def three_kinds_of_blocks(claim: Statement, ctx: Context) -> Outcome:
    """Norms of the gradients of a, W^(1) and W^(h), by Cauchy-Schwarz over the inputs.

    First every start at n = 1, for deep networks; then three linear networks.
    """
    argument = follows_from(*blocks(claim.Q, claim.N), assumes=(GRADIENT, "Cauchy-Schwarz"))
    deep = [every_start(claim.Q, d) for d in ("4*r*x*a2*L*E", "2*x + 2*sqrt(c)*a2*L*E + 4*r*x*a2*L*E")]
    return unless([*deep, *linear_networks(claim.Q, claim.N)], argument)


@lemma.check(part="distance", covers="universal")
def geometric_series(claim: Statement, ctx: Context) -> Outcome:
    """Σ (1 - q)^(s/2) <= 2/q, q = ηλ0/2; so η Q'(0) 2/q = 4 Q'(0)/λ0.

    First one step of size 2z/λ0, z < 1, of the linear network with a = 0: distance 2z/λ0 over e.
    """
    let = {"f": claim.f, "c": "1", "L": "1", "x": "101/100", "H": 2}
    let |= {"r": "1/2", "a2": "1/1000", "E": "exp(1)"}
    once = prove(
        f"2*z <= f*({claim.Q})", let=let, z=UNIT, says="σ(z) = z, a = 0, n = 1, one step of size 2z/λ0"
    )
    argument = follows_from(
        prove("q/2 <= 1 - sqrt(1 - q)", q=UNIT, says="the sum is 1/(1 - √(1 - q))"),
        prove(
            "eta*D*(2/(eta*lam/2)) <= f*D/lam", let={"f": claim.f}, eta=POSITIVE, D=FROM_ZERO, lam=POSITIVE
        ),
        *blocks(claim.Q, claim.N),
        assumes=(GRADIENT, "induction over s, R' <= min(cw, a2, x/c_x)"),
    )
    return unless([once], argument)


lemma.falsehood("without √n", Q=ALL_BLOCKS, N=0, by=("three_kinds_of_blocks",))
lemma.falsehood("without the output layer", Q="2*sqrt(c)*a2*L*E + 4*r*x*a2*L*E/H")
lemma.falsehood("without the first layer", Q="2*x + 4*r*x*a2*L*E/H", by=("three_kinds_of_blocks",))
lemma.falsehood("all blocks over H", Q=f"({ALL_BLOCKS})/H", by=("three_kinds_of_blocks",))
lemma.falsehood("half of Q'(0)/λ0", Q=ALL_BLOCKS, f="1/2", by=("geometric_series",))
lemma.corrected("1/H for the branches only", erratum="constant", Q=ALL_BLOCKS)
