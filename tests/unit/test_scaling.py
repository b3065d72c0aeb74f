"""Scaling exponents: coverage and power by simulation, plateaus refused, power analysis minimal."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from numerics.scaling import scaling_exponent, seeds_needed, slope_power, slope_spread
from numerics.statistics import binomial_tail_lower, binomial_tail_upper, stream

SIZES = np.array([32, 64, 128, 256, 512, 1024])


def _plausible(hits: int, trials: int, p: float) -> bool:
    """Neither binomial tail of the count is below 1e-4."""
    exact = Fraction(p)
    tails = (binomial_tail_lower(hits, trials, exact), binomial_tail_upper(hits, trials, exact))
    return all(tail > 1e-4 for tail in tails)


def _experiment(rng, seeds, slope, noise, *, shared=0.0):
    """Power law with Gaussian errors of log value and an error shared by all sizes of a seed."""
    errors = noise * rng.standard_normal((seeds, len(SIZES))) + shared * rng.standard_normal((seeds, 1))
    return SIZES**slope * np.exp(errors)


@pytest.mark.parametrize(("seeds", "alpha", "shared"), [(2, 0.1, 0.0), (5, 0.1, 1.0), (12, 0.01, 0.3)])
def test_the_interval_covers_at_its_level(seeds, alpha, shared):
    """2000 experiments with unequal, correlated errors: exponent and bend are covered at the level."""
    rng, trials = stream("scaling", seeds), 2000
    noise = np.linspace(0.2, 0.05, len(SIZES))
    slope_hits = bend_hits = 0
    for _ in range(trials):
        values = _experiment(rng, seeds, -0.5, noise, shared=shared)
        fit = scaling_exponent(SIZES, values, alpha=alpha, tolerance=1e6)
        slope_hits += fit.interval[0] <= -0.5 <= fit.interval[1]
        bend_hits += fit.bend[0] <= 0 <= fit.bend[1]
    assert _plausible(slope_hits, trials, 1 - alpha)
    assert _plausible(bend_hits, trials, 1 - alpha)


def test_power_is_as_predicted():
    """The share of experiments at -1/4 whose interval excludes -1/2 agrees with `slope_power`."""
    rng, trials, noise, seeds = stream("power"), 1500, 0.5, 5
    predicted = slope_power(0.25, slope_spread(SIZES, noise), seeds)
    assert 0.3 < predicted < 0.95
    hits = 0
    for _ in range(trials):
        fit = scaling_exponent(SIZES, _experiment(rng, seeds, -0.25, noise, shared=2.0), tolerance=1e6)
        hits += not fit.interval[0] <= -0.5 <= fit.interval[1]
    assert _plausible(hits, trials, predicted)


@pytest.mark.parametrize(("seeds", "gap"), [(2, 0.3), (4, 0.25), (9, 0.1), (100, 0.05), (5000, 0.01)])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_power_matches_scipy_where_that_is_finite(seeds, gap, alpha):
    """P(|T| > t) by scipy's noncentral t, which is another algorithm."""
    df, centre = seeds - 1, gap / 0.2 * math.sqrt(seeds)
    critical = -special.stdtrit(df, alpha / 2)
    expected = 1 - special.nctdtr(df, centre, critical) + special.nctdtr(df, centre, -critical)
    assert slope_power(gap, 0.2, seeds, alpha=alpha) == pytest.approx(expected, rel=1e-7)


def test_power_at_extremes():
    """Two seeds at level 1e-6 and a noncentrality of 10^6: |Z| < c / t, t = 2 / (pi 10^-6); else 0.., 1."""
    gap = 1e6 / math.sqrt(2)
    edge = 1e6 / -special.stdtrit(1, 5e-7)
    assert slope_power(gap, 1.0, 2, alpha=1e-6) == pytest.approx(math.erf(edge / math.sqrt(2)), rel=1e-5)
    assert slope_power(1e9, 1.0, 3) == pytest.approx(1, abs=1e-9)
    assert slope_power(1e-9, 1.0, 3) == pytest.approx(0.05, abs=1e-9)
    assert slope_power(0.037, 1.0, 1 << 20) == pytest.approx(1, abs=1e-6)


@given(st.floats(0.02, 2), st.floats(0.01, 1), st.floats(1e-4, 0.2), st.floats(1e-4, 0.5))
@settings(max_examples=40, deadline=None)
def test_seeds_needed_is_the_least(gap, spread, alpha, beta):
    """One seed fewer (if two are left) has too little power."""
    seeds = seeds_needed(gap, spread, alpha=alpha, beta=beta)
    assert slope_power(gap, spread, seeds, alpha=alpha) >= 1 - beta
    assert seeds == 2 or slope_power(gap, spread, seeds - 1, alpha=alpha) < 1 - beta


def test_half_against_quarter():
    """With the seeds that are asked for, intervals at -1/2 exclude -1/4 in the promised share of runs."""
    noise, rng = 0.4, stream("half")
    seeds = seeds_needed(0.25, slope_spread(SIZES, noise), alpha=0.01, beta=0.02)
    hits = 0
    for _ in range(600):
        fit = scaling_exponent(SIZES, _experiment(rng, seeds, -0.5, noise), alpha=0.01, tolerance=1e6)
        hits += fit.interval[1] < -0.25
    assert binomial_tail_lower(hits, 600, "98/100") > 1e-4


@pytest.mark.parametrize("floor", [0.06, 0.1])
def test_a_plateau_is_flagged(floor):
    """Decay to a floor inside the range: no exponent in any of 50 runs, and local slopes show why."""
    rng = stream("plateau")
    for _ in range(50):
        values = np.maximum(
            _experiment(rng, 8, -0.5, 0.05), floor * np.exp(0.05 * rng.standard_normal((8, 6)))
        )
        fit = scaling_exponent(SIZES, values)
        assert fit.straight is False
        assert fit.exponent is None
        assert fit.interval is None
        assert fit.local[0] < -0.3 < fit.local[-1]


def test_a_line_is_called_straight_and_noise_is_not():
    """Little noise: straight; three noisy seeds: undecided, but the interval stands."""
    rng = stream("line")
    assert scaling_exponent(SIZES, _experiment(rng, 10, -0.5, 0.02)).straight is True
    loose = scaling_exponent(SIZES, _experiment(rng, 3, -0.5, 0.5))
    assert loose.straight is None
    assert loose.exponent is not None


@given(st.floats(-3, 3), st.floats(-2, 2), st.permutations(range(6)))
@settings(max_examples=30, deadline=None)
def test_exact_powers_and_bends_are_recovered(slope, curve, order):
    """A parabola in log-log has its slope by polyfit and its bend exactly, in any order of the sizes."""
    x = np.log(SIZES)
    y = slope * x + curve / 10 * (x - x.mean()) ** 2
    values = np.exp(np.stack([y, y + 1e-3 * np.cos(x)]))
    order = list(order)
    fit = scaling_exponent(SIZES[order], values[:, order], tolerance=1e9)
    assert fit.per_seed[0] == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-9)
    assert np.mean(fit.bend) == pytest.approx(curve / 5 * (x[-1] - x[0]), abs=1e-2)
    assert fit.straight is True


def test_integer_and_single_precision_input():
    """Lists, integers and float32 arrays are accepted."""
    fit = scaling_exponent([1, 2, 4], np.array([[8, 4, 2], [9, 4, 2]], dtype=np.float32), tolerance=9)
    assert fit.per_seed[0] == pytest.approx(-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: scaling_exponent([1, 2], [[1, 2], [2, 1]]),
        lambda: scaling_exponent([1, 2, 2], np.ones((2, 3))),
        lambda: scaling_exponent([1, 2, -3], np.ones((2, 3))),
        lambda: scaling_exponent(["a", 2, 3], np.ones((2, 3))),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 3]]),
        lambda: scaling_exponent([1, 2, 3], np.ones((2, 4))),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, math.nan], [1, 2, 3]]),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 0], [1, 2, 3]]),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 3], [1, 2, 3]]),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 3], [1, 2, 4]], alpha=0),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 3], [1, 2, 4]], alpha=math.nan),
        lambda: scaling_exponent([1, 2, 3], [[1, 2, 3], [1, 2, 4]], tolerance=0),
        lambda: slope_spread([1], 1.0),
        lambda: slope_spread([1, 2], math.inf),
        lambda: slope_power(0.1, 0.0, 5),
        lambda: slope_power(math.nan, 1.0, 5),
        lambda: slope_power(0.1, 1.0, 1),
        lambda: slope_power(0.1, 1.0, 5, alpha=1.0),
        lambda: seeds_needed(1e-9, 1.0),
        lambda: seeds_needed(0.1, 1.0, beta=0.0),
    ],
)
def test_bad_input_is_one_clear_line(call):
    """Too few or equal sizes, values not positive, equal seeds, bad probabilities: ValueError in one line."""
    with pytest.raises(ValueError, match="Expected") as error:
        call()
    assert "\n" not in str(error.value)
