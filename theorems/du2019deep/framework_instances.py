"""Appendix E.1: the framework's activations and scalings for each network, and the population recursion.

c is c_sigma, r is c_res; a, b are the mean vector's entries of the two inputs, mu and lam the means of rho(U)
and rho(V), F the mean of their product; instances use 1 + sin z, which has mean 1 at every variance.
"""

from typing import Any

from theorems.lin2022review import wave
from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove, unless

POSITIVE = "(0, oo)"

specialised = Claim(
    "du2019deep/remark-E.5",
    aliases=("du2019thesis/remark-3.5",),
    title="The activation that turns the framework into each network",
    kind="definition",
    where="Appendix E.1, Remark E.5",
    states=r"\rho^{(h)} = s\,\sigma,\ D = 0:\ \text{fully connected};\qquad \rho^{(1)} = s_1\sigma,\ "
    r"\rho^{(h)} = s_h\sigma\ (h\ge 2),\ D = I:\ \text{residual}",
    given=(r"\text{printed: } s = 1,\ s_1 = s_h = c_{res}/H",),
    printed={"dense": "1", "first": "r/H", "branch": "r/H"},
    parts=("fully connected", "first residual layer", "residual layers"),
    uses=("du2019deep/appE-recursion", "du2019deep/eq-2", "du2019deep/eq-3"),
    note="The factor √c_sigma of eq. (2), and of the first residual layer in eq. (3), is missing: with ρ = σ "
    "the diagonal of K^(1) is 1/c_sigma.",
)


def unit_diagonal(scale: str) -> Outcome:
    """E ρ(z)² = 1 for 1 + sin z and a unit input, as in the networks."""
    return evaluate(
        f"({scale})**2/{wave.NORMALISER} == 1", let={"c": wave.NORMALISER, "r": "1/2", "H": 2}, instance=True
    )


def same_layer(scale: str, network: str, skip: str) -> Outcome:
    """sin for σ, two of m channels, X = √m x: the layer is √m times the network's, with factor `network`."""
    inner = "w*x + v*y"
    return identity(
        f"{skip}*sqrt(m)*x + ({scale})*sin({inner}) == sqrt(m)*({skip}*x + ({network})*sin({inner}))",
        c=POSITIVE,
        m=POSITIVE,
        H=POSITIVE,
    )


@specialised.check(part="fully connected", covers="universal")
def dense_layer(claim: Statement, ctx: Context) -> Outcome:
    """Layer by layer; first the diagonal of K^(1)."""
    return unless([unit_diagonal(claim.dense)], same_layer(claim.dense, "sqrt(c)/sqrt(m)", "0"))


@specialised.check(part="first residual layer", covers="universal")
def first_layer(claim: Statement, ctx: Context) -> Outcome:
    """The first layer of eq. (3) is that of eq. (2); first the diagonal of K^(1) at c_res = 1/2, H = 2."""
    return unless([unit_diagonal(claim.first)], same_layer(claim.first, "sqrt(c)/sqrt(m)", "0"))


@specialised.check(part="residual layers", covers="universal")
def residual_layer(claim: Statement, ctx: Context) -> Outcome:
    """Skip and branch of eq. (3)."""
    return same_layer(claim.branch, "r/(H*sqrt(m))", "1")


ROOT: dict[str, Any] = {"dense": "sqrt(c)", "first": "sqrt(c)"}
specialised.falsehood("ρ = c_σ σ", dense="c", first="sqrt(c)", by=("dense_layer",))
specialised.falsehood("c_σ σ in the first residual layer", dense="sqrt(c)", first="c", by=("first_layer",))
specialised.falsehood("c_res/√H", branch="r/sqrt(H)", by=("residual_layer",), **ROOT)
specialised.corrected("√c_σ σ, in the first residual layer too", erratum="misprint", **ROOT)


rescaling = Claim(
    "du2019deep/remark-E.6",
    aliases=("du2019thesis/remark-3.6",),
    title="Features of the framework and of the main text differ by the root of the width",
    kind="closed-form",
    where="Appendix E.1, Remark E.6",
    states=r"X_i^{(h)} = k\,x_i^{(h)}\ (h\ge 1),\quad X_i^{(0)} = k_0\,x_i^{(0)},\quad k = \sqrt m,\ k_0 = 1;"
    r"\qquad \frac1m\sum_\alpha X_i^{(h),\alpha}X_j^{(h),\alpha} = \langle x_i^{(h)},x_j^{(h)}\rangle",
    given=(
        r"\rho^{(1)} = \sqrt{c_\sigma}\,\sigma;\ \rho^{(h)} = \sqrt{c_\sigma}\,\sigma\ \text{or}\ "
        r"\tfrac{c_{res}}{H}\sigma\ \text{with}\ D = I",
    ),
    printed={"k": "sqrt(m)", "k0": "1"},
    parts=("features", "Gram matrix"),
    uses=("du2019deep/appE-recursion",),
    proof_uses=("du2019deep/remark-E.5",),
    note="With the activation of the correction to Remark E.5.",
)


@rescaling.check(part="features", covers="universal")
def induction_over_layers(claim: Statement, ctx: Context) -> Outcome:
    """Layer 1, then a dense and a residual layer, two of m channels, with sin for σ."""
    k, inner = claim.k, "w*x + v*y"
    pre = f"(w*({k})*x + v*({k})*y)/sqrt(m)"
    start = f"w*({claim.k0})*x + v*({claim.k0})*y"
    box: dict[str, Any] = {"c": POSITIVE, "m": POSITIVE, "H": POSITIVE}
    dense = f"sqrt(c)/sqrt(m)*sin({inner})"
    residual = f"x + r/(H*sqrt(m))*sin({inner})"
    return every(
        identity(f"sqrt(c)*sin({start}) == ({k})*{dense}", says="layer 1", **box),
        identity(f"sqrt(c)*sin({pre}) == ({k})*{dense}", says="fully connected", **box),
        identity(f"({k})*x + r/H*sin({pre}) == ({k})*({residual})", says="residual", **box),
        assumes=("induction over the layers",),
    )


@rescaling.check(part="Gram matrix", covers="universal")
def one_channel(claim: Statement, ctx: Context) -> Outcome:
    """A term of the average against a term of the inner product."""
    return identity(f"({claim.k})*x*(({claim.k})*y)/m == x*y", m=POSITIVE)


rescaling.falsehood("X^(0) = √m x^(0)", k0="sqrt(m)", by=("induction_over_layers",))
rescaling.falsehood("X^(h) = m x^(h)", k="m", by=("induction_over_layers", "one_channel"))


population = Claim(
    "du2019deep/def-E.1",
    aliases=("du2019thesis/def-3.4", "du2019deep/eq-16", "du2019deep/eq-17"),
    title="Population Gram matrices and means of the framework",
    kind="definition",
    where="Appendix E.1, Definition E.1, eqs. (16) and (17)",
    states=r"K_{ij}^{(0)} = \sum_\gamma (X_i^{(0),\gamma})^\top X_j^{(0),\gamma},\ b_i^{(0)} = 0;\qquad "
    r"K_{ij}^{(h)} = D K_{ij}^{(h-1)}D^\top+\mathbb E\left[\rho(U)(Db_j^{(h-1)})^\top+(Db_i^{(h-1)})"
    r"\rho(V)^\top+\rho(U)\rho(V)^\top\right],\ b_i^{(h)} = Db_i^{(h-1)}+\mathbb E\rho(U)",
    given=(
        r"(U,V)\sim N\left(0,\begin{pmatrix}\mathcal W(K_{ii}^{(h-l)})&\mathcal W(K_{ij}^{(h-l)})\\"
        r"\mathcal W(K_{ji}^{(h-l)})&\mathcal W(K_{jj}^{(h-l)})\end{pmatrix}\right),\ l = 1",
    ),
    printed={"start": "inner", "K": "K + mu*b + a*lam + F", "b": "b + lam", "l": 1, "scale": "sqrt(c)"},
    parts=("input", "mean of a layer", "unit diagonal", "covariance", "index"),
    uses=(
        "du2019deep/def-5.1",
        "du2019deep/def-6.1",
        "du2019deep/appE-gaussian-operator",
        "lin2022review/eq-22",
        "lin2022review/eq-23-24",
    ),
    proof_uses=("du2019deep/remark-E.5",),
    note="The inner product of two patch vectors is a number; for p >= 2 the recursion needs the matrix "
    "X_i X_jᵀ. For p = 1 they are the same. K^(H) of this recursion is not the last matrix of the main text, "
    "which has σ'. scale is ρ/σ in a dense layer. The unit diagonal and K - b bᵀ ⪰ 0 are not printed here.",
)


@population.check(part="input", covers="universal")
def two_pixels(claim: Statement, ctx: Context) -> Outcome:
    """p = 2 and weights v I, one channel: E U_1 V_2 = x1 y2 must be entry (1, 2) of W(K^(0)) = K^(0)."""
    entry = {"inner": "x1*y1 + x2*y2", "outer": "x1*y2", "swapped": "x2*y1"}[claim.start]
    return identity(f"diff(diff(v*x1*(v*y2), v), v)/2 == {entry}")


@population.check(part="mean of a layer", covers="universal")
def expand_and_average(claim: Statement, ctx: Context) -> Outcome:
    """Two channels with the features x, y of the two inputs; the new ρ(U), ρ(V) are independent of them.

    So the mean of (x + ρ(U))(y + ρ(V)) is x y + x λ + μ y + F, and K, a, b are averages over channels.
    """
    new = " + ".join(f"(x{k}*y{k} + x{k}*lam + mu*y{k} + F)" for k in (1, 2))
    let = {"K": "(x1*y1 + x2*y2)/2", "a": "(x1 + x2)/2", "b": "(y1 + y2)/2"}
    return every(
        identity("(x + s)*(y + t) == x*y + x*t + s*y + s*t", says="one channel"),
        identity(f"({new})/2 == {claim.K}", let=let),
        identity(f"((y1 + lam) + (y2 + lam))/2 == {claim.data['b']}", let=let),
    )


@population.check(part="unit diagonal", covers="universal")
def normalised(claim: Statement, ctx: Context) -> Outcome:
    """Dense layers, unit inputs: E ρ(z)² = scale² E σ² = 1, by induction; first 1 + sin z."""
    wave_case = evaluate(f"({claim.scale})**2/c == 1", let={"c": wave.NORMALISER}, instance=True)
    return unless([wave_case], identity(f"({claim.scale})**2/c == 1", c=POSITIVE))


@population.check(part="covariance", covers="universal")
def centred(claim: Statement, ctx: Context) -> Outcome:
    """K - a b grows by the covariance F - μλ, positive semidefinite over the inputs; at h = 0, b = 0."""
    new_b, new_a = claim.data["b"], str(claim.data["b"]).replace("b", "a").replace("lam", "mu")
    return identity(f"({claim.K}) - ({new_a})*({new_b}) == (K - a*b) + (F - mu*lam)")


@population.check(part="index")
def two_layers_of_the_wave(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, dense: K^(2) by the vector law of the layer before, to 25 digits, against lag l."""
    cases = []
    for rho in ("0", "3/5", "-1/2"):
        levels = [rho, wave.layer(rho)]
        vector = f"(1 + (exp(-(1 - {levels[1]})) - exp(-(1 + {levels[1]})))/2)"
        said = f"abs({wave.NORMALISER}*{vector} - {wave.layer(levels[-int(claim.l)])}) <= 1/10**25"
        cases.append(evaluate(said, instance=True, says=f"cosine {rho}"))
    return every(*cases, assumes=(wave.PRODUCT_TO_SUM,))


population.falsehood(
    "without the cross terms", K="K + F", start="outer", by=("expand_and_average", "centred")
)
population.falsehood(
    "the new mean in the cross terms",
    K="K + mu*(b + lam) + (a + mu)*lam + F",
    start="outer",
    by=("expand_and_average",),
)
population.falsehood("K^(h-2) in (17)", l=2, start="outer", by=("two_layers_of_the_wave",))
population.falsehood("X_j X_iᵀ", start="swapped", by=("two_pixels",))
population.falsehood("without c_σ", scale="1", start="outer", by=("normalised",))
population.corrected("K^(0) of outer products", erratum="misprint", start="outer")


bias = Claim(
    "du2019deep/appE-bias-dependence",
    aliases=("du2019thesis/sec-3.12.1-bias-dependence",),
    title="The next Gram matrix depends on the mean vector too",
    kind="closed-form",
    where="Appendix E.1, after Definition E.1",
    states=r"K^{(h)} = K^{(h)}(K^{(h-1)},b^{(h-1)}),\qquad "
    r"K_{ii}^{(h)}(K,b)-K_{ii}^{(h)}(K,b') = 2D(b_i-b'_i)\,\mathbb E\rho(U_i) \ne 0",
    given=(r"D \ne 0,\ \mathbb E\rho(U_i) \ne 0,\ b_i\ne b'_i",),
    printed={"D": "1", "mean": "1/8"},
    uses=("du2019deep/def-E.1",),
    note="D and E ρ(U) are those of the instance: 1 + sin z with c_res/H = 1/8. For a fully-connected "
    "network, or an odd activation, there is no dependence.",
)


@bias.check()
def two_means(claim: Statement, ctx: Context) -> Outcome:
    """K^(h-1) = 1, means 1/2 and 1/4, both possible as b² <= K: the two next matrices differ."""
    F = f"(1/8)**2*{wave.dual('1', '1', '1')}"
    layers = [f"(D**2 + 2*mean*D*({b}) + {F})" for b in ("1/2", "1/4")]
    return evaluate(f"{layers[0]} != {layers[1]}", let=claim.let, instance=True)


@bias.check(covers="universal")
def difference(claim: Statement, ctx: Context) -> Outcome:
    """The formula, and that it is not 0 for b > b'; D and E ρ(U) are those of the data times any t > 0."""
    return every(
        identity("(K + 2*mu*D*b + F) - (K + 2*mu*D*v + F) == 2*D*(b - v)*mu", let={"D": claim.D}),
        prove("2*D*t*(mean*s) > 0", let=claim.let, t=POSITIVE, s=POSITIVE),
    )


bias.falsehood("dependence without a skip", D="0")
bias.falsehood("dependence for an odd activation", mean="0")
