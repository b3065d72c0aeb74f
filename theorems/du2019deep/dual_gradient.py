"""Appendix G, proof of Lemma G.4: from (a, b, rho) to the entries of the covariance, and the gradient bound.

A11 = a², A22 = b², A12 = rho a b; Ba, Br are the largest |dF/da|, |dF/drho| over the box a, b in [1/c, c],
|rho| < 1, and B the largest of Ba, Bb, Br. Where sizes matter the activation is erf, c = 4:
F = (2/pi) asin(2 A12/√((1 + 2 A11)(1 + 2 A22))).
"""

from fractions import Fraction
from typing import Any

from theorems.du2019deep.dual_derivatives import DENSE
from theorems.du2019deep.gaussian_mean import filled
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
ERF_DUAL = "arcsine formula for the dual of erf (Williams 1997)"
ERF_SIZE = "|dF/da| <= |erf'(az)z| |erf(bz)| in L², so at most 2/√π"
SURROGATE = "exp(p*sqrt(x) + q*sqrt(y) + k*z/(sqrt(x)*sqrt(y)))"
"""A function of (a, b, ρ) with the derivatives p, q, k times itself, in x = A11, y = A22, z = A12."""


def hyperbolic(x: str, sign: str) -> str:
    """cosh (+) or sinh (-)."""
    return f"((exp({x}) {sign} exp(-({x})))/2)"


def waves(sign: str, x: str = "x", y: str = "y", r: str = "r") -> str:
    """E sin(pu) sin(qv) (-) or E cos(pu) cos(qv) (+) for variances x, y and covariance r."""
    return f"exp(-(p**2*{x} + q**2*{y})/2)*{hyperbolic(f'p*q*{r}', sign)}"


def erf_slopes(s: str, t: str, r: str) -> dict[str, str]:
    """For erf: |derivative| in A11, A12, a and ρ, at variances s, t and covariance r, all rational."""
    x, y, z = Fraction(s), Fraction(t), Fraction(r)
    root = f"sqrt({(1 + 2 * x) * (1 + 2 * y) - 4 * z * z})"
    return {
        "A11": f"({4 * z / (1 + 2 * x)}/pi/{root})",
        "A12": f"(4/pi/{root})",
        "a": f"({4 * z / (1 + 2 * x)}/pi/{root}/sqrt({x}))",
        "rho": f"(sqrt({x * y})*4/pi/{root})",
    }


ERF_SIZES = {"c": "4", "Ba": "2/sqrt(pi)", "Br": "4/pi*16/sqrt(65)", "B": "4/pi*16/sqrt(65)"}
"""Bounds of the derivatives in a and ρ over the box c = 4, for erf."""


def erf_bounds() -> tuple[Outcome, ...]:
    """|∂F/∂a| <= 2/√π, and |∂F/∂ρ| <= (4/π) v/√(1 + 4v) with v = ab <= 16."""
    return (
        identity(
            "(1 + 2*a**2)*(1 + 2*b**2) - 4*rho**2*a**2*b**2 - 1 - 4*a*b "
            "== 2*(a - b)**2 + 4*a**2*b**2*(1 - rho**2)",
            says="the root is at least √(1 + 4ab)",
        ),
        prove("4/pi*v/sqrt(1 + 4*v) <= 4/pi*16/sqrt(65)", v="[0, 16]"),
        prove("2/sqrt(pi) <= 4/pi*16/sqrt(65)", v="[0, 1]"),
    )


in_a11 = Claim(
    "du2019deep/proof-lemma-G.4-dA11",
    aliases=("du2019thesis/proof-lemma-3.29-dA11",),
    title="Derivative of the dual activation in a diagonal entry",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, bound of the gradient",
    states=r"\frac{\partial F}{\partial A_{11}} = \frac{\partial F}{\partial a}\,a' - "
    r"\kappa\,\frac{\rho}{2a^2}\frac{\partial F}{\partial\rho},\qquad "
    r"\Big|\frac{\partial F}{\partial A_{11}}\Big| \le B_1\ \text{and}\ \le B_2",
    given=(
        r"A_{12}, A_{22}\ \text{fixed},\ a' = 1/(2a)",
        r"\frac{1}{c}\le a, b\le c",
        r"\text{printed: } \kappa = 0,\ B_1 = B_a/(2c),\ B_2 = B_a/c^2",
    ),
    printed={"kappa": 0, "slope": "1/(2*a)", "first": "Ba/(2*c)", "second": "Ba/c**2"},
    parts=("chain rule", "first bound", "second bound"),
    proof_uses=("du2019deep/proof-lemma-G.4-da", "du2019deep/proof-lemma-G.4-drho"),
    step_of="du2019deep/lemma-G.4",
    note="Two mistakes: ρ = A12/√(A11 A22) moves with A11, and 1/√A11 is at most c, not 1/c. The bound with "
    "B_b, for A22, is printed with A11 again.",
)


@in_a11.check(part="chain rule", covers="universal")
def correlation_moves_too(claim: Statement, ctx: Context) -> Outcome:
    """First |∂F/∂A11| against the terms for erf at A = (1 1/2; 1/2 1); then the chain rule itself."""
    erf = erf_slopes("1", "1", "1/2")
    slope = filled(claim.slope, a="1")
    instance = evaluate(
        f"{erf['A11']} <= {erf['a']}*{slope} + kappa*(1/2)/2*{erf['rho']}",
        let={"kappa": claim.kappa},
        says="erf, A11 = A22 = 1, A12 = 1/2",
        instance=True,
        assumes=(ERF_DUAL, ERF_SIZE),
    )
    slope = filled(claim.slope, a="sqrt(x)")
    rule = identity(
        f"diff({SURROGATE}, x) == (p*({slope}) - kappa*k*z/(2*x*sqrt(x)*sqrt(y)))*{SURROGATE}",
        let={"kappa": claim.kappa},
        x=POSITIVE,
        y=POSITIVE,
        says="chain rule, derivatives p, q, k in a, b, ρ",
    )
    heat = [
        identity(f"diff({waves(s)}, x) == -p**2/2*{waves(s)}", says="∂F/∂A11 = E σ''(u) σ(v)/2") for s in "-+"
    ]
    return unless(
        [instance], every(rule, *heat, assumes=(DENSE, "only first derivatives enter the chain rule"))
    )


def diagonal_bound(bound: str) -> Outcome:
    """erf at c = 4, A = (1/2, 49/100; 49/100, 1/2); then |∂F/∂a|/(2a) + |ρ| |∂F/∂ρ|/(2a²) for a >= 1/c."""
    instance = evaluate(
        f"{erf_slopes('1/2', '1/2', '49/100')['A11']} <= {filled(bound, **ERF_SIZES)}",
        says="erf, c = 4, A11 = A22 = 1/2, A12 = 49/100",
        instance=True,
        assumes=(ERF_DUAL, ERF_SIZE),
    )
    argument = follows_from(
        prove(
            filled(f"Ba/(2*a) + rho*Br/(2*a**2) <= {bound}", a="(1 + w)/c"),
            c=FROM_ONE,
            w=FROM_ZERO,
            rho="[0, 1]",
            Ba=FROM_ZERO,
            Br=FROM_ZERO,
            says="a = (1 + w)/c",
        ),
        assumes=("proof-lemma-G.4-dA11, chain rule (corrected)",),
    )
    return unless([every(*erf_bounds(), instance)], argument)


@in_a11.check(part="first bound", covers="universal")
def half_over_a(claim: Statement, ctx: Context) -> Outcome:
    """Printed B_a/(2c): the derivative for erf at c = 4 is 0.178, and B_a/8 at most 0.142."""
    return diagonal_bound(str(claim.first))


@in_a11.check(part="second bound", covers="universal")
def over_the_square(claim: Statement, ctx: Context) -> Outcome:
    """Printed B_a/c²: at most 0.071 for erf at c = 4."""
    return diagonal_bound(str(claim.second))


REPAIRED: dict[str, Any] = {"kappa": 1, "first": "Ba*c/2 + Br*c**2/2", "second": "(Ba + Br)*c**2/2"}
in_a11.falsehood("a' = 1/a", **{**REPAIRED, "slope": "1/a"}, by=("correlation_moves_too",))
in_a11.falsehood("κ = 1/2", **{**REPAIRED, "kappa": "1/2"}, by=("correlation_moves_too",))
in_a11.falsehood("first bound B_a/8", **{**REPAIRED, "first": "Ba/8"}, by=("half_over_a",))
in_a11.falsehood("second bound B_a/8", **{**REPAIRED, "second": "Ba/8"}, by=("over_the_square",))
in_a11.corrected("c B_a/2 + c² B_ρ/2", erratum="broken proof step", **REPAIRED)


in_a12 = Claim(
    "du2019deep/proof-lemma-G.4-dA12",
    aliases=("du2019thesis/proof-lemma-3.29-dA12",),
    title="Derivative of the dual activation in the off-diagonal entry",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, change of variables",
    states=r"\frac{\partial F}{\partial A_{12}} = f\,\frac{\partial F}{\partial\rho} = "
    r"\mathbb E\sigma'(u)\sigma'(v),\qquad \Big|\frac{\partial\rho}{\partial A_{12}}\Big| \le J,\qquad "
    r"\Big|\frac{\partial F}{\partial A_{12}}\Big| \le B_{12}",
    given=(
        r"(a, b, \rho) = (\sqrt{A_{11}}, \sqrt{A_{22}}, A_{12}/\sqrt{A_{11}A_{22}}),\ f = 1/(ab)",
        r"\frac{1}{c}\le a, b\le c",
        r"\text{printed: } J = 1/c^2,\ B_{12} = B_\rho/c^2",
    ),
    printed={"f": "1/(a*b)", "J": "1/c**2", "bound": "Br/c**2"},
    parts=("chain rule", "Jacobian", "bound"),
    proof_uses=("du2019deep/proof-lemma-G.4-drho",),
    step_of="du2019deep/lemma-G.4",
    note="1/(ab) is between 1/c² and c²: the printed bound is its least value. Without B_ρ: |∂F/∂A12| <= L².",
)


@in_a12.check(part="chain rule", covers="universal")
def only_the_correlation_moves(claim: Statement, ctx: Context) -> Outcome:
    """∂a/∂A12 = ∂b/∂A12 = 0, ∂ρ/∂A12 = f; for waves, ∂F/∂A12 = pq E cos cos or pq E sin sin."""
    factor = filled(claim.f, a="sqrt(x)", b="sqrt(y)")
    rule = identity(
        f"diff({SURROGATE}, z) == k*({factor})*{SURROGATE}", x=POSITIVE, y=POSITIVE, says="chain rule"
    )
    price = [
        identity(f"diff({waves('-')}, r) == p*q*{waves('+')}", says="σ = sin px, sin qx"),
        identity(f"diff({waves('+')}, r) == p*q*{waves('-')}", says="σ = cos px, cos qx"),
    ]
    return every(rule, *price, assumes=(DENSE,))


@in_a12.check(part="Jacobian", covers="universal")
def product_of_deviations(claim: Statement, ctx: Context) -> Outcome:
    """1/(ab) with a = (1 + w)/c, b = (1 + x)/c; the corner w = x = 0 belongs to the box."""
    corner = prove(f"c*c <= {claim.J}", c=FROM_ONE, says="a = b = 1/c")
    rest = prove(f"c**2/((1 + w)*(1 + x)) <= {claim.J}", c=FROM_ONE, w=FROM_ZERO, x=FROM_ZERO)
    return unless([corner], rest)


@in_a12.check(part="bound", covers="universal")
def largest_over_the_box(claim: Statement, ctx: Context) -> Outcome:
    """erf at c = 4, a = b = 1/4, ρ = 0: ∂F/∂A12 = 1.13, while B_ρ <= 2.53.  Then f B_ρ over the box."""
    instance = evaluate(
        f"{erf_slopes('1/16', '1/16', '0')['A12']} <= {filled(claim.bound, **ERF_SIZES)}",
        says="erf, c = 4, A = 1/16 times the identity",
        instance=True,
        assumes=(ERF_DUAL, ERF_SIZE),
    )
    argument = prove(
        f"Br*c**2/((1 + w)*(1 + x)) <= {claim.bound}", c=FROM_ONE, w=FROM_ZERO, x=FROM_ZERO, Br=FROM_ZERO
    )
    return unless([every(*erf_bounds(), instance)], follows_from(argument))


in_a12.falsehood("f = ab", f="a*b", J="c**2", bound="Br*c**2", by=("only_the_correlation_moves",))
in_a12.falsehood("J = c", J="c", bound="Br*c**2", by=("product_of_deviations",))
in_a12.falsehood("B_ρ/c", J="c**2", bound="Br/c", by=("largest_over_the_box",))
in_a12.corrected("c² for 1/c²", erratum="constant", J="c**2", bound="Br*c**2")


gradient = Claim(
    "du2019deep/proof-lemma-G.4-gradient",
    aliases=("du2019thesis/proof-lemma-3.29-gradient",),
    title="Gradient bound over the box, and Taylor's theorem along a segment",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.4, conclusion, and the choice of A' at its beginning",
    states=r"\|\nabla F(A')\|_F \le G,\qquad A' = (1-t)A+tB:\ m\min(\rho_1,\rho_2)\le\rho\le"
    r"\max(\rho_1,\rho_2),\qquad \|A-B\|_F\le f\,\|A-B\|_\infty",
    given=(
        r"\rho_1, \rho_2\ge 0\ \text{(the segment, which Taylor's theorem needs)}",
        r"\frac{1}{c}\le a, b\le c,\ B_\sigma = \max(B_a,B_b,B_\rho)",
        r"\text{printed: } G = 2B_\sigma/c^2,\ m = 1",
    ),
    printed={"G": "2*B/c**2", "m": 1, "f": 2},
    parts=("gradient", "segment", "norms"),
    proof_uses=("du2019deep/proof-lemma-G.4-dA11", "du2019deep/proof-lemma-G.4-dA12"),
    step_of="du2019deep/lemma-G.4",
    note="The matrices with ρ between ρ1 and ρ2 do not contain the segment from A to B, along which Taylor's "
    "theorem is applied; as B_σ bounds the derivatives for all |ρ| < 1, nothing is lost.",
)


@gradient.check(part="gradient", covers="universal")
def norm_of_the_gradient(claim: Statement, ctx: Context) -> Outcome:
    """erf at c = 4, A = 1/16: the norm is ∂F/∂A12/√2 = 0.80, B_σ <= 2.53.

    Then |∂F/∂A11|, |∂F/∂A22| <= (c + c²)B/2, |∂F/∂A12| <= c²B, even with the last counted twice.
    """
    instance = evaluate(
        f"{erf_slopes('1/16', '1/16', '0')['A12']}/sqrt(2) <= {filled(claim.G, **ERF_SIZES)}",
        says="erf, c = 4, A = 1/16 times the identity",
        instance=True,
        assumes=(ERF_DUAL, ERF_SIZE),
    )
    argument = follows_from(
        prove("(c + c**2)*B/2 <= c**2*B", c=FROM_ONE, B=FROM_ZERO),
        prove(f"4*(c**2*B)**2 <= ({claim.G})**2", c=FROM_ONE, B=FROM_ZERO),
        assumes=("proof-lemma-G.4-dA11 and proof-lemma-G.4-dA12 (corrected)",),
    )
    return unless([every(*erf_bounds(), instance)], argument)


@gradient.check(part="segment", covers="universal")
def correlation_on_the_segment(claim: Statement, ctx: Context) -> Outcome:
    """ρ1 = ρ2 = ρ > 0: the correlation at the middle is ρ(a1b1 + a2b2)/√((a1² + a2²)(b1² + b2²)).

    The upper side is Cauchy-Schwarz, at every t; m = 0 asks for the sign only.
    """
    box = {"a1": POSITIVE, "b1": POSITIVE, "a2": POSITIVE, "b2": POSITIVE}
    lower = prove(
        "m*sqrt(a1**2 + a2**2)*sqrt(b1**2 + b2**2) <= a1*b1 + a2*b2",
        let={"m": claim.m},
        says="middle of the segment, equal correlations",
        **box,  # type: ignore[arg-type]
    )
    upper = identity(
        "((1 - t)*a1**2 + t*a2**2)*((1 - t)*b1**2 + t*b2**2) - ((1 - t)*a1*b1 + t*a2*b2)**2 "
        "== t*(1 - t)*(a1*b2 - a2*b1)**2",
        says="Cauchy-Schwarz on the segment",
    )
    convex = (
        "positive definite matrices with bounded diagonal are convex: the segment stays in the box of a, b"
    )
    return every(lower, upper, assumes=(convex,))


@gradient.check(part="norms", covers="universal")
def four_entries(claim: Statement, ctx: Context) -> Outcome:
    """Squares of the entries over the largest one: x, y, z in [0, 1], the off-diagonal twice."""
    unit = "[0, 1]"
    return prove("x + 2*y + z <= f**2", let={"f": claim.f}, x=unit, y=unit, z=unit)


gradient.falsehood("gradient B/c", G="B/c", m=0, by=("norm_of_the_gradient",))
gradient.falsehood(
    "correlation at least half of the smaller", G="2*B*c**2", m="1/2", by=("correlation_on_the_segment",)
)
gradient.falsehood("Frobenius norm at most the largest entry", G="2*B*c**2", m=0, f=1, by=("four_entries",))
gradient.corrected(
    "2c² B_σ, correlations up to the larger one", erratum="broken proof step", G="2*B*c**2", m=0
)
