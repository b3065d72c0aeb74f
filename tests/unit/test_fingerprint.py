"""Content addresses: they change when what a check reaches changes, and only then."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.toys import lemma
from verify import fingerprint
from verify.fingerprint import code_hash, reach, task_key
from verify.registry import tasks_of

SPEC = '''
from theorems.fp import _engine
from theorems.fp._engine import factor, Model, LIMIT, decorated
from theorems.fp import exported, lazy
import theorems.fp._engine as engine
import theorems.fp._deep
from theorems.fp._stars import *

HERE = 1

@register
def check(claim, ctx):
    """Docstring of the check."""
    {body}

def unrelated(claim, ctx):
    return 99
'''

ENGINE = '''
"""Module docstring."""
import math
from theorems.fp import _other

LIMIT = 10
TABLE = {}
TABLE["a"] = 1
TABLE.update(b=2)
NAMES: list[str] = ["x"]
NAMES += ["y"]
for _name in ("p", "q"):
    TABLE[_name] = 3

if math.pi > 3:
    CHOSEN = 1
else:
    CHOSEN = 2

try:
    import nothing_of_this_name
    def fallback():
        return 1
except ImportError:
    def fallback():
        return 2

def wrap(function):
    """Decorator."""
    return function

@wrap
def decorated():
    return 1

def _inner(n=LIMIT):
    return n

def factor():
    """Docstring."""
    return _inner()

def through():
    return _other.helper()

def late():
    from theorems.fp._deep import helper
    return helper()

def recursive(n):
    return recursive(n - 1) if n else 0

def unrelated():
    return 5

class Base:
    def shared(self):
        return 1

class Model(Base):
    """A model."""

    size = LIMIT

    def run(self):
        """Run."""
        return self.size
'''
OTHER = "def helper():\n    return 1\n\ndef unrelated():\n    return 2\n"
FILES = {
    "__init__": """
from typing import TYPE_CHECKING

from theorems.fp._other import helper as exported

if TYPE_CHECKING:
    from theorems.fp._lazy import lazy


def __getattr__(name):
    from theorems.fp import _lazy
    return getattr(_lazy, name)
""",
    "_engine": ENGINE,
    "_other": OTHER,
    "_deep": OTHER,
    "_stars": "from theorems.fp._starred import *\n\ndef star():\n    return 1\n",
    "_starred": "def starred():\n    return 1\n",
    "_lazy": "def lazy():\n    return 1\n",
}


class Project:
    """A small package of modules on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a module and forget what was parsed."""
        (self.folder / f"{name}.py").write_text(text)
        fingerprint.forget()

    def key(self, body: str) -> str:
        """The hash of a check with this body."""
        self.write("spec", SPEC.format(body=body))
        return code_hash("theorems.fp.spec", "check")

    def changes(self, body: str, module: str, old: str, new: str) -> bool:
        """Whether an edit of a module changes the hash of a check with this body."""
        text = FILES[module]
        assert old in text
        before = self.key(body)
        self.write(module, text.replace(old, new))
        after = self.key(body)
        self.write(module, text)
        return before != after


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package, found before any other; the kernel is left out of the keys to be quick."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fingerprint, "ALWAYS", ())
    yield Project(tmp_path / "theorems" / "fp")
    monkeypatch.undo()
    fingerprint.forget()


REACHED = [
    ("return factor()", "_engine", "return _inner()", "return _inner() + 1"),
    ("return factor()", "_engine", "return n\n", "return n + 1\n"),
    ("return factor()", "_engine", "LIMIT = 10", "LIMIT = 11"),
    ("return _engine.factor()", "_engine", "return n\n", "return n + 1\n"),
    ("return engine.factor()", "_engine", "LIMIT = 10", "LIMIT = 11"),
    ("return [f() for f in (factor,)]", "_engine", "return n\n", "return n + 1\n"),
    ("return LIMIT", "_engine", "LIMIT = 10", "LIMIT = 11"),
    ("return decorated()", "_engine", "    return function\n", "    return None\n"),
    ("return decorated()", "_engine", "@wrap\n", ""),
    ("return Model().run()", "_engine", "return self.size", "return 2 * self.size"),
    (
        "return Model().shared()",
        "_engine",
        "        return 1\n\nclass Model",
        "        return 2\n\nclass Model",
    ),
    ("return Model().run()", "_engine", "LIMIT = 10", "LIMIT = 11"),
    ("return _engine.TABLE", "_engine", "TABLE = {}", "TABLE = dict()"),
    ("return _engine.TABLE", "_engine", '["a"] = 1', '["a"] = 2'),
    ("return _engine.TABLE", "_engine", "b=2", "b=3"),
    ("return _engine.TABLE", "_engine", '("p", "q")', '("p", "r")'),
    ("return _engine.NAMES", "_engine", '"y"', '"z"'),
    ("return _engine.CHOSEN", "_engine", "CHOSEN = 2", "CHOSEN = 3"),
    ("return _engine.fallback()", "_engine", "        return 2\n\ndef wrap", "        return 3\n\ndef wrap"),
    ("return _engine.fallback()", "_engine", "        return 1\nexcept", "        return 3\nexcept"),
    ("return _engine.through()", "_other", "return 1", "return 3"),
    ("return _engine.late()", "_deep", "return 1", "return 3"),
    ("return exported()", "_other", "return 1", "return 3"),
    ("return lazy()", "_lazy", "return 1", "return 3"),
    ("return theorems.fp._deep.helper()", "_deep", "return 1", "return 3"),
    ("return star()", "_stars", "return 1", "return 3"),
    ("return starred()", "_starred", "return 1", "return 3"),
    ("return getattr(_engine, 'factor')()", "_engine", "return n\n", "return n + 1\n"),
    ("return run_all(engine)", "_other", "return 1", "return 3"),
    ("import theorems.fp._deep as d; return d.helper()", "_deep", "return 1", "return 3"),
    ("from theorems.fp._deep import helper as h; return h()", "_deep", "return 1", "return 3"),
    ("from . import _deep as d; return d.helper()", "_deep", "return 1", "return 3"),
    ("from ._deep import helper; return helper()", "_deep", "return 1", "return 3"),
    ("return _engine.recursive(3)", "_engine", "if n else 0", "if n else 1"),
    ("return (lambda: factor())()", "_engine", "return n\n", "return n + 1\n"),
    ("return f'{factor()}'", "_engine", "return n\n", "return n + 1\n"),
]


@pytest.mark.parametrize(("body", "module", "old", "new"), REACHED)
def test_what_is_reached_changes_the_key(project, body, module, old, new):
    """Functions, classes, constants, decorators, re-exports and lazy exports that a check reaches count."""
    assert project.changes(body, module, old, new)


UNREACHED = [
    ("return factor()", "_engine", "return 5", "return 6"),
    ("return factor()", "_engine", '"""Docstring."""', '"""Another."""'),
    ("return factor()", "_engine", '"""Module docstring."""', '"""Another."""'),
    ("return factor()", "_engine", "    return _inner()", "    # why\n    return _inner()  # because"),
    ("return factor()", "_engine", "return _inner()", "return (\n        _inner()\n    )"),
    ("return factor()", "_engine", '"""Docstring."""\n', "\n"),
    ("return factor()", "_engine", "return self.size", "return 2 * self.size"),
    ("return factor()", "_engine", "    return function\n", "    return None\n"),
    ("return factor()", "_engine", "b=2", "b=3"),
    ("return factor()", "_other", "return 1", "return 3"),
    ("return Model().run()", "_engine", '"""A model."""', '"""The model."""'),
    ("return Model().run()", "_engine", '"""Run."""', '"""Walk."""'),
    ("return _engine.through()", "_other", "return 2", "return 3"),
    ("return exported()", "_other", "return 2", "return 3"),
    ("return theorems.fp._deep.helper()", "_deep", "return 2", "return 3"),
    ("return theorems.fp._deep.helper()", "_engine", "LIMIT = 10", "LIMIT = 11"),
    ("return star()", "_starred", "return 1", "return 3"),
    ("return HERE", "_engine", "LIMIT = 10", "LIMIT = 11"),
]


@pytest.mark.parametrize(("body", "module", "old", "new"), UNREACHED)
def test_what_is_not_reached_does_not_change_the_key(project, body, module, old, new):
    """Comments, docstrings, layout and definitions that a check does not reach do not count."""
    assert not project.changes(body, module, old, new)


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("return HERE", "return HERE + 1", True),
        ("HERE = 1", "HERE = 2", True),
        ("@register", "@register(1)", True),
        ('(claim, ctx):\n    """Doc', '(claim, context):\n    """Doc', True),
        ("return 99", "return 98", False),
        ("Docstring of the check", "Other words", False),
        ("def unrelated", "# a comment\ndef unrelated", False),
    ],
)
def test_edits_of_the_spec_itself(project, old, new, counts):
    """In the spec the same holds: the check and what it reaches count, its neighbours do not."""
    before = project.key("return HERE")
    text = SPEC.format(body="return HERE")
    assert old in text
    project.write("spec", text.replace(old, new))
    assert (code_hash("theorems.fp.spec", "check") != before) == counts


FACTORY = """
from theorems.fp._engine import factor

def make(k):
    def check(claim, ctx):
        return factor() + k
    return check

first = register(make(1))
"""


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("factor() + k", "factor() - k", True),
        ("make(1)", "make(2)", True),
        ("first = register(make(1))", "first = register(make(1))  # a comment", False),
        ("def make", "\n\ndef make", False),
    ],
)
def test_check_made_inside_a_function(project, old, new, counts):
    """A check that a factory makes depends on the factory and its arguments, so on the whole module."""
    project.write("spec", FACTORY)
    before = code_hash("theorems.fp.spec", "make.<locals>.check")
    project.write("spec", FACTORY.replace(old, new))
    assert (code_hash("theorems.fp.spec", "make.<locals>.check") != before) == counts
    project.write("spec", FACTORY)
    project.write("_engine", ENGINE.replace("return n\n", "return n + 1\n"))
    assert code_hash("theorems.fp.spec", "make.<locals>.check") != before


def test_hash_is_stable(project):
    """The same files give the same hash, in any order of asking."""
    first = project.key("return factor()")
    code_hash("theorems.fp._engine", "through")
    assert project.key("return factor()") == first


def test_cycles_of_definitions_end(project):
    """Definitions that name each other are followed once."""
    project.write("_deep", "def a():\n    return b()\n\ndef b():\n    return a()\n")
    found = reach("theorems.fp._deep", "a")
    assert {unit.name for unit in found} == {"a", "b"}


def test_names_that_lead_nowhere(project):
    """Unknown names, other people's packages and missing modules are no error."""
    project.key("import numpy; return numpy.linalg.eigh(missing) + theorems.fp.nothing.at_all()")
    assert reach("numpy", "array") == frozenset()
    assert reach("theorems.fp.nothing", "x") == frozenset()


def test_kernel_belongs_to_every_key():
    """The checkers of all certificates, the arithmetic below them, and the judging are always reached."""
    fingerprint.forget()
    units = {unit for always in fingerprint.ALWAYS for unit in reach(*always)}
    found = {(u.module, u.name) for u in units}
    for module, name in (
        ("verify.kernel.certificates", "_check_gaussian"),
        ("verify.kernel.certificates", "_binomial_tail"),
        ("verify.kernel.sign", "require_defined"),
        ("verify.kernel.sign", "sturm_sign"),
        ("verify.kernel.sign", "box_value"),
        ("verify.kernel.normal", "simplify"),
        ("verify.kernel.taylor", "growth"),
        ("verify.kernel.taylor", "ORDER"),
        ("verify.kernel.expression", "_ball_call"),
        ("verify.kernel.expression", "TOTAL"),
        ("verify.outcome", "judge"),
        ("verify.outcome", "STRENGTHS"),
        ("verify.context", "ALPHA"),
        ("numerics.statistics", "stream"),
    ):
        assert (module, name) in found


@pytest.mark.usefixtures("fresh_registry")
def test_task_key():
    """Data, variant, profile, seed and device belong to the key; texts of the claim do not."""
    fingerprint.forget()

    def keys(profile: str = "quick", seed: int = 1, device: str = "cpu", **changes: Any) -> list[str]:
        from verify.claim import forget

        forget()
        return [
            task_key(t, profile=profile, seed=seed, device=device)
            for t in tasks_of(lemma(**changes), "quick")
        ]

    first = keys()
    assert len(set(first)) == 2
    assert keys() == first
    assert keys(title="other", states="y", note="n") == first
    for other in (keys("full"), keys(seed=2), keys(device="cuda")):
        assert not set(other) & set(first)
    for data in ({"c": 3}, {"c": "2"}, {"c": 2, "d": 1}):
        assert keys(printed=data)[0] not in first


def test_title_and_note_of_the_claim_do_not_count(own_tree: Path) -> None:
    """A check does not depend on the words of its claim, although it is registered by a decorator of it."""
    text = '''
from verify import Claim, evaluate

lemma = Claim("toy/words", title="{}", kind="definition", where="w", states="x", printed={{"c": 1}})

@lemma.check(covers="universal")
def argument(claim, ctx):
    """Because."""
    return evaluate("{} < c", let=claim.let)
'''
    path = own_tree / "theorems" / "toy" / "words.py"
    hashes = []
    for words in (("a title", "0"), ("another", "0"), ("another", "1/2")):
        path.write_text(text.format(*words))
        fingerprint.forget()
        hashes.append(fingerprint.code_hash("theorems.toy.words", "argument"))
    assert hashes[0] == hashes[1] != hashes[2]
