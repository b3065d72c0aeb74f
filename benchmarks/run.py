"""Runs the benchmarks: `python -m benchmarks.run [TOPIC ...] [--cores N] [--write]`.

Ours and peers run on one core: numpy, scipy and torch bring a pool of threads each, which spin for a while
after their work and wait for each other (a Cholesky factorisation of 0.7 ms in scipy after a product in numpy
took 50 ms on two cores). `--cores 2` measures on two, for what they are worth.

Every module benchmarks/<topic>.py with a function `rows` is a topic; a row is a dict with name, ratio,
target, holds and measured. A topic that fails becomes a row with holds = null and the reason. Writes
build/benchmarks.json (a list of rows, the first with the machine's rates in the same run), prints a table,
and with --write puts it between the markers of benchmarks/README.md. Exit code 1 when a topic failed.
"""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import benchmarks
from benchmarks._timing import Row, median_seconds

ROOT = Path(__file__).resolve().parents[1]
FIELDS = ("name", "ratio", "target", "holds", "measured")
START, END = "<!-- table: written by python -m benchmarks.run --write -->", "<!-- end of table -->"


def topics() -> list[str]:
    """The names of all topic modules."""
    found = pkgutil.iter_modules(benchmarks.__path__)
    return sorted(m.name for m in found if not m.ispkg and m.name != "run" and not m.name.startswith("_"))


def _failed(topic: str, reason: str) -> Row:
    measured = {"reason": reason, "failed": True}
    return {"name": topic, "ratio": None, "target": None, "holds": None, "measured": measured}


def topic_rows(topic: str) -> list[Row]:
    """The rows of one topic, or one row with the reason why there are none."""
    try:
        found = importlib.import_module(f"benchmarks.{topic}").rows()
        for row in found:
            if set(row) != set(FIELDS):
                return [_failed(topic, f"expected rows with {FIELDS} but got {tuple(row)}")]
        json.dumps(found)
    except Exception as error:
        return [_failed(topic, f"{type(error).__name__}: {error}".splitlines()[0])]
    return [{field: row[field] for field in FIELDS} for row in found]


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def confine(wanted: int) -> None:
    """Start this process anew on so many cores, where that can be done; libraries count cores on loading."""
    if hasattr(os, "sched_setaffinity") and wanted < cores():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-wanted:])
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.run", *sys.argv[1:]])


def machine(size: int = 1500) -> dict[str, Any]:
    """The machine's float64 rates now, of products and Cholesky factorisations, in 10^9 operations/s."""
    A = np.random.default_rng(0).standard_normal((size, size))
    S = A @ A.T + size * np.eye(size)
    tensor = torch.as_tensor(A)
    facts = {
        "cores": cores(),
        "torch_threads": torch.get_num_threads(),
        "gemm_gflops_torch": 2e-9 * size**3 / median_seconds(lambda: tensor @ tensor),
        "gemm_gflops_numpy": 2e-9 * size**3 / median_seconds(lambda: A @ A),
        "cholesky_gflops_numpy": 1e-9 / 3 * size**3 / median_seconds(lambda: np.linalg.cholesky(S)),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
        },
    }
    if torch.cuda.is_available():
        facts["cuda_device"] = torch.cuda.get_device_name()
    return facts


def table(rows: Sequence[Row], facts: dict[str, Any]) -> str:
    """The rows as a Markdown table."""
    lines = ["| benchmark | ratio | target | holds |", "|---|---|---|---|"]
    for row in rows:
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:g}"
        target = "-" if row["target"] is None else f"{row['target']:g}"
        reason = row["measured"].get("reason", "") if row["holds"] is None else ""
        holds = {True: "yes", False: "**no**", None: reason or "-"}[row["holds"]]
        name = row["name"].replace("|", "\\|")
        lines.append(f"| {name} | {ratio} | {target} | {holds} |")
    device = facts.get("cuda_device", "no CUDA device")
    lines += [
        "",
        f"In the same run: cores used: {facts['cores']}, {device}; float64 matrix product "
        f"{facts['gemm_gflops_torch']:.0f} Gflop/s in torch and {facts['gemm_gflops_numpy']:.0f} in numpy, "
        f"Cholesky {facts['cholesky_gflops_numpy']:.0f}.",
    ]
    return "\n".join(lines)


def write_readme(text: str, path: Path = ROOT / "benchmarks" / "README.md") -> None:
    """Replace what is between the markers; RuntimeError where there are none."""
    before, start, rest = path.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise RuntimeError(f"Expected the markers {START!r} and {END!r} in {path.name}")
    path.write_text(f"{before}{START}\n{text}\n{END}{after}")


def status(rows: Sequence[Row]) -> int:
    """1 when a topic failed, else 0: a missed target is a finding, which the table shows."""
    return int(any(row["measured"].get("failed") for row in rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the topics asked for, or all."""
    known = topics()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measured ratios.")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(known)} (default: all)")
    parser.add_argument("--cores", type=int, default=1, metavar="N", help="cores to measure on (default: 1)")
    parser.add_argument("--write", action="store_true", help="renew the table in benchmarks/README.md")
    options = parser.parse_args(arguments)
    for topic in options.topics:
        if topic not in known:
            parser.error(f"expected topics among {', '.join(known)} but got {topic!r}")
    if options.write and options.topics:
        parser.error("expected --write without topics: the table holds all of them")
    if options.cores < 1:
        parser.error(f"expected --cores of at least 1 but got {options.cores}")
    if arguments is None:
        confine(options.cores)
    facts, rows = machine(), []
    for topic in options.topics or known:
        start = time.perf_counter()
        rows += topic_rows(topic)
        print(f"{topic}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    target = ROOT / "build" / "benchmarks.json"
    target.parent.mkdir(exist_ok=True)
    here = {"name": "this machine", "ratio": None, "target": None, "holds": None, "measured": facts}
    target.write_text(json.dumps([here, *rows], indent=1) + "\n")
    text = table(rows, facts)
    print(text)
    missed = sum(row["holds"] is False for row in rows)
    print(f"{missed} of {sum(row['holds'] is not None for row in rows)} targets missed")
    if options.write:
        write_readme(text)
    return status(rows)


if __name__ == "__main__":
    sys.exit(main())
