"""Section 7.4.1: the sketch of the escape times along d saddles, and what is true of it.

h = 2ηγ, b = 2ηL, r = γ/L, κ = 1 + 1/r, as in `saddle_runs`.  `accounts` also carries Theorem 7.3.
"""

from fractions import Fraction

from numerics.saddle_chain import SaddleChain
from numerics.saddle_escape import orbit
from theorems.du2019thesis.saddle_runs import (
    COUNTS,
    DECAY,
    INNER,
    SMOOTH,
    SPLINE,
    UNIT,
    length,
    next_stays_low,
    on_a_run,
    run,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    follows_from,
    identity,
    prove,
    unless,
)

sketch = Claim(
    "du2019thesis/sketch-d-saddles",
    title="Escape times along d saddles (proof sketch)",
    kind="dynamics",
    where="Section 7.4.1, from two saddle points to d saddle points",
    states=r"t_{i+1}-z\,t_i \ge \left(\frac{L+\gamma}{\gamma}+a\right)t_i,\qquad t_d \ge "
    r"\left(\frac{L+\gamma}{\gamma}\right)^{d-o}",
    given=(
        r"t_i = \min\{t: x_i^{(t)} \ge 2\tau\},\ x^{(0)}\in[0,1]^d",
        r"\tau > e^E,\ \text{printed: } E = 0",
        r"0 < \eta \le \frac{1}{2L}",
    ),
    printed={"z": 0, "a": 0, "o": 0, "E": 0},
    parts=("recursion", "bound"),
    uses=("du2019thesis/lemma-7.4",),
    note="Escape means 2τ, as in the proof of Lemma 7.2. The sketch asks for a constant τ > 1 only. For τ >= "
    "e, as in Lemma 7.2, both hold, the bound with the exponent d that the sketch prints and the appendix "
    "does not: more than Lemma 7.2 says.",
)


def accounts() -> Outcome:
    """T_{k+1} >= κ T_k for τ >= e: log x_{k+1} is followed through the passage of x_k.

    A passage of N iterates multiplies x_{k+1} by Π(1 - b + (b + h)σ(s_n)) <= exp(-bN + (b + h)Σσ(s_n)).
    With Φ = (3/4)s² convex and (b + h)σ(s_n) <= Φ'(s_n)(s_{n+1} - s_n), all but the last term of the sum are
    at most Φ(1) = 3/4 together; the last is at most b + h.  The rest before S_k gives -log(1 - b) S_k >=
    b S_k + b - 1/4, since S_k >= 1/b.  So h (S_{k+1} - T_k) >= b T_k - h: T_{k+1} >= S_{k+1} + 1 >= κ T_k.
    """
    step = f"(-({SPLINE})/2)"
    return follows_from(
        prove("log(1 + x) <= x", x="(-1, oo)"),
        prove(f"(1 + r)*{SMOOTH} <= 3/2*s*{step}", r=UNIT, s=UNIT, says="(b + h)σ(s) <= Φ'(s) Δs, over b"),
        prove(
            "b**2 - b/4 <= -log(1 - b) - b", b="[0, 1)", says="(-log(1 - b) - b) S_k >= b - 1/4, S_k >= 1/b"
        ),
        identity(
            "1 + b*S + (b - 1/4) + b*N - 3/4 - b - h == b*(S + N) - h", says="h (S_{k+1} - T_k) is at least"
        ),
        prove("1 + r*b < 2", r=INNER, b=DECAY, says="x_{k+1} < 2τ at S_{k+1}: T_{k+1} >= S_{k+1} + 1"),
        next_stays_low(),
        assumes=("induction over k", COUNTS, "log(τ/x^(0)) >= 1", "b = 1: T_{k+1} is infinite"),
    )


def stretched(claim: Statement) -> str:
    """A τ just above e^E."""
    return f"101/100*{length(claim)}"


@sketch.check(part="recursion", covers="universal")
def cumulative(claim: Statement, ctx: Context) -> Outcome:
    """The accounts of a passage, for E >= 1.  First two runs with τ = 1.01 e^E.

    L = 9γ, 2ηL = 1/20 from (1, 1); and L = 8γ, 2ηL = 1/50 from (1/20, 1).
    """
    near = run(("1", "1"), "9", "1/20", stretched(claim))
    far = run(("1/20", "1"), "8", "1/50", stretched(claim))
    return unless(
        [
            on_a_run("T2 - z*T1 >= (10 + a)*T1", claim.let, near, "L = 9γ, 2ηL = 1/20"),
            on_a_run("T2 - z*T1 >= (9 + a)*T1", claim.let, far, "L = 8γ, 2ηL = 1/50"),
        ],
        follows_from(evaluate("E >= 1", let=claim.let), evaluate("z + a <= 0", let=claim.let), accounts()),
    )


@sketch.check(part="bound", covers="universal")
def first_and_all(claim: Statement, ctx: Context) -> Outcome:
    """T_1 >= S_1 + 1 >= 1/h + 1 >= κ, and the recursion.

    First d = 1, L = 3γ, η = 1/(2L), κ = 4, x^(0) = 1, exactly: for τ = 101/100 the orbit is 1, 4/3, 2.197:
    2τ is passed after two steps.  Then d = 2 and d = 1 with L = 20γ, 2ηL = 1/2, τ = 1.01 e^E.
    """
    near, one = (run(x, "20", "1/2", stretched(claim)) for x in (("1", "1"), ("1",)))
    return unless(
        [
            *three_steps(claim),
            on_a_run("T2 >= 21**(2 - o)", claim.let, near, "d = 2, L = 20γ"),
            on_a_run("T1 >= 21**(1 - o)", claim.let, one, "d = 1, L = 20γ"),
        ],
        follows_from(
            evaluate("E >= 1", let=claim.let),
            evaluate("o >= 0", let=claim.let),
            prove("log(1 + h) <= h", h=INNER, says="S_1 >= 1/h"),
            prove("1/(r*b) + 1 >= 1 + 1/r", r=INNER, b=DECAY, says="1/h + 1 >= κ"),
            accounts(),
        ),
    )


def three_steps(claim: Statement) -> list[Outcome]:
    """When τ = 101/100 is allowed: x^(2) against 2τ, the last iterate before κ^(1 - o) = 4 being x^(3)."""
    if claim.E != 0 or claim.o != 0:
        return []
    points = [p[0] for p in orbit(SaddleChain(1, 3, 1, Fraction(101, 100)), [1], Fraction(1, 6), 2)]
    shown = ", ".join(str(x) for x in points)
    return [
        contradicted_by(
            evaluate(f"{points[2]} >= 2*101/100", instance=True),
            witness=f"d = 1, κ = 4, τ = 101/100, η = 1/(2L): x = {shown} >= 2τ, so t_1 = 2 < κ",
        )
    ]


sketch.falsehood("κ + 1", a=1, E=1, by=("cumulative",))
sketch.falsehood("exponent d + 1", o=-1, E=1, by=("first_and_all",))
sketch.reading("steps between the escapes, τ >= e", z=1, E=1, by=("cumulative",))
sketch.corrected("τ >= e", erratum="missing hypothesis", E=1)
