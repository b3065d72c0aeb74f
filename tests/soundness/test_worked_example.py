"""Worked examples of the gate: a planted error in a real engine, a faster engine, a project of one's own."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
CLAIMS = "du2019shallow/derived-Hinf-closed-form"
HALF = "Fraction(0), arcsine / 2"
COMBINATION = "arcsine = Fraction(math.comb(2 * k, k), 4**k * (2 * k + 1))"
FACTORIALS = "arcsine = Fraction(math.factorial(2 * k), (2**k * math.factorial(k)) ** 2 * (2 * k + 1))"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project with one source, a claim run once and equal to the committed lock."""
    root = tmp_path_factory.mktemp("copy")
    for name in ("verify", "numerics", "report", "theorems/du2019shallow", "theorems/recorded"):
        shutil.copytree(HERE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "theorems/__init__.py"):
        shutil.copy(HERE / name, root / name)
    lock = (HERE / "theorems/verdicts.lock").read_text().splitlines(keepends=True)
    kept = [line for line in lock if line.startswith(("#", "du2019shallow/"))]
    (root / "theorems/verdicts.lock").write_text("".join(kept))
    assert run(root, "run", CLAIMS).returncode == 0
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line on the copy, and on nothing but the copy."""
    program = "import sys; sys.path.insert(0, ''); from verify.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def executed(root: Path) -> dict[str, bool]:
    """Task to whether the last run took it from the cache."""
    lines = [json.loads(line) for line in (root / "build" / "results.jsonl").read_text().splitlines()]
    last = [line["id"] for line in lines if line["type"] == "run"][-1]
    results = [line["result"] for line in lines if line["type"] == "result"]
    return {
        f"{r['claim']}::{r['variant']}::{r['check']}": r.get("cached", False)
        for r in results
        if r["run"] == last
    }


def with_engine(root: Path, old: str, new: str) -> None:
    """Replace one expression of the series of the arc-cosine kernel."""
    source = (HERE / "numerics" / "arc_cosine.py").read_text()
    assert source.count(old) == 1
    (root / "numerics" / "arc_cosine.py").write_text(source.replace(old, new))


def test_a_factor_of_two_in_one_kernel_fails_the_gate_and_names_the_cause(copy):
    """The engine contradicts what is proved: a fault of ours; check, power of ρ and both numbers are said."""
    with_engine(copy, HALF, "Fraction(0), arcsine")
    done = run(copy, "run", CLAIMS)
    assert done.returncode == 4, done.stdout + done.stderr
    (said,) = [line for line in run(copy, "diff").stdout.splitlines() if line.startswith("[conflict]")]
    assert "du2019shallow/derived-Hinf-closed-form: engine_coefficients refutes what" in said
    assert "rho^2" in said
    assert "the sides are 1 and 1/2" in said
    assert run(copy, "accept", "*").returncode == 1, "a conflict is never accepted"


def test_a_faster_engine_passes_and_runs_only_what_it_must(copy):
    """The same numbers by factorials: the gate passes, and only what reaches the series ran again."""
    with_engine(copy, HALF, HALF)
    run(copy, "run", CLAIMS)
    with_engine(copy, COMBINATION, FACTORIALS)
    done = run(copy, "run", CLAIMS)
    assert done.returncode == 0, done.stdout + done.stderr
    again = {task.split("::")[2] for task, cached in executed(copy).items() if not cached}
    assert again == {"engine_coefficients"}
    assert len(executed(copy)) > 10


def test_the_commands_of_a_claim_reproduce_it(copy):
    """The commands in a claim's section of the report do what they say: same verdict, valid certificates."""
    with_engine(copy, HALF, HALF)
    name = "du2019shallow/derived-Hinf-closed-form"
    assert run(copy, "run", CLAIMS).returncode == 0
    before = {r["id"]: r for r in json.loads((copy / "build" / "verdicts.json").read_text())}[name]
    html = (copy / "build" / "report.html").read_text()
    commands = re.findall(rf"<code>((?:pytest|verify) [^<]*{name})</code>", html)
    assert [c.split()[0] for c in commands] == ["pytest", "verify"]
    shutil.rmtree(copy / "build" / "cache")
    program, *arguments = commands[0].split()
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments, "-q", "-p", "no:cacheprovider"],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = {r["id"]: r for r in json.loads((copy / "build" / "verdicts.json").read_text())}[name]
    assert after == before
    done = run(copy, *commands[1].split()[1:])
    assert done.returncode == 0
    assert re.search(r"[1-9]\d* certificates re-checked, 0 rejected", done.stdout)


def test_the_readme_lemma_in_a_project_of_ones_own(tmp_path):
    """A repository with a theorems/ folder and the lemma of the README: pytest, gate and report work."""
    lemma = re.search(r"```python\n(\"\"\"Section 3\.1.*?)```", (HERE / "README.md").read_text(), re.S)
    assert lemma
    folder = tmp_path / "theorems" / "mypaper"
    folder.mkdir(parents=True)
    (folder / "lemma_2.py").write_text(lemma[1])
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mypaper"\nversion = "1"\n')
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "theorems/", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 proved of 1 claims" in done.stdout

    def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = "from verify.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert verify("accept").returncode == 0
    assert (tmp_path / "theorems" / "verdicts.lock").is_file()
    (tmp_path / "build" / "report.html").unlink()
    assert verify("report").returncode == 0
    assert "mypaper/lemma-2" in (tmp_path / "build" / "report.html").read_text()
    assert verify("diff").stdout == "Since the lock: nothing changed; the gate passes.\n"
    spec = folder / "lemma_2.py"
    spec.write_text(spec.read_text().replace('printed={"c": 2}', 'printed={"c": 1}').replace("c=1)", "c=2)"))
    assert verify("run").returncode == 1, "the wrong constant is refuted"
