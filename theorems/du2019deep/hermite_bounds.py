"""Lower bounds of the kernels of softplus and tanh from a few Hermite coefficients, for all angles at once.

For unit points with cosine ρ, E σ(u)σ(v) = Σ a_k² ρ^k with a_k = E σ(z) He_k(z)/√k!, and E σ'(u)σ'(v) ρ =
Σ k a_k² ρ^k.  Tensor powers have semidefinite Gram matrices T_k = (ρ_ij^k), so any part of the sum is a
lower bound.  The coefficients are Gaussian expectations of one variable: by parts, E σ He_k =
E σ^(j) He_(k-j), where softplus' = (1 + tanh(z/2))/2, and its odd coefficients from the third on are 0.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any, NamedTuple

import numpy as np

from numerics import activations as library
from numerics.activation import Activation
from numerics.dual import hermite_coefficients
from theorems.lin2022review import wave
from theorems.lin2022review.positive_definiteness import INPUTS
from verify import (
    Outcome,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

INSIDE, FROM_ZERO = "(-1, 1)", "[0, oo)"
DIGITS = 6
MEHLER = "E σ(u)σ(v) = Σ a_k² ρ^k for unit variances (Mehler), and for σ' with (k + 1) a_(k+1)²"
STEIN = "E σ(z) He_k(z) = E σ^(j)(z) He_(k-j)(z)"
SCHUR_PRODUCT = "Schur: entrywise powers and products of semidefinite matrices are semidefinite"
HERMITE = {0: "1", 1: "z", 2: "(z**2 - 1)", 3: "(z**3 - 3*z)", 4: "(z**4 - 6*z**2 + 3)"}
HERMITE[5] = "(z**5 - 10*z**3 + 15*z)"


class Series(NamedTuple):
    """An activation, its derivative of order `parts` as text, and the orders whose coefficients are used."""

    activation: Activation
    derivative: str
    parts: int
    orders: Sequence[int]
    box: int
    """The order whose tensor power bounds three points from below."""


SOFTPLUS = Series(library.softplus(), "(1 + tanh(z/2))/2", 1, (1, 2, 4), 4)
TANH = Series(library.tanh, "tanh(z)", 0, (1, 3, 5), 3)
BOTH = (SOFTPLUS, TANH)


class Coefficient(NamedTuple):
    """A certified lower bound of a_k² and its evidence."""

    square: Fraction
    evidence: Outcome


@cache
def coefficients(series: Series) -> Mapping[int, Coefficient]:
    """Lower bounds of a_k², k in `orders`, each from one Gaussian expectation."""
    found: dict[int, Coefficient] = {}
    balls = hermite_coefficients(series.activation, max(series.orders), digits=DIGITS + 8)
    for k in series.orders:
        scaled = float(balls[k].mid()) * factorial(k) ** 0.5
        value = Fraction(round(scaled * 10 ** (DIGITS + 2)), 10 ** (DIGITS + 2))
        integrand = f"{series.derivative}*{HERMITE[k - series.parts]}"
        name = series.activation.name
        link = expectation([("oo", integrand)], equals=str(value), digits=DIGITS, says=f"a_{k} √{k}!, {name}")
        least = abs(value) - Fraction(1, 10**DIGITS)
        found[k] = Coefficient(least**2 / factorial(k), link)
    return found


def weights(series: Series, which: str) -> dict[int, Fraction]:
    """Lower bounds of a_k² (activation kernel) or k a_k² (tangent kernel)."""
    power = {"activation": 0, "tangent": 1}[which]
    return {k: k**power * c.square for k, c in coefficients(series).items()}


def certified(series: Series, orders: Sequence[int]) -> list[Outcome]:
    """The evidence of some coefficients."""
    return [coefficients(series)[k].evidence for k in orders]


def close_points(b: object, scale: str) -> Outcome:
    """Refuted for b > 0: softplus, two unit points at cosine 1 - b/4, where 1 - ρ^k <= k (1 - ρ).

    K(1) - K(ρ) <= (1 - ρ) Σ k a_k² = (1 - ρ) E σ'², and for the tangent kernel (1 - ρ) (E σ'² + E σ''²);
    scale: 1, or the bound c_σ <= 2 from σ(z)² + σ(-z)² >= (σ(z) - σ(-z))² = z².
    """
    return contradicted_by(
        every(
            evaluate(f"({scale})*(1 + 1/16)*b/4 < b", let={"b": b}, says="E σ'² <= 1, E σ''² <= 1/16"),
            evaluate("b < 4", let={"b": b}, says="a cosine in [0, 1)"),
            prove("s*(1 - s/2) >= 0", s="[0, 1]", says="1 - ρ^k <= k (1 - ρ), k = 2, ρ = 1 - s"),
            assumes=("Bernoulli: ρ^k >= 1 - k (1 - ρ)", MEHLER),
        ),
        witness=f"softplus, two unit points at cosine 1 - b/4, b = {b}",
    )


def two_points(series: Series, which: str, b: object) -> Outcome:
    """K(1) ∓ K(ρ) >= a_1² (1 ∓ ρ), for every angle."""
    let = {"A": weights(series, which)[1], "b": b}
    name = series.activation.name
    return follows_from(
        *certified(series, (1,)),
        prove("A*(1 - r) > b", r=INSIDE, let=let, says=f"{name}, direction (1, -1)"),
        prove("A*(1 + r) > b", r=INSIDE, let=let, says=f"{name}, direction (1, 1)"),
        prove("x*(1 - r)*(1 + r) >= 0", r=INSIDE, x=FROM_ZERO, says="the other terms, order 2"),
        assumes=(MEHLER, STEIN),
    )


def three_points_in_a_box(series: Series, which: str, b: object) -> Outcome:
    """All |ρ_ij| <= 3/4: λ_min(T_k) >= 1 - 2 (3/4)^k by Gershgorin, times a_k²."""
    k = series.box
    let = {"A": weights(series, which)[k], "k": k, "b": b}
    form = "x**2 + y**2 + z**2 - 2*t*(x*y + x*z + y*z) - (1 - 2*t)*(x**2 + y**2 + z**2)"
    least = weights(series, which)[k] * (1 - 2 * Fraction(3, 4) ** k)
    said = (
        f"{series.activation.name}, {which} kernel: λ_min > {float(least):.2g} for three points, |ρ| <= 3/4"
    )
    return follows_from(
        *certified(series, (k,)),
        identity(f"{form} == t*((x - y)**2 + (x - z)**2 + (y - z)**2)", says="rows with entries t"),
        prove("r**k <= (3/4)**k", r="[0, 3/4]", let=let, says="entries of T_k"),
        evaluate("A*(1 - 2*(3/4)**k) > b", let=let, says=f"{series.activation.name}, three points"),
        assumes=(MEHLER, STEIN, SCHUR_PRODUCT, "Gershgorin: |x y| in place of x y"),
        observations=(said,),
    )


PLANE = (("1", "0"), ("4/5", "3/5"), ("0", "1"))
"""Three unit points of the plane."""


def plane_matrix(terms: Mapping[int, Fraction]) -> list[list[Fraction]]:
    """Σ w_k T_k at three points of the plane."""
    points = [[Fraction(x) for x in p] for p in PLANE]
    dots = [[x[0] * y[0] + x[1] * y[1] for y in points] for x in points]
    return [[sum((w * r**k for k, w in terms.items()), Fraction(0)) for r in row] for row in dots]


def three_points_of_the_plane(series: Series, which: str, b: object) -> Outcome:
    """The sum of the certified terms at three unit points of the plane, which T_1 does not separate."""
    matrix = plane_matrix(weights(series, which))
    least = float(np.linalg.eigvalsh(np.array([[float(x) for x in row] for row in matrix]))[0])
    bound = Fraction(least * 0.999).limit_denominator(10**9)
    name = series.activation.name
    return follows_from(
        *certified(series, series.orders),
        eigenvalue_above([[str(x) for x in row] for row in matrix], str(bound), says=f"{name}: Σ w_k T_k"),
        evaluate(f"{bound} > b", let={"b": b}),
        assumes=(MEHLER, STEIN, SCHUR_PRODUCT),
        observations=(f"{name}, {which} kernel: λ_min > {float(bound):.4g} at (1, 0), (4/5, 3/5), (0, 1)",),
    )


def all_angles(which: str, b: object) -> Outcome:
    """Two points at every angle, three with cosines in [-3/4, 3/4], three in the plane; softplus and tanh."""
    shapes = (two_points, three_points_in_a_box, three_points_of_the_plane)
    links = [shape(series, which, b) for series in BOTH for shape in shapes]
    return unless([close_points(b, "1")], follows_from(*links, observations=_said(links)))


def _said(links: Sequence[Outcome]) -> tuple[str, ...]:
    return tuple(text for link in links for text in link.observations)


# ---- all depths


def second_moment_of_softplus() -> list[Outcome]:
    """E σ² <= 1/2 + log²2: σ(z)² + σ(-z)² = z² + 2 σ(z)σ(-z), and σ(t)σ(-t) <= log²2.

    With l = log(1 + y), y = e^(-t): the product (t + l) l has the derivative (l (1 - y) - t y)/(1 + y) <= 0.
    """
    decreasing = "(log(1 + exp(-t))*(1 - exp(-t)) - t*exp(-t))/(1 + exp(-t))"
    return [
        identity("(1 + exp(z))/(1 + exp(-z)) == exp(z)", says="σ(z) - σ(-z) = z"),
        identity("p**2 + q**2 == (p - q)**2 + 2*p*q"),
        expectation([("oo", "z**2")], equals="1", says="E z²"),
        identity(f"diff((t + log(1 + exp(-t)))*log(1 + exp(-t)), t) == {decreasing}", t=FROM_ZERO),
        prove("log(1 + y) <= y", y=FROM_ZERO, says="l = y - r with r >= 0"),
        prove("1 - exp(-t) <= t", t=FROM_ZERO, says="t = 1 - y + s with s >= 0"),
        prove("(y - r)*(1 - y) <= (1 - y + s)*y", y="[0, 1]", r=FROM_ZERO, s=FROM_ZERO, says="numerator"),
    ]


def rate(series: Series) -> tuple[str, list[Outcome]]:
    """A lower bound of c_σ a_1², with its evidence."""
    a = str(coefficients(series)[1].square)
    if series is SOFTPLUS:
        return "1/4", [
            *second_moment_of_softplus(),
            expectation([("oo", "(1 + tanh(z/2))/2")], equals="1/2", says="a_1 = E σ'"),
            evaluate("(1/2)**2/(1/2 + log(2)**2) >= 1/4", says="c a_1², softplus"),
        ]
    square = expectation([("oo", "tanh(z)**2")], equals="3943/10000", digits=4, says="E tanh²")
    return "9/10", [
        *certified(series, (1,)),
        square,
        evaluate(f"{a}/(3944/10000) >= 9/10", says="c a_1², tanh"),
    ]


def all_depths(b: object) -> Outcome:
    """K^(H) - κ^H X Xᵀ is semidefinite with κ <= c a_1²: 1/4 for softplus, 9/10 for tanh, for every H and n.

    Each layer is c Σ a_k² T_k >= c a_1² T_1 at the matrix before, the last one c Σ k a_k² T_k.  For two
    inputs at cosine q this is λ_min >= κ^H (1 - |q|).  Three inputs of the plane, where X Xᵀ is singular, or
    with cosines in [-3/4, 3/4]: c Σ k a_k² T_k for H = 1, and κ^(H-1) c Σ a_k² T_k for H >= 2.
    """
    links = []
    for series in BOTH:
        kappa, evidence = rate(series)
        let = {"kappa": kappa, "b": b}
        links += [
            *evidence,
            prove("kappa*l > 0", let=let, l="(0, oo)", says="from a layer's lower bound to the next one's"),
            identity("x**2 - 2*q*x*y + y**2 == (1 - q)*(x**2 + y**2) + q*(x - y)**2", says="two inputs"),
            evaluate("b <= 0", let={"b": b}, says="the bounds tend to 0"),
            *(
                shape(series, which, "0")
                for which in ("tangent", "activation")
                for shape in (three_points_of_the_plane, three_points_in_a_box)
            ),
        ]
    done = follows_from(*links, assumes=(MEHLER, STEIN, SCHUR_PRODUCT), observations=_said(links))
    return unless([close_points(b, "2")], done)


# ---- residual networks, all depths


def softplus_centred() -> list[Outcome]:
    """K^(1) - b bᵀ >= c a_1² X Xᵀ >= X Xᵀ/4, and E σ'(√q z)² >= 1/4 at every variance q, as E σ' = 1/2."""
    return [
        *rate(SOFTPLUS)[1],
        evaluate("1/2 + log(2)**2 <= 1", says="c >= 1"),
        identity("1/(1 + exp(-z)) + 1/(1 + exp(z)) == 1", says="σ'(z) + σ'(-z)"),
        prove("s**2 >= s - 1/4", s="(-oo, oo)", says="E s² >= E s - 1/4 = 1/4"),
        evaluate("1/4*(1/4) >= 1/16", says="κ = λ_min(X Xᵀ)/16"),
        three_points_of_the_plane(SOFTPLUS, "activation", "0"),
    ]


def sine_centred() -> list[Outcome]:
    """1 + sin z: K^(1) - b bᵀ has the entries (c/e) sinh(x_i.x_j), at least (c/e) X Xᵀ; E cos² >= 1/2."""
    rows = [[f"{wave.NORMALISER}*exp(-1)*{wave.SINH.format(x)}" for x in row] for row in INPUTS]
    return [
        evaluate(f"{wave.NORMALISER}*exp(-1) >= 1/4", says="c/e"),
        prove(f"exp(-q)*{wave.COSH.format('q')} >= 1/2", q="(0, oo)", says="E cos² at variance q"),
        evaluate("1/4*(1/2) >= 1/8", says="κ = λ_min(X Xᵀ)/8"),
        eigenvalue_above(rows, "1/1000", says="three inputs of the plane, where X Xᵀ is singular"),
    ]


def residual_depths(power: object) -> Outcome:
    """λ_min(K^(H)) >= κ c_res²/H^power for all unit inputs and depths, with explicit κ.

    softplus: κ = λ_min(X Xᵀ)/16; 1 + sin z: κ = λ_min(X Xᵀ)/8; in the plane λ_min(K^(1) - b bᵀ)/4 and /2.
    K^(H-1) >= K^(H-1) - b bᵀ >= K^(1) - b bᵀ as n x n matrices, since a layer adds the covariance of ρ(U);
    then Schur's theorem with E σ'σ'ᵀ.  First n = 1, softplus, c_res = 1/2, where K^(H) <= (21/10)² c_res²/H².
    """
    let = {"p": power}
    large = contradicted_by(
        every(
            evaluate("(1 + log(2))*exp(1/2) - log(2) <= 21/10", says="√K_ii, by Minkowski"),
            prove("(21/10)**2/(5*y/x)**2 < x/(5*y/x)**p", x="(0, 1]", y="[1, oo)", let=let),
            assumes=("proof-prop-F.2-diagonal-range",),
        ),
        witness="n = 1, softplus, c_res = 1/2: for every κ = x the depths H >= 5/x have λ_min < κ c_res²/H^p",
    )
    box: dict[str, Any] = {"H": "[1, oo)", "r": "(0, 1)", "kappa": "(0, oo)"}
    centred = "K + r/H*(b*v + u*a) + (r/H)**2*F - (b + r/H*u)*(a + r/H*v)"
    links = [*softplus_centred(), *sine_centred()]
    argument = follows_from(
        identity(f"{centred} == (K - b*a) + (r/H)**2*(F - u*v)", H="(0, oo)", says="a layer, any entry"),
        *links,
        prove("kappa*r**2/H**2 >= kappa*r**2/H**p", let=let, **box),
        assumes=(
            MEHLER,
            STEIN,
            SCHUR_PRODUCT,
            "covariance matrices and b bᵀ are semidefinite",
            "Schur: λ_min(A ⊙ B) >= λ_min(A) min B_ii",
            wave.PRODUCT_TO_SUM,
        ),
        observations=_said(links),
    )
    return unless([large], argument)
