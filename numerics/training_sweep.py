"""Training over several widths (or depths, or data): one `train` a shape, resumable as a whole.

Runs of one shape go through the device together; shapes one after the other. The seeds of a shape are the
leading axis of its parameters, and its step sizes may differ from run to run (`numerics.training.across`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from numerics.training import Model, Training, train
from numerics.training_loop import Progress

__all__ = ["Problem", "sweep"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Problem:
    """One shape: a model, the starts of its S runs (S, ...), their step sizes (one or (S,)), the steps."""

    model: Model
    parameters: tuple[Array, ...]
    step_size: float | Array
    steps: int


def sweep(
    problems: Mapping[str, Problem],
    record_every: int = 1,
    *,
    progress: Progress | None = None,
    checkpoint: str | Path | None = None,
    **options: Any,
) -> dict[str, Training]:
    """Train every problem; ``options`` are those of `train`, and so are the errors.

    ``progress`` counts the work of all problems: steps times runs times entries of the parameters, which the
    estimate of the time left takes as proportional to time. ``checkpoint`` names a folder, made if absent,
    with one file a problem: a call with the same arguments goes on from it, without repeating problems that
    are done, and the files are removed at the end. Raises ValueError for a label that is no file name.

    >>> import numpy as np
    >>> from numerics.training import half_squares
    >>> model = half_squares(lambda p: p[0].sum(dim=1, keepdim=True), np.array([1.0]))
    >>> starts = {f"m = {m}": Problem(model, (np.zeros((1, m)),), 0.1 / m, 3) for m in (2, 4)}
    >>> [round(float(run.loss[0, -1]), 4) for run in sweep(starts, device="cpu").values()]
    [0.2657, 0.2657]
    """
    for label in problems:
        if not label or Path(label).name != label:
            raise ValueError(f"Expected labels that can name files but got {label!r}")
    folder = None if checkpoint is None else Path(checkpoint)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    files = {label: None if folder is None else folder / f"{label}.checkpoint" for label in problems}
    work = {label: sum(int(np.size(v)) for v in p.parameters) for label, p in problems.items()}
    total = sum(work[label] * p.steps for label, p in problems.items())
    results, before = {}, 0
    for label, problem in problems.items():
        results[label] = train(
            problem.model,
            problem.parameters,
            problem.step_size,
            problem.steps,
            record_every,
            progress=_shared(progress, before, work[label] * problem.steps, total),
            checkpoint=files[label],
            keep_checkpoint=True,
            **options,
        )
        before += work[label] * problem.steps
    for file in files.values():
        if file:
            file.unlink(missing_ok=True)
    return results


def _shared(progress: Progress | None, before: int, own: int, total: int) -> Progress | None:
    """Progress of one problem as progress of all: its pace is taken for that of the rest."""
    if progress is None:
        return None

    def report(done: int, steps: int, left: float) -> None:
        part = own * done // steps if steps else own
        rest = own - part
        progress(before + part, total, left * (total - before - part) / rest if rest else left)

    return report
