"""Section 6.3.2: a random start is good with constant probability.

|w*| = 1 and w_0 = αu with u uniform in the unit ball of R^p: |w_0 - w*|² <= 1 - kα² says u_1 >= (α/2)(k +
|u|²). The density of u_1 at 0 is V_{p-1}/V_p = Γ(p/2 + 1)/(√π Γ(p/2 + 1/2)), at most √((p + 2)/(2π)) by
Gautschi's inequality Γ(x + 1)/Γ(x + 1/2) <= √(x + 1). For p = 1, u is uniform on [-1, 1] and everything is
explicit.
"""

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ONE, POSITIVE, UNIT = "[1, oo)", "(0, oo)", "[0, 1]"
GAUTSCHI = (
    "Gautschi's inequality: the density of u_1 is at most √((p + 2)/(2π))",
    "the density of u_1 is largest at 0, and u_1 is symmetric",
)


theorem = Claim(
    "du2019thesis/thm-6.6",
    title="A random start in a small ball is good with constant probability",
    kind="probabilistic",
    where="Section 6.3.2, Theorem 6.6",
    states=r"\Pr\left(\|w_0-w_*\|\le\sqrt{1-k\alpha^2}\,\|w_*\|\right) \ge \frac12-c\sqrt p\,\alpha",
    given=(r"w_0\ \text{uniform in the ball of radius}\ \alpha\|w_*\|", r"\alpha\le\sqrt{\frac{1}{2\pi p}}"),
    printed={"k": 1, "c": "sqrt(pi/2)"},
    proof_uses=("du2019thesis/thm-6.6-optimiser", "du2019thesis/thm-6.6-volume"),
    note="At the largest α the bound is 0. √(3/(2π)) would do for c: a factor π/√3 is given away.",
)


def one_dimension(claim: Statement, alpha: str) -> Outcome:
    """p = 1: u >= (1 - √(1 - kα²))/α, the probability is half of what is left of [-1, 1] above it."""
    root = f"(1 - sqrt(1 - k*{alpha}**2))/{alpha}"
    return evaluate(
        f"max(1 - {root}, 0)/2 >= 1/2 - c*{alpha}", let=claim.let, says=f"p = 1, α = {alpha}", instance=True
    )


@theorem.check(covers="universal")
def slab(claim: Statement, ctx: Context) -> Outcome:
    """|u| <= 1, so u_1 >= (k + 1)α/2 is enough; a slab of that thickness has at most thickness times density.

    First p = 1 with α = 1/10 and 3/10, exactly.
    """
    argument = follows_from(
        prove("(al/2)*(k + v) <= (k + 1)*al/2", let=claim.let, al=POSITIVE, v=UNIT, says="|u|² <= 1"),
        prove("((k + 1)/2)**2*(p + 2)/(2*pi) <= c**2*p", let=claim.let, p=FROM_ONE, says="squared"),
        assumes=GAUTSCHI,
    )
    return unless([one_dimension(claim, "(1/10)"), one_dimension(claim, "(3/10)")], argument)


theorem.falsehood("probability 1/2", c=0)
theorem.falsehood("√p α/10", c="1/10")
theorem.falsehood("√(1 - 10α²) for the distance", k=10)


volume = Claim(
    "du2019thesis/thm-6.6-volume",
    title="Ratio of the volumes of balls in the bound for the random start",
    kind="proof-step",
    where="Section 6.6.2, proof of Theorem 6.6, second display",
    states=r"\frac{V_{p-1}(1)}{V_p(1)} = c\,\frac{\Gamma(p/2+1)}{\Gamma(p/2+1/2)} \le \sqrt{\frac{\pi p}{2}}",
    printed={"c": "pi"},
    step_of="du2019thesis/thm-6.6",
    note="Printed is πΓ(p/2 + 1)/Γ(p/2 + 1/2): already for p = 1 it is π^(3/2)/2 = 2.78, above √(π/2) = "
    "1.25.",
)


@volume.check(covers="universal")
def low_dimensions_and_gautschi(claim: Statement, ctx: Context) -> Outcome:
    """p = 1: Γ(3/2)/Γ(1) = √π/2 and the ratio is 1/2; p = 2: Γ(2)/Γ(3/2) = 2/√π, the ratio is 2/π.

    In every dimension c fixes the ratio, as V_p = π^(p/2)/Γ(p/2 + 1).
    """
    examples = every(
        evaluate("c*sqrt(pi)/2 <= sqrt(pi/2)", let=claim.let, says="p = 1: the bound"),
        identity("(c*sqrt(pi)/2)**2 == 1/4", let=claim.let, says="p = 1: the ratio 1/2, squared"),
        identity("(c*2/sqrt(pi))**2 == 4/pi**2", let=claim.let, says="p = 2: the ratio 2/π, squared"),
    )
    general = follows_from(
        examples,
        prove(
            "c**2*(p/2 + 1) <= pi*p/2", let=claim.let, p=FROM_ONE, says="squared, by Gautschi's inequality"
        ),
        assumes=("V_p = π^(p/2)/Γ(p/2 + 1)", GAUTSCHI[0]),
    )
    return unless([examples], general)


volume.corrected("1/√π for π", erratum="misprint", c="1/sqrt(pi)")
volume.falsehood("1", c="1")


optimiser = Claim(
    "du2019thesis/thm-6.6-optimiser",
    title="The best radius for the random start",
    kind="proof-step",
    where="Section 6.6.2, proof of Theorem 6.6, first display",
    states=r"r = \cos\phi_*\ \text{maximises}\ \frac12-\left(\frac{r^2}{2}+\frac{\cos^{q}\phi_*}{2}\right)"
    r"\frac{V_{p-1}(r)}{V_p(r)},\quad \text{with value}\ \frac12-\cos\phi_*\frac{V_{p-1}(1)}{V_p(1)}",
    given=(r"\|w_*\| = 1", r"V_{p-1}(r)/V_p(r) = \frac1r V_{p-1}(1)/V_p(1)"),
    printed={"q": 1},
    step_of="du2019thesis/thm-6.6",
    note="Printed is cos φ*; |w_0|² - 2w_0.w* + 1 <= sin²φ* gives cos²φ*, for which optimiser and value "
    "are right. The text says failure probability for the probability of success.",
)


@optimiser.check(covers="universal")
def stationary_point(claim: Statement, ctx: Context) -> Outcome:
    """h(r) = (r² + x^q)/(2r), x = cos φ*: h(x) = x, h'(x) = 0, and h(r) >= x for every r."""
    return every(
        evaluate("(x**2 + x**(q))/(2*x) == x", let={**claim.let, "x": "1/10"}, says="value at x = 1/10"),
        identity("(x**2 + x**(q))/(2*x) == x", let=claim.let, x=POSITIVE, says="value"),
        prove("r**2 + x**(q) >= 2*r*x", let=claim.let, r=POSITIVE, x="(0, 1)", says="minimum"),
    )


optimiser.corrected("cos²φ*", erratum="misprint", q=2)
optimiser.falsehood("cos³φ*", q=3)


corollary = Claim(
    "du2019thesis/cor-6.1",
    title="Random start for a convolutional filter",
    kind="probabilistic",
    where="Section 6.3.2, Corollary 6.1",
    states=r"\cos\phi_* < \frac{1}{h\sqrt p}:\quad \Pr\left(\|w_0-w_*\|^2\le "
    r"d(\cos\phi_*)\,\|w_*\|^2\right) \ge "
    r"\frac12-\cos\phi_*\sqrt{\frac{\pi p}{2}} > m",
    given=(r"w_0\ \text{uniform in the ball of radius}\ \|w_*\|\cos\phi_*",),
    printed={"h": "sqrt(8*pi)", "m": "1/4", "d": "1 - x**2"},
    uses=("du2019thesis/thm-6.6",),
    note="The event is not printed; by Theorem 6.6 with α = cos φ* it is |w_0 - w*| <= |w*| sin φ*, what "
    "Lemma 6.2 needs. The text before Theorem 6.6 asks for |w_0 - w*| < |w*| cos φ*, which has "
    "probability 0 here: the reading. For p = 25 the hypothesis is φ* > 87.7°.",
)


@corollary.check(covers="universal")
def substitute_alpha(claim: Statement, ctx: Context) -> Outcome:
    """Theorem 6.6 with α = x = cos φ*; x√(πp/2) < 1/4. First p = 1, x = 1/10: u >= (1 - √d)/x, exactly."""
    value = claim.d.replace("x", "(1/10)")
    exact = evaluate(
        f"max(1 - (1 - sqrt({value}))*10, 0)/2 >= 1/2 - sqrt(pi/2)/10", says="p = 1, x = 1/10", instance=True
    )
    bound = prove("1/2 - t/h*sqrt(pi/2) > m", let=claim.let, t="[0, 1)", says="x = t/(h√p), t < 1")
    return unless(
        [exact, bound],
        follows_from(
            bound,
            identity(f"{claim.d} == 1 - x**2", says="the event of Theorem 6.6"),
            prove("(p + 2)/(2*pi) <= pi/2*p", p=FROM_ONE, says="slab of thickness x"),
            assumes=GAUTSCHI,
        ),
    )


corollary.reading("distance at most cos φ*", d="x**2")
corollary.falsehood("cos φ* < 1/√(2πp)", h="sqrt(2*pi)")
corollary.falsehood("probability above 1/2", m="1/2")
