"""Counterexamples to an inequality lhs <= rhs: confirmed in balls at a rational point, and shrunk.

Main definitions: `Side` (what a side of the inequality is), `confirm`, `shrink`; `checked_box`, `roundings`,
`side_values` for searches that end here.

References: K. Claessen and J. Hughes, "QuickCheck: a lightweight tool for random testing of Haskell programs"
(ICFP 2000), for shrinking.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

from numerics.backends import REAL_BALLS, Backend
from numerics.balls import ball, exact_rational, precision

Side: TypeAlias = Callable[[Sequence[Any], Backend], Any]
Point: TypeAlias = tuple[Fraction, ...]
Box: TypeAlias = Sequence[tuple[Any, Any]]

# Working precisions at which a violation may be confirmed, in turn.
_BITS = (64, 128, 256, 512)
_LARGEST = Fraction(10) ** 300


def checked_box(box: Box) -> list[tuple[Fraction, Fraction]]:
    """Pairs (low, high) of Fractions; raises ValueError unless each low <= high, both within +-1e300.

    >>> checked_box([(0, "1/3")])
    [(Fraction(0, 1), Fraction(1, 3))]
    """
    try:
        pairs = [(exact_rational(low), exact_rational(high)) for low, high in box]
    except TypeError:
        raise ValueError(f"Expected a box of pairs (low, high) but got box={box!r}") from None
    if not pairs or any(low > high for low, high in pairs):
        raise ValueError(f"Expected a box of at least one pair low <= high but got box={box!r}")
    if any(abs(end) > _LARGEST for pair in pairs for end in pair):
        raise ValueError(f"Expected a box within +-1e300 but got box={box!r}")
    return pairs


def side_values(lhs: Side, rhs: Side, point: Sequence[Any]) -> tuple[Any, Any]:
    """Balls of both sides at a point of exact numbers or balls, at the present precision.

    >>> side_values(lambda x, b: 2 * x[0], lambda x, b: 1, [Fraction(1, 2)])
    (1.00000000000000, 1.00000000000000)
    """
    coordinates = [ball(x) for x in point]
    return ball(lhs(coordinates, REAL_BALLS)), ball(rhs(coordinates, REAL_BALLS))


def confirm(lhs: Side, rhs: Side, point: Sequence[Any]) -> tuple[Any, Any] | None:
    """Balls of (lhs, rhs) at an exact point (d,) where lhs > rhs is certain, or None: no proof at 512 bits.

    A side that raises or is not finite in balls proves nothing, so it gives None.

    >>> confirm(lambda x, b: x[0] + x[1], lambda x, b: b.absolute(x[0]), [1, Fraction(1, 3)]) is not None
    True
    >>> confirm(lambda x, b: x[0] / 3 * 3, lambda x, b: x[0], ["0.1"]) is None
    True
    """
    for bits in _BITS:
        with precision(bits):
            try:
                left, right = side_values(lhs, rhs, point)
            except (ValueError, ArithmeticError):
                return None
            if left > right:
                return left, right
            if left <= right:
                return None
    return None


def roundings(x: Fraction) -> Iterator[Fraction]:
    """Simpler rationals near x, simplest first, then x.

    >>> [str(x) for x in roundings(Fraction(314159, 100000))][:5]
    ['3', '3', '3', '13/4', '22/7']
    """
    for denominator in (1, 2, 3, 4, 10, 100, 10**4, 10**6):
        yield x.limit_denominator(denominator)
    for digits in (0, 1, 2, 5):
        yield Fraction(f"{float(x):.{digits}e}")
    yield x


def _cost(point: Point) -> tuple[int, int, int, int]:
    """Fewer coordinates, then fewer bits of distinct sizes, fewer bits, fewer signs."""
    bits = [x.numerator.bit_length() + x.denominator.bit_length() if x else 0 for x in point]
    sizes = {abs(x): b for x, b in zip(point, bits, strict=True)}
    return len(point), sum(sizes.values()), sum(bits), sum(x < 0 for x in point)


def shrink(lhs: Side, rhs: Side, box: Box, witness: Point, *, shortest: int | None = None) -> Point:
    """A simpler point of the box at which lhs > rhs is still proved: rounder numbers, zeros, ties.

    `shortest`: the sides accept any number of coordinates from this many on, all in the hull of the box; then
    coordinates are dropped, too. Raises ValueError when the witness is not one.

    >>> shrink(lambda x, b: x[0] * x[0], lambda x, b: 2 * x[0], [(0, 9)], (Fraction(314159, 10**5),))
    (Fraction(3, 1),)
    """
    if confirm(lhs, rhs, witness) is None:
        raise ValueError(f"Expected a witness of lhs > rhs but {witness!r} is not one")
    pairs = checked_box(box)
    if shortest is not None:
        pairs = [(min(low for low, _ in pairs), max(high for _, high in pairs))] * len(pairs)
    current, before = witness, None
    while current != before:
        before = current
        for candidates in _passes(current, shortest):
            for candidate in candidates(current):
                inside = all(low <= x <= high for x, (low, high) in zip(candidate, pairs, strict=False))
                if inside and _cost(candidate) < _cost(current) and confirm(lhs, rhs, candidate) is not None:
                    current = candidate
                    break
    return current


def _passes(point: Point, shortest: int | None) -> Iterator[Callable[[Point], Iterator[Point]]]:
    """One pass: drop a coordinate, round all of them, then change each in turn."""
    if shortest is not None and len(point) > shortest:
        yield lambda now: (now[:i] + now[i + 1 :] for i in range(len(now)))
    yield lambda now: zip(*(roundings(x) for x in now), strict=True)
    for k in range(len(point)):
        yield partial(_changed, k)


def _changed(k: int, point: Point) -> Iterator[Point]:
    """Simpler values of coordinate k: first together with all equal or opposite to it, then alone."""
    if k < len(point):
        size = abs(point[k])
        for y in (Fraction(0), Fraction(1), *roundings(size)):
            yield tuple((y if x > 0 else -y) if abs(x) == size else x for x in point)
        for y in (Fraction(0), Fraction(1), Fraction(-1), -point[k], *point, *roundings(point[k])):
            yield (*point[:k], y, *point[k + 1 :])
