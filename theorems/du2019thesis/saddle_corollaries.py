"""Corollaries 7.1 and 7.2 of Theorem 7.3: second-order stationary points, and other laws of the start.

Words and links are in `saddle_runs`, the direct proof for the noisy run in `saddle_theorem`.
"""

from fractions import Fraction

from theorems.du2019thesis.saddle_runs import SLOPE, during_passage, few_iterates
from theorems.du2019thesis.saddle_theorem import DENSITY, INSIDE, UNION
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

second_order = Claim(
    "du2019thesis/cor-7.1",
    title="Gradient descent visits no approximate second-order stationary point for exponentially long",
    kind="existence",
    where="Section 7.4, Corollary 7.1 (proof omitted in the text)",
    states=r"\varepsilon = q\,\frac{\gamma^2}{\rho},\ t \le e^{d}:\quad \|\nabla f(x^{(t)})\|_2 > "
    r"\varepsilon\ \text{or}\ \lambda_{\min}(\nabla^2f(x^{(t)})) < -\sqrt{\rho\varepsilon}",
    given=(
        r"f,\ \eta,\ x^{(0)}\ \text{as in Theorem 7.3: } |x_d^{(t)}| < 2\tau\ \text{for } t \le e^d",
        r"\rho = \mathrm{poly}(d),\ \rho \ge \sup_D|\partial_1^3f| \ge 16\gamma/\tau",
    ),
    printed={"q": 3},
    uses=("du2019thesis/thm-7.3", "du2019thesis/def-7.5"),
    proof_uses=("du2019thesis/remark-7.2",),
    note="The text says for some ε = 1/poly(d); any ε < 4γ²/ρ does, q = 3 here.",
)


@second_order.check(covers="universal")
def before_the_last_region(claim: Statement, ctx: Context) -> Outcome:
    """Some coordinate rests or passes: λ_min <= -2γ < -√(ρε), or a slope of at least 2γτ > ε."""
    return every(
        evaluate("-2 < -sqrt(q)", let=claim.let, says="-2γ below -√(ρε), over γ"),
        during_passage(f"-({SLOPE}) >= 2*r", says="the slope of a passage"),
        evaluate("q/16 < 2", let=claim.let, says="ε below 2γτ"),
    )


@second_order.falsehood_with_check("no approximate first-order stationary point")
def at_the_saddle(claim: Statement, ctx: Context) -> Outcome:
    """x^(0) = 0 is a saddle; so is every iterate: the gradient norm against ε > 0, with ρ = 16, γ = 1."""
    return evaluate("0 > q/16", let=claim.let, says="|∇f(0)| against ε")


second_order.falsehood("ε = 5γ²/ρ", q=5)
second_order.falsehood("ε = 4γ²/ρ", q=4)


general = Claim(
    "du2019thesis/cor-7.2",
    title="Other laws of the start",
    kind="existence",
    where="Section 7.4, Corollary 7.2; proof in Section 7.7.3",
    states=r"\nu(B_\infty(z,R)) \ge 1-\delta:\ \text{Theorem 7.3 holds with "
    r"probability}\ 1-\delta\ \text{for}\ \tilde f(x) = f\left(\frac{x-z}{R}\right),\quad \ell_{\tilde f} = "
    r"\frac{\ell_f}{R^{a}};\qquad \text{with noise within}\ K\,\frac{d^2}{2\eta\gamma "
    r"R^{-2}}\ \text{iterations}",
    given=(
        r"R > 0\ \text{(replaced by 1 when it is smaller)}",
        r"\text{descent: } \eta \le 1/\ell_{\tilde f};\quad \text{with noise: } \eta = "
        r"b\,\frac{R^2}{2L},\ g_{\mathrm{thres}} = \frac{\tau}{10R},\ r = \frac{\tau "
        r"R}{20},\ t_{\mathrm{thres}} = \lceil 15de\rceil",
    ),
    printed={"a": 2, "b": 1, "K": 70},
    parts=("descent", "with noise"),
    uses=("du2019thesis/thm-7.3",),
    proof_uses=("du2019thesis/cor-7.2-scaling", "du2019thesis/thm-7.2"),
    note="The text gives no parameters and does not restrict R. It applies Theorem 7.2 to the stretched "
    "function, where distance ε means the accuracy 2Lε/R² and ℓB/ε² becomes R² ℓB/(2Lε)²: polynomial in"
    " R too, which is poly(d) for R <= poly(d) only. The statement holds for every R: with the full "
    "step η = R²/(2L) the last step lands on the minimum, and no iteration count depends on R or ε. "
    "With smaller steps the count is K(d² + d log(R/ε))/(2ηγ/R²): polynomial for log R <= poly(d). The "
    "noisy run fails with probability e^(-d) besides: 1 - δ - e^(-d) in all.",
)


@general.check(part="descent", covers="universal")
def conjugate_steps(claim: Statement, ctx: Context) -> Outcome:
    """A step η on f̃ is a step η/R² on f: y - (1/R)(η/R) f'(y), and ηℓ̃ <= 1 exactly when (η/R²)ℓ <= 1.

    On a mode λy²/2.  For R >= 1 all constants stay below those of f, and distances are multiplied by R.  For
    R < 1 the cube of radius 1 has at least the same mass.
    """
    return every(
        identity("(x - eta*(lam*(x/R)/R))/R == x/R - eta/R**2*lam*(x/R)", R="(0, oo)", says="the step"),
        identity("eta*(l/R**a) == (eta/R**2)*l", R="(0, oo)", let=claim.let, says="the step size condition"),
        prove("l/R**a <= l", R="[1, oo)", l="[0, oo)", let=claim.let, says="smoothness for R >= 1"),
        prove("2*R >= 2", R="[1, oo)", says="distance from the minima over τ"),
    )


@general.check(part="with noise", covers="universal")
def full_steps(claim: Statement, ctx: Context) -> Outcome:
    """The direct proof of Theorem 7.3, b = 1, h = 1/e: resting coordinates are 0, settled ones 4τ at once.

    Noise on x is noise on y = (x - z)/R, R times smaller, and |∇f̃| <= g/R is |∇f| <= g.  A phase takes at
    most t_thres + 1 + 30d/h, and one step after T_d, or after a noise, y is the minimum.  First d = 1, where
    at least 1/h steps are needed.
    """
    if Fraction(claim.b) != 1:
        return Undecided(
            "for smaller steps the number of iterations contains log(R/ε), and R is not restricted",
            "log R <= poly(d)",
        )
    d, h = "[1, oo)", "(0, 1/2]"
    return unless(
        [evaluate("K >= 1", let=claim.let, says="d = 1: iterations times h")],
        follows_from(
            identity("(1 - b)*x + b*4 == 4", let=claim.let, says="a settled coordinate after one step"),
            identity("(1 - b)*x == 0", let=claim.let, says="a resting one"),
            evaluate("2/sqrt(2*pi) <= 1", says="d·2a·20·√((d+1)/(2π)) <= e^(-d)"),
            prove("d + log(20) + log(d) + log(d + 1)/2 <= 6*d", d=d, says="log(1/a)"),
            prove("log(1 + h) >= h/2", h=h, says="growth of x_k"),
            few_iterates(),
            prove("12*d/h + 2 + 1/h <= 15*d/h", d=d, h=h, says="from a to 2τ"),
            prove("2*log(40)/h + 2 + 1/h <= 15*d/h", d=d, h=h, says="from 1/40 to 2τ"),
            prove("d*(15*d/h + 2 + 30*d/h) + 2 <= K*d**2/h", d=d, h=h, let=claim.let, says="all d phases"),
            assumes=(DENSITY, INSIDE, UNION),
        ),
    )


general.falsehood("ℓ/R", a=1, by=("conjugate_steps",))
general.falsehood("d²/(10·2ηγ) iterations", K="1/10", by=("full_steps",))
general.reading("steps of at most 1/(4L) on f", b="1/2", by=("full_steps",))
