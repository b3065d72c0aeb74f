"""Gradient descent by groups of neurons: plain training, exact arithmetic, no trace of blocks, bad input."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from numerics.descent_grouped import BLOCK, descend_grouped, draw_block, group, grouped_start
from numerics.descent_one_input import descend_one_input
from numerics.two_layer import gradient, predict

LABELS = np.array([0.5, -0.5, 1.0])


def _inputs(n, d, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


def _network(m, d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((m, d)), rng.choice([-1.0, 1.0], m)


def _plain(W, a, X, y, step_size, steps):
    """Residuals, and the largest change of a pre-activation, of training with all weights."""
    residuals, start = [y - predict(W, a, X)], W
    for _ in range(steps):
        W = W - step_size * gradient(W, a, X, y)
        residuals.append(y - predict(W, a, X))
    return np.array(residuals), W, float(np.abs((W - start) @ X.T).max())


@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 2), (2, 5), (3, 2)])
def test_trajectories_are_those_of_plain_training(n, d):
    """All residuals agree to rounding, though gates flip; far neurons share one Gram matrix."""
    X, (W, a) = _inputs(n, d), _network(4000, d)
    residuals, after, moved = _plain(W, a, X, LABELS[:n], 0.2, 60)
    start = group([(W, a)], X, 0.1)
    run = descend_grouped(start, LABELS[:n], 0.2, 60)
    assert 0 < len(start.near) < 4000
    assert run.error < 1e-9
    assert np.abs(run.residuals - residuals).max() < 1e-12
    assert run.travel[-1] <= moved + 1e-15
    flipped = ((W @ X.T >= 0) != (after @ X.T >= 0)).sum()
    assert run.flips == flipped > 0
    far = (np.abs(W @ X.T) > 0.1).all(axis=1)
    gates = (W[far] @ X.T >= 0).astype(float)
    assert np.allclose(run.gram, X @ X.T * (gates.T @ gates) / 4000, atol=1e-15)


def test_predictions_are_within_the_stated_error():
    """The initial predictions, against Fractions, with a radius that leaves few neurons near."""
    X, (W, a) = np.eye(2), _network(10**4, 2)
    run = descend_grouped(group([(W, a)], X, 1e-3), LABELS[:2], 0.1, 0)
    for i in range(2):
        exact = sum(
            (Fraction(w) * Fraction(s) for w, s in zip(W[:, i].tolist(), a.tolist(), strict=True) if w > 0),
            Fraction(0),
        )
        off = abs(Fraction(LABELS[i]) - exact / 100 - Fraction(float(run.residuals[0, i])))
        assert off <= Fraction(run.error)


def test_one_input_is_the_sorted_descent():
    """n = 1: the residuals of `descend_one_input`, which sorts all neurons instead of grouping them."""
    W, a = _network(2000, 1, 3)
    run = descend_grouped(group([(W, a)], np.eye(1), 0.2), np.array([0.5]), 1 / 8, 100)
    other = descend_one_input(W[:, 0], a, 0.5, 2000, 1 / 8, 100)
    assert np.abs(run.residuals[:, 0] - other.residuals).max() < 1e-13


def test_draws_do_not_depend_on_threads_or_width():
    """Any number of threads gives the same bits; a wider network starts with the same neurons."""
    key, m, X = (5, "test", 0), 2 * BLOCK + 77, _inputs(2, 3)
    parts = [draw_block(key, b, count, 3) for b, count in enumerate((BLOCK, BLOCK, 77))]
    longer = draw_block(key, 2, 100, 3)
    assert np.array_equal(longer[0][:77], parts[2][0])
    assert np.array_equal(longer[1][:77], parts[2][1])
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(grouped_start(key, m, X, 0.01))
    finally:
        torch.set_num_threads(before)
    found.append(group(parts, X, 0.01))
    for other in found[1:]:
        assert np.array_equal(found[0].sums, other.sums)
        assert np.array_equal(found[0].counts, other.counts)
        assert np.array_equal(found[0].near, other.near)
    assert found[0].m == m


def test_results_do_not_depend_on_the_blocks():
    """Cutting the same neurons elsewhere changes residuals by rounding only."""
    X, (W, a) = _inputs(2, 2), _network(3000, 2)
    whole = descend_grouped(group([(W, a)], X, 0.1), LABELS[:2], 0.2, 40)
    for size in (1, 7, 1000):
        cut = [(W[k : k + size], a[k : k + size]) for k in range(0, 3000, size)]
        parts = descend_grouped(group(cut, X, 0.1), LABELS[:2], 0.2, 40)
        assert np.abs(whole.residuals - parts.residuals).max() < 1e-13


def test_a_far_neuron_that_may_flip_is_an_error():
    """A radius below the travel of the groups is refused, one above it gives the same residuals."""
    X, (W, a) = np.eye(2), _network(1000, 2)
    run = descend_grouped(group([(W, a)], X, 0.5), LABELS[:2], 0.2, 50)
    with pytest.raises(ValueError, match="take a larger radius"):
        descend_grouped(group([(W, a)], X, 0.9 * run.travel[-1]), LABELS[:2], 0.2, 50)
    small = descend_grouped(group([(W, a)], X, 1.1 * run.travel[-1]), LABELS[:2], 0.2, 50)
    assert np.abs(small.residuals - run.residuals).max() < 1e-13


def test_bad_input_is_refused():
    """Each argument out of range is a ValueError that says what was expected."""
    one = (np.ones((1, 2)), np.ones(1))
    start = group([one], np.eye(2), 0.1)
    for call in (
        lambda: draw_block((0,), 0, 0, 2),
        lambda: draw_block((0,), 0, BLOCK + 1, 2),
        lambda: group([], np.eye(2), 0.1),
        lambda: group([(np.ones((1, 3)), np.ones(1))], np.eye(2), 0.1),
        lambda: group([(np.ones((1, 2)), np.zeros(1))], np.eye(2), 0.1),
        lambda: group([one], 2 * np.eye(2), 0.1),
        lambda: group([one], np.eye(2), 0.0),
        lambda: group([one], np.eye(2), math.nan),
        lambda: group([(np.ones((1, 11)), np.ones(1))], np.eye(11), 0.1),
        lambda: grouped_start((0,), 0, np.eye(2), 0.1),
        lambda: descend_grouped(start, np.ones(3), 0.1, 1),
        lambda: descend_grouped(start, np.ones(2), 0.0, 1),
        lambda: descend_grouped(start, np.ones(2), 0.1, -1),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()
