"""Appendix E.1: layers with patches, subspaces of weights and skip maps, and the networks as instances.

W(K) = E W K W^T is the covariance of W x for a Gram matrix K; r is c_res, c is c_sigma.
"""

from fractions import Fraction
from functools import partial

import torch

from numerics.networks_passes import patches
from theorems.du2019deep.framework_networks import (
    ROOT_C,
    ROOT_M,
    draw,
    framework_layer,
    network_layer,
    scaled,
    shifts,
)
from verify import Claim, Context, Outcome, Statement, evaluate, every, expectation, identity, prove, unless

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"
DEPTH, BRANCH = 3, Fraction(1, 6)
"""Depth of the instances, and c_res/H at c_res = 1/2."""

CASES = (("fully connected", 1, 1), ("residual", 1, 1), ("convolutional", 2, 3), ("convolutional", 3, 3))


def networks_agree(claim: Statement, ctx: Context) -> Outcome:
    """Each feature of the framework, divided by the root of m, against that of the network."""
    root = expectation([("oo", "(z**2 + 5/2*z + 1)**2")], equals=f"1/({ROOT_C})**2", says="c_sigma")
    links = [root]
    for name, p, q in CASES:
        rng = ctx.rng(name, p)
        start = [[Fraction(int(v)) for v in rng.integers(-2, 3, p)] for _ in range(3)]
        x, y, residual = start, start, name != "fully connected"
        for h in range(1, DEPTH + 1):
            weights = draw(rng, len(x), q)
            branch = residual and h > 1
            gain = {"r/H": BRANCH, "r": BRANCH * DEPTH}[claim.rho] if branch else ROOT_C
            skip = {"0": "0", "I": "I"}[claim.first] if h == 1 else claim.skip
            x = framework_layer(
                x,
                weights,
                shifts(p, q),
                partial(scaled, gain),
                Fraction(1, ROOT_M) if h > 1 else Fraction(1),
                skip if residual else "0",
            )
            factor = (BRANCH if branch else ROOT_C) / ROOT_M
            y = network_layer(y, weights, factor, branch)
            links += [
                evaluate(f"{a}/{ROOT_M} == {b}", instance=True, says=f"{name}, p = {p}, h = {h}")
                for u, v in zip(x, y, strict=True)
                for a, b in zip(u, v, strict=True)
            ]
    return every(*links)


setup = Claim(
    "du2019deep/appE-setup",
    aliases=("du2019thesis/sec-3.12.1-setup",),
    title="Layered random features with weight subspaces and skip maps cover the three architectures",
    kind="definition",
    where="Appendix E.1, opening",
    states=r"\mathbb R^{p^{(0)}}\to\dots\to\mathbb R^{p^{(H)}},\quad W\in\mathcal W^{(h)}\subseteq"
    r"\mathbb R^{p^{(h)}\times p^{(h-1)}}\ \text{Gaussian},\quad D^{(1)} = 0,\ D^{(h)}\ \text{linear},\quad "
    r"\rho^{(h)}:\ \text{the features are}\ \sqrt m\ \text{times those of Section 3.3}",
    printed={"first": "0", "skip": "I", "rho": "r/H"},
    uses=("du2019deep/eq-2", "du2019deep/eq-3", "du2019deep/sec-3.3-conv"),
    note="The extracted text has D^(h) between spaces of dimensions n^(h-1) and n^(h), symbols that are not "
    "defined: p is meant. skip is the skip map from the second layer on, where there is one.",
)


@setup.check()
def exact_networks(claim: Statement, ctx: Context) -> Outcome:
    """Small integer networks, depth 3, width 4, σ(z) = z² + 5z/2 + 1, every feature in exact rationals.

    Fully connected, residual, and convolutional with 2 and 3 pixels and a filter of size 3.
    """
    return networks_agree(claim, ctx)


@setup.check(covers="universal")
def one_layer(claim: Statement, ctx: Context) -> Outcome:
    """Two of m channels, sin for σ: with X = √m x a residual layer gives √m times the network's."""
    gain = {"r/H": "r/H", "r": "r"}[claim.rho]
    u, inner = "(w*sqrt(m)*x + v*sqrt(m)*y)/sqrt(m)", "w*x + v*y"
    carried = {"I": "sqrt(m)*x", "U": u, "0": "0"}[claim.skip]
    first = {"0": "0", "I": "x"}[claim.first]
    return every(
        identity(
            f"{carried} + {gain}*sin({u}) == sqrt(m)*(x + r/(H*sqrt(m))*sin({inner}))",
            m=POSITIVE,
            H=POSITIVE,
        ),
        identity(
            f"{first} + sqrt(c)*sin({inner}) == sqrt(m)*(sqrt(c)/sqrt(m)*sin({inner}))",
            m=POSITIVE,
            c=POSITIVE,
        ),
        assumes=("induction over the layers; a pixel of a convolution sums over offsets as well",),
    )


setup.falsehood("identity skip in the first layer", first="I", by=("exact_networks", "one_layer"))
setup.falsehood("skip of the pre-activation", skip="U", by=("exact_networks", "one_layer"))
setup.falsehood("ρ = c_res σ", rho="r", by=("exact_networks", "one_layer"))


one_patch = Claim(
    "du2019deep/remark-E.1",
    aliases=("du2019thesis/remark-3.1",),
    title="One patch per layer for dense layers, as many as pixels for convolutions",
    kind="definition",
    where="Appendix E.1, Remark E.1",
    states=r"p^{(0)} = \dots = p^{(H)} = 1\ \text{for fully-connected and residual networks},\qquad "
    r"p^{(h)} = \#\text{patches of layer}\ h\ \text{for convolutional ones};\qquad "
    r"\text{a layer has}\ m\,p^{(h)}\ \text{features}",
    printed={"dense": "1", "conv": "p"},
    parts=("dense", "convolution"),
    uses=("du2019deep/appE-setup",),
)


@one_patch.check(part="dense", covers="universal")
def features_of_a_dense_layer(claim: Statement, ctx: Context) -> Outcome:
    """m features, and m² weights of a hidden layer: m² copies of a p × p matrix."""
    return every(
        identity(f"m*({claim.dense}) == m", m=FROM_ONE, says="features"),
        identity(f"m**2*({claim.dense})**2 == m**2", m=FROM_ONE, says="weights"),
    )


@one_patch.check(part="convolution")
def rows_of_patches(claim: Statement, ctx: Context) -> Outcome:
    """The engine's patches, stride 1 and zero padding: one row for each pixel."""
    links = []
    for p, q in ((1, 1), (2, 3), (4, 3), (5, 5)):
        rows = patches(torch.ones(p, 2, dtype=torch.float64), p, q).shape[0]
        links.append(evaluate(f"{claim.conv} == {rows}", let={"p": p, "q": q}, instance=True))
    return every(*links)


one_patch.falsehood("m patches in a dense layer", dense="m", by=("features_of_a_dense_layer",))
one_patch.falsehood("one patch in a convolution", conv="1", by=("rows_of_patches",))


dimension = Claim(
    "du2019deep/remark-E.2",
    aliases=("du2019thesis/remark-3.2",),
    title="Convolutions with a filter of size q form a space of dimension q",
    kind="definition",
    where="Appendix E.1, Remark E.2",
    states=r"\dim\mathcal W = q",
    given=(r"q\ \text{odd, stride 1, zero padding}", r"p = \frac{q+1}{2}+t,\ t \ge t_0 = 0"),
    printed={"dim": "q", "slack": "[0, oo)"},
    uses=("du2019deep/appE-setup",),
    note="The condition, q <= 2p - 1, is not printed: offsets of p or more pixels never meet the image, and "
    "for a larger filter the dimension is 2p - 1. slack is the range of t.",
)


@dimension.check(covers="universal")
def disjoint_diagonals(claim: Statement, ctx: Context) -> Outcome:
    """The matrix of offset o is 1 on one diagonal, which has p - |o| places: disjoint, so independent.

    Half the filter size is o + u with |o| <= (q - 1)/2, and the offsets number 2(q - 1)/2 + 1.
    """
    return every(
        prove(
            "(o + u) + 1 + t - o >= 1",
            o=FROM_ZERO,
            u=FROM_ZERO,
            t=str(claim.slack),
            says="places on a diagonal",
        ),
        identity(f"{claim.dim} == 2*((q - 1)/2) + 1", let={"p": "(q + 1)/2 + 1"}, says="offsets"),
    )


@dimension.check()
def rank_of_the_shifts(claim: Statement, ctx: Context) -> Outcome:
    """Number of shift matrices that are not 0, for p <= 5; they share no entry."""
    links = []
    for p in range(1, 6):
        for q in range(1, 2 * p, 2):
            basis = shifts(p, q)
            rank = sum(any(map(any, e)) for e in basis)
            overlap = max(sum(e[a][b] for e in basis) for a in range(p) for b in range(p))
            links.append(evaluate(f"{rank} == {claim.dim}", let={"p": p, "q": q}, instance=True))
            links.append(evaluate(f"{overlap} <= 1", instance=True, says=f"p = {p}, q = {q}: no overlap"))
    return every(*links)


dimension.falsehood("dimension p", dim="p", by=("disjoint_diagonals", "rank_of_the_shifts"))
dimension.falsehood("dimension p²", dim="p**2", by=("disjoint_diagonals", "rank_of_the_shifts"))
dimension.falsehood("any filter size", slack="[-5, oo)", by=("disjoint_diagonals",))


operator = Claim(
    "du2019deep/appE-gaussian-operator",
    aliases=("du2019thesis/sec-3.12.1-gaussian-operator",),
    title="Gaussian law on a space of matrices and its covariance operator",
    kind="definition",
    where="Appendix E.1, after Remark E.2",
    states=r"W = \sum_{i=1}^q v_ie_i,\ v\sim N(0,I_q);\qquad \mathcal W(K) = \mathbb E\,[WKW^\top] = "
    r"\sum_{i=1}^q e_iKe_i^\top;\qquad \text{convolution: } \mathcal W(K)_{lr} = \sum_o K_{l+o,r+o},\ "
    r"\|\mathcal W\|_{L^\infty\to L^\infty} \le N",
    printed={"transposed": "right", "N": "q", "pad": 0},
    parts=("operator", "convolution", "norm"),
    uses=("du2019deep/appE-setup",),
    note="The law depends on the basis, not on the space alone. The sum, the form for a convolution and the "
    "norm N are consequences; the theorem uses them. pad is the multiple of a pixel that circular padding "
    "would add.",
)


def mean_of_form(form: str, normals: tuple[str, ...]) -> str:
    """E of a quadratic form in standard normals: half its Laplacian."""
    return "(" + " + ".join(f"diff(diff({form}, {v}), {v})" for v in normals) + ")/2"


def product(first: list[list[str]], second: list[list[str]]) -> list[list[str]]:
    """Product of two 2 × 2 matrices of expressions."""
    return [[" + ".join(f"({first[i][k]})*({second[k][j]})" for k in (0, 1)) for j in (0, 1)] for i in (0, 1)]


def transposed(matrix: list[list[str]]) -> list[list[str]]:
    """The transpose."""
    return [[matrix[j][i] for j in (0, 1)] for i in (0, 1)]


E1, E2, K = [["a", "b"], ["g", "d"]], [["e", "f"], ["h", "k"]], [["k1", "k2"], ["k3", "k4"]]


@operator.check(part="operator", covers="universal")
def second_moment(claim: Statement, ctx: Context) -> Outcome:
    """p = 2 and two general matrices: E v_i v_j is 1 for i = j and else 0; a pair (i, j) fixes the sum."""
    W = [[f"v*{E1[i][j]} + w*{E2[i][j]}" for j in (0, 1)] for i in (0, 1)]
    if claim.transposed == "left":
        form = product(product(transposed(W), K), W)
    else:
        form = product(product(W, K), transposed(W))
    links = [expectation([("oo", "z**2")], equals="1", says="E v²")]
    for i in (0, 1):
        for j in (0, 1):
            right = [product(product(e, K), transposed(e))[i][j] for e in (E1, E2)]
            links.append(identity(f"{mean_of_form(form[i][j], ('v', 'w'))} == {right[0]} + {right[1]}"))
    return every(*links, assumes=("E of a quadratic form in N(0, I) is half its Laplacian",))


@operator.check(part="convolution", covers="universal")
def trace_over_patches(claim: Statement, ctx: Context) -> Outcome:
    """p = 2, q = 3: W = [[v, w], [u, v]]; offset -1 of pixel 1 is outside, and adds 0."""
    W = [["v", "w"], ["u", "v"]]
    form = product(product(W, K), transposed(W))
    return every(
        identity(f"{mean_of_form(form[0][0], ('u', 'v', 'w'))} == k1 + k4 + pad*k4", let=claim.let),
        identity(f"{mean_of_form(form[0][1], ('u', 'v', 'w'))} == k2"),
    )


@operator.check(part="norm", covers="universal")
def sums_of_entries(claim: Statement, ctx: Context) -> Outcome:
    """An entry of W(K) is a sum of at most q entries of K; for K = 1 and an interior pixel it is q.

    First p = 3, q = 3, the middle pixel.
    """
    middle = evaluate(f"1 + 1 + 1 <= {claim.N}", let={"q": 3}, instance=True, says="all ones")
    return unless([middle], prove(f"q*e <= ({claim.N})*e", q=FROM_ONE, e=FROM_ZERO))


@operator.falsehood_with_check("the same law for every basis of the space")
def two_bases(claim: Statement, ctx: Context) -> Outcome:
    """The line, with the bases {1} and {2}, K = 1."""
    return evaluate("1*1*1 == 2*1*2", says="W(1)")


operator.falsehood("W(K) = E WᵀKW", transposed="left", by=("second_moment",))
operator.falsehood("circular padding", pad=1, by=("trace_over_patches",))
operator.falsehood("norm 1 for a convolution", N="1", by=("sums_of_entries",))


skips = Claim(
    "du2019deep/remark-E.3",
    aliases=("du2019thesis/remark-3.3",),
    title="Skip maps of the three architectures",
    kind="definition",
    where="Appendix E.1, Remark E.3",
    states=r"D^{(h)} = 0\ \text{(fully connected)},\qquad D^{(1)} = 0,\ D^{(h)} = I\ (h \ge 2)\ "
    r"\text{(residual and convolutional residual)}",
    printed={"first": "0", "skip": "I", "rho": "r/H"},
    uses=("du2019deep/appE-setup",),
    note="The remark says the identity for every h, the paragraph before it 0 for h = 1, which is meant.",
)


@skips.check()
def exact_small_networks(claim: Statement, ctx: Context) -> Outcome:
    """The networks of the setup, every feature in exact rationals."""
    return networks_agree(claim, ctx)


@skips.check(covers="universal")
def first_gram_matrix(claim: Statement, ctx: Context) -> Outcome:
    """E X^(1) X^(1): c E σσ plus, with a skip, the input's Gram matrix; later layers carry x on."""
    return every(
        identity(f"c*F + ({ {'0': '0', 'I': 'K'}[claim.first] }) == c*F", c=POSITIVE, says="K^(1)"),
        identity(f"{ {'0': '0', 'I': 'x', 'U': 'w*x'}[claim.skip] } + s - x == s", says="a residual layer"),
    )


skips.falsehood("identity in the first layer", first="I", by=("exact_small_networks", "first_gram_matrix"))
skips.falsehood("no skip in a residual network", skip="0", by=("exact_small_networks", "first_gram_matrix"))


channels = Claim(
    "du2019deep/remark-E.4",
    aliases=("du2019thesis/remark-3.4",),
    title="Number of input channels",
    kind="definition",
    where="Appendix E.1, Remark E.4",
    states=r"\text{fully connected, residual:}\ d_{ch} = c_0;\qquad "
    r"\sum_{\gamma=1}^{d_{ch}}X_i^{(0),\gamma}X_j^{(0),\gamma} = x_i^\top x_j",
    given=(r"p^{(0)} = 1,\ x_i\in\mathbb R^d,\ \text{printed: } c_0 = 1",),
    printed={"channels": "1"},
    uses=("du2019deep/remark-E.1",),
    note="With one channel of one pixel the input is a number; a dense layer needs a channel for each "
    "coordinate. d is the input dimension in the main text and the number of channels here.",
)


@channels.check(covers="universal")
def number_of_coordinates(claim: Statement, ctx: Context) -> Outcome:
    """p^(0) channels of one pixel each hold the d coordinates; first the inputs (1, 0), (0, 1) and (0, 1)."""
    links = []
    for dim in (2, 3):
        count = {"1": 1, "2": 2, "d": dim, "m": 4}[str(claim.channels)]
        square = " + ".join("1*1" if g == dim - 1 else "0*0" for g in range(min(count, dim))) or "0"
        links.append(evaluate(f"{square} == 1", instance=True, says=f"the last unit vector, d = {dim}"))
    return every(*links, identity(f"1*({claim.channels}) == d", d=FROM_ONE, says="coordinates"))


channels.falsehood("two channels", channels="2", by=("number_of_coordinates",))
channels.falsehood("m channels", channels="m", by=("number_of_coordinates",))
channels.corrected("as many channels as coordinates", erratum="misprint", channels="d")


recursion = Claim(
    "du2019deep/appE-recursion",
    aliases=("du2019thesis/sec-3.12.1-recursion",),
    title="Forward recursion of the framework",
    kind="definition",
    where="Appendix E.1, after Remark E.4",
    states=r"X_i^{(1),\alpha} = \rho^{(1)}\Big(f\sum_{\beta}W^{(1),\alpha}_{\beta}X_i^{(0),\beta}\Big),"
    r"\qquad X_i^{(h),\alpha} = D^{(h)}X_i^{(h-1),\alpha}+g\,\rho^{(h)}\Big(k\sum_{\beta=1}^m"
    r"W^{(h),\alpha}_{\beta}X_i^{(h-1),\beta}\Big)",
    given=(r"W^{(h),\alpha}_\beta\sim\mathcal P^{(h)}\ \text{independent}", r"f = 1,\ k = m^{-1/2},\ g = 1"),
    printed={"f": "1", "k": "1/sqrt(m)", "g": "1"},
    uses=("du2019deep/appE-gaussian-operator",),
    note="The superscript (h) in the first line is that of layer 1.",
)


@recursion.check(covers="universal")
def against_the_network(claim: Statement, ctx: Context) -> Outcome:
    """sin for σ, ρ = √c sin in layer 1 and s sin later: √m times the features of the network, X = √m x."""
    inner = "w*x + v*y"
    return every(
        identity(
            f"sqrt(c)*sin({claim.f}*({inner})) == sqrt(m)*(sqrt(c)/sqrt(m)*sin({inner}))",
            c=POSITIVE,
            m=POSITIVE,
            says="layer 1",
        ),
        identity(
            f"({claim.g})*s*sin(({claim.k})*(w*sqrt(m)*x + v*sqrt(m)*y)) == sqrt(m)*(s/sqrt(m)*sin({inner}))",
            m=POSITIVE,
            says="later layers",
        ),
    )


@recursion.check(covers="universal")
def variance_of_the_preactivation(claim: Statement, ctx: Context) -> Outcome:
    """|x|² in layer 1, the mean of X² over the m channels later (two of them shown)."""
    return every(
        identity(f"({claim.f})**2*(x**2 + y**2) == x**2 + y**2", m=POSITIVE),
        identity(f"({claim.k})**2*(x**2 + y**2) == (x**2 + y**2)/m", m=POSITIVE),
    )


recursion.falsehood("1/√m in layer 1 as well", f="1/sqrt(m)")
recursion.falsehood("1/√m outside of ρ", k="1", g="1/sqrt(m)")
