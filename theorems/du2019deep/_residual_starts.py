"""Gaussian residual networks at the start: what one step of gradient descent does to one prediction."""

from __future__ import annotations

import numpy as np

from numerics.activations import tanh
from numerics.networks import Parameters, ResNet, gradient, initialise, predict
from verify import Context

NETWORK = ResNet(tanh, c_res=0.5)
INPUT = np.array([[1.0, 0.0]])
DEPTHS, WIDTHS, STARTS = (4, 16, 64), (64, 256, 1024), 4
SETTING = "tanh, c_res = 1/2, n = 1, Gaussian start"


def unit_slope(start: Parameters) -> Parameters:
    """∂u/∂θ: the gradient of the loss for u - y = 1."""
    return gradient(NETWORK, start, INPUT, predict(NETWORK, start, INPUT) - 1.0)


def square(slope: Parameters) -> float:
    """|∂u/∂θ|² over all blocks: u(1) - u(0) is η(y - u) times that, to first order in η."""
    return float(sum(np.sum(block**2) for block in (*slope.weights, slope.output)))


def largest_constants(ctx: Context) -> str:
    """The largest c of the step size cλ0H² for which the square of a step is at most ηλ0|y - u|²/8."""
    found = []
    for H in DEPTHS:
        start = initialise(NETWORK, ctx.rng("depth", H), m=256, H=H, d=2)
        G = square(unit_slope(start))
        found.append(f"{1 / (8 * G**2 * H**2):.1e} at H = {H} (|∂u/∂θ|² = {G:.2f})")
    return f"{SETTING}, m = 256: c is at most " + ", ".join(found)


def remainders(ctx: Context, eta: float = 1 / 64) -> str:
    """|I_2|/(η²|y - u|²) of the first step for y - u = -1, the mean over a few starts."""
    found = []
    for m in WIDTHS:
        sizes = []
        for k in range(STARTS):
            start = initialise(NETWORK, ctx.rng("width", m, k), m=m, H=16, d=2)
            slope = unit_slope(start)
            moved = [w - eta * s for w, s in zip(start.weights, slope.weights, strict=True)]
            after = Parameters(tuple(moved), start.output - eta * slope.output)
            change = predict(NETWORK, after, INPUT) - predict(NETWORK, start, INPUT)
            sizes.append(abs(float(change[0]) + eta * square(slope)) / eta**2)
        found.append(f"{np.mean(sizes):.1e} at m = {m}")
    return f"{SETTING}, H = 16, η = 1/64: mean of |I_2|/η² for |y - u| = 1 is " + ", ".join(found)
