"""Population Gram matrices: stated bounds against balls, both conventions, known anchors, bad input."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import activations as library
from numerics.balls import ball, precision
from numerics.dual_recursion import gram_recursion
from numerics.population import feature_gram, feature_mean, last_gram
from numerics.population_ball import last_entry, pair_features
from numerics.population_gaps import feature_gaps, last_gaps, unit_gaps
from numerics.population_recursion import Network
from numerics.population_spectrum import least_eigenvalue, least_eigenvalue_of_gaps

SMOOTH = [library.softplus(), library.tanh, library.erf, library.affine(library.tanh, 2)]
NETWORKS = [
    Network(1),
    Network(3),
    Network(3, derivative_lag=2),
    Network(2, normaliser="1/2"),
    Network(3, c_res="4/5"),
    Network(3, c_res="1/2", derivative_lag=2),
]


def _unit_rows(n, d=4, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


def _gram(X):
    K = X @ X.T
    return np.tril(K) + np.tril(K, -1).T


def _unit_gram(n, d=4, seed=0):
    K = _gram(_unit_rows(n, d, seed))
    np.fill_diagonal(K, 1.0)
    return K


def _off(enclosure, value):
    with precision(200):
        return float(abs(enclosure - ball(float(value))).upper())


def _pair(K, i, j):
    return [[float(K[i, i]), float(K[i, j])], [float(K[j, i]), float(K[j, j])]]


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda a: a.name)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_equal_norms_stay_within_the_proved_error_of_balls(activation, network):
    """The composed polynomial is within its error of the 20-digit pair recursion, diagonal included."""
    K = _unit_gram(3)
    found = last_gram(activation, K, network)
    assert found.error < 1e-13
    for i, j in ((0, 0), (0, 1), (1, 2)):
        assert (
            _off(last_entry(activation, _pair(K, i, j), network, digits=20), found.values[i, j])
            <= found.error
        )


@pytest.mark.parametrize("activation", [library.softplus(), library.relu, library.erf], ids=lambda a: a.name)
@pytest.mark.parametrize("network", [Network(3), Network(3, c_res="4/5")], ids=str)
def test_unequal_norms_stay_within_the_proved_error_of_balls(activation, network):
    """The layer by layer recursion, Gram matrix, mean and last layer, is within its errors of balls."""
    K = _gram(np.array([[1.0, 0.0], [0.5, 1.2], [-0.3, 0.4]]))
    last, hidden = last_gram(activation, K, network), feature_gram(activation, K, network, 2)
    mean = feature_mean(activation, K, network, 2)
    assert max(last.error, hidden.error, mean.error) < 1e-11
    for i, j in ((0, 0), (0, 1), (1, 2)):
        A = _pair(K, i, j)
        layer = pair_features(activation, A, network, digits=20)[2]
        assert _off(layer.c, hidden.values[i, j]) <= hidden.error
        assert _off(layer.b1, mean.values[i]) <= mean.error
        assert _off(last_entry(activation, A, network, digits=20), last.values[i, j]) <= last.error


@pytest.mark.parametrize("activation", [library.softplus(), library.tanh], ids=lambda a: a.name)
def test_layerwise_and_composed_recursions_agree(activation):
    """An input of another norm turns the composition off and leaves the other entries where they were."""
    K = np.zeros((4, 4))
    K[:3, :3], K[3, 3] = _unit_gram(3), 0.25
    for network in (Network(3), Network(3, c_res="1/2")):
        one, other = last_gram(activation, K[:3, :3], network), last_gram(activation, K, network)
        assert np.abs(one.values - other.values[:3, :3]).max() <= one.error + other.error


def test_known_anchors_of_two_inputs():
    """Softplus at rho = 1/2: lambda_min of K^(H), H = 1..4, to twelve digits."""
    K = np.array([[1.0, 0.5], [0.5, 1.0]])
    found = [np.linalg.eigvalsh(last_gram(library.softplus(), K, Network(H)).values)[0] for H in (1, 2, 3, 4)]
    assert np.allclose(
        found, [0.171143091683, 0.055066757952, 0.017588099790, 0.005606181613], atol=1e-12, rtol=0
    )


def test_the_two_readings_of_the_last_covariance():
    """2 + tanh on orthonormal inputs at H = 2 separates K^(H-1) from the printed K^(H-2)."""
    act = library.affine(library.tanh, 2)
    found = [
        np.linalg.eigvalsh(last_gram(act, np.eye(2), Network(2, derivative_lag=lag)).values)[0]
        for lag in (1, 2)
    ]
    assert sorted(np.round(found, 6)) == [0.014321, 0.029685]


def test_features_equal_the_plain_recursion():
    """Without skip connections the features are those of `gram_recursion` with scale="preserve"."""
    K = _unit_gram(20)
    for act in (library.softplus(), library.relu):
        ours, plain = feature_gram(act, K, Network(5), 4), gram_recursion(act, K, 4, scale="preserve")
        assert np.abs(ours.values - plain.values).max() <= ours.error + plain.error


def test_rounded_diagonals_are_paid_for():
    """A diagonal of 1 + 2^-52 stays within the error of the exact recursion from that very matrix."""
    K = np.array([[1 + 2.0**-52, 0.3], [0.3, 1 - 2.0**-53]])
    for network in (Network(3), Network(3, c_res="1/2")):
        found = last_gram(library.softplus(), K, network)
        assert found.error < 1e-13
        for i, j in ((0, 0), (1, 1), (0, 1)):
            exact = last_entry(library.softplus(), _pair(K, i, j), network, digits=22)
            assert _off(exact, found.values[i, j]) <= found.error


def test_pairing_of_the_means_matters_for_unequal_norms_only():
    """Crossed and aligned means agree at equal norms; at unequal norms they differ off the diagonal."""
    act = library.softplus()
    crossed, aligned = Network(3, c_res="4/5"), Network(3, c_res="4/5", means="aligned")
    K = _unit_gram(3)
    assert np.array_equal(last_gram(act, K, crossed).values, last_gram(act, K, aligned).values)
    K = _gram(np.array([[1.0, 0.0], [3.0, 0.1]]))
    one, two = feature_gram(act, K, crossed, 2), feature_gram(act, K, aligned, 2)
    assert two.values[0, 1] - one.values[0, 1] > 1e-3
    assert np.abs(np.diag(one.values - two.values)).max() < 1e-12


def test_means_are_constant_for_equal_norms():
    """b^(1) = sqrt(c_sigma) E s and b^(0) = 0."""
    found = feature_mean(library.softplus(), _unit_gram(3), Network(3, c_res="1/2"), 1)
    assert np.ptp(found.values) == 0
    assert abs(found.values[0] - math.sqrt(1.085486502988343418) * 0.8060591833474397845) < 1e-14
    assert not feature_mean(library.softplus(), np.eye(2), Network(2), 0).values.any()


@pytest.mark.parametrize("network", [Network(4), Network(4, c_res="1/2")], ids=str)
def test_gaps_keep_their_digits(network):
    """The gaps of nearly parallel inputs are within their radius of balls, at 1 - rho from 1e-3 to 1e-30."""
    for g in (1e-3, 1e-12, 1e-20):
        found = last_gaps(library.softplus(), np.array([[0, g], [g, 0]]), network)
        c = 1 - Fraction(g)
        with precision(600):
            entries = [
                last_entry(library.softplus(), [[1, x], [x, 1]], network, digits=45) for x in (Fraction(1), c)
            ]
            assert abs(entries[0] - entries[1] - ball(found.gaps[0, 1])) <= ball(found.radius[0, 1])
        assert found.radius[0, 1] < 1e-13 * found.gaps[0, 1]


@pytest.mark.parametrize("activation", [library.softplus(), library.relu], ids=lambda a: a.name)
def test_equal_and_opposite_inputs(activation):
    """Duplicate rows give equal entries and no positive bound; opposite rows are within the errors."""
    X = np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    K = _gram(X)
    np.fill_diagonal(K, 1.0)
    for network in (Network(3), Network(3, c_res="1/2")):
        found = last_gram(activation, K, network)
        assert abs(found.values[0, 1] - found.values[0, 0]) <= 2 * found.error
        assert least_eigenvalue(found).lower <= 0
        opposite = last_entry(activation, [[1, -1], [-1, 1]], network, digits=8)
        assert _off(opposite, found.values[0, 2]) <= found.error + 1e-8


def test_results_are_exactly_symmetric():
    """Rounded and unequal diagonals give symmetric matrices, as the eigenvalue bounds need."""
    X = np.random.default_rng(1).standard_normal((12, 5))
    for K in (_gram(X) / 5, _gram(X / np.linalg.norm(X, axis=1)[:, None])):
        for activation in (library.softplus(), library.relu):
            for network in (Network(2), Network(3, c_res="1/2")):
                values = last_gram(activation, K, network).values
                assert np.array_equal(values, values.T)


def test_gaps_and_entries_agree():
    """diagonal - gaps is the Gram matrix."""
    X, network = _unit_rows(6), Network(4, c_res="1/2")
    found, K = last_gaps(library.tanh, unit_gaps(X), network), last_gram(library.tanh, _unit_gram(6), network)
    assert np.abs(found.diagonal - found.gaps - K.values).max() < 1e-15
    hidden = feature_gaps(library.tanh, unit_gaps(X), network, 2)
    assert np.abs(
        hidden.diagonal - hidden.gaps - feature_gram(library.tanh, _unit_gram(6), network, 2).values
    ).max() < (1e-14)


@settings(deadline=None, max_examples=8)
@given(st.integers(2, 8), st.integers(0, 10**6), st.sampled_from([Network(3), Network(3, c_res="1/2")]))
def test_least_eigenvalues_bracket_each_other(n, seed, network):
    """Bounds from entries and from gaps overlap and hold the eigenvalue of the midpoint matrix."""
    X = _unit_rows(n, 3, seed)
    K = last_gram(library.softplus(), _unit_gram(n, 3, seed), network)
    one, two = (
        least_eigenvalue(K),
        least_eigenvalue_of_gaps(last_gaps(library.softplus(), unit_gaps(X), network)),
    )
    middle = np.linalg.eigvalsh(K.values)[0]
    assert one.lower <= middle + 1e-14
    assert middle - 1e-14 <= one.upper
    assert max(one.lower, two.lower) <= min(one.upper, two.upper) + 1e-14


def test_a_wrong_eigenvalue_would_be_seen():
    """The least eigenvalue of a 2 x 2 Gram matrix is its gap: bounds from gaps hold it to eleven digits."""
    network = Network(40)
    gaps = last_gaps(library.softplus(), np.array([[0.0, 0.5], [0.5, 0.0]]), network)
    found = least_eigenvalue_of_gaps(gaps)
    assert found.lower <= gaps.gaps[0, 1] <= found.upper
    assert found.upper - found.lower <= 1e-11 * found.upper
    assert found.upper < 1e-19


def test_tensors_and_other_types():
    """float32 and integer arrays count as the numbers they are; tensors come back as tensors."""
    K = np.eye(2)
    want = last_gram(library.softplus(), K, Network(2)).values
    for given_ in (K.astype(np.float32), K.astype(int), [[1, 0], [0, 1]]):
        assert np.array_equal(last_gram(library.softplus(), given_, Network(2)).values, want)
    found = last_gram(library.relu, torch.eye(2), Network(2, c_res=1)).values
    assert isinstance(found, torch.Tensor)
    one = last_gram(library.softplus(), [[1.0]], Network(2)).values
    assert one.shape == (1, 1)


def test_great_depth_is_stable():
    """A residual network of 100 layers keeps its error at the unit roundoff and its diagonal bounded."""
    found = last_gram(library.softplus(), _unit_gram(5), Network(100, c_res="1/2"))
    scale = (0.5 / 100) ** 2
    assert found.error < 1e-14 * scale
    assert 0.1 < found.values[0, 0] / scale < 2


@pytest.mark.parametrize(
    "fields",
    [
        {"depth": 0},
        {"depth": 2.0},
        {"depth": True},
        {"depth": 2, "c_res": 0},
        {"depth": 2, "c_res": float("nan")},
        {"depth": 2, "normaliser": -1},
        {"depth": 2, "derivative_lag": 3},
        {"depth": 1, "derivative_lag": 2},
        {"depth": 2, "means": "both"},
    ],
    ids=str,
)
def test_bad_networks_are_refused(fields):
    """A network out of range is a ValueError that says what was expected."""
    with pytest.raises(ValueError, match="Expected"):
        Network(**fields)


@pytest.mark.parametrize(
    "K",
    [np.ones((2, 3)), np.full((2, 2), np.nan), [[1, 0.5], [0.2, 1]], [[1, 2], [2, 1]], np.ones((0, 0)), "K"],
    ids=str,
)
def test_bad_gram_matrices_are_refused(K):
    """No function returns a number for what is no Gram matrix."""
    for call in (
        lambda: last_gram(library.softplus(), K, Network(2)),
        lambda: feature_gram(library.relu, K, Network(2), 1),
        lambda: feature_mean(library.softplus(), K, Network(2), 1),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()


def test_other_bad_input_is_refused():
    """Layers out of range, residual networks without a layer, gaps and rows that are none, too few digits."""
    act = library.softplus()
    for call in (
        lambda: feature_gram(act, np.eye(2), Network(2), 3),
        lambda: last_gram(act, np.eye(2), Network(1, c_res=1)),
        lambda: last_gaps(act, [[0.0, 3.0], [3.0, 0.0]], Network(2)),
        lambda: last_gaps(act, [[0.0, 1.0], [0.5, 0.0]], Network(2)),
        lambda: last_gaps(library.relu, [[0.0, 1.0], [1.0, 0.0]], Network(2)),
        lambda: unit_gaps([[1.0, 1.0]]),
        lambda: unit_gaps([[math.nan]]),
        lambda: last_entry(act, [[1, 0], [0, 1]], Network(2), digits=0),
        lambda: least_eigenvalue_of_gaps(last_gaps(act, [[0.0]], Network(2))),
    ):
        with pytest.raises(ValueError, match="Expected"):
            call()
