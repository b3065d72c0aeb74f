"""Verified bounds of extreme eigenvalues and operator norms of float64 matrices, at LAPACK speed.

Main definitions: `cholesky_certifies` (is lambda_min > mu? one Cholesky), `cholesky_lower_bound`,
`eigenvalue_bounds` (both ends of lambda_min or lambda_max), `norm_bounds` (rectangular too). A matrix "within
radius R of A" is any symmetric (for norms: any) real matrix B with |B - A| <= R entrywise.

Everything proved is proved by a Cholesky factorisation or a matrix product and its forward error; the
approximate eigenvalues that lead there (Lanczos in float32, on the matrix or through a Cholesky factor on its
inverse) need no proof. Assumes IEEE doubles, rounding to nearest, and that BLAS sums inner products in
some order, fused or not (no Strassen).

References: S. M. Rump, "Verification of positive definiteness", BIT 46 (2006), Theorem 2.3 and Corollaries
2.4 and 2.7; S. M. Rump and C.-P. Jeannerod, SIAM J. Matrix Anal. Appl. 35 (2014), for (n + 1) u without
higher-order terms; N. Higham, "Accuracy and stability of numerical algorithms" (2002), (3.5) and (3.13); R.
Morgan and D. Scott, SIAM J. Sci. Stat. Comput. 7 (1986), for the generalised Davidson method.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh
from scipy.linalg.blas import dsymv, saxpy, sdot, snrm2, sscal, ssymv, strsv
from scipy.linalg.lapack import dpotrf, dsterf, spotrf

from numerics.balls import exact_rational
from numerics.intervals import (
    ETA,
    TINY,
    UNIT,
    Matrix,
    Vector,
    float_matrix,
    gamma,
    perron_bound,
    radius_matrix,
    rounded_down,
    rounded_up,
    symmetric_matrix,
)

# Below this size a full LAPACK eigenvector (1.2 ms at n = 100) costs no more than the Krylov iteration.
_DIRECT = 100
# Inverse steps for H-infinity and Wishart matrices at n = 2000: 13 and 21. Plain Lanczos needs more.
_STEPS = {True: 48, False: 160}
# Steps between Rayleigh-Ritz projections, and how many of these a stagnating Ritz value is followed.
_CHECK, _WINDOW = 4, {True: 1, False: 4}
# Lanczos steps after which the smallest Ritz value is looked at.
_LOOKS = (16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192)
# The estimated error of the smallest Ritz value at which it is taken, over what `relative` allows.
_SHARE = 2 / 3
# A lower bound is asked for often, and most of the time of the third digit goes into clusters of eigenvalues.
_RELATIVE, _RELATIVE_LOWER = 1e-3, 1e-2


@dataclass(frozen=True)
class _Estimate:
    """Approximate smallest eigenpair; `defect` estimates value - lambda_min (by residual^2 / gap)."""

    value: float
    vector: Vector
    defect: float


def certifies(matrix: Matrix, mu: float) -> bool:
    """Whether floating-point Cholesky of the upper triangle proves that matrix - mu I is positive definite.

    With R the computed factor, |R^T R - A| <= (n + 3) u |R|^T |R|: Rump and Jeannerod have n + 1, and
    OpenBLAS multiplies by a rounded reciprocal of the pivot where the theorem divides. The norm of the right
    side is at most (n + 3) u |R|_F^2 <= gamma_(n+3) tr A. The second term of `slack` covers underflow.
    `matrix` as `symmetric_matrix` returns it, mu finite.

    >>> certifies(np.eye(2), 0.5), certifies(np.eye(2), 1.0)
    (True, False)
    """
    n = len(matrix)
    with np.errstate(over="ignore"):
        exact = np.diag(matrix) - mu
        low, high = np.nextafter(exact, -np.inf), np.nextafter(exact, np.inf)
    if mu == 0:
        low = high = exact
    if not np.isfinite(exact).all() or not (high > 0).all() or 4 * (n + 3) * UNIT >= 1:
        return False
    try:
        trace = Fraction(math.nextafter(math.fsum(high), math.inf))
    except OverflowError:
        return False
    slack = gamma(n + 3) * trace + 8 * n * (2 * (n + 3) + Fraction(float(high.max()))) * ETA
    diagonal = np.nextafter(low - rounded_up(slack), -np.inf)
    if not (diagonal > 0).all():
        return False
    # One copy, in the order of memory, and the factorisation in place: nothing else is O(n^2).
    factor = np.array(matrix.T, order="F", copy=True)
    np.fill_diagonal(factor, diagonal)
    factor, info = dpotrf(factor, lower=1, clean=0, overwrite_a=1)
    # A nan or inf anywhere in row i enters pivot i, so the diagonal shows it.
    pivots = np.diag(factor)
    return bool(info == 0 and np.isfinite(pivots).all() and (pivots > 0).all())


def cholesky_certifies(A: ArrayLike, mu: object = 0, radius: ArrayLike | None = None) -> bool:
    """Whether one Cholesky proves lambda_min > mu for all symmetric matrices within radius of A.

    A (n, n) finite, exactly symmetric; mu exact (`exact_rational`); radius (n, n), >= 0, or None (zero). True
    is a proof; False says nothing (about n u tr(A) short of lambda_min it becomes certain). Rump 2006,
    Corollary 2.4. O(n^3 / 3). Raises ValueError for other input, nan and inf.

    >>> A = [[2.0, 1.0], [1.0, 2.0]]
    >>> [cholesky_certifies(A, "0.99"), cholesky_certifies(A, 1), cholesky_certifies(A, 0.9, np.eye(2) / 5)]
    [True, False, False]
    """
    matrix = symmetric_matrix(A)
    spread = perron_bound(radius_matrix(radius, matrix.shape)) if radius is not None else 0.0
    return certifies(matrix, rounded_up(exact_rational(mu) + Fraction(spread)))


def _preconditioner(matrix: Matrix) -> NDArray[np.float32] | None:
    """Lower float32 Cholesky factor of matrix + n 2^-24 mean(diagonal) I, if there is one."""
    n = len(matrix)
    factor = np.array(matrix.T, dtype=np.float32, order="F")
    mean = float(np.trace(matrix)) / n
    if mean <= 0:
        return None
    factor[np.diag_indices(n)] += np.float32(n * 2.0**-24 * mean)
    factor, info = spotrf(factor, lower=1, clean=0, overwrite_a=1)
    return factor if info == 0 and np.isfinite(np.diag(factor)).all() else None


def _krylov(matrix: Matrix, relative: float) -> _Estimate:
    """Smallest eigenpair by Rayleigh-Ritz over a Krylov space, of a float32 inverse or else of the matrix."""
    n = len(matrix)
    factor = _preconditioner(matrix)
    steps, window = min(n, _STEPS[factor is not None]), _WINDOW[factor is not None]
    V, AV = np.empty((steps, n)), np.empty((steps, n))
    # Fixed start: an estimate needs no randomness, only some overlap with the eigenvector.
    direction = np.cos(np.arange(n) ** 2 + 1.0)
    found, history = _Estimate(math.inf, direction, math.inf), list[float]()
    for k in range(steps):
        for _ in range(2):
            direction -= (V[:k] @ direction) @ V[:k]
        V[k] = direction / max(float(np.linalg.norm(direction)), 1e-300)
        if factor is None:
            AV[k] = direction = dsymv(1.0, matrix.T, V[k], lower=1)
        else:
            x = strsv(factor, V[k].astype(np.float32), lower=1)
            direction = strsv(factor, x, lower=1, trans=1, overwrite_x=1).astype(np.float64)
        if (k + 1) % _CHECK and k + 1 < steps:
            continue
        if factor is not None:
            # Several vectors at a time: the matrix is read once for all.
            new = slice(len(history) * _CHECK, k + 1)
            AV[new] = V[new] @ matrix
        values, ritz = np.linalg.eigh(AV[: k + 1] @ V[: k + 1].T)
        history.append(float(values[0]))
        vector = ritz[:, 0] @ V[: k + 1]
        residual = float(np.linalg.norm(ritz[:, 0] @ AV[: k + 1] - values[0] * vector))
        # In a cluster the gap says little: then the last Ritz values, which only fall, say more.
        bounds = [residual]
        if k and values[1] > values[0]:
            bounds.append(residual**2 / float(values[1] - values[0]))
        if len(history) > window + 1:
            bounds.append(history[-1 - window] - history[-1])
        found = _Estimate(history[-1], vector, min(bounds))
        if found.defect <= relative / 4 * abs(found.value):
            break
    return found


def _edge(matrix: Matrix, relative: float) -> _Estimate | None:
    """The smallest eigenvalue by Lanczos on a float32 copy; None where a factorisation would be cheaper.

    A product with a symmetric float32 matrix is 1/300 of a float64 Cholesky at n = 2000. Ritz values at the
    edge of a spectrum err like 1/k^2 until single eigenvalues are told apart: the change from step j <= 3k/4
    to k, over (k/j)^2 - 1, estimates the error. `_lower` goes down by twice the `defect`: by twice the error,
    or by all that `relative` allows. Vectors are not made orthogonal again, so Ritz values
    may repeat, at no harm.
    """
    work = np.array(matrix.T, dtype=np.float32, order="F")
    v, before, off = np.cos(np.arange(len(matrix)) ** 2 + 1.0).astype(np.float32), None, 0.0
    v /= np.linalg.norm(v)
    alphas, betas, seen = list[float](), list[float](), dict[int, float]()
    for k in range(1, min(_LOOKS[-1], len(matrix)) + 1):
        if before is None:
            w = ssymv(1.0, work, v, lower=1)
        else:
            w = ssymv(1.0, work, v, beta=-off, y=before, lower=1, overwrite_y=1)
        alphas.append(float(sdot(w, v)))
        w = saxpy(v, w, a=-alphas[-1])
        off = float(snrm2(w))
        if not off > 0 or not math.isfinite(off + alphas[-1]):
            return None
        if k in _LOOKS:
            ritz = dsterf(alphas, betas)[0]
            value = seen[k] = float(ritz[0])
            wanted = _SHARE * relative * abs(value)
            # What float32 products lose.
            if wanted < 2.0**-20 * max(abs(value), abs(float(ritz[-1]))):
                return None
            earlier = max((j for j in seen if 4 * j <= 3 * k), default=0)
            if earlier:
                defect = (seen[earlier] - value) / ((k / earlier) ** 2 - 1)
                if defect <= wanted:
                    return _Estimate(value, v, min(defect, relative * abs(value) / 2))
                # Far from enough even after all steps.
                if defect * (k / _LOOKS[-1]) ** 2 > 4 * wanted:
                    return None
        betas.append(off)
        before, v = v, sscal(1 / off, w)
    return None


def _lowest(matrix: Matrix, relative: float) -> _Estimate | None:
    """Approximate smallest eigenpair of the upper triangle, or None where LAPACK or the range fails."""
    n = len(matrix)
    top = max(float(matrix.max()), -float(matrix.min()))
    exponent = math.frexp(top)[1] if top and abs(math.log2(top)) > 60 else 0
    # Only the estimate is scaled: it needs no exactness, but float32 needs the range.
    work = np.ldexp(matrix, -exponent) if exponent else matrix
    if n > _DIRECT and relative > 0:
        found = _krylov(work, relative)
    else:
        try:
            values, vectors = eigh(
                work.T, lower=True, subset_by_index=[0, 0], driver="evr", check_finite=False
            )
        except np.linalg.LinAlgError:
            return None
        found = _Estimate(float(values[0]), vectors[:, 0], 0.0)
    with np.errstate(over="ignore"):
        value, defect = (float(np.ldexp(x, exponent)) for x in (found.value, found.defect))
    return _Estimate(value, found.vector, defect) if math.isfinite(value + defect) else None


def _lowest_value(matrix: Matrix, relative: float) -> tuple[_Estimate | None, float]:
    """The smallest eigenvalue, perhaps without its vector, and the `relative` that `_lower` may add to it."""
    if len(matrix) > _DIRECT and relative > 0:
        # Far from 1 float32 has not the range; that is rare, and left to the other route.
        top = float(np.abs(np.diag(matrix)).max())
        found = _edge(matrix, 0.9 * relative) if 2.0**-60 < top < 2.0**60 else None
        if found is not None:
            return found, relative / 10
    return _lowest(matrix, relative), relative


def lowest_vector(matrix: Matrix) -> Vector | None:
    """An approximate eigenvector (n,) of lambda_min of a symmetric matrix, unproved; None where LAPACK fails.

    >>> v = lowest_vector(np.diag([2.0, 1.0]))
    >>> abs(v).round(12).tolist()
    [0.0, 1.0]
    """
    found = _lowest(matrix, _RELATIVE)
    return None if found is None else found.vector


def _lower(matrix: Matrix, estimate: _Estimate | None, relative: float) -> float:
    """The largest certified mu of a few below the estimate; -inf if none."""
    if estimate is None:
        return -math.inf
    n = len(matrix)
    lowest = Fraction(estimate.value)
    # gamma tr(A - mu I) is what Rump's theorem allows for; an estimate errs by a like amount.
    with np.errstate(over="ignore"):
        trace = float(np.abs(np.diag(matrix) - estimate.value).sum())
        size = abs(estimate.value) + float(np.abs(np.diag(matrix)).max())
    if not math.isfinite(trace + size):
        return -math.inf
    step = (n + 4) * UNIT * (Fraction(trace) + Fraction(size)) + 64 * n * (n + 4) * ETA
    step += Fraction(relative) / 2 * abs(lowest) + 2 * Fraction(estimate.defect)
    for quadrupling in range(40):
        mu = rounded_down(lowest - step * (1 << 2 * quadrupling))
        if not math.isfinite(mu):
            break
        if certifies(matrix, mu):
            return mu
    return -math.inf


def _relative(relative: float, n: int) -> float:
    if not 0 <= relative < 1:
        raise ValueError(f"Expected 0 <= relative < 1 but got relative={relative!r}")
    return float(relative) if n > _DIRECT else 0.0


def cholesky_lower_bound(
    A: ArrayLike, radius: ArrayLike | None = None, *, relative: float = _RELATIVE_LOWER
) -> float:
    """A rigorous lower bound, rounded down, on lambda_min of every symmetric matrix within `radius` of A.

    A: (n, n) float64, finite, exactly symmetric; radius: (n, n), entries >= 0, or None (zero). One Cholesky
    factorisation proves the bound (`cholesky_certifies`); Lanczos or, where that is slow, a factorisation in
    float32 finds it; it is about relative |lambda_min| + n 2^-53 tr(A) below the true value, plus the norm of
    the radius, and farther for a spectrum graded to below 2^-24 of its top. For n <= 100, and for relative =
    0 at the price of a reduction to tridiagonal form, the first term is absent. -inf where nothing could be
    certified (near overflow). Raises ValueError for other input, nan and inf.

    >>> -1e-14 < cholesky_lower_bound([[2.0, 1.0], [1.0, 2.0]]) - 1 <= 0
    True
    """
    matrix = symmetric_matrix(A)
    relative = _relative(relative, len(matrix))
    spread = perron_bound(radius_matrix(radius, matrix.shape)) if radius is not None else 0.0
    low = _lower(matrix, *_lowest_value(matrix, relative))
    return rounded_down(Fraction(low) - Fraction(spread)) if math.isfinite(low) else low


def rayleigh_upper_bound(matrix: Matrix, x: Vector) -> float:
    """A float above x^T A x / x^T x >= lambda_min(A), A a float64 (n, n) matrix, x (n,) nonzero; else inf.

    Higham (3.5): both products err by gamma_(2n) |x|^T |A| |x| <= gamma_(2n) |A|_F |x|^2.

    >>> 1 <= rayleigh_upper_bound(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, -1.0])) < 1 + 1e-14
    True
    """
    n = len(matrix)
    with np.errstate(all="ignore"):
        frobenius, square = float(np.linalg.norm(matrix)), float(x @ x)
        form = float(x @ (matrix @ x))
    if not (math.isfinite(frobenius + form) and 2.0**-400 < square < 2.0**400):
        return math.inf
    # The computed Frobenius norm has n^2 + 1 roundings (or underflows, by at most n tiny numbers).
    total = (Fraction(frobenius) + n * Fraction(1, 1 << 500)) * (1 + gamma(n * n + 8))
    low, high = (Fraction(square) * (1 + sign * gamma(n + 1)) for sign in (-1, 1))
    top = Fraction(form) + gamma(2 * n + 2) * total * high + 4 * n * n * TINY
    return rounded_up(top / (low if top > 0 else high))


def eigenvalue_bounds(
    A: ArrayLike, radius: ArrayLike | None = None, *, largest: bool = False, relative: float = _RELATIVE
) -> tuple[float, float]:
    """(lo, hi) with lo <= lambda_min(B) <= hi (or lambda_max) for every symmetric B within radius of A.

    Arguments, cost and tightness as `cholesky_lower_bound`; lambda_max(A) = -lambda_min(-A), found by
    Lanczos. Without proof of an end it is infinite. Raises ValueError as there.

    >>> lo, hi = eigenvalue_bounds([[2.0, 1.0], [1.0, 2.0]], largest=True)
    >>> lo <= 3 <= hi, hi - lo < 1e-13
    (True, True)
    """
    matrix = symmetric_matrix(A)
    relative = _relative(relative, len(matrix))
    spread = (
        Fraction(perron_bound(radius_matrix(radius, matrix.shape))) if radius is not None else Fraction(0)
    )
    if largest:
        matrix = -matrix
    estimate = _lowest(matrix, relative)
    lo = _lower(matrix, estimate, relative)
    hi = rayleigh_upper_bound(matrix, estimate.vector) if estimate is not None else math.inf
    lo = rounded_down(Fraction(lo) - spread) if math.isfinite(lo) else lo
    hi = rounded_up(Fraction(hi) + spread) if math.isfinite(hi) else hi
    return (-hi, -lo) if largest else (lo, hi)


def norm_bounds(
    A: ArrayLike, radius: ArrayLike | None = None, *, relative: float = _RELATIVE
) -> tuple[float, float]:
    """(lo, hi) with lo <= |B|_2 <= hi for every (m, n) matrix B within radius of A; square or not.

    |A|_2^2 = lambda_max(A^T A), with the smaller of the two Gram matrices computed in float64, its error at
    most gamma |A|_F^2 in norm; the lower end is |A x| / |x|. Widths: about relative |A|_2 + k^2 2^-53 |A|_F,
    k the larger dimension, plus twice the norm of the radius. Raises ValueError for other shapes, nan and
    inf.

    >>> lo, hi = norm_bounds([[3.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    >>> lo <= 5 <= hi, hi - lo < 1e-13
    (True, True)
    """
    matrix = float_matrix(A)
    spread = Fraction(0)
    if radius is not None:
        entries = radius_matrix(radius, matrix.shape)
        spread = _root_up(Fraction(_gram_perron(entries)))
    top = max(float(matrix.max()), -float(matrix.min()))
    if top == 0:
        return 0.0, rounded_up(spread)
    exponent = math.frexp(top)[1]
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    k, inner = wide.shape
    # Scaled by a power of two to entries at most 1; what underflows then is below 2^-1074 an entry.
    scaled = np.ldexp(wide, -exponent)
    lost = k * inner * ETA
    square = Fraction(float(np.vdot(scaled, scaled))) * (1 + gamma(k * inner + 8))
    gram = -(scaled @ scaled.T)
    relative = _relative(relative, k)
    estimate = _lowest(gram, relative)
    low = _lower(gram, estimate, relative)
    error = gamma(inner) * square + k * inner * TINY
    high = square if not math.isfinite(low) else min(square, -Fraction(low) + error)
    hi = _root_up(high) + lost
    lo = Fraction(0)
    if estimate is not None:
        x = estimate.vector / np.linalg.norm(estimate.vector)
        image = scaled.T @ x
        # |fl(A^T x) - A^T x| <= gamma_k |A|_F |x| in norm; |x|^2 <= 1 + gamma_(n+8).
        length = Fraction(float(np.linalg.norm(image))) * (1 - gamma(inner + 8))
        slip = gamma(k) * _root_up(square) * 2 + k * inner * TINY
        lo = max(Fraction(0), (length - slip) / (1 + gamma(k + 8)) - lost)
    power = Fraction(2) ** exponent
    return rounded_down(max(Fraction(0), lo * power - spread)), rounded_up(hi * power + spread)


def _gram_perron(R: Matrix) -> float:
    """A float above |R|_2^2 for a nonnegative (m, n) matrix: `perron_bound` of R R^T, itself rounded up."""
    wide = R if R.shape[0] <= R.shape[1] else R.T
    with np.errstate(over="ignore", under="ignore"):
        gram = wide @ wide.T
        gram = np.nextafter(gram * (1 + 2 * float(gamma(wide.shape[1] + 4))), np.inf)
        gram += wide.shape[1] * float(TINY) if gram.any() and wide.any() else 0.0
    if not wide.any():
        return 0.0
    if not np.isfinite(gram).all():
        raise ValueError("Expected radius with row sums below 1e154")
    return perron_bound(gram)


def _root_up(x: Fraction) -> Fraction:
    """A rational just above sqrt(x), x >= 0, by integer square root at 2^-64 relative or better."""
    if x == 0:
        return Fraction(0)
    shift = max(0, 128 - x.numerator.bit_length() + x.denominator.bit_length())
    shift += shift % 2
    scaled = -(-(x.numerator << shift) // x.denominator)
    return Fraction(math.isqrt(scaled) + 1, 1 << (shift // 2))
