"""Gradient descent along the chain of saddles: when does each coordinate leave, over hundreds of decades?

A resting coordinate shrinks by 1 - 2 eta L a step while earlier ones are on their way: it reaches 1e-300
within a thousand steps, floats underflow, and descent seems to freeze.  But the resting phases are linear,
so n steps of them are a power, and only the passages tau <= |x_k| <= 2 tau need a loop.  In units of tau the
dynamics depends on two numbers, growth h = 2 eta gamma and decay b = 2 eta L (with s = y_k - 1, v = y_{k+1}):

    resting    y_k <- (1 + h) y_k,    y_j <- (1 - b) y_j  for j > k
    passing    y_k <- y_k + h + h s + (7 b - 5 h) s^2 - (5 b - 3 h) s^3 + 15 (b + h) s^2 (1 - s)^2 v^2
               v <- (1 - b + (b + h)(10 s^3 - 15 s^4 + 6 s^5)) v
    settled    y_j <- y_j + b (4 - y_j)

`escape` encloses everything in balls, so that its counts are certain; `escape_times` is the same in floats
for many starts at once; `orbit` is descent step by step in the arithmetic of its numbers, for a few steps.
Source: S. Du, PhD thesis (CMU 2019), (7.6)-(7.11) and Lemma 7.4, see `numerics.saddle_chain`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from flint import arb, ctx, fmpq

from numerics.saddle_chain import SaddleChain

__all__ = ["Escape", "escape", "escape_times", "orbit"]

Number = Any  # int, Fraction or arb
Array = npt.NDArray[np.float64]
_MAX_PASSAGE = 1_000_000


@dataclass(frozen=True)
class Escape:
    """What `escape` is certain of.

    ``entered[k]`` and ``escaped[k]`` are the first iterations with |x_k| >= tau and >= 2 tau, for as many
    coordinates as were followed; None means never (the coordinate is exactly 0).  ``exits[k]`` encloses
    |x_k|/tau at ``escaped[k]``, ``handed[k]`` the next coordinate's |x_{k+1}|/tau then, and ``highest[k]``
    the largest value of that one during the passage.  ``stopped`` says why the run ended early, else "".
    """

    entered: tuple[int | None, ...]
    escaped: tuple[int | None, ...]
    exits: tuple[arb, ...]
    handed: tuple[arb, ...]
    highest: tuple[arb, ...]
    stopped: str

    @property
    def passages(self) -> tuple[int | None, ...]:
        """Number of iterates in each passage, tau <= |x_k| < 2 tau."""
        pairs = zip(self.entered, self.escaped, strict=False)
        return tuple(None if a is None or b is None else b - a for a, b in pairs)


def escape(start: Sequence[Number], growth: Number, decay: Number, bits: int = 256) -> Escape:
    """Escape times of gradient descent from `start` (in units of tau), certain because everything is a ball.

    start: d >= 1 numbers with |y| <= 1; growth = 2 eta gamma > 0; decay = 2 eta L with 0 < decay <= 1; each
    an int, Fraction or arb.  The run stops, and says so, when a comparison straddles at `bits` bits of
    precision, when an iterate leaves the octopus, or when a passage takes more than a million steps.
    Raises ValueError for an empty start, for numbers out of range, and for floats, which are not exact.

    >>> from fractions import Fraction
    >>> with ctx.workprec(256):
    ...     start = 6 * [arb(-1).exp() / 2]
    >>> escape(start, Fraction(1, 4), Fraction(1, 2)).escaped
    (11, 50, 211, 875, 3598, 14782)
    """
    if isinstance(bits, bool) or not isinstance(bits, int) or not 32 <= bits <= 1 << 20:
        raise ValueError(f"Expected a precision of 32 to 2^20 bits but got {bits!r}")
    with ctx.workprec(bits):
        h, b = _ball("growth", growth), _ball("decay", decay)
        y = [abs(_ball("a coordinate of the start", v)) for v in start]
        if not y:
            raise ValueError("Expected a start of at least one coordinate but got none")
        if not h > 0:
            raise ValueError(f"Expected growth > 0 but got {growth}")
        if not (b > 0 and b <= 1):
            raise ValueError(f"Expected 0 < decay <= 1 but got {decay}")
        for k, v in enumerate(y):
            if not v <= 1:
                raise ValueError(
                    f"Expected a start with |x| <= tau (|y| <= 1) but coordinate {k} is {start[k]}"
                )
        return _follow(y, h, b)


def _follow(y: list[arb], h: arb, b: arb) -> Escape:
    time = 0
    entered: list[int | None] = []
    escaped: list[int | None] = []
    exits: list[arb] = []
    handed: list[arb] = []
    highest: list[arb] = []

    def found(why: str = "") -> Escape:
        return Escape(tuple(entered), tuple(escaped), tuple(exits), tuple(handed), tuple(highest), why)

    for k in range(len(y)):
        if y[k] == 0:
            entered += [None] * (len(y) - k)
            escaped += [None] * (len(y) - k)
            return found()
        wait = _waiting_time(y[k], h)
        if wait is None:
            return found(f"the iteration at which coordinate {k} reaches tau is not certain")
        time += wait
        y[k] *= (1 + h) ** wait
        y[k + 1 :] = [v * (1 - b) ** wait for v in y[k + 1 :]]
        entered.append(time)
        passage = _pass(y[k], y[k + 1] if k + 1 < len(y) else arb(0), h, b)
        if isinstance(passage, str):
            return found(f"coordinate {k}: {passage}")
        steps, y[k], after, top = passage
        time += steps
        escaped.append(time)
        exits.append(y[k])
        if not y[k] <= 6:
            return found(f"coordinate {k} is not certain to stay below 6 tau")
        if k + 1 < len(y):
            y[k + 1] = after
            handed.append(after)
            highest.append(top)
            y[k + 2 :] = [v * (1 - b) ** steps for v in y[k + 2 :]]
    return found()


def _waiting_time(y: arb, h: arb) -> int | None:
    """The least n >= 0 with (1 + h)^n y >= 1, for y > 0; None when the balls do not tell."""
    if y >= 1:
        return 0
    if not (y > 0 and y < 1):
        return None
    least = (-y.log() / (1 + h).log()).ceil().unique_fmpz()
    return None if least is None else int(least)


def _pass(y: arb, v: arb, h: arb, b: arb) -> tuple[int, arb, arb, arb] | str:
    """Steps until y >= 2, then y, the next coordinate v, and its largest value on the way.

    Each step is in mean value form, F(m) + F'(Y)(Y - m) with m the centre of the ball Y: Horner's rule on
    Y itself would widen it exponentially.
    """
    top = v
    for step in range(_MAX_PASSAGE):
        if y >= 2:
            return step, y, v, top
        if not y < 2:
            return "the iteration at which it reaches 2 tau is not certain"
        if not v <= 1:
            return "the next coordinate is not certain to stay below tau"
        centre = y.mid()
        s, m = y - 1, centre - 1
        slope = 1 + h + 2 * (7 * b - 5 * h) * s - 3 * (5 * b - 3 * h) * s * s
        slope += 30 * (b + h) * s * (1 - s) * (1 - 2 * s) * v * v
        moved = centre + h + m * (h + m * (7 * b - 5 * h - m * (5 * b - 3 * h)))
        moved += 15 * (b + h) * (m * (1 - m) * v) ** 2
        v *= 1 - b + (b + h) * s**3 * (10 - 15 * s + 6 * s * s)
        y = moved + slope * (y - centre)
        top = top.max(v)
    return f"the passage takes more than {_MAX_PASSAGE} steps"


def escape_times(start: Any, growth: Any, decay: Any) -> tuple[Array, Array]:
    """(entered, escaped), each (S, d), for starts (S, d) in units of tau, in floats and log scale.

    growth and decay, as in `escape`, are numbers or arrays (S,).  Never is inf; a run that leaves the octopus
    is nan from there on.  Counts may be off by one where a coordinate meets tau within rounding.
    Raises ValueError for shapes that do not fit and for numbers that are not finite or out of range.

    >>> entered, escaped = escape_times(np.full((1, 4), 0.5 / np.e), 0.25, 0.5)
    >>> escaped.astype(int).tolist()
    [[11, 50, 211, 875]]
    """
    y = np.abs(np.asarray(start, dtype=np.float64))
    if y.ndim != 2 or not y.size:
        raise ValueError(f"Expected starts of shape (S, d) but got {y.shape}")
    if not (np.isfinite(y).all() and (y <= 1).all()):
        raise ValueError("Expected finite starts with |x| <= tau (|y| <= 1)")
    runs, d = y.shape
    try:
        h, b = (np.broadcast_to(np.asarray(v, dtype=np.float64), (runs,)) for v in (growth, decay))
    except ValueError:
        raise ValueError(f"Expected growth and decay to be numbers or arrays ({runs},)") from None
    if not (np.isfinite(h).all() and (h > 0).all()):
        raise ValueError(f"Expected growth > 0 but got {growth}")
    if not ((b > 0) & (b <= 1)).all():
        raise ValueError(f"Expected 0 < decay <= 1 but got {decay}")
    entered, escaped = np.full((runs, d), np.inf), np.full((runs, d), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs, shrink = np.log(y), np.log1p(-b)
        time = np.zeros(runs)
        for k in range(d):
            wait = np.maximum(np.ceil(-logs[:, k] / np.log1p(h)), 0)
            time = time + wait
            entered[:, k] = time
            following = logs[:, k + 1] + wait * shrink if k + 1 < d else np.full(runs, -np.inf)
            reached = np.exp(logs[:, k] + wait * np.log1p(h))
            steps, following = _pass_floats(np.where(np.isfinite(time), reached, 2.0), following, h, b)
            time = time + steps
            escaped[:, k] = time
            if k + 1 < d:
                logs[:, k + 1] = following
                logs[:, k + 2 :] += ((wait + steps) * shrink)[:, None]
            logs[~np.isfinite(time)] = -np.inf
    return entered, escaped


def _pass_floats(y: Array, log_v: Array, h: Array, b: Array) -> tuple[Array, Array]:
    """Steps until y >= 2 (nan when the next coordinate passes 1), and the log of the next coordinate."""
    steps, log_v = np.zeros(len(y)), log_v.copy()
    active = np.flatnonzero(y < 2)
    for _ in range(_MAX_PASSAGE):
        if not active.size:
            return steps, log_v
        s, hh, bb = y[active] - 1, h[active], b[active]
        v = np.exp(log_v[active])
        lost = v > 1
        moved = y[active] + hh + s * (hh + s * (7 * bb - 5 * hh - s * (5 * bb - 3 * hh)))
        y[active] = moved + 15 * (bb + hh) * (s * (1 - s) * v) ** 2
        log_v[active] += np.log(1 - bb + (bb + hh) * s**3 * (10 - 15 * s + 6 * s * s))
        steps[active] = np.where(lost, np.nan, steps[active] + 1)
        active = active[(y[active] < 2) & ~lost]
    steps[active] = np.nan
    return steps, log_v


def orbit(chain: SaddleChain, start: Sequence[Number], step_size: Number, steps: int) -> list[list[Number]]:
    """The iterates 0 .. steps of gradient descent in the arithmetic of the numbers, exact for rationals.

    Exact rationals grow by a factor of three in length with every step of a passage: a few dozen steps at
    most.  Raises ValueError where an iterate leaves the octopus, naming it, and for steps < 0.

    >>> orbit(SaddleChain(2, 2, 1, 1), (Fraction(1, 2), Fraction(1, 3)), Fraction(1, 8), 1)[1]
    [Fraction(5, 8), Fraction(1, 6)]
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise ValueError(f"Expected a number of steps >= 0 but got {steps!r}")
    points = [[Fraction(v) if isinstance(v, int) else v for v in start]]
    for t in range(steps):
        try:
            slope = chain.gradient(points[-1])
        except ValueError as error:
            raise ValueError(f"Expected the iterates in the octopus, but iterate {t}: {error}") from error
        points.append([v - step_size * g for v, g in zip(points[-1], slope, strict=True)])
    return points


def _ball(name: str, value: Number) -> arb:
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    if isinstance(value, bool) or not isinstance(value, int | arb) or not math.isfinite(float(value)):
        raise ValueError(
            f"Expected {name} to be an int, Fraction or finite ball but got {type(value).__name__} {value!r}"
        )
    return arb(value)
