"""Appendix B, Lemma B.5: gradient descent keeps the weights in a ball, fully-connected network.

t stands for √c_sigma L, a2, cw and x for a_{2,0}, c_{w,0} and c_{x,0}, S for Σ|y_i - u_i|, E for |y - u(0)|;
Y is a power (2t cw)^(H-h) of one layer's factor, and c_x^(H-1) = Y + z with z >= 0.
"""

from fractions import Fraction
from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma B.5."""
    return Claim(
        f"du2019deep/proof-lemma-B.5-{name}",
        aliases=(f"du2019thesis/proof-lemma-3.5-{name}",),
        kind="proof-step",
        step_of="du2019deep/lemma-B.5",
        **fields,
    )


gradient = step(
    "gradient",
    title="The gradient of a layer is bounded by the residual, fully-connected network",
    where="Appendix B.1, proof of Lemma B.5, up to ηQ'(s)",
    states=r"\|L'^{(h)}\|_F \le \left(\tfrac{c_\sigma}{m}\right)^{\frac{H-h+e}{2}}\|a\|_2\sum_i|y_i-u_i|\,"
    r"\|x_i^{(h-1)}\|_2\prod_{k>h}\|W^{(k)}\|_2\prod_{k\ge h}\|J^{(k)}\|_2 \le K c_{x,0}a_{2,0}c_x^H"
    r"\sum_i|y_i-u_i| \le K c_{x,0}a_{2,0}c_x^Hn^p\|y-u\|_2 = Q';\quad \|L'^{(a)}\|_2 \le "
    r"f c_{x,0}\sum_i|y_i-u_i| \le Q',\qquad e = 1,\ K = 4,\ f = 2,\ p = \tfrac12",
    given=(
        r"\|a\|_2 \le f a_{2,0}\sqrt m,\ \|x_i^{(h)}\|_2 \le f c_{x,0},\ "
        r"\|W^{(k)}\|_2 \le f c_{w,0}\sqrt m,\ \|J^{(k)}\|_2 \le L",
        r"\text{from } R' \le \min(c_{w,0},a_{2,0}),\ \sqrt{c_\sigma}Lg_{c_x}(H)R' \le 1,\ c_{x,0} \ge 1"
        r"\text{, as in Lemmas B.3 and B.4}",
        r"c_x = \max\{2\sqrt{c_\sigma}Lc_{w,0},\,l\},\ l = 1;\quad c_{w,0} \ge w,\ a_{2,0} \ge v,\ "
        r"w = v = \tfrac12\ \text{(not printed)}",
    ),
    printed={"e": 1, "K": 4, "f": 2, "p": "1/2", "l": 1, "w": "1/2", "v": "1/2"},
    parts=("norms", "layers", "constants", "residual", "output layer"),
    uses=("du2019deep/sec-B-gradient", "du2019deep/lemma-B.3"),
    note="c_{w,0} >= 1/2 and a_{2,0} >= 1/2 go without saying for Gaussian weights: Lemma G.2 has c_{w,0} > "
    "1, and a_{2,0} > 1 is necessary. The bound of a layer is 4c_{x,0} a_{2,0} √c L (2√c L c_{w,0})^(H-h).",
)


@gradient.check(part="norms", covers="universal")
def twice_the_initial_norms(claim: Statement, ctx: Context) -> Outcome:
    """√c L x g R' + x with √c L g R' = z <= 1, and cw + R', a2 + R' with R' = z times the norm."""
    let = {"f": claim.f}
    return every(
        prove("z*x + x <= f*x", z="[0, 1]", x=POSITIVE, let=let, says="features, Lemma B.3"),
        prove("cw + z*cw <= f*cw", z="[0, 1]", cw=POSITIVE, let=let, says="weights, and the output layer"),
        assumes=("Lemma B.3 with c_{x,0} >= 1", "triangle inequality, |.|_2 <= |.|_F"),
    )


@gradient.check(part="layers", covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """Layer H, and the factor of each layer further down: no power of m is left."""
    box: dict[str, Any] = dict.fromkeys(("c", "L", "cw", "x", "a2"), POSITIVE) | {"m": FROM_ONE}
    top = "(sqrt(c)/sqrt(m))**e*L*(2*a2*sqrt(m))*(2*x) == 4*a2*x*(sqrt(c)*L)"
    return every(
        identity(top, let={"e": claim.e}, says="layer H", **box),
        identity("sqrt(c)/sqrt(m)*L*(2*cw*sqrt(m)) == 2*(sqrt(c)*L)*cw", says="one layer down", **box),
        assumes=("|X Y|_2 <= |X|_2 |Y|_2, |u vᵀ|_F = |u||v|", "induction over the layers"),
    )


@gradient.check(part="constants", covers="universal")
def largest_of_two(claim: Statement, ctx: Context) -> Outcome:
    """4 a2 x t Y <= K a2 x c_x (Y + z), c_x = 2t cw + s with s >= 0.

    Attained by rank-one matrices with 2cw = t = 1; powers of c_x grow, as c_x >= 1.
    """
    box: dict[str, Any] = dict.fromkeys(("t", "Y", "a2", "x"), POSITIVE) | dict.fromkeys(
        ("z", "s"), FROM_ZERO
    )
    said = "4*a2*x*t*Y <= K*a2*x*(2*t*cw + s)*(Y + z)"
    return prove(said, let={"K": claim.K}, cw=f"[{claim.w}, oo)", **box)


@gradient.check(part="residual", covers="universal")
def equal_residuals(claim: Statement, ctx: Context) -> Outcome:
    """Cauchy-Schwarz over the inputs, attained by equal residuals r: n r against n^p √n r."""
    said = "n*r <= n**p*(sqrt(n)*r)"
    return prove(said, let={"p": claim.p}, n=FROM_ONE, r=POSITIVE, assumes=("Cauchy-Schwarz",))


@gradient.check(part="output layer", covers="universal")
def features_of_the_last_layer(claim: Statement, ctx: Context) -> Outcome:
    """|Σ (y_i - u_i) x_i^(H)| <= f x S against K a2 x c_x^H S, c_x^H = l + r with r >= 0."""
    said = "f*x*S <= K*x*a2*(l + r)*S"
    return prove(said, let=claim.let, a2=f"[{claim.v}, oo)", x=POSITIVE, S=POSITIVE, r=FROM_ZERO)


gradient.falsehood("three halves of the initial norms", f="3/2", by=("twice_the_initial_norms",))
gradient.falsehood("exponent (H - h)/2", e=0, by=("layer_by_layer",))
gradient.falsehood("constant 2", K=2, by=("largest_of_two", "features_of_the_last_layer"))
gradient.falsehood("c_{w,0} of any size", w="0", by=("largest_of_two",))
gradient.falsehood("without √n", p=0, by=("equal_residuals",))
gradient.falsehood("c_x below 1", l=0, by=("features_of_the_last_layer",))
gradient.falsehood("a_{2,0} down to 1/4", v="1/4", by=("features_of_the_last_layer",))


total = step(
    "sum",
    title="Summing the increments of the weights",
    where="Appendix B.1, proof of Lemma B.5: induction hypothesis, increments, last two displays",
    states=r"\eta Q'(s) \le \left(1-\tfrac{\eta\lambda_0}{2}\right)^{s/d}f\,\eta\lambda_0R'\sqrt m,\quad "
    r"\sum_{s'=0}^{s-1}\left(1-\tfrac{\eta\lambda_0}{2}\right)^{s'/2}f\,\eta\lambda_0R'\sqrt m \le "
    r"b\,R'\sqrt m;\quad \|W^{(h)}(s+1)-W^{(h)}(0)\|_F \le \sum_{s'=0}^{s}\eta^{e}"
    r"\left(1-\tfrac{\eta\lambda_0}{2}\right)^{s'/2}f\,\eta\lambda_0R'\sqrt m",
    given=(
        r"\text{Condition A.1},\ 0 < \eta\lambda_0 \le 2,\ f = \tfrac14,\ b = 1,\ d = 2",
        r"Q'(s) = 4c_{x,0}a_{2,0}c_x^H\sqrt n\|y-u(s)\|_2,\ R'\sqrt m\lambda_0 = "
        r"16c_{x,0}a_{2,0}c_x^H\sqrt n\|y-u(0)\|_2",
        r"\text{printed: } e = 1",
    ),
    printed={"f": "1/4", "b": "1", "d": 2, "e": 1},
    parts=("increment", "sum", "last display"),
    uses=("du2019deep/cond-A.1", "du2019deep/proof-lemma-B.5-gradient"),
    note="The last two displays have a factor η that the induction hypothesis has not; for η < 1 it is too "
    "small. d is the root of the condition on the squares.",
)


@total.check(part="increment", covers="universal")
def residual_of_the_condition(claim: Statement, ctx: Context) -> Outcome:
    """|y - u(s)| <= q^(s/2) E, q = v² = 1 - ηλ0/2, at s = 2: η Q' against v^(4/d) f η (16 ... E)."""
    box: dict[str, Any] = dict.fromkeys(("eta", "B", "E"), POSITIVE) | {"v": "(0, 1]"}
    said = f"eta*4*B*(v**2*E) <= v**({Fraction(4, int(claim.d))})*f*eta*(16*B*E)"
    return prove(said, let={"f": claim.f}, says="B = c_{x,0} a_{2,0} c_x^H √n", **box)


@total.check(part="sum", covers="universal")
def geometric_series(claim: Statement, ctx: Context) -> Outcome:
    """ηλ0 = 2(1 - v²): f 2(1 - v²)(1 - v^s)/(1 - v) = 2f(1 + v)(1 - v^s), P = v^s; limit 1 as ηλ0 -> 0."""
    return every(
        identity("2*(1 - v**2)*(1 - P)/(1 - v) == 2*(1 + v)*(1 - P)", says="the sum"),
        prove("f*2*(1 + v)*(1 - P) <= b", let={"f": claim.f, "b": claim.b}, v="[0, 1)", P="[0, 1]"),
        assumes=("sum of a geometric series",),
    )


@total.check(part="last display", covers="universal")
def first_step(claim: Statement, ctx: Context) -> Outcome:
    """s = 0.  First σ(z) = z, H = n = m = 1, all weights and constants 1: Q'(0) = 8r, W moves by ηr."""
    let = {"e": claim.e, "f": claim.f}
    scalar = prove(
        "eta*r <= eta**e*f*eta*(32*r)", let=let, eta="(0, 1]", r=POSITIVE, says="one weight, y - u = r"
    )
    chain = follows_from(
        prove("eta*Q <= eta**e*f*eta*(4*Q)", let=let, eta="(0, 1]", Q=POSITIVE, says="each increment"),
        assumes=("triangle inequality",),
    )
    return unless([scalar], chain)


total.falsehood("1/8 in the increments", f="1/8", e=0, by=("residual_of_the_condition",))
total.falsehood("(1 - ηλ0/2)^s for the norm", d=1, e=0, by=("residual_of_the_condition",))
total.falsehood("1/2 in the sum", f="1/2", e=0, by=("geometric_series",))
total.falsehood("a sum of R'√m/2", b="1/2", e=0, by=("geometric_series",))
total.falsehood("one more factor η", e=2, by=("first_step",))
total.corrected("without the factor η", erratum="misprint", e=0)


lemma = Claim(
    "du2019deep/lemma-B.5",
    aliases=("du2019thesis/lemma-3.5",),
    title="The weights stay close to their start while the residual decays, fully-connected network",
    kind="dynamics",
    where="Appendix B, Lemma B.5; proof in Appendix B.1",
    states=r"\|W^{(h)}(s)-W^{(h)}(0)\|_F,\ \|a(s)-a(0)\|_2 \le R'\sqrt m;\quad "
    r"\|W^{(h)}(s)-W^{(h)}(s-1)\|_F,\ \|a(s)-a(s-1)\|_2 \le \eta Q'(s-1);\qquad R' = "
    r"\frac{K c_{x,0}a_{2,0}c_x^{bH}n^p\|y-u(0)\|_2}{\lambda_0^q\sqrt m},\ Q'(s) = "
    r"J c_{x,0}a_{2,0}c_x^{bH}n^p\|y-u(s)\|_2",
    given=(
        r"\text{Condition A.1 for } 1,\dots,k;\ s \le k+1;\ \text{initial norms as in Lemma B.4}",
        r"c_x = \max\{2\sqrt{c_\sigma}Lc_{w,0},1\},\ K = 16,\ J = 4,\ b = 1,\ p = \tfrac12,\ q = 1",
        r"R' \le c\,g_{c_x}(H)^{-1}:\ R' \le \min(c_{w,0},a_{2,0}),\ \sqrt{c_\sigma}Lg_{c_x}(H)R' \le 1",
        r"0 < \eta\lambda_0 \le r,\ r = 2\ \text{(Condition A.1)};\ c_{x,0} \ge 1,\ "
        r"c_{w,0},a_{2,0} \ge \tfrac12\ \text{(not printed)}",
    ),
    printed={"K": 16, "J": 4, "b": 1, "p": "1/2", "q": 1, "r": 2},
    parts=("increments", "distance"),
    uses=("du2019deep/cond-A.1",),
    proof_uses=(
        "du2019deep/lemma-B.3",
        "du2019deep/proof-lemma-B.5-gradient",
        "du2019deep/proof-lemma-B.5-sum",
    ),
    note="The instances start at k = 0, where Condition A.1 says nothing, with residuals so small that R' is "
    "as small as one likes. The factor η of the last display of the proof is not needed.",
)


def power(claim: Statement, base: int, H: int) -> str:
    """c_x^(bH)."""
    return f"{base}**({Fraction(claim.b) * H})"


def close_inputs(claim: Statement) -> Outcome:
    """100 unit inputs (99/100, √199/100 e_i), residual r each; σ(z) = z, m = H = 1, W = e_1, a = 1.

    |Σ r x_i| >= 99 r; c_x = 2, c_{x,0} = 100/99, |y - u| = 10 r.
    """
    said = f"99 <= J*(100/99)*{power(claim, 2, 1)}*100**({claim.p})*10"
    return evaluate(
        said, let={"J": claim.J}, says="100 close inputs, first step of W over η r", instance=True
    )


def rotated_features(claim: Statement) -> Outcome:
    """σ(z) = z, m = 2, n = 1: W^(1) = √m e_2 xᵀ, W^(h) = √m diag(100, 1), a = √m e_1, H = 10.

    The features are e_2 and the gradient of W^(1) is 100^9 r e_1 xᵀ, with c_{x,0} = a_{2,0} = 1, c_x = 200.
    """
    said = f"100**9 <= J*{power(claim, 200, 10)}"
    return evaluate(said, let={"J": claim.J}, says="H = 10, first step of W^(1) over η r", instance=True)


@lemma.check(part="increments", covers="universal")
def gradients_in_the_ball(claim: Statement, ctx: Context) -> Outcome:
    """While the weights are in the ball, the norms are at most doubled and the gradient is <= Q'(s)."""
    argument = follows_from(
        prove("4*B <= J*B", let={"J": claim.J}, B=POSITIVE, says="constant of the gradient"),
        prove("P <= P**b", let={"b": claim.b}, P=FROM_ONE, says="P = c_x^H"),
        prove("sqrt(n) <= n**p", let={"p": claim.p}, n=FROM_ONE, says="Cauchy-Schwarz over the inputs"),
        assumes=("proof-lemma-B.5-gradient",),
    )
    return unless([close_inputs(claim), rotated_features(claim)], argument)


@lemma.check(part="distance", covers="universal")
def increments_summed(claim: Statement, ctx: Context) -> Outcome:
    """Σ η Q'(s) <= η Q'(0) Σ v^s, η = r(1 - v²)/λ0 and r = 2: the ball at s + 1 follows from that up to s.

    First one step with ηλ0 = r of one weight, and of two inputs of covariance 1 - λ0, λ0 = 10⁻⁶.
    """
    let = {"K": claim.K, "r": claim.r}
    scalar = evaluate(
        f"r <= K*{power(claim, 2, 1)}", let=let, says="n = 1, λ0 = 1, W over |y - u|", instance=True
    )
    pair = evaluate(
        f"r*10**6*2*99/100 <= K*2*{power(claim, 2, 1)}*2**({claim.p})*sqrt(2)*10**(6*({claim.q}))",
        let=let,
        says="two inputs of covariance 1 - 10⁻⁶, c_{x,0} = 2, W over the residual of one",
        instance=True,
    )
    argument = follows_from(
        prove(
            "4*r*(1 + v)*(1 - P)/lam <= K/lam", let=let, v="[0, 1)", P="[0, 1]", lam=POSITIVE, says="the sum"
        ),
        prove("0 <= 1 - r*x/2", let=let, x="[0, 1]", says="1 - ηλ0/2 is not negative"),
        prove("P <= P**b", let={"b": claim.b}, P=FROM_ONE, says="P = c_x^H"),
        prove("sqrt(n) <= n**p", let={"p": claim.p}, n=FROM_ONE),
        identity(f"lam**({claim.q}) == lam", lam=POSITIVE),
        assumes=("proof-lemma-B.5-gradient", "proof-lemma-B.5-sum (corrected)", "induction over s"),
    )
    return unless([scalar, pair, close_distance(claim)], argument)


def close_distance(claim: Statement) -> Outcome:
    """The 100 inputs again, λ0 = 199/10⁴ and ηλ0 = r; and the rotated features with λ0 = 1."""
    let = {"K": claim.K, "r": claim.r}
    ball = f"K*(100/99)*{power(claim, 2, 1)}*100**({claim.p})*10/(199/10**4)**({claim.q})"
    return every(
        evaluate(f"r/(199/10**4)*99 <= {ball}", let=let, says="100 close inputs", instance=True),
        evaluate(f"r*100**9 <= K*{power(claim, 200, 10)}", let=let, says="H = 10", instance=True),
    )


lemma.falsehood("without √n in Q'", p=0, by=("gradients_in_the_ball",))
lemma.falsehood("the root of c_x^H", b="1/2")
lemma.falsehood("without c_x^H", b=0)
lemma.falsehood("Q' with the constant 10⁻³", J="1/1000", by=("gradients_in_the_ball",))
lemma.falsehood("R' free of λ0", q=0, by=("increments_summed",))
lemma.falsehood("R' with the constant 1/2", K="1/2", by=("increments_summed",))
lemma.falsehood("steps up to 100/λ0", r=100, by=("increments_summed",))
