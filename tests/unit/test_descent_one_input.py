"""Descent for one input against the general engine and against the flow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.descent import gradient_descent
from numerics.descent_one_input import descend_one_input
from numerics.flow_one_input import flow_one_input


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(-3, 3), st.sampled_from([0.1, 0.5, 1.0]))
def test_agrees_with_the_general_engine(seed: int, m: int, y: float, step: float) -> None:
    """Residuals are those of batched gradient descent in dimension one."""
    rng = np.random.default_rng(seed)
    z, a = rng.standard_normal(m), rng.choice([-1.0, 1.0], m)
    ours = descend_one_input(z, a, y, m, step, 12)
    theirs = gradient_descent(
        z[None, :, None], a[None], np.ones((1, 1)), np.array([y]), step, 12, device="cpu"
    )
    kept = ~np.isnan(theirs.loss[0])
    np.testing.assert_allclose(ours.residuals[kept] ** 2 / 2, theirs.loss[0][kept], rtol=1e-9, atol=1e-12)


def test_small_steps_follow_the_flow() -> None:
    """Residuals tend to those of the gradient flow at the same time."""
    rng = np.random.default_rng(1)
    z, a = np.abs(rng.standard_normal(200)), rng.choice([-1.0, 1.0], 200)
    run, exact = descend_one_input(z, a, 2.0, 400, 1e-3, 3000), flow_one_input(z, a, 2.0, 400)
    assert run.residuals[-1] == pytest.approx(exact.residual(3.0), rel=2e-3)


def test_floor_of_active_neurons_holds_for_ever() -> None:
    """After many more steps there are at least as many active neurons as promised."""
    rng = np.random.default_rng(2)
    z, a = np.abs(rng.standard_normal(100)), rng.choice([-1.0, 1.0], 100)
    short, long = (descend_one_input(z, a, 3.0, 150, 0.3, k) for k in (5, 4000))
    assert short.least_active <= long.active[-1] <= short.active[-1]


def test_all_neurons_that_move_fall() -> None:
    """Without rising neurons nothing is promised, and a dead network keeps its residual."""
    run = descend_one_input(np.array([0.1]), np.array([-1.0]), 2.0, 1, 0.5, 6)
    assert run.least_active == 0
    assert run.active[-1] == 0
    assert run.residuals[-1] == run.residuals[-2] > 1.9
    assert not run.decays_by(0.9, 0.5)


@pytest.mark.parametrize("changes", [{"m": 1}, {"step_size": 1.5}, {"step_size": 0.0}, {"y": float("nan")}])
def test_bad_arguments(changes: dict[str, float]) -> None:
    """One clear error for a width below the neurons given, a step out of range, a label that is no number."""
    good = {"y": 1.0, "m": 2, "step_size": 0.5, "steps": 3}
    with pytest.raises(ValueError, match="Expected m >= 2"):
        descend_one_input(np.ones(2), np.ones(2), **{**good, **changes})  # type: ignore[arg-type]
