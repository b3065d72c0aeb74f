"""Section 3, calculations: features and outputs as products of masks and weights; gradients; descent.

A mask is the diagonal 0/1 matrix of the active units.  Where no pre-activation is 0 the masks do not change
nearby, so that derivatives are those of a product of fixed matrices; at a kink the display is the definition.
"""

from typing import Any

from theorems.zou2020 import _exact
from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove, unless

FROM_ZERO, POSITIVE = "[0, oo)", "(0, oo)"
PLUS = " + ".join


def cases_of_a_unit(on: object, off: object) -> list[Outcome]:
    """max(z, 0) = (mask) z for z = p > 0 and for z = -p <= 0."""
    let = {"on": on, "off": off}
    return [
        identity("p == on*p", let=let, p=POSITIVE, says="z = p > 0"),
        identity("0 == off*(-p)", let=let, p=FROM_ZERO, says="z = -p <= 0"),
    ]


features = Claim(
    "zou2020/def-layer-outputs",
    title="The features of a layer as a product of masks and weights",
    kind="closed-form",
    where="Section 3, calculations, first item",
    states=r"x_{l,i} = \sigma(W_l^\top x_{l-1,i}) = \left(\prod_{r=1}^{l}\Sigma_{r,i}W_r^\top\right)x_i,"
    r"\qquad \Sigma_{l,i} = \mathrm{Diag}\left[\mathbb 1\{W_l^\top(\textstyle\prod_{r=1}^{l-1}"
    r"\Sigma_{r,i}W_r^\top)x_i > 0\}\right]",
    given=(r"x_{0,i} = x_i;\ \text{the mask is } 1\ \text{where } z > 0\ \text{and } 0\ \text{elsewhere}",),
    printed={"on": 1, "off": 0, "kept": "positive", "order": "down"},
    uses=("zou2020/def-product-notation", "zou2020/eq-3.1-network"),
    note="The value of a mask at z = 0 makes no difference here; it does in the gradient. on and off are the "
    "entries of the mask, kept the rule by which the instances build it.",
)


@features.check(covers="universal")
def unit_by_unit(claim: Statement, ctx: Context) -> Outcome:
    """max(z, 0) is the mask times z in both cases; the layers follow one from the other."""
    return every(
        *cases_of_a_unit(claim.on, claim.off),
        assumes=("induction over the layers: x_l = Σ_l W_l^T x_{l-1}", "def-product-notation"),
    )


@features.check()
def integer_networks(claim: Statement, ctx: Context) -> Outcome:
    """Eight networks, some with ties among the pre-activations: the nested maxima against the product."""
    cases = []
    for widths, salt, x in _exact.NETWORKS:
        layers = _exact.net(widths, salt)
        diagonals = _exact.masks(layers, x, str(claim.kept))
        if claim.off:
            diagonals = [[1 if s else int(claim.off) for s in row] for row in diagonals]
        shown = _exact.through(layers, diagonals, x, 0, str(claim.order))
        for j, brute in enumerate(_exact.text(layers, x)):
            if shown is not None and j < len(shown):
                said = f"{brute} == {shown[j]}"
                cases.append(evaluate(said, instance=True, says=f"widths {widths}, unit {j + 1}"))
    return every(*cases)


features.falsehood("no masks: a linear network", off=1)
features.falsehood("masks 1{z > 1}", kept="above one", by=("integer_networks",))
features.falsehood("masks 1{z < 0}", kept="negative", by=("integer_networks",))
features.falsehood("the factors in the opposite order", order="up", by=("integer_networks",))


factorisation = Claim(
    "zou2020/def-output-factorisation",
    title="The output through any layer",
    kind="closed-form",
    where="Section 3, calculations, second item",
    states=r"f_W(x_i) = v^\top\left(\prod_{r=l}^{L}\Sigma_{r,i}W_r^\top\right)x_{l-k,i},\ k = 1,\quad "
    r"l \ge 1",
    given=(r"x_{0,i} = x_i;\ l \le L+1,\ \text{the product for } l = L+1\ \text{being empty}",),
    printed={"k": 1, "masks": "own"},
    uses=("zou2020/def-layer-outputs", "zou2020/def-product-notation"),
)


def symbols(row: int, column: int, name: str) -> str:
    """An entry of a 2 x 2 matrix."""
    return f"{name}{row}{column}"


@factorisation.check(covers="universal")
def split_product(claim: Statement, ctx: Context) -> Outcome:
    """v.(B(Cy)) = (vᵀBC)y: C is the factor of layer l, B those above, y = Ax the features of l - 1."""
    below = [PLUS(f"a{i}{j}*x{j}" for j in (0, 1)) for i in (0, 1)]
    cut = [PLUS(f"c{i}{j}*({below[j]})" for j in (0, 1)) for i in (0, 1)]
    full = PLUS(f"v{i}*b{i}{j}*({cut[j]})" for i in (0, 1) for j in (0, 1))
    start = below if claim.k == 1 else cut
    above = [[PLUS(f"b{i}{k}*c{k}{j}" for k in (0, 1)) for j in (0, 1)] for i in (0, 1)]
    shown = PLUS(f"v{i}*({above[i][j]})*({start[j]})" for i in (0, 1) for j in (0, 1))
    return identity(f"{full} == {shown}", assumes=("def-layer-outputs; C is the factor of layer l",))


@factorisation.check()
def integer_networks_from_each_layer(claim: Statement, ctx: Context) -> Outcome:
    """Seven of the networks, every l <= L + 1, against the nested maxima; "other" has the masks of -x."""
    cases = []
    for widths, salt, x in _exact.NETWORKS[1:]:
        layers = _exact.net(widths, salt)
        point = x if claim.masks == "own" else [-value for value in x]
        diagonals = _exact.masks(layers, point)
        values = [list(x), *([max(0, z) for z in row] for row in _exact.forward(layers, x))]
        brute = _exact.output_text(layers, x)
        for first in range(1, len(layers) + 2):
            below = first - int(claim.k)
            features_there = _exact.through(layers, diagonals, values[min(below, len(layers))], first - 1)
            if features_there is None:
                continue
            pairs = zip(_exact.signs(len(features_there)), features_there, strict=True)
            total = sum(s * value for s, value in pairs)
            cases.append(evaluate(f"{brute} == {total}", instance=True, says=f"widths {widths}, l = {first}"))
    return every(*cases)


factorisation.falsehood("the features of layer l", k=0)
factorisation.falsehood("the masks of another input", masks="other", by=("integer_networks_from_each_layer",))


gradient = Claim(
    "zou2020/def-gradient",
    title="Gradients of the output and of the risk, layer by layer",
    kind="closed-form",
    where="Section 3, calculations, third item",
    states=r"\nabla_{W_l}f_W(x_i) = x_{l-1,i}\,v^\top\left(\prod_{r=l+1}^{L}\Sigma_{r,i}W_r^\top\right)"
    r"\Sigma_{l,i}^{t},\quad \nabla_{W_l}L_S = k\sum_{i=1}^n\ell'(y_i\hat y_i)\,y_i^{p}\,"
    r"\nabla_{W_l}f_W(x_i);\qquad \sum_{l=1}^{L}\langle\nabla_{W_l}f,W_l\rangle = e\,f",
    given=(r"t = p = 1,\ k = 1/n,\ e = L;\ \text{masks fixed near } W",),
    printed={"t": 1, "first": 1, "order": "down", "k": "1/n", "p": 1, "e": "L"},
    parts=("network", "risk", "homogeneity"),
    uses=("zou2020/def-layer-outputs", "zou2020/eq-3.2-erm"),
    note="Each gradient is a column times a row. The last formula is Euler's; it is not printed. first is "
    "the number of layers skipped before the product starts.",
)


def masked_layers(depth: int) -> tuple[list[tuple[str, str]], str]:
    """Features (x, then each layer) of two units a layer with masks s<l>_<j>, and the output."""
    rows: list[tuple[str, str]] = [("x0", "x1")]
    for number in range(1, depth + 1):
        below = rows[-1]
        units = [
            f"(s{number}_{j}*({PLUS(f'w{number}_{k}_{j}*{value}' for k, value in enumerate(below))}))"
            for j in (0, 1)
        ]
        rows.append((units[0], units[1]))
    return rows, PLUS(f"v{j}*{rows[-1][j]}" for j in (0, 1))


def row_above(claim: Statement, depth: int, layer: int) -> list[str]:
    """v^T (prod_{r = layer + first}^{depth} Σ_r W_r^T) Σ_layer^t, a row."""
    row = ["v0", "v1"]
    places = list(range(layer + int(claim.first), depth + 1))
    for r in reversed(places) if claim.order == "down" else places:
        masked = [f"({row[j]}*s{r}_{j})" for j in (0, 1)]
        row = [f"({PLUS(f'{masked[j]}*w{r}_{k}_{j}' for j in (0, 1))})" for k in (0, 1)]
    return [f"({row[j]}*s{layer}_{j})" for j in (0, 1)] if claim.t else row


@gradient.check(part="network", covers="universal")
def three_layers_with_any_masks(claim: Statement, ctx: Context) -> Outcome:
    """L = 3, two units a layer, any values of the masks: all entries of the three gradients."""
    rows, f = masked_layers(3)
    links = []
    for layer in (3, 2, 1):
        above = row_above(claim, 3, layer)
        for k in (0, 1):
            for j in (0, 1):
                said = f"diff({f}, w{layer}_{k}_{j}) == {rows[layer - 1][k]}*{above[j]}"
                links.append(identity(said, says=f"layer {layer}, entry ({k}, {j})"))
    return every(*links, assumes=("more units and layers add terms of the same form",))


@gradient.check(part="network")
def difference_quotients(claim: Statement, ctx: Context) -> Outcome:
    """Integer networks without ties: f is linear in a weight near W, with the entry as its slope."""
    cases = []
    for widths, salt, x in _exact.NETWORKS:
        layers = _exact.net(widths, salt)
        if any(z == 0 for row in _exact.forward(layers, x) for z in row):
            continue
        diagonals = _exact.masks(layers, x)
        values = [list(x), *([max(0, z) for z in row] for row in _exact.forward(layers, x))]
        base = _exact.output_text(layers, x)
        for number, W in enumerate(layers):
            row = _exact.back(layers, diagonals, number, int(claim.t))
            for k in range(len(W)):
                for j in range(len(W[0])):
                    moved = _exact.output_text(layers, x, (number, k, j, "1/10**6"))
                    said = f"({moved}) - ({base}) == ({values[number][k] * row[j]})/10**6"
                    cases.append(evaluate(said, instance=True, says=f"widths {widths}, layer {number + 1}"))
    return every(*cases)


@gradient.check(part="risk", covers="universal")
def one_weight_of_the_risk(claim: Statement, ctx: Context) -> Outcome:
    """f = g w + r in the weight w; rest is what the other inputs add."""
    left = "diff(log(1 + exp(-y*(g*w + r)))/n + rest, w)"
    return identity(
        f"{left} == k*(-1/(1 + exp(y*(g*w + r))))*y**p*g", let={"k": claim.k, "p": claim.p}, n="[1, oo)"
    )


@gradient.check(part="homogeneity", covers="universal")
def euler(claim: Statement, ctx: Context) -> Outcome:
    """L = 1, 2, 3, two units a layer, any masks: f is linear in the weights of each layer."""
    links = []
    for depth in (1, 2, 3):
        _, f = masked_layers(depth)
        terms = [
            f"w{r}_{k}_{j}*diff({f}, w{r}_{k}_{j})"
            for r in range(1, depth + 1)
            for k in (0, 1)
            for j in (0, 1)
        ]
        links.append(identity(f"{PLUS(terms)} == ({claim.e})*({f})", let={"L": depth}, says=f"L = {depth}"))
    return every(*links)


gradient.falsehood(
    "without the mask of the layer itself", t=0, by=("three_layers_with_any_masks", "difference_quotients")
)
gradient.falsehood("the product from r = l", first=0, by=("three_layers_with_any_masks",))
gradient.falsehood("the lowest factor first", order="up", by=("three_layers_with_any_masks",))
gradient.falsehood("without the label", p=0, by=("one_weight_of_the_risk",))
gradient.falsehood("a sum over the inputs", k="1", by=("one_weight_of_the_risk",))
gradient.falsehood("Euler's identity with 1", e="1", by=("euler",))


norm = Claim(
    "zou2020/def-gradient-frobenius-norm",
    title="Frobenius norm of the gradient in all layers",
    kind="definition",
    where="Section 3, calculations, last display",
    states=r"\|\nabla_{(W_l)}L_S(W)\|_F = \left[\sum_{l=1}^L\|\nabla_{W_l}L_S(W)\|_F^{p}\right]^{1/p},\quad "
    r"p = 2",
    given=(r"\text{printed: the left side carries } W_l,\ \text{one layer}",),
    printed={"left": "one layer", "p": 2},
    uses=("zou2020/def-gradient",),
    note="The sentence before the display announces the norm of the collection; the left side is that of one "
    "layer, which has a meaning of its own (Lemma 5.2). L = 2 units of weight 1 in turn show the "
    "difference: both layers have the same gradient.",
)


@norm.check(covers="universal")
def all_entries(claim: Statement, ctx: Context) -> Outcome:
    """Two layers with norms g, h >= 0, and their entries a, b; c, d: the p-th power of the left side."""
    left = {"one layer": "g", "stack": "sqrt(g**2 + h**2)"}[str(claim.left)]
    pair: dict[str, Any] = {"g": FROM_ZERO, "h": FROM_ZERO}
    let = {"p": claim.p}
    defined = every(
        prove(f"({left})**p <= g**p + h**p", let=let, says="at most", **pair),
        prove(f"({left})**p >= g**p + h**p", let=let, says="at least", **pair),
        identity("(a**2 + b**2) + (c**2 + d**2) == a**2 + b**2 + c**2 + d**2", says="all entries at once"),
    )
    one = evaluate(f"({left})**p == g**p + h**p", at={"g": 1, "h": 1}, let=let, says="L = 2, both of norm 1")
    return unless([one], defined)


norm.falsehood("the sum of the norms", left="stack", p=1)
norm.falsehood("exponent 4", left="stack", p=4)
norm.corrected("the left side without the index", erratum="misprint", left="stack")


descent = Claim(
    "zou2020/def-gd",
    title="Gradient descent on all hidden layers at once",
    kind="definition",
    where="Section 3, eq. (3.3)",
    states=r"W_l^{(k)} = W_l^{(k-1)}+s\,\eta\,\nabla_{W_l}L_S(W^{(k-1)}),\ s = -1,\ l = 1,\dots,L,\qquad "
    r"v^{(k)} = v^{(k-1)}+t\,\eta\,\nabla_vL_S,\ t = 0",
    given=(r"\eta > 0;\ W^{(0)}\ \text{Gaussian};\ \text{the gradient at a kink as in its definition}",),
    printed={"s": -1, "t": 0, "others": "old"},
    parts=("hidden layers", "output weights"),
    uses=("zou2020/def-gradient", "zou2020/def-gaussian-init"),
    note="others are the weights of the other layers in the gradient: those of step k - 1. v is fixed.",
)


@descent.check(part="hidden layers", covers="universal")
def one_path_of_active_units(claim: Statement, ctx: Context) -> Outcome:
    """f = v b a x with both units active: the step in a has the old b."""
    slope = "(-y/(1 + exp(y*v*{0}*a*x)))"
    new = f"(b - eta*{slope.format('b')}*v*a*x)"
    inside = {"old": "b", "new": new}[str(claim.others)]
    stepped = f"a + s*eta*{slope.format(inside)}*v*{inside}*x"
    return identity(f"{stepped} == a - eta*diff(log(1 + exp(-y*v*b*a*x)), a)", let={"s": claim.s})


@descent.check(part="output weights", covers="universal")
def fixed_output(claim: Statement, ctx: Context) -> Outcome:
    """The same path: v rests, though its derivative is not 0."""
    return identity("v + t*eta*diff(log(1 + exp(-y*v*b*a*x)), v) == v", let={"t": claim.t})


descent.falsehood("one layer after the other", others="new", by=("one_path_of_active_units",))
descent.falsehood("ascent", s=1, by=("one_path_of_active_units",))
descent.falsehood("the output weights are trained too", t=-1, by=("fixed_output",))
