"""Fixture: a temporary tree of specs that can be imported in this process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def own_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Iterator[Path]:
    """A root with an empty package theorems/toy, found before any other while the test runs."""
    folder = tmp_path / "theorems" / "toy"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()
    saved = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "theorems"}
    for name in saved:
        del sys.modules[name]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in [n for n in sys.modules if n.split(".")[0] == "theorems"]:
        del sys.modules[name]
    sys.modules.update(saved)
