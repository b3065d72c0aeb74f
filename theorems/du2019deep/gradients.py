"""Appendices B, C, D: back-propagation for the three architectures, and the last layer's Gram matrix.

The displays are compared with exact derivatives of small networks with two neurons a layer and the activation
sin, whose slope is cos; `first` is the order of the product of the layers' Jacobians, as printed "up" (the
lowest layer first) or "down".
"""

from verify import Claim, Context, Outcome, Statement, every, identity

PLUS = " + ".join


def neuron(layer: int, row: int, inputs: tuple[str, str]) -> str:
    """The pre-activation of a neuron with weights w<layer>_<row>_<column>."""
    return "(" + PLUS(f"w{layer}_{row}_{k}*{x}" for k, x in enumerate(inputs)) + ")"


def dense_layers(depth: int, scale: str) -> list[tuple[str, str]]:
    """Pre-activations of the layers 1, ..., depth of two neurons each; the input is (x0, x1)."""
    below, found = ("x0", "x1"), []
    for h in range(1, depth + 1):
        rows = (neuron(h, 0, below), neuron(h, 1, below))
        found.append(rows)
        below = (f"({scale}*sin({rows[0]}))", f"({scale}*sin({rows[1]}))")
    return found


def back(layers: list[tuple[str, str]], h: int, order: str, residual: str = "") -> list[str]:
    """a^T (prod_{k > h} factor_k) J^(h), factor_k = J^(k) W^(k), or I + residual J^(k) W^(k)."""
    row = ["a0", "a1"]
    above = range(h + 1, len(layers) + 1)
    for k in reversed(above) if order == "down" else above:
        moved = []
        for column in (0, 1):
            terms = PLUS(f"{row[r]}*cos({layers[k - 1][r]})*w{k}_{r}_{column}" for r in (0, 1))
            moved.append(f"({row[column]} + {residual}*({terms}))" if residual else f"({terms})")
        row = moved
    return [f"({row[r]}*cos({layers[h - 1][r]}))" for r in (0, 1)]


def output(layers: list[tuple[str, str]], scale: str) -> str:
    """a.x^(H) of the fully-connected network."""
    return PLUS(f"a{r}*{scale}*sin({layers[-1][r]})" for r in (0, 1))


dense_gradient = Claim(
    "du2019deep/sec-B-gradient",
    aliases=("du2019thesis/sec-3.9-gradient",),
    title="Back-propagation in the fully-connected network",
    kind="closed-form",
    where="Appendix B, first display",
    states=r"\frac{\partial L}{\partial W^{(h)}} = \left(\frac{c_\sigma}{m}\right)^{\frac{H-h+e}{2}}\sum_i "
    r"t\,(f(x_i,\theta)-y_i)\,x_i^{(h-1)}a^\top\left(\prod_{k=h+1}^{H}J_i^{(k)}W^{(k)}\right)J_i^{(h)}",
    given=(
        r"J_i^{(k)} = \mathrm{diag}\,\sigma'(W^{(k)}x_i^{(k-1)})",
        r"\text{printed: the factors in the order } k = h+1,\dots,H",
    ),
    printed={"first": "up", "e": 1, "t": 1},
    uses=("du2019deep/eq-1", "du2019deep/eq-2"),
    note="The matrix displayed is the transpose of the gradient. With the layer h + 1 as the first factor "
    "the product is another matrix once two layers lie above h.",
)


@dense_gradient.check(covers="universal")
def three_layers_of_sines(claim: Statement, ctx: Context) -> Outcome:
    """H = 3, m = 2, s = √(c/2): entry (first neuron, first input) of ∂L/∂W^(h) over f - y, for h = 1, 2, 3.

    Terms, exponents and order are those of any width and depth; the activation enters by its slope only.
    """
    links = []
    layers = dense_layers(3, "s")
    f = output(layers, "s")
    below = {1: "x0", 2: f"(s*sin({layers[0][0]}))", 3: f"(s*sin({layers[1][0]}))"}
    for h in (3, 2, 1):
        power = 3 - h + int(claim.e)
        display = f"t*s**{power}*{below[h]}*{back(layers, h, str(claim.first))[0]}"
        links.append(identity(f"diff({f}, w{h}_0_0) == {display}", let={"t": claim.t}, says=f"h = {h}"))
    return every(*links, assumes=("chain rule",))


dense_gradient.falsehood("exponent (H - h)/2", first="down", e=0)
dense_gradient.falsehood("factor y - f", first="down", t=-1)
dense_gradient.corrected("the factors in the order H, ..., h + 1", erratum="misprint", first="down")


residual_gradient = Claim(
    "du2019deep/sec-C-gradient",
    aliases=("du2019thesis/sec-3.10-gradient",),
    title="Back-propagation in the residual network",
    kind="closed-form",
    where="Appendix C, first display",
    states=r"\frac{\partial L}{\partial W^{(h)}} = p_h\sum_i "
    r"t\,(y_i-u_i)\,x_i^{(h-1)}\left[a^\top\prod_{l=h+1}^{H}"
    r"\left(I+\frac{c_{res}}{H\sqrt m}J_i^{(l)}W^{(l)}\right)J_i^{(h)}\right]",
    given=(
        r"\text{printed: } p_h = \frac{c_{res}}{H\sqrt m}\ \text{for every } h,\ t = 1",
        r"\text{printed: the factors in the order } l = h+1,\dots,H",
    ),
    printed={"first": "up", "t": 1, "lowest": "k"},
    parts=("layers above the first", "first layer"),
    uses=("du2019deep/eq-1", "du2019deep/eq-3"),
    note="k is c_res/(H√m) and s is √(c_σ/m), the scaling of the first layer; lowest is the prefactor there. "
    "The sign of the residual is that of y - u, where ∂L/∂u = u - y.",
)


def residual_layers(depth: int) -> tuple[list[tuple[str, str]], tuple[str, str], list[tuple[str, str]]]:
    """Pre-activations of the layers, the last features, and the features below each layer."""
    rows = (neuron(1, 0, ("x0", "x1")), neuron(1, 1, ("x0", "x1")))
    layers, below = [rows], [("x0", "x1")]
    features = (f"(s*sin({rows[0]}))", f"(s*sin({rows[1]}))")
    for h in range(2, depth + 1):
        below.append(features)
        rows = (neuron(h, 0, features), neuron(h, 1, features))
        layers.append(rows)
        features = (f"({features[0]} + k*sin({rows[0]}))", f"({features[1]} + k*sin({rows[1]}))")
    return layers, features, below


def residual_display(claim: Statement, depth: int, h: int, prefactor: str) -> Outcome:
    """∂f/∂w^(h)_00 against the display over (u - y): the sign of the display is t (y - u)/(u - y) = -t."""
    layers, top, below = residual_layers(depth)
    f = PLUS(f"a{r}*{top[r]}" for r in (0, 1))
    display = f"(-t)*{prefactor}*{below[h - 1][0]}*{back(layers, h, str(claim.first), 'k')[0]}"
    return identity(f"diff({f}, w{h}_0_0) == {display}", let={"t": claim.t}, says=f"H = {depth}, h = {h}")


@residual_gradient.check(part="layers above the first", covers="universal")
def residual_branches(claim: Statement, ctx: Context) -> Outcome:
    """H = 3, m = 2, h = 3 and 2: at most one factor above, the order does not matter."""
    return every(*(residual_display(claim, 3, h, "k") for h in (3, 2)), assumes=("chain rule",))


@residual_gradient.check(part="first layer", covers="universal")
def below_two_branches(claim: Statement, ctx: Context) -> Outcome:
    """H = 3, m = 2, h = 1: two factors above, and the first layer's own scaling."""
    return every(residual_display(claim, 3, 1, str(claim.lowest)), assumes=("chain rule",))


residual_gradient.falsehood("sign of y - u", first="down", lowest="s", t=1)
residual_gradient.falsehood("c_res/(H√m) at the first layer", first="down", t=-1, by=("below_two_branches",))
residual_gradient.falsehood("increasing order", lowest="s", t=-1, by=("below_two_branches",))
residual_gradient.corrected(
    "u - y, the factors in the order H, ..., h + 1, and √(c_σ/m) at h = 1",
    erratum="constant",
    first="down",
    t=-1,
    lowest="s",
)


def one_weight(claim: Statement, outer: str, factor: str) -> list[Outcome]:
    """A weight w of one neuron of layer H, with features x and y of two inputs: ∂f_i/∂w ∂f_j/∂w.

    The activation enters by its slope: linear with slope l, sin and exp.
    """
    links = []
    for value, slope in (("l*({})", "l + 0*({})"), ("sin({})", "cos({})"), ("exp({})", "exp({})")):
        u, v = "w*x + r", "w*y + s"
        f, g = (f"a*{outer}*{value.format(arg)}" for arg in (u, v))
        features = {
            "H - 1": ("x", "y"),
            "H": (f"({outer}*{value.format(u)})", f"({outer}*{value.format(v)})"),
        }[claim.features]
        right = f"{features[0]}*{features[1]}*{factor}*{claim.gain}*({slope.format(u)})*({slope.format(v)})"
        links.append(identity(f"diff({f}, w)*diff({g}, w) == {right}"))
    return links


dense_gram = Claim(
    "du2019deep/eq-13",
    aliases=("du2019thesis/eq-3.12",),
    title="Gram matrix of the last hidden layer, fully connected",
    kind="closed-form",
    where="Appendix B, eq. (13)",
    states=r"G^{(H)}_{ij} = x_i^{(g)\top}x_j^{(g)}\,q\sum_{r=1}^m a_r^2\,\sigma'(w_r^{(H)\top}x_i^{(H-1)})\,"
    r"\sigma'(w_r^{(H)\top}x_j^{(H-1)}),\qquad q = \frac{c_\sigma}{m}",
    given=(r"g = H-1",),
    printed={"features": "H - 1", "gain": "a**2", "q": "c/m"},
    uses=("du2019deep/sec-B-gradient",),
)


@dense_gram.check(covers="universal")
def terms_of_the_last_layer(claim: Statement, ctx: Context) -> Outcome:
    """A term (neuron, coordinate) of <∂f_i/∂W^(H), ∂f_j/∂W^(H)>."""
    return every(*one_weight(claim, "(sqrt(c)/sqrt(m))", f"({claim.q})"), assumes=("chain rule",))


dense_gram.falsehood("a_r in place of a_r²", gain="a")
dense_gram.falsehood("the features of layer H", features="H")
dense_gram.falsehood("prefactor √(c/m)", q="sqrt(c)/sqrt(m)")


residual_gram = Claim(
    "du2019deep/eq-14",
    aliases=("du2019thesis/eq-3.13",),
    title="Gram matrix of the last layer, residual network",
    kind="closed-form",
    where="Appendix C, eq. (14)",
    states=r"G^{(H)}_{ij} = q\,x_i^{(H-1)\top}x_j^{(H-1)}\sum_{r=1}^m "
    r"a_r^2\,\sigma'(w_r^{(H)\top}x_i^{(H-1)})\,"
    r"\sigma'(w_r^{(H)\top}x_j^{(H-1)}),\qquad q = \frac{c_{res}^2}{H^2m}",
    given=(r"H \ge 2",),
    printed={"features": "H - 1", "gain": "a**2", "q": "cres**2/(H**2*m)"},
    uses=("du2019deep/sec-C-gradient",),
    note="At H = 1 there is no branch, and the formula is (13). The blocks of W^(1) and a carry no 1/H².",
)


@residual_gram.check(covers="universal")
def terms_of_the_last_branch(claim: Statement, ctx: Context) -> Outcome:
    """A term (neuron, coordinate): the skip connection does not depend on W^(H)."""
    return every(*one_weight(claim, "(cres/(H*sqrt(m)))", f"({claim.q})"), assumes=("chain rule",))


@residual_gram.falsehood_with_check("valid at H = 1")
def one_layer(claim: Statement, ctx: Context) -> Outcome:
    """H = 1, one neuron with slope 1: the scaling is √(c/m), not c_res/√m."""
    return identity("diff(a*sqrt(c)/sqrt(m)*w*x, w)**2 == cres**2/m*x**2*a**2")


residual_gram.falsehood("prefactor c_res/(Hm)", q="cres/(H*m)")
residual_gram.falsehood("a_r in place of a_r²", gain="a")
residual_gram.falsehood("the features of layer H", features="H")


conv_gram = Claim(
    "du2019deep/eq-15",
    aliases=("du2019thesis/eq-3.14",),
    title="Gram matrix of the last layer, convolutional residual network",
    kind="closed-form",
    where="Appendix D, eq. (15)",
    states=r"G^{(H)}_{ij} = \frac{c_{res}^2}{H^2m}\sum_{r=1}^m\left[\sum_l "
    r"a_{l,r}\,x_{i,l}\,\sigma'(w_r^\top x_{i,l})"
    r"\right]^\top\left[\sum_k a_{k,r}\,x_{j,k}\,\sigma'(w_r^\top x_{j,k})\right]",
    given=(r"x_{i,l} = \phi(x_i^{(H-1)})_{:,l}\ \text{patches}", r"H \ge 2"),
    printed={"mixed": 1, "q": "cres**2/(H**2*m)"},
    uses=("du2019deep/sec-3.3-conv", "du2019deep/eq-3"),
    note="mixed is the coefficient of the terms with l != k, which have mean 0 over the output layer.",
)


@conv_gram.check(covers="universal")
def two_patches(claim: Statement, ctx: Context) -> Outcome:
    """One weight w of one filter, two patches: x1, x2 of one image and y1, y2 of another, activation sin."""
    outer = "(cres/(H*sqrt(m)))"
    f = f"({outer}*(a1*sin(w*x1 + r1) + a2*sin(w*x2 + r2)))"
    g = f"({outer}*(a1*sin(w*y1 + s1) + a2*sin(w*y2 + s2)))"
    left = [f"a{k}*x{k}*cos(w*x{k} + r{k})" for k in (1, 2)]
    right = [f"a{k}*y{k}*cos(w*y{k} + s{k})" for k in (1, 2)]
    display = (
        f"{left[0]}*{right[0]} + {left[1]}*{right[1]} + mixed*({left[0]}*{right[1]} + {left[1]}*{right[0]})"
    )
    let = {"mixed": claim.mixed}
    return every(
        identity(f"diff({f}, w)*diff({g}, w) == ({claim.q})*({display})", let=let), assumes=("chain rule",)
    )


conv_gram.falsehood("the terms with l = k only", mixed=0)
conv_gram.falsehood("prefactor c_res/(Hm)", q="cres/(H*m)")
