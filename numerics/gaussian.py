"""Gaussian tools: moments, orthants, Stein's identity, anti-concentration, tails, singular values.

Main definitions: `moment`, `absolute_moment`, `absolute_moment_ball`; `orthant_probability` and
`orthant_probability_ball` (2 and 3 dimensions); `stein_residual`; `interval_probability`,
`anti_concentration`; `tail`, `mills_bounds`; `chi_square_tail`, `chi_square_bounds` (Laurent-Massart);
`davidson_szarek`. Arguments called exact are ints, Fractions, strings such as "1/3", or floats, which count
as the dyadics they are; results called balls are arbs that enclose the exact value.

References: W. Sheppard, Phil. Trans. R. Soc. A 192 (1899), and NIST DLMF 7.8, 8.4, 8.17; C. Stein, Ann.
Statist. 9 (1981), Lemma 1; R. Gordon, Ann. Math. Statist. 12 (1941), Mills's ratio; B. Laurent, P. Massart,
Ann. Statist. 28 (2000), Lemma 1; K. Davidson, S. Szarek, "Local operator theory, random matrices and Banach
spaces" (Handbook of the Geometry of Banach Spaces I, 2001), Theorem II.13.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from flint import arb

from numerics.balls import Integrand, ball, exact_rational, gaussian_expectation, precision
from numerics.closed_forms import double_factorial


def _power(k: Any) -> int:
    if isinstance(k, bool) or not isinstance(k, int) or k < 0:
        raise ValueError(f"Expected an integer k >= 0 but got k={k!r}")
    return k


def _variance(variance: Any) -> Fraction:
    q = exact_rational(variance)
    if q < 0:
        raise ValueError(f"Expected a variance >= 0 but got {variance!r}")
    return q


def moment(k: int, variance: Any = 1) -> Fraction:
    """E z^k = (k - 1)!! variance^(k/2) for even k, else 0; z ~ N(0, variance), exact.

    >>> moment(4, "1/2"), moment(3)
    (Fraction(3, 4), Fraction(0, 1))
    """
    q = _variance(variance)
    return Fraction(0) if _power(k) % 2 else double_factorial(k - 1) * q ** (k // 2)


def absolute_moment(k: int, variance: Any = 1) -> Any:
    """E |z|^k as a sympy number: (k - 1)!! variance^(k/2), times sqrt(2 / pi) for odd k.

    >>> absolute_moment(1), absolute_moment(3, 2)
    (sqrt(2)/sqrt(pi), 8/sqrt(pi))
    """
    q = _variance(variance)
    size = double_factorial(_power(k) - 1) * sympy.sqrt(sympy.Rational(q.numerator, q.denominator)) ** k
    return size * sympy.sqrt(2) / sympy.sqrt(sympy.pi) if k % 2 else size


def absolute_moment_ball(k: Any, variance: Any = 1, *, bits: int = 64) -> Any:
    """Ball of E |z|^k = (2 variance)^(k/2) Gamma((k + 1) / 2) / sqrt(pi) for exact real k > -1.

    Raises ValueError for k <= -1, where it is infinite, and for variance 0 with k < 0.

    >>> absolute_moment_ball(2), absolute_moment_ball(1).overlaps((2 / arb.pi()).sqrt())
    (1.00000000000000, True)
    """
    power, q = exact_rational(k), _variance(variance)
    if power <= -1 or (q == 0 and power < 0):
        raise ValueError(f"Expected k > -1, and k >= 0 at variance 0, but got k={k!r}, variance={variance!r}")
    with precision(bits):
        if q == 0 or power == 0:
            return arb(1 if power == 0 else 0)
        if power.denominator == 1 and power % 2 == 0:
            return ball(moment(int(power), q))
        half = ball(power / 2)
        return (2 * ball(q)) ** half * (half + arb(0.5)).gamma() / arb.pi().sqrt()


def _determinant(R: list[list[Fraction]]) -> Fraction:
    if len(R) == 2:
        return R[0][0] * R[1][1] - R[0][1] * R[1][0]
    minors = (_determinant([[row[j] for j in range(3) if j != i] for row in R[1:]]) for i in range(3))
    return sum(((-1) ** i * R[0][i] * minor for i, minor in enumerate(minors)), Fraction(0))


def orthant_probability_ball(R: Any, *, bits: int = 64) -> Any:
    """Ball of P(z_i >= 0 for all i), z ~ N(0, R), R exact, 2 x 2 or 3 x 3, with a positive diagonal.

    1/4 + asin(r12) / (2 pi), or 1/8 + (asin r12 + asin r13 + asin r23) / (4 pi), r the correlations; singular
    R is allowed. Raises ValueError unless R is symmetric positive semidefinite.

    >>> orthant_probability_ball([[1, "1/2"], ["1/2", 1]]).overlaps(arb(1) / 3)
    True
    >>> float(orthant_probability_ball([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    0.125
    """
    rows = R.tolist() if isinstance(R, np.ndarray) else R
    square = isinstance(rows, Sequence) and len(rows) in (2, 3)
    if not square or not all(isinstance(row, Sequence) and len(row) == len(rows) for row in rows):
        raise ValueError(f"Expected R of shape (2, 2) or (3, 3) but got {' '.join(repr(R).split())}")
    table = [[exact_rational(x) for x in row] for row in rows]
    pairs = [(i, j) for i in range(len(table)) for j in range(i)]
    if any(table[i][i] <= 0 for i in range(len(table))) or any(table[i][j] != table[j][i] for i, j in pairs):
        raise ValueError("Expected a symmetric R with a positive diagonal")
    minors = [table[i][i] * table[j][j] - table[i][j] ** 2 for i, j in pairs]
    if min(*minors, _determinant(table)) < 0 if len(table) == 3 else minors[0] < 0:
        raise ValueError("Expected a positive semidefinite R")
    with precision(bits + 8):
        turns = [
            arb.atan2(ball(table[i][j]), ball(minor).sqrt())
            for (i, j), minor in zip(pairs, minors, strict=True)
        ]
        total = sum(turns, arb(0))
        return arb(0.25) + total / (2 * arb.pi()) if len(table) == 2 else arb(0.125) + total / (4 * arb.pi())


def orthant_probability(R: Any) -> float:
    """P(z_i >= 0 for all i) in float64, right to 1e-16; as `orthant_probability_ball`.

    >>> orthant_probability([[1.0, -1.0], [-1.0, 1.0]])
    0.0
    """
    return max(0.0, float(orthant_probability_ball(R, bits=96).mid()))


def stein_residual(
    f: Integrand,
    derivative: Integrand,
    *,
    growth: tuple[Any, Any, Any],
    bits: int = 64,
    breakpoints: Any = (),
) -> Any:
    """Ball of E[z f(z) - f'(z)], z ~ N(0, 1), which is 0 for absolutely continuous f (Stein's identity).

    f, f' are integrands (z, analytic) as in `numerics.balls`; growth = (a, b, k) bounds both by a + b |z|^k
    on R. A ball without 0 proves that `derivative` is not the derivative of f, or that f jumps. Raises
    ValueError as `gaussian_expectation`.

    >>> stein_residual(lambda z, _: z**3, lambda z, _: 3 * z**2, growth=(0, 3, 3)).contains(0)
    True
    """
    a, b, k = (exact_rational(x) for x in growth)
    # |z|(a + b|z|^k) + a + b|z|^k <= 2 (a + b) (1 + |z|^(k+1)).
    wide = (2 * (a + b), 2 * (a + b), k + 1)
    return gaussian_expectation(
        lambda z, analytic: z * f(z, analytic) - derivative(z, analytic),
        bits=bits,
        growth=wide,
        breakpoints=tuple(breakpoints),
    )


def interval_probability(low: Any, high: Any, *, bits: int = 64) -> Any:
    """Ball of P(low <= z <= high), z ~ N(0, 1), low <= high exact, to relative accuracy also in the tails.

    >>> interval_probability(-1, 1).str(10, radius=False)
    '0.6826894921'
    """
    start, end = exact_rational(low), exact_rational(high)
    if start > end:
        raise ValueError(f"Expected low <= high but got {low!r}, {high!r}")
    if start < 0 < end:
        with precision(bits + 8):
            root = arb(2).sqrt()
            return ((ball(end) / root).erf() - (ball(start) / root).erf()) / 2
    near, far = (start, end) if start >= 0 else (-end, -start)
    return tail(near, bits=bits + 32) - tail(far, bits=bits + 32)


@dataclass(frozen=True)
class AntiConcentration:
    """P(|z - mean| < R) for z ~ N(0, 1): the ball `probability` and its linear `bound` 2 R / sqrt(2 pi)."""

    probability: Any
    bound: Any


def anti_concentration(R: Any, *, mean: Any = 0, bits: int = 64) -> AntiConcentration:
    """P(mean - R < z < mean + R) and the bound 2 R max phi = 2 R / sqrt(2 pi), tight as R -> 0 at mean 0.

    R >= 0 and mean exact. Raises ValueError for R < 0.

    >>> pair = anti_concentration("1/10")
    >>> bool(pair.probability < pair.bound), bool(pair.probability > 0.99 * pair.bound)
    (True, True)
    """
    radius, centre = exact_rational(R), exact_rational(mean)
    if radius < 0:
        raise ValueError(f"Expected R >= 0 but got R={R!r}")
    probability = interval_probability(centre - radius, centre + radius, bits=bits)
    with precision(bits):
        return AntiConcentration(probability, 2 * ball(radius) / (2 * arb.pi()).sqrt())


def tail(t: Any, *, bits: int = 64) -> Any:
    """Ball of P(z >= t) = erfc(t / sqrt 2) / 2, z ~ N(0, 1), t exact, to relative accuracy.

    >>> tail(10).overlaps(arb("7.61985302416052606597e-24", arb("1e-43")))
    True
    """
    x = exact_rational(t)
    with precision(bits + 16):
        return (ball(x) / arb(2).sqrt()).erfc() / 2


def mills_bounds(t: Any, *, bits: int = 64) -> tuple[Any, Any]:
    """Balls (t / (1 + t^2) phi(t), phi(t) / t), below and above P(z >= t) for exact t > 0 (Gordon 1941).

    >>> low, high = mills_bounds(3)
    >>> bool(low < tail(3) < high)
    True
    """
    if exact_rational(t) <= 0:
        raise ValueError(f"Expected t > 0 but got t={t!r}")
    with precision(bits):
        x = ball(t)
        density = (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        return x / (1 + x * x) * density, density / x


def _freedom(name: str, k: Any) -> int:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"Expected an integer {name} >= 1 but got {name}={k!r}")
    return k


def chi_square_tail(k: int, t: Any, *, bits: int = 64) -> Any:
    """Ball of P(X >= t), X chi-square with k degrees of freedom: Gamma(k/2, t/2) / Gamma(k/2); t >= 0 exact.

    >>> chi_square_tail(2, 4).overlaps((-arb(2)).exp())
    True
    """
    x = exact_rational(t)
    if x < 0:
        raise ValueError(f"Expected t >= 0 but got t={t!r}")
    with precision(bits + 16):
        half = arb(_freedom("k", k)) / 2
        return arb(1) if x == 0 else (ball(x) / 2).gamma_upper(half, regularized=1)


def chi_square_bounds(k: int, x: Any, *, bits: int = 64) -> tuple[Any, Any, Any]:
    """Balls (low, high, e^-x) with P(X <= low) <= e^-x and P(X >= high) <= e^-x, X chi-square, k degrees.

    low = k - 2 sqrt(k x), high = k + 2 sqrt(k x) + 2 x for exact x >= 0 (Laurent, Massart 2000, Lemma 1).

    >>> low, high, chance = chi_square_bounds(10, 2)
    >>> bool(chi_square_tail(10, high.mid()) <= chance)
    True
    """
    if exact_rational(x) < 0:
        raise ValueError(f"Expected x >= 0 but got x={x!r}")
    with precision(bits):
        at, count = ball(x), arb(_freedom("k", k))
        width = 2 * (count * at).sqrt()
        return count - width, count + width + 2 * at, (-at).exp()


@dataclass(frozen=True)
class SingularValueBounds:
    """With probability at least 1 - `chance` each: smallest > `low`; largest < `high` (balls)."""

    low: Any
    high: Any
    chance: Any


def davidson_szarek(N: int, n: int, t: Any, *, bits: int = 64) -> SingularValueBounds:
    """Extreme singular values of an N x n standard Gaussian matrix, N >= n: sqrt N -+ (sqrt n + t).

    P(smallest <= sqrt N - sqrt n - t) and P(largest >= sqrt N + sqrt n + t) are each at most e^(-t^2/2), for
    exact t >= 0; both hold with probability at least 1 - 2 e^(-t^2/2). Raises ValueError for N < n, t < 0.

    >>> bounds = davidson_szarek(100, 4, 2)
    >>> float(bounds.low), float(bounds.high), bounds.chance.overlaps((-arb(2)).exp())
    (6.0, 14.0, True)
    """
    if _freedom("n", n) > _freedom("N", N):
        raise ValueError(f"Expected N >= n but got N={N}, n={n}")
    if exact_rational(t) < 0:
        raise ValueError(f"Expected t >= 0 but got t={t!r}")
    with precision(bits):
        step, long, short = ball(t), arb(N).sqrt(), arb(n).sqrt()
        return SingularValueBounds(long - short - step, long + short + step, (-step * step / 2).exp())
