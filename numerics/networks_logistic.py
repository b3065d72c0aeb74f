"""Deep ReLU networks with He initialisation, fixed +-1 output layer and logistic loss; gradients by formula.

D. Zou, Y. Cao, D. Zhou, Q. Gu, *Gradient descent optimizes over-parameterized deep ReLU networks*, Machine
Learning 109 (2020), Section 3: ``f_W(x) = v^T s(W_L^T ... s(W_1^T x))``, equation (3.1), with no scaling of
the output; the risk is the *mean* of log(1 + exp(-y f)), equation (3.2). The output layer v is not trained.

Shapes: ``weights[l - 1]`` (m_(l-1), m_l), m_0 = d, columns are units; ``v`` (m_L,); inputs ``X`` (n, d),
labels ``y`` (n,) of +-1. The gate of the ReLU is 0 at zero, ``1{z > 0}``, unlike that of
`numerics.two_layer`. Functions take numpy arrays, torch tensors, or (all but `loss` and `gradient`) numpy
object arrays of Fractions and integers, and answer in kind. They raise ValueError for shapes that do not fit
and entries that are not finite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics import networks_homogeneous as homogeneous
from numerics.networks_homogeneous import LOGISTIC, HomogeneousActivation
from numerics.two_layer import check_array

__all__ = ["features", "gradient", "initialise", "loss", "predict", "sensitivities"]

Weights = Sequence[Any]
_RELU = HomogeneousActivation(1, 0, at_zero=0)


def initialise(
    rng: np.random.Generator, d: int, widths: Sequence[int]
) -> tuple[tuple[npt.NDArray[np.float64], ...], npt.NDArray[np.float64]]:
    """He initialisation for ``widths`` (m_1, ..., m_L): entries of W_l are N(0, 2 / m_l), the *output* width.

    Then E |x_l|^2 = |x_(l-1)|^2 in every layer. ``v`` is +1 on the first half of the units and -1 on the
    second. Raises ValueError for sizes below 1, no layer, and an odd m_L.

    >>> weights, v = initialise(np.random.default_rng(0), 3, (5, 4))
    >>> [W.shape for W in weights], v
    ([(3, 5), (5, 4)], array([ 1.,  1., -1., -1.]))
    """
    rows = homogeneous.initialise(rng, (d, *widths))
    if widths[-1] % 2:
        raise ValueError(f"Expected an even last width but got widths={widths!r}")
    v = np.repeat([1.0, -1.0], widths[-1] // 2)
    return tuple(math.sqrt(2 / len(W)) * W.T for W in rows), v


def features(weights: Weights, X: Any) -> list[Any]:
    """``x_0 = X, x_1, ..., x_L``: ``x_l = s(W_l^T x_(l-1))``, shapes (n, m_l).

    >>> [x.tolist() for x in features((np.array([[1.0, -1.0]]),), np.array([[2.0]]))]
    [[[2.0]], [[2.0, -0.0]]]
    """
    return [X, *(_RELU(z) for z in homogeneous.preactivations([W.T for W in weights], _RELU, X))]


def predict(weights: Weights, v: Any, X: Any) -> Any:
    """Outputs ``f_W(x_i)``, shape (n,): equation (3.1).

    >>> predict((np.array([[1.0, -1.0]]),), np.array([1.0, -1.0]), np.array([[2.0], [-3.0]]))
    array([ 2., -3.])
    """
    return homogeneous.predict(_stack(weights, v), _RELU, X)[:, 0]


def loss(weights: Weights, v: Any, X: Any, y: Any) -> Any:
    """Empirical risk ``(1/n) sum_i log(1 + exp(-y_i f_W(x_i)))``, a scalar, without overflow: equation (3.2).

    >>> round(float(loss((np.zeros((1, 2)),), np.array([1.0, -1.0]), np.ones((1, 1)), np.ones(1))), 6)
    0.693147
    """
    _check_labels(X, y)
    return homogeneous.loss(_stack(weights, v), _RELU, X, y[:, None], measure=LOGISTIC)


def sensitivities(weights: Weights, v: Any, X: Any) -> list[Any]:
    """``d f_W(x_i) / d (W_l^T x_(l-1, i))`` for l = 1, ..., L, shapes (n, m_l).

    Row i is ``v^T (prod_(r > l) Sigma_r W_r^T) Sigma_l``, so that ``x_(l-1, i)`` times it is the gradient of
    ``f_W(x_i)`` in W_l (Section 3).

    >>> sensitivities((np.array([[1.0, -1.0]]),), np.array([1.0, -1.0]), np.array([[2.0], [-3.0]]))[0]
    array([[ 1., -0.],
           [ 0., -1.]])
    """
    rows = _stack(weights, v)
    layers = homogeneous.preactivations(rows, _RELU, X)
    outer = layers[-1] * 0 + 1
    return homogeneous.sensitivities(rows, _RELU, layers, outer)[:-1]


def gradient(weights: Weights, v: Any, X: Any, y: Any) -> tuple[Any, ...]:
    """Gradient of `loss` in W_l, of its shape: ``(1/n) sum_i l'(y_i f_i) y_i x_(l-1, i) delta_(l, i)^T``.

    >>> gradient((np.array([[1.0, 1.0]]),), np.array([1.0, -1.0]), np.ones((1, 1)), np.ones(1))[0]
    array([[-0.5,  0.5]])
    """
    _check_labels(X, y)
    found = homogeneous.gradient(_stack(weights, v), _RELU, X, y[:, None], measure=LOGISTIC)
    return tuple(W.T for W in found[:-1])


def _stack(weights: Weights, v: Any) -> list[Any]:
    """The network as a homogeneous one with rows for units, v its last layer."""
    if not len(weights):
        raise ValueError("Expected at least one weight matrix but got none")
    check_array("v", v, (weights[-1].shape[-1],))
    return [*(W.T for W in weights), v[None, :]]


def _check_labels(X: Any, y: Any) -> None:
    n = check_array("X", X, (None, None))[0]
    check_array("y", y, (n,))
    if bool((abs(y) != 1).any()):
        raise ValueError(f"Expected labels of +-1 but got y={y!r}")
