"""Exact binomial tails, confidence intervals and random streams."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import statistics
from numerics.balls import contains, precision
from numerics.statistics import binomial_tail_lower, binomial_tail_upper, clopper_pearson, stream

PROBABILITIES = st.fractions(min_value=0, max_value=1, max_denominator=50)


def _exact_upper(k: int, n: int, p: Fraction) -> Fraction:
    return sum((math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(max(k, 0), n + 1)), Fraction(0))


def _holds(enclosure, value: Fraction) -> bool:
    return contains(enclosure, value)


@given(st.integers(1, 30), st.integers(-2, 32), PROBABILITIES)
def test_tails_contain_the_exact_sums(n, k, p):
    """Both tails contain the sum of exact rational terms, to 60 bits, for every k including out of range."""
    upper, lower = _exact_upper(k, n, p), 1 - _exact_upper(k + 1, n, p)
    for enclosure, value in ((binomial_tail_upper(k, n, p), upper), (binomial_tail_lower(k, n, p), lower)):
        assert _holds(enclosure, value)
        assert enclosure.is_exact() or enclosure.rel_accuracy_bits() >= 60


@given(st.integers(1, 12), st.integers(0, 12), PROBABILITIES, PROBABILITIES)
@settings(max_examples=40)
def test_a_ball_of_probabilities_covers_its_ends(n, k, p, q):
    """For p known as a ball the tail contains the exact tails at both ends."""
    with precision(64):
        hull = arb(fmpq(p.numerator, p.denominator)).union(arb(fmpq(q.numerator, q.denominator)))
    for at in (p, q):
        assert _holds(binomial_tail_upper(k, n, hull), _exact_upper(k, n, at))
        assert _holds(binomial_tail_lower(k, n, hull), 1 - _exact_upper(k + 1, n, at))


@pytest.mark.parametrize(
    ("k", "n", "p"),
    [
        (5_001_000, 10**7, "1/2"),
        (1_003_000, 10**7, "0.1"),
        (3, 10**7, "1/10000000"),
        (9_999_990, 10**7, "0.999999"),
    ],
)
def test_large_n_agrees_with_scipy(k, n, p):
    """At n = 10^7 the enclosure is tight and agrees with an independent implementation to 1e-7."""
    value = binomial_tail_upper(k, n, p)
    assert value.rel_accuracy_bits() >= 60
    assert float(value) == pytest.approx(scipy.stats.binom.sf(k - 1, n, float(Fraction(p))), rel=1e-7)


def test_tails_far_below_the_smallest_float_are_resolved():
    """P(Bin(10^7, 1/2) >= 6 10^6), about 10^-87451, has a positive lower end and full accuracy."""
    value = binomial_tail_upper(6 * 10**6, 10**7, Fraction(1, 2))
    assert value > 0
    assert value.rel_accuracy_bits() >= 60


@given(st.integers(1, 15), st.integers(0, 15), st.sampled_from(["1/20", "0.5", "1e-6", "0.99"]))
@settings(max_examples=60, deadline=None)
def test_clopper_pearson_ends_solve_the_tail_equations(n, k, alpha):
    """The ends have exact tails at most alpha/2, and a step of 2^-30 inwards passes alpha/2."""
    k = min(k, n)
    low, high = clopper_pearson(k, n, alpha)
    level, step = Fraction(alpha) / 2, Fraction(1, 1 << 30)
    assert 0 <= low <= high <= 1
    assert (low == 0) if k == 0 else _exact_upper(k, n, low) <= level < _exact_upper(k, n, low + step * low)
    if k == n:
        assert high == 1
    else:
        inner = high - step * (1 - high)
        assert 1 - _exact_upper(k + 1, n, high) <= level < 1 - _exact_upper(k + 1, n, inner)


@pytest.mark.parametrize("p", [Fraction(1, 10), Fraction(1, 2), Fraction(97, 100)])
def test_clopper_pearson_covers(p):
    """The exact coverage at n = 20, summed over all outcomes, is at least 1 - alpha."""
    n, alpha = 20, Fraction(1, 10)
    inside = [k for k in range(n + 1) for low, high in [clopper_pearson(k, n, alpha)] if low <= p <= high]
    coverage = sum(_exact_upper(k, n, p) - _exact_upper(k + 1, n, p) for k in inside)
    assert coverage >= 1 - alpha


def test_clopper_pearson_of_many_trials_is_quick_and_narrow():
    """10^7 trials with tiny error rates still give an interval around the estimate."""
    low, high = clopper_pearson(123, 10**7, "1e-9")
    assert 0 < low < Fraction(123, 10**7) < high < Fraction(1, 10**4)


def test_hoeffding_bounds_the_exact_tail():
    """The bound exceeds the exact binomial tail, and the radius inverts it."""
    for n, t in ((10, Fraction(1, 5)), (100, Fraction(1, 10))):
        k = math.ceil(n * (Fraction(1, 2) + t))
        assert statistics.hoeffding(n, t) > arb(float(_exact_upper(k, n, Fraction(1, 2))))
    radius = statistics.hoeffding_radius(200, "1e-6", low=-1, high=2)
    assert statistics.hoeffding(200, radius, low=-1, high=2).overlaps(arb("1e-6"))


def test_streams_are_reproducible_across_processes():
    """A new interpreter draws the same numbers for the same key."""
    code = "from numerics.statistics import stream; print(stream(3, 'claim', b'x').integers(1 << 60))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == stream(3, "claim", b"x").integers(1 << 60)


def test_streams_differ_for_keys_that_look_alike():
    """Type and boundary of every part enter the key."""
    keys = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("a", "b"),
        ("astr:b",),
        (1,),
        ("1",),
        (b"1",),
        (1, 2),
        (12,),
        (-1,),
        ("", "a"),
        ("a", ""),
    ]
    assert len({int(stream(*key).integers(1 << 62)) for key in keys}) == len(keys)


def test_streams_do_not_depend_on_order():
    """Drawing from one stream does not move another."""
    first = stream(0, 1).standard_normal(3)
    stream(0, 2).standard_normal(1000)
    assert np.array_equal(stream(0, 1).standard_normal(3), first)


def test_streams_look_independent():
    """Neighbouring trial indices give uncorrelated normals (|correlation| < 5 / sqrt N)."""
    draws = np.array([stream("corr", trial).standard_normal(4000) for trial in range(6)])
    off = np.corrcoef(draws) - np.eye(6)
    assert np.abs(off).max() < 5 / math.sqrt(4000)


@pytest.mark.parametrize(
    "call",
    [
        lambda: binomial_tail_upper(1, 0, "1/2"), lambda: binomial_tail_upper(1, 2, 0.5),
        lambda: binomial_tail_upper(1, 2, math.nan), lambda: binomial_tail_upper(1, 2, "3/2"),
        lambda: binomial_tail_upper(1.0, 2, "1/2"), lambda: binomial_tail_upper(1, 2, arb.nan()),
        lambda: binomial_tail_upper(1, 2, arb(3, 0.5)), lambda: binomial_tail_lower(True, 2, "1/2"),
        lambda: clopper_pearson(3, 2, "1/2"), lambda: clopper_pearson(-1, 2, "1/2"),
        lambda: clopper_pearson(0, 0, "1/2"), lambda: clopper_pearson(1, 2, 0.05),
        lambda: clopper_pearson(1, 2, 0), lambda: clopper_pearson(1, 2, 1),
        lambda: statistics.hoeffding(0, "1/2"), lambda: statistics.hoeffding(3, -1),
        lambda: statistics.hoeffding(3, math.nan), lambda: statistics.hoeffding(3, 1, low=1, high=1),
        lambda: statistics.hoeffding_radius(3, 0), lambda: statistics.hoeffding_radius(3, 0.1),
        stream, lambda: stream(0.5), lambda: stream(True), lambda: stream(None),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(call):
    """Empty samples, floats where exact numbers are meant, NaN and values out of range raise ValueError."""
    with pytest.raises(ValueError, match="Expected"):
        call()
