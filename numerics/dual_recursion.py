"""Recursions K -> scale E s(u) s(v) over whole Gram matrices, many layers, in float64 with proved errors.

Main definition: `gram_recursion`. With equal diagonals a whole recursion is *one* polynomial in the first
layer's rho, the composition of the layers' power series: a truncation of a power series with nonnegative
coefficients and known value F(1) has remainder at most F(1) - (sum of lower bounds of its coefficients).

References: A. Daniely, R. Frostig, Y. Singer, "Toward deeper understanding of neural networks" (NIPS 2016),
Section 4; S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural
networks" (ICML 2019), Definition 5.1.
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import torch
from flint import arb, arb_poly

from numerics.activation import Activation
from numerics.balls import ball, exact_rational, precision
from numerics.dual import dual_lipschitz
from numerics.dual_kinked import EXCESS, covariances, kinked_form, kinked_layers, kinked_scale
from numerics.dual_table import BITS, LOOSEST, Bounded, dual_matrix, expansion, returned
from numerics.enclosures import Factor, line
from numerics.power_table import UNIT, DualTable, rounded, trimmed, up, upper_float

# Diagonals equal up to this are treated as equal, at a cost that the bound includes.
_SPREAD = 2.0**-44
# Composing needs some 2 s for five layers of 200 terms and 1024 of the result (tanh at variance 1).
_LONGEST_COMPOSITION = 1024
_LONGEST_LAYER = 300


def _layers(
    activation: Activation, q: Fraction, factor: Fraction | None, depth: int
) -> tuple[list[list[Any]], list[Any], list[Any]]:
    """Lower bounds of the coefficients of f_h(rho) = sum_k a_k^2 rho^k / E s^2, diagonals and scales."""
    parts: list[list[Any]] = []
    diagonals: list[Any] = [ball(q)]
    scales: list[Any] = []
    for h in range(depth):
        if factor is None and h:
            parts.append(parts[0])
            scales.append(scales[0])
        else:
            rows, rests = expansion(activation, 0, [diagonals[h].sqrt()], 1e-18)
            squares = [x * x for x in rows[0]]
            energy = sum(squares, arb(0)) + arb(0).union(rests[0])
            parts.append([(x / energy).lower().max(arb(0)) for x in squares])
            scales.append(diagonals[0] / energy if factor is None else ball(factor))
        diagonals.append(diagonals[0] if factor is None else scales[h] * energy)
    return parts, diagonals, scales


def _composition(layers: list[list[Any]]) -> tuple[list[Any], Any] | None:
    """Lower bounds of the coefficients of F = f_H o ... o f_1, and F(1) - their sum, with F(1) = 1."""
    length = 16
    if max(len(layer) for layer in layers) > _LONGEST_LAYER:
        return None
    while length <= _LONGEST_COMPOSITION:
        inner = arb_poly([0, 1])
        for layer in layers:
            total = arb_poly([layer[-1]])
            for x in reversed(layer[:-1]):
                total = (total * inner).truncate(length) + x
            inner = arb_poly([x.lower().max(arb(0)) for x in total.coeffs()])
        parts = inner.coeffs()
        rest = (1 - sum(parts, arb(0))).upper().max(arb(0))
        if rest < (1e-15 if length < _LONGEST_COMPOSITION else LOOSEST):
            return trimmed(parts, rest, 2e-15)
        length *= 2
    return None


def _layer_slope(activation: Activation, q: Any, scale: Any) -> float:
    """A Lipschitz constant of a layer near the diagonal q: scale (E s'^2 + sqrt(E s''^2 E s^2))."""
    wide = (q * arb(1, EXCESS)).sqrt()
    energies = [line((Factor(activation, m, wide), Factor(activation, m, wide)), 40) for m in range(3)]
    return upper_float(scale * (energies[1] + (energies[0] * energies[2]).sqrt()))


@lru_cache(maxsize=64)
def _composed(
    activation: Activation, q: Fraction, factor: Fraction | None, depth: int
) -> tuple[DualTable, float, float, float] | None:
    """The recursion as a table in the first layer's rho, the last diagonal with its error, and the slope."""
    with precision(BITS + 32):
        layers, diagonals, scales = _layers(activation, q, factor, depth)
        found = _composition(layers)
        if found is None:
            return None
        parts, rest = found
        last = diagonals[-1]
        table = rounded([x * last for x in parts], rest * last)
        pairs = zip(diagonals, scales, strict=False)
        slope = math.prod(_layer_slope(activation, d, s) for d, s in pairs)
        end = float(last.mid())
        return table, end, upper_float(abs(last - ball(end))), slope


def gram_recursion(
    activation: Activation, K: Any, depth: int, *, scale: Any | Literal["preserve"] = 1
) -> Bounded:
    """K^(depth), K^(h) = scale E s(u) s(v) over N(0, K^(h-1)) for every pair, K^(0) = K: (n, n) -> (n, n).

    scale: exact and positive, or "preserve", the number max K_ii / E s(z)^2, z ~ N(0, max K_ii), that keeps
    an equal diagonal where it is (c_sigma of Du et al. 2019 for unit diagonals). K is taken as exact. Equal
    diagonals (up to 2^-44) cost one polynomial in all; others one `dual_matrix` a layer. The error is proved
    and includes what earlier layers pass on, by Lipschitz constants (`numerics.dual.dual_lipschitz`); it is
    inf where none is known, as for discontinuous activations. Raises ValueError as `dual_matrix`, for
    depth < 1 and for "preserve" with unequal diagonals.

    >>> from numerics.activations import softplus
    >>> result = gram_recursion(softplus(), [[1.0, 0.2], [0.2, 1.0]], 5, scale="preserve")
    >>> bool(result.values[0, 0] == 1.0), round(float(result.values[0, 1]), 6), result.error < 1e-13
    (True, 0.997601, True)
    """
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise ValueError(f"Expected an integer depth >= 1 but got depth={depth!r}")
    matrix, diagonal = covariances(K)
    keep = isinstance(scale, str) and scale == "preserve"
    factor = None if keep else exact_rational(scale)
    if factor is not None and factor <= 0:
        raise ValueError(f"Expected a scale > 0 but got scale={scale!r}")
    low, high = float(diagonal.min()), float(diagonal.max())
    equal = high > 0 and high - low <= _SPREAD * high
    if keep and not equal:
        raise ValueError(f"Expected an equal positive diagonal for scale='preserve' but got {low} to {high}")
    form = kinked_form(activation.closed)
    if form is not None:
        scales = (kinked_scale(form, high, factor),) * depth
        return returned(K, *kinked_layers(form, matrix, (0, 0), scales))
    composed = _composed(activation, Fraction(high), factor, depth) if equal else None
    if composed is None:
        return _layerwise(activation, K, matrix, depth, factor)
    table, last, off, slope = composed
    values = table.on_matrix(matrix)
    values.fill_diagonal_(last)
    # |K_ij q / sqrt(K_ii K_jj) - K_ij| is at most the spread of the diagonal, to first order.
    moved = 2 * (high - low) * slope if high > low else 0.0
    if moved > EXCESS / 4 * high:
        moved = math.inf
    return returned(K, values, up(table.error, 4 * UNIT * table.slope, off, moved))


def _layerwise(
    activation: Activation, K: Any, matrix: torch.Tensor, depth: int, factor: Fraction | None
) -> Bounded:
    """One `dual_matrix` a layer; errors of the input pass on by the layer's Lipschitz constant."""
    error = 0.0
    for _ in range(depth):
        layer = dual_matrix(activation, matrix)
        diagonal, size = matrix.diagonal(), float(layer.values.diagonal().max())
        low, top = float(diagonal.min()), float(diagonal.max())
        scale = top / size if factor is None else float(factor)
        if error:
            error *= _passed_on(activation, low, top, error)
        # "preserve" knows its scale up to the error of the layer, relative to the diagonal that it keeps.
        loose = (layer.error / size if factor is None else 0.0) + 4 * UNIT
        error = 1.01 * scale * (error + layer.error + loose * size)
        matrix = layer.values * scale
    return returned(K, matrix, error)


def _passed_on(activation: Activation, low: float, top: float, error: float) -> float:
    if low == top and error < EXCESS / 2 * top:
        with precision(BITS):
            return _layer_slope(activation, ball(top), ball(1))
    if activation.lipschitz is None or activation.smoothness is None or not math.isfinite(error):
        return math.inf
    return upper_float(dual_lipschitz(activation, top + error))
