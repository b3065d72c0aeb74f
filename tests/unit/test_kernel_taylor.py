"""Gaussian expectations of the kernel against exact moments, mpmath quadrature and forged tails."""

import math
from fractions import Fraction

import mpmath
import pytest
from flint import arb, arb_series, ctx, fmpq

from tests.unit import oracle
from verify.kernel import ExpressionError, Rejected, taylor
from verify.kernel.expression import parse


def expectation(*pieces: tuple[str, str], cut: int = 12, bits: int = 128) -> arb:
    """Enclosure of E f(z) from texts."""
    with ctx.workprec(bits):
        return taylor.gaussian_expectation([(end, parse(text)) for end, text in pieces], cut)


def encloses(ball: arb, expected: mpmath.mpf, width: float = 1e-12) -> bool:
    """The ball is narrow and overlaps a decimal that is good to 30 digits."""
    with ctx.workprec(200):
        near = arb(mpmath.nstr(expected, 40)) + arb(0, 1e-30 * (1 + abs(float(expected))))
        return ball.overlaps(near) and float(ball.rad()) < width * (1 + abs(float(expected)))


@pytest.mark.parametrize("k", range(11))
def test_moments(k):
    """E z^k is (k - 1)!! for even k and 0 for odd k."""
    exact = math.prod(range(1, k, 2)) if k % 2 == 0 else 0
    ball = expectation(("oo", f"z**{k}" if k else "1"), cut=16)
    assert ball.contains(exact)
    assert float(ball.rad()) < 1e-12


HALF_LINE = (
    ("z", "1/sqrt(2*pi)"),
    ("z**2", "1/2"),
    ("1", "1/2"),
    ("z**3", "sqrt(2/pi)"),
)


@pytest.mark.parametrize(("power", "exact"), HALF_LINE)
def test_rectified_moments(power, exact):
    """E relu(z)^k over the positive half line, with the kink at a piece's end."""
    ball = expectation(("0", "0"), ("oo", power))
    with mpmath.workdps(40):
        assert encloses(ball, oracle.value(parse(exact), {}))


SMOOTH = (
    "erf(z)**2",
    "tanh(z)**2",
    "cos(z)",
    "sin(z)**2",
    "atan(z)*z",
    "erf(z/sqrt(2) + 1)",
    "z*sin(2*z)",
)
CLOSED = {"erf(z)**2": "asin(2/3)*2/pi", "cos(z)": "exp(-1/2)", "sin(z)**2": "(1 - exp(-2))/2"}


@pytest.mark.parametrize("text", SMOOTH)
def test_smooth_integrands(text):
    """Smooth activations agree with mpmath's quadrature, and with closed forms where there are some."""
    ball = expectation(("oo", text))
    e = parse(text)
    with mpmath.workdps(40):

        def weighted(z: mpmath.mpf) -> mpmath.mpf:
            return _at(e, z) * mpmath.npdf(z)

        assert encloses(ball, mpmath.quad(weighted, list(range(-15, 16, 2))), width=1e-6)
        if text in CLOSED:
            assert encloses(ball, oracle.value(parse(CLOSED[text]), {}))


def _at(e: tuple, z: mpmath.mpf) -> mpmath.mpf:
    if e == ("var", "z"):
        return z
    if e[0] in ("num", "pi"):
        return oracle.value(e, {})
    parts = [_at(part, z) for part in e[1:] if isinstance(part, tuple)]
    if e[0] == "fn":
        return getattr(mpmath, e[1])(*parts)
    if e[0] == "pow":
        return parts[0] ** e[2]
    return parts[0] + parts[1] if e[0] == "+" else parts[0] * parts[1] if e[0] == "*" else parts[0] / parts[1]


def test_pieces_add_up():
    """Cutting an integrand into pieces, also of no width, does not change its expectation."""
    whole = expectation(("oo", "z**4"))
    parts = expectation(("-3/2", "z**4"), ("0", "z**4"), ("0", "1/z"), ("7/3", "z**4"), ("oo", "z**4"))
    assert whole.overlaps(parts)
    assert parts.contains(3)


@pytest.mark.parametrize("cut", range(2, 8))
@pytest.mark.parametrize("text", ["1", "z**2", "z**3*cos(z)", "(1 + z)**2"])
def test_tail_bound(text, cut):
    """The bound of the mass outside the cut is above the true mass of |f| there."""
    with ctx.workprec(128):
        bound = float(taylor.tail(parse(text), cut).upper())
    with mpmath.workdps(25):
        true = mpmath.quad(
            lambda z: abs(_at(parse(text), z)) * mpmath.npdf(z), [cut, cut + 1, cut + 3, cut + 12]
        )
    assert true <= bound


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_small_cut_is_wide_but_right(cut):
    """With a small cut the enclosure is wide and still contains the expectation."""
    ball = expectation(("oo", "cos(z)*erf(z)**2"), cut=cut)
    assert ball.overlaps(expectation(("oo", "cos(z)*erf(z)**2")))
    assert float(ball.rad()) > 1e-4


REFUSED = {
    "no pieces": ((), 12),
    "no last piece": ((("1", "z"),), 12),
    "pieces out of order": ((("1", "z"), ("0", "z"), ("oo", "z")), 12),
    "a piece outside the cut": ((("12", "z"), ("oo", "z")), 12),
    "a piece left of the cut": ((("-20", "z"), ("oo", "z")), 12),
    "two last pieces": ((("oo", "z"), ("oo", "z")), 12),
    "an irrational end": ((("pi", "z"), ("oo", "z")), 12),
    "cut 0": ((("oo", "z"),), 0),
    "negative cut": ((("oo", "z"),), -12),
    "huge cut": ((("oo", "z"),), 10**9),
    "cut too small for the growth": ((("oo", "z**9"),), 3),
    "another variable": ((("oo", "x*z"),), 12),
    "exponential growth": ((("oo", "exp(z)"),), 12),
    "growth by division": ((("oo", "1/(1 + z**2)"),), 12),
    "growth of a root": ((("oo", "sqrt(1 + z**2)"),), 12),
    "a step": ((("oo", "step(z)"),), 12),
    "a kink": ((("oo", "abs(z)"),), 12),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    """Pieces, cut and integrand are checked; what cannot be bounded is refused."""
    pieces, cut = REFUSED[name]
    with pytest.raises((Rejected, ExpressionError, ValueError, Exception)) as caught:
        expectation(*pieces, cut=cut)
    assert type(caught.value).__name__ in ("Rejected", "ExpressionError", "ValueError", "NotRational")


@pytest.mark.parametrize(
    "text", ["1/z", "log(z)", "sqrt(z)", "z/z", "sin(z)/z", "tanh(1/z)", "0*log(z)", "log(z)**0"]
)
def test_singular_integrands_have_no_finite_cell(text):
    """A cell on which the integrand is not analytic gives no finite enclosure, removable or not."""
    for low, high in ((fmpq(-1), fmpq(1)), (fmpq(-1, 2), fmpq(1, 4)), (fmpq(0), fmpq(1, 4))):
        try:
            value = taylor.integrate_cell(parse(text), low, high)
        except (Rejected, ValueError, ZeroDivisionError):
            continue
        assert not value.is_finite()


@pytest.mark.parametrize(
    "text", ["z**20", "exp(z)", "cos(3*z)", "1/(2 + z)", "log(3 + z)", "sqrt(2 + z)", "erf(z/2)"]
)
def test_cell_integral(text):
    """The integral over a wide cell contains the quadrature, remainder included."""
    e = parse(text)
    with ctx.workprec(128):
        ball = taylor.integrate_cell(e, fmpq(-1, 2), fmpq(3, 4))
    with mpmath.workdps(40):
        expected = mpmath.quad(lambda z: _at(e, z), [mpmath.mpf(-0.5), 0, mpmath.mpf(0.75)])
    assert encloses(ball, expected, width=1e-3)


@pytest.mark.parametrize(
    "text", ["z", "z**2 - z + 3", "cos(z)*z**3", "(z + pi)**4/7", "atan(z)*erf(z)", "tanh(z)"]
)
def test_growth_bounds_the_integrand(text):
    """|f(z)| is at most the polynomial in |z| that the tail uses, for |z| >= 1."""
    e = parse(text)
    coefficients = taylor.growth(e)
    for z in (Fraction(1), Fraction(-1), Fraction(7, 2), Fraction(-30), Fraction(1000)):
        bound = sum(float(c.upper()) * float(abs(z)) ** k for k, c in coefficients.items())
        assert abs(float(_at(e, mpmath.mpf(float(z))))) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("text", ["log(z)**0", "0*log(z)", "0/(1 + log(z))", "log(z) - log(z)"])
def test_series_keeps_what_is_undefined(text):
    """No power series swallows a part that is undefined on the interval."""
    with ctx.workprec(64), pytest.raises((Rejected, ValueError, ZeroDivisionError)):
        taylor.series(parse(text), arb_series([arb(0, 1), 1]))
