"""Appendix A: the induction over the iterations, and the least eigenvalue that it needs.

`lam` stands for lambda_0, `q` for half of eta lambda_0; `alpha` is the ratio of the geometric series that all
appendices use.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove

POSITIVE, FROM_ZERO, UNIT = "(0, oo)", "[0, oo)", "(0, 1)"


series = Claim(
    "du2019deep/app-geometric-series",
    aliases=("du2019thesis/app-geometric-series",),
    title="The geometric series function",
    kind="definition",
    where="Appendix, before Section A",
    states=r"g_\alpha(n) = \sum_{i=f}^{n+t}\alpha^i,\ f = 0,\ t = -1:\qquad g_\alpha(0) = 0,\quad "
    r"g_\alpha(n+1) = \alpha\,g_\alpha(n)+1,\quad g_\alpha(n+1) \ge g_\alpha(n),\quad "
    r"g_\alpha(n) \ge 1\ (n\ge 1)",
    given=(r"\alpha \ge 0,\ n\in\mathbb N",),
    printed={"first": 0, "top": -1},
    parts=("recursion", "growth"),
    note="Printed is the sum. The four properties are what the proofs of Appendices B to D take from it.",
)


def geometric(claim: Statement, n: int) -> str:
    """g_α(n) written out."""
    powers = range(int(claim.first), n + int(claim.top) + 1)
    return " + ".join(f"alpha**{i}" for i in powers) or "0"


@series.check(part="recursion", covers="universal")
def one_more_term(claim: Statement, ctx: Context) -> Outcome:
    """n = 0, ..., 5 written out; then g(n+1) = g(n) + p with g(n) = αG + 1, p = αq gives α(G + q) + 1."""
    written = [
        identity(f"{geometric(claim, n + 1)} == alpha*({geometric(claim, n)}) + 1", says=f"n = {n}")
        for n in range(6)
    ]
    return every(
        identity(f"{geometric(claim, 0)} == 0", says="g(0)"),
        *written,
        identity("(alpha*G + 1) + alpha*q == alpha*(G + q) + 1", says="induction step, q = α^(n-1)"),
        assumes=("induction over n",),
    )


@series.check(part="growth", covers="universal")
def terms_are_not_negative(claim: Statement, ctx: Context) -> Outcome:
    """The terms are powers of α >= 0, the first of them 1."""
    first = prove(f"{geometric(claim, 1)} >= 1", alpha=FROM_ZERO, says="g(1)")
    return every(first, prove("G + p >= G", G=FROM_ZERO, p=FROM_ZERO, says="one more power"))


@series.falsehood_with_check("g_α(n) <= α^n for α up to 2")
def several_ones(claim: Statement, ctx: Context) -> Outcome:
    """α = 1, n = 2: 1 + 1 against 1."""
    return evaluate("1 + 1 <= 1**2", says="α = 1, n = 2")


series.falsehood("the last exponent n", top=0, by=("one_more_term",))
series.falsehood("the first exponent 1", first=1)


condition = Claim(
    "du2019deep/cond-A.1",
    aliases=("du2019thesis/cond-3.3",),
    title="Induction hypothesis: the residual decays geometrically",
    kind="definition",
    where="Appendix A, Condition A.1 and the sentence after it",
    states=r"\|y-u(k)\|_2^2 \le c\left(1-\tfrac{\eta\lambda_0}{2}\right)^{p(k+s)}\|y-u(0)\|_2^2,\ "
    r"c = p = 1,\ s = 0:\quad \text{holds at } k = 0;\quad \text{implies } L(\theta(k)) \le "
    r"\left(1-\tfrac{\eta\lambda_0}{2}\right)^kL(\theta(0));\quad \text{follows at } k+1\ \text{from}\ "
    r"\|y-u(k+1)\|_2^2 \le \left(1-\tfrac{\eta\lambda_0}{2}\right)\|y-u(k)\|_2^2",
    given=(r"0 < \eta\lambda_0/2 < 1",),
    printed={"s": 0, "c": 1, "p": 1},
    parts=("start", "conclusion", "step"),
    uses=("du2019deep/eq-1",),
    note="The text says that the condition implies the theorems; that it carries over from k to k + 1 under "
    "the contraction of the last display of each proof is how it is used. Whether a network meets it is the "
    "statement of the theorems, not of this claim. For ηλ0 > 2 the right side is negative at odd k.",
)


@condition.check(part="start", covers="universal")
def at_the_start(claim: Statement, ctx: Context) -> Outcome:
    """k = 0: E is the squared initial residual, q = ηλ0/2."""
    return prove("E <= c*(1 - q)**(p*s)*E", E=FROM_ZERO, q=UNIT, let=claim.let)


@condition.check(part="conclusion", covers="universal")
def half_of_the_square(claim: Statement, ctx: Context) -> Outcome:
    """L = |y - u|²/2; v = (1 - q)^k is any number in (0, 1], and the condition bounds E by c v^p E_0."""
    return prove("c*v**p*E/2 <= v*(E/2)", v="(0, 1]", E=FROM_ZERO, let=claim.let)


@condition.check(part="step", covers="universal")
def one_contraction_more(claim: Statement, ctx: Context) -> Outcome:
    """B is the bound at k; the bound at k + 1 is (1 - q)^p B and must be at least (1 - q) B."""
    return prove("(1 - q)*B <= (1 - q)**p*B", q=UNIT, B=FROM_ZERO, let=claim.let)


condition.falsehood("one step ahead", s=1, by=("at_the_start",))
condition.falsehood("half of the initial residual", c="1/2", by=("at_the_start",))
condition.falsehood("the exponent k for the norm without its square", p=2, by=("one_contraction_more",))
condition.falsehood("the exponent k/2 for the square", p="1/2", by=("half_of_the_square",))


weyl = Claim(
    "du2019deep/sec-A-weyl",
    aliases=("du2019thesis/sec-3.8-weyl",),
    title="The least eigenvalue at initialisation and in training",
    kind="deterministic-inequality",
    where="Appendix A, after the progress of one iteration",
    states=r"\|G^{(H)}(0)-K^{(H)}\|_2 \le d\lambda_0 \implies \lambda_{\min}(G^{(H)}(0)) \ge "
    r"b\lambda_0;\quad \text{and}\ \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le f\lambda_0 \implies "
    r"\lambda_{\min}(G^{(H)}(k)) \ge s\lambda_0",
    given=(
        r"\lambda_0 = \lambda_{\min}(K^{(H)}) > 0",
        r"d = f = \tfrac14,\ b = \tfrac34,\ s = \tfrac12",
    ),
    printed={"d": "1/4", "b": "3/4", "f": "1/4", "s": "1/2"},
    parts=("initialisation", "training"),
    note="Printed K^(H)(0), although K^(H) does not depend on the iteration.",
)


@weyl.check(part="initialisation", covers="universal")
def one_quarter_lost(claim: Statement, ctx: Context) -> Outcome:
    """v.Gv = v.Kv + v.(G - K)v for |v| = 1: at least λ0 + x + dλ0 z, |z| <= 1; attained by G = K - dλ0 I."""
    box: dict[str, Any] = {"lam": POSITIVE, "x": FROM_ZERO, "z": "[-1, 1]"}
    return prove("lam + x + d*lam*z >= b*lam", let=claim.let, assumes=("|v.Ev| <= |E|_2 |v|²",), **box)


@weyl.check(part="training", covers="universal")
def two_quarters_lost(claim: Statement, ctx: Context) -> Outcome:
    """Both differences; attained by multiples of the identity."""
    box: dict[str, Any] = {"lam": POSITIVE, "x": FROM_ZERO, "z": "[-1, 1]", "r": "[-1, 1]"}
    said = "lam + x + d*lam*z + f*lam*r >= s*lam"
    return prove(said, let=claim.let, assumes=("|v.Ev| <= |E|_2 |v|²",), **box)


weyl.falsehood("half of λ0 in training", f="1/2", by=("two_quarters_lost",))
weyl.falsehood("three quarters of λ0 in training", s="3/4", by=("two_quarters_lost",))
weyl.falsehood("four fifths at initialisation", b="4/5", by=("one_quarter_lost",))
