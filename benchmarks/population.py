"""Population Gram matrices with certified least eigenvalues against plain float64 recursions.

`rows()` returns a list of dicts (name, ratio, target, holds, measured) and `python -m benchmarks.population`
prints it. Ratios of times are peer time / our time, medians of several runs in one process; the peer is the
fastest plain method that we know: Hermite coefficients of each layer by a 64-point Gauss-Hermite rule, one
polynomial of degree 40 over the whole matrix a layer, and numpy's eigvalsh, without error bounds.
"""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks._timing import Row, median_seconds
from benchmarks.dual import _row, _unit_gram
from numerics import population_recursion, population_slopes
from numerics.activations import softplus
from numerics.population import last_gram
from numerics.population_gaps import last_gaps
from numerics.population_recursion import Network
from numerics.population_spectrum import least_eigenvalue, least_eigenvalue_of_gaps

_TERMS = 41


def _forget() -> None:
    """Empty the caches of everything that depends on the network."""
    for module in (population_recursion, population_slopes):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@lru_cache(maxsize=1)
def _hermite_rule(count: int = 64) -> tuple[Any, Any]:
    """Nodes, and weights times He_k / sqrt(k!) at them, (terms, count)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    rows = [weights / math.sqrt(2 * math.pi)]
    rows.append(rows[0] * nodes)
    for k in range(1, _TERMS - 1):
        rows.append((nodes * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return nodes, np.array(rows)


def _expansion(function: Callable[[Any], Any], q: float) -> Any:
    nodes, rows = _hermite_rule()
    return rows @ function(math.sqrt(q) * nodes)


def _dual(function: Callable[[Any], Any], q: float, K: Any) -> tuple[Any, float]:
    """E f(u) f(v) over the matrix K / q of correlations, and E f."""
    a, rho = _expansion(function, q), K / q
    value = np.full_like(rho, a[-1] ** 2)
    for c in a[-2::-1]:
        value *= rho
        value += c * c
    return value, float(a[0])


def _value(z: Any) -> Any:
    return np.logaddexp(z, 0.0)


def _slope(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def plain_residual(K: Any, depth: int, c_res: float) -> float:
    """lambda_min of the residual K^(depth) of softplus in float64, one layer after the other."""
    c_sigma, c = 1 / float((_expansion(_value, 1.0) ** 2).sum()), c_res / depth
    second, mean = _dual(_value, 1.0, K)
    K, b = c_sigma * second, math.sqrt(c_sigma) * mean
    for _ in range(depth - 2):
        second, mean = _dual(_value, float(K[0, 0]), K)
        second *= c * c
        second += K
        second += 2 * c * b * mean
        K, b = second, b + c * mean
    second, _ = _dual(_slope, float(K[0, 0]), K)
    return float(np.linalg.eigvalsh(c * c * K * second)[0])


def certified_residual(n: int = 200, depth: int = 10) -> list[Row]:
    """Certified K^(depth) and lambda_0: the first call with all that the network needs, and later ones."""
    act, network, K = softplus(), Network(depth, c_res="1/2"), _unit_gram(n)

    def ours() -> Any:
        return least_eigenvalue(last_gram(act, K, network))

    def first() -> Any:
        _forget()
        return ours()

    found, gram = ours(), last_gram(act, K, network)
    plain = plain_residual(K, depth, 0.5)
    measured = {
        "lower": found.lower,
        "upper": found.upper,
        "plain": plain,
        "proved_error_of_entries": gram.error,
        "relative_width": (found.upper - found.lower) / found.upper,
        "plain_inside": found.lower <= plain <= found.upper,
    }
    peer = median_seconds(lambda: plain_residual(K, depth, 0.5), 9)
    name = f"certified residual K^({depth}) and lambda_0, softplus, n = {n}"
    return [
        _row(f"{name}, first call, against plain float64", median_seconds(first, 5), peer, 0.05, **measured),
        _row(f"{name}, later calls, against plain float64", median_seconds(ours, 9), peer, 0.05, **measured),
    ]


def _exponent(name: str, sizes: list[int], target: float, work: Callable[[int], Any], runs: int) -> Row:
    times = [median_seconds(lambda s=size: work(s), runs) for size in sizes]  # type: ignore[misc]
    slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
    return {
        "name": name,
        "ratio": round(slope, 2),
        "target": target,
        "holds": slope <= target,
        "measured": dict(zip(map(str, sizes), times, strict=True)),
    }


def growth() -> list[Row]:
    """Exponents of time in n (entries alone; with lambda_0) and in depth."""
    act, network = softplus(), Network(10, c_res="1/2")
    grams = {n: _unit_gram(n) for n in (250, 500, 1000, 2000)}
    last_gram(act, grams[250], network)

    def deep(depth: int) -> Any:
        _forget()
        return last_gram(act, grams[250], Network(depth, c_res="1/2"))

    return [
        _exponent(
            "exponent of time in n, K^(10), 250 to 2000",
            [250, 500, 1000, 2000],
            2.2,
            lambda n: last_gram(act, grams[n], network),
            5,
        ),
        _exponent(
            "exponent of time in n, K^(10) and lambda_0, 250 to 1000",
            [250, 500, 1000],
            3.2,
            lambda n: least_eigenvalue(last_gram(act, grams[n], network)),
            3,
        ),
        _exponent("exponent of time in depth, first calls, 5 to 80", [5, 10, 20, 40, 80], 1.2, deep, 1),
    ]


def digits_at_depth(depth: int = 60, n: int = 20) -> Row:
    """Relative width of a certified lambda_0, fully connected, where entries have no digit left."""
    act, network = softplus(), Network(depth)
    found = least_eigenvalue_of_gaps(last_gaps(act, 1.0 - _unit_gram(n), network))
    width = found.upper / found.lower - 1 if found.lower > 0 else math.inf
    entries = least_eigenvalue(last_gram(act, _unit_gram(n), network))
    return {
        "name": f"relative width of lambda_0, fully connected, depth {depth}, n = {n}",
        "ratio": width,
        "target": 1e-6,
        "holds": width <= 1e-6,
        "measured": {"lower": found.lower, "upper": found.upper, "lower_from_entries": entries.lower},
    }


def rows() -> list[Row]:
    """All rows."""
    return [*certified_residual(), *growth(), digits_at_depth()]


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row))
