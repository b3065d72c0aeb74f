"""Chapter 1 of du2019thesis: gradient descent, a convex loss, a network's loss, what the chapters promise."""

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


gradient_descent = Claim(
    "du2019thesis/eq-1.1",
    title="Gradient descent",
    kind="definition",
    where="Section 1, eq. (1.1)",
    states=r"\theta(k+1) = \theta(k) - s\,\eta\,\nabla L(\theta(k)),\qquad \eta > 0",
    printed={"s": 1},
)


@gradient_descent.check(covers="universal")
def first_order_decrease(claim: Statement, ctx: Context) -> Outcome:
    """On λθ²/2, any curvature λ: the loss changes by -η L'(θ)² + O(η²), the method's defining property."""
    step = "(t - s*eta*lam*t)"
    change = f"lam*{step}**2/2 - lam*t**2/2"
    return identity(f"{change} == -eta*(lam*t)**2 + eta**2*lam**3*t**2/2", let=claim.let)


gradient_descent.falsehood("ascent", s=-1)
gradient_descent.falsehood("half a step", s="1/2")


regression = Claim(
    "du2019thesis/eq-1.2",
    title="Linear regression: a convex, smooth loss, minimised to accuracy ε in O(1/ε) steps",
    kind="deterministic-inequality",
    where="Section 1, eq. (1.2)",
    states=r"L(\theta) = \frac{1}{2n}\sum_i(x_i^\top\theta-y_i)^2\ \text{is convex and smooth};\qquad "
    r"L(\theta_k)-L^* \le \frac{c\,\|\theta_0-\theta^*\|_2^2}{2\eta k}",
    given=(
        r"0 < \eta \le \tau/\beta,\ \beta = \lambda_{\max}\left(\frac{1}{n}X^\top X\right)",
        r"\theta^*\ \text{the minimiser nearest to}\ \theta_0",
    ),
    printed={"c": 1, "tau": 1, "b": 2},
    parts=("convex", "rate"),
    uses=("du2019thesis/eq-1.1",),
    note="The regularity conditions are not stated; a step size up to 1/β is the usual one. b is the "
    "coefficient of the mixed term of the Hessian's form. The least constant c is 1/e.",
)


@regression.check(part="convex", covers="universal")
def gram_hessian(claim: Statement, ctx: Context) -> Outcome:
    """The Hessian is (1/n) Σ x_i x_iᵀ: its form is a mean of squares, at most β |v|²."""
    return identity("v**2*x**2 + b*v*w*x*z + w**2*z**2 == (v*x + w*z)**2", let=claim.let)


@regression.check(part="rate", covers="universal")
def mode_by_mode(claim: Statement, ctx: Context) -> Outcome:
    """A mode of curvature λ has loss λ(1 - v)^(2k)/2 times its square, v = ηλ in [0, τ].

    So v(1 - v)^(2k) <= c/k is asked for: with s = kv, (1 - v)^k <= e^(-s) and s e^(-2s) <= 1/2.  First k = 1,
    and v = 1/(2k) at k = 1000.
    """
    first = prove(
        "v*(1 - v)**2 <= c", v=f"[0, {claim.tau}]", let=claim.let, says="one step, one mode of curvature v/η"
    )
    slow = evaluate("1/2000*(1 - 1/2000)**2000 <= c/1000", let=claim.let, says="k = 1000, v = 1/(2k)")
    return unless(
        [first, slow],
        follows_from(
            prove("log(1 - v) <= -v", v="[0, 1)", says="(1 - v)^k <= e^(-kv); at v = 1 it is 0"),
            prove("s <= exp(2*s)/2", s=FROM_ZERO, says="s e^(-2s) <= 1/2"),
            evaluate("1/2 <= c", let=claim.let),
            evaluate("tau <= 1", let=claim.let, says="v = ηλ is at most 1"),
            assumes=("an orthonormal basis of modes; modes of curvature 0 do not move and do not count",),
        ),
    )


@regression.falsehood_with_check("O(log(1/ε)) steps, uniformly over all designs with β <= 1")
def slow_mode(claim: Statement, ctx: Context) -> Outcome:
    """η = 1, curvature 1/k: after k = 1000 steps against a rate e^(-k/100), whatever the constant 100."""
    return evaluate("1/2000*(1 - 1/1000)**2000 <= exp(-1000/100)", says="L(θ_k) - L* over |θ_0 - θ*|²")


regression.falsehood("step size 3/β", tau=3, by=("mode_by_mode",))
regression.falsehood("a tenth of the bound", c="1/10", by=("mode_by_mode",))
regression.falsehood("mixed terms once", b=1, by=("gram_hessian",))


network_loss = Claim(
    "du2019thesis/eq-1.3",
    title="The loss of a deep network is neither convex nor smooth",
    kind="existence",
    where="Section 1, eq. (1.3)",
    states=r"L(W_1,\dots,W_H) = \frac{1}{2n}\sum_i(W_H\sigma(W_{H-1}\cdots\sigma(W_1x_i))-y_i)^2:\quad "
    r"L(\text{midpoint})\ R\ \text{mean of the ends},\quad L'_+\ S\ L'_-",
    given=(r"R,\ S\ \text{as printed: } >\ \text{and}\ \ne,\ \text{for some points (ReLU)}",),
    printed={"R": ">", "S": "!="},
    parts=("not convex", "not smooth"),
    note="The worst-case hardness that the text cites is not checkable.",
)


@network_loss.check(part="not convex", covers="universal")
def two_factorisations(claim: Statement, ctx: Context) -> Outcome:
    """H = 2, widths 1, n = x = y = 1: (2, 1/2) and (1/2, 2) have loss 0, the midpoint (5/4, 5/4) has not."""
    loss = "1/2*({p}*max({q}, 0) - 1)**2"
    ends = f"({loss.format(p=2, q='1/2')} + {loss.format(p='1/2', q=2)})/2"
    return evaluate(f"{loss.format(p='5/4', q='5/4')} {claim.R} {ends}", says="midpoint against the mean")


@network_loss.check(part="not smooth", covers="universal")
def kink(claim: Statement, ctx: Context) -> Outcome:
    """W_1 = 0, W_2 = x = y = 1: (max(w, 0) - 1)²/2 has slope -1 on the right and is constant on the left."""
    return every(
        identity("(w - 1)**2/2 == 1/2 - w + w**2/2", says="the right side"),
        evaluate(f"-1 {claim.S} 0", says="right and left derivative at w = 0"),
    )


@network_loss.falsehood_with_check("convex in each layer separately")
def convex_in_the_hidden_layer(claim: Statement, ctx: Context) -> Outcome:
    """W_1 -> (max(W_1, 0) - 1)²/2: the value at 0 against the mean of those at -1 and 1."""
    return evaluate(
        "(max(0, 0) - 1)**2/2 <= ((max(-1, 0) - 1)**2/2 + (max(1, 0) - 1)**2/2)/2", says="midpoint"
    )


network_loss.falsehood("convex", R="<=", by=("two_factorisations",))
network_loss.falsehood("differentiable", S="==", by=("kink",))


closeness = Claim(
    "du2019thesis/ch1-trajectory-closeness",
    title="The network's trajectory stays close to that of a convex problem",
    kind="asymptotic-scaling",
    where="Section 1.1, overview of Chapter 2",
    states=r"\sup_t\|u(t)-v(t)\|_2 \le \frac{c}{\lambda_0}\,\sup_t\|H(t)-H^\infty\|_2\,\|y-u(0)\|_2,\qquad "
    r"\dot v = H^\infty(y-v),\ v(0) = u(0)",
    given=(r"\|y-u(t)\|_2 \le e^{-\lambda_0t/2}\|y-u(0)\|_2\ \text{(Lemma 3.4 of du2019shallow)}",),
    printed={"c": "1/2"},
    uses=("du2019shallow/remark-3.1",),
    note="The overview has no formula, and Chapter 2 no statement of this form; this is what its lemmas "
    "give, in continuous time. The deviation is O(m^(-1/2)) by remark-3.1: the trajectories meet as m grows.",
)


@closeness.check(covers="universal")
def variation_of_constants(claim: Statement, ctx: Context) -> Outcome:
    """(u - v)' = -H∞(u - v) + (H - H∞)(y - u): |u - v| <= D Y I, I' + λ0 I = e^(-λ0 t/2), I(0) = 0.

    I = 2(w - w²)/λ0 with w = e^(-λ0 t/2).  Attained at n = 1, m = 4, one active neuron: H = 1/4, λ0 = 1/2,
    D = 1/4, |u - v| = w - w² with w = e^(-t/4).
    """
    integral = "2/L*(exp(-L*t/2) - exp(-L*t))"
    attained = prove("w - w**2 <= c*(1/4)/(1/2)", w="(0, 1]", let=claim.let, says="n = 1, m = 4, one active")
    return unless(
        [attained],
        follows_from(
            identity(f"diff({integral}, t) + L*({integral}) == exp(-L*t/2)"),
            prove("2*(w - w**2) <= c", w="(0, 1]", let=claim.let, says="λ0 I"),
            assumes=("variation of constants", "‖exp(-H∞ t)‖ <= e^(-λ0 t)"),
        ),
    )


@closeness.falsehood_with_check("closer than 1/10 at every width")
def width_one(claim: Statement, ctx: Context) -> Outcome:
    """n = m = 1, the neuron active, |y - u(0)| = 1: u decays with e^(-t), v with e^(-t/2) = 1/2 here."""
    return evaluate("1/2 - (1/2)**2 <= 1/10", says="|u - v|")


closeness.falsehood("constant 1/3", c="1/3")


pointers = Claim(
    "du2019thesis/ch1-overview-pointers",
    title="What the overview announces of Chapters 3 to 7",
    kind="experiment",
    where="Section 1.1, overview of Chapters 3 to 7",
    states=r"\frac{d}{dt}\left(\|W_h\|_F^2-c\,\|W_{h+1}\|_F^2\right) = 0\ \text{along gradient flow}"
    r"\ \text{(Chapter 4)};\quad \text{Chapters 3, 5, 6, 7: see there}",
    printed={"c": 1},
    parts=("balanced layers", "later chapters"),
    note="Announcements; each is made precise, and to be checked, in its chapter.",
)


@pointers.check(part="balanced layers", covers="universal")
def two_linear_layers(claim: Statement, ctx: Context) -> Outcome:
    """One path x -> w -> a through two layers, homogeneous activation: both norms grow by 2 e a g w x."""
    return every(*(identity(f"2*w*(e*a*{g}*x) - c*2*a*(e*{g}*w*x) == 0", let=claim.let) for g in (0, 1)))


@pointers.check(part="later chapters")
def not_yet(claim: Statement, ctx: Context) -> Outcome:
    """The announcements about Chapters 3, 5, 6 and 7 stand or fall with those chapters' theorems."""
    said = evaluate("1 == c", let=claim.let, says="the sizes of the two norms")
    if said.status == "refuted":
        return said
    return Undecided("the theorems of Chapters 3, 5, 6 and 7 are not checked here", "their own claims")


pointers.falsehood("twice the second norm", c=2)


notation = Claim(
    "du2019thesis/notation-table-1.1",
    title="Norms: ‖·‖₂ of vectors, operator and Frobenius norm of matrices",
    kind="definition",
    where="Table 1.1",
    states=r"\|A\|_{op}^2 \le \|A\|_F^2 \le r\,\|A\|_{op}^2,\ r\ \text{the rank};\ \|A\|_{op} = \sigma_1",
    given=(r"\sigma_1 \ge \dots \ge \sigma_r > 0\ \text{the singular values of } A",),
    printed={"r": 2, "largest": "s"},
    note="Chapter 2 writes ‖·‖₂ for operator norms of matrices all the same. Checked for rank 2, singular "
    "values s >= s t; a general rank adds terms of the same kind.",
)


@notation.check(covers="universal")
def squares_of_singular_values(claim: Statement, ctx: Context) -> Outcome:
    """‖A‖_F² = Σ σ_i²; the operator norm is the largest one."""
    largest = claim.largest
    return every(
        prove(f"({largest})**2 <= s**2 + (s*t)**2", s=POSITIVE, t="(0, 1]"),
        prove(f"s**2 + (s*t)**2 <= r*({largest})**2", let=claim.let, s=POSITIVE, t="(0, 1]"),
        prove(f"s <= {largest}", s=POSITIVE, t="(0, 1]"),
    )


notation.falsehood("without the rank", r=1)
notation.falsehood("the least singular value", largest="s*t")
