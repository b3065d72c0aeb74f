"""Figures 7.1 and 7.2 redrawn in floats: gradient fields, the tube with a trajectory, the octopus.

L = γ = 1 and τ = e for Figure 7.2, the constants that fit its contour labels.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from numerics.saddle_chain import SaddleChain
from numerics.saddle_toys import joint_curvature, joint_slope
from verify import Plot, Series

Array = NDArray[np.float64]
Field = Callable[[float, float], tuple[float, float]]
CHAIN = SaddleChain(2, 1.0, 1.0, math.e)


# ---- Figure 7.1: directions of descent


def arrows(label: str, field: Field, xs: Sequence[float], ys: Sequence[float], length: float) -> Series:
    """Arrows of one length against the gradient, from the points of a grid."""
    x: list[float] = []
    y: list[float] = []
    for a in xs:
        for b in ys:
            u, v = field(a, b)
            size = math.hypot(u, v)
            if size > 0:
                x += [a, a - length * u / size]
                y += [b, b - length * v / size]
    return Series(label, x, y, "arrows")


def grid(low: float, high: float, count: int) -> list[float]:
    """Equally spaced values."""
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def saddle_field() -> Plot:
    """(a): x_1² - x_2² on [-1, 1]², and a thin band of starts (drawn wider than it is)."""
    field = arrows("-∇f", lambda x, y: (2 * x, -2 * y), grid(-1, 1, 11), grid(-1, 1, 11), 0.13)
    band = Series("starts", [-1.0, 1.0, 1.0, -1.0, -1.0], [-0.02, -0.02, 0.02, 0.02, -0.02])
    message = "Figure 7.1a: whoever starts in the thin band is led to (0, 0) first."
    return Plot(message, "x_1", "x_2", [field, band])


def long_slope(x: float, y: float) -> tuple[float, float]:
    """The gradient of (7.2) with the h of eq-7.2."""
    if x <= -2:
        return -4.0, 2 * y
    if x >= -1:
        return 2 * x, -2 * y
    u = Fraction(x + 2)
    slope = float(joint_slope(u, 1)) + float(joint_curvature(u, 1)) * y * y
    return slope, 2 * float(joint_curvature(u)) * y


def slope_field() -> Plot:
    """(b): the slope, h, and the saddle, with a square of starts."""
    field = arrows("-∇f", long_slope, grid(-5, 1, 19), grid(-1, 1, 9), 0.2)
    square = Series("starts, R = 4", [-5.0, -3.0, -3.0, -5.0, -5.0], [-1.0, -1.0, 1.0, 1.0, -1.0])
    message = "Figure 7.1b: the long slope squeezes x_2 before the saddle is reached."
    return Plot(message, "x_1", "x_2", [field, square])


# ---- Figure 7.2: the tube, a trajectory, the octopus


def boxes(mirrored: bool = False) -> list[tuple[Array, Array]]:
    """The boxes of the tube in the plane, with the mirror images if asked for, as grids of x_1 and x_2."""
    t = math.e
    ranges = [((0.0, 2 * t), (0.0, t)), ((2 * t, 6 * t), (0.0, 2 * t)), ((2 * t, 6 * t), (2 * t, 6 * t))]
    signs = [(a, b) for a in (1, -1) for b in (1, -1)] if mirrored else [(1, 1)]
    return [
        (a * np.linspace(*across, 13), b * np.linspace(*up, 13)) for across, up in ranges for a, b in signs
    ]


def level_lines(x: Array, y: Array, level: float) -> list[tuple[float, float]]:
    """Segments of {f = level} in a box: linear on the two triangles of each cell."""
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    values = CHAIN.values(points) - level
    found: list[tuple[float, float]] = []
    for i in range(len(x) - 1):
        for j in range(len(y) - 1):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            for triangle in (corners[:3], [corners[0], *corners[2:]]):
                crossed = []
                for p, q in zip(triangle, [*triangle[1:], triangle[0]], strict=True):
                    a, b = float(values[p]), float(values[q])
                    if (a < 0) != (b < 0):
                        share = a / (a - b)
                        where = points[p] + share * (points[q] - points[p])
                        crossed.append((float(where[0]), float(where[1])))
                found += crossed if len(crossed) == 2 else []
    return found


def levels(mirrored: bool = False) -> Series:
    """The level lines -110, -90, ..., 0 (every second of the printed ones)."""
    ends = [
        end for level in range(-110, 11, 20) for x, y in boxes(mirrored) for end in level_lines(x, y, level)
    ]
    return Series(
        "levels, 20 apart", [round(a, 2) for a, _ in ends], [round(b, 2) for _, b in ends], "segments"
    )


def outline(mirrored: bool = False) -> Series:
    """The boundaries of the boxes."""
    x: list[float] = []
    y: list[float] = []
    for across, up in boxes(mirrored):
        (a, b), (c, d) = across[[0, -1]].tolist(), up[[0, -1]].tolist()
        for p, q in (((a, c), (b, c)), ((b, c), (b, d)), ((b, d), (a, d)), ((a, d), (a, c))):
            x += [p[0], q[0]]
            y += [p[1], q[1]]
    return Series("domain", x, y, "segments")


def descent(start: Sequence[float], dimension: int, steps: int) -> Array:
    """Gradient descent with η = 1/4, L = 2 in more than two dimensions (L > γ), in floats."""
    chain = CHAIN if dimension == 2 else SaddleChain(dimension, 2.0, 1.0, math.e)
    points = [np.array(start, dtype=np.float64)]
    for _ in range(steps):
        points.append(points[-1] - chain.gradients(points[-1]) / (4 * float(chain.L)))
    return np.array(points)


def tube() -> Plot:
    """Level lines in the tube, a trajectory, the two saddles and the minimum."""
    t = 4 * math.e
    path = descent((0.5, 0.5), 2, 60)
    series = [
        levels(),
        Series("gradient descent", path[:, 0].tolist(), path[:, 1].tolist()),
        outline(),
        Series("saddles (0, 0), (4τ, 0) and minimum", [0.0, t, t], [0.0, 0.0, t], "points"),
    ]
    return Plot("Figure 7.2a: down the tube from saddle to saddle to the minimum.", "x_1", "x_2", series)


def trajectory() -> Plot:
    """Figure 7.2b: the coordinates of descent for d = 3, L = 2γ."""
    path = descent((0.5, 0.5, 0.5), 3, 260)
    at = [float(k) for k in range(0, 261, 4)]
    series = [Series(f"x_{k + 1}", at, path[::4, k].tolist()) for k in range(3)]
    return Plot("Figure 7.2b: one coordinate after the other leaves, each later.", "iteration", "x", series)


def octopus() -> Plot:
    """Level lines in the octopus, its saddles and its minima."""
    t = 4 * math.e
    series = [
        levels(mirrored=True),
        outline(mirrored=True),
        Series("saddles", [0.0, t, -t], [0.0, 0.0, 0.0], "points"),
        Series("minima", [t, t, -t, -t], [t, -t, t, -t], "points"),
    ]
    return Plot("Figure 7.2c: the tube mirrored; four minima, three saddles.", "x_1", "x_2", series)
