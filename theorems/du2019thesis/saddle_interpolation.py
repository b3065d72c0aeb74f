"""Theorem 7.4 of Section 7.8: the cubic Hermite interpolant, and when it stays between its end values."""

from collections.abc import Sequence
from math import perm

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
    unless,
)

FROM_ZERO, POSITIVE, UNIT = "[0, oo)", "(0, oo)", "[0, 1]"


def polynomial(coefficients: Sequence[str], u: str, order: int = 0) -> str:
    """The derivative of `order` of Σ c_n u^n, as text."""
    terms = [f"{perm(n, order)}*({c})*({u})**{n - order}" for n, c in enumerate(coefficients) if n >= order]
    return f"({' + '.join(terms) or '0'})"


def hermite(y: Sequence[str], h: str = "1") -> tuple[str, ...]:
    """c_0..c_3 of Theorem 7.4 for y = (p(y0), p'(y0), p(y1), p'(y1)) on an interval of length h."""
    left, slope, right, end = (f"({v})" for v in y)
    S = f"(({right} - {left})/({h}))"
    return left, slope, f"(3*{S} - {end} - 2*{slope})/({h})", f"-(2*{S} - {end} - {slope})/({h})**2"


theorem_7_4 = Claim(
    "du2019thesis/thm-7.4",
    title="The cubic Hermite interpolant, and when it stays between its end values",
    kind="closed-form",
    where="Section 7.8, Theorem 7.4",
    states=r"p(y) = c_0+c_1\delta+c_2\delta^2+c_3\delta^3\ \text{interpolates}\ f, f'\ \text{at}\ y_0, y_1;"
    r"\qquad f'(y_1) \ge \frac{3(f(y_1)-f(y_0))}{y_1-y_0}\ \Longrightarrow\ f(y_1) \le p \le f(y_0)",
    given=(
        r"y_0 < y_1,\ \delta = y-y_0,\ S = \frac{f(y_1)-f(y_0)}{y_1-y_0},\ f'(y_0) < 0",
        r"c_0 = f(y_0),\ c_1 = f'(y_0),\ c_2 = \frac{3S-f'(y_1)-2f'(y_0)}{y_1-y_0},\ "
        r"c_3 = -\frac{2S-f'(y_1)-f'(y_0)}{(y_1-y_0)^2}",
        r"\text{second part: } f(y_1) < f(y_0) < 0",
    ),
    printed={
        "c2": "(3*S - e - 2*d)/h",
        "c3": "-(2*S - e - d)/h**2",
        "d": "-3*S0*a",
        "a": POSITIVE,
        "e": "-3*S0 + 3*S0*t",
        "t": FROM_ZERO,
    },
    parts=("interpolation", "upper bound", "lower bound"),
    note="d = f'(y0), e = f'(y1) and S0 = -S > 0. The lower bound fails for every e > 0, the data of Lemma "
    "7.4 among them; what the proof of that lemma uses is the upper one. The missing condition is that of "
    "Fritsch and Carlson for a monotone interpolant, -3 S0 <= d, e <= 0. That f(y0) < 0 is not needed.",
)


@theorem_7_4.check(part="interpolation", covers="universal")
def four_data(claim: Statement, ctx: Context) -> Outcome:
    """Value and slope at δ = h; those at δ = 0 are c_0 and c_1."""
    let = {"c2": claim.c2, "c3": claim.c3, "f1": "f0 + S*h"}
    cubic = f"f0 + d*h + ({claim.c2})*h**2 + ({claim.c3})*h**3"
    return every(
        identity(f"{cubic} == f0 + S*h", h=POSITIVE, let=let, says="p(y1) = f(y1)"),
        identity(f"d + 2*({claim.c2})*h + 3*({claim.c3})*h**2 == e", h=POSITIVE, says="p'(y1) = f'(y1)"),
    )


def between(claim: Statement) -> dict[str, str]:
    """The data on [0, 1]: slopes relative to S = -1 (heights scale out)."""
    return {"d": claim.d.replace("S0", "1"), "e": claim.e.replace("S0", "1")}


DROP = "(d*(1 - u)**2 - e*u*(1 - u) - u*(3 - 2*u))"
"""(p - f(y0))/u on [0, 1] for S = -1."""
RISE = "(-e*u**2 + d*u*(1 - u) + (1 - u)*(1 + 2*u))"
"""(p - f(y1))/(1 - u) on [0, 1] for S = -1."""


def decomposed() -> Outcome:
    """The two forms of p."""
    cubic = polynomial(hermite(("0", "d", "-1", "e")), "u")
    return every(
        identity(f"{cubic} == u*{DROP}", says="p - f(y0)"),
        identity(f"{cubic} + 1 == (1 - u)*{RISE}", says="p - f(y1)"),
    )


@theorem_7_4.check(part="upper bound", covers="universal")
def below_the_start(claim: Statement, ctx: Context) -> Outcome:
    """(p - f(y0))/u = d(1 - u)² - e u(1 - u) - u(3 - 2u) <= -u² where e >= -3 and d < 0 (S = -1)."""
    bound = prove(f"{DROP} <= 0", let=between(claim), u=UNIT, a=claim.a, t=claim.t, says="(p - f(y0))/u")
    return every(decomposed(), bound)


@theorem_7_4.check(part="lower bound", covers="universal")
def above_the_end(claim: Statement, ctx: Context) -> Outcome:
    """(p - f(y1))/(1 - u) = -e u² + d u(1 - u) + (1 - u)(1 + 2u), S = -1: at u = 1 it is -e.

    First S = -1, f'(y0) = -1, f'(y1) = 1 at u = 9/10, where these data are admitted.
    """
    let = between(claim)
    cubic = polynomial(hermite(("0", "d", "-1", "e")), "u")
    point = {"u": "9/10", "a": "1/3", "t": "4/3"}
    fact = evaluate(f"{cubic} < -1", let=let, at=point, says="p(9/10) - f(y0) < f(y1) - f(y0)", instance=True)
    witness = "y0 = 0, y1 = 1, f = -1, -2, f' = -1, 1 there: p(9/10) = -1 - 531/500 < -2"
    instances = [contradicted_by(fact, witness=witness)] if claim.t == FROM_ZERO else []
    bound = prove(f"{RISE} >= 0", let=let, u=UNIT, a=claim.a, t=claim.t, says="(p - f(y1))/(1 - u)")
    return unless(instances, every(decomposed(), bound))


FRITSCH_CARLSON = {"a": "(0, 1]", "t": UNIT}
theorem_7_4.falsehood("slopes swapped in c_2", c2="(3*S - d - 2*e)/h", by=("four_data",))
theorem_7_4.falsehood("c_3 without the minus sign", c3="(2*S - e - d)/h**2", by=("four_data",))
theorem_7_4.falsehood("f'(y1) >= 30 S only", e="-30*S0 + 3*S0*t", by=("below_the_start",))
theorem_7_4.falsehood("f'(y0) >= 30 S only", a="(0, 10]", t=UNIT, by=("above_the_end",))
theorem_7_4.falsehood("f'(y1) <= |S|/10", a="(0, 1]", t="[0, 31/30]", by=("above_the_end",))
theorem_7_4.corrected("both slopes between 3S and 0", erratum="missing hypothesis", a="(0, 1]", t=UNIT)
