"""Signs of the pre-activations ``w_r . x_i`` that are certain for the exact values of the floats.

Main definitions: `ErrorBounds` (signs at the speed of a matrix product, with the list of those in doubt),
`nonnegative` (exact).

The bound is ``gamma_d |w|.|x|``, ``gamma_d = d u / (1 - d u)``, u the unit roundoff: Higham, *Accuracy and
Stability of Numerical Algorithms* (2nd ed.), equation (3.5); it holds for every order of summation and with
fused multiply-add. We use ``|w|.|x| <= |w|_inf |x|_1``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[Any]
Counts = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]
Pairs = tuple[Counts, Counts]


class ErrorBounds:
    """Signs of ``X w_r`` with the forward error of the products, for inputs X (n, d) of float32 or float64.

    ``radius``: the weights are known up to that Euclidean distance. Raises RuntimeError when torch may reduce
    the precision of float32 products, ValueError when d is too large for any sign to be certain.

    >>> import torch
    >>> on = torch.empty((1, 2))
    >>> ErrorBounds(np.ones((1, 2)), 0.0, torch.device("cpu")).gates(np.array([[1.0, 2.0], [1.0, -1.0]]), on)
    (array([0]), array([1]))
    """

    def __init__(self, X: Floats, radius: float, where: torch.device) -> None:
        import torch

        if X.dtype == np.float32 and torch.get_float32_matmul_precision() != "highest":
            raise RuntimeError(
                "Expected torch.get_float32_matmul_precision() == 'highest': the error bound needs it"
            )
        info = np.finfo(X.dtype)
        unit, d = float(info.eps) / 2, X.shape[1]
        if d * unit > 0.01:
            raise ValueError(f"Expected fewer than {int(0.01 / unit)} input coordinates but got d={d}")
        gamma = d * unit / (1 - d * unit)
        inputs = np.abs(X.astype(np.float64))
        total, top = inputs.sum(axis=1), np.maximum(inputs.max(axis=1), np.finfo(np.float64).tiny)
        length = top * np.linalg.norm(inputs / top[:, None], axis=1)
        # `slack` covers the rounding of this bound itself; `floor` underflow, gradual or flushed.
        slack, floor = 1 + 4 * (d + 8) * unit, 4 * d * float(info.tiny)
        with np.errstate(over="ignore"):
            self._relative = (np.maximum(gamma * total, floor) * slack).astype(X.dtype)
            self._absolute = ((radius * length + floor * (1 + total)) * slack).astype(X.dtype)
        self._finite = float(info.max) / max(float(total.max()), 1.0) / 4
        self._inputs = torch.as_tensor(np.ascontiguousarray(X), device=where)
        self._space = torch.empty(0, dtype=self._inputs.dtype, device=where)

    def gates(self, W: Floats, on: torch.Tensor) -> Pairs:
        """Set ``on`` (n, m), float32 or bool, to the signs of rounded products; return the pairs in doubt.

        These are two arrays, of inputs and of neurons.
        """
        import torch

        where = self._inputs.device
        weights = torch.as_tensor(np.ascontiguousarray(W), device=where)
        if self._space.shape != on.shape:
            self._space = torch.empty(on.shape, dtype=self._inputs.dtype, device=where)
        size = self._space
        # All products in torch: numpy's threads would spin on beside its own, and make them wait.
        torch.matmul(self._inputs, weights.T, out=size)
        if where.type == "cpu":
            z = size.numpy()
            np.greater(z, 0, out=on.numpy())
            np.abs(z, out=z)
        else:
            torch.gt(size, 0, out=on)
            size.abs_()
        largest = np.maximum(W.max(axis=1), -W.min(axis=1))
        # One bound per input, for the largest neuron: rounding is monotone, so it is above that of each.
        with np.errstate(over="ignore"):
            bound = self._relative * largest.max() + self._absolute
        i, r = _not_above(size, bound, check_overflow=float(largest.max()) > self._finite)
        if len(i):
            values = size[torch.as_tensor(i, device=where), torch.as_tensor(r, device=where)].cpu().numpy()
            with np.errstate(over="ignore"):
                exact = self._relative[i] * largest[r] + self._absolute[i]
            keep = ~((values > exact) & (values < np.inf))
            i, r = i[keep], r[keep]
        return i, r

    def settle(self, W: Floats, X: Floats, at: Pairs, on: torch.Tensor) -> Pairs:
        """Decide in float64 what float32 left in doubt: set those gates, return the other pairs."""
        import torch

        i, r = at
        if not len(i) or self._relative.dtype == np.float64:
            return at
        z, bound = _products(W, X, r, i)
        certain = np.abs(z) > (bound + self._absolute[i]) * (1 + 1e-15)
        index = (torch.as_tensor(part[certain], device=on.device) for part in at)
        on[tuple(index)] = torch.as_tensor(z[certain] > 0, dtype=on.dtype, device=on.device)
        return i[~certain], r[~certain]


def _not_above(size: torch.Tensor, bound: Floats, *, check_overflow: bool) -> Pairs:
    """Where size (n, m) > bound (n,) fails (also at nan) or is infinite: rows and columns."""
    import torch

    if size.device.type == "cpu":
        certain = size.numpy() > bound[:, None]
        if check_overflow:
            certain &= size.numpy() < np.inf
        if certain.all():
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        # On flat memory: numpy's two-dimensional search took a tenth of the whole time.
        i, r = np.divmod(np.flatnonzero(~certain), certain.shape[1])
        return i, r
    above = size > torch.as_tensor(bound, device=size.device)[:, None]
    if check_overflow:
        above &= size < float("inf")
    found = (~above).nonzero().cpu().numpy()
    return found[:, 0], found[:, 1]


def _products(W: Floats, X: Floats, neurons: Counts, inputs: Counts) -> tuple[Matrix, Matrix]:
    """Float64 dot products ``W[neurons] . X[inputs]`` and bounds of their errors (nan or inf on overflow)."""
    unit, d = float(np.finfo(np.float64).eps) / 2, W.shape[1]
    z, bound = np.empty(len(neurons)), np.empty(len(neurons))
    for start in range(0, len(neurons), 4096):
        some = slice(start, start + 4096)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            terms = W[neurons[some]].astype(np.float64) * X[inputs[some]].astype(np.float64)
            size = np.abs(terms).sum(axis=1)
            z[some] = terms.sum(axis=1)
            bound[some] = 2 * (d + 1) * unit * size + 4 * d * float(np.finfo(np.float64).tiny)
        # An infinite bound is never exceeded.
        bound[some][~np.isfinite(size)] = np.inf
    return z, bound


def nonnegative(W: Floats, X: Floats, neurons: Counts, inputs: Counts) -> npt.NDArray[np.bool_]:
    """Whether the exact ``W[neurons] . X[inputs]`` are at least zero: float64 first, then Fractions.

    >>> nonnegative(np.array([[1e16, 1.0, -1e16]]), -np.ones((1, 3)), np.array([0]), np.array([0]))
    array([False])
    """
    z, bound = _products(W, X, neurons, inputs)
    answer: npt.NDArray[np.bool_] = z > 0
    for k in np.flatnonzero(~(np.abs(z) > bound)):
        pairs = zip(W[neurons[k]].tolist(), X[inputs[k]].tolist(), strict=True)
        answer[k] = sum(Fraction(p) * Fraction(q) for p, q in pairs if p and q) >= 0
    return answer
