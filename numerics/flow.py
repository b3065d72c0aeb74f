"""Gradient flow of a two-layer ReLU network, first layer only, as a differential inclusion.

The flow ``w_r' = (1/sqrt m) a_r sum_i (y_i - u_i) g_ri x_i`` (Du, Zhai, Poczos, Singh, ICLR 2019,
arXiv:1810.02054, Section 3 and footnote 6) is discontinuous at the kinks ``w_r . x_i = 0``, and is read as
``w_r'`` in minus the Clarke subdifferential of the loss (Filippov, *Differential Equations with Discontinuous
Righthand Sides*, 1988). At a kink the force across it falls on passing to the active side when ``a_r (y_i -
u_i) < 0``: the local problem is convex and the velocity is the subdifferential's element of least norm, so
the neuron crosses, slides along the kink, or rests on it. When ``a_r (y_i - u_i) > 0`` there can be several
solutions from a kink (rest or leave); we take the one that the convention gate = 1 at zero prescribes: on
meeting the kink the neuron leaves to the active side when it can. Two cases remain a choice among several
true solutions: a neuron at rest that nothing pulls stays at rest even when its residual changes sign (as
descent, which lands just below the kink, does), and a neuron that slides into w_r = 0 between pulls of both
kinds.  Weights do not say that a neuron is at rest: a flow that starts from the final weights of another one
begins with gate 1 on every kink, and may be another solution.

`flow` solves n inputs cell by cell; `numerics.flow_one_input` one input by sorting.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from numerics.two_layer import check_network, predict

__all__ = [
    "Event",
    "Flow",
    "flow",
]

Array = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]


EventKind = Literal["on", "off", "rest", "slide"]
KINK = 1e-12
"""Distance from a kink, relative to 1 + |w_r|, within which a neuron counts as on it."""


@dataclass(frozen=True)
class Event:
    """At ``time``, ``neuron`` met the kink of ``inputs`` (several when parallel; on/off refers to the first).

    It became active (on), inactive (off), inactive while staying at zero (rest), or began to slide along the
    kink.
    """

    time: float
    neuron: int
    inputs: tuple[int, ...]
    kind: EventKind


@dataclass(frozen=True)
class Flow:
    """Gradient flow for n inputs: K + 1 rows at ``times`` (start, every event, end).

    ``residuals`` (K + 1, n) are ``y - u``; ``drifts`` (K + 1,) the largest distance of a neuron from its
    start; ``grams`` (K + 1, n, n) the printed H with gates ``>= 0`` (a neuron within `KINK` of its kink has
    gate 1); ``rates`` (K, n) and ``modes`` (K, n, n) the eigenvalues and eigenvectors of the matrix that
    truly drives segment k, ``u' = modes diag(rates) modes^T (y - u)``; ``weights`` (m, d) the final weights.
    ``status``: the end time, the tolerance, or a stall (no event to come, residual does not tend to zero) was
    reached.
    """

    status: Literal["end time", "tolerance", "stalled"]
    events: tuple[Event, ...]
    times: Vector
    residuals: Vector
    drifts: Vector
    grams: Vector
    rates: Vector
    modes: Vector
    weights: Vector

    def residual(self, t: float) -> Vector:
        """Residual ``y - u(t)``, shape (n,), for t between the first and the last of ``times``."""
        if not 0 <= t <= self.times[-1]:
            raise ValueError(f"Expected t from 0 to {self.times[-1]} but got t={t!r}")
        k = min(int(np.searchsorted(self.times, t, side="right")) - 1, len(self.rates) - 1)
        if k < 0:
            return np.asarray(self.residuals[0])
        decayed = np.exp(-self.rates[k] * (t - self.times[k])) * (self.modes[k].T @ self.residuals[k])
        return np.asarray(self.modes[k] @ decayed)

    def worst_ratio(self, rate: float) -> float:
        """``sup of exp(rate t) |y - u(t)|^2 / |y - u(0)|^2`` up to the last of ``times``; 1 when u(0) = y.

        On a segment the function is a sum of exponentials with positive weights, so convex: its supremum is
        over the rows.
        """
        squares = (self.residuals**2).sum(axis=1)
        if squares[0] == 0:
            return 1.0
        with np.errstate(divide="ignore", over="ignore"):
            return float(np.exp(rate * self.times + np.log(squares / squares[0])).max())


def flow(
    W: Vector,
    a: Vector,
    X: Vector,
    y: Vector,
    *,
    t_end: float = math.inf,
    tolerance: float = 1e-8,
    max_events: int = 100_000,
) -> Flow:
    """Gradient flow from ``W`` (m, d) with signs ``a`` (m,), inputs ``X`` (n, d), labels ``y`` (n,), float64.

    Runs to ``t_end`` or until ``|y - u| <= tolerance``. Inside an activation cell ``u' = H (y - u)`` is
    solved by eigendecomposition; the first crossing is found by branch and bound on closed-form interval
    bounds, so none is skipped; sliding neurons move by the projected force until their gate fraction leaves
    [0, 1]. Crossings are placed to within `KINK` in ``w_r . x_i``. Not an enclosure: over 40 random problems
    (n <= 10, m <= 100, up to 160 events) a restart midway changed the weights by at most 8e-15 and the energy
    balance ``|y - u|^2 + 2 int |W'|^2`` by at most 6e-13. Made for n <= 32 and m <= 1000. Raises
    ArithmeticError when the solution past a multiple kink is not determined, and RuntimeError after
    ``max_events`` events.

    >>> run = flow(np.array([[1.0]]), np.ones(1), np.array([[1.0]]), np.array([-1.0]))
    >>> run.status, [(e.kind, round(e.time, 12)) for e in run.events], run.residuals[-1]
    ('stalled', [('rest', 0.69314718056)], array([-1.]))
    """
    check_network(W, a, X, y)
    if not (np.abs(a) == 1).all():
        raise ValueError(f"Expected signs -1 or +1 but got a={a[np.abs(a) != 1][0]}")
    if not (t_end > 0 and tolerance > 0):
        raise ValueError(
            f"Expected t_end > 0 and tolerance > 0 but got t_end={t_end!r}, tolerance={tolerance!r}"
        )
    system = _Inclusion(W, a, X, y)
    events: list[Event] = []
    segments: list[tuple[Vector, Vector]] = []
    rows, gap = [system.row()], 0.0
    status: Literal["end time", "tolerance", "stalled"] | None = None
    while status is None:
        rest = float(np.linalg.norm(system.residual))
        if rest <= tolerance:
            status = "tolerance"
            break
        rates, modes = system.spectrum()
        weights = modes.T @ system.residual
        limit, reason = _horizon(rates, weights, t_end - system.time, tolerance)
        if limit == 0:
            status = reason
            break
        # Look a little ahead first: near crossings are found among few candidates.
        ahead = min(limit, 8 * gap) if gap else limit
        while not (hit := system.first_event(rates, modes * weights, ahead, KINK * rest)) and ahead < limit:
            ahead = min(limit, 8 * ahead)
        gap = hit[0] if hit else gap
        system.advance(rates, modes * weights, hit[0] if hit else limit)
        if hit is None:
            status = reason
        else:
            kind = system.settle(*hit[1:])
            events.append(Event(system.time, hit[1], tuple(np.flatnonzero(system.member[hit[2]])), kind))
        segments.append((rates, modes))
        rows.append(system.row())
        if len(events) > max_events:
            raise RuntimeError(
                f"Expected at most max_events={max_events} events but time is {system.time} only"
            )
    times, residuals, drifts, grams = (np.array(column) for column in zip(*rows, strict=True))
    n = len(y)
    all_rates = np.array([s[0] for s in segments]).reshape(-1, n)
    all_modes = np.array([s[1] for s in segments]).reshape(-1, n, n)
    return Flow(status, tuple(events), times, residuals, drifts, grams, all_rates, all_modes, system.W)


def _horizon(
    rates: Vector, weights: Vector, remaining: float, tolerance: float
) -> tuple[float, Literal["end time", "tolerance", "stalled"]]:
    """Longest time worth looking ahead, and why the run would end there."""
    alive = rates > 0
    if np.linalg.norm(weights[~alive]) < tolerance:
        slow = 0.5 * math.log(len(rates)) + np.log(np.maximum(np.abs(weights[alive]), 1e-300) / tolerance)
        longest = float(np.max(slow / rates[alive])) * 2 + 1 / float(rates.max())

        from scipy.optimize import brentq

        def excess(t: float) -> float:
            return float(np.linalg.norm(np.exp(-rates * t) * weights)) - tolerance

        until = float(brentq(excess, 0.0, longest, xtol=1e-300, rtol=1e-14))
        return (until, "tolerance") if until < remaining else (remaining, "end time")
    if remaining < math.inf:
        return remaining, "end time"
    # Beyond 45 time constants what is left of the motion is below the last bit.
    return (45 / float(rates[alive].min()) if alive.any() else 0.0), "stalled"


class _Inclusion:
    """State of the inclusion: weights; for every neuron its side of, or sliding on, the kink of every line.

    Parallel inputs share a kink. ``lines`` (L, d) are its unit normals, ``member`` (L, n) the signed lengths
    of the inputs on them, ``side`` (m, L) the fraction of the positive side's force (0 or 1 off the kink) and
    ``tied`` (m, L) marks sliding. A line pulls with ``side p + (1 - side) q``, ``p, q`` the sums over its
    members of positive and negative length of ``length * (y - u)``.
    """

    def __init__(self, W: Vector, a: Vector, X: Vector, y: Vector) -> None:
        self.W, self.start, self.a, self.X, self.y = W.astype(float), W.astype(float), a.astype(float), X, y
        self.time, self.scale = 0.0, 1 / math.sqrt(len(a))
        lengths = np.linalg.norm(X, axis=1)
        if not lengths.all():
            raise ValueError(f"Expected nonzero inputs but got X[{int(lengths.argmin())}]=0")
        lines: list[Vector] = []
        owner, signed = [], []
        for unit, length in zip(X / lengths[:, None], lengths, strict=True):
            near = [
                (k, s) for k, e in enumerate(lines) for s in (1, -1) if np.linalg.norm(unit - s * e) < KINK
            ]
            k, sign = near[0] if near else (len(lines), 1)
            lines += [] if near else [unit]
            owner.append(k)
            signed.append(sign * length)
        self.lines, self.owner = np.array(lines), np.array(owner)
        self.member = np.zeros((len(lines), len(y)))
        self.member[self.owner, np.arange(len(y))] = signed
        self.positive, self.negative = np.maximum(self.member, 0), np.minimum(self.member, 0)
        self.forward = np.array(signed) > 0
        z = self.W @ self.lines.T
        self.side, self.tied = (z >= 0).astype(float), np.zeros(z.shape, dtype=bool)
        self.refresh()
        for r in np.flatnonzero((np.abs(z) <= self.band()[:, None]).any(axis=1)):
            self.settle(int(r), -1, None)

    def refresh(self) -> None:
        """Recompute the residual from the weights."""
        self.residual = self.y - predict(self.W, self.a, self.X)

    def band(self) -> Vector:
        """Distance within which a neuron counts as on a kink, shape (m,)."""
        return np.asarray(KINK * (1 + np.linalg.norm(self.W, axis=1)))

    def row(self) -> tuple[float, Vector, float, Vector]:
        """Time, residual, drift and printed Gram matrix."""
        on = (-self.band()[:, None] * np.linalg.norm(self.X, axis=1) <= self.W @ self.X.T).astype(float)
        gram = (on.T @ on) * (self.X @ self.X.T) / len(self.a)
        return self.time, self.residual, float(np.linalg.norm(self.W - self.start, axis=1).max()), gram

    def gates(self) -> Vector:
        """Gate (m, n) of every input in the force; zero on a kink slid along (the projection kills it)."""
        side = self.side[:, self.owner]
        return np.where(self.tied[:, self.owner], 0.0, np.where(self.forward, side, 1 - side))

    def sliding(self) -> dict[int, Vector]:
        """Orthonormal basis (d, k) of the normals of the kinks along which each sliding neuron moves."""
        return {
            int(r): np.linalg.qr(self.lines[self.tied[r]].T)[0] for r in np.flatnonzero(self.tied.any(axis=1))
        }

    def spectrum(self) -> tuple[Vector, Vector]:
        """Eigenvalues (rounding noise set to zero) and eigenvectors of the matrix H in ``u' = H (y - u)``."""
        gate = self.gates()
        H = (gate.T @ gate) * (self.X @ self.X.T)
        for r, basis in self.sliding().items():
            lost = (self.X @ basis) * gate[r][:, None]
            H -= lost @ lost.T
        rates, modes = np.linalg.eigh(H / len(self.a))
        return np.where(rates > 1e-13 * max(rates[-1], 0.0), rates, 0.0), modes

    def advance(self, rates: Vector, parts: Vector, t: float) -> None:
        """Move on by time t within the cell; ``parts`` (n, n) are the eigencomponents of the residual."""
        pull = (self.gates() * (parts @ _elapsed(rates, t))) @ self.X
        for r, basis in self.sliding().items():
            pull[r] -= basis @ (basis.T @ pull[r])
        self.W = self.W + self.scale * self.a[:, None] * pull
        self.time += t
        self.refresh()

    def first_event(
        self, rates: Vector, parts: Vector, limit: float, small: float
    ) -> tuple[float, int, int, float | None] | None:
        """Time, neuron, line, and side left to (None: a kink is met) of the first event before ``limit``."""
        alive = rates > 0
        rates, parts = rates[alive], parts[:, alive]
        if not alive.any():
            return None
        gate, z, band = self.gates(), self.W @ self.lines.T, self.band()
        bases = self.sliding()
        reach = self.scale * (
            (gate * np.linalg.norm(self.X, axis=1)) @ (np.abs(parts) @ _elapsed(rates, limit))
        )
        r, k = np.nonzero((np.abs(z) <= (reach + band)[:, None]) & ~self.tied)
        normals = self.lines[k]
        for row in np.flatnonzero(np.isin(r, list(bases))):
            basis = bases[int(r[row])]
            normals[row] -= basis @ (basis.T @ normals[row])
        sign = np.where(self.side[r, k] > 0.5, 1.0, -1.0)
        slopes = ((normals @ self.X.T) * gate[r]) @ parts * (self.scale * self.a[r] * sign)[:, None]
        values, bands = [np.maximum(sign * z[r, k], 0)], [band[r]]
        matrices = [slopes]
        keys: list[tuple[int, int, float | None]] = [
            (int(p), int(q), None) for p, q in zip(r, k, strict=True)
        ]
        for s in bases:
            on = np.flatnonzero(self.tied[s])
            E = self.lines[on]
            fraction = -np.linalg.solve(E @ E.T, (E @ self.X.T) * gate[s]) - self.negative[on]
            jump = self.positive[on] - self.negative[on]
            for side, form in ((0.0, fraction), (1.0, jump - fraction)):
                values.append(np.maximum(-self.a[s] * (form @ self.residual), 0))
                matrices.append(self.a[s] * (form @ parts) * rates)
                bands.append(np.full(len(on), small))
                keys += [(s, int(q), side) for q in on]
        root = _first_root(np.concatenate(values), np.vstack(matrices), rates, np.concatenate(bands), limit)
        return None if root is None else (root[0], *keys[root[1]])

    def settle(self, r: int, line: int, leave: float | None) -> EventKind:
        """Choose a side of, or sliding on, each kink that neuron r is on; return what it does at ``line``.

        ``leave`` is the side to which a sliding line is let go; otherwise ``line`` (if >= 0) has just been
        met.
        """
        z = self.lines @ self.W[r]
        ties = self.tied[r] | (np.abs(z) <= self.band()[r])
        if line >= 0:
            ties[line] = leave is None
            self.side[r, line] = leave or 0.0
        p, q = self.positive @ self.residual, self.negative @ self.residual
        jump, on = self.a[r] * (p - q), np.flatnonzero(ties)
        self.tied[r] = False
        share = np.where(ties, 0.0, self.side[r])
        base = self.a[r] * (share * p + (1 - share) * q) @ self.lines
        convex, concave = on[jump[on] < 0], on[jump[on] >= 0]
        slack = 1e-13 * float(np.abs(jump).sum())
        # Active first: where several solutions leave a kink, gate 1 at zero picks this one.
        for sides in itertools.islice(itertools.product((1.0, 0.0), repeat=len(concave)), 4096):
            chosen = np.array(sides)
            force = base + (chosen * jump[concave]) @ self.lines[concave]
            share = _least_force(force, jump[convex][:, None] * self.lines[convex])
            force = force + (share * jump[convex]) @ self.lines[convex]
            if (np.where(chosen > 0, 1, -1) * (self.lines[concave] @ force) >= -slack).all():
                break
        else:
            raise ArithmeticError(f"Expected a determined solution but neuron {r} at t={self.time} has none")
        self.side[r, concave], self.side[r, convex] = chosen, share
        self.tied[r, convex] = (share > 0) & (share < 1)
        if line < 0 or not self.tied[r, line]:
            still = line in convex and abs(float(self.lines[line] @ force)) <= slack
            return "on" if line < 0 or self.side[r, line] > 0 else "rest" if still else "off"
        return "slide"


def _least_force(force: Vector, columns: Vector) -> Vector:
    """Shares (k,) in [0, 1] minimising ``|force + shares . columns|``, inner ones on independent columns."""
    if not len(columns):
        return np.zeros(0)
    if len(columns) == 1:
        return np.asarray(np.clip(-(columns @ force) / (columns[0] @ columns[0]), 0, 1))
    from scipy.optimize import lsq_linear

    share = lsq_linear(columns.T, -force, bounds=(0, 1), method="bvls", tol=1e-15).x
    while True:
        share = np.where(share < 1e-13, 0.0, np.where(share > 1 - 1e-13, 1.0, share))
        inside = np.flatnonzero((share > 0) & (share < 1))
        if np.linalg.matrix_rank(columns[inside], tol=1e-10 * np.abs(columns).max()) == len(inside):
            return np.asarray(share)
        direction = np.linalg.svd(columns[inside].T)[2][-1]
        room = np.where(direction > 0, 1 - share[inside], share[inside]) / np.maximum(
            np.abs(direction), 1e-300
        )
        share[inside[room.argmin()]] = float(direction[room.argmin()] > 0)
        others = np.delete(inside, room.argmin())
        share[others] += room.min() * np.delete(direction, room.argmin())


def _elapsed(rates: Vector, t: float) -> Vector:
    """Integral of ``exp(-rate s)`` over s in [0, t]."""
    return np.where(rates > 0, -np.expm1(-rates * t) / np.where(rates > 0, rates, 1), t)


def _first_root(
    values: Vector, slopes: Vector, rates: Vector, bands: Vector, limit: float
) -> tuple[float, int] | None:
    """First zero, and whose, of the ``f = values + slopes . elapsed(t)`` that fall below ``-bands``."""
    grid = np.concatenate(([0.0], np.geomspace(min(1e-3 / rates.max(), limit / 2), limit, 40)))
    elapsed = np.array([_elapsed(rates, t) for t in grid])
    least = values[:, None] + slopes @ elapsed[:-1].T + np.minimum(slopes, 0) @ np.diff(elapsed, axis=0).T
    flagged = least < -bands[:, None]
    for j in np.flatnonzero(flagged.any(axis=0)):
        best, upper = None, float(grid[j + 1])
        for i in np.flatnonzero(flagged[:, j]):
            root = _leftmost_root(float(values[i]), slopes[i], rates, float(bands[i]), float(grid[j]), upper)
            if root is not None and (best is None or root < upper):
                best, upper = int(i), root
        if best is not None:
            return upper, best
    return None


def _leftmost_root(
    value: float, slope: Vector, rates: Vector, band: float, start: float, stop: float
) -> float | None:
    """First zero of one such f on [start, stop], by interval bounds on f and f' (None: f stays above)."""

    from scipy.optimize import brentq

    def f(t: float, target: float = 0.0) -> float:
        return value + float(slope @ _elapsed(rates, t)) - target

    up, down = np.maximum(slope, 0), np.minimum(slope, 0)
    stack = [(start, stop)]
    while stack:
        left, right = stack.pop()
        here, there = f(left), f(right)
        if here + float(down @ (_elapsed(rates, right) - _elapsed(rates, left))) >= -band:
            continue
        early, late = np.exp(-rates * left), np.exp(-rates * right)
        falls, rises = float(up @ early + down @ late) <= 0, float(up @ late + down @ early) >= 0
        narrow = right - left <= 1e-14 * right
        if falls or rises or narrow:
            if min(here, there) >= -band:
                continue
            # From a kink (zero to rounding) the motion away from it decides, so that time always advances.
            target = 0.0 if here > 0 else -band / 2
            if here <= target or narrow:
                return left
            return float(brentq(f, left, right, args=(target,), xtol=1e-300, rtol=1e-14))
        middle = (left + right) / 2 if right <= 4 * left or left == 0 else math.sqrt(left * right)
        stack += [(middle, right), (left, middle)]
    return None
