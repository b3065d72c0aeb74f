"""Gaussian expectations: closed forms, four rigorous routes and independent quadrature agree; bad input."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import activations as library
from numerics.balls import contains, precision
from numerics.dual import (
    dual,
    dual_ball,
    dual_exact,
    dual_gradient,
    dual_gradient_ball,
    dual_lipschitz,
    expectation,
    expectation_ball,
    expectation_exact,
    hermite_coefficients,
    hermite_exact,
)
from numerics.gaussian import absolute_moment

CLOSED = [
    library.erf,
    library.gelu,
    library.sine,
    library.cosine,
    library.gaussian_bump,
    library.polynomial([1, -2, "1/2", 3]),
    library.hermite(4),
    library.affine(library.gelu, "1/2", -2, "3/2"),
    library.affine(library.sine, 1, 3, -1),
]
KINKED = [
    library.relu,
    library.leaky_relu("1/10"),
    library.absolute,
    library.step,
    library.sign,
    library.rectified_power(2),
    library.rectified_power(3),
    library.affine(library.relu, 1, 2, -3),
]
SERIES = [library.softplus(), library.softplus(3), library.tanh, library.sigmoid, library.silu]
ORDERS = [(0, 0), (1, 1), (0, 1), (1, 0), (2, 0), (0, 2)]
HALF = Fraction(1, 2)
# (q1, c, q2): independent, positive, negative, unequal, singular both ways, tiny, large.
GRID = [
    (1, 0, 1),
    (1, HALF, 1),
    (1, Fraction(-9, 10), 1),
    (Fraction(1, 4), Fraction(3, 10), 2),
    (1, 1, 1),
    (1, -2, 4),
    (Fraction(1, 10**12), Fraction(1, 10**13), Fraction(1, 10**12)),
    (30, 10, 40),
]


def _matrix(q1, c, q2):
    return [[q1, c], [c, q2]]


@pytest.mark.parametrize("act", CLOSED, ids=lambda a: a.name)
@pytest.mark.parametrize("A", GRID, ids=str)
def test_closed_forms_match_trapezoidal_sums(act, A):
    """Closed forms in balls overlap the sums at 40 digits for all pairs of derivatives."""
    singular = A[1] ** 2 == A[0] * A[2]
    for orders in ORDERS:
        closed = dual_ball(act, _matrix(*A), digits=40, orders=orders)
        other = dual_ball(
            act, _matrix(*A), digits=40, orders=orders, method="line" if singular else "lattice"
        )
        assert closed.overlaps(other)


@pytest.mark.parametrize("act", [*SERIES, library.gelu, library.erf], ids=lambda a: a.name)
def test_three_routes_agree(act):
    """Lattice, product grid and Hermite series overlap, at unequal variances and near rho = 1."""
    for A, orders in itertools.product([(1, HALF, 1), (2, -1, "3/4"), (1, "0.999", 1)], [(0, 0), (0, 1)]):
        found = [
            dual_ball(act, _matrix(*A), digits=18, orders=orders, method=method)
            for method in ("lattice", "grid", "series")
        ]
        assert all(x.overlaps(y) for x, y in itertools.combinations(found, 2))


def _mp(act, z, order=0):
    if act.name.startswith("softplus"):
        return mpmath.log1p(mpmath.exp(z)) if order == 0 else 1 / (1 + mpmath.exp(-z))
    if act.name == "tanh":
        return mpmath.tanh(z) if order == 0 else mpmath.sech(z) ** 2
    s = 1 / (1 + mpmath.exp(-z))
    return z * s if order == 0 else s + z * s * (1 - s)


@pytest.mark.parametrize("act", [library.softplus(), library.tanh, library.silu], ids=lambda a: a.name)
@pytest.mark.parametrize("rho", ["1/2", "-9/10"])
def test_balls_match_50_digit_quadrature(act, rho):
    """A plain double sum in mpmath, without any of our code, agrees to 48 digits."""
    ball = dual_ball(act, _matrix(1, rho, 1), digits=50)
    with mpmath.workdps(54):
        r = mpmath.mpf(Fraction(rho).numerator) / Fraction(rho).denominator
        s, h = mpmath.sqrt(1 - r * r), mpmath.mpf(1) / 8
        if act.name == "tanh":
            h /= 2
        n = int(15.5 / h)
        left = [_mp(act, k * h) * mpmath.exp(-((k * h) ** 2) / 2) for k in range(-n, n + 1)]
        # On the lattice of (x, y) the values of s(y) are shared by all rows.
        right = [_mp(act, k * h) for k in range(-n, n + 1)]
        width = int(15.5 * float(s) / h)
        total = mpmath.mpf(0)
        for i, x in enumerate(left):
            centre = round(float(r) * (i - n)) + n
            lo, hi = max(0, centre - width), min(2 * n, centre + width)
            if x != 0:
                total += x * mpmath.fsum(
                    right[j] * mpmath.exp(-((((j - n) - r * (i - n)) * h / s) ** 2) / 2)
                    for j in range(lo, hi + 1)
                )
        numeric = total * h * h / (2 * mpmath.pi * s)
        with precision(220):
            assert abs(ball - arb(mpmath.nstr(numeric, 54))) < 1e-45


@pytest.mark.parametrize("act", [library.softplus(), library.tanh, library.silu], ids=lambda a: a.name)
@pytest.mark.parametrize("sign", [1, -1])
def test_singular_covariances_match_quadrature(act, sign):
    """At rho = +-1 with variances 1 and 4 mpmath.quad in one dimension agrees to 40 digits."""
    ball = dual_ball(act, _matrix(1, 2 * sign, 4), digits=42, orders=(0, 1))
    with mpmath.workdps(45):
        numeric = mpmath.quad(
            lambda z: _mp(act, z) * _mp(act, 2 * sign * z, 1) * mpmath.npdf(z), [-15, -7, -2, 0, 2, 7, 15]
        )
        with precision(200):
            assert abs(ball - arb(mpmath.nstr(numeric, 45))) < 1e-38


@pytest.mark.parametrize("rho", ["0", "1/2", "-9/10", "99/100"])
def test_kinked_closed_forms_match_conditional_quadrature(rho):
    """ReLU, step and abs against int g(x) E[g(y) | x] phi(x) dx with textbook inner formulas, 30 digits."""
    with mpmath.workdps(34):
        r = mpmath.mpf(Fraction(rho).numerator) / Fraction(rho).denominator
        s = mpmath.sqrt(1 - r * r)

        def inner_relu(x):
            return r * x * mpmath.ncdf(r * x / s) + s * mpmath.npdf(r * x / s)

        def inner_abs(x):
            return 2 * inner_relu(x) - r * x

        cuts = [0, 1, 3, 6, 13]
        relu = mpmath.quad(lambda x: x * inner_relu(x) * mpmath.npdf(x), cuts)
        step = mpmath.quad(lambda x: mpmath.ncdf(r * x / s) * mpmath.npdf(x), cuts)
        both = 2 * mpmath.quad(lambda x: x * (inner_abs(x) + inner_abs(-x)) / 2 * mpmath.npdf(x), cuts)
        for act, numeric in ((library.relu, relu), (library.step, step), (library.absolute, both)):
            with precision(160):
                assert abs(dual_ball(act, _matrix(1, rho, 1)) - arb(mpmath.nstr(numeric, 34))) < 1e-26


@pytest.mark.parametrize("act", [*CLOSED, *KINKED, library.exponential, *SERIES], ids=lambda a: a.name)
def test_gradients_match_difference_quotients(act):
    """Price's identities against central differences at 60 digits, with kinks and jumps."""
    base, step = [Fraction(1), Fraction(3, 10), Fraction(1, 2)], Fraction(1, 10**12)
    digits = 24 if act.closed is None else 60
    step = Fraction(1, 10**6) if act.closed is None else step
    gradient = dual_gradient_ball(act, _matrix(*base), digits=30)
    for i, slope in enumerate(gradient):
        ends = []
        for sign in (1, -1):
            moved = list(base)
            moved[i] += sign * step
            ends.append(dual_ball(act, _matrix(*moved), digits=digits))
        with precision(260):
            quotient = (ends[0] - ends[1]) / (2 * arb(step.numerator) / step.denominator)
            assert abs(quotient - slope) < (1e-17 if act.closed is not None else 1e-9) * max(
                1, abs(float(slope.mid()))
            )


@pytest.mark.parametrize("act", [*CLOSED, *KINKED, *SERIES, library.exponential], ids=lambda a: a.name)
def test_means_and_zero_variance(act):
    """E s(z) is the mixed case with a constant; at variance 0 it is s(0), exactly the point value."""
    for order in (0, 1) if act in KINKED[3:5] else (0, 1, 2):
        if act.breakpoints and order == 2:
            continue
        assert expectation_ball(act, 0, order=order).overlaps(act(arb(0), order))
    product = dual_ball(act, [[0, 0], [0, 2]])
    with precision(140):
        assert product.overlaps(act(arb(0)) * expectation_ball(act, 2))
    assert dual_ball(act, [[0, 0], [0, 0]]).overlaps(act(arb(0)) * act(arb(0)))


@pytest.mark.parametrize("act", [*CLOSED, *KINKED[:3]], ids=lambda a: a.name)
def test_hermite_coefficients(act):
    """Closed and exact coefficients agree, and their series at rho = 1/2 overlaps the dual."""
    row = hermite_coefficients(act, 40, variance="3/2", digits=40)
    for k in (0, 1, 2, 3, 4, 7):
        exact = sympy.N(hermite_exact(act, k, variance="3/2"), 45)
        with precision(160):
            assert abs(row[k] - arb(str(exact))) < 1e-38
    series = dual_ball(act, _matrix("3/2", "3/4", "3/2"), digits=12, method="series")
    assert series.overlaps(dual_ball(act, _matrix("3/2", "3/4", "3/2"), digits=30))


@pytest.mark.parametrize("act", [*CLOSED, *KINKED, library.exponential], ids=lambda a: a.name)
def test_sympy_forms_match_balls(act):
    """The exact expressions, evaluated to 40 digits, lie in the balls."""
    for A in (_matrix(1, HALF, 1), _matrix(1, -2, 4)):
        for orders in ((0, 0), (1, 1)):
            if A[0][1] == -2 and orders == (1, 1) and act in KINKED[3:5]:
                continue
            exact = sympy.N(dual_exact(act, A, orders=orders), 40)
            with precision(160):
                assert abs(dual_ball(act, A, digits=34, orders=orders) - arb(str(exact))) < 1e-30
    assert float(expectation_exact(act, 2).evalf()) == pytest.approx(expectation(act, 2), abs=1e-13)


@given(
    st.fractions(min_value="1/50", max_value=20),
    st.fractions(min_value="1/50", max_value=20),
    st.fractions(min_value=-1, max_value=1),
    st.sampled_from([*CLOSED[:5], *KINKED[:5], library.softplus(), library.tanh]),
)
@settings(max_examples=60, deadline=None)
def test_symmetry_cauchy_schwarz_and_definiteness(q1, q2, t, act):
    """D(u, v) = D(v, u), |D| <= the geometric mean, so that 2 x 2 Gram matrices are positive semidefinite."""
    c = t * min(q1, q2)
    found = dual_ball(act, _matrix(q1, c, q2), digits=20)
    assert found.overlaps(dual_ball(act, _matrix(q2, c, q1), digits=20))
    first, second = (dual_ball(act, _matrix(q, q, q), digits=20) for q in (q1, q2))
    assert not found * found > first * second


@given(st.fractions(min_value="1/100", max_value=100), st.fractions(min_value=-1, max_value=1))
@settings(max_examples=30, deadline=None)
def test_scaling(factor, rho):
    """ReLU is homogeneous of degree 1 in A, and s(c z) at A is s at c^2 A."""
    base = dual_ball(library.relu, _matrix(1, rho, 1))
    scaled = dual_ball(library.relu, _matrix(factor, factor * rho, factor))
    with precision(150):
        assert scaled.overlaps(base * arb(factor.numerator) / factor.denominator)
    wide = library.affine(library.tanh, 0, 1, 2)
    assert dual_ball(wide, _matrix(1, rho, 1), digits=20).overlaps(
        dual_ball(library.tanh, _matrix(4, 4 * rho, 4), digits=20)
    )


@pytest.mark.parametrize(
    "act", [library.softplus(), library.tanh, library.gelu, library.relu], ids=lambda a: a.name
)
@pytest.mark.parametrize("rho", ["1/3", "0.9999", "1"])
def test_more_digits_are_inside_fewer(act, rho):
    """The radius meets the request at every number of digits, and the enclosures are compatible."""
    found = []
    for digits in (1, 5, 15, 40, 80 if rho == "1/3" else 50):
        ball = dual_ball(act, _matrix(1, rho, 1), digits=digits)
        assert ball.rad() <= arb(10) ** -digits
        found.append(ball)
    assert all(x.overlaps(y) for x, y in itertools.combinations(found, 2))


def test_huge_variances():
    """Softplus at variance 10^6 is ReLU up to its defect; the exponential and ReLU at 10^40 are exact."""
    ball = dual_ball(library.softplus(), _matrix(10**6, 5 * 10**5, 10**6), digits=12)
    relu = dual_ball(library.relu, _matrix(10**6, 5 * 10**5, 10**6), digits=12)
    assert relu < ball < relu + 2
    big = 10**40
    assert contains(dual_ball(library.relu, _matrix(big, big, big)), big // 2)
    assert dual_ball(library.erf, _matrix(big, -big, big)).overlaps(
        -dual_ball(library.erf, _matrix(big, big, big))
    )


def test_ball_entries_enclose_their_members():
    """With entries that are balls the result contains the values at random members, also near rho = 1."""
    rng = np.random.default_rng(0)
    for act in (library.softplus(), library.tanh, library.gelu, library.relu):
        for centre in (0.4, 0.99):
            A = _matrix(arb(1, 1e-6), arb(centre, 1e-6), arb(1.5, 1e-6))
            wide = dual_ball(act, A, digits=15)
            assert wide.rad() < 1e-3
            for _ in range(3):
                q1, c, q2 = np.array([1, centre, 1.5]) + rng.uniform(-1e-6, 1e-6, 3)
                assert wide.overlaps(dual_ball(act, _matrix(float(q1), float(c), float(q2)), digits=15))


def test_rounded_correlations_count_as_one():
    """c = 1 + 2^-44 at variances 1 is rho = 1 (the stated tolerance); 1 + 2^-30 is refused."""
    assert dual(library.tanh, _matrix(1.0, 1 + 2.0**-44, 1.0)) == dual(library.tanh, _matrix(1, 1, 1))
    with pytest.raises(ValueError, match="Expected a covariance"):
        dual(library.tanh, _matrix(1.0, 1 + 2.0**-30, 1.0))


def test_custom_kinked_activation():
    """A user's clipped line: its mean, and its dual by Hermite series with an honest refusal of more."""
    hat = library.custom(
        "hat",
        [lambda z: np.maximum(1 - np.abs(z), 0)],
        [lambda z, analytic: library.relu.ball(1 - library.absolute.ball(z, analytic), analytic)],
        growth=lambda width, order: (arb(1), arb(0), 0),
        breakpoints=[-1, 0, 1],
        parity="even",
    )
    with mpmath.workdps(25):
        mean = 2 * mpmath.quad(lambda z: (1 - z) * mpmath.npdf(z), [0, 1])
    assert float(expectation_ball(hat, 1, digits=15).mid()) == pytest.approx(float(mean), abs=1e-15)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 400_000))
    sample = hat(x) * hat(x / 4 + math.sqrt(15 / 16) * y)
    found = float(dual_ball(hat, _matrix(1, "1/4", 1), digits=5).mid())
    assert abs(sample.mean() - found) < 5 * sample.std() / math.sqrt(len(sample))
    with pytest.raises(ValueError, match="Expected"):
        dual_ball(hat, _matrix(1, "0.999", 1), digits=15)


def test_lipschitz_constant():
    """The corrected constant of a box bounds the slopes seen at random covariances of the box."""
    rng = np.random.default_rng(0)
    for act in (library.softplus(), library.tanh, library.erf):
        limit = float(dual_lipschitz(act, 2))
        for _ in range(5):
            q1, q2 = rng.uniform(0.1, 2, 2)
            slopes = dual_gradient(act, _matrix(q1, rng.uniform(-0.9, 0.9) * min(q1, q2), q2))
            assert sum(map(abs, slopes)) <= limit


def test_moment_cross_check():
    """E |z|^3 / 2 from the tools is E max(z, 0)^3 from the closed form."""
    assert expectation_exact(library.rectified_power(3), 2) == absolute_moment(3, 2) / 2


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "A",
    [
        [[1, 2], [2, 1]],
        [[-1, 0], [0, 1]],
        [[1, 0.5], [0.4, 1]],
        [[NAN, 0], [0, 1]],
        [[1, INF], [INF, 1]],
        [[0, 1], [1, 1]],
        [[1, 0, 0], [0, 1, 0]],
        [1, 2],
        3,
        "ab",
        [["x", 0], [0, 1]],
        np.eye(3),
    ],
)
def test_bad_covariances(A):
    """Indefinite, asymmetric, non-finite and misshapen covariances are refused in one line."""
    with pytest.raises(ValueError, match="Expected") as caught:
        dual_ball(library.softplus(), A)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), digits=0),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), digits=True),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), orders=(2, 1)),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), orders=[0, 0]),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), method="magic"),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), method="closed"),
        lambda: dual_ball(library.tanh, _matrix(1, 0, 1), method="line"),
        lambda: dual_ball(library.step, _matrix(1, 1, 1), orders=(1, 1)),
        lambda: expectation_ball(library.tanh, -1),
        lambda: expectation_ball(library.tanh, NAN),
        lambda: expectation_ball(library.tanh, 1, order=3),
        lambda: expectation_exact(library.tanh, 1),
        lambda: dual_exact(library.tanh, _matrix(1, 0, 1)),
        lambda: dual_lipschitz(library.relu, 1),
        lambda: hermite_coefficients(library.tanh, -1),
        lambda: hermite_coefficients(library.tanh, 3, variance=0),
        lambda: hermite_exact(library.tanh, 3),
    ],
)
def test_bad_arguments(call):
    """Digits of 0, unknown orders or methods, missing closed forms and infinite values are refused."""
    with pytest.raises(ValueError, match="Expected"):
        call()


def test_balls_as_entries_keep_their_precision() -> None:
    """Entries that are sharp balls, and rationals beside them, are not rounded to the caller's precision."""
    with precision(400):
        third = arb(1) / 3
    exact = dual_ball(library.softplus(), [[1, "1/3"], ["1/3", 1]], digits=60)
    for entry in (third, "1/3"):
        found = dual_ball(library.softplus(), [[arb(1), entry], [entry, 1]], digits=60)
        assert found.overlaps(exact)
        assert found.rad() < 1e-55
