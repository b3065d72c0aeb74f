"""Population Gram matrices against networks of finite width: which reading is the limit."""

import itertools
import math

import numpy as np
import pytest
import torch

from numerics import activations as library
from numerics.ntk import layer_grams, tangent_kernel
from numerics.population import feature_gram, feature_mean, last_gram
from numerics.population_conv import conv_features, conv_last_gram, printed_conv_gram
from numerics.population_recursion import Network, c_sigma
from numerics.statistics import stream

SHIFTED_TANH = library.affine(library.tanh, 2)
# A reading is refused beyond this, for the largest of a few entries; the bias 1/m is below a standard error.
LARGEST_Z = 5.0


def _z(samples, target):
    """The largest |z| over entries, for samples (seeds, ...)."""
    spread = samples.std(axis=0, ddof=1) / math.sqrt(len(samples))
    return float((np.abs(samples.mean(axis=0) - target) / np.maximum(spread, 1e-12)).max())


def _columns(X, q):
    """phi(X): (c, p) -> (q c, p), zero padding."""
    half, p = q // 2, X.shape[-1]
    wide = np.pad(X, ((0, 0), (half, half)))
    return np.concatenate([wide[:, k : k + p] for k in range(q)])


def _run(activation, inputs, network, m, q, seed):
    """Features, entry means and the expectation of G^(H) over a, for inputs (c, p) each; dense: p = q = 1."""
    rng, scale = (
        stream(0, "finite width", activation.name, str(network), seed),
        float(c_sigma(activation, network).mid()),
    )
    states = [np.array(x) for x in inputs]
    for h in range(network.depth):
        W = rng.standard_normal((m, q * len(states[0])))
        patches = [_columns(x, q) for x in states]
        z = [W @ x for x in patches]
        if h == network.depth - 1:
            break
        branch = network.branch if h else None
        factor = math.sqrt(scale / m) if branch is None else float(branch) / math.sqrt(m)
        skip = 0 if branch is None else 1
        states = (
            [skip * x + factor * activation(v) for x, v in zip(states, z, strict=True)]
            if skip
            else [factor * activation(v) for v in z]
        )
    weight = scale if network.branch is None else float(network.branch) ** 2
    slopes = [activation(v, 1) for v in z]
    last = [
        [
            weight * ((x * y).sum(axis=0) * (s * t).mean(axis=0)).sum()
            for y, t in zip(patches, slopes, strict=True)
        ]
        for x, s in zip(patches, slopes, strict=True)
    ]
    gram = [[x.T @ y for y in states] for x in states]
    mean = [math.sqrt(m) * x.mean(axis=0) for x in states]
    return np.array(last), np.array(gram), np.array(mean)


def _runs(activation, inputs, network, m, q=1, seeds=40):
    parts = [_run(activation, inputs, network, m, q, seed) for seed in range(seeds)]
    return [np.array(column) for column in zip(*parts, strict=True)]


def _dense(X):
    return [np.array(x, dtype=float)[:, None] for x in X]


def test_last_covariance_of_the_fully_connected_network():
    """The derivative expectation under K^(H-1) is the limit of G^(H); the printed K^(H-2) is not."""
    network, printed = Network(2), Network(2, derivative_lag=2)
    last, gram, mean = _runs(SHIFTED_TANH, _dense(np.eye(2)), network, 400)
    K = np.eye(2)
    assert _z(last, last_gram(SHIFTED_TANH, K, network).values) < LARGEST_Z
    assert _z(last, last_gram(SHIFTED_TANH, K, printed).values) > LARGEST_Z
    assert _z(gram[..., 0, 0], feature_gram(SHIFTED_TANH, K, network, 1).values) < LARGEST_Z
    assert _z(mean[..., 0], feature_mean(SHIFTED_TANH, K, network, 1).values) < LARGEST_Z


def test_last_covariance_of_the_residual_network():
    """The same for residual layers, H = 3, with the means of the derivation."""
    K, act = np.eye(2), library.softplus()
    network, printed = Network(3, c_res="4/5"), Network(3, c_res="4/5", derivative_lag=2)
    last, gram, mean = _runs(act, _dense(np.eye(2)), network, 500, seeds=200)
    assert _z(last, last_gram(act, K, network).values) < LARGEST_Z
    assert _z(last, last_gram(act, K, printed).values) > LARGEST_Z
    assert _z(gram[..., 0, 0], feature_gram(act, K, network, 2).values) < LARGEST_Z
    assert _z(mean[..., 0], feature_mean(act, K, network, 2).values) < LARGEST_Z


def test_pairing_of_the_means_at_unequal_norms():
    """b_i E s(v) + b_j E s(u) is the limit; the printed b_i E s(u) + b_j E s(v) is not, at norms 1 and 6."""
    X, act = np.array([[1.0, 0.0], [0.0, 6.0]]), library.softplus()
    network = Network(3, c_res="4/5")
    aligned = Network(3, c_res="4/5", means="aligned")
    _, gram, _ = _runs(act, _dense(X), network, 500, seeds=200)
    off = gram[:, 0, 1, 0, 0]
    assert _z(off, feature_gram(act, X @ X.T, network, 2).values[0, 1]) < LARGEST_Z
    assert _z(off, feature_gram(act, X @ X.T, aligned, 2).values[0, 1]) > LARGEST_Z


def test_convolutional_residual_network():
    """Patch and pixel Gram matrices kept apart are the limit; the printed one is not, with or without c^2."""
    act, network = library.softplus(), Network(3, c_res="4/5")
    X = stream(0, "conv inputs").standard_normal((2, 2, 3))
    X /= np.sqrt((X**2).sum(axis=(1, 2)))[:, None, None]
    last, gram, mean = _runs(act, list(X), network, 300, q=3)
    found = conv_features(act, X, network, 3, 2)
    blocks = found.gram.values.numpy().reshape(2, 3, 2, 3).transpose(0, 2, 1, 3)
    assert _z(gram, blocks) < LARGEST_Z
    assert _z(mean, found.mean.values.numpy().reshape(2, 3)) < LARGEST_Z
    assert _z(last, conv_last_gram(act, X, network, 3).values) < LARGEST_Z
    for lag in (1, 2):
        literal = printed_conv_gram(
            act, X, Network(3, c_res="4/5", derivative_lag=lag, means="aligned"), 3, hidden_lag=lag
        )
        assert _z(last, literal) > LARGEST_Z
        assert _z(last, literal * float(network.branch) ** 2) > LARGEST_Z


def _jacobian_grams(activation, X, network, m, seed):
    """G^(1), ..., G^(H+1) of one network by autograd: (H + 1, n, n)."""
    rng = stream(1, activation.name, m, seed)
    sizes = [X.shape[1], *[m] * network.depth]
    weights = [torch.from_numpy(rng.standard_normal((b, a))) for a, b in itertools.pairwise(sizes)]
    weights.append(torch.from_numpy(rng.standard_normal(m)))
    for w in weights:
        w.requires_grad_(True)
    scale = math.sqrt(float(c_sigma(activation, network).mid()) / m)
    rows = []
    for x in torch.from_numpy(X):
        for W in weights[:-1]:
            x = scale * activation(W @ x)
        rows.append([g.reshape(-1) for g in torch.autograd.grad(weights[-1] @ x, weights)])
    return np.array(
        [
            [[float(a @ b) for b, _ in column] for a, _ in column]
            for column in ([(row[k], k) for row in rows] for k in range(len(weights)))
        ]
    )


@pytest.mark.parametrize("activation", [library.relu, library.softplus()], ids=lambda a: a.name)
def test_layers_of_the_tangent_kernel(activation):
    """Every layer's Gram matrix and their sum are the limits of the gradients' inner products."""
    X, network = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, -1.0]]), Network(3)
    samples = np.array([_jacobian_grams(activation, X, network, 150, seed) for seed in range(60)])
    targets = np.array([G.values for G in layer_grams(activation, X @ X.T, network)])
    assert _z(samples, targets) < LARGEST_Z
    assert _z(samples.sum(axis=1), tangent_kernel(activation, X @ X.T, network).values) < LARGEST_Z
