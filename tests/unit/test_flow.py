"""Gradient flow against exact rational events, closed forms, and extrapolated small-step descent."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from numerics.flow import flow
from numerics.flow_one_input import flow_one_input, path_events, sample_one_input
from numerics.gram import empirical_gram
from numerics.two_layer import gradient, initialise, predict


def euler(W, a, X, y, t, steps):
    """Weights after gradient descent with step t / steps."""
    W = W.copy()
    for _ in range(steps):
        W -= t / steps * gradient(W, a, X, y)
    return W


def problem(seed, n, m, d):
    """Random network, unit inputs, labels of size 2."""
    rng = np.random.default_rng(seed)
    W, a = initialise(rng, m, d)
    X = rng.standard_normal((n, d))
    return W, a, X / np.linalg.norm(X, axis=1)[:, None], 2 * rng.standard_normal(n)


@st.composite
def one_input_problems(draw):
    """Quarters z, signs a, a quarter label, with a perfect-square width; ties and zeros included."""
    root = draw(st.integers(1, 4))
    z = draw(st.lists(st.integers(-6, 9), min_size=root**2, max_size=root**2))
    a = draw(st.lists(st.sampled_from([-1, 1]), min_size=root**2, max_size=root**2))
    return [Fraction(k, 4) for k in z], a, Fraction(draw(st.integers(-12, 12)), 4), root


@given(one_input_problems())
def test_one_input_flow_matches_exact_events(case):
    """Path lengths, residuals, moving and resting counts equal those of rational arithmetic.

    Left out: the residual vanishes just when a neuron comes to rest, at a width whose root is no dyadic.
    """
    z, a, y, root = case
    exact = path_events(z, a, y * root)
    assume(root != 3 or exact.final_path_length not in z)
    run = flow_one_input(np.array(z, dtype=float), np.array(a, dtype=float), float(y))
    assert run.moving.tolist() == list(exact.moving)
    assert run.resting.tolist() == list(exact.resting)
    np.testing.assert_allclose(run.path_lengths, np.array(exact.path_lengths, dtype=float), rtol=1e-14)
    np.testing.assert_allclose(
        np.abs(run.residuals) * root, np.array(exact.scaled_residuals, dtype=float), rtol=1e-12
    )
    assert run.final_path_length == pytest.approx(float(exact.final_path_length), rel=1e-13)
    assert abs(run.final_residual) * root == pytest.approx(float(exact.final_scaled_residual), rel=1e-13)


@given(one_input_problems())
def test_exact_events_obey_the_conservation_law(case):
    """At the final path length S the network's output, neuron by neuron, is y up to the final residual."""
    z, a, y, root = case
    exact = path_events(z, a, y * root)
    start = y * root - sum(s * max(v, Fraction(0)) for s, v in zip(a, z, strict=True))
    sign = (start > 0) - (start < 0)
    S = exact.final_path_length
    moved = [max(v + s * sign * S, Fraction(0)) if v >= 0 else Fraction(0) for s, v in zip(a, z, strict=True)]
    left = y * root - sum(s * v for s, v in zip(a, moved, strict=True))
    assert left == sign * exact.final_scaled_residual


def test_one_input_flow_matches_small_step_descent():
    """Residuals at a few times agree with small-step descent, and better with smaller steps."""
    rng = np.random.default_rng(0)
    z, a = rng.standard_normal(12), rng.choice([-1.0, 1.0], 12)
    run, X, y = flow_one_input(z, a, -1.5), np.ones((1, 1)), np.array([-1.5])
    for t in (0.5, 2.0, 5.0):
        coarse, fine = (-1.5 - predict(euler(z[:, None], a, X, y, t, k), a, X)[0] for k in (2000, 8000))
        assert run.residual(t) == pytest.approx(fine, abs=2e-3)
        assert abs(run.residual(t) - fine) <= abs(run.residual(t) - coarse) + 1e-4
    assert run.resting[-1] > 0


def test_neuron_at_rest_has_gate_one_and_does_not_move():
    """m = 1, z = 1, a = 1, y = -1: rests from t = log 2; the printed H stays 1, the true rate is 0."""
    run = flow_one_input(np.array([1.0]), np.array([1.0]), -1.0)
    np.testing.assert_allclose(run.times, [0, math.log(2)], rtol=1e-15)
    assert (run.gram, run.moving_fraction(1.0), run.at_rest(1.0), run.residual(9.0)) == (1.0, 0.0, 1, -1.0)
    assert (run.residual(0.0), run.path_length(9.0), run.worst_ratio(0.5)) == (-2.0, 1.0, math.inf)
    assert run.residual(0.3) == pytest.approx(-2 * math.exp(-0.3), rel=1e-15)


def test_kinks_at_the_start_follow_the_convention():
    """At z = 0 a neuron pushed up leaves, one pushed down rests; dead and stationary networks stay."""
    zero, one = np.array([0.0]), np.array([1.0])
    assert flow_one_input(zero, one, 2.0).moving.tolist() == [1]
    rests = flow_one_input(zero, one, -2.0)
    assert (rests.moving.tolist(), rests.resting.tolist(), rests.final_residual) == ([0], [1], -2.0)
    assert flow_one_input(-one, one, 2.0).final_residual == 2.0
    still = flow_one_input(one, one, 1.0)
    assert (still.final_path_length, still.worst_ratio(1.0), still.residual(3.0)) == (0.0, 1.0, 0.0)


def test_worst_ratio_is_the_supremum_over_a_fine_grid():
    """The exact supremum is attained by, and never below, dense sampling in time."""
    rng = np.random.default_rng(1)
    for rate in (0.2, 0.4, 0.6, 0.7, 0.8, 0.9):
        z, a = rng.standard_normal(20), rng.choice([-1.0, 1.0], 20)
        run = flow_one_input(z, a, 1.5)
        grid = np.unique(np.concatenate((np.linspace(0, 40, 4000), run.times)))
        sampled = max(math.exp(rate * t) * (run.residual(t) / run.residuals[0]) ** 2 for t in grid)
        for_ever = rate > 2 * run.moving[-1] / 20
        assert run.worst_ratio(rate) == (math.inf if for_ever else pytest.approx(sampled, rel=1e-9))


def test_inactive_neurons_may_be_left_out():
    """With the true width given, only the active neurons are needed."""
    rng = np.random.default_rng(2)
    z, a = rng.standard_normal(300), rng.choice([-1.0, 1.0], 300)
    whole, part = flow_one_input(z, a, 3.0), flow_one_input(z[z >= 0], a[z >= 0], 3.0, 300)
    np.testing.assert_allclose(part.times, whole.times, rtol=1e-12)
    assert part.gram == whole.gram


def test_sampler_has_the_law_of_the_active_neurons():
    """Count, second moment and sign balance of the sampled neurons agree with N(0, I) initialisation."""
    z, a = sample_one_input(np.random.default_rng(3), 40000)
    assert abs(len(z) - 20000) < 600
    assert abs((z**2).mean() - 1) < 0.06
    assert abs(a.mean()) < 0.05
    assert z.min() >= 0
    empty = next(z for s in range(50) for z in [sample_one_input(np.random.default_rng(s), 1)[0]] if z[0] < 0)
    assert empty.tolist() == [-1.0]


def test_single_input_flow_agrees_with_the_event_driven_solution():
    """For n = 1 the general integrator reproduces residuals and events of the sorted solution to 1e-9."""
    for seed in range(40):
        W, a, X, y = problem(seed, 1, 1 + seed % 20, 2)
        run, exact = flow(W, a, X, y), flow_one_input(W @ X[0], a, float(y[0]))
        for t in np.linspace(0, min(run.times[-1], 30), 5):
            assert run.residual(t)[0] == pytest.approx(exact.residual(t), abs=1e-9)
        inside = exact.times[1:] <= run.times[-1] * (1 + 1e-9)
        assert len(run.events) == exact.resting[1:][inside].max(initial=exact.resting[0])
        assert run.worst_ratio(0.5) <= exact.worst_ratio(0.5) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_flow_agrees_with_small_step_descent(seed):
    """Through crossings, sliding and parallel pairs, the flow is the Richardson limit of descent."""
    W, a, X, y = problem(100 + seed, 3, 8, 4)
    if seed % 4 == 0:
        X[1] = -X[0]
    if seed % 4 == 1:
        X[1] = 2 * X[0]
    run = flow(W, a, X, y, t_end=3.0)
    coarse, fine = (euler(W, a, X, y, 3.0, k) for k in (1500, 6000))
    limit = fine + (fine - coarse) / 3
    assert run.events
    np.testing.assert_allclose(run.weights, limit, atol=2e-3)
    np.testing.assert_allclose(run.residuals[-1], y - predict(limit, a, X), atol=1e-3)


def test_richardson_limit_is_sharp_without_events():
    """With no gate change, second-order extrapolation of descent meets the flow to 1e-7."""
    W, a, X, y = problem(7, 2, 400, 5)
    run = flow(W, a, X, y / 50, t_end=0.02)
    assert not run.events
    coarse, fine = (euler(W, a, X, y / 50, 0.02, k) for k in (50, 100))
    np.testing.assert_allclose(run.weights, 2 * fine - coarse, atol=1e-7)


def test_flow_inside_one_cell_is_the_matrix_exponential():
    """Without events the residual is exp(-H t) times the initial one, H the empirical Gram matrix."""
    W, a, X, y = problem(7, 2, 400, 5)
    run = flow(W, a, X, y / 50, t_end=0.02)
    H = empirical_gram(W, X, device="cpu")
    np.testing.assert_allclose(run.grams[0], H, atol=1e-14)
    np.testing.assert_allclose(run.residual(0.01), expm(-0.01 * H) @ run.residuals[0], rtol=1e-12)


def test_orthonormal_quarter_instance_has_its_closed_form():
    """m = 4, one neuron active: H = I/4, residual and displacement in closed form."""
    W = np.array([[5.0, 5.0], [-1, -1], [-1, -1], [-1, -1]])
    y = np.array([3.0, 4.0]) + 2.5
    run = flow(W, np.ones(4), np.eye(2), y, t_end=8.0)
    np.testing.assert_allclose(run.residuals[-1], [3 * math.exp(-2), 4 * math.exp(-2)], rtol=1e-13)
    assert run.drifts[-1] == pytest.approx(2 * 5 * (1 - math.exp(-2)), rel=1e-13)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_energy_balance_and_restart(seed):
    """Lost squared residual is what the recorded modes dissipate; a restart off all kinks changes nothing."""
    W, a, X, y = problem(seed, 4, 25, 3)
    run = flow(W, a, X, y, t_end=3.0)
    parts = np.einsum("kji,kj->ki", run.modes, run.residuals[:-1])
    lost = (parts**2 * -np.expm1(-2 * run.rates * np.diff(run.times)[:, None])).sum()
    squares = (run.residuals**2).sum(axis=1)
    assert lost == pytest.approx(squares[0] - squares[-1], abs=1e-10)
    first = flow(W, a, X, y, t_end=0.1)
    if np.abs(first.weights @ X.T).min() > 1e-9:
        np.testing.assert_allclose(flow(first.weights, a, X, y, t_end=2.9).weights, run.weights, atol=1e-10)


def test_a_restart_forgets_who_was_at_rest():
    """Two neurons at rest on their kinks: from the same weights, with gate 1, one of them slides later."""
    W, a, X, y = problem(177, 4, 25, 3)
    whole = flow(W, a, X, y, t_end=3.0)
    resting = {e.neuron for e in whole.events if e.kind == "rest" and e.time < 1}
    half = flow(W, a, X, y, t_end=1.0)
    on_kink = set(np.flatnonzero((np.abs(half.weights @ X.T) < 1e-12).any(axis=1)).tolist())
    assert on_kink == resting == {3, 17}
    again = flow(half.weights, a, X, y, t_end=2.0)
    assert any(e.neuron in resting and e.kind == "slide" for e in again.events)
    assert np.abs(again.weights - whole.weights).max() > 1e-3


def test_sliding_neuron_stays_on_its_kink_until_released():
    """While sliding, |w_r . x_i| stays below 1e-11 and the residual still falls."""
    found = 0
    for seed in range(30):
        W, a, X, y = problem(200 + seed, 4, 10, 3)
        run = flow(W, a, X, y, t_end=4.0)
        slides = [e for e in run.events if e.kind == "slide"]
        for event in slides[:1]:
            later = [e.time for e in run.events if e.neuron == event.neuron and e.time > event.time]
            at = flow(W, a, X, y, t_end=(event.time + min([*later, 4.0])) / 2)
            assert abs(at.weights[event.neuron] @ X[event.inputs[0]]) < 1e-11
            found += 1
        assert (np.diff((run.residuals**2).sum(axis=1)) <= 1e-12).all()
    assert found >= 10


@given(st.integers(0, 10**6), st.sampled_from([0.1, 3.0]))
@settings(max_examples=10, deadline=None)
def test_scaling_inputs_is_scaling_labels_and_time(seed, s):
    """The problem (s x, y) at time t is the problem (x, y / s) at time s^2 t: same weights."""
    W, a, X, y = problem(seed, 2, 6, 3)
    one, two = flow(W, a, s * X, y, t_end=1.0), flow(W, a, X, y / s, t_end=s * s)
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-8)


def test_initial_kink_is_convex_or_left_for_several_inputs():
    """w = 0 is a kink of every input: positive labels make the neuron leave, negative ones make it rest."""
    W, X = np.zeros((1, 2)), np.eye(2)
    up, down = (flow(W, np.ones(1), X, s * np.ones(2), t_end=1.0) for s in (1, -1))
    np.testing.assert_allclose(up.residuals[-1], math.exp(-1), rtol=1e-13)
    np.testing.assert_array_equal(down.residuals[-1], [-1.0, -1.0])
    np.testing.assert_array_equal(down.grams[-1], np.eye(2))


def test_dead_network_stalls_and_tolerance_stops():
    """A dead network is reported as stalled; a convergent one stops at the tolerance asked for."""
    dead = flow(-np.ones((1, 1)), np.ones(1), np.ones((1, 1)), np.ones(1))
    assert (dead.status, dead.residual(0.0).tolist()) == ("stalled", [1.0])
    live = flow(np.ones((1, 1)), np.ones(1), np.ones((1, 1)), 3 * np.ones(1), tolerance=1e-3)
    assert live.status == "tolerance"
    assert live.times[-1] == pytest.approx(math.log(2000), rel=1e-12)
    assert live.worst_ratio(2.0) == pytest.approx(1.0)


def test_parallel_inputs_with_different_labels_keep_their_loss():
    """Duplicated inputs leave residual norm |y_1 - y_2| / sqrt 2."""
    W, a, X, y = problem(11, 2, 40, 3)
    X[1] = X[0]
    run = flow(W, a, X, y)
    assert run.status == "stalled"
    assert np.linalg.norm(run.residuals[-1]) == pytest.approx(abs(y[0] - y[1]) / math.sqrt(2), rel=1e-9)


GOOD = (np.ones((2, 2)), np.ones(2), np.eye(2), np.ones(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flow(GOOD[0] * np.nan, *GOOD[1:]), r"finite entries but got W\[0, 0\]=nan"),
        (lambda: flow(GOOD[0], 2 * GOOD[1], *GOOD[2:]), "signs -1 or"),
        (lambda: flow(*GOOD[:3], np.ones(3)), "y of shape"),
        (lambda: flow(*GOOD[:2], np.zeros((2, 2)), GOOD[3]), r"nonzero inputs but got X\[0\]=0"),
        (lambda: flow(*GOOD, t_end=0.0), "t_end=0.0"),
        (lambda: flow(*GOOD, tolerance=-1.0), "tolerance=-1.0"),
        (lambda: flow(*GOOD, t_end=1.0).residual(2.0), "t from 0 to 1.0 but got t=2.0"),
        (lambda: flow_one_input(np.array([np.nan]), np.ones(1), 1.0), r"got z\[0\]=nan"),
        (lambda: flow_one_input(np.ones(2), np.ones(1), 1.0), r"a of shape \(2,\)"),
        (lambda: flow_one_input(np.ones(0), np.ones(0), 1.0), "z of shape"),
        (lambda: flow_one_input(np.ones(1), np.zeros(1), 1.0), "signs -1 or"),
        (lambda: flow_one_input(np.ones(1), np.ones(1), math.inf), "label but got y=inf"),
        (lambda: flow_one_input(np.ones(2), np.ones(2), 1.0, 1), "width m >= 2"),
        (lambda: flow_one_input(np.ones(1), np.ones(1), 3.0).residual(-1.0), "t=-1.0"),
        (lambda: path_events([], [], Fraction(1)), "equal positive length"),
        (lambda: path_events([Fraction(1)], [2], Fraction(1)), r"signs -1 or \+1 but got a=\[2\]"),
        (lambda: sample_one_input(np.random.default_rng(0), 0), "m >= 1"),
    ],
)
def test_bad_inputs_are_named_in_one_line(call, message):
    """A bad argument raises ValueError with one clear line."""
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_too_many_events_is_an_error():
    """The event budget is enforced with the time reached."""
    W, a, X, y = problem(102, 3, 8, 4)
    with pytest.raises(RuntimeError, match="at most max_events=0 events"):
        flow(W, a, X, y, t_end=3.0, max_events=0)
