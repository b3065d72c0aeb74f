"""Section 3: gradient flow, the limiting Gram matrix H-infinity, its closed form and the range of lambda_0.

For unit inputs at the angle theta the entry is h(theta) = cos(theta) (pi - theta)/(2 pi).  Through
t = tan(theta/2) in [0, oo), with cos(theta) = (1 - t^2)/(1 + t^2) and pi - theta = 2 atan(1/t), it has a sign
that one can read off.
"""

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np

from numerics import arc_cosine
from numerics.flow_one_input import path_events
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Series,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    identity,
    prove,
)

H_OF_T = "(1 - t**2)/(1 + t**2)*atan(1/t)/pi"

gradient_flow = Claim(
    "du2019shallow/gradient-flow",
    aliases=("du2019thesis/gradient-flow",),
    title="Gradient flow on the first layer, as a differential inclusion at the kinks",
    kind="definition",
    where="Section 3 and footnote 6",
    states=r"\frac{d w_r}{dt} = s\,\frac{\partial L(W,a)}{\partial w_r}; \qquad \frac{dL}{dt} = "
    r"-\|\nabla L\|^2\ \text{in a cell}; \qquad w_r^\top x = 0,\ a_r(y-u) < 0:\ "
    r"\text{effective gate } \gamma = g",
    printed={"s": -1, "gate_at_rest": 0},
    parts=("descent", "rest"),
    uses=("du2019shallow/eq-4",),
    note="Printed are the equation, with s = -1, and that it is an inclusion. A neuron whose force pushes it "
    "back onto its kink from the active side, and which feels none on the other, rests there: 0 is in the "
    "Clarke set. Equation (4) gives it gate 1 all the same. With the opposite sign of the force, rest "
    "and leave are both solutions of the inclusion.",
)


@gradient_flow.check(part="descent", covers="universal")
def loss_decreases(claim: Statement, ctx: Context) -> Outcome:
    """In a cell dL/dt = <∇L, dW/dt> with dW/dt = s ∇L: a sum over the coordinates of W."""
    return identity("g*(s*g) == -g**2", let=claim.let, says="dL/dt = -|∇L|², a coordinate")


@gradient_flow.check(part="rest", covers="universal")
def velocity_at_rest(claim: Statement, ctx: Context) -> Outcome:
    """On the kink the admissible velocities along x are γ f, 0 <= γ <= 1, with f = a (y-u)/√m < 0.

    z = w.x must stay 0: z > 0 is pushed back (f < 0), z < 0 feels no force, so z' = γ f = 0.
    """
    return every(
        evaluate("0 <= gate_at_rest", let=claim.let, says="the gate is in the Clarke set"),
        evaluate("gate_at_rest <= 1", let=claim.let, says="the gate is in the Clarke set"),
        identity("gate_at_rest*f == 0", let=claim.let, f="(-oo, 0)", says="the kink is not left"),
    )


@gradient_flow.check(part="rest")
def event_driven_solution(claim: Statement, ctx: Context) -> Outcome:
    """One input, integer z_r = w_r(0).x: the engine's path, segment by segment of the path length S.

    √m|y - u| is that of the network with z_r + a_r sign(y - u) S (stopped at 0) and falls by one unit of S
    per moving neuron; a neuron at rest counts with its effective gate.
    """
    cases = []
    for trial in range(ctx.size(30, 300)):
        rng = ctx.rng(trial)
        z = [int(v) for v in rng.integers(-2, 6, size=6)]
        a = [int(v) for v in rng.choice((-1, 1), size=6)]
        label = int(rng.integers(-12, 13))
        says = f"z = {z}, a = {a}, sqrt(m) y = {label}"
        run = path_events([Fraction(v) for v in z], a, Fraction(label))
        start = label - sum(s * v for s, v in zip(a, z, strict=True) if v >= 0)
        towards = (start > 0) - (start < 0)
        for k, (S, left) in enumerate(zip(run.path_lengths, run.scaled_residuals, strict=True)):
            moved = [(s, v, f"{v} - ({claim.s})*{s * towards}*{S}") for s, v in zip(a, z, strict=True)]
            outputs = "+".join(f"{s}*step({v})*max({to}, 0)" for s, v, to in moved)
            cases.append(evaluate(f"abs({label} - ({outputs})) == {left}", instance=True, says=says))
            if k:
                step, before = S - run.path_lengths[k - 1], run.scaled_residuals[k - 1]
                rate = f"({run.moving[k - 1]} + gate_at_rest*{run.resting[k - 1]})"
                fall = f"{before} - {rate}*({step}) == {left}"
                cases.append(evaluate(fall, let=claim.let, instance=True, says=says))
    return every(*cases)


gradient_flow.falsehood("gradient ascent", s=1)
gradient_flow.falsehood("a neuron on its kink moves with gate 1", gate_at_rest=1)
gradient_flow.falsehood("a neuron on its kink moves with gate 1/2", gate_at_rest="1/2")


def spelled(entry: str, **names: object) -> str:
    """The text with names replaced."""
    return "(" + re.sub(r"\w+", lambda word: str(names.get(word.group(), word.group())), entry) + ")"


assumption = Claim(
    "du2019shallow/assumption-3.1",
    aliases=("du2019thesis/assumption-2.1",),
    title="The limiting Gram matrix H-infinity: expectation of the Gram matrix at initialisation",
    kind="assumption",
    where="Section 3, Assumption 3.1",
    states=r"H^\infty_{ij} = \mathbb E_{w\sim N(0,I)}\bigl[x_i^\top x_j\,\mathbb I\{w^\top x_i\ge 0,\,"
    r"w^\top x_j\ge 0\}\bigr] = \mathbb E\,H_{ij}(0), \qquad \lambda_0 = \lambda_{\min}(H^\infty) \ge 0",
    printed={"entry": "x*z*g*h"},
    uses=("du2019shallow/eq-4",),
    note="Checked is what makes it the right matrix: it is the expectation of the Gram matrix of the "
    "gradients, and positive semi-definite. That lambda_0 > 0 is assumed; Theorem 3.1 says when it holds. "
    "In `entry`, x and z are a coordinate of the two inputs, g and h their gates.",
)


@assumption.check(covers="universal")
def expectation_of_gradient_products(claim: Statement, ctx: Context) -> Outcome:
    """m <∂u_i/∂w_r, ∂u_j/∂w_r> is, coordinate by coordinate, the summand: all gates g, h and a = ±1."""
    patterns = [(a, g, h) for a in (-1, 1) for g in (0, 1) for h in (0, 1)]
    return every(
        *(identity(f"({a}*x*{g})*({a}*z*{h}) == {spelled(claim.entry, g=g, h=h)}") for a, g, h in patterns),
        assumes=("linearity of the expectation", "the neurons have the same law"),
    )


@assumption.check(covers="universal")
def positive_semidefinite(claim: Statement, ctx: Context) -> Outcome:
    """For every w the form of the summand is |Σ b_i g_i x_i|² >= 0, coordinate by coordinate.

    A quadratic form is fixed by its restrictions to pairs of inputs, so n = 2 decides.
    """
    first, mixed, second = (
        spelled(claim.entry, x=f"x{i}", g=f"g{i}", z=f"x{j}", h=f"g{j}") for i, j in ((1, 1), (1, 2), (2, 2))
    )
    form = f"b1*b1*{first} + 2*b1*b2*{mixed} + b2*b2*{second}"
    return every(
        identity(f"{form} == (b1*g1*x1 + b2*g2*x2)**2"),
        assumes=("an expectation of non-negative numbers is non-negative",),
    )


@assumption.falsehood_with_check("λ0 > 0 for all inputs, so that nothing is assumed")
def equal_inputs(claim: Statement, ctx: Context) -> Outcome:
    """x_1 = x_2: both rows of H∞ are equal and (1, -1) is in the kernel."""
    fact = evaluate("1/2 - 2*(1/2) + 1/2 == 0", instance=True, says="v = (1, -1): v^T H∞ v")
    return contradicted_by(fact, witness="x_1 = x_2, |x_1| = 1: v = (1, -1) has v^T H∞ v = 0, λ0 = 0")


assumption.falsehood("probability without the factor x_i.x_j", entry="g*h")
assumption.falsehood("gate of x_i alone", entry="x*z*g")


CORRELATIONS = ("-99/100", "-1/2", "0", "1/10", "3/5", "99/100")

closed_form = Claim(
    "du2019shallow/derived-Hinf-closed-form",
    title="Closed form of H-infinity: arc-cosine kernel of degree 0 times the linear kernel",
    kind="closed-form",
    where="derived from Assumption 3.1",
    states=r"\Pr(w^\top x_i\ge0,\, w^\top x_j\ge0) = \frac{\pi-\theta_{ij}}{2\pi},\quad H^\infty_{ij} = "
    r"x_i^\top x_j\,\frac{\pi-\theta_{ij}}{2\pi}; \qquad \|x\|=1:\ H^\infty_{ij} = \frac{\rho}{4} + "
    r"\frac{1}{2\pi}\sum_{k\ge0}\frac{(2k)!}{4^k (k!)^2 (2k+1)}\rho^{2k+2}",
    given=(r"x_i, x_j \ne 0", r"\theta_{ij} = \angle(x_i,x_j)", r"\rho = \cos\theta_{ij}"),
    printed={
        "probability": "(pi - theta)/(2*pi)",
        "cosine": "p/(nx*nz)",
        "ratio": "(2*k + 1)/(2*k + 2)",
    },
    parts=("probability", "norms", "series"),
    uses=("du2019shallow/assumption-3.1",),
    note="Not printed in the sources. The angle is pi/2 - asin(rho). cosine: p = x_i.x_j over both norms. "
    "ratio: of two successive coefficients (2k)!/(4^k (k!)^2).",
)
ANGLE = "(pi/2 - asin(rho))"


@closed_form.check(part="probability", covers="universal")
def overlap_of_two_half_planes(claim: Statement, ctx: Context) -> Outcome:
    """The direction of w in the plane of both inputs is uniform; θ = uπ, 0 <= u <= 1, angles in units of π.

    x_i is active on [-1/2, 1/2] and x_j on [u - 1/2, u + 1/2]: they share [u - 1/2, 1/2], and around the back
    at most the point -1/2. The full turn is 2.
    """
    value = spelled(claim.probability, theta="(u*pi)")
    return every(
        prove("-1/2 <= u - 1/2", u="[0, 1]", says="the common arc begins where that of x_j does"),
        prove("1/2 <= u + 1/2", u="[0, 1]", says="it ends where that of x_i does"),
        prove("u + 1/2 - 2 <= -1/2", u="[0, 1]", says="no overlap around the back"),
        identity(f"{value} == (1/2 - (u - 1/2))/2", u="[0, 1]", says="the share of the turn"),
        assumes=("rotation invariance of N(0, I): the direction in a plane is uniform",),
    )


@closed_form.check(part="probability", covers="universal")
def derivative_in_the_correlation(claim: Statement, ctx: Context) -> Outcome:
    """(w.x_i, w.x_j)/norms is a standard Gaussian pair of correlation ρ.

    The derivative of its orthant probability in ρ is its density at 0, 1/(2π√(1-ρ²)); at ρ = 0 it is 1/4.
    Both sides are continuous up to ρ = ±1.
    """
    value = spelled(claim.probability, theta=ANGLE)
    return every(
        identity(f"diff({value}, rho) == 1/(2*pi*sqrt(1 - rho**2))", rho="(-1, 1)", says="derivative"),
        identity(f"{value} == 1/4", let={"rho": 0}, says="independent half planes"),
        assumes=("Plackett: derivative of the orthant probability in rho",),
    )


@closed_form.check(part="probability")
def conditional_probability(claim: Statement, ctx: Context) -> Outcome:
    """Given w.x_i = z > 0, w.x_j is N(ρz, 1 - ρ²): the probability is E[Φ(ρz/√(1-ρ²)); z > 0], in balls."""
    cases = []
    for rho in CORRELATIONS:
        inside = f"(1 + erf(({rho})/sqrt(2*(1 - ({rho})**2))*z))/2"
        value = spelled(claim.probability, theta=f"acos({rho})")
        cases.append(expectation([("0", "0"), ("oo", inside)], equals=value, digits=10))
    return every(*cases)


@closed_form.check(part="norms", covers="universal")
def scaling_an_input(claim: Statement, ctx: Context) -> Outcome:
    """The gates do not change under x -> c x, c > 0, so neither may the angle's cosine (p is x_i.x_j)."""
    scaled = spelled(claim.cosine, p="(c*p)", nx="(c*nx)")
    lengths: dict[str, Any] = dict.fromkeys(("c", "nx", "nz"), "(0, oo)")
    return every(
        prove("c*z >= 0", c="(0, oo)", z="[0, oo)", says="an active gate stays active"),
        prove("c*z < 0", c="(0, oo)", z="(-oo, 0)", says="an inactive gate stays inactive"),
        identity(f"{scaled} == {claim.cosine}", p="(-oo, oo)", **lengths, says="the angle's cosine"),
    )


@closed_form.check(part="series", covers="universal")
def binomial_series(claim: Statement, ctx: Context) -> Outcome:
    """Σ b_k t^k with b_0 = 1 is (1-t)^(-1/2) iff (1-t) y' = y/2, that is (k+1) b_(k+1) = (k + 1/2) b_k.

    With t = ρ² it is the derivative of asin(ρ); integrating divides by 2k+1. All coefficients are positive.
    """
    entry = f"rho*{spelled('(pi - theta)/(2*pi)', theta=ANGLE)}"
    return every(
        identity(f"{entry} == rho/4 + rho*asin(rho)/(2*pi)", rho="(-1, 1)", says="the entry"),
        identity("diff(asin(rho), rho) == 1/sqrt(1 - rho**2)", rho="(-1, 1)"),
        identity("(1 - t)*diff(1/sqrt(1 - t), t) == 1/(2*sqrt(1 - t))", t="(-1, 1)"),
        identity("(k + 1)*ratio == k + 1/2", let=claim.let, k="[0, oo)", says="the recursion"),
        prove("ratio > 0", let=claim.let, k="[0, oo)"),
        assumes=("a power series is determined by its equation and b_0", "Abel's theorem at rho = ±1"),
    )


@closed_form.check(part="series")
def engine_coefficients(claim: Statement, ctx: Context) -> Outcome:
    """The engine's coefficients up to degree 14, each as rational + rational/π, against the recursion."""
    cases, binomial = [], "1"
    coefficients = arc_cosine.series_coefficients(14)
    cases.append(evaluate(f"{coefficients[1][0]} + ({coefficients[1][1]})/pi == 1/4", says="rho"))
    for k in range(7):
        rational, over_pi = coefficients[2 * k + 2]
        cases.append(evaluate(f"{over_pi} == ({binomial})/(2*(2*{k} + 1))", says=f"rho^{2 * k + 2}"))
        cases.append(evaluate(f"{rational} == 0"))
        binomial = f"({binomial})*{spelled(claim.ratio, k=k)}"
    return every(*cases)


PROBABILITY = ("overlap_of_two_half_planes", "derivative_in_the_correlation", "conditional_probability")
closed_form.falsehood("(π - θ)/π", probability="(pi - theta)/pi", by=PROBABILITY)
closed_form.falsehood("θ/(2π)", probability="theta/(2*pi)", by=PROBABILITY)
closed_form.falsehood("shifted by a right angle", probability="(3*pi/2 - theta)/(2*pi)", by=PROBABILITY)
closed_form.falsehood("1/4 + asin(ρ)/π", probability="1/4 + (pi/2 - theta)/pi", by=PROBABILITY)
closed_form.falsehood("inner product of inputs that are not normalised", cosine="p", by=("scaling_an_input",))
closed_form.falsehood(
    "coefficients of (1-t)^(-1)", ratio="(k + 1)/(k + 1)", by=("binomial_series", "engine_coefficients")
)


lambda_range = Claim(
    "du2019shallow/derived-lambda0-range",
    title="Range of the least and largest eigenvalue of H-infinity for unit inputs",
    kind="deterministic-inequality",
    where="derived from Assumption 3.1",
    states=r"0 \le \lambda_0 \le c,\ \lambda_0 = \frac12 \iff \text{all pairs orthogonal or opposite}; "
    r"\qquad \lambda_{\max}(H^\infty) \le t\,n; \qquad n = 2:\ \lambda_0 = \frac12 - k|h(\theta)|",
    given=(r"\|x_i\|_2 = 1", r"h(\theta) = \cos\theta\,(\pi-\theta)/(2\pi)"),
    printed={"c": "1/2", "top": "1/2", "k": 1, "opposite": "== 0"},
    parts=("least", "equality", "largest", "two inputs"),
    uses=("du2019shallow/assumption-3.1", "du2019shallow/derived-Hinf-closed-form"),
)


@lambda_range.check(part="least", covers="universal")
def trace(claim: Statement, ctx: Context) -> Outcome:
    """The diagonal of H∞ is (π - 0)/(2π) = 1/2, so is the mean eigenvalue; orthonormal inputs attain it."""
    return every(
        identity("1*(pi - 0)/(2*pi) == 1/2", says="a diagonal entry"),
        prove("(n*(1/2))/n <= c", n="[1, oo)", let=claim.let, says="the mean eigenvalue"),
        assumes=("the least eigenvalue is at most the mean", "H-infinity is positive semi-definite"),
    )


@lambda_range.check(part="equality", covers="universal")
def off_diagonal_sign(claim: Statement, ctx: Context) -> Outcome:
    """λ_0 = mean iff all eigenvalues are 1/2 iff H∞ = I/2 iff every h(θ_ij) = 0.

    h > 0 for acute angles and for 0, h < 0 for obtuse angles below π; h = 0 at the right angle and at π,
    where the factor π - θ vanishes.
    """
    return every(
        identity("1*(pi - 0)/(2*pi) == 1/2", says="equal inputs: h = 1/2, not 0"),
        prove(f"{H_OF_T} > 0", t="(0, 1)", says="acute"),
        prove(f"{H_OF_T} < 0", t="(1, oo)", says="obtuse"),
        identity(f"{H_OF_T} == 0", let={"t": 1}, says="right"),
        evaluate(f"(-1)*(pi - pi)/(2*pi) {claim.opposite}", says="x and -x, where H∞ = I/2 and λ0 = 1/2"),
        assumes=("a symmetric matrix with all eigenvalues 1/2 is I/2",),
    )


@lambda_range.check(part="largest", covers="universal")
def below_the_trace(claim: Statement, ctx: Context) -> Outcome:
    """All eigenvalues are >= 0, so the largest is at most the trace n/2; n equal inputs attain it."""
    return prove(
        "n/2 <= top*n", n="[1, oo)", let=claim.let, assumes=("H-infinity is positive semi-definite",)
    )


@lambda_range.check(part="two inputs", covers="universal")
def characteristic_polynomial(claim: Statement, ctx: Context) -> Outcome:
    """det(H∞ - l I) of two unit inputs has the roots 1/2 ± h; the smaller one is 1/2 - |h|."""
    return every(
        identity("(1/2 - l)**2 - h**2 == (l - 1/2 - k*h)*(l - 1/2 + k*h)", let=claim.let),
        plots=(_least_eigenvalue_of_two(),),
    )


def _least_eigenvalue_of_two() -> Plot:
    """λ_0 of two unit inputs against their angle, computed by the engine."""
    degrees = [float(v) for v in range(0, 181, 3)]
    pairs = [np.array([[1.0, 0.0], [math.cos(v), math.sin(v)]]) for v in map(math.radians, degrees)]
    least = [float(np.linalg.eigvalsh(arc_cosine.limiting_gram(pair))[0]) for pair in pairs]
    return Plot(
        "λ0 of two inputs vanishes only as they become equal; opposite ones are as good as orthogonal ones.",
        "angle (degrees)",
        "λ0",
        [Series("λ0 = 1/2 - |h(θ)|", degrees, least), Series("1/2", [0.0, 180.0], [0.5, 0.5], "bound")],
    )


lambda_range.falsehood("λ0 at most 1/4", c="1/4")
lambda_range.falsehood("λ0 = 1/2 for orthonormal inputs only", opposite="!= 0")
lambda_range.falsehood("largest eigenvalue at most n/4", top="1/4")
lambda_range.falsehood("λ0 = 1/2 - 2|h| for two inputs", k=2)
