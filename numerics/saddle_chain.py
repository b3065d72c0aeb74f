"""A chain of d strict saddles joined by splines, along which gradient descent needs exponentially long.

The tube and the octopus of S. Du, PhD thesis (CMU 2019), Chapter 7, displays (7.5)-(7.18) and Lemma 7.4,
after Du, Jin, Lee, Jordan, Poczos, Singh, "Gradient descent can take exponential time to escape saddle
points" (NeurIPS 2017).  Every coordinate is resting (|x| <= tau), passing (tau <= |x| <= 2 tau) or settled
(2 tau <= |x| <= 6 tau), and f is a sum over the chain: with k the first coordinate that is not settled,

    f(x) = sum_{j <= k} a(|x_j|) + q(|x_k|) x_{k+1}^2 + L sum_{j > k + 1} x_j^2,

    a(s) = -gamma s^2,  g1(s),  L (s - 4 tau)^2 - nu   and   q(s) = L,  g2(s),  -gamma

for the three ranges of s.  This is the printed list of regions in one line: the tube is the part x >= 0, the
octopus its mirror images in the coordinate planes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from flint import arb, fmpq

__all__ = ["SaddleChain"]

Number = Any  # int, Fraction, arb or float


@dataclass(frozen=True)
class SaddleChain:
    """The objective in dimension `d` >= 1 with curvatures L, -gamma and length tau, all > 0.

    The constants may be int, Fraction, arb or float, and the arithmetic is that of the constants and the
    point: exact for rationals, enclosing where one of them is a ball.  Points are sequences of d numbers; the
    methods in the plural (`values`, `gradients`) take numpy or torch arrays (..., d) and work in floats.
    L > gamma, which the theory asks for, is not required.  Raises ValueError for constants that are not
    positive, for a point of the wrong length, outside the domain, or with balls that straddle two ranges.

    >>> chain = SaddleChain(2, 3, 1, 1)
    >>> chain.value((4, 4)) == -2 * chain.nu, chain.gradient((4, 0)) == [0, 0]
    (True, True)
    >>> [[int(h) for h in row] for row in chain.hessian((4, 0))]
    [[6, 0], [0, -2]]
    """

    d: int
    L: Number
    gamma: Number
    tau: Number

    def __post_init__(self) -> None:
        if isinstance(self.d, bool) or not isinstance(self.d, int) or self.d < 1:
            raise ValueError(f"Expected an integer dimension d >= 1 but got {self.d!r}")
        for name in ("L", "gamma", "tau"):
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"Expected {name} > 0 but got {value!r}")
        constants = (self.L, self.gamma, self.tau)
        lift = _ball if any(isinstance(v, arb) for v in constants) else _exact
        for name, value in zip(("L", "gamma", "tau"), constants, strict=True):
            object.__setattr__(self, name, lift(value))

    # ---- the two splines of Lemma 7.4, and the offset

    def g1(self, x: Number, order: int = 0) -> Number:
        """g1, or its derivative of `order`, at tau <= x <= 2 tau.  Its slope is the cubic Hermite interpolant

        p(tau) = -2 gamma tau, p'(tau) = -2 gamma, p(2 tau) = -4 L tau, p'(2 tau) = 2 L, and
        g1(tau) = -gamma tau^2.
        """
        L, c, tau = self.L, self.gamma, self.tau
        square, cubic = (10 * c - 14 * L) / tau, (10 * L - 6 * c) / tau**2
        coefficients = (-c * tau**2, -2 * c * tau, -c, square / 3, cubic / 4)
        return _polynomial(coefficients, x - tau, order)

    def g2(self, x: Number, order: int = 0) -> Number:
        """g2, or its derivative of `order`, at tau <= x <= 2 tau: the quintic step from L to -gamma."""
        both, tau = self.L + self.gamma, self.tau
        zero = 0 * both
        scaled = tuple(-k * both / tau**n for k, n in ((10, 3), (15, 4), (6, 5)))
        return _polynomial((-self.gamma, zero, zero, *scaled), x - 2 * tau, order)

    @property
    def nu(self) -> Number:
        """The offset 4 L tau^2 - g1(2 tau): every settled coordinate at 4 tau contributes -nu."""
        return 4 * self.L * self.tau**2 - self.g1(2 * self.tau)

    # ---- one point, in the arithmetic of its numbers

    def region(self, x: Sequence[Number]) -> tuple[int, bool]:
        """(k, passing): the first k coordinates are settled, and whether coordinate k (from 0) is passing.

        k = d when all are settled.  A rational point on an interface belongs to the earlier region.
        """
        chain, x = self._in_one_arithmetic(x)
        tau, k = chain.tau, 0
        sizes = [abs(v) for v in x]
        while k < self.d and _at_least(sizes[k], 2 * tau, k):
            if not _at_most(sizes[k], 6 * tau, k):
                raise ValueError(f"Expected |x| <= 6 tau but coordinate {k} is {x[k]}")
            k += 1
        if k > 0 and sizes[k - 1] == 2 * tau and all(_at_most(s, tau, j) for j, s in enumerate(sizes[k:])):
            k -= 1
        for j in range(k + 1, self.d):
            if not _at_most(sizes[j], tau, j):
                raise ValueError(
                    f"Expected a point of the octopus, |x_j| <= tau after the first unsettled coordinate, "
                    f"{k}, but coordinate {j} is {x[j]}"
                )
        return k, k < self.d and not _at_most(sizes[k], tau, k)

    def _check_length(self, x: Sequence[Number]) -> None:
        if len(x) != self.d:
            raise ValueError(f"Expected a point of {self.d} numbers but got {len(x)}")

    def _in_one_arithmetic(self, x: Sequence[Number]) -> tuple[SaddleChain, list[Number]]:
        """Rationals become balls where a constant or a coordinate is one: the two do not mix."""
        self._check_length(x)
        constants = (self.L, self.gamma, self.tau)
        if not any(isinstance(v, arb) for v in (*constants, *x)):
            return self, list(x)
        return SaddleChain(self.d, *map(_ball, constants)), list(map(_ball, x))

    def value(self, x: Sequence[Number]) -> Number:
        """f at one point."""
        chain, x = self._in_one_arithmetic(x)
        (k, passing), L, tau = chain.region(x), chain.L, chain.tau
        total = 0 * L
        for v in x[:k]:
            total += L * (abs(v) - 4 * tau) ** 2 - chain.nu
        if k < self.d:
            total += chain.g1(abs(x[k])) if passing else -chain.gamma * x[k] ** 2
        for j in range(k + 1, self.d):
            weight = chain.g2(abs(x[k])) if passing and j == k + 1 else L
            total += weight * x[j] ** 2
        return total

    def gradient(self, x: Sequence[Number]) -> list[Number]:
        """The gradient of f at one point, d numbers."""
        chain, x = self._in_one_arithmetic(x)
        (k, passing), L, tau = chain.region(x), chain.L, chain.tau
        slope = [2 * L * _odd(v, abs(v) - 4 * tau) for v in x[:k]]
        if k < self.d:
            slope.append(_odd(x[k], chain.g1(abs(x[k]), 1)) if passing else -2 * chain.gamma * x[k])
        slope += [2 * L * v for v in x[k + 1 :]]
        if passing and k + 1 < self.d:
            slope[k] += _odd(x[k], chain.g2(abs(x[k]), 1)) * x[k + 1] ** 2
            slope[k + 1] = 2 * chain.g2(abs(x[k])) * x[k + 1]
        return slope

    def hessian(self, x: Sequence[Number]) -> list[list[Number]]:
        """The Hessian of f at one point, d x d; on an interface both neighbours give the same."""
        chain, x = self._in_one_arithmetic(x)
        (k, passing), zero = chain.region(x), 0 * chain.L
        rows = [[2 * chain.L if i == j else zero for j in range(self.d)] for i in range(self.d)]
        if k < self.d:
            rows[k][k] = chain.g1(abs(x[k]), 2) if passing else -2 * chain.gamma
        if passing and k + 1 < self.d:
            rows[k][k] += chain.g2(abs(x[k]), 2) * x[k + 1] ** 2
            rows[k + 1][k + 1] = 2 * chain.g2(abs(x[k]))
            rows[k][k + 1] = rows[k + 1][k] = 2 * _odd(x[k], chain.g2(abs(x[k]), 1)) * x[k + 1]
        return rows

    # ---- the domains

    def in_octopus(self, x: Sequence[Number]) -> bool:
        """Whether |x| lies in the tube D0 of (7.5), all d + 1 boxes of it."""
        self._check_length(x)
        try:
            self.region(x)
        except ValueError:
            return False
        return True

    def in_tube(self, x: Sequence[Number]) -> bool:
        """Whether x lies in the tube D0 of (7.5)."""
        return all(v >= 0 for v in x) and self.in_octopus(x)

    # ---- many points in floats

    def _parts(self, x: Any) -> tuple[ModuleType, Any, Any, Any, Any, tuple[float, float, float]]:
        """Array namespace, |x|, and masks: settled before, first unsettled, the one after it."""
        xp: Any = np
        if not isinstance(x, np.ndarray):
            import torch

            if not isinstance(x, torch.Tensor):
                raise ValueError(
                    f"Expected a numpy or torch array (..., {self.d}) but got {type(x).__name__}"
                )
            xp = torch
        if x.ndim < 1 or x.shape[-1] != self.d:
            raise ValueError(f"Expected an array (..., {self.d}) but got shape {tuple(x.shape)}")
        constants = (float(self.L), float(self.gamma), float(self.tau))
        size = xp.abs(x)
        settled = xp.cumprod(xp.asarray(size >= 2 * constants[2], dtype=x.dtype), -1) > 0
        before = xp.concatenate([xp.ones_like(settled[..., :1]), settled[..., :-1]], -1)
        active = before & ~settled
        after = xp.concatenate([xp.zeros_like(active[..., :1]), active[..., :-1]], -1)
        return xp, size, settled, active, after, constants

    def _on_floats(self) -> SaddleChain:
        return SaddleChain(self.d, float(self.L), float(self.gamma), float(self.tau))

    def values(self, x: Any) -> Any:
        """f at the points (..., d) of a numpy or torch array, in floats; differentiable by torch.

        The points are not checked: outside the octopus the formula is continued.
        """
        xp, size, settled, active, after, (L, c, tau) = self._parts(x)
        chain = self._on_floats()
        clipped = xp.clip(size, tau, 2 * tau)
        own = xp.where(size > tau, chain.g1(clipped), -c * size**2)
        weight = xp.where(size > tau, chain.g2(clipped), L + 0 * size)
        carried = xp.concatenate([0 * weight[..., :1], weight[..., :-1]], -1)
        terms = xp.where(
            settled,
            L * (size - 4 * tau) ** 2 - chain.nu,
            xp.where(active, own, xp.where(after, carried, L + 0 * size) * size**2),
        )
        return terms.sum(-1)

    def gradients(self, x: Any) -> Any:
        """The gradients (..., d) at the points (..., d), in the way of `values`."""
        xp, size, settled, active, after, (L, c, tau) = self._parts(x)
        chain, sign = self._on_floats(), xp.sign(x)
        clipped = xp.clip(size, tau, 2 * tau)
        passing = size > tau
        following = xp.concatenate([size[..., 1:], 0 * size[..., :1]], -1)
        bent = chain.g1(clipped, 1) + chain.g2(clipped, 1) * following**2
        own = xp.where(passing, bent, -2 * c * size)
        weight = xp.where(passing, chain.g2(clipped), L + 0 * size)
        carried = xp.concatenate([0 * weight[..., :1], weight[..., :-1]], -1)
        resting = 2 * xp.where(after, carried, L + 0 * size) * size
        return sign * xp.where(settled, 2 * L * (size - 4 * tau), xp.where(active, own, resting))


def _polynomial(coefficients: Sequence[Number], u: Number, order: int) -> Number:
    """The derivative of `order` of sum_n c_n u^n, by Horner's rule."""
    rest = list(coefficients)
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(f"Expected an order of derivative >= 0 but got {order!r}")
    for _ in range(order):
        rest = [n * c for n, c in enumerate(rest)][1:]
    total = 0 * u
    for c in reversed(rest):
        total = total * u + c
    return total


def _exact(value: Number) -> Number:
    return Fraction(value) if isinstance(value, int) else value


def _ball(value: Number) -> arb:
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else arb(value)


def _odd(x: Number, value: Number) -> Number:
    """The odd continuation: `value`, which belongs to |x|, with the sign of x."""
    return value if x > 0 else -value


def _at_least(value: Number, bound: Number, place: int) -> bool:
    return _decide(value >= bound, value < bound, value, bound, place)


def _at_most(value: Number, bound: Number, place: int) -> bool:
    return _decide(value <= bound, value > bound, value, bound, place)


def _decide(yes: bool, no: bool, value: Number, bound: Number, place: int) -> bool:
    if yes == no:
        why = "is not a number" if not isinstance(value, arb) else f"straddles {bound}"
        raise ValueError(f"Expected a number on one side of {bound} but coordinate {place}, {value}, {why}")
    return yes
