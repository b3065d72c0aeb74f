"""Loading a tree of specs, and the questions asked of all claims together.

Unknown ids and cycles in `uses` and `same_as`, TeX that does not convert, claims without checks: each is
one `SpecError` line that names the claim and the nearest ids.
"""

import difflib
import importlib
import re
import sys
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from verify import claim as claims
from verify.claim import PRINTED, Check, Claim, SpecError, Statement

PROFILES = ("quick", "full", "gpu")


class Task(NamedTuple):
    """The unit of execution: one check of one claim on one variant of its data."""

    claim: Claim
    variant: str
    check: Check
    statement: Statement

    @property
    def id(self) -> str:
        """``claim::variant::check``."""
        return f"{self.claim.id}::{self.variant}::{self.check.name}"


def load(root: Path) -> dict[str, Claim]:
    """Import every module below `root`/theorems and return the claims, validated together."""
    folder = root / "theorems"
    if not folder.is_dir():
        raise SpecError(f"expected a folder theorems/ in {root} but there is none")
    for file in spec_files(folder):
        import_spec(file, root)
    return validated()


def spec_files(folder: Path) -> list[Path]:
    """The spec modules of a tree, sorted."""
    return [p for p in sorted(folder.rglob("*.py")) if not p.name.startswith(("_", "test_", "conftest"))]


def import_spec(file: Path, root: Path) -> None:
    """Import one spec module under its dotted name relative to `root`."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    name = ".".join(file.resolve().relative_to(root.resolve()).with_suffix("").parts)
    try:
        importlib.import_module(name)
    except SpecError:
        raise
    except Exception as error:
        raise SpecError(f"{file}: cannot be imported: {type(error).__name__}: {error}") from error


def validated() -> dict[str, Claim]:
    """The declared claims, after the checks that need all of them."""
    known, alias = claims.declared(), claims.aliases()
    for item in known.values():
        for field in ("uses", "proof_uses", "same_as"):
            for target in getattr(item, field):
                _require_known(item, field, target, known, alias)
        if item.step_of:
            _require_known(item, "step_of", item.step_of, known, alias)
        if item.corrected_by:
            _require_known(item, "corrected_in", item.corrected_by[0], known, alias)
        _require_tex(item)
        if not item.checks:
            raise SpecError(f"{item.id}: has no check ({item.file}:{item.line})")
        if not any(v.role == "falsehood" for v in item.variants.values()):
            raise SpecError(f"{item.id}: has no falsehood, so nothing shows that it can fail")
        for variant in item.variants.values():
            unknown = set(variant.by) - set(item.checks)
            if unknown:
                raise SpecError(f"{item.id}: {variant.key} names unknown checks {', '.join(sorted(unknown))}")
    _refuse_cycles(known, alias)
    return known


def _require_known(
    item: Claim, field: str, target: str, known: Mapping[str, Claim], alias: Mapping[str, str]
) -> None:
    if target not in known and target not in alias:
        near = nearest(target, [*known, *alias])
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise SpecError(f"{item.id}: {field} names the unknown id {target!r}{hint} ({item.file}:{item.line})")


def _require_tex(item: Claim) -> None:
    """The statement converts to MathML."""
    problem = _tex_problem(item.states)
    if problem:
        raise SpecError(f"{item.id}: states does not convert to MathML: {problem} ({item.file}:{item.line})")


@lru_cache(maxsize=4096)
def _tex_problem(tex: str) -> str:
    """Why it does not convert: braces do not balance, the converter raises, a command is left over."""
    from latex2mathml.converter import convert

    if tex.count("{") != tex.count("}"):
        return "braces do not balance"
    try:
        left = re.search(r"\\[A-Za-z]+", convert(tex))
    except Exception as error:  # latex2mathml raises IndexError, KeyError and classes of its own
        return type(error).__name__
    return f"{left.group()} is not known" if left else ""


def nearest(wanted: str, ids: list[str]) -> list[str]:
    """Up to three known ids that look like `wanted`."""
    return difflib.get_close_matches(wanted, ids, n=3, cutoff=0.4)


def _refuse_cycles(known: Mapping[str, Claim], alias: Mapping[str, str]) -> None:
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        name = alias.get(name, name)
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            cycle = " -> ".join([*path[path.index(name) :], name])
            raise SpecError(f"{name}: uses form a cycle: {cycle}")
        state[name] = 1
        item = known[name]
        for target in (*item.uses, *item.proof_uses):
            visit(target, (*path, name))
        state[name] = 2

    for name in known:
        visit(name, ())


def resolve(wanted: str) -> Claim:
    """The claim with this id or alias; a `SpecError` names the nearest ids otherwise."""
    known, alias = claims.declared(), claims.aliases()
    if wanted in alias:
        wanted = alias[wanted]
    if wanted not in known:
        near = nearest(wanted, [*known, *alias])
        raise SpecError(f"unknown claim {wanted!r}; nearest: {', '.join(near) or 'none'}")
    return known[wanted]


def runs_in(check: Check, profile: str) -> bool:
    """Whether a profile includes a check."""
    return PROFILES.index(check.profile) <= PROFILES.index(profile)


def tasks_of(item: Claim, profile: str, recorded: Container[str] = ()) -> Iterator[Task]:
    """All tasks of a claim in a profile: printed data first, then each variant.

    `recorded`: ids of tasks of larger profiles whose results are recorded; they count as well.
    """
    for task in all_tasks(item):
        if runs_in(task.check, profile) or task.id in recorded:
            yield task


def all_tasks(item: Claim) -> Iterator[Task]:
    """All tasks of a claim in the largest profile."""
    for check in item.checks.values():
        yield Task(item, PRINTED, check, item.printed)
    for variant in item.variants.values():
        own = (variant.check,) if variant.check is not None else item.checks.values()
        for check in own:
            if not variant.by or check.name in variant.by:
                yield Task(item, variant.key, check, variant.statement)
