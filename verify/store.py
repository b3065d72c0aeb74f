"""Stored results: append-only JSON lines, the content-addressed cache, and the summary of a run.

``build/results.jsonl`` has one ``run`` line per run (provenance), one ``result`` line per executed task and
one ``end`` line.  ``build/cache/`` holds a file per content address, sealed with its SHA-256.
``build/summary.json`` is everything the report needs; ``build/verdicts.json`` is the part of it that does
not depend on machine, time or order; ``build/history.jsonl`` has a line per run with the verdict, the margin
and the seconds of every claim; ``build/cache/code.json`` keeps the code hashes for unchanged sources.
"""

import contextlib
import hashlib
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from verify import fingerprint
from verify.context import BUDGET, SHARES
from verify.verdict import ClaimSummary, Result

RESULTS, SUMMARY, VERDICTS, CACHE = "results.jsonl", "summary.json", "verdicts.json", "cache"
HISTORY, CODE = "history.jsonl", "code.json"


class StoreError(ValueError):
    """A stored file cannot be read or written; the message says which and what to do."""


class Run(msgspec.Struct, frozen=True, tag="run", tag_field="type"):
    """Provenance of a run."""

    id: str
    started: str
    profile: str
    seed: int
    device: str
    commit: str
    versions: dict[str, str]
    platform: str
    threads: int
    hardware: str = ""
    budget: str = str(BUDGET)
    shares: int = SHARES


class Line(msgspec.Struct, frozen=True, tag="result", tag_field="type"):
    """A result line."""

    result: Result


class End(msgspec.Struct, frozen=True, tag="end", tag_field="type"):
    """The end of a run: what was registered, what was executed, what is missing."""

    run: str
    seconds: float
    registered: int
    executed: int
    missing: list[str] = []


class Change(msgspec.Struct, frozen=True):
    """A difference between a run and the lock."""

    claim: str
    direction: str
    message: str


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A claim in one past run: its verdict, its margin, and the seconds that its tasks took."""

    verdict: str
    margin: float | None
    seconds: float


class Past(msgspec.Struct, frozen=True):
    """One past run: where it comes from, and every claim that it judged."""

    run: str
    started: str
    commit: str
    profile: str
    hardware: str
    claims: dict[str, Mark]


class Hashes(msgspec.Struct, frozen=True):
    """Code hashes, and the hash of the sources that they belong to."""

    sources: str
    code: dict[str, str]


class Summary(msgspec.Struct, frozen=True):
    """Everything the report needs."""

    run: Run
    claims: list[ClaimSummary]
    results: list[Result]
    changes: list[Change]
    missing: list[str]
    not_in_profile: list[str]
    decisions: int
    seconds: float


_lines = msgspec.json.Decoder(Run | Line | End)
_summary = msgspec.json.Decoder(Summary)


def new_run(*, profile: str, seed: int, device: str, root: Path) -> Run:
    """Provenance of a run that starts now."""
    started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    tag = hashlib.sha256(f"{started}{os.getpid()}{time.monotonic_ns()}".encode()).hexdigest()[:12]
    return Run(
        tag,
        started,
        profile,
        seed,
        device,
        _commit(root),
        fingerprint.versions(),
        f"{platform.system()} {platform.machine()}",
        os.cpu_count() or 1,
        _hardware(device),
    )


def _hardware(device: str) -> str:
    """The name of the GPU, or the kind and number of processors."""
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    return f"CPU {platform.machine()}, {os.cpu_count() or 1} cores"


def _commit(root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def writable(folder: Path) -> None:
    """Make sure the output folder can be written, or say so in one line."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}; choose another with --build") from None


def append(folder: Path, *records: Run | Line | End) -> None:
    """Append whole lines in one write, so that an interrupted run keeps what is done."""
    _append(folder / RESULTS, records)


def _append(path: Path, records: Iterable[msgspec.Struct]) -> None:
    data = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    try:
        with path.open("ab") as file:
            if file.tell() and not _ends_with_newline(path):
                data = b"\n" + data
            file.write(data)
    except OSError as error:
        raise StoreError(f"cannot append to {path}: {error.strerror}") from None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read(folder: Path) -> list[Run | Line | End]:
    """All lines; a `StoreError` names the first line that is not whole."""
    path = folder / RESULTS
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; run 'pytest theorems/' first") from None
    records = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(_lines.decode(line))
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"{path}: line {number} is not a whole result ({error}); delete that line and run again"
            ) from None
    return records


def remember(folder: Path, run: Run, judged: Iterable[ClaimSummary], results: Iterable[Result]) -> None:
    """Append this run to the history."""
    seconds: dict[str, float] = {}
    for result in results:
        seconds[result.claim] = seconds.get(result.claim, 0.0) + result.seconds
    marks = {c.id: Mark(c.verdict, c.margin, round(seconds.get(c.id, 0.0), 3)) for c in judged}
    _append(folder / HISTORY, [Past(run.id, run.started, run.commit, run.profile, run.hardware, marks)])


def read_history(folder: Path, most: int = 50) -> list[Past]:
    """The last `most` runs, oldest first.  A line that is not whole is left out: it supports nothing."""
    try:
        lines = (folder / HISTORY).read_bytes().split(b"\n")
    except OSError:
        return []
    found = []
    for line in [line for line in lines if line.strip()][-most:]:
        with contextlib.suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(line, type=Past))
    return found


def latest_results(folder: Path) -> list[Result]:
    """The newest result of every task."""
    newest: dict[str, Result] = {}
    for record in read(folder):
        if isinstance(record, Line):
            newest[record.result.task] = record.result
    return [newest[key] for key in sorted(newest)]


def _umask() -> int:
    """The process's file mode mask (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file as a whole."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise StoreError(
            f"cannot write {path}: {error.strerror}; choose another place with --build"
        ) from None


def load_cached(folder: Path, key: str) -> Result | None:
    """A cached result whose seal is intact and whose key is the one asked for; None otherwise."""
    path = folder / CACHE / key[:2] / f"{key}.json"
    try:
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != seal:
        return None
    try:
        result = msgspec.json.decode(body, type=Result)
    except msgspec.MsgspecError:
        return None
    return result if result.key == key else None


def save_cached(folder: Path, result: Result) -> None:
    """Store a result under its content address."""
    body = msgspec.json.encode(result)
    seal = hashlib.sha256(body).hexdigest().encode()
    path = folder / CACHE / result.key[:2] / f"{result.key}.json"
    with contextlib.suppress(StoreError):
        write_atomically(path, seal + b"\n" + body)


def recall_hashes(folder: Path, root: Path) -> str:
    """Take code hashes from an earlier run over the same sources; return the hash of the sources."""
    sources = fingerprint.sources(root)
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        seal, _, body = (folder / CACHE / CODE).read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() == seal:
            stored = msgspec.json.decode(body, type=Hashes)
            if stored.sources == sources:
                fingerprint.known_hashes().update(stored.code)
    return sources


def keep_hashes(folder: Path, root: Path, sources: str) -> None:
    """Store all code hashes of this process, unless a file changed since `sources` was computed."""
    if fingerprint.sources(root) == sources:
        body = msgspec.json.encode(Hashes(sources, fingerprint.known_hashes()))
        with contextlib.suppress(StoreError):
            write_atomically(folder / CACHE / CODE, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def write_summary(folder: Path, summary: Summary) -> None:
    """Write the summary and the machine-independent verdict file."""
    write_atomically(folder / SUMMARY, msgspec.json.encode(summary))
    body = [verdict_record(item) for item in summary.claims]
    write_atomically(folder / VERDICTS, msgspec.json.format(msgspec.json.encode(body), indent=1))


def verdict_record(item: ClaimSummary) -> dict[str, Any]:
    """What is deterministic about a claim's verdict."""
    return {
        "id": item.id,
        "same_as": [*item.aliases, *item.same_as],
        "kind": item.kind,
        "verdict": item.verdict,
        "strength": item.strength,
        "scope": item.scope,
        "regime": item.regime,
        "margin": item.margin,
        "erratum": None if item.erratum is None else item.erratum.kind,
        "proof": item.proof,
        "checks": {c.name: c.code for c in item.checks},
        "variants": {v.key: v.verdict for v in item.variants},
        "witness": item.witness,
        "rests_on": [f"{r.id} ({r.words})" for r in item.rests_on],
    }


def read_summary(folder: Path) -> Summary:
    """The summary of the last run."""
    path = folder / SUMMARY
    try:
        return _summary.decode(path.read_bytes())
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; run 'pytest theorems/' first") from None
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is not a summary ({error}); run 'pytest theorems/' again") from None
