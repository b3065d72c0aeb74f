"""Fixtures: a small tree of specs in a temporary folder, run by pytest in a fresh process."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from verify import claim, fingerprint

HEADER = '''
"""A spec of a test."""
from verify import *
from verify.kernel import *
'''

LEMMA = '''
lemma = Claim("toy/lemma", title="t", kind="deterministic-inequality", where="w", states="x \\\\le c",
              printed={"c": 2})

@lemma.check(covers="universal")
def argument(claim, ctx):
    """x <= c x for c >= 1."""
    return prove("x <= c*x", x="[0, oo)", let=claim.let)

lemma.falsehood("halved", c="1/2")
'''


class Tree:
    """A temporary project with a theorems/ folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.build = root / "build"
        self.folder = root / "theorems" / "toy"
        self.folder.mkdir(parents=True)
        for package in (self.folder.parent, self.folder):
            (package / "__init__.py").write_text('"""Specs of a test."""\n')

    def spec(self, text: str = LEMMA, name: str = "spec") -> Path:
        """Write a spec module."""
        path = self.folder / f"{name}.py"
        path.write_text(HEADER + dedent(text))
        return path

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``pytest theorems`` in the tree."""
        return self._run(
            [sys.executable, "-m", "pytest", "theorems", "-q", "-p", "no:cacheprovider", *arguments]
        )

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in the tree."""
        return self._run([sys.executable, "-c", "from verify.cli import main; main()", *arguments])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        where = self.root
        return subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=120, check=False)

    def verdicts(self) -> dict[str, Any]:
        """Verdict records of the last run, by id."""
        return {r["id"]: r for r in json.loads((self.build / "verdicts.json").read_text())}

    def accepted(self) -> "Tree":
        """Run and accept, so that a lock exists."""
        self.pytest()
        done = self.verify("accept", "*")
        assert done.returncode == 0, done.stdout + done.stderr
        return self


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty tree of specs."""
    return Tree(tmp_path)


@pytest.fixture
def fresh_registry() -> Any:
    """An empty registry of claims, restored afterwards."""
    saved = dict(claim._declared)
    claim.forget()
    yield
    claim._declared.clear()
    claim._declared.update(saved)
    fingerprint.forget()
