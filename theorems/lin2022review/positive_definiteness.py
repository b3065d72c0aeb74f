"""Section 2.2: the last population Gram matrix is positive definite, by induction over the layers.

G(Z) and H(Z) are the matrices of Lemma 3, E sigma(Zw) sigma(Zw)^T and E sigma'(Zw) sigma'(Zw)^T ⊙ Z Z^T.
"""

from theorems.lin2022review import wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    positive_definite,
    prove,
    unless,
)

POSITIVE = "(0, oo)"

induction = Claim(
    "lin2022review/sec-2.2",
    title="Positive definiteness of the last population Gram matrix",
    kind="positive-definiteness",
    where="Section 2.2",
    states=r"K^{(1)} = c_\sigma^{P}\,G(X^{(0)}),\quad K^{(h)} = c_\sigma^{P}\,G((K^{(h-1)})^{r})\ (h"
    r"\in[H-1]),\quad K^{(H)} = c_\sigma^{P}\,H((K^{(H-1)})^{r});\qquad \lambda_0 = \lambda_{\min}(K^{(H)}) "
    r"> 0",
    given=(
        r"\|x_i\|_2 = 1,\ x_i^\top x_j\in I\ (i\ne j)",
        r"\sigma\ \text{analytic, not a polynomial, as in (7)}",
    ),
    printed={"P": 0, "r": "1/2", "I": "(-1, 1)", "floor": "0"},
    parts=("normalisation", "square root", "positive definite"),
    uses=("lin2022review/lemma-3", "lin2022review/eq-22", "lin2022review/eq-25"),
    note="Printed without c_σ, which (22) and (25) have; it changes no sign. floor is a lower bound of λ0 "
    "for 1 + sin z, the inputs (1, 0), (4/5, 3/5), (0, 1) and H = 1, 2, 3.",
)


@induction.check(part="normalisation", covers="universal")
def unit_diagonal(claim: Statement, ctx: Context) -> Outcome:
    """One unit input: K^(1) = 1 by (22), G(X^(0)) = E σ(z)² = 1/c.  First 1 + sin z."""
    let = claim.let | {"c": wave.NORMALISER}
    instance = evaluate(f"1 == c**P*{wave.dual('1', '1', '1')}", let=let, says="1 + sin z, n = 1")
    return unless([instance], identity("1 == c**P*(1/c)", let={"P": claim.P}, c=POSITIVE))


@induction.check(part="square root", covers="universal")
def covariance_of_the_root(claim: Statement, ctx: Context) -> Outcome:
    """K^r w has the covariance K^r K^r; in the eigenbasis of K it is v^r v^r for an eigenvalue v.

    Shown first on K with diagonal 1 and K_12 = 3/5, eigenvalues 8/5 and 2/5: its root has the entries
    ((8/5)^r ± (2/5)^r)/2.
    """
    diagonal, other = (f"((8/5)**(r) {sign} (2/5)**(r))/2" for sign in "+-")
    return every(
        evaluate(f"({diagonal})**2 + ({other})**2 == 1", let=claim.let, says="the diagonal entry"),
        evaluate(f"2*({diagonal})*({other}) == 3/5", let=claim.let, says="the entry K_12"),
        identity("v**(r)*v**(r) == v", let=claim.let, v=POSITIVE),
        assumes=("spectral theorem",),
    )


@induction.check(part="positive definite", covers="universal")
def rows_stay_non_parallel(claim: Statement, ctx: Context) -> Outcome:
    """Lemma 3 asks for non-parallel rows: two of them have the Gram determinant K_ii K_jj - K_ij² > 0.

    For X^(0) it is 1 - k² with k in I.  A positive definite K^(h-1) has positive minors, and so its root
    has non-parallel rows; Lemma 3 gives the next matrix, up to the factor c_σ > 0, and at h = H that of
    (25), because Z Z^T is K^(H-1).  For H = 1 the rows are the inputs.  Equal inputs (k = 1) refute: two
    rows of every K^(h) are then equal.
    """
    inputs = prove("1 - k**2 > 0", k=str(claim.I), says="the inputs are not parallel")
    argument = follows_from(
        inputs,
        prove("c*lam > 0", c=POSITIVE, lam=POSITIVE, says="c_σ λ_min"),
        assumes=("Lemma 3", "minors of a positive definite matrix are positive"),
    )
    return unless([inputs], argument)


INPUTS = [["1", "4/5", "0"], ["4/5", "1", "3/5"], ["0", "3/5", "1"]]


def last_matrix(depth: int) -> list[list[str]]:
    """K^(H) of three inputs for 1 + sin z, as closed expressions."""
    covariances = INPUTS
    for _ in range(depth - 1):
        covariances = [["1" if x == "1" else wave.layer(x) for x in row] for row in covariances]
    return [[wave.last(x) for x in row] for row in covariances]


@induction.check(part="positive definite")
def three_inputs(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z in the plane, H = 1, 2, 3: the least eigenvalue is above the floor."""
    return every(
        *(eigenvalue_above(last_matrix(H), str(claim.floor), says=f"H = {H}") for H in (1, 2, 3)),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


@induction.falsehood_with_check("a Gram matrix with K in place of its root")
def squared_covariance(claim: Statement, ctx: Context) -> Outcome:
    """H = 2, one pair at cosine 3/5: K w has the covariance K², the diagonal of which is 34/25, not 1."""
    return evaluate("1**2 + (3/5)**2 == 1", says="variance of (K w)_1")


@induction.falsehood_with_check("positive definite for a repeated input")
def repeated_input(claim: Statement, ctx: Context) -> Outcome:
    """Two equal inputs, H = 1, 1 + sin z: all four entries of K^(1) are equal."""
    return positive_definite([["1", "1"], ["1", "1"]])


induction.falsehood("K in place of its root", P=1, r=1, by=("covariance_of_the_root",))
induction.falsehood("c_σ²", P=2, by=("unit_diagonal",))
induction.falsehood("equal inputs allowed", P=1, I="(-1, 1]", by=("rows_stay_non_parallel",))
induction.falsehood("λ0 above 1/10", P=1, floor="1/10", by=("three_inputs",))
induction.corrected("with the factor c_σ", erratum="misprint", P=1)
