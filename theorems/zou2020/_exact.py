"""Small networks with integer weights, and the displayed products of masks and weights as integers."""

from collections.abc import Sequence
from itertools import pairwise

Matrix = list[list[int]]


def net(widths: Sequence[int], salt: int) -> list[Matrix]:
    """W_1, ..., W_L for widths (d, m_1, ..., m_L) with entries in -2, ..., 2; row k is the input k."""
    layers = []
    for number, (inputs, units) in enumerate(pairwise(widths)):
        entry = [
            [(7 * k + 3 * j + 5 * number + salt * (k + 2 * j + 1)) % 5 - 2 for j in range(units)]
            for k in range(inputs)
        ]
        layers.append(entry)
    return layers


NETWORKS: tuple[tuple[tuple[int, ...], int, tuple[int, ...]], ...] = (
    ((2, 2), 1, (2, 1)),
    ((2, 2, 2), 5, (-1, 2)),
    ((2, 2, 2), 2, (1, -2)),
    ((3, 2, 4), 2, (1, -1, 2)),
    ((2, 2, 2, 2), 2, (-1, -2)),
    ((2, 3, 2, 2), 0, (1, 2)),
    ((2, 3, 2, 2), 2, (1, 1)),
    ((2, 2, 3, 2), 4, (3, 1)),
)
"""(widths, salt, input)."""


def signs(units: int) -> list[int]:
    """The output weights: half 1, half -1."""
    return [1] * (units // 2) + [-1] * (units - units // 2)


def transpose_apply(W: Matrix, x: Sequence[int]) -> list[int]:
    """W^T x."""
    return [sum(W[k][j] * x[k] for k in range(len(x))) for j in range(len(W[0]))]


def forward(layers: list[Matrix], x: Sequence[int]) -> list[list[int]]:
    """Pre-activations of all layers, unit by unit."""
    found, below = [], list(x)
    for W in layers:
        z = transpose_apply(W, below)
        found.append(z)
        below = [max(0, value) for value in z]
    return found


def masks(layers: list[Matrix], x: Sequence[int], kept: str = "positive") -> list[list[int]]:
    """Diagonals of Sigma_1, ..., Sigma_L: 1 where z > 0 ("positive"), z > 1 ("above one") or z < 0."""
    low, sign = {"positive": (0, 1), "above one": (1, 1), "negative": (0, -1)}[kept]
    return [[int(sign * z > low) for z in row] for row in forward(layers, x)]


def text(layers: list[Matrix], x: Sequence[int], extra: tuple[int, int, int, str] | None = None) -> list[str]:
    """The features of the last layer as nested maxima; `extra` (layer, k, j, h) adds h to one weight."""
    below = [f"({value})" for value in x]
    for number, W in enumerate(layers):
        units = []
        for j in range(len(W[0])):
            terms = []
            for k, value in enumerate(below):
                weight = f"({W[k][j]})"
                if extra is not None and extra[:3] == (number, k, j):
                    weight = f"({W[k][j]} + {extra[3]})"
                terms.append(f"{weight}*{value}")
            units.append(f"max({' + '.join(terms)}, 0)")
        below = units
    return below


def output_text(
    layers: list[Matrix], x: Sequence[int], extra: tuple[int, int, int, str] | None = None
) -> str:
    """f(x) as text."""
    features = text(layers, x, extra)
    return " + ".join(f"({s})*{value}" for s, value in zip(signs(len(features)), features, strict=True))


def through(
    layers: list[Matrix], diagonals: list[list[int]], x: Sequence[int], first: int, order: str = "down"
) -> list[int] | None:
    """(prod_{r=first}^L Sigma_r W_r^T) x, factor L on the left ("down"); None where the shapes do not fit."""
    value = list(x)
    places = range(first, len(layers))
    for r in places if order == "down" else reversed(places):
        if len(layers[r]) != len(value):
            return None
        z = transpose_apply(layers[r], value)
        value = [s * t for s, t in zip(diagonals[r], z, strict=True)]
    return value


def back(layers: list[Matrix], diagonals: list[list[int]], layer: int, trailing: int = 1) -> list[int]:
    """v^T (prod_{r=layer+1}^L Sigma_r W_r^T) Sigma_layer, counted from 0; trailing 0 drops the last."""
    row = signs(len(layers[-1][0]))
    for r in range(len(layers) - 1, layer, -1):
        masked = [value * s for value, s in zip(row, diagonals[r], strict=True)]
        row = [sum(masked[j] * W_kj for j, W_kj in enumerate(W_k)) for W_k in layers[r]]
    if trailing:
        row = [value * s for value, s in zip(row, diagonals[layer], strict=True)]
    return row
