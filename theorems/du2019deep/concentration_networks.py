"""Random fully-connected networks against the bound of Theorem E.1, with its constants for softplus.

rho = √c_sigma softplus has |rho(0)| = √c log 2 and Lipschitz constants √c, √c/4 of itself and its derivative;
unit inputs give unit variances, so M = 101, and W = 2, A = 1 (no skip).
"""

import math
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from numerics import activations as library
from numerics.finite_networks import draw_networks
from numerics.population import Network, feature_gram, feature_mean
from theorems.du2019deep.population_networks import SOFTPLUS, dense_layer
from verify import Context, Outcome, Plot, Regime, Series, Statement, every
from verify.kernel import expression

INPUTS = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
DEPTH, DELTA, TRIALS, WIDTHS, CHUNK = 3, 1 / 8, 160, (32, 128, 512), 20


class Constants(NamedTuple):
    """C1 = |ρ(0)| + sup |ρ'|, C, the largest fluctuation (32 C1² + 3 C1) M, Q, one factor of the product."""

    C1: float
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
    return Constants(C, (32 * C**2 + 3 * C) * M, A + Lam * W + C * A * B * W + C * A * math.sqrt(W * M))


class Deviations(NamedTuple):
    """Largest entries of K̂^(1) - K^(1), K̂^(2) minus its conditional mean, K̂^(h) - K^(h) for h = 1, 2."""

    first: float
    fluctuation: float
    both: float


@cache
def deviations(seed: int, claim: str, check: str, m: int) -> tuple[Deviations, ...]:
    """One row for each of the networks."""
    ctx = Context(claim, check, seed=seed)
    gram = INPUTS @ INPUTS.T
    limits = [np.asarray(feature_gram(library.softplus(), gram, Network(DEPTH), h).values) for h in (1, 2)]
    rows: list[Deviations] = []
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
        first, second = (abs(found.grams[h] - limits[h - 1]).max(axis=(1, 2)) for h in (1, 2))
        moved = abs(found.grams[2] - dense_layer(SOFTPLUS, found.grams[1], 1)).max(axis=(1, 2))
        for x, y, z in zip(first, moved, second, strict=True):
            rows.append(Deviations(float(x), float(y), float(max(x, z))))
    return tuple(rows)


def number(text: object, **let: float) -> float:
    """An expression of a claim at given numbers."""
    words = {name: str(Fraction(value)) for name, value in let.items()}
    return float(expression.evaluate_ball(expression.parse(str(text), words), {}).mid())


def one_layer(claim: Statement, ctx: Context, which: str) -> Outcome:
    """Pr(max |..| <= √(R ell/m)) >= 1 - δ/H with ell = log(4Hn²/δ), at three widths; δ = 3/4, H = n = 3.

    which: "first", K̂^(1) around K^(1), or "fluctuation", K̂^(2) around its mean given the first layer.
    """
    C, ell = softplus_constants().C1, math.log(4 * DEPTH * len(INPUTS) ** 2 / 0.75)
    R, least = number(claim.R, C=C, M=101.0), number(claim.w) * ell
    tables = [[getattr(x, which) for x in deviations(ctx.seed, ctx.claim, ctx.check, m)] for m in WIDTHS]
    bounds = [math.sqrt(R * ell / m) for m in WIDTHS]
    event = f"softplus, three inputs, δ/H = 1/4: {which} within the radius"
    outcomes = [
        ctx.decide(f"{event}, m = {m}", at_least="3/4", rows=[x <= bound for x in table], label=str(m))
        for m, table, bound in zip(WIDTHS, tables, bounds, strict=True)
    ]
    regime = Regime(
        met=least <= min(WIDTHS), required_width=max(1.0, least), used_width=min(WIDTHS), note="softplus"
    )
    return every(*outcomes, regime=regime, plots=(against(tables, bounds, 0.25),))


def measured(claim: Statement, ctx: Context) -> Outcome:
    """Pr(all deviations within 𝓔 √(log(Hn/δ)) m^s) >= 1 - δ, at three widths; δ = 1/8, H = n = 3."""
    constants = softplus_constants()
    factor = {"C*P": constants.factor(DEPTH), "1/10": 0.1}[claim.E]
    root = math.sqrt(math.log(DEPTH * len(INPUTS) / DELTA))
    exponent = {"-1/2": -0.5, "-1": -1.0}[str(claim.s)]
    tables = [[x.both for x in deviations(ctx.seed, ctx.claim, ctx.check, m)] for m in WIDTHS]
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


def against(tables: list[list[float]], bounds: list[float], delta: float) -> Plot:
    """The deviation that all networks but a share delta keep, against the bound."""
    sizes = [float(m) for m in WIDTHS]
    seen = [float(np.quantile(table, 1 - delta)) for table in tables]
    return Plot(
        f"At width {WIDTHS[-1]} the bound is {bounds[-1] / seen[-1]:.1e} times the deviation that "
        f"{1 - delta:.0%} of the networks keep",
        "width m",
        "largest deviation of an entry",
        [
            Series(f"{1 - delta:.0%} quantile of {TRIALS} networks", sizes, seen, "points"),
            Series("bound", sizes, bounds, "bound"),
        ],
        log_x=True,
        log_y=True,
    )


def plots(tables: list[list[float]], bounds: list[float]) -> tuple[Plot, ...]:
    """Deviations against the bound, and the width that the theorem asks for against the depth."""
    first = against(tables, bounds, DELTA)
    seen = float(np.quantile(tables[-1], 1 - DELTA))
    depths = list(range(2, 9))
    constants = softplus_constants()
    # Where the deviation follows m^(-1/2), the accuracy 1/2 that the theorem's width guarantees is seen at:
    enough = seen**2 * WIDTHS[-1] / 0.25
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
