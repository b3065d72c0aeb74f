"""Gaussian expectations E s(z) and dual activations E s(u) s(v), (u, v) ~ N(0, A), with all derivatives.

Main definitions: `expectation`, `dual`, `dual_gradient` (floats); `expectation_ball`, `dual_ball`,
`dual_gradient_ball` (rigorous, to a requested number of digits); `expectation_exact`, `dual_exact` (sympy);
`hermite_coefficients`, `hermite_exact`; `dual_lipschitz` (the constant over a box of covariances).

A = [[q1, c], [c, q2]] is any covariance: singular ones and zero variances are covariances. Entries are exact
(int, Fraction, "1/3", a float is the dyadic it is) or arbs. A correlation above 1 by at most 2^-40, as
rounding makes it, counts as 1; beyond that A is refused. `orders` = (i, j) asks for E s^(i)(u) s^(j)(v),
i + j <= 2, derivatives in the sense of distributions (kinks and jumps count as point masses), so that

    d/dc E s(u) s(v) = E s'(u) s'(v),        d/dq1 E s(u) s(v) = E s''(u) s(v) / 2.

References: R. Price, IRE Trans. Inf. Theory 4 (1958), 69-72, for the derivatives; A. Daniely, R. Frostig,
Y. Singer, "Toward deeper understanding of neural networks" (NIPS 2016), Section 4, for dual activations.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb

from numerics.activation import Activation
from numerics.backends import EXACT, REAL_BALLS, Backend
from numerics.balls import ball, exact_rational, precision
from numerics.closed_forms import Covariance, Orders
from numerics.covariance import Entries, exact_or_ball, read_covariance
from numerics.dual_kinked import kinked_form
from numerics.enclosures import Correlation, Factor, grid, lattice, line, plan_grid, plan_lattice
from numerics.hermite_series import coefficients, series, series_length

_ORDERS = ((0, 0), (1, 1), (0, 1), (1, 0), (2, 0), (0, 2))
METHODS = ("auto", "closed", "line", "lattice", "grid", "series")
_ATTEMPTS = 4
# Cost of one term of a Hermite coefficient against one evaluation of softplus: 0.9 and 4 us at 340 bits.
_TERM_COST = 0.25


def known_orders(orders: Any) -> Orders:
    """`orders` if it is a pair (i, j) with i + j <= 2; raises ValueError else.

    >>> known_orders((1, 1))
    (1, 1)
    """
    if not (isinstance(orders, tuple) and orders in _ORDERS):
        raise ValueError(f"Expected orders in {_ORDERS} but got orders={orders!r}")
    return orders


def _bits(digits: Any) -> int:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 10_000:
        raise ValueError(f"Expected digits from 1 to 10000 but got digits={digits!r}")
    return math.ceil(digits * math.log2(10)) + 8


def _to_digits(compute: Callable[[int], Any], digits: int, exact: bool) -> Any:
    """The first of a few growing precisions at which the radius is 10^-digits max(1, |value|)."""
    bits = _bits(digits)
    target = arb(10) ** -digits
    for attempt in range(_ATTEMPTS):
        extra = 48 * attempt * attempt
        value = compute(bits + extra)
        if not exact and value.is_finite():
            return value
        if value.is_finite() and value.rad() <= target * abs(value.mid()).max(arb(1)):
            return value
    found = "nothing finite" if not value.is_finite() else f"a radius of {value.rad().str(3, radius=False)}"
    raise ValueError(f"Expected an expectation that {digits} digits can be had of but reached {found}")


def _zero_or(q: Any) -> bool:
    return isinstance(q, Fraction) and q == 0


def _point(activation: Activation, order: int) -> Any:
    return activation.formula(REAL_BALLS, arb(0), order)


def _mean(activation: Activation, q: Any, order: int, bits: int) -> Any:
    with precision(bits + 24):
        if _zero_or(q):
            return _point(activation, order)
        if activation.closed is not None:
            return activation.closed.mean(REAL_BALLS, ball(q), order)
        _require_smooth(activation, order)
        scale = ball(q).sqrt()
    return line((Factor(activation, order, scale),), bits)


def _require_smooth(activation: Activation, order: int) -> None:
    if order == 2 and activation.breakpoints:
        raise ValueError(f"Expected a smooth activation for order 2 but {activation.name} has a kink")


def expectation_ball(activation: Activation, variance: Any, *, digits: int = 30, order: int = 0) -> Any:
    """Enclosure (arb) of E s^(order)(z), z ~ N(0, variance), within 10^-digits max(1, |value|).

    variance: exact and >= 0, or an arb (the result then encloses all its members, as wide as it must be).
    Raises ValueError for digits < 1, a negative or non-finite variance, and where digits cannot be had.

    >>> from numerics.activations import softplus, tanh
    >>> print(expectation_ball(softplus(), 1, digits=20).str(20, radius=False))
    0.80605918334743978453
    >>> expectation_ball(tanh, "1/3", order=0).contains(0)
    True
    """
    q = exact_or_ball("variance", variance)
    if q < 0:
        raise ValueError(f"Expected a variance >= 0 but got {variance!s}")
    if order not in (0, 1, 2):
        raise ValueError(f"Expected order 0, 1 or 2 but got order={order!r}")
    return _to_digits(lambda b: _mean(activation, q, order, b), digits, isinstance(q, Fraction))


def expectation(activation: Activation, variance: Any, *, order: int = 0) -> float:
    """E s^(order)(z), z ~ N(0, variance), to about 1e-15 max(1, |value|): closed form or rounded enclosure.

    >>> from numerics.activations import relu
    >>> expectation(relu, 1.0) == 1 / math.sqrt(2 * math.pi)
    True
    """
    return float(expectation_ball(activation, variance, digits=17, order=order).mid())


def expectation_exact(activation: Activation, variance: Any, *, order: int = 0) -> Any:
    """E s^(order)(z) as a sympy expression, for activations with a closed form and an exact variance.

    >>> from numerics.activations import gelu
    >>> expectation_exact(gelu, 1)
    1/(2*sqrt(pi))
    """
    if activation.closed is None:
        raise ValueError(f"Expected an activation with a closed form but got {activation.name}")
    q = exact_rational(variance)
    if q == 0:
        return activation.formula(EXACT, EXACT.number(0), order)
    return activation.closed.mean(EXACT, EXACT.number(q), order)


def _plans(f: Factor, g: Factor, r: Correlation, bits: int) -> dict[str, tuple[float, Any]]:
    """Routes of `dual_ball` that apply, with their costs in evaluations of the activation."""
    plans: dict[str, tuple[float, Any]] = {}
    if f.activation.analytic:
        if (net := plan_lattice(f, g, r, bits)) is not None:
            plans["lattice"] = (2.0 * net.n * (1 if f is g else 2), net)
        if (mesh := plan_grid(f, g, r, bits)) is not None:
            plans["grid"] = (4.0 * mesh.counts[0] * mesh.counts[1], mesh)
    length = series_length(f, g, r, bits)
    if length is not None and (f.activation.analytic or length <= 128):
        nodes = 40.0 + length + bits * float(max(abs(f.scale).upper(), abs(g.scale).upper()))
        wider = (bits + 2 * length) / bits
        plans["series"] = (_TERM_COST * wider * length * nodes, length)
    return plans


def _closed_dual(activation: Activation, A: Covariance, orders: Orders, o: Backend) -> Any:
    if activation.closed is None:
        raise ValueError(f"Expected an activation with a closed form but got {activation.name}")
    return activation.closed.dual(o, A, orders)


def _dual_at(activation: Activation, entries: Entries, orders: Orders, method: str, bits: int) -> Any:
    i, j = orders
    if _zero_or(entries.q1) or _zero_or(entries.q2):
        left, right = _mean(activation, entries.q1, i, bits), _mean(activation, entries.q2, j, bits)
        with precision(bits + 24):
            return left * right
    with precision(bits + 48):
        if method == "closed" or (method == "auto" and activation.closed is not None):
            return _closed_dual(activation, entries.covariance(), orders, REAL_BALLS)
        _require_smooth(activation, max(orders))
        r = entries.correlation()
        f = Factor(activation, i, ball(entries.q1).sqrt())
        same = (i == j and entries.q1 is entries.q2) or (entries.exact and (i, entries.q1) == (j, entries.q2))
        g = f if same else Factor(activation, j, ball(entries.q2).sqrt())
        mirrored = Factor(activation, j, -g.scale) if entries.sign < 0 else g
    if method == "line" or (method == "auto" and entries.sign):
        if not entries.sign:
            raise ValueError("Expected rho = 1 or -1 for method='line'")
        return line((f, mirrored), bits)
    plans = _plans(f, g, r, bits)
    if method != "auto" and method not in plans:
        raise ValueError(f"Expected a method that applies to {activation.name} here but got {method!r}")
    if not plans:
        raise ValueError(f"Expected A and digits within reach for {activation.name}; try fewer digits")
    route = min(plans, key=lambda name: plans[name][0]) if method == "auto" else method
    plan = plans[route][1]
    if route == "lattice":
        return lattice(f, g, r, plan, bits)
    return grid(f, g, r, plan, bits) if route == "grid" else series(f, g, r, plan, bits)


def dual_ball(
    activation: Activation, A: Any, *, digits: int = 30, orders: Orders = (0, 0), method: str = "auto"
) -> Any:
    """Enclosure (arb) of E s^(i)(u) s^(j)(v), (u, v) ~ N(0, A), within 10^-digits max(1, |value|).

    A: 2 x 2, see the module's head; with arb entries the result encloses all covariances inside, as wide as
    it must be. method: "closed" (closed form), "line" (rho = +-1), "lattice" (polynomial product), "grid"
    (near rho = +-1), "series" (Hermite with Parseval's remainder), or "auto", the cheapest of them. Raises
    ValueError for bad A, digits, orders, method, and where the digits cannot be had.

    >>> from numerics.activations import relu, softplus
    >>> dual_ball(relu, [[1, 0], [0, 1]]).overlaps(1 / (2 * arb.pi()))
    True
    >>> A = [[1, "1/2"], ["1/2", 1]]
    >>> print(dual_ball(softplus(), A, digits=25).str(25, radius=False))
    0.7800781652069435155740392
    >>> dual_ball(softplus(), A, method="series").overlaps(dual_ball(softplus(), A, method="lattice"))
    True
    """
    orders, entries = known_orders(orders), read_covariance(A)
    if method not in METHODS:
        raise ValueError(f"Expected a method in {METHODS} but got method={method!r}")
    exact = entries.exact
    try:
        found = _to_digits(lambda b: _dual_at(activation, entries, orders, method, b), digits, exact)
    except ValueError:
        if exact or orders != (0, 0):
            raise
        found = arb(0, math.inf)
    if exact or orders != (0, 0):
        return found
    centred = _mean_value(activation, entries, digits)
    narrow = centred if not found.is_finite() or centred.rad() < found.rad() else found
    if not narrow.is_finite():
        raise ValueError(f"Expected balls as entries that {activation.name} can be enclosed on but got {A!r}")
    return narrow


def _mean_value(activation: Activation, entries: Entries, digits: int) -> Any:
    """The value at one covariance inside plus slopes times distances: sharper than balls near rho = +-1.

    Covariances are a convex set, so that the segment to any other member is inside the box of `slopes`.
    """
    with precision(_bits(digits) + 24):
        q1, c, q2 = (exact_rational(x.mid()) for x in (entries.q1, entries.c, entries.q2))
        centre = Entries(q1, c, q2, True, 0)
        moved = arb(0)
        if c * c >= q1 * q2:
            centre = Entries(q1, c, q2, True, 1 if c > 0 else -1)
            moved = abs(abs(ball(c)) - (ball(q1) * ball(q2)).sqrt())
        in_q, in_c = _slopes(activation, entries.q1, entries.q2)
        radius = in_q * (entries.q1.rad() + entries.q2.rad()) + in_c * (entries.c.rad() + moved)
        if not (q1 and q2 and radius.is_finite()):
            return arb(0, math.inf)
        value = _to_digits(lambda b: _dual_at(activation, centre, (0, 0), "auto", b), digits, True)
        return value + arb(0, radius.upper())


def _slopes(activation: Activation, q1: Any, q2: Any) -> tuple[Any, Any]:
    """Bounds of |d/dq| (either) and |d/dc| of E s(u) s(v) over the box of variances; infinite if unknown."""
    form, top = kinked_form(activation.closed), q1.upper().max(q2.upper())
    if form is not None and not (form.constant or form.sign):
        ratio = top / q1.lower().min(q2.lower()) if q1 > 0 and q2 > 0 else arb.pos_inf()
        bend = ball(form.absolute**2) / arb.pi() * ratio.sqrt()
        return bend, ball(form.linear**2 + form.absolute**2)
    if activation.lipschitz is None or activation.smoothness is None:
        return arb.pos_inf(), arb.pos_inf()
    first, second = activation.lipschitz.enclosure(), activation.smoothness.enclosure()
    spread = (2 * top / arb.pi()).sqrt()
    return second * (abs(_point(activation, 0)) + first * spread) / 2, first**2


def dual(activation: Activation, A: Any, *, orders: Orders = (0, 0)) -> float:
    """E s^(i)(u) s^(j)(v) in float64: the rounded enclosure, right to about 1e-16 max(1, |value|).

    For many entries use `numerics.dual_table`. Arguments and errors as `dual_ball`, with exact entries.

    >>> from numerics.activations import erf
    >>> dual(erf, [[1, 1], [1, 1]]) == 2 / math.pi * math.asin(2 / 3)
    True
    """
    return float(dual_ball(activation, A, digits=17, orders=orders).mid())


def dual_exact(activation: Activation, A: Any, *, orders: Orders = (0, 0)) -> Any:
    """E s^(i)(u) s^(j)(v) as a sympy expression; needs a closed form and exact entries.

    >>> from numerics.activations import relu, exponential
    >>> dual_exact(relu, [[1, 0], [0, 1]]), dual_exact(exponential, [[1, "1/2"], ["1/2", 1]])
    (1/(2*pi), exp(3/2))
    """
    orders, entries = known_orders(orders), read_covariance(A)
    if not entries.exact or activation.closed is None:
        raise ValueError(f"Expected exact entries and a closed form but got {activation.name}, A={A!r}")
    i, j = orders
    if not (entries.q1 and entries.q2):
        means = [expectation_exact(activation, q, order=m) for q, m in ((entries.q1, i), (entries.q2, j))]
        return means[0] * means[1]
    q1, c, q2 = (EXACT.number(x) for x in (entries.q1, entries.c, entries.q2))
    cross = EXACT.number(0) if entries.sign else EXACT.root(q1 * q2 - c**2)
    return activation.closed.dual(EXACT, Covariance(q1, c, q2, cross), orders)


def dual_gradient_ball(activation: Activation, A: Any, *, digits: int = 30) -> tuple[Any, Any, Any]:
    """Enclosures of the derivatives of E s(u) s(v) in q1, c and q2, by Price's theorem.

    (E s''(u) s(v) / 2, E s'(u) s'(v), E s(u) s''(v) / 2). Needs positive variances at a kink, and a positive
    determinant at a jump. Raises ValueError as `dual_ball`.

    >>> from numerics.activations import polynomial
    >>> [float(x) for x in dual_gradient_ball(polynomial([0, 0, 1]), [[1, 2], [2, 5]])]    # q1 q2 + 2 c^2
    [5.0, 8.0, 1.0]
    """
    first, mixed, second = (
        dual_ball(activation, A, digits=digits, orders=orders) for orders in ((2, 0), (1, 1), (0, 2))
    )
    with precision(_bits(digits) + 24):
        return first / 2, mixed, second / 2


def dual_gradient(activation: Activation, A: Any) -> tuple[float, float, float]:
    """The derivatives of E s(u) s(v) in q1, c and q2 in float64; as `dual_gradient_ball`.

    >>> from numerics.activations import sine
    >>> dual_gradient(sine, [[1, 0], [0, 1]])[1] == math.exp(-1)
    True
    """
    first, mixed, second = dual_gradient_ball(activation, A, digits=17)
    return float(first.mid()), float(mixed.mid()), float(second.mid())


def dual_lipschitz(activation: Activation, largest_variance: Any, *, bits: int = 64) -> Any:
    """Ball of L^2 + M (|s(0)| + L sqrt(2 C / pi)), a Lipschitz constant of A -> E s(u) s(v).

    In the maximum norm of A, over all covariances with variances at most C = `largest_variance`; L and M are
    the suprema of |s'| and |s''|. It sums the three bounds |d/dc| <= L^2 and |d/dq| <= M E|s| / 2.

    >>> from numerics.activations import tanh
    >>> 1.6 < float(dual_lipschitz(tanh, 1)) < 1.7
    True
    """
    if activation.lipschitz is None or activation.smoothness is None:
        raise ValueError(f"Expected an activation with bounded s' and s'' but got {activation.name}")
    with precision(bits):
        top = ball(largest_variance)
        in_q, in_c = _slopes(activation, top, top)
        return in_c + 2 * in_q


def hermite_coefficients(
    activation: Activation, K: int, *, variance: Any = 1, digits: int = 30, order: int = 0
) -> list[Any]:
    """Enclosures of a_k = E s^(order)(sqrt(variance) z) He_k(z) / sqrt(k!), k = 0..K, within 10^-digits.

    E s(u) s(v) = sum_k a_k(q1) a_k(q2) rho^k and sum_k a_k^2 = E s^2. variance: exact and positive.

    >>> from numerics.activations import relu
    >>> hermite_coefficients(relu, 2)[1]
    0.500000000000000
    """
    q = exact_rational(variance)
    if q <= 0 or isinstance(K, bool) or not isinstance(K, int) or K < 0:
        raise ValueError(f"Expected a variance > 0 and an integer K >= 0 but got {variance!r}, K={K!r}")
    bits = _bits(digits)
    with precision(bits + 64):
        scale = ball(q).sqrt()
    return coefficients(Factor(activation, order, scale), K, bits)[0]


def hermite_exact(activation: Activation, k: int, *, variance: Any = 1) -> Any:
    """E s(sqrt(variance) z) He_k(z) / sqrt(k!) as a sympy expression, for activations with a closed form.

    >>> from numerics.activations import relu
    >>> hermite_exact(relu, 2)
    1/(2*sqrt(pi))
    """
    if activation.closed is None:
        raise ValueError(f"Expected an activation with a closed form but got {activation.name}")
    q = EXACT.number(exact_rational(variance))
    return activation.closed.coefficient(EXACT, k, q) / EXACT.root(EXACT.number(math.factorial(k)))
