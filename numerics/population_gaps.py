"""Population Gram matrices through 1 - rho: nearly parallel inputs and deep networks with all their digits.

Main definitions: `GapGram`, `unit_gaps`, `feature_gaps` and `last_gaps`. A Gram matrix with equal diagonal q
is q 1 1^T - G; the gaps G = q - K are g Q(1 - g) in the gaps g = 1 - r of the inputs, Q a power series with
nonnegative coefficients (`numerics.population_series`), so that nothing cancels. Lower bounds of lambda_0
from gaps are in `numerics.population_spectrum`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.activation import Activation
from numerics.balls import ball, precision
from numerics.dual_table import BITS
from numerics.population_recursion import Network, hidden_layer, kernel_series, kernel_table, require_last
from numerics.power_table import UNIT, up, upper_float


@dataclass(frozen=True)
class GapGram:
    """The Gram matrix diagonal - gaps, (n, n): `gaps` within `radius` entrywise, `diagonal` within `off`.

    Where inputs are nearly parallel, or layers many, the gaps keep digits that the entries have lost.
    """

    gaps: Any
    radius: Any
    diagonal: float
    off: float


def unit_gaps(X: Any) -> Any:
    """1 - x_i.x_j = |x_i - x_j|^2 / 2 for unit rows: (n, d) -> (n, n) float64, 0 on the diagonal.

    To a relative (d + 4) 2^-53 for the rows as given; norms 1 + e and 1 + f add (e - f)^2 / 2 and a factor
    1 + e + f. The rows are not normalised here.
    Raises ValueError unless X is a finite (n, d) array with norms within 1e-12 of 1.

    >>> unit_gaps([[1.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    rows = np.asarray(X, dtype=np.float64)
    if rows.ndim != 2 or 0 in rows.shape or not np.isfinite(rows).all():
        raise ValueError(f"Expected X of shape (n, d), finite, but got shape {rows.shape}")
    if np.abs((rows * rows).sum(axis=1) - 1).max() > 2e-12:
        raise ValueError("Expected rows of X of norm 1")
    gaps = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        apart = rows[i + 1 :] - row
        gaps[i, i + 1 :] = gaps[i + 1 :, i] = (apart * apart).sum(axis=1) / 2
    return gaps


def _gaps(activation: Activation, gaps: Any, network: Network, h: int | None) -> GapGram:
    g = np.asarray(gaps, dtype=np.float64)
    if g.ndim != 2 or g.shape[0] != g.shape[1] or not g.size or not ((g >= 0) & (g <= 2)).all():
        raise ValueError(f"Expected gaps in [0, 2] of shape (n, n), n >= 1, but got shape {g.shape}")
    if not np.array_equal(g, g.T) or g.diagonal().any():
        raise ValueError("Expected gaps to be symmetric with a zero diagonal")
    table = kernel_table(activation, Fraction(1), network, h, True)
    series = kernel_series(activation, Fraction(1), network, h)
    if table is None or series is None:
        raise ValueError(f"Expected an analytic activation with means of one sign but got {activation.name}")
    with precision(BITS + 32):
        end = float(series.total.mid())
        off = upper_float(abs(series.total - ball(end)))
    # r = 1 - g is rounded: the table is compared with the series there and at r, and moves by its slope.
    quotient = np.maximum(table(1.0 - g), 0.0)
    error = up(2 * table.error, UNIT * table.slope)
    return GapGram(g * quotient, 1.001 * g * (error + 2 * UNIT * quotient), end, off)


def feature_gaps(activation: Activation, gaps: Any, network: Network, h: int) -> GapGram:
    """K^(h) as K^(h)_11 - K^(h), from gaps = 1 - X X^T of unit inputs (`unit_gaps`), taken as exact.

    The error of a gap is about 1e-15 times K^(h)'(1) (1 - r), of which it is a fair share, also where entries
    of K^(h) round to its diagonal. For analytic activations; numpy only. Raises ValueError for others.

    >>> from numerics.activations import softplus
    >>> found = feature_gaps(softplus(), [[0.0, 1e-20], [1e-20, 0.0]], Network(9), 8)
    >>> bool(1e-24 < found.gaps[0, 1] < 1e-23), bool(found.radius[0, 1] < 1e-14 * found.gaps[0, 1])
    (True, True)
    """
    return _gaps(activation, gaps, network, hidden_layer(network, h))


def last_gaps(activation: Activation, gaps: Any, network: Network) -> GapGram:
    """K^(H) as its diagonal minus gaps; as `feature_gaps`.

    >>> from numerics.activations import softplus
    >>> found = last_gaps(softplus(), [[0.0, 1.0], [1.0, 0.0]], Network(4))
    >>> round(float(found.gaps[0, 1]), 12)
    0.010610550218
    """
    require_last(network)
    return _gaps(activation, gaps, network, None)
