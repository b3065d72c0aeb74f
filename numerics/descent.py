"""Full-batch gradient descent on the first layer of two-layer ReLU networks, many initialisations at once.

``W(k + 1) = W(k) - step_size dL/dW``, ``dL/dw_r = (1/sqrt m) sum_i (u_i - y_i) a_r x_i 1{w_r . x_i >= 0}``:
equations (3)-(4) of Du, Zhai, Poczos, Singh, ICLR 2019 (arXiv:1810.02054); the loss is the sum of half
squares. Two matrix products per step, no Jacobian: with neurons along the last axis, the errors multiply the
n x d inputs instead of the n x m gates, so that what is left of order n m is two products with inner lengths
d and n, one comparison, one multiplication and one product with a vector, all in buffers made once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from numerics.gram import Device, torch_device
from numerics.two_layer import check_array

if TYPE_CHECKING:
    import torch

__all__ = ["Descent", "Outcome", "gradient_descent"]

Array = npt.NDArray[Any]
Outcome = Literal["ran all steps", "reached tolerance", "diverged"]

# Runs share their fixed costs. Larger groups gain little, as gates and pre-activations (16 bytes an entry)
# must fit the level-2 cache, and a lone run pays for its whole group. At n = 32 and m = 64 a step of one run
# takes 22 us in a group of 1, 7 us in one of 8 and 6 us in one of 16; at m = 1024 one at a time is fastest.
_CACHED_ENTRIES = 1 << 14
_MOST_TOGETHER = 8


@dataclass(frozen=True)
class Descent:
    """Record of S runs at the K ``iterations`` (K,); rows after a run has stopped are NaN (-1 for counts).

    ``loss`` (S, K); ``drift`` (S, K) the largest distance of a neuron from its start at that iteration;
    ``pattern_changes`` (S, K) the number of pairs (neuron, input) whose gate differs from the start;
    ``predictions`` (S, K, n) or None; ``least_eigenvalue`` (S, E), of the Gram matrix H at
    ``gram_iterations`` (E,); ``outcome`` and ``last_iteration`` per run; ``weights`` (S, m, d) at its last
    iteration.
    """

    iterations: npt.NDArray[np.int64]
    loss: Array
    drift: Array
    pattern_changes: npt.NDArray[np.int64]
    predictions: Array | None
    gram_iterations: npt.NDArray[np.int64]
    least_eigenvalue: Array
    outcome: tuple[Outcome, ...]
    last_iteration: npt.NDArray[np.int64]
    weights: Array


def gradient_descent(
    W: Array,
    a: Array,
    X: Array,
    y: Array,
    step_size: float,
    steps: int,
    record_every: int = 1,
    *,
    tolerance: float = 0.0,
    blow_up: float = 1e12,
    gram_at: Sequence[int] = (),
    keep_predictions: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    device: Device = "auto",
    together: int | None = None,
) -> Descent:
    """Run S independent descents from ``W`` (S, m, d), ``a`` (S, m) on ``X`` (n, d) with labels ``y`` (n,).

    Rows are recorded at iterations 0, record_every, ... and at ``steps``; there, and only there, a run stops
    when its loss is at most ``tolerance``, or (``diverged``) is not finite or exceeds ``blow_up`` times the
    initial loss. ``gram_at`` must be recorded iterations. ``together`` runs go through the device at once
    (default: 32 on CUDA; on a CPU what fits its cache, from m and n alone), the last group filled up by
    repetition: so every run is computed in arrays of the same shape, and its result does not depend on which
    other runs are in the batch. Raises
    ValueError for bad shapes, ranges, or non-finite entries, RuntimeError when CUDA is asked for and absent.

    >>> W, a = np.array([[[1.0]]]), np.array([[1.0]])
    >>> run = gradient_descent(W, a, np.array([[1.0]]), np.array([3.0]), 0.5, 2, device="cpu")
    >>> run.loss.tolist(), run.weights.tolist(), run.outcome
    ([[2.0, 0.5, 0.125]], [[[2.5]]], ('ran all steps',))
    """
    import torch

    S, m, d = check_array("W", W, (None, None, None))
    check_array("a", a, (S, m))
    n = check_array("X", X, (None, d))[0]
    check_array("y", y, (n,))
    _check_options(step_size, steps, record_every, tolerance, blow_up, dtype, together)
    iterations = np.unique(np.append(np.arange(0, steps + 1, record_every), steps))
    gram_iterations = np.array(sorted(set(gram_at)), dtype=np.int64)
    if not np.isin(gram_iterations, iterations).all():
        raise ValueError(f"Expected gram_at among the recorded iterations but got gram_at={tuple(gram_at)!r}")
    where = torch_device(device)
    fitting = max(1, min(_MOST_TOGETHER, _CACHED_ENTRIES // (m * n)))
    size = together or (32 if where.type == "cuda" else fitting)
    number = torch.float64 if dtype == "float64" else torch.float32
    inputs, labels = (torch.as_tensor(v, dtype=number, device=where) for v in (X, y))
    run = _Run(inputs, labels, step_size, tolerance, blow_up, iterations, gram_iterations, keep_predictions)
    parts = []
    for start in range(0, S, size):
        rows = np.minimum(np.arange(start, start + size), S - 1)
        block = (torch.tensor(v[rows], dtype=number, device=where) for v in (W, a))
        parts.append([column[: S - start] for column in run.block(*block)])
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    loss, moved, changes, predictions, eigenvalues, ends, last, weights = joined
    names: tuple[Outcome, ...] = ("ran all steps", "reached tolerance", "diverged")
    return Descent(
        iterations,
        loss,
        moved,
        changes,
        predictions if keep_predictions else None,
        gram_iterations,
        eigenvalues,
        tuple(names[int(end)] for end in ends),
        last,
        weights,
    )


def _check_options(
    step_size: float,
    steps: int,
    record_every: int,
    tolerance: float,
    blow_up: float,
    dtype: str,
    together: int | None,
) -> None:
    """Raise ValueError on an option out of range."""
    if not (math.isfinite(step_size) and step_size > 0):
        raise ValueError(f"Expected a finite step size > 0 but got step_size={step_size!r}")
    for name, value, least in (
        ("steps", steps, 0),
        ("record_every", record_every, 1),
        ("together", together, 1),
    ):
        if value is not None and (not isinstance(value, int | np.integer) or value < least):
            raise ValueError(f"Expected an integer >= {least} but got {name}={value!r}")
    if not tolerance >= 0:
        raise ValueError(f"Expected tolerance >= 0 but got tolerance={tolerance!r}")
    if not blow_up > 1:
        raise ValueError(f"Expected blow_up > 1 but got blow_up={blow_up!r}")
    if dtype not in ("float64", "float32"):
        raise ValueError(f"Expected dtype in ('float64', 'float32') but got dtype={dtype!r}")


@dataclass(frozen=True)
class _Run:
    """What all groups of runs share."""

    X: torch.Tensor
    y: torch.Tensor
    step_size: float
    tolerance: float
    blow_up: float
    iterations: npt.NDArray[np.int64]
    gram_iterations: npt.NDArray[np.int64]
    keep_predictions: bool

    def block(self, W: torch.Tensor, a: torch.Tensor) -> list[Array]:
        """Run one group; the columns of `Descent` with a leading axis of runs, outcomes as numbers."""
        import torch

        B, m, d = W.shape
        n, last = len(self.y), int(self.iterations[-1])
        scaled = (a / math.sqrt(m))[:, None, :].contiguous()
        pace, inputs, columns = self.step_size * scaled, self.X.expand(B, -1, -1), self.X.T.contiguous()
        V = W.transpose(1, 2).contiguous()
        z, gate, slope = W.new_empty((B, n, m)), W.new_empty((B, n, m)), W.new_empty((B, d, m))
        u, error, weighted = W.new_empty((B, 1, n)), W.new_empty((B, 1, n)), W.new_empty((B, d, n))
        activations = z.transpose(1, 2)
        record = _Record(self, V.clone(), (torch.bmm(inputs, V) >= 0).to(V.dtype))
        for k in range(last + 1):
            torch.bmm(inputs, V, out=z)
            torch.ge(z, 0, out=gate)
            z.mul_(gate)
            # As a row times a matrix: the other way round the library is three times slower.
            torch.bmm(scaled, activations, out=u)
            torch.sub(u, self.y, out=error)
            if k == self.iterations[record.column]:
                record.put(k, u[:, 0], error[:, 0], V, gate)
                if not bool(record.running.any()):
                    break
            if k < last:
                # A run that has stopped takes steps of exactly zero.
                if not record.all_running:
                    error.masked_fill_(~record.running[:, None, None], 0)
                torch.mul(columns, error, out=weighted)
                torch.bmm(weighted, gate, out=slope)
                V.addcmul_(slope, pace, value=-1)
        return [tensor.cpu().numpy() for tensor in (*record.columns(), V.transpose(1, 2).contiguous())]


class _Record:
    """The columns of `Descent` for one group of B runs, and which of them still run."""

    def __init__(self, run: _Run, V: torch.Tensor, gate: torch.Tensor) -> None:
        import torch

        self.run, self.initial_weights, self.initial_gate = run, V, gate
        (B, n, m), K = gate.shape, len(run.iterations)
        self.width, self.column, self.all_running = m, 0, True
        self.loss, self.moved = V.new_full((B, K), math.nan), V.new_full((B, K), math.nan)
        self.changes = torch.full((B, K), -1, dtype=torch.int64, device=V.device)
        self.kept = V.new_full((B, K if run.keep_predictions else 0, n), math.nan)
        self.eigenvalues = V.new_full((B, len(run.gram_iterations)), math.nan)
        self.outcome = torch.zeros(B, dtype=torch.int64, device=V.device)
        self.last = torch.full_like(self.outcome, int(run.iterations[-1]))
        self.running = torch.ones(B, dtype=torch.bool, device=V.device)

    def columns(self) -> tuple[torch.Tensor, ...]:
        """In the order of the fields of `Descent`."""
        return self.loss, self.moved, self.changes, self.kept, self.eigenvalues, self.outcome, self.last

    def put(self, k: int, u: torch.Tensor, error: torch.Tensor, V: torch.Tensor, gate: torch.Tensor) -> None:
        """Fill the next column from iteration k, and decide who stops."""
        import torch

        run, running, column = self.run, self.running, self.column
        now = (error * error).sum(dim=1) / 2
        self.loss[:, column] = torch.where(running, now, math.nan)
        # Not norm(dim=1), which takes ten times as long across the rows. The loss overflows no later.
        apart = (V - self.initial_weights).square_().sum(dim=1).amax(dim=1).sqrt()
        self.moved[:, column] = torch.where(running, apart, math.nan)
        flips = (gate != self.initial_gate).sum(dim=(1, 2))
        self.changes[:, column] = torch.where(running, flips, -1)
        if run.keep_predictions:
            self.kept[:, column] = torch.where(running[:, None], u, math.nan)
        for e in np.flatnonzero(run.gram_iterations == k):
            H = (gate @ gate.transpose(1, 2)) * (run.X @ run.X.T) / self.width
            self.eigenvalues[:, int(e)] = torch.where(running, torch.linalg.eigvalsh(H)[:, 0], math.nan)
        sane = now.isfinite() & (now <= run.blow_up * self.loss[:, 0])
        done = running & (~sane | (now <= run.tolerance))
        self.outcome[done] = torch.where(now[done] <= run.tolerance, 1, 2)
        self.last[done] = k
        self.running = running & ~done
        self.all_running = bool(self.running.all())
        self.column += 1
