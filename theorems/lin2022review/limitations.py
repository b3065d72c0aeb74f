"""Section 4: scaling by the depth, rescaling instead of another initialisation, the other Gram matrices.

`c` is c_sigma; |sigma(0)| <= s0, L is a Lipschitz constant of sigma; k is a squared norm of features.
"""

from theorems.lin2022review import wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"


scaling = Claim(
    "lin2022review/limit-1-scaling",
    title="A fully-connected network scaled by 1/H in each layer has a vanishing output",
    kind="asymptotic-scaling",
    where="Section 4, item 1",
    states=r"x^{(h)} = \frac1H\sqrt{\frac{c_\sigma}{m}}\,\sigma(W^{(h)}x^{(h-1)})\ \implies\ "
    r"k_H \le \frac{M}{H^{r}}\ \text{for}\ H^2 \ge M,\ M = c_\sigma(2s_0^2+2L^2);\qquad "
    r"k_H \le \left(\frac{c_\sigma L^2}{H^{q}}\right)^H\ \text{if}\ \sigma(0) = 0",
    given=(r"k_0 = \|x\|_2^2 = 1,\ k_h = \frac{c_\sigma}{H^2}\mathbb E\sigma(\sqrt{k_{h-1}}z)^2",),
    printed={"r": 2, "q": 2},
    parts=("any activation", "zero at zero"),
    uses=("lin2022review/eq-1",),
    note="Printed in words: for large H the output is essentially zero. √k_H is the output's standard "
    "deviation: of order 1/H in general, also where a bound like (c/H)^H is expected, and that small "
    "only if σ(0) = 0.",
)


@scaling.check(part="any activation", covers="universal")
def one_layer_is_enough(claim: Statement, ctx: Context) -> Outcome:
    """While k <= 1, E σ(√k z)² <= 2 s0² + 2 L², so the next k is at most M/H² <= 1, and so k_H is.

    First 1 + sin z at H = 10⁶, where k_H >= c/H²: E (1 + sin)² >= 1.
    """
    c = wave.NORMALISER
    deep = evaluate(f"{c}/(10**6)**2 <= {c}*4/(10**6)**(r)", let={"r": claim.r}, says="1 + sin z, H = 10⁶")
    return unless(
        [deep],
        follows_from(
            prove("(s0 + v)**2 <= 2*s0**2 + 2*v**2", s0=FROM_ZERO, v=FROM_ZERO, says="v = L√k|z|"),
            expectation([("oo", "z**2")], equals="1", says="E z²"),
            prove(
                "c*(2*s0**2 + 2*L**2*k)/H**2 <= c*(2*s0**2 + 2*L**2)/H**r",
                let={"r": claim.r},
                k="[0, 1]",
                c=POSITIVE,
                s0=FROM_ZERO,
                L=FROM_ZERO,
                H=FROM_ONE,
            ),
        ),
    )


@scaling.check(part="zero at zero", covers="universal")
def contraction_of_each_layer(claim: Statement, ctx: Context) -> Outcome:
    """σ(√k z)² <= L² k z²: each of the H layers multiplies k by at most c L²/H².

    First sin z (c = 2/(1 - exp(-2)), L = 1) and H = 2: k_2 = (c/4) E sin(√k_1 z)², k_1 = 1/4.
    """
    c = "(2/(1 - exp(-2)))"
    two = evaluate(f"{c}/4*(1 - exp(-2*(1/4)))/2 <= ({c}/2**({claim.q}))**2", says="sin z, H = 2")
    return unless(
        [two],
        follows_from(
            expectation([("oo", "z**2")], equals="1", says="E z²"),
            prove(
                "c*L**2*k/H**2 <= c*L**2/H**q*k",
                let={"q": claim.q},
                c=POSITIVE,
                L=FROM_ZERO,
                k=FROM_ZERO,
                H=FROM_ONE,
            ),
        ),
    )


@scaling.falsehood_with_check("an output of order one")
def small_at_depth_100(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z at H = 100: M/H² against 1/4."""
    return evaluate(f"{wave.NORMALISER}*4/100**2 >= 1/4", says="bound of k_100")


@scaling.falsehood_with_check("(3/H)^H for every activation")
def only_one_factor(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z at H = 16: k_16 >= c/16², against (3/16)^(2 16)."""
    return evaluate(f"{wave.NORMALISER}/16**2 <= (3/16)**32", says="k_16 is at least c/16²")


scaling.falsehood("squared norms below M/H⁴", r=4, by=("one_layer_is_enough",))
scaling.falsehood("a factor H⁻⁴ from each layer", q=4, by=("contraction_of_each_layer",))


rescaling = Claim(
    "lin2022review/limit-2-rescaling",
    title="Scaling a branch and scaling its initial weights differ along training",
    kind="dynamics",
    where="Section 4, item 2",
    states=r"\frac1{H^{p}}\sigma(Wx) = \sigma\left(\frac WHx\right)\ \text{(ReLU)};\qquad \text{after one "
    r"step}\ f_A-f_B = \eta e\,x^2\left(1-\frac1{H^{r}}\right)\quad \text{with}\ f_A = \frac1H\sigma(w_Ax),"
    r"\ f_B = \sigma(w_Bx)",
    given=(
        r"w_A(0) = w,\ w_B(0) = w/H;\ \text{one active neuron, before and after the step}",
        r"e = \frac{\partial L}{\partial f}\ \text{at the start, the same for both}",
    ),
    printed={"p": 1, "r": 2},
    parts=("start", "one step"),
    uses=("lin2022review/eq-resnet",),
    note="For the ReLU, step sizes that differ by the factor H² make up for it in this branch; for an "
    "activation that is not homogeneous the two functions differ from the start.",
)


@rescaling.check(part="start", covers="universal")
def homogeneous(claim: Statement, ctx: Context) -> Outcome:
    """An active and an inactive pre-activation t >= 0 and -t, in the form of the ReLU on each side."""
    active = identity("t/H == t/H**p", let={"p": claim.p}, H=POSITIVE)
    return every(active, evaluate("max(-1/3, 0) == max(-1, 0)/3**p", let=claim.let, says="inactive, H = 3"))


@rescaling.check(part="one step", covers="universal")
def gradients_of_both(claim: Statement, ctx: Context) -> Outcome:
    """f_A has the slope x/H in w_A, f_B the slope x in w_B."""
    a, b = "(w - eta*e*diff(w*x/H, w))*x/H", "(w/H - eta*e*diff(w*x, w))*x"
    return identity(f"{a} - {b} == eta*e*x**2*(1 - 1/H**r)", let={"r": claim.r}, H=POSITIVE)


@rescaling.falsehood_with_check("the same function for softplus")
def not_homogeneous(claim: Statement, ctx: Context) -> Outcome:
    """log(1 + e^0)/2 against log(1 + e^(0/2)): H = 2, w x = 0."""
    return evaluate("log(1 + exp(0))/2 == log(1 + exp(0/2))", says="softplus at 0, H = 2")


rescaling.falsehood("the same output after one step", r=0, by=("gradients_of_both",))
rescaling.falsehood("gradients apart by √H", r=1, by=("gradients_of_both",))
rescaling.falsehood("homogeneous of degree 2", p=2, by=("homogeneous",))


other_layers = Claim(
    "lin2022review/limit-5-other-layers",
    title="Any layer's Gram matrix bounds the least eigenvalue from below",
    kind="deterministic-inequality",
    where="Section 4, item 5",
    states=r"\lambda_{\min}(G) \ge f\sum_h\lambda_{\min}(G^{(h)}) \ge \lambda_{\min}(G^{(g)})\ \text{for "
    r"every}\ g;\qquad S_{h} \le S_{h+1},\quad S_h = 1+q+\dots+q^{h-1}",
    given=(
        r"G = \sum_h G^{(h)},\ \lambda_{\min}(G^{(h)}) \ge \mu",
        r"q \ge 0:\ \text{(28) bounds the error of layer}\ h\ \text{by}\ S_h s",
    ),
    printed={"f": 1, "mu": "0", "S": "(p - 1)/(q - 1)"},
    parts=("all layers", "each layer", "error bound"),
    uses=("lin2022review/eq-13", "lin2022review/eq-28"),
    note="Only the bound of the forward error grows with h; the factor from the layers above h fluctuates "
    "too, so a smaller total error of G^(h) for smaller h is a suggestion, here as in the text. p is q^h.",
)


@other_layers.check(part="all layers", covers="universal")
def minimax(claim: Statement, ctx: Context) -> Outcome:
    """v.Gv = Σ v.G^(h)v for a unit v, each term λ_min plus some t >= 0; two equal multiples of I attain "
    "it."""
    return prove(
        "(a + s) + (b + t) >= f*(a + b)",
        let={"f": claim.f},
        a=FROM_ZERO,
        b=FROM_ZERO,
        s=FROM_ZERO,
        t=FROM_ZERO,
        assumes=("Courant-Fischer", "induction over the layers"),
    )


@other_layers.check(part="each layer", covers="universal")
def the_rest_is_semidefinite(claim: Statement, ctx: Context) -> Outcome:
    """Another layer adds at least μ = 0: a + (μ + s) >= a."""
    return prove("a + (mu + s) >= a", let={"mu": claim.mu}, a=FROM_ZERO, s=FROM_ZERO)


@other_layers.check(part="error bound", covers="universal")
def more_layers_more_error(claim: Statement, ctx: Context) -> Outcome:
    """S_{h+1} - S_h = q^h >= 0."""
    after = str(claim.S).replace("p", "(p*q)")
    return every(
        identity(f"({after}) - ({claim.S}) == p"), prove("p >= 0", p=FROM_ZERO, says="q^h is not negative")
    )


@other_layers.falsehood_with_check("equal to the largest of the layers' least eigenvalues")
def complementary_projections(claim: Statement, ctx: Context) -> Outcome:
    """diag(1, 0) + diag(0, 1): both least eigenvalues are 0, that of the sum is 1, not below 1/2."""
    above = eigenvalue_above([["1", "0"], ["0", "1"]], "1/2", says="λ_min of the sum")
    return contradicted_by(
        above, witness="diag(1, 0) and diag(0, 1): least eigenvalues 0 and 0, of the sum 1"
    )


@other_layers.falsehood_with_check("at most the sum of the layers' least eigenvalues")
def superadditive(claim: Statement, ctx: Context) -> Outcome:
    """diag(2, 1) + diag(1, 2) = 3 I: the sum of the least eigenvalues is 2."""
    above = eigenvalue_above([["3", "0"], ["0", "3"]], "2", says="λ_min of the sum")
    return contradicted_by(above, witness="diag(2, 1) and diag(1, 2): 1 + 1 < 3")


other_layers.falsehood("twice the sum", f=2, by=("minimax",))
other_layers.falsehood("indefinite layers", mu="-1", by=("the_rest_is_semidefinite",))
other_layers.falsehood("S_h = q^h", S="p", by=("more_layers_more_error",))
