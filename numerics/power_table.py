"""Polynomials in rho on [-1, 1] for float64: rounded, economised, with a proved error of evaluation.

Main definitions: `DualTable`, `rounded` (a table from enclosures of power series coefficients), `trimmed`.

Power series of dual activations have (mostly) nonnegative coefficients, so Horner's rule is stable. Where a
Chebyshev truncation needs fewer terms it is used instead, turned back into powers of rho, or of 2 rho^2 - 1
for even and odd functions, if the bound of the rounding errors allows.

References: N. Higham, "Accuracy and stability of numerical algorithms" (2002), Section 5.1; C. Lanczos, J.
Math. Phys. 17 (1938), economisation of power series.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from flint import arb

from numerics.balls import ball
from numerics.dual_kinked import by_stripes

UNIT = 2.0**-53
# Economisation: what it may add to the error, relative to the sum of the coefficients.
_ECONOMY = 2e-15
_NEGLIGIBLE = 1e-22


@dataclass(frozen=True)
class DualTable:
    """p on [-1, 1] with |p - E s^(i)(u) s^(j)(v)| <= error: rho^odd times sum_k coefficients[k] y^k.

    y = rho, or 2 rho^2 - 1 where `squared`. `error` covers truncation, the coefficients' rounding and
    Horner's rule in float64, fused or not; an error d of rho costs at most slope * d.
    """

    coefficients: tuple[float, ...]
    squared: bool
    odd: bool
    error: float
    slope: float

    def __call__(self, rho: Any) -> Any:
        """p at rho, a float, array or tensor; raises ValueError unless all values are in [-1, 1]."""
        tensor = isinstance(rho, torch.Tensor)
        at = rho if tensor else torch.as_tensor(np.asarray(rho, dtype=np.float64))
        if not bool((at.abs() <= 1).all()):
            raise ValueError("Expected rho in [-1, 1]")
        value = self._horner(at.to(torch.float64), self._steps(at.device))
        return value if tensor else value.numpy()[()]

    def _steps(self, device: torch.device) -> list[torch.Tensor]:
        return [torch.tensor(c, dtype=torch.float64, device=device) for c in reversed(self.coefficients)]

    def _horner(self, rho: torch.Tensor, steps: list[torch.Tensor]) -> torch.Tensor:
        y = (rho * rho).mul_(2).sub_(1) if self.squared else rho
        value = steps[0].expand_as(rho).clone()
        for c in steps[1:]:
            torch.addcmul(c, value, y, out=value)
        return value.mul_(rho) if self.odd else value

    def on_matrix(self, matrix: torch.Tensor, symmetric: bool = True) -> torch.Tensor:
        """p at the correlations of a float64 matrix of covariances, 1 on the diagonal, by stripes.

        Exactly symmetric where `symmetric`: then only the upper triangle counts.
        """
        out, inverse, steps = torch.empty_like(matrix), inverse_roots(matrix), self._steps(matrix.device)

        def evaluate(rows: slice, columns: slice) -> None:
            rho = matrix[rows, columns] * inverse[rows, None]
            value = self._horner(rho.mul_(inverse[columns]).clamp_(-1.0, 1.0), steps)
            out[rows, columns] = value
            if symmetric:
                out[columns, rows] = value.T
                # The two orders of multiplying by the roots differ by a rounding.
                corner = value[:, : len(value)]
                out[rows, rows] = corner.triu() + corner.triu(1).T

        by_stripes(matrix, evaluate, symmetric)
        out.fill_diagonal_(float(self(1.0)))
        return out


def inverse_roots(matrix: torch.Tensor) -> torch.Tensor:
    """1 / sqrt(K_ii), and 0 for a zero variance; K_ij times two of them is within 4 u of rho.

    >>> inverse_roots(torch.tensor([[4.0, 0.0], [0.0, 0.0]]))
    tensor([0.5000, 0.0000])
    """
    inverse = 1 / matrix.diagonal().sqrt()
    inverse[~torch.isfinite(inverse)] = 0.0
    return inverse


def up(*terms: float) -> float:
    """An upper bound of a sum of nonnegative floats.

    >>> up(0.1, 0.2) > 0.3
    True
    """
    return math.nextafter(math.fsum(terms), math.inf)


def upper_float(x: Any) -> float:
    """A float above all of the arb x.

    >>> upper_float(arb(1)) > 1
    True
    """
    return math.nextafter(float(x.upper()), math.inf)


def trimmed(products: list[Any], rest: Any, tolerance: float) -> tuple[list[Any], Any]:
    """Move last terms into the remainder while it stays within tolerance times their absolute sum.

    >>> trimmed([arb(1), arb(1e-20)], arb(0), 1e-15)[0]
    [1.00000000000000]
    """
    allowed = tolerance * max(1e-300, sum(float(abs(p).upper()) for p in products))
    while len(products) > 1 and (rest + abs(products[-1])).upper() <= allowed:
        rest = (rest + abs(products.pop())).upper()
    return products, rest


def _size(products: list[Any]) -> float:
    return max(1e-300, sum(float(abs(p).upper()) for p in products))


def rounded(products: list[Any], rest: Any) -> DualTable:
    """A table from enclosures of coefficients in rho and a bound of the remainder on [-1, 1].

    >>> rounded([arb(1), arb(2)], arb(0)).slope >= 2
    True
    """
    small, kept = _NEGLIGIBLE * _size(products), []
    for x in products:
        negligible = float(abs(x).upper()) < small
        rest = rest + abs(x) if negligible else rest
        kept.append(arb(0) if negligible else x)
    slope = up(*(upper_float(k * abs(x)) for k, x in enumerate(kept)))
    odd, even = any(x != 0 for x in kept[1::2]), any(x != 0 for x in kept[::2])
    squared = not (odd and even) and len(kept) > 2
    odd = odd and squared
    plain = kept[1 if odd else 0 :: 2] if squared else kept
    shifted = _in_chebyshev(plain, squared)
    economised, more = trimmed(shifted, rest, _ECONOMY + float(rest) / _size(shifted))
    table = _floats(_in_powers(economised), more, squared, odd, slope)
    if not squared:
        direct = _floats(plain, rest, squared, odd, slope)
        return direct if len(direct.coefficients) <= len(table.coefficients) or table.error > 1e-14 else table
    # In powers of rho^2, written in y: the same polynomial without economisation, where that fails.
    return (
        table
        if table.error <= 8 * _ECONOMY * _size(plain) + 2 * float(rest)
        else _direct(plain, rest, odd, slope)
    )


def _direct(plain: list[Any], rest: Any, odd: bool, slope: float) -> DualTable:
    """All powers of rho, zeros included: longer, but its rounding errors are bounded by the coefficients."""
    powers = list(itertools.chain.from_iterable((arb(0), x) if odd else (x, arb(0)) for x in plain))
    return _floats(powers, rest, False, False, slope)


def _in_chebyshev(coefficients: list[Any], squared: bool) -> list[Any]:
    """Coefficients in T_k(y) of sum c_k y^k, or of sum c_k ((1 + y) / 2)^k if `squared`, by Horner's rule.

    y T_k = (T_(k+1) + T_|k-1|) / 2: for c_k >= 0 nothing cancels.
    """
    half = arb(0.5)
    total = [coefficients[-1]]
    for c in reversed(coefficients[:-1]):
        moved = [arb(0)] * (len(total) + 1)
        for k, t in enumerate(total):
            moved[k + 1] += t if k == 0 else t * half
            if k:
                moved[k - 1] += t * half
        if squared:
            padded = [*total, arb(0)]
            moved = [(x + t) * half for x, t in zip(moved, padded, strict=True)]
        moved[0] += c
        total = moved
    return total


def _in_powers(chebyshev: list[Any]) -> list[Any]:
    """Coefficients in y^k of sum t_k T_k(y), with the integer coefficients of T_k."""
    before, now = [1], [0, 1]
    total = [arb(0)] * max(2, len(chebyshev))
    total[0] += chebyshev[0]
    for t in chebyshev[1:]:
        for j, x in enumerate(now):
            if x:
                total[j] += t * x
        after = [0, *(2 * x for x in now)]
        for j, x in enumerate(before):
            after[j] -= x
        before, now = now, after
    return total[: len(chebyshev)]


def _floats(powers: list[Any], rest: Any, squared: bool, odd: bool, slope: float) -> DualTable:
    """Round the coefficients in y and add up all errors.

    A coefficient passes 2 k + 1 roundings and one for rho^odd; y itself is within 3 u, which costs 3 k u.
    """
    floats = tuple(float(c.mid()) for c in powers)
    losses = [upper_float(abs(c - ball(x))) for c, x in zip(powers, floats, strict=True)]
    horner = [1.01 * (5 * k + 2) * UNIT * abs(x) for k, x in enumerate(floats)]
    return DualTable(floats, squared, odd, up(upper_float(rest), *losses, *horner), slope)
