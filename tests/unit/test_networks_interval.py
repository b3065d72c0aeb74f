"""Enclosures of Gram matrices of ReLU networks against 60-digit balls; ties, overflow, planted omissions."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import networks_midrad
from numerics.activations import relu, softplus
from numerics.balls import exact_rational, precision
from numerics.empirical_gram import layer_grams
from numerics.networks import FullyConnected, Parameters, ResNet, initialise, initialise_streamed
from numerics.networks_interval import interval_layer_grams
from numerics.networks_midrad import Enclosure, exact, gated, product, product_exact

FULLY = FullyConnected(relu)
RESIDUAL = ResNet(relu, c_res=0.7)


def matrix(values):
    """An exact arb_mat of floats."""
    return arb_mat([[arb(float(v)) for v in row] for row in values])


def masked(values, gates):
    """Entries where the gate is open, 0 elsewhere."""
    cells = range(values.nrows()), range(values.ncols())
    return arb_mat([[values[i, j] * int(gates[i][j]) for j in cells[1]] for i in cells[0]])


def ball_grams(network, theta, X, closed=()):
    """G^(1), ..., G^(H+1) in balls of 60 digits; gates at exact ties are open but in ``closed``."""
    H, (m, n) = theta.depth, (theta.weights[0].shape[0], len(X))
    first = (arb(network.c_sigma) / m).sqrt()
    later = first if network.__class__ is FullyConnected else arb(network.c_res) / (H * arb(m).sqrt())
    scales, skips = [first] + [later] * (H - 1), [False] + [network.__class__ is ResNet] * (H - 1)
    x, gates = [matrix(X)], []
    for h, W in enumerate(theta.weights):
        z = x[-1] * matrix(W).transpose()
        gates.append([[bool(v > 0) or (bool(v == 0) and h not in closed) for v in row] for row in z.tolist()])
        y = masked(z, gates[-1]) * scales[h]
        x.append(x[-1] + y if skips[h] else y)
    slope, grams = matrix(np.tile(theta.output, (n, 1))), [x[-1] * x[-1].transpose()]
    for h in range(H - 1, -1, -1):
        delta = masked(slope, gates[h]) * scales[h]
        pairs, inner = x[h] * x[h].transpose(), delta * delta.transpose()
        grams.insert(0, arb_mat([[pairs[i, j] * inner[i, j] for j in range(n)] for i in range(n)]))
        pulled = delta * matrix(theta.weights[h])
        slope = slope + pulled if skips[h] else pulled
    return grams


def contains(found, grams):
    """Whether every ball lies between the ends."""
    return all(
        arb(float(found.lo[h, i, j])) <= gram[i, j] <= arb(float(found.hi[h, i, j]))
        for h, gram in enumerate(grams)
        for i in range(gram.nrows())
        for j in range(gram.ncols())
    )


def problem(network, H, m=12, n=4, d=3, seed=0):
    """A random network and inputs."""
    rng = np.random.default_rng(seed)
    return initialise(network, rng, m=m, H=H, d=d), rng.standard_normal((n, d))


@pytest.mark.parametrize("network", [FULLY, RESIDUAL])
@pytest.mark.parametrize("H", [1, 2, 4])
@pytest.mark.parametrize("chunk", [5, 4096])
def test_enclosures_contain_the_exact_matrices(network, H, chunk):
    """All layers contain their 60-digit values, are narrow, and agree with the float matrices."""
    theta, X = problem(network, H)
    found = interval_layer_grams(network, theta, X, chunk=chunk, device="cpu")
    with precision(220):
        assert contains(found, ball_grams(network, theta, X))
    assert found.doubtful == (0,) * H
    scale = np.abs(found.hi).max()
    assert 0 < (found.hi - found.lo).max() < 1e-10 * scale
    floats = layer_grams(network, theta, X, device="cpu")
    assert np.abs(floats - (found.lo + found.hi) / 2).max() < 1e-12 * scale


@given(st.integers(0, 10**6), st.sampled_from([FULLY, RESIDUAL]), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_ties_are_enclosed_whichever_way_they_go(seed, network, H):
    """On a coarse grid with many zero pre-activations, all gates at 0 open or all closed stay inside."""
    rng = np.random.default_rng(seed)
    weights = [rng.integers(-1, 2, (4, 2)) * 1.0, *(rng.integers(-1, 2, (4, 4)) * 1.0 for _ in range(H - 1))]
    theta = Parameters(tuple(weights), rng.integers(-2, 3, 4) * 1.0)
    X = rng.integers(-1, 2, (3, 2)) * 1.0
    found = interval_layer_grams(network, theta, X, device="cpu")
    with precision(220):
        assert contains(found, ball_grams(network, theta, X))
        assert contains(found, ball_grams(network, theta, X, closed=range(H)))
    ties = (X @ weights[0].T == 0).sum()
    assert found.doubtful[0] >= ties


def test_cancellation_is_in_doubt():
    """A pre-activation lost in rounding is in doubt, and both Gram matrices are enclosed."""
    big = 2.0**60
    theta = Parameters((np.array([[big, 1.0, -big], [1.0, 0.0, 0.0]]),), np.ones(2))
    found = interval_layer_grams(FULLY, theta, np.ones((1, 3)), layers=(1,), device="cpu")
    assert found.doubtful == (1,)
    assert found.lo[0, 0, 0] <= 3 < 6 <= found.hi[0, 0, 0]


def test_planted_omissions_are_noticed(monkeypatch):
    """Without the rounding term the enclosure misses the exact values: the containment test has power."""
    theta, X = problem(FULLY, 3)
    monkeypatch.setattr(networks_midrad, "_gamma", lambda k: 0.0)
    monkeypatch.setattr(networks_midrad, "UNIT", 0.0)
    found = interval_layer_grams(FULLY, theta, X, device="cpu")
    with precision(220):
        assert not contains(found, ball_grams(FULLY, theta, X))


@given(st.integers(0, 10**6), st.sampled_from([1.0, 1e-160, 1e150]))
@settings(max_examples=40, deadline=None)
def test_products_contain_exact_corners(seed, size):
    """The product of two enclosures contains exact products of their corners, underflow included."""
    rng = np.random.default_rng(seed)
    mids = [torch.tensor(size * rng.standard_normal((2, 4))) for _ in range(2)]
    rads = [torch.tensor(size * rng.uniform(0, 1e-3, (2, 4)) * rng.integers(0, 2)) for _ in range(2)]
    box = product(*(Enclosure(*pair) for pair in zip(mids, rads, strict=True)))
    for _ in range(3):
        corners = []
        for mid, rad in zip(mids, rads, strict=True):
            parts = zip(
                mid.ravel().tolist(), rad.ravel().tolist(), rng.choice([-1, 1], 8).tolist(), strict=True
            )
            values = [Fraction(centre) + sign * Fraction(radius) for centre, radius, sign in parts]
            corners.append((values[:4], values[4:]))
        for i in range(2):
            for j in range(2):
                value = sum((p * q for p, q in zip(corners[0][i], corners[1][j], strict=True)), Fraction(0))
                assert abs(value - exact_rational(float(box.mid[i, j]))) <= Fraction(float(box.rad[i, j]))


def test_one_exact_factor_agrees_with_the_general_product():
    """`product_exact` and `product` have one midpoint and nearly one radius."""
    rng = np.random.default_rng(0)
    A = Enclosure(torch.tensor(rng.standard_normal((3, 5))), torch.tensor(rng.uniform(0, 1e-9, (3, 5))))
    W = torch.tensor(rng.standard_normal((4, 5)))
    short, long = product_exact(A, W), product(A, exact(W))
    assert torch.equal(short.mid, long.mid)
    torch.testing.assert_close(short.rad, long.rad, rtol=1e-10, atol=0)


def test_a_radius_of_nan_or_infinity_leaves_a_gate_in_doubt():
    """Nothing is certain about a pre-activation whose bound is lost."""
    z = Enclosure(torch.ones(2), torch.tensor([np.nan, np.inf]))
    assert gated(z, exact(torch.ones(2)))[1] == 2


@pytest.mark.parametrize("network", [FULLY, RESIDUAL])
def test_streamed_and_single_precision_weights(network):
    """Generated rows give overlapping enclosures; float32 numbers are taken exactly."""
    lazy = initialise_streamed(network, (0, "interval"), m=300, H=2, d=3)
    stored = Parameters(tuple(W.matrix() for W in lazy.weights), lazy.output)
    X = np.random.default_rng(0).standard_normal((4, 3))
    one, two = (interval_layer_grams(network, t, X, chunk=128, device="cpu") for t in (lazy, stored))
    assert (np.maximum(one.lo, two.lo) <= np.minimum(one.hi, two.hi)).all()
    theta, X = problem(network, 2)
    small = Parameters(tuple(W.astype(np.float32) for W in theta.weights), theta.output.astype(np.float32))
    found = interval_layer_grams(network, small, X.astype(np.float32), device="cpu")
    with precision(220):
        assert contains(found, ball_grams(network, small, X.astype(np.float32)))
    assert (found.hi - found.lo).max() < 1e-10


def test_layers_asked_for():
    """Some layers give the same matrices as all; gates of layers not needed are reported as -1."""
    theta, X = problem(FULLY, 3)
    every = interval_layer_grams(FULLY, theta, X, device="cpu")
    some = interval_layer_grams(FULLY, theta, X, layers=(4, 2), device="cpu")
    assert (some.lo == every.lo[[3, 1]]).all()
    assert (some.layers, some.doubtful) == ((4, 2), (-1, 0, 0))
    assert (every.lo == every.lo.transpose(0, 2, 1)).all()


def test_bad_input_is_refused():
    """Other activations, seeds, overflow and bad options raise one ValueError."""
    theta, X = problem(FULLY, 2)
    with pytest.raises(ValueError, match="with relu"):
        interval_layer_grams(FullyConnected(softplus()), theta, X)
    many = initialise(FULLY, np.random.default_rng(0), m=3, H=1, d=3, seeds=2)
    with pytest.raises(ValueError, match="one network"):
        interval_layer_grams(FULLY, many, X, device="cpu")
    with pytest.raises(ValueError, match="overflow"):
        interval_layer_grams(
            FULLY, Parameters((theta.weights[0] * 1e300,), theta.output), X * 1e10, device="cpu"
        )
    with pytest.raises(ValueError, match="chunk"):
        interval_layer_grams(FULLY, theta, X, chunk=0, device="cpu")
    with pytest.raises(ValueError, match="layers"):
        interval_layer_grams(FULLY, theta, X, layers=(9,), device="cpu")
