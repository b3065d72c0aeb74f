"""Certified extreme eigenvalues, operator norms and three-valued positive definiteness.

Main definitions: `lambda_min_enclosure`, `lambda_max_enclosure`, `operator_norm` and `is_positive_definite`,
which pick by size and kind of input among the floating-point bounds of `numerics.eigenbounds` (large n),
`gershgorin_lower_bound` (balls, small n, with a certificate that other code can re-check) and `ldlt` (exact
rationals).

References: S. M. Rump, "Verification of positive definiteness", BIT 46 (2006), 433-452, Theorem 2.3 and
Corollaries 2.4 and 2.7 (formal proof: P. Roux, "Formal proofs of rounding error bounds", J. Autom. Reasoning
57, 2016); S. Gershgorin (1931), for the discs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq
from numpy.typing import ArrayLike

from numerics.balls import ball, exact_rational, precision
from numerics.eigenbounds import (
    certifies,
    eigenvalue_bounds,
    lowest_vector,
    norm_bounds,
    rayleigh_upper_bound,
)
from numerics.eigenbounds import cholesky_lower_bound as cholesky_lower_bound
from numerics.intervals import Matrix, float_matrix, perron_bound, radius_matrix, symmetric_matrix

# Up to this size an undecided float matrix is settled by exact elimination: n = 24 took 13 ms.
_EXACT_SIZE = 24
# Up to this size floats are enclosed in balls, to about 25 digits: n = 48 took 0.2 s.
_BALL_SIZE = 48


@dataclass(frozen=True)
class Factorisation:
    """A = L D L^T: L unit lower triangular (rows), D the diagonal, all entries positive."""

    L: list[list[Fraction]]
    D: list[Fraction]


@dataclass(frozen=True)
class Witness:
    """A nonzero rational v with v^T A v <= 0 for every matrix A of the input: A is not positive definite."""

    v: list[Fraction]


@dataclass(frozen=True)
class Definiteness:
    """Verdict True, False (then with a witness) or None (undecided: input or precision too coarse)."""

    verdict: bool | None
    witness: Witness | None = None


def ball_matrix(rows: Any) -> Any:
    """The arb_mat of a square symmetric array: float64, rows of what `ball` takes, or arb_mat.

    Mirrored entries may differ in rounding: their intersection is taken. Raises ValueError for
    other shapes, nan, inf, and mirrored entries that do not overlap.

    >>> ball_matrix([[1, "1/2"], [Fraction(1, 2), 0.25]])[1, 0]
    0.500000000000000
    """
    try:
        table = rows.tolist() if isinstance(rows, np.ndarray | arb_mat) else [list(row) for row in rows]
        table = [[ball(entry) for entry in row] for row in table]
    except TypeError:
        raise ValueError("Expected a square matrix of numbers") from None
    n = len(table)
    if not n or any(len(row) != n for row in table):
        raise ValueError(f"Expected A of shape (n, n), n >= 1, but got rows of {[len(row) for row in table]}")
    for i in range(n):
        for j in range(i):
            if not table[i][j].overlaps(table[j][i]):
                raise ValueError(f"Expected A to be symmetric but entries ({i}, {j}) and ({j}, {i}) differ")
            table[i][j] = table[j][i] = table[i][j].intersection(table[j][i])
    return arb_mat(table)


@dataclass(frozen=True)
class GershgorinCertificate:
    """lambda_min(A) > mu, because X^T (A - mu I) X is strictly diagonally dominant with positive diagonal.

    X (n x n, rows of floats taken as exact) is then nonsingular, and A - mu I is congruent to a positive
    definite matrix; so anyone can re-check the claim from mu, X and A alone.
    """

    mu: Fraction
    X: list[list[float]]

    def holds(self, A: Any, *, bits: int = 256) -> bool:
        """Whether the dominance is certain for all of A (see `ball_matrix`) at `bits` of precision."""
        with precision(bits):
            matrix, basis = ball_matrix(A), arb_mat(self.X)
            form = basis.transpose() * matrix * basis
            return _dominant(form.tolist(), (basis.transpose() * basis).tolist(), self.mu)


def _arb_fraction(x: Fraction) -> Any:
    return arb(fmpq(x.numerator, x.denominator))


def _dominant(form: list[list[Any]], gram: list[list[Any]], mu: Fraction) -> bool:
    shift = _arb_fraction(mu)
    for i, (row, weights) in enumerate(zip(form, gram, strict=True)):
        entries = [a - shift * g for a, g in zip(row, weights, strict=True)]
        if not entries[i] > sum((abs(x) for j, x in enumerate(entries) if j != i), arb(0)):
            return False
    return True


def _midpoints(matrix: Any) -> tuple[Matrix, int]:
    """Midpoints times 2^-e as floats with the largest near 1, and e, so that no scale overflows a float."""
    mids = [[entry.mid().man_exp() for entry in row] for row in matrix.tolist()]
    tops = [int(m).bit_length() + int(e) for row in mids for m, e in row if m]
    e0 = max(tops, default=0)
    values = [[float(arb((m, e - e0))) if m else 0.0 for m, e in row] for row in mids]
    return np.array(values), e0


def gershgorin_lower_bound(A: Any, *, bits: int = 128) -> GershgorinCertificate | None:
    """A certificate of lambda_min > mu for every symmetric matrix in A (see `ball_matrix`); n up to about 60.

    Congruence with the floating-point eigenvectors, the columns scaled by powers of two so that the discs of
    the smallest eigenvalue shrink quadratically: for exact A and a simple lambda_min, mu is off by about
    (n 2^-53 |A|)^2 / gap; in a cluster by n 2^-52 |A|; and never by less than the radii of A. None when the
    balls are too wide for any mu above -2^10 |A|.

    >>> certificate = gershgorin_lower_bound([[2, 1], [1, 2]])
    >>> certificate.mu < 1, float(1 - certificate.mu) < 1e-20, certificate.holds([[2, 1], [1, 2]])
    (True, True, True)
    """
    with precision(bits):
        matrix = ball_matrix(A)
        approximate, e0 = _midpoints(matrix)
        try:
            vectors = np.linalg.eigh(approximate)[1]
        except np.linalg.LinAlgError:
            return None
        X = _scaled_basis(matrix, vectors)
        basis = arb_mat(X)
        form = (basis.transpose() * matrix * basis).tolist()
        gram = (basis.transpose() * basis).tolist()
        top = exact_rational((form[0][0] / gram[0][0]).mid())
        # Fine to coarse: the first success has at most twice the smallest possible distance from `top`.
        for p in range(-2 * bits, 11):
            mu = top - Fraction(2) ** (e0 + p)
            if _dominant(form, gram, mu):
                return GershgorinCertificate(mu, X)
    return None


def _scaled_basis(matrix: Any, vectors: Matrix) -> list[list[float]]:
    basis = arb_mat(vectors.tolist())
    form = (basis.transpose() * matrix * basis).tolist()
    gram = (basis.transpose() * basis).tolist()
    lowest, n = form[0][0] / gram[0][0], len(vectors)
    scales = [1.0]
    for j in range(1, n):
        gap = form[j][j] - lowest * gram[j][j]
        wanted = 4 * n * (form[0][j] - lowest * gram[0][j]).abs_upper()
        # A floor of 2^-60 keeps the discs of the other rows, of size 2^-53 times the entries, out of the way.
        ratio = float((wanted / gap).abs_upper()) if gap > 0 else 1.0
        scales.append(2.0 ** min(0, max(-60, math.ceil(math.log2(ratio)))) if ratio > 0 else 2.0**-60)
    return [[float(x) for x in row] for row in vectors * np.array(scales)]


def _with_radius(A: Any, radius: ArrayLike | None) -> Any:
    """A itself, or the arb_mat of all matrices within `radius` of the floats A."""
    if radius is None:
        return A
    mid = float_matrix(A)
    rad = radius_matrix(radius, mid.shape)
    pairs = zip(mid.tolist(), rad.tolist(), strict=True)
    return arb_mat([[arb(m, r) for m, r in zip(ms, rs, strict=True)] for ms, rs in pairs])


def _hull(low: float, high: float) -> Any:
    return arb(low).union(arb(high)) if math.isfinite(low) and math.isfinite(high) else arb.nan()


def _large(A: Any) -> bool:
    return isinstance(A, np.ndarray) and A.ndim == 2 and min(A.shape) > _BALL_SIZE


def lambda_min_enclosure(A: Any, radius: ArrayLike | None = None, *, bits: int = 128) -> Any:
    """A ball (arb) that contains lambda_min of every symmetric matrix in A (see `ball_matrix`).

    A float64 array may have a `radius` (same shape, >= 0). Float arrays of n > 48: `eigenvalue_bounds`, to
    about 1e-3 relative. Else lower end from `gershgorin_lower_bound`, upper end the Rayleigh quotient of the
    approximate eigenvector. A non-finite ball where an end could not be proved.

    >>> lambda_min_enclosure([[2, 1], [1, 2]]).contains(1)
    True
    """
    if _large(A):
        return _hull(*eigenvalue_bounds(A, radius))
    if radius is not None:
        A = _with_radius(symmetric_matrix(A), radius)
    certificate = gershgorin_lower_bound(A, bits=bits)
    if certificate is None:
        return arb.nan()
    with precision(bits):
        matrix = ball_matrix(A)
        x = arb_mat([[row[0]] for row in certificate.X])
        quotient = (x.transpose() * matrix * x)[0, 0] / (x.transpose() * x)[0, 0]
        return _arb_fraction(certificate.mu).union(quotient.upper())


def lambda_max_enclosure(A: Any, radius: ArrayLike | None = None, *, bits: int = 128) -> Any:
    """A ball that contains lambda_max of every symmetric matrix in A: -lambda_min(-A), as that function.

    >>> lambda_max_enclosure([[2, 1], [1, 2]]).contains(3)
    True
    """
    if _large(A):
        return _hull(*eigenvalue_bounds(A, radius, largest=True))
    if radius is not None:
        return -lambda_min_enclosure(-symmetric_matrix(A), radius, bits=bits)
    with precision(bits):
        return -lambda_min_enclosure(-ball_matrix(A), bits=bits)


def operator_norm(A: Any, radius: ArrayLike | None = None, *, bits: int = 128) -> Any:
    """A ball that contains the largest singular value of every (m, n) matrix in A, square or not.

    A: float64 array (with a `radius` or without), rows of what `ball` takes, or arb_mat. Float arrays with
    both sides above 48: `norm_bounds`; else the root of `lambda_max_enclosure` of the smaller Gram matrix, in
    balls. Raises ValueError for ragged rows, nan and inf.

    >>> operator_norm([[3, 0, 0], [4, 0, 0]]).contains(5)
    True
    """
    if _large(A):
        return _hull(*norm_bounds(A, radius))
    table = _with_radius(A, radius)
    try:
        rows = table.tolist() if isinstance(table, np.ndarray | arb_mat) else [list(row) for row in table]
        with precision(bits):
            entries = [[ball(entry) for entry in row] for row in rows]
    except TypeError:
        raise ValueError("Expected a matrix of numbers") from None
    if not entries or not entries[0] or len({len(row) for row in entries}) > 1:
        raise ValueError(
            f"Expected A of shape (m, n), m, n >= 1, but got rows of {[len(r) for r in entries]}"
        )
    with precision(bits):
        matrix = arb_mat(entries)
        if matrix.nrows() > matrix.ncols():
            matrix = matrix.transpose()
        square = lambda_max_enclosure(matrix * matrix.transpose(), bits=bits)
        return square.max(arb(0)).sqrt() if square.is_finite() else square


def ldlt(A: Sequence[Sequence[Any]]) -> Factorisation | Witness:
    """Exact A = L D L^T with D > 0, or a witness v with v^T A v <= 0: decides positive definiteness.

    A: n x n rows of exact numbers (ints, Fractions, strings, floats as dyadics), symmetric. No pivoting: a
    pivot d <= 0 at step k gives v with L^T v = e_k and v^T A v = d. Raises ValueError for other shapes.

    >>> ldlt([[2, 1], [1, 2]]).D
    [Fraction(2, 1), Fraction(3, 2)]
    >>> ldlt([[1, 1], [1, 1]]).v
    [Fraction(-1, 1), Fraction(1, 1)]
    """
    rows = [[exact_rational(x) for x in row] for row in A]
    n = len(rows)
    if not n or any(len(row) != n for row in rows):
        raise ValueError(f"Expected A of shape (n, n), n >= 1, but got rows of {[len(row) for row in rows]}")
    if any(rows[i][j] != rows[j][i] for i in range(n) for j in range(i)):
        raise ValueError("Expected A to be exactly symmetric")
    L = [[fmpq(int(i == j)) for j in range(n)] for i in range(n)]
    work = [[fmpq(x.numerator, x.denominator) for x in row] for row in rows]
    for k in range(n):
        pivot = work[k][k]
        if pivot <= 0:
            v = [fmpq(0)] * n
            v[k] = fmpq(1)
            for i in reversed(range(k)):
                v[i] = -sum((L[j][i] * v[j] for j in range(i + 1, k + 1)), fmpq(0))
            return Witness([exact_rational(x) for x in v])
        for i in range(k + 1, n):
            L[i][k] = work[i][k] / pivot
            for j in range(k + 1, i + 1):
                work[i][j] -= L[i][k] * work[j][k]
    return Factorisation(
        [[exact_rational(x) for x in row] for row in L], [exact_rational(work[k][k]) for k in range(n)]
    )


def _equilibrated(matrix: Matrix) -> Matrix | None:
    """D A D with D of powers of two, exactly, and diagonal in [1/2, 2); None if a product is inexact."""
    exponents = -(np.frexp(np.diag(matrix))[1] // 2)
    with np.errstate(over="ignore"):
        scaled: Matrix = np.ldexp(matrix, exponents[:, None] + exponents)
        exact = np.array_equal(np.ldexp(scaled, -(exponents[:, None] + exponents)), matrix)
    return scaled if exact and np.isfinite(scaled).all() else None


def _ball_witness(matrix: Any) -> Witness | None:
    approximate, _ = _midpoints(matrix)
    candidates = [*np.linalg.eigh(approximate)[1][:, :1].T, *np.eye(len(approximate))]
    for v in candidates:
        column = arb_mat([[x] for x in v.tolist()])
        if (column.transpose() * matrix * column)[0, 0] <= 0:
            return Witness([Fraction(x) for x in v.tolist()])
    return None


def is_positive_definite(A: Any, radius: ArrayLike | None = None, *, bits: int = 128) -> Definiteness:
    """Whether every symmetric matrix in A is positive definite: True, False with a witness, or None.

    A: float64 array, with or without a `radius` (Rump's test; then scaled to unit diagonal by exact powers of
    two; then exact elimination up to n = 24, balls up to n = 48, or a verified Rayleigh quotient), rows of
    exact numbers (exact elimination, always decided), or arb_mat (`gershgorin_lower_bound` at `bits`). False
    means v^T B v <= 0 for all B in A. Raises as those functions do.

    >>> is_positive_definite([[1, 1], [1, 1]])
    Definiteness(verdict=False, witness=Witness(v=[Fraction(-1, 1), Fraction(1, 1)]))
    >>> is_positive_definite(np.diag([1.0, 1e-300])).verdict
    True
    >>> print(is_positive_definite(np.eye(2), radius=np.full((2, 2), 0.6)).verdict)
    None
    """
    if isinstance(A, np.ndarray):
        matrix = symmetric_matrix(A)
        spread = perron_bound(radius_matrix(radius, matrix.shape)) if radius is not None else 0.0
        if certifies(matrix, spread) or (not spread and _scaled_certifies(matrix)):
            return Definiteness(True)
        if len(matrix) > _BALL_SIZE:
            v = lowest_vector(matrix)
            refuted = v is not None and Fraction(rayleigh_upper_bound(matrix, v)) + Fraction(spread) <= 0
            return _no([Fraction(x) for x in v.tolist()] if v is not None and refuted else None)
        if radius is not None or len(matrix) > _EXACT_SIZE:
            return _in_balls(_with_radius(matrix, radius), bits)
        A = matrix.tolist()
    elif radius is not None:
        raise ValueError("Expected a float64 array A where a radius is given: use an arb_mat of balls")
    if isinstance(A, arb_mat):
        return _in_balls(A, bits)
    outcome = ldlt(A)
    return Definiteness(True) if isinstance(outcome, Factorisation) else Definiteness(False, outcome)


def _no(v: list[Fraction] | None) -> Definiteness:
    return Definiteness(False, Witness(v)) if v is not None else Definiteness(None)


def _scaled_certifies(matrix: Matrix) -> bool:
    scaled = _equilibrated(matrix) if (np.diag(matrix) > 0).all() else None
    return scaled is not None and certifies(scaled, 0.0)


def _in_balls(A: Any, bits: int) -> Definiteness:
    certificate = gershgorin_lower_bound(A, bits=bits)
    if certificate is not None and certificate.mu >= 0:
        return Definiteness(True)
    with precision(bits):
        witness = _ball_witness(ball_matrix(A))
    return Definiteness(False if witness else None, witness)
