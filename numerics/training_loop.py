"""The loop of `numerics.training.train`: what it asks of a model, and one group of runs to its end.

The state is a dictionary of numpy arrays, so that a checkpoint stores it as it is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numerics.training_checkpoint import Checkpoint

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[Any]
Parameters = tuple["torch.Tensor", ...]
Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Model:
    """What `train` needs to know of B runs, each a slice of the leading axis of every parameter.

    ``evaluate`` maps the parameters (B, ...) to the losses (B,), the predictions (B, n) and the gradients
    (shaped like the parameters). ``gram`` maps them to symmetric matrices (B, n, n), ``gates`` to booleans
    (B, ...), the activation pattern. The runs must not mix.
    """

    evaluate: Callable[[Parameters], tuple[torch.Tensor, torch.Tensor, Sequence[torch.Tensor]]]
    gram: Callable[[Parameters], torch.Tensor] | None = None
    gates: Callable[[Parameters], torch.Tensor] | None = None


@dataclass
class Clock:
    """Steps done, and what they let expect of the rest."""

    progress: Progress | None
    total: int
    done: int = 0
    resumed: int = 0

    def __post_init__(self) -> None:
        self.start = time.monotonic()

    def tick(self, done: int) -> None:
        """Report `done` more steps."""
        self.done += done
        if self.progress:
            fresh = self.done - self.resumed
            pace = (time.monotonic() - self.start) / fresh if fresh else math.nan
            self.progress(self.done, self.total, pace * (self.total - self.done))


@dataclass(frozen=True)
class Plan:
    """What all groups of runs share."""

    model: Model
    iterations: npt.NDArray[np.int64]
    spectral: npt.NDArray[np.int64]
    tolerance: float
    blow_up: float
    stop_when: Callable[[Parameters, torch.Tensor], torch.Tensor] | None
    keep_predictions: bool
    device: torch.device

    def initial(self, parameters: list[Array]) -> dict[str, Array]:
        """The state before the first iteration; arrays only, so that it can be stored as it is."""
        B, P, K, E = len(parameters[0]), len(parameters), len(self.iterations), len(self.spectral)
        state: dict[str, Array] = {
            "loss": np.full((B, K), math.nan),
            "predictions": np.full((B, K if self.keep_predictions else 0, 0), math.nan),
            "drift": np.full((B, K, P), math.nan),
            "row_drift": np.full((B, K, P), math.nan),
            "operator_drift": np.full((B, E, P), math.nan),
            "least_eigenvalue": np.full((B, E), math.nan),
            "pattern_changes": np.full((B, K), -1, dtype=np.int64),
            "outcome": np.zeros(B, dtype=np.int64),
            "last": np.full(B, self.iterations[-1]),
            "running": np.ones(B, dtype=np.bool_),
            "k": np.array(0),
        }
        return state | {f"parameter {p}": value.copy() for p, value in enumerate(parameters)}

    def run(
        self,
        state: dict[str, Array],
        paces: Array,
        start: list[Array],
        finished: list[dict[str, Array]],
        file: Checkpoint | None,
        clock: Clock,
    ) -> dict[str, Array]:
        """Take one group from `state` to its end; the columns of the record."""
        import torch

        names = [f"parameter {p}" for p in range(len(start))]
        now = tuple(torch.tensor(state[name], device=self.device) for name in names)
        origin = tuple(torch.tensor(p, device=self.device) for p in start)
        gates = self.model.gates(origin) if self.model.gates else None
        rates = [
            torch.as_tensor(paces, device=self.device).reshape(-1, *[1] * (p.ndim - 1)).to(p) for p in now
        ]
        first, resumed = int(state["k"]), int(state["k"])
        with torch.no_grad():
            for k in range(first, int(self.iterations[-1]) + 1):
                column = int(np.searchsorted(self.iterations, k))
                recorded = self.iterations[column] == k
                if recorded and file and k > resumed and file.due():
                    file.save(
                        finished, state | {"k": np.array(k)} | dict(zip(names, _numpy(now), strict=True))
                    )
                loss, u, slopes = self.model.evaluate(now)
                if k == resumed:
                    _check_shapes(now, loss, u, slopes)
                if recorded:
                    self._record(state, column, now, origin, gates, loss, u)
                    clock.tick(k - first)
                    first = k
                if k == self.iterations[-1] or not state["running"].any():
                    break
                keep = None if state["running"].all() else torch.tensor(state["running"], device=self.device)
                for p, slope, rate in zip(now, slopes, rates, strict=True):
                    # A run that has stopped takes steps of exactly zero.
                    move = slope if keep is None else torch.where(keep.reshape(rate.shape), slope, 0)
                    p.addcmul_(move, rate, value=-1)
        clock.tick(int(self.iterations[-1]) - first)
        kept = {name: value for name, value in state.items() if name not in ("k", "running")}
        return kept | dict(zip(names, _numpy(now), strict=True))

    def _record(
        self,
        state: dict[str, Array],
        column: int,
        now: Parameters,
        origin: Parameters,
        gates: torch.Tensor | None,
        loss: torch.Tensor,
        u: torch.Tensor,
    ) -> None:
        """Fill one column of the record and decide who stops."""
        k = int(self.iterations[column])
        running: Array = state["running"]
        apart = [_as_matrices(p - q) for p, q in zip(now, origin, strict=True)]
        losses = loss.cpu().numpy()
        _put(state["loss"][:, column], running, losses)
        for p, moved in enumerate(apart):
            rows = moved.norm(dim=2)
            _put(state["drift"][:, column, p], running, rows.norm(dim=1).cpu().numpy())
            _put(state["row_drift"][:, column, p], running, rows.amax(dim=1).cpu().numpy())
        if self.keep_predictions:
            if not state["predictions"].shape[2]:
                state["predictions"] = np.full((*state["loss"].shape, u.shape[1]), math.nan)
            _put(state["predictions"][:, column], running, u.cpu().numpy())
        if gates is not None and self.model.gates:
            flips = (self.model.gates(now) != gates).flatten(1).sum(dim=1)
            _put(state["pattern_changes"][:, column], running, flips.cpu().numpy())
        for e in np.flatnonzero(self.spectral == k):
            for p, moved in enumerate(apart):
                _put(state["operator_drift"][:, e, p], running, operator_norms(moved[running]), True)
            if self.model.gram:
                H = self.model.gram(now)[running].cpu().numpy()
                _put(state["least_eigenvalue"][:, e], running, _least_eigenvalues(H), True)
        with np.errstate(over="ignore"):
            sane = np.isfinite(losses) & (losses <= self.blow_up * state["loss"][:, 0])
        ends: Array = np.where(losses <= self.tolerance, 1, np.where(sane, 0, 2))
        if self.stop_when:
            wanted = np.asarray(self.stop_when(now, loss).cpu()).astype(bool)
            ends = np.where((ends == 0) & wanted, 3, ends)
        done = np.flatnonzero(np.logical_and(running, ends > 0))
        state["outcome"][done] = ends[done]
        state["last"][done] = k
        running[done] = False


def _check_shapes(
    now: Parameters, loss: torch.Tensor, u: torch.Tensor, slopes: Sequence[torch.Tensor]
) -> None:
    """Raise ValueError unless the model answers in the shapes it was asked in."""
    B = len(now[0])
    if tuple(loss.shape) != (B,) or u.ndim != 2 or len(u) != B:
        raise ValueError(
            f"Expected losses ({B},) and predictions ({B}, n) but got {tuple(loss.shape)}, {tuple(u.shape)}"
        )
    wanted, found = [tuple(p.shape) for p in now], [tuple(g.shape) for g in slopes]
    if wanted != found:
        raise ValueError(f"Expected gradients of shapes {wanted} but got {found}")


def _put(column: Array, running: Array, values: Array, chosen: bool = False) -> None:
    column[running] = values if chosen else values[running]


def _numpy(tensors: Parameters) -> list[Array]:
    return [t.cpu().numpy().copy() for t in tensors]


def _as_matrices(p: torch.Tensor) -> torch.Tensor:
    return p[:, :, None] if p.ndim == 2 else p.flatten(2)


def operator_norms(moved: torch.Tensor) -> Array:
    """Largest singular values (B,), from the smaller Gram matrix: the top of a spectrum keeps its digits.

    Scaled by the largest entry, so that squares neither overflow nor vanish; NaN where not finite.

    >>> import torch
    >>> norms = operator_norms(torch.tensor([[[3e200, 0.0], [4e200, 0.0]]], dtype=torch.float64))
    >>> bool(abs(norms[0] / 5e200 - 1) < 1e-14)
    True
    """
    import torch

    top = moved.abs().amax(dim=(1, 2))
    sound = top.isfinite()
    scaled = torch.where(sound[:, None, None], moved / top.clamp_min(1e-300)[:, None, None], 0)
    tall = scaled.shape[1] >= scaled.shape[2]
    square = scaled.transpose(1, 2) @ scaled if tall else scaled @ scaled.transpose(1, 2)
    largest = torch.linalg.eigvalsh(square)[:, -1].clamp_min(0).sqrt() * top
    return torch.where(sound, largest, math.nan).cpu().numpy()


def _least_eigenvalues(H: Array) -> Array:
    sound = np.asarray(np.isfinite(H).all(axis=(1, 2)))
    whole = np.where(sound.reshape(-1, 1, 1), H, 0.0)
    return np.where(sound, np.linalg.eigvalsh(whole)[:, 0], math.nan)
