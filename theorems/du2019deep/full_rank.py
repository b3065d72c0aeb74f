"""Appendix F.1, Proposition F.1: the last population Gram matrix of a fully-connected network is definite.

K^(h) = c_sigma G(Z) for any Z whose columns have the Gram matrix K^(h-1). Examples use 1 + sin z, for which
q -> f(q) = c_sigma (1 + sinh(q)/e) takes the cosine of two unit inputs to the next layer.
"""

from theorems.du2019deep.hermite_bounds import all_depths
from theorems.lin2022review import wave
from theorems.lin2022review.definiteness import small_direction
from theorems.lin2022review.positive_definiteness import INPUTS
from theorems.lin2022review.wave import COSH, SINH
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ONE, INSIDE = "(0, oo)", "[1, oo)", "(-1, 1)"
SCHUR = "Schur: λ_min(A ⊙ B) >= λ_min(A) min B_ii for positive semidefinite A and B"


def last_matrix(depth: int, lag: int) -> list[list[str]]:
    """K^(depth) of three inputs: K^(depth-1) ⊙ E σ'σ' at K^(depth-lag), lag 1 or 2, 1 + sin z."""
    layers = [INPUTS]
    for _ in range(depth - 1):
        layers.append([["1" if x == "1" else wave.layer(x) for x in row] for row in layers[-1]])
    value, at = layers[-1], layers[-min(lag, depth)]
    return [
        [f"({wave.NORMALISER}*({x})*{wave.slope_dual('1', y, '1')})" for x, y in zip(p, q, strict=True)]
        for p, q in zip(value, at, strict=True)
    ]


proposition = Claim(
    "du2019deep/prop-F.1",
    aliases=("du2019thesis/prop-3.1",),
    title="Positive definiteness of the fully-connected population Gram matrix",
    kind="positive-definiteness",
    where="Appendix F.1, Proposition F.1",
    states=r"K^{(h)}_{ij} = c_\sigma\mathbb E\,\sigma(u)\sigma(v)\ (h<H),\quad K^{(H)}_{ij} = c_\sigma "
    r"K^{(H-1)}_{ij}\,\mathbb E\,\sigma'(u)\sigma'(v):\qquad x_i\nparallel x_j\ (i\ne j)\implies "
    r"\lambda_{\min}(K^{(H)}) > b",
    given=(
        r"(u,v)\sim N(0, A),\ A\ \text{the block } \{i,j\}\ \text{of } K^{(h-1)},\ \text{at the end of } "
        r"K^{(H-\ell)},\ \ell = 1",
        r"\|x_i\|_2 = 1;\quad \sigma\ \text{as in Conditions 3.1 and 3.2};\quad H\ge 1",
    ),
    printed={"excluded": ("zero", "equal", "opposite", "polynomial"), "lag": 1, "b": "0"},
    uses=("du2019deep/def-5.1", "du2019deep/cond-3.1", "du2019deep/cond-3.2"),
    proof_uses=("du2019deep/lemma-F.1", "du2019deep/lemma-F.2", "du2019deep/proof-prop-F.1-factorisation"),
    same_as=("lin2022review/sec-2.2",),
    note="Unit length and Condition 3.1 are standing assumptions. The definition in the main text has ℓ = 2, "
    "which changes the matrix but not the conclusion when H >= 2. No bound without H follows: for 1 + sin z "
    "two inputs have λ_min <= 6 (2/5)^(H-1).",
)


@proposition.check(covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """Lemma F.1 at the inputs, then H - 2 times at Z with ZᵀZ = K^(h), and Lemma F.2 at the end.

    Columns of Z are not parallel, since the minors k l - c² of a definite matrix are positive. With ℓ = 2 the
    end is Schur's theorem for K^(H-1) and E σ'σ', whose diagonal is positive. First the degenerate inputs and
    polynomials that the hypotheses may admit, at H = 1.
    """
    refuted = small_direction(claim.excluded, "tangent")
    if refuted is not None:
        return refuted
    if claim.b != "0":
        return Undecided("the argument gives no positive lower bound", "a quantitative argument")
    last = [identity("1 + (H - 2) == H - 1", H=FROM_ONE, says="layers before the last")]
    facts: tuple[str, ...] = ("Lemma F.1 (corrected) in each layer", "Lemma F.2 (corrected) at the end")
    if claim.lag == 2:
        last.append(prove("lam*d > 0", lam=POSITIVE, d=POSITIVE, says="λ_min(K^(H-1)) E σ'(u)²"))
        facts = (facts[0], SCHUR)
    return follows_from(
        prove("c*lam > 0", c=POSITIVE, lam=POSITIVE, says="c_σ λ_min(G)"),
        identity("(k - c**2/l)*l == k*l - c**2", l=POSITIVE, says="a pivot times l is the minor"),
        *last,
        assumes=(*facts, "pivots of a definite matrix are positive"),
    )


@proposition.check()
def three_inputs(claim: Statement, ctx: Context) -> Outcome:
    """Three inputs in the plane, H = 1, ..., 4, 1 + sin z."""
    return every(
        *(eigenvalue_above(last_matrix(H, claim.lag), str(claim.b), says=f"H = {H}") for H in (1, 2, 3, 4)),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


@proposition.check()
def two_inputs_at_every_angle_and_depth(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z: 1 - f(q) = c (sinh 1 - sinh q)/e lies between (1/4)(1 - q) and (2/5)(1 - q), and f(q) > -1.

    So (1/4)^h (1 - q) <= 1 - f^h(q) <= (2/5)^h (1 - q), and the last matrix, with diagonal c cosh(1)/e and
    c q cosh(q)/e beside it, has its eigenvalues between c (1 - q)/e, c (1 + q)/e and 3 (1 - q). A bound b > 0
    is passed at H = 101, where 3·2·(2/5)^100 is left.
    """
    c, one, q = wave.NORMALISER, COSH.format("1"), COSH.format("q")
    sinh = SINH.format("1"), SINH.format("q")
    factor = "(2/(3 - 1/x**2))"
    layer = identity(
        f"1 - {factor}*(1 + (y - 1/y)/(2*x)) == {factor}/x*((x - 1/x)/2 - (y - 1/y)/2)",
        x=FROM_ONE,
        y=POSITIVE,
        says="one layer, e = x, e^q = y",
    )
    least = f"{c}*exp(-1)*({one} - q*{q})"
    decay = every(
        layer,
        prove(f"{sinh[0]} - {sinh[1]} <= {one}*(1 - q)", q=INSIDE, says="convexity"),
        evaluate(f"{c}*exp(-1)*{one} <= 2/5", says="one layer brings the inputs closer"),
        prove(f"{least} <= 3*(1 - q)", q=INSIDE, says="the last matrix"),
        evaluate("3*2*(2/5)**100 < b", let={"b": claim.b}, says="H = 101"),
    )
    return unless(
        [contradicted_by(decay, witness="1 + sin z, two inputs at any angle, H = 101")],
        follows_from(
            layer,
            prove(f"{sinh[0]} - {sinh[1]} >= 1 - q", q=INSIDE, says="slope at least 1"),
            evaluate(f"{c}*exp(-1) >= 1/4", says="never parallel"),
            prove(f"1 + {wave.layer('q')} >= 1/4*(1 + q)", q=INSIDE, says="never opposite"),
            prove(f"{one} - q*{q} >= 1 - q", q=INSIDE, says="last matrix, direction (1, -1)"),
            prove(f"{one} + q*{q} >= 1 + q", q=INSIDE, says="last matrix, direction (1, 1)"),
            evaluate("b <= 0", let={"b": claim.b}),
            assumes=(wave.PRODUCT_TO_SUM,),
        ),
    )


@proposition.check()
def erf_keeps_away_from_zero(claim: Statement, ctx: Context) -> Outcome:
    """erf, two inputs at cosine 1/2, every depth: f(q) = asin(2q/3)/asin(2/3) <= q, so the cosines decrease.

    The last matrix, c (4/π)/√5 and c (4/π) q/√(9 - 4q²), 1/c = (2/π) asin(2/3), has its least eigenvalue at
    the largest q, which is that of the inputs.
    """
    c = "(pi/2/asin(2/3))"
    return every(
        prove("asin(2*q/3) <= q*asin(2/3)", q="[0, 1]", says="the arcsine is convex"),
        prove("q/sqrt(9 - 4*q**2) <= (1/2)/sqrt(8)", q="[0, 1/2]", says="entry beside the diagonal"),
        evaluate(f"{c}*4/pi*(1/sqrt(5) - (1/2)/sqrt(8)) > b", let={"b": claim.b}, says="cosine 1/2, H = 1"),
        assumes=("E erf(u) erf(v) = (2/π) asin(2c/√((1 + 2s)(1 + 2t))) (Williams 1996)", "E erf'(u) erf'(v)"),
    )


@proposition.check()
def softplus_and_tanh_at_every_depth(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(K^(H)) >= κ^H λ_min(X Xᵀ), κ = 1/4 for softplus and 9/10 for tanh: all unit inputs, all depths.

    Each layer is c Σ a_k² T_k >= c a_1² T_1, T_k the entrywise powers of the matrix before, a_k the Hermite
    coefficients, and the last one c Σ k a_k² T_k.  Two inputs at cosine q have λ_min >= κ^H (1 - |q|).
    """
    return all_depths(claim.b)


proposition.falsehood(
    "equal inputs admitted", excluded=("zero", "opposite", "polynomial"), by=("layer_by_layer",)
)
proposition.falsehood(
    "opposite inputs admitted", excluded=("zero", "equal", "polynomial"), by=("layer_by_layer",)
)
proposition.falsehood(
    "the identity as activation", excluded=("zero", "equal", "opposite"), by=("layer_by_layer",)
)
proposition.falsehood("λ_min above 1/10", b="1/10", by=("three_inputs", "softplus_and_tanh_at_every_depth"))
proposition.falsehood(
    "λ_min above 10^-30 at all depths", b="1/10**30", by=("two_inputs_at_every_angle_and_depth",)
)
proposition.falsehood("λ_min above 1 for erf", b=1, by=("erf_keeps_away_from_zero",))
proposition.reading(
    "covariance K^(H-2) in the last layer, H >= 2", lag=2, by=("layer_by_layer", "three_inputs")
)


factorisation = Claim(
    "du2019deep/proof-prop-F.1-factorisation",
    aliases=("du2019thesis/proof-prop-3.1-factorisation",),
    title="A definite Gram matrix as that of new points, one for each input",
    kind="proof-step",
    where="Appendix F.1, proof of Proposition F.1",
    states=r"UDU^\top = K^{(h)},\ Z = D^{r}U^\top \implies Z^\top Z = K^{(h)},\ z_i\notin\mathrm{span}(z_j),"
    r"\quad K^{(h+1)} = c_\sigma^{P}\,G(Z)\quad (s\ \text{times})",
    given=(r"K^{(h)}\ \text{positive definite},\ r = \frac12,\ s = H-2,\ P = 1",),
    printed={"r": "1/2", "order": "ZtZ", "P": 1, "s": "H - 2"},
    parts=("factor", "next layer", "number of layers"),
    uses=("du2019deep/def-5.1",),
    step_of="du2019deep/prop-F.1",
    note="The power P of the normaliser belongs to the definition of K; the step needs only that it is "
    "positive. For H = 1 there is no such step: Lemma F.2 is applied to the inputs.",
)


@factorisation.check(part="factor", covers="universal")
def rotation_in_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """U the rotation by the angle with tangent of the half t, D = diag(a, b): all definite 2 x 2 blocks.

    The minor of ZᵀZ is ab > 0, so the columns are not parallel.
    """
    C, S = "((1 - t**2)/(1 + t**2))", "(2*t/(1 + t**2))"
    U = [[C, f"(-{S})"], [S, C]]
    D = ["a", "b"]
    K = [[" + ".join(f"{U[i][k]}*{D[k]}*{U[j][k]}" for k in (0, 1)) for j in (0, 1)] for i in (0, 1)]
    Z = [[f"({D[k]}**(r)*{U[i][k]})" for i in (0, 1)] for k in (0, 1)]
    links = []
    for i, j in ((0, 0), (0, 1), (1, 1)):
        pairs = (f"{Z[k][i]}*{Z[k][j]}" if claim.order == "ZtZ" else f"{Z[i][k]}*{Z[j][k]}" for k in (0, 1))
        links.append(
            identity(
                f"{' + '.join(pairs)} == {K[i][j]}",
                let={"r": claim.r},
                a=POSITIVE,
                b=POSITIVE,
                says=f"{i + 1}, {j + 1}",
            )
        )
    minor = prove("a*b > 0", a=POSITIVE, b=POSITIVE, says="the minor is the product of the eigenvalues")
    return every(*links, minor, assumes=("spectral theorem", "the same sums over n eigenvalues"))


@factorisation.check(part="next layer", covers="universal")
def covariance_of_the_projections(claim: Statement, ctx: Context) -> Outcome:
    """w.z_i and w.z_j have the covariance z_i.z_j = K_ij, so that G(Z)_ij is E σσ at the block of K^(h).

    In coordinates, E w_k w_l = δ_kl. For 1 + sin z the next diagonal is c^P E σ(z)² = 1.
    """
    moments = "x1*y1*m11 + (x1*y2 + x2*y1)*m12 + x2*y2*m22 == x1*y1 + x2*y2"
    return every(
        identity(moments, let={"m11": "1", "m12": "0", "m22": "1"}, says="E (w.x)(w.y)"),
        identity(
            "(2/(3 - 1/x**2))**P*(1 + (x - 1/x)/(2*x)) == 1",
            let=claim.let,
            x="[1, oo)",
            says="1 + sin z, e = x",
        ),
        identity("c**P*S == c*S", let={"P": claim.P}, c=POSITIVE, says="any σ"),
    )


@factorisation.check(part="number of layers", covers="universal")
def from_the_first_to_the_last_but_one(claim: Statement, ctx: Context) -> Outcome:
    """K^(1) comes from the inputs, K^(H-1) is the last one without slopes."""
    return identity(f"1 + ({claim.s}) == H - 1", H="[2, oo)")


factorisation.falsehood("Z = DUᵀ", r=1, by=("rotation_in_the_plane",))
factorisation.falsehood("ZZᵀ", order="ZZt", by=("rotation_in_the_plane",))
factorisation.falsehood("no normaliser", P=0, by=("covariance_of_the_projections",))
factorisation.falsehood("H - 1 times", s="H - 1", by=("from_the_first_to_the_last_but_one",))
