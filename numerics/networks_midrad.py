"""Midpoint-radius matrices in float64: every operation returns a set that contains the exact result.

An `Enclosure` (mid, rad) stands for all matrices B with ``|B - mid| <= rad`` entrywise. Products follow S.
M. Rump, "Fast and parallel interval arithmetic", BIT 39 (1999), Section 3: for ``A`` in (A0, a), ``B`` in
(B0, b),

    |A B^T - fl(A0 B0^T)| <= |A0| (gamma_k |B0| + b)^T + a (|B0| + b)^T,    gamma_k = k u / (1 - k u),

u the unit roundoff, k the inner dimension; gamma_k bounds the rounding of a sum of k products in every order
and with fused multiply-add (N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., equation
(3.5)). The right-hand side is itself computed in float64, from sums of nonnegative terms: its relative error
is at most ``(1 - u)^-(k + 8) - 1 <= 2 (k + 8) u``, which the factor `_slack` covers twice over; underflow,
gradual or flushed, costs at most the smallest normal number a product, which `_floor` covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = [
    "Enclosure",
    "Total",
    "exact",
    "gated",
    "hadamard",
    "plus",
    "product",
    "product_exact",
    "relu_of",
    "scaled",
]

UNIT = float(np.finfo(np.float64).eps) / 2
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Enclosure:
    """All matrices within ``rad`` of ``mid``, entrywise; both float64 tensors of one shape, ``rad >= 0``."""

    mid: torch.Tensor
    rad: torch.Tensor


def exact(mid: torch.Tensor) -> Enclosure:
    """The enclosure of one float64 matrix.

    >>> import torch
    >>> exact(torch.ones(1)).rad.tolist()
    [0.0]
    """
    return Enclosure(mid, mid.new_zeros(()).expand(mid.shape))


def _gamma(k: int) -> float:
    """A float above k u / (1 - k u)."""
    return k * UNIT / (1 - k * UNIT) * (1 + 8 * UNIT)


def _slack(k: int) -> float:
    return 1 + 4 * (k + 8) * UNIT


def _floor(k: int, *parts: torch.Tensor) -> float:
    # Three sums of k products; one that underflows or has a flushed factor loses tiny (1 + 2 largest).
    largest = max(float(part.abs().max()) for part in parts)
    return 16 * k * _TINY * (1 + largest)


def product(A: Enclosure, B: Enclosure) -> Enclosure:
    """``A B^T`` for A (N, k), B (M, k): shape (N, M). Raises ValueError where it overflows.

    >>> import torch
    >>> third = torch.tensor([[1 / 3]], dtype=torch.float64)
    >>> square = product(exact(third), exact(third))
    >>> from fractions import Fraction
    >>> error = abs(Fraction(float(square.mid)) - Fraction(1 / 3) ** 2)
    >>> bool(0 < error <= Fraction(float(square.rad)))
    True
    """
    k = A.mid.shape[-1]
    size_b = B.mid.abs()
    bound = A.mid.abs() @ (_gamma(k) * size_b + B.rad).mT + A.rad @ (size_b + B.rad).mT
    floor = _floor(k, A.mid, A.rad, B.mid, B.rad)
    return Enclosure(_finite(A.mid @ B.mid.mT), bound * _slack(k) + floor)


def product_exact(A: Enclosure, W: torch.Tensor) -> Enclosure:
    """``A W^T`` for A (N, k) and the float64 matrix W (M, k): `product` with one matrix product fewer.

    >>> import torch
    >>> one = torch.ones((1, 1), dtype=torch.float64)
    >>> float(product_exact(exact(one), 3 * one).mid)
    3.0
    """
    k = A.mid.shape[-1]
    bound = (_gamma(k) * A.mid.abs() + A.rad) @ W.abs().mT
    return Enclosure(_finite(A.mid @ W.mT), bound * _slack(k) + _floor(k, A.mid, A.rad, W))


def _finite(mid: torch.Tensor) -> torch.Tensor:
    # A sum that overflowed may have either sign, so that its radius would say nothing.
    if not bool(mid.isfinite().all()):
        raise ValueError("Expected numbers whose products are finite but got an overflow")
    return mid


def scaled(A: Enclosure, factor: float, error: int) -> Enclosure:
    """``s A`` for the s that the float ``factor`` >= 0 approximates to a relative ``error`` u.

    >>> import torch
    >>> half = scaled(exact(torch.ones(1, dtype=torch.float64)), 0.5, 1)
    >>> float(half.mid), bool(0 < float(half.rad) < 1e-15)
    (0.5, True)
    """
    mid = factor * A.mid
    relative = 2 * (error + 1) * UNIT
    rad = (factor * (1 + relative) * A.rad + relative * mid.abs()) * _slack(0)
    return Enclosure(mid, rad + _floor(1, A.mid, A.rad))


def plus(A: Enclosure, B: Enclosure) -> Enclosure:
    """``A + B``; a sum of floats has relative error u and never underflows.

    >>> import torch
    >>> one = exact(torch.ones(1, dtype=torch.float64))
    >>> both = plus(one, one)
    >>> float(both.mid), bool(0 < float(both.rad) < 1e-15)
    (2.0, True)
    """
    mid = A.mid + B.mid
    return Enclosure(mid, (A.rad + B.rad + UNIT * mid.abs()) * _slack(0) + 4 * _TINY)


def hadamard(A: Enclosure, B: Enclosure) -> Enclosure:
    """The entrywise product.

    >>> import torch
    >>> two = exact(torch.full((1,), 2.0, dtype=torch.float64))
    >>> float(hadamard(two, two).mid)
    4.0
    """
    mid, size_b = A.mid * B.mid, B.mid.abs()
    rad = A.mid.abs() * B.rad + A.rad * (size_b + B.rad) + UNIT * mid.abs()
    return Enclosure(mid, rad * _slack(1) + _floor(1, A.mid, A.rad, B.mid, B.rad))


def relu_of(z: Enclosure) -> Enclosure:
    """``max(z, 0)``, which moves by no more than z does, and is exactly 0 where z is certainly negative.

    >>> import torch
    >>> z = Enclosure(torch.tensor([-2.0, -0.5, 3.0]), torch.ones(3))
    >>> relu_of(z).mid.tolist(), relu_of(z).rad.tolist()
    ([0.0, 0.0, 3.0], [0.0, 1.0, 1.0])
    """
    return Enclosure(z.mid.clamp(min=0), z.rad * (z.mid >= -z.rad))


def gated(z: Enclosure, g: Enclosure) -> tuple[Enclosure, int]:
    """``1{z >= 0} g``, and the number of gates in doubt, where both 0 and g are enclosed.

    >>> import torch
    >>> z = Enclosure(torch.tensor([-2.0, -0.5, 3.0]), torch.ones(3))
    >>> found, doubtful = gated(z, exact(torch.full((3,), 4.0)))
    >>> found.mid.tolist(), found.rad.tolist(), doubtful
    ([0.0, 2.0, 4.0], [0.0, 2.0, 0.0], 1)
    """
    import torch

    on = z.mid > z.rad
    doubt = ~(on | (z.mid < -z.rad))
    half = g.mid / 2
    mid = torch.where(doubt, half, g.mid * on)
    rad = torch.where(doubt, (half.abs() + g.rad) * _slack(0) + _TINY, g.rad * on)
    return Enclosure(mid, rad), int(doubt.sum())


@dataclass
class Total:
    """A running sum of enclosures, whose rounding is bounded by gamma_terms times the sum of absolute values.

    >>> import torch
    >>> total = Total()
    >>> for _ in range(3):
    ...     total.add(exact(torch.ones(1, dtype=torch.float64)))
    >>> float(total.value().mid), bool(0 < float(total.value().rad) < 1e-14)
    (3.0, True)
    """

    terms: int = 0
    mid: Any = 0
    rad: Any = 0
    size: Any = 0

    def add(self, A: Enclosure) -> None:
        """Add one term."""
        self.terms += 1
        self.mid, self.rad, self.size = self.mid + A.mid, self.rad + A.rad, self.size + A.mid.abs()

    def value(self) -> Enclosure:
        """The sum; raises ValueError of no terms."""
        if not self.terms:
            raise ValueError("Expected at least one term but got none")
        bound = self.rad + _gamma(self.terms) * self.size
        return Enclosure(self.mid, bound * _slack(self.terms) + 4 * self.terms * _TINY)
