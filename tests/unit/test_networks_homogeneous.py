"""Homogeneous, linear, logistic-loss, one-filter networks, factorisation: autograd, exact identities."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import networks_factorisation as factorisation
from numerics import networks_filter as filters
from numerics import networks_logistic as logistic
from numerics.networks_homogeneous import (
    IDENTITY,
    LOG_SQUARE,
    LOGISTIC,
    RELU,
    HomogeneousActivation,
    end_to_end,
    gradient,
    initialise,
    loss,
    predict,
)

LEAKY = HomogeneousActivation(1, "1/10")


def exact(rng, *shape):
    """An array of small Fractions, zeros included."""
    return np.array(
        [Fraction(int(k), 4) for k in rng.integers(-6, 7, int(np.prod(shape)))], dtype=object
    ).reshape(shape)


def close(ours, peer):
    """Equal to 1e-12 of the largest entry."""
    peer = peer.detach().numpy()
    np.testing.assert_allclose(np.asarray(ours), peer, rtol=0, atol=1e-12 * abs(peer).max())


@pytest.mark.parametrize("activation", [RELU, LEAKY, IDENTITY, HomogeneousActivation(1, -1)])
@pytest.mark.parametrize("measure", [None, LOGISTIC, LOG_SQUARE])
def test_homogeneous_gradient_matches_autograd(activation, measure):
    """For every activation and loss the formula is the derivative, in numpy and in torch."""
    rng = np.random.default_rng(0)
    weights = initialise(rng, (3, 6, 5, 2))
    X, Y = rng.standard_normal((4, 3)), rng.choice([-1.0, 1.0], (4, 2))
    options = {} if measure is None else {"measure": measure}
    tensors = [torch.tensor(W, requires_grad=True) for W in weights]
    loss(tensors, activation, torch.tensor(X), torch.tensor(Y), **options).backward()
    ours = gradient(weights, activation, X, Y, **options)
    also = gradient(tensors, activation, torch.tensor(X), torch.tensor(Y), **options)
    for a, b, leaf in zip(ours, also, tensors, strict=True):
        close(a, leaf.grad)
        close(b.detach(), leaf.grad)


@given(st.integers(0, 10**6), st.sampled_from([RELU, LEAKY, IDENTITY]))
@settings(max_examples=25, deadline=None)
def test_layers_are_balanced_exactly(seed, activation):
    """<W^(h), dL/dW^(h)> is the same for every layer, exactly, kinks included."""
    rng = np.random.default_rng(seed)
    weights = [exact(rng, 3, 2), exact(rng, 2, 3), exact(rng, 2, 2)]
    X, Y = exact(rng, 3, 2), exact(rng, 3, 2)
    slopes = gradient(weights, activation, X, Y)
    sums = [(W * G).sum() for W, G in zip(weights, slopes, strict=True)]
    assert sums[0] == sums[1] == sums[2]
    for W, V, G, K in zip(weights[:-1], weights[1:], slopes[:-1], slopes[1:], strict=True):
        assert ((W * G).sum(1) == (V * K).sum(0)).all()


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_rescaling_leaves_outputs_and_linear_networks_are_their_product(seed):
    """(c W^(1), W^(2) / c) is the same function for c > 0 only; linear outputs are X times the product."""
    rng = np.random.default_rng(seed)
    weights, X = [exact(rng, 3, 2), exact(rng, 2, 3)], exact(rng, 3, 2)
    scaled = [weights[0] * 7, weights[1] * Fraction(1, 7)]
    assert (predict(scaled, LEAKY, X) == predict(weights, LEAKY, X)).all()
    assert (predict(weights, IDENTITY, X) == X @ end_to_end(weights).T).all()
    flipped = [-np.eye(1), -np.eye(1)]
    assert (predict(flipped, RELU, np.ones((1, 1))) != predict([np.eye(1)] * 2, RELU, np.ones((1, 1)))).all()


def test_slope_at_zero_is_the_chosen_subgradient():
    """At a kink every element of the Clarke subdifferential can be taken, nothing outside it."""
    for value in (0, "1/3", 1):
        found = HomogeneousActivation(1, 0, at_zero=value).slope(np.array([Fraction(0)], dtype=object))
        assert found[0] == Fraction(value)
    with pytest.raises(ValueError, match="between the slopes"):
        HomogeneousActivation(1, 0, at_zero=2)


def logistic_problem(seed=0):
    """A network of unequal widths, unit inputs and labels."""
    rng = np.random.default_rng(seed)
    weights, v = logistic.initialise(rng, 3, (6, 4, 8))
    X = rng.standard_normal((5, 3))
    return weights, v, X / np.linalg.norm(X, axis=1)[:, None], rng.choice([-1.0, 1.0], 5)


def test_logistic_gradient_matches_autograd_and_its_factors():
    """The gradient is autograd's, and each sample's is the outer product of feature and sensitivity."""
    weights, v, X, y = logistic_problem()
    tensors = [torch.tensor(W, requires_grad=True) for W in weights]
    logistic.loss(tensors, torch.tensor(v), torch.tensor(X), torch.tensor(y)).backward()
    for ours, leaf in zip(logistic.gradient(weights, v, X, y), tensors, strict=True):
        close(ours, leaf.grad)
    outputs = logistic.predict(tensors, torch.tensor(v), torch.tensor(X))
    deltas, inputs = logistic.sensitivities(weights, v, X), logistic.features(weights, X)
    for i in range(5):
        for layer, peer in enumerate(torch.autograd.grad(outputs[i], tensors, retain_graph=True)):
            close(np.outer(inputs[layer][i], deltas[layer][i]), peer)


def test_he_initialisation_preserves_mean_square_norm_on_unequal_widths():
    """E |x_4|^2 = 1 with the variance 2 / m_l of the output width, within five standard errors."""
    rng, widths = np.random.default_rng(0), (400, 200, 400, 200)
    x = np.zeros((1, 20))
    x[0, 0] = 1
    norms = [
        (logistic.features(logistic.initialise(rng, 20, widths)[0], x)[-1] ** 2).sum() for _ in range(60)
    ]
    assert abs(np.mean(norms) - 1) < 5 * np.std(norms) / np.sqrt(60)


def test_logistic_gate_is_closed_at_zero_and_euler_is_exact():
    """Units with zero pre-activation carry no gradient; <W_l, grad f> = f in every layer, in Fractions."""
    rng = np.random.default_rng(2)
    weights, v = (exact(rng, 2, 4), exact(rng, 4, 2)), np.array([Fraction(1), Fraction(-1)], dtype=object)
    X = exact(rng, 3, 2)
    deltas, inputs = logistic.sensitivities(weights, v, X), logistic.features(weights, X)
    f = logistic.predict(weights, v, X)
    for W, x, delta in zip(weights, inputs[:-1], deltas, strict=True):
        assert [(W * np.outer(x[i], delta[i])).sum() for i in range(3)] == f.tolist()
    assert logistic.sensitivities((np.zeros((1, 2)),), np.array([1.0, -1.0]), np.ones((1, 1)))[
        0
    ].tolist() == [[0, 0]]


def test_logistic_loss_does_not_overflow():
    """At |f| = 1000 the loss is 1000 on the wrong side and 0 on the right one, the gradient finite."""
    W, v, X = (np.array([[1000.0, -1.0]]),), np.array([1.0, -1.0]), np.ones((1, 1))
    assert float(logistic.loss(W, v, X, -np.ones(1))) == 1000.0
    assert float(logistic.loss(W, v, X, np.ones(1))) == 0.0
    assert logistic.gradient(W, v, X, -np.ones(1))[0].tolist() == [[1.0, 0.0]]


def test_logistic_bad_input_is_refused():
    """Odd last widths, labels other than +-1, and shapes that do not fit raise ValueError."""
    weights, v, X, y = logistic_problem()
    with pytest.raises(ValueError, match="even last width"):
        logistic.initialise(np.random.default_rng(0), 3, (4, 3))
    with pytest.raises(ValueError, match=r"labels of \+-1"):
        logistic.loss(weights, v, X, 2 * y)
    with pytest.raises(ValueError, match="Expected v of shape"):
        logistic.predict(weights, v[:-2], X)
    with pytest.raises(ValueError, match="at least one weight"):
        logistic.predict((), v, X)


def test_filter_gradients_match_autograd():
    """Plain and normalised filters: both blocks agree with autograd."""
    rng = np.random.default_rng(0)
    (v, a), Z, y = filters.initialise(rng, 4, 3), rng.standard_normal((6, 4, 3)), rng.standard_normal(6)
    v = 3 * v
    pairs = ((filters.loss, filters.gradient), (filters.loss_normalised, filters.gradient_normalised))
    for risk, formula in pairs:
        tensors = [torch.tensor(t, requires_grad=True) for t in (v, a)]
        risk(*tensors, torch.tensor(Z), torch.tensor(y)).backward()
        for ours, leaf in zip(formula(v, a, Z, y), tensors, strict=True):
            close(ours, leaf.grad)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_normalised_filter_is_exact_at_rational_lengths(seed):
    """The student is invariant under v -> c v, c > 0, its gradient orthogonal to v; pooling is a = 1/k."""
    rng = np.random.default_rng(seed)
    v, a = np.array([Fraction(3), Fraction(-4)], dtype=object), exact(rng, 3)
    Z, y = exact(rng, 2, 2, 3), exact(rng, 2)
    assert (filters.predict_normalised(v * 5, a, Z) == filters.predict_normalised(v, a, Z)).all()
    assert (filters.predict(v, a, Z) == 5 * filters.predict_normalised(v, a, Z)).all()
    slope, outer = filters.gradient_normalised(v, a, Z, y)
    assert slope @ v == 0
    assert (outer == filters.gradient(v / Fraction(5), a, Z, y)[1]).all()
    pooled = filters.predict(v, filters.average_pooling(3, exact=True), Z)
    assert pooled.tolist() == [sum(max(x, 0) for x in v @ sample) / Fraction(3) for sample in Z]


def test_filter_bad_input_is_refused():
    """Zero filters, irrational lengths of exact ones, and shapes that do not fit raise ValueError."""
    Z, a = np.ones((2, 1, 3)), np.ones(3)
    with pytest.raises(ValueError, match="other than 0"):
        filters.predict_normalised(np.zeros(1), a, Z)
    with pytest.raises(ValueError, match="rational length"):
        filters.predict_normalised(
            exact(np.random.default_rng(0), 2) * 0 + 1,
            np.array([1]).astype(object),
            np.ones((1, 2, 1)).astype(int).astype(object),
        )
    with pytest.raises(ValueError, match="Expected Z of shape"):
        filters.predict(np.ones(2), a, Z)
    with pytest.raises(ValueError, match="positive integer"):
        filters.initialise(np.random.default_rng(0), 0, 1)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_factorisation_is_exact_and_a_linear_network(seed):
    """The loss is invariant under (U A, V A^-T); with its gradient it is d_2 times a linear network's."""
    rng = np.random.default_rng(seed)
    U, V, M = exact(rng, 3, 2), exact(rng, 2, 2), exact(rng, 3, 2)
    A, inverse = (np.array(rows, dtype=object) for rows in ([[1, 2], [0, 1]], [[1, -2], [0, 1]]))
    assert factorisation.loss(U @ A, V @ inverse.T, M) == factorisation.loss(U, V, M)
    linear, basis = (V.T, U), np.array([[1, 0], [0, 1]], dtype=object)
    assert factorisation.loss(U, V, M) == 2 * loss(linear, IDENTITY, basis, M.T)
    slopes, (left, right) = gradient(linear, IDENTITY, basis, M.T), factorisation.gradient(U, V, M)
    assert (left == 2 * slopes[1]).all()
    assert (right == 2 * slopes[0].T).all()


def test_factorisation_gradient_matches_autograd_and_refuses_shapes():
    """The formula is the derivative; a wrong M is refused."""
    rng = np.random.default_rng(0)
    U, V = factorisation.initialise(rng, 4, 3, 2, scale=0.5)
    M = rng.standard_normal((4, 3))
    tensors = [torch.tensor(t, requires_grad=True) for t in (U, V)]
    factorisation.loss(*tensors, torch.tensor(M)).backward()
    for ours, leaf in zip(factorisation.gradient(U, V, M), tensors, strict=True):
        close(ours, leaf.grad)
    with pytest.raises(ValueError, match="Expected M of shape"):
        factorisation.loss(U, V, M.T)


def test_homogeneous_bad_input_is_refused():
    """Widths, scales, chains of shapes and entries out of range raise ValueError."""
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least two positive widths"):
        initialise(rng, (3,))
    with pytest.raises(ValueError, match="scale > 0"):
        initialise(rng, (3, 2), scale=0.0)
    with pytest.raises(ValueError, match=r"Expected weights\[1\] of shape"):
        predict((np.ones((2, 3)), np.ones((1, 3))), RELU, np.ones((1, 3)))
    with pytest.raises(ValueError, match="at least one weight"):
        predict((), RELU, np.ones((1, 3)))
    with pytest.raises(ValueError, match="finite"):
        predict((np.full((1, 1), np.nan),), RELU, np.ones((1, 1)))
