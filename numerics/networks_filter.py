"""One convolutional ReLU filter over non-overlapping patches, teacher and student; gradients by formula.

S. Du, thesis, Carnegie Mellon University (2019). The plain network is ``f(Z, w, a) = sum_i a_i s(w . Z_i)``
(Chapter 5, introduction); with ``a_i = 1/k`` it is convolution, ReLU and average pooling (equation (6.1)).
The student of Chapter 5 has a normalised filter, ``f(Z, v, a) = sum_i a_i s(v . Z_i) / |v|``, equation
(5.1); the teacher is plain, with any |w*|. The risk is the *mean* over samples of half squares, the
empirical form of equation (5.2).

Shapes: inputs ``Z`` (N, p, k), columns the k patches; filter ``w`` or ``v`` (p,), output weights ``a`` (k,),
labels ``y``
(N,). The gate of the ReLU is 1 at zero. Functions take numpy arrays, torch tensors, or numpy object arrays of
Fractions and integers, and answer in kind (a normalised filter then needs a rational length). They raise
ValueError for shapes that do not fit, entries that are not finite, and v = 0.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.networks_homogeneous import RELU
from numerics.two_layer import check_array

__all__ = [
    "average_pooling",
    "gradient",
    "gradient_normalised",
    "initialise",
    "loss",
    "loss_normalised",
    "predict",
    "predict_normalised",
]


def initialise(
    rng: np.random.Generator, p: int, k: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A filter uniform on the unit sphere (p,) and output weights N(0, 1) (k,), the filter drawn first.

    Theorem 5.1 takes a random direction for v; its starts of a are fixed by other rules.

    >>> v, a = initialise(np.random.default_rng(0), 3, 2)
    >>> bool(abs(np.linalg.norm(v) - 1) < 1e-15), a.shape
    (True, (2,))
    """
    for name, size in (("p", p), ("k", k)):
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(f"Expected a positive integer but got {name}={size!r}")
    direction = rng.standard_normal(p)
    return direction / np.linalg.norm(direction), rng.standard_normal(k)


def average_pooling(k: int, *, exact: bool = False) -> npt.NDArray[Any]:
    """Output weights ``1/k`` of average pooling: equation (6.1).

    >>> average_pooling(2), average_pooling(3, exact=True)[0]
    (array([0.5, 0.5]), Fraction(1, 3))
    """
    return np.array([Fraction(1, k) if exact else 1 / k] * k)


def predict(w: Any, a: Any, Z: Any) -> Any:
    """``sum_i a_i s(w . Z_i)`` of every sample, shape (N,).

    >>> predict(np.array([1.0]), np.array([1.0, 2.0]), np.array([[[3.0, -1.0]]]))
    array([3.])
    """
    return RELU(_projections(w, a, Z)) @ a


def predict_normalised(v: Any, a: Any, Z: Any) -> Any:
    """``sum_i a_i s(v . Z_i) / |v|``, shape (N,): equation (5.1).

    >>> predict_normalised(np.array([2.0]), np.array([1.0, 2.0]), np.array([[[3.0, -1.0]]]))
    array([3.])
    """
    return predict(v, a, Z) / _length(v)


def loss(w: Any, a: Any, Z: Any, y: Any) -> Any:
    """``(1/(2N)) sum (f(Z, w, a) - y)^2``, a scalar.

    >>> float(loss(np.array([1.0]), np.array([1.0]), np.array([[[3.0]]]), np.array([1.0])))
    2.0
    """
    return _risk(predict(w, a, Z), y)


def loss_normalised(v: Any, a: Any, Z: Any, y: Any) -> Any:
    """`loss` of the student with a normalised filter: equation (5.2) over samples.

    >>> float(loss_normalised(np.array([5.0]), np.array([1.0]), np.array([[[3.0]]]), np.array([1.0])))
    2.0
    """
    return _risk(predict_normalised(v, a, Z), y)


def gradient(w: Any, a: Any, Z: Any, y: Any) -> tuple[Any, Any]:
    """Gradient of `loss` in w (p,) and a (k,).

    Means over samples of ``e sum_i a_i 1{w . Z_i >= 0} Z_i`` and ``e s(w . Z_i)``, e the residual ``f - y``.

    >>> gradient(np.array([1.0]), np.array([1.0]), np.array([[[3.0]]]), np.array([1.0]))
    (array([6.]), array([6.]))
    """
    z = _projections(w, a, Z)
    return _gradient(z, a, Z, _errors(RELU(z) @ a, y))


def gradient_normalised(v: Any, a: Any, Z: Any, y: Any) -> tuple[Any, Any]:
    """Gradient of `loss_normalised` in v (p,) and a (k,).

    In v it is ``(I - v v^T / |v|^2) / |v|`` times that of `gradient` at v/|v|, orthogonal to v.

    >>> gradient_normalised(np.array([5.0]), np.array([1.0]), np.array([[[3.0]]]), np.array([1.0]))
    (array([0.]), array([6.]))
    """
    z, length = _projections(v, a, Z), _length(v)
    along, outer = _gradient(z, a, Z, _errors(RELU(z) @ a / length, y))
    return (along - v * ((along @ v) / (v @ v))) / length, outer / length


def _projections(w: Any, a: Any, Z: Any) -> Any:
    """``w . Z_i``, shape (N, k)."""
    p, k = check_array("w", w, (None,))[0], check_array("a", a, (None,))[0]
    check_array("Z", Z, (None, p, k))
    return (Z * w[:, None]).sum(1)


def _gradient(z: Any, a: Any, Z: Any, errors: Any) -> tuple[Any, Any]:
    """Mean over samples, with residuals that carry the 1/N."""
    weights = RELU.slope(z) * a * errors[:, None]
    return (Z * weights[:, None, :]).sum(2).sum(0), errors @ RELU(z)


def _errors(u: Any, y: Any) -> Any:
    """``(u - y) / N``."""
    check_array("y", y, tuple(u.shape))
    return (u - y) * (Fraction(1, len(y)) if u.dtype == object else 1 / len(y))


def _risk(u: Any, y: Any) -> Any:
    errors = _errors(u, y)
    return (errors * (u - y)).sum() * (Fraction(1, 2) if u.dtype == object else 0.5)


def _length(v: Any) -> Any:
    """``|v|``, exact for object arrays; raises ValueError for 0 and irrational lengths of exact vectors."""
    square = (v * v).sum()
    if not square > 0:
        raise ValueError(f"Expected a filter other than 0 but got v={v!r}")
    if v.dtype != object:
        return square**0.5
    value = Fraction(square)
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if (top * top, bottom * bottom) != (value.numerator, value.denominator):
        raise ValueError(f"Expected a filter of rational length for exact arithmetic but got |v|^2={value}")
    return Fraction(top, bottom)
