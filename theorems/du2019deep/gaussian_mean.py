"""Appendix G, Lemma G.3: E sigma(z) as a function of the variance of z.

Condition 3.1 enters with separate constants: |sigma'| <= L, sigma' is beta-Lipschitz. The extremal activation
has sigma'(x) = max(-L, min(beta x, L)): the Huber function.
"""

import re

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE = "(0, oo)"
_NAME = re.compile(r"[A-Za-z_]\w*")


def truncated_moments() -> tuple[Outcome, ...]:
    """E z² 1{|z| < T} + T E|z| 1{|z| >= T} = erf(T/√2): |z| has the density f(T) = √(2/π) e^(-T²/2)."""
    density = "sqrt(2)/sqrt(pi)*exp(-T**2/2)"
    return (
        identity(f"diff(erf(T/sqrt(2)) - T*{density}, T) == T**2*{density}", says="E z² 1{|z| < T}"),
        identity(f"diff(-{density}, T) == T*{density}", says="E |z| 1{|z| >= T} = f(T)"),
    )


lemma_g3 = Claim(
    "du2019deep/lemma-G.3",
    aliases=("du2019thesis/lemma-3.28",),
    title="Lipschitz dependence of a Gaussian mean on the variance",
    kind="deterministic-inequality",
    where="Appendix G, Lemma G.3",
    states=r"|\mathbb E_{z\sim N(0,a^q)}\sigma(z)-\mathbb E_{z\sim N(0,b^q)}\sigma(z)| \le C\,|a-b|",
    given=(
        r"|\sigma'| \le L,\ |\sigma'(x)-\sigma'(y)| \le \beta|x-y|\ (L, \beta > 0)",
        r"\frac{1}{c} < a, b < c",
        r"C = \frac{\beta}{2}\operatorname{erf}\left(\frac{L\sqrt c}{\beta\sqrt 2}\right)",
    ),
    printed={"q": 1, "C": "beta/2*erf(L*r/(beta*sqrt(2)))"},
    uses=("du2019deep/cond-3.1",),
    note="Printed is some C that depends on c and on the constants of Condition 3.1; the one here (r = √c) "
    "is the least, for each L, β, c. It is below β/2, its limit as the box widens, so no lower end of the "
    "variance is needed, and below L√(c/(2π)). q = 2 reads a, b as standard deviations.",
)

BOX = {
    "1": {"v": "1/u**2", "r": "u + w", "c": "(u + w)**2"},
    "2": {"v": "u**2", "r": "sqrt(u + w)", "c": "u + w"},
}
"""One half of the box: variances v = 1/u² in [1/c, 1], or standard deviations u in [1, c]."""


def filled(text: object, **values: str) -> str:
    """The text with names replaced by expressions."""
    return _NAME.sub(lambda m: f"({values[m[0]]})" if m[0] in values else m[0], str(text))


def huber_slope(q: int) -> str:
    """Derivative of E σ(√v z) for the Huber function, in v (q = 1) or in √v (q = 2)."""
    return {1: "1/2*beta*erf(L*u/(beta*sqrt(2)))", 2: "u*beta*erf(L/(u*beta*sqrt(2)))"}[q]


@lemma_g3.check(covers="universal")
def derivative_over_the_box(claim: Statement, ctx: Context) -> Outcome:
    """d/dv E σ(√v z) = E zσ'(√v z)/(2√v) <= E min(βz², L|z|/√v)/2 = (β/2) erf(T/√2), T = L/(β√v).

    For the Huber function this is an equality, so C must be at least that at every point of the box, and this
    is enough. q = 2: the chain rule adds 2√v. u = 1/√v (q = 1) or √v (q = 2); largest at the end of the box.
    """
    slope, let = huber_slope(claim.q), BOX[str(claim.q)]
    necessary = prove(
        f"{slope} <= {filled(claim.C, r=let['r'], c=let['c'])}",
        u="[1, oo)",
        w="[0, oo)",
        L=POSITIVE,
        beta=POSITIVE,
        says="derivative for the Huber function against C",
    )
    rest = prove(
        f"{slope} <= {filled(slope, u='u + w')}",
        u=POSITIVE,
        w="[0, oo)",
        L=POSITIVE,
        beta=POSITIVE,
        says="the derivative grows with u: the other half of the box is covered",
    )
    return every(
        necessary,
        rest,
        *truncated_moments(),
        assumes=(
            "E σ(√v z) may be differentiated under the integral for v > 0",
            "σ'(x) - σ'(-x) <= 2 min(βx, L) for x > 0, with equality for the Huber function",
            "mean value theorem",
        ),
    )


@lemma_g3.check()
def smoothed_relu(claim: Statement, ctx: Context) -> Outcome:
    """σ(z) = zΦ(z) + φ(z): L = 1, β = 1/√(2π), E σ(√v z) = √((1 + v)/(2π)); its slope must stay below C.

    At v = 1/c, c large, the slope is β/2.
    """
    slope = "q*alpha**(q - 1)/(2*sqrt(2*pi)*sqrt(1 + alpha**q))"
    cases = []
    for c, alpha in (("4", "1/4"), ("10000", "1/10000"), ("10000", "1"), ("10000", "9999")):
        values = {"L": "1", "beta": "1/sqrt(2*pi)", "c": c, "r": f"sqrt({c})"}
        statement = f"{filled(slope, q=str(claim.q), alpha=alpha)} <= {filled(claim.C, **values)}"
        cases.append(evaluate(statement, says=f"slope at {alpha}, c = {c}", instance=True))
    return every(*cases)


lemma_g3.falsehood("β/4", C="beta/4")
lemma_g3.falsehood("a constant from L alone", C="L*sqrt(2/pi)", by=("derivative_over_the_box",))
lemma_g3.falsehood("√2 less than L√(c/(2π))", C="L*r/sqrt(4*pi)", by=("derivative_over_the_box",))
lemma_g3.falsehood("standard deviations: L/√(2π)", q=2, C="L/sqrt(2*pi)")
lemma_g3.reading("a and b as standard deviations", q=2, C="beta*c*erf(L/(c*beta*sqrt(2)))")


derivative = Claim(
    "du2019deep/proof-lemma-G.3-derivative",
    aliases=("du2019thesis/proof-lemma-3.28-derivative",),
    title="Derivative of a Gaussian mean in the scale",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.3",
    states=r"\frac{d}{d\alpha}\mathbb E_{z\sim N(0,V)}\sigma(z) = f\;\mathbb E\left[z^k\,\sigma'(S z)\right],"
    r"\qquad |f\,\mathbb E[z^k\sigma'(S z)]| \le C",
    given=(r"z\sim N(0,1)", r"1/c \le \alpha \le c"),
    printed={"V": "alpha", "S": "alpha", "f": "1", "k": 1, "C": "L*sqrt(2)/sqrt(pi)"},
    parts=("derivative", "bound"),
    step_of="du2019deep/lemma-G.3",
    uses=("du2019deep/cond-3.1",),
    note="Printed with σ(αz) for variance α. With α as the standard deviation (variance α²) it is right as "
    "it stands, and bounds the difference by |√a - √b|; with α as the variance the argument is √α z and the "
    "factor 1/(2√α) appears. V is the variance, S the scale.",
)


def cosine_moment(k: object, scale: str) -> str:
    """E[z^k sin(scale z)] for k = 0, 1, 2."""
    return {"0": "0", "1": f"{scale}*exp(-({scale})**2/2)", "2": "0"}[str(k)]


@derivative.check(part="derivative", covers="universal")
def characteristic_functions(claim: Statement, ctx: Context) -> Outcome:
    """σ(x) = cos tx, every t and α: E σ = exp(-t²V/2), σ' = -t sin tx. Both sides are linear in σ."""
    moment = cosine_moment(claim.k, "(t*S)")
    return every(
        identity(
            f"diff(exp(-t**2*V/2), alpha) == f*(-t)*{moment}",
            let=claim.let,
            alpha=POSITIVE,
            t="(-oo, oo)",
            says="σ(x) = cos tx",
        ),
        expectation([("oo", "cos(z)")], equals="exp(-1/2)", says="E cos z"),
        expectation([("oo", "z*sin(z)")], equals="exp(-1/2)", says="E z sin z"),
        assumes=(
            "E cos sz = exp(-s²/2) for all s, and its derivative in s",
            "mixtures of cos tx and sin tx are dense (for sin both sides vanish)",
        ),
    )


@derivative.check(part="derivative")
def softplus(claim: Statement, ctx: Context) -> Outcome:
    """Softplus, σ' = (1 + tanh(x/2))/2, at α = 1/4, 1, 2: f E zσ'(Sz) against (dV/dα) E σ''(√V z)/2."""
    cases = []
    for alpha in ("1/4", "1", "2"):
        V, S, f = (f"({text.replace('alpha', f'({alpha})')})" for text in (claim.V, claim.S, claim.f))
        rate = {"alpha": "1", "alpha**2": f"(2*({alpha}))"}[claim.V]
        curvature = f"{rate}/2*(1 - tanh(sqrt({V})*z/2)**2)/4"
        cases.append(
            expectation(
                [("oo", f"{curvature} - {f}*z**{claim.k}*(1 + tanh({S}*z/2))/2")],
                equals="0",
                cut=20,
                digits=8,
                says=f"softplus at α = {alpha}, the difference of the two sides",
            )
        )
    return every(*cases)


@derivative.check(part="bound", covers="universal")
def first_absolute_moment(claim: Statement, ctx: Context) -> Outcome:
    """|σ'| <= L and E|z| = √(2/π), over the box; Huber functions: f E zσ'(Sz) = fβS erf(L/(βS√2)).

    The part α in [1/c, 1], as α = 1/u², c = (u + w)², and the part α in [1, c], as α = u², c = (u + w)².
    """
    f = claim.f.replace("sqrt(alpha)", "root")
    halves = (("1/u**2", "1/u"), ("u**2", "u"))
    names = [{"alpha": alpha, "root": root, "c": "(u + w)**2", "r": "u + w"} for alpha, root in halves]
    huber = [
        evaluate(
            filled(f"{claim.f}*B*({claim.S})*erf(1/(B*({claim.S})*sqrt(2))) <= {claim.C}", **values),
            says=f"Huber function with L = 1, β = 1000, α = {values['alpha']}, c = 4",
            instance=True,
        )
        for values in ({"alpha": a, "c": "4", "r": "2", "L": "1", "B": "1000"} for a in ("1/4", "1", "4"))
    ]
    bounds = [
        prove(
            filled(f"({f})*L*sqrt(2)/sqrt(pi) <= {claim.C}", **values),
            u="[1, oo)",
            w="[0, oo)",
            L=POSITIVE,
        )
        for values in names
    ]
    return unless(
        huber,
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
            *bounds,
            assumes=("|E zσ'(Sz)| <= L E|z|",),
        ),
    )


derivative.falsehood("without z", V="alpha**2", k=0, by=("characteristic_functions", "softplus"))
derivative.falsehood(
    "σ'(αz) with the factor 1/(2α)", V="alpha**2", f="1/(2*alpha)", by=("characteristic_functions",)
)
derivative.falsehood("L/√(2π)", V="alpha**2", C="L/sqrt(2*pi)", by=("first_absolute_moment",))
derivative.reading("α is the standard deviation", V="alpha**2")
derivative.corrected(
    "√α z and the factor 1/(2√α)",
    erratum="broken proof step",
    S="sqrt(alpha)",
    f="1/(2*sqrt(alpha))",
    C="L*r/(sqrt(2)*sqrt(pi))",
)
