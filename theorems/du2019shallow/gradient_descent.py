"""Section 4: gradient descent, by induction over the iterations.

`e` is the residual y - u(k), and S_i holds the neurons whose gate on x_i is the same for all weights within R
of their start (*stable* ones); the others are the complement.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.descent_one_input import OneInputDescent, descend_one_input
from numerics.flow_one_input import sample_one_input
from numerics.two_layer import gradient, predict
from theorems.du2019shallow import two_inputs
from theorems.du2019shallow._observed import enough_width
from theorems.du2019shallow._orthonormal import too_fast, wide_enough
from theorems.du2019shallow.model import integer_networks
from verify import (
    Claim,
    Context,
    Demand,
    Outcome,
    Plot,
    Regime,
    Series,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)
from verify.context import smallest_deciding_count

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
EVENT_CONSTANT = "2/sqrt(2*pi)"
"""The C of Lemma 4.1."""


condition_4_1 = Claim(
    "du2019shallow/condition-4.1",
    aliases=("du2019thesis/condition-2.1",),
    title="Induction hypothesis: linear rate up to iteration k",
    kind="definition",
    where="Section 4.1, Condition 4.1",
    states=r"\|y-u(k)\|_2^2 \le c\left(1-\frac{\eta\lambda_0}{2}\right)^{k+s}\|y-u(0)\|_2^2",
    given=(r"0 < \eta\lambda_0/2 < 1",),
    printed={"s": 0, "c": 1},
    uses=("du2019shallow/eq-3",),
    note="The text says that it holds at k = 0 by definition.",
)


@condition_4_1.check(covers="universal")
def base_case(claim: Statement, ctx: Context) -> Outcome:
    """At k = 0, for every initial residual E >= 0 (squared) and every q = ηλ0/2."""
    return prove("E <= c*(1 - q)**(0 + s)*E", E=FROM_ZERO, q=UNIT, let=claim.let)


condition_4_1.falsehood("one step ahead", s=1)
condition_4_1.falsehood("half of the initial loss", c="1/2")


corollary_4_1 = Claim(
    "du2019shallow/cor-4.1",
    aliases=("du2019thesis/cor-2.1",),
    title="Travel of a neuron under gradient descent",
    kind="deterministic-inequality",
    where="Section 4.1, Corollary 4.1, eq. (8); proof in the appendix",
    states=r"\|w_r(k+1)-w_r(0)\|_2 \le \frac{c\,n^{p}\,\|y-u(0)\|_2}{m^{q}\lambda_0} =: R'",
    given=(
        r"\|y-u(k')\|_2^2 \le (1-\eta\lambda_0/\rho)^{k'}\|y-u(0)\|_2^2\ \text{for}\ k' = 0,\dots,k",
        r"|a_r| = 1,\ \|x_i\|_2 = 1,\ 0 < \eta\lambda_0/\rho \le 1",
    ),
    printed={"c": 4, "p": "1/2", "q": "1/2", "rho": 2},
    uses=("du2019shallow/condition-4.1", "du2019shallow/eq-4"),
    proof_uses=("du2019shallow/lemma-3.3-step-1", "du2019shallow/lemma-3.3-step-2"),
    note="The constant 4 is the supremum, approached as the step size tends to 0.",
)


@corollary_4_1.check(covers="universal")
def geometric_series(claim: Statement, ctx: Context) -> Outcome:
    """η Σ s^k = η/(1 - s) with s = √(1 - ηλ0/ρ): as η = ρ(1 - s²)/λ0, this is ρ(1 + s)/λ0.

    Attained at n = 1 without gate changes, s = 3/4, ρ = 2, λ0 = 1/2, m = 7, one active neuron: η = 7/4, the
    residual shrinks by 1 - η/7 = s in each step, and the travel tends to 7|e|/√7.  n equal inputs need √n.
    """
    bound = "c*n**(p)/(m**(q)*L)"
    one = {**claim.let, "n": 1, "m": 7, "L": "1/2"}
    step = "rho*(1 - s**2)/L"
    says = "n = 1, m = 7, one active, v = (3/4)^k"
    attained = every(
        evaluate("1 - (7/4)/7 == 3/4", says="the residual shrinks by 3/4"),
        evaluate("1 - (7/4)*(1/2)/rho >= (3/4)**2", let=claim.let, says="Condition 4.1 holds"),
        prove(f"7/sqrt(7)*(1 - v) <= {bound}", v="(0, 1]", let=one, says=says),
    )
    return unless(
        [attained],
        follows_from(
            identity(f"{step}*sqrt(n)/sqrt(m)/(1 - s) == rho*(1 + s)*sqrt(n)/(sqrt(m)*L)", let=claim.let),
            prove("rho*(1 + s) <= c", s="[0, 1)", let=claim.let),
            prove("sqrt(n)/sqrt(m) <= n**(p)/m**(q)", n=FROM_ONE, m=FROM_ONE, let=claim.let),
            assumes=("sum of a geometric series", "lemma-3.3-step-1 and lemma-3.3-step-2 at every iteration"),
        ),
    )


@corollary_4_1.check()
def small_steps(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, λ0 = 1/2, no gate changes: with active share 1/(2ρ(1+s)) Condition 4.1 holds with equality.

    The travel tends to 2ρ(1 + s)|e|/√m, for every s in (0, 1): s = 1 - 1/100 here.
    """
    share, let = "(1/(2*rho*(1 + s)))", {**claim.let, "s": "99/100", "n": 1, "L": "1/2"}
    return every(
        evaluate(
            f"1 - rho*(1 - s**2)/L*{share} == s", let=let, says="the residual shrinks by s", instance=True
        ),
        evaluate(f"1/{share} <= c*n**(p)/L", let=let, says="travel √m/|e|, at s = 99/100", instance=True),
    )


corollary_4_1.falsehood("constant 2", c=2)
corollary_4_1.falsehood("constant 3", c=3)
corollary_4_1.falsehood("half of the rate in the hypothesis", rho=4)
corollary_4_1.falsehood("1/m in place of 1/√m", q=1, by=("geometric_series",))


corollary_step_3 = Claim(
    "du2019shallow/cor-4.1-step-3",
    title="The rate put into the sum over the iterations",
    kind="proof-step",
    where="Appendix, proof of Corollary 4.1, third line",
    states=r"\eta\sum_{k'\le k}\frac{\sqrt n\,\|y-u(k')\|_2}{\sqrt m} \le "
    r"\eta\sum_{k'\le k}\frac{\sqrt n\,(1-\eta\lambda_0/2)^{k'/2}}{\sqrt m}\,\|y-u(j)\|_2",
    given=(r"\text{Condition 4.1 for}\ k' \le k", r"\text{printed: } j = k'"),
    printed={"residual": "r", "power": "1/2"},
    proof_uses=("du2019shallow/condition-4.1",),
    step_of="du2019shallow/cor-4.1",
    note="The residual on the right must be the initial one; the last line has it.",
)


@corollary_step_3.check(covers="universal")
def each_summand(claim: Statement, ctx: Context) -> Outcome:
    """The summand k' = 2 with r = |y - u(2)|, r² <= (1 - x)² E², E = |y - u(0)|, x = ηλ0/2: r = (1 - x) v E.

    For a general k' read (1 - x)^(k'/2) for the factor 1 - x: any number in (0, 1).
    """
    let = {**claim.let, "r": "((1 - x)*v*E)"}
    return prove(
        f"(1 - x)*v*E <= (1 - x)**(2*power)*({claim.residual})",
        x=UNIT,
        v="[0, 1]",
        E=POSITIVE,
        let=let,
        says="k' = 2",
    )


corollary_step_3.falsehood("twice the exponent, initial residual", residual="E", power=1)
corollary_step_3.corrected("the initial residual, j = 0", erratum="misprint", residual="E")


corollary_step_5 = Claim(
    "du2019shallow/cor-4.1-step-5",
    title="The sum of the geometric series in the travel bound",
    kind="proof-step",
    where="Appendix, proof of Corollary 4.1, last line",
    states=r"\eta\sum_{k'=0}^\infty\frac{\sqrt n\,(1-\eta\lambda_0/2)^{k'/2}}{\sqrt m}\,\|y-u(0)\|_2\ R\ "
    r"\frac{c\sqrt n\,\|y-u(0)\|_2}{\sqrt m\lambda_0},\qquad R \in \{=, \le\}",
    given=(r"0 < \eta\lambda_0/2 < 1",),
    printed={"c": 4, "relation": "=="},
    step_of="du2019shallow/cor-4.1",
    note="Printed as an equality; it is strict for every step size.",
)


@corollary_step_5.check(covers="universal")
def sum_of_the_series(claim: Statement, ctx: Context) -> Outcome:
    """η/(1 - s) against c/λ0, with s = √(1 - ηλ0/2) in (0, 1): 2(1 + s) against c."""
    closed = identity("2*(1 - s**2)/L/(1 - s) == 2*(1 + s)/L")
    return every(closed, prove(f"2*(1 + s) {claim.relation} c", s=UNIT, let=claim.let))


corollary_step_5.falsehood("3 for 4", c=3, relation="<=")
corollary_step_5.corrected("at most", erratum="misprint", relation="<=")


lemma_4_1 = Claim(
    "du2019shallow/lemma-4.1",
    aliases=("du2019thesis/lemma-2.5",),
    title="Number of pairs (neuron, input) whose gate can flip",
    kind="probabilistic",
    where="Section 4.1, Lemma 4.1; proof in the appendix, eqs. (15) and (16)",
    states=r"\mathbb E|S_i^\perp| \le c\,mR,\qquad \mathbb E\sum_i|S_i^\perp| \le c\,mn^{p}R,\qquad "
    r"\Pr\left(\sum_i|S_i^\perp| \le \frac{C\,mnR}{\delta^{k}}\right) \ge 1-\delta",
    given=(r"w_r(0)\sim N(0,I)\ \text{i.i.d.}", r"\|x_i\|_2 = 1", r"R > 0,\ 0 < \delta < 1"),
    printed={"c": "2/sqrt(2*pi)", "C": "2/sqrt(2*pi)", "k": 1, "p": 1},
    parts=("expectation", "sum over the inputs", "probability"),
    uses=("du2019shallow/event-Air",),
    note="Printed is some constant C > 0; 2/√(2π) is what the proof gives. At n = 1 the number is binomial, "
    "with m trials of probability erf(R/√2).",
)


@lemma_4_1.check(part="expectation", covers="universal")
def mean_of_a_binomial(claim: Statement, ctx: Context) -> Outcome:
    """E|S_i^⊥| = m erf(R/√2), with m cancelled."""
    return prove("erf(R/sqrt(2)) <= c*R", R=POSITIVE, let=claim.let)


@lemma_4_1.check(part="sum over the inputs", covers="universal")
def linearity(claim: Statement, ctx: Context) -> Outcome:
    """n equal means; R = M/(cm) where M bounds one of them.  n equal inputs: the sum is n times one count."""
    return prove("n*M <= n**p*M", n=FROM_ONE, M=FROM_ZERO, let=claim.let, assumes=("linearity",))


@lemma_4_1.check(part="probability", covers="universal")
def markov(claim: Statement, ctx: Context) -> Outcome:
    """Mean over threshold is δ.  First, exactly, n = m = 1: the count is 1 with probability erf(R/√2)."""
    threshold = "C*R/delta**k"
    single = evaluate(
        f"step(1 - {threshold})*erf(R/sqrt(2)) <= delta",
        at={"R": "1/10", "delta": "1/20"},
        let=claim.let,
        says="n = m = 1: Pr(the count exceeds the threshold)",
    )
    ratio = identity(f"{EVENT_CONSTANT}*m*n*R/(C*m*n*R/delta**k) == delta", let=claim.let)
    return unless([single], follows_from(ratio, assumes=("Markov's inequality", "the other two parts")))


@lemma_4_1.check(part="probability")
def one_input_exactly(claim: Statement, ctx: Context) -> Outcome:
    """n = 1: the binomial tail beyond the threshold, for widths and radii over many scales."""
    cases = []
    for m, R, delta in (
        ("1", "1/100", "1/2"),
        ("10", "1/100", "1/20"),
        ("1000", "1/1000", "1/4"),
        ("9", "2", "1/3"),
    ):
        tail = "1 - binomial_cdf(floor(C*m*R/delta**k), m, erf(R/sqrt(2))) <= delta"
        cases.append(evaluate(tail, let={**claim.let, "m": m, "R": R, "delta": delta}, instance=True))
    return every(*cases)


lemma_4_1.falsehood("half of the expectation", c="1/sqrt(2*pi)", by=("mean_of_a_binomial",))
lemma_4_1.falsehood("√n for n inputs", p="1/2", by=("linearity",))
lemma_4_1.falsehood("without 1/δ", k=0, by=("markov", "one_input_exactly"))


radius = Claim(
    "du2019shallow/section-4-radius",
    aliases=("du2019thesis/section-2.3-radius",),
    title="The radius of the discrete-time proof",
    kind="definition",
    where="Section 4.1, below eq. (8)",
    states=r"R = \frac{c\,\delta^{s}\lambda_0}{n^{2}}\ \text{with a small constant } c > 0\ \text{makes}\ "
    r"\frac{2Cn^2R}{\delta}+\frac{2Cn^{3/2}R}{\delta} < \frac{\lambda_0}{2}",
    given=(r"0 < \delta < 1,\ n \ge 1", r"C = 2/\sqrt{2\pi}\ \text{(Lemma 4.1)}"),
    printed={"s": 0, "c": "sqrt(2*pi)/32"},
    uses=("du2019shallow/lemma-4.1",),
    note="The constant c must not depend on δ. Lemma 3.2 prints R with the factor δ, Section 4 without; with "
    "s = 0 no constant works, since δ may be as small as one likes.",
)


@radius.check(covers="universal")
def room_for_the_unstable(claim: Statement, ctx: Context) -> Outcome:
    """The two terms over λ0; whatever c > 0, s = 0 fails at n = 1 and δ = c/(1 + c)."""
    terms = f"2*({EVENT_CONSTANT})*(c*delta**s)*(1 + 1/sqrt(n))/delta"
    rest = 1 - Fraction(claim.s)
    hopeless = contradicted_by(
        prove(f"4*({EVENT_CONSTANT})*v**(s)*(1 + v)**({rest}) > 1/2", v=POSITIVE, let=claim.let),
        witness="n = 1 and, for every constant c, δ = c/(1 + c): the first two terms are over λ0/2",
    )
    return unless([hopeless], prove(f"{terms} < 1/2", delta=UNIT, n=FROM_ONE, let=claim.let, says="over λ0"))


radius.falsehood("the constant 1", s=1, c=1)
radius.falsehood("half of the power of δ", s="1/2", c="sqrt(2*pi)/32")
radius.corrected("with the factor δ of Lemma 3.2", erratum="constant", s=1)


decomposition = Claim(
    "du2019shallow/gd-decomposition",
    aliases=("du2019thesis/gd-decomposition",),
    title="One step of a prediction, split into stable and unstable neurons",
    kind="proof-step",
    where="Section 4.1, definition of I_1 and I_2",
    states=r"u_i(k+1)-u_i(k) = I_1^i + s\,I_2^i,\qquad I_1^i = \frac{1}{\sqrt m}\sum_{r\in S_i} a_r\left["
    r"\sigma\left(\left(w_r-\eta\frac{\partial L}{\partial w_r}\right)^\top x_i\right)-\sigma(w_r^\top x_i)"
    r"\right],\quad I_2^i\ \text{the same over}\ S_i^\perp",
    given=(r"\text{any partition}\ [m] = S_i\cup S_i^\perp",),
    printed={"s": 1, "direction": 1},
    uses=("du2019shallow/eq-1", "du2019shallow/eq-3"),
    step_of="du2019shallow/thm-4.1",
)


@decomposition.check(covers="universal")
def a_sum_over_a_partition(claim: Statement, ctx: Context) -> Outcome:
    """One neuron with change t, in S_i (v = 1) or not (v = 0): t = v t + s (1 - v) t."""
    return every(*(identity(f"direction*t == {v}*t + s*(1 - {v})*t", let=claim.let) for v in (0, 1)))


@decomposition.check()
def steps_of_the_engine(claim: Statement, ctx: Context) -> Outcome:
    """Integer networks with the step 1/64: S_i are the neurons with |w_r.x_i| > 1, exactly."""
    cases = []
    for W, a, X, y in integer_networks(ctx, 12):
        moved = W - gradient(W, a, X, y) / 64
        change = predict(moved, a, X) - predict(W, a, X)
        root = math.isqrt(len(W))
        for i, x in enumerate(X):
            terms = [
                (s * (max(v @ x, 0) - max(w @ x, 0)), abs(w @ x) > 1)
                for s, w, v in zip(a, W, moved, strict=True)
            ]
            stable, unstable = (
                sum((t for t, kept in terms if kept is side), Fraction(0)) for side in (True, False)
            )
            said = f"direction*({change[i]}) == ({stable} + s*({unstable}))/{root}"
            cases.append(evaluate(said, let=claim.let, instance=True))
    return every(*cases)


decomposition.falsehood("stable neurons alone", s=0)
decomposition.falsehood("u(k) - u(k+1)", direction=-1)


I2_bound = Claim(
    "du2019shallow/I2-bound",
    aliases=("du2019thesis/I2-bound",),
    title="The unstable neurons change a prediction little",
    kind="deterministic-inequality",
    where="Section 4.1, bound on I_2",
    states=r"|I_2^i| \le \frac{\eta}{\sqrt m}\sum_{r\in S_i^\perp}\left|\left(\frac{\partial L}{\partial w_r}"
    r"\right)^\top x_i\right| \le \frac{\eta|S_i^\perp|}{\sqrt m}\max_r\left\|\frac{\partial L}{\partial w_r}"
    r"\right\|_2 \le \frac{\eta|S_i^\perp|\,n^{p}\|u(k)-y\|_2}{m^{q}},\qquad "
    r"\|I_2\|_2 \le \frac{C\eta n^{P}R}{\delta}\|u(k)-y\|_2",
    given=(r"\|x_i\|_2 = 1,\ |a_r| = 1", r"\text{the event of Lemma 4.1 for the last bound}"),
    printed={"p": "1/2", "q": 1, "P": "3/2", "lipschitz": 1},
    parts=("one prediction", "all predictions"),
    uses=("du2019shallow/eq-4",),
    proof_uses=("du2019shallow/lemma-4.1", "du2019shallow/lemma-3.3-step-2"),
    step_of="du2019shallow/thm-4.1",
)


def relu_is_lipschitz(constant: str) -> Outcome:
    """|σ(v) - σ(w)| <= constant |v - w|: both active, or one active (w = -t); by symmetry v is the larger."""
    return every(
        prove(f"(w + t) - w <= ({constant})*t", w=FROM_ZERO, t=FROM_ZERO, says="both active"),
        prove(f"v <= ({constant})*(v + t)", v=FROM_ZERO, t=FROM_ZERO, says="one active"),
    )


@I2_bound.check(part="one prediction", covers="universal")
def lipschitz_then_cauchy_schwarz(claim: Statement, ctx: Context) -> Outcome:
    """ReLU is 1-Lipschitz; ‖∂L/∂w_r‖ <= (√n/√m)|e|.  n equal inputs with residuals 1 (|e| = √n) attain it.

    Then each neuron that is on changes the prediction by η n/m.
    """
    equal = prove("n/m <= n**(p)*sqrt(n)/m**q", n=FROM_ONE, m=FROM_ONE, let=claim.let, says="n equal inputs")
    bound = "1/sqrt(m)*(sqrt(n)/sqrt(m)) <= n**(p)/m**q"
    return every(
        relu_is_lipschitz(str(claim.lipschitz)),
        equal,
        follows_from(
            prove(bound, n=FROM_ONE, m=FROM_ONE, let=claim.let, says="η|S_i^⊥||e| cancelled"),
            assumes=("Cauchy-Schwarz", "lemma-3.3-step-1 and lemma-3.3-step-2"),
        ),
    )


@I2_bound.check(part="all predictions", covers="universal")
def on_the_event(claim: Statement, ctx: Context) -> Outcome:
    """‖I_2‖ <= Σ|I_2^i| <= η √n |e|/m times Σ|S_i^⊥| <= B = CmnR/δ.

    n nearly equal inputs with residuals 1 and a single unstable pair (B = 1, say w.x_1 = R < w.x_j) come as
    close as one likes to |I_2| = ηn/m, |e| = √n: n/m against B n^P √n/(nm).
    """
    return every(
        prove("n/m <= n**(P)*sqrt(n)/(n*m)", n=FROM_ONE, m=FROM_ONE, let=claim.let, says="one unstable pair"),
        follows_from(
            prove("s**2 + t**2 <= (s + t)**2", s=FROM_ZERO, t=FROM_ZERO, says="one more coordinate"),
            identity("eta*sqrt(n)/m*(C*m*n*R/delta) == C*eta*n**(3/2)*R/delta"),
            prove("n**(3/2) <= n**(P)", n=FROM_ONE, let=claim.let),
            assumes=("induction over the coordinates",),
        ),
    )


I2_bound.falsehood("without √n", p=0, by=("lipschitz_then_cauchy_schwarz",))
I2_bound.falsehood("m^(3/2) for m", q="3/2", by=("lipschitz_then_cauchy_schwarz",))
I2_bound.falsehood("a ReLU with slope 1/2", lipschitz="1/2", by=("lipschitz_then_cauchy_schwarz",))
I2_bound.falsehood("n for n^(3/2)", P=1, by=("on_the_event",))


I1_expression = Claim(
    "du2019shallow/I1-expression",
    aliases=("du2019thesis/I1-expression",),
    title="The stable neurons change a prediction linearly",
    kind="proof-step",
    where="Section 4.1, expression for I_1",
    states=r"I_1^i = -\frac{\eta}{m^{q}}\sum_j x_i^\top x_j(u_j-y_j)\sum_{r\in S_i}\mathbb I\{w_r^\top x_i"
    r"\ge 0,\ w_r^\top x_j\ge 0\} = -\eta\sum_j(u_j-y_j)(H_{ij}-s\,H_{ij}^\perp),\qquad H_{ij}^\perp = "
    r"\frac{1}{m}\sum_{r\in S_i^\perp}x_i^\top x_j\,\mathbb I\{w_r^\top x_i\ge 0,\ w_r^\top x_j\ge 0\}",
    given=(
        r"\|w_r(k)-w_r(0)\|_2 \le R',\ \|w_r(k+1)-w_r(0)\|_2 \le R'\ \text{for all } r",
        r"R' < R,\ |a_r| = 1",
    ),
    printed={"q": 1, "s": 1},
    uses=("du2019shallow/eq-4", "du2019shallow/eq-6"),
    proof_uses=("du2019shallow/cor-4.1",),
    step_of="du2019shallow/thm-4.1",
    note="Both bounds on the travel are printed with the index k; the second must be k + 1. H^⊥ is not "
    "symmetric in general.",
)


@I1_expression.check(covers="universal")
def one_neuron_one_input(claim: Statement, ctx: Context) -> Outcome:
    """Term (r, j): gates f, g of neuron r on x_i, x_j, the same before and after; e = u_j - y_j, d = 1 here.

    For a coordinate of x_i = x and x_j = z: (1/√m) a f (w' - w) x with w' - w = -η(1/√m) e a z g.
    """
    links = []
    for f, g, a in ((f, g, a) for f in (0, 1) for g in (0, 1) for a in (1, -1)):
        change = f"{a}*{f}*(-eta*e*{a}*z*{g}/sqrt(m))*x/sqrt(m)"
        links.append(identity(f"{change} == -eta/m**(q)*x*z*e*({f}*{g})", let=claim.let, m=POSITIVE))
    for v in (0, 1):
        links.append(identity(f"{v}*h == h - s*(1 - {v})*h", let=claim.let, says="stable = all - unstable"))
    return every(*links, assumes=("linearity in the coordinates, the neurons and the inputs",))


@I1_expression.falsehood_with_check("whether or not the gate of a stable neuron flips")
def flipped_gate(claim: Statement, ctx: Context) -> Outcome:
    """n = m = d = 1, w = x = a = 1, η e = 2: σ(1 - 2) - σ(1) = -1, while the formula gives -2."""
    return evaluate("max(1 - 2, 0) - max(1, 0) == -2", says="I_1 against -ηe H")


@I1_expression.falsehood_with_check("H^⊥ is symmetric")
def unstable_on_one_input_only(claim: Statement, ctx: Context) -> Outcome:
    """m = 1, w = (2, 1), R = 1, unit inputs x_1 = (3/5, -4/5) and x_2 = (1, 0): both gates are on.

    |w.x_1| = 2/5 < R, |w.x_2| = 2 > R: only x_1 is unstable, and H^⊥_12 = 3/5, H^⊥_21 = 0.
    """
    return every(
        evaluate("2*(3/5) - 4/5 == 2/5", says="w.x_1"),
        evaluate("3/5*step(1 - 2/5) == 3/5*step(1 - 2)", says="H^⊥_12 = H^⊥_21"),
    )


I1_expression.falsehood("1/√m for 1/m", q="1/2")
I1_expression.falsehood("H for H - H^⊥", s=0)


Hperp_bound = Claim(
    "du2019shallow/Hperp-bound",
    aliases=("du2019thesis/Hperp-bound",),
    title="Operator norm of the unstable part of the Gram matrix",
    kind="deterministic-inequality",
    where="Section 4.1, bound on H^⊥",
    states=r"\|H^\perp\|_2 \le \sum_{ij}|H_{ij}^\perp| \le \frac{n^{p}}{m}\sum_i|S_i^\perp| \le "
    r"\frac{C n^{P} R}{\delta}",
    given=(r"\|x_i\|_2 = 1", r"\text{the event of Lemma 4.1 for the last bound}"),
    printed={"p": 1, "P": 2},
    uses=("du2019shallow/I1-expression",),
    proof_uses=("du2019shallow/lemma-4.1",),
    step_of="du2019shallow/thm-4.1",
)


@Hperp_bound.check(covers="universal")
def count_the_entries(claim: Statement, ctx: Context) -> Outcome:
    """Row i has n entries, each at most |S_i^⊥|/m; n equal inputs, all neurons on and unstable, attain it.

    There every entry is 1, so the entries sum to n², and Σ|S_i^⊥| = nm = CmnR/δ for CR/δ = 1.
    """
    let: dict[str, Any] = claim.let
    return every(
        prove("n**2 <= n**(p)*n", n=FROM_ONE, let=let, says="n equal inputs: sum of the entries"),
        prove("n**2 <= n**(P)", n=FROM_ONE, let=let, says="n equal inputs: CR/δ = 1"),
        follows_from(
            prove("s**2 + t**2 <= (s + t)**2", s=FROM_ZERO, t=FROM_ZERO, says="entry by entry"),
            prove("n*S/m <= n**(p)*S/m", n=FROM_ONE, S=FROM_ZERO, m=POSITIVE, let=let, says="|x_i.x_j| <= 1"),
            identity("n/m*(C*m*n*R/delta) == C*n**2*R/delta"),
            prove("n**2 <= n**(P)", n=FROM_ONE, let=let),
            assumes=("operator norm <= Frobenius norm", "Cauchy-Schwarz", "induction over the entries"),
        ),
    )


Hperp_bound.falsehood("without the factor n", p=0)
Hperp_bound.falsehood("C n R/δ", P=1)


quadratic = Claim(
    "du2019shallow/quadratic-term",
    aliases=("du2019thesis/quadratic-term",),
    title="Size of one step of the predictions",
    kind="deterministic-inequality",
    where="Section 4.1, quadratic term",
    states=r"\|u(k+1)-u(k)\|_2^2 \le \eta^2\sum_i\frac{1}{m}\left(\sum_r\left\|\frac{\partial L}"
    r"{\partial w_r}\right\|_2\right)^2 \le \eta^2 n^{p}\|y-u(k)\|_2^2",
    given=(r"\|x_i\|_2 = b,\ |a_r| = 1,\ \eta > 0",),
    printed={"p": 2, "b": 1},
    uses=("du2019shallow/eq-4",),
    proof_uses=("du2019shallow/lemma-3.3-step-2",),
    step_of="du2019shallow/thm-4.1",
)


@quadratic.check(covers="universal")
def all_gates_on(claim: Statement, ctx: Context) -> Outcome:
    """|u_i(k+1) - u_i(k)| <= (1/√m) Σ_r η‖∂L/∂w_r‖ (ReLU is 1-Lipschitz), ‖∂L/∂w_r‖ <= √n|e|/√m.

    n equal inputs b x, all gates on at k and k+1, residuals 1: every prediction moves by η b² n, |e|² = n.
    """
    return every(
        prove("n*(b**2*n)**2 <= n**(p)*n", n=FROM_ONE, let=claim.let, says="n equal inputs"),
        follows_from(
            relu_is_lipschitz("1"),
            identity("n*(1/m)*(m*sqrt(n)*E/sqrt(m))**2 == n**2*E**2", m=POSITIVE, n=POSITIVE),
            prove("n**2 <= n**(p)", n=FROM_ONE, let=claim.let),
            assumes=("lemma-3.3-step-1 and lemma-3.3-step-2", "Cauchy-Schwarz"),
        ),
    )


quadratic.falsehood("n for n²", p=1)
quadratic.falsehood("inputs of norm 2", b=2)


contraction = Claim(
    "du2019shallow/one-step-contraction",
    aliases=("du2019thesis/one-step-contraction",),
    title="Induction step: one iteration contracts the residual",
    kind="proof-step",
    where="Section 4.1, last display",
    states=r"\|y-u(k+1)\|_2^2 = \|e\|_2^2-2\eta\,e^\top He+h\,\eta\,e^\top H^\perp e-2e^\top I_2+"
    r"\|u(k+1)-u(k)\|_2^2 \le \left(1-\eta\lambda_0+\frac{2C\eta n^2R}{\delta}+\frac{2C\eta n^{3/2}R}{\delta}"
    r"+\eta^2n^2\right)\|e\|_2^2 \le \left(1-\frac{\eta\lambda_0}{2}\right)\|e\|_2^2",
    given=(
        r"e = y-u(k),\ \lambda_{\min}(H(k)) \ge \lambda_0/2",
        r"R = c\,\delta\lambda_0/n^2,\ \eta = \theta\lambda_0/n^{t}",
        r"C = 2/\sqrt{2\pi}\ \text{(Lemma 4.1)}",
    ),
    printed={"h": 2, "c": "sqrt(2*pi)/32", "theta": "1/4", "t": 2},
    parts=("expansion", "bracket", "rate"),
    uses=("du2019shallow/lemma-3.2", "du2019shallow/section-4-radius"),
    proof_uses=(
        "du2019shallow/gd-decomposition",
        "du2019shallow/I1-expression",
        "du2019shallow/I2-bound",
        "du2019shallow/Hperp-bound",
        "du2019shallow/quadratic-term",
    ),
    step_of="du2019shallow/thm-4.1",
    note="Printed are a small c and η = O(λ0/n²); with c = √(2π)/32 and θ = 1/4 equality holds at n = 1. The "
    "radius is that of Lemma 3.2 (with δ), see section-4-radius.",
)


@contraction.check(part="expansion", covers="universal")
def square_expanded(claim: Statement, ctx: Context) -> Outcome:
    """|e - D|² = |e|² - 2 e.D + |D|², D = η(H - H^⊥)e + I_2: a coordinate, with G = (He)_i, K = (H^⊥e)_i."""
    D = "(eta*(G - K) + I)"
    return identity(
        f"(e - {D})**2 == e**2 - 2*eta*e*G + h*eta*e*K - 2*e*I + {D}**2",
        let=claim.let,
        assumes=("sum over the coordinates",),
    )


@contraction.check(part="bracket", covers="universal")
def four_bounds(claim: Statement, ctx: Context) -> Outcome:
    """With |e| = 1: -2η e'He <= -ηλ0, |2e'H^⊥e| <= 2Cn²R/δ, |2e'I_2| <= 2Cηn^(3/2)R/δ, |D|² <= η²n².

    K bounds ‖H^⊥‖, J bounds |I_2|/η: -2η(λ0/2 + p) + hηv + 2ηw with p >= 0, v <= K, w <= J.
    """
    terms = "-2*eta*(lam/2 + p) + h*eta*v + 2*eta*w"
    box = {"eta": POSITIVE, "lam": "(0, 1/2]", "p": FROM_ZERO, "v": FROM_ZERO, "w": FROM_ZERO}
    box |= {"k": FROM_ZERO, "j": FROM_ZERO}
    return prove(f"{terms} <= -eta*lam + 2*eta*(v + k) + 2*eta*(w + j)", let=claim.let, **box)  # type: ignore[arg-type]


@contraction.check(part="rate", covers="universal")
def bracket_below_the_rate(claim: Statement, ctx: Context) -> Outcome:
    """With the radius and the step size put in, over η: the three errors fit into λ0/2; equality at n = 1."""
    R, eta = "(c*delta*lam/n**2)", "(theta*lam/n**(t))"
    errors = f"2*({EVENT_CONSTANT})*(n**2 + n**(3/2))*{R}/delta + {eta}*n**2"
    return prove(f"{errors} <= lam/2", let=claim.let, n=FROM_ONE, lam="(0, 1/2]", delta=UNIT, says="over η")


contraction.falsehood("the sign of the third term", h=-2, by=("square_expanded",))
contraction.falsehood("half of the third term", h=1, by=("square_expanded", "four_bounds"))
contraction.falsehood("three times the third term", h=6, by=("four_bounds",))
contraction.falsehood("c = 1", c=1, by=("bracket_below_the_rate",))
contraction.falsehood("η = λ0/(4n)", t=1, by=("bracket_below_the_rate",))


# ---- the theorem

CONSTANT = 70410
"""K in m >= K (C² + 1/2) n⁶/(λ0⁴δ³): three bad events of probability δ/3, R = √(2π)/32 (δ/3)λ0/n²."""

thm_4_1 = Claim(
    "du2019shallow/thm-4.1",
    aliases=("du2019thesis/thm-2.3",),
    title="Linear convergence of gradient descent for over-parameterised two-layer ReLU networks",
    kind="probabilistic",
    where="Section 4, Theorem 4.1",
    states=r"m = \Omega\left(\frac{n^{6}}{\lambda_0^{4}\delta^{3}}\right),\ "
    r"\eta = O\left(\frac{\lambda_0}{n^2}\right)\ \Longrightarrow\ "
    r"\Pr\left(\forall k\ge 0:\ \|u(k)-y\|_2^2 \le (1-b\,\eta\lambda_0)^{sk}\|u(0)-y\|_2^2\right) "
    r"\ge 1-\delta",
    given=(
        r"\lambda_0 > 0,\ \|x_i\|_2 = 1,\ |y_i| \le C",
        r"w_r(0)\sim N(0,I),\ a_r\sim\mathrm{unif}\{-1,1\}\ \text{i.i.d.}",
        r"\text{explicit: } m \ge 70410\,(C^2+\frac{1}{2})\,n^6/(\lambda_0^4\delta^3),\ "
        r"\eta \le \lambda_0/(4n^2)",
    ),
    printed={"b": "1/2", "s": 1},
    uses=("du2019shallow/eq-3", "du2019shallow/assumption-3.1"),
    proof_uses=(
        "du2019shallow/condition-4.1",
        "du2019shallow/cor-4.1",
        "du2019shallow/lemma-4.1",
        "du2019shallow/lemma-3.1",
        "du2019shallow/lemma-3.2",
        "du2019shallow/one-step-contraction",
        "du2019shallow/section-4-radius",
        "du2019shallow/init-loss",
    ),
    note="The hidden constants depend on C. Proved with the corrected lemmas and the radius of Lemma 3.2; "
    "the event of Lemma 4.1 also serves for Lemma 3.2.",
)


def induction(rate: str, let: dict[str, Any]) -> Outcome:
    """The proof with explicit constants: D stands for 1/δ, L for λ0, and every bad event has δ/3."""
    R, Y2 = "(sqrt(2*pi)/32*L/(3*D*n**2))", "(3*n*(C**2 + 1/2)*D)"
    width = f"({CONSTANT}*(C**2 + 1/2)*n**6*D**3/L**4)"
    data: dict[str, Any] = {"n": FROM_ONE, "D": FROM_ONE, "L": "(0, 1/2]", "C": FROM_ZERO}
    unstable = f"({EVENT_CONSTANT})*{R}*(3*D)"
    return follows_from(
        prove("log(6*v) <= 6*v", v=FROM_ONE, says="Hoeffding asks for 8 n² log(6n²/δ)/λ0² neurons"),
        prove("n**4*D <= n**6*D**3", n=FROM_ONE, D=FROM_ONE, says="8 n² log(6n²/δ) <= 48 n⁶/δ³"),
        prove(f"48*n**6*D**3/L**2 <= {width}", says="enough for λ_min(H(0)) >= 3λ0/4", **data),
        prove("erf(v/sqrt(2)) <= 2*v/sqrt(2*pi)", v=FROM_ZERO, says="chance that a gate can flip within v"),
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E u_i² = 1/2: |y - u(0)|² <= Y²"),
        prove(f"2*n**2*({unstable}) <= L/4", says="‖H - H(0)‖ <= (2n/m) Σ|S_i^⊥| in the R-ball", **data),
        prove(f"16*n*{Y2}/({width}*L**2) < {R}**2", says="R'² < R²", **data),
        prove(
            f"-L + 2*n**2*({unstable}) + 2*n**(3/2)*({unstable}) + t*L/4 <= -L/2",
            t="[0, 1]",
            says="the bracket over η, for η = t λ0/(4n²)",
            **data,
        ),
        prove(f"1 - x/2 <= {rate}", x="(0, 1/16]", let=let, says="x = ηλ0 <= λ0²/4"),
        assumes=(
            "Hoeffding's and Markov's inequalities, the union bound, Weyl's inequality",
            "induction over k: Corollary 4.1 keeps all neurons within R up to k + 1",
            "one-step-contraction with δ/3",
        ),
    )


@thm_4_1.check(covers="universal")
def explicit_width(claim: Statement, ctx: Context) -> Outcome:
    """The chain with m = 70410 (C² + 1/2) n⁶/(λ0⁴δ³) and η <= λ0/(4n²), and what n = 1 allows.

    At n = 1, λ0 = 1/2, η = 1/8 one step leaves at least the share 1 - ηA/m of the residual, A ~ Bin(m, 1/2)
    neurons being active; so the conclusion needs (1 - A/(8m))² <= (1 - b/16)^s with probability 1 - δ.
    Tested at C = 1/2, δ = 1/4 and 70410·768 neurons.
    """
    share, m = "8*(1 - sqrt((1 - b/16)**s))", str(CONSTANT * 768)
    possible = f"1 - binomial_cdf(-floor(-m*{share}) - 1, m, 1/2) >= 3/4"
    single = evaluate(possible, let={**claim.let, "m": m}, says="n = 1: Pr(A is large enough)", instance=True)
    return unless([single], induction("(1 - b*x)**s", claim.let))


@thm_4_1.check(covers="domain")
def orthonormal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """Any number n of orthonormal inputs, any δ and C, at the explicit width, without the chain of lemmas.

    First, at n = 4 and δ = C = 1/2, whether the first step leaves more than is claimed.
    """
    factor = "(1 - b*x)**s"
    fast = too_fast(CONSTANT, factor, claim.let)
    return unless([fast], wide_enough(CONSTANT, factor, claim.let))


def required_width(delta: Fraction) -> int:
    """The explicit width at n = 1 (λ0 = 1/2) and C = 1/2."""
    return math.ceil(CONSTANT * Fraction(3, 4) * 2**4 / delta**3)


@thm_4_1.check()
def one_input_in_regime(claim: Statement, ctx: Context) -> Outcome:
    """n = 1 (λ0 = 1/2), C = y = 1/2, η = 1/8 = λ0/4, at the explicit width: 200 steps, a bound for all later.

    After the last step the share of active neurons can only fall to a floor that is known.
    """
    delta, count = ctx.size((Fraction(1, 2), 40), (Fraction(1, 4), 300))
    m, factor = required_width(delta), float((1 - Fraction(claim.b) / 16) ** claim.s)
    plot, wide = failures(ctx)

    def converges(rng: np.random.Generator) -> bool:
        return descend_one_input(*sample_one_input(rng, m), 0.5, m, 1 / 8, 200).decays_by(factor, 1 / 8)

    return every(
        ctx.trials(
            f"the bound holds for all k (n = 1, m = {m})", at_least=1 - delta, count=count, trial=converges
        ),
        regime=Regime(
            met=True,
            required_width=m,
            used_width=m,
            note="n = 1, C = 1/2, η = 1/8",
            demands=(*wide, *steps_asked(ctx, m)),
        ),
        plots=(plot,),
    )


def steps_asked(ctx: Context, m: int) -> tuple[Demand, ...]:
    """The largest step size tried that kept the bound in four runs, and the iterations to a loss of 10⁻⁶."""

    def runs(eta: float) -> list[OneInputDescent]:
        return [
            descend_one_input(*sample_one_input(ctx.rng("step", k), m), 0.5, m, eta, 200) for k in range(4)
        ]

    tried = [
        eta for eta in (1 / 8, 1 / 4, 1 / 2, 1.0) if all(r.decays_by(1 - eta / 4, eta) for r in runs(eta))
    ]
    needed = max(int((r.residuals**2 > 1e-6 * r.residuals[0] ** 2).sum()) for r in runs(1 / 8))
    asked = math.ceil(math.log(1e-6) / math.log(31 / 32))
    note = "n = 1, y = 1/2, at the width asked for: 4 runs"
    return (
        *([Demand("step size", 1 / 8, max(tried), at_most=True, note=note)] if tried else []),
        Demand("iterations", float(asked), float(needed), note=f"to 10⁻⁶ of the first loss; {note}"),
    )


def failures(ctx: Context) -> tuple[Plot, tuple[Demand, ...]]:
    """Share of 200 initialisations that break the bound at some iteration, and the width that was enough."""
    widths, shares = [2**k for k in range(13)], []
    for m in widths:
        runs = (
            descend_one_input(*sample_one_input(ctx.rng("width", m, k), m), 0.5, m, 1 / 8, 200)
            for k in range(200)
        )
        shares.append(sum(not run.decays_by(31 / 32, 1 / 8) for run in runs) / 200)
    asked = required_width(Fraction(1, 2))
    message = f"The bound rarely fails beyond 100 neurons; the theorem asks for {asked}."
    curve = Series("n = 1, y = 1/2, η = 1/8", [float(m) for m in widths], shares, "points")
    demands = enough_width(asked, widths, shares, 1 / 2, "n = 1, y = 1/2, δ = 1/2: 200 runs a width")
    return Plot(message, "width m", "share of failures", [curve], log_x=True), demands


@thm_4_1.check(profile="full")
def two_orthonormal_inputs_in_regime(claim: Statement, ctx: Context) -> Outcome:
    """n = 2 orthonormal, C = 1/2, y = (1/2, -1/2), η = 1/32 = λ0/(4n²), δ = 1/2, at the explicit width.

    m = 70410 (C² + 1/2) n⁶/(λ0⁴δ³) is 4.3·10⁸: the neurons that stay far from every kink move in groups.
    """
    m, rows, runs = math.ceil(CONSTANT * Fraction(3, 4) * 2**6 * 2**4 * 2**3), [], []
    factor = float((1 - Fraction(claim.b) / 64) ** claim.s)
    for trial in range(smallest_deciding_count("1/2")):
        try:
            runs.append(two_inputs.run((ctx.seed, ctx.claim, ctx.check, trial), m))
        except ValueError as error:
            return Undecided(f"trial {trial}: {error}", "a larger radius")
        row = two_inputs.decays(runs[-1], m, factor)
        if row is None:
            return Undecided(f"trial {trial}: rounding or the later steps could matter", "more steps")
        rows.append(row)
    return every(
        ctx.decide(f"the bound holds for all k (n = 2, m = {m})", at_least="1/2", rows=rows),
        regime=Regime(met=True, required_width=m, used_width=m, note="n = 2 orthonormal, C = 1/2, η = 1/32"),
        plots=(two_inputs.decay(runs[0], m),),
    )


@thm_4_1.falsehood_with_check("no over-parameterisation: m = 1")
def dead_neuron(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, y = 1, δ = 1/4: a single neuron that is inactive never moves."""
    return evaluate("binomial_cdf(0, 1, 1/2) <= 1/4", says="chance of a dead network of width 1, against δ")


@thm_4_1.falsehood_with_check("step size 4/λ_max(H∞)")
def too_large_a_step(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, η = 8, y = 1/2: after one step |y - u(1)| <= |y - u(0)|, at width 10⁴; (1 - 8A/m)² is near 9."""

    def no_larger(rng: np.random.Generator) -> bool:
        z, a = sample_one_input(rng, 10**4)
        W, x, y = z[:, None], np.ones((1, 1)), np.array([0.5])
        scaled = a * math.sqrt(len(z) / 10**4)
        before = float(np.abs(predict(W, scaled, x) - y)[0])
        moved = W - 8 * gradient(W, scaled, x, y)
        return float(np.abs(predict(moved, scaled, x) - y)[0]) <= before

    return ctx.trials("the loss does not grow in the first step", at_least="1/2", count=40, trial=no_larger)


thm_4_1.falsehood(
    "factor (1 - ηλ0)³", b=1, s=3, by=("explicit_width", "orthonormal_inputs", "one_input_in_regime")
)
thm_4_1.falsehood("factor (1 - 2ηλ0)²", b=2, s=2, by=("explicit_width", "orthonormal_inputs"))
thm_4_1.falsehood(
    "factor (1 - 3ηλ0/2)²", b="3/2", s=2, by=("orthonormal_inputs", "two_orthonormal_inputs_in_regime")
)
