"""Sweeps over widths record what single descents do, on common data."""

import numpy as np
import pytest

from numerics.descent import gradient_descent
from numerics.two_layer import initialise
from numerics.width_sweep import sphere_problem, width_sweep


def start(seed: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian weights in dimension 4, keyed by seed and width."""
    return initialise(np.random.default_rng([seed, m]), m, 4)


def test_rows_are_those_of_single_descents():
    """Entry (seed, width) is the descent from that start, on the shared data."""
    X, y = sphere_problem(np.random.default_rng(1), 5, 4)
    sweep = width_sweep(X, y, (2, 8), start, 3, 0.25, 10, 5, device="cpu")
    W, a = start(2, 8)
    run = gradient_descent(W[None], a[None], X, y, 0.25, 10, 5, gram_at=(0, 10), device="cpu")
    assert sweep.loss.shape == (3, 2, 3)
    assert sweep.least_eigenvalue.shape == (3, 2, 2)
    np.testing.assert_array_equal(sweep.loss[2, 1], run.loss[0])
    np.testing.assert_array_equal(sweep.drift[2, 1], run.drift[0])
    np.testing.assert_array_equal(sweep.pattern_changes[2, 1], run.pattern_changes[0])
    assert sweep.frobenius[2, 1] == np.linalg.norm(run.weights[0] - W)


def test_columns_are_found_by_iteration():
    """`at` names the column of a recorded iteration and refuses others."""
    X, y = sphere_problem(np.random.default_rng(1), 2, 4)
    sweep = width_sweep(X, y, (1,), start, 1, 0.25, 10, 5, device="cpu")
    assert sweep.at(5) == 1
    with pytest.raises(ValueError, match="iteration=3"):
        sweep.at(3)


def test_inputs_are_unit_vectors_and_labels_standard():
    """The inputs have length one and no preferred direction; the labels have mean 0 and variance 1."""
    X, y = sphere_problem(np.random.default_rng(2), 20_000, 3)
    np.testing.assert_allclose((X**2).sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(X.T @ X / len(X), np.eye(3) / 3, atol=0.02)
    assert abs(y.mean()) < 0.05
    assert abs(y.var() - 1) < 0.06


@pytest.mark.parametrize("arguments", [((), 1), ((2,), 0)])
def test_empty_sweeps_are_refused(arguments):
    """No width or no seed is an error, not an empty answer."""
    X, y = sphere_problem(np.random.default_rng(1), 2, 4)
    widths, seeds = arguments
    with pytest.raises(ValueError, match="widths and seeds"):
        width_sweep(X, y, widths, start, seeds, 0.25, 10, 5, device="cpu")


def test_sizes_must_be_positive():
    """A sphere of dimension 0 is refused."""
    with pytest.raises(ValueError, match="d=0"):
        sphere_problem(np.random.default_rng(1), 2, 0)
