"""Section 1, equations (1)-(4): the network, the loss, gradient descent on the first layer, the gradient.

`inner`, `network` and `slope` spell the formulas of the paper for numbers or names, so that the kernel
evaluates them; the exact instances compare them with `numerics.two_layer`, on which all later runs rely.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from numerics import two_layer
from numerics.descent import gradient_descent
from verify import Claim, Context, Outcome, Statement, evaluate, every, expectation, identity, prove

Row = Sequence[Any]
SQUARE_WIDTHS = (1, 4)


def inner(w: Row, x: Row) -> str:
    """w.x as text."""
    return "(" + " + ".join(f"({p})*({q})" for p, q in zip(w, x, strict=True)) + ")"


def network(W: Sequence[Row], a: Row, x: Row, p: str = "1/2", off: str = "0") -> str:
    """m^(-p) sum_r a_r sigma(w_r.x) as text, sigma(z) = z for z >= 0 and off z for z < 0."""
    outer = zip(a, (inner(w, x) for w in W), strict=True)
    terms = (f"({b})*{z}*(({off}) + (1 - ({off}))*step{z})" for b, z in outer)
    return f"(({' + '.join(terms)})/{len(W)}**({p}))"


def slope(
    W: Sequence[Row], a: Row, X: Sequence[Row], y: Row, r: int, k: int, *, off: str = "0", p: str = "1/2"
) -> str:
    """Equation (4), coordinate k of the gradient in w_r, as text; `off` is the gate of an inactive neuron."""
    terms = []
    for x, label in zip(X, y, strict=True):
        gate = f"(({off}) + (1 - ({off}))*step{inner(W[r], x)})"
        terms.append(f"({network(W, a, x, off=off)} - ({label}))*({a[r]})*({x[k]})*{gate}")
    return f"(({' + '.join(terms)})/{len(W)}**({p}))"


def integer_networks(ctx: Context, count: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    """(W, a, X, y) with small integer entries, so that kinks are hit, and widths 1 and 4."""
    for trial in range(count):
        rng = ctx.rng(trial)
        n, d = (int(v) for v in rng.integers(1, 4, size=2))
        m = SQUARE_WIDTHS[trial % 2]
        shapes = {"W": (m, d), "a": (m,), "X": (n, d), "y": (n,)}
        W, a, X, y = (np.array(rng.integers(-2, 3, size=s).tolist(), dtype=object) for s in shapes.values())
        yield W, a, X, y


eq_1 = Claim(
    "du2019shallow/eq-1",
    aliases=("du2019thesis/sec-2.1-network",),
    title="Two-layer ReLU network without biases, output scaled by 1/√m",
    kind="definition",
    where="Section 1, eq. (1)",
    states=r"f(W,a,x) = m^{-p}\sum_{r=1}^m a_r\,\sigma(w_r^\top x + b),\quad \sigma(z) = z\ (z\ge 0),\ "
    r"\sigma(z) = s z\ (z<0); \qquad f(cW,a,x) = c f(W,a,x)\ (c > 0), \qquad "
    r"\mathbb E f(W(0),a,x)^2 = \frac{1}{2}\|x\|_2^2\ \text{ for every } m",
    given=(
        r"x, w_r \in \mathbb R^d",
        r"a_r \in \mathbb R",
        r"w_r(0)\sim N(0,I),\ a_r\sim\mathrm{unif}\{-1,1\}",
    ),
    printed={"p": "1/2", "s": 0, "b": 0},
    note="Printed are the formula, with p = 1/2, s = 0 and b = 0, and sigma; the two consequences say what "
    "they are for. The thesis writes sigma as a maximum as well: the same function.",
)


@eq_1.check(covers="universal")
def output_variance_free_of_the_width(claim: Statement, ctx: Context) -> Outcome:
    """The signs are independent, so E f² = m · m^(-2p) · E σ(w.x)², and w.x = |x| z with z ~ N(0, 1)."""
    return every(
        expectation([("0", "(s*z)**2"), ("oo", "z**2")], equals="1/2", let=claim.let),
        identity("m*(1/m**p)**2*(norm**2/2) == norm**2/2", let=claim.let),
        assumes=("E a_r a_q = 0 for r != q", "w.x ~ N(0, |x|²)"),
    )


@eq_1.check(covers="universal")
def positively_homogeneous(claim: Statement, ctx: Context) -> Outcome:
    """Without a bias the gate of cz is that of z for c > 0, and each branch of σ is linear."""
    return every(
        prove("c*z >= 0", c="(0, oo)", z="[0, oo)", says="an active gate stays active"),
        prove("c*z < 0", c="(0, oo)", z="(-oo, 0)", says="an inactive gate stays inactive"),
        identity("c*z + b == c*(z + b)", let=claim.let, says="the active branch"),
        identity("s*(c*z) == c*(s*z)", let=claim.let, says="the inactive branch"),
    )


@eq_1.check()
def engine_predictions(claim: Statement, ctx: Context) -> Outcome:
    """On integer networks, kinks included, the engine's exact predictions are the printed formula."""
    cases = []
    for W, a, X, _ in integer_networks(ctx, 12):
        for x, u in zip(X, two_layer.predict(W, a, X), strict=True):
            cases.append(evaluate(f"{u} == {network(W, a, x, 'p', 's')}", let=claim.let))
    return every(*cases)


eq_1.falsehood("scaling 1/m", p=1)
eq_1.falsehood("no scaling", p=0)
eq_1.falsehood("leaky slope 1/10", s="1/10", by=("output_variance_free_of_the_width", "engine_predictions"))
eq_1.falsehood("a bias inside the activation", b=1, by=("positively_homogeneous",))


eq_2 = Claim(
    "du2019shallow/eq-2",
    aliases=("du2019thesis/eq-2.1",),
    title="Quadratic loss as a sum, not a mean, of half squares",
    kind="definition",
    where="Section 1, eq. (2)",
    states=r"L(W,a) = \sum_{i=1}^n h\,(f(W,a,x_i)-y_i)^2, \qquad "
    r"\frac{\partial L}{\partial f(W,a,x_i)} = f(W,a,x_i)-y_i",
    printed={"h": "1/2"},
    uses=("du2019shallow/eq-1",),
    note="The derivative is what equation (4) needs: no factor 1/n stands there.",
)


@eq_2.check(covers="universal")
def derivative_is_the_residual(claim: Statement, ctx: Context) -> Outcome:
    """The sum is separable in the predictions, so its derivative in u_i is that of the i-th term."""
    return identity("diff(rest + h*(u - y)**2, u) == u - y", let=claim.let, n="[2, oo)")


@eq_2.check()
def engine_loss(claim: Statement, ctx: Context) -> Outcome:
    """On integer networks the engine's exact loss is the printed sum."""
    cases = []
    for W, a, X, y in integer_networks(ctx, 12):
        squares = " + ".join(f"({network(W, a, x)} - ({t}))**2" for x, t in zip(X, y, strict=True))
        cases.append(evaluate(f"{two_layer.loss(W, a, X, y)} == ({claim.h})*({squares})", let={"n": len(y)}))
    return every(*cases)


eq_2.falsehood("mean over the sample", h="1/(2*n)")
eq_2.falsehood("no factor one half", h=1)


eq_3 = Claim(
    "du2019shallow/eq-3",
    aliases=("du2019thesis/eq-2.2",),
    title="Gradient descent with a constant step on the first layer only",
    kind="definition",
    where="Section 1, eq. (3)",
    states=r"W(k+1) = W(k) + s\,\eta\,G,\quad G = \frac{\partial L(W(k),a)}{\partial W(k)},\quad "
    r"a(k+1) = a(k); \qquad L(W(k+1)) = L(W(k)) - \eta\|G\|_F^2 + \frac{\eta^2}{2}\|DG\|_2^2",
    given=(r"\eta > 0", r"D = \partial u/\partial W", r"\text{second formula: no gate changes in the step}"),
    printed={"s": -1, "a_moves": 0},
    uses=("du2019shallow/eq-2", "du2019shallow/eq-4"),
    note="Printed is the update; the change of the loss in one step says that it descends.",
)


@eq_3.check(covers="universal")
def first_order_decrease(claim: Statement, ctx: Context) -> Outcome:
    """In an activation cell u is linear in W, so L along the step is a parabola that leaves at slope -|G|².

    Spelled for two inputs and two weights; both sides are bilinear sums, so n and md make no difference.
    """
    e, D = ("e1", "e2"), (("D11", "D12"), ("D21", "D22"))
    G = [inner(e, column) for column in zip(*D, strict=True)]
    moved = " + ".join(f"({u} + s*eta*{inner(row, G)})**2/2" for u, row in zip(e, D, strict=True))
    curve = " + ".join(f"{inner(row, G)}**2" for row in D)
    parabola = f"e1**2/2 + e2**2/2 - eta*({G[0]}**2 + {G[1]}**2) + eta**2/2*({curve})"
    return identity(f"{moved} == {parabola}", let=claim.let)


@eq_3.check()
def engine_steps(claim: Statement, ctx: Context) -> Outcome:
    """Two steps of the engine on integer networks, without rounding: step 1/8, width 4, small integers."""
    cases = []
    for W, a, X, y in [net for net in integer_networks(ctx, 6) if len(net[0]) == 4]:
        before, output = W, [str(b) for b in a]
        for steps in (1, 2):
            w0, a0, inputs, labels = (np.array(v, dtype=float) for v in (W[None], a[None], X, y))
            run = gradient_descent(w0, a0, inputs, labels, 0.125, steps, device="cpu")
            after = np.array([[Fraction(v) for v in row] for row in run.weights[0].tolist()], dtype=object)
            for (r, k), w in np.ndenumerate(after):
                move = f"s/8*{slope(before, output, X, y, r, k)}"
                cases.append(evaluate(f"{w} == {before[r, k]} + {move}", let=claim.let))
            output = [f"{b} + a_moves*s/8*{_output_slope(before, a, X, y, r)}" for r, b in enumerate(a)]
            before = after
    return every(*cases)


def _output_slope(W: Any, a: Row, X: Any, y: Row, r: int) -> str:
    """Derivative of the loss in a_r, as text."""
    relu = (f"{z}*step{z}" for z in (inner(W[r], x) for x in X))
    terms = (f"({network(W, a, x)} - ({t}))*{z}" for x, t, z in zip(X, y, relu, strict=True))
    return f"(({' + '.join(terms)})/{len(W)}**(1/2))"


eq_3.falsehood("ascent", s=1)
eq_3.falsehood("the output layer moves too", a_moves=1, by=("engine_steps",))


eq_4 = Claim(
    "du2019shallow/eq-4",
    aliases=("du2019thesis/eq-2.3",),
    title="Gradient of the quadratic loss in a first-layer weight vector",
    kind="closed-form",
    where="Section 1, eq. (4) and footnote 2",
    states=r"\frac{\partial L(W,a)}{\partial w_r} = m^{-p}\sum_{i=1}^n s\,(f(W,a,x_i)-y_i)\,a_r^k\,x_i\,"
    r"\mathbb I\{w_r^\top x_i\ge 0\}",
    given=(r"w_r^\top x_i = 0\text{: there the formula is the definition of the symbol (footnote 2)}",),
    printed={"p": "1/2", "s": 1, "k": 1, "gate": "g", "kink": 1},
    uses=("du2019shallow/eq-1", "du2019shallow/eq-2"),
    note="At a kink the symbol need not be a derivative: with the inputs 1 and -1, the labels -1 and 1 and "
    "w = 0 the loss is differentiable with derivative 1, and the formula gives 2.",
)

U = "(rest + a/sqrt(m)*g*(w*x + others))"
AWAY_FROM_ZERO: dict[str, Any] = dict.fromkeys(("a", "m", "others", "rest", "w", "x", "y"), "(1, 3)") | {
    "g": "[1, 1]"
}
"""Where a violation of the identities is looked for."""


@eq_4.check(covers="universal")
def derivative_in_an_activation_cell(claim: Statement, ctx: Context) -> Outcome:
    """With its gate g fixed, u_i is linear in the coordinate w of w_r.

    `rest` is what the other neurons add, `others` what the other coordinates do; L is the sum over i.
    """
    formula = f"1/m**p*s*({U} - y)*a**k*x*({claim.gate})"
    return identity(f"diff(({U} - y)**2/2, w) == {formula}", let=claim.let, **AWAY_FROM_ZERO)


@eq_4.check(covers="universal")
def one_sided_derivative_at_a_kink(claim: Statement, ctx: Context) -> Outcome:
    """Where one input lies on a neuron's kink, the formula is the derivative from the active side (g = 1)."""
    return every(
        evaluate("step(0) == kink", let=claim.let, says="the gate at the kink"),
        identity(
            f"diff(({U} - y)**2/2, w) == 1/m**p*s*({U} - y)*a**k*x*kink",
            let={**claim.let, "g": "1"},
            says="the active side",
            **AWAY_FROM_ZERO,
        ),
    )


@eq_4.check()
def engine_gradient(claim: Statement, ctx: Context) -> Outcome:
    """On integer networks, kinks included, the engine's exact gradient is the printed formula."""
    cases = []
    for W, a, X, y in integer_networks(ctx, 12):
        for (r, k), value in np.ndenumerate(two_layer.gradient(W, a, X, y)):
            cases.append(evaluate(f"{value} == s*{slope(W, a, X, y, r, k, p='p')}", let=claim.let))
    return every(*cases)


@eq_4.falsehood_with_check("the formula is the derivative wherever the loss is differentiable")
def antipodal_inputs_at_the_kink(claim: Statement, ctx: Context) -> Outcome:
    """Inputs 1 and -1, labels -1 and 1, w = 0, a = m = 1: both one-sided derivatives are 1, formula (4) is 2.

    Each gate is 1 at w = 0, but no activation cell has both on.
    """
    at = {"w": 0, "y1": -1, "y2": 1}
    right, left = "diff((w - y1)**2/2 + y2**2/2, w)", "diff(y1**2/2 + (-w - y2)**2/2, w)"
    formula = slope([["w"]], ["1"], [[1], [-1]], ["y1", "y2"], 0, 0)
    return every(
        evaluate(f"{left} == {right}", at=at, says="the loss is differentiable"),
        evaluate(f"{formula} == {right}", at=at, says="formula and derivative"),
    )


eq_4.falsehood("factor 1/√m missing", p=0)
eq_4.falsehood("factor 1/m", p=1)
eq_4.falsehood("sign of the residual flipped", s=-1)
eq_4.falsehood("output weight missing", k=0)
eq_4.falsehood("gate of the inactive side", gate="1 - g", by=("derivative_in_an_activation_cell",))
eq_4.falsehood("gate 0 at the kink", kink=0, by=("one_sided_derivative_at_a_kink",))
