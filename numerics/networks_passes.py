"""Forward and backward pass of the networks of `numerics.networks_architecture`, on torch tensors.

Inputs and features are matrices of *rows*, one a pixel: (..., n p, channels), pixels of one input adjacent,
p = 1 without convolution; leading axes are seeds. Main definitions: `forward` (features and
pre-activations), `backward` (``d f_i / d z^(h)``, the back-propagated vectors), `patches` and its adjoint
`overlap_add`.

Source: du2019deep (see `numerics.networks_architecture`), Section 3.2 and the gradients of Appendices B-D:
``d f_i / d W^(h) = sum_l delta^(h)_il phi(x^(h-1)_i)_l^T``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from numerics.networks_architecture import Branch, ConvolutionalResNet, Network, Parameters
from numerics.weights import times, transposed_times

if TYPE_CHECKING:
    import torch

__all__ = ["Forward", "backward", "forward", "input_rows", "output_rows", "overlap_add", "patches"]


@dataclass(frozen=True)
class Forward:
    """``features[h]`` = x^(h) for h = 0, ..., H (rows, channels); ``preactivations[h - 1]`` = z^(h)."""

    features: list[torch.Tensor]
    preactivations: list[torch.Tensor]


def pixels(rows: torch.Tensor, p: int) -> torch.Tensor:
    """Rows (..., n p, c) as (..., n, p, c).

    >>> import torch
    >>> pixels(torch.ones(6, 2), 3).shape
    torch.Size([2, 3, 2])
    """
    return rows.reshape(*rows.shape[:-2], -1, p, rows.shape[-1])


def patches(rows: torch.Tensor, p: int, q: int) -> torch.Tensor:
    """phi: (..., n p, c) to (..., n p, c q); entry ``c q + o`` of row l: channel c, pixel ``l + o - q // 2``.

    >>> import torch
    >>> patches(torch.tensor([[1.0], [2.0]]), 2, 3).tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]
    """
    import torch

    if q == 1:
        return rows
    padded = torch.nn.functional.pad(pixels(rows, p), (0, 0, q // 2, q // 2))
    shifted = torch.stack([padded[..., o : o + p, :] for o in range(q)], dim=-1)
    return shifted.flatten(-2).flatten(-3, -2)


def overlap_add(rows: torch.Tensor, p: int, q: int) -> torch.Tensor:
    """The adjoint of `patches`: (..., n p, c q) to (..., n p, c).

    >>> import torch
    >>> overlap_add(torch.tensor([[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]), 2, 3).tolist()
    [[2.0], [4.0]]
    """
    if q == 1:
        return rows
    parts = pixels(rows, p).reshape(*rows.shape[:-2], -1, p, rows.shape[-1] // q, q)
    total = parts.new_zeros((*parts.shape[:-3], p + q - 1, parts.shape[-2]))
    for o in range(q):
        total[..., o : o + p, :] += parts[..., o]
    return total[..., q // 2 : q // 2 + p, :].flatten(-3, -2)


def filter_size(network: Network) -> int:
    """q, 1 without convolution.

    >>> from numerics.activations import relu
    >>> filter_size(ConvolutionalResNet(relu, c_res=0.5, filter_size=3))
    3
    """
    return network.filter_size if isinstance(network, ConvolutionalResNet) else 1


def input_rows(network: Network, X: torch.Tensor) -> tuple[torch.Tensor, int]:
    """Inputs (n, d) or (n, d_0, p) as rows, and p.

    >>> import torch
    >>> from numerics.activations import relu
    >>> rows, p = input_rows(ConvolutionalResNet(relu, c_res=0.5, filter_size=3), torch.ones(2, 4, 5))
    >>> rows.shape, p
    (torch.Size([10, 4]), 5)
    """
    if isinstance(network, ConvolutionalResNet):
        return X.mT.flatten(0, 1), X.shape[-1]
    return X, 1


def output_rows(network: Network, a: torch.Tensor, n: int) -> torch.Tensor:
    """``d f / d x^(H)`` for n inputs, (..., n p, m): the output layer, (..., m, p) for convolution.

    >>> import torch
    >>> from numerics.activations import relu
    >>> from numerics.networks_architecture import FullyConnected
    >>> output_rows(FullyConnected(relu), torch.tensor([1.0, -1.0]), 2).tolist()
    [[1.0, -1.0], [1.0, -1.0]]
    """
    if isinstance(network, ConvolutionalResNet):
        return a.mT.repeat(*[1] * (a.ndim - 2), n, 1)
    return a[..., None, :].expand(*a.shape[:-1], n, a.shape[-1])


def branches(network: Network, parameters: Parameters) -> list[Branch]:
    """The scales and skips of all layers.

    >>> import torch
    >>> from numerics.activations import relu
    >>> from numerics.networks_architecture import FullyConnected
    >>> theta = Parameters((torch.tensor([[3.0], [-1.0]]),), torch.tensor([1.0, 1.0]))
    >>> branches(FullyConnected(relu), theta)
    [Branch(scale=1.0, skip=False)]
    """
    return network.branches(parameters.depth, parameters.weights[0].shape[-2])


def step(branch: Branch, features: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """x^(h) from x^(h-1) and s(z^(h)).

    >>> import torch
    >>> step(Branch(0.5, True), torch.tensor([1.0]), torch.tensor([4.0])).tolist()
    [3.0]
    """
    return features + branch.scale * values if branch.skip else branch.scale * values


def forward(
    network: Network, parameters: Parameters, rows: torch.Tensor, p: int, layers: int | None = None
) -> Forward:
    """All features and pre-activations of the first ``layers`` layers (default: all).

    >>> import torch
    >>> from numerics.activations import relu
    >>> from numerics.networks_architecture import FullyConnected
    >>> theta = Parameters((torch.tensor([[3.0], [-1.0]]),), torch.tensor([1.0, 1.0]))
    >>> run = forward(FullyConnected(relu), theta, torch.tensor([[2.0]]), 1)
    >>> run.features[1].tolist(), run.preactivations[0].tolist()
    ([[6.0, 0.0]], [[6.0, -2.0]])
    """
    features, preactivations = [rows], []
    plan = list(zip(parameters.weights, branches(network, parameters), strict=True))
    for W, branch in plan[:layers]:
        z = times(W, patches(features[-1], p, filter_size(network)))
        features.append(step(branch, features[-1], network.activation(z)))
        preactivations.append(z)
    return Forward(features, preactivations)


def through(
    network: Network, branch: Branch, slope: torch.Tensor, pulled: torch.Tensor, p: int
) -> torch.Tensor:
    """``d f / d x^(h-1)`` from ``d f / d x^(h)`` (slope) and ``delta^(h) W^(h)`` (pulled).

    >>> import torch
    >>> from numerics.activations import relu
    >>> from numerics.networks_architecture import FullyConnected
    >>> one, two = torch.tensor([[1.0]]), torch.tensor([[2.0]])
    >>> [through(FullyConnected(relu), Branch(1.0, skip), one, two, 1).tolist() for skip in (False, True)]
    [[[2.0]], [[3.0]]]
    """
    back = overlap_add(pulled, p, filter_size(network))
    return slope + back if branch.skip else back


def backward(
    network: Network,
    parameters: Parameters,
    preactivations: list[torch.Tensor],
    slope: torch.Tensor,
    p: int,
    least: int = 1,
) -> list[torch.Tensor]:
    """``delta^(h) = d f / d z^(h)``, (..., n p, m), for h from ``least`` to the number of ``preactivations``.

    ``slope`` is ``d f / d x`` after the last of these layers.

    >>> import torch
    >>> from numerics.activations import relu
    >>> from numerics.networks_architecture import FullyConnected
    >>> theta = Parameters((torch.tensor([[3.0], [-1.0]]),), torch.tensor([1.0, 1.0]))
    >>> run = forward(FullyConnected(relu), theta, torch.tensor([[2.0]]), 1)
    >>> backward(FullyConnected(relu), theta, run.preactivations, torch.ones(1, 2), 1)[0].tolist()
    [[1.0, 0.0]]
    """
    deltas: list[torch.Tensor] = []
    plan = branches(network, parameters)
    for h in range(len(preactivations), least - 1, -1):
        branch = plan[h - 1]
        deltas.insert(0, branch.scale * network.activation(preactivations[h - 1], 1) * slope)
        if h > least:
            pulled = transposed_times(parameters.weights[h - 1], deltas[0])
            slope = through(network, branch, slope, pulled, p)
    return deltas
