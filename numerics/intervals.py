"""Midpoint-radius matrices in float64: checked input, outward rounding, the norm of a radius.

Main definitions: `float_matrix`, `symmetric_matrix`, `radius_matrix` (checked arrays), `midpoint_radius` (of
a pair lo <= hi), `perron_bound` (spectral radius of a nonnegative matrix, hence the norm of a radius),
`gamma`, `rounded_down`, `rounded_up`.

References: N. Higham, "Accuracy and stability of numerical algorithms" (2002), Lemma 3.1 and (3.5); L.
Collatz (1942) and H. Wielandt (1950), for rho(R) <= max_i (R x)_i / x_i.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

UNIT = Fraction(1, 1 << 53)
ETA = Fraction(1, 1 << 1074)
TINY = Fraction(1, 1 << 1022)
_BLOCK = 256


def rounded_down(x: Fraction) -> float:
    """The largest float at most x (-inf below all floats).

    >>> rounded_down(Fraction(1, 3)) < Fraction(1, 3) < math.nextafter(rounded_down(Fraction(1, 3)), 1)
    True
    """
    try:
        value = float(x)
    except OverflowError:
        return -math.inf if x < 0 else math.nextafter(math.inf, 0)
    return value if Fraction(value) <= x else math.nextafter(value, -math.inf)


def rounded_up(x: Fraction) -> float:
    """The smallest float at least x.

    >>> rounded_up(Fraction(1, 4)), rounded_up(Fraction(1, 3)) > Fraction(1, 3)
    (0.25, True)
    """
    return -rounded_down(-x)


def gamma(k: int) -> Fraction:
    """gamma_k = k u / (1 - k u), which bounds the relative effect of k roundings (Higham, Lemma 3.1).

    >>> float(gamma(1))
    1.1102230246251568e-16
    """
    if 4 * k * UNIT >= 1:
        raise ValueError(f"Expected dimensions below 2^51 but got an error constant of k={k} roundings")
    return k * UNIT / (1 - k * UNIT)


def float_matrix(A: ArrayLike, name: str = "A") -> Matrix:
    """A as a finite float64 (m, n) array, m, n >= 1, exactly; raises ValueError for anything else.

    >>> float_matrix([[1, 2]]).shape
    (1, 2)
    """
    try:
        given = np.asarray(A)
    except (TypeError, ValueError):
        raise ValueError(f"Expected {name} to be a real matrix") from None
    # What a conversion would round (Fractions, long doubles, large integers) or cut (complex) is refused.
    exact = given.dtype in (np.float64, np.float32, np.float16) or given.dtype.kind in "iub"
    if not exact or (given.dtype.kind in "iu" and given.size and int(abs(given).max()) > 1 << 53):
        raise ValueError(f"Expected {name} to be a real matrix of floats, or integers up to 2^53")
    matrix = np.ascontiguousarray(given, dtype=np.float64)
    if given.ndim != 2 or not given.size:
        raise ValueError(f"Expected {name} of shape (m, n), m, n >= 1, but got {given.shape}")
    if not all(np.isfinite(matrix[i : i + _BLOCK]).all() for i in range(0, len(matrix), _BLOCK)):
        raise ValueError(f"Expected {name} to be finite but got nan or inf")
    return matrix


def symmetric_matrix(A: ArrayLike, name: str = "A") -> Matrix:
    """A as a finite, exactly symmetric float64 (n, n) array; raises ValueError for anything else.

    >>> symmetric_matrix([[1.0, 2.0], [2.5, 1.0]])
    Traceback (most recent call last):
        ...
    ValueError: Expected A to be exactly symmetric; symmetrise it and say by how much it moved
    """
    matrix = float_matrix(A, name)
    n = len(matrix)
    if matrix.shape != (n, n):
        raise ValueError(f"Expected {name} of shape (n, n), n >= 1, but got {matrix.shape}")
    # Square tiles: a whole transposed row of tiles would miss the cache (7 ms against 2 at n = 2000).
    for i in range(0, n, _BLOCK):
        for j in range(0, i + 1, _BLOCK):
            tile, mirror = matrix[i : i + _BLOCK, j : j + _BLOCK], matrix[j : j + _BLOCK, i : i + _BLOCK]
            if not np.array_equal(tile, mirror.T):
                raise ValueError(
                    f"Expected {name} to be exactly symmetric; symmetrise it and say by how much it moved"
                )
    return matrix


def radius_matrix(radius: ArrayLike, shape: tuple[int, ...]) -> Matrix:
    """`radius` as a finite float64 array >= 0 of the given shape; raises ValueError for anything else.

    >>> radius_matrix([[1]], (1, 1))
    array([[1.]])
    """
    entries = float_matrix(radius, "radius")
    if entries.shape != shape or (entries < 0).any():
        raise ValueError(f"Expected radius of shape {shape} with entries >= 0")
    return entries


def midpoint_radius(lo: ArrayLike, hi: ArrayLike) -> tuple[Matrix, Matrix]:
    """(mid, rad) with mid - rad <= lo <= hi <= mid + rad in real arithmetic; lo, hi (m, n) floats, lo <= hi.

    Raises ValueError for nan, inf, lo > hi, and a width that overflows.

    >>> mid, rad = midpoint_radius([[1.0]], [[2.0]])
    >>> float(mid[0, 0]), bool(0.5 <= rad[0, 0] < 0.5 + 1e-15)
    (1.5, True)
    """
    low, high = float_matrix(lo, "lo"), float_matrix(hi, "hi")
    if low.shape != high.shape or (low > high).any():
        raise ValueError(f"Expected lo <= hi of one shape but got {low.shape} and {high.shape}")
    mid = low / 2 + high / 2
    # Each difference is rounded once, so the next float above covers it; equal ends stay exact.
    with np.errstate(over="ignore"):
        rad = np.nextafter(np.maximum(high - mid, mid - low), np.inf)
    rad = np.where(low == high, 0.0, rad)
    mid = np.where(low == high, low, mid)
    if not np.isfinite(rad).all():
        raise ValueError("Expected hi - lo below 1.8e308")
    return mid, rad


def perron_bound(R: ArrayLike) -> float:
    """A float above the spectral radius of a nonnegative (n, n) R, hence above |E|_2 when |E| <= R = R^T.

    Collatz and Wielandt: rho(R) <= max_i (R x)_i / x_i for every x > 0; x from a few power iterations, and
    x = 1 (the largest row sum) if that is better. Raises ValueError for nan, inf, negative entries, overflow.

    >>> 2 <= perron_bound([[0.0, 4.0], [1.0, 0.0]]) < 2.1
    True
    """
    matrix = float_matrix(R, "R")
    n = len(matrix)
    if matrix.shape != (n, n) or (matrix < 0).any():
        raise ValueError(f"Expected R of shape (n, n) with entries >= 0 but got {matrix.shape}")
    if not matrix.any():
        return 0.0
    x, best = np.ones(n), math.inf
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(8):
            y = matrix @ x
            # n products and sums, one quotient; an underflow costs at most one tiny number each.
            top = float((y / x).max())
            if not math.isfinite(top):
                break
            least = Fraction(float(x.min()))
            best = min(best, rounded_up(Fraction(top) * (1 + gamma(n + 4)) + 2 * n * TINY / least))
            # The average with x damps oscillation (R may be periodic), the floor keeps x positive.
            x = np.maximum(x + y / top if top else x, 0)
            x = np.maximum(x / x.max(), 2.0**-20)
    if not math.isfinite(best):
        raise ValueError("Expected radius with row sums below 1.8e308")
    return best
