"""Gradient descent on batched seeds against a plain loop over seeds, and its distance from the roofline.

`rows()` returns a list of dicts (name, ratio = peer time / our time, target, holds, measured), and
`python -m benchmarks.training` prints it. The peers are written as one would: for every seed, for every
step, equations (3)-(4) of Du et al. (ICLR 2019) in torch, once with the gradient written out and once by
autograd. Both sides run on one thread, in turn, so that other work on the machine weighs on both alike;
times are medians in seconds.
"""

import json
import math
import statistics
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks._timing import Row, seconds
from numerics.descent import gradient_descent

INPUTS, DIMENSION, STEPS, STEP_SIZE = 32, 10, 1000, 0.1


def _problem(m: int, seeds: int) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((INPUTS, DIMENSION))
    X /= np.linalg.norm(X, axis=1)[:, None]
    W, a = rng.standard_normal((seeds, m, DIMENSION)), rng.choice([-1.0, 1.0], (seeds, m))
    return W, a, X, rng.standard_normal(INPUTS)


def _plain_loop(W: Any, a: Any, X: Any, y: Any, steps: int) -> Any:
    """One seed after the other, the gradient written out."""
    results = []
    for w, signs in zip(W.clone(), a, strict=True):
        scaled = signs / math.sqrt(len(signs))
        for _ in range(steps):
            z = X @ w.T
            gate = (z >= 0).to(z.dtype)
            error = (z * gate) @ scaled - y
            w = w - STEP_SIZE * ((gate * error[:, None]).T @ X) * scaled[:, None]
        results.append(w)
    return torch.stack(results)


def _autograd_loop(W: Any, a: Any, X: Any, y: Any, steps: int) -> Any:
    """One seed after the other, the gradient by autograd."""
    results = []
    for w, signs in zip(W.clone(), a, strict=True):
        w.requires_grad_()
        for _ in range(steps):
            loss = ((torch.relu(X @ w.T) @ signs / math.sqrt(len(signs)) - y) ** 2).sum() / 2
            (slope,) = torch.autograd.grad(loss, w)
            with torch.no_grad():
                w -= STEP_SIZE * slope
        results.append(w.detach())
    return torch.stack(results)


def gemm_rate(size: int = 1024) -> float:
    """Floating-point operations per second of a square float64 matrix product in torch."""
    A = torch.as_tensor(np.random.default_rng(1).standard_normal((size, size)))
    return 2 * size**3 / statistics.median(seconds(lambda: A @ A) for _ in range(7))


def against_loops(m: int, target: float, seeds: int = 64, peer_seeds: int = 4) -> Row:
    """`seeds` runs of ours against `peer_seeds` of the loops, scaled: the loops do not share anything.

    Operations of a step: 4 m n d for the two products, 2 m n for the outputs; the roofline time is these at
    the rate of a large square product in the same run.
    """
    W, a, X, y = _problem(m, seeds)
    tensors = [torch.as_tensor(v) for v in (W[:peer_seeds], a[:peer_seeds], X, y)]
    ours, loops, autograd, rates = [], [], [], []
    train = partial(gradient_descent, W, a, X, y, STEP_SIZE, STEPS, STEPS, device="cpu")
    run, plain = train(), _plain_loop(*tensors, STEPS)
    for _ in range(3):
        ours.append(seconds(train))
        loops.append(seconds(lambda: _plain_loop(*tensors, STEPS)) * seeds / peer_seeds)
        autograd.append(seconds(lambda: _autograd_loop(*tensors, STEPS // 4)) * 4 * seeds / peer_seeds)
        rates.append(gemm_rate())
    mine, peer = statistics.median(ours), statistics.median(loops)
    roofline = seeds * STEPS * m * INPUTS * (4 * DIMENSION + 2) / statistics.median(rates)
    return {
        "name": f"gradient descent, {seeds} seeds, n = 32, d = 10, m = {m}, {STEPS} steps, plain loop",
        "ratio": round(peer / mine, 2),
        "target": target,
        "holds": peer / mine >= target,
        "measured": {
            "ours_s": mine,
            "peer_s": peer,
            "autograd_s": statistics.median(autograd),
            "fraction_of_gemm_rate": round(roofline / mine, 3),
            "gap": float(np.abs(run.weights[:peer_seeds] - plain.numpy()).max()),
        },
    }


def rows() -> list[Row]:
    """All rows."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [against_loops(64, 4.0), against_loops(1024, 1.0)]
    finally:
        torch.set_num_threads(threads)


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row))
