"""Section 1: pairwise non-parallel inputs, tensor powers, and Lemma 3 on positive definiteness.

z_i are the points, v a vector of the kernel. g(z) = zΦ(z) + φ(z): E g(u)g(v) is the arc-cosine kernel of
degree 1 at the covariance A + I, E g'(u)g'(v) that of degree 0; both are closed expressions.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

from verify import (
    Claim,
    Context,
    Outcome,
    Refuted,
    Statement,
    Undecided,
    eigenvalue_above,
    every,
    expectation,
    follows_from,
    identity,
    positive_definite,
    prove,
    unless,
)

Points = list[list[int]]
PLANE: tuple[Points, ...] = (
    [[1, 0]],
    [[1, 0], [1, 1]],
    [[1, 0], [1, 1], [0, 1]],
    [[1, 0], [2, 1], [1, 2], [0, 1]],
    [[1, 0], [2, 1], [1, 2], [0, 1], [-1, 1]],
    [[3, 0], [2, 1], [1, 2], [0, 1], [-1, 1], [-2, 1]],
)


def product(x: list[int], y: list[int]) -> int:
    """x.y."""
    return sum(p * q for p, q in zip(x, y, strict=True))


def at(text: object, n: int) -> int:
    """An exponent such as n - 1 at a number n."""
    value = {"n - 1": n - 1, "n - 2": n - 2, "n": n}.get(str(text))
    if value is None:
        raise ValueError(f"expected n, n - 1 or n - 2 but got {text!r}")
    return value


def tensor_powers_independent(exponent: object, count: int) -> Outcome:
    """n pairwise non-parallel points have independent tensor powers of this exponent, n = 1, 2, ... in turn.

    l_j(z) = |z_j|² (z.z_i) - (z_j.z_i)(z_j.z) is 0 at z_j and a sum of squares of minors at z_i; the n - 1 of
    them multiply to a form of degree n - 1 that is 0 at all points but z_i. First exact Gram matrices in the
    plane.
    """
    cases = []
    for points in PLANE[:count]:
        power = at(exponent, len(points))
        if power < 0:
            continue
        rows = [[product(x, y) ** power for y in points] for x in points]
        cases.append(positive_definite(rows, says=f"(x_i.x_j)^{power} for {points}"))
    x, z = ("x1", "x2", "x3"), ("z1", "z2", "z3")
    xz, xx, zz = (
        " + ".join(f"{p}*{q}" for p, q in zip(u, v, strict=True)) for u, v in ((x, z), (x, x), (z, z))
    )
    minors = " + ".join(
        f"({p}*{s} - {q}*{r})**2"
        for (p, q), (r, s) in zip(combinations(x, 2), combinations(z, 2), strict=True)
    )
    return unless(
        cases,
        follows_from(
            identity(f"({xx})*({xz}) - ({xz})*({xx}) == 0", says="l_j at z_j = x"),
            identity(
                f"({xx})*({zz}) - ({xz})*({xz}) == {minors}", says="l_j at z_i = z, in three coordinates"
            ),
            identity(f"{exponent} == n - 1", n="[1, oo)", says="one form for each other point"),
            assumes=(
                "Lagrange's identity in d coordinates",
                "a form of degree k is linear in the k-th tensor power",
            ),
        ),
    )


class Example(NamedTuple):
    """Points and an activation for which a form is not positive: what a hypothesis has to exclude."""

    name: str
    relation: str
    activation: list[list[str]]
    tangent: list[list[str]]
    vector: list[str]


SINE, COSINE = "((1 - exp(-2))/2)", "((1 + exp(-2))/2)"
"""E sin² and E cos² of a standard normal variable."""
SINE_MOMENTS = (
    expectation([("oo", "sin(z)**2")], equals=SINE, says="E sin(z)²"),
    expectation([("oo", "cos(z)**2")], equals=COSINE, says="E cos(z)²"),
)


def degenerate() -> Iterator[Example]:
    """Singular kernels: G(Z) and H(Z) with a vector of both."""
    yield Example("n = 1, z_1 = 0, σ = sin", "zero", [["sin(0)**2"]], [["cos(0)**2*0*0"]], ["1"])
    same = [["1", "1"], ["1", "1"]]
    yield Example(
        "z and z, |z| = 1, σ = sin",
        "equal",
        [[f"{e}*{SINE}" for e in row] for row in same],
        [[f"{e}*{COSINE}" for e in row] for row in same],
        ["1", "-1"],
    )
    odd = [["1", "-1"], ["-1", "1"]]
    yield Example(
        "z and -z, |z| = 1, σ = sin",
        "opposite",
        [[f"({e})*{SINE}" for e in row] for row in odd],
        [[f"({e})*{COSINE}" for e in row] for row in odd],
        ["1", "1"],
    )
    plane = [["1", "0", "1"], ["0", "1", "1"], ["1", "1", "2"]]
    yield Example("(1, 0), (0, 1), (1, 1), σ(z) = z", "polynomial", plane, plane, ["1", "1", "-1"])


def small_direction(excluded: tuple[str, ...], which: str) -> Outcome | None:
    """An example that the hypotheses admit, with vᵀKv = 0 evaluated."""
    for example in degenerate():
        if example.relation in excluded:
            continue
        matrix, v = getattr(example, which), example.vector
        size = range(len(v))
        form = " + ".join(f"({matrix[i][j]})*({v[i]})*({v[j]})" for i in size for j in size)
        fact = identity(f"{form} == 0", says=f"vᵀKv, {example.name}")
        if example.relation in ("equal", "opposite"):
            fact = every(fact, *SINE_MOMENTS)
        if fact.status == "holds":
            return Refuted(*fact.evidence, witness=f"{example.name}: v = ({', '.join(v)}) has vᵀKv = 0")
    return None


def kernel_of_g(points: Points, which: str) -> list[list[str]]:
    """G(Z) or H(Z) for g as closed expressions.

    Arc-cosine kernels, variances 1 + |z_i|², covariances z_i.z_j.

    The two ξ are independent on the diagonal as well.
    """
    rows = []
    for x in points:
        row = []
        for y in points:
            scale = f"sqrt({(1 + product(x, x)) * (1 + product(y, y))})"
            inner = product(x, y)
            t = f"({inner}/{scale})"
            angle = f"(pi/2 + asin{t})"
            value = f"({inner})*{angle}"
            if which == "activation":
                value = f"{scale}*(sqrt(1 - {t}**2) + {t}*{angle})"
            row.append(f"{value}/(2*pi)")
        rows.append(row)
    return rows


inputs = Claim(
    "lin2022review/assumption-inputs",
    title="Unit, pairwise non-parallel inputs: independent tensor powers and a positive least eigenvalue",
    kind="assumption",
    where="Section 1, assumptions on inputs",
    states=r"\|x_i\|_2 = 1,\ x_i\nparallel x_j\ (i\ne j) \implies "
    r"\{x_i^{\otimes e}\}_{i\in[n]}\ \text{linearly independent},\ e = n-1;\qquad "
    r"\lambda_{\min}(K^{(H)}) > b",
    given=(r"\text{opposite inputs are parallel}", r"\sigma\ \text{as in both assumptions}"),
    printed={"e": "n - 1", "b": "0", "excluded": ("equal", "opposite")},
    parts=("tensor powers", "least eigenvalue"),
    uses=("lin2022review/eq-7", "lin2022review/assumption-analytic", "lin2022review/lemma-3"),
    note="Unit inputs are not 0, so Lemma 3 applies in its corrected form. Unit length is not needed for "
    "the tensor powers. In the plane the determinant of (x_i.x_j)^(n-1) is a product of binomials and "
    "squared sines.",
)


@inputs.check(part="tensor powers", covers="universal")
def forms_of_degree_n_minus_1(claim: Statement, ctx: Context) -> Outcome:
    """A product of n - 1 linear forms separates x_i from all the other points.

    See the exact Gram matrices too.
    """
    return tensor_powers_independent(claim.e, 6)


@inputs.check(part="tensor powers")
def determinant_in_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """det (x_i.x_j)^e = Π_l C(n - 1, l) Π_(i<j) |x_i x_j|² (2 x 2 determinants), n = 2 and 3, all points.

    For unit points |x_i x_j| is sin(θ_i - θ_j). At e = n - 1 the right side vanishes for parallel points
    only.
    """
    links = []
    for n in (2, 3):
        names = [(f"a{i}", f"b{i}") for i in range(n)]
        e = at(claim.e, n)
        M = [[f"(({p}*{r} + {q}*{s})**{e})" for r, s in names] for p, q in names]
        if n == 2:
            left = f"{M[0][0]}*{M[1][1]} - {M[0][1]}*{M[1][0]}"
        else:
            terms = (
                f"{M[0][i]}*({M[1][j]}*{M[2][k]} - {M[1][k]}*{M[2][j]})"
                for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
            )
            left = " + ".join(terms)
        binomials = "*".join(str(comb(n - 1, k)) for k in range(n))
        pairs = "*".join(f"({p}*{s} - {q}*{r})**2" for (p, q), (r, s) in combinations(names, 2))
        links.append(identity(f"{left} == {binomials}*{pairs}", says=f"n = {n}"))
    return every(*links)


@inputs.check(part="least eigenvalue", covers="universal")
def lemma_3_in_every_layer(claim: Statement, ctx: Context) -> Outcome:
    """K^(1), ..., K^(H) are definite by Lemma 3 at x_i, then at the rows of symmetric square roots.

    c_σ > 0 times a definite matrix is definite; the rows of an invertible root are independent, so not 0 and,
    for n >= 2, not parallel. First the opposite or equal pairs that the hypotheses may admit.
    """
    refuted = small_direction((*claim.excluded, "zero", "polynomial"), "tangent")
    if refuted is not None:
        return refuted
    if claim.b != "0":
        return Undecided("the argument gives no positive lower bound", "a quantitative argument")
    return follows_from(
        tensor_powers_independent("n - 1", 3),
        prove("c*q > 0", c="(0, oo)", q="(0, oo)", says="vᵀ(cK)v"),
        assumes=("lemma-3 (corrected) in each layer", "a definite matrix has an invertible symmetric root"),
    )


@inputs.check(part="least eigenvalue")
def two_layers_of_g(claim: Statement, ctx: Context) -> Outcome:
    """H = 1 for unit multiples of integer points; H = 2 for (1, 0), (0, 1).

    Closed forms for g, up to c_σ > 0.
    """
    cases = []
    for points in ([[3, 4], [4, 3]], [[3, 4], [5, 0], [0, 5]], [[3, 4], [-4, 3], [4, 3], [5, 0]]):
        cosines = [[Fraction(product(x, y), 25) for y in points] for x in points]
        rows = [[f"({r})*(pi/2 + asin({r}/2))/(2*pi)" for r in row] for row in cosines]
        cases.append(eigenvalue_above(rows, str(claim.b), says=f"H = 1, {points} over 5"))
    normaliser = "(2*pi/(sqrt(3) + pi/2 + asin(1/2)))"
    middle = f"({normaliser}/pi)"
    off = f"{middle}*(pi/2 + asin({middle}/2))/(2*pi)"
    cases.append(
        eigenvalue_above([["1/3", off], [off, "1/3"]], str(claim.b), says="H = 2, (1, 0) and (0, 1)")
    )
    return every(*cases)


inputs.falsehood("exponent n - 2", e="n - 2", by=("forms_of_degree_n_minus_1", "determinant_in_the_plane"))
inputs.falsehood("opposite inputs admitted", excluded=("equal",), by=("lemma_3_in_every_layer",))
inputs.falsehood("equal inputs admitted", excluded=("opposite",), by=("lemma_3_in_every_layer",))
inputs.falsehood("λ_0 > 1/3 for g", b="1/3", by=("two_layers_of_g",))


HYPOTHESES = (
    r"Z\in\mathbb R^{n\times d}\ \text{has the rows } z_i,\ \text{pairwise non-parallel}",
    r"\sigma\ \text{as in (7), analytic, not a polynomial}",
)
PRINTED: dict[str, Any] = {"excluded": ("equal", "opposite", "polynomial")}
NONZERO: dict[str, Any] = {"excluded": ("equal", "opposite", "polynomial", "zero")}


lemma_3 = Claim(
    "lin2022review/lemma-3",
    title="Positive definite activation and tangent kernels on non-parallel points",
    kind="positive-definiteness",
    where="Section 1, Lemma 3, eqs. (9) and (10)",
    states=r"G(Z) = \mathbb E_{w\sim N(0,I)}\,\sigma(Zw)\sigma(Zw)^\top,\quad H(Z) = "
    r"\mathbb E\left[\sigma'(Zw)\sigma'(Zw)^\top\right]\odot ZZ^\top:\qquad \lambda_{\min}(G(Z)) > b,\ "
    r"\lambda_{\min}(H(Z)) > b",
    given=HYPOTHESES,
    printed={**PRINTED, "b": "0"},
    parts=("activation kernel", "tangent kernel"),
    uses=("lin2022review/eq-7", "lin2022review/assumption-analytic"),
    proof_uses=(
        "lin2022review/lemma-3-step-1",
        "lin2022review/lemma-3-step-2",
        "lin2022review/lemma-3-step-3",
        "lin2022review/lemma-3-step-4",
        "lin2022review/lemma-3-step-5",
    ),
    note="For n = 1 the printed hypothesis is empty and admits z_1 = 0, for which H(Z) = (0) for every σ "
    "and G(Z) = (σ(0)²), 0 for tanh or sin. For n >= 2 non-parallel excludes 0, and the proof needs no more.",
)


def vanishing_combination(claim: Statement, derivatives: str) -> Outcome:
    """The links of the proof, for n - 1 derivatives of Σ v_i σ(z_i.w) or n - 2 of Σ v_i σ'(z_i.w) z_i."""
    if claim.b != "0":
        return Undecided("the argument gives no positive lower bound", "a quantitative argument")
    return follows_from(
        tensor_powers_independent("n - 1", 3),
        identity(
            "diff(exp(lam*z*w), w) == lam*z*exp(lam*z*w)", says="one derivative in w: one factor z, on e^(λt)"
        ),
        identity("z1*(t*z1/(z1**2 + z2**2)) + z2*(t*z2/(z1**2 + z2**2)) == t", z1="[1, oo)", z2="[0, oo)"),
        prove("(v*s)**2 > 0", v="(0, oo)", s="(0, oo)", says="v_i σ^(n-1)(z_i.w) is not 0"),
        assumes=(
            "a continuous function that is 0 almost everywhere is 0",
            "the zeros of an analytic function other than 0 are a null set",
            f"assumption-analytic: σ^(n-1) is not 0 identically ({derivatives} derivatives are taken)",
        ),
    )


@lemma_3.check(part="activation kernel", covers="universal")
def independent_ridge_functions(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv = 0 makes Σ v_i σ(z_i.w) = 0 for all w.

    Then n - 1 derivatives and independent tensor powers give v = 0.
    """
    refuted = small_direction(claim.excluded, "activation")
    return refuted or vanishing_combination(claim, "n - 1")


@lemma_3.check(part="tangent kernel", covers="universal")
def independent_gradients(claim: Statement, ctx: Context) -> Outcome:
    """vᵀHv = E |Σ v_i σ'(z_i.w) z_i|²: n - 2 derivatives give the same display.

    For n = 1 none is needed: σ' is not 0, z_1 is not 0.
    """
    refuted = small_direction(claim.excluded, "tangent")
    return refuted or vanishing_combination(claim, "n - 2")


@lemma_3.check(part="activation kernel")
def integer_points(claim: Statement, ctx: Context) -> Outcome:
    """G(Z) of g at up to six integer points of the plane."""
    return every(
        *(
            eigenvalue_above(kernel_of_g(points, "activation"), str(claim.b), says=f"G, {points}")
            for points in PLANE[:5]
        )
    )


@lemma_3.check(part="tangent kernel")
def integer_points_tangent(claim: Statement, ctx: Context) -> Outcome:
    """H(Z) of g at the same points."""
    return every(
        *(
            eigenvalue_above(kernel_of_g(points, "tangent"), str(claim.b), says=f"H, {points}")
            for points in PLANE[:5]
        )
    )


ARGUMENTS = ("independent_ridge_functions", "independent_gradients")
lemma_3.falsehood("equal points admitted", excluded=("opposite", "polynomial", "zero"), by=ARGUMENTS)
lemma_3.falsehood("opposite points admitted", excluded=("equal", "polynomial", "zero"), by=ARGUMENTS)
lemma_3.falsehood("the identity as activation", excluded=("equal", "opposite", "zero"), by=ARGUMENTS)
lemma_3.falsehood("λ_min > 1/4 for g", b="1/4", by=("integer_points", "integer_points_tangent"), **NONZERO)
lemma_3.corrected("points other than 0", erratum="missing hypothesis", **NONZERO)
