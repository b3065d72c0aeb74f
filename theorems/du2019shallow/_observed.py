"""What was seen to be enough, to be set against what a theorem asks for."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from verify import Demand

Vector = npt.NDArray[Any]


def enough_width(
    asked: float, widths: Sequence[int], failing: Sequence[float], delta: float, note: str
) -> tuple[Demand, ...]:
    """The least width tried from which on at most the share `delta` of the runs fails; none if none does."""
    seen = len(widths)
    while seen and failing[seen - 1] <= delta:
        seen -= 1
    if seen == len(widths):
        return ()
    return (Demand("width", float(asked), float(widths[seen]), note=note),)


def follows_the_joint_rate(z: Vector, a: Vector, m: int) -> bool:
    """Whether |y - u(t)|² <= e^(-t/2) |y - u(0)|² at 200 points of the path, down to 1/1000 of the residual.

    In the path length S an active neuron turns hyperbolically, z cosh S + a sinh S, until it reaches its
    kink, and then stays off; t grows by √m dS/|y - u|.  In floats: looked at.
    """
    start = 0.5 - float(np.maximum(z, 0) @ a) / math.sqrt(m)
    with np.errstate(divide="ignore"):
        off = np.where(start * a < 0, np.arctanh(np.minimum(np.maximum(z, 0), 1)), np.inf)
    off = np.where(z < 0, 0.0, off)

    def residual(S: float) -> float:
        c, s, live = math.cosh(S), math.copysign(math.sinh(S), start), off > S
        return 0.5 - float(((z * c + a * s) * (z * s + a * c))[live].sum()) / math.sqrt(m)

    low, high = 0.0, 8.0
    if residual(high) * start > 0:
        return False
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if residual(middle) * start > 0 else (low, middle)
    path = low * (1 - np.geomspace(1, 1e-3, 200))
    left = np.array([abs(residual(float(S))) for S in path])
    steps = np.diff(path) * math.sqrt(m) * (1 / left[1:] + 1 / left[:-1]) / 2
    times = np.concatenate(([0.0], np.cumsum(steps)))
    return bool((left**2 <= np.exp(-times / 2) * left[0] ** 2 * (1 + 1e-9)).all())
