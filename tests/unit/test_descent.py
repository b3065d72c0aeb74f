"""Batched gradient descent against the gradient formula, closed forms, and the exact flow."""

import math

import numpy as np
import pytest
import torch

from numerics.descent import gradient_descent
from numerics.flow_one_input import flow_one_input
from numerics.gram import drift, empirical_gram, pattern_changes
from numerics.two_layer import gradient, loss, predict


def batch(seed, S=3, m=20, n=4, d=3):
    """Random batch of networks, unit inputs, labels."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    W, a = rng.standard_normal((S, m, d)), rng.choice([-1.0, 1.0], (S, m))
    return W, a, X / np.linalg.norm(X, axis=1)[:, None], rng.standard_normal(n)


def test_every_record_matches_a_plain_loop():
    """Every recorded quantity and the final weights equal those of a loop over seeds."""
    W, a, X, y = batch(0)
    run = gradient_descent(W, a, X, y, 0.3, 25, 10, gram_at=(0, 20, 25), keep_predictions=True, device="cpu")
    assert run.iterations.tolist() == [0, 10, 20, 25]
    for s in range(3):
        V = W[s].copy()
        for k in range(26):
            if k in run.iterations:
                c = run.iterations.tolist().index(k)
                assert run.loss[s, c] == pytest.approx(loss(V, a[s], X, y), rel=1e-12)
                np.testing.assert_allclose(run.predictions[s, c], predict(V, a[s], X), rtol=1e-11, atol=1e-13)
                assert run.drift[s, c] == pytest.approx(drift(W[s], V), rel=1e-11)
                assert run.pattern_changes[s, c] == pattern_changes(W[s], V, X).sum()
            if k in (0, 20, 25):
                least = np.linalg.eigvalsh(empirical_gram(V, X, device="cpu"))[0]
                assert run.least_eigenvalue[s, [0, 20, 25].index(k)] == pytest.approx(least, abs=1e-12)
            if k < 25:
                V -= 0.3 * gradient(V, a[s], X, y)
        np.testing.assert_allclose(run.weights[s], V, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("together", [None, 1, 4])
def test_results_do_not_depend_on_batch_composition(together):
    """A run alone, in another order, or among others gives the same bits."""
    W, a, X, y = batch(1, S=7, m=101)
    options = {"gram_at": (0, 50), "device": "cpu", "together": together}
    whole = gradient_descent(W, a, X, y, 0.2, 50, 5, **options)
    for chosen in ([5], [6, 2, 0], [1, 1, 3, 4, 5]):
        part = gradient_descent(W[chosen], a[chosen], X, y, 0.2, 50, 5, **options)
        for name in ("loss", "drift", "pattern_changes", "least_eigenvalue", "weights"):
            assert np.array_equal(getattr(part, name), getattr(whole, name)[chosen]), name


@pytest.mark.parametrize(("m", "n"), [(64, 32), (1024, 32), (3, 2)])
def test_default_grouping_does_not_change_a_run(m, n):
    """With the group size that m and n choose, a run alone gives the bits it gives among twenty."""
    W, a, X, y = batch(7, S=20, m=m, n=n, d=10)
    whole = gradient_descent(W, a, X, y, 0.1, 20, 10, device="cpu")
    alone = gradient_descent(W[17:18], a[17:18], X, y, 0.1, 20, 10, device="cpu")
    assert np.array_equal(alone.weights[0], whole.weights[17])
    assert np.array_equal(alone.loss[0], whole.loss[17])


def test_one_input_closed_form():
    """One input, all neurons active and rising: the residual is (1 - step_size)^k times the initial one."""
    run = gradient_descent(
        np.ones((1, 4, 1)), np.ones((1, 4)), np.ones((1, 1)), np.array([5.0]), 0.25, 8, device="cpu"
    )
    np.testing.assert_allclose(run.loss[0], 0.5 * (3 * 0.75 ** np.arange(9)) ** 2, rtol=1e-13)
    assert run.pattern_changes.max() == 0


def test_small_steps_approach_the_exact_flow():
    """The distance to the exact flow at time 2 falls about in proportion to the step size."""
    W, a, X, _ = batch(2, S=1, n=1)
    exact = flow_one_input(W[0] @ X[0], a[0], -1.0).residual(2.0)
    errors = []
    for steps in (100, 1000, 10000):
        run = gradient_descent(W, a, X, np.array([-1.0]), 2 / steps, steps, steps, device="cpu")
        errors.append(abs(math.sqrt(2 * run.loss[0, -1]) - abs(exact)))
    assert errors[1] < errors[0] / 4
    assert errors[2] < 1e-4


def test_tolerance_stops_each_run_by_itself():
    """A run stops at its first recorded iteration within the tolerance; later rows are NaN, others go on."""
    W, a, X, y = batch(3)
    free = gradient_descent(W, a, X, y, 0.3, 200, 20, device="cpu")
    level = float(np.sort(free.loss[:, 5])[1])
    run = gradient_descent(W, a, X, y, 0.3, 200, 20, tolerance=level, device="cpu", together=3)
    for s in range(3):
        hit = np.flatnonzero(free.loss[s] <= level)
        assert run.outcome[s] == ("reached tolerance" if hit.size else "ran all steps")
        stop = int(hit[0]) if hit.size else 10
        assert run.last_iteration[s] == run.iterations[stop]
        np.testing.assert_allclose(run.loss[s, : stop + 1], free.loss[s, : stop + 1], rtol=1e-12)
        assert np.isnan(run.loss[s, stop + 1 :]).all()
        assert (run.pattern_changes[s, stop + 1 :] == -1).all()
        assert loss(run.weights[s], a[s], X, y) == pytest.approx(run.loss[s, stop], rel=1e-9)


def test_divergence_is_reported():
    """A loss that overflows gives the outcome 'diverged' with the last loss on record, and no exception."""
    W, a, X = np.ones((2, 4, 1)), np.ones((2, 4)), np.ones((1, 1))
    run = gradient_descent(W, a, X, np.array([1e300]), 1.0, 5, device="cpu")
    assert run.outcome == ("diverged", "diverged")
    assert run.loss[0, 0] == math.inf
    assert np.isnan(run.loss[:, 1:]).all()
    assert run.last_iteration.tolist() == [0, 0]


def test_blow_up_factor_is_the_threshold():
    """Two inputs at a small angle with step size far above 2 / lambda_max exceed blow_up and stop there."""
    X = np.array([[1.0, 0.0], [0.8, 0.6]])
    W, a = np.tile([[2.0, 2.0]], (1, 4, 1)) * np.ones((1, 4, 2)), np.array([[1.0, -1.0, 1.0, -1.0]])
    run = gradient_descent(W, a, X, np.array([1.0, 1.0]), 8.0, 60, 1, blow_up=10.0, device="cpu")
    assert run.outcome == ("diverged",)
    end = int(run.last_iteration[0])
    assert run.loss[0, end] > 10 * run.loss[0, 0]
    assert (run.loss[0, :end] <= 10 * run.loss[0, 0]).all()


def test_float32_is_close_to_float64():
    """The single-precision option follows double precision to single accuracy."""
    W, a, X, y = batch(4)
    double = gradient_descent(W, a, X, y, 0.2, 50, device="cpu")
    single = gradient_descent(W, a, X, y, 0.2, 50, dtype="float32", device="cpu")
    assert single.weights.dtype == np.float32
    np.testing.assert_allclose(single.loss, double.loss, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W": np.full((3, 20, 3), np.nan)}, r"finite entries but got W\[0, 0, 0\]=nan"),
        ({"W": np.ones((20, 3))}, "W of shape"),
        ({"W": np.ones((3, 0, 3))}, "W of shape"),
        ({"a": np.ones((3, 19))}, r"a of shape \(3, 20\)"),
        ({"X": np.ones((0, 3))}, "X of shape"),
        ({"X": np.full((4, 3), np.inf)}, r"got X\[0, 0\]=inf"),
        ({"y": np.ones(5)}, r"y of shape \(4,\)"),
        ({"step_size": 0.0}, "step_size=0.0"),
        ({"step_size": math.inf}, "step_size=inf"),
        ({"steps": -1}, "steps=-1"),
        ({"record_every": 0}, "record_every=0"),
        ({"together": 0}, "together=0"),
        ({"tolerance": math.nan}, "tolerance=nan"),
        ({"blow_up": 1.0}, "blow_up=1.0"),
        ({"gram_at": (3,), "record_every": 2}, r"gram_at=\(3,\)"),
        ({"dtype": "float16"}, "dtype='float16'"),
        ({"device": "tpu"}, "device='tpu'"),
    ],
)
def test_bad_inputs_are_named_in_one_line(change, message):
    """A bad argument raises ValueError with one clear line."""
    W, a, X, y = batch(5)
    arguments = {"W": W, "a": a, "X": X, "y": y, "step_size": 0.1, "steps": 4} | change
    with pytest.raises(ValueError, match=message) as caught:
        gradient_descent(**arguments)
    assert "\n" not in str(caught.value)


def test_asking_for_absent_cuda_is_an_error(monkeypatch):
    """device='cuda' without a CUDA device says so in one line."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="torch finds none: use device='cpu'"):
        gradient_descent(*batch(6), 0.1, 1, device="cuda")
