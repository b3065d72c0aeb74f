"""Loading specs and the questions asked of all claims together: one line that names the claim."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.toys import lemma
from verify import SpecError
from verify import registry as registry
from verify.registry import import_spec, load, nearest, resolve, runs_in, spec_files, tasks_of, validated

pytestmark = pytest.mark.usefixtures("fresh_registry")


def test_valid_claims():
    """Claims with a check, a falsehood and known dependencies are returned by id."""
    lemma("toy/a", uses=("twin/b",), same_as=("toy/b",))
    lemma("toy/b", aliases=("twin/b",), proof_uses=("toy/c",))
    lemma("toy/c", step_of="twin/b")
    assert list(validated()) == ["toy/a", "toy/b", "toy/c"]


@pytest.mark.parametrize("field", ["uses", "proof_uses", "same_as", "step_of"])
def test_unknown_dependency(field):
    """An unknown id is refused with the field and the nearest ids."""
    lemma("toy/lemma-1")
    lemma("toy/other", **{field: "toy/lema-1" if field == "step_of" else ("toy/lema-1",)})
    with pytest.raises(SpecError, match=rf"toy/other: {field} names the unknown id .*nearest: toy/lemma-1"):
        validated()


def test_unknown_correction():
    """A correction in an unknown claim is refused."""
    lemma("toy/a").corrected_in("toy/none", erratum="constant")
    with pytest.raises(SpecError, match="corrected_in"):
        validated()


def test_claim_without_check_or_falsehood():
    """A claim that nothing checks, or that nothing shows to be able to fail, is refused."""
    item = lemma("toy/a", checks=())
    with pytest.raises(SpecError, match="has no check"):
        validated()
    lemma("toy/a2")
    item.check()(with_docstring)
    item.variants.clear()
    with pytest.raises(SpecError, match="has no falsehood"):
        validated()


def with_docstring(claim: Any, ctx: Any) -> None:
    """Because."""


def test_variant_that_names_an_unknown_check():
    """`by` must name checks of the claim."""
    lemma("toy/a").falsehood("other", c=5, by=("argment",))
    with pytest.raises(SpecError, match="names unknown checks argment"):
        validated()


@pytest.mark.parametrize(
    "links",
    [
        {"a": ("a",)},
        {"a": ("b",), "b": ("a",)},
        {"a": ("b",), "b": ("c",), "c": ("a",)},
        {"a": ("b", "c"), "c": ("d",), "d": ("c",)},
    ],
)
@pytest.mark.parametrize("field", ["uses", "proof_uses"])
def test_cycle(links, field):
    """Claims that rest on each other are refused with the cycle."""
    for name in "abcd":
        lemma(f"toy/{name}", **{field: tuple(f"toy/{t}" for t in links.get(name, ()))})
    with pytest.raises(SpecError, match=r"cycle: toy/. -> "):
        validated()


def test_diamond_is_no_cycle():
    """Two ways to the same claim are fine, also through an alias."""
    lemma("toy/a", uses=("toy/b", "toy/c"))
    lemma("toy/b", uses=("twin/d",))
    lemma("toy/c", uses=("toy/d",))
    lemma("toy/d", aliases=("twin/d",))
    assert len(validated()) == 4


def test_resolve():
    """An id or alias leads to the claim; anything else to the nearest ids."""
    item = lemma("toy/lemma-1", aliases=("twin/thm-2",))
    assert resolve("toy/lemma-1") is resolve("twin/thm-2") is item
    with pytest.raises(SpecError, match=r"unknown claim 'toy/lemma-2'; nearest: toy/lemma-1"):
        resolve("toy/lemma-2")
    with pytest.raises(SpecError, match="nearest: none"):
        resolve("%%%")
    assert nearest("toy/lemma", ["toy/lemma-1", "x"]) == ["toy/lemma-1"]


@pytest.mark.parametrize(
    ("own", "profile", "runs"),
    [
        *(("quick", "quick", True), ("quick", "gpu", True), ("full", "quick", False), ("full", "full", True)),
        *(("gpu", "full", False), ("gpu", "gpu", True), ("full", "gpu", True)),
    ],
)
def test_profiles(own, profile, runs):
    """A larger profile runs everything that a smaller one does."""
    item = lemma("toy/a", checks=())
    item.check(profile=own)(with_docstring)
    assert runs_in(item.checks["with_docstring"], profile) == runs


def test_tasks():
    """Printed data first, then each variant by the checks it is aimed at, or by its own."""
    item = lemma("toy/a", checks=("one", "two"))
    item.falsehood("aimed", c=7, by=("two",))
    item.falsehood_with_check("converse")(with_docstring)
    item.check(profile="full")(with_docstring)
    ids = [task.id.removeprefix("toy/a::") for task in tasks_of(item, "quick")]
    assert ids == [
        "printed::one",
        "printed::two",
        "falsehood[half]::one",
        "falsehood[half]::two",
        "falsehood[aimed]::two",
        "falsehood[converse]::with_docstring",
    ]
    assert "printed::with_docstring" in [t.id.removeprefix("toy/a::") for t in tasks_of(item, "full")]
    data = {task.variant: task.statement.data for task in tasks_of(item, "quick")}
    assert data["falsehood[aimed]"] == {"c": 7}


# ---- files

SPEC = '''
from verify import Claim

a = Claim("{id}", title="t", kind="definition", where="w", states="x", printed={{"c": 2}})

@a.check()
def argument(claim, ctx):
    """Because."""

a.falsehood("half", c=1)
'''


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty tree, importable while the test runs."""
    (tmp_path / "theorems" / "toy").mkdir(parents=True)
    (tmp_path / "theorems" / "__init__.py").touch()
    saved = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "theorems"}
    for name in saved:
        del sys.modules[name]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in [n for n in sys.modules if n.split(".")[0] == "theorems"]:
        del sys.modules[name]
    sys.modules.update(saved)


def test_load(root):
    """Every public module below theorems/ is imported; private ones, tests and conftests are not."""
    folder = root / "theorems" / "toy"
    for name in ("one", "sub/two", "_private", "test_three", "conftest", "__init__"):
        path = folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SPEC.format(id=f"toy/{path.stem.strip('_')}"))
    assert [p.name for p in spec_files(root / "theorems")] == ["one.py", "two.py"]
    (folder / "__init__.py").write_text("")
    assert list(load(root)) == ["toy/one", "toy/two"]
    assert list(load(root)) == ["toy/one", "toy/two"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *(
            ("def", "SyntaxError"),
            ("import nothing_of_this_name", "ModuleNotFoundError"),
            ("1 / 0", "ZeroDivisionError"),
        ),
        *(
            ("from verify import Clam", "ImportError"),
            ("x = undefined", "NameError"),
            ("\udcff", "SyntaxError"),
        ),
        *(
            ("from verify import Claim\nClaim('toy/a')", "TypeError"),
            (SPEC.format(id="toy"), "expected an id"),
        ),
    ],
)
def test_broken_module(root, text, says):
    """A module that cannot be imported is one line with the file and the error."""
    path = root / "theorems" / "toy" / "broken.py"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SpecError, match=says) as caught:
        import_spec(path, root)
    assert "broken.py" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_tree(tmp_path):
    """A root without theorems/ is refused."""
    with pytest.raises(SpecError, match="expected a folder theorems/"):
        load(tmp_path)
