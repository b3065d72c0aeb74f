"""Asymmetric matrix factorisation ``(1/2) |U V^T - M|_F^2``: objective and gradient.

S. Du, thesis, Carnegie Mellon University (2019), equations (4.1), (4.2) and (4.9). Shapes: ``U`` (d_1, r),
``V`` (d_2, r), ``M`` (d_1, d_2). Functions take numpy arrays, torch tensors, or numpy object arrays of
Fractions and integers, and answer in kind; they raise ValueError for shapes that do not fit and entries that
are not finite.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.networks_homogeneous import initialise as initialise_weights
from numerics.two_layer import check_array

__all__ = ["gradient", "initialise", "loss", "residual"]


def initialise(
    rng: np.random.Generator, d1: int, d2: int, r: int, *, scale: float = 1.0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """``U`` (d1, r) and ``V`` (d2, r) with independent N(0, scale^2) entries, U drawn first.

    >>> [A.shape for A in initialise(np.random.default_rng(0), 4, 3, 2, scale=0.01)]
    [(4, 2), (3, 2)]
    """
    U, V = initialise_weights(rng, (r, d1), scale=scale)[0], initialise_weights(rng, (r, d2), scale=scale)[0]
    return U, V


def residual(U: Any, V: Any, M: Any) -> Any:
    """``U V^T - M``, shape (d_1, d_2).

    >>> residual(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]))
    array([[1.]])
    """
    d1, r = check_array("U", U, (None, None))
    d2, _ = check_array("V", V, (None, r))
    check_array("M", M, (d1, d2))
    return U @ V.T - M


def loss(U: Any, V: Any, M: Any) -> Any:
    """``(1/2) |U V^T - M|_F^2``, a scalar: equation (4.1).

    >>> float(loss(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])))
    0.5
    """
    R = residual(U, V, M)
    return (R * R).sum() * (Fraction(1, 2) if R.dtype == object else 0.5)


def gradient(U: Any, V: Any, M: Any) -> tuple[Any, Any]:
    """``(U V^T - M) V`` and ``(U V^T - M)^T U``, shapes of U and V: equation (4.2).

    >>> gradient(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]))
    (array([[3.]]), array([[2.]]))
    """
    R = residual(U, V, M)
    return R @ V, R.T @ U
