"""Verdicts: computed from judgements, as good as the weakest part, transitive, the same in any order."""

from itertools import permutations, product
from typing import Any

import pytest

from tests.unit.toys import JUDGEMENTS, lemma, result, summary
from verify.claim import forget
from verify.outcome import Undecided, judge
from verify.verdict import (
    CRASHED,
    VERDICTS,
    Result,
    connect,
    part_verdict,
    refutes,
    summarise,
    variant_verdict,
)

pytestmark = pytest.mark.usefixtures("fresh_registry")

SINGLE = {
    "proved": "proved",
    "rigorously proved": "proved",
    "certified": "certified",
    "instances": "certified",
    "supported": "supported",
    "observed": "undecided",
    "out": "undecided",
    "undecided": "undecided",
    "refuted": "refuted",
    "statistically refuted": "refuted",
    "seen to fail": "undecided",
    "refuted out of regime": "undecided",
}


@pytest.mark.parametrize(("kind", "verdict"), list(SINGLE.items()))
def test_one_judgement(kind, verdict):
    """A single judgement gives its verdict; observations and runs out of regime give none."""
    assert part_verdict([JUDGEMENTS[kind]]) == verdict


@pytest.mark.parametrize(("a", "b"), list(product(SINGLE, SINGLE)))
def test_two_judgements(a, b):
    """A refutation beats everything but a proof, with which it conflicts; else the better one counts."""
    verdicts = {SINGLE[a], SINGLE[b]}
    if "refuted" in verdicts:
        expected = "conflict" if "proved" in verdicts else "refuted"
    else:
        expected = min(verdicts, key=VERDICTS.index)
    assert part_verdict([JUDGEMENTS[a], JUDGEMENTS[b]]) == expected
    assert part_verdict([JUDGEMENTS[b], JUDGEMENTS[a]]) == expected


def test_no_judgement():
    """Nothing known is undecided."""
    assert part_verdict([]) == "undecided"


@pytest.mark.parametrize(
    ("rate", "width", "verdict"),
    [
        *(
            ("proved", "supported", "supported"),
            ("proved", "undecided", "undecided"),
            ("proved", None, "undecided"),
        ),
        *(
            ("proved", "refuted", "refuted"),
            ("certified", "proved", "certified"),
            ("proved", "proved", "proved"),
        ),
        *(("undecided", "refuted", "refuted"), (None, None, "undecided")),
    ],
)
def test_claim_is_as_good_as_its_weakest_part(rate, width, verdict):
    """Every part needs its own evidence; a part that did not run is undecided."""
    item = lemma(checks=("rate:a", "width:b"), parts=("rate", "width"))
    results = [result(item, kind, check=name) for name, kind in (("a", rate), ("b", width)) if kind]
    found, parts = variant_verdict(item, results)
    assert found == verdict
    assert set(parts) == {"rate", "width"}


def test_a_proof_and_a_refutation_of_different_parts_do_not_conflict():
    """A conflict is one part both proved and refuted."""
    item = lemma(checks=("rate:a", "width:b", "width:c"), parts=("rate", "width"))
    results = [result(item, "proved", check="a"), result(item, "refuted", check="b")]
    assert variant_verdict(item, results)[0] == "refuted"
    results.append(result(item, "proved", check="c"))
    assert variant_verdict(item, results)[0] == "conflict"


def test_a_refuted_claim_has_the_strength_of_its_strongest_refutation():
    """One refuted part is enough, so a weaker refutation of another part takes nothing away."""
    item = lemma(checks=("rate:a", "width:b"), parts=("rate", "width"))
    results = [result(item, "statistically refuted", check="a"), result(item, "refuted", check="b")]
    assert summarise(item, results).strength == JUDGEMENTS["refuted"].strength
    results = [result(item, "supported", check="a"), result(item, "supported", check="b")]
    assert summarise(item, results).strength == "statistical"


def test_a_check_that_crashes_on_a_variant_is_a_defect():
    """What other checks find on that variant does not hide it; a time-out is only undecided."""
    item = lemma(checks=("a", "b"))
    results = [result(item, "proved", check=name) for name in "ab"]
    results.append(result(item, "refuted", check="a", variant="falsehood[half]"))
    for reason, defects in ((f"{CRASHED}: ZeroDivisionError", 1), ("ran longer than 60 s", 0)):
        judgement = judge(Undecided(reason, "a repaired check"), "instances")
        broken = Result(item.id, "falsehood[half]", "b", "0" * 64, judgement, seconds=0.25)
        found = summarise(item, [*results, broken]).defects
        assert len([text for text in found if CRASHED in text]) == defects


def test_summary_does_not_depend_on_order():
    """Any order of the results gives the same summary."""
    item = lemma(checks=("a", "b"))
    results = [
        result(item, "supported", check="a"),
        result(item, "certified", check="b"),
        result(item, "refuted", check="a", variant="falsehood[half]"),
        result(item, "undecided", check="b", variant="falsehood[half]"),
    ]
    found = {repr(summarise(item, order)) for order in permutations(results)}
    assert len(found) == 1


def test_summary_of_a_proved_claim():
    """Verdict, strength, scope, margin, checks and what the falsehood was refuted by."""
    done = summary(lemma())
    assert (done.verdict, done.strength, done.scope, done.margin) == ("proved", "exact", "universal", 0.5)
    assert done.checks[0].code == "holds/exact/universal"
    assert done.checks[0].refutes == ("falsehood[half]",)
    assert done.variants[0].refuted_by == ("argument",)
    assert done.variants[0].changed == {"c": "1"}
    assert done.defects == ()
    assert done.seconds == 0.5
    assert done.reason == done.witness == ""


def test_summary_of_a_refuted_and_of_an_undecided_claim():
    """A refuted claim shows its witness, an undecided one what would decide it."""
    assert summary(lemma(), "refuted").witness == "x = 1"
    assert "no idea; would decide: an idea" in summary(lemma(), "undecided").reason
    assert summarise(lemma(), []).reason == "no check ran"
    assert summarise(lemma(), []).checks[0].code == "not run"
    assert "only observed" in summary(lemma(), "observed").reason
    forget()
    out = summary(lemma(), "out").reason
    assert out == "argument: exact, out of regime; would decide: a run that meets the hypotheses"


def test_out_of_regime_is_said():
    """What ran out of regime is shown with both widths, and supports nothing."""
    done = summary(lemma(), "out")
    assert (done.verdict, done.regime) == ("undecided", "out of regime")
    assert (done.required_width, done.used_width) == (1e9, 64)


@pytest.mark.parametrize("kind", [k for k in JUDGEMENTS if k not in ("refuted", "statistically refuted")])
def test_surviving_falsehood_is_a_defect(kind):
    """A falsehood is refuted by evidence in regime, and otherwise it survives."""
    assert not refutes(JUDGEMENTS[kind])
    defects = summary(lemma(), "proved", kind).defects
    assert "falsehood[half] survives: no check refutes it" in defects
    assert "the check argument refutes no falsehood, so nothing shows that it can fail" in defects


def test_defects_wait_for_what_has_not_run():
    """A falsehood or check that has not run is not called defective."""
    item = lemma()
    assert summarise(item, [result(item, "proved")]).defects == ()
    assert summarise(item, [result(item, "refuted", variant="falsehood[half]")]).defects == ()


def test_check_that_refutes_nothing_beside_one_that_does():
    """Every check must refute a falsehood that it is aimed at."""
    item = lemma(checks=("a", "b"))
    wrong = [
        result(item, k, check=c, variant="falsehood[half]") for c, k in (("a", "refuted"), ("b", "proved"))
    ]
    printed = [result(item, "proved", check=c) for c in "ab"]
    (defect,) = summarise(item, printed + wrong).defects
    assert "the check b" in defect


def test_readings_and_corrections_have_their_own_verdicts():
    """Other readings and corrections do not move the printed verdict."""
    item = lemma()
    item.reading("evident", c=3)
    item.corrected("repaired", erratum="constant", c=4)
    results = [
        result(item, "refuted"),
        result(item, "proved", variant="reading[evident]"),
        result(item, "certified", variant="corrected[repaired]"),
        result(item, "refuted", variant="falsehood[half]"),
    ]
    done = summarise(item, results)
    assert done.verdict == "refuted"
    assert {v.key: v.verdict for v in done.variants if v.role != "falsehood"} == {
        "reading[evident]": "proved",
        "corrected[repaired]": "certified",
    }
    erratum = connect({item.id: done}, {})[item.id].erratum
    assert (erratum.kind, erratum.witness, erratum.verdict) == ("constant", "x = 1", "certified")
    assert erratum.corrected == "repaired: c = 4"


@pytest.mark.parametrize("kind", ["refuted", "undecided", "observed"])
def test_correction_that_does_not_hold_is_no_erratum(kind):
    """A refuted claim whose correction is not established has no erratum."""
    item = lemma()
    item.corrected("repaired", erratum="constant", c=4)
    done = summarise(item, [result(item, "refuted"), result(item, kind, variant="corrected[repaired]")])
    assert connect({item.id: done}, {})[item.id].erratum is None


def test_correction_in_another_claim():
    """The repaired statement may be another claim, also by its alias."""
    item, other = lemma(), lemma("toy/better")
    item.corrected_in("twin/better", erratum="false statement")
    whole = {c.id: summary(c, k) for c, k in ((item, "refuted"), (other, "proved"))}
    erratum = connect(whole, {"twin/better": "toy/better"})[item.id].erratum
    assert (erratum.kind, erratum.corrected, erratum.verdict) == (
        "false statement",
        "see toy/better",
        "proved",
    )


def chain(
    kinds: dict[str, str], links: dict[str, dict[str, Any]], alias: dict[str, str] | None = None
) -> Any:
    """Connected summaries of claims with given judgements and dependencies."""
    items = {name: lemma(f"toy/{name}", **links.get(name, {})) for name in kinds}
    return connect({i.id: summary(i, kinds[n]) for n, i in items.items()}, alias or {})


def rests(connected: Any, name: str) -> list[tuple[str, str, str]]:
    """What a claim rests on."""
    return [(r.id, r.verdict, r.through) for r in connected[f"toy/{name}"].rests_on]


def test_rests_on_is_transitive():
    """A weak claim far below is named, with the path's kind; strong ones in between are not."""
    found = chain(
        {"top": "proved", "middle": "proved", "bottom": "refuted", "step": "undecided"},
        {"top": {"uses": ("toy/middle",)}, "middle": {"uses": ("twin/bottom",), "proof_uses": ("toy/step",)}},
        {"twin/bottom": "toy/bottom"},
    )
    assert rests(found, "middle") == [
        ("toy/bottom", "refuted", "statement"),
        ("toy/step", "undecided", "proof"),
    ]
    assert rests(found, "top") == [("toy/bottom", "refuted", "statement")]
    assert rests(found, "bottom") == []


def test_what_a_proof_rests_on_is_followed_through_proofs():
    """Below a proof dependency both statements and proofs count."""
    found = chain(
        {"top": "proved", "a": "proved", "b": "undecided", "c": "refuted"},
        {"top": {"proof_uses": ("toy/a",)}, "a": {"uses": ("toy/b",), "proof_uses": ("toy/c",)}},
    )
    assert rests(found, "top") == [("toy/b", "undecided", "proof"), ("toy/c", "refuted", "proof")]


def test_a_mere_misprint_shakes_nothing():
    """A claim refuted in its literal reading only, and corrected, does not weaken what uses it."""
    item, top = lemma("toy/cond"), lemma("toy/top", uses=("toy/cond",))
    item.corrected("evident", erratum="misprint", c=3)
    below = summarise(item, [result(item, "refuted"), result(item, "proved", variant="corrected[evident]")])
    found = connect({item.id: below, top.id: summary(top)}, {})
    assert found[top.id].rests_on == ()
    broken = summarise(
        item, [result(item, "refuted"), result(item, "undecided", variant="corrected[evident]")]
    )
    assert connect({item.id: broken, top.id: summary(top)}, {})[top.id].rests_on


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("proved", "proved"), "every listed step of the printed proof holds"),
        (("proved", "refuted"), "printed proof broken at toy/s1"),
        (("undecided", "proved"), "printed proof undecided at toy/s0"),
        (("refuted", "undecided"), "printed proof broken at toy/s0"),
    ],
)
def test_state_of_the_printed_proof(kinds, state):
    """The statement may hold while a step of its printed proof breaks."""
    steps = {f"s{k}": kind for k, kind in enumerate(kinds)}
    found = chain({"top": "proved", **steps}, {name: {"step_of": "toy/top"} for name in steps})
    assert found["toy/top"].proof == state
    assert found["toy/top"].verdict == "proved"
    assert found["toy/s0"].proof == ""
