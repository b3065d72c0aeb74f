"""The networks and conventions of the population recursions, and their power series for inputs of equal norm.

Main definitions: `Network`, `c_sigma`, `layer_steps` (the scalar recursion of variances and means),
`feature_series` (K^(h)) and `last_series` (K^(H)), `kernel_table` (either as a polynomial in float64).

References: S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural
networks" (ICML 2019), Definitions 5.1 and 6.1; `numerics.population` has the formulas.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb

from numerics.activation import Activation
from numerics.balls import ball, exact_rational, precision
from numerics.dual import dual_ball
from numerics.dual_table import BITS
from numerics.enclosures import Factor, line
from numerics.population_layers import Means
from numerics.population_series import (
    KernelSeries,
    LayerDual,
    input_series,
    layer_duals,
    product_series,
    step_series,
)
from numerics.power_table import DualTable, rounded

_LONGEST = 1024
# Remainders relative to the value at r = 1: beyond the first a longer series is tried, up to _LONGEST.
_REST, _LOOSEST_REST = 1e-15, 1e-13


@dataclass(frozen=True)
class Network:
    """A dense network of `depth` H >= 1 hidden layers; c_res None for no skip connections.

    normaliser: c_sigma, exact, or None for 1 / E s(z)^2, z ~ N(0, 1). derivative_lag: K^(H) has its
    derivative expectation under K^(H - derivative_lag): 1 by derivation, 2 as printed (then H >= 2). means:
    "crossed" by derivation, "aligned" as printed (`numerics.population_layers.propagate`).
    Residual layers need H >= 2 for a last Gram matrix. Raises ValueError for other values.

    >>> Network(3, c_res="1/2").branch
    Fraction(1, 6)
    """

    depth: int
    c_res: Any = None
    normaliser: Any = None
    derivative_lag: int = 1
    means: Means = "crossed"

    def __post_init__(self) -> None:
        if isinstance(self.depth, bool) or not isinstance(self.depth, int) or self.depth < 1:
            raise ValueError(f"Expected an integer depth >= 1 but got depth={self.depth!r}")
        for name in ("c_res", "normaliser"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, exact_rational(value))
                if getattr(self, name) <= 0:
                    raise ValueError(f"Expected {name} > 0 or None but got {name}={value!r}")
        if self.derivative_lag not in (1, 2) or isinstance(self.derivative_lag, bool):
            raise ValueError(f"Expected derivative_lag 1 or 2 but got {self.derivative_lag!r}")
        if self.derivative_lag > self.depth:
            raise ValueError("Expected depth >= 2 for derivative_lag=2 but got depth=1")
        if self.means not in ("crossed", "aligned"):
            raise ValueError(f"Expected means 'crossed' or 'aligned' but got means={self.means!r}")

    @property
    def branch(self) -> Fraction | None:
        """c_res / H, the factor of a residual branch; None without skip connections."""
        return None if self.c_res is None else self.c_res / self.depth


def c_sigma(activation: Activation, network: Network) -> Any:
    """The normaliser as a ball at the working precision: the network's own, or 1 / E s(z)^2, z ~ N(0, 1).

    >>> from numerics.activations import relu
    >>> c_sigma(relu, Network(1)).overlaps(arb(2))
    True
    """
    if network.normaliser is not None:
        return ball(network.normaliser)
    unit = Factor(activation, 0, arb(1))
    if activation.closed is not None:
        return 1 / dual_ball(activation, [[1, 1], [1, 1]], digits=30)
    return 1 / line((unit, unit), BITS)


@dataclass(frozen=True)
class LayerStep:
    """One layer for inputs of equal norm: arguments of `step_series`, E rho, then b and variance after it."""

    dual: LayerDual
    skip: bool
    constant: Any
    weight: Any
    shift: Any
    mean: Any
    variance: Any


def _scalars(
    activation: Activation, q: Fraction, network: Network, count: int
) -> list[tuple[Any, ...]] | None:
    """(variance, then all of `LayerStep` but the dual) for each layer; None where some b m may be below 0."""
    variance, b, c = ball(q), arb(0), c_sigma(activation, network)
    keeps = q == 1 and network.normaliser is None
    found: list[tuple[Any, ...]] = []
    for h in range(count):
        branch = network.branch if h else None
        if branch is None and h and keeps:
            found.append(found[-1])
            continue
        f, before = Factor(activation, 0, variance.sqrt()), variance
        weight = c if branch is None else ball(branch) ** 2
        energy = weight * line((f, f), BITS)
        shift = arb(0) if activation.parity == "odd" else weight.sqrt() * line((f,), BITS)
        if branch is None:
            # The normaliser keeps the variance 1 exactly: all dense layers are the same.
            constant, b, variance = arb(0), shift, arb(1) if keeps else energy
        else:
            constant = 2 * b * shift
            if not constant >= 0:
                return None
            b, variance = b + shift, variance + constant + energy
        found.append((before, branch is not None, constant, weight, shift, b, variance))
    return found


@lru_cache(maxsize=32)
def layer_steps(
    activation: Activation, q: Fraction, network: Network, count: int
) -> tuple[LayerStep, ...] | None:
    """The first `count` layers at input variance q; None where a constant b m is not certainly >= 0.

    >>> from numerics.activations import erf
    >>> [step.skip for step in layer_steps(erf, Fraction(1), Network(3, c_res=1), 2)]
    [False, True]
    """
    with precision(BITS + 32):
        scalars = _scalars(activation, q, network, count)
        if scalars is None:
            return None
        # What H residual layers of weight (c_res / H)^2 miss adds up to 1e-17; dense layers may amplify it.
        tolerance = 1e-18 if network.branch is None else min(1e-12, 1e-17 / float(count * network.branch**2))
        unique = [x for k, x in enumerate(scalars) if not (k and x is scalars[k - 1])]
        first = layer_duals(activation, 0, [x[0] for x in unique[:1]])
        duals = first + layer_duals(activation, 0, [x[0] for x in unique[1:]], tolerance)
        steps = {id(x): LayerStep(dual, *x[1:]) for x, dual in zip(unique, duals, strict=True)}
        return tuple(steps[id(x)] for x in scalars)


def _composed(
    activation: Activation, q: Fraction, network: Network, count: int, length: int
) -> list[KernelSeries] | None:
    """The series of K^(count) and K^(count - 1) (if any), of at most `length` terms."""
    steps = layer_steps(activation, q, network, count)
    if steps is None:
        return None
    found = [input_series(ball(q))]
    for s in steps:
        after = step_series(found[-1], s.dual, length, skip=s.skip, constant=s.constant, weight=s.weight)
        found = [found[-1], after]
    return found


@lru_cache(maxsize=64)
def feature_series(activation: Activation, q: Fraction, network: Network, h: int) -> KernelSeries | None:
    """K^(h) as a power series in the correlation of inputs of squared norm q; None if it has none.

    That is, where the activation is not analytic, or grows exponentially, or a mean changes its sign.

    >>> from numerics.activations import softplus
    >>> round(float(feature_series(softplus(), Fraction(1), Network(3), 1).parts[0]), 6)
    0.705275
    """
    if not activation.analytic or activation.growth is None:
        return None
    with precision(BITS + 32):
        start = _first_length(activation, q, network, h)
        return _shortest(lambda length: _composed(activation, q, network, h, length), start)


@lru_cache(maxsize=64)
def last_series(activation: Activation, q: Fraction, network: Network) -> KernelSeries | None:
    """K^(H) as a power series in the correlation of inputs of squared norm q; None as `feature_series`.

    >>> from numerics.activations import softplus
    >>> round(float(last_series(softplus(), Fraction(1), Network(3)).total), 12)
    0.318458983684
    """
    require_last(network)
    if not activation.analytic or activation.growth is None:
        return None
    with precision(BITS + 32):
        count = network.depth - 1
        duals: list[LayerDual] = []
        weight = last_weight(activation, network)

        def series(length: int) -> list[KernelSeries] | None:
            found = _composed(activation, q, network, count, length)
            if found is None:
                return None
            covariance = found[-network.derivative_lag]
            if not duals:
                duals.extend(layer_duals(activation, 1, [covariance.total], 1e-17))
            slope = step_series(covariance, duals[0], length, skip=False, constant=arb(0), weight=weight)
            return [product_series(found[-1], slope, length)]

        return _shortest(series, _first_length(activation, q, network, count))


def require_last(network: Network) -> None:
    """Raises ValueError for a residual network without a residual layer.

    >>> require_last(Network(1))
    """
    if network.branch is not None and network.depth < 2:
        raise ValueError("Expected depth >= 2 for a last residual layer but got depth=1")


def kernel_series(
    activation: Activation, q: Fraction, network: Network, h: int | None
) -> KernelSeries | None:
    """`feature_series`, or `last_series` for h = None.

    >>> from numerics.activations import erf
    >>> kernel_series(erf, Fraction(1), Network(2), 0).total
    1.00000000000000
    """
    return last_series(activation, q, network) if h is None else feature_series(activation, q, network, h)


def _first_length(activation: Activation, q: Fraction, network: Network, count: int) -> int:
    """The power of two above the longest layer: a composition is seldom shorter than its parts."""
    longest = max((len(s.dual.parts) for s in layer_steps(activation, q, network, count) or ()), default=1)
    return int(min(_LONGEST, max(16, 1 << (longest - 1).bit_length())))


def _shortest(series: Any, start: int) -> KernelSeries | None:
    """The first of a few growing lengths at which both remainders are small, or stop shrinking."""
    length, before = start, math.inf
    while True:
        found = series(length)
        if found is None:
            return None
        last: KernelSeries = found[-1]
        rest = max(float((last.rest() / last.total).upper()), float((last.gap_rest() / last.slope).upper()))
        if rest <= _REST or (rest <= _LOOSEST_REST and rest > before / 2):
            return last
        if 2 * length > _LONGEST:
            return last if rest <= _LOOSEST_REST else None
        length, before = 2 * length, rest


def last_weight(activation: Activation, network: Network) -> Any:
    """The factor w of K^(H): c_sigma, or (c_res / H)^2.

    >>> from numerics.activations import erf
    >>> last_weight(erf, Network(2, c_res=1))
    0.250000000000000
    """
    return c_sigma(activation, network) if network.branch is None else ball(network.branch**2)


@lru_cache(maxsize=64)
def kernel_table(
    activation: Activation, q: Fraction, network: Network, h: int | None, gaps: bool
) -> DualTable | None:
    """The series as a polynomial in r with a proved error; `gaps`: that of (K(1) - K(r)) / (1 - r).

    >>> from numerics.activations import erf
    >>> float(kernel_table(erf, Fraction(1), Network(2), 1, False)(0.0))
    0.0
    """
    found = kernel_series(activation, q, network, h)
    if found is None:
        return None
    with precision(BITS + 32):
        if gaps:
            return rounded(found.gaps.coeffs(), found.gap_rest())
        return rounded(found.parts.coeffs(), found.rest())


def hidden_layer(network: Network, h: Any) -> int:
    """h if it is a layer 0, ..., H of the network; raises ValueError else.

    >>> hidden_layer(Network(2), 2)
    2
    """
    if isinstance(h, bool) or not isinstance(h, int) or not 0 <= h <= network.depth:
        raise ValueError(f"Expected a layer h from 0 to {network.depth} but got h={h!r}")
    return h
