"""Scaling exponents from experiments: slopes of log value against log size, with honest intervals.

Main definitions: `scaling_exponent` (slope over seeds with its confidence interval, and a verdict on whether
the points lie on a line at all), `slope_spread`, `slope_power` and `seeds_needed` (power analysis).

Values at different sizes may share a seed, and then are not independent; so the seed is the block: a
least-squares slope for each seed, and Student's t-interval over seeds. It is exact when the seeds' errors of
log value are independent and Gaussian across seeds, whatever their variances and correlations across sizes.

References: Student, Biometrika 6 (1908); D. Matthews, J. Altman, M. Campbell, P. Royston, "Analysis of serial
measurements", BMJ 300 (1990), for summary measures per block; N. Johnson and B. Welch, Biometrika 31 (1940),
for the noncentral t-distribution of the power.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.special import gammainccinv, gammaincinv, ndtr, stdtrit

Vector = NDArray[np.float64]

_MOST_SEEDS = 1 << 20


@dataclass(frozen=True)
class ScalingFit:
    """Mean slope over seeds with its interval, or no slope where the points do not lie on a line.

    `straight`: True when the interval `bend` lies within the tolerance, False when it excludes 0 (then
    `exponent` and `interval` are None: a plateau has no exponent), None when the seeds cannot tell. `bend`:
    interval of the slope at the largest size minus that at the smallest, by a parabola. `local`: mean slopes
    between neighbouring sizes, (k - 1,). `per_seed`: slopes of the seeds, (S,).
    """

    exponent: float | None
    interval: tuple[float, float] | None
    straight: bool | None
    bend: tuple[float, float]
    local: Vector
    per_seed: Vector


def _probability(name: str, value: float, below: float = 1.0) -> float:
    if not 0 < value < below:
        raise ValueError(f"Expected 0 < {name} < {below:g} but got {name}={value!r}")
    return float(value)


def _log_sizes(sizes: ArrayLike, least: int) -> Vector:
    try:
        x = np.asarray(sizes, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("Expected sizes to be real numbers") from None
    if x.ndim != 1 or not (np.isfinite(x) & (x > 0)).all() or len(np.unique(x)) != len(x) or len(x) < least:
        raise ValueError(
            f"Expected sizes of shape (k,), k >= {least}, positive and distinct but got {sizes!r}"
        )
    return np.log(x)


def _student(estimates: Vector, alpha: float) -> tuple[float, float]:
    """Interval of level 1 - alpha for the mean of independent Gaussian estimates, (S,), S >= 2."""
    count = len(estimates)
    half = -stdtrit(count - 1, alpha / 2) * estimates.std(ddof=1) / math.sqrt(count)
    return float(estimates.mean() - half), float(estimates.mean() + half)


def scaling_exponent(
    sizes: ArrayLike, values: ArrayLike, *, alpha: float = 0.05, tolerance: float = 0.25
) -> ScalingFit:
    """Exponent p of value ~ size^p from sizes (k,), k >= 3, and positive values (S, k): a row a seed, S >= 2.

    Each of the two intervals (exponent, bend) covers with probability 1 - alpha. `tolerance`: how much the
    slope may change over the range of sizes for the points to count as a line. Raises ValueError for other
    shapes, values that are not positive and finite, equal sizes, rows that are all equal (no information on
    the spread), and alpha outside (0, 1).

    >>> sizes = [100, 200, 400, 800]
    >>> noise = np.random.default_rng(0).normal(0, 0.02, (8, 4))
    >>> fit = scaling_exponent(sizes, np.exp(noise) / np.sqrt(sizes))
    >>> fit.interval[0] < -0.5 < fit.interval[1], fit.straight
    (True, True)
    >>> scaling_exponent(sizes, np.exp(noise) * np.maximum(np.power(sizes, -0.5), 0.07)).exponent is None
    True
    """
    alpha = _probability("alpha", alpha)
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise ValueError(f"Expected a tolerance > 0 but got tolerance={tolerance!r}")
    x = _log_sizes(sizes, 3)
    try:
        y = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("Expected values to be real numbers") from None
    if y.ndim != 2 or y.shape[0] < 2 or y.shape[1] != len(x):
        raise ValueError(f"Expected values of shape (S, {len(x)}), S >= 2, but got {y.shape}")
    if not (np.isfinite(y) & (y > 0)).all():
        raise ValueError("Expected values to be positive and finite")
    if (y == y[0]).all():
        raise ValueError("Expected seeds that differ but all rows of values are equal")
    order = np.argsort(x)
    x, y = x[order], np.log(y[:, order])
    slopes = y @ _contrast(x, 1)
    bends = 2 * (x[-1] - x[0]) * (y @ _contrast(x, 2))
    bend = _student(bends, alpha)
    straight: bool | None = None
    if -tolerance <= bend[0] and bend[1] <= tolerance:
        straight = True
    elif bend[0] > 0 or bend[1] < 0:
        straight = False
    local = (np.diff(y, axis=1) / np.diff(x)).mean(axis=0)
    if straight is False:
        return ScalingFit(None, None, straight, bend, local, slopes)
    return ScalingFit(float(slopes.mean()), _student(slopes, alpha), straight, bend, local, slopes)


def _contrast(x: Vector, degree: int) -> Vector:
    """Weights (k,) of y in the least-squares coefficient of x^degree in a polynomial of that degree.

    The part of (x - mean)^degree that is orthogonal to lower powers, over its square: Gram-Schmidt.
    """
    centred = x - x.mean()
    lower = np.linalg.qr(np.vander(centred, degree, increasing=True))[0]
    part = centred**degree
    for _ in range(2):
        part = part - lower @ (lower.T @ part)
    return part / (part @ part)


def slope_spread(sizes: ArrayLike, noise: float) -> float:
    """Standard deviation of one seed's slope: errors of log value of deviation `noise`, sizes (k,).

    noise / sqrt(sum (x - mean x)^2), x = log size: exact for independent errors, and an upper bound when all
    pairs of sizes have the same correlation >= 0 (what is common to all sizes does not move the slope).

    >>> round(slope_spread([1, math.e], 1.0) ** 2, 12)
    2.0
    """
    x = _log_sizes(sizes, 2)
    if not (math.isfinite(noise) and noise > 0):
        raise ValueError(f"Expected noise > 0 but got noise={noise!r}")
    return noise / float(np.linalg.norm(x - x.mean()))


def slope_power(gap: float, spread: float, seeds: int, *, alpha: float = 0.05) -> float:
    """Probability that the (1 - alpha) interval over S seeds excludes a slope `gap` off the true one.

    P(|T| > t) for T noncentral t with S - 1 degrees of freedom and noncentrality gap sqrt(S) / spread;
    `spread` as `slope_spread`. Raises ValueError for gap or spread not positive and finite, S < 2, alpha
    outside (0, 1).

    >>> slope_power(0.25, 0.1, 4) < slope_power(0.25, 0.1, 8) < 1
    True
    """
    alpha = _probability("alpha", alpha)
    for name, value in (("gap", gap), ("spread", spread)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"Expected {name} > 0 but got {name}={value!r}")
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 2:
        raise ValueError(f"Expected an integer seeds >= 2 but got seeds={seeds!r}")
    freedom, centre = seeds - 1, gap / spread * math.sqrt(seeds)
    critical = -float(stdtrit(freedom, alpha / 2))

    # Given R = sqrt(chi^2 / freedom) the tails are normal. scipy's nctdtr is nan for some arguments here.
    def integrand(r: float) -> float:
        tails = ndtr(centre - critical * r) + ndtr(-centre - critical * r)
        return float(tails) * math.exp(freedom * (0.5 + math.log(r) - r * r / 2) + constant) / r

    half = freedom / 2
    constant = math.log(2) + half * math.log(half) - half - math.lgamma(half)
    low, high = (math.sqrt(f(half, 1e-16) / half) for f in (gammaincinv, gammainccinv))
    cuts = [min(max((centre + k) / critical, low), high) for k in (-8, 0, 8)]
    pieces = itertools.pairwise([low, *cuts, high])
    return min(1.0, sum(quad(integrand, a, b, epsabs=1e-12, limit=200)[0] for a, b in pieces if a < b))


def seeds_needed(gap: float, spread: float, *, alpha: float = 0.05, beta: float = 0.05) -> int:
    """The least number of seeds with which slopes `gap` apart are told apart with probability >= 1 - beta.

    Smallest S with `slope_power` >= 1 - beta (it increases with S). Raises ValueError as that function, for
    beta outside (0, 1), and when more than 2^20 seeds would be needed.

    >>> seeds_needed(0.25, slope_spread([64, 128, 256, 512], 0.3))
    10
    """
    beta = _probability("beta", beta)
    high = 2
    while slope_power(gap, spread, high, alpha=alpha) < 1 - beta:
        high *= 2
        if high > _MOST_SEEDS:
            raise ValueError(
                f"Expected a gap within reach of 2^20 seeds but got gap={gap!r}, spread={spread!r}"
            )
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        if slope_power(gap, spread, middle, alpha=alpha) < 1 - beta:
            low = middle
        else:
            high = middle
    return high
