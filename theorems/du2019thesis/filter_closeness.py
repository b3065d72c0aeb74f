"""Section 6.3.1, Theorem 6.5: do patches that are close to each other satisfy the assumptions of Theorem 6.3?

*Two clusters*: w* = (1, 0), w_0 = (3, 4)/5, so φ_0 = atan(4/3). With chance 1/2 both patches are w_0. With
chance 1/2 they are the boundary direction (4, -3)/5 of w_0's half-plane, turned by 3τ into it and by τ out of
it: the average is turned by τ into it, ρ = 2τ. All patches are more than 36° from the boundary of w*: μ = 0.
"""

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, POSITIVE, UNIT = "[0, oo)", "(0, oo)", "[0, 1]"
TAU = "(1/100)"


theorem = Claim(
    "du2019thesis/thm-6.5",
    title="Close patches with little mass near the decision boundary satisfy the assumptions",
    kind="deterministic-inequality",
    where="Section 6.3.1, Theorem 6.5",
    states=r"\gamma(\phi_0)\ge\gamma_{\mathrm{avg}}(\phi_0)-\mathrm{loss},\quad L_{\mathrm{cross}}\le c\,\mu",
    given=(
        r"\|Z_i\| = 1,\ \theta(Z_i,Z_{\mathrm{avg}})\le\rho",
        r"\Pr\left(\theta(Z_i,w_*)\in\pm[\tfrac\pi2-\phi,\tfrac\pi2+\phi]\right)\le\mu\phi\ \text{for}\ "
        r"\phi\le\rho",
        r"\text{corrected: the same with every } w \text{ in place of } w_*\text{, for } \phi\le2\rho",
    ),
    printed={"loss": "4*(1 - cos(rho))", "c": 3, "near": "the teacher's boundary"},
    parts=("least eigenvalue", "cross terms"),
    uses=("du2019thesis/assumption-6.2", "du2019thesis/assumption-6.3"),
    proof_uses=("du2019thesis/thm-6.5-cosines",),
    note="The hypothesis speaks of the boundary of w* only; patches separated by the boundary of w are "
    "not controlled by it, for the average patch (first conclusion) and for E PRᵀ ('similar arguments' in "
    "the proof). With mass bounded near every boundary the second conclusion holds as printed, and the "
    "first one with the loss 4kμρ. The existing constant is called L in the hypothesis and in the proof, "
    "μ in the bound.",
)


def density(claim: Statement) -> str:
    """μ for the two clusters: 0 near the teacher's boundary; at least 1/(4ρ) when w_0's boundary counts."""
    return "0" if claim.near == "the teacher's boundary" else f"(1/(8*{TAU}))"


def far_from_the_teacher() -> Outcome:
    """Angles of the patches: atan(4/3) and at most 3τ around -atan(3/4); both far from ±π/2 by more than
    2ρ.
    """
    return every(
        evaluate(f"atan(4/3) + 4*{TAU} < pi/2", says="w_0 against the boundary of w*"),
        evaluate(f"atan(3/4) + {TAU} + 4*{TAU} < pi/2", says="the split pair"),
    )


@theorem.check(part="least eigenvalue", covers="universal")
def split_by_the_student(claim: Statement, ctx: Context) -> Outcome:
    """Two clusters, τ = 1/100: at w_0 one patch of the pair is off. In the direction of the other one the
    form of E PPᵀ is 1/8 + sin²(3τ)/2, while γ_avg >= cos²(2τ)(1 - sin τ)/2: two directions with product sin
    τ.

    Otherwise a patch and the average are on different sides of a boundary only within ρ of it: k patches, two
    boundaries, two sides give at most 4kμρ; apart from that P is the average patch, of length at most 1.
    """
    below, above = f"(1/8 + sin(3*{TAU})**2/2)", f"(cos(2*{TAU})**2*(1 - sin({TAU}))/2)"
    let = {"rho": f"2*{TAU}", "mu": density(claim), "k": "2"}
    instance = evaluate(f"{below} >= {above} - ({claim.loss})", let=let, says="two clusters", instance=True)
    facts = far_from_the_teacher()
    box = {"k": "[2, oo)", "mu": FROM_ZERO, "rho": "[0, 1]"}
    argument = follows_from(
        facts,
        prove(f"k*2*(2*mu*rho) <= {claim.loss}", says="union bound", **box),  # type: ignore[arg-type]
        prove("s**2 <= 1", s=UNIT, says="|Z_avg| <= 1"),
        assumes=(
            "a patch and the average at an angle of at most ρ",
            "E PPᵀ is at least its part on an event",
        ),
    )
    return unless([every(facts, instance)], argument)


@theorem.check(part="cross terms", covers="universal")
def pairs_on_different_sides(claim: Statement, ctx: Context) -> Outcome:
    """Two clusters: ‖E PRᵀ‖ = 1/8 at w_0, so L_cross >= (1/8)/φ_0.

    Patches at ψ ± ρ, ψ uniform on the circle, ρ = 1/100: μ = 1/π; for φ <= 2ρ the pairs in (P, R) and in (P,
    Q) have chance φ/(2π) each, and trace cos(2ρ)/4: two norms of at least half the trace.

    Otherwise: two patches are at most 2ρ apart. If a boundary separates them, each is within 2ρ of it, and a
    patch on which w and w* disagree is within φ of the boundary of w*; so each of the three norms is at most
    μ min(φ, 2ρ), or μ·2ρ with φ > 2ρ.
    """
    let = {**claim.let, "mu": density(claim)}
    split = evaluate("(1/8)/atan(4/3) <= c*mu", let=let, says="two clusters", instance=True)
    circle = evaluate("cos(2/100)/(8*pi) <= c/pi", let=claim.let, says="uniform on the circle", instance=True)
    argument = follows_from(
        far_from_the_teacher(),
        prove("3*mu*f <= c*mu*f", let=claim.let, mu=FROM_ZERO, f=FROM_ZERO, says="three norms, φ <= 2ρ"),
        prove(
            "3*mu*(2*r) <= c*mu*(2*r + s)",
            let=claim.let,
            mu=FROM_ZERO,
            r=FROM_ZERO,
            s=FROM_ZERO,
            says="φ = 2ρ + s",
        ),
        assumes=("‖E uvᵀ I‖ <= Pr(I) for unit vectors", "the mean over the k² pairs"),
    )
    return unless([split, circle], argument)


theorem.corrected(
    "mass bounded near every boundary",
    erratum="missing hypothesis",
    near="every boundary",
    loss="4*k*mu*rho",
)
theorem.falsehood("no loss", near="every boundary", loss="0*rho", by=("split_by_the_student",))
theorem.falsehood(
    "μ/10", near="every boundary", loss="4*k*mu*rho", c="1/10", by=("pairs_on_different_sides",)
)


cosines = Claim(
    "du2019thesis/thm-6.5-cosines",
    title="Distance of a patch from the average, by the law of cosines",
    kind="proof-step",
    where="Section 6.6.2, proof of Theorem 6.5, before the first conclusion",
    states=r"\left\|Z\left(Z_i\mathbb I\{S(w,w_*)_i\}-Z\right)^\top\right\|_{op} \le b(\rho)",
    given=(r"\|Z_i\| = 1,\ \cos\rho\le\|Z\|\le1,\ \theta(Z_i,Z)\le\rho",),
    printed={"b": "2*(1 - cos(rho))", "gate": "any"},
    step_of="du2019thesis/thm-6.5",
    note="A square root is missing; and when the patch is off the norm is |Z|², whatever ρ. Corrected for "
    "patches that are on. cos ρ <= |Z| because Z is the mean of unit vectors within ρ of it.",
)


@cosines.check(covers="universal")
def third_side(claim: Statement, ctx: Context) -> Outcome:
    """|Z_i - Z|² = 1 - 2s cos ρ + s², s = |Z|. First s = 1, ρ = 1/10; and an inactive patch with s = 1.

    1 - 2sq + s² <= 2(1 - q) for q = cos ρ <= s <= 1, as the difference is (1 - s)(1 + s - 2q).
    """
    let = {"rho": "1/10"}
    instances = [evaluate(f"sqrt(2*(1 - cos(rho))) <= {claim.b}", let=let, says="patch on, ρ = 1/10")]
    if claim.gate == "any":
        instances.append(evaluate(f"1 <= {claim.b}", let=let, says="patch off, ρ = 1/10"))
    argument = follows_from(
        identity("2*(1 - q) - (1 - 2*s*q + s**2) == (1 - s)*(1 + s - 2*q)"),
        prove("m*(m + 2*d) >= 0", m=FROM_ZERO, d=FROM_ZERO, says="s = 1 - m, q = s - d"),
        identity(f"({claim.b})**2 == 2*(1 - cos(rho))", says="the bound squared"),
    )
    return unless(instances, argument)


cosines.corrected(
    "with the square root, for patches that are on",
    erratum="broken proof step",
    b="sqrt(2*(1 - cos(rho)))",
    gate="on",
)
cosines.falsehood("without the square root, for patches that are on", gate="on")
cosines.falsehood("half of the square root", b="sqrt(2*(1 - cos(rho)))/2", gate="on")


remarks = Claim(
    "du2019thesis/thm-6.5-remarks",
    title="The bound decreases with ρ, equal patches, and mass that vanishes quadratically",
    kind="closed-form",
    where="Section 6.3.1, after Theorem 6.5",
    states=r"\gamma_{\mathrm{avg}}-4(1-\cos\rho)\ \text{decreases};\quad \rho=0:\ \mathbb E\,PP^\top="
    r"\mathbb E\,ZZ^\top\mathbb I;\quad \Pr\propto\phi^{q} \Longrightarrow \Pr\lesssim\epsilon\,\phi,\ "
    r"\phi\le\epsilon",
    printed={"slope": "-4*sin(rho)", "q": 2, "share": "1"},
    parts=("decreasing", "equal patches", "quadratic mass"),
    uses=("du2019thesis/thm-6.5",),
)


@remarks.check(part="decreasing", covers="universal")
def derivative_in_rho(claim: Statement, ctx: Context) -> Outcome:
    """d/dρ of -4(1 - cos ρ), and its sign on [0, π/2]."""
    return every(
        identity(f"diff(-4*(1 - cos(rho)), rho) == {claim.slope}"),
        prove(f"{claim.slope} <= 0", rho="[0, 3/2]"),
        prove(f"{claim.slope} <= 0", rho="[3/2, 8/5]"),
    )


@remarks.check(part="equal patches", covers="universal")
def one_gate(claim: Statement, ctx: Context) -> Outcome:
    """ρ = 0: k equal patches Z with one gate g: P = (1/k)·k·g Z, P² = g Z² in every direction, as g² = g."""
    return every(
        *(
            identity(f"((1/k)*(k*{g}*z))**2 == {claim.share}*{g}*z**2", k="[1, oo)", says=f"gate {g}")
            for g in (0, 1)
        )
    )


@remarks.check(part="quadratic mass", covers="universal")
def near_the_boundary(claim: Statement, ctx: Context) -> Outcome:
    """φ = x ε with 0 <= x <= 1, ε small: the mass φ^q is at most ε φ."""
    return prove("(x*e)**(q) <= e*(x*e)", let=claim.let, x=UNIT, e="(0, 1/2]")


remarks.falsehood("increasing", slope="4*sin(rho)", by=("derivative_in_rho",))
remarks.falsehood("mass proportional to φ", q=1, by=("near_the_boundary",))
remarks.falsehood("share 1/k for equal patches", share="1/2", by=("one_gate",))


correlation = Claim(
    "du2019thesis/claim-6.1-correlation",
    title="Closer patches, faster convergence",
    kind="asymptotic-scaling",
    where="Section 6.1, first contribution",
    states=r"\gamma(0)=\lambda_{\min}(\nabla^2\ell(w_*))\ \text{decreases with the distance } \rho \text{ "
    r"of the patches}",
    given=(
        r"\text{two patches of unit norm at the angles } \psi\pm\rho,\ \psi\ \text{uniform on the circle}",
    ),
    printed={"sense": "<=", "inputs": "rotation invariant"},
    uses=("du2019thesis/thm-6.3", "du2019thesis/thm-6.5"),
    proof_uses=("du2019thesis/thm-6.4", "du2019thesis/thm-6.6"),
    note="An informal statement; checked is the local rate of gradient descent in a family in which only "
    "ρ changes. Read for all inputs it is false: noise in the patches can make up for a degenerate "
    "average. That gradient descent is polynomial from a random start rests on Theorems 6.3 to 6.6 as "
    "corrected.",
)

SAME, MIXED = "1/8", "((pi - 2*rho)*cos(2*rho) - sin(2*rho))/(8*pi)"


@correlation.check(covers="universal")
def local_rate_on_the_circle(claim: Statement, ctx: Context) -> Outcome:
    """γ(0) = 1/8 + ((π - 2ρ) cos 2ρ - sin 2ρ)/(8π): mean over the half-circles where the patches are on.

    Mixed term: (1/2)·(1/2π)·∫ (cos 2ρ - cos 2ψ)/2 over |ψ| <= π/2 - ρ; its derivative is negative up to π/4.
    """
    degenerate = evaluate(
        f"sin(1/10)**2/2 {claim.sense} 0",
        says="patches (cos ρ, ±sin ρ) with independent signs: γ(0) at ρ = 1/10 against ρ = 0",
        instance=True,
    )
    family = every(
        identity("diff((t*cos(2*rho) - sin(t)*cos(t))/2, t) == (cos(2*rho) - (cos(t)**2 - sin(t)**2))/2"),
        evaluate(f"{SAME} + {MIXED} == 1/4", let={"rho": "0"}, says="ρ = 0: one patch, I/4"),
        prove(f"diff({MIXED}, rho) {claim.sense} 0", rho="(0, 3/4]", says="derivative"),
        assumes=("sin(π - 2ρ) = sin 2ρ at the ends of the half-circle",),
    )
    return unless([degenerate] if claim.inputs == "all" else [], family)


correlation.reading("for all inputs", inputs="all")
correlation.falsehood("reversed", sense=">=")
