"""Gradient descent on the hidden layers of a deep network, with the output layer frozen.

D. Lin, J. Wang, review of *Gradient Descent Finds Global Minima of Deep Neural Networks* (2022),
equation (4). Shapes as in `numerics.networks`: inputs (n, d), labels (n,), one leading axis of S seeds in the
parameters.
"""

import numpy as np
from numpy.typing import NDArray

from numerics.networks import Network, Parameters, check_positive, gradient, loss

__all__ = ["descend_hidden"]


def descend_hidden(
    network: Network,
    parameters: Parameters,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    step_size: float,
    steps: int,
) -> NDArray[np.float64]:
    """Losses of `steps` steps of gradient descent, the initial one first.

    The shape is (steps + 1,), with seeds (steps + 1, S). Raises ValueError for a step size that is not
    positive and finite.

    >>> from numerics.activations import relu
    >>> from numerics.networks import FullyConnected
    >>> theta = Parameters((np.eye(1),), np.ones(1))
    >>> descend_hidden(FullyConnected(relu, c_sigma=1), theta, np.eye(1), np.array([3.0]), 0.5, 2)
    array([2.   , 0.5  , 0.125])
    """
    if not 0 < step_size < np.inf:
        raise ValueError(f"Expected a positive, finite step size but got {step_size}")
    losses = [np.asarray(loss(network, parameters, X, y), dtype=float)]
    for _ in range(check_positive("steps", steps)):
        slope = gradient(network, parameters, X, y)
        moved = (W - step_size * D for W, D in zip(parameters.weights, slope.weights, strict=True))
        parameters = Parameters(tuple(moved), parameters.output)
        losses.append(np.asarray(loss(network, parameters, X, y), dtype=float))
    return np.stack(losses)
