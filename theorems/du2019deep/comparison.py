"""Sections 1 and 2: orders of the width and of the number of iterations, read off the theorems.

The widths and step sizes are those that Theorems 5.1, 6.1 and 7.1 print; k is kappa, d delta, ell
log(Hn/delta), and E = q^(-H) >= 1 for a q in (0, 1) not depending on the depth. The theorems themselves are
checked elsewhere.
"""

import re
from typing import Any

from theorems.lin2022review import wave
from theorems.lin2022review.lipschitz import put
from theorems.lin2022review.wave import COSH
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
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, REAL = "[0, oo)", "[1, oo)", "(0, oo)", "(-oo, oo)"
SHIFTED = {"n": "1 + n", "H": "1 + H", "E": "1 + E", "k": "1/(1 + k)", "d": "1/(1 + d)"}
"""n, H, E >= 1 and 0 < k, d <= 1 by variables >= 0."""

DENSE = ("n**4/lam**4", "n/d", "n**2*ell/lam**2")
"""Theorem 5.1, without 2^O(H)."""
RESIDUAL = ("n**4/(lam**4*H**6)", "n**2/(lam**2*H**2)", "n/d", "n**2*ell/lam**2")
"""Theorem 6.1, eq. (9)."""
CONVOLUTIONAL = ("n**4/(lam**4*H**6)", "n**4/(lam**4*H**2)", "n/d", "n**2*ell/lam**2")
"""Theorem 7.1, without poly(p)."""
SCHUR = "λ_min(A∘B) >= λ_min(A) min B_ii for semidefinite A, B (Schur), so λ_min(K^(h)) >= "
SCHUR += "c_σ Var σ(z) λ_min(K^(h-1)) by the Hermite series, and λ_min(K^(H)) >= c_σ E σ'² λ_min(K^(H-1))"


def at_most(smaller: str, larger: str, depth: str = "any") -> Outcome:
    """smaller <= larger for n, H, E >= 1, 0 < k, d <= 1, ell >= 0; with the depth "at most n" for H <= n."""
    shifted = SHIFTED if depth == "any" else {"n": "H + n", **{v: t for v, t in SHIFTED.items() if v != "n"}}
    said = put(f"{smaller} <= {larger}", **shifted)
    names: dict[str, Any] = {v: FROM_ZERO for v in (*SHIFTED, "ell") if re.search(rf"\b{v}\b", said)}
    return prove(said, says=f"{smaller} <= {larger}", **names)


def within(terms: tuple[str, ...], lam: str, order: object, depth: str = "any") -> Outcome:
    """Every term is at most the order times (1 + ell)/(k⁴d), with this least eigenvalue put in."""
    bound = f"({order})*(1 + ell)/(k**4*d)"
    return every(*(at_most(put(term, lam=lam), bound, depth) for term in terms))


contributions = Claim(
    "du2019deep/sec-1-contributions",
    aliases=("du2019thesis/sec-3.1-contributions",),
    title="Widths exponential in the depth for the fully-connected network, polynomial for residual ones",
    kind="asymptotic-scaling",
    where="Section 1, list of contributions",
    states=r"\text{widths of Theorems 5.1, 6.1, 7.1:}\ \frac{1+\log(Hn/\delta)}{\kappa^4\delta}\ "
    r"\text{times at most}\ n^4E^4,\ E = q^{-H};\quad n^4H^4;\quad n^4H^6\,\mathrm{poly}(p);\qquad "
    r"\text{with these, gradient descent from a random start reaches loss 0 at a linear rate}",
    given=(
        r"\lambda_0 \ge \kappa q^{H}\ \text{(fully connected)},\ \lambda_0 \ge \kappa/H^2\ \text{(residual)}",
        r"\kappa\in(0,1],\ q\in(0,1)\ \text{not depending on the depth}",
        r"\text{no two inputs parallel}",
        r"\text{printed: } \mathrm{poly}(n)2^{O(H)},\ \mathrm{poly}(n,H),\ \mathrm{poly}(n,p,H)",
    ),
    printed={
        "dense": "n**4*E**4",
        "residual": "n**4*H**4",
        "convolutional": "n**4*H**6",
        "lam": "k/H**2",
        "inputs": "not parallel",
    },
    parts=("fully connected", "residual", "convolutional", "convergence", "convergence, convolutional"),
    uses=(
        "du2019deep/def-5.1",
        "du2019deep/prop-F.2",
        "du2019deep/sec-6-lambda-depth",
        "du2019deep/thm-5.1",
        "du2019deep/thm-6.1",
        "du2019deep/thm-7.1",
    ),
    note="κ depends on the inputs and tends to 0 when two of them become parallel; the footnote puts it "
    "among the data-dependent parameters. lam is the least eigenvalue that is put into the widths of the "
    "residual networks; for the convolutional one κ/H² is taken over without a proof. That the widths are "
    "enough is the content of the three theorems: the first two are proved with log(n/δ) where the text has "
    "none, which the orders here allow, the third is undecided.",
)


@contributions.check(part="fully connected", covers="universal")
def exponential_in_the_depth(claim: Statement, ctx: Context) -> Outcome:
    """λ0 = κ/E in the three terms.  E does grow: 1 + sin z, orthogonal inputs, λ_min <= 6 (2/5)^(H-1)."""
    slope = f"{wave.NORMALISER}*exp(-1)*{COSH.format('t')}"
    return every(
        prove(f"{slope} <= 2/5", t="[-1, 1]", says="1 + sin z: 1 - c_h shrinks by 2/5 a layer at least"),
        within(DENSE, "k/E", claim.dense),
        assumes=(SCHUR, "the factor 2^O(H) of the theorem is one more power of E"),
    )


@contributions.check(part="residual", covers="universal")
def polynomial_in_the_depth(claim: Statement, ctx: Context) -> Outcome:
    """λ0 = κ/H² in the four terms."""
    return follows_by(RESIDUAL, claim, claim.residual)


@contributions.check(part="convolutional", covers="universal")
def polynomial_with_patches(claim: Statement, ctx: Context) -> Outcome:
    """The same with the second term of Theorem 7.1."""
    return follows_by(CONVOLUTIONAL, claim, claim.convolutional)


def follows_by(terms: tuple[str, ...], claim: Statement, order: object) -> Outcome:
    """The terms with the least eigenvalue of the claim."""
    return every(within(terms, str(claim.lam), order), assumes=("prop-F.2: λ_min(K^(H)) >= κ/H²",))


def different_labels(claim: Statement) -> list[Outcome]:
    """Two equal inputs with labels 1, -1 share a prediction, and the loss is >= 1."""
    if claim.inputs != "may be equal":
        return []
    loss = prove("((u - 1)**2 + (u + 1)**2)/2 >= 1", u=REAL)
    return [
        contradicted_by(loss, witness="x_1 = x_2, y = (1, -1): the loss is at least 1 whatever the width")
    ]


@contributions.check(part="convergence", covers="universal")
def by_the_theorems(claim: Statement, ctx: Context) -> Outcome:
    """Theorems 5.1 and 6.1 as they are proved; the logarithm in the width of 5.1 is within the order."""
    logarithm = within(("n**4*ell/lam**4",), "k/E", claim.dense)
    argument = follows_from(
        logarithm,
        assumes=(
            "thm-5.1, read with log(n/δ); thm-6.1, read with √log(n/δ) in the step size",
            "prop-F.1: λ0 > 0 where no two inputs are parallel",
        ),
    )
    return unless(different_labels(claim), argument)


@contributions.check(part="convergence, convolutional")
def left_to_the_theorem(claim: Statement, ctx: Context) -> Outcome:
    """Only what cannot be is looked at here."""
    gap = Undecided(
        "rests on the convergence part of Theorem 7.1, which is undecided", "a proof of Theorem 7.1"
    )
    return unless(different_labels(claim), gap)


contributions.falsehood(
    "the fully-connected width does not depend on the depth", dense="n**4", by=("exponential_in_the_depth",)
)
contributions.falsehood(
    "an exponentially small eigenvalue in residual networks",
    lam="k/E",
    by=("polynomial_in_the_depth", "polynomial_with_patches"),
)
contributions.falsehood("residual width n⁴H²", residual="n**4*H**2", by=("polynomial_in_the_depth",))
contributions.falsehood("residual width n³H⁴", residual="n**3*H**4", by=("polynomial_in_the_depth",))
contributions.falsehood("convolutional n⁴H⁴", convolutional="n**4*H**4", by=("polynomial_with_patches",))
contributions.falsehood(
    "equal inputs with different labels",
    inputs="may be equal",
    by=("by_the_theorems", "left_to_the_theorem"),
)


comparison = Claim(
    "du2019deep/sec-2-comparison",
    title="Orders of width and iterations quoted for the comparison with other work",
    kind="asymptotic-scaling",
    where="Section 2, improvement at H = 1, and the paragraph on concurrent work with its footnote",
    states=r"H = 1:\ n^{6}\ \text{improves to } n^{4};\quad \text{fully connected: } m \gtrsim n^42^{O(H)},\ "
    r"T \gtrsim n^22^{O(H)}\log\frac{1}{\epsilon};\quad \text{residual (Theorem 6.1): } m \gtrsim n^4H^2,\ "
    r"T \gtrsim n^2\log\frac{1}{\epsilon}",
    given=(
        r"\text{ignored: polynomials in what depends on inputs and activation only, i.e. } \kappa\ "
        r"\text{in}\ \lambda_0 = \kappa/H^2\ \text{(residual)}",
        r"H \le n\ \text{(not printed; the paragraph has } n \sim 10^6,\ H = 16\text{)}",
        r"T = \frac{2}{\eta\lambda_0}\log\frac{1}{\epsilon};\quad \text{factors } 1+\log(Hn/\delta)\ "
        r"\text{and powers of } 1/\delta\ \text{are ignored}",
    ),
    printed={
        "shallow": 6,
        "n1": 4,
        "dense_m": "n**4",
        "dense_T": "n**2",
        "res_m": "n**4*H**2",
        "res_T": "n**2",
        "ignored": "kappa",
        "depth": "at most n",
    },
    parts=("one hidden layer", "fully connected", "residual width", "residual iterations"),
    uses=("du2019deep/prop-F.2", "du2019deep/sec-6-lambda-depth"),
    note="With η = O(λ0 H²/n²) and λ0 of order 1/H², 1/(ηλ0) is n² H². The fourth term of eq. (9), "
    "n² log(Hn/δ)/λ0², is n² H⁴ up to the logarithm, above n⁴ H² for H > n, and more than the proof needs. "
    "If λ0 itself is ignored, n² is an upper bound of the iterations, but then the width is n⁴: no "
    "convention gives the pair that is printed. What is said about the other papers is not looked at.",
)


@comparison.check(part="one hidden layer", covers="universal")
def one_layer(claim: Statement, ctx: Context) -> Outcome:
    """The terms of Theorem 5.1 at λ0 = κ, bounded by the order and attaining it; n⁶ for two layers."""
    return every(
        evaluate("n1 < shallow", let=claim.let, says="an improvement"),
        identity("n**6 == n**shallow", let={"shallow": claim.shallow}, n=FROM_ONE, says="two-layer paper"),
        within(DENSE, "k", f"n**{claim.n1}"),
        at_most(f"n**{claim.n1}", "n**4/k**4"),
    )


@comparison.check(part="fully connected", covers="universal")
def exponential_orders(claim: Statement, ctx: Context) -> Outcome:
    """λ0 = κ/E with E = 2^O(H): width n⁴ E⁴, iterations n² 2^O(H)/λ0² = n² E² 2^O(H)."""
    return every(
        within(DENSE, "k/E", f"{claim.dense_m}*E**4"),
        at_most("n**2/(k/E)**2", f"{claim.dense_T}*E**2/k**2"),
        assumes=(SCHUR,),
    )


def least(claim: Statement) -> str:
    """λ0, when κ alone or when λ0 itself counts as a constant."""
    return {"kappa": "k/H**2", "lambda_0": "k"}[str(claim.ignored)]


@comparison.check(part="residual width", covers="universal")
def four_terms(claim: Statement, ctx: Context) -> Outcome:
    """The terms of eq. (9), H <= n.

    At any depth, first n = 1, κ = 1, ell >= 1/2, H = 2(A + 1) against whatever constant A.
    """
    at: dict[str, Any] = {"n": 1, "k": 1, "H": "2*(A + 1)"}
    fourth = put(put(RESIDUAL[3], lam=least(claim)), **at)
    larger = contradicted_by(
        prove(f"{fourth} > A*({put(claim.res_m, **at)})*(1 + ell)", A=FROM_ONE, ell="[1/2, oo)"),
        witness="n = 1, κ = 1, δ <= 1/2: for every A the fourth term of (9) exceeds A times the order times "
        "1 + log, at H = 2(A + 1)",
    )
    return unless(
        [larger] if claim.depth == "any" else [],
        every(
            within(RESIDUAL, least(claim), claim.res_m, str(claim.depth)),
            assumes=("sec-6-lambda-depth: λ0 is of order 1/H²",),
        ),
    )


@comparison.check(part="residual iterations", covers="universal")
def inverse_of_the_rate(claim: Statement, ctx: Context) -> Outcome:
    """1/(ηλ0) = n²/(λ0²H²) for η = λ0H²/n².  First n = 1, κ = 1, whatever the constant A: H = 2(A + 1)."""
    time = f"n**2/(({least(claim)})**2*H**2)"
    at: dict[str, Any] = {"n": 1, "k": 1, "H": "2*(A + 1)"}
    larger = contradicted_by(
        prove(f"{put(time, **at)} > A*({put(claim.res_T, **at)})", A=FROM_ONE),
        witness="n = 1, κ = 1: for every A, 1/(ηλ0) = H² exceeds A times the order at H = 2(A + 1)",
    )
    argument = follows_from(
        identity("1/((lam*H**2/n**2)*lam) == n**2/(lam**2*H**2)", n=POSITIVE, H=POSITIVE, lam=POSITIVE),
        assumes=("sec-6-lambda-depth: λ0 is of order 1/H²",),
    )
    return unless([larger], every(at_most(time, f"({claim.res_T})/k**2"), argument))


comparison.falsehood("n³ for one hidden layer", n1=3, by=("one_layer",))
comparison.falsehood("n⁵ for one hidden layer", n1=5, by=("one_layer",))
comparison.falsehood("n³ 2^O(H) fully connected", dense_m="n**3", by=("exponential_orders",))
comparison.falsehood("n 2^O(H) iterations", dense_T="n", by=("exponential_orders",))
comparison.falsehood("residual width at any depth", depth="any", by=("four_terms",))
comparison.falsehood("residual width n³ H²", res_m="n**3*H**2", by=("four_terms",))
comparison.falsehood("residual width n⁴/H⁶ for fixed κ", res_m="n**4/H**6", by=("four_terms",))
comparison.falsehood("n H² residual iterations", res_T="n*H**2", by=("inverse_of_the_rate",))
comparison.falsehood("n² H residual iterations", res_T="n**2*H", by=("inverse_of_the_rate",))
comparison.falsehood("n²/H² residual iterations", res_T="n**2/H**2", by=("inverse_of_the_rate",))
comparison.reading("λ0 itself is ignored, orders as upper bounds", ignored="lambda_0")
comparison.corrected("n² H² residual iterations", erratum="constant", res_T="n**2*H**2")
