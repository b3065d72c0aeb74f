"""The gate: a sealed lock, a round trip, and what counts as weaker, stronger, new or gone."""

import pytest

from tests.unit.toys import JUDGEMENTS, lemma, result, summary
from verify.claim import forget
from verify.gate import (
    LOCK,
    Locked,
    annotations,
    compare,
    failures,
    format_line,
    in_words,
    locked_from,
    markdown,
    parse_line,
    read_lock,
    sarif,
    write_lock,
)
from verify.store import Change, StoreError
from verify.verdict import ClaimSummary, summarise

pytestmark = pytest.mark.usefixtures("fresh_registry")


def lock_of(*items: ClaimSummary) -> dict[str, Locked]:
    """The lock that accepts these summaries."""
    return {i.id: locked_from(i) for i in items}


def changes(old: ClaimSummary | None, new: ClaimSummary | None) -> list[tuple[str, str]]:
    """Directions and messages of a comparison."""
    found = compare(lock_of(old) if old else {}, {new.id: new} if new else {})
    return [(c.direction, c.message) for c in found]


def directions(old: str, new: str) -> set[str]:
    """Directions of what changes when the only check goes from one judgement to another."""
    before = summary(lemma(), old)
    forget()
    return {d for d, _ in changes(before, summary(lemma(), new))}


@pytest.mark.parametrize("kind", JUDGEMENTS)
def test_round_trip(tmp_path, kind):
    """A lock is read back as it was written, and nothing has changed against itself."""
    item = summary(lemma(), kind)
    (tmp_path / "theorems").mkdir()
    write_lock(tmp_path, lock_of(item).values())
    assert read_lock(tmp_path) == lock_of(item)
    assert compare(read_lock(tmp_path), {item.id: item}) == []


def test_lock_is_sorted_text(tmp_path):
    """One line a claim, sorted by id, after a comment."""
    items = [summary(lemma(f"toy/{name}")) for name in "bca"]
    write_lock(tmp_path, [locked_from(i) for i in items])
    lines = (tmp_path / LOCK).read_text().splitlines()
    assert lines[0].startswith("#")
    assert [line.split()[0] for line in lines[1:]] == ["toy/a", "toy/b", "toy/c"]
    assert lines[1].startswith("toy/a  proved  exact  universal  argument=holds/exact/universal")
    assert "falsehood[half]=refuted" in lines[1]


def test_no_lock(tmp_path):
    """Where there is no lock, nothing is locked."""
    assert read_lock(tmp_path) == {}


@pytest.mark.parametrize(
    "edit",
    [
        lambda line: line.replace("proved", "refuted"),
        lambda line: line.replace("exact", "rigorous", 1),
        lambda line: line.replace("universal", "domain"),
        lambda line: line.replace("toy/lemma", "toy/lemmb"),
        lambda line: line.replace("argument=", "argumant="),
        lambda line: line.replace("half]=refuted", "half]=survives"),
        lambda line: line.replace("  argument=holds/exact/universal", ""),
        lambda line: line[:-1] + ("0" if line[-1] != "0" else "1"),
        lambda line: line.rsplit("  #", 1)[0],
        lambda line: line + " ",
        lambda line: "  " + line,
        lambda line: "garbage",
        lambda line: line + "  argument=undecided",
    ],
)
def test_edit_by_hand(tmp_path, edit):
    """Any edit of a line breaks its seal, and the message names the line."""
    line = format_line(locked_from(summary(lemma())))
    assert parse_line(line, "here").id == "toy/lemma"
    changed = edit(line)
    if changed.rstrip() == line:
        return
    (tmp_path / "theorems").mkdir()
    (tmp_path / LOCK).write_text(f"# comment\n\n{changed}\n")
    with pytest.raises(StoreError, match=rf"{LOCK}:3: the seal does not match"):
        read_lock(tmp_path)


def test_bad_locks(tmp_path):
    """A claim that stands twice, a sealed line without fields, and a file that is not text are refused."""
    (tmp_path / "theorems").mkdir()
    path = tmp_path / LOCK
    line = format_line(locked_from(summary(lemma())))
    path.write_text(f"{line}\n{line}\n")
    with pytest.raises(StoreError, match="stands twice"):
        read_lock(tmp_path)
    from verify.gate import _seal

    path.write_text(f"toy/a  proved  #{_seal('toy/a  proved')}\n")
    with pytest.raises(StoreError, match="at least id"):
        read_lock(tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="cannot read"):
        read_lock(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        read_lock(tmp_path)


def test_new_claims():
    """A new claim is reported; it fails only when it is refuted or in conflict."""
    for kind, direction, fails in (
        ("proved", "new", False),
        ("undecided", "new", False),
        ("refuted", "new refutation", True),
    ):
        forget()
        found = compare({}, {"toy/lemma": summary(lemma(), kind)})
        assert [c.direction for c in found] == [direction]
        assert bool(failures(found)) == fails


def test_conflict():
    """One check that proves what another refutes fails, new or locked."""
    item = lemma(checks=("a", "b"))
    wrong = [result(item, "refuted", check=c, variant="falsehood[half]") for c in "ab"]
    both = summarise(item, [result(item, "proved", check="a"), result(item, "refuted", check="b"), *wrong])
    fine = summarise(item, [result(item, k, check=c) for c, k in (("a", "proved"), ("b", "proved"))] + wrong)
    assert [d for d, _ in changes(None, both)] == ["conflict"]
    assert [d for d, _ in changes(fine, both)] == ["conflict"]
    assert failures(compare(lock_of(both), {item.id: both}))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("proved", "certified", "weaker"),
        ("proved", "rigorously proved", "weaker"),
        ("proved", "supported", "weaker"),
        ("proved", "undecided", "weaker"),
        ("proved", "observed", "weaker"),
        ("proved", "out", "weaker"),
        ("certified", "instances", "weaker"),
        ("supported", "undecided", "weaker"),
        ("observed", "undecided", "weaker"),
        ("proved", "refuted", "new refutation"),
        ("undecided", "refuted", "new refutation"),
        ("refuted", "proved", "vanished refutation"),
        ("refuted", "undecided", "vanished refutation"),
        ("certified", "proved", "stronger"),
        ("rigorously proved", "proved", "stronger"),
        ("undecided", "proved", "stronger"),
        ("undecided", "supported", "stronger"),
        ("undecided", "observed", "stronger"),
        ("out", "proved", "stronger"),
        ("supported", "certified", "stronger"),
        ("refuted", "statistically refuted", "weaker"),
        ("statistically refuted", "refuted", "stronger"),
    ],
)
def test_direction(old, new, expected):
    """Losing verdict, strength, scope or regime is weaker, gaining it stronger; refutations stand out."""
    assert directions(old, new) == {expected}
    assert bool(failures(compare(lock_of(one(old)), {"toy/lemma": one(new)}))) == (expected != "stronger")


def one(kind: str) -> ClaimSummary:
    """The summary of a claim whose only check says this."""
    forget()
    return summary(lemma(), kind)


def test_a_check_that_becomes_decided_is_stronger():
    """Where the verdict stays, a check that was undecided and now holds is an improvement, not a failure."""
    item = lemma(checks=("a", "b"))
    wrong = [result(item, "refuted", check=c, variant="falsehood[half]") for c in "ab"]
    before = summarise(
        item, [result(item, "proved", check="a"), result(item, "undecided", check="b"), *wrong]
    )
    after = summarise(item, [result(item, "proved", check="a"), result(item, "proved", check="b"), *wrong])
    assert changes(before, after) == [("stronger", "b: undecided became holds/exact/universal")]
    assert [d for d, _ in changes(after, before)] == ["weaker"]


def test_a_check_that_did_not_run():
    """A locked check that did not run fails although the verdict is the same."""
    item = lemma(checks=("a", "b"))
    wrong = [result(item, "refuted", check=c, variant="falsehood[half]") for c in "ab"]
    before = summarise(item, [result(item, "proved", check=c) for c in "ab"] + wrong)
    after = summarise(item, [result(item, "proved", check="a"), *wrong])
    assert changes(before, after) == [("weaker", "the check b did not run (was holds/exact/universal)")]


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [("refuted", "proved", "weaker"), ("refuted", "undecided", "weaker"), ("proved", "refuted", "stronger")],
)
def test_falsehood_that_starts_or_stops_to_survive(old, new, direction):
    """A falsehood that survives now is weaker and a defect; one that is refuted now is stronger."""
    before = summary(lemma(), "proved", old)
    forget()
    found = changes(before, summary(lemma(), "proved", new))
    assert direction in {d for d, _ in found}
    assert ("defect" in {d for d, _ in found}) == (new != "refuted")


def test_variant_that_is_gone():
    """A falsehood or correction that was removed fails, a new one is said and does not."""
    item = lemma()
    item.corrected("repaired", erratum="constant", c=3)
    ran = [result(item, "proved", variant="corrected[repaired]"), result(item, "proved")]
    with_it = summarise(item, [*ran, result(item, "refuted", variant="falsehood[half]")])
    forget()
    without = summary(lemma())
    assert changes(with_it, without) == [("weaker", "corrected[repaired]: proved is gone or did not run")]
    assert changes(without, with_it) == [("new", "corrected[repaired]: proved")]


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [
        *(("undecided", "proved", "stronger"), ("certified", "proved", "stronger")),
        *(("proved", "certified", "weaker"), ("proved", "undecided", "weaker")),
        *(("undecided", "refuted", "weaker"), ("refuted", "proved", "weaker")),
    ],
)
def test_correction_with_more_or_less_evidence(old, new, direction):
    """More evidence is stronger; a refutation that comes or goes has to be named."""
    found = []
    for kind in (old, new):
        forget()
        item = lemma()
        item.corrected("repaired", erratum="constant", c=3)
        ran = [result(item, kind, variant="corrected[repaired]"), result(item, "proved")]
        found.append(summarise(item, [*ran, result(item, "refuted", variant="falsehood[half]")]))
    assert [d for d, text in changes(*found) if text.startswith("corrected")] == [direction]


def test_checks_and_variants_that_are_new():
    """What a known claim gained is said, and does not fail the gate."""
    item = summary(lemma())
    entry = locked_from(item)
    before = Locked(entry.id, entry.verdict, entry.strength, entry.scope, {}, {})
    found = compare({item.id: before}, {item.id: item})
    assert {(c.direction, c.message.split(":")[0]) for c in found} == {
        ("new", name) for name in (*entry.checks, *entry.variants)
    }
    assert failures(found) == []


def test_claim_that_is_gone():
    """A locked claim that is no longer declared fails when everything was run, and only then."""
    item = summary(lemma())
    assert [c.direction for c in compare(lock_of(item), {})] == ["gone"]
    assert compare(lock_of(item), {}, complete=False) == []
    assert failures(compare(lock_of(item), {}))


def test_defects_fail_whatever_the_lock_says():
    """A defect that was there before still fails."""
    item = summary(lemma(), "proved", "proved")
    assert item.defects
    found = failures(compare(lock_of(item), {item.id: item}))
    assert {c.direction for c in found} == {"defect"}


def test_not_run_is_not_locked():
    """A check or variant that did not run has no entry in the lock."""
    item = summarise(lemma(), [])
    assert locked_from(item).checks == {}
    assert locked_from(item).variants == {}


def test_words_count_what_changed():
    """One sentence with the counts, and whether the gate passes."""
    some = [Change("toy/a", "weaker", "m"), Change("toy/b", "new", "m"), Change("toy/c", "new", "m")]
    assert in_words(some) == "Since the lock: 1 weaker, 2 new; the gate fails."
    assert in_words(some[1:]) == "Since the lock: 2 new; the gate passes."
    assert in_words([]) == "Since the lock: nothing changed; the gate passes."
    assert in_words([Change("toy/a", "slower", "1 s became 9 s")]).endswith("1 slower; the gate passes.")


def test_markdown_has_no_stray_markup():
    """Failing changes come first, and a message stays text."""
    text = markdown([Change("toy/b", "new", "n"), Change("toy/a", "weaker", "a*b_c | <b> [x](y)\nz")])
    assert text.index("### Weaker (1)") < text.index("### New (1)")
    assert r"- `toy/a`: a\*b\_c \| \<b\> \[x\](y) z" in text
    assert len(markdown([Change("toy/a", "new", "n")] * 80).splitlines()) < 60


def test_annotations_stand_on_the_line_of_the_claim():
    """Errors for what fails, notices for known refutations; separators and line ends are escaped."""
    from msgspec.structs import replace

    bad = replace(summary(lemma()), file="theorems/a,b.py", line=7, verdict="refuted", witness="50%\nx: 1")
    lines = annotations([Change(bad.id, "weaker", "half: lost,\nsee below")], [bad])
    assert lines == ["::error file=theorems/a%2Cb.py,line=7,title=toy/lemma weaker::half: lost,%0Asee below"]
    assert annotations([], [bad]) == [
        "::notice file=theorems/a%2Cb.py,line=7,title=toy/lemma refuted::50%25%0Ax: 1"
    ]
    assert annotations([Change("suite", "defect", "m")], []) == ["::error title=suite defect::m"]


def test_sarif_has_the_same_findings():
    """Levels, rules and places of the findings; the address is a URI, and every rule is declared."""
    from msgspec.structs import replace

    bad = replace(summary(lemma()), file="theorems/a b.py", line=7, verdict="refuted", witness="x = 1")
    changes = [Change("suite", "defect", "m"), Change("toy/gone", "gone", "not declared")]
    (run,) = sarif(changes, [bad])["runs"]
    assert [(r["level"], r["ruleId"]) for r in run["results"]] == [
        ("error", "defect"),
        ("error", "gone"),
        ("note", "refuted"),
    ]
    assert {r["ruleId"] for r in run["results"]} == {r["id"] for r in run["tool"]["driver"]["rules"]}
    place = run["results"][2]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "theorems/a%20b.py"}, "region": {"startLine": 7}}
    assert run["results"][0]["locations"] == []
