"""Fast dual activations of matrices: the stated bounds hold against balls; shapes, types and bad input."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import activations as library
from numerics import dual_kinked
from numerics.balls import ball, precision
from numerics.dual import dual_ball
from numerics.dual_recursion import gram_recursion
from numerics.dual_table import dual_matrix, dual_table

TABLES = [
    library.softplus(),
    library.tanh,
    library.silu,
    library.sigmoid,
    library.gelu,
    library.erf,
    library.cosine,
    library.exponential,
    library.gaussian_bump,
    library.hermite(3),
    library.affine(library.softplus(), 1, -2, "1/2"),
]
KINKED = [
    library.relu,
    library.leaky_relu("1/10"),
    library.absolute,
    library.step,
    library.sign,
    library.affine(library.relu, 1, 2, -3),
]


def _unit_gram(n=12, d=5, seed=0):
    """Cosines of random vectors, with an equal and an opposite pair."""
    X = np.random.default_rng(seed).standard_normal((n, d))
    X[1], X[2] = X[0], -X[0]
    X /= np.linalg.norm(X, axis=1)[:, None]
    K = X @ X.T
    K = (K + K.T) / 2
    np.fill_diagonal(K, 1.0)
    K[0, 1] = K[1, 0] = 1.0
    K[0, 2] = K[2, 0] = K[1, 2] = K[2, 1] = -1.0
    return K


def _scaled(K, sizes):
    scaled = K * np.outer(sizes, sizes)
    return np.tril(scaled) + np.tril(scaled, -1).T


def _worst(act, K, found, orders, pairs):
    worst = 0.0
    for i, j in pairs:
        A = [[K[i, i], K[i, j]], [K[i, j], K[j, j]]]
        exact = dual_ball(act, A, digits=18, orders=orders)
        with precision(120):
            worst = max(worst, float(abs(exact - ball(float(found.values[i, j]))).upper()))
    return worst


PAIRS = [(0, 0), (0, 1), (0, 2), (3, 4), (5, 9), (10, 2)]


@pytest.mark.parametrize("act", [*TABLES, *KINKED], ids=lambda a: a.name)
@pytest.mark.parametrize("orders", [(0, 0), (1, 1), (0, 1)])
def test_equal_diagonals_are_within_the_bound(act, orders):
    """Every compared entry, rho = +-1 included, is within the stated error, which is at most 1e-12."""
    if act in KINKED[3:5] and orders != (0, 0):
        return
    for q in (1.0, 0.03):
        K = q * _unit_gram()
        found = dual_matrix(act, K, orders=orders)
        assert _worst(act, K, found, orders, PAIRS) <= found.error
        limit = 1e-6 if act in KINKED and (orders == (1, 1) or act in KINKED[3:5]) else 1e-12
        assert found.error <= limit * max(1.0, np.abs(found.values).max())


@pytest.mark.parametrize("act", [*TABLES, *KINKED], ids=lambda a: a.name)
@pytest.mark.parametrize("orders", [(0, 0), (0, 1)])
def test_unequal_diagonals_are_within_the_bound(act, orders):
    """Variances from 10^-4 to 2, and a zero one where the function is continuous."""
    if act in KINKED[3:5] and orders != (0, 0):
        return
    sizes = np.resize([0.01, 0.4, 1.0, 1.4], 12)
    K = _scaled(_unit_gram(), sizes)
    if act.analytic:
        K[11] = K[:, 11] = 0.0
    found = dual_matrix(act, K, orders=orders)
    assert _worst(act, K, found, orders, [*PAIRS, (11, 3)]) <= found.error
    assert found.error <= (1e-6 if act in KINKED[3:5] else 1e-12) * max(1.0, np.abs(found.values).max())


@pytest.mark.parametrize("act", [library.softplus(), library.tanh, library.erf, library.gelu, library.relu])
@pytest.mark.parametrize("depth", [1, 3, 5])
def test_recursion_is_within_the_bound(act, depth):
    """K^(h) of unit vectors with c_sigma, against a recursion in balls that carries its radii."""
    K = _unit_gram()
    found = gram_recursion(act, K, depth, scale="preserve")
    assert found.error < 1e-12
    for i, j in PAIRS[1:]:
        with precision(200):
            entry = ball(float(K[i, j]))
            top = dual_ball(act, [[1, 1], [1, 1]], digits=30)
            for _ in range(depth):
                entry = dual_ball(act, [[1, entry], [entry, 1]], digits=30) / top
                entry = entry.max(arb(-1)).min(arb(1))
            assert abs(entry - ball(float(found.values[i, j]))) <= found.error
    assert (found.values.diagonal() == 1.0).all() or act is library.relu


@pytest.mark.parametrize("act", [library.softplus(), library.relu, library.gelu])
def test_recursion_with_unequal_diagonals(act):
    """Three layers with scale 1/2 from variances 1/4 to 2, against balls."""
    K = _scaled(_unit_gram(6), np.array([0.5, 1.0, 1.2, 0.7, 1.0, 1.4]))
    found = gram_recursion(act, K, 3, scale="1/2")
    assert found.error < 1e-11
    for i, j in ((3, 4), (5, 3), (1, 2)):
        with precision(200):
            q1, c, q2 = (ball(float(x)) for x in (K[i, i], K[i, j], K[j, j]))
            for _ in range(3):
                q1, c, q2 = (
                    dual_ball(act, A, digits=25) / 2
                    for A in ([[q1, q1], [q1, q1]], [[q1, c], [c, q2]], [[q2, q2], [q2, q2]])
                )
            assert abs(c - ball(float(found.values[i, j]))) <= found.error


def test_recursion_equals_repeated_layers():
    """One composed polynomial and five separate layers agree within the sum of their bounds."""
    K = _unit_gram()
    for act in (library.softplus(), library.silu, library.erf):
        whole, layer = gram_recursion(act, K, 4, scale="3/4"), K
        for _ in range(4):
            layer = dual_matrix(act, layer).values * 0.75
        assert np.abs(whole.values - layer).max() <= whole.error + 1e-13


def test_nearly_equal_diagonals():
    """Diagonals that differ by rounding take the fast route, at a bound that includes the difference."""
    K = _unit_gram()
    nudged = K.copy()
    np.fill_diagonal(nudged, 1 - 2.0**-52 * np.arange(12))
    nudged[0, 1] = nudged[1, 0] = nudged[0, 2] = nudged[2, 0] = 0.25
    K[0, 1] = K[1, 0] = K[0, 2] = K[2, 0] = 0.25
    for act in (library.softplus(), library.tanh):
        a, b = (gram_recursion(act, x, 5) for x in (K, nudged))
        assert a.error < b.error < 1e-12
        assert np.abs(a.values - b.values).max() <= a.error + b.error


@pytest.mark.parametrize("depth", [50, 1000])
def test_deep_recursions(depth):
    """Depth 1000 is stable: softplus and ReLU go to the matrix of ones, with a bound that stays useful."""
    for act in (library.softplus(), library.relu):
        found = gram_recursion(act, _unit_gram(6), depth, scale="preserve")
        assert found.error < 1e-7
        assert np.abs(found.values).max() <= 1 + found.error
        assert np.abs(found.values - 1).max() < (0.02 if depth == 50 else 1e-3)


@given(st.integers(0, 1000), st.sampled_from([*TABLES[:6], *KINKED[:3]]))
@settings(max_examples=25, deadline=None)
def test_semidefinite_symmetric_and_equivariant(seed, act):
    """The result is positive semidefinite up to its bound, symmetric, and commutes with permutations."""
    K = _unit_gram(8, 3, seed)
    found = dual_matrix(act, K)
    assert (found.values == found.values.T).all()
    assert np.linalg.eigvalsh(found.values).min() >= -8 * found.error - 1e-13
    turn = np.random.default_rng(seed).permutation(8)
    moved = dual_matrix(act, K[np.ix_(turn, turn)])
    assert np.abs(moved.values - found.values[np.ix_(turn, turn)]).max() <= 2 * found.error


def test_block_size_changes_nothing_beyond_the_bound(monkeypatch):
    """Stripes of one row and one stripe in all agree within the bound."""
    K = _scaled(_unit_gram(40, 6), np.resize([0.5, 1.0], 40))
    for act, matrix in itertools.product(
        (library.softplus(), library.relu, library.tanh), (_unit_gram(40, 6), K)
    ):
        whole = dual_matrix(act, matrix)
        monkeypatch.setattr(dual_kinked, "_BLOCK", 40)
        split = dual_matrix(act, matrix)
        monkeypatch.undo()
        assert np.abs(whole.values - split.values).max() <= whole.error


def test_types_and_shapes():
    """Tensors give tensors, arrays give arrays; float32 and integers count as the numbers they are; n = 1."""
    K = _unit_gram(5)
    expected = dual_matrix(library.tanh, K).values
    assert torch.equal(dual_matrix(library.tanh, torch.tensor(K)).values, torch.tensor(expected))
    single = dual_matrix(library.tanh, K.astype(np.float32).round(2))
    assert single.values.dtype == np.float64
    assert dual_matrix(library.relu, [[2]]).values.tolist() == [[1.0]]
    assert dual_matrix(library.softplus(), [[0.0]]).values[0, 0] == pytest.approx(math.log(2) ** 2, abs=1e-15)
    assert dual_matrix(library.tanh, np.eye(3, dtype=int)).values[0, 1] == 0.0
    grad = torch.tensor(K, requires_grad=True)
    assert not dual_matrix(library.relu, grad).values.requires_grad


def test_rounded_correlations_are_clamped():
    """|rho| up to 1 + 2^-40 counts as 1; beyond that the matrix is refused."""
    near = np.array([[1.0, 1 + 2.0**-45], [1 + 2.0**-45, 1.0]])
    far = np.array([[1.0, 1 + 2.0**-30], [1 + 2.0**-30, 1.0]])
    for act in (library.tanh, library.relu):
        values = dual_matrix(act, near).values
        assert values[0, 1] == values[0, 0]
        with pytest.raises(ValueError, match="K_ij"):
            dual_matrix(act, far)


@given(st.floats(-1, 1))
@settings(max_examples=50, deadline=None)
def test_tables_of_odd_and_even_functions(rho):
    """Odd tables are odd and even ones even, to the last bit."""
    odd, even = dual_table(library.tanh, 1), dual_table(library.cosine, 1)
    assert odd(rho) == -odd(-rho)
    assert even(rho) == even(-rho)


def test_table_of_two_variances_and_fractions():
    """Exact rational variances and a mixed pair are within the table's error at rho = +-1 and between."""
    for q1, q2, orders in (("1/3", 2, (0, 0)), (Fraction(1, 3), 2, (0, 1)), (1, 0, (0, 0))):
        table = dual_table(library.silu, q1, q2, orders=orders)
        for rho in (-1.0, 0.3, 1.0):
            with precision(200):
                cross = ball(rho) * (ball(Fraction(q1) * q2)).sqrt()
                exact = (
                    dual_ball(library.silu, [[ball(q1), cross], [cross, ball(q2)]], digits=20, orders=orders)
                    if q2
                    else None
                )
                if exact is not None:
                    assert abs(exact - ball(float(table(rho)))) <= table.error + 1e-17
        assert table.error < 1e-13


@pytest.mark.parametrize(
    "K",
    [
        [[1.0, math.nan], [math.nan, 1.0]],
        [[math.inf, 0.0], [0.0, 1.0]],
        [[1.0, 0.5], [0.4, 1.0]],
        [[1.0, 2.0], [2.0, 1.0]],
        [[-1.0, 0.0], [0.0, 1.0]],
        [[0.0, 0.1], [0.1, 1.0]],
        [[1.0, 0.0]],
        [1.0],
        np.zeros((0, 0)),
        [["a"]],
        [[1j]],
        [[True]],
    ],
)
@pytest.mark.parametrize("act", [library.relu, library.tanh], ids=lambda a: a.name)
def test_bad_matrices(K, act):
    """NaN, inf, asymmetric, indefinite, empty, misshapen and non-real matrices are refused in one line."""
    for call in (dual_matrix, lambda a, k: gram_recursion(a, k, 2)):
        with pytest.raises(ValueError, match="Expected") as caught:
            call(act, K)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: gram_recursion(library.tanh, np.eye(2), 0),
        lambda: gram_recursion(library.tanh, np.eye(2), True),
        lambda: gram_recursion(library.tanh, np.eye(2), 2, scale=0),
        lambda: gram_recursion(library.tanh, np.eye(2), 2, scale="keep"),
        lambda: gram_recursion(library.tanh, np.diag([1.0, 2.0]), 2, scale="preserve"),
        lambda: gram_recursion(library.tanh, np.zeros((2, 2)), 2, scale="preserve"),
        lambda: dual_matrix(library.rectified_power(2), np.eye(2)),
        lambda: dual_matrix(library.step, np.zeros((2, 2))),
        lambda: dual_matrix(library.tanh, np.eye(2), orders=(1, 2)),
        lambda: dual_matrix(library.tanh, np.eye(2) * 1e6),
        lambda: dual_table(library.tanh, -1),
        lambda: dual_table(library.tanh, 1, tolerance=0),
        lambda: dual_table(library.tanh, math.nan),
        lambda: dual_table(library.relu, 1),
        lambda: dual_table(library.tanh, 1)(1.5),
        lambda: dual_table(library.tanh, 1)(math.nan),
    ],
)
def test_bad_arguments(call):
    """Depth 0, scale 0, unknown words, unreachable variances and rho beyond 1 are refused."""
    with pytest.raises(ValueError, match="Expected"):
        call()
