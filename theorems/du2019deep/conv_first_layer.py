"""Appendix D.1, proof of Lemma D.1: the first layer and the branches of the convolutional residual network.

s0 and L are |sigma(0)| and a Lipschitz constant, c is c_sigma, cp is c_{sigma, 1/√p}, Q is √q, cw is c_{w,0},
t = c_res c_{w,0} L √q, X a standard Gaussian.
"""

from typing import Any

from theorems.du2019deep.conv_forward_perturbation import KAPPA, eigen_image, over
from theorems.du2019deep.gaussian_norm import chi_tail
from theorems.du2019deep.initial_norms import absolute_moments
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

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
FOURTH = "(s0**4 + 4*s0**3*L*sqrt(2/pi) + 6*s0**2*L**2 + 8*s0*L**3*sqrt(2/pi) + 3*L**4)"
"""E (s0 + L|X|)^4."""


first = Claim(
    "du2019deep/proof-lemma-D.1-first-layer",
    aliases=("du2019thesis/proof-lemma-3.15-first-layer",),
    title="First layer of the convolutional network: mean, variance, lower tail",
    kind="proof-step",
    where="Appendix D.1, proof of Lemma D.1, first layer",
    states=r"\mathbb E\|x^{(1)}\|_F^2 = c_\sigma\sum_l\mathbb E\,\sigma(w^\top x_l)^2 \ge "
    r"\frac{c_\sigma}{c_{\sigma,1/\sqrt p}}\ (\exists l:\ p^{-a} \le \|x_l\|_2^2 \le 1),\quad "
    r"\mathrm{Var}\|x^{(1)}\|_F^2 \le \frac{c_\sigma^2}{m}\mathbb E\Big(\sum_l(|\sigma(0)|+L|w^\top x_l|)^2"
    r"\Big)^2 \le \frac{p^{e}C_2}{m},\quad \Pr\left(\|x^{(1)}\|_F^2 \ge "
    r"v\,\frac{c_\sigma}{c_{\sigma,1/\sqrt p}}\right) \ge 1-\frac{\delta}{n}",
    given=(
        r"\|x\|_F = 1;\quad \sigma\ L\text{-Lipschitz};\quad C_2 = "
        r"s\left(\sigma(0)^4+4|\sigma(0)|^3L\sqrt{\tfrac2\pi}+6\sigma(0)^2L^2"
        r"+8|\sigma(0)|L^3\sqrt{\tfrac2\pi}+f\,L^4\right)",
        r"m \ge K\frac{p^2n}{\delta}c_{\sigma,1/\sqrt p}^{\,b};\ \text{printed: } K\ \text{hidden}, b = -2,\ "
        r"v = \tfrac12,\ a = 1,\ e = 2,\ s = 1,\ f = 32",
    ),
    printed={"a": 1, "e": 2, "s": "1", "f": 32, "b": -2, "v": "1/2"},
    parts=("mean", "variance", "lower tail"),
    uses=("du2019deep/sec-3.3-phi-norm", "du2019deep/sec-D-c-sigma"),
    step_of="du2019deep/lemma-D.1",
    note="The factor c_σ² is lost in C_2, as in Lemma B.1; with it 3 does for 32. Chebyshev's inequality "
    "asks for c_{σ,1/√p}^2 where the width has the inverse: K = 4 C_2/c_σ². The witness is analytic, "
    "Lipschitz and smooth; for an activation with σ(0) != 0 the constant is bounded and b does not matter.",
)


@first.check(part="mean", covers="universal")
def largest_patch(claim: Statement, ctx: Context) -> Outcome:
    """The p patches have squared norms with sum >= |x|² = 1, each at most 1: the largest is at least 1/p.

    First q = 1 and equal pixels, where all are 1/p.
    """
    equal = prove("1/p >= 1/p**a", let={"a": claim.a}, p=FROM_ONE, says="equal pixels, q = 1")
    return unless(
        [equal],
        follows_from(
            prove("p*(v/p**a) < 1", let={"a": claim.a}, p=FROM_ONE, v="(0, 1)", says="all below p^(-a)"),
            identity("c*(E + rest) == c*E + c*rest", says="the other patches add squares"),
            assumes=(
                "sec-3.3-phi-norm: |φ(x)|_F >= |x|_F; a patch has each pixel at most once",
                "definition of c_{σ,1/√p} as an infimum over norms in [1/√p, 1]",
            ),
        ),
    )


def second_constant(claim: Statement) -> str:
    """C_2 of the claim."""
    rest = "s0**4 + 4*s0**3*L*sqrt(2/pi) + 6*s0**2*L**2 + 8*s0*L**3*sqrt(2/pi)"
    return f"({claim.s})*({rest} + {claim.f}*L**4)"


@first.check(part="variance", covers="universal")
def fourth_moments(claim: Statement, ctx: Context) -> Outcome:
    """Var Y <= E Y², (Σ_l t_l)² <= p Σ_l t_l², and E t_l² at |x_l| <= 1.

    First p = 1: σ(z) = z/8, c = 64, where c² Var (X/8)² = 2.  And s0 alone (L = 0, c = 1/s0²): (p s0²)².
    """
    C2 = second_constant(claim)
    eighth = {"c": 64, "L": "1/8", "s0": 0}
    linear = evaluate(f"c**2*(3 - 1)/8**4 <= {C2}", let=eighth, says="z/8, one pixel", instance=True)
    flat = {"c": 1, "L": 0, "s0": 1}
    constant = evaluate(
        f"c**2*(9*s0**2)**2 <= 9**{claim.e}*{C2}", let=flat, says="constant σ, p = 9", instance=True
    )
    box: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO, "c": POSITIVE}
    argument = follows_from(
        absolute_moments(),
        identity("m*(c/m)**2*V == c**2*V/m", m=POSITIVE, says="independent neurons"),
        prove(f"c**2*{FOURTH} <= {C2}", says="one patch", **box),
        prove("p*(p*M) <= p**e*M", let={"e": claim.e}, p=FROM_ONE, M=FROM_ZERO, says="p patches"),
        assumes=("Var Y <= E Y²", "Cauchy-Schwarz", "|σ(u)| <= s0 + L|u|"),
    )
    return unless([linear, constant], argument)


def cubic(claim: Statement) -> Outcome:
    """σ(z) = z³/(1 + z²), q = 1, n = 1, equal pixels, one neuron, any K = u⁶: p = 3.75·10⁶ K, δ = K p² cp^b.

    15/p³ (1 - 14/p) <= E σ(X/√p)² <= 15/p³, so m = 1 is wide enough, and for p >= 28 the event fails when
    p σ(w/√p)² <= w⁶/p² < 3.75/p³, that is |w| < y/10, y = 1/u.
    """
    p = "(3750000/y**6)"
    delta = f"((1/y)**6*{p}**2*({p}**3/15)**({claim.b}))"
    box = over("(0, 1]", "y")
    fact = every(
        expectation([("oo", "z**6")], equals="15", says="E X⁶"),
        expectation([("oo", "z**8")], equals="105", says="E X⁸"),
        prove("1 - 2*z <= 1/(1 + z)**2", z=FROM_ZERO, says="σ² >= z⁶ - 2z⁸, here z for z²"),
        prove("15/p**3 - 2*105/p**4 >= 15/2/p**3", p="[28, oo)", says="p >= 28"),
        identity("9/8*(1 + z)**2 - (3*z + z**2) == (z - 3)**2/8", says="σ' <= 9/8, z for z²"),
        evaluate("1/2 <= v", let={"v": claim.v}),
        prove(f"{delta} < 1", says="δ", **box),
        prove("erf(y/10/sqrt(2)) >= y/20", says="Pr(|w| < y/10)", **box),
        prove(f"y/20 > {delta}", says="it exceeds δ", **box),
    )
    return contradicted_by(
        fact,
        witness="σ(z) = z³/(1 + z²), q = n = m = 1, p = 3.75·10⁶ K equal pixels of 1/√p, δ = 225K/p⁴: "
        "K p² n/(c_{σ,1/√p}² δ) <= 1, but the lower tail has at least erf(K^(-1/6)/(10√2)) > δ "
        "(K = 1: δ = 1.2e-24 against 0.079)",
    )


def chi_square(claim: Statement) -> Outcome:
    """σ(z) = z, p = q = n = 1, δ = 1/4: K = 12, m = 48."""
    said = f"1 - {chi_tail(f'(48*({claim.v}))', 48)} <= 1/4"
    return evaluate(said, says="σ(z) = z, one pixel, m = 48, δ = 1/4", instance=True)


@first.check(part="lower tail", covers="universal")
def chebyshev(claim: Statement, ctx: Context) -> Outcome:
    """(p² C_2/m)/((1 - v) c/cp)² at m = K p² n cp^b/δ, K = 4C_2/c².  First one cubic neuron, and z."""
    box: dict[str, Any] = over(FROM_ONE, "p", "n") | {"cp": POSITIVE, "c": POSITIVE, "d": UNIT}
    said = "(p**2*C/(4*C/c**2*p**2*n*cp**b/d))/((1 - v)*c/cp)**2 <= d/n"
    argument = follows_from(
        prove(said, let={"b": claim.b, "v": claim.v}, C=POSITIVE, **box),
        assumes=("Chebyshev's inequality", "mean >= c/cp, variance <= p² C_2/m"),
    )
    return unless([cubic(claim), chi_square(claim)], argument)


FIRST: dict[str, Any] = {"s": "c**2", "b": 2}
first.falsehood("a patch of norm² 1/√p", a="1/2", by=("largest_patch",))
first.falsehood("p for p²", **FIRST | {"e": 1}, by=("fourth_moments",))
first.falsehood("c_σ for c_σ²", **FIRST | {"s": "c"}, by=("fourth_moments",))
first.falsehood("the fourth moment 1", **FIRST | {"f": 1}, by=("fourth_moments",))
first.falsehood("almost the whole mean", **FIRST | {"v": "99/100"}, by=("chebyshev",))
first.falsehood("the printed width", s="c**2", by=("chebyshev",))
first.corrected("with c_σ², and the square of c_{σ,1/√p} in the width", erratum="constant", **FIRST)


upper = Claim(
    "du2019deep/proof-lemma-D.1-upper",
    aliases=("du2019thesis/proof-lemma-3.15-upper",),
    title="First layer and branches from above, product over the layers",
    kind="proof-step",
    where="Appendix D.1, proof of Lemma D.1, from the upper bound on",
    states=r"\|x^{(1)}\|_F \le \sqrt{c_\sigma}\left(k\sqrt p\,|\sigma(0)|+q^{a/2}L c_{w,0}\right),\quad "
    r"\left\|\frac{c_{res}}{H\sqrt m}\sigma(W^{(h)}\phi(x))\right\|_F \le \frac{c_{res}}{H}"
    r"\left(k\sqrt p\,|\sigma(0)|+q^{a/2}c_{w,0}L\|x\|_F\right),\quad "
    r"e^{-t} \le \left(1-\tfrac tH\right)^{h-1},\ \left(1+\tfrac tH\right)^{h-1} \le e^{t}",
    given=(
        r"\|W^{(h)}\|_2 \le c_{w,0}\sqrt m,\ \|x^{(0)}\|_F = 1,\ \sigma\ L\text{-Lipschitz},\ 1\le h\le H",
        r"t = \sqrt q\,c_{res}c_{w,0}L \le T = 1\ \text{(printed: } c_{res}\ \text{a small constant)}",
        r"\text{printed: } k = 0,\ a = 1",
    ),
    printed={"k": 0, "a": 1, "T": 1, "s0": "(0, oo)"},
    parts=("first layer", "branch", "product"),
    uses=("du2019deep/sec-3.3-phi-norm",),
    step_of="du2019deep/lemma-D.1",
    note="σ(0) is dropped, although the guiding activation has σ(0) = log 2; s0 is the range of |σ(0)|. For "
    "softplus the first bound fails for every network with p > q c_{w,0}²/log² 2 and small weights. With "
    "σ(0) = 0 all is as printed, with k = 1 the bounds hold for all σ, and the two-sided product does not "
    "follow. Without the bound on t it fails at t = H = 2.",
)


def wide_filter(claim: Statement) -> Outcome:
    """σ(z) = z, m = 1, the filter (1, 1, 1)/√3 on the eigen-image: gain κ/√3, c_{w,0} = 1."""
    return evaluate(f"{KAPPA}/sqrt(3) <= sqrt(3)**a", let={"a": claim.a}, says="eigen-image", instance=True)


def softplus_first(claim: Statement) -> Outcome:
    """Softplus, W = 0, p = 100, q = 3, c_{w,0} = 3, both sides over √c."""
    said = "sqrt(100)*log(2) <= k*sqrt(100)*log(2) + sqrt(3)**a*3"
    return evaluate(said, let=claim.let, says="softplus, W^(1) = 0, p = 100, c_{w,0} = 3", instance=True)


def softplus_branch(claim: Statement) -> Outcome:
    """Softplus, p = q = m = 1, weights -5 and 0: x^(1) = √c log(1 + e^(-5)), √c <= 1/log 2, c_{w,0} = 5."""
    said = "log(2) <= k*log(2) + 5*log(1 + exp(-5))/log(2)"
    return evaluate(said, let=claim.let, says="softplus, weights -5 and 0, over c_res/H", instance=True)


def general(claim: Statement) -> bool:
    """Whether σ(0) may differ from 0."""
    return bool(claim.s0 != "0")


def lipschitz_row(claim: Statement, size: str, says: str) -> Outcome:
    """(√(mp) s0 + L|W||φ|)/√m for |W| = cw √m and |φ| = Q size."""
    said = f"(sqrt(m*p)*s0 + L*(cw*sqrt(m))*Q*{size})/sqrt(m) <= k*sqrt(p)*s0 + Q**a*L*cw*{size}"
    box: dict[str, Any] = {"m": FROM_ONE, "p": FROM_ONE, "Q": FROM_ONE, "L": FROM_ZERO, "cw": FROM_ZERO}
    box |= {size: POSITIVE} if size != "1" else {}
    let: dict[str, Any] = {"k": claim.k, "a": claim.a}
    if not general(claim):
        return prove(said, let=let | {"s0": 0}, says=says, **box)
    return prove(said, let=let, s0=FROM_ZERO, says=says, **box)


NORMS = ("|σ(v)| <= s0 + L|v|, m p entries", "sec-3.3-phi-norm", "|W X|_F <= |W|_2 |X|_F")


@upper.check(part="first layer", covers="universal")
def constant_and_slope(claim: Statement, ctx: Context) -> Outcome:
    """√c times the row bound at |x| = 1.  First softplus without weights, and a filter on an image."""
    found = [wide_filter(claim), eigen_image()]
    found += [softplus_first(claim)] if general(claim) else []
    return unless(found, follows_from(lipschitz_row(claim, "1", "over √c"), assumes=NORMS))


@upper.check(part="branch", covers="universal")
def one_branch(claim: Statement, ctx: Context) -> Outcome:
    """c_res/H times the row bound.  First softplus with a first layer near 0, and a filter on an image."""
    found = [wide_filter(claim), eigen_image()]
    found += [softplus_branch(claim)] if general(claim) else []
    return unless(found, follows_from(lipschitz_row(claim, "x", "over c_res/H"), assumes=NORMS))


@upper.check(part="product", covers="universal")
def logarithms(claim: Statement, ctx: Context) -> Outcome:
    """log(1 - y) >= -y/(1 - y), and (H - 1)(t/H)/(1 - t/H) <= t for t <= 1.  First H = 2."""
    two = prove("exp(-t) <= 1 - t/2", t=f"[0, {claim.T}]", says="H = 2, h = 2")
    return unless(
        [two],
        follows_from(
            prove("log(1 - y) >= -y/(1 - y)", y="[0, 1)", says="logarithm"),
            prove("(H - 1)*(z*T/H)/(1 - z*T/H) <= z*T", let={"T": claim.T}, z="[0, 1]", H="[2, oo)"),
            prove("1 + y <= exp(y)", y=FROM_ZERO, says="from above"),
            prove("exp(v*t) <= exp(t)", v="[0, 1]", t=FROM_ZERO, says="(h - 1)/H = v"),
            assumes=("at h = 1 both products are empty", "(1 - y)^(h - 1) >= (1 - y)^(H - 1)"),
        ),
    )


upper.falsehood("without √q", k=1, a=0, by=("constant_and_slope", "one_branch"))
upper.falsehood("half of σ(0)", k="1/2", a=0, by=("constant_and_slope", "one_branch"))
upper.falsehood("t up to 2", k=1, T=2, by=("logarithms",))
upper.falsehood("t up to 5/3", k=1, T="5/3", by=("logarithms",))
upper.corrected("with √p |σ(0)|", erratum="constant", k=1)
upper.corrected("σ(0) = 0", erratum="missing hypothesis", s0="0")
