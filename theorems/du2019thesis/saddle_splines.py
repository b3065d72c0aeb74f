"""Lemma 7.4 of Section 7.8: the two splines that join the quadratic pieces, their slopes.

s = x/τ - 1 in [0, 1] is the place in a buffer, v = x_{i+1}/τ, w = v². Slopes are homogeneous of degree one in
(L, γ): L = 1 and γ = r in (0, 1) is the general case L > γ > 0. In these units
p = g1' = -2r - 2rs + (10r - 14)s² + (10 - 6r)s³ and g2' = -30(1 + r)s²(1 - s)².
"""

from collections.abc import Sequence
from typing import Any

from theorems.du2019thesis.saddle_interpolation import hermite, polynomial
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Series,
    Statement,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, UNIT = "(0, oo)", "[0, 1]"
RATIO = "(0, 1)"
"""γ/L for L > γ > 0."""
SIZES: dict[str, Any] = {"L": POSITIVE, "gamma": POSITIVE, "tau": POSITIVE}
P = "(-2*r - 2*r*s + (10*r - 14)*s**2 + (10 - 6*r)*s**3)"
COUPLING = "30*(1 + r)*s**2*(1 - s)**2*w"
"""-g2' x_{i+1}² in units of Lτ."""


def g1_coefficients(ends: Sequence[str], start: str) -> tuple[str, ...]:
    """g1 in powers of x - τ: the integral of the Hermite interpolant of its slope, from `start`."""
    return (start, *(f"({c})/{n}" for n, c in enumerate(hermite(ends, "tau"), 1)))


def g2_coefficients(step: Sequence[int], powers: Sequence[int]) -> tuple[str, ...]:
    """g2 in powers of x - 2τ: -γ - (L + γ) Σ step_k ((x - 2τ)/τ)^power_k."""
    by_power = dict(zip(powers, step, strict=True))
    higher = [f"-({by_power.get(n, 0)})*(L + gamma)/tau**{n}" for n in range(1, max(powers) + 1)]
    return ("-gamma", *higher)


def downhill(ratio: str = RATIO) -> Outcome:
    """∂g/∂x_i <= -2γτ < 0 in the whole buffer, for a range of ratios γ/L."""
    where: dict[str, Any] = {"s": UNIT, "r": ratio}
    return every(
        prove("-2*r < 0", r=ratio, says="slope at the entry, in Lτ"),
        prove(f"{P} <= -2*r", says="g1'/(Lτ)", **where),
        prove(f"{COUPLING} >= 0", w=UNIT, says="-g2' x_(i+1)²/(Lτ)", **where),
    )


STEP = "(10*s**3 - 15*s**4 + 6*s**5)"
"""L - g2 in units of L + γ."""


def step_range() -> list[Outcome]:
    """-γ <= g2 <= L."""
    return [prove(f"{STEP} >= 0", s=UNIT, says="L - g2"), prove(f"1 - {STEP} >= 0", s=UNIT, says="g2 + γ")]


lemma_7_4 = Claim(
    "du2019thesis/lemma-7.4",
    title="The connection splines match the quadratic pieces to second order",
    kind="closed-form",
    where="Section 7.8, Lemma 7.4, first part, and its proof",
    states=r"x_i=\tau:\ f_{i,2}=f_{i,1},\ \nabla f_{i,2}=\nabla f_{i,1},\ \nabla^2f_{i,2}=\nabla^2f_{i,1};"
    r"\qquad x_i=2\tau:\ \text{the same with}\ f_{i+1,1};\qquad g = g_1(x_i)+g_2(x_i)x_{i+1}^2",
    given=(
        r"L > \gamma > 0,\ \tau > 0,\ i = 1,\dots,d",
        r"g_1' \ \text{the cubic with}\ p(\tau)=-2\gamma\tau,\ p'(\tau)=-2\gamma,\ "
        r"p(2\tau)=-4L\tau,\ p'(2\tau)=2L,\quad g_1(\tau) = -\gamma\tau^2",
        r"g_2 = -\gamma-\frac{L+\gamma}{\tau^3}\left(10u^3+\frac{15u^4}{\tau}+\frac{6u^5}{\tau^2}\right),"
        r"\ u = x-2\tau",
        r"\nu = -g_1(2\tau)+4L\tau^2",
    ),
    printed={
        "ends": ("-2*gamma*tau", "-2*gamma", "-4*L*tau", "2*L"),
        "start": "-gamma*tau**2",
        "step": (10, 15, 6),
        "powers": (3, 4, 5),
        "nu": "-end + 4*L*tau**2",
        "slope": 30,
        "jumps": ("-4*(7*L - 5*gamma)/tau", "-16*(2*L - gamma)/tau", "-60*(L + gamma)/tau**3"),
    },
    parts=("at tau", "at 2 tau", "displays of the proof", "third derivatives"),
    proof_uses=("du2019thesis/thm-7.4",),
    note="The pieces i and i + 1 differ in the terms of x_i and x_{i+1} only; for i = d there is no x_{i+1}, "
    "and g stands for g1 (the lemma prints g(x_i, x_{i+1}) for i = d too). Third derivatives are not claimed "
    "to match, and do not: jumps lists those of g1''' at τ and 2τ and of g2''' at τ (its opposite at 2τ). "
    "The printed proof tests S < f'(y1) where Theorem 7.4 asks for 3S <= f'(y1): both hold.",
)


def g1(claim: Statement, u: str, order: int = 0) -> str:
    """g1 or a derivative at x = τ + u, from the data of a claim."""
    return polynomial(g1_coefficients(claim.ends, claim.start), u, order)


def g2(claim: Statement, u: str, order: int = 0) -> str:
    """g2 or a derivative at x = 2τ + u, from the data of a claim."""
    return polynomial(g2_coefficients(claim.step, claim.powers), u, order)


def joined(claim: Statement, at: str, own: Sequence[str], next_weight: str) -> list[Outcome]:
    """g = g1 + g2 y² on the face, against a quadratic piece: its derivatives in x_i, and its weight of y².

    The identities hold for all y, so that derivatives along the face, mixed ones included, agree as well.
    """
    u, back = ("0", "-tau") if at == "tau" else ("tau", "0")
    links = []
    for order, target in enumerate(own):
        weight = next_weight if order == 0 else "0"
        links.append(identity(f"{g1(claim, u, order)} == {target}", says=f"g1, order {order}", **SIZES))
        links.append(identity(f"{g2(claim, back, order)} == {weight}", says=f"g2, order {order}", **SIZES))
    return links


@lemma_7_4.check(part="at tau", covers="universal")
def entering(claim: Statement, ctx: Context) -> Outcome:
    """At x_i = τ the neighbour is -γx_i² + L x_{i+1}²."""
    return every(*joined(claim, "tau", ("-gamma*tau**2", "-2*gamma*tau", "-2*gamma"), "L"))


@lemma_7_4.check(part="at 2 tau", covers="universal")
def leaving(claim: Statement, ctx: Context) -> Outcome:
    """At x_i = 2τ the neighbour is L(x_i - 4τ)² - γ x_{i+1}² - ν, with the value 4Lτ² - ν."""
    nu = claim.nu.replace("end", g1(claim, "tau"))
    return every(*joined(claim, "2 tau", (f"4*L*tau**2 - ({nu})", "-4*L*tau", "2*L"), "-gamma"))


@lemma_7_4.check(part="displays of the proof", covers="universal")
def displays(claim: Statement, ctx: Context) -> Outcome:
    """g2' as displayed; p has what Theorem 7.4 asks for its upper bound (L = γ + x, τ = 1)."""
    data = zip(("f0", "d", "f1", "e"), claim.ends, strict=True)
    let = {k: v.replace("tau", "1").replace("L", "(gamma + x)") for k, v in data}
    asked = {"f1 < f0": "p(2τ) < p(τ)", "f0 < 0": "p(τ) < 0", "d < 0": "p'(τ) < 0", "e >= 3*(f1 - f0)": "3S"}
    derivative = f"-{claim.slope}*(L + gamma)*u**2*(u + tau)**2/tau**5"
    return every(
        identity(f"{g2(claim, 'u', 1)} == {derivative}", says="g2'", **SIZES),
        *(prove(k, let=let, gamma=POSITIVE, x=POSITIVE, says=v) for k, v in asked.items()),
    )


@lemma_7_4.check(part="third derivatives", covers="universal")
def jumps(claim: Statement, ctx: Context) -> Outcome:
    """The quadratic pieces have none; those of g1 are not 0 for L >= γ, so that f is not C³ across a face."""
    enter, leave, step = claim.jumps
    let = {"L": "gamma + x", "tau": "1"}
    where: dict[str, Any] = {"gamma": POSITIVE, "x": "[0, oo)"}
    return every(
        identity(f"{g1(claim, '0', 3)} == {enter}", says="g1''' at τ, from 0", **SIZES),
        identity(f"-({g1(claim, 'tau', 3)}) == {leave}", says="g1''' at 2τ, to 0", **SIZES),
        identity(f"{g2(claim, '-tau', 3)} == {step}", says="g2''' at τ, from 0", **SIZES),
        identity(f"-({g2(claim, '0', 3)}) == -({step})", says="g2''' at 2τ, to 0", **SIZES),
        prove(f"{enter} < 0", let=let, says="never 0", **where),
        prove(f"{leave} < 0", let=let, says="never 0", **where),
    )


lemma_7_4.falsehood("coefficients 10, -15, 6", step=(10, -15, 6))
lemma_7_4.falsehood("cubic smooth step", step=(3, 2), powers=(2, 3), by=("entering", "leaving"))
lemma_7_4.falsehood("ν with the opposite sign", nu="end - 4*L*tau**2", by=("leaving",))
lemma_7_4.falsehood("p'(2τ) = -2L", ends=("-2*gamma*tau", "-2*gamma", "-4*L*tau", "-2*L"), by=("leaving",))
lemma_7_4.falsehood("g1 without -γτ²", start="0", by=("entering",))
lemma_7_4.falsehood("factor 60 in g2'", slope=60, by=("displays",))
lemma_7_4.falsehood("no jump", jumps=("0", "0", "0"), by=("jumps",))


g1_slope = Claim(
    "du2019thesis/lemma-7.4-g1-slope",
    title="Slope range of g1 in the buffer",
    kind="deterministic-inequality",
    where="Section 7.8, Lemma 7.4, last display, and its proof",
    states=r"-c\,L\tau \le g_1'(x) \le -k\,\gamma\tau",
    given=(r"\tau\le x\le2\tau", r"L > \gamma > 0"),
    printed={"c": 4, "k": 2, "ratio": RATIO},
    parts=("lower", "upper"),
    uses=("du2019thesis/lemma-7.4",),
    proof_uses=("du2019thesis/thm-7.4",),
    note="p'(2τ) = 2L > 0, so that p is below p(2τ) = -4Lτ just before 2τ, for every L and γ: the lower "
    "half never holds. c = (80 + 10√10)/27 = 4.1342 is the least constant for all L > γ, approached as "
    "L -> γ; for one ratio r = γ/L it is -p/(Lτ) at s = (7 - 5r + √(16r² - 55r + 49))/(3(5 - 3r)): 4.0805 at "
    "L = e, γ = 1, never below 2744/675. Of Theorem 7.4 only the upper half applies, and the proof states "
    "only that.",
)

LEAST = "(80 + 10*sqrt(10))/27"


def at_ratio(text: str, r: str) -> str:
    """p or another expression at one ratio γ/L."""
    return text.replace("r", f"({r})")


def cubic_minimum() -> tuple[Outcome, ...]:
    """p at r = 1 is 4(s - m)²(s + 2m - 1) - (80 + 10√10)/27 with m = (2 + √10)/6; p falls with r."""
    falling = "2*(1 - s)**2*(3*s + 1)"
    return (
        identity(f"{P} == {at_ratio(P, '1')} + (1 - r)*{falling}", says="affine in r"),
        prove(f"{falling} >= 0", s=UNIT, says="decreasing in r"),
        identity(
            f"{at_ratio(P, '1')} + {LEAST} == 4*(s - m)**2*(s + 2*m - 1)", let={"m": "(2 + sqrt(10))/6"}
        ),
        prove("s + 2*(2 + sqrt(10))/6 - 1 >= 0", s=UNIT, says="the third factor"),
    )


def curves() -> Plot:
    """g1' for three ratios, and the printed lower bound."""
    s = [k / 50 for k in range(51)]
    series = []
    for name, r in (("L much larger than γ", 0.0), ("L = eγ", 0.36787944), ("L close to γ", 1.0)):
        p = [-2 * r - 2 * r * t + (10 * r - 14) * t**2 + (10 - 6 * r) * t**3 for t in s]
        series.append(Series(name, s, p))
    series.append(Series("printed lower bound", [0.0, 1.0], [-4.0, -4.0], "bound"))
    return Plot("The slope of g1 dips below -4Lτ before 2τ for every ratio.", "x/τ - 1", "g1'/(Lτ)", series)


@g1_slope.check(part="lower", covers="universal")
def dip_before_the_end(claim: Statement, ctx: Context) -> Outcome:
    """First x = 19τ/10 for every ratio, and L = 1000/999 γ at s = 43/50; then the minimum of the cubic."""
    c = f"({claim.c})"
    witness = f"x = 19τ/10: g1' = -(81/20 L + 37/500 γ)τ < -{claim.c} Lτ for every L > γ"
    dip = contradicted_by(
        prove(f"{P.replace('s', '(9/10)')} < -{c}", r=claim.ratio), witness=witness, plots=(curves(),)
    )
    near = evaluate(f"{P} >= -{c}", at={"r": "999/1000", "s": "43/50"}, says="g1'/(Lτ)", instance=True)
    compare = identity if claim.c == LEAST else evaluate
    enough = compare(f"{LEAST} {'==' if claim.c == LEAST else '<='} {c}", says="the least constant")
    return unless([dip, near], follows_from(*cubic_minimum(), enough, plots=(curves(),)))


@g1_slope.check(part="upper", covers="universal")
def below_the_tangent(claim: Statement, ctx: Context) -> Outcome:
    """p + 2r = s(-2r(1 - s)² + s(6r - 14 + (10 - 4r)s)), and the last bracket is negative."""
    return prove(f"{P} <= -({claim.k})*r", s=UNIT, r=claim.ratio, says="g1'/(Lτ), r = γ/L")


g1_slope.falsehood("-2γτ - γτ/100", k="201/100", by=("below_the_tangent",))
g1_slope.falsehood("γ up to 3L", ratio="(0, 3]", by=("below_the_tangent",))
g1_slope.falsehood("-4.13 Lτ", c="413/100", by=("dip_before_the_end",))
g1_slope.corrected("the least constant", erratum="constant", c=LEAST)


@g1_slope.falsehood_with_check("g1' is monotone in the buffer")
def turns_back(claim: Statement, ctx: Context) -> Outcome:
    """p at s = 9/10 against p at s = 1, for every ratio."""
    early, late = (P.replace("s", f"({s})") for s in ("9/10", "1"))
    rise = prove(f"{early} < {late}", r=RATIO, says="p(19τ/10) < p(2τ), while p(τ) > p(2τ)")
    return contradicted_by(rise, witness="g1'(19τ/10) < g1'(2τ) < g1'(τ) for every L > γ")


g_slope = Claim(
    "du2019thesis/lemma-7.4-g-slope",
    title="Slope range of g in the passing coordinate",
    kind="deterministic-inequality",
    where="Section 7.8, Lemma 7.4, second display",
    states=r"-c\,L\tau \le \frac{\partial g(x_i,x_{i+1})}{\partial x_i} \le -k\,\gamma\tau",
    given=(r"\tau\le x_i\le2\tau,\ 0\le x_{i+1}\le\tau", r"L > \gamma > 0"),
    printed={"c": 4, "k": 2, "ratio": RATIO, "v": UNIT},
    parts=("lower", "upper"),
    uses=("du2019thesis/lemma-7.4",),
    proof_uses=("du2019thesis/lemma-7.4-g1-slope",),
    note="The proof never mentions the term g2' x_{i+1}², which makes the lower half worse: the least "
    "constant for all L > γ is 7.3202 (at L = γ, x_{i+1} = τ, s = 0.547), and 5.5801 at L = e, γ = 1. What "
    "needs the lower half is the exit 2τ + η c L τ <= 6τ at η <= 1/(2L), which any c <= 8 serves.",
)


@g_slope.check(part="lower", covers="universal")
def with_the_coupling(claim: Statement, ctx: Context) -> Outcome:
    """Decreasing in w and r: the quartic at r = w = 1.  First x_i = 19τ/10, x_{i+1} = 0; near the minimum."""
    c = f"({claim.c})"
    witness = f"x_i = 19τ/10, x_(i+1) = 0: ∂g/∂x_i = -(81/20 L + 37/500 γ)τ < -{claim.c} Lτ for every L > γ"
    dip = contradicted_by(prove(f"{P.replace('s', '(9/10)')} < -{c}", r=claim.ratio), witness=witness)
    point = {"r": "999/1000", "s": "11/20", "w": "1"}
    near = evaluate(f"{P} - {COUPLING} >= -{c}", at=point, says="∂g/∂x_i in Lτ", instance=True)
    falling = "(2*(1 - s)**2*(3*s + 1) + 30*s**2*(1 - s)**2)"
    end = f"{at_ratio(P, '1')} - 60*s**2*(1 - s)**2"
    argument = follows_from(
        prove(f"{COUPLING} <= {COUPLING.replace('w', '1')}", r=RATIO, s=UNIT, w=UNIT, says="w = 1"),
        identity(f"{P} - {COUPLING.replace('w', '1')} == {end} + (1 - r)*{falling}", says="affine in r"),
        prove(f"{falling} >= 0", s=UNIT, says="decreasing in r"),
        prove(f"{end} >= -{c}", s=UNIT, says="r = w = 1"),
    )
    return unless([dip, near], argument)


@g_slope.check(part="upper", covers="universal")
def coupling_only_helps(claim: Statement, ctx: Context) -> Outcome:
    """g2' <= 0, and g1' <= -2γτ."""
    return every(
        prove(f"{COUPLING} >= 0", r=claim.ratio, s=UNIT, w=UNIT, says="-g2' x_{i+1}²"),
        prove(f"{P} <= -({claim.k})*r", s=UNIT, r=claim.ratio, says="g1'/(Lτ), r = γ/L"),
    )


g_slope.falsehood("-3γτ", k=3, by=("coupling_only_helps",))
g_slope.falsehood("γ up to 3L", ratio="(0, 3]", by=("coupling_only_helps",))
g_slope.falsehood("-7.3 Lτ", c="73/10", by=("with_the_coupling",))
g_slope.corrected("-22/3 Lτ", erratum="constant", c="22/3")


transverse = Claim(
    "du2019thesis/lemma-7.4-transverse",
    title="Slope of g in the next coordinate",
    kind="deterministic-inequality",
    where="Section 7.8, Lemma 7.4, third display",
    states=r"-c\,\gamma x_{i+1} \le \frac{\partial g(x_i,x_{i+1})}{\partial x_{i+1}} = 2g_2(x_i)x_{i+1}"
    r"\ (\le 2Lx_{i+1})",
    given=(r"\tau\le x_i\le2\tau,\ x_{i+1}\ge0", r"L,\gamma > 0"),
    printed={"c": 2, "step": (10, 15, 6), "powers": (3, 4, 5), "high": 2},
    uses=("du2019thesis/lemma-7.4",),
    note="The upper bound is not printed; it comes with g2' <= 0 and is attained at x_i = τ.",
)


@transverse.check(covers="universal")
def quintic_step(claim: Statement, ctx: Context) -> Outcome:
    """g2 + γ = (L + γ)(1 - s)³(1 + 3s + 6s²) and L - g2 = (L + γ)s³(10 - 15s + 6s²), s = 1 + u, τ = 1."""
    spline = g2(claim, "u").replace("tau", "1")
    let = {"L": "1"}
    where: dict[str, Any] = {"u": "[-1, 0]", "gamma": POSITIVE}
    both = (
        prove(f"2*{spline} >= -({claim.c})*gamma", let=let, **where, says="2g2 >= -cγ (L = 1)"),
        prove(f"2*{spline} <= {claim.high}", let=let, **where, says="2g2 <= 2L (L = 1)"),
    )
    factor = identity(f"{spline} + gamma == -(L + gamma)*u**3*(1 + 3*(1 + u) + 6*(1 + u)**2)", says="g2 + γ")
    return every(*both, factor)


transverse.falsehood("-γ x_{i+1}", c=1)
transverse.falsehood("not decreasing", c=0)
transverse.falsehood("at most L x_{i+1}", high=1)
transverse.falsehood("coefficients 10, 15, 7", step=(10, 15, 7))
