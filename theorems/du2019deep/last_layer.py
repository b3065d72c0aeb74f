"""Appendix E.2: from the Gram matrix of layer H - 1 to that of the last hidden layer's gradients.

`c` is c_sigma; L, b are Lipschitz constants of sigma and of its derivative, lam is the least eigenvalue
of K^(H), ell = log(n/delta), D = c (L^2 + ell') with ell' a Lipschitz constant of the dual of sigma'.
"""

from typing import Any

from theorems.lin2022review import last_layer, tails, wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"
SLOPE = "3*b**2 + 2*b*L/sqrt(pi) + 4*L**2"

form = Claim(
    "du2019deep/appE2-form-of-KH",
    aliases=("du2019thesis/sec-3.12.2-form-of-KH",),
    title="The last Gram matrix has one form for the three architectures",
    kind="definition",
    where="Appendix E.2, opening",
    states=r"K^{(H)} = s\,K^{(g)}\odot\mathbb E_{w\sim N(0,K^{(g)})}\sigma'(w)\sigma'(w)^\top,\qquad s = "
    r"c_\sigma\ \text{(fully connected)},\ s = \frac{c_{res}^2}{H^2}\ \text{(residual)}",
    given=(r"\text{printed: } g = H,\ \text{``depends on } K^{(H)}\ \text{and}\ \sigma'\text{''}",),
    printed={"g": "H", "activation": "slope", "dense": "c", "res": "r**2/H**2"},
    parts=("argument", "scaling"),
    uses=(
        "du2019deep/def-5.1",
        "du2019deep/def-6.1",
        "du2019deep/def-7.1",
        "lin2022review/eq-25",
        "lin2022review/eq-GH",
    ),
    note="H stands for H - 1. Definition 5.1 of the main text has K^(H-2) for the covariance in the last "
    "line; the limit of the network, and Lemma E.1, have K^(H-1).",
)


@form.check(part="argument", covers="universal")
def limit_of_the_wave(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, H = 2, orthogonal inputs, K^(1)_12 = c: the limit is c K^(1) E cos u cos v.

    The neurons of the last layer are independent given the features, with the covariance of those.
    """
    c = wave.NORMALISER
    limit = wave.last(c)
    value = {"H": limit, "H-1": c, "H-2": "0"}[str(claim.g)]
    dual = (wave.slope_dual if claim.activation == "slope" else wave.dual)("1", value, "1")
    wave_case = evaluate(f"{c}*({c if claim.g == 'H-2' else value})*{dual} == {limit}", says="entry (1, 2)")
    return every(wave_case, assumes=("eq-25 of the review: the limit of the network",))


@form.check(part="scaling", covers="universal")
def squared_scale(claim: Statement, ctx: Context) -> Outcome:
    """m neurons, each with the square of the factor in front of σ, and E a² = 1."""
    return every(
        expectation([("oo", "z**2")], equals="1", says="E a²"),
        identity(f"m*(sqrt(c)/sqrt(m))**2 == {claim.dense}", m=POSITIVE, c=POSITIVE),
        identity(f"m*(r/(H*sqrt(m)))**2 == {claim.res}", m=POSITIVE, H=POSITIVE),
    )


form.falsehood("σ for σ'", g="H-1", activation="value", by=("limit_of_the_wave",))
form.falsehood("the covariance K^(H-2)", g="H-2", by=("limit_of_the_wave",))
form.falsehood("c_σ²", g="H-1", dense="c**2", by=("squared_scale",))
form.falsehood("c_res/H", g="H-1", res="r/H", by=("squared_scale",))
form.corrected("K^(H-1)", erratum="misprint", g="H-1")


def close_inputs(K: str, share: str, p: object, r: object) -> Outcome:
    """n = 10²⁰ inputs so close that the entries of G agree; 1 + sin z, δ = 1/8, λ0 = 10⁻²⁰.

    ‖G - K‖ is at least half of n times the deviation of the mean of c a² cos² z over m neurons.
    """
    c = wave.NORMALISER
    square = "(1 + exp(-2))/2"
    fourth = "(3/8 + exp(-2)/2 + exp(-8)/8)"
    constant = K.replace("D", f"({c}*(8 + 2/sqrt(pi)))")
    width = f"(({constant})*10**20**({p})*log(8*10**20)*10**(20*({r})))".replace("10**20**", "(10**20)**")
    return tails.deviates(
        f"2*({share})/10**40",
        {"m": width},
        (f"({c}**2*(3*{fourth} - ({square})**2))", f"(16*105*{c}**4)"),
        "1/8",
        "n = 10²⁰ inputs close to each other, λ0 = 10⁻²⁰",
    )


def fluctuation(K: str, share: str, p: object, r: object) -> Outcome:
    """Bernstein with B = 16 D >= 16 c L²: at t = share λ0/n <= B the exponent m t²/(4B²) is >= 3 ell."""
    data: dict[str, Any] = {"n": FROM_ONE, "lam": POSITIVE, "D": POSITIVE}
    width = f"(({K})*n**({p})/lam**({r}))"
    return unless(
        [close_inputs(K, share, p, r)],
        follows_from(
            expectation([("oo", "(1 + cos(2*z))**2/4")], equals="3/8 + exp(-2)/2 + exp(-8)/8", says="E cos⁴"),
            prove(f"3*4*(16*D)**2 <= {width}*(({share})*lam/n)**2", says="the exponent", **data),
            prove("x*D/8 <= 16*D", x="(0, 1]", D=POSITIVE, says="t <= B, as λ0 <= c L²"),
            prove("2*delta**2 <= n", delta="(0, 1)", n="[2, oo)", says="2n² (δ/n)³ <= δ, n >= 2"),
            prove("2*delta**2 <= 1", delta="(0, 1/2]", says="n = 1"),
            assumes=(
                tails.BERNSTEIN,
                "E a^(2k) <= 2^k k!, |K̂_ij| <= 2, |σ'| <= L: E|Y|^k <= k! (4cL²)^k",
                "the norm is at most n times the largest entry",
            ),
        ),
    )


lemma = Claim(
    "du2019deep/lemma-E.1",
    aliases=("du2019thesis/lemma-3.22",),
    title="The Gram matrix of the last layer is close to its population value",
    kind="probabilistic",
    where="Appendix E.2, Lemma E.1",
    states=r"|\hat K_{ij}^{(H-1)}-K_{ij}^{(H-1)}| \le \frac{\lambda_0}{8D n^{a}},\ m \ge "
    r"K\,\frac{n^p\log(n/\delta)}{\lambda_0^r} \implies \Pr\left(\|G^{(H)}(0)-K^{(H)}\|_2 \le "
    r"\rho\lambda_0\right) \ge 1-\delta",
    given=(
        r"\text{over}\ W^{(H)}(0), a(0);\quad n \ge 2\ \text{or}\ \delta \le \tfrac12",
        r"D = c_\sigma(L^2+\ell'),\ \ell'\ \text{a constant for}\ A\mapsto\mathbb E\sigma'(w)\sigma'(w)^\top",
        r"K_{ii}^{(H-1)} = 1,\ K = (448 D)^2,\ \rho = \tfrac14,\ a = p = r = 2",
    ),
    printed={"a": 2, "p": 2, "r": 2, "K": "(448*D)**2", "rho": "1/4", "ell": SLOPE},
    parts=("propagation", "sampling", "sum"),
    uses=("du2019deep/appE2-form-of-KH",),
    proof_uses=(
        "du2019deep/lemma-G.4",
        "du2019deep/proof-lemma-E.1-decomposition",
        "du2019deep/proof-lemma-E.1-sampling",
        "du2019deep/proof-lemma-E.1-propagation",
    ),
    note="Printed with hidden constants, for c λ0/n² and n² log(n/δ)/λ0²; the accuracy λ0/n would do. At n = "
    "1 the logarithm vanishes as δ tends to 1.",
)


@lemma.check(part="propagation", covers="universal")
def norm_of_the_error(claim: Statement, ctx: Context) -> Outcome:
    """Entries within λ0/(8 D n^a): products with the dual of σ' are D times as far, the norm n times."""
    return last_layer.entries_to_norm(claim, ctx)


@lemma.check(part="sampling", covers="universal")
def neurons_of_the_last_layer(claim: Statement, ctx: Context) -> Outcome:
    """λ0/8 for the neurons, by Bernstein; first many inputs close to each other."""
    return fluctuation(str(claim.K), "1/8", claim.p, claim.r)


@lemma.check(part="sum", covers="universal")
def two_eighths(claim: Statement, ctx: Context) -> Outcome:
    """Triangle inequality, attained when both errors point the same way."""
    return prove("lam/8 + lam/8 <= rho*lam", let={"rho": claim.rho}, lam=POSITIVE)


lemma.falsehood("width n/λ0", p=1, r=1, by=("neurons_of_the_last_layer",))
lemma.falsehood("width linear in n", p=1, by=("neurons_of_the_last_layer",))
lemma.falsehood("accuracy without 1/n", a=0, by=("norm_of_the_error",))
lemma.falsehood("λ0/8 in all", rho="1/8", by=("two_eighths",))


decomposition = Claim(
    "du2019deep/proof-lemma-E.1-decomposition",
    aliases=("du2019thesis/proof-lemma-3.22-decomposition",),
    title="Sampling error and propagation error of the last layer",
    kind="proof-step",
    where="Appendix E.2, Lemma E.1 and its proof",
    states=r"G^{(H)}(0)-K^{(H)} = (G^{(H)}(0)-\hat K^{(H)})+(\hat K^{(H)}-K^{(H)}),\qquad \hat K_{ij}^{(H)} "
    r"= k\,\hat K_{ij}^{(H-1)}\,\mathbb E_w[\sigma'(w^\top x_i)\sigma'(w^\top x_j)] = "
    r"\mathbb E[G_{ij}^{(H)}(0)\mid x^{(H-1)}]",
    given=(r"\text{printed: } k = 1",),
    printed={"k": "1"},
    uses=("lin2022review/eq-GH",),
    step_of="du2019deep/lemma-E.1",
    note="Printed as a definition of K̂^(H-1) by itself, without c_σ: K̂^(H) is meant, with the factor.",
)


@decomposition.check(covers="universal")
def conditional_mean(claim: Statement, ctx: Context) -> Outcome:
    """m terms (c/m) x_i.x_j a² σ'σ', E a² = 1; q is x_i.x_j, M the mean of σ'σ'.

    First 1 + sin z, one unit input: c E cos² z, which is not E cos² z.
    """
    c = wave.NORMALISER
    square = "(1 + exp(-2))/2"
    single = evaluate(
        f"{c}*{square} == ({claim.k})*{square}",
        let={"c": c, "A": "sqrt(2/pi)"},
        instance=True,
        says="one input",
    )
    return unless(
        [single],
        every(
            expectation([("oo", "z**2")], equals="1", says="E a²"),
            expectation([("oo", "cos(z)**2")], equals=square, says="E cos²"),
            identity(f"m*(c/m)*q*M == ({claim.k})*q*M", m=POSITIVE),
            identity("G - K == (G - Kh) + (Kh - K)"),
        ),
    )


decomposition.falsehood("E|a| for E a²", k="c*A")
decomposition.falsehood("c_σ²", k="c**2")
decomposition.corrected("with the factor c_σ", erratum="misprint", k="c")


sampling = Claim(
    "du2019deep/proof-lemma-E.1-sampling",
    aliases=("du2019thesis/proof-lemma-3.22-sampling",),
    title="Concentration of the last layer around its conditional mean",
    kind="probabilistic",
    where="Appendix E.2, proof of Lemma E.1",
    states=r"m \ge K\,\frac{n^p\log(n/\delta)}{\lambda_0^r} \implies \Pr\left(\|G^{(H)}(0)-\hat K^{(H)}\|_2 "
    r"\le \rho\lambda_0\right) \ge 1-\delta",
    given=(
        r"|\sigma'| \le L,\ \|x_i^{(H-1)}\|_2^2 \le 2,\ \lambda_0 \le c_\sigma L^2 \le D",
        r"n \ge 2\ \text{or}\ \delta \le \tfrac12;\quad K = (448 D)^2,\ \rho = \tfrac18,\ p = r = 2",
    ),
    printed={"K": "(448*D)**2", "rho": "1/8", "p": 2, "r": 2},
    proof_uses=("du2019deep/proof-lemma-E.1-decomposition",),
    step_of="du2019deep/lemma-E.1",
    note="The terms contain a², which is not bounded: Bernstein's inequality, whose linear term is harmless "
    "as λ0 <= K^(H)_ii.",
)


@sampling.check(covers="universal")
def bernstein(claim: Statement, ctx: Context) -> Outcome:
    """Entries within ρ λ0/n; first many inputs close to each other."""
    return fluctuation(str(claim.K), str(claim.rho), claim.p, claim.r)


sampling.falsehood("width linear in n", p=1)
sampling.falsehood("width 1/λ0", r=1)
sampling.falsehood("λ0/10⁶", rho="1/10**6")


propagation = Claim(
    "du2019deep/proof-lemma-E.1-propagation",
    aliases=("du2019thesis/proof-lemma-3.22-propagation",),
    title="Propagation through the dual of the derivative",
    kind="deterministic-inequality",
    where="Appendix E.2, proof of Lemma E.1",
    states=r"\left|\mathbb E_{\hat A}\sigma'(u)\sigma'(v)-\mathbb E_A\sigma'(u)\sigma'(v)\right| \le "
    r"\ell'\,\|\hat A-A\|_{\max},\qquad \|\hat K^{(H-1)}-K^{(H-1)}\|_{\max} \le \frac{\lambda_0}{8Dn^a} "
    r"\implies \|\hat K^{(H)}-K^{(H)}\|_2 \le \frac{\lambda_0}{8}",
    given=(
        r"A_{ii} = 1,\ L = \mathrm{Lip}(\sigma),\ b = \mathrm{Lip}(\sigma'),\ D = c_\sigma(L^2+\ell')",
        r"\ell' = 3b^2+2bL/\sqrt\pi+4L^2,\ a = 2",
    ),
    printed={"a": 2, "ell": SLOPE},
    parts=("dual", "norm"),
    uses=("lin2022review/remark-thm-4",),
    proof_uses=("du2019deep/lemma-G.4",),
    step_of="du2019deep/lemma-E.1",
    note="Printed with some C, by Lemma G.4 for σ' in place of σ, which would ask for a Lipschitz σ''; near "
    "unit variances an integration by parts replaces it, and ℓ' needs Condition 3.1 only. The bound after <= "
    "is lost in the extracted text. An accuracy of λ0/(8Dn) is enough.",
)


@propagation.check(part="dual", covers="universal")
def by_parts(claim: Statement, ctx: Context) -> Outcome:
    """Price's theorem and an integration by parts for variances in [1/2, 2]; far away the bound is trivial.

    First sin 5z (L = 5, b = 25) at the covariances 1 and 99/100.
    """
    return last_layer.integration_by_parts(claim, ctx)


@propagation.check(part="norm", covers="universal")
def equal_entries(claim: Statement, ctx: Context) -> Outcome:
    """q̂ F̂ - q F = (q̂ - q) F̂ + q (F̂ - F), entries within D e, and the norm n times as much: equal entries."""
    return every(identity("qh*Fh - q*F == (qh - q)*Fh + q*(Fh - F)"), last_layer.entries_to_norm(claim, ctx))


propagation.falsehood("accuracy without 1/n", a=0, by=("equal_entries",))
propagation.falsehood("b²/100", ell="b**2/100", by=("by_parts",))
propagation.falsehood("the constant L² of σ", ell="L**2", by=("by_parts",))


remark = Claim(
    "du2019deep/remark-E.8",
    aliases=("du2019thesis/remark-3.8",),
    title="Least eigenvalue at initialisation, from Theorem E.1 and Lemma E.1",
    kind="proof-step",
    where="Appendix E.2, Remark E.8",
    states=r"\|G^{(H)}(0)-K^{(H)}\|_2 \le \frac{\lambda_0}{4} \implies \lambda_{\min}(G^{(H)}(0)) \ge "
    r"k\lambda_0;\qquad m = v^2\,\mathcal E^2\,\frac{n^p\log(Hn/\delta)}{\lambda_0^2} \implies \mathcal "
    r"E\sqrt{\frac{\log(Hn/\delta)}{m}} \le \frac{\kappa\lambda_0}{n^a}\quad\text{for}\ v = v(\kappa)",
    given=(
        r"\text{(18) as the hypothesis of Lemma E.1, with the accuracy } \kappa\lambda_0/n^a",
        r"\text{printed: } k = \tfrac34,\ p = 2,\ a = 2",
    ),
    printed={"k": "3/4", "p": 2, "a": 2},
    parts=("least eigenvalue", "width"),
    uses=("lin2022review/remark-thm-4",),
    proof_uses=("du2019deep/thm-E.1", "du2019deep/lemma-E.1"),
    note="The width n² of Remark E.7 and of the lemmas on initialisation does not give the accuracy λ0/n² "
    "that Lemma E.1 asks for: that takes n⁴. Lemma E.1 holds with λ0/n, and with that the width is right.",
)


@remark.check(part="least eigenvalue", covers="universal")
def weyl(claim: Statement, ctx: Context) -> Outcome:
    """λ_min(G) >= λ0 - λ0/4, attained by G = K - (λ0/4) I."""
    return prove("lam - lam/4 >= k*lam", let={"k": claim.k}, lam=POSITIVE, assumes=("Weyl's inequality",))


@remark.check(part="width", covers="universal")
def power_of_n(claim: Statement, ctx: Context) -> Outcome:
    """The bound of (18) is λ0/(v n^(p/2)): v κ >= n^(a - p/2) is needed, v = 1/κ where n drops out.

    Against any v: n = (v κ + 1)⁴, an integer at least.
    """
    gap = f"(({claim.a}) - ({claim.p})/2)"
    endless = contradicted_by(
        prove(f"((x + 1)**4)**{gap} > x", x=POSITIVE, says="x = v κ"),
        witness="for every hidden constant v, n = (v κ + 1)⁴ inputs: the accuracy is not reached",
    )
    box: dict[str, Any] = dict.fromkeys(("E", "ell", "kappa", "n", "lam"), POSITIVE)
    width = f"((1/kappa)**2*E**2*n**({claim.p})*ell/lam**2)"
    enough = follows_from(
        identity(f"E**2*ell/{width} == (kappa*lam)**2/n**({claim.p})", says="squares, v = 1/κ", **box),
        prove(f"n**{gap} <= 1", n=FROM_ONE),
    )
    return unless([endless], enough)


remark.falsehood("7/8 of λ0", k="7/8", a=1, by=("weyl",))
remark.falsehood("width linear in n", p=1, a=1, by=("power_of_n",))
remark.corrected("the accuracy λ0/n", erratum="broken proof step", a=1)
remark.corrected("the width n⁴", erratum="broken proof step", p=4)
