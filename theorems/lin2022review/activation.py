"""Section 1, assumptions on the activation: (7), analytic and not a polynomial, and the softplus example.

g(z) = zΦ(z) + φ(z) has g' = Φ and g'' = φ; y stands for e^z in the derivatives of softplus, w for tanh z.
"""

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

POSITIVE, LINE = "(0, oo)", "(-oo, oo)"


smooth = Claim(
    "lin2022review/eq-7",
    title="Lipschitz and smooth activation: the slope is bounded by the same constant",
    kind="assumption",
    where="Section 1, assumption 1 on the activation, eq. (7)",
    states=r"|\sigma(0)| \le c,\ |\sigma(z)-\sigma(z')| \le c|z-z'|,\ |\sigma'(z)-\sigma'(z')| \le c|z-z'| "
    r"\implies |\sigma'(z)| \le k\,c;\qquad \text{softplus, } \tanh,\ g:\ c = c_0",
    given=(r"\sigma\ \text{differentiable}", r"g(z) = z\Phi(z)+\varphi(z)"),
    printed={"k": 1, "c0": 1},
    parts=("bounded slope", "examples"),
    note="Printed is the consequence; that softplus, tanh and g satisfy (7) with c = 1 is added. A bound of "
    "σ' does not follow from one of σ'', nor the other way round.",
)


@smooth.check(part="bounded slope", covers="universal")
def limit_of_quotients(claim: Statement, ctx: Context) -> Outcome:
    """Were |σ'(z)| = kc + e, quotients close to z would exceed kc + e/2 > c.  σ(z) = cz attains it."""
    attained = prove("c <= k*c", c=POSITIVE, let=claim.let, says="σ(z) = cz, slope c")
    beyond = prove("k*c + e - e/2 > c", c=POSITIVE, e=POSITIVE, let=claim.let)
    return unless([attained], follows_from(beyond, assumes=("the slope is the limit of the quotients",)))


@smooth.check(part="examples", covers="universal")
def three_activations(claim: Statement, ctx: Context) -> Outcome:
    """|σ(0)|, sup |σ'| and sup |σ''|: log 2, 1, 1/4; 0, 1, at most 4/(3√3); φ(0), 1, φ(0)."""
    let = claim.let
    unit = "[-1, 1]"
    return every(
        evaluate("log(2) <= c0", let=let, says="softplus at 0"),
        identity("diff(log(1 + exp(z)), z) == exp(z)/(1 + exp(z))"),
        prove("y/(1 + y) < c0", y=POSITIVE, let=let, says="softplus, slope"),
        identity("diff(exp(z)/(1 + exp(z)), z) == exp(z)/(1 + exp(z))**2"),
        prove("y/(1 + y)**2 <= c0/4", y=POSITIVE, let=let, says="softplus, curvature"),
        identity("diff(tanh(z), z) == 1 - tanh(z)**2"),
        prove("1 - w**2 <= c0", w=unit, let=let, says="tanh, slope"),
        identity("diff(1 - tanh(z)**2, z) == 0 - 2*tanh(z)*(1 - tanh(z)**2)"),
        prove("(2*w*(1 - w**2))**2 <= c0**2", w=unit, let=let, says="tanh, curvature squared"),
        evaluate("1/sqrt(2*pi) <= c0", let=let, says="g at 0"),
        identity("diff(z*(1 + erf(z/sqrt(2)))/2 + exp(-z**2/2)/sqrt(2*pi), z) == (1 + erf(z/sqrt(2)))/2"),
        prove("1 - erfc(z)/2 <= c0", z=LINE, let=let, says="g, slope Φ(√2 z)"),
        prove("exp(-z**2/2)/sqrt(2*pi) <= c0", z=LINE, let=let, says="g, curvature"),
        assumes=("the mean value theorem: a bound of σ' (σ'') is a Lipschitz constant of σ (σ')",),
    )


@smooth.falsehood_with_check("the ReLU satisfies (7) for some c")
def kink(claim: Statement, ctx: Context) -> Outcome:
    """Its slopes at t and -t differ by 1: more than c · 2t at t = 1/(4(1 + c)), whatever c."""
    fact = prove("1 > c*2*(1/(4*(1 + c)))", c=POSITIVE)
    return contradicted_by(fact, witness="z, z' = ±1/(4(1 + c))")


@smooth.falsehood_with_check("z² satisfies (7) for some c")
def square(claim: Statement, ctx: Context) -> Outcome:
    """|(c + 1)² - 0²| > c |c + 1 - 0|."""
    return contradicted_by(prove("(c + 1)**2 > c*(c + 1)", c=POSITIVE), witness="z = c + 1, z' = 0")


@smooth.falsehood_with_check("a bounded slope bounds the curvature")
def wiggle(claim: Statement, ctx: Context) -> Outcome:
    """σ'(z) = sin z² is bounded by 1, and σ''(z) = 2z cos z² is over 1000 at z = √(2π · 10⁶)."""
    slope = identity("diff(sin(z**2), z) == 2*z*cos(z**2)")
    there = evaluate("2*sqrt(2*pi*10**6)*cos(2*pi*10**6) > 1000")
    return contradicted_by(every(slope, there), witness="σ' = sin z², z² = 2π · 10⁶")


smooth.falsehood("half of the constant", k="1/2", by=("limit_of_quotients",))
smooth.falsehood("the examples with c = 3/4", c0="3/4", by=("three_activations",))


NAMES = {
    "softplus": "log(1 + exp(z))",
    "tanh": "tanh(z)",
    "g": "z*(1 + erf(z/sqrt(2)))/2 + exp(-z**2/2)/sqrt(2*pi)",
    "erf": "erf(z)",
    "1 + sin": "1 + sin(z)",
    "cubic": "z**3 + z",
}


def nested(text: str, order: int) -> str:
    """The derivative of a given order in z, as text."""
    for _ in range(order):
        text = f"diff({text}, z)"
    return text


analytic = Claim(
    "lin2022review/assumption-analytic",
    title="No derivative of an analytic function that is not a polynomial vanishes identically",
    kind="assumption",
    same_as=("du2019deep/cond-3.2",),
    where="Section 1, assumption 2 on the activation",
    states=r"\sigma^{(k)} \not\equiv 0\ \text{for every } k;\qquad \sigma(x) = "
    r"\sum_{j<k}\frac{\sigma^{(j)}(t)(x-t)^j}{j!}+\int_t^x\frac{\sigma^{(r)}(s)(x-s)^{k-1}}{(k-1)!}\,ds,"
    r"\quad r = k",
    given=(r"\sigma\ \text{analytic, not a polynomial}",),
    printed={"shift": 0, "activations": ("softplus", "tanh", "g", "erf", "1 + sin")},
    note="Printed is the consequence; Taylor's formula is its reason: with σ^(k) = 0 it leaves a "
    "polynomial. r = k + shift. The zeros of each σ^(k) are isolated, as those of any analytic function "
    "other than 0.",
)


@analytic.check(covers="universal")
def taylor_formula(claim: Statement, ctx: Context) -> Outcome:
    """The sum, as a function of t, has the derivative σ^(k)(t)(x - t)^(k-1)/(k-1)!: it telescopes.

    s_j stands for σ^(j)(t), with the derivative s_(j+1); k = 1, ..., 7. So σ is a polynomial when σ^(k) = 0.
    """
    links, factorial = [], 1
    for k in range(1, 8):
        weight = [f"(x - t)**{j}/{_factorial(j)}" for j in range(k)]
        slope = " + ".join(f"s{j + 1}*{w} + s{j}*diff({w}, t)" for j, w in enumerate(weight))
        factorial = _factorial(k - 1)
        order = k + claim.shift
        links.append(identity(f"{slope} == s{order}*(x - t)**{k - 1}/{factorial}", says=f"k = {k}"))
    return every(
        *links, assumes=("the fundamental theorem of calculus", "the same telescoping sum for every k")
    )


def _factorial(j: int) -> int:
    return 1 if j < 2 else j * _factorial(j - 1)


@analytic.check()
def derivatives_at_a_point(claim: Statement, ctx: Context) -> Outcome:
    """Squares of σ^(k)(1/3) are positive for k = 0, ..., 8; the kernel differentiates."""
    return every(
        *(
            evaluate(
                f"({nested(NAMES[name], k)})**2 > 0", at={"z": "1/3"}, instance=True, says=f"{name}, k = {k}"
            )
            for name in claim.activations
            for k in range(9 if name in ("1 + sin", "cubic") else 6)
        )
    )


@analytic.falsehood_with_check("the zeros of smooth functions other than 0 are isolated")
def flat_function(claim: Statement, ctx: Context) -> Outcome:
    """exp(-1/z) for z > 0, continued by 0: smooth, not 0 at z = 1, and 0 at all z <= 0."""
    text = "step(z)*exp(-1/z)"
    return contradicted_by(
        every(
            evaluate(f"{text} > 0", at={"z": "1"}),
            *(evaluate(f"{text} == 0", at={"z": f"-1/{k}"}) for k in (1, 10, 10**6)),
            assumes=("exp(-1/z) tends to 0 with all derivatives as z falls to 0",),
        ),
        witness="exp(-1/z), z > 0, and 0 for z <= 0",
    )


analytic.falsehood("remainder with σ^(k-1)", shift=-1, by=("taylor_formula",))
analytic.falsehood("a cubic polynomial admitted", activations=("cubic",), by=("derivatives_at_a_point",))


softplus = Claim(
    "lin2022review/softplus-example",
    title="Softplus satisfies both assumptions",
    kind="closed-form",
    same_as=("du2019deep/rem-3.2-softplus",),
    where="Section 1, after the proof of Lemma 3",
    states=r"\sigma(z) = \log(1+e^z):\quad 0 < \sigma'(z) = \frac{1}{1+e^{-z}} < L,\quad 0 < \sigma''(z) \le "
    r"\beta,\quad \sigma(0) = s_0,\quad \sigma\ \text{analytic in}\ |\mathrm{Im}\,z| < R",
    given=(r"\text{printed: that both assumptions hold}; L = 1,\ \beta = 1/4,\ s_0 = \log 2,\ R = \pi",),
    printed={"L": 1, "beta": "1/4", "s0": "log(2)", "R": 1},
    parts=("Lipschitz and smooth", "analytic, not a polynomial"),
    uses=("lin2022review/eq-7", "lin2022review/assumption-analytic"),
    note="The constants are derived; R is in units of π.",
)


@softplus.check(part="Lipschitz and smooth", covers="universal")
def three_constants(claim: Statement, ctx: Context) -> Outcome:
    """With y = e^z > 0 the slope is y/(1 + y) and the curvature y/(1 + y)²; 1/4 is attained at y = 1."""
    return every(
        identity("diff(log(1 + exp(z)), z) == 1/(1 + exp(-z))"),
        identity("diff(log(1 + exp(z)), z) == exp(z)/(1 + exp(z))"),
        prove("y/(1 + y) < L", y=POSITIVE, let=claim.let),
        prove("y/(1 + y) > 0", y=POSITIVE),
        identity("diff(exp(z)/(1 + exp(z)), z) == exp(z)/(1 + exp(z))**2"),
        prove("y/(1 + y)**2 <= beta", y=POSITIVE, let=claim.let),
        prove("y/(1 + y)**2 > 0", y=POSITIVE),
        identity("log(1 + exp(0)) == s0", let=claim.let),
        assumes=("the mean value theorem",),
    )


@softplus.check(part="analytic, not a polynomial", covers="universal")
def singularities(claim: Statement, ctx: Context) -> Outcome:
    """1 + e^(x + iy) has the imaginary part e^x sin y: not 0 for 0 < |y| < Rπ; at y = 0 the real part is > 1.

    A polynomial with a bounded slope is affine, but σ''(0) = 1/4; v is |y|/(Rπ), 1 - v near its end.
    """
    return every(
        prove("sin(pi*R*v) >= 2*v", v="[0, 1/100]", let=claim.let, says="near the real axis and the end"),
        prove("sin(pi*R*v) > 0", v="[1/100, 99/100]", let=claim.let),
        prove("exp(x) > 0", x=LINE),
        evaluate("exp(0)/(1 + exp(0))**2 > 0", says="σ''(0)"),
        prove("y/(1 + y) < 1", y=POSITIVE, says="bounded slope"),
        assumes=(
            "sin(π - t) = sin t",
            "1 + e^z avoids the cut of the logarithm where its imaginary part is not 0",
        ),
    )


softplus.falsehood("curvature at most 1/5", beta="1/5", by=("three_constants",))
softplus.falsehood("slope below 1/2", L="1/2", by=("three_constants",))
softplus.falsehood("analytic up to twice the distance", R=2, by=("singularities",))
