"""Data of `verify bound`: reading it, checking the theorems' hypotheses on it, and enclosing lambda_0.

The limiting Gram matrix of the two-layer paper is enclosed entry by entry in balls; that of the deep paper
comes from series with proved errors (`numerics.population_gaps`), for convolutions layer by layer in float64
with a proved error or in balls (`numerics.population_conv`, `numerics.population_conv_ball`). Least
eigenvalues are certified from below by Gershgorin discs (small n) or Rump's shifted Cholesky factorisation,
from above by a Rayleigh quotient.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from numerics.activation import Activation
from numerics.arc_cosine import closest_pair
from numerics.balls import ball, exact_rational, precision
from numerics.spectrum import cholesky_lower_bound, lambda_min_enclosure
from verify.claim import SpecError

Matrix = NDArray[np.float64]

UNIT_TOLERANCE = 1e-12
_BITS = 192
# Gershgorin discs in balls give more digits and take n^3 ball operations: 0.3 s at this size.
_SMALL = 40
# A convolutional lambda_0 of which float64 knows fewer than three digits is tried in balls if the inputs have
# at most so many pixels together: 1 s for softplus, 10 s for tanh.
_PIXELS, _DIGITS = 16, 40
# Matrices over all pixels of all inputs: 0.5 GB each at this size.
_MOST_PIXELS = 8000


@dataclass(frozen=True)
class Data:
    """Inputs X (n, d), the closest pair of rows (i, j, angle; None for one row), and the label bound C.

    shape: (d, p), channels and pixels, of a convolutional network's inputs; their rows have d p entries.
    """

    X: Matrix
    closest: tuple[int, int, float] | None
    label_bound: float
    shape: tuple[int, int] | None = None


def read_array(path: Path, what: str) -> NDArray[Any]:
    """The array of a .npy, .npz (the only one, or the one named X) or .csv file (numbers, no header)."""
    if path.suffix not in (".npy", ".npz", ".csv"):
        raise SpecError(f"expected {what} as .npy, .npz or .csv but got {str(path)!r}")
    try:
        if path.suffix == ".csv":
            return _read_csv(path, what)
        loaded = np.load(path, allow_pickle=False)
        if path.suffix == ".npz":
            with loaded as archive:
                names = list(archive.files)
                if len(names) != 1 and "X" not in names:
                    raise SpecError(f"expected one array or one named X in {str(path)!r} but found {names}")
                loaded = archive["X" if "X" in names else names[0]]
    except OSError as error:
        raise SpecError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    except (ValueError, EOFError, KeyError) as error:
        raise SpecError(f"cannot read {str(path)!r}: {str(error).splitlines()[0]}") from None
    except Exception as error:
        if type(error).__name__ != "BadZipFile":
            raise
        raise SpecError(f"cannot read {str(path)!r}: {error}") from None
    return np.asarray(loaded)


def _read_csv(path: Path, what: str) -> NDArray[Any]:
    rows: list[list[float]] = []
    with path.open(newline="", encoding="utf-8") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            if not cells:
                continue
            try:
                rows.append([float(cell) for cell in cells])
            except ValueError:
                raise SpecError(
                    f"expected numbers in {str(path)!r} but line {number} has {cells!r}"
                ) from None
            if len(rows[-1]) != len(rows[0]):
                raise SpecError(
                    f"expected rows of {len(rows[0])} numbers in {str(path)!r} but line {number} has "
                    f"{len(rows[-1])}"
                )
    if not rows:
        raise SpecError(f"expected {what} in {str(path)!r} but it is empty")
    return np.array(rows)


def _numbers(array: NDArray[Any], what: str) -> Matrix:
    if array.dtype.kind not in "fiu":
        raise SpecError(f"expected real numbers as {what} but got dtype {array.dtype}")
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise SpecError(f"expected finite {what} but entry {place} is {values[place]}")
    return values


def read_data(
    data: Path, labels: Path | None, label_bound: float | None, normalise: bool, *, pixels: bool = False
) -> Data:
    """Read inputs and labels and check: shape, unit norms (or make them so), no two rows parallel.

    pixels: inputs of a convolutional network, (n, d, p), or (n, p) for one channel.
    """
    X = _numbers(read_array(data, "inputs"), "inputs")
    shape = None
    if pixels:
        if X.ndim not in (2, 3) or 0 in X.shape:
            raise SpecError(
                f"expected inputs of shape (n, d, p), n, d, p >= 1, or (n, p) but got shape {X.shape}"
            )
        shape = (X.shape[1] if X.ndim == 3 else 1, X.shape[-1])
        X = X.reshape(len(X), -1)
    if X.ndim != 2 or 0 in X.shape:
        raise SpecError(f"expected inputs of shape (n, d), n, d >= 1, but got shape {X.shape}")
    if (zero := np.flatnonzero(~X.any(axis=1))).size:
        raise SpecError(f"expected no zero row but row {zero[0]} is zero")
    bound = 1.0 if label_bound is None else label_bound
    if not (math.isfinite(bound) and bound >= 0):
        raise SpecError(f"expected a finite label bound >= 0 but got {bound}")
    if labels is not None:
        y = _numbers(read_array(labels, "labels"), "labels")
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        if y.shape != (len(X),):
            raise SpecError(f"expected {len(X)} labels but got shape {y.shape}")
        bound = float(np.abs(y).max())
    closest = closest_pair(X) if len(X) > 1 else None
    if closest and closest[2] < 1e-7 and _parallel(X[closest[0]], X[closest[1]]):
        i, j, _ = closest
        raise SpecError(f"expected no two parallel rows but rows {i} and {j} are parallel: lambda_0 = 0")
    norms = np.hypot.reduce(X, axis=1)
    if normalise:
        X = X / norms[:, None]
    elif (far := np.abs(norms - 1)).max() > UNIT_TOLERANCE:
        i = int(far.argmax())
        raise SpecError(f"expected rows of norm 1 but row {i} has norm {norms[i]:.6g}: pass --normalise")
    return Data(X, closest, bound, shape)


def _parallel(x: Matrix, y: Matrix) -> bool:
    """Whether y is exactly a positive multiple of x."""
    one, two = ([exact_rational(v) for v in row.tolist()] for row in (x, y))
    k = next(i for i, v in enumerate(one) if v)
    factor = two[k] / one[k]
    return factor > 0 and all(b == factor * a for a, b in zip(one, two, strict=True))


def shallow_lambda(X: Matrix) -> Any:
    """Enclosure (arb) of lambda_min of H_ij = x_i.x_j (pi - theta_ij)/(2 pi) for the exact values of X."""
    with precision(_BITS):
        rows = arb_mat(X.tolist())
        inner = (rows * rows.transpose()).tolist()
        n, turn = len(X), 2 * arb.pi()
        gram = [[arb(0)] * n for _ in range(n)]
        for i in range(n):
            gram[i][i] = inner[i][i] / 2
            for j in range(i):
                # Nonnegative by Cauchy-Schwarz; the ball may reach below zero, its root is then from zero.
                cross = (inner[i][i] * inner[j][j] - inner[i][j] ** 2).max(arb(0)).sqrt()
                gram[i][j] = gram[j][i] = inner[i][j] * arb.atan2(cross, -inner[i][j]) / turn
        if n <= _SMALL:
            found = lambda_min_enclosure(gram, bits=_BITS)
            if found.is_finite():
                return found
        values = np.array([[float(v.mid()) for v in row] for row in gram])
        radius = [
            [math.nextafter(float(abs(v - m).upper()), math.inf) for v, m in zip(row, means, strict=True)]
            for row, means in zip(gram, values.tolist(), strict=True)
        ]
    return _enclosure(values, np.array(radius))


def _enclosure(values: Matrix, radius: Matrix) -> Any:
    """Enclosure (arb) of lambda_min of every symmetric matrix within `radius` of `values`; nan if none."""
    low = cholesky_lower_bound(values, radius)
    v = np.linalg.eigh(values)[1][:, 0]
    with precision(_BITS):
        column = arb_mat([[x] for x in v.tolist()])
        matrix = arb_mat(values.tolist())
        quotient = (column.transpose() * matrix * column)[0, 0] / (column.transpose() * column)[0, 0]
        high = quotient + max(sum((arb(x) for x in row), arb(0)).upper() for row in radius.tolist())
        if not math.isfinite(low):
            return arb.nan()
        return arb(low).union(high.upper())


def deep_lambda(X: Matrix, activation: Activation, depth: int, c_res: str | None) -> Any:
    """Enclosure (arb) of lambda_min(K^(H)) of a network of `depth` hidden layers, for the inputs x_i/|x_i|.

    c_res: the factor of the residual branches, None for a fully-connected network. The expectation of K^(H)
    is under K^(H-1), the limit of the network; the paper prints K^(H-2).
    """
    from numerics.population_recursion import Network
    from numerics.population_spectrum import last_layer_eigenvalue

    _require_smooth(activation)
    found = last_layer_eigenvalue(activation, X, Network(depth, c_res))
    if not (math.isfinite(found.lower) and math.isfinite(found.upper)):
        return arb.nan()
    return arb(found.lower).union(arb(found.upper))


def conv_lambda(X: Matrix, activation: Activation, depth: int, c_res: Any, filter_size: int) -> Any:
    """Enclosure (arb) of lambda_min(K^(H)) of a convolutional ResNet for the exact values of X, (n, d, p).

    Stride 1, zero padding. K^(H) is the limit of the network's last Gram matrix: expectations are under the
    patches of the layer below, and (c_res / H)^2 is a factor of it. Definition 7.1 prints neither.
    """
    from numerics.dual_table import Bounded
    from numerics.population_conv import conv_last_gram
    from numerics.population_conv_ball import conv_last_ball
    from numerics.population_recursion import Network
    from numerics.population_spectrum import Bracket, least_eigenvalue

    _require_smooth(activation)
    if X.shape[0] * X.shape[2] > _MOST_PIXELS:
        raise SpecError(
            f"expected n p <= {_MOST_PIXELS} pixels in all inputs together but got "
            f"{X.shape[0]} x {X.shape[2]}: take fewer inputs or pass --lambda0"
        )
    network = Network(depth, c_res)
    gram = conv_last_gram(activation, X, network, filter_size)
    # Its two halves are rounded differently; the matrix they enclose is symmetric.
    values = (gram.values + gram.values.T) / 2
    error = gram.error + float(np.abs(values).max()) * np.finfo(float).eps
    found = least_eigenvalue(Bounded(values, error)) if math.isfinite(error) else Bracket(-math.inf, math.inf)
    if not found.upper - found.lower <= 1e-3 * found.lower and X.shape[0] * X.shape[2] <= _PIXELS:
        rows = conv_last_ball(activation, X.tolist(), network, filter_size, digits=_DIGITS)
        return lambda_min_enclosure(rows, bits=_BITS)
    if not (math.isfinite(found.lower) and math.isfinite(found.upper)):
        return arb.nan()
    return arb(found.lower).union(arb(found.upper))


def _require_smooth(activation: Activation) -> None:
    if activation.smoothness is None or not activation.analytic:
        raise SpecError(
            f"expected a smooth analytic activation (Conditions 3.1, 3.2) but got {activation.name}"
        )


def activation_named(name: str) -> Activation:
    """The activation of that name in `numerics.activations`."""
    from numerics import activations

    known = {key: value for key, value in vars(activations).items() if isinstance(value, Activation)}
    known["softplus"] = activations.softplus()
    if name not in known:
        raise SpecError(f"expected an activation among {', '.join(sorted(known))} but got {name!r}")
    return known[name]


def given_lambda(text: str) -> Any:
    """lambda_0 as the user states it: a positive decimal or fraction, taken as exact."""
    try:
        value = exact_rational(text)
    except (ValueError, TypeError):
        value = None
    if value is None or value <= 0:
        raise SpecError(f"expected lambda0 as a number > 0 but got {text!r}")
    with precision(_BITS):
        return ball(value)
