"""Section 7.2: gradient descent, perturbed gradient descent, and the two theorems quoted about them."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from numerics.perturbed import perturbed_gradient_descent, uniform_in_ball
from numerics.saddle_chain import SaddleChain
from theorems.du2019thesis.saddle_noise import perturbed
from theorems.du2019thesis.saddle_runs import INNER
from verify import (
    Claim,
    Context,
    Outcome,
    Regime,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
)

CURVATURES, DESCENDING = "[-1, 1]", "(0, 1]"

descent = Claim(
    "du2019thesis/eq-7.1",
    title="Gradient descent, with a step size below 1/ℓ",
    kind="definition",
    where="Section 7.2, eq. (7.1)",
    states=r"x^{(t+1)} = x^{(t)}-s\,\eta\nabla f(x^{(t)}),\qquad \eta < \frac{c}{\ell}",
    given=(r"f\ \text{differentiable, } \ell\text{-gradient Lipschitz}",),
    printed={"s": 1, "c": 1},
    parts=("iteration", "regime"),
    uses=("du2019thesis/def-7.2",),
)


@descent.check(part="iteration", covers="universal")
def powers_of_a_mode(claim: Statement, ctx: Context) -> Outcome:
    """On λx²/2 one step is x(1 - ηλ), so t steps are x(1 - ηλ)^t, mode by mode."""
    return identity("x - s*eta*(lam*x) == (1 - eta*lam)*x", let=claim.let)


@descent.check(part="regime", covers="universal")
def never_uphill(claim: Statement, ctx: Context) -> Outcome:
    """f falls by at least η(1 - ηℓ/2)|∇f|² (quadratic bound), w = ηℓ/c < 1; and 1 - ηλ > 0 for λ <= ℓ."""
    return every(
        prove("1 - c*w/2 >= 1/2", w=INNER, let=claim.let, says="the loss falls by at least η|∇f|²/2"),
        prove("1 - c*w > 0", w=INNER, let=claim.let, says="no mode overshoots"),
    )


descent.falsehood("ascent", s=-1, by=("powers_of_a_mode",))
descent.falsehood("half a step", s="1/2", by=("powers_of_a_mode",))
descent.falsehood("step sizes up to 2/ℓ", c=2, by=("never_uphill",))


algorithm = Claim(
    "du2019thesis/alg-2",
    title="Perturbed gradient descent",
    kind="definition",
    where="Section 7.2, Algorithm 2",
    states=r"t_{\mathrm{noise}} = -t_{\mathrm{thres}}-i;\quad \|\nabla f(x^{(t)})\|_2 \le "
    r"g_{\mathrm{thres}}\ \text{and}\ t-t_{\mathrm{noise}} > t_{\mathrm{thres}}:\ x^{(t)}\leftarrow "
    r"x^{(t)}+\xi_t,\ t_{\mathrm{noise}}\leftarrow t;\quad x^{(t+1)} = x^{(t)}-\eta\nabla f(x^{(t)});\qquad "
    r"\Pr(\|\xi_t\|_2 \le r\,u) = u^{e}",
    given=(
        r"\xi_t\ \text{uniform in}\ \mathbb B_0(r)\subset\mathbb R^d,\ \text{so}\ e = d\ (=5\ \text{here})",
    ),
    printed={"i": 1, "gap": 1, "e": 5},
    parts=("schedule", "noise"),
    uses=("du2019thesis/eq-7.1",),
    note="The first noise may come at t = 1; noises are at least t_thres + gap iterations apart. The counter "
    "starts at 1 while the input is x^(0), and there is no test of termination.",
)


@algorithm.check(part="schedule", covers="universal")
def first_and_next_noise(claim: Statement, ctx: Context) -> Outcome:
    """1 - t_noise > t_thres at the start; afterwards T + gap is the least integer above T = t_thres."""
    return every(
        prove("1 - (-T - i) > T", T="[0, oo)", let=claim.let, says="noise is allowed at t = 1"),
        prove("T + gap > T", T="[0, oo)", let=claim.let, says="and at a distance of T + gap"),
        prove("T + gap - 1 <= T", T="[0, oo)", let=claim.let, says="but not before"),
    )


@algorithm.check(part="schedule")
def schedule_of_the_engine(claim: Statement, ctx: Context) -> Outcome:
    """On f = 0 with t_thres = 3, where the gradient is always small."""
    found = perturbed_gradient_descent(
        lambda x: 0 * x, np.zeros((1, 2)), 0.1, 1e-3, 3, 1.0, 20, [ctx.rng("schedule")]
    )
    times = found.perturbed_at[0]
    links = [evaluate(f"{b} - {a} == 3 + gap", let=claim.let, instance=True) for a, b in pairwise(times)]
    return every(evaluate(f"{times[0]} == 1", instance=True), *links)


@algorithm.check(part="noise")
def radius_of_a_uniform_point(claim: Statement, ctx: Context) -> Outcome:
    """At the median radius r 2^(-1/e), 2000 points of the ball of R^5: neither side has less than 2/5."""
    median = 2 ** (-1 / int(claim.e))
    inner = [
        float(np.linalg.norm(uniform_in_ball(ctx.rng("ball", k), 5, 1.0))) <= median for k in range(2000)
    ]
    return every(
        ctx.decide("|ξ| is below the median radius", at_least="2/5", rows=inner, label="below"),
        ctx.decide(
            "|ξ| is above the median radius", at_least="2/5", rows=[not v for v in inner], label="above"
        ),
    )


algorithm.falsehood("t_noise = 0 at the start", i=-1, by=("first_and_next_noise",))
algorithm.falsehood(
    "noise every t_thres iterations", gap=0, by=("first_and_next_noise", "schedule_of_the_engine")
)
algorithm.falsehood(
    "noise every t_thres + 2 iterations", gap=2, by=("first_and_next_noise", "schedule_of_the_engine")
)
algorithm.falsehood("radius uniform in [0, r]", e=1, by=("radius_of_a_uniform_point",))


# ---- quoted theorems

avoidance = Claim(
    "du2019thesis/thm-7.1",
    title="Gradient descent avoids strict saddles from almost every start (quoted)",
    kind="existence",
    where="Section 7.2, Theorem 7.1",
    states=r"\eta < \frac{c}{\ell}\ \text{and}\ x^{(t)}\to x^*\ \Longrightarrow\ x^*\ \text{is second-order "
    r"stationary, with probability one}",
    given=(
        r"f\ \ell\text{-gradient Lipschitz},\ \nabla^2f\ \text{continuous}",
        r"x^{(0)}\ \text{has a density}",
    ),
    printed={"c": 1, "law": "(0, oo)"},
    parts=("the map", "a quadratic saddle", "in general"),
    uses=("du2019thesis/def-7.5", "du2019thesis/eq-7.1"),
    note="A theorem of Lee et al., quoted, and undecided here. Checked are the two facts that its proof "
    "glues by the stable manifold theorem: the map is a local diffeomorphism, and a quadratic saddle is "
    "left unless x_2 = 0 (law: |x_2|).",
)


@avoidance.check(part="the map", covers="universal")
def invertible(claim: Statement, ctx: Context) -> Outcome:
    """The eigenvalues of I - η∇²f are 1 - ηℓ·l with |l| <= 1 and w = ηℓ/c < 1: positive."""
    return prove("1 - c*w*l > 0", w=INNER, l=CURVATURES, let=claim.let)


@avoidance.check(part="a quadratic saddle")
def growth_unless_zero(claim: Statement, ctx: Context) -> Outcome:
    """f = ℓ(l x_1² - m x_2²)/2: |x_2| grows by the factor 1 + ηℓm > 1 at every step, unless it is 0."""
    return prove("(1 + c*w*m)*x > x", w=INNER, m=DESCENDING, x=claim.law, let=claim.let)


@avoidance.check(part="in general")
def stable_manifold(claim: Statement, ctx: Context) -> Outcome:
    """First a law with an atom on x_2 = 0 of the quadratic saddle; the rest is quoted."""
    if claim.law != "(0, oo)":
        stays = identity("x - c*w*(-m*x) == 0", let={"c": claim.c, "x": 0}, says="x_2 = 0 stays 0")
        return contradicted_by(
            stays, witness="x_2^(0) = 0 with positive probability: the limit is the saddle 0"
        )
    return Undecided(
        "the stable manifold theorem, for every f and every strict saddle, is quoted",
        "a proof of it; the two facts above are what it is applied to",
    )


avoidance.falsehood("step sizes up to 2/ℓ", c=2, by=("invertible",))
avoidance.falsehood("an atom on x_2 = 0", law="[0, oo)", by=("growth_unless_zero", "stable_manifold"))


polynomial = Claim(
    "du2019thesis/thm-7.2",
    title="Perturbed gradient descent finds second-order stationary points (quoted)",
    kind="probabilistic",
    where="Section 7.2, Theorem 7.2",
    states=r"\Pr\left(\text{an}\ \varepsilon\text{-second-order stationary point within}\ K\,\frac{\ell "
    r"B}{\varepsilon^2}\log^4\frac{d\ell B}{\varepsilon^2\delta}\ \text{iterations}\right) \ge 1-\delta",
    given=(
        r"f\ B\text{-bounded},\ \ell\text{-gradient},\ \rho\text{-Hessian Lipschitz}",
        r"\delta > 0,\ \varepsilon \le \ell^2/\rho,\ \text{a proper choice of}\ \eta, r, t_{\mathrm{thres}}, "
        r"g_{\mathrm{thres}}",
    ),
    printed={"K": 1, "noise": 1},
    uses=("du2019thesis/alg-2", "du2019thesis/def-7.5"),
    note="A theorem of Jin et al., quoted; K is hidden, and the choice depends on d too. Tried on the chain "
    "with d = 2, L = e, from the saddle (0, 0) itself, with the constants of Section 7.5: ℓ >= 2L and B >= "
    "2ν on the octopus, so that the bound is above 10^10 iterations and only its being an upper bound is "
    "looked at, out of regime: the theorem itself stays undecided here. δ = 1/2.",
)


@polynomial.check()
def from_the_saddle(claim: Statement, ctx: Context) -> Outcome:
    """40 runs of 300 iterations, ε = 1/100: all settled and |∇f| <= ε; the bound with ℓ = 2L, B = 2ν."""
    chain, epsilon = SaddleChain(2, math.e, 1.0, math.e), 0.01
    scale = 2 * math.e * 2 * float(chain.nu) / epsilon**2
    allowed = float(Fraction(claim.K)) * scale * math.log(2 * scale / 0.5) ** 4
    rngs = [ctx.rng("saddle", k) for k in range(40)]
    found = perturbed(math.e, np.zeros((40, 2)), rngs, 300, float(claim.noise) * math.e / 100)
    rows = [bool(t <= allowed) for t in found.stationary(epsilon)]
    found_one = ctx.decide("a second-order stationary point within the bound", at_least="1/2", rows=rows)
    return replace(found_one, regime=OUTSIDE) if found_one.status == "holds" else found_one


OUTSIDE = Regime(
    met=False,
    note="f is given on the octopus only, with the parameters of Section 7.5 and K = 1, which are ours",
)


polynomial.falsehood("no noise", noise=0)
polynomial.falsehood("10^-12 of the bound", K="1/1000000000000")
