"""Appendix F.2, proof of Proposition F.2: interval of the diagonal, compactness, and the bound assembled.

r is c_res, b the mean vector, s a bound of |σ(0)|. Examples: S + sin z, with mean S at any variance and
slopes E cos u cos v = exp(-k) cosh(c), k the variances.
"""

import re
from typing import Any

from theorems.du2019deep.full_rank import SCHUR
from theorems.du2019deep.residual_covariance import pairwise
from theorems.lin2022review import wave
from theorems.lin2022review.wave import COSH, SINH
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, REAL = "(0, oo)", "[0, oo)", "[1, oo)", "(-oo, oo)"
UNIT, INSIDE = "(0, 1)", "(-1, 1)"
RANGE = "(1 + s/L)*exp(r*L) - s/L"
"""An upper bound of all norms: x -> x + (r/H)(s + L x) from x = 1, H times."""


def at(text: object, **values: str) -> str:
    """An expression with values for some of its names."""
    return re.sub(r"\b[a-zA-Z]\w*", lambda name: values.get(name[0], name[0]), str(text))


diagonal = Claim(
    "du2019deep/proof-prop-F.2-diagonal-range",
    aliases=("du2019thesis/proof-prop-3.2-diagonal-range",),
    title="The diagonal of the population Gram matrices stays in an interval without the depth",
    kind="deterministic-inequality",
    where="Appendix F.2, proof of Proposition F.2",
    states=r"\frac{1}{c_{x,0}^2} \le \ell \le K^{(H-1)}_{ii} \le t^2 \le c_{x,0}^2\quad (H\ge 2),\qquad "
    r"c_{x,0}\ \text{not depending on}\ H",
    given=(
        r"\|x_i\|_2 = 1,\ |\sigma(0)| \le s,\ \sigma\ L\text{-Lipschitz},\ 0 < c_{res} < 1",
        r"t = (1+s/L)e^{c_{res}L}-s/L,\ \ell = 1-b^2,\ b = \sqrt{c_\sigma}\,\mathbb E\,\sigma(z)",
    ),
    printed={"top": RANGE, "low": "1 - b**2"},
    parts=("upper", "lower"),
    uses=("du2019deep/cond-3.1",),
    step_of="du2019deep/prop-F.2",
    note="Printed is that a constant c_{x,0} exists; t and ℓ are what the argument gives. The value that the "
    "proof of Lemma C.1 takes, 2 exp(c_res c_w0 L), has no σ(0) and is too small when |σ(0)|/L is large. w "
    "is c_w0, the constant of the weights' norm, about 2. A few lines on, the upper end is not squared.",
)


@diagonal.check(part="upper", covers="universal")
def norms_layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """Minkowski: √k' <= √k + (r/H)(s + L√k), so √k + s/L grows by the factor 1 + rL/H at most, from 1 + s/L.

    First S + sin z with S = 7 e^(rw)/r, L = 1, H = 3: K^(2) = 1 + 2(r/3)bS + (r/3)² E σ² >= (r/3)² S².
    """
    constant = "(7*exp(r*w)/r)"
    top = at(claim.top, s=constant, L="1")
    large = contradicted_by(
        prove(f"(r/3*{constant})**2 > ({top})**2", r=UNIT, w=POSITIVE),
        witness="H = 3, S + sin z with S = 7 exp(c_res c_w0)/c_res, any c_res and c_w0: K^(2)_ii >= 49/9 "
        "exp(2 c_res c_w0)",
    )
    sizes: dict[str, Any] = {"r": UNIT, "s": FROM_ZERO, "L": POSITIVE, "w": POSITIVE, "H": FROM_ONE}
    return unless(
        [large],
        follows_from(
            identity("x + r/H*(s + L*x) + s/L == (1 + r*L/H)*(x + s/L)", H=FROM_ONE, L=POSITIVE),
            prove("log(1 + y/H) <= y/H", y=FROM_ZERO, H=FROM_ONE, says="one factor of the product"),
            prove(f"{RANGE} <= top", let={"top": claim.top}, says="the product", **sizes),
            assumes=("Minkowski's inequality", "the second moment of s + L√k |z| is at most (s + L√k)²"),
        ),
    )


@diagonal.check(part="upper")
def growth_of_the_sine(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, c_res = 1/2, w = 2, H = 3: K^(2)_ii = 1 + (1/3)√c + (1/36)/c."""
    c = wave.NORMALISER
    top = at(claim.top, r="(1/2)", w="2", L="1", s="1")
    return evaluate(f"1 + sqrt({c})/3 + 1/({c}*36) <= ({top})**2", instance=True, says="K^(2)_ii")


@diagonal.check(part="lower", covers="universal")
def centred_diagonal(claim: Statement, ctx: Context) -> Outcome:
    """K - b bᵀ does not decrease, so K_ii >= 1 - b² with b² = c_sigma (E σ)² < 1, as σ is not constant.

    First K^(1)_ii = 1, the case H = 2.
    """
    low = at(claim.low, r="(1/2)", w="2", L="1", b="(1/2)")
    first = evaluate(f"1 >= {low}", instance=True, says="H = 2")
    sizes: dict[str, Any] = {"r": UNIT, "w": POSITIVE, "L": POSITIVE, "b": UNIT}
    return unless(
        [first],
        follows_from(
            prove("1 - b**2 >= low", let={"low": claim.low}, **sizes),
            prove("M + V >= M", M=FROM_ZERO, V=FROM_ZERO, says="one layer"),
            assumes=("proof-lemma-F.3-monotone", "the variance of σ(z) is positive"),
        ),
    )


@diagonal.check(part="lower")
def mean_of_one_sign(claim: Statement, ctx: Context) -> Outcome:
    """Where b E σ >= 0 in all layers, as for 1 + sin z or odd σ, K_ii does not decrease: K_ii >= 1."""
    sizes: dict[str, Any] = {"r": UNIT, "w": POSITIVE, "L": POSITIVE, "b": UNIT}
    return every(
        prove("k + 2*r/H*b + r**2/H**2*F >= k", k=POSITIVE, b=FROM_ZERO, r=UNIT, F=POSITIVE, H=FROM_ONE),
        prove("1 >= low", let={"low": claim.low}, **sizes),
    )


diagonal.falsehood("all diagonal entries 1", top=1, by=("growth_of_the_sine",))
diagonal.falsehood("upper end without c_res", top=2, by=("norms_layer_by_layer",))
diagonal.falsehood("at least 11/10", low="11/10", by=("centred_diagonal", "mean_of_one_sign"))
diagonal.reading("the constant in the proof of Lemma C.1", top="2*exp(r*w*L)", low="1/(2*exp(r*w*L))**2")


compact = Claim(
    "du2019deep/proof-prop-F.2-g-positive",
    aliases=("du2019thesis/proof-prop-3.2-g-positive",),
    title="The least eigenvalue over a compact family of Gram matrices is positive",
    kind="existence",
    where="Appendix F.2, proof of Proposition F.2",
    states=r"G(K)_{ij} = K_{ij}\,\mathbb E\,\sigma'(u)\sigma'(v),\quad g(\lambda) = "
    r"\inf\{\lambda_{\min}(G(K)): K\succ 0,\ \ell\le K_{ii}\le t^2,\ \lambda(K)\ge\lambda\};\qquad "
    r"g(\lambda) > 0\ \text{for}\ \lambda\in\Lambda",
    given=(
        r"(u,v)\sim N(0, K_{\{ij\}}),\ \lambda(K) = \min_{i\ne j}\lambda_{\min}(K_{\{ij\}}),\ \Lambda = "
        r"(0,\infty)",
        r"1+\sin z, n = 2:\ g(\lambda) \ge \lambda^a/2,\ a = 1",
    ),
    printed={"lam": POSITIVE, "a": 1, "floor": "1/10"},
    parts=("positive", "two points"),
    proof_uses=("du2019deep/lemma-F.2",),
    step_of="du2019deep/prop-F.2",
    note="Printed is a minimum; definite matrices are not a closed set, so it is an infimum, which is the "
    "minimum over the semidefinite ones. λ(K) is printed without λ_min, and over all (i, j): with i = j it "
    "would be 0 always. floor bounds an example.",
)


@compact.check(part="positive", covers="universal")
def non_parallel_in_the_limit(claim: Statement, ctx: Context) -> Outcome:
    """The semidefinite K with the same bounds are compact, and no two rows of a root of K are parallel.

    K_ii = λ + x, K_jj = λ + y, K_ij² <= xy, so the minor is at least λ(x + y) + λ², which has to be positive
    (a singular block is a parallel pair). Lemma F.2 at the rows makes λ_min(G(K)) positive, and so its least
    value.
    """
    minor = "(lam + x)*(lam + y) - x*y"
    return every(
        prove(f"{minor} > 0", lam=str(claim.lam), x=FROM_ZERO, y=FROM_ZERO, says="the minor of a pair"),
        assumes=(
            "Lemma F.2 (n points of R^n, whatever their rank)",
            "K -> λ_min(G(K)) is continuous, by dominated convergence under Condition 3.1",
            "a continuous function has a minimum on a compact set",
        ),
    )


@compact.check(part="positive")
def coplanar(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, unit points at 0, 60 and 120 degrees: K is singular, its pairs have λ = 1/2."""
    K = [["1", "1/2", "-1/2"], ["1/2", "1", "1/2"], ["-1/2", "1/2", "1"]]
    rows = [[f"({x})*{wave.slope_dual('1', x, '1')}" for x in row] for row in K]
    return every(
        identity("1*1 + 1*1 + 1*1 - 2*(1/2) - 2*(1/2) + 2*(-1/2) == 0", says="K at (1, -1, 1)"),
        eigenvalue_above(rows, str(claim.floor), says="G(K)"),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


@compact.check(part="two points", covers="universal")
def schur(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z: E cos² = e^(-k) cosh k >= 1/2 at every variance, and λ_min(K) >= λ.

    First cosine 99/100 and unit variances, λ = 1/100, in the direction (1, -1).
    """
    near = f"exp(-1)*({COSH.format('1')} - 99/100*{COSH.format('99/100')})"
    return unless(
        [evaluate(f"{near} >= (1/100)**a/2", let={"a": claim.a}, says="cosine 99/100")],
        follows_from(
            prove(f"exp(-k)*{COSH.format('k')} >= 1/2", k=POSITIVE, says="E cos²"),
            identity("lam/2 == lam**a/2", let={"a": claim.a}, lam=POSITIVE),
            assumes=(SCHUR, wave.PRODUCT_TO_SUM),
        ),
    )


compact.falsehood("g(0) > 0", lam=FROM_ZERO, by=("non_parallel_in_the_limit",))
compact.falsehood("a bound without λ", a=0, by=("schur",))
compact.falsehood("above 1/5", floor="1/5", by=("coplanar",))


final = Claim(
    "du2019deep/proof-prop-F.2-final",
    aliases=("du2019thesis/proof-prop-3.2-final",),
    title="The bound assembled from the pairs of the inputs",
    kind="proof-step",
    where="Appendix F.2, proof of Proposition F.2",
    states=r"\lambda(K^{(H-1)}) \ge c_H^{e}\,\lambda(K^{(a)}-b^{(a)}b^{(a)\top}),\qquad "
    r"\lambda_{\min}(K^{(H)}) \ge c_H^{x}\,g\left(\lambda(K^{(a)}-b^{(a)}b^{(a)\top})\right),\quad a = 0,\ e "
    r"= x = 1",
    given=(
        r"c_H = c_{res}^2/H^2,\ 0 < c_{res} < 1,\ H\ge 2;\quad b^{(0)} = 0",
        r"\lambda, g\ \text{over}\ i\ne j",
    ),
    printed={"start": 0, "e": 1, "x": 1},
    parts=("pairs", "conclusion"),
    proof_uses=("du2019deep/lemma-F.3", "du2019deep/proof-prop-F.2-g-positive"),
    step_of="du2019deep/prop-F.2",
    note="Printed is that the first bound is Lemma F.3; it has no c_H there, and with c_H only g(c_H "
    "λ(K^(0))) would follow, which depends on H. Neither bound holds from the inputs (a = 0) on; from the "
    "first layer on, without c_H in the first bound, both do. With i = j in the minimum λ(K^(0)) = 0 and "
    "g(0) = 0: no information.",
)


@final.check(part="pairs", covers="universal")
def pairs_along_the_layers(claim: Statement, ctx: Context) -> Outcome:
    """Lemma F.3 from the layer `start` on.

    First orthogonal inputs, 10 + sin z, c_res = 1/2, H = 3: K^(1) has c S² beside its unit diagonal, the
    residual layer adds (1/36)(sinh 1 - sinh(c S²))/e to the difference.
    """
    c = "(1/(100 + (1 - exp(-2))/2))"
    first = f"{c}*exp(-1)*{SINH.format('1')}"
    second = f"({first} + exp(-1)*({SINH.format('1')} - {SINH.format(f'100*{c}')})/36)"
    target = "1" if claim.start == 0 else f"({first})"
    below = contradicted_by(
        evaluate(f"{second} < (1/36)**e*{target}", let={"e": claim.e}),
        witness="10 + sin z, orthogonal inputs, c_res = 1/2, H = 3: λ(K^(2)) = 0.00437... is below the bound",
    )
    return unless(
        [below],
        follows_from(
            pairwise(2, claim.start),
            prove("lam >= cH**e*lam", let={"e": claim.e}, lam=FROM_ZERO, cH=UNIT),
            assumes=(wave.PRODUCT_TO_SUM,),
        ),
    )


@final.check(part="conclusion", covers="universal")
def feasible_for_the_minimum(claim: Statement, ctx: Context) -> Outcome:
    """K^(H) = c_H G(K^(H-1)), and K^(H-1) is one of the matrices over which g is the infimum.

    First orthogonal inputs, 1 + sin z, c_res = 1/2, H = 2, where g(λ) >= λ/2: K^(1) has c_sigma beside its
    diagonal, λ(K^(0)) = 1, λ(K^(1) - b bᵀ) = 1 - c_sigma.
    """
    q = wave.NORMALISER
    value = f"exp(-1)*({COSH.format('1')} - {q}*{COSH.format(q)})/16"
    target = "1" if claim.start == 0 else f"(1 - {q})"
    below = contradicted_by(
        evaluate(f"{value} < (1/16)**x*{target}/2", let={"x": claim.x}),
        witness="1 + sin z, orthogonal inputs, c_res = 1/2, H = 2: λ_min(K^(2)) = 0.0153... is too small",
    )
    return unless(
        [below],
        follows_from(
            pairwise(2, claim.start),
            prove("cH*g >= cH**x*g", let={"x": claim.x}, cH=UNIT, g=POSITIVE),
            assumes=("K^(H) = c_H G(K^(H-1)), with the diagonal in the interval of g",),
        ),
    )


final.falsehood("without c_H in the conclusion", start=1, e=0, x=0, by=("feasible_for_the_minimum",))
final.falsehood("from the inputs on, without c_H", e=0, by=("pairs_along_the_layers",))
final.corrected("from the first layer on", erratum="broken proof step", start=1, e=0)
