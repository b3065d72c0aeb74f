"""Proof of Theorem E.1: how the error of a layer enters the next one, and the recursion over the layers.

eK, eb are the errors of Gram matrix and mean one layer before, A = 1 + dn, W = 1 + w, B = 1 + 100 b, M = 1 +
100 kappa with dn, w, b, kappa the norms of D and W, the largest |b| and the largest variance.
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
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "[0, 1]"
WHERE = "Appendix E.1, proof of Theorem E.1, induction step"

decomposition = Claim(
    "du2019deep/proof-thm-E.1-decomposition",
    aliases=("du2019thesis/proof-thm-3.4-decomposition",),
    title="The conditional error of the Gram matrix as a sum of six differences",
    kind="proof-step",
    where=WHERE,
    states=r"\mathbb E^{(l)}\hat K_{ij}-K_{ij} = D(\hat K-K)D^\top+\mathbb E_{\hat A}\rho(U)(D(\hat "
    r"b_j-b_j))^\top+(\mathbb E_{\hat A}-\mathbb E_A)\rho(U)(Db_j)^\top+g\left(D(\hat "
    r"b_i-b_i)\,\mathbb E_{\hat A}\rho(V)^\top+Db_i\,(\mathbb E_{\hat "
    r"A}-\mathbb E_A)\rho(V)^\top\right)+(\mathbb E_{\hat A}-\mathbb E_A)\rho(U)\rho(V)^\top",
    given=(r"\hat A, A:\ \text{the covariances of (17) from } \hat K^{(l-1)}, K^{(l-1)};\quad g = 1",),
    printed={"g": "1"},
    proof_uses=("du2019deep/proof-thm-E.1-conditional-expectation",),
    step_of="du2019deep/thm-E.1",
    note="Printed as inequalities between norms, which follow. In the fourth term of the second inequality D "
    "is printed as a.",
)


@decomposition.check(covers="universal")
def telescoping(claim: Statement, ctx: Context) -> Outcome:
    """Entries: hats are Kh, bh, ah (means of the two inputs), uh, vh (means of ρ), Fh; D is a number d."""
    left = "d*Kh*d + uh*d*bh + d*ah*vh + Fh - (d*K*d + u*d*b + d*a*v + F)"
    groups = "uh*d*(bh - b) + (uh - u)*d*b + g*(d*(ah - a)*vh + d*a*(vh - v))"
    return identity(f"{left} == d*(Kh - K)*d + {groups} + (Fh - F)", let=claim.let)


decomposition.falsehood("one group of cross terms", g="0")
decomposition.falsehood("the second group twice", g="2")


norms = Claim(
    "du2019deep/proof-thm-E.1-operator-norm-steps",
    aliases=("du2019thesis/proof-thm-3.4-operator-norm-steps",),
    title="Weights and skip map applied to an error of the Gram matrix",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\|A-\hat A\|_\infty \le W\max_{ij}\|\hat K_{ij}^{(l-1)}-K_{ij}^{(l-1)}\|_\infty,\qquad \|D(\hat "
    r"K-K)D^\top\|_\infty \le A_{(l)}\max_{ij}\|\hat K_{ij}-K_{ij}\|_\infty",
    given=(r"W = 1+\|\mathcal W\|,\ A = 1+\max\{\|D\|,\|D(\cdot)D^\top\|\}",),
    printed={"W": "1 + w", "A": "1 + dn"},
    parts=("weights", "skip"),
    uses=("du2019deep/thm-E.1-constants",),
    step_of="du2019deep/thm-E.1",
)


@norms.check(part="weights", covers="universal")
def sum_of_entries(claim: Statement, ctx: Context) -> Outcome:
    """By definition of the norm w; first a convolution, q = p = 3, the middle pixel, errors of 1: w = 3."""
    middle = evaluate(f"1 + 1 + 1 <= {claim.W}", let={"w": 3}, instance=True, says="q = 3")
    return unless([middle], prove(f"w*e <= ({claim.W})*e", w=FROM_ZERO, e=FROM_ZERO))


@norms.check(part="skip", covers="universal")
def carried_on(claim: Statement, ctx: Context) -> Outcome:
    """By definition of the norm; D = I has the norm 1."""
    return prove(f"dn*e <= ({claim.A})*e", dn=FROM_ZERO, e=FROM_ZERO)


norms.falsehood("1 for a convolution", W="1", by=("sum_of_entries",))
norms.falsehood("half for the skip", A="dn/2", by=("carried_on",))


bias_step = Claim(
    "du2019deep/proof-thm-E.1-bias-step",
    aliases=("du2019thesis/proof-thm-3.4-bias-step",),
    title="Cross term: the empirical mean in place of the population mean",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\|\mathbb E_{\hat A}\rho(U)(D(\hat b_j-b_j))^\top\|_\infty \le C_{(l)}A_{(l)}\,r(v)\,e_b,\quad "
    r"v = \sqrt{W\max_{ij}\|\hat K_{ij}\|_\infty},\qquad \dots \le C_{(l)}A_{(l)}\,y\,e_b,\quad y = "
    r"\sqrt{W_{(l)}M}",
    given=(
        r"C_{(l)} = |\rho(0)|+\sup|\rho'|,\ e_b = \max_j\|\hat b_j-b_j\|_\infty",
        r"\text{printed: } r(v) = v\ \text{for every } v;\quad v \le y,\ y \ge 1",
    ),
    printed={"low": "v", "high": "v", "C": "s0 + L", "y": "y"},
    parts=("first", "last"),
    uses=("du2019deep/thm-E.1-constants",),
    step_of="du2019deep/thm-E.1",
    note="r is given below 1 (low) and above (high). Printed with the index l of K for l - 1. The first "
    "inequality fails where the variances are small, as E|ρ| >= |ρ(0)| for a constant ρ; the last one, which "
    "is what the proof uses, holds.",
)

SIZES: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO, "dn": FROM_ZERO}


@bias_step.check(part="first", covers="universal")
def first_absolute_moment(claim: Statement, ctx: Context) -> Outcome:
    """E|ρ(U)| <= s0 + L E|U| <= s0 + L v; first ρ = 1, D = I, v = 1/100."""
    low, high = str(claim.low), str(claim.high)
    constant = evaluate(
        f"1*1 <= ({claim.C})*2*({low})", let={"s0": 1, "L": 0, "v": "1/100"}, instance=True, says="ρ = 1"
    )
    return unless(
        [constant],
        every(
            prove(f"dn*(s0 + L*v) <= ({claim.C})*(1 + dn)*({low})", v=UNIT, says="v <= 1", **SIZES),
            prove(f"dn*(s0 + L*v) <= ({claim.C})*(1 + dn)*({high})", v=FROM_ONE, says="v >= 1", **SIZES),
            assumes=("E|z| <= 1",),
        ),
    )


@bias_step.check(part="last", covers="universal")
def bounded_by_the_constants(claim: Statement, ctx: Context) -> Outcome:
    """v = t y with t <= 1 and y >= 1, because W(K̂) <= W M."""
    return prove(
        f"dn*(s0 + L*t*y) <= ({claim.C})*(1 + dn)*({claim.y})",
        t=UNIT,
        y=FROM_ONE,
        assumes=("E|z| <= 1",),
        **SIZES,
    )


bias_step.falsehood("C without |ρ(0)|", low="1", C="L", by=("first_absolute_moment",))
bias_step.falsehood("a tenth of √(WM)", low="1", y="y/10", by=("bounded_by_the_constants",))
bias_step.falsehood("a tenth of v", low="1", high="v/10", by=("first_absolute_moment",))
bias_step.corrected("max(1, v) in the first bound", erratum="broken proof step", low="1")


mean_step = Claim(
    "du2019deep/proof-thm-E.1-mean-step",
    aliases=("du2019thesis/proof-thm-3.4-mean-step",),
    title="Cross term: the change of a mean with the variance",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\|(\mathbb E_{\hat A}\rho(U)-\mathbb E_A\rho(U))(Db_j)^\top\|_\infty \le k\,\|A-\hat "
    r"A\|_\infty^e,\qquad k = A_{(l)}BC_{(l)},\ e = 1",
    given=(r"\text{the population variances} \ge v_0;\ \text{printed: } v_0 = 0",),
    printed={"k": "(1 + dn)*(1 + 100*b)*(s0 + L)", "least": "0", "e": "1"},
    uses=("du2019deep/thm-E.1-constants",),
    proof_uses=(
        "du2019deep/lemma-G.3",
        "du2019deep/lemma-G.5",
    ),
    step_of="du2019deep/thm-E.1",
    note="The slope in the variance is E ρ''/2, which C does not bound: near variance 0 it is as large as "
    "the square root's. Lemma G.5, whose lower bound on the variances is not carried over, would give a "
    "constant. The framework allows small variances: W scaled, or an input 0. least is v_0.",
)


@mean_step.check(covers="universal")
def slope_in_the_variance(claim: Statement, ctx: Context) -> Outcome:
    """|E ρ(√q̂ z) - E ρ(√q z)| <= L E|z| |√q̂ - √q|, and |√q̂ - √q| √q <= |q̂ - q|, also for a small q̂.

    First g(Nz)/N with g(z) = E max(z + w, 0), whose mean is √((1 + N² q)/(2π))/N, D = I, b = 1: from v_0 to
    v_0 + 1/N² for N = 10⁵, and from 1 to 1 + 10⁻⁶ for N = 1.
    """
    cases = []
    for q, h, N in (("least", "1/10**10", 10**5), ("1", "1/10**6", 1)):
        mean = "sqrt(1 + N**2*({}))/(N*sqrt(2*pi))"
        let = claim.let | {"N": N, "dn": 1, "b": 1, "s0": f"1/({N}*sqrt(2*pi))", "L": 1}
        said = f"{mean.format(f'{q} + {h}')} - {mean.format(q)} <= ({claim.k})*({h})**e"
        cases.append(evaluate(said, let=let, instance=True, says=f"variance {q}, N = {N}"))
    return unless(
        cases,
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E|z|"),
            prove("x*s <= s*(2*x + s)", x=FROM_ZERO, s=FROM_ZERO, says="√q̂ = x + s, √q = x"),
            prove("(y + s)*s <= s*(2*y + s)", y=FROM_ZERO, s=FROM_ZERO, says="√q̂ = y, √q = y + s"),
            evaluate("sqrt(2/pi) <= 8*sqrt(least)", let=claim.let, says="the slope over L"),
            prove(f"dn*b*(8*L)*t <= ({claim.k})*t**e", t=POSITIVE, b=FROM_ZERO, let=claim.let, **SIZES),
        ),
    )


AWAY: dict[str, Any] = {"least": "1/100"}
mean_step.falsehood("a tenth of sup|ρ'|", k="L/10", **AWAY)
mean_step.falsehood("quadratic in the error", e="2", **AWAY)
mean_step.corrected("population variances at least 1/100", erratum="missing hypothesis", **AWAY)


dual_step = Claim(
    "du2019deep/proof-thm-E.1-dual-step",
    aliases=("du2019thesis/proof-thm-3.4-dual-step",),
    title="Cross term: the change of a second moment with the covariance",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\|\mathbb E_{\hat A}\rho(U)\rho(V)^\top-\mathbb E_A\rho(U)\rho(V)^\top\|_\infty \le "
    r"\Lambda\,\|A-\hat A\|_\infty",
    given=(
        r"\text{variances of } A, \hat A\ \text{at most } c",
        r"|\rho(0)|\le s_0,\ L = \mathrm{Lip}(\rho),\ \beta = \mathrm{Lip}(\rho')",
        r"\Lambda = L^2+\beta(s_0+L\sqrt{2c/\pi})",
    ),
    printed={"Lam": "L**2 + beta*(s0 + L*sqrt(2*c/pi))"},
    uses=("lin2022review/thm-4-contraction",),
    proof_uses=("du2019deep/lemma-G.5",),
    step_of="du2019deep/thm-E.1",
    note="Printed with a constant Λ from Lemma G.5, which asks for variances in [1/c, c]; the data give one "
    "that needs no lower bound. It cannot be free of c.",
)


@dual_step.check(covers="universal")
def price(claim: Statement, ctx: Context) -> Outcome:
    """|∂F/∂A_12| = |E ρ'(u)ρ'(v)| <= L² and |∂F/∂A_11| = |E ρ''(u)ρ(v)|/2 <= β E|ρ(v)|/2, twice.

    First z + sin z (L = 2, s0 = 0, β = 1) at A_22 = c = 10⁸, A_12 = 9000 and A_11 = 1, 1 + 10⁻³, where
    F = A_12 (1 + e^(-A_11/2) + e^(-A_22/2)) + e^(-(A_11 + A_22)/2) sinh A_12.
    """
    F = "9000*(1 + exp(-({0})/2) + exp(-10**8/2)) + exp(-({0})/2 - 10**8/2)*(exp(9000) - exp(-9000))/2"
    change = f"({F.format('1')}) - ({F.format('(1 + 1/1000)')})"
    let = {"L": 2, "s0": 0, "beta": 1, "c": 10**8}
    wave = evaluate(f"{change} <= ({claim.Lam})/1000", let=let, instance=True, says="z + sin z")
    box: dict[str, Any] = {"L": FROM_ZERO, "s0": FROM_ZERO, "beta": FROM_ZERO, "c": POSITIVE}
    return unless(
        [wave],
        follows_from(
            expectation([("0", "-z"), ("oo", "z")], equals="sqrt(2/pi)", says="E|z|"),
            prove(f"L**2 + 2*(beta/2)*(s0 + L*sqrt(2*c/pi)) <= {claim.Lam}", **box),
            assumes=("Price's theorem", "variances at most c on the segment from A to Â, which is convex"),
        ),
    )


dual_step.falsehood("the constant of unit variances", Lam="L**2 + beta*(s0 + L*sqrt(2/pi))")
dual_step.falsehood("L²", Lam="L**2")


recursion_gram = Claim(
    "du2019deep/proof-thm-E.1-recursion-K",
    aliases=("du2019thesis/proof-thm-3.4-recursion-K",),
    title="Error recursion for the Gram matrix",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\max_{ij}\|\mathbb E^{(l)}\hat K_{ij}^{(l)}-K_{ij}^{(l)}\|_\infty \le (A+\Lambda "
    r"W+2CABW)\,e_K+2CA\sqrt{WM}\,e_b \le \left(A+\Lambda W+2CABW+2CA\sqrt{WM}\right)(e_K\vee e_b)",
    given=(r"\text{the bounds of the five terms, with the constants as printed}",),
    printed={"skip": "A", "bias": "2*C*A*r"},
    proof_uses=(
        "du2019deep/proof-thm-E.1-decomposition",
        "du2019deep/proof-thm-E.1-operator-norm-steps",
        "du2019deep/proof-thm-E.1-bias-step",
        "du2019deep/proof-thm-E.1-mean-step",
        "du2019deep/proof-thm-E.1-dual-step",
    ),
    step_of="du2019deep/thm-E.1",
    note="The sum is right; of its terms, the change of the mean needs variances away from 0. r is √(WM).",
)


@recursion_gram.check(covers="universal")
def sum_of_the_terms(claim: Statement, ctx: Context) -> Outcome:
    """Skip A eK, two times C A r eb and A B C W eK, and Λ W eK; and both errors are at most their maximum."""
    names = ("A", "Lam", "W", "C", "B", "r", "eK", "eb")
    box: dict[str, Any] = dict.fromkeys(names, FROM_ZERO)
    bound = f"(({claim.skip}) + Lam*W + 2*C*A*B*W)"
    total = "A*eK + 2*(C*A*r*eb + A*B*C*W*eK) + Lam*W*eK"
    larger = every(
        *(
            prove(
                f"{bound}*({k})*x + ({claim.bias})*({b})*x <= ({bound} + 2*C*A*r)*x",
                t=UNIT,
                x=FROM_ZERO,
                says="the larger error is x, the other t x",
                **{k2: v for k2, v in box.items() if not k2.startswith("e")},
            )
            for k, b in (("1", "t"), ("t", "1"))
        )
    )
    return every(prove(f"{total} <= {bound}*eK + ({claim.bias})*eb", **box), larger)


recursion_gram.falsehood("without the skip", skip="0")
recursion_gram.falsehood("without the error of the mean", bias="0")


def slope_of_a_small_mean(Lam: str) -> Outcome:
    """ρ = g/N, N = 1000, g as above, from the variance 1 to 1 + 10⁻⁶: the slope of its mean against Λ.

    Its s0 = φ(0)/N, L = 1/N, β = φ(0)/N; Lam2 is Λ of the second moments for variances up to 2, M = 101.
    """
    mean = "sqrt(1 + ({}))/(1000*sqrt(2*pi))"
    sizes = {"s0": "1/(1000*sqrt(2*pi))", "L": "1/1000", "beta": "1/(1000*sqrt(2*pi))", "M": "101"}
    let = {**sizes, "Lam2": "(1 + (1/sqrt(2*pi) + sqrt(4/pi))/sqrt(2*pi))/10**6", "x": "0"}
    said = f"{mean.format('1 + 1/10**6')} - {mean.format('1')} <= ({Lam})/10**6"
    return evaluate(said, let=let, instance=True, says="the mean of g(z)/1000")


recursion_mean = Claim(
    "du2019deep/proof-thm-E.1-recursion-b",
    aliases=("du2019thesis/proof-thm-3.4-recursion-b",),
    title="Error recursion for the mean",
    kind="deterministic-inequality",
    where=WHERE,
    states=r"\max_i\|\mathbb E^{(l)}\hat b_i^{(l)}-b_i^{(l)}\|_\infty \le \Lambda W\,e_K+A\,e_b \le "
    r"(A+\Lambda W)(e_K\vee e_b)",
    given=(
        r"\Lambda = \Lambda_2+\tfrac{\beta}{2},\ \Lambda_2\ \text{as for the second moments},\ \beta = "
        r"\mathrm{Lip}(\rho')",
    ),
    printed={"Lam": "Lam2 + beta/2", "A": "1 + dn"},
    proof_uses=(
        "du2019deep/lemma-G.3",
        "du2019deep/lemma-G.5",
        "du2019deep/proof-thm-E.1-operator-norm-steps",
    ),
    step_of="du2019deep/thm-E.1",
    note="Λ must serve both moments. Λ_2 alone does not: with ρ = σ/N it is of order 1/N², the slope of the "
    "mean of order 1/N.",
)


@recursion_mean.check(covers="universal")
def slope_of_the_mean(claim: Statement, ctx: Context) -> Outcome:
    """|d/dq E ρ(√q z)| = |E ρ''|/2 <= β/2, times W eK, and D times eb; first ρ = g/1000, W = 1."""
    small = slope_of_a_small_mean(str(claim.Lam))
    box: dict[str, Any] = dict.fromkeys(("Lam2", "beta", "w", "dn", "eK", "eb"), FROM_ZERO)
    return unless(
        [small],
        every(
            prove(
                f"beta/2*w*eK + dn*eb <= ({claim.Lam})*(1 + w)*eK + ({claim.A})*eb",
                assumes=("differentiation under the expectation, twice",),
                **box,
            ),
        ),
    )


recursion_mean.falsehood("Λ = 0", Lam="0")
recursion_mean.falsehood("Λ of the second moments alone", Lam="Lam2")
recursion_mean.falsehood("half for the skip", A="dn/2")


def recursion_with_norms() -> list[Outcome]:
    """The error recursions with the norms themselves, |D| <= 1, against Q - 1; population variances >= 1/100.

    The change of a mean counts 8 C in the Gram matrix (`mean_step`), β/2 in the mean, where Λ has the term.
    """
    sizes: dict[str, Any] = dict.fromkeys(("Lam", "w", "b", "C", "beta"), FROM_ZERO)
    sizes |= {"dn": UNIT, "y": FROM_ONE}
    Q = "(1 + dn) + (Lam + beta/2)*(1 + w) + C*(1 + dn)*(1 + 100*b)*(1 + w) + C*(1 + dn)*y"
    return [
        prove(f"dn + Lam*w + 16*dn*b*C*w + 2*C*dn*y <= {Q} - 1", says="Gram matrix", **sizes),
        prove(f"dn + beta/2*w <= {Q} - 1", says="mean", **sizes),
    ]


unrolling = Claim(
    "du2019deep/proof-thm-E.1-unrolling",
    aliases=("du2019thesis/proof-thm-3.4-unrolling",),
    title="From the error recursion to the product",
    kind="proof-step",
    where="Appendix E.1, end of the proof of Theorem E.1",
    states=r"e_h \le q\,e_{h-1}+s,\ e_1 \le s \implies e_{H-1} \le k\,s\prod_{h=2}^{H-1}Q\quad\text{with } "
    r"k\ \text{absolute},\qquad q = a+\Lambda W+f\,(CABW+CA\sqrt{WM}),\ Q = A+\Lambda W+CABW+CA\sqrt{WM}",
    given=(r"\text{printed: } a = A,\ f = 2", r"A, B, W, M \ge 1"),
    printed={"a": "A", "f": "2", "Q": "A + Lam*W + C*A*B*W + C*A*r"},
    proof_uses=(
        "du2019deep/proof-thm-E.1-recursion-K",
        "du2019deep/proof-thm-E.1-recursion-b",
        "lin2022review/eq-28",
    ),
    step_of="du2019deep/thm-E.1",
    note="The factors 2 of the recursion are not in the product: the ratio of the products grows like a "
    "power of H. Nor is the sum over layers. Both fit into the slack of the constants: for |D| <= 1 the "
    "recursion holds with the norms in place of A, B, W, and A = 1 + |D| is 1 more.",
)


@unrolling.check(covers="universal")
def ratio_of_the_products(claim: Statement, ctx: Context) -> Outcome:
    """A = W = 2, b = κ = 1, C = 1, Λ = 2: with q >= 3/2 Q and N layers e exceeds (3/2)^N Q^N s > k Q^N s.

    N is the next integer from 4k on.
    """
    let = {"A": 2, "W": 2, "B": 101, "C": 1, "Lam": 2, "r": "sqrt(202)"}
    q = f"({claim.a}) + Lam*W + ({claim.f})*(C*A*B*W + C*A*r)"
    endless = contradicted_by(
        every(
            evaluate(f"{q} >= 3/2*({claim.Q})", let=let, instance=True, says="q/Q"),
            prove("1 + x <= exp(x)", x=FROM_ZERO),
            prove("4*v*log(3/2) > v", v=POSITIVE, says="(3/2)^N > k for N >= 4k"),
        ),
        witness="A = W = 2, B = 101, M = 101, C = 1, Λ = 2: for every constant k, a depth above 4k + 2",
    )
    box: dict[str, Any] = dict.fromkeys(("Lam", "C"), FROM_ZERO)
    box |= dict.fromkeys(("A", "B", "W", "r"), FROM_ONE)
    return unless(
        [endless],
        follows_from(
            prove(f"({q})*R + 1 <= ({claim.Q})*R", R=FROM_ONE, says="induction with k = 1", **box),
            *recursion_with_norms(),
        ),
    )


SLACK: dict[str, Any] = {"a": "A - 1", "f": "1"}
unrolling.falsehood("no growth", Q="1", **SLACK)
unrolling.falsehood("the product of A + ΛW", Q="A + Lam*W", **SLACK)
unrolling.corrected("the recursion with norms, |D| <= 1", erratum="broken proof step", **SLACK)
