"""Section 7.7.1, the proof of Lemma 7.2 step by step: the passage, the first wait, staying in the tube.

The other four steps are in `saddle_recursion`, the lemma itself in `saddle_escape`, words in `saddle_runs`.
"""

from fractions import Fraction

from numerics.saddle_chain import SaddleChain
from numerics.saddle_escape import orbit
from theorems.du2019thesis.saddle_runs import (
    DECAY,
    INNER,
    SLOPE,
    UNIT,
    during_passage,
    few_iterates,
    length,
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
    every,
    follows_from,
    identity,
    prove,
    unless,
)

LEMMA, WHERE = "du2019thesis/lemma-7.2", "Section 7.7.1, proof of Lemma 7.2"
GIVEN = (r"\tau \ge e^E,\ E = 1,\ x^{(0)}\in[0,1]^d,\ 0 < \eta \le \frac{1}{2L},\ L > \gamma > 0",)


buffer = Claim(
    "du2019thesis/lemma-7.2-step-buffer",
    title="How many iterates a passage takes",
    kind="proof-step",
    where=f"{WHERE}, bound on T_k^τ",
    states=r"\frac{\partial g(x_k,x_{k+1})}{\partial x_k} \le -2\gamma\tau:\ x_k\ \text{grows by at "
    r"least}\ 2m\eta\gamma\tau,\qquad T_k^\tau \le p + \frac{w\tau}{2\eta\gamma\tau}",
    given=(*GIVEN, r"\tau \le x_k < 2\tau,\ 0 \le x_{k+1} \le \tau"),
    printed={"m": 1, "p": 0, "w": 1},
    parts=("increment", "count"),
    proof_uses=("du2019thesis/lemma-7.4-g-slope",),
    step_of=LEMMA,
    note="1/(2ηγ) bounds the increments between the iterates of the region, which are one fewer than the "
    "iterates. To count increments instead does not rescue it: then x^(t) = (1 + 2ηγ)^t x^(0), used up to t "
    "= T_1 - T_1^τ, fails at the last t.",
)


@buffer.check(part="increment", covers="universal")
def slope_of_the_spline(claim: Statement, ctx: Context) -> Outcome:
    """-∂g/∂x_k over Lτ against 2mγ/L, for all γ/L, x_k and x_{k+1} of the passage."""
    return during_passage(f"-({SLOPE}) >= 2*m*r", let=claim.let)


@buffer.check(part="count", covers="universal")
def iterates_are_one_more(claim: Statement, ctx: Context) -> Outcome:
    """(N - 1) 2ηγτ < τ, so N < 1 + 1/(2ηγ).

    First exactly: d = 1, γ = 1, L = 11/10, τ = 3, η = 1/(2L), 2ηγ = 10/11, x^(0) = 3 (11/21)²: the
    iterates are 121/147, 11/7, 3, 63/11, and then beyond 6: two in [3, 6), against 1/(2ηγ) = 11/10.  And,
    with a wrong width, 2ηγ = 1/110 from x^(0) = 1.
    """
    points = [
        p[0] for p in orbit(SaddleChain(1, Fraction(11, 10), 1, 3), [Fraction(121, 147)], Fraction(5, 11), 4)
    ]
    inside = sum(3 <= x < 6 for x in points)
    shown = ", ".join(str(x) for x in points)
    said = contradicted_by(
        evaluate(f"{inside} > p + w*11/10", let=claim.let, instance=True),
        witness=f"L = 11γ/10, τ = 3, η = 1/(2L): of the iterates {shown}, {inside} lie in [3, 6), not 11/10",
    )
    long = on_a_run(
        "T1 - S1 <= p + w*110", claim.let, run(("1",), "11/10", "1/100", "3"), "L = 11/10, 2ηL = 1/100"
    )
    argument = follows_from(few_iterates(), prove("1 + 1/h <= p + w/h", h=INNER, let=claim.let))
    return unless([said, long], argument)


buffer.falsehood("increments of 3ηγτ", m="3/2", by=("slope_of_the_spline",))
buffer.falsehood("half of the passage", p=1, w="1/2", by=("iterates_are_one_more",))
buffer.corrected("one iterate more", erratum="broken proof step", p=1)


def reached(claim: Statement) -> Outcome:
    """x = 1, τ = e, 2ηγ = 1/20: τ is passed after 21 steps, against c/(2ηγ) = 20 c."""
    return contradicted_by(
        every(evaluate("(1 + 1/20)**21 >= exp(1)"), evaluate("21 < 20*c", let=claim.let)),
        witness=f"x^(0) = 1, τ = e, 2ηγ = 1/20: 1.05^21 = 2.786 > e, so T_1 - T_1^τ = 21, not {claim.c}·20",
    )


first_wait = Claim(
    "du2019thesis/lemma-7.2-step-T1",
    title="Waiting time at the first saddle",
    kind="proof-step",
    where=f"{WHERE}, lower bound on T_1",
    states=r"x_1^{(t)} = (1+2g\,\eta\gamma)^t x_1^{(0)}\ (t \le T_1-T_1^\tau),\qquad T_1-T_1^\tau \ge "
    r"\frac{c}{2\eta\gamma}\log\frac{\tau}{x_1^{(0)}}",
    given=GIVEN,
    printed={"g": 1, "c": 1},
    parts=("growth", "wait"),
    step_of=LEMMA,
    note="For x_1^(0) = 0 both sides are infinite.",
)


@first_wait.check(part="growth", covers="universal")
def one_linear_step(claim: Statement, ctx: Context) -> Outcome:
    """A step on -γ x²."""
    return identity("x - eta*(-2*c0*x) == (1 + 2*g*eta*c0)*x", let=claim.let)


@first_wait.check(part="wait", covers="universal")
def logarithm_of_the_growth(claim: Statement, ctx: Context) -> Outcome:
    """x^(0) (1 + h)^S >= τ gives S >= log(τ/x^(0))/log(1 + h).  First x = 1, τ = e, 2ηγ = 1/20."""
    near = reached(claim)
    return unless([near], prove("c*log(1 + h) <= h", h=INNER, let=claim.let))


first_wait.falsehood("growth 1 + 4ηγ", g=2, by=("one_linear_step",))
first_wait.falsehood("1/(ηγ) log(τ/x)", c=2, by=("logarithm_of_the_growth",))


first_wait_constant = Claim(
    "du2019thesis/lemma-7.2-step-T1b",
    title="The first wait is at least 1/(ηγ), and at least as long as the passage",
    kind="proof-step",
    where=f"{WHERE}, below the lower bound on T_1",
    states=r"T_1-T_1^\tau \ge \frac{c}{2\eta\gamma},\qquad T_1-T_1^\tau \ge T_1^\tau",
    given=(
        *GIVEN,
        r"|x_1^{(0)}| \le R,\ \text{printed: } R = 1",
    ),
    printed={"c": 2, "R": 1, "E": 1},
    parts=("wait", "comparison"),
    proof_uses=("du2019thesis/lemma-7.2-step-T1", "du2019thesis/lemma-7.2-step-buffer"),
    step_of=LEMMA,
    note="Printed with the constant 1/(ηγ); the end of the proof uses 1/(2ηγ), which is what log(τ/x) >= 1 "
    "gives. With the corrected count of the passage the comparison is still right.",
)


@first_wait_constant.check(part="wait", covers="universal")
def at_least_one_e_fold(claim: Statement, ctx: Context) -> Outcome:
    """log(τ/x) >= 1 and log(1 + h) <= h.  First x = 1, τ = e, 2ηγ = 1/20: 21 steps (1.05^21 > e)."""
    near = reached(claim)
    return unless(
        [near],
        follows_from(
            evaluate("log(R) + c <= E", let=claim.let, says="log(τ/x) >= c"),
            prove("log(1 + h) <= h", h=INNER),
        ),
    )


@first_wait_constant.check(part="comparison", covers="universal")
def both_are_integers(claim: Statement, ctx: Context) -> Outcome:
    """S >= 1/h, so S >= ceil(1/h), and the passage has at most ceil(1/h) iterates.

    First a run with 2ηγ = 1/110 from x = R.
    """
    far = on_a_run(
        "S1 >= T1 - S1", claim.let, run((str(claim.R),), "11/10", "1/100", length(claim)), f"x = {claim.R}"
    )
    return unless(
        [far],
        follows_from(
            evaluate("log(R) + 1 <= E", let=claim.let, says="log(τ/x) >= 1"),
            prove("log(1 + h) <= h", h=INNER, says="S >= 1/h"),
            few_iterates(),
            assumes=("an integer below 1 + 1/h is at most the least integer that is at least 1/h",),
        ),
    )


first_wait_constant.falsehood("3/(4ηγ)", c="3/2", by=("at_least_one_e_fold",))
first_wait_constant.falsehood("starts up to 5/2", c=1, R="5/2", by=("both_are_integers",))
first_wait_constant.corrected("1/(2ηγ)", erratum="constant", c=1)


stay_quadratic = Claim(
    "du2019thesis/lemma-7.2-step-stay-quadratic",
    title="Updates where x_k rests, and where they stay",
    kind="proof-step",
    where=f"{WHERE}, GD stays in D_0, first three displays",
    states=r"1\le j\le J:\ x_j^{(t+1)} = (1-a\eta L)x_j^{(t)}+q\,\eta L\tau\in[2\tau,6\tau];\qquad "
    r"x_k^{(t+1)} = (1+2\eta\gamma)x_k^{(t)}\in[0,U\tau];\qquad j>k:\ x_j^{(t+1)} = (1-n\,\eta "
    r"L)x_j^{(t)}\in[0,\tau]",
    given=(
        r"6\tau \ge x_1,\dots,x_{k-1} \ge 2\tau,\ 0 \le x_k,\dots,x_d \le \tau",
        r"0 < \eta \le \frac{1}{2L}",
    ),
    printed={"a": 1, "q": -4, "J": "k", "U": 2, "n": 2},
    parts=("settled", "active", "resting"),
    uses=("du2019thesis/eq-7.6",),
    step_of=LEMMA,
    note="The gradient of L(x - 4τ)² is 2L(x - 4τ): the update is (1 - 2ηL)x + 8ηLτ, a convex combination "
    "with 4τ. As printed the minimum 4τ would move, to 0 for η = 1/(2L). (1 - ηL)x + 4ηLτ would belong to "
    "L(x - 4τ)²/2. The first range ends at k - 1; j = k has its own line.",
)


def moved_minimum(claim: Statement) -> Outcome:
    """η = 1/(2L): does the update move x_j = 4τ?"""
    image = 4 * (1 - Fraction(claim.a) / 2) + Fraction(claim.q) / 2
    return contradicted_by(
        evaluate("(1 - a/2)*4 + q/2 != 4", let=claim.let, instance=True),
        witness=f"η = 1/(2L), x_j = 4τ, where the gradient is 0: the update gives {image}τ",
    )


@stay_quadratic.check(part="settled", covers="universal")
def convex_combination(claim: Statement, ctx: Context) -> Outcome:
    """The update in units of τ, with l = ηL; at the minimum first; for J = k also at x_k."""
    update, let = "((1 - a*l)*x + q*l)", claim.let
    fixed = moved_minimum(claim)
    active = evaluate(f"(1 + 2*l*1/2)*x == {update}", at={"x": 1, "l": "1/4"}, let=let, says="j = k, L = 2γ")
    chain = every(
        identity(f"x - 2*l*(x - 4) == {update}", let=let),
        prove(f"{update} >= 2", l="(0, 1/2]", x="[2, 6]", let=let),
        prove(f"{update} <= 6", l="(0, 1/2]", x="[2, 6]", let=let),
    )
    return unless([fixed, active] if claim.J == "k" else [fixed], chain)


@stay_quadratic.check(part="active", covers="universal")
def at_most_doubled(claim: Statement, ctx: Context) -> Outcome:
    """2ηγ = r b < 1."""
    return prove("(1 + r*b)*x <= U", r=INNER, b=DECAY, x=UNIT, let=claim.let)


@stay_quadratic.check(part="resting", covers="universal")
def contraction(claim: Statement, ctx: Context) -> Outcome:
    """A step on L x², l = ηL: the update, and its range."""
    return every(
        identity("x - 2*l*x == (1 - n*l)*x", let=claim.let),
        prove("(1 - n*l)*x >= 0", l="(0, 1/2]", x=UNIT, let=claim.let),
        prove("(1 - n*l)*x <= 1", l="(0, 1/2]", x=UNIT, let=claim.let),
    )


stay_quadratic.falsehood("pull 4ηLτ", a=2, q=4, J="k - 1", by=("convex_combination",))
stay_quadratic.falsehood("at most 3τ/2", a=2, q=8, J="k - 1", U="3/2", by=("at_most_doubled",))
stay_quadratic.falsehood("1 - 3ηL", a=2, q=8, J="k - 1", n=3, by=("contraction",))
stay_quadratic.corrected("(1 - 2ηL)x + 8ηLτ for j <= k - 1", erratum="misprint", a=2, q=8, J="k - 1")


stay_buffer = Claim(
    "du2019thesis/lemma-7.2-step-stay-buffer",
    title="How far a passing coordinate can jump",
    kind="proof-step",
    where=f"{WHERE}, GD stays in D_0, fourth display",
    states=r"x_k^{(t+1)} = x_k^{(t)}-\eta\frac{\partial g(x_k,x_{k+1})}{\partial x_k} \le x_k^{(t)}+\eta "
    r"B\tau \le o\,\tau,\qquad \text{printed: } B = 2\gamma",
    given=(r"\tau \le x_k \le 2\tau,\ 0 \le x_{k+1} \le \tau", r"0 < \eta \le \frac{1}{2L},\ L > \gamma > 0"),
    printed={"B": "2*r", "o": 6},
    proof_uses=("du2019thesis/lemma-7.4-g-slope",),
    step_of=LEMMA,
    note="B in units of L. Lemma 7.4's upper bound on the slope makes 2ηγτ the least step, not the largest. "
    "The lower bound of Lemma 7.4, 4Lτ, fails too; 8Lτ holds, and 6τ with it.",
)


@stay_buffer.check(covers="universal")
def largest_step(claim: Statement, ctx: Context) -> Outcome:
    """-∂g/∂x_k over Lτ against B; and from x_k <= 2τ with η <= 1/(2L) at most 2τ + Bτ/2."""
    last = contradicted_by(
        evaluate(f"-({SLOPE}) > B", at={"r": "1/2", "s": 1, "v": 0}, let=claim.let),
        witness="L = 2γ, x_k = 2τ, x_(k+1) = 0: the step is 4ηLτ = 8ηγτ, not at most 2ηγτ",
    )
    return unless(
        [last],
        every(
            during_passage(f"-({SLOPE}) <= B", let=claim.let, says="the step over ηLτ"),
            prove("2 + B/2 <= o", let=claim.let, r=INNER),
        ),
    )


stay_buffer.falsehood("4ηLτ", B=4)
stay_buffer.falsehood("7ηLτ", B=7)
stay_buffer.falsehood("at most 5τ by this bound", B=8, o=5)
stay_buffer.corrected("8ηLτ", erratum="broken proof step", B=8)
