"""Population recursions for one pair of inputs, in balls, to any number of digits.

Main definitions: `pair_features` (K^(h) and b^(h), h < H) and `last_entry` (an entry of K^(H)), for any
activation that `numerics.dual` encloses and any two norms. Whole matrices, with an error near the unit
roundoff, are in `numerics.population`.

Reference: S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural
networks" (ICML 2019), Definitions 5.1 and 6.1.
"""

import math
from dataclasses import dataclass
from typing import Any

from flint import arb

from numerics.activation import Activation
from numerics.balls import ball, precision
from numerics.covariance import read_covariance
from numerics.dual import dual_ball, expectation_ball
from numerics.enclosures import Factor, line
from numerics.population_recursion import Network, require_last

# Digits beyond those asked for, and more where they were not enough.
_EXTRA = (6, 20, 60, 150)


@dataclass(frozen=True)
class PairFeatures:
    """K^(h) of a pair as arbs q1 = K_ii, c = K_ij, q2 = K_jj, and the means b1, b2."""

    q1: Any
    c: Any
    q2: Any
    b1: Any
    b2: Any

    @property
    def matrix(self) -> list[list[Any]]:
        """The 2 x 2 covariance."""
        return [[self.q1, self.c], [self.c, self.q2]]


def pair_features(
    activation: Activation, A: Any, network: Network, *, digits: int = 30
) -> list[PairFeatures]:
    """K^(h), b^(h) for h = 0, ..., H - 1, each within 10^-digits max(1, |value|), from A = K^(0), 2 x 2.

    A is exact or of arbs (the results then enclose all members, as wide as they must be). Raises ValueError
    as `numerics.dual.dual_ball`, and where the digits cannot be had.

    >>> from numerics.activations import softplus
    >>> layers = pair_features(softplus(), [[1, 0], [0, 1]], Network(3), digits=15)
    >>> [layer.c.str(12, radius=False) for layer in layers]
    ['0', '0.705274672930', '0.908236070449']
    """
    exact = read_covariance(A).exact
    return _to_digits(lambda d: _layers(activation, A, network, network.depth - 1, d), digits, exact)


def last_entry(activation: Activation, A: Any, network: Network, *, digits: int = 30) -> Any:
    """K^(H)_ij as an arb within 10^-digits max(1, |value|), from A = [[K_ii, K_ij], [K_ji, K_jj]] at h = 0.

    For a diagonal entry give A with equal entries. Raises as `pair_features`.

    >>> from numerics.activations import softplus
    >>> last_entry(softplus(), [[1, 1], [1, 1]], Network(4), digits=20).str(12, radius=False)
    '0.318458983684'
    """
    require_last(network)
    exact = read_covariance(A).exact

    def entry(d: int) -> Any:
        layers = _layers(activation, A, network, network.depth - 1, d)
        at = layers[-network.derivative_lag]
        dual = _dual(activation, at, 1, d)
        with precision(_bits(d)):
            branch = network.branch
            weight = _normaliser(activation, network, d) if branch is None else ball(branch**2)
            return [PairFeatures(arb(0), weight * layers[-1].c * dual, arb(0), arb(0), arb(0))]

    return _to_digits(entry, digits, exact)[0].c


def _bits(digits: int) -> int:
    return math.ceil(digits * math.log2(10)) + 32


def _to_digits(compute: Any, digits: int, exact: bool) -> list[PairFeatures]:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 1000:
        raise ValueError(f"Expected digits from 1 to 1000 but got digits={digits!r}")
    target = arb(10) ** -digits
    for extra in _EXTRA:
        found: list[PairFeatures] = compute(digits + extra)
        values = [x for layer in found for x in (layer.q1, layer.c, layer.q2, layer.b1, layer.b2)]
        if not exact or all(x.rad() <= target * abs(x.mid()).max(arb(1)) for x in values):
            return found
    raise ValueError(f"Expected a recursion that {digits} digits can be had of; try fewer digits")


def _normaliser(activation: Activation, network: Network, digits: int) -> Any:
    if network.normaliser is not None:
        return ball(network.normaliser)
    return 1 / dual_ball(activation, [[1, 1], [1, 1]], digits=digits)


def _dual(activation: Activation, at: PairFeatures, order: int, digits: int) -> Any:
    """E s^(m)(u) s^(m)(v). Equal inputs are one Gaussian: 2 x 2 balls would lose half of the digits.

    The precision is raised because reading balls as a covariance rounds them to the present one.
    """
    with precision(_bits(digits)):
        if at.c is at.q1:
            factor = Factor(activation, order, at.q1.sqrt())
            return line((factor, factor), _bits(digits))
        return dual_ball(activation, at.matrix, digits=digits, orders=(order, order))


def _mean(activation: Activation, q: Any, digits: int) -> Any:
    with precision(_bits(digits)):
        return expectation_ball(activation, q, digits=digits)


def _layers(activation: Activation, A: Any, network: Network, count: int, digits: int) -> list[PairFeatures]:
    entries = read_covariance(A)
    with precision(_bits(digits)):
        q1, c, q2 = (ball(x) for x in (entries.q1, entries.c, entries.q2))
        equal = entries.exact and entries.q1 == entries.c == entries.q2
        found = [
            PairFeatures(q1, q1, q1, arb(0), arb(0)) if equal else PairFeatures(q1, c, q2, arb(0), arb(0))
        ]
        normaliser = _normaliser(activation, network, digits)
    for h in range(count):
        branch = network.branch if h else None
        with precision(_bits(digits)):
            weight = normaliser if branch is None else ball(branch) ** 2
        found.append(_next(activation, found[-1], weight, network, branch is not None, digits))
    return found


def _next(
    activation: Activation, at: PairFeatures, weight: Any, network: Network, skip: bool, digits: int
) -> PairFeatures:
    equal = at.c is at.q1
    first = _dual(activation, PairFeatures(at.q1, at.q1, at.q1, at.b1, at.b1), 0, digits)
    mean1 = _mean(activation, at.q1, digits)
    if equal:
        second, cross, mean2 = first, first, mean1
    else:
        second = _dual(activation, PairFeatures(at.q2, at.q2, at.q2, at.b2, at.b2), 0, digits)
        cross, mean2 = _dual(activation, at, 0, digits), _mean(activation, at.q2, digits)
    with precision(_bits(digits)):
        factor = weight.sqrt()
        m1, m2 = factor * mean1, factor * mean2
        q1, c, q2 = weight * first, weight * cross, weight * second
        if not skip:
            return PairFeatures(q1, q1 if equal else c, q1 if equal else q2, m1, m2)
        q1, q2 = at.q1 + 2 * at.b1 * m1 + q1, at.q2 + 2 * at.b2 * m2 + q2
        crossed = network.means == "crossed"
        moved = at.b1 * m2 + at.b2 * m1 if crossed else at.b1 * m1 + at.b2 * m2
        b1, b2 = at.b1 + m1, at.b2 + m2
        return PairFeatures(q1, q1 if equal else at.c + moved + c, q1 if equal else q2, b1, b2)
