"""Appendix F.2, Proposition F.2, and Section 6: the least eigenvalue of a residual network falls like 1/H².

r is c_res, k a diagonal entry, b the mean vector, c c_sigma. Examples: 1 + sin z, with mean 1 at any variance
and E cos u cos v = exp(-k) cosh(c), and two unit inputs at cosine q.
"""

from theorems.du2019deep.full_rank import SCHUR
from theorems.du2019deep.hermite_bounds import residual_depths
from theorems.lin2022review import wave
from theorems.lin2022review.definiteness import small_direction
from theorems.lin2022review.positive_definiteness import INPUTS
from theorems.lin2022review.wave import COSH, SINH
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
    positive_definite,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, REAL = "(0, oo)", "[0, oo)", "[1, oo)", "(-oo, oo)"
UNIT, INSIDE = "(0, 1)", "(-1, 1)"


def spread() -> Outcome:
    """k cosh k - c cosh c >= k - c for c <= k: the slope of x cosh x is at least 1."""
    cosh, sinh = COSH.format("x"), SINH.format("x")
    return every(
        identity(f"diff(x*{cosh}, x) == {cosh} + x*{sinh}", says="slope of x cosh x"),
        prove(f"{cosh} >= 1", x=REAL),
        prove(f"{sinh} >= 0", x=FROM_ZERO),
        prove("x*S >= 0", x=FROM_ZERO, S=FROM_ZERO, says="x sinh x"),
        assumes=("mean value theorem", "x sinh x is even"),
    )


def closer(q: str = "q") -> Outcome:
    """c (sinh 1 - sinh q)/e >= (1 - q)/4: the first layer of 1 + sin z and its centred matrix."""
    return every(
        prove(f"{SINH.format('1')} - {SINH.format(q)} >= 1 - {q}", q=INSIDE, says="slope at least 1"),
        evaluate(f"{wave.NORMALISER}*exp(-1) >= 1/4", says="c_sigma/e"),
    )


def two_inputs_at_every_depth() -> Outcome:
    """H² λ_min(K^(H))/r² >= e^(-4) (1 - |q|)/4 for 1 + sin z, every H >= 2, 0 < r < 1 and cosine q.

    k ∓ c of K^(H-1) exceeds that of K^(1) - b bᵀ, c_sigma (sinh 1 ∓ sinh q)/e; k <= 4 from b <= √c_sigma + 1
    and a centred diagonal that starts at 1 - c_sigma and grows by at most (r/H)²/2 a layer. At the end
    e^(-k) (k cosh k ∓ c cosh c) >= e^(-4) (k ∓ c) in the two directions.
    """
    return follows_from(
        closer(),
        spread(),
        prove(f"exp(-k)*{SINH.format('k')} <= 1/2", k=POSITIVE, says="variance of sin"),
        prove("H*r**2/H**2/2 <= 1/4", r=UNIT, H="[2, oo)", says="growth of the centred diagonal"),
        evaluate(f"1 - {wave.NORMALISER} + 1/4 + (sqrt({wave.NORMALISER}) + 1)**2 <= 4", says="k"),
        assumes=(wave.PRODUCT_TO_SUM, "the case q < 0 is that of (1, 1) in place of (1, -1)"),
    )


def falls_like(power: object) -> Outcome:
    """λ_min(K^(H)) >= κ r²/H^power with κ > 0 not depending on H.

    First the upper bound: for n = 1, 1 + sin z, r = 1/2 the entry K^(H) is at most 3 (r/H)²: b <= 27/20,
    K^(H-1) <= 1 + 27/20 + 1/2. Against κ = x²: the depth 4/x².
    """
    step = "K + r/H*(b*v + u*a) + (r/H)**2*F - (b + r/H*u)*(a + r/H*v)"
    let = {"p": power}
    upper = contradicted_by(
        every(
            evaluate(f"sqrt({wave.NORMALISER}) + 1/2 <= 27/20", says="b"),
            prove("x**2/(4/x**2)**p > 3/(4/x**2)**2", x="(0, 1]", let=let),
        ),
        witness="n = 1, 1 + sin z, c_res = 1/2: for every κ = x² the depth 4/x² has λ_min below the bound",
    )
    return unless(
        [upper],
        follows_from(
            identity(
                f"{step} == (K - b*a) + (r/H)**2*(F - u*v)", H=POSITIVE, says="a layer adds a covariance"
            ),
            identity("c*F - (sqrt(c)*u)*(sqrt(c)*v) == c*(F - u*v)", c=POSITIVE, says="the first layer"),
            prove("M*d*r**2/H**2 >= M*d*r**2/H**p", M=POSITIVE, d=POSITIVE, r=UNIT, H=FROM_ONE, let=let),
            assumes=(
                "Lemma F.2's argument for σ minus a constant: the derivative of Σ v_i (σ(x_i.w) - m) = 0",
                SCHUR,
                "E σ'(√k z)² has a positive minimum d on the interval of the diagonal",
            ),
        ),
    )


proposition = Claim(
    "du2019deep/prop-F.2",
    aliases=("du2019thesis/prop-3.2",),
    title="A lower bound for the residual Gram matrix that falls like 1/H² only",
    kind="positive-definiteness",
    where="Appendix F.2, Proposition F.2",
    states=r"K^{(H)}_{ij} = c_HK^{(H-1)}_{ij}\,\mathbb E\,\sigma'(u)\sigma'(v),\quad c_H = "
    r"\frac{c_{res}^2}{H^p}:\qquad x_i\nparallel x_j\ (i\ne j)\implies \lambda_{\min}(K^{(H)}) \ge "
    r"c_H\kappa,\quad \kappa > 0,\ p = 2",
    given=(
        r"\kappa\ \text{depends on } \sigma \text{ and the inputs only};\quad H\ge 2,\ 0 < c_{res} < 1",
        r"\|x_i\|_2 = 1;\quad \sigma\ \text{as in Conditions 3.1 and 3.2}",
        r"1+\sin z, n = 2,\ \text{cosine } q:\ \kappa = e^{-4}(1-|q|)^a/4,\ a = 1",
    ),
    printed={"p": 2, "excluded": ("equal", "opposite", "polynomial"), "a": 1},
    parts=("any inputs", "two inputs"),
    uses=("du2019deep/def-6.1", "du2019deep/cond-3.1", "du2019deep/cond-3.2"),
    proof_uses=(
        "du2019deep/lemma-F.2",
        "du2019deep/lemma-F.3",
        "du2019deep/proof-prop-F.2-diagonal-range",
        "du2019deep/proof-prop-F.2-final",
    ),
    same_as=("lin2022review/resnet-width-final",),
    note="True, although the printed proof is not: κ comes from the centred first layer, κ = d c_sigma "
    "λ_min(Cov σ(X w)), d the least E σ'(√k z)² on the interval of the diagonal, which c_res < 1 bounds.",
)


@proposition.check(part="any inputs", covers="universal")
def centred_first_layer(claim: Statement, ctx: Context) -> Outcome:
    """K^(H-1) - b bᵀ is at least c_sigma Cov σ(X w), a definite matrix, then Schur's theorem with E σ'σ'ᵀ.

    First equal or opposite inputs with sin at H = 2, where K^(2) has the pattern of K^(1), three inputs in
    the plane with σ(z) = z, where K^(H) is a multiple of K^(0), and the upper bound.
    """
    refuted = small_direction((*claim.excluded, "zero", "polynomial"), "tangent")
    if refuted is not None:
        return refuted
    if "polynomial" not in claim.excluded:
        return positive_definite(INPUTS, says="σ(z) = z, a multiple of K^(H)")
    return falls_like(claim.p)


@proposition.check(part="any inputs")
def explicit_for_softplus_and_sine(claim: Statement, ctx: Context) -> Outcome:
    """κ = λ_min(X Xᵀ)/16 for softplus, /8 for 1 + sin z: any number of unit inputs, every depth.

    K^(H-1) >= K^(1) - b bᵀ >= c_sigma a_1² X Xᵀ as n x n matrices, since a layer adds a covariance matrix;
    a_1 is a Hermite coefficient.  Then Schur's theorem with E σ'(√q z)² >= 1/4 and 1/2 at every variance q.
    """
    return residual_depths(claim.p)


@proposition.check(part="two inputs", covers="universal")
def explicit_constant(claim: Statement, ctx: Context) -> Outcome:
    """e^(-4)(1 - |q|)/4 at every depth.

    First the upper bound at H = 2: 4 λ_min(K^(2))/r² <= 5(1 - f), and 1 - f <= (2/5)(1 - q) for the cosine f
    of the first layer; against κ x (1 - q)^a with q = 1 - x/4, for every κ = x.
    """
    one, f = COSH.format("1"), COSH.format("f")
    nearly_parallel = contradicted_by(
        every(
            prove(f"exp(-1)*({one} - f*{f}) <= 5*(1 - f)", f=INSIDE, says="the last matrix"),
            prove(f"{SINH.format('1')} - {SINH.format('q')} <= {one}*(1 - q)", q=INSIDE, says="convexity"),
            evaluate(f"{wave.NORMALISER}*exp(-1)*{one} <= 2/5", says="the first layer"),
            prove("5*(2/5)*(x/4) < x*(x/4)**a", x="(0, 1]", let={"a": claim.a}),
        ),
        witness="1 + sin z, H = 2: for every κ = x the inputs at cosine 1 - x/4 are below the bound",
    )
    return unless(
        [nearly_parallel],
        follows_from(
            two_inputs_at_every_depth(), prove("1 - q >= (1 - q)**a", q="[0, 1)", let={"a": claim.a})
        ),
    )


POWERS = ("centred_first_layer", "explicit_for_softplus_and_sine")
proposition.falsehood("λ_min falls like 1/H", p=1, by=POWERS)
proposition.falsehood("a bound without H", p=0, by=POWERS)
proposition.falsehood("κ not depending on the inputs", a=0, by=("explicit_constant",))
proposition.falsehood(
    "equal inputs admitted", excluded=("opposite", "polynomial"), by=("centred_first_layer",)
)
proposition.falsehood(
    "opposite inputs admitted", excluded=("equal", "polynomial"), by=("centred_first_layer",)
)
proposition.falsehood(
    "the identity as activation", excluded=("equal", "opposite"), by=("centred_first_layer",)
)


scaling = Claim(
    "du2019deep/sec-6-lambda-depth",
    aliases=("du2019thesis/sec-3.5-lambda-depth",),
    title="The least eigenvalue of a residual network is not exponentially small in the depth",
    kind="asymptotic-scaling",
    where="Section 6, below the definition of the Gram matrix",
    states=r"0 < \kappa \le \frac{H^p}{c_{res}^2}\lambda_{\min}(K^{(H)}) \le B,\ p = 2;\qquad "
    r"\lambda_{\min}(K^{(H)}) > c_{res}^2e^{-\alpha H^g}\ \text{for all } \alpha > 0,\ H \ge "
    r"H_0(\alpha);\quad g = 1",
    given=(
        r"\kappa, B\ \text{not depending on } H,\ H\ge 2",
        r"\|x_i\|_2 = 1,\ x_i\nparallel x_j;\quad \sigma\ \text{as in Conditions 3.1 and 3.2}",
    ),
    printed={"p": 2, "g": 1},
    parts=("lower bound", "upper bound", "not exponential"),
    uses=(
        "du2019deep/def-6.1",
        "du2019deep/prop-F.2",
    ),
    note="Printed is that λ_min(K^(H)) is positive and does not depend inverse exponentially on H. H² λ_min "
    "is bounded below and above; H λ_min tends to 0.",
)


@scaling.check(part="lower bound", covers="universal")
def positive_multiple(claim: Statement, ctx: Context) -> Outcome:
    """The argument of Proposition F.2, after one input at a large depth."""
    return falls_like(claim.p)


@scaling.check(part="upper bound", covers="universal")
def diagonal_of_the_last_matrix(claim: Statement, ctx: Context) -> Outcome:
    """λ_min <= K^(H)_ii = (r/H)² K^(H-1)_ii E σ'² <= (r/H)² t² L², t² the upper end of the diagonal.

    First two orthogonal inputs and 1 + sin z, where H² λ_min/r² >= e^(-4)/4: against B the depth 300 B.
    """
    let = {"p": claim.p}
    large = contradicted_by(
        every(two_inputs_at_every_depth(), prove("(300*B)**(p - 2)*exp(-4)/4 > B", B=FROM_ONE, let=let)),
        witness="1 + sin z, orthogonal inputs: for every B >= 1 the depth 300 B has H^p λ_min/c_res² above B",
    )
    return unless(
        [large],
        follows_from(
            prove("H**p*(t*L)**2/H**2 <= (t*L)**2", t=FROM_ONE, L=POSITIVE, H=FROM_ONE, let=let),
            assumes=("proof-prop-F.2-diagonal-range", "|σ'| <= L"),
        ),
    )


@scaling.check(part="not exponential", covers="universal")
def exponential_against_a_power(claim: Statement, ctx: Context) -> Outcome:
    """e^(-t) <= 6/t³ at t = αH^g, and 6/(αH)³ < κ/H² for H = 6y/(α³κ), y > 1.

    First n = 1, 1 + sin z, c_res = 1/2, where λ_min = K^(H) <= 3 (r/H)², against α = 1.
    """
    let = {"g": claim.g}
    small = contradicted_by(
        prove("3/H**2 < exp(-H**g)", H="[3, oo)", let=let),
        witness="n = 1, 1 + sin z, c_res = 1/2, α = 1: λ_min is below the bound for all H >= 3",
    )
    large = let | {"H": "(6*y/(alpha**3*kappa))"}
    return unless(
        [small],
        follows_from(
            prove("t**3 <= 6*exp(t)", t=FROM_ZERO),
            prove("6/(alpha*H**g)**3 < kappa/H**2", let=large, y="(1, oo)", alpha=POSITIVE, kappa=POSITIVE),
            assumes=("prop-F.2: λ_min >= κ r²/H²",),
        ),
    )


@scaling.falsehood_with_check("the fully-connected matrix falls like 1/H² as well")
def fully_connected(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, orthogonal inputs: λ_min <= 6 (2/5)^(H-1) at H = 101, against the value at H = 1 over H²."""
    start = f"{wave.NORMALISER}*exp(-1)*{COSH.format('1')}"
    return evaluate(f"6*(2/5)**100 >= {start}/101**2", says="upper bound at H = 101")


scaling.falsehood("H λ_min bounded below", p=1, by=("positive_multiple",))
scaling.falsehood("H² λ_min tends to 0 like 1/H", p=3, by=("diagonal_of_the_last_matrix",))
scaling.falsehood("a positive limit", g=0, by=("exponential_against_a_power",))
