"""The two planar examples: exact counts against closed forms, the joint against its derivatives."""

import math
from fractions import Fraction

import pytest

from numerics.saddle_toys import joint_curvature, joint_slope, long_slope_times, two_saddles_times


def test_derivatives_of_the_joint():
    """Difference quotients of both polynomials."""
    step = Fraction(1, 10**6)
    for f in (joint_slope, joint_curvature):
        for u in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)):
            quotient = (f(u + step) - f(u - step)) / (2 * step)
            assert abs(quotient - f(u, 1)) < Fraction(1, 10**8)


def test_the_joint_meets_its_neighbours():
    """Values and slopes of -4x + y² at x = -2 and of x² - y² at x = -1."""
    assert [joint_slope(Fraction(0), n) for n in (0, 1)] == [8, -4]
    assert [joint_slope(Fraction(1), n) for n in (0, 1)] == [1, -2]
    assert [joint_curvature(Fraction(u), n) for u in (0, 1) for n in (0, 1)] == [1, 0, -1, 0]


@pytest.mark.parametrize("R", [8, 13, 30])
def test_arrival_at_the_foot_of_the_slope(R):
    """R - 2 <= t <= R + 2 from anywhere in [-R - 1, -R + 1]."""
    for w in (-1, Fraction(-1, 3), 0, Fraction(1, 2), 1):
        arrival, total = long_slope_times(-R + Fraction(w), Fraction(1, 3))
        assert R - 2 <= arrival <= R + 2
        assert total > arrival


def test_inside_the_quadratic():
    """From (0, y): ceil of log(1/y)/log(3/2), and one more where 1 is met exactly."""
    assert long_slope_times(Fraction(0), Fraction(1, 100)) == (0, math.ceil(math.log(100) / math.log(1.5)))
    assert long_slope_times(Fraction(0), Fraction(2, 3)) == (0, 2)


def test_two_saddles_in_closed_form():
    """t_1 and t_2 - t_1 are ceilings of logarithms."""
    L, eta, x, y = 3, Fraction(1, 30), Fraction(1, 7), Fraction(1, 3)
    first, last = two_saddles_times(x, y, Fraction(L), Fraction(1), eta)
    grow, shrink = math.log1p(1 / 15), -math.log1p(-1 / 5)
    assert first == math.ceil(math.log(7) / grow)
    assert last - first == math.ceil((math.log(3) + first * shrink) / grow)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: long_slope_times(Fraction(2), Fraction(1)), "x <= 1"),
        (lambda: long_slope_times(Fraction(0), Fraction(0)), "0 < "),
        (lambda: two_saddles_times(1, Fraction(1, 2), 2, 1, Fraction(1, 8)), "unit square"),
        (lambda: two_saddles_times(Fraction(1, 2), Fraction(1, 2), 2, 1, 1), "2 eta L"),
        (lambda: joint_slope(Fraction(0), 2), "order"),
        (lambda: joint_curvature(Fraction(0), -1), "order"),
    ],
)
def test_bad_input(call, message):
    """Every message says what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        call()
