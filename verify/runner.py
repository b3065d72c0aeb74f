"""Running tasks: cache, time limit, crash containment, and the summary of what is known.

A check that raises, runs out of time or memory, or returns something else than an outcome is *undecided*;
it is never green and never red.
"""

import signal
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from verify import claim as claims
from verify import fingerprint, gate, recorded, store
from verify.claim import PRINTED, Claim, SpecError
from verify.context import ALPHA, DEFAULT_SEED, SHARES, Context
from verify.outcome import Undecided, judge
from verify.registry import Task, runs_in, tasks_of
from verify.verdict import CRASHED, ClaimSummary, Result, connect, summarise

TIME_LIMIT = {"quick": 240.0, "full": 3600.0, "gpu": 3600.0}


class Settings:
    """How to run: profile, seed, device, the folder for results, whether to use the cache."""

    def __init__(
        self,
        *,
        root: Path,
        build: Path | None = None,
        profile: str = "quick",
        seed: int = DEFAULT_SEED,
        device: str = "auto",
        cache: bool = True,
    ) -> None:
        self.root, self.build = root, build or root / "build"
        self.profile, self.seed, self.cache = profile, seed, cache
        self.device = resolve_device(device)
        self.recorded = recorded.read_all(root)
        self.sources = store.recall_hashes(self.build, root) if cache else ""

    def tasks(self, item: Claim) -> Iterator[Task]:
        """The tasks of a claim that run under these settings, or whose results are recorded."""
        return tasks_of(item, self.profile, self.recorded)

    def recall(self, task: Task) -> Result | None:
        """The recorded result of a task that this profile leaves to a larger one."""
        if runs_in(task.check, self.profile) or task.id not in self.recorded:
            return None
        return recorded.recall(self.recorded[task.id], task)

    def key(self, task: Task) -> str:
        """The content address of a task under these settings."""
        return fingerprint.task_key(task, profile=self.profile, seed=self.seed, device=self.device)


def resolve_device(wanted: str) -> str:
    """``auto`` takes a GPU when there is one; asking for ``cuda`` without one is an error."""
    if wanted == "cpu":
        return "cpu"
    if wanted not in ("auto", "cuda"):
        raise SpecError(f"expected --device to be auto, cpu or cuda but got {wanted!r}")
    if wanted == "auto" and not Path("/proc/driver/nvidia/version").exists():
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise SpecError("--device cuda: torch finds no CUDA device here; use --device cpu or auto")
    return "cpu"


class TimeLimitError(Exception):
    """A check ran longer than its profile allows."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt Python code after a while (main thread of a POSIX process; elsewhere no limit)."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise TimeLimitError

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def execute(task: Task, settings: Settings) -> Result:
    """Run one task, or take its result from the cache, or from a recorded run of a larger profile."""
    recalled = settings.recall(task)
    if recalled is not None:
        return recalled
    key = settings.key(task)
    if settings.cache:
        cached = store.load_cached(settings.build, key)
        if cached is not None:
            return _marked(cached)
    context = Context(
        task.claim.id, task.check.name, profile=settings.profile, seed=settings.seed, device=settings.device
    )
    started = time.perf_counter()
    crashed = True
    limit = TIME_LIMIT[settings.profile]
    try:
        with time_limit(limit):
            judgement = judge(task.check.function(task.statement, context), task.check.covers)
        crashed = False
    except TimeLimitError:
        judgement = judge(Undecided(f"ran longer than {limit:.0f} s", "a faster check"), "instances")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        judgement = judge(Undecided(f"{CRASHED}: {reason}", "a repaired check"), "instances")
    result = Result(
        task.claim.id,
        task.variant,
        task.check.name,
        key,
        judgement,
        time.perf_counter() - started,
        False,
        context.decisions,
    )
    if not crashed and settings.cache:
        store.save_cached(settings.build, result)
    return result


def _marked(result: Result) -> Result:
    from msgspec.structs import replace

    return replace(result, cached=True)


def gather(
    settings: Settings, executed: Mapping[str, Result], known: Mapping[str, Claim]
) -> dict[str, Result]:
    """Executed results, completed by cached ones that are still valid for tasks that were not selected."""
    found = dict(executed)
    for item in known.values():
        for task in settings.tasks(item):
            recalled = settings.recall(task)
            if recalled is not None:
                found[task.id] = recalled
            elif task.id not in found and settings.cache:
                cached = store.load_cached(settings.build, settings.key(task))
                if cached is not None:
                    found[task.id] = _marked(cached)
    return found


def summaries(known: Mapping[str, Claim], results: Iterable[Result]) -> dict[str, ClaimSummary]:
    """Verdicts of all claims, connected."""
    by_claim: dict[str, list[Result]] = {}
    for result in results:
        by_claim.setdefault(result.claim, []).append(result)
    alone = {name: summarise(item, by_claim.get(name, [])) for name, item in known.items()}
    return connect(alone, claims.aliases())


def conclude(
    settings: Settings,
    run: store.Run,
    executed: Mapping[str, Result],
    missing: list[str],
    seconds: float,
    *,
    everything: bool,
) -> store.Summary:
    """Everything after the last task: verdicts, comparison with the lock, the stored summary.

    When `everything` was asked for, a registered task without a result is missing, whoever dropped it.
    """
    known = claims.declared()
    results = gather(settings, executed, known)
    computed = summaries(known, results.values())
    wanted = {t.id: t for item in known.values() for t in settings.tasks(item)}
    without = [name for name in wanted if name not in results]
    incomplete = {wanted[name].claim.id for name in without}
    if everything:
        missing = [*missing, *without]
    judged = {name: s for name, s in computed.items() if name not in incomplete}
    lock = gate.read_lock(settings.root)
    changes = gate.compare({k: v for k, v in lock.items() if k not in incomplete}, judged)
    decisions = sum(r.decisions for r in results.values())
    if decisions > SHARES:
        text = f"{decisions} decisions at {float(ALPHA):.0e} each exceed the suite's {SHARES} shares"
        changes.append(store.Change("suite", "defect", text))
    left_out = [
        f"{item.id}::{c.name} ({c.profile})"
        for item in known.values()
        for c in item.checks.values()
        if not runs_in(c, settings.profile) and f"{item.id}::{PRINTED}::{c.name}" not in settings.recorded
    ]
    summary = store.Summary(
        run,
        [relative(computed[name], settings.root) for name in sorted(computed)],
        [results[name] for name in sorted(results) if name in wanted],
        changes,
        sorted(set(missing)),
        left_out,
        decisions,
        seconds,
    )
    if settings.cache:
        store.keep_hashes(settings.build, settings.root, settings.sources)
    store.write_summary(settings.build, summary)
    store.remember(settings.build, run, judged.values(), results.values())
    return summary


def relative(item: ClaimSummary, root: Path) -> ClaimSummary:
    """The summary with its file relative to the root."""
    from msgspec.structs import replace

    try:
        return replace(item, file=str(Path(item.file).resolve().relative_to(root.resolve())))
    except ValueError:
        return item
