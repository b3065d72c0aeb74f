"""Section 5 and Appendix A.1, Lemma 5.1: outputs and risk at initialisation.

r is the norm of x_(L-1,i), s² = 2r²/m_L the variance of a pre-activation of the last layer, l = log(n/δ), e =
1 - δ; A.1 stands for the width that Lemma A.1 asks for.
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020.layer_norms import COAREA, HOELDER
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
TAIL = "Pr(z > t) <= exp(-t²/2)/2 for t >= 0"


tail = Claim(
    "zou2020/proof-lemma-5.1-tail",
    title="The output at initialisation is centred and sub-Gaussian",
    kind="proof-step",
    where="Appendix A.1, proof of Lemma 5.1",
    step_of="zou2020/lemma-5.1",
    states=r"\mathbb E\hat y_i = 0,\ \mathbb E[\hat y_i^2] = v\,r^2,\ v = 1-\tfrac1\pi;\quad "
    r"\mathbb E e^{\lambda(\sigma(w_j^\top x)-\sigma(w_{j+m_L/2}^\top x))} \le "
    r"e^{\kappa\lambda^2r^2/m_L},\quad "
    r"\Pr(|\hat y_i| \ge t) \le 2e^{-t^2/(2\kappa r^2)},\ \kappa = 1;\quad "
    r"\Pr\left(\forall i:\ |\hat y_i| \le C_2\sqrt{\log(n/\delta)}\right) \ge 1-\delta",
    given=(
        r"\hat y_i = \sum_{j\le m_L/2}[\sigma(w_{L,j}^\top x)-\sigma(w_{L,j+m_L/2}^\top x)],\ x = "
        r"x_{L-1,i},\ \|x\|_2 = r,\ w_{L,j}\sim N(0,\tfrac2{m_L}I)",
        r"\text{second output weight } a,\ a = -1",
        r"\text{last part: Lemma A.1 (}r\text{ between } \tfrac12 \text{ and } \tfrac32\text{) at its "
        r"width};\ \kappa, C_2\ \text{absolute; explicit: } C_2 = 2\cdot10^4",
    ),
    printed={"a": -1, "v": "1 - 1/pi", "kappa": "1", "C2": 20000},
    parts=("moments", "summands", "union"),
    uses=("zou2020/lemma-A.1",),
    note="The printed bound of a summand has no factor r, which Lemma A.1 bounds. For n/δ >= 2 the constant "
    "C_2 = 4 does; for n = 1 and δ near 1 the bound tends to zero and the mass of the output near zero is "
    "needed. The best κ is 1: the exponential moments of a summand come to that for large λ.",
)


@tail.check(part="moments", covers="universal")
def two_halves(claim: Statement, ctx: Context) -> Outcome:
    """E σ(g) = 1/√(2π) and E σ(g)² = 1/2; m_L/2 pairs of variance s²(1 - 1/π) each."""
    box: dict[str, Any] = {"m": "[2, oo)", "r": POSITIVE}
    return every(
        expectation([("0", "0"), ("oo", "z")], equals="1/sqrt(2*pi)", says="E σ(g)"),
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E σ(g)²"),
        identity("m/2*(1 + a)*M == 0", let={"a": claim.a}, says="the mean, M = E σ"),
        identity(
            "m/2*(2*r**2/m)*(1/2 + 1/2*a**2 + 2*a/(2*pi)) == v*r**2",
            let={"a": claim.a, "v": claim.v},
            says="the second moment",
            **box,
        ),
    )


def four_values(claim: Statement) -> list[Outcome]:
    """λs = 1/10, 1, 2, 5: the exponential moment of a summand, exactly."""
    moment = "((1 + exp(b**2/2))**2 - exp(b**2)*erf(b/sqrt(2))**2)/4"
    let = {"k": claim.kappa}
    return [
        evaluate(f"{moment} <= exp(k*b**2/2)", at={"b": b}, let=let, says=f"λs = {b}")
        for b in ("1/10", "1", "2", "5")
    ]


@tail.check(part="summands", covers="universal")
def square_of_the_error_function(claim: Statement, ctx: Context) -> Outcome:
    """E = e^(b²/2), u = erf(b/√2), b = λs >= 0: (1/2 + EΦ(b))(1/2 + EΦ(-b)) <= E iff E - 1 <= E u.

    That is erfc(b/√2) <= e^(-b²/2).  m_L/2 summands, then Chernoff with λ = t/(κr²).  First four values.
    """
    box: dict[str, Any] = {"m": "[2, oo)", "r": POSITIVE, "t": POSITIVE}
    argument = follows_from(
        identity(
            "(1/2 + E*(1 + u)/2)*(1/2 + E*(1 - u)/2) == ((1 + E)**2 - E**2*u**2)/4", says="Φ(±b) = (1 ± u)/2"
        ),
        identity("E - ((1 + E)**2 - E**2*u**2)/4 == (E*u - (E - 1))*(E*u + E - 1)/4", says="factors, E >= 1"),
        evaluate("1 <= k", let={"k": claim.kappa}, says="E <= E^κ"),
        identity("m/2*(y**2*(2*r**2/m)/2) == y**2*r**2/2", says="all summands", **box),
        identity("-(t/r**2)*t + (t/r**2)**2*r**2/2 == -t**2/(2*r**2)", says="Chernoff", **box),
        assumes=(TAIL, "E e^(bσ(g)) = 1/2 + e^(b²/2)Φ(b)"),
    )
    return unless(four_values(claim), argument)


def rare_outputs(claim: Statement) -> list[Outcome]:
    """L = n = 1, δ = e^(-l), m units: Pr(|ŷ| > C_2√l) against δ, by Berry-Esseen for m/2 pairs."""
    let = {"C2": claim.C2}
    said = "erfc(C2*sqrt(23)/sqrt(2*(1 - 1/pi))) - 6/10**15 <= exp(-23)"
    return [evaluate(said, let=let, says="l = 23, m = 10^30", assumes=("Berry-Esseen with the constant 1",))]


@tail.check(part="union", covers="universal")
def all_inputs(claim: Statement, ctx: Context) -> Outcome:
    """n/δ >= 2: δ/2 for Lemma A.1 and 2n e^(-t²/(2r²)) = δ/2 at t = r √(2 log(4n/δ)), 4n/δ <= (n/δ)³.

    n = 1, δ = 1 - e > 1/2: r is in [1/2, 3/2] with probability 3/4.  Rotating the last layer, Pr(|ŷ| < h) >=
    4h Pr(ŷ >= h)²/(√π r), as the path has a mean speed of 2r/√π at most; Eŷ⁴ <= 4r⁴, h <= r/20.
    """
    let = {"C2": claim.C2}
    argument = follows_from(
        prove("2*n*(d/(4*n)) <= d/2", n=FROM_ONE, d="(0, 1)", says="tail"),
        prove("4*y <= y**3", y="[2, oo)", says="log(4n/δ) <= 3 log(n/δ)"),
        evaluate("(3/2)*sqrt(6) <= C2", let=let, says="n/δ >= 2"),
        expectation([("0", "0"), ("oo", "z**3")], equals="2/sqrt(2*pi)", says="E σ(g)³, and E σ(g)⁴ = 3/2"),
        prove(
            "3*(1 - 1/pi)**2 + (m/2)*(2/m)**2*(3/2 + 3/2 - 8/(2*pi)*2 + 6/4) <= 4",
            m="[2, oo)",
            says="Eŷ⁴ over r⁴",
        ),
        evaluate("((1 - 1/pi)**(3/2)/2/2 - 1/20)**2/(1 - 1/pi) >= 1/100", says="both tails, h <= r/20"),
        identity("2*h*(2*P**2)/(pi/2*(2*r/sqrt(pi))) == 4*h*P**2*sqrt(pi)/(pi*r)", r=POSITIVE, says="band"),
        evaluate("4/sqrt(pi)/100**2*(2/3)*(3/4) >= 1/10**4", says="Pr(|ŷ| < h) >= h/10⁴, h <= 1/40"),
        prove("e <= -log(1 - e)", e="[0, 1/2]", says="l >= e"),
        prove("e <= C2*sqrt(e)/10**4", let=let, e="[0, 1/2]", says="h = C_2√l <= 1/40"),
        evaluate("1/10**6 <= 1/40/10**4", says="larger h, e <= 10⁻⁶"),
        evaluate("1/4 + 2*exp(-C2**2/10**6/(2*(3/2)**2)) <= 1/2", let=let, says="e >= 10⁻⁶"),
        assumes=("lemma-A.1", "union bound", "the summands", COAREA, HOELDER),
    )
    return unless(rare_outputs(claim), argument)


tail.falsehood("output weights 1", a=1, by=("two_halves",))
tail.falsehood("variance r²", v="1", by=("two_halves",))
tail.falsehood("the variance as the proxy", kappa="1 - 1/pi", by=("square_of_the_error_function",))
tail.falsehood("constant 1/2", C2="1/2", by=("all_inputs",))


lemma = Claim(
    "zou2020/lemma-5.1",
    title="The risk at initialisation",
    kind="probabilistic",
    where="Section 5, Lemma 5.1; proof in Appendix A.1",
    states=r"\Pr\left(L_S(W^{(0)}) \le C\,\log(n/\delta)^{p}\right) \ge 1-\delta,\qquad p = \tfrac12",
    given=(
        r"\text{Assumptions 4.1 and 4.3, Gaussian initialisation};\ C\ \text{absolute; explicit: } C = 5",
        r"n/\delta \ge y;\quad \text{width: as in Lemma A.1, } m \ge \bar CL^2\log(nL/\delta)",
        r"\text{printed: } y = 1\ (0 < \delta < 1),\ \text{no width}",
    ),
    printed={"p": "1/2", "C": 5, "y": 1, "width": "any"},
    proof_uses=("zou2020/lemma-A.1", "zou2020/proof-lemma-5.1-tail"),
    note="The proof takes the width of Lemma A.1 without saying so: in a narrow network of two layers the "
    "output has heavier tails than a Gaussian. And for n = 1 the bound tends to 0 as δ -> 1, where the risk "
    "of a bounded output does not follow; log(2n/δ) in its place does for all δ, as n/δ >= 2 in the "
    "correction.",
)


def narrow_network() -> Outcome:
    """n = y = 1, L = m_1 = m_2 = 2, v = (1, -1): f = |x_1|(σ(g_1) - σ(g_2)), |x_1| >= σ(z), all N(0, 1).

    z, g_2 >= t and g_1 <= 0 give L_S >= t²; Pr(z >= t) >= φ(t + 1).  δ = e^(-(t + 1)²)/(8π), t = C + 4.
    """
    t = "(C + 4)"
    return contradicted_by(
        every(
            identity("(y/sqrt(2*pi))**2/2 == 2*(y**2/(8*pi))", says="2δ at least, y = e^(-(t + 1)²/2)"),
            evaluate("8*pi < exp(4)", says="log(1/δ) < (t + 1)² + 4"),
            prove(f"({t} + 1)**2 + 4 <= ({t} + 3)**2", C=FROM_ONE, says="√log(1/δ) <= t + 3"),
            prove(f"C*({t} + 3) < {t}**2", C=FROM_ONE, says="the bound is below t²"),
            prove("0 <= log(1 + u)", u=FROM_ZERO, says="L_S = -f + log(1 + e^f)"),
            assumes=("z, g_1, g_2 are independent, φ decreases on [t, t + 1]",),
        ),
        witness="n = 1, L = 2, m_1 = m_2 = 2, any C >= 1: with t = C + 4 and δ = e^(-(t + 1)²)/(8π) the risk "
        "exceeds t² > C √log(1/δ) with probability at least 2δ",
    )


def near_one() -> Outcome:
    """n = L = 1, any width, δ = 1 - e, e = e^(-x)/(8C²), x = 8 + 8c, c = log(8C²).

    C√log(1/δ) <= C√(2e) = b <= 1/2, and L_S <= b takes e^(-f) <= e^b - 1 <= 2b, f >= log(1/(2b)) = x/2.
    """
    return contradicted_by(
        every(
            prove("-log(1 - e) <= 2*e", e="[0, 1/2]", says="log(1/δ)"),
            prove("exp(b) - 1 <= 2*b", b="[0, 1/2]"),
            identity("(2*C)**2*(2*(E/(8*C**2))) == E", C=POSITIVE, says="(2b)² = e^(-x)"),
            evaluate("2 < log(8)", says="c > 2"),
            prove("8 + 8*c + c < (8 + 8*c)**2/8", c="[2, oo)", says="Pr(f >= x/2) <= e^(-x²/8) < e"),
            assumes=("proof-lemma-5.1-tail with r = 1: Pr(f >= t) <= e^(-t²/2)",),
        ),
        witness="n = L = 1, any width, any C >= 1: with δ = 1 - e^(-8 - 8c)/(8C²), c = log(8C²), the risk "
        "is at most C √log(1/δ) with probability below 1 - δ",
    )


def wide_networks(claim: Statement) -> list[Outcome]:
    """n = L = 1, δ = e^(-l), l = 23, m = 10^30, and l = 10^4, m = 10^2000: L_S >= -f, Berry-Esseen."""
    let = {"C": claim.C}
    return [
        evaluate(
            f"erfc(C*exp(({claim.p})*log({rate}))/sqrt(2*(1 - 1/pi)))/2 - 3/10**{half} <= exp(-{rate})",
            let=let,
            says=f"n = L = 1, log(1/δ) = {rate}, m = 10^{2 * half}",
            instance=True,
            assumes=("Berry-Esseen with the constant 1 for m/2 pairs",),
        )
        for rate, half in ((23, 15), (10**4, 1000))
    ]


@lemma.check(covers="universal")
def outputs_of_all_inputs(claim: Statement, ctx: Context) -> Outcome:
    """L_S <= log 2 + max|ŷ_i| <= log 2 + (3/2)√(2 log(4n/δ)), l = log(n/δ) >= log 2.

    First a narrow network, δ near 1, and wide ones.
    """
    against = wide_networks(claim)
    if claim.width == "any":
        against.append(narrow_network())
    if Fraction(claim.y) == 1:
        against.append(near_one())
    argument = follows_from(
        prove("log(1 + exp(z)) <= log(2) + z", z=FROM_ZERO, says="loss"),
        prove("4*y <= y**3", y=f"[{claim.y}, oo)", says="log(4n/δ) <= 3l"),
        prove("log(2) <= sqrt(log(2))*sqrt(log(2) + z)", z=FROM_ZERO, says="log 2 <= √(log 2) √l"),
        evaluate("sqrt(log(2)) + (3/2)*sqrt(6) <= C", let={"C": claim.C}, says="the constant"),
        evaluate("p == 1/2", let={"p": claim.p}, says="the power of the logarithm"),
        assumes=(
            "lemma-A.1: |x_(L-1,i)| <= 3/2",
            "proof-lemma-5.1-tail",
            "log(nL/δ) in the width, δ/2 for δ",
        ),
    )
    if claim.width == "any" or Fraction(claim.y) < 2:
        argument = Undecided("Lemma A.1 is not available, or the bound is below log 2", "another argument")
    return unless(against, argument)


@lemma.check()
def one_input_wide_layer(claim: Statement, ctx: Context) -> Outcome:
    """The two wide networks: the output is nearly Gaussian."""
    return every(*wide_networks(claim))


FULL: dict[str, Any] = {"y": 2, "width": "Lemma A.1"}
lemma.falsehood("a bound free of δ", p=0, **FULL)
lemma.falsehood("the fourth root of the logarithm", p="1/4", **FULL)
lemma.falsehood("constant 1/2", C="1/2", **FULL)
lemma.falsehood("at any width", y=2, by=("outputs_of_all_inputs",))
lemma.falsehood("for n = 1 and all δ", width="Lemma A.1", by=("outputs_of_all_inputs",))
lemma.corrected("at the width of Lemma A.1, n/δ at least 2", erratum="missing hypothesis", **FULL)
