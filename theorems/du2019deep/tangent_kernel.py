"""Appendix F.1, Lemmas F.1 and F.2: kernels of a non-polynomial activation are definite, points non-parallel.

z_1, ..., z_n are the points, v a vector of the kernel. For sin, E sin u sin v = exp(-(s + t)/2) sinh(c) and
E cos u cos v = exp(-(s + t)/2) cosh(c) at variances s, t and covariance c: all examples are closed.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from theorems.du2019deep.hermite_bounds import all_angles
from theorems.lin2022review import definiteness, wave
from theorems.lin2022review.definiteness import (
    NONZERO,
    PLANE,
    PRINTED,
    small_direction,
    vanishing_combination,
)
from theorems.lin2022review.definiteness_proof import VANISHING
from verify import (
    Claim,
    Context,
    Outcome,
    Refuted,
    Statement,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    positive_definite,
    prove,
)

Points = Sequence[Sequence[int | Fraction]]
INSIDE = "(-1, 1)"
NEARLY_PARALLEL: Points = [[1, 0], [1, Fraction(1, 10**6)]]
HYPOTHESES = (
    r"z_1,\dots,z_n\in\mathbb R^d,\ z_i\notin\mathrm{span}(z_j)\ (i\ne j)",
    r"\sigma\ \text{analytic, not a polynomial}",
    r"\sigma(w^\top z_i),\ \sigma'(w^\top z_i)\in L^2\ \text{(Condition 3.1)}",
)


def sine_kernel(points: Points, which: str) -> list[list[str]]:
    """E sin sin, or E cos cos times the inner product, at these points."""
    rows = []
    for x in points:
        row = []
        for z in points:
            s, t, c = (
                str(sum(p * q for p, q in zip(u, v, strict=True))) for u, v in ((x, x), (z, z), (x, z))
            )
            sine = f"({wave.dual(s, c, t)} - 1)"
            row.append(sine if which == "activation" else f"({c})*{wave.slope_dual(s, c, t)}")
        rows.append(row)
    return rows


def sine_on_points(bound: object, which: str) -> Outcome:
    """λ_min of the kernel of sin above a bound, up to five points of the plane and two at a small angle."""
    return every(
        *(
            eigenvalue_above(
                sine_kernel(points, which), str(bound), says=f"sin, {len(points)} points, {name}"
            )
            for points, name in (
                *((p, str(p)) for p in PLANE[1:5]),
                (NEARLY_PARALLEL, "an angle of 10^-6"),
            )
        ),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


def lemma(number: int, **fields: Any) -> Claim:
    """Lemma F.1 or F.2."""
    return Claim(
        f"du2019deep/lemma-F.{number}",
        aliases=(f"du2019thesis/lemma-3.{22 + number}",),
        kind="positive-definiteness",
        where=f"Appendix F.1, Lemma F.{number}",
        given=HYPOTHESES,
        printed={**PRINTED, "b": "0"},
        uses=("du2019deep/cond-3.1", "du2019deep/cond-3.2"),
        same_as=("lin2022review/lemma-3",),
        **fields,
    )


activation_kernel = lemma(
    1,
    title="The activation kernel is positive definite on non-parallel points",
    states=r"G(Z)_{ij} = \mathbb E_{w\sim N(0,I)}\left[\sigma(w^\top z_i)\sigma(w^\top z_j)\right]:\qquad "
    r"\lambda_{\min}(G(Z)) > b",
    proof_uses=(
        "du2019deep/lemma-G.6",
        "du2019deep/proof-lemma-F.1-derivative",
        "du2019deep/proof-lemma-F-common-w",
    ),
    note="For n = 1 the hypothesis is empty and admits z_1 = 0, where G = (σ(0)²), which is 0 for tanh and "
    "sin. The unit inputs and the factors of definite matrices to which the lemma is applied are not 0.",
)


@activation_kernel.check(covers="universal")
def independent_ridge_functions(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv = E (Σ v_i σ(z_i.w))² = 0: the sum is 0 for all w, and so is its derivative of order n - 1.

    The tensor powers of exponent n - 1 are independent, so v_i σ^(n-1)(z_i.w) = 0 for all i and w. First the
    degenerate pairs and polynomials that the hypotheses may admit.
    """
    return small_direction(claim.excluded, "activation") or vanishing_combination(claim, "n - 1")


@activation_kernel.check()
def sine_at_integer_points(claim: Statement, ctx: Context) -> Outcome:
    """E sin sin at two to five points of the plane, and at an angle of 10^-6."""
    return sine_on_points(claim.b, "activation")


@activation_kernel.check()
def two_points_at_every_angle(claim: Statement, ctx: Context) -> Outcome:
    """Two unit points at cosine r, sin: the eigenvalues e^(-1)(sinh 1 ± sinh r), for every r in (-1, 1)."""
    one, r = wave.SINH.format("1"), wave.SINH.format("r")
    return every(
        prove(f"exp(-1)*({one} - {r}) > b", r=INSIDE, let={"b": claim.b}, says="direction (1, -1)"),
        prove(f"exp(-1)*({one} + {r}) > b", r=INSIDE, let={"b": claim.b}, says="direction (1, 1)"),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


@activation_kernel.check()
def softplus_and_tanh(claim: Statement, ctx: Context) -> Outcome:
    """Unit points, G >= Σ a_k² T_k with certified Hermite coefficients a_k, T_k the entrywise powers.

    Two points at every angle, λ_min >= a_1² (1 - |ρ|); three with cosines in [-3/4, 3/4]; three in the plane.
    """
    return all_angles("activation", claim.b)


@activation_kernel.falsehood_with_check("definite for z², four points of the plane")
def square_in_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """E u²v² = s t + 2c². 2x² + 2y² = (x + y)² + (x - y)², so that v = (2, 2, -1, -1) is in the kernel."""
    points = [[1, 0], [0, 1], [1, 1], [1, -1]]
    dot = definiteness.product
    return positive_definite(
        [[dot(x, x) * dot(z, z) + 2 * dot(x, z) ** 2 for z in points] for x in points], says="z², four points"
    )


@activation_kernel.falsehood_with_check("definite for cos and opposite points")
def cosine(claim: Statement, ctx: Context) -> Outcome:
    """cos is even: with 1 for E cos², all four entries of G are equal."""
    return positive_definite([[1, 1], [1, 1]], says="cos, z and -z")


@activation_kernel.falsehood_with_check("finite for e^(z²)")
def not_square_integrable(claim: Statement, ctx: Context) -> Outcome:
    """e^(2z²) times the density is at least 1/√(2π), so the integral over (0, R) exceeds every bound: 10⁶."""
    return evaluate("R/sqrt(2*pi) <= 10**6", at={"R": 10**7}, says="E e^(2z²) over (0, R)")


tangent_kernel = lemma(
    2,
    title="The tangent kernel is positive definite on non-parallel points",
    states=r"G(Z)_{ij} = \mathbb E_{w\sim N(0,I)}\left[\sigma'(w^\top z_i)\sigma'(w^\top z_j)\,z_i^\top "
    r"z_j\right]:\qquad \lambda_{\min}(G(Z)) > b",
    proof_uses=(
        "du2019deep/lemma-G.6",
        "du2019deep/proof-lemma-F.2-derivative",
        "du2019deep/proof-lemma-F-common-w",
    ),
    note="For n = 1 the hypothesis is empty and admits z_1 = 0, where G = (0) for every σ. For n >= 2 no "
    "point is 0, because 0 lies in every span.",
)


@tangent_kernel.check(covers="universal")
def independent_gradients(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv = E |Σ v_i σ'(z_i.w) z_i|² = 0: n - 2 derivatives leave Σ v_i σ^(n-1)(z_i.w) z_i^(⊗(n-1)) = 0."""
    return small_direction(claim.excluded, "tangent") or vanishing_combination(claim, "n - 2")


@tangent_kernel.check()
def cosine_at_integer_points(claim: Statement, ctx: Context) -> Outcome:
    """E cos cos times the inner product, two to five points of the plane, and at an angle of 10^-6."""
    return sine_on_points(claim.b, "tangent")


@tangent_kernel.check()
def tangent_at_every_angle(claim: Statement, ctx: Context) -> Outcome:
    """Two unit points at cosine r, sin: the eigenvalues e^(-1)(cosh 1 ± r cosh r), for every r in (-1, 1)."""
    one, r = wave.COSH.format("1"), wave.COSH.format("r")
    return every(
        prove(f"exp(-1)*({one} - r*{r}) > b", r=INSIDE, let={"b": claim.b}, says="direction (1, -1)"),
        prove(f"exp(-1)*({one} + r*{r}) > b", r=INSIDE, let={"b": claim.b}, says="direction (1, 1)"),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


@tangent_kernel.check()
def softplus_and_tanh_tangent(claim: Statement, ctx: Context) -> Outcome:
    """The same with G >= Σ k a_k² T_k."""
    return all_angles("tangent", claim.b)


@tangent_kernel.falsehood_with_check("definite for z², four points of the plane")
def square_in_the_plane_tangent(claim: Statement, ctx: Context) -> Outcome:
    """E 2u 2v c = 4c², a Gram matrix of forms of degree 2 in two variables: rank 3."""
    points = [[1, 0], [0, 1], [1, 1], [1, -1]]
    dot = definiteness.product
    return positive_definite([[4 * dot(x, z) ** 2 for z in points] for x in points], says="z², four points")


for lemma_claim, argument, others in (
    (
        activation_kernel,
        "independent_ridge_functions",
        ("sine_at_integer_points", "two_points_at_every_angle", "softplus_and_tanh"),
    ),
    (
        tangent_kernel,
        "independent_gradients",
        ("cosine_at_integer_points", "tangent_at_every_angle", "softplus_and_tanh_tangent"),
    ),
):
    lemma_claim.falsehood(
        "equal points admitted", excluded=("opposite", "polynomial", "zero"), by=(argument,)
    )
    lemma_claim.falsehood(
        "opposite points admitted", excluded=("equal", "polynomial", "zero"), by=(argument,)
    )
    lemma_claim.falsehood(
        "the identity as activation", excluded=("equal", "opposite", "zero"), by=(argument,)
    )
    lemma_claim.falsehood("above 1/4", b="1/4", by=others, **NONZERO)
    lemma_claim.corrected("points other than 0", erratum="missing hypothesis", **NONZERO)


OFFSETS = {"n - 2": -2, "n - 1": -1, "n": 0, "n + 1": 1}


def differentiated(claim: Statement) -> Outcome:
    """n = 2, ..., 6 on σ(t) = e^(λt): σ^(f)(z w) z^f after `order` derivatives is σ^(j)(z w) z^e.

    The chain rule: each derivative brings one factor z and one order of σ, whatever σ is.
    """
    links = []
    for n in range(2, 7):
        left = f"lam**{claim.prime}*z**{claim.f}*exp(lam*z*w)"
        for _ in range(n + OFFSETS[claim.order]):
            left = f"diff({left}, w)"
        j, e = (n + OFFSETS[text] for text in (claim.j, claim.e))
        links.append(identity(f"{left} == lam**{j}*z**{e}*exp(lam*z*w)", says=f"n = {n}", lam="(0, oo)"))
    step = identity("diff(P*exp(lam*z*w), w) == lam*z*P*exp(lam*z*w)", says="the induction step")
    return every(*links, step, assumes=("the chain rule",))


def induced_kernel(claim: Statement) -> Outcome:
    """The feature σ(w.z) z^f has the kernel E[σσ] c^f, c the inner product, and has to have E[σσ] c^g."""
    return identity("E*c**f == E*c**g", let=claim.let, E="(0, oo)", c="(0, oo)")


def step(number: int, **fields: Any) -> Claim:
    """The derivatives taken in the proof of Lemma F.1 or F.2."""
    return Claim(
        f"du2019deep/proof-lemma-F.{number}-derivative",
        aliases=(f"du2019thesis/proof-lemma-3.{22 + number}-derivative",),
        kind="proof-step",
        where=f"Appendix F.1, proof of Lemma F.{number}",
        given=(*HYPOTHESES, r"n \ge 2"),
        step_of=f"du2019deep/lemma-F.{number}",
        parts=("feature map", "derivatives"),
        **fields,
    )


scalar_step = step(
    1,
    title="Derivatives of the null relation between ridge functions",
    states=r"\phi_z(w) = \sigma(w^\top z)\,z^{f}\ \text{induces}\ G;\quad \sum_i a_i\phi_{z_i}(w) = 0\ "
    r"\text{differentiated}\ k\ \text{times:}\ \sum_i a_i\sigma^{(n-1)}(w^\top z_i)\,z_i^{\otimes e} = "
    r"0,\quad f = 1,\ k = n-2,\ e = n-1",
    printed={"prime": 0, "f": 1, "g": 0, "order": "n - 2", "j": "n - 1", "e": "n - 1"},
    same_as=("lin2022review/lemma-3-step-2",),
    note="The vector-valued map induces E[σσ] z_i.z_j, not G, and its n - 2 derivatives carry σ^(n-2). The "
    "scalar map σ(w.z) differentiated n - 1 times leads to the printed display. Both slips repeat the proof "
    "of Lemma F.2.",
)


@scalar_step.check(part="feature map", covers="universal")
def kernel_of_the_feature(claim: Statement, ctx: Context) -> Outcome:
    """G has no factor z_i.z_j."""
    return induced_kernel(claim)


@scalar_step.check(part="derivatives", covers="universal")
def orders_on_exponentials(claim: Statement, ctx: Context) -> Outcome:
    """Derivatives and tensor factors counted on e^(λt), n = 2, ..., 6, and the step from each order on."""
    return differentiated(claim)


SCALAR: dict[str, Any] = {"f": 0, "order": "n - 1"}
scalar_step.falsehood("feature map with a factor z", f=1, order="n - 1", by=("kernel_of_the_feature",))
scalar_step.falsehood("exponent n", f=0, order="n - 1", e="n", by=("orders_on_exponentials",))
scalar_step.falsehood(
    "derivative of order n + 1", f=0, order="n - 1", j="n + 1", by=("orders_on_exponentials",)
)
scalar_step.corrected("scalar feature, n - 1 derivatives", erratum="broken proof step", **SCALAR)


vector_step = step(
    2,
    title="Derivatives of the null relation between gradients of ridge functions",
    states=r"\phi_z(w) = \sigma'(w^\top z)\,z^{f}\ \text{induces}\ G;\quad \sum_i a_i\phi_{z_i}(w) = 0\ "
    r"\text{differentiated } n-2 \text{ times:}\ \sum_i a_i\sigma^{(j)}(w^\top z_i)\,z_i^{\otimes(n-1)} = "
    r"0,\quad f = 1,\ j = n",
    printed={"prime": 1, "f": 1, "g": 1, "order": "n - 2", "j": "n", "e": "n - 1"},
    same_as=("lin2022review/lemma-3-step-5",),
    note="n - 2 derivatives of σ' are the derivative of order n - 1; the argument needs only that the one "
    "that appears is not 0 identically.",
)


@vector_step.check(part="feature map", covers="universal")
def kernel_of_the_gradient(claim: Statement, ctx: Context) -> Outcome:
    """G has the factor z_i.z_j once."""
    return induced_kernel(claim)


@vector_step.check(part="derivatives", covers="universal")
def orders_on_gradients(claim: Statement, ctx: Context) -> Outcome:
    """Derivatives and tensor factors counted on e^(λt), n = 2, ..., 6, and the step from each order on."""
    return differentiated(claim)


vector_step.falsehood("feature map without z", f=0, j="n - 1", by=("kernel_of_the_gradient",))
vector_step.falsehood("exponent n", j="n - 1", e="n", by=("orders_on_gradients",))
vector_step.falsehood("derivative of order n + 1", j="n + 1", by=("orders_on_gradients",))
vector_step.corrected("order n - 1", erratum="misprint", j="n - 1")


common_direction = Claim(
    "du2019deep/proof-lemma-F-common-w",
    aliases=("du2019thesis/proof-lemma-3.23-common-w",),
    title="One direction in which no derivative vanishes",
    kind="existence",
    where="Appendix F.1, proofs of Lemmas F.1 and F.2",
    states=r"\exists w\ \forall i\in[n]:\ \sigma^{(k)}(w^\top z_i) \ne 0",
    given=(r"\sigma\ \text{analytic, not a polynomial},\ k\ge 0", r"z_i\ne 0\ \text{for all } i"),
    printed=NONZERO,
    uses=("du2019deep/cond-3.2",),
    same_as=("lin2022review/lemma-3-step-4",),
    step_of="du2019deep/lemma-F.1",
    note="Non-parallel points are not 0 when n >= 2. Printed with k = n - 1 and n; almost every w will do.",
)


@common_direction.check(covers="universal")
def union_of_null_sets(claim: Statement, ctx: Context) -> Outcome:
    """w -> z_i.w takes every value t, at w = t z_i/|z_i|², so that each zero set is null; n of them are null.

    First the points and the activation for which the value is 0 for every w.
    """
    for relation, name, value in VANISHING:
        if relation not in claim.excluded:
            fact = identity(f"{value} == 0", says=name)
            if fact.status == "holds":
                return Refuted(*fact.evidence, witness=f"{name} is 0 for every w")
    return follows_from(
        identity("z1*(t*z1/(z1**2 + z2**2)) + z2*(t*z2/(z1**2 + z2**2)) == t", z1="(0, oo)", z2="[0, oo)"),
        assumes=(
            "a derivative of an analytic function that is not a polynomial is analytic and not 0 identically",
            "the zeros of an analytic function other than 0 are a null set",
            "coordinates may be turned until z_1 > 0 and z_2 >= 0",
        ),
    )


@common_direction.check()
def sine_in_one_direction(claim: Statement, ctx: Context) -> Outcome:
    """w = (1, 2), five points of the plane: sin, cos and their negatives are all the derivatives of sin."""
    values = [p + 2 * q for p, q in PLANE[4]]
    extra = [0] if "zero" not in claim.excluded else []
    return every(
        *(evaluate(f"sin({t})**2 > 0", instance=True, says=f"sin at {t}") for t in (*values, *extra)),
        *(evaluate(f"cos({t})**2 > 0", instance=True, says=f"cos at {t}") for t in values),
    )


common_direction.falsehood("a point 0 admitted", excluded=("equal", "opposite", "polynomial"))
common_direction.falsehood(
    "the identity as activation", excluded=("equal", "opposite", "zero"), by=("union_of_null_sets",)
)
