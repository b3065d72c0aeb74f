"""Appendix D, Lemma D.5: how far gradient descent moves the weights, convolutional residual network.

x stands for c_{x,0}, P for √p, Q for √q, a2 and cw for a_{2,0} and c_{w,0}, c for c_sigma, E for
exp(2 c_res c_{w,0} L √q); all bounds are over √n |y - u|.
"""

from typing import Any

from theorems.du2019deep.conv_forward_perturbation import over
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
SIZES: dict[str, Any] = over(POSITIVE, "x", "L", "a2", "cw", "c") | over(FROM_ONE, "P", "Q", "E")
SIZES |= {"H": "[2, oo)", "cres": "(0, 1)"}
BALL = "R' <= min(c_{w,0}, a_{2,0}), c_x R' <= c_{x,0}: |W| <= 2c_{w,0}√m, |a|_F <= 2√p a_{2,0}√m, "
BALL += "|x| <= 2c_{x,0} (lemma-D.3)"


def gradient_bound(claim: Statement) -> str:
    """Q'(s) over √n |y - u(s)|."""
    layer = f"({claim.k})*cres*x*L*a2*P**({claim.w})*Q*E/H**({claim.h})"
    return f"({layer} + ({claim.extra})*(2*sqrt(c)*L*a2*P*Q*E + 2*x))"


lemma = Claim(
    "du2019deep/lemma-D.5",
    aliases=("du2019thesis/lemma-3.19",),
    title="The weights stay close to their start, convolutional residual network",
    kind="dynamics",
    where="Appendix D, Lemma D.5; proof in Appendix D.1",
    states=r"\|W^{(h)}(s)-W^{(h)}(s-1)\|_F,\ \|a(s)-a(s-1)\|_F \le \eta Q'(s-1),\quad Q'(s) = "
    r"\left(\frac{k\,c_{res}c_{x,0}La_{2,0}p^{w/2}\sqrt q\,E}{H^h}+"
    r"\epsilon(2\sqrt{c_\sigma}La_{2,0}\sqrt{pq}\,E+2c_{x,0})\right)\sqrt n\|y-u(s)\|_2;\quad "
    r"\|W^{(h)}(s)-W^{(h)}(0)\|_F,\ \|a(s)-a(0)\|_F \le r\,R'\sqrt m,\ r = 1,\ "
    r"\frac{\lambda_0R'\sqrt m}{4} = \left(\frac{4c_{res}c_{x,0}L\sqrt{pq}\,Z}{H}+\epsilon(\dots)\right)"
    r"\sqrt n\|y-u(0)\|_2,\quad E = e^{2c_{res}c_{w,0}L\sqrt q},\ Z = e^{2c_{res}c_{w,0}La_{2,0}\sqrt q}",
    given=(
        r"\|y-u(k')\|_2^2 \le (1-\eta\lambda_0/2)^{k'}\|y-u(0)\|_2^2\ (k' \le k),\ s\in[k+1],\ 0 < "
        r"\eta\lambda_0 \le 2",
        r"R' \le \min(c_{w,0},a_{2,0},c_{x,0}/c_x)\ \text{(printed: } R' < c\ \text{small)}",
        r"\text{the norms at the start of Lemmas D.3 and D.4}",
        r"\text{printed: } k = 4,\ h = w = 1,\ \epsilon = 0,\ \text{all layers};\ "
        r"\text{evident: } Z = a_{2,0}E",
    ),
    printed={"k": 4, "h": 1, "w": 1, "extra": 0, "place": "exponent", "sum": 1},
    parts=("residual layers", "first layer", "output layer", "travel"),
    uses=("du2019deep/cond-A.1", "du2019deep/sec-3.3-init-gd"),
    proof_uses=("du2019deep/lemma-D.3", "du2019deep/sec-C-gradient"),
    note="The first and the output layer have no factor c_res/H: their gradients do not fall with the depth, "
    "for any network whose features are as in Lemma D.1. With the two added (ε = 1) the lemma holds, and R' "
    "loses its 1/H. The a_{2,0} in the exponent of R' is a misprint of the factor of Lemma C.5: with it the "
    "last step of the proof fails for a_{2,0} = 2 and weak branches. The proof has 2 for 4 in one place and "
    "an η too many in the sums.",
)


def constant_image(claim: Statement) -> list[Outcome]:
    """σ(z) = z, p = 100, q = 3, m = n = 1, a = 1, constant image kept by W^(1), upper filters 0, x = c_{x,0}.

    Layer H: (c_res/H) x |Σ_l φ(e)_l|, over c_res x; E at c_res = 10^-6, c_{w,0} = 100, for H = 2 and 200.
    """
    found = []
    for H in (2, 200):
        let = {"L": 1, "a2": 1, "P": 10, "Q": "sqrt(3)", "c": 1, "H": H, "x": 2}
        let |= {"E": "exp(2*sqrt(3)/10**4)", "cres": "1/10**6"}
        said = f"2/10**6/{H}*sqrt(100**2 + 2*99**2)/10 <= {gradient_bound(claim)}"
        found.append(evaluate(said, let=let, says=f"constant image, layer H = {H}", instance=True))
    return found


@lemma.check(part="residual layers", covers="universal")
def back_propagation(claim: Statement, ctx: Context) -> Outcome:
    """(c_res L/(H√m))|a|_F|φ(x)|_F (1 + 2t/H)^(H-h), t = c_res cw L Q.  First a constant image."""
    factor = "cres*L/(H*sqrt(m))*(2*P*a2*sqrt(m))*(Q*2*x)*E"
    argument = follows_from(
        prove(f"{factor} <= {gradient_bound(claim)}", m=FROM_ONE, says="one layer", **SIZES),
        prove("1 + y <= exp(y)", y=FROM_ZERO, says="a factor of the product"),
        prove("exp(v*2*t) <= exp(2*t)", v="[0, 1]", t=FROM_ZERO, says="at most H factors"),
        assumes=(
            BALL,
            "sec-C-gradient with φ; sec-3.3-phi-norm",
            "Σ|y_i - u_i| <= √n |y - u|",
            "the inner factors I + (c_res/(H√m)) J W φ in operator norm",
        ),
    )
    return unless(constant_image(claim), argument)


def half_and_half(claim: Statement, layer: str) -> Outcome:
    """σ(z) = z, p = q = n = 1, any even m: W^(1) of ones, upper weights 0, half of the a_r 1, half -1.

    |x| = 1, |a| = √m, u = 0: the gradients of W^(1) and of a have norm |y|, for every H; R' is small with y.
    c_res = 1/10, c_{w,0} = a_{2,0} = 1, c_{x,0} = 2 at H = 2.  Larger constants need more layers: 9/10, 3, 2
    and 10 at H = 10^5.
    """
    let: dict[str, Any] = {"L": 1, "P": 1, "Q": 1, "c": 1}
    small = let | {"x": 2, "cres": "1/10", "a2": 1, "E": "exp(1/5)", "H": 2}
    large = let | {"x": 10, "cres": "9/10", "a2": 2, "E": "exp(27/5)", "H": 10**5}
    said, says = f"1 <= {gradient_bound(claim)}", f"half of the a_r -1, gradient of {layer}, over η|y|"
    return every(
        *(evaluate(said, let=v, says=f"{says}, H = {v['H']}", instance=True) for v in (small, large))
    )


@lemma.check(part="first layer", covers="universal")
def own_scaling(claim: Statement, ctx: Context) -> Outcome:
    """√c L/√m |a|_F |φ(x^(0))|_F E <= 2√c L a2 P Q E, whatever H.  First half of the output weights -1."""
    factor = "sqrt(c)*L/sqrt(m)*(2*P*a2*sqrt(m))*Q*E"
    chain = prove(f"{factor} <= {gradient_bound(claim)}", m=FROM_ONE, says="first layer", **SIZES)
    argument = follows_from(chain, assumes=(BALL, "as for the other layers, with |x^(0)|_F = 1"))
    return unless([half_and_half(claim, "W^(1)")], argument)


def single_input(claim: Statement) -> Outcome:
    """n = 1, every network with |x^(H)| >= 1/c_{x,0}: the step of a is η|y - u||x^(H)|, for large H."""
    E = "exp(2*cres*cw*L*Q)"
    H = f"(2 + 8*cres*x**2*L*a2*P*Q*{E})"
    box = {name: where for name, where in SIZES.items() if name not in ("H", "E")} | {"x": FROM_ONE}
    said = f"1/x <= {gradient_bound(claim)}"
    says = "n = 1, any network, H = 2 + 8c_res x² L a2 √(pq) E"
    return prove(said, let={"H": H, "E": E}, says=says, **box)


@lemma.check(part="output layer", covers="universal")
def last_features(claim: Statement, ctx: Context) -> Outcome:
    """Σ|y_i - u_i||x_i| <= 2x √n |y - u|, whatever H.  First one input, and half of the output weights -1."""
    chain = prove(f"2*x <= {gradient_bound(claim)}", says="output layer", **SIZES)
    argument = follows_from(chain, assumes=(BALL, "Cauchy-Schwarz"))
    return unless([single_input(claim), half_and_half(claim, "a")], argument)


@lemma.check(part="travel", covers="universal")
def geometric_sum(claim: Statement, ctx: Context) -> Outcome:
    """r² = 1 - ηλ0/2: Σ_(s<k) r^s (1 - r²)/2 = (1 + r)(1 - r^k)/2 <= 1, times R'√m.

    First r = 99/100, k = 1000.  And Q'(0) <= λ0 R'√m/4; induction over s.
    """
    whole = {"factor": "a2*E", "exponent": "exp(2*cres*cw*L*a2*Q)"}[claim.place]
    whole = f"4*cres*x*L*P*Q*{whole}/H + ({claim.extra})*(2*sqrt(c)*L*a2*P*Q*E + 2*x)"
    E = {"E": "exp(2*cres*cw*L*Q)"}
    sizes = {name: where for name, where in SIZES.items() if name != "E"}
    long = evaluate(
        "(1 + 99/100)*(1 - (99/100)**1000)/2 <= sum", let={"sum": claim.sum}, says="r = 99/100", instance=True
    )
    link = prove(f"{gradient_bound(claim)} <= {whole}", let=E, says="Q'(0) <= λ0 R'√m/4", **sizes)
    argument = follows_from(
        identity(
            "(1 - r)*(1 + r)/2*(1 - y) == (1 - r)*((1 + r)*(1 - y)/2)",
            says="y = r^k, Σ r^s = (1 - y)/(1 - r)",
        ),
        prove("(1 + r)*(1 - y)/2 <= sum", let={"sum": claim.sum}, r="[0, 1)", y="[0, 1]", says="the sum"),
        link,
        identity("(r**2)*E0**2 == (r*E0)**2", says="the residual falls like r^s"),
        assumes=(
            "cond-A.1",
            "triangle inequality",
            "the steps above, inside of the ball, by induction over s",
        ),
    )
    return unless([long], argument)


WHOLE: dict[str, Any] = {"extra": 1, "place": "factor"}
TWO: dict[str, Any] = {"extra": 0, "place": "factor"}
lemma.falsehood("half for 4", **TWO, k="1/2", by=("back_propagation",))
lemma.falsehood("without √p", **TWO, w=0, by=("back_propagation",))
lemma.falsehood("1/H²", **TWO, h=2, by=("back_propagation",))
lemma.falsehood("c_res/H for all layers", **TWO, by=("own_scaling", "last_features"))
lemma.falsehood("half of the ball", **WHOLE, sum="1/2", by=("geometric_sum",))
lemma.corrected("with the first and the output layer", erratum="constant", **WHOLE)
