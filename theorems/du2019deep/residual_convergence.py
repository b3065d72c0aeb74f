"""Section 6, Theorem 6.1, and how Appendix C concludes: linear convergence of the residual network.

P is e.Ge = |L'|² for the residual e, g a bound of the gradient of a prediction, T a Lipschitz constant of it;
|e(0)| <= Y√n; k is a bound of λ0 H²; N = g² + Y T; R0 is the radius in which the bounds hold, over √m.
"""

from typing import Any

from msgspec.structs import replace

from theorems.du2019deep._residual_starts import demands, least_eigenvalue, width_asked
from theorems.du2019shallow.concentration import unless
from verify import Claim, Context, Outcome, Regime, Statement, contradicted_by, follows_from, identity, prove

POSITIVE, FROM_ZERO, FROM_ONE, UNIT, REAL = "(0, oo)", "[0, oo)", "[1, oo)", "(0, 1)", "(-oo, oo)"
WIDE = "at fixed η, as m tends to infinity, G(0) tends to Γ and I_2 to 0 in probability"
CONSTANTS: dict[str, Any] = dict.fromkeys(("g", "T", "Y", "k", "lam"), POSITIVE) | {"n": FROM_ONE}


conclusion = Claim(
    "du2019deep/proof-thm-6.1",
    aliases=("du2019thesis/proof-thm-3.2",),
    title="The last step of the induction, residual network",
    kind="proof-step",
    where="Appendix C, end of the first part",
    states=r"\lambda_{\min}(G^{(H)}(0)) \ge b\lambda_0,\ \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le f\lambda_0,\ "
    r"\|I_2\|_2 \le s\,\eta\lambda_0\|e\|_2,\ \|u(k+1)-u(k)\|_2^2 \le t\,\eta\lambda_0\|e\|_2^2 \implies "
    r"\|y-u(k+1)\|_2^2 \le (1-v\,\eta\lambda_0)\|e\|_2^2",
    given=(
        r"e = y-u(k);\quad \text{printed: } b = \tfrac34,\ f = \tfrac12\ \text{(Lemma C.4)},\ s = t = "
        r"\tfrac18,\ v = \tfrac12",
    ),
    printed={"b": "3/4", "f": "1/2", "s": "1/8", "t": "1/8", "v": "1/2"},
    uses=("du2019deep/sec-A-progress", "du2019deep/sec-A-weyl"),
    proof_uses=(
        "du2019deep/lemma-C.2",
        "du2019deep/lemma-C.4",
        "du2019deep/lemma-C.5",
        "du2019deep/lemma-C.6",
        "du2019deep/lemma-C.7",
    ),
    step_of="du2019deep/thm-6.1",
    note="Printed: the same argument as for the fully-connected network. There Lemma B.4 has λ0/4; Lemma "
    "C.4 has λ0/2, which leaves λ0/4 and the factor 1 - ηλ0/8. With a smaller c in Lemma C.4 it is λ0/4 "
    "here too.",
)


@conclusion.check(covers="universal")
def four_bounds_added(claim: Statement, ctx: Context) -> Outcome:
    """1 - 2(b - f)z + 2sz + tz, z = ηλ0.  First n = 1 with G = (b - f)λ0, I_2 = -szλ.

    The prediction moves by (b - f - s) z e, whose square is at most t z e² for z <= 1/2.
    """
    move = "((b - f - s)*z)"
    attained = follows_from(prove(f"{move}**2 <= t*z", let=claim.let, z="(0, 1/2]", says="the square"))
    one = prove(f"(1 - {move})**2 <= 1 - v*z", let=claim.let, z="(0, 1/2]", says="n = 1")
    argument = follows_from(
        prove("1 - 2*(b - f)*z + 2*s*z + t*z <= 1 - v*z", let=claim.let, z="(0, 2)"),
        assumes=("sec-A-weyl", "e.Ge >= λ_min(G^(H))|e|²"),
    )
    return unless([one] if attained.status == "holds" else [], argument)


conclusion.falsehood("factor 1 - 3ηλ0/4", f="1/4", v="3/4")
conclusion.falsehood("twice the remainder", f="1/4", s="1/4")
conclusion.falsehood("λ0/2 at the start", f="1/4", b="1/2")
conclusion.corrected("λ0/4 in Lemma C.4", erratum="constant", f="1/4")


theorem = Claim(
    "du2019deep/thm-6.1",
    aliases=("du2019thesis/thm-3.2", "du2019deep/eq-9"),
    title="Gradient descent converges linearly, residual network",
    kind="probabilistic",
    where="Section 6, Theorem 6.1, eq. (9); proof in Appendix C",
    states=r"m \ge "
    r"K\max\left\{\frac{n^{a_1}}{\lambda_0^{l_1}H^{h_1}},\frac{n^{a_2}}{\lambda_0^{l_2}H^{h_2}},"
    r"\frac{n}{\delta},\frac{n^2\log(Hn/\delta)}{\lambda_0^2}\right\},\ "
    r"\eta \le c\,\lambda_0\frac{H^p}{n^q} \implies \Pr\left(\forall k:\ L(\theta(k)) \le "
    r"(1-v\,\eta\lambda_0)^kL(\theta(0))\right) \ge 1-\delta",
    given=(
        r"\|x_i\|_2 = 1,\ |y_i| = O(1),\ \lambda_0 = \lambda_{\min}(K^{(H)}) > 0,\ \|y-u(0)\|_2 \le Y\sqrt "
        r"n\ \text{(printed in the proof: } O(\sqrt n)\text{)};\ \sigma\ \text{as in Condition 3.1},\ H \ge "
        r"2",
        r"(a_1,l_1,h_1) = (4,4,6),\ (a_2,l_2,h_2) = (2,2,2),\ p = q = 2,\ v = \tfrac12",
        r"K, c\ \text{hidden; explicit: } c = \frac{1}{8k(g^2+YT)},\ K \ge "
        r"\frac{32Y^2k}{\rho^2},\frac{32Y^2k}{R_0^2},\dots,\ k = \sup\lambda_0H^2,\ \rho\ \text{of Lemma "
        r"C.4}",
    ),
    printed={"a1": 4, "l1": 4, "h1": 6, "a2": 2, "l2": 2, "h2": 2, "p": 2, "q": 2, "v": "1/2"},
    uses=(
        "du2019deep/def-6.1",
        "du2019deep/lemma-C.1",
        "du2019deep/lemma-C.2",
        "du2019deep/lemma-C.3",
        "du2019deep/lemma-C.4",
        "du2019deep/lemma-G.2",
        "du2019deep/sec-6-lambda-depth",
    ),
    proof_uses=(
        "du2019deep/lemma-C.5",
        "du2019deep/lemma-C.6",
        "du2019deep/lemma-C.7",
        "du2019deep/proof-thm-6.1",
    ),
    note="True by another argument; the printed one needs Lemmas C.5 and C.7, which are false for deep "
    "networks. Two changes: the errors of a step are measured against η e.Ge, not against ηλ0|e|², and the "
    "distance is the length of the path, bounded by the decrease of |e|: 2√2|e(0)|/√λ0 for √n|e(0)|/λ0. "
    "Both use that λ0 H² is bounded. K and c depend on Y, that is on δ through |u(0)|, where the text has a "
    "constant. K^(H) is the corrected one. For two orthonormal inputs the width is of the order 10^20.",
)


def one_step(claim: Statement) -> list[Outcome]:
    """σ(z) = z, m to infinity, where u(1) - u(0) = -ηΓe; λ0 = k/H².  Against every constant c.

    n = 1: Γ >= 1, the block of a.  H = 3/(ck): ηΓ = 3Γ if η = cλ0H³.  A rate ηλ0H³/2 at H = 6Γ/k.  n = 8/(ck)
    inputs with cosine 1/2, labels that point to the top eigenvector, n/2 at least: η n/2 >= 4 if η = cλ0H².
    """
    some: dict[str, Any] = {"c": UNIT, "k": "(0, 1/2]", "assumes": (WIDE,)}
    rate = str(claim.v)
    far = prove(
        "(c*(k/H**2)*H**p*G - 1)**2 > 1",
        let={"p": claim.p, "H": "(3/(c*k))"},
        G=FROM_ONE,
        says="n = 1, one step at the largest η",
        **some,
    )
    many = prove(
        f"(c*k*H**{claim.p}/H**2/N**q*N/2 - 1)**2/4 > 1",
        let={"q": claim.q, "N": "(8/(c*k))"},
        H="[2, oo)",
        **some,
    )
    slow = prove(
        f"(1 - w)**2 > 1 - ({rate})*w*k/(H**2*G)",
        let={"H": "(6*G/k)"},
        w=UNIT,
        G=FROM_ONE,
        k="(0, 1/2]",
        assumes=(WIDE,),
    )
    return [
        contradicted_by(far, witness="σ(z) = z, n = 1, H = 3/(ck), wide: |y - u| grows in the first step"),
        contradicted_by(
            many, witness="σ(z) = z, 8/(ck) inputs with cosine 1/2, wide: the first step overshoots"
        ),
        contradicted_by(slow, witness="σ(z) = z, n = 1, H = 6Γ/k, wide: slower for every η Γ = w in (0, 1)"),
    ]


@theorem.check(covers="universal")
def length_of_the_path(claim: Statement, ctx: Context) -> Outcome:
    """|e'|² = |e - ηGe - I_2|² <= |e|² - 3ηP/2, |I_2| <= √n T η²P/2; P >= λ0|e|²/2; a step has length η√P.

    |e| - |e'| >= ηP/(2|e|) >= η√P √λ0/(2√2), so the path is at most 2√2 Y√(n/λ0), in the ball of Lemma C.4
    at the printed widths.  First wide linear networks, one step.
    """
    at = f"(z/(8*k*(g**2 + Y*T))*lam*H**{claim.p}/n**{claim.q})"
    box: dict[str, Any] = {**CONSTANTS, "H": "[2, oo)", "z": "(0, 1]"}
    m1 = f"(32*Y**2*k/rho**2*n**{claim.a1}/(lam**{claim.l1}*H**{claim.h1}))"
    m2 = f"(32*Y**2*k/R0**2*n**{claim.a2}/(lam**{claim.l2}*H**{claim.h2}))"
    bounded = {"lam": "(w*k/H**2)"}
    wide: dict[str, Any] = {k: v for k, v in box.items() if k not in ("lam", "z")} | {"w": "(0, 1]"}
    argument = follows_from(
        identity(
            "(e - eta*D - I)**2 == e**2 - 2*eta*e*D - 2*e*I + (eta*D + I)**2", says="a coordinate, D = Ge"
        ),
        prove("(v + w)**2 <= 2*v**2 + 2*w**2", v=FROM_ZERO, w=FROM_ZERO, says="|ηGe + I_2|²"),
        prove(
            f"{at.replace('lam', '(w*k/H**2)')}*n*(g**2 + Y*T) <= 1/8",
            w="(0, 1]",
            says="η n N <= 1/8, as λ0 H² = w k",
            **{k: v for k, v in box.items() if k != "lam"},
        ),
        prove(
            "n*Y*T*eta/2 + eta*n*g**2 + (eta*n*T*Y)**2*(eta*n*g**2)/4 <= 1/4",
            let={"eta": "(z/(8*n*(g**2 + Y*T)))"},
            z="[0, 1]",
            n=FROM_ONE,
            **{name: CONSTANTS[name] for name in ("g", "T", "Y")},
            says="the errors over 2ηP, with |Ge|² <= n g² P and P <= n² g² Y²",
        ),
        prove(
            "1 - 3/2*z/2 <= 1 - v*z",
            let={"v": claim.v},
            z=FROM_ZERO,
            H="[2, oo)",
            says="P >= λ0|e|²/2, z = ηλ0",
        ),
        prove("1 - sqrt(1 - 3*u/2) >= u/2", u="[0, 2/3]", says="|e| - |e'| >= ηP/(2|e|), u = ηP/|e|²"),
        prove(
            "(P/(2*e))**2 >= P*lam/8",
            let={"P": "((1 + v)*lam*e**2/2)"},
            v=FROM_ZERO,
            lam=POSITIVE,
            e=POSITIVE,
            says="P/(2|e|) >= √P √λ0/(2√2)",
        ),
        prove("(2*sqrt(2))**2*Y**2*n/lam <= 8*Y**2*n/lam", **{k: CONSTANTS[k] for k in ("Y", "n", "lam")}),
        prove(
            f"8*Y**2*n/lam <= {m1}*(rho/2*lam*H**2/n)**2",
            let=bounded,
            rho=POSITIVE,
            says="path <= √m ρλ0H²/(2n), first term",
            **wide,
        ),
        prove(
            f"8*Y**2*n/lam <= {m2}*(R0/2)**2",
            let=bounded,
            R0=POSITIVE,
            says="path <= √m R0/2, second term",
            **wide,
        ),
        identity("lam*3/4 - lam/4 == lam/2", says="C.2 and C.4 with half of ρ"),
        assumes=(
            "lemma-C.1 (third term), lemma-C.2 (fourth term), lemma-C.4 for half of its radius",
            "g and T by the corrected proof-lemma-C.6-steps: the H - 1 branches carry 1/H each",
            "sec-6-lambda-depth: λ0 H² <= k",
            "|W^(h)(0)|_2 <= 3√m by Lemma G.2, |a|_2 and |a|_4 by Chebyshev, at widths n/δ and log(H/δ)",
            "|I_2^i| <= T η² P/2 (Taylor); |Ge|² <= λ_max(G) P; induction over k",
            "one step is shorter than √m R0/2 when K is large",
        ),
    )
    found = unless(one_step(claim), argument)
    if found.status != "holds":
        return found
    note = (
        "softplus, two orthonormal inputs, H = 2, c_res = 1/2: the first term with c_{w,0} = 3, a_{2,0} = 3/2"
    )
    asked = width_asked(least_eigenvalue())
    return replace(found, regime=Regime(required_width=asked, note=note, demands=demands(ctx)))


theorem.falsehood("step sizes growing like H³", p=3)
theorem.falsehood("step sizes that do not fall with n", q=0)
theorem.falsehood("a rate with λ0 H³", v="H**3/2")
