"""Appendix B.1, Lemma A.1: the norms of the features stay close to one at initialisation.

X = 2σ(g)², g ~ N(0, 1), is a unit's share of m_l|x_l|²/|x_(l-1)|²; Y is the sum over the units minus m_l, l
the logarithm log(nL/δ), e = 1 - δ.
"""

import math
from fractions import Fraction
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
COAREA = "rotation g(θ) = g cos θ + g' sin θ of two copies, 0 <= θ <= π/2: g'(θ) is independent of g(θ); a "
"path "
COAREA += "from one side of a band to the other crosses it (coarea formula)"
HOELDER = "E|Y| >= (EY²)^(3/2)/(EY⁴)^(1/2); P(Y >= h) >= (E max(Y, 0) - h)²/EY² by Cauchy-Schwarz"


power = Claim(
    "zou2020/proof-lemma-A.1-power",
    title="Compounding a relative deviation over the layers",
    kind="proof-step",
    where="Appendix B.1, proof of Lemma A.1, second display and the line below it",
    step_of="zou2020/lemma-A.1",
    states=r"(1+x)^{l/2} \le 1+c\,l\,x,\quad (1-x)^{l/2} \ge 1-c\,l\,x,\qquad c = 1;\qquad "
    r"m \ge \bar CL^2\log(nL/\delta),\ \bar C = 4C'^2 \implies x = C'\sqrt{\log(nL/\delta)/m} \le "
    r"\tfrac1{2L}",
    given=(r"0 < x < \tfrac{1}{rL},\ r = 2,\ 1 \le l \le L",),
    printed={"c": "1", "r": "2", "width": 4},
    parts=("powers", "width"),
    note="The bound from below is the other case in the text. width is the multiple of C'² in the constant.",
)


def three_layers(claim: Statement) -> list[Outcome]:
    """l = L = 3 and 10 at 9/10 of the largest x."""
    found = []
    for L in (3, 10):
        x = Fraction(9, 10) / (Fraction(claim.r) * L)
        said = f"(1 + {x})**({Fraction(L, 2)}) <= 1 + ({claim.c})*{L}*{x}"
        found.append(evaluate(said, says=f"l = L = {L}, x = {x}", instance=True))
    return found


@power.check(part="powers", covers="universal")
def exponential_between(claim: Statement, ctx: Context) -> Outcome:
    """y = l x <= 1/r: (1 + x)^(l/2) <= e^(y/2) <= 1 + y; (1 - x)^(l/2) >= e^(-y) >= 1 - y, as x <= 1/2."""
    box: dict[str, Any] = {"y": f"[0, 1/({claim.r})]"}
    argument = follows_from(
        prove("log(1 + x) <= x", x=FROM_ZERO),
        prove("exp(y/2) <= 1 + c*y", let={"c": claim.c}, says="above", **box),
        prove("-2*x <= log(1 - x)", x="[0, 1/2]"),
        prove("1 - c*y <= exp(-y)", let={"c": claim.c}, says="below", **box),
        prove("1/(r*L) <= 1/2", let={"r": claim.r}, L=FROM_ONE, says="x <= 1/2"),
    )
    return unless(three_layers(claim), argument)


@power.check(part="width", covers="universal")
def square_of_the_depth(claim: Statement, ctx: Context) -> Outcome:
    """C'√(l/m) at the least width; attained there."""
    box: dict[str, Any] = dict.fromkeys(("C", "l"), POSITIVE) | {"L": FROM_ONE}
    return prove("C**2*l/(w*C**2*L**2*l) <= (1/(2*L))**2", let={"w": claim.width}, **box)


power.falsehood("l x/2 for l x", c="1/2", by=("exponential_between",))
power.falsehood("x up to 100/L", r="1/100", by=("exponential_between",))
power.falsehood("the width C'² L²", width=1, by=("square_of_the_depth",))


layer = Claim(
    "zou2020/proof-lemma-A.1-layer",
    title="Concentration of the squared norm of one layer",
    kind="proof-step",
    where="Appendix B.1, proof of Lemma A.1, second part",
    step_of="zou2020/lemma-A.1",
    states=r"\mathbb E[\sigma^2(w_{l,j}^\top x)\mid x] = \tfrac{k}{m_l}\|x\|^2;\quad "
    r"\Pr\left(\left|\|x_l\|^2-\|x\|^2\right| \ge \|x\|^2\xi\right) \le "
    r"2e^{-C_2m_l\min\{\xi^2,\xi^{q}\}};\quad \text{all } l, i:\ u\,nLe^{-C_2m_l\min\{\xi^2,\xi\}};\quad "
    r"m_l \ge C_3^2\log\tfrac{nL}\delta \implies \Pr\left(\forall l,i:\ "
    r"\left|\|x_{l,i}\|^2-\|x_{l-1,i}\|^2\right| \le "
    r"C_3\|x_{l-1,i}\|^2\sqrt{\tfrac{\log(nL/\delta)}{m_l}}\right) \ge 1-\delta,\quad k = q = 1,\ u = 2",
    given=(
        r"w_{l,j} \sim N(0,\tfrac2{m_l}I)\ \text{independent of } x = x_{l-1,i};\ \xi \ge 0;\ 0 < \delta < 1",
        r"C_2, C_3\ \text{absolute; explicit: } C_2 = \tfrac1{16},\ C_3 = 2\cdot10^5",
    ),
    printed={"k": 1, "C2": "1/16", "q": 1, "u": 2, "C3": 200000},
    parts=("mean", "tail", "union", "width"),
    note="The least rate is that at ξ = 1 from above, 0.0646. With C_3 = 6 the width part holds for nL/δ >= "
    "2; for n = L = 1 and δ near 1 the union bound, at least δ^p 2 > δ, says nothing, and the large C_3 "
    "makes up for it by the mass near the mean.",
)


@layer.check(part="mean", covers="universal")
def half_of_the_variance(claim: Statement, ctx: Context) -> Outcome:
    """E σ(g)² = 1/2 and the variance is 2|x|²/m."""
    return every(
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E σ(g)²"),
        identity("2*r**2/m*(1/2) == k*r**2/m", let={"k": claim.k}, m=FROM_ONE),
    )


def two_units(claim: Statement) -> Outcome:
    """m = 2, ξ = 10: |x_l|² is 0, χ²_1 or χ²_2 with probabilities 1/4, 1/2, 1/4."""
    said = "exp(-11/2)/4 + erfc(sqrt(11/2))/2 <= 2*exp(-C2*2*min(10**2, 10**q))"
    return evaluate(said, let={"C2": claim.C2, "q": claim.q}, says="m = 2, ξ = 10", instance=True)


def two_hundred_units(claim: Statement) -> Outcome:
    """m = 200, ξ = 1: the part of Pr(χ²_B >= 200), B ~ Bin(200, 1/2), with an even B from 100 to 130."""
    counts = range(100, 131, 2)
    total = " + ".join(f"{math.comb(200, b)}/2**200*({chi_tail('200', b)})" for b in counts)
    said = f"{total} <= 2*exp(-C2*200)"
    return evaluate(said, let={"C2": claim.C2}, says="m = 200, ξ = 1, part of the probability", instance=True)


@layer.check(part="tail", covers="universal")
def exponential_moments(claim: Statement, ctx: Context) -> Outcome:
    """Chernoff with E e^(tX) = 1/2 + (1 - 4t)^(-1/2)/2.  First m = 2 and m = 200.

    Above, ξ <= 1: (1 - 4t)^(-1/2) = 1 + w with ξ = w(5 + 6w + 2w²)/(2 + w), w up to 13/40, has the rate w(1 +
    w)/2 - log(1 + w/2).  ξ >= 1: t = 3/28.  Below, ξ <= 1: t = -ξ/5; nothing lies below ξ = 1.
    """
    let = {"C2": claim.C2, "q": claim.q}
    xi = "(w*(5 + 6*w + 2*w**2)/(2 + w))"
    box: dict[str, Any] = {"w": "[0, 13/40]"}
    argument = follows_from(
        identity(
            f"(1 - 1/(1 + w)**2)/4*(1 + {xi}) == w*(1 + w)/2", says="t (1 + ξ), t = (1 - (1 + w)^-2)/4", **box
        ),
        prove("log(1 + w/2) <= w/2 - w**2/8 + w**3/24", w=FROM_ZERO, says="the logarithm"),
        prove(
            "C2*(5 + 6*w + 2*w**2)**2/(2 + w)**2 <= 1/2 + 1/8 - w/24", let=let, says="ξ <= 1, over w²", **box
        ),
        evaluate("1 <= 13/40*(5 + 6*13/40 + 2*(13/40)**2)/(2 + 13/40)", says="w = 13/40 is beyond ξ = 1"),
        prove(
            "C2*x**q <= 3/28*(1 + x) - log(1/2 + 1/2/sqrt(1 - 4*3/28))", let=let, x=FROM_ONE, says="ξ >= 1"
        ),
        prove(
            "C2*x**2 <= -x/5*(1 - x) - log(1/2 + 1/2/sqrt(1 + 4*x/5))", let=let, x="[0, 1]", says="from below"
        ),
        assumes=("Chernoff", "E e^(sg²) = (1 - 2s)^(-1/2); half of the g are negative"),
    )
    return unless([two_units(claim), two_hundred_units(claim)], argument)


@layer.check(part="union", covers="universal")
def all_layers_and_inputs(claim: Statement, ctx: Context) -> Outcome:
    """nL events of probability 2E at most; disjoint ones attain it."""
    box: dict[str, Any] = {"n": FROM_ONE, "L": FROM_ONE, "E": POSITIVE}
    return prove("n*L*(2*E) <= u*n*L*E", let={"u": claim.u}, assumes=("union bound",), **box)


def chi_cdf(x: str, degrees: int) -> str:
    """Pr(χ² <= x) for 1, 2, 3 or 4 degrees of freedom."""
    return {
        1: f"erf(sqrt({x}/2))",
        2: f"(1 - exp(-{x}/2))",
        3: f"(erf(sqrt({x}/2)) - sqrt(2*{x}/pi)*exp(-{x}/2))",
        4: f"(1 - exp(-{x}/2)*(1 + {x}/2))",
    }[degrees]


def four_units(claim: Statement) -> list[Outcome]:
    """m = 4, n = L = 1, δ = 1/10, if the width allows it: 2χ²_B/m against 1 ± C_3 √(log 10/4)."""
    if Fraction(claim.C3) > Fraction(5, 4):
        return []
    xi = f"(({claim.C3})*sqrt(log(10)/4))"
    inside = " + ".join(
        f"{math.comb(4, b)}/16*({chi_cdf(f'(2*(1 + {xi}))', b)} - {chi_cdf(f'(2*(1 - {xi}))', b)})"
        for b in (1, 2, 3, 4)
    )
    return [evaluate(f"1 - 1/10 <= {inside}", says="m = 4, n = L = 1, δ = 1/10", instance=True)]


def mass_near_the_mean(claim: Statement) -> list[Outcome]:
    """n = L = 1, δ = 1 - e > 1/2: Pr(|Y| < h) >= 2h Pr(Y >= h) Pr(Y <= -h)/√(π(m + h)).

    EY² = 5m and EY⁴ = 633m + 75m(m - 1); with h = z√m, z <= 1/10, both tails have 1/400 and Pr(|Y| < h) is at
    least 4z/10⁶.  z = C_3 √l and l >= e; for e >= 4/10⁷ the exponential bound is enough.
    """
    let = {"C3": claim.C3}
    return [
        expectation([("0", "1"), ("oo", "(2*z**2 - 1)**2")], equals="5", says="E(X - 1)²"),
        expectation([("0", "1"), ("oo", "(2*z**2 - 1)**4")], equals="633", says="E(X - 1)⁴"),
        prove("633*m + 3*25*m*(m - 1) <= 633*m**2", m=FROM_ONE, says="EY⁴"),
        evaluate("(5*sqrt(5)/sqrt(633)/2 - 1/10)**2/5 >= 1/400", says="both tails"),
        identity("4**2*S/pi == 2/pi*(8*S)", says="mean speed 4√(S/π) of the path, squared"),
        identity("2*(2*h*P*Q)/(pi/2*(4*s)) == 2*h*P*Q/(pi*s)", s=POSITIVE, says="band over speed"),
        evaluate("2/sqrt(2*pi)/400**2 >= 4/10**6", says="m + h <= 2m"),
        prove("e <= -log(1 - e)", e="[0, 1/2]", says="l >= e"),
        prove("e <= 4/10**6*C3*sqrt(e)", let=let, e="[0, 1/2]", says="z <= 1/10"),
        evaluate("4/10**7 <= 4/10**6*(1/10)", says="z >= 1/10, e <= 4/10⁷"),
        evaluate("2*exp(-C3**2*(4/10**7)/16) <= 1/2", let=let, says="e >= 4/10⁷"),
    ]


@layer.check(part="width", covers="universal")
def deviation_at_the_width(claim: Statement, ctx: Context) -> Outcome:
    """ξ = C_3√(l/m) <= 1 and y = nL/δ: 2y y^(-C_3²/16) <= 2y/y² <= 1 for y >= 2.

    Else n = L = 1 and δ > 1/2: the mass near the mean.  First four units.
    """
    argument = follows_from(
        prove("2*y/y**2 <= 1", y="[2, oo)", says="2nL e^(-C_2 C_3² l) <= δ"),
        evaluate("C3**2/16 >= 2", let={"C3": claim.C3}),
        *mass_near_the_mean(claim),
        assumes=("the tail and the union bound, C_2 = 1/16", COAREA, HOELDER),
    )
    return unless(four_units(claim), argument)


layer.falsehood("mean 2|x|²/m", k=2, by=("half_of_the_variance",))
layer.falsehood("the rate 1/8", C2="1/8", by=("exponential_moments",))
layer.falsehood("a Gaussian tail throughout", q=2, by=("exponential_moments",))
layer.falsehood("nL for 2nL", u=1, by=("all_layers_and_inputs",))
layer.falsehood("deviation with the constant 1", C3=1, by=("deviation_at_the_width",))


lemma = Claim(
    "zou2020/lemma-A.1",
    title="The norms of all features at initialisation",
    kind="probabilistic",
    where="Appendix A.1, Lemma A.1; proof in Appendix B.1",
    states=r"m \ge \bar CL^2\log\tfrac{nL}\delta \implies \Pr\left(\forall l\in[L], i\in[n]:\ "
    r"\left|\|x_{l,i}\|_2-1\right| \le C\,l\sqrt{\tfrac{\log(nL/\delta)}{m}}\right) \ge 1-\delta",
    given=(
        r"\|x_i\|_2 = r,\ r = 1;\ \text{columns of } W_l\ \sim N(0,\tfrac2{m_l}I)\ \text{i.i.d.}",
        r"m = \min_lm_l,\ 0 < \delta < 1",
        r"C, \bar C\ \text{absolute; explicit: } C = 2\cdot10^5,\ \bar C = 16\cdot10^{10}",
    ),
    printed={"r": 1, "C": 200000, "Cbar": 160000000000},
    proof_uses=("zou2020/proof-lemma-A.1-layer", "zou2020/proof-lemma-A.1-power"),
    note="The norm of the inputs is Assumption 4.1. For nL/δ >= 2 the constants C = 6, C̄ = 144 do. The "
    "bound grows with l, the deviations with √l.",
)


def wide_layer(claim: Statement) -> Outcome:
    """n = L = 1, δ = 1/10, m = C̄ log 10 or the next even integer: E|X - 1|³ <= 633^(3/4) < 127.

    In the bound |X̄ - 1| <= 2c + c² with c = C√(log 10/m); Berry-Esseen for the mean X̄ of m units.
    """
    if claim.r != 1:
        far = evaluate(
            "5*r**4/m/(r**2 - (1 + C*sqrt(1/Cbar))**2)**2 < 9/10", let={**claim.let, "m": "10**11"}
        )
        return contradicted_by(
            far, witness="n = L = 1, δ = 1/10: the norm is near r by Chebyshev, and far from 1"
        )
    let = {"C": claim.C, "m": f"({claim.Cbar})*log(10)"}
    c = "(C*sqrt(log(10)/m))"
    inside = f"erf((2*{c} + {c}**2)*sqrt(m)/sqrt(10)) + 2*127/5**(3/2)/sqrt(m)"
    said = f"1 - 1/10 <= {inside}"
    return evaluate(
        said,
        let=let,
        says="n = L = 1, δ = 1/10, at the width",
        instance=True,
        assumes=("Berry-Esseen with the constant 1",),
    )


@lemma.check(covers="universal")
def layer_after_layer(claim: Statement, ctx: Context) -> Outcome:
    """|x_l|² is between (1 ± x)^l with x = C√(log(nL/δ)/m) <= 1/(2L), so |x_l| between 1 ± l x.

    First one wide layer.
    """
    let = claim.let
    box: dict[str, Any] = {"y": "[0, 1/2]"}
    argument = follows_from(
        evaluate("200000 <= C", let=let, says="the constant of a layer"),
        evaluate("4*200000**2 <= Cbar", let=let, says="the constant of the width"),
        identity("r == 1", let=let, says="the start"),
        prove("exp(y/2) <= 1 + y", says="(1 + x)^(l/2) <= 1 + l x", **box),
        prove("1 - y <= exp(-y)", says="(1 - x)^(l/2) >= 1 - l x", **box),
        prove("200000*l <= C*l", let=let, l=FROM_ONE),
        prove("sqrt(z/m) <= sqrt(1/m)", z="(0, 1]", m=FROM_ONE, says="m_l >= m"),
        assumes=("proof-lemma-A.1-layer", "proof-lemma-A.1-power", "induction over l"),
    )
    return unless([wide_layer(claim)], argument)


@lemma.check()
def one_wide_layer(claim: Statement, ctx: Context) -> Outcome:
    """One layer at the least width."""
    return wide_layer(claim)


lemma.falsehood("constant 1/2", C="1/2")
lemma.falsehood("constant 1/10", C="1/10")
lemma.falsehood("inputs of norm 2", r=2)
