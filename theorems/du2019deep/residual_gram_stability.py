"""Appendix C, Lemma C.4: the last Gram matrix when the weights move, residual network.

a2, a4, cw and x stand for a_{2,0}, a_{4,0}, c_{w,0} and c_{x,0}, r for c_res, b for beta, C for the constant
c_x of Lemma C.3; R is the distance of each layer from its start over √m.
"""

from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT, REAL = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)", "(-oo, oo)"
SIZES: dict[str, Any] = dict.fromkeys(("a2", "a4", "x", "C", "cw", "b", "L"), POSITIVE)
PARTS = "(3*x*C*L**2*a2**2 + 2*b*x**2*(2*C*cw + x)*L*a4**2 + 12*L**2*x**2*a2)"
"""The three bounds of the steps, over R."""
SINE = {"v": "sqrt(2/(1 - exp(-2)))", "cw": "(pi/2)"}
"""σ(z) = L sin z: √c_sigma L, which is |x^(1)| when every neuron has the pre-activation π/2."""


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma C.4."""
    return Claim(
        f"du2019deep/proof-lemma-C.4-{name}",
        aliases=(f"du2019thesis/proof-lemma-3.11-{name}",),
        kind="proof-step",
        where="Appendix C.1, proof of Lemma C.4",
        step_of="du2019deep/lemma-C.4",
        **fields,
    )


inner = step(
    "I1",
    title="The change of the inner products of the features, residual network",
    states=r"|\Delta(x_i^\top x_j)| \le |\Delta x_i^\top x_j(k)|+|x_i(0)^\top\Delta x_s|,\quad s = i;\qquad "
    r"I_1 \le c_xL^2a_{2,0}^2R\,(c_{x,0}+c_xR)+c_{x,0}c_xL^2a_{2,0}^2R \le k\,c_{x,0}c_xL^2a_{2,0}^2R,\ k = "
    r"3",
    given=(
        r"c_xR \le e\,c_{x,0},\ e = 1\ \text{(printed: } R \le c\text{)}",
        r"\|\Delta x\|_2 \le c_xR,\ \|x(0)\|_2 \le c_{x,0}",
    ),
    printed={"second": "p - u", "k": 3, "e": 1},
    parts=("split", "sizes"),
    uses=("du2019deep/lemma-C.3",),
    note="second is the last difference: the index i is printed where j is meant, as in the proof of Lemma "
    "B.4. What is drawn from it is not affected.",
)


@inner.check(part="split", covers="universal")
def two_differences(claim: Statement, ctx: Context) -> Outcome:
    """A coordinate: u, v before and p, q after.  First u = p = q = 1, v = 0: 1 against |0| + |p - u|."""
    at = {"p": 1, "u": 1, "q": 1, "v": 0}
    moved = evaluate(
        f"abs(p*q - u*v) <= abs((p - u)*q) + abs(u*({claim.second}))", let=at, says="x_j moves", instance=True
    )
    same = identity(f"p*q - u*v == (p - u)*q + u*({claim.second})")
    return unless([moved], every(same, assumes=("sum over the coordinates, triangle inequality",)))


@inner.check(part="sizes", covers="universal")
def three_times(claim: Statement, ctx: Context) -> Outcome:
    """|Δx_i||x_j(k)| + |x_i(0)||Δx_j| over x²: v(1 + v) + v, v = C R/x <= e; attained when aligned."""
    let = {"k": claim.k, "v": f"(z*({claim.e}))"}
    return every(
        prove("v*(1 + v) + v <= k*v", let=let, z="[0, 1]", says="over x²"),
        assumes=("Cauchy-Schwarz",),
    )


inner.falsehood("without the second difference", second="0", by=("two_differences",))
inner.falsehood("constant 2", second="q - v", k=2, by=("three_times",))
inner.falsehood("c_x R up to 2c_{x,0}", second="q - v", e=2, by=("three_times",))
inner.corrected("j in the second difference", erratum="misprint", second="q - v")


slopes = step(
    "I2",
    title="The change of the slopes and of the output weights, residual network",
    states=r"I_2 \le \frac{\beta La_{p,0}^2c_{x,0}^2}{\sqrt m}(\|\Delta z_i\|+\|\Delta z_j\|),\ p = 4;\quad "
    r"\|\Delta z\|_2 \le (2c_xc_{w,0}+c_{x,0})L^{l}m^{w}R;\quad I_2 \le k\beta "
    r"c_{x,0}^2(2c_xc_{w,0}+c_{x,0})L^{e}a_{4,0}^{g}R;\quad I_3 \le f L^2c_{x,0}^2a_{2,0}R;\quad \|\Delta "
    r"G\|_F \le \frac{c_{res}^2nR}{H^2}\left[3L^2c_{x,0}c_xa_{2,0}^2+2L^{d}\beta "
    r"c_{x,0}^2(2c_xc_{w,0}+c_{x,0})a_{4,0}^2+12L^2c_{x,0}^2a_{2,0}\right]",
    given=(
        r"\text{printed: } l = 1,\ w = \tfrac12;\ k = e = 2,\ g = 0;\ f = 12;\ d = 2",
        r"|\sigma'|\le L,\ \sigma'\ \beta\text{-Lipschitz},\ \|a(0)\|_4 \le a_{4,0}m^{1/4},\ \|a(0)\|_2\le "
        r"a_{2,0}\sqrt m",
        r"\|\Delta x^{(H-1)}\| \le c_xR,\ R \le \min(c_{w,0}, a_{2,0}),\ \|x(k)\| \le 2c_{x,0}",
    ),
    printed={"p": 4, "l": 1, "w": "1/2", "k": 2, "e": 2, "g": 0, "f": 12, "d": 2},
    parts=("output weights", "pre-activations", "slopes", "third part", "sum"),
    uses=("du2019deep/lemma-C.3", "du2019deep/eq-14"),
    note="The bound of Δz has no L: with it the display fails for L below 1. a_{4,0}² is lost in the bound "
    "of I_2 and is back in the last display, whose middle term has L² for L. The thesis splits the sum over "
    "the two inputs in I_2 and loses the factor c_{x,0}²/m of its second half.",
)


@slopes.check(part="output weights", covers="universal")
def fourth_powers(claim: Statement, ctx: Context) -> Outcome:
    """Σ a_r²|z_r| <= |a|_4² |z|, |a|_4² = a4² √m.  First a on one coordinate, y there."""
    let = {"w": f"(2/{claim.p})"}
    one = prove(
        "y**2*t/m <= y**2/m**w/sqrt(m)*t", let=let, y=POSITIVE, t=POSITIVE, m=FROM_ONE, says="one coordinate"
    )
    return unless(
        [one],
        every(
            identity("(a**4 + d**4)*(s**2 + t**2) - (a**2*s + d**2*t)**2 == (a**2*t - d**2*s)**2"),
            identity("x**2/m*b*L*(a4**2*sqrt(m)) == b*L*a4**2*x**2/sqrt(m)", m=FROM_ONE, says="the factor"),
            assumes=("Cauchy-Schwarz", "|Δσ'| <= β|Δz|, |σ'| <= L"),
        ),
    )


@slopes.check(part="pre-activations", covers="universal")
def one_layer_more(claim: Statement, ctx: Context) -> Outcome:
    """2cw√m |Δx| + √m R x.  First σ(z) = z/10, m neurons, H = 2, c_res = 1/2, all pre-activations 1, cw = 1.

    |x^(1)| = 1 stays, W^(2) has all entries 1/√m and moves by √m R along x^(1): |Δz| = √m R; x is 1 + 1/40.
    """
    let = {"l": claim.l, "w": claim.w, "C": "((1 + 41/40)*exp(1/10))"}
    cases = [
        evaluate(
            "sqrt(m) <= (2*C + 41/40)*(1/10)**l*m**w",
            let=let | {"m": m},
            says=f"σ(z) = z/10, W^(2) moves, m = {m}",
            instance=True,
        )
        for m in (1, 10**6)
    ]
    said = "2*cw*sqrt(m)*(C*R) + sqrt(m)*R*x <= (2*C*cw + x)*L**l*m**w*R"
    box = {k: SIZES[k] for k in ("cw", "C", "x", "L")}
    return unless(
        cases,
        prove(said, let=claim.let, m=FROM_ONE, R=POSITIVE, **box, assumes=("Lemma C.3, |W(k)| <= 2cw√m",)),
    )


@slopes.check(part="slopes", covers="universal")
def both_inputs(claim: Statement, ctx: Context) -> Outcome:
    """The two pre-activations put in.  First σ(z) = L sin z, m = 1, H = 2, c_res = 1/2, R = 1/1000.

    z^(1) = π/2, z^(2) from π/4 to π/4 + vR, v = |x^(1)|: a² L² sin(2vR)/2 over x²; a = 100, L = 1 and 1/100.
    """
    cases = []
    for L in ("1", "1/100"):
        let = {**SINE, "L": L, "k": claim.k, "e": claim.e, "g": claim.g}
        let |= {"a": 100, "R": "1/1000"}
        x, grown = "(v + L*sqrt(2)/8)", "exp(cw*L)"
        C = f"((v + {x}/cw)*{grown})"
        said = f"a**2*L**2*sin(2*v*R)/2 <= k*L*(2*{C}*cw + {x})*L**e*a**g*R"
        cases.append(evaluate(said, let=let, says=f"σ(z) = {L} sin z, m = 1, a = 100", instance=True))
    box: dict[str, Any] = {**SIZES, "R": POSITIVE, "m": FROM_ONE}
    box.pop("a2")
    both = "b*L*a4**2*x**2/sqrt(m)*(2*(2*C*cw + x)*sqrt(m)*R)"
    said = f"{both} <= k*b*x**2*(2*C*cw + x)*L**e*a4**g*R"
    let = {"k": claim.k, "e": claim.e, "g": claim.g}
    return unless(cases, follows_from(prove(said, let=let, **box)))


@slopes.check(part="third part", covers="universal")
def sum_times_difference(claim: Statement, ctx: Context) -> Outcome:
    """Σ|Δ(a²)| <= |Δa|(|a(k)| + |a(0)|) <= mR(2a2 + R); a(k) = (1 + R/a2) a(0) attains it."""
    said = "4*(z*a2*(2*a2 + z*a2)) <= f*a2*(z*a2)"
    return prove(said, let={"f": claim.f}, z="[0, 1]", a2=POSITIVE, assumes=("Cauchy-Schwarz",))


@slopes.check(part="sum", covers="universal")
def last_display(claim: Statement, ctx: Context) -> Outcome:
    """n times the largest entry.  First σ(z) = (sin z)/100, n = 1, H = 2, c_res = 1/2, m = 10^12, R = 10^-9.

    All z^(1) = π/2; a and W^(2) on the first neuron only, a_1 = 1000 (a4 = 1, a2 = 1/1000), z_1 from π/4 to
    π/4 + √m R v; x = v + 1/100.
    """
    let = {**SINE, "L": "1/100", "d": claim.d, "R": "1/10**9"}
    x = "(v + 1/100)"
    C = f"((v + {x}/cw)*exp(cw*L))"
    left = "v**2*L**2/10**6*sin(2*v*R*10**6)/2"
    terms = f"3*L**2*{x}*{C}/10**6 + 2*L**d*L*{x}**2*(2*{C}*cw + {x}) + 12*L**2*{x}**2/1000"
    one = evaluate(f"{left} <= R*({terms})", let=let, says="(sin z)/100, one neuron moves", instance=True)
    right = PARTS.replace("*L*a4**2", "*L**d*a4**2")
    box: dict[str, Any] = {**SIZES, "n": FROM_ONE, "H": "[2, oo)", "R": POSITIVE, "r": UNIT}
    argument = follows_from(
        prove(f"n*(r/H)**2*R*{PARTS} <= r**2*n*R/H**2*{right}", let={"d": claim.d}, **box),
        assumes=("Frobenius norm <= n max |ΔG_ij|",),
    )
    return unless([one], argument)


TRUE: dict[str, Any] = {"l": 0, "e": 1, "g": 2, "d": 1}
slopes.falsehood("|a|_2 for |a|_4", p=2, by=("fourth_powers",), **TRUE)
slopes.falsehood("Δz without √m", w=0, by=("one_layer_more",), **TRUE)
slopes.falsehood("a_{4,0} once", l=0, e=1, g=1, d=1, by=("both_inputs",))
slopes.falsehood("constant 8", f=8, by=("sum_times_difference",), **TRUE)
slopes.falsehood("L³ in the last display", l=0, e=1, g=2, d=3, by=("last_display",))
slopes.corrected("L for L², a_{4,0}² in the bound of I_2, no L in Δz", erratum="constant", **TRUE)


lemma = Claim(
    "du2019deep/lemma-C.4",
    aliases=("du2019thesis/lemma-3.11",),
    title="Small changes of the weights change the last Gram matrix little, residual network",
    kind="deterministic-inequality",
    where="Appendix C, Lemma C.4; proof in Appendix C.1",
    states=r"R \le \rho\lambda_0\frac{H^{q}}{n^{p}} \implies \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le "
    r"s\lambda_0,\qquad q = 2,\ p = 1,\ s = \tfrac12",
    given=(
        r"\|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ \|a(0)\|_2\le a_{2,0}\sqrt m,\ \|a(0)\|_4\le "
        r"a_{4,0}m^{1/4},\ \|x^{(h)}(0)\|\le c_{x,0}",
        r"\|W^{(h)}(k)-W^{(h)}(0)\|_F \le \sqrt mR,\ \|a(k)-a(0)\|_2 \le \sqrt mR^{w},\ w = 1",
        r"R \le \min(c_{w,0}, a_{2,0}),\ c_xR \le c_{x,0}\ \text{(printed: } R \le c\text{)};\quad H \ge 2",
        r"\text{explicit: } \frac{1}{2\rho} = 3L^2c_{x,0}c_xa_{2,0}^2+2L\beta "
        r"c_{x,0}^2(2c_xc_{w,0}+c_{x,0})a_{4,0}^2+12L^2c_{x,0}^2a_{2,0}",
    ),
    printed={"s": "1/2", "p": 1, "q": 2, "w": 1},
    uses=("du2019deep/eq-14", "du2019deep/cond-3.1"),
    proof_uses=(
        "du2019deep/lemma-C.3",
        "du2019deep/proof-lemma-B.4-split",
        "du2019deep/proof-lemma-C.4-I1",
        "du2019deep/proof-lemma-C.4-I2",
    ),
    note="Printed is a small constant c; ρ is what the corrected steps give. λ0/2 is what is printed; the "
    "proof of Theorem 6.1 needs λ0/4, half of ρ.",
)


def moved_outputs(claim: Statement) -> list[Outcome]:
    """σ(z) = z, m = 1, a = W^(1) = 1 and W^(h) = 0 above: only a moves, G = (r a/H)² for each pair of inputs.

    Inputs as close to each other as one likes, λ0 = κ(r/H)².  Against every c: N = 1/(r²c) inputs at H = 2;
    N = 1/c inputs at H = N/(r²κ), where R = c; and one input, λ0 = (r/H)².
    """
    let: dict[str, Any] = {"s": claim.s, "p": claim.p, "q": claim.q, "w": claim.w}
    some: dict[str, Any] = {"c": "(0, 1/2]", "r": UNIT}
    many = prove(
        "N*r**2/4*2*(c*lam*2**q/N**p) > s*lam", let=let | {"N": "(1/(r**2*c))"}, lam="(0, 1/4]", **some
    )
    at = {"lam": "(kappa*r**2/(1/(c*r**2*kappa))**2)", "H": "(1/(c*r**2*kappa))"}
    deep = prove("(r/H)**2/c*2*(c*lam*H**q*c) > s*lam", let=let | at, kappa="(0, 1]", **some)
    free = prove("(1 + (c*r**2)**w)**2 - 1 > s", let=let, **some)
    return [
        contradicted_by(many, witness="1/(c_res² c) inputs close to each other, only a moves, for every c"),
        contradicted_by(deep, witness="1/c inputs close to each other, depth 1/(c_res² c κ), for every c"),
        contradicted_by(free, witness="n = 1, λ0 = (c_res/H)², a moves from 1 to 1 + R^w, for every c"),
    ]


@lemma.check(covers="universal")
def three_parts_added(claim: Statement, ctx: Context) -> Outcome:
    """|ΔG|_2 <= |ΔG|_F <= n max|ΔG_ij| <= (r/H)² n (I_1 + I_2 + I_3), r < 1.  First three linear networks."""
    R = f"(z/(2*{PARTS})*lam*H**q/n**p)"
    let = {"p": claim.p, "q": claim.q, "s": claim.s}
    argument = follows_from(
        prove(
            f"n*(r/H)**2*{PARTS}*{R} <= s*lam",
            let=let,
            n=FROM_ONE,
            H="[2, oo)",
            z="[0, 1]",
            r=UNIT,
            lam=POSITIVE,
            says="the three parts",
            **SIZES,
        ),
        evaluate("w == 1", let={"w": claim.w}, says="I_3 is for √m R"),
        assumes=(
            "proof-lemma-B.4-split, proof-lemma-C.4-I1 and -I2 (corrected)",
            "operator norm <= Frobenius norm <= n max |ΔG_ij|",
            "|x(k)| <= 2c_{x,0} by Lemma C.3 and c_x R <= c_{x,0}",
        ),
    )
    return unless(moved_outputs(claim), argument)


lemma.falsehood("R not falling with n", p=0)
lemma.falsehood("R growing like H³", q=3)
lemma.falsehood("output weights that move by √m", w=0)
