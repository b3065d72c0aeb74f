"""Section 6.6.2, the proof of Lemma 6.2: increments of the squared distance, their weights, Azuma's
inequality.

Words and the example chain are those of `filter_stochastic`.
"""

from verify import Claim, Context, Outcome, Statement, evaluate, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
D = "(4*eta*B*r1 + 4*eta**2*B**2)"
"""|r_{t+1}² - E r_{t+1}²| is at most this, as |ξ| <= 2B and |w - w* - η∇ℓ| <= r."""
SIZES = {"eta": POSITIVE, "B": POSITIVE, "r1": POSITIVE}


increment = Claim(
    "du2019thesis/lemma-6.2-increment",
    title="Increments of the squared distance under stochastic gradients",
    kind="proof-step",
    where="Section 6.6.2, proof of Lemma 6.2, the bound d_t",
    states=r"\left|r_{t+1}^2-\mathbb E[r_{t+1}^2|F_t]\right| \le d",
    given=(r"r_t \le r_1",),
    printed={"d": "2*eta*B*M*r1 + eta**2*B**2"},
    uses=("du2019thesis/eq-6.2",),
    step_of="du2019thesis/lemma-6.2",
    note="Printed with M r_1 for |w - w* - η∇ℓ|, which is at most r_1, not M r_1 (the dimensions differ); "
    "with B for |ξ|, which is at most 2B.",
)


@increment.check(covers="universal")
def cross_term_and_square(claim: Statement, ctx: Context) -> Outcome:
    """2η|ξ||w - w* - η∇ℓ| + η²||ξ|² - E|ξ|²|. First the chain: a = 1/1000, η = 1/2, r = r_1 = 1, s = 1 along
    w - w*.

    Then the deviation is 2ηs(1 - ηa)r, B = 1 + 1/1000, M = a + 14/10⁶.
    """
    let = {"eta": "1/2", "B": "1001/1000", "M": "(1/1000 + 14/10**6)", "r1": "1"}
    chain = evaluate(f"2*(1/2)*(1 - 1/2000) <= {claim.d}", let=let, says="a = 1/1000, η = 1/2", instance=True)
    box = {**SIZES, "M": FROM_ZERO}
    return unless(
        [chain],
        follows_from(
            prove(f"2*eta*(2*B)*r1 + eta**2*(2*B)**2 <= {claim.d}", **box),  # type: ignore[arg-type]
            assumes=("descent steps do not move away from w* (thm-6.3)",),
        ),
    )


increment.corrected("4ηBr_1 + 4η²B²", erratum="broken proof step", d="4*eta*B*r1 + 4*eta**2*B**2")
increment.falsehood("η²B² alone", d="eta**2*B**2")


total = Claim(
    "du2019thesis/lemma-6.2-sum",
    title="Sum of the squared weighted increments",
    kind="proof-step",
    where="Section 6.6.2, proof of Lemma 6.2, the bound of c_t²",
    states=r"t\,(1-x)^{-2t} \le b(T, x),\quad t\le T,\ x=\eta\alpha\in(0,1)",
    printed={"b": "T*(1 + 2*x*T)"},
    step_of="du2019thesis/lemma-6.2",
    note="Bernoulli's inequality goes the other way: (1 - x)^(-2T) > 1 + 2xT for every x in (0, 1), T >= "
    "1. The weights are better left out of the sum: exit at t needs only (1 - x)^(t - τ) times the "
    "increments.",
)


@total.check(covers="universal")
def weights(claim: Statement, ctx: Context) -> Outcome:
    """t = T = 1, x = 1/10: 100/81 against the bound; T = 10, x = 1/2: 10·2²⁰. -log(1 - x) <= x/(1 - x)."""
    examples = [
        evaluate(
            f"T*(1 - x)**(-2*{T}) <= {claim.b}", let={"T": T, "x": x}, says=f"t = T = {T}", instance=True
        )
        for T, x in (("1", "1/10"), ("10", "1/2"))
    ]
    return unless(
        examples,
        follows_from(
            prove("-log(1 - x) <= x/(1 - x)", x="[0, 1)"),
            identity(f"T*exp(2*T*(x/(1 - x))) == {claim.b}", T=FROM_ONE, x="[0, 1)"),
        ),
    )


total.corrected("T exp(2xT/(1 - x))", erratum="broken proof step", b="T*exp(2*T*(x/(1 - x)))")
total.falsehood("T(1 + 4xT)", b="T*(1 + 4*x*T)")


azuma = Claim(
    "du2019thesis/lemma-6.2-azuma",
    title="From Azuma's inequality to the failure probability",
    kind="proof-step",
    where="Section 6.6.2, proof of Lemma 6.2, last display",
    states=r"\frac{(r_1^2-r_0^2)^2}{c^2} \ge F\log\frac T\delta \Longrightarrow "
    r"\exp\left(-\frac{(r_1^2-r_0^2)^2}{2c^2}\right) \le \frac\delta T",
    given=(r"\text{the step-size condition of Lemma 6.2: } F = 1",),
    printed={"F": 1},
    step_of="du2019thesis/lemma-6.2",
)


@azuma.check(covers="universal")
def exponents(claim: Statement, ctx: Context) -> Outcome:
    """With l = log(T/δ) > 0 and equality in the condition: exp(-F l/2) <= exp(-l), that is F l/2 >= l."""
    return prove("F*l/2 >= l", let=claim.let, l=POSITIVE)


azuma.corrected("twice the logarithm", erratum="constant", F=2)
azuma.falsehood("half of the logarithm", F="1/2")
