"""The two-layer ReLU network with 1/sqrt(m) output scaling: predictions, loss, first-layer gradient.

Du, Zhai, Poczos, Singh, *Gradient Descent Provably Optimizes Over-parameterized Neural Networks*, ICLR 2019
(arXiv:1810.02054), equations (1)-(4). Shapes everywhere: first-layer weights ``W`` (m, d), output weights
``a`` (m,), inputs ``X`` (n, d), labels ``y`` (n,), no biases. Conventions: the loss is the *sum* of half
squares, and the gate of the ReLU is 1 at zero.

Every function takes numpy arrays, torch tensors, or numpy object arrays of Fractions and integers, and
answers in kind. The exact form needs a perfect-square width, since 1/sqrt(m) is irrational otherwise.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

__all__ = ["check_network", "extended_feature", "gates", "gradient", "initialise", "loss", "predict"]

Array = TypeVar("Array", npt.NDArray[Any], "torch.Tensor")


def gates(W: Array, X: Array) -> Array:
    """Activation pattern ``1{x_i . w_r >= 0}``: zeros and ones (n, m) in the number type of the inputs.

    >>> gates(np.array([[1.0], [0.0], [-1.0]]), np.array([[1.0]]))
    array([[1., 1., 0.]])
    """
    check_network(W, X=X)
    return _step(X @ W.T)


def predict(W: Array, a: Array, X: Array) -> Array:
    """Predictions ``u_i = (1/sqrt m) sum_r a_r max(w_r . x_i, 0)``, shape (n,): equation (1).

    >>> W = np.array([[3.0], [-1.0], [1.0], [0.0]])
    >>> predict(W, np.array([1.0, 1.0, -1.0, 1.0]), np.array([[1.0], [-2.0]]))
    array([1., 1.])
    """
    check_network(W, a, X)
    z = X @ W.T
    u: Array = (z * _step(z)) @ _scaled(a)
    return u


def loss(W: Array, a: Array, X: Array, y: Array) -> Any:
    """Empirical risk ``(1/2) sum_i (u_i - y_i)^2``, a scalar of the inputs' number type: equation (2).

    >>> float(loss(np.eye(1), np.ones(1), np.ones((1, 1)), np.array([3.0])))
    2.0
    """
    check_network(W, a, X, y)
    residual = predict(W, a, X) - y
    half = Fraction(1, 2) if W.dtype == object else 0.5
    return (residual * residual).sum() * half


def gradient(W: Array, a: Array, X: Array, y: Array) -> Array:
    """First-layer gradient ``(1/sqrt m) sum_i (u_i - y_i) a_r x_i 1{w_r . x_i >= 0}``, (m, d): equation (4).

    At a kink the formula *is* the definition (footnote 2): the one-sided derivative from the active side.

    >>> gradient(np.array([[0.0]]), np.array([1.0]), np.array([[1.0]]), np.array([2.0]))
    array([[-2.]])
    """
    check_network(W, a, X, y)
    z = X @ W.T
    gate = _step(z)
    scaled = _scaled(a)
    residual = (z * gate) @ scaled - y
    slope: Array = ((gate * residual[:, None]).T @ X) * scaled[:, None]
    return slope


def extended_feature(W: Array, a: Array, X: Array) -> Array:
    """Extended feature matrix ``D = du/dvec(W)``, shape (n, m d).

    Row i is the concatenation over r of ``(1/sqrt m) a_r x_i 1{w_r . x_i >= 0}`` (Section 2). When every
    ``a_r^2 = 1``, ``D D^T`` is the Gram matrix H(W), and always ``D^T (u - y)`` is the flattened gradient.

    >>> W = np.array([[1.0], [-1.0], [2.0], [0.0]])
    >>> extended_feature(W, np.array([1.0, 1.0, -1.0, 1.0]), np.array([[4.0]]))
    array([[ 2.,  0., -2.,  2.]])
    """
    check_network(W, a, X)
    features: Array = (_step(X @ W.T) * _scaled(a))[:, :, None] * X[:, None, :]
    return features.reshape(X.shape[0], -1)


def initialise(
    rng: np.random.Generator, m: int, d: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Random initialisation: ``w_r ~ N(0, I_d)`` and ``a_r`` uniform on {-1, +1}, all independent.

    Returns ``W`` (m, d) and ``a`` (m,); all of ``W`` is drawn before ``a``.

    >>> W, a = initialise(np.random.default_rng(0), 3, 2)
    >>> W.shape, sorted(set(np.abs(a)))
    ((3, 2), [np.float64(1.0)])
    """
    for name, size in (("m", m), ("d", d)):
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(f"Expected a positive integer but got {name}={size!r}")
    W = rng.standard_normal((m, d))
    a = rng.integers(0, 2, size=m) * 2.0 - 1.0
    return W, a.astype(np.float64)


def check_network(W: object, a: object = None, X: object = None, y: object = None) -> None:
    """Raise one clear ValueError unless shapes agree, none is empty, and every entry is finite (or rational).

    >>> check_network(np.ones((2, 3)), X=np.ones((4, 2)))
    Traceback (most recent call last):
        ...
    ValueError: Expected X of shape (n, 3) with n >= 1 but got X.shape=(4, 2)
    """
    d = check_array("W", W, (None, None))[1]
    m = check_array("W", W, (None, d))[0]
    if a is not None:
        check_array("a", a, (m,))
    n = check_array("X", X, (None, d))[0] if X is not None else None
    if y is not None:
        check_array("y", y, (n,))
    given = {name: v for name, v in (("W", W), ("a", a), ("X", X), ("y", y)) if v is not None}
    exact = {name: isinstance(v, np.ndarray) and v.dtype.hasobject for name, v in given.items()}
    if any(exact.values()) and not all(exact.values()):
        raise TypeError(f"Expected all arrays exact (dtype object) or none but got exact: {exact}")


def check_array(name: str, value: object, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Check one array against ``shape`` (None: any positive length) and for finite entries; return its shape.

    >>> check_array("a", np.array([1.0, np.nan]), (2,))
    Traceback (most recent call last):
        ...
    ValueError: Expected finite entries but got a[1]=nan
    """
    torch = sys.modules.get("torch")
    tensor = torch is not None and isinstance(value, torch.Tensor)
    if not tensor and not isinstance(value, np.ndarray):
        raise TypeError(
            f"Expected a numpy array or torch tensor but got {name} of type {type(value).__name__}"
        )
    array = cast("npt.NDArray[Any]", value)
    found = tuple(int(length) for length in array.shape)
    letters = iter("nkj")
    wanted = ", ".join(next(letters) if length is None else str(length) for length in shape)
    fits = len(found) == len(shape) and all(w is None or w == f for w, f in zip(shape, found, strict=True))
    if not fits or 0 in found:
        suffix = "," if len(shape) == 1 else ""
        some = " with n >= 1" if None in shape else ""
        raise ValueError(f"Expected {name} of shape ({wanted}{suffix}){some} but got {name}.shape={found}")
    if tensor:
        bad = ~array.isfinite()  # type: ignore[attr-defined]
        where = bad.nonzero()[0].tolist() if bad.any() else None
    elif array.dtype == object:
        wrong = [i for i, entry in np.ndenumerate(array) if not isinstance(entry, Rational)]
        if wrong:
            raise TypeError(
                f"Expected Fractions or integers but got {name}{list(wrong[0])}={array[wrong[0]]!r}"
            )
        where = None
    elif array.dtype.kind not in "fiu":
        raise TypeError(f"Expected real numbers but got {name}.dtype={array.dtype}")
    else:
        bad = ~np.isfinite(array)
        where = np.argwhere(bad)[0].tolist() if bad.any() else None
    if where is not None:
        raise ValueError(f"Expected finite entries but got {name}{where}={float(array[tuple(where)])}")
    return found


def _step(z: Array) -> Array:
    """The gate ``1{z >= 0}`` in the number type of ``z``."""
    if isinstance(z, np.ndarray):
        return (z >= 0).astype(z.dtype)
    return (z >= 0).to(z.dtype)


def _scaled(a: Array) -> Array:
    """``a / sqrt(m)``, exact for object arrays of perfect-square width."""
    m = int(a.shape[0])
    if isinstance(a, np.ndarray) and a.dtype == object:
        root = math.isqrt(m)
        if root * root != m:
            raise ValueError(f"Expected a perfect-square width for exact arithmetic but got m={m}")
        exact: Array = a * Fraction(1, root)
        return exact
    scaled: Array = a * (1.0 / math.sqrt(m))
    return scaled
