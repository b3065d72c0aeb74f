"""Per-layer Gram matrices against Jacobians of an independent implementation and the printed formulas."""

import math
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from numerics.activations import relu, softplus, tanh
from numerics.empirical_gram import layer_grams
from numerics.gram import empirical_gram
from numerics.networks import (
    ConvolutionalResNet,
    FullyConnected,
    Parameters,
    ResNet,
    features,
    initialise,
    initialise_streamed,
)
from numerics.two_layer import initialise as initialise_two_layer

FULLY = FullyConnected(softplus())
RESIDUAL = ResNet(tanh, c_res=0.7)
CONVOLUTIONAL = ConvolutionalResNet(tanh, c_res=0.5, filter_size=3)
ALL = [(FULLY, (5, 3)), (RESIDUAL, (5, 3)), (CONVOLUTIONAL, (5, 3, 4))]


def reference(network, theta, x):
    """The prediction for one input, written for torch.func and sharing no code with the library."""
    *weights, a = theta
    m, H = weights[0].shape[0], len(weights)
    convolution = isinstance(network, ConvolutionalResNet)
    act = torch.tanh if network is not FULLY else lambda z: torch.log1p(torch.exp(z))
    for h, W in enumerate(weights):
        if convolution:
            W = W.reshape(m, -1, network.filter_size)
            z = torch.nn.functional.conv1d(x[None], W, padding=network.filter_size // 2)[0]
        else:
            z = W @ x
        first = h == 0 or network is FULLY
        scale = math.sqrt(network.c_sigma / m) if first else network.c_res / (H * math.sqrt(m))
        x = scale * act(z) if first else x + scale * act(z)
    return (a * x).sum()


def jacobian_grams(network, theta, X):
    """G^(1), ..., G^(H+1) from Jacobians by torch.func."""
    tensors = tuple(torch.tensor(v) for v in (*theta.weights, theta.output))
    one = torch.func.jacrev(lambda t, x: reference(network, t, x))
    blocks = torch.func.vmap(one, in_dims=(None, 0))(tensors, torch.tensor(X))
    return np.stack([(J.flatten(1) @ J.flatten(1).T).numpy() for J in blocks])


@pytest.mark.parametrize(("network", "shape"), ALL)
@pytest.mark.parametrize("H", [1, 2, 3])
@pytest.mark.parametrize("chunk", [2, 5, 4096])
def test_grams_match_jacobians(network, shape, H, chunk):
    """All layers agree with products of Jacobians to 1e-12, whatever the chunk."""
    rng = np.random.default_rng(H)
    theta = initialise(network, rng, m=7, H=H, d=3, p=shape[2] if len(shape) == 3 else 1)
    X = rng.standard_normal(shape)
    expected = jacobian_grams(network, theta, X)
    found = layer_grams(network, theta, X, chunk=chunk, device="cpu")
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * abs(expected).max())
    assert (found == found.transpose(0, 2, 1)).all()
    for h in range(1, H + 2):
        alone = layer_grams(network, theta, X, layers=[h], chunk=chunk, device="cpu")
        np.testing.assert_allclose(alone[0], expected[h - 1], rtol=1e-12, atol=1e-13 * abs(expected).max())


def test_wide_filters_and_single_pixels():
    """Filters wider than the input, of size one, and single pixels agree with Jacobians as well."""
    rng = np.random.default_rng(0)
    for p, q, m in (
        (2, 5, 5),
        (1, 3, 5),
        (3, 1, 5),
        (1, 1, 5),
        (4, 7, 5),
        (12, 3, 5),
        (9, 3, 70),
        (40, 3, 70),
    ):
        network = ConvolutionalResNet(tanh, c_res=0.5, filter_size=q)
        theta, X = initialise(network, rng, m=m, H=2, d=2, p=p), rng.standard_normal((3, 2, p))
        expected = jacobian_grams(network, theta, X)
        np.testing.assert_allclose(
            layer_grams(network, theta, X, device="cpu"), expected, rtol=1e-12, atol=1e-13
        )


def test_last_hidden_layer_is_the_printed_form():
    """G^(H) is equation (13) or (14) written out, and (15) with its two sums over pixels."""
    rng = np.random.default_rng(4)
    for network, shape in ALL:
        conv = len(shape) == 3
        theta = initialise(network, rng, m=6, H=3, d=3, p=4 if conv else 1)
        X = rng.standard_normal(shape)
        x, W, a = features(network, theta, X)[2], theta.weights[-1], theta.output
        factor = network.c_sigma / 6 if network is FULLY else network.c_res**2 / (9 * 6)
        found = layer_grams(network, theta, X, layers=(3,), device="cpu")[0]
        for i in range(5):
            for j in range(5):
                if conv:
                    vectors = []
                    for k in (i, j):
                        padded = np.pad(x[k], ((0, 0), (1, 1)))
                        phi = np.stack([padded[:, s : s + 3].reshape(-1) for s in range(4)], axis=1)
                        vectors.append((a * network.activation(W @ phi, 1)) @ phi.T)
                    expected = factor * (vectors[0] * vectors[1]).sum()
                else:
                    slopes = network.activation(x @ W.T, 1)
                    expected = factor * (x[i] @ x[j]) * (a**2 * slopes[i] * slopes[j]).sum()
                assert found[i, j] == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("p", [6, 40])
def test_both_ways_of_summing_agree_over_seeds(p):
    """Few pixels (pairs) and many (gradients of neurons) give what each seed gives alone."""
    network = ConvolutionalResNet(tanh, c_res=0.5, filter_size=3)
    rng = np.random.default_rng(9)
    theta = initialise(network, rng, m=20, H=2, d=2, p=p, seeds=2)
    X = rng.standard_normal((3, 2, p))
    found = layer_grams(network, theta, X, together=2, chunk=8, device="cpu")
    for s in range(2):
        single = Parameters(tuple(W[s] for W in theta.weights), theta.output[s])
        expected = jacobian_grams(network, single, X)
        np.testing.assert_allclose(found[s], expected, rtol=1e-12, atol=1e-13 * abs(expected).max())


def test_two_layer_relu_is_the_pattern_gram():
    """With H = 1, ReLU, c_sigma = 1 and a = +-1 G^(1) is H(W) of the two-layer paper."""
    rng = np.random.default_rng(5)
    W, a = initialise_two_layer(rng, 50, 3)
    X = rng.standard_normal((6, 3))
    found = layer_grams(FullyConnected(relu, c_sigma=1), Parameters((W,), a), X, layers=(1,), device="cpu")[0]
    np.testing.assert_allclose(found, empirical_gram(W, X, device="cpu"), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("network", "shape"), ALL)
@pytest.mark.parametrize("together", [None, 1, 2, 5])
def test_seeds_are_separate_networks(network, shape, together):
    """Matrices of S seeds are those of the S networks, however many go together."""
    rng = np.random.default_rng(6)
    theta = initialise(network, rng, m=6, H=2, d=3, p=shape[2] if len(shape) == 3 else 1, seeds=3)
    X = rng.standard_normal(shape)
    found = layer_grams(network, theta, X, together=together, device="cpu")
    assert found.shape == (3, 3, 5, 5)
    for s in range(3):
        single = Parameters(tuple(W[s] for W in theta.weights), theta.output[s])
        expected = layer_grams(network, single, X, device="cpu")
        np.testing.assert_allclose(found[s], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("network", "shape"), ALL)
def test_streamed_weights_give_the_same_matrices(network, shape):
    """Generated rows, in any chunk, give the matrices of the stored weights to rounding."""
    p = shape[2] if len(shape) == 3 else 1
    lazy = initialise_streamed(network, (3, "gram"), m=300, H=3, d=3, p=p)
    stored = Parameters(tuple(W.matrix() for W in lazy.weights), lazy.output)
    X = np.random.default_rng(7).standard_normal(shape)
    expected = layer_grams(network, stored, X, device="cpu")
    for chunk in (1, 100, 10**6):
        again = Parameters(tuple(replace(W, chunk=chunk) for W in lazy.weights), lazy.output)
        found = layer_grams(network, again, X, device="cpu")
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13 * abs(expected).max())


def test_wide_two_layer_network_needs_memory_for_a_chunk():
    """Streaming 64 MB of first-layer weights keeps chunks and n x n matrices only, as numpy counts."""
    theta = initialise_streamed(FULLY, (0,), m=400_000, H=1, d=20, chunk=4096)
    X = np.random.default_rng(0).standard_normal((8, 20))
    tracemalloc.start()
    try:
        layer_grams(FULLY, theta, X, device="cpu")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4e6


_DEEP = """
import pathlib, numpy as np
from numerics.activations import relu
from numerics.empirical_gram import layer_grams
from numerics.networks import FullyConnected, initialise_streamed
def highest():
    return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
def run(m):
    theta = initialise_streamed(FullyConnected(relu), (0,), m=m, H=2, d=4)
    layer_grams(FullyConnected(relu), theta, np.eye(4), device="cpu")
run(64)
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = highest()
run(4096)
print(highest() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's memory statistics")
def test_deep_streamed_network_does_not_store_its_weights():
    """At m = 4096, where W^(2) takes 134 MB, the memory of a fresh process grows by less than half of it."""
    run = subprocess.run([sys.executable, "-c", _DEEP], capture_output=True, text=True, check=True)
    assert int(run.stdout) * 1024 < 8 * 4096**2 / 2


def test_duplicate_inputs_and_single_inputs():
    """Equal inputs give equal rows and columns; one input gives one positive number a layer."""
    rng = np.random.default_rng(8)
    theta = initialise(FULLY, rng, m=20, H=2, d=3)
    X = np.repeat(rng.standard_normal((1, 3)), 2, axis=0)
    found = layer_grams(FULLY, theta, X, device="cpu")
    np.testing.assert_allclose(found, found[:, :1, :1] * np.ones((1, 2, 2)), rtol=1e-13)
    assert (layer_grams(FULLY, theta, X[:1], device="cpu") > 0).all()


def test_bad_options_are_refused():
    """Layers, chunks, devices and shapes out of range raise one clear error."""
    theta = initialise(FULLY, np.random.default_rng(0), m=4, H=2, d=3)
    X = np.ones((2, 3))
    for options in ({"layers": [0]}, {"layers": [4]}, {"layers": []}, {"layers": [True]}, {"chunk": 0}):
        with pytest.raises(ValueError, match="Expected"):
            layer_grams(FULLY, theta, X, device="cpu", **options)
    for options in ({"together": 0}, {"device": "tpu"}):
        with pytest.raises(ValueError, match="Expected"):
            layer_grams(FULLY, theta, X, **options)
    with pytest.raises(ValueError, match="finite"):
        layer_grams(FULLY, theta, X * math.inf, device="cpu")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            layer_grams(FULLY, theta, X, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_sees_the_same_weights():
    """On CUDA the matrices agree with those of the CPU to rounding, for stored and generated weights."""
    lazy = initialise_streamed(FULLY, (0,), m=500, H=2, d=20)
    X = np.random.default_rng(0).standard_normal((8, 20))
    np.testing.assert_allclose(
        layer_grams(FULLY, lazy, X, device="cuda"), layer_grams(FULLY, lazy, X, device="cpu"), rtol=1e-10
    )
