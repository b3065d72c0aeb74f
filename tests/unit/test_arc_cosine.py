"""Arc-cosine kernels: closed forms against quadrature, exact values, and hard configurations."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numerics import arc_cosine as kernels
from numerics.balls import precision

MATRICES = st.integers(1, 6).flatmap(
    lambda n: st.integers(1, 5).flatmap(
        lambda d: arrays(np.float64, (n, d), elements=st.floats(-8, 8).map(lambda x: round(x, 3)))
    )
).filter(lambda X: X.any(axis=1).all())  # fmt: skip


def _mid(gram) -> np.ndarray:
    return np.array([[float(x) for x in row] for row in gram.tolist()])


def _polar_quadrature(theta, degree: int):
    """Both kernels as angular integrals over the common half-plane of two unit vectors, at 50 digits."""
    with mpmath.workdps(50):
        theta = mpmath.mpf(theta)
        low, high = theta - mpmath.pi / 2, mpmath.pi / 2
        if degree == 0:
            value = mpmath.quad(lambda _: 1, [low, high]) / (2 * mpmath.pi)
            return value * mpmath.cos(theta)
        # The radial part of E relu relu is int r^3 exp(-r^2/2) dr = 2.
        return mpmath.quad(lambda t: mpmath.cos(t) * mpmath.cos(t - theta), [low, high]) / mpmath.pi


@pytest.mark.parametrize("rho", [-0.99, -0.5, 0.0, 0.3, 0.75, 0.76, 0.99])
def test_kernels_match_quadrature(rho):
    """H and G on a pair of unit vectors agree with angular quadrature to 1e-15."""
    theta = math.acos(rho)
    X = [[1.0, 0.0], [math.cos(theta), math.sin(theta)]]
    assert kernels.limiting_gram(X)[0, 1] == pytest.approx(float(_polar_quadrature(theta, 0)), abs=1e-15)
    assert kernels.output_gram(X)[0, 1] == pytest.approx(float(_polar_quadrature(theta, 1)), abs=1e-15)


def test_balls_match_two_dimensional_quadrature():
    """The ball of H on rational, non-unit rows contains a 40-digit orthant probability."""
    gram = kernels.limiting_gram_ball([[1, 2], ["-1/3", 1]], 160)
    outputs = kernels.output_gram_ball([[1, 2], ["-1/3", 1]], 160)
    with mpmath.workdps(50):
        x, y, inner = mpmath.sqrt(5), mpmath.sqrt(mpmath.mpf(10) / 9), mpmath.mpf(5) / 3
        theta = mpmath.acos(inner / (x * y))
        h = x * y * _polar_quadrature(theta, 0)
        g = x * y * _polar_quadrature(theta, 1)
    with precision(200):
        assert gram[0, 1].overlaps(arb(mpmath.nstr(h, 42), arb("1e-40")))
        assert outputs[1, 0].overlaps(arb(mpmath.nstr(g, 42), arb("1e-40")))
    assert gram[0, 1].rad() < 1e-40


@given(MATRICES)
@settings(max_examples=60, deadline=None)
def test_floats_lie_within_the_stated_error_of_the_balls(X):
    """float64 H and G differ from the rigorous ones by at most the documented bound."""
    norms = np.linalg.norm(X, axis=1)
    bound = 2 * (X.shape[1] + 8) * 2.0**-53 * np.outer(norms, norms) * (1 + 1e-9)
    for fast, slow in (
        (kernels.limiting_gram, kernels.limiting_gram_ball),
        (kernels.output_gram, kernels.output_gram_ball),
    ):
        value = fast(X)
        assert np.array_equal(value, value.T)
        assert (np.abs(value - _mid(slow(X, 96))) <= bound).all()


@given(MATRICES)
@settings(max_examples=40, deadline=None)
def test_angles_match_exact_rationals(X):
    """Angles agree with atan2 of the exact Gram determinant to the documented bound."""
    theta = kernels.angles(X)
    rows = [[Fraction(x) for x in row] for row in X.tolist()]
    for i, x in enumerate(rows):
        for j, y in enumerate(rows[:i]):
            xx, yy, xy = (sum(a * b for a, b in zip(u, v, strict=True)) for u, v in ((x, x), (y, y), (x, y)))
            with mpmath.workdps(40):
                cross = mpmath.sqrt(mpmath.mpf((xx * yy - xy**2).numerator) / (xx * yy - xy**2).denominator)
                oracle = float(mpmath.atan2(cross, mpmath.mpf(xy.numerator) / xy.denominator))
            assert abs(theta[i, j] - oracle) <= 4 * (X.shape[1] + 8) * 2.0**-53


@given(MATRICES, st.integers(-300, 300))
@settings(max_examples=30, deadline=None)
def test_angles_are_exact_for_equal_and_opposite_rows(X, exponent):
    """Rows that are equal, opposite, or scaled by a power of two have angle exactly 0 or pi."""
    scaled = X * 2.0**exponent
    theta = kernels.angles(np.vstack([X, scaled, -X]))
    n = len(X)
    for i in range(n):
        assert theta[i, n + i] == 0
        assert theta[i, 2 * n + i] == math.pi
    assert (np.diag(theta) == 0).all()


@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-12, 1e-15])
def test_small_angles_keep_their_digits(gap):
    """Nearly parallel and antiparallel rows: arccos would lose half of the digits, differences do not."""
    X = np.array([[1.0, 0.0], [math.cos(gap), math.sin(gap)], [-math.cos(gap), -math.sin(gap)]])
    theta = kernels.angles(X)
    assert theta[0, 1] == pytest.approx(gap, abs=4e-16)
    assert theta[0, 2] == pytest.approx(math.pi - gap, abs=1e-15)
    i, j, near = kernels.closest_pair(X)
    assert (i, j, near) == (1, 2, 0.0)
    assert kernels.closest_pair(X[:2])[2] == pytest.approx(gap, abs=4e-16)


def test_blocks_do_not_change_the_result(monkeypatch):
    """Splitting the near pairs into blocks of one row gives the same bits."""
    X = np.random.default_rng(1).standard_normal((40, 3))
    whole = kernels.limiting_gram(X)
    monkeypatch.setattr(kernels, "_BLOCK", 1)
    assert np.array_equal(kernels.limiting_gram(X), whole)


def test_exact_values_of_the_named_data_sets():
    """D1 to D5: the exact smallest eigenvalues of the source notes."""
    assert kernels.limiting_gram_exact([0]) == sympy.Matrix([[sympy.Rational(1, 2)]])
    D4 = kernels.limiting_gram_exact([0, Fraction(1, 3), Fraction(2, 3)])
    x = sympy.Symbol("x")
    for root in (sympy.Rational(7, 12), (11 - sympy.sqrt(33)) / 24, (11 + sympy.sqrt(33)) / 24):
        assert sympy.simplify(D4.charpoly(x).as_expr().subs(x, root)) == 0
    assert np.array_equal(kernels.limiting_gram(np.eye(4)), np.eye(4) / 2)
    simplex = kernels.limiting_gram((np.eye(5) + (math.sqrt(6) - 1) / 5) / math.sqrt(2))
    assert np.linalg.eigvalsh(simplex)[0] == pytest.approx(1 / 3, abs=1e-14)


def test_six_directions_are_singular():
    """Six inputs at multiples of 60 degrees: the alternating vector is in the kernel, exactly."""
    six = kernels.limiting_gram_exact([Fraction(i, 3) for i in range(6)])
    assert six * sympy.Matrix([1, -1, 1, -1, 1, -1]) == sympy.zeros(6, 1)


@given(st.lists(st.fractions(min_value=-3, max_value=3, max_denominator=7), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_exact_matrices_match_floats(turns):
    """The sympy matrices of H and G evaluate to the float64 ones."""
    X = [[math.cos(math.pi * t), math.sin(math.pi * t)] for t in turns]
    for exact, fast in (
        (kernels.limiting_gram_exact, kernels.limiting_gram),
        (kernels.output_gram_exact, kernels.output_gram),
    ):
        assert np.allclose(np.array(exact(turns).evalf(30), dtype=float), fast(X), rtol=0, atol=1e-14)


def test_parallel_rows_in_balls_are_exact():
    """Duplicates give proportional rows, opposite rows give exactly zero, with rational data."""
    gram = kernels.limiting_gram_ball([["1/3", 1], [1, 3], ["-1/3", -1]], 64)
    assert gram[0, 1].overlaps(arb(fmpq(10, 6)))
    assert gram[0, 2] == 0
    assert kernels.output_gram_ball([[3], [-1]])[0, 1] == 0


@pytest.mark.parametrize("rho", [-1.0, -0.7, -0.1, 0.0, 0.2, 0.8, 1.0])
def test_series_sums_to_the_kernel(rho):
    """Partial sums of the power series converge to the closed form; only powers 1, 2, 4, 6, ... occur."""
    coefficients = kernels.series_coefficients(400)
    total = sum((float(p) + float(q) / math.pi) * rho**k for k, (p, q) in enumerate(coefficients))
    exact = rho * (math.pi - math.acos(rho)) / (2 * math.pi)
    assert total == pytest.approx(exact, abs=1e-14 if abs(rho) < 0.9 else 0.01)
    assert all((p, q) == (0, 0) for k, (p, q) in enumerate(coefficients) if k == 0 or (k % 2 and k > 1))
    assert all(p + q > 0 for k, (p, q) in enumerate(coefficients) if k == 1 or (k % 2 == 0 and k))


def test_series_matches_sympy():
    """The coefficients are those of rho/4 + rho asin(rho) / (2 pi) by symbolic expansion."""
    rho = sympy.Symbol("rho")
    series = sympy.series(rho * sympy.asin(rho) / 2, rho, 0, 9).removeO()
    for k, (p, q) in enumerate(kernels.series_coefficients(8)):
        assert sympy.Rational(str(q)) == series.coeff(rho, k)
        assert p == (Fraction(1, 4) if k == 1 else 0)


@pytest.mark.parametrize("degree", [0, 1])
def test_kernel_of_an_angle(degree):
    """The normalised kernel is 1/2 at angle 0 and 0 at pi, and refuses angles and degrees out of range."""
    assert kernels.arc_cosine_kernel([0.0, math.pi], degree) == pytest.approx([0.5, 0.0], abs=1e-16)
    for theta in (-0.1, 3.2, math.nan):
        with pytest.raises(ValueError, match="angles theta"):
            kernels.arc_cosine_kernel(theta, degree)
    with pytest.raises(ValueError, match="degree"):
        kernels.arc_cosine_kernel(0.0, 2)


@pytest.mark.parametrize(
    "X",
    [
        [], [[]], [1.0, 2.0], np.zeros((0, 3)), np.zeros((2, 0)), [[0.0, 0.0]], [[1.0, math.nan]],
        [[math.inf]],
        [[1.0], [1.0, 2.0]], [["a"]], [[1j]], np.zeros((2, 2, 2)), None, [[1.0], [0.0]],
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "f", [kernels.angles, kernels.limiting_gram, kernels.output_gram, kernels.limiting_gram_ball]
)
def test_bad_inputs_are_refused(f, X):
    """Wrong shapes, NaN, infinities, complex numbers and zero rows raise a one-line ValueError."""
    with pytest.raises(ValueError, match="Expected") as error:
        f(X)
    assert "\n" not in str(error.value)


def test_other_bad_arguments_are_refused():
    """Floats where exact angles are meant, negative orders, a single row and overflow are errors."""
    for call in (
        lambda: kernels.limiting_gram_exact([0.5]),
        lambda: kernels.limiting_gram_exact([]),
        lambda: kernels.series_coefficients(-1),
        lambda: kernels.series_coefficients(2.0),
        lambda: kernels.closest_pair([[1.0]]),
        lambda: kernels.limiting_gram([[1e200, 1.0]]),
        lambda: kernels.output_gram([[1e200, 1.0]]),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()


def test_extreme_scales_keep_their_angles():
    """Rows near overflow or underflow are normalised without losing the angle."""
    assert kernels.angles([[1e308, 1e308], [1e-310, 0.0]])[0, 1] == pytest.approx(math.pi / 4, abs=1e-15)
