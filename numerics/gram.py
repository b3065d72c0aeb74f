"""Activation-pattern Gram matrices of a two-layer ReLU network, exact or as rigorous intervals.

``H(W) = (1/m) (X X^T) o (G G^T)`` with gates ``G_ir = 1{w_r . x_i >= 0}``: equation (6) of Du, Zhai, Poczos,
Singh, ICLR 2019 (arXiv:1810.02054). ``G G^T`` is a matrix of integers. On the CPU gates are kept as bits, and
the bits that two rows share are counted, 64 at a time: several times as fast as a product of floats. On a GPU
it is a float32 product of zeros and ones, exact up to 2^24 in whatever order it is summed. Both go by blocks
of at most 2^24 neurons.

The sign of a floating-point dot product is certain when it exceeds its forward error bound
``gamma_d |w|.|x|``, ``gamma_d = d u / (1 - d u)``, u the unit roundoff (Higham, *Accuracy and Stability of
Numerical Algorithms*, 2nd ed., equation (3.5)), which holds for every order of summation and with fused
multiply-add. We use ``|w|.|x| <= |w|_inf |x|_1``. Signs in doubt are decided in exact arithmetic
(`pattern_counts`) or widen the interval (`interval_gram`). Weights and inputs are taken as the exact numbers
that their floats are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from numerics.gate_signs import Counts, ErrorBounds, Floats, Matrix, nonnegative
from numerics.two_layer import check_array

if TYPE_CHECKING:
    import torch

__all__ = [
    "DeviationBound",
    "Device",
    "GramInterval",
    "deviation_bound",
    "drift",
    "empirical_gram",
    "interval_gram",
    "one_input_supremum",
    "pattern_changes",
    "pattern_counts",
    "torch_device",
]

Device = Literal["auto", "cpu", "cuda"]

LARGEST_CHUNK = 2**24
# Neurons whose pre-activations are in memory at a time: of 256 to 2048, 256 and 512 took least time.
TILE = 512
# Words of gates that are compared at a time: with two buffers they fit 1 MiB.
_CACHED_WORDS = 2**15
UNIT_TOLERANCE = 1e-12


@dataclass(frozen=True)
class GramInterval:
    """Enclosure ``lo <= H(W) <= hi`` entrywise, from counts ``lower_counts <= G G^T <= upper_counts``."""

    lower_counts: Counts
    upper_counts: Counts
    lo: Matrix
    hi: Matrix
    neurons: int


@dataclass(frozen=True)
class DeviationBound:
    """Bound on ``|H_ij(W') - H_ij(W)|`` over all W' with every ``|w'_r - w_r| <= R``.

    ``flip_counts`` (n, n) are the neurons that can flip on x_i or on x_j; ``printed_counts`` the same for the
    event ``|w_r . x_i| < R`` of the paper, which differs at ``w_r . x_i = -R`` only. ``bound`` is
    ``flip_counts |x_i . x_j| / m``; a diagonal entry has one event.
    """

    flip_counts: Counts
    printed_counts: Counts
    bound: Matrix
    neurons: int


def pattern_counts(
    W: Floats | Iterable[Floats], X: Floats, *, chunk: int = 65536, device: Device = "auto"
) -> Counts:
    """Number of neurons active on both x_i and x_j: ``G G^T``, shape (n, n), exact integers.

    ``W`` is an array (m, d) or an iterable of arrays (m_k, d), float32 or float64; memory O(n chunk + n^2).
    Every gate is the sign of the *exact* dot product of the given floats (doubtful ones are recomputed
    exactly), so the answer does not depend on chunk size, device or BLAS. Raises ValueError for bad shapes,
    non-finite entries, ``chunk`` outside [1, 2^24], and no neurons; RuntimeError when CUDA is asked for and
    absent.

    >>> pattern_counts(np.array([[1.0, 0.0], [0.0, -1.0], [-1.0, 1.0]]), np.eye(2), device="cpu")
    array([[2, 1],
           [1, 2]])
    """
    counts, _, _ = _count(W, X, chunk, device, resolve=True, radius=0.0)
    return counts


def empirical_gram(
    W: Floats | Iterable[Floats], X: Floats, *, chunk: int = 65536, device: Device = "auto"
) -> Matrix:
    """Gram matrix ``H(W)``, shape (n, n), float64: exact counts times rounded ``x_i . x_j / m``.

    >>> empirical_gram(np.array([[1.0], [-1.0]]), np.array([[1.0], [2.0]]), device="cpu")
    array([[0.5, 1. ],
           [1. , 2. ]])
    """
    counts, _, neurons = _count(W, X, chunk, device, resolve=True, radius=0.0)
    inputs = X.astype(np.float64)
    return inputs @ inputs.T * (counts / neurons)


def interval_gram(
    W: Floats | Iterable[Floats],
    X: Floats,
    *,
    radius: float = 0.0,
    chunk: int = 65536,
    device: Device = "auto",
) -> GramInterval:
    """Rigorous enclosure of ``H(W')`` for every W' with all ``|w'_r - w_r|_2 <= radius`` (default: W itself).

    A gate counts as on when ``w_r . x_i`` exceeds its error bound (plus ``radius |x_i|``), as in doubt when
    it is within the bound. Products and quotients are rounded outwards.

    >>> box = interval_gram(np.array([[1.0], [-1.0], [0.0]]), np.array([[1.0]]), device="cpu")
    >>> int(box.lower_counts[0, 0]), int(box.upper_counts[0, 0])
    (1, 2)
    >>> bool(box.lo[0, 0] <= 2 / 3 <= box.hi[0, 0])
    True
    """
    if not (math.isfinite(radius) and radius >= 0):
        raise ValueError(f"Expected a finite radius >= 0 but got radius={radius!r}")
    lower, upper, neurons = _count(W, X, chunk, device, resolve=False, radius=radius)
    small, large = _inner_products(X.astype(np.float64))
    corners = np.stack([p * c for p in (small, large) for c in (lower.astype(float), upper.astype(float))])
    lo, hi = np.nextafter(corners.min(axis=0), -np.inf), np.nextafter(corners.max(axis=0), np.inf)
    lo, hi = np.nextafter(lo / neurons, -np.inf), np.nextafter(hi / neurons, np.inf)
    return GramInterval(lower, upper, lo, hi, neurons)


def deviation_bound(W: Floats, X: Floats, R: float) -> DeviationBound:
    """Pathwise bound ``|H_ij(W') - H_ij(W)| <= (1/m) #{r: A_ir or A_jr} |x_i . x_j|``, closed R-ball.

    For a unit input, ``|w' - w_r| <= R`` moves ``w_r . x_i`` by at most R, and every such value is attained.
    With gate ``1{z >= 0}``: z >= 0 can be switched off iff z < R, and z < 0 can be switched on iff z >= -R.
    So the exact event is ``-R <= z < R`` (Lemma 3.2 prints ``|z| < R``). Computed in float64 (not an
    enclosure).

    >>> deviation_bound(np.array([[0.5], [-0.5], [2.0]]), np.array([[1.0]]), 0.5).flip_counts
    array([[1]])
    """
    m = _check_pair(W, X)
    if not (math.isfinite(R) and R >= 0):
        raise ValueError(f"Expected a finite R >= 0 but got R={R!r}")
    inputs = X.astype(np.float64)
    squares = np.einsum("ij,ij->i", inputs, inputs)
    if np.abs(squares - 1).max() > UNIT_TOLERANCE:
        i = int(np.abs(squares - 1).argmax())
        raise ValueError(f"Expected unit inputs but got |X[{i}]|={math.sqrt(squares[i]):.17g}")
    z = inputs @ W.astype(np.float64).T
    stable = [~((z >= -R) & (z < R)), ~(np.abs(z) < R)]
    flip, printed = (m - np.rint(s.astype(float) @ s.T.astype(float)).astype(np.int64) for s in stable)
    return DeviationBound(flip, printed, np.abs(inputs @ inputs.T) * (flip / m), m)


def one_input_supremum(z: Floats, R: float) -> int:
    """``m sup |H(W') - H(W)|`` over the closed R-ball for one unit input, from ``z_r = w_r . x``, shape (m,).

    Equals ``max(#{0 <= z < R}, #{-R <= z < 0})``: every gate that can go off goes off, or every gate that can
    come on comes on. ``z`` may be an object array of Fractions.

    >>> one_input_supremum(np.array([0.0, 0.5, 1.0, -1.0]), 1.0)
    2
    """
    check_array("z", z, (None,))
    if not R >= 0:
        raise ValueError(f"Expected R >= 0 but got R={R!r}")
    return max(int(((z >= 0) & (z < R)).sum()), int(((z < 0) & (z >= -R)).sum()))


def pattern_changes(W0: Floats, W1: Floats, X: Floats) -> Counts:
    """Number of neurons whose gate on x_i differs between ``W0`` and ``W1`` (both (m, d)), shape (n,).

    >>> pattern_changes(np.array([[1.0], [1.0]]), np.array([[2.0], [-1.0]]), np.array([[1.0], [-1.0]]))
    array([1, 1])
    """
    _check_pair(W0, X)
    check_array("W1", W1, W0.shape)
    changed = ((X @ W0.T >= 0) != (X @ W1.T >= 0)).sum(axis=1)
    return np.asarray(changed, dtype=np.int64)


def drift(W0: Floats, W1: Floats) -> float:
    """Largest distance travelled by a neuron: ``max_r |w1_r - w0_r|``, both of shape (m, d).

    >>> drift(np.zeros((2, 2)), np.array([[3.0, 4.0], [1.0, 0.0]]))
    5.0
    """
    check_array("W0", W0, (None, None))
    check_array("W1", W1, W0.shape)
    return float(np.linalg.norm(W1.astype(np.float64) - W0.astype(np.float64), axis=1).max())


def torch_device(device: Device) -> torch.device:
    """The torch device asked for; "auto" is CUDA where there is one.

    >>> torch_device("tpu")
    Traceback (most recent call last):
        ...
    ValueError: Expected device in ('auto', 'cpu', 'cuda') but got device='tpu'
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"Expected device in ('auto', 'cpu', 'cuda') but got device={device!r}")
    import torch

    present = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not present:
        raise RuntimeError("Expected a CUDA device for device='cuda' but torch finds none: use device='cpu'")
    return torch.device("cuda" if present else "cpu")


def _count(
    W: Floats | Iterable[Floats], X: Floats, chunk: int, device: Device, *, resolve: bool, radius: float
) -> tuple[Counts, Counts, int]:
    """Counts of gate pairs certainly on, possibly on (equal when ``resolve``), and the number of neurons."""
    import torch

    where = torch_device(device)
    if isinstance(chunk, bool) or not isinstance(chunk, int) or not 1 <= chunk <= LARGEST_CHUNK:
        raise ValueError(f"Expected chunk from 1 to 2^24 but got chunk={chunk!r}")
    n, d = check_array("X", X, (None, None))
    # Integers below 2^53 are exact in float64.
    lower = torch.zeros((n, n), dtype=torch.float64, device=where)
    extra: torch.Tensor | None = None
    store = _Bits if where.type == "cpu" else _Floats
    patterns = store(n, min(chunk, len(W)) if isinstance(W, np.ndarray) else chunk, where)
    neurons = 0
    for block in _blocks(W, d, chunk):
        dtype = np.result_type(block.dtype, X.dtype)
        if dtype not in (np.float32, np.float64):
            raise TypeError(f"Expected float32 or float64 but got W.dtype={block.dtype}, X.dtype={X.dtype}")
        bounds = ErrorBounds(X.astype(dtype, copy=False), radius, where)
        # Small parts of a stream are counted together.
        if patterns.used + len(block) > patterns.room:
            lower += patterns.products()
            patterns.clear()
        for start in range(0, block.shape[0], TILE):
            rows = block[start : start + TILE]
            gates = patterns.tile(len(rows))
            i, r = bounds.gates(rows.astype(dtype, copy=False), gates)
            if not resolve:
                i, r = bounds.settle(rows, X, (i, r), gates)
            if len(i):
                at = tuple(torch.as_tensor(index, device=where) for index in (i, r))
                if resolve:
                    gates[at] = torch.as_tensor(nonnegative(rows, X, r, i), device=where).to(gates.dtype)
                else:
                    extra = lower.new_zeros((n, n)) if extra is None else extra
                    extra += _doubtful_pairs(gates, at)
            patterns.keep(gates)
        neurons += block.shape[0]
    if neurons == 0:
        raise ValueError("Expected at least one neuron but W yields none")
    lower += patterns.products()
    upper = lower if extra is None else lower + extra
    return lower.to(torch.int64).cpu().numpy(), upper.to(torch.int64).cpu().numpy(), neurons


class _Floats:
    """Gates of up to `room` neurons as float32 zeros and ones, (n, room), on any device."""

    def __init__(self, n: int, room: int, where: torch.device) -> None:
        import torch

        self.room, self.used = room, 0
        self._on = torch.empty((n, room), device=where)

    def tile(self, count: int) -> torch.Tensor:
        """Where the gates of the next neurons are to be written before `keep`."""
        return self._on[:, self.used : self.used + count]

    def keep(self, gates: torch.Tensor) -> None:
        """Note the gates of the next neurons: the tile is a view."""
        self.used += gates.shape[1]

    def clear(self) -> None:
        """Forget all gates."""
        self.used = 0

    def products(self) -> torch.Tensor:
        """``G G^T``, (n, n)."""
        on = self._on[:, : self.used]
        return on @ on.T


class _Bits:
    """Gates of up to `room` neurons as bits, on the CPU: n rows of 64-bit words; bits without a neuron are 0.

    The neurons of a tile start at a byte, so `used` and `room` are multiples of 8 and 64.
    """

    def __init__(self, n: int, room: int, where: torch.device) -> None:
        import torch

        self.room, self.used = -(-room // 64) * 64, 0
        self._bytes = np.zeros((n, self.room // 8), dtype=np.uint8)
        self._tile = torch.empty((n, TILE), dtype=torch.bool)

    def tile(self, count: int) -> torch.Tensor:
        """Where the gates of the next neurons are to be written before `keep`."""
        return self._tile[:, :count]

    def keep(self, gates: torch.Tensor) -> None:
        """Note the gates of the next neurons."""
        packed = np.packbits(gates.numpy(), axis=1)
        start = self.used // 8
        self._bytes[:, start : start + packed.shape[1]] = packed
        self.used += 8 * packed.shape[1]

    def clear(self) -> None:
        """Forget all gates."""
        self._bytes[:] = 0
        self.used = 0

    def products(self) -> torch.Tensor:
        """``G G^T``, (n, n), int64: each pair of rows once, in blocks of rows that stay in the cache."""
        import torch

        words = self._bytes.view(np.uint64)[:, : -(-self.used // 64)]
        n, width = words.shape
        counts = np.zeros((n, n), dtype=np.int64)
        height = max(1, _CACHED_WORDS // max(1, width))

        def below(start: int) -> None:
            rows = words[start : start + height]
            both, ones = np.empty_like(rows), np.empty(rows.shape, dtype=np.uint8)
            for j in range(start + len(rows)):
                np.bitwise_count(np.bitwise_and(rows, words[j], out=both), out=ones)
                counts[start : start + height, j] = np.add.reduce(ones, axis=1, dtype=np.uint32)

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            # The last rows have most partners: longest first.
            list(pool.map(below, range(0, n, height)[::-1]))
        lower = np.tril(counts)
        return torch.from_numpy(lower + np.tril(counts, -1).T)


def _doubtful_pairs(gates: torch.Tensor, at: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Clear the doubtful gates, and count the pairs that would be on if all of these were on, (n, n)."""
    import torch

    gates[at] = 0
    columns, position = torch.unique(at[1], return_inverse=True)
    sure = gates[:, columns].to(torch.float32)
    possible = sure.clone()
    possible[at[0], position] = 1
    return possible @ possible.T - sure @ sure.T


def _blocks(W: Floats | Iterable[Floats], d: int, chunk: int) -> Iterator[Floats]:
    """Blocks (at most chunk, d) of the neurons, checked."""
    for part in (W,) if isinstance(W, np.ndarray) else W:
        check_array("W", part, (None, d))
        for start in range(0, part.shape[0], chunk):
            yield part[start : start + chunk]


def _inner_products(X: Matrix) -> tuple[Matrix, Matrix]:
    """Lower and upper bounds of ``X X^T`` for the exact values of the floats."""
    d = X.shape[1]
    unit = np.finfo(np.float64).eps / 2
    product, size = X @ X.T, np.abs(X) @ np.abs(X).T
    floor = 4 * d * np.finfo(np.float64).tiny * (1 + np.abs(X).max())
    radius = size * (d * unit / (1 - d * unit)) * (1 + 4 * (d + 8) * unit) + floor
    return np.nextafter(product - radius, -np.inf), np.nextafter(product + radius, np.inf)


def _check_pair(W: Floats, X: Floats) -> int:
    """Check weights (m, d) against inputs (n, d); return m."""
    m, d = check_array("W", W, (None, None))
    check_array("X", X, (None, d))
    return m
