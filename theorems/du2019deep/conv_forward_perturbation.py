"""Appendix D, Lemma D.3: features of all layers when the weights move, convolutional residual network.

S stands for √c_sigma L, Q for √q, l for L c_res, cw and x for c_{w,0} and c_{x,0}.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
KAPPA = "(1 + sqrt(3))"
"""Eigenvalue of the filter (1, 1, 1) with zero padding on the image (1, √3, 2, √3, 1), p = 5."""


def over(domain: str, *names: str) -> dict[str, Any]:
    """The same domain for several variables."""
    return dict.fromkeys(names, domain)


def eigen_image() -> Outcome:
    """(1, √3, 2, √3, 1): each pixel plus its neighbours is 1 + √3 times the pixel."""
    return every(
        evaluate(f"1 + sqrt(3) == {KAPPA}", says="pixels 1 and 5"),
        evaluate(f"1 + sqrt(3) + 2 == {KAPPA}*sqrt(3)", says="pixels 2 and 4"),
        evaluate(f"sqrt(3) + 2 + sqrt(3) == {KAPPA}*2", says="pixel 3"),
    )


lemma = Claim(
    "du2019deep/lemma-D.3",
    aliases=("du2019thesis/lemma-3.17",),
    title="Features move little when the weights do, convolutional residual network",
    kind="deterministic-inequality",
    where="Appendix D, Lemma D.3; proof in Appendix D.1",
    states=r"\|x^{(h)}(k)-x^{(h)}(0)\|_F \le \left(\sqrt{c_\sigma}\,L\,q^{u/2}+s\,\frac{c_{x,0}}{c_{w,0}}"
    r"\right)e^{f\,c_{w,0}L\,q^{e/2}c_{res}}R,\qquad u = s = e = 1,\ f = 2",
    given=(
        r"\|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ \|x^{(h)}(0)\|_F\le c_{x,0},\ \|W^{(h)}(k)-W^{(h)}(0)\|_F\le"
        r"\sqrt mR\ \text{for } h\in[H]",
        r"R \le r\,c_{w,0},\ r = 1;\quad \sigma\ L\text{-Lipschitz};\quad \|x\|_F = 1",
    ),
    printed={"u": 1, "s": 1, "e": 1, "f": 2, "r": 1},
    uses=("du2019deep/sec-3.3-conv", "du2019deep/sec-3.3-phi-norm"),
    note="c_{w,0}, c_{x,0} > 1 is printed and not needed. The recursion gives c_{x,0}/(2c_{w,0}) for "
    "c_{x,0}/c_{w,0}. The rest is the limit of deep networks on wide constant images, where a filter "
    "(1, 1, 1) has the gain 3; the eigen-image has 1 + √3.",
)


def bound(claim: Statement, root: str) -> str:
    """The right side over R, with √q = root."""
    return f"(S*({root})**{claim.u} + {claim.s}*x/cw)*exp({claim.f}*cw*({root})**{claim.e}*l)"


def linear_networks(claim: Statement) -> list[Outcome]:
    """σ(z) = z, m = 1, q = 3, p = 5: all filters multiples of (1, 1, 1), the input the eigen-image.

    W^(1)(0) = 0, so x(0) = 0; the upper filters of norm cw grow by R = r cw. The change over R is
    (κ/√3)(1 + l (1 + r) cw κ/(H√3))^(H-1).  Once l small, once l cw = 50 and H = 10^5.
    """
    gain = f"{KAPPA}/sqrt(3)"
    found = []
    for says, cw, lc, H in (("weak branches", 100, "1/10**6", 2), ("strong branches", 100, "1/2", 10**5)):
        let = {"S": 1, "x": 2, "cw": cw, "l": lc, "r": claim.r}
        grown = f"{gain}*exp({H - 1}*log(1 + l*(1 + r)*cw*{gain}/{H}))"
        said = f"{grown} <= {bound(claim, 'sqrt(3)')}"
        found.append(evaluate(said, let=let, says=f"eigen-image, {says}, H = {H}", instance=True))
    return [eigen_image(), *found]


def shifted_line(claim: Statement) -> Outcome:
    """σ(z) = z + 1000, p = q = m = 1, H = 2, c_res = 9/10, both weights from 0 to 1, c_{w,0} = 2.

    √c = 1/√(10⁶ + 1); the features at the start are at most 451, and the branch moves by c_res/2 x^(1)(k).
    """
    root = "1/sqrt(10**6 + 1)"
    let = {"S": f"({root})", "x": 451, "cw": 2, "l": "9/10"}
    said = f"{root} + 9/20*({root})*(1000 + 1) <= {bound(claim, '1')}"
    return evaluate(said, let=let, says="z + 1000, two layers", instance=True)


@lemma.check(covers="universal")
def recursion_over_the_layers(claim: Statement, ctx: Context) -> Outcome:
    """D_1 <= S Q R, D_h <= D_(h-1)(1 + 2t/H) + (t/H) x R/cw, t = cw L c_res Q; so D_h + xR/(2cw) grows by
    1 + 2t/H at most, h - 1 <= H times.  First linear networks, and a line with a large constant.
    """
    box: dict[str, Any] = over(POSITIVE, "S", "cw", "l", "x") | {"Q": FROM_ONE}
    tail: dict[str, Any] = {"H": FROM_ONE, "D": FROM_ZERO}
    layer = prove(
        "D + l*Q/H*(cw + z*r*cw)*D + l*Q/H*(z*r*cw)*x <= D*(1 + 2*cw*l*Q/H) + cw*l*Q/H*x*(z*r*cw)/cw",
        let={"r": claim.r},
        z="[0, 1]",
        says="one layer, R = z r cw",
        cw=POSITIVE,
        l=POSITIVE,
        x=POSITIVE,
        Q=FROM_ONE,
        **tail,
    )
    shift = "D*(1 + 2*t/H) + t/H*x*R/cw + x*R/(2*cw) == (D + x*R/(2*cw))*(1 + 2*t/H)"
    last = f"(S*Q + x/(2*cw))*exp(2*cw*Q*l) - x/(2*cw) <= {bound(claim, 'Q')}"
    argument = follows_from(
        identity("sqrt(c)/sqrt(m)*L*(sqrt(m)*R*Q) == sqrt(c)*L*Q*R", c=POSITIVE, m=FROM_ONE, says="D_1"),
        layer,
        identity(shift, H=FROM_ONE, cw=POSITIVE, says="the shift B"),
        prove("1 + y <= exp(y)", y=FROM_ZERO, says="one factor"),
        prove("exp(v*2*t) <= exp(2*t)", v="[0, 1]", t=FROM_ZERO, says="(h - 1)/H = v"),
        prove(last, says="the bound over R", **box),
        assumes=(
            "triangle inequality, |W| <= |W(0)|_2 + |W - W(0)|_F, |W X|_F <= |W|_2 |X|_F",
            "sec-3.3-phi-norm: |φ(x)|_F <= √q |x|_F, φ linear",
            "σ is applied entry by entry, so it is L-Lipschitz on matrices",
        ),
    )
    return unless([*linear_networks(claim), shifted_line(claim)], argument)


@lemma.check()
def exact_networks(claim: Statement, ctx: Context) -> Outcome:
    """The networks alone."""
    return every(*linear_networks(claim), shifted_line(claim))


lemma.falsehood("exponent without √q", e=0)
lemma.falsehood("first layer without √q", u=0)
lemma.falsehood("exponent without the factor 2", f=1)
lemma.falsehood("without c_{x,0}/c_{w,0}", s=0)
lemma.falsehood("R up to 2 c_{w,0}", r=2)
