"""A user's 2 x 2 covariance, read exactly: rationals or balls, singular ones recognised.

Main definitions: `Entries`, `read_covariance`, `exact_or_ball`. Entries are exact (int, Fraction, "1/3", a
float is the dyadic it is) or arbs. A correlation above 1 by at most 2^-40, as rounding makes it, counts as 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat

from numerics.backends import REAL_BALLS
from numerics.balls import ball, exact_rational, precision
from numerics.closed_forms import Covariance
from numerics.enclosures import Correlation

# (rho^2 - 1) that still counts as rounding: rho up to 1 + 2^-40.
_EXCESS = Fraction(1, 1 << 39)
# Rationals beside balls are rounded to this, whatever the caller's precision.
_ENTRY_BITS = 1024


def exact_or_ball(name: str, x: Any) -> Any:
    """A Fraction, or an arb that is not exact; raises ValueError naming the argument else.

    >>> exact_or_ball("variance", 0.5)
    Fraction(1, 2)
    """
    if isinstance(x, arb):
        return exact_rational(x) if x.is_finite() and x.is_exact() else ball(x)
    try:
        return exact_rational(x.item() if isinstance(x, np.generic) else x)
    except ValueError:
        raise ValueError(f"Expected an exact finite number or a ball for {name} but got {x!r}") from None


@dataclass(frozen=True)
class Entries:
    """Entries of A as Fractions (`exact`) or arbs, checked; `sign` is rho if that is exactly +-1, else 0.

    >>> read_covariance([[1, -2], [-2, 4]]).sign
    -1
    """

    q1: Any
    c: Any
    q2: Any
    exact: bool
    sign: int

    def covariance(self) -> Covariance:
        """Balls at the present precision."""
        q1, c, q2 = (ball(x) for x in (self.q1, self.c, self.q2))
        if self.sign:
            return Covariance(q1, self.sign * (q1 * q2).sqrt(), q2, arb(0))
        square = ball(self.q1 * self.q2 - self.c**2) if self.exact else q1 * q2 - c * c
        return Covariance(q1, c, q2, REAL_BALLS.root(square))

    def correlation(self) -> Correlation:
        """rho and 1 - |rho| in balls, within [-1, 1]; the variances are positive."""
        A = self.covariance()
        if not (A.q1 > 0 and A.q2 > 0):
            raise ValueError("Expected variances that are 0 or positive but got a ball that meets 0")
        if self.sign:
            return Correlation(arb(self.sign), arb(0))
        unit, size = arb(0).union(arb(1)), (A.q1 * A.q2).sqrt()
        rho = A.c / size
        gap = (A.cross / size) ** 2 / (1 + abs(rho))
        both = arb(-1).union(arb(1))
        if not (gap.overlaps(unit) and rho.overlaps(both)):
            raise ValueError("Expected a covariance but got one that is certainly indefinite")
        return Correlation(rho.intersection(both), gap.intersection(unit))


def read_covariance(A: Any) -> Entries:
    """The entries of a 2 x 2 covariance (nested sequences, array or arb_mat); see the module's head.

    Raises ValueError unless A is symmetric, with variances >= 0 and rho^2 <= 1 + 2^-39.

    >>> read_covariance([["1/2", 0], [0, 2]]).q1
    Fraction(1, 2)
    """
    rows = A.tolist() if isinstance(A, np.ndarray | arb_mat) else A
    shaped = isinstance(rows, Sequence) and len(rows) == 2
    if not shaped or not all(isinstance(row, Sequence) and len(row) == 2 for row in rows):
        raise ValueError(f"Expected A of shape (2, 2) but got {' '.join(repr(A).split())}")
    q1, c, below, q2 = (exact_or_ball(f"A[{i}][{j}]", rows[i][j]) for i in (0, 1) for j in (0, 1))
    exact = all(isinstance(x, Fraction) for x in (q1, c, below, q2))
    if not exact:
        with precision(_ENTRY_BITS):
            q1, c, below, q2 = (ball(x) for x in (q1, c, below, q2))
    if not (c == below if exact else c.overlaps(below)):
        raise ValueError(f"Expected a symmetric A but got {c} and {below} off the diagonal")
    if q1 < 0 or q2 < 0:
        raise ValueError(f"Expected variances >= 0 but got {q1} and {q2}")
    if not exact:
        q1, q2 = (x if x >= 0 else x.nonnegative_part() for x in (q1, q2))
        return Entries(q1, c, q2, False, 0)
    if c * c > q1 * q2 * (1 + _EXCESS):
        raise ValueError(f"Expected a covariance but got c^2 > q1 q2 with q1={q1}, c={c}, q2={q2}")
    singular = c != 0 and c * c >= q1 * q2
    return Entries(q1, c, q2, True, (1 if c > 0 else -1) if singular else 0)
