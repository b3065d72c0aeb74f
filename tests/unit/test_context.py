"""The context of a check: sizes, random streams, and decisions about probabilities."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.context import ALPHA, BUDGET, SHARES, Context, smallest_deciding_count, trials_needed
from verify.outcome import judge


def context(**changes: Any) -> Context:
    """A context with some settings changed."""
    return Context("toy/lemma", "argument", **changes)


@pytest.mark.parametrize(
    ("profile", "sizes", "expected"),
    [
        *(("quick", (1, 2, 3), 1), ("full", (1, 2, 3), 2), ("gpu", (1, 2, 3), 3)),
        *(
            ("full", (1,), 1),
            ("gpu", (1,), 1),
            ("gpu", (1, 2), 2),
            ("gpu", (1, None, 3), 3),
            ("full", (1, None, 3), 1),
        ),
        *(("full", (5, 0), 0), ("gpu", (5, 4, 0), 0)),
    ],
)
def test_size(profile, sizes, expected):
    """A profile without its own size takes the next smaller one, and 0 is a size."""
    assert context(profile=profile).size(*sizes) == expected


def test_streams_depend_on_claim_check_seed_and_trial_only():
    """The same key gives the same draws, whatever the order; any other key gives others."""
    draws = context().rng(7).random(4)
    assert np.array_equal(context(profile="full", device="cuda").rng(7).random(4), draws)
    others = [
        context(seed=1).rng(7),
        context().rng(8),
        context().rng(),
        context().rng("7"),
        context().rng(7, 0),
    ]
    others += [Context("toy/lemma", "other").rng(7), Context("toy/other", "argument").rng(7)]
    seen = {tuple(rng.random(4)) for rng in others} | {tuple(draws)}
    assert len(seen) >= len(others)
    first = context()
    order = [first.rng(k).random() for k in (2, 0, 1)]
    assert order == [context().rng(k).random() for k in (2, 0, 1)]


def test_trials_run_once_each_on_their_own_stream():
    """Every trial is run exactly once, on the stream of its number."""
    seen = []
    outcome = context().trials(
        "e", at_least="1/2", count=50, trial=lambda rng: bool(seen.append(rng.random())) or True
    )
    assert len(seen) == 50
    assert seen == [context().rng("", k).random() for k in range(50)]
    assert outcome.status == "holds"
    again = []
    context().trials(
        "e", at_least="1/2", count=5, trial=lambda rng: not again.append(rng.random()), label="b"
    )
    assert again == [context().rng("b", k).random() for k in range(5)]


@pytest.mark.parametrize(
    ("successes", "trials", "level", "status"),
    [
        *(
            (40, 40, "1/2", "holds"),
            (0, 40, "1/2", "refuted"),
            (20, 40, "1/2", "undecided"),
            (10, 10, "1/2", "undecided"),
        ),
        *(
            (29, 29, "1/2", "undecided"),
            (30, 30, "1/2", "holds"),
            (0, 29, "1/2", "undecided"),
            (0, 30, "1/2", "refuted"),
        ),
        *(
            (1000, 1000, "99/100", "undecided"),
            (900, 1000, "99/100", "refuted"),
            (1, 1, Fraction(1, 10**12), "holds"),
        ),
    ],
)
def test_decision(successes, trials, level, status):
    """Decided at error 1e-9 in either direction or not at all; 2^-30 is the first power below 1e-9."""
    ctx = context()
    outcome = ctx.decide("e", at_least=level, rows=[True] * successes + [False] * (trials - successes))
    assert outcome.status == status
    assert ctx.decisions == 1
    if outcome.status != "undecided":
        judged = judge(outcome, "universal")
        assert (judged.strength, judged.scope) == ("statistical", "instances")


@pytest.mark.parametrize("level", [0, 1, "0", "1", "-1/2", "3/2", 2])
def test_level_outside_the_unit_interval(level):
    """A probability of 0 or 1, or none, cannot be decided by trials."""
    with pytest.raises(ValueError, match="at_least"):
        context().decide("e", at_least=level, rows=[True])


def test_no_trials():
    """No trials are an error, not a decision."""
    with pytest.raises(ValueError, match="at least one trial"):
        context().decide("e", at_least="1/2", rows=[])
    with pytest.raises(ValueError, match="at least one trial"):
        context().trials("e", at_least="1/2", count=0, trial=lambda rng: True)


def test_numpy_booleans_are_rows():
    """Rows may be numpy booleans, in trial order."""
    outcome = context().decide("e", at_least="1/2", rows=list(np.array([True] * 39 + [False])))
    assert outcome.evidence[0].certificate.rows == "1" * 39 + "0"


def test_undecided_says_how_many_trials_would_do():
    """An undecided outcome carries a power estimate."""
    outcome = context().decide("e", at_least="1/2", rows=[True] * 15 + [False] * 5)
    assert outcome.what_would_decide == "about 256 trials"
    assert trials_needed(0.5, Fraction(1, 2)) == "more than 2^30"


@pytest.mark.parametrize("level", ["1/2", "9/10", "1/10", Fraction(99, 100)])
def test_smallest_deciding_count(level):
    """That many successes in a row decide, and one fewer does not."""
    count = smallest_deciding_count(level)
    assert Fraction(level) ** count <= ALPHA < Fraction(level) ** (count - 1)
    assert context().decide("e", at_least=level, rows=[True] * count).status == "holds"
    assert context().decide("e", at_least=level, rows=[True] * (count - 1)).status == "undecided"


def test_budget():
    """The shares add up to the budget."""
    assert ALPHA * SHARES == BUDGET == Fraction(1, 10**6)
