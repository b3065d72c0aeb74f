"""Appendix D, Lemmas D.6 and D.7: what one step of gradient descent does, convolutional residual network.

Letters as in Lemma D.5; q1 is the bound Q'(k) over √n |y - u(k)| that holds for all layers, v = η Q'(k) the
length of a step, C a bound of |y - u|/√n, lam stands for λ0.
"""

from typing import Any

from theorems.du2019deep.conv_forward_perturbation import over
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
NORMS: dict[str, Any] = over(POSITIVE, "x", "L", "a2", "cw", "cx", "beta")
NORMS |= over(FROM_ONE, "P", "Q", "m") | {"v": FROM_ZERO}
SEGMENT = "both ends of the step lie in the ball of Lemma D.5 (corrected), which is convex"
STEP = (
    r"\eta \le \frac{c\,\lambda_0H^{h}}{n^{j}}\,\mathrm{poly}(1/p),\quad h = j = 2",
    r"\|y-u(k')\|_2^2 \le (1-\eta\lambda_0/2)^{k'}\|y-u(0)\|_2^2\ (k' \le k),\ \text{norms at the start as "
    r"in Lemmas D.3, D.4},\ R' < r\ \text{for a small } r\ \text{as in Lemma D.5}",
)


remainder = Claim(
    "du2019deep/lemma-D.6",
    aliases=("du2019thesis/lemma-3.20",),
    title="The second-order part of a step is small, convolutional residual network",
    kind="dynamics",
    where="Appendix D, Lemma D.6; proof in Appendix D.1",
    states=r"\|I_2(k)\|_2 \le \frac18\,\eta\lambda_0\,\|y-u(k)\|_2",
    given=(
        *STEP,
        r"\|y-u(0)\|_2 \le C\sqrt n;\quad \text{width and labels of Theorem 7.1 (not printed here)}",
        r"\text{explicit (reading, } h = 0\text{): } c\,\mathrm{poly}(1/p) = \frac{1}{8AC},\ A = "
        r"q_1^2(D+D_1+c_x),\ D = 4c_{res}La_{2,0}\sqrt{pq}\,c_{x,0}E\,S,\ D_1 = "
        r"2\sqrt{c_\sigma q}\,La_{2,0}\sqrt p\,E\,S",
        r"S = \frac{c_x}{2c_{x,0}}+\frac{1}{2\sqrt pa_{2,0}}+\frac{2\beta\sqrt q(c_{w,0}c_x+c_{x,0})}{L}"
        r"+c_{res}\sqrt q\left(4c_{w,0}\beta\sqrt q(c_{w,0}c_x+c_{x,0})+L\right)",
    ),
    printed={"h": 2, "j": 2, "width": "theorem"},
    uses=("du2019deep/cond-A.1", "du2019deep/sec-A-taylor"),
    proof_uses=("du2019deep/lemma-D.5", "du2019deep/lemma-D.3", "du2019deep/lemma-G.1"),
    note="The H² comes from a bound of all gradients by c_res/H, which the first and the output layer do not "
    "have (Lemma D.5). Without it the lemma holds for every m. Without the width and |y_i| = O(1) of the "
    "theorem it fails: there m = 16c²H⁴, to the next integer. Whether the width of the theorem brings H² "
    "back is open here. The displays of the proof have powers of p and q that are too low, and lose √q in "
    "one exponent.",
)


def aligned(claim: Statement) -> Outcome:
    """σ(z) = z, p = q = n = 1: W^(1) and a of ones, upper weights 0, y = u + 1; so |x| = 1, u = √m.

    The step adds non-negative terms only, among them η² a.x/m = η²/√m from a and W^(1): I_2 >= η²/√m.  For
    every c and r, c_res = 1/10, c_{w,0} = a_{2,0} = 1, c_{x,0} = 2: H >= 1000/(c r) and √m in [4cH², 8cH²).
    """
    box = over("(0, 1]", "c", "r") | {"w": "[1, 2)"}
    let = {"H": "(1000/(c*r))", "M": "(w*4*c*(1000/(c*r))**2)", "h": claim.h, "j": claim.j}
    fact = every(
        identity(
            "(a + t*x)*(x + t*a/m) - a*x - t*(x**2 + a**2/m) == t**2*a*x/m", m=FROM_ONE, says="a and W^(1)"
        ),
        prove("c*H**h*1**j/M > 1/8", let=let, says="I_2 against η λ0/8 with η = c λ0 H^h", **box),
        prove("16/10*2*exp(1/5)/(H*(1/100/H**2)*M) < r", let=let, says="R' with λ0 >= c_res²/H²", **box),
    )
    return contradicted_by(
        fact,
        witness="σ(z) = z, p = q = n = 1, W^(1) and a of ones, upper weights 0, y = u + 1, c_res = 1/10: "
        f"H >= 1000/(c r), 4cH² <= √m < 8cH² and η = c λ0 H^{claim.h} have R' < r and I_2 >= η²/√m > η λ0/8",
    )


@remainder.check(covers="universal")
def product_of_factors(claim: Statement, ctx: Context) -> Outcome:
    """|I_2^i| <= η Σ_h |L'^(h)||Δu_i'^(h)| <= η q1 √n e (D + D_1 + c_x) v, and v = η q1 √n e.

    Lemma G.1 on a, the factors I + (c_res/(H√m)) J W φ, J and φ(x), the sum of the relative changes at most
    S v; H - 1 layers with D/H, the first with D_1, the output with |Δx| <= c_x v/√m.
    """
    S = "(cx/(2*x) + 1/(2*P*a2) + 2*beta*Q*(cw*cx + x)/L + cres*Q*(4*cw*beta*Q*(cw*cx + x) + L))"
    changes = (
        "cx*v/sqrt(m)*Q/(2*x*Q) + v/(2*P*a2*sqrt(m)) + J/L + H*(cres/(H*sqrt(m)))*Q*(2*cw*sqrt(m)*J + L*v)"
    )
    J = "(2*beta*Q*(cw*cx + x)*v)"
    sizes = NORMS | {"H": "[2, oo)", "cres": "(0, 1)"}
    step = "(z*lam*H**h/(8*A*C*n**j))"
    argument = follows_from(
        identity(
            "beta*(2*cw*sqrt(m)*Q*(cx*v/sqrt(m)) + v*Q*2*x) == 2*beta*Q*(cw*cx + x)*v", m=FROM_ONE, says="ΔJ"
        ),
        prove(f"{changes} <= {S}*v", let={"J": J}, says="relative changes", **sizes),
        identity(
            "cres*L/(H*sqrt(m))*(2*P*a2*sqrt(m))*(2*Q*x)*E*S*v == (4*cres*L*P*a2*Q*x*E*S)/H*v",
            m=FROM_ONE,
            H=FROM_ONE,
            says="a residual layer",
        ),
        identity(
            "sqrt(c)*L/sqrt(m)*(2*P*a2*sqrt(m))*Q*E*S*v == (2*sqrt(c)*Q*L*a2*P*E*S)*v",
            m=FROM_ONE,
            c=POSITIVE,
            says="the first layer",
        ),
        prove(
            "(H - 1)*(D/H*v) + D1*v + cx*v <= (D + D1 + cx)*v",
            H="[2, oo)",
            D=POSITIVE,
            D1=POSITIVE,
            cx=POSITIVE,
            v=FROM_ZERO,
            says="all layers",
        ),
        prove(
            f"sqrt(n)*{step}**2*n*A*e*(C*sqrt(n)) <= {step}*lam*e/8",
            let={"h": claim.h, "j": claim.j},
            says="A = q1²(D + D_1 + c_x), |y - u| = e <= C √n",
            z="[0, 1]",
            H="[2, oo)",
            **over(POSITIVE, "A", "C", "lam", "e"),
            n=FROM_ONE,
        ),
        assumes=(
            "sec-A-taylor, Cauchy-Schwarz in each layer, Σ_i over n inputs",
            "lemma-G.1, inner factors in operator norm",
            "lemma-D.3 from θ(k) on: |Δx| <= c_x v/√m; " + SEGMENT,
        ),
    )
    if claim.width == "any":
        return unless([aligned(claim)], argument)
    if argument.status != "holds":
        return Undecided(
            f"at the width of Theorem 7.1: {argument.reason}", "a bound of I_2 that falls with m"
        )
    return argument


remainder.falsehood("whatever the width and the labels", width="any")
remainder.falsehood("H³, whatever the width and the labels", width="any", h=3)
remainder.reading("without H², whatever the width", h=0, width="any")


change = Claim(
    "du2019deep/lemma-D.7",
    aliases=("du2019thesis/lemma-3.21",),
    title="The squared change of the predictions in a step, convolutional residual network",
    kind="dynamics",
    where="Appendix D, Lemma D.7; proof in Appendix D.1",
    states=r"\|u(k+1)-u(k)\|_2^2 = \sum_i\left(\langle a(k+1),x_i(k+1)\rangle-\langle "
    r"a(k),x_i(k+t)\rangle\right)^2,\ t = 1;\qquad \|u(k+1)-u(k)\|_2^2 \le "
    r"\frac18\,\eta\lambda_0\,\|y-u(k)\|_2^2",
    given=(
        *STEP,
        r"\text{explicit (corrected, } h = 0\text{): } c\,\mathrm{poly}(1/p) = \frac{1}{64q_1^2(c_{x,0}^2+p\,"
        r"a_{2,0}^2c_x^2)},\ R' \le (\sqrt2-1)a_{2,0}",
    ),
    printed={"h": 2, "j": 2, "t": 1},
    parts=("first line", "bound"),
    uses=("du2019deep/cond-A.1",),
    proof_uses=("du2019deep/lemma-D.5", "du2019deep/lemma-D.3"),
    note="The output layer alone moves u by η(y - u)|x|² without any c_res/H: with η = c λ0 H²/n² the bound "
    "fails for deep networks, whatever c and m, and λ0 cancels. Without H² it holds. The 4np of the proof "
    "is right for R' <= (√2 - 1)a_{2,0}. The first display of the proof has the second feature of step "
    "k + 1, where k is meant.",
)


@change.check(part="first line", covers="universal")
def both_factors_move(claim: Statement, ctx: Context) -> Outcome:
    """One neuron, one input: a to a + d, x to x + y."""
    return identity("((a + d)*(x + y) - a*x)**2 == ((a + d)*(x + y) - a*(x + t*y))**2", let={"t": claim.t})


def half_and_half(claim: Statement) -> Outcome:
    """σ(z) = z, p = q = 1, any even m: W^(1) of ones, upper weights 0, half of the a_r 1, half -1, y = e > 0.

    n inputs nearly equal (n = 1: one).  u = 0, and each of a and W^(1) moves u by ηne; the upper layers add
    more.  So |Δu|² >= 4 (99/100) η² n³ e², the other side is η λ0 n e²/8, η = c λ0 H^h/n^j with H = 1/c, and
    n = 1/c where j < 2.  k = 0, so that Condition A.1 is void; G^(H)(0) = c_res²/H², R' small with e.
    """
    n = "(1/c)" if int(claim.j) < 2 else "1"
    fact = every(
        identity(
            "t*A/m + t*X + (H - 1)*t*K*A*X == t*(A/m + X) + (H - 1)*t*K*A*X", m=FROM_ONE, says="Δu at a.x = 0"
        ),
        prove("t*(m/m + 1) + (H - 1)*t*K*m >= 2*t", t=FROM_ZERO, K=FROM_ZERO, m=FROM_ONE, H="[2, oo)"),
        prove(
            "4*99/100*c*(1/c)**h*n**2/n**j > 1/8",
            let={"n": n, "h": claim.h, "j": claim.j},
            c="(0, 1/100]",
            says="|Δu|² against η λ0 n e²/8, over η λ0 n e²",
        ),
    )
    return contradicted_by(
        fact,
        witness="σ(z) = z, p = q = n = 1, any even m, W^(1) of ones, upper weights 0, half of the a_r -1, "
        f"u = 0: the first step has |Δu| >= 2η|y|, and 4η² > η λ0/8 at η = c λ0 H^{claim.h}/n^{claim.j}, "
        "H >= 1/c; the margin is open, so that z + ε sin z does as well",
    )


def single_input(claim: Statement) -> list[Outcome]:
    """n = 1, every network with |x^(H)| >= 1/x for which Lemma D.6 holds: |Δu| >= ηe(1/x² - λ0/8).

    The block of a alone has G >= |x^(H)|².  λ0 <= 4/x²; H = x²/√c or more, and η = c λ0 H², as printed.
    """
    if int(claim.h) != 2 or int(claim.j) != 2:
        return []
    fact = prove(
        "c*(x**2/sqrt(c))**2*(1/x**2 - z*4/x**2/8)**2 > 1/8",
        c="(0, 1]",
        x=FROM_ONE,
        z="(0, 1]",
        says="any network",
    )
    witness = (
        "n = 1, any network with |x^(H)| >= 1/c_{x,0}, H >= c_{x,0}²/√c, λ0 <= 4/c_{x,0}²: Lemmas D.6 and "
        "D.7 exclude each other at η = c λ0 H²"
    )
    return [contradicted_by(fact, witness=witness)]


@change.check(part="bound", covers="universal")
def features_and_output(claim: Statement, ctx: Context) -> Outcome:
    """2|Δa|² Σ|x_i(k+1)|² + 2|a(k)|² Σ|Δx_i|² <= 8n x² v² + 4n p a2² c_x² v², v = η q1 √n e.

    First half of the output weights -1, and any network with one input.
    """
    step = "(z*lam*H**h/(64*q1**2*(x**2 + p*a2**2*cx**2)*n**j))"
    total = f"8*n*({step}*q1)**2*n*e**2*(x**2 + p*a2**2*cx**2)"
    positive = over(POSITIVE, "x", "a2", "cx", "q1", "lam", "e")
    argument = follows_from(
        identity("(d*s + b*g)**2 + (d*s - b*g)**2 == 2*(d*s)**2 + 2*(b*g)**2", says="(s + t)² <= 2s² + 2t²"),
        identity("2*v**2*n*(2*x)**2 == 8*n*x**2*v**2", says="first part"),
        prove(
            "2*(sqrt(p)*a2*sqrt(m)*(1 + z))**2*n*(cx*v/sqrt(m))**2 <= 4*n*p*a2**2*cx**2*v**2",
            z="[0, 41/100]",
            says="second part, |a(k)| <= √2 √p a2 √m",
            m=FROM_ONE,
            n=FROM_ONE,
            p=FROM_ONE,
            a2=POSITIVE,
            cx=POSITIVE,
            v=POSITIVE,
        ),
        prove("4*y <= 8*y", y=FROM_ZERO),
        prove(
            f"{total} <= {step}*lam*e**2/8",
            let={"h": claim.h, "j": claim.j},
            z="[0, 1]",
            H="[2, oo)",
            n=FROM_ONE,
            p=FROM_ONE,
            says="the step size",
            **positive,
        ),
        assumes=("Cauchy-Schwarz", "lemma-D.3 from θ(k) on: |Δx| <= c_x v/√m; " + SEGMENT),
    )
    return unless([half_and_half(claim), *single_input(claim)], argument)


change.falsehood("η up to c λ0 H/n²", h=1, t=0, by=("features_and_output",))
change.falsehood("η up to c λ0/n", h=0, j=1, t=0, by=("features_and_output",))
change.falsehood("the features fixed", h=0, by=("both_factors_move",))
change.corrected("without H², feature of step k", erratum="false statement", h=0, t=0)
