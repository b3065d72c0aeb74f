"""Section 6.3: k patches, cross terms between patches in different regions, and Theorem 6.3.

|w*| = 1. P, Q, R average the patches in S(w,w*), S(w,-w*), S(-w,w*); e = w - w*, r = |e|. One patch has a =
w.Z, b = w*.Z. Finite distributions below are exact; smeared a little they are continuous and every strict
inequality stays. Two of them:

*apart*: with chance 1/4 each, all patches (1, 1) or all patches (1, -1); with chance 1/2 the two patches (3,
-4) and (5, 12). w* = (1, 0). All lie in the half-space of w*, so Q = 0 and every β > 0 will do. *fan*: with
chance 19/40 each, all patches (1, 1/2) or (1, -1/2); with chance 1/20 the patches (3, 4)/5, (3, -4)/5.
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

FROM_ZERO, TO_ZERO, POSITIVE, UNIT = "[0, oo)", "(-oo, 0]", "(0, oo)", "[0, 1]"
REGIONS = ("Q.e >= 0, P.w >= 0, Q.w >= 0, R.w* >= 0 for every input: each patch has the sign of its region",)
SMALL_ANGLE = "θ <= 2 sin θ, sin θ <= r and |w| sin θ <= r for r < 1"

INNER = "(1/2*(9/25) + 1/2*1/4*(21/25)*(21/25 - 5))"
"""<∇ℓ(w), e> for `apart` at w = (16, -12)/25, r = 3/5: the clusters give r²/2, the pair (e.P)(e.P -
w*.R)/4.
"""


def at_the_pair() -> Outcome:
    """The numbers of `apart` at w = (16, -12)/25: gates, e.(3, -4) = 21/25, w*.(5, 12) = 5, r² = 9/25."""
    return every(
        evaluate("16/25*5 - 12/25*12 < 0", says="(5, 12) is off"),
        evaluate("16/25*3 + 12/25*4 > 0", says="(3, -4) is on"),
        evaluate("16/25 - 12/25 > 0", says="(1, ±1) are on"),
        evaluate("-9/25*3 + 12/25*4 == 21/25", says="e.(3, -4)"),
        evaluate("(9/25)**2 + (12/25)**2 == 9/25", says="r²"),
        evaluate("3*5 - 4*12 <= 0", says="the patches of the pair have a negative inner product"),
    )


smooth = Claim(
    "du2019thesis/assumption-6.2",
    title="Angular smoothness for averaged patches",
    kind="assumption",
    where="Section 6.3, Assumption 6.2, eq. (6.4)",
    states=r"\gamma(\phi),\,L(\phi)\ \text{are the extreme eigenvalues of}\ \mathbb E\,PP^\top\ \text{over}\ "
    r"\theta(w,w_*)=\phi,\quad \max_{\theta(w,w_*)=\phi}\lambda_{\max}(\mathbb E\,QQ^\top)\le\beta\phi",
    given=(r"P = \frac1k\sum_i Z_i\mathbb I\{S(w,w_*)_i\}",),
    printed={"block": "((z1 + z2)/2)**2"},
    uses=("du2019thesis/def-6.1",),
    note="An assumption. Checked for k = 2: while all gates agree, the gradient is this block times w - "
    "w*, and for equal patches the definition is that of one patch.",
)


@smooth.check(covers="universal")
def block_of_the_gradient(claim: Statement, ctx: Context) -> Outcome:
    """All gates on, in one direction: f(w) - f(w*) = (z1 + z2)e/2, times ∂f = (z1 + z2)/2. Equal patches:
    z².
    """
    return every(
        identity(f"((z1 + z2)/2*e)*((z1 + z2)/2) == ({claim.block})*e", says="∇ℓ"),
        identity(f"z**2 == {claim.block.replace('z1', 'z').replace('z2', 'z')}", says="equal patches"),
    )


smooth.falsehood("average of outer products", block="(z1**2 + z2**2)/2")
smooth.falsehood("without 1/k²", block="(z1 + z2)**2")


cross = Claim(
    "du2019thesis/assumption-6.3",
    title="Linear growth of the cross-covariances",
    kind="assumption",
    where="Section 6.3, Assumption 6.3",
    states=r"\max_{\theta(w,w_*)\le\phi}\ s(\mathbb E\,PQ^\top)+s(\mathbb E\,PR^\top)+s(\mathbb E\,QR^\top)"
    r"\le L_{\mathrm{cross}}\,\phi;\quad \text{needed: } |u^\top Mv| \le s(M)|u||v|",
    printed={"s": "max((u1*v1 + u2*v2), 0)"},
    uses=("du2019thesis/assumption-6.2",),
    note="Printed is s = λ_max of matrices that are not symmetric. The proofs of Theorems 6.3 and 6.5 "
    "bound the operator norm (Theorem 6.5 writes σ_max). For M = uvᵀ in the plane the eigenvalues are u.v "
    "and 0: λ_max = 0 as soon as u.v <= 0, while the operator norm is |u||v|.",
)


@cross.check(covers="universal")
def rank_one(claim: Statement, ctx: Context) -> Outcome:
    """M = uvᵀ: uᵀMv = |u|²|v|² must be at most s |u||v|; first u = (1, 0), v = (0, 1), then all u, v.

    What a cross-covariance is for, in one input: P = u, R = v.
    """
    first = evaluate(
        f"{claim.s} >= 1", at={"u1": 1, "u2": 0, "v1": 0, "v2": 1}, says="u = (1, 0), v = (0, 1)"
    )
    size = "(u1**2 + u2**2)*(v1**2 + v2**2)"
    general = every(
        identity(f"({claim.s})**2 == {size}", says="s(uvᵀ)² = |u|²|v|²"),
        identity(f"{size} == (u1*v1 + u2*v2)**2 + (u1*v2 - u2*v1)**2", says="never below (u.v)²"),
    )
    return unless([first], general)


cross.corrected("largest singular value", erratum="misprint", s="sqrt((u1**2 + u2**2)*(v1**2 + v2**2))")
cross.falsehood("symmetrised matrix", s="((u1*v1 + u2*v2) + sqrt((u1**2 + u2**2)*(v1**2 + v2**2)))/2")


@cross.falsehood_with_check("identical patches have cross terms")
def identical_patches(claim: Statement, ctx: Context) -> Outcome:
    """Z_1 = Z_2 lies in one region only: the product of two different gates is zero; asked is a positive
    mean.
    """
    return prove("g*(1 - g)*z > 0", g="[1, 1]", z=POSITIVE, says="gate times the other gate")


TERMS = "p*(a1 - b1) + (p*a2 + q*a1) + q*a2 - (p*b2 + q*b1 + q*b2)"
gradient = Claim(
    "du2019thesis/thm-6.3-gradient",
    title="Population gradient for k patches",
    kind="closed-form",
    where="Section 6.6.2, proof of Theorem 6.3, first display",
    states=r"\nabla\ell(w) = c\sum_{i,j}\left(\mathbb E[P_iP_j^\top](w-w_*)+\mathbb "
    r"E[P_iQ_j^\top+Q_iP_j^\top+"
    r"Q_iQ_j^\top]w-\mathbb E[P_iR_j^\top+Q_iP_j^\top+Q_iR_j^\top]w_*\right)",
    given=(r"P_i = Z_i\mathbb I\{S(w,w_*)_i\},\ \text{and so on}",),
    printed={"terms": TERMS, "scale": "1"},
    parts=("terms", "factor"),
    uses=("du2019thesis/eq-6.1",),
    note="The sums are printed without 1/k²; Assumptions 6.2 and 6.3 have it. p, q are one coordinate of "
    "P, Q; a1 = P.w, a2 = Q.w, b1 = P.w*, b2 = R.w*.",
)


@gradient.check(part="terms", covers="universal")
def expanded(claim: Statement, ctx: Context) -> Outcome:
    """∇ℓ = E (P + Q)((P + Q).w - (P + R).w*), coordinate by coordinate."""
    return identity(f"(p + q)*(a1 + a2 - b1 - b2) == {claim.terms}")


@gradient.check(part="factor", covers="universal")
def equal_patches(claim: Statement, ctx: Context) -> Outcome:
    """k equal patches are one patch: the k² terms of the sum must give Z(Z.e) once."""
    return identity("scale*k**2*z**2 == z**2", let={"scale": claim.scale}, k="[1, oo)")


gradient.corrected("with 1/k²", erratum="misprint", scale="1/k**2")
gradient.falsehood("1/k", scale="1/k", by=("equal_patches",))
gradient.falsehood("RPᵀ for PRᵀ", terms=TERMS.replace("p*b2", "c*b1"), scale="1/k**2", by=("expanded",))
gradient.falsehood("without QPᵀw*", terms=TERMS.replace(" + q*b1", ""), scale="1/k**2", by=("expanded",))


inner = Claim(
    "du2019thesis/thm-6.3-inner",
    title="Lower bound of the inner product for k patches",
    kind="deterministic-inequality",
    where="Section 6.6.2, proof of Theorem 6.3, second display",
    states=r"\langle\nabla\ell(w), w-w_*\rangle \ge \left(\gamma(\theta)-c\,L_{\mathrm{cross}}\right)"
    r"\|w-w_*\|^2",
    given=(r"\|w-w_*\| < \|w_*\|", r"\text{cross terms in operator norm}", r"\phi \le f\sin\phi"),
    printed={"c": 6, "f": 2, "drop": "q*a1 + q*a2"},
    parts=("dropped terms", "constant"),
    uses=("du2019thesis/thm-6.3-gradient", "du2019thesis/assumption-6.3"),
    step_of="du2019thesis/thm-6.3",
    note="`drop` is what is left out: (e.Q)(P.w) + (e.Q)(Q.w), with a1 = P.w, a2 = Q.w and q = e.Q. π is "
    "enough for c.",
)


@inner.check(part="dropped terms", covers="universal")
def signs_of_the_regions(claim: Statement, ctx: Context) -> Outcome:
    """For every input e.Q >= 0, P.w >= 0, Q.w >= 0; p = e.P has no sign."""
    return prove(
        f"{claim.drop} >= 0", q=FROM_ZERO, a1=FROM_ZERO, a2=FROM_ZERO, p="(-oo, oo)", assumes=REGIONS
    )


@inner.check(part="constant", covers="universal")
def operator_norms(claim: Statement, ctx: Context) -> Outcome:
    """What is kept is at least γr² - r(|w|·PQ + PR + QP + QR), with |w| <= 2, and the sum is at most 3Lθ <=
    6Lr.

    First `apart`: ‖E PRᵀ‖ = 5·13/8 jumps at the angle atan(5/12), the other flip has |.| the same and comes
    later, so L_cross = (65/8)/atan(5/12); γ = 1/2, as a plane matrix I/2 + vvᵀ has.
    """
    apart = every(
        at_the_pair(),
        evaluate(
            f"{INNER} >= (1/2 - c*(65/8)/atan(5/12))*(9/25)",
            let=claim.let,
            says="apart, r = 3/5",
            instance=True,
        ),
    )
    sine = prove("t <= f*sin(t)", t="[0, 8/5]", let=claim.let, says="φ <= f sin φ")
    return unless(
        [apart, sine],
        follows_from(
            prove(
                "W*A + B + A + C <= 3*(A + B + C)",
                W="[0, 2]",
                A=FROM_ZERO,
                B=FROM_ZERO,
                C=FROM_ZERO,
                says="|w| <= 2: A, B, C are the norms of PQ, PR, QR",
            ),
            sine,
            prove("3*f*C <= c*C", let=claim.let, C=FROM_ZERO, says="3θ <= 3f sin θ <= c r"),
            assumes=("|uᵀMv| <= ‖M‖|u||v|", *REGIONS),
        ),
    )


inner.falsehood("cross terms ignored", c=0, by=("operator_norms",))
inner.falsehood("φ <= sin φ", f=1, by=("operator_norms",))
inner.falsehood("(e.P)(Q.w) dropped too", drop="q*a1 + q*a2 + p*a2", by=("signs_of_the_regions",))


norm = Claim(
    "du2019thesis/thm-6.3-norm",
    title="Upper bound of the gradient for k patches",
    kind="deterministic-inequality",
    where="Section 6.6.2, proof of Theorem 6.3, third display",
    states=r"\|\nabla\ell(w)\| \le \left(L(\theta)+10L_{\mathrm{cross}}+2\beta\right)r = "
    r"\left(L(\theta)+10L_{\mathrm{cross}}+4\beta\right)r",
    given=(r"r = \|w-w_*\| < \|w_*\|",),
    printed={"c": 10, "first": 2, "second": 4, "relation": "=="},
    parts=("bound", "last step"),
    uses=("du2019thesis/thm-6.3-gradient", "du2019thesis/assumption-6.3"),
    step_of="du2019thesis/thm-6.3",
    note="The first bound is true with 2β, because |w| sin θ <= r; what the theorem uses is the weaker "
    "4β. Only the sign of equality is wrong.",
)


@norm.check(part="bound", covers="universal")
def triangle_inequality(claim: Statement, ctx: Context) -> Outcome:
    """L r + 2PQ|w| + QQ|w| + PR + QP + QR; with θ <= 2 sin θ: θ|w| <= 2r, θ <= 2r: at most L + 6C + 2β.

    First one patch, an atom (-5, 12) of mass one with w = (16, 12)/25: ‖∇ℓ‖ = 13·64/25, β = 169/atan(5/12), L
    = 0.
    """
    atom = evaluate(
        "13*64/25 <= first*(169/atan(5/12))*3/5", let=claim.let, says="the atom (-5, 12)", instance=True
    )
    return unless(
        [atom],
        follows_from(
            prove("t <= 2*sin(t)", t="[0, 8/5]", says="θ <= 2 sin θ"),
            identity("(x*k - 1)**2 + x**2*(1 - k**2) == x**2 - 2*x*k + 1", says="(|w| sin θ)² <= r²"),
            prove(
                "L*r + C*(2*(2*r) + 2*r) + b*(2*r) <= (L + c*C + first*b)*r",
                let=claim.let,
                L=FROM_ZERO,
                C=FROM_ZERO,
                b=FROM_ZERO,
                r=UNIT,
                says="2PQ|w| + (PR + PQ + QR) <= Cθ(2|w| + 1)",
            ),
            assumes=(SMALL_ANGLE,),
        ),
    )


@norm.check(part="last step", covers="universal")
def two_and_four(claim: Statement, ctx: Context) -> Outcome:
    """The two sides of the last line, for all L, C, β and r."""
    left, right = "(L*r + c*C*r + first*b*r)", "((L + c*C + second*b)*r)"
    statement = f"{left} {claim.relation} {right}"
    box = {"L": FROM_ZERO, "C": FROM_ZERO, "b": FROM_ZERO, "r": UNIT}
    return prove(statement, let=claim.let, **box)  # type: ignore[arg-type]


norm.corrected("at most, not equal", erratum="misprint", relation="<=")
norm.falsehood("β/10", first="1/10", relation="<=", by=("triangle_inequality",))
norm.falsehood("β for 2β in the last line", second=1, relation="<=", by=("two_and_four",))
