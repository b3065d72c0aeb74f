"""Appendix G, Lemmas G.4 and G.5: the dual activation as a Lipschitz function of the covariance.

Condition 3.1 with separate constants: |sigma(0)| <= s0, |sigma'| <= L, sigma' is beta-Lipschitz. Examples are
g(z) = z Phi(z) + phi(z), with L = 1, beta = s0 = 1/√(2 pi), E g(u) = √((1 + Var u)/(2 pi)), and the Huber
function H of lemma-G.3, with E H(v) >= L √(2 Var v/pi) - L²/(2 beta).
"""

from theorems.du2019deep.dual_gradient import waves
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

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
MEAN = "(s0 + L*c*sqrt(2/pi))"
"""Bound of E|σ(v)| for standard deviations up to c."""
SIZES = {"L": POSITIVE, "beta": FROM_ZERO, "s0": FROM_ZERO, "c": FROM_ONE}
G_SIZES = {"L": "1", "beta": "1/sqrt(2*pi)", "s0": "1/sqrt(2*pi)"}
DERIVATIVES = (
    "the segment between two positive definite matrices in the box stays in it",
    "activations with Lipschitz derivative are limits of smooth ones with the same constants",
    "bilinear in the activation, and mixtures of waves are dense",
)


def price() -> tuple[Outcome, ...]:
    """∂F/∂A11 = E σ''(u)σ(v)/2 and ∂F/∂A12 = E σ'(u)σ'(v), on waves; E|z| = √(2/π)."""
    heat = [identity(f"diff({waves(s)}, x) == -p**2/2*{waves(s)}", says="E σ''(u) σ(v)/2") for s in "-+"]
    return (
        *heat,
        identity(f"diff({waves('-')}, r) == p*q*{waves('+')}", says="E σ'(u) σ'(v)"),
        expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
    )


lemma_g4 = Claim(
    "du2019deep/lemma-G.4",
    aliases=("du2019thesis/lemma-3.29",),
    title="Lipschitz dependence of the dual activation on the 2 x 2 covariance",
    kind="deterministic-inequality",
    where="Appendix G, Lemma G.4",
    states=r"F(A) = \mathbb E_{(u,v)\sim N(0,A)}\sigma(u)\sigma(v):\quad "
    r"|F(A)-F(B)| \le C\,\|A-B\|_F \le f\,C\,\|A-B\|_\infty",
    given=(
        r"|\sigma(0)|\le s_0,\ |\sigma'| \le L,\ |\sigma'(x)-\sigma'(y)| \le \beta|x-y|",
        r"A, B \succ 0,\ \frac{1}{c}\le\sqrt{A_{ii}},\sqrt{B_{ii}}\le c",
        r"C^2 = \frac{\beta^2}{2}\left(s_0+Lc\sqrt{2/\pi}\right)^2+\frac{L^4}{2}",
    ),
    printed={"C2": f"beta**2/2*{MEAN}**2 + L**4/2", "f": 2},
    parts=("Frobenius norm", "maximum norm"),
    uses=("du2019deep/cond-3.1",),
    proof_uses=(
        "du2019deep/proof-lemma-G.4-da",
        "du2019deep/proof-lemma-G.4-drho",
        "du2019deep/proof-lemma-G.4-dA11",
        "du2019deep/proof-lemma-G.4-dA12",
        "du2019deep/proof-lemma-G.4-gradient",
    ),
    note="Printed is some C that depends on c and on the constants of Condition 3.1. C2 = C² here is reached "
    "by linear activations (β = 0), is within the factor √2 of the least constant as c grows, and needs no "
    "lower end of the variances. C cannot be free of c. An index of the printed "
    "off-diagonal entries is lost.",
)


def instances_of_lemma_g4(claim: Statement) -> list[Outcome]:
    """Activations and matrices that bound C from below; s0 + the Huber function H, and E H by E|x|."""
    linear = prove(
        f"L**4/2 <= {filled(claim.C2, beta='0')}",
        L=POSITIVE,
        s0=FROM_ZERO,
        c=FROM_ONE,
        says="σ = s0 + Lx, A and B differ in A12: (L²/√2)² against C²",
    )
    apart = [
        evaluate(
            f"((sqrt(3) - sqrt(2))*sqrt(1 + {c}**2)/(2*pi))**2 <= {filled(claim.C2, c=c, **G_SIZES)}",
            says=f"zΦ(z) + φ(z), A = diag(1, c²), B = diag(2, c²), c = {c}",
            instance=True,
        )
        for c in ("2", "10", "1000000")
    ]
    ends = [
        evaluate(
            f"(1/2*erf({c}/sqrt(2))*({s0} + {c}*sqrt(2/pi) - 1/2))**2 "
            f"<= {filled(claim.C2, c=c, L='1', beta='1', s0=s0)}",
            says=f"σ = {s0} + H, L = β = 1, ρ = 0: |∂F/∂A11| at a = 1/c, b = c = {c}",
            instance=True,
        )
        for c, s0 in (("1", "100"), ("10", "1"), ("1000", "0"))
    ]
    return [linear, *apart, *ends]


@lemma_g4.check(part="Frobenius norm", covers="universal")
def gradient_along_the_segment(claim: Statement, ctx: Context) -> Outcome:
    """|∂F/∂A11|, |∂F/∂A22| <= βM/2 and |∂F/∂A12| <= L², M = s0 + Lc√(2/π) >= E|σ(v)|.

    Cauchy-Schwarz with the off-diagonal difference twice in the norm: C² = 2(βM/2)² + (L²)²/2.
    """
    argument = follows_from(
        *price(),
        prove(
            "s0 + L*b*sqrt(2)/sqrt(pi) <= s0 + L*(b + w)*sqrt(2)/sqrt(pi)",
            L=POSITIVE,
            s0=FROM_ZERO,
            b=POSITIVE,
            w=FROM_ZERO,
            says="E|σ(v)| grows with the deviation b up to c = b + w",
        ),
        prove(f"2*(beta*{MEAN}/2)**2 + (L**2)**2/2 <= {claim.C2}", says="C²", **SIZES),  # type: ignore[arg-type]
        identity(
            "(x**2 + y**2 + z**2/2)*(X**2 + Y**2 + 2*Z**2) - (x*X + y*Y + z*Z)**2 "
            "== (x*Y - y*X)**2 + 2*(x*Z - z*X/2)**2 + 2*(y*Z - z*Y/2)**2",
            says="Cauchy-Schwarz for the three entries",
        ),
        assumes=DERIVATIVES,
    )
    return unless(instances_of_lemma_g4(claim), argument)


@lemma_g4.check(part="Frobenius norm")
def extreme_activations(claim: Statement, ctx: Context) -> Outcome:
    """Linear, smoothed ReLU, 1 + Huber: differences and derivatives at the ends of the box, c up to 10⁶."""
    return every(*instances_of_lemma_g4(claim))


@lemma_g4.check(part="maximum norm", covers="universal")
def four_entries(claim: Statement, ctx: Context) -> Outcome:
    """Squares x, y, z of the entries over the largest of them; the off-diagonal one counts twice."""
    unit = "[0, 1]"
    return prove("x + 2*y + z <= f**2", let={"f": claim.f}, x=unit, y=unit, z=unit)


lemma_g4.falsehood(
    "C free of c",
    C2="beta**2/2*(s0 + L)**2 + L**4/2",
    by=("gradient_along_the_segment", "extreme_activations"),
)
lemma_g4.falsehood(
    "β²M²/5", C2=f"beta**2/5*{MEAN}**2 + L**4/2", by=("gradient_along_the_segment", "extreme_activations")
)
lemma_g4.falsehood(
    "L⁴/3", C2=f"beta**2/2*{MEAN}**2 + L**4/3", by=("gradient_along_the_segment", "extreme_activations")
)
lemma_g4.falsehood(
    "C without s0", C2="beta**2/2*(L*c*sqrt(2/pi))**2 + L**4/2", by=("gradient_along_the_segment",)
)
lemma_g4.falsehood("Frobenius norm at most √3 times the largest entry", f="sqrt(3)", by=("four_entries",))


lemma_g5 = Claim(
    "du2019deep/lemma-G.5",
    aliases=("du2019thesis/lemma-3.30",),
    title="Lipschitz dependence of the first and second moment maps on the covariance",
    kind="deterministic-inequality",
    where="Appendix G, Lemma G.5",
    states=r"\|G(A)-G(B)\|_\infty \le C_1\|A-B\|_\infty,\quad "
    r"\|F(A)-F(B)\|_\infty \le C_2\|A-B\|_\infty;\quad "
    r"F(A) = \mathbb E\,\sigma(U)\sigma(U)^\top,\ G(A) = \mathbb E\,\sigma(U),\ U\sim N(0,A)",
    given=(
        r"|\sigma(0)|\le s_0,\ |\sigma'| \le L,\ |\sigma'(x)-\sigma'(y)| \le \beta|x-y|",
        r"A, B\in\mathbb R^{2p\times 2p}\ \text{positive definite},\ \frac{1}{c}\le A_{ii}, B_{ii}\le c",
        r"C_1 = \frac{\beta}{2},\ C_2 = L^2+\beta\left(s_0+L\sqrt{2c/\pi}\right)",
    ),
    printed={"C1": "beta/2", "C2": "L**2 + beta*(s0 + L*r*sqrt(2/pi))"},
    parts=("mean", "off the diagonal", "diagonal"),
    uses=("du2019deep/cond-3.1",),
    proof_uses=("du2019deep/lemma-G.3", "du2019deep/lemma-G.4"),
    note="r = √c. Printed is one C = max(C1, C2), which may depend on c, not on p; C2 is within a factor 2 "
    "of the least as c grows, C1 is the limit of the least (lemma-G.3). For an entry F_ii the covariance "
    "(A_ii, A_ii; A_ii, A_ii) is singular, outside Lemma G.4: it needs continuity, or its own bound. "
    "The box is one of variances here, of standard deviations there. lin2022review/lemma-2 states the lemma "
    "without the bounds on the diagonal, which is false.",
)

G5_SIZES = {"L": POSITIVE, "beta": FROM_ZERO, "s0": FROM_ZERO, "r": FROM_ONE}


@lemma_g5.check(part="mean", covers="universal")
def half_the_curvature(claim: Statement, ctx: Context) -> Outcome:
    """d/dv E σ(√v z) = E σ''(√v z)/2; the Huber function reaches (β/2) erf(L√c/(β√2)) in the box."""
    huber = prove(
        f"beta/2*erf(L*r/(beta*sqrt(2))) <= {claim.C1}",
        L=POSITIVE,
        beta=POSITIVE,
        r="(1, oo)",
        says="Huber function at v -> 1/c",
    )
    waves_of_one = identity("diff(exp(-p**2*x/2), x) == -p**2/2*exp(-p**2*x/2)", says="E σ''(u)/2")
    enough = prove(f"beta*1/2 <= {claim.C1}", beta=POSITIVE, L=POSITIVE, says="|σ''| <= β")
    return unless([huber], follows_from(waves_of_one, enough, assumes=DERIVATIVES))


def off_diagonal_instances(claim: Statement) -> list[Outcome]:
    """Linear activations, smoothed ReLU at diag(1, c), diag(2, c), Huber at variances 1/c and c, ρ = 0."""
    linear = prove(
        f"L**2 <= {filled(claim.C2, beta='0', s0='0')}", L=POSITIVE, r=FROM_ONE, says="σ = Lx: F = L² A"
    )
    apart = [
        evaluate(
            f"(sqrt(3) - sqrt(2))*sqrt(1 + {r}**2)/(2*pi) <= {filled(claim.C2, r=r, **G_SIZES)}",
            says=f"zΦ(z) + φ(z), A = diag(1, c), B = diag(2, c), √c = {r}",
            instance=True,
        )
        for r in ("2", "100", "1000000")
    ]
    ends = [
        evaluate(
            f"1/2*erf({r}/sqrt(2))*({s0} + {r}*sqrt(2/pi) - 1/2) "
            f"<= {filled(claim.C2, r=r, L='1', beta='1', s0=s0)}",
            says=f"σ = {s0} + H, L = β = 1: |∂F/∂A11| at A = diag(1/c, c), √c = {r}",
            instance=True,
        )
        for r, s0 in (("2", "100"), ("1000", "0"))
    ]
    return [linear, *apart, *ends]


@lemma_g5.check(part="off the diagonal", covers="universal")
def submatrices(claim: Statement, ctx: Context) -> Outcome:
    """F_ij depends on the 2 x 2 submatrix: |∂F/∂A_ii| + |∂F/∂A_jj| + |∂F/∂A_ij| <= 2 βM/2 + L²."""
    argument = follows_from(
        *price(),
        prove(
            f"2*beta/2*(s0 + L*r*sqrt(2/pi)) + L**2 <= {claim.C2}",
            **G5_SIZES,  # type: ignore[arg-type]
        ),
        assumes=DERIVATIVES,
    )
    return unless(off_diagonal_instances(claim), argument)


@lemma_g5.check(part="diagonal", covers="universal")
def one_variable(claim: Statement, ctx: Context) -> Outcome:
    """d/dv E σ(√v z)² = E(σ'² + σσ'') <= L² + βE|σ|: on waves, E σ'τ' + E(σ''τ + στ'')/2.

    Instances: σ = Lx with slope L²; the Huber function plus s0 at v = 1: slope at least β s0 erf(L/(β√2)).
    """
    linear = prove(
        f"L**2 <= {filled(claim.C2, beta='0', s0='0')}", L=POSITIVE, r=FROM_ONE, says="σ = Lx: slope L²"
    )
    huber = evaluate(
        f"100*erf(1/sqrt(2)) <= {filled(claim.C2, L='1', beta='1', s0='100', r='1')}",
        says="σ = 100 + H, L = β = c = 1",
        instance=True,
    )
    slow, fast = "exp(-(p - q)**2*x/2)", "exp(-(p + q)**2*x/2)"
    cosines, sines = f"({slow} + {fast})/2", f"({slow} - {fast})/2"
    argument = follows_from(
        identity(f"diff({sines}, x) == p*q*{cosines} - (p**2 + q**2)/2*{sines}", says="sin pu sin qu"),
        identity(f"diff({cosines}, x) == p*q*{sines} - (p**2 + q**2)/2*{cosines}", says="cos pu cos qu"),
        prove(f"L**2 + beta*(s0 + L*r*sqrt(2/pi)) <= {claim.C2}", **G5_SIZES),  # type: ignore[arg-type]
        assumes=DERIVATIVES,
    )
    return unless([linear, huber], argument)


lemma_g5.falsehood("first moment: β/4", C1="beta/4", by=("half_the_curvature",))
lemma_g5.falsehood("first moment: a constant from L alone", C1="L*sqrt(2/pi)", by=("half_the_curvature",))
lemma_g5.falsehood("C2 free of c", C2="L**2 + beta*(s0 + L)", by=("submatrices",))
lemma_g5.falsehood("L²/2", C2="L**2/2 + beta*(s0 + L*r*sqrt(2/pi))", by=("submatrices", "one_variable"))
lemma_g5.falsehood("a third of βM", C2="L**2 + beta*(s0 + L*r*sqrt(2/pi))/3", by=("submatrices",))
lemma_g5.falsehood("C2 without s0", C2="L**2 + beta*L*r*sqrt(2/pi)", by=("one_variable",))


@lemma_g5.falsehood_with_check("in operator norm, C free of p")
def equicorrelated(claim: Statement, ctx: Context) -> Outcome:
    """σ = sin (L = β = 1, s0 = 0), c = 1, 2p = 20: A = I, B = I + r off the diagonal.

    F(B) - F(A) has e^(-1) sinh r off the diagonal: operator norm 19 e^(-1) sinh r, against C2 r, r = 1/10.
    """
    return evaluate(
        f"19*exp(-1)*(exp(1/10) - exp(-1/10))/2 <= ({filled(claim.C2, L='1', beta='1', s0='0', r='1')})/10",
        says="2p = 20",
        instance=True,
    )
