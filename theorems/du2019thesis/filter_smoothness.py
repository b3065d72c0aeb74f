"""Section 6.2.1, Definition 6.1 and Assumption 6.1: how the input's second moments depend on the angle.

In the plane of w and w* = (1, 0), with w at the angle φ: S(w,w*) is the wedge of directions from -π/2 + φ to
π/2, and S(w,-w*) the wedge from π/2 to π/2 + φ. For a rotation-invariant Z with E|Z|² = p the plane has
E|Z_plane|² = 2, so A = (1/π)·(integral over the wedge); unit norm divides by p. The in-plane integrals are
`common_region`; every direction out of the plane has the eigenvalue Pr(wedge), which lies between the two.

The *arcs* are the distribution that is uniform in direction on two short arcs around ±45° from w*, mass one,
all in the half-space of w*: as long as w is within 44° both arcs lie in S(w,w*), and A_{w,w*} = I/2 exactly,
because the mean of cos 2t over an arc centred at 45° is zero; S(w,-w*) is empty.
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

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
ACUTE = ("[0, 3/2]", "[3/2, 8/5]")
"""A little more than the angles up to π/2."""
GAUSSIAN_LEAST = "(pi - phi - sin(phi))/(2*pi)"
GAUSSIAN_LARGEST = "(pi - phi + sin(phi))/(2*pi)"
INVARIANT = ("rotation invariance: the angle in the plane of w, w* is uniform and independent of the length",)


ENTRIES = ("11", "12", "22")


def common_region(entry: str) -> str:
    """(1/π) times the integral of cos², cos·sin, sin² over the wedge from φ - π/2 to π/2."""
    return {
        "11": "(pi - phi + sin(phi)*cos(phi))/(2*pi)",
        "12": "sin(phi)**2/(2*pi)",
        "22": "(pi - phi - sin(phi)*cos(phi))/(2*pi)",
    }[entry]


definition = Claim(
    "du2019thesis/def-6.1",
    title="Least and largest second moment on the common activation region",
    kind="definition",
    where="Section 6.2.1, Definition 6.1",
    states=r"\gamma(\phi)=\min_{\angle(w,w_*)=\phi}\lambda_{\min}(A_{w,w_*}),\ "
    r"L(\phi)=\max_{\angle(w,w_*)=\phi}\lambda_{\max}(A_{w,w_*});\quad N(0,I):\ "
    r"\gamma=\frac{\pi-\phi-\sin\phi}"
    r"{2\pi},\ L=\frac{\pi-\phi+\sin\phi}{2\pi}",
    given=(r"\phi\in[0,\pi]",),
    printed={"least": GAUSSIAN_LEAST, "largest": GAUSSIAN_LARGEST},
    uses=("du2019thesis/eq-6.3",),
    note="The Gaussian values are not printed; they follow from the definition and are used in every "
    "section.",
)


@definition.check(covers="universal")
def eigenvalues_for_the_gaussian(claim: Statement, ctx: Context) -> Outcome:
    """Trace and determinant of the wedge's matrix are sum and product of the two values, the smaller named γ.

    The entries: I/2 at φ = 0 (a half-space), and their derivatives in φ are minus the integrands at φ - π/2.
    """
    e = {name: common_region(name) for name in ENTRIES}
    low, high = claim.least, claim.largest
    return every(
        *(
            evaluate(f"{e[n]} == {v}", let={"phi": "0"}, says="φ = 0")
            for n, v in zip(e, ("1/2", 0, "1/2"), strict=True)
        ),
        identity(f"diff({e['11']}, phi) == -sin(phi)**2/pi", says="cos² at φ - π/2"),
        identity(f"diff({e['12']}, phi) == sin(phi)*cos(phi)/pi", says="-cos·sin at φ - π/2"),
        identity(f"diff({e['22']}, phi) == -cos(phi)**2/pi", says="sin² at φ - π/2"),
        identity(f"{low} + {high} == {e['11']} + {e['22']}", says="trace"),
        identity(f"({low})*({high}) == ({e['11']})*({e['22']}) - ({e['12']})**2", says="determinant"),
        *(prove(f"{low} <= (pi - phi)/(2*pi)", phi=r, says="γ below the out-of-plane value") for r in ACUTE),
        *(prove(f"{high} >= (pi - phi)/(2*pi)", phi=r, says="L above it") for r in ACUTE),
        assumes=(*INVARIANT, "sin(π - φ) = sin φ >= 0"),
    )


definition.falsehood("largest and least exchanged", least=GAUSSIAN_LARGEST, largest=GAUSSIAN_LEAST)
definition.falsehood("trace for the largest eigenvalue", largest="(pi - phi)/pi")
definition.falsehood(
    "cos for sin", least="(pi - phi - cos(phi))/(2*pi)", largest="(pi - phi + cos(phi))/(2*pi)"
)


rotational = Claim(
    "du2019thesis/def-6.1-rotational",
    title="Rotation-invariant inputs: equal eigenvalues at every angle",
    kind="closed-form",
    where="Section 6.2.1, after Definition 6.1",
    states=r"Z\ \text{rotation invariant} \Longrightarrow L(\phi)-\gamma(\phi) = g(\phi)",
    given=(r"Z \sim N(0,I)\ \text{in the data}", r"\phi\in[0,\pi]"),
    printed={"gap": "0"},
    uses=("du2019thesis/def-6.1",),
    note="Printed: rotationally invariant distributions have γ(φ) = L(φ), g = 0. True at φ = 0 and φ = π "
    "only.",
)


@rotational.check(covers="universal")
def discriminant(claim: Statement, ctx: Context) -> Outcome:
    """The eigenvalue gap of the wedge's matrix is √(tr² - 4 det); at φ = π/2 it is 1/π."""
    e = {name: common_region(name) for name in ENTRIES}
    square = f"(({e['11']}) - ({e['22']}))**2 + 4*({e['12']})**2"
    right_angle = {"phi": "pi/2"}
    at_right_angle = evaluate(f"sqrt({square}) == {claim.gap}", let=right_angle, says="L - γ at φ = π/2")
    argument = every(
        identity(f"{square} == ({claim.gap})**2", says="the squared gap"),
        *(prove(f"{claim.gap} >= 0", phi=r, says="its sign") for r in ACUTE),
        assumes=(*INVARIANT, "sin(π - φ) = sin φ"),
    )
    return unless([at_right_angle], argument)


rotational.corrected("the gap is sin φ/π", erratum="false statement", gap="sin(phi)/pi")
rotational.falsehood("half of the gap", gap="sin(phi)/(2*pi)")


monotone = Claim(
    "du2019thesis/def-6.1-monotone",
    title="The eigenvalue functions decrease with the angle and end at zero",
    kind="deterministic-inequality",
    where="Section 6.2.1, after Definition 6.1",
    states=r"\phi\le\phi' \Longrightarrow \gamma(\phi)\ge\gamma(\phi'),\ L(\phi)\ge L(\phi');\qquad "
    r"\gamma(\pi)=L(\pi)=0",
    given=(r"k = 1", r"\text{continuous distribution}"),
    printed={"s": "[0, oo)", "relation": ">=", "end": "0"},
    parts=("order", "end"),
    uses=("du2019thesis/def-6.1",),
    note="'Monotonically decreasing' is read as non-increasing, which is all the proofs use; strictly it "
    "is false for the arcs. For k >= 2 see thm-6.3-final-step.",
)


@monotone.check(part="order", covers="universal")
def nested_regions(claim: Statement, ctx: Context) -> Outcome:
    """If w' = s w + t w* lies on the arc from w to w* (s, t >= 0), then S(w,w*) ⊆ S(w',w*): A' - A >= 0.

    Given the minimiser (for γ) at the smaller angle, continue the arc beyond it; given the maximiser (for L)
    at the larger one, stop before it. First the Gaussian and the arcs, for which L and γ are constant.
    """
    gaussian = prove(
        f"{GAUSSIAN_LEAST} {claim.relation} (pi - (phi + h) - sin(phi + h))/(2*pi)",
        phi="[0, 1]",
        h="[1/100, 1]",
        says="N(0, I): γ(φ) against γ(φ + h)",
    )
    arcs = evaluate(f"1/2 {claim.relation} 1/2", says="the arcs: γ(0) against γ(π/6)", instance=True)
    argument = follows_from(
        prove("s*a + t*b >= 0", s=claim.s, t=FROM_ZERO, a=FROM_ZERO, b=FROM_ZERO, says="w'ᵀZ on S(w,w*)"),
        assumes=("Loewner order gives the order of the extreme eigenvalues",),
    )
    cone = prove("s*a + t*b >= 0", s=claim.s, t=FROM_ZERO, a=FROM_ZERO, b=FROM_ZERO)
    return unless([gaussian, arcs, cone], argument)


@monotone.check(part="end", covers="universal")
def opposite_half_spaces(claim: Statement, ctx: Context) -> Outcome:
    """At φ = π, a = -cb, so S(w,w*) is {b = 0}, of measure zero; the Gaussian formula gives the value."""
    return every(
        prove("-c*b <= 0", c=POSITIVE, b=FROM_ZERO, says="a >= 0 and b >= 0 only at b = 0"),
        evaluate(
            f"(x + sin(x))/(2*pi) == {claim.end}", let={"x": "0"}, says="N(0, I), x = π - φ: L at φ = π"
        ),
    )


monotone.falsehood("strictly decreasing", relation=">", by=("nested_regions",))
monotone.falsehood("increasing", relation="<=", by=("nested_regions",))
monotone.falsehood("for w' off the arc", s="(-oo, oo)", by=("nested_regions",))
monotone.falsehood("end value 1/2", end="1/2", by=("opposite_half_spaces",))


growth = Claim(
    "du2019thesis/assumption-6.1",
    title="Linear growth of the second moment on the region of disagreement",
    kind="assumption",
    where="Section 6.2.1, Assumption 6.1",
    states=r"L_{-w_*}(\phi)=\max_{\theta(w,w_*)\le\phi}\lambda_{\max}(A_{w,-w_*}) \le \beta\,\phi^{q},\quad "
    r"0\le\phi\le\pi/2",
    given=(r"k = 1", r"Z\sim N(0,I)\ \text{in the data}: \beta = 1/\pi\ \text{is the least}"),
    printed={"beta": "1/pi", "q": 1},
    uses=("du2019thesis/eq-6.3",),
    note="An assumption. Checked: the least β of the Gaussian, and that the maximum over θ <= φ is "
    "attained at θ = φ because the wedges are nested.",
)


@growth.check(covers="universal")
def gaussian_satisfies_it(claim: Statement, ctx: Context) -> Outcome:
    """λ_max(A_{w,-w*}) = (φ + sin φ)/(2π); S(w',-w*) ⊆ S(w,-w*): a = (a' - t b)/s >= 0 for b <= 0."""
    return every(
        prove("(phi + sin(phi))/(2*pi) <= beta*phi**(q)", phi="(0, 8/5]", let=claim.let, says="N(0, I)"),
        prove("(a - t*b)/s >= 0", a=FROM_ZERO, b="(-oo, 0]", t=FROM_ZERO, s=POSITIVE, says="nested wedges"),
    )


growth.falsehood("quadratic growth", q=2)
growth.falsehood("β = 1/(2π)", beta="1/(2*pi)")


@growth.falsehood_with_check("with mass on the decision boundary")
def atom_on_the_boundary(claim: Statement, ctx: Context) -> Outcome:
    """Half of the mass at a unit vector orthogonal to w*, on the side to which w moves: β = 100, φ =
    1/1000.
    """
    return evaluate("1/2 <= 100*(1/1000)", says="L at a small angle against βφ")


# ---- the informal claim of Section 6.1


best = Claim(
    "du2019thesis/claim-6.1-smoothness",
    title="The Gaussian has the tightest bound on the rate",
    kind="asymptotic-scaling",
    where="Section 6.1, second contribution",
    states=r"\frac{(L(0)+4\beta)^2}{\gamma(\phi_0)^2} \ge F(\phi_0)\ \text{for every distribution};\quad "
    r"\text{increasing in } L/\gamma \text{ and in } \beta/\gamma",
    given=(r"F\ \text{is the value for}\ N(0,I)", r"0 \le \phi_0 < \pi/2"),
    printed={"F": "(1/2 + 4/pi)**2/((pi - phi - sin(phi))/(2*pi))**2", "sense": "<="},
    parts=("smoother is faster", "the Gaussian is best"),
    uses=("du2019thesis/def-6.1", "du2019thesis/assumption-6.1"),
    note="Smoothness is the ratio of the extreme eigenvalues. The factor is that of Theorem 6.2's "
    "complexity (constant step). Scaling Z changes neither factor nor ratio. The claim is true neither "
    "for the factor nor for the ratio: the arcs have L = γ at all angles up to 44°, the Gaussian only at "
    "0.",
)


@best.check(part="the Gaussian is best", covers="universal")
def arcs_against_the_gaussian(claim: Statement, ctx: Context) -> Outcome:
    """The arcs: L(0) = γ(φ_0) = 1/2 for φ_0 <= 44°, every β > 0 admissible; factor (1 + 8β)².

    β = 1/1000 here, φ_0 = 0 and π/6. No distribution has a factor below 1, as γ(φ_0) <= L(φ_0) <= L(0).
    """
    beaten = [
        evaluate(f"(1 + 8/1000)**2 >= {claim.F}", let={"phi": phi}, says=f"the arcs at φ_0 = {phi}")
        for phi in ("0", "pi/6")
    ]
    argument = follows_from(
        prove("(g + s + 4*b)**2/g**2 >= 1", g=POSITIVE, s=FROM_ZERO, b=POSITIVE, says="L = γ + s"),
        prove(f"1 >= {claim.F}", phi="[0, 3/2]"),
        assumes=("def-6.1-monotone",),
    )
    return unless(beaten, argument)


@best.check(part="smoother is faster", covers="universal")
def factor_in_the_ratios(claim: Statement, ctx: Context) -> Outcome:
    """With x = L(0)/γ(φ_0) >= 1 and y = β/γ(φ_0) the factor is (x + 4y)², to be compared at larger x
    and y.
    """
    return prove(
        f"(x + 4*y)**2 {claim.sense} (x + u + 4*(y + v))**2", x=FROM_ONE, y=POSITIVE, u=FROM_ZERO, v=FROM_ZERO
    )


best.corrected("no distribution is better than 1", erratum="false statement", F="1")
best.falsehood("factor at least 14 for every distribution", F="14", by=("arcs_against_the_gaussian",))
best.falsehood("smoother is slower", F="1", sense=">=", by=("factor_in_the_ratios",))


@best.falsehood_with_check("a concentrated density is better than the arcs")
def narrow(claim: Statement, ctx: Context) -> Outcome:
    """Two arcs around ±5.7° (tangent 1/10) from w*: L/γ = 100 at φ = 0, factor at least 10⁴."""
    return evaluate("((100/101)/(1/101))**2 <= (1 + 8/1000)**2", says="factor without β", instance=True)
