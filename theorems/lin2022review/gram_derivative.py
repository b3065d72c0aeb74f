"""Section 2, equations (11)-(14): residual dynamics, layerwise Gram matrices, one discrete step, the rate.

e_i = u_i - y_i is the residual on input i, D_i the derivative of u_i in one parameter, l and s eigenvalues
and gaps between them (all >= 0).
"""

from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, POSITIVE, STEP = "[0, oo)", "(0, oo)", "(0, 1]"


residual = Claim(
    "lin2022review/eq-11",
    title="Gradient flow of the residual with a frozen output layer",
    kind="dynamics",
    where="Section 2, eq. (11)",
    states=r"\frac{d}{dt}(u-y) = -k\,G(t)(u-y),\qquad G = \sum_{h=1}^H G^{(h)}+t_a X^{(H)}X^{(H)\top}",
    given=(r"\dot W^{(h)} = -\partial L/\partial W^{(h)},\ \dot a = 0", r"G^{(h)} = \sum_r J_rJ_r^\top"),
    printed={"k": 1, "ta": 0},
    uses=("lin2022review/eq-3", "lin2022review/eq-4"),
    note="With G^(h) as printed in (12), that is with the factor c_σ/m, it fails: see eq-12.",
)


@residual.check(covers="universal")
def one_parameter(claim: Statement, ctx: Context) -> Outcome:
    """A term (parameter θ, input j) of both sides: u_i' has ∂u_i/∂θ θ' and θ' the term -e_j ∂u_j/∂θ.

    u_i = U_i + D_i (θ - θ_0) to first order; the loss is (e_1² + e_2²)/2, so that θ' = -∂L/∂θ.
    """
    u = [f"(U{i} + D{i}*(theta - theta0))" for i in (1, 2)]
    loss = " + ".join(f"({v} - y{i})**2/2" for i, v in enumerate(u, 1))
    velocity = f"(0 - diff({loss}, theta))"
    right = " + ".join(f"D1*D{i}*({v} - y{i})" for i, v in enumerate(u, 1))
    return identity(f"diff({u[0]}, theta)*{velocity} == -k*({right})", let=claim.let)


@residual.check(covers="universal")
def frozen_output_weights(claim: Statement, ctx: Context) -> Outcome:
    """One neuron, u_i = a v_i(w): its parameters are w alone; v_i and d_i are value and slope on input i."""
    u = [f"(a*(v{i} + d{i}*(w - w0)))" for i in (1, 2)]
    moving = f"diff({u[0]}, w)*diff({u[1]}, w)"
    return identity(f"{moving} + ta*v1*v2 == a**2*d1*d2", let=claim.let)


residual.falsehood("twice the kernel", k=2, by=("one_parameter",))
residual.falsehood("the output layer as well", ta=1, by=("frozen_output_weights",))


layerwise = Claim(
    "lin2022review/eq-12",
    title="Gram matrix of one layer from the Jacobians of its rows",
    kind="definition",
    where="Section 2, eq. (12)",
    states=r"G^{(h)} = P\sum_{r=1}^m J_rJ_r^\top,\quad J_r = S\,\frac{\partial u}{\partial W_r^{(h)}};\qquad "
    r"\text{(11) holds and}\ G^{(H)} = X^{(H-1)}X^{(H-1)\top}\odot\frac{c_\sigma}{m}\sum_r a_r^2"
    r"\sigma'(\cdot)\sigma'(\cdot)^\top",
    given=(r"\text{printed: } P = c_\sigma/m,\ S = 1",),
    printed={"P": "c/m", "S": "1"},
    parts=("dynamics", "last layer"),
    uses=("lin2022review/eq-1", "lin2022review/eq-11"),
    note="The factor c_σ/m is already in the derivatives of u; printed once more it contradicts (11) and "
    "the display of G^(H) in Section 2.1. It is right for h = H if the Jacobian is that of Σ a_r σ(w_r.x), "
    "the network without √(c_σ/m). Jacobians are n x m, or n x d for h = 1.",
)


@layerwise.check(part="dynamics", covers="universal")
def kernel_of_the_flow(claim: Statement, ctx: Context) -> Outcome:
    """By (11) a parameter adds D_i D_j to G_ij, D the derivatives of u; (12) gives P S² D_i D_j."""
    return identity(f"({claim.P})*({claim.S})**2 == 1", c=POSITIVE, m="[1, oo)", says="the factor of D_i D_j")


@layerwise.check(part="last layer", covers="universal")
def product_of_two_rows(claim: Statement, ctx: Context) -> Outcome:
    """∂u_i/∂W_r of the last layer, one coordinate.

    It is a √(c/m) σ'(w.x) x, with σ = sin and σ = e^(λt) as examples.

    Linear combinations of exponentials are dense, and both sides are bilinear in σ.
    """
    links = []
    for text, slope in (
        ("sin(w*{0} + q)", "cos(w*{0} + q)"),
        ("exp(lam*(w*{0} + q))", "lam*exp(lam*(w*{0} + q))"),
    ):
        rows = [f"({claim.S})*diff(a*sqrt(c)/sqrt(m)*{text.format(v)}, w)" for v in ("x", "z")]
        right = f"x*z*c/m*a**2*{slope.format('x')}*{slope.format('z')}"
        links.append(identity(f"({claim.P})*{rows[0]}*({rows[1]}) == {right}", c=POSITIVE, m="[1, oo)"))
    return every(*links)


layerwise.falsehood("prefactor c²/m²", P="c**2/m**2")
layerwise.falsehood("prefactor 1/m", P="1/m")
layerwise.falsehood("factor n", P="n")
layerwise.reading("Jacobians without the scaling √(c_σ/m), which is right for h = H", S="sqrt(m)/sqrt(c)")
layerwise.corrected("without the prefactor", erratum="misprint", P="1")


energy = Claim(
    "lin2022review/eq-13",
    title="Energy decay by the least eigenvalue of the last Gram matrix",
    kind="deterministic-inequality",
    where="Section 2, eq. (13)",
    states=r"\frac{d}{dt}\|y-u\|_2^2 \le -k\,\lambda(G)\|y-u\|_2^2 \le -k\,\lambda(G^{(H)})\|y-u\|_2^2,\quad "
    r"\lambda = \lambda_{\min},\ k = 2",
    given=(r"\text{(11)},\ G^{(h)} = \sum_r J_rJ_r^\top \succeq 0",),
    printed={"k": 2, "which": "l", "others": 1, "b": 2},
    parts=("first inequality", "second inequality"),
    uses=("lin2022review/eq-11",),
    proof_uses=("lin2022review/eq-12",),
    note="which is the eigenvalue on the right, l the least and l + s the largest; others is the sign of "
    "the remaining matrices, b the mixed term of the form vᵀJJᵀv.",
)


@energy.check(part="first inequality", covers="universal")
def rayleigh_quotient(claim: Statement, ctx: Context) -> Outcome:
    """d/dt |e|² = -2 eᵀGe; with the components p, q >= 0 of |e|² along eigenvectors, eigenvalues l and l + s.

    More eigenvalues l + s_i add terms of the same kind.
    """
    flow = identity(
        "2*e1*(0 - g11*e1 - g12*e2) + 2*e2*(0 - g12*e1 - g22*e2) == -2*(g11*e1**2 + 2*g12*e1*e2 + g22*e2**2)"
    )
    bound = f"2*(l*p + (l + s)*q) >= k*({claim.which})*(p + q)"
    decay = prove(bound, let=claim.let, l=FROM_ZERO, s=FROM_ZERO, p=FROM_ZERO, q=FROM_ZERO)
    return every(flow, decay, assumes=("the spectral theorem",))


@energy.check(part="second inequality", covers="universal")
def remaining_layers(claim: Statement, ctx: Context) -> Outcome:
    """vᵀGv = vᵀG^(H)v + others (Jᵀv)² >= l for a unit vector v.

    Two coordinates of one row of J, then a sum.
    """
    return every(
        identity("(p*x + q*y)**2 == p**2*x**2 + b*p*q*x*y + q**2*y**2", let=claim.let),
        prove("l + s + others*t >= l", let=claim.let, l=FROM_ZERO, s=FROM_ZERO, t=FROM_ZERO),
    )


energy.falsehood("factor 4", k=4, by=("rayleigh_quotient",))
energy.falsehood("largest eigenvalue", which="l + s", by=("rayleigh_quotient",))
energy.falsehood("other layers not semidefinite", others=-1, by=("remaining_layers",))
energy.falsehood("mixed term once", b=1, by=("remaining_layers",))


one_step = Claim(
    "lin2022review/eq-14",
    title="One step of gradient descent: first-order decrease and a second-order remainder",
    kind="dynamics",
    where="Section 2, eq. (14)",
    states=r"\|y-u(k+1)\|_2^2 \le "
    r"\left(1-c\,\eta\lambda_{\min}(G^{(H)}(k))+R\,\eta^{p}\right)\|y-u(k)\|_2^2,\qquad c = 2,\ p = 2",
    given=(
        r"e(k+1) = e(k)-\eta Ge(k)+\eta^2 q,\ \|q\|_2 \le Q\|e(k)\|_2,\ 0 < \eta \le 1",
        r"R\ \text{depends on the weights, on } Q \text{ and on } G",
    ),
    printed={"c": 2, "p": 2},
    uses=("lin2022review/eq-13",),
    note="Taylor's formula for the smooth u; Q is not uniform in k, nor in the labels: the second "
    "derivative of u along the step is multiplied by |e|². The text does not say on what O(η²) depends. c = "
    "1 is true as well, and weaker.",
)


@one_step.check(covers="universal")
def second_order_remainder(claim: Statement, ctx: Context) -> Outcome:
    """|e - ηGe|² <= (1 - 2ηl + η²g²)|e|² with l, g = l + s least and largest eigenvalue.

    As above p + q = |e|².

    The curvature adds at most 2η²Q(1 + ηg) + η⁴Q², so R = (g + Q)² + 2Q. First u linear in the weights, n =
    1, G = 1: (1 - η)² exceeds the bound for every R at η = 1/(2R + 4) if c or p is wrong.
    """
    counter = contradicted_by(
        prove("(1 - x)**2 > 1 - c*x + R*x**p".replace("x", "(1/(2*R + 4))"), let=claim.let, R=FROM_ZERO),
        witness="u = w, n = 1: the residual is multiplied by 1 - η; η = 1/(2R + 4), for every R",
    )
    a, b = "(1 - eta*l)", "(1 - eta*(l + s))"
    box: dict[str, Any] = dict.fromkeys(("l", "s", "p0", "q0"), FROM_ZERO)
    first = f"{a}**2*p0 + {b}**2*q0 <= (1 - 2*eta*l + eta**2*(l + s)**2)*(p0 + q0)"
    rest = (
        "eta**2*(l + s)**2 + 2*eta**2*Q + 2*eta**3*(l + s)*Q + eta**4*Q**2 <= eta**p*((l + s + Q)**2 + 2*Q)"
    )
    return unless(
        [counter],
        follows_from(
            prove(first, eta=STEP, says="u linear in the weights", **box),
            prove(
                rest,
                let=claim.let,
                eta=STEP,
                l=FROM_ZERO,
                s=FROM_ZERO,
                Q=FROM_ZERO,
                says="with the curvature",
            ),
            prove("1 - 2*eta*(l + s) <= 1 - c*eta*l", let=claim.let, eta=STEP, l=FROM_ZERO, s=FROM_ZERO),
            assumes=(
                "Cauchy-Schwarz",
                "Taylor's formula: the second derivatives are bounded along the step",
                "eq-13",
            ),
        ),
    )


one_step.falsehood("coefficient 4", c=4)
one_step.falsehood("remainder η³", p=3)


bookkeeping = Claim(
    "lin2022review/step-size-choice",
    title="Step size and the share of the least eigenvalue that is left for the rate",
    kind="proof-step",
    where="Section 2, paragraph after eq. (14)",
    states=r"\lambda_{\min}(G^{(H)}(j)) \ge \kappa\lambda_0,\ R\eta^2 \le \alpha\,\eta\lambda_0 \implies "
    r"1-2\eta\lambda_{\min}(G^{(H)}(k))+R\eta^2 \le 1-\rho\,\eta\lambda_0;\qquad "
    r"\eta = \tfrac{1}{2}c_0\lambda_0\ \text{satisfies}\ \eta\ Q\ c_0\lambda_{\min}(G^{(H)}(k))\ "
    r"\text{for all } k",
    given=(
        r"\kappa = \alpha = \rho = 1/2,\ c_0 > 0",
        r"\text{printed: } j = 0,\ Q \text{ is}\ =",
        r"\lambda_{\min}(G^{(H)}(k)) \ge \lambda_0/2\ \text{for } Q",
    ),
    printed={"index": "0", "kappa": "1/2", "alpha": "1/2", "rho": "1/2", "Q": "=="},
    parts=("rate", "step size"),
    step_of="lin2022review/thm-1",
    note="The neighbourhood is that of iteration k, so its bound is meant for G(k): printed is G(0), once "
    "more. One η cannot equal c_0 λ_min(G(k)) for all k, and need not: at most is what the sentence before "
    "asks.",
)


@bookkeeping.check(part="rate", covers="universal")
def what_is_left(claim: Statement, ctx: Context) -> Outcome:
    """x_j = κλ_0 + s is known of the iteration j; the step at k uses x_k, which is free (>= 0) if j = 0."""
    known = {f"x{claim.index}": "(kappa*lam + s)"}
    box: dict[str, Any] = {"lam": POSITIVE, "eta": POSITIVE} | (
        {"s": FROM_ZERO} if claim.index == "k" else {"xk": FROM_ZERO}
    )
    return prove(
        "1 - 2*eta*xk + alpha*eta*lam <= 1 - rho*eta*lam".replace("xk", known.get("xk", "xk")),
        let=claim.let,
        **box,
    )


@bookkeeping.check(part="step size", covers="universal")
def one_step_size_for_all(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(G(k)) = λ_0/2 + s, s >= 0, changes with k."""
    return prove(f"c0*lam/2 {claim.Q} c0*(lam/2 + s)", c0=POSITIVE, lam=POSITIVE, s=FROM_ZERO)


REPAIRED: dict[str, Any] = {"index": "k", "Q": "<="}
bookkeeping.falsehood("rate ηλ_0", rho=1, by=("what_is_left",), **REPAIRED)
bookkeeping.falsehood("remainder ηλ_0", alpha=1, by=("what_is_left",), **REPAIRED)
bookkeeping.falsehood("a step of at least c_0 λ_min", index="k", Q=">=", by=("one_step_size_for_all",))
bookkeeping.corrected("G(k), and a step of at most c_0 λ_min(G(k))", erratum="misprint", **REPAIRED)
