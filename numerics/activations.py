"""The library of activations: each with its derivatives, constants, strip of analyticity and closed forms.

Main definitions: `relu`, `leaky_relu`, `rectified_power`, `step`, `sign`, `absolute`, `erf`, `gelu`,
`softplus`, `sigmoid`, `tanh`, `silu`, `sine`, `cosine`, `exponential`, `gaussian_bump`, `polynomial`,
`hermite`; and, from `numerics.activation`, `Activation`, `Constant`, `affine` and `custom`.

References: D. Hendrycks, K. Gimpel, "Gaussian error linear units" (2016); S. Elfwing et al., "Sigmoid-
weighted linear units" (Neural Networks 107, 2018); NIST DLMF 7.2, 18.5.13 (error function, Hermite).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from numerics import closed_forms as forms
from numerics.activation import Activation as Activation
from numerics.activation import Constant as Constant
from numerics.activation import Formula, below, fixed_constant, strip_growth
from numerics.activation import affine as affine
from numerics.activation import custom as custom
from numerics.backends import REAL_BALLS, Backend
from numerics.balls import ball, exact_rational


def _kinked(name: str, form: forms.Kinked, formula: Formula, **fields: Any) -> Activation:
    flat = ball(abs(form.constant) + abs(form.sign)), ball(abs(form.linear) + abs(form.absolute))

    def growth(_: Any, order: int) -> tuple[Any, Any, int]:
        return ((*flat, 1), (flat[1], arb(0), 0), (arb(0), arb(0), 0))[order]

    return Activation(name, formula, growth=growth, breakpoints=(Fraction(0),), closed=form, **fields)


def leaky_relu(slope: Any) -> Activation:
    """max(z, 0) + slope min(z, 0) for an exact slope (int, Fraction, "1/10"; a float is the dyadic it is).

    >>> leaky_relu("1/10")(-2.0), float(leaky_relu(-3).lipschitz)
    (np.float64(-0.2), 3.0)
    """
    a = exact_rational(slope)

    def formula(o: Backend, z: Any, order: int) -> Any:
        if order == 0:
            return o.relu(z) - o.number(a) * o.relu(-z)
        return o.number(a) + o.number(1 - a) * o.step(z) if order == 1 else 0 * z

    form = forms.Kinked(linear=(1 + a) / 2, absolute=(1 - a) / 2)
    top = max(abs(a), Fraction(1))
    where = "z > 0" if top == 1 else "z < 0"
    return _kinked(f"leaky_relu({a})", form, formula, lipschitz=fixed_constant(str(top), where))


def _relu(o: Backend, z: Any, order: int) -> Any:
    return (o.relu, o.step, lambda x: 0 * x)[order](z)


def _step(o: Backend, z: Any, order: int) -> Any:
    return 0 * z if order else o.step(z)


def _sign(o: Backend, z: Any, order: int) -> Any:
    return 0 * z if order else o.sign(z)


def _absolute(o: Backend, z: Any, order: int) -> Any:
    return (o.absolute, o.sign, lambda x: 0 * x)[order](z)


_HALF = Fraction(1, 2)
relu = _kinked(
    "relu", forms.Kinked(linear=_HALF, absolute=_HALF), _relu, lipschitz=fixed_constant("1", "all z > 0")
)
step = _kinked("step", forms.Kinked(constant=_HALF, sign=_HALF), _step)
sign = _kinked("sign", forms.Kinked(sign=Fraction(1)), _sign, parity="odd")
absolute = _kinked(
    "absolute",
    forms.Kinked(absolute=Fraction(1)),
    _absolute,
    parity="even",
    lipschitz=fixed_constant("1", "all z != 0"),
)


def rectified_power(power: int) -> Activation:
    """max(z, 0)^power, power >= 2; its dual is half of the arc-cosine kernel of that degree.

    >>> rectified_power(2)(3.0), rectified_power(2)(3.0, 1)
    (np.float64(9.0), np.float64(6.0))
    """
    if isinstance(power, bool) or not isinstance(power, int) or power < 2:
        raise ValueError(f"Expected an integer power >= 2 but got power={power!r}")

    def formula(o: Backend, z: Any, order: int) -> Any:
        if order == power:
            return math.factorial(power) * o.step(z)
        return math.perm(power, order) * o.relu(z) ** (power - order)

    def growth(_: Any, order: int) -> tuple[Any, Any, int]:
        return arb(0), arb(math.perm(power, order)), power - order

    return Activation(
        f"rectified_power({power})",
        formula,
        growth=growth,
        breakpoints=(Fraction(0),),
        smoothness=fixed_constant("2", "all z > 0") if power == 2 else None,
        closed=forms.RectifiedPower(power),
    )


def _erf(o: Backend, z: Any, order: int) -> Any:
    if order == 0:
        return o.erf(z)
    slope = 2 / o.root(o.pi()) * o.exp(-z * z)
    return slope if order == 1 else -2 * z * slope


def _erf_growth(y: Any) -> tuple[Any, Any, int]:
    # |erf(x + iy) - erf(x)| <= 2/sqrt(pi) int_0^y e^(t^2 - x^2) dt.
    return 1 + 2 / arb.pi().sqrt() * y * (y * y).exp(), arb(0), 0


def _gelu(o: Backend, z: Any, order: int) -> Any:
    if order == 0:
        return z * o.cdf(z)
    density = o.exp(-z * z / 2) / o.root(2 * o.pi())
    return o.cdf(z) + z * density if order == 1 else (2 - z * z) * density


def _gelu_growth(y: Any) -> tuple[Any, Any, int]:
    half = y / arb(2).sqrt()
    cdf = (1 + _erf_growth(half)[0]) / 2
    return y * cdf, cdf, 1


erf = Activation(
    "erf",
    _erf,
    parity="odd",
    strip=math.inf,
    growth=strip_growth(math.inf, _erf_growth),
    lipschitz=fixed_constant("2/sqrt(pi)", "z = 0", lambda: 2 / arb.pi().sqrt()),
    smoothness=fixed_constant(
        "4/sqrt(2 pi e)", "z = +-1/sqrt 2", lambda: 4 / (2 * arb.pi() * arb(1).exp()).sqrt()
    ),
    closed=forms.ErrorFunction(),
)
gelu = Activation(
    "gelu",
    _gelu,
    strip=math.inf,
    growth=strip_growth(math.inf, _gelu_growth),
    lipschitz=fixed_constant(
        "Phi(sqrt 2) + sqrt 2 phi(sqrt 2)",
        "z = sqrt 2",
        lambda: (1 + arb(1).erf()) / 2 + (-arb(1)).exp() / arb.pi().sqrt(),
    ),
    smoothness=fixed_constant("sqrt(2/pi)", "z = 0", lambda: 1 / (arb.pi() / 2).sqrt()),
    closed=forms.GaussianLinearUnit(),
)


def _sine_floor(c: Any) -> Any:
    """A lower bound of |1 + e^w| over |Im w| <= c < pi: sin c beyond pi/2, else 1."""
    return c.max(arb.pi() / 2).sin()


def _softplus(o: Backend, z: Any, order: int) -> Any:
    if order == 0:
        return o.softplus(z)
    return o.sigmoid(z) if order == 1 else o.sigmoid(z) * o.sigmoid(-z)


def softplus(sharpness: Any = 1) -> Activation:
    """log(1 + e^(b z)) / b with exact sharpness b > 0, between max(z, 0) and max(z, 0) + log(2) / b.

    >>> softplus()(0.0) == math.log(2), float(softplus(4).smoothness)
    (np.True_, 1.0)
    """
    b = exact_rational(sharpness)
    if b <= 0:
        raise ValueError(f"Expected a sharpness > 0 but got {sharpness!r}")

    def formula(o: Backend, z: Any, order: int) -> Any:
        if b == 1:
            return _softplus(o, z, order)
        scale = o.number(b)
        return _softplus(o, scale * z, order) * (1 / scale, 1, scale)[order]

    def growth(y: Any) -> tuple[Any, Any, int]:
        # |log(1 + e^w)| <= |log |1 + e^w|| + pi, and sin c <= |1 + e^w| <= 2 e^|Re w|.
        scale = ball(b)
        return (arb(2).log() + arb.pi() - _sine_floor(scale * y).log()) / scale, arb(1), 1

    strip = below(math.pi / float(b))
    return Activation(
        "softplus" if b == 1 else f"softplus({b})",
        formula,
        strip=strip,
        growth=strip_growth(strip, growth),
        lipschitz=fixed_constant("1", "limit z -> inf"),
        smoothness=fixed_constant(str(b / 4), "z = 0"),
    )


def _sigmoid(o: Backend, z: Any, order: int) -> Any:
    s = o.sigmoid(z)
    if order == 0:
        return s
    slope = s * o.sigmoid(-z)
    return slope if order == 1 else -slope * o.tanh(z / 2)


def _tanh(o: Backend, z: Any, order: int) -> Any:
    t = o.tanh(z)
    if order == 0:
        return t
    slope = 4 * o.sigmoid(2 * z) * o.sigmoid(-2 * z)
    return slope if order == 1 else -2 * t * slope


def _silu(o: Backend, z: Any, order: int) -> Any:
    s = o.sigmoid(z)
    if order == 0:
        return z * s
    slope = s * o.sigmoid(-z)
    return s + z * slope if order == 1 else slope * (2 - z * o.tanh(z / 2))


def _silu_growth(y: Any) -> tuple[Any, Any, int]:
    floor = _sine_floor(y)
    return y / floor, 1 / floor, 1


def _silu_lipschitz() -> Any:
    """The derivative at the positive root of z tanh(z / 2) = 2, an increasing function."""
    low, high = Fraction(2), Fraction(3)
    root = ball(low).union(ball(high))
    while True:
        middle = (low + high) / 2
        gap = ball(middle) * (ball(middle) / 2).tanh() - 2
        if gap < 0:
            low = middle
        elif gap > 0:
            high = middle
        else:
            return _silu(REAL_BALLS, root, 1)
        root = ball(low).union(ball(high))


sigmoid = Activation(
    "sigmoid",
    _sigmoid,
    strip=below(math.pi),
    growth=strip_growth(below(math.pi), lambda y: (1 / _sine_floor(y), arb(0), 0)),
    lipschitz=fixed_constant("1/4", "z = 0"),
    smoothness=fixed_constant("1/(6 sqrt 3)", "z = +-log(2 + sqrt 3)", lambda: 1 / (6 * arb(3).sqrt())),
)
tanh = Activation(
    "tanh",
    _tanh,
    parity="odd",
    strip=below(math.pi / 2),
    # tanh z = 2 sigmoid(2 z) - 1.
    growth=strip_growth(below(math.pi / 2), lambda y: (1 + 2 / _sine_floor(2 * y), arb(0), 0)),
    lipschitz=fixed_constant("1", "z = 0"),
    smoothness=fixed_constant("4/(3 sqrt 3)", "z = +-artanh(1/sqrt 3)", lambda: 4 / (3 * arb(3).sqrt())),
)
silu = Activation(
    "silu",
    _silu,
    strip=below(math.pi),
    growth=strip_growth(below(math.pi), _silu_growth),
    lipschitz=fixed_constant("silu'(z)", "z tanh(z/2) = 2, z = 2.3993...", _silu_lipschitz),
    smoothness=fixed_constant("1/2", "z = 0"),
)


def _wave(start: int) -> Formula:
    def formula(o: Backend, z: Any, order: int) -> Any:
        turn = (start + order) % 4
        value = o.sin(z) if turn % 2 == 0 else o.cos(z)
        return -value if turn >= 2 else value

    return formula


def _wave_growth(y: Any) -> tuple[Any, Any, int]:
    return y.cosh(), arb(0), 0


sine = Activation(
    "sine",
    _wave(0),
    parity="odd",
    strip=math.inf,
    growth=strip_growth(math.inf, _wave_growth),
    lipschitz=fixed_constant("1", "z = 0"),
    smoothness=fixed_constant("1", "z = pi/2"),
    closed=forms.Sine(),
)
cosine = Activation(
    "cosine",
    _wave(1),
    parity="even",
    strip=math.inf,
    growth=strip_growth(math.inf, _wave_growth),
    lipschitz=fixed_constant("1", "z = pi/2"),
    smoothness=fixed_constant("1", "z = 0"),
    closed=forms.Cosine(),
)
exponential = Activation(
    "exponential", lambda o, z, order: o.exp(z), strip=math.inf, closed=forms.Exponential()
)


def _bump(o: Backend, z: Any, order: int) -> Any:
    height = o.exp(-z * z / 2)
    return (height, -z * height, (z * z - 1) * height)[order]


gaussian_bump = Activation(
    "gaussian_bump",
    _bump,
    parity="even",
    strip=math.inf,
    growth=strip_growth(math.inf, lambda y: ((y * y / 2).exp(), arb(0), 0)),
    lipschitz=fixed_constant("exp(-1/2)", "z = +-1", lambda: 1 / (arb(1) / 2).exp()),
    smoothness=fixed_constant("1", "z = 0"),
    closed=forms.GaussianBump(),
)


def polynomial(coefficients: Sequence[Any]) -> Activation:
    """sum_k coefficients[k] z^k with exact coefficients, at least one; the last one must not be 0.

    >>> polynomial([1, 0, "1/2"])(2.0), polynomial([0, 3]).lipschitz.expression
    (3.0, '3')
    """
    p = tuple(exact_rational(x) for x in coefficients)
    if not p or (len(p) > 1 and not p[-1]):
        raise ValueError(f"Expected coefficients, the last not 0, but got {coefficients!r}")

    def formula(o: Backend, z: Any, order: int) -> Any:
        total = 0 * z
        for k in range(len(p) - 1, order - 1, -1):
            total = total * z + o.number(math.perm(k, order) * p[k])
        return total

    def growth(y: Any) -> tuple[Any, Any, int]:
        # (|x| + y)^k <= 2^k (|x|^k + y^k) and |x|^k <= 1 + |x|^n.
        sizes = [ball(abs(x) * 2**k) for k, x in enumerate(p)]
        return sum((s * (1 + y**k) for k, s in enumerate(sizes)), arb(0)), sum(sizes, arb(0)), len(p) - 1

    parities = {k % 2 for k, x in enumerate(p) if x}
    slope = [fixed_constant(str(math.factorial(m) * abs(p[m])), "everywhere") for m in range(len(p))]
    zero = fixed_constant("0", "everywhere")
    return Activation(
        f"polynomial({', '.join(map(str, p))})",
        formula,
        parity=None if len(parities) == 2 else "odd" if parities == {1} else "even",
        strip=math.inf,
        growth=strip_growth(math.inf, growth),
        lipschitz=zero if len(p) == 1 else slope[1] if len(p) == 2 else None,
        smoothness=zero if len(p) <= 2 else slope[2] if len(p) == 3 else None,
        closed=forms.Polynomial(p),
    )


def hermite(n: int) -> Activation:
    """The probabilists' Hermite polynomial He_n, n >= 0: E He_m He_n = n! if m = n, else 0, at variance 1.

    >>> hermite(3)(2.0)
    2.0
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"Expected an integer n >= 0 but got n={n!r}")
    p = [0] * (n + 1)
    for i in range(n // 2 + 1):
        p[n - 2 * i] = (-1) ** i * math.factorial(n) // (math.factorial(i) * math.factorial(n - 2 * i) * 2**i)
    return replace(polynomial(p), name=f"hermite({n})")
