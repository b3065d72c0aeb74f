"""Population Gram matrices of convolutional residual networks in balls, to any number of digits.

Main definitions: `conv_features_ball` (P^(h) and b^(h)) and `conv_last_ball` (K^(H)): the recursion of
`numerics.population_conv`, with its conventions and index order, entry by entry, for exact inputs.

Pixels whose patches are made of the same pixels have the same features at every later layer: such pixels are
one class, and a class is one Gaussian, so that equal inputs, equal patches and the zeros of the padding cost
no digits. Matrices of many inputs, in float64 with a proved error, are in `numerics.population_conv`.

Reference: S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of deep neural
networks" (ICML 2019), Definition 7.1.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from numerics.activation import Activation
from numerics.balls import ball, exact_rational, precision
from numerics.dual import dual_ball, expectation_ball
from numerics.population_ball import PairFeatures, _bits, _dual, _mean, _normaliser
from numerics.population_conv import patch_basis
from numerics.population_recursion import Network, hidden_layer

# Digits beyond those asked for, and more where they were not enough.
_EXTRA = (6, 20, 60, 150)
_OUTSIDE = -1


@dataclass(frozen=True)
class ConvFeatures:
    """P^(h) as rows of arbs (n p, n p), entry (i p + l, j p + r), b^(h) as n p arbs, and p = `pixels`."""

    gram: list[list[Any]]
    mean: list[Any]
    pixels: int


@dataclass(frozen=True)
class _Layer:
    """A layer by classes of pixels: the class of each pixel (n p,), P of two classes s <= t, b of one.

    The zeros around the input, and the pixels of an input that are zero, are the class -1.
    """

    classes: list[int]
    gram: dict[tuple[int, int], Any]
    mean: dict[int, Any]

    def pair(self, s: int, t: int) -> Any:
        """P at two classes; 0 outside."""
        return Fraction(0) if _OUTSIDE in (s, t) else self.gram[min(s, t), max(s, t)]


@dataclass(frozen=True)
class _Patches:
    """The class of each pixel's patch; of a class: the classes of its pixels, and an input and a place."""

    classes: list[int]
    parts: list[tuple[int, ...]]
    homes: list[tuple[int, int]]

    @property
    def pixels(self) -> int:
        return 1 + max(place for _, place in self.homes)

    def pair(self, layer: _Layer, s: int, t: int) -> Any:
        """K at two classes: the sum over offsets of P."""
        pairs = zip(self.parts[s], self.parts[t], strict=True)
        terms = [layer.pair(x, y) for x, y in pairs if _OUTSIDE not in (x, y)]
        return sum(terms[1:], start=terms[0]) if terms else Fraction(0)


def conv_features_ball(
    activation: Activation, X: Any, network: Network, filter_size: int, h: int, *, digits: int = 30
) -> ConvFeatures:
    """P^(h) and b^(h), h = 0, ..., H, each entry within 10^-digits max(1, |entry|), for inputs X (n, d, p).

    X: exact entries (`exact_rational`; a float is the dyadic it is), as an array or nested sequences. Raises
    ValueError for bad X, network, filter_size, h and digits, and where the digits cannot be had.

    >>> from numerics.activations import relu
    >>> found = conv_features_ball(relu, [[[1, 1]]], Network(2, c_res=1), 3, 1, digits=12)
    >>> [x.str(12, radius=False) for x in found.gram[0]]           # variances 2, correlation 1/2
    ['2.00000000000', '1.21799556209']
    """
    table, h = _inputs(X), hidden_layer(network, h)
    _branch(network)
    half, pixels = _half(table, filter_size), len(table[0][0])

    def compute(d: int) -> tuple[list[Any], ConvFeatures]:
        layer = _layers(activation, table, network, half, h, d)[-1]
        with precision(_bits(d)):
            where = layer.classes
            gram = [[ball(layer.pair(s, t)) for t in where] for s in where]
            mean = [arb(0) if s == _OUTSIDE else ball(layer.mean[s]) for s in where]
        return [x for row in (*gram, mean) for x in row], ConvFeatures(gram, mean, pixels)

    return _to_digits(compute, digits)


def conv_last_ball(
    activation: Activation, X: Any, network: Network, filter_size: int, *, digits: int = 30
) -> list[list[Any]]:
    """K^(H) (n, n) as rows of arbs, each within 10^-digits max(1, |entry|), for exact inputs X (n, d, p).

    `network.derivative_lag` and `network.means` are the conventions; H >= 2. Raises as `conv_features_ball`.

    >>> from numerics.activations import relu
    >>> conv_last_ball(relu, [[[1]]], Network(2, c_res=1), 1)[0][0].overlaps(arb(1) / 8)
    True
    """
    if network.depth < 2:
        raise ValueError("Expected depth >= 2 for a last residual layer but got depth=1")
    table, branch = _inputs(X), _branch(network)
    half, pixels, n = _half(table, filter_size), len(table[0][0]), len(table)

    origins = _origins(table)

    def compute(d: int) -> tuple[list[Any], list[list[Any]]]:
        layers = _layers(activation, table, network, half, network.depth - 1, d)
        factor, under = layers[-1], layers[-network.derivative_lag]
        one, two = (_patches(layer, network, origins, half) for layer in (factor, under))
        slopes: dict[tuple[int, int], Any] = {}
        rows = [[arb(0)] * n for _ in range(n)]
        for i in range(n):
            for j in range(i, n):
                for a, b in ((i * pixels + place, j * pixels + place) for place in range(pixels)):
                    s, t = sorted((two.classes[a], two.classes[b]))
                    if (s, t) not in slopes:
                        slopes[s, t] = _expectation(activation, under, two, (s, t), 1, d)
                    with precision(_bits(d)):
                        K = ball(one.pair(factor, one.classes[a], one.classes[b]))
                        rows[i][j] = rows[i][j] + ball(branch**2) * K * slopes[s, t]
                rows[j][i] = rows[i][j]
        return [x for row in rows for x in row], rows

    return _to_digits(compute, digits)


def _inputs(X: Any) -> list[list[list[Fraction]]]:
    try:
        array = np.asarray(X, dtype=object)
        if array.ndim != 3 or 0 in array.shape:
            raise ValueError(f"Expected X of shape (n, d, p) but got shape {array.shape}")
        exact = [exact_rational(x.item() if isinstance(x, np.generic) else x) for x in array.ravel().tolist()]
    except (TypeError, ValueError) as error:
        text = str(error)
        raise ValueError(text if text.startswith("Expected") else f"Expected X exact, but {text}") from None
    n, d, p = array.shape
    return [[exact[(i * d + c) * p : (i * d + c + 1) * p] for c in range(d)] for i in range(n)]


def _branch(network: Network) -> Fraction:
    if network.branch is None:
        raise ValueError("Expected a residual network but got c_res=None")
    return network.branch


def _half(table: list[list[list[Fraction]]], filter_size: int) -> int:
    return len(patch_basis(len(table[0][0]), filter_size)) // 2


def _to_digits(compute: Any, digits: int) -> Any:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 1000:
        raise ValueError(f"Expected digits from 1 to 1000 but got digits={digits!r}")
    target = arb(10) ** -digits
    for extra in _EXTRA:
        try:
            values, found = compute(digits + extra)
        except ValueError:
            # A nearly singular covariance is too wide at few digits; the inputs were checked before.
            if extra == _EXTRA[-1]:
                raise
            continue
        if all(x.is_finite() and x.rad() <= target * abs(x.mid()).max(arb(1)) for x in values):
            return found
    raise ValueError(f"Expected a recursion that {digits} digits can be had of; try fewer digits")


def _origins(table: list[list[list[Fraction]]]) -> list[int]:
    """The first input equal to each."""
    return [table.index(channels) for channels in table]


def _start(table: list[list[list[Fraction]]], network: Network) -> _Layer:
    """P^(0), exactly."""
    pixels, origins = len(table[0][0]), _origins(table)
    seen: dict[Any, int] = {}
    vectors: list[tuple[Fraction, ...]] = []
    classes = []
    for i, channels in enumerate(table):
        for place in range(pixels):
            vector = tuple(channel[place] for channel in channels)
            key = _OUTSIDE
            if any(vector):
                key = seen.setdefault(_key(network, vector, origins[i], place), len(seen))
            if key == len(vectors):
                vectors.append(vector)
            classes.append(key)
    gram = {
        (s, t): sum((x * y for x, y in zip(vectors[s], vectors[t], strict=True)), Fraction(0))
        for t in range(len(vectors))
        for s in range(t + 1)
    }
    return _Layer(classes, gram, dict.fromkeys(range(len(vectors)), Fraction(0)))


def _key(network: Network, content: tuple[Any, ...], origin: int, place: int) -> Any:
    """What makes pixels one class; the printed pairing of the means depends on the input and the place."""
    return content if network.means == "crossed" else (origin, place)


def _patches(layer: _Layer, network: Network, origins: list[int], half: int) -> _Patches:
    pixels = len(layer.classes) // len(origins)
    seen: dict[Any, int] = {}
    parts: list[tuple[int, ...]] = []
    homes: list[tuple[int, int]] = []
    classes = []
    for i, origin in enumerate(origins):
        row = layer.classes[i * pixels : (i + 1) * pixels]
        padded = [_OUTSIDE] * half + row + [_OUTSIDE] * half
        for place in range(pixels):
            part = tuple(padded[place : place + 2 * half + 1])
            s = seen.setdefault(_key(network, part, origin, place), len(seen))
            if s == len(parts):
                parts.append(part)
                homes.append((i, place))
            classes.append(s)
    return _Patches(classes, parts, homes)


def _expectation(
    activation: Activation, layer: _Layer, patches: _Patches, pair: tuple[int, int], order: int, digits: int
) -> Any:
    """E s^(m)(u) s^(m)(v) for two classes of patches; one class is one Gaussian, variance 0 is a point."""
    s, t = pair
    with precision(_bits(digits)):
        q1, c, q2 = (patches.pair(layer, *p) for p in ((s, s), (s, t), (t, t)))
    if all(isinstance(x, Fraction) for x in (q1, c, q2)):
        return dual_ball(activation, [[q1, c], [c, q2]], digits=digits, orders=(order, order))
    points = [q == 0 for q in (q1, q2)]
    if any(points):
        with precision(_bits(digits)):
            ends = [0 if point else q for point, q in zip(points, (q1, q2), strict=True)]
            first, second = (expectation_ball(activation, q, digits=digits, order=order) for q in ends)
            return first * second
    zero = arb(0)
    return _dual(activation, PairFeatures(q1, q1 if s == t else c, q2, zero, zero), order, digits)


def _layers(
    activation: Activation,
    table: list[list[list[Fraction]]],
    network: Network,
    half: int,
    count: int,
    digits: int,
) -> list[_Layer]:
    found, origins = [_start(table, network)], _origins(table)
    with precision(_bits(digits)):
        normaliser = _normaliser(activation, network, digits)
    for h in range(count):
        patches = _patches(found[-1], network, origins, half)
        found.append(_next(activation, found[-1], patches, network, normaliser, h > 0, digits))
    return found


def _next(
    activation: Activation,
    layer: _Layer,
    patches: _Patches,
    network: Network,
    normaliser: Any,
    skip: bool,
    digits: int,
) -> _Layer:
    """The layer above: its pixel classes are the classes of the patches below."""
    count, pixels = len(patches.parts), patches.pixels
    with precision(_bits(digits)):
        branch = ball(_branch(network)) if skip else normaliser.sqrt()
        weight = branch**2 if skip else normaliser
    means, gram = {}, {}
    for s in range(count):
        with precision(_bits(digits)):
            q = patches.pair(layer, s, s)
            means[s] = branch * _mean(activation, arb(0) if q == 0 else q, digits)
    for t in range(count):
        for s in range(t + 1):
            dual = _expectation(activation, layer, patches, (s, t), 0, digits)
            with precision(_bits(digits)):
                gram[s, t] = weight * dual
    if not skip:
        return _Layer(patches.classes, gram, means)

    def paired(i: int, one: int, two: int) -> Any:
        """(b_l m_r + b_r m_l) / 2 at the places of an input: the printed pairing, symmetrised."""
        at = (i * pixels + one, i * pixels + two)
        b, m = [layer.mean[layer.classes[a]] for a in at], [means[patches.classes[a]] for a in at]
        return (b[0] * m[1] + b[1] * m[0]) / 2

    own = [part[len(part) // 2] for part in patches.parts]
    with precision(_bits(digits)):
        for (s, t), value in gram.items():
            if network.means == "crossed":
                moved = layer.mean[own[s]] * means[t] + means[s] * layer.mean[own[t]]
            else:
                (i, one), (j, two) = patches.homes[s], patches.homes[t]
                moved = paired(i, one, two) + paired(j, one, two)
            gram[s, t] = layer.pair(own[s], own[t]) + moved + value
        means = {s: layer.mean[own[s]] + m for s, m in means.items()}
    return _Layer(patches.classes, gram, means)
