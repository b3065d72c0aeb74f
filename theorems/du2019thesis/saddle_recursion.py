"""Section 7.7.1, the proof of Lemma 7.2 step by step: from one saddle to the next.

The first five steps are in `saddle_steps`, the lemma itself in `saddle_escape`, words in `saddle_runs`.
"""

from numerics.saddle_escape import Escape
from theorems.du2019thesis.saddle_runs import (
    COUNTS,
    DECAY,
    INNER,
    below,
    length,
    next_factor,
    next_stays_low,
    on_a_run,
    run,
)
from theorems.du2019thesis.saddle_steps import GIVEN, LEMMA, WHERE
from verify import Claim, Context, Outcome, Statement, evaluate, follows_from, identity, prove, unless

next_coordinate = Claim(
    "du2019thesis/lemma-7.2-step-next-coordinate",
    title="The next coordinate while x_k passes, eq. (7.11)",
    kind="proof-step",
    where=f"{WHERE}, eq. (7.11)",
    states=r"x_{k+1}^{(t)} \le x_{k+1}^{(0)}(1-2\eta "
    r"L)^{p(T_k-T_k^\tau)}(1+2q\,\eta\gamma)^{t-(T_k-T_k^\tau)} \le c\,\tau,\qquad T_k-T_k^\tau < t \le T_k",
    given=GIVEN,
    printed={"p": 1, "q": 1, "c": 1, "E": 1},
    parts=("growth", "below τ"),
    proof_uses=("du2019thesis/lemma-7.4-transverse", "du2019thesis/lemma-7.2-step-buffer"),
    step_of=LEMMA,
    note="The text takes T_k^τ <= 1/(2ηγ), which is one iterate short; the step of rest before every passage "
    "pays for it.",
)


def two_runs(statement: str, claim: Statement, value: str) -> list[Outcome]:
    """The statement about y = x_2/τ ("handed" over at T_1, or "highest" before) on two runs from (1, 1)."""
    tried = []
    for ratio, decay in (("11/10", "1/10"), ("3", "1/2")):
        found = run(("1", "1"), ratio, decay, length(claim))
        let = claim.let | {"y": below(getattr(found, value)[0]), "b": decay, "h": f"({decay}/({ratio}))"}
        tried.append(on_a_run(statement, let, found, f"L = {ratio} γ, 2ηL = {decay}"))
    return tried


@next_coordinate.check(part="growth", covers="universal")
def factors(claim: Statement, ctx: Context) -> Outcome:
    """x_{k+1} is contracted at every step up to S_k, then multiplied by at most 1 + h."""
    tried = two_runs("y*exp(E) <= (1 - b)**(p*S1)*(1 + q*h)**(T1 - S1)", claim, "handed")
    return unless(
        tried,
        follows_from(
            next_factor(),
            prove("1 + h <= 1 + q*h", h=INNER, let=claim.let),
            evaluate("p <= 1", let=claim.let, says="(1 - 2ηL)^S <= (1 - 2ηL)^(pS)"),
            assumes=("induction over the iterations",),
        ),
    )


@next_coordinate.check(part="below τ", covers="universal")
def a_step_of_rest_pays(claim: Statement, ctx: Context) -> Outcome:
    """With N <= 1 + 1/h iterates and S >= 1 steps of rest, x_{k+1} <= (1 - b)(1 + h) e <= e."""
    tried = two_runs("y <= c", claim, "highest")
    return unless(
        tried,
        follows_from(
            evaluate("1 <= log(c) + E", let=claim.let, says="e x^(0) <= cτ"),
            next_stays_low(),
            assumes=("S_k >= S_1 >= 1, as x_1^(0) <= 1 < τ",),
        ),
    )


next_coordinate.falsehood("x_{k+1} shrinks by 1 - 2ηγ", q=-1, by=("factors",))
next_coordinate.falsehood("the square of the contraction", p=2, by=("factors",))
next_coordinate.falsehood("below τ/100", c="1/100", by=("a_step_of_rest_pays",))


chain = Claim(
    "du2019thesis/lemma-7.2-step-chain",
    title="What the next coordinate must make up for",
    kind="proof-step",
    where=f"{WHERE}, relation between T_k and T_{{k+1}}",
    states=r"x_{k+1}^{(0)}(1-2\eta "
    r"L)^{p(T_k-T_k^\tau)}(1+2\eta\gamma)^{T_k^\tau}(1+2\eta\gamma)^{T_{k+1}-T_{k+1}^\tau-T_k} \ge \tau",
    given=GIVEN,
    printed={"p": 1, "E": 1},
    proof_uses=("du2019thesis/lemma-7.2-step-next-coordinate",),
    step_of=LEMMA,
)


@chain.check(covers="universal")
def product_of_the_phases(claim: Statement, ctx: Context) -> Outcome:
    """(7.11) at T_k, then growth by exactly 1 + h up to S_{k+1}.  First two runs from (1, 1)."""
    tried = []
    for ratio, decay in (("2", "1/10"), ("3", "1/2")):
        let = claim.let | {"b": decay, "h": f"({decay}/{ratio})"}
        said = "(1 - b)**(p*S1)*(1 + h)**(T1 - S1)*(1 + h)**(S2 - T1) >= exp(E)"
        tried.append(on_a_run(said, let, run(("1", "1"), ratio, decay, length(claim)), f"L = {ratio}γ"))
    return unless(
        tried,
        follows_from(
            next_factor(),
            next_stays_low(),
            evaluate("p <= 1", let=claim.let, says="(1 - 2ηL)^(pS) is at least (1 - 2ηL)^S"),
            assumes=(COUNTS,),
        ),
    )


chain.falsehood("twice the contraction", p=2)


recursion = Claim(
    "du2019thesis/lemma-7.2-step-recursion",
    title="The recursion for the waiting times",
    kind="proof-step",
    where=f"{WHERE}, after taking logarithms",
    states=r"2\eta\gamma\left(T_{k+1}-T_{k+1}^\tau-(T_k-T_k^\tau)\right) \ge "
    r"\log\frac{\tau}{x_{k+1}^{(0)}}+2c\,\eta L(T_k-T_k^\tau),\qquad T_{k+1}-T_{k+1}^\tau \ge "
    r"\left(\frac{L+\gamma}{\gamma}+a\right)(T_k-T_k^\tau)",
    given=GIVEN,
    printed={"c": 1, "a": 0, "E": 1},
    parts=("logarithms", "ratio"),
    proof_uses=("du2019thesis/lemma-7.2-step-chain",),
    step_of=LEMMA,
    note="At η = 1/(2L) the factor 1 - 2ηL is 0, x_{k+1} stays at 0, and T_{k+1} is infinite.",
)


@recursion.check(part="logarithms", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """log(1 + h) <= h and log(1 - b) <= -b in step-chain.  First a run with small η, from (1/1000, 1)."""
    near = on_a_run(
        "h*(S2 - S1) >= E + c*b*S1", claim.let | {"b": "1/100", "h": "1/200"}, slow(claim), "L = 2γ"
    )
    return unless(
        [near],
        follows_from(
            prove("log(1 + h) <= h", h=INNER),
            prove("log(1 - b) <= -c*b", b=INNER, let=claim.let, says="η < 1/(2L)"),
        ),
    )


def slow(claim: Statement) -> Escape:
    """L = 2γ, 2ηL = 1/100 from (1/1000, 1): a long first wait."""
    return run(("1/1000", "1"), "2", "1/100", length(claim))


@recursion.check(part="ratio", covers="universal")
def divided_by_growth(claim: Statement, ctx: Context) -> Outcome:
    """2ηL/(2ηγ) = L/γ and log(τ/x) >= 0: S_{k+1} >= S_k + (L/γ) S_k.  First the same run."""
    near = on_a_run("S2 >= (3 + a)*S1", claim.let, slow(claim), "L = 2γ, 2ηL = 1/100, x = (1/1000, 1)")
    return unless(
        [near],
        follows_from(
            prove("log(1 + h) <= h", h=INNER),
            prove("log(1 - b) <= -b", b=INNER),
            identity("1 + 2*eta*L/(2*eta*c0) == (L + c0)/c0 + a", let=claim.let),
            evaluate("E >= 0", let=claim.let, says="log(τ/x) >= 0"),
        ),
    )


recursion.falsehood("4ηL", c=2, by=("logarithms",))
recursion.falsehood("κ + 1", a=1, by=("divided_by_growth",))


final = Claim(
    "du2019thesis/lemma-7.2-step-final",
    title="The recursion summed up",
    kind="proof-step",
    where=f"{WHERE}, last display",
    states=r"T_d \ge \frac{c}{2\eta\gamma}\left(\frac{L+\gamma}{\gamma}\right)^{d-o} \ge "
    r"\left(\frac{L+\gamma}{\gamma}\right)^{d-o}",
    given=GIVEN,
    printed={"c": 1, "o": 1},
    proof_uses=("du2019thesis/lemma-7.2-step-recursion", "du2019thesis/lemma-7.2-step-T1b"),
    step_of=LEMMA,
)


@final.check(covers="universal")
def induction(claim: Statement, ctx: Context) -> Outcome:
    """T_d >= S_d >= κ^(d-1) S_1 and S_1 >= 1/h.  First x = 1, τ = e, d = 1, with L = 100γ, 2ηγ = 1/1000."""
    near = on_a_run("T1 >= c*1000*101**(1 - o)", claim.let, run(("1",), "100", "1/10", "exp(1)"), "L = 100γ")
    return unless(
        [near],
        follows_from(
            prove("c*(1 + 1/r)**(1 - o) <= 1", r=INNER, let=claim.let, says="c κ^(d-o) <= κ^(d-1)"),
            prove("log(1 + h) <= h", h=INNER, says="S_1 >= log(τ/x)/log(1 + h) >= 1/h"),
            prove("c/(r*b) >= 1", r=INNER, b=DECAY, let=claim.let, says="1/(2ηγ) >= 1"),
            assumes=("induction over k with lemma-7.2-step-recursion",),
        ),
    )


final.falsehood("1/(ηγ)", c=2)
final.falsehood("κ^d/(2ηγ)", o=0)
