"""Lemma 2 and the remark after it: how far A -> E σ(U)σ(U)ᵀ, U ~ N(0, A), is Lipschitz in the maximum norm.

g(z) = zΦ(z) + φ(z) = E max(z + ξ, 0) meets (7) with L = 1 and β = g'' (0) = 1/√(2π) = g(0); its duals are
those of the ReLU at the covariance A + I. Softplus is log(1 + e^z). d is |A_1 - A_2|max.
"""

import re
from typing import Any

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

FROM_ZERO, POSITIVE = "[0, oo)", "(0, oo)"
HYPOTHESES = (
    r"|\sigma(0)| \le s_0,\ \mathrm{Lip}(\sigma) \le L,\ \mathrm{Lip}(\sigma') \le \beta\ \text{(7)}",
)
OF_G = {"L": "1", "beta": "(1/sqrt(2*pi))", "s0": "(1/sqrt(2*pi))"}
PRICE = (
    "Price's theorem: ∂F_ij/∂A_ij = E σ'(u)σ'(v) for i != j, ∂F_ij/∂A_ii = E σ''(u)σ(v)/2 (almost every z)"
)
SMOOTHED = "zΦ(z) + φ(z) = E max(z + ξ, 0), so E g(√v z) = √(1 + v) E max(z, 0)"
RELU_MEAN = "1/sqrt(2*pi)"


def put(text: object, **values: object) -> str:
    """A formula of the data with names replaced by closed expressions."""
    result = str(text)
    for name, value in values.items():
        result = re.sub(rf"\b{name}\b", f"({value})", result)
    return result


def mean_of_relu() -> Outcome:
    """E max(z, 0) = 1/√(2π), by which E g(√v z) = √((1 + v)/(2π))."""
    return expectation([("0", "0"), ("oo", "z")], equals=RELU_MEAN, says="E max(z, 0)")


def off_diagonal(a: str, b: str, t: str) -> str:
    """E g(u) g(v) at variances a - 1 and b - 1 and correlation t of the two ReLU arguments.

    Their covariance is √(ab) t.
    """
    return f"(sqrt(({a})*({b}))*(sqrt(1 - ({t})**2) + ({t})*(pi/2 + asin({t})))/(2*pi))"


def unequal_diagonals(bound: str) -> Outcome:
    """diag(1, T) and diag(2, T), T = 400(1 + c)², d = 1.

    There F_12 moves by more than the bound, for every c > 0.
    """
    moved = "(sqrt(3) - sqrt(2))*sqrt(1 + 400*(1 + c)**2)/(2*pi)"
    return every(
        mean_of_relu(),
        prove(f"{moved} > {bound}", c=POSITIVE, says="F_12 against c, T = 400 (1 + c)²"),
        assumes=(SMOOTHED,),
    )


def softplus_too(bound: str) -> Outcome:
    """The same pair of matrices: E σ(√2 z) - E σ(z) >= ½ E σ''(√2 z), and E σ(√T z) >= √T E max(z, 0).

    σ'' = (1 - tanh²(z/2))/4 is even and falls with |z|, and d/dv E σ(√v z) = ½ E σ''(√v z).
    """
    half = "(sqrt(2)*z/2)"
    mean = expectation([("oo", f"(1 - tanh{half}**2)/4")], equals="908/5000", digits=4, says="E σ''(√2 z)")
    moved = "(908/5000 - 1/10**4)/2*sqrt(40**2*(1 + c)**2)/sqrt(2*pi)"
    return every(
        mean,
        mean_of_relu(),
        prove(f"{moved} > {bound}", c=POSITIVE, says="F_12 against c, T = 1600 (1 + c)²"),
        prove("log((1 + y)/y) >= 0", y=POSITIVE, says="σ(z) - z, y = exp(z); σ(z) > 0 as well"),
        assumes=("Stein: d/dv E σ(√v z) = E σ''(√v z)/2",),
    )


lemma_2 = Claim(
    "lin2022review/lemma-2",
    title="A Lipschitz constant of the dual map on covariances",
    kind="deterministic-inequality",
    where="Section 1, Lemma 2, eq. (8)",
    states=r"\|F(A_1)-F(A_2)\|_{\max} \le K\,\|A_1-A_2\|_{\max}^{p}\ \text{ for all positive definite }"
    r"A_1, A_2,\qquad F(A) = \mathbb E_{U\sim N(0,A)}\,\sigma(U)\sigma(U)^\top",
    given=(*HYPOTHESES, r"\text{printed: } K = c\ \text{depends on } \sigma\ \text{only}"),
    printed={"K": "c", "p": 1, "mean": None},
    uses=(
        "lin2022review/eq-7",
        "lin2022review/lemma-2-step-1",
        "lin2022review/lemma-2-step-2",
        "lin2022review/lemma-2-step-3",
    ),
    proof_uses=("lin2022review/remark-lemma-2",),
    note="mean bounds E |σ(u)| for all variances that are admitted; r² = C is a bound of the diagonals. "
    "Without one the quotient grows like √T at diag(1, T), diag(2, T), because the mean of |σ| grows with "
    "the variance; for bounded σ the printed statement holds. Size 2 x 2 is enough, and the dimension R^m "
    "of the matrices should read R^(m x m). No lower bound of the diagonals is needed: that much of the "
    "improvement over the paper under review stands.",
)


@lemma_2.check(covers="universal")
def along_the_segment(claim: Statement, ctx: Context) -> Outcome:
    """On the segment from A_1 to A_2 every derivative of F_ij is bounded, once E |σ| is bounded there.

    i != j: |E σ'σ'| d + 2 · ½β E|σ| d; i = j: |E (σ'² + σσ'')| d. Without a bound of E |σ| the pair diag(1,
    T), diag(2, T) exceeds every constant c; with one, the constant must pass at three pairs, σ = g.
    """
    if claim.mean is None:
        return contradicted_by(
            every(unequal_diagonals(str(claim.K)), softplus_too(str(claim.K))),
            witness="A_1 = diag(1, T), A_2 = diag(2, T), distance 1, and F_12 moves by more than every c, "
            "for zΦ(z) + φ(z) at T = 400(1 + c)² and for softplus at T = 1600(1 + c)²",
        )
    K = put(claim.K, mean=claim.mean)
    used = f"{K} {claim.mean} L beta d"
    names: dict[str, Any] = {
        n: FROM_ZERO for n in ("L", "beta", "s0", "r", "M", "d") if re.search(rf"\b{n}\b", used)
    }
    spread = {"s0 + L*r*sqrt(2/pi)": "s0 + L*(r*share)*sqrt(2/pi)", "M": "M*share"}[claim.mean]
    box: dict[str, Any] = {n: v for n, v in names.items() if n not in ("d", "beta")} | {"share": "[0, 1]"}
    return unless(
        pairs_for_g(claim),
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
            prove(f"{spread} <= {claim.mean}", says="E |σ(u)|, u of variance r² share²", **box),
            prove(
                f"L*L*d + 2*(beta/2*({claim.mean}))*d <= ({K})*d**p", let=claim.let, says="i != j", **names
            ),
            prove(f"(L*L + beta*({claim.mean}))*d <= ({K})*d**p", let=claim.let, says="i = j", **names),
            assumes=(PRICE, "matrices with bounded diagonals are convex"),
        ),
    )


def pairs_for_g(claim: Statement) -> list[Outcome]:
    """F_12 for g at three pairs.

    They are unit variances with A_12 = 0 against 1/2 or 1/1000, and diag(1, 400) against diag(2, 400).
    """
    if claim.mean == "M":
        return []
    found = []
    for t, distance in (("1/4", "1/2"), ("1/2000", "1/1000")):
        K = put(put(claim.K, mean=claim.mean), r=1, **OF_G)
        moved = f"{off_diagonal('2', '2', t)} - 2/(2*pi) <= ({K})*({distance})**p"
        says = f"g, unit variances, A_12 = 0 and {distance}"
        found.append(evaluate(moved, let=claim.let, instance=True, says=says))
    K = put(put(claim.K, mean=claim.mean), r=20, **OF_G)
    moved = f"(sqrt(3) - sqrt(2))*sqrt(401)/(2*pi) <= {K}"
    return [*found, evaluate(moved, instance=True, says="g, diag(1, 400) and diag(2, 400)")]


@lemma_2.falsehood_with_check("operator norm on the left, diagonals 1, one constant for all sizes")
def all_entries_move(claim: Statement, ctx: Context) -> Outcome:
    """A_1 = I, A_2 with all correlations 1/2: each F_ij moves by at least 1/8, so the norm by (n - 1)/8.

    With n = 9 + 8c inputs (n - 1)/8 > c/2 = c |A_1 - A_2|max.
    """
    return contradicted_by(
        every(
            mean_of_relu(),
            evaluate(f"{off_diagonal('2', '2', '1/4')} - 2/(2*pi) >= 1/8", says="F_12 from 0 to 1/2"),
            prove("(9 + 8*c - 1)/8 > c*(1/2)", c=POSITIVE, says="operator norm against c/2"),
            assumes=(SMOOTHED, "the all-ones vector"),
        ),
        witness="g, n = 9 + 8c, A_1 = I, A_2 = (I + 11ᵀ)/2",
    )


BOUNDED: dict[str, Any] = {"K": "L**2 + beta*mean", "mean": "s0 + L*r*sqrt(2/pi)"}
lemma_2.falsehood("L²/4 for diagonals at most C", K="L**2/4", mean=BOUNDED["mean"])
lemma_2.falsehood("L² for diagonals at most C", K="L**2", mean=BOUNDED["mean"])
lemma_2.falsehood("square of the distance", p=2, **BOUNDED)
lemma_2.corrected("diagonals at most C: L² + β(s_0 + L√(2C/π))", erratum="false statement", **BOUNDED)
lemma_2.corrected("|σ| <= M: L² + βM", erratum="false statement", K="L**2 + beta*mean", mean="M")


def step(name: str, number: int, title: str, states: str, printed: dict[str, Any], note: str = "") -> Claim:
    """A derivative of the dual map on which the corrected lemma rests."""
    return Claim(
        f"lin2022review/lemma-2-step-{number}",
        title=title,
        kind="deterministic-inequality",
        where=f"Section 1, Lemma 2: {name} (the text prints no proof)",
        states=states,
        given=HYPOTHESES,
        printed=printed,
        note=note,
    )


covariance_step = step(
    "derivative in a covariance",
    1,
    "The dual map in a covariance: the product of the slopes",
    r"\left|\frac{\partial F_{12}}{\partial A_{12}}\right| = |\mathbb E\,\sigma'(u)\sigma'(v)| \le k\,L^2",
    {"k": 1},
)


@covariance_step.check(covers="universal")
def product_of_the_slopes(claim: Statement, ctx: Context) -> Outcome:
    """|σ'σ'| <= L² pointwise; the identity at σ(z) = Lz attains it.

    For e^(λu) and e^(μv) with E = exp((λ²a + μ²b)/2 + λμr) the derivative in r is λμ E, as Price's theorem
    says.
    """
    both = "exp((lam**2*a + mu**2*b)/2 + lam*mu*r)"
    return every(
        prove("L*L <= k*L**2", L=POSITIVE, let=claim.let, says="attained at σ(z) = Lz"),
        identity(f"diff({both}, r) == lam*mu*{both}", says="Price, for exponentials"),
        assumes=("Price's theorem",),
    )


covariance_step.falsehood("L²/4", k="1/4")
covariance_step.falsehood("L²/2", k="1/2")


variance_step = step(
    "diagonal entries",
    2,
    "The second moment of an activation in the variance",
    r"\frac{d}{dv}\mathbb E\,\sigma(\sqrt v z)^2 = 2h\,\mathbb E\left[\sigma'^2+\sigma\sigma''\right](\sqrt "
    r"vz) \le L^2+k\,\beta\left(s_0+L\sqrt{2v/\pi}\right),\qquad h = \frac{1}{2}",
    {"k": 1, "h": "1/2"},
)
DOMAIN: dict[str, Any] = dict.fromkeys(("L", "beta", "s0", "w"), POSITIVE)


@variance_step.check(covers="universal")
def heat_equation(claim: Statement, ctx: Context) -> Outcome:
    """d/dv E f(√v z) = h E f''(√v z), on exponentials f(u) = e^(λu), for which the mean is exp(λ²v/2).

    It is used for f = σ². Then |σσ''| <= β|σ| pointwise, and E |σ(√v z)| <= s_0 + L w E|z|, w = √v. First
    3 - cos, v -> 0, where L = β = 1, s_0 = 2 and σ'² + σσ'' = 2.
    """
    corner = "sin(0)**2 + (3 - cos(0))*cos(0) <= 1 + k*(2 + 0)"
    bound = "L**2 + beta*(s0 + L*w*sqrt(2/pi)) <= L**2 + k*beta*(s0 + L*w*sqrt(2/pi))"
    return every(
        identity("diff(exp(lam**2*v/2), v) == h*lam**2*exp(lam**2*v/2)", let=claim.let),
        unless(
            [evaluate(corner, let=claim.let, says="σ = 3 - cos, v -> 0")],
            follows_from(
                identity(
                    "diff(diff(s**2 + 2*s*t*z + (t**2 + s*q)*z**2, z), z)/2 == t**2 + s*q", says="(σ²)''/2"
                ),
                expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
                prove(bound, let=claim.let, **DOMAIN),
                assumes=("the heat equation of the Gaussian density",),
            ),
        ),
    )


variance_step.falsehood("a quarter of the second term", k="1/4")
variance_step.falsehood("derivative E (σ²)''", h=1)


mixed_step = step(
    "derivative in a variance",
    3,
    "The dual map in the other variance",
    r"\left|\frac{\partial F_{12}}{\partial A_{11}}\right| = h\,|\mathbb E\,\sigma''(u)\sigma(v)| "
    r"\le k\,\beta\left(s_0+L\sqrt{2A_{22}/\pi}\right),\qquad h = \frac{1}{2}",
    {"k": "1/2", "h": "1/2"},
)


@mixed_step.check(covers="universal")
def half_of_the_curvature(claim: Statement, ctx: Context) -> Outcome:
    """On exponentials e^(λu), e^(μv) the derivative in A_11 = a is h λ² times the mean.

    The bound is attained in the limit of small variances by s_0 + 1 - cos: there E σ''(u) = β = 1, σ(v) =
    s_0.
    """
    both = "exp((lam**2*a + mu**2*b)/2 + lam*mu*r)"
    bound = "beta/2*(s0 + L*w*sqrt(2/pi)) <= k*beta*(s0 + L*w*sqrt(2/pi))"
    near = "exp(-1/200)/2*(3 - exp(-1/200)) <= k*(2 + sqrt(2/100/pi))"
    return every(
        identity(f"diff({both}, a) == h*lam**2*{both}", let=claim.let),
        unless(
            [evaluate(near, let=claim.let, says="σ = 3 - cos, independent, variances 1/100")],
            follows_from(
                expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
                prove(bound, let=claim.let, **DOMAIN),
                assumes=("Price's theorem",),
            ),
        ),
    )


mixed_step.falsehood("a quarter", k="1/4")
mixed_step.falsehood("without the factor 1/2", h=1)


remark = Claim(
    "lin2022review/remark-lemma-2",
    title="One-dimensional means with a universal constant, and what that gives for Lemma 2",
    kind="deterministic-inequality",
    where="Section 1, remark after Lemma 2",
    states=r"|\mathbb E\,\sigma(az)-\mathbb E\,\sigma(bz)| \le k_1L\,|a-b|,\qquad |\mathbb E\,\sigma(\sqrt a "
    r"z)-\mathbb E\,\sigma(\sqrt b z)| \le k_2\,\beta\,|a-b|\ (a, b > 0);\qquad \text{therefore "
    r"}|F_{12}(A)-F_{12}(B)| \le K\,\|A-B\|_{\max}\ \text{for all diagonals}",
    given=(*HYPOTHESES, r"\text{printed: some universal constants } k_1, k_2, K = c"),
    printed={"k1": "sqrt(2/pi)", "k2": "1/2", "K": "c", "T": "400*(1 + c)**2"},
    parts=("standard deviation", "variance", "no bound of the diagonals"),
    uses=("lin2022review/eq-7",),
    note="The remark improves Lemma G.3 of the paper under review, by the bound of σ', to a universal "
    "constant: true in both parametrisations, by the bound of σ'' for variances. It does not remove the "
    "bound C from Lemma 2: F_12 of independent entries is a product, and its other factor grows. T is the "
    "largest diagonal.",
)


@remark.check(part="standard deviation", covers="universal")
def mean_value_theorem(claim: Statement, ctx: Context) -> Outcome:
    """|σ(az) - σ(bz)| <= L |z| |a - b| and E|z| = √(2/π).

    σ(z) = g(z) + g(-z) has L = 1; with a = 10⁶, b = 0 its mean moves by nearly √(2/π) a.
    """
    far = "2*(sqrt(1 + 10**12) - 1)/sqrt(2*pi) <= k1*10**6"
    return unless(
        [evaluate(far, let=claim.let, says="g(z) + g(-z), a = 10⁶, b = 0", instance=True)],
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
            prove("L*sqrt(2/pi)*d <= k1*L*d", let=claim.let, L=FROM_ZERO, d=FROM_ZERO),
        ),
    )


@remark.check(part="variance", covers="universal")
def half_the_second_derivative(claim: Statement, ctx: Context) -> Outcome:
    """d/dv E σ(√v z) = ½ E σ''(√v z), at most β/2; 1 - cos attains it at v -> 0 (a = 1/100, b = 0)."""
    near = evaluate(
        "1 - exp(-1/200) <= k2/100", let=claim.let, says="1 - cos, a = 1/100, b = 0", instance=True
    )
    return unless(
        [near],
        follows_from(
            identity("diff(exp(lam**2*v/2), v) == lam**2/2*exp(lam**2*v/2)", says="exponentials"),
            prove("beta/2*d <= k2*beta*d", let=claim.let, beta=FROM_ZERO, d=FROM_ZERO),
            assumes=("the heat equation of the Gaussian density", "the mean value theorem"),
        ),
    )


@remark.check(part="no bound of the diagonals", covers="universal")
def product_of_means(claim: Statement, ctx: Context) -> Outcome:
    """diag(1, T) and diag(2, T): E g(√2 z) - E g(z) is fixed, E g(√T z) = √((1 + T)/(2π)) grows with T.

    Where the diagonals are at most r², the derivatives of F_12 along the segment are bounded as in Lemma 2.
    """
    moved = f"(sqrt(3) - sqrt(2))*sqrt(1 + ({claim.T}))/(2*pi)"
    names: dict[str, Any] = {
        n: POSITIVE for n in ("c", "r") if re.search(rf"\b{n}\b", f"{claim.K} {claim.T}")
    }
    beyond = contradicted_by(
        every(mean_of_relu(), prove(f"{moved} > {put(claim.K, **OF_G)}", **names), assumes=(SMOOTHED,)),
        witness=f"g, diag(1, T) and diag(2, T) with T = {claim.T}, distance 1: F_12 moves by more than "
        f"{claim.K}",
    )
    links = follows_from(
        identity(f"r**2 == {claim.T}", says="the largest diagonal"),
        prove(f"L**2*d + 2*(beta/2*(s0 + L*sqrt(2/pi)*r))*d <= ({claim.K})*d", **(KDOMAIN | names)),
        assumes=(PRICE, "lemma-2-step-1, lemma-2-step-3"),
    )
    return unless([beyond], links)


KDOMAIN: dict[str, Any] = dict.fromkeys(("L", "beta", "s0", "r", "d"), FROM_ZERO)
remark.falsehood("L/√(2π) for standard deviations", k1="1/sqrt(2*pi)", by=("mean_value_theorem",))
remark.falsehood("β/4 for variances", k2="1/4", by=("half_the_second_derivative",))
remark.falsehood("c with diagonals up to 10⁶ (1 + c)²", T="10**6*(1 + c)**2", by=("product_of_means",))
remark.corrected(
    "diagonals at most C = r²", erratum="false statement", K="L**2 + beta*(s0 + L*sqrt(2/pi)*r)", T="r**2"
)
