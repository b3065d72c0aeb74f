"""Softplus networks of practical width under gradient descent, against what Theorem 5.1 asks for."""

import math
from functools import cache

import numpy as np
import torch

from numerics.activations import softplus
from numerics.balls import precision
from numerics.networks import FullyConnected, Parameters, initialise, predict
from numerics.population import last_gram
from numerics.population_recursion import Network, c_sigma
from numerics.statistics import stream
from numerics.training import half_squares, train
from theorems.du2019shallow._observed import enough_width
from verify import Demand, Plot, Series

WIDTHS = (4, 16, 64)
STEP_SIZE, STEPS, SEEDS, DELTA = 0.1, 100, 20, 0.1
NOTE = "softplus, H = 2, two orthonormal inputs, labels ±1, δ = 1/10, a_{2,0}² = 2, a_{4,0}⁴ = 7, c_{w,0} = 3"


@cache
def constants() -> tuple[float, float]:
    """c_sigma of softplus, and λ0 for two orthonormal inputs and H = 2."""
    K = last_gram(softplus(), np.eye(2), Network(2)).values
    with precision(64):
        return float(c_sigma(softplus(), Network(2)).mid()), float(K[0, 0] - K[0, 1])


def asked() -> tuple[float, float]:
    """Width (its first term alone) and step size of the lemmas, with their explicit constants."""
    n, H, x, a2, b, cw = 2, 2, 2.0, math.sqrt(2), 0.25, 3.0
    c, last = constants()
    t = math.sqrt(c)
    cx = 2 * t * cw
    g, g2 = (sum(ratio**i for i in range(H)) for ratio in (cx, 2 * cx))
    residual = 1 + 2 * math.sqrt(2 * math.log(5 * n / DELTA))
    parts = 3 * c * a2**2 * x**2 * t * g + 2 * b * c * math.sqrt(7) * x**3 * g
    radius = last / (4 * n * (parts + 12 * x**2 * c * a2))
    width = (16 * x * a2 * cx**H * n * residual / (last * min(radius, 1 / (t * g)))) ** 2
    scale = 384 * residual * (0.5 + t + 2 * b * t * x) * (x * a2) ** 3
    return width, last / (scale * n**2 * H**2 * cx ** (3 * H) * g2)


@cache
def losses(seed: int, claim: str, check: str) -> np.ndarray:
    """Loss over its start, for each width, seed and step."""
    X, y = torch.eye(2, dtype=torch.float64), np.array([1.0, -1.0])
    net = FullyConnected(softplus())
    model = half_squares(lambda p: predict(net, Parameters(tuple(p[:-1]), p[-1]), X), y)
    rows = []
    for m in WIDTHS:
        start = initialise(net, stream(seed, claim, check, m), m=m, H=2, d=2, seeds=SEEDS)
        run = train(model, (*start.weights, start.output), STEP_SIZE, STEPS, device="cpu")
        rows.append(run.loss / run.loss[:, :1])
    return np.array(rows)


def observed(seed: int, claim: str, check: str) -> tuple[Plot, tuple[Demand, ...]]:
    """The share of networks that are slower than the rate at some step, for each width."""
    ratio = losses(seed, claim, check)
    rate = (1 - STEP_SIZE * constants()[1] / 2) ** np.arange(ratio.shape[2])
    slow = (ratio > rate * (1 + 1e-9)).any(axis=2).mean(axis=1)
    width, step = asked()
    steps = [float(k) for k in range(ratio.shape[2])]
    medians = np.median(ratio, axis=1).tolist()
    plot = Plot(
        message="At practical widths the loss falls at the rate of the theorem or faster.",
        x_label="iteration",
        y_label="loss over its start, median of 20 networks",
        series=[
            *(Series(f"m = {m}", steps, row) for m, row in zip(WIDTHS, medians, strict=True)),
            Series("(1 - ηλ0/2)^k", steps, rate.tolist(), style="bound"),
        ],
        log_y=True,
    )
    wide = enough_width(width, WIDTHS, slow.tolist(), DELTA, NOTE)
    return plot, (*wide, Demand("step size", step, STEP_SIZE, at_most=True, note=NOTE)) if wide else ()
