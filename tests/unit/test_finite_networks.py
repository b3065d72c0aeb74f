"""Many random networks at once: Gram matrices, gradients, patches and Gaussian expectations."""

import numpy as np
import pytest

from numerics import activations as library
from numerics.dual import dual
from numerics.finite_networks import draw_networks, gaussian_means, gaussian_pairs, patch_grams
from numerics.population_conv import patch_basis
from numerics.population_layers import Layer, weight_covariance
from numerics.population_layers import input_features as features


def _tanh_slope(z):
    return 1 - np.tanh(z) ** 2


def test_gaussian_expectations_against_enclosures():
    """Quadrature agrees with the certified duals of tanh and its derivative."""
    for s, c, t in ((1.0, 0.5, 1.0), (0.7, -0.6, 2.0), (1.0, 1.0, 1.0)):
        A = [[s, c], [c, t]]
        for f, orders in ((np.tanh, (0, 0)), (_tanh_slope, (1, 1))):
            found = gaussian_pairs(f, np.array(s), np.array(c), np.array(t), nodes=64)
            assert abs(float(found) - dual(library.tanh, A, orders=orders)) < 1e-5
        assert abs(float(gaussian_means(np.cosh, np.array(s))) - np.exp(s / 2)) < 1e-12


def test_patches_are_the_covariance_of_the_convolution():
    """`patch_grams` is W(K) of the basis of a convolution."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((6, 4))
    P = x @ x.T
    wanted = weight_covariance(Layer(library.tanh, 1, patch_basis(3, 3)), features(P, 3).gram).values
    assert np.allclose(patch_grams(P[None], 3, 3)[0], wanted.numpy())


def _loop(W, a, X, c, k, q):
    """One network, entry by entry: features, and the gradients in the last weights."""
    m, n, p = len(W[0]), len(X), X.shape[2]
    x, half = [np.array(v) for v in X], q // 2
    for h, weights in enumerate(W):
        patches = []
        for v in x:
            wide = np.pad(v, ((0, 0), (half, half)))
            patches.append(np.concatenate([wide[:, o : o + p] for o in range(q)]))
        z = [weights @ v for v in patches]
        scale = np.sqrt(c / m) if h == 0 or k is None else k / np.sqrt(m)
        gradients = [
            np.einsum("al,al,jl->aj", a, scale * _tanh_slope(u), v) for u, v in zip(z, patches, strict=True)
        ]
        new = [scale * np.tanh(u) for u in z]
        x = new if h == 0 or k is None else [old + v for old, v in zip(x, new, strict=True)]
    gram = [[float((g * f).sum()) for f in gradients] for g in gradients]
    return np.concatenate([v.T for v in x]) @ np.concatenate([v.T for v in x]).T, np.array(gram).reshape(n, n)


@pytest.mark.parametrize(("k", "q", "p"), [(None, 1, 1), (0.3, 1, 1), (0.3, 3, 4)])
def test_against_a_loop(k, q, p):
    """Features and last-layer gradients of both networks of a draw agree with a loop on the same weights."""
    X = np.random.default_rng(1).standard_normal((2, 2, p))
    options = {"m": 5, "count": 2, "depth": 2, "c_sigma": 2.0, "branch": k, "q": q}
    found = draw_networks(np.tanh, _tanh_slope, X, np.random.default_rng(7), **options)
    rng = np.random.default_rng(7)
    W1 = rng.standard_normal((2, 5, 2 * q), dtype=np.float32)
    rng.standard_normal((2, 5, 1, p), dtype=np.float32)
    W2 = rng.standard_normal((2, 5, 5 * q), dtype=np.float32)
    a = rng.standard_normal((2, 5, 1, p), dtype=np.float32)
    for s in range(2):
        K, G = _loop([W1[s], W2[s]], a[s, :, 0, :], X, 2.0, k, q)
        assert np.allclose(found.grams[2][s], K, atol=1e-4)
        assert np.allclose(found.slopes[1][s], G, atol=1e-4)


def test_bad_input():
    """Shapes, sizes and covariances that make no sense are refused."""
    with pytest.raises(ValueError, match="odd q"):
        patch_grams(np.ones((1, 2, 2)), 2, 2)
    with pytest.raises(ValueError, match=r"c\^2 <= s t"):
        gaussian_pairs(np.tanh, np.array(1.0), np.array(2.0), np.array(1.0))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="finite X"):
        draw_networks(np.tanh, _tanh_slope, np.ones((1, 1)), rng, m=1, count=1, depth=1, c_sigma=1.0)
    with pytest.raises(ValueError, match="positive sizes"):
        draw_networks(np.tanh, _tanh_slope, np.ones((1, 1, 1)), rng, m=0, count=1, depth=1, c_sigma=1.0)
