"""Section 7.7.1, Step 3: from the octopus to the whole space.

On the octopus f(x) = Σ_j a(|x_j|) + Σ_{j>=2} (q(|x_{j-1}|) + γ) x_j² (eq-7.6): q + γ vanishes once x_{j-1} is
settled, and until then x_j rests, |x_j| <= τ. So it is extended by extending two functions of one variable,

    F(x) = Σ_j A(|x_j|) + Σ_{j>=2} (q(|x_{j-1}|) + γ) W(|x_j|),

A = a up to 6τ, W(s) = s² up to τ, both bent to a constant on the next interval of length τ. No theorem about
extensions is needed. Units: τ = 1, and L = 1, γ = r where a bound is homogeneous.
"""

from collections.abc import Callable
from typing import Any

from theorems.du2019thesis.saddle_interpolation import polynomial
from theorems.du2019thesis.saddle_lipschitz import BANACH, hessian_at
from theorems.du2019thesis.saddle_splines import (
    POSITIVE,
    SIZES,
    STEP,
    UNIT,
    P,
    downhill,
    g1,
    g2,
    lemma_7_4,
    step_range,
)
from theorems.du2019thesis.saddle_tube import NU
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

SPLINES = lemma_7_4.printed
PIECEWISE = "where second derivatives match, bounded third derivatives on the pieces make them Lipschitz"
BEND = ("4*L - nu", "4*L", "L", "-16*L/3", "5*L/2")
"""A at 6 + u, 0 <= u <= 1: a' bent from 4L + 2Lu to 0."""
CAP = ("1", "2", "1", "-10/3", "3/2")
"""W at 1 + u, 0 <= u <= 1: from (1 + u)² to 13/6."""


def joints(order: int) -> dict[str, tuple[str, str]]:
    """The two sides at every joint of A, q and W, differentiated `order` times (τ = 1)."""
    flat = [str(int(order == 0)), "0"]

    def splines(g: Callable[[Statement, str, int], str], u: str) -> str:
        return g(SPLINES, u, order).replace("tau", "1")

    settled = ("-nu", "0", "L")
    rising = ("0", "0", "1")
    return {
        "A at τ": (polynomial(("0", "0", "-gamma"), "1", order), splines(g1, "0")),
        "A at 2τ": (splines(g1, "1"), polynomial(settled, "-2", order)),
        "A at 6τ": (polynomial(settled, "2", order), polynomial(BEND, "0", order)),
        "A at 7τ": (polynomial(BEND, "1", order), f"{flat[0]}*(4*L - nu + 13*L/6)"),
        "q at τ": (f"{flat[0]}*L", splines(g2, "-1")),
        "q at 2τ": (splines(g2, "0"), f"-{flat[0]}*gamma"),
        "W at τ": (polynomial(rising, "1", order), polynomial(CAP, "0", order)),
        "W at 2τ": (polynomial(CAP, "1", order), f"{flat[0]}*13/6"),
    }


extension = Claim(
    "du2019thesis/step-3-extension",
    title="Extension of the objective from the octopus to the whole space",
    kind="existence",
    where="Section 7.7.1, Step 3",
    states=r"F:\mathbb R^d\to\mathbb R,\ F|_D = f,\ \partial^\alpha F\ \text{bounded up to order}\ "
    r"\text{orders};\quad |F| \le B,\ \|\nabla^2F\|_{op} \le \ell,\ \|D^3F\|_{op} \le \rho/\tau;\quad "
    r"\text{local minima of } F\ \text{no nearer than}\ m\tau\ \text{to}\ \{x\in D: |x_d|\le2\tau\}",
    given=(
        r"f\ \text{on the octopus } D\ (\text{with } d+1\ \text{boxes}),\ L \ge \gamma > 0",
        r"F(x) = \sum_jA(|x_j|)+\sum_{j\ge2}(q(|x_{j-1}|)+\gamma)\,W(|x_j|)",
        r"A(s) = -\gamma s^2,\ g_1(s),\ L(s-4\tau)^2-\nu\ \text{up to}\ \tau, 2\tau, 6\tau,\ "
        r"A'((6+u)\tau) = 2L\tau(1-u)^2(2+5u)\ \text{up to}\ 7\tau,\ \text{then constant}",
        r"q = L,\ g_2,\ -\gamma;\quad W(s) = s^2\ \text{up to}\ \tau,\ "
        r"W'((1+u)\tau) = 2\tau(1-u)^2(1+3u)\ \text{up to}\ 2\tau,\ \text{then constant}",
    ),
    printed={"orders": "all", "B": "d*nu", "ell": (32, 25), "rho": (240, 210), "m": 2},
    parts=("regularity", "function value", "Hessian", "third derivatives", "new stationary points"),
    uses=("du2019thesis/eq-7.6", "du2019thesis/eq-7.14"),
    proof_uses=("du2019thesis/thm-7.5",),
    note="Printed is O(poly(d)) for derivatives of all orders, by Theorem 7.5; the F given here is ours. f "
    "itself has no third derivative at |x_1| = τ, so no F has; m = 2 would not bound ρ, and m = 3 is "
    "out of reach. Theorem 7.3 needs less, and this F has it, with ℓ and ρ free of d (ell, rho: coefficients "
    "of L and γ); so f on D has these constants too, with distances, not lengths of paths in D. Theorem "
    "7.3 speaks of all local minima, so that those of the extension may not simply be ignored: F has "
    "(±4τ, ..., ±4τ) and points whose coordinates are ±4τ or beyond 7τ.",
)


@extension.check(part="regularity", covers="universal")
def two_derivatives(claim: Statement, ctx: Context) -> Outcome:
    """All joints of A, q, W to second order; even and smooth at 0. F = f on D, term by term.

    At |x_1| = τ, x_j = 0 else, inside D, ∂³f/∂x_1³ jumps from 0 to g1'''(τ) = -4(7L - 5γ)/τ.
    """
    if claim.orders != "two":
        jump = f"{g1(SPLINES, '0', 3)}".replace("tau", "1")
        fact = prove(f"{jump} < 0", let={"L": "(gamma + x)"}, gamma=POSITIVE, x=POSITIVE, says="g1'''(τ)")
        return contradicted_by(
            fact, witness="x = (τ, 0, ..., 0): ∂³f/∂x_1³ is 0 before, -4(7L - 5γ)/τ behind"
        )
    inside = [
        identity("-gamma*y**2 + (L + gamma)*y**2 == L*y**2", says="x_{j-1} rests or is the first unsettled"),
        identity("-gamma*y**2 + (q + gamma)*y**2 == q*y**2", says="x_{j-1} passes"),
        identity("-gamma + gamma == 0", says="x_{j-1} is settled"),
    ]
    let = {"nu": NU.replace("tau", "1")}
    matched = [
        identity(f"{left} == {right}", let=let, says=f"{where}, order {order}", **SIZES)
        for order in range(3)
        for where, (left, right) in joints(order).items()
    ]
    return every(*matched, *inside)


@extension.check(part="function value", covers="universal")
def summands(claim: Statement, ctx: Context) -> Outcome:
    """-ν <= A <= 0 and 0 <= (q + γ)W <= 13(L + γ)/6 <= ν: |F| <= dν, attained at (4τ, ..., 4τ); L = γ + x."""
    let = {"L": "(gamma + x)", "nu": "(37*(gamma + x) + 13*gamma)/6"}
    pair: dict[str, Any] = {"gamma": POSITIVE, "x": "[0, oo)"}
    reached = prove(f"d*nu <= {claim.B}", d="[1, oo)", nu=POSITIVE, says="-F at (4τ, ..., 4τ)")
    argument = follows_from(
        downhill("(0, 1]"),
        *step_range(),
        identity(f"{polynomial(BEND, 'u', 1)} == 2*L*(1 - u)**2*(2 + 5*u)", says="A grows in the bend"),
        prove("4*L - nu + 13*L/6 <= 0", let=let, says="A at 7τ", **pair),
        prove("-gamma >= -nu", let=let, says="A on [0, τ]", **pair),
        prove("-13/6*(L + gamma) >= -nu", let=let, says="A at 2τ", **pair),
        prove(f"{polynomial(CAP, 'u')} <= 13/6", u=UNIT, says="W"),
        prove(f"{polynomial(CAP, 'u')} >= 0", u=UNIT, says="W"),
        prove("13/6*(L + gamma) <= nu", let=let, says="coupling", **pair),
    )
    return every(reached, argument)


def within(bound: str, text: str, says: str, **domain: Any) -> list[Outcome]:
    """|text| <= bound on a box."""
    says = f"|{says}| <= {bound}"
    return [prove(f"{bound} {sign} ({text}) >= 0", says=says, **domain) for sign in "+-"]


def curvatures() -> list[Outcome]:
    """|A''| <= 7L, |q''| <= 29/5 (L + γ) and |W''| <= 32/9, W'' = 2 on [0, τ]."""
    return [
        *step_range(),
        *within("7", f"diff({P}, s)", "A'' in the buffer", s=UNIT, r=UNIT),
        *within("7", polynomial(("4", "4", "1", "-16/3", "5/2"), "s", 2), "A'' in the bend", s=UNIT),
        *within("29/5", f"diff(diff({STEP}, s), s)", "q''", s=UNIT),
        *within("32/9", polynomial(CAP, "s", 2), "W''", s=UNIT),
        evaluate("2 <= 32/9", says="W'' on [0, τ]"),
        evaluate("2 <= 7", says="A'' of the quadratics"),
    ]


def third_orders() -> list[Outcome]:
    """|A'''| <= 32L, |q'''| <= 60(L + γ) and |W'''| <= 20."""
    return [
        *within("32", f"diff(diff({P}, s), s)", "A''' in the buffer", s=UNIT, r=UNIT),
        *within("32", polynomial(("4", "4", "1", "-16/3", "5/2"), "s", 3), "A''' in the bend", s=UNIT),
        *within("60", f"diff(diff(diff({STEP}, s), s), s)", "q'''", s=UNIT),
        *within("20", polynomial(CAP, "s", 3), "W'''", s=UNIT),
    ]


def slopes() -> list[Outcome]:
    """|q'| <= 15/8 (L + γ) and |W'| <= 512/243, W' <= 2 on [0, τ]."""
    return [
        *within("15/8", f"diff({STEP}, s)", "q'", s=UNIT),
        *within("512/243", polynomial(CAP, "s", 1), "W'", s=UNIT),
        evaluate("2 <= 512/243", says="W' on [0, τ]"),
    ]


@extension.check(part="Hessian", covers="universal")
def row_sums(claim: Statement, ctx: Context) -> Outcome:
    """The Hessian of F is tridiagonal: A''(x_j) + (q(x_{j-1}) + γ)W''(x_j) + q''(x_j)W(x_{j+1}), q'W' beside.

    Its norm is at most the largest sum of a row, in every dimension.  First the block of f itself.
    """
    a, b = claim.ell
    rows = "7 + (1 + r)*(32/9 + 29/5*13/6 + 2*15/8*512/243)"
    below = [hessian_at(f"{a} + {b}*{r}", r, s) for r, s in (("1/1000", "293/1000"), ("999/1000", "49/200"))]
    argument = follows_from(
        *curvatures(),
        *slopes(),
        prove(f"{rows} <= {a} + {b}*r", r=UNIT, says="sum of a row, L = 1"),
        assumes=("the spectral norm of a symmetric matrix is at most its largest absolute row sum",),
    )
    return unless(below, argument)


@extension.check(part="third derivatives", covers="universal")
def cubic_form(claim: Statement, ctx: Context) -> Outcome:
    """D³F[u, u, u] = Σ F_jjj u_j³ + 3 Σ (q''W' u_{j-1}²u_j + q'W'' u_{j-1}u_j²), at most the sum below.

    At least |∂³f/∂x_1³| = 88L + 40γ, next to (τ, τ, 0, ..., 0).
    """
    a, b = claim.rho
    total = "32 + (1 + r)*(20 + 60*13/6 + 3*29/5*512/243 + 3*15/8*32/9)"
    below = prove(f"88 + 40*r <= {a} + {b}*r", r="(0, 1]", says="third derivative of f (L = τ = 1)")
    argument = follows_from(
        *curvatures(),
        *third_orders(),
        *slopes(),
        prove(f"{total} <= {a} + {b}*r", r=UNIT, says="L = τ = 1"),
        assumes=(
            "Σ u_{j-1}²|u_j|, Σ |u_{j-1}|u_j² <= 1 for |u| = 1",
            BANACH,
            PIECEWISE,
        ),
    )
    return unless([below], argument)


@extension.check(part="new stationary points", covers="universal")
def minima_of_the_extension(claim: Statement, ctx: Context) -> Outcome:
    """At a local minimum |x_1| is 4τ or >= 7τ, so that q(|x_1|) + γ = 0 and x_2 is in the same position, ...

    ∂F/∂x_j = A' + q'W < 0 for 0 < x_j < 4τ, > 0 for 4τ < x_j < 7τ; at x_j = 0 the curvature is -2γ. So a
    minimum has |x_d| >= 4τ, at distance 2τ from |x_d| <= 2τ.
    """
    return every(
        evaluate(f"{claim.m} <= 4 - 2", says="distance of (4τ, ..., 4τ) from |x_d| = 2τ, in τ"),
        prove("-2*gamma*x < 0", gamma=POSITIVE, x=POSITIVE, says="A' on (0, τ), with q' = 0"),
        downhill("(0, 1]"),
        prove("diff(L*(x - 4)**2, x) < 0", x="[2, 4)", L=POSITIVE, says="A' on [2τ, 4τ), with q' = 0"),
        prove("diff(L*(x - 4)**2, x) > 0", x="(4, 6]", L=POSITIVE, says="A' on (4τ, 6τ]"),
        prove("2*L*(1 - u)**2*(2 + 5*u) > 0", u="[0, 1)", L=POSITIVE, says="A' on [6τ, 7τ)"),
        prove("30*s**2*(1 - s)**2 >= 0", s=UNIT, says="-q', so that q'W <= 0"),
        identity("diff(diff(-gamma*x**2, x), x) == -2*gamma", says="curvature at x_j = 0, with q'' = 0"),
    )


extension.falsehood("f in C³(D)", orders="three", by=("two_derivatives",))
extension.falsehood("|F| free of d", B="10*nu", by=("summands",))
extension.falsehood("|F| <= (d - 1)ν", B="(d - 1)*nu", by=("summands",))
extension.falsehood("Hessian 8L", ell=(8, 0), by=("row_sums",))
extension.falsehood("third derivatives 87L + 41γ", rho=(87, 41), by=("cubic_form",))
extension.falsehood("minima 3τ away", m=3, by=("minima_of_the_extension",))
extension.corrected(
    "two derivatives, the second Lipschitz, by an explicit formula", erratum="false statement", orders="two"
)


@extension.falsehood_with_check("D is convex")
def midpoint(claim: Statement, ctx: Context) -> Outcome:
    """d = 2: (0, τ) and (2τ, 2τ) belong to D, (τ, 3τ/2) does not."""
    return evaluate("(1 + 2)/2 <= 1", says="x_2/τ of the midpoint")
