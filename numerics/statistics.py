"""Exact binomial statistics and reproducible random streams.

Main definitions: `binomial_tail_upper`, `binomial_tail_lower` (enclosures in balls), `clopper_pearson` (a
rigorous confidence interval), `hoeffding`, `hoeffding_radius`, and `stream` (a generator keyed by what it is
for, so that its numbers do not depend on order, process or worker).

References: C. Clopper, E. Pearson, Biometrika 26 (1934); W. Hoeffding, J. Amer. Statist. Assoc. 58 (1963),
Theorem 2; NIST DLMF 8.17.5 (binomial tails as incomplete beta functions); J. Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3" (SC 2011), for Philox.
"""

import hashlib
import math
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq
from scipy.special import betaincinv

from numerics.balls import ball, exact_rational, precision

# Precision is doubled up to this many times until the tail is known to the bits asked for.
_DOUBLINGS = 6


def _count(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"Expected an integer {name} >= {least} but got {name}={value!r}")
    return int(value)


def _exact(name: str, value: Any) -> Fraction:
    # 0.1 is not 1/10: in a float the caller's number is already lost.
    if isinstance(value, float):
        raise ValueError(f"Expected {name} as an int, Fraction or string but got the float {value!r}")
    return exact_rational(value)


def _probability(p: Any) -> tuple[Fraction, Fraction]:
    if isinstance(p, arb):
        if not p.is_finite():
            raise ValueError(f"Expected a finite ball p but got {p}")
        low, high = (exact_rational(end) for end in (p.lower(), p.upper()))
        if high < 0 or low > 1:
            raise ValueError(f"Expected p in [0, 1] but got p={p}")
        return max(low, Fraction(0)), min(high, Fraction(1))
    value = _exact("p", p)
    if not 0 <= value <= 1:
        raise ValueError(f"Expected p in [0, 1] but got p={p}")
    return value, value


def _upper_tail(k: int, n: int, p: Fraction, bits: int) -> Any:
    """P(Bin(n, p) >= k) = I_p(k, n - k + 1)."""
    if k <= 0 or p == 1:
        return arb(1 if k <= n else 0)
    if k > n or p == 0:
        return arb(0)
    for doubling in range(_DOUBLINGS):
        with precision((bits + 32) << doubling):
            x = arb(fmpq(p.numerator, p.denominator))
            tail = x.beta_lower(arb(k), arb(n - k + 1), regularized=True)
            if tail.is_finite() and tail.rel_accuracy_bits() >= bits:
                return tail
    unit = arb(0).union(arb(1))
    return tail.intersection(unit) if tail.is_finite() else unit


def binomial_tail_upper(k: int, n: int, p: Any, *, bits: int = 64) -> Any:
    """Enclosure (arb) of P(Bin(n, p) >= k), n >= 1, any integer k, to `bits` relative accuracy.

    p: exact in [0, 1] (int, Fraction, "1/3"), or a ball, over whose part in [0, 1] the result is the hull
    (the tail increases with p). Raises ValueError for a float p, for nan and for values out of range.

    >>> binomial_tail_upper(2, 3, "1/3").overlaps(arb(7) / 27)
    True
    """
    k, n = _count("k", k, -(1 << 62)), _count("n", n, 1)
    low, high = _probability(p)
    tail = _upper_tail(k, n, low, bits)
    return tail if low == high else tail.union(_upper_tail(k, n, high, bits))


def binomial_tail_lower(k: int, n: int, p: Any, *, bits: int = 64) -> Any:
    """Enclosure (arb) of P(Bin(n, p) <= k) = P(Bin(n, 1 - p) >= n - k); arguments as `binomial_tail_upper`.

    >>> binomial_tail_lower(0, 3, Fraction(1, 3)).overlaps(arb(8) / 27)
    True
    """
    k, n = _count("k", k, -(1 << 62)), _count("n", n, 1)
    low, high = _probability(p)
    tail = _upper_tail(n - k, n, 1 - low, bits)
    return tail if low == high else tail.union(_upper_tail(n - k, n, 1 - high, bits))


def _certified_limit(k: int, n: int, level: Fraction) -> Fraction:
    """A dyadic just below the p with P(Bin(n, p) >= k) = level, at which the tail is certainly <= level."""
    guess = float(betaincinv(k, n - k + 1, float(level)))
    guess = 0.5 if math.isnan(guess) else min(guess, 1 - 2.0**-53)
    step = 2.0**-40
    while guess > 0 and step < 1:
        limit = Fraction(guess) * (1 - Fraction(step))
        if _upper_tail(k, n, limit, 64) <= arb(fmpq(level.numerator, level.denominator)):
            return limit
        step *= 4
    return Fraction(0)


def clopper_pearson(k: int, n: int, alpha: Any) -> tuple[Fraction, Fraction]:
    """Confidence interval for p from k successes in n >= 1 trials: it covers p with probability >= 1 - alpha.

    Two-sided with alpha/2 on either side (a one-sided bound at level alpha is an end at 2 alpha). The ends
    are exact dyadics, certified in balls and rounded outward: never inside the exact interval, and about
    2^-40 wider than it relative to p (lower end) or 1 - p (upper). alpha: exact, in (0, 1).
    Raises ValueError for k outside 0..n, for n = 0 and for a float alpha.

    >>> low, high = clopper_pearson(0, 10, "1/20")
    >>> float(low), round(float(high), 6)
    (0.0, 0.308497)
    """
    n, k = _count("n", n, 1), _count("k", k, 0)
    level = _exact("alpha", alpha) / 2
    if k > n:
        raise ValueError(f"Expected k <= n but got k={k}, n={n}")
    if not 0 < level < Fraction(1, 2):
        raise ValueError(f"Expected alpha in (0, 1) but got alpha={alpha!r}")
    low = _certified_limit(k, n, level) if k else Fraction(0)
    high = 1 - _certified_limit(n - k, n, level) if k < n else Fraction(1)
    return low, high


def _width(low: Any, high: Any) -> Fraction:
    width = exact_rational(high) - exact_rational(low)
    if width <= 0:
        raise ValueError(f"Expected low < high but got low={low!r}, high={high!r}")
    return width


def hoeffding(n: int, deviation: Any, *, low: Any = 0, high: Any = 1, bits: int = 64) -> Any:
    """Ball of exp(-2 n t^2 / (high - low)^2) >= P(mean - E mean >= t), n independent values in [low, high].

    t = `deviation` >= 0 and the ends are exact (floats count as the dyadics they are) or, for t, a ball.
    Twice this bounds the two-sided probability. Raises ValueError for n < 1, t < 0 and low >= high.

    >>> hoeffding(50, "1/10").overlaps(arb(-1).exp())
    True
    """
    n, width = _count("n", n, 1), _width(low, high)
    with precision(bits):
        t = ball(deviation)
        if not t >= 0:
            raise ValueError(f"Expected a deviation >= 0 but got {deviation!s}")
        return (-2 * n * (t / ball(width)) ** 2).exp()


def hoeffding_radius(n: int, delta: Any, *, low: Any = 0, high: Any = 1, bits: int = 64) -> Any:
    """Ball of the t of `hoeffding` at which its bound is delta: (high - low) sqrt(log(1/delta) / (2 n)).

    Raises ValueError for n < 1, delta outside (0, 1] or a float, low >= high.

    >>> hoeffding_radius(50, "1/2").overlaps((arb(2).log() / 100).sqrt())
    True
    """
    n, width, chance = _count("n", n, 1), _width(low, high), _exact("delta", delta)
    if not 0 < chance <= 1:
        raise ValueError(f"Expected delta in (0, 1] but got delta={delta!r}")
    with precision(bits):
        return ball(width) * (ball(1 / chance).log() / (2 * n)).sqrt()


def stream(*key: str | int | bytes) -> np.random.Generator:
    """The random generator of a key, e.g. (global seed, claim, check, trial): Philox keyed by its SHA-256.

    Equal keys give equal numbers in every process and order; the parts are typed and delimited, so that
    ("ab", "c"), ("a", "bc"), 1 and "1" are all different. Raises ValueError for an empty key and other types.

    >>> a, b = stream(0, "claim", 7), stream(0, "claim", 7)
    >>> bool((a.standard_normal(4) == b.standard_normal(4)).all())
    True
    """
    if not key:
        raise ValueError("Expected at least one part of a key but got none")
    digest = hashlib.sha256()
    for part in key:
        if isinstance(part, bool) or not isinstance(part, str | int | bytes):
            raise ValueError(f"Expected key parts of type str, int or bytes but got {part!r}")
        body = part if isinstance(part, bytes) else str(part).encode()
        digest.update(f"{type(part).__name__}:{len(body)}:".encode() + body)
    words = np.frombuffer(digest.digest(), dtype="<u8").astype(np.uint64)
    return np.random.Generator(np.random.Philox(key=words[:2]))
