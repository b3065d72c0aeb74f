"""The command line: what it prints, and bad input as one line with exit code 3."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from verify import gate, store
from verify.cli import main
from verify.threads import VARIABLES, one_thread

SPEC = '''"""A section."""

from verify import Claim, prove

lemma = Claim(
    "toy/lemma-1", title="A lemma", kind="definition", where="Section 1", states="x <= c", printed={"c": 2},
    aliases=("twin/thm-7",), uses=("toy/base",), given=("x >= 0",),
)


@lemma.check(covers="universal")
def argument(claim, ctx):
    """x <= c x for c >= 1."""
    return prove("x <= c*x", x="[0, oo)", let=claim.let)


lemma.falsehood("halved", c="1/2")
'''
BASE = (
    SPEC.replace("toy/lemma-1", "toy/base")
    .replace("twin/thm-7", "twin/base")
    .replace('uses=("toy/base",), ', "")
)


def verify(*arguments: Any, root: Path | None = None, build: Path | None = None) -> Result:
    """Run the command line in this process."""
    places = ["--root", root] if root else []
    places += ["--build", build] if build else []
    return CliRunner().invoke(main, [str(a) for a in (*places, *arguments)])


def one_line(done: Result) -> str:
    """The message of a run that met bad input: one line on stderr, nothing on stdout, exit code 3."""
    assert done.exit_code == 3, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "Traceback" not in line
    return line


@pytest.fixture
def root(own_tree: Path) -> Path:
    """A tree with two claims that has not run."""
    (own_tree / "theorems" / "toy" / "section.py").write_text(SPEC)
    (own_tree / "theorems" / "toy" / "base.py").write_text(BASE)
    return own_tree


# ---- bad input


@pytest.mark.parametrize("command", ["show", "why", "run", "list"])
def test_unknown_id(root, command):
    """An unknown id is one line with the nearest ids."""
    assert "nearest: toy/lemma-1" in one_line(verify(command, "toy/lema-1", root=root))


def test_one_unknown_pattern_of_several(root):
    """A pattern that fits nothing is not hidden by one that does."""
    assert "unknown claim 'toy/nothing'" in one_line(verify("list", "toy/*", "toy/nothing", root=root))


@pytest.mark.parametrize("command", [("show", "toy/lemma-1"), ("why", "toy/base"), ("run",), ("list",)])
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("from verify", "form verify", "SyntaxError"),
        ('{"c": 2}', '{"c": 0.5}', "float"),
        ("definition", "theorem", "expected kind"),
        ("toy/base", "toy/bas", "unknown id 'toy/bas'; nearest: toy/base"),
        ('c="1/2"', "c=2", "changes nothing"),
        ('c="1/2"', "d=2", "does not have"),
        ('lemma.falsehood("halved", c="1/2")', "", "has no falsehood"),
        ('"""x <= c x for c >= 1."""', "", "no docstring"),
        ("twin/thm-7", "twin/base", "declared twice"),
    ],
)
def test_malformed_spec(root, command, old, new, says):
    """A malformed spec is one line that says what is wrong, and where."""
    path = root / "theorems" / "toy" / "section.py"
    assert old in SPEC
    path.write_text(SPEC.replace(old, new))
    line = one_line(verify(*command, root=root))
    assert says in line
    assert "toy/lemma-1" in line or "section.py" in line or "twin/base" in line


def test_no_tree(tmp_path):
    """A root without specs is one line."""
    for command in (("list",), ("run",), ("show", "toy/x"), ("why", "toy/x")):
        assert "theorems/" in one_line(verify(*command, root=tmp_path))


@pytest.mark.parametrize("command", [("diff",), ("accept",), ("replay",), ("report",), ("replay", "toy/x")])
def test_nothing_stored_yet(root, command):
    """Before the first run there is nothing to compare, accept, replay or report."""
    assert "run 'pytest theorems/' first" in one_line(verify(*command, root=root))


@pytest.mark.parametrize(
    "command", [("show", "toy/lemma-1"), ("list",), ("diff",), ("accept",), ("report",), ("why", "toy/base")]
)
def test_damaged_summary(root, command):
    """A summary that cannot be read is an error, not a claim that has not run."""
    (root / "build").mkdir()
    (root / "build" / store.SUMMARY).write_text("{")
    assert "is not a summary" in one_line(verify(*command, root=root))


def test_damaged_results(root):
    """A torn result line is named by its number."""
    (root / "build").mkdir()
    (root / "build" / store.RESULTS).write_text('{"type": "result", "res\n')
    assert "line 1 is not a whole result" in one_line(verify("replay", root=root))


@pytest.mark.parametrize("command", [("run",), ("run", "toy/base", "-n", "2")])
def test_output_that_cannot_be_written(root, command):
    """A file in the place of the output folder is one line that names --build."""
    (root / "file").write_text("x")
    assert "--build" in one_line(verify(*command, root=root, build=root / "file"))
    assert "--build" in one_line(verify(*command, root=root, build=root / "file" / "below"))


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ("nonsense",),
            ("run", "--profile", "slow"),
            ("run", "--device", "tpu"),
            ("show",),
            ("run", "--what"),
        ),
        *(("--root",), ("new",), ("why", "a", "b")),
    ],
)
def test_usage(root, arguments):
    """A misspelt command or option has exit code 3 too."""
    done = verify(*arguments, root=root)
    assert done.exit_code == 3
    assert "Error" in done.stderr
    assert "Traceback" not in done.output


def test_help_and_version():
    """Help and version are fine, and every command has a line of help."""
    assert verify("--version").exit_code == 0
    done = verify("--help")
    assert done.exit_code == 0
    for name, command in main.commands.items():
        assert name in done.output
        assert command.help
        assert verify(name, "--help").exit_code == 0


def test_harness_failure(root, monkeypatch):
    """An error of the harness itself has exit code 4, on one line."""
    monkeypatch.setattr("verify.registry.load", lambda root: 1 / 0)
    done = verify("list", root=root)
    assert done.exit_code == 4
    assert done.stderr == "verify: the harness itself failed: ZeroDivisionError: division by zero\n"


def test_interrupt(root, monkeypatch):
    """Ctrl-C keeps what is done and says so."""

    def interrupt(root: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("verify.registry.load", interrupt)
    done = verify("list", root=root)
    assert done.exit_code == 130
    assert "what was done is kept" in done.stderr


# ---- listing without a run


def test_list_and_show_before_a_run(root):
    """Claims can be looked at before anything ran; an alias leads to its claim."""
    records = json.loads(verify("list", "--json", root=root).stdout)
    assert [(r["id"], r["verdict"]) for r in records] == [("toy/base", "not run"), ("toy/lemma-1", "not run")]
    assert "toy/lemma-1  A lemma" in verify("list", "twin/*", root=root).stdout
    shown = verify("show", "twin/thm-7", root=root).stdout
    assert "Section 1" in shown
    assert "given x >= 0" in shown
    assert "not run yet: verify run toy/lemma-1" in shown
    assert json.loads(verify("show", "toy/base", "--json", root=root).stdout)["verdict"] == "not run"


def test_why(root):
    """The tree of what a claim rests on, as text and as JSON."""
    assert verify("why", "toy/lemma-1", root=root).stdout.splitlines() == [
        "not run    toy/lemma-1",
        "  not run    toy/base (through its statement)",
    ]
    tree = json.loads(verify("why", "twin/thm-7", "--json", root=root).stdout)
    assert tree["id"] == "toy/lemma-1"
    assert [below["id"] for below in tree["rests_on"]] == ["toy/base"]


# ---- new


@pytest.mark.parametrize(
    "id", ["", "toy", "Toy/x", "toy/../x", "../toy/x", "toy/x/y", "toy/é", "toy/x y", "/etc/x"]
)
def test_new_with_a_bad_id(tmp_path, id):
    """A malformed id is refused and nothing is written."""
    assert "expected an id such as" in one_line(verify("new", id, root=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_new_does_not_overwrite(tmp_path):
    """A spec that exists is left alone."""
    assert verify("new", "toy/lemma", root=tmp_path).exit_code == 0
    assert "exists already" in one_line(verify("new", "toy/lemma", root=tmp_path))


def test_new_where_it_cannot_write(tmp_path):
    """A file in the place of theorems/ is one line."""
    (tmp_path / "theorems").write_text("x")
    assert "cannot write" in one_line(verify("new", "toy/lemma", root=tmp_path))


LABELS = (
    "lemma-2",
    "class",
    "3.1",
    "prove",
    "argument",
    "test_x",
    "conftest",
    "Claim",
    "_a",
    "+",
    "a.b+c",
    "True",
)


def test_new_specs_are_collected_and_valid(own_tree):
    """Whatever the label (a keyword, a number, a name of the skeleton), the new spec loads as it stands."""
    for label in LABELS:
        done = verify("new", f"toy/{label}", root=own_tree)
        assert done.exit_code == 0, done.output
        assert f"verify run toy/{label}" in done.stdout
    listed = json.loads(verify("list", "--json", root=own_tree).stdout)
    assert {r["id"] for r in listed} == {f"toy/{label}" for label in LABELS}


# ---- real runs, in fresh processes


def test_new_then_run(tree):
    """The skeleton runs: the check proves, and its falsehood, which is true, is reported as surviving."""
    for package in (tree.folder, tree.folder.parent):
        (package / "__init__.py").unlink()
        package.rmdir()
    assert verify("new", "mypaper/lemma-2", root=tree.root).exit_code == 0
    done = tree.verify("run", "mypaper/lemma-2")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "falsehood[replace-this-by-a-wrong-constant-that-the-check-must-refute] survives" in done.stdout
    path = tree.root / "theorems" / "mypaper" / "lemma_2.py"
    path.write_text(path.read_text().replace("c=2)", 'c="1/5")').replace('{"c": 1}', '{"c": "1/4"}'))
    done = tree.verify("run", "mypaper/lemma-2", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (record,) = json.loads(done.stdout)
    assert (record["verdict"], record["scope"]) == ("proved", "universal")
    assert verify("diff", root=tree.root).stdout.startswith("[new] mypaper/lemma-2: proved")
    assert verify("accept", root=tree.root).exit_code == 0
    assert verify("diff", root=tree.root).stdout == "Since the lock: nothing changed; the gate passes.\n"
    done = verify("replay", "mypaper/lemma-2", "--json", root=tree.root)
    assert (done.exit_code, json.loads(done.stdout)["rejected"]) == (0, [])
    assert "nearest: mypaper/lemma-2" in one_line(verify("replay", "mypaper/lemma-3", root=tree.root))
    assert "nearest: mypaper/lemma-2" in one_line(verify("accept", "mypaper/lemma-3", root=tree.root))


def test_a_refutation_is_accepted_on_purpose_only(tree):
    """A new refutation fails the run, is not accepted unnamed, and is accepted when named."""
    tree.spec()
    tree.accepted()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace('"c": 2', '"c": "1/3"'))
    done = tree.verify("run")
    assert done.returncode == 1
    assert "new refutation" in done.stdout
    assert verify("diff", root=tree.root).exit_code == 1
    assert verify("accept", root=tree.root).exit_code == 1
    assert gate.read_lock(tree.root)["toy/lemma"].verdict == "proved"
    assert verify("accept", "toy/lemma", root=tree.root).exit_code == 0
    assert gate.read_lock(tree.root)["toy/lemma"].verdict == "refuted"
    lock = tree.root / gate.LOCK
    lock.write_text(lock.read_text().replace("refuted  ", "proved  ", 1))
    for command in ("diff", "accept"):
        assert "the seal does not match" in one_line(verify(command, root=tree.root))
    done = tree.verify("run")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the seal does not match" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(Path("/proc/driver/nvidia/version").exists(), reason="there is a GPU here")
def test_cuda_without_a_gpu(tree):
    """Asking for a GPU that is not there is bad input, said in one line."""
    tree.spec()
    done = tree.verify("run", "--device", "cuda")
    assert done.returncode == 3, done.stdout + done.stderr
    said = [line for line in (done.stdout + done.stderr).splitlines() if "torch finds no CUDA device" in line]
    assert len(said) == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_module_can_be_run():
    """The console script is the group itself."""
    assert callable(main)
    assert "verify.cli" in sys.modules


def test_one_thread_unless_the_user_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries that are imported later find one thread; a variable that is set stays."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(VARIABLES[0], "3")
    one_thread()
    assert [os.environ[name] for name in VARIABLES] == ["3", "1", "1"]
