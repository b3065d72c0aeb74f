"""Random fully-connected networks against the bound of Theorem E.1, with its constants for softplus.

rho = √c_sigma softplus has |rho(0)| = √c log 2 and Lipschitz constants √c, √c/4 of itself and its derivative;
unit inputs give unit variances, so M = 101, and W = 2, A = 1 (no skip).
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from numerics import activations as library
from numerics.finite_networks import draw_networks
from numerics.population import Network, feature_gram, feature_mean
from theorems.du2019deep.population_networks import SOFTPLUS
from verify import Context, Outcome, Plot, Regime, Series, Statement, every

INPUTS = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
DEPTH, DELTA, TRIALS, WIDTHS, CHUNK = 3, 1 / 8, 160, (32, 128, 512), 20


class Constants(NamedTuple):
    """C, the largest fluctuation (32 C² + 3 C) M, and Q, one factor of the product."""

    C: float
    Q: float

    def factor(self, H: int) -> float:
        """C P for H hidden layers."""
        return self.C * self.Q ** (H - 2)

    def width(self, H: int) -> float:
        """The width of the corrected theorem, (4 (C P)² + 16) log(Hn/δ)."""
        return (4 * self.factor(H) ** 2 + 16) * math.log(H * len(INPUTS) / DELTA)


@cache
def softplus_constants() -> Constants:
    """The constants of the theorem, evaluated."""
    root = math.sqrt(SOFTPLUS.c)
    s0, L, beta = root * math.log(2), root, root / 4
    C, M, W, A = s0 + L, 101.0, 2.0, 1.0
    b = float(feature_mean(library.softplus(), np.eye(1), Network(2), 1).values[0])
    B = 1 + 100 * b
    Lam = L**2 + beta * (s0 + L * math.sqrt(2 * M / math.pi)) + beta / 2
    return Constants((32 * C**2 + 3 * C) * M, A + Lam * W + C * A * B * W + C * A * math.sqrt(W * M))


@cache
def deviations(seed: int, claim: str, check: str, m: int) -> tuple[float, ...]:
    """The largest |K̂ - K| over h = 1, ..., H - 1 and all entries, one number a network."""
    ctx = Context(claim, check, seed=seed)
    limits = [feature_gram(library.softplus(), INPUTS @ INPUTS.T, Network(DEPTH), h) for h in range(1, DEPTH)]
    worst: list[float] = []
    for k in range(TRIALS // CHUNK):
        found = draw_networks(
            SOFTPLUS.f,
            SOFTPLUS.df,
            INPUTS[:, :, None],
            ctx.rng(m, k),
            m=m,
            count=CHUNK,
            depth=DEPTH - 1,
            c_sigma=SOFTPLUS.c,
        )
        off = [abs(found.grams[h + 1] - np.asarray(limits[h].values)).max(axis=(1, 2)) for h in range(2)]
        worst += np.max(off, axis=0).tolist()
    return tuple(worst)


def measured(claim: Statement, ctx: Context) -> Outcome:
    """Pr(all deviations within 𝓔 √(log(Hn/δ)) m^s) >= 1 - δ, at three widths; δ = 1/8, H = n = 3."""
    constants = softplus_constants()
    factor = {"C*P": constants.factor(DEPTH), "1/10": 0.1}[claim.E]
    root = math.sqrt(math.log(DEPTH * len(INPUTS) / DELTA))
    exponent = {"-1/2": -0.5, "-1": -1.0}[str(claim.s)]
    tables = [deviations(ctx.seed, ctx.claim, ctx.check, m) for m in WIDTHS]
    bounds = [factor * root * m**exponent for m in WIDTHS]
    outcomes = [
        ctx.decide(
            f"softplus, n = H = 3, m = {m}: deviations within the bound",
            at_least="7/8",
            rows=[x <= bound for x in table],
            label=str(m),
        )
        for m, table, bound in zip(WIDTHS, tables, bounds, strict=True)
    ]
    needed = 1.0 if claim.w == "0" else constants.width(DEPTH)
    note = f"softplus, n = H = 3, δ = 1/8: C = {constants.C:.4g}, Q = {constants.Q:.4g} a layer"
    regime = Regime(met=needed <= min(WIDTHS), required_width=needed, used_width=max(WIDTHS), note=note)
    return every(*outcomes, regime=regime, plots=plots(tables, bounds), observations=(note,))


def plots(tables: list[tuple[float, ...]], bounds: list[float]) -> tuple[Plot, ...]:
    """Deviations against the bound, and the width that the theorem asks for against the depth."""
    sizes = [float(m) for m in WIDTHS]
    seen = [float(np.quantile(table, 1 - DELTA)) for table in tables]
    ratio = bounds[-1] / seen[-1]
    first = Plot(
        f"At width {WIDTHS[-1]} the bound is {ratio:.1e} times the deviation that 7 of 8 networks keep",
        "width m",
        "largest |K̂ - K|",
        [
            Series("7/8-quantile of 160 networks", sizes, seen, "points"),
            Series("bound", sizes, bounds, "bound"),
        ],
        log_x=True,
        log_y=True,
    )
    depths = list(range(2, 9))
    constants = softplus_constants()
    # Where the deviation follows m^(-1/2), the accuracy 1/2 that the theorem's width guarantees is seen at:
    enough = seen[-1] ** 2 * WIDTHS[-1] / 0.25
    needed = [constants.width(H) for H in depths]
    second = Plot(
        f"A layer multiplies the width by Q² = {constants.Q**2:.1e}; H = 3 asks for {needed[1]:.1e} neurons, "
        f"about {enough:.0f} suffice for an error of 1/2",
        "hidden layers H",
        "width",
        [Series("width of the corrected theorem, softplus", [float(H) for H in depths], needed, "bound")],
        log_y=True,
    )
    return first, second
