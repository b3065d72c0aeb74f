"""Rigorous Gaussian integrals of functions analytic in a strip, by the trapezoidal rule.

Main definitions: `Factor` (x -> s^(m)(scale x)), `line` (E f(X) or E f(X) g(X)), `lattice` and `grid`
(E f(X) g(Y) at correlation rho, by two double sums). Hermite series are in `numerics.hermite_series`.

Why it is fast: the sum h sum_k f(k h) phi(k h) differs from E f(X) by the terms m != 0 of Poisson's formula,
which a shift of the line by i a bounds by

    e^(a^2/2) E|f(X + i a)| 2 t / (1 - t),    t = e^(-2 pi a / h),

since |phi(x + i a)| = e^(a^2/2) phi(x). In two dimensions the shift i (a, b) costs
exp((a, b) S^-1 (a, b) / 2) with S = [[1, rho], [rho, 1]], and E|f g| <= sqrt(E|f|^2 E|g|^2). On h Z^2,

    x^2 + y^2 - 2 rho x y = (1 - rho)(x^2 + y^2) + rho (x - y)^2,

so that the double sum over N^2 points is a product of two polynomials and needs only 2 N values of f and g.

References: L. Trefethen, J. Weideman, "The exponentially convergent trapezoidal rule" (SIAM Review 56, 2014),
Theorem 5.1.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpz_poly

from numerics.activation import Activation
from numerics.backends import REAL_BALLS
from numerics.balls import ball, gaussian_expectation, precision

_LOG2 = math.log(2)
# Shifts tried, relative to sqrt(2 bits log 2), the best one for a bounded entire function.
_SHARES = (0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.4, 0.6, 1)
# More nodes than this take minutes; a variance so large or digits so many are refused.
NODE_LIMIT = 1 << 21


@dataclass(frozen=True)
class Factor:
    """The function x -> s^(order)(scale x) with scale an arb of either sign.

    >>> from numerics.activations import tanh
    >>> Factor(tanh, 0, arb(2)).limit < math.pi / 4
    True
    """

    activation: Activation
    order: int
    scale: Any

    @property
    def limit(self) -> float:
        """A lower bound for the half-width of the strip of analyticity in x."""
        top = float(abs(self.scale).upper())
        if self.activation.strip in (0.0, math.inf) or top == 0:
            return math.inf if self.activation.strip else 0.0
        return self.activation.strip / top * (1 - 1e-12)

    def growth(self, width: Any) -> tuple[Any, Any, int]:
        """(A, B, k) with |f(x)| <= A + B |Re x|^k for |Im x| <= width."""
        size = abs(self.scale)
        a, b, k = self.activation.bound((ball(width) * size).upper(), self.order)
        return a.upper(), (b * size**k).upper(), k

    def norm(self, width: Any) -> Any:
        """A bound of sqrt(E |f(X + i a)|^2), X ~ N(0, 1), |a| <= width."""
        a, b, k = self.growth(width)
        moment = math.prod(range(2 * k - 1, 0, -2))
        return (2 * a * a + 2 * b * b * moment).sqrt().upper()

    def log_norm(self, width: float) -> float:
        """Logarithm of `norm` in floats, for choosing a step; -inf for 0."""
        with precision(53):
            value = self.norm(width)
            return float(value.log().mid()) if value > 0 else -math.inf

    def __call__(self, x: Any) -> Any:
        """Enclosure of f(x) for an arb x."""
        return self.activation.formula(REAL_BALLS, self.scale * x, self.order)


def dyadic_below(x: float) -> Fraction:
    """A dyadic of six bits just below x > 0, so that nodes k h are exact.

    >>> dyadic_below(0.3)
    Fraction(19, 64)
    """
    mantissa, exponent = math.frexp(x)
    return Fraction(int(mantissa * 64)) * Fraction(2) ** (exponent - 6)


def _widths(limit: float, bits: int) -> list[float]:
    free = math.sqrt(2 * bits * _LOG2)
    inner = [limit * x for x in (0.5, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985)] if limit < math.inf else []
    return [a for a in inner if a < free] + [a for x in _SHARES if (a := free * x) < limit]


def best_step(limit: float, bits: int, log_size: Any) -> tuple[float, float]:
    """The largest (h, a) at which e^(a^2/2) size(a) t is about 2^-bits.

    >>> h, a = best_step(math.pi, 64, lambda a: 0.0)
    >>> 0.3 < h < 0.5 and a < math.pi
    True
    """
    steps = [
        (2 * math.pi * a / max(1.0, bits * _LOG2 + a * a / 2 + log_size(a)), a) for a in _widths(limit, bits)
    ]
    return max(steps)


def aliases(width: float, step: Fraction) -> Any:
    """2 t / (1 - t), t = e^(-2 pi width / step): the sum of the terms m != 0 of Poisson's formula.

    >>> aliases(1.0, Fraction(1, 8)) < 1e-20
    True
    """
    t = (-2 * arb.pi() * ball(width) / ball(step)).exp()
    return 2 * t / (1 - t) if t < 1 else arb.pos_inf()


def growth_weight(*factors: Factor, spread: int = 1) -> tuple[Any, int]:
    """(W, k) with prod |f_i(spread x)| <= W |x|^k for all |x| >= 1.

    >>> from numerics.activations import relu
    >>> growth_weight(Factor(relu, 0, arb(3)))
    (3.00000000000000, 1)
    """
    total, power = arb(1), 0
    for f in factors:
        a, b, k = f.growth(0)
        total, power = (total * (a + b * spread**k)).upper(), power + k
    return total, power


def cut_off(weight: Any, power: int, bits: int, flat: bool = False) -> float:
    """T beyond which the tails of W |x|^k phi(x), or of its square root if `flat`, are below 2^-bits.

    >>> 9 < cut_off(arb(1), 0, 64) < 10
    True
    """
    with precision(53):
        size = float((weight + 1).log().mid())
    slope, cut = (0.25 if flat else 0.5), max(2.0, math.sqrt(4 * power))
    while size + power * math.log(cut) - slope * cut * cut > -bits * _LOG2:
        cut += 0.25
    return cut


def tail_bound(weight: Any, power: int, cut: Any, flat: bool = False) -> Any:
    """Bound of h sum_{|k h| >= cut} W |k h|^k phi(k h), a decreasing sequence, by its integral.

    `flat`: with e^(-x^2/4) / sqrt(2 pi) instead of phi. One integration by parts gives, for T^2 >= 2 k,
    int_T^inf x^k phi <= 2 T^(k-1) phi(T).

    >>> tail_bound(arb(1), 0, arb(10)) < 1e-21
    True
    """
    at = cut / arb(2).sqrt() if flat else cut
    if not (at * at >= 2 * power and at >= 1):
        return arb.pos_inf()
    tail = 4 * weight * at ** (power - 1) * (-at * at / 2).exp() / (2 * arb.pi()).sqrt()
    return tail * arb(2) ** (power + 1) if flat else tail


def node_count(cut: float, step: Fraction) -> int:
    """Nodes k h in (0, cut]. Raises ValueError beyond `NODE_LIMIT`.

    >>> node_count(1.0, Fraction(1, 8))
    8
    """
    nodes = math.ceil(cut / float(step))
    if nodes > NODE_LIMIT:
        raise ValueError(f"Expected a variance and digits that need at most {NODE_LIMIT} nodes, not {nodes}")
    return nodes


def gaussian_values(n: int, step: Fraction, factor: Any) -> list[Any]:
    """exp(-factor (k h)^2), k = 0..n, by two multiplications each.

    >>> gaussian_values(1, Fraction(1, 2), arb(4))[1].overlaps((-arb(1)).exp())
    True
    """
    base = (-factor * ball(step * step)).exp()
    ratio, square, values = base, base * base, [arb(1)]
    for _ in range(n):
        values.append(values[-1] * ratio)
        ratio *= square
    return values


def error_ball(*bounds: Any) -> Any:
    """The ball around 0 of the sum of the bounds; NaN if one of them is infinite.

    >>> error_ball(arb(1), arb(2)).contains(3)
    True
    """
    return arb(0, sum(bounds, arb(0)).upper()) if all(b.is_finite() for b in bounds) else arb.nan()


def line(factors: tuple[Factor, ...], bits: int) -> Any:
    """Enclosure of E prod_i f_i(X), X ~ N(0, 1), one or two factors, to about 2^-bits absolute.

    Functions that are not analytic on R go to `numerics.balls.gaussian_expectation`.

    >>> from numerics.activations import sine
    >>> line((Factor(sine, 0, arb(1)), Factor(sine, 0, arb(1))), 80).overlaps((1 - (-arb(2)).exp()) / 2)
    True
    """
    limit = min(f.limit for f in factors)
    weight, power = growth_weight(*factors)
    with precision(bits + 24):
        if limit == 0:
            return _line_with_kinks(factors, weight, power, bits)
    h, a = best_step(limit, bits, lambda a: sum(f.log_norm(a) for f in factors))
    step = dyadic_below(h)
    n = node_count(cut_off(weight, power, bits), step)
    with precision(bits + 24 + 2 * n.bit_length()):
        total = math.prod((f(arb(0)) for f in factors), start=arb(1))
        width = ball(step)
        for k, g in enumerate(gaussian_values(n, step, arb(0.5))[1:], 1):
            x = k * width
            near, far = factors[0](x), factors[0](-x)
            for f in factors[1:]:
                near, far = near * f(x), far * f(-x)
            total += (near + far) * g
        size = math.prod((f.norm(a) for f in factors), start=arb(1))
        alias = (ball(a) ** 2 / 2).exp() * size * aliases(a, step)
        return total * width / (2 * arb.pi()).sqrt() + error_ball(alias, tail_bound(weight, power, n * width))


def _line_with_kinks(factors: tuple[Factor, ...], weight: Any, power: int, bits: int) -> Any:
    def integrand(z: Any, analytic: bool) -> Any:
        values = [f.activation.ball(f.scale * z, analytic, f.order) for f in factors]
        return math.prod(values[1:], start=values[0])

    cuts = {(ball(x) / f.scale).mid() for f in factors for x in f.activation.breakpoints if f.scale > 0}
    return gaussian_expectation(
        integrand, bits=bits + 16, growth=(weight, weight, power), breakpoints=list(cuts)
    )


@dataclass(frozen=True)
class Correlation:
    """rho in [-1, 1] with 1 - |rho| beside it, both arbs, so that nothing is lost near +-1.

    >>> Correlation.of(arb(0.5)).gap
    0.500000000000000
    """

    rho: Any
    gap: Any

    @staticmethod
    def of(rho: Any) -> "Correlation":
        """From rho alone."""
        return Correlation(rho, 1 - abs(rho))

    @property
    def square_gap(self) -> Any:
        """1 - rho^2."""
        return self.gap * (1 + abs(self.rho))


@dataclass(frozen=True)
class LatticePlan:
    """Step, count and the three shifts of a lattice sum."""

    step: Fraction
    n: int
    shifts: tuple[float, float, float]


def plan_lattice(f: Factor, g: Factor, r: Correlation, bits: int) -> LatticePlan | None:
    """Parameters of `lattice`, or None where it would take more than `NODE_LIMIT` nodes.

    >>> from numerics.activations import tanh
    >>> f = Factor(tanh, 0, arb(1))
    >>> plan_lattice(f, f, Correlation.of(arb(0.5)), 64).n < 100
    True
    """
    gap, size = float(r.gap.lower()), abs(float(r.rho.mid()))
    if not gap > 0 or min(f.limit, g.limit) == 0:
        return None

    def sheared(one: Factor, two: Factor) -> tuple[float, float]:
        limit = min(one.limit, two.limit / (size * 1.001) if size else math.inf)
        return best_step(limit, bits, lambda a: one.log_norm(a) + two.log_norm(1.0005 * size * a))

    (h1, a1), (h2, a2) = sheared(f, g), sheared(g, f)
    h, limit = min(h1, h2), min(f.limit, g.limit)
    while True:
        # 2 pi gap / h is best for a bounded factor; less where the factor grows fast off the line.
        free, known = 2 * math.pi * gap / h, min(a1, a2)
        wide = [x * limit for x in (0.6, 0.8, 0.9, 0.96)] if limit < math.inf else [known, 0.5 * known]
        for e in (min(x, free) for x in wide):
            size_here = f.log_norm(e) + g.log_norm(e)
            if e * e / gap + size_here + 2 * _LOG2 - 4 * math.pi * e / h <= -bits * _LOG2:
                weight, power = growth_weight(f, g)
                n = math.ceil(cut_off(weight, power, bits + 2) / float(dyadic_below(h)))
                return LatticePlan(dyadic_below(h), n, (a1, a2, e)) if n <= NODE_LIMIT else None
        h *= 0.85
        if h < 1e-9:
            return None


def lattice(f: Factor, g: Factor, r: Correlation, plan: LatticePlan, bits: int) -> Any:
    """Enclosure of E f(X) g(Y), |rho| < 1, as h^2 sum over h Z^2, by one product of polynomials.

    >>> from numerics.activations import sine
    >>> f, r = Factor(sine, 0, arb(1)), Correlation.of(arb(-0.5))
    >>> lattice(f, f, r, plan_lattice(f, f, r, 80), 80).overlaps(-(-arb(1)).exp() * arb(0.5).sinh())
    True
    """
    step, n, (a1, a2, e) = plan.step, plan.n, plan.shifts
    with precision(bits + 24 + 2 * n.bit_length()):
        h, size, mirrored = ball(step), abs(r.rho), bool(r.rho < 0)
        decay = gaussian_values(n, step, 1 / (2 * (1 + size)))
        left = [f(k * h) * decay[abs(k)] for k in range(-n, n + 1)]
        same = f.activation is g.activation and f.order == g.order and f.scale is g.scale
        right = left if same else [g(k * h) * decay[abs(k)] for k in range(-n, n + 1)]
        # A product of polynomials sums over equal k + l, so y is reversed; rho < 0 reverses it once more.
        products, each = _convolution(left, right if mirrored else right[::-1])
        spread = gaussian_values(2 * n, step, size / (2 * r.square_gap))
        total = sum((p * spread[abs(m - 2 * n)] for m, p in enumerate(products)), arb(0))
        total += error_ball(each * (2 * sum(spread, arb(0))))
        root = r.square_gap.sqrt()
        total *= h * h / (2 * arb.pi() * root)
        first, second = _sheared_alias(f, g, size, a1, step), _sheared_alias(g, f, size, a2, step)
        mixed = (ball(e) ** 2 / r.gap).exp() * f.norm(e) * g.norm(e) * aliases(e, step) ** 2
        weight, power = growth_weight(f, g)
        # Along y the density at fixed x is unimodal: its sum is at most its integral plus its largest term.
        tail = 2 * (1 + h / root) * tail_bound(weight, power, n * h)
        return total + error_ball(first, second, mixed, tail)


def _integers(values: list[Any], bits: int) -> tuple[Any, Any]:
    """Integers within `error` of values * 2^bits, as a polynomial."""
    scale, error, out = arb((1, bits)), arb(0), []
    for x in values:
        # mid() is exact and floor() moves it by less than 1.
        out.append((x.mid() * scale).floor().mid().unique_fmpz())
        error = error.max(x.rad())
    return fmpz_poly(out), (error * scale).upper() + 1


def _convolution(left: list[Any], right: list[Any]) -> tuple[list[Any], Any]:
    """Coefficients of the product of two polynomials of equal length, and a bound for the error of each.

    In fixed point, as `arb_poly` is slow on coefficients of very different size: measured for the whole
    lattice sum of softplus at variance 10^6, 15 digits: 56 s against 0.6 s.
    """
    bits = ctx.prec
    p, error_p = _integers(left, bits)
    q, error_q = (p, error_p) if right is left else _integers(right, bits)
    sizes = [sum((abs(x) for x in values), arb(0)) for values in (left, right)]
    scale = arb((1, -bits))
    bound = error_q * scale * sizes[0] + error_p * scale * (sizes[1] + len(right) * error_q * scale)
    coefficients = [arb((x, -2 * bits)) for x in (p * q).coeffs()]
    return coefficients + [arb(0)] * (len(left) + len(right) - 1 - len(coefficients)), bound.upper()


def _sheared_alias(one: Factor, two: Factor, size: Any, a: float, step: Fraction) -> Any:
    """Terms (m, 0): the shift i (a, rho a) costs e^(a^2/2) only."""
    height = (ball(a) ** 2 / 2).exp() * one.norm(a) * two.norm((size * ball(a)).upper())
    return height * aliases(a, step)


@dataclass(frozen=True)
class GridPlan:
    """Steps, counts and shifts of a product grid."""

    steps: tuple[Fraction, Fraction]
    counts: tuple[int, int]
    shifts: tuple[float, float]


def plan_grid(f: Factor, g: Factor, r: Correlation, bits: int) -> GridPlan | None:
    """Parameters of `grid`; None where a factor is not analytic or it would be too large.

    >>> from numerics.activations import tanh
    >>> f = Factor(tanh, 0, arb(1))
    >>> plan_grid(f, f, Correlation.of(arb(0.999)), 64).counts[1] < 100
    True
    """
    size = abs(float(r.rho.mid()))
    root = math.sqrt(max(0.0, float(r.square_gap.upper())))
    if min(f.limit, g.limit) == 0:
        return None
    # The strip of g is shared by the shifts |rho| a and sqrt(1 - rho^2) b; b needs no more than `free`.
    free = math.sqrt(2 * bits * _LOG2)
    share = min(0.5, 1.01 * root * free / g.limit)
    x_limit = min(f.limit, 0.998 * (1 - share) * g.limit / size if size else math.inf)
    y_limit = 0.998 * share * g.limit / root if root and g.limit < math.inf else math.inf
    hx, a = best_step(x_limit, bits + 1, lambda a: f.log_norm(a) + g.log_norm(1.0005 * size * a))
    hy, b = best_step(y_limit, bits + 1, lambda b: f.log_norm(0.0) + g.log_norm(1.0005 * root * b))
    weight, power = growth_weight(f, g, spread=2)
    cut = cut_off(weight, power, bits + 2)
    steps = dyadic_below(hx * 0.95), dyadic_below(hy * 0.95)
    counts = math.ceil(cut / float(steps[0])), math.ceil(cut / float(steps[1]))
    return GridPlan(steps, counts, (a, b)) if counts[0] * counts[1] <= NODE_LIMIT else None


def grid(f: Factor, g: Factor, r: Correlation, plan: GridPlan, bits: int) -> Any:
    """Enclosure of E f(X) g(Y), Y = rho X + sqrt(1 - rho^2) Z, on a product grid in X, Z; for rho near +-1.

    >>> from numerics.activations import sine
    >>> f, r = Factor(sine, 0, arb(1)), Correlation.of(arb(0.5))
    >>> grid(f, f, r, plan_grid(f, f, r, 40), 40).overlaps((-arb(1)).exp() * arb(0.5).sinh())
    True
    """
    (sx, sy), (nx, ny), (a, b) = plan.steps, plan.counts, plan.shifts
    with precision(bits + 24 + 2 * max(nx, ny).bit_length()):
        hx, hy, root = ball(sx), ball(sy), REAL_BALLS.root(r.square_gap)
        across, along = gaussian_values(ny, sy, arb(0.5)), gaussian_values(nx, sx, arb(0.5))
        total = arb(0)
        offsets = [(root * (j * hy), across[abs(j)]) for j in range(-ny, ny + 1)]
        for i in range(-nx, nx + 1):
            x = i * hx
            centre = r.rho * x
            inner = sum((g(centre + y) * w for y, w in offsets), arb(0))
            total += f(x) * along[abs(i)] * inner
        total *= hx * hy / (2 * arb.pi())
        size = abs(r.rho)
        tx, ty = aliases(a, sx), aliases(b, sy)
        cost_x, cost_y = (ball(a) ** 2 / 2).exp(), (ball(b) ** 2 / 2).exp()
        shift_x, shift_y = size * ball(a), root * ball(b)
        bounds = (
            cost_x * f.norm(a) * g.norm(shift_x.upper()) * tx,
            cost_y * f.norm(0) * g.norm(shift_y.upper()) * ty,
            cost_x * cost_y * f.norm(a) * g.norm((shift_x + shift_y).upper()) * tx * ty,
        )
        weight, power = growth_weight(f, g, spread=2)
        tail_x = (1 + hy) * tail_bound(weight, power, nx * hx)
        return total + error_ball(*bounds, tail_x, (1 + hx) * tail_bound(weight, power, ny * hy))
