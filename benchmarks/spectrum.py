"""Verified eigenvalue bounds against LAPACK's Cholesky factorisation and eigenvalues in the same process.

`rows()` returns a list of dicts (name, ratio, target, holds, measured) and `python -m benchmarks.spectrum`
prints it. Every figure is the median over several rounds of a ratio of two times taken one right after the
other. The peer is potrf in place on an array that is already there, without its copy; ours is the whole call:
checks of finiteness and symmetry, the copy, rounding of the diagonal, the factorisation. Beside each row: the
rates of GEMM (2 n^3 operations) and potrf (n^3 / 3) in the same run.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg.lapack import dpotrf

from numerics.arc_cosine import limiting_gram
from numerics.eigenbounds import cholesky_certifies, cholesky_lower_bound, eigenvalue_bounds, norm_bounds

Row = dict[str, Any]


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _gram(n: int, d: int = 100) -> Any:
    """H-infinity of n random unit inputs: lambda_min 0.13 (n = 500) and 0.10 (n = 2000)."""
    X = np.random.default_rng(0).standard_normal((n, d))
    return limiting_gram(X / np.linalg.norm(X, axis=1)[:, None])


def _paired(ours: Callable[[], Any], peer: Callable[[], float], rounds: int) -> tuple[float, float, float]:
    pairs = [(peer(), _seconds(ours)) for _ in range(rounds)]
    ratio = statistics.median(mine / other for other, mine in pairs)
    return ratio, *(statistics.median(times) for times in zip(*pairs, strict=True))


def _row(name: str, ratio: float, target: float | None, holds: bool | None, **measured: Any) -> Row:
    return {"name": name, "ratio": round(ratio, 2), "target": target, "holds": holds, "measured": measured}


def rows_of_size(n: int, target: float, rounds: int) -> list[Row]:
    """Rows at one size: test at a given mu, lower bound, both ends, norm; against potrf and eigvalsh."""
    A, space = _gram(n), np.empty((n, n), order="F")
    lowest = float(np.linalg.eigvalsh(A)[0])

    def potrf() -> float:
        np.copyto(space, A.T)
        return _seconds(lambda: dpotrf(space, lower=1, clean=0, overwrite_a=1))

    gemm = 2 * n**3 / statistics.median(_seconds(lambda: A @ A) for _ in range(5)) / 1e9
    works: dict[str, tuple[partial[Any], float | None]] = {
        "test lambda_min > mu": (partial(cholesky_certifies, A, 0.9 * lowest), target),
        "lower bound of lambda_min, relative 1e-2": (partial(cholesky_lower_bound, A), target),
        "lower bound of lambda_min, relative 1e-1": (partial(cholesky_lower_bound, A, relative=0.1), target),
        "lambda_min, both ends, relative 1e-3": (partial(eigenvalue_bounds, A), None),
        "lambda_max, both ends": (partial(eigenvalue_bounds, A, largest=True), None),
        "operator norm, both ends": (partial(norm_bounds, A), None),
    }
    assert cholesky_certifies(A, 0.9 * lowest)
    found = []
    for name, (work, most) in works.items():
        ratio, peer, ours = _paired(work, potrf, rounds)
        rates = {"gemm_gflops": gemm, "potrf_gflops": n**3 / 3 / peer / 1e9}
        holds = None if most is None else ratio <= most
        if work.func is cholesky_lower_bound:
            rates["below_lambda_min"] = 1 - work() / lowest
        found.append(
            _row(f"{name}, n = {n}: times potrf", ratio, most, holds, ours_s=ours, peer_s=peer, **rates)
        )
    for name, least in (("test lambda_min > mu", 4.0), ("lower bound of lambda_min, relative 1e-2", 4.0)):
        inverse, peer, ours = _paired(works[name][0], lambda: _seconds(lambda: np.linalg.eigvalsh(A)), rounds)
        text = f"{name}, n = {n}: eigvalsh's time over ours"
        gap = lowest - cholesky_lower_bound(A)
        found.append(_row(text, 1 / inverse, least, 1 / inverse >= least, ours_s=ours, peer_s=peer, gap=gap))
    return found


def rows(rounds: int = 7) -> list[Row]:
    """All rows; at most 3 (n = 500) and 1.25 (n = 2000) times potrf are the targets."""
    return [*rows_of_size(500, 3.0, 3 * rounds), *rows_of_size(2000, 1.25, rounds)]


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 7):
        print(json.dumps(row))
