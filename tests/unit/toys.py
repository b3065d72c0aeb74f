"""Toy claims, judgements and results for the tests of verdicts, store and gate."""

from typing import Any

from verify import Claim, Evidence, Holds, Refuted, Regime, Undecided
from verify.kernel import BinomialDecision, Evaluation, Identity
from verify.outcome import Judgement, judge
from verify.verdict import ClaimSummary, Result, summarise

EXACT = Evidence("identity", Identity("x + x", "2*x"))
AGAINST = Evidence("witness", Evaluation("1 < 2"))
RIGOROUS = Evidence("balls", Evaluation("pi < 22/7"))
SAMPLE = Evidence("trials", BinomialDecision("e", "1/2", "holds", 40, 40, "1/10**9", "1" * 40, "s"))
OUT = Regime(met=False, required_width=1e9, used_width=64)

JUDGEMENTS: dict[str, Judgement] = {
    "proved": judge(Holds(EXACT, margin=0.5), "universal"),
    "rigorously proved": judge(Holds(RIGOROUS), "universal"),
    "certified": judge(Holds(EXACT), "domain"),
    "instances": judge(Holds(RIGOROUS), "instances"),
    "supported": judge(Holds(SAMPLE), "universal"),
    "observed": judge(Holds(), "universal"),
    "out": judge(Holds(EXACT, regime=OUT), "universal"),
    "undecided": judge(Undecided("no idea", "an idea"), "universal"),
    "refuted": judge(Refuted(AGAINST, witness="x = 1"), "universal"),
    "statistically refuted": judge(Refuted(SAMPLE, witness="0 of 40"), "instances"),
    "seen to fail": judge(Refuted(witness="looked wrong"), "universal"),
    "refuted out of regime": judge(Refuted(AGAINST, witness="w", regime=OUT), "universal"),
}


def lemma(id: str = "toy/lemma", checks: tuple[str, ...] = ("argument",), **changes: Any) -> Claim:
    """A claim with named checks (``part:name`` puts one into a part) and one falsehood."""
    fields = {"title": "t", "kind": "definition", "where": "w", "states": "x", "printed": {"c": 2}, **changes}
    item = Claim(id, **fields)
    for text in checks:
        part, _, name = text.rpartition(":")

        def argument(claim: Any, ctx: Any) -> None:
            """Because."""

        argument.__name__ = name
        item.check(part=part, covers="universal")(argument)
    item.falsehood("half", c=1)
    return item


def result(
    item: Claim, kind: str, *, variant: str = "printed", check: str = "argument", key: str = ""
) -> Result:
    """A result of a toy claim."""
    return Result(item.id, variant, check, key or f"{len(kind):064x}", JUDGEMENTS[kind], seconds=0.25)


def summary(item: Claim, kind: str = "proved", falsehood: str = "refuted") -> ClaimSummary:
    """The summary of a claim with one check, from its two results."""
    wrong = result(item, falsehood, variant="falsehood[half]")
    return summarise(item, [result(item, kind), wrong])
