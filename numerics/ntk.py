"""Neural tangent kernels of fully connected networks, one Gram matrix for each layer of weights.

Main definitions: `layer_grams` and `tangent_kernel`. For f(x) = a^T x^(H), x^(h) = sqrt(c_sigma / m)
s(W^(h) x^(h-1)), all weights standard normal, the Gram matrices of the gradients have the limits

    G^(h) = K^(h-1) o S^(h) o ... o S^(H),    S^(h) = c_sigma E s'(u) s'(v),  (u, v) ~ N(0, K^(h-1)),

h = 1, ..., H, and G^(H+1) = K^(H) for a, with the feature Gram matrices K^(h) of `numerics.population`; their
sum is the tangent kernel. G^(H) is the K^(H) of Du et al.

References: A. Jacot, F. Gabriel, C. Hongler, "Neural tangent kernel" (NeurIPS 2018), Theorem 1; S. Du,
J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural networks" (ICML 2019),
Section 4.
"""

from typing import Any

import torch

from numerics.activation import Activation
from numerics.dual_kinked import covariances
from numerics.dual_table import Bounded, returned
from numerics.population import dense_layers, feature_gram
from numerics.population_layers import last_layer
from numerics.population_recursion import Network
from numerics.power_table import UNIT, up


def _product(A: Bounded, B: Bounded) -> Bounded:
    """Entrywise, with the errors of both and the rounding."""
    a, b = (float(x.values.abs().max()) for x in (A, B))
    error = 1.001 * up(a * B.error, b * A.error, A.error * B.error, UNIT * a * b)
    return Bounded(A.values * B.values, error)


def layer_grams(activation: Activation, K: Any, network: Network) -> list[Bounded]:
    """G^(1), ..., G^(H), G^(H+1) from K = X X^T, (n, n) each, with proved errors; G^(H+1) is that of a.

    K: exact, array or tensor, any norms. Raises ValueError for a residual network and as `feature_gram`.

    >>> from numerics.activations import relu
    >>> [float(G.values[0, 0]) for G in layer_grams(relu, [[1.0]], Network(2))]
    [1.0, 1.0, 1.0]
    """
    if network.branch is not None:
        raise ValueError("Expected a fully connected network but got skip connections")
    matrix, _ = covariances(K)
    features = [feature_gram(activation, matrix, network, h) for h in range(network.depth + 1)]
    layer, ones = dense_layers(activation, network)[0], Bounded(torch.ones_like(matrix), 0.0)
    behind, grams = ones, [features[-1]]
    for below in reversed(features[:-1]):
        behind = _product(behind, last_layer(layer, ones, below))
        grams.append(_product(below, behind))
    return [returned(K, G.values, G.error) for G in reversed(grams)]


def tangent_kernel(activation: Activation, K: Any, network: Network) -> Bounded:
    """The sum of `layer_grams`: the limit of the Gram matrix of the gradients in all weights.

    >>> from numerics.activations import relu
    >>> tangent_kernel(relu, [[1.0, 0.0], [0.0, 1.0]], Network(1)).values.round(6).tolist()
    [[2.0, 0.31831], [0.31831, 2.0]]
    """
    grams = layer_grams(activation, K, network)
    total = grams[0].values
    for G in grams[1:]:
        total = total + G.values
    size = sum(float(abs(G.values).max()) for G in grams)
    return Bounded(total, up(*(G.error for G in grams), 1.01 * len(grams) * UNIT * size))
