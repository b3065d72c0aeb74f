"""Escape times along the chain of saddles: balls, floats and plain descent tell the same."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.saddle_chain import SaddleChain
from numerics.saddle_escape import escape, escape_times, orbit

E = math.e
ratios = st.fractions(Fraction(1, 12), Fraction(19, 20), max_denominator=20)
shares = st.fractions(Fraction(1, 10), Fraction(19, 20), max_denominator=20)
coordinates = st.fractions(Fraction(1, 50), Fraction(36, 100), max_denominator=50)


def inverse_e():
    """A tight ball around 1/e."""
    with ctx.workprec(300):
        return arb(-1).exp()


def plain_descent(L, gamma, eta, start, steps):
    """First iterations with x_k >= tau and x_k >= 2 tau, tau = 1, by descent in balls on the chain itself."""
    d, h = len(start), 2 * eta * gamma
    entered, escaped = [None] * d, [None] * d
    with ctx.workprec(2000):
        chain, x = SaddleChain(d, L, gamma, arb(1)), [arb(v.numerator) / v.denominator for v in start]
        size = arb(eta.numerator) / eta.denominator
        for t in range(steps):
            for k, v in enumerate(x):
                entered[k] = t if entered[k] is None and v >= 1 else entered[k]
                escaped[k] = t if escaped[k] is None and v >= 2 else escaped[k]
            x = [v - size * g for v, g in zip(x, chain.gradient(x), strict=True)]
    assert h < 1
    return entered, escaped


@pytest.mark.parametrize(
    ("ratio", "times"),
    [
        ("1", (6, 21, 62, 173, 472, 1284)),
        ("3/2", (8, 34, 123, 424, 1452, 4955)),
        ("2", (11, 50, 211, 875, 3598, 14782)),
        ("3", (14, 89, 495, 2732, 15023, 82584)),
    ],
)
def test_reference_times(ratio, times):
    """Start 1/2, tau = e, eta = 1/(4L): counts found independently in multiple precision."""
    growth = 1 / (2 * Fraction(ratio))
    assert escape([inverse_e() / 2] * 6, growth, Fraction(1, 2)).escaped == times


def test_reference_times_at_the_constant_of_the_thesis():
    """L = e, a ball."""
    run = escape([inverse_e() / 2] * 6, inverse_e() / 2, Fraction(1, 2))
    assert run.escaped == (13, 77, 399, 2047, 10460, 53408)
    assert run.stopped == ""


@pytest.mark.parametrize(("L", "eta"), [("2", "1/8"), ("5/4", "1/5"), ("3", "1/10")])
def test_agrees_with_descent_on_the_chain(L, eta):
    """The event-driven run against the gradient of the chain, step by step."""
    L, eta, start = Fraction(L), Fraction(eta), [Fraction(1, 3), Fraction(1, 4), Fraction(1, 5)]
    run = escape(start, 2 * eta, 2 * eta * L)
    last = run.escaped[-1]
    entered, escaped = plain_descent(L, Fraction(1), eta, start, last + 1)
    assert list(run.entered) == entered
    assert list(run.escaped) == escaped


@settings(max_examples=40, deadline=None)
@given(ratios, shares, st.lists(coordinates, min_size=1, max_size=4))
def test_floats_agree_with_balls(ratio, decay, start):
    """Counts in floats and in balls, where the balls are sure."""
    run = escape(start, ratio * decay, decay, bits=400)
    entered, escaped = escape_times([list(map(float, start))], float(ratio * decay), float(decay))
    known = len(run.escaped)
    if run.stopped == "":
        assert known == len(start)
    assert entered[0, :known].tolist() == list(run.entered[:known])
    assert escaped[0, :known].tolist() == list(run.escaped)


def test_the_first_steps_are_exact():
    """The engine's count against exact rational descent."""
    L, start = Fraction(11, 10), Fraction(121, 441)
    points = orbit(SaddleChain(1, L, 1, 1), [start], 1 / (2 * L), 4)
    assert [p[0] for p in points[2:4]] == [1, Fraction(21, 11)]
    assert points[4][0] > 2
    assert escape([start * Fraction(99, 100)], 1 / L, 1).escaped == (4,)


def test_batches_do_not_matter():
    """Each run of a batch has its own rates."""
    rng = np.random.default_rng(0)
    starts, growth, decay = rng.uniform(0, 0.36, (9, 4)), rng.uniform(0.05, 0.2, 9), rng.uniform(0.2, 1, 9)
    whole = escape_times(starts, growth, decay)
    for s in range(9):
        alone = escape_times(starts[s : s + 1], growth[s], decay[s])
        assert all((a[0] == w[s]).all() for a, w in zip(alone, whole, strict=True))


def test_ten_saddles_beyond_the_reach_of_floats():
    """A coordinate of size about 1e-3000000 still comes back: nothing underflows."""
    run = escape([inverse_e()] * 10, Fraction(1, 6), Fraction(1, 2), bits=512)
    assert run.stopped == ""
    assert run.escaped[-1] > 10**7
    assert escape_times(np.full((1, 10), 1 / E), 1 / 6, 0.5)[1][0].tolist() == list(run.escaped)


def test_never():
    """A coordinate at 0, or one that a full step puts there, never leaves; later ones wait for it."""
    assert escape([Fraction(1, 3), 0, Fraction(1, 3)], Fraction(1, 9), Fraction(1, 3)).escaped[1:] == (
        None,
        None,
    )
    assert escape([Fraction(1, 3)] * 2, Fraction(1, 2), 1).entered[1] is None
    assert np.isinf(escape_times([[0.3, 0.0, 0.3]], 0.1, 0.5)[1][0, 1:]).all()
    assert np.isinf(escape_times([[0.3, 0.3]], 0.5, 1.0)[1][0, 1])


def test_signs_do_not_matter():
    """The octopus is the mirrored tube."""
    start = [Fraction(1, 3), Fraction(1, 4)]
    assert escape([-start[0], start[1]], Fraction(1, 9), Fraction(1, 3)).escaped == (
        escape(start, Fraction(1, 9), Fraction(1, 3)).escaped
    )


def test_a_straddling_count_is_said_not_guessed():
    """x (1 + h)^2 = tau exactly: a ball cannot tell whether tau is reached at iteration 2."""
    run = escape([Fraction(4, 9)], Fraction(1, 2), Fraction(3, 4))
    assert run.entered == ()
    assert "not certain" in run.stopped
    wide = arb(1, 0.1) / 4
    assert "not certain" in escape([wide], Fraction(1, 10), Fraction(1, 2)).stopped


def test_leaving_the_octopus_is_said():
    """gamma > L: the next coordinate grows past tau during a passage."""
    run = escape([Fraction(1, 2), 1], Fraction(1, 10), Fraction(1, 100))
    assert "stay below tau" in run.stopped
    assert np.isnan(escape_times([[0.5, 1.0]], 0.1, 0.01)[1][0, 0])


def test_passages():
    """Differences of the two counts."""
    run = escape([Fraction(1, 3)] * 2, Fraction(1, 9), Fraction(1, 3))
    assert run.passages == tuple(b - a for a, b in zip(run.entered, run.escaped, strict=True))
    assert all(2 <= v <= 6 for v in run.exits)
    assert run.highest[0] <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), 1, 1), "at least one coordinate"),
        (((0.5,), 1, 1), "float"),
        (((2,), 1, 1), "coordinate 0 is 2"),
        (((1,), 0, 1), "growth > 0"),
        (((1,), 1, 2), "0 < decay <= 1"),
        (((1,), 1, arb("nan")), "finite"),
        (((1,), True, 1), "bool"),
        (((1,), 1, 1, 8), "32 to 2"),
    ],
)
def test_escape_bad_input(arguments, message):
    """Every message says what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        escape(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5], 1, 1), "shape"),
        (([[0.5, np.nan]], 1, 1), "finite"),
        (([[1.5]], 1, 1), "tau"),
        (([[0.5]], [0.1, 0.2], 1), "arrays"),
        (([[0.5]], -1, 1), "growth"),
        (([[0.5]], 1, 0), "decay"),
    ],
)
def test_escape_times_bad_input(arguments, message):
    """Every message says what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        escape_times(*arguments)


def test_orbit_bad_input():
    """A negative number of steps, and an iterate outside the octopus."""
    chain = SaddleChain(1, 2, 1, 1)
    with pytest.raises(ValueError, match="steps >= 0"):
        orbit(chain, [1], Fraction(1, 8), -1)
    with pytest.raises(ValueError, match="iterate 1"):
        orbit(chain, [1], 5, 2)
