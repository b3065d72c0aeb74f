"""Lemmas 6.2 and 6.3, Theorem 6.4: stochastic gradients, the martingale bound and the rate.

|w_t - w*| = r_t, M = L(0) + 10 L_cross + 4β, g = γ(φ_1), C = L_cross, ξ = g(w) - ∇ℓ(w), |g(w)| <= B. The
chain that can be computed: one patch, second moments A_{w,w*} = aI and A_{w,-w*} = 0 near w* (the arcs,
scaled), noise ξ = ±s along one axis, each sign with chance 1/2, so w_{t+1} - w* = (1 - ηa)(w_t - w*) - ηξ_t.
Then g = L = a, and β = C > 0 can be as small as one likes; B = s + a r_max.
"""

import math

from theorems.du2019thesis.filter_martingale import SIZES, D
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

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"

PRINTED = "(r1**2 - r0**2)**2/(T*(1 + 2*eta*alpha*T)*(2*eta*B*M*r1 + eta**2*B**2)**2)"
REPAIRED = f"(r1**2 - r0**2)**2/(2*T*{D}**2)"

ball = Claim(
    "du2019thesis/lemma-6.2",
    title="Stochastic gradient iterates stay in a ball",
    kind="probabilistic",
    where="Section 6.6.2, Lemma 6.2",
    states=r"\Pr\left(\|w_t-w_*\|\le r_1,\ t=1,\dots,T\right)\ge1-\delta\quad\text{if}\quad "
    r"l(r_0,r_1,\eta,B,T) \ge \log\frac T\delta",
    given=(
        r"r_0, r_1 < \|w_*\|\sin\phi_*,\ \phi_1=\arcsin\frac{r_1}{\|w_*\|}",
        r"0 < 1-\eta\gamma(\phi_1)+\eta^2M^2 < 1,\ M = L(0)+10L_{\mathrm{cross}}+4\beta",
        r"l = \frac{(r_1^2-r_0^2)^2}{T(1+2\eta\alpha T)(2\eta BMr_1+\eta^2B^2)^2},\ "
        r"\alpha=\gamma(\phi_1)-\eta M",
        r"\text{corrected: } l = \frac{(r_1^2-r_0^2)^2}{2T(4\eta Br_1+4\eta^2B^2)^2},\ \eta B^2\le\alpha "
        r"r_0^2,\ "
        r"\alpha=\gamma(\phi_1)-6L_{\mathrm{cross}}-\eta M^2 > 0",
    ),
    printed={"l": PRINTED, "alpha": "g - eta*M", "floor": "0 <= 1"},
    uses=("du2019thesis/thm-6.3", "du2019thesis/eq-6.2"),
    proof_uses=(
        "du2019thesis/lemma-6.2-increment",
        "du2019thesis/lemma-6.2-sum",
        "du2019thesis/lemma-6.2-azuma",
        "du2019thesis/thm-6.3-inner",
        "du2019thesis/thm-6.3-norm",
    ),
    note="r_1 > r_0 is meant. γ(φ_1) is read as the least γ up to φ_1 (thm-6.3-final-step). The printed α "
    "has M for M² and no 6L_cross. `floor`: without ηB² <= α r_0² the noise alone drives r² to ηB²/α, "
    "above r_1² in the witness; the step to G_{t+1} - G_0 needs it.",
)


@ball.check(covers="universal")
def two_steps(claim: Statement, ctx: Context) -> Outcome:
    """The chain with T = 2, η = 1/2, a = 1/1000, s = 1, r_0 = 0, r_1 = 99/100, |w*| = 10, δ = 1/4, β = C =
    10⁻⁶, B = 11/10. With chance 1/2 the two signs agree, and r_2 = (1/2)(1 + 1 - ηa) > r_1.

    Otherwise: r² has the drift (1 - ηα)r² + η²B² <= r_0² while r² <= r_0² is above ηB²/α; its deviation at t
    is a sum of martingale differences with weights (1 - ηα)^(t-τ) <= 1, each at most D; Azuma and the union
    bound.
    """
    let = {"eta": "1/2", "B": "11/10", "M": "(1/1000 + 14/10**6)", "g": "1/1000", "C": "1/10**6"}
    let |= {"r0": "0", "r1": "99/100", "T": "2", "delta": "1/4"}
    level, floor = (text.replace("alpha", f"({claim.alpha})") for text in (claim.l, claim.floor))
    met = every(
        evaluate(f"{level} >= log(T/delta)", let=let, says="the condition on r_0, r_1, T, δ", instance=True),
        evaluate(floor, let=let, says="the floor", instance=True),
        evaluate("0 < eta*g - eta**2*M**2", let=let, says="1 - ηγ + η²M² < 1", instance=True),
        evaluate("1 + g*100 <= B", let=let, says="|g(w)| <= B for r <= 100", instance=True),
    )
    if met.status == "holds":
        leaves = evaluate(
            "(1 + 1 - eta*g)*eta > r1", let=let, says="both signs alike: r_2 > r_1", instance=True
        )
        return contradicted_by(
            every(met, leaves, evaluate("1/2 > delta", let=let, says="chance against δ", instance=True)),
            witness="T = 2, η = 1/2, noise ±1, w_0 = w*: r_2 > 99/100 = r_1 with chance 1/2 > δ = 1/4",
        )
    box = {**SIZES, "M": POSITIVE, "T": FROM_ONE, "r0": POSITIVE, "alpha": POSITIVE}
    level = claim.l
    return follows_from(
        prove("1 - 2*eta*q + eta**2*M**2 <= 1 - eta*(q - eta*M**2)", eta=POSITIVE, q=FROM_ZERO, M=POSITIVE),
        prove("(1 - x)*R + x*s*R <= R", x=UNIT, s=UNIT, R=POSITIVE, says="drift, with ηB²/α = s r_0²"),
        prove("(1 - x)**2 <= 1", x=UNIT, says="weights"),
        prove(f"{level} <= (r1**2 - r0**2)**2/(2*T*{D}**2)", says="exponent", **box),  # type: ignore[arg-type]
        identity("T*(delta/T) == delta", T=FROM_ONE, says="union bound"),
        assumes=(
            "Azuma's inequality for the process stopped at the exit",
            "thm-6.3-inner with twice the inner product, thm-6.3-norm",
        ),
    )


ball.corrected(
    "increments, weights, Azuma's factor, and a floor for r_0",
    erratum="false statement",
    l=REPAIRED,
    alpha="g - 6*C - eta*M**2",
    floor="eta*B**2 <= alpha*r0**2",
)
ball.falsehood("only Azuma's factor repaired", l=PRINTED.replace("/(T*", "/(2*T*"))
ball.falsehood("only α repaired", alpha="g - 6*C - eta*M**2")


@ball.falsehood_with_check("r_1 < r_0")
def already_outside(claim: Statement, ctx: Context) -> Outcome:
    """(r_1² - r_0²)² does not see the order. r_0 = 1, r_1 = 1/2, ηa = 1/10, no noise: r_1 is exceeded at t =
    1.
    """
    return evaluate("(1 - 1/10)*1 <= 1/2", says="the first iterate against r_1", instance=True)


accuracy = Claim(
    "du2019thesis/lemma-6.3",
    title="Stochastic gradient descent reaches accuracy ε",
    kind="probabilistic",
    where="Section 6.6.2, Lemma 6.3",
    states=r"\Pr\left(\|w_T-w_*\|\le k\,\varepsilon\,\|w_*\|\right)\ge1-2\delta",
    given=(
        r"\text{the conditions of Lemma 6.2}",
        r"\eta T\alpha' \ge \log\frac{r_0^2}{\varepsilon^2\|w_*\|^2\delta},\ \alpha'=\gamma(\phi_1)-\eta M^2",
        r"q\,\varepsilon^2\alpha'\|w_*\|^2\ge\eta B^2,\quad \text{printed: } q = 1",
    ),
    printed={"q": "1", "k": 2},
    uses=("du2019thesis/lemma-6.2",),
    note="Printed is w_t for w_T. Markov's inequality is applied to r_T² - ηB²/α, which can be negative: "
    "so the floor ηB²/α does not depend on δ. The witness satisfies the corrected conditions of Lemma 6.2 "
    "too. In the proof ηB stands for ηB². α' is taken with 6L_cross subtracted in the corrected chain.",
)

COUNT = 10**8
"""N = 1/(2ηa) of the chain below."""


def chain(claim: Statement, delta: str) -> Outcome | None:
    """a = 10⁻⁸, η = 1/2, s = 98/100, B = 1, β = C = 10⁻¹², r_1 = 2·10⁶, |w*| = 10⁸, T = 33·10⁸, r_0² =
    ε²|w*|², w_0 - w* orthogonal to the noise.

    ε²|w*|² = 51·10⁶/q. None where the conditions are not met or the tail is not heavier than 2δ.
    """
    e2 = f"(51*10**6/({claim.q.replace('delta', delta)}))"
    let = {"eta": "1/2", "B": "1", "M": "(1/10**8 + 14/10**12)", "a": "(1/10**8 - 6/10**12)", "r1": "2*10**6"}
    let |= {"T": "33*10**8", "delta": delta}
    q = claim.q.replace("delta", f"({delta})")
    met = every(
        evaluate("1/10**8*r1 + 98/100 <= B", let=let, says="|g(w)| <= B while r <= r_1", instance=True),
        evaluate("eta*T*(a - eta*M**2) >= log(1/delta)", let=let, says="third condition", instance=True),
        evaluate(f"({q})*{e2}*(a - eta*M**2) >= eta*B**2", let=let, says="fourth condition", instance=True),
        evaluate(f"sqrt({e2}) < r1", let=let, says="r_0 < r_1", instance=True),
        evaluate("0 < eta/10**8 - eta**2*M**2", let=let, says="first condition", instance=True),
        evaluate(
            f"{REPAIRED.replace('r0**2', e2)} >= log(T/delta)",
            let=let,
            says="Lemma 6.2, corrected",
            instance=True,
        ),
        evaluate(
            f"{PRINTED.replace('r0**2', e2).replace('alpha', '(1/10**8 - eta*M)')} >= log(T/delta)",
            let=let,
            says="Lemma 6.2, as printed",
            instance=True,
        ),
    )
    if met.status != "holds":
        return None
    size = 51e6 / float(eval_fraction(claim.q, delta))
    surplus = math.floor(float(eval_fraction(str(claim.k), delta)) * math.sqrt(size) / (0.49 * 0.606)) + 2
    successes = (COUNT + surplus + 1) // 2
    tail = every(
        evaluate(f"exp({COUNT}*log(1 - 5/10**9)) >= 606/1000", says="(1 - ηa)^N >= 0.606", instance=True),
        evaluate(
            f"(606/1000)*{surplus}*(49/100) > {claim.k}*sqrt({e2})", says="sum of N signs", instance=True
        ),
        evaluate(
            f"1 - binomial_cdf({successes - 1}, {COUNT}, 1/2) > 3*{delta}",
            says="Pr(sum of N signs is that large) > 3δ",
            instance=True,
        ),
    )
    if tail.status != "holds":
        return None
    return contradicted_by(
        every(
            met, tail, assumes=("contraction principle: Pr(|Σ w_j ξ_j| > t) >= Pr(|c Σ_{j<N} ξ_j| > t)/2",)
        ),
        witness=f"noise ±0.98, a = 10⁻⁸, η = 1/2, T = 33·10⁸, δ = {delta}: all conditions hold, and "
        f"|w_T - w*| > {claim.k}ε|w*| has probability above 2δ",
    )


def eval_fraction(text: str, delta: str) -> float:
    """The value of "1", "delta", "1/100" and the like, for the choice of a threshold that is then checked."""
    top, _, bottom = text.replace("delta", delta).partition("/")
    return float(top) / float(bottom or 1)


@accuracy.check(covers="universal")
def stationary_noise(claim: Statement, ctx: Context) -> Outcome:
    """The noise alone: w_T - w* has the component ηs Σ_j (1 - ηa)^j ξ_j, of variance near ηs²/(2a) =
    ε²|w*|²/2, so 2ε|w*| is exceeded with a probability that does not depend on δ. With N = 10⁸ signs and
    weights at least 0.606 (contraction principle) it is above 7·10⁻⁷ > 3δ: δ = 10⁻⁷. Outside the ball of
    radius r_1, which is left with probability at most δ (the corrected Lemma 6.2), the gradients may be
    anything bounded by B.

    Otherwise Markov's inequality for r_T² on C_T: (1 - ηα')^T r_0² + ηB²/α' <= δε² + qε², over k²ε².
    """
    found = [out for delta in ("1/10000000", "1/10") if (out := chain(claim, delta)) is not None]
    argument = follows_from(
        prove("log(1 - x) <= -x", x="[0, 1)", says="(1 - ηα')^T <= δε²|w*|²/r_0²"),
        prove(
            f"(delta*e + ({claim.q})*e)/({claim.k}**2*e) <= delta", delta="(0, 1]", e=POSITIVE, says="Markov"
        ),
        assumes=("lemma-6.2, as corrected: the exit costs δ more",),
    )
    return unless(found, argument)


accuracy.corrected("δε²α'|w*|² >= ηB²", erratum="missing hypothesis", q="delta")
accuracy.falsehood("accuracy ε/100", q="delta", k="1/100")


rate = Claim(
    "du2019thesis/thm-6.4",
    title="Convergence rate of stochastic gradient descent for a convolutional filter",
    kind="probabilistic",
    where="Section 6.3, Theorem 6.4",
    states=r"\eta=K_1\frac{\varepsilon^2(\gamma(\phi_1)-6L_{\mathrm{cross}})^{m}\delta^{d}\|w_*\|^2}{B^2},\ "
    r"T=\frac{K_2B^2}{\varepsilon^2\delta^{d}(\gamma(\phi_1)-6L_{\mathrm{cross}})^2\|w_*\|^2}\log\frac{r_0}"
    r"{\varepsilon\delta\|w_*\|}\ \Longrightarrow\ "
    r"\Pr\left(\|w_T-w_*\|\le\varepsilon\|w_*\|\right)\ge1-\delta",
    given=(
        r"K_1, K_2\ \text{numbers}",
        r"\varepsilon\ \text{small},\ \phi_1=(\phi_*+\phi_0)/2,\ \gamma(\phi_*)\ge6L_{\mathrm{cross}}",
    ),
    printed={"m": 2, "d": 0},
    uses=("du2019thesis/thm-6.3", "du2019thesis/eq-6.2"),
    proof_uses=("du2019thesis/lemma-6.2", "du2019thesis/lemma-6.3"),
    note="The step has the wrong dimension: replacing Z by cZ multiplies γ and B by c² and must divide η "
    "by c². With the square, ηTγ = K_1K_2 γ log(..), which is too small for small γ. δ^d: what the "
    "corrected Lemma 6.3 gives; with d = 0 the tail of the noise at 2ε is fixed and above δ for small δ "
    "(lemma-6.3). The constants of the corrected theorem are K_1 = 1/2 and T such that ηTα' is the "
    "logarithm.",
)


@rate.check(covers="universal")
def exponents_of_the_step(claim: Statement, ctx: Context) -> Outcome:
    """First no noise at all: A = gI, g = 10⁻⁹, |w*| = 1, r_0 = 1/2, B = g, ε = 1/1000, δ = 1/10, K_1 = 10,
    K_2 = 100.

    r_T = (1 - ηg)^T/2. The same for every K_1, K_2, ε with smaller g, as ηTg = K_1K_2 g log(..). Otherwise
    the conditions of the corrected Lemma 6.3, with α' >= g/2 for small ε (g for γ - 6L_cross).
    """
    m, d = claim.m, claim.d
    let = {"g": "1/10**9", "e": "1/1000", "delta": "1/10"}
    eta, T = (
        f"(10*e**2*g**({m})*delta**({d})/g**2)",
        f"(100*g**2/(e**2*delta**({d})*g**2)*log(1/(2*e*delta)))",
    )
    quiet = evaluate(f"exp({T}*log(1 - {eta}*g))/2 <= e", let=let, says="no noise, g = 10⁻⁹", instance=True)
    half = f"(delta**({d})*e**2*g**({m})/(2*B**2))"
    box = {"delta": "(0, 1]", "g": POSITIVE, "B": POSITIVE, "e": "(0, 1]"}
    argument = follows_from(
        prove(f"delta*e**2*(g/2) >= {half}*B**2", says="fourth condition", **box),  # type: ignore[arg-type]
        prove(
            f"{half}*(4*B**2/(e**2*delta**({d})*g**2))*(g/2) >= 1",
            says="third condition: ηTα' over the logarithm",
            **box,  # type: ignore[arg-type]
        ),
        prove(
            f"{half}**2*(4*B**2/(e**2*delta**({d})*g**2))*B**2 <= e**2",
            says="η²TB² <= ε² (times logarithms): the condition of Lemma 6.2 for small ε",
            **box,  # type: ignore[arg-type]
        ),
        assumes=("ε² log²(1/ε) -> 0", "lemma-6.3, as corrected, with ε/2 for ε"),
    )
    return unless([quiet], argument)


rate.corrected("γ - 6L_cross to the first power, and δ", erratum="false statement", m=1, d=1)
rate.falsehood("third power", m=3, d=1)
