"""Population Gram recursions for inputs of equal norm: one power series in the inputs' correlation.

Main definitions: `KernelSeries` and its steps `input_series`, `step_series`, `product_series`, with
`LayerDual`, the dual of one activation at one variance (`layer_duals`). With equal diagonals every entry of a
feature Gram matrix is the same function K(r) of the inputs' correlation r, and a layer

    K  ->  skip K + constant + weight F(K / q),      F(rho) = E s(u) s(v), variances q = K(1),

maps power series with nonnegative coefficients to such series (skip, constant, weight >= 0). So lower bounds
of finitely many coefficients, with the value at r = 1 from one-dimensional expectations, bound the rest on
[-1, 1]. The same holds for the divided difference (K(1) - K(r)) / (1 - r), which the layer maps by

    Q  ->  Q (skip + weight T(K / q) / q),           T(rho) = (F(1) - F(rho)) / (1 - rho),

a sum of products of nonnegative series: 1 - rho keeps its relative accuracy through any number of layers.

References: A. Daniely, R. Frostig, Y. Singer, "Toward deeper understanding of neural networks" (NIPS 2016),
Section 4 (dual activations and their compositions have nonnegative coefficients); S. Du, J. Lee, H. Li,
L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural networks" (ICML 2019), Definitions 5.1
and 6.1, for the recursions.
"""

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from flint import arb, arb_mat, arb_poly

from numerics.activation import Activation
from numerics.dual_table import BITS, expansion
from numerics.enclosures import Factor, line

# Variances that share one table of nodes: 16 cost half of 16 single ones, for softplus and tanh.
_TOGETHER = 16


@dataclass(frozen=True)
class LayerDual:
    """F(rho) = E s^(m)(u) s^(m)(v) at one variance q: arbs, valid for every q of the ball that was given.

    `parts` are lower bounds >= 0 of the coefficients of F, `tails` of those of (F(1) - F(rho)) / (1 - rho);
    `total` is F(1), `slope` F'(1) = q E s^(m+1)(u)^2.
    """

    parts: list[Any]
    tails: list[Any]
    total: Any
    slope: Any


def layer_duals(
    activation: Activation, order: int, variances: list[Any], tolerance: float = 1e-18
) -> list[LayerDual]:
    """The duals of s^(order), order 0 or 1, at each variance, positive arbs; for analytic activations.

    tolerance: what the parts may miss of F(1) and of F'(1), relative to it. Variances near each other share
    nodes, so a sorted list is cheapest. Raises ValueError as `numerics.dual_table.expansion`, and for a ball
    that is not positive. The working precision should be BITS + 32 or more.

    >>> from numerics.activations import sine
    >>> (dual,) = layer_duals(sine, 0, [arb(1)])
    >>> dual.total.overlaps((1 - (-arb(2)).exp()) / 2), dual.slope.overlaps((1 + (-arb(2)).exp()) / 2)
    (True, True)
    """
    if not all(q > 0 for q in variances):
        raise ValueError("Expected positive variances")
    found: list[LayerDual] = []
    for start in range(0, len(variances), _TOGETHER):
        scales = [q.sqrt() for q in variances[start : start + _TOGETHER]]
        rows, rests = expansion(
            activation, order, scales, tolerance / 8, _guess(activation, scales, tolerance)
        )
        for scale, row, rest in zip(scales, rows, rests, strict=True):
            rise = Factor(activation, order + 1, scale)
            slope = scale * scale * line((rise, rise), BITS)
            found.append(_layer_dual([x * x for x in row], rest, slope, tolerance))
    return found


def _guess(activation: Activation, scales: list[Any], tolerance: float) -> int:
    """Terms to start from: a_k decays like exp(-d sqrt(2 k)); softplus and tanh need 1.5 times that."""
    limit = min(Factor(activation, 0, s).limit for s in scales)
    return min(1024, int(1.5 * (math.log(1 / tolerance) / limit) ** 2 / 8)) if limit < math.inf else 0


def _layer_dual(squares: list[Any], rest: Any, slope: Any, tolerance: float) -> LayerDual:
    total = sum(squares, arb(0)) + arb(0).union(rest)
    left = tolerance * total.lower().min(slope.lower())
    while len(squares) > 1 and (left := left - (len(squares) - 1) * squares[-1].upper()) > 0:
        squares.pop()
    parts = [x.lower().max(arb(0)) for x in squares]
    # sum_(k > j) a_k^2 without cancellation: summed from the smallest.
    tails = [x.lower() for x in list(accumulate(reversed(parts[1:])))[::-1]] or [arb(0)]
    return LayerDual(parts, tails, total, slope)


@dataclass(frozen=True)
class KernelSeries:
    """K(r) on [-1, 1]: lower bounds >= 0 of coefficients, K(1), those of (K(1) - K(r)) / (1 - r), K'(1)."""

    parts: Any
    total: Any
    gaps: Any
    slope: Any

    def rest(self) -> Any:
        """A bound of K(r) - sum_k parts_k r^k on [-1, 1]."""
        return (self.total - sum(self.parts.coeffs(), arb(0))).upper().max(arb(0))

    def gap_rest(self) -> Any:
        """The same for the divided difference, whose value at 1 is K'(1)."""
        return (self.slope - sum(self.gaps.coeffs(), arb(0))).upper().max(arb(0))


def _floor(series: Any) -> Any:
    """The polynomial of lower bounds of the coefficients, which are >= 0."""
    return arb_poly([x.lower().max(arb(0)) for x in series.coeffs()])


def _inside(rows: list[list[Any]], inner: Any, length: int) -> list[Any]:
    """Terms below `length` of sum_k row[k] inner^k for each row of coefficients.

    With B^2 about the number of coefficients: powers of inner below B, one product of matrices, and Horner's
    rule in inner^B, so that some 2 B products of polynomials replace B^2.
    """
    count = max(map(len, rows))
    step = max(1, math.isqrt(count - 1) + 1)
    powers = [arb_poly([1])]
    for _ in range(step):
        powers.append((powers[-1] * inner).truncate(length))
    table = arb_mat([[p[j] for j in range(length)] for p in powers[:-1]])
    results = []
    for row in rows:
        padded = [*row, *[arb(0)] * (-len(row) % step)]
        blocks = (arb_mat(len(padded) // step, step, padded) * table).tolist()
        total = arb_poly(blocks[-1])
        for block in reversed(blocks[:-1]):
            total = (total * powers[-1]).truncate(length) + arb_poly(block)
        results.append(_floor(total))
    return results


def input_series(q: Any) -> KernelSeries:
    """K(r) = q r, the Gram matrix of inputs of squared norm q.

    >>> input_series(arb(2)).total
    2.00000000000000
    """
    return KernelSeries(arb_poly([0, q]), q, arb_poly([q]), q)


def step_series(
    K: KernelSeries, dual: LayerDual, length: int, *, skip: bool, constant: Any, weight: Any
) -> KernelSeries:
    """skip K + constant + weight F(K / K(1)), `dual` being F at the variance K(1); constant, weight >= 0.

    >>> from numerics.activations import sine
    >>> q, dual = arb(1), layer_duals(sine, 0, [arb(1)])[0]
    >>> layer = step_series(input_series(q), dual, 32, skip=True, constant=q, weight=q)
    >>> layer.total.overlaps(2 + (1 - (-arb(2)).exp()) / 2), bool(layer.rest() < 1e-13)
    (True, True)
    """
    inner = _floor(K.parts * (1 / K.total).lower())
    value, divided = _inside([dual.parts, dual.tails], inner, length)
    outer = value * weight.lower() + constant.lower()
    rise = divided * (weight / K.total).lower()
    once, gain = int(skip), weight * dual.slope / K.total
    return KernelSeries(
        _floor(outer + once * K.parts),
        once * K.total + constant + weight * dual.total,
        _floor((K.gaps * (rise + once)).truncate(length)),
        K.slope * (once + gain),
    )


def product_series(K: KernelSeries, L: KernelSeries, length: int) -> KernelSeries:
    """K(r) L(r); K(1) L(1) - K L = (K(1) - K) L(1) + K (L(1) - L).

    >>> product_series(input_series(arb(2)), input_series(arb(3)), 8).slope
    12.0000000000000
    """
    return KernelSeries(
        _floor((K.parts * L.parts).truncate(length)),
        K.total * L.total,
        _floor((K.gaps * L.total.lower() + K.parts * L.gaps).truncate(length)),
        K.slope * L.total + K.total * L.slope,
    )
