"""What a check says (`Outcome`) and what the harness makes of it (`Judgement`).

An outcome is three-valued: holds, refuted, undecided.  Its strength and its reach are never written by
an author: `judge` asks the kernel about every certificate and takes the weakest answer.
"""

import math
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec

from verify import kernel

Status: TypeAlias = Literal["holds", "refuted", "undecided"]
Strength: TypeAlias = Literal["exact", "rigorous", "statistical", "observed"]
Scope: TypeAlias = Literal["universal", "domain", "instances"]

STRENGTHS: tuple[Strength, ...] = ("exact", "rigorous", "statistical", "observed")
SCOPES: tuple[Scope, ...] = ("universal", "domain", "instances")


class Evidence(msgspec.Struct, frozen=True):
    """One link: what it says in words, and the certificate that makes it checkable."""

    says: str
    certificate: kernel.Certificate


class Demand(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a theorem asks of a quantity (width, step size, iterations), and what was seen to be enough.

    `at_most` for a quantity that must be small (a step size).  What was seen supports nothing by itself.
    """

    quantity: str
    asked: float
    seen: float
    at_most: bool = False
    note: str = ""

    @property
    def factor(self) -> float:
        """How much more the theorem asks for than was needed: above 1 when it is pessimistic."""
        large, small = (self.seen, self.asked) if self.at_most else (self.asked, self.seen)
        return large / small if small > 0 else math.inf


class Regime(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the hypotheses, with explicit constants, were satisfied by what was run.

    `met` is None when the claim has no quantitative hypothesis.  Widths are numbers of hidden neurons;
    `demands` compare what the theorem asks for with what was seen to be enough.
    """

    met: bool | None = None
    required_width: float | None = None
    used_width: float | None = None
    note: str = ""
    demands: tuple[Demand, ...] = ()


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """One curve of a plot; of "segments" and "arrows" (tail to head) each two points are one piece."""

    label: str
    x: list[float]
    y: list[float]
    style: Literal["line", "points", "bound", "segments", "arrows"] = "line"


class Plot(msgspec.Struct, frozen=True, omit_defaults=True):
    """Data of a plot; `message` is the sentence that the reader should take away."""

    message: str
    x_label: str
    y_label: str
    series: list[Series]
    log_x: bool = False
    log_y: bool = False


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a check found.  Build it with `Holds`, `Refuted`, `Undecided` or the functions of `verify.prove`.

    `margin` is observed / bound (at most 1 when an inequality holds); `observations` are facts that were
    looked at and support nothing by themselves; `assumes` are the standard facts that glue the links.
    """

    status: Status
    evidence: tuple[Evidence, ...] = ()
    margin: float | None = None
    witness: str = ""
    reason: str = ""
    what_would_decide: str = ""
    regime: Regime = Regime()
    assumes: tuple[str, ...] = ()
    observations: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()


def Holds(*evidence: Evidence, **details: Any) -> Outcome:
    """The statement holds, by the evidence given (without evidence: merely observed)."""
    return Outcome("holds", evidence, **details)


def Refuted(*evidence: Evidence, witness: str, **details: Any) -> Outcome:
    """The statement fails, by the witness given."""
    return Outcome("refuted", evidence, witness=witness, **details)


def Undecided(reason: str, what_would_decide: str, **details: Any) -> Outcome:
    """Neither: say why, and what would decide it."""
    return Outcome("undecided", reason=reason, what_would_decide=what_would_decide, **details)


def every(*outcomes: Outcome, **details: Any) -> Outcome:
    """Conjunction: refuted by the first refuted part, undecided by the first undecided one."""
    if not outcomes:
        return Undecided("an empty conjunction", "at least one part")
    for part in outcomes:
        if part.status == "refuted":
            return msgspec.structs.replace(part, **details)
    for part in outcomes:
        if part.status == "undecided":
            return msgspec.structs.replace(part, **details)
    merged = _merge("holds", outcomes)
    return msgspec.structs.replace(merged, **details)


def contradicted_by(fact: Outcome, *, witness: str, **details: Any) -> Outcome:
    """The statement is refuted by a fact that holds and excludes it; otherwise nothing is known."""
    if fact.status == "holds":
        return Refuted(*fact.evidence, witness=witness, assumes=fact.assumes, **details)
    return Undecided(
        f"the contradicting fact is {fact.status}: {fact.witness or fact.reason}", "a proof of it"
    )


def follows_from(*links: Outcome, **details: Any) -> Outcome:
    """A chain of sufficient links: all must hold; a link that fails leaves the statement undecided."""
    for position, link in enumerate(links, 1):
        if link.status != "holds":
            return Undecided(
                f"link {position} of the argument is {link.status}: {link.witness or link.reason}",
                "another argument, or a witness against the statement itself",
            )
    return every(*links, **details)


def unless(instances: Iterable[Outcome], argument: Outcome) -> Outcome:
    """The first instance that refutes the statement; where there is none, the argument."""
    return next((o for o in instances if o.status == "refuted"), argument)


def _merge(status: Status, outcomes: tuple[Outcome, ...]) -> Outcome:
    margins = [o.margin for o in outcomes if o.margin is not None]
    regimes = [o.regime for o in outcomes if o.regime != Regime()]
    return Outcome(
        status,
        evidence=tuple(e for o in outcomes for e in o.evidence),
        margin=max(margins) if margins else None,
        regime=next((r for r in regimes if r.met is False), regimes[0] if regimes else Regime()),
        assumes=tuple(dict.fromkeys(a for o in outcomes for a in o.assumes)),
        observations=tuple(n for o in outcomes for n in o.observations),
        plots=tuple(p for o in outcomes for p in o.plots),
    )


class Judgement(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outcome with the strength and the scope that the kernel vouches for."""

    status: Status
    strength: Strength
    scope: Scope
    outcome: Outcome
    propositions: tuple[str, ...] = ()
    in_regime: bool = True

    @property
    def code(self) -> str:
        """Compact form for the lock: status, strength and scope, such as ``holds/exact/universal``."""
        if self.status == "undecided":
            return "undecided"
        regime = "" if self.in_regime else "/out-of-regime"
        return f"{self.status}/{self.strength}/{self.scope}{regime}"


def judge(outcome: object, covers: Scope) -> Judgement:
    """Ask the kernel about every certificate; anything it rejects leaves the outcome undecided.

    `covers` is how far the check's argument reaches when its links do; a link that is an instance, a
    sample or merely observed pulls the scope down to instances.
    """
    if not isinstance(outcome, Outcome):
        return _undecided(f"the check returned {type(outcome).__name__} instead of an Outcome")
    if outcome.status == "undecided":
        return Judgement("undecided", "observed", "instances", outcome)
    if outcome.status not in ("holds", "refuted"):
        return _undecided(f"the status {outcome.status!r} is not holds, refuted or undecided", outcome)
    if outcome.margin is not None and not math.isfinite(outcome.margin):
        return _undecided("the margin is not a finite number", outcome)
    checked = []
    for link in outcome.evidence:
        try:
            checked.append(kernel.check(link.certificate))
        except kernel.Rejected as rejection:
            return _undecided(f"the kernel rejects {link.says!r}: {rejection}", outcome)
    strength: Strength = max((c.strength for c in checked), key=STRENGTHS.index, default="observed")
    scope: Scope = covers
    if strength in ("observed", "statistical") or any(c.reach == "instance" for c in checked):
        scope = "instances"
    return Judgement(
        outcome.status,
        strength,
        scope,
        outcome,
        tuple(c.proposition for c in checked),
        outcome.regime.met is not False,
    )


def _undecided(reason: str, outcome: Outcome | None = None) -> Judgement:
    kept = {} if outcome is None else {"plots": outcome.plots, "observations": outcome.observations}
    said = Undecided(reason, "a certificate that the kernel accepts", **kept)
    return Judgement("undecided", "observed", "instances", said)
