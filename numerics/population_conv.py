"""Population Gram matrices of convolutional residual networks: stride 1, zero padding, odd filter size.

Main definitions: `patch_basis` (the space of convolution matrices), `pixel_gram`, `conv_layers`,
`conv_features`, `conv_last_gram`, and `printed_conv_gram`, the recursion as Definition 7.1 prints it.

Inputs are x_i in R^(d x p), d channels, p pixels; phi(x) stacks the channels of the q pixels around each
pixel. With pixel Gram matrices P^(h)_ij in R^(p x p) and patch Gram matrices K_ij,lr = sum_o P_ij,(l+o)(r+o),
offsets o of the filter, pixels outside being 0 (K = W(P) in `numerics.population_layers`), and c = c_res / H,

    P^(1) = c_sigma E s(u)^T s(v),    b^(1) = sqrt(c_sigma) E s(u),
    P^(h) = P^(h-1) + c (b_i^T E s(v) + E s(u)^T b_j) + c^2 E s(u)^T s(v),    b^(h) = b^(h-1) + c E s(u),
    K^(H)_ij = c^2 sum_l K^(H-1)_ij,ll E s'(u_l) s'(v_l),

expectations over (u, v) ~ N(0, patch Gram matrix below). Reference: S. Du, J. Lee, H. Li, L. Wang, X. Zhai,
"Gradient descent finds global minima of deep neural networks" (ICML 2019), Section 7 and Appendices D and E;
P and K are kept apart here, as in the limit of its equation (15), and not in its Definition 7.1.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.activation import Activation
from numerics.balls import precision
from numerics.dual_table import BITS, Bounded, dual_matrix
from numerics.population_layers import (
    Features,
    Layer,
    gaussian_means,
    input_features,
    last_layer,
    propagate,
    weight_covariance,
)
from numerics.population_recursion import Network, c_sigma, hidden_layer
from numerics.power_table import UNIT, up

Matrix = NDArray[np.float64]


def patch_basis(pixels: int, filter_size: int) -> Matrix:
    """The 0/1 matrices E_o, (E_o)_(l, l+o) = 1, of the offsets o of the filter: shape (q, p, p).

    Raises ValueError for pixels < 1 and for a filter size that is not odd and positive.

    >>> patch_basis(2, 3).astype(int).tolist()
    [[[0, 0], [1, 0]], [[1, 0], [0, 1]], [[0, 1], [0, 0]]]
    """
    for name, size in (("pixels", pixels), ("filter_size", filter_size)):
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"Expected a positive integer but got {name}={size!r}")
    if filter_size % 2 == 0:
        raise ValueError(f"Expected an odd filter_size but got filter_size={filter_size}")
    half = filter_size // 2
    return np.stack([np.eye(pixels, k=o) for o in range(-half, half + 1)])


def pixel_gram(X: Any) -> Bounded:
    """P^(0): sum over channels of x_i,cl x_j,cr, from X (n, d, p), as a tensor (n p, n p) with its error.

    Raises ValueError unless X is a real finite array of that shape.

    >>> pixel_gram(np.ones((1, 2, 1))).values.tolist()
    [[2.0]]
    """
    try:
        table = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("Expected X to be a real array of shape (n, d, p)") from None
    if table.ndim != 3 or 0 in table.shape or not np.isfinite(table).all():
        raise ValueError(f"Expected X of shape (n, d, p), finite, but got shape {table.shape}")
    n, d, p = table.shape
    rows = table.transpose(0, 2, 1).reshape(n * p, d)
    gram = rows @ rows.T
    size = float((rows * rows).sum(axis=1).max())
    return Bounded(torch.from_numpy((gram + gram.T) / 2), 1.01 * (d + 2) * UNIT * size)


def conv_layers(activation: Activation, network: Network, pixels: int, filter_size: int) -> list[Layer]:
    """The network's hidden layers as instances of `numerics.population_layers.Layer`.

    Raises ValueError for a network without skip connections.

    >>> from numerics.activations import relu
    >>> [layer.skip is None for layer in conv_layers(relu, Network(2, c_res=1), 4, 3)]
    [True, False]
    """
    if network.branch is None:
        raise ValueError("Expected a residual network but got c_res=None")
    basis = patch_basis(pixels, filter_size)
    with precision(BITS + 32):
        first = Layer(activation, c_sigma(activation, network), basis)
    other = Layer(activation, network.branch**2, basis, np.eye(pixels))
    return [first] + [other] * (network.depth - 1)


def _features(activation: Activation, X: Any, network: Network, filter_size: int, h: int) -> list[Features]:
    P = pixel_gram(X)
    pixels = np.shape(X)[2]
    found = [input_features(P.values, pixels, P.error)]
    for layer in conv_layers(activation, network, pixels, filter_size)[:h]:
        found.append(propagate(layer, found[-1], means=network.means))
    return found


def conv_features(activation: Activation, X: Any, network: Network, filter_size: int, h: int) -> Features:
    """P^(h) and b^(h), h = 0, ..., H, from inputs X (n, d, p): `gram` (n p, n p) and `mean` (n p,), tensors.

    Errors are proved, as in `numerics.population_layers`. Raises ValueError for bad X, network, filter and h.

    >>> from numerics.activations import relu
    >>> found = conv_features(relu, np.ones((1, 1, 2)), Network(2, c_res=1), 3, 1)
    >>> found.gram.values.round(decimals=6).tolist()           # variances 2, correlation 1/2
    [[2.0, 1.217996], [1.217996, 2.0]]
    """
    return _features(activation, X, network, filter_size, hidden_layer(network, h))[-1]


def conv_last_gram(activation: Activation, X: Any, network: Network, filter_size: int) -> Bounded:
    """K^(H), the limit of the Gram matrix of the gradients in W^(H): (n, d, p) -> (n, n), with its error.

    `network.derivative_lag` and `network.means` are the conventions; H >= 2.

    >>> from numerics.activations import relu
    >>> conv_last_gram(relu, np.ones((1, 1, 1)), Network(2, c_res=1), 1).values.tolist()
    [[0.125]]
    """
    if network.depth < 2:
        raise ValueError("Expected depth >= 2 for a last residual layer but got depth=1")
    features = _features(activation, X, network, filter_size, network.depth - 1)
    layer = conv_layers(activation, network, features[0].pixels, filter_size)[-1]
    whole = last_layer(layer, features[-1].gram, features[-network.derivative_lag].gram)
    p, size = features[0].pixels, float(whole.values.abs().max())
    blocks = whole.values.reshape(-1, p, len(whole.values) // p, p)
    values = torch.einsum("iljl->ij", blocks).numpy()
    return Bounded(values, up(1.001 * p * whole.error, 1.01 * p * p * UNIT * size))


def printed_conv_gram(
    activation: Activation,
    X: Any,
    network: Network,
    filter_size: int,
    *,
    hidden_lag: int = 2,
) -> Matrix:
    """K^(H) (n, n) by Definition 7.1 as it is printed, in float64, without a bound of the rounding errors.

    It has one matrix K^(h) in the places of both P and K: K^(1) without the sum over patches, from h = 2 on
    K^(h) = tr(H^(h) over patches), H^(h) = K^(h-1) + ..., the expectations in H^(h) under K^(h - hidden_lag)
    (2: printed), and no factor c^2 in K^(H). `network.derivative_lag` = 2 and `network.means` = "aligned" are
    printed too (symmetrised, `numerics.population_layers.propagate`). Traces match the pixels of two patches
    by offset; by place in the list they differ for l != r at the border, but K^(H) depends only on entries
    with l = r of all matrices. Raises ValueError as `conv_last_gram`, and where the recursion leaves the
    covariances.

    >>> from numerics.activations import relu
    >>> printed_conv_gram(relu, np.ones((1, 1, 1)), Network(2, c_res=1, derivative_lag=2), 1).tolist()
    [[0.5]]
    """
    if hidden_lag not in (1, 2) or isinstance(hidden_lag, bool):
        raise ValueError(f"Expected hidden_lag 1 or 2 but got hidden_lag={hidden_lag!r}")
    if network.depth < 2:
        raise ValueError("Expected depth >= 2 for a last residual layer but got depth=1")
    first = _features(activation, X, network, filter_size, 1)
    pixels = first[0].pixels
    outer, branch = conv_layers(activation, network, pixels, filter_size)[0], network.branch
    K = [weight_covariance(outer, first[0].gram).values, first[1].gram.values]
    b = first[1].mean.values
    assert branch is not None  # conv_layers refuses other networks
    step = Layer(activation, branch**2, np.eye(pixels)[None], np.eye(pixels))
    for h in range(2, network.depth):
        below = K[h - hidden_lag]
        state = Features(Bounded(below, 0.0), Bounded(b, 0.0), pixels)
        moved = propagate(step, state, means=network.means).gram.values - below
        b = b + float(branch) * gaussian_means(activation, Bounded(K[-1].diagonal().contiguous(), 0.0)).values
        K.append(weight_covariance(outer, Bounded(K[-1] + moved, 0.0)).values)
    slopes = dual_matrix(activation, K[-network.derivative_lag], orders=(1, 1)).values
    blocks = (K[-1] * slopes).reshape(-1, pixels, len(K[-1]) // pixels, pixels)
    values: Matrix = torch.einsum("iljl->ij", blocks).numpy()
    return values
