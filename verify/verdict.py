"""Verdicts, computed from judgements and never written.

For each part of a claim: a refutation in regime that is statistical or better refutes it; otherwise the
best outcome that holds in regime decides: exact or rigorous and universal is *proved*, exact or rigorous
on less is *certified*, statistical is *supported*, anything else is *undecided*.  The claim's verdict is
that of its weakest part, with the strength of that part's evidence; one refuted part is enough to refute a
claim, so there the strongest refutation counts.  A part that is both refuted and proved is a *conflict*:
the harness itself is wrong somewhere.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from verify.claim import PRINTED, Claim
from verify.outcome import SCOPES, STRENGTHS, Judgement

Verdict: TypeAlias = Literal["proved", "certified", "supported", "refuted", "undecided", "conflict"]
VERDICTS: tuple[Verdict, ...] = ("proved", "certified", "supported", "undecided", "refuted", "conflict")
"""From strongest to weakest."""
HELD = VERDICTS[:3]
"""Verdicts of a statement for which there is evidence."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One executed task: a check of a claim on a variant of its data."""

    claim: str
    variant: str
    check: str
    key: str
    judgement: Judgement
    seconds: float = 0.0
    cached: bool = False
    decisions: int = 0
    run: str = ""
    recorded: str = ""

    @property
    def task(self) -> str:
        """``claim::variant::check``."""
        return f"{self.claim}::{self.variant}::{self.check}"


class VariantSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a falsehood, a reading or a correction."""

    key: str
    role: Literal["falsehood", "reading", "corrected"]
    name: str
    changed: dict[str, str]
    verdict: Verdict
    refuted_by: tuple[str, ...] = ()
    erratum: str = ""
    ran: bool = True


class CheckSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A check with its argument and its outcome on the printed data."""

    name: str
    argument: str
    part: str = ""
    code: str = "not run"
    refutes: tuple[str, ...] = ()
    profile: str = "quick"


class ErratumSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A printed statement that is refuted, with the corrected one and its verdict."""

    kind: str
    witness: str
    corrected: str
    verdict: Verdict


class RestsOn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A claim further down on which this one rests and which is refuted or undecided.

    `repaired`: the class of the erratum, when the corrected statement holds ("missing hypothesis", say): what
    rests on it may then need no more than the correction.
    """

    id: str
    verdict: Verdict
    through: Literal["statement", "proof"]
    repaired: str = ""

    @property
    def words(self) -> str:
        """``refuted, through its statement; holds with a missing hypothesis added``."""
        repair = f"; its correction ({self.repaired}) holds" if self.repaired else ""
        return f"{self.verdict}, through its {self.through}{repair}"


class ClaimSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is known of a claim after a run."""

    id: str
    title: str
    kind: str
    where: str
    states: str
    verdict: Verdict
    strength: str = "observed"
    scope: str = "instances"
    regime: str = ""
    required_width: float | None = None
    used_width: float | None = None
    margin: float | None = None
    given: tuple[str, ...] = ()
    printed: dict[str, str] = {}
    parts: dict[str, Verdict] = {}
    uses: tuple[str, ...] = ()
    proof_uses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    step_of: str = ""
    note: str = ""
    module: str = ""
    file: str = ""
    line: int = 0
    witness: str = ""
    reason: str = ""
    checks: tuple[CheckSummary, ...] = ()
    variants: tuple[VariantSummary, ...] = ()
    corrected_in: tuple[str, str] | None = None
    erratum: ErratumSummary | None = None
    proof: str = ""
    rests_on: tuple[RestsOn, ...] = ()
    defects: tuple[str, ...] = ()
    seconds: float = 0.0


def part_verdict(judgements: Iterable[Judgement]) -> Verdict:
    """The verdict of one part from the judgements of its checks."""
    usable = [j for j in judgements if j.in_regime and j.strength != "observed"]
    refuted = any(j.status == "refuted" for j in usable)
    held = [j for j in usable if j.status == "holds"]
    sound = [j for j in held if j.strength in ("exact", "rigorous")]
    proved = any(j.scope == "universal" for j in sound)
    if refuted:
        return "conflict" if proved else "refuted"
    if proved:
        return "proved"
    if sound:
        return "certified"
    return "supported" if held else "undecided"


def variant_verdict(item: Claim, results: Iterable[Result]) -> tuple[Verdict, dict[str, Verdict]]:
    """The verdict of a claim on one variant of its data, and of each part."""
    results = list(results)
    parts: dict[str, Verdict] = {}
    for part in item.parts:
        own = [r.judgement for r in results if r.check in item.checks and item.checks[r.check].part == part]
        parts[part] = part_verdict(own)
    return max(parts.values(), key=VERDICTS.index), parts


def _best(judgements: list[Judgement], verdict: Verdict) -> Judgement | None:
    wanted = "refuted" if verdict in ("refuted", "conflict") else "holds"
    fitting = [j for j in judgements if j.status == wanted]
    rank = {"holds": 0, "refuted": 0, "undecided": 1}
    return min(
        fitting or judgements,
        key=lambda j: (
            not j.in_regime,
            rank[j.status],
            STRENGTHS.index(j.strength),
            SCOPES.index(j.scope),
        ),
        default=None,
    )


def deciding_evidence(
    item: Claim, printed: list[Result], verdict: Verdict, parts: Mapping[str, Verdict]
) -> Judgement | None:
    """The judgement that decided: the best one of each part with the claim's verdict, of these the weakest.

    For a refuted claim the strongest: no other part needs to fail.
    """
    deciding = [p for p, v in parts.items() if v == verdict]
    best = [
        _best([r.judgement for r in printed if item.checks[r.check].part == part], verdict)
        for part in deciding
    ]
    present = [j for j in best if j is not None]
    choose = min if verdict in ("refuted", "conflict") else max
    return choose(present, key=lambda j: (STRENGTHS.index(j.strength), SCOPES.index(j.scope)), default=None)


def summarise(item: Claim, results: Iterable[Result]) -> ClaimSummary:
    """Compute what is known of a claim from its results, whatever their order."""
    by_task = {(r.variant, r.check): r for r in results}
    ordered = [by_task[key] for key in sorted(by_task)]
    printed = [r for r in ordered if r.variant == PRINTED and r.check in item.checks]
    verdict, parts = variant_verdict(item, printed)
    deciding = deciding_evidence(item, printed, verdict, parts)
    variants = tuple(_summarise_variant(item, key, ordered) for key in sorted(item.variants))
    refutes = {name: _refuted_falsehoods(item, name, ordered) for name in item.checks}
    checks = tuple(
        CheckSummary(
            c.name,
            c.argument,
            c.part,
            next((r.judgement.code for r in printed if r.check == c.name), "not run"),
            refutes[c.name],
            c.profile,
        )
        for c in item.checks.values()
    )
    regime = deciding.outcome.regime if deciding else None
    if regime is None or regime.required_width is None:
        ran = [r.judgement.outcome.regime for r in printed]
        regime = next((g for g in ran if g.required_width is not None), regime)
    return ClaimSummary(
        id=item.id,
        title=item.title,
        kind=item.kind,
        where=item.where,
        states=item.states,
        verdict=verdict,
        strength=deciding.strength if deciding else "observed",
        scope=deciding.scope if deciding else "instances",
        regime=_regime_text(deciding),
        required_width=regime.required_width if regime else None,
        used_width=regime.used_width if regime else None,
        margin=deciding.outcome.margin if deciding else None,
        given=item.given,
        printed={k: str(v) for k, v in item.printed.data.items()},
        parts=dict(parts) if len(item.parts) > 1 else {},
        uses=item.uses,
        proof_uses=item.proof_uses,
        aliases=item.aliases,
        same_as=item.same_as,
        step_of=item.step_of,
        note=item.note,
        module=item.module,
        file=item.file,
        line=item.line,
        witness=deciding.outcome.witness if deciding and verdict in ("refuted", "conflict") else "",
        reason=_reason(printed, verdict),
        checks=checks,
        variants=variants,
        corrected_in=item.corrected_by,
        defects=_defects(item, variants, checks, by_task),
        seconds=sum(r.seconds for r in ordered),
    )


def _regime_text(judgement: Judgement | None) -> str:
    if judgement is None or judgement.outcome.regime.met is None:
        return ""
    return "in regime" if judgement.outcome.regime.met else "out of regime"


def _short_of(judgement: Judgement) -> tuple[str, str]:
    """Why a judgement decides nothing, and what would."""
    outcome = judgement.outcome
    if judgement.status != "undecided" and not judgement.in_regime:
        note = f" ({outcome.regime.note})" if outcome.regime.note else ""
        return f"{judgement.strength}, out of regime{note}", "a run that meets the hypotheses"
    return outcome.reason or "only observed", outcome.what_would_decide or "a certificate"


def _reason(printed: list[Result], verdict: Verdict) -> str:
    if verdict != "undecided":
        return ""
    texts = [
        f"{r.check}: {why}; would decide: {how}"
        for r in printed
        for why, how in [_short_of(r.judgement)]
        if r.judgement.status == "undecided"
        or r.judgement.strength == "observed"
        or not r.judgement.in_regime
    ]
    return " | ".join(texts) or "no check ran"


def _summarise_variant(item: Claim, key: str, results: list[Result]) -> VariantSummary:
    variant = item.variants[key]
    own = [r for r in results if r.variant == key]
    refuted_by = tuple(r.check for r in own if refutes(r.judgement))
    if variant.check is not None:
        verdict = part_verdict(r.judgement for r in own)
    else:
        verdict, _ = variant_verdict(item, own)
    printed = item.printed.data
    changed = {k: str(v) for k, v in variant.statement.data.items() if v != printed[k]}
    return VariantSummary(
        key, variant.role, variant.name, changed, verdict, refuted_by, variant.erratum or "", bool(own)
    )


def refutes(judgement: Judgement) -> bool:
    """A refutation that counts: in regime, and better than merely observed."""
    return judgement.status == "refuted" and judgement.in_regime and judgement.strength != "observed"


def _refuted_falsehoods(item: Claim, check: str, results: list[Result]) -> tuple[str, ...]:
    return tuple(
        r.variant
        for r in results
        if r.check == check
        and r.variant in item.variants
        and item.variants[r.variant].role == "falsehood"
        and refutes(r.judgement)
    )


CRASHED = "the check crashed"
"""How the reason of a check that raised begins: our failure, which no other check of the claim makes good."""


def _defects(
    item: Claim,
    variants: tuple[VariantSummary, ...],
    checks: tuple[CheckSummary, ...],
    by_task: Mapping[tuple[str, str], Result],
) -> tuple[str, ...]:
    """Checks that crashed, falsehoods that survive and checks that refute none, as far as they ran."""
    found = [
        f"{r.check} on {r.variant}: {r.judgement.outcome.reason}"
        for r in by_task.values()
        if r.judgement.outcome.reason.startswith(CRASHED)
    ]
    ran = {variant for variant, _ in by_task}
    for v in variants:
        if v.role == "falsehood" and v.key in ran and not v.refuted_by:
            found.append(f"{v.key} survives: no check refutes it")
    own = [v for v in item.variants.values() if v.role == "falsehood" and v.check is None]
    for c in checks:
        aimed = [v for v in own if not v.by or c.name in v.by]
        complete = all((v.key, c.name) in by_task for v in aimed)
        found += [
            f"the check {c.name} refutes {key} by the very certificates that support the printed statement"
            for key in c.refutes
            if _same_evidence(by_task.get((PRINTED, c.name)), by_task.get((key, c.name)))
        ]
        if c.code != "not run" and complete and not c.refutes:
            found.append(f"the check {c.name} refutes no falsehood, so nothing shows that it can fail")
    return tuple(found)


def _same_evidence(held: Result | None, refuted: Result | None) -> bool:
    """Whether what supports one variant is, to the letter, what refutes another: then the data decided."""
    if held is None or refuted is None or held.judgement.status != "holds":
        return False
    shown = held.judgement.outcome.evidence
    return bool(shown) and shown == refuted.judgement.outcome.evidence


def connect(summaries: Mapping[str, ClaimSummary], alias: Mapping[str, str]) -> dict[str, ClaimSummary]:
    """Add what depends on other claims: errata, the state of the printed proof, what each rests on."""
    connected = {}
    for name, item in summaries.items():
        connected[name] = msgspec.structs.replace(
            item,
            rests_on=_rests_on(item, summaries, alias),
            erratum=_erratum(item, summaries, alias),
            proof=_proof(item, summaries, alias),
        )
    return connected


WEAK = ("refuted", "undecided", "conflict")


def _rests_on(
    item: ClaimSummary, summaries: Mapping[str, ClaimSummary], alias: Mapping[str, str]
) -> tuple[RestsOn, ...]:
    found: dict[tuple[str, str], RestsOn] = {}
    seen = set()
    stack: list[tuple[str, Literal["statement", "proof"]]] = [(t, "statement") for t in item.uses]
    stack += [(t, "proof") for t in item.proof_uses]
    while stack:
        target, through = stack.pop()
        target = alias.get(target, target)
        if (target, through) in seen or target not in summaries:
            continue
        seen.add((target, through))
        below = summaries[target]
        if below.verdict in WEAK and not _mere_misprint(below, summaries, alias):
            erratum = _erratum(below, summaries, alias)
            repaired = erratum.kind if erratum is not None and erratum.verdict not in WEAK else ""
            found[target, through] = RestsOn(target, below.verdict, through, repaired)
        stack += [(t, through) for t in below.uses]
        if through == "proof":
            stack += [(t, "proof") for t in below.proof_uses]
    return tuple(found[key] for key in sorted(found))


def _mere_misprint(
    item: ClaimSummary, summaries: Mapping[str, ClaimSummary], alias: Mapping[str, str]
) -> bool:
    """Refuted in its literal reading only: the corrected statement holds, so nothing above is shaken."""
    erratum = _erratum(item, summaries, alias)
    return erratum is not None and erratum.kind == "misprint" and erratum.verdict not in WEAK


def _erratum(
    item: ClaimSummary, summaries: Mapping[str, ClaimSummary], alias: Mapping[str, str]
) -> ErratumSummary | None:
    """The first correction that holds; a refuted claim without one is an uncorrected false statement."""
    if item.verdict != "refuted":
        return None
    for variant in item.variants:
        if variant.role == "corrected" and variant.verdict in HELD:
            text = f"{variant.name}: " + ", ".join(f"{k} = {v}" for k, v in variant.changed.items())
            return ErratumSummary(variant.erratum, item.witness, text, variant.verdict)
    if item.corrected_in is not None:
        target, kind = alias.get(item.corrected_in[0], item.corrected_in[0]), item.corrected_in[1]
        return ErratumSummary(kind, item.witness, f"see {target}", summaries[target].verdict)
    return None


def _proof(item: ClaimSummary, summaries: Mapping[str, ClaimSummary], alias: Mapping[str, str]) -> str:
    """State of the printed proof from the verdicts of its steps."""
    steps = [s for s in summaries.values() if s.step_of and alias.get(s.step_of, s.step_of) == item.id]
    if not steps:
        return ""
    refuted = [s for s in steps if s.verdict == "refuted"]
    broken = [s.id for s in refuted if not _mere_misprint(s, summaries, alias)]
    if broken:
        return f"printed proof broken at {', '.join(broken)}"
    open_steps = [s.id for s in steps if s.verdict == "undecided"]
    if open_steps:
        return f"printed proof undecided at {', '.join(open_steps)}"
    return "every listed step of the printed proof holds"
