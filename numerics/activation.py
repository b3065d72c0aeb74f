"""The activation object: value and two derivatives on floats, tensors and balls, with what is proved of them.

Main definitions: `Activation`, `Constant` (a supremum with the place where it is attained), `affine`
(a + b s(c z)) and `custom` (a user's callable with its Arb version). The library is `numerics.activations`.

Growth in a strip is what makes enclosures of Gaussian integrals fast (`numerics.enclosures`): for
|Im z| <= width, |s(z)| <= A + B |Re z|^k. Derivatives follow by Cauchy's estimate.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from flint import acb, arb

from numerics import closed_forms as forms
from numerics.backends import Backend, backend_of, complex_balls
from numerics.balls import ball, exact_rational, precision

Formula: TypeAlias = Callable[[Backend, Any, int], Any]
Growth: TypeAlias = Callable[[Any, int], tuple[Any, Any, int]]


@dataclass(frozen=True)
class Constant:
    """A supremum: its expression, where it is attained ("limit ..." if nowhere), and its enclosure.

    >>> from numerics.activations import tanh
    >>> tanh.smoothness.expression, tanh.smoothness.at, round(float(tanh.smoothness), 6)
    ('4/(3 sqrt 3)', 'z = +-artanh(1/sqrt 3)', 0.7698)
    """

    expression: str
    at: str
    enclosure: Callable[[], Any]

    def ball(self, bits: int = 64) -> Any:
        """The arb that encloses the constant at `bits` of working precision."""
        with precision(bits):
            return self.enclosure()

    def __float__(self) -> float:
        return float(self.ball().mid())


@dataclass(frozen=True, eq=False)
class Activation:
    """A function R -> R with its first two derivatives; call it on numbers, arrays, tensors, arb or sympy.

    `formula(o, z, order)` is its definition over a `Backend`; derivatives are pointwise, with the value
    from the right at a kink of step type and 0 where a derivative is a point mass. `strip` is a lower bound
    for the half-width of the strip of analyticity (inf: entire; 0: not analytic on R). `growth(width, order)`
    gives (A, B, k) with |s^(order)(z)| <= A + B |Re z|^k for |Im z| <= width < strip, or at width = 0; None
    if there is no such bound. `lipschitz`, `smoothness`: sup |s'|, sup |s''| (Lipschitz constant of s'); None
    if infinite. `closed`: closed forms of Gaussian expectations.

    >>> from numerics.activations import relu
    >>> relu(np.array([-1.0, 0.0, 2.0])), float(relu(2.0, 1)), relu.parity, relu.analytic
    (array([0., 0., 2.]), 1.0, None, False)
    """

    name: str
    formula: Formula
    parity: Literal["even", "odd"] | None = None
    strip: float = 0.0
    growth: Growth | None = None
    breakpoints: tuple[Fraction, ...] = ()
    lipschitz: Constant | None = None
    smoothness: Constant | None = None
    closed: forms.ClosedForm | None = None

    @property
    def analytic(self) -> bool:
        """Whether the function is analytic on a strip around the real line."""
        return self.strip > 0

    def __call__(self, z: Any, order: int = 0) -> Any:
        """The derivative of the given order (0, 1, 2) at z, elementwise; the type of z decides the backend.

        Raises ValueError for another order.
        """
        o = backend_of(z)
        if o.name == "numpy" and not isinstance(z, float | np.floating):
            z = np.asarray(z, dtype=np.result_type(z, np.float32))
        return self.formula(o, z, _order(order))

    def ball(self, z: Any, analytic: bool = False, order: int = 0) -> Any:
        """Enclosure on the acb z; with `analytic`, NaN unless the function is analytic on all of z.

        >>> from numerics.activations import relu
        >>> relu.ball(acb(3), True), relu.ball(acb(0), True).is_finite()
        (3.00000000000000, False)
        """
        return self.formula(complex_balls(analytic), z, _order(order))

    def bound(self, width: Any = 0, order: int = 0) -> tuple[Any, Any, int]:
        """(A, B, k), arbs and an int, with |s^(order)(z)| <= A + B |Re z|^k for |Im z| <= width.

        Raises ValueError where the activation grows faster, and for a width that reaches the strip's edge.

        >>> from numerics.activations import relu
        >>> relu.bound()
        (0, 1.00000000000000, 1)
        """
        if self.growth is None:
            raise ValueError(f"Expected an activation of polynomial growth but got {self.name}")
        wide = ball(width)
        if not (wide >= 0 and (wide == 0 or wide < self.strip)):
            raise ValueError(f"Expected 0 <= width < {self.strip} (or 0) for {self.name} but got {width}")
        return self.growth(wide, _order(order))

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


def _order(order: Any) -> int:
    if isinstance(order, bool) or order not in (0, 1, 2):
        raise ValueError(f"Expected a derivative of order 0, 1 or 2 but got order={order!r}")
    return int(order)


def fixed_constant(text: str, at: str, enclosure: Callable[[], Any] | None = None) -> Constant:
    """A `Constant` whose text is a rational, or has an enclosure beside it.

    >>> float(fixed_constant("1/4", "z = 0"))
    0.25
    """
    value = (lambda: ball(text)) if enclosure is None else enclosure
    return Constant(text, at, value)


def strip_growth(strip: float, growth: Callable[[Any], tuple[Any, Any, int]]) -> Growth:
    """Growth of the derivatives from Cauchy's estimate |s^(m)(z)| <= m! sup |s| / r^m on discs of radius r.

    >>> bound = strip_growth(math.inf, lambda y: (y.cosh(), arb(0), 0))      # of sin
    >>> float(bound(arb(0), 1)[0]) == math.cosh(1)
    True
    """

    def derivative(width: Any, order: int) -> tuple[Any, Any, int]:
        if order == 0:
            return growth(width)
        r = arb(1) if strip == math.inf else (arb(strip) - width) / 2
        a, b, k = growth(width + r)
        scale = math.factorial(order) / r**order
        # (|x| + r)^k <= 2^k (|x|^k + r^k).
        return scale * (a + b * (2 * r) ** k), scale * b * arb(2) ** k, k

    return derivative


def below(x: float) -> float:
    """The positive float x, moved down by two units in the last place.

    >>> below(math.pi) < math.pi
    True
    """
    return math.nextafter(math.nextafter(x, 0.0), 0.0)


def _scaled_constant(constant: Constant | None, factor: Fraction, scale: Fraction) -> Constant | None:
    if constant is None:
        return None
    at = constant.at if scale == 1 else f"with {scale} z for z: {constant.at}"
    text = constant.expression if factor == 1 else f"{factor} * ({constant.expression})"
    return Constant(text, at, lambda: ball(factor) * constant.enclosure())


def affine(activation: Activation, offset: Any = 0, factor: Any = 1, scale: Any = 1) -> Activation:
    """offset + factor s(scale z), exact numbers, factor and scale not 0; everything known of s carries over.

    >>> from numerics.activations import tanh
    >>> logistic = affine(tanh, "1/2", "1/2", "1/2")
    >>> float(logistic(0.0)), float(logistic.lipschitz), round(logistic.strip, 6)
    (0.5, 0.25, 3.141593)
    """
    a, b, c = (exact_rational(x) for x in (offset, factor, scale))
    if not (b and c):
        raise ValueError(f"Expected factor and scale other than 0 but got {factor!r} and {scale!r}")

    def formula(o: Backend, z: Any, order: int) -> Any:
        value = o.number(b * c**order) * activation.formula(o, o.number(c) * z, order)
        return value if order or not a else o.number(a) + value

    def growth(width: Any, order: int) -> tuple[Any, Any, int]:
        A, B, k = activation.growth(ball(abs(c)) * width, order)  # type: ignore[misc]
        size = ball(abs(b * c**order))
        return size * A + ball(0 if order else abs(a)), size * B * ball(abs(c)) ** k, k

    strip = activation.strip
    odd = activation.parity == "odd" and a == 0
    return Activation(
        f"{a} + {b} {activation.name}({c} z)",
        formula,
        parity="odd" if odd else "even" if activation.parity == "even" else None,
        strip=below(strip / abs(float(c))) if 0 < strip < math.inf else strip,
        growth=None if activation.growth is None else growth,
        breakpoints=tuple(sorted(x / c for x in activation.breakpoints)),
        lipschitz=_scaled_constant(activation.lipschitz, abs(b * c), c),
        smoothness=_scaled_constant(activation.smoothness, abs(b) * c**2, c),
        closed=None if activation.closed is None else forms.Affine(activation.closed, a, b, c),
    )


def custom(
    name: str,
    floats: Sequence[Callable[[Any], Any]],
    balls: Sequence[Callable[[Any, bool], Any]],
    *,
    growth: Growth | None = None,
    strip: float = 0.0,
    breakpoints: Sequence[Any] = (),
    parity: Literal["even", "odd"] | None = None,
    lipschitz: Constant | None = None,
    smoothness: Constant | None = None,
) -> Activation:
    """A user's activation: value and derivatives on numpy arrays (and tensors, if they take them) and on acb.

    `floats[m](z)` and `balls[m](z, analytic)` are the m-th derivative, as many as the caller has (1 to 3).
    `strip`, `growth`, `breakpoints` and the constants are the caller's claims, as in `Activation`; with
    strip = 0 only growth(0, order) is asked for. Raises ValueError for empty or unequal lists.

    >>> quartic = custom("quartic", [lambda z: z**4], [lambda z, analytic: z**4])
    >>> float(quartic(2.0)), quartic(arb(2))
    (16.0, 16.0000000000000)
    """
    if not 1 <= len(floats) == len(balls) <= 3:
        raise ValueError(f"Expected 1 to 3 floats and as many balls but got {len(floats)} and {len(balls)}")
    if not strip >= 0:
        raise ValueError(f"Expected strip >= 0 but got strip={strip!r}")

    def formula(o: Backend, z: Any, order: int) -> Any:
        if order >= len(floats):
            raise ValueError(f"Expected an order below {len(floats)} for {name} but got order={order}")
        if o.name == "acb":
            return balls[order](z, o.analytic)
        if o.name == "arb":
            return balls[order](acb(z), False).real
        return floats[order](z)

    cuts = tuple(sorted(exact_rational(x) for x in breakpoints))
    return Activation(name, formula, parity, strip, growth, cuts, lipschitz, smoothness)
