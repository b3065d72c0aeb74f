"""Hermite series of E f(X) g(Y): coefficients, Parseval's remainder, and the tables behind fast evaluation.

Main definitions: `hermite` (coefficients and energies of analytic functions, many scales at once),
`coefficients` (of any activation), `series` and `series_length`, `tail_energy`.

References: NIST DLMF 18.14.9, |He_k(x)| <= sqrt(k!) e^(x^2/4), and 18.18(ii), He_k(x + y); F. G. Mehler, J.
reine angew. Math. 66 (1866), for the series in rho.
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, arb_mat, fmpz

from numerics.backends import REAL_BALLS
from numerics.balls import ball, gaussian_expectation, precision
from numerics.closed_forms import Covariance
from numerics.enclosures import (
    Correlation,
    Factor,
    aliases,
    best_step,
    cut_off,
    dyadic_below,
    error_ball,
    gaussian_values,
    growth_weight,
    line,
    node_count,
    tail_bound,
)

_LOG2 = math.log(2)


def _hermite_guard(K: int, cut: float) -> int:
    """Bits lost by intervals in the three-term recurrence: at most log |He_k(i x)| e^(-x^2/2) <= K nats."""
    return int(1.5 * min(K, cut * math.sqrt(K + 1))) + 2 * K.bit_length() + 32


@lru_cache(maxsize=8)
def _hermite_weights(step: Fraction, n: int, K: int, bits: int) -> Any:
    """h phi(x_j) He_k(x_j) / sqrt(k!) at x_j = j h, j = 0..n (half of it at 0), for even and for odd k."""
    with precision(bits):
        h = ball(step)
        decay = gaussian_values(n, step, arb(0.5))
        roots = [arb(k).sqrt() for k in range(K + 2)]
        inverse = [arb(1), *(1 / x for x in roots[1:])]
        scale, rows = h / (2 * arb.pi()).sqrt(), []
        for j in range(n + 1):
            x, row = j * h, [decay[j] * scale]
            if K:
                row.append(row[0] * x)
            for k in range(1, K):
                row.append((x * row[k] - roots[k] * row[k - 1]) * inverse[k + 1])
            rows.append(row)
        rows[0] = [w / 2 for w in rows[0]]
        return arb_mat([row[::2] for row in rows]), arb_mat([row[1::2] for row in rows]) if K else None


def laguerre_bound(K: int, a: float) -> Any:
    """E |He_K(X + i a)|^2 / K! = L_K(-a^2) = sum_j C(K, j) a^(2j) / j!; increasing in K.

    >>> float(laguerre_bound(1, 2.0))
    5.0
    """
    square, term, total = ball(a) ** 2, arb(1), arb(1)
    for j in range(K):
        term = term * square * (K - j) / ((j + 1) * (j + 1))
        total += term
    return total


def hermite(factors: list[Factor], K: int, bits: int) -> tuple[Any, list[Any]]:
    """Enclosures of E f_i(X) He_k(X) / sqrt(k!), k = 0..K, and of E f_i(X)^2, to about 2^-bits absolute.

    Returns an arb_mat, len(factors) x (K + 1), and the list of energies; all f_i analytic in a strip. One
    table of nodes serves all factors: this is how a whole diagonal of variances is treated at once.

    >>> from numerics.activations import hermite as he
    >>> coefficients, energies = hermite([Factor(he(2), 0, arb(1))], 3, 64)
    >>> coefficients[0, 2].overlaps(arb(2).sqrt()), energies[0].overlaps(arb(2))
    (True, True)
    """
    limit = min(f.limit for f in factors)
    widest = max(factors, key=lambda f: float(f.scale.upper()))

    def size(a: float) -> float:
        with precision(53):
            return 2 * max(widest.log_norm(a), 0.0) + float(laguerre_bound(K, a).log().mid()) / 2

    h, a = best_step(limit, bits, size)
    step = dyadic_below(h)
    weight, power = growth_weight(widest)
    cut = cut_off(weight, power, bits, flat=True)
    n = node_count(cut, step)
    with precision(bits + _hermite_guard(K, cut)):
        even, odd = _hermite_weights(step, n, K, bits + _hermite_guard(K, cut))
        nodes = [k * ball(step) for k in range(n + 1)]
        pairs = [[(f(x), f(-x)) for x in nodes] for f in factors]
        parts = [(arb_mat([[y + z for y, z in row] for row in pairs]) * even).tolist()]
        if odd is not None:
            parts.append((arb_mat([[y - z for y, z in row] for row in pairs]) * odd).tolist())
        sums = [[parts[k % 2][i][k // 2] for k in range(K + 1)] for i in range(len(factors))]
        squares = arb_mat([[y * y + z * z for y, z in row] for row in pairs])
        energies = squares * arb_mat([[even[j, 0]] for j in range(n + 1)])
        shifted = (ball(a) ** 2 / 2).exp() * aliases(a, step)
        laguerre = laguerre_bound(K, a).sqrt()
        totals = []
        for i, f in enumerate(factors):
            weight, power = growth_weight(f)
            norm = f.norm(a)
            error = error_ball(
                shifted * norm * laguerre, tail_bound(weight, power, n * ball(step), flat=True)
            )
            sums[i] = [x + error for x in sums[i]]
            tail = tail_bound(weight * weight, 2 * power, n * ball(step))
            totals.append(energies[i, 0] + error_ball(shifted * norm * norm, tail))
        return arb_mat(sums), totals


def coefficients(f: Factor, K: int, bits: int) -> tuple[list[Any], Any]:
    """E f(X) He_k(X) / sqrt(k!), k = 0..K, and E f(X)^2: by closed forms, trapezoidal sums or quadrature.

    >>> from numerics.activations import relu
    >>> row, energy = coefficients(Factor(relu, 0, arb(1)), 2, 64)
    >>> row[1], energy.overlaps(arb(0.5))
    (0.500000000000000, True)
    """
    closed, order = f.activation.closed, f.order
    if f.scale.is_zero():
        with precision(bits + 24):
            value = f(arb(0))
            return [value] + [arb(0)] * K, value * value
    if closed is not None and order <= (1 if f.activation.analytic else 0):
        with precision(bits + 24):
            size, one = abs(f.scale), 1 if f.scale > 0 else -1
            q, row, root = size * size, [], arb(1)
            for k in range(K + 1):
                root = root * arb(k).sqrt() if k else root
                value = closed.coefficient(REAL_BALLS, k + order, q) / size**order / root
                row.append(value * one**k)
            return row, closed.dual(REAL_BALLS, Covariance(q, q, q, arb(0)), (order, order))
    if f.activation.analytic:
        table, energies = hermite([f], K, bits)
        return table.tolist()[0], energies[0]
    return [_kinked_coefficient(f, k, bits) for k in range(K + 1)], line((f, f), bits)


def hermite_polynomial(k: int) -> list[int]:
    """Integer coefficients of He_k, ascending.

    >>> hermite_polynomial(4)
    [3, 0, -6, 0, 1]
    """
    p = [0] * (k + 1)
    for i in range(k // 2 + 1):
        p[k - 2 * i] = (-1) ** i * math.factorial(k) // (math.factorial(i) * math.factorial(k - 2 * i) * 2**i)
    return p


def _kinked_coefficient(f: Factor, k: int, bits: int) -> Any:
    with precision(bits + 24):
        p = [fmpz(x) for x in hermite_polynomial(k)]
        weight, power = growth_weight(f)
        # Sum of the coefficients' moduli bounds |He_k| by a multiple of max(1, |x|)^k.
        weight *= sum(abs(x) for x in p)
        root = arb(math.factorial(k)).sqrt()

        def integrand(z: Any, analytic: bool) -> Any:
            total = 0 * z
            for x in reversed(p):
                total = total * z + x
            return total * f.activation.ball(f.scale * z, analytic, f.order) / root

        cuts = [(ball(x) / f.scale).mid() for x in f.activation.breakpoints]
        growth = (weight / root, weight / root, power + k)
        return gaussian_expectation(integrand, bits=bits + 24, growth=growth, breakpoints=cuts)


def series_length(f: Factor, g: Factor, r: Correlation, bits: int) -> int | None:
    """A guess of the K after which the remainder is below 2^-bits; None beyond 3000.

    A singularity at distance d from the real line makes the coefficients decay like exp(-d sqrt(2 k)).

    >>> from numerics.activations import tanh
    >>> f = Factor(tanh, 0, arb(1))
    >>> series_length(f, f, Correlation.of(arb(0.5)), 64)
    32
    """
    rate = -math.log1p(-min(float(r.gap.lower()), 1.0)) if r.gap > 0 and r.gap < 1 else 0.0
    if r.gap >= 1:
        return 1
    reach = min(f.limit, 4.0) + min(g.limit, 4.0)
    for K in (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3000):
        if K * rate + reach * math.sqrt(2 * K) >= bits * _LOG2:
            return K
    return None


def series(f: Factor, g: Factor, r: Correlation, K: int, bits: int) -> Any:
    """Enclosure of E f(X) g(Y) = sum_k a_k b_k rho^k by K + 1 terms and Parseval's remainder.

    |remainder| <= |rho|^(K+1) sqrt((E f^2 - sum a_k^2) (E g^2 - sum b_k^2)), also at rho = +-1.

    >>> from numerics.activations import sine
    >>> f, r = Factor(sine, 0, arb(1)), Correlation.of(arb(0.5))
    >>> series(f, f, r, 30, 64).overlaps((-arb(1)).exp() * arb(0.5).sinh())
    True
    """
    with precision(bits + 24):
        pairs = [coefficients(x, K, bits) for x in ((f,) if f is g else (f, g))]
        rows, energies = [row for row, _ in pairs], [energy for _, energy in pairs]
        a, b = rows[0], rows[-1]
        total = arb(0)
        for x, y in zip(reversed(a), reversed(b), strict=True):
            total = total * r.rho + x * y
        rest = [tail_energy(row, e) for row, e in zip(rows, energies, strict=True)]
        size = abs(r.rho) ** (K + 1) * (rest[0] * rest[-1]).sqrt()
        return total + error_ball(size.upper())


def tail_energy(coefficients: list[Any], energy: Any) -> Any:
    """Upper bound of E f^2 - sum_k a_k^2 >= 0.

    >>> tail_energy([arb(1)], arb(1))
    0
    """
    return (energy - sum((x * x for x in coefficients), arb(0))).upper().max(arb(0))
