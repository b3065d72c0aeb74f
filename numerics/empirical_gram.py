"""Per-layer Gram matrices of deep networks at finite width, without Jacobians.

For f_i = f(theta, x_i), ``G^(h)_ij = <d f_i / d W^(h), d f_j / d W^(h)>``, h = 1, ..., H, and ``G^(H+1)``
the same for the output layer; the Gram matrix of gradient flow is their sum. Since ``d f_i / d W^(h)`` is a
sum of outer products,

    G^(h)_ij = sum_{l, k} <phi(x_i^(h-1))_l, phi(x_j^(h-1))_k> <delta_il^(h), delta_jk^(h)>,

delta = d f / d z the back-propagated vectors, l and k pixels (a single one without convolution). For h = H
this is the printed G^(H) of S. Du, J. Lee, H. Li, L. Wang, X. Zhai, ICML 2019 (arXiv:1811.03804), equations
(13) to (15). The Jacobian in W^(h) has n m^2 numbers, its Gram matrix costs n^2 m^2 multiplications;
here it is two passes, n m^2 multiplications a layer each.

The last hidden layer is taken ``chunk`` neurons at a time. So a network with one hidden layer needs memory
O(n chunk + n^2) at any width, and a deeper one some H n m numbers besides its weights, which may be generated
(`numerics.weights.GaussianRows`). For convolution n p stands for n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numerics.gram import Device, torch_device
from numerics.networks import Network, Parameters, check_positive, prepared
from numerics.networks_passes import (
    backward,
    branches,
    filter_size,
    forward,
    output_rows,
    patches,
    pixels,
    step,
    through,
)
from numerics.weights import GaussianRows, row_chunks

if TYPE_CHECKING:
    import torch

__all__ = ["checked_layers", "layer_grams", "moved"]

Matrix = npt.NDArray[np.float64]

# Gradients of fewer neurons at a time make thin products: 8 ran 1.1 to 4 times slower than 64. With 64 they
# took 1.4 times as long as pairs at 1.6 times fewer multiplications, and a fifth at 2.5 times fewer.
_FEWEST_NEURONS = 64
_GAIN = 2


def layer_grams(
    network: Network,
    parameters: Parameters,
    X: Any,
    *,
    layers: Sequence[int] | None = None,
    chunk: int = 4096,
    device: Device = "auto",
    together: int | None = None,
) -> Matrix:
    """``G^(h)`` for h in ``layers``, by default 1, ..., H + 1, the last the output layer's.

    Shape (len(layers), n, n), with S seeds (S, len(layers), n, n); ``together`` seeds go through
    the device at once (default 1 on a CPU, 32 on CUDA). Exactly symmetric; rounding depends on ``chunk`` and
    device. Inputs as in `numerics.networks`. Raises ValueError for shapes, entries or options out of range,
    RuntimeError when CUDA is asked for and absent.

    >>> from numerics.activations import relu
    >>> from numerics.networks import FullyConnected
    >>> theta = Parameters((np.array([[1.0], [-1.0]]),), np.array([2.0, 1.0]))
    >>> layer_grams(FullyConnected(relu), theta, np.array([[1.0], [3.0]]), device="cpu").tolist()
    [[[4.0, 12.0], [12.0, 36.0]], [[1.0, 3.0], [3.0, 9.0]]]
    """
    where = torch_device(device)
    wanted = checked_layers(layers, parameters.depth, chunk)
    if together is not None:
        check_positive("together", together)
    theta, rows, p = prepared(network, parameters, X)
    rows = rows.to(where)
    seeds = theta.output.shape[0] if theta.output.ndim >= X.ndim else None
    if seeds is None:
        return _grams(network, moved(theta, where), rows, p, wanted, chunk)
    group = together or (32 if where.type == "cuda" else 1)
    parts = []
    for start in range(0, seeds, group):
        some = slice(start, start + group)
        part = Parameters(tuple(W[some] for W in theta.weights), theta.output[some])
        parts.append(_grams(network, moved(part, where), rows, p, wanted, chunk))
    return np.concatenate(parts)


class _LayerGram:
    """G^(h) of one layer, summed over blocks of its neurons, in the cheaper of two ways.

    Either inner products of all pairs of pixels, n^2 p^2 (c + m) multiplications, or gradients of a few
    neurons at a time, n q c m (n + p); always the first for p = 1.
    """

    def __init__(self, x: torch.Tensor, p: int, q: int, m: int, chunk: int) -> None:
        n, c = x.shape[-2] // p, x.shape[-1]
        self._x, self._p, self._q = x, p, q
        self._sum: torch.Tensor | None = None
        self._together: int | None = None
        if n * p * p * (c + m) > _GAIN * q * c * m * (n + p):
            self._together = max(_FEWEST_NEURONS, chunk // (q * c))
            self._patches = pixels(patches(x, p, q), p)

    def add(self, delta: torch.Tensor) -> None:
        """Add neurons, given their back-propagated vectors (..., n p, neurons)."""
        if self._together is None:
            self._accumulate(delta)
            return
        for start in range(0, delta.shape[-1], self._together):
            some = pixels(delta[..., start : start + self._together], self._p)
            self._accumulate((some.mT @ self._patches).flatten(-2))

    def _accumulate(self, rows: torch.Tensor) -> None:
        inner = rows @ rows.mT
        self._sum = inner if self._sum is None else self._sum + inner

    def value(self) -> torch.Tensor:
        """The matrix (..., n, n)."""
        assert self._sum is not None
        if self._together is not None:
            return self._sum
        return _blocks(_patch_products(self._x @ self._x.mT, self._p, self._q) * self._sum, self._p).sum(
            (-3, -1)
        )


def _grams(
    network: Network, theta: Parameters, rows: torch.Tensor, p: int, wanted: list[int], chunk: int
) -> Matrix:
    """The Gram matrices of one group of seeds."""
    import torch

    H, least = theta.depth, min(wanted)
    run = forward(network, theta, rows, p, H - 1)
    grams, slope = _last_layer(network, theta, run.features[-1], p, wanted, chunk)
    if slope is not None:
        deltas = backward(network, theta, run.preactivations, slope, p, least)
        for h, delta in enumerate(deltas, least):
            if h in wanted:
                layer = _LayerGram(run.features[h - 1], p, filter_size(network), delta.shape[-1], chunk)
                layer.add(delta)
                grams[h] = layer.value()
    answer = [grams[h].tril() + grams[h].tril(-1).mT for h in wanted]
    return np.asarray(torch.stack(answer, -3).cpu().numpy(), dtype=np.float64)


def _last_layer(
    network: Network, theta: Parameters, x: torch.Tensor, p: int, wanted: list[int], chunk: int
) -> tuple[dict[int, torch.Tensor], torch.Tensor | None]:
    """One pass over the rows of W^(H): G^(H), G^(H+1) and ``d f / d x^(H-1)``, as far as ``wanted``."""
    H, branch, least = theta.depth, branches(network, theta)[-1], min(wanted)
    q, m = filter_size(network), theta.weights[-1].shape[-2]
    v, slope = patches(x, p, q), output_rows(network, theta.output, x.shape[-2] // p)
    hidden, last, pulled = _LayerGram(x, p, q, m, chunk), None, None
    for rows, block in row_chunks(theta.weights[-1], x, chunk):
        z = v @ block.mT
        if H + 1 in wanted:
            after = step(branch, x[..., rows] if branch.skip else x, network.activation(z))
            flat = pixels(after, p).flatten(-2)
            last = flat @ flat.mT if last is None else last + flat @ flat.mT
        if least <= H:
            delta = branch.scale * network.activation(z, 1) * slope[..., rows]
            if H in wanted:
                hidden.add(delta)
            if least < H:
                pulled = delta @ block if pulled is None else pulled + delta @ block
    grams = {H: hidden.value()} if H in wanted else {}
    if last is not None:
        grams[H + 1] = last
    return grams, None if pulled is None else through(network, branch, slope, pulled, p)


def _blocks(pairs: torch.Tensor, p: int) -> torch.Tensor:
    """(..., n p, n p) as (..., n, p, n, p)."""
    n = pairs.shape[-1] // p
    return pairs.reshape(*pairs.shape[:-2], n, p, n, p)


def _patch_products(products: torch.Tensor, p: int, q: int) -> torch.Tensor:
    """Inner products of patches from those of pixels: the sum over offsets of both pixels moved alike."""
    if q == 1:
        return products
    four = _blocks(products, p)
    total = four.clone()
    for o in range(1, min(q // 2, p - 1) + 1):
        total[..., :, o:, :, o:] += four[..., :, :-o, :, :-o]
        total[..., :, :-o, :, :-o] += four[..., :, o:, :, o:]
    return total.reshape(products.shape)


def checked_layers(layers: Sequence[int] | None, H: int, chunk: int) -> list[int]:
    """The layers asked for, 1, ..., H + 1 for None; raises ValueError for others, and for a chunk below 1.

    >>> checked_layers(None, 2, 1)
    [1, 2, 3]
    """
    check_positive("chunk", chunk)
    wanted = list(range(1, H + 2)) if layers is None else list(layers)
    whole = all(isinstance(h, int) and not isinstance(h, bool) and 1 <= h <= H + 1 for h in wanted)
    if not wanted or not whole:
        raise ValueError(f"Expected layers among 1, ..., {H + 1} but got layers={layers!r}")
    return wanted


def moved(theta: Parameters, where: torch.device) -> Parameters:
    """Parameters on a device; generated rows follow by themselves.

    >>> import torch
    >>> moved(Parameters((torch.ones(2, 1),), torch.ones(2)), torch.device("cpu")).output
    tensor([1., 1.])
    """
    weights = (W if isinstance(W, GaussianRows) else W.to(where) for W in theta.weights)
    return Parameters(tuple(weights), theta.output.to(where))
