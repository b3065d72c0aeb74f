"""Gradient descent on the two planar examples that lead up to the chain of saddles, in exact arithmetic.

S. Du, PhD thesis (CMU 2019), Sections 7.3 and 7.4.1: a long slope that leads to the saddle x^2 - y^2, (7.2),
and two saddles in a row, (7.3), which is not continuous.  The text does not give the piece of (7.2) between
x = -2 and x = -1; ours is `joint_slope` and `joint_curvature`, u = x + 2: h = a(u) + q(u) y^2.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["joint_curvature", "joint_slope", "long_slope_times", "two_saddles_times"]

MAX_STEPS = 1_000_000


def joint_slope(u: Fraction, order: int = 0) -> Fraction:
    """a(u) = 8 - 4u - 37u^3 + 57u^4 - 23u^5 - 48 u^3 (1 - u)^3 (1 - 2u), or its first derivative, order = 1.

    >>> joint_slope(Fraction(0)), joint_slope(Fraction(1)), joint_slope(Fraction(1), 1)
    (Fraction(8, 1), Fraction(1, 1), Fraction(-2, 1))
    """
    w = u * (1 - u)
    if order == 0:
        return 8 - 4 * u - 37 * u**3 + 57 * u**4 - 23 * u**5 - 48 * w**3 * (1 - 2 * u)
    if order == 1:
        return -4 - 111 * u**2 + 228 * u**3 - 115 * u**4 - 48 * (3 * w**2 * (1 - 2 * u) ** 2 - 2 * w**3)
    raise ValueError(f"Expected an order of 0 or 1 but got {order!r}")


def joint_curvature(u: Fraction, order: int = 0) -> Fraction:
    """q(u) = 1 - 2(10u^3 - 15u^4 + 6u^5), from 1 to -1, or its first derivative, order = 1.

    >>> joint_curvature(Fraction(1, 2)), joint_curvature(Fraction(1, 2), 1)
    (Fraction(0, 1), Fraction(-15, 4))
    """
    if order == 0:
        return 1 - 2 * (10 * u**3 - 15 * u**4 + 6 * u**5)
    if order == 1:
        return -60 * (u * (1 - u)) ** 2
    raise ValueError(f"Expected an order of 0 or 1 but got {order!r}")


def long_slope_times(x: Fraction, y: Fraction) -> tuple[int, int]:
    """(first t with x >= -1, first t after that with |y| > 1) of descent on (7.2) with step size 1/4.

    Raises ValueError unless x <= 1 and 0 < |y| <= 1, and where an iterate leaves the domain x <= 1.

    >>> long_slope_times(Fraction(-10), Fraction(1))
    (9, 25)
    """
    x, y = Fraction(x), abs(Fraction(y))
    if not (x <= 1 and 0 < y <= 1):
        raise ValueError(f"Expected a start with x <= 1 and 0 < |y| <= 1 but got ({x}, {y})")
    arrival = None
    for t in range(MAX_STEPS):
        if x > 1:
            raise ValueError(f"Expected the iterates to stay at x <= 1 but iterate {t} is at {float(x)}")
        if arrival is None and x >= -1:
            arrival = t
        if arrival is not None and y > 1:
            return arrival, t
        u = x + 2
        if u < 0:
            x, y = x + 1, y / 2
        elif u < 1:
            slope = joint_slope(u, 1) + joint_curvature(u, 1) * y**2
            x, y = x - slope / 4, abs(y - joint_curvature(u) * y / 2)
        else:
            x, y = x / 2, 3 * y / 2
    raise ValueError(f"Expected an escape within {MAX_STEPS} steps")


def two_saddles_times(
    x: Fraction, y: Fraction, L: Fraction, gamma: Fraction, eta: Fraction
) -> tuple[int, int]:
    """(first t with x >= 1, first t after that with y >= 1) of descent on (7.3) with step size eta.

    Raises ValueError unless 0 < x < 1, 0 < y < 1, gamma > 0 and 0 < 2 eta L < 1.

    >>> two_saddles_times(Fraction(1, 2), Fraction(99, 100), Fraction(2), Fraction(1), Fraction(1, 20))
    (8, 27)
    """
    x, y, h, b = Fraction(x), Fraction(y), 2 * Fraction(eta) * gamma, 2 * Fraction(eta) * L
    if not (0 < x < 1 and 0 < y < 1):
        raise ValueError(f"Expected a start in the open unit square but got ({x}, {y})")
    if not (h > 0 and 0 < b < 1):
        raise ValueError(f"Expected gamma > 0 and 0 < 2 eta L < 1 but got L={L}, gamma={gamma}, eta={eta}")
    first = 0
    while x < 1:
        x, y, first = (1 + h) * x, (1 - b) * y, first + 1
    last = first
    while y < 1:
        y, last = (1 + h) * y, last + 1
    return first, last
