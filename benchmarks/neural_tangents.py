"""Whole recursions K^(5) against neural-tangents, which runs in an environment of its own in the same run.

`make bench-peers` makes that environment under build/peers; without it the rows say so and hold nothing.
Both sides are warm, use their own default number of threads, and start from the same inputs: softplus with
neural-tangents' quadrature of degree 32 at n = 500, ReLU and erf with its closed forms at n = 1000.
`rows()` returns a list of dicts (name, ratio = peer time / our time, target, holds, measured).
"""

import json
import math
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._timing import Row, median_seconds
from numerics.activation import Activation
from numerics.activations import erf, relu, softplus
from numerics.balls import ball, precision
from numerics.dual import dual_ball
from numerics.dual_recursion import gram_recursion

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "build" / "peers" / "bin" / "python"
DEPTH = 5
CASES: tuple[tuple[str, Activation, float], ...] = (
    ("softplus", softplus(), 100.0),
    ("relu", relu, 1.0),
    ("erf", erf, 1.0),
)


def _inputs(n: int, seed: int) -> Any:
    X = np.random.default_rng(seed).standard_normal((n, 50))
    return X / np.linalg.norm(X, axis=1)[:, None]


def _gram(X: Any) -> Any:
    K = X @ X.T
    K = (K + K.T) / 2
    np.fill_diagonal(K, 1.0)
    return K


def _normaliser(act: Activation) -> Any:
    return 1 / dual_ball(act, [[1, 1], [1, 1]], digits=40)


def _errors(act: Activation, X: Any, ours: Any, theirs: Any) -> tuple[float, float]:
    """Largest errors of both against balls from the exact inputs, at 20 entries over all correlations."""
    rows, columns = np.triu_indices(len(X), 1)
    order = np.argsort((X @ X.T)[rows, columns])
    worst = [0.0, 0.0]
    with precision(160):
        c = _normaliser(act)
        for k in np.linspace(0, len(order) - 1, 20).astype(int):
            i, j = int(rows[order[k]]), int(columns[order[k]])
            x, y = ([ball(v) for v in row] for row in (X[i].tolist(), X[j].tolist()))
            lengths = sum(a * a for a in x) * sum(b * b for b in y)
            entry = sum(a * b for a, b in zip(x, y, strict=True)) / lengths.sqrt()
            for _ in range(DEPTH):
                entry = c * dual_ball(act, [[1, entry], [entry, 1]], digits=30)
            for which, K in enumerate((ours, theirs)):
                worst[which] = max(worst[which], float(abs(entry - ball(float(K[i, j]))).upper()))
    return worst[0], worst[1]


def _absent(reason: str) -> list[Row]:
    return [
        {
            "name": _name(name, 500 if name == "softplus" else 1000),
            "ratio": None,
            "target": target,
            "holds": None,
            "measured": {"reason": reason},
        }
        for name, _, target in CASES
    ]


def _name(activation: str, n: int) -> str:
    how = "ElementwiseNumerical(deg=32)" if activation == "softplus" else "closed form"
    return f"{activation} K^({DEPTH}), n = {n}, against neural-tangents {how}"


def rows(sizes: tuple[int, int] = (500, 1000)) -> list[Row]:
    """All rows; `sizes`: n for softplus (a multiple of 10) and for the closed forms."""
    if not PYTHON.exists():
        return _absent("no environment build/peers: run make bench-peers")
    inputs = {"softplus": _inputs(sizes[0], 0), "closed": _inputs(sizes[1], 1)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, X in inputs.items():
            np.save(folder / f"{key}.npy", X)
        constants = {key: float(_normaliser(act).mid()) for key, act, _ in CASES}
        (folder / "normalisers.json").write_text(json.dumps(constants))
        script = ROOT / "benchmarks" / "peers" / "kernels.py"
        done = subprocess.run([PYTHON, script, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            return _absent(f"neural-tangents failed: {lines[-1]}")
        peer = json.loads(done.stdout.strip().splitlines()[-1])
        kernels = {key: np.load(folder / f"{key}_K.npy") for key, _, _ in CASES}
    return [_compared(key, act, target, inputs, kernels[key], peer[key]) for key, act, target in CASES]


def _compared(
    key: str, act: Activation, target: float, inputs: dict[str, Any], theirs: Any, peer: float
) -> Row:
    X = inputs["softplus" if key == "softplus" else "closed"]
    start = time.perf_counter()
    found = gram_recursion(act, _gram(X), DEPTH, scale="preserve")
    first = time.perf_counter() - start
    ours = median_seconds(lambda: gram_recursion(act, _gram(X), DEPTH, scale="preserve"))
    error, peer_error = _errors(act, X, found.values, theirs)
    ratio = peer / ours
    return {
        "name": _name(key, len(X)),
        "ratio": round(ratio, 2),
        "target": target,
        "holds": ratio >= target,
        "measured": {
            "ours_s": ours,
            "peer_s": peer,
            "first_call_s": first,
            "proved_error": found.error if math.isfinite(found.error) else None,
            "error_against_balls": error,
            "peer_error_against_balls": peer_error,
        },
    }


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row))
