"""Appendix C: steps of the proofs of Lemmas B.1 and B.2, one layer's separation and the jump of a sum.

r and s are the norms of two features, t the distance of their directions, F their expected product over 2rs.
"""

from fractions import Fraction
from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


distance = Claim(
    "zou2020/proof-lemma-B.1-expectation",
    title="The mean squared distance of two features after one more layer",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma B.1, chain for the expectation",
    step_of="zou2020/lemma-B.1",
    states=r"\mathbb E\|x_{l,i}-x_{l,i'}\|^2 = r^2+s^2-2\mathbb E\,x_{l,i}^\top x_{l,i'},\quad "
    r"\mathbb E\,x_{l,i}^\top x_{l,i'} = k\,rs\,F \le rs\left(1-\tfrac12\phi^2+bC\phi^3\right),\quad "
    r"\mathbb E\|x_{l,i}-x_{l,i'}\|^2 \ge e(r-s)^2+rs\left(\phi^2-cC\phi^3\right),\qquad k = b = 2,\ e = "
    r"1,\ c = 4",
    given=(
        r"r = \|x_{l-1,i}\|,\ s = \|x_{l-1,i'}\|,\ \|\bar x_{l-1,i}-\bar x_{l-1,i'}\| \ge \phi > 0",
        r"F = \mathbb E\,\sigma(Z_1)\sigma(Z_2) \le \tfrac12-\tfrac14\phi^2+C\phi^3\ \text{(Lemma C.1)};\ C "
        r"= \tfrac1{16},\ \phi \le 2",
    ),
    printed={"k": 2, "b": 2, "e": 1, "c": 4},
    uses=("zou2020/lemma-C.1",),
    note="The text has m for m_l in the chain; it cancels. Opposite directions attain the bound with C = "
    "1/16.",
)


def two_directions(claim: Statement) -> list[Outcome]:
    """Equal features (F = 1/2, distance 0) and opposite ones (F = 0, φ = 2, E|x_l - x_l'|² = r² + s²)."""
    let = claim.let
    return [
        evaluate("k*(1/2) == 1", let=let, says="equal features: E|x_l|² = r²"),
        evaluate("2 >= 4 - c*2**3/16", let=let, says="opposite directions of norm 1"),
        evaluate(
            "10 >= e*(3 - 1)**2 + 3*(4 - c*2**3/16)", let=let, says="opposite directions of norms 3 and 1"
        ),
        evaluate("0 <= 1 - 2**2/2 + b*2**3/16", let=let, says="opposite directions, inner product"),
    ]


@distance.check(covers="universal")
def law_of_cosines(claim: Statement, ctx: Context) -> Outcome:
    """m (2/m) rs F, 1 - φ²/2 >= cosine, and the two squares.  First equal and opposite directions."""
    box: dict[str, Any] = dict.fromkeys(("r", "s", "C", "phi"), POSITIVE)
    argument = follows_from(
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E σ(g)²: E|x_l|² = |x_(l-1)|²"),
        identity("m*(2/m)*r*s*F == k*r*s*F", let={"k": claim.k}, m=FROM_ONE, says="sum over the units"),
        identity("2 - 2*(1 - t**2/2) == t**2", says="cosine and distance of unit vectors"),
        prove(
            "k*r*s*(1/2 - phi**2/4 + C*phi**3) <= r*s*(1 - phi**2/2 + b*C*phi**3)",
            let={"k": claim.k, "b": claim.b},
            says="Lemma C.1",
            **box,
        ),
        prove(
            "r**2 + s**2 - 2*r*s*(1 - phi**2/2 + 2*C*phi**3) >= e*(r - s)**2 + r*s*(phi**2 - c*C*phi**3)",
            let={"e": claim.e, "c": claim.c},
            says="the distance",
            **box,
        ),
        assumes=("lemma-C.1", "σ is homogeneous"),
    )
    return unless(two_directions(claim), argument)


distance.falsehood("2C for 4C", c=2)
distance.falsehood("the inner product without the factor 2", k=1)
distance.falsehood("twice the difference of the norms", e=2)
distance.falsehood("C for 2C in the inner product", b=1)


factor = Claim(
    "zou2020/proof-lemma-B.1-depth-factor",
    title="The loss of separation over all layers",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma B.1, first display and the line below it",
    step_of="zou2020/lemma-B.1",
    states=r"\left[1-\frac{\log 2}{sL}\right]^l \ge b \quad (1 \le l \le L),\qquad s = 2,\ b = \tfrac12",
    given=(r"L \ge 1",),
    printed={"s": 2, "b": "1/2"},
    note="The least value is 1 - log(2)/2 = 0.653, at l = L = 1.",
)


@factor.check(covers="universal")
def growing_power(claim: Statement, ctx: Context) -> Outcome:
    """L log(1 - a/L) grows with L, a = log(2)/s, so that L = 1 is worst.  First l = L = 1 and 10."""
    at = [
        evaluate(f"(1 - log(2)/(s*{L}))**{L} >= b", let=claim.let, says=f"l = L = {L}", instance=True)
        for L in (1, 10)
    ]
    argument = follows_from(
        identity("diff(L*log(1 - a/L), L) == log(1 - a/L) + (a/L)/(1 - a/L)", says="slope in L"),
        prove("log(1 - y) + y/(1 - y) >= 0", y="[0, 7/10]", says="y = a/L, a = log(2)/s"),
        evaluate("1 - log(2)/s >= b", let=claim.let, says="L = 1"),
        evaluate("0 < 1 - log(2)/s", let=claim.let, says="powers with l <= L are not smaller"),
    )
    return unless(at, argument)


factor.falsehood("33/50 for 1/2", b="33/50")
factor.falsehood("the limit 1/√2 for 1/2", b="1/sqrt(2)")
factor.falsehood("log(2)/L", s=1)


jump = Claim(
    "zou2020/proof-lemma-B.2-jump",
    title="The jump of the sum of gated inputs across the hyperplane of the heaviest one",
    kind="proof-step",
    where="Appendix C.2, proof of Lemma B.2, from (C.2) to the end",
    step_of="zou2020/lemma-B.2",
    states=r"h(w_1)-h(w_2) = y_1\left(a_1z_1+\sum_{i\in\mathcal I'}a_i'z_i\right),\ a_i' \ge 0,\quad "
    r"\inf\|h(w_1)-h(w_2)\|_2 \ge a_1;\quad \max\{\|p\|,\|q\|\} \ge f\|p-q\|;\quad "
    r"\Pr[\|h\| \ge \tfrac{a_1}2\mid\mathcal E] \ge P,\qquad f = P = \tfrac12",
    given=(
        r"w_{1,2} = u^{(1),(2)}z_1+Q'u',\ u^{(1)} > 0 > u^{(2)};\quad "
        r"|\langle Q'u',z_i\rangle| \ge g\gamma,\ g = 1,\ "
        r"\text{for } i\in\mathcal I = \{\|z_i-z_1\| \ge \tilde\phi\}",
        r"i\in\mathcal I' = [n]\setminus(\mathcal I\cup\{1\}):\ y_i = y_1;\ \tilde\phi^2 \le 2",
        r"\text{printed: all } u^{(1)} > 0 > u^{(2)}",
    ),
    printed={"range": "all", "g": "1", "f": "1/2", "P": "1/2"},
    parts=("difference", "maximum", "probability"),
    note="The event has |u_1| <= γ, and with that range for both the difference is as displayed; for a "
    "large u the gates of the other class open or close as well. The step is used on the event only.",
)


def two_classes(claim: Statement) -> Outcome:
    """n = d = 2, z_1 = (1, 0), z_2 = (99, 20)/101, y = (1, -1), a = (1, 1), φ~ = 19/100, γ = 1/30.

    Q'u' is orthogonal to z_1 with <Q'u', z_2> = gγ.  h(w_1) - h(w_2) has z_1, and -z_2 if the gate of z_2 is
    open for w_1 and closed for w_2.
    """
    gamma = Fraction(1, 30)
    pairs = [(gamma, -gamma)]
    if claim.range == "all":
        pairs.append((Fraction(1), Fraction(-10)))
    found = []
    for u, v in pairs:
        gate = [int(value * Fraction(99, 101) + Fraction(claim.g) * gamma > 0) for value in (u, v)]
        weight = gate[0] - gate[1]
        said = f"sqrt((1 - {weight}*99/101)**2 + ({weight}*20/101)**2) >= 1"
        found.append(evaluate(said, says=f"two classes, u = {u} and {v}", instance=True))
    return every(*found)


@jump.check(part="difference", covers="universal")
def gates_of_the_same_class(claim: Statement, ctx: Context) -> Outcome:
    """i in I: |u<z_1, z_i>| < γ <= |<Q'u', z_i>|, the gate stays.  I': <z_1, z_i> = q >= 0, gates only open.

    The component along z_1 is a_1 + Σ a_i' q_i at least.  First two classes.
    """
    gates: dict[str, Any] = {"y": POSITIVE, "w": FROM_ZERO, "z": "[0, 1]", "q": "[0, 1)"}
    argument = follows_from(
        prove("0 < g*y + w - y*z*q", let={"g": claim.g}, says="gates of I, y = γ", **gates),
        prove("1 - t/2 >= 0", t="[0, 2]", says="q >= 1 - φ~²/2, t = φ~²"),
        prove("v*q + c <= u*q + c", u=POSITIVE, v="(-oo, 0)", q="[0, 1]", c="(-oo, oo)", says="gates of I'"),
        prove("a + b*q >= a", a=POSITIVE, b=FROM_ZERO, q="[0, 1]", says="along z_1"),
        assumes=("Cauchy-Schwarz with the unit vector z_1", "sum over I'"),
    )
    if claim.range == "all":
        argument = Undecided("the gates of I may change", "a configuration")
    return unless([two_classes(claim)], argument)


@jump.check(part="maximum", covers="universal")
def triangle_inequality(claim: Statement, ctx: Context) -> Outcome:
    """|p - q| <= |p| + |q| <= 2 max, attained by q = -p."""
    box: dict[str, Any] = {"x": FROM_ZERO, "z": "[0, 1]"}
    return prove("x >= f*(x + z*x)", let={"f": claim.f}, assumes=("triangle inequality",), **box)


@jump.check(part="probability", covers="universal")
def one_of_two_signs(claim: Statement, ctx: Context) -> Outcome:
    """u_1 and -u_1 are equally likely and one of them has |h| >= a_1/2.  First n = 1: h = 0 for u_1 < 0."""
    return evaluate(
        "1/2 >= P", let={"P": claim.P}, says="one of two", assumes=("u_1 -> -u_1 preserves the law",)
    )


jump.falsehood(
    "half of the distance from the gates", range="|u| <= γ", g="1/2", by=("gates_of_the_same_class",)
)
jump.falsehood("the difference for half of it", range="|u| <= γ", f=1, by=("triangle_inequality",))
jump.falsehood("probability 1", range="|u| <= γ", P=1, by=("one_of_two_signs",))
jump.corrected("|u| at most γ", erratum="misprint", range="|u| <= γ")
