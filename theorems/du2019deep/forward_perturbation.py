"""Appendix B, Lemma B.3: features of all layers when the weights move, fully-connected network.

s stands for √c_sigma L, cw and cx0 for c_{w,0} and c_{x,0}, G for g_{c_x}(h - 1), and R is a share of cw.
"""

from typing import Any

from theorems.du2019deep.gaussian_norm import row_test, single_row
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"


lemma = Claim(
    "du2019deep/lemma-B.3",
    aliases=("du2019thesis/lemma-3.3",),
    title="Features move little when the weights do, fully-connected network",
    kind="deterministic-inequality",
    where="Appendix B, Lemma B.3; proof in Appendix B.1",
    states=r"\|x^{(h)}(k)-x^{(h)}(0)\|_2 \le \sqrt{c_\sigma}\,L\,c_{x,0}\,g_{c_x}(h+t)\,R,\qquad c_x = "
    r"f\sqrt{c_\sigma}\,L\,c_{w,0},\quad f = 2,\ t = 0",
    given=(
        r"\|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ \|x^{(h)}(0)\|_2\le c_{x,0},\ \|W^{(h)}(k)-W^{(h)}(0)\|_F\le"
        r"\sqrt mR\ \text{for } h\in[H]",
        r"R \le r\,c_{w,0},\ r = 1;\quad \sigma\ L\text{-Lipschitz};\quad \|x^{(0)}\|_2 = 1",
        r"\text{printed: } c_{x,0} \in (0,\infty)",
    ),
    printed={"f": 2, "t": 0, "r": 1, "cx0": "(0, oo)"},
    uses=("du2019deep/eq-2", "du2019deep/app-geometric-series"),
    note="The step from the input to the first layer uses |x^(0)| <= c_{x,0}, that is c_{x,0} >= 1; Lemma "
    "B.1 has c_{x,0} = 2. With it the bound is attained.",
)


@lemma.check(covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """Add and subtract σ(W(k)x(0)): D_h <= s(cw + R)D_(h-1) + sR|x^(h-1)(0)|, and s(cw + R) <= c_x.

    First layer: D_0 = 0 and |x^(0)| = 1; attained by σ(z) = z, H = 1, W(0) = 0 and W(k) = √m R u xᵀ, |u| = 1,
    x^(1)(0) = 0.  Then the scalar network of weights 1 and 1 + r.
    """
    box: dict[str, Any] = dict.fromkeys(("s", "cw"), POSITIVE)
    first = prove(
        "s*(z*r*cw)*1 <= s*cx0*(z*r*cw)",
        let={"r": claim.r},
        z="(0, 1]",
        cx0=str(claim.cx0),
        says="H = 1, W(0) = 0, R = z r cw",
        **box,
    )
    step = prove(
        "s*(cw + z*r*cw)*(s*x*G*(z*r*cw)) + s*(z*r*cw)*x <= s*x*(f*s*cw*G + 1)*(z*r*cw)",
        let=claim.let,
        z="[0, 1]",
        x=POSITIVE,
        G=FROM_ZERO,
        says="one layer, x = c_{x,0}, R = z r cw",
        **box,
    )
    return unless(
        [first, scalar_network(claim)],
        follows_from(
            first,
            identity("(sqrt(c)/sqrt(m))*L*(sqrt(m)*(cw + R)) == sqrt(c)*L*(cw + R)", c=POSITIVE, m=FROM_ONE),
            step,
            prove("G <= f*s*cw*G + 1", let={"G": "0", "f": claim.f}, says="g(0) = 0", **box),
            prove("t >= 0", let={"t": claim.t}, says="g_{c_x}(h + t) >= g_{c_x}(h)"),
            assumes=(
                "triangle inequality, |W| <= |W(0)|_2 + |W - W(0)|_F",
                "σ is applied entry by entry, so it is L-Lipschitz on vectors",
                "app-geometric-series: g_{c_x}(h) = c_x g_{c_x}(h-1) + 1",
            ),
        ),
    )


def scalar_network(claim: Statement) -> Outcome:
    """m = 1, σ(z) = z, c = 1, x = 1, weights 1 before and 1 + r after: (1 + r)^h - 1, h = 1, ..., 5."""
    cases = []
    for h in range(1, 6):
        series = " + ".join(f"f**{i}" for i in range(h + int(claim.t))) or "0"
        said = f"(1 + r)**{h} - 1 <= r*({series})"
        cases.append(evaluate(said, let=claim.let, says=f"weights 1 and 1 + r, h = {h}", instance=True))
    return every(*cases)


@lemma.check()
def weights_doubled(claim: Statement, ctx: Context) -> Outcome:
    """The scalar network, where the bound is attained for r = 1."""
    return scalar_network(claim)


REPAIRED: dict[str, Any] = {"cx0": "[1, oo)"}
lemma.falsehood("c_x without the factor 2", f=1, **REPAIRED)
lemma.falsehood("g_{c_x}(h - 1)", t=-1, **REPAIRED)
lemma.falsehood("R up to 2 c_{w,0}", r=2, **REPAIRED)
lemma.corrected("c_{x,0} >= 1", erratum="missing hypothesis", **REPAIRED)


norms = Claim(
    "du2019deep/rem-B.3-opnorm",
    aliases=("du2019thesis/rem-3.3-opnorm",),
    title="Operator norms of all layers at initialisation",
    kind="probabilistic",
    where="Appendix B, below Lemma B.3",
    states=r"\Pr\left(\forall h\in[H]:\ \|W^{(h)}(0)\|_2 \le c_{w,0}\sqrt m\right) \ge "
    r"1-H^{a}\exp\left(-k\,(c_{w,0}-q\sqrt c-p)^2m\right),\qquad a = p = q = 1,\ k = \tfrac12",
    given=(
        r"W^{(h)}\in\mathbb R^{m\times cm}\ \text{with } N(0,1)\ \text{entries}, c_{w,0} > q\sqrt c+p",
        r"\text{printed: by Lemma G.2 and a union bound, } c_{w,0}\ \text{universal}",
    ),
    printed={"a": 1, "k": "1/2", "p": 1, "q": 1},
    uses=("du2019deep/lemma-G.2", "du2019deep/sec-3.3-init-gd"),
    note="Square layers (c = 1) need c_{w,0} > 2, the first one c = d/m; any such number is universal. With "
    "3 the probability of failure is at most δ from m = 2 log(H/δ) on.",
)


@norms.check(covers="universal")
def union_over_the_layers(claim: Statement, ctx: Context) -> Outcome:
    """H times the bound of Lemma G.2.  First exact tails: one layer, and 1000 independent 1 x 1 layers."""
    let = claim.let
    many = evaluate(
        "1 - (1 - erfc((p + q + 1)/sqrt(2)))**1000 <= 1000**a*exp(-k)",
        let=let,
        says="1000 layers, 1 x 1",
        instance=True,
    )
    argument = follows_from(
        prove("H*t <= H**a*t", let={"a": claim.a}, H=FROM_ONE, t=FROM_ZERO, says="union bound"),
        prove(
            "k*(sqrt(c) + 1 + g - q*sqrt(c) - p)**2*m <= g**2*m/2",
            let=let,
            c=POSITIVE,
            m=FROM_ONE,
            g=POSITIVE,
            says="the exponent of Lemma G.2, c_{w,0} = √c + 1 + g",
        ),
        identity("exp(-(3 - 2)**2*(2*l)/2) == exp(-l)", says="c_{w,0} = 3, c = 1, m = 2l, l = log(H/δ)"),
        assumes=("lemma-G.2", "union bound"),
    )
    far = evaluate("erfc(10/sqrt(2)) <= exp(-k*(10 - q - p)**2)", let=let, says="1 x 1", instance=True)
    return unless([many, far, single_row(claim, "(q*4 + p + 1/10)"), row_test(claim)], argument)


norms.falsehood("without the number of layers", a=0)
norms.falsehood("centre √(cm)", p=0)
norms.falsehood("centre √m", q=0)
norms.falsehood("exponent without 1/2", k=1)
