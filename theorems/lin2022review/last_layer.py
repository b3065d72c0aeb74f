"""Remark after Theorem 4: from the Gram matrix of layer H - 1 to G^(H)(0), and the width of initialisation.

`c` is c_sigma; L, b are Lipschitz constants of sigma and of its derivative, `lam` is the least eigenvalue
of K^(H).
"""

from typing import Any

from theorems.lin2022review import tails
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"

remark = Claim(
    "lin2022review/remark-thm-4",
    title="The last layer's Gram matrix at initialisation, and the width it asks for",
    kind="probabilistic",
    where="Section 3, remark after Theorem 4",
    states=r"\|\hat K^{(H-1)}-K^{(H-1)}\|_{\max} \le \frac{\lambda_0}{8Dn^{a}} \implies "
    r"\|G^{(H)}(0)-K^{(H)}\|_2 \le \rho \implies \lambda_{\min}(G^{(H)}(0)) \ge \frac34\lambda_0,\qquad "
    r"m \ge K\,P^2\,\frac{n^{p}\log(Hn/\delta)}{\lambda_0^{r}}",
    given=(
        r"H \ge 2,\ 0 < \delta < 1,\ P = 2^{O(H)}\ \text{and}\ C\ \text{as in Theorem 4}",
        r"D = c_\sigma(L^2+\ell'),\ \ell'\ \text{a constant for}\ A\mapsto\mathbb E\sigma'(w)\sigma'(w)^\top",
    ),
    printed={
        "rho": "1/4",
        "a": 1,
        "p": 2,
        "r": 2,
        "K": "(64*D*C)**2",
        "ell": "3*b**2 + 2*b*L/sqrt(pi) + 4*L**2",
    },
    parts=("least eigenvalue", "accuracy", "width", "derivative"),
    uses=("lin2022review/thm-4", "lin2022review/eq-25"),
    note="Printed with constants hidden, except the 1/4; Section 2 needs three quarters of λ0, so λ0/4 is "
    "meant. Lemma 2 for σ' would ask for a bounded third derivative, which (7) does not give; near "
    "unit variances an integration by parts replaces it.",
)


@remark.check(part="least eigenvalue", covers="universal")
def weyl(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(G) >= λ0 - ρ, attained by G = K - ρ I."""
    return prove("lam - rho >= 3/4*lam", lam=POSITIVE, let=claim.let, assumes=("Weyl's inequality",))


@remark.check(part="accuracy", covers="universal")
def entries_to_norm(claim: Statement, ctx: Context) -> Outcome:
    """Entries within e, |K_ij| <= 1: products with the dual of σ' are within D e, the norm within n D e.

    Attained by an error with all entries equal, the norm of which is n times the entry.
    """
    return every(
        prove("n*(D*(lam/(8*D*n**a))) <= lam/8", n=FROM_ONE, D=POSITIVE, lam=POSITIVE, let={"a": claim.a}),
        prove("L**2*e + ell*e <= (L**2 + ell)*e", L=FROM_ZERO, ell=FROM_ZERO, e=FROM_ZERO),
        assumes=("the norm is at most n times the largest entry", "|σ'| <= L"),
    )


@remark.check(part="width", covers="universal")
def both_fluctuations(claim: Statement, ctx: Context) -> Outcome:
    """n D C P √(ell/m) is at most λ0/64; the neurons of layer H, with a² in each, add at most λ0/8.

    Bernstein for the latter with B = 16 D >= 16 c L²: at t = λ0/(8n) <= B the exponent m t²/(4B²) is at
    least 3 ell, and 2n² exp(-3 ell) <= δ/H.  Necessary is the first link: errors of the size of Theorem 4
    in all entries.
    """
    data: dict[str, Any] = {"n": FROM_ONE, "lam": POSITIVE, "D": POSITIVE, "C": "[13, oo)"}
    width = f"(({claim.K})*n**({claim.p})/lam**({claim.r}))"
    propagated = prove(f"n**2*D**2*C**2/{width} <= (lam/64)**2", says="(n D C P)² ell/m", **data)
    return unless(
        [propagated],
        follows_from(
            propagated,
            prove(f"3*4*(16*D)**2 <= {width}*(lam/(8*n))**2", says="the exponent", **data),
            prove("x*D/(8*n) <= 16*D", x="(0, 1]", n=FROM_ONE, D=POSITIVE, says="t <= B, as λ0 <= c L²"),
            prove(
                "2*delta**2 <= n*H**2", delta="(0, 1)", n=FROM_ONE, H="[2, oo)", says="2n² (δ/(Hn))³ <= δ/H"
            ),
            evaluate("1/64 + 1/8 <= 1/4", says="both errors over λ0"),
            assumes=(
                tails.BERNSTEIN,
                "E a^(2k) <= 2^k k!, |K̂_ij| <= 2, |σ'| <= L: E|Y|^k <= k! (4cL²)^k",
                "Theorem 4 (corrected)",
            ),
        ),
    )


@remark.check(part="derivative", covers="universal")
def integration_by_parts(claim: Statement, ctx: Context) -> Outcome:
    """Variances in [1/2, 2]: |∂/∂A_12| <= b², and |∂/∂A_11| = |E σ''(u)(z σ'(v) - r σ''(v))|/(2√A_11).

    There u = √A_11 z and v = r z + s w, |r| <= √2.  Other variances: the distance is at least 1/2, the
    duals differ by at most 2L².  First sin 5z (L = 5, b = 25) at unit variances and the covariances 1 and
    99/100.
    """
    dual = "25*exp(-25)*(exp(25*{0}) + exp(-25*{0}))/2"
    change = f"({dual.format(1)}) - ({dual.format('(99/100)')})"
    wave_5 = evaluate(
        f"{change} <= ({claim.ell})*(1 - 99/100)",
        let={"L": "5", "b": "25"},
        says="sin 5z, covariances 1, 0.99",
    )
    data: dict[str, Any] = {"L": FROM_ZERO, "b": FROM_ZERO}
    return unless(
        [wave_5],
        follows_from(
            wave_5,
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E|z|"),
            prove(
                f"b**2 + 2*(b*L*sqrt(2)/sqrt(pi) + sqrt(2)*b**2)/sqrt(2) <= {claim.ell}", says="near", **data
            ),
            prove(f"2*L**2 <= ({claim.ell})*(1/2)", says="far", **data),
            assumes=("Price's theorem", "Gaussian integration by parts in z", "mollifying σ''"),
        ),
    )


remark.falsehood("width linear in n", rho="lam/4", p=1, by=("both_fluctuations",))
remark.falsehood("width 1/λ0", rho="lam/4", r=1, by=("both_fluctuations",))
remark.falsehood("accuracy without 1/n", rho="lam/4", a=0, by=("entries_to_norm",))
remark.falsehood("λ0/2", rho="lam/2", by=("weyl",))
remark.falsehood(
    "the off-diagonal constant of σ for σ'", rho="lam/4", ell="L**2", by=("integration_by_parts",)
)
remark.falsehood("b²/4 for σ'", rho="lam/4", ell="b**2/4", by=("integration_by_parts",))
remark.corrected("λ0/4", erratum="misprint", rho="lam/4")
