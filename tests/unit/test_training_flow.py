"""Gradient flow of smooth models, and perturbed gradient descent."""

import math

import numpy as np
import pytest
import scipy.stats
import torch

from numerics.flow_ode import flow_error, smooth_flow
from numerics.perturbed import perturbed_gradient_descent, uniform_in_ball
from numerics.statistics import stream
from numerics.training import half_squares, train


def linear(seed=0, n=4, d=6):
    """A linear model: inputs, labels, start, and the model with its constant Gram matrix."""
    rng = np.random.default_rng(seed)
    X, y, w = rng.standard_normal((n, d)), rng.standard_normal(n), rng.standard_normal(d)
    inputs = torch.as_tensor(X)
    model = half_squares(
        lambda p: p[0] @ inputs.T, y, gram=lambda p: (inputs @ inputs.T).expand(len(p[0]), -1, -1)
    )
    return X, y, w, model


def test_linear_flow_is_the_matrix_exponential():
    """Residuals of a linear model are exp(-t X X^T) times the initial ones, to the tolerance."""
    X, y, w, model = linear()
    times = np.array([0.0, 0.1, 1.0, 3.0])
    run = smooth_flow(model, (w,), times, tolerance=1e-11)
    rates, modes = np.linalg.eigh(X @ X.T)
    for t, u in zip(times, run.predictions, strict=True):
        exact = modes @ (np.exp(-t * rates) * (modes.T @ (X @ w - y)))
        np.testing.assert_allclose(u - y, exact, atol=1e-9)
    np.testing.assert_allclose(run.least_eigenvalue, rates[0], rtol=1e-10)
    np.testing.assert_allclose(run.drift[:, 0], np.linalg.norm(run.parameters[0] - w, axis=1), rtol=1e-12)
    np.testing.assert_allclose(run.operator_drift, run.drift, rtol=1e-10, atol=1e-300)


def test_descent_with_small_steps_approaches_the_flow():
    """The distance of descent from the flow falls tenfold with a tenth of the step."""
    rng = np.random.default_rng(2)
    X, y = torch.as_tensor(rng.standard_normal((3, 2))), rng.standard_normal(3)
    model = half_squares(lambda p: (torch.tanh(X @ p[0].transpose(1, 2)) * p[1][:, None]).sum(dim=2), y)
    start = rng.standard_normal((5, 2)), rng.standard_normal(5)
    exact = smooth_flow(model, start, np.array([0.5]))
    errors = []
    for steps in (50, 500):
        batch = tuple(p[None] for p in start)
        run = train(model, batch, 0.5 / steps, steps, steps, keep_predictions=True, device="cpu")
        errors.append(np.abs(run.predictions[0, -1] - exact.predictions[0]).max())
    assert 7 < errors[0] / errors[1] < 14
    np.testing.assert_allclose(run.row_drift[0, -1], exact.row_drift[0], rtol=1e-2)


def test_the_tolerance_controls_the_error():
    """A tighter tolerance costs more gradients and moves the result by about the looser one."""
    _, _, w, model = linear(3)
    loose, tight = (smooth_flow(model, (w,), np.array([2.0]), tolerance=t) for t in (1e-5, 1e-11))
    assert loose.evaluations < tight.evaluations
    assert 0 < flow_error(loose, tight) < 1e-3


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"parameters": ()}, ValueError, "at least one parameter"),
        ({"parameters": (np.array([math.nan] * 6),)}, ValueError, r"parameters\[0\]\[0\]=nan"),
        ({"times": np.array([1.0, 0.5])}, ValueError, "increase"),
        ({"times": np.array([-1.0])}, ValueError, ">= 0"),
        ({"tolerance": 0.0}, ValueError, "tolerance=0.0"),
    ],
)
def test_bad_flow_input(change, error, message):
    """Bad arguments of the flow raise one clear error."""
    _, _, w, model = linear()
    arguments = {"parameters": (w,), "times": np.array([1.0])} | change
    with pytest.raises(error, match=message):
        smooth_flow(model, **arguments)


def test_a_flow_that_blows_up_is_an_error():
    """A loss whose flow reaches infinity before the last time raises RuntimeError."""
    model = half_squares(lambda p: torch.exp(p[0]), np.array([1e8]))
    runaway = type(model)(lambda p: (-(p[0] ** 4)[:, 0], p[0], (-(p[0] ** 3),)))
    with pytest.raises(RuntimeError, match="reach time"):
        smooth_flow(runaway, (np.array([1.0]),), np.array([2.0]))


def test_noise_is_uniform_in_the_ball():
    """|xi| has distribution function (r / R)^d, and every coordinate of the direction is symmetric."""
    rng = stream(0, "ball")
    points = np.array([uniform_in_ball(rng, 5, 2.0) for _ in range(4000)])
    norms = np.linalg.norm(points, axis=1)
    assert scipy.stats.kstest((norms / 2) ** 5, "uniform").pvalue > 1e-6
    assert scipy.stats.kstest(norms / 2, "uniform").pvalue < 1e-6
    # The square of a coordinate of a uniform direction is Beta(1/2, (d - 1)/2).
    square = (points[:, 0] / norms) ** 2
    assert scipy.stats.kstest(square, scipy.stats.beta(0.5, 2).cdf).pvalue > 1e-6


def test_noise_comes_at_once_and_then_with_the_printed_spacing():
    """On a constant function noise is added at t = 1 and then every t_thres + 1 iterations."""
    run = perturbed_gradient_descent(
        np.zeros_like, np.zeros((1, 3)), 0.1, 1.0, 4, 0.0, 17, [np.random.default_rng(0)]
    )
    assert run.perturbed_at == ((1, 6, 11, 16),)


def test_without_noise_it_is_gradient_descent():
    """Where the gradient stays above the threshold the iterates are exactly (I - eta A)^t x."""
    A = np.diag([1.0, 0.5])
    x = np.array([[4.0, 8.0], [8.0, 16.0]])
    rngs = [stream(0, s) for s in range(2)]
    run = perturbed_gradient_descent(lambda x: x @ A, x, 0.5, 1.0, 3, 1e-3, 6, rngs, record_every=4)
    assert run.iterations.tolist() == [0, 4, 6]
    assert run.perturbed_at == ((), ())
    for k, t in enumerate(run.iterations):
        assert np.array_equal(run.points[:, k], x * np.array([0.5, 0.75]) ** t)


def test_perturbed_runs_do_not_depend_on_the_batch():
    """Every run takes its noise from its own stream: alone or among others it is the same."""
    saddle = np.array([1.0, -0.5, 1.0])
    x = np.random.default_rng(1).standard_normal((4, 3)) * 1e-3

    def run(rows):
        rngs = [stream(7, int(s)) for s in rows]
        return perturbed_gradient_descent(lambda p: p * saddle, x[rows], 0.3, 1e-2, 5, 1e-2, 20, rngs)

    whole, alone = run(np.arange(4)), run(np.array([2]))
    assert np.array_equal(whole.points[2], alone.points[0])
    assert whole.perturbed_at[2] == alone.perturbed_at[0]


def test_it_escapes_where_descent_stays():
    """From a saddle point noise escapes along the descending direction; without noise nothing moves."""
    saddle = np.array([1.0, -1.0])
    for radius, escapes in ((1e-3, True), (0.0, False)):
        rngs = [stream(1, s) for s in range(20)]
        run = perturbed_gradient_descent(
            lambda p: p * saddle, np.zeros((20, 2)), 0.2, radius, 100, 1e-3, 80, rngs
        )
        assert bool((np.abs(run.points[:, -1, 1]) > 0.1).all()) == escapes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros(3)}, "x of shape"),
        ({"step_size": 0.0}, "step_size=0.0"),
        ({"radius": -1.0}, "radius=-1.0"),
        ({"threshold": math.inf}, "threshold=inf"),
        ({"spacing": -1}, "spacing=-1"),
        ({"rngs": []}, "one generator for each of 1 runs"),
        ({"gradient": lambda x: x[:, :1]}, "gradient of shape"),
        ({"gradient": lambda x: x * math.nan}, "run 0 is not at iteration 1"),
    ],
)
def test_bad_perturbed_input(change, message):
    """Bad arguments raise ValueError in one line."""
    arguments = {
        "gradient": np.zeros_like,
        "x": np.zeros((1, 2)),
        "step_size": 0.1,
        "radius": 1.0,
        "spacing": 2,
        "threshold": 0.1,
        "steps": 3,
        "rngs": [np.random.default_rng(0)],
    }
    with pytest.raises(ValueError, match=message):
        perturbed_gradient_descent(**arguments | change)
