"""Appendix B.1, Lemma B.1: the norms of all layers at initialisation, fully-connected network.

s0 and L are |sigma(0)| and a Lipschitz constant, c is c_sigma, X a standard Gaussian, g stands for g_C(H).
The activation s0 + |z| attains the bounds on moments; for z, m times a squared norm is a chi-square variable.
"""

from typing import Any

from theorems.du2019deep.gaussian_norm import chi_tail
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
FOURTH = "(s0**4 + 8*s0**3*L*sqrt(2/pi) + 24*s0**2*L**2 + 64*s0*L**3*sqrt(2/pi) + 48*L**4)"
"""E (s0 + 2L|X|)^4."""


def absolute_moments() -> Outcome:
    """E|X|, EX², E|X|³ and EX⁴."""
    return every(
        expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |X|"),
        expectation([("oo", "z**2")], equals="1", says="E X²"),
        expectation([("0", "-z**3"), ("oo", "z**3")], equals="2*sqrt(2/pi)", says="E |X|³"),
        expectation([("oo", "z**4")], equals="3", says="E X⁴"),
    )


second_moment = Claim(
    "du2019deep/proof-lemma-B.1-second-moment",
    aliases=("du2019thesis/proof-lemma-3.1-second-moment",),
    title="The second moment of a layer as a function of the norm below",
    kind="proof-step",
    where="Appendix B.1, proof of Lemma B.1, the chain for the expectation",
    states=r"|\mathbb E\sigma(\alpha X)^2-\mathbb E\sigma(X)^2| \le "
    r"L|\alpha-1|\left(a\,|\sigma(0)|\sqrt{2/\pi}+L|\alpha+1|\right) \le "
    r"L|\alpha-1|\left(2|\sigma(0)|\sqrt{2/\pi}+kL\right),\qquad a = 2,\ k = 2",
    given=(r"X\sim N(0,1),\ \sigma\ L\text{-Lipschitz}", r"\tfrac12\le\alpha\le t,\ t = 2"),
    printed={"a": 2, "k": 2, "t": 2},
    parts=("first bound", "second bound"),
    step_of="du2019deep/lemma-B.1",
    note="The last bound needs α + 1 <= k: k = 2 serves α <= 1 only, k = 3 all α <= 2, k = 5/2 the α <= 3/2 "
    "of the induction. With α² - 1 in place of α - 1 the lemma goes through for the printed C.",
)


@second_moment.check(part="first bound", covers="universal")
def difference_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """|σ(αX) - σ(X)| <= L|α - 1||X| and |σ(αX) + σ(X)| <= 2s0 + L(α + 1)|X|.

    s0 + |z| attains both: 2s0(α - 1)√(2/π) + α² - 1 for α >= 1.
    """
    both = "(alpha - 1)*(a*s0*sqrt(2/pi) + (alpha + 1))"
    sharp = "(2*s0*alpha*sqrt(2/pi) + alpha**2) - (2*s0*sqrt(2/pi) + 1)"
    return every(
        absolute_moments(),
        prove(f"{sharp} <= {both}", alpha="[1, 2]", s0=FROM_ZERO, let={"a": claim.a}, says="s0 + |z|"),
        prove(
            "2*s0*sqrt(2/pi) <= a*s0*sqrt(2/pi)", s0=FROM_ZERO, let={"a": claim.a}, says="the term of σ(0)"
        ),
    )


@second_moment.check(part="second bound", covers="universal")
def up_to_the_end(claim: Statement, ctx: Context) -> Outcome:
    """α + 1 against k.  First σ(z) = z, where the left side is |α² - 1|."""
    let, chain = {"k": claim.k}, "s0*2*sqrt(2/pi) + L*(alpha + 1) <= 2*s0*sqrt(2/pi) + k*L"
    box: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO, "alpha": f"[1/2, {claim.t}]"}
    links = [prove("1 - alpha**2 <= (1 - alpha)*k", let=let, alpha="[1/2, 1]", says="σ(z) = z, α <= 1")]
    if claim.t != 1:
        said = "alpha**2 - 1 <= (alpha - 1)*k"
        links.append(prove(said, let=let, alpha=f"[1, {claim.t}]", says="σ(z) = z, α >= 1"))
    return every(*links, prove(chain, let=let, **box))


second_moment.falsehood("without σ(0)", a=0, k=3, by=("difference_of_squares",))
second_moment.falsehood("σ(0) once", a=1, k=3, by=("difference_of_squares",))
second_moment.falsehood("5/2 up to 2", k="5/2", by=("up_to_the_end",))
second_moment.falsehood("1 for α up to 1", k=1, t=1, by=("up_to_the_end",))
second_moment.corrected("3L for α up to 2", erratum="constant", k=3)
second_moment.corrected("5L/2 for α up to 3/2", erratum="constant", k="5/2", t="3/2")


variance = Claim(
    "du2019deep/proof-lemma-B.1-variance",
    aliases=("du2019thesis/proof-lemma-3.1-variance",),
    title="Variance of the squared norm of a layer",
    kind="proof-step",
    where="Appendix B.1, proof of Lemma B.1, the chain for the variance",
    states=r"\mathrm{Var}\|x^{(h)}\|_2^2 = \frac{c_\sigma^2}{m}\mathrm{Var}\,\sigma(w^\top x)^2 \le "
    r"\frac{c_\sigma^2}{m}\mathbb E(|\sigma(0)|+L|w^\top x|)^4 \le \frac{C_2}{m},\quad "
    r"C_2 = s\left(\sigma(0)^4+8|\sigma(0)|^3L\sqrt{\tfrac{2}{\pi}}+24\sigma(0)^2L^2"
    r"+t\,\sigma(0)L^3\sqrt{\tfrac{2}{\pi}}+f\,L^4\right)",
    given=(r"\|x\|_2 \le 2,\ \sigma\ L\text{-Lipschitz}", r"\text{printed: } s = 1,\ t = 64,\ f = 512"),
    printed={"s": "1", "t": 64, "f": 512},
    parts=("variance", "fourth moment"),
    step_of="du2019deep/lemma-B.1",
    note="The factor c_σ² is lost; the left side does not change when σ is multiplied by a number, C_2 does. "
    "The fourth moment has 48 for 512. In the fourth term |σ(0)| is meant.",
)


def second_constant(claim: Statement) -> str:
    """C_2 of the claim."""
    return (
        f"({claim.s})*(s0**4 + 8*s0**3*L*sqrt(2/pi) + 24*s0**2*L**2 + {claim.t}*s0*L**3*sqrt(2/pi)"
        f" + {claim.f}*L**4)"
    )


@variance.check(part="variance", covers="universal")
def by_the_fourth_moment(claim: Statement, ctx: Context) -> Outcome:
    """m independent terms (c/m) σ², Var Y <= E Y² and |σ(u)| <= s0 + L|u|.

    First σ(z) = z/4, c = 16, |x| = 2: c² Var (X/2)² = 16² (3 - 1)/16 = 32 against C_2.
    """
    quarter = {"c": "16", "L": "1/4", "s0": "0"}
    linear = evaluate(
        f"c**2*(3 - 1)/16 <= {second_constant(claim)}", let=quarter, says="z/4, |x| = 2", instance=True
    )
    argument = follows_from(
        absolute_moments(),
        identity("m*(c/m)**2*V == c**2*V/m", m=POSITIVE, says="independent neurons"),
        fourth(claim),
        assumes=("Var Y <= E Y²",),
    )
    return unless([linear], argument)


def fourth(claim: Statement) -> Outcome:
    """c² E (s0 + 2L|X|)⁴ <= C_2; attained by s0 + L|z|."""
    box: dict[str, Any] = dict.fromkeys(("s0", "L"), FROM_ZERO) | {"c": POSITIVE}
    return prove(f"c**2*{FOURTH} <= {second_constant(claim)}", says="the fourth moment", **box)


@variance.check(part="fourth moment", covers="universal")
def binomial_of_absolute_moments(claim: Statement, ctx: Context) -> Outcome:
    """|w.x| = 2|X| at |x| = 2.  First σ(z) = |z|/4, c = 16: 16² 48/4⁴ against C_2."""
    a1, a2, a3, a4 = "sqrt(2/pi)", "1", "2*sqrt(2/pi)", "3"
    b = "(2*L)"
    expanded = f"s0**4 + 4*s0**3*{b}*{a1} + 6*s0**2*{b}**2*{a2} + 4*s0*{b}**3*{a3} + {b}**4*{a4}"
    quarter = {"c": "16", "L": "1/4", "s0": "0"}
    small = evaluate(
        f"c**2*48*L**4 <= {second_constant(claim)}", let=quarter, says="|z|/4, |x| = 2", instance=True
    )
    return every(
        absolute_moments(),
        identity(f"{expanded} == {FOURTH}", s0=FROM_ZERO, L=FROM_ZERO, says="expansion"),
        unless([small], fourth(claim)),
    )


WITH_C: dict[str, Any] = {"s": "c**2"}
variance.falsehood("40 for the last coefficient", s="c**2", f=40, by=("binomial_of_absolute_moments",))
variance.falsehood("30 for the last coefficient", s="c**2", f=30, by=("by_the_fourth_moment",))
variance.falsehood("E|X|³ = √(2/π)", s="c**2", t=32, f=48, by=("binomial_of_absolute_moments",))
variance.falsehood("c_σ for c_σ²", s="c", by=("by_the_fourth_moment", "binomial_of_absolute_moments"))
variance.corrected("with c_σ²", erratum="constant", **WITH_C)
variance.corrected("with c_σ² and 48", erratum="constant", s="c**2", f=48)


recursion = Claim(
    "du2019deep/proof-lemma-B.1-recursion",
    aliases=("du2019thesis/proof-lemma-3.1-recursion",),
    title="From layer to layer by Chebyshev's inequality",
    kind="proof-step",
    where="Appendix B.1, proof of Lemma B.1, induction hypothesis and last displays",
    states=r"|\|x^{(h-1)}\|-1| \le \frac{g_C(h-1)}{2g_C(H)}:\quad "
    r"\Pr\left(\left|\|x^{(h)}\|^2-\mathbb E\right| > \frac{1}{2g_C(H)}\right) \le \frac{\delta}{nH},\quad "
    r"|\|x^{(h)}\|-1| \le a\,|\|x^{(h)}\|^2-1| \le "
    r"\frac{g_C(h)}{2g_C(H)} \le \tfrac12,\quad \Pr(\text{any } h, i\ \text{fails}) \le \delta",
    given=(
        r"|\mathbb E\|x^{(h)}\|^2-1| \le C\,|\|x^{(h-1)}\|-1|,\ \mathrm{Var}\|x^{(h)}\|^2 \le \frac{C_2}{m}",
        r"m \ge \frac{4C_2nH g_C(H)^{p}}{\delta}",
        r"a = 1,\ p = 2",
    ),
    printed={"a": 1, "p": 2, "share": "d/(n*H)"},
    parts=("Chebyshev", "norm", "union"),
    uses=("du2019deep/app-geometric-series",),
    step_of="du2019deep/lemma-B.1",
    note="The two hypotheses on mean and variance are the steps before. The text starts at h = 1; at h = 0 "
    "the norm is 1.",
)


@recursion.check(part="Chebyshev", covers="universal")
def variance_over_the_square(claim: Statement, ctx: Context) -> Outcome:
    """(C_2/m)(2g)² at m = 4C_2nHg²/δ; a variable with three values attains Chebyshev's bound."""
    box: dict[str, Any] = dict.fromkeys(("n", "H", "g"), FROM_ONE) | {"C": POSITIVE, "d": UNIT}
    said = f"C/(4*C*n*H*g**p/d)*(2*g)**2 <= {claim.share}"
    return prove(said, let={"p": claim.p}, assumes=("Chebyshev's inequality",), **box)


@recursion.check(part="norm", covers="universal")
def square_root_contracts(claim: Statement, ctx: Context) -> Outcome:
    """|t - 1| <= |t² - 1| for t >= 0, equality at t = 0; C G/(2g) + 1/(2g) = (CG + 1)/(2g), a layer more."""
    return every(
        prove("1 - t <= a*(1 - t**2)", t="[0, 1]", let={"a": claim.a}, says="t <= 1"),
        prove("t - 1 <= a*(t**2 - 1)", t=FROM_ONE, let={"a": claim.a}, says="t >= 1"),
        identity("C*G/(2*g) + 1/(2*g) == (C*G + 1)/(2*g)", g=POSITIVE, says="one more layer"),
        prove("G/(2*(G + r)) <= 1/2", G=POSITIVE, r=FROM_ZERO, says="at most 1/2"),
    )


@recursion.check(part="union", covers="universal")
def all_layers_and_inputs(claim: Statement, ctx: Context) -> Outcome:
    """nH events of the probability that Chebyshev leaves; disjoint ones attain the union bound."""
    box: dict[str, Any] = dict.fromkeys(("n", "H"), FROM_ONE) | {"d": UNIT}
    return prove(f"n*H*({claim.share}) <= d", assumes=("union bound",), **box)


recursion.falsehood("half of the difference of squares", a="1/2", by=("square_root_contracts",))
recursion.falsehood("width with g to the first power", p=1, by=("variance_over_the_square",))
recursion.falsehood("a share δ/n for each layer", share="d/n", by=("all_layers_and_inputs",))
recursion.falsehood("a share δ/(nH²)", share="d/(n*H**2)", by=("variance_over_the_square",))


lemma = Claim(
    "du2019deep/lemma-B.1",
    aliases=("du2019thesis/lemma-3.1",),
    title="The norms of all layers at initialisation, fully-connected network",
    kind="probabilistic",
    where="Appendix B, Lemma B.1",
    states=r"m \ge K\frac{n^{p}Hg_C(H)^2}{\delta^{q}} \implies \Pr\left(\forall h\in[H], i\in[n]:\ "
    r"\frac{1}{c_{x,0}} \le \|x_i^{(h)}(0)\|_2 \le c_{x,0}\right) \ge 1-\delta,\qquad c_{x,0} = 2,\ C = "
    r"c_\sigma L\left(2|\sigma(0)|\sqrt{2/\pi}+kL\right)",
    given=(
        r"\sigma\ L\text{-Lipschitz},\ \|x_i\|_2 = r,\ r = 1,\ W^{(h)}_{ij}\sim N(0,1)\ \text{i.i.d.}",
        r"\text{printed: } k = 2;\ p = q = 1;\ K\ \text{hidden; explicit: } K = 4c_\sigma^2\mathbb "
        r"E(|\sigma(0)|+2L|X|)^4",
    ),
    printed={"cx": 2, "k": 2, "p": 1, "q": 1, "r": 1},
    uses=("du2019deep/eq-2", "du2019deep/app-geometric-series"),
    proof_uses=(
        "du2019deep/proof-lemma-B.1-second-moment",
        "du2019deep/proof-lemma-B.1-variance",
        "du2019deep/proof-lemma-B.1-recursion",
    ),
    note="True with the printed C, although the printed proof has that constant for α <= 1 only: the "
    "recursion for |x|² - 1 in place of |x| - 1 does with k = 1.",
)


def misses(claim: Statement, m: int) -> str:
    """σ(z) = z, H = n = 1, m even: the probability that the norm leaves the interval; |x^(1)|² = r² χ²/m."""
    above = chi_tail(f"({m}*cx**2/r**2)", m)
    below = chi_tail(f"({m}/(cx**2*r**2))", m)
    return f"({above} + 1 - {below})"


def linear_activation(claim: Statement) -> list[Outcome]:
    """K = 192 for σ(z) = z.

    δ = 1/2, m = 384; δ = 10^-80 at the width for it, if it does not grow with 1/δ; and n orthonormal inputs,
    which are independent, n = 10^150.
    """
    let = claim.let
    found = [
        evaluate(
            f"{misses(claim, 384)} <= 1/2", let=let, says="z, n = H = 1, δ = 1/2, m = 384", instance=True
        )
    ]
    if not claim.q:
        said = f"{misses(claim, 192)} <= 1/10**80"
        found.append(evaluate(said, let=let, says="z, n = H = 1, δ = 10^-80, m = 192", instance=True))
    if not claim.p:
        tail = chi_tail("(384*cx**2/r**2)", 384)
        many = evaluate(f"exp(-10**150*{tail}) < 1/2", let=let, says="(1 - t)^n <= e^(-nt)", instance=True)
        found.append(
            contradicted_by(
                many,
                witness="z, H = 1, n = 10^150 orthonormal inputs, δ = 1/2, m = 384: all norms "
                "stay in the interval with a probability below 1/2",
            )
        )
    return found


@lemma.check(covers="universal")
def squared_norms(claim: Statement, ctx: Context) -> Outcome:
    """With t = |x^(h-1)|: |E|x^(h)|² - 1| <= cL|t - 1|(2s0√(2/π) + L(t + 1)) <= C|t² - 1|.

    So e_h <= C e_(h-1) + 1/(2g) for e_h = ||x^(h)|² - 1| outside of events of probability δ/(nH) each, and
    e_h is at most 1/2. First σ(z) = z, exactly.
    """
    mean = "2*s0*sqrt(2/pi)"
    box: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO}
    upper = f"w*({mean} + L*(2 + w)) <= ({mean} + k*L)*w*(2 + w)"
    lower = f"w*({mean} + L*(2 - w)) <= ({mean} + k*L)*w*(2 - w)"
    let = {"k": claim.k}
    argument = follows_from(
        absolute_moments(),
        prove(upper, let=let, w=FROM_ZERO, says="t = 1 + w", **box),
        prove(lower, let=let, w="[0, 1]", says="t = 1 - w", **box),
        identity(
            "C2/(4*C2*n*H*g**2/d)*(2*g)**2 == d/(n*H)",
            C2=POSITIVE,
            n=FROM_ONE,
            H=FROM_ONE,
            g=FROM_ONE,
            d=UNIT,
        ),
        identity("C*G/(2*g) + 1/(2*g) == (C*G + 1)/(2*g)", g=POSITIVE, says="one more layer"),
        prove("sqrt(1 + e/2) <= cx", e="[-1, 1]", let={"cx": claim.cx}, says="e <= 1/2"),
        prove("1/cx <= sqrt(1 + e/2)", e="[-1, 1]", let={"cx": claim.cx}, says="e >= -1/2"),
        prove("1/d <= 1/d**q", d=UNIT, let={"q": claim.q}),
        prove("n <= n**p", n=FROM_ONE, let={"p": claim.p}),
        identity("r**2 == 1", let={"r": claim.r}, says="the start, h = 0"),
        assumes=(
            "proof-lemma-B.1-variance (corrected, 48; norms up to 2)",
            "Chebyshev, union bound over nH events",
            "app-geometric-series: g_C(h) = C g_C(h-1) + 1 <= g_C(H)",
        ),
    )
    return unless(linear_activation(claim), argument)


@lemma.check()
def chi_square(claim: Statement, ctx: Context) -> Outcome:
    """σ(z) = z, one input, one layer at the width asked for: exact tails."""
    return every(*linear_activation(claim))


lemma.falsehood("norm exactly 1", cx=1)
lemma.falsehood("a width that does not grow with 1/δ", q=0)
lemma.falsehood("a width that does not grow with n", p=0)
lemma.falsehood("inputs of norm 10", r=10)
