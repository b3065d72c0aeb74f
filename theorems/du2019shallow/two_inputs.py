"""Section 4 at n = 2 orthonormal inputs, for the check of Theorem 4.1 in its regime: a run and its verdict.

For orthonormal inputs the pre-activations on x_1 and on x_2 do not see each other, H∞ = I/2 and λ0 = 1/2. The
residual on x_i keeps its sign and never grows: active neurons all push u_i towards y_i, by at most η/m of the
residual each, and gates never turn on. So what is left after the last step only shrinks, by the share of the
neurons that are certain to stay active.
"""

import math
from fractions import Fraction
from functools import cache

import numpy as np

from numerics.descent_grouped import GroupedDescent, descend_grouped, grouped_start
from verify import Plot, Series

DELTA, LABELS, ETA, STEPS = Fraction(1, 2), (0.5, -0.5), 1 / 32, 128
"""C = 1/2, η = λ0/(4n²)."""
RADIUS = math.sqrt(2 * math.pi) / 32 * float(DELTA / 3) / 2 / 4 / 4
"""A quarter of the R of the proof, √(2π)/32 (δ/3) λ0/n²: neurons farther from every kink are grouped."""


@cache
def run(key: tuple[str | int, ...], m: int) -> GroupedDescent:
    """One initialisation and 128 steps; the falsehoods see the same ones."""
    return descend_grouped(grouped_start(key, m, np.eye(2), RADIUS), np.array(LABELS), ETA, STEPS)


def decays(run: GroupedDescent, m: int, factor: float) -> bool | None:
    """Whether |y - u(k)|² <= factor^k |y - u(0)|² for all k >= 0; None where rounding could matter.

    One evaluation errs by `run.error`, and a step does not expand the residual: errors at most add up. Later
    the share of far active neurons bounds the decay, while their whole travel stays within the radius.
    """
    k = np.arange(STEPS + 1)
    size, error = np.abs(run.residuals), ((k + 1) * run.error)[:, None]
    low, high = (np.maximum(size - error, 0) ** 2).sum(axis=1), ((size + error) ** 2).sum(axis=1)
    if (low[1:] > factor ** k[1:] * high[0]).any():
        return False
    shares = np.diag(run.gram)
    travel = run.travel[-1] + float((high[-1] ** 0.5 / shares).max()) / math.sqrt(m)
    later = travel < RADIUS and (1 - ETA * float(shares.min())) ** 2 < factor
    return True if later and (high[1:] <= factor ** k[1:] * low[0]).all() else None


def decay(run: GroupedDescent, m: int) -> Plot:
    """The loss of one initialisation."""
    picks = [float(k) for k in range(0, STEPS + 1, 8)]
    losses = (run.residuals**2).sum(axis=1) / (run.residuals[0] ** 2).sum()
    claimed = Series("what is claimed, (1 - ηλ0/2)^k", picks, [(1 - 1 / 128) ** k for k in picks], "bound")
    seen = Series(f"m = {m}", picks, [float(losses[int(k)]) for k in picks])
    message = "At the width of the theorem the loss decays at four times the claimed rate."
    return Plot(message, "iteration k", "|y - u(k)|² / |y - u(0)|², n = 2", [claimed, seen], log_y=True)
