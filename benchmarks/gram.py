"""Two-layer ReLU Gram matrices against the rate of matrix products in the same process.

`rows()` returns a list of dicts (name, ratio, target, holds, measured) and `python -m benchmarks.gram` prints
it. Operations counted: 2 n d m for the pre-activations at the GEMM rate of their type, n^2 m for the counts
(a symmetric product) at the float32 GEMM rate. The ratio is the time of these at those rates over ours, both
timed in the same round; medians over rounds. The weights are streamed in parts; four parts are stored and
handed out in turn, as their values do not matter. Gates are compared as bits, not by a product, so the ratio
may exceed 1. Memory: growth to the peak (reset before; Linux) while one matrix is computed, over the bytes
of n * chunk + n^2 float32 numbers.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._timing import Row, seconds
from numerics.gram import empirical_gram, interval_gram

CHUNK, PART = 16384, 62500


def _row(name: str, ratio: float, target: float, holds: bool, **measured: Any) -> Row:
    return {"name": name, "ratio": round(ratio, 3), "target": target, "holds": holds, "measured": measured}


def _problem(n: int, d: int, m: int, dtype: type) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    X /= np.linalg.norm(X, axis=1)[:, None]
    return rng.standard_normal((m, d)).astype(dtype), X.astype(dtype)


def _memory(field: str) -> int:
    """Bytes of a line of /proc/self/status: VmRSS (now) or VmHWM (the peak since it was last reset)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def memory(n: int = 1000, d: int = 100, chunk: int = 4 * CHUNK) -> Row:
    """Growth to the peak over n * chunk + n^2 float32 numbers; libraries are loaded by a small run before."""
    name = f"peak memory, n = {n}, chunk = {chunk}"
    W, X = _problem(n, d, 2 * chunk, np.float64)
    empirical_gram(W[:2048], X, chunk=1024, device="cpu")
    try:
        Path("/proc/self/clear_refs").write_text("5")
        before = _memory("VmRSS")
        empirical_gram(W, X, chunk=chunk, device="cpu")
        grown = _memory("VmHWM") - before
    except OSError as error:
        return {"name": name, "ratio": None, "target": 1.3, "holds": None, "measured": {"error": str(error)}}
    ratio = grown / (4 * (n * chunk + n * n))
    return _row(name, ratio, 1.3, ratio <= 1.3, bytes=grown)


def rates(dtype: type, rounds: int, n: int = 1000, d: int = 100, m: int = 10**6) -> list[Row]:
    """Plain Gram at the rate of GEMM, and the rigorous interval against the plain one."""
    parts = m // PART
    stored, X = _problem(n, d, 4 * PART, dtype)
    A = np.random.default_rng(1).standard_normal((1500, 1500))
    fast, own = A.astype(np.float32), A.astype(dtype)
    kept: list[tuple[float, ...]] = []

    def weights() -> Iterator[Any]:
        return (stored[k % 4 * PART : (k % 4 + 1) * PART] for k in range(parts))

    for _ in range(rounds):
        counting, products = (2 * 1500**3 / seconds(lambda B=B: B @ B) for B in (fast, own))
        plain = seconds(lambda: empirical_gram(weights(), X, chunk=PART, device="cpu"))
        interval = seconds(lambda: interval_gram(weights(), X, chunk=PART, device="cpu"))
        ideal = 2 * n * d * m / products + n * n * m / counting
        kept.append((ideal / plain, interval / plain, plain, interval, products / 1e9, counting / 1e9))
    rate, cost, plain, interval, own_rate, fast_rate = (statistics.median(v) for v in zip(*kept, strict=True))
    name, times = np.dtype(dtype).name, {"plain_s": plain, "interval_s": interval}
    gemm = {"gemm_gflops": own_rate, "gemm_float32_gflops": fast_rate}
    shape = f"{name}, n = {n}, d = {d}, m = {m}"
    return [
        _row(f"Gram matrix over GEMM rate, {shape}", rate, 0.7, rate >= 0.7, **times, **gemm),
        _row(f"rigorous interval over plain Gram matrix, {shape}", cost, 1.5, cost <= 1.5, **times),
    ]


def rows(rounds: int = 3) -> list[Row]:
    """All rows."""
    return [memory(), *rates(np.float32, rounds), *rates(np.float64, rounds)]


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        print(json.dumps(row))
