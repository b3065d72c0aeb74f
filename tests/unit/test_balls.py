"""Balls: conversions, three-valued comparison, exact text form and the guarded integrals."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import acb, arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics import balls
from numerics.balls import ball, ball_abs, ball_relu, ball_step, certainly_less, integrate

RATIONALS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)


def _contains(enclosure, value: str) -> bool:
    """Whether an independent decimal of 45 digits overlaps an enclosure."""
    with balls.precision(300):
        return enclosure.overlaps(arb(value, arb("1e-44")))


def _call(f, a, b, **options):
    return {"f": f, "a": a, "b": b, **options}


def _quad(f, points) -> str:
    with mpmath.workdps(55):
        return mpmath.nstr(mpmath.quad(f, points), 45)


def test_precision_is_restored_after_an_exception():
    """An exception inside the context does not leave a changed precision behind."""
    before = ctx.prec
    with pytest.raises(KeyError), balls.precision(77):
        {}[ctx.prec]
    assert ctx.prec == before


@pytest.mark.parametrize("bits", [0, 1, -5, 2.5, True, 1 << 21])
def test_precision_refuses_odd_values(bits):
    """Only an integer number of bits from 2 to 2^20 is accepted."""
    with pytest.raises(ValueError, match="Expected a precision"), balls.precision(bits):
        pass


@given(RATIONALS)
def test_ball_encloses_the_rational(x):
    """The ball of a rational contains it, whether given as Fraction or as text."""
    for form in (x, f"{x.numerator}/{x.denominator}"):
        assert balls.contains(ball(form), x)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_ball_of_a_float_is_exact_at_any_precision(x):
    """A float is taken as the dyadic it is, without rounding, even at 10 bits."""
    with balls.precision(10):
        assert ball(x).is_exact()
        assert float(ball(x)) == x


@pytest.mark.parametrize(
    "x",
    [
        math.nan, math.inf, -math.inf, "nan", "inf", "1/0", "0.1 +/- 1", "", "1e999999", None, True, 1j, [1],
        arb.nan(), arb.pos_inf(), np.float32(0.5),
    ],
)  # fmt: skip
def test_ball_refuses_what_is_not_one_finite_number(x):
    """NaN, infinities, bool, complex, unknown types and malformed texts raise a one-line ValueError."""
    with pytest.raises(ValueError, match="Expected") as error:
        ball(x)
    assert "\n" not in str(error.value)


def test_decimal_text_is_exact():
    """The text 0.1 means one tenth, the float 0.1 does not."""
    assert balls.exact_rational("0.1") == Fraction(1, 10)
    assert balls.exact_rational(0.1) != Fraction(1, 10)


@given(RATIONALS, RATIONALS)
def test_comparison_agrees_with_the_rationals(x, y):
    """On narrow balls the three-valued comparison never contradicts exact arithmetic."""
    answer = certainly_less(ball(x), ball(y))
    assert answer is None or answer == (x < y)


def test_containment_is_exact():
    """A ball of 200 bits contains the rational it encloses, at any present precision; NaN contains none."""
    with balls.precision(200):
        third = ball("1/3")
    assert balls.contains(third, "1/3")
    assert not balls.contains(third, 1 / 3)
    assert not balls.contains(arb.nan(), 0)
    with pytest.raises(ValueError, match="Expected"):
        balls.exact_rational(third)


def test_comparison_is_undecided_on_overlap_and_nan():
    """Overlapping balls and NaN give None, in both directions."""
    for a, b in [(arb(0, 1), arb(0.5, 1)), (arb.nan(), arb(0)), (arb(0), arb.nan())]:
        assert certainly_less(a, b) is None
        assert certainly_less(b, a) is None
    assert certainly_less(arb(0, 1), arb(1.5)) is True
    assert certainly_less(arb(2), arb(2)) is False


@given(RATIONALS, st.integers(0, 2**30 - 1), st.integers(-500, 500), st.integers(20, 300))
def test_dyadic_text_round_trips(x, mantissa, exponent, bits):
    """Writing and reading a ball gives back the same midpoint and radius at another precision."""
    rad = f"{mantissa:#x}p{exponent:+d}"
    with balls.precision(bits):
        a = balls.from_dyadic(balls.to_dyadic(ball(x))[0], rad)
        text = balls.to_dyadic(a)
    with balls.precision(20):
        again = balls.from_dyadic(*text)
    assert balls.to_dyadic(again) == text
    assert a.rad() == arb((mantissa, exponent))


def test_dyadic_text_rounds_a_long_radius_up():
    """A radius with more bits than a ball can hold only ever grows."""
    wide = balls.from_dyadic("0x1p+0", f"{2**40 + 1:#x}p-50")
    assert wide.rad() >= arb((2**40 + 1, -50))


@pytest.mark.parametrize("text", ["", "1", "0x1", "0x1p3", 3, "nan"])
def test_dyadic_text_refuses_other_forms(text):
    """Malformed texts, negative radii and non-finite balls are errors."""
    with pytest.raises(ValueError, match="Expected a dyadic"):
        balls.from_dyadic(text, "0x0p+0")
    with pytest.raises(ValueError, match="radius"):
        balls.from_dyadic("0x1p+0", "-0x1p+0")
    with pytest.raises(ValueError, match="finite"):
        balls.to_dyadic(arb.nan())


@pytest.mark.parametrize(
    ("helper", "cut"),
    [
        (ball_abs, acb(arb(0.1, 1), 1)), (ball_relu, acb(arb(0.1, 1), 1)), (ball_step, acb(arb(0.1, 1), 1)),
        (balls.ball_sqrt, acb(-2, arb(0, 1))), (balls.ball_log, acb(-2, arb(0, 1))),
        (balls.ball_acos, acb(2, arb(0, 1))), (balls.ball_acos, acb(-1, arb(0))),
    ],
)  # fmt: skip
def test_helpers_refuse_the_cut_only_when_analytic(helper, cut):
    """A helper is non-finite on its cut with analytic=True, and finite away from it."""
    assert not balls.finite(helper(cut, True))
    assert balls.finite(helper(acb(0.5, 0.25), True))


def test_step_is_one_at_zero_and_an_interval_when_undecided():
    """The indicator convention of the papers: 1 at 0."""
    assert ball_step(acb(0), False).real == 1
    assert ball_step(acb(arb(0, 1)), False).real.contains(1)
    assert ball_step(acb(arb(0, 1)), False).real.contains(0)


def test_integral_of_a_smooth_function():
    """The enclosure contains an independent 50-digit quadrature and is tight."""
    value = integrate(lambda z, _: z.exp() * z.cos(), "-1/2", 2, bits=160)
    assert value.rad() < 1e-40
    assert _contains(value, _quad(lambda x: mpmath.exp(x) * mpmath.cos(x), [-0.5, 2]))


@given(st.fractions(min_value=-1, max_value=1, max_denominator=50))
@settings(max_examples=20, deadline=None)
def test_kinks_are_integrated_exactly(t):
    """The integral of relu(z - t)^p over [-1, 1] contains its value, with and without a breakpoint."""
    for p in (1, 2):
        exact = (1 - t) ** (p + 1) / (p + 1)
        inside = [t] if -1 < t < 1 else []
        for cuts in ([], inside):
            value = integrate(
                lambda z, a, p=p: ball_relu(z - ball(t), a) ** p, -1, 1, bits=80, breakpoints=cuts
            )
            assert balls.contains(value, exact)
            assert value.rad() < 1e-15


@pytest.mark.parametrize("t", ["0", "1/3", "0.9", "-0.99"])
@pytest.mark.parametrize(
    "f",
    [
        lambda z: ball_abs(z, False),
        lambda z: ball_relu(z, False),
        lambda z: ball_step(z, False),
        lambda z: ball_relu(z, False) ** 3,
        lambda z: z * ball_abs(z, False),
        lambda z: acb(z.real) ** 2,
        lambda z: acb(z.real, -z.imag),
    ],
)
def test_an_ignored_flag_is_caught(f, t):
    """Integrands that ignore the flag on or beside the middle of the range raise instead of misproving."""
    with pytest.raises(ValueError, match="honours its `analytic` flag"):
        integrate(lambda z, _: f(z - ball(t)), -1, 1, bits=64)


def test_an_ignored_branch_cut_outside_the_range_is_caught():
    """sqrt without the flag is wrong on [1, 4] although the path stays off the cut."""
    with pytest.raises(ValueError, match="honours"):
        integrate(lambda z, _: z.sqrt(), 1, 4, bits=64)
    assert integrate(balls.ball_sqrt, 1, 4, bits=64).overlaps(arb(14) / 3)


def test_gaussian_expectation_catches_a_kink_behind_the_weight():
    """The growth of exp(-z^2/2) off the real line does not hide |z| from the guard."""
    with pytest.raises(ValueError, match="honours"):
        balls.gaussian_expectation(lambda z, _: ball_abs(z, False), bits=64, growth=(0, 1, 1))


@pytest.mark.parametrize(
    "f",
    [
        lambda z, a: (-z * z).exp(), lambda z, a: 1 / (1 + 25 * z * z), lambda z, a: z.erf() * (10 * z).sin(),
        lambda z, a: balls.ball_log(1 + z * z, a), lambda z, a: z**20, lambda z, a: z.tanh() ** 2,
        lambda z, a: ball_abs((7 * z).sin(), a), lambda z, a: balls.ball_acos(z / 3, a),
    ],
)  # fmt: skip
def test_no_false_alarm_on_honest_integrands(f):
    """The guard never raises where the flag is honoured."""
    assert balls.finite(integrate(f, -2, 3, bits=64))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (_call(lambda z: z, 0, 1), "f\\(z, analytic\\)"),
        (_call(lambda z, a: z.real, 0, 1), "returns acb"),
        (_call(lambda z, a: z, 1, 0), "a <= b"),
        (_call(lambda z, a: z, math.nan, 0), "finite"),
        (_call(lambda z, a: z, 0, 1, breakpoints=[1]), "strictly between"),
        (_call(lambda z, a: z * acb(0, 1), 0, 1), "imaginary"),
        (_call(lambda z, a: {}["x"], 0, 1), "KeyError"),
        (_call(3, 0, 1), "f\\(z, analytic\\)"),
    ],
)  # fmt: skip
def test_integrate_refuses_bad_arguments(arguments, message):
    """Wrong signatures, results, limits and exceptions of the callback surface as ValueError."""
    with pytest.raises(ValueError, match=message):
        integrate(**arguments, bits=53)


def test_limits_with_a_radius_are_enclosed():
    """For limits known as balls the result contains the integral for either end of the ball."""
    value = integrate(lambda z, _: z.exp(), arb(0, 0.25), arb(1, 0.25), bits=64)
    for low in (-0.25, 0, 0.25):
        for high in (0.75, 1, 1.25):
            assert value.overlaps(arb(high).exp() - arb(low).exp())


@pytest.mark.parametrize(
    ("f", "growth", "exact"),
    [
        (ball_relu, (0, 1, 1), lambda: 1 / (2 * arb.pi()).sqrt()),
        (lambda z, a: ball_relu(z, a) ** 2, (0, 1, 2), lambda: arb(0.5)),
        (ball_step, (1, 0, 0), lambda: arb(0.5)),
        (ball_abs, (0, 1, 1), lambda: 2 / (2 * arb.pi()).sqrt()),
        (lambda z, a: z**4, (0, 1, 4), lambda: arb(3)),
        (lambda z, a: z.cos(), (1, 0, 0), lambda: arb(-0.5).exp()),
        (lambda z, a: z.erf() ** 2, (1, 0, 0), lambda: 2 / arb.pi() * (arb(2) / 3).asin()),
    ],
)
def test_gaussian_expectations_with_closed_forms(f, growth, exact):
    """The enclosure contains the closed form and is narrower than 1e-30."""
    value = balls.gaussian_expectation(f, bits=128, growth=growth)
    with balls.precision(128):
        assert value.overlaps(exact())
    assert value.rad() < 1e-30


def test_gaussian_expectation_of_softplus_matches_quadrature():
    """An activation without closed form agrees with mpmath at 45 digits."""
    value = balls.gaussian_expectation(
        lambda z, a: balls.ball_log(1 + z.exp(), a), bits=170, growth=(1, 1, 1), breakpoints=[0]
    )
    assert value.rad() < 1e-40
    assert _contains(
        value, _quad(lambda x: mpmath.log1p(mpmath.exp(x)) * mpmath.npdf(x), [-20, -8, 0, 8, 20])
    )


def test_gaussian_tail_bound_is_an_upper_bound():
    """The radius from the tail alone covers a truncated expectation of |z|^k, at any cut."""
    with balls.precision(100):
        for cut in (1, 2, 3):
            bound = balls._gaussian_tail(arb(2), arb(3), arb(3), arb(cut))
            oracle = mpmath.quad(lambda x: 2 * (2 + 3 * x**3) * mpmath.npdf(x), [cut, cut + 2, 12, 40])
            assert abs(float(bound) - float(oracle)) < 1e-9 * float(oracle)


def test_the_tail_bound_enters_the_radius():
    """A generous growth claim is paid for: the radius is the tail of the claim, not of the function."""
    value = balls.gaussian_expectation(lambda z, _: acb(1), bits=64, growth=(2**60, 0, 0))
    assert value.contains(1)
    assert 1e-6 < value.rad() < 0.07


@pytest.mark.parametrize("growth", [(0, 1, 1), (1, 1, 3), (-1, 1, 1), (1, 1, math.nan)])
def test_a_false_growth_claim_is_refused(growth):
    """A growth bound that fails at a probe, or is negative or NaN, raises."""
    with pytest.raises(ValueError, match="Expected"):
        balls.gaussian_expectation(lambda z, _: z**4 + 1, bits=53, growth=growth)
