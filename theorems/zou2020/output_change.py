"""Appendix A.3, proof of Lemma 5.3: the change of the output in two parts, flipped units and the gradient.

B stands for C_5 L^(13/6) τ^(1/3) √(M log M), bounds of the features included; D_l and D~_l are the backward
products with the masks and weights of the step, and with the secant masks and the weights after it.
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020._masked_networks import (
    Matrix,
    Vector,
    active,
    backward_row,
    by_hand,
    drawn,
    forward,
    secant,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma 5.3."""
    return Claim(f"zou2020/proof-lemma-5.3-{name}", kind="proof-step", step_of="zou2020/lemma-5.3", **fields)


class Step:
    """A gradient step of a network on two inputs, the derivatives of the loss replaced by -1/2 and -1/3."""

    def __init__(self, weights: list[Matrix], inputs: list[Vector], v: Vector, eta: Fraction) -> None:
        self.v, self.eta, self.n = v, eta, len(inputs)
        self.slopes = [Fraction(-1, 2), Fraction(-1, 3)]
        self.labels = [Fraction(1), Fraction(-1)]
        old = [forward(weights, x) for x in inputs]
        self.features = [features for features, _ in old]
        masks = [[active(z) for z in below] for _, below in old]
        L = len(weights)
        self.rows = [[backward_row(v, weights, m, low) for low in range(1, L + 1)] for m in masks]
        self.gradient = [self._layer(low) for low in range(1, L + 1)]
        moved = [
            [[w - eta * g for w, g in zip(p, q, strict=True)] for p, q in zip(W, G, strict=True)]
            for W, G in zip(weights, self.gradient, strict=True)
        ]
        new = [forward(moved, x) for x in inputs]
        between = [
            [secant(a, b) for a, b in zip(p, q, strict=True)] for (_, p), (_, q) in zip(old, new, strict=True)
        ]
        self.secant_rows = [[backward_row(v, moved, m, low) for low in range(1, L + 1)] for m in between]
        tops = [(a[-1], b[-1]) for (a, _), (b, _) in zip(old, new, strict=True)]
        self.change = [
            y * sum((w * (q - p) for w, p, q in zip(v, a, b, strict=True)), Fraction(0))
            for y, (a, b) in zip(self.labels, tops, strict=True)
        ]

    def _layer(self, low: int) -> Matrix:
        """The mean over the inputs of ℓ' y x_(l-1) (backward row)."""
        inputs = list(zip(self.slopes, self.labels, self.features, self.rows, strict=True))
        below, above = len(self.features[0][low - 1]), len(self.rows[0][low - 1])
        return [
            [
                sum((c * y * f[low - 1][a] * r[low - 1][b] for c, y, f, r in inputs), Fraction(0)) / self.n
                for b in range(above)
            ]
            for a in range(below)
        ]

    def inner(self, i: int, low: int, row: Vector) -> Fraction:
        """row (gradient of layer l)^T x_(l-1,i)."""
        G, x = self.gradient[low - 1], self.features[i][low - 1]
        return sum((x[a] * G[a][j] * row[j] for a in range(len(x)) for j in range(len(row))), Fraction(0))

    def squared(self, low: int) -> Fraction:
        """Squared Frobenius norm of a layer's gradient."""
        return sum((g * g for row in self.gradient[low - 1] for g in row), Fraction(0))


def steps(ctx: Context) -> list[Step]:
    """Two networks by hand and eight drawn ones; η = 1/3 and 2 in turn."""
    pairs = [*by_hand(), *(drawn(ctx.rng("step", k), 1 + k % 4) for k in range(8))]
    second = [Fraction(2), Fraction(-1)]
    etas = (Fraction(1, 3), Fraction(2))
    return [Step(p.before, [p.x, second], p.v, etas[k % 2]) for k, p in enumerate(pairs)]


rough = step(
    "I1",
    title="The part of the output's change from flipped units",
    where="Appendix A.3, proof of Lemma 5.3, the chain for Δ_i^(k) and the bound of I_1",
    states=r"\Delta_i = I_1+I_2,\quad I_1 = -\eta^{e}y_iv^\top\sum_l(\tilde D_l-D_l)(\nabla_{W_l}L_S)^\top "
    r"x_{l-1,i},\ I_2 = -\eta^{e}y_iv^\top\sum_lD_l(\nabla_{W_l}L_S)^\top x_{l-1,i};\quad |I_1| \le "
    r"kC_5L^{a}\tau^{1/3}\sqrt{M\log M}\,\eta\sum_l\|\nabla_{W_l}L_S\|_2 \le kC_5L^{b}\tau^{1/3}"
    r"\sqrt{M\log M}\,\eta\|\nabla L_S\|_F,\qquad k = 2,\ a = \tfrac{13}6,\ b = \tfrac83",
    given=(
        r"\text{bound (A.3) for } v^\top(\tilde D_l-D_l);\ \|x_{l-1,i}\|\ \text{bounded, the bound in } C_5",
        r"W^{(k+1)}-W^{(k)} = -\eta\nabla L_S(W^{(k)})",
        r"\text{printed: } e = 0",
    ),
    printed={"e": 0, "k": 2, "a": "13/6", "b": "8/3", "off": 1},
    parts=("identity", "bound"),
    uses=("zou2020/proof-lemma-5.3-telescoping", "zou2020/proof-lemma-5.3-D-perturbation"),
    note="The definitions of I_1 and I_2 lack the factor η that their bound and their sum over the inputs "
    "have; the line before lacks the transpose of the weights. off is the coefficient of D_l in I_1.",
)


def two_parts(claim: Statement, ctx: Context) -> list[Outcome]:
    """Δ_i against I_1 + I_2."""
    found = []
    for k, s in enumerate(steps(ctx)):
        factor = s.eta ** int(claim.e)
        for i in range(s.n):
            parts = Fraction(0)
            for low in range(1, len(s.gradient) + 1):
                smooth, full = s.inner(i, low, s.rows[i][low - 1]), s.inner(i, low, s.secant_rows[i][low - 1])
                parts -= factor * s.labels[i] * (full - Fraction(claim.off) * smooth + smooth)
            says = f"network {k + 1}, L = {len(s.gradient)}, η = {s.eta}, input {i + 1}"
            found.append(evaluate(f"({s.change[i]}) == ({parts})", says=says, instance=True))
    return found


@rough.check(part="identity", covers="universal")
def telescoped_step(claim: Statement, ctx: Context) -> Outcome:
    """The telescoping with -η∇ for the change of the weights, D~ = (D~ - D) + D.  First the networks."""
    argument = follows_from(
        identity(
            "d*(-eta*g)*x == -eta**e*(d - off*D)*g*x - eta**e*D*g*x",
            let={"e": claim.e, "off": claim.off},
            eta=POSITIVE,
        ),
        assumes=("proof-lemma-5.3-telescoping", "sum over layers and coordinates"),
    )
    return unless(two_parts(claim, ctx), argument)


@rough.check(part="bound", covers="universal")
def sum_over_the_layers(claim: Statement, ctx: Context) -> Outcome:
    """2B η^e Σ g_l against k B η Σ g_l, and Σ g_l <= √L G, attained by equal norms."""
    box: dict[str, Any] = {"eta": POSITIVE, "B": POSITIVE, "g": POSITIVE}
    let = {"k": claim.k, "e": claim.e}
    a, b = 6 * Fraction(claim.a), 6 * Fraction(claim.b)
    return every(
        prove("2*B*eta**e*g <= k*B*eta*g", let=let, says="(A.3)", **box),
        prove(f"y**({a})*(y**6*g) <= y**({b})*(y**3*g)", y=FROM_ONE, g=FROM_ZERO, says="equal norms, L = y⁶"),
        assumes=("Cauchy-Schwarz over the layers",),
    )


rough.falsehood("D~ for D~ - D", e=1, off=0, by=("telescoped_step",))
rough.falsehood("η²", e=2, by=("telescoped_step",))
rough.falsehood("once for twice", e=1, k=1, by=("sum_over_the_layers",))
rough.falsehood("L^(5/2)", e=1, b="5/2", by=("sum_over_the_layers",))
rough.corrected("with the factor η", erratum="misprint", e=1)


smooth_part = step(
    "I2",
    title="The linear part gives the squared norm of the gradient",
    where="Appendix A.3, proof of Lemma 5.3, last display before the assembly",
    states=r"\frac1n\sum_i\ell'(y_i\hat y_i)I_{2,i} = s\,\frac{\eta}{n^{w}}\sum_l\left\|\sum_i\ell'(y_i\hat "
    r"y_i)y_ix_{l-1,i}v^\top D_{l,i}\right\|_F^2 = s\,\eta\sum_l\|\nabla_{W_l}L_S\|_F^2,\qquad s = -1,\ w = "
    r"2",
    given=(
        r"I_{2,i} = -\eta y_iv^\top\sum_lD_{l,i}(\nabla_{W_l}L_S)^\top x_{l-1,i}",
        r"\text{printed: right sides for one } l",
    ),
    printed={"sum": "one layer", "s": -1, "w": 2},
    uses=("zou2020/proof-lemma-5.3-I1",),
    note="I_2 is a sum over the layers, the display has the summand of one of them. The definition of the "
    "norm of the whole gradient is printed with the index l on the left, too.",
)


def squared_gradients(claim: Statement, ctx: Context) -> list[Outcome]:
    """Left side against the squared norms; one layer: no layer's square is the left side."""
    found = []
    for k, s in enumerate(steps(ctx)):
        layers = range(1, len(s.gradient) + 1)
        left = Fraction(0)
        for i in range(s.n):
            total = sum((s.inner(i, low, s.rows[i][low - 1]) for low in layers), Fraction(0))
            left -= s.eta * s.slopes[i] * s.labels[i] * total / s.n
        scale = Fraction(claim.s) * s.eta * Fraction(s.n) ** (2 - int(claim.w))
        says = f"network {k + 1}, L = {len(s.gradient)}, η = {s.eta}"
        if claim.sum == "all layers":
            right = scale * sum((s.squared(low) for low in layers), Fraction(0))
            found.append(evaluate(f"({left}) == ({right})", says=says, instance=True))
        else:
            gaps = "*".join(f"(({left}) - ({scale * s.squared(low)}))" for low in layers)
            found.append(evaluate(f"{gaps} == 0", says=f"{says}: some l", instance=True))
    return found


@smooth_part.check(covers="universal")
def inner_product_with_itself(claim: Statement, ctx: Context) -> Outcome:
    """v^T D (∇)^T x = <∇, x v^T D>; an entry, two inputs: ∇ = (c_1 g_1 + c_2 g_2)/n.  First the networks."""
    entry = "c1*g1 + c2*g2"
    argument = follows_from(
        identity(
            f"(c1*(-eta*({entry})/n*g1) + c2*(-eta*({entry})/n*g2))/n == s*eta/n**w*({entry})**2",
            let={"s": claim.s, "w": claim.w},
            n=FROM_ONE,
        ),
        identity("eta/n**2*y**2 == eta*(y/n)**2", n=FROM_ONE, says="the gradient is a mean"),
        assumes=("sum over the entries, the layers and the inputs",),
    )
    if claim.sum != "all layers":
        argument = Undecided("a sum over the layers against one of them", "a network of two layers")
    return unless(squared_gradients(claim, ctx), argument)


smooth_part.falsehood("the other sign", sum="all layers", s=1)
smooth_part.falsehood("1/n for 1/n²", sum="all layers", w=1)
smooth_part.corrected("summed over the layers", erratum="misprint", sum="all layers")
