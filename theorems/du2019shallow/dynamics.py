"""Section 3.1, equations (5)-(7): the predictions under gradient flow on the first layer.

The flow is a differential inclusion (footnote 6): w_r' = (1/√m) a_r Σ_j (y_j - u_j) γ_rj x_j, where γ_rj is
the gate 1{w_r.x_j >= 0} off the kink w_r.x_j = 0 and *some* number in [0, 1] on it, selected by the solution.
`REST` is the gate that each reading assigns to a neuron that rests on its kink against the force.
"""

import numpy as np

from numerics.flow_one_input import flow_one_input, sample_one_input
from numerics.gram import pattern_counts
from numerics.two_layer import gates, gradient, predict
from theorems.du2019shallow.model import inner, integer_networks
from verify import Claim, Context, Outcome, Plot, Series, Statement, evaluate, every, identity

REST = {"indicator": "step(0)", "selection": "0"}
JOIN = {"and": "{g}*{h}", "or": "({g} + {h} - {g}*{h})"}
BITS = [(g, h) for g in (0, 1) for h in (0, 1)]


def follows_the_matrix(claim: Statement) -> Outcome:
    """u' = H (y - u) for a neuron resting on its kink at y - u = -1: then u' = 0, so its gate must be 0."""
    where = "m = n = d = 1, x = a = w(0) = 1, y = -1, any t > log 2 (w = u = 0 at rest)"
    return evaluate(f"0 == {REST[claim.gates]}*(-1)", says=f"{where}: du/dt = H(t)(y - u)")


eq_5 = Claim(
    "du2019shallow/eq-5",
    aliases=("du2019thesis/eq-2.4",),
    title="Chain rule for one prediction along gradient flow",
    kind="dynamics",
    where="Section 3.1, eq. (5)",
    states=r"\frac{d}{dt}u_i = \sum_{r}\left\langle \frac{\partial f(W,a,x_i)}{\partial w_r}, "
    r"\frac{dw_r}{dt}\right\rangle = \sum_j (y_j-u_j)\sum_r\left\langle "
    r"\frac{\partial f(W,a,x_i)}{\partial w_r},\frac{\partial f(W,a,x_j)}{\partial w_r}\right\rangle"
    r" = \sum_j (y_j-u_j)H_{ij}(t)",
    given=(r"a_r \in \{-1,1\}", r"w_r(t)^\top x_i \ne 0 \text{ for all } r, i"),
    printed={"sign": 1, "outer": (1, -1)},
    uses=("du2019shallow/eq-1", "du2019shallow/eq-4", "du2019shallow/gradient-flow"),
    note="On a kink no derivative in w_r exists: see eq-7. The factor a_r² = 1 is suppressed in H.",
)


@eq_5.check(covers="universal")
def one_neuron_inside_a_cell(claim: Statement, ctx: Context) -> Outcome:
    """All three members are sums over neurons r, inputs j and coordinates; gates g, h are constants here.

    One neuron with weights (v, w), x_i = (p, k), x_j = (q, l), and the force of input j with residual e.
    """
    ui, uj = "(a*g*(v*p + w*k)/sqrt(m))", "(a*h*(v*q + w*l)/sqrt(m))"
    links = []
    for a in claim.outer:
        gram, let = "g*h*(p*q + k*l)/m", {**claim.let, "a": a}
        pull = f"diff({ui}, v)*(sign*e*a*h*q/sqrt(m)) + diff({ui}, w)*(sign*e*a*h*l/sqrt(m))"
        product = f"diff({ui}, v)*diff({uj}, v) + diff({ui}, w)*diff({uj}, w)"
        links += [identity(f"{pull} == e*({product})", let=let, m="(0, oo)")]
        links += [identity(f"e*({product}) == e*{gram}", let=let, m="(0, oo)")]
    return every(*links, assumes=("linearity of the derivative and of the inner product",))


@eq_5.check()
def directional_derivative_of_the_engine(claim: Statement, ctx: Context) -> Outcome:
    """u is linear in W inside a cell, so an exact difference quotient along the flow is du/dt."""
    step, cases = ctx.size(10**6), []
    for W, a, X, y in integer_networks(ctx, 40):
        a = np.array([1 if s > 0 else -1 for s in a], dtype=object)
        u, moved = predict(W, a, X), W - gradient(W, a, X, y) / step
        if not (W @ X.T).all() or (gates(W, X) != gates(moved, X)).any():
            continue
        for i, rate in enumerate((predict(moved, a, X) - u) * step):
            terms = []
            for j, x in enumerate(X):
                both = "+".join(f"step{inner(w, X[i])}*step{inner(w, x)}" for w in W)
                terms.append(f"sign*({y[j] - u[j]})*{inner(X[i], x)}*({both})/{len(W)}")
            cases.append(evaluate(f"{rate} == {' + '.join(terms)}", let=claim.let))
    return every(*cases)


eq_5.falsehood("residual u - y", sign=-1)
eq_5.falsehood("output weight 2, with H as printed", outer=(1, -1, 2), by=("one_neuron_inside_a_cell",))


eq_6 = Claim(
    "du2019shallow/eq-6",
    aliases=("du2019thesis/eq-2.5",),
    title="The time-dependent Gram matrix of the network's first-layer gradients",
    kind="definition",
    where="Section 3.1, eq. (6)",
    states=r"H_{ij}(t) = \frac{1}{m^{p}}\,x_i^\top x_j\sum_{r=1}^m \mathbb I\{x_i^\top w_r(t)\ge 0,\ "
    r"x_j^\top w_r(t)\ge 0\} = \sum_r\left\langle\frac{\partial f(W,a,x_i)}{\partial w_r},"
    r"\frac{\partial f(W,a,x_j)}{\partial w_r}\right\rangle",
    given=(r"a_r \in \{-1,1\}",),
    printed={"p": 1, "join": "and"},
    parts=("gram matrix", "positive semidefinite"),
    uses=("du2019shallow/eq-4",),
    note="Printed are the formula (p = 1, both gates) and that H is a symmetric matrix; the rest of the "
    "section needs that it is the Gram matrix of (5).",
)


@eq_6.check(part="gram matrix", covers="universal")
def inner_products_of_gradients(claim: Statement, ctx: Context) -> Outcome:
    """Both sides are sums over r and coordinates: one neuron, gates g, h in {0, 1}, a = ±1."""
    links = []
    for g, h in BITS:
        gate = JOIN[claim.join].format(g=g, h=h)
        for a in (1, -1):
            gradients = f"({a}*{g}*x/sqrt(m))*({a}*{h}*y/sqrt(m))"
            links.append(identity(f"{gradients} == {gate}*x*y/m**(p)", let=claim.let, m="(1, oo)"))
    return every(*links)


@eq_6.check(part="positive semidefinite", covers="universal")
def sum_of_squares(claim: Statement, ctx: Context) -> Outcome:
    """vᵀHv is a sum over r and coordinates of the square of Σ_i v_i g_i x_i, up to a positive factor.

    A quadratic form is fixed by its restrictions to pairs of inputs, so n = 2 decides.
    """
    links = []
    for g, h in BITS:
        gg, gh, hh = (JOIN[claim.join].format(g=s, h=t) for s, t in ((g, g), (g, h), (h, h)))
        form = f"{gg}*(v*x)**2 + 2*{gh}*v*x*w*y + {hh}*(w*y)**2"
        links.append(identity(f"{form} == ({g}*v*x + {h}*w*y)**2"))
    return every(*links)


@eq_6.check(part="gram matrix")
def engine_counts(claim: Statement, ctx: Context) -> Outcome:
    """On integer networks, kinks included, the engine's pattern counts give the printed entries."""
    cases = []
    for W, _, X, _ in integer_networks(ctx, 12):
        counts = pattern_counts(W.astype(float), X.astype(float))
        for i, j in np.ndindex(counts.shape):
            both = [JOIN[claim.join].format(g=f"step{inner(w, X[i])}", h=f"step{inner(w, X[j])}") for w in W]
            entry = f"{inner(X[i], X[j])}*({' + '.join(both)})/{len(W)}**(p)"
            cases.append(evaluate(f"{counts[i, j]}*{inner(X[i], X[j])}/{len(W)} == {entry}", let=claim.let))
    return every(*cases)


eq_6.falsehood("1/√m in place of 1/m", p="1/2", by=("inner_products_of_gradients", "engine_counts"))
eq_6.falsehood("one of the two gates suffices", join="or")


eq_7 = Claim(
    "du2019shallow/eq-7",
    aliases=("du2019thesis/eq-2.6",),
    title="Prediction dynamics du/dt = H(t)(y - u)",
    kind="dynamics",
    where="Section 3.1, eq. (7)",
    states=r"\frac{du(t)}{dt} = k\,H(t)\,(y-u(t)), \qquad H_{ij}(t) = \frac 1m x_i^\top x_j\sum_r "
    r"\gamma_{ri}(t)\gamma_{rj}(t)",
    given=(
        r"W \text{ solves the inclusion } \dot w_r \in -\partial_{w_r} L(W,a)",
        r"\text{as printed: } \gamma_{ri} = \mathbb I\{w_r^\top x_i \ge 0\} \text{ and every } t \ge 0",
    ),
    printed={"k": 1, "gates": "indicator"},
    parts=("inside a cell", "on a kink"),
    uses=("du2019shallow/eq-5", "du2019shallow/eq-6", "du2019shallow/gradient-flow"),
    note="Corrected: for almost every t, with the gates γ_ri in [0, 1] that the velocity itself uses "
    "(the indicator off the kinks).",
)


@eq_7.check(part="inside a cell", covers="universal")
def matrix_form_of_the_chain_rule(claim: Statement, ctx: Context) -> Outcome:
    """Every term (r, j, coordinate) of eq. (5), with a_r² = 1 and constant gates g, h."""
    u, pull = "(a*g*(w*x)/sqrt(m))", "(e*a*h*z/sqrt(m))"
    return every(
        *(
            identity(f"diff({u}, w)*{pull} == k*e*(g*h*x*z/m)", let={**claim.let, "a": a}, m="(0, oo)")
            for a in (1, -1)
        )
    )


@eq_7.check(part="on a kink", covers="universal")
def neuron_that_comes_to_rest(claim: Statement, ctx: Context) -> Outcome:
    """m = n = d = 1, x = a = w(0) = 1, y = -1: u = w falls as 2e^(-t) - 1 to 0 at t = log 2 and stays there.

    It cannot leave: w > 0 is pushed back, w < 0 has no force.  At rest du/dt = 0 while y - u = -1, so the
    gate in H must be 0.  In general, at almost every t with w_r.x_i = 0 also (w_r.x_i)' = 0, and then
    (σ(w_r.x_i))' = 0 = γ (w_r.x_i)' whatever γ is: the chain rule holds with the velocity's own γ.
    """
    w = "(2*exp(-t) - 1)"
    return every(
        identity(f"diff({w}, t) == -1 - {w}", says="the flow until it meets the kink"),
        evaluate("2*exp(-69/100) - 1 > 0", says="it is still active at t = 69/100"),
        evaluate("2*exp(-70/100) - 1 < 0", says="it has met the kink before t = 70/100"),
        follows_the_matrix(claim),
        identity("k*(G*0) == 0", let=claim.let, says="(w.x)' = 0: any gate G gives the same"),
        identity("(a*G*x/sqrt(m))*(e*a*K*z/sqrt(m)) == k*e*(G*K*x*z/m)", let={**claim.let, "a": 1}),
        assumes=(
            "an absolutely continuous function has zero derivative at almost every point of its zero set",
            "the subdifferential in w_r is the hull of the gradients of the neighbouring cells",
        ),
        plots=(neurons_at_rest(ctx),),
    )


def neurons_at_rest(ctx: Context) -> Plot:
    """Mean number of neurons at rest in the end, n = 1 and y = 1: it grows like √m, so eq. (7) fails soon."""
    widths = [4**k for k in range(1, 9)]
    means = [
        float(
            np.mean(
                [
                    flow_one_input(*sample_one_input(ctx.rng("rest", m, k), m), 1.0, m).resting[-1]
                    for k in range(40)
                ]
            )
        )
        for m in widths
    ]
    curve = Series("mean of 40 initialisations", [float(m) for m in widths], means, "points")
    return Plot(
        "The wider the network, the more neurons rest on a kink: the set where eq. (7) fails is not null.",
        "width m",
        "neurons at rest",
        [curve],
        log_x=True,
    )


@eq_7.falsehood_with_check("the limit H∞ in place of H(t)")
def limit_kernel_at_width_one(claim: Statement, ctx: Context) -> Outcome:
    """m = n = 1, w.x > 0: u = w.x moves at y - u, not at half of it."""
    return identity("y - w == 1/2*(y - w)", w="(0, oo)")


@eq_7.falsehood_with_check("at width 1000 most initialisations never bring a neuron to rest")
def somebody_rests(claim: Statement, ctx: Context) -> Outcome:
    """Exact flows, n = 1, y = 1: the events with nobody at rest on a kink."""

    def nobody(rng: np.random.Generator) -> bool:
        return not flow_one_input(*sample_one_input(rng, 1000), 1.0, 1000).resting[-1]

    return ctx.trials("nobody comes to rest", at_least="1/2", count=100, trial=nobody)


eq_7.falsehood("twice the Gram matrix", k=2, gates="selection")
eq_7.corrected(
    "almost every t, with the gates that the velocity uses", erratum="missing hypothesis", gates="selection"
)
