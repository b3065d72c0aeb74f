"""Search for counterexamples to an inequality lhs <= rhs over a box, and proof of it in low dimension.

Main definitions: `maximise` (edge cases, random restarts, gradient ascent; a violation counts only when balls
confirm it at a rational point, and is then shrunk: `numerics.counterexample`), and `ratio_bound` (branch and
bound in balls: a certified upper bound of lhs / rhs).

A side of the inequality is one function f(x, b): x a sequence of coordinates, b the
`numerics.backends.Backend` whose functions it uses beside + - * /. The same formula then runs on torch
tensors (search) and balls (proof).

References: K. Claessen and J. Hughes, "QuickCheck" (ICFP 2000), for generators of edge cases and shrinking;
D. Kingma and J. Ba, "Adam" (2015), for the ascent; R. Moore, R. Kearfott, M. Cloud, "Introduction to interval
analysis" (2009), Section 11.3 (Moore-Skelboe branch and bound).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from flint import arb
from numpy.typing import NDArray

from numerics.backends import TORCH
from numerics.balls import precision
from numerics.counterexample import Box, Point, Side, checked_box, confirm, roundings, shrink, side_values
from numerics.intervals import rounded_down, rounded_up
from numerics.statistics import stream

Floats = NDArray[np.float64]

# Working precision of the bounds.
_BITS = 64
_SPECIAL = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1e-6, -1e-6, 1e6, -1e6, 1e-3, -1e-3, 1e3, -1e3)
_CHAINS = 64
_CANDIDATES = 128
_BOUND_DIMENSION = 3


@dataclass(frozen=True)
class Falsification:
    """What a search found: `ratio` and `point` are the best seen in floats and prove nothing.

    `witness`: the simplest rational point found at which lhs > rhs is proved in balls, with the values there,
    or None. `bound`: certified upper bound of lhs / rhs over the box (inf: none); `failures`: points where a
    side raised or was nan.
    """

    ratio: float
    point: Point | None
    witness: Point | None
    lhs: Any
    rhs: Any
    bound: float
    evaluations: int
    failures: int

    @property
    def holds(self) -> bool | None:
        """False with a witness, True when `bound` <= 1, else None."""
        if self.witness is not None:
            return False
        return True if self.bound <= 1 else None


@dataclass
class _Search:
    lhs: Side
    rhs: Side
    low: Floats
    high: Floats
    evaluations: int = 0
    failures: int = 0
    fault: Exception | None = None

    def sides(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Both sides at the columns of x (d, k), shape (k,)."""
        coordinates = list(x.unbind(0))
        left, right = (torch.as_tensor(f(coordinates, TORCH), dtype=x.dtype) for f in (self.lhs, self.rhs))
        return left.expand(x.shape[1]), right.expand(x.shape[1])

    def ratios(self, points: Floats) -> Floats:
        """lhs / rhs at the rows; inf where lhs > rhs and rhs <= 0; -inf for 0/0, nan and exceptions."""
        if not len(points):
            return np.empty(0)
        self.evaluations += len(points)
        try:
            with torch.no_grad():
                sides = self.sides(torch.as_tensor(points.T.copy()))
        except Exception as error:
            # One bad point must not hide the others: they are tried one by one, and counted.
            if len(points) > 1:
                self.evaluations -= len(points)
                return np.concatenate([self.ratios(row) for row in np.array_split(points, 2)])
            self.failures, self.fault = self.failures + 1, error
            return np.array([-math.inf])
        left, right = (side.numpy() for side in sides)
        known = ~(np.isnan(left) | np.isnan(right))
        self.failures += int((~known).sum())
        with np.errstate(all="ignore"):
            quotient = np.where(right > 0, left / right, np.where(left > right, math.inf, -math.inf))
        return np.where(known & ~np.isnan(quotient), quotient, -math.inf)

    def ascend(self, points: Floats, steps: int) -> Floats:
        """Adam on lhs / rhs from the rows, in coordinates relative to their size; the best of each chain."""
        low, high = (torch.as_tensor(end)[:, None] for end in (self.low, self.high))
        x = torch.as_tensor(points.T.copy())
        best, values = points.copy(), self.ratios(points)
        first, second = torch.zeros_like(x), torch.zeros_like(x)
        for step in range(steps):
            x = x.detach().requires_grad_()
            try:
                left, right = self.sides(x)
                (slope,) = torch.autograd.grad((left / right).nansum(), x)
            except Exception as error:
                # Not differentiable by autograd, or undefined at some chain: the sampled points still stand.
                self.failures, self.fault = self.failures + 1, error
                break
            with torch.no_grad():
                scale = torch.maximum(x.abs(), 1e-3 * (high - low))
                slope = torch.nan_to_num(slope * scale, nan=0.0, posinf=1.0, neginf=-1.0)
                first, second = 0.8 * first + 0.2 * slope, 0.95 * second + 0.05 * slope**2
                rate = 0.3 * 10 ** (-4 * step / steps)
                move = rate * scale * first / (second.sqrt() + 1e-300)
                x = torch.minimum(torch.maximum(x + move, low), high)
            moved = np.ascontiguousarray(x.numpy().T)
            found = self.ratios(moved)
            better = found > values
            best[better], values[better] = moved[better], found[better]
        return best


def _blocks(blocks: Sequence[int] | None, d: int) -> list[slice]:
    sizes = [1] * d if blocks is None else list(blocks)
    if any(isinstance(k, bool) or not isinstance(k, int) or k < 1 for k in sizes) or sum(sizes) != d:
        raise ValueError(f"Expected blocks of positive lengths with sum {d} but got blocks={blocks!r}")
    ends = list(itertools.accumulate(sizes))
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _starts(rng: np.random.Generator, low: Floats, high: Floats, blocks: list[slice], count: int) -> Floats:
    """Corners, special values, all scales, uniform points; then ties, antipodes and zeros of these."""
    d = len(low)
    uniform = low + (high - low) * rng.random((count, d))
    scales = rng.choice([-1.0, 1.0], (count, d)) * 10.0 ** rng.uniform(-9, 9, (count, d))
    common = np.sign(uniform) * 10.0 ** rng.uniform(-9, 9, (count, 1)) * rng.random((count, d))
    special = rng.choice(np.array(_SPECIAL), (count, d))
    corners = np.where(rng.random((count, d)) < 0.5, low, high)
    constant = np.repeat(np.array(_SPECIAL)[:, None], d, axis=1)
    points = np.clip(np.concatenate([uniform, scales, common, special, corners, constant]), low, high)
    tied = points.copy()
    for row in tied:
        source, *others = rng.permutation(len(blocks))
        for k in others[: 1 + int(rng.integers(len(blocks)))]:
            ours, theirs = blocks[k], row[blocks[source]]
            if ours.stop - ours.start == len(theirs):
                row[ours] = theirs * rng.choice([1.0, 1.0, -1.0, 1 + 1e-8, 0.0])
    return np.concatenate([points, np.clip(tied, low, high)])


def ratio_bound(
    lhs: Side, rhs: Side, box: Box, *, target: float = 1.0, tolerance: float = 1e-2, boxes: int = 10_000
) -> float:
    """A certified upper bound (float) of lhs / rhs over the box, by branch and bound in balls; inf if none.

    On a part where lhs <= rhs is certain the ratio counts as at most 1 even where rhs vanishes. Stops when
    the bound is at most `target`, or (where `target` is exceeded for certain) within `tolerance`, relative,
    of an attained value, or after `boxes` parts: what is returned is a bound in every case. Practical up to
    dimension 3. Sides must not branch on values (`b.relu`, `b.step` instead): a ball has no sign. Raises
    ValueError for a bad box.

    >>> b = ratio_bound(lambda x, b: b.sin(x[0]), lambda x, b: x[0], [("1/10", 3)])
    >>> 0.998 < b < 1
    True
    """
    parts = [(rounded_down(low), rounded_up(high)) for low, high in checked_box(box)]
    widths = [max(high - low, 1e-300) for low, high in parts]
    order = itertools.count()
    with precision(_BITS):
        top, attained = _upper(lhs, rhs, parts), -math.inf
        heap = [(-top, next(order), parts)]
        for _ in range(boxes):
            top, part = -heap[0][0], heap[0][2]
            if top <= target or (attained >= target and top <= attained * (1 + tolerance)):
                break
            k = max(range(len(part)), key=lambda i: (part[i][1] - part[i][0]) / widths[i])
            low, high = part[k]
            middle = low / 2 + high / 2
            if not low < middle < high:
                break
            heapq.heappop(heap)
            for half in ((low, middle), (middle, high)):
                child = [*part[:k], half, *part[k + 1 :]]
                heapq.heappush(heap, (-min(top, _upper(lhs, rhs, child)), next(order), child))
            attained = max(attained, -_upper(lhs, rhs, [(a / 2 + b / 2,) * 2 for a, b in part], sign=-1))
    return -heap[0][0]


def _upper(lhs: Side, rhs: Side, part: list[tuple[float, float]], sign: int = 1) -> float:
    """Upper bound of sign * lhs / rhs on the part; inf where there is none."""
    try:
        left, right = side_values(lhs, rhs, [arb(low).union(arb(high)) for low, high in part])
    except (ValueError, ArithmeticError):
        return math.inf
    quotient = sign * left / right
    if right > 0 and quotient.is_finite():
        return math.nextafter(float(quotient.upper()), math.inf)
    return 1.0 if sign > 0 and left <= right else math.inf


def maximise(
    lhs: Side,
    rhs: Side,
    box: Box,
    *,
    key: Sequence[str | int | bytes] = ("falsify",),
    starts: int = 512,
    steps: int = 60,
    blocks: Sequence[int] | None = None,
    shortest: int | None = None,
    boxes: int = 10_000,
) -> Falsification:
    """Maximise lhs / rhs over a box of d pairs of exact numbers: a proved counterexample, or a bound.

    Edge cases and about 12 `starts` random points, `steps` of gradient ascent from the best 64, then every
    float violation is rounded to simple rationals and confirmed in balls; the first confirmed is shrunk
    (`shrink`, with `shortest`). `blocks`: lengths of the vectors that x is made of, which are then made equal
    and opposite as a whole. Without a witness and up to dimension 3: `ratio_bound` with `boxes` parts (0:
    no). Deterministic in `key` (`numerics.statistics.stream`). Raises ValueError for bad arguments, and when
    every point fails.

    >>> found = maximise(lambda x, b: b.absolute(x[0] - x[1]), lambda x, b: b.absolute(x[0]), [(-9, 9)] * 2)
    >>> found.holds, found.witness
    (False, (Fraction(0, 1), Fraction(1, 1)))
    >>> maximise(lambda x, b: x[0] * x[1], lambda x, b: x[0] ** 2 + x[1] ** 2, [(1, 2)] * 2).holds
    True
    """
    pairs = checked_box(box)
    for name, value, least in (("starts", starts, 1), ("steps", steps, 0), ("boxes", boxes, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"Expected an integer {name} >= {least} but got {name}={value!r}")
    low, high = (np.array([float(pair[side]) for pair in pairs]) for side in (0, 1))
    search = _Search(lhs, rhs, low, high)
    points = _starts(stream(*key), low, high, _blocks(blocks, len(pairs)), starts)
    ratios = search.ratios(points)
    if not (ratios > -math.inf).any() and search.fault is not None:
        raise ValueError(f"Expected sides that can be evaluated but every point fails: {search.fault!r}")
    order = np.argsort(-ratios, kind="stable")
    climbed = search.ascend(points[order[:_CHAINS]], steps)
    points = np.concatenate([climbed, points[order[: 8 * _CANDIDATES]]])
    ratios = search.ratios(points)
    points, ratios = (a[np.argsort(-ratios, kind="stable")] for a in (points, ratios))
    violations = np.unique(points[ratios > 1], axis=0, return_index=True)[1]
    witness = next(_confirmed(search, pairs, points[ratios > 1][np.sort(violations)[:_CANDIDATES]]), None)
    bound = math.inf
    left = right = None
    if witness is not None:
        witness = shrink(lhs, rhs, box, witness, shortest=shortest)
        left, right = confirm(lhs, rhs, witness) or (None, None)
    elif len(pairs) <= _BOUND_DIMENSION and boxes:
        bound = ratio_bound(lhs, rhs, box, boxes=boxes)
    best = tuple(Fraction(x) for x in points[0].tolist()) if ratios[0] > -math.inf else None
    return Falsification(
        float(ratios[0]), best, witness, left, right, bound, search.evaluations, search.failures
    )


def _confirmed(search: _Search, pairs: list[tuple[Fraction, Fraction]], points: Floats) -> Iterator[Point]:
    """Rational points near the given ones, simple ones first for each, at which the violation is proved."""
    for row in points.tolist():
        exact = [Fraction(x) for x in row]
        for rounded in zip(*(roundings(x) for x in exact), strict=True):
            inside = tuple(min(max(x, low), high) for x, (low, high) in zip(rounded, pairs, strict=True))
            if confirm(search.lhs, search.rhs, inside) is not None:
                yield inside
                break
