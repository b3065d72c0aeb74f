"""Appendix B.2, Lemma B.2, and C.2: a sum of gated inputs is rarely small on both sides of a hyperplane.

f stands for φ~², q for the inner product <z_1, z_i>, c for cos t, where t is an angle between two inputs.
"""

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


events = Claim(
    "zou2020/proof-lemma-B.2-events",
    title="The event that the heaviest input alone is near its hyperplane",
    kind="probabilistic",
    where="Appendix C.2, proof of Lemma B.2, down to (C.2)",
    step_of="zou2020/lemma-B.2",
    states=r"\Pr(\mathcal E_1) \ge k\gamma;\quad i\in\mathcal I:\ -1+\tfrac{\tilde\phi^2}2 \le "
    r"-(1-\tilde\mu^2)+\tilde\mu^2 \le \langle z_i,z_1\rangle \le 1-\tfrac{\tilde\phi^2}2;\quad "
    r"1-\langle z_1,z_i\rangle^2 \ge \tilde\phi^2-\tfrac{\tilde\phi^4}4 \ge b\tilde\phi^2;\quad "
    r"\Pr(|\langle Q'u',z_i\rangle|<\gamma) \le s\tfrac{\gamma}{\tilde\phi};\quad \Pr(\mathcal E) \ge "
    r"k\gamma\left(1-s\tfrac{n\gamma}{\tilde\phi}\right) = \tfrac{\tilde\phi}{\sqrt{Pe}\,n}\ \text{ at }\ "
    r"\gamma = g\tfrac{\tilde\phi}n,\qquad k = \sqrt{\tfrac2{\pi e}},\ b = \tfrac12,\ s = "
    r"\tfrac2{\sqrt\pi},\ g = \tfrac{\sqrt\pi}4,\ P = 32",
    given=(
        r"w = u_1z_1+Q'u' \sim N(0,I),\ \mathcal E_1 = \{|u_1| \le \gamma\},\ \mathcal E_2 = "
        r"\{|\langle Q'u',z_i\rangle| \ge \gamma\ \forall i\in\mathcal I\},\ \gamma \in (0,1]",
        r"y_i \ne y_j \implies \|z_i-z_j\| \ge \tilde\phi,\ \langle z_i,z_j\rangle \ge \tilde\mu^2;\quad "
        r"0 < \tilde\phi \le \tilde\mu/2,\ \tilde\phi^2 \le 2",
        r"\text{printed: } \mathcal I = \{i: \|z_i-z_1\| \ge \tilde\phi\}\ \text{with inputs of both "
        r"classes}",
    ),
    printed={
        "set": "apart",
        "inner": "other class",
        "k": "sqrt(2)/(sqrt(pi)*sqrt(exp(1)))",
        "b": "1/2",
        "s": "2/sqrt(pi)",
        "g": "sqrt(pi)/4",
        "P": 32,
    },
    parts=("slab", "angles", "variance", "small ball", "event", "choice"),
    note="Inputs of the class of z_1 are not bounded away from -z_1 by the hypotheses. They need not be in "
    "the set: the jump along z_1 that they cause has the sign of that of z_1. With the inputs of the other "
    "class alone the step holds, and Lemma B.2 with it. The middle term of the chain of angles is the bound "
    "for inputs with last coordinate μ~.",
)


def nearly_opposite(claim: Statement) -> tuple[Outcome, Outcome]:
    """z_1, z_2 = (±c, h), z_3 = (0, 1), y = (1, 1, -1), h = 10⁻⁶ = μ~², φ~ = 1/2000; γ = gφ~/3.

    y_2 = -1 where no inner product is bounded.  <z_1, z_2> = 2h² - 1: the standard deviation of <Q'u', z_2>
    is below 2h, far below γ.
    """
    inside = not known_angles(claim)
    q = 2 * Fraction(1, 10**12) - 1 if inside else Fraction(1, 10**6)
    where = "z_2 near -z_1" if inside else "z_3"
    tail = f"erfc(g/6000/(sqrt(1 - ({q})**2)*sqrt(2)))"
    return (
        evaluate(f"-1 + (1/2000)**2/2 <= {q}", says=f"<z_1, z_i>, {where}", instance=True),
        evaluate(
            f"{tail} >= k*g/6000*(1 - s*3*g/6000*2000)",
            let={"g": claim.g, "k": claim.k, "s": claim.s},
            says=f"Pr(|<Q'u', z_i>| >= γ) >= Pr(E), {where}",
            instance=True,
        ),
    )


def known_angles(claim: Statement) -> bool:
    """Whether the inner products of z_1 with the inputs of the set are bounded from below."""
    return claim.inner == "all pairs" or (claim.inner == "other class" and claim.set == "other class")


SAME_CLASS = Undecided("inputs of the same class may be opposite", "another set, or a bound for all pairs")


@events.check(part="slab", covers="universal")
def least_density(claim: Statement, ctx: Context) -> Outcome:
    """The density on [-1, 1] is at least that at 1."""
    return prove("erf(y/sqrt(2)) >= k*y", let={"k": claim.k}, y="(0, 1]", says="y = γ")


@events.check(part="angles", covers="universal")
def cosine_of_a_distance(claim: Statement, ctx: Context) -> Outcome:
    """<z_i, z_1> = 1 - |z_i - z_1|²/2 and μ~ <= 1, as μ~² is below an inner product.  First three inputs."""
    argument = follows_from(
        prove("-1 + (t*m/2)**2/2 <= -(1 - m**2) + m**2", t="(0, 1]", m=POSITIVE, says="φ~ = tμ~/2"),
        prove("-(1 - m**2) + m**2 <= m**2", m="(0, 1]", says="below μ~²"),
        prove("1 - (f + w)/2 <= 1 - f/2", f=POSITIVE, w=FROM_ZERO, says="from above"),
    )
    if not known_angles(claim):
        argument = SAME_CLASS
    return unless([nearly_opposite(claim)[0]], argument)


@events.check(part="variance", covers="universal")
def squared_sine(claim: Statement, ctx: Context) -> Outcome:
    """|q| <= 1 - f/2; the second inequality is an equality at f = 2."""
    return every(
        prove("1 - ((1 - f/2)*t)**2 >= f - f**2/4", f="(0, 2]", t="[-1, 1]", says="q = (1 - f/2)t"),
        prove("f - f**2/4 >= b*f", let={"b": claim.b}, f="(0, 2]"),
    )


def one_pair(claim: Statement) -> Outcome:
    """Two inputs at distance φ~ = 1/10, γ = 1/1000."""
    said = "erf(1/1000/(sqrt(1/100 - 1/40000)*sqrt(2))) <= s/100"
    return evaluate(said, let={"s": claim.s}, says="φ~ = 1/10, γ = 1/1000", instance=True)


@events.check(part="small ball", covers="universal")
def largest_density(claim: Statement, ctx: Context) -> Outcome:
    """The density is at most 1/√(2π); the standard deviation is at least φ~/√2.  First two inputs."""
    argument = follows_from(
        prove("erf(x) <= 2*x/sqrt(pi)", x=FROM_ZERO, says="x = γ over √2 standard deviations"),
        prove("2/sqrt(pi)*y*z <= s*y", let={"s": claim.s}, y=POSITIVE, z="[0, 1]", says="x <= y = γ/φ~"),
        assumes=("the variance part",),
    )
    return unless([one_pair(claim)], argument)


@events.check(part="event", covers="universal")
def union_over_the_set(claim: Statement, ctx: Context) -> Outcome:
    """u_1 and u' are independent; n inputs at most.  First three inputs of two classes."""
    argument = follows_from(
        prove("k*y*(1 - z*p) >= k*y*(1 - p)", let={"k": claim.k}, y="(0, 1]", z="[0, 1]", p=FROM_ZERO),
        prove("erf(y/sqrt(2)) >= k*y", let={"k": claim.k}, y="(0, 1]", says="slab"),
        prove("s*y >= 2/sqrt(pi)*y", let={"s": claim.s}, y=POSITIVE, says="small ball"),
        assumes=("union bound", "u_1 is independent of u'", "the small ball part"),
    )
    if not known_angles(claim):
        argument = SAME_CLASS
    pair = evaluate(
        "erf(1/10/sqrt(2))*erfc(1/10/(sqrt(1/100 - 1/40000)*sqrt(2))) >= k/10*(1 - 2*s)",
        let={"k": claim.k, "s": claim.s},
        says="n = d = 2, two classes, φ~ = γ = 1/10",
        instance=True,
    )
    return unless([pair, nearly_opposite(claim)[1]], argument)


@events.check(part="choice", covers="universal")
def half_of_the_slab(claim: Statement, ctx: Context) -> Outcome:
    """At that γ the bound is k g (1 - s g) φ~/n; and γ <= 1.  Both do not depend on the inputs."""
    let = {"k": claim.k, "s": claim.s, "g": claim.g, "P": claim.P}
    return every(
        identity("(k*g*(1 - s*g))**2*P*exp(1) == 1", let=let, says="square of the bound over φ~/n"),
        evaluate("g*sqrt(2) <= 1", let=let, says="γ <= 1, as φ~ <= √2"),
    )


FIXED: dict[str, Any] = {"set": "other class"}
events.falsehood("the density at zero", k="sqrt(2)/sqrt(pi)", by=("least_density",), **FIXED)
events.falsehood("variance φ~²", b=1, by=("squared_sine",), **FIXED)
events.falsehood("half of the small ball", s="1/sqrt(pi)", by=("largest_density",), **FIXED)
events.falsehood("twice the slab", g="sqrt(pi)/2", by=("half_of_the_slab",), **FIXED)
events.falsehood("16 for 32", P=16, by=("half_of_the_slab",), **FIXED)
events.falsehood(
    "any inner products", inner="none", by=("cosine_of_a_distance", "union_over_the_set"), **FIXED
)
events.falsehood("without the union bound", s=0, by=("union_over_the_set",), **FIXED)
events.reading("inner products at least μ~² for all pairs", inner="all pairs")
events.corrected("the set of the inputs of the other class", erratum="broken proof step", **FIXED)


lemma = Claim(
    "zou2020/lemma-B.2",
    title="A sum of gated inputs, signed by their labels, is rarely small",
    kind="probabilistic",
    where="Appendix B.2, Lemma B.2; proof in Appendix C.2",
    states=r"h(w) = \sum_ia_iy_i\sigma'(\langle w,z_i\rangle)z_i,\ w \sim N(0,I):\quad \Pr\left(\|h(w)\|_2 "
    r"\ge C\|a\|_\infty\right) \ge C'\frac{\tilde\phi^{p}}n,\qquad p = 1",
    given=(
        r"\|z_i\| = 1;\quad y_i \ne y_j \implies \|z_i-z_j\| \ge \tilde\phi\ \text{ and }\ \langle "
        r"z_i,z_j\rangle \ge \tilde\mu^2;\quad 0 < \tilde\phi \le \tilde\mu/2;\quad a \in \mathbb R_+^n",
        r"C, C'\ \text{absolute; explicit: } C = \tfrac12,\ C' = \tfrac1{2\sqrt{32e}}",
        r"\tilde\phi \le 2\ \text{(a distance of unit vectors); with two classes } \tilde\phi \le \tfrac12",
    ),
    printed={
        "C": "1/2",
        "Cp": "1/(2*sqrt(32*exp(1)))",
        "p": 1,
        "inner": "mu^2",
        "weights": "nonnegative",
        "phi": "a distance",
    },
    proof_uses=("zou2020/proof-lemma-B.2-events", "zou2020/proof-lemma-B.2-jump"),
    note="The inner products are bounded for inputs of different classes only; that is enough. C = 1/2 is "
    "the largest constant. Read without regard to what φ~ is, one class alone admits every φ~, and the bound "
    "exceeds 1.",
)

ROOT = Fraction(1, 1000)
COSINE = (1 - ROOT**2) / (1 + ROOT**2)
SINE = 2 * ROOT / (1 + ROOT**2)


def small_angles(claim: Statement) -> list[Outcome]:
    """d = 2, tan(t/2) = 1/1000, φ~ = |z_1 - z_2| = √(2 - 2c); t <= tan t.  |h| is constant on arcs.

    n = 3, a = (1, 1/2, 1/2), y = (1, -1, -1), z_2 and z_3 at angles ±t from z_1: two arcs of length t each
    with |h|² = 5/4 - c and with |h| = 1/2; less elsewhere.  n = 2, a = (1, 1), y = (1, -1): two arcs of
    length t with |h| = 1; less than 1/20 elsewhere.
    """
    let = {"C": claim.C, "K": claim.Cp, "p": claim.p}
    phi, tan = f"sqrt(2 - 2*({COSINE}))", f"({SINE / COSINE})"
    found = [evaluate(f"C <= sqrt(5/4 - ({COSINE}))", let=let, says="n = 3, largest |h|", instance=True)]
    if Fraction(claim.C) >= Fraction(1, 20):
        for n, arcs in ((2, 2), (3, 4)):
            said = f"{arcs}*{tan}/(2*pi) >= K*{phi}**p/{n}"
            found.append(evaluate(said, let=let, says=f"n = {n}, {arcs} arcs", instance=True))
    return found


def opposite_pairs(claim: Statement) -> Outcome:
    """z, -z, z', -z' with y = (1, -1, -1, 1), a = 1: one of ±z is open, and h = z - z' almost surely."""
    said = f"sqrt(2 - 2*({COSINE})) >= C"
    return evaluate(said, let={"C": claim.C}, says="|h| = |z - z'| = φ~", instance=True)


def one_class(claim: Statement) -> Outcome:
    """n = 1, φ~ = 2/C', μ~ = 4/C': the printed condition speaks of pairs of different classes only."""
    return contradicted_by(
        prove("K*(2/K) > 1", K=POSITIVE, says="the bound, n = 1"),
        witness="n = 1: every φ~ <= μ~/2 is admitted, and the bound C'φ~ is 2 at φ~ = 2/C'",
    )


@lemma.check(covers="universal")
def jump_along_the_heaviest(claim: Statement, ctx: Context) -> Outcome:
    """|u_1| <= γ, and |<Q'u', z_i>| >= γ for the inputs of the other class: their gates do not depend on u_1.

    An input of the same class moves h by a_i|<z_i, z_1>| >= 0 along z_1, whatever the sign of <z_i, z_1>.
    So h jumps by a_1 at least as u_1 changes sign.  μ~ <= 1, φ~ <= 1/2 with two classes.
    """
    against = small_angles(claim)
    if claim.inner == "none":
        against.append(opposite_pairs(claim))
    if claim.weights == "any":
        said = evaluate("0 >= C", let={"C": claim.C}, says="z_1 = z_2, y_1 = y_2, a = (1, -1)", instance=True)
        against.append(said)
    if claim.phi == "any":
        against.append(one_class(claim))
    gates: dict[str, Any] = {"y": POSITIVE, "w": FROM_ZERO, "z": "[0, 1]", "q": "[0, 1)"}
    moves: dict[str, Any] = {"u": POSITIVE, "v": "(-oo, 0)", "c": "(-oo, oo)"}
    let = {"C": claim.C, "K": claim.Cp, "p": claim.p}
    argument = follows_from(
        prove("1 - ((1 - f/2)*t)**2 >= f/2", f="(0, 2]", t="[-1, 1]", says="variance, other class"),
        prove("erf(y/sqrt(2)) >= sqrt(2/(pi*exp(1)))*y", y="(0, 1]", says="slab, y = γ"),
        prove("erf(x) <= 2*x/sqrt(pi)", x=FROM_ZERO, says="small ball, x <= γ/φ~"),
        evaluate("sqrt(pi)/4*2 <= 1", says="γ = √π φ~/(4n) <= 1"),
        identity("n*(2/sqrt(pi))*(sqrt(pi)*x/(4*n))/x == 1/2", n=FROM_ONE, x=POSITIVE, says="union"),
        prove(
            "(sqrt(2)/sqrt(pi)*sqrt(pi)/4*(1/2))**2/exp(1)*y >= (2*K)**2*y",
            let=let,
            y=POSITIVE,
            says="the event, square over y = (φ~/n)²",
        ),
        evaluate("p == 1", let=let, says="power"),
        prove("0 < y + w - y*z*q", says="gates of the other class, y = γ", **gates),
        prove("v*q + c <= u*q + c", says="gates of the same class, q >= 0", q="[0, 1]", **moves),
        prove("u*q + c <= v*q + c", says="gates of the same class, q <= 0", q="[-1, 0]", **moves),
        prove("a + b*q >= a", a=POSITIVE, b=FROM_ZERO, q="[0, 1]", says="along z_1, q = |<z_i, z_1>|"),
        evaluate("C <= 1/2", let=let, says="one of two values of h is half of the jump at least"),
        assumes=(
            "u_1 -> -u_1 preserves the law",
            "independence of u_1 and u', union bound",
            "Cauchy-Schwarz, triangle inequality",
        ),
    )
    if claim.inner == "none" or claim.weights == "any" or claim.phi == "any":
        argument = Undecided("a hypothesis is missing", "another argument")
    return unless(against, argument)


@lemma.check()
def arcs_of_the_circle(claim: Statement, ctx: Context) -> Outcome:
    """Two and three inputs of the plane: the probability is a sum of lengths of arcs."""
    return every(*small_angles(claim))


lemma.falsehood("51/100 for 1/2", C="51/100")
lemma.falsehood("without the factor φ~", p=0)
lemma.falsehood("C' = 2/3", Cp="2/3")
lemma.falsehood("any inner products", inner="none", by=("jump_along_the_heaviest",))
lemma.falsehood("weights of any sign", weights="any", by=("jump_along_the_heaviest",))
lemma.reading("any φ~ with one class", phi="any", by=("jump_along_the_heaviest",))
