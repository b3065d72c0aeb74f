"""Certified smallest eigenvalues: soundness against exact arithmetic, tightness, three-valued verdicts."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import spectrum
from numerics.arc_cosine import limiting_gram, limiting_gram_ball
from numerics.balls import contains, precision

THIRD = Fraction(1, 3)
D4 = [
    [Fraction(1, 2), Fraction(1, 6), Fraction(-1, 12)],
    [Fraction(1, 6), Fraction(1, 2), Fraction(1, 6)],
    [Fraction(-1, 12), Fraction(1, 6), Fraction(1, 2)],
]
SYMMETRIC = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.integers(-6, 6), min_size=n * n, max_size=n * n).map(
        lambda v: [[v[min(i, j) * n + max(i, j)] + (8 * (i == j)) for j in range(n)] for i in range(n)]
    )
)


def _leading_minors_positive(rows) -> bool:
    """Sylvester's criterion by exact determinants: an oracle for positive definiteness."""
    fractions = [[Fraction(x) for x in row] for row in rows]
    for k in range(1, len(rows) + 1):
        minor = fmpq_mat(k, k, [fmpq(x.numerator, x.denominator) for row in fractions[:k] for x in row[:k]])
        if minor.det() <= 0:
            return False
    return True


def _shifted(rows, mu):
    return [[Fraction(x) - (mu if i == j else 0) for j, x in enumerate(row)] for i, row in enumerate(rows)]


def _quadratic(rows, v) -> Fraction:
    return sum(
        Fraction(x) * a * b for row, a in zip(rows, v, strict=True) for x, b in zip(row, v, strict=True)
    )


def _random_symmetric(n: int, seed: int) -> np.ndarray:
    A = np.random.default_rng(seed).standard_normal((n, n))
    return A + A.T


@given(SYMMETRIC)
@settings(max_examples=60, deadline=None)
def test_lower_bounds_are_sound(rows):
    """A - mu I is positive definite, by exact leading minors, for the mu of either route; both are close."""
    low = spectrum.cholesky_lower_bound(np.array(rows, dtype=float))
    certificate = spectrum.gershgorin_lower_bound(rows)
    approximate = np.linalg.eigvalsh(np.array(rows, dtype=float))[0]
    for mu in (Fraction(low), certificate.mu):
        assert _leading_minors_positive(_shifted(rows, mu))
        assert approximate - float(mu) < 1e-11
    assert certificate.holds(rows)


@given(SYMMETRIC)
@settings(max_examples=40, deadline=None)
def test_certificates_recheck_in_exact_arithmetic(rows):
    """X^T (A - mu I) X is strictly diagonally dominant with positive diagonal in exact rationals."""
    certificate = spectrum.gershgorin_lower_bound(rows)
    n = len(rows)
    X = [[Fraction(x) for x in row] for row in certificate.X]
    B = _shifted(rows, certificate.mu)
    form = [
        [sum(X[k][i] * B[k][m] * X[m][j] for k in range(n) for m in range(n)) for j in range(n)]
        for i in range(n)
    ]
    assert all(form[i][i] > sum(abs(form[i][j]) for j in range(n) if j != i) for i in range(n))


def test_a_forged_certificate_fails():
    """Raising mu above the smallest eigenvalue, or emptying X, is noticed by the re-check."""
    good = spectrum.gershgorin_lower_bound(D4)
    assert good.holds(D4)
    assert not spectrum.GershgorinCertificate(Fraction(219, 1000), good.X).holds(D4)
    assert not spectrum.GershgorinCertificate(good.mu, [[0.0] * 3] * 3).holds(D4)
    assert not spectrum.GershgorinCertificate(good.mu, [[1.0] * 3] * 3).holds(D4)
    # Dominant above the diagonal only: the last row is not.
    identity = [[1.0, 0.0], [0.0, 1.0]]
    assert not spectrum.GershgorinCertificate(Fraction(0), identity).holds([[3, 2], [2, 1]])


def test_enclosure_is_tight_on_the_named_data_set():
    """D4: the enclosure contains (11 - sqrt 33)/24 and is narrower than 1e-28."""
    value = spectrum.lambda_min_enclosure(D4)
    with precision(128):
        assert value.overlaps((11 - arb(33).sqrt()) / 24)
    assert value.rad() < 1e-28


@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_enclosure_contains_the_eigenvalue_at_fifty_digits(n):
    """lambda_min of a random symmetric matrix by mpmath lies inside the enclosure."""
    A = _random_symmetric(n, n)
    with mpmath.workdps(50):
        oracle = min(mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True))
        text = mpmath.nstr(oracle, 45)
    value = spectrum.lambda_min_enclosure(A)
    with precision(200):
        assert value.overlaps(arb(text, arb("1e-42")))
    assert value.rad() < 1e-24


def test_multiple_smallest_eigenvalues_are_enclosed():
    """A fivefold smallest eigenvalue 1/3 is found to double precision or better."""
    rows = [[Fraction(1, 2) if i == j else Fraction(1, 6) for j in range(6)] for i in range(6)]
    value = spectrum.lambda_min_enclosure(rows)
    assert contains(value, THIRD)
    assert value.rad() < 1e-14


@given(SYMMETRIC)
@settings(max_examples=60, deadline=None)
def test_ldlt_decides_positive_definiteness(rows):
    """Exact elimination agrees with Sylvester's criterion and returns a true factorisation or witness."""
    outcome = spectrum.ldlt(rows)
    n = len(rows)
    if _leading_minors_positive(rows):
        L, D = outcome.L, outcome.D
        for i in range(n):
            for j in range(n):
                assert sum(L[i][k] * D[k] * L[j][k] for k in range(n)) == rows[i][j]
        assert all(d > 0 for d in D)
    else:
        assert any(outcome.v)
        assert _quadratic(rows, outcome.v) <= 0


@given(SYMMETRIC)
@settings(max_examples=40, deadline=None)
def test_definiteness_of_floats_rows_and_balls_agree(rows):
    """All routes give the exact verdict or, for balls, None; every False carries a valid witness."""
    truth = _leading_minors_positive(rows)
    for A in (rows, np.array(rows, dtype=float), arb_mat(rows)):
        outcome = spectrum.is_positive_definite(A)
        assert outcome.verdict == truth or (isinstance(A, arb_mat) and outcome.verdict is None)
        if outcome.verdict is False:
            assert _quadratic(rows, outcome.witness.v) <= 0
            assert any(outcome.witness.v)


def test_radius_widens_the_bound():
    """With an interval radius the bound holds for sampled matrices inside, and drops by the row sum."""
    A = _random_symmetric(8, 3)
    radius = np.full((8, 8), 0.01)
    low = spectrum.cholesky_lower_bound(A, radius)
    assert low == pytest.approx(spectrum.cholesky_lower_bound(A) - 0.08, abs=1e-12)
    rng = np.random.default_rng(4)
    for _ in range(50):
        E = np.triu(rng.choice([-0.01, 0.01], (8, 8)))
        assert np.linalg.eigvalsh(A + E + np.triu(E, 1).T)[0] > low


def test_large_matrix_bound_is_close():
    """n = 300: within n 2^-52 tr(A) of the floating-point eigenvalue."""
    X = np.random.default_rng(0).standard_normal((300, 40))
    H = limiting_gram(X)
    low = spectrum.cholesky_lower_bound(H, relative=0)
    assert 0 < np.linalg.eigvalsh(H)[0] - low < 300 * 2.0**-52 * np.trace(H)


def test_limiting_gram_is_certified_positive_definite():
    """H-infinity in balls is proved positive definite for random inputs, and never with a parallel pair."""
    X = np.random.default_rng(2).standard_normal((12, 4)).tolist()
    assert spectrum.is_positive_definite(limiting_gram_ball(X)).verdict is True
    doubled = spectrum.is_positive_definite(limiting_gram_ball([[1, 0], [2, 0]], 64))
    assert doubled.verdict is not True


def test_singular_matrices_are_never_called_positive_definite():
    """The float64 Gram matrix of rank 3 of size 6, and exact zeros, are refuted; the enclosure contains 0."""
    V = np.array([[1, 2, 3], [0, 1, 1], [1, 0, 2], [3, 1, 1], [2, 2, 2], [1, 1, 0]], dtype=float)
    G = V @ V.T
    assert spectrum.is_positive_definite(G).verdict is False
    assert spectrum.cholesky_lower_bound(G) <= 0
    assert spectrum.lambda_min_enclosure(G).contains(0)
    assert spectrum.is_positive_definite(np.zeros((3, 3))).verdict is False
    assert spectrum.is_positive_definite(arb_mat([[0]])).verdict is False


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e300])
def test_badly_scaled_matrices(scale):
    """Exact powers-of-two scaling decides diag(1, +-scale), and the bounds never overflow."""
    assert spectrum.is_positive_definite(np.diag([1.0, scale])).verdict is True
    assert spectrum.is_positive_definite(np.diag([1.0, -scale])).verdict is False
    for A in (np.diag([1.0, scale]), scale * np.array([[2.0, 1.0], [1.0, 2.0]])):
        low = spectrum.cholesky_lower_bound(A)
        assert low <= np.linalg.eigvalsh(A)[0]
        assert low >= -1e-14 * max(1.0, scale)
    assert spectrum.lambda_min_enclosure(np.diag([1.0, scale])).contains(min(1.0, scale))


def test_scales_beyond_floats_are_enclosed():
    """Rational entries of size 10^+-400 neither overflow nor vanish."""
    value = spectrum.lambda_min_enclosure([[Fraction(10**400), 0], [0, Fraction(2 * 10**400)]])
    assert value.overlaps(arb(10) ** 400)
    assert value > 0


def test_scalar_matrices():
    """n = 1 is decided by the sign of the entry."""
    assert spectrum.cholesky_lower_bound([[3.0]]) == pytest.approx(3)
    assert spectrum.cholesky_lower_bound([[3.0]]) <= 3
    assert contains(spectrum.lambda_min_enclosure([["1/3"]]), THIRD)
    assert spectrum.is_positive_definite(np.array([[5e-324]])).verdict is True
    assert spectrum.is_positive_definite([[0]]).verdict is False
    assert spectrum.ldlt([[-2]]).v == [1]


def test_wide_balls_are_undecided():
    """A ball matrix with definite and indefinite members gives None, and a lower end below zero."""
    A = arb_mat([[arb(1), arb(0, 2)], [arb(0, 2), arb(1)]])
    assert spectrum.is_positive_definite(A) == spectrum.Definiteness(None, None)
    value = spectrum.lambda_min_enclosure(A)
    assert value.contains(-1)
    assert value.contains(1)


def test_mirrored_balls_are_intersected():
    """Two roundings of one entry are accepted, entries that cannot be equal are not."""
    A = spectrum.ball_matrix(arb_mat([[arb(1), arb(0, 1)], [arb(0.5, 0.75), arb(1)]]))
    assert A[0, 1] == A[1, 0] or A[0, 1].overlaps(A[1, 0])
    with pytest.raises(ValueError, match="symmetric"):
        spectrum.ball_matrix(arb_mat([[1, 0], [0.5, 1]]))


@pytest.mark.parametrize(
    "A",
    [
        np.zeros((0, 0)), np.zeros((2, 3)), np.zeros(3), [[1.0, math.nan], [math.nan, 1.0]], [[math.inf]],
        [[1.0, 2.0], [2.5, 1.0]], [["a"]], [], 3.0, None,
    ],
)  # fmt: skip
@pytest.mark.parametrize("f", [spectrum.cholesky_lower_bound, spectrum.lambda_min_enclosure])
def test_bad_matrices_are_refused(f, A):
    """Empty, rectangular, asymmetric, NaN and infinite input raises a one-line ValueError."""
    with pytest.raises(ValueError, match="Expected") as error:
        f(A)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("radius", [[[-1.0]], [[math.nan]], np.zeros((2, 2)), [[1.0, 2.0]]])
def test_bad_radii_are_refused(radius):
    """Negative, NaN and misshapen radii raise."""
    with pytest.raises(ValueError, match="Expected radius"):
        spectrum.cholesky_lower_bound([[1.0]], radius)


def test_exact_elimination_refuses_asymmetry_and_nan():
    """ldlt needs exactly symmetric, finite, square rows."""
    for A in ([[1, 2], [3, 1]], [[math.nan]], [[1, 2]], []):
        with pytest.raises(ValueError, match="Expected"):
            spectrum.ldlt(A)


def test_entries_near_overflow_give_no_information_rather_than_a_wrong_bound():
    """Where shifted entries overflow the bound is -inf or still below the true value."""
    A = np.array([[1e308, 1.7e308], [1.7e308, 1e308]])
    assert spectrum.cholesky_lower_bound(A) <= -0.69e308


def _with_spectrum(values, seed=0):
    """A symmetric float matrix with about these eigenvalues, rotated by random reflections."""
    A = np.diag(np.asarray(values, dtype=float))
    for k in range(3):
        v = np.random.default_rng((seed, k)).standard_normal(len(A))
        Q = np.eye(len(A)) - 2 * np.outer(v, v) / (v @ v)
        A = Q @ A @ Q
    return (A + A.T) / 2


SPECTRA = {
    "edge of a bulk": np.linspace(0.1, 3, 400),
    "hard edge": 0.01 + np.linspace(0, 1, 400) ** 4,
    "cluster": np.r_[np.full(60, 0.5), np.linspace(0.6, 4, 240)],
    "one small eigenvalue": np.r_[1e-3, np.linspace(1, 2, 299)],
    "geometric": np.logspace(-6, 0, 250),
    "below float32": np.logspace(-12, 0, 200),
    "negative": np.linspace(-2, 1, 300),
    "multiple of the identity": np.full(150, 3.0),
    "almost singular": np.r_[1e-15, np.linspace(0.2, 1, 199)],
}


@pytest.mark.parametrize("relative", [0.1, 1e-2])
@pytest.mark.parametrize("name", SPECTRA)
def test_lower_bounds_keep_their_accuracy(name, relative):
    """Whatever finds the shift, the bound is below lambda_min and, but for one spectrum, close to it."""
    A = _with_spectrum(SPECTRA[name])
    n, lowest = len(A), float(np.linalg.eigvalsh(A)[0])
    unit = n * 2.0**-53 * float(np.abs(np.linalg.eigvalsh(A)).sum())
    low = spectrum.cholesky_lower_bound(A, relative=relative)
    slack = 2.0**-24 * SPECTRA[name].max() if name == "below float32" else 8 * unit
    assert lowest - relative * abs(lowest) - slack <= low <= lowest + unit


@pytest.mark.parametrize("exponent", [-300, -80, 80, 300])
def test_lower_bounds_scale_by_powers_of_two(exponent):
    """Matrices far outside the range of float32, whose estimates take the other route."""
    A = _with_spectrum(SPECTRA["edge of a bulk"])
    low, scaled = (spectrum.cholesky_lower_bound(M) for M in (A, np.ldexp(A, exponent)))
    assert scaled == pytest.approx(math.ldexp(low, exponent), rel=2e-2)
    assert scaled <= math.ldexp(0.1, exponent)
