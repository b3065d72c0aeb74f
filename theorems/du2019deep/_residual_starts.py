"""Gaussian residual networks at the start: what one step of gradient descent does to one prediction."""

from __future__ import annotations

import math

import numpy as np

from numerics.activations import softplus, tanh
from numerics.networks import Parameters, ResNet, gradient, initialise, loss, predict
from numerics.population import last_gram
from numerics.population_recursion import Network
from theorems.du2019shallow._observed import enough_width
from verify import Context, Demand

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


SOFTPLUS = ResNet(softplus(), c_res=0.5)
TWO, LABELS, STEPS, RUNS, DELTA = np.eye(2), np.array([1.0, -1.0]), 50, 10, 0.1


def least_eigenvalue() -> float:
    """λ_min(K^(2)) of two orthonormal inputs, H = 2."""
    K = last_gram(softplus(), TWO, Network(2, c_res="1/2")).values
    return float(K[0, 0] - K[0, 1])


def width_asked(lam: float) -> float:
    """What the length of the path asks for, 32Y²n³/(ρ²λ0³H⁴): c_{w,0} = 3, a_{2,0} = 3/2, a_{4,0} = √2."""
    r, cw, H, n, a2 = 0.5, 3.0, 2, 2, 1.5
    x = math.exp(r * cw) * (2 + r * math.log(2))
    C = (math.sqrt(float(SOFTPLUS.c_sigma or 0)) + x / cw) * math.exp(2 * r * cw)
    parts = 3 * x * C * a2**2 + 2 * 0.25 * x**2 * (2 * C * cw + x) * 2 + 12 * x**2 * a2
    residual = 1 + x * math.sqrt(2 * math.log(5 * n / DELTA))
    return 32 * residual**2 * n**3 * (2 * parts) ** 2 / (lam**3 * H**4)


def demands(ctx: Context) -> tuple[Demand, ...]:
    """The width asked for, against the least one at which the rate was seen at η = λ0 H²/n²."""
    lam, widths, failing = least_eigenvalue(), (2, 8, 32), []
    eta = lam * 4 / 4
    for m in widths:
        bad = 0
        for k in range(RUNS):
            theta = initialise(SOFTPLUS, ctx.rng("rate", m, k), m=m, H=2, d=2)
            first = bound = float(loss(SOFTPLUS, theta, TWO, LABELS))
            for _ in range(STEPS):
                slope = gradient(SOFTPLUS, theta, TWO, LABELS)
                moved = [w - eta * s for w, s in zip(theta.weights, slope.weights, strict=True)]
                theta = Parameters(tuple(moved), theta.output - eta * slope.output)
                bound *= 1 - eta * lam / 2
                if float(loss(SOFTPLUS, theta, TWO, LABELS)) > bound + 1e-12 * first:
                    bad += 1
                    break
        failing.append(bad / RUNS)
    note = f"softplus, two orthonormal inputs, H = 2, c_res = 1/2: {RUNS} runs of {STEPS} steps a width"
    return enough_width(width_asked(lam), widths, failing, DELTA, note)
