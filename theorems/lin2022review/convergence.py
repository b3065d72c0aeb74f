"""Section 1: Theorem 1 and the remarks after it, on depth and on the size of the width.

χ = c_σ E σ'(z)² is the slope at 1 of the correlation map f(ρ) = c_σ E σ(u)σ(v), Var u = Var v = 1, E uv = ρ.
For erf f(ρ) = asin(2ρ/3)/asin(2/3), so χ = 1.22...; for g(z) = zΦ(z) + φ(z) f'(ρ) = c_σ (1/4 +
asin(ρ/2)/(2π)) and χ = c_σ/3.
"""

import math
from fractions import Fraction

import numpy as np
from msgspec.structs import replace

from numerics.activation import Activation
from numerics.activations import erf, softplus
from numerics.networks import FullyConnected, Parameters, initialise, normaliser
from numerics.networks_descent import descend_hidden
from theorems.du2019shallow._observed import enough_width
from theorems.lin2022review.lipschitz import put
from verify import (
    Claim,
    Context,
    Demand,
    Outcome,
    Regime,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    smallest_deciding_count,
    unless,
)

FROM_ZERO, POSITIVE, FROM_ONE = "[0, oo)", "(0, oo)", "[1, oo)"
SQUARE_OF_ERF = "(2/pi*asin(2/3))"
SLOPE_OF_ERF = "(2/3/sqrt(1 - 4/9)/asin(2/3))"
SHEPPARD = "E erf(u)erf(v) = (2/π) asin(2ρ/3) for unit variances and covariance ρ"


theorem = Claim(
    "lin2022review/thm-1",
    title="Linear convergence of gradient descent for wide fully-connected networks",
    kind="dynamics",
    where="Section 1, Theorem 1, eqs. (5) and (6)",
    states=r"m = \Omega\left(2^{O(H)}\max\left\{\frac{n^4}{\lambda_0^4}, \frac{n}{\delta}, "
    r"\frac{n^2\log(Hn/\delta)}{\lambda_0^2}\right\}\right),\ \eta = "
    r"O\left(\frac{\lambda_0}{n^22^{O(H)}}\right) \implies \Pr\left(\forall k:\ L(\theta(k)) \le "
    r"(1-\rho\,\eta\lambda_0)^kL(\theta(0))\right) \ge 1-\delta",
    given=(
        r"\text{the assumptions on inputs and activation}",
        r"\lambda_0 = \lambda_{\min}(K^{(H)}),\ \rho = 1/2",
        r"\eta = \text{step}\cdot\lambda_0/(n^22^H)\ \text{in the runs}",
        r"|y_i| \le Y;\ \text{printed: no condition on the labels}",
    ),
    printed={"Y": None, "rho": "1/2", "step": 1},
    uses=(
        "lin2022review/eq-4",
        "lin2022review/eq-7",
        "lin2022review/assumption-analytic",
        "lin2022review/assumption-inputs",
    ),
    proof_uses=(
        "lin2022review/lemma-2",
        "lin2022review/lemma-3",
        "lin2022review/eq-13",
        "lin2022review/eq-14",
    ),
    note="The width does not depend on the labels, so that they may be chosen after it: erf is bounded, a "
    "is frozen, and the network cannot reach a label beyond √(c_σ/m) Σ|a_r|. The theorem under review has "
    "|y_i| = O(1). Its proof, with explicit constants, is not repeated here; what supports the corrected "
    "statement are runs with the hidden constants taken as 1, up to 60 steps. Read with hidden constants "
    "that may depend on the labels, the theorem is the corrected one.",
)


@theorem.check(covers="universal")
def labels_out_of_reach(claim: Statement, ctx: Context) -> Outcome:
    """n = H = 1, σ = erf, any m and η: with probability >= 3/4 Σ|a_r| <= 4m, so |f| <= 4√(c_σ m) for all k.

    With the label 9√(c_σ m) (or the largest admitted) every residual is over a third of the initial one: the
    loss stays over L(0)/9, while (1 - q)^k <= exp(-qk) falls below it at k = 3/q; δ = 1/2.
    """
    label = claim.Y or "9*sqrt(c)*sqrt(m)"
    reach = "4*sqrt(c)*sqrt(m)"
    return contradicted_by(
        every(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |a_r|"),
            evaluate("sqrt(2/pi)/4 <= 1/4", says="Markov: Pr(Σ|a_r| > 4m)"),
            identity("sqrt(c)/sqrt(m)*(4*m) == 4*sqrt(c)*sqrt(m)", c=POSITIVE, m=FROM_ONE, says="|erf| <= 1"),
            prove(f"{label} - {reach} > ({label} + {reach})/3", c=POSITIVE, m=FROM_ONE, says="residuals"),
            prove("1 - q <= exp(-q)", q="(0, 1)"),
            evaluate("exp(-3) < 1/9", says="q k >= 3"),
        ),
        witness=f"n = H = 1, σ = erf, y = {label}: |f| <= {reach} for all k with probability 3/4, so "
        f"that L(k) > L(0)/9",
    )


CASES = ((erf, 1, 1, 64), (erf, 2, 1, 64), (erf, 2, 2, 128), (erf, 2, 3, 128), (softplus(), 1, 1, 200))
STEPS = 60


def slope_at_one(activation: Activation) -> float:
    """χ = c_σ E σ'(z)², by quadrature."""
    if activation is erf:
        return 2 / 3 / math.sqrt(5 / 9) / math.asin(2 / 3)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    squares = 1 / (1 + np.exp(-nodes)) ** 2
    return normaliser(activation) * float(weights @ squares) / math.sqrt(2 * math.pi)


def required_width(n: int, H: int, least: float, delta: float) -> float:
    """The width (5) with the hidden constants 1: 2^H times the maximum."""
    return 2.0**H * max(n**4 / least**4, n / delta, n**2 * math.log(H * n / delta) / least**2)


@theorem.check()
def orthonormal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """One input (erf, softplus) or two orthonormal ones (erf: K^(h) = I for h < H): λ_0 = χ; δ = 1/2.

    η = step λ_0/(n² 2^H), at most 1/λ_0: 60 losses against the bound (and 10⁻²⁰ for rounding), 30 seeds each.
    """
    size, decisions, count = float(claim.Y or 1), [], smallest_deciding_count("1/2")
    for activation, n, H, m in CASES:
        name, least = f"{activation.name}-{n}-{H}", slope_at_one(activation)
        X, y = np.eye(n), np.array([size * (-1) ** i for i in range(n)], dtype=np.float64)
        network = FullyConnected(activation)
        drawn = [initialise(network, ctx.rng(name, k), m=m, H=H, d=n) for k in range(count)]
        weights = tuple(np.stack([theta.weights[h] for theta in drawn]) for h in range(H))
        theta = Parameters(weights, np.stack([p.output for p in drawn]))
        eta = min(claim.step * least / (n**2 * 2**H), 1 / least)
        losses = descend_hidden(network, theta, X, y, eta, STEPS)
        rate = max(1 - float(Fraction(claim.rho)) * eta * least, 0.0)
        bound = rate ** np.arange(STEPS + 1)[:, None] * losses[0]
        rows = [bool(row) for row in (losses <= bound + 1e-20).all(axis=0)]
        needed = required_width(n, H, least, 0.5)
        regime = Regime(
            met=m >= needed, required_width=needed, used_width=m, note="hidden constants taken as 1"
        )
        event = f"(6) for k <= {STEPS}: {activation.name}, n = {n}, H = {H}, m = {m}"
        decisions.append(every(ctx.decide(event, at_least="1/2", rows=rows, label=name), regime=regime))
    merged = every(*decisions)
    return replace(merged, regime=replace(merged.regime, demands=narrow_networks(ctx)))


def narrow_networks(ctx: Context) -> tuple[Demand, ...]:
    """σ = erf, n = H = 1, y = 1, η = λ_0/2: at which width (6) fails for at most half of 60 networks."""
    least, X, y, widths, failing = slope_at_one(erf), np.eye(1), np.ones(1), [2**k for k in range(8)], []
    for m in widths:
        drawn = [initialise(FullyConnected(erf), ctx.rng("narrow", m, k), m=m, H=1, d=1) for k in range(60)]
        theta = Parameters((np.stack([p.weights[0] for p in drawn]),), np.stack([p.output for p in drawn]))
        eta = min(least / 2, 1 / least)
        losses = descend_hidden(FullyConnected(erf), theta, X, y, eta, STEPS)
        bound = (1 - eta * least / 2) ** np.arange(STEPS + 1)[:, None] * losses[0]
        failing.append(float((losses > bound + 1e-20).any(axis=0).mean()))
    asked = required_width(1, 1, least, 0.5)
    return enough_width(asked, widths, failing, 1 / 2, "erf, n = H = 1, hidden constants taken as 1")


@theorem.falsehood_with_check("any width: m = 1")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """n = H = m = 1, σ = erf, y = 1: if |a| √c_σ < 1/2 the loss stays over 1/8, and L(0) <= 9/8; δ = 1/4."""
    chance = f"erf(sqrt({SQUARE_OF_ERF})/2/sqrt(2)) <= 1/4"
    return every(
        expectation([("oo", "erf(z)**2")], equals=SQUARE_OF_ERF, says="1/c_σ"),
        evaluate(chance, says="Pr(|a| < 1/(2√c_σ)) against δ"),
    )


theorem.falsehood("labels up to 20√(c_σ m)", Y="20*sqrt(c)*sqrt(m)", by=("labels_out_of_reach",))
theorem.falsehood("rate 4ηλ_0, labels ±1", Y="1", rho=4, by=("orthonormal_inputs",))
theorem.falsehood("32 times the step size, labels ±1", Y="1", step=32, by=("orthonormal_inputs",))
theorem.corrected("labels bounded by a constant", erratum="missing hypothesis", Y="1")


depth = Claim(
    "lin2022review/remark-lambda0-depth",
    title="Decay of the least eigenvalue with depth",
    kind="asymptotic-scaling",
    where="Section 1, remark after Theorem 1; Section 4, item 1",
    states=r"\lambda_{\min}(K^{(H)}) \le C\,q^H,\ q < 1;\qquad \text{with } \chi = "
    r"c_\sigma\mathbb E\,\sigma'(z)^2 < b:\ q = \chi",
    given=(
        r"n \ge 2\ \text{inputs and } \sigma\ \text{as assumed}",
        r"C, q\ \text{do not depend on } H;\ \text{printed: no condition on } \chi",
    ),
    printed={"b": None, "q": "chi"},
    uses=("lin2022review/eq-7", "lin2022review/assumption-inputs"),
    note="Printed as an expectation (one would expect; likely), for all activations. It depends on the "
    "activation: for χ < 1 (softplus, g) all correlations tend to 1 and λ_0 decays at least like χ^H; for "
    "erf, and for tanh, χ > 1, correlations tend to 0, and orthogonal inputs have λ_0 = χ at every depth. "
    "For n = 1 λ_0 = χ always.",
)
NORMALISER_OF_G = "(2*pi/(sqrt(3) + pi/2 + asin(1/2)))"


@depth.check(covers="universal")
def correlation_map(claim: Statement, ctx: Context) -> Outcome:
    """f(ρ) = Σ a_k²ρ^k with Σ a_k² = 1, Σ k a_k² = χ: 1 - f(ρ) <= χ(1 - ρ), so 1 - ρ_h <= 2χ^h.

    λ_0 <= K_11 - K_12 = χ - ρf'(ρ) = Σ k a_k² (1 - ρ^k) <= (Σ k² a_k²)(1 - ρ) at ρ = ρ_(H-1), for any two
    inputs. First erf, if its χ is admitted, and g, for which 1 - ρ_h >= f'(0)^h (1 - ρ_0) if ρ_0 >= 0, so λ_0
    >= χf'(0)^(H-1)(1 - ρ_0).
    """
    curve = "(asin(2*r/3)/asin(2/3))"
    frozen = every(
        expectation([("oo", "erf(z)**2")], equals=SQUARE_OF_ERF, says="1/c_σ"),
        expectation([("oo", "erf(z)")], equals="0", says="K_12 of two orthogonal inputs, at every depth"),
        identity(f"diff({curve}, r) == 2/3/sqrt(1 - 4*r**2/9)/asin(2/3)", r="(-1, 1)"),
        *([] if claim.b is None else [evaluate(f"{SLOPE_OF_ERF} < {claim.b}", says="χ is admitted")]),
        evaluate(f"{SLOPE_OF_ERF} >= 1", says="λ_0 = χ of the matrix χI, for every H"),
        assumes=(SHEPPARD, "C q^H tends to 0"),
    )
    counter = contradicted_by(
        frozen, witness="σ = erf, inputs (1, 0) and (0, 1): K^(H) = χI with χ = 1.2257, for every H"
    )
    slow = evaluate(
        f"{NORMALISER_OF_G}/4 <= {put(claim.q, chi=NORMALISER_OF_G + '/3')}", says="g: f'(0) against q"
    )
    return unless(
        [counter, slow],
        follows_from(
            identity("1 - r*P == (1 - r) + r*(1 - P)", says="P = ρ^k"),
            prove(
                "(1 - r) + r*x <= (1 - r) + x",
                r="[-1, 1]",
                x=FROM_ZERO,
                says="1 - ρ^k <= k(1 - ρ), by induction",
            ),
            identity("k**2 == k*(k - 1) + k", says="Σ k²a_k² = f''(1) + χ, f''(1) = c_σ E σ''(z)²"),
            prove(
                f"chi*(2*P*v) <= 2*P*({claim.q})",
                chi=POSITIVE,
                P=FROM_ZERO,
                v="[0, 1]",
                says="1 - ρ_h = 2Pv with P = q^h: one more layer",
            ),
            assumes=(
                "Hermite expansion of σ: f is a power series with coefficients >= 0",
                "a principal 2 x 2 block",
            ),
        ),
    )


@depth.falsehood_with_check("λ_0(H) >= 1/1000 for g and every H")
def sixty_layers(claim: Statement, ctx: Context) -> Outcome:
    """2(χ + f''(1)) χ^(H-1) at H = 60, with f''(1) = c_σ E φ(z)² = c_σ/(2π√3)."""
    c = NORMALISER_OF_G
    return contradicted_by(
        evaluate(f"2*({c}/3 + {c}/(2*pi*sqrt(3)))*({c}/3)**59 < 1/1000"), witness="g, any two inputs, H = 60"
    )


depth.falsehood("rate χ² for χ < 1", b="1", q="chi**2")
depth.falsehood("also for χ < 5/4", b="5/4")
depth.corrected("χ < 1", erratum="missing hypothesis", b="1")


size = Claim(
    "lin2022review/remark-width-size",
    title="Number of parameters against the number of inputs",
    kind="asymptotic-scaling",
    where="Section 1, second remark after Theorem 1",
    states=r"md+m^2(H-1)+m \le k\,m^pH;\qquad m \ge \frac{n^4}{\lambda_0^4}\ \text{(5)} \implies "
    r"\frac{m^2H}{n} \ge n^{e},\quad \text{realistic: } \frac{m^2H}{n} = O(1)",
    given=(r"1 \le d \le m,\ H \ge 1", r"\lambda_0 \le 1\ \text{for the second part}"),
    printed={"k": 2, "p": 2, "e": 7},
    parts=("count", "width of the theorem"),
    uses=("lin2022review/eq-1", "lin2022review/thm-1"),
    note="Printed are m²H and that (5) is much larger. For d > mH the first layer dominates. λ_0 <= "
    "K^(H)_11 = χ, which is below 1 for softplus; the exponent 7 is with the hidden constants 1 and without "
    "2^O(H).",
)


@size.check(part="count", covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """d = m - t, H = 1 + h.  Where the power is 1, any constant k fails: d = 1, H = 2, m = 2k + 1."""
    hopeless = contradicted_by(
        prove("(2*k + 1) + (2*k + 1)**2 + (2*k + 1) > k*(2*k + 1)**p*2", let={"p": claim.p}, k=POSITIVE),
        witness="d = 1, H = 2, m = 2k + 1, for every constant k",
    )
    count = prove(
        "m*(m*s) + m**2*h + m <= k*m**p*(1 + h)", let=claim.let, m=FROM_ONE, s="(0, 1]", h=FROM_ZERO
    )
    return unless([hopeless], count)


@size.check(part="width of the theorem", covers="universal")
def parameters_per_input(claim: Statement, ctx: Context) -> Outcome:
    """At m = n⁴/λ_0⁴ and H = 1 + h, λ_0 in (0, 1]; v = 1/λ_0."""
    text = "(n**4*v**4)**2*(1 + h)/n >= n**e"
    return prove(text, let=claim.let, n=FROM_ONE, v=FROM_ONE, h=FROM_ZERO)


size.falsehood("O(mH)", p=1, by=("layer_by_layer",))
size.falsehood("n⁸ parameters for each input", e=8, by=("parameters_per_input",))
