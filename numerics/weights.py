"""Gaussian weight matrices that are never stored: rows drawn on demand from counter-based streams.

Main definition: `GaussianRows`, an m x k matrix of independent N(0, scale^2) entries, known by its key.
Block b of rows comes from `numerics.statistics.stream(*key, "rows", b)`; how many rows a block has depends
on k alone, never on how many rows are asked for at a time. So the matrix is a function of (key, k, scale,
dtype), a wider one starts with the same rows, and two passes (forward, backward) see the same numbers.
Numbers are drawn on the CPU and moved to the device of the argument, so CPU and CUDA see the same weights.

Reference: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), for Philox.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from numerics.statistics import stream

if TYPE_CHECKING:
    import torch

__all__ = ["BLOCK_NUMBERS", "GaussianRows", "row_chunks", "times", "transposed_times"]

# Numbers in a block: a fresh stream costs 20 us, 2^15 normals 300 us. Changing it changes every matrix.
BLOCK_NUMBERS = 2**15
_CHUNK_NUMBERS = 2**20


@dataclass(frozen=True)
class GaussianRows:
    """A matrix (rows, columns) of independent N(0, scale^2) entries, generated in chunks of rows.

    ``chunk`` bounds the rows in memory at a time, rounded up to whole blocks (at most 2^15 numbers or one
    row), as 2^20 numbers do; it changes no number. float32 entries are another draw, not rounded float64
    ones. An instance is an iterable of arrays (c, columns), as `numerics.gram.pattern_counts` takes. Raises
    ValueError for sizes below 1, a scale that is not finite and positive, an empty key, another dtype.

    >>> W = GaussianRows((0, "W"), rows=5000, columns=16, chunk=1)
    >>> [part.shape for part in W]
    [(2048, 16), (2048, 16), (904, 16)]
    >>> wider = GaussianRows((0, "W"), rows=9000, columns=16)
    >>> bool((wider.matrix()[:5000] == W.matrix()).all())
    True
    """

    key: tuple[str | int | bytes, ...]
    rows: int
    columns: int
    scale: float = 1.0
    dtype: Literal["float64", "float32"] = "float64"
    chunk: int = field(default=1024, compare=False)

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "chunk"):
            size = getattr(self, name)
            if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
                raise ValueError(f"Expected a positive integer but got {name}={size!r}")
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"Expected a finite scale > 0 but got scale={self.scale!r}")
        if self.dtype not in ("float64", "float32"):
            raise ValueError(f"Expected dtype in ('float64', 'float32') but got dtype={self.dtype!r}")
        if not isinstance(self.key, tuple):
            raise ValueError(f"Expected a key that is a tuple but got key={self.key!r}")
        stream(*self.key)

    @property
    def shape(self) -> tuple[int, int]:
        """``(rows, columns)``."""
        return self.rows, self.columns

    @property
    def block_rows(self) -> int:
        """Rows that share one stream: as many as fit 2^15 numbers, at least 1."""
        return max(1, BLOCK_NUMBERS // self.columns)

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """Chunks (c, columns) from the top, new arrays; blocks are drawn by torch's number of threads."""
        import torch

        size = self.block_rows
        step = -(-min(self.chunk, max(1, _CHUNK_NUMBERS // self.columns)) // size) * size
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for start in range(0, self.rows, step):
                part = np.empty((min(step, self.rows - start), self.columns), dtype=self.dtype)
                cuts = range(0, len(part), size)
                list(
                    pool.map(
                        self._fill, [(start + s) // size for s in cuts], [part[s : s + size] for s in cuts]
                    )
                )
                yield part

    def _fill(self, block: int, out: npt.NDArray[Any]) -> None:
        stream(*self.key, "rows", block).standard_normal(dtype=out.dtype.type, out=out)
        if self.scale != 1.0:
            out *= self.scale

    def matrix(self) -> npt.NDArray[Any]:
        """The whole matrix (rows, columns), for sizes that fit.

        >>> GaussianRows((1,), 2, 3).matrix().shape
        (2, 3)
        """
        return np.concatenate(list(self))


def row_chunks(
    W: torch.Tensor | GaussianRows, like: torch.Tensor, chunk: int
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Pairs (rows, block) that cover W (..., m, k), blocks (..., c, k) on the device of ``like``.

    A tensor is cut every ``chunk`` rows; generated rows keep their own chunks.

    >>> import torch
    >>> [(rows.start, rows.stop) for rows, _ in row_chunks(torch.ones(5, 2), torch.ones(1), 3)]
    [(0, 3), (3, 5)]
    """
    import torch

    if isinstance(W, GaussianRows):
        start = 0
        for part in W:
            rows = slice(start, start + len(part))
            yield rows, torch.from_numpy(part).to(device=like.device, dtype=like.dtype)
            start = rows.stop
    else:
        m = W.shape[-2]
        for start in range(0, m, chunk):
            rows = slice(start, min(start + chunk, m))
            yield rows, W[..., rows, :]


def times(W: torch.Tensor | GaussianRows, V: torch.Tensor) -> torch.Tensor:
    """``V W^T``, shape (..., N, m), for V (..., N, k) and W (..., m, k) stored or generated.

    >>> import torch
    >>> W, V = GaussianRows((0,), 3000, 32), torch.ones(2, 32, dtype=torch.float64)
    >>> bool(torch.allclose(times(W, V), V @ torch.as_tensor(W.matrix()).T))
    True
    """
    if not isinstance(W, GaussianRows):
        return V @ W.mT
    product = V.new_empty((*V.shape[:-1], W.rows))
    for rows, block in row_chunks(W, V, W.chunk):
        product[..., rows] = V @ block.mT
    return product


def transposed_times(W: torch.Tensor | GaussianRows, D: torch.Tensor) -> torch.Tensor:
    """``D W``, shape (..., N, k), for D (..., N, m) and W (..., m, k); generated rows are drawn again.

    >>> import torch
    >>> W, D = GaussianRows((0,), 3000, 32), torch.ones(2, 3000, dtype=torch.float64)
    >>> bool(torch.allclose(transposed_times(W, D), D @ torch.as_tensor(W.matrix())))
    True
    """
    if not isinstance(W, GaussianRows):
        return D @ W
    product = D.new_zeros((*D.shape[:-1], W.columns))
    for rows, block in row_chunks(W, D, W.chunk):
        product += D[..., rows] @ block
    return product
