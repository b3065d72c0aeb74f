"""Recorded runs: a larger profile's result is shown by a smaller one as long as it is fresh."""

import json
from typing import Any

import pytest

SPEC = '''
lemma = Claim("toy/slow", title="t", kind="probabilistic", where="w", states="x", printed={"c": "1/2"})

def enough(rng, c):
    return bool(rng.random() >= 0.01)

@lemma.check(profile="full")
def sampled(claim, ctx):
    """Forty trials."""
    rows = [enough(ctx.rng(k), claim.c) for k in range(40)]
    return ctx.decide("an event", at_least=claim.c, rows=rows)

lemma.falsehood("almost surely", c="999999/1000000")
'''
BROKEN = SPEC.replace("rng.random() >= 0.01", "rng.random() >= 0.99").replace(
    'c="999999/1000000"', 'c="3/5", by=("sampled",)'
)


def recorded(tree: Any, text: str = BROKEN) -> Any:
    """A tree whose only claim is refuted by a recorded run."""
    tree.spec(text)
    tree.pytest("--profile", "full")
    done = tree.verify("record", "toy/slow")
    assert done.returncode == 0, done.stdout + done.stderr
    tree.verify("accept", "*")
    return tree


def record_file(tree: Any) -> Any:
    """The file of the record."""
    return tree.root / "theorems" / "recorded" / "toy" / "slow.json"


def test_without_a_record_the_quick_profile_leaves_the_claim_undecided(tree: Any) -> None:
    """A check of a larger profile that is not recorded says nothing, and is listed as not run."""
    tree.spec(BROKEN)
    done = tree.pytest()
    assert "not in this profile: toy/slow::sampled (full)" in done.stdout
    assert tree.verdicts()["toy/slow"]["verdict"] == "undecided"


def test_a_fresh_record_decides(tree: Any) -> None:
    """The quick profile takes verdict and falsehoods from the record, and says where they are from."""
    done = recorded(tree).pytest()
    assert done.returncode == 0, done.stdout
    assert "from recorded runs: toy/slow::sampled" in done.stdout
    found = tree.verdicts()["toy/slow"]
    assert (found["verdict"], found["strength"]) == ("refuted", "statistical")
    results = json.loads((tree.build / "summary.json").read_text())["results"]
    assert all("profile full" in r["recorded"] and "seed" in r["recorded"] for r in results)


@pytest.mark.parametrize(
    "edit",
    [
        (">= 0.99", ">= 0.98"),
        ('"c": "1/2"', '"c": "51/100"'),
    ],
)
def test_a_stale_record_is_undecided(tree: Any, edit: tuple[str, str]) -> None:
    """When the code that produced the rows, or the data, changed, the gate fails with the way out."""
    recorded(tree).spec(BROKEN.replace(*edit))
    done = tree.pytest()
    assert done.returncode == 1
    assert "stale" in done.stdout
    assert "verify record toy/slow" in done.stdout
    assert tree.verdicts()["toy/slow"]["verdict"] == "undecided"


def test_a_comment_does_not_make_a_record_stale(tree: Any) -> None:
    """Only code counts."""
    recorded(tree).spec(BROKEN.replace("    return ctx", "    # said twice\n    return ctx"))
    assert tree.pytest().returncode == 0


def test_an_edited_record_is_rejected_by_the_kernel(tree: Any) -> None:
    """Rows that no longer match their counts are not evidence."""
    path = record_file(recorded(tree))
    text = path.read_text()
    rows = next(r["outcome"]["evidence"][0]["certificate"]["rows"] for r in json.loads(text))
    path.write_text(text.replace(rows, "1" + rows[1:] if rows[0] == "0" else "0" + rows[1:]))
    done = tree.pytest()
    assert done.returncode == 1
    assert "rows do not match" in done.stdout


def test_a_damaged_record_is_one_line(tree: Any) -> None:
    """A truncated file ends the run before anything is collected."""
    path = record_file(recorded(tree))
    path.write_text(path.read_text()[:-20])
    done = tree.verify("run")
    assert done.returncode == 3
    assert "cannot read the recorded run" in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_to_record_is_one_line(tree: Any) -> None:
    """Recording needs a fresh result of a larger profile."""
    tree.spec(BROKEN)
    tree.pytest()
    done = tree.verify("record", "toy/slow")
    assert done.returncode == 3
    assert "no fresh result" in done.stderr
