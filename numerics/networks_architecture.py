"""The three architectures with 1/sqrt(m) scaling, and their parameters: what distinguishes one from another.

S. Du, J. Lee, H. Li, L. Wang, X. Zhai, *Gradient Descent Finds Global Minima of Deep Neural Networks*,
ICML 2019 (arXiv:1811.03804), Section 3.2. With x^(0) the input and c_sigma = 1 / E s(z)^2, z ~ N(0, 1),

    x^(1) = sqrt(c_sigma / m) s(W^(1) x^(0)),
    x^(h) = sqrt(c_sigma / m) s(W^(h) x^(h-1))                    `FullyConnected`, equation (2),
    x^(h) = x^(h-1) + c_res / (H sqrt m) s(W^(h) x^(h-1))         `ResNet`, equation (3),

and the prediction is ``a . x^(H)``; `ConvolutionalResNet` is the second with the patches phi(x^(h-1)) in
place of x^(h-1), and prediction ``<a, x^(H)>``. No biases. The functions of these networks are in
`numerics.networks`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from numerics.activation import Activation
from numerics.balls import precision
from numerics.dual import dual_ball

__all__ = ["Branch", "ConvolutionalResNet", "FullyConnected", "Network", "Parameters", "ResNet", "normaliser"]


class Branch(NamedTuple):
    """A layer x -> scale s(W phi(x)), plus x itself where ``skip``."""

    scale: float
    skip: bool


@dataclass(frozen=True)
class Parameters:
    """Weights ``W^(1), ..., W^(H)`` and output layer ``a``: also the shape of a gradient.

    ``weights[0]`` (m, d), the others (m, m); convolutional: (m, q d_0) and (m, q m), with column ``c q +
    o`` for channel c and offset o of the filter. ``output`` (m,), convolutional (m, p). All with one more
    leading axis for S seeds. A weight may be a `numerics.weights.GaussianRows`.
    """

    weights: tuple[Any, ...]
    output: Any

    @property
    def depth(self) -> int:
        """H, the number of hidden layers."""
        return len(self.weights)


@cache
def normaliser(activation: Activation) -> float:
    """``c_sigma = 1 / E s(z)^2``, z ~ N(0, 1), to the last digit: equation (2).

    Raises ValueError for the zero function.

    >>> from numerics.activations import relu, softplus
    >>> normaliser(relu), normaliser(softplus())
    (2.0, 1.0854865029883434)
    """
    square = dual_ball(activation, [[1, 1], [1, 1]], digits=30)
    if not square > 0:
        raise ValueError(f"Expected an activation with E s(z)^2 > 0 but got {activation.name}")
    with precision(128):
        return float((1 / square).mid())


@dataclass(frozen=True)
class FullyConnected:
    """Equation (2): every layer is ``sqrt(c_sigma / m) s(W x)``. ``c_sigma`` defaults to `normaliser`.

    >>> from numerics.activations import relu
    >>> FullyConnected(relu).branches(H=2, m=8)
    [Branch(scale=0.5, skip=False), Branch(scale=0.5, skip=False)]
    """

    activation: Activation
    c_sigma: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "c_sigma", _constant(self.activation, self.c_sigma))

    def branches(self, H: int, m: int) -> list[Branch]:
        """The H layers of a network of width m."""
        return [Branch(_first_scale(self, m), False)] * H


@dataclass(frozen=True)
class ResNet:
    """Equation (3): layers h >= 2 add ``c_res / (H sqrt m) s(W x)`` to x; h = 1 is as in `FullyConnected`.

    >>> from numerics.activations import relu
    >>> ResNet(relu, c_res=0.5).branches(H=2, m=4)[1]
    Branch(scale=0.125, skip=True)
    """

    activation: Activation
    c_res: float
    c_sigma: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "c_sigma", _constant(self.activation, self.c_sigma))
        _check_residual(self.c_res)

    def branches(self, H: int, m: int) -> list[Branch]:
        """The H layers of a network of width m."""
        return _residual(self, H, m)


@dataclass(frozen=True)
class ConvolutionalResNet:
    """Section 3.2: `ResNet` over pixels, each seeing a patch of ``filter_size``; stride 1, zero padding.

    ``filter_size`` is odd, so that patches are centred. On one pixel with filter size 1 it is `ResNet`.

    >>> from numerics.activations import relu
    >>> ConvolutionalResNet(relu, c_res=0.5, filter_size=3).branches(H=1, m=2)
    [Branch(scale=1.0, skip=False)]
    """

    activation: Activation
    c_res: float
    filter_size: int
    c_sigma: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "c_sigma", _constant(self.activation, self.c_sigma))
        _check_residual(self.c_res)
        q = self.filter_size
        if isinstance(q, bool) or not isinstance(q, int) or q < 1 or q % 2 == 0:
            raise ValueError(f"Expected an odd integer >= 1 but got filter_size={q!r}")

    def branches(self, H: int, m: int) -> list[Branch]:
        """The H layers of a network of width m."""
        return _residual(self, H, m)


Network: TypeAlias = FullyConnected | ResNet | ConvolutionalResNet


def _constant(activation: Activation, given: float | None) -> float:
    """c_sigma: the one given, or that of the activation."""
    if not isinstance(activation, Activation):
        raise TypeError(f"Expected an Activation but got activation={activation!r}")
    value = normaliser(activation) if given is None else given
    if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
        raise ValueError(f"Expected a finite c_sigma > 0 but got c_sigma={given!r}")
    return float(value)


def _check_residual(c_res: float) -> None:
    if not (isinstance(c_res, int | float) and math.isfinite(c_res) and c_res > 0):
        raise ValueError(f"Expected a finite c_res > 0 but got c_res={c_res!r}")


def _first_scale(network: Network, m: int) -> float:
    assert network.c_sigma is not None
    return math.sqrt(network.c_sigma / m)


def _residual(network: ResNet | ConvolutionalResNet, H: int, m: int) -> list[Branch]:
    later = Branch(network.c_res / (H * math.sqrt(m)), True)
    return [Branch(_first_scale(network, m), False), *[later] * (H - 1)]
