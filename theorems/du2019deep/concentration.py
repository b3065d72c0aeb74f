"""Theorem E.1: empirical Gram matrices and means of all hidden layers near the population ones.

ell = log(Hn max p/delta), E = C P with P the product over the layers; c is c_sigma; s0, L, b are |sigma(0)|
and Lipschitz constants of sigma and its derivative; dn, w are norms of skip map and weights.
"""

from typing import Any

from theorems.du2019deep.concentration_errors import recursion_with_norms, slope_of_a_small_mean
from theorems.du2019deep.concentration_networks import measured
from theorems.lin2022review import tails, wave
from theorems.lin2022review.concentration import WAVE, many_orthonormal_inputs
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

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "[0, 1]"
MAXIMUM = "W*sqrt((1 + C**2)*M**2)"
FLUCTUATION = "(32*C**2 + 3*C)*M"

constants = Claim(
    "du2019deep/thm-E.1-constants",
    aliases=("du2019thesis/thm-3.4-constants",),
    title="The constants of the error factor",
    kind="definition",
    where="Appendix E.1, Theorem E.1",
    states=r"M = 1+100\max|\mathcal W^{(h)}(K_{ij}^{(h-1)})_{pq}|,\ B = 1+100\max|b_{ip}^{(h)}|,\ A_{(h)} = "
    r"1+\max\{\|D\|,\|D(\cdot)D^\top\|\},\ W_{(h)} = 1+\|\mathcal W^{(h)}\|,\ C_{(h)} = "
    r"|\rho(0)|+\sup|\rho'|,\ \Lambda_{(h)}\ \text{a function of}\ \rho^{(h)}",
    given=(
        r"\text{needed: } \|\mathcal W\| \le W,\ \|D\| \le A,\ \mathbb E|\rho(\sqrt q z)| \le C\max(1,\sqrt "
        r"q),\ |F(A)-F(A')| \le \Lambda\|A-A'\|_\infty\ \text{for variances up to}\ M",
        r"F(A) = \mathbb E\rho(u)\rho(v);\ \text{and}\ |\mathbb E\rho(\sqrt qz)-\mathbb E\rho(\sqrt{q'}z)| "
        r"\le \Lambda|q-q'|",
    ),
    printed={"W": "1 + w", "A": "1 + dn", "C": "s0 + L", "Lam": "x"},
    parts=("weights", "skip", "activation", "covariance"),
    uses=("du2019deep/lemma-G.5", "du2019deep/def-E.1", "lin2022review/thm-4-contraction"),
    note="x is any number that does not depend on M. For networks with unit variances, M is itself a number, "
    "and the distinction is void; the framework allows any M.",
)


@constants.check(part="weights", covers="universal")
def filter_of_three(claim: Statement, ctx: Context) -> Outcome:
    """By definition of the norm w; a convolution with three pixels and q = 3 has w = 3."""
    return unless(
        [evaluate(f"3 <= {claim.W}", let={"w": 3}, instance=True)], prove(f"w <= {claim.W}", w=FROM_ZERO)
    )


@constants.check(part="skip", covers="universal")
def identity_skip(claim: Statement, ctx: Context) -> Outcome:
    """By definition of the norm."""
    return prove(f"dn <= {claim.A}", dn=FROM_ZERO)


@constants.check(part="activation", covers="universal")
def absolute_moment(claim: Statement, ctx: Context) -> Outcome:
    """E|ρ(U)| <= s0 + L √q E|z|, for √q = t <= 1 and for √q = t >= 1."""
    box: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO}
    return every(
        prove(f"s0 + L*t <= {claim.C}", t=UNIT, **box),
        prove(f"s0 + L*t <= ({claim.C})*t", t=FROM_ONE, **box),
        assumes=("E|z| <= 1",),
    )


@constants.check(part="covariance", covers="universal")
def slope_of_the_dual(claim: Statement, ctx: Context) -> Outcome:
    """Price: |∂F/∂A_12| <= L², |∂F/∂A_11| <= β E|ρ|/2, twice, E|ρ| <= s0 + L √(2M/π); the mean has slope β/2.

    First z + sin z (L = 2, β = 1, s0 = 0) at A_11 = 1, A_22 = M, A_12 = 9/10 √M: the slope in A_11 is at
    least A_12/(2√e), above any x at M = (100(x + 1))².
    """
    root = "(100*(x + 1))"
    let = {"L": "2", "s0": "0", "beta": "1", "M": f"{root}**2"}
    wide = contradicted_by(
        prove(f"9/20*{root}*exp(-1/2) > {claim.Lam}", let=let, x=FROM_ZERO),
        witness="ρ(z) = z + sin z, variances 1 and M = (100(x + 1))², covariance 9/10 √M, for every x",
    )
    box: dict[str, Any] = dict.fromkeys(("L", "s0", "beta", "x"), FROM_ZERO) | {"M": FROM_ONE}
    return unless(
        [wide, slope_of_a_small_mean(str(claim.Lam))],
        every(
            prove(f"beta/2 <= {claim.Lam}", says="the mean", **box),
            prove(f"L**2 + 2*(beta/2)*(s0 + L*sqrt(2*M/pi)) <= {claim.Lam}", **box),
            assumes=("Price's theorem: the derivatives of F", "E|z| = √(2/π)"),
        ),
    )


SECOND = "L**2 + beta*(s0 + L*sqrt(2*M/pi))"
DUAL: dict[str, Any] = {"Lam": f"{SECOND} + beta/2"}
constants.falsehood("C without |ρ(0)|", C="L", by=("absolute_moment",), **DUAL)
constants.falsehood("W = 1", W="1", by=("filter_of_three",), **DUAL)
constants.falsehood("half of the skip", A="dn/2", by=("identity_skip",), **DUAL)
constants.falsehood("Λ = L", Lam="L", by=("slope_of_the_dual",))
constants.falsehood("Λ of the second moments alone", Lam=SECOND, by=("slope_of_the_dual",))
constants.corrected("Λ depends on M as well", erratum="missing hypothesis", **DUAL)


theorem = Claim(
    "du2019deep/thm-E.1",
    aliases=("du2019thesis/thm-3.4",),
    title="Concentration of the Gram matrices and means of all hidden layers at initialisation",
    kind="probabilistic",
    where="Appendix E.1, Theorem E.1",
    states=r"\Pr\left(\|\hat K_{ij}^{(h)}-K_{ij}^{(h)}\|_\infty,\ \|\hat b_i^{(h)}-b_i^{(h)}\|_\infty \le C "
    r"P\,m^s\sqrt{\log\frac{Hn^p\max_h p^{(h)}}{\delta}}\ \text{for}\ h < H\right) \ge "
    r"1-\delta\quad\text{for}\ m \ge w\,\log(\dots)",
    given=(
        r"P = \prod_{h=2}^{H-1}\left(A+\Lambda W+CABW+CA\sqrt{WM}\right)_{(h)},\ 0 < \delta < 1",
        r"\text{printed: } C = k\,\max\{W\sqrt{(1+C_{(1)}^2)M^2},\sqrt{C_{(1)}^2M}\},\ k\ \text{absolute};"
        r"\ w = 0",
        r"s = -\tfrac12,\ p = 1",
    ),
    printed={"start": MAXIMUM, "w": "0", "s": "-1/2", "p": 1},
    parts=("probability", "constant"),
    uses=("du2019deep/def-E.1", "du2019deep/thm-E.1-constants"),
    proof_uses=(
        "du2019deep/proof-thm-E.1-base-concentration-K",
        "du2019deep/proof-thm-E.1-base-concentration-b",
        "du2019deep/proof-thm-E.1-layer-concentration",
        "du2019deep/proof-thm-E.1-recursion-K",
        "du2019deep/proof-thm-E.1-recursion-b",
        "du2019deep/proof-thm-E.1-unrolling",
    ),
    note="Printed without a width: one neuron has an exponential tail. The correction asks for the width at "
    "which the bound is at most 1/2; it is for dense layers (W(K) = K), |D| <= 1, population variances at "
    "least 1/100 and Λ as corrected, with C the largest (32 C_h² + 3 C_h) M of a layer. start "
    "is C without the absolute constant k; against the printed maximum there is a network for every k.",
)


@theorem.check(part="probability", covers="universal")
def one_neuron_one_layer(claim: Statement, ctx: Context) -> Outcome:
    """H = 2, n = m = 1, an exact Gaussian tail: whatever the constant C, some δ is too small for it."""
    return tails.single_neuron(str(claim.w))


@theorem.check(part="probability", covers="universal")
def layers_one_by_one(claim: Statement, ctx: Context) -> Outcome:
    """While the errors are at most 1/2, fluctuation and recursion hold: e_h <= (Q - 1) e_{h-1} + C √(ell/m).

    H - 1 layers fail with δ/H each.  First 1 + sin z with H = 2: half a standard deviation for one input,
    and n orthonormal inputs.
    """
    let = {**WAVE, "s": claim.s, "m": 10**14}
    rate = tails.deviates("C*P*m**s*sqrt(log(16))", let, tails.WAVE_MOMENTS, "1/8", "H = 2, n = 1, δ = 1/8")
    data: dict[str, Any] = {"C": POSITIVE, "P": FROM_ONE, "ell": POSITIVE, "r": FROM_ONE}
    return unless(
        [rate, many_orthonormal_inputs(claim)],
        follows_from(
            prove(
                f"(C*P)**2*ell <= ({claim.w})*ell*r*(1/2)**2", says="C P √(ell/m) <= 1/2, m = r w ell", **data
            ),
            prove("(Q - 1)*R + 1 <= Q*R", Q=FROM_ONE, R=FROM_ONE, says="C P_h bounds the error of layer h"),
            prove(f"16*ell <= ({claim.w})*ell*r", says="the width of one layer, 4 log(4Hn²p²/δ)", **data),
            *recursion_with_norms(),
            prove("(H - 1)*delta/H <= delta", H=FROM_ONE, delta="(0, 1)", says="union bound"),
            prove("1/sqrt(m) <= m**s", m=FROM_ONE, let={"s": claim.s}),
            prove("n <= n**p", n=FROM_ONE, let={"p": claim.p}),
            prove("4*x**2 <= x**4", x="[2, oo)", says="4Hn²p²/δ against (Hnp/δ)⁴, H >= 2"),
            prove("kappa + 1/2 <= (1 + 100*kappa)/2", kappa=FROM_ZERO, says="variances at most M/2"),
            assumes=(
                "proof-thm-E.1-layer-concentration (corrected; its 4 goes into C)",
                "proof-thm-E.1-recursion-K, -b with norms, proof-thm-E.1-mean-step (corrected)",
            ),
        ),
    )


@theorem.check(part="constant", covers="universal")
def start_of_the_recursion(claim: Statement, ctx: Context) -> Outcome:
    """The factor is at least the fluctuation (32 C² + 2√2 C) M of a layer.

    First H = 2, n = 1, P = 1 and ρ(z) = C z with C = 10⁵ k, the next W scaled to variance 1, so that W = 2
    and M = 101: half a standard deviation of the mean of C² z², C²/√(2m), against k times the factor.
    """
    let = {"C": "(10**5*k)", "W": "2", "M": "101"}
    endless = contradicted_by(
        every(
            evaluate("9/16*2**2/(3*2**2 + 60/10**14) > 1/8", says="often: V = 2 C⁴, fourth moment 60 C⁸"),
            prove(
                f"(k*{claim.start})**2*3 < C**4/2",
                let=let,
                k=FROM_ONE,
                says="the radius over half a standard deviation, squared, times m",
            ),
            evaluate("log(16) < 3", says="log(Hn/δ)"),
            expectation([("oo", "(z**2 - 1)**2")], equals="2", says="V at C = 1"),
            expectation([("oo", "(z**2 - 1)**4")], equals="60", says="the fourth moment at C = 1"),
            assumes=(
                "Paley-Zygmund: Pr(S² > E S²/4) >= 9/16 (E S²)²/E S⁴ with E S² = V/m, E S⁴ <= (3V² + F/m)/m²",
            ),
        ),
        witness="H = 2, n = 1, ρ(z) = 10⁵ k z for whatever k >= 1, δ = 1/8, m = 10^14: half a standard "
        "deviation is more than the radius, and is exceeded with a probability above 1/8",
    )
    return unless(
        [endless],
        follows_from(
            prove(
                f"(32*C**2 + 2*sqrt(2)*C)*M <= {claim.start}",
                C=FROM_ZERO,
                M=FROM_ONE,
                W=FROM_ONE,
                says="a layer",
            ),
            assumes=("proof-thm-E.1-layer-concentration (corrected)",),
        ),
    )


WIDTH = "4*(C*P)**2 + 16"
ENOUGH: dict[str, Any] = {"w": WIDTH, "start": FLUCTUATION}
theorem.falsehood("rate 1/m", s=-1, by=("layers_one_by_one",), **ENOUGH)
theorem.falsehood("no dependence on n", p=0, by=("layers_one_by_one",), **ENOUGH)
theorem.falsehood("any width, start as corrected", start=FLUCTUATION, by=("one_neuron_one_layer",))
theorem.falsehood("free of the activation", w=WIDTH, start="W*M", by=("start_of_the_recursion",))
theorem.falsehood("the printed maximum with the width", w=WIDTH, by=("start_of_the_recursion",))
theorem.corrected(
    "from (4 (C P)² + 16) log(..) neurons on, dense layers, |D| <= 1, C the largest fluctuation",
    erratum="missing hypothesis",
    **ENOUGH,
)


gram_bound = Claim(
    "du2019deep/eq-18",
    aliases=("du2019thesis/eq-3.17",),
    title="Deviation of the Gram matrices",
    kind="probabilistic",
    where="Appendix E.1, eq. (18)",
    states=r"\Big\|\frac1m\sum_{\alpha=1}^m (X_i^{(h),\alpha})^\top "
    r"X_j^{(h),\alpha}-K_{ij}^{(h)}\Big\|_\infty \le \mathcal E\,\sqrt{\log(Hn\max_h "
    r"p^{(h)}/\delta)}\;m^s\quad\text{for}\ m \ge w\,\log(\dots)",
    given=(r"\mathcal E = C P\ \text{as in Theorem E.1},\ s = -\tfrac12,\ \text{printed: } w = 0",),
    printed={"form": "inner", "w": "0", "s": "-1/2", "E": "C*P"},
    parts=("matrix", "bound"),
    uses=("du2019deep/def-E.1",),
    proof_uses=("du2019deep/thm-E.1",),
    note="For p >= 2 the average must be of X_i X_jᵀ, as in the proof. The bound is that of the corrected "
    "Theorem E.1, which is for dense layers, |D| <= 1, and asks for a width.",
)


@gram_bound.check(part="matrix", covers="universal")
def entry_of_two_pixels(claim: Statement, ctx: Context) -> Outcome:
    """p = 2: entry (1, 2) of the average, one channel, against that of X_i X_jᵀ, whose mean is K^(h)."""
    entry = {"inner": "x1*y1 + x2*y2", "outer": "x1*y2", "swapped": "x2*y1"}[str(claim.form)]
    return identity(f"{entry} == x1*y2")


@gram_bound.check(part="bound", covers="universal")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """H = 2, n = m = 1: the Gaussian tail."""
    return tails.single_neuron(str(claim.w))


@gram_bound.check(part="bound", covers="universal")
def within_the_theorem(claim: Statement, ctx: Context) -> Outcome:
    """It is Theorem E.1; first half a standard deviation for 1 + sin z, H = 2, n = 1, δ = 1/8."""
    let = {**WAVE, "s": claim.s, "m": 10**14}
    rate = tails.deviates(f"({claim.E})*m**s*sqrt(log(16))", let, tails.WAVE_MOMENTS, "1/8", "1 + sin z")
    return unless(
        [rate],
        follows_from(
            prove(f"4*(C*P)**2 <= {claim.w}", C=POSITIVE, P=FROM_ONE, says="the width"),
            prove("1/sqrt(m) <= m**s", m=FROM_ONE, let={"s": claim.s}),
            identity(f"{claim.E} == C*P"),
            assumes=("Theorem E.1 (corrected)",),
        ),
    )


@gram_bound.check(part="bound")
def random_networks(claim: Statement, ctx: Context) -> Outcome:
    """softplus, H = 3, three inputs, δ = 1/8: 160 networks of each of the widths 32, 128 and 512."""
    return measured(claim, ctx)


WIDE: dict[str, Any] = {"form": "outer", "w": WIDTH}
gram_bound.falsehood("0.1 for the factor, any width", form="outer", E="1/10", by=("random_networks",))
gram_bound.falsehood("0.1 for the factor", E="1/10", by=("within_the_theorem",), **WIDE)
gram_bound.falsehood("rate 1/m", s="-1", by=("within_the_theorem",), **WIDE)
gram_bound.falsehood("outer products, any width", form="outer", by=("one_neuron",))
gram_bound.falsehood("X_j X_iᵀ", form="swapped", w=WIDTH, by=("entry_of_two_pixels",))
gram_bound.corrected(
    "outer products, under the hypotheses of the corrected Theorem E.1", erratum="missing hypothesis", **WIDE
)


mean_bound = Claim(
    "du2019deep/eq-19",
    aliases=("du2019thesis/eq-3.18",),
    title="Deviation of the means",
    kind="probabilistic",
    where="Appendix E.1, eq. (19)",
    states=r"\Pr\left(\Big\|\frac1m\sum_\alpha X_i^{(h),\alpha}-b_i^{(h)}\Big\|_\infty \le \mathcal "
    r"E\sqrt{\frac{\log(Hn\max_h p^{(h)}/\delta)}{m}}\ \text{for}\ h < H\right) \ge 1-\delta\quad\text{for}"
    r"\ m \ge w\,\log(\dots);\qquad h = 1:\ |\hat b-b| \le \sqrt{\frac{k L^2q\log(2/\delta')}{m}}",
    given=(
        r"\mathcal E = CP\ \text{as in Theorem E.1},\ \text{printed: } w = 0",
        r"q\ \text{the pre-activation variance},\ L = \mathrm{Lip}(\rho),\ k = 2\ \text{(not printed)}",
    ),
    printed={"w": "0", "k": "2"},
    parts=("all layers", "one layer"),
    uses=("du2019deep/def-E.1",),
    proof_uses=("du2019deep/thm-E.1",),
    note="The correction has the hypotheses of that of Theorem E.1. For H = 2 it holds at every width. From "
    "the second layer on the variances are random, and a product of two Gaussians has an exponential tail.",
)


@mean_bound.check(part="all layers", covers="universal")
def product_of_two(claim: Statement, ctx: Context) -> Outcome:
    """H = 3, n = m = 1, ρ(z) = z: X^(2) = z u.  With log(H/δ) = v², v = 2C + 4, and t² = C v:

    z, u > t has probability at least (exp(-t²)/4)² = exp(-2 C v)/16 > 3 exp(-v²) = δ; C stands for C P.
    """
    let = {"C": "E", "P": "1"}
    endless = contradicted_by(
        every(
            prove(f"({claim.w})*(2*E + 4)**2 <= 1", let=let, E=POSITIVE, says="the width 1 is allowed"),
            prove("2*E*(2*E + 4) + log(48) < (2*E + 4)**2", E=POSITIVE, says="probability above δ"),
            prove("(2*E + 4)**2 > log(3)", E=POSITIVE, says="δ < 1"),
            assumes=("Pr(z > t) >= exp(-t²)/4",),
        ),
        witness="H = 3, n = m = 1, ρ(z) = z and, for every factor 𝓔, log(3/δ) = (2𝓔 + 4)²",
    )
    enough = follows_from(
        prove(f"4*(C*P)**2 <= {claim.w}", C=POSITIVE, P=FROM_ONE), assumes=("Theorem E.1 (corrected)",)
    )
    return unless([endless], enough)


@mean_bound.check(part="one layer", covers="universal")
def gaussian_tail(claim: Statement, ctx: Context) -> Outcome:
    """2 exp(-m t²/(2L²q)) = δ'; first ρ(z) = z, where the tail is exact, δ' = 1/10 .. 10⁻⁴⁰."""
    cases = [
        evaluate(
            f"1 - erf(sqrt(k*log(2*10**{d})/2)) <= 1/10**{d}",
            let=claim.let,
            instance=True,
            says=f"δ' = 10^-{d}",
        )
        for d in (1, 3, 10, 40)
    ]
    return unless(
        cases,
        follows_from(
            identity(
                "m*(k*L**2*q*ell/m)/(2*L**2*q) == ell", let=claim.let, m=POSITIVE, L=POSITIVE, q=POSITIVE
            ),
            assumes=("Gaussian concentration for the Lipschitz function (z_1, .., z_m) -> Σ ρ(√q z)/m",),
        ),
    )


mean_bound.falsehood("1/2 for the 2", w=WIDTH, k="1/2", by=("gaussian_tail",))
mean_bound.falsehood("from 1/(2 C P + 4)² log(..) neurons on", w="1/(2*C*P + 4)**2", by=("product_of_two",))
mean_bound.corrected(
    "under the hypotheses of the corrected Theorem E.1", erratum="missing hypothesis", w=WIDTH
)


widths = Claim(
    "du2019deep/remark-E.7",
    aliases=("du2019thesis/remark-3.7",),
    title="The width for each architecture",
    kind="asymptotic-scaling",
    where="Appendix E.1, Remark E.7",
    states=r"\text{fully connected: } A = A_0,\ m \gtrsim "
    r"\frac{n^p\log(Hn/\delta)\,2^{O(H)}}{\lambda_0^2};\qquad \text{residual: } A = A_1,\ C, \Lambda = "
    r"O(1/H),\ m \gtrsim \frac{n^p\log(Hn/\delta)}{\lambda_0^2}\,;\qquad \text{convolutional: } n \to n p",
    given=(
        r"\text{printed: } A_0 = 0,\ A_1 = 1;\ A = 1+\|D\|;\ \rho = c_{res}\sigma/H\ \text{(residual)}",
        r"\text{accuracy: } n\,\|\hat K^{(H-1)}-K^{(H-1)}\|_{\max} \le \kappa\lambda_0",
    ),
    printed={"A0": "0", "A1": "1", "p": 2, "base": "1", "C": "r/H*(s0 + L)", "dims": 1},
    parts=("constants", "growth", "accuracy"),
    uses=("du2019deep/thm-E.1-constants", "lin2022review/thm-4", "lin2022review/resnet-width-init"),
    proof_uses=("du2019deep/thm-E.1",),
    note="By its definition A is 1 and 2. With A = 2 the product of Theorem E.1 is at least 2^(H-2) for a "
    "residual network too, so the width without a power of 2 needs the norm of D, 1, in the recursion "
    "(base); then it holds. dims is the power of p in the size of a convolutional Gram matrix.",
)


@widths.check(part="constants", covers="universal")
def by_definition(claim: Statement, ctx: Context) -> Outcome:
    """A = 1 + |D| for D = 0 and D = I; ρ = r σ/H has C = r (s0 + L)/H, and Λ at most a constant over H."""
    box: dict[str, Any] = {**dict.fromkeys(("s0", "L", "b"), FROM_ZERO), "r": UNIT, "H": FROM_ONE}
    return every(
        evaluate(f"{claim.A0} == 1 + 0", says="fully connected"),
        evaluate(f"{claim.A1} == 1 + 1", says="residual"),
        identity(f"{claim.C} == r*s0/H + r*L/H", **box),
        prove("r**2/H**2*(L**2 + b*s0) + r*b/(2*H) <= (L**2 + b*s0 + b/2)/H", says="Λ", **box),
    )


@widths.check(part="growth", covers="universal")
def product_over_layers(claim: Statement, ctx: Context) -> Outcome:
    """log of (base + x/H) is at most x/H: the product over a residual network is at most exp(x).

    The sum over layers too: fluctuations are O(1/H) from the second layer on.  Fully connected: (1 + Q)^h =
    2^(h log2(1 + Q)).
    """
    return every(
        prove(f"log({claim.base} + x/H) <= x/H", x=FROM_ZERO, H=FROM_ONE, says="one layer"),
        prove("E*s + (H - 1)*E*s/H <= 2*E*s", E=FROM_ONE, s=FROM_ZERO, H=FROM_ONE, says="sum over layers"),
        prove("32*(r*C/H)**2 + 3*r*C/H <= (32*C**2 + 3*C)/H", r=UNIT, C=FROM_ZERO, H=FROM_ONE, says="s_h"),
        assumes=("the recursion with norms in place of A, resnet-width-init", "thm-4 (fully connected)"),
    )


@widths.check(part="accuracy", covers="universal")
def entries_to_norm(claim: Statement, ctx: Context) -> Outcome:
    """n e at m = K 𝓔² n^p ell/λ0² is at most κ λ0, K = 1/κ²; with n q^dims for n and the true size n q.

    Attained by an error with equal entries.
    """
    size = f"(n*q**({claim.dims}))"
    box: dict[str, Any] = dict.fromkeys(("n", "q"), FROM_ONE)
    box |= dict.fromkeys(("E", "ell", "kappa", "lam"), POSITIVE)
    return prove(
        f"(n*q)**2*E**2*ell <= (kappa*lam)**2*(E**2*{size}**({claim.p})*ell/(kappa*lam)**2)",
        **box,
    )


@widths.falsehood_with_check("errors of 1 + sin z double from layer to layer")
def contraction_of_the_wave(claim: Statement, ctx: Context) -> Outcome:
    """Slope of the covariance map c (1 + e^(-1) sinh ρ) at its largest, ρ = 1."""
    return evaluate(f"{wave.NORMALISER}*{wave.slope_dual('1', '1', '1')} >= 2", says="slope at ρ = 1")


REAL: dict[str, Any] = {"A0": "1", "A1": "2"}
widths.falsehood("bounded product with the base 2", base="2", by=("product_over_layers",), **REAL)
widths.falsehood("width linear in n", p=1, by=("entries_to_norm",), **REAL)
widths.falsehood("no power of the pixels", dims=0, by=("entries_to_norm",), **REAL)
widths.falsehood("C for c_res σ", C="r*(s0 + L)", by=("by_definition",), **REAL)
widths.corrected("A = 1 and 2, the norm of D in the recursion", erratum="misprint", **REAL)
