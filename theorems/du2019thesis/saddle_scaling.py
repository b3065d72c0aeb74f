"""Section 7.7.3, proof of Corollary 7.2: an affine change of variables; Gaussian initialisation in a box.

With y = (x - z)/R the transported objective is x -> f(y).
"""

from typing import Any

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

POSITIVE, FROM_ZERO, REAL = "(0, oo)", "[0, oo)", "(-oo, oo)"


scaling = Claim(
    "du2019thesis/cor-7.2-scaling",
    title="Gradient descent on a scaled and shifted objective",
    kind="closed-form",
    where="Section 7.7.3",
    states=r"\tilde f(x) = f\left(\frac{x-z}{R}\right):\ \nabla\tilde f = R^{-p}\nabla f,\ "
    r"\nabla^2\tilde f = R^{-q}\nabla^2f,\ \ell_{\tilde f} = \frac{\ell_f}{R^2},\ "
    r"\rho_{\tilde f} = \frac{\rho_f}{R^{n}},\ B_{\tilde f} = B_f,\ \text{all poly}(d);\quad "
    r"y^{(t+1)} = y^{(t)}-\frac{\eta}{R^k}\nabla f(y^{(t)})",
    given=(
        r"y^{(t)} = (x^{(t)}-z)/R,\ x^{(t+1)} = x^{(t)}-\eta\nabla\tilde f(x^{(t)})",
        r"R \ge R_0\ (R > 0)",
    ),
    printed={"p": 1, "q": 2, "n": 3, "k": 2, "y": "(x - z)/R", "R0": 0},
    parts=("derivatives", "constants", "iteration", "polynomial in d"),
    note="R is not restricted in the text. For R = 2^(-d), say, ℓ_f/R² = 4^d ℓ_f. With a lower bound for R "
    "the constants stay polynomial, and Corollary 7.2 loses nothing: a larger cube has no less mass, so R "
    "may be replaced by max(R, 1).",
)


@scaling.check(part="derivatives", covers="universal")
def chain_rule(claim: Statement, ctx: Context) -> Outcome:
    """On polynomials of degree five and on products p(y) w²: the terms that f consists of."""
    y = f"({claim.y})"
    f = "(a + b*t + c*t**2 + e*t**3 + g*t**4 + m*t**5)"
    slope, curvature = "(b + 2*c*t + 3*e*t**2 + 4*g*t**3 + 5*m*t**4)", "(2*c + 6*e*t + 12*g*t**2 + 20*m*t**3)"
    at = {"t": y}
    return every(
        identity(
            f"diff({f.replace('t', y)}, x) == R**(-{claim.p})*{slope}", let=at, says="gradient", R=POSITIVE
        ),
        identity(
            f"diff(diff({f.replace('t', y)}, x), x) == R**(-{claim.q})*{curvature}",
            let=at,
            says="Hessian",
            R=POSITIVE,
        ),
        identity(
            f"diff(diff({f.replace('t', y)}*((u - v)/R)**2, x), u) == R**(-{claim.q})*{slope}*2*((u - v)/R)",
            let=at,
            says="mixed derivative",
            R=POSITIVE,
        ),
    )


@scaling.check(part="constants", covers="universal")
def quotients(claim: Statement, ctx: Context) -> Outcome:
    """Differences at y, y' over |y - y'| = |x - x'|/R: one more power than the derivatives have."""
    return every(
        identity(f"R**(-{claim.p})*l*(h/R) == l/R**2*h", says="|∇f̃(x) - ∇f̃(x')|, h = |x - x'|", R=POSITIVE),
        identity(f"R**(-{claim.q})*rho*(h/R) == rho/R**({claim.n})*h", says="|∇²f̃(x) - ∇²f̃(x')|", R=POSITIVE),
    )


@scaling.check(part="iteration", covers="universal")
def conjugate_step(claim: Statement, ctx: Context) -> Outcome:
    """G = ∇f(y): one step of x, transported; η <= 1/ℓ_f̃ is η/R² <= 1/ℓ_f."""
    y = f"({claim.y})"
    after = y.replace("x", f"(x - eta*R**(-{claim.p})*G)")
    return every(
        identity(f"{after} == {y} - eta/R**({claim.k})*G", says="y after the step", R=POSITIVE),
        identity(f"(1/(l/R**2))/R**({claim.k}) == 1/l", says="step size limits", R=POSITIVE, l=POSITIVE),
    )


@scaling.check(part="polynomial in d", covers="universal")
def small_cubes(claim: Statement, ctx: Context) -> Outcome:
    """ℓ_f̃ <= K ℓ_f with one K for all admitted R: for R = 1/√(2K) it is 2K ℓ_f."""
    large = [
        contradicted_by(
            prove("1/R**2 > K", let={"R": "1/sqrt(2*K)"}, K=POSITIVE, says="ℓ_f̃/ℓ_f at R = 1/√(2K)"),
            witness="R = 2^(-d): ℓ_f̃ = 4^d ℓ_f; for R = 1/√(2K) it is 2K ℓ_f, for every K",
        )
        for _ in range(claim.R0 == 0)
    ]
    bound = "1" if claim.R0 == 1 else "10**6"
    return unless(
        large,
        every(
            *(
                prove(f"1/R**{n} <= {bound}", R=f"[{claim.R0}, oo)", says=f"{what} over that of f")
                for n, what in ((2, "ℓ of f̃"), (3, "ρ of f̃"))
            )
        ),
    )


scaling.falsehood("f(R(x - z))", y="R*(x - z)", by=("chain_rule", "conjugate_step"))
scaling.falsehood("step size η/R", k=1, by=("conjugate_step",))
scaling.falsehood("ρ_f/R²", n=2, by=("quotients",))
scaling.falsehood("∇²f̃ = ∇²f/R", q=1, by=("chain_rule", "quotients"))
scaling.falsehood("without the shift", y="x - z/R", by=("chain_rule", "conjugate_step"))
scaling.falsehood("R > 1/1000, by a factor 10⁶", R0="1/1000", by=("small_cubes",))
scaling.corrected("max(R, 1) in place of R", erratum="missing hypothesis", R0=1)


gaussian = Claim(
    "du2019thesis/cor-7.2-gaussian",
    title="A Gaussian start lies in a box of logarithmic size",
    kind="probabilistic",
    where="Section 7.4, after Corollary 7.2",
    states=r"\Pr\left(x\in[-\sigma\log^kd,\sigma\log^kd]^d\right) \ge 1-d^{-c}\ "
    r"\text{for all}\ d \ge e^{s(c+1)}",
    given=(r"x\sim N(0,\sigma^2I_d)", r"c \ge 0"),
    printed={"k": 1, "s": 2},
    note="Printed is 1 - 1/poly(d). Read as: for every power c, from some d on; the union bound gives "
    "d ≥ e^(2c + 2). The exact value is erf(log d/√2)^d: 0 at d = 1, 0.806 at d = 10, 0.9996 at d = 100.",
)


@gaussian.check(covers="universal")
def union_bound(claim: Statement, ctx: Context) -> Outcome:
    """d Pr(|z| > u) <= exp(u - u²/2) for u = log d, at most e^(-cu) once u >= 2(c + 1).

    First the exact value against 1 - 1/d at d = 8 and d = 10⁶, where c = 1 is claimed.
    """
    radius = {1: "log({d})", "1/2": "sqrt(log({d}))"}[claim.k]
    instances = []
    for d, c in ((10**6, 1), (8, 1)):
        inside = f"erf({radius.format(d=d)}/sqrt(2))**{d}"
        claimed = evaluate(f"log({d}) >= {claim.s}*({c} + 1)", says="d is claimed")
        if claimed.status == "holds":
            instances.append(
                evaluate(f"{inside} >= 1 - 1/{d}**{c}", says=f"Pr(in the box), d = {d}", instance=True)
            )
    domain: dict[str, Any] = {"c": FROM_ZERO, "t": FROM_ZERO}
    argument = follows_from(
        evaluate(f"1 == {claim.k}", says="the radius is log d"),
        prove("u - u**2/2 <= -c*u", let={"u": f"({claim.s}*(c + 1) + t)"}, says="exponents", **domain),
        assumes=("Pr(|z| > u) <= exp(-u²/2) for a standard Gaussian, u >= 0; the union bound",),
    )
    return unless(instances, argument)


@gaussian.falsehood_with_check("1 - 1/d for all d >= 2")
def ten(claim: Statement, ctx: Context) -> Outcome:
    """d = 10: the exact value 0.806."""
    return evaluate("erf(log(10)/sqrt(2))**10 >= 1 - 1/10", says="Pr(in the box), d = 10", instance=True)


gaussian.falsehood("radius σ√(log d)", k="1/2")
gaussian.falsehood("d >= e^(c + 1)", s=1)
