"""Activations: the number systems agree, derivatives and constants are what they say, bad input."""

import math

import numpy as np
import pytest
import sympy
import torch
from flint import acb, arb
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import activations as library
from numerics.balls import precision

SMOOTH = [
    library.erf,
    library.gelu,
    library.softplus(),
    library.softplus(4),
    library.sigmoid,
    library.tanh,
    library.silu,
    library.sine,
    library.cosine,
    library.exponential,
    library.gaussian_bump,
    library.polynomial([1, "1/2", -3, 2]),
    library.hermite(5),
    library.affine(library.tanh, "1/3", -2, "1/2"),
]
KINKED = [
    library.relu,
    library.leaky_relu("1/10"),
    library.rectified_power(2),
    library.rectified_power(3),
    library.step,
    library.sign,
    library.absolute,
    library.affine(library.relu, 1, 2, -3),
]
ALL = SMOOTH + KINKED
POINTS = [-7.5, -1.25, -0.5, 0.0, 0.375, 2.0, 9.0]


@pytest.mark.parametrize("act", ALL, ids=lambda a: a.name)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_number_systems_agree(act, order):
    """numpy, torch, real balls, complex balls and sympy give the same value and derivatives."""
    values = act(np.array(POINTS), order)
    tensor = act(torch.tensor(POINTS, dtype=torch.float64), order).numpy()
    for x, value, other in zip(POINTS, values, tensor, strict=True):
        with precision(90):
            exact = act(arb(x), order)
            assert act.ball(acb(x), False, order).real.overlaps(exact)
            assert exact.is_finite()
            assert exact.rad() < 1e-15 * abs(exact).upper().max(arb(1))
        top = max(1.0, abs(float(exact.mid())))
        assert value == pytest.approx(float(exact.mid()), abs=2e-15 * top, rel=1e-14)
        assert other == pytest.approx(float(exact.mid()), abs=2e-15 * top, rel=1e-14)
        if order == 0:
            symbolic = complex(act(sympy.Rational(*float(x).as_integer_ratio())).evalf(25)).real
            assert symbolic == pytest.approx(value, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("act", ALL, ids=lambda a: a.name)
@pytest.mark.parametrize("order", [0, 1])
def test_derivatives_match_difference_quotients(act, order):
    """A central difference at 60 digits agrees to 1e-20 away from the kinks."""
    if order == 1 and act in KINKED[4:6]:
        return
    with precision(300):
        step = arb(2) ** -60
        for x in (-1.3, -0.4, 0.7, 2.2):
            slope = (act(x + step, order) - act(x - step, order)) / (2 * step)
            assert abs(slope - act(arb(x), order + 1)) < 1e-20


@pytest.mark.parametrize("act", [a for a in ALL if a.lipschitz or a.smoothness], ids=lambda a: a.name)
def test_constants_are_suprema(act):
    """No sampled derivative exceeds the constant, and one comes within 1e-3 of it."""
    z = np.concatenate([np.linspace(-12, 12, 24001), [40.0, -40.0]])
    for constant, order in ((act.lipschitz, 1), (act.smoothness, 2)):
        if constant is not None:
            seen = np.abs(act(z, order)).max()
            assert seen <= float(constant) * (1 + 1e-14)
            assert seen >= float(constant) * (1 - 1e-3)
            assert constant.ball(200).rad() < 1e-40
            assert constant.at


@pytest.mark.parametrize("act", [a for a in ALL if a.growth], ids=lambda a: a.name)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_growth_bounds_hold_in_the_strip(act, order):
    """|s^(m)(x + i y)| <= A + B |x|^k on a grid of the strip, up to 98 % of its width."""
    widths = [0.0] if not act.analytic else [0.0, 0.4, 0.98 * min(act.strip, 3.0)]
    if not act.analytic and order == 2:
        widths = [0.0]
    for width in widths:
        a, b, k = act.bound(width, order)
        for x in (-30.0, -2.0, 0.0, 0.5, 6.0):
            for y in (-width, 0.3 * width, width):
                value = act.ball(acb(x, y), False, order)
                assert value.abs_lower() <= a + b * arb(abs(x)) ** k


@given(st.floats(-30, 30))
@settings(max_examples=40, deadline=None)
def test_parity(x):
    """Even and odd activations are so to the last bit on floats."""
    for act in ALL:
        if act.parity == "even":
            assert act(x) == act(-x)
        if act.parity == "odd":
            assert act(x) == -act(-x)


def test_analytic_flag():
    """With the flag a kinked activation is NaN on a ball over the kink, and an entire one is finite."""
    over = acb(arb(0, 0.5), arb(0, 0.5))
    for act in KINKED:
        assert act.analytic is False
        assert not act.ball(over, True).is_finite()
    for act in (library.erf, library.tanh, library.softplus()):
        assert act.ball(over, True).is_finite()
    assert not library.tanh.ball(acb(0, arb(1.5, 0.2)), True).is_finite()
    assert not library.softplus().ball(acb(0, arb(3.1, 0.2)), True).is_finite()


def test_nan_and_integers():
    """NaN stays NaN, integers count as floats, float32 stays float32."""
    for act in ALL:
        assert math.isnan(float(act(math.nan)))
        assert act(np.array([1, 2])).dtype == np.float64
        assert act(np.ones(2, dtype=np.float32)).dtype == np.float32
        assert act(torch.ones(2)).dtype == torch.float32


def test_softplus_tensors_have_no_threshold():
    """torch.nn.functional.softplus(21) is wrong by 7.6e-10 in float64; ours is not."""
    at = torch.tensor([21.0], dtype=torch.float64)
    assert torch.nn.functional.softplus(at).item() == 21.0  # wrong
    assert library.softplus()(at).item() == pytest.approx(21 + math.exp(-21), abs=4e-15)  # right


def test_custom_activation():
    """A user's callable works on floats and balls, with its claims as fields."""
    cube = library.custom(
        "cube",
        [lambda z: z**3, lambda z: 3 * z**2],
        [lambda z, analytic: z**3, lambda z, analytic: 3 * z**2],
        strip=math.inf,
        parity="odd",
    )
    assert cube(np.array([2.0]))[0] == 8.0
    assert cube.ball(acb(2), True, 1).real == 12
    with pytest.raises(ValueError, match="order below 2"):
        cube(1.0, 2)


@pytest.mark.parametrize(
    "build",
    [
        lambda: library.softplus(0),
        lambda: library.softplus(math.nan),
        lambda: library.rectified_power(1),
        lambda: library.polynomial([]),
        lambda: library.polynomial([1, 0]),
        lambda: library.hermite(-1),
        lambda: library.affine(library.relu, 0, 0, 1),
        lambda: library.affine(library.relu, math.inf),
        lambda: library.custom("none", [], []),
        lambda: library.relu(1.0, 3),
        lambda: library.tanh.bound(1.6),
        library.exponential.bound,
    ],
)
def test_bad_input_is_refused(build):
    """One clear error for each bad parameter."""
    with pytest.raises(ValueError, match="Expected"):
        build()
