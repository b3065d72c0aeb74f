"""Falsifiers: planted counterexamples are found and shrunk, true inequalities proved."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.balls import precision
from numerics.counterexample import confirm, shrink
from numerics.falsify import maximise, ratio_bound

ONE = Fraction(1)


def _one(x, b):
    return 1


def _found(lhs, rhs, box, **options):
    """The witness of a refutation, checked again at 300 bits."""
    found = maximise(lhs, rhs, box, **options)
    assert found.holds is False
    assert all(low <= x <= high for x, (low, high) in zip(found.witness, box, strict=False))
    with precision(300):
        left, right = confirm(lhs, rhs, found.witness)
        assert left > right
    return found.witness


def test_a_needle_at_ties_is_found():
    """2 where all three coordinates agree and 0 elsewhere: a set of measure zero."""

    def lhs(x, b):
        return 2 * b.step(-((x[0] - x[1]) ** 2) - (x[1] - x[2]) ** 2)

    assert _found(lhs, _one, [(-5, 5)] * 3) == (0, 0, 0)


def test_a_needle_at_a_large_scale_is_found():
    """A bump of width 10 at 10^6 in a box of width 2 10^9."""

    def lhs(x, b):
        return 2 * b.exp(-(((x[0] - 10**6) / 10) ** 2))

    (x,) = _found(lhs, _one, [(-(10**9), 10**9)])
    assert abs(x - 10**6) < 10


def test_a_violation_that_only_ascent_reaches_is_found():
    """A smooth bump of radius 1/20 in [-3, 3]^4, whose slope leads there from afar."""

    def lhs(x, b):
        distance = sum((c - b.number(Fraction(k, 7))) ** 2 for k, c in enumerate(x))
        return 1 / (b.number(Fraction(1, 2)) + distance) ** 2 / 3.9

    _found(lhs, _one, [(-3, 3)] * 4)


@pytest.mark.parametrize("sign", [1, -1])
def test_equal_and_antipodal_vectors_are_tried(sign):
    """Two vectors of length three: the violation needs them equal, or opposite, and not zero."""

    def lhs(x, b):
        gap = sum((p - sign * q) ** 2 for p, q in zip(x[:3], x[3:], strict=True))
        return 2 * b.step(-gap) * b.step(sum(p * p for p in x[:3]) - 1)

    witness = _found(lhs, _one, [(-2, 2)] * 6, blocks=(3, 3))
    assert witness[3:] == tuple(sign * x for x in witness[:3])


def test_shrinking_drops_coordinates_and_rounds_numbers():
    """|x|_1 <= |x|_2 fails first for two equal coordinates: (1, 1) or (-1, 1), from any longer vector."""

    def lhs(x, b):
        return sum(b.absolute(c) for c in x)

    def rhs(x, b):
        return b.root(sum(c * c for c in x))

    assert _found(lhs, rhs, [(-9, 9)] * 5, shortest=1) == (1, 1)
    start = tuple(Fraction(k, 97) for k in (31, 17, 100, 5))
    assert sorted(shrink(lhs, rhs, [(-9, 9)] * 4, start)) == [0, 0, 1, 1]


def test_a_wrong_constant_is_refuted_by_simple_numbers():
    """xy <= (x^2 + y^2)/2 - 1/100 fails at equal points."""
    witness = _found(lambda x, b: x[0] * x[1] + b.number(Fraction(1, 100)), lambda x, b: (x[0] ** 2 + x[1] **
    2) / 2,
                     [(-3, 3)] * 2)  # fmt: skip
    assert witness == (0, 0)


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
@settings(max_examples=20, deadline=None)
def test_confirmation_is_exact(p, q):
    """Rounding errors confirm nothing: (x / 3) 3 > x, (x + 10^16) - 10^16 > x are never witnessed."""
    x = [Fraction(p, q)]
    assert confirm(lambda x, b: x[0] / 3 * 3, lambda x, b: x[0], x) is None
    assert confirm(lambda x, b: x[0] + 10**16 - 10**16, lambda x, b: x[0], x) is None


def test_rounding_is_not_a_counterexample():
    """In floats x + 10^16 - 10^16 > x for many x; the search sees the ratio but reports no witness."""
    found = maximise(lambda x, b: x[0] + 10**16 - 10**16, lambda x, b: x[0], [(1, 3)], boxes=500)
    assert found.ratio > 1
    assert found.witness is None
    assert found.holds is not False


def test_an_equality_is_neither_refuted_nor_certified_below_one():
    """lhs == rhs: no witness, and no bound below 1."""
    found = maximise(lambda x, b: b.absolute(x[0]), lambda x, b: b.absolute(-x[0]), [(1, 2)], boxes=200)
    assert found.witness is None
    assert found.bound >= 1


@pytest.mark.parametrize("d", [1, 2, 3])
def test_true_inequalities_are_certified_with_a_bound_below_one(d):
    """(sum x_i)^2 <= 1.1 d sum x_i^2 on [1, 2]^d: the ratio is at most 10/11, and the bound below 1."""

    def lhs(x, b):
        return sum(x) ** 2

    def rhs(x, b):
        return b.number(Fraction(11, 10)) * d * sum(c * c for c in x)

    found = maximise(lhs, rhs, [(1, 2)] * d)
    assert found.holds is True
    assert 10 / 11 <= found.bound < 1
    assert found.ratio <= found.bound
    assert found.ratio == pytest.approx(10 / 11, abs=1e-6)


def test_bounds_hold_at_every_sampled_point():
    """ratio_bound is at least the ratio at random points, converged or not."""
    grid = torch.linspace(-3, 3, 201, dtype=torch.float64)

    def lhs(x, b):
        return b.sin(x[0]) * x[1]

    for boxes in (1, 10, 1000):
        bound = ratio_bound(lhs, lambda x, b: 1 + x[0] ** 2, [(-3, 3)] * 2, boxes=boxes)
        assert bound >= (torch.sin(grid)[:, None] * grid / (1 + grid[:, None] ** 2)).max()
    assert bound < 2


def test_nan_and_exceptions_are_survived_and_counted():
    """A side that is nan for x < 0 and raises beyond 2 is still refuted between, with failures reported."""

    def lhs(x, b):
        if b.name == "torch" and bool((x[0] > 2).any()):
            raise ZeroDivisionError("beyond")
        return x[0] + 0 * (torch.sqrt(x[0]) if b.name == "torch" else x[0].sqrt())

    found = maximise(lhs, lambda x, b: b.number(Fraction(3, 2)), [(-4, 4)], starts=64)
    assert found.holds is False
    assert Fraction(3, 2) < found.witness[0] <= 4
    assert found.failures > 0


def test_a_side_that_always_fails_is_an_error():
    """Nothing evaluated is no evidence: ValueError with the first fault."""

    def broken(x, b):
        raise TypeError("no such thing")

    with pytest.raises(ValueError, match="every point fails: TypeError"):
        maximise(broken, _one, [(0, 1)], starts=4)


def test_nan_everywhere_is_undecided():
    """A side that is nan at all points gives neither witness nor bound."""
    found = maximise(lambda x, b: x[0] * math.nan, _one, [(0, 1)], starts=8, boxes=10)
    assert (found.holds, found.witness, found.bound) == (None, None, math.inf)


def test_zero_right_hand_sides():
    """lhs > 0 = rhs is a violation of infinite ratio, 0 <= 0 is none."""
    found = maximise(lambda x, b: x[0] ** 2, lambda x, b: 0 * x[0], [(-1, 1)])
    assert (found.ratio, found.holds) == (math.inf, False)
    assert maximise(lambda x, b: 0 * x[0], lambda x, b: 0 * x[0], [(-1, 1)], boxes=10).holds is True


def test_the_search_is_deterministic_by_key():
    """Equal keys give equal results, other keys other points."""

    def run(key):
        return maximise(lambda x, b: b.sin(5 * x[0]) * x[1], lambda x, b: 2 + x[0] ** 2, [(-3, 3)] * 2,
        key=key,
                        starts=16, steps=2, boxes=0)  # fmt: skip

    assert run(("a", 1)) == run(("a", 1))
    assert run(("a", 1)).point != run(("a", 2)).point


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": []}, "at least one pair"),
        ({"box": [(1, 0)]}, "low <= high"),
        ({"box": [(0, math.inf)]}, "finite"),
        ({"box": [(math.nan, 1)]}, "finite"),
        ({"box": [(0, Fraction(10) ** 301)]}, "within"),
        ({"box": 3}, "box of pairs"),
        ({"blocks": (2,)}, "sum 1"),
        ({"blocks": (0, 1)}, "positive lengths"),
        ({"starts": 0}, "starts=0"),
        ({"steps": -1}, "steps=-1"),
        ({"key": ()}, "key"),
    ],
)
def test_bad_arguments_are_one_clear_line(options, message):
    """Empty, reversed, infinite and NaN boxes, bad blocks and counts raise ValueError."""
    with pytest.raises(ValueError, match=message) as error:
        maximise(lambda x, b: x[0], _one, **{"box": [(0, 1)], **options})
    assert "\n" not in str(error.value)


def test_shrinking_needs_a_witness():
    """A point that violates nothing is refused."""
    with pytest.raises(ValueError, match="witness"):
        shrink(lambda x, b: x[0], _one, [(0, 1)], (ONE,))
