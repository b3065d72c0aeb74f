"""Whole Gram matrices of activations that are linear on either side of 0, in closed form, in float64.

Main definitions: `covariances` (a checked matrix of covariances), `kinked_form`, `kinked_layers`,
`kinked_scale`. For users, `numerics.dual_table` chooses between this and polynomials. sqrt is IEEE; atan2 is
assumed to be within 4 units in the last place.

References: Y. Cho, L. Saul, "Kernel methods for deep learning" (NeurIPS 2009).
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from numerics.backends import NUMPY, TORCH, Backend
from numerics.closed_forms import Affine, ClosedForm, Covariance, Kinked, Orders

_UNIT = 2.0**-53
# rho up to 1 + 2^-40, and triangles that differ by 2^-40, count as rounding.
EXCESS = 2.0**-40
# |asin x - asin y| <= pi sqrt(|x - y| / 2) at |x - y| = 8 u.
_WORST_ANGLE = math.pi * math.sqrt(4 * _UNIT)
# Entries of one block on the CPU. torch runs operations on up to 32768 entries on the calling thread; beyond,
# every operation ends in a barrier at the slowest core (measured on a busy 2-core machine, n = 500, softplus
# K^(5): 540 ms in place of 5). A pool of threads over blocks was slower than one thread (9.5 and 6.9 ms for
# erf at n = 1000): one operation on a block takes as long as it takes Python to issue it.
_BLOCK = 1 << 15


def by_stripes(matrix: torch.Tensor, work: Callable[[slice, slice], None], symmetric: bool = True) -> None:
    """Call work(rows, columns) for stripes that cover the matrix, or its upper triangle if `symmetric`.

    On a GPU there is one stripe.

    >>> by_stripes(torch.eye(2), lambda rows, columns: print(rows, columns))
    slice(0, 2, None) slice(0, 2, None)
    """
    n = len(matrix)
    height = n if matrix.is_cuda else max(1, _BLOCK // n)
    for start in range(0, n, height):
        work(slice(start, min(start + height, n)), slice(start if symmetric else 0, n))


def covariances(K: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """K as a float64 tensor, checked, and its diagonal on the CPU.

    Raises ValueError unless K is a real, finite, symmetric (n, n) array or tensor, n >= 1, with a diagonal
    >= 0 and |K_ij| <= sqrt(K_ii K_jj) (1 + 2^-40).

    >>> covariances([[1, 0], [0, 2]])[1]
    tensor([1., 2.], dtype=torch.float64)
    """
    try:
        tensor = K if isinstance(K, torch.Tensor) else torch.as_tensor(np.asarray(K))
        if tensor.is_complex() or tensor.dtype == torch.bool:
            raise TypeError
        matrix = tensor.detach().to(torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError("Expected K to be a real matrix of shape (n, n)") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise ValueError(f"Expected K of shape (n, n), n >= 1, but got {tuple(matrix.shape)}")
    diagonal = matrix.diagonal()
    if not torch.isfinite(diagonal).all():
        raise ValueError("Expected K to be finite but got nan or inf")
    if (diagonal < 0).any():
        raise ValueError(f"Expected a diagonal >= 0 but got {float(diagonal.min())}")
    matrix = matrix.contiguous()
    _require_covariances(matrix, diagonal.sqrt())
    return matrix, diagonal.cpu()


def _require_covariances(matrix: torch.Tensor, root: torch.Tensor) -> None:
    """Both conditions in one pass over stripes of the upper triangle."""
    top = float(root.max()) ** 2
    wide = root * (1 + EXCESS)

    def check(rows: slice, columns: slice) -> None:
        stripe = matrix[rows, columns]
        skew = torch.stack(torch.aminmax(stripe - matrix[columns, rows].T)).abs().max()
        if not torch.isfinite(skew):
            raise ValueError("Expected K to be finite but got nan or inf")
        if float(skew) > EXCESS * top:
            raise ValueError("Expected K to be symmetric")
        if (stripe.abs() > torch.outer(root[rows], wide[columns])).any():
            raise ValueError("Expected |K_ij| <= sqrt(K_ii K_jj) (1 + 2^-40)")

    by_stripes(matrix, check)


def kinked_form(closed: ClosedForm | None) -> Kinked | None:
    """The `Kinked` form of an activation or its affine image (|c z| = |c| |z|), None for other activations.

    >>> kinked_form(Kinked(sign=Fraction(1)))
    Kinked(constant=Fraction(0, 1), linear=Fraction(0, 1), absolute=Fraction(0, 1), sign=Fraction(1, 1))
    """
    if isinstance(closed, Kinked):
        return closed
    if isinstance(closed, Affine) and (inner := kinked_form(closed.inner)) is not None:
        b, c = closed.factor, closed.scale
        return Kinked(
            constant=closed.offset + b * inner.constant,
            linear=b * c * inner.linear,
            absolute=b * abs(c) * inner.absolute,
            sign=b * (1 if c > 0 else -1) * inner.sign,
        )
    return None


def kinked_layers(
    form: Kinked, matrix: torch.Tensor, orders: Orders, scales: tuple[float, ...]
) -> tuple[torch.Tensor, float]:
    """Layers K -> scale E s^(i)(u) s^(j)(v) in closed form, on blocks of the upper triangle.

    With g = sqrt(q1 q2), cross = sqrt((g - c)(g + c)) and the angle atan2(c, cross) belong to one rho within
    8 u, and cross + c angle has slope at most pi/2 in rho; asin alone moves by at most pi sqrt(8 u / 2).
    Raises ValueError for a zero variance unless the function is continuous and 0 there.

    >>> relu = Kinked(linear=Fraction(1, 2), absolute=Fraction(1, 2))
    >>> values, error = kinked_layers(relu, torch.eye(2, dtype=torch.float64), (0, 0), (2.0,))
    >>> values[0, 0].item(), abs(values[0, 1].item() - 1 / math.pi) <= error
    (1.0, True)
    """
    q = matrix.diagonal().clone()
    if float(q.min()) <= 0 and (form.constant or form.sign or orders != (0, 0)):
        raise ValueError("Expected a positive diagonal for a discontinuous function")
    diagonals, errors = [q], (0.0, 0.0)
    jump = {(0, 0): form.sign, (1, 1): form.absolute}.get(orders, Fraction(0))
    turn = _angle_error(matrix) if jump and len(scales) == 1 else _WORST_ANGLE
    spread = 2 / math.pi * float(jump) ** 2 * turn
    for scale in scales:
        q = diagonals[-1]
        kept, moved = _kinked_errors(form, q, orders, errors)
        errors = abs(scale) * kept, abs(scale) * (moved + spread)
        diagonals.append(scale * _kinked_dual(form, q, q, q, orders))
    equal = bool((diagonals[0] == diagonals[0][0]).all())
    out, symmetric = torch.empty_like(matrix), orders[0] == orders[1]

    # numpy's arctan2 takes two thirds of the time of torch's on the CPU (2.4 and 3.6 ns).
    o = TORCH if matrix.is_cuda else NUMPY
    arrays: list[Any] = [x if matrix.is_cuda else x.numpy() for x in (matrix, out, *diagonals)]
    source, target, *variances = arrays

    plain = equal and orders == (0, 0) and not (form.constant or form.sign or matrix.is_cuda)

    def layers(rows: slice, columns: slice) -> None:
        block = source[rows, columns]
        if plain:
            block = _in_place(form, block, [float(q[0]) for q in variances], scales)
        for scale, q in zip(() if plain else scales, variances, strict=False):
            # One variance for all: numbers instead of a row and a column, and half of the passes over memory.
            left, right = (q[0], q[0]) if equal else (q[rows, None], q[None, columns])
            block = _kinked_dual(form, left, block, right, orders, o)
            if scale != 1:
                block *= scale
        target[rows, columns] = block
        if symmetric:
            target[columns, rows] = block.T

    by_stripes(matrix, layers, symmetric)
    out.diagonal().copy_(diagonals[-1])
    return out, max(errors)


def _in_place(form: Kinked, block: Any, variances: list[float], scales: tuple[float, ...]) -> Any:
    """Layers scale (linear^2 c + absolute^2 (2 / pi) (cross + c angle)), one variance each, in three arrays.

    The operations of `_kinked_dual` without an array for each of them: in three quarters of the time.
    """
    c = np.array(block)
    angle, cross = np.empty_like(c), np.empty_like(c)
    for scale, q in zip(scales, variances, strict=False):
        straight = scale * float(form.linear**2)
        bent = scale * float(form.absolute**2) * (2 / math.pi)
        np.clip(c, -q, q, out=c)
        np.subtract(q, c, out=cross)
        np.add(q, c, out=angle)
        cross *= angle
        np.sqrt(cross, out=cross)
        np.arctan2(c, cross, out=angle)
        angle *= bent
        angle += straight
        c *= angle
        cross *= bent
        c += cross
    return c


def _angle_error(matrix: torch.Tensor) -> float:
    """The error of asin(rho) from 8 u in rho: 8 u / sqrt(1 - rho^2) away from +-1; the diagonal is exact."""
    root = matrix.diagonal().sqrt()
    rho = (matrix / torch.outer(root, root)).fill_diagonal_(0.0)
    top = float(rho.abs().max()) + 16 * _UNIT
    return min(_WORST_ANGLE, 8.1 * _UNIT / math.sqrt(1 - top * top)) if top < 1 else _WORST_ANGLE


def _kinked_dual(form: Kinked, q1: Any, c: Any, q2: Any, orders: Orders, o: Backend = TORCH) -> Any:
    root = (q1 * q2) ** 0.5
    c = c.clip(-root, root)
    return form.dual(o, Covariance(q1, c, q2, o.root((root - c) * (root + c))), orders)


def _kinked_errors(
    form: Kinked, q: torch.Tensor, orders: Orders, before: tuple[float, float]
) -> tuple[float, float]:
    """Errors of a layer on and off the diagonal, from those of its input.

    Off it the slope is at most E s'^2 in c and absolute^2 sqrt(q2 / q1) / pi in q1; on it E s'^2, as
    E s(u) s(v) is homogeneous of degree 1 in A.
    """
    flat, steep = float(abs(form.constant) + abs(form.sign)), float(abs(form.linear) + abs(form.absolute))
    top, low = float(q.max()), float(q.min())
    if 2 in orders or (orders != (0, 0) and form.sign):
        return math.inf, math.inf
    sizes = [steep if order else flat + steep * math.sqrt(top) for order in orders]
    own = 1.01 * 2.0**-46 * sizes[0] * sizes[1]
    if before == (0.0, 0.0):
        return own, own
    if flat or orders != (0, 0) or low == 0:
        return math.inf, math.inf
    # The factor covers the rounding of these lines.
    slope = (1 + 2.0**-50) * float(form.linear**2 + form.absolute**2)
    bend = 2.01 * float(form.absolute) ** 2 * math.sqrt(top / low) / math.pi
    return own + slope * before[0], own + slope * before[1] + bend * before[0]


def kinked_scale(form: Kinked, q: float, factor: Fraction | None) -> float:
    """`factor`, or for None the number q / E s(z)^2, z ~ N(0, q), that keeps the variance q.

    >>> kinked_scale(Kinked(linear=Fraction(1, 2), absolute=Fraction(1, 2)), 1.0, None)
    2.0
    """
    if factor is not None:
        return float(factor)
    at = torch.tensor(q, dtype=torch.float64)
    return q / float(_kinked_dual(form, at, at, at, (0, 0)))
