"""Claims as data: one numbered statement of a source, its checks, its falsehoods, readings, corrections.

Adding a lemma is constructing a `Claim` at module level and decorating a function with its `check`.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Literal, NoReturn, TypeAlias

from verify.outcome import SCOPES, Outcome, Scope

Value: TypeAlias = "int | Fraction | str | bool | tuple[Value, ...] | None"
Erratum: TypeAlias = Literal[
    "misprint", "constant", "missing hypothesis", "broken proof step", "false statement"
]
CheckFunction: TypeAlias = Callable[["Statement", Any], Outcome]

KINDS = (
    "definition",
    "assumption",
    "closed-form",
    "deterministic-inequality",
    "probabilistic",
    "positive-definiteness",
    "existence",
    "dynamics",
    "proof-step",
    "asymptotic-scaling",
    "experiment",
)
ERRATA = ("misprint", "constant", "missing hypothesis", "broken proof step", "false statement")
PRINTED = "printed"
ID = re.compile(r"[a-z0-9]+/[A-Za-z0-9_.+-]+")
_NAME = re.compile(r"[\W_]+")


class SpecError(ValueError):
    """A spec is malformed; the message names the claim, what was expected and what came."""


class Statement:
    """The data of a claim as attributes: ``statement.c``.  ``statement.let`` has the numbers as text."""

    def __init__(self, data: Mapping[str, Value], variant: str = PRINTED) -> None:
        self._data = dict(data)
        self.variant = variant

    def __getattr__(self, name: str) -> Any:
        data = self.__dict__.get("_data", {})
        if name in data:
            return data[name]
        raise AttributeError(f"the claim has no datum {name!r}; it has {', '.join(data) or 'none'}")

    @property
    def data(self) -> dict[str, Value]:
        """A copy of the data."""
        return dict(self._data)

    @property
    def let(self) -> dict[str, str]:
        """Numbers and expressions as text, to be bound in the kernel's statements."""
        return {k: str(v) for k, v in self._data.items() if isinstance(v, int | Fraction | str)}


class Check:
    """A function from data to an outcome, with how far its argument reaches."""

    def __init__(self, function: CheckFunction, part: str, covers: Scope, profile: str) -> None:
        self.function, self.part, self.covers, self.profile = function, part, covers, profile
        self.name = function.__name__
        self.argument = (function.__doc__ or "").strip()


class Variant:
    """The claim on other data: a falsehood, a reading or a correction."""

    def __init__(
        self,
        role: Literal["falsehood", "reading", "corrected"],
        name: str,
        statement: Statement,
        by: tuple[str, ...],
        erratum: Erratum | None = None,
        check: Check | None = None,
    ) -> None:
        self.role, self.name, self.statement = role, name, statement
        self.by, self.erratum, self.check = by, erratum, check

    @property
    def key(self) -> str:
        """Stable id inside the claim: ``falsehood[constant-halved]``."""
        return f"{self.role}[{slug(self.name)}]"


def slug(text: str) -> str:
    """Lower case letters and digits (exponents as digits), everything else turned into single hyphens."""
    return _NAME.sub("-", unicodedata.normalize("NFKD", text).lower()).strip("-")


class Claim:
    """One numbered statement of a source.

    id: ``source/label``; title: in the field's terms; kind: one of `KINDS`; where: place in the source;
    states, given: TeX; printed: the constants, exponents, signs and radii as exact data (int, Fraction,
    or text such as ``"sqrt(2*pi)/16"``; floats are refused); parts: conclusions that need their own
    evidence; uses / proof_uses: ids that the statement / its printed proof rests on; aliases: ids of the
    same statement in a twin source; same_as: other claims that say the same; step_of: the claim whose
    printed proof has this one as a step.  Raises `SpecError` when malformed.
    """

    def __init__(
        self,
        id: str,
        *,
        title: str,
        kind: str,
        where: str,
        states: str,
        given: tuple[str, ...] = (),
        printed: Mapping[str, Value] | None = None,
        parts: tuple[str, ...] = ("",),
        uses: tuple[str, ...] = (),
        proof_uses: tuple[str, ...] = (),
        aliases: tuple[str, ...] = (),
        same_as: tuple[str, ...] = (),
        step_of: str = "",
        note: str = "",
    ) -> None:
        self.id, self.title, self.kind, self.where, self.states = id, title, kind, where, states
        self.given, self.parts, self.uses, self.proof_uses = given, parts, uses, proof_uses
        self.aliases, self.same_as, self.step_of, self.note = aliases, same_as, step_of, note
        frame = sys._getframe(1)
        self.module = str(frame.f_globals.get("__name__", ""))
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        self.checks: dict[str, Check] = {}
        self.variants: dict[str, Variant] = {}
        self.corrected_by: tuple[str, Erratum] | None = None
        self._validate()
        self.printed = Statement(self._exact(printed or {}))
        _declare(self)

    def _fail(self, message: str) -> NoReturn:
        raise SpecError(f"{self.id}: {message} ({self.file}:{self.line})")

    def _validate(self) -> None:
        if not isinstance(self.id, str) or not ID.fullmatch(self.id):
            self._fail("expected an id such as 'source/label-3.1'")
        if self.kind not in KINDS:
            self._fail(f"expected kind to be one of {', '.join(KINDS)} but got {self.kind!r}")
        for field in ("title", "where", "states"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                self._fail(f"expected {field} to be a non-empty text but got {value!r}")
        for field in ("given", "parts", "uses", "proof_uses", "aliases", "same_as"):
            value = getattr(self, field)
            if not isinstance(value, tuple) or not all(isinstance(v, str) for v in value):
                self._fail(f"expected {field} to be a tuple of texts but got {value!r}")
        if not self.parts:
            self._fail("expected at least one part")

    def _exact(self, data: Mapping[str, Value]) -> dict[str, Value]:
        for name, value in data.items():
            self._check_value(name, value)
        return dict(data)

    def _check_value(self, name: str, value: Any) -> None:
        if isinstance(value, tuple):
            for part in value:
                self._check_value(name, part)
        elif isinstance(value, float):
            self._fail(f"expected {name} to be exact (int, Fraction or text) but got the float {value!r}")
        elif value is not None and not isinstance(value, int | Fraction | str):
            self._fail(f"expected {name} to be int, Fraction, text, bool, None or a tuple but got {value!r}")

    def check(
        self, *, part: str = "", covers: Scope = "instances", profile: str = "quick"
    ) -> Callable[[CheckFunction], CheckFunction]:
        """Decorate ``f(statement, context) -> Outcome``; its docstring is the argument, shown in the report.

        covers: how far the argument reaches when its links do; profile: the smallest that runs it.
        """
        if part not in self.parts:
            self._fail(f"expected part to be one of {self.parts} but got {part!r}")
        if covers not in SCOPES:
            self._fail(f"expected covers to be one of {SCOPES} but got {covers!r}")
        if profile not in ("quick", "full", "gpu"):
            self._fail(f"expected profile to be quick, full or gpu but got {profile!r}")

        def register(function: CheckFunction) -> CheckFunction:
            check = Check(function, part, covers, profile)
            if check.name in self.checks:
                self._fail(f"two checks are called {check.name}")
            if not check.argument:
                self._fail(f"the check {check.name} has no docstring: say the argument in a sentence")
            self.checks[check.name] = check
            return function

        return register

    def _variant(self, role: Any, name: str, by: tuple[str, ...], changes: Mapping[str, Value]) -> Statement:
        data = self.printed.data
        unknown = set(changes) - set(data)
        if unknown:
            self._fail(f"{role} {name!r} changes {', '.join(sorted(unknown))}, which the claim does not have")
        changed = {**data, **self._exact(changes)}
        if changed == data:
            self._fail(f"{role} {name!r} changes nothing")
        return Statement(changed, f"{role}[{slug(name)}]")

    def _add(self, variant: Variant) -> None:
        if variant.key in self.variants:
            self._fail(f"{variant.key} is declared twice")
        self.variants[variant.key] = variant

    def falsehood(self, name: str, *, by: tuple[str, ...] = (), **changes: Value) -> None:
        """The claim with some data made wrong; at least one check (of `by`, when given) must refute it."""
        self._add(Variant("falsehood", name, self._variant("falsehood", name, by, changes), by))

    def falsehood_with_check(self, name: str) -> Callable[[CheckFunction], CheckFunction]:
        """A false neighbour that is not changed data (a converse, say); its own check must refute it."""

        def register(function: CheckFunction) -> CheckFunction:
            check = Check(function, "", "instances", "quick")
            statement = Statement(self.printed.data, f"falsehood[{slug(name)}]")
            self._add(Variant("falsehood", name, statement, (), check=check))
            return function

        return register

    def reading(self, name: str, *, by: tuple[str, ...] = (), **changes: Value) -> None:
        """Another reading of the text; its outcome is shown beside the literal one."""
        self._add(Variant("reading", name, self._variant("reading", name, by, changes), by))

    def corrected(self, name: str, *, erratum: Erratum, by: tuple[str, ...] = (), **changes: Value) -> None:
        """The repaired statement, run by the same checks."""
        if erratum not in ERRATA:
            self._fail(f"expected erratum to be one of {', '.join(ERRATA)} but got {erratum!r}")
        statement = self._variant("corrected", name, by, changes)
        self._add(Variant("corrected", name, statement, by, erratum))

    def corrected_in(self, id: str, *, erratum: Erratum) -> None:
        """The repaired statement is another claim."""
        if erratum not in ERRATA:
            self._fail(f"expected erratum to be one of {', '.join(ERRATA)} but got {erratum!r}")
        self.corrected_by = (id, erratum)

    @property
    def source(self) -> str:
        """The part of the id before the slash."""
        return self.id.split("/")[0]


_declared: dict[str, Claim] = {}


def _declare(claim: Claim) -> None:
    for name in (claim.id, *claim.aliases):
        other = _declared.get(name)
        if other is not None and (other.file, other.line) != (claim.file, claim.line):
            where = f"{other.file}:{other.line} and {claim.file}:{claim.line}"
            raise SpecError(f"{name}: declared twice, at {where}")
        _declared[name] = claim


def declared() -> dict[str, Claim]:
    """All claims declared so far, by id (aliases left out), sorted."""
    return {name: c for name, c in sorted(_declared.items()) if name == c.id}


def aliases() -> dict[str, str]:
    """Alias to id."""
    return {name: c.id for name, c in sorted(_declared.items()) if name != c.id}


def forget() -> None:
    """Empty the registry (for tests and for collecting another tree in the same process)."""
    _declared.clear()
