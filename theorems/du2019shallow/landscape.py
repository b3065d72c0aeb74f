"""Section 1, footnote 3, and Section 2: the loss as a function of one layer.

D is the extended feature matrix: row i is the derivative of u_i = f(W, a, x_i) in all first-layer weights.
Off the kinks u is linear in W near W, so a point is stationary exactly when D^T (u - y) = 0, and it is then a
local minimum: L(W + V) - L(W) = |DV|²/2.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from numerics import two_layer
from theorems.du2019shallow.model import AWAY_FROM_ZERO, inner, integer_networks, network, slope
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Refuted,
    Series,
    Statement,
    Undecided,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    positive_definite,
    prove,
)
from verify.kernel import expression

output_layer = Claim(
    "du2019shallow/fn-3-output-layer",
    title="Training the output layer alone: convex, smooth, zero loss for large width, another function",
    kind="positive-definiteness",
    where="Section 1, footnote 3",
    states=r"\frac{\partial^2 L}{\partial a\,\partial a^\top} = h\,\Phi\Phi^\top \succeq 0,\ \Phi_{ri} = "
    r"\sigma(w_r^\top x_i); \qquad \mathbb E\,\sigma(w^\top x_i)\sigma(w^\top x_j) \succ 0,\ \text{so}\ "
    r"\Pr(\min_a L = 0) \to 1\ (m\to\infty); \qquad f_{W\text{ trained}} \ne f_{a\text{ trained}}",
    given=(
        r"W = W(0)\ \text{fixed},\ w_r(0)\sim N(0,I)",
        r"x_i \nparallel x_j\ (i\ne j)",
        r"\text{gradient descent on } a:\ \eta\lambda_{\max}(h\,\Phi\Phi^\top) < \text{step}",
    ),
    printed={
        "h": "1/m",
        "step": 2,
        "off": 0,
        "v": 1,
        "turns": (("0",), ("0", "1/2"), ("0", "1/3", "2/3"), ("0", "1/4", "1/2", "3/4"), ("0", "1/100")),
    },
    parts=("convex and smooth", "zero loss", "another function"),
    uses=(
        "du2019shallow/eq-2",
        "du2019shallow/lemma-A.1",
    ),
    note="turns: angles, in units of π, of the unit inputs of the plane for which the limiting kernel is "
    "computed; off: slope of the activation at z < 0. The learned functions differ in general, not always: "
    "when w is a multiple of the only input they agree (v = 0).",
)


@output_layer.check(part="convex and smooth", covers="universal")
def hessian_is_a_gram_matrix(claim: Statement, ctx: Context) -> Outcome:
    """L is quadratic in a; its second derivative in a_r, a_q is a sum over i of the term checked here.

    `rest` is what the other neurons add to u_i. The form v -> v^T Hessian v is a sum of squares over i.
    """
    loss = "(rest + (ar*pr + aq*pq)/sqrt(m) - y)**2/2"
    form = "h*(vr*vr*pr*pr + 2*vr*vq*pr*pq + vq*vq*pq*pq)"
    return every(
        identity(f"diff(diff({loss}, ar), aq) == h*pr*pq", let=claim.let, m="[2, oo)"),
        identity(f"diff(diff({loss}, ar), ar) == h*pr*pr", let=claim.let, m="[2, oo)"),
        identity(f"{form} == (vr*pr + vq*pq)**2/m", let=claim.let, m="[2, oo)"),
    )


@output_layer.check(part="convex and smooth", covers="universal")
def gradient_descent_on_the_output_layer(claim: Statement, ctx: Context) -> Outcome:
    """In an eigenvector of Φ^TΦ/m with eigenvalue t/η > 0 each step multiplies the residual by 1 - t."""
    return every(prove("(1 - t)**2 < 1", t=f"(0, {claim.step})"), assumes=("spectral theorem",))


@output_layer.check(part="zero loss", covers="universal")
def kinks_on_different_hyperplanes(claim: Statement, ctx: Context) -> Outcome:
    """The functions σ(w.x_i) of w are linearly independent: take w on the kink of x_i and on no other kink.

    Along w ± t v, v.x_i = 1, t small: second differences of the other functions vanish, that of σ(w.x_i) does
    not, so its coefficient is 0. Hence some n neurons have a nonsingular Φ; as Φ is continuous, n Gaussian
    neurons have one with a probability p > 0, and m neurons contain floor(m/n) independent such groups.
    """
    return every(
        identity("s*(z + t*b) + s*(z - t*b) - 2*s*z == 0", says="away from a kink, gate s"),
        prove("t + off*(-t) - 0 > 0", t="(0, oo)", let=claim.let, says="on the kink"),
        assumes=(
            "Lemma A.1: such a w exists",
            "n independent functions have n points with a nonsingular matrix of values",
            "the determinant is continuous, and a Gaussian charges every open set",
        ),
    )


@output_layer.check(part="zero loss")
def limiting_kernel_definite(claim: Statement, ctx: Context) -> Outcome:
    """E σ(w.x_i) σ(w.x_j) = (sin θ + (π-θ) cos θ)/(2π) is positive definite for some inputs of the plane."""
    return every(*(eigenvalue_above(_output_kernel(turns), "0") for turns in claim.turns))


def _output_kernel(turns: Sequence[str]) -> list[list[str]]:
    def entry(s: str, t: str) -> str:
        gap = abs(Fraction(s) - Fraction(t))
        return f"(sin(pi*{gap}) + pi*(1 - {gap})*cos(pi*{gap}))/(2*pi)" if gap else "1/2"

    return [[entry(s, t) for t in turns] for s in turns]


@output_layer.check(part="another function")
def one_input_of_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """n = m = 1, x = (1, 0), y = 2, a = 1, w = (1, v): one layer ends at w = (2, v), the other at a = 2.

    Both descents contract the residual by 1 - η and move nothing else. The functions are compared at (0, 1).
    """
    first = network([["w1", "v"]], ["1"], ["0", "1"])
    output = network([["1", "v"]], ["a"], ["0", "1"])
    return every(
        identity("w1 - eta*(w1 - y) - y == (1 - eta)*(w1 - y)", says="first layer"),
        identity("a - eta*(a - y) - y == (1 - eta)*(a - y)", says="output layer"),
        evaluate(f"{first} != {output}", let={**claim.let, "w1": "2", "a": "2"}),
    )


@output_layer.falsehood_with_check("zero loss for fewer neurons than inputs")
def one_neuron_two_labels(claim: Statement, ctx: Context) -> Outcome:
    """n = 2, m = 1, labels 1 and -1: both predictions have the sign of a, so the loss is at least 1/2."""
    bound = every(
        prove("(a*p - 1)**2/2 >= 1/2", a="(-oo, 0]", p="[0, oo)", says="the first input, a <= 0"),
        prove("(a*q + 1)**2/2 >= 1/2", a="[0, oo)", q="[0, oo)", says="the second input, a >= 0"),
    )
    return contradicted_by(
        bound, witness="n = 2, m = 1, y = (1, -1): the loss is at least 1/2 for all W and a"
    )


@output_layer.falsehood_with_check("zero loss for equal inputs with different labels")
def equal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """x_1 = x_2, labels 0 and 1: a common prediction u leaves a loss of at least 1/4, whatever the width."""
    bound = prove("u**2/2 + (u - 1)**2/2 >= 1/4", u="(-oo, oo)")
    return contradicted_by(
        bound, witness="x_1 = x_2, y = (0, 1): the loss is at least 1/4 for all m, W and a"
    )


@output_layer.falsehood_with_check("the Hessian is positive definite for every width")
def more_neurons_than_inputs(claim: Statement, ctx: Context) -> Outcome:
    """n = 1, m = 2: the direction (1, -1) is flat when both neurons are equally active."""
    return evaluate("(v1*p1 + v2*p2)**2/2 > 0", at={"v1": 1, "v2": -1, "p1": 1, "p2": 1})


output_layer.falsehood("Hessian ΦΦ^T/√m", h="1/sqrt(m)", by=("hessian_is_a_gram_matrix",))
output_layer.falsehood("step sizes up to 3/λ", step=3, by=("gradient_descent_on_the_output_layer",))
output_layer.falsehood("linear activation", off=1, by=("kinks_on_different_hyperplanes",))
output_layer.falsehood("equal inputs", turns=(("0", "0"),), by=("limiting_kernel_definite",))
output_layer.falsehood("the functions differ always", v=0, by=("one_input_of_the_plane",))


extended_feature = Claim(
    "du2019shallow/sec-2-extended-feature",
    title="The Gram matrix is that of the extended features; gradient against loss",
    kind="closed-form",
    where="Section 2, Landscape Analysis",
    states=r"H = D D^\top,\quad D_{i,(r,k)} = \frac{\partial u_i}{\partial W_{rk}} = "
    r"\frac{1}{\sqrt m}a_r x_{ik}\,\mathbb I\{w_r^\top x_i\ge 0\}; \qquad \nabla_W L = D^\top(u-y); \qquad "
    r"\|\nabla_W L\|_F^2 \ge c\,\lambda_{\min}(H)\,L",
    given=(r"a_r \in \{-1, 1\}",),
    printed={"signs": (-1, 1), "transposed": "second", "residual": "u - y", "c": 2},
    parts=("H", "gradient", "gradient bound"),
    uses=("du2019shallow/eq-2", "du2019shallow/eq-4", "du2019shallow/eq-6"),
    note="Printed: the Gram matrix is DD^T, and the least singular value of D relates the gradient to "
    "the loss (cited work); c = 2 is the relation.",
)


@extended_feature.check(part="H", covers="universal")
def entry_by_entry(claim: Statement, ctx: Context) -> Outcome:
    """(DD^T)_ij and H_ij are sums over r and k of these terms, for both values of a_r."""
    term = "(a*x*g/sqrt(m))*(a*z*h/sqrt(m)) == x*z*g*h/m"
    near: dict[str, Any] = dict.fromkeys(("g", "h", "m", "x", "z"), "[1, 2]")
    return every(*(identity(term, let={"a": a}, **near) for a in claim.signs))


@extended_feature.check(part="H")
def integer_features(claim: Statement, ctx: Context) -> Outcome:
    """The engine's exact D on integer networks against H spelled out, shapes included."""
    cases = []
    for W, a, X, _ in integer_networks(ctx, 12):
        signs = np.array([claim.signs[b % 2] for b in a], dtype=object)
        D = two_layer.extended_feature(W, signs, X)
        rows = D if claim.transposed == "second" else D.T
        cases.append(evaluate(f"{len(rows)} == {len(X)}", says="as many rows as inputs"))
        for i, x in enumerate(X):
            for j, z in enumerate(X):
                both = " + ".join(f"step{inner(w, x)}*step{inner(w, z)}" for w in W)
                gram = f"{inner(x, z)}*({both})/{len(W)}"
                cases.append(evaluate(f"{inner(rows[i % len(rows)], rows[j % len(rows)])} == {gram}"))
    return every(*cases)


@extended_feature.check(part="gradient", covers="universal")
def chain_rule(claim: Statement, ctx: Context) -> Outcome:
    """With the gates fixed, ∂u_i/∂w is the entry of D, and ∂L/∂w sums residual times entry over i."""
    let = {"u": "rest + a/sqrt(m)*g*(w*x + others)"}
    return every(
        identity("diff(u, w) == a*x*g/sqrt(m)", let=let),
        identity(f"diff((u - y)**2/2, w) == ({claim.residual})*diff(u, w)", let=let, **AWAY_FROM_ZERO),
    )


@extended_feature.check(part="gradient bound", covers="universal")
def rayleigh_quotient(claim: Statement, ctx: Context) -> Outcome:
    """|D^T e|² = e^T DD^T e >= λ|e|² = 2 λ L for e = u - y; equality for n = 1, so 2 cannot be larger.

    The identity is spelled for two inputs and two weights; it is bilinear, sizes make no difference.
    """
    return every(
        _gradient_square(),
        prove("lam*norm**2 >= c*lam*(norm**2/2)", lam="[0, oo)", norm="[0, oo)", let=claim.let),
        assumes=("Rayleigh: e^T H e >= λ_min(H) |e|²",),
    )


def _gradient_square() -> Outcome:
    e, D = ("e1", "e2"), (("D11", "D12"), ("D21", "D22"))
    square = " + ".join(f"{inner(e, column)}**2" for column in zip(*D, strict=True))
    form = " + ".join(f"{e[i]}*{e[j]}*{inner(D[i], D[j])}" for i in (0, 1) for j in (0, 1))
    return identity(f"{square} == {form}", says="|D^T e|² = e^T DD^T e")


extended_feature.falsehood("H = D^T D", transposed="first", by=("integer_features",))
extended_feature.falsehood("gradient D^T(y - u)", residual="y - u", by=("chain_rule",))
extended_feature.falsehood(
    "output weights -1 and 2", signs=(-1, 2), by=("entry_by_entry", "integer_features")
)
extended_feature.falsehood("factor 4 in the gradient bound", c=4, by=("rayleigh_quotient",))


class Point(NamedTuple):
    """A network, its data, and weights `better` with a smaller loss; inputs of norm 1, output weights 1."""

    X: tuple[tuple[str, ...], ...]
    y: tuple[str, ...]
    W: tuple[tuple[str, ...], ...]
    better: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        inputs, weights = (", ".join(f"({', '.join(row)})" for row in rows) for rows in (self.X, self.W))
        return f"inputs {inputs}; labels {', '.join(self.y)}; weights {weights}; a = 1"

    def sizes(self) -> dict[str, str]:
        """n, m, d as text."""
        return {"n": str(len(self.X)), "m": str(len(self.W)), "d": str(len(self.X[0]))}

    def loss(self, W: Sequence[Sequence[str]], off: str) -> str:
        """The loss at weights W, as text."""
        a = ["1"] * len(W)
        terms = (f"({network(W, a, x, off=off)} - ({t}))**2/2" for x, t in zip(self.X, self.y, strict=True))
        return " + ".join(terms)

    def features(self, off: str) -> list[list[Fraction]]:
        """The rows of sqrt(m) D."""
        inputs = [[Fraction(v) for v in x] for x in self.X]
        weights = [[Fraction(v) for v in w] for w in self.W]
        positive = [[sum(p * q for p, q in zip(w, x, strict=True)) >= 0 for w in weights] for x in inputs]
        return [
            [v * (1 if on else Fraction(off)) for on in row for v in x]
            for x, row in zip(inputs, positive, strict=True)
        ]


POINTS = (
    Point((("1",),), ("1",), (("-1",),), (("1",),)),
    Point((("1",), ("-1",)), ("2", "1"), (("-1",),), (("2",),)),
    Point(
        (("1", "0"), ("3/5", "4/5"), ("0", "1")),
        ("13/10", "9/10", "7/5"),
        (("1/2", "1/2"),) * 4,
        (("13/5", "3/10"), ("-4", "5/2"), ("-1", "-1"), ("-1", "-1")),
    ),
    Point((("1",), ("-1",)), ("1", "1"), (("0",), ("0",)), (("1",), ("-1",))),
)
"""A dead neuron; full rank with md < n; all neurons active on all inputs, rank n - 1; a kink."""


def refutation(claim: Statement, point: Point, conclusion: str) -> Outcome | None:
    """The evidence that `point` meets the hypotheses and breaks the conclusion, or None where it does not."""
    sizes, off = point.sizes(), str(claim.off)
    a = ["1"] * len(point.W)
    seen = [[f"step{inner(w, x)}" for x in point.X] for w in point.W]
    links = [evaluate(claim.width, at=sizes, says="width")]
    if claim.at == "a zero of formula (4) on a kink":
        links.append(evaluate(f"{inner(point.W[0], point.X[0])} == 0", says="on a kink"))
    else:
        links += [evaluate(f"{inner(w, x)} != 0", says="off the kinks") for w in point.W for x in point.X]
        links.append(
            identity("(e + h)**2/2 == e**2/2 + e*h + h**2/2", says="stationary in a cell: a minimum")
        )
    if claim.awake:
        rows = [*seen, *zip(*seen, strict=True)]
        links += [evaluate(f"{' + '.join(row)} >= 1", says="no dead neuron, no unseen input") for row in rows]
    links += [_rank_at_least(claim.rank, sizes, point.features(off))]
    for r in range(len(point.W)):
        for k in range(len(point.X[0])):
            links.append(
                evaluate(f"{slope(point.W, a, point.X, point.y, r, k, off=off)} == 0", says="gradient")
            )
    elsewhere = "0" if conclusion == "zero" else point.loss(point.better, off)
    links.append(evaluate(f"{point.loss(point.W, off)} > {elsewhere}", says=f"the loss is not {conclusion}"))
    together = every(*links)
    if together.status != "holds":
        return None
    return Refuted(
        *together.evidence,
        witness=f"{claim.at}, loss not {conclusion}: {point}",
        plots=(_segment(point),) if claim.off == 0 else (),
    )


def _segment(point: Point) -> Plot:
    """The loss on the line through the point (at 0) and the better weights (at 1)."""
    X, W, end = (
        np.array([[float(Fraction(v)) for v in r] for r in rows]) for rows in (point.X, point.W, point.better)
    )
    y, times = np.array([float(Fraction(v)) for v in point.y]), np.linspace(-0.5, 1, 61)
    losses = [float(two_layer.loss(W + t * (end - W), np.ones(len(W)), X, y)) for t in times]
    return Plot(
        f"The loss is larger at {point} (position 0) than at other weights (position 1).",
        "position between W and better weights",
        "loss",
        [Series("loss", [float(t) for t in times], losses)],
    )


def _rank_at_least(rank: str, sizes: Mapping[str, str], D: Sequence[Sequence[Fraction]]) -> Outcome:
    """Some `rank` rows of D have a positive definite Gram matrix."""
    size = int(expression.evaluate_exactly(expression.parse(rank, sizes), {}))
    if size == 0:
        return evaluate(f"{rank} <= 0", let=sizes, says="no rank is required")
    for rows in combinations(D, size):
        gram = [[sum(p * q for p, q in zip(r, s, strict=True)) for s in rows] for r in rows]
        definite = positive_definite(gram, says="rank of D")
        if definite.status == "holds":
            return definite
    return Undecided(f"the rank of D is below {size}", "another point")


def landscape(claim: Statement, conclusion: str) -> Outcome:
    """A point that contradicts the claim, else the argument: |∇L|² = |D^T (u-y)|² >= 2 λ_min(DD^T) L.

    λ_min > 0 exactly when D has as many independent rows as there are inputs.
    """
    for point in POINTS:
        refuted = refutation(claim, point, conclusion)
        if refuted is not None:
            return refuted
    return follows_from(
        prove(f"n - ({claim.rank}) <= 0", n="[1, oo)", says="the rows of D are independent"),
        _gradient_square(),
        prove("2*lam*loss > 0", lam="(0, oo)", loss="(0, oo)", says="the gradient is not 0"),
        assumes=("DD^T is positive definite when the rows of D are independent", "Rayleigh quotient"),
    )


local_minima = Claim(
    "du2019shallow/sec-2-differentiable-local-minima",
    title="Zero training error at every differentiable local minimum once md is at least n",
    kind="existence",
    where="Section 2, Landscape Analysis (attributed to Soudry and Carmon 2016)",
    states=r"md \ge n,\ \mathrm{rank}\,D \ge \rho,\ W \ \text{a differentiable local minimum of}\ L(\cdot,a) "
    r"\implies L(W,a) = 0",
    given=(r"\sigma(z) = z\ (z\ge 0),\ \sigma(z) = \text{off}\cdot z\ (z<0)",),
    printed={
        "width": "m*d >= n",
        "rank": "0",
        "off": 0,
        "awake": False,
        "at": "a differentiable local minimum",
    },
    uses=("du2019shallow/eq-2", "du2019shallow/eq-4"),
    same_as=("du2019shallow/sec-6-width-n-over-d",),
    note="ρ (rank): what is asked of D; nothing (0) as printed. The cited work has leaky units and, on the "
    "slopes, multiplicative noise, which makes rank D = n almost surely. Wherever rank D < n off the kinks, "
    "labels with u - y in the kernel of D^T make W a bad minimum; the witnesses persist under small changes "
    "of the data, so generic data alone do not help.",
)


@local_minima.check(covers="universal")
def rank_of_the_features(claim: Statement, ctx: Context) -> Outcome:
    """Off the kinks L(W + V) - L(W) = <∇L, V> + |DV|²/2 near W: a minimum iff D^T (u-y) = 0.

    So all minima have zero loss iff D^T is injective; md >= n does not make it so. Printed: a dead neuron.
    """
    return landscape(claim, "zero")


local_minima.falsehood("rank n - 1 is enough", rank="n - 1")
local_minima.falsehood("D of full rank, but md < n", rank="min(n, m*d)", width="m*d < n")
local_minima.falsehood("leaky units instead", off="1/10")
local_minima.falsehood("no dead neuron and no unseen input instead", awake=True)
local_minima.falsehood("a zero of the gradient formula instead", at="a zero of formula (4) on a kink")
local_minima.corrected("with rank D = n", erratum="missing hypothesis", rank="n")


global_minima = Claim(
    "du2019shallow/sec-6-width-n-over-d",
    title="All differentiable local minima are global once m is at least n/d",
    kind="existence",
    where="Section 6 (attributed to Soudry and Carmon 2016)",
    states=r"m \ge n/d,\ \mathrm{rank}\,D \ge \rho,\ W\ \text{a differentiable local minimum of}\ "
    r"L(\cdot,a) \implies L(W,a) = \min_{W'} L(W',a)",
    printed={
        "width": "m >= n/d",
        "rank": "0",
        "off": 0,
        "awake": False,
        "at": "a differentiable local minimum",
    },
    uses=("du2019shallow/eq-2", "du2019shallow/eq-4"),
    same_as=("du2019shallow/sec-2-differentiable-local-minima",),
    note="The extracted text shows m >= d; with Section 2 it is read as m >= n/d.",
)


@global_minima.check(covers="universal")
def smaller_loss_elsewhere(claim: Statement, ctx: Context) -> Outcome:
    """As in Section 2: with rank D = n a stationary point has zero loss, so it is global.

    Printed: a dead neuron is a differentiable local minimum, and another weight has zero loss.
    """
    return landscape(claim, "global")


global_minima.falsehood("rank n - 1 is enough", rank="n - 1")
global_minima.falsehood("m >= d with D of full rank", width="m >= d", rank="min(n, m*d)")
global_minima.falsehood("leaky units instead", off="1/10")
global_minima.falsehood("no dead neuron and no unseen input instead", awake=True)
global_minima.reading("m >= d, as the extracted text has it", width="m >= d")
global_minima.corrected("with rank D = n", erratum="missing hypothesis", rank="n")
