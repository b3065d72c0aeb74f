"""Random networks against the population recursions of Definitions 5.1, 6.1 and 7.1, layer by layer.

Given the layers before, the mean of a layer's empirical Gram matrix is the recursion at the network's own
Gram matrix, without an error in 1/m.  So a trial takes S networks of width m and asks whether the mean over
them of (empirical - recursion) stays within three of Chebyshev's standard deviations, computed from fourth
moments.  If the recursion is right, that happens with probability at least 1 - E/9 for E entries, hence at
least 1/2 for E <= 4: the level that `Context.decide` is asked about.  Quadrature and float32 cost at most
10^-4, where the standard deviations are above 10^-3.

From the recursion at a network's own matrices to the limit it is one step, layer by layer: the matrices
converge and the expectations are continuous.  Conversely a recursion with the right limit but another law at
width m would be off by a multiple of 1/m, a third of the radius 3/√(mS) at m = S = 64; that the refuted
readings have other limits, by more than the radius, is a test (tests/unit/test_population_networks.py).
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from numerics.finite_networks import (
    FiniteNetworks,
    draw_networks,
    gaussian_means,
    gaussian_pairs,
)
from verify import Context, Outcome, Plot, Series, Statement, every

Array = np.ndarray[Any, Any]
TRIALS = 40
C_RES = 0.8
WIDTHS = (8, 16, 32, 64)


class Sigma(NamedTuple):
    """An activation with its derivative and expectations under (S, N, N) covariances; wave: sin(z + 1)."""

    name: str
    f: Callable[[Array], Array]
    df: Callable[[Array], Array]
    wave: bool = False
    nodes: int = 24

    def dual(self, K: Array, order: int = 0, rows: Sequence[int] = (), columns: Sequence[int] = ()) -> Array:
        """E σσ or E σ'σ' for all pairs of indices, or for the given rows and columns."""
        q = np.einsum("sii->si", K)
        i, j = (np.array(list(x) or range(K.shape[1])) for x in (rows, columns))
        s, t, c = q[:, i, None], q[:, None, j], K[:, i[:, None], j]
        if not self.wave:
            return gaussian_pairs((self.f, self.df)[order], s, c, t, self.nodes)
        size = np.exp(-(s + t) / 2)
        odd, even = size * np.sinh(c), size * np.cosh(c)
        a, b = math.sin(1) ** 2, math.cos(1) ** 2
        return a * even + b * odd if order == 0 else a * odd + b * even

    def mean(self, K: Array) -> Array:
        """E σ(u) for all rows."""
        return gaussian_means(self.f, np.einsum("sii->si", K))

    def power(self, K: Array, k: int, order: int = 0) -> Array:
        """E σ(u)^k or E σ'(u)^k."""
        g = (self.f, self.df)[order]
        return gaussian_means(lambda z: g(z) ** k, np.einsum("sii->si", K))

    @property
    def c(self) -> float:
        """1/E σ(z)²."""
        return 1 / float(self.power(np.ones((1, 1, 1)), 2)[0, 0])


def _logistic(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


SINE = Sigma("sin(z + 1)", lambda z: np.sin(z + 1), lambda z: np.cos(z + 1), wave=True)
SOFTPLUS = Sigma("softplus", lambda z: np.logaddexp(z, np.zeros_like(z)), _logistic, nodes=16)
TANH = Sigma("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, nodes=32)
LOGCOSH = Sigma("log cosh", lambda z: np.log(np.cosh(z)), np.tanh, nodes=24)


class Setting(NamedTuple):
    """What is drawn: activation, inputs (n, d, p), H, layers, patch size, width, networks in a trial."""

    sigma: Sigma
    X: tuple[Any, ...]
    residual: bool = False
    depth: int = 3
    drawn: int = 3
    q: int = 1
    m: int = 64
    S: int = 64

    def draw(self, rng: np.random.Generator) -> FiniteNetworks:
        """One trial."""
        return draw_networks(
            self.sigma.f,
            self.sigma.df,
            np.array(self.X),
            rng,
            m=self.m,
            count=self.S,
            depth=self.drawn,
            c_sigma=self.sigma.c,
            branch=self.branch if self.residual else None,
            q=self.q,
        )

    @property
    def branch(self) -> float:
        """c_res/H."""
        return C_RES / self.depth

    @property
    def inputs(self) -> Array:
        """K^(0), (1, n p, n p)."""
        x = np.array(self.X).transpose(0, 2, 1)
        flat = x.reshape(-1, x.shape[2])
        return (flat @ flat.T)[None]

    @property
    def pixels(self) -> int:
        """p."""
        return len(self.X[0][0])


class Entry(NamedTuple):
    """One entry in one trial: empirical minus recursion and a bound of the conditional variance, (S,)."""

    name: str
    off: Array
    variance: Array


Entries = Callable[[Setting, FiniteNetworks], Sequence[Entry]]


@cache
def drawn(setting: Setting, ctx_key: tuple[int, str, str, str]) -> tuple[FiniteNetworks, ...]:
    """All trials of a check; the same for all variants of the data."""
    seed, claim, check, device = ctx_key
    ctx = Context(claim, check, seed=seed, device=device)
    return tuple(
        setting.draw(ctx.rng(f"{setting.sigma.name} {setting.m} {setting.depth}", k)) for k in range(TRIALS)
    )


def trials(setting: Setting, ctx: Context) -> tuple[FiniteNetworks, ...]:
    """The trials of a check, on its own streams."""
    return drawn(setting, (ctx.seed, ctx.claim, ctx.check, ctx.device))


def within_chebyshev(setting: Setting, entries: Entries, ctx: Context, radius: int = 3) -> Outcome:
    """Is the mean of S networks within `radius` standard deviations of the recursion, in all entries?"""
    rows, scores = [], []
    for networks in trials(setting, ctx):
        found = entries(setting, networks)
        if 2 * len(found) > radius**2:
            raise ValueError(f"expected at most {radius**2 // 2} entries but got {len(found)}")
        offs = [float(e.off.mean()) for e in found]
        radii = [math.sqrt(float(e.variance.sum())) / len(e.variance) for e in found]
        rows.append(all(abs(x) <= radius * r for x, r in zip(offs, radii, strict=True)))
        scores.append(offs)
    table = np.array(scores)
    z = table.mean(axis=0) / (table.std(axis=0, ddof=1) / math.sqrt(TRIALS))
    names = [e.name for e in found]
    said = ", ".join(f"{name} {value:+.1f}" for name, value in zip(names, z, strict=True))
    title = f"{setting.sigma.name}: {' and '.join(names)} as the recursion has it"
    decided = ctx.decide(title, at_least="1/2", rows=rows, label=f"{setting.sigma.name} {setting.depth}")
    note = f"{setting.sigma.name}, {TRIALS} x {setting.S} networks of width {setting.m}: z-scores {said}"
    return every(decided, observations=(note,))


def drift(setting: Setting, limit: Array, ctx: Context) -> tuple[Plot, ...]:
    """The mean of the last Gram matrix's entry (1, 2) against the recursion from the inputs on, by width.

    A picture only: the mean has a bias like 1/m.
    """
    value = float(limit[0])
    if value == 0:
        return ()
    means, errors = [], []
    for m in WIDTHS:
        size = setting._replace(m=m, S=setting.m * setting.S // m)
        values = np.array([float(r.slopes[-1][:, 0, 1].mean()) for r in trials(size, ctx)])
        means.append(float(values.mean()) / value - 1)
        errors.append(2 * float(values.std(ddof=1)) / math.sqrt(TRIALS) / abs(value))
    x = [float(m) for m in WIDTHS]
    off = " and ".join(f"{means[k]:+.1%} at width {WIDTHS[k]}" for k in (0, -1))
    said = f"The mean over networks is off K^(H) by {off}; a bias falls like 1/m"
    label = f"{setting.sigma.name}, H = {setting.depth}"
    lines = [Series(label, x, means, "points"), Series("two standard errors", x, errors, "bound")]
    return (Plot(said, "width m", "mean of G^(H) over networks / K^(H) - 1", lines, log_x=True),)


Path = Sequence[Array]
"""Gram matrices of the layers 0, 1, ..., each (S, N, N): of networks, or of the population with S = 1."""


def pair(*norms: str) -> tuple[Any, ...]:
    """Two orthogonal inputs of these squared norms, (2, 2, 1)."""
    a, b = (math.sqrt(float(r)) for r in norms)
    return (((a,), (0.0,)), ((0.0,), (b,)))


def second(sigma: Sigma, K: Array, order: int = 0) -> Array:
    """A bound of E σ(u)²σ(v)² (or of σ'), by Cauchy and Schwarz, for all pairs."""
    x = np.sqrt(sigma.power(K, 4, order))
    bound: Array = x[:, :, None] * x[:, None, :]
    return bound


def between(sigma: Sigma, K: Array, order: int) -> Array:
    """E σσ or E σ'σ' for the inputs 1 and 2: (S,)."""
    return sigma.dual(K, order, (0,), (1,))[:, 0, 0]


# ---- fully connected

NEAR = (((1.0,), (0.0,)), ((0.6,), (0.8,)))
DENSE = (Setting(SINE, pair("1", "1")), Setting(SOFTPLUS, pair("1", "1")), Setting(TANH, NEAR))


def dense_layer(sigma: Sigma, K: Array, p: int, rows: Sequence[int] = ()) -> Array:
    """K^(h) from K^(h-1), with c to the power p; all rows or some."""
    return sigma.c**p * sigma.dual(K, 0, rows)


def dense_last(sigma: Sigma, K: Path, H: int, claim: Statement) -> Array:
    """K^(H)_12 from K^(0), ..., K^(H-1), by the data."""
    order = {"slope": 1, "value": 0}[claim.tau]
    first = K[{"last": H - 1, "first": 0}[claim.g]]
    found: Array = sigma.c**claim.P * first[:, 0, 1] * between(sigma, K[H - 1 - claim.t], order)
    return found


def features_of_dense_networks(claim: Statement, ctx: Context) -> Outcome:
    """Entries (1, 1) and (1, 2) of K^(1) and K^(2)."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        found = []
        for h in (1, 2):
            off = r.grams[h][:, :1] - dense_layer(x.sigma, r.grams[h - 1], claim.p, (0,))
            size = x.sigma.c**2 * second(x.sigma, r.grams[h - 1]) / x.m
            found += [Entry(f"K^({h})_1{j + 1}", off[:, 0, j], size[:, 0, j]) for j in (0, 1)]
        return found

    return every(*(within_chebyshev(x._replace(drawn=2), entries, ctx) for x in DENSE))


def gradients_of_dense_networks(claim: Statement, ctx: Context) -> Outcome:
    """Entry (1, 2) of K^(2) and K^(3), for networks with H = 2 and H = 3."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        found = []
        for H in (2, 3):
            K = r.grams[H - 1]
            off = r.slopes[H - 1][:, 0, 1] - dense_last(x.sigma, r.grams, H, claim)
            size = 3 * (x.sigma.c * K) ** 2 * second(x.sigma, K, 1) / x.m
            found.append(Entry(f"K^({H})_12, H = {H}", off, size[:, 0, 1]))
        return found

    outcomes = [within_chebyshev(x, entries, ctx) for x in DENSE]
    path = [DENSE[0].inputs]
    for _ in range(2):
        path.append(dense_layer(SINE, path[-1], 1))
    return every(*outcomes, plots=drift(DENSE[0], dense_last(SINE, path, 3, claim), ctx))


# ---- residual


def paired(b: Array, mean: Array, pairing: str) -> Array:
    """b_i E σ(v) + b_j E σ(u) for all pairs of rows, or b_i E σ(u) + b_j E σ(v)."""
    if pairing == "crossed":
        half = b[:, :, None] * mean[:, None, :]
        return half + half.transpose(0, 2, 1)
    own = b * mean
    return own[:, :, None] + own[:, None, :]


def factor(text: str, k: float, H: int) -> float:
    """A factor in c_res and H, k = c_res/H."""
    return {"cres**2/H**2": k**2, "cres**2/H": k**2 * H, "cres/H": k, "1": 1.0}[text]


def common(norms: Sequence[str], pairing: str) -> str:
    """Inputs of one norm have one mean in the limit, and all pairings agree; a network's means differ."""
    return pairing if len(set(norms)) > 1 else "crossed"


def residual_layer(
    x: Setting, K: Array, b: Array, claim: Statement, rows: Sequence[int] = (0, 1)
) -> tuple[Array, Array]:
    """K^(h), all rows or some, and b^(h) from K^(h-1) and b^(h-1), h >= 2, by the data."""
    mean = x.sigma.mean(K)
    cross = claim.mean * x.branch * paired(b, mean, common(claim.norms, claim.pairing))
    square = factor(claim.q, x.branch, x.depth) * x.sigma.dual(K, 0, rows)
    return (K + cross)[:, list(rows)] + square, b + x.branch * mean


def residual_last(x: Setting, K: Path, claim: Statement) -> Array:
    """K^(H)_12 from K^(0), ..., K^(H-1), by the index t."""
    found: Array = x.branch**2 * K[x.depth - 1][:, 0, 1] * between(x.sigma, K[x.depth - 1 - claim.t], 1)
    return found


def residual_size(x: Setting, K: Array, S: Array) -> Array:
    """A bound of the conditional variance of x^(h)_i.x^(h)_j, S the covariance of the neurons."""
    power = x.sigma.power(S, 2)
    norms = np.einsum("sii->si", K)
    one = np.sqrt(norms[:, :, None] * power[:, None, :])
    root: Array = x.branch * (one + one.transpose(0, 2, 1)) + x.branch**2 * np.sqrt(second(x.sigma, S))
    return root**2 / x.m


def features_of_residual_networks(claim: Statement, ctx: Context) -> Outcome:
    """Entries (1, 1) and (1, 2) of K^(2), and the mean b^(2) of input 1."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        K, b = residual_layer(x, r.grams[1], r.means[1], claim, (0,))
        size = residual_size(x, r.grams[1], r.grams[1])
        mean_size = x.branch**2 * x.sigma.power(r.grams[1], 2) / x.m
        found = [Entry(f"K^(2)_1{j + 1}", r.grams[2][:, 0, j] - K[:, 0, j], size[:, 0, j]) for j in (0, 1)]
        return [*found, Entry("b^(2)_1", (r.means[2] - b)[:, 0], mean_size[:, 0])]

    settings = [Setting(s, pair(*claim.norms), residual=True, drawn=2) for s in (LOGCOSH, SOFTPLUS)]
    return every(*(within_chebyshev(x, entries, ctx) for x in settings))


def gradients_of_residual_networks(claim: Statement, ctx: Context) -> Outcome:
    """Entry (1, 2) of the last matrix for H = 2 and H = 3, unit inputs: under K^(H-1), or a layer lower."""

    def entries(x: Setting, r: FiniteNetworks) -> list[Entry]:
        K = r.grams[x.depth - 1]
        off = r.slopes[x.depth - 1][:, 0, 1] - residual_last(x, r.grams, claim)
        size = 3 * (x.branch**2 * K) ** 2 * second(x.sigma, K, 1) / x.m
        return [Entry(f"K^({x.depth})_12, H = {x.depth}", off, size[:, 0, 1])]

    shapes = ((SINE, 2), (SINE, 3), (SOFTPLUS, 3))
    settings = [Setting(s, pair("1", "1"), residual=True, depth=H, drawn=H) for s, H in shapes]
    outcomes = [within_chebyshev(x, entries, ctx) for x in settings]
    deep, first = settings[1], settings[1].inputs
    K, b = SINE.c * SINE.dual(first), math.sqrt(SINE.c) * SINE.mean(first)
    path = [first, K, residual_layer(deep, K, b, claim)[0]]
    return every(*outcomes, plots=drift(deep, residual_last(deep, path, claim), ctx))
