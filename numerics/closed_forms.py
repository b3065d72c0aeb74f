"""Closed forms of E f(u) g(v), (u, v) ~ N(0, A), for derivatives f, g of one activation, over any backend.

Main definitions: `Covariance`, the interface `ClosedForm` and its families `Kinked` (ReLU, leaky ReLU, step,
sign, abs), `RectifiedPower` (arc-cosine kernels of degree >= 2), `ErrorFunction`, `GaussianLinearUnit`,
`Sine`, `Cosine`, `Exponential`, `GaussianBump`, `Polynomial` and `Affine` (a + b f(c z)). Derivatives are in
the sense of distributions: sign' = 2 delta, so that Price's identities hold at kinks and jumps too.

Every family gives mean(o, q, i) = E s^(i)(z), z ~ N(0, q), i <= 2; dual(o, A, (i, j)) = E s^(i)(u) s^(j)(v)
for i + j <= 2; and coefficient(o, k, q) = E s(sqrt(q) z) He_k(z), z ~ N(0, 1). `o` is a `Backend`.

References: C. Williams, "Computing with infinite networks" (NIPS 1996), erf and Gaussian; Y. Cho, L. Saul,
"Kernel methods for deep learning" (2009), rectified powers; R. Tsuchida, T. Pearce, et al., "Avoiding kernel
fixed points" (AAAI 2021), GELU; R. Price, IRE Trans. Inf. Theory 4 (1958), derivatives in A. All formulas
follow from Gaussian integration by parts, E u f = A_11 E f_u + A_12 E f_v, and from tilting a Gaussian.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

from numerics.backends import Backend

Orders: TypeAlias = tuple[int, int]
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Covariance:
    """A = [[q1, c], [c, q2]] with its root determinant `cross` = sqrt(q1 q2 - c^2), all of one backend.

    >>> Covariance(1.0, 0.6, 1.0, 0.8).swapped().q1
    1.0
    """

    q1: Any
    c: Any
    q2: Any
    cross: Any

    def swapped(self) -> "Covariance":
        """The covariance of (v, u)."""
        return Covariance(self.q2, self.c, self.q1, self.cross)

    def scaled(self, factor: Any) -> "Covariance":
        """The covariance of sqrt(factor) (u, v), factor >= 0."""
        return Covariance(*(factor * x for x in (self.q1, self.c, self.q2, self.cross)))


class ClosedForm(Protocol):
    """Means, duals and Hermite coefficients of an activation; see the module's head for their meaning.

    >>> from numerics.backends import NUMPY
    >>> bool(abs(Sine().mean(NUMPY, 1.0, 1) - math.exp(-0.5)) < 1e-16)
    True
    """

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v), (i, j) = orders."""

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z), z ~ N(0, 1)."""


def double_factorial(n: int) -> int:
    """n!! = n (n-2) (n-4) ..., with (-1)!! = 0!! = 1.

    >>> [double_factorial(n) for n in (-1, 0, 5, 6)]
    [1, 1, 15, 48]
    """
    return math.prod(range(n, 0, -2))


def hermite_at_zero(n: int) -> int:
    """He_n(0): (-1)^(n/2) (n-1)!! for even n >= 0, else 0.

    >>> [hermite_at_zero(n) for n in range(5)]
    [1, 0, -1, 0, 3]
    """
    return 0 if n < 0 or n % 2 else (-1) ** (n // 2) * double_factorial(n - 1)


def _tilted_hermite(k: int, shrink: Any) -> Any:
    """E He_k(sqrt(t) z) = (t - 1)^(k/2) (k-1)!! with shrink = 1 - t."""
    return 0 * shrink if k < 0 or k % 2 else (-shrink) ** (k // 2) * double_factorial(k - 1)


def _peak(o: Backend, q: Any) -> Any:
    """The density of N(0, q) at 0."""
    return 1 / o.root(2 * o.pi() * q)


@dataclass(frozen=True)
class Kinked:
    """constant + linear z + absolute |z| + sign sgn(z): everything that is linear on either side of 0.

    >>> from numerics.backends import EXACT
    >>> Kinked(linear=_HALF, absolute=_HALF).mean(EXACT, EXACT.number(1), 0)
    sqrt(2)/(2*sqrt(pi))
    """

    constant: Fraction = Fraction(0)
    linear: Fraction = Fraction(0)
    absolute: Fraction = Fraction(0)
    sign: Fraction = Fraction(0)

    def _atoms(self, order: int) -> dict[str, Fraction]:
        atoms = (
            {"1": self.constant, "z": self.linear, "|z|": self.absolute, "sgn": self.sign},
            {"1": self.linear, "sgn": self.absolute, "delta": 2 * self.sign},
            {"delta": 2 * self.absolute, "delta'": 2 * self.sign},
        )[order]
        return {name: weight for name, weight in atoms.items() if weight}

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        total = 0 * q
        for name, weight in self._atoms(order).items():
            if name in ("1", "|z|", "delta"):
                known = 1 if name == "1" else _peak(o, q) if name == "delta" else o.root(2 * q / o.pi())
                total = total + o.number(weight) * known
        return total

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v); (1, 1) with a jump and (2, 0) with a kink need a positive determinant."""
        total = 0 * A.c
        for left, x in self._atoms(orders[0]).items():
            for right, y in self._atoms(orders[1]).items():
                value = _pair(o, A, left, right)
                value = _pair(o, A.swapped(), right, left) if value is None else value
                if value is not None:
                    total = total + o.number(x * y) * value
        return total

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        peak = 2 * _peak(o, o.number(1))
        if k == 0:
            return self.mean(o, q, 0)
        bent = o.number(self.absolute * hermite_at_zero(k - 2)) * peak
        straight = bent + (o.number(self.linear) if k == 1 else 0)
        return o.root(q) * straight + o.number(self.sign * hermite_at_zero(k - 1)) * peak


def _pair(o: Backend, A: Covariance, left: str, right: str) -> Any:
    """E left(u) right(v) for the atoms of `Kinked`; None for 0 and for pairs listed the other way round."""
    pi = o.pi()
    if left == right == "1":
        return 1
    if left == right == "z":
        return A.c
    if left == right == "|z|":
        return 2 / pi * (A.cross + A.c * o.atan2(A.c, A.cross))
    if left == right == "sgn":
        return 2 / pi * o.atan2(A.c, A.cross)
    if left == right == "delta":
        return 1 / (2 * pi * A.cross)
    if (left, right) == ("1", "|z|"):
        return o.root(2 * A.q2 / pi)
    if (left, right) == ("z", "sgn"):
        return A.c * o.root(2 / (pi * A.q2))
    if (left, right) == ("1", "delta"):
        return _peak(o, A.q2)
    if (left, right) == ("|z|", "delta"):
        return A.cross / (pi * A.q2)
    if (left, right) == ("z", "delta'"):
        return -A.c * _peak(o, A.q2) / A.q2
    if (left, right) == ("sgn", "delta'"):
        return -A.c / (pi * A.q2 * A.cross)
    return None


@dataclass(frozen=True)
class RectifiedPower:
    """max(z, 0)^power with power >= 2; the arc-cosine kernel of that degree is twice its dual.

    >>> from numerics.backends import EXACT
    >>> one, zero = EXACT.number(1), EXACT.number(0)
    >>> RectifiedPower(2).dual(EXACT, Covariance(one, one, one, zero), (0, 0))     # E z^4 / 2
    3/2
    """

    power: int

    def _falling(self, order: int) -> int:
        return math.perm(self.power, order)

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        return o.number(self._falling(order)) * self._half_moment(o, q, self.power - order)

    @staticmethod
    def _half_moment(o: Backend, q: Any, n: int) -> Any:
        """E max(z, 0)^n = (n-1)!! q^(n/2) / 2, times sqrt(2 / pi) for odd n."""
        size = o.number(Fraction(double_factorial(n - 1), 2)) * q ** (n // 2)
        return size * o.root(2 * q / o.pi()) if n % 2 else size

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        i, j = orders
        scale = o.number(self._falling(i) * self._falling(j))
        return scale * self._moment(o, A, self.power - i, self.power - j)

    def _moment(self, o: Backend, A: Covariance, m: int, n: int) -> Any:
        """E u_+^m v_+^n by integration by parts on the higher power."""
        if m < n:
            return self._moment(o, A.swapped(), n, m)
        if m == 0:
            return o.number(Fraction(1, 4)) + o.atan2(A.c, A.cross) / (2 * o.pi())
        if m == 1:
            first = A.q1 * _peak(o, A.q1) * self._half_moment(o, A.cross**2 / A.q1, n)
        else:
            first = (m - 1) * A.q1 * self._moment(o, A, m - 2, n)
        if n == 0:
            spread = A.cross**2 / A.q2
            return first + A.c * _peak(o, A.q2) * self._half_moment(o, spread, m - 1)
        return first + n * A.c * self._moment(o, A, m - 1, n - 1)

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z) = q^(n/2) n! E max(z, 0)^(n-k) / (n-k)!, ending in He_(k-n-1)(0)."""
        n, one = self.power, o.number(1)
        if k <= n:
            rest = self._half_moment(o, one, n - k) * o.number(math.perm(n, k))
        else:
            rest = o.number(math.factorial(n) * hermite_at_zero(k - n - 1)) * _peak(o, one)
        return rest * q ** (n // 2) * (o.root(q) if n % 2 else 1)


@dataclass(frozen=True)
class ErrorFunction:
    """erf(z); its dual is the arcsine kernel of Williams (1996)."""

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        return 2 / o.root(o.pi() * (1 + 2 * q)) if order == 1 else 0 * q

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        if orders in ((0, 1), (1, 0)):
            return 0 * A.c
        if orders == (0, 2):
            return self.dual(o, A.swapped(), (2, 0))
        # det(I + 2 A), without the cancellation of (1 + 2 q1)(1 + 2 q2) - 4 c^2.
        root = o.root(1 + 2 * A.q1 + 2 * A.q2 + 4 * A.cross**2)
        if orders == (0, 0):
            return 2 / o.pi() * o.atan2(2 * A.c, root)
        if orders == (1, 1):
            return 4 / (o.pi() * root)
        return -8 * A.c / (o.pi() * (1 + 2 * A.q1) * root)

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        return o.root(q) * self.mean(o, q, 1) * _tilted_hermite(k - 1, 2 * q / (1 + 2 * q))


@dataclass(frozen=True)
class GaussianLinearUnit:
    """z Phi(z), GELU."""

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        peak = _peak(o, 1 + q)
        return (q * peak, 0 * q + o.number(_HALF), (2 - q / (1 + q)) * peak)[order]

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        if orders in ((1, 0), (0, 2)):
            return self.dual(o, A.swapped(), (orders[1], orders[0]))
        one, two, half = 1 + A.q1, 1 + A.q2, o.number(_HALF)
        if orders == (0, 1):
            p1, p2 = _peak(o, one), _peak(o, two)
            return half * (A.q1 * p1 + A.c * p2 * (1 + 1 / two))
        if orders == (2, 0):
            # phi(u) tilts the law to variances q1 / one, q2 - c^2 / one and covariance c / one.
            spread = (A.q2 + A.cross**2) / one
            tilted, c = _peak(o, 1 + spread), A.c / one
            slope = c * tilted * (2 - spread / (1 + spread))
            return _peak(o, one) * ((2 - A.q1 / one) * spread * tilted - c * slope)
        det = one + A.q2 + A.cross**2
        both = o.number(Fraction(1, 4)) + o.atan2(A.c, o.root(det)) / (2 * o.pi())
        density = 1 / (2 * o.pi() * o.root(det))
        if orders == (1, 1):
            return both + A.c * density * (1 / one + 1 / two + 1 / det)
        # q1 q2 - c^2 + c^2 (1/one + 1/two), written with the determinant.
        return A.c * both + density * (A.cross**2 + A.c**2 * (1 / one + 1 / two))

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z), from z He_k = He_(k+1) + k He_(k-1)."""
        shrink, slope = q / (1 + q), o.root(q) * _peak(o, 1 + q)

        def cdf(n: int) -> Any:
            return o.number(_HALF) if n == 0 else slope * _tilted_hermite(n - 1, shrink)

        return o.root(q) * (cdf(k + 1) + (k * cdf(k - 1) if k else 0))


def _wave(o: Backend, k: int, q: Any, phase: int) -> Any:
    """E cos(sqrt(q) z - phase pi / 2) He_k(z) = Re i^(k - phase) q^(k/2) e^(-q/2)."""
    turn = (1, 0, -1, 0)[(k - phase) % 4]
    return turn * q ** (k // 2) * (o.root(q) if k % 2 else 1) * o.exp(-q / 2)


@dataclass(frozen=True)
class _Wave:
    phase: int

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        return (1, 0, -1, 0)[(order - self.phase) % 4] * o.exp(-q / 2)

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v), from products of cosines as sums."""
        total, i, j = (A.q1 + A.q2) / 2, *orders
        near, far = o.exp(A.c - total), o.exp(-A.c - total)
        # cos(u + i pi/2) cos(v + j pi/2): half of the cosines of the difference and of the sum.
        minus, plus = (1, 0, -1, 0)[(i - j) % 4], (1, 0, -1, 0)[(i + j - 2 * self.phase) % 4]
        return o.number(_HALF) * (minus * near + plus * far)

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        return _wave(o, k, q, self.phase)


class Sine(_Wave):
    """sin(z)."""

    def __init__(self) -> None:
        super().__init__(1)


class Cosine(_Wave):
    """cos(z)."""

    def __init__(self) -> None:
        super().__init__(0)


@dataclass(frozen=True)
class Exponential:
    """e^z."""

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        return o.exp(q / 2)

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        return o.exp((A.q1 + A.q2) / 2 + A.c)

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        return q ** (k // 2) * (o.root(q) if k % 2 else 1) * o.exp(q / 2)


@dataclass(frozen=True)
class GaussianBump:
    """e^(-z^2 / 2)."""

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        height = 1 / o.root(1 + q)
        return (height, 0 * q, -height / (1 + q))[order]

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        if orders in ((0, 1), (1, 0)):
            return 0 * A.c
        det = 1 + A.q1 + A.q2 + A.cross**2
        height = 1 / o.root(det)
        if orders == (0, 0):
            return height
        if orders == (1, 1):
            return A.c * height / det
        return -height * (1 + (A.q2 if orders == (2, 0) else A.q1)) / det

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        return _tilted_hermite(k, q / (1 + q)) / o.root(1 + q)


def _derivative(p: Sequence[Fraction], order: int) -> list[Fraction]:
    return [math.perm(k, order) * x for k, x in enumerate(p)][order:]


@dataclass(frozen=True)
class Polynomial:
    """sum_k coefficients[k] z^k, exact coefficients, at least one.

    >>> from numerics.backends import EXACT
    >>> one = EXACT.number(1)
    >>> square = Polynomial((Fraction(0), Fraction(0), Fraction(1)))
    >>> square.dual(EXACT, Covariance(one, one, one, 0 * one), (0, 0))
    3
    """

    coefficients: tuple[Fraction, ...]

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q), by Horner in q - 1, in which Hermite polynomials are monomials."""
        p = _derivative(self.coefficients, order)[::2]
        moments = [double_factorial(2 * r - 1) * x for r, x in enumerate(p)]
        total = 0 * q
        for r in reversed(range(len(moments))):
            shifted = sum((math.comb(n, r) * moments[n] for n in range(r, len(moments))), Fraction(0))
            total = total * (q - 1) + o.number(shifted)
        return total

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v) = sum_m c^m / m! E s^(i+m)(u) E s^(j+m)(v)."""
        total = 0 * A.c
        for m in reversed(range(len(self.coefficients))):
            term = self.mean(o, A.q1, orders[0] + m) * self.mean(o, A.q2, orders[1] + m)
            total = total * A.c + term / math.factorial(m)
        return total

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        return q ** (k // 2) * (o.root(q) if k % 2 else 1) * self.mean(o, q, k)


@dataclass(frozen=True)
class Affine:
    """offset + factor s(scale z) for a closed form s; scale is not 0."""

    inner: ClosedForm
    offset: Fraction
    factor: Fraction
    scale: Fraction

    def mean(self, o: Backend, q: Any, order: int) -> Any:
        """E s^(order)(z), z ~ N(0, q)."""
        inner = self.inner.mean(o, o.number(self.scale**2) * q, order)
        return o.number(self.factor * self.scale**order) * inner + o.number(0 if order else self.offset)

    def dual(self, o: Backend, A: Covariance, orders: Orders) -> Any:
        """E s^(i)(u) s^(j)(v)."""
        (i, j), wide = orders, A.scaled(o.number(self.scale**2))
        total = o.number(self.factor**2 * self.scale ** (i + j)) * self.inner.dual(o, wide, orders)
        for order, other, q in ((i, j, wide.q2), (j, i, wide.q1)):
            if order == 0 and self.offset:
                weight = o.number(self.offset * self.factor * self.scale**other)
                total = total + weight * self.inner.mean(o, q, other)
        return total + o.number(self.offset**2 if orders == (0, 0) else 0)

    def coefficient(self, o: Backend, k: int, q: Any) -> Any:
        """E s(sqrt(q) z) He_k(z)."""
        sign = -1 if self.scale < 0 and k % 2 else 1
        inner = self.inner.coefficient(o, k, o.number(self.scale**2) * q)
        return o.number(self.factor * sign) * inner + o.number(0 if k else self.offset)
