"""Proof of Theorem E.1: one layer's Gram matrix and mean, its conditional mean and its fluctuations.

C = |rho(0)| + sup |rho'|, M = 1 + 100 max |W(K)|; kappa is the largest variance W(K)_pp; s0 + L = C.  Squares
of the radii are R ell/m and k C^2 M ell/m.
"""

from typing import Any

from theorems.du2019deep.concentration_networks import one_layer
from theorems.du2019deep.framework import E1, mean_of_form, product, transposed
from theorems.lin2022review import tails
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

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "(0, 1)"
PRINTED_SQUARE = "16*(1 + 2*C**2/sqrt(pi))*M**2"
LAPLACE = "E of a quadratic form in N(0, I) is half its Laplacian"
GAUSSIAN_MEAN = "Gaussian concentration: the mean of m copies of ρ(U), U ~ N(0, q), is more than t away from "
GAUSSIAN_MEAN += "its expectation with probability at most 2 exp(-m t²/(2 Lip(ρ)² q))"


def preactivation(x: str, first: str, second: str, scale: str) -> list[str]:
    """U = scale (first e x_1 + second e x_2), two pixels and two channels, e a general 2 × 2 matrix."""
    return [
        f"({scale})*("
        + " + ".join(f"{v}*({E1[i][0]}*{x}{k}1 + {E1[i][1]}*{x}{k}2)" for v, k in ((first, 1), (second, 2)))
        + ")"
        for i in (0, 1)
    ]


def covariance_links(gram: list[list[str]], scale: str, delta: str) -> list[Outcome]:
    """E U_i U_j^T for one neuron against e gram e^T, and for two neurons against delta times it."""
    target = product(product(E1, gram), transposed(E1))
    u, v = preactivation("x", "g1", "g2", scale), preactivation("y", "g1", "g2", scale)
    other = preactivation("y", "f1", "f2", scale)
    links = []
    for i in (0, 1):
        for j in (0, 1):
            same = mean_of_form(f"({u[i]})*({v[j]})", ("g1", "g2"))
            crossed = mean_of_form(f"({u[i]})*({other[j]})", ("g1", "g2", "f1", "f2"))
            links.append(identity(f"{same} == {target[i][j]}", m=POSITIVE, says="α = β"))
            links.append(identity(f"{crossed} == ({delta})*({target[i][j]})", m=POSITIVE, says="α ≠ β"))
    return links


def gram_of(x: str, y: str, factor: str) -> list[list[str]]:
    """factor times the sum over two channels of x y^T, 2 × 2."""
    return [[f"({factor})*({x}1{i}*{y}1{j} + {x}2{i}*{y}2{j})" for j in (1, 2)] for i in (1, 2)]


base_covariance = Claim(
    "du2019deep/proof-thm-E.1-base-covariance",
    aliases=("du2019thesis/proof-thm-3.4-base-covariance",),
    title="Covariance of the first layer's pre-activations",
    kind="closed-form",
    where="Appendix E.1, proof of Theorem E.1, base case",
    states=r"\mathbb E\left[U_i^{(1),\alpha}(U_j^{(1),\beta})^\top\right] = \delta_{\alpha\beta}\,"
    r"\mathcal W^{(1)}(K_{ij}^{(0)}),\qquad K_{ij}^{(0)} = \sum_\gamma X_i^{(0),\gamma}(X_j^{(0),\gamma})^"
    r"\top",
    given=(r"U_i^{(1),\alpha} = \sum_\beta W_\beta^{(1),\alpha}X_i^{(0),\beta}",),
    printed={"other": "0", "order": "ij"},
    uses=("du2019deep/appE-gaussian-operator", "du2019deep/def-E.1"),
    step_of="du2019deep/thm-E.1",
    note="The extracted text has a transpose too many around the product. other is the covariance of two "
    "different neurons, over W(K).",
)


@base_covariance.check(covers="universal")
def laplacian(claim: Statement, ctx: Context) -> Outcome:
    """Two pixels, two channels, one general basis matrix: E v v' = 0 for different weights."""
    gram = gram_of("x", "y", "1") if claim.order == "ij" else gram_of("y", "x", "1")
    return every(*covariance_links(gram, "1", str(claim.other)), assumes=(LAPLACE,))


base_covariance.falsehood("correlated neurons", other="1")
base_covariance.falsehood("W(K_ji)", order="ji")


base_expectation = Claim(
    "du2019deep/proof-thm-E.1-base-expectation",
    aliases=("du2019thesis/proof-thm-3.4-base-expectation",),
    title="The first layer's empirical Gram matrix and mean are unbiased",
    kind="closed-form",
    where="Appendix E.1, proof of Theorem E.1, base case",
    states=r"\mathbb E\Big[\frac1m\sum_\alpha X_i^{(h),\alpha}X_j^{(h),\alpha\top}\Big] = K_{ij}^{(h)},\quad "
    r"\mathbb E\Big[\frac1m\sum_\alpha X_i^{(h),\alpha}\Big] = b_i^{(h)},\quad h = 1",
    printed={"h": 1},
    uses=("du2019deep/def-E.1",),
    proof_uses=("du2019deep/proof-thm-E.1-base-covariance",),
    step_of="du2019deep/thm-E.1",
    note="Printed with i as the index of the sum over α. From the second layer on the means are biased, by "
    "a multiple of 1/m.",
)


@base_expectation.check(covers="universal")
def equal_terms(claim: Statement, ctx: Context) -> Outcome:
    """m terms with the same mean, which defines K^(1) as D^(1) = 0.

    First ρ(z) = z² and a unit input: K^(1) = 3 and K^(2) = 3·3², while E of 3 K̂² has the variance in it.
    """
    population = {1: "3", 2: "3*3**2"}[int(claim.h)]
    empirical = {1: "m*(3/m)", 2: "3*(3**2 + (105 - 3**2)/m)"}[int(claim.h)]
    return every(
        expectation([("oo", "z**4")], equals="3", says="E z⁴"),
        expectation([("oo", "z**8")], equals="105", says="E z⁸"),
        identity(f"{empirical} == {population}", m=POSITIVE, says="ρ(z) = z²"),
        identity("m*(F/m) == F", m=POSITIVE),
        identity("m*(b/m) == b", m=POSITIVE),
    )


base_expectation.falsehood("unconditionally in the second layer", h=2)


def neuron_tail(square: str, width: str, let: dict[str, Any]) -> Outcome:
    """Refuted when m = 1 is allowed: n = p = 1, ρ(z) = z, H = 2, unit variances, and ell = v², v = √R + 2.

    z² exceeds 1 + √R v =: t² with probability at least exp(-t²)/2 > 4 exp(-v²) = δ/H.
    """
    v = f"(sqrt({square}) + 2)"
    return contradicted_by(
        every(
            evaluate(f"({width})*{v}**2 <= 1", let=let, says="the width 1 is allowed", instance=True),
            evaluate(
                f"1 + sqrt({square})*{v} + log(8) < {v}**2", let=let, says="t² + log 8 < v²", instance=True
            ),
            evaluate(f"{v}**2 > log(8)", let=let, says="δ < 1", instance=True),
            prove("t < 79/100*(1 + t**2/2)", t=FROM_ZERO),
            prove("1 + s <= exp(s)", s=FROM_ZERO),
            evaluate("79/100 < 2/sqrt(2*pi)", says="Pr(z > t) - exp(-t²)/4 decreases, to 0"),
        ),
        witness="n = m = 1, ρ(z) = z, M = 101 and log(4H/δ) = (√R + 2)²: one neuron exceeds the bound with a "
        "probability above δ/H",
    )


def linear_cases(square: str) -> list[Outcome]:
    """ρ(z) = C z: half a standard deviation of the diagonal entry against the radius, at δ/H = 1/8.

    (C u)² with u ~ N(0, κ) has the variance 2 C⁴ κ² and the centred fourth moment 60 C⁸ κ⁴.
    """
    links = []
    for says, C, M, kappa in (
        ("ρ(z) = z", 1, 101, 1),
        ("ρ(z) = z, variance 10⁶", 1, 1 + 10**8, 10**6),
        ("ρ(z) = 10⁶ z, the next W scaled to variance 1", 10**6, 101, 1),
    ):
        size = C**2 * kappa
        radius = f"sqrt(({square.replace('M', f'({M})')})*log(32)/m)"
        moments = (str(2 * size**2), str(60 * size**4))
        let: dict[str, Any] = {"C": C, "m": 10**14}
        links.append(tails.deviates(radius, let, moments, "1/8", f"{says}, δ/H = 1/8"))
    return links


base_gram = Claim(
    "du2019deep/proof-thm-E.1-base-concentration-K",
    aliases=("du2019thesis/proof-thm-3.4-base-concentration-K",),
    title="Concentration of the first layer's Gram matrix",
    kind="probabilistic",
    where="Appendix E.1, proof of Theorem E.1, base case",
    states=r"\Pr\left(\max_{ij}\|\hat K_{ij}^{(1)}-K_{ij}^{(1)}\|_\infty \le \sqrt{\frac{R\,\ell}{m}}\right) "
    r"\ge 1-\frac{\delta}{H}\quad\text{for}\ m \ge w\,\ell,\qquad \ell = \log\frac{4Hn^2(p^{(1)})^2}{\delta}",
    given=(r"\text{printed: } R = 16\left(1+2C_{(1)}^2/\sqrt\pi\right)M^2,\ w = 0", r"0 < \delta < 1"),
    printed={"R": PRINTED_SQUARE, "w": "0"},
    uses=("du2019deep/thm-E.1-constants",),
    proof_uses=("du2019deep/proof-thm-E.1-base-expectation",),
    step_of="du2019deep/thm-E.1",
    note="Two things are missing: a width, as products of Gaussians have exponential tails, and a square: an "
    "entry scales like C², the radius like C. The framework lets the next W be small, so that M does not see "
    "C. The correction leaves half of δ/H to the mean vector.",
)


@base_gram.check(covers="universal")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """n = m = p = 1 and ρ(z) = z, an exact Gaussian tail, for the constants as they stand."""
    return neuron_tail(str(claim.R), str(claim.w), {"C": 1, "M": 101})


@base_gram.check(covers="universal")
def bernstein(claim: Statement, ctx: Context) -> Outcome:
    """B = 16 C² M >= 8 s0² + 16 L² κ; at t² = R ell/m <= B² the exponent m t²/(4B²) is ell.

    Before that linear activations, where a diagonal entry is a mean of squares.
    """
    return unless(
        linear_cases(str(claim.R)),
        follows_from(
            prove(
                "8*s0**2 + 16*L**2*kappa <= 16*(s0 + L)**2*(1 + 100*kappa)",
                s0=FROM_ZERO,
                L=FROM_ZERO,
                kappa=FROM_ZERO,
                says="B",
            ),
            identity(f"({claim.R})/(4*(16*C**2*M)**2) == 1", C=POSITIVE, M=POSITIVE, says="the exponent"),
            evaluate("w >= 4", let=claim.let, says="t <= B"),
            identity(
                "2*n**2*p**2*(delta/(4*H*n**2*p**2)) == delta/(2*H)", n=FROM_ONE, p=FROM_ONE, H=FROM_ONE
            ),
            assumes=(
                tails.BERNSTEIN,
                "E u^(2k) <= k! (2q)^k, (a + b)^k <= 2^(k-1) (a^k + b^k), E|Y - EY|^k <= 2^k E|Y|^k, "
                "Cauchy-Schwarz: Y = ρ(u) ρ(v) with variances q <= κ has B = 8 s0² + 16 L² κ",
                "union bound over the n² p² entries",
            ),
        ),
    )


@base_gram.check()
def random_networks(claim: Statement, ctx: Context) -> Outcome:
    """softplus, three inputs, H = 3, δ = 3/4: 160 networks of each of the widths 32, 128 and 512."""
    return one_layer(claim, ctx, "first")


base_gram.falsehood(
    "0.01 for 16, 1 for M", R="(1 + 2*C**2/sqrt(pi))/100", w=4, by=("bernstein", "random_networks")
)
base_gram.falsehood("√M for M", R="16*(1 + 2*C**2/sqrt(pi))*M", w=4, by=("bernstein",))
base_gram.falsehood("as printed from 4 log(..) neurons on", w=4, by=("bernstein",))
base_gram.falsehood("the square of the correction at any width", R="(32*C**2*M)**2", by=("one_neuron",))
base_gram.corrected(
    "radius 32 C² M √(ℓ/m), from 4ℓ neurons on", erratum="missing hypothesis", R="(32*C**2*M)**2", w=4
)


base_mean = Claim(
    "du2019deep/proof-thm-E.1-base-concentration-b",
    aliases=("du2019thesis/proof-thm-3.4-base-concentration-b",),
    title="Concentration of the first layer's mean",
    kind="probabilistic",
    where="Appendix E.1, proof of Theorem E.1, base case",
    states=r"\Pr\left(\max_{i,p}|\hat b_{ip}^{(1)}-b_{ip}^{(1)}| \le "
    r"\sqrt{k\,C_{(1)}^2M\,\ell}\,m^s\right)\ge 1-\frac{\delta}{H},\quad \ell = "
    r"\log\frac{2np^{(1)}H}{\delta},\ k = 2,\ s = -\tfrac12",
    given=(r"0 < \delta < 1,\ H \ge 2",),
    printed={"k": "2", "s": "-1/2"},
    uses=("du2019deep/thm-E.1-constants",),
    proof_uses=("du2019deep/proof-thm-E.1-base-expectation",),
    step_of="du2019deep/thm-E.1",
    note="Holds for every width. The text names Hoeffding's inequality; ρ(U) is not bounded, and Gaussian "
    "concentration for Lipschitz functions is what gives it. M >= 100 κ leaves room: half of δ/H is enough.",
)


@base_mean.check(covers="universal")
def gaussian_concentration(claim: Statement, ctx: Context) -> Outcome:
    """The exponent is k M ell/(2κ) >= 100 ell, and 2np x^100 <= δ/(2H) with x = exp(-ell) = δ/(2npH) <= 1/4.

    First ρ(z) = z with the variance κ = 10⁶, n = 1, H = 2: the exact tail, over δ = 10⁻³ .. 10⁻⁴⁰.
    """
    cases = []
    for m in (1, 10**4):
        for digits in (3, 10, 40):
            ell = f"log(4*10**{digits})"
            radius = f"(sqrt(({claim.k})*(1 + 10**8)*{ell})*{m}**({claim.s}))"
            said = f"1 - erf({radius}/sqrt(2*10**6/{m})) <= 1/(2*10**{digits})"
            cases.append(evaluate(said, instance=True, says=f"m = {m}, δ = 10^-{digits}"))
    return unless(
        cases,
        follows_from(
            prove(f"100 <= ({claim.k})*(1 + 100*kappa)/(2*kappa)", kappa=POSITIVE, says="the exponent"),
            identity(f"m**(2*({claim.s}))*m == 1", m=POSITIVE, says="the rate"),
            prove("x**100 <= x/2", x="[0, 1/4]", says="half of δ/H"),
            prove("delta/(2*n*p*H) <= 1/4", delta=UNIT, n=FROM_ONE, p=FROM_ONE, H="[2, oo)"),
            assumes=(GAUSSIAN_MEAN, "union bound over the np entries"),
        ),
    )


base_mean.falsehood("1/100 for the 2", k="1/100")
base_mean.falsehood("rate 1/m", s="-1")


conditional_covariance = Claim(
    "du2019deep/proof-thm-E.1-conditional-covariance",
    aliases=("du2019thesis/proof-thm-3.4-conditional-covariance",),
    title="Covariance of the pre-activations given the layers before",
    kind="closed-form",
    where="Appendix E.1, proof of Theorem E.1, induction step",
    states=r"\mathbb E^{(l)}\left[U_i^{(l),\alpha}(U_j^{(l),\beta})^\top\right] = "
    r"\delta_{\alpha\beta}\,\mathcal W^{(l)}(\hat K_{ij}^{(l-1)}),\qquad \hat K_{ij}^{(l-1)} = "
    r"\frac1m\sum_\gamma X_i^{(l-1),\gamma}(X_j^{(l-1),\gamma})^\top",
    given=(r"U_i^{(l),\alpha} = \frac{1}{\sqrt m}\sum_\beta W_\beta^{(l),\alpha}X_i^{(l-1),\beta}",),
    printed={"K": "empirical", "other": "0"},
    uses=("du2019deep/appE-recursion",),
    proof_uses=("du2019deep/proof-thm-E.1-base-covariance",),
    step_of="du2019deep/thm-E.1",
    note="The superscript (1) of the display stands for (l).",
)


@conditional_covariance.check(covers="universal")
def laplacian_given_the_past(claim: Statement, ctx: Context) -> Outcome:
    """As in the base case, with two of m channels and the factor 1/√m.

    The population matrix K does not depend on the features, the covariance does.
    """
    gram = gram_of("x", "y", "1/m")
    if claim.K == "population":
        gram = [["K11", "K12"], ["K21", "K22"]]
    return every(*covariance_links(gram, "1/sqrt(m)", str(claim.other)), assumes=(LAPLACE,))


conditional_covariance.falsehood("W of the population matrix", K="population")
conditional_covariance.falsehood("correlated neurons", other="1")


conditional_mean = Claim(
    "du2019deep/proof-thm-E.1-conditional-expectation",
    aliases=("du2019thesis/proof-thm-3.4-conditional-expectation",),
    title="Conditional means of a layer's Gram matrix and mean vector",
    kind="closed-form",
    where="Appendix E.1, proof of Theorem E.1, induction step",
    states=r"\mathbb E^{(l)}\hat K_{ij}^{(l)} = D\hat K_{ij}^{(l-1)}D^\top+\mathbb E\left[\rho(U)^\top D\hat "
    r"b_j+(D\hat b_i)^\top\rho(V)+\rho(U)^\top\rho(V)\right],\quad \mathbb E^{(l)}\hat b_i^{(l)} = D\hat "
    r"b_i^{(l-1)}+\mathbb E\rho(U),\quad \hat b_i^{(h)} = \frac1m\sum_\gamma X_i^{(f),\gamma},\ f = 1",
    given=(r"(U,V)\ \text{with the covariances}\ \mathcal W(\hat K^{(l-1)}),\ b = \hat b^{(l-1)}",),
    printed={"form": "inner", "f": "1", "cross": "mu*y + x*lam", "bias": "old"},
    parts=("Gram matrix", "mean"),
    uses=("du2019deep/def-E.1", "lin2022review/eq-16-20"),
    proof_uses=("du2019deep/proof-thm-E.1-conditional-covariance",),
    step_of="du2019deep/thm-E.1",
    note="Printed with the transposes of (18), numbers where p × p matrices are meant, and with the features "
    "of layer 1 in the definition of the empirical mean; Definition E.1 has the former right.",
)


@conditional_mean.check(part="Gram matrix", covers="universal")
def average_over_channels(claim: Statement, ctx: Context) -> Outcome:
    """Entry (1, 2) for p = 2, D = I: the mean of (x1 + ρ1)(y2 + ρ'2) given x, y.

    mu1, mu2 and lam1, lam2 are the means of ρ(U), ρ(V), and F12 that of the product.
    """
    right = f"x*y + {claim.cross} + F"
    shift = "u" if claim.bias == "new" else "0"
    single = identity(f"x*y + x*lam + mu*y + F == {right} + {shift}*mu", says="p = 1")
    entries = {
        "inner": "x1*y2 + (mu1*y1 + mu2*y2) + (x1*lam1 + x2*lam2) + (F11 + F22)",
        "outer": "x1*y2 + mu1*y2 + x1*lam2 + F12",
    }
    pair = identity(f"x1*y2 + x1*lam2 + mu1*y2 + F12 == {entries[str(claim.form)]}", says="p = 2")
    return every(single, pair)


@conditional_mean.check(part="mean", covers="universal")
def mean_of_the_new_features(claim: Statement, ctx: Context) -> Outcome:
    """The features of layer l = 2 are x + ρ(U) with the mean x + μ, those of layer 1 are x."""
    average = {"1": "x", "h": "x + mu"}[str(claim.f)]
    return identity(f"{average} == x + mu")


OUTER: dict[str, Any] = {"form": "outer", "f": "h"}
conditional_mean.falsehood("without cross terms", cross="0", by=("average_over_channels",), **OUTER)
conditional_mean.falsehood(
    "the new mean in the cross terms", bias="new", by=("average_over_channels",), **OUTER
)
conditional_mean.falsehood("the mean of layer 1", form="outer", by=("mean_of_the_new_features",))
conditional_mean.corrected("outer products, and the features of layer h", erratum="misprint", **OUTER)


fluctuation = Claim(
    "du2019deep/proof-thm-E.1-layer-concentration",
    aliases=("du2019thesis/proof-thm-3.4-layer-concentration",),
    title="Fluctuation of a layer around its conditional mean",
    kind="probabilistic",
    where="Appendix E.1, proof of Theorem E.1, induction step",
    states=r"\Pr\left(\max_{ij}\|\mathbb E^{(l)}\hat K_{ij}^{(l)}-\hat K_{ij}^{(l)}\|_\infty \le "
    r"\sqrt{\frac{R\,\ell}{m}},\ \max_i\|\mathbb E^{(l)}\hat b_i^{(l)}-\hat b_i^{(l)}\|_\infty \le "
    r"\sqrt{\frac{2C^2M\,\ell'}{m}}\right) \ge 1-\frac{\delta}{H}\quad\text{for}\ m \ge w\,\ell",
    given=(
        r"\ell = \log\frac{4Hn^2(p^{(l)})^2}{\delta},\ \ell' = \log\frac{2nP H}{\delta},\ C = C_{(l)}",
        r"\text{printed: } R = 16(1+2C^2/\sqrt\pi)M^2,\ w = 0,\ P = p^{(1)}",
        r"\mathcal W(\hat K^{(l-1)})_{pp} \le \frac M2,\quad (D\hat K^{(l-1)}D^\top)_{pp} \le M",
    ),
    printed={"R": PRINTED_SQUARE, "w": "0", "pix": "1"},
    parts=("Gram matrix", "mean"),
    uses=("du2019deep/thm-E.1-constants", "du2019deep/proof-thm-E.1-conditional-expectation"),
    proof_uses=(
        "du2019deep/proof-thm-E.1-base-concentration-K",
        "du2019deep/proof-thm-E.1-base-concentration-b",
    ),
    step_of="du2019deep/thm-E.1",
    note="The bounds on the past layers are what (18) should give. Besides the two defects of the base case, "
    "p^(1) in the second logarithm stands for p^(l). With a skip the product of a feature and ρ(U) "
    "fluctuates like C, and for a residual network like 1/H. pix is P at n = 1, p^(1) = 1, p^(l) = N.",
)


@fluctuation.check(part="Gram matrix", covers="universal")
def one_neuron_of_a_layer(claim: Statement, ctx: Context) -> Outcome:
    """D = 0, one neuron with a feature 1 before it, ρ(z) = z: the square of a Gaussian again."""
    return neuron_tail(str(claim.R), str(claim.w), {"C": 1, "M": 101})


@fluctuation.check(part="Gram matrix", covers="universal")
def products_and_cross_terms(claim: Statement, ctx: Context) -> Outcome:
    """The products as in the base case, within 32 C² M √(ell/m); two cross terms within √(2C² M² ell/m) each.

    A cross term is sub-Gaussian with (D K̂ D)_pp C² W(K̂)_pp/m <= C² M²/(2m), so its exponent is 2 ell.

    First linear activations, and z/N after a feature 1 with the identity skip, N = 10⁵.
    """
    radius = f"sqrt(({str(claim.R).replace('M', '(203)')})*log(32)/m)"
    moments = ("(4/10**10 + 2/10**20)", "(8*(48/10**20 + 60/10**40))")
    let: dict[str, Any] = {"C": "(1/10**5)", "m": 10**14}
    skip = tails.deviates(radius, let, moments, "1/8", "ρ(z) = z/10⁵, D = I, feature 1, δ/H = 1/8")
    box: dict[str, Any] = {"C": FROM_ZERO, "M": FROM_ONE}
    return unless(
        [*linear_cases(str(claim.R)), skip],
        follows_from(
            prove(f"(32*C**2*M + 2*sqrt(2)*C*M)**2 <= {claim.R}", says="sum of the radii", **box),
            prove("8*s0**2 + 16*L**2*q <= 16*(s0 + L)**2*(2*q)", s0=FROM_ZERO, L=FROM_ZERO, q="[1/2, oo)"),
            evaluate("w >= 4", let=claim.let, says="t <= B for the products"),
            prove(
                "delta/(2*H)*(1 + 2*x) + delta/H*y <= delta/H",
                delta=UNIT,
                H="[2, oo)",
                x="[0, 1/8]",
                y="[0, 1/4]",
                says="both kinds of terms, and the mean, x = exp(-ell), y = exp(-ell')",
            ),
            assumes=(tails.BERNSTEIN, "moments as in the base case", GAUSSIAN_MEAN, "union bounds"),
        ),
    )


@fluctuation.check(part="Gram matrix")
def random_second_layers(claim: Statement, ctx: Context) -> Outcome:
    """softplus without a skip, three inputs, H = 3, δ = 3/4: 160 networks of the widths 32, 128 and 512.

    K̂^(2) around its mean given the first layer, which is c_sigma E σσ under the network's own K̂^(1).
    """
    return one_layer(claim, ctx, "fluctuation")


@fluctuation.check(part="mean", covers="universal")
def number_of_pixels(claim: Statement, ctx: Context) -> Outcome:
    """With W(K̂) <= M/2 the exponent is 2 ell', and 2 n p^(l) y² <= (δ/H) y for y = δ/(2 n p^(l) H).

    First n = 1, p^(1) = 1 and N = 5·12^202 pixels in layer l with independent ρ(z) = z: H = 3, δ = 1/2, M =
    101.
    """
    many = contradicted_by(
        every(
            evaluate("N*exp(-202*log(12*P))/4 >= 1", let={"N": "(5*12**202)", "P": claim.pix}, instance=True),
            evaluate("1 - exp(-1) > 1/6", says="a failure has a probability above δ/H"),
            assumes=("Pr(z > t) >= exp(-t²)/4", "(1 - x)^N <= exp(-N x)"),
        ),
        witness="n = p^(1) = m = 1, ρ(z) = z, 5·12^202 independent pixels in layer l: the largest exceeds "
        "the bound",
    )
    return unless(
        [many],
        follows_from(
            identity("m*(2*C**2*M*ell/m)/(2*C**2*(M/2)) == 2*ell", m=POSITIVE, C=POSITIVE, M=POSITIVE),
            identity(
                "2*n*N*(delta/(2*n*N*H))**2 == delta/H*(delta/(2*n*N*H))", n=POSITIVE, N=POSITIVE, H=POSITIVE
            ),
            identity(
                f"log(2*n*({claim.pix})*H/delta) == log(2*n*N*H/delta)",
                n=POSITIVE,
                N=POSITIVE,
                H=POSITIVE,
                delta=UNIT,
            ),
            assumes=(GAUSSIAN_MEAN, "union bound over the n p^(l) entries"),
        ),
    )


ENOUGH: dict[str, Any] = {"R": "(32*C**2*M + 3*C*M)**2", "w": "4", "pix": "N"}
fluctuation.falsehood(
    "of order C² with a skip", R="(32*C**2*M)**2", w=4, pix="N", by=("products_and_cross_terms",)
)
fluctuation.falsehood("C⁴/100 for R", R="C**4/100", w=4, pix="N", by=("random_second_layers",))
fluctuation.falsehood("any width", R="(32*C**2*M + 3*C*M)**2", pix="N", by=("one_neuron_of_a_layer",))
fluctuation.falsehood("p^(1) in the logarithm", R="(32*C**2*M + 3*C*M)**2", w="4", by=("number_of_pixels",))
fluctuation.corrected(
    "radius (32 C² + 3 C) M √(ℓ/m), from 4ℓ neurons on, p^(l)", erratum="missing hypothesis", **ENOUGH
)
