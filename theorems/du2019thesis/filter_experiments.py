"""Section 6.4: what the experiments are said to show, where it can be decided without their code.

Figure 6.3a: unit inputs in the plane whose angle to w* is a normal with deviation σ, cut to [-π/2, π/2], and
with chance 1/2 the opposite vector. q = π/(2√2 σ). σ -> ∞ is the uniform distribution on the circle: γ(0) =
L(0) = 1/4, β = 1/(2π).
"""

import math

import numpy as np

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
    identity,
    prove,
    unless,
)

POSITIVE, UNIT = "(0, oo)", "[0, 1]"
SIN2, COS2 = "((1 - exp(-2*s**2))/2)", "((1 + exp(-2*s**2))/2)"
"""E sin²(σz) and E cos²(σz)."""
OUTSIDE = "erfc(pi/(2*sqrt(2)*s))"
"""Pr(|σz| > π/2)."""


smoothness = Claim(
    "du2019thesis/fig-6.3a",
    title="Convergence against smoothness for one neuron",
    kind="experiment",
    where="Section 6.4 and Figure 6.3a",
    states=r"\sigma\to0:\ \frac{L}{\gamma}\ \text{large},\ \beta\ \text{large},\ \text{slow};\qquad "
    r"\sigma\to\infty:\ "
    r"\frac{L}{\gamma}\to1,\ \beta\ \text{small},\ \text{fast}",
    given=(r"\|Z\| = 1,\ p = 2",),
    printed={"ratio": ">=", "beta": "larger for small σ", "most": "1", "rate": ">="},
    parts=("ratio", "growth constant", "speed"),
    uses=("du2019thesis/def-6.1", "du2019thesis/assumption-6.1"),
    note="In numbers: at σ = 1/10 the ratio L(0)/γ(0) is at least 50, the local rate γ(0) of gradient "
    "descent at w* is at most 1/20 of that of the uniform distribution. The figure itself needs the "
    "starting point and the step, which are not given. β does not behave as said: it is at most 1/(2π), "
    "its value for the uniform distribution, for every σ, because little mass is near the decision "
    "boundary when σ is small. (p is not given. For p > 2 with a uniform azimuth at most half of the mass "
    "at an angle above π/2 has w.Z >= 0: the same bound.)",
)


@smoothness.check(part="ratio", covers="domain")
def eigenvalues_at_the_teacher(claim: Statement, ctx: Context) -> Outcome:
    """L(0) : γ(0) = E cos² : E sin² over |angle| <= π/2, the first at least COS2 - OUTSIDE, the second at
    most SIN2.

    σ = 10: the density varies by the factor exp(π²/(8σ²)) only, and for a constant one the ratio is 1.
    """
    ratio = f"({COS2} - {OUTSIDE})/{SIN2}"
    return every(
        evaluate(f"{ratio} {claim.ratio} 50", let={"s": "1/10"}, says="σ = 1/10"),
        evaluate(f"{ratio} {claim.ratio} 5000", let={"s": "1/100"}, says="σ = 1/100"),
        evaluate("exp(pi**2/(8*s**2)) <= 51/50", let={"s": "10"}, says="σ = 10"),
        plots=(least_eigenvalue(),),
    )


def least_eigenvalue() -> Plot:
    """γ(0) and L(0) by quadrature."""
    t = (np.arange(20000) + 0.5) / 20000 * math.pi - math.pi / 2
    sigmas = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0]
    rows = []
    for sigma in sigmas:
        weight = np.exp(-((t / sigma) ** 2) / 2)
        rows.append([float((weight * f(t) ** 2).sum() / weight.sum() / 2) for f in (np.sin, np.cos)])
    series = [
        Series("γ(0), the local rate", sigmas, [row[0] for row in rows]),
        Series("L(0)", sigmas, [row[1] for row in rows]),
    ]
    return Plot(
        "The rate at the teacher grows with the width of the clusters.", "σ", "eigenvalue", series, log_x=True
    )


@smoothness.check(part="growth constant", covers="universal")
def concave_error_function(claim: Statement, ctx: Context) -> Outcome:
    """The wedge from π/2 to π/2 + φ, φ = tπ/2, has the probability (1 - erf(q(1 - t))/erf(q))/4, at least
    λ_max.

    erf is concave: erf(q(1 - t)) >= (1 - t) erf(q), so λ_max <= t/4 = φ/(2π) for every σ: β <= 1/(2π). For
    the uniform distribution (φ + sin φ)/(4π) has the slope 1/(2π) at 0.
    """
    fact = every(
        prove("erf(q*r) >= r*erf(q)", q=POSITIVE, r=UNIT, says="r = 1 - t"),
        identity("(1 - (1 - t))/4 == (t*pi/2)/(2*pi)", says="t/4 = φ/(2π)"),
        identity("diff((f + sin(f))/(4*pi), f) == (1 + cos(f))/(4*pi)", says="uniform: slope 1/(2π) at 0"),
    )
    if claim.beta == "larger for small σ":
        return contradicted_by(
            fact, witness="β <= 1/(2π) for every σ, with equality for the uniform distribution"
        )
    uniform = evaluate(f"1 <= {claim.most}", says="uniform distribution: 2πβ = 1")
    return unless([uniform], every(fact, uniform))


@smoothness.check(part="speed", covers="domain")
def local_rate(claim: Statement, ctx: Context) -> Outcome:
    """Near w* the weak direction shrinks by 1 - ηγ(0); γ(0) = E sin²/2 <= SIN2/(2(1 - OUTSIDE)), against
    1/4.
    """
    upper = f"({SIN2}/(2*(1 - {OUTSIDE})))"
    return every(
        evaluate(f"(1/4)/{upper} {claim.rate} 20", let={"s": "1/10"}, says="uniform over σ = 1/10"),
        evaluate(f"(1/4)/{upper} {claim.rate} 2000", let={"s": "1/100"}, says="uniform over σ = 1/100"),
    )


smoothness.corrected("β at most that of the uniform distribution", erratum="false statement", beta="at most")
smoothness.falsehood(
    "L/γ does not depend on σ", ratio="<=", beta="at most", by=("eigenvalues_at_the_teacher",)
)
smoothness.falsehood("half of β", most="1/2", beta="at most", by=("concave_error_function",))
smoothness.falsehood("faster for small σ", rate="<=", beta="at most", by=("local_rate",))


closeness = Claim(
    "du2019thesis/fig-6.3b",
    title="Convergence against the closeness of patches",
    kind="experiment",
    where="Section 6.4 and Figure 6.3b",
    states=r"\lambda_{\min}(\nabla^2\ell(w_*))\ \text{decreases with } \sigma_2^2\ (\sigma=\infty);\quad "
    r"\text{it is larger at}\ \sigma_2=0\ \text{than at}\ \sigma_2=\infty\ (\sigma=1)",
    given=(
        r"k \ge 2\ \text{unit patches at angles } \tilde\theta+\sigma_2\xi_i,\ \xi_i\ \text{independent "
        r"normals}",
        r"\tilde\theta\ \text{as in Figure 6.3a: } \sigma=\infty\ \text{(first part)},\ \sigma=1\ "
        r"\text{(second part)}",
    ),
    printed={"sense": ">="},
    parts=("uniform average", "equal against independent"),
    uses=("du2019thesis/thm-6.3-gradient",),
    proof_uses=("du2019thesis/thm-6.3",),
    note="Checked is the local rate of gradient descent at w*, not the figure: k, the dimension, the "
    "start and the step are not given. For σ = 1 only the two ends σ_2 = 0 and σ_2 = ∞ are certified; "
    "between them see the plot.",
)


@closeness.check(part="uniform average", covers="universal")
def fourier_coefficients(claim: Statement, ctx: Context) -> Outcome:
    """∇²ℓ(w*) = (1/k)E[ZZᵀI] + ((k-1)/k)E[mmᵀ], m the mean of Z I{w*.Z >= 0} given the average's angle.

    The first matrix is I/4. In each axis the second is Σ |c_n|² exp(-n²σ_2²), c_n the coefficients of cos or
    sin on the half-circle: every term decreases with σ_2² (s and s + d below), so both eigenvalues do.
    """
    return every(
        prove(f"exp(-n**2*s) {claim.sense} exp(-n**2*(s + d))", n="[0, oo)", s="[0, oo)", d="[0, oo)"),
        prove("(k - 1)/k >= 0", k="[2, oo)"),
        assumes=("Parseval's identity; a wrapped normal multiplies the n-th coefficient by exp(-n²σ_2²/2)",),
    )


@closeness.check(part="equal against independent")
def both_ends(claim: Statement, ctx: Context) -> Outcome:
    """σ = 1. σ_2 = 0: γ(0) = E sin²/2 over |angle| <= π/2, at least (SIN2 - OUTSIDE)/(2(1 - OUTSIDE)).

    σ_2 = ∞: independent uniform patches, I/(4k) + ((k-1)/k) diag(1/π², 0), least eigenvalue 1/(4k) <= 1/8.
    """
    equal = f"({SIN2} - {OUTSIDE})/(2*(1 - {OUTSIDE}))"
    return every(
        evaluate(f"{equal} {claim.sense} 1/8", let={"s": "1"}, says="equal patches against k = 2"),
        prove("1/(4*k) <= 1/8", k="[2, oo)", says="more patches"),
        plots=(between(),),
    )


def between() -> Plot:
    """γ(0) by quadrature on the circle, σ = 1, for k = 2 and k = 8."""
    n = 1440
    t = (np.arange(n) + 0.5) / n * 2 * math.pi - math.pi
    base = np.where(np.abs(t) < math.pi / 2, np.exp(-(t**2) / 2), 0)
    base = (base + np.roll(base, n // 2)) / (2 * base.sum())
    on = np.stack([np.cos(t), np.sin(t)]) * (np.cos(t) >= 0)
    widths = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0]
    curves: dict[int, list[float]] = {2: [], 8: []}
    for width in widths:
        kernel = np.exp(-((t / width) ** 2) / 2)
        factor = np.fft.fft(np.fft.ifftshift(kernel / kernel.sum()))
        spread, mean = (np.fft.ifft(np.fft.fft(f) * factor).real for f in (base, on))
        for k, values in curves.items():
            matrix = (on * spread) @ on.T / k + (k - 1) / k * (mean * base) @ mean.T
            values.append(float(np.linalg.eigvalsh(matrix)[0]))
    series = [Series(f"k = {k}", widths, values) for k, values in curves.items()]
    return Plot("The rate at the teacher falls as the patches move apart.", "σ_2", "γ(0)", series, log_x=True)


closeness.falsehood("reversed", sense="<=")
