"""Small networks in exact rationals: the framework of Appendix E and the maps of Section 3.3.

The activation is z^2 + 5z/2 + 1, for which E sigma(z)^2 = 49/4, so that sqrt(c_sigma) = 2/7 is rational; the
width is 4, with the root 2.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

Vector = list[Fraction]
Features = list[Vector]
"""One vector of p pixels for each channel."""
Scalar = Callable[[Fraction], Fraction]

ROOT_C, ROOT_M, WIDTH = Fraction(2, 7), 2, 4


def sigma(z: Fraction) -> Fraction:
    """The activation."""
    return z * z + Fraction(5, 2) * z + 1


def scaled(gain: Fraction, z: Fraction) -> Fraction:
    """The activation with the scaling in it."""
    return gain * sigma(z)


def shifts(p: int, q: int) -> list[list[list[int]]]:
    """The basis of a convolution: E_o has a 1 at (l, l + o), for the q offsets |o| <= (q - 1)/2."""
    offsets = range(-(q // 2), q // 2 + 1)
    return [[[int(r == row + o) for r in range(p)] for row in range(p)] for o in offsets]


def combined(v: Sequence[int], basis: Sequence[list[list[int]]]) -> list[list[int]]:
    """The sum of v_k e_k."""
    p = len(basis[0])
    return [[sum(c * e[row][r] for c, e in zip(v, basis, strict=True)) for r in range(p)] for row in range(p)]


def framework_layer(
    x: Features,
    weights: Sequence[Sequence[Sequence[int]]],
    basis: Sequence[list[list[int]]],
    rho: Scalar,
    scale: Fraction,
    skip: str,
) -> Features:
    """D X + rho(scale * sum_b W_b X_b); weights [a][b][k]; skip "0", "I", or "U" (the pre-activation)."""
    out = []
    for a, row in enumerate(weights):
        total = [Fraction(0)] * len(x[0])
        for v, channel in zip(row, x, strict=True):
            matrix = combined(v, basis)
            for place, line in enumerate(matrix):
                total[place] += scale * sum(
                    (w * value for w, value in zip(line, channel, strict=True)), Fraction(0)
                )
        carried = {"0": [Fraction(0)] * len(total), "I": x[a % len(x)], "U": total}[skip]
        out.append([c + rho(u) for c, u in zip(carried, total, strict=True)])
    return out


def network_layer(
    x: Features, weights: Sequence[Sequence[Sequence[int]]], factor: Fraction, residual: bool
) -> Features:
    """Section 3.3, pixel by pixel: (x +) factor * sigma(sum over channels and offsets), zero padding."""
    out = []
    for a, row in enumerate(weights):
        p, half = len(x[0]), len(row[0]) // 2
        values = []
        for place in range(p):
            u = sum(
                (
                    w * channel[place + o - half]
                    for v, channel in zip(row, x, strict=True)
                    for o, w in enumerate(v)
                    if 0 <= place + o - half < p
                ),
                Fraction(0),
            )
            values.append((x[a][place] if residual else 0) + factor * sigma(u))
        out.append(values)
    return out


def draw(rng: np.random.Generator, channels: int, q: int) -> list[list[list[int]]]:
    """Small integer weights of one layer."""
    return [[[int(w) for w in v] for v in row] for row in rng.integers(-2, 3, (WIDTH, channels, q))]
