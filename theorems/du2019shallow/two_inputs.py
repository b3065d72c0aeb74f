"""Theorem 4.1 in its regime at n = 2: gradient descent at the width that the explicit constants ask for.

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
from theorems.du2019shallow.gradient_descent import CONSTANT, thm_4_1
from verify import Context, Outcome, Plot, Regime, Series, Statement, Undecided, every
from verify.context import smallest_deciding_count

DELTA, LABELS, ETA, STEPS = Fraction(1, 2), (0.5, -0.5), 1 / 32, 128
"""C = 1/2, η = λ0/(4n²)."""
REQUIRED = math.ceil(CONSTANT * Fraction(3, 4) * 2**6 * 2**4 / DELTA**3)
"""K (C² + 1/2) n⁶/(λ0⁴δ³) at n = 2, C = λ0 = 1/2."""
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


@thm_4_1.check(profile="full")
def two_orthonormal_inputs_in_regime(claim: Statement, ctx: Context) -> Outcome:
    """n = 2 orthonormal, C = 1/2, y = (1/2, -1/2), η = 1/32 = λ0/(4n²), δ = 1/2: 4.3·10⁸ neurons."""
    m, factor = REQUIRED, float((1 - Fraction(claim.b) / 64) ** claim.s)
    rows, runs = [], []
    for trial in range(smallest_deciding_count(DELTA)):
        try:
            runs.append(run((ctx.seed, ctx.claim, ctx.check, trial), m))
        except ValueError as error:
            return Undecided(f"trial {trial}: {error}", "a larger radius")
        row = decays(runs[-1], m, factor)
        if row is None:
            return Undecided(
                f"trial {trial}: rounding or the steps after the last could matter", "more steps"
            )
        rows.append(row)
    return every(
        ctx.decide(f"the bound holds for all k (n = 2, m = {m})", at_least=1 - DELTA, rows=rows),
        regime=Regime(met=True, required_width=m, used_width=m, note="n = 2 orthonormal, C = 1/2, η = 1/32"),
        plots=(decay(runs[0]),),
    )


def decay(run: GroupedDescent) -> Plot:
    """The loss of one initialisation."""
    picks = [float(k) for k in range(0, STEPS + 1, 8)]
    losses = (run.residuals**2).sum(axis=1) / (run.residuals[0] ** 2).sum()
    claimed = Series("what is claimed, (1 - ηλ0/2)^k", picks, [(1 - 1 / 128) ** k for k in picks], "bound")
    seen = Series(f"m = {REQUIRED}", picks, [float(losses[int(k)]) for k in picks])
    message = "At the width of the theorem the loss decays at four times the claimed rate."
    return Plot(message, "iteration k", "|y - u(k)|² / |y - u(0)|², n = 2", [claimed, seen], log_y=True)


thm_4_1.falsehood("factor (1 - 3ηλ0/2)²", b="3/2", s=2, by=("two_orthonormal_inputs_in_regime",))
