"""Deep fully-connected, residual and convolutional networks: predictions, squared loss, gradient by formula.

S. Du, J. Lee, H. Li, L. Wang, X. Zhai, *Gradient Descent Finds Global Minima of Deep Neural Networks*,
ICML 2019 (arXiv:1811.03804), Section 3.2; the architectures are those of `numerics.networks_architecture`,
re-exported here. All layers, ``a`` included, are trained; the loss is the *sum* of half squares,
equation (1).

Shapes: inputs ``X`` (n, d), or (n, d_0, p) with p pixels for convolution, labels ``y`` (n,). `Parameters` may
carry one leading axis of S seeds, and then so do the answers. Arrays are numpy or torch, float64 or float32
(integers count as float64), and a function answers in the kind of ``X``. A weight may be generated row by row
(`numerics.weights.GaussianRows`): no m x m matrix is then kept. Every function raises ValueError for shapes
that do not fit or entries that are not finite, and TypeError for anything but real numpy arrays and torch
tensors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from numerics.networks_architecture import ConvolutionalResNet as ConvolutionalResNet
from numerics.networks_architecture import FullyConnected as FullyConnected
from numerics.networks_architecture import Network, Parameters, normaliser
from numerics.networks_architecture import ResNet as ResNet
from numerics.networks_passes import (
    Forward,
    backward,
    filter_size,
    forward,
    input_rows,
    output_rows,
    patches,
    pixels,
)
from numerics.statistics import stream
from numerics.two_layer import check_array
from numerics.weights import GaussianRows

if TYPE_CHECKING:
    import torch

__all__ = [
    "ConvolutionalResNet",
    "FullyConnected",
    "Network",
    "Parameters",
    "ResNet",
    "check_positive",
    "features",
    "gradient",
    "initialise",
    "initialise_streamed",
    "loss",
    "normaliser",
    "predict",
    "prepared",
]

Array = TypeVar("Array", npt.NDArray[Any], "torch.Tensor")


def initialise(
    network: Network,
    rng: np.random.Generator,
    *,
    m: int,
    H: int,
    d: int,
    p: int = 1,
    seeds: int | None = None,
) -> Parameters:
    """Random initialisation: all entries of ``W^(1)``, ..., ``W^(H)``, ``a`` independent N(0, 1).

    ``d`` input coordinates (channels for convolution, then with ``p`` pixels); with ``seeds`` = S, S
    networks, one drawn after the other. Drawn in this order; Section 3.2. Raises
    ValueError for sizes below 1.

    >>> from numerics.activations import tanh
    >>> drawn = initialise(FullyConnected(tanh), np.random.default_rng(0), m=4, H=2, d=3)
    >>> [W.shape for W in drawn.weights], drawn.output.shape
    ([(4, 3), (4, 4)], (4,))
    """
    shapes, last = _shapes(network, m, H, d, p)
    count = 1 if seeds is None else check_positive("seeds", seeds)
    drawn = [[rng.standard_normal(shape) for shape in (*shapes, last)] for _ in range(count)]
    if seeds is None:
        return Parameters(tuple(drawn[0][:-1]), drawn[0][-1])
    *weights, output = (np.stack(part) for part in zip(*drawn, strict=True))
    return Parameters(tuple(weights), output)


def initialise_streamed(
    network: Network,
    key: tuple[str | int | bytes, ...],
    *,
    m: int,
    H: int,
    d: int,
    p: int = 1,
    chunk: int = 1024,
) -> Parameters:
    """The same law, with weights generated when needed from `numerics.statistics.stream` keyed by ``key``.

    ``chunk`` bounds the rows of a weight in memory at a time and changes no number; ``output`` is stored.

    >>> from numerics.activations import tanh
    >>> drawn = initialise_streamed(FullyConnected(tanh), (0, "run"), m=4, H=2, d=3)
    >>> predict(FullyConnected(tanh), drawn, np.eye(3)).shape
    (3,)
    """
    shapes, last = _shapes(network, m, H, d, p)
    weights = [GaussianRows((*key, "W", h), *shape, chunk=chunk) for h, shape in enumerate(shapes, 1)]
    return Parameters(tuple(weights), stream(*key, "a").standard_normal(last))


def features(network: Network, parameters: Parameters, X: Array) -> list[Array]:
    """Features ``x^(0), ..., x^(H)``: (n, m) each, (n, m, p) for convolution; ``x^(0)`` is ``X``.

    >>> from numerics.activations import relu
    >>> net = FullyConnected(relu)
    >>> features(net, Parameters((np.array([[1.0], [-1.0]]),), np.ones(2)), np.array([[3.0]]))[1]
    array([[3., 0.]])
    """
    theta, rows, p = prepared(network, parameters, X)
    found: list[torch.Tensor] = forward(network, theta, rows, p).features[1:]
    if isinstance(network, ConvolutionalResNet):
        found = [pixels(x, p).mT for x in found]
    return [X, *(_in_kind(x, X) for x in found)]


def predict(network: Network, parameters: Parameters, X: Array) -> Array:
    """Predictions ``f(x_i) = a . x_i^(H)`` (``<a, x_i^(H)>`` for convolution), shape (n,).

    >>> from numerics.activations import relu
    >>> drawn = Parameters((np.array([[1.0], [-1.0]]), np.eye(2)), np.array([1.0, 2.0]))
    >>> predict(FullyConnected(relu), drawn, np.array([[3.0], [-1.0]]))
    array([3., 2.])
    """
    theta, rows, p = prepared(network, parameters, X)
    return _in_kind(_outputs(network, theta, forward(network, theta, rows, p), p), X)


def loss(network: Network, parameters: Parameters, X: Array, y: Array) -> Any:
    """Empirical risk ``(1/2) sum_i (f(x_i) - y_i)^2``, a scalar (S scalars for S seeds): equation (1).

    >>> from numerics.activations import relu
    >>> net, theta = FullyConnected(relu, c_sigma=1), Parameters((np.eye(1),), np.ones(1))
    >>> float(loss(net, theta, np.eye(1), np.array([3.0])))
    2.0
    """
    check_array("y", y, (X.shape[0],))
    residual = predict(network, parameters, X) - y
    return (residual * residual).sum(-1) / 2


def gradient(network: Network, parameters: Parameters, X: Array, y: Array) -> Parameters:
    """Gradient of `loss` in all layers by back-propagation, shaped as the parameters.

    ``dL/dW^(h) = sum_i (f_i - y_i) sum_l delta_il^(h) phi(x_i^(h-1))_l^T`` and ``dL/da = sum_i (f_i - y_i)
    x_i^(H)``
    (Appendices B-D). At a kink the activation's derivative from the right is used.

    >>> from numerics.activations import relu
    >>> net, theta = FullyConnected(relu, c_sigma=1), Parameters((np.eye(1),), np.ones(1))
    >>> found = gradient(net, theta, np.eye(1), np.array([3.0]))
    >>> found.weights, found.output
    ((array([[-2.]]),), array([-2.]))
    """
    check_array("y", y, (X.shape[0],))
    theta, rows, p = prepared(network, parameters, X)
    run = forward(network, theta, rows, p)
    u = _outputs(network, theta, run, p)
    residual = (u - _tensor(y).to(u))[..., None]
    weight = residual.repeat_interleave(p, dim=-2)
    deltas = backward(network, theta, run.preactivations, output_rows(network, theta.output, len(X)), p)
    q = filter_size(network)
    slopes = [
        (weight * delta).mT @ patches(x, p, q) for delta, x in zip(deltas, run.features[:-1], strict=True)
    ]
    last = run.features[-1]
    if isinstance(network, ConvolutionalResNet):
        output = (residual[..., None] * pixels(last, p)).sum(-3).mT
    else:
        output = (residual * last).sum(-2)
    return Parameters(tuple(_in_kind(s, X) for s in slopes), _in_kind(output, X))


def prepared(network: Network, parameters: Parameters, X: Any) -> tuple[Parameters, torch.Tensor, int]:
    """Parameters as tensors of the type and device of the inputs' rows, those rows, and p; all checked.

    Raises ValueError for shapes and entries out of range.

    >>> from numerics.activations import relu
    >>> theta = Parameters((np.ones((2, 3)),), np.ones(2))
    >>> tensors, rows, p = prepared(FullyConnected(relu), theta, np.ones((4, 3)))
    >>> rows.shape, p, tensors.output.dtype
    (torch.Size([4, 3]), 1, torch.float64)
    """
    convolution = isinstance(network, ConvolutionalResNet)
    shape = check_array("X", X, (None, None, None) if convolution else (None, None))
    d, p = shape[1], shape[2] if convolution else 1
    output, H = parameters.output, parameters.depth
    lead = tuple(output.shape[: np.ndim(output) - 1 - convolution])
    if len(lead) > 1 or H == 0:
        raise ValueError(f"Expected at most one axis of seeds and H >= 1 but got axes {lead} and H={H}")
    m = int(output.shape[len(lead)])
    shapes, last = _shapes(network, m, H, d, p)
    check_array("output", output, (*lead, *last))
    for h, (W, wanted) in enumerate(zip(parameters.weights, shapes, strict=True)):
        if not isinstance(W, GaussianRows):
            check_array(f"weights[{h}]", W, (*lead, *wanted))
        elif W.shape != wanted or lead:
            raise ValueError(f"Expected generated weights[{h}] of shape {(*lead, *wanted)} but got {W.shape}")
    import torch

    stored = [
        _tensor(v) for v in (X, output, *(W for W in parameters.weights if not isinstance(W, GaussianRows)))
    ]
    generated = [W.dtype for W in parameters.weights if isinstance(W, GaussianRows)]
    wide = "float64" in generated or any(t.dtype == torch.float64 for t in stored)
    number = torch.float64 if wide else torch.float32
    like = stored[0].to(number)
    weights = [W if isinstance(W, GaussianRows) else _tensor(W).to(like) for W in parameters.weights]
    return Parameters(tuple(weights), _tensor(output).to(like)), *input_rows(network, like)


def _outputs(network: Network, theta: Parameters, run: Forward, p: int) -> torch.Tensor:
    last = run.features[-1]
    if isinstance(network, ConvolutionalResNet):
        return (pixels(last, p) * theta.output.mT[..., None, :, :]).sum((-2, -1))
    return (last @ theta.output[..., None])[..., 0]


def check_positive(name: str, value: Any) -> int:
    """The integer ``value``; raises ValueError unless it is at least 1.

    >>> check_positive("m", 0)
    Traceback (most recent call last):
        ...
    ValueError: Expected a positive integer but got m=0
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"Expected a positive integer but got {name}={value!r}")
    return int(value)


def _shapes(
    network: Network, m: int, H: int, d: int, p: int
) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
    """Shapes of the weights and of the output layer."""
    m, H, d, p = (check_positive(name, value) for name, value in (("m", m), ("H", H), ("d", d), ("p", p)))
    q = filter_size(network)
    last = (m, p) if isinstance(network, ConvolutionalResNet) else (m,)
    return [(m, q * d), *[(m, q * m)] * (H - 1)], last


def _tensor(value: Any) -> torch.Tensor:
    """A tensor of float64 or float32 that shares memory where it can."""
    import torch

    tensor = torch.as_tensor(value)
    return tensor if tensor.dtype in (torch.float64, torch.float32) else tensor.to(torch.float64)


def _in_kind(value: torch.Tensor, X: Any) -> Any:
    return value.detach().cpu().numpy() if isinstance(X, np.ndarray) else value
