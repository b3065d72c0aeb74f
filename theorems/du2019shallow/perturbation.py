"""Lemma 3.2: the Gram matrix in a ball of radius R around the initial weights, uniformly over the ball.

At n = 1 the extremes over the ball are explicit: H is least when every gate with 0 <= w_r(0).x < R is off,
so the least H is Bin(m, Pr(z >= R))/m.
"""

import re
from itertools import product
from typing import Any

from theorems.du2019shallow.concentration import at_least_width
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

entrywise = Claim(
    "du2019shallow/lemma-3.2-entrywise",
    aliases=("du2019thesis/lemma-2.2-entrywise",),
    title="Entrywise and total deviation of the Gram matrix in a ball of weights",
    kind="probabilistic",
    where="Section 3.1, proof of Lemma 3.2",
    states=r"|H_{ij}-H_{ij}(0)| \le \frac{1}{m}\sum_r \mathbb I\{A_{ir}\cup A_{jr}\},\quad "
    r"\mathbb E\,\mathbb I\{A_{ir}\cup A_{jr}\} \le \frac{cR}{\sqrt{2\pi}},\quad "
    r"\|H-H(0)\|_2\le\|H-H(0)\|_F\le f\sum_{ij}|H_{ij}-H_{ij}(0)| \le "
    r"\frac{c\,n^2R}{\sqrt{2\pi}\,\delta^{k}}\ \text{with probability}\ 1-\delta",
    given=(r"\|x_i\|_2 = 1", r"\|w_r-w_r(0)\|_2\le R\ \text{for all}\ r", r"w_r(0)\sim N(0,I)"),
    printed={"joint": "max", "c": 4, "f": 1, "k": 1},
    parts=("pathwise", "expectation", "norms", "Markov"),
    uses=("du2019shallow/event-Air",),
    step_of="du2019shallow/lemma-3.2",
    note="joint: max is the union of the two events, min their intersection. The w_r may depend on the whole "
    "initialisation: the events do not mention them.",
)


@entrywise.check(part="pathwise", covers="universal")
def every_gate_pattern(claim: Statement, ctx: Context) -> Outcome:
    """One neuron: gates (g, h) before and (p, q) after; where the event fails (0), the gate stays."""
    states = [(event, g, p) for event, g, p in product((0, 1), repeat=3) if event or g == p]
    return every(
        *(
            evaluate(f"abs({g}*{h} - {p}*{q}) <= {claim.joint}({first}, {second})")
            for (first, g, p), (second, h, q) in product(states, repeat=2)
        ),
        assumes=("triangle inequality over the m neurons", "Cauchy-Schwarz: |x_i.x_j| <= 1"),
    )


@entrywise.check(part="expectation", covers="universal")
def union_of_two_flips(claim: Statement, ctx: Context) -> Outcome:
    """Pr(A ∪ B) <= 2 erf(R/√2) <= 4R/√(2π); for orthogonal inputs it is 1 - (1 - erf(R/√2))²."""
    orthogonal = prove("1 - (1 - erf(R/sqrt(2)))**2 <= c*R/sqrt(2*pi)", let=claim.let, R="(0, oo)")
    bound = prove("2*erf(R/sqrt(2)) <= c*R/sqrt(2*pi)", let=claim.let, R="(0, oo)")
    return unless([orthogonal], follows_from(bound, assumes=("union bound", "linearity of expectation")))


@entrywise.check(part="norms", covers="universal")
def one_entry_more(claim: Statement, ctx: Context) -> Outcome:
    """Entry by entry: √(s² + t²) <= s + t for the root s of the squares so far and the next |entry| t."""
    return prove(
        "s**2 + t**2 <= f**2*(s + t)**2",
        let=claim.let,
        s="[0, oo)",
        t="[0, oo)",
        assumes=("induction over the entries", "operator norm <= Frobenius norm"),
    )


@entrywise.check(part="Markov", covers="universal")
def markov(claim: Statement, ctx: Context) -> Outcome:
    """Mean over threshold is δ.  At n = m = 1 the sum is 1 with probability erf(R/√2), else 0."""
    threshold = "c*R/(sqrt(2*pi)*delta**k)"
    single = evaluate(
        f"step(1 - {threshold})*step({threshold})*erf(R/sqrt(2)) <= delta",
        at={"R": "1/10", "delta": "1/20"},
        let=claim.let,
        says="n = m = 1: Pr(sum > threshold)",
    )
    ratio = identity("c*n**2*R/sqrt(2*pi)/(c*n**2*R/(sqrt(2*pi)*delta**k)) == delta", let=claim.let)
    return unless([single], follows_from(ratio, assumes=("Markov's inequality",)))


entrywise.falsehood("intersection instead of union", joint="min", by=("every_gate_pattern",))
entrywise.falsehood("one event, 2R/√(2π)", c=2, by=("union_of_two_flips",))
entrywise.falsehood("half the sum of the entries", f="1/2", by=("one_entry_more",))
entrywise.falsehood("Markov without 1/δ", k=0, by=("markov",))


lemma_3_2 = Claim(
    "du2019shallow/lemma-3.2",
    aliases=("du2019thesis/lemma-2.2",),
    title="Stability of the Gram matrix in a ball around initialisation",
    kind="probabilistic",
    where="Section 3.1, Lemma 3.2",
    states=r"\Pr\left(\forall W,\ \|w_r-w_r(0)\|_2\le R:\ \|H-H(0)\|_2 < \rho\lambda_0,\ "
    r"\lambda_{\min}(H) > \kappa\lambda_0\right)\ge 1-\delta, \qquad R = \text{radius},\ m\ge\text{width}",
    given=(r"w_r(0)\sim N(0,I)\ \text{i.i.d.}", r"\|x_i\|_2=1", r"\lambda_0>0", r"0<\delta<1"),
    printed={
        "c": "sqrt(2*pi)/16",
        "radius": "delta*lam/n**2",
        "share": "1/4",
        "kept": "1/2",
        "width": "0",
    },
    parts=("deviation", "eigenvalue"),
    uses=("du2019shallow/assumption-3.1",),
    proof_uses=("du2019shallow/lemma-3.2-entrywise", "du2019shallow/lemma-3.1"),
    note="R is c times radius; c is printed as a small constant, √(2π)/16 is the largest that the proof "
    "admits. No width is asked for: at n = m = 1, H(0) = 0 has probability 1/2, for every c. share is "
    "rho, kept is kappa.",
)

RADIUS = "(c*({radius}))"


def one_input(claim: Statement, delta: str) -> dict[str, str]:
    """The data at n = 1, lambda_0 = 1/2 and this delta, with the radius R as a closed number."""
    values = {"n": "1", "lam": "1/2", "delta": delta}
    radius, width = str(claim.radius), str(claim.width)
    for name, value in values.items():
        radius, width = (re.sub(rf"\b{name}\b", f"({value})", text) for text in (radius, width))
    return claim.let | values | {"R": f"({claim.c})*({radius})", "width": width}


@lemma_3_2.check(part="deviation", covers="universal")
def markov_at_the_radius(claim: Statement, ctx: Context) -> Outcome:
    """n² 2 erf(R/√2) <= 4n²R/√(2π) strictly, and Markov at ρλ₀ costs at most δ.

    First, exactly: m = 1, n >= 2, where one flip moves a diagonal entry by 1, with probability erf(R/√2); and
    n = 1, where more than 2ρλ₀m gates in doubt are too many for both directions.
    """
    R = RADIUS.format(radius=claim.radius)
    box: dict[str, Any] = {"n": "[2, oo)", "lam": "(0, 1/2]", "delta": "(0, 1)"}
    single = prove(f"erf({R}/sqrt(2)) <= delta", let=claim.let, says="m = 1: Pr(x_1 flips)", **box)
    doubtful = "binomial_cdf(-floor(-2*m*share*lam) - 1, m, erf(R/sqrt(2))) >= 1 - delta"
    many = at_least_width("10000", doubtful, one_input(claim, "1/2"), "n = 1, Pr(few gates in doubt)")
    mean = prove(
        f"4*n**2*{R}/sqrt(2*pi) <= delta*(share*lam)",
        let=claim.let,
        **{**box, "n": "[1, oo)"},
    )
    strict = prove("2*erf(R/sqrt(2)) < 4*R/sqrt(2*pi)", R="(0, oo)")
    return unless(
        [single, many],
        follows_from(mean, strict, assumes=("Lemma 3.2, entrywise part", "Markov's inequality")),
    )


@lemma_3_2.check(part="eigenvalue", covers="universal")
def good_start_minus_deviation(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(H) >= λ_min(H(0)) - ‖H - H(0)‖ > λ₀/2, each event with half of δ; needs the width for H(0).

    First, exactly at n = 1 and the least width allowed: Pr(Bin(m, Pr(z >= R)) > κλ₀m).
    """
    exact = "1 - binomial_cdf(floor(m*kept*lam), m, erfc(R/sqrt(2))/2) >= 1 - delta"
    cases = []
    for delta in ("1/10", "1/1000"):
        let = one_input(claim, delta)
        cases.append(at_least_width(str(let["width"]), exact, let, "n = 1, Pr(min H > κλ0)"))
    R = RADIUS.format(radius=claim.radius)
    box: dict[str, Any] = {"n": "[1, oo)", "lam": "(0, 1/2]", "delta": "(0, 1)"}
    return unless(
        cases,
        follows_from(
            prove(f"4*n**2*{R}/sqrt(2*pi)/(share*lam) <= delta/2", let=claim.let, **box),
            prove("log(2*n**2/(delta/2)) <= 2*(width)*(lam/(4*n))**2", let=claim.let, **box),
            evaluate("1 - 1/4 - share >= kept", let=claim.let, says="Weyl twice, the second one strict"),
            assumes=(
                "Lemma 3.2, entrywise part",
                "Markov's inequality",
                "Hoeffding, union bound and Frobenius norm as in Lemma 3.1: 2n² exp(-2m(λ₀/(4n))²)",
                "Weyl's inequality",
            ),
        ),
    )


GOOD_START: dict[str, Any] = {"width": "8*n**2/lam**2*log(4*n**2/delta)", "c": "sqrt(2*pi)/32"}
lemma_3_2.falsehood("radius cλ₀/n², for every δ", radius="lam/n**2", by=("markov_at_the_radius",))
lemma_3_2.falsehood("radius 1", c=1, radius="1", by=("markov_at_the_radius",))
lemma_3_2.falsehood("deviation below λ₀/400", share="1/400", by=("markov_at_the_radius",))
lemma_3_2.falsehood("λ_min(H) > 9λ₀/10", kept="9/10", by=("good_start_minus_deviation",), **GOOD_START)
lemma_3_2.falsehood(
    "width log(4n²/δ), without n²/λ₀²",
    width="log(4*n**2/delta)",
    c="sqrt(2*pi)/32",
    by=("good_start_minus_deviation",),
)
lemma_3_2.corrected(
    "with 8 n²/λ₀² log(4n²/δ) neurons, half of δ for each event", erratum="missing hypothesis", **GOOD_START
)
