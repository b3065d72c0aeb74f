"""Population Gram matrices of deep networks at random initialisation: fully connected and residual, float64.

Main definitions: `Network`, `feature_gram` (K^(h), h < H),
`feature_mean` (b^(h)), `last_gram` (K^(H)). `numerics.population_gaps` keeps the relative accuracy of nearly
parallel inputs and of great depth, `numerics.population_spectrum` certifies least eigenvalues.

With c_sigma = 1 / E s(z)^2 and, for residual layers, the factor c = c_res / H,

    K^(1) = c_sigma E s(u) s(v),  b^(1)_i = sqrt(c_sigma) E s(u),
    K^(h) = c_sigma E s(u) s(v)                                           (fully connected), or
    K^(h) = K^(h-1) + c (b_i E s(v) + b_j E s(u)) + c^2 E s(u) s(v),  b^(h) = b^(h-1) + c E s(u)
    K^(H) = w K^(H-1) E s'(u) s'(v),     w = c_sigma or c^2,

expectations over (u, v) ~ N(0, K^(h-1)): Definitions 5.1 and 6.1 of S. Du, J. Lee, H. Li, L. Wang, X. Zhai,
"Gradient descent finds global minima of deep neural networks" (ICML 2019), with the index of the last
covariance and the pairing of the means as the derivation has them, not as they are printed; both are
arguments of `Network`. K^(H) is the limit of the Gram matrix of the gradients in W^(H).

Inputs of equal norm (up to rounding) cost one polynomial in all, whatever the depth
(`numerics.population_series`); others, and kinked activations, one layer after the other
(`numerics.population_layers`).
"""

from fractions import Fraction
from typing import Any

import torch

from numerics.activation import Activation
from numerics.balls import ball, precision
from numerics.dual_kinked import covariances
from numerics.dual_recursion import _SPREAD
from numerics.dual_table import BITS, Bounded, returned
from numerics.population_layers import Features, Layer, input_features, last_layer, propagate
from numerics.population_recursion import (
    Network as Network,
)
from numerics.population_recursion import (
    c_sigma,
    hidden_layer,
    kernel_series,
    kernel_table,
    layer_steps,
    require_last,
)
from numerics.population_slopes import passed_on
from numerics.power_table import UNIT, up, upper_float


def _equal_variance(diagonal: torch.Tensor) -> tuple[Fraction, float] | None:
    """(q, spread) of a diagonal that is q up to rounding, else None; q is 1 where it can be."""
    low, high = float(diagonal.min()), float(diagonal.max())
    if max(abs(high - 1), abs(low - 1)) <= _SPREAD:
        return Fraction(1), max(abs(high - 1), abs(low - 1))
    return (Fraction(high), high - low) if high > 0 and high - low <= _SPREAD * high else None


def _from_series(activation: Activation, K: Any, network: Network, h: int | None) -> Bounded | None:
    matrix, diagonal = covariances(K)
    equal = _equal_variance(diagonal)
    if equal is None:
        return None
    q, spread = equal
    table = kernel_table(activation, q, network, h, False)
    series = kernel_series(activation, q, network, h)
    if table is None or series is None:
        return None
    with precision(BITS + 32):
        end = float(series.total.mid())
        off, slope = upper_float(abs(series.total - ball(end))), upper_float(series.slope)
    values = table.on_matrix(matrix)
    values.fill_diagonal_(end)
    # |K_ij q / sqrt(K_ii K_jj) - K_ij| is at most the spread of the diagonal, to first order.
    moved = passed_on(activation, q, network, h, 2 * spread)[0] if spread else 0.0
    return returned(K, values, up(table.error, UNIT * (4 * slope + end), off, moved))


def dense_layers(activation: Activation, network: Network) -> list[Layer]:
    """The network's hidden layers as instances of `numerics.population_layers.Layer`, p = 1.

    >>> from numerics.activations import relu
    >>> [layer.skip is None for layer in dense_layers(relu, Network(3, c_res="1/2"))]
    [True, False, False]
    """
    with precision(BITS + 32):
        first = Layer(activation, c_sigma(activation, network))
    if network.branch is None:
        return [first] * network.depth
    return [first] + [Layer(activation, network.branch**2, skip=[[1.0]])] * (network.depth - 1)


def _layerwise(activation: Activation, K: Any, network: Network, count: int) -> list[Features]:
    """Features of the layers 0, ..., count."""
    found = [input_features(K)]
    for layer in dense_layers(activation, network)[:count]:
        found.append(propagate(layer, found[-1], means=network.means))
    return found


def feature_gram(activation: Activation, K: Any, network: Network, h: int) -> Bounded:
    """K^(h), the limit of the Gram matrix of the features x^(h), from K = K^(0) = X X^T: (n, n) -> (n, n).

    K is taken as exact, array or tensor; h = 0, ..., H (the features of h = H are those of the output layer,
    not `last_gram`). The error is proved. Raises ValueError for bad K and h, as
    `numerics.dual_table.dual_matrix`, and where the aligned means leave the covariances.

    >>> from numerics.activations import softplus
    >>> found = feature_gram(softplus(), [[1.0, 0.0], [0.0, 1.0]], Network(3), 2)
    >>> round(float(found.values[0, 1]), 12), found.error < 1e-14
    (0.908236070449, True)
    """
    if hidden_layer(network, h) == 0:
        return returned(K, covariances(K)[0].clone(), 0.0)
    found = _from_series(activation, K, network, h)
    if found is None:
        gram = _layerwise(activation, K, network, h)[-1].gram
        return returned(K, gram.values, gram.error)
    return found


def feature_mean(activation: Activation, K: Any, network: Network, h: int) -> Bounded:
    """b^(h), the limit of the mean of the entries of sqrt(m) x^(h): (n,); b^(0) = 0. As `feature_gram`.

    >>> from numerics.activations import relu
    >>> import math
    >>> found = feature_mean(relu, [[1.0]], Network(2), 1)
    >>> bool(abs(found.values[0] - 1 / math.sqrt(math.pi)) <= found.error)
    True
    """
    matrix, diagonal = covariances(K)
    equal = _equal_variance(diagonal)
    steps = None
    if equal is not None and hidden_layer(network, h) and activation.analytic:
        steps = layer_steps(activation, equal[0], network, h)
    if steps is None or equal is None:
        mean = _layerwise(activation, K, network, hidden_layer(network, h))[-1].mean
        return returned(K, mean.values, mean.error)
    with precision(BITS + 32):
        value = float(steps[-1].mean.mid())
        off = upper_float(abs(steps[-1].mean - ball(value)))
    moved = passed_on(activation, equal[0], network, h, 2 * equal[1])[1] if equal[1] else 0.0
    return returned(K, torch.full_like(matrix[0], value), up(off, moved))


def last_gram(activation: Activation, K: Any, network: Network) -> Bounded:
    """K^(H), the limit of the Gram matrix of the gradients in W^(H), from K = X X^T: (n, n) -> (n, n).

    Arguments and errors as `feature_gram`; `Network` has the conventions.

    >>> from numerics.activations import softplus
    >>> found = last_gram(softplus(), [[1.0, 0.0], [0.0, 1.0]], Network(2))
    >>> round(float(found.values[0, 0] - found.values[0, 1]), 12)
    0.103837352872
    """
    require_last(network)
    found = _from_series(activation, K, network, None)
    if found is not None:
        return found
    layers = dense_layers(activation, network)
    features = _layerwise(activation, K, network, network.depth - 1)
    gram = last_layer(layers[-1], features[-1].gram, features[-network.derivative_lag].gram)
    return returned(K, gram.values, gram.error)
