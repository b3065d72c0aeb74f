"""Arc-cosine kernels of degree 0 and 1 and the limiting Gram matrices of two-layer ReLU networks.

For w ~ N(0, I_d) and theta the angle between x and y,

    H(x, y) = x.y P(w.x >= 0, w.y >= 0)     = x.y (pi - theta) / (2 pi),
    G(x, y) = E relu(w.x) relu(w.y)         = |x| |y| (sin theta + (pi - theta) cos theta) / (2 pi).

`limiting_gram` is H on the rows of X, `output_gram` is G; each exists in float64, in balls and exactly.

References: Y. Cho, L. Saul, "Kernel methods for deep learning" (NeurIPS 2009), eqs. (3)-(6), whose kernels
are twice these; S. Du, X. Zhai, B. Poczos, A. Singh, "Gradient descent provably optimizes over-parameterized
neural networks" (ICLR 2019), Section 3; W. Kahan, "How futile are mindless assessments of roundoff in
floating-point computation?" (2006), for the angle from differences.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from flint import arb, arb_mat, fmpq, fmpq_mat
from numpy.typing import ArrayLike, NDArray

from numerics.balls import exact_rational, precision

Matrix = NDArray[np.float64]

# arccos of a cosine up to 0.75 in modulus amplifies its error by at most 1/sqrt(1 - 0.75^2) < 1.52.
_COSINE_CUT = 0.75
# Entries of one block of row differences: 2^21 doubles are 16 MiB, which stays near the cache.
_BLOCK = 1 << 21


def _rows(X: ArrayLike) -> Matrix:
    try:
        table = np.asarray(X)
        rows = table.real.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("Expected X to be a real matrix of shape (n, d)") from None
    if rows.ndim != 2 or 0 in rows.shape or np.iscomplexobj(table):
        raise ValueError(f"Expected X of shape (n, d), n, d >= 1, real, but got {table.shape} {table.dtype}")
    if not np.isfinite(rows).all():
        raise ValueError("Expected X to be finite but got nan or inf")
    if (zero := np.flatnonzero(~rows.any(axis=1))).size:
        raise ValueError(f"Expected no zero row in X but row {zero[0]} is zero")
    return np.ascontiguousarray(rows)


def _unit_rows(rows: Matrix) -> Matrix:
    exponents = np.frexp(np.abs(rows).max(axis=1))[1]
    scaled = np.ldexp(rows, -exponents[:, None])
    unit: Matrix = scaled / np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, None]
    return unit


def _angle_pair(rows: Matrix) -> tuple[Matrix, Matrix]:
    """The angles theta and their supplements pi - theta, each to full absolute accuracy near 0."""
    unit = _unit_rows(rows)
    cosines = np.clip(unit @ unit.T, -1.0, 1.0)
    theta = np.arccos(cosines)
    rest = np.arccos(-cosines)
    step = max(1, _BLOCK // rows.shape[1])
    for i in range(len(rows)):
        near = i + 1 + np.flatnonzero(np.abs(cosines[i, i + 1 :]) > _COSINE_CUT)
        for start in range(0, len(near), step):
            part = near[start : start + step]
            apart = np.linalg.norm(unit[part] - unit[i], axis=1)
            along = np.linalg.norm(unit[part] + unit[i], axis=1)
            theta[i, part] = theta[part, i] = 2 * np.arctan2(apart, along)
            rest[i, part] = rest[part, i] = 2 * np.arctan2(along, apart)
    np.fill_diagonal(theta, 0.0)
    np.fill_diagonal(rest, np.pi)
    return theta, rest


def angles(X: ArrayLike) -> Matrix:
    """Angles in [0, pi] between the rows of X, shape (n, d) -> (n, n), symmetric with zero diagonal.

    theta = 2 atan2(|x/|x| - y/|y||, |x/|x| + y/|y||) where |cos theta| > 0.75, arccos else. The absolute
    error is at most 4 (d + 8) 2^-53, also near 0 and pi, where arccos loses half of the digits; exactly 0 or
    pi for rows that are equal or opposite up to a power of two. Raises ValueError unless X is a finite real
    (n, d) array without a zero row.

    >>> angles([[1, 0], [0, 2], [-1, 0]]) / np.pi
    array([[0. , 0.5, 1. ],
           [0.5, 0. , 0.5],
           [1. , 0.5, 0. ]])
    """
    return _angle_pair(_rows(X))[0]


def arc_cosine_kernel(theta: ArrayLike, degree: int) -> Matrix:
    """Values for unit vectors at the angles theta in [0, pi] (any shape), without the factor x.y or |x| |y|.

    Degree 0: (pi - theta) / (2 pi), the probability that both neurons are active; degree 1:
    (sin theta + (pi - theta) cos theta) / (2 pi), the covariance of their outputs. Raises ValueError else.

    >>> [float(arc_cosine_kernel(0.0, degree)) for degree in (0, 1)]
    [0.5, 0.5]
    """
    at = np.asarray(theta, dtype=np.float64)
    if not ((at >= 0) & (at <= np.pi)).all():
        raise ValueError("Expected angles theta in [0, pi]")
    return _kernel(at, np.pi - at, degree)


def _kernel(theta: Matrix, rest: Matrix, degree: int) -> Matrix:
    if degree not in (0, 1):
        raise ValueError(f"Expected degree 0 or 1 but got degree={degree!r}")
    if degree == 0:
        return rest / (2 * np.pi)
    covariance: Matrix = (np.sin(np.minimum(theta, rest)) + rest * np.cos(theta)) / (2 * np.pi)
    return covariance


def _bounded(gram: Matrix) -> Matrix:
    if not np.isfinite(gram).all():
        raise ValueError("Expected rows of X whose inner products are below 1.8e308")
    return gram


def limiting_gram(X: ArrayLike) -> Matrix:
    """H-infinity in float64, (n, d) -> (n, n), exactly symmetric: x_i.x_j (pi - theta_ij) / (2 pi).

    One matrix product, then the nearly parallel pairs again from differences; O(n^2 + n d) memory. Each entry
    is within 2 (d + 8) 2^-53 |x_i| |x_j| of the exact value; exactly 0 for opposite rows. Not a rigorous
    enclosure: see `limiting_gram_ball`. Raises ValueError as `angles`, and where the result overflows.

    >>> limiting_gram(np.eye(2))
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    rows = _rows(X)
    active = _kernel(*_angle_pair(rows), 0)
    with np.errstate(over="ignore", invalid="ignore"):
        return _bounded(rows @ rows.T * active)


def output_gram(X: ArrayLike) -> Matrix:
    """G-infinity in float64, (n, d) -> (n, n): |x_i| |x_j| (sin theta + (pi - theta) cos theta) / (2 pi).

    Accuracy and errors as `limiting_gram`.

    >>> bool(abs(output_gram([[3, 4], [4, -3]])[0, 1] - 25 / (2 * np.pi)) < 1e-14)
    True
    """
    rows = _rows(X)
    outputs = _kernel(*_angle_pair(rows), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        gram = _bounded(norms[:, None] * norms * outputs)
    np.fill_diagonal(gram, norms**2 / 2)
    return gram


def closest_pair(X: ArrayLike) -> tuple[int, int, float]:
    """The pair i < j of rows nearest to parallel or antiparallel and its angle min(theta, pi - theta).

    This is the separation that strict positive definiteness of H-infinity needs to be positive. Raises
    ValueError as `angles`, and for a single row.

    >>> closest_pair([[1, 0], [0, 1], [-2, 0]])
    (0, 2, 0.0)
    """
    rows = _rows(X)
    if len(rows) < 2:
        raise ValueError("Expected X with at least two rows but got one")
    nearest = np.minimum(*_angle_pair(rows))
    np.fill_diagonal(nearest, np.inf)
    i, j = divmod(int(np.argmin(nearest)), len(rows))
    return i, j, float(nearest[i, j])


def _exact_rows(X: Any) -> list[list[Fraction]]:
    if isinstance(X, np.ndarray):
        X = X.tolist()
    if not isinstance(X, Sequence) or not X or not all(isinstance(row, Sequence) and len(row) for row in X):
        raise ValueError("Expected X as n >= 1 rows of d >= 1 exact numbers")
    rows = [[exact_rational(entry) for entry in row] for row in X]
    if len({len(row) for row in rows}) != 1:
        raise ValueError("Expected X with rows of equal length")
    for i, row in enumerate(rows):
        if not any(row):
            raise ValueError(f"Expected no zero row in X but row {i} is zero")
    return rows


def _gram_ball(X: Any, bits: int, entry: Callable[[Any, Any, Any], Any]) -> Any:
    rows = _exact_rows(X)
    n, d = len(rows), len(rows[0])
    table = fmpq_mat(n, d, [fmpq(x.numerator, x.denominator) for row in rows for x in row])
    inner = (table * table.transpose()).tolist()
    with precision(bits):
        gram = [[arb(inner[i][j]) / 2 for j in range(n)] for i in range(n)]
        for i in range(n):
            for j in range(i):
                # By Cauchy-Schwarz the radicand is a nonnegative rational; it is exactly 0 for parallel rows.
                product = inner[i][i] * inner[j][j]
                cross = arb(product - inner[i][j] ** 2).sqrt()
                rest = arb.atan2(cross, arb(-inner[i][j]))
                gram[i][j] = gram[j][i] = entry(arb(inner[i][j]), cross, rest)
        return arb_mat(gram)


def limiting_gram_ball(X: Any, bits: int = 128) -> Any:
    """H-infinity in balls (arb_mat, n x n, the two triangles identical) at `bits` of working precision.

    The entries of X (n x d: ints, Fractions, strings such as "1/3", or floats, which count as the dyadics
    they are) are exact; inner products are exact rationals, and parallel rows are recognised exactly. Raises
    ValueError for nan, inf, zero rows and other shapes.

    >>> gram = limiting_gram_ball([[1, 0], ["1/2", "1/2"], [-1, 0]])
    >>> gram[0, 1].overlaps(arb(3) / 16), gram[0, 2]
    (True, 0)
    """
    return _gram_ball(X, bits, lambda inner, _, rest: inner * rest / (2 * arb.pi()))


def output_gram_ball(X: Any, bits: int = 128) -> Any:
    """G-infinity in balls (arb_mat, n x n); arguments and errors as `limiting_gram_ball`.

    |x| |y| sin theta is the square root of the exact Gram determinant of the pair.

    >>> output_gram_ball([[1, 0], [0, 1]])[0, 1].overlaps(1 / (2 * arb.pi()))
    True
    """
    return _gram_ball(X, bits, lambda inner, cross, rest: (cross + rest * inner) / (2 * arb.pi()))


def _plane_gram(turns: Sequence[Any], entry: Callable[[Any], Any]) -> Any:
    if not turns:
        raise ValueError("Expected at least one angle")
    for turn in turns:
        if isinstance(turn, bool) or not isinstance(turn, int | Fraction):
            raise ValueError(f"Expected angles as ints or Fractions of pi but got {turn!r}")

    def between(a: Fraction, b: Fraction) -> Any:
        gap = abs(Fraction(a) - Fraction(b)) % 2
        gap = min(gap, 2 - gap)
        return entry(sympy.Rational(gap.numerator, gap.denominator))

    return sympy.Matrix([[between(a, b) for b in turns] for a in turns])


def limiting_gram_exact(turns: Sequence[int | Fraction]) -> Any:
    """H-infinity as a sympy Matrix for the unit vectors of the plane at the angles `turns` times pi.

    Raises ValueError for an empty list and for floats.

    >>> limiting_gram_exact([0, Fraction(1, 3), Fraction(2, 3)])
    Matrix([
    [  1/2, 1/6, -1/12],
    [  1/6, 1/2,   1/6],
    [-1/12, 1/6,   1/2]])
    """
    return _plane_gram(turns, lambda t: sympy.cos(sympy.pi * t) * (1 - t) / 2)


def output_gram_exact(turns: Sequence[int | Fraction]) -> Any:
    """G-infinity as a sympy Matrix; arguments and errors as `limiting_gram_exact`.

    >>> output_gram_exact([0, Fraction(1, 2)])
    Matrix([
    [     1/2, 1/(2*pi)],
    [1/(2*pi),      1/2]])
    """
    pi = sympy.pi
    return _plane_gram(turns, lambda t: sympy.sin(pi * t) / (2 * pi) + sympy.cos(pi * t) * (1 - t) / 2)


def series_coefficients(K: int) -> list[tuple[Fraction, Fraction]]:
    """Coefficients 0..K of H(rho) for unit inputs with cosine rho, each as (p, q) for p + q / pi.

    H(rho) = rho/4 + (1/(2 pi)) sum_k (2k)! / (4^k (k!)^2 (2k+1)) rho^(2k+2): the linear and the even
    powers from 2 on, all positive. Raises ValueError for a negative or non-integer K.

    >>> [(str(p), str(q)) for p, q in series_coefficients(4)]
    [('0', '0'), ('1/4', '0'), ('0', '1/2'), ('0', '0'), ('0', '1/12')]
    """
    if isinstance(K, bool) or not isinstance(K, int) or K < 0:
        raise ValueError(f"Expected an integer K >= 0 but got K={K!r}")
    coefficients = [(Fraction(0), Fraction(0)) for _ in range(K + 1)]
    if K >= 1:
        coefficients[1] = (Fraction(1, 4), Fraction(0))
    for k in range(K // 2):
        arcsine = Fraction(math.comb(2 * k, k), 4**k * (2 * k + 1))
        coefficients[2 * k + 2] = (Fraction(0), arcsine / 2)
    return coefficients
