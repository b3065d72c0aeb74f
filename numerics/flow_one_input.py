"""Exact gradient flow of a two-layer ReLU network for one unit input, by sorting its events.

With one input every neuron that moves travels the same distance S along x, a neuron whose pre-activation
falls to 0 comes to rest there, and |y - u| decays exponentially between such events: the solution of the
differential inclusion of `numerics.flow` in closed form, in floats (`flow_one_input`) and in rationals
(`path_events`).

Reference: Du, Zhai, Poczos, Singh, ICLR 2019 (arXiv:1810.02054), Section 3 and footnote 6.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from numerics.two_layer import check_array

__all__ = ["OneInputFlow", "PathEvents", "flow_one_input", "path_events", "sample_one_input"]

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OneInputFlow:
    """Exact gradient flow for one unit input, as a function of time.

    Segment k runs from ``times[k]`` to ``times[k + 1]`` (the last one to infinity) and has ``moving[k]``
    moving neurons; within it ``|y - u|`` decays like ``exp(-moving[k] t / m)``. Segments after the first
    start at an event: neurons come to rest on their kink. ``path_lengths`` are the distances S moved so far,
    ``residuals`` the signed ``y - u`` and ``resting`` the neurons at rest, all at segment starts. ``active``
    counts gates ``z_r >= 0``: it never changes, since a neuron at rest at zero has gate 1 although it does
    not move.
    """

    m: int
    active: int
    times: Vector
    path_lengths: Vector
    residuals: Vector
    moving: npt.NDArray[np.int64]
    resting: npt.NDArray[np.int64]
    final_path_length: float

    @property
    def gram(self) -> float:
        """The printed H(t) = active / m, the same for all t."""
        return self.active / self.m

    @property
    def final_residual(self) -> float:
        """Limit of ``y - u(t)``: zero, unless every neuron is dead or at rest."""
        return 0.0 if self.moving[-1] else float(self.residuals[-1])

    def residual(self, t: float) -> float:
        """Signed residual ``y - u(t)``, t >= 0."""
        k, decay = self._locate(t)
        return float(self.residuals[k]) * math.exp(-decay)

    def path_length(self, t: float) -> float:
        """Distance S(t) moved by every neuron still moving: the largest displacement up to time t."""
        k, decay = self._locate(t)
        if not self.moving[k]:
            return float(self.path_lengths[k])
        reach = abs(float(self.residuals[k])) * math.sqrt(self.m) / float(self.moving[k])
        return float(self.path_lengths[k]) - reach * math.expm1(-decay)

    def at_rest(self, t: float) -> int:
        """Number of neurons at rest on their kink at time t."""
        return int(self.resting[self._locate(t)[0]])

    def moving_fraction(self, t: float) -> float:
        """``moving / m`` at time t: the true rate ``-(d/dt) log |y - u|``."""
        return float(self.moving[self._locate(t)[0]] / self.m)

    def worst_ratio(self, rate: float) -> float:
        """``sup over t >= 0 of exp(rate t) (y - u(t))^2 / (y - u(0))^2``; infinity when it grows for ever.

        The function is monotone on each segment, so the supremum is over segment starts and the last
        segment's rate. It is 1 when the initial residual is zero. The bound exp(-rate t) holds iff the value
        is at most 1.
        """
        if self.residuals[0] == 0:
            return 1.0
        if rate > 2 * self.moving[-1] / self.m:
            return math.inf
        exponents = rate * self.times + 2 * np.log(np.abs(self.residuals / self.residuals[0]))
        worst = float(exponents.max())
        return math.exp(worst) if worst < 700 else math.inf

    def _locate(self, t: float) -> tuple[int, float]:
        """Segment of time t, and ``moving (t - start) / m``."""
        if not t >= 0:
            raise ValueError(f"Expected t >= 0 but got t={t!r}")
        k = int(np.searchsorted(self.times, t, side="right")) - 1
        return k, float(self.moving[k]) * (t - float(self.times[k])) / self.m if self.moving[k] else 0.0


@dataclass(frozen=True)
class PathEvents:
    """Exact flow for one unit input in path length S: fields as in `OneInputFlow`, as Fractions.

    ``scaled_residuals`` are ``sqrt(m) |y - u|`` at segment starts; over segment k they fall by ``moving[k]``
    per unit of S, to ``final_scaled_residual`` at ``final_path_length``.
    """

    path_lengths: tuple[Fraction, ...]
    scaled_residuals: tuple[Fraction, ...]
    moving: tuple[int, ...]
    resting: tuple[int, ...]
    final_path_length: Fraction
    final_scaled_residual: Fraction


def flow_one_input(z: Vector, a: Vector, y: float, m: int | None = None) -> OneInputFlow:
    """Exact gradient flow for one unit input x, from ``z_r = w_r(0) . x`` and signs ``a_r``, both (k,).

    With ``s = sign(y - u(0))``, a neuron with z_r >= 0 moves by ``a_r s S(t)`` along x until, if ``a_r s <
    0``, it comes to rest at ``z_r = 0``; ``d|y - u|/dS = -moving / sqrt m`` and ``dS/dt = |y - u| / sqrt m``.
    Neurons with z_r < 0 never move: they may be left out, ``m`` (default k) being the true width. O(k), plus
    sorting of the few neurons that can come to rest. Residuals carry a rounding error of a few ulps of ``|y -
    u(0)|``, which matters only for an event at which the residual is that small.

    >>> run = flow_one_input(np.array([1.0]), np.array([1.0]), -1.0)  # falls from z = 1 to 0 and rests
    >>> run.final_path_length, run.final_residual, run.gram, run.moving.tolist()
    (1.0, -1.0, 1.0, [1, 0])
    """
    k = check_array("z", z, (None,))[0]
    check_array("a", a, (k,))
    m = k if m is None else m
    if not m >= k:
        raise ValueError(f"Expected a width m >= {k}, the number of neurons given, but got m={m!r}")
    if not math.isfinite(y):
        raise ValueError(f"Expected a finite label but got y={y!r}")
    if not (np.abs(a) == 1).all():
        raise ValueError(f"Expected signs -1 or +1 but got a={a[np.abs(a) != 1][0]}")
    living = z >= 0
    active = int(np.count_nonzero(living))
    root = math.sqrt(m)
    initial = y - float(np.dot(np.where(living, z, 0.0), a)) / root
    falling = z[living & (a * initial < 0)]
    rising = active - falling.size if initial else 0
    scaled = abs(initial) * root
    # S stays below scaled / rising, because the rising neurons alone would use up the residual by then.
    stops = np.sort(falling[falling * rising < scaled] if rising else falling)
    starts, first = np.unique(stops, return_index=True)
    resting = np.append(first[1:], stops.size)
    fallen = np.cumsum(stops)[resting - 1] if stops.size else stops
    left = scaled - ((rising + falling.size - resting) * starts + fallen)
    reached = int(np.argmax(left <= 0)) if (left <= 0).any() else left.size
    keep = slice(0, reached)
    skip = 1 if starts.size and starts[0] == 0 and reached else 0
    ahead = np.concatenate(([0], resting[keep])).astype(np.int64)[skip:]
    lengths = np.concatenate(([0.0], starts[keep]))[skip:]
    residual = np.concatenate(([scaled], left[keep]))[skip:]
    moving = rising + falling.size - ahead if initial else np.zeros(1, dtype=np.int64)
    with np.errstate(divide="ignore"):
        spans = m / moving[:-1] * np.log(residual[:-1] / residual[1:])
    final = float(lengths[-1] + (residual[-1] / moving[-1] if moving[-1] else 0.0))
    signed = np.copysign(residual / root, initial)
    return OneInputFlow(
        m, active, np.concatenate(([0.0], np.cumsum(spans))), lengths, signed, moving, ahead, final
    )


def path_events(z: Sequence[Fraction], a: Sequence[int], scaled_label: Fraction) -> PathEvents:
    """Exact rational form of `flow_one_input` in path length; ``scaled_label`` is ``sqrt(m) y``.

    Times are logarithms: segment k lasts ``(m / moving[k]) log(scaled_residuals[k] / scaled_residuals[k +
    1])``.

    >>> path_events([Fraction(1), Fraction(2)], [1, -1], Fraction(-5)).final_path_length
    Fraction(3, 1)
    """
    if len(z) != len(a) or not z:
        raise ValueError(f"Expected z and a of equal positive length but got lengths {len(z)} and {len(a)}")
    if any(sign not in (-1, 1) for sign in a):
        raise ValueError(f"Expected signs -1 or +1 but got a={list(a)!r}")
    residual = Fraction(scaled_label) - sum(s * Fraction(v) for s, v in zip(a, z, strict=True) if v >= 0)
    sign = (residual > 0) - (residual < 0)
    left = abs(residual)
    stops = sorted(Fraction(v) for s, v in zip(a, z, strict=True) if v >= 0 and s * sign < 0)
    moving = sum(v >= 0 for v in z) if sign else 0
    resting, here = 0, Fraction(0)
    rows: list[tuple[Fraction, Fraction, int, int]] = [(here, left, moving, 0)]
    for stop, group in itertools.groupby(stops):
        if left - moving * (stop - here) <= 0:
            break
        left, here = left - moving * (stop - here), stop
        count = len(list(group))
        moving, resting = moving - count, resting + count
        rows = (rows if here else []) + [(here, left, moving, resting)]
    final = here + left / moving if moving else here
    lengths, residuals, movers, rested = zip(*rows, strict=True)
    return PathEvents(lengths, residuals, movers, rested, final, Fraction(0) if moving else left)


def sample_one_input(rng: np.random.Generator, m: int) -> tuple[Vector, Vector]:
    """The active neurons of a random initialisation at one unit input: ``z`` and ``a`` of random length k.

    k ~ Bin(m, 1/2), z half-normal, a uniform signs: exactly the law of the active part of m neurons with
    ``w_r ~ N(0, I)``, at half the cost. Pass on to ``flow_one_input(z, a, y, m)``. All m neurons may be
    inactive (probability 2^-m); then one neuron at z = -1 is returned, so that the arrays are never empty.

    >>> z, a = sample_one_input(np.random.default_rng(0), 1000)
    >>> bool(z.min() >= 0), flow_one_input(z, a, 1.0, 1000).final_residual
    (True, 0.0)
    """
    if m < 1:
        raise ValueError(f"Expected m >= 1 but got m={m!r}")
    k = int(rng.binomial(m, 0.5))
    if not k:
        return np.array([-1.0]), np.array([1.0])
    z = np.asarray(np.abs(rng.standard_normal(k)), dtype=np.float64)
    bits = np.unpackbits(np.frombuffer(rng.bytes((k + 7) // 8), dtype=np.uint8), count=k)
    signs: Vector = bits.astype(np.float64) * 2 - 1
    return z, signs
