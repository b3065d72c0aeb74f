"""Convolutional population Gram matrices, the framework of random layers, tangent kernels in closed form."""

import numpy as np
import pytest
import torch
from flint import arb

from numerics import activations as library
from numerics.arc_cosine import limiting_gram, output_gram
from numerics.balls import ball, precision
from numerics.dual import dual_ball, expectation_ball
from numerics.ntk import layer_grams, tangent_kernel
from numerics.population import feature_gram, last_gram
from numerics.population_conv import (
    conv_features,
    conv_last_gram,
    conv_layers,
    patch_basis,
    pixel_gram,
    printed_conv_gram,
)
from numerics.population_layers import Bounded, Layer, input_features, propagate, weight_covariance
from numerics.population_recursion import Network, c_sigma


def _inputs(n=2, d=2, p=3, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d, p))
    return X / np.sqrt((X**2).sum(axis=(1, 2)))[:, None, None]


def _patches(P, half):
    """Sums over offsets, of dictionaries (i, l, j, r) -> arb, written out."""
    p = 1 + max(key[1] for key in P)
    total = {}
    for i, s, j, r in P:
        terms = [P[i, s + o, j, r + o] for o in range(-half, half + 1) if 0 <= s + o < p and 0 <= r + o < p]
        total[i, s, j, r] = sum(terms, arb(0))
    return total


def _pair(K, i, s, j, r):
    return [[K[i, s, i, s], K[i, s, j, r]], [K[i, s, j, r], K[j, r, j, r]]]


def _oracle(act, X, network, q, digits=22):
    """P^(2) and K^(3) by the formulas, entry by entry in balls, H = 3."""
    n, _, p = X.shape
    keys = [(i, s, j, r) for i in range(n) for s in range(p) for j in range(n) for r in range(p)]
    with precision(160):
        P = {
            k: sum(
                (ball(x) * ball(y) for x, y in zip(X[k[0], :, k[1]], X[k[2], :, k[3]], strict=True)), arb(0)
            )
            for k in keys
        }
        c, weight = ball(network.branch), c_sigma(act, network)
        b = None
        for _ in range(2):
            K = _patches(P, q // 2)
            second = {k: dual_ball(act, _pair(K, *k), digits=digits) for k in keys}
            means = {
                (i, s): expectation_ball(act, K[i, s, i, s], digits=digits)
                for i in range(n)
                for s in range(p)
            }
            if b is None:
                P = {k: weight * second[k] for k in keys}
                b = {k: weight.sqrt() * m for k, m in means.items()}
                continue
            P = {
                k: P[k] + c * (b[k[:2]] * means[k[2:]] + means[k[:2]] * b[k[2:]]) + c * c * second[k]
                for k in keys
            }
        K = _patches(P, q // 2)
        last = [
            [
                sum(
                    (
                        c * c * K[i, s, j, s] * dual_ball(act, _pair(K, i, s, j, s), digits=8, orders=(1, 1))
                        for s in range(p)
                    ),
                    arb(0),
                )
                for j in range(n)
            ]
            for i in range(n)
        ]
    return P, last


def test_convolutional_recursion_against_balls():
    """P^(2) and K^(3) are within their proved errors of the formulas written out entry by entry."""
    act, X, network = library.erf, _inputs(), Network(3, c_res="4/5")
    P, last = _oracle(act, X, network, 3)
    found, gram = conv_features(act, X, network, 3, 2), conv_last_gram(act, X, network, 3)
    assert max(found.gram.error, gram.error) < 1e-12
    with precision(160):
        for (i, s, j, r), x in P.items():
            assert abs(x - ball(float(found.gram.values[3 * i + s, 3 * j + r]))) <= found.gram.error
        for i in range(2):
            for j in range(2):
                assert abs(last[i][j] - ball(float(gram.values[i, j]))) <= gram.error + 1e-8


def test_one_pixel_is_the_dense_network():
    """With p = q = 1 the convolutional network is the residual network on its channels."""
    act, X, network = library.softplus(), _inputs(4, 3, 1), Network(3, c_res="1/2")
    K = X[:, :, 0] @ X[:, :, 0].T
    K = (K + K.T) / 2
    np.fill_diagonal(K, 1.0)
    found, plain = conv_last_gram(act, X, network, 1), last_gram(act, K, network)
    assert np.abs(found.values - plain.values).max() <= found.error + plain.error + 1e-15
    hidden, features = conv_features(act, X, network, 1, 2), feature_gram(act, K, network, 2)
    assert (
        np.abs(hidden.gram.values.numpy() - features.values).max()
        <= hidden.gram.error + features.error + 1e-15
    )


def test_the_framework_covers_the_convolution_with_a_larger_filter():
    """A filter beyond q = 2 p - 1 has only zero shifts to add and changes nothing."""
    act, X, network = library.relu, _inputs(), Network(2, c_res=1)
    wide, wider = (conv_last_gram(act, X, network, q).values for q in (5, 9))
    assert np.array_equal(wide, wider)


def test_weight_covariance_is_the_expectation():
    """W(K) = E W K W^T over Gaussian coordinates, exactly for one basis matrix and linear in the basis."""
    rng = np.random.default_rng(0)
    basis, A = rng.standard_normal((3, 2, 4)), rng.standard_normal((8, 8))
    K = A @ A.T
    K = (K + K.T) / 2
    found = weight_covariance(Layer(library.tanh, 1, basis), Bounded(torch.from_numpy(K), 0.0))
    blocks = K.reshape(2, 4, 2, 4)
    plain = sum(np.einsum("ab,ibjc,dc->iajd", E, blocks, E) for E in basis).reshape(4, 4)
    assert np.abs(found.values.numpy() - plain).max() <= found.error < 1e-11


def test_a_general_skip_map():
    """D K D^T + E rho(U) (D b)^T + (D b) E rho(V)^T + E rho rho^T with a D that is no identity."""
    act, D = library.erf, np.array([[0.5, 1.0]])
    first = propagate(Layer(library.softplus(), 1, np.eye(2)[None]), input_features(np.eye(2), 2))
    after = propagate(Layer(act, "1/4", [[[1.0, 0.0]]], D), first)
    b, K = first.mean.values.numpy(), first.gram.values.numpy()
    q = K[0, 0]
    value = float(dual_ball(act, [[q, q], [q, q]], digits=17).mid())
    assert abs(float(after.gram.values[0, 0]) - (D @ K @ D.T)[0, 0] - value / 4) <= after.gram.error + 1e-15
    assert abs(float(after.mean.values[0]) - (D @ b)[0]) <= after.mean.error + 1e-15


def test_printed_recursion_differs_in_the_factor_and_the_covariance():
    """For H = 2, q = 1 the printed K^(H) without lag is the derivation's without the factor c^2."""
    act, X = library.softplus(), _inputs(3, 2, 4)
    network = Network(2, c_res="1/2")
    ours, printed = conv_last_gram(act, X, network, 1).values, printed_conv_gram(act, X, network, 1)
    assert np.allclose(printed / 16, ours, rtol=1e-12)
    lagged = printed_conv_gram(act, X, Network(2, c_res="1/2", derivative_lag=2), 1)
    assert np.abs(lagged / 16 - ours).max() > 1e-4


def test_tangent_kernel_of_one_hidden_layer():
    """ReLU: twice the arc-cosine kernels of degree 0 (times x.y) and 1."""
    X = np.array([[1.0, 0.0], [0.6, 0.8], [-0.5, 2.0]])
    K = X @ X.T
    first, last = layer_grams(library.relu, K, Network(1))
    assert np.abs(first.values - 2 * limiting_gram(X)).max() <= first.error + 1e-14
    assert np.abs(last.values - 2 * output_gram(X)).max() <= last.error + 1e-14
    total = tangent_kernel(library.relu, K, Network(1))
    assert np.allclose(total.values, first.values + last.values, rtol=0, atol=total.error)


def test_last_hidden_layer_of_the_tangent_kernel():
    """G^(H) is K^(H), also for unequal norms."""
    K = np.array([[1.0, 0.3], [0.3, 0.5]])
    for act in (library.softplus(), library.relu):
        gram, plain = layer_grams(act, K, Network(3))[2], last_gram(act, K, Network(3))
        assert np.abs(gram.values - plain.values).max() <= gram.error + plain.error


def test_bad_input_is_refused():
    """Shapes, ranges and values that are none raise a ValueError that says what was expected."""
    act, X, network = library.softplus(), _inputs(), Network(2, c_res=1)
    for call in (
        lambda: patch_basis(3, 2),
        lambda: patch_basis(0, 1),
        lambda: pixel_gram(np.ones((2, 2))),
        lambda: pixel_gram(np.full((1, 1, 1), np.nan)),
        lambda: pixel_gram("X"),
        lambda: conv_layers(act, Network(2), 3, 3),
        lambda: conv_last_gram(act, X, Network(1, c_res=1), 3),
        lambda: conv_features(act, X, network, 3, 5),
        lambda: printed_conv_gram(act, X, network, 3, hidden_lag=3),
        lambda: layer_grams(act, np.eye(2), network),
        lambda: Layer(act, 0),
        lambda: Layer(act, 1, np.ones((2, 2))),
        lambda: Layer(act, 1, np.ones((1, 2, 3)), np.eye(2)),
        lambda: input_features(np.eye(3), 2),
        lambda: propagate(Layer(act, 1, np.ones((1, 2, 3))), input_features(np.eye(4), 2)),
        lambda: propagate(Layer(act, 1), input_features(np.eye(2)), means="none"),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()
