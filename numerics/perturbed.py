"""Perturbed gradient descent: noise in a ball where the gradient is small, and a step of descent.

Algorithm 2 of S. Du, PhD thesis (CMU 2019), Chapter 7, after Jin, Ge, Netrapalli, Kakade, Jordan, "How to
escape saddle points efficiently" (ICML 2017). As printed, the loop counter starts at t = 1 while the input is
x(0): iteration t acts on the t-th iterate, the input being the first; and t_noise = -t_thres - 1 at the
start, so that noise is allowed at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.two_layer import check_array

__all__ = ["Perturbed", "perturbed_gradient_descent", "uniform_in_ball"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Perturbed:
    """Record of S runs: ``points`` (S, K, d) at ``iterations`` (K,) (0 is the input, t the iterate after t
    iterations), and ``perturbed_at``, for every run the iterations t >= 1 that added noise.
    """

    iterations: npt.NDArray[np.int64]
    points: Array
    perturbed_at: tuple[tuple[int, ...], ...]


def uniform_in_ball(rng: np.random.Generator, d: int, radius: float) -> Array:
    """A point (d,) uniform in the closed ball of `radius`: a Gaussian direction, |xi| = radius U^(1/d).

    >>> bool(np.linalg.norm(uniform_in_ball(np.random.default_rng(0), 5, 2.0)) <= 2)
    True
    """
    direction = rng.standard_normal(d)
    return np.asarray(radius * rng.random() ** (1 / d) * direction / np.linalg.norm(direction))


def perturbed_gradient_descent(
    gradient: Callable[[Array], Array],
    x: Array,
    step_size: float,
    radius: float,
    spacing: int,
    threshold: float,
    steps: int,
    rngs: Sequence[np.random.Generator],
    record_every: int = 1,
) -> Perturbed:
    """Run S copies of Algorithm 2 from ``x`` (S, d), noise of run s from ``rngs[s]`` alone.

    ``gradient`` maps points (S, d) to gradients (S, d), row by row. At iteration t = 1, 2, ..., ``steps``:
    where ``|gradient| <= threshold`` (g_thres) and ``t - t_noise > spacing`` (t_thres), x moves by a uniform
    point of the ball of ``radius`` (r) and t_noise = t; then ``x <- x - step_size gradient(x)``. There is no
    test of termination. Raises ValueError for bad shapes and ranges, and for a gradient that is not finite,
    naming the run and the iteration.

    >>> saddle = lambda x: x * np.array([1.0, -1.0])
    >>> run = perturbed_gradient_descent(
    ...     saddle, np.zeros((1, 2)), 0.5, 1e-3, 10, 1e-2, 12, [np.random.default_rng(0)]
    ... )
    >>> run.perturbed_at, bool(abs(run.points[0, -1, 1]) > 1e-2)
    (((1,),), True)
    """
    S, d = check_array("x", x, (None, None))
    for name, value in (("step_size", step_size), ("radius", radius), ("threshold", threshold)):
        if not (math.isfinite(value) and value >= 0) or (name == "step_size" and value == 0):
            raise ValueError(f"Expected a finite {name} >= 0 (a step size > 0) but got {name}={value!r}")
    for name, count, least in (
        ("spacing", spacing, 0),
        ("steps", steps, 0),
        ("record_every", record_every, 1),
    ):
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < least:
            raise ValueError(f"Expected an integer >= {least} but got {name}={count!r}")
    if len(rngs) != S:
        raise ValueError(f"Expected one generator for each of {S} runs but got {len(rngs)}")
    iterations = np.unique(np.append(np.arange(0, steps + 1, record_every), steps))
    now = x.astype(np.float64)
    points = np.empty((S, len(iterations), d))
    points[:, 0], column = now, 1
    noise_at = np.full(S, -spacing - 1)
    perturbed: list[list[int]] = [[] for _ in range(S)]
    for t in range(1, steps + 1):
        slopes = _finite(gradient(now), now.shape, t)
        small = np.linalg.norm(slopes, axis=1) <= threshold
        for s in np.flatnonzero(small & (t - noise_at > spacing)).tolist():
            now[s] += uniform_in_ball(rngs[s], d, radius)
            noise_at[s] = t
            perturbed[s].append(t)
        if (noise_at == t).any():
            slopes = _finite(gradient(now), now.shape, t)
        now = now - step_size * slopes
        if column < len(iterations) and t == iterations[column]:
            points[:, column] = now
            column += 1
    return Perturbed(iterations, points, tuple(tuple(at) for at in perturbed))


def _finite(slopes: Array, shape: tuple[int, ...], t: int) -> Array:
    if np.shape(slopes) != shape:
        raise ValueError(f"Expected a gradient of shape {shape} but got {np.shape(slopes)}")
    bad = np.flatnonzero(~np.isfinite(slopes).all(axis=1))
    if bad.size:
        raise ValueError(f"Expected a finite gradient but that of run {bad[0]} is not at iteration {t}")
    return slopes
