"""What the topics share: the type of a row, and clocks."""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

Row = dict[str, Any]


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], Any], runs: int = 7) -> float:
    """Median wall time of several calls."""
    return statistics.median(seconds(work) for _ in range(runs))


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """The times of works that return their own time, by rounds; each round begins with the next work."""
    names, times = list(works), {name: list[float]() for name in works}
    for k in range(rounds):
        first = k % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(works[name]())
    return times


def median_ratio(
    over: Callable[[], Any], under: Callable[[], Any], rounds: int
) -> tuple[float, float, float]:
    """The median over rounds of the ratio of the times of two works done in turn, and both median times."""
    times = in_turn({"over": partial(seconds, over), "under": partial(seconds, under)}, rounds)
    pairs = list(zip(times["over"], times["under"], strict=True))
    return statistics.median(a / b for a, b in pairs), *map(statistics.median, times.values())
