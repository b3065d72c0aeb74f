"""The pytest plugin: ``pytest theorems/`` collects claims, runs their checks and applies the gate.

Every (claim, check) and every (claim, falsehood, reading or correction) is a test item, so that ``-k``,
``-m``, ``-n auto``, ``--lf`` and ``--junitxml`` work as usual.  An undecided item is reported as
*undecided* (JUnit: skipped): neither passed nor failed.
"""

import os
import time
from collections import Counter
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from verify.claim import ID, SpecError, slug
from verify.items import PROPERTY, STRENGTH_MARKS, ClaimItem, SpecFile, project_root, ready
from verify.threads import one_thread


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the harness."""
    group = parser.getgroup("lemmata", "claims, verdicts and the gate")
    group.addoption("--profile", choices=("quick", "full", "gpu"), default="quick", help="size of the runs")
    group.addoption("--claims-seed", type=int, default=None, help="global seed of all random streams")
    group.addoption("--device", default="auto", help="auto, cpu or cuda")
    group.addoption("--build", default=None, help="folder for results and report (default: build)")
    group.addoption("--no-claims-cache", action="store_true", help="recompute everything")
    group.addoption("--claim", action="append", default=[], help="run only claims that match this pattern")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; one thread a process, since parallelism is over items (``-n``)."""
    one_thread()
    config.addinivalue_line("markers", "source(name): claims of one source")
    config.addinivalue_line("markers", "falsehood: items that must refute a false neighbour")
    for mark in (*STRENGTH_MARKS, "check", "reading", "corrected"):
        config.addinivalue_line("markers", f"{mark}: items of the harness")
    from verify.claim import KINDS

    for kind in KINDS:
        config.addinivalue_line("markers", f"{slug(kind).replace('-', '_')}: claims of this kind")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config), "lemmata-controller")


def is_spec(path: Path, root: Path) -> bool:
    """A Python file below the folder theorems/ of the root that is not private and not a test."""
    try:
        parts = path.relative_to(root).parts
    except ValueError:
        return False
    plain = path.suffix == ".py" and not path.name.startswith(("_", "test_", "conftest"))
    return plain and len(parts) > 1 and parts[0] == "theorems"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Spec files below theorems/."""
    if is_spec(file_path, project_root(parent.config)):
        return SpecFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Settings and lock are read before anything is collected, so that bad input is one line."""
    config = session.config
    theorems = (project_root(config) / "theorems").resolve()
    for argument in config.args:
        place = (config.invocation_params.dir / str(argument).split("::")[0]).resolve()
        if place == theorems or theorems in place.parents or place in theorems.parents:
            ready(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Import the rest of the tree, so that dependencies are checked whatever was selected."""
    from verify.registry import load

    if any(isinstance(item, ClaimItem) for item in items):
        try:
            load(project_root(config))
        except SpecError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_report_teststatus(report: pytest.TestReport) -> Any:
    """Undecided is its own category."""
    ours = any(name == PROPERTY for name, _ in getattr(report, "user_properties", ()))
    if ours and report.when == "call" and report.skipped:
        return "undecided", "?", "UNDECIDED"
    return None


def render(build: Path) -> str:
    """Write the report through the entry point of the report package, if one is installed."""
    for entry in entry_points(group="lemmata.report"):
        return str(entry.load()(build))
    return ""


class Controller:
    """The process that sees every report: stores results, applies the gate, prints the summary."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.selected: set[str] = set()
        self.executed: set[str] = set()
        self.results: dict[str, Any] = {}
        self.started = time.monotonic()
        self.run: Any = None
        self.summary: Any = None
        self.report = ""
        self.problem = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What was selected, without xdist."""
        self.selected |= {item.nodeid for item in session.items if isinstance(item, ClaimItem)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """What an xdist worker selected: node ids whose second part is the id of a claim."""
        self.selected |= {i for i in ids if "::" in i and ID.fullmatch(i.split("::")[1])}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store results as they come in, so that an interrupted run keeps what is done."""
        import msgspec

        from verify.verdict import Result

        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.executed.add(report.nodeid)
                for result in msgspec.json.decode(str(value), type=list[Result]):
                    self.results[result.task] = result
                    self._store(result)

    def _store(self, result: Any) -> None:
        from msgspec.structs import replace

        from verify import store

        try:
            run = self._run()
            store.append(ready(self.config).settings.build, store.Line(replace(result, run=run.id)))
        except store.StoreError as error:
            pytest.exit(str(error), returncode=3)

    def _run(self) -> Any:
        """Provenance, written before the first result."""
        from verify import store

        if self.run is None:
            settings = ready(self.config).settings
            self.run = store.new_run(
                profile=settings.profile, seed=settings.seed, device=settings.device, root=settings.root
            )
            store.append(settings.build, self.run)
        return self.run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Verdicts, gate, stored summary, report."""
        if not self.selected or session.config.option.collectonly:
            return
        from verify import store
        from verify.gate import failures
        from verify.registry import load
        from verify.runner import conclude

        missing = sorted(self.selected - self.executed)
        try:
            load(project_root(session.config))
            settings = ready(session.config).settings
            run = self._run()
            seconds = time.monotonic() - self.started
            everything = not self._restricted()
            self.summary = conclude(settings, run, self.results, missing, seconds, everything=everything)
            end = store.End(run.id, seconds, len(self.selected), len(self.executed), missing)
            store.append(settings.build, end)
        except (SpecError, store.StoreError) as error:
            self.problem = str(error)
        else:
            self._write_report(settings.build)
        failing = self.problem or self.summary.missing or failures(self.summary.changes)
        if exitstatus in (0, 5) and failing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _restricted(self) -> bool:
        """Whether the user asked for less than everything below theorems/."""
        option = self.config.option
        narrowed = option.keyword or option.markexpr or option.claim or option.deselect
        again = any(getattr(option, name, False) for name in ("lf", "stepwise", "maxfail"))
        root = project_root(self.config).resolve()
        whole = {root, root / "theorems"}
        places = {
            (self.config.invocation_params.dir / str(a).split("::")[0]).resolve() for a in self.config.args
        }
        inside = any("::" in str(a) for a in self.config.args)
        return bool(narrowed or again or inside or not places & whole)

    def _write_report(self, build: Path) -> None:
        """A report that cannot be written is a problem of its own; the results are stored already."""
        try:
            self.report = render(build)
        except Exception as error:
            self.problem = f"the report could not be written: {type(error).__name__}: {error}"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Counts by verdict, the weakest claims, changes, what did not run, the slowest, the report."""
        if self.problem:
            terminalreporter.section("verdicts")
            terminalreporter.write_line(f"cannot conclude: {self.problem}", red=True)
        if self.summary is None:
            return
        terminalreporter.section("verdicts")
        for line in summary_lines(self.summary):
            terminalreporter.write_line(line)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            from verify.gate import annotations

            for line in annotations(self.summary.changes, self.summary.claims):
                terminalreporter.write_line(line)
        if self.report:
            terminalreporter.write_line(f"report: {self.report}")


def summary_lines(summary: Any) -> list[str]:
    """The summary of a run in lines of text."""
    from verify.context import BUDGET, SHARES
    from verify.verdict import HELD

    ran = {result.claim for result in summary.results}
    counts = Counter(item.verdict if item.id in ran else "not run" for item in summary.claims)
    tally = ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items()))
    lines = [f"{tally} of {len(summary.claims)} claims"]
    lines += [
        f"  {item.verdict:9} {item.id}: {(item.witness or item.reason)[:200]}"
        for item in summary.claims
        if item.verdict in ("undecided", "refuted", "conflict") and item.id in ran
    ]
    lines += [
        f"  no evidence for the repair of {item.id}: {variant.name}"
        for item in summary.claims
        for variant in item.variants
        if variant.role == "corrected" and variant.verdict not in HELD and item.id in ran
    ]
    lines += [f"  [{c.direction}] {c.claim}: {c.message[:300]}" for c in summary.changes]
    if summary.missing:
        lines.append(f"selected but not executed: {', '.join(summary.missing[:10])}")
    kept = sorted({f"{r.claim}::{r.check}" for r in summary.results if r.recorded})
    if kept:
        lines.append(f"from recorded runs: {', '.join(kept)}")
    if summary.not_in_profile:
        lines.append(f"not in this profile: {', '.join(summary.not_in_profile)}")
    timed = [r for r in summary.results if not r.cached and r.seconds >= 0.05]
    slow = sorted(timed, key=lambda r: -r.seconds)[:10]
    if slow:
        lines.append("slowest: " + ", ".join(f"{r.claim}::{r.check} {r.seconds:.1f} s" for r in slow))
    run = summary.run
    lines.append(
        f"false-alarm budget {float(BUDGET):.0e}: {summary.decisions} of {SHARES} decisions used; "
        f"seed {run.seed}, profile {run.profile}, device {run.device}"
    )
    return lines
