"""Appendix B.1, proof of Lemma B.6: the part of second order of one step, fully-connected network.

t stands for √c_sigma L, a2, cw and x for a_{2,0}, c_{w,0} and c_{x,0}, Q for Q'(k), P for c_x^H, g for
g_{2c_x}(H), b for β√c_sigma c_{x,0}; θ(k, s) = θ(k) - s L'(θ(k)) lies between θ(k) and θ(k+1).
"""

from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma B.6."""
    return Claim(
        f"du2019deep/proof-lemma-B.6-{name}",
        aliases=(f"du2019thesis/proof-lemma-3.6-{name}",),
        kind="proof-step",
        step_of="du2019deep/lemma-B.6",
        **fields,
    )


blocks = step(
    "blocks",
    title="The part of second order, block by block",
    where="Appendix B.1, proof of Lemma B.6, first displays",
    states=r"|I_2^i(k)| \le f\,\eta\max_{0\le s\le r\eta}\sum_{h=1}^{T}\|L'^{(h)}(\theta(k))\|_F"
    r"\|u_i'^{(h)}(\theta(k))-u_i'^{(h)}(\theta(k,s))\|_F;\quad \|L'^{(h)}(\theta(k))\|_F \le "
    r"Jc_{x,0}a_{2,0}c_x^H\sqrt n\|y-u(k)\|_2,\qquad f = r = 1,\ J = 4",
    given=(
        r"\theta(k,s) = \theta(k)-sL'(\theta(k))\ \text{(first printed with } L'^{(h)}\text{)}",
        r"\text{printed: } T = H,\ \text{the hidden layers}",
        r"\text{the gradient: as in the step of Lemma B.5}",
    ),
    printed={"output": 0, "f": "1", "r": 1, "J": 4},
    parts=("blocks", "gradient"),
    uses=("du2019deep/sec-A-taylor", "du2019deep/proof-lemma-B.5-gradient"),
    note="The output layer is a block too (T = H + 1); output is its share in the sum. Where the gradient of "
    "the hidden layer does not turn to first order, its block is the one that counts. With each block moved "
    "alone, as the first display has it, nothing turns for u = a w, and I_2 = η² p q is left.",
)


def sine_neuron(claim: Statement) -> Outcome:
    """σ = sin, n = m = H = 1, x = a = 1, w = π/4, u - y = 1/√(2c): L' = (1/2, 1/2), η = 1/5, τ = η/2.

    I_2, over √(c/2): (1 - τ)(cos τ - sin τ) - 1 + 2τ.  At τ' = s/2 <= τ the hidden block has turned by
    |1 - (1 - τ')(cos τ' + sin τ')| <= 2τ'², the output block by 1 - cos τ' + sin τ'.
    """
    left = "(1 - tau)*(cos(tau) - sin(tau)) - 1 + 2*tau"
    turned = "1 - (1 - s)*(cos(s) + sin(s))"
    right = "f*tau*(2*(r*tau)**2 + output*(1 - cos(r*tau) + sin(r*tau)))"
    let = {"f": claim.f, "r": claim.r, "output": claim.output, "tau": "1/10"}
    small = every(
        prove(f"{turned} <= 2*s**2", s="[0, 1/10]", says="the hidden block turns little"),
        prove(f"-2*s**2 <= {turned}", s="[0, 1/10]", says="in either direction"),
    )
    found = evaluate(f"{left} <= {right}", let=let, says="sin, one neuron, τ = 1/10", instance=True)
    return found if small.status == "holds" else small


def product_of_weights(claim: Statement) -> Outcome:
    """σ(z) = z, n = m = H = 1: u = a w, gradient (p, q), I_2 = η² p q, each block turned by s|p|, s|q|."""
    let = {"f": claim.f, "r": claim.r, "output": claim.output}
    box: dict[str, Any] = dict.fromkeys(("eta", "p", "q"), POSITIVE)
    said = "eta**2*p*q <= f*eta*(1 + output)*(r*eta)*p*q"
    return every(
        identity("(a - eta*q)*(w - eta*p) - a*w == -eta*(p*a + q*w) + eta**2*p*q", says="u = a w"),
        prove(said, let=let, says="u = a w", **box),
    )


@blocks.check(part="blocks", covers="universal")
def cauchy_schwarz_in_each_block(claim: Statement, ctx: Context) -> Outcome:
    """|∫ <L', u'(θ) - u'(θ(s))>| over all blocks; first sin with one neuron, and u = a w."""
    argument = follows_from(
        prove("a*d <= output*a*d", let={"output": claim.output}, a=FROM_ZERO, d=FROM_ZERO, says="a's block"),
        prove("eta*M <= f*eta*M", let={"f": claim.f}, eta=POSITIVE, M=FROM_ZERO, says="integral, maximum"),
        prove("1 <= r", let={"r": claim.r}, says="the whole interval"),
        assumes=("sec-A-taylor", "Cauchy-Schwarz in each block"),
    )
    return unless([sine_neuron(claim), product_of_weights(claim)], argument)


@blocks.check(part="gradient", covers="universal")
def as_in_the_drift(claim: Statement, ctx: Context) -> Outcome:
    """First 100 unit inputs (99/100, ..) close to each other, σ(z) = z, one weight, equal residuals r.

    The gradient is 99 r at least; c_x = 2, c_{x,0} = 100/99, |y - u| = 10 r.
    """
    said = evaluate("99 <= J*(100/99)*2*10*10", let={"J": claim.J}, says="100 close inputs", instance=True)
    chain = prove("4*B <= J*B", let={"J": claim.J}, B=POSITIVE, assumes=("proof-lemma-B.5-gradient",))
    return unless([said], chain)


blocks.falsehood("a quarter", output=1, f="1/4", by=("cauchy_schwarz_in_each_block",))
blocks.falsehood("at s = 0", output=1, r=0, by=("cauchy_schwarz_in_each_block",))
blocks.falsehood("gradient with 10⁻³", output=1, J="1/1000", by=("as_in_the_drift",))
blocks.corrected("with the output layer", erratum="broken proof step", output=1)


differences = step(
    "differences",
    title="Weights, features and slopes along one step",
    where="Appendix B.1, proof of Lemma B.6, the four displays by standard calculations",
    states=r"\|\Delta W^{(l)}\|_F,\|\Delta a\|_2 \le w\,\eta Q';\quad \|\Delta x_i^{(h-1)}\|_2 \le "
    r"f\eta\sqrt{c_\sigma}Lc_{x,0}\,g_{rc_x}(H)\frac{Q'}{m^{p}};\quad \|\Delta J_i^{(l)}\|_F \le "
    r"f\eta\beta(\sqrt{c_\sigma}L)^{j}c_{x,0}\,g_{rc_x}(H)\frac{Q'}{m^{q}},\qquad w = 1,\ f = r = 2,\ "
    r"p = \tfrac12,\ q = 0,\ j = 1",
    given=(
        r"\theta(k,s) = \theta(k)-sL'(\theta(k)),\ 0\le s\le\eta",
        r"\text{norms at } \theta(k) \text{ and } \theta(k,s) \text{ at most twice those of the start "
        r"(Lemmas B.3, B.5)}",
        r"c_{x,0} \ge 1,\ c_{w,0},a_{2,0} \ge \tfrac12",
    ),
    printed={"w": "1", "f": 2, "r": 2, "p": "1/2", "q": "0", "j": 1},
    parts=("weights", "features", "slopes"),
    uses=("du2019deep/lemma-B.3", "du2019deep/lemma-B.5", "du2019deep/proof-lemma-B.5-gradient"),
    note="For displacements of size Q' alone the third bound has no factor √c L, which may be below 1; the "
    "gradient of a layer has that factor. g_{c_x} would do for g_{2c_x}, as θ(k, s) stays in the ball.",
)

CASES: tuple[tuple[str, dict[str, Any], dict[str, str]], ...] = (
    ("√c L <= 1", {"t": "(0, 1]"}, {"least": "t"}),
    ("√c L >= 1", {"t": FROM_ONE}, {"least": "1"}),
)
"""The gradient of a layer is at most min(1, √c L) Q'."""


@differences.check(part="weights", covers="universal")
def shorter_than_the_step(claim: Statement, ctx: Context) -> Outcome:
    """s times the gradient; the end of the step has s = η."""
    let = {"w": claim.w}
    return prove("z*eta*Q <= w*eta*Q", let=let, z=UNIT, eta=POSITIVE, Q=POSITIVE, says="s = z η")


@differences.check(part="features", covers="universal")
def layer_after_layer(claim: Statement, ctx: Context) -> Outcome:
    """Δ_h <= t 2cw Δ_(h-1) + 2t x v, v = ηQ'/√m, Δ_0 = 0; bound f t x G v, G = g_{rc_x}, c_x = 2t cw + s."""
    box: dict[str, Any] = dict.fromkeys(("t", "cw", "x", "v"), POSITIVE) | {"s": FROM_ZERO, "G": FROM_ZERO}
    said = "t*2*cw*(f*t*x*G*v) + 2*t*x*v <= f*t*x*(r*(2*t*cw + s)*G + 1)*v"
    scale: dict[str, Any] = dict.fromkeys(("c", "L", "e"), POSITIVE) | {"m": FROM_ONE}
    return every(
        prove(said, let={"f": claim.f, "r": claim.r}, says="one layer", **box),
        identity("sqrt(c)/sqrt(m)*L*e == sqrt(c)*L*e*m**(-p)", let={"p": claim.p}, says="e = ηQ'", **scale),
        assumes=("W x - W' x' = W'(x - x') + (W - W')x", "app-geometric-series, g growing with the layer"),
    )


@differences.check(part="slopes", covers="universal")
def with_the_gradient_of_the_layer(claim: Statement, ctx: Context) -> Outcome:
    """|ΔJ|_F <= β|Δz| <= β(2cw √m Δ_(l-1) + 2x y η Q'), y = min(1, t).

    The gradient has the factor t Y <= y c_x^H; c_x = 1 + v and c_x^(H-1) = Y + z, Y = (2t cw)^(H-h).
    """
    links = []
    for says, domain, let in CASES:
        box: dict[str, Any] = {**domain, **dict.fromkeys(("Y", "x"), POSITIVE)}
        box |= dict.fromkeys(("z", "v", "s", "G"), FROM_ZERO) | {"cw": "[1/2, oo)", "m": FROM_ONE}
        if let["least"] == "t":
            links.append(prove("t*Y <= least*(1 + v)*(Y + z)", let=let, says=f"gradient, {says}", **box))
        else:
            links.append(prove("t*Y <= least*(2*t*cw + s)*(Y + z)", let=let, says=f"gradient, {says}", **box))
        said = "2*x*least*(2*t*cw*G + 1) <= f*t**j*x*(r*(2*t*cw + s)*G + 1)/m**q"
        values = {"f": claim.f, "j": claim.j, "r": claim.r, "q": claim.q, **let}
        links.append(prove(said, let=values, says=f"slopes, {says}", **box))
    return every(*links, assumes=("|Δσ'| <= β|Δz|", "the features with min(1, √c L) Q' for Q'"))


differences.falsehood("half of the step", w="1/2", by=("shorter_than_the_step",))
differences.falsehood("constant 1", f=1, by=("layer_after_layer", "with_the_gradient_of_the_layer"))
differences.falsehood("g with the ratio c_x/2", r="1/2", by=("layer_after_layer",))
differences.falsehood("features over m", p="1", by=("layer_after_layer",))
differences.falsehood("slopes over √m", q="1/2", by=("with_the_gradient_of_the_layer",))
differences.falsehood("c_σL² for the slopes", j=2, by=("with_the_gradient_of_the_layer",))


product = step(
    "product",
    title="The gradient of a prediction along one step",
    where="Appendix B.1, proof of Lemma B.6, from Lemma G.1 to the bound of I_2^i",
    states=r"\|\Delta u_i'^{(h)}\|_F \le k\,c_{x,0}a_{2,0}c_x^H\eta\tfrac{Q'}{\sqrt m}\left(\tfrac H2+"
    r"\left[\tfrac{1}{2c_{x,0}}+\tfrac{H\beta\sqrt m}{L}\right]2\sqrt{c_\sigma}Lc_{x,0}g_{2c_x}(H)\right) "
    r"\le K H\sqrt{c_\sigma}c_{x,0}^2a_{2,0}c_x^Hg_{2c_x}(H)\beta\eta Q';\quad |I_2^i| \le "
    r"K H^{e}\sqrt{c_\sigma}c_{x,0}^2a_{2,0}c_x^Hg_{2c_x}(H)\beta\eta^2Q'^2,\qquad k = 4,\ K = 16,\ e = 2",
    given=(
        r"\text{the bounds of the step before};\ a_{2,0},c_{w,0} \ge l,\ l = 1;\ c_{x,0} \ge 1",
        r"\sqrt m \ge \frac{1/2+\sqrt{c_\sigma}L}{2r\,\beta\sqrt{c_\sigma}c_{x,0}},\ r = 1\ "
        r"\text{(not printed; } m \text{ large)}",
    ),
    printed={"k": 4, "K": 16, "e": 2, "l": "1", "r": 1},
    parts=("first bound", "second bound", "all blocks"),
    uses=("du2019deep/lemma-G.1", "du2019deep/proof-lemma-B.6-differences"),
    proof_uses=("du2019deep/proof-lemma-B.6-blocks",),
    note="The second bound drops the terms without β, which takes a width of order 1/β². For c_{w,0} >= 1 "
    "the first one holds with 2 for 4, as c_x >= 2√c L. The last bound holds with the output layer in the "
    "sum, as the displacement at s is s/η of that of the step.",
)


@product.check(part="first bound", covers="universal")
def relative_displacements(claim: Statement, ctx: Context) -> Outcome:
    """Lemma G.1: the product of the norms times the sum of the relative displacements, over ηQ'/√m.

    Features t g, output 1/(2a2), j = H - h weights 1/(2cw), j + 1 slopes 2B x g; B = β√(cm), H = j + 1 + i.
    """
    box: dict[str, Any] = dict.fromkeys(("t", "B"), POSITIVE) | dict.fromkeys(("j", "i"), FROM_ZERO)
    box |= {"g": FROM_ONE, "x": FROM_ONE, "a2": f"[{claim.l}, oo)", "cw": f"[{claim.l}, oo)"}
    total = "1/(2*a2) + j/(2*cw) + t*g + (j + 1)*2*B*x*g"
    shown = "(j + 1 + i)/2 + (1/(2*x) + (j + 1 + i)*B/t)*2*t*x*g"
    norms: dict[str, Any] = dict.fromkeys(("a2", "x", "t", "Y"), POSITIVE)
    norms |= {"cw": f"[{claim.l}, oo)", "s": FROM_ZERO, "z": FROM_ZERO}
    size: dict[str, Any] = dict.fromkeys(("eta", "t", "x", "g", "Q", "c", "L", "beta"), POSITIVE) | {
        "m": FROM_ONE
    }
    return every(
        prove(f"{total} <= {shown}", says="the sum", **box),
        prove("4*a2*x*t*Y <= k*a2*x*(2*t*cw + s)*(Y + z)", let={"k": claim.k}, says="the product", **norms),
        identity("(2*eta*t*x*g*Q/sqrt(m))/(2*x) == t*g*(eta*Q/sqrt(m))", says="features", **size),
        identity(
            "(2*eta*beta*(sqrt(c)*L)*x*g*Q)/L == 2*(beta*sqrt(c)*sqrt(m))*x*g*(eta*Q/sqrt(m))",
            says="slopes",
            **size,
        ),
        assumes=("lemma-G.1", "the norms at θ(k, s) are bounded as those at θ(k)"),
    )


@product.check(part="second bound", covers="universal")
def wide_enough(claim: Statement, ctx: Context) -> Outcome:
    """1/√m = z r 2b/(1/2 + t), z <= 1: 4(H/(2√m) + t g/√m + 2H b g) <= K H b g; H = g = z = 1 attains 16."""
    box: dict[str, Any] = (
        dict.fromkeys(("H", "g"), FROM_ONE) | dict.fromkeys(("t", "b"), POSITIVE) | {"z": "(0, 1]"}
    )
    root = "(z*r*2*b/(1/2 + t))"
    said = f"4*(H*{root}/2 + t*g*{root} + 2*H*b*g) <= K*H*b*g"
    return prove(said, let={"K": claim.K, "r": claim.r}, **box)


@product.check(part="all blocks", covers="universal")
def half_of_the_square(claim: Statement, ctx: Context) -> Outcome:
    """∫ s ds = η²/2 times (H blocks of 16 H b x a2 P g, and 2t x g/√m of the output layer), over ηQ'²."""
    box: dict[str, Any] = dict.fromkeys(("H", "g", "a2", "P", "x"), FROM_ONE) | dict.fromkeys(
        ("t", "b"), POSITIVE
    )
    root = "(z*r*2*b/(1/2 + t))"
    said = f"(H*(16*H*b*x*a2*P*g) + 2*t*x*g*{root})/2 <= K*H**e*b*x*a2*P*g"
    let = {"K": claim.K, "e": claim.e, "r": claim.r}
    return every(
        identity("diff(s**2/2, s) == s", says="the integral"),
        prove(said, let=let, z="(0, 1]", **box),
        assumes=("proof-lemma-B.6-blocks before the maximum, with the output layer",),
    )


product.falsehood("constant 8", K=8, e=2, by=("wide_enough",))
product.falsehood("constant 1 in the first bound", k=1, by=("relative_displacements",))
product.falsehood("a_{2,0} and c_{w,0} down to 1/4", l="1/4", by=("relative_displacements",))
product.falsehood("a quarter of the width", r=2, by=("wide_enough",))
product.falsehood("any width", r=10**6, by=("wide_enough",))
product.falsehood("H for H²", e=1, by=("half_of_the_square",))
