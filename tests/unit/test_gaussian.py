"""Gaussian tools against mpmath, scipy and simulation-free identities; bounds are bounds; bad input."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from numerics import gaussian
from numerics.balls import ball_relu, precision


@pytest.mark.parametrize("k", range(7))
@pytest.mark.parametrize("q", [Fraction(0), Fraction(1, 3), 4])
def test_moments_match_quadrature(k, q):
    """Moments and absolute moments agree with mpmath's quadrature and with each other."""
    with mpmath.workdps(30):
        s = mpmath.sqrt(mpmath.mpf(Fraction(q).numerator) / Fraction(q).denominator)
        numeric = 2 * mpmath.quad(lambda z: (s * z) ** k * mpmath.npdf(z), [0, 4, 16])
    exact, ball = gaussian.absolute_moment(k, q), gaussian.absolute_moment_ball(k, q, bits=100)
    assert float(exact) == pytest.approx(float(numeric), rel=1e-14)
    assert float(ball.mid()) == pytest.approx(float(numeric), rel=1e-14)
    if k % 2 == 0:
        assert gaussian.moment(k, q) == exact


def test_fractional_absolute_moment():
    """E |z|^(1/2) agrees with mpmath."""
    with mpmath.workdps(30):
        numeric = mpmath.quad(lambda z: mpmath.sqrt(z) * mpmath.npdf(z), [0, 1, 4, 16]) * 2
    assert float(gaussian.absolute_moment_ball("1/2").mid()) == pytest.approx(float(numeric), rel=1e-12)


@pytest.mark.parametrize("rho", [-1, Fraction(-9, 10), 0, Fraction(1, 3), 1])
def test_orthants_in_the_plane(rho):
    """The orthant is the angle pi - arccos rho over 2 pi, also for singular covariances and any scale."""
    expected = (math.pi - math.acos(rho)) / (2 * math.pi)
    assert gaussian.orthant_probability([[4, 2 * rho * 3], [2 * rho * 3, 9]]) == pytest.approx(
        expected, abs=1e-15
    )


def test_orthants_in_space():
    """Solid angles: independence, equal correlations 1/2 (1/4), and a plane in space."""
    half = Fraction(1, 2)
    assert gaussian.orthant_probability(np.eye(3)) == 0.125
    assert gaussian.orthant_probability([[1, half, half], [half, 1, half], [half, half, 1]]) == pytest.approx(
        0.25
    )
    assert gaussian.orthant_probability([[1, -half, -half], [-half, 1, -half], [-half, -half, 1]]) < 1e-16


def test_orthant_in_space_against_simulation():
    """Half a million draws agree within five standard errors."""
    R = np.array([[1, 0.3, -0.2], [0.3, 2, 0.5], [-0.2, 0.5, 1.5]])
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(3), R, size=500_000)
    p = gaussian.orthant_probability(R)
    assert abs((draws >= 0).all(axis=1).mean() - p) < 5 * math.sqrt(p * (1 - p) / 500_000)


@pytest.mark.parametrize(
    "R",
    [
        [[1, 2], [2, 1]],
        [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]],
        [[1, 0.5], [0.4, 1]],
        [[0, 0], [0, 1]],
        [[1, math.nan], [math.nan, 1]],
        [[1]],
        [1, 2],
        np.eye(4),
    ],
)
def test_bad_covariances(R):
    """Indefinite, asymmetric, degenerate, non-finite and misshapen covariances are refused."""
    with pytest.raises(ValueError, match="Expected"):
        gaussian.orthant_probability(R)


def test_stein_identity_and_its_failure():
    """The residual is 0 for the sine, and certainly not for ReLU with a wrong derivative."""
    assert gaussian.stein_residual(lambda z, _: z.sin(), lambda z, _: z.cos(), growth=(1, 0, 0)).contains(0)
    wrong = gaussian.stein_residual(ball_relu, lambda z, _: acb(1), growth=(1, 1, 1), breakpoints=[0])
    assert wrong < -0.4


@given(st.fractions(min_value=0, max_value=30), st.fractions(min_value=-5, max_value=5))
@settings(max_examples=40, deadline=None)
def test_anti_concentration(R, mean):
    """The probability never exceeds the linear bound and agrees with scipy."""
    pair = gaussian.anti_concentration(R, mean=mean)
    assert not pair.probability > pair.bound
    low, high = float(mean - R), float(mean + R)
    assert float(pair.probability.mid()) == pytest.approx(
        stats.norm.cdf(high) - stats.norm.cdf(low), abs=1e-13
    )


@given(st.fractions(min_value="1/100", max_value=60))
@settings(max_examples=40, deadline=None)
def test_mills_bounds(t):
    """Gordon's bounds enclose the tail, which has full relative accuracy."""
    low, high = gaussian.mills_bounds(t)
    p = gaussian.tail(t)
    assert low < p < high
    assert p.rel_accuracy_bits() >= 50


@given(st.integers(1, 200), st.fractions(min_value="1/50", max_value=40))
@settings(max_examples=40, deadline=None)
def test_laurent_massart(k, x):
    """Both tails of chi-square are below e^-x at the stated points."""
    low, high, chance = gaussian.chi_square_bounds(k, x)
    assert gaussian.chi_square_tail(k, Fraction(float(high.upper()))) < chance
    if low > 0:
        assert 1 - gaussian.chi_square_tail(k, Fraction(float(low.lower())), bits=200) < chance


def test_chi_square_tail_matches_scipy():
    """The regularized incomplete gamma function agrees with scipy."""
    for k, t in ((1, 0.5), (3, 10.0), (50, 80.0)):
        assert float(gaussian.chi_square_tail(k, t).mid()) == pytest.approx(stats.chi2.sf(t, k), rel=1e-12)
    assert gaussian.chi_square_tail(3, 0) == 1


def test_davidson_szarek_on_draws():
    """2000 draws exceed each bound no oftener than five standard errors above its chance."""
    N, n, t, draws = 40, 10, 1, 2000
    bounds = gaussian.davidson_szarek(N, n, t)
    singular = np.linalg.svd(np.random.default_rng(1).standard_normal((draws, N, n)), compute_uv=False)
    limit = float(bounds.chance.upper()) + 5 * math.sqrt(0.25 / draws)
    assert (singular[:, -1] <= float(bounds.low.mid())).mean() <= limit
    assert (singular[:, 0] >= float(bounds.high.mid())).mean() <= limit
    with precision(64):
        assert bounds.high - bounds.low - 2 * (arb(n).sqrt() + t) < 1e-15


@pytest.mark.parametrize(
    "call",
    [
        lambda: gaussian.moment(-1),
        lambda: gaussian.moment(2, -1),
        lambda: gaussian.moment(2.5),
        lambda: gaussian.absolute_moment_ball(-1),
        lambda: gaussian.interval_probability(1, 0),
        lambda: gaussian.anti_concentration(-1),
        lambda: gaussian.tail(math.nan),
        lambda: gaussian.mills_bounds(0),
        lambda: gaussian.chi_square_tail(0, 1),
        lambda: gaussian.chi_square_tail(1, -1),
        lambda: gaussian.chi_square_bounds(1, -1),
        lambda: gaussian.davidson_szarek(2, 3, 1),
        lambda: gaussian.davidson_szarek(3, 2, -1),
        lambda: gaussian.davidson_szarek(3, 2, math.inf),
    ],
)
def test_bad_input_is_refused(call):
    """One clear error for each bad argument."""
    with pytest.raises(ValueError, match="Expected"):
        call()
