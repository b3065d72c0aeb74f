"""Verified eigenvalue bounds against LAPACK's Cholesky factorisation and eigenvalues in the same process.

`rows()` returns a list of dicts (name, ratio, target, holds, measured) and `python -m benchmarks.spectrum`
prints it (on one core, please: see `benchmarks.run`). All works are done in turn, and every figure is the
median over the rounds of a ratio of two times of one round; `quartiles` says how they spread. The peer is
potrf in place on an array that is already there, without its copy; ours is the whole call: checks of
finiteness and symmetry, the copy, rounding of the diagonal, the factorisation. Beside each row: the rates of
GEMM (2 n^3 operations) and potrf (n^3 / 3) in the same rounds.
"""

import json
import statistics
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg.lapack import dpotrf

from benchmarks._timing import Row, in_turn, seconds
from numerics.arc_cosine import limiting_gram
from numerics.eigenbounds import cholesky_certifies, cholesky_lower_bound, eigenvalue_bounds, norm_bounds

TEST = "test lambda_min > mu"
BOUND = "lower bound of lambda_min, relative"


def _gram(n: int, d: int = 100) -> Any:
    """H-infinity of n random unit inputs: lambda_min 0.13 (n = 500) and 0.10 (n = 2000)."""
    X = np.random.default_rng(0).standard_normal((n, d))
    return limiting_gram(X / np.linalg.norm(X, axis=1)[:, None])


def rows_of_size(n: int, rounds: int, target: float, faster: float | None = None) -> list[Row]:
    """Rows at one size: test at a given mu, lower bound, both ends, norm; against potrf and eigvalsh."""
    A, space = _gram(n), np.empty((n, n), order="F")
    lowest = float(np.linalg.eigvalsh(A)[0])

    def potrf() -> float:
        np.copyto(space, A.T)
        return seconds(lambda: dpotrf(space, lower=1, clean=0, overwrite_a=1))

    calls: dict[str, partial[Any]] = {
        TEST: partial(cholesky_certifies, A, 0.9 * lowest),
        f"{BOUND} 1e-2": partial(cholesky_lower_bound, A),
        f"{BOUND} 1e-1": partial(cholesky_lower_bound, A, relative=0.1),
        "lambda_min, both ends, relative 1e-3": partial(eigenvalue_bounds, A),
        "lambda_max, both ends": partial(eigenvalue_bounds, A, largest=True),
        "operator norm, both ends": partial(norm_bounds, A),
    }
    assert cholesky_certifies(A, 0.9 * lowest)
    clocks: dict[str, Callable[[], float]] = {name: partial(seconds, call) for name, call in calls.items()}
    clocks |= {
        "potrf": potrf,
        "gemm": lambda: seconds(lambda: A @ A),
        "eigvalsh": lambda: seconds(lambda: np.linalg.eigvalsh(A)),
    }
    times = in_turn(clocks, rounds)
    middle = {name: statistics.median(values) for name, values in times.items()}
    rates = {"gemm_gflops": 2e-9 * n**3 / middle["gemm"], "potrf_gflops": n**3 / 3e9 / middle["potrf"]}

    found = []

    def add(name: str, over: str, under: str, text: str, most: float | None, least: float | None) -> None:
        ratios = [a / b for a, b in zip(times[over], times[under], strict=True)]
        ratio = statistics.median(ratios)
        measured: dict[str, Any] = {f"{key}_s": middle[key] for key in (over, under)}
        measured |= {"quartiles": statistics.quantiles(ratios, n=4), "rounds": rounds, **rates}
        if name.startswith(BOUND):
            measured["below_lambda_min"] = 1 - calls[name]() / lowest
        holds = ratio <= most if most is not None else ratio >= least if least is not None else None
        found.append(
            {
                "name": f"{name}, n = {n}: {text}",
                "ratio": round(ratio, 2),
                "target": most if most is not None else least,
                "holds": holds,
                "measured": measured,
            }
        )

    for name in calls:
        most = target if name.startswith((TEST, BOUND)) else None
        add(name, name, "potrf", "times potrf", most, None)
    for name in (TEST, f"{BOUND} 1e-2"):
        add(name, "eigvalsh", name, "eigvalsh's time over ours", None, faster)
    return found


def rows(rounds: int = 15) -> list[Row]:
    """All rows: at most 3 (n = 500) and 1.25 (n = 2000) times potrf; there 4 times faster than eigvalsh."""
    return [*rows_of_size(500, 4 * rounds, 3.0), *rows_of_size(2000, rounds, 1.25, 4.0)]


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 15):
        print(json.dumps(row))
