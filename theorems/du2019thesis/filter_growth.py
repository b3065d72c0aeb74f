"""Section 6.6.1, Theorems 6.7 and 6.8: the growth constant β of rotation-invariant inputs."""

from theorems.du2019thesis.filter_smoothness import INVARIANT
from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove

MATRIX = {
    "m11": "(phi - sin(phi)*cos(phi))/2",
    "m12": "-sin(phi)**2/2",
    "m22": "(phi + sin(phi)*cos(phi))/2",
}

unit_norm = Claim(
    "du2019thesis/thm-6.7",
    title="Growth constant of rotation-invariant inputs of unit norm",
    kind="closed-form",
    where="Section 6.6.1, Theorem 6.7",
    states=r"\int_{-\pi/2}^{-\pi/2+\phi}\binom{\cos\theta}{\sin\theta}(\cos\theta,\sin\theta)\,d\theta = "
    r"\frac12\begin{pmatrix}\phi-\sin\phi\cos\phi&-\sin^2\phi\\-\sin^2\phi&\phi+\sin\phi\cos\phi\end{pmatrix}"
    r",\ \lambda=\frac{\phi\pm\sin\phi}{2}\le\beta\,\phi,\quad \beta = 1",
    given=(r"\|Z\| = 1,\ \text{rotation invariant},\ p \ge 2",),
    printed={**MATRIX, "large": "(phi + sin(phi))/2", "beta": "1", "least": "0"},
    parts=("integral", "eigenvalues", "constant"),
    uses=("du2019thesis/assumption-6.1",),
    proof_uses=("du2019thesis/thm-6.7-density",),
    note="Read as: β = 1 satisfies Assumption 6.1. It is far from the least one, 1/(πp). `least` is a "
    "lower bound for every admissible β: the reading 'the constant is 1' asks for 1. The density is left "
    "out of the printed integral; see thm-6.7-density.",
)


@unit_norm.check(part="integral", covers="universal")
def derivative_at_the_upper_end(claim: Statement, ctx: Context) -> Outcome:
    """Zero at φ = 0; the derivatives are cos², cos·sin, sin² of φ - π/2: sin²φ, -sin φ cos φ, cos²φ."""
    return every(
        *(evaluate(f"{m} == 0", let={"phi": "0"}, says="φ = 0") for m in (claim.m11, claim.m12, claim.m22)),
        identity(f"diff({claim.m11}, phi) == sin(phi)**2", says="cos²(φ - π/2)"),
        identity(f"diff({claim.m12}, phi) == -sin(phi)*cos(phi)", says="cos·sin"),
        identity(f"diff({claim.m22}, phi) == cos(phi)**2", says="sin²"),
    )


@unit_norm.check(part="eigenvalues", covers="universal")
def trace_and_determinant(claim: Statement, ctx: Context) -> Outcome:
    """The two values have the right sum and product; the larger one is at most φ."""
    m11, m12, m22, large = claim.m11, claim.m12, claim.m22, claim.large
    small = f"({m11}) + ({m22}) - ({large})"
    return every(
        identity(f"({large})*({small}) == ({m11})*({m22}) - ({m12})**2", says="determinant"),
        prove(f"{large} >= {small}", phi="[0, 3]", says="the larger one"),
        *(prove(f"{large} <= phi", phi=part, says="at most φ") for part in ("[0, 8/5]", "[8/5, 22/7]")),
    )


@unit_norm.check(part="constant", covers="universal")
def admissible(claim: Statement, ctx: Context) -> Outcome:
    """With the density 1/(2π) and E|Z_plane|² = 2/p: λ_max(A_{w,-w*}) = (φ + sin φ)/(2πp) <= βφ, p >= 2.

    Its slope at 0 is 1/(πp), so every β from there on is admissible and none below: `least` at p = 2.
    """
    return every(
        evaluate(f"{claim.least} <= 1/(2*pi)", says="p = 2: the least admissible β"),
        prove("1/p <= 1/2", p="[2, oo)", says="the bound decreases with p"),
        prove(
            f"(phi + sin(phi))/(2*pi*2) <= {claim.beta}*phi", phi="(0, 8/5]", says="β is admissible at p = 2"
        ),
        assumes=INVARIANT,
    )


unit_norm.reading("1 is the least constant", least="1", by=("admissible",))
unit_norm.falsehood("off-diagonal sign", m12="sin(phi)**2/2", by=("derivative_at_the_upper_end",))
unit_norm.falsehood("eigenvalues (φ ± cos φ)/2", large="(phi + cos(phi))/2", by=("trace_and_determinant",))
unit_norm.falsehood("β = 1/100", beta="1/100", by=("admissible",))


density = Claim(
    "du2019thesis/thm-6.7-density",
    title="The second moment of the wedge as an integral over the angle",
    kind="proof-step",
    where="Section 6.6.1, proof of Theorem 6.7, first display",
    states=r"\mathbb E\left[ZZ^\top\mathbb I\{S(w,-w_*)\}\right] = c\int_{-\pi/2}^{-\pi/2+\phi}"
    r"\binom{\cos\theta}{\sin\theta}(\cos\theta,\sin\theta)\,d\theta",
    given=(r"p = 2,\ \|Z\| = 1,\ \text{rotation invariant}",),
    printed={"c": "1"},
    step_of="du2019thesis/thm-6.7",
    note="No density is printed. (The wedge printed is S(-w,w*), the mirror image, with the same matrix.)",
)


@density.check(covers="universal")
def trace_is_a_probability(claim: Statement, ctx: Context) -> Outcome:
    """|Z| = 1: the trace is the probability φ/(2π) of the wedge; that of the integral is φ. At φ = π: 1/2."""
    return every(
        evaluate("c*pi == 1/2", let=claim.let, says="trace at φ = π, where the wedge is a half-plane"),
        identity(f"c*(({MATRIX['m11']}) + ({MATRIX['m22']})) == phi/(2*pi)", let=claim.let, says="trace"),
    )


density.corrected("with the density of the angle", erratum="misprint", c="1/(2*pi)")
density.falsehood("density of a half-circle", c="1/pi")


gaussian_beta = Claim(
    "du2019thesis/thm-6.8",
    title="Growth constant of standard Gaussian inputs",
    kind="deterministic-inequality",
    where="Section 6.6.1, Theorem 6.8; quoted as β = p before Assumption 6.1",
    states=r"Z \sim N(0,I_p):\quad \beta \le p",
    printed={"beta": "p", "least": "0"},
    uses=("du2019thesis/assumption-6.1",),
    proof_uses=("du2019thesis/thm-6.7",),
    note="The least β is 1/π for every p >= 2: the bound p is loose by the factor πp. Section 6.2.1 "
    "quotes it as an equality: the reading asks every admissible β to be at least p.",
)


@gaussian_beta.check(covers="universal")
def slope_at_zero(claim: Statement, ctx: Context) -> Outcome:
    """λ_max(A_{w,-w*}) = (φ + sin φ)/(2π) for every p >= 2; its slope at 0 is 1/π."""
    return every(
        evaluate(f"{claim.least} <= 1/pi", let={"p": "2"}, says="p = 2: the least admissible β"),
        prove(f"(phi + sin(phi))/(2*pi) <= ({claim.beta})*phi", phi="(0, 8/5]", p="[2, oo)"),
        identity("diff((phi + sin(phi))/(2*pi), phi) == (1 + cos(phi))/(2*pi)", says="slope"),
        assumes=INVARIANT,
    )


gaussian_beta.reading("β = p", least="p")
gaussian_beta.falsehood("1/(2π)", beta="1/(2*pi)")
