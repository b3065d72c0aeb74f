"""Appendix B, Lemma B.4: the last Gram matrix when the weights move, fully-connected network.

a2, a4, cw and x stand for a_{2,0}, a_{4,0}, c_{w,0} and c_{x,0}, c for c_sigma, b for beta, g for g_{c_x}(H);
R is the distance of each layer from its start over √m.
"""

from fractions import Fraction
from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
SIZES: dict[str, Any] = dict.fromkeys(("a2", "a4", "x", "c", "b", "L"), POSITIVE)
PARTS = "(3*c*a2**2*x**2*sqrt(c)*L**3*g + 2*b*c*a4**2*x**3*L*g + 12*L**2*x**2*c*a2)"
"""The three bounds of the steps, over R."""


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma B.4."""
    return Claim(
        f"du2019deep/proof-lemma-B.4-{name}",
        aliases=(f"du2019thesis/proof-lemma-3.4-{name}",),
        kind="proof-step",
        where="Appendix B.1, proof of Lemma B.4",
        step_of="du2019deep/lemma-B.4",
        **fields,
    )


split = step(
    "split",
    title="The change of a Gram entry in three parts",
    states=r"|\Delta G_{ij}| \le L^2c_\sigma a_{2,0}^2|\Delta(x_i^\top x_j)|+\frac{c_{x,0}^2c_\sigma}{m}"
    r"\left|\sum_ra_r(0)^2\Delta(\sigma'\sigma')\right|+t\,f\,\frac{L^2c_{x,0}^2c_\sigma}{m}\sum_r|\Delta(a_r^2)|,"
    r"\quad f = 4,\ t = 1",
    given=(
        r"|\sigma'| \le L,\ \|a(0)\|_2\le a_{2,0}\sqrt m",
        r"\|x^{(H-1)}(0)\|\le c_{x,0},\ \|x^{(H-1)}(k)\|\le 2c_{x,0}",
    ),
    printed={"f": 4, "t": 1},
    parts=("identity", "sizes"),
    uses=("du2019deep/eq-13",),
)


@split.check(part="identity", covers="universal")
def three_factors(claim: Statement, ctx: Context) -> Outcome:
    """A neuron: P A S after and P_0 A_0 S_0 before, P the inner product, A = a_r², S the two slopes."""
    return identity(
        "P*A*S - P0*A0*S0 == (P - P0)*A0*S + P0*A0*(S - S0) + t*P*(A - A0)*S",
        let={"t": claim.t},
        assumes=("sum over the neurons", "triangle inequality"),
    )


@split.check(part="sizes", covers="universal")
def norms_of_the_features(claim: Statement, ctx: Context) -> Outcome:
    """|S| <= L², (c/m) Σ a_r(0)² <= c a2², |P_0| <= x², |P| <= (2x)²: attained by features of norm 2x."""
    return every(
        identity("c/m*(a2*sqrt(m))**2*L**2 == L**2*c*a2**2", m=FROM_ONE, says="first part"),
        prove("(2*x)**2*L**2 <= f*L**2*x**2", let={"f": claim.f}, x=POSITIVE, L=POSITIVE, says="third part"),
        assumes=("Cauchy-Schwarz",),
    )


split.falsehood("two parts", t=0, by=("three_factors",))
split.falsehood("c_{x,0}² for 4c_{x,0}² in the third part", f=1, by=("norms_of_the_features",))


inner = step(
    "I1",
    title="The change of the inner products of the features",
    states=r"I_1 \le k\,c_\sigma a_{2,0}^2c_{x,0}^2\sqrt{c_\sigma}L^3g_{c_x}(H)R,\qquad k = 3",
    given=(
        r"\sqrt{c_\sigma}Lg_{c_x}(H)R \le e,\ e = 1",
        r"\|\Delta x\|_2 \le \sqrt{c_\sigma}Lc_{x,0}g_{c_x}(H)R",
    ),
    printed={"k": 3, "e": 1},
    uses=("du2019deep/lemma-B.3",),
)


@inner.check(covers="universal")
def two_differences(claim: Statement, ctx: Context) -> Outcome:
    """|Δx_i||x_j(k)| + |x_i(0)||Δx_j| over x²: v(1 + v) + v, v = √c L g R <= e; attained when aligned."""
    let = {"k": claim.k, "v": f"(z*({claim.e}))"}
    return every(
        prove("v*(1 + v) + v <= k*v", let=let, z="[0, 1]", says="over x²"),
        identity("L**2*c*a2**2*x**2*(sqrt(c)*L*g*R) == c*a2**2*x**2*sqrt(c)*L**3*g*R", c=POSITIVE),
        assumes=("Cauchy-Schwarz",),
    )


inner.falsehood("constant 2", k=2)
inner.falsehood("√c L g R up to 2", e=2)


slopes = step(
    "I2",
    title="The change of the slopes",
    states=r"I_2 \le \frac{\beta Lc_\sigma a_{p,0}^2c_{x,0}^2}{\sqrt m}"
    r"(\|\Delta z_i\|_2+\|\Delta z_j\|_2),\ p = 4;\quad "
    r"\|\Delta z\|_2 \le c_{x,0}\,g_{c_x}(H+t)\sqrt m\,R,\ t = 0;\quad "
    r"I_2 \le k\,\beta c_\sigma a_{4,0}^2c_{x,0}^3Lg_{c_x}(H)R,\ k = 2",
    given=(
        r"\|a(0)\|_p \le a_{p,0}m^{1/p},\ |\sigma'|\le L,\ \sigma'\ \beta\text{-Lipschitz}",
        r"\text{the hypotheses and the conclusion of Lemma B.3 for } h = H-1,\ \|x^{(H-1)}(0)\|\le c_{x,0}",
    ),
    printed={"p": 4, "t": 0, "k": 2},
    parts=("output weights", "pre-activations", "together"),
    uses=("du2019deep/lemma-B.3", "du2019deep/app-geometric-series"),
)


@slopes.check(part="output weights", covers="universal")
def fourth_powers(claim: Statement, ctx: Context) -> Outcome:
    """Σ a_r²|z_r| <= |a|_4² |z|: two neurons, and |a|_4² = a4² √m.  First a on one coordinate, a_1 = w."""
    let = {"w": str(Fraction(2, int(claim.p)))}
    one = prove(
        "y**2*t <= y**2/m**w*sqrt(m)*t", let=let, y=POSITIVE, t=POSITIVE, m=FROM_ONE, says="one coordinate"
    )
    return unless(
        [one],
        every(
            identity("(a**4 + d**4)*(s**2 + t**2) - (a**2*s + d**2*t)**2 == (a**2*t - d**2*s)**2"),
            identity(
                "c/m*x**2*b*L*(a4**2*sqrt(m)) == b*L*c*a4**2*x**2/sqrt(m)", m=FROM_ONE, says="the factor"
            ),
            assumes=("Cauchy-Schwarz", "|Δσ'| <= β|Δz|, |σ'| <= L"),
        ),
    )


@slopes.check(part="pre-activations", covers="universal")
def one_layer_more(claim: Statement, ctx: Context) -> Outcome:
    """2cw√m |Δx| + √m R x = √m R x (c_x G + 1), G = g_{c_x}(H - 1) and c_x = 2√c L cw.

    First the scalar network of Lemma B.3, weights 1 and 2: Δz^(H) = 2^H - 1 for H = 1, ..., 5.
    """
    cases = []
    for H in range(1, 6):
        series = " + ".join(f"2**{i}" for i in range(H + int(claim.t))) or "0"
        cases.append(evaluate(f"2**{H} - 1 <= {series}", says=f"weights 1 and 2, H = {H}", instance=True))
    said = "2*cw*sqrt(m)*(sqrt(c)*L*x*G*R) + sqrt(m)*R*x == sqrt(m)*R*x*(2*sqrt(c)*L*cw*G + 1)"
    return unless(cases, identity(said, m=FROM_ONE, c=POSITIVE, assumes=("as in Lemma B.3",)))


@slopes.check(part="together", covers="universal")
def both_inputs(claim: Statement, ctx: Context) -> Outcome:
    """The two pre-activations put in."""
    box: dict[str, Any] = {**SIZES, "g": FROM_ONE, "R": POSITIVE, "m": FROM_ONE}
    box.pop("a2")
    both = "b*L*c*a4**2*x**2/sqrt(m)*(2*x*g*sqrt(m)*R)"
    return prove(f"{both} <= k*b*c*a4**2*x**3*L*g*R", let={"k": claim.k}, **box)


slopes.falsehood("|a|_2 for |a|_4", p=2, by=("fourth_powers",))
slopes.falsehood("g_{c_x}(H - 1)", t=-1, by=("one_layer_more",))
slopes.falsehood("one of the two inputs", k=1, by=("both_inputs",))


outer = step(
    "I3",
    title="The change of the output weights",
    states=r"I_3 = \frac{4L^2c_{x,0}^2c_\sigma}{m}\sum_r|\Delta(a_r^2)| \le k\,L^2c_{x,0}^2c_\sigma a_{2,0}R,"
    r"\qquad k = 12",
    given=(r"\|a(k)-a(0)\|_2\le\sqrt mR,\ \|a(0)\|_2 \le a_{2,0}\sqrt m", r"R \le r\,a_{2,0},\ r = 1"),
    printed={"k": 12, "r": 1},
    note="R <= a_{2,0} is not printed; it is part of R <= c/g for a small c.",
)


@outer.check(covers="universal")
def sum_times_difference(claim: Statement, ctx: Context) -> Outcome:
    """Σ|Δ(a²)| <= |Δa|(|a(k)| + |a(0)|) <= mR(2a2 + R); a(k) = (1 + R/a2) a(0) attains it."""
    let = {"k": claim.k, "R": f"(z*({claim.r})*a2)"}
    said = "4*(R*(2*a2 + R)) <= k*a2*R"
    return prove(said, let=let, z="[0, 1]", a2=POSITIVE, assumes=("Cauchy-Schwarz",))


outer.falsehood("constant 8", k=8)
outer.falsehood("R up to 2 a_{2,0}", r=2)


lemma = Claim(
    "du2019deep/lemma-B.4",
    aliases=("du2019thesis/lemma-3.4",),
    title="Small changes of the weights change the last Gram matrix little, fully-connected network",
    kind="deterministic-inequality",
    where="Appendix B, Lemma B.4; proof in Appendix B.1",
    states=r"R \le \frac{\rho\,\lambda_0}{n^{p}g_{c_x}(H)^{q}} \implies "
    r"\|G^{(H)}(k)-G^{(H)}(0)\|_2 \le s\,\lambda_0,\qquad p = q = 1,\ s = \tfrac14",
    given=(
        r"\|W^{(h)}(0)\|_2\le c_{w,0}\sqrt m,\ \|a(0)\|_2\le a_{2,0}\sqrt m,\ \|a(0)\|_4\le a_{4,0}m^{1/4},\ "
        r"\|x^{(h)}(0)\|\le c_{x,0}",
        r"\|W^{(h)}(k)-W^{(h)}(0)\|_F,\ \|a(k)-a(0)\|_2 \le \sqrt mR",
        r"R\le\min(c_{w,0},a_{2,0}),\ \sqrt{c_\sigma}Lg_{c_x}(H)R\le 1\ \text{(printed: } R \le c/g_{c_x}(H)"
        r"\text{)}",
        r"c_{x,0} \ge 1;\quad \text{explicit: } \frac{1}{4\rho} = 3c_\sigma^{3/2}a_{2,0}^2c_{x,0}^2L^3"
        r"+2\beta c_\sigma a_{4,0}^2c_{x,0}^3L+12L^2c_{x,0}^2c_\sigma a_{2,0}",
    ),
    printed={"s": "1/4", "p": 1, "q": 1},
    uses=("du2019deep/eq-13", "du2019deep/cond-3.1"),
    proof_uses=(
        "du2019deep/lemma-B.3",
        "du2019deep/proof-lemma-B.4-split",
        "du2019deep/proof-lemma-B.4-I1",
        "du2019deep/proof-lemma-B.4-I2",
        "du2019deep/proof-lemma-B.4-I3",
    ),
    note="Printed is a small constant; ρ is what the steps give. In the last display of the proof a_{2,0}² "
    "also multiplies the second part, which has no such factor: for a_{2,0} >= 1, as for Gaussian weights, "
    "the display is true, below that it is not what the parts add up to. c_{x,0} >= 1 as in Lemma B.3.",
)


def moved_networks(claim: Statement) -> list[Outcome]:
    """σ(z) = z, m = 1, all weights and constants 1, 1/(4ρ) = 15, g >= 1.

    n equal inputs, only a moves, H = 1: n(2R + R²) at R = λ0/60 over the powers of n, for n = 100. And one
    input, all hidden weights move, H = 10 and g = 2^10 - 1: (1 + R)^18 - 1; g R <= 1 as λ0 <= 1/20.
    """
    let = {"s": claim.s, "p": claim.p, "q": claim.q}
    lam: dict[str, Any] = {"lam": "(0, 1/20]"}
    one = "(lam/(60*100**p))"
    deep = "(lam/(60*1023**q))"
    return [
        prove(f"100*(2*{one} + {one}**2) <= s*lam", let=let, says="100 equal inputs, a moves", **lam),
        prove(f"(1 + {deep})**18 - 1 <= s*lam", let=let, says="H = 10, weights move", **lam),
    ]


@lemma.check(covers="universal")
def three_parts_added(claim: Statement, ctx: Context) -> Outcome:
    """|ΔG|_2 <= |ΔG|_F <= n max|ΔG_ij| <= n (I_1 + I_2 + I_3), and g >= 1.  First two linear networks."""
    rho = f"(1/(4*{PARTS.replace('*g', '')}))"
    R = f"(z*{rho}*lam/(n**p*g**q))"
    argument = follows_from(
        prove(
            f"n*{PARTS}*{R} <= s*lam",
            let={"p": claim.p, "q": claim.q, "s": claim.s},
            n=FROM_ONE,
            g=FROM_ONE,
            z="[0, 1]",
            lam=POSITIVE,
            says="the three parts",
            **SIZES,
        ),
        assumes=(
            "proof-lemma-B.4-split, -I1, -I2, -I3",
            "operator norm <= Frobenius norm <= n max |ΔG_ij|",
            "|x(k)| <= 2c_{x,0} by Lemma B.3 and √c L g R <= 1",
        ),
    )
    return unless(moved_networks(claim), argument)


@lemma.check()
def linear_networks(claim: Statement, ctx: Context) -> Outcome:
    """The two linear networks, for all λ0 in (0, 1/20]."""
    return every(*moved_networks(claim))


lemma.falsehood("R not falling with n", p=0)
lemma.falsehood("R not falling with g_{c_x}(H)", q=0)
lemma.falsehood("λ0/100", s="1/100")
