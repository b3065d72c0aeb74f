"""`verify accept` and `verify diff`: names, patterns, a dry run, and the formats for people and machines."""

import json

from verify import gate

TWO = '''
for name in ("a-1", "a-2"):
    claim = Claim(f"toy/{name}", title="t", kind="definition", where="w", states="x", printed={"c": 2})

    @claim.check(covers="universal")
    def argument(claim, ctx):
        """x <= c x."""
        return prove("x <= c*x", x="[0, oo)", let=claim.let)

    claim.falsehood("half", c="1/2")
'''


def weakened(tree):
    """A tree with two accepted claims, both refuted in the last run."""
    path = tree.spec(TWO)
    tree.accepted()
    path.write_text(path.read_text().replace('"c": 2', '"c": "1/3"'))
    assert tree.verify("run").returncode == 1
    return tree


def test_a_dry_run_shows_and_writes_nothing(tree):
    """What would be accepted and what would be refused, and the lock as it was."""
    weakened(tree)
    before = (tree.root / gate.LOCK).read_bytes()
    done = tree.verify("accept", "--dry-run", "toy/a-1")
    assert done.returncode == 1
    assert "would accept: [new refutation] toy/a-1" in done.stdout
    assert "refused: [new refutation] toy/a-2" in done.stdout
    assert "name it: verify accept toy/a-2" in done.stderr
    assert (tree.root / gate.LOCK).read_bytes() == before


def test_a_pattern_names_claims(tree):
    """A pattern accepts all that it matches; one that matches nothing is bad input."""
    weakened(tree)
    done = tree.verify("accept", "toy/b-*")
    assert done.returncode == 3
    assert "unknown claim 'toy/b-*'" in done.stderr
    assert tree.verify("accept", "toy/a-*").returncode == 0
    assert {e.verdict for e in gate.read_lock(tree.root).values()} == {"refuted"}


def test_formats_of_the_difference(tree):
    """Text, JSON, Markdown, annotations and SARIF say the same, with the same exit code."""
    weakened(tree)
    text = tree.verify("diff")
    assert text.stdout.splitlines()[-1] == "Since the lock: 2 newly refuted; the gate fails."
    listed = json.loads(tree.verify("diff", "--format", "json").stdout)
    assert listed == json.loads(tree.verify("diff", "--json").stdout)
    assert [c["claim"] for c in listed] == ["toy/a-1", "toy/a-2"]
    markdown = tree.verify("diff", "--format", "markdown").stdout
    assert "### Newly refuted (2)" in markdown
    marks = tree.verify("diff", "--format", "github")
    assert marks.returncode == text.returncode == 1
    assert marks.stdout.startswith("::error file=theorems/toy/spec.py,line=")
    assert len(marks.stdout.splitlines()) == 2
    scanned = json.loads(tree.verify("diff", "--format", "sarif").stdout)
    assert [r["ruleId"] for r in scanned["runs"][0]["results"]] == ["new-refutation"] * 2


def test_annotations_in_a_github_job(tree, monkeypatch):
    """Inside a job the run itself annotates; elsewhere it does not."""
    weakened(tree)
    assert "::error" not in tree.pytest().stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert tree.pytest().stdout.count("::error file=theorems/toy/spec.py,line=") == 2
