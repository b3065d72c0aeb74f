"""Population Gram matrices of random layers with patches and skip maps, in float64 with proved errors.

Main definitions: `Layer`, `Features`, `input_features`, `propagate` (one layer of the recursion of Gram
matrix and mean), `weight_covariance` (the operator of a Gaussian law on matrices), `last_layer`.

The setting is Appendix E of S. Du, J. Lee, H. Li, L. Wang, X. Zhai, "Gradient descent finds global minima of
deep neural networks" (ICML 2019): X^(h) = D X^(h-1) + rho(sum_beta W_beta X^(h-1,beta) / sqrt m) with values
in R^p, where W = sum_k g_k E_k, g_k ~ N(0, 1), over a basis E_1, E_2, ... of a space of p' x p matrices. With
W(K) = E W K W^T = sum_k E_k K E_k^T, Definition E.1 (equations (16)-(17)) is

    K_ij <- D K_ij D^T + E[rho(U) (D b_j)^T + (D b_i) rho(V)^T + rho(U) rho(V)^T],    b_i <- D b_i + E rho(U),

(U, V) ~ N(0, [[W(K_ii), W(K_ij)], [W(K_ji), W(K_jj)]]). Dense layers have p = 1 and the basis [[1]].

All p x p blocks of a Gram matrix are kept in one (n p, n p) matrix, entry (i p + l, j p + r). Errors are
absolute and pass on from layer to layer by Lipschitz constants in the maximum norm.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from numerics.activation import Activation
from numerics.balls import ball, precision
from numerics.dual import dual_lipschitz, expectation_ball
from numerics.dual_kinked import EXCESS, covariances, kinked_form
from numerics.dual_recursion import _layer_slope
from numerics.dual_table import BITS, Bounded, dual_matrix
from numerics.power_table import UNIT, up, upper_float

Means = Literal["crossed", "aligned"]


@dataclass(frozen=True, eq=False)
class Layer:
    """rho = sqrt(square) s, weights spanned by `basis` (k, p', p), skip map (p', p) or None for zero.

    square: exact or an arb, > 0. Raises ValueError for other shapes and values.

    >>> from numerics.activations import tanh
    >>> Layer(tanh, 1).pixels
    (1, 1)
    """

    activation: Activation
    square: Any
    basis: Any = (((1.0,),),)
    skip: Any = None

    def __post_init__(self) -> None:
        basis = np.asarray(self.basis, dtype=np.float64)
        if basis.ndim != 3 or 0 in basis.shape or not np.isfinite(basis).all():
            raise ValueError(f"Expected a finite basis of shape (k, p', p) but got shape {basis.shape}")
        object.__setattr__(self, "basis", basis)
        with precision(BITS):
            if not ball(self.square) > 0:
                raise ValueError(f"Expected square > 0 but got square={self.square!s}")
        if self.skip is not None:
            skip = np.asarray(self.skip, dtype=np.float64)
            if skip.shape != basis.shape[1:] or not np.isfinite(skip).all():
                raise ValueError(f"Expected a finite skip of shape {basis.shape[1:]} but got {skip.shape}")
            object.__setattr__(self, "skip", skip)

    @property
    def pixels(self) -> tuple[int, int]:
        """(p', p): pixels of the layer's output and input."""
        return self.basis.shape[1], self.basis.shape[2]


@dataclass(frozen=True)
class Features:
    """`gram` (n p, n p) and `mean` (n p,) of a layer, float64 tensors with their errors; p = `pixels`."""

    gram: Bounded
    mean: Bounded
    pixels: int


def input_features(K: Any, pixels: int = 1, error: float = 0.0) -> Features:
    """Features of the input layer: K^(0) = K (n p, n p), within `error`, and b^(0) = 0.

    Raises ValueError as `numerics.dual_kinked.covariances`, and for a size that p does not divide.

    >>> input_features([[1.0, 0.5], [0.5, 1.0]]).mean.values.tolist()
    [0.0, 0.0]
    """
    matrix, _ = covariances(K)
    if isinstance(pixels, bool) or not isinstance(pixels, int) or pixels < 1 or len(matrix) % pixels:
        raise ValueError(f"Expected pixels >= 1 that divides {len(matrix)} but got pixels={pixels!r}")
    mean = torch.zeros(len(matrix), dtype=torch.float64, device=matrix.device)
    return Features(Bounded(matrix, error), Bounded(mean, 0.0), pixels)


def _sandwich(matrices: Any, K: Bounded, pixels: int) -> Bounded:
    """sum_k E_k K_ij E_k^T for all blocks, E (k, p', p), with the error of K passed on and the rounding."""
    matrix = K.values
    if matrices.shape == (1, 1, 1) and matrices[0, 0, 0] == 1.0:
        return K
    E = torch.as_tensor(matrices, dtype=torch.float64, device=matrix.device)
    n, (count, out, _) = len(matrix) // pixels, E.shape
    blocks = matrix.reshape(n, pixels, n, pixels)
    # Over (k, l): all products first, so that a 0/1 basis costs no rounding but that of the sum over k.
    left = torch.einsum("kal,iljr->kiajr", E, blocks)
    total = torch.einsum("kbr,kiajr->iajb", E, left).reshape(n * out, n * out)
    total = (total + total.T) / 2
    sizes = E.abs().sum(dim=2)
    norm = float((sizes.T @ sizes).max())
    terms = count * pixels * pixels + 4
    rounding = 1.01 * terms * UNIT * norm * float(matrix.abs().max())
    return Bounded(total, up(1.001 * norm * K.error, rounding))


def weight_covariance(layer: Layer, K: Bounded) -> Bounded:
    """W(K_ij) = sum_k E_k K_ij E_k^T for all pairs: tensors (n p, n p) -> (n p', n p').

    >>> from numerics.activations import tanh
    >>> layer = Layer(tanh, 1, [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 0.0]]])
    >>> weight_covariance(layer, Bounded(torch.eye(2, dtype=torch.float64), 0.0)).values.tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    return _sandwich(layer.basis, K, layer.pixels[1])


def _value_slope(activation: Activation, low: float, top: float, error: float) -> float:
    """A Lipschitz constant of A -> E s(u) s(v) in the maximum norm, at variances in [low, top] +- error."""
    form = kinked_form(activation.closed)
    if form is not None:
        least = low - error
        if form.constant or form.sign or least <= 0:
            return math.inf
        bend = 2 * float(form.absolute) ** 2 / math.pi * math.sqrt((top + error) / least)
        return 1.001 * (float(form.linear) ** 2 + float(form.absolute) ** 2 + bend)
    if low == top and error < EXCESS / 2 * top:
        with precision(BITS):
            return _layer_slope(activation, ball(top), ball(1))
    if activation.lipschitz is None or activation.smoothness is None or not math.isfinite(error):
        return math.inf
    return upper_float(dual_lipschitz(activation, top + error))


def _mean_slope(activation: Activation, low: float, error: float) -> float:
    """A Lipschitz constant of q -> E s(sqrt(q) z): E s'' / 2, and absolute / sqrt(2 pi q) at a kink."""
    form = kinked_form(activation.closed)
    if form is not None:
        least = low - error
        return 1.001 * abs(float(form.absolute)) / math.sqrt(2 * math.pi * least) if least > 0 else math.inf
    return 0.501 * float(activation.smoothness) if activation.smoothness is not None else math.inf


def _derivative_slope(activation: Activation, low: float, error: float, top: float) -> float:
    """A Lipschitz constant of A -> E s'(u) s'(v), smooth s: with L, M the suprema of |s'| and |s''|,

    |d/dc| <= M^2, and |d/dq1| <= M L E|z| / (2 sqrt q1) + M^2 sqrt(q2 / q1) / 2 through scale and rho.
    """
    if activation.lipschitz is None or activation.smoothness is None or low - error <= 0:
        return math.inf
    L, M = float(activation.lipschitz), float(activation.smoothness)
    ratio = math.sqrt((top + error) / (low - error))
    return 1.001 * (M * M * (1 + ratio) + M * L * math.sqrt(2 / math.pi / (low - error)))


def gaussian_means(activation: Activation, variances: Bounded) -> Bounded:
    """E s(z), z ~ N(0, q), for a vector of variances, one enclosure for each distinct one.

    >>> from numerics.activations import relu
    >>> gaussian_means(relu, Bounded(torch.ones(1, dtype=torch.float64), 0.0)).values.item() == (
    ...     1 / math.sqrt(2 * math.pi))
    True
    """
    q = variances.values
    unique, where = torch.unique(q.cpu(), return_inverse=True)
    found = [expectation_ball(activation, x, digits=17) for x in unique.tolist()]
    values = torch.tensor([float(x.mid()) for x in found], dtype=torch.float64)[where].to(q.device)
    size = float(values.abs().max())
    passed = (
        _mean_slope(activation, float(q.min()), variances.error) * variances.error if variances.error else 0.0
    )
    return Bounded(values, up(1e-17 * max(1.0, size), UNIT * size, passed))


def propagate(layer: Layer, features: Features, *, means: Means = "crossed") -> Features:
    """The next layer's Gram matrix and mean by equations (16)-(17).

    means: "crossed", E rho(U) (D b_j)^T + (D b_i) E rho(V)^T; "aligned", the pairing (D b_i) E rho(U)^T +
    (D b_j) E rho(V)^T that Definitions 6.1 and 7.1 print, symmetrised over pixels: it agrees on i = j and for
    inputs of equal variances, but is no Gram matrix in general, so that a next layer may be refused. The
    error is inf where no Lipschitz constant is known. Raises ValueError for other sizes and as `dual_matrix`.

    >>> from numerics.activations import relu
    >>> after = propagate(Layer(relu, 2), input_features([[1.0, 0.0], [0.0, 1.0]]))
    >>> round(float(after.gram.values[0, 1]), 6), after.gram.error < 1e-13
    (0.31831, True)
    """
    out, pixels = layer.pixels
    if pixels != features.pixels:
        raise ValueError(f"Expected features of {pixels} pixels but got {features.pixels}")
    if means not in ("crossed", "aligned"):
        raise ValueError(f"Expected means 'crossed' or 'aligned' but got means={means!r}")
    S = weight_covariance(layer, features.gram)
    diagonal = S.values.diagonal()
    low, top = float(diagonal.min()), float(diagonal.max())
    second = dual_matrix(layer.activation, S.values)
    passed = _value_slope(layer.activation, low, top, S.error) * S.error if S.error else 0.0
    first = gaussian_means(layer.activation, Bounded(diagonal.contiguous(), S.error))
    with precision(BITS):
        square = float(ball(layer.square).mid())
    factor, size = math.sqrt(square), float(second.values.abs().max())
    gram = symmetrised(second.values) * square
    error = up(1.001 * square * up(second.error, passed), 5 * UNIT * square * size)
    mean, mean_error = (
        first.values * factor,
        up(1.001 * factor * first.error, 4 * UNIT * factor * _size(first)),
    )
    if layer.skip is None:
        return Features(Bounded(gram, error), Bounded(mean, mean_error), out)
    before, b = _skipped(layer, features)
    cross = _crossed(mean, b.values) if means == "crossed" else _aligned(mean, b.values, out)
    total = before.values + cross + gram
    sizes = (float(x.abs().max()) for x in (before.values, cross, gram))
    crossed = 2 * up(_size(b) * mean_error, factor * _size(first) * b.error, mean_error * b.error)
    error = up(before.error, 1.001 * crossed, error, 6 * UNIT * sum(sizes))
    moved = b.values + mean
    mean_error = up(b.error, mean_error, 2 * UNIT * float(moved.abs().max()))
    return Features(Bounded(total, error), Bounded(moved, mean_error), out)


def symmetrised(matrix: torch.Tensor) -> torch.Tensor:
    """(A + A^T) / 2: blocks on the diagonal are symmetric up to rounding only. One more rounding.

    >>> symmetrised(torch.tensor([[1.0, 0.0], [2.0, 1.0]])).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return (matrix + matrix.T) / 2


def _crossed(mean: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    cross = torch.outer(mean, b)
    return cross + cross.T


def _aligned(mean: torch.Tensor, b: torch.Tensor, pixels: int) -> torch.Tensor:
    own = b.reshape(-1, pixels, 1) * mean.reshape(-1, 1, pixels)
    own = (own + own.transpose(1, 2)) / 2
    total = own[:, :, None, :] + own.permute(1, 0, 2)[None]
    return total.reshape(len(b), len(b))


def _size(vector: Bounded) -> float:
    return float(vector.values.abs().max())


def _skipped(layer: Layer, features: Features) -> tuple[Bounded, Bounded]:
    """D K D^T and D b."""
    D, pixels = layer.skip, features.pixels
    if D.shape[0] == D.shape[1] and np.array_equal(D, np.eye(len(D))):
        return features.gram, features.mean
    b = features.mean
    matrix = torch.as_tensor(D, device=b.values.device)
    norm = float(np.abs(D).sum(axis=1).max())
    moved = (b.values.reshape(-1, pixels) @ matrix.T).reshape(-1)
    rounding = 1.01 * (pixels + 1) * UNIT * norm * _size(b)
    return _sandwich(D[None], features.gram, pixels), Bounded(moved, up(1.001 * norm * b.error, rounding))


def last_layer(layer: Layer, factor: Bounded, covariance: Bounded) -> Bounded:
    """square W(K) o E s'(u) s'(v), (u, v) ~ N(0, W(A)), entrywise, for K = `factor` and A = `covariance`.

    The Gram matrix of the gradients in the last hidden weights, before it is summed over pixels: Lemma E.1.
    Both are (n p, n p) tensors with errors, as in `Features.gram`; in the limit of wide networks both are the
    Gram matrix of the layer below. At a kink the error grows like sqrt(error) near rho = +-1.

    >>> from numerics.activations import relu
    >>> eye = input_features([[1.0, 0.0], [0.0, 1.0]]).gram
    >>> last_layer(Layer(relu, 1), eye, eye).values.tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    K, S = weight_covariance(layer, factor), weight_covariance(layer, covariance)
    diagonal = S.values.diagonal()
    low, top = float(diagonal.min()), float(diagonal.max())
    dual = dual_matrix(layer.activation, S.values, orders=(1, 1))
    passed = _turned(layer.activation, S, low, top) if S.error else 0.0
    with precision(BITS):
        square = float(ball(layer.square).mid())
    size, width = float(dual.values.abs().max()), float(K.values.abs().max())
    inner = up(dual.error, passed)
    # 1.001 covers the rounding of these lines; K D within |K| e_D + |D| e_K + e_K e_D.
    error = 1.001 * square * up(width * inner, size * K.error, inner * K.error, 5 * UNIT * width * size)
    return Bounded(square * symmetrised(K.values * dual.values), error)


def _turned(activation: Activation, S: Bounded, low: float, top: float) -> float:
    form = kinked_form(activation.closed)
    if form is None:
        return _derivative_slope(activation, low, S.error, top) * S.error
    if form.sign or low - S.error <= 0:
        return math.inf
    # E s' s' = linear^2 + absolute^2 (2 / pi) asin(rho), and rho moves by at most 2 error / low.
    moved = 2.01 * S.error / (low - S.error)
    root = S.values.diagonal().sqrt()
    rho = (S.values / torch.outer(root, root)).fill_diagonal_(0.0).abs()
    largest = float(rho.max()) + moved + 16 * UNIT
    turn = math.pi * math.sqrt(moved / 2)
    if largest < 1:
        turn = min(turn, 1.001 * moved / math.sqrt(1 - largest * largest))
    return 1.001 * float(form.absolute) ** 2 * 2 / math.pi * turn
