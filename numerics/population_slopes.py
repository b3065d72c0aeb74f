"""How a deviation of the inputs' Gram matrix passes through the population recursions: rigorous bounds.

Main definition: `passed_on`, for diagonals that are equal up to rounding. By R. Price, IRE Trans. Inf. Theory
4 (1958), 69-72: d/dc E s(u) s(v) = E s'(u) s'(v), d/dq1 E s(u) s(v) = E s''(u) s(v) / 2, and Cauchy-Schwarz.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from numerics.activation import Activation
from numerics.balls import ball, precision
from numerics.dual_table import BITS
from numerics.enclosures import Factor, line
from numerics.population_recursion import Network, feature_series, last_weight, layer_steps
from numerics.power_table import upper_float

# Slopes for an input diagonal that is equal up to rounding hold for variances within this share.
_NEAR = 2.0**-20


@dataclass(frozen=True)
class _Slopes:
    """Constants of one layer at variances within a relative 2^-20: of A -> weight E s s, of q -> E rho."""

    second: float
    first: float


@lru_cache(maxsize=32)
def _slopes(activation: Activation, q: Fraction, network: Network, count: int) -> tuple[_Slopes, ...]:
    found: list[_Slopes] = []
    steps, variance = layer_steps(activation, q, network, count) or (), ball(q)
    with precision(BITS + 32):
        for h, s in enumerate(steps):
            if h and s is steps[h - 1]:
                found.append(found[-1])
                continue
            scale = (variance * arb(1, _NEAR)).sqrt()
            f0, f1, f2 = (Factor(activation, m, scale) for m in range(3))
            flat, rise, bend = (line((f, f), 40) for f in (f0, f1, f2))
            # d/dc = E s' s'; |d/dq1| = |E s'' s| / 2; d/dq E s = E s'' / 2.
            second, first = s.weight * (rise + (flat * bend).sqrt()), (s.weight * bend).sqrt() / 2
            found.append(_Slopes(upper_float(second), upper_float(first)))
            variance = s.variance
        return tuple(found)


def passed_on(
    activation: Activation, q: Fraction, network: Network, h: int | None, error: float
) -> tuple[float, float]:
    """What an error of K^(0) makes of K^(h) (None: K^(H)) and of b^(h); inf if variances move by over 2^-20.

    >>> from numerics.activations import erf
    >>> passed_on(erf, Fraction(1), Network(1), 1, 1e-16)[0] < 1e-15
    True
    """
    count = network.depth - 1 if h is None else h
    steps = layer_steps(activation, q, network, count) or ()
    gram, mean, before, variance = [error], 0.0, 0.0, float(q)
    for s, c in zip(steps, _slopes(activation, q, network, count), strict=True):
        if gram[-1] > _NEAR / 4 * variance:
            return math.inf, math.inf
        shift, own = c.first * gram[-1], upper_float(abs(s.shift))
        cross = 2.01 * (before * shift + own * mean + mean * shift) if s.skip else 0.0
        gram.append(1.01 * (c.second * gram[-1] + cross + (gram[-1] if s.skip else 0.0)))
        mean = 1.01 * (shift + (mean if s.skip else 0.0))
        before, variance = upper_float(abs(s.mean)), float(s.variance.mid())
    if h is not None:
        return gram[-1], mean
    if gram[-1] > _NEAR / 4 * variance:
        return math.inf, math.inf
    slope, level, weight = _derivative_slopes(activation, q, network)
    source = gram[-network.derivative_lag]
    return 1.01 * weight * (variance * slope * source + level * gram[-1] + slope * source * gram[-1]), mean


@lru_cache(maxsize=32)
def _derivative_slopes(activation: Activation, q: Fraction, network: Network) -> tuple[float, float, float]:
    """A Lipschitz constant of A -> E s'(u) s'(v) near the last covariance, E s'^2 there, and the weight w.

    |d/dc| <= E s''^2; at fixed rho |d/dq1| <= E|s''(u) z s'(v)| / (2 sqrt q); and rho moves with q1.
    """
    covariance = feature_series(activation, q, network, network.depth - network.derivative_lag)
    if covariance is None:
        return math.inf, math.inf, math.inf
    with precision(BITS + 32):
        scale = (covariance.total * arb(1, _NEAR)).sqrt()
        first, second = Factor(activation, 1, scale), Factor(activation, 2, scale)
        level, bend = line((first, first), 40), line((second, second), 40)
        moment = arb.pos_inf()
        if activation.smoothness is not None:
            moment = activation.smoothness.enclosure() ** 2
        elif activation.growth is not None:
            a, b, k = second.growth(0)
            moment = 2 * a * a + 2 * b * b * math.prod(range(2 * k + 1, 0, -2))
        slope = 2 * bend + (moment * level).sqrt() / scale.lower()
        return upper_float(slope), upper_float(level), upper_float(last_weight(activation, network))
