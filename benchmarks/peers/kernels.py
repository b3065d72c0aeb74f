"""Runs in the environment of neural-tangents: times its kernels and stores them.

    python benchmarks/peers/kernels.py FOLDER

FOLDER holds softplus.npy and closed.npy, inputs (n, 50) with rows of norm 1, and normalisers.json, the
constants c = 1/E s(z)^2. Writes softplus_K.npy, relu_K.npy, erf_K.npy, and the warm times as JSON to stdout.
"""

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from neural_tangents import stax  # noqa: E402

DEPTH, DEGREE, BLOCKS = 5, 32, 10


def kernel(nonlinearity, dimension, c):
    """K^(5) of unit inputs as a jitted function of (x1, x2 or None): K <- c E s(u) s(v), five times."""
    layers = [stax.Dense(1, W_std=dimension**0.5, b_std=None)]
    for _ in range(DEPTH):
        layers += [nonlinearity(), stax.Dense(1, W_std=c**0.5, b_std=None)]
    _, _, function = stax.serial(*layers)
    return jax.jit(lambda x, y: function(x, y, "nngp"))


def seconds(work):
    """Time of one call, its result ready."""
    start = time.perf_counter()
    result = work().block_until_ready()
    return time.perf_counter() - start, np.asarray(result)


def main(folder):
    """Measure; compilation is not counted."""
    c = json.loads((folder / "normalisers.json").read_text())
    times = {}
    X = np.load(folder / "softplus.npy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numerical = kernel(
            lambda: stax.ElementwiseNumerical(jax.nn.softplus, deg=DEGREE), X.shape[1], c["softplus"]
        )
        # All at once it would hold n^2 32^2 doubles; blocks of rows are what its own batching does.
        parts = np.split(X, BLOCKS)
        numerical(parts[0], X).block_until_ready()
        measured = [seconds(lambda part=part: numerical(part, X)) for part in parts]
    times["softplus"] = BLOCKS * statistics.median(t for t, _ in measured)
    np.save(folder / "softplus_K.npy", np.concatenate([K for _, K in measured]))
    X = np.load(folder / "closed.npy")
    for name, layer in (("relu", stax.Relu), ("erf", stax.Erf)):
        closed = kernel(layer, X.shape[1], c[name])
        closed(X, None).block_until_ready()
        measured = [seconds(lambda closed=closed: closed(X, None)) for _ in range(9)]
        times[name] = statistics.median(t for t, _ in measured)
        np.save(folder / f"{name}_K.npy", measured[-1][1])
    print(json.dumps(times))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
