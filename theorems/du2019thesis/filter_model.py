"""Sections 6.1 and 6.2: one convolutional ReLU filter, its gradient, and where gradient descent can stop.

For a patch Z write a = w.Z and b = w*.Z: everything about one patch is a statement about two real numbers.
Distributions are continuous in Chapter 6, so that a = 0 and b = 0 have probability zero. The atoms below
stand for narrow continuous clusters: every strict inequality survives when they are smeared a little.
"""

from fractions import Fraction

import numpy as np

from numerics.networks_filter import average_pooling, predict
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
    prove,
    unless,
)

REAL, FROM_ZERO, TO_ZERO, POSITIVE = "(-oo, oo)", "[0, oo)", "(-oo, 0]", "(0, oo)"
MEAN = ("the expectation of a pointwise identity or inequality",)


model = Claim(
    "du2019thesis/eq-6.1",
    title="Convolution, ReLU and average pooling with one filter",
    kind="definition",
    where="Section 6.1, eq. (6.1)",
    states=r"f(w,Z) = \frac{1}{k}\sum_{i=1}^k\sigma(w^\top Z_i),\quad f(cw,Z) = c\,f(w,Z),\ c \ge 0",
    given=(r"Z_i \in \mathbb R^p", r"k = 2\ \text{in the data}"),
    printed={"f": "(max(s, 0) + max(t, 0))/2", "c": "[0, oo)"},
    note="s and t are the products of the filter with two patches. The text calls the length of a patch k "
    "and q here, p later. The homogeneity is not printed; the proofs use it when they rescale the filter.",
)


@model.check()
def engine(claim: Statement, ctx: Context) -> Outcome:
    """The engine's network on exact patches, both signs of the two products."""
    w, out = np.array([Fraction(2), Fraction(-1)]), []
    for columns in ((3, 1, 5, -2), (1, 5, 4, 1), (0, 3, -1, -1)):
        first, second = columns[:2], columns[2:]
        Z = np.array([[[Fraction(x), Fraction(y)] for x, y in zip(first, second, strict=True)]])
        s, t = (2 * x - y for x, y in (first, second))
        value = predict(w, average_pooling(2, exact=True), Z)[0]
        out.append(evaluate(f"{claim.f} == {value}", at={"s": s, "t": t}, says="f(w, Z)", instance=True))
    return every(*out)


@model.check(covers="universal")
def homogeneous(claim: Statement, ctx: Context) -> Outcome:
    """cs has the sign of s for every c in the range, so the gate stays and σ(cs) = cσ(s); sum over
    patches.
    """
    return every(
        prove("c*s >= 0", c=claim.c, s=FROM_ZERO, says="s >= 0: the gate stays on"),
        prove("c*s <= 0", c=claim.c, s=TO_ZERO, says="s <= 0: the gate stays off"),
        assumes=("a sum of homogeneous functions",),
    )


model.falsehood("maximum pooling", f="max(max(s, 0), max(t, 0))", by=("engine",))
model.falsehood("without 1/k", f="max(s, 0) + max(t, 0)", by=("engine",))
model.falsehood("homogeneous for negative factors too", c="(-oo, oo)", by=("homogeneous",))


gradient = Claim(
    "du2019thesis/eq-6.3",
    title="Population gradient of one ReLU neuron, by activation regions",
    kind="closed-form",
    where="Section 6.2, eq. (6.3) and the display after it",
    states=r"\mathbb E\,\nabla\ell(w,Z) = A_{w,w_*}(w-w_*)+A_{w,-w_*}w",
    given=(r"k = 1", r"\mathbb E\|Z\|^2 < \infty", r"\Pr(w^\top Z = 0) = \Pr(w_*^\top Z = 0) = 0"),
    printed={"both": "a - b", "only_w": "a", "only_teacher": "0"},
    uses=("du2019thesis/eq-6.1",),
    note="The data are the factors of Z on S(w,w*), S(w,-w*) and S(-w,w*). On the boundary b = 0 the two "
    "regions overlap, and the formula would count those atoms twice: a continuous distribution has none.",
)


@gradient.check(covers="universal")
def factor_of_the_patch(claim: Statement, ctx: Context) -> Outcome:
    """∇ℓ = (σ(a) - σ(b)) 1{a >= 0} Z with σ(a) = ga·a, σ(b) = gb·b: the factor of Z for each pair of
    gates.
    """
    out = []
    for factor, ga, gb in ((claim.both, 1, 1), (claim.only_w, 1, 0), (claim.only_teacher, 0, 1), ("0", 0, 0)):
        box = {"a": POSITIVE if ga else "(-oo, 0)", "b": POSITIVE if gb else "(-oo, 0)"}
        says = f"gates {ga}, {gb}"
        out.append(identity(f"({ga}*a - {gb}*b)*{ga} == {factor}", says=says, **box))  # type: ignore[arg-type]
    return every(*out, assumes=MEAN)


gradient.falsehood("A_{w,-w*}(w - w*)", only_w="a - b")
gradient.falsehood("-A_{w,-w*} w", only_w="-a")
gradient.falsehood("the region S(-w,w*)", only_w="0", only_teacher="a")


nonnegative = Claim(
    "du2019thesis/lemma-6.1",
    title="The gradient points away from the teacher: two non-negative terms",
    kind="deterministic-inequality",
    where="Section 6.6.1, Lemma 6.1, eq. (6.5)",
    states=r"\langle\nabla\ell(w), w-w_*\rangle = (w-w_*)^\top A_{w,w_*}(w-w_*)+(w-w_*)^\top A_{w,-w_*}w,"
    r"\quad\text{both} \ge 0;\quad -w_*^\top A_{w,-w_*}w \ge 0",
    given=(r"k = 1",),
    printed={"second": "(a - b)*a", "cross": "-b*a", "b": "(-oo, 0]", "sign": ">="},
    parts=("identity", "signs"),
    uses=("du2019thesis/eq-6.3",),
)


@nonnegative.check(part="identity", covers="universal")
def split_on_the_teacher(claim: Statement, ctx: Context) -> Outcome:
    """(σ(a) - σ(b)) 1{a >= 0} (a - b) on the two regions where the neuron is active, for all a and b."""
    return every(
        identity("(a - b)*(a - b) == (a - b)**2", a=POSITIVE, b=POSITIVE, says="S(w,w*)"),
        identity(f"(a - 0)*(a - b) == {claim.second}", a=POSITIVE, b="(-oo, 0)", says="S(w,-w*)"),
        assumes=MEAN,
    )


@nonnegative.check(part="signs", covers="universal")
def signs_on_the_region(claim: Statement, ctx: Context) -> Outcome:
    """(a - b)a and -ab for a >= 0 >= b; (a - b)² for the first term."""
    return every(
        prove(f"(a - b)**2 {claim.sign} 0", a=FROM_ZERO, b=FROM_ZERO),
        prove(f"{claim.second} {claim.sign} 0", a=FROM_ZERO, b=claim.b),
        prove(f"{claim.cross} {claim.sign} 0", a=FROM_ZERO, b=claim.b),
        assumes=MEAN,
    )


nonnegative.falsehood("second term on S(w,w*)", b="[0, oo)", by=("signs_on_the_region",))
nonnegative.falsehood("strictly positive", sign=">", by=("signs_on_the_region",))
nonnegative.falsehood("sign of w*ᵀA w", cross="b*a", by=("signs_on_the_region",))
nonnegative.falsehood(
    "A_{w,-w*}(w - w*) in the second term", second="(a - b)**2", by=("split_on_the_teacher",)
)


# ---- Theorem 6.1


qualitative = Claim(
    "du2019thesis/thm-6.1",
    title="Gradient descent recovers one ReLU neuron",
    kind="dynamics",
    where="Section 6.2, Theorem 6.1",
    states=r"w_t \to w_*\quad\text{from every}\ w_0\ \text{with}\ \ell(w_0) < \ell(0)",
    given=(
        r"\mathbb E\left[ZZ^\top\mathbb I\{S(w_1,w_2)\}\right] \succ 0\ \text{when}\ \theta(w_1,w_2) < \pi",
        r"\text{no condition on the step size}",
    ),
    printed={"steps": "(0, oo)", "lam": "(0, oo)"},
    uses=("du2019thesis/eq-6.3", "du2019thesis/lemma-6.1"),
    proof_uses=("du2019thesis/thm-6.1-opposite",),
    note="The proof assumes that the iterates converge and that the loss decreases; the text says later "
    "'when it converges'. Neither is in the theorem. `steps` are the step sizes allowed on the Gaussian "
    "example, where the loss decreases exactly for 0 < η < 4; the corrected theorem assumes convergence "
    "with decreasing loss. The printed hypothesis has S(w,w*) for S(w1,w2).",
)


@qualitative.check(covers="universal")
def only_one_place_to_stop(claim: Statement, ctx: Context) -> Outcome:
    """First Z ~ N(0, I) on the ray w = c w*, where A_{w,w*} = I/2: c - 1 is multiplied by 1 - η/2.

    At η = 4 the start c = 3/2, whose loss (1/4)(c - 1)² is below that at 0, alternates with c = 1/2 for ever.
    For steps that keep the loss from growing (and iterates that converge): at a limit w != 0 both terms of
    lemma-6.1 vanish. If θ < π, the first is at least λ r² with λ > 0. If w = -αw*, the second is α(1 + α)
    w*ᵀA_{w,-w*}w*, and A_{w,-w*} = A_{w,w} there. w = 0 is excluded by the loss.
    """
    ray = prove("(1 - e/2)**2 < 1", e=claim.steps, says="w_t = c w*: |c - 1| shrinks at the step size e")
    cycle = evaluate("3/2 - (4/2)*(3/2 - 1) == 1/2", says="η = 4: from 3/2 to 1/2")
    back = evaluate("1/2 - (4/2)*(1/2 - 1) == 3/2", says="and back")
    if ray.status == "refuted":
        witness = "Z ~ N(0, I), η = 4, w_0 = (3/2)w*: ℓ(w_0) = |w*|²/16 < ℓ(0) = |w*|²/4, a cycle of length 2"
        return contradicted_by(
            every(cycle, back, evaluate("(3/2 - 1)**2/4 < 1/4", says="ℓ(w_0) < ℓ(0)")), witness=witness
        )
    strict = prove("lam*r**2 > 0", lam=claim.lam, r=POSITIVE, says="θ < π: the first term")
    return every(
        ray,
        strict,
        prove("al*(1 + al)*lam > 0", al=POSITIVE, lam=claim.lam, says="θ = π: the second term over |w*|²"),
        assumes=(
            "the iterates converge and the loss does not grow (a hypothesis of the corrected theorem)",
            "the gradient is continuous away from 0 for a continuous distribution: limits are critical",
        ),
    )


qualitative.corrected(
    "when the iterates converge and the loss decreases", erratum="missing hypothesis", steps="(0, 4)"
)
qualitative.falsehood("second moments only semidefinite", steps="(0, 4)", lam="[0, oo)")


@qualitative.falsehood_with_check("from every start")
def start_on_the_other_side(claim: Statement, ctx: Context) -> Outcome:
    """Z ~ N(0, I), w_0 = -w*: ∇ℓ = w/2, w_t = -(1 - η/2)^t w* never leaves the ray: c_t <= 0 for η <= 2."""
    return contradicted_by(
        prove("-(1 - e/2)*c <= 0", e="(0, 2]", c=FROM_ZERO, says="the next factor of w*"),
        witness="w_0 = -w*: all iterates are non-positive multiples of w*",
    )


opposite = Claim(
    "du2019thesis/thm-6.1-opposite",
    title="The second gradient term when the weight is opposite to the teacher",
    kind="proof-step",
    where="Section 6.6.1, proof of Theorem 6.1, case θ(w, w*) = π",
    states=r"w = -\alpha w_*:\quad (w-w_*)^\top A_{w,-w_*}w = (1+\alpha)\,w_*^\top A_{w,-w_*}w_* > 0",
    given=(r"\alpha > 0", r"S = w_*^\top A_{w,-w_*}w_* > 0"),
    printed={"value": "(1 + al)*S"},
    step_of="du2019thesis/thm-6.1",
    note="Printed with γ for α in the factor. The missing factor α does not change the sign.",
)


@opposite.check(covers="universal")
def bilinear(claim: Statement, ctx: Context) -> Outcome:
    """(-α - 1) w*ᵀ A (-α w*), for every α and S, and its sign."""
    return every(
        identity(f"(-al - 1)*(-al)*S == {claim.value}", al=POSITIVE, S=POSITIVE),
        prove(f"{claim.value} > 0", al=POSITIVE, S=POSITIVE),
    )


opposite.corrected("with the factor α", erratum="misprint", value="al*(1 + al)*S")
opposite.falsehood("α² for α(1 + α)", value="al**2*S")


oracle = Claim(
    "du2019thesis/eq-6.2",
    title="Stochastic gradients: unbiased and bounded",
    kind="assumption",
    where="Section 6.1, eq. (6.2)",
    states=r"\mathbb E\,g(w) = \nabla\ell(w),\ \|g(w)\| \le B\ \Longrightarrow\ \mathbb E\|g-\mathbb "
    r"Eg\|^2 \le "
    r"v\,B^2,\ \|g-\mathbb Eg\| \le d\,B;\qquad \|\nabla\ell(w,Z)\| \le M^2\|w-w_*\|\ \text{if}\ \|Z_i\| "
    r"\le M",
    printed={"v": 1, "d": 2, "m": 2},
    uses=("du2019thesis/eq-6.1",),
    note="An assumption; checked are the consequences that the proofs of Lemmas 6.2 and 6.3 need (v = 1, "
    "d = 2) and the remark that bounded patches and weights imply it. Over all w it cannot hold with E g "
    "= ∇ℓ.",
)


@oracle.check(covers="universal")
def consequences(claim: Statement, ctx: Context) -> Outcome:
    """Var = E|g|² - |Eg|² <= B²; triangle inequality. Two values ±B with chance q of B reach both bounds.

    |∇ℓ(w,Z)| <= M |f(w) - f(w*)| <= M·M|w - w*|, since σ is 1-Lipschitz; equality for k = 1, Z = M w*/|w*|.
    """
    coin = "(1 - (2*q - 1)**2)"
    two_values = every(
        prove(f"{coin} <= v", q="[0, 1]", let=claim.let, says="variance of a value ±B, over B²"),
        prove("1 + (1 - 2*q) <= d", q="[0, 1]", let=claim.let, says="|g - Eg| at g = B, over B"),
        prove("M**2*r <= M**(m)*r", M="[1, oo)", r=POSITIVE, let=claim.let, says="Z = M w*/|w*|, M >= 1"),
        prove("M**2*r <= M**(m)*r", M="(0, 1]", r=POSITIVE, let=claim.let, says="the same, M <= 1"),
    )
    general = follows_from(
        identity("E2 - m1**2 == E2 - 2*m1*m1 + m1**2", says="E|g - Eg|² = E|g|² - |Eg|²"),
        prove("B**2 - m1**2 <= v*B**2", B=POSITIVE, m1=REAL, let=claim.let),
        prove("B + B <= d*B", B=POSITIVE, let=claim.let, says="triangle inequality"),
        assumes=("ReLU is 1-Lipschitz", "Jensen's inequality for |Eg|"),
    )
    return unless([two_values], general)


oracle.falsehood("deviation at most B/2", d="1/2")
oracle.falsehood("half the variance", v="1/2")
oracle.falsehood("gradient linear in the size of the patches", m=1)


@oracle.falsehood_with_check("one bound for all weights")
def unbounded(claim: Statement, ctx: Context) -> Outcome:
    """k = 1, Z = 1, w* = 1: g(w) = w - 1 for w > 0."""
    return prove("w - 1 <= B", w=POSITIVE, B=POSITIVE)
