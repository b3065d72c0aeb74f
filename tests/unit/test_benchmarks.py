"""The benchmark runner: topics found by name, failures as rows, the table between its markers."""

import json
import subprocess
import sys
import types

import pytest

from benchmarks import neural_tangents, run

ROW = {"name": "a | b", "ratio": 2.0, "target": 1.0, "holds": True, "measured": {"ours_s": 1.0}}
FACTS = {"cores": 2, "gemm_gflops_torch": 1.0, "gemm_gflops_numpy": 1.0, "cholesky_gflops_numpy": 1.0}


@pytest.fixture
def topic(monkeypatch):
    """A function that plants a topic with the given `rows`."""

    def plant(rows):
        module = types.ModuleType("benchmarks.planted")
        module.rows = rows
        monkeypatch.setitem(sys.modules, "benchmarks.planted", module)
        monkeypatch.setattr(run, "topics", lambda: ["planted"])
        return "planted"

    return plant


@pytest.fixture
def root(monkeypatch, tmp_path):
    """A folder of its own for results."""
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "machine", lambda: FACTS)
    return tmp_path


def test_topics_are_found_by_name():
    """Every topic module is found, the runner itself is not, and each has a function `rows`."""
    found = run.topics()
    assert {"dual", "neural_tangents", "training"} <= set(found)
    assert "run" not in found
    assert "peers" not in found


def test_results_are_written_and_printed(topic, root, capsys):
    """Rows go to build/benchmarks.json with the machine, and into the printed table."""
    topic(lambda: [ROW])
    assert run.main([]) == 0
    stored = json.loads((root / "build" / "benchmarks.json").read_text())
    assert [stored[0]["measured"], *stored[1:]] == [FACTS, ROW]
    assert r"| a \| b | 2 | 1 | yes |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda: [{"name": "x"}], "expected rows with"),
        (lambda: [ROW | {"measured": {"x": object()}}], "TypeError"),
    ],
)
def test_a_failing_topic_is_a_row_and_exit_code_1(topic, root, capsys, rows, reason):
    """A topic that raises, or returns something else, is a row with holds = null and the reason."""
    topic(rows)
    assert run.main([]) == 1
    _, row = json.loads((root / "build" / "benchmarks.json").read_text())
    assert row["holds"] is None
    assert reason in row["measured"]["reason"]
    assert reason in capsys.readouterr().out


@pytest.mark.parametrize(("holds", "says"), [(True, "0 of 1"), (None, "0 of 0"), (False, "1 of 1")])
def test_missed_targets_are_counted(topic, root, capsys, holds, says):
    """A missed target is said, and is no failure of the run."""
    topic(lambda: [ROW | {"holds": holds}])
    assert run.main(["planted"]) == 0
    assert f"{says} targets missed" in capsys.readouterr().out


def test_the_table_replaces_what_is_between_its_markers(tmp_path):
    """Writing twice leaves one table, and the text around it."""
    path = tmp_path / "README.md"
    path.write_text(f"before\n{run.START}\nstale\n{run.END}\nafter\n")
    for _ in range(2):
        run.write_readme(run.table([ROW], FACTS), path)
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale" not in text
    assert text.count("| benchmark |") == 1
    path.write_text("no markers")
    with pytest.raises(RuntimeError, match="Expected the markers"):
        run.write_readme("x", path)


def test_unknown_topics_and_partial_tables_are_refused(topic, root, capsys):
    """An unknown topic, or --write with topics, ends with the usage and status 2."""
    topic(lambda: [ROW])
    for arguments in (["nothing"], ["planted", "--write"]):
        with pytest.raises(SystemExit) as caught:
            run.main(arguments)
        assert caught.value.code == 2
    assert "expected topics among planted but got 'nothing'" in capsys.readouterr().err


def test_an_absent_peer_is_said(monkeypatch, tmp_path):
    """Without the environment of neural-tangents all its rows hold nothing and say why."""
    monkeypatch.setattr(neural_tangents, "PYTHON", tmp_path / "python")
    rows = neural_tangents.rows()
    assert len(rows) == 3
    for row in rows:
        assert (row["ratio"], row["holds"]) == (None, None)
        assert "run make bench-peers" in row["measured"]["reason"]


def test_a_broken_peer_is_said(monkeypatch, tmp_path):
    """An environment that cannot run the script gives rows with the last line of its error."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no module named jax' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(neural_tangents, "PYTHON", broken)
    reasons = {row["measured"]["reason"] for row in neural_tangents.rows((10, 5))}
    assert reasons == {"neural-tangents failed: no module named jax"}


def test_machine_rates_are_positive():
    """The machine's rates are measured, finite and positive."""
    facts = run.machine(200)
    assert all(facts[k] > 0 for k in ("gemm_gflops_torch", "gemm_gflops_numpy", "cholesky_gflops_numpy"))
    json.dumps(facts)


def test_help_runs():
    """`python -m benchmarks.run --help` lists the topics."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=neural_tangents.ROOT,
    )
    assert "training" in done.stdout
