"""Facts on the mean of m copies of c sigma(z)^2, z ~ N(0, 1): one diagonal entry of one layer.

Upper bounds are Bernstein's; lower bounds of the deviation, which refute concentration that is too good,
come from two moments (Paley-Zygmund) and from the Gaussian tail of a single neuron.
"""

from collections.abc import Mapping
from typing import Any

from theorems.lin2022review import wave
from verify import Outcome, contradicted_by, evaluate, every, expectation, prove

BERNSTEIN = (
    "Bernstein: E|Y - EY|^k <= k!/2 B^k for all k >= 2 implies that the mean of m copies is at least t away "
)
BERNSTEIN += "from EY with probability at most 2 exp(-m t²/(2B(B + t)))"
MOMENTS = (
    "E u^(2k) <= k! (2q)^k, (a + b)^k <= 2^(k-1) (a^k + b^k), E|Y - EY|^k <= 2^k E|Y|^k, Cauchy-Schwarz: "
)
MOMENTS += "Y = c σ(u) σ(v) with variances q <= 2 has B = 8c(s0² + 4L²)"

SCALE = "8*c*(s0**2 + 4*L**2)"
"""B for c = c_sigma, |sigma(0)| <= s0, Lipschitz constant L, and variances up to 2."""

Moments = tuple[str, str]
"""Variance V of c sigma(z)^2, and a bound M of its centred fourth moment."""

WAVE_MOMENTS: Moments = (
    f"{wave.NORMALISER}**2*(35/8 - 7/2*exp(-2) + exp(-8)/8 - (3/2 - exp(-2)/2)**2)",
    f"(4*{wave.NORMALISER})**4",
)
"""Of 1 + sin z, the square of which lies in [0, 4]."""


def bump(square: int) -> tuple[dict[str, str], Moments]:
    """Constants and moments of exp(-(z - b)²/2), b² = `square`: E σ^k = exp(-k b²/(2(1 + k)))/√(1 + k)."""
    c = f"(sqrt(3)*exp({square}/3))"
    constants = {"c": c, "s0": f"exp(-{square}/2)", "L": "1", "b": "2"}
    return constants, (f"({c}**2*exp(-2*{square}/5)/sqrt(5) - 1)", f"(16*{c}**4*exp(-4*{square}/9)/3)")


def wave_fourth_moment() -> Outcome:
    """E (1 + sin z)^4."""
    return expectation([("oo", "(1 + sin(z))**4")], equals="35/8 - 7/2*exp(-2) + exp(-8)/8", says="E σ⁴")


def deviates(radius: str, let: Mapping[str, Any], moments: Moments, chance: str, says: str) -> Outcome:
    """Refuted when the radius, at m copies, is exceeded with a probability above `chance`.

    Paley-Zygmund: the centred mean S has E S² = V/m and E S⁴ <= (3V² + M/m)/m², and so it exceeds √(V/(4m))
    with probability at least 9/16 V²/(3V² + M/m).
    """
    if {"V", "M"} & set(let):
        raise ValueError("expected let without V and M, which are the moments here")
    words = {**let, "V": moments[0], "M": moments[1]}
    return contradicted_by(
        every(
            evaluate(f"9/16*V**2/(3*V**2 + M/m) > {chance}", let=words, says="often", instance=True),
            evaluate(f"{radius} < sqrt(V/(4*m))", let=words, says="the radius is too small", instance=True),
            assumes=("Paley-Zygmund: Pr(S² > E S²/4) >= 9/16 (E S²)²/E S⁴",),
        ),
        witness=f"{says}, m = {let['m']}: half a standard deviation is more than the radius",
    )


def single_neuron(multiple: str) -> Outcome:
    """Refuted when m = 1 is allowed: H = 2, n = 1, h = 1 and σ = g(z) = E max(z + w, 0), w ~ N(0, 1).

    `multiple` log(Hn/δ) neurons are asked for.  With log(Hn/δ) = v² and v = C/c + 2, the entry c g(z)²
    exceeds 1 + C v once z > t, t² = (1 + C v)/c, and Pr(z > t) >= exp(-t²)/4 > 2 exp(-v²) = δ.
    """
    v = "(C/c + 2)"
    box: dict[str, Any] = {"C": "(0, oo)", "c": "[4/5, 2]"}
    return contradicted_by(
        every(
            prove(f"({multiple})*{v}**2 <= 1", let={"P": "1"}, says="the width 1 is allowed", **box),
            evaluate("1/2 <= (sqrt(3) + 2*pi/3)/(2*pi)", says="c <= 2"),
            evaluate("(sqrt(3) + 2*pi/3)/(2*pi) <= 5/4", says="c >= 4/5"),
            prove("1 + s <= exp(s)", s="[0, oo)"),
            prove("t < 79/100*(1 + t**2/2)", t="[0, oo)"),
            evaluate("79/100 < 2/sqrt(2*pi)", says="Pr(z > t) - exp(-t²)/4 decreases, to 0"),
            prove(f"(1 + C*{v})/c + log(8) < {v}**2", says="t² + log 8 < v²", **box),
            prove(f"{v}**2 > log(2)", says="δ < 1", **box),
            assumes=(
                "Jensen's inequality: g(z) >= z",
                "E g(z)² = (√3 + 2π/3)/(2π), the arc-cosine kernel of degree 1 for variances 2, covariance 1",
            ),
        ),
        witness="H = 2, n = m = 1, σ = g (the dual is an arc-cosine kernel) and, for every constant C, "
        "log(H/δ) = (C/c + 2)²: the one neuron exceeds the bound with probability above δ",
    )
