"""Certified least eigenvalues of population Gram matrices: a lower and an upper bound of lambda_0.

Main definitions: `last_layer_eigenvalue` (lambda_0 of given inputs), `least_eigenvalue` (of a matrix with an
error bound) and `least_eigenvalue_of_gaps` (of a matrix q 1 1^T - G known through its gaps G), which keeps
the relative accuracy where lambda_0 is far below the rounding errors of the entries: for nearly parallel
inputs, and for deep fully connected networks, where lambda_0 decays geometrically with the depth.

For K = q 1 1^T - G take the basis e_i - e_n (i < n) and 1, which is orthogonal to them. Then K - t I is
positive definite if and only if s - t n > 0 and

    M - t (I + 1 1^T) - g g^T / (s - t n)  is,

M_ij = G_in + G_jn - G_ij, g_i = (G 1)_n - (G 1)_i, s = q n^2 - 1^T G 1: M has nothing of the size of q.

References: S. M. Rump, "Verification of positive definiteness", BIT 46 (2006), 433-452, through
`numerics.spectrum.cholesky_lower_bound`; N. Higham, "Accuracy and stability of numerical algorithms" (2002),
Section 3.1, for inner products.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from numerics.activation import Activation
from numerics.balls import precision
from numerics.dual_table import BITS, Bounded
from numerics.population_gaps import GapGram, last_gaps, unit_gaps
from numerics.population_recursion import Network, kernel_series
from numerics.power_table import UNIT, upper_float
from numerics.spectrum import cholesky_lower_bound

Matrix = NDArray[np.float64]
# Shares of the approximate eigenvalue that are tried, until one is certified.
_SHARES = (1 - 1e-12, 1 - 1e-9, 1 - 1e-6, 0.999, 0.9, 0.5, 0.1)


@dataclass(frozen=True)
class Bracket:
    """lower <= lambda_min <= upper, proved; -inf or inf where a side could not be had."""

    lower: float
    upper: float


def least_eigenvalue(K: Bounded) -> Bracket:
    """Bounds of lambda_min over all symmetric matrices within K.error of K.values, (n, n).

    Lower: Rump's Cholesky test, about n 2^-53 tr(K) + n error below. Upper: the Rayleigh quotient of the
    approximate eigenvector. Raises ValueError as `cholesky_lower_bound`.

    >>> found = least_eigenvalue(Bounded(np.array([[2.0, 1.0], [1.0, 2.0]]), 1e-12))
    >>> found.lower < 1 < found.upper, found.upper - found.lower < 1e-11
    (True, True)
    """
    values = np.asarray(K.values.cpu() if hasattr(K.values, "cpu") else K.values, dtype=np.float64)
    lower, n = cholesky_lower_bound(values), len(values)
    if not math.isfinite(K.error):
        return Bracket(-math.inf, math.inf)
    spread = math.nextafter(n * K.error, math.inf)
    x = scipy.linalg.eigh(values, subset_by_index=(0, 0))[1][:, 0]
    upper = _quotient(values, np.full_like(values, K.error), x, np.zeros(0))
    return Bracket(math.nextafter(lower - spread, -math.inf), upper)


def last_layer_eigenvalue(activation: Activation, X: ArrayLike, network: Network) -> Bracket:
    """Bounds of lambda_0 = lambda_min(K^(H)) for the inputs x_i / |x_i|, X (n, d), norms within 1e-12 of 1.

    With |x_i| = 1 + e_i, |e_i| <= e, the gap of the normalised rows is that of the rows up to a relative
    2.1 e + (d + 4) 2^-53 and an absolute 2.1 e^2 (`unit_gaps`); that of K^(H) moves by at most K^(H)'(1)
    times as much, its series having nonnegative coefficients. Raises ValueError as `unit_gaps`, `last_gaps`.

    >>> from numerics.activations import softplus
    >>> found = last_layer_eigenvalue(softplus(), [[1.0, 0.0], [0.0, 1.0]], Network(3))
    >>> round(found.lower, 12), found.upper - found.lower < 1e-11
    (0.033260458607, True)
    """
    gaps = unit_gaps(X)
    rows = np.asarray(X, dtype=np.float64)
    found = last_gaps(activation, gaps, network)
    if len(rows) == 1:
        return Bracket(found.diagonal - found.off, found.diagonal + found.off)
    series = kernel_series(activation, Fraction(1), network, None)
    with precision(BITS):
        slope = upper_float(series.slope) if series is not None else math.inf
    d = rows.shape[1]
    # The float norms are off by less than (d + 4) u themselves.
    off = float(np.abs(np.sqrt((rows * rows).sum(axis=1)) - 1).max()) + (d + 4) * UNIT
    moved = 1.01 * slope * (gaps * (2.1 * off + (d + 4) * UNIT) + 2.1 * off * off)
    np.fill_diagonal(moved, 0.0)
    return least_eigenvalue_of_gaps(GapGram(found.gaps, found.radius + moved, found.diagonal, found.off))


def _quotient(A: Matrix, radius: Matrix, x: Matrix, ones: Matrix) -> float:
    """An upper bound of x^T A x / (|x|^2 + sum_k (o_k . x)^2) for the rows o_k of `ones`."""
    n, size = len(x), np.abs(x)
    gamma = 1.01 * (2 * n + 4) * UNIT
    top = float(x @ A @ x) + 1.01 * float(size @ (gamma * np.abs(A) + radius) @ size)
    extra = float((ones @ x) ** 2) if ones.size else 0.0
    # Positive terms, but for o . x, whose error is gamma |o| . |x|.
    off = 2 * abs(float(ones @ x)) * gamma * float(np.abs(ones) @ size) if ones.size else 0.0
    square = float(x @ x)
    if top <= 0:
        return math.nextafter(top / ((square + extra + off) * (1 + gamma)), math.inf) if square else math.inf
    below = (square + extra) * (1 - gamma) - 1.01 * off
    return math.nextafter(top / below * (1 + 4 * UNIT), math.inf) if below > 0 else math.inf


def _reduced(K: GapGram) -> tuple[Matrix, Matrix, Matrix, Matrix, float, float]:
    """M, g with their radii, and s within its error."""
    G, radius = np.asarray(K.gaps), np.asarray(K.radius)
    n = len(G)
    last, loose = G[:-1, -1], radius[:-1, -1]
    M = last[:, None] + last[None, :] - G[:-1, :-1]
    size = last[:, None] + last[None, :] + G[:-1, :-1]
    M_radius = 1.01 * (radius[:-1, :-1] + loose[:, None] + loose[None, :] + 3 * UNIT * size)
    M, M_radius = (M + M.T) / 2, np.maximum(M_radius, M_radius.T)
    sums, errors = G.sum(axis=1), radius.sum(axis=1) + n * UNIT * G.sum(axis=1)
    g = sums[-1] - sums[:-1]
    g_radius = 1.02 * (errors[-1] + errors[:-1] + 2 * UNIT * (sums[-1] + sums[:-1]))
    s = K.diagonal * n * n - float(sums.sum())
    s_error = 1.02 * (
        K.off * n * n + float(errors.sum()) + (n + 4) * UNIT * (K.diagonal * n * n + sums.sum())
    )
    return M, M_radius, g, g_radius, s, s_error


def least_eigenvalue_of_gaps(K: GapGram) -> Bracket:
    """Bounds of lambda_min of the matrix diagonal - gaps, of small relative width where they are known so.

    Needs n >= 2. Raises ValueError for n = 1. A side is infinite where nothing could be certified.

    >>> from numerics.activations import softplus
    >>> from numerics.population_gaps import last_gaps, unit_gaps
    >>> from numerics.population_recursion import Network
    >>> X = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
    >>> found = least_eigenvalue_of_gaps(last_gaps(softplus(), unit_gaps(X), Network(60)))
    >>> 0 < found.lower < found.upper < 1e-25, found.upper / found.lower - 1 < 1e-9
    (True, True)
    """
    n = len(K.gaps)
    if n < 2:
        raise ValueError("Expected n >= 2 gaps but got n=1")
    M, M_radius, g, g_radius, s, s_error = _reduced(K)
    unit = np.eye(n - 1) + np.ones((n - 1, n - 1))
    scale = float(np.abs(M).max())
    if not (s > s_error and scale > 0):
        return Bracket(-math.inf, math.inf)
    # Powers of two keep everything exact, so that nothing underflows.
    down = 2.0 ** -math.frexp(scale)[1] if scale > 1e-290 else 1.0
    core = (M - np.outer(g, g) / s) * down
    values, vectors = scipy.linalg.eigh((core + core.T) / 2, unit, subset_by_index=(0, 0))
    upper = _quotient(M, M_radius, vectors[:, 0], np.ones(n - 1))
    guess = float(values[0]) / down
    for share in _SHARES:
        t = guess * share if guess > 0 else -math.inf
        if t > 0 and _certified(t, M, M_radius, g, g_radius, s - s_error, unit, down):
            return Bracket(t, upper)
    return Bracket(-math.inf, upper)


def _certified(
    t: float, M: Matrix, radius: Matrix, g: Matrix, g_radius: Matrix, s: float, unit: Matrix, down: float
) -> bool:
    """Whether K - t I is positive definite: the smaller s, the smaller the matrix."""
    pivot = (s - t * (len(g) + 1)) * (1 - 8 * UNIT)
    if pivot <= 0:
        return False
    wide = np.abs(g) + g_radius
    drop, shift = np.outer(g, g) / pivot, t * unit
    loose = (np.outer(wide, wide) - np.outer(np.abs(g), np.abs(g))) / pivot
    total = np.abs(M) + np.abs(drop) + shift
    error = 1.01 * (radius + loose + 8 * UNIT * (total + np.outer(wide, wide) / pivot))
    matrix = (M - drop - shift) * down
    return cholesky_lower_bound((matrix + matrix.T) / 2, np.maximum(error, error.T) * down) > 0
