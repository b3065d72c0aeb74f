"""Section 1: the printed proof of Lemma 3, step by step.

z_i are the points, rows of Z, and v is a vector of the kernel of G(Z) or H(Z).
"""

from typing import Any

from theorems.lin2022review.definiteness import HYPOTHESES, NONZERO, PRINTED, at, tensor_powers_independent
from verify import Claim, Context, Outcome, Refuted, Statement, every, follows_from, identity


def proof_step(number: int, **fields: Any) -> Claim:
    """A step of the printed proof of Lemma 3."""
    return Claim(
        f"lin2022review/lemma-3-step-{number}",
        kind="proof-step",
        where="Section 1, proof of Lemma 3",
        given=HYPOTHESES,
        step_of="lin2022review/lemma-3",
        **fields,
    )


quadratic_form = proof_step(
    1,
    title="A vector of the kernel gives a vanishing combination of ridge functions",
    states=r"v^\top G(Z)v = \mathbb E\left(v^\top\sigma(Zw)\right)^2 = 0 \implies "
    r"\sum_i v_i\sigma(z_i^\top w) = 0\ \text{for all } w\in\mathbb R^{N}",
    printed={"N": "n", "b": 2},
    parts=("space", "form"),
    note="Printed: for all w in R^n, and σ(Zw)v for vᵀσ(Zw). Zw is defined for w in R^d.",
)


@quadratic_form.check(part="space", covers="universal")
def columns_of_Z(claim: Statement, ctx: Context) -> Outcome:
    """Z has n rows and d columns, so that Zw needs w in R^d, whatever n and d are."""
    return identity(f"d == {claim.N}", d="[1, oo)", n="[1, oo)", says="columns of Z, coordinates of w")


@quadratic_form.check(part="form", covers="universal")
def square_of_the_combination(claim: Statement, ctx: Context) -> Outcome:
    """Two points decide a quadratic form; the square is continuous and >= 0, so it is 0 for all w."""
    return every(
        identity("p**2*s**2 + b*p*q*s*t + q**2*t**2 == (p*s + q*t)**2", let=claim.let),
        assumes=("a Gaussian charges every open set",),
    )


quadratic_form.falsehood("w in R^(nd)", N="n*d", by=("columns_of_Z",))
quadratic_form.falsehood("mixed terms once", N="d", b=1, by=("square_of_the_combination",))
quadratic_form.corrected("w in R^d", erratum="misprint", N="d")


derivatives = proof_step(
    2,
    title="Derivatives of ridge functions: one tensor factor each",
    states=r"\text{the derivative of order } k \text{ in } w \text{ gives}\ "
    r"\sum_i v_i\sigma^{(j)}(z_i^\top w)\,z_i^{\otimes k} = 0,\qquad k = n-1,\ j = k",
    printed={"order": "n - 1", "tensor": "n - 1", "lower": 0},
    note="order is the number of derivatives taken, tensor the exponent k; j = order - lower.",
)


@derivatives.check(covers="universal")
def chain_rule_on_exponentials(claim: Statement, ctx: Context) -> Outcome:
    """σ(t) = e^(λt), for which σ^(j) = λ^j e^(λt): n = 1, ..., 6; one more derivative, one more factor λz."""
    links = []
    for n in range(1, 7):
        left = "exp(lam*z*w)"
        order = at(claim.order, n)
        for _ in range(order):
            left = f"diff({left}, w)"
        right = f"lam**{order + claim.lower}*z**{at(claim.tensor, n)}*exp(lam*z*w)"
        links.append(identity(f"{left} == {right}", says=f"n = {n}"))
    step = identity("diff(P*exp(lam*z*w), w) == lam*z*P*exp(lam*z*w)", says="the induction step")
    return every(*links, step, assumes=("the chain rule: j, k and the factor do not depend on σ",))


derivatives.falsehood("n derivatives with the exponent n - 1", order="n")
derivatives.falsehood("a derivative of σ too many", lower=1)


independence = proof_step(
    3,
    title="Independent tensor powers leave each coefficient zero",
    states=r"\sum_i v_i\sigma^{(n-1)}(z_i^\top w)\,z_i^{\otimes e} = 0 \implies "
    r"v_i\sigma^{(n-1)}(z_i^\top w) = 0\ \text{for all } i,\qquad e = n-1",
    printed={"e": "n - 1"},
    note="The independence is that of assumption-inputs; points of any length, none of them 0 for n >= 2.",
)


@independence.check(covers="universal")
def separating_forms(claim: Statement, ctx: Context) -> Outcome:
    """The product of n - 1 linear forms that is 0 at the other points.

    Exact Gram matrices in the plane first.
    """
    return tensor_powers_independent(claim.e, 6)


independence.falsehood("exponent n - 2", e="n - 2")


common_point = proof_step(
    4,
    title="One w at which no derivative vanishes",
    states=r"\exists w\ \forall i:\ \sigma^{(n-1)}(z_i^\top w) \ne 0",
    printed=PRINTED,
    uses=("lin2022review/assumption-analytic",),
    note="At n = 1, z_1 = 0 the only value is σ(0), which is 0 for tanh and sin.",
)
VANISHING = (
    ("zero", "n = 1, z_1 = 0, σ = sin: σ(0.w)", "sin(0*w)"),
    ("polynomial", "n = 3, σ(z) = z: σ''", "diff(diff(x*w, w), w)"),
)


@common_point.check(covers="universal")
def null_sets(claim: Statement, ctx: Context) -> Outcome:
    """w -> z_i.w takes every value when z_i is not 0, so each zero set is null, and so is their union."""
    for relation, name, value in VANISHING:
        if relation not in claim.excluded:
            fact = identity(f"{value} == 0", says=name)
            if fact.status == "holds":
                return Refuted(*fact.evidence, witness=f"{name} is 0 for every w")
    onto = "z1*(t*z1/(z1**2 + z2**2)) + z2*(t*z2/(z1**2 + z2**2)) == t"
    return follows_from(
        identity(onto, z1="[1, oo)", z2="[0, oo)", says="w = t z/|z|²"),
        assumes=(
            "assumption-analytic: σ^(n-1) is not 0 identically",
            "the zeros of an analytic function other than 0 are a null set",
        ),
    )


common_point.falsehood("the identity as activation", excluded=("equal", "opposite", "zero"))
common_point.corrected("points other than 0", erratum="missing hypothesis", **NONZERO)


tangent = proof_step(
    5,
    title="The tangent kernel: one derivative less",
    states=r"v^\top H(Z)v = \mathbb E\left\|\sum_i v_i\sigma'(z_i^\top w)z_i\right\|_2^2;\quad n-s\ "
    r"\text{derivatives lead to}\ \sum_i v_i\sigma^{(n-1)}(z_i^\top w)\,z_i^{\otimes(n-1)} = 0",
    printed={"s": 2, "b": 2},
    parts=("form", "order"),
    note="Printed is that the proof is essentially the same. For n = 1 no derivative is taken: σ'(z_1.w) "
    "z_1 = 0.",
)


@tangent.check(part="form", covers="universal")
def squared_length(claim: Statement, ctx: Context) -> Outcome:
    """Two points of the plane, s and t their slopes, p and q the coefficients."""
    inner = "(x1*z1 + x2*z2)"
    form = f"p**2*s**2*(x1**2 + x2**2) + b*p*q*s*t*{inner} + q**2*t**2*(z1**2 + z2**2)"
    length = "(p*s*x1 + q*t*z1)**2 + (p*s*x2 + q*t*z2)**2"
    return identity(f"{form} == {length}", let=claim.let)


@tangent.check(part="order", covers="universal")
def exponents(claim: Statement, ctx: Context) -> Outcome:
    """σ' z = λ z e^(λ z.w) on exponentials; n - s derivatives, n = 2, ..., 6, make λ^(n-1) z^(n-1)."""
    links = [identity("1 + (n - s) == n - 1", let=claim.let, n="[2, oo)", says="orders")]
    for n in range(2, 7):
        left = "lam*z*exp(lam*z*w)"
        for _ in range(max(0, n - claim.s)):
            left = f"diff({left}, w)"
        links.append(identity(f"{left} == (lam*z)**{n - 1}*exp(lam*z*w)", says=f"n = {n}"))
    return every(*links, assumes=("the chain rule",))


tangent.falsehood("n - 1 derivatives as for G", s=1, by=("exponents",))
tangent.falsehood("mixed terms once", b=1, by=("squared_length",))
