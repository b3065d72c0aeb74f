"""Appendix G, proof of Lemma G.4: derivatives of F = E sigma(u) sigma(v) in the covariance, step by step.

u = a z1, v = b z2 with correlation rho; A11 = a², A22 = b², A12 = rho a b. F is bilinear in the activation,
so sin(px) and cos(px), all frequencies p, stand for all of them: a sine with a cosine gives 0.
"""

import math

from theorems.du2019deep.gaussian_mean import filled
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

REAL, POSITIVE, FROM_ZERO = "(-oo, oo)", "(0, oo)", "[0, oo)"
DENSE = "mixtures of sin px and cos px are dense among activations of linear growth"


in_a = Claim(
    "du2019deep/proof-lemma-G.4-da",
    aliases=("du2019thesis/proof-lemma-3.29-da",),
    title="Derivative of the dual activation in a standard deviation",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, derivatives in a and b",
    states=r"\frac{\partial F}{\partial a} = \mathbb E[\sigma'(az_1)\sigma(bz_2)z_1^k],\qquad "
    r"\Big|\frac{\partial F}{\partial a}\Big| \le \|\sigma'(az_1)z_1\|_{L^2}\|\sigma(bz_2)\|_{L^2} \le B",
    given=(
        r"F = \mathbb E\sigma(az_1)\sigma(bz_2)",
        r"|\sigma'|\le L,\ |\sigma(0)|\le s_0",
        r"B = L(s_0+Lb)",
    ),
    printed={"k": 1, "B": "L*(s0 + L*b)"},
    parts=("derivative", "Cauchy-Schwarz"),
    step_of="du2019deep/lemma-G.4",
    uses=("du2019deep/cond-3.1",),
    note="Printed is that the bound is finite.",
)


@in_a.check(part="derivative", covers="universal")
def condition_on_the_first(claim: Statement, ctx: Context) -> Outcome:
    """σ = sin px, τ = sin qx, and cosines: z2 = ρz1 + √(1 - ρ²)w, so that E over w leaves one variable.

    P = pa, R = qbρ: products of sines and cosines of Pz, Rz are sums of waves of frequencies P ± R.
    """
    rest, plus, minus = "exp(-q**2*b**2*(1 - rho**2)/2)", "(p*a + q*b*rho)", "(p*a - q*b*rho)"
    level = {s: f"exp(-{s}**2/2)" for s in (plus, minus)}
    moment = {s: {"0": "0", "1": f"{s}*{level[s]}"}[str(claim.k)] for s in (plus, minus)}
    sines = identity(
        f"diff({rest}*({level[minus]} - {level[plus]})/2, a) "
        f"== p*{rest}*({moment[plus]} - {moment[minus]})/2",
        says="sin pu sin qv",
    )
    cosines = identity(
        f"diff({rest}*({level[minus]} + {level[plus]})/2, a) "
        f"== -p*{rest}*({moment[plus]} + {moment[minus]})/2",
        says="cos pu cos qv",
    )
    return every(
        sines,
        cosines,
        expectation([("oo", "z*sin(z)")], equals="exp(-1/2)", says="E z sin z"),
        assumes=("E cos sz = exp(-s²/2), and its derivative in s", DENSE),
    )


@in_a.check(part="Cauchy-Schwarz", covers="universal")
def two_norms(claim: Statement, ctx: Context) -> Outcome:
    """|σ'(az)z| has norm at most L, |σ(bz)| at most s0 + Lb.

    Necessary: s0 + Lx, with ∂F/∂a = L²bρ; and s0 + the Huber function at ρ = 0, b small.
    """
    linear = prove(
        f"L**2*b*rho <= {claim.B}", L=POSITIVE, b=POSITIVE, s0=FROM_ZERO, rho="(0, 1)", says="σ = s0 + Lx"
    )
    huber = evaluate(
        f"1000*erf(1/(1000*sqrt(2)))*1 <= {filled(claim.B, L='1', s0='1', b='1/100')}",
        says="σ = 1 + Huber function, L = 1, β = 1000, a = 1, b = 1/100, ρ = 0",
        instance=True,
    )
    argument = follows_from(
        expectation([("oo", "z**2")], equals="1", says="E z²"),
        prove(f"L*(s0 + L*b) <= {claim.B}", L=POSITIVE, b=POSITIVE, s0=FROM_ZERO),
        assumes=("Cauchy-Schwarz and Minkowski in L²", "|σ(x)| <= s0 + L|x|"),
    )
    return unless([linear, huber], argument)


in_a.falsehood("without z1", k=0, by=("condition_on_the_first",))
in_a.falsehood("L s0", B="L*s0", by=("two_norms",))
in_a.falsehood("L² b", B="L**2*b", by=("two_norms",))


hermite = Claim(
    "du2019deep/proof-lemma-G.4-hermite",
    aliases=("du2019thesis/proof-lemma-3.29-hermite",),
    title="Hermite expansion of the dual activation",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, Hermite expansion",
    states=r"\mathbb E\sigma(az_1)\sigma(bz_2) = \sum_{i\ge 0}\alpha_i\beta_i\rho^{i+k},\qquad "
    r"\sigma(az) = \sum_i\alpha_ih_i(z),\ \sigma(bz) = \sum_i\beta_ih_i(z)",
    given=(r"h_i = He_i/(i!)^{e/2}", r"|\rho|\le 1"),
    printed={"k": 0, "e": 1},
    step_of="du2019deep/lemma-G.4",
    note="The orthonormality quoted, E h_i(z) h_j(z) = 1_{i=j}, is the case ρ = 1 of what is used: "
    "E h_i(z1) h_j(z2) = ρ^i 1_{i=j}.",
)


@hermite.check(covers="universal")
def generating_function(claim: Statement, ctx: Context) -> Outcome:
    """exp(pz - p²/2) = Σ p^i He_i(z)/i!, so α_i = p^i (i!)^(e/2 - 1); E of the product is exp(pqρ).

    In the latter (pq)^i has the coefficient ρ^i/i! and other products p^i q^j do not occur.
    """
    exponent = identity("(p**2 + 2*p*q*rho + q**2)/2 - p**2/2 - q**2/2 == p*q*rho", says="the exponent")
    degrees = [
        identity(
            f"{math.factorial(i)}**({claim.e})/{math.factorial(i)}**2*rho**({i} + {claim.k}) "
            f"== rho**{i}/{math.factorial(i)}",
            says=f"degree {i}",
        )
        for i in range(9)
    ]
    return every(
        exponent,
        *degrees,
        assumes=(
            "E exp(x) = exp(Var x/2) for a centred Gaussian x",
            "in degree i the two sides are (i!)^(e - 2) ρ^(i + k) and ρ^i/i!",
            "Hermite series of functions in L² converge in L²",
        ),
    )


@hermite.check()
def square(claim: Statement, ctx: Context) -> Outcome:
    """σ(z) = z²: E z1² z2² = 1 + 2ρ²; z² = He_2 + 1, so α_2 = (2!)^(e/2)."""
    return identity("rho**k + 2**(e)*rho**(2 + k) == 1 + 2*rho**2", let=claim.let, says="σ(z) = z²")


hermite.falsehood("one power of ρ more", k=1)
hermite.falsehood("Hermite polynomials without 1/√i!", e=0)


in_rho = Claim(
    "du2019deep/proof-lemma-G.4-drho",
    aliases=("du2019thesis/proof-lemma-3.29-drho",),
    title="Derivative of the dual activation in the correlation",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, derivative in ρ",
    states=r"\frac{\partial F}{\partial\rho} = \sum_{i\ge1}i^k\alpha_i\beta_i\rho^{i-1} = "
    r"f\,\mathbb E\sigma'(az_1)\sigma'(bz_2),\qquad \Big|\frac{\partial F}{\partial\rho}\Big|\ R\ "
    r"\Big(\sum_i i\alpha_i^2\Big)^{1/2}\Big(\sum_i i\beta_i^2\Big)^{1/2} \le B,\quad R\in\{<,\le\}",
    given=(r"f = ab,\ B = abL^2",),
    printed={"k": 1, "f": "a*b", "relation": "<", "B": "a*b*L**2"},
    parts=("derivative", "Cauchy-Schwarz", "bound"),
    uses=("du2019deep/cond-3.1",),
    proof_uses=("du2019deep/proof-lemma-G.4-hermite",),
    step_of="du2019deep/lemma-G.4",
    note="Printed strict; for a linear activation there is equality, at every ρ. For |ρ| < 1 it is strict "
    "unless the activation is affine, so Condition 3.2 would do.",
)


@in_rho.check(part="derivative", covers="universal")
def term_by_term(claim: Statement, ctx: Context) -> Outcome:
    """exp(pz): the mixed derivative pq of both activations, and (pq)^i i/i! ρ^(i-1) from the series."""
    both = identity("diff(exp(a*b*p*q*rho), rho) == f*p*q*exp(a*b*p*q*rho)", let=claim.let, says="σ = exp px")
    series = [
        identity(
            f"diff(rho**{i}/{math.factorial(i)}, rho) == {i}**k/{math.factorial(i)}*rho**({i} - 1)",
            let=claim.let,
            says=f"degree {i}",
        )
        for i in range(1, 9)
    ]
    return every(both, *series, assumes=("power series may be differentiated for |ρ| < 1", DENSE))


@in_rho.check(part="Cauchy-Schwarz", covers="universal")
def linear_activation(claim: Statement, ctx: Context) -> Outcome:
    """First σ(x) = Lx: F = L²ρab, α_1 = La, β_1 = Lb; and x h_1 + y h_2.  Then two pairs of coefficients."""
    box = {"L": POSITIVE, "a": POSITIVE, "b": POSITIVE, "rho": "(-1, 1)"}
    linear = prove(f"diff(L**2*rho*a*b, rho) {claim.relation} (L*a)*(L*b)", says="σ(x) = Lx", **box)  # type: ignore[arg-type]
    pair = identity(
        "(x**2 + y**2)*(X**2 + Y**2) - (x*X + rho*y*Y)**2 "
        "== (x*Y - rho*y*X)**2 + (1 - rho**2)*y**2*(X**2 + Y**2) ",
        says="two coefficients",
    )
    quadratic = prove(
        f"x**2 + 2*rho*y**2 {claim.relation} x**2 + 2*y**2",
        x=POSITIVE,
        y=POSITIVE,
        rho="(0, 1)",
        says="σ = x h_1 + y h_2, a = b = 1",
    )
    return unless(
        [linear, quadratic],
        follows_from(linear, quadratic, pair, assumes=("Cauchy-Schwarz, |ρ|^(i-1) <= 1",)),
    )


@in_rho.check(part="bound", covers="universal")
def lipschitz(claim: Statement, ctx: Context) -> Outcome:
    """Σ iα_i² = a² E σ'(az)² <= a²L²; equality for σ(x) = Lx."""
    return prove("(a*L)*(b*L) <= B", let=claim.let, a=POSITIVE, b=POSITIVE, L=POSITIVE)


in_rho.falsehood("without the factor ab", relation="<=", f="1", by=("term_by_term",))
in_rho.falsehood("without the index i", relation="<=", k=0, by=("term_by_term",))
in_rho.falsehood("at least", relation=">=", by=("linear_activation",))
in_rho.falsehood("L²", relation="<=", B="L**2", by=("lipschitz",))
in_rho.corrected("at most", erratum="misprint", relation="<=")
