"""The general training recorder: plain loops, batches, stops, checkpoints, bad input."""

import math

import numpy as np
import pytest
import torch

from numerics.descent import gradient_descent
from numerics.training import Model, across, half_squares, train
from numerics.training_sweep import Problem, sweep


def problem(seed=0, S=3, m=6, n=4, d=3):
    """A two-layer tanh network with both layers trained: parameters, inputs, labels, model."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    parameters = (rng.standard_normal((S, m, d)), rng.standard_normal((S, m)))
    inputs = torch.as_tensor(X)

    def predict(p):
        return torch.bmm(torch.tanh(inputs @ p[0].transpose(1, 2)), p[1][:, :, None])[:, :, 0] / m**0.5

    def gram(p):
        slope = (1 - torch.tanh(inputs @ p[0].transpose(1, 2)) ** 2) * p[1][:, None, :]
        return (slope @ slope.transpose(1, 2)) * (inputs @ inputs.T) / m

    def gates(p):
        return inputs @ p[0].transpose(1, 2) >= 0

    return parameters, X, y, half_squares(predict, y, gram=gram, gates=gates)


def same(one, two):
    """Whether two records hold the same bits."""
    arrays = ("loss", "drift", "row_drift", "operator_drift", "last_iteration")
    optional = ("predictions", "least_eigenvalue", "pattern_changes")
    pairs = [(getattr(one, n), getattr(two, n)) for n in arrays + optional if getattr(one, n) is not None]
    pairs += list(zip(one.parameters, two.parameters, strict=True))
    return one.outcome == two.outcome and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def test_records_match_a_plain_loop():
    """Loss, predictions, drifts, eigenvalues and pattern changes equal those of a loop in numpy."""
    (W, a), X, y, model = problem()
    run = train(model, (W, a), 0.2, 12, 5, spectral_at=(0, 12), keep_predictions=True, device="cpu")
    assert run.iterations.tolist() == [0, 5, 10, 12]
    for s in range(3):
        V, b = W[s].copy(), a[s].copy()
        for k in range(13):
            hidden = np.tanh(X @ V.T)
            u = hidden @ b / math.sqrt(6)
            if k in run.iterations:
                c = run.iterations.tolist().index(k)
                D = V - W[s]
                np.testing.assert_allclose(run.predictions[s, c], u, rtol=1e-11)
                assert run.loss[s, c] == pytest.approx(((u - y) ** 2).sum() / 2, rel=1e-11)
                np.testing.assert_allclose(
                    run.drift[s, c], [np.linalg.norm(D), np.linalg.norm(b - a[s])], rtol=1e-10
                )
                np.testing.assert_allclose(
                    run.row_drift[s, c], [np.linalg.norm(D, axis=1).max(), abs(b - a[s]).max()], rtol=1e-10
                )
                assert run.pattern_changes[s, c] == ((X @ V.T >= 0) != (X @ W[s].T >= 0)).sum()
            if k == 12:
                sigma = (1 - hidden**2) * b
                H = sigma @ sigma.T * (X @ X.T) / 6
                assert run.least_eigenvalue[s, 1] == pytest.approx(np.linalg.eigvalsh(H)[0], abs=1e-12)
                assert run.operator_drift[s, 1, 0] == pytest.approx(np.linalg.norm(D, 2), rel=1e-10)
            error = u - y
            slope_b = hidden.T @ error / math.sqrt(6)
            slope_V = ((1 - hidden**2) * error[:, None] * b / math.sqrt(6)).T @ X
            if k < 12:
                V, b = V - 0.2 * slope_V, b - 0.2 * slope_b
        np.testing.assert_allclose(run.parameters[0][s], V, rtol=1e-10)


def test_relu_network_agrees_with_the_special_case():
    """On the two-layer ReLU network with fixed output weights it gives what `gradient_descent` gives."""
    rng = np.random.default_rng(3)
    W, a = rng.standard_normal((4, 20, 3)), rng.choice([-1.0, 1.0], (4, 20))
    X, y = rng.standard_normal((5, 3)), rng.standard_normal(5)
    signs = torch.as_tensor(a)

    def predict(p):
        return (
            torch.bmm(torch.relu(torch.as_tensor(X) @ p[0].transpose(1, 2)), signs[:, :, None])[:, :, 0]
            / 20**0.5
        )

    run = train(half_squares(predict, y), (W,), 0.05, 30, 10, device="cpu")
    other = gradient_descent(W, a, X, y, 0.05, 30, 10, device="cpu")
    np.testing.assert_allclose(run.loss, other.loss, rtol=1e-10)
    np.testing.assert_allclose(run.row_drift[:, :, 0], other.drift, rtol=1e-9, atol=1e-15)


def test_step_sizes_belong_to_their_runs():
    """Seeds times step sizes at once give what every pair gives alone, bit for bit in groups of one size."""
    parameters, _, _, model = problem()
    options = {"together": 2, "spectral_at": (0, 8), "device": "cpu"}
    whole = train(model, *across(parameters, (0.1, 0.4)), 8, 4, **options)
    for row in range(6):
        chosen = tuple(p[row // 2 : row // 2 + 1] for p in parameters)
        alone = train(model, chosen, (0.1, 0.4)[row % 2], 8, 4, **options)
        assert np.array_equal(alone.loss[0], whole.loss[row])
        assert np.array_equal(alone.parameters[0][0], whole.parameters[0][row])


def test_stops_are_per_run():
    """Tolerance, divergence and a condition of one's own each stop a run by itself, and freeze it there."""
    parameters, _, _, model = problem(S=4)
    start = parameters[0], parameters[1] * np.array([1.0, 1.0, 1e-3, 1.0])[:, None]
    free = train(model, start, 0.2, 60, 10, device="cpu")
    level = float(np.sort(free.loss[:, 3])[1])
    run = train(model, start, 0.2, 60, 10, tolerance=level, device="cpu")
    for s in range(4):
        hits = np.flatnonzero(free.loss[s] <= level)
        assert run.outcome[s] == ("reached tolerance" if hits.size else "ran all steps")
        if hits.size:
            assert run.last_iteration[s] == run.iterations[hits[0]]
            assert np.isnan(run.loss[s, hits[0] + 1 :]).all()
            assert (run.pattern_changes[s, hits[0] + 1 :] == -1).all()
    wild = train(model, start, np.array([0.2, 1e6, 0.2, 0.2]), 20, 1, device="cpu")
    assert wild.outcome[1] == "diverged"
    assert np.array_equal(wild.loss[[0, 2, 3], -1], free.loss[[0, 2, 3], 2])
    early = train(model, start, 0.2, 60, 10, stop_when=lambda p, loss: p[0][:, 0, 0] > 0, device="cpu")
    assert ((early.last_iteration == 0) == (parameters[0][:, 0, 0] > 0)).all()
    assert all(early.outcome[s] == "stopped" for s in np.flatnonzero(early.last_iteration == 0))


class Interrupted(Exception):
    pass


def interrupt_after(calls):
    """A progress callback that raises at its `calls`-th report."""
    count = iter(range(1, 10**6))

    def report(done, total, left):
        if next(count) == calls:
            raise Interrupted

    return report


@pytest.mark.parametrize("calls", [1, 3, 6, 9, 13])
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path, calls):
    """Interrupted anywhere, in any group, a run that goes on gives the same bits and leaves no file."""
    parameters, _, _, model = problem(S=3)
    options = {"spectral_at": (0, 6), "keep_predictions": True, "together": 2, "device": "cpu"}
    whole = train(model, parameters, 0.1, 20, 3, **options)
    kept = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0.0}
    with pytest.raises(Interrupted):
        train(model, parameters, 0.1, 20, 3, progress=interrupt_after(calls), **options, **kept)
    assert same(train(model, parameters, 0.1, 20, 3, **options, **kept), whole)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-1] + b"x"])
def test_a_damaged_checkpoint_is_one_clear_error(tmp_path, damage):
    """A truncated, empty or altered checkpoint is refused in one line that names the file."""
    parameters, _, _, model = problem()
    options = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0.0, "device": "cpu"}
    with pytest.raises(Interrupted):
        train(model, parameters, 0.1, 20, 3, progress=interrupt_after(4), **options)
    (tmp_path / "state").write_bytes(damage((tmp_path / "state").read_bytes()))
    with pytest.raises(ValueError, match=r"state' is damaged: delete it") as caught:
        train(model, parameters, 0.1, 20, 3, **options)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_other_arguments_is_refused(tmp_path):
    """Other step sizes or parameters do not go on from a checkpoint."""
    parameters, _, _, model = problem()
    options = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0.0, "device": "cpu"}
    with pytest.raises(Interrupted):
        train(model, parameters, 0.1, 20, 3, progress=interrupt_after(4), **options)
    with pytest.raises(ValueError, match="is of others"):
        train(model, parameters, 0.2, 20, 3, **options)


def test_progress_counts_to_the_end():
    """Reports never decrease, end at the total, and estimate a finite time left."""
    parameters, _, _, model = problem(S=3)
    seen = []
    train(model, parameters, 0.1, 20, 6, together=2, device="cpu", progress=lambda *r: seen.append(r))
    done = [r[0] for r in seen]
    assert done == sorted(done)
    assert done[-1] == 40
    assert {r[1] for r in seen} == {40}
    assert all(r[2] >= 0 for r in seen if r[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": ()}, "at least one array"),
        ({"parameters": (np.ones((2, 3)), np.ones((3, 3)))}, r"\[\(2, 3\), \(3, 3\)\]"),
        ({"parameters": (np.full((2, 3), np.nan),)}, r"parameters\[0\]\[0, 0\]=nan"),
        ({"step_size": 0.0}, "step sizes > 0"),
        ({"step_size": np.ones(5)}, r"shape \(3,\)"),
        ({"steps": -1}, "steps=-1"),
        ({"record_every": 0}, "record_every=0"),
        ({"together": 0}, "together=0"),
        ({"tolerance": math.nan}, "tolerance=nan"),
        ({"blow_up": 1.0}, "blow_up=1.0"),
        ({"spectral_at": (99,)}, r"\(99,\)"),
        ({"checkpoint": "/no/such/folder/state"}, "existing folder"),
        ({"device": "tpu"}, "device='tpu'"),
    ],
)
def test_bad_inputs_are_named_in_one_line(change, message):
    """A bad argument raises ValueError with one clear line."""
    parameters, _, _, model = problem()
    arguments = {"parameters": parameters, "step_size": 0.1, "steps": 4} | change
    with pytest.raises(ValueError, match=message) as caught:
        train(model, **arguments)
    assert "\n" not in str(caught.value)


def test_a_model_with_wrong_shapes_is_refused():
    """Predictions, losses and gradients of other shapes raise ValueError instead of broadcasting."""
    start = (np.ones((2, 3)),)
    with pytest.raises(ValueError, match=r"predictions \(B, 2\) but got shape \(2, 3\)"):
        train(half_squares(lambda p: p[0], np.ones(2)), start, 0.1, 1, device="cpu")
    with pytest.raises(ValueError, match=r"finite labels of shape \(n,\)"):
        half_squares(lambda p: p[0], np.ones((2, 1)))
    with pytest.raises(ValueError, match=r"losses \(2,\)"):
        train(Model(lambda p: (p[0].sum(), p[0], (p[0],))), start, 0.1, 1, device="cpu")
    with pytest.raises(ValueError, match="gradients of shapes"):
        train(Model(lambda p: (p[0].sum(dim=1), p[0], (p[0][:, :1],))), start, 0.1, 1, device="cpu")


def widths():
    """Three widths of the small network, with step sizes of their own."""
    problems = {}
    for m in (4, 8, 16):
        parameters, _, _, model = problem(m, m=m)
        problems[f"width {m}"] = Problem(model, *across(parameters, (0.05, 0.1)), 12)
    return problems


def test_a_sweep_over_widths_is_its_parts():
    """Every width of a sweep gives what it gives alone, and progress runs to the end once."""
    seen = []
    results = sweep(widths(), 4, device="cpu", progress=lambda *r: seen.append(r))
    for label, p in widths().items():
        assert same(results[label], train(p.model, p.parameters, p.step_size, p.steps, 4, device="cpu"))
    assert [r[0] for r in seen] == sorted(r[0] for r in seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize("calls", [2, 7, 12])
def test_an_interrupted_sweep_goes_on(tmp_path, calls):
    """Interrupted in any width it goes on to the same bits, does not repeat widths, and leaves no file."""
    options = {"checkpoint": tmp_path / "sweep", "checkpoint_seconds": 0.0, "device": "cpu"}
    whole = sweep(widths(), 4, device="cpu")
    with pytest.raises(Interrupted):
        sweep(widths(), 4, progress=interrupt_after(calls), **options)
    done = [file.name for file in (tmp_path / "sweep").iterdir()]
    assert len(done) >= (calls - 1) // 5
    again = sweep(widths(), 4, **options)
    assert all(same(again[label], whole[label]) for label in whole)
    assert list((tmp_path / "sweep").iterdir()) == []


def test_a_kept_checkpoint_is_the_result(tmp_path):
    """With keep_checkpoint a second call returns the result without evaluating the model."""
    parameters, _, _, model = problem()
    kept = {"checkpoint": tmp_path / "state", "keep_checkpoint": True, "device": "cpu"}
    one = train(model, parameters, 0.1, 6, 2, **kept)
    silent = Model(lambda p: pytest.fail("evaluated"), model.gram, model.gates)
    assert same(one, train(silent, parameters, 0.1, 6, 2, **kept))
