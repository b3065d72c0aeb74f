"""Appendices B.2 and C.1, Lemma B.1: directions of differently labelled inputs stay apart in all layers.

r and s are the norms of two features, t the distance of their directions, q = log(2)/(aL) the loss of one
step; l stands for log(4n²L/δ).  D is the squared distance of the two features one layer later.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
KERNEL = "((sqrt(1 - r**2) + r*(pi - acos(r)))/(2*pi))"
WEAK_LAW = "weak law of large numbers for |x_1|², |x_1'|² and x_1.x_1'"


step = Claim(
    "zou2020/proof-lemma-B.1-concentration",
    title="Concentration of the squared distance of two features, and normalisation",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma B.1, from the norm of a summand to the end",
    step_of="zou2020/lemma-B.1",
    states=r"\left\|[\sigma(w_{l,j}^\top x)-\sigma(w_{l,j}^\top x')]^2\right\|_{\psi_1} \le "
    r"\tfrac{C_1(r+s)^2}{m_l};\quad m_l \ge C_2^2\log\tfrac{4n^2L}{\delta} \implies "
    r"\Pr\left(|D-\mathbb ED| \le C_2(r+s)^2\sqrt{\tfrac{\log(8n^2L/\delta)}{m_l}}\right) \ge "
    r"1-\tfrac{\delta}{4n^2L};\quad D \ge (1-q)\phi_{l-1}^2 \ge (1-q)^2\phi_{l-1}^2;\quad "
    r"|1-\|x_{l,i}\||+|1-\|x_{l,i'}\|| \le q\,\phi_{l-1}^{p};\quad "
    r"\|\bar x_{l,i}-\bar x_{l,i'}\| \ge \left(1-\tfrac{\log2}{bL}\right)\phi_{l-1}\ \text{with probability "
    r"at least}\ 1-\tfrac{k\delta}{n^2L},\qquad q = \tfrac{\log2}{aL},\ a = 4,\ p = 2,\ b = 2,\ k = 1",
    given=(
        r"r = \|x_{l-1,i}\|,\ s = \|x_{l-1,i'}\|,\ \|\bar x_{l-1,i}-\bar x_{l-1,i'}\| \ge \phi_{l-1}",
        r"m_r \ge C_3L^4\phi_l^{-4}\log\tfrac{4n^2L}\delta\ (r \le l),\ \phi \le \tfrac{\kappa}{L};\ n, L "
        r"\ge 1,\ 0 < \delta < 1",
        r"C_1, C_2, C_3, \kappa\ \text{absolute; explicit: } C_1 = \tfrac{16}3,\ C_2 = 7,\ C_3 = 10^{14},\ "
        r"\kappa = \tfrac14",
        r"\|X\|_{\psi_1} = \inf\{K: \mathbb Ee^{|X|/K} \le 2\}",
    ),
    printed={
        "C1": "16/3",
        "C2": 7,
        "C3": 10**14,
        "kappa": "1/4",
        "a": 4,
        "p": 2,
        "b": 2,
        "k": 1,
    },
    parts=("summand", "deviation", "distance", "norms", "normalisation", "union"),
    uses=("zou2020/lemma-A.1", "zou2020/proof-lemma-B.1-expectation"),
    note="The normalisation would do with φ in place of φ²; the deviation of D as bounded here needs φ². As "
    "ReLU is 1-Lipschitz, |x - x'|² could stand for (r + s)², and with both L⁴φ^(-2) in the width. C_3 is "
    "large because the constant of Lemma A.1 is; C_1 depends on which of the equivalent norms is meant.",
)


def opposite_summand(claim: Statement) -> list[Outcome]:
    """x' = -x with r = s = 1, and x' near 0: the exponential moments at K = C_1(r + s)²/m, over 2/m."""
    let = {"C1": claim.C1}
    return [
        evaluate("1 - 2*2/(C1*4) >= 1/4", let=let, says="x' = -x: E e^(X/K) <= 2"),
        evaluate("1 - 2*2/C1 >= 1/9", let=let, says="s = 0: E e^(X/K) <= 2"),
    ]


@step.check(part="summand", covers="universal")
def lipschitz_unit(claim: Statement, ctx: Context) -> Outcome:
    """|σ(a) - σ(b)| <= |a - b|, of variance 2|x - x'|²/m <= 2R²/m; E e^(vg²) = (1 - 2v)^(-1/2), v = 2/C_1.

    First opposite features and a vanishing one.
    """
    argument = follows_from(
        evaluate("1 - 2*(2/C1) >= 1/4", let={"C1": claim.C1}, says="(1 - 2v)^(-1/2) <= 2"),
        prove("(r - s)**2 + r*s*t**2 <= (r + s)**2", r=POSITIVE, s=POSITIVE, t="[0, 2]", says="|x - x'|²"),
        assumes=("σ is 1-Lipschitz", "E e^(vg²) = (1 - 2v)^(-1/2) for v < 1/2"),
    )
    return unless(opposite_summand(claim), argument)


def opposite_features(claim: Statement) -> list[Outcome]:
    """x' = -x, r = s = 1, n = 2, L = 1, δ = 1/2, m = 10^12: D = 2χ²_m/m, by Berry-Esseen."""
    said = "erfc(C2*sqrt(log(64))) - 2*8/10**6 <= 1/32"
    found = evaluate(
        said,
        let={"C2": claim.C2},
        says="opposite features, n = 2, L = 1, δ = 1/2, m = 10^12",
        assumes=("Berry-Esseen with the constant 1; E|g² - 1|³ <= 60^(3/4) < 8·2^(3/2)",),
    )
    return [evaluate("60**3 < 8**4*2**6", says="third moment"), found]


@step.check(part="deviation", covers="universal")
def chernoff_on_both_sides(claim: Statement, ctx: Context) -> Outcome:
    """D = (2/m)ΣY_j, 0 <= Y <= R²g², R = r + s; D - ED = 2R²v at v = (C_2/2)√(log(2y)/m), y = 4n²L/δ >= 4.

    e^z - 1 - z grows with z >= 0: log E e^(t(Y - EY)) <= (1 - 2z)^(-1/2) - 1 - z <= 3z² at z = tR² = v/6 <=
    1/4, with 1 + w = (1 - 2z)^(-1/2).  Below, e^(-z) <= 1 - z + z²/2 and EY² <= 3R⁴.  Both rates are v²/12.
    First opposite features.
    """
    let = {"C2": claim.C2}
    box: dict[str, Any] = {"v": FROM_ZERO}
    argument = follows_from(
        identity("w*(2 + w)/(2*(1 + w)**2) == (1 - (1 + w)**(-2))/2", w=FROM_ZERO, says="z"),
        identity("w - w*(2 + w)/(2*(1 + w)**2) == w**2*(3 + 2*w)/(2*(1 + w)**2)", w=FROM_ZERO, says="above"),
        prove("(3 + 2*w)*2*(1 + w)**2 <= 3*(2 + w)**2", w="[0, 5/12]", says="at most 3z²"),
        evaluate("1/4 <= 5/12*(2 + 5/12)/(2*(1 + 5/12)**2)", says="w = 5/12 is beyond z = 1/4"),
        identity("v/6*v - 3*(v/6)**2 == v**2/12", says="rate above"),
        prove("exp(-z) <= 1 - z + z**2/2", z=FROM_ZERO, says="below"),
        expectation([("0", "z**4"), ("oo", "z**4")], equals="3", says="E g⁴"),
        prove("v**2/12 <= v/3*v - 3/2*(v/3)**2", says="rate below, at z = v/3", **box),
        identity("3/2*(2*log(2) + w) - (log(2) + 2*log(2) + w) == w/2", says="log(2y) <= (3/2) log y"),
        evaluate("C2/2*sqrt(3/2/C2**2) <= 3/2", let=let, says="v <= 3/2"),
        evaluate("1 <= (C2/2)**2/12", let=let, says="2(2y)^(-C_2²/48) <= 1/y"),
        assumes=("Chernoff", "|x - x'| <= r + s", "σ is 1-Lipschitz"),
    )
    return unless(opposite_features(claim), argument)


def largest_angle(claim: Statement) -> list[Outcome]:
    """L = l = 1, unit inputs at the distance φ = κ; m so large that D is at its mean 2 - 4F(1 - φ²/2)."""
    let = {"k": claim.kappa, "a": claim.a, "r": f"(1 - ({claim.kappa})**2/2)"}
    said = f"2 - 4*{KERNEL} >= (1 - log(2)/a)*k**2"
    return [evaluate(said, let=let, says="L = 1, φ = κ, m to infinity", assumes=(WEAK_LAW,))]


@step.check(part="distance", covers="universal")
def mean_less_deviation(claim: Statement, ctx: Context) -> Outcome:
    """D >= rs(φ² - φ³/4) - C_2(r + s)²√(3l/(2m)), and |1 - r|, |1 - s| <= e = (3/100)φ²/L.

    All over φ², with m >= C_3 L⁴ φ^(-4) l; then 1 - q >= (1 - q)².  First the largest angle.
    """
    let = {"C2": claim.C2, "C3": claim.C3, "k": claim.kappa, "a": claim.a}
    argument = follows_from(
        evaluate("sqrt(2)*200000/sqrt(C3) <= 3/100", let=let, says="|1 - r| <= (3/100) φ²/L"),
        evaluate("C2*(5/2)**2*sqrt(3/2/C3) <= 1/1000", let=let, says="deviation, (r + s)² <= (5/2)²"),
        evaluate("2*(1 + 3/100*k**2) <= 5/2", let=let, says="r + s"),
        prove("1 - 2*e <= (1 - e)**2", e=FROM_ZERO, says="rs"),
        prove("1 - u - w <= (1 - u)*(1 - w)", u=FROM_ZERO, w=FROM_ZERO),
        evaluate("2*3/100*k**2 + k/4 + 1/1000 <= log(2)/a", let=let, says="all losses, times L"),
        prove("1/(1000*L**2) <= 1/(1000*L)", L=FROM_ONE),
        prove("(1 - z)**2 <= 1 - z", z="[0, 1]", says="q <= 1"),
        assumes=("lemma-A.1", "proof-lemma-B.1-expectation with C = 1/16", "the deviation"),
    )
    return unless(largest_angle(claim), argument)


def norm_at_the_width(claim: Statement) -> list[Outcome]:
    """n = 2, L = 1, δ = 1/2, φ = 10^(-10), m = 32C_3 φ^(-4) log 32: one feature, r² - 1 ~ √(5/m) g.

    Berry-Esseen with E|X - 1|³ <= 633^(3/4) < 127.
    """
    let = {"C3": claim.C3, "p": claim.p, "a": claim.a, "phi": "(1/10**10)"}
    deviation = "(log(2)/a*phi**p)"
    m = "(2*C3*2**4/phi**4*log(32))"
    said = f"erfc(({deviation}*2 + {deviation}**2)*sqrt({m}/10)) - 2*127/5**(3/2)/sqrt({m}) <= 1/16"
    return [
        evaluate(
            said,
            let=let,
            says="n = 2, L = 1, δ = 1/2, φ = 10^(-10)",
            assumes=("Berry-Esseen with the constant 1",),
        )
    ]


@step.check(part="norms", covers="universal")
def norms_by_lemma_A_1(claim: Statement, ctx: Context) -> Outcome:
    """Lemma A.1 with δ/(4n²L) on l layers: log(4n³L²/δ) <= 2 log(4n²L/δ); |1 - |x|| <= c√2 L√(l/m).

    With m >= C_3 L⁴ φ^(-4) l that is √(2/C_3) c φ²/L.  First one layer at the width.
    """
    let = {"C3": claim.C3, "p": claim.p, "a": claim.a, "k": claim.kappa}
    box: dict[str, Any] = {"L": FROM_ONE, "l": POSITIVE, "f": "(0, 1]", "c": POSITIVE, "w": FROM_ONE}
    argument = follows_from(
        prove("log(4) + 3*x + 2*y + z <= 2*(log(4) + 2*x + y + z)", x=FROM_ZERO, y=FROM_ZERO, z=FROM_ZERO),
        identity("c**2*L**2*(2*l/(w*L**4*l/f**4)) == 2*c**2/w*(f**2/L)**2", says="squared", **box),
        evaluate("2*sqrt(2)*200000/sqrt(C3) <= log(2)/a", let=let, says="both norms, over φ²/L"),
        evaluate("2*16*10**10 <= C3", let=let, says="the width of Lemma A.1"),
        prove("f**2 <= f**p", let=let, f="(0, 1]", says="φ <= 1"),
        assumes=("lemma-A.1 with C = 2·10⁵, C̄ = 16·10^10",),
    )
    return unless(norm_at_the_width(claim), argument)


def three_pairs(claim: Statement) -> list[Outcome]:
    """L = 1, e = qφ^p/2, |x - x'| = (1 - q)φ: norms 1 + e and 1 - e, and both norms 1 + e.

    Where the first difference is negative, equal directions are at a distance beyond (1 - q)φ already.
    """
    let = {"a": claim.a, "b": claim.b, "p": claim.p}
    found = []
    for phi in (Fraction(1, 10), Fraction(claim.kappa)):
        q, e = "(log(2)/a)", f"(log(2)/a*({phi})**p/2)"
        end = f"(1 - log(2)/b)**2*({phi})**2"
        gap = f"((1 - {q})*({phi}))**2"
        found += [
            evaluate(f"({gap} - 4*{e}**2)/(1 - {e}**2) >= {end}", let=let, says=f"norms 1 ± e, φ = {phi}"),
            evaluate(f"{gap}/(1 + {e})**2 >= {end}", let=let, says=f"norms 1 + e, φ = {phi}"),
        ]
    return found


@step.check(part="normalisation", covers="universal")
def directions_by_the_triangle_inequality(claim: Statement, ctx: Context) -> Outcome:
    """|x/|x| - x| = |1 - |x||, and (1 - q)φ - qφ^p >= (1 - log(2)/(bL))φ for φ <= κ/L.  First three pairs."""
    box: dict[str, Any] = {"f": f"(0, {claim.kappa}]", "u": "(0, 1]"}
    let = {"a": claim.a, "b": claim.b, "p": claim.p}
    argument = follows_from(
        prove("(1 - log(2)/(b)*u)*f <= (1 - log(2)/a*u)*f - log(2)/a*u*f**p", let=let, says="u = 1/L", **box),
        assumes=("triangle inequality",),
    )
    return unless(three_pairs(claim), argument)


@step.check(part="union", covers="universal")
def pairs_and_layers(claim: Statement, ctx: Context) -> Outcome:
    """Deviation and norms: 1/4 + 1/4 and then 1/2 of δ/(n²L); n(n - 1)/2 pairs in L layers.

    Disjoint events attain the union bound.
    """
    box: dict[str, Any] = {"n": FROM_ONE, "L": FROM_ONE, "d": "(0, 1)"}
    return every(
        evaluate("1/4 + 1/4 + 1/2 <= k", let={"k": claim.k}, says="one layer and pair"),
        prove("n*(n - 1)/2*L*(k*d/(n**2*L)) <= d", let={"k": claim.k}, says="all", **box),
        assumes=("union bound",),
    )


step.falsehood("C_1 = 1", C1=1, by=("lipschitz_unit",))
step.falsehood("C_2 = 1/2", C2="1/2", by=("chernoff_on_both_sides",))
step.falsehood("a tenth of the loss", a=40, by=("mean_less_deviation",))
step.falsehood("slack of the norms φ³", p=3, by=("norms_by_lemma_A_1",))
step.falsehood("slack of the norms without φ", p=0, by=("directions_by_the_triangle_inequality",))
step.falsehood("distances up to 2", kappa=2, by=("directions_by_the_triangle_inequality",))
step.falsehood("log(2)/(4L) in the end", b=4, by=("directions_by_the_triangle_inequality",))
step.falsehood("4δ/(n²L)", k=4, by=("pairs_and_layers",))


lemma = Claim(
    "zou2020/lemma-B.1",
    title="Directions of inputs with different labels stay apart through all layers",
    kind="probabilistic",
    where="Appendix B.2, Lemma B.1; proof in Appendix C.1",
    states=r"\Pr\left(\forall l\in[L],\ y_i\ne y_{i'}:\ \|\bar x_{l,i}-\bar x_{l,i'}\|_2 \ge h\,\phi\right) "
    r"\ge 1-\delta,\qquad h = \tfrac12",
    given=(
        r"\text{Assumptions 4.1 to 4.3, Gaussian initialisation},\ \bar x = x/\|x\|;\ 0 < \delta < 1",
        r"\text{width: } \phi \le \tfrac{\kappa}{L},\ m \ge KL^4\phi^{-4}\log\tfrac{4n^2L}{\delta},\ "
        r"\kappa = \tfrac14,\ K = 16\cdot10^{14}",
        r"\text{printed: } m \ge Cn^2\phi^{-1}\log n\ \text{only}",
    ),
    printed={"h": "1/2", "condition": "lemma A.2", "kappa": "1/4", "K": 16 * 10**14},
    proof_uses=(
        "zou2020/proof-lemma-B.1-concentration",
        "zou2020/proof-lemma-B.1-expectation",
        "zou2020/proof-lemma-B.1-depth-factor",
    ),
    note="The printed width knows neither L nor δ, and both are needed. A bound on φL is needed at every "
    "width, as the angle of two features decays like 1/L in depth. The proof asks for both conditions of "
    "the corrected statement; the constants are those of the constants of Lemma A.1.",
)

ROWS = "500 608 683 737 778 809 834 854 870 884"
"""Correlations in thousandths, each at most the image of the one before."""


def sinking_angle() -> Outcome:
    """φ = 1, nine layers, m to infinity: a correlation r becomes 2F(r), which grows with r."""
    rows = [f"{row}/1000" for row in ROWS.split()]
    links = [
        evaluate(f"2*{KERNEL} >= {after}", let={"r": f"({before})"}, says=f"layer {k + 1}")
        for k, (before, after) in enumerate(pairwise(rows))
    ]
    return contradicted_by(
        every(
            *links,
            identity(f"diff({KERNEL}, r) == (pi - acos(r))/(2*pi)", r="(-1, 1)", says="F grows"),
            evaluate(f"2 - 2*{rows[-1]} < (1/2)**2", says="squared distance at the end"),
            assumes=("weak law of large numbers, layer after layer", "2F is continuous"),
        ),
        witness=f"two inputs with different labels at the distance φ = 1 and L = {len(rows) - 1} layers: for "
        "every C, at every large width, the last distance is below φ/2 with probability above 1/2",
    )


def one_common_unit() -> Outcome:
    """L = 1, n = 2, φ = 1/4: unit 1 active for both inputs, all others for none, so that directions agree."""
    return contradicted_by(
        every(
            evaluate("(pi - acos(31/32))/(2*pi) >= 1/3", says="both active, or both inactive"),
            prove("exp(-m*log(3))/2 < exp(-m*log(3))", m=FROM_ONE, says="probability of the event, above δ"),
        ),
        witness="two inputs with different labels at the distance φ = 1/4, L = 1, any m, δ = 3^(-m)/2: with "
        "probability 3^(-m) > δ at least, both features are multiples of the first unit vector",
    )


@lemma.check(covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """φ_l >= φ/2, so that the width does for every layer; then the step and the union over pairs and layers.

    First the inputs that the printed width admits, and one layer at φ = κ.
    """
    let = {"h": claim.h, "k": claim.kappa, "r": f"(1 - ({claim.kappa})**2/2)", "K": claim.K}
    said = f"2 - 4*{KERNEL} >= (h*k)**2"
    against = [evaluate(said, let=let, says="L = 1, φ = κ, m to infinity", assumes=(WEAK_LAW,))]
    argument = follows_from(
        evaluate("h <= 1/2", let=let, says="the factor of the depth"),
        evaluate("k <= 1/4", let=let, says="κ"),
        evaluate("10**14*2**4 <= K", let=let, says="the width, φ_l >= φ/2"),
        prove("n*(n - 1)/2*L*(d/(n**2*L)) <= d", n=FROM_ONE, L=FROM_ONE, d="(0, 1)", says="all"),
        assumes=("proof-lemma-B.1-concentration", "proof-lemma-B.1-depth-factor", "induction over l"),
    )
    if claim.condition == "lemma A.2":
        against.append(sinking_angle())
    if claim.condition != "proof":
        against.append(one_common_unit())
        argument = Undecided("the width does not depend on L and δ", "an argument for all depths")
    return unless(against, argument)


lemma.falsehood("99/100 for 1/2", h="99/100", condition="proof")
lemma.falsehood("distances that do not decrease", h=1, condition="proof")
lemma.reading("with φ at most κ/L", condition="lemma A.2, φ")
lemma.corrected("φ at most κ/L and the width of the proof", erratum="missing hypothesis", condition="proof")
