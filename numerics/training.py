"""Full-batch gradient descent on any model, many runs at once, with what theorems on it speak about recorded.

Main definitions: `Model` (loss, predictions and gradient of B runs at once; Gram matrix and gates if
wanted), `half_squares` (such a model from its predictions, by autograd), `train`, `across` (seeds times step
sizes). The iteration is ``theta(k + 1) = theta(k) - step_size dL/dtheta``; the records are those of Du, Lee,
Li, Wang, Zhai, "Gradient descent finds global minima of deep neural networks" (ICML 2019), Sections 4 and A:
residual, least eigenvalue of the Gram matrix, distance of every layer from its start. `numerics.descent` is
the faster special case of the two-layer ReLU network; `numerics.training_checkpoint` keeps interrupted runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from numerics.gram import Device, torch_device
from numerics.training_checkpoint import Checkpoint, fingerprint
from numerics.training_loop import Clock, Model, Parameters, Plan, Progress
from numerics.two_layer import check_array

if TYPE_CHECKING:
    import torch

__all__ = ["Model", "Outcome", "Training", "across", "half_squares", "train"]

Array = npt.NDArray[Any]
Outcome = Literal["ran all steps", "reached tolerance", "diverged", "stopped"]
OUTCOMES: tuple[Outcome, ...] = ("ran all steps", "reached tolerance", "diverged", "stopped")


@dataclass(frozen=True)
class Training:
    """Record of S runs at the K ``iterations`` (K,); rows after a run has stopped are NaN (-1 for counts).

    ``loss`` (S, K); ``predictions`` (S, K, n) or None; ``drift`` (S, K, P) and ``row_drift`` (S, K, P), for
    each of the P parameters the Frobenius norm of its distance from the start and the largest norm of a row
    of it; ``operator_drift`` (S, E, P) its operator norm and ``least_eigenvalue`` (S, E) that of the Gram
    matrix, at ``spectral_iterations`` (E,); ``pattern_changes`` (S, K) or None; ``outcome`` and
    ``last_iteration`` of each run, and ``parameters`` (S, ...) there.
    """

    iterations: npt.NDArray[np.int64]
    loss: Array
    predictions: Array | None
    drift: Array
    row_drift: Array
    spectral_iterations: npt.NDArray[np.int64]
    operator_drift: Array
    least_eigenvalue: Array | None
    pattern_changes: npt.NDArray[np.int64] | None
    outcome: tuple[Outcome, ...]
    last_iteration: npt.NDArray[np.int64]
    parameters: tuple[Array, ...]


def half_squares(
    predict: Callable[[Parameters], torch.Tensor],
    labels: Array | torch.Tensor,
    *,
    gram: Callable[[Parameters], torch.Tensor] | None = None,
    gates: Callable[[Parameters], torch.Tensor] | None = None,
) -> Model:
    """The model with loss ``(1/2) sum_i (u_i - y_i)^2``, ``u = predict(parameters)`` (B, n), by autograd.

    >>> import torch
    >>> model = half_squares(lambda p: p[0] ** 2, np.array([1.0]))
    >>> loss, u, (slope,) = model.evaluate((torch.tensor([[2.0]]),))
    >>> loss.tolist(), u.tolist(), slope.tolist()
    ([4.5], [[4.0]], [[12.0]])
    """
    import torch

    targets = torch.as_tensor(labels)
    if targets.ndim != 1 or not bool(targets.isfinite().all()):
        raise ValueError(f"Expected finite labels of shape (n,) but got shape {tuple(targets.shape)}")

    def evaluate(parameters: Parameters) -> tuple[torch.Tensor, torch.Tensor, Sequence[torch.Tensor]]:
        leaves = tuple(p.detach().requires_grad_() for p in parameters)
        with torch.enable_grad():
            u = predict(leaves)
            if u.ndim != 2 or u.shape[1:] != targets.shape:
                raise ValueError(f"Expected predictions (B, {len(targets)}) but got shape {tuple(u.shape)}")
            error = u - targets.to(u)
            loss = (error * error).sum(dim=1) / 2
            # The runs do not mix, so the gradient of the sum holds the gradient of every run.
            slopes = torch.autograd.grad(loss.sum(), leaves)
        return loss.detach(), u.detach(), slopes

    return Model(evaluate, gram, gates)


def across(parameters: Sequence[Array], step_sizes: Sequence[float]) -> tuple[tuple[Array, ...], Array]:
    """All pairs of a seed and a step size, seeds slowest: parameters (S E, ...) and step sizes (S E,).

    >>> (W,), steps = across((np.array([[1.0], [2.0]]),), (0.1, 0.2))
    >>> W[:, 0].tolist(), steps.tolist()
    ([1.0, 1.0, 2.0, 2.0], [0.1, 0.2, 0.1, 0.2])
    """
    seeds = len(parameters[0])
    repeated = tuple(np.repeat(np.asarray(p), len(step_sizes), axis=0) for p in parameters)
    return repeated, np.tile(np.asarray(step_sizes, dtype=np.float64), seeds)


def train(
    model: Model,
    parameters: Sequence[Array],
    step_size: float | Array,
    steps: int,
    record_every: int = 1,
    *,
    tolerance: float = 0.0,
    blow_up: float = 1e12,
    stop_when: Callable[[Parameters, torch.Tensor], torch.Tensor] | None = None,
    spectral_at: Sequence[int] = (),
    keep_predictions: bool = False,
    together: int | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 60.0,
    keep_checkpoint: bool = False,
) -> Training:
    """Run S independent descents from float64 ``parameters`` (S, ...); ``step_size`` one number or (S,).

    Recorded are iterations 0, record_every, ... and ``steps``; there, and only there, a run stops: when its
    loss is at most ``tolerance``; ``diverged`` when it is not finite or exceeds ``blow_up`` times the initial
    one; ``stopped`` where ``stop_when(parameters, loss)`` (B,) is true. ``spectral_at`` are the recorded
    iterations with operator norms and least eigenvalues, which cost cubic time. Parameters with more than two
    axes of their own count as matrices with their first axis as rows, vectors as one column.

    ``together`` runs are computed at once (default: all), the last group filled up by repetition: with a
    model that treats all runs alike, results do not depend on what else is in the batch. ``progress`` is
    called at every record with steps done, steps in all and an estimate of the seconds left (NaN at first).

    ``checkpoint`` names a file: the state is written there, atomically, at most every ``checkpoint_seconds``,
    and a call with the same arguments goes on from it and returns the same bits as an uninterrupted one; the
    file is removed at the end, or with ``keep_checkpoint`` holds the result for the next such call. (Models
    cannot be compared: use one file a model.)

    Raises ValueError for bad shapes, ranges, non-finite entries, and for a checkpoint that is damaged or of
    other arguments; RuntimeError when CUDA is asked for and absent.

    >>> model = half_squares(lambda p: p[0], np.array([1.0, 0.0]))
    >>> run = train(model, (np.array([[3.0, 0.0]]),), 0.5, 2, device="cpu")
    >>> run.loss.tolist(), run.drift[:, :, 0].tolist(), run.parameters[0].tolist()
    ([[2.0, 0.5, 0.125]], [[0.0, 1.0, 1.5]], [[1.5, 0.0]])
    """
    start = _checked_parameters(parameters)
    S = len(start[0])
    paces = _checked_steps(step_size, S)
    _check_options(steps, record_every, tolerance, blow_up, together, checkpoint_seconds)
    iterations = np.unique(np.append(np.arange(0, steps + 1, record_every), steps))
    spectral = np.array(sorted(set(spectral_at)), dtype=np.int64)
    if not np.isin(spectral, iterations).all():
        raise ValueError(f"Expected spectral_at among the recorded iterations but got {tuple(spectral_at)!r}")
    size = S if together is None else together
    groups = [np.minimum(np.arange(s, s + size), S - 1) for s in range(0, S, size)]
    key = fingerprint([*start, paces, iterations, spectral], (tolerance, blow_up, size, keep_predictions))
    file = None if checkpoint is None else Checkpoint(Path(checkpoint), key, checkpoint_seconds)
    clock = Clock(progress, len(groups) * steps)
    plan = Plan(
        model, iterations, spectral, tolerance, blow_up, stop_when, keep_predictions, torch_device(device)
    )
    finished, state = file.load() if file else ([], None)
    clock.done = clock.resumed = len(finished) * steps + (int(state["k"]) if state else 0)
    for rows in groups[len(finished) :]:
        fresh = state or plan.initial([p[rows] for p in start])
        finished.append(plan.run(fresh, paces[rows], [p[rows] for p in start], finished, file, clock))
        state = None
    if file and keep_checkpoint:
        file.save(finished, None)
    elif file:
        file.remove()
    joined = {name: np.concatenate([group[name] for group in finished])[:S] for name in finished[0]}
    return Training(
        iterations,
        joined["loss"],
        joined["predictions"] if keep_predictions else None,
        joined["drift"],
        joined["row_drift"],
        spectral,
        joined["operator_drift"],
        joined["least_eigenvalue"] if model.gram else None,
        joined["pattern_changes"] if model.gates else None,
        tuple(OUTCOMES[int(end)] for end in joined["outcome"]),
        joined["last"],
        tuple(joined[f"parameter {p}"] for p in range(len(start))),
    )


def _checked_parameters(parameters: Sequence[Array]) -> list[Array]:
    """The parameters in float64, checked: at least one, S runs each, finite."""
    if not isinstance(parameters, tuple | list) or not parameters:
        raise ValueError("Expected parameters as a tuple of at least one array")
    arrays = [np.asarray(p) for p in parameters]
    for i, array in enumerate(arrays):
        if array.ndim < 2 or len(array) != len(arrays[0]):
            shapes = [p.shape for p in arrays]
            raise ValueError(f"Expected parameters of shapes (S, ...), S the same, but got {shapes}")
        check_array(f"parameters[{i}]", array, (None,) * array.ndim)
    return [array.astype(np.float64) for array in arrays]


def _checked_steps(step_size: float | Array, S: int) -> Array:
    paces = np.asarray(step_size, dtype=np.float64)
    if paces.ndim > 1 or (paces.ndim and len(paces) != S):
        raise ValueError(f"Expected step_size as a number or of shape ({S},) but got shape {paces.shape}")
    if not (np.isfinite(paces) & (paces > 0)).all():
        raise ValueError(f"Expected finite step sizes > 0 but got step_size={step_size!r}")
    return np.broadcast_to(paces, (S,)).copy()


def _check_options(
    steps: int, record_every: int, tolerance: float, blow_up: float, together: int | None, seconds: float
) -> None:
    counts = (("steps", steps, 0), ("record_every", record_every, 1), ("together", together, 1))
    for name, value, least in counts:
        if value is None and name == "together":
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"Expected an integer >= {least} but got {name}={value!r}")
    for name, level, floor in (("tolerance", tolerance, 0.0), ("checkpoint_seconds", seconds, 0.0)):
        if not level >= floor:
            raise ValueError(f"Expected {name} >= 0 but got {name}={level!r}")
    if not blow_up > 1:
        raise ValueError(f"Expected blow_up > 1 but got blow_up={blow_up!r}")
