"""Random convolutional networks against the recursion of Definition 7.1; see `population_networks`."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from numerics.finite_networks import FiniteNetworks, patch_grams
from theorems.du2019deep import population_networks as networks
from theorems.du2019deep.population_networks import (
    LOGCOSH,
    SINE,
    TANH,
    Array,
    Entry,
    Setting,
    Sigma,
    common,
    factor,
    paired,
    residual_size,
    second,
)
from verify import Context, Outcome, Statement, every

INTERIOR, BORDER = 1, 0


def images(*norms: str, signs: tuple[int, int, int] = (1, -1, 1)) -> tuple[Any, ...]:
    """Two images of norm 1 with three pixels whose squares are in proportion to these, (2, 1, 3)."""
    a, b = (math.sqrt(float(r)) for r in norms)
    scale = math.sqrt(a * a + 2 * b * b)
    second_image = tuple(s * x / scale for s, x in zip(signs, (a, b, b), strict=True))
    return (((b / scale, b / scale, a / scale),), (second_image,))


def two_pixels(*norms: str) -> tuple[Any, ...]:
    """Two images of norm 1 with two pixels, (2, 1, 2)."""
    a, b = (math.sqrt(float(r)) for r in norms)
    scale = math.sqrt(a * a + b * b)
    return (((a / scale, b / scale),), ((b / scale, -a / scale),))


def convolution(sigma: Sigma, X: tuple[Any, ...], H: int = 3, drawn: int = 2, q: int = 3) -> Setting:
    """A convolutional residual network."""
    return Setting(sigma, X, residual=True, depth=H, drawn=drawn, q=q)


def patches(x: Setting, P: Array) -> Array:
    """Gram matrices of patches from those of pixels."""
    return patch_grams(P, x.pixels, x.q)


def covariance_of_patches(P: Array, left: int, right: int, claim: Statement) -> Array:
    """The covariance of w.φ(x)_l and w.φ(y)_r, p = q = 3: w terms inside, matched by offset or position."""
    near = [o for o in (0, -1, 1) if 0 <= left + o < 3]
    if left == right:
        places = [(left + o, left + o) for o in near[: claim.w]]
    elif claim.trace == "offset":
        places = [(left + o, right + o) for o in near if 0 <= right + o < 3]
    else:
        lists = [[at + o for o in (-1, 0, 1) if 0 <= at + o < 3] for at in (left, right)]
        places = list(zip(*lists, strict=False))
    total: Array = np.sum([P[:, i, 3 + j] for i, j in places], axis=0)
    return total


def preactivations_of_convolutions(claim: Statement, ctx: Context) -> Outcome:
    """The second layer's pre-activations: interior pixels of both images, and border against interior."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        P, found = r.grams[1], []
        norms = np.einsum("sii->si", patches(x, P))
        for left, right in ((INTERIOR, INTERIOR), (BORDER, INTERIOR)):
            off = r.moments[1][:, left, 3 + right] - covariance_of_patches(P, left, right, claim)
            size = 2 * norms[:, left] * norms[:, 3 + right] / x.m
            found.append(Entry(f"pixels {left + 1}, {right + 1}", off, size))
        return found

    X = images(*claim.norms, signs=(1, 1, -1))
    return every(*(networks.within_chebyshev(convolution(s, X), entries, ctx) for s in (SINE, TANH)))


def pixel_entries(
    x: Setting, r: FiniteNetworks, claim: Statement, base: str, lag: int, places: Sequence[tuple[int, int]]
) -> list[Entry]:
    """Entries of the pixel Gram matrix P^(2) between the images; base and lag in place of the data's."""
    below, P, found = r.grams[0], r.grams[1], []
    covariance, own = patches(x, [P, below][lag]), patches(x, P)
    start = {"pixels": P, "patches": own}[base]
    mean = x.sigma.mean(covariance)
    cross = claim.mean * x.branch * paired(r.means[1], mean, common(claim.norms, claim.pairing))
    size = residual_size(x, P, own)
    for left, right in places:
        i, j = left, x.pixels + right
        square = x.branch**2 * x.sigma.dual(covariance, 0, (i,), (j,))[:, 0, 0]
        off = r.grams[2][:, i, j] - start[:, i, j] - cross[:, i, j] - square
        found.append(Entry(f"P^(2) at pixels {left + 1}, {right + 1}", off, size[:, i, j]))
    return found


def skips_of_convolutions(claim: Statement, ctx: Context) -> Outcome:
    """Border, interior, and one against the other."""
    places = ((BORDER, BORDER), (INTERIOR, INTERIOR), (BORDER, INTERIOR))

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        return pixel_entries(x, r, claim, claim.base, claim.s, places)

    X = images(*claim.norms)
    return every(*(networks.within_chebyshev(convolution(s, X), entries, ctx) for s in (SINE, TANH)))


def means_of_convolutions(claim: Statement, ctx: Context) -> Outcome:
    """q = 1 and two pixels, each of another size in the other image; all but the means as in the limit."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        return pixel_entries(x, r, claim, "pixels", 0, ((0, 0), (1, 1)))

    X = two_pixels(*claim.norms)
    return every(*(networks.within_chebyshev(convolution(s, X, q=1), entries, ctx) for s in (LOGCOSH, SINE)))


def squared_chaos(T: Array) -> Array:
    """A bound of E (Σ a_l a_r t_lr)², a ~ N(0, I) independent of t, E t_lr² = T_lr²: (S, p, p) -> (S,)."""
    own = np.einsum("sll->sl", T)
    pairs = np.triu(T + T.transpose(0, 2, 1), 1)
    found: Array = own.sum(axis=1) ** 2 + 2 * (own**2).sum(axis=1) + (pairs**2).sum(axis=(1, 2))
    return found


def gradients_of_convolutions(claim: Statement, ctx: Context) -> Outcome:
    """The last matrix between the images for H = 2 and H = 3."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        H = x.depth
        K, below = patches(x, r.grams[H - 1]), r.grams[H - 1 - claim.t]
        slopes = x.sigma.dual({"patches": patches(x, below), "pixels": below}[claim.under], 1)
        terms = (K * slopes)[:, :3, 3:]
        total = {"equal": np.einsum("sll->s", terms), "all": terms.sum(axis=(1, 2))}[claim.pairs]
        off = r.slopes[H - 1][:, 0, 1] - factor(claim.f, x.branch, H) * total
        T = np.abs(K[:, :3, 3:]) * np.sqrt(second(x.sigma, K, 1)[:, :3, 3:])
        return [Entry(f"K^({H}), H = {H}", off, x.branch**4 * squared_chaos(T) / x.m)]

    settings = [convolution(SINE, images(*claim.norms), H, drawn=H) for H in (2, 3)]
    return every(*(networks.within_chebyshev(x, entries, ctx) for x in settings))
