"""Empirical Gram matrices of finite-width networks against Jacobians in the same process.

`rows()` returns a list of dicts (name, ratio, target, holds, measured) and `python -m benchmarks.networks`
prints it. Ratios are peer time / our time unless the name says exponent, cost or share; times are medians of
several runs in seconds, except the largest peer's, which runs once. Peak memory is the growth of the
process's resident set while the work runs, sampled every millisecond.
"""

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks._timing import Row, median_ratio, median_seconds
from numerics.activations import relu, softplus
from numerics.empirical_gram import layer_grams
from numerics.gram import empirical_gram
from numerics.networks import (
    ConvolutionalResNet,
    FullyConnected,
    Parameters,
    ResNet,
    initialise,
    initialise_streamed,
)
from numerics.networks_interval import interval_layer_grams
from numerics.weights import GaussianRows

_SOFTPLUS = FullyConnected(softplus())


def _growth(function: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """In a fresh process: bytes by which memory grows at most during the call (Linux; 0 elsewhere)."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not status.exists():
        return 0
    torch.ones(64, 64) @ torch.ones(64, 64)
    reset.write_text("5")
    marks = []
    for _ in range(2):
        line = next(text for text in status.read_text().splitlines() if text.startswith("VmHWM"))
        marks.append(1024 * int(line.split()[1]))
        if len(marks) == 1:
            function(*arguments)
    return marks[1] - marks[0]


def _peak(function: Callable[..., Any], *arguments: Any) -> int:
    """Peak memory of a call, its arguments and weights included, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_growth, function, arguments).result()


def _row(name: str, ratio: float, target: float | None, **measured: Any) -> Row:
    holds = None if target is None else ratio >= target
    return {"name": name, "ratio": round(ratio, 2), "target": target, "holds": holds, "measured": measured}


def _at_most(name: str, ratio: float, target: float, **measured: Any) -> Row:
    """A row whose ratio, a cost or an exponent, should stay below its target."""
    return {**_row(name, ratio, target, **measured), "holds": ratio <= target}


def _inputs(n: int, d: int) -> Any:
    X = np.random.default_rng(0).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


def _apply(theta: tuple[torch.Tensor, ...], x: torch.Tensor) -> torch.Tensor:
    """The fully-connected softplus network as one writes it for torch.func."""
    *weights, a = theta
    assert _SOFTPLUS.c_sigma is not None
    for W in weights:
        x = (_SOFTPLUS.c_sigma / len(a)) ** 0.5 * torch.nn.functional.softplus(W @ x)
    return a @ x


def _jacobian_gram(theta: tuple[torch.Tensor, ...], X: torch.Tensor, layer: int) -> torch.Tensor:
    """G^(layer) by vmap(jacrev) in that layer's weights alone, and one matrix product."""

    def output(W: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return _apply((*theta[: layer - 1], W, *theta[layer:]), x)

    J = torch.func.vmap(torch.func.jacrev(output), in_dims=(None, 0))(theta[layer - 1], X).flatten(1)
    return J @ J.T


def _stored_case(n: int, d: int, m: int, H: int) -> tuple[Parameters, Any]:
    return initialise(_SOFTPLUS, np.random.default_rng(1), m=m, H=H, d=d), _inputs(n, d)


def _ours_stored(n: int, d: int, m: int, H: int) -> None:
    theta, X = _stored_case(n, d, m, H)
    layer_grams(_SOFTPLUS, theta, X, layers=(H,), device="cpu")


def _peer_stored(n: int, d: int, m: int, H: int) -> None:
    theta, X = _stored_case(n, d, m, H)
    _jacobian_gram(tuple(torch.tensor(v) for v in (*theta.weights, theta.output)), torch.tensor(X), H)


def _ours_streamed(n: int, d: int, m: int, H: int) -> None:
    theta = initialise_streamed(_SOFTPLUS, (0, "benchmark"), m=m, H=H, d=d)
    layer_grams(_SOFTPLUS, theta, _inputs(n, d), device="cpu")


def against_jacobians(n: int = 200, d: int = 32, m: int = 2048, H: int = 2, runs: int = 1) -> list[Row]:
    """G^(H) against torch.func: time and memory."""
    theta, X = _stored_case(n, d, m, H)
    tensors = tuple(torch.tensor(v) for v in (*theta.weights, theta.output))
    work = partial(layer_grams, _SOFTPLUS, theta, X, layers=(H,), device="cpu")
    found, kept = work(), []
    ours = median_seconds(work, 9)
    peer = median_seconds(lambda: kept.append(_jacobian_gram(tensors, torch.tensor(X), H)), runs)
    gap = float(np.abs(found[0] - kept[0].numpy()).max() / np.abs(found).max())
    every = median_seconds(partial(layer_grams, _SOFTPLUS, theta, X, device="cpu"))
    used, peer_used = _peak(_ours_stored, n, d, m, H), _peak(_peer_stored, n, d, m, H)
    size = f"n = {n}, d = {d}, m = {m}, H = {H}"
    memory = {
        "ours_bytes": used,
        "peer_bytes": peer_used,
        "weights_bytes": 8 * m * m,
        "jacobian_bytes": 8 * n * m * m,
    }
    return [
        _row(f"G^(H), {size}, against vmap(jacrev)", peer / ours, 20.0, ours_s=ours, peer_s=peer, gap=gap),
        _row(
            f"memory of G^(H), weights included, {size}: vmap(jacrev) / ours",
            peer_used / max(used, 1),
            20.0,
            **memory,
        ),
        _row(f"all H + 1 matrices, {size}, against vmap(jacrev) for one", peer / every, None, ours_s=every),
    ]


def floor(n: int = 200, d: int = 32, m: int = 2048, H: int = 3) -> Row:
    """Our time against that of the matrix products alone, which is the least there is."""
    X, theta = _inputs(n, d), initialise(_SOFTPLUS, np.random.default_rng(1), m=m, H=H, d=d)
    W, V = torch.tensor(theta.weights[1]), torch.randn(n, m, dtype=torch.float64)

    def products() -> None:
        for _ in range(H - 1):
            V @ W.T
            V @ W
        for _ in range(2 * H):
            V @ V.T

    work = partial(layer_grams, _SOFTPLUS, theta, X, device="cpu")
    share, least, ours = median_ratio(products, work, 9)
    name = f"share of matrix products in all matrices, n = {n}, m = {m}, H = {H}, softplus"
    return _row(name, share, 0.4, ours_s=ours, products_s=least)


def streaming(n: int = 200, d: int = 32, m: int = 2048, H: int = 3) -> list[Row]:
    """Generated against stored weights: time, and memory where weights or activations would dwarf it."""
    X = _inputs(n, d)
    lazy = initialise_streamed(_SOFTPLUS, (0, "benchmark"), m=m, H=H, d=d)
    stored = Parameters(tuple(W.matrix() for W in lazy.weights), lazy.output)
    generating, keeping = (partial(layer_grams, _SOFTPLUS, t, X, device="cpu") for t in (lazy, stored))
    cost, ours, peer = median_ratio(generating, keeping, 7)
    wide, deep = _peak(_ours_streamed, n, d, 500_000, 1), _peak(_ours_streamed, 50, d, 8192, 3)
    rows = GaussianRows((0, "benchmark"), rows=500_000, columns=d)
    generating, keeping = (partial(empirical_gram, W, X[:100], device="cpu") for W in (rows, rows.matrix()))
    pattern_cost, counts, plain = median_ratio(generating, keeping, 5)
    return [
        _at_most(
            f"cost of generating weights, n = {n}, m = {m}, H = {H}: generated / stored",
            cost,
            4.0,
            ours_s=ours,
            stored_s=peer,
        ),
        _row(
            f"memory at m = 500000, H = 1, n = {n}: activations / ours",
            8 * n * 500_000 / max(wide, 1),
            10.0,
            ours_bytes=wide,
        ),
        _row(
            "memory at m = 8192, H = 3, n = 50: weights / ours",
            16 * 8192**2 / max(deep, 1),
            10.0,
            ours_bytes=deep,
        ),
        _at_most(
            "exact pattern Gram, m = 500000, n = 100: generated / stored",
            pattern_cost,
            2.0,
            ours_s=counts,
            stored_s=plain,
        ),
    ]


def rigour(n: int = 200, d: int = 32, m: int = 2048, H: int = 3) -> Row:
    """The cost of a proof: enclosures against floats."""
    network = FullyConnected(relu)
    X, theta = _inputs(n, d), initialise(network, np.random.default_rng(1), m=m, H=H, d=d)
    box = interval_layer_grams(network, theta, X, device="cpu")
    enclosing = partial(interval_layer_grams, network, theta, X, device="cpu")
    cost, ours, peer = median_ratio(enclosing, partial(layer_grams, network, theta, X, device="cpu"), 7)
    widths = ((box.hi - box.lo).max(axis=(1, 2)) / box.hi.max(axis=(1, 2))).tolist()
    name = f"cost of rigour, all matrices, n = {n}, m = {m}, H = {H}: enclosures / floats"
    return _at_most(
        name,
        cost,
        5.0,
        ours_s=ours,
        peer_s=peer,
        relative_widths=widths,
        doubtful=box.doubtful,
    )


def _exponent(sizes: list[int], work: Callable[[int], Callable[[], Any]], runs: int = 5) -> tuple[float, Row]:
    times = [median_seconds(work(size), runs) for size in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
    return slope, dict(zip(map(str, sizes), times, strict=True))


def growth() -> list[Row]:
    """Exponents of time: 2 in m at depth 2 and more, 1 at depth 1, between 1 and 2 in n."""

    def work(n: int, m: int, H: int) -> Callable[[], Any]:
        theta = initialise(_SOFTPLUS, np.random.default_rng(1), m=m, H=H, d=32)
        return partial(layer_grams, _SOFTPLUS, theta, _inputs(n, 32), device="cpu")

    cases = (
        (
            "m, H = 3, n = 200, 1024 to 4096",
            2.2,
            *_exponent([1024, 1448, 2048, 2896, 4096], lambda m: work(200, m, 3)),
        ),
        (
            "m, H = 1, n = 200, 8192 to 131072",
            1.2,
            *_exponent([8192, 32768, 131072], lambda m: work(200, m, 1)),
        ),
        (
            "n, H = 3, m = 1024, 100 to 1600",
            1.7,
            *_exponent([100, 200, 400, 800, 1600], lambda n: work(n, 1024, 3)),
        ),
    )
    return [_at_most(f"exponent of time in {name}", s, most, **times) for name, most, s, times in cases]


def convolution(n: int = 50, m: int = 256, p: int = 16) -> Row:
    """All matrices of a convolutional network against Jacobians by torch.func."""
    network = ConvolutionalResNet(softplus(), c_res=0.5, filter_size=3)
    assert network.c_sigma is not None
    rng = np.random.default_rng(1)
    theta, X = initialise(network, rng, m=m, H=2, d=3, p=p), rng.standard_normal((n, 3, p))
    tensors = tuple(torch.tensor(v) for v in (*theta.weights, theta.output))
    first, later = (network.c_sigma / m) ** 0.5, network.c_res / (2 * m**0.5)

    def apply(t: tuple[torch.Tensor, ...], x: torch.Tensor) -> torch.Tensor:
        def branch(W: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
            kernel = W.reshape(m, -1, 3)
            return torch.nn.functional.softplus(torch.nn.functional.conv1d(x[None], kernel, padding=1)[0])

        x = first * branch(t[0], x)
        return (t[2] * (x + later * branch(t[1], x))).sum()

    def peer() -> Any:
        blocks = torch.func.vmap(torch.func.jacrev(apply), in_dims=(None, 0))(tensors, torch.tensor(X))
        return [J.flatten(1) @ J.flatten(1).T for J in blocks]

    work = partial(layer_grams, network, theta, X, device="cpu")
    pairs = [(a, b.numpy()) for a, b in zip(work(), peer(), strict=True)]
    gap = max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)
    ours, theirs = median_seconds(work), median_seconds(peer, 3)
    name = f"all matrices, convolutional ResNet, n = {n}, m = {m}, p = {p}, H = 2, against vmap(jacrev)"
    return _row(name, theirs / ours, None, ours_s=ours, peer_s=theirs, gap=gap)


def residual_depth(n: int = 100, m: int = 512) -> Row:
    """The exponent of time in depth: 1. Counted are the m x m layers: the first layer, m x d, is cheap."""

    def work(square: int) -> Callable[[], Any]:
        network = ResNet(softplus(), c_res=0.5)
        theta = initialise(network, np.random.default_rng(1), m=m, H=square + 1, d=32)
        return partial(layer_grams, network, theta, _inputs(n, 32), device="cpu")

    slope, times = _exponent([4, 8, 16, 32], work)
    return _at_most(f"exponent of time in H - 1, ResNet, n = {n}, m = {m}, 4 to 32", slope, 1.2, **times)


def rows() -> list[Row]:
    """All rows; the first needs 7 GB for the peer's Jacobian."""
    return [
        *against_jacobians(),
        floor(),
        *streaming(),
        rigour(),
        *growth(),
        convolution(),
        convolution(20, 64, 256),
        residual_depth(),
    ]


if __name__ == "__main__":
    for row in rows():
        print(json.dumps(row))
