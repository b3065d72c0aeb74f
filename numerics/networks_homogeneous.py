"""Deep homogeneous and deep linear networks with vector outputs: predictions, losses, gradients by formula.

S. Du, *Gradient Descent for Non-convex Problems in Modern Machine Learning*, thesis, Carnegie Mellon
University (2019), Section 4.2: ``f^(1)(x) = W^(1) x``, ``f^(h)(x) = W^(h) s(f^(h-1)(x))`` for h = 2, ..., N,
output ``f^(N)``; no activation on the input or the output, no biases. The activation satisfies
``s(z) = s'(z) z``, so it is ``positive max(z, 0) + negative min(z, 0)``: ReLU, leaky ReLU, absolute value, or
the identity (a linear network). The risk is the *mean* of a loss over the data, equation (4.4).

Shapes: ``weights[h - 1]`` (n_h, n_(h-1)), inputs ``X`` (k, n_0), targets ``Y`` (k, n_N). Functions take
numpy arrays, torch tensors, or numpy object arrays of Fractions and integers (exact, for losses that are
rational), and answer in kind. They raise ValueError for shapes that do not fit and entries that are not
finite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerics.balls import exact_rational
from numerics.two_layer import check_array

__all__ = [
    "IDENTITY",
    "LOGISTIC",
    "LOG_SQUARE",
    "RELU",
    "SQUARE",
    "HomogeneousActivation",
    "Loss",
    "end_to_end",
    "gradient",
    "initialise",
    "loss",
    "preactivations",
    "predict",
    "sensitivities",
]

Weights: TypeAlias = Sequence[Any]


@dataclass(frozen=True)
class HomogeneousActivation:
    """``positive max(z, 0) + negative min(z, 0)`` with exact slopes; ``at_zero`` is the s'(0) of gradients.

    At 0 every number between the slopes is an element of the Clarke subdifferential. Slopes are ints,
    Fractions or strings such as "1/10" (a float is the dyadic it is).

    >>> leaky = HomogeneousActivation(1, "1/4")
    >>> leaky(np.array([-2.0, 3.0])), leaky.slope(np.array([-2.0, 0.0, 3.0]))
    (array([-0.5,  3. ]), array([0.25, 1.  , 1.  ]))
    """

    positive: Any
    negative: Any
    at_zero: Any = None

    def __post_init__(self) -> None:
        chosen = self.positive if self.at_zero is None else self.at_zero
        for name, value in (("positive", self.positive), ("negative", self.negative), ("at_zero", chosen)):
            object.__setattr__(self, name, exact_rational(value))
        low, high = sorted((self.positive, self.negative))
        if not low <= self.at_zero <= high:
            raise ValueError(f"Expected at_zero between the slopes but got at_zero={self.at_zero}")

    def slope(self, z: Any) -> Any:
        """``s'(z)``, entrywise, in the number type of z."""
        exact = isinstance(z, np.ndarray) and z.dtype == object
        up, down, kink = (v if exact else float(v) for v in (self.positive, self.negative, self.at_zero))
        on, off = (_as(mask, z) for mask in (z > 0, z < 0))
        return up * on + down * off + kink * (1 - on - off)

    def __call__(self, z: Any) -> Any:
        """``s(z) = s'(z) z``, entrywise."""
        return self.slope(z) * z


IDENTITY = HomogeneousActivation(1, 1)
# The gate of the ReLU is 1 at zero, as in `numerics.two_layer`.
RELU = HomogeneousActivation(1, 0)


@dataclass(frozen=True)
class Loss:
    """A loss ``value(F, Y)`` (k,), a number an example, and its ``derivative(F, Y)`` (k, n_N) in F."""

    value: Callable[[Any, Any], Any]
    derivative: Callable[[Any, Any], Any]


def _squares(F: Any, Y: Any) -> Any:
    return ((F - Y) * (F - Y)).sum(-1)


def _softplus(z: Any) -> Any:
    if isinstance(z, np.ndarray):
        return np.logaddexp(z, 0.0)
    return z.clamp(min=0) + (-z.abs()).exp().log1p()


def _sigmoid(z: Any) -> Any:
    # exp(-softplus(-z)) neither overflows nor cancels.
    negative = -_softplus(-z)
    return np.exp(negative) if isinstance(z, np.ndarray) else negative.exp()


def _half(F: Any) -> Any:
    return Fraction(1, 2) if F.dtype == object else 0.5


# (1/2) |f - y|^2; sum_c log(1 + exp(-y_c f_c)) for labels +-1; log(1 + |f - y|^2), which is not convex.
SQUARE = Loss(lambda F, Y: _squares(F, Y) * _half(F), lambda F, Y: F - Y)
LOGISTIC = Loss(lambda F, Y: _softplus(-Y * F).sum(-1), lambda F, Y: -Y * _sigmoid(-Y * F))
LOG_SQUARE = Loss(
    lambda F, Y: np.log1p(_squares(F, Y)) if isinstance(F, np.ndarray) else _squares(F, Y).log1p(),
    lambda F, Y: 2 * (F - Y) / (1 + _squares(F, Y))[:, None],
)


def initialise(
    rng: np.random.Generator, widths: Sequence[int], *, scale: float = 1.0
) -> tuple[npt.NDArray[np.float64], ...]:
    """Weights of independent N(0, scale^2) entries for ``widths`` (n_0, ..., n_N), N >= 1, drawn in order.

    >>> [W.shape for W in initialise(np.random.default_rng(0), (3, 5, 2), scale=0.01)]
    [(5, 3), (2, 5)]
    """
    sizes = list(widths)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= 1 for n in sizes)
    if len(sizes) < 2 or not whole:
        raise ValueError(f"Expected at least two positive widths but got widths={widths!r}")
    if not 0 < scale < np.inf:
        raise ValueError(f"Expected a finite scale > 0 but got scale={scale!r}")
    return tuple(scale * rng.standard_normal((after, before)) for before, after in pairwise(sizes))


def preactivations(weights: Weights, activation: HomogeneousActivation, X: Any) -> list[Any]:
    """``f^(1)(X), ..., f^(N)(X)``, of shapes (k, n_h); the last is the output.

    >>> W = (np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0]]))
    >>> [z.tolist() for z in preactivations(W, RELU, np.array([[3.0]]))]
    [[[3.0, -3.0]], [[3.0]]]
    """
    _check(weights, X)
    layers = [X @ weights[0].T]
    for W in weights[1:]:
        layers.append(activation(layers[-1]) @ W.T)
    return layers


def predict(weights: Weights, activation: HomogeneousActivation, X: Any) -> Any:
    """Outputs ``f^(N)(x_i)``, shape (k, n_N).

    >>> predict((np.array([[2.0]]), np.array([[3.0]])), IDENTITY, np.array([[-1.0]]))
    array([[-6.]])
    """
    return preactivations(weights, activation, X)[-1]


def end_to_end(weights: Weights) -> Any:
    """The matrix ``W^(N) ... W^(1)`` (n_N, n_0) of a linear network.

    >>> end_to_end((np.array([[1.0, 2.0]]), np.array([[3.0]])))
    array([[3., 6.]])
    """
    _check(weights)
    product = weights[0]
    for W in weights[1:]:
        product = W @ product
    return product


def loss(
    weights: Weights, activation: HomogeneousActivation, X: Any, Y: Any, *, measure: Loss = SQUARE
) -> Any:
    """Empirical risk ``(1/k) sum_i l(f(x_i), y_i)``, a scalar: equation (4.4).

    >>> float(loss((np.eye(1),), RELU, np.ones((2, 1)), np.array([[1.0], [3.0]])))
    1.0
    """
    F = predict(weights, activation, X)
    check_array("Y", Y, tuple(F.shape))
    values = measure.value(F, Y)
    return values.sum() * _mean(values)


def sensitivities(
    weights: Weights, activation: HomogeneousActivation, layers: Sequence[Any], outer: Any
) -> list[Any]:
    """``sum_c outer_ic d f_c(x_i) / d f^(h)(x_i)`` for h = 1, ..., N, shapes (k, n_h), by back-propagation.

    ``layers`` are the `preactivations`, ``outer`` (k, n_N) the derivative of what follows.

    >>> W = (np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0]]))
    >>> sensitivities(W, RELU, preactivations(W, RELU, np.array([[3.0]])), np.array([[1.0]]))[0]
    array([[1., 0.]])
    """
    check_array("outer", outer, tuple(layers[-1].shape))
    found = [outer]
    for W, z in zip(reversed(weights[1:]), reversed(layers[:-1]), strict=True):
        found.append((found[-1] @ W) * activation.slope(z))
    return found[::-1]


def gradient(
    weights: Weights, activation: HomogeneousActivation, X: Any, Y: Any, *, measure: Loss = SQUARE
) -> tuple[Any, ...]:
    """Gradient of `loss` in each weight, of its shape: ``(1/k) sum_i delta_i^(h) s(f^(h-1)(x_i))^T``.

    At kinks ``activation.at_zero`` selects the element of the subdifferential.

    >>> gradient((np.eye(1),), RELU, np.ones((1, 1)), np.array([[3.0]]))
    (array([[-2.]]),)
    """
    layers = preactivations(weights, activation, X)
    check_array("Y", Y, tuple(layers[-1].shape))
    outer = measure.derivative(layers[-1], Y) * _mean(layers[-1])
    deltas = sensitivities(weights, activation, layers, outer)
    inputs = [X, *(activation(z) for z in layers[:-1])]
    return tuple(delta.T @ x for delta, x in zip(deltas, inputs, strict=True))


def _as(mask: Any, like: Any) -> Any:
    """A mask as zeros and ones of the number type of ``like``."""
    if isinstance(like, np.ndarray):
        return mask.astype(object if like.dtype == object else np.result_type(like, np.float32))
    return mask.to(like.dtype)


def _mean(values: Any) -> Any:
    """1/k, exact for object arrays."""
    return Fraction(1, len(values)) if values.dtype == object else 1.0 / len(values)


def _check(weights: Weights, X: Any = None) -> None:
    """Raise unless the weights chain, fit the inputs, and are finite."""
    if not len(weights):
        raise ValueError("Expected at least one weight matrix but got none")
    before = None if X is None else check_array("X", X, (None, None))[1]
    for h, W in enumerate(weights):
        before = check_array(f"weights[{h}]", W, (None, before))[0]
