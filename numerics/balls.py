"""Rigorous real arithmetic on balls: the only place where the rest of the code meets Arb's rough edges.

Main definitions: `precision`, `exact_rational`, `ball`, `certainly_less`, `contains`, `finite`, `to_dyadic`,
`from_dyadic`, the analytic-aware helpers `ball_abs`, `ball_relu`, `ball_step`, `ball_sqrt`, `ball_log`,
`ball_acos`, and the two integrals `integrate` and `gaussian_expectation`.

References: F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic" (IEEE
Trans. Comput. 66, 2017); F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic" (2018).
"""

import contextlib
import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from flint import acb, arb, ctx, fmpq, fmpz

Integrand: TypeAlias = Callable[[Any, bool], Any]

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?\s*|\s*[+-]?\d+\s*/\s*\d+\s*")
_MAG_BITS = 30
# (radius of the circle over that of the disc, points on it, a power of two).
_CIRCLES = ((fmpq(1, 2), 16), (fmpq(7, 8), 64))
# A box costs 80 point evaluations; Arb asks for 56 boxes and 263 points for exp(-z^2/2) over [-13, 13] at 128
# bits. The first boxes cover the whole interval, so an ignored flag shows there.
_AUDITED_BOXES = 40


@contextlib.contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set Arb's working precision to `bits` (2 to 2^20) and restore the old one, also after an exception.

    The precision is global to the process: do not interleave two of these contexts from different threads.

    >>> with precision(100):
    ...     ctx.prec
    100
    """
    if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 1 << 20:
        raise ValueError(f"Expected a precision of 2 to 2^20 bits but got bits={bits!r}")
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def exact_rational(x: Any) -> Fraction:
    """The exact value of an int, Fraction, fmpz, fmpq, float, exact ball or string like "1/3" or "0.1".

    Raises ValueError for nan, inf, bool, other balls and anything else that is not one exact number.

    >>> exact_rational("0.1"), exact_rational(0.5)
    (Fraction(1, 10), Fraction(1, 2))
    """
    if isinstance(x, fmpq):
        return Fraction(int(x.p), int(x.q))
    if isinstance(x, fmpz):
        return Fraction(int(x))
    if isinstance(x, arb) and x.is_finite() and x.is_exact():
        mantissa, exponent = (int(part) for part in x.man_exp())
        return Fraction(mantissa) * Fraction(2) ** exponent
    if isinstance(x, float):
        if not math.isfinite(x):
            raise ValueError(f"Expected a finite number but got {x!r}")
        return Fraction(float(x))
    if isinstance(x, int | Fraction) and not isinstance(x, bool):
        return Fraction(x)
    if isinstance(x, str) and _NUMBER.fullmatch(x):
        with contextlib.suppress(ZeroDivisionError):
            return Fraction(x.replace(" ", ""))
    raise ValueError(
        f"Expected an int, Fraction, finite float or string such as '1/3' or '0.1' but got {x!r}"
    )


def ball(x: Any) -> Any:
    """The arb that encloses `x`: exact for dyadics, rounded outward to the working precision else.

    Accepts what `exact_rational` accepts, and a finite arb unchanged. Raises ValueError for nan and inf.

    >>> ball("1/3").contains(fmpq(1, 3)), ball(0.1).is_exact()
    (True, True)
    """
    if isinstance(x, arb):
        if not x.is_finite():
            raise ValueError(f"Expected a finite ball but got {x}")
        return x
    value = exact_rational(x)
    if value.denominator & (value.denominator - 1) == 0:
        return _dyadic(value.numerator, 1 - value.denominator.bit_length())
    return arb(fmpq(value.numerator, value.denominator))


def finite(a: Any) -> bool:
    """Whether an arb or acb is a bounded set of numbers: neither NaN nor of infinite radius.

    >>> finite(arb(1)), finite(arb.nan())
    (True, False)
    """
    return bool(a.is_finite())


def contains(a: Any, x: Any) -> bool:
    """Whether the ball `a` contains the exact number `x` (see `exact_rational`), decided in rationals.

    >>> with precision(200):
    ...     third = ball("1/3")
    >>> third.contains(fmpq(1, 3))     # WRONG: Arb first rounds 1/3 to a ball at the present 53 bits
    False
    >>> contains(third, "1/3")         # right
    True
    """
    return finite(a) and abs(exact_rational(x) - exact_rational(a.mid())) <= exact_rational(a.rad())


def certainly_less(a: Any, b: Any) -> bool | None:
    """Whether a < b: True or False when it holds or fails for all points of both balls, else None.

    A NaN ball answers False to every comparison of Arb, so `not (a < b)` is no evidence of b <= a:

    >>> nan = arb.nan()
    >>> not (nan < 1)              # WRONG: reads as "nan >= 1 is proved"
    True
    >>> print(certainly_less(nan, 1))     # right: nothing is known
    None
    >>> certainly_less("1/3", "0.34"), certainly_less(1, 1)
    (True, False)
    """
    left, right = (x if isinstance(x, arb) else ball(x) for x in (a, b))
    if left < right:
        return True
    return False if right <= left else None


def _dyadic(mantissa: int, exponent: int) -> Any:
    return arb((fmpz(mantissa), fmpz(exponent)))


def _dyadic_text(x: Any) -> str:
    mantissa, exponent = (int(part) for part in x.man_exp())
    return f"{mantissa:#x}p{exponent:+d}"


def _dyadic_parts(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(-?0x[0-9a-f]+)p([+-]\d+)", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"Expected a dyadic such as '-0x1fp-3' but got {text!r}")
    return int(match[1], 16), int(match[2])


def to_dyadic(a: Any) -> tuple[str, str]:
    """Exact midpoint and radius of a finite arb as texts "<hex mantissa>p<binary exponent>".

    >>> to_dyadic(arb(-0.75))
    ('-0x3p-2', '0x0p+0')
    """
    if not finite(a):
        raise ValueError(f"Expected a finite ball but got {a}")
    return _dyadic_text(a.mid()), _dyadic_text(a.rad())


def from_dyadic(mid: str, rad: str) -> Any:
    """The ball with the given midpoint and radius, as written by `to_dyadic`, exact at any precision.

    A radius of more than 30 significant bits (which no ball has) is rounded up. Raises ValueError for other
    texts and for a negative radius.

    >>> from_dyadic("0x1p+0", "0x1p-4").rad() == arb(0.0625)
    True
    """
    centre = _dyadic(*_dyadic_parts(mid))
    mantissa, exponent = _dyadic_parts(rad)
    if mantissa < 0:
        raise ValueError(f"Expected a radius of at least 0 but got rad={rad!r}")
    if mantissa == 0:
        return centre
    # arb(mid, rad) adds one unit in the 30th bit to every nonzero radius, so one unit is taken off first.
    shift = _MAG_BITS - mantissa.bit_length()
    top = mantissa << shift if shift >= 0 else -(-mantissa >> -shift)
    if top == 1 << (_MAG_BITS - 1):
        top, shift = top << 1, shift + 1
    result = arb(centre, _dyadic(top - 1, exponent - shift))
    return arb(centre, _dyadic(mantissa, exponent)) if result.rad() < _dyadic(mantissa, exponent) else result


def _nan() -> Any:
    return acb(arb.nan(), arb.nan())


def ball_abs(z: Any, analytic: bool) -> Any:
    """|Re z| continued as z or -z; NaN when `analytic` and the ball meets Re z = 0.

    >>> ball_abs(acb(-2), True), finite(ball_abs(acb(arb(0, 1)), True))
    (2.00000000000000, False)
    """
    return z.real_abs(analytic=analytic)


def ball_relu(z: Any, analytic: bool) -> Any:
    """max(z, 0) by the sign of Re z; NaN when `analytic` and the ball meets Re z = 0.

    >>> ball_relu(acb(3), True), ball_relu(acb(-3), True)
    (3.00000000000000, 0)
    """
    # The second operand must be an acb: python-flint 0.9 crashes the process on real_max(0).
    return z.real_max(acb(0), analytic=analytic)


def ball_step(z: Any, analytic: bool) -> Any:
    """Indicator of Re z >= 0 (1 at 0, [0, 1] if undecided); NaN when `analytic` and the ball meets Re z = 0.

    >>> ball_step(acb(0), False), ball_step(acb(-1), True), finite(ball_step(acb(0), True))
    (1.00000000000000, 0, False)
    """
    if not finite(z) or (analytic and z.real.contains(0)):
        return _nan()
    if z.real >= 0:
        return acb(1)
    return acb(0) if z.real < 0 else acb(arb(0).union(arb(1)))


def ball_sqrt(z: Any, analytic: bool) -> Any:
    """Principal square root; NaN when `analytic` and the ball meets the cut (-inf, 0].

    >>> ball_sqrt(acb(4), True)
    2.00000000000000
    """
    return z.sqrt(analytic=analytic)


def ball_log(z: Any, analytic: bool) -> Any:
    """Principal logarithm; NaN when `analytic` and the ball meets the cut (-inf, 0].

    >>> ball_log(acb(1), True)
    0
    """
    return z.log(analytic=analytic)


def ball_acos(z: Any, analytic: bool) -> Any:
    """Principal arc cosine; NaN when `analytic` and the ball meets the cuts (-inf, -1] and [1, inf).

    >>> finite(ball_acos(acb(0), True)), finite(ball_acos(acb(arb(1, 0.5)), True))
    (True, False)
    """
    if analytic and z.imag.contains(0) and not (z.real > -1 and z.real < 1):
        return _nan()
    return z.acos()


def _violation(f: Integrand, box: Any, value: Any) -> str | None:
    """A proof that `f`, finite on `box` with analytic=True, is not analytic there; None when none is found.

    With g analytic and |g| <= M on the disc of radius R, and N points z_j on the circle of radius q R, the
    mean of g(z_j) e^(2 pi i j k / N), k >= 1, is the sum of the Taylor terms of order N - k, 2 N - k, ...,
    at most M q^(N-k) / (1 - q^N) in modulus. So a mean that certainly exceeds this disproves analyticity.
    """
    centre, radius = acb(box.real.mid(), box.imag.mid()), min(box.real.rad(), box.imag.rad())
    if not radius > 0:
        return None
    bound = value.abs_upper()
    for ratio, count in _CIRCLES:
        turns = [acb(fmpq(2 * j, count)).exp_pi_i() for j in range(count)]
        points = [f(centre + radius * arb(ratio) * turn, False) for turn in turns]
        if any(finite(p) and not p.overlaps(value) for p in points):
            return "its value on the box misses a value inside the box"
        for k in range(1, 5):
            mean = sum((p * turns[j * k % count] for j, p in enumerate(points)), acb(0)) / count
            if mean.abs_lower() > bound * arb(ratio) ** (count - k) / (1 - arb(ratio) ** count):
                return f"its Fourier coefficient -{k} on the circle is not zero"
    return None


class _Guard:
    """An integrand that audits itself and keeps the first fault, as Cython drops exceptions of callbacks."""

    def __init__(self, f: Integrand) -> None:
        try:
            inspect.signature(f).bind(None, True)
        except (TypeError, ValueError):
            raise ValueError(f"Expected an integrand f(z, analytic) but got {f!r}") from None
        self._f = f
        self._fault: str | None = None
        self._audited = 0

    def __call__(self, z: Any, analytic: bool) -> Any:
        if self._fault is not None:
            return _nan()
        try:
            value = self._f(z, analytic)
            if not isinstance(value, acb):
                raise ValueError(f"Expected an integrand that returns acb but got {type(value).__name__}")
            if analytic and finite(value) and self._audited < _AUDITED_BOXES:
                self._audited += 1
                with precision(min(ctx.prec, 64)):
                    reason = _violation(self._f, z, value)
                if reason:
                    raise ValueError(
                        "Expected an integrand that honours its `analytic` flag but on "
                        f"[{z.real.str(5)}] + [{z.imag.str(5)}]i {reason}"
                    )
        except Exception as error:
            self._fault = f"{error}" if isinstance(error, ValueError) else f"The integrand raised {error!r}"
            return _nan()
        return value

    def require_honest(self) -> None:
        if self._fault is not None:
            raise ValueError(self._fault)


def integrate(f: Integrand, a: Any, b: Any, *, bits: int, breakpoints: Sequence[Any] = ()) -> Any:
    """Enclosure (arb) of the real part of the integral of f over [a, b], at `bits` of working precision.

    `f(z: acb, analytic: bool) -> acb` encloses the integrand; when `analytic` is true it must return a
    non-finite ball unless it is analytic on the whole of `z`. `a <= b` and `breakpoints` (kinks and jumps
    strictly between, in any order: only a help for speed) are what `ball` accepts.

    A callback that ignores the flag makes `acb.integral` return a wrong enclosure without a warning:

    >>> with precision(53):
    ...     acb.integral(lambda z, analytic: ball_abs(z, False), -1, 1)    # WRONG: the integral is 1
    [1.15470053837925 +/- 1.95e-15]
    >>> integrate(lambda z, analytic: ball_abs(z, False), -1, 1, bits=53)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: Expected an integrand that honours its `analytic` flag but ...
    >>> integrate(lambda z, analytic: ball_abs(z, analytic), -1, 1, bits=53).contains(1)    # right
    True

    The guard never raises on a correct integrand: it needs a proof that f is not analytic on a box where it
    said it was. It is not complete (a defect far below |f| passes): build f from the `ball_*` helpers.
    Raises ValueError for such an f, for one with another signature or result, and for bad limits.
    """
    guard = _Guard(f)
    return _integral(guard, guard, a, b, bits, breakpoints)


def _integral(f: Integrand, guard: _Guard, a: Any, b: Any, bits: int, breakpoints: Sequence[Any]) -> Any:
    with precision(bits):
        low, high = ball(a), ball(b)
        if not low <= high:
            raise ValueError(f"Expected limits a <= b but got a={a!s}, b={b!s}")
        cuts = sorted((ball(x).mid() for x in breakpoints), key=exact_rational)
        if any(not (low < x and x < high) for x in cuts):
            raise ValueError(f"Expected breakpoints strictly between {a!s} and {b!s} but got {breakpoints!r}")
        total = acb(0)
        ends = [low.mid(), *cuts, high.mid()]
        for left, right in itertools.pairwise(ends):
            total += acb.integral(f, acb(left), acb(right))
            guard.require_honest()
        # Limits with a radius: the missing or superfluous strip has at most this length and these values.
        for end in (low, high):
            if not end.is_exact():
                total += f(acb(end), False) * (end - end.mid())
        if finite(total) and not total.imag.contains(0):
            raise ValueError(f"Expected a real integrand but the integral has imaginary part {total.imag}")
        return total.real


def gaussian_expectation(
    f: Integrand, *, bits: int, growth: tuple[Any, Any, Any], breakpoints: Sequence[Any] = ()
) -> Any:
    """Enclosure (arb) of E f(z), z ~ N(0, 1), given growth = (a, b, k): |f(z)| <= a + b |z|^k for all real z.

    The integral is cut at +-T and the tail bound

        2 int_T^inf (a + b z^k) phi(z) dz = a erfc(T / sqrt 2) + b 2^(k/2) Gamma((k+1)/2, T^2/2) / sqrt(pi)

    is added to the radius; T is an integer at which it is below (a + b) 2^-bits. `f` is as in
    `integrate`. `a, b, k >= 0` are the caller's claim: raises ValueError where it is seen to fail.

    >>> second = gaussian_expectation(lambda z, analytic: z * z, bits=64, growth=(0, 1, 2))
    >>> second.contains(1), bool(second.rad() < 1e-15)
    (True, True)
    """
    guard = _Guard(f)
    with precision(bits):
        constant, factor, power = (ball(x) for x in growth)
        if not (constant >= 0 and factor >= 0 and power >= 0):
            raise ValueError(f"Expected growth (a, b, k) with a, b, k >= 0 but got {growth!r}")
        cut = 1
        target = (constant + factor) * arb((1, -bits))
        while not (tail := _gaussian_tail(constant, factor, power, arb(cut))) <= target:
            cut += max(1, cut // 4)
            if cut > 1 << 20:
                raise ValueError(f"Expected growth of moderate order but got {growth!r}")
        for point in (0, 1, -1, cut, -cut, 4 * cut, -4 * cut):
            size = f(acb(point), False).abs_lower()
            if size > constant + factor * arb(abs(point)) ** power:
                raise ValueError(
                    f"Expected |f(z)| <= a + b|z|^k with {growth!r} but |f({point})| >= {size.str(6)}"
                )
        scale = (2 * arb.pi()).sqrt()
        inner = [x for x in map(ball, breakpoints) if x > -cut and x < cut]
        # The guard sees f alone: beside the growth of exp(-z^2/2) off the real line a kink of f is invisible.
        body = _integral(
            lambda z, analytic: guard(z, analytic) * (-z * z / 2).exp(), guard, -cut, cut, bits, inner
        )
        return body / scale + arb(0, tail.upper())


def _gaussian_tail(constant: Any, factor: Any, power: Any, cut: Any) -> Any:
    upper_gamma = (cut * cut / 2).gamma_upper((power + 1) / 2)
    return (
        constant * (cut / arb(2).sqrt()).erfc()
        + factor * arb(2) ** (power / 2) * upper_gamma / arb.pi().sqrt()
    )
