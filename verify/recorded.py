"""Recorded runs: results of checks that are too expensive to repeat, committed with their provenance.

``theorems/recorded/SOURCE/LABEL.json`` holds one record per task of a larger profile: its outcome with every
certificate and row, where and with what it ran, and a hash of the check's code and data.  A smaller profile
takes the outcome from there, after the kernel has re-checked the certificates.  When the code or the data
changed since, the record is stale, and the outcome is undecided.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from verify import fingerprint
from verify.outcome import Judgement, Outcome, Undecided, judge
from verify.registry import Task
from verify.store import Run, StoreError, write_atomically
from verify.verdict import Result

FOLDER = "theorems/recorded"


class Record(msgspec.Struct, frozen=True):
    """One recorded task: hash of its code and data, outcome, duration, and the run it is from."""

    task: str
    content: str
    outcome: Outcome
    seconds: float
    decisions: int
    run: Run

    @property
    def provenance(self) -> str:
        """Where and with what it ran, for readers."""
        run = self.run
        used = ", ".join(
            f"{name} {run.versions[name]}" for name in ("torch", "numpy") if name in run.versions
        )
        return (
            f"recorded {run.started[:10]}: profile {run.profile}, {run.hardware or run.platform}, {used}, "
            f"seed {run.seed}, commit {run.commit}, {self.seconds:.0f} s"
        )


def content_key(task: Task) -> str:
    """Hash of a task's data and of the code that produced its rows: the check and the engines it reaches.

    Versions, profile and device are named by the record; the kernel judges its certificates afresh.
    """
    function = task.check.function
    parts = [
        task.id,
        fingerprint.code_hash(function.__module__, function.__qualname__, harness=False),
        repr(sorted(task.statement.data.items(), key=lambda item: item[0])),
        task.check.covers,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def path_of(root: Path, claim: str) -> Path:
    """The file of a claim's records."""
    return root / FOLDER / f"{claim}.json"


def read_all(root: Path) -> dict[str, Record]:
    """All records by task id; a `StoreError` names a file that cannot be read."""
    found: dict[str, Record] = {}
    for path in sorted((root / FOLDER).glob("*/*.json")):
        try:
            records = msgspec.json.decode(path.read_bytes(), type=list[Record])
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(f"cannot read the recorded run {path}: {error}; record it again") from None
        found |= {record.task: record for record in records}
    return found


def write(root: Path, claim: str, records: Iterable[Record]) -> Path:
    """Replace the records of one claim."""
    path = path_of(root, claim)
    ordered = sorted(records, key=lambda record: record.task)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")
    return path


def newest(tasks: Iterable[Task], latest: Mapping[str, Result], runs: Mapping[str, Run]) -> list[Record]:
    """Records of the latest results of these tasks that are fresh: same code and data, not recalled."""
    found = []
    for task in tasks:
        result = latest[task.id]
        run = runs.get(result.run)
        if run is None or result.recorded:
            continue
        key = fingerprint.task_key(task, profile=run.profile, seed=run.seed, device=run.device)
        if key == result.key:
            outcome = result.judgement.outcome
            found.append(Record(task.id, content_key(task), outcome, result.seconds, result.decisions, run))
    return found


def recall(record: Record, task: Task) -> Result:
    """The result of a recorded task, judged again by the kernel; undecided when the record is stale."""
    key = content_key(task)
    if key == record.content:
        judgement: Judgement = judge(record.outcome, task.check.covers)
    else:
        outcome = Undecided(
            "the recorded run is stale: the check, what it reaches, or its data changed since",
            f"verify run {task.claim.id} --profile {task.check.profile}, then verify record {task.claim.id}",
        )
        judgement = judge(outcome, "instances")
    return Result(
        task.claim.id,
        task.variant,
        task.check.name,
        key,
        judgement,
        record.seconds,
        cached=True,
        decisions=record.decisions,
        recorded=record.provenance,
    )
