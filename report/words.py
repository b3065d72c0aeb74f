"""The report's words: what verdicts mean, the opening sentence, why the gate fails, numbers for readers."""

import math
from collections import Counter
from collections.abc import Iterable

from markupsafe import Markup

from verify.store import Change, Summary

VERDICT_MEANING = {
    "proved": "an exact or rigorous argument that covers every case",
    "certified": "exact or rigorous on the domain or the instances it names",
    "supported": "decided by a test with a stated error probability",
    "undecided": "neither; the reason is given",
    "refuted": "fails as printed; a witness is given",
    "conflict": "proved and refuted at once: the harness itself is wrong somewhere",
}
"""From strongest to weakest."""

STRENGTH_MEANING = {
    "exact": "symbolic or rational",
    "rigorous": "every real number enclosed",
    "statistical": "a decision rule with an error probability",
    "observed": "looked at; supports nothing by itself",
}

UNCORRECTED = "no correction yet"
ERRATUM_CLASSES = {
    "false statement": "What is printed is false, and no change of constants saves it.",
    "missing hypothesis": "What is printed holds once a hypothesis is added.",
    "broken proof step": "The displayed step fails; the statement it serves may still hold.",
    "constant": "What is printed holds with another constant, exponent or sign.",
    UNCORRECTED: "What is printed is refuted; no corrected statement has evidence yet.",
    "misprint": "The literal text fails and the evident reading holds. No alarm.",
}
"""In the order of the report: what matters most first, slips of the pen last."""

HARMLESS = ("new", "stronger")
_REASONS = {
    "weaker": ("entry became weaker", "entries became weaker"),
    "new refutation": ("claim is newly refuted", "claims are newly refuted"),
    "vanished refutation": ("refutation vanished", "refutations vanished"),
    "gone": ("claim is no longer declared", "claims are no longer declared"),
    "defect": ("defect was found in a spec", "defects were found in specs"),
    "conflict": ("claim is proved and refuted at once", "claims are proved and refuted at once"),
    "changed": ("outcome changed", "outcomes changed"),
    "missing": ("selected item did not run", "selected items did not run"),
}


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 claim``, ``2 claims``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def clip(text: str, length: int) -> str:
    """The beginning of a long text, with its length said."""
    return text if len(text) <= length + 40 else f"{text[:length]}… ({len(text)} characters)"


def failing(changes: Iterable[Change]) -> list[Change]:
    """The changes for which the gate fails: all but the harmless ones."""
    return [change for change in changes if change.direction not in HARMLESS]


def gate_reasons(summary: Summary) -> list[str]:
    """Why the gate fails, in words; empty when it passes."""
    found = Counter(change.direction for change in failing(summary.changes))
    if summary.missing:
        found["missing"] = len(summary.missing)
    known = [name for name in _REASONS if name in found]
    unknown = sorted(set(found) - set(known))
    return [count(found[name], *_REASONS.get(name, (name, name))) for name in (*known, *unknown)]


def number(value: float) -> Markup:
    """Three significant digits, powers of ten from 10^5 on, grouped integers below."""
    if math.isnan(value):
        return Markup("not a number")
    if math.isinf(value):
        return Markup("−∞" if value < 0 else "∞")
    size = abs(value)
    if value == 0:
        return Markup("0")
    if size < 99999.5 and (size == int(size) or size >= 1000):
        return Markup(f"{round(value):,}".replace(",", "\u202f").replace("-", "−"))
    if 1e-3 <= size < 99999.5:
        digits = max(0, 3 - 1 - math.floor(math.log10(size)))
        return Markup(f"{value:.{digits}f}".replace("-", "−"))
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    lead = mantissa.rstrip("0").rstrip(".").replace("-", "−")
    power = str(int(exponent)).replace("-", "−")
    return Markup(f"{lead} × 10<sup>{power}</sup>") if lead != "1" else Markup(f"10<sup>{power}</sup>")


def margin(value: float | None) -> Markup:
    """A margin (observed over bound), which must not be rounded to or over 1 from below."""
    if value is None:
        return Markup("")
    if 0.9995 <= value < 1:
        gap = number(1 - value)
        return Markup("1 − ") + gap
    if 1 < value < 1.005:
        return Markup("1 + ") + number(value - 1)
    return number(value)
