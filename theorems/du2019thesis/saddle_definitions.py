"""Section 7.2: bounded, Lipschitz gradients and Hessians, strict saddles, second-order stationary points."""

from typing import Any

from verify import Claim, Context, Outcome, Statement, contradicted_by, evaluate, every, identity, prove

POSITIVE, FROM_ZERO, REAL, UNIT = "(0, oo)", "[0, oo)", "(-oo, oo)", "[0, 1]"


bounded = Claim(
    "du2019thesis/def-7.1",
    title="Bounded function",
    kind="definition",
    where="Section 7.2, Definition 7.1",
    states=r"f\ \text{is}\ B\text{-bounded}:\quad \text{low} \le f(x) \le \text{high}\ "
    r"\text{for all}\ x\in\mathbb R^d,\quad |f(x)| \le B",
    given=(r"B > 0",),
    printed={"low": "-B", "high": "B"},
    note="Two-sided. Theorem 7.3 asks for it on all of R^d: see step-3-extension.",
)


@bounded.check(covers="universal")
def accepted_values(claim: Statement, ctx: Context) -> Outcome:
    """The values that are accepted are those with v² <= B²: all between low and high, and ±B themselves."""
    value = f"(({claim.low}) + t*(({claim.high}) - ({claim.low})))"
    return every(
        prove(f"{value}**2 <= B**2", t=UNIT, B=POSITIVE, says="accepted values"),
        prove(f"{claim.low} <= -B", B=POSITIVE, says="-B is accepted"),
        prove(f"B <= {claim.high}", B=POSITIVE, says="B is accepted"),
    )


bounded.falsehood("from above only (down to -2B)", low="-2*B")
bounded.falsehood("non-negative functions only", low="0")


gradient = Claim(
    "du2019thesis/def-7.2",
    title="Lipschitz gradient, and the norm of the Hessian",
    kind="definition",
    where="Section 7.2, Definition 7.2",
    states=r"\|\nabla f(x)-\nabla f(y)\|_2 \le \ell\,\|x-y\|_2;\qquad "
    r"f\in C^2\ \text{on a convex set}: \text{least}\ \ell = \sup\|\nabla^2f\|_{op}",
    given=(r"f = \frac12(qx_1^2-px_2^2),\ p \ge q \ge 0:\ \ell\ \text{as given}",),
    printed={"ell": "p"},
    note="The Hessian's norm is the largest absolute value of an eigenvalue. On a set that is not convex it "
    "bounds differences by the length of paths only.",
)


@gradient.check(covers="universal")
def quadratics(claim: Statement, ctx: Context) -> Outcome:
    """The gradients of x and x + (a, b) differ by (qa, -pb); (0, 1) needs ℓ >= p.  Here p = q + t."""
    let = {"p": "(q + t)", "ell": claim.ell.replace("p", "(q + t)")}
    domain: dict[str, Any] = {"q": FROM_ZERO, "t": FROM_ZERO}
    return every(
        prove("q**2*a**2 + p**2*b**2 <= (ell)**2*(a**2 + b**2)", let=let, a=REAL, b=REAL, **domain),
        prove("ell <= p", let=let, says="no larger than needed", **domain),
    )


@gradient.falsehood_with_check("a Hessian of norm 1 on a connected open set makes ℓ = 1")
def two_arms(claim: Statement, ctx: Context) -> Outcome:
    """x_2²/2 on the arm x_1 < -1, -x_2²/2 on the arm x_1 > 1, joined below: ∇f at (-1, 10) and (1, 10)."""
    return evaluate("20 <= 1*2", says="|∇f(x) - ∇f(y)| against |x - y|")


gradient.falsehood("the largest eigenvalue", ell="q")
gradient.falsehood("the Frobenius norm", ell="sqrt(p**2 + q**2)")
gradient.falsehood("1% less", ell="99/100*p")


hessian = Claim(
    "du2019thesis/def-7.3",
    title="Lipschitz Hessian",
    kind="definition",
    where="Section 7.2, Definition 7.3",
    states=r"\|\nabla^2f(x)-\nabla^2f(y)\|_{op} \le \rho\,\|x-y\|_2;\qquad "
    r"f = x_1x_2x_3:\ \text{least}\ \rho^2 = \text{rho2}",
    printed={"rho2": "4/3"},
    note="Twice differentiable is enough: third derivatives need not exist (|x|³ has ρ = 6). The norm is "
    "that of matrices: for x_1x_2x_3 every entry has Lipschitz constant 1, the Hessian has 2/√3.",
)


@hessian.check(covers="universal")
def product_of_three(claim: Statement, ctx: Context) -> Outcome:
    """vᵀ(H(x + w) - H(x))v = 2(w1v2v3 + w2v1v3 + w3v1v2) <= 2|w| √(v1²v2² + v1²v3² + v2²v3²); a = v1² etc.

    Equality for w = v = (1, 1, 1)/√3.
    """
    data: dict[str, Any] = dict.fromkeys("abc", FROM_ZERO)
    return every(
        prove("4*(a*b + b*c + c*a) <= 4/3*(a + b + c)**2", says="four times the square", **data),
        evaluate(f"4/3 <= {claim.rho2}", says="a sufficient ρ²"),
        evaluate(f"{claim.rho2} <= 6**2/(3*3**2)", says="ρ² at w = v = (1, 1, 1): (vᵀMv)²/(|w|²|v|⁴)"),
    )


@hessian.falsehood_with_check("a C² function has a Lipschitz Hessian near 0")
def five_halves(claim: Statement, ctx: Context) -> Outcome:
    """|x|^(5/2): the Hessian is 15/4 √|x|; at x = 10^(-12) against ρ = 10^5."""
    return evaluate("15/4*sqrt(1/10**12) <= 10**5*(1/10**12)", says="|f''(x) - f''(0)| against ρ|x|")


@hessian.falsehood_with_check("a jump of the Hessian is allowed")
def kinked_slope(claim: Statement, ctx: Context) -> Outcome:
    """max(x, 0)²/2: f'' is 0 left of 0 and 1 right of it; ρ = 10^5 at distance 10^(-6)."""
    return evaluate("1 <= 10**5*(1/10**6)", says="|f''(x) - f''(y)| against ρ|x - y|")


hessian.falsehood("entry by entry", rho2=1)
hessian.falsehood("Frobenius norm", rho2=2)


strict = Claim(
    "du2019thesis/def-7.4",
    title="Strict saddle point",
    kind="definition",
    where="Section 7.2, Definition 7.4",
    states=r"x^*\ \text{is}\ \alpha\text{-strict}:\quad \nabla f(x^*) = 0,\ "
    r"\lambda_{\min}(\nabla^2f(x^*)) \le -\sigma\alpha;\qquad "
    r"Lx_1^2-\gamma x_2^2\ \text{at}\ 0:\ \text{exactly for}\ \alpha \le k\gamma",
    given=(r"\alpha > 0", r"L, \gamma > 0"),
    printed={"sigma": 1, "k": 2},
    note="A maximum satisfies the two conditions as well.",
)


@strict.check(covers="universal")
def curvature_of_the_model(claim: Statement, ctx: Context) -> Outcome:
    """λ_min = -2γ: α-strict for α = kγθ, θ <= 1, and for no α = kγ(1 + t); x_1² - x_2⁴ for no α at all."""
    let = claim.let
    return every(
        identity("diff(diff(-gamma*x**2, x), x) == -2*gamma", says="λ_min"),
        prove("-2*gamma <= -sigma*k*gamma*theta", let=let, gamma=POSITIVE, theta="(0, 1]", says="α <= kγ"),
        prove("-2*gamma > -sigma*k*gamma*(1 + t)", let=let, gamma=POSITIVE, t=POSITIVE, says="α > kγ"),
        identity("diff(diff(-x**4, x), x) == -12*x**2", says="curvature of -x⁴, 0 at 0"),
        prove("0 > -sigma*alpha", let=let, alpha=POSITIVE, says="λ_min = 0 is not strict"),
    )


strict.falsehood("λ_min <= α", sigma=-1)
strict.falsehood("4γ-strict", k=4)
strict.falsehood("at most γ-strict", k=1)


stationary = Claim(
    "du2019thesis/def-7.5",
    title="Second-order stationary points, and the local minima among them",
    kind="definition",
    where="Section 7.2, Definition 7.5 and the remark after it",
    states=r"\varepsilon\text{-second-order stationary}:\ \|\nabla f(x)\|_2 \le \varepsilon,\ "
    r"\lambda_{\min}(\nabla^2f(x)) \ge -T(\rho,\varepsilon),\ T^2 = \rho\varepsilon;\qquad "
    r"\text{all saddles strict} \Longrightarrow \text{second-order stationary} = \text{local minimum}",
    given=(r"f\ \text{is}\ \rho\text{-Hessian Lipschitz},\ \varepsilon > 0",),
    printed={"T2": "rho*eps", "strict": "saddles"},
    parts=("scale", "local minima"),
    uses=("du2019thesis/def-7.3", "du2019thesis/def-7.4"),
    note="The introduction sorts stationary points into minima, saddles and maxima; a degenerate maximum is "
    "second-order stationary, and no condition on saddles excludes it. Where every stationary point that "
    "is not a minimum counts as a saddle, the remark holds.",
)


@stationary.check(part="scale", covers="universal")
def change_of_units(claim: Statement, ctx: Context) -> Outcome:
    """c f(x/s) has gradients c/s, Hessians c/s² and ρ c/s³ as large: T must grow like Hessians do."""
    scaled = claim.T2.replace("rho", "(rho*c/s**3)").replace("eps", "(eps*c/s)")
    domain: dict[str, Any] = dict.fromkeys(("rho", "eps", "c", "s"), POSITIVE)
    return identity(f"{scaled} == (c/s**2)**2*({claim.T2})", says="T², rescaled", **domain)


@stationary.check(part="local minima", covers="universal")
def degenerate_maximum(claim: Statement, ctx: Context) -> Outcome:
    """-x⁴/(1 + x⁴) is smooth and bounded; its one stationary point 0 is a maximum, and f''(0) = 0.

    Where all stationary points but the minima are strict, λ_min <= -α < 0 excludes λ_min >= 0.
    """
    if claim.strict == "saddles":
        f, slope = "-x**4/(1 + x**4)", "-4*x**3/(1 + x**4)**2"
        fact = every(
            identity(f"diff({f}, x) == {slope}", says="f', 0 at 0 only"),
            identity(f"diff({slope}, x) == (20*x**6 - 12*x**2)/(1 + x**4)**3", says="f'', 0 at 0"),
            prove(f"{f} < 0", x=POSITIVE, says="0 is no minimum"),
        )
        witness = "f = -x⁴/(1 + x⁴) has no saddle; 0 is second-order stationary (f' = f'' = 0) and a maximum"
        return contradicted_by(fact, witness=witness)
    bound = {"all but minima": "-alpha", "all but minima, weakly": "0"}[claim.strict]
    return prove(f"{bound} < 0", alpha=POSITIVE, says="λ_min of what is not a minimum")


stationary.falsehood("ρε", T2="(rho*eps)**2", by=("change_of_units",))
stationary.falsehood("√ε", T2="eps", by=("change_of_units",))
stationary.falsehood("λ_min <= 0 is enough", strict="all but minima, weakly", by=("degenerate_maximum",))
stationary.reading("every stationary point but a minimum is called a saddle", strict="all but minima")
stationary.corrected("maxima strict as well", erratum="missing hypothesis", strict="all but minima")
