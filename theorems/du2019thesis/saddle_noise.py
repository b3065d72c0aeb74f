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
    """The iterates (S, K, d) of S runs."""

    chain: SaddleChain
    points: Array

    def escaped(self) -> Array:
        """The first iterations with |x_k| >= 2τ, (S, d), inf for never."""
        return _first(np.abs(self.points) >= 2 * TAU)

    def within(self, epsilon: float) -> Array:
        """The first iteration within epsilon of a minimum, (S,), inf for never."""
        return _first(np.linalg.norm(np.abs(self.points) - 4 * TAU, axis=2) <= epsilon)

    def stationary(self, epsilon: float) -> Array:
        """The first iteration with all coordinates settled and |∇f| <= epsilon, (S,), inf for never."""
        settled = (np.abs(self.points) >= 2 * TAU).all(axis=2)
        return _first(settled & (np.linalg.norm(self.chain.gradients(self.points), axis=2) <= epsilon))

    def inside(self) -> NDArray[np.bool_]:
        """Whether all iterates are in the octopus, (S,): settled up to 6τ, one up to 2τ, then up to τ."""
        size = np.abs(self.points)
        settled = np.cumprod(size >= 2 * TAU, axis=-1).astype(bool)
        before = np.concatenate([np.ones_like(settled[..., :1]), settled[..., :-1]], axis=-1)
        fine = np.where(settled, size <= 6 * TAU, np.where(before, size <= 2 * TAU, size <= TAU))
        return np.asarray(fine.all(axis=(1, 2)))


def _first(event: NDArray[Any]) -> Array:
    """The first index along axis 1 at which a row is true, inf where none is."""
    return np.where(event.any(axis=1), event.argmax(axis=1).astype(float), np.inf)


def starts(d: int, rngs: Sequence[np.random.Generator]) -> Array:
    """One point uniform in [-1, 1]^d for each generator."""
    return np.array([rng.uniform(-1, 1, d) for rng in rngs])


def perturbed(
    L: float,
    start: Array,
    rngs: Sequence[np.random.Generator],
    steps: int,
    radius: float = TAU / 100,
    spacing: int = 1,
    threshold: float = TAU / 100,
) -> Runs:
    """Run s of Algorithm 2 from start[s] (S, d) with the noise of rngs[s]."""
    d = start.shape[1]
    chain = SaddleChain(d, L, 1.0, TAU)
    run = perturbed_gradient_descent(
        chain.gradients, start, 1 / (4 * L), radius, spacing, threshold, steps, rngs
    )
    return Runs(chain, run.points)


def descent(L: float, start: Array) -> Array:
    """Escape times (S, d) of gradient descent with the same step size, in log scale."""
    return escape_times(start / TAU, 1 / (2 * L), 0.5)[1]
