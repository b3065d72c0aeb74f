"""The summary of a run arranged for the reader: one view per claim, errata by class, the vacuity table."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from report import history, plots
from report.certificates import Budget, Bundle, bundle
from report.words import ERRATUM_CLASSES, UNCORRECTED
from verify.outcome import Plot
from verify.store import Summary, read_history
from verify.verdict import CheckSummary, ClaimSummary, Result, VariantSummary

PRINTED = "printed"


class PlotView(NamedTuple):
    """A drawn plot with an id that is unique on the page."""

    id: str
    plot: Plot
    drawing: plots.Drawing


class RunView(NamedTuple):
    """One executed check on one variant, with its certificates and plots."""

    result: Result
    certificates: Bundle
    plots: list[PlotView]


class CheckView(NamedTuple):
    """A check and what it did on the printed data, if it ran."""

    check: CheckSummary
    run: RunView | None


class VariantView(NamedTuple):
    """A falsehood, reading or correction and the checks that ran on it."""

    variant: VariantSummary
    runs: list[RunView]


class ClaimView(NamedTuple):
    """A claim with everything that its section shows."""

    item: ClaimSummary
    anchor: str
    source: str
    href: str
    checks: list[CheckView]
    falsehoods: list[VariantView]
    readings: list[VariantView]
    corrections: list[VariantView]
    used_by: list[str]
    proof_used_by: list[str]
    steps: list[ClaimSummary]
    resting: list[tuple[str, str]]
    course: history.Course | None


class Ask(NamedTuple):
    """A row of the vacuity table: what a theorem asks of a quantity, and what was seen to be enough."""

    claim: str
    check: str
    quantity: str
    asked: float | None
    seen: float | None
    at_most: bool
    met: bool | None
    note: str

    @property
    def factor(self) -> float | None:
        """How much more the theorem asks for than what was seen to be enough."""
        if self.asked is None or self.seen is None or not (self.asked > 0 and self.seen > 0):
            return None
        return self.seen / self.asked if self.at_most else self.asked / self.seen


def anchor(id: str) -> str:
    """The fragment of a claim's section."""
    return id.replace("/", "-")


def aliases(claims: Iterable[ClaimSummary]) -> dict[str, str]:
    """Alias to id."""
    return {alias: item.id for item in claims for alias in item.aliases}


def claim_views(summary: Summary, folder: Path, budget: Budget) -> dict[str, ClaimView]:
    """The views of all claims, by id.  Certificates for the printed data take from the budget first."""
    claims = {item.id: item for item in summary.claims}
    alias = aliases(summary.claims)
    runs = _run_views(summary.results, {v.key: v.role for c in summary.claims for v in c.variants}, budget)
    courses = history.courses(read_history(folder), summary.run.profile)
    users = _reverse(claims, alias, lambda item: item.uses)
    proof_users = _reverse(claims, alias, lambda item: item.proof_uses)
    parents = _reverse(claims, alias, lambda item: (item.step_of,) if item.step_of else ())
    resting: dict[str, list[tuple[str, str]]] = {}
    for item in summary.claims:
        for below in item.rests_on:
            resting.setdefault(below.id, []).append((item.id, below.through))
    return {
        name: ClaimView(
            item=item,
            anchor=anchor(name),
            source=name.split("/")[0],
            href=source_href(item, folder),
            checks=[
                CheckView(
                    c, next((r for r in runs.get((name, PRINTED), []) if r.result.check == c.name), None)
                )
                for c in item.checks
            ],
            falsehoods=_variants(item, "falsehood", runs),
            readings=_variants(item, "reading", runs),
            corrections=_variants(item, "corrected", runs),
            used_by=users.get(name, []),
            proof_used_by=proof_users.get(name, []),
            steps=[claims[step] for step in parents.get(name, [])],
            resting=resting.get(name, []),
            course=courses.get(name),
        )
        for name, item in claims.items()
    }


def _run_views(
    results: list[Result], roles: Mapping[str, str], budget: Budget
) -> dict[tuple[str, str], list[RunView]]:
    numbers = count(1)
    found: dict[tuple[str, str], list[RunView]] = {}
    for result in sorted(results, key=lambda r: (roles.get(r.variant) == "falsehood", r.variant != PRINTED)):
        outcome = result.judgement.outcome
        drawn = outcome.plots if roles.get(result.variant) != "falsehood" else ()
        found.setdefault((result.claim, result.variant), []).append(
            RunView(
                result,
                bundle(outcome.evidence, budget),
                [PlotView(f"plot_{next(numbers)}", plot, plots.draw(plot)) for plot in drawn],
            )
        )
    return found


def _variants(
    item: ClaimSummary, role: str, runs: Mapping[tuple[str, str], list[RunView]]
) -> list[VariantView]:
    return [VariantView(v, runs.get((item.id, v.key), [])) for v in item.variants if v.role == role]


def _reverse(
    claims: Mapping[str, ClaimSummary],
    alias: Mapping[str, str],
    targets: Callable[[ClaimSummary], Iterable[str]],
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in claims.values():
        for target in targets(item):
            found.setdefault(alias.get(target, target), []).append(item.id)
    return found


def source_href(item: ClaimSummary, folder: Path) -> str:
    """The claim's file relative to the report, or nothing when it cannot be found from here."""
    if not item.file:
        return ""
    here = folder.resolve()
    for root in (here, *here.parents, Path.cwd()):
        if (root / item.file).is_file():
            return f"{quote(Path(os.path.relpath(root / item.file, here)).as_posix())}#L{item.line}"
    return ""


def errata(views: Mapping[str, ClaimView]) -> list[tuple[str, str, list[ClaimView]]]:
    """(class, what the class means, refuted claims), classes in the report's order, empty ones left out."""
    by_class: dict[str, list[ClaimView]] = {}
    for shown in views.values():
        if shown.item.verdict == "refuted":
            kind = shown.item.erratum.kind if shown.item.erratum else UNCORRECTED
            by_class.setdefault(kind, []).append(shown)
    order = [*ERRATUM_CLASSES, *(kind for kind in by_class if kind not in ERRATUM_CLASSES)]
    return [(kind, ERRATUM_CLASSES.get(kind, ""), by_class[kind]) for kind in order if kind in by_class]


def witnesses(shown: ClaimView) -> list[RunView]:
    """The runs on the printed data that refute it, most rigorous first."""
    order = ("exact", "rigorous", "statistical")
    runs = [c.run for c in shown.checks if c.run is not None]
    found = [
        r
        for r in runs
        if r.result.judgement.status == "refuted"
        and r.result.judgement.in_regime
        and r.result.judgement.strength in order
    ]
    return sorted(found, key=lambda r: order.index(r.result.judgement.strength))


def asks(views: Mapping[str, ClaimView]) -> list[Ask]:
    """The vacuity table by claim, the claim with the largest factor first; equal rows of a claim once."""
    found: dict[tuple[str, str, float | None, float | None], Ask] = {}
    for row in _asks(views.values()):
        if row.asked is not None or row.seen is not None:
            found.setdefault((row.claim, row.quantity, row.asked, row.seen), row)
    largest: dict[str, float] = {}
    for row in found.values():
        largest[row.claim] = max(largest.get(row.claim, 0.0), row.factor or 0.0)
    return sorted(found.values(), key=lambda r: (-largest[r.claim], r.claim, -(r.factor or 0.0)))


class Scale(NamedTuple):
    """The rows of one quantity and their common logarithmic axis."""

    quantity: str
    rows: list[Ask]
    axis: plots.Axis


def scales(rows: list[Ask]) -> list[Scale]:
    """The vacuity table by quantity: widths first, then as they come."""
    names = dict.fromkeys(["width", *(row.quantity for row in rows)])
    found = []
    for name in names:
        own = [row for row in rows if row.quantity == name]
        values = [v for row in own for v in (row.asked, row.seen) if v is not None and v > 0]
        if values:
            found.append(Scale(name, own, plots.span(min(values), max(values))))
    return found


def _asks(views: Iterable[ClaimView]) -> Iterator[Ask]:
    for shown in views:
        item = shown.item
        tried = [c.run for c in shown.checks if c.run is not None]
        tried += [run for v in (*shown.corrections, *shown.readings) for run in v.runs]
        for run in tried:
            regime, result = run.result.judgement.outcome.regime, run.result
            name = result.check if result.variant == PRINTED else f"{result.check} on {result.variant}"
            for d in regime.demands:
                yield Ask(item.id, name, d.quantity, d.asked, d.seen, d.at_most, None, d.note)
            required, used = regime.required_width, regime.used_width
            yield Ask(item.id, name, "width", required, used, False, regime.met, regime.note)
        met = {"in regime": True, "out of regime": False}.get(item.regime)
        yield Ask(item.id, "", "width", item.required_width, item.used_width, False, met, "")


def used_tree(views: Mapping[str, ClaimView], alias: Mapping[str, str]) -> list[tuple[int, str, str, bool]]:
    """The dependency graph as indented lines: (depth, id, through, whether it stands in full above).

    Starts from the claims that nothing uses; a claim that returns is not unfolded again.
    """
    lines: list[tuple[int, str, str, bool]] = []
    seen: set[str] = set()

    def visit(name: str, depth: int, through: str) -> None:
        again = name in seen
        lines.append((depth, name, through, again))
        if again:
            return
        seen.add(name)
        item = views[name].item
        below = [(t, "uses") for t in item.uses] + [(t, "proof uses") for t in item.proof_uses]
        for target, how in below:
            target = alias.get(target, target)
            if target in views:
                visit(target, depth + 1, how)

    related = [
        n for n, v in views.items() if v.item.uses or v.item.proof_uses or v.used_by or v.proof_used_by
    ]
    for name in sorted(related, key=lambda n: bool(views[n].used_by or views[n].proof_used_by)):
        if name not in seen:
            visit(name, 0, "")
    return lines
