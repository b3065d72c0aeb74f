"""One formula, four number systems: the elementary functions in numpy, torch, Arb balls and sympy.

Main definitions: `Backend` (a record of functions), its instances `NUMPY`, `TORCH`, `REAL_BALLS` (arb),
`EXACT` (sympy), the function `complex_balls` (acb with the analytic flag of Arb's integrator) and
`backend_of`. An activation or a closed form is written once, over a `Backend`.

Conventions at the jumps: step(0) = 1 and sign(0) = 0, as `numerics.balls.ball_step` and numpy.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import scipy.special
import sympy
import torch
from flint import acb, arb

from numerics.balls import ball, ball_abs, ball_relu, ball_step

Function: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Backend:
    """The functions that a formula may use; each maps values of one number system to the same system.

    `number` converts an exact Fraction; `root` is the square root of a number known to be >= 0, whatever its
    rounding errors; `atan2(y, x)` is the angle of (x, y); `softplus` is log(1 + e^z), `cdf` that of N(0, 1).
    `analytic`: functions return NaN off their domain of analyticity (only on acb).

    >>> NUMPY.softplus(0.0) == np.log(2), EXACT.number(Fraction(1, 2))
    (np.True_, 1/2)
    """

    name: str
    number: Callable[[Fraction | int], Any]
    pi: Callable[[], Any]
    exp: Function
    root: Function
    atan2: Callable[[Any, Any], Any]
    sin: Function
    cos: Function
    erf: Function
    tanh: Function
    sigmoid: Function
    softplus: Function
    cdf: Function
    absolute: Function
    relu: Function
    step: Function
    sign: Function
    analytic: bool = False


def _numpy_step(z: Any) -> Any:
    at = np.asarray(z, dtype=np.result_type(z, np.float32))
    return np.heaviside(at, np.asarray(1, dtype=at.dtype))


NUMPY = Backend(
    name="numpy",
    number=float,
    pi=lambda: np.pi,
    exp=np.exp,
    root=lambda x: np.sqrt(np.maximum(x, 0.0)),
    atan2=np.arctan2,
    sin=np.sin,
    cos=np.cos,
    erf=scipy.special.erf,
    tanh=np.tanh,
    sigmoid=scipy.special.expit,
    softplus=lambda z: np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))),
    cdf=scipy.special.ndtr,
    absolute=np.abs,
    relu=lambda z: np.maximum(z, 0.0),
    step=_numpy_step,
    sign=np.sign,
)

TORCH = Backend(
    name="torch",
    number=float,
    pi=lambda: np.pi,
    exp=torch.exp,
    root=lambda x: torch.sqrt(torch.clamp(x, min=0.0)) if isinstance(x, torch.Tensor) else math.sqrt(x),
    atan2=torch.atan2,
    sin=torch.sin,
    cos=torch.cos,
    erf=torch.erf,
    tanh=torch.tanh,
    sigmoid=torch.sigmoid,
    # torch.nn.functional.softplus returns z beyond 20, wrong by 2e-9 there.
    softplus=lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    cdf=torch.special.ndtr,
    absolute=torch.abs,
    relu=torch.relu,
    step=lambda z: torch.where(torch.isnan(z), z, (z >= 0).to(z.dtype)),
    sign=torch.sign,
)


def _ball_root(x: Any) -> Any:
    return x.sqrt() if x > 0 else arb(0).union(x.nonnegative_part().upper().sqrt())


REAL_BALLS = Backend(
    name="arb",
    number=ball,
    pi=arb.pi,
    exp=arb.exp,
    root=_ball_root,
    atan2=arb.atan2,
    sin=arb.sin,
    cos=arb.cos,
    erf=arb.erf,
    tanh=arb.tanh,
    sigmoid=lambda z: 1 / (1 + (-z).exp()),
    softplus=lambda z: z + (-z).exp().log1p() if z > 0 else z.exp().log1p(),
    cdf=lambda z: (-z / arb(2).sqrt()).erfc() / 2,
    absolute=abs,
    relu=lambda z: z.max(arb(0)),
    step=lambda z: ball_step(acb(z), False).real,
    sign=arb.sgn,
)


def _ball_sign(z: Any, analytic: bool) -> Any:
    if not z.is_finite() or (analytic and z.real.contains(0)):
        return acb(arb.nan(), arb.nan())
    return acb(z.real.sgn())


@cache
def complex_balls(analytic: bool) -> Backend:
    """The functions on acb; with `analytic`, NaN wherever the function is not analytic on the whole ball.

    >>> ops = complex_balls(True)
    >>> ops.relu(acb(2)), ops.relu(acb(arb(0, 1))).is_finite(), ops.softplus(acb(0, arb(3, 1))).is_finite()
    (2.00000000000000, False, False)
    """
    return Backend(
        name="acb",
        number=lambda x: acb(ball(x)),
        pi=lambda: acb(arb.pi()),
        exp=acb.exp,
        root=lambda x: x.sqrt(analytic=analytic),
        atan2=lambda y, x: acb(arb.atan2(y.real, x.real)),
        sin=acb.sin,
        cos=acb.cos,
        erf=acb.erf,
        tanh=acb.tanh,
        sigmoid=lambda z: 1 / (1 + (-z).exp()),
        softplus=lambda z: (1 + z.exp()).log(analytic=analytic),
        cdf=lambda z: (-z / arb(2).sqrt()).erfc() / 2,
        absolute=lambda z: ball_abs(z, analytic),
        relu=lambda z: ball_relu(z, analytic),
        step=lambda z: ball_step(z, analytic),
        sign=lambda z: _ball_sign(z, analytic),
        analytic=analytic,
    )


def _rational(x: Fraction | int) -> Any:
    return sympy.Rational(Fraction(x).numerator, Fraction(x).denominator)


EXACT = Backend(
    name="sympy",
    number=_rational,
    pi=lambda: sympy.pi,
    exp=sympy.exp,
    root=sympy.sqrt,
    atan2=sympy.atan2,
    sin=sympy.sin,
    cos=sympy.cos,
    erf=sympy.erf,
    tanh=sympy.tanh,
    sigmoid=lambda z: 1 / (1 + sympy.exp(-z)),
    softplus=lambda z: sympy.log(1 + sympy.exp(z)),
    cdf=lambda z: (1 + sympy.erf(z / sympy.sqrt(2))) / 2,
    absolute=sympy.Abs,
    relu=lambda z: sympy.Max(z, 0),
    step=lambda z: sympy.Heaviside(z, 1),
    sign=sympy.sign,
)


def backend_of(z: Any) -> Backend:
    """The backend of a value: torch tensors, arb, acb (not as an integrand) and sympy by type, else numpy.

    >>> [backend_of(z).name for z in (1.0, torch.ones(2), arb(1), acb(1), sympy.Integer(1))]
    ['numpy', 'torch', 'arb', 'acb', 'sympy']
    """
    if isinstance(z, torch.Tensor):
        return TORCH
    if isinstance(z, arb):
        return REAL_BALLS
    if isinstance(z, acb):
        return complex_balls(False)
    return EXACT if isinstance(z, sympy.Basic) else NUMPY
