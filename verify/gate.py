"""The gate: `theorems/verdicts.lock` records the verdicts last accepted, one claim per line.

A line holds the claim's id, verdict, strength and scope, the outcome of each check and what became of each
variant, and ends with a seal over the line, so that an edit by hand is noticed (the lock is moved with
``verify accept``).
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from verify.outcome import SCOPES, STRENGTHS
from verify.store import Change, Past, StoreError, write_atomically
from verify.verdict import HELD, VERDICTS, ClaimSummary

LOCK = "theorems/verdicts.lock"
HEADER = (
    "# Accepted verdicts, one claim per line; moved with 'verify accept', sealed against edits by hand.\n"
)


class Locked(msgspec.Struct, frozen=True):
    """What the lock remembers of a claim."""

    id: str
    verdict: str
    strength: str
    scope: str
    checks: dict[str, str]
    variants: dict[str, str]


def locked_from(item: ClaimSummary) -> Locked:
    """The lock entry of a summary."""
    checks = {c.name: c.code for c in item.checks if c.code != "not run"}
    return Locked(
        item.id,
        item.verdict,
        item.strength,
        item.scope,
        checks,
        {v.key: _variant_code(v.role, v.verdict, v.refuted_by) for v in item.variants if v.ran},
    )


def _variant_code(role: str, verdict: str, refuted_by: tuple[str, ...]) -> str:
    if role == "falsehood":
        return "refuted" if refuted_by else "survives"
    return verdict


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def format_line(entry: Locked) -> str:
    """One line of the lock."""
    fields = [entry.id, entry.verdict, entry.strength, entry.scope]
    fields += [f"{name}={code}" for name, code in sorted(entry.checks.items())]
    fields += [f"{name}={code}" for name, code in sorted(entry.variants.items())]
    text = "  ".join(fields)
    return f"{text}  #{_seal(text)}"


def parse_line(line: str, where: str) -> Locked:
    """Read one line of the lock; a `StoreError` says what is wrong with it."""
    text, separator, seal = line.rpartition("  #")
    if not separator or _seal(text) != seal.strip():
        raise StoreError(
            f"{where}: the seal does not match; the lock is moved with 'verify accept', not by hand"
        )
    fields = text.split("  ")
    if len(fields) < 4:
        raise StoreError(f"{where}: expected at least id, verdict, strength and scope")
    pairs = dict(field.rsplit("=", 1) for field in fields[4:])
    variants = {k: v for k, v in pairs.items() if "[" in k}
    checks = {k: v for k, v in pairs.items() if "[" not in k}
    return Locked(fields[0], fields[1], fields[2], fields[3], checks, variants)


def read_lock(root: Path) -> dict[str, Locked]:
    """The lock, or an empty one where there is none."""
    path = root / LOCK
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot read {path}: {error}") from None
    entries = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            entry = parse_line(line, f"{path}:{number}")
            if entry.id in entries:
                raise StoreError(f"{path}:{number}: {entry.id} stands twice")
            entries[entry.id] = entry
    return entries


def write_lock(root: Path, entries: Iterable[Locked]) -> None:
    """Write the lock, sorted by id."""
    lines = [format_line(entry) + "\n" for entry in sorted(entries, key=lambda e: e.id)]
    write_atomically(root / LOCK, (HEADER + "".join(lines)).encode())


def compare(
    lock: dict[str, Locked], summaries: dict[str, ClaimSummary], *, complete: bool = True
) -> list[Change]:
    """What became weaker, stronger, new or gone; `complete` is False when only some claims were run."""
    changes = []
    for name, item in summaries.items():
        if name not in lock:
            changes.append(_new(item))
            continue
        changes += _changed(lock[name], locked_from(item), item)
    if complete:
        gone = [name for name in lock if name not in summaries]
        changes += [Change(name, "gone", f"was {lock[name].verdict}, is no longer declared") for name in gone]
    changes += [Change(i.id, "defect", text) for i in summaries.values() for text in i.defects]
    return changes


def _new(item: ClaimSummary) -> Change:
    if item.verdict == "conflict":
        return _conflict(item)
    if item.verdict == "refuted":
        return Change(item.id, "new refutation", item.witness)
    return Change(item.id, "new", f"{item.verdict}, not yet in the lock")


def _conflict(item: ClaimSummary) -> Change:
    """Who proves and who refutes: a mistake of ours, in an engine or in one of the checks."""
    proving = ", ".join(c.name for c in item.checks if c.code.startswith("holds"))
    refuting = ", ".join(c.name for c in item.checks if c.code.startswith("refuted"))
    text = f"{refuting or 'a check'} refutes what {proving or 'another'} proves: {item.witness}"
    return Change(item.id, "conflict", text)


def _changed(old: Locked, new: Locked, item: ClaimSummary) -> list[Change]:
    if new.verdict == "conflict":
        return [_conflict(item)]
    if old.verdict != new.verdict:
        return [_verdict_change(old, new, item)]
    changes = []
    was = (STRENGTHS.index(old.strength), SCOPES.index(old.scope))
    now = (STRENGTHS.index(new.strength), SCOPES.index(new.scope))
    if now != was:
        direction = "weaker" if now[0] > was[0] or (now[0] == was[0] and now[1] > was[1]) else "stronger"
        text = f"{new.verdict}: {old.strength}/{old.scope} became {new.strength}/{new.scope}"
        changes.append(Change(item.id, direction, text))
    for name, code in old.checks.items():
        current = new.checks.get(name)
        if current is None:
            changes.append(Change(item.id, "weaker", f"the check {name} did not run (was {code})"))
        elif current != code:
            changes.append(
                Change(item.id, check_direction(code, current), f"{name}: {code} became {current}")
            )
    for name, code in old.variants.items():
        current = new.variants.get(name)
        if current != code:
            text = f"became {current}" if current else "is gone or did not run"
            changes.append(Change(item.id, variant_direction(code, current), f"{name}: {code} {text}"))
    fresh = {**new.checks, **new.variants}.items() - {**old.checks, **old.variants}.items()
    known = {*old.checks, *old.variants}
    changes += [
        Change(item.id, "new", f"{name}: {code}") for name, code in sorted(fresh) if name not in known
    ]
    return changes


def _verdict_change(old: Locked, new: Locked, item: ClaimSummary) -> Change:
    if new.verdict == "refuted":
        return Change(item.id, "new refutation", f"was {old.verdict}; {item.witness}")
    if old.verdict == "refuted":
        return Change(item.id, "vanished refutation", f"was refuted, is {new.verdict}")
    worse = VERDICTS.index(new.verdict) > VERDICTS.index(old.verdict)
    text = f"{old.verdict} became {new.verdict}" + (f": {item.reason}" if item.reason else "")
    return Change(item.id, "weaker" if worse else "stronger", text)


def variant_direction(old: str, new: str | None) -> str:
    """Stronger: a falsehood refuted at last, more evidence. A refutation that comes or goes is not."""
    if (old, new) == ("survives", "refuted"):
        return "stronger"
    if old not in HOLDING or new not in HOLDING:
        return "weaker"
    return "stronger" if HOLDING.index(new) < HOLDING.index(old) else "weaker"


def check_direction(old: str, new: str) -> str:
    """Codes are status/strength/scope[/out-of-regime]; losing status, strength or scope is weaker."""
    was, now = old.split("/"), new.split("/")
    if was[0] != now[0]:
        if was[0] == "undecided" and now[0] == "holds":
            return "stronger"
        return "weaker" if now[0] == "undecided" else "changed"
    if len(was) > 2 and len(now) > 2:
        ranks = [(STRENGTHS.index(c[1]), SCOPES.index(c[2]), len(c)) for c in (was, now)]
        return "stronger" if ranks[1] < ranks[0] else "weaker"
    return "changed"


def slower(past: Sequence[Past], factor: float = 2.0, least: float = 1.0) -> list[Change]:
    """Claims of the last run that take `factor` times as long, and `least` seconds more, as one run before.

    The run before is the last one with the same profile on the same hardware; a task that is answered from
    the cache counts with the time that it took when it was computed.  Never fails the gate.
    """
    if not past:
        return []
    now = past[-1]
    alike = [p for p in past[:-1] if (p.profile, p.hardware) == (now.profile, now.hardware)]
    if not alike:
        return []
    found = []
    for name, mark in now.claims.items():
        before = alike[-1].claims.get(name)
        if before and mark.seconds > max(factor * before.seconds, before.seconds + least):
            text = f"{before.seconds:.1f} s became {mark.seconds:.1f} s"
            found.append(Change(name, "slower", text))
    return found


HOLDING: tuple[str, ...] = (*HELD, "undecided")
"""Verdicts without a refutation, from strongest to weakest."""
FAILING = ("weaker", "new refutation", "vanished refutation", "gone", "defect", "conflict", "changed")


def failures(changes: Iterable[Change]) -> list[Change]:
    """The changes that fail the gate."""
    return [change for change in changes if change.direction in FAILING]


TITLES = {
    "conflict": "proved and refuted at once",
    "defect": "defects of specs",
    "new refutation": "newly refuted",
    "vanished refutation": "refutations that vanished",
    "weaker": "weaker",
    "changed": "changed",
    "gone": "gone",
    "stronger": "stronger",
    "new": "new",
    "slower": "slower",
}
"""Kinds of changes in the order in which a reader needs them."""


def in_words(changes: Sequence[Change]) -> str:
    """One sentence: ``Since the lock: 2 weaker, 1 new; the gate fails.``"""
    counted = [(name, sum(c.direction == name for c in changes)) for name in TITLES]
    said = ", ".join(f"{n} {TITLES[name]}" for name, n in counted if n)
    gate = "the gate fails" if failures(changes) else "the gate passes"
    return f"Since the lock: {said or 'nothing changed'}; {gate}."


def markdown(changes: Sequence[Change], most: int = 50) -> str:
    """The changes as Markdown, for the summary of a CI job; the failing ones first."""
    lines = ["## Claims", "", in_words(changes), ""]
    for name, title in TITLES.items():
        own = [c for c in changes if c.direction == name]
        if own:
            lines += [f"### {title.capitalize()} ({len(own)})", ""]
            lines += [f"- `{c.claim}`: {_inline(c.message)}" for c in own[:most]]
            lines += [f"- and {len(own) - most} more"] if len(own) > most else []
            lines.append("")
    return "\n".join(lines)


def _inline(text: str) -> str:
    """Text that Markdown does not take for markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in " ".join(text.split()))


class Finding(NamedTuple):
    """What a CI server shows on a source line: an error fails the gate, a notice is a known refutation."""

    level: str
    kind: str
    claim: str
    item: ClaimSummary | None
    message: str


def findings(changes: Iterable[Change], claims: Iterable[ClaimSummary]) -> list[Finding]:
    """Errors for the changes that fail the gate, notices for the other refuted claims."""
    known = {c.id: c for c in claims}
    failing = failures(changes)
    found = [Finding("error", c.direction, c.claim, known.get(c.claim), c.message) for c in failing]
    told = {c.claim for c in failing}
    refuted = [item for item in known.values() if item.verdict == "refuted" and item.id not in told]
    return found + [Finding("notice", "refuted", item.id, item, item.witness) for item in refuted]


def annotations(changes: Iterable[Change], claims: Iterable[ClaimSummary]) -> list[str]:
    """The findings as GitHub's workflow commands."""
    return [_annotation(f.level, f.item, f"{f.claim} {f.kind}", f.message) for f in findings(changes, claims)]


def sarif(changes: Iterable[Change], claims: Iterable[ClaimSummary]) -> dict[str, Any]:
    """The findings as a SARIF 2.1.0 log, which code-scanning services read."""
    found = findings(changes, claims)
    results = [
        {
            "ruleId": f.kind.replace(" ", "-"),
            "level": {"error": "error", "notice": "note"}[f.level],
            "message": {"text": f"{f.claim} {f.kind}: {f.message}"},
            "locations": _sarif_place(f.item),
            "partialFingerprints": {"claim/v1": f"{f.claim} {f.kind}"},
        }
        for f in found
    ]
    rules = [{"id": rule} for rule in sorted({str(r["ruleId"]) for r in results})]
    tool = {"driver": {"name": "lemmata", "rules": rules}}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": tool, "results": results}],
    }


def _sarif_place(item: ClaimSummary | None) -> list[dict[str, Any]]:
    if item is None or not item.file:
        return []
    place = {"artifactLocation": {"uri": quote(item.file)}, "region": {"startLine": max(1, item.line)}}
    return [{"physicalLocation": place}]


def _annotation(level: str, item: ClaimSummary | None, title: str, message: str) -> str:
    where = f"file={_property(item.file)},line={item.line}," if item is not None and item.file else ""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{level} {where}title={_property(title)}::{text}"


def _property(text: str) -> str:
    for char, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(char, code)
    return text
