"""Appendix D, Lemma D.1: the norms of all layers at initialisation, convolutional residual network.

s0 and L are |sigma(0)| and a Lipschitz constant, c is c_sigma, cp is c_{sigma, 1/√p}, P is √p, Q is √q, cw is
c_{w,0}, t = c_res c_{w,0} L √q, X a standard Gaussian.
"""

from typing import Any

from theorems.du2019deep.conv_forward_perturbation import over
from theorems.du2019deep.gaussian_norm import chi_tail
from theorems.du2019deep.initial_norms import absolute_moments
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"


lemma = Claim(
    "du2019deep/lemma-D.1",
    aliases=("du2019thesis/lemma-3.15",),
    title="The norms of all layers at initialisation, convolutional residual network",
    kind="probabilistic",
    where="Appendix D, Lemma D.1",
    states=r"m \ge K\frac{p^2n^{j}}{\delta^{d}}c_{\sigma,1/\sqrt p}^{\,b} \implies \Pr\left(\forall h,i:\ "
    r"\frac{1}{c_{x,0}} \le \|x_i^{(h)}(0)\|_F \le c_{x,0}\right) \ge 1-\delta,\qquad c_{x,0} = "
    r"\mathrm{poly}(p);\quad \text{explicit: } \|x^{(h)}\|_F \le A\,p^{a},\ "
    r"A = \left(\sqrt{c_\sigma}(|\sigma(0)|+\sqrt qLc_{w,0})+\frac{|\sigma(0)|}{\sqrt qLc_{w,0}}\right)e^t,"
    r"\quad \|x^{(h)}\|_F \ge \sqrt{\frac{c_\sigma}{2c_{\sigma,1/\sqrt p}}}\,e^{-t}",
    given=(
        r"\sigma\ L\text{-Lipschitz (and as in Conditions 3.1, 3.2)},\ \|x_i\|_F = 1,\ \|W^{(h)}(0)\|_2 \le "
        r"c_{w,0}\sqrt m",
        r"\text{for the lower bound: } \sigma \ge 0, \text{ or } \sigma(0) = 0 \text{ and } t = "
        r"\sqrt q\,c_{res}c_{w,0}L \le 1\ \text{(printed: } c_{res}\ \text{a small constant)}",
        r"\text{printed: } b = -2,\ j = d = 1,\ K\ \text{hidden; explicit: } K = 4\,\mathbb "
        r"E(|\sigma(0)|+L|X|)^4",
        r"\text{softplus: } K\ \text{times } (21/10)^4",
    ),
    printed={"b": -2, "j": 1, "d": 1, "a": "1/2"},
    parts=("upper bound", "lower bound, softplus", "lower bound"),
    uses=("du2019deep/sec-3.3-conv", "du2019deep/sec-D-c-sigma"),
    proof_uses=(
        "du2019deep/proof-lemma-D.1-first-layer",
        "du2019deep/proof-lemma-D.1-upper",
    ),
    note="The upper bound is deterministic, of order √p. For softplus the width is enough, since "
    "c_{σ,1/√p} stays between 1 and 21/10. In general the printed proof gives b = 2; whether b = -2 is "
    "enough for some polynomial c_{x,0} is open here: the cubic activation of the first step breaks the "
    "bound of the proof, not that of the lemma. The poly(p) is that of c_{σ,1/√p}. For σ that changes sign "
    "and has σ(0) != 0 the printed proof gives no lower bound beyond the first layer.",
)


@lemma.check(part="upper bound", covers="universal")
def shifted_recursion(claim: Statement, ctx: Context) -> Outcome:
    """|x^(h)| + B grows by 1 + t/H at most, B = √p s0/(Q L cw).

    First softplus with weights 0, q = 3, c_{w,0} = 3, t = 9/10, p = 10^12.
    """
    A = "(sqrt(c)*(s0 + Q*L*cw) + s0/(Q*L*cw))*exp(t)"
    let = {"s0": "log(2)", "L": 1, "cw": 3, "t": "9/10", "Q": "sqrt(3)"}
    above = prove(
        f"sqrt(c)*log(2)*10**6 > {A}*(10**6)**(2*({claim.a}))",
        let=let,
        c="[1, 21/10]",
        says="softplus, W = 0, p = 10^12: 1 <= c <= 21/10",
    )
    single = contradicted_by(
        above, witness="softplus, W = 0, p = 10^12, q = 3, c_{w,0} = 3: |x^(1)| = √c log 2 √p is above A p^a"
    )
    box: dict[str, Any] = {"P": FROM_ONE, "s0": FROM_ZERO, "c": POSITIVE, "L": POSITIVE, "cw": POSITIVE}
    box |= {"Q": FROM_ONE, "t": FROM_ZERO}
    start = "sqrt(c)*(P*s0 + Q*L*cw) + P*s0/(Q*L*cw)"
    argument = follows_from(
        identity(
            "D + r/H*(P*s0 + Q*L*cw*D) + P*s0/(Q*L*cw) == (D + P*s0/(Q*L*cw))*(1 + r*cw*L*Q/H)",
            Q=FROM_ONE,
            L=POSITIVE,
            cw=POSITIVE,
            H=FROM_ONE,
            says="one layer, r = c_res, P = √p",
        ),
        prove("1 + y <= exp(y)", y=FROM_ZERO, says="one factor"),
        prove("exp(v*t) <= exp(t)", v="[0, 1]", t=FROM_ZERO, says="(h - 1)/H = v"),
        prove(f"({start})*exp(t) <= {A}*P**(2*({claim.a}))", says="the sum", **box),
        assumes=("proof-lemma-D.1-upper (corrected): first layer and branch",),
    )
    return unless([single], argument)


def many_events(claim: Statement, sizes: Outcome, says: str, chance: str, width: str) -> list[Outcome]:
    """`chance` is a lower bound of the probability that one input fails at `width`, enough for δ = 1/2.

    n = 10^5000 orthonormal inputs (p = q = 1) are independent; and δ = 10^-3000.
    """
    found = []
    if not claim.j:
        fact = evaluate(f"exp(-10**5000*({chance})) < 1/2", says="(1 - t)^n <= e^(-nt)", instance=True)
        witness = f"{says}, p = q = H = 1, n = 10^5000 orthonormal inputs, δ = 1/2, {width}"
        few = f"{witness}: all are above the bound with less than 1/2"
        found.append(contradicted_by(every(sizes, fact), witness=few))
    if not claim.d:
        fact = evaluate(f"{chance} > 1/10**5000", says="one input", instance=True)
        witness = f"{says}, p = q = H = n = 1, δ = 10^-3000, {width}: the input fails with more than δ"
        found.append(contradicted_by(every(sizes, fact), witness=witness))
    return found


@lemma.check(part="lower bound, softplus", covers="universal")
def bounded_normaliser(claim: Statement, ctx: Context) -> Outcome:
    """cp lies between 1 and 1/log² 2 < 21/10, so the power b = -2 is absorbed by (21/10)⁴.

    σ(z) = z/2 + log(2 cosh(z/2)) and log cosh y <= y²/2, so E σ² <= 1/4 + E(log 2 + X²/8)² < 1 <= cp.
    The later layers only add non-negative entries.  First p = 1, δ = 1/2: the width is below 8000;
    all weights below -1/2, c log(1 + e^(-1/2))² < 1/2.
    """
    moments = "(log(2)**4 + 4*log(2)**3*sqrt(2/pi) + 6*log(2)**2 + 8*log(2)*sqrt(2/pi) + 3)"
    small = every(
        evaluate(f"4*{moments}*(21/10)**4*2*(21/10)**2 <= 8000", says="width", instance=True),
        evaluate("(log(1 + exp(-1/2))/log(2))**2 < 1/2", says="c <= 1/log² 2", instance=True),
    )
    found = many_events(claim, small, "softplus", "(erfc(1/2/sqrt(2))/2)**8000", "m = 8000")
    box: dict[str, Any] = over(FROM_ONE, "p", "n") | {"d": UNIT, "C": POSITIVE, "c": POSITIVE}
    width = "(4*C/c**2*(21/10)**4*p**2*n**j/d**e*cp**b)"
    said = f"(p**2*C/{width})/(c/(2*cp))**2 <= d/n"
    let = {"j": claim.j, "e": claim.d, "b": claim.b}
    argument = follows_from(
        prove("tanh(y) <= y", y=FROM_ZERO, says="log cosh y <= y²/2, by integration"),
        absolute_moments(),
        evaluate("1/4 + log(2)**2 + log(2)/4 + 3/64 <= 1", says="1/c <= 1: cp >= c >= 1"),
        evaluate("1/log(2)**2 <= 21/10", says="cp <= 21/10 by Jensen's inequality"),
        prove(said, let=let, cp="[1, 21/10]", says="Chebyshev", **box),
        prove("(x + y)**2 >= x**2", x=FROM_ZERO, y=FROM_ZERO, says="an entry of a later layer"),
        assumes=("proof-lemma-D.1-first-layer (corrected)", "union bound over n inputs"),
    )
    return unless(found, argument)


@lemma.check(part="lower bound", covers="universal")
def first_layer_and_product(claim: Statement, ctx: Context) -> Outcome:
    """Chebyshev for the first layer, a union bound over the inputs, and the product over the layers.

    First σ(z) = z, p = 1: K = 12, δ = 1/2, m = 24, threshold 1/2.
    """
    found = many_events(
        claim, evaluate("12*2 <= 24", says="width"), "σ(z) = z", f"(1 - {chi_tail('12', 24)})", "m = 24"
    )
    box: dict[str, Any] = over(FROM_ONE, "p", "n") | {"cp": POSITIVE, "c": POSITIVE, "d": UNIT}
    said = "(p**2*C/(4*C/c**2*p**2*n**j/d**e*cp**b))/(c/(2*cp))**2 <= d/n"
    let = {"j": claim.j, "e": claim.d, "b": claim.b}
    chain = prove(said, let=let, C=POSITIVE, **box)
    argument = follows_from(
        chain,
        prove("n*(d/n) <= d", n=FROM_ONE, d=UNIT, says="union bound"),
        identity("sqrt(v)*exp(-t)*exp(t) == sqrt(v)", v=POSITIVE, says="the product e^(-t)"),
        prove("(x + y)**2 >= x**2", x=FROM_ZERO, y=FROM_ZERO, says="σ >= 0: an entry of a later layer"),
        assumes=(
            "proof-lemma-D.1-first-layer (corrected)",
            "proof-lemma-D.1-upper: product, and branch for σ(0) = 0",
        ),
    )
    if argument.status != "holds" and claim.j and claim.d:
        argument = Undecided(
            "Chebyshev's inequality asks for the square of c_{σ,1/√p}, and the width has its inverse",
            "a small-ball bound for σ(w.x) that replaces Chebyshev's inequality, or a network below every "
            "polynomial bound",
        )
    return unless(found, argument)


WIDE: dict[str, Any] = {"b": 2}
lemma.falsehood("p^(1/4)", a="1/4", by=("shifted_recursion",))
lemma.falsehood("bounded in p", a=0, by=("shifted_recursion",))
EVERY = ("bounded_normaliser", "first_layer_and_product")
lemma.falsehood("a width that does not grow with n", **WIDE, j=0, by=EVERY)
lemma.falsehood("a width that does not grow with 1/δ", **WIDE, d=0, by=EVERY)
lemma.reading("the square of c_{σ,1/√p} in the width", **WIDE)
