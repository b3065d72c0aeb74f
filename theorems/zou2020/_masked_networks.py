"""Small ReLU networks in rationals: features, masks and backward rows, without rounding.

Weights are lists of matrices W_l with m_(l-1) rows and m_l columns, as in the text; unit j of layer l is
column j.  The derivative of the loss enters linearly, so that any rationals may stand for it.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from verify import Outcome, evaluate, every

Vector: TypeAlias = list[Fraction]
Matrix: TypeAlias = list[list[Fraction]]


class Pair(NamedTuple):
    """A network before and after a change of its weights, and an input."""

    before: list[Matrix]
    after: list[Matrix]
    x: Vector
    v: Vector


def exact(rows: Sequence[Sequence[int | Fraction]]) -> Matrix:
    """A matrix of rationals."""
    return [[Fraction(entry) for entry in row] for row in rows]


def forward(weights: list[Matrix], x: Vector) -> tuple[list[Vector], list[Vector]]:
    """Features x_0, ..., x_L and pre-activations of the layers 1, ..., L."""
    features, inputs = [x], []
    for W in weights:
        z = transposed_times(W, features[-1])
        inputs.append(z)
        features.append([max(entry, Fraction(0)) for entry in z])
    return features, inputs


def transposed_times(W: Matrix, x: Vector) -> Vector:
    """W^T x."""
    return [sum((W[a][j] * x[a] for a in range(len(x))), Fraction(0)) for j in range(len(W[0]))]


def active(z: Vector) -> Vector:
    """The diagonal of the mask: 1 where the pre-activation is positive."""
    return [Fraction(int(entry > 0)) for entry in z]


def secant(before: Vector, after: Vector) -> Vector:
    """The diagonal S with σ(after) - σ(before) = S (after - before); the mask where nothing moves."""
    found = []
    for a, b in zip(before, after, strict=True):
        found.append(
            Fraction(int(a > 0)) if a == b else (max(b, Fraction(0)) - max(a, Fraction(0))) / (b - a)
        )
    return found


def backward_row(v: Vector, weights: list[Matrix], masks: list[Vector], low: int) -> Vector:
    """v^T (prod_{r > low} M_r W_r^T) M_low as a row, for masks M."""
    row = [v[j] * masks[-1][j] for j in range(len(v))]
    for r in reversed(range(low, len(weights))):
        W = weights[r]
        row = [
            sum((W[a][j] * row[j] for j in range(len(row))), Fraction(0)) * masks[r - 1][a]
            for a in range(len(W))
        ]
    return row


def by_hand() -> list[Pair]:
    """Two and three layers with flips both ways, pre-activations at zero before or after, unequal widths."""
    v = [Fraction(1), Fraction(-1)]
    two = Pair(
        [exact([[1, -1, 0], [2, 1, 1]]), exact([[1, 1], [-1, 2], [2, -1]])],
        [exact([[1, 1, 1], [-2, 1, 1]]), exact([[-1, 1], [1, 2], [2, 3]])],
        [Fraction(1), Fraction(1)],
        v,
    )
    three = Pair(
        [exact([[2, -1], [1, 1]]), exact([[1, -1, 1], [1, 2, 0]]), exact([[1, -1], [-1, 2], [1, 1]])],
        [exact([[-1, 2], [1, 1]]), exact([[1, 1, -1], [-1, 2, 1]]), exact([[2, 1], [-1, -2], [1, 1]])],
        [Fraction(1), Fraction(1, 2)],
        v,
    )
    return [two, three]


def drawn(rng: np.random.Generator, depth: int) -> Pair:
    """Integer weights from -2 to 2, three units a layer, two outputs, and a second network near by."""
    sizes = [2, *([3] * (depth - 1)), 2]
    shapes = list(pairwise(sizes))
    before = [exact(rng.integers(-2, 3, size=shape).tolist()) for shape in shapes]
    moves = [rng.integers(-3, 4, size=shape).tolist() for shape in shapes]
    after = [
        [[w + Fraction(d, 2) for w, d in zip(row, move, strict=True)] for row, move in zip(W, D, strict=True)]
        for W, D in zip(before, moves, strict=True)
    ]
    x = [Fraction(int(k)) for k in rng.integers(1, 4, size=2)]
    return Pair(before, after, x, [Fraction(1), Fraction(-1)])


def equal(left: Vector, right: Vector, says: str) -> Outcome:
    """Coordinate by coordinate."""
    pairs = enumerate(zip(left, right, strict=True))
    return every(
        *(
            evaluate(f"({a}) == ({b})", says=f"{says}, coordinate {j + 1}", instance=True)
            for j, (a, b) in pairs
        )
    )
