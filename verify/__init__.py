"""What a claim, a check and a verdict are.

A spec imports from here: `Claim`, the outcome constructors, and the proof search.  Names are loaded when
first used, so that ``import verify`` (and the command line) starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.claim import Claim, SpecError, Statement
    from verify.context import Context, smallest_deciding_count
    from verify.outcome import (
        Demand,
        Evidence,
        Holds,
        Outcome,
        Plot,
        Refuted,
        Regime,
        Series,
        Undecided,
        contradicted_by,
        every,
        follows_from,
        unless,
    )
    from verify.search import eigenvalue_above, evaluate, expectation, identity, positive_definite, prove

_HOME = {
    "verify.claim": ("Claim", "SpecError", "Statement"),
    "verify.context": ("Context", "smallest_deciding_count"),
    "verify.outcome": (
        *("Demand", "Evidence", "Holds", "Outcome", "Plot", "Refuted", "Regime", "Series", "Undecided"),
        *("contradicted_by", "every", "follows_from", "unless"),
    ),
    "verify.search": (
        *("eigenvalue_above", "evaluate", "expectation", "identity", "positive_definite", "prove"),
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Claim",
    "Context",
    "Demand",
    "Evidence",
    "Holds",
    "Outcome",
    "Plot",
    "Refuted",
    "Regime",
    "Series",
    "SpecError",
    "Statement",
    "Undecided",
    "contradicted_by",
    "eigenvalue_above",
    "evaluate",
    "every",
    "expectation",
    "follows_from",
    "identity",
    "positive_definite",
    "prove",
    "smallest_deciding_count",
    "unless",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'verify' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
