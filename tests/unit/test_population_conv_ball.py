"""Convolutional population Gram matrices in balls: quadrature, floats, degenerate patches, bad input."""

import itertools

import mpmath
import numpy as np
import pytest
import torch
from flint import arb

from numerics import activations as library
from numerics.balls import ball, precision
from numerics.dual import dual_ball
from numerics.population_ball import last_entry, pair_features
from numerics.population_conv import conv_features, conv_last_gram
from numerics.population_conv_ball import conv_features_ball, conv_last_ball
from numerics.population_recursion import Network


def _images(n, d, p, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d, p))
    return X / np.sqrt((X**2).sum(axis=(1, 2)))[:, None, None]


def _within(values, error, enclosures):
    """Whether each float is within `error` of its ball, whose radius is far below."""
    with precision(200):
        pairs = zip(np.asarray(values).ravel().tolist(), enclosures, strict=True)
        return all(abs(ball(x) - b) <= ball(error) for x, b in pairs)


@pytest.mark.parametrize("means", ["crossed", "aligned"])
@pytest.mark.parametrize("lag", [1, 2])
@pytest.mark.parametrize("activation", [library.softplus(), library.erf, library.relu], ids=lambda a: a.name)
def test_floats_are_within_their_error_of_the_balls(activation, lag, means):
    """Every entry of P^(2), b^(2) and K^(3), in both conventions each; two of three inputs are equal."""
    X, network = _images(3, 2, 3), Network(3, c_res="4/5", derivative_lag=lag, means=means)
    X[2] = X[0]
    features = conv_features_ball(activation, X, network, 3, 2, digits=20)
    plain = conv_features(activation, X, network, 3, 2)
    assert features.pixels == 3
    assert _within(plain.gram.values, plain.gram.error, [x for row in features.gram for x in row])
    assert _within(plain.mean.values, plain.mean.error, features.mean)
    last, gram = (
        conv_last_ball(activation, X, network, 3, digits=20),
        conv_last_gram(activation, X, network, 3),
    )
    assert _within(gram.values, gram.error, [x for row in last for x in row])
    assert last[0][0].overlaps(last[0][2])


def _trapezoid(f, q1, c, q2):
    """E f(u) f(v), (u, v) ~ N(0, [[q1, c], [c, q2]]): a trapezoidal sum, which converges exponentially.

    The steps leave e^(-2 pi^2 (1 - |rho|) / h^2) of the density and e^(-2 pi a / h) of poles at a = pi / s.
    """
    s1, s2 = mpmath.sqrt(q1), mpmath.sqrt(q2)
    rho = c / (s1 * s2)
    gap = 1 - rho**2
    equal = q1 == c == q2
    count = 12 if equal else max(12, int(mpmath.sqrt(110 / (2 * mpmath.pi**2 * (1 - abs(rho))))) + 1)
    h, nodes = mpmath.mpf(1) / count, range(-15 * count, 15 * count + 1)
    if equal:
        total = mpmath.fsum(f(s1 * k * h) ** 2 * mpmath.exp(-((k * h) ** 2) / 2) for k in nodes)
        return total * h / mpmath.sqrt(2 * mpmath.pi)
    one, two = ([f(s * k * h) * mpmath.exp(-((k * h) ** 2) / (2 * gap)) for k in nodes] for s in (s1, s2))
    total = mpmath.mpf(0)
    for k, left in zip(nodes, one, strict=True):
        step = mpmath.exp(rho / gap * h * h * k)
        value = step ** nodes[0]
        inner = mpmath.mpf(0)
        for right in two:
            inner += right * value
            value *= step
        total += left * inner
    return total * h * h / (2 * mpmath.pi * mpmath.sqrt(gap))


def test_forty_digits_of_quadrature():
    """n = p = H = 2, q = 3, softplus, inputs that mirror each other: trapezoidal sums at 45 digits."""
    exact = [[["3/5", "4/5"]], [["4/5", "3/5"]]]
    features = conv_features_ball(library.softplus(), exact, Network(2, c_res="1/2"), 3, 1, digits=40)
    last = conv_last_ball(library.softplus(), exact, Network(2, c_res="1/2"), 3, digits=40)
    with mpmath.workdps(50):
        X = [[mpmath.mpf(3) / 5, mpmath.mpf(4) / 5], [mpmath.mpf(4) / 5, mpmath.mpf(3) / 5]]
        places = [(i, k) for i in range(2) for k in range(2)]
        known = {}

        def softplus(z):
            return mpmath.log1p(mpmath.exp(z))

        def slope(z):
            return 1 / (1 + mpmath.exp(-z))

        def expectation(f, q1, c, q2):
            key = (f, *(mpmath.nstr(q, 40) for q in (*sorted((q1, q2)), c)))
            if key not in known:
                known[key] = _trapezoid(f, q1, c, q2)
            return known[key]

        def patches(P):
            # A filter of three covers both pixels: offsets -1, 0, 1, and zeros outside.
            return {
                (a, b): mpmath.fsum(
                    P[(a[0], a[1] + o), (b[0], b[1] + o)]
                    for o in (-1, 0, 1)
                    if 0 <= a[1] + o < 2 and 0 <= b[1] + o < 2
                )
                for a, b in itertools.product(places, places)
            }

        K = patches({(a, b): X[a[0]][a[1]] * X[b[0]][b[1]] for a in places for b in places})
        c = 1 / expectation(softplus, *[mpmath.mpf(1)] * 3)
        P = {(a, b): c * expectation(softplus, K[a, a], K[a, b], K[b, b]) for a in places for b in places}
        L = patches(P)
        for (x, a), (y, b) in itertools.product(enumerate(places), enumerate(places)):
            assert _contains(features.gram[x][y], P[a, b])
        for i, j in ((0, 0), (0, 1), (1, 1)):
            terms = [
                L[(i, k), (j, k)]
                * expectation(slope, L[(i, k), (i, k)], L[(i, k), (j, k)], L[(j, k), (j, k)])
                for k in range(2)
            ]
            assert _contains(last[i][j], mpmath.fsum(terms) / 16)


def _contains(found, value):
    """Whether the ball is within 1e-39 and contains a number known to 1e-41."""
    with precision(300):
        assert float(found.rad()) < 1e-39
        return abs(found.mid() - arb(mpmath.nstr(value, 48))) <= found.rad() + ball("1e-40")


def test_one_input_of_one_pixel_is_the_dense_network():
    """n = p = q = 1: the residual recursion for a pair, deep."""
    network = Network(6, c_res="1/2")
    entry = conv_last_ball(library.softplus(), [[["1/2"], ["1/2"]]], network, 1)[0][0]
    assert entry.overlaps(last_entry(library.softplus(), [["1/2", "1/2"], ["1/2", "1/2"]], network))
    features = conv_features_ball(library.softplus(), [[["1/2"], ["1/2"]]], network, 1, 5)
    layer = pair_features(library.softplus(), [["1/2", "1/2"], ["1/2", "1/2"]], network)[5]
    assert features.gram[0][0].overlaps(layer.q1)
    assert features.mean[0].overlaps(layer.b1)


def test_singular_patches_cost_no_digits():
    """Constant pixels, zero pixels, parallel and opposite patches: still 30 digits, at depth 3."""
    X = [[[1, 1, 1, 1]], [[0, 0, 0, 1]], [[2, 2, 2, 2]], [[-1, -1, -1, -1]]]
    network = Network(3, c_res="1/2")
    for activation in (library.softplus(), library.relu, library.erf):
        first, gram = (conv_features_ball(activation, X, network, 3, h).gram for h in (1, 2))
        assert max(float(x.rad()) for row in gram for x in row) < 1e-28
        # The inner pixels of a constant input have one patch; after a layer their patches mirror each other.
        assert all(a is b or a.overlaps(b) for a, b in zip(first[1], first[2], strict=True))
        assert gram[1][1].overlaps(gram[2][2])
    # Under erf the first pixel of the second input, with its neighbour, stays 0; opposite inputs stay so.
    assert all(x == 0 for x in gram[4])
    assert gram[0][12].overlaps(-gram[0][0])


def test_first_layer_is_one_dual_activation():
    """P^(1) at two pixels with filters of one pixel is c_sigma E s(u) s(v) of their channels."""
    found = conv_features_ball(library.tanh, [[[1, 0], [0, 1]]], Network(2, c_res=1), 1, 1)
    c = 1 / dual_ball(library.tanh, [[1, 1], [1, 1]])
    assert found.gram[0][0].overlaps(c * dual_ball(library.tanh, [[1, 1], [1, 1]]))
    assert found.gram[0][1].contains(0)
    assert conv_features_ball(library.tanh, [[[1, 0], [0, 1]]], Network(2, c_res=1), 1, 0).gram[0][1] == 0


def test_bad_input_is_refused():
    """Shapes, ranges and values that are none raise a ValueError that says what was expected."""
    act, X, network = library.softplus(), [[[1, 0]]], Network(2, c_res=1)
    for call in (
        lambda: conv_last_ball(act, [[1, 0]], network, 3),
        lambda: conv_last_ball(act, [[[1, float("nan")]]], network, 3),
        lambda: conv_last_ball(act, "X", network, 3),
        lambda: conv_last_ball(act, [[[torch.nan]]], network, 3),
        lambda: conv_last_ball(act, X, Network(2), 3),
        lambda: conv_last_ball(act, X, Network(1, c_res=1), 3),
        lambda: conv_last_ball(act, X, network, 2),
        lambda: conv_last_ball(act, X, network, 3, digits=0),
        lambda: conv_features_ball(act, X, network, 3, 3),
        lambda: conv_features_ball(act, X, Network(2), 3, 1),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()
