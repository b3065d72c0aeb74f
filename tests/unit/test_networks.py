"""Deep fully-connected, residual and convolutional networks against loops, a library and autograd."""

import math

import numpy as np
import pytest
import torch

from numerics.activations import relu, sigmoid, softplus, tanh
from numerics.networks import (
    ConvolutionalResNet,
    FullyConnected,
    Parameters,
    ResNet,
    features,
    gradient,
    initialise,
    initialise_streamed,
    loss,
    normaliser,
    predict,
)
from numerics.networks_passes import overlap_add, patches

FULLY = FullyConnected(softplus())
RESIDUAL = ResNet(tanh, c_res=0.7)
CONVOLUTIONAL = ConvolutionalResNet(softplus(), c_res=0.5, filter_size=3)
ALL = [(FULLY, (5, 3)), (RESIDUAL, (5, 3)), (CONVOLUTIONAL, (5, 3, 4))]


def problem(network, shape, H=3, m=6, seeds=None, seed=0):
    """Parameters, inputs and labels."""
    rng = np.random.default_rng(seed)
    p = shape[2] if len(shape) == 3 else 1
    theta = initialise(network, rng, m=m, H=H, d=shape[1], p=p, seeds=seeds)
    return theta, rng.standard_normal(shape), rng.standard_normal(shape[0])


def leaves(theta):
    """The parameters as tensors that autograd follows."""
    made = [torch.tensor(v, requires_grad=True) for v in (*theta.weights, theta.output)]
    return Parameters(tuple(made[:-1]), made[-1])


@pytest.mark.parametrize(("network", "shape"), ALL)
@pytest.mark.parametrize("H", [1, 2, 4])
@pytest.mark.parametrize("seeds", [None, 2])
def test_gradient_matches_autograd(network, shape, H, seeds):
    """Every block of the gradient agrees with autograd to 1e-12 of its largest entry, seeds included."""
    theta, X, y = problem(network, shape, H, seeds=seeds)
    tensors = leaves(theta)
    loss(network, tensors, torch.tensor(X), torch.tensor(y)).sum().backward()
    found = gradient(network, theta, X, y)
    for ours, leaf in zip((*found.weights, found.output), (*tensors.weights, tensors.output), strict=True):
        peer = leaf.grad.numpy()
        np.testing.assert_allclose(ours, peer, rtol=0, atol=1e-12 * abs(peer).max())


def plain(network, theta, x):
    """The prediction for one input by the printed recursion, pixel by pixel, in plain numpy."""
    m, H = theta.weights[0].shape[0], theta.depth
    convolution = isinstance(network, ConvolutionalResNet)
    x = x if convolution else x[:, None]
    for h, W in enumerate(theta.weights):
        p, half = x.shape[1], network.filter_size // 2 if convolution else 0
        padded = np.pad(x, ((0, 0), (half, half)))
        columns = [padded[:, pixel : pixel + 2 * half + 1].reshape(-1) for pixel in range(p)]
        y = network.activation(W @ np.stack(columns, axis=1))
        if h == 0 or isinstance(network, FullyConnected):
            x = math.sqrt(network.c_sigma / m) * y
        else:
            x = x + network.c_res / (H * math.sqrt(m)) * y
    return (theta.output * x).sum() if convolution else theta.output @ x[:, 0]


@pytest.mark.parametrize(("network", "shape"), ALL)
def test_predictions_match_the_printed_recursion(network, shape):
    """Predictions are those of equations (2), (3) and the convolutional recursion, one input at a time."""
    theta, X, _ = problem(network, shape)
    expected = [plain(network, theta, x) for x in X]
    np.testing.assert_allclose(predict(network, theta, X), expected, rtol=1e-13, atol=1e-13)


def test_convolution_matches_the_library():
    """The patches with our order of columns are the convolution of torch with zero padding."""
    rng = np.random.default_rng(1)
    for p, q in ((4, 3), (5, 5), (2, 5), (1, 3), (3, 1)):
        network = ConvolutionalResNet(tanh, c_res=0.5, filter_size=q)
        theta = initialise(network, rng, m=3, H=1, d=2, p=p)
        X = rng.standard_normal((4, 2, p))
        W = torch.tensor(theta.weights[0]).reshape(3, 2, q)
        expected = torch.tanh(torch.nn.functional.conv1d(torch.tensor(X), W, padding=q // 2))
        found = features(network, theta, X)[1] / math.sqrt(network.c_sigma / 3)
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-13, atol=1e-14)


def test_overlap_add_is_the_adjoint_of_patches():
    """<phi(x), y> = <x, phi*(y)>, also where the filter is wider than the input."""
    for p, q in ((4, 3), (5, 5), (1, 5), (2, 7), (3, 1)):
        x, y = (
            torch.randn(2, 3 * p, 2, dtype=torch.float64),
            torch.randn(2, 3 * p, 2 * q, dtype=torch.float64),
        )
        left, right = (patches(x, p, q) * y).sum(), (x * overlap_add(y, p, q)).sum()
        assert float(left) == pytest.approx(float(right), abs=1e-12)


def test_patch_norms_lie_between_one_and_root_q():
    """|x| <= |phi(x)| <= sqrt(q) |x|, the printed property, equal on the right for an interior pixel."""
    x = torch.zeros(5, 1)
    x[2] = 1
    assert float(patches(x, 5, 3).norm()) == pytest.approx(math.sqrt(3))
    x = torch.randn(5, 3)
    assert x.norm() <= patches(x, 5, 3).norm() <= math.sqrt(3) * x.norm()


def test_one_pixel_with_filter_size_one_is_the_resnet():
    """The convolutional network degenerates to the residual one."""
    theta, X, y = problem(RESIDUAL, (5, 3))
    network = ConvolutionalResNet(tanh, c_res=0.7, filter_size=1)
    wide = Parameters(theta.weights, theta.output[:, None])
    np.testing.assert_allclose(predict(network, wide, X[:, :, None]), predict(RESIDUAL, theta, X), rtol=1e-14)
    ours, peer = gradient(network, wide, X[:, :, None], y), gradient(RESIDUAL, theta, X, y)
    np.testing.assert_allclose(ours.weights[2], peer.weights[2], rtol=1e-13)


def test_one_layer_residual_network_is_fully_connected():
    """At H = 1 equation (3) is equation (2)."""
    theta, X, _ = problem(RESIDUAL, (5, 3), H=1)
    assert (predict(RESIDUAL, theta, X) == predict(FullyConnected(tanh), theta, X)).all()


def test_small_cases_by_hand():
    """ReLU networks with integer weights, worked out on paper."""
    theta = Parameters(
        (np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[1.0, 1.0], [-1.0, 0.0]])), np.array([1.0, 3.0])
    )
    X = np.array([[2.0, -1.0]])
    # z = (0, 1), x = (0, 1), z = (1, 0), x = (1, 0): c_sigma / m = 1.
    assert predict(FullyConnected(relu), theta, X).tolist() == [1.0]
    found = gradient(FullyConnected(relu), theta, X, np.array([3.0]))
    # Gates at 0 are open: delta^(2) = (1, 3), delta^(1) = (1 - 3, 1); the residual is -2.
    assert found.weights[1].tolist() == [[0.0, -2.0], [0.0, -6.0]]
    assert found.weights[0].tolist() == [[8.0, -4.0], [-4.0, 2.0]]
    assert found.output.tolist() == [-2.0, 0.0]
    residual = ResNet(relu, c_res=math.sqrt(2))
    # The branch has scale sqrt 2 / (2 sqrt 2) = 1/2: x = (0, 1) + (1, 0) / 2.
    assert predict(residual, theta, X)[0] == pytest.approx(3.5, rel=1e-15)


def test_normaliser_matches_anchors():
    """c_sigma agrees with independently computed 19-digit values."""
    assert normaliser(softplus()) == 1.085486502988343418
    assert normaliser(sigmoid) == 3.408559841623102983
    assert normaliser(tanh) == 2.536175433217453754


def test_normaliser_keeps_mean_square_norm():
    """E |x^(1)|^2 = 1 for a unit input, within five standard errors."""
    theta = initialise(FULLY, np.random.default_rng(3), m=40000, H=1, d=3)
    x = np.array([[0.6, 0.0, 0.8]])
    squares = 40000 * features(FULLY, theta, x)[1][0] ** 2
    assert abs(squares.mean() - 1) < 5 * squares.std() / 200


def test_seeds_are_independent_runs():
    """A network of S seeds answers as the S networks do, which are drawn one after the other."""
    for network, shape in ALL:
        many, X, _ = problem(network, shape, seeds=3)
        first = problem(network, shape)[0]
        assert all((W[0] == V).all() for W, V in zip(many.weights, first.weights, strict=True))
        single = [
            predict(network, Parameters(tuple(W[s] for W in many.weights), many.output[s]), X)
            for s in range(3)
        ]
        np.testing.assert_allclose(predict(network, many, X), single, rtol=1e-13)


def test_streamed_weights_are_the_stored_ones():
    """A network with generated rows predicts and descends as the one that stores the same matrices."""
    for network, shape in ALL:
        p = shape[2] if len(shape) == 3 else 1
        lazy = initialise_streamed(network, (0, "net"), m=70, H=3, d=shape[1], p=p, chunk=1)
        stored = Parameters(tuple(W.matrix() for W in lazy.weights), lazy.output)
        X, y = np.random.default_rng(0).standard_normal(shape), np.ones(shape[0])
        np.testing.assert_allclose(predict(network, lazy, X), predict(network, stored, X), rtol=1e-12)
        ours, peer = gradient(network, lazy, X, y), gradient(network, stored, X, y)
        for a, b in zip(ours.weights, peer.weights, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * abs(b).max())


def test_number_types():
    """Tensors answer in tensors, float32 in float32, and integers count as float64."""
    theta, X, y = problem(FULLY, (2, 3))
    small = Parameters(tuple(W.astype(np.float32) for W in theta.weights), theta.output.astype(np.float32))
    assert predict(FULLY, small, X.astype(np.float32)).dtype == np.float32
    assert predict(FULLY, small, X).dtype == np.float64
    assert isinstance(predict(FULLY, theta, torch.tensor(X)), torch.Tensor)
    whole = predict(FULLY, theta, np.array([[1, 0, 2]]))
    assert (whole == predict(FULLY, theta, np.array([[1.0, 0.0, 2.0]]))).all()
    assert loss(FULLY, theta, X, y) == pytest.approx(
        float(loss(FULLY, theta, torch.tensor(X), torch.tensor(y)))
    )


@pytest.mark.parametrize(
    "build",
    [
        lambda: FullyConnected(relu, c_sigma=0.0),
        lambda: FullyConnected(relu, c_sigma=math.nan),
        lambda: ResNet(relu, c_res=math.inf),
        lambda: ResNet(relu, c_res=-1.0),
        lambda: ConvolutionalResNet(relu, c_res=0.5, filter_size=2),
        lambda: initialise(FULLY, np.random.default_rng(0), m=0, H=1, d=1),
        lambda: initialise(FULLY, np.random.default_rng(0), m=1, H=True, d=1),
        lambda: initialise(FULLY, np.random.default_rng(0), m=1, H=1, d=1, seeds=0),
    ],
)
def test_impossible_networks_are_refused(build):
    """Constants and sizes out of range raise a ValueError that says what is expected."""
    with pytest.raises(ValueError, match="Expected"):
        build()


def test_bad_input_is_refused():
    """Shapes that do not fit, entries that are not finite, and other types raise one clear error."""
    theta, X, y = problem(FULLY, (4, 3))
    with pytest.raises(ValueError, match=r"Expected X of shape"):
        predict(FULLY, theta, X[0])
    with pytest.raises(ValueError, match=r"Expected weights\[0\] of shape \(6, 2\)"):
        predict(FULLY, theta, X[:, :2])
    with pytest.raises(ValueError, match="finite entries"):
        predict(FULLY, theta, X * math.nan)
    with pytest.raises(ValueError, match="Expected y of shape"):
        gradient(FULLY, theta, X, y[:2])
    with pytest.raises(ValueError, match="H >= 1"):
        predict(FULLY, Parameters((), theta.output), X)
    with pytest.raises(TypeError, match="Expected a numpy array"):
        predict(FULLY, theta, X.tolist())
    with pytest.raises(TypeError, match="Activation"):
        FullyConnected(np.tanh)
    lazy = initialise_streamed(FULLY, (0,), m=6, H=2, d=2)
    with pytest.raises(ValueError, match="Expected generated weights"):
        predict(FULLY, lazy, X)
