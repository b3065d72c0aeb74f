"""Section 3.2: what the activation must satisfy, and softplus as the guiding example.

y stands for e^z in (0, oo): softplus is log(1 + y), its slope y/(1 + y), its second derivative y/(1 + y)².
"""

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    prove,
    unless,
)

POSITIVE, LEFT = "(0, oo)", "(0, 1]"

smooth = Claim(
    "du2019deep/cond-3.1",
    aliases=("du2019thesis/cond-3.1",),
    title="Lipschitz and smooth activations",
    kind="assumption",
    where="Section 3.2, Condition 3.1",
    states=r"|\sigma(0)| \le c,\quad |\sigma(z)-\sigma(z')| \le c|z-z'|,\quad |\sigma'(z)-\sigma'(s)| \le "
    r"c|z-z'|\ \text{excludes the ReLU, for every } c",
    given=(r"\text{printed: } s = z",),
    printed={"s": "z", "h": "1/(4*c)"},
    note="As printed, the left side of the third inequality is 0 for every function, so that it excludes "
    "none; every later claim uses s = z'. What a condition says is what it excludes: here a kink, at z = h = "
    "-z'.",
)


@smooth.check(covers="universal")
def slope_jumps_at_the_kink(claim: Statement, ctx: Context) -> Outcome:
    """σ = max(z, 0): z = h and z' = -h have the slopes 1 and 0, so more than c |z - z'| = 2ch apart."""
    slopes = {"z": "1 - 1", "z'": "1 - 0"}[claim.s]
    return every(
        evaluate("step(1) == 1", says="slope on the right"),
        evaluate("step(-1) == 0", says="slope on the left"),
        prove(f"abs({slopes}) > c*(2*({claim.h}))", c=POSITIVE, says="the third inequality is violated"),
    )


@smooth.falsehood_with_check("z² satisfies the second inequality on the whole line")
def square(claim: Statement, ctx: Context) -> Outcome:
    """z = c + 1, z' = 0, for c = 1000: (c + 1)² against c(c + 1)."""
    return evaluate("(c + 1)**2 <= c*(c + 1)", at={"c": 1000}, says="z², z = c + 1, z' = 0")


@smooth.falsehood_with_check("the ReLU satisfies the condition read with s = z'")
def relu(claim: Statement, ctx: Context) -> Outcome:
    """c = 1000, z = 1/4000 = -z': slopes 1 and 0."""
    return evaluate("abs(step(1) - step(-1)) <= 1000*(1/4000 + 1/4000)", says="σ'(z) - σ'(z')")


smooth.falsehood("already at the distance 2/c", s="z'", h="1/c")
smooth.corrected("σ'(z')", erratum="misprint", s="z'")


analytic = Claim(
    "du2019deep/cond-3.2",
    aliases=("du2019thesis/cond-3.2",),
    title="Analytic activations that are not polynomials: softplus is one",
    kind="assumption",
    where="Section 3.2, Condition 3.2",
    states=r"\sigma\ \text{analytic, not a polynomial};\quad \sigma(z) = \log(1+e^z):\ 0 < \sigma(z) \le "
    r"e^{z}\ \text{for}\ z \le 0,\ 1+e^z > 0",
    printed={"f": "log(1 + y)"},
    note="f is σ in terms of y = e^z. A polynomial that tends to 0 at -oo is 0. A sum of 1 and e^z that "
    "never vanishes on the real line makes the logarithm analytic there.",
)


@analytic.check(covers="universal")
def decays_without_vanishing(claim: Statement, ctx: Context) -> Outcome:
    """0 < σ(z) <= e^z for z <= 0: no polynomial does that."""
    return every(
        prove("1 + y > 0", y=POSITIVE, says="the logarithm is analytic"),
        prove(f"{claim.f} > 0", y=LEFT, says="not identically 0"),
        prove(f"{claim.f} <= y", y=LEFT, says="tends to 0 at -oo"),
        assumes=(
            "a polynomial bounded at -oo is constant",
            "a composition of analytic functions is analytic",
        ),
    )


analytic.falsehood("the identity qualifies", f="log(y)")
analytic.falsehood("a square qualifies", f="log(y)**2")
analytic.falsehood("a constant qualifies", f="1/2")


@analytic.falsehood_with_check("the ReLU is analytic")
def relu_is_zero_on_a_half_line(claim: Statement, ctx: Context) -> Outcome:
    """An analytic function that vanishes on (-1, 0) vanishes everywhere; max(z, 0) is 1 at 1."""
    return evaluate("max(1, 0) == 0", says="value at 1")


softplus = Claim(
    "du2019deep/rem-3.2-softplus",
    aliases=("du2019thesis/rem-3.2-softplus",),
    title="Lipschitz and smoothness constants of softplus",
    kind="closed-form",
    where="Section 3.2, below Condition 3.1",
    states=r"\sigma(z) = \log(1+e^z):\quad |\sigma(0)| \le c,\quad \sup|\sigma'| \le L,\quad \sup|\sigma''| "
    r"\le \beta,\qquad \sup|\sigma'| \ge e L,\ \sup|\sigma''| \ge e\beta",
    given=(r"\text{printed: the constants are 1, read as valid ones: } e = 0",),
    printed={"L": 1, "beta": 1, "c": 1, "e": 0},
    parts=("Lipschitz", "smoothness"),
    uses=("du2019deep/cond-3.1",),
    note="The least smoothness constant is 1/4; 1 is the least Lipschitz constant, and the c of Condition "
    "3.1.",
)


@softplus.check(part="Lipschitz", covers="universal")
def slope_below_one(claim: Statement, ctx: Context) -> Outcome:
    """σ' = y/(1 + y), which exceeds 1 - v at y = 1/v for every v > 0; σ(0) = log 2."""
    return every(
        evaluate("log(2) <= c", let=claim.let, says="σ(0)"),
        prove("y/(1 + y) <= L", y=POSITIVE, let=claim.let),
        prove("1/(1 + v) > e*L - v", v="(0, 1)", let=claim.let, says="least, if e = 1"),
    )


@softplus.check(part="smoothness", covers="universal")
def second_derivative(claim: Statement, ctx: Context) -> Outcome:
    """1/4 - y/(1 + y)² = (1 - y)²/(4(1 + y)²): the maximum is 1/4, at z = 0."""
    return every(
        prove("y/(1 + y)**2 <= beta", y=POSITIVE, let=claim.let),
        evaluate("1/(1 + 1)**2 >= e*beta", let=claim.let, says="least, if e = 1: the value at z = 0"),
    )


softplus.falsehood("Lipschitz constant 99/100", L="99/100", by=("slope_below_one",))
softplus.falsehood("smoothness constant 1/5", beta="1/5", by=("second_derivative",))
softplus.falsehood("c = 1/2", c="1/2", by=("slope_below_one",))
softplus.reading("the least constants, both 1", e=1)
softplus.reading("the least constants, 1 and 1/4", e=1, beta="1/4")


c_sigma = Claim(
    "du2019deep/sec-D-c-sigma",
    aliases=("du2019thesis/sec-3.11-c-sigma",),
    title="The normaliser over a range of norms is polynomial in the number of pixels",
    kind="definition",
    where="Appendix D, before Lemma D.1",
    states=r"c_{\sigma,c_0} = \left(\min_{c_0\le\alpha\le 1}\mathbb E\,\sigma(\alpha z)^2\right)^{-1};\qquad "
    r"c_{\sigma,1/\sqrt p} \le k\,p^{a}\ \text{(softplus)},\quad c_{\sigma,1/\sqrt p} \le K\,p^{b}\ "
    r"\text{(erf)}",
    given=(r"z\sim N(0,1),\ 0 < c_0 \le 1,\ p \ge 1",),
    printed={"k": "21/10", "a": 0, "K": 3, "b": 1},
    parts=("softplus", "odd activation"),
    note="Printed is poly(p) for a smooth ReLU. For softplus no power is needed. An odd activation vanishes "
    "at 0 and needs the first power; erf, whose second moment is (2/π) asin(2α²/(1 + 2α²)), stands for tanh.",
)


@c_sigma.check(part="softplus", covers="universal")
def jensen(claim: Statement, ctx: Context) -> Outcome:
    """E σ(αz)² >= (E σ(αz))² and (σ(z) + σ(-z))/2 >= log 2, since (1 + y)(1 + 1/y) >= 4.

    First α = 1: E σ(z)² = 0.9212459..., the least of c is its inverse.
    """
    second = expectation([("oo", "log(1 + exp(z))**2")], equals="9212459/10**7", digits=6, says="E σ(z)²")
    single = evaluate("1/(9212459/10**7 + 1/10**6) <= k", let=claim.let, instance=True, says="c at α = 1")
    return unless(
        [every(second, single)],
        follows_from(
            prove("(1 + y)*(1 + 1/y) >= 4", y=POSITIVE, says="(σ(z) + σ(-z))/2 >= log 2"),
            evaluate("1/log(2)**2 <= k", let=claim.let),
            prove("1 <= p**a", p="[1, oo)", let=claim.let),
            assumes=("Jensen's inequality", "z and -z have the same law"),
        ),
    )


@c_sigma.check(part="odd activation", covers="universal")
def arcsine(claim: Statement, ctx: Context) -> Outcome:
    """At α² = 1/p: E erf(αz)² = (2/π) asin(2/(p + 2)) >= (2/π)·2/(p + 2), increasing in α.

    First p = 10⁶, exactly.
    """
    single = evaluate(
        "1/(2/pi*asin(2/(10**6 + 2))) <= K*(10**6)**b", let=claim.let, instance=True, says="p = 10⁶"
    )
    return unless(
        [single],
        follows_from(
            prove("x <= asin(x)", x="[0, 1)", says="the arcsine above its tangent"),
            prove("pi*(p + 2)/4 <= K*p", p="[1, oo)", let=claim.let),
            prove("p <= p**b", p="[1, oo)", let=claim.let),
            assumes=("E erf(αz)² = (2/π) asin(2α²/(1 + 2α²)) (Williams 1996)",),
        ),
    )


c_sigma.falsehood("1 for softplus", k=1, by=("jensen",))
c_sigma.falsehood("√p for an odd activation", b="1/2", by=("arcsine",))
c_sigma.falsehood("bounded for an odd activation", b=0, by=("arcsine",))
