"""Appendix C, Lemma C.1 itself: one constant bounds the norms of all layers, whatever the depth.

Letters as in `residual_norms`; B and low √rho are the bounds of the norms from above and below, U = s0 + L B
bounds the mean of sigma at a layer, N is |xi|² for the centred first layer xi, x^(1) minus √(c/m) E sigma(z)
in every coordinate.
"""

from typing import Any

from theorems.du2019deep.gaussian_norm import chi_tail
from theorems.du2019deep.residual_norms import TAIL, too_narrow
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"

lemma = Claim(
    "du2019deep/lemma-C.1",
    aliases=("du2019thesis/lemma-3.8",),
    title="The norms of all layers at initialisation, residual network",
    kind="probabilistic",
    where="Appendix C, Lemma C.1",
    states=r"m \ge K\frac{n^{a}}{\delta^{q}} \implies \Pr\left(\exists h, i:\ \|x_i^{(h)}(0)\|_2 \notin "
    r"\left[\tfrac{1}{c_{x,0}}, c_{x,0}\right]\ \text{and}\ \|W^{(l)}(0)\|_2 \le c_{w,0}\sqrt m\ (2\le l\le "
    r"H)\right) \le \delta,\qquad a = q = 1",
    given=(
        r"\sigma\ L\text{-Lipschitz},\ \|x_i\|_2 = 1,\ 0 < c_{res} < 1,\ c_{w,0}\approx 2,\ \text{branches "
        r"of size } c_{res}/H^{p},\ p = 1",
        r"K, c_{x,0}\ \text{depend on } \sigma\ \text{only; explicit: } c_{x,0} = \max\{B, 1/b\},\ B = "
        r"e^{c_{res}c_{w,0}L}(2+c_{res}|\sigma(0)|),\ b = \tfrac12\sqrt\rho,\ \rho = "
        r"c_\sigma\mathrm{Var}\,\sigma(z)",
        r"K = \frac{64F}{\rho^2}+\frac{256(1+U)^2}{\rho}+\frac{384L^2B^2}{\rho}+2F,\ F = c_\sigma^2\mathbb "
        r"E(|\sigma(0)|+L|z|)^4,\ U = |\sigma(0)|+LB",
    ),
    printed={"B": "exp(r*cw*L)*(2 + r*s0)", "low": "1/2", "p": 1, "a": 1, "q": 1},
    parts=("above", "below", "width"),
    uses=("du2019deep/eq-3", "du2019deep/sec-3.3-init-gd"),
    proof_uses=(
        "du2019deep/proof-lemma-C.1-first-layer",
        "du2019deep/proof-lemma-C.1-branch",
        "du2019deep/proof-lemma-C.1-product",
    ),
    note="True, although steps of the printed proof are not, and its constant 2e^(c_res c_{w,0} L) is not "
    "enough for a large σ(0). Below: the part of the first layer that is orthogonal to constants survives, "
    "since the branches add independent, nearly constant vectors; no width that grows with the depth is "
    "needed for that. For a constant σ the norms are at least 1. The hypothesis on the operator norms is "
    "read as an event. The thesis has 1.99 <= c_{w,0} <= 2.01.",
)


@lemma.check(part="above", covers="universal")
def growth_of_the_norms(claim: Statement, ctx: Context) -> Outcome:
    """X_h <= (1 + t/H) X_(h-1) + r s0/H and X_1 <= 2: X_h <= (1 + t/H)^(h-1) (2 + r s0 (h-1)/H).

    First constant activations, with L as small as one likes: 1 + r s0 (H - 1)/H^p.  For p < 1 against every
    constant C, with s0 = 2, r = 1/2 and H = (C + 2)².
    """
    endless = contradicted_by(
        prove("1 + ((C + 2)**2 - 1)/(C + 2)**(2*p) > C", let={"p": claim.p}, C=FROM_ONE),
        witness="σ(z) = 2, c_res = 1/2, for every constant C (an integer) H = (C + 2)²: |x^(H)| > C",
    )
    flat = {"r": "1/2", "s0": 10, "L": "1/100", "cw": 2, "H": 2}
    constant = evaluate(
        f"1 + r*s0*(H - 1)/H <= {claim.B}", let=flat, says="σ(z) = 10, c_res = 1/2, H = 2", instance=True
    )
    box: dict[str, Any] = {"r": UNIT, "s0": FROM_ZERO, "H": "[2, oo)"}
    step = "(q*(2 + r*s0*k/H))*(1 + t/H) + r*s0/H <= q*(1 + t/H)*(2 + r*s0*(k + 1)/H)"
    argument = follows_from(
        prove(step, q=FROM_ONE, k=FROM_ZERO, t=FROM_ZERO, says="one layer, q = (1 + t/H)^(h-1)", **box),
        prove("1 + v <= exp(v)", v=FROM_ZERO, says="q <= e^t"),
        prove("2 + r*s0*(H - 1)/H <= 2 + r*s0", **box),
        prove(
            f"exp(r*cw*L)*(2 + r*s0) <= {claim.B}", r=UNIT, s0=FROM_ZERO, L=POSITIVE, cw=POSITIVE, says="B"
        ),
        assumes=("proof-lemma-C.1-branch (corrected)", "induction over the layers"),
    )
    return unless([endless, constant], argument)


@lemma.check(part="below", covers="universal")
def centred_first_layer(claim: Statement, ctx: Context) -> Outcome:
    """<x^(h), ξ> = N + (√c μ + r mean μ_l) Σξ/√m + M_h, μ_l = E σ(|x^(l)| z), M_h a martingale over layers.

    ρ/2 <= N <= 3ρ/2, |Σξ|/√m <= ρ/(16(1 + U)) and |M_h| <= ρ/16 give <x^(h), ξ> >= 3N/4.  First σ(z) = z,
    first layer: the median of χ²_m is below m.
    """
    below = f"1 - {chi_tail('(384*low**2)', 384)}"
    linear = evaluate(
        f"{below} <= 1/4", let={"low": claim.low}, says="σ(z) = z, m = 384, δ = 1/4", instance=True
    )
    argument = follows_from(
        prove("rho/(16*(1 + U))*(1 + U) <= rho/16", rho=POSITIVE, U=FROM_ZERO, says="the means"),
        prove("(rho/2 + y) - rho/16 - rho/16 >= 3/4*(rho/2 + y)", rho=POSITIVE, y=FROM_ZERO, says="N - ρ/8"),
        evaluate("3/4*sqrt(1/2) >= low", let={"low": claim.low}, says="|x| >= <x, ξ>/|ξ| >= 3√N/4, over √ρ"),
        prove("1 + r*s0*z >= 1", r=UNIT, s0=FROM_ZERO, z="[0, 1]", says="a constant σ"),
        assumes=("Cauchy-Schwarz; μ² <= E σ² = 1/c_σ, |μ_l| <= s0 + L|x^(l)| <= U",),
    )
    return unless([linear], argument)


@lemma.check(part="width", covers="universal")
def four_events(claim: Statement, ctx: Context) -> Outcome:
    """Var|x^(1)|² <= F/m; Var N <= 16F/m; Var Σξ/√m = ρ/m; E M_H² <= H (r/H)² L²B² (3ρ/2)/m.

    Chebyshev for three, Kolmogorov's inequality for the martingale, stopped when a norm exceeds B; together
    at most δ/n.  First widths that are too small.
    """
    box: dict[str, Any] = {"F": POSITIVE, "U": FROM_ZERO, "L": POSITIVE, "B": POSITIVE, "rho": "(0, 1]"}
    K = "(64*F/rho**2 + 256*(1 + U)**2/rho + 384*L**2*B**2/rho + 2*F)"
    parts = {
        "norm": ("F*(4/3)**2", "2*F"),
        "N": ("16*F*(2/rho)**2", "64*F/rho**2"),
        "sum": ("rho*(16*(1 + U)/rho)**2", "256*(1 + U)**2/rho"),
        "martingale": ("H*(r/H)**2*L**2*B**2*(3*rho/2)*(16/rho)**2", "384*L**2*B**2/rho"),
    }
    links = [
        prove(f"{left} <= {right}", says=f"the {name}, times m", r=UNIT, H="[2, oo)", **box)
        for name, (left, right) in parts.items()
    ]
    total = " + ".join(right for _, right in parts.values())
    argument = follows_from(
        *links,
        identity(f"{total} == {K}", **box),
        prove(
            "K/(K*n**a/delta**q) <= delta/n",
            let={"a": claim.a, "q": claim.q},
            K=POSITIVE,
            n=FROM_ONE,
            delta=UNIT,
            says="one input",
        ),
        assumes=(
            "Chebyshev; Kolmogorov's inequality for martingales; union bound over the inputs",
            "(u - μ)⁴ <= 8(u⁴ + μ⁴), μ⁴ <= E σ⁴; Var σ(qz) <= L²q²",
            "rows of W^(l) are independent of the layers below",
            TAIL,
        ),
    )
    return unless(too_narrow(claim), argument)


lemma.falsehood("branches of size c_res", p=0, by=("growth_of_the_norms",))
lemma.falsehood("branches of size c_res/√H", p="1/2", by=("growth_of_the_norms",))
lemma.falsehood("the constant of the proof", B="2*exp(r*cw*L)", by=("growth_of_the_norms",))
lemma.falsehood("norms at least √ρ", low="1", by=("centred_first_layer",))
lemma.falsehood("a width that does not grow with n", a=0, by=("four_events",))
lemma.falsehood("a width that does not grow with 1/δ", q=0, by=("four_events",))
