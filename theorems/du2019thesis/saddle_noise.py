"""Runs of perturbed gradient descent on the chain of saddles, with the constants of Section 7.5.

γ = 1, τ = e, η = 1/(4L), t_thres = 1, g_thres = γe/100, r = e/100.  These are floats: they enter statements
only as trials of a decision, one for each generator.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numerics.perturbed import perturbed_gradient_descent
from numerics.saddle_chain import SaddleChain
from numerics.saddle_escape import escape_times

TAU = math.e
Array = NDArray[np.float64]


class Runs(NamedTuple):
    """Per run: first iterations with |x_k| >= 2τ (S, d), distance to the nearest minimum and |∇f| (S, K)."""

    escaped: Array
    distance: Array
    gradient: Array
    inside: NDArray[Any]

    def within(self, epsilon: float) -> Array:
        """The first iteration within epsilon of a minimum, inf where there is none."""
        near = self.distance <= epsilon
        return np.where(near.any(axis=1), near.argmax(axis=1).astype(float), np.inf)


def starts(d: int, rngs: Sequence[np.random.Generator]) -> Array:
    """One point uniform in [-1, 1]^d for each generator."""
    return np.array([rng.uniform(-1, 1, d) for rng in rngs])


def perturbed(
    L: float, start: Array, rngs: Sequence[np.random.Generator], steps: int, radius: float = TAU / 100
) -> Runs:
    """Run s of Algorithm 2 from start[s] (S, d) with the noise of rngs[s]."""
    d = start.shape[1]
    chain = SaddleChain(d, L, 1.0, TAU)
    run = perturbed_gradient_descent(chain.gradients, start, 1 / (4 * L), radius, 1, TAU / 100, steps, rngs)
    size = np.abs(run.points)
    over = size >= 2 * TAU
    escaped = np.where(over.any(axis=1), over.argmax(axis=1).astype(float), np.inf)
    distance = np.linalg.norm(size - 4 * TAU, axis=2)
    slopes = np.linalg.norm(chain.gradients(run.points), axis=2)
    return Runs(escaped, distance, slopes, _inside(size).all(axis=1))


def _inside(size: Array) -> NDArray[Any]:
    """Membership in the octopus: settled ones up to 6τ, then one below 2τ, then all at most τ."""
    settled = np.cumprod(size >= 2 * TAU, axis=-1).astype(bool)
    before = np.concatenate([np.ones_like(settled[..., :1]), settled[..., :-1]], axis=-1)
    fine = np.where(settled, size <= 6 * TAU, np.where(before, size <= 2 * TAU, size <= TAU))
    return np.asarray(fine.all(axis=-1))


def descent(L: float, start: Array) -> Array:
    """Escape times (S, d) of gradient descent with the same step size, in log scale."""
    return escape_times(start / TAU, 1 / (2 * L), 0.5)[1]
