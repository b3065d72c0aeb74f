"""Section 3.1: residual networks, their error recursion and the width they need.

A residual layer adds (c_res / (H √m)) sigma(W x).  `r` is c_res, `k` a squared norm, `b` the mean vector,
the limit of the sum of the features over √m, and mu(k) = E sigma(√k z).
"""

from typing import Any

from theorems.lin2022review import tails, wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "(0, 1)"

forward = Claim(
    "lin2022review/eq-resnet",
    title="Residual forward map",
    kind="definition",
    where="Section 3.1, first display",
    states=r"x^{(h)} = x^{(h-1)}+\frac{c_{res}}{H^{p}\sqrt m}\,\sigma(W^{(h)}x^{(h-1)}),\quad f \le h\le H",
    given=(r"0 < c_{res} < 1", r"x^{(0)}\in\mathbb R^d,\ x^{(h)}\in\mathbb R^m\ (h\ge 1)"),
    printed={"f": 1, "p": 1, "skip": "x"},
    parts=("shapes", "scale", "skip"),
    note="In the paper of Du et al. the first layer is that of the fully-connected network, √(c_σ/m) σ(W "
    "x), and the residual form starts at h = 2. f is the first residual layer.",
)


@forward.check(part="shapes", covers="universal")
def sums_of_equal_shapes(claim: Statement, ctx: Context) -> Outcome:
    """At h = 1 a vector with d = 3 components, say, is added to one with m = 5; for h >= 2 both have m."""
    return evaluate(
        "step(1 - f)*abs(5 - 3) == 0", let=claim.let, says="d = 3, m = 5: difference of the sizes"
    )


@forward.check(part="scale", covers="universal")
def bounded_product(claim: Statement, ctx: Context) -> Outcome:
    """Growth of a layer by at most 1 + x/H^p: over H layers at most exp(x), whatever the depth."""
    return prove("log(1 + x/H**p) <= x/H", x=FROM_ZERO, H=FROM_ONE, let={"p": claim.p})


@forward.check(part="skip", covers="universal")
def the_branch_alone(claim: Statement, ctx: Context) -> Outcome:
    """A layer moves a feature by its branch, which is small as H grows; sin for σ, one coordinate, H = "
    "100."""
    branch = "r/(100*sqrt(m))*sin(w*x)"
    return identity(f"({claim.skip}) + {branch} - x == {branch}", m=FROM_ONE)


forward.falsehood("1/√H", f=2, p="1/2", by=("bounded_product",))
forward.falsehood("skip after the weight matrix", f=2, skip="w*x", by=("the_branch_alone",))
forward.falsehood("from h = 0 on", f=0, by=("sums_of_equal_shapes",))
forward.corrected("from the second layer on", erratum="misprint", f=2)


recursion = Claim(
    "lin2022review/eq-29",
    title="Residual error recursion",
    kind="proof-step",
    where="Section 3.1, eq. (29)",
    states=r"e_h \le \left(1+\frac{\ell}{H^{k}}\right)e_{h-1}+\frac{C}{H^{t}}\sqrt{\frac{\log(Hn/"
    r"\delta)}{m}}",
    given=(
        r"e_h = \|K^{(h)}-\hat K^{(h)}\|_{\max},\ h \ge 2",
        r"K_{ij}^{(h)} = K_{ij}^{(h-1)}+\frac{c_{res}}{H}(b_i\mu_j+\mu_ib_j)+\frac{c_{res}^2}{H^2}"
        r"\mathbb E\sigma(w_i)\sigma(w_j),\quad b_i^{(h)} = b_i^{(h-1)}+\frac{c_{res}}{H}\mu_i",
        r"\text{the mean vectors deviate by}\ O(\sqrt{\log(Hn/\delta)/m})",
    ),
    printed={"k": 1, "t": 0, "bias": 1},
    parts=("coefficient", "fluctuation", "mean vector"),
    uses=("lin2022review/eq-resnet", "lin2022review/thm-4-contraction"),
    note="Holds as printed. With 1/H in front of the second term it holds too, and that is what the width "
    "needs.",
)


@recursion.check(part="coefficient", covers="universal")
def skip_cross_square(claim: Statement, ctx: Context) -> Outcome:
    """1 from the skip, 2 c_res s/H from the cross terms, s >= |b| |dμ/dk|, and c_res² l/H² from the square.

    First g(z) = E max(z + w, 0), μ(k) = √((1 + k)/(2π)): c_res = 1/2, b = 1, the norms 1 and 2, H = 10⁶, ℓ
    = 1000.
    """
    cross = "2*(1/2)*(sqrt(3) - sqrt(2))/sqrt(2*pi)/H"
    deep = evaluate(
        f"1 + {cross} <= 1 + 1000/H**k", let={"H": 10**6, "k": claim.k}, instance=True, says="H = 10⁶"
    )
    return unless(
        [deep],
        prove(
            "1 + 2*r*s/H + r**2*l/H**2 <= 1 + (2*s + l)/H**k",
            let={"k": claim.k},
            r=UNIT,
            s=FROM_ZERO,
            l=FROM_ZERO,
            H=FROM_ONE,
            assumes=("the dual of the layer is Lipschitz near unit variances, as in thm-4-contraction",),
        ),
    )


@recursion.check(part="fluctuation", covers="universal")
def new_noise(claim: Statement, ctx: Context) -> Outcome:
    """Given the past: cross terms c_res A/H and the square c_res² D/H², in units of √(ell/m).

    The cross term x.(σ(Wx) - μ)/√m has the variance |x|² Var σ/m, so that A is not 0.
    """
    data: dict[str, Any] = {"r": UNIT, "A": POSITIVE, "D": FROM_ZERO, "H": FROM_ONE}
    return prove("r*A/H + r**2*D/H**2 <= (A + D)/H**t", let={"t": claim.t}, **data)


@recursion.check(part="mean vector", covers="universal")
def deviation_of_the_mean(claim: Statement, ctx: Context) -> Outcome:
    """b μ - b' μ' = b (μ - μ') + (b - b') μ': a deviation u of the mean vector enters with c_res |μ| u/H."""
    split = identity("(b + u)*(v + w) - b*v == b*w + bias*u*(v + w)", let={"bias": claim.bias})
    return every(split, prove("r*M*u/H <= M*u", r=UNIT, M=FROM_ZERO, u=FROM_ZERO, H=FROM_ONE))


@recursion.falsehood_with_check("a closed recursion for K alone")
def equal_norms_different_means(claim: Statement, ctx: Context) -> Outcome:
    """Two populations with K = 1, the means 1/2 and 1/4: 1 + sin z, c_res = 1/2, H = 4, one layer on."""
    return evaluate("1 + 2*(1/8)*(1/2) == 1 + 2*(1/8)*(1/4)", says="skip and cross terms, μ = 1")


recursion.falsehood("coefficient 1 + ℓ/H²", k=2, by=("skip_cross_square",))
recursion.falsehood("fluctuation of order 1/H²", t=2, by=("new_noise",))
recursion.falsehood("no error from the mean vector", bias=0, by=("deviation_of_the_mean",))


initial_width = Claim(
    "lin2022review/resnet-width-init",
    title="Width for residual networks at initialisation",
    kind="asymptotic-scaling",
    where="Section 3.1, sentence after eq. (29)",
    states=r"\left(1+\frac{\ell}{H^{p}}\right)^H \le e^{\ell};\qquad m \ge "
    r"K\,H^{d}\,\frac{n^2\log(Hn/\delta)}{\lambda_0^2}\implies n\,e_h \le \kappa\lambda_0\quad (h < H)",
    given=(
        r"K\ \text{depends on}\ \sigma, \kappa\ \text{only}; \text{with probability}\ 1-\delta",
        r"e_1 \le C\sqrt{\log(Hn/\delta)/m}",
    ),
    printed={"p": 1, "d": 0},
    parts=("product", "width"),
    uses=("lin2022review/eq-29",),
    note="True with the sharper form of (29), an additive term with 1/H; it does not follow from (29) as "
    "printed.",
)


@initial_width.check(part="product", covers="universal")
def compound_interest(claim: Statement, ctx: Context) -> Outcome:
    """log(1 + ℓ/H) <= ℓ/H."""
    return prove("log(1 + l/H**p) <= l/H", l=FROM_ZERO, H=FROM_ONE, let={"p": claim.p})


@initial_width.check(part="width", covers="universal")
def sum_with_small_steps(claim: Statement, ctx: Context) -> Outcome:
    """e_1 <= s and e_h <= (1 + ℓ/H) e_{h-1} + s/H give e_h <= E(1 + 1)s, E = e^ℓ; K = (2 E C/κ)².

    Here e_h is the larger error X of K^(h) and of the mean vector: each enters the other's next one over H.

    Necessary, by the first layer alone: its entry has the standard deviation √(V/m).  1 + sin z, n = 1, δ =
    1/8, H = 10⁴⁰, K = 10⁶, κ = 1, λ0 = 1/(100 H²).
    """
    depth, least = 10**40, "(1/10**82)"
    let: dict[str, Any] = {**wave.CONSTANTS, "m": f"(10**6*{depth}**({claim.d})*log(8*{depth})/{least}**2)"}
    first = tails.deviates(least, let, tails.WAVE_MOMENTS, "1/8", "first layer, H = 10⁴⁰")
    data: dict[str, Any] = {"E": FROM_ONE, "s": FROM_ZERO, "H": FROM_ONE}
    layer: dict[str, Any] = dict.fromkeys("XBMl", FROM_ZERO) | {"r": UNIT, "H": FROM_ONE}
    width = "(2*E*C/kappa)**2*H**d*n**2*ell/lam**2"
    sizes: dict[str, Any] = dict.fromkeys(("E", "C", "kappa", "n", "ell", "lam"), POSITIVE)
    return unless(
        [first],
        follows_from(
            prove("X + r*B*X/H <= (1 + B/H)*X", says="the mean vector, one layer on", **layer),
            prove(
                "X + 2*r*(B + M)*X/H + r**2*l*X/H**2 <= (1 + (2*B + 2*M + l)/H)*X",
                says="the Gram matrix",
                **layer,
            ),
            prove("E*s + (H - 1)*E*s/H <= 2*E*s", says="the first layer and H - 1 small steps", **data),
            prove(f"(n*2*E*C)**2*ell <= ({width})*(kappa*lam)**2", let={"d": claim.d}, H=FROM_ONE, **sizes),
            assumes=("eq-29 with its second term over H", "(1 + ℓ/H)^j <= e^ℓ for j <= H"),
        ),
    )


initial_width.falsehood("(1 + ℓ)^H", p=0, by=("compound_interest",))
initial_width.falsehood("a width that falls like 1/H", d=-1, by=("sum_with_small_steps",))


@initial_width.falsehood_with_check("error growing like 2^H")
def far_from_doubling(claim: Statement, ctx: Context) -> Outcome:
    """ℓ = 1: the factor over H = 32 layers against 2^31."""
    return evaluate("(1 + 1/32)**32 >= 2**31", says="amplification")


initial_step = Claim(
    "lin2022review/resnet-width-init-step",
    title="The width, read off the residual error recursion as printed",
    kind="proof-step",
    where="Section 3.1, sentence after eq. (29)",
    states=r"e_h = \left(1+\frac{\ell}{H}\right)e_{h-1}+\frac{s}{H^{t}},\ e_0 = 0\implies e_{H-1} \le "
    r"\frac{v s}{2}\,H^{d/2}\quad\text{with}\ v\ \text{independent of}\ H",
    given=(r"s = C\sqrt{\log(Hn/\delta)/m};\ m\ \text{grows like}\ H^{d}", r"\ell \ge 0,\ H\ge 2"),
    printed={"t": 0, "d": 0},
    uses=("lin2022review/eq-29",),
    step_of="lin2022review/resnet-width-init",
    note="H - 1 terms s add up to H - 1 times s: from (29) as printed only a width with the factor H² "
    "follows.",
)


@initial_step.check(covers="universal")
def number_of_steps(claim: Statement, ctx: Context) -> Outcome:
    """The solution lies between (H - 1) s/H^t, at ℓ = 0, and e^ℓ H s/H^t; v = 2 e^ℓ when it works.

    Against any v: H = (v + 2)².
    """
    t, d = claim.t, claim.d
    endless = contradicted_by(
        prove(f"((v + 2)**2 - 1)/(v + 2)**(2*({t})) > v/2*(v + 2)**({d})", v=POSITIVE),
        witness="for every v, H = (v + 2)² (v an integer): H - 1 terms of the recursion are more than "
        "the bound",
    )
    upper = prove(f"E*H/H**({t}) <= E*H**(({d})/2)", E=FROM_ONE, H=FROM_ONE, says="v = 2 e^ℓ, e^ℓ = E")
    return unless([endless], follows_from(upper, assumes=("(1 + ℓ/H)^j <= e^ℓ for j <= H",)))


initial_step.falsehood("terms s/√H", t="1/2")
initial_step.corrected("the width with the factor H²", erratum="broken proof step", d=2)
initial_step.corrected("terms s/H", erratum="broken proof step", t=1)


final_width = Claim(
    "lin2022review/resnet-width-final",
    title="Polynomial width and least eigenvalue for residual networks",
    kind="asymptotic-scaling",
    where="Section 3.1, last paragraph",
    states=r"\lambda_0 \ge \frac{c_{res}^2\kappa}{H^{r}};\qquad \frac{n^4}{\lambda_0^4H^6},\ \frac{n^2}{"
    r"\lambda_0^2H^2},\ \frac n\delta,\ \frac{n^2\log(Hn/\delta)}{\lambda_0^2} \le \frac{\text{polynomial "
    r"in}\ n,1/H,1/\lambda_0}{\delta^{g}};\qquad \text{powers of}\ H\ \text{at}\ \lambda_0 = "
    r"\frac{c_{res}^2\kappa}{H^2}:\ p_1, p_2, 0, p_4",
    given=(
        r"\kappa > 0\ \text{depends on the inputs and}\ \sigma, \text{not on}\ H",
        r"H \ge 2,\ 0 < \delta < 1",
    ),
    printed={"r": 2, "g": 1, "p1": 2, "p2": 2, "p4": 4},
    parts=("least eigenvalue", "form", "powers of the depth"),
    uses=("lin2022review/lemma-3", "lin2022review/eq-29"),
    note="The four terms are those of the paper of Du et al.; 1/H among the variables of the polynomial "
    "is no gain, since λ0 falls like 1/H².",
)


@final_width.check(part="least eigenvalue", covers="universal")
def increments_of_the_covariance(claim: Statement, ctx: Context) -> Outcome:
    """K - b bᵀ grows by (c_res/H)² Cov σ(w) in each layer, a positive semidefinite matrix.

    So λ_min(K^(H-1)) >= λ_min(K^(1) - b bᵀ) = c_σ λ_min(Cov σ(X w)) > 0, without H; K^(H) is (c_res/H)²
    K^(H-1) ⊙ E σ'σ'ᵀ, and λ_min(A ⊙ B) >= λ_min(A) min B_ii.  Variances stay in a compact part of (0, oo),
    without H: b² <= k.

    First the upper bound: for n = 1, 1 + sin z, c_res = 1/2 K^(H) is at most 3 (c_res/H)², as b <= 27/20
    and K^(H-1) <= 1 + 27/20 + 1/2.  Against λ0 >= x² c_res²/H^r: the depth 4/x².
    """
    step = "K + r/H*(b*v + u*a) + (r/H)**2*F - (b + r/H*u)*(a + r/H*v)"
    power = claim.r
    upper = contradicted_by(
        every(
            evaluate(f"sqrt({wave.NORMALISER}) + 1/2 <= 27/20", says="b"),
            prove(f"x**2/(4/x**2)**({power}) > 3/(4/x**2)**2", x="(0, 1]"),
        ),
        witness="n = 1, 1 + sin z, c_res = 1/2: for every κ = x² the depth 4/x² has λ0 below the bound",
    )
    return unless(
        [upper],
        follows_from(
            identity(f"{step} == (K - b*a) + (r/H)**2*(F - u*v)", H=POSITIVE),
            prove("r**2*q/H**2 >= r**2*q/H**rr", q=POSITIVE, r=UNIT, H=FROM_ONE, let={"rr": power}),
            assumes=(
                "Lemma 3's argument for σ minus a constant: one derivative more removes it",
                "Schur's theorem on λ_min(A ⊙ B)",
                "continuity of E σ'(√k z)² > 0 on the compact range of k",
            ),
        ),
    )


@final_width.check(part="least eigenvalue")
def two_inputs(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, c_res = 1/2, two inputs at cosine 3/5, H = 2 and 3: λ0/c_res² above H^(-r)/10, with μ "
    "= 1."""
    branch, b = "(1/2/3)", f"sqrt({wave.NORMALISER})"
    second = ["1", wave.layer("3/5")]
    third = [f"({x} + 2*{branch}*{b} + {branch}**2*{wave.dual('1', x, '1')})" for x in second]
    cases = []
    for depth, (k, c) in ((2, second), (3, third)):
        diagonal, other = (f"({x})*{wave.slope_dual(k, x, k)}/{depth}**2" for x in (k, c))
        bound = f"1/10/{depth}**({claim.r})"
        cases.append(eigenvalue_above([[diagonal, other], [other, diagonal]], bound, says=f"H = {depth}"))
    return every(*cases, assumes=(wave.PRODUCT_TO_SUM,))


@final_width.check(part="form", covers="universal")
def logarithm_of_the_depth(claim: Statement, ctx: Context) -> Outcome:
    """log(Hn/δ) <= H² n/δ, and H² <= B/λ0 as λ0 <= K_ii <= B/H²; the other terms need nothing."""
    return every(
        prove("log(H*n/delta) <= H**2*n/delta**g", H="[2, oo)", n=FROM_ONE, delta=UNIT, let={"g": claim.g}),
        prove("n/delta <= n/delta**g", n=FROM_ONE, delta=UNIT, let={"g": claim.g}),
        assumes=("the diagonal of K^(H) is at most B/H², B without H",),
    )


@final_width.check(part="powers of the depth", covers="universal")
def put_in(claim: Statement, ctx: Context) -> Outcome:
    """λ0 = κ/H² (κ with c_res² in it) in the three terms that have it."""
    let = {k: str(claim.data[k]) for k in ("p1", "p2", "p4")}
    lam = "(kappa/H**2)"
    return every(
        identity(f"n**4/({lam}**4*H**6) == n**4*H**p1/kappa**4", let=let),
        identity(f"n**2/({lam}**2*H**2) == n**2*H**p2/kappa**2", let=let),
        identity(f"n**2*ell/{lam}**2 == n**2*ell*H**p4/kappa**2", let=let),
    )


final_width.falsehood("λ0 bounded below without H", r=0, by=("increments_of_the_covariance",))
final_width.falsehood("no dependence on δ", g=0, by=("logarithm_of_the_depth",))
final_width.falsehood("λ0 falls no faster than 1/H", r=1, by=("increments_of_the_covariance", "two_inputs"))
final_width.falsehood("a width without H", p1=0, p2=0, p4=0, by=("put_in",))
final_width.falsehood("falling in H", p1=-6, by=("put_in",))
