"""Definitions 5.1, 6.1 and 7.1: the population Gram matrices K^(H) as limits of the last layer's.

Given the layers before, the neurons of layer H are independent with pre-activations of covariance
X^(H-1) X^(H-1)^T, so the limit of (13) to (15) has its last expectation under K^(H-1).  Instances use
1 + sin z, whose duals are in `wave`, and inputs at cosine 0.
"""

from collections.abc import Callable
from typing import Any

from theorems.du2019deep import population_convolutions as convolutions
from theorems.du2019deep import population_networks as networks
from theorems.lin2022review import wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    unless,
)

POSITIVE, FROM_ONE = "(0, oo)", "[1, oo)"
C = wave.NORMALISER
FIRST = wave.layer("0")
"""K^(1) of two orthogonal inputs, 1 + sin z."""
LIMIT = (
    "given the past the neurons of layer H are independent, with E a² = 1 (law of large numbers)",
    "the dual of σ' is continuous in the covariance, and X^(H-1) X^(H-1)^T tends to K^(H-1)",
)


dense = Claim(
    "du2019deep/def-5.1",
    aliases=("du2019thesis/def-3.1", "du2019deep/eq-7", "du2019thesis/eq-3.7"),
    title="Population Gram matrix of the last hidden layer, fully connected",
    kind="definition",
    where="Section 5, Definition 5.1, eq. (7)",
    states=r"K^{(h)}_{ij} = c_\sigma^{p}\,\mathbb E_{N(0,A^{(h)}_{ij})}[\sigma(u)\sigma(v)],\quad "
    r"K^{(H)}_{ij} = c_\sigma^{P}\,K^{(g)}_{ij}\,\mathbb E_{N(0,A^{(H-t)}_{ij})}[\tau(u)\tau(v)] = "
    r"\lim_{m\to\infty}G^{(H)}_{ij}(0),\quad A^{(h)}\ \text{from}\ K^{(h-1)}",
    given=(r"\|x_i\|_2 = 1,\ H \ge 2", r"\text{printed: } t = 1,\ g = H-1,\ \tau = \sigma'"),
    printed={"t": 1, "p": 1, "P": 1, "tau": "slope", "g": "last"},
    parts=("features", "last layer"),
    uses=("du2019deep/eq-2", "du2019deep/eq-13"),
    note="With t = 1 the last expectation is under K^(H-2), and for H = 1 the matrix A^(0) is not defined. "
    "Appendices E and F use t = 0, which is the limit.",
)


@dense.check(part="features", covers="universal")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """m neurons, each with √(c/m) σ(u) √(c/m) σ(v); E over W^(h) given the past.  First 1 + sin z, i = j."""
    unit = evaluate(f"{C}**p*{wave.dual('1', '1', '1')} == 1", let={"p": claim.p}, says="K^(1)_11, 1 + sin z")
    mean = identity("m*(sqrt(c)/sqrt(m))**2*M == c**p*M", let={"p": claim.p}, m=FROM_ONE, c=POSITIVE)
    return unless([unit], follows_from(mean, assumes=("law of large numbers",)))


@dense.check(part="last layer", covers="universal")
def limit_of_the_gram_matrix(claim: Statement, ctx: Context) -> Outcome:
    """E over a, W^(H) of (13): c K^(H-1) E σ'σ' under the covariance K^(H-1).

    First H = 2, orthogonal inputs and 1 + sin z: K^(1) = c, so the limit is c·c·e^(-1) cosh(c).
    """
    covariance = ["K", "0"][int(claim.t)]
    dual = {"slope": wave.slope_dual, "value": wave.dual}[claim.tau]("1", covariance, "1")
    factor = {"last": "K", "first": "0"}[claim.g]
    limit = f"{C}*K*{wave.slope_dual('1', 'K', '1')}"
    instance = evaluate(
        f"{limit} == {C}**P*{factor}*{dual}",
        let={"P": claim.P, "K": FIRST},
        says="H = 2, 1 + sin z, x_1.x_2 = 0",
    )
    return unless(
        [instance],
        follows_from(
            expectation([("oo", "z**2")], equals="1", says="E a²"),
            identity("m*(c/m)*M == c**P*M", let={"P": claim.P}, m=FROM_ONE),
            assumes=("eq-13", *LIMIT),
        ),
    )


@dense.check(part="features")
def random_features(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, three activations: K^(1) and K^(2) at the networks' own matrices."""
    return networks.features_of_dense_networks(claim, ctx)


@dense.check(part="last layer")
def random_gradients(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, three activations, H = 2 and 3: G^(H) against the recursion for K^(H)."""
    return networks.gradients_of_dense_networks(claim, ctx)


dense.falsehood("K^(h) without c_σ", t=0, p=0, by=("one_neuron", "random_features"))
dense.falsehood("the limit without c_σ", t=0, P=0, by=("limit_of_the_gram_matrix", "random_gradients"))
BOTH = ("limit_of_the_gram_matrix", "random_gradients")
dense.falsehood("σ in place of σ' in the last layer", t=0, tau="value", by=BOTH)
dense.falsehood("the inputs' inner product for K^(H-1)", t=0, g="first", by=BOTH)
dense.corrected("the last expectation under K^(H-1)", erratum="misprint", t=0)


diagonal = Claim(
    "du2019deep/def-5.1-unit-diagonal",
    title="Fully-connected features of unit inputs keep a unit diagonal",
    kind="closed-form",
    where="Section 5, from Definition 5.1",
    states=r"K^{(h)}_{ii} = 1\ (h < H),\qquad K^{(H)}_{ii} = c_\sigma\,\mathbb E\,\sigma'(z)^2",
    given=(r"\|x_i\|_2^2 = q,\ \text{implicit: } q = 1", r"K^{(h)} = K^{(h)}+s\,(\text{skip})"),
    printed={"q": "1", "s": 0},
    uses=("du2019deep/def-5.1",),
    note="Not printed; everything about the fully-connected matrices needs it. s = 1 adds the skip "
    "connection of a residual network.",
)


@diagonal.check(covers="universal")
def induction(claim: Statement, ctx: Context) -> Outcome:
    """E σ(√1 z)² = 1/c.  First 1 + sin z at squared norm q, with or without a skip connection."""
    value = f"s*({claim.q}) + {C}*{wave.dual(str(claim.q), str(claim.q), str(claim.q))}"
    return unless(
        [evaluate(f"{value} == 1", let={"s": claim.s}, says="K^(1)_11, 1 + sin z")],
        identity("c*(1/c) == 1", c=POSITIVE, says="K^(h)_ii = c E σ(z)² once K^(h-1)_ii = 1"),
    )


diagonal.falsehood("inputs of norm 2", q="4")
diagonal.falsehood("residual networks as well", s=1)


one_layer = Claim(
    "du2019deep/rem-5-H1",
    aliases=("du2019thesis/rem-3.4-H1",),
    title="One hidden layer: the Gram matrix of the two-layer paper, up to c_sigma",
    kind="closed-form",
    where="Section 5, remark after Definition 5.1",
    states=r"H = 1:\quad K^{(1)} = c_\sigma^{p}\,H^\infty,\qquad H^\infty_{ij} = x_i^\top "
    r"x_j\,\mathbb E\left[\sigma'(w^\top x_i)\sigma'(w^\top x_j)\right]",
    given=(r"\text{printed: the same matrix, } p = 0",),
    printed={"p": 0},
    uses=("du2019deep/def-5.1", "du2019shallow/assumption-3.1"),
    note="The networks differ by the factor √c_σ: for the ReLU K^(1) is twice H-infinity.",
)


@one_layer.check(covers="universal")
def rectified_units(claim: Statement, ctx: Context) -> Outcome:
    """ReLU: c = 1/E σ(z)² = 2, and K^(1)_11 = 2·(1/2) against H∞_11 = 1/2; in general by definition."""
    half = expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E max(z, 0)², so c = 2")
    ratio = evaluate("2*(1/2) == 2**p*(1/2)", let=claim.let, says="ReLU, one input", instance=True)
    return unless([every(half, ratio)], identity("c*(x*M) == c**p*(x*M)", let=claim.let, c=POSITIVE))


one_layer.falsehood("c_σ²", p=2)
one_layer.falsehood("√c_σ", p="1/2")
one_layer.corrected("up to the factor c_σ", erratum="constant", p=1)


CROSS_TERMS = "(x + k*s)*(y + k*t) == x*y + k*(x*t + y*s) + k**2*s*t"


def crossed_means(claim: Statement) -> Outcome:
    """g(z) = zΦ(z) + φ(z): E g(√r z) = √((1 + r)/(2π)), with b in proportion to it, variances as given."""
    means = [f"(sqrt(1 + {q})/sqrt(2*pi))" for q in claim.norms]
    aligned = f"{means[0]}*{means[0]} + {means[1]}*{means[1]}"
    crossed = f"2*{means[0]}*{means[1]}"
    shown = {"aligned": aligned, "crossed": crossed}[claim.pairing]
    return evaluate(f"{crossed} == mean*({shown})", let={"mean": claim.mean}, says="b_i E σ(v) + b_j E σ(u)")


def lagged(dual: Callable[[str, str, str], str], lag: int, says: str) -> Outcome:
    """1 + sin z, orthogonal inputs: the dual under K^(1) = K against `lag` layers lower (K^(0) = 0)."""
    shown = dual("1", ["K", "0"][lag], "1")
    return evaluate(
        f"{dual('1', 'K', '1')} == {shown}", let={"K": FIRST}, says=f"{says}: 1 + sin z, x_1.x_2 = 0"
    )


residual = Claim(
    "du2019deep/def-6.1",
    aliases=("du2019thesis/def-3.2", "du2019deep/eq-8", "du2019thesis/eq-3.8"),
    title="Population Gram matrix of the residual network",
    kind="definition",
    where="Section 6, Definition 6.1, eq. (8)",
    states=r"K^{(h)}_{ij} = "
    r"K^{(h-1)}_{ij}+\mathbb E\left[\frac{c_{res}}{H}\left(b_i\sigma(\cdot)+b_j\sigma(\cdot)\right)+q\,"
    r"\sigma(u)\sigma(v)\right],\quad b^{(h)}_i = b^{(h-1)}_i+\frac{c_{res}}{H}\mathbb E\sigma(u),\quad "
    r"K^{(H)}_{ij} = q\,K^{(H-1)}_{ij}\,\mathbb E_{N(0,A^{(H-t)}_{ij})}[\sigma'(u)\sigma'(v)]",
    given=(
        r"q = c_{res}^2/H^2,\ b^{(1)} = \sqrt{c_\sigma}\,\mathbb E\sigma",
        r"\text{all inputs have one norm: variances } r, s\ \text{equal}",
        r"\text{printed: } b_i\sigma(u)+b_j\sigma(v)\ \text{(aligned)},\ t = 1",
    ),
    printed={"t": 1, "pairing": "aligned", "norms": ("1", "1"), "q": "cres**2/H**2", "mean": 1},
    parts=("means", "quadratic term", "last layer"),
    uses=("du2019deep/eq-3", "du2019deep/eq-14"),
    note="For inputs of one norm, as the theorems assume, all means agree and the pairing does not matter; "
    "for others it is b_i with σ(v) and b_j with σ(u). For t see Definition 5.1.",
)


@residual.check(part="means", covers="universal")
def cross_terms(claim: Statement, ctx: Context) -> Outcome:
    """(x + kσ(u))(y + kσ(v)): the mean of x goes with σ(v), x and y being old features of i and j."""
    return unless(
        [crossed_means(claim)],
        follows_from(
            identity(CROSS_TERMS, says="s = σ(u), t = σ(v)"),
            identity("b*M + b*M == 2*b*M", says="one norm: all pairings agree"),
            assumes=("the mean of the old features tends to b; law of large numbers",),
        ),
    )


@residual.check(part="quadratic term", covers="universal")
def square_of_the_branch(claim: Statement, ctx: Context) -> Outcome:
    """m neurons, each with (c_res/(H√m))² σ(u)σ(v)."""
    return identity(f"m*(cres/(H*sqrt(m)))**2*M == ({claim.q})*M", m=FROM_ONE, H=FROM_ONE)


@residual.check(part="last layer", covers="universal")
def limit_of_the_last_branch(claim: Statement, ctx: Context) -> Outcome:
    """E of (14): q K^(H-1) E σ'σ' under K^(H-1).  First H = 2, 1 + sin z, orthogonal inputs: K^(1) = c."""
    return unless(
        [lagged(wave.slope_dual, int(claim.t), "H = 2, over q K^(1)")],
        follows_from(
            expectation([("oo", "z**2")], equals="1", says="E a²"),
            identity("m*(cres/(H*sqrt(m)))**2*M == cres**2/H**2*M", m=FROM_ONE, H=FROM_ONE),
            assumes=("eq-14", *LIMIT),
        ),
    )


@residual.check(part="means")
def random_residual_features(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, two activations: K^(2) and b^(2) at the networks' own K^(1) and b^(1)."""
    return networks.features_of_residual_networks(claim, ctx)


@residual.check(part="last layer")
def random_residual_gradients(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, H = 2 and 3: G^(H) against the recursion for K^(H)."""
    return networks.gradients_of_residual_networks(claim, ctx)


MEANS = ("cross_terms", "random_residual_features")
residual.falsehood("inputs of different norms, means aligned", t=0, norms=("1", "3"), by=MEANS)
residual.falsehood("without the means", t=0, mean=0, by=MEANS)
residual.falsehood("c_res²/H", t=0, q="cres**2/H", by=("square_of_the_branch",))
residual.falsehood("c_res/H in the last line", t=0, q="cres/H", by=("square_of_the_branch",))
residual.falsehood(
    "last expectation under K^(H-2), means crossed",
    pairing="crossed",
    by=("limit_of_the_last_branch", "random_residual_gradients"),
)
residual.corrected("the last expectation under K^(H-1)", erratum="misprint", t=0)
residual.reading("inputs of different norms, means crossed", t=0, norms=("1", "3"), pairing="crossed")


conv = Claim(
    "du2019deep/def-7.1",
    aliases=("du2019thesis/def-3.3", "du2019deep/eq-10", "du2019thesis/eq-3.9"),
    title="Population Gram matrix of the convolutional residual network",
    kind="definition",
    where="Section 7, Definition 7.1, eq. (10)",
    states=r"K^{(1)} = w\text{ terms of } c_\sigma\mathbb E[\sigma(u)^\top\sigma(v)],\quad "
    r"H^{(h)}_{ij} = B^{(h-1)}_{ij}+\mathbb E_{N(0,A^{(h-s)}_{ij})}\left[\frac{c_{res}}{H}"
    r"\left(b_i^\top\sigma(\cdot)+b_j^\top\sigma(\cdot)\right)+\frac{c_{res}^2}{H^2}\sigma(u)^\top\sigma(v)"
    r"\right],\quad K^{(h)}_{ij,lr} = \mathrm{tr}\,H^{(h)}_{ij,D_lD_r},\quad "
    r"K^{(H)}_{ij} = f\sum_l K^{(H-1)}_{ij,ll}\,\mathbb E_{N(0,A^{(H-t)}_{ij})}[\sigma'(u_l)\sigma'(v_l)]",
    given=(
        r"A^{(h)}\ \text{from}\ K^{(h-1)},\ \text{the covariance of patches of } q \text{ pixels}",
        r"\text{printed: } f = 1,\ s = t = 1,\ w = 1,\ B = K\ \text{(patches)},\ "
        r"b_i^\top\sigma(u)+b_j^\top\sigma(v)",
        r"\sum_i|x_i|^2 = 1\ \text{for an image; its pixels may differ: variances } r, s",
    ),
    printed={
        "f": "1",
        "t": 1,
        "s": 1,
        "w": 1,
        "base": "patches",
        "pairing": "aligned",
        "norms": ("1", "3"),
        "mean": 1,
        "trace": "offset",
        "pairs": "equal",
        "under": "patches",
    },
    parts=("patches", "recursion", "means", "last layer"),
    uses=("du2019deep/eq-15", "du2019deep/sec-3.3-conv", "du2019deep/def-6.1"),
    note="One letter stands for the Gram matrix of pixels (K^(1), and the first term of H^(h)) and of "
    "patches (K^(h) for h >= 2, all covariances); the limit keeps them apart. The covariances of H^(h) and "
    "of the last layer are one layer too low, the factor c_res²/H² is absent, and the means are paired as "
    "in Definition 6.1, where pixels of different size now make it matter. Traces match patches by offset.",
)
EQUAL_PIXELS = "q = 3, an interior pixel, pixels alike, Gram entry P = 1"


@conv.check(part="patches", covers="universal")
def covariance_of_the_second_layer(claim: Statement, ctx: Context) -> Outcome:
    """w.φ(x)_l has variance |φ(x)_l|² = 3P at an interior pixel; one channel, p = q = 3: the patches at the
    pixels 1 (0, x1, x2) and 2 (x1, x2, x3), matched by offset, not by position in D_1 = {1, 2}.
    """
    matched = {"offset": "0*y1 + x1*y2 + x2*y3", "position": "x1*y1 + x2*y2"}[claim.trace]
    return unless(
        [evaluate("3*P == w*P", at={"P": 1}, let={"w": claim.w}, says=f"{EQUAL_PIXELS}: K^(1)")],
        every(
            identity(f"0*y1 + x1*y2 + x2*y3 == {matched}", says="φ(x)_1.φ(y)_2"),
            identity("x1*y1 + x2*y2 + x3*y3 == x1*y1 + x2*y2 + x3*y3", says="φ(x)_2.φ(y)_2"),
            assumes=("w ~ N(0, I): the covariance of w.φ(x)_l, w.φ(y)_r is φ(x)_l.φ(y)_r",),
        ),
    )


@conv.check(part="recursion", covers="universal")
def pixels_of_the_skip(claim: Statement, ctx: Context) -> Outcome:
    """x^(h) = x^(h-1) + branch, pixel by pixel: with equal pixels P, not 3P, is added to; the index s."""
    base = {"patches": 3, "pixels": 1}[claim.base]
    return unless(
        [
            evaluate(
                "1*P == base*P", at={"P": 1}, let={"base": base}, says=f"{EQUAL_PIXELS}: H^(3), c_res = 0"
            ),
            lagged(wave.dual, int(claim.s), "p = q = 1, H^(2)"),
        ],
        follows_from(
            identity(CROSS_TERMS, says="x, y: old features at the pixels l, r; s = σ(u_l), t = σ(v_r)"),
            identity("m*(cres/(H*sqrt(m)))**2*M == cres**2/H**2*M", m=FROM_ONE, H=FROM_ONE),
            assumes=LIMIT[1:],
        ),
    )


@conv.check(part="means", covers="universal")
def means_of_pixels(claim: Statement, ctx: Context) -> Outcome:
    """Entry (l, l): the mean of x_l goes with σ(v_l), that of y_l with σ(u_l); pixels of different size."""
    return unless(
        [crossed_means(claim)],
        follows_from(identity(CROSS_TERMS, says="pixel l"), assumes=("law of large numbers",)),
    )


@conv.check(part="last layer", covers="universal")
def limit_of_the_output(claim: Statement, ctx: Context) -> Outcome:
    """E of (15) over a ~ N(0, I): only l = r stays, m filters with (c_res/(H√m))² each, under K^(H-1)."""
    pairs = {"equal": "p", "all": "p**2"}[claim.pairs]
    variance = {"patches": "3", "pixels": "1"}[claim.under]
    slopes = [wave.slope_dual(q, q, q) for q in ("3", variance)]
    return unless(
        [
            evaluate(f"p*M == {pairs}*M", at={"p": 2, "M": 1}, says="p = 2, equal pixels: terms of (15)"),
            evaluate(f"{slopes[0]} == {slopes[1]}", says=f"{EQUAL_PIXELS}, 1 + sin z: E σ'(u_l)σ'(v_l)"),
            lagged(wave.slope_dual, int(claim.t), "p = q = 1, H = 2"),
        ],
        every(
            expectation([("oo", "z**2")], equals="1", says="E a_l²"),
            expectation([("oo", "z")], equals="0", says="E a_l: the terms l != r of (15) vanish"),
            identity(f"m*(cres/(H*sqrt(m)))**2*M == ({claim.f})*M", m=FROM_ONE, H=FROM_ONE),
            assumes=("eq-15", *LIMIT),
        ),
    )


@conv.check(part="patches")
def random_preactivations(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, two activations, p = q = 3: covariances in the second layer."""
    return convolutions.preactivations_of_convolutions(claim, ctx)


@conv.check(part="recursion")
def random_pixels(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, two activations, p = q = 3: the Gram matrix of pixels in layer 2."""
    return convolutions.skips_of_convolutions(claim, ctx)


@conv.check(part="means")
def random_means(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, two activations, q = 1: pixels that differ between the images."""
    return convolutions.means_of_convolutions(claim, ctx)


@conv.check(part="last layer")
def random_outputs(claim: Statement, ctx: Context) -> Outcome:
    """40 trials of 64 networks, H = 2 and 3: G^(H) against the recursion for K^(H)."""
    return convolutions.gradients_of_convolutions(claim, ctx)


REPAIRED: dict[str, Any] = {
    "f": "cres**2/H**2",
    "t": 0,
    "s": 0,
    "w": 3,
    "base": "pixels",
    "pairing": "crossed",
}
EVIDENCE = {
    "patches": ("covariance_of_the_second_layer", "random_preactivations"),
    "recursion": ("pixels_of_the_skip", "random_pixels"),
    "means": ("means_of_pixels", "random_means"),
    "last layer": ("limit_of_the_output", "random_outputs"),
}
for title, wrong, part in (
    ("c_res/H for the factor", {"f": "cres/H"}, "last layer"),
    ("no factor, all else repaired", {"f": "1"}, "last layer"),
    ("two pixels in a patch of three", {"w": 2}, "patches"),
    ("patches matched by position at the border", {"trace": "position"}, "patches"),
    ("patches added to patches", {"base": "patches"}, "recursion"),
    ("H^(h) under K^(h-2)", {"s": 1}, "recursion"),
    ("means aligned", {"pairing": "aligned"}, "means"),
    ("sum over all (l, r) for the trace", {"pairs": "all"}, "last layer"),
    ("σ' under the Gram matrix of pixels", {"under": "pixels"}, "last layer"),
    ("the last expectation under K^(H-2)", {"t": 1}, "last layer"),
):
    conv.falsehood(title, **{**REPAIRED, **wrong}, by=EVIDENCE[part])
conv.corrected(
    "pixels and patches apart, c_res²/H², covariances of the layer below, means crossed",
    erratum="false statement",
    **REPAIRED,
)
