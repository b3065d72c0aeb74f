"""The shape of the house: which package may import which, and who may call the dangerous functions."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("verify", "numerics", "theorems", "report")
ALLOWED = {
    "numerics": {"numerics"},
    "verify": {"verify", "numerics"},
    "theorems": {"theorems", "verify", "numerics"},
    "report": {"report", "verify"},
}
REPORT_READS = {
    "verify.store",
    "verify.verdict",
    "verify.outcome",
    "verify.kernel",
    "verify.context",
    "verify.claim",
}


def modules(package: str) -> list[Path]:
    """All modules of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in OURS:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("package", OURS)
def test_arrows_point_one_way(package: str) -> None:
    """theorems -> verify, numerics; verify -> numerics; report -> verify; numerics -> nothing of ours."""
    for path in modules(package):
        used = {name.split(".")[0] for name in imports(path)} & set(OURS)
        assert used <= ALLOWED[package], f"{path} imports {used - ALLOWED[package]}"


def test_report_reads_stored_results_only() -> None:
    """The report imports what describes stored results, nothing that runs or searches."""
    for path in modules("report"):
        used = {name for name in imports(path) if name.split(".")[0] == "verify"}
        assert used <= REPORT_READS, f"{path} imports {used - REPORT_READS}"


def test_kernel_stands_alone() -> None:
    """The kernel imports nothing of ours but itself, and no engine that produces certificates."""
    foreign = {"sympy", "mpmath", "torch", "scipy"}
    for path in modules("verify/kernel"):
        names = set(imports(path))
        ours = {name for name in names if name.split(".")[0] in OURS}
        assert all(name.startswith("verify.kernel") for name in ours), path
        assert not {name.split(".")[0] for name in names} & foreign, path


def calls(path: Path) -> Iterator[str]:
    """Dotted names of attribute accesses in a file's code (docstrings are not code)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def test_one_place_integrates() -> None:
    """`acb.integral` is called in the one wrapper that checks analyticity, and nowhere else."""
    for package in OURS:
        for path in modules(package):
            if path != ROOT / "numerics" / "balls.py":
                assert not any(name.endswith("acb.integral") for name in calls(path)), path


def test_no_unsound_intervals() -> None:
    """Nothing uses `mpmath.iv`, which is not rigorous."""
    for package in OURS:
        for path in modules(package):
            assert not any(name in ("mpmath.iv", "mp.iv") for name in calls(path)), path
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mpmath"):
                    assert "iv" not in {name.name for name in node.names}, path


def test_precision_is_set_by_context_managers() -> None:
    """Nobody assigns the global precision of python-flint, except the context manager itself."""
    for package in OURS:
        for path in set(modules(package)) - {ROOT / "numerics" / "balls.py"}:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Assign):
                    targets = [ast.unparse(t) for t in node.targets]
                    assert not any(t.endswith(("ctx.prec", "ctx.dps")) for t in targets), path


def test_command_line_starts_without_heavy_imports() -> None:
    """`verify --help` imports no numerical library."""
    heavy = "{'numpy', 'torch', 'flint', 'sympy', 'scipy', 'matplotlib', 'pytest', 'jinja2'}"
    code = f"import sys, verify.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_specs_write_no_verdicts() -> None:
    """No spec names a verdict or builds a judgement."""
    for path in modules("theorems"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"Judgement", "Checked", "judge"}, path


def test_public_functions_of_the_engines_have_examples() -> None:
    """Every public function of numerics/ has an example in its docstring; make test runs them."""
    bare = [
        f"{path.stem}.{node.name}"
        for path in modules("numerics")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if ">>>" not in (ast.get_docstring(node) or "")
    ]
    assert bare == []
