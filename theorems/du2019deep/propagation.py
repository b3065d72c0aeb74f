"""Section 4, analysis of the initialisation: an error in the first layer on its way to the last one.

The layer maps are those of the population matrices: K -> c E σ(u)σ(v) for the fully-connected network, and
K -> K + s (b_i E σ(u_j) + b_j E σ(u_i)) + s² E σ(u_i)σ(u_j), b -> b + s E σ with s = c_res/H for the residual
one; `x` is the size of an error (largest entry), c is c_sigma.
"""

import math
from typing import Any

from theorems.lin2022review import wave
from theorems.lin2022review.lipschitz import put
from theorems.lin2022review.wave import COSH, SINH
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Series,
    Statement,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "(0, 1)"
SINE = "(2/(1 - exp(-2)))"
"""c_sigma of the activation sin; its layer map at unit variances is sinh(c)/sinh(1)."""
OF_SINE = {"c": SINE, "L": "1", "beta": "1", "s0": "0", "V": "1"}


def sine_layer(c: str) -> str:
    """The next covariance of two unit inputs under sin."""
    return f"({SINH.format(c)}/{SINH.format('1')})"


def bernoulli() -> Outcome:
    """(13/10)^k >= 9k(k - 1)/200 for k >= 8, by induction over k."""
    return every(
        evaluate("(13/10)**8 >= 9*8*7/200", says="k = 8"),
        prove("13/10*(9*k*(k - 1)/200) >= 9*(k + 1)*k/200", k="[8, oo)", says="from k to k + 1"),
    )


def sine_amplifies() -> Outcome:
    """1 - F(1 - x) >= 13x/10 for 0 < x <= 1/50 and F = sinh(c)/sinh(1): nearly equal inputs move apart.

    Started at x = (13/10)^(-k)/50 the error is multiplied by at least 13/10 in each of k layers.
    """
    return prove(
        f"{SINH.format('1')} - {SINH.format('(1 - x)')} >= 13/10*x*{SINH.format('1')}",
        x="(0, 1/50]",
        says="sin, cosine 1 - x",
        assumes=(wave.PRODUCT_TO_SUM,),
    )


def amplification_plot() -> Plot:
    """Relative growth of an error of 10^-9 against the depth, in floats."""
    depths = [1, *range(2, 61, 3)]
    dense, residual = [], []
    for H in depths:
        x, y, r = 1e-9, 1e-9, 0.5
        for _ in range(H - 1):
            # 1 - sinh(1 - x)/sinh(1), without cancellation
            x = 1 - math.cosh(x) + math.sinh(x) / math.tanh(1)
            y += (r / H) ** 2 * (math.exp(-1) * math.cosh(1) * y)
        dense.append(x / 1e-9)
        residual.append(y / 1e-9)
    return Plot(
        message="An error in the first layer grows exponentially with the depth in a fully-connected "
        "network, and hardly at all in a residual one (sin, nearly equal inputs, c_res = 1/2).",
        x_label="depth H",
        y_label="error of layer H / error of layer 1",
        series=[
            Series("fully connected", [float(H) for H in depths], dense),
            Series("residual", [float(H) for H in depths], residual),
        ],
        log_y=True,
    )


dense = Claim(
    "du2019deep/eq-4",
    aliases=("du2019thesis/eq-3.4",),
    title="Errors of the first layer are amplified at most exponentially in the depth",
    kind="asymptotic-scaling",
    where="Section 4, eq. (4)",
    states=r"\mathcal E_{h} \le F\,\mathcal E_{h-1}\ (2 \le h\le H-1),\ \mathcal E_H \le D\,\mathcal E_{H-1}"
    r"\implies \mathcal E_H \le D\,F^{H-2}\mathcal E_1 = 2^{O(H)}\mathcal E_1,\qquad F = "
    r"c_\sigma\left(L^2+\beta\left(s_0+L\sqrt{2V/\pi}\right)\right)",
    given=(
        r"\mathcal E_h\ \text{largest error of an entry of the feature Gram matrix of layer } h",
        r"|\sigma(0)| \le s_0,\ \mathrm{Lip}(\sigma)\le L,\ \mathrm{Lip}(\sigma')\le\beta;\ "
        r"\text{variances at most } V",
        r"D\ \text{not depending on } H\ \text{(Appendix E.2)};\quad \text{printed: } 2^{O(H)}",
    ),
    printed={"F": "c*(L**2 + beta*(s0 + L*sqrt(2*V/pi)))", "growth": "exponential"},
    parts=("one layer", "all layers"),
    uses=("lin2022review/lemma-2-step-1", "lin2022review/lemma-2-step-2"),
    note="Printed for G^(1) and G^(H); the matrices that propagate are those of the features (Theorem E.1), "
    "and only the last one is of gradients. An upper bound: for 1 + sin z the error shrinks, for sin and "
    "nearly equal inputs it does grow exponentially, as long as it is small. growth says what the bound is "
    "allowed to be: B^H, or B H, or B, for one B whatever the depth.",
)


@dense.check(part="one layer", covers="universal")
def along_the_segment(claim: Statement, ctx: Context) -> Outcome:
    """On the segment between two covariances of one pair: |∂F/∂A_12| <= L², |∂F/∂A_ii| <= β E|σ|/2 off the
    diagonal, and L² + β E|σ| on it, E|σ| <= s_0 + L√(2V/π).

    First sin near equal inputs, where an error is multiplied by at least 13/10.
    """
    let = {"F": f"({claim.F})"}
    mean = "(s0 + L*sqrt(2*V/pi))"
    box: dict[str, Any] = dict.fromkeys(("c", "L", "beta", "s0", "V"), POSITIVE)
    near_one = contradicted_by(
        every(sine_amplifies(), evaluate(f"13/10 > {put(claim.F, **OF_SINE)}", says="the factor for sin")),
        witness="sin, two inputs at cosine 1 - x, x <= 1/50: the error grows by more than the factor",
    )
    return unless(
        [near_one],
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E |z|"),
            prove(f"c*(L**2*x + 2*(beta/2*{mean})*x) <= F*x", let=let, x=FROM_ZERO, says="i != j", **box),
            prove(f"c*(L**2 + beta*{mean})*x <= F*x", let=let, x=FROM_ZERO, says="i = j", **box),
            assumes=(
                "lemma-2-step-1, lemma-2-step-2 of the review",
                "covariances with variances <= V are convex",
            ),
        ),
    )


@dense.check(part="all layers", covers="universal")
def layer_by_layer(claim: Statement, ctx: Context) -> Outcome:
    """e_h <= F e_{h-1} from layer to layer, P = F^(h-2): D P F e_1 after one more; its log is linear in H.

    First sin, k = H - 1 layers started so small that the error stays below 1/50: at least (13/10)^k, against
    B, and against B H, for every B >= 1, at k = 100(B + 1).
    """
    depth = "(100*(B + 1))"
    bound = {"constant": "B", "linear": f"B*({depth} + 1)"}.get(str(claim.growth))
    if bound is not None:
        return contradicted_by(
            every(
                sine_amplifies(),
                bernoulli(),
                prove(
                    f"9*{depth}*({depth} - 1)/200 > {bound}", B=FROM_ONE, says="(13/10)^k against the bound"
                ),
            ),
            witness="sin, cosine 1 - (10/13)^k/50: 100(B + 1) layers exceed the bound, whatever B",
        )
    return every(
        follows_from(
            prove(
                "F*(D*P*x) <= D*(P*F)*x", F=FROM_ZERO, D=FROM_ZERO, P=FROM_ZERO, x=FROM_ZERO, says="a layer"
            ),
            prove(
                "log(D) + (H - 2)*log(F) <= (log(D) + log(F))*H",
                D=FROM_ONE,
                F=FROM_ONE,
                H="[2, oo)",
                says="log of D F^(H-2) against O(H), D, F >= 1",
            ),
            assumes=("induction over the layers", "D: Lipschitz constant of the last layer, Appendix E.2"),
        ),
        plots=(amplification_plot(),),
    )


@dense.falsehood_with_check("the growth is exponential whatever the activation")
def contraction(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z at unit variances: slope c cosh(c')/e <= 2/5 at every covariance c' in [-1, 1]."""
    slope = f"{wave.NORMALISER}*exp(-1)*{COSH.format('t')}"
    return contradicted_by(
        prove(f"{slope} <= 2/5", t="[-1, 1]", says="slope of the layer map", assumes=(wave.PRODUCT_TO_SUM,)),
        witness="1 + sin z: an error off the diagonal shrinks by 2/5 in each layer",
    )


dense.falsehood("without c_σ", F="L**2", by=("along_the_segment",))
dense.falsehood("half of the slope", F="c*L**2/2", by=("along_the_segment",))
dense.falsehood("bounded in the depth", growth="constant", by=("layer_by_layer",))
dense.falsehood("linear in the depth", growth="linear", by=("layer_by_layer",))


residual = Claim(
    "du2019deep/eq-5",
    aliases=("du2019thesis/eq-3.5",),
    title="Errors of the first layer stay bounded in a residual network",
    kind="asymptotic-scaling",
    where="Section 4, eq. (5)",
    states=r"\mathcal E_h \le \left(1+\frac{C}{H^{g}}\right)\mathcal E_{h-1},\ g = 1,\ C = "
    r"2r(B\mu+M)+r^2F;\qquad \left(1+\frac{C}{H^{g}}\right)^H \le e^{kC},\ k = 1",
    given=(
        r"\mathcal E_h\ \text{largest error of an entry of } K^{(h)} \text{ and of } b^{(h)};\ "
        r"\text{branches } \frac{r}{H^{g}},\ r = c_{res}",
        r"|\mathbb E\sigma(\sqrt qz)| \le M,\ \text{Lipschitz constant } \mu \text{ in } q;\ |b^{(h)}|\le B",
        r"F\ \text{a Lipschitz constant of } K\mapsto\mathbb E\sigma(u)\sigma(v)",
    ),
    printed={"g": 1, "C": "2*r*(B*mu + M) + r**2*F", "k": 1},
    parts=("one layer", "all layers"),
    uses=("du2019deep/def-6.1",),
    note="Printed with O(1/H) and O(ε_1). The means b are part of what propagates. The last layer multiplies "
    "by c_res²/H² on top.",
)


@residual.check(part="one layer", covers="universal")
def two_means_and_a_covariance(claim: Statement, ctx: Context) -> Outcome:
    """|b m - b' m'| <= M x + B μ x twice, and F x for the products; the means themselves by 1 + (r/H) μ.

    First σ(z) = 1 + z, with M = 1, μ = 0 and F = 1, where K errs by x (1 + 2s + s²) when K and both means err
    by x.  N = H^g.
    """
    let = {"C": f"({claim.C})"}
    exact = {"C": put(claim.C, M=1, mu=0, F=1)}
    box: dict[str, Any] = dict.fromkeys(("B", "mu", "M", "F", "x"), FROM_ZERO) | {"r": UNIT, "N": FROM_ONE}
    shift = "(K + x + s*((b + x) + (d + x)) + s**2*(1 + K + x)) - (K + s*(b + d) + s**2*(1 + K))"
    return every(
        identity(f"{shift} == x*(1 + 2*s + s**2)", says="1 + z"),
        prove(
            "1 + 2*(r/N) + (r/N)**2 <= 1 + C/N",
            let=exact,
            r=UNIT,
            N=FROM_ONE,
            B=FROM_ZERO,
            says="1 + z against the factor",
        ),
        prove("x + 2*(r/N)*(M*x + B*mu*x) + (r/N)**2*F*x <= (1 + C/N)*x", let=let, says="K", **box),
        assumes=("|b m - b' m'| <= |b - b'||m| + |b'||m - m'|",),
    )


@residual.check(part="all layers", covers="universal")
def compound_interest(claim: Statement, ctx: Context) -> Outcome:
    """H log(1 + C/H^g) <= k C, with N = √H.

    First branches of size r/√H: for σ(z) = 1 + z, r = 1/2, an error x of the means alone moves K by 2sx in
    each layer, H layers by at least 2 H s x = √H x: against every bound A, H = (A + 1)².
    """
    power = {1: "N**2", 0: "1"}.get(claim.g, "N")
    endless = contradicted_by(
        prove(f"(A + 1)**2/({power.replace('N', '(A + 1)')}) > A", A=FROM_ONE, says="H layers of 1 + z"),
        witness="1 + z, c_res = 1/2: for every bound A, H = (A + 1)² layers amplify by more than A",
    )
    return unless(
        [endless],
        every(
            prove(
                f"N**2*log(1 + C/({power})) <= k*C",
                let={"k": claim.k},
                N=FROM_ONE,
                C=FROM_ZERO,
                says="log of the product",
            ),
        ),
    )


residual.falsehood("without the means", C="r**2*F", by=("two_means_and_a_covariance",))
residual.falsehood("half of the means", C="r*(B*mu + M) + r**2*F", by=("two_means_and_a_covariance",))
residual.falsehood("branches of size c_res/√H", g="1/2", by=("compound_interest",))
residual.falsehood("branches of size c_res", g=0, by=("compound_interest",))
residual.falsehood("e^(C/2)", k="1/2", by=("compound_interest",))
