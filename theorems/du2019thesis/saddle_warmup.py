"""Sections 7.3 and 7.4.1: two warm-up examples, and two saddles in a row.

h = 2ηγ, b = 2ηL, r = γ/L, κ = 1 + 1/r, as in `saddle_runs`.
"""

from fractions import Fraction
from typing import Any

from numerics.saddle_toys import two_saddles_times
from theorems.du2019thesis.saddle_runs import (
    DECAY,
    INNER,
    POSITIVE,
    UNIT,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

band = Claim(
    "du2019thesis/warmup-band",
    title="Initialisation in an exponentially thin band",
    kind="dynamics",
    where="Section 7.3, first example",
    states=r"f = x_1^2-x_2^2,\ \eta = \frac14:\quad x_1^{(t+1)} = p\,x_1^{(t)},\ x_2^{(t+1)} = "
    r"q\,x_2^{(t)};\qquad |x_2^{(0)}| \le "
    r"\left(\tfrac32\right)^{-e^{1/\varepsilon}}\ \Longrightarrow\ x^{(t)}\in[-1,1]^2\ \text{for all}\ t < "
    r"c\,e^{1/\varepsilon}",
    given=(r"x_1^{(0)}\in[-1,1],\ \varepsilon > 0",),
    printed={"p": "1/2", "q": "3/2", "c": 1},
    parts=("updates", "duration"),
    uses=("du2019thesis/eq-7.1",),
)


@band.check(part="updates", covers="universal")
def quadratic_step(claim: Statement, ctx: Context) -> Outcome:
    """x - f'(x)/4 in both coordinates."""
    return every(
        identity("x - 1/4*(2*x) == p*x", let=claim.let), identity("x - 1/4*(-2*x) == q*x", let=claim.let)
    )


@band.check(part="duration", covers="universal")
def from_the_edge(claim: Statement, ctx: Context) -> Outcome:
    """|x_2^(t)| <= (3/2)^(t - N) <= 1 while t <= N = e^(1/ε), and |x_1| shrinks.

    At the edge x_2 exceeds 1 at the first integer above N: for ε = 1 it is 3, as e = 2.718.
    """
    edge = evaluate(
        "step(c*exp(1) - 4)*exp((4 - exp(1))*log(3/2)) <= 1", let=claim.let, says="ε = 1, t = 4, edge"
    )
    return unless(
        [edge],
        follows_from(
            prove("c*N <= N", N="[1, oo)", let=claim.let, says="t < cN is t < N"),
            prove("exp(-w*log(3/2)) <= 1", w="[0, oo)", says="(3/2)^(t - N), w = N - t"),
            prove("x/2 <= 1", x=UNIT),
        ),
    )


band.falsehood("η = 1/2", p=0, q=2, by=("quadratic_step",))
band.falsehood("twice as long", c=2, by=("from_the_edge",))


JOINT = "(8 - 4*u - 37*u**3 + 57*u**4 - 23*u**5 - 48*u**3*(1 - u)**3*(1 - 2*u))"
CURVATURE = "(1 - 2*(10*u**3 - 15*u**4 + 6*u**5))"
"""h = JOINT + CURVATURE x_2², u = x_1 + 2: the quintic alone would throw x_1 beyond 1, out of the domain."""

slope = Claim(
    "du2019thesis/eq-7.2",
    title="Initialisation far away, on a long slope",
    kind="existence",
    where="Section 7.3, second example, eq. (7.2)",
    states=r"f = x_1^2-x_2^2\ (-1 < x_1 < 1),\quad -s\,x_1+x_2^2\ (x_1 < -2),\quad h\ \text{between};\qquad "
    r"\text{slope: } x_1\mapsto x_1+1,\ x_2\mapsto q\,x_2;\qquad R-2 \le t \le R+a,\ |x_2^{(t)}| \le "
    r"k\,2^{-R};\qquad 2^{-R} \le \left(\tfrac32\right)^{-e^{1/\varepsilon}}\ \text{for}\ R = "
    r"c\,e^{1/\varepsilon}",
    given=(
        r"\eta = \frac14,\ x^{(0)}\in[-R-1,-R+1]\times[-1,1],\ R \ge 8",
        r"t = \min\{t: x_1^{(t)} \ge -1\}",
        r"h = a(u)+(1-2\sigma(u))\,x_2^2,\ u = x_1+2",
    ),
    printed={"s": 4, "q": "1/2", "a": 2, "k": 18, "c": 1, "R": "<="},
    parts=("joint", "updates", "arrival", "distance"),
    uses=("du2019thesis/eq-7.1", "du2019thesis/warmup-band"),
    note="The text has t ≈ R, x_2 ≈ x_2^(0) 2^(-R), R ≈ e^(1/ε), and does not give h: the numbers a, k and "
    "the polynomial h are ours. (1/2)^R = (3/2)^(-e^(1/ε)) itself means R = 0.585 e^(1/ε).",
)


@slope.check(part="joint", covers="universal")
def second_order_contact(claim: Statement, ctx: Context) -> Outcome:
    """h meets both neighbours up to second derivatives, falls in x_1, and multiplies x_2 by at most 3/2.

    And no step leaves the domain: x_1 <= 1 afterwards, for |x_2| <= 1/4.
    """
    fall = f"diff({JOINT} + {CURVATURE}*y**2, u)"
    return every(
        contact(claim),
        prove(f"{fall} <= -2", u=UNIT, y="[-1, 1]", says="no stationary point, steps of at least 1/2"),
        prove(f"u - 1/4*{fall} <= 3", u=UNIT, y="[-1/4, 1/4]", says="x_1 <= 1 after a step"),
        prove(f"{CURVATURE} <= 1", u=UNIT),
        prove(f"{CURVATURE} >= -1", u=UNIT, says="|x_2| grows by at most 3/2"),
    )


def contact(claim: Statement) -> Outcome:
    """The difference to either neighbour has a factor u³ or (1 - u)³: slope, and factor of x_2²."""
    below = "(-37 + 57*u - 23*u**2 - 48*(1 - u)**3*(1 - 2*u))"
    above = "(4 + 12*u + 23*u**2 - 48*u**3 + 96*u**4)"
    return every(
        identity(f"{JOINT} - (-s*(u - 2)) == u**3*{below}", let=claim.let, says="the slope at x_1 = -2"),
        identity(f"{JOINT} - (u - 2)**2 == (1 - u)**3*{above}", says="x_1² at x_1 = -1"),
        identity(f"{CURVATURE} - 1 == -2*u**3*(10 - 15*u + 6*u**2)", says="x_2² at x_1 = -2"),
        identity(f"{CURVATURE} + 1 == 2*(1 - u)**3*(1 + 3*u + 6*u**2)", says="-x_2² at x_1 = -1"),
    )


@slope.check(part="updates", covers="universal")
def on_the_slope(claim: Statement, ctx: Context) -> Outcome:
    """x - ∇f/4."""
    return every(
        identity("x - 1/4*(-s) == x + 1", let=claim.let), identity("x - 1/4*(2*x) == q*x", let=claim.let)
    )


@slope.check(part="arrival", covers="universal")
def steps_down_the_slope(claim: Statement, ctx: Context) -> Outcome:
    """x_1^(0) = -R + w; n = R - 2 - w + f steps lead to x_1 in [-2, -1), 0 <= f < 1, then one or two more.

    |x_2| is halved n >= R - 3 times and then grows by at most 3/2 twice.
    """
    w, f = "[-1, 1]", "[0, 1)"
    return every(
        prove("-2 - w + f + 1 >= -2", w=w, f=f, says="t - R, from below"),
        prove("-2 - w + f + 2 <= a", w=w, f=f, let=claim.let, says="t - R, from above"),
        evaluate("2**3*(3/2)**2 <= k", let=claim.let, says="n >= R - 3: |x_2| over 2^(-R)"),
    )


@slope.check(part="distance", covers="universal")
def logarithms_of_the_widths(claim: Statement, ctx: Context) -> Outcome:
    """N = e^(1/ε): -cN log 2 against -N log(3/2)."""
    return prove(f"-c*log(2)*N {claim.R} -log(3/2)*N", N=POSITIVE, let=claim.let)


slope.falsehood("slope -2x_1", s=2, by=("on_the_slope", "second_order_contact"))
slope.falsehood("x_2 shrinks by 3/4", q="3/4", by=("on_the_slope",))
slope.falsehood("arrival before R + 1/2", a="1/2", by=("steps_down_the_slope",))
slope.falsehood("|x_2| <= 10·2^(-R)", k=10, by=("steps_down_the_slope",))
slope.falsehood("R = e^(1/ε)/2", c="1/2", by=("logarithms_of_the_widths",))
slope.reading("equality of the two widths", R="==", by=("logarithms_of_the_widths",))


# ---- two saddles in a row


two_saddles = Claim(
    "du2019thesis/eq-7.3",
    title="Escaping two saddles one after the other",
    kind="dynamics",
    where="Section 7.4.1, eq. (7.3) and below",
    states=r"x_1^{(t_1)} = (1+2g\,\eta\gamma)^{t_1}x_1^{(0)},\ x_2^{(t_1)} = (1-2n\,\eta "
    r"L)^{t_1}x_2^{(0)};\qquad t_2 \ge \frac{2\eta(L+\gamma)t_1+\log(1/x_2^{(0)})}{2\eta\gamma} \ge "
    r"\left(\frac{L+\gamma}{\gamma}+a\right)t_1;\qquad \text{in words: } "
    r"t_2-z\,t_1\ \ \mathrm{rel}\ \ \frac{L+\gamma}{\gamma}\,t_1",
    given=(
        r"x^{(0)}\in[0,1]^2,\ t_i = \min\{t: x_i^{(t)} \ge 1\}",
        r"L > \gamma > 0,\ 0 < 2\eta L \le 1",
        r"\text{printed: rel is}\ =,\ z = 0,\ t_2\ \text{over all } t \ge 0",
    ),
    printed={"g": 1, "n": 1, "a": 0, "z": 0, "rel": "==", "since": "0"},
    parts=("updates", "display", "words"),
    uses=("du2019thesis/eq-7.1",),
    note="The words say that the second escape takes κ times the steps of the first; the display says at "
    "least, counted from the start. At x_2^(0) = 1 the printed t_2 is 0: it is meant after t_1. Counted from "
    "t_1 on, the second escape may take less than κ t_1 steps.",
)


@two_saddles.check(part="updates", covers="universal")
def linear_updates(claim: Statement, ctx: Context) -> Outcome:
    """One step in the first square; and x_1 stays in [1, 3] afterwards."""
    return every(
        identity("x - eta*(-2*c0*x) == (1 + 2*g*eta*c0)*x", let=claim.let),
        identity("x - eta*(2*L*x) == (1 - 2*n*eta*L)*x", let=claim.let),
        prove("(1 - b)*x + 2*b >= 1", b=UNIT, x="[1, 3]", says="a convex combination with 2"),
        prove("(1 - b)*x + 2*b <= 3", b=UNIT, x="[1, 3]"),
        prove("1 + r*b <= 3", r=INNER, b=DECAY, says="x_1 at t_1"),
    )


@two_saddles.check(part="display", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """(1 + h)^(t_2 - t_1) (1 - b)^(t_1) x_2 >= 1 in logarithms.  b = 1: x_2 = 0, and t_2 is infinite.

    First x^(0) = (1/2, 1), L = 2γ, 2ηγ = 1/2: t_1 = 2 (1/2, 3/4, 9/8), while x_2^(0) >= 1 already.  Then
    (1/100, 99/100), L = 2γ, 2ηγ = 1/100: a long first wait, κ = 3.
    """
    edge = evaluate("0 >= (3 + a)*2", let=claim.let, says="x^(0) = (1/2, 1): t_2 = 0, t_1 = 2", instance=True)
    first, second = two_saddles_times(
        Fraction(1, 100), Fraction(99, 100), Fraction(2), Fraction(1), Fraction(1, 200)
    )
    near = evaluate(f"{second} >= (3 + a)*{first}", let=claim.let, says="t_2, t_1, κ = 3", instance=True)
    argument = follows_from(
        prove("log(1 + h) <= h", h=INNER),
        prove("log(1 - b) <= -b", b=INNER),
        identity("1 + 2*eta*L/(2*eta*c0) == (L + c0)/c0 + a", let=claim.let, says="log(1/x_2) >= 0 left out"),
        assumes=("x_2 < 1 up to t_1, when x_2^(0) < 1 or t_2 is counted after t_1",),
    )
    return unless([edge, near] if claim.since == "0" else [near], argument)


@two_saddles.check(part="words", covers="universal")
def counted(claim: Statement, ctx: Context) -> Outcome:
    """x^(0) = (1/2, 99/100), L = 2γ, 2ηγ = 1/10, κ = 3: t_1 = 8, t_2 = 27; then the display."""
    first, second = two_saddles_times(
        Fraction(1, 2), Fraction(99, 100), Fraction(2), Fraction(1), Fraction(1, 20)
    )
    said = f"{second} - z*{first} {claim.rel} 3*{first}"
    near = evaluate(said, let=claim.let, says="t_2 and t_1, κ = 3", instance=True)
    return unless(
        [near],
        follows_from(
            prove("log(1 + h) <= h", h=INNER),
            prove("log(1 - b) <= -b", b=INNER),
            prove(f"1 + 1/r - z {claim.rel} 1 + 1/r", r=INNER, let=claim.let, says="over t_1"),
        ),
    )


REPAIRED: dict[str, Any] = {"rel": ">=", "since": "t_1"}
two_saddles.falsehood("growth 1 + 4ηγ", g=2, **REPAIRED, by=("linear_updates",))
two_saddles.falsehood("contraction 1 - 4ηL", n=2, **REPAIRED, by=("linear_updates",))
two_saddles.falsehood("κ + 1", a=1, **REPAIRED, by=("logarithms",))
two_saddles.falsehood("at most κ", rel="<=", since="t_1", by=("counted",))
two_saddles.reading("counted from t_1 on, at least", z=1, **REPAIRED, by=("counted",))
two_saddles.corrected("at least, t_2 after t_1 and counted from the start", erratum="misprint", **REPAIRED)
