"""Gaussian expectations and dual activations against peers in the same process.

`rows()` returns a list of dicts (name, ratio = peer time / our time, target, holds, measured) and
`python -m benchmarks.dual` prints it. Times are medians of several runs in seconds, except mpmath's
two-dimensional quadrature at 100 digits, which runs once (one and a half minutes). neural-tangents is
measured elsewhere, in an environment of its own; here a per-entry quadrature of the same degree stands in.
"""

import json
import math
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np

from benchmarks._timing import Row, median_seconds
from numerics.activation import Activation
from numerics.activations import erf, relu, softplus, tanh
from numerics.balls import ball, precision
from numerics.dual import dual_ball, expectation_ball
from numerics.dual_recursion import _composed, gram_recursion
from numerics.hermite_series import _hermite_weights

_HALF = [[1, "1/2"], ["1/2", 1]]


def _row(name: str, ours: float, peer: float, target: float | None, **measured: Any) -> Row:
    ratio = peer / ours
    return {
        "name": name,
        "ratio": round(ratio, 2),
        "target": target,
        "holds": None if target is None else ratio >= target,
        "measured": {"ours_s": ours, "peer_s": peer, **measured},
    }


def _in_mpmath(act: Activation) -> Callable[[Any], Any]:
    return mpmath.tanh if act is tanh else lambda z: mpmath.log1p(mpmath.exp(z))


def _quadrature(act: Activation, digits: int) -> Any:
    """E s(u) s(v), rho = 1/2, by mpmath.quad: Gauss-Legendre on four panels, its faster rule here."""
    f, rho = _in_mpmath(act), mpmath.mpf(1) / 2
    spread, cut = mpmath.sqrt(1 - rho**2), mpmath.sqrt(2 * mpmath.log(10) * digits) + 1

    def integrand(x: Any, y: Any) -> Any:
        return f(x) * f(rho * x + spread * y) * mpmath.exp(-(x * x + y * y) / 2)

    panels = [-cut, 0, cut]
    return mpmath.quad(integrand, panels, panels, method="gauss-legendre") / (2 * mpmath.pi)


def _double_sum(act: Activation, digits: int) -> Any:
    """Our lattice with its N^2 terms written out in mpmath: the strongest peer, without error bounds."""
    f, rho = _in_mpmath(act), mpmath.mpf(1) / 2
    strip = math.pi / 2 if act is tanh else math.pi
    step = mpmath.mpf(2 * math.pi * 0.95 * strip / (digits * math.log(10) + strip**2))
    n = int(math.sqrt(2 * digits * math.log(10)) / step) + 1
    gap = 2 * (1 - rho**2)
    edge = [f(k * step) * mpmath.exp(-((k * step) ** 2) * (1 - rho) / gap) for k in range(-n, n + 1)]
    spread = [mpmath.exp(-rho * (m * step) ** 2 / gap) for m in range(2 * n + 1)]
    total = mpmath.fsum(
        x * mpmath.fsum(y * spread[abs(i - j)] for j, y in enumerate(edge)) for i, x in enumerate(edge)
    )
    return total * step**2 / (2 * mpmath.pi * mpmath.sqrt(1 - rho**2))


def _distance(value: Any, enclosure: Any, digits: int) -> float:
    with precision(int(3.33 * digits) + 80):
        return float(abs(enclosure - ball(mpmath.nstr(value, digits + 10))).upper())


def hundred_digits(digits: int = 100) -> list[Row]:
    """Rows of E s(u) s(v) and E s(z) to `digits` digits, rigorous, against mpmath."""
    rows = []
    for act in (softplus(), tanh):
        ours = median_seconds(partial(dual_ball, act, _HALF, digits=digits))
        exact = dual_ball(act, _HALF, digits=digits + 12)
        with mpmath.workdps(digits + 3):
            start = time.perf_counter()
            value = _quadrature(act, digits)
            peer = time.perf_counter() - start
            name = f"E {act.name}(u) {act.name}(v) to {digits} digits"
            error = _distance(value, exact, digits)
            rows.append(_row(f"{name}, mpmath.quad", ours, peer, 10.0, peer_error=error))
            start = time.perf_counter()
            value = _double_sum(act, digits)
            peer = time.perf_counter() - start
            error = _distance(value, exact, digits)
            rows.append(_row(f"{name}, double sum in mpmath", ours, peer, 10.0, peer_error=error))
    with mpmath.workdps(digits + 3):
        cut = mpmath.sqrt(2 * mpmath.log(10) * digits) + 1
        f = _in_mpmath(softplus())
        panels = [-cut, -cut / 2, 0, cut / 2, cut]
        peer = median_seconds(
            lambda: mpmath.quad(lambda z: f(z) * mpmath.npdf(z), panels, method="gauss-legendre"), 3
        )
    ours = median_seconds(lambda: expectation_ball(softplus(), 1, digits=digits))
    rows.append(_row(f"E softplus(z) to {digits} digits, mpmath.quad", ours, peer, None))
    return rows


def _unit_gram(n: int) -> Any:
    X = np.random.default_rng(0).standard_normal((n, 50))
    X /= np.linalg.norm(X, axis=1)[:, None]
    K = X @ X.T
    K = (K + K.T) / 2
    np.fill_diagonal(K, 1.0)
    return K


def _entrywise(rho: Any, degree: int = 32) -> Any:
    """E softplus(u) softplus(v) at unit variances by a product Gauss-Hermite rule for every entry."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(degree)
    weights = weights / math.sqrt(2 * math.pi)
    left = np.logaddexp(nodes, 0) * weights
    spread = np.sqrt(np.maximum(1 - rho**2, 0))
    total = np.zeros_like(rho)
    for x, a in zip(nodes, left, strict=True):
        for y, w in zip(nodes, weights, strict=True):
            total += a * w * np.logaddexp(rho * x + spread * y, 0)
    return total


def softplus_recursion(n: int = 500, depth: int = 5) -> Row:
    """K^(depth) of softplus with c_sigma: time, proved bound, and the error seen against balls."""
    K, act = _unit_gram(n), softplus()
    gram_recursion(act, np.eye(2), 1)
    _composed.cache_clear()
    _hermite_weights.cache_clear()
    start = time.perf_counter()
    found = gram_recursion(act, K, depth, scale="preserve")
    cold = time.perf_counter() - start
    ours = median_seconds(lambda: gram_recursion(act, K, depth, scale="preserve"), 15)
    order = np.argsort(K[np.triu_indices(n, 1)])
    picks = [int(order[k]) for k in np.linspace(0, len(order) - 1, 20).astype(int)]
    seen, (rows, columns) = 0.0, np.triu_indices(n, 1)
    for k in picks:
        i, j = int(rows[k]), int(columns[k])
        with precision(160):
            entry, top = ball(float(K[i, j])), dual_ball(act, [[1, 1], [1, 1]], digits=30)
            for _ in range(depth):
                entry = dual_ball(act, [[1, entry], [entry, 1]], digits=30) / top
            seen = max(seen, float(abs(entry - ball(float(found.values[i, j]))).upper()))
    block = K[: n // 25]
    peer = median_seconds(lambda: _entrywise(block), 3) * 25 * depth
    return _row(
        f"softplus K^({depth}), n = {n}, against 32 x 32 Gauss-Hermite an entry (n/25 rows, scaled)",
        ours,
        peer,
        100.0,
        first_call_s=cold,
        proved_error=found.error,
        error_against_balls=seen,
        proved_error_at_most_1e_12=found.error <= 1e-12,
    )


def other_recursions(n: int = 1000, depth: int = 5) -> list[Row]:
    """K^(depth) of ReLU and erf; the peer is the closed form written plainly in numpy, layer by layer."""
    K = _unit_gram(n)

    def plain_relu() -> Any:
        c = K
        for _ in range(depth):
            c = (np.sqrt(np.maximum(1 - c * c, 0)) + c * (np.pi - np.arccos(np.clip(c, -1, 1)))) / np.pi
        return c

    def plain_erf() -> Any:
        c = K
        for _ in range(depth):
            c = np.arcsin(2 * c / 3) / np.arcsin(2 / 3)
        return c

    rows = []
    for act, plain in ((relu, plain_relu), (erf, plain_erf)):
        found = gram_recursion(act, K, depth, scale="preserve")
        ours = median_seconds(partial(gram_recursion, act, K, depth, scale="preserve"), 9)
        gap = float(np.abs(found.values - plain()).max())
        name = f"{act.name} K^({depth}), n = {n}, against plain numpy"
        peer = median_seconds(plain, 9)
        rows.append(_row(name, ours, peer, 1.0, proved_error=found.error, gap_to_plain=gap))
    return rows


def growth_in_digits() -> Row:
    """The exponent of time in digits of `dual_ball` for softplus between 50 and 800 digits; expected about 2.

    Nodes grow like D^(3/2), and the cost of one exp or log like D^(1/2) or more at these sizes.
    """
    digits = [50, 100, 200, 400, 800]
    times = [median_seconds(partial(dual_ball, softplus(), _HALF, digits=d), 3) for d in digits]
    slope = float(np.polyfit(np.log(digits), np.log(times), 1)[0])
    return {
        "name": "exponent of time in digits, softplus, 50 to 800",
        "ratio": round(slope, 2),
        "target": 3.0,
        "holds": slope <= 3.0,
        "measured": dict(zip(map(str, digits), times, strict=True)),
    }


def rows(digits: int = 100) -> list[Row]:
    """All rows; `digits` below 100 shortens mpmath's part."""
    return [*hundred_digits(digits), softplus_recursion(), *other_recursions(), growth_in_digits()]


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 100):
        print(json.dumps(row))
