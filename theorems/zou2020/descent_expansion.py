"""Appendix A.3, first part of the proof of Lemma 5.3: smoothness of the loss, and the size of one step.

D stands for Δ_i^(k), G for the Frobenius norm of the gradient of the risk, g_l for the norms of its layers.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, REAL = "[0, oo)", "[1, oo)", "(0, oo)", "(-oo, oo)"


smoothness = Claim(
    "zou2020/proof-lemma-5.3-smoothness",
    title="The logistic loss is 1/4-smooth",
    kind="proof-step",
    where="Appendix A.3, proof of Lemma 5.3, first two displays",
    step_of="zou2020/lemma-5.3",
    states=r"\ell'' \le q,\quad \ell(x+\Delta) \le \ell(x)+\ell'(x)\Delta+c\,\Delta^2,\quad "
    r"L_S(W^{(k+1)})-L_S(W^{(k)}) \le \tfrac1n\sum_i\left[\ell'(y_i\hat "
    r"y_i^{(k)})\Delta_i+c\,\Delta_i^2\right],"
    r"\qquad q = \tfrac14,\ c = \tfrac18",
    given=(r"\ell(z) = \log(1+e^{-z})", r"\Delta_i = y_i(\hat y_i^{(k+1)}-\hat y_i^{(k)})"),
    printed={"q": "1/4", "c": "1/8"},
    parts=("second derivative", "expansion"),
    note="Both constants are least: at x = 0 the second derivative is 1/4 and Δ²/8 is its Taylor term.",
)


@smoothness.check(part="second derivative", covers="universal")
def square_of_a_difference(claim: Statement, ctx: Context) -> Outcome:
    """u = e^z > 0: 1/4 - u/(1 + u)² = (1 - u)²/(4(1 + u)²), zero at u = 1 only."""
    return every(
        identity("diff(log(1 + exp(-z)), z) == -1/(1 + exp(z))", says="ℓ'"),
        identity("diff(-1/(1 + exp(z)), z) == exp(z)/(1 + exp(z))**2", says="ℓ''"),
        prove("u/(1 + u)**2 <= q", let={"q": claim.q}, u=POSITIVE),
    )


@smoothness.check(part="expansion", covers="universal")
def remainder_as_an_integral(claim: Statement, ctx: Context) -> Outcome:
    """∫_0^1 (1 - t)Δ²ℓ''(x + tΔ) dt <= Δ²/2 · 1/4.  First x = 0."""
    at_zero = [
        evaluate(f"log(1 + exp(-({D}))) <= log(2) - ({D})/2 + c*({D})**2", let={"c": claim.c}, says="x = 0")
        for D in ("1/10", "-1/10", "1", "-1", "10", "-10")
    ]
    argument = follows_from(
        identity("diff(t - t**2/2, t) == 1 - t", says="∫ (1 - t) dt = 1/2"),
        prove("u/(1 + u)**2 <= 1/4", u=POSITIVE, says="ℓ'' <= 1/4"),
        prove("D**2*(1/2)*(1/4) <= c*D**2", let={"c": claim.c}, D=REAL),
        identity("y*f + y*(g - f) == y*g", says="the margin moves by Δ_i"),
        assumes=("Taylor's formula with the remainder as an integral", "mean over the inputs"),
    )
    return unless(at_zero, argument)


smoothness.falsehood("1/5-smooth", q="1/5", by=("square_of_a_difference",))
smoothness.falsehood("Δ²/9", c="1/9", by=("remainder_as_an_integral",))
smoothness.falsehood("Δ²/16, half of the Taylor term", c="1/16", by=("remainder_as_an_integral",))


@smoothness.falsehood_with_check("the expansion as a lower bound")
def lower_bound(claim: Statement, ctx: Context) -> Outcome:
    """x = 0, Δ = 10."""
    return evaluate("log(1 + exp(-10)) >= log(2) - 10/2 + 10**2/8")


displacement = Claim(
    "zou2020/eq-A.2",
    title="How far the features and the outputs move in one step",
    kind="proof-step",
    where="Appendix A.3, proof of Lemma 5.3, the display for the features and the one after it",
    step_of="zou2020/lemma-5.3",
    states=r"\|x_{L,i}^{(k+1)}-x_{L,i}^{(k)}\|_2 \le C_1L\sum_l\|W_l^{(k+1)}-W_l^{(k)}\|_2 = C_1L\eta\sum_l"
    r"\|\nabla_{W_l}L_S\|_2 \le C_1L^{p}\eta\|\nabla L_S\|_F;\quad |\Delta_i| \le \|v\|_2\|x_{L,i}^{(k+1)}-"
    r"x_{L,i}^{(k)}\|_2 \le C_1L^{p}M^{q}\eta^{e}\|\nabla L_S\|_F,\qquad p = \tfrac32,\ q = \tfrac12",
    given=(
        r"\text{first inequality of Lemma A.4 with the constant } C_1",
        r"v \in \{\pm1\}^{m_L},\ m_L \le M,\ W^{(k+1)} = W^{(k)}-\eta\nabla L_S(W^{(k)})",
        r"0 < \eta \le t",
        r"\text{printed: } e = 0,\ t = \infty",
    ),
    printed={"p": "3/2", "q": "1/2", "e": 0, "t": "oo"},
    parts=("features", "output"),
    note="The factor η is lost between the two displays; the square of the output's display is used with η². "
    "For η <= 1 the display as printed is true and too weak for that. The witness is a network whose "
    "gradient is small, so that a step with η = 2C_1 stays in the ball.",
)


@displacement.check(part="features", covers="universal")
def equal_layers(claim: Statement, ctx: Context) -> Outcome:
    """Σ g_l <= √L G, attained by L equal norms g: L² g against L^p √L g."""
    return every(
        identity("(a**2 + b**2)*2 - (a + b)**2 == (a - b)**2", says="two layers"),
        prove("L*(L*g) <= L**p*(sqrt(L)*g)", let={"p": claim.p}, L=FROM_ONE, g=FROM_ZERO, says="equal norms"),
        assumes=("lemma-A.4", "Cauchy-Schwarz over the layers", "|.|_2 <= |.|_F"),
    )


def two_units(claim: Statement) -> list[Outcome]:
    """L = n = 1, m = 2, v = (1, -1), y = 1, w_1·x = a + 1, w_2·x = 1, s = 1/(1 + e^a) = z/(2C_1).

    ReLU is 1-Lipschitz, so any C_1 >= 1 is one of Lemma A.4.  G = s√2, both units stay active, Δ = 2ηs.  η
    up to 2C_1; τ = ηs√2 is small for a large a.
    """
    let = {"e": claim.e, "q": claim.q, "s": "(z/(2*C))"}
    bound = "C*2**q*eta**e*(sqrt(2)*s)"
    box: dict[str, Any] = {"C": FROM_ONE, "z": "(0, 1)"}
    found = [
        prove(f"2*eta*s <= {bound}", let={**let, "eta": eta}, says=f"two units, η = {eta}", **box)
        for eta in ("1", "1/1000")
    ]
    if claim.t == "oo":
        found.append(prove(f"2*eta*s <= {bound}", let={**let, "eta": "(2*C)"}, says="two units", **box))
    return found


@displacement.check(part="output", covers="universal")
def norm_of_the_output_weights(claim: Statement, ctx: Context) -> Outcome:
    """|v|_2 = √m_L <= √M, over C_1 L^p G.  First two active units."""
    eta = POSITIVE if claim.t == "oo" else f"(0, {claim.t}]"
    argument = follows_from(
        prove("sqrt(z*M) <= M**q", let={"q": claim.q}, z="(0, 1]", M=FROM_ONE, says="|v|"),
        prove("eta <= eta**e", let={"e": claim.e}, eta=eta, says="the factor η"),
        assumes=("Cauchy-Schwarz", "the display for the features"),
    )
    return unless(two_units(claim), argument)


displacement.falsehood("L for L^(3/2)", p=1, by=("equal_layers",))
displacement.falsehood("without √M", q=0, e=1, by=("norm_of_the_output_weights",))
displacement.falsehood("η² for η", e=2, by=("norm_of_the_output_weights",))
displacement.reading("steps of at most 1", t=1)
displacement.corrected("with the factor η", erratum="misprint", e=1)
