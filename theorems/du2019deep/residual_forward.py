"""Appendix C, Lemma C.3: features of all layers when the weights move, residual network.

r stands for c_res, cw and x for c_{w,0} and c_{x,0}, s for √c_sigma L, t for 2 c_res c_{w,0} L, R for the
distance of each layer from its start over √m, q for (1 + t/H)^(h-1), and K for c_{x,0}/(2c_{w,0}).
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"
SIZES: dict[str, Any] = dict.fromkeys(("x", "cw", "r", "L"), POSITIVE)
COMPOUND = "(1 + t/H)^(h-1) <= e^(t(h-1)/H) <= e^t for h <= H"


def compound_interest() -> Outcome:
    """1 + t/H <= e^(t/H), so (1 + t/H)^(h-1) <= e^(t(H-1)/H)."""
    return every(
        prove("1 + v <= exp(v)", v=FROM_ZERO, says="v = t/H"),
        prove("t*(H - 1)/H <= t", t=FROM_ZERO, H=FROM_ONE, says="h - 1 <= H - 1"),
        assumes=(COMPOUND,),
    )


recursion = Claim(
    "du2019deep/proof-lemma-C.3-recursion",
    aliases=("du2019thesis/proof-lemma-3.10-recursion",),
    title="The recursion for the change of the features and its solution, residual network",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma C.3",
    states=r"\|\Delta x^{(1)}\|_2 \le \sqrt{\tfrac{c_\sigma}{m}}\,f\,\|\Delta W^{(1)}\|_F,\quad g(1) = "
    r"\sqrt{c_\sigma}LR,\quad g(h) = g(h-1)\left(1+\frac{2c_{res}c_{w,0}L}{H}\right)+b\,Rc_{x,0}:\qquad "
    r"\|\Delta x^{(h)}\|_2 \le g(h) \le "
    r"\left(\sqrt{c_\sigma}L+k\frac{c_{x,0}}{c_{w,0}}\right)e^{e\,c_{res}c_{w,0}L}R",
    given=(
        r"\text{the hypotheses of Lemma C.3}",
        r"\text{printed: } f = 1,\ b = \frac{L}{H},\ k = 1,\ e = 2",
    ),
    printed={"f": "1", "b": "L/H", "k": 1, "e": 2},
    parts=("first layer", "one layer", "solution"),
    uses=("du2019deep/eq-3",),
    step_of="du2019deep/lemma-C.3",
    note="c_res is lost in the definition of g (the last display of the step has it), L in the first layer. "
    "With both the solution is (1 + t/H)^(h-1) (√c_σ L + K) - K, half of c_{x,0}/c_{w,0} is enough.",
)


@recursion.check(part="first layer", covers="universal")
def first_layer(claim: Statement, ctx: Context) -> Outcome:
    """|σ(W(k)x) - σ(W(0)x)| <= L |ΔW|_2 |x|: attained by σ(z) = Lz and ΔW = D u xᵀ."""
    return every(
        prove("L*D <= f*D", let={"f": claim.f}, L=POSITIVE, D=POSITIVE, says="σ(z) = Lz, over √(c_σ/m)"),
        identity("sqrt(c)/sqrt(m)*L*(sqrt(m)*R) == sqrt(c)*L*R", c=POSITIVE, m=FROM_ONE),
        assumes=("σ is applied entry by entry",),
    )


@recursion.check(part="one layer", covers="universal")
def skip_and_branch(claim: Statement, ctx: Context) -> Outcome:
    """D + (r L/(H√m))((cw + R)√m D + √m R x) for R = z cw, z <= 1."""
    left = "D + r*L/(H*sqrt(m))*((cw + z*cw)*sqrt(m)*D + sqrt(m)*R*x)"
    right = f"D*(1 + 2*r*cw*L/H) + ({claim.b})*R*x"
    return prove(
        f"{left} <= {right}",
        z=UNIT,
        D=FROM_ZERO,
        R=POSITIVE,
        m=FROM_ONE,
        H="[2, oo)",
        **SIZES | {"r": "(0, 1)"},
        assumes=("add and subtract σ(W(k)x(0)), triangle inequality", "|W(k)| <= |W(0)|_2 + |ΔW|_F"),
    )


@recursion.check(part="solution", covers="universal")
def closed_form(claim: Statement, ctx: Context) -> Outcome:
    """g(h) = q(√c_σ L + K) - K over R, K = b c_{x,0} H/t: one layer is an identity, and q <= e^t.

    First H = 2, where g(2) = 1 + t/2 + b x for s = 1; then H = 10 and H = 100, solved.
    """
    bound = "(1 + k*x/cw)*exp(e*r*cw*L)"
    instances = []
    for H, r, cw, L, x in ((2, "1/20", 2, 2, "2"), (10, "1/2", 1, 1, "1/100"), (100, "1/2", 2, 1, "100")):
        numbers = {"H": H, "r": r, "cw": cw, "L": L, "x": x}
        q, t = f"(1 + 2*r*cw*L/H)**{H - 1}", "(2*r*cw*L)"
        K = f"(({claim.b})*x*H/{t})"
        said = f"{q}*(1 + {K}) - {K} <= {bound}"
        let = {"k": claim.k, "e": claim.e, **numbers}
        says = f"√c_σ L = 1, H = {H}, c_res = {r}, c_{{w,0}} = {cw}, L = {L}, c_{{x,0}} = {x}"
        instances.append(evaluate(said, let=let, says=says, instance=True))
    K, t = "(x/(2*cw))", "2*r*cw*L"
    box: dict[str, Any] = {**SIZES, "H": "[2, oo)"}
    return unless(
        instances,
        follows_from(
            identity(
                f"(q*(s + {K}) - {K})*(1 + {t}/H) + ({claim.b})*x == q*(1 + {t}/H)*(s + {K}) - {K}",
                q=FROM_ONE,
                s=POSITIVE,
                **box,
            ),
            compound_interest(),
            prove(
                f"exp(T)*(s + {K}) - {K} <= (s + k*x/cw)*exp(e*T/2)",
                let=claim.let,
                s=POSITIVE,
                T=FROM_ZERO,
                x=POSITIVE,
                cw=POSITIVE,
                says="q <= e^T, T = t",
            ),
            assumes=("induction over the layers",),
        ),
    )


MEANT: dict[str, Any] = {"f": "L", "b": "r*L/H"}
recursion.falsehood("a bound for ΔW without L", f="1", b="r*L/H", by=("first_layer",))
recursion.falsehood("inhomogeneity over H²", f="L", b="r*L/H**2", by=("skip_and_branch",))
recursion.falsehood("a quarter of c_{x,0}/c_{w,0}", k="1/4", by=("closed_form",), **MEANT)
recursion.falsehood("half of the exponent", e=1, by=("closed_form",), **MEANT)
recursion.corrected("c_res in g, L in the first layer", erratum="misprint", **MEANT)
recursion.corrected("and half of c_{x,0}/c_{w,0}", erratum="misprint", k="1/2", **MEANT)


lemma = Claim(
    "du2019deep/lemma-C.3",
    aliases=("du2019thesis/lemma-3.10",),
    title="Features move little when the weights do, residual network",
    kind="deterministic-inequality",
    where="Appendix C, Lemma C.3; proof in Appendix C.1",
    states=r"\|x^{(h)}(k)-x^{(h)}(0)\|_2 \le "
    r"\left(\sqrt{c_\sigma}L+k\frac{c_{x,0}}{c_{w,0}}\right)e^{e\,c_{res}c_{w,0}L/H^{p}}\,R,\qquad e = 2,\ "
    r"k = 1,\ p = 0",
    given=(
        r"\|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ \|x^{(h)}(0)\|_2\le c_{x,0},\ "
        r"\|W^{(h)}(k)-W^{(h)}(0)\|_F\le\sqrt mR\ \text{for } h\in[H]",
        r"R \le \rho\,c_{w,0},\ \rho = 1;\quad \sigma\ L\text{-Lipschitz};\quad \|x\|_2 = 1",
        r"c_{x,0} > 0,\ c_{w,0} > 0,\ 0 < c_{res} < 1",
    ),
    printed={"e": 2, "k": 1, "p": 0, "rho": 1},
    uses=("du2019deep/eq-3",),
    proof_uses=("du2019deep/proof-lemma-C.3-recursion",),
    note="Unlike Lemma B.3 it needs no c_{x,0} >= 1: the first layer uses |x| = 1. The norm of W^(1)(0) is "
    "not used. Half of c_{x,0}/c_{w,0} is enough.",
)


def still_input(claim: Statement) -> Outcome:
    """m = 1, H = 4, σ(z) = z, c_res = 1/2, cw = 1, x = 1/100; W^(1) from 0 to ρ, W^(h) from 1 to 1 + ρ.

    x^(4)(0) = 0 and x^(4)(k) = ρ(1 + (1 + ρ)/8)³.  The same with c_res = 9/10 and H = 10.
    """
    cases = []
    for H, r in ((4, "1/2"), (10, "9/10")):
        said = f"rho*(1 + r*(1 + rho)/H)**{H - 1} <= (1 + k/100)*exp(e*r/H**p)*rho"
        let = claim.let | {"H": H, "r": r}
        says = f"σ(z) = z, m = 1, weights 1 and 1 + ρ, H = {H}"
        cases.append(evaluate(said, let=let, says=says, instance=True))
    return every(*cases)


def still_first_layer(claim: Statement) -> Outcome:
    """m = 1, H = 2, σ(z) = 40 + 9z, c_σ = 1/41²; W^(1) = 0, so x^(1) = 40/41; W^(2) from 0 to R.

    c_res = 1/2 and c_{w,0} = R = 1/9; x^(2)(0) = 40/41 + 10 is c_{x,0}.
    """
    said = "1/4*9*(1/9)*40/41 <= (9/41 + k*(40/41 + 10)*9)*exp(e/2/2**p)/9"
    return evaluate(said, let=claim.let, says="σ(z) = 40 + 9z, first layer fixed", instance=True)


@lemma.check(covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """D_1 <= sR, D_h <= (1 + (r L/H)(cw + R)) D_(h-1) + (r L/H) R x, solved by q(s + K) - K over R.

    First the scalar networks.
    """
    box: dict[str, Any] = {**SIZES, "H": "[2, oo)"}
    K = "(x/(2*cw))"
    argument = follows_from(
        identity("sqrt(c)/sqrt(m)*L*(sqrt(m)*R) == sqrt(c)*L*R", c=POSITIVE, m=FROM_ONE, says="first layer"),
        prove(
            "D + r*L/(H*sqrt(m))*((cw + z*rho*cw)*sqrt(m)*D + sqrt(m)*R*x) <= D*(1 + 2*r*cw*L/H) + r*L/H*R*x",
            let={"rho": claim.rho},
            z=UNIT,
            D=FROM_ZERO,
            R=POSITIVE,
            m=FROM_ONE,
            says="one layer, R <= ρ cw",
            **box,
        ),
        identity(
            f"(q*(s + {K}) - {K})*(1 + 2*r*cw*L/H) + r*L/H*x == q*(1 + 2*r*cw*L/H)*(s + {K}) - {K}",
            q=FROM_ONE,
            s=POSITIVE,
            says="the solution, one layer on",
            **box,
        ),
        compound_interest(),
        prove(
            f"exp(T)*(s + {K}) - {K} <= (s + k*x/cw)*exp(e*T/2/H**p)",
            let=claim.let,
            s=POSITIVE,
            T=FROM_ZERO,
            x=POSITIVE,
            cw=POSITIVE,
            H="[2, oo)",
            says="q <= e^T, T = 2 c_res c_{w,0} L",
        ),
        assumes=(
            "triangle inequality, |W| <= |W(0)|_2 + |W - W(0)|_F",
            "σ is applied entry by entry, so it is L-Lipschitz on vectors",
            "induction over the layers",
        ),
    )
    return unless([still_input(claim), still_first_layer(claim)], argument)


@lemma.check()
def scalar_networks(claim: Statement, ctx: Context) -> Outcome:
    """The linear networks with one neuron a layer, without the bound on R in what they satisfy."""
    return every(still_input(claim), still_first_layer(claim))


lemma.falsehood("exponent c_res c_{w,0} L", e=1)
lemma.falsehood("without c_{x,0}/c_{w,0}", k=0)
lemma.falsehood("exponent over H", p=1)
lemma.falsehood("R up to 3c_{w,0}", rho=3)
