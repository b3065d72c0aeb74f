"""Gradient descent of a two-layer ReLU network for one unit input, by sorting its neurons.

As along the flow (`numerics.flow_one_input`), every neuron that moves travels the same distance along x in
each step, and a neuron that has become inactive stays so; but here it overshoots its kink.  As long as the
residual keeps its sign, a step costs one binary search.

Reference: Du, Zhai, Poczos, Singh, ICLR 2019 (arXiv:1810.02054), equations (3)-(4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.two_layer import check_array

__all__ = ["OneInputDescent", "descend_one_input"]

Vector = npt.NDArray[Any]


@dataclass(frozen=True)
class OneInputDescent:
    """Residuals y - u(k) for k = 0..K, (K + 1,), the active neurons, (K + 1,), and a floor of the latter.

    ``least_active`` bounds the number of active neurons in *all* later steps from below: they travel at most
    by what the rising neurons alone need to use up the residual.
    """

    m: int
    residuals: Vector
    active: npt.NDArray[np.int64]
    least_active: int

    def decays_by(self, factor: float, step_size: float) -> bool:
        """Whether (y - u(k))^2 <= factor^k (y - u(0))^2 for all k >= 0, those after the last one included."""
        k = np.arange(len(self.residuals))
        bound = factor**k * self.residuals[0] ** 2
        later = (1 - step_size * self.least_active / self.m) ** 2 <= factor
        return bool((self.residuals**2 <= bound).all() and (later or self.residuals[-1] == 0))


def descend_one_input(
    z: Vector, a: Vector, y: float, m: int, step_size: float, steps: int
) -> OneInputDescent:
    """Gradient descent for one unit input, from ``z_r = w_r(0) . x`` and signs ``a_r``, both (k,), k <= m.

    Inactive neurons may be left out; 0 < step_size <= 1, so that the residual never changes its sign. Raises
    ValueError for other arguments.

    >>> run = descend_one_input(np.array([1.0]), np.array([1.0]), 3.0, 1, 0.5, 3)
    >>> run.residuals.tolist(), run.decays_by(0.25, 0.5), run.decays_by(0.2, 0.5)
    ([2.0, 1.0, 0.5, 0.25], True, False)
    """
    k = check_array("z", z, (None,))[0]
    check_array("a", a, (k,))
    if not (k <= m and 0 < step_size <= 1 and steps >= 0 and math.isfinite(y)):
        raise ValueError(
            f"Expected m >= {k}, 0 < step_size <= 1, steps >= 0 and a finite label but got {m=}, "
            f"{step_size=}, {steps=}, {y=}"
        )
    root, living = math.sqrt(m), z >= 0
    start = y - float(np.dot(np.where(living, z, 0.0), a)) / root
    falling = z[living & (a * start < 0)]
    alive = int(np.count_nonzero(living))
    rising, left, travelled, fallen = alive - falling.size, abs(start), 0.0, 0
    # The rising neurons alone use up the residual within left * root / rising: only these can fall to 0.
    falling = np.sort(falling[falling * rising <= left * root * (1 + 1e-9)] if rising else falling)
    below = np.concatenate(([0.0], np.cumsum(falling)))
    residuals, active = [left], [alive]
    for _ in range(steps):
        reach = travelled + step_size * left / root
        now = int(np.searchsorted(falling, reach, side="left"))
        stopped = float(below[now] - below[fallen]) - (now - fallen) * travelled
        moved = (alive - now) * (reach - travelled) + stopped
        left, travelled, fallen = left - moved / root, reach, now
        residuals.append(left)
        active.append(alive - now)
    end = travelled + left * root / rising if rising else math.inf
    least = alive - int(np.searchsorted(falling, end, side="right"))
    signed = np.copysign(np.array(residuals), start)
    return OneInputDescent(m, signed, np.array(active, dtype=np.int64), least)
