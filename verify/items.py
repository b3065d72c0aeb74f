"""The pytest items: a file of claims, and one item per check and per variant of each claim.

An item fails when its outcome is weaker than the lock, when a refutation is not in the lock, or when a
falsehood survives; it is *undecided* (neither passed nor failed) when there is no information.
"""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from verify.claim import PRINTED, Claim, SpecError, declared, slug

PROPERTY = "lemmata-results"
STRENGTH_MARKS = ("exact", "rigorous", "statistical", "observed")


def project_root(config: pytest.Config) -> Path:
    """The folder that holds theorems/: pytest's rootdir, its parent, or where pytest was called."""
    root = config.rootpath
    for candidate in (root, config.invocation_params.dir, root.parent if root.name == "theorems" else root):
        if (candidate / "theorems").is_dir():
            return candidate
    return root


class Shared:
    """Settings and lock of one pytest process, read once; bad input ends the session with one line."""

    def __init__(self, config: pytest.Config) -> None:
        from verify import gate, store
        from verify.context import DEFAULT_SEED
        from verify.runner import Settings

        build, seed = config.getoption("--build"), config.getoption("--claims-seed")
        try:
            self.settings = Settings(
                root=project_root(config),
                build=Path(build) if build else None,
                profile=config.getoption("--profile"),
                seed=DEFAULT_SEED if seed is None else seed,
                device=config.getoption("--device"),
                cache=not config.getoption("--no-claims-cache"),
            )
            store.writable(self.settings.build)
            self.lock = gate.read_lock(project_root(config))
        except (SpecError, store.StoreError) as error:
            raise pytest.UsageError(str(error)) from None


SHARED = pytest.StashKey[Shared]()


def ready(config: pytest.Config) -> Shared:
    """The shared settings, made when first needed."""
    if SHARED not in config.stash:
        config.stash[SHARED] = Shared(config)
    return config.stash[SHARED]


class SpecFile(pytest.File):
    """A module of claims."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item per check and one per variant of each claim declared in the file."""
        from verify.registry import import_spec

        config = self.config
        settings = ready(config).settings
        try:
            import_spec(self.path, project_root(config))
        except SpecError as error:
            raise self.CollectError(str(error)) from None
        patterns = config.getoption("--claim")
        for item in declared().values():
            if Path(item.file) != self.path or not _matches(item, patterns):
                continue
            for task in settings.tasks(item):
                if task.variant == PRINTED:
                    name = task.check.name
                    yield ClaimItem.from_parent(self, name=f"{item.id}::{name}", claim=item, check=name)
            for variant in item.variants.values():
                name = f"{item.id}::{variant.key}"
                yield ClaimItem.from_parent(self, name=name, claim=item, variant=variant.key)


def _matches(item: Claim, patterns: list[str]) -> bool:
    names = (item.id, *item.aliases)
    return not patterns or any(fnmatch(name, pattern) for name in names for pattern in patterns)


class ClaimItem(pytest.Item):
    """One check on the printed data, or all checks on one variant."""

    def __init__(self, *, claim: Claim, check: str = "", variant: str = "", **rest: Any) -> None:
        super().__init__(**rest)
        self.claim, self.check, self.variant = claim, check, variant
        role = claim.variants[variant].role if variant else "check"
        for mark in (role, slug(claim.kind).replace("-", "_")):
            self.add_marker(mark)
        self.add_marker(pytest.mark.source(claim.source))
        if claim.source.isidentifier():
            self.config.addinivalue_line("markers", f"{claim.source}: claims of this source")
            self.add_marker(claim.source)
        code = ready(self.config).lock.get(claim.id)
        locked = code.checks.get(check, "") if code else ""
        for mark in STRENGTH_MARKS:
            if f"/{mark}/" in f"{locked}/":
                self.add_marker(mark)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line and name for messages."""
        return self.path, max(self.claim.line - 1, 0), self.name

    def runtest(self) -> None:
        """Execute the tasks, keep the results, and compare with the lock."""
        from verify.runner import execute

        state = ready(self.config)
        variant = self.variant or PRINTED
        chosen = [
            task
            for task in state.settings.tasks(self.claim)
            if task.variant == variant and (not self.check or task.check.name == self.check)
        ]
        results = [execute(task, state.settings) for task in chosen]
        self.user_properties.append((PROPERTY, _encode(results)))
        locked = state.lock.get(self.claim.id)
        if self.check:
            _assert_check(results[0], locked)
        elif self.claim.variants[variant].role == "falsehood":
            _assert_refuted(results, variant)
        else:
            _assert_variant(self.claim, variant, results, locked)

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """One paragraph instead of a traceback."""
        if isinstance(excinfo.value, GateError):
            return f"{self.claim.id} ({self.claim.file}:{self.claim.line})\n{excinfo.value}"
        return str(super().repr_failure(excinfo))


class GateError(Exception):
    """An item is weaker than the lock, or a falsehood survives."""


def _encode(results: list[Any]) -> str:
    import msgspec

    return msgspec.json.encode(results).decode()


def _describe(judgement: Any) -> str:
    outcome = judgement.outcome
    return f"{judgement.code}: {outcome.witness or outcome.reason or 'no witness'}"


def _assert_check(result: Any, locked: Any) -> None:
    from verify.gate import check_direction

    code, was = result.judgement.code, locked.checks.get(result.check) if locked else None
    if was == code:
        if code == "undecided":
            pytest.skip(result.judgement.outcome.reason)
        return
    if was is not None and check_direction(was, code) != "stronger":
        raise GateError(f"the lock has {was}; now {_describe(result.judgement)}")
    if result.judgement.status == "refuted":
        raise GateError(f"a refutation that is not in the lock: {_describe(result.judgement)}")
    if result.judgement.status == "undecided":
        pytest.skip(result.judgement.outcome.reason)


def _assert_refuted(results: list[Any], variant: str) -> None:
    from verify.verdict import refutes

    if not any(refutes(r.judgement) for r in results):
        said = "; ".join(f"{r.check}: {_describe(r.judgement)}" for r in results) or "no check ran"
        raise GateError(f"{variant} survives: {said}")


def _assert_variant(item: Claim, variant: str, results: list[Any], locked: Any) -> None:
    from verify.gate import variant_direction
    from verify.verdict import variant_verdict

    verdict, _ = variant_verdict(item, results)
    was = locked.variants.get(variant) if locked else None
    said = "; ".join(f"{r.check}: {_describe(r.judgement)}" for r in results)
    if was is not None and was != verdict and variant_direction(was, verdict) != "stronger":
        raise GateError(f"{variant}: the lock has {was}, now {verdict}: {said}")
    if verdict == "undecided":
        pytest.skip(said)
    if was is None and verdict == "refuted" and item.variants[variant].role == "corrected":
        raise GateError(f"{variant}: the corrected statement is refuted: {said}")
