"""Many random networks of one width at once: their empirical Gram matrices, means and last-layer gradients.

Main definitions: `FiniteNetworks` (what is kept of each network), `draw_networks`, `gaussian_pairs` and
`gaussian_means` (expectations under given covariances, elementwise), `patch_grams`.

Networks as in Section 3.2 of S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of
deep neural networks" (ICML 2019): x^(1) = sqrt(c_sigma / m) s(W^(1) phi(x)), then the same again or, with a
branch k = c_res / H, x^(h) = x^(h-1) + k / sqrt(m) s(W^(h) phi(x^(h-1))), phi the patches of q pixels. Given
the layers before, the pre-activations of a layer's neurons are independent with covariance
phi(x)^T phi(x), so that a layer's empirical Gram matrix has a conditional mean without error in 1/m: the
expectations of `gaussian_pairs` under the network's own Gram matrix.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[[Array], Array]

__all__ = ["FiniteNetworks", "draw_networks", "gaussian_means", "gaussian_pairs", "patch_grams"]


@dataclass(frozen=True)
class FiniteNetworks:
    """Of S networks with n inputs of p pixels, N = n p, and H layers.

    grams[h] (S, N, N), h = 0, ..., H: pixel Gram matrices of x^(h); means[h] (S, N): sums over channels over
    sqrt(m), 0 for h = 0. For h = 0, ..., H - 1: moments[h] (S, N, N), averages over neurons of z z^T for the
    pre-activations z of layer h + 1; slopes[h] (S, n, n), the Gram matrix of the gradients in W^(h+1) if
    h + 1 is the last hidden layer, its output weights included.
    """

    grams: list[Array]
    means: list[Array]
    moments: list[Array]
    slopes: list[Array]


def _shifted(x: Array, q: int) -> Array:
    """Patches (S, c, n, p) -> (S, q c, n p), zero padding, offset by offset."""
    half, p = q // 2, x.shape[-1]
    wide = np.pad(x, ((0, 0), (0, 0), (0, 0), (half, half)))
    parts = [wide[..., o : o + p] for o in range(q)]
    return np.concatenate(parts, axis=1).reshape(len(x), q * x.shape[1], -1)


def patch_grams(P: Array, pixels: int, q: int) -> Array:
    """sum_o P_(l+o)(r+o) over the q offsets, pixels outside being 0: (S, n p, n p) -> (S, n p, n p).

    Raises ValueError unless q is odd and positive and `pixels` divides the size.

    >>> patch_grams(np.ones((1, 2, 2)), 2, 3)[0].tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """
    size = P.shape[-1]
    if q < 1 or q % 2 == 0 or pixels < 1 or size % pixels:
        raise ValueError(f"Expected an odd q and pixels that divide {size} but got q={q}, pixels={pixels}")
    if q == 1:
        return P
    n, half = size // pixels, q // 2
    blocks = P.reshape(-1, n, pixels, n, pixels)
    total = np.zeros_like(blocks)
    for o in range(-half, half + 1):
        into = slice(max(0, -o), pixels - max(0, o))
        out_of = slice(max(0, o), pixels - max(0, -o))
        total[:, :, into, :, into] += blocks[:, :, out_of, :, out_of]
    return total.reshape(P.shape)


def draw_networks(
    value: Function,
    slope: Function,
    X: Array,
    rng: np.random.Generator,
    *,
    m: int,
    count: int,
    depth: int,
    c_sigma: float,
    branch: float | None = None,
    q: int = 1,
) -> FiniteNetworks:
    """Draw `count` networks with `depth` layers on inputs X (n, d, p): s = value, s' = slope, elementwise.

    Arithmetic is float32; the answers are float64. Raises ValueError for other shapes and sizes below 1.

    >>> found = draw_networks(np.tanh, lambda z: 1 - np.tanh(z)**2, np.ones((1, 1, 1)),
    ...                       np.random.default_rng(0), m=8, count=3, depth=2, c_sigma=2.5)
    >>> [K.shape for K in found.grams], found.slopes[1].shape
    ([(3, 1, 1), (3, 1, 1), (3, 1, 1)], (3, 1, 1))
    """
    table = np.asarray(X, dtype=np.float32)
    if table.ndim != 3 or not np.isfinite(table).all() or q < 1 or q % 2 == 0:
        raise ValueError(f"Expected finite X of shape (n, d, p) and an odd q but got {table.shape} and q={q}")
    if min(m, count, depth, *table.shape) < 1 or not c_sigma > 0:
        raise ValueError(
            f"Expected positive sizes but got m={m}, count={count}, depth={depth}, X {table.shape}"
        )
    n, _, p = table.shape
    x = np.broadcast_to(table.transpose(1, 0, 2), (count, table.shape[1], n, p))
    found = FiniteNetworks([], [], [], [])
    for h in range(depth + 1):
        flat = x.reshape(count, x.shape[1], n * p)
        found.grams.append((flat.mT @ flat).astype(np.float64))
        found.means.append(flat.sum(axis=1).astype(np.float64) / math.sqrt(m) * (h > 0))
        if h == depth:
            break
        patch = _shifted(x, q)
        W = rng.standard_normal((count, m, patch.shape[1]), dtype=np.float32)
        z = W @ patch
        found.moments.append((z.mT @ z / m).astype(np.float64))
        factor = c_sigma if branch is None or h == 0 else branch**2
        a = rng.standard_normal((count, m, 1, p), dtype=np.float32)
        pulled = (a * slope(z).reshape(count, m, n, p)).reshape(count, m, n * p)
        products = (patch.mT @ patch) * (pulled.mT @ pulled) * np.float32(factor / m)
        found.slopes.append(products.reshape(count, n, p, n, p).sum(axis=(2, 4)).astype(np.float64))
        new = np.float32(math.sqrt(factor / m)) * value(z).reshape(count, m, n, p)
        x = new if branch is None or h == 0 else x + new
    return found


@cache
def _nodes(count: int) -> tuple[Array, Array]:
    t, w = np.polynomial.hermite_e.hermegauss(count)
    w = w / math.sqrt(2 * math.pi)
    for table in (t, w):
        table.flags.writeable = False
    return t, w


def gaussian_means(f: Function, q: Array, nodes: int = 32) -> Array:
    """E f(sqrt(q) z), elementwise in q >= 0, by Gauss-Hermite quadrature: for smooth f and moderate q.

    >>> gaussian_means(lambda z: z**2, np.array([0.0, 3.0])).round(12).tolist()
    [0.0, 3.0]
    """
    t, w = _nodes(nodes)
    found: Array = f(np.sqrt(q)[..., None] * t) @ w
    return found


def gaussian_pairs(f: Function, s: Array, c: Array, t: Array, nodes: int = 24) -> Array:
    """E f(u) f(v), (u, v) ~ N(0, [[s, c], [c, t]]), elementwise, by a product rule: smooth f.

    Raises ValueError where c^2 exceeds s t by more than rounding.

    >>> gaussian_pairs(lambda z: z, np.array([1.0]), np.array([0.5]), np.array([4.0])).round(12).tolist()
    [0.5]
    """
    s, c, t = np.broadcast_arrays(s, c, t)
    if (c * c > s * t * (1 + 1e-6) + 1e-12).any():
        raise ValueError("Expected covariances with c^2 <= s t")
    x, w = _nodes(nodes)
    root = np.sqrt(s)
    along = np.divide(c, root, out=np.zeros_like(root), where=root > 0)
    rest = np.sqrt(np.maximum(t - along**2, 0))
    u = f(root[..., None] * x)
    v = f(along[..., None, None] * x[:, None] + rest[..., None, None] * x)
    found: Array = np.einsum("...k,k,...kl,l->...", u, w, v, w, optimize=True)
    return found
