"""Gradient descent on the hidden layers only."""

import numpy as np
import pytest

from numerics.activations import erf, softplus
from numerics.networks import FullyConnected, Parameters, gradient, initialise, loss
from numerics.networks_descent import descend_hidden

X, Y = np.eye(2), np.array([1.0, -1.0])


def test_losses_are_those_of_single_steps() -> None:
    """Two steps by hand, the output layer kept, give the same losses."""
    network = FullyConnected(erf)
    theta = initialise(network, np.random.default_rng(1), m=5, H=2, d=2)
    found = descend_hidden(network, theta, X, Y, 0.1, 2)
    for value in found:
        assert value == pytest.approx(loss(network, theta, X, Y), rel=1e-14)
        slope = gradient(network, theta, X, Y)
        moved = tuple(W - 0.1 * D for W, D in zip(theta.weights, slope.weights, strict=True))
        theta = Parameters(moved, theta.output)


def test_seeds_are_independent_runs() -> None:
    """A run of several seeds has the losses of the single runs as its columns."""
    network = FullyConnected(softplus())
    theta = initialise(network, np.random.default_rng(2), m=6, H=2, d=2, seeds=3)
    together = descend_hidden(network, theta, X, Y, 0.05, 4)
    assert together.shape == (5, 3)
    for seed in range(3):
        own = Parameters(tuple(W[seed] for W in theta.weights), theta.output[seed])
        assert together[:, seed] == pytest.approx(descend_hidden(network, own, X, Y, 0.05, 4), rel=1e-12)


def test_bad_step_sizes_are_refused() -> None:
    """Zero, negative and infinite step sizes raise with the value in the message."""
    network = FullyConnected(erf)
    theta = initialise(network, np.random.default_rng(3), m=2, H=1, d=2)
    for bad in (0.0, -1.0, float("inf")):
        with pytest.raises(ValueError, match="step size"):
            descend_hidden(network, theta, X, Y, bad, 1)
