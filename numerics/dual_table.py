"""Fast dual activations of whole Gram matrices in float64, numpy or torch (CPU, CUDA), with proved errors.

Main definitions: `dual_table` (a polynomial in rho for one pair of variances), `dual_matrix` (one layer, any
diagonal), `Bounded` (values with an error bound). Recursions over layers are in `numerics.dual_recursion`.

For one variance E s(u) s(v) = sum_k a_k^2 rho^k: the coefficients come from enclosures
(`numerics.hermite_series`), the remainder on [-1, 1] is at most the tail energy, and evaluation is stable
also at rho = +-1 (`numerics.power_table`). Unequal diagonals cost one vector a_k(q_i) per degree:
sum_k a_k(q_i) a_k(q_j) rho^k. Activations of the family `Kinked` (ReLU, ...) use their closed form in sqrt
and atan2, which is assumed to be within 4 units in the last place; all other bounds rest on IEEE sums,
products, quotients and square roots only.

References: A. Daniely, R. Frostig, Y. Singer (NIPS 2016), Section 4 (dual activations are power series with
nonnegative coefficients); N. Higham, "Accuracy and stability of numerical algorithms" (2002), Section 5.1.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import torch
from flint import arb, arb_mat

from numerics.activation import Activation
from numerics.balls import ball, exact_rational, precision
from numerics.closed_forms import Orders
from numerics.dual import known_orders
from numerics.dual_kinked import by_stripes, covariances, kinked_form, kinked_layers
from numerics.enclosures import Factor
from numerics.hermite_series import coefficients, hermite, tail_energy
from numerics.power_table import UNIT, DualTable, inverse_roots, rounded, trimmed, up, upper_float

BITS = 80
_LENGTHS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
# What the longest series may miss where the tolerance is out of reach; the error bound says what it is.
LOOSEST = 1e-13


@dataclass(frozen=True)
class Bounded:
    """`values` (n, n), array or tensor as the input was, each within `error` of the exact one.

    >>> Bounded(torch.tensor([[1.0]]), 0.25).balls()[0, 0]
    [1e+0 +/- 0.251]
    """

    values: Any
    error: float

    def balls(self) -> Any:
        """The arb_mat (n, n) of balls around `values` with radius `error`: for `numerics.spectrum`, say."""
        radius = arb(0, self.error)
        return arb_mat([[arb(x) + radius for x in row] for row in self.values.tolist()])


def expansion(
    activation: Activation, order: int, scales: list[Any], tolerance: float, least: int = 0
) -> tuple[list[list[Any]], list[Any]]:
    """Hermite coefficients of x -> s^(order)(scale x), one row a scale, and bounds of their tail energies.

    Tails are below tolerance times the largest energy; at least `least` + 1 terms. Raises ValueError for
    activations that are not analytic or of exponential growth, and for scales that need over 2048 terms.

    >>> from numerics.activations import erf
    >>> rows, rests = expansion(erf, 0, [arb(1)], 1e-15)
    >>> len(rows[0]), bool(rests[0] < 1e-15)
    (97, True)
    """
    closed = activation.closed is not None and order <= 1
    if not activation.analytic or (activation.growth is None and not closed):
        raise ValueError(f"Expected an analytic activation of known growth but got {activation.name}")
    factors = [Factor(activation, order, s) for s in scales]
    # Tails decay like exp(-2 d sqrt(2 K)) for a strip of half-width d; 0.6 is below what was seen.
    guess = 0.0 if closed else 0.6 * (math.log(1 / tolerance) / min(f.limit for f in factors)) ** 2 / 8
    for K in (length for length in _LENGTHS if length >= max(guess, least)):
        if closed:
            pairs = [coefficients(f, K, BITS) for f in factors]
            rows, energies = [row for row, _ in pairs], [energy for _, energy in pairs]
        else:
            table, energies = hermite(factors, K, BITS)
            rows = table.tolist()
        with precision(BITS + 32):
            rests = [tail_energy(row, e) for row, e in zip(rows, energies, strict=True)]
        largest = max(float(e.upper()) for e in energies)
        goal = tolerance if _LENGTHS[-1] > K else max(tolerance, LOOSEST)
        if all(float(rest) <= goal * largest for rest in rests):
            return rows, rests
    raise ValueError(f"Expected a smaller variance: {_LENGTHS[-1]} terms do not reach {LOOSEST}")


def _scale(q: Fraction) -> Any:
    with precision(BITS + 32):
        return ball(q).sqrt()


def _paired(
    activation: Activation,
    orders: Orders,
    first: list[Any],
    second: list[Any],
    tolerance: float,
    same_scales: bool = True,
) -> list[tuple[list[list[Any]], list[Any]]]:
    """Expansions of s^(i) and s^(j), both of the longer one's length, as the products need."""
    left = expansion(activation, orders[0], first, tolerance)
    if same_scales and orders[0] == orders[1]:
        return [left, left]
    right = expansion(activation, orders[1], second, tolerance, len(left[0][0]) - 1)
    if len(right[0][0]) > len(left[0][0]):
        left = expansion(activation, orders[0], first, tolerance, len(right[0][0]) - 1)
    return [left, right]


@lru_cache(maxsize=256)
def _table(activation: Activation, q1: Fraction, q2: Fraction, orders: Orders, tolerance: float) -> DualTable:
    with precision(BITS + 32):
        scales = [_scale(q1)], [_scale(q2)]
        (first, rest1), (second, rest2) = _paired(activation, orders, *scales, tolerance, q1 == q2)
        products = [x * y for x, y in zip(first[0], second[0], strict=False)]
        # Beyond the shorter row, by Cauchy-Schwarz, with what the longer one has left there.
        rest = _left_over(first[0], len(products), rest1[0]) * _left_over(second[0], len(products), rest2[0])
        return rounded(*trimmed(products, rest.sqrt(), tolerance))


def _left_over(row: list[Any], count: int, rest: Any) -> Any:
    return (rest + sum((x * x for x in row[count:]), arb(0))).upper()


def dual_table(
    activation: Activation, q1: Any, q2: Any = None, *, orders: Orders = (0, 0), tolerance: float = 1e-15
) -> DualTable:
    """The polynomial in rho of E s^(i)(u) s^(j)(v), variances q1, q2 = q1 (exact, >= 0), cached.

    tolerance: relative to sum |coefficients|, for truncation. For analytic activations; at most 2048 terms,
    which softplus needs at q of about 100 and tanh at 20. Raises ValueError for others and for bad q.

    >>> from numerics.activations import erf
    >>> table = dual_table(erf, 1)
    >>> abs(table(1.0) - 2 / math.pi * math.asin(2 / 3)) <= table.error < 1e-14
    True
    """
    first = exact_rational(q1)
    second = first if q2 is None else exact_rational(q2)
    if first < 0 or second < 0:
        raise ValueError(f"Expected variances >= 0 but got q1={q1}, q2={q2}")
    if not 1e-19 <= tolerance <= 0.1:
        raise ValueError(f"Expected a tolerance from 1e-19 to 0.1 but got tolerance={tolerance!r}")
    return _table(activation, first, second, known_orders(orders), tolerance)


def returned(K: Any, values: torch.Tensor, error: float) -> Bounded:
    """A result in the type of the input K.

    >>> type(returned([[1.0]], torch.eye(1), 0.0).values).__name__
    'ndarray'
    """
    return Bounded(values if isinstance(K, torch.Tensor) else values.numpy(), error)


def dual_matrix(
    activation: Activation, K: Any, *, orders: Orders = (0, 0), tolerance: float = 1e-15
) -> Bounded:
    """E s^(i)(u) s^(j)(v) for all pairs, (u, v) ~ N(0, [[K_ii, K_ij], [K_ij, K_jj]]): (n, n) -> (n, n).

    K: array or tensor, taken as exact, any diagonal >= 0; |K_ij| may exceed sqrt(K_ii K_jj) by a factor
    1 + 2^-40. The error is absolute, of the size of 1e-15 max_i E s^2 for variances near 1, and grows with
    the number of terms, hence with the variance. Near rho = +-1 the float K_ij itself limits (1, 1) at a
    kink to 1e-7, and the bound says so. An equal diagonal is fastest; each further value of it costs one row
    of enclosures, about 1 ms for softplus at variance 1 and 0.2 s at 20. Raises ValueError for bad K, for
    rectified powers and for variances out of reach (`dual_table`).

    >>> from numerics.activations import relu, softplus
    >>> result = dual_matrix(softplus(), [[1.0, 0.5], [0.5, 2.0]])
    >>> result.values.round(6).tolist(), result.error < 1e-13
    ([[0.921246, 0.857295], [0.857295, 1.381928]], True)
    >>> float(dual_matrix(relu, [[1, 0], [0, 1]]).values[0, 1]) == 1 / (2 * math.pi)
    True
    """
    orders, (matrix, diagonal) = known_orders(orders), covariances(K)
    form = kinked_form(activation.closed)
    if form is not None:
        return returned(K, *kinked_layers(form, matrix, orders, (1.0,)))
    low, high = float(diagonal.min()), float(diagonal.max())
    if low == high:
        table = dual_table(activation, high, orders=orders, tolerance=tolerance)
        values = table.on_matrix(matrix, symmetric=orders[0] == orders[1])
        return returned(K, values, up(table.error, 4 * UNIT * table.slope))
    return returned(K, *_unequal(activation, matrix, diagonal, orders, tolerance))


def _unequal(
    activation: Activation, matrix: torch.Tensor, diagonal: torch.Tensor, orders: Orders, tolerance: float
) -> tuple[torch.Tensor, float]:
    """sum_k a_k(q_i) b_k(q_j) rho^k by Horner's rule with one outer product a degree.

    By Cauchy-Schwarz every bound over pairs is a maximum over i: of tails, of sum k a_ik^2, ...
    """
    unique, where = torch.unique(diagonal, return_inverse=True)
    with precision(BITS + 32):
        scales = [_scale(Fraction(float(q))) for q in unique]
        sides = _paired(activation, orders, scales, scales, tolerance)
        count = min(len(rows[0]) for rows, _ in sides)
        kept, rests, losses, sizes = [], [], [], []
        for rows, tails in sides:
            floats = [[float(x.mid()) for x in row[:count]] for row in rows]
            kept.append(torch.tensor(floats, dtype=torch.float64))
            left = [_left_over(row, count, t) for row, t in zip(rows, tails, strict=True)]
            rests.append(max(upper_float(x) for x in left))
            squares = [[upper_float(abs(x)) ** 2 for x in row[:count]] for row in rows]
            losses.append(max(up(*(upper_float(x.rad()) ** 2 for x in row[:count])) for row in rows))
            sizes.append(max(up(*((3 * k + 4) * x for k, x in enumerate(row))) for row in squares))
    a, b = (side[where].to(matrix.device) for side in kept)
    columns_a, columns_b = a.T.contiguous(), b.T.contiguous()
    out, inverse = torch.empty_like(matrix), inverse_roots(matrix)

    def evaluate(here: slice, right: slice) -> None:
        rho = matrix[here, right] * inverse[here, None]
        rho.mul_(inverse[right]).clamp_(-1.0, 1.0)
        if here.start >= right.start:
            rho[:, here.start - right.start :].fill_diagonal_(1.0)
        total = torch.outer(columns_a[-1, here], columns_b[-1, right])
        for x, y in zip(columns_a[:-1].flip(0), columns_b[:-1].flip(0), strict=True):
            total.mul_(rho).addcmul_(x[here, None], y[None, right])
        out[here, right] = total
        if symmetric:
            out[right, here] = total.T

    symmetric = orders[0] == orders[1]
    by_stripes(matrix, evaluate, symmetric)
    size = math.sqrt(sizes[0] * sizes[-1])
    rounding = math.sqrt(losses[0] * sizes[-1]) + math.sqrt(losses[-1] * sizes[0])
    # (3 k + 4) u for Horner, products and coefficients; 4 k u for rho.
    return out, 1.01 * up(math.sqrt(rests[0] * rests[-1]), 3 * UNIT * size, rounding)
