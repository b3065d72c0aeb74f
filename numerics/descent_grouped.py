"""Gradient descent of very wide two-layer ReLU networks on a few inputs, without an array of their weights.

Along gradient descent every neuron moves in the span of the inputs, and neurons with the same gates and the
same output sign make the same steps as long as their gates agree.  A neuron whose pre-activations are all
farther from 0 than a radius keeps its gates while no group has travelled that far.  So the m initial weights
are drawn once, block by block; *far* neurons become a count and a sum for each gate pattern and sign, and the
*near* ones keep their pre-activations.  A step then costs O(near neurons), whatever m is.

Main definitions: `draw_block` (weights and signs of a block of neurons), `group` and `grouped_start` (the
initial network), `descend_grouped` (the steps).

In float64.  Sums over a block and over the near neurons err by at most (number of terms) 2^-53 times the sum
of the moduli, which `GroupedDescent.error` adds up for one evaluation of the predictions.  Initial
pre-activations count as given: they are exact for coordinate inputs, and else err by d 2^-53 |w||x| each.

Reference: Du, Zhai, Poczos, Singh, ICLR 2019 (arXiv:1810.02054), equations (1)-(4).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numerics.statistics import stream
from numerics.two_layer import check_array

__all__ = [
    "BLOCK",
    "GroupedDescent",
    "GroupedStart",
    "descend_grouped",
    "draw_block",
    "group",
    "grouped_start",
]

Array = npt.NDArray[np.float64]

# Neurons that share one random stream: changing it changes every draw.
BLOCK = 2**15
_MOST_INPUTS = 10
_UNIT = 2.0**-53


@dataclass(frozen=True)
class GroupedStart:
    """An initial network of m neurons on n inputs X (n, d) of norm at most 1.

    Group g has the gates ``g >> i & 1``, i < n, and then the sign -1 (0) or 1 (1) as its highest bit:
    ``counts`` (2^(n+1),) far neurons, ``sums`` (2^(n+1), n) of their pre-activations.  ``near`` (k, n) are
    the pre-activations of the others, ``signs`` (k,) their output signs.  ``error``: a bound of the rounding
    of the sums, all groups together.
    """

    X: Array
    m: int
    radius: float
    counts: npt.NDArray[np.int64]
    sums: Array
    near: Array
    signs: Array
    error: float


@dataclass(frozen=True)
class GroupedDescent:
    """Residuals y - u(k), (K + 1, n), of the steps k = 0, ..., K, and what the far neurons did.

    ``travel`` (K + 1,): the largest change of a pre-activation of a far neuron up to step k, always below
    the radius.  ``gram`` (n, n): (1/m) x_i . x_j times the far neurons on for both, the same in all steps.
    ``flips``: near pairs (neuron, input) whose gate differs between the first and the last step. ``error``:
    a bound of the rounding of one evaluation of a prediction.
    """

    residuals: Array
    travel: Array
    gram: Array
    flips: int
    error: float


def draw_block(key: tuple[str | int | bytes, ...], block: int, count: int, d: int) -> tuple[Array, Array]:
    """Weights (count, d), N(0, 1), and signs (count,) of the neurons of a block, count <= `BLOCK`.

    The stream is ``stream(*key, "neurons", block)``: nothing else matters for the numbers.

    >>> W, a = draw_block((0,), 3, 5, 2)
    >>> W.shape, sorted(set(np.abs(a).tolist()))
    ((5, 2), [1.0])
    """
    if not 1 <= count <= BLOCK:
        raise ValueError(f"Expected a count from 1 to {BLOCK} but got count={count!r}")
    rng = stream(*key, "neurons", block)
    bits = np.unpackbits(np.frombuffer(rng.bytes(BLOCK // 8), dtype=np.uint8), count=count)
    signs = bits.astype(np.float64)
    signs *= 2
    signs -= 1
    return rng.standard_normal((count, d)), signs


def group(blocks: Iterable[tuple[Array, Array]], X: Array, radius: float) -> GroupedStart:
    """The initial network with weights and signs from `blocks`, pairs (W (c, d), a (c,)), grouped.

    Raises ValueError for bad shapes, more than 10 inputs, inputs of norm above 1, radius <= 0, other signs.

    >>> start = group([(np.array([[2.0], [0.1], [-3.0]]), np.array([1.0, -1.0, 1.0]))], np.eye(1), 0.5)
    >>> start.counts.tolist(), start.sums[3].tolist(), start.near.tolist(), start.signs.tolist()
    ([0, 0, 1, 1], [2.0], [[0.1]], [-1.0])
    """
    _, d = _check_inputs(X, radius)

    def checked(W: Array, a: Array) -> GroupedStart:
        c, _ = check_array("W", W, (None, d))
        check_array("a", a, (c,))
        if not (np.abs(a) == 1).all():
            raise ValueError(f"Expected signs -1 or +1 but got a={a[np.abs(a) != 1][0]}")
        return _grouped_block(W, a, X, radius)

    return _merged([checked(W, a) for W, a in blocks], X, radius)


def grouped_start(key: tuple[str | int | bytes, ...], m: int, X: Array, radius: float) -> GroupedStart:
    """The network of m neurons drawn by `draw_block` for this key, grouped, in as many threads as torch has.

    Raises ValueError as `group`, and for m < 1.

    >>> start = grouped_start((7,), 10**5, np.eye(2), 0.01)
    >>> int(start.counts.sum()) + len(start.near)
    100000
    """
    import torch

    _, d = _check_inputs(X, radius)
    if isinstance(m, bool) or not isinstance(m, int) or m < 1:
        raise ValueError(f"Expected a positive integer but got m={m!r}")

    def one(block: int) -> GroupedStart:
        return _grouped_block(*draw_block(key, block, min(BLOCK, m - block * BLOCK), d), X, radius)

    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        # In order: the result depends neither on the number of threads nor on their speed.
        return _merged(list(pool.map(one, range(-(-m // BLOCK)))), X, radius)


def descend_grouped(start: GroupedStart, y: Array, step_size: float, steps: int) -> GroupedDescent:
    """`steps` steps of gradient descent on the first layer, for the labels y (n,).

    Raises ValueError for bad arguments, and where a group travels as far as the radius: then a far neuron may
    have changed a gate, and a larger radius is needed.

    >>> start = group([(np.array([[2.0]]), np.ones(1))], np.eye(1), 1.0)
    >>> run = descend_grouped(start, np.array([2.5]), 0.5, 2)
    >>> run.residuals.ravel().tolist(), run.travel.tolist()
    ([0.5, 0.25, 0.125], [0.0, 0.25, 0.375])
    """
    n = len(start.X)
    check_array("y", y, (n,))
    if not (math.isfinite(step_size) and step_size > 0 and steps >= 0):
        raise ValueError(f"Expected step_size > 0 and steps >= 0 but got {step_size=}, {steps=}")
    K, root = start.X @ start.X.T, math.sqrt(start.m)
    codes = np.arange(len(start.counts))
    on, sign = (codes[:, None] >> np.arange(n) & 1).astype(float), (codes >> n) * 2.0 - 1
    outer = on * sign[:, None]
    moved, near = np.zeros_like(start.sums), start.near.copy()
    residuals, travel = np.empty((steps + 1, n)), np.zeros(steps + 1)
    for k in range(steps + 1):
        gate = near >= 0
        far = (outer * (start.sums + start.counts[:, None] * moved)).sum(axis=0)
        residuals[k] = y - (far + start.signs @ np.where(gate, near, 0.0)) / root
        travel[k] = max(travel[k - 1], float(np.abs(moved[start.counts > 0]).max(initial=0.0)))
        if not travel[k] <= start.radius * (1 - 1e-9):
            raise ValueError(
                f"Expected far neurons to travel less than radius={start.radius!r} but one reached "
                f"{travel[k]:.3g} in step {k}: take a larger radius"
            )
        if k < steps:
            push = step_size / root * residuals[k]
            moved += sign[:, None] * ((on * push) @ K)
            near += start.signs[:, None] * ((gate * push) @ K)
    shared = (on.T * start.counts) @ on
    terms = len(start.near) + 2 * len(codes) + 8
    size = float(np.abs(start.sums).sum() + np.abs(start.near).sum())
    flips = int(np.count_nonzero(gate != (start.near >= 0)))
    return GroupedDescent(
        residuals, travel, K * shared / start.m, flips, (start.error + 2 * terms * _UNIT * size) / root
    )


def _check_inputs(X: Array, radius: float) -> tuple[int, int]:
    n, d = check_array("X", X, (None, None))
    if n > _MOST_INPUTS:
        raise ValueError(f"Expected at most {_MOST_INPUTS} inputs but got n={n}: there are 2^(n+1) groups")
    if float((X * X).sum(axis=1).max()) > 1 + 1e-12:
        raise ValueError("Expected inputs of norm at most 1")
    if not (math.isfinite(radius) and radius > 0):
        raise ValueError(f"Expected a finite radius > 0 but got radius={radius!r}")
    return n, d


def _grouped_block(W: Array, a: Array, X: Array, radius: float) -> GroupedStart:
    n = len(X)
    # One row for each input: all passes are then along memory.
    z = X @ W.T
    codes = (a > 0).astype(np.int64) << n
    close = np.zeros(len(W), dtype=np.bool_)
    for i, row in enumerate(z):
        codes += (row >= 0).astype(np.int64) << i
        close |= np.abs(row) <= radius
    at = np.flatnonzero(close)
    near, signs = z[:, at].T, a[at]
    # One more group, which is then dropped, takes the near neurons out of all sums at once.
    codes[at] = 2 << n
    counts = np.bincount(codes, minlength=(2 << n) + 1)[:-1].astype(np.int64)
    columns = [np.bincount(codes, row, minlength=(2 << n) + 1)[:-1] for row in z]
    sums = np.stack(columns, axis=1).astype(np.float64)
    # The products have d terms, the sums at most len(z): gamma_(d + len) of the moduli, doubled for slack.
    error = 2 * (len(W) + X.shape[1]) * _UNIT * float(np.abs(sums).sum())
    return GroupedStart(X, len(W), radius, counts, sums, near, signs, error)


def _merged(parts: list[GroupedStart], X: Array, radius: float) -> GroupedStart:
    if not parts:
        raise ValueError("Expected at least one neuron but got none")
    stacked = np.stack([part.sums for part in parts])
    # Exact, then rounded once.
    flat = [math.fsum(column) for column in stacked.reshape(len(parts), -1).T.tolist()]
    sums = np.array(flat).reshape(stacked.shape[1:])
    error = math.fsum(part.error for part in parts) + 2 * _UNIT * float(np.abs(sums).sum())
    return GroupedStart(
        X,
        sum(part.m for part in parts),
        radius,
        sum((part.counts for part in parts), start=np.zeros_like(parts[0].counts)),
        sums,
        np.concatenate([part.near for part in parts]),
        np.concatenate([part.signs for part in parts]),
        error,
    )
