"""Verified floating-point bounds: soundness at 50 digits, sampled radii, and the route at n > 100."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import eigenbounds, intervals, spectrum
from numerics.balls import precision

M = float(np.finfo(float).max)


def _symmetric(n, seed):
    A = np.random.default_rng(seed).standard_normal((n, n))
    return A + A.T


def _wishart(n, inner, seed):
    X = np.random.default_rng(seed).standard_normal((n, inner))
    A = X @ X.T
    return (A + A.T) / 2


def _extremes(A):
    """Smallest and largest eigenvalue at fifty digits."""
    with mpmath.workdps(50):
        values = mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True)
        return [arb(mpmath.nstr(v, 45), "1e-40") for v in (min(values), max(values))]


@given(st.integers(1, 6), st.integers(0, 10**6), st.sampled_from([1e-200, 1.0, 1e90]))
@settings(max_examples=30, deadline=None)
def test_bounds_contain_the_eigenvalues_at_fifty_digits(n, seed, scale):
    """Both ends of both extreme eigenvalues, at any scale, in floats and in balls."""
    A = _symmetric(n, seed)
    with precision(200):
        for value, largest in zip(_extremes(A), (False, True), strict=True):
            lo, hi = eigenbounds.eigenvalue_bounds(scale * A, largest=largest)
            unit = eigenbounds.eigenvalue_bounds(A, largest=largest)
            assert arb(unit[0]) <= value.upper()
            assert arb(unit[1]) >= value.lower()
            assert lo <= scale * unit[1] * (1 + math.copysign(1e-12, unit[1]))
            assert hi >= scale * unit[0] * (1 - math.copysign(1e-12, unit[0]))
            route = spectrum.lambda_max_enclosure if largest else spectrum.lambda_min_enclosure
            assert route(A).overlaps(value)


@pytest.mark.parametrize("matrix", ["wishart", "indefinite", "singular", "negative", "clustered", "graded"])
def test_large_matrices_are_bounded_tightly_and_soundly(matrix):
    """n = 160: the Krylov route contains LAPACK's eigenvalues within its own tiny error, and is close."""
    n = 160
    A = {
        "wishart": _wishart(n, 2 * n, 0),
        "indefinite": _symmetric(n, 1),
        "singular": _wishart(n, 20, 2),
        "negative": -_wishart(n, 2 * n, 3),
        "clustered": np.eye(n) + np.ones((n, n)) / 7,
        "graded": np.diag(2.0 ** -np.arange(n)),
    }[matrix]
    values = np.linalg.eigvalsh(A)
    size, rounding = np.abs(values).max(), 1e-13 * np.abs(values).max()
    for largest, value in ((False, values[0]), (True, values[-1])):
        lo, hi = eigenbounds.eigenvalue_bounds(A, largest=largest)
        assert lo <= value + rounding
        assert hi >= value - rounding
        assert hi - lo < 0.01 * abs(value) + 1e-9 * size
        enclosure = (spectrum.lambda_max_enclosure if largest else spectrum.lambda_min_enclosure)(A)
        assert enclosure.overlaps(arb(float(value), float(rounding)))
    assert eigenbounds.cholesky_lower_bound(A) <= values[0] + rounding


def test_certification_stops_at_the_eigenvalue():
    """Exact eigenvalues 1 (n - 1 fold) and 1 + n/8: mu = 1 is never certified, mu slightly below is."""
    for n in (3, 150):
        A = np.eye(n) + np.ones((n, n)) / 8
        assert not eigenbounds.cholesky_certifies(A, 1)
        assert not eigenbounds.cholesky_certifies(A, Fraction(1) + Fraction(1, 10**30))
        assert eigenbounds.cholesky_certifies(A, 1 - n * 1e-13)
        assert not eigenbounds.cholesky_certifies(A, 0.5, np.full((n, n), 0.5 / n))
        assert eigenbounds.cholesky_certifies(A, 0.5, np.full((n, n), 0.499 / n))


@given(st.integers(1, 5), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_certified_integers_are_definite_by_exact_minors(n, seed):
    """A certified A - mu I has positive leading minors in rationals: near-singular integer Gram matrices."""
    V = np.random.default_rng(seed).integers(-3, 4, (n, n))
    A = V @ V.T
    for mu in (Fraction(0), Fraction(1, 10**15), Fraction(1, 3)):
        if eigenbounds.cholesky_certifies(A, mu):
            q = fmpq(mu.numerator, mu.denominator)
            rows = [[fmpq(int(A[i, j])) - (q if i == j else 0) for j in range(n)] for i in range(n)]
            minors = [fmpq_mat(k, k, [x for r in rows[:k] for x in r[:k]]).det() for k in range(1, n + 1)]
            assert all(minor > 0 for minor in minors)


@pytest.mark.parametrize("n", [6, 120])
def test_every_matrix_within_the_radius_is_covered(n):
    """Random signs at the full radius stay inside the bounds of both extremes and of the norm."""
    A, rng = _wishart(n, 2 * n, n), np.random.default_rng(5)
    R = 0.05 * np.abs(_symmetric(n, 9))
    low, high = eigenbounds.eigenvalue_bounds(A, R), eigenbounds.eigenvalue_bounds(A, R, largest=True)
    norm = eigenbounds.norm_bounds(A, R)
    enclosures = [f(A, R) for f in (spectrum.lambda_min_enclosure, spectrum.lambda_max_enclosure)]
    for _ in range(10):
        signs = np.triu(rng.choice([-1.0, 1.0], (n, n)))
        values = np.linalg.eigvalsh(A + R * (signs + np.triu(signs, 1).T))
        assert low[0] <= values[0] <= low[1]
        assert high[0] <= values[-1] <= high[1]
        assert norm[0] <= values[-1] <= norm[1]
        assert all(e.overlaps(arb(v, 1e-10)) for e, v in zip(enclosures, values[[0, -1]], strict=True))


def test_definiteness_with_a_radius_has_three_answers():
    """Definite for all, for none (with a witness valid at the worst member), or undecided."""
    for n in (3, 60):
        R = np.full((n, n), 0.5 / n)
        assert spectrum.is_positive_definite(np.eye(n), R).verdict is True
        assert spectrum.is_positive_definite(np.eye(n), 3 * R).verdict is None
        B = np.eye(n)
        B[1, 1] = -2.0
        outcome = spectrum.is_positive_definite(B, R)
        assert outcome.verdict is False
        v = np.array([float(x) for x in outcome.witness.v])
        assert v @ B @ v + np.abs(v) @ R @ np.abs(v) <= 0
    with pytest.raises(ValueError, match="float64 array A where a radius"):
        spectrum.is_positive_definite([[1]], [[0.5]])


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([1e-250, 1.0, 1e250]))
@settings(max_examples=40, deadline=None)
def test_operator_norms_contain_the_singular_value(m, n, seed, scale):
    """Rectangular, any scale: float and ball routes contain sigma_max found at 50 digits."""
    A = np.random.default_rng(seed).integers(-9, 10, (m, n)).astype(float)
    with mpmath.workdps(50):
        singular = mpmath.svd_r(mpmath.matrix(A.tolist()), compute_uv=False)
        text = mpmath.nstr(max(singular), 45)
    with precision(200):
        true = arb(text, "1e-38")
        lo, hi = eigenbounds.norm_bounds(A)
        assert arb(lo) <= true.upper()
        assert arb(hi) >= true.lower()
        assert spectrum.operator_norm(A.tolist()).overlaps(true)
        assert spectrum.operator_norm(A).overlaps(true)
        scaled = eigenbounds.norm_bounds(scale * A)
        assert arb(scaled[0]) <= true.upper() * arb(scale) * (1 + arb(2) ** -50)
        assert arb(scaled[1]) >= true.lower() * arb(scale) * (1 - arb(2) ** -50)


def test_norm_of_a_large_rectangle_is_tight():
    """150 x 400, and its transpose: within the stated relative width of LAPACK's singular value."""
    A = np.random.default_rng(0).standard_normal((150, 400))
    top = np.linalg.norm(A, 2)
    for B in (A, A.T):
        lo, hi = eigenbounds.norm_bounds(B)
        assert lo <= top <= hi <= lo * (1 + 2e-3)
        assert spectrum.operator_norm(B).contains(float(top))
        wide = eigenbounds.norm_bounds(B, np.full(B.shape, 1e-3))
        assert wide[1] - hi == pytest.approx(1e-3 * math.sqrt(150 * 400), rel=1e-6)
    assert eigenbounds.norm_bounds(np.zeros((2, 3))) == (0.0, 0.0)
    assert spectrum.operator_norm(np.zeros((2, 3))).contains(0)


@given(st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_perron_bound_is_above_the_spectral_radius(n, seed):
    """Nonnegative, also reducible and periodic matrices: above the radius, at most the largest row sum."""
    rng = np.random.default_rng(seed)
    R = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    bound = intervals.perron_bound(R)
    assert bound >= np.abs(np.linalg.eigvals(R)).max() * (1 - 1e-14)
    assert bound <= R.sum(axis=1).max() * (1 + 1e-13) + 1e-300


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), min_size=1, max_size=4))
def test_midpoint_radius_covers_the_interval(pairs):
    """mid - rad <= lo and hi <= mid + rad in exact arithmetic; points stay points."""
    lo, hi = (np.array([[f(p) for p in pairs]]) for f in (min, max))
    mid, rad = intervals.midpoint_radius(lo, hi)
    for a, b, m, r in zip(lo[0], hi[0], mid[0], rad[0], strict=True):
        assert Fraction(m) - Fraction(r) <= Fraction(a)
        assert Fraction(b) <= Fraction(m) + Fraction(r)
        assert r == 0 or a != b


@pytest.mark.parametrize(
    "call",
    [
        lambda: eigenbounds.cholesky_certifies([[1.0, 2.0], [2.5, 1.0]]),
        lambda: eigenbounds.cholesky_certifies([[1.0]], math.nan),
        lambda: eigenbounds.eigenvalue_bounds([[math.nan]]),
        lambda: eigenbounds.eigenvalue_bounds(np.eye(2), -np.eye(2)),
        lambda: eigenbounds.eigenvalue_bounds(np.eye(2), relative=math.nan),
        lambda: eigenbounds.cholesky_lower_bound(np.eye(200), relative=1.5),
        lambda: eigenbounds.norm_bounds([[math.inf, 1.0]]),
        lambda: eigenbounds.norm_bounds(np.zeros((0, 3))),
        lambda: eigenbounds.norm_bounds(np.ones((2, 3)), np.ones((3, 2))),
        lambda: eigenbounds.norm_bounds([[1 + 2j]]),
        lambda: eigenbounds.norm_bounds([[Fraction(1, 3)]]),
        lambda: eigenbounds.norm_bounds([[2**53 + 1]]),
        lambda: eigenbounds.norm_bounds(np.ones((1, 1), dtype=np.longdouble)),
        lambda: eigenbounds.norm_bounds([[1.0, 2.0], [3.0]]),
        lambda: spectrum.operator_norm([[1, 2], [3]]),
        lambda: spectrum.operator_norm([["x"]]),
        lambda: spectrum.operator_norm(3.0),
        lambda: spectrum.operator_norm([]),
        lambda: intervals.midpoint_radius([[2.0]], [[1.0]]),
        lambda: intervals.midpoint_radius([[-M]], [[M]]),
        lambda: intervals.perron_bound([[-1.0]]),
        lambda: intervals.perron_bound([[1e308, 1e308], [1e308, 1e308]]),
        lambda: intervals.perron_bound(np.ones((2, 3))),
    ],
)
def test_bad_input_is_one_clear_line(call):
    """NaN, inf, wrong shapes, asymmetry, negative radii and overflow raise ValueError, never a number."""
    with pytest.raises(ValueError, match="Expected") as error:
        call()
    assert "\n" not in str(error.value)


def test_integer_and_single_precision_input():
    """Integers and float32 arrays count as the exact numbers they are."""
    for dtype in (np.int64, np.float32):
        lo, hi = eigenbounds.eigenvalue_bounds(np.array([[2, 1], [1, 2]], dtype=dtype))
        assert lo <= 1 <= hi < 1 + 1e-13
    assert spectrum.lambda_max_enclosure(arb_mat([[2, 1], [1, 2]])).contains(3)
