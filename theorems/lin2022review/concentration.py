"""Section 3: empirical Gram matrices near the population ones, by a recursion over the layers.

e_h is the largest entry of |empirical - population| at layer h, ell = log(Hn/δ), `c` is c_sigma; |sigma(0)|
<= s0, and L, b are Lipschitz constants of sigma and of its derivative.
"""

from typing import Any

from theorems.lin2022review import tails, wave
from verify import (
    Claim,
    Context,
    Outcome,
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

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"
BERNSTEIN_CONSTANT = f"2*sqrt(3)*{tails.SCALE}"


theorem_4 = Claim(
    "lin2022review/thm-4",
    title="Empirical Gram matrices are close to the population Gram matrices, fully connected",
    kind="probabilistic",
    where="Section 3, Theorem 4, eq. (26)",
    states=r"\Pr\left(\|\hat K^{(h)}-K^{(h)}\|_{\max} \le C\,P\,\sqrt{\log\frac{Hn^{p}}{\delta}}\;m^{s}\ "
    r"\text{for}\ 1\le h\le H-t\right) \ge 1-\delta\quad\text{for}\ m \ge w\,\log\frac{Hn^{p}}{\delta}",
    given=(
        r"\|x_i\|_2 = 1,\ \sigma\ \text{as in (7)}",
        r"P = (1+Q)^{H-1} = 2^{O(H)},\ C, Q\ \text{depend on}\ \sigma\ \text{only}",
        r"0 < \delta < 1",
    ),
    printed={"p": 1, "s": "-1/2", "t": 1, "w": "0"},
    uses=("lin2022review/eq-22",),
    proof_uses=(
        "lin2022review/eq-27",
        "lin2022review/lemma-2",
        "lin2022review/thm-4-contraction",
        "lin2022review/eq-28",
    ),
    note="Printed without a condition on the width: products of Gaussians have heavier tails than a "
    "Gaussian. The correction asks for the width at which the bound is at most 1, which is within "
    "the order of (5). Lemma 2 is not needed: where the proof uses it, one side has "
    "unit variances, and then a constant exists.",
)

WAVE: dict[str, Any] = {
    **wave.CONSTANTS,
    "C": "(2*sqrt(3)*8*2/(3 - exp(-2))*5)",
    "P": "(1 + 2/(3 - exp(-2))*(12 + sqrt(4/pi)))",
    "pr": "((erf(2/sqrt(2)) - erf(4/5/sqrt(2)))/2)",
}
"""1 + sin z and H = 2: the constants C, P = 1 + Q; pr bounds Pr(c sigma(z)^2 > 2) below, by z in [4/5, 2]."""


def many_orthonormal_inputs(claim: Statement) -> Outcome:
    """H = 2, δ = 1/2, m = 10⁹, 1 + sin z, n orthonormal inputs with 2 <= n pr^m <= 4.

    The n diagonal entries are independent, and each exceeds 2 when all m neurons do: no failure has a
    probability of at most exp(-2).  The bound is at most 1 as soon as the width is met.
    """
    let = {**WAVE, "p": claim.p, "m": 10**9}
    ell = "(log(4) + p*(m*log(1/pr) + log(4)))"
    width = str(claim.w).replace("C", f"({WAVE['C']})").replace("P", f"({WAVE['P']})")
    return contradicted_by(
        every(
            evaluate(f"({width})*{ell} <= m", let=let, says="the width is met", instance=True),
            evaluate(f"C*P*sqrt({ell}/m) <= 1", let=let, says="the bound", instance=True),
            evaluate("(2/(3 - exp(-2)))*(1 + min(sin(4/5), sin(2)))**2 > 2", says="c σ² > 2 there"),
            evaluate("exp(-2) < 1 - 1/2", says="a failure has a probability above δ"),
            assumes=("sin is concave on [4/5, 2]", "(1 - x)^n <= exp(-n x)"),
        ),
        witness="H = 2, δ = 1/2, m = 10⁹ neurons 1 + sin z, n orthonormal inputs, log n about m log(1/pr)",
    )


@theorem_4.check(covers="universal")
def no_constant_helps(claim: Statement, ctx: Context) -> Outcome:
    """One neuron, one input, two layers: whatever the constant, some δ is too small for it."""
    return tails.single_neuron(str(claim.w))


@theorem_4.check(covers="universal")
def recursion_over_layers(claim: Statement, ctx: Context) -> Outcome:
    """e_h <= Q e_{h-1} + s with s = C√(ell/m), so e_h <= P s <= 1 at the width (C P)² ell, for all h < H.

    Then variances stay below 2, which the concentration of the next layer needs.  Before that: rates and
    logarithms that are too good, by lower bounds of the deviation of one layer.
    """
    let = {**WAVE, "s": claim.s, "m": 10**14}
    rate = tails.deviates("C*P*m**s*sqrt(log(16))", let, tails.WAVE_MOMENTS, "1/8", "H = 2, n = 1, δ = 1/8")
    fast = unless([rate], tails.wave_fourth_moment())
    last = evaluate(
        f"step(-t)*abs(1 - {wave.last('1')}) == 0", let={"t": claim.t}, says="H = n = 1, h = H, limit of m"
    )
    data: dict[str, Any] = {"C": "[13, oo)", "P": FROM_ONE, "ell": POSITIVE, "r": FROM_ONE}
    width = f"(({claim.w})*ell*r)"
    return unless(
        [fast, many_orthonormal_inputs(claim), last],
        follows_from(
            fast,
            last,
            prove(f"C**2*P**2*ell <= {width}", says="C P √(ell/m) <= 1 for m = r w ell", **data),
            prove(f"12*ell <= {width}", says="the width of the concentration of one layer", **data),
            evaluate("13 <= 2*sqrt(3)*8*(1/2)", says="C >= 13, as c >= 1/(2 s0² + 2 L²)"),
            prove("1/(2*s0**2 + 2*L**2)*(s0**2 + 4*L**2) >= 1/2", s0=FROM_ZERO, L=POSITIVE),
            prove("Q*R + 1 <= (1 + Q)*R", Q=FROM_ZERO, R=FROM_ONE, says="Q e + s <= (1 + Q)^h s"),
            prove("(H - 1)*delta/H <= delta", H=FROM_ONE, delta="(0, 1)", says="union bound"),
            prove("1/sqrt(m) <= m**s", m=FROM_ONE, let={"s": claim.s}, says="the rate"),
            prove("n <= n**p", n=FROM_ONE, let=claim.let, says="the logarithm"),
            assumes=(
                "eq-27 (corrected) on the event that the layers before are within 1",
                "thm-4-contraction",
            ),
        ),
    )


ENOUGH: dict[str, Any] = {"w": "(C*P)**2"}
theorem_4.falsehood("rate 1/m", s=-1, by=("recursion_over_layers",), **ENOUGH)
theorem_4.falsehood("no dependence on n", p=0, by=("recursion_over_layers",), **ENOUGH)
theorem_4.falsehood("up to the last layer, the matrix (25)", t=0, by=("recursion_over_layers",), **ENOUGH)
theorem_4.falsehood("rate 1/m, any width", s=-1, by=("no_constant_helps",))
theorem_4.corrected("from (C P)² log(Hn/δ) neurons on", erratum="missing hypothesis", **ENOUGH)


per_layer = Claim(
    "lin2022review/eq-27",
    title="Concentration of one layer's Gram matrix given the layers before",
    kind="probabilistic",
    where="Section 3, proof of Theorem 4, eq. (27)",
    states=r"\Pr\left(\|\hat K^{(h)}-\mathbb E^{(h)}\hat K^{(h)}\|_{\max} \le "
    r"C\,\sqrt{\log\frac{Hn}{\delta}}\;m^{s}\right) \ge 1-\frac{\delta}{H}\quad\text{for}\ m \ge "
    r"w\,\log\frac{Hn}{\delta}",
    given=(
        r"\text{conditional on the layers before, with}\ \hat K_{ii}^{(h-1)} \le 2",
        r"H \ge 2,\ 0 < \delta < 1",
        r"c = c_\sigma,\ |\sigma(0)|\le s_0,\ L = \mathrm{Lip}(\sigma)",
    ),
    printed={"C": BERNSTEIN_CONSTANT, "s": "-1/2", "w": "0"},
    uses=("lin2022review/eq-16-20",),
    step_of="lin2022review/thm-4",
    note="C is printed as an absolute constant; the data give the one that Bernstein's inequality needs, "
    "which depends on σ. It cannot be absolute: bumps far from 0 have a normalised fourth moment as "
    "large as one likes. The bound on the variances is not printed.",
)


@per_layer.check(covers="universal")
def one_neuron_exceeds(claim: Statement, ctx: Context) -> Outcome:
    """n = m = 1, the first layer: the entry is c σ(z)², with an exponential tail; no constant is enough."""
    return tails.single_neuron(str(claim.w))


@per_layer.check(covers="universal")
def bernstein(claim: Statement, ctx: Context) -> Outcome:
    """With t = C√(ell/m) <= B the exponent m t²/(4B²) is 3 ell, and 2n² exp(-3 ell) <= δ/H.

    Before that, half a standard deviation against the radius, at n = 1, H = 2, δ = 1/4: for 1 + sin z, and
    for the bump exp(-(z - 8)²/2).
    """
    radius = f"({claim.C})*m**({claim.s})*sqrt(log(8))"
    constants, moments = tails.bump(64)
    cases = [
        tails.deviates(
            radius, {**wave.CONSTANTS, "m": 10**14}, tails.WAVE_MOMENTS, "1/8", "1 + sin z, δ = 1/4"
        ),
        tails.deviates(radius, {**constants, "m": 10**20}, moments, "1/8", "bump at 8, δ = 1/4"),
    ]
    data: dict[str, Any] = {"c": POSITIVE, "s0": FROM_ZERO, "L": POSITIVE}
    return unless(
        cases,
        follows_from(
            tails.wave_fourth_moment(),
            prove("(s0 + v)**2 <= 2*s0**2 + 2*v**2", s0=FROM_ZERO, v=FROM_ZERO, says="σ(u)², v = L|u|"),
            identity(
                f"m*(({claim.C})*m**({claim.s})*sqrt(ell))**2/(4*({tails.SCALE})**2) == 3*ell",
                says="the exponent",
                **{**data, "m": POSITIVE, "ell": POSITIVE},
            ),
            evaluate("w >= 12", let=claim.let, says="t <= B"),
            identity(f"(({claim.C})/({tails.SCALE}))**2 == 12", says="t² = 12 B² ell/m", **data),
            prove(
                "2*delta**2 <= n*H**2", delta="(0, 1)", n=FROM_ONE, H="[2, oo)", says="2n² (δ/(Hn))³ <= δ/H"
            ),
            assumes=(tails.BERNSTEIN, tails.MOMENTS, "union bound over the n² entries"),
        ),
    )


per_layer.falsehood("C = 100 for every activation", C="100", w=12, by=("bernstein",))
per_layer.falsehood("rate 1/m", s=-1, w=12, by=("bernstein",))
per_layer.falsehood("C = 10⁶, any width", C="10**6", by=("one_neuron_exceeds",))
per_layer.corrected("from 12 log(Hn/δ) neurons on, C depending on σ", erratum="missing hypothesis", w=12)


contraction = Claim(
    "lin2022review/thm-4-contraction",
    title="The dual of a random Gram matrix against the dual of the population Gram matrix",
    kind="deterministic-inequality",
    where="Section 3, proof of Theorem 4, display after eq. (27)",
    states=r"\|K^{(h)}-\mathbb E^{(h)}\hat K^{(h)}\|_{\max} = c_\sigma\|F(K^{(h-1)})-F(\hat "
    r"K^{(h-1)})\|_{\max}\ R\ c_\sigma\ell\,\|K^{(h-1)}-\hat K^{(h-1)}\|_{\max},\qquad F(A) = "
    r"\mathbb E_{w\sim N(0,A)}\sigma(w)\sigma(w)^\top",
    given=(
        r"K_{ii}^{(h-1)} = 1,\ \hat K^{(h-1)}\ \text{any positive semidefinite matrix}",
        r"|\sigma(0)|\le s_0,\ L = \mathrm{Lip}(\sigma),\ b = \mathrm{Lip}(\sigma')",
    ),
    printed={"ell": "7*L**2 + 4*s0**2 + b*(s0 + L*sqrt(4/pi))", "R": "<="},
    uses=("lin2022review/eq-16-20", "lin2022review/eq-22"),
    proof_uses=("lin2022review/lemma-2",),
    step_of="lin2022review/thm-4",
    note="Printed with one symbol c_σ for both constants, some constant that depends on σ. The data give "
    "one that works although Lemma 2, on which the display rests, has none: here one side has unit "
    "variances.",
)


@contraction.check(covers="universal")
def near_and_far(claim: Statement, ctx: Context) -> Outcome:
    """Variances up to 2: |∂F_12/∂A_12| <= L², |∂F_12/∂A_11| <= b E|σ|/2, E|σ| <= s0 + L√(4/π).

    A variance T > 2: the distance is at least T - 1, both duals are at most 2 s0² + 2 L² times the
    variance. First, sin 5z (s0 = 0, L = 5, b = 25) at unit variances and the covariances 1 and 99/100.
    """
    dual = "exp(-25)*(exp(25*{0}) - exp(-25*{0}))/2"
    change = f"({dual.format(1)}) - ({dual.format('(99/100)')})"
    let = {"s0": "0", "L": "5", "b": "25"}
    wave_5 = evaluate(
        f"{change} {claim.R} ({claim.ell})*(1 - 99/100)", let=let, says="sin 5z, covariances 1, 0.99"
    )
    data: dict[str, Any] = {"L": FROM_ZERO, "s0": FROM_ZERO, "b": FROM_ZERO}
    return unless(
        [wave_5],
        follows_from(
            wave_5,
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E|z|"),
            prove(f"L**2 + 2*(b/2)*(s0 + L*sqrt(4/pi)) <= {claim.ell}", says="variances up to 2", **data),
            prove(
                f"(2*s0**2 + 2*L**2) + (2*s0**2 + 2*L**2*T) <= ({claim.ell})*(T - 1)",
                says="the largest variance is T",
                T="[2, oo)",
                **data,
            ),
            assumes=(
                "Price's theorem: the derivatives of F in the covariance",
                "eq-16-20: the conditional mean is c_σ F",
                "|F_ij|² <= F_ii F_jj",
            ),
        ),
    )


contraction.falsehood("the constant 1 for every activation", ell="1")
contraction.falsehood("the constant L²/4", ell="L**2/4")
contraction.falsehood("an equality", R="==")


recursion = Claim(
    "lin2022review/eq-28",
    title="The one-step error recursion and its solution",
    kind="proof-step",
    where="Section 3, proof of Theorem 4, eq. (28)",
    states=r"e_h \le q\,e_{h-1} + t s,\quad e_0 = 0 \implies e_h \le S_h\,s \le (1+q)^h s,\quad "
    r"S_h = \frac{q^h-1}{q-1}\ (q\ne 1);\qquad (H-1)\frac{\delta}{H^{d}} \le \delta",
    given=(r"q = c_\sigma\ell \ge 0,\ s = C\sqrt{\log(Hn/\delta)/m}",),
    printed={"t": 1, "S": "(p - 1)/(q - 1)", "base": "1 + q", "d": 1},
    parts=("recursion", "solution", "confidence"),
    uses=("lin2022review/eq-27", "lin2022review/thm-4-contraction"),
    step_of="lin2022review/thm-4",
    note="p is q^h. (1 + q)^h = 2^(h log2(1 + q)) is the printed 2^O(H); for q = 1 the sum is h, for q < "
    "1 it is at most 1/(1 - q), without growth in h.",
)


@recursion.check(part="recursion", covers="universal")
def triangle_inequality(claim: Statement, ctx: Context) -> Outcome:
    """|K - K̂| <= |K - E K̂| + |E K̂ - K̂|, attained where both have one sign."""
    return prove("x + y <= x + t*y", x=FROM_ZERO, y=FROM_ZERO, let=claim.let)


@recursion.check(part="solution", covers="universal")
def induction(claim: Statement, ctx: Context) -> Outcome:
    """With p = q^h the next bound is q S + 1; S_0 = 0; and q R + 1 <= R (1 + q) for R = (1 + q)^h >= 1.

    First h = 2, where the largest solution is (1 + q) s: q = 11/10.
    """
    S = str(claim.S)
    second = evaluate("1 + q <= " + S.replace("p", "q**2"), let={"q": "11/10"}, says="h = 2", instance=True)
    steps = every(
        identity(f"q*({S}) + 1 == ({S.replace('p', '(p*q)')})", says="one layer more"),
        identity(f"{S.replace('p', '1')} == 0", says="h = 0"),
        prove(f"q*R + 1 <= R*({claim.base})", q=FROM_ZERO, R=FROM_ONE, says="exponential bound"),
        assumes=("induction over h; monotone because q >= 0",),
    )
    return unless([second], steps)


@recursion.check(part="confidence", covers="universal")
def layers_add_up(claim: Statement, ctx: Context) -> Outcome:
    """H - 1 layers, each with an error probability δ/H."""
    return prove("(H - 1)*delta/H**d <= delta", H=FROM_ONE, delta="(0, 1)", let=claim.let)


@recursion.falsehood_with_check("exponential growth also for q < 1")
def bounded_sum(claim: Statement, ctx: Context) -> Outcome:
    """q = 1/2: the largest solution at h = 20, against growth by 11/10 for each layer."""
    return evaluate("(1 - (1/2)**20)/(1 - 1/2) >= (11/10)**20", says="S_20 at q = 1/2")


recursion.falsehood("half of the fluctuation", t="1/2", by=("triangle_inequality",))
recursion.falsehood("e_h <= q^h s", S="p", by=("induction",))
recursion.falsehood("base q", base="q", by=("induction",))
recursion.falsehood("error δ in each layer", d=0, by=("layers_add_up",))
