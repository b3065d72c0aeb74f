"""The content-addressed cache: a change re-runs exactly what depends on it."""

import json
from typing import Any

SPEC = '''
from theorems.toy import _engine

def claim_about(id, factor):
    item = Claim(id, title="t", kind="definition", where="w", states="x", printed={"c": 2})

    return item

one = claim_about("toy/one", "one")
two = claim_about("toy/two", "two")

@one.check(covers="universal")
def uses_engine(claim, ctx):
    """x <= c x, with a factor from the engine."""
    return prove(f"{_engine.factor()}*x <= c*x", x="[0, oo)", let=claim.let)

@two.check(covers="universal")
def alone(claim, ctx):
    """x <= c x."""
    return prove("x <= c*x", x="[0, oo)", let=claim.let)

one.falsehood("half", c="1/2")
two.falsehood("half", c="1/2")
'''

ENGINE = '''"""Engine of a test."""

def _inner():
    return 1

def factor():
    """A factor."""
    return _inner()

def unrelated():
    return 7
'''


def last_run(tree: Any) -> dict[str, bool]:
    """Task to cached, for the last run."""
    lines = [json.loads(line) for line in (tree.build / "results.jsonl").read_text().splitlines()]
    last = [line["id"] for line in lines if line["type"] == "run"][-1]
    results = [line["result"] for line in lines if line["type"] == "result"]
    return {f"{r['claim']}::{r['variant']}": r.get("cached", False) for r in results if r["run"] == last}


def test_only_what_depends_on_a_change_runs_again(tree: Any) -> None:
    """Comments, docstrings and unrelated functions change nothing; a reached function re-runs its checks."""
    spec = tree.spec(SPEC)
    engine = tree.folder / "_engine.py"
    engine.write_text(ENGINE)
    assert tree.pytest().returncode == 0
    assert not any(last_run(tree).values())
    assert tree.pytest().returncode == 0
    assert all(last_run(tree).values())

    engine.write_text(ENGINE.replace('"""A factor."""', '"""Another docstring."""\n    # and a comment'))
    spec.write_text(spec.read_text() + "\n# a comment\n")
    tree.pytest()
    assert all(last_run(tree).values())

    engine.write_text(ENGINE.replace("return 7", "return 8"))
    tree.pytest()
    assert all(last_run(tree).values())

    engine.write_text(ENGINE.replace("return 1", "return 1 + 0"))
    tree.pytest()
    cached = last_run(tree)
    assert not any(value for name, value in cached.items() if name.startswith("toy/one"))
    assert all(value for name, value in cached.items() if name.startswith("toy/two"))
