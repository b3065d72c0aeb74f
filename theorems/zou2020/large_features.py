"""Appendix A.2, Lemma A.2, and B.2: many units of the last layer have a large mean feature, for all weights.

h_j(a) = Σ a_i y_i σ'(<w_j, x_i>) x_i with the features x_i of layer L - 1; X = C3 C2 mφ/n, Y = n log(4n/C1).
"""

import math
from fractions import Fraction
from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


net = Claim(
    "zou2020/proof-lemma-A.2-net",
    title="From one weight vector to all of them, by a net",
    kind="proof-step",
    where="Appendix B.2, proof of Lemma A.2, from the net to the end",
    step_of="zou2020/lemma-A.2",
    states=r"|\mathcal N| \le (4n/C_1)^n;\quad \Pr\left(\sum_jZ_j < \tfrac{m_Lp_\phi}2\right) \le "
    r"e^{-C_3m_Lp_\phi};\quad 1-e^{-C_3m_Lp_\phi+n\log(4n/C_1)} \ge 1-e^{sC_4m_L\phi/n};\quad "
    r"\left|\|\tfrac1nh_j(a)\|-\|\tfrac1nh_j(\hat a)\|\right| \le \tfrac kn\sum_i|a_i-\hat a_i| \le "
    r"b\tfrac{C_1}n,\qquad s = 1,\ k = 2,\ b = \tfrac12",
    given=(
        r"S = \{a \in \mathbb R_+^n: \|a\|_\infty = 1\},\ \mathcal N \subset S\ \text{a } r\tfrac{C_1}n"
        r"\text{-net in } \ell_\infty,\ r = \tfrac14,\ 0 < C_1 \le 1",
        r"Z_j\ \text{independent indicators},\ \mathbb EZ_j \ge p_\phi = C_2\phi/n;\quad \|x_{L-1,i}\| \le "
        r"\tfrac32\ \text{(Lemma A.1)}",
        r"m_L \ge m \ge Cn^2\phi^{-1}\log n;\ \text{absolute constants, explicit: } C_3 = \tfrac18,\ C_4 = "
        r"qC_3C_2,\ q = \tfrac12,\ C = \tfrac{2}{C_3C_2}\left(1+\tfrac{\log(4/C_1)}{\log 2}\right)",
        r"\text{printed: } n \ge 1",
    ),
    printed={"base": "4*n/C1", "C3": "1/8", "s": 1, "q": "1/2", "n": 1, "r": "1/4", "k": 2, "b": "1/2"},
    parts=("net", "tail", "union", "difference"),
    note="The sign in the last exponent has to be minus; as printed the bound is negative and says nothing, "
    "so that it holds for n >= 2. For n = 1 the width is not restricted, as log 1 = 0, and it fails: there "
    "no net is needed. The best C_3 for small p is (1 - log 2)/2 = 0.153. (The feature of input j is divided "
    "by the norm of input i just before.)",
)


@net.check(part="net", covers="universal")
def grid_of_the_faces(claim: Statement, ctx: Context) -> Outcome:
    """n faces a_k = 1, a grid of ⌈2n/C1⌉^(n-1) midpoints on each: n y^(n-1) <= y^n.  First n = 1."""
    let = {"base": claim.base}
    box: dict[str, Any] = {"n": FROM_ONE, "C1": "(0, 1]"}
    one = evaluate("1 <= base", let=let, at={"n": 1, "C1": 1}, says="n = C_1 = 1: S is a point")
    argument = follows_from(
        prove("2*n/C1 >= 1", says="cells of an edge", **box),
        prove("x + 1 <= 2*x", x=FROM_ONE, says="⌈x⌉ <= 2x, x = 2n/C_1"),
        prove("4*n/C1 <= base", let=let, says="y <= base", **box),
        prove("n <= base", let=let, says="faces", **box),
    )
    return unless([one], argument)


def ten_thousand_units(claim: Statement) -> Outcome:
    """m = 10^4, p = 1/100: one value of the count, 49, against the bound at mp = 100."""
    said = f"{math.comb(10**4, 49)}*(1/100)**49*(99/100)**9951 <= exp(-C3*100)"
    return evaluate(said, let={"C3": claim.C3}, says="m = 10^4, p = 1/100, a count of 49", instance=True)


@net.check(part="tail", covers="universal")
def exponential_moment(claim: Statement, ctx: Context) -> Outcome:
    """E 2^(-Z) = 1 - p/2 <= e^(-p/2), and 2^(mp/2) e^(-mp/2).  First 10^4 units."""
    argument = follows_from(
        prove("log(1 - p/2) <= -p/2", p="[0, 1]", says="one unit"),
        identity("log(2)*m*p/2 - m*p/2 == -m*p*(1 - log(2))/2", says="Markov"),
        evaluate("C3 <= (1 - log(2))/2", let={"C3": claim.C3}),
        assumes=("the units are independent",),
    )
    return unless([ten_thousand_units(claim)], argument)


def one_input() -> Outcome:
    """n = 1, m = 2, u = log(4/C1), φ = vu/(4(C4 + C3 C2)) for any v <= 1: the width condition is m >= 0."""
    box: dict[str, Any] = dict.fromkeys(("u", "C2", "C3", "C4"), POSITIVE) | {"v": "(0, 1]"}
    return contradicted_by(
        every(
            evaluate("log(1) == 0", says="no width is asked for"),
            prove("log(4/C1) > 0", C1="(0, 1]", says="u"),
            identity("(C4 + C3*C2)*2*(v*u/(4*(C4 + C3*C2))) == v*u/2", says="(C4 + C3 C2)mφ", **box),
            prove("v*u/2 < u", u=POSITIVE, v="(0, 1]", says="C4 mφ < u - C3 C2 mφ"),
        ),
        witness="n = 1, m_L = 2, any C_1 <= 1, C_2, C_3, C_4, C: for φ <= log(4/C_1)/(4(C_4 + C_2C_3)) the "
        "exponent on the left exceeds C_4 m_L φ/n, and -C_4 m_L φ/n as well",
    )


@net.check(part="union", covers="universal")
def half_of_the_exponent(claim: Statement, ctx: Context) -> Outcome:
    """X >= 2Y at that width, so that -X + Y <= -X/2; C4 mφ/n = qX, z = log(4/C1), log n = log 2 + w.

    First one input, and two with C_1 = 1/4.
    """
    let = {"s": claim.s, "q": claim.q}
    against = [
        evaluate("-10**6 + 2*log(32) <= s*q*10**6", let=let, says="n = 2, C_1 = 1/4, X = 10^6", instance=True)
    ]
    if claim.n == 1:
        against.append(one_input())
    box: dict[str, Any] = {"n": "[2, oo)", "z": FROM_ZERO, "w": FROM_ZERO}
    size: dict[str, Any] = dict.fromkeys(("n", "C2", "C3", "phi"), POSITIVE) | {"f": POSITIVE, "l": POSITIVE}
    argument = follows_from(
        identity("C3*C2*(2/(C3*C2)*f*n**2/phi*l)*phi/n == 2*n*f*l", says="X at the least width", **size),
        prove("n*(z + log(2) + w) <= n*(1 + z/log(2))*(log(2) + w)", says="Y <= X/2", **box),
        prove("-(2*Y + v) + Y <= s*q*(2*Y + v)", let=let, Y=FROM_ZERO, v=FROM_ZERO, says="exponents"),
        assumes=("the net and the tail part", "union bound"),
    )
    if claim.n == 1:
        argument = Undecided("n = 1 asks for no width", "the argument without a net")
    return unless(against, argument)


@net.check(part="difference", covers="universal")
def weights_nearby(claim: Statement, ctx: Context) -> Outcome:
    """Triangle inequality, |x_i| <= 3/2.  First n = 2, a = (1, 1 - u), â = (1 - u, 1), u = rC_1/2."""
    let = {"r": claim.r, "k": claim.k, "b": claim.b}
    box: dict[str, Any] = {"n": FROM_ONE, "C1": POSITIVE}
    two = evaluate("k/2*2*(r*C/2) <= b*C/2", let=let | {"C": "1/4"}, says="n = 2, C_1 = 1/4", instance=True)
    argument = follows_from(
        prove("(3/2)*D/n <= k*D/n", let=let, D=FROM_ZERO, n=FROM_ONE, says="D = Σ|a_i - â_i|"),
        prove("k/n*(n*(r*C1/n)) <= b*C1/n", let=let, says="D <= n rC_1/n", **box),
        prove("C1/n - b*C1/n >= C1/(2*n)", let=let, says="what is left of C_1/n", **box),
        assumes=("triangle inequality",),
    )
    norm = evaluate("3/2 <= k", let=let, says="n = 2, a = (1, 1), â = (1, 1 - u), |x_2| = 3/2", instance=True)
    return unless([two, norm], argument)


TWO: dict[str, Any] = {"n": 2, "s": -1}
net.falsehood("the inverse size of the net", base="C1/(4*n)", by=("grid_of_the_faces",), **TWO)
net.falsehood("C_3 = 1/5", C3="1/5", by=("exponential_moment",), **TWO)
net.falsehood("the whole rate", q=1, by=("half_of_the_exponent",), **TWO)
net.falsehood("minus, and one input", s=-1, by=("half_of_the_exponent",))
net.falsehood("a net of radius C_1/n", r=1, by=("weights_nearby",), **TWO)
net.falsehood("features of norm 1", k=1, by=("weights_nearby",), **TWO)
net.corrected("two inputs or more, with the minus sign", erratum="misprint", **TWO)


lemma = Claim(
    "zou2020/lemma-A.2",
    title="Many units of the last layer have a large mean feature, for all weights",
    kind="probabilistic",
    where="Appendix A.2, Lemma A.2; proof in Appendix B.2",
    states=r"\Pr\left(\forall a\in\mathbb R_+^n:\ \#\left\{j \le m_L: \|\tfrac1nh_j(a)\|_2 \ge "
    r"C'''\tfrac{\|a\|_\infty}n\right\} \ge C''\frac{m_L\phi}n\right) \ge 1-e^{-C'm_L\phi/n}",
    given=(
        r"\text{Assumptions 4.1 to 4.3},\ m \ge Cn^2\phi^{-1}\log n,\ \phi \le 2",
        r"\text{features: } \tfrac12 \le \|x_{L-1,i}\| \le \tfrac32\ \text{(Lemma A.1), directions of "
        r"different classes } \tfrac\phi2\ \text{apart (Lemma B.1)},\ \langle x_{L-1,i},x_{L-1,j}\rangle \ge "
        r"0\ \text{(always for } L \ge 2);\ \text{then the probability is that given them}",
        r"C, \ldots, C'''\ \text{absolute; explicit: } C = 320\sqrt{32e},\ C' = \tfrac1{64\sqrt{32e}},\ C'' "
        r"= \tfrac1{8\sqrt{32e}},\ C''' = \tfrac18",
        r"\text{printed: no word on the features}",
    ),
    printed={
        "rate": "1/(64*sqrt(32*exp(1)))",
        "share": "1/(8*sqrt(32*exp(1)))",
        "size": "1/8",
        "weights": "nonnegative",
        "features": "any",
    },
    proof_uses=(
        "zou2020/lemma-A.1",
        "zou2020/lemma-B.1",
        "zou2020/lemma-B.2",
        "zou2020/proof-lemma-A.2-net",
    ),
    note="The width as printed does not depend on the depth, and in a deep network the features vanish. The "
    "proof takes Lemmas A.1 and B.1, which hold with probability 1 - δ only. The angle that Lemma B.2 asks "
    "for is used as 1 - <z_i, z_j>² >= φ~²/2, which holds for features as they are not negative.",
)


def vanishing_features() -> Outcome:
    """Any n, φ and m, all layers of m units, L - 1 >= 2^m (1 + 1/r), r = C'mφ/n; a = (1, 0, ..., 0).

    A layer with x_1 not zero has no active unit with probability u = 2^(-m), independently of the others:
    x_(L-1,1) is not zero with probability (1 - u)^(L-1) <= e^(-1 - 1/r) < r/(1 + r) <= 1 - e^(-r).
    """
    return contradicted_by(
        every(
            prove("log(1 - u) <= -u", u="[0, 1/2]", says="one layer"),
            prove("x < exp(x)", x=FROM_ONE, says="x = 1 + 1/r"),
            identity("1/(1 + 1/r) == r/(1 + r)", r=POSITIVE),
            prove("1 + r <= exp(r)", r=FROM_ZERO, says="r/(1 + r) <= 1 - e^(-r)"),
            assumes=("the layers are independent, and w_j.x has a symmetric law",),
        ),
        witness="any data, any C, C', C'', C''': with m units in each of L > 1 + 2^m (1 + n/(C'mφ)) layers "
        "x_(L-1,1) = 0 with a probability above e^(-C'mφ/n), and a = (1, 0, ..., 0) has no unit at all",
    )


ROOT = Fraction(1, 2000)
COSINE = (1 - ROOT**2) / (1 + ROOT**2)


def three_inputs(claim: Statement) -> Outcome:
    """L = 1, x_1 = (r, 0, μ), x_2,3 = (rc, ±rs, μ), (r, μ) = (4, 3)/5, y = (1, -1, -1), a = (1, 1/2, 1/2).

    |h_j|² <= 5/4 - <x_1, x_2>, unless x_1 and (x_2 + x_3)/2 are on different sides: probability r(1 - c)/2
    at most, that over C''φ/3 is (3/4)√(2 - 2c)/C''.  Markov: the count is reached with probability 1/2 at
    most, at any width.
    """
    inner = 1 - Fraction(16, 25) * (1 - COSINE)
    return contradicted_by(
        every(
            evaluate(f"C > sqrt(5/4 - ({inner}))", let={"C": claim.size}, says="largest |h_j|"),
            evaluate(f"(3/4)*sqrt(2 - 2*({COSINE}))/K <= 1/2", let={"K": claim.share}, says="Markov"),
        ),
        witness="three inputs of two classes at angles 0, t and -t, tan(t/2) = 1/2000, above the plane, L = "
        "1, a = (1, 1/2, 1/2): enough units with probability 1/2 at most, at any width",
    )


def one_input_one_layer(claim: Statement) -> list[Outcome]:
    """n = L = φ = 1: |h_j| is 1 or 0 with probability 1/2 each; no unit is active with probability 2^(-m).

    Above one half of the units the probability is at most 1/2 at any width.
    """
    return [
        evaluate("1 >= C", let={"C": claim.size}, says="|h_j|", instance=True),
        evaluate("K <= 1/2", let={"K": claim.share}, says="share of the units", instance=True),
        evaluate("C <= log(2)", let={"C": claim.rate}, says="2^(-m) <= e^(-C'm)", instance=True),
    ]


@lemma.check(covers="universal")
def lemma_for_a_unit_and_a_net(claim: Statement, ctx: Context) -> Outcome:
    """Lemma B.2 with weights a_i|x_i|, φ~ = φ/2: C1 = 1/4, C2 = 1/(4√(32e)); then the net, C' = C2/16.

    n = 1: no net, the tail with C2/8.  First deep networks, and few inputs with one layer.
    """
    against = [*one_input_one_layer(claim), three_inputs(claim)]
    if claim.weights == "any":
        said = evaluate(
            "0 >= C/2",
            let={"C": claim.size},
            says="n = 2, x_1 = x_2, y_1 = y_2, a = (1, -1): h_j = 0",
            instance=True,
        )
        against.append(said)
    if claim.features == "any":
        against.append(vanishing_features())
    let = {"C": claim.size, "K": claim.share, "R": claim.rate}
    argument = follows_from(
        prove("(1/2 + w)*A >= A/2", A=FROM_ZERO, w=FROM_ZERO, says="the largest weight"),
        prove("1 - ((1 - f/2)*t)**2 >= f/2", f="(0, 1]", t="[0, 1]", says="angles, f = φ~²"),
        evaluate("(1/2)*(1/2)*(1/2) >= C", let=let, says="Lemma B.2, the norm, the net: C_1/2"),
        prove("K**2*y <= (1/4/sqrt(32*exp(1))/2)**2*y", let=let, y=POSITIVE, says="share C_2/2"),
        prove("R**2*y <= (1/4/sqrt(32*exp(1))/16)**2*y", let=let, y=POSITIVE, says="rate C_2/16"),
        identity("(2*8*4*x)*(1 + log(16)/log(2)) == 320*x", says="C, x = √(32e)"),
        assumes=(
            "lemma-B.2: with angles as here; the gates do not depend on the scale of w",
            "proof-lemma-A.2-net (corrected); for n = 1 its tail part",
            "Lemma A.1 and Lemma B.1 as hypotheses; the last layer is independent of the features",
        ),
    )
    if claim.features == "any" or claim.weights == "any":
        argument = Undecided("the features may vanish, or the sum may", "the conclusions of A.1 and B.1")
    return unless(against, argument)


@lemma.check()
def units_of_one_input(claim: Statement, ctx: Context) -> Outcome:
    """One input: the units are fair coins."""
    return every(*one_input_one_layer(claim))


GIVEN: dict[str, Any] = {"features": "Lemmas A.1, B.1"}
lemma.falsehood("51/100 for the size", size="51/100", by=("lemma_for_a_unit_and_a_net",), **GIVEN)
lemma.falsehood("more than half of the units", share="51/100", **GIVEN)
lemma.falsehood("rate 1", rate=1, **GIVEN)
lemma.falsehood("weights of any sign", weights="any", by=("lemma_for_a_unit_and_a_net",), **GIVEN)
lemma.corrected("where Lemmas A.1 and B.1 hold", erratum="missing hypothesis", **GIVEN)
