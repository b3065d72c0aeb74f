"""Section 5, proof of Theorem 4.4, first half: one step of gradient descent, and how fast the risk falls.

c stands for c_0, C2 for C'' of Lemma 5.3, L = z³, G = log M, g = |grad L_S|, S = -Σℓ'; A and B are the
constants of (5.2); y and x are the risks before and after a step.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"
ROOT_OF_RADIUS = "(sqrt(c)*sqrt(m)*sqrt(phi)/(4*C2*z**8*n**(3/2)*sqrt(M)*sqrt(G)))"
"""τ^(1/3) with the radius of the proof."""


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Theorem 4.4."""
    return Claim(f"zou2020/{name}", step_of="zou2020/thm-4.4", **fields)


slope = step(
    "proof-thm-4.4-loss-derivative",
    title="The slope of the logistic loss dominates the truncated loss",
    kind="deterministic-inequality",
    where="Section 5, proof of Theorem 4.4, after (5.1)",
    states=r"-\ell'(x) = \frac{1}{1+e^x} \ge \min\{\alpha_0,\alpha_1\ell(x)\},\qquad \alpha_0 = \tfrac12,\ "
    r"\alpha_1 = \frac{1}{2\log 2}",
    given=(r"x\in\mathbb R,\ \ell(x) = \log(1+e^{-x})",),
    printed={"a0": "1/2", "a1": "1/(2*log(2))"},
    uses=("zou2020/eq-3.2-erm",),
    note="Equality at x = 0, for both terms of the minimum.",
)


@slope.check(covers="universal")
def both_sides_of_zero(claim: Statement, ctx: Context) -> Outcome:
    """x <= 0: 1/(1 + e^x) >= 1/2. x >= 0: u = e^(-x) in (0, 1], log(1 + u) <= 2 log(2) u/(1 + u).

    In y = 1 + u the second gap is concave on [1, 2] and 0 at both ends.  First three points.
    """
    said = "1/(1 + exp(x)) >= min(a0, a1*log(1 + exp(-x)))"
    points = [
        evaluate(said, at={"x": x}, let=claim.let, says=f"x = {x}") for x in ("-1/100", "1/100", "3/10")
    ]
    argument = every(
        identity("diff(log(1 + exp(-x)), x) == -1/(1 + exp(x))", says="ℓ'"),
        prove("1/(1 + u) >= a0", let={"a0": claim.a0}, u="(0, 1]", says="x <= 0, u = e^x"),
        prove("log(1 + u) <= u/(1 + u)/(a1)", let={"a1": claim.a1}, u="[0, 1]", says="x >= 0, u = e^(-x)"),
        identity("1/(1 + exp(x)) == exp(-x)/(1 + exp(-x))", says="in u"),
    )
    return unless(points, argument)


slope.falsehood("α_0 = 51/100", a0="51/100")
slope.falsehood("α_1 = 1", a1="1")
slope.falsehood("α_1 = 3/4", a1="3/4")


truncation = step(
    "proof-thm-4.4-sum-min",
    title="A sum of truncated losses is at least the truncated sum",
    kind="deterministic-inequality",
    where="Section 5, proof of Theorem 4.4, display before (5.2)",
    states=r"-\sum_{i=1}^n\ell'(y_i\hat y_i) \ge \sum_{i=1}^n\min\{\alpha_0,t_i\} \ge \min\Big\{k\alpha_0,\ "
    r"r\sum_{i=1}^nt_i\Big\} \ge \min\{\alpha_0,\ j\,\alpha_1L_S\},\qquad t_i = \alpha_1\ell(y_i\hat y_i)",
    given=(r"k = r = 1,\ j = n,\ \alpha_0 = \tfrac12",),
    printed={"a0": "1/2", "k": 1, "r": 1, "j": "n"},
    parts=("sum", "mean"),
    uses=("zou2020/proof-thm-4.4-loss-derivative", "zou2020/eq-3.2-erm"),
    note="The last inequality is an equality. k = n would be false: one large loss and many small ones.",
)


@truncation.check(part="sum", covers="universal")
def one_term_more(claim: Statement, ctx: Context) -> Outcome:
    """T a sum of terms so far, t a new one: if t or T is >= α_0 the left side is; else both are added.

    First two terms: (10, 0), (α_0/4, α_0/4) and (10, 10).
    """
    let, cases = {"a0": claim.a0, "k": claim.k, "r": claim.r}, []
    for t, s in (("10", "0"), ("a0/4", "a0/4"), ("10", "10")):
        said = f"min(a0, {t}) + min(a0, {s}) >= min(k*a0, r*({t} + {s}))"
        cases.append(evaluate(said, let=let, instance=True, says=f"t = ({t}, {s})"))
    argument = every(
        prove("a0 + s >= k*a0", let=let, s=FROM_ZERO, says="one of the two is α_0 or more"),
        prove("T + t >= r*(T + t)", let=let, T=FROM_ZERO, t=FROM_ZERO, says="both are below α_0"),
        assumes=("induction over the terms", "proof-thm-4.4-loss-derivative for each term"),
    )
    return unless(cases, argument)


@truncation.check(part="mean", covers="universal")
def sum_of_the_losses(claim: Statement, ctx: Context) -> Outcome:
    """Σ α_1 ℓ_i = n α_1 L_S: two of n losses, rest the others."""
    return identity("a1*l1 + a1*l2 + a1*rest == (j)*a1*((l1 + l2 + rest)/n)", let={"j": claim.j}, n=FROM_ONE)


truncation.falsehood("n α_0 in the minimum, n = 2", k=2, by=("one_term_more",))
truncation.falsehood("twice the sum", r=2, by=("one_term_more",))
truncation.falsehood("n² L_S", j="n**2", by=("sum_of_the_losses",))


one_step = step(
    "eq-5.1",
    title="One step lowers the risk by half of the squared gradient",
    kind="dynamics",
    where="Section 5, proof of Theorem 4.4, eq. (5.1)",
    states=r"L_S(W^{(k+1)})-L_S(W^{(k)}) \le -a\,\eta g^2+\frac{c_0^{r}\eta m^{1/2}\phi^{1/2}}{4n^{p}}\,g\,S "
    r"\le -h\,\eta g^2 \le -\eta\frac{c_0m\phi}{2n^5}S^2,\quad g = \|\nabla L_S(W^{(k)})\|_F,\ "
    r"S = -\sum_i\ell'(y_i\hat y_i^{(k)})",
    given=(
        r"a = \tfrac34,\ h = \tfrac12,\ p = \tfrac52;\ \text{printed: } r = 1",
        r"\text{Lemma 5.3: } L_S(W^{(k+1)})-L_S(W^{(k)}) \le -(\eta-C'ML^3\eta^2)g^2+"
        r"\frac{C''L^{8/3}\tau^{1/3}\sqrt{M\log M}\,\eta\,g\,S}{n}",
        r"\text{Lemma 5.2: } g^2 \ge \frac{c_0m\phi}{n^5}S^2,\ c_0 > 0;\quad \tau,\eta\ \text{as chosen in "
        r"the proof}",
    ),
    printed={"a": "3/4", "r": "1", "h": "1/2", "p": "5/2"},
    parts=("first", "second", "third"),
    uses=("zou2020/proof-thm-4.4-tau-eta",),
    note="With the τ of the proof the middle coefficient has the root of c_0. As printed, with c_0, the "
    "first inequality is more than Lemma 5.3 gives when c_0 < 1, and the second needs c_0 <= 1; for c_0 = 1 "
    "both are right. The end of the chain is not affected.",
)


@one_step.check(part="first", covers="universal")
def with_the_radius(claim: Statement, ctx: Context) -> Outcome:
    """η = 1/(4C'ML³) leaves 3/4; the coefficient of g S over η is √(c m φ)/(4n^(5/2)) by the choice of τ.

    First c = 1/4 and everything else 1: Lemma 5.3 gives -3/4 + 1/8.
    """
    let = {k: str(claim.data[k]) for k in "arp"}
    one = evaluate(
        "-(3/4) + sqrt(1/4)/4 <= -a + (1/4)**(r)/4", let=let, says="c_0 = 1/4, all else 1", instance=True
    )
    eta = "(1/(4*C1*M*L**3))"
    kept = f"{eta} - C1*M*L**3*{eta}**2 == 3/4*{eta}"
    left = f"-(3/4)*g**2 + C2*z**8*{ROOT_OF_RADIUS}*sqrt(M)*sqrt(G)/n*g*S"
    right = "-a*g**2 + c**(r)*sqrt(m)*sqrt(phi)/(4*n**(p))*g*S"
    box: dict[str, Any] = dict.fromkeys(("c", "C2", "phi", "g", "S", "G"), POSITIVE)
    box |= dict.fromkeys(("z", "n", "m", "M"), FROM_ONE)
    argument = every(
        identity(kept, C1=POSITIVE, M=FROM_ONE, L=FROM_ONE, says="the step"),
        prove(f"{left} <= {right}", let=let, says="over η", **box),
    )
    return unless([one], argument)


@one_step.check(part="second", covers="universal")
def gradient_against_slopes(claim: Statement, ctx: Context) -> Outcome:
    """S = v g n^(5/2)/√(c m φ) with v in [0, 1]; v = 1 attains Lemma 5.2.

    First c = 4, S = 1/2, all else 1.
    """
    let = {"r": claim.r, "h": claim.h}
    one = evaluate(
        "-(3/4) + 4**(r)/4*(1/2) <= -h", let=let, says="c_0 = 4, S = 1/2, all else 1", instance=True
    )
    S = "(v*g*n**(5/2)/(sqrt(c)*sqrt(m)*sqrt(phi)))"
    said = f"-(3/4)*g**2 + c**(r)*sqrt(m)*sqrt(phi)/(4*n**(5/2))*g*{S} <= -h*g**2"
    box: dict[str, Any] = dict.fromkeys(("c", "phi", "g"), POSITIVE) | {"m": FROM_ONE, "n": FROM_ONE}
    return unless([one], prove(said, let=let, v=UNIT, **box))


@one_step.check(part="third", covers="universal")
def gradient_lower_bound(claim: Statement, ctx: Context) -> Outcome:
    """g² = c m φ S²/n⁵ + s with s >= 0."""
    box: dict[str, Any] = dict.fromkeys(("c", "phi", "S"), POSITIVE) | {"m": FROM_ONE, "n": FROM_ONE}
    said = "-h*(c*m*phi/n**5*S**2 + s) <= -c*m*phi/(2*n**5)*S**2"
    return prove(said, let={"h": claim.h}, s=FROM_ZERO, **box)


ROOT: dict[str, Any] = {"r": "1/2"}
one_step.falsehood("all of ηg² in the first bound", a="1", by=("with_the_radius",), **ROOT)
one_step.falsehood("n^(7/2) in the middle", p="7/2", by=("with_the_radius",), **ROOT)
one_step.falsehood("three quarters after the second", h="3/4", by=("gradient_against_slopes",), **ROOT)
one_step.falsehood("a quarter before the last", h="1/4", by=("gradient_lower_bound",), **ROOT)
one_step.corrected("the root of c_0", erratum="misprint", **ROOT)


harmonic = step(
    "eq-5.2",
    title="The decrease of the risk as a harmonic combination",
    kind="deterministic-inequality",
    where="Section 5, proof of Theorem 4.4, eq. (5.2)",
    states=r"L_S(W^{(k+1)})-L_S(W^{(k)}) \le -\eta\min\left\{\frac{c_0m\phi\alpha_0^2}{2n^p},\frac{c_0m\phi"
    r"\alpha_1^2}{2n^q}L_S^2(W^{(k)})\right\} \le -\eta\,h\left(A+\frac{B}{L_S^2(W^{(k)})}\right)^{-1},"
    r"\quad A = \frac{2n^5}{c_0m\phi\alpha_0^2},\ B = \frac{2n^3}{c_0m\phi\alpha_1^2}",
    given=(
        r"(5.1);\ S \ge \min\{\alpha_0,n\alpha_1L_S\}",
        r"p = 5,\ q = 3,\ h = 1",
    ),
    printed={"p": 5, "q": 3, "h": 1},
    parts=("minimum", "harmonic"),
    uses=("zou2020/eq-5.1", "zou2020/proof-thm-4.4-sum-min"),
)


@harmonic.check(part="minimum", covers="universal")
def squared_minimum(claim: Statement, ctx: Context) -> Outcome:
    """S = α_0 + s or S = nα_1 y + s, s >= 0, over c m φ/2.  First n = 10 with α_0 = 1/2, α_1 = 1."""
    let, cases = {"p": claim.p, "q": claim.q}, []
    for S, y in (("1/2", "100"), ("10**(-5)", "10**(-6)")):
        said = f"({S})**2/10**5 >= min(1/4/10**p, ({y})**2/10**q)"
        cases.append(evaluate(said, let=let, instance=True, says=f"n = 10, S = {S}, risk {y}"))
    box: dict[str, Any] = {"n": FROM_ONE, "s": FROM_ZERO, "a0": POSITIVE}
    return unless(
        cases,
        every(
            prove("(a0 + s)**2/n**5 >= a0**2/n**p", let=let, says="S >= α_0", **box),
            prove("(n*a0*y + s)**2/n**5 >= a0**2*y**2/n**q", let=let, y=POSITIVE, says="S >= nα_1 y", **box),
        ),
    )


@harmonic.check(part="harmonic", covers="universal")
def smaller_of_two(claim: Statement, ctx: Context) -> Outcome:
    """a the smaller one, b = a + d: a >= h/(1/a + 1/b); the reciprocals of the two terms are A and B/y²."""
    let = {"h": claim.h}
    box: dict[str, Any] = dict.fromkeys(("c", "m", "phi", "alpha", "y"), POSITIVE) | {"n": FROM_ONE}
    return every(
        prove("a >= h/(1/a + 1/(a + d))", let=let, a=POSITIVE, d=FROM_ZERO),
        identity("1/(c*m*phi*alpha**2/(2*n**5)) == 2*n**5/(c*m*phi*alpha**2)", says="A", **box),
        identity(
            "1/(c*m*phi*alpha**2/(2*n**3)*y**2) == 2*n**3/(c*m*phi*alpha**2)/y**2", says="B over y²", **box
        ),
    )


harmonic.falsehood("n⁴ in the first term", p=4, by=("squared_minimum",))
harmonic.falsehood("n² in the second term", q=2, by=("squared_minimum",))
harmonic.falsehood("the harmonic mean, 2 over the sum", h=2, by=("smaller_of_two",))


reciprocal = step(
    "proof-thm-4.4-reciprocal",
    title="From the decrease to a telescoping sum of reciprocals",
    kind="deterministic-inequality",
    where="Section 5, proof of Theorem 4.4, after (5.2)",
    states=r"A(x-y)+\frac{B(x-y)}{y^2} \le -e\,\eta;\qquad \frac{x-y}{d} \ge \frac1y-\frac1x,\ d = y^2\quad "
    r"(x,y>0)",
    given=(r"x-y \le -\eta\,(A+B/y^2)^{-1},\ x = L_S(W^{(k+1)}),\ y = L_S(W^{(k)});\ e = 1",),
    printed={"d": "y**2", "e": 1},
    parts=("rearranged", "inequality"),
    uses=("zou2020/eq-5.2",),
    note="The gap of the second inequality is (x - y)²/(x y²), whichever of x and y is larger.",
)


@reciprocal.check(part="rearranged", covers="universal")
def times_the_sum(claim: Statement, ctx: Context) -> Outcome:
    """x - y = -η/(A + B/y²) - s with s >= 0."""
    change = "(-eta/(A + B/y**2) - s)"
    box: dict[str, Any] = dict.fromkeys(("eta", "A", "B", "y"), POSITIVE) | {"s": FROM_ZERO}
    return prove(f"A*{change} + B*{change}/y**2 <= -e*eta", let={"e": claim.e}, **box)


@reciprocal.check(part="inequality", covers="universal")
def square_of_the_difference(claim: Statement, ctx: Context) -> Outcome:
    """Left minus right is (x - y)²/(x y²).  First (x, y) = (1, 2) and (2, 1)."""
    cases = [
        evaluate(f"(x - y)/({claim.d}) >= 1/y - 1/x", at={"x": x, "y": y}, says="a point")
        for x, y in ((1, 2), (2, 1))
    ]
    pair: dict[str, Any] = {"x": POSITIVE, "y": POSITIVE}
    argument = every(
        identity(f"(x - y)/({claim.d}) - (1/y - 1/x) == (x - y)**2/(x*y**2)", says="the gap", **pair),
        prove("(x - y)**2 >= 0", says="over a positive number", **pair),
    )
    return unless(cases, argument)


reciprocal.falsehood("x² below", d="x**2", by=("square_of_the_difference",))
reciprocal.falsehood("xy/2 below", d="x*y/2", by=("square_of_the_difference",))
reciprocal.falsehood("-2η", e=2, by=("times_the_sum",))


elapsed = step(
    "eq-5.3",
    title="How many steps a risk costs",
    kind="dynamics",
    where="Section 5, proof of Theorem 4.4, eq. (5.3)",
    states=r"k\eta \le a\,A(L_0-L_k)+b\,B\left(\frac1{L_k}-\frac1{L_0}\right) \le "
    r"a\,A L_0+b\,B\left(\frac1{L_k}-\frac1{L_0}\right),\quad L_t = L_S(W^{(t)}),\ a = b = 1",
    given=(r"(5.2)\ \text{for the steps } 0,\dots,k-1;\ L_t > 0",),
    printed={"a": "1", "b": "1"},
    parts=("telescoped", "dropped"),
    uses=("zou2020/eq-5.2", "zou2020/proof-thm-4.4-reciprocal"),
    note="For small steps with equality in (5.2) the first inequality becomes an equality.",
)


def one_decrease(claim: Statement, A: str, B: str, after: str, dropped: bool) -> Outcome:
    """One step from L_0 = 1 with equality in (5.2): η = (1 - L_1)(A + B)."""
    first = f"({A})" if dropped else f"({A})*(1 - {after})"
    said = f"(1 - {after})*({A} + {B}) <= a*{first} + b*({B})*(1/({after}) - 1)"
    return evaluate(said, let=claim.let, instance=True, says=f"A = {A}, B = {B}, L_0 = 1, L_1 = {after}")


@elapsed.check(part="telescoped", covers="universal")
def sum_over_the_steps(claim: Statement, ctx: Context) -> Outcome:
    """Each step: η <= A(y - x) + B(1/x - 1/y), the gap being B(x - y)²/(x y²); two steps telescope."""
    cases = [one_decrease(claim, *row, False) for row in (("1/1000", "1", "3/4"), ("1", "1/1000", "1/2"))]
    box: dict[str, Any] = dict.fromkeys(("A", "B", "x", "y"), POSITIVE)
    argument = every(
        identity(
            "A*(y - x) + B*(1/x - 1/y) - (A*(y - x) + B*(y - x)/y**2) == B*(x - y)**2/(x*y**2)",
            says="one step",
            **box,
        ),
        identity(
            "(p - q) + (q - r) + (1/q - 1/p) + (1/r - 1/q) == (p - r) + (1/r - 1/p)",
            p=POSITIVE,
            q=POSITIVE,
            r=POSITIVE,
            says="two steps",
        ),
        prove("A*u + B*v <= a*A*u + b*B*v", let=claim.let, A=POSITIVE, B=POSITIVE, u=FROM_ZERO, v=FROM_ZERO),
        assumes=("induction over the steps", "the risk falls: L_k <= L_0"),
    )
    return unless(cases, argument)


@elapsed.check(part="dropped", covers="universal")
def positive_risk(claim: Statement, ctx: Context) -> Outcome:
    """-A L_k <= 0.  First one step from 1 to 1/100."""
    case = one_decrease(claim, "1", "1/1000", "1/100", True)
    said = "A*(y - x) + B*v <= a*A*y + b*B*v"
    box: dict[str, Any] = dict.fromkeys(("A", "B", "x"), POSITIVE) | {"v": FROM_ZERO}
    return unless([case], prove(said.replace("y", "(x + w)"), let=claim.let, w=FROM_ZERO, **box))


elapsed.falsehood("half of B", b="1/2", by=("sum_over_the_steps",))
elapsed.falsehood("half of A", a="1/2")
elapsed.falsehood("without B", b="0", by=("sum_over_the_steps",))
