"""The two-layer network against loops over Fractions, autograd, and one-sided derivatives."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from numerics.two_layer import check_array, extended_feature, gates, gradient, initialise, loss, predict

QUARTERS = st.integers(-8, 8).map(lambda k: Fraction(k, 4))


@st.composite
def exact_problems(draw):
    """A problem (W, a, X, y) in Fractions with perfect-square width, kinks included."""
    root, d, n = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))

    def array(*shape):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(QUARTERS, min_size=size, max_size=size)), dtype=object).reshape(shape)

    signs = st.lists(st.sampled_from([Fraction(-1), Fraction(1)]), min_size=root**2, max_size=root**2)
    return array(root**2, d), np.array(draw(signs)), array(n, d), array(n)


def dot(v, w):
    """Dot product by a loop."""
    return sum((p * q for p, q in zip(v, w, strict=True)), Fraction(0))


def brute_prediction(W, a, X):
    """Equation (1) by loops; the width is a perfect square."""
    root = Fraction(round(len(a) ** 0.5))
    return [sum(s * max(dot(w, x), Fraction(0)) for s, w in zip(a, W, strict=True)) / root for x in X]


@given(exact_problems())
def test_exact_predictions_and_loss_match_loops(problem):
    """On Fractions, predictions and loss are exactly the printed sums."""
    W, a, X, y = problem
    u = brute_prediction(W, a, X)
    assert predict(W, a, X).tolist() == u
    assert loss(W, a, X, y) == sum((p - q) ** 2 for p, q in zip(u, y, strict=True)) / 2


@given(exact_problems())
def test_exact_gradient_matches_loops(problem):
    """On Fractions, the gradient is exactly equation (4), with gate 1 at the kink."""
    W, a, X, y = problem
    root, u = Fraction(round(len(a) ** 0.5)), brute_prediction(W, a, X)
    for r, k in np.ndindex(W.shape):
        terms = ((u[i] - y[i]) * a[r] * X[i, k] / root for i in range(len(y)) if dot(W[r], X[i]) >= 0)
        assert gradient(W, a, X, y)[r, k] == sum(terms, Fraction(0))


@given(exact_problems(), st.integers(1, 5))
def test_positive_homogeneity_is_exact(problem, c):
    """f(cW, a, x) = c f(W, a, x) for c > 0."""
    W, a, X, _ = problem
    assert (predict(W * c, a, X) == predict(W, a, X) * c).all()


@given(exact_problems())
def test_extended_feature_factors_gram_and_gradient(problem):
    """D D^T is the Gram matrix and D^T (u - y) the gradient, exactly."""
    W, a, X, y = problem
    D, G = extended_feature(W, a, X), gates(W, X)
    H = (X @ X.T) * (G @ G.T) * Fraction(1, len(a))
    assert np.array_equal(D @ D.T, H)
    assert (D.T @ (predict(W, a, X) - y) == gradient(W, a, X, y).reshape(-1)).all()


def test_gradient_matches_autograd():
    """Away from kinks the formula is the derivative that autograd finds, for numpy and for torch."""
    rng = np.random.default_rng(0)
    W, a = initialise(rng, 7, 3)
    X, y = rng.standard_normal((4, 3)), rng.standard_normal(4)
    tensors = [torch.tensor(v) for v in (W, a, X, y)]
    tensors[0].requires_grad_()
    loss(*tensors).backward()
    np.testing.assert_allclose(gradient(W, a, X, y), tensors[0].grad.numpy(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(gradient(*tensors), tensors[0].grad)


def test_gradient_at_a_kink_is_the_derivative_from_the_active_side():
    """At w.x = 0 the formula is the limit of difference quotients into the active side."""
    W, a, X, y = np.array([[0.0, 1.0]]), np.array([1.0]), np.array([[1.0, 0.0]]), np.array([3.0])
    step, shift = 1e-6, np.array([[1e-6, 0.0]])
    quotient = (loss(W + shift, a, X, y) - loss(W, a, X, y)) / step
    assert quotient == pytest.approx(gradient(W, a, X, y)[0, 0], abs=1e-5)
    assert loss(W - shift, a, X, y) == loss(W, a, X, y)


def test_answers_are_in_kind():
    """Tensors give tensors, float32 gives float32, Fractions give Fractions."""
    W, a, X = torch.ones(4, 2), torch.ones(4), torch.ones(3, 2)
    assert predict(W, a, X).dtype == torch.float32
    assert predict(W.numpy(), a.numpy(), X.numpy()).dtype == np.float32
    assert extended_feature(W, a, X).shape == (3, 8)


def test_initialise_is_reproducible_and_has_the_stated_law():
    """Same generator state, same draw; signs are balanced and weights standard normal."""
    W, a = initialise(np.random.default_rng(5), 4000, 3)
    again = initialise(np.random.default_rng(5), 4000, 3)
    assert np.array_equal(W, again[0])
    assert np.array_equal(a, again[1])
    assert set(a) == {-1.0, 1.0}
    assert abs(a.mean()) < 6 / 4000**0.5
    assert abs((W**2).mean() - 1) < 6 * (2 / 12000) ** 0.5


ONES = (np.ones((4, 2)), np.ones(4), np.ones((3, 2)), np.ones(3))


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (0, np.full((4, 2), np.nan), r"finite entries but got W\[0, 0\]=nan"),
        (2, np.full((3, 2), np.inf), r"finite entries but got X\[0, 0\]=inf"),
        (0, np.ones((0, 2)), r"W of shape .* but got W.shape=\(0, 2\)"),
        (0, np.ones(4), r"W of shape .* but got W.shape=\(4,\)"),
        (1, np.ones(5), r"a of shape \(4,\) but got a.shape=\(5,\)"),
        (2, np.ones((3, 5)), r"X of shape \(n, 2\) .* but got X.shape=\(3, 5\)"),
        (2, np.ones((0, 2)), r"X of shape .* but got X.shape=\(0, 2\)"),
        (3, np.ones(2), r"y of shape \(3,\) but got y.shape=\(2,\)"),
    ],
)
def test_bad_arrays_are_named_in_one_line(position, value, message):
    """A bad array raises ValueError naming the argument and what was expected."""
    arrays = list(ONES)
    arrays[position] = value
    with pytest.raises(ValueError, match=message) as caught:
        loss(*arrays)
    assert "\n" not in str(caught.value)


def test_wrong_types_are_refused():
    """Lists, complex numbers, floats among Fractions and mixtures of exact and float raise TypeError."""
    with pytest.raises(TypeError, match="got W of type list"):
        predict([[1.0]], np.ones(1), np.ones((1, 1)))
    with pytest.raises(TypeError, match="complex"):
        check_array("X", np.ones((1, 1), dtype=complex), (1, 1))
    with pytest.raises(TypeError, match=r"Fractions or integers but got W\[0, 0\]=0.5"):
        check_array("W", np.array([[0.5]], dtype=object), (1, 1))
    with pytest.raises(TypeError, match="all arrays exact"):
        predict(np.array([[Fraction(1)]]), np.ones(1), np.ones((1, 1)))
    with pytest.raises(ValueError, match="finite entries but got W"):
        check_array("W", torch.tensor([[float("nan")]]), (1, 1))


def test_exact_arithmetic_needs_a_perfect_square_width():
    """Width 2 has an irrational output scale, so Fractions are refused."""
    one = Fraction(1)
    with pytest.raises(ValueError, match=r"perfect-square width .* m=2"):
        predict(np.array([[one], [one]]), np.array([one, one]), np.array([[one]]))


@pytest.mark.parametrize(("m", "d"), [(0, 1), (1, 0), (-1, 2), (1.5, 2), (True, 2)])
def test_initialise_refuses_empty_sizes(m, d):
    """Sizes must be positive integers."""
    with pytest.raises(ValueError, match="positive integer but got"):
        initialise(np.random.default_rng(0), m, d)


def test_importing_the_engines_does_not_import_torch():
    """Only the functions that compute with torch load it."""
    names = ", ".join(f"numerics.{name}" for name in ("two_layer", "gram", "flow", "descent"))
    code = f"import sys, {names}; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
