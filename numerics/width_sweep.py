"""The same training problem at several widths: what gradient descent does to loss, gates and weights.

Data as in Section 5 of Du, Zhai, Poczos, Singh, ICLR 2019 (arXiv:1810.02054): inputs uniform on the sphere,
standard Gaussian labels. All widths and initialisations share the data, so that a difference between two
widths is not one between two data sets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.descent import gradient_descent
from numerics.gram import Device
from numerics.two_layer import check_array

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WidthSweep:
    """S runs at each of M widths, recorded at K iterations.

    ``widths`` (M,); ``iterations`` (K,); ``loss``, ``drift`` (largest distance of a neuron from its start)
    and ``pattern_changes`` (pairs of neuron and input whose gate differs from the start), all (S, M, K);
    ``frobenius`` (S, M), the norm of W - W(0) at the last iteration; ``least_eigenvalue`` (S, M, 2), of the
    Gram matrix at the first and the last iteration; ``inputs`` is n.
    """

    inputs: int
    widths: NDArray[np.int64]
    iterations: NDArray[np.int64]
    loss: Array
    drift: Array
    pattern_changes: NDArray[np.int64]
    frobenius: Array
    least_eigenvalue: Array

    def at(self, iteration: int) -> int:
        """The column of a recorded iteration; ValueError for another.

        >>> X, y = sphere_problem(np.random.default_rng(0), 2, 3)
        >>> start = lambda seed, m: (np.ones((m, 3)), np.ones(m))
        >>> width_sweep(X, y, (1, 2), start, 1, 0.1, 4, 2, device="cpu").at(4)
        2
        """
        found = np.flatnonzero(self.iterations == iteration)
        if len(found) != 1:
            raise ValueError(f"Expected one of {self.iterations.tolist()} but got iteration={iteration!r}")
        return int(found[0])


def sphere_problem(rng: np.random.Generator, n: int, d: int) -> tuple[Array, Array]:
    """Inputs ``X`` (n, d), independent and uniform on the unit sphere, and labels ``y`` (n,) ~ N(0, 1).

    A Gaussian vector over its length is uniform on the sphere, as its law is invariant under rotations.

    >>> X, y = sphere_problem(np.random.default_rng(0), 5, 3)
    >>> X.shape, y.shape, bool(np.allclose((X**2).sum(axis=1), 1))
    ((5, 3), (5,), True)
    """
    for name, size in (("n", n), ("d", d)):
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(f"Expected a positive integer but got {name}={size!r}")
    points = rng.standard_normal((n, d))
    return points / np.linalg.norm(points, axis=1, keepdims=True), rng.standard_normal(n)


def width_sweep(
    X: Array,
    y: Array,
    widths: Sequence[int],
    start: Callable[[int, int], tuple[Array, Array]],
    seeds: int,
    step_size: float,
    steps: int,
    record_every: int,
    *,
    device: Device = "auto",
) -> WidthSweep:
    """Descents from ``start(seed, m) = (W, a)``, seed = 0..seeds-1, at every width, on one ``X``, ``y``.

    float64; one network in memory at a time. Raises ValueError for no width or no seed, and as
    `gradient_descent`.

    >>> X, y = sphere_problem(np.random.default_rng(0), 2, 3)
    >>> start = lambda seed, m: (np.ones((m, 3)), np.ones(m))
    >>> sweep = width_sweep(X, y, (1, 2), start, 1, 0.1, 4, 2, device="cpu")
    >>> sweep.loss.shape, sweep.iterations.tolist()
    ((1, 2, 3), [0, 2, 4])
    """
    if not widths or seeds < 1:
        raise ValueError(f"Expected widths and seeds >= 1 but got widths={widths!r}, seeds={seeds!r}")
    n = check_array("X", X, (None, None))[0]
    loss, drift, changes, moved, eigenvalues = [], [], [], [], []
    for seed in range(seeds):
        for m in widths:
            W, a = start(seed, m)
            run = gradient_descent(
                W[None], a[None], X, y, step_size, steps, record_every, gram_at=(0, steps), device=device
            )
            loss.append(run.loss[0])
            drift.append(run.drift[0])
            changes.append(run.pattern_changes[0])
            eigenvalues.append(run.least_eigenvalue[0])
            moved.append(np.linalg.norm(run.weights[0] - W))
    shape = (seeds, len(widths), -1)
    return WidthSweep(
        n,
        np.array(widths, dtype=np.int64),
        run.iterations,
        np.reshape(loss, shape),
        np.reshape(drift, shape),
        np.reshape(changes, shape),
        np.reshape(moved, shape[:2]),
        np.reshape(eigenvalues, shape),
    )
