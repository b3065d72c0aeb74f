"""Gram matrices of activation patterns against exact loops, perturbations, and adversarial rounding."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import gram
from numerics.gram import (
    deviation_bound,
    drift,
    empirical_gram,
    interval_gram,
    one_input_supremum,
    pattern_changes,
    pattern_counts,
    torch_device,
)


def exact_dot(v, w):
    """Dot product of floats in Fractions."""
    return sum(Fraction(float(p)) * Fraction(float(q)) for p, q in zip(v, w, strict=True))


def brute_counts(W, X):
    """Pattern counts with every gate decided in Fractions."""
    gate = [[exact_dot(w, x) >= 0 for w in W] for x in X]
    return [[sum(p and q for p, q in zip(g, h, strict=True)) for h in gate] for g in gate]


def unit_inputs(rng, n, d):
    """Random unit inputs."""
    X = rng.standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


@given(st.integers(0, 10**6), st.sampled_from([np.float32, np.float64]), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_counts_match_exact_loops_with_many_ties(seed, dtype, chunk):
    """On a coarse grid, where many dot products are exactly zero, counts equal those of exact arithmetic."""
    rng = np.random.default_rng(seed)
    W, X = rng.integers(-2, 3, (9, 3)).astype(dtype) / 4, rng.integers(-2, 3, (4, 3)).astype(dtype) / 10
    assert pattern_counts(W, X, chunk=chunk, device="cpu").tolist() == brute_counts(W, X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_survive_cancellation(dtype):
    """Signs that rounded summation loses are decided exactly, and the interval covers both answers."""
    big = dtype(2.0**60)
    W = np.array([[big, 1, -big], [big, -1, -big], [-big, -1, big], [big, 0, -big]], dtype=dtype)
    X = np.ones((1, 3), dtype=dtype)
    assert pattern_counts(W, X, device="cpu").tolist() == [[2]]
    box = interval_gram(W, X, device="cpu")
    assert (box.lower_counts[0, 0], box.upper_counts[0, 0]) == (0, 4)


@pytest.mark.parametrize(("dtype", "bits"), [(np.float32, 24), (np.float64, 53)])
def test_counts_survive_a_wrong_nonzero_sum(dtype, bits):
    """The exact sum is 1/2, but absorbing the ones into 2^bits first gives -5/2: the sign is still right."""
    terms = [2.0**bits, 1.0, 1.0, 1.0, -(2.0**bits), -2.5]
    W = np.array([terms[k:] + terms[:k] for k in range(6)] + [terms[::-1]], dtype=dtype)
    X = np.ones((1, 6), dtype=dtype)
    assert (np.cumsum(W, axis=1)[:, -1] < 0).any()
    assert pattern_counts(W, X, device="cpu").tolist() == [[7]]
    assert interval_gram(W, X, device="cpu").upper_counts.tolist() == [[7]]


def test_counts_survive_overflow_and_underflow():
    """Partial sums that overflow and products that underflow do not decide a gate wrongly."""
    W = np.array([[1.7e308, 1.7e308, -1.7e308, -1.79e308], [1e-300, 0, 0, -2e-300]])
    X = np.array([[1.0, 1.0, 1.0, 1.0], [1e-300, 0, 0, 1e-301]])
    assert pattern_counts(W, X, device="cpu").tolist() == brute_counts(W, X)
    small = np.array([[1e-30, -3e-30], [2e-38, -1e-38]], dtype=np.float32)
    inputs = np.array([[1e-20, 1e-21], [1e-40, 3e-40]], dtype=np.float32)
    assert pattern_counts(small, inputs, device="cpu").tolist() == brute_counts(small, inputs)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_do_not_depend_on_chunks_or_streaming(dtype):
    """Any chunk size, and a generator of uneven parts, give the same integers."""
    rng = np.random.default_rng(1)
    W, X = rng.standard_normal((3001, 17)).astype(dtype), unit_inputs(rng, 6, 17).astype(dtype)
    X[1] = -X[0]
    whole = pattern_counts(W, X, device="cpu")
    for chunk in (1000, 77, 2999):
        assert np.array_equal(pattern_counts(W, X, chunk=chunk, device="cpu"), whole)
    parts = (W[i:j] for i, j in ((0, 1), (1, 900), (900, 3001)))
    assert np.array_equal(pattern_counts(parts, X, device="cpu"), whole)


def test_intervals_do_not_depend_on_chunks():
    """Counts of certain and possible pairs are the same integers for any chunk size, also across tiles."""
    rng = np.random.default_rng(8)
    for dtype in (np.float32, np.float64):
        W, X = rng.standard_normal((2500, 5)).astype(dtype), unit_inputs(rng, 7, 5).astype(dtype)
        W[::50] = 0
        whole = interval_gram(W, X, radius=0.01, device="cpu")
        assert (whole.lower_counts < whole.upper_counts).any()
        for chunk in (1, 333, 1500):
            part = interval_gram(W[:600], X, radius=0.01, chunk=chunk, device="cpu")
            rest = interval_gram(W[600:], X, radius=0.01, chunk=777, device="cpu")
            assert (part.lower_counts + rest.lower_counts == whole.lower_counts).all()
            assert (part.upper_counts + rest.upper_counts == whole.upper_counts).all()


def test_single_precision_doubt_is_settled_in_double():
    """float32 signs within float32's error of zero are decided by float64, so the interval is a point."""
    rng = np.random.default_rng(9)
    W, X = rng.standard_normal((20000, 30)).astype(np.float32), unit_inputs(rng, 20, 30).astype(np.float32)
    box = interval_gram(W, X, device="cpu")
    assert np.array_equal(box.lower_counts, box.upper_counts)
    assert np.array_equal(box.lower_counts, pattern_counts(W, X, device="cpu"))


def test_empirical_gram_is_the_average_of_gated_outer_products():
    """H equals (1/m) sum_r diag(g_r) X X^T diag(g_r)."""
    rng = np.random.default_rng(2)
    W, X = rng.standard_normal((50, 3)), rng.standard_normal((5, 3))
    gated = [(X * (X @ w >= 0)[:, None]) for w in W]
    expected = sum(g @ g.T for g in gated) / 50
    np.testing.assert_allclose(empirical_gram(W, X, device="cpu"), expected, atol=1e-14)


@given(st.integers(0, 10**6), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=25, deadline=None)
def test_interval_contains_the_exact_matrix(seed, dtype):
    """The exact rational H lies between lo and hi, which are close together."""
    rng = np.random.default_rng(seed)
    W, X = rng.standard_normal((6, 3)).astype(dtype), rng.standard_normal((3, 3)).astype(dtype)
    box, counts = interval_gram(W, X, device="cpu"), brute_counts(W, X)
    for i, j in np.ndindex(3, 3):
        inner = exact_dot(X[i], X[j])
        assert box.lower_counts[i, j] <= counts[i][j] <= box.upper_counts[i, j]
        assert Fraction(box.lo[i, j]) <= inner * counts[i][j] / 6 <= Fraction(box.hi[i, j])
    assert (box.hi - box.lo).max() < 1e-13 or (box.lower_counts != box.upper_counts).any()


def test_interval_with_radius_contains_every_matrix_of_the_ball():
    """Perturbed weights within the radius, pushed towards the kinks, stay inside the interval."""
    rng = np.random.default_rng(3)
    W, X, radius = rng.standard_normal((200, 3)), rng.standard_normal((4, 3)), 0.2
    box = interval_gram(W, X, radius=radius, device="cpu")
    for x in np.concatenate([X, -X]):
        H = empirical_gram(W - 0.9999999 * radius * x / np.linalg.norm(x), X, device="cpu")
        assert (box.lo <= H).all()
        assert (box.hi >= H).all()
    assert (box.lower_counts < box.upper_counts).any()


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=6), st.integers(0, 4))
def test_one_input_supremum_matches_enumeration(quarters, radius):
    """On a rational grid with boundary values, the supremum is the best over moves by multiples of R/8."""
    z, R = np.array([Fraction(k, 4) for k in quarters]), Fraction(radius, 4)
    moves = [R * Fraction(k, 8) for k in range(-8, 9)]
    off = sum(v >= 0 and any(v + s < 0 for s in moves) for v in z)
    on = sum(v < 0 and any(v + s >= 0 for s in moves) for v in z)
    assert one_input_supremum(z, R) == max(off, on)


def test_deviation_bound_holds_and_knows_its_boundary():
    """No perturbation in the closed ball exceeds the bound; z = -R flips, which the printed event misses."""
    rng = np.random.default_rng(4)
    W, X, R = rng.standard_normal((60, 3)), unit_inputs(rng, 4, 3), 0.3
    bound, start = deviation_bound(W, X, R), empirical_gram(W, X, device="cpu")
    for _ in range(30):
        step = R * unit_inputs(rng, 60, 3)
        assert (np.abs(empirical_gram(W + step, X, device="cpu") - start) <= bound.bound + 1e-12).all()
    edge = deviation_bound(np.array([[-0.5], [0.5]]), np.ones((1, 1)), 0.5)
    assert (edge.flip_counts.item(), edge.printed_counts.item(), edge.bound.item()) == (1, 0, 0.5)


def test_pattern_changes_and_drift_match_loops():
    """Changed gates are counted per input, drift is the largest row norm of the difference."""
    rng = np.random.default_rng(5)
    W0, X = rng.standard_normal((30, 2)), rng.standard_normal((3, 2))
    W1 = W0 + 0.5 * rng.standard_normal((30, 2))
    expected = [sum((p @ x >= 0) != (q @ x >= 0) for p, q in zip(W0, W1, strict=True)) for x in X]
    assert pattern_changes(W0, W1, X).tolist() == expected
    assert drift(W0, W1) == pytest.approx(max(np.hypot(*(q - p)) for p, q in zip(W0, W1, strict=True)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda W, X: pattern_counts(W * np.nan, X), r"finite entries but got W\[0, 0\]=nan"),
        (lambda W, X: pattern_counts(W, X + np.inf), r"finite entries but got X\[0, 0\]=inf"),
        (lambda W, X: pattern_counts(W[:0], X), "W of shape"),
        (lambda W, X: pattern_counts(W, X[:0]), "X of shape"),
        (lambda W, X: pattern_counts(iter([]), X), "at least one neuron"),
        (lambda W, X: pattern_counts(W[:, :1], X), "W of shape"),
        (lambda W, X: pattern_counts(W, X, chunk=0), r"chunk from 1 to 2\^24 but got chunk=0"),
        (lambda W, X: pattern_counts(W, X, chunk=2**24 + 1), "chunk from 1"),
        (lambda W, X: pattern_counts(W, X, device="tpu"), "device='tpu'"),
        (lambda W, X: interval_gram(W, X, radius=-1.0), "radius=-1.0"),
        (lambda W, X: deviation_bound(W, 2 * X, 0.1), r"unit inputs but got \|X\[0\]\|=2"),
        (lambda W, X: deviation_bound(W, X, float("nan")), "R=nan"),
        (lambda W, X: one_input_supremum(W[:, 0], -1.0), "R=-1.0"),
        (lambda W, X: pattern_changes(W, W[:1], X), "W1 of shape"),
        (lambda W, X: drift(W, W[:1]), "W1 of shape"),
    ],
)
def test_bad_inputs_are_named_in_one_line(call, message):
    """A bad argument raises ValueError with one clear line."""
    with pytest.raises(ValueError, match=message) as caught:
        call(np.ones((3, 2)), np.eye(2))
    assert "\n" not in str(caught.value)


def test_integers_and_fractions_are_refused():
    """Counts are defined for floats; other number types raise TypeError."""
    with pytest.raises(TypeError, match=r"float32 or float64 but got W\.dtype=object"):
        pattern_counts(np.array([[Fraction(1)]]), np.ones((1, 1)), device="cpu")


def test_asking_for_absent_cuda_is_an_error(monkeypatch):
    """device='cuda' without a CUDA device says so; 'auto' falls back to the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="torch finds none: use device='cpu'"):
        pattern_counts(np.ones((1, 1)), np.ones((1, 1)), device="cuda")
    assert torch_device("auto").type == "cpu"


def test_reduced_precision_products_are_refused():
    """With reduced-precision float32 products allowed, the error bound would not hold, so it is an error."""
    torch.set_float32_matmul_precision("high")
    try:
        with pytest.raises(RuntimeError, match="highest"):
            pattern_counts(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), device="cpu")
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_and_floats_count_the_same(dtype, monkeypatch):
    """The store of gates that a GPU uses gives the counts of the CPU's, for counts and intervals."""
    rng = np.random.default_rng(3)
    W, X = rng.standard_normal((1500, 4)).astype(dtype), unit_inputs(rng, 9, 4).astype(dtype)
    W[::7] = 0
    bits = pattern_counts(W, X, device="cpu"), interval_gram(W, X, device="cpu").upper_counts
    monkeypatch.setattr("numerics.gram._Bits", gram._Floats)
    floats = pattern_counts(W, X, device="cpu"), interval_gram(W, X, device="cpu").upper_counts
    assert all(np.array_equal(a, b) for a, b in zip(bits, floats, strict=True))
