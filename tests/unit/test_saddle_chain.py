"""The chain of saddles: every arithmetic against the printed pieces, the others and autograd."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numerics.saddle_chain import SaddleChain

UNIT = st.fractions(0, 1, max_denominator=60)
SIZES = st.fractions(Fraction(1, 5), 4, max_denominator=12)


@st.composite
def chains(draw, largest=4):
    """A chain and a point of its octopus, all rational."""
    d, L, gamma, tau = draw(st.integers(1, largest)), draw(SIZES), draw(SIZES), draw(SIZES)
    k = draw(st.integers(0, d))
    x = []
    for j in range(d):
        t = draw(UNIT)
        size = 2 + 4 * t if j < k else 2 * t if j == k else t
        x.append(tau * size * draw(st.sampled_from([-1, 1])))
    return SaddleChain(d, L, gamma, tau), x


def printed(chain, x):
    """(7.6)-(7.10) on |x|, region by region, splines from their boundary data; with the number of settled."""
    L, c, tau, d = chain.L, chain.gamma, chain.tau, chain.d
    x = [abs(v) for v in x]

    def g1(y):
        s = y / tau - 1
        rest = (10 * c - 14 * L) / 3 * s**3 + (10 * L - 6 * c) / 4 * s**4
        return tau**2 * (-c - 2 * c * s - c * s**2 + rest)

    def g2(y):
        s = y / tau - 1
        return L - (L + c) * (10 * s**3 - 15 * s**4 + 6 * s**5)

    nu = 4 * L * tau**2 - g1(2 * tau)
    settled = next((j for j, v in enumerate(x) if v < 2 * tau), d)
    total = sum(L * (v - 4 * tau) ** 2 for v in x[:settled]) - settled * nu
    if settled == d:
        return total
    y, behind = x[settled], x[settled + 1 :]
    if y <= tau:
        return total - c * y**2 + sum(L * v**2 for v in behind)
    total += g1(y) + sum(L * v**2 for v in behind[1:])
    return total + (g2(y) * behind[0] ** 2 if behind else 0)


@settings(max_examples=150, deadline=None)
@given(chains())
def test_rational_values_are_those_of_the_printed_regions(case) -> None:
    """Exactly, in every region and dimension."""
    chain, x = case
    assert chain.value(x) == printed(chain, x)


@settings(max_examples=80, deadline=None)
@given(chains())
def test_one_formula_over_neighbours(case) -> None:
    """f = sum a(|x_j|) + sum (q(|x_{j-1}|) + gamma) x_j^2: the extension to R^d starts from it."""
    chain, x = case
    L, c, tau = chain.L, chain.gamma, chain.tau

    def a(v):
        v = abs(v)
        return -c * v**2 if v <= tau else chain.g1(v) if v <= 2 * tau else L * (v - 4 * tau) ** 2 - chain.nu

    def q(v):
        v = abs(v)
        return L if v <= tau else chain.g2(v) if v <= 2 * tau else -c

    coupling = sum((q(u) + c) * v**2 for u, v in pairwise(x))
    assert chain.value(x) == sum(map(a, x)) + coupling


@settings(max_examples=80, deadline=None)
@given(chains())
def test_balls_enclose_the_rationals(case) -> None:
    """A ball for one constant turns everything into balls, around the exact value."""
    chain, x = case
    assume(all(abs(v) / chain.tau not in (1, 2, 6) for v in x))  # 1/3 is not a point in balls
    ball = SaddleChain(chain.d, arb(str(chain.L.numerator)) / chain.L.denominator, chain.gamma, chain.tau)

    def inside(enclosure, exact):
        return isinstance(enclosure, arb) and (enclosure - arb(exact.numerator) / exact.denominator).contains(
            0
        )

    value, gradient = ball.value(x), ball.gradient(x)
    assert inside(value, chain.value(x))
    assert all(inside(*pair) for pair in zip(gradient, chain.gradient(x), strict=True))


@settings(max_examples=60, deadline=None)
@given(chains())
def test_numpy_torch_and_autograd_agree(case) -> None:
    """Floats of numpy and torch against the exact values, gradients against torch's, Hessians as well."""
    chain, x = case
    point = np.array([[float(v) for v in x]])
    size = float(chain.d * (chain.L + chain.gamma) * chain.tau**2) + 1
    tensor = torch.tensor(point, requires_grad=True)
    value = chain.values(tensor)
    np.testing.assert_allclose(chain.values(point)[0], float(chain.value(x)), rtol=1e-10, atol=1e-12 * size)
    np.testing.assert_allclose(value.item(), chain.values(point)[0], rtol=1e-12, atol=1e-12 * size)
    exact = [float(v) for v in chain.gradient(x)]
    np.testing.assert_allclose(chain.gradients(point)[0], exact, rtol=1e-9, atol=1e-10 * size)
    np.testing.assert_allclose(chain.gradients(tensor.detach())[0], exact, rtol=1e-9, atol=1e-10 * size)
    (slope,) = torch.autograd.grad(value.sum(), tensor)
    np.testing.assert_allclose(slope[0], exact, rtol=1e-9, atol=1e-9 * size)


@settings(max_examples=60, deadline=None)
@given(chains(3))
def test_hessian_is_the_derivative_of_the_gradient(case) -> None:
    """In rationals, by central differences of fourth order, off the interfaces."""
    chain, x = case
    tau, h = chain.tau, chain.tau / 10**5
    places = [abs(v) / tau for v in x]
    assume(all(abs(p - end) > Fraction(1, 10**4) for p in places for end in (0, 1, 2, 6)))
    hessian = chain.hessian(x)
    for j in range(chain.d):
        steps = {n: chain.gradient([v + n * h * (i == j) for i, v in enumerate(x)]) for n in (-2, -1, 1, 2)}
        for i in range(chain.d):
            central = (8 * (steps[1][i] - steps[-1][i]) - steps[2][i] + steps[-2][i]) / (12 * h)
            assert abs(central - hessian[i][j]) <= Fraction(1, 10**12) * (chain.L + chain.gamma)
            assert hessian[i][j] == hessian[j][i]


@settings(max_examples=60, deadline=None)
@given(chains(), st.data())
def test_mirror_images(case, data) -> None:
    """Changing signs leaves f alone, and carries the gradient and the Hessian along."""
    chain, x = case
    signs = [data.draw(st.sampled_from([-1, 1])) for _ in x]
    y = [s * v for s, v in zip(signs, x, strict=True)]
    assert chain.value(y) == chain.value(x)
    assert chain.gradient(y) == [s * g for s, g in zip(signs, chain.gradient(x), strict=True)]
    rows = chain.hessian(x)
    turned = [[signs[i] * signs[j] * rows[i][j] for j in range(chain.d)] for i in range(chain.d)]
    assert chain.hessian(y) == turned


@settings(max_examples=60, deadline=None)
@given(chains())
def test_length_scales_out(case) -> None:
    """f(x; tau) = tau^2 f(x/tau; 1): gradients scale with tau, Hessians not at all."""
    chain, x = case
    unit = SaddleChain(chain.d, chain.L, chain.gamma, 1)
    y = [v / chain.tau for v in x]
    assert chain.value(x) == chain.tau**2 * unit.value(y)
    assert chain.gradient(x) == [chain.tau * g for g in unit.gradient(y)]
    assert chain.hessian(x) == unit.hessian(y)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("place", [1, 2])
def test_second_order_contact_at_the_interfaces(d: int, place: int) -> None:
    """Value, gradient and Hessian on both sides of |x_k| = tau and 2 tau, at distance 10^-9."""
    chain, eps = SaddleChain(d, 3, 1, 2), Fraction(1, 10**9)
    for k in range(d):
        rest = [Fraction(8, 5)] * (d - k - 1)
        sides = [[*[Fraction(7)] * k, 2 * (place + s * eps), *rest] for s in (-1, 1)]
        below, above = (
            [chain.value(x), *chain.gradient(x), *(h for row in chain.hessian(x) for h in row)] for x in sides
        )
        assert chain.region(sides[0]) == (k, place == 2)
        assert chain.region(sides[1]) == ((k, True) if place == 1 else (k + 1, False))
        assert max(abs(a - b) for a, b in zip(below, above, strict=True)) <= 10**4 * eps


def test_arrays_on_the_face_of_a_corner() -> None:
    """(2 tau, v) with v > tau is settled: the face belongs to the box beyond it there."""
    chain = SaddleChain(2, 3, 1, 1)
    corner = [(2, Fraction(3, 2)), (2, 2), (-2, 4), (2, Fraction(1, 2))]
    points = np.array([[float(v) for v in x] for x in corner])
    np.testing.assert_allclose(chain.values(points), [float(chain.value(x)) for x in corner], rtol=1e-14)
    exact = [[float(g) for g in chain.gradient(x)] for x in corner]
    np.testing.assert_allclose(chain.gradients(points), exact, rtol=1e-14, atol=1e-14)


def test_interfaces_belong_to_the_earlier_region() -> None:
    """Rational points on a face, and at the ends of the chain."""
    chain = SaddleChain(3, 3, 1, 1)
    assert chain.region((1, 0, 0)) == (0, False)
    assert chain.region((2, 1, 0)) == (0, True)
    assert chain.region((2, Fraction(3, 2), 0)) == (1, True)
    assert chain.region((4, 4, 2)) == (2, True)
    assert chain.region((4, 4, 6)) == (3, False)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_regions_cover_the_tube_and_nothing_else(d: int) -> None:
    """Membership on a grid against the d + 1 boxes of (7.5)."""
    chain = SaddleChain(d, 3, 1, 1)
    grid = [Fraction(n, 2) for n in range(-3, 14)]
    for x in product(grid, repeat=d):
        boxes = [
            all(2 <= v <= 6 for v in x[:i])
            and all(0 <= v <= 2 for v in x[i : i + 1])
            and all(0 <= v <= 1 for v in x[i + 1 :])
            for i in range(d + 1)
        ]
        assert chain.in_tube(x) == any(boxes)
        assert chain.in_octopus(x) == chain.in_tube([abs(v) for v in x])


@pytest.mark.parametrize("d", [1, 2, 4])
def test_critical_points(d: int) -> None:
    """(4 tau, ..., 4 tau, 0, ..., 0): values -k nu, one negative curvature -2 gamma but for the last."""
    chain = SaddleChain(d, Fraction(5, 2), 1, Fraction(3, 2))
    for k in range(d + 1):
        x = [6] * k + [0] * (d - k)
        assert chain.value(x) == -k * chain.nu
        assert not any(chain.gradient(x))
        diagonal = [chain.hessian(x)[j][j] for j in range(d)]
        assert diagonal == [-2 if j == k else 5 for j in range(d)]


def test_splines_have_their_boundary_data() -> None:
    """Lemma 7.4, and nu = tau^2 (37 L + 13 gamma)/6."""
    L, c, tau = Fraction(3), Fraction(1, 2), Fraction(7, 4)
    chain = SaddleChain(1, L, c, tau)
    assert [chain.g1(tau, n) for n in range(3)] == [-c * tau**2, -2 * c * tau, -2 * c]
    assert [chain.g1(2 * tau, n) for n in (1, 2)] == [-4 * L * tau, 2 * L]
    assert [chain.g2(tau, n) for n in range(3)] == [L, 0, 0]
    assert [chain.g2(2 * tau, n) for n in range(3)] == [-c, 0, 0]
    assert chain.nu == tau**2 * (37 * L + 13 * c) / 6


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ((0, 3, 1, 1), "dimension d >= 1"),
        ((True, 3, 1, 1), "dimension d >= 1"),
        ((2.0, 3, 1, 1), "dimension d >= 1"),
        ((2, 0, 1, 1), "L > 0"),
        ((2, 3, -1, 1), "gamma > 0"),
        ((2, 3, 1, float("nan")), "tau > 0"),
    ],
)
def test_bad_constants(constants, message: str) -> None:
    """Constants are positive numbers, the dimension an integer."""
    with pytest.raises(ValueError, match=message):
        SaddleChain(*constants)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ((1,), "a point of 2 numbers"),
        ((0, 2), "coordinate 1"),
        ((7, 0), "6 tau"),
        ((float("nan"), 0.0), "is not a number"),
        ((arb(1, 0.1), 0), "straddles"),
        ((Fraction(3, 2), Fraction(3, 2)), "coordinate 1"),
    ],
)
def test_bad_points(point, message: str) -> None:
    """Wrong length, outside the octopus, not a number, or a ball across an interface."""
    chain = SaddleChain(2, 3, 1, 1)
    for method in (chain.value, chain.gradient, chain.hessian):
        with pytest.raises(ValueError, match=message):
            method(point)


@pytest.mark.parametrize("method", ["values", "gradients"])
def test_bad_arrays(method: str) -> None:
    """Arrays of numpy or torch with d columns."""
    evaluate = getattr(SaddleChain(2, 3, 1, 1), method)
    with pytest.raises(ValueError, match="numpy or torch"):
        evaluate([[1.0, 0.0]])
    with pytest.raises(ValueError, match="shape"):
        evaluate(np.zeros((3, 3)))


@pytest.mark.parametrize("order", [-1, True, 1.0])
def test_bad_orders(order) -> None:
    """Orders of derivatives are integers >= 0."""
    with pytest.raises(ValueError, match="order of derivative"):
        SaddleChain(1, 3, 1, 1).g1(Fraction(3, 2), order)
