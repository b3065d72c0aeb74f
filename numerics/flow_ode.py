"""Gradient flow ``dtheta/dt = -dL/dtheta`` of a smooth model, integrated with error control.

Integration is scipy's eighth-order Dormand-Prince pair with step control and dense output (E. Hairer,
S. Norsett, G. Wanner, *Solving Ordinary Differential Equations I*, 2nd ed., Sections II.5-II.6); the model is
one of `numerics.training`. The error is controlled, not bounded: `flow_error` says how
far the results of two tolerances are apart. For the ReLU, whose flow slides along kinks, see `numerics.flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.integrate import solve_ivp

from numerics.training import Model
from numerics.training_loop import operator_norms
from numerics.two_layer import check_array

__all__ = ["SmoothFlow", "flow_error", "smooth_flow"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SmoothFlow:
    """One trajectory at the K ``times`` (K,): ``loss`` (K,), ``predictions`` (K, n), ``parameters`` (K, ...).

    ``drift``, ``row_drift`` and ``operator_drift`` (K, P): for each of P parameters the Frobenius norm, the
    largest row and the operator norm of its distance from the start; ``least_eigenvalue`` (K,) of the Gram
    matrix, or None; ``evaluations``: how many gradients it took.
    """

    times: Array
    loss: Array
    predictions: Array
    parameters: tuple[Array, ...]
    drift: Array
    row_drift: Array
    operator_drift: Array
    least_eigenvalue: Array | None
    evaluations: int


def smooth_flow(
    model: Model,
    parameters: Sequence[Array],
    times: Array,
    *,
    tolerance: float = 1e-10,
) -> SmoothFlow:
    """Integrate from ``parameters`` (no axis of runs) at time 0, recorded at the increasing ``times``.

    ``tolerance`` is the local error allowed in a step, absolute and relative, in (1e-13, 1e-2]. Raises
    ValueError for bad shapes and ranges, RuntimeError where the integration does not reach the last time.

    >>> from numerics.training import half_squares
    >>> model = half_squares(lambda p: p[0], np.array([0.0]))
    >>> run = smooth_flow(model, (np.array([2.0]),), np.array([0.0, 1.0]))
    >>> bool(abs(run.predictions[1, 0] - 2 * np.exp(-1)) < 1e-9)
    True
    """
    arrays = [np.asarray(p, dtype=np.float64) for p in parameters]
    if not arrays:
        raise ValueError("Expected at least one parameter")
    for i, array in enumerate(arrays):
        check_array(f"parameters[{i}]", array, (None,) * max(1, array.ndim))
    grid = np.asarray(times, dtype=np.float64)
    check_array("times", grid, (None,))
    if grid[0] < 0 or (np.diff(grid) <= 0).any():
        raise ValueError("Expected times that are >= 0 and increase")
    if not 1e-13 < tolerance <= 1e-2:
        raise ValueError(f"Expected tolerance in (1e-13, 1e-2] but got tolerance={tolerance!r}")
    ends = np.cumsum([array.size for array in arrays])[:-1]

    def unpacked(states: Array) -> tuple[torch.Tensor, ...]:
        parts = np.split(states, ends, axis=1)
        return tuple(
            torch.tensor(part.reshape(-1, *array.shape)) for part, array in zip(parts, arrays, strict=True)
        )

    def velocity(_: float, state: Array) -> Array:
        slopes = model.evaluate(unpacked(state[None]))[2]
        return -np.concatenate([slope.numpy().ravel() for slope in slopes])

    start = np.concatenate([array.ravel() for array in arrays])
    if grid[-1] == 0:
        states, evaluations = start[None], 0
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            found = solve_ivp(
                velocity,
                (0.0, float(grid[-1])),
                start,
                method="DOP853",
                t_eval=grid,
                rtol=tolerance,
                atol=tolerance,
            )
        if not found.success or not np.isfinite(found.y).all():
            raise RuntimeError(
                f"Expected to reach time {grid[-1]} but the integration failed: {found.message}"
            )
        states, evaluations = found.y.T, int(found.nfev)
    return _recorded(model, grid, unpacked(states), unpacked(start[None]), evaluations)


def flow_error(one: SmoothFlow, two: SmoothFlow) -> float:
    """Largest difference of the predictions of two integrations, e.g. at two tolerances.

    >>> from numerics.training import half_squares
    >>> model, start = half_squares(lambda p: p[0] ** 3, np.array([0.0])), (np.array([1.0]),)
    >>> runs = [smooth_flow(model, start, np.array([1.0]), tolerance=t) for t in (1e-6, 1e-9)]
    >>> flow_error(*runs) < 1e-5
    True
    """
    if not np.array_equal(one.times, two.times):
        raise ValueError("Expected both at the same times")
    return float(np.abs(one.predictions - two.predictions).max())


def _recorded(
    model: Model,
    times: Array,
    now: tuple[torch.Tensor, ...],
    start: tuple[torch.Tensor, ...],
    evaluations: int,
) -> SmoothFlow:
    """Evaluate every recorded time at once: the times take the axis of runs."""
    loss, predictions, _ = model.evaluate(now)
    moved = [
        (p - q).reshape(len(p), p.shape[1] if p.ndim > 1 else 1, -1) for p, q in zip(now, start, strict=True)
    ]
    least = None if model.gram is None else torch.linalg.eigvalsh(model.gram(now))[:, 0].numpy()
    return SmoothFlow(
        times,
        loss.numpy(),
        predictions.numpy(),
        tuple(p.numpy() for p in now),
        np.stack([p.flatten(1).norm(dim=1).numpy() for p in moved], axis=1),
        np.stack([p.norm(dim=2).amax(dim=1).numpy() for p in moved], axis=1),
        np.stack([operator_norms(p) for p in moved], axis=1),
        least,
        evaluations,
    )
