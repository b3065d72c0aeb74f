"""Appendix A.1, Lemmas A.2-A.6 and Theorem 3.3: linear convergence when both layers move.

As the appendix says, everything is based on λ_min(H(0)) >= 3λ0/4 (the *standing event*).  q stands for
√n |y - u(0)|/(√m λ0), so that R_w' = 4q and R_a' = 8q √log(mn/δ); `gates` says what H(s) is on a kink (eq-7).

*Joint instance*: n = 1, λ0 = 1/2, m = 9, four neurons with w.x = a = 1, five inactive.  |w|² - a² = 0 is
conserved, so the four keep w.x = a, u = 4a²/3 and H + G = 8a²/9; with the label y = 4/3 (1 + 1/1000)² they
end at a = 1 + 1/1000.
"""

import math
from typing import Any

import numpy as np

from numerics.flow_one_input import sample_one_input
from theorems.du2019shallow._observed import enough_width, follows_the_joint_rate
from theorems.du2019shallow.dynamics import follows_the_matrix
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
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    smallest_deciding_count,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT, LAMBDA = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)", "(0, 1/2]"
RW, RA = "sqrt(2*pi)*lam*delta/(32*n**2)", "lam/(16*n**2)"
END = "(1001/1000)"
RESIDUAL = f"(4/3*({END}**2 - 1))"
"""|y - u(0)| in the joint instance; q is two thirds of it."""


radii = Claim(
    "du2019shallow/joint-radii",
    title="Radii of the two layers and what they are for",
    kind="definition",
    where="Appendix A.1, before Lemma A.3",
    states=r"R_w = \frac{\sqrt{2\pi}\lambda_0\delta}{s\,n^2},\quad R_a = \frac{\lambda_0}{t\,n^2},\qquad "
    r"\frac{4n^2R_w}{\sqrt{2\pi}\delta} = \frac{\lambda_0}{8} = 2n^2R_a,\quad R_a \le \frac{1}{32},\ "
    r"R_w \le \frac{\sqrt{2\pi}}{64}\delta",
    given=(r"n \ge 1,\ 0 < \lambda_0 \le \frac{1}{2}",),
    printed={"s": 32, "t": 16},
    uses=("du2019shallow/derived-lambda0-range",),
    note="R_w' and R_a' are the travel bounds of Lemmas A.4 and A.5.",
)


@radii.check(covers="universal")
def eighths_of_the_eigenvalue(claim: Statement, ctx: Context) -> Outcome:
    """Each layer may use λ0/8 of the λ0/4 that the Gram matrix may lose."""
    Rw, Ra = "sqrt(2*pi)*lam*delta/(s*n**2)", "lam/(t*n**2)"
    return every(
        identity(f"4*n**2*({Rw})/(sqrt(2*pi)*delta) == lam/8", let=claim.let),
        identity(f"2*n**2*({Ra}) == lam/8", let=claim.let),
        prove(f"{Ra} <= 1/32", let=claim.let, says="R_a", n=FROM_ONE, lam=LAMBDA),
        prove(
            f"({Rw})/delta <= sqrt(2*pi)/64", let=claim.let, says="R_w/δ", delta=UNIT, n=FROM_ONE, lam=LAMBDA
        ),
    )


radii.falsehood("R_w doubled", s=16)
radii.falsehood("R_a doubled", t=8)


lemma_a2 = Claim(
    "du2019shallow/lemma-A.2",
    title="Linear decay under a lower bound on the first-layer Gram matrix",
    kind="deterministic-inequality",
    where="Appendix A.1, Lemma A.2 and footnote 8",
    states=r"\|y-u(t)\|_2^2 \le e^{-c\lambda_0t}\|y-u(0)\|_2^2",
    given=(
        r"\lambda_{\min}(H(s)) \ge h\,\lambda_0\ \text{for}\ 0 \le s \le t",
        r"W, a\ \text{solve the inclusion of the joint flow}",
        r"\text{as printed: the gates of } H \text{ are}\ \mathbb I\{w_r^\top x_i\ge 0\}",
    ),
    printed={"c": 1, "h": "1/2", "psd": 2, "gates": "indicator"},
    uses=("du2019shallow/joint-flow", "du2019shallow/eq-12"),
    proof_uses=("du2019shallow/eq-13", "du2019shallow/eq-14"),
    note="The extracted text has λ_min(H(s)) >= λ0, fractions being lost; the proof's constant is that of "
    "λ0/2. psd is the coefficient of the mixed term of vᵀGv. Like Lemma 3.3 it fails for a neuron at rest.",
)


@lemma_a2.check(covers="universal")
def drop_the_output_layer(claim: Statement, ctx: Context) -> Outcome:
    """(|e|²)' = -2eᵀHe - 2eᵀGe <= -2hλ0|e|², G being a Gram matrix; then Gronwall.

    With m = n = 1, w = 0, a = 1, y = -1 the neuron rests for ever, although the printed H is 1.  A neuron far
    from the kink of a network with G tending to 0 shows that no better rate follows: w near 0, H = λ0/2.
    """
    rest = []
    if claim.gates == "indicator":
        rest = [
            evaluate("1**2*step(0) >= h*(1/2)", let=claim.let, says="m = n = 1 at rest: λ_min(H(s)) >= hλ0"),
            evaluate("1 <= exp(-c*t/2)", at={"t": 1}, let=claim.let, says="m = n = 1, w = 0, a = 1, y = -1"),
        ]
    slowest = prove(
        "exp(-2*h*L*t) <= exp(-c*L*t)", L=LAMBDA, t=FROM_ZERO, let=claim.let, says="H = hλ0, G = 0"
    )
    return every(
        *rest,
        slowest,
        follows_from(
            follows_the_matrix(claim),
            identity("p**2*s**2 + psd*p*q*s*t + q**2*t**2 == (p*s + q*t)**2", let=claim.let, says="G >= 0"),
            prove(
                "exp(2*k*t)*(2*k*E - 2*(k*E + more + g)) <= 0",
                k=FROM_ZERO,
                t=FROM_ZERO,
                E=FROM_ZERO,
                more=FROM_ZERO,
                g=FROM_ZERO,
            ),
            assumes=("Gronwall's inequality for absolutely continuous functions", "vᵀHv >= λ_min(H)|v|²"),
        ),
    )


@lemma_a2.check()
def nearly_no_output_gram(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, m = 4, one neuron with w.x = 0 and a = 1 at the start, y > 0: H = a²/4, G = w²/4, a² - w² = 1.

    While w <= v the residual decays at most at the rate (a² + w²)/4 <= (1 + 2v²)/4; v = 1/10, y = 1/40 here.
    """
    fastest = "exp(-2*(1 + 2/100)/4*t)"
    return every(
        evaluate("1/4 >= h*(1/2)", let=claim.let, says="H >= 1/4 for all time"),
        evaluate("1/10*sqrt(1 + 1/100)/2 >= 1/40", says="u = aw/2 reaches y before w = 1/10"),
        prove(f"{fastest} <= exp(-c*t/2)", t=FROM_ZERO, let=claim.let, says="n = 1, m = 4, w near its kink"),
    )


SELECTION = "H(s) with the gates of the velocity (eq-7 corrected), for almost every s"
lemma_a2.falsehood(
    "twice the rate", c=2, gates="selection", by=("drop_the_output_layer", "nearly_no_output_gram")
)
lemma_a2.falsehood("half of the hypothesis", h="1/4", gates="selection", by=("drop_the_output_layer",))
lemma_a2.corrected(SELECTION, erratum="missing hypothesis", gates="selection")


@lemma_a2.falsehood_with_check("without the bound on H")
def dead_network(claim: Statement, ctx: Context) -> Outcome:
    """m = n = 1, w.x = -1: G = H = 0 and nothing moves; at λ0 = 1/2 and t = 1."""
    return evaluate("1 <= exp(-1/2)", says="|y - u(t)|² against e^(-λ0 t)|y - u(0)|²")


A_3_step_2 = Claim(
    "du2019shallow/lemma-A.3-step-2",
    title="How far the squared output weights are from 1",
    kind="proof-step",
    where="Appendix A.1, proof of Lemma A.3, bound on H - H'",
    states=r"\max_r|a_r^2-1| \le k R_a + l R_a^2",
    given=(r"|a_r-a_r(0)| \le R_a,\ a_r(0) = \pm 1,\ R_a \le \frac{1}{32}",),
    printed={"k": 2, "l": 0},
    uses=("du2019shallow/joint-radii",),
    step_of="du2019shallow/lemma-A.3",
    note="Fails at a_r = ±(1 + R_a), by R_a². The lemma survives: its diagonal has one event, not two.",
)


@A_3_step_2.check(covers="universal")
def square_of_the_sum(claim: Statement, ctx: Context) -> Outcome:
    """a = ±(1 + s), |s| <= R: a² - 1 = 2s + s², largest at s = R and least at s = -R."""
    box = {"R": "(0, 1/32]", "v": "[0, 1]"}
    return every(
        prove("(1 + v*R)**2 - 1 <= k*R + l*R**2", let=claim.let, **box),  # type: ignore[arg-type]
        prove("1 - (1 - v*R)**2 <= k*R + l*R**2", let=claim.let, **box),  # type: ignore[arg-type]
    )


A_3_step_2.falsehood("R_a alone", k=1, l=1)
A_3_step_2.falsehood("half of the square", l="1/2")
A_3_step_2.corrected("with the square of R_a", erratum="broken proof step", l=1)


lemma_a3 = Claim(
    "du2019shallow/lemma-A.3",
    title="Stability of the first-layer Gram matrix when both layers move",
    kind="probabilistic",
    where="Appendix A.1, Lemma A.3",
    states=r"\Pr\left(\forall W, a:\ \|w_r-w_r(0)\|_2\le R_w,\ |a_r-a_r(0)|\le R_a\ \Longrightarrow\ "
    r"\|H-H(0)\|_2 \le \rho\lambda_0\right) \ge 1-\delta,\qquad \lambda_{\min}(H) > \kappa\lambda_0",
    given=(
        r"\|x_i\|_2 = 1,\ w_r(0)\sim N(0,I),\ a_r(0) = \pm 1",
        r"\lambda_{\min}(H(0)) \ge \frac{3}{4}\lambda_0\ \text{(standing event) for the second part}",
    ),
    printed={"Ra": RA, "share": "1/4", "kept": "1/2", "start": "3/4"},
    parts=("deviation", "eigenvalue"),
    uses=("du2019shallow/eq-12", "du2019shallow/joint-radii"),
    proof_uses=("du2019shallow/lemma-3.2-entrywise", "du2019shallow/lemma-3.1"),
    note="The proof's surrogate H' is printed without the factor x_i.x_j, which it needs; it refers to Lemma "
    "3.3 for what Lemma 3.2 shows. Proved here by counting one event on the diagonal.",
)


@lemma_a3.check(part="deviation", covers="universal")
def one_event_on_the_diagonal(claim: Statement, ctx: Context) -> Outcome:
    """Σ|H' - H'(0)| has mean at most (n + 2n(n-1)) 2R_w/√(2π); then |a_r² - 1| <= 2R_a + R_a² in n² entries.

    First, exactly, n = 1, λ0 = 1/2: for a_r = ±(1 + R_a) and W = W(0), H = (1 + R_a)² A/m, A ~ Bin(m, 1/2).
    """
    Ra = f"({claim.Ra})"
    at_one = Ra.replace("lam", "(1/2)").replace("n**2", "1")
    single = evaluate(
        f"binomial_cdf(floor(1000*share*(1/2)/(2*{at_one} + {at_one}**2)), 1000, 1/2) >= 1/2",
        let=claim.let,
        says="n = 1, m = 1000: Pr(‖H - H(0)‖ <= ρλ0), δ = 1/2",
        instance=True,
    )
    total = f"(2*n**2 - n)*2*({RW})/(sqrt(2*pi)*delta) + n**2*(2*{Ra} + {Ra}**2) <= share*lam"
    return unless(
        [single],
        follows_from(
            prove(
                "erf(v/sqrt(2)) <= 2*v/sqrt(2*pi)", v=FROM_ZERO, says="chance that a gate can flip within v"
            ),
            prove(total, n=FROM_ONE, lam=LAMBDA, delta=UNIT, let=claim.let),
            assumes=(
                "lemma-3.2-entrywise, with one event for i = j",
                "Markov's inequality, strict: Pr(X >= E X/δ) <= δ",
                "lemma-A.3-step-2 (corrected)",
                "operator norm <= sum of the entries",
            ),
        ),
    )


@lemma_a3.check(part="eigenvalue", covers="universal")
def weyl(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(H) >= λ_min(H(0)) - ‖H - H(0)‖, the latter strictly below λ0/4 outside the bad event of Markov.

    Without the standing event: n = m = 1, where H(0) = 0 with probability 1/2; δ = 1/4.
    """
    if claim.start == "none":
        return evaluate(
            "1 - binomial_cdf(0, 1, 1/2) >= 1 - 1/4", says="n = m = 1: Pr(H(0) > 0)", instance=True
        )
    return prove(
        "start*lam - share*lam >= kept*lam", lam=LAMBDA, let=claim.let, assumes=("Weyl's inequality",)
    )


lemma_a3.falsehood("R_a = λ0/4", Ra="lam/4", by=("one_event_on_the_diagonal",))
lemma_a3.falsehood("deviation λ0/50", share="1/50", by=("one_event_on_the_diagonal",))
lemma_a3.falsehood("λ_min(H) > 3λ0/5", kept="3/5", by=("weyl",))
lemma_a3.reading("without the standing event", start="none", by=("weyl",))


lemma_a4 = Claim(
    "du2019shallow/lemma-A.4",
    title="Travel of a hidden neuron when both layers move",
    kind="deterministic-inequality",
    where="Appendix A.1, Lemma A.4",
    states=r"\left\|\frac{dw_r}{ds}\right\|_2 \le \frac{k\sqrt n}{\sqrt m}\|y-u(s)\|_2,\qquad "
    r"\|w_r(t)-w_r(0)\|_2 \le R_w' = \frac{c\sqrt n\,\|y-u(0)\|_2}{\sqrt m\,\lambda_0}",
    given=(
        r"\lambda_{\min}(H(s)) \ge \lambda_0/2,\ |a_r(s)-a_r(0)| \le R_a\ \text{for}\ 0\le s\le t",
        r"R_a \le \alpha,\ \|x_i\|_2 = 1,\ H \text{ with the gates of the velocity}",
    ),
    printed={"k": 2, "c": 4, "alpha": 1},
    parts=("speed", "travel"),
    uses=("du2019shallow/joint-flow", "du2019shallow/lemma-A.2"),
    proof_uses=("du2019shallow/lemma-3.3-step-2",),
    note="alpha = 1 is all that the proof needs; the R_a of the appendix is at most 1/32.",
)


@lemma_a4.check(part="speed", covers="universal")
def size_of_the_output_weight(claim: Statement, ctx: Context) -> Outcome:
    """|a_r(s)| <= 1 + R_a, attained by a_r = 1 + R_a with one input (or n equal ones)."""
    return prove("1 + R <= k", R="(0, alpha]".replace("alpha", str(claim.alpha)), let=claim.let)


@lemma_a4.check(part="travel", covers="universal")
def integrated_speed(claim: Statement, ctx: Context) -> Outcome:
    """∫ e^(-λ0 s/2) ds <= 2/λ0.  First n = 1, m = 4, λ0 = 1/2, one neuron from (0, 1) to (20/99, 101/99).

    These are w.x and a: a² - w² = 1 is conserved, H = a²/4 >= 1/4, and u = aw/2 ends at the label 1010/9801.
    """
    far = every(
        evaluate("(101/99)**2 - (20/99)**2 == 1", says="conserved"),
        evaluate(
            "20/99 < c*(1/2*(101/99)*(20/99))/(2*(1/2))", let=claim.let, says="n = 1, m = 4: the whole travel"
        ),
    )
    return unless(
        [far],
        follows_from(
            identity("diff(2/L*(1 - exp(-L*t/2)), t) == exp(-L*t/2)", says="the integral"),
            prove("k*(2/L)*(1 - exp(-L*t/2)) <= c/L", L=LAMBDA, t=FROM_ZERO, let=claim.let),
            assumes=("lemma-A.2 (corrected): |y - u(s)| <= e^(-λ0 s/2)|y - u(0)|", "the first part"),
        ),
    )


lemma_a4.falsehood("3/2 for 2 in the speed", k="3/2", by=("size_of_the_output_weight",))
lemma_a4.falsehood("R_a up to 2", alpha=2, by=("size_of_the_output_weight",))
lemma_a4.falsehood("3/2 for 4 in the travel", c="3/2", by=("integrated_speed",))


# ---- output weights


A_5_step_1 = Claim(
    "du2019shallow/lemma-A.5-step-1",
    title="All pre-activations at initialisation are O(√log)",
    kind="proof-step",
    where="Appendix A.1, proof of Lemma A.5, first display",
    states=r"\Pr\left(\forall i, r:\ |w_r(0)^\top x_i| \le k\sqrt{\log\frac{mn}{\delta}}\right) \ge 1-\delta",
    given=(r"w_r(0)\sim N(0,I),\ \|x_i\|_2 = 1,\ 0 < \delta < 1",),
    printed={"k": 3},
    step_of="du2019shallow/lemma-A.5",
    note="The extracted text shows log(mn) with the rest lost. √2 would do for k.",
)


@A_5_step_1.check(covers="universal")
def union_bound(claim: Statement, ctx: Context) -> Outcome:
    """erfc(k √(L/2)) <= exp(-k² L/2) <= exp(-L) = δ/N for N = mn pairs, L = log(N/δ).

    First N = 1 exactly, at δ = 1/10 and 1/2.
    """
    cases = [
        evaluate("erfc(k*sqrt(log(1/d)/2)) <= d", let={**claim.let, "d": d}, instance=True, says="m = n = 1")
        for d in ("1/10", "1/2")
    ]
    argument = follows_from(
        prove("L <= k**2*L/2", L=FROM_ZERO, let=claim.let, says="exp(-k² L/2) <= exp(-L)"),
        assumes=("Gaussian tail: Pr(|z| > v) <= exp(-v²/2)", "union bound over mn pairs"),
    )
    return unless(cases, argument)


A_5_step_1.falsehood("1 for 3", k=1)
A_5_step_1.falsehood("1/2 for 3", k="1/2")


A_5_step_3 = Claim(
    "du2019shallow/lemma-A.5-step-3",
    title="The radius of the first layer absorbed into the logarithm",
    kind="proof-step",
    where="Appendix A.1, proof of Lemma A.5, fourth line of the display",
    states=r"3\sqrt{\log\frac{mn}{\delta}} + R_w \le k\sqrt{\log\frac{mn}{\delta}}",
    given=(r"R_w = \frac{\sqrt{2\pi}\lambda_0\delta}{32n^2}", r"mn \ge N_0,\ 0 < \delta < 1"),
    printed={"k": 4, "N0": 1},
    uses=("du2019shallow/joint-radii",),
    step_of="du2019shallow/lemma-A.5",
    note="Fails at m = n = 1 for δ near 1, where the logarithm vanishes and R_w does not.",
)


@A_5_step_3.check(covers="universal")
def radius_below_the_root(claim: Statement, ctx: Context) -> Outcome:
    """R_w <= √(2π)/64 δ, attained at n = 1; over the root √log(N/δ), which at N = 1, δ = 9999/10000 is 1/100.

    For N >= 2: log(N/δ) >= log 2.
    """
    Rw = "sqrt(2*pi)/64*d"
    edge = evaluate(
        f"3*sqrt(log(N0/d)) + {Rw} <= k*sqrt(log(N0/d))",
        let={**claim.let, "d": "9999/10000"},
        instance=True,
        says="n = 1, λ0 = 1/2, mn = N0",
    )
    return unless(
        [edge],
        follows_from(
            prove(f"{Rw} <= sqrt(2*pi)/64", d=UNIT),
            evaluate("sqrt(2*pi)/64 <= (k - 3)*sqrt(log(N0))", let=claim.let, says="at mn = N0, δ = 1"),
            assumes=("√log(N/δ) grows with N and 1/δ",),
        ),
    )


A_5_step_3.falsehood("3 for 4", k=3, N0=2)
A_5_step_3.falsehood("61/20 for 4, mn >= 2", k="301/100", N0=2)
A_5_step_3.corrected("at least two pairs (neuron, input)", erratum="missing hypothesis", N0=2)


lemma_a5 = Claim(
    "du2019shallow/lemma-A.5",
    title="Travel of an output weight",
    kind="probabilistic",
    where="Appendix A.1, Lemma A.5",
    states=r"|a_r(t)-a_r(0)| \le R_a' = \frac{k\sqrt n\,\|y-u(0)\|_2\sqrt{\log(mn/\delta)}}"
    r"{\sqrt m\,\lambda_0}\ \text{for all } r\ \text{with probability}\ 1-\delta",
    given=(
        r"\lambda_{\min}(H(s)) \ge \lambda_0/2,\ \|w_r(s)-w_r(0)\|_2 \le R_w\ \text{for}\ 0\le s\le t",
        r"mn \ge 2,\ \|x_i\|_2 = 1,\ H \text{ with the gates of the velocity}",
    ),
    printed={"k": 8},
    uses=("du2019shallow/joint-flow", "du2019shallow/lemma-A.2"),
    proof_uses=("du2019shallow/lemma-A.5-step-1", "du2019shallow/lemma-A.5-step-3"),
    note="Primes are partly lost in the extracted text: the proof ends with the R_a' of joint-radii.",
)


@lemma_a5.check(covers="universal")
def integrated_speed_of_a(claim: Statement, ctx: Context) -> Outcome:
    """|a_r'| <= (√n/√m)|e|(|w_r(0).x| + R_w) <= 4(√n/√m)|e|√log(mn/δ), integrated with the rate λ0/2.

    First the joint instance, δ = 1/2: each output weight travels 1/1000.
    """
    single = evaluate(
        f"1/1000 <= k*(2/3*{RESIDUAL})*sqrt(log(18))", let=claim.let, says="joint instance", instance=True
    )
    return unless(
        [single],
        follows_from(
            prove("4*(2/L)*(1 - exp(-L*t/2)) <= k/L", L=LAMBDA, t=FROM_ZERO, let=claim.let),
            assumes=(
                "lemma-A.5-step-1, lemma-A.5-step-3 (corrected)",
                "lemma-A.2 (corrected)",
                "Cauchy-Schwarz",
            ),
        ),
    )


lemma_a5.falsehood("1/4 for 8", k="1/4")


@lemma_a5.falsehood_with_check("without the logarithm: 8√n |y - u(0)|/(√m λ0) for all r")
def the_largest_of_many_preactivations(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, m = 10⁹⁵: at most with probability (1 - p)^m <= exp(-mp) no neuron has w.x >= 20, a = 1.

    With probability 1 - O(1/m) (Chebyshev) H + G <= 11/10 - 10⁻³ and |y - u(0)| = e > 0, and everything moves
    by O(1/√m): so such an output weight travels at least 19 e/√m ∫ exp(-11t/10) dt, against 8e/(√m/2).
    """
    return every(
        evaluate("19*(1 - exp(-11))/(11/10) > 16", says="travel over e/√m until t = 10"),
        evaluate("exp(-10**95*erfc(20/sqrt(2))/4) >= 1/2", says="Pr(no such neuron) against 1 - δ, δ = 1/2"),
    )


lemma_a6 = Claim(
    "du2019shallow/lemma-A.6",
    title="Bootstrap for both layers",
    kind="deterministic-inequality",
    where="Appendix A.1, Lemma A.6",
    states=r"R_w' < R_w,\ R_a' < R_a\ \Longrightarrow\ \forall t\ge 0:\ "
    r"\lambda_{\min}(H(t)) \ge \frac{1}{2}\lambda_0,\ "
    r"\|w_r(t)-w_r(0)\|_2 \le \alpha R_w',\ |a_r(t)-a_r(0)| \le \beta R_a',\ "
    r"\|y-u(t)\|_2^2 \le e^{-k\lambda_0t}\|y-u(0)\|_2^2",
    given=(
        r"\text{the events of Lemmas A.3 and A.5 and the standing event}",
        r"mn \ge 2,\ H \text{ with the gates of the velocity}",
    ),
    printed={"alpha": 1, "beta": 1, "k": 1, "event": "good"},
    parts=("gram", "hidden travel", "output travel", "decay"),
    uses=("du2019shallow/joint-flow", "du2019shallow/joint-radii"),
    proof_uses=(
        "du2019shallow/lemma-A.2",
        "du2019shallow/lemma-A.3",
        "du2019shallow/lemma-A.4",
        "du2019shallow/lemma-A.5",
    ),
    note="The proof prints the inequalities of the bad cases the wrong way round (within R_w, within R_a).",
)


def joint_instance() -> Outcome:
    """The joint instance meets the hypotheses, δ = 1/2; its gates are farther than R_w from their kinks."""
    return every(
        evaluate("4/9 >= 3/4*(1/2)", says="standing event"),
        evaluate("sqrt(2*pi)/128 < 1", says="no gate changes within R_w"),
        evaluate(f"4*(2/3*{RESIDUAL}) < sqrt(2*pi)/128", says="R_w' < R_w"),
        evaluate(f"8*(2/3*{RESIDUAL})*sqrt(log(18)) < 1/32", says="R_a' < R_a"),
        identity("diff(4/3*(v*v), v) == 4/3*2*v", says="u = 4a²/3"),
    )


def first_exit(claim: Statement) -> Outcome:
    """Up to the first exit from the two balls the travels are below R_w' and R_a'; so there is no exit."""
    if claim.event != "good":
        return Undecided("the events are not assumed", "the events of Lemmas A.3 and A.5")
    box = {"q": FROM_ZERO, "L": POSITIVE, "t": POSITIVE, "g": POSITIVE}
    return follows_from(
        prove("3/4*L - 1/4*L >= 1/2*L", L=POSITIVE, says="λ_min(H) inside the balls"),
        prove("4*q*(1 - exp(-L*t/2)) < 4*q + g", says="hidden neurons stay inside", **box),  # type: ignore[arg-type]
        prove("8*q*(1 - exp(-L*t/2)) < 8*q + g", says="output weights stay inside", **box),  # type: ignore[arg-type]
        assumes=(
            "the weights are continuous in t, so a first exit time exists",
            "lemma-A.2 (corrected), lemma-A.3, lemma-A.4, lemma-A.5 up to that time",
        ),
    )


@lemma_a6.check(part="gram", covers="universal")
def least_eigenvalue(claim: Statement, ctx: Context) -> Outcome:
    """3λ0/4 - λ0/4 inside the balls; a dead network (m = n = 1, w.x = -1, small y) has H = 0."""
    if claim.event != "good":
        return evaluate("1**2*step(-1) >= (1/2)/2", says="m = n = 1, w.x = -1, y = 1/1000: λ_min(H) >= λ0/2")
    return first_exit(claim)


@lemma_a6.check(part="hidden travel", covers="universal")
def hidden_weights(claim: Statement, ctx: Context) -> Outcome:
    """Lemma A.4 inside the balls; in the joint instance the four hidden weights travel 1/1000."""
    said = evaluate(
        f"1/1000 <= alpha*4*(2/3*{RESIDUAL})", let=claim.let, says="joint instance: travel against αR_w'"
    )
    bound = prove("4*q*(1 - exp(-L*t/2)) <= alpha*4*q", q=FROM_ZERO, L=POSITIVE, t=FROM_ZERO, let=claim.let)
    return unless([every(joint_instance(), said)], follows_from(first_exit(claim), bound))


@lemma_a6.check(part="output travel", covers="universal")
def output_weights(claim: Statement, ctx: Context) -> Outcome:
    """Lemma A.5 inside the balls; in the joint instance the four output weights travel 1/1000."""
    said = evaluate(
        f"1/1000 <= beta*8*(2/3*{RESIDUAL})*sqrt(log(18))",
        let=claim.let,
        says="joint instance: travel against βR_a'",
    )
    bound = prove("8*q*(1 - exp(-L*t/2)) <= beta*8*q", q=FROM_ZERO, L=POSITIVE, t=FROM_ZERO, let=claim.let)
    return unless([every(joint_instance(), said)], follows_from(first_exit(claim), bound))


@lemma_a6.check(part="decay", covers="universal")
def decay(claim: Statement, ctx: Context) -> Outcome:
    """Lemma A.2 inside the balls; in the joint instance H + G = 8a²/9 <= 8/9 (1001/1000)² at λ0 = 1/2."""
    said = prove(
        f"exp(-2*(8/9)*{END}**2*t) <= exp(-k*t/2)", t=FROM_ZERO, let=claim.let, says="joint instance"
    )
    gronwall = prove("exp(-2*(L/2)*t) <= exp(-k*L*t)", L=POSITIVE, t=FROM_ZERO, let=claim.let)
    return unless([every(joint_instance(), said)], follows_from(first_exit(claim), gronwall))


lemma_a6.falsehood("without the events", event="none", by=("least_eigenvalue",))
lemma_a6.falsehood("an eighth of R_w'", alpha="1/8", by=("hidden_weights",))
lemma_a6.falsehood("a thirtieth of R_a'", beta="1/30", by=("output_weights",))
lemma_a6.falsehood("rate 4 λ0", k=4, by=("decay",))


closing = Claim(
    "du2019shallow/lemma-A.6-closing",
    title="What remains to be ensured in the proof of Theorem 3.3",
    kind="proof-step",
    where="Appendix A.1, last paragraph",
    states=r"\text{needed for Lemma A.6: } R_a' < R_a;\ \text{ensured: } R_a' = R_a + \omega g,\ g > 0;"
    r"\qquad \Pr\left(\|y-u(0)\|_2^2 \le \frac{Cn}{\delta}\right) \ge p,\ \text{needed: } p \ge 1-\delta",
    given=(r"0 < \delta < 1",),
    printed={"omega": 1, "p": "delta"},
    parts=("order", "probability"),
    step_of="du2019shallow/thm-3.3",
    note="Printed: R_w' < R_w and R_a < R_a', and 'with probability at least δ'.",
)


@closing.check(part="order", covers="universal")
def radius_inside_the_ball(claim: Statement, ctx: Context) -> Outcome:
    """The hypothesis of Lemma A.6 from what the text ensures, R_a' = R_a + ωg with g > 0."""
    return prove("Ra + omega*g < Ra", Ra=POSITIVE, g=POSITIVE, let=claim.let)


@closing.check(part="probability", covers="universal")
def all_but_delta(claim: Statement, ctx: Context) -> Outcome:
    """Markov's inequality gives 1 - δ, and Theorem 3.3 needs it."""
    return prove(f"{claim.p} >= 1 - delta", delta=UNIT)


closing.falsehood("probability 1 - 2δ", omega=-1, p="1 - 2*delta", by=("all_but_delta",))
closing.falsehood("R_a' = R_a", omega=0, p="1 - delta", by=("radius_inside_the_ball",))
closing.corrected("R_a' < R_a, with probability 1 - δ", erratum="misprint", omega=-1, p="1 - delta")


# ---- the theorem

FIRST, SECOND = 166_900, 65_600
"""Constants of the two widths: four bad events of probability δ/4, R_w' < R_w and R_a' < R_a."""

thm_3_3 = Claim(
    "du2019shallow/thm-3.3",
    title="Linear convergence of gradient flow on both layers",
    kind="probabilistic",
    where="Section 3.2, Theorem 3.3",
    states=r"m = \Omega\left(\frac{n^{p}\log(m/\delta)}{\lambda_0^{4}\delta^{3}}\right)\ \Longrightarrow\ "
    r"\Pr\left(\forall t\ge 0:\ \|u(t)-y\|_2^2 \le e^{-k\lambda_0t}\|u(0)-y\|_2^2\right) \ge 1-\delta",
    given=(
        r"\lambda_0 > 0,\ \|x_i\|_2 = 1,\ |y_i| \le C",
        r"w_r(0)\sim N(0,I),\ a_r(0)\sim\mathrm{unif}\{-1,1\}\ \text{i.i.d.}",
        r"\text{explicit: } m \ge 166900\,(C^2+\frac{1}{2})\,\frac{n^6}{\lambda_0^4\delta^3}\ \text{and}\ "
        r"m \ge 65600\,(C^2+\frac{1}{2})\,\frac{n^6\log(4mn/\delta)}{\lambda_0^4\delta}",
    ),
    printed={"k": 1, "p": 6},
    uses=("du2019shallow/joint-flow", "du2019shallow/assumption-3.1"),
    proof_uses=(
        "du2019shallow/eq-14",
        "du2019shallow/lemma-A.2",
        "du2019shallow/lemma-A.3",
        "du2019shallow/lemma-A.4",
        "du2019shallow/lemma-A.5",
        "du2019shallow/lemma-A.6",
        "du2019shallow/init-loss",
        "du2019shallow/lemma-3.1",
    ),
    note="m stands on both sides, as printed: m/log m grows without bound, so such widths exist. Proved with "
    "the corrected lemmas; both explicit widths are within the printed order.",
)


def joint_derivation(power: object) -> Outcome:
    """The chain with D for 1/δ, L for λ0, ell for log(4mn/δ) >= log 8, and δ/4 for each of four events."""
    data: dict[str, Any] = {"n": FROM_ONE, "D": FROM_ONE, "L": LAMBDA, "C": FROM_ZERO}
    Rw, Ra, Y2 = "(sqrt(2*pi)*L/(4*D*32*n**2))", "(L/(16*n**2))", "(4*n*(C**2 + 1/2)*D)"
    first = f"({FIRST}*(C**2 + 1/2)*n**({power})*D**3/L**4)"
    second = f"({SECOND}*(C**2 + 1/2)*n**({power})*ell*D/L**4)"
    return follows_from(
        prove("log(8*v) <= 8*v", v=FROM_ONE, says="Hoeffding asks for 8 n² log(8n²/δ)/λ0² neurons"),
        prove("n**4*D <= n**6*D**3", n=FROM_ONE, D=FROM_ONE, says="8 n² log(8n²/δ) <= 64 n⁶/δ³"),
        prove(f"64*n**6*D**3/L**2 <= {first}", says="the standing event", **data),
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E u_i² = 1/2: |y - u(0)|² <= Y²"),
        prove(f"16*n*{Y2}/({first}*L**2) < {Rw}**2", says="R_w'² < R_w²", **data),
        prove(f"64*n*{Y2}*ell/({second}*L**2) < {Ra}**2", says="R_a'² < R_a²", ell=FROM_ONE, **data),
        evaluate("log(8) >= 1", says="ell = log(4mn/δ) with mn >= 2"),
        assumes=(
            "Hoeffding's and Markov's inequalities, the union bound",
            "lemma-A.3, lemma-A.5 and lemma-A.6 with δ/4",
        ),
    )


@thm_3_3.check(covers="universal")
def explicit_widths(claim: Statement, ctx: Context) -> Outcome:
    """The chain with its constants, and what n = 1 allows.

    At n = 1, λ0 = 1/2 the bound needs H(0) + G(0) >= k/4 at t = 0+.  The mean of m(H + G) = Σ (1 + z_r²),
    over the active neurons, is m, its variance at most 3m: Chebyshev leaves probability 3/(m(k/4 - 1)²).
    """
    single = evaluate(
        "10**8*(1 - 1/2)*max(k/4 - 1, 0)**2 <= 3",
        let=claim.let,
        says="n = 1, m = 10⁸, δ = 1/2",
        instance=True,
    )
    gronwall = prove("exp(-2*(L/2)*t) <= exp(-k*L*t)", L=LAMBDA, t=FROM_ZERO, let=claim.let)
    plot, demands = narrow_networks(ctx)
    argument = follows_from(
        joint_derivation(claim.p), gronwall, regime=Regime(demands=demands), plots=(plot,)
    )
    return unless([single], argument)


def narrow_networks(ctx: Context) -> tuple[Plot, tuple[Demand, ...]]:
    """Share of 200 initialisations that break the bound at some time, n = 1, y = 1/2."""
    widths, shares = [2**k for k in range(11)], []
    for m in widths:
        kept = [follows_the_joint_rate(*sample_one_input(ctx.rng("narrow", m, k), m), m) for k in range(200)]
        shares.append(1 - sum(kept) / 200)
    asked = required_width()
    demands = enough_width(asked, widths, shares, 1 / 2, "n = 1, y = 1/2, δ = 1/2: 200 runs a width")
    curve = Series("n = 1, y = 1/2", [float(m) for m in widths], shares, "points")
    message = (
        f"Trained jointly the bound rarely fails beyond a few neurons; the theorem asks for {asked:.1e}."
    )
    return Plot(message, "width m", "share of failures", [curve], log_x=True), demands


def required_width() -> int:
    """The larger of the two explicit widths at n = 1, λ0 = δ = C = 1/2, by fixed-point iteration."""
    first = FIRST * 0.75 * 16 * 8
    m = 1e12
    for _ in range(60):
        m = max(first, SECOND * 0.75 * 16 * 2 * math.log(8 * m))
    return math.ceil(m * (1 + 1e-9))


@thm_3_3.check(profile="full")
def one_input_in_regime(claim: Statement, ctx: Context) -> Outcome:
    """n = 1 (λ0 = 1/2), C = y = 1/2, δ = 1/2, at the explicit width: H + G stays between two bounds.

    Along the flow (w.x, a) of an active neuron turns hyperbolically in the path length S, so that a² + (w.x)²
    falls at most by e^(-2S) and grows at most by e^(2S); S is at most |e|√m over the least sum of them, and
    neurons with w.x > tanh S stay active.
    """
    m, rows = required_width(), []
    for trial in range(smallest_deciding_count("1/2")):
        slowest, fastest = joint_rates(ctx.rng(trial), m)
        holds, fails = slowest >= claim.k / 4, fastest < claim.k / 4
        if not (holds or fails):
            return Undecided(f"trial {trial}: H + G between {slowest} and {fastest}", "a flow with events")
        rows.append(holds)
    return every(
        ctx.decide(f"the bound holds for all t (n = 1, m = {m})", at_least="1/2", rows=rows),
        regime=Regime(met=True, required_width=m, used_width=m, note="n = 1, C = 1/2"),
    )


def joint_rates(rng: np.random.Generator, m: int) -> tuple[float, float]:
    """Bounds of H + G from below and above for all time, one input, label 1/2."""
    z, a = sample_one_input(rng, m)
    residual, sums = abs(0.5 - float(z @ a) / math.sqrt(m)), 1 + z * z
    reach = 4 * residual / math.sqrt(m)
    least = float(sums[z > math.tanh(reach)].sum()) * math.exp(-2 * reach) / m
    if least * reach < residual / math.sqrt(m):
        return 0.0, math.inf
    return least, float(sums.sum()) * math.exp(2 * reach) / m


@thm_3_3.falsehood_with_check("no over-parameterisation: m = 1")
def single_dead_neuron(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, y = 1, δ = 1/4: an inactive neuron has G = H = 0 and never moves."""
    return evaluate("binomial_cdf(0, 1, 1/2) <= 1/4", says="chance of a dead network of width 1, against δ")


thm_3_3.falsehood("rate 5 λ0", k=5, by=("explicit_widths", "one_input_in_regime"))
thm_3_3.falsehood("rate 6 λ0", k=6, by=("explicit_widths",))
