"""Section 4, Theorem 4.4: gradient descent reaches any risk with polynomial width and time.

c stands for c_0, C1 and C2 for C' and C'' of Lemma 5.3, R for the risk at the start, b = (log 2)², G = log M,
w = m/M in [1/2, 1]; A = 8n⁵/(c m φ), B = 8b n³/(c m φ).
"""

from fractions import Fraction
from typing import Any

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

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
SYMMETRIC = (
    "given the features f_0 is symmetric, as v has as many 1 as -1: y f_0 <= 0 with probability >= 1/2"
)
ONE_LAYER = "n = L = 1: a step moves f by at most m η |ℓ'(yf)|, as the ReLU is 1-Lipschitz and |x| = 1"


theorem = Claim(
    "zou2020/thm-4.4",
    title="Gradient descent trains wide deep ReLU networks to any accuracy",
    kind="dynamics",
    where="Section 4, Theorem 4.4; proof in Section 5",
    states=r"m = \widetilde\Omega\left(n^{p}L^{r}\phi^{-f}+n^{p'}L^{r}\phi^{-f}\epsilon^{-1}\right),\ \eta = "
    r"\Theta(M^{-s}L^{-t}),\ K = \widetilde\Theta\left(\frac{n^{q}L^{l}}{\phi}+\frac{n^{q'}L^{l}}{\phi\,"
    r"\epsilon^{e}}\right) \implies L_S(W^{(K)}) \le \epsilon\ \text{with high probability},\quad p = 14,\ "
    r"p' = 12,\ r = 16,\ f = 4,\ s = 1,\ t = l = 3,\ q = 5,\ q' = 3,\ e = 1",
    given=(
        r"\text{Assumptions 4.1 to 4.3; Gaussian initialisation; } \phi \le 2\ \text{(automatic with two "
        r"classes)}",
        r"\text{Lemma 5.1: } L_S(W^{(0)}) = \widetilde O(1);\ \text{Lemma 5.2 for } \tau = "
        r"O(\phi^{3/2}n^{-3}L^{-2});\ \text{Lemma 5.3 for } \tau = O(L^{-11}\log^{-3/2}M)",
        r"\text{reading: } L^3\phi^{3/2} \le \kappa n^{9/2},\ \kappa\ \text{an absolute constant}",
    ),
    printed={
        "p": 14,
        "pe": 12,
        "r": 16,
        "f": 4,
        "s": 1,
        "t": 3,
        "q": 5,
        "qe": 3,
        "l": 3,
        "e": "1",
        "depth": None,
    },
    uses=(
        "zou2020/eq-3.1-network",
        "zou2020/eq-3.2-erm",
        "zou2020/def-gaussian-init",
        "zou2020/def-gd",
        "zou2020/assumption-4.1",
        "zou2020/assumption-4.2",
        "zou2020/assumption-4.3",
    ),
    proof_uses=(
        "zou2020/lemma-5.1",
        "zou2020/lemma-5.2-lower",
        "zou2020/lemma-5.2-upper",
        "zou2020/lemma-5.3",
        "zou2020/def-perturbation-region",
        "zou2020/proof-thm-4.4-tau-eta",
        "zou2020/eq-5.1",
        "zou2020/eq-5.2",
        "zou2020/eq-5.3",
        "zou2020/proof-thm-4.4-iteration-count",
        "zou2020/eq-5.4",
        "zou2020/eq-5.5",
        "zou2020/eq-5.6",
    ),
    note="What is checked is the way from the three lemmas, as printed, to the theorem. The radius of the "
    "proof is that of Lemma 5.3 only if L³ φ^(3/2) is at most of order n^(9/2) (depth is that power of n); "
    "for deeper networks the width of the proof is n⁵ L^22/φ + n³ L^22/(φ ε) in addition. η and K are "
    "printed with O; steps and numbers of steps of that order are meant, as O alone would admit steps of "
    "1/M² or K = 0. With one class Assumption 4.2 says nothing, and φ <= 2 is needed. For n = 10, L = 3, "
    "φ = 1/2 the powers alone are 7·10^22 neurons.",
)


def short_steps(claim: Statement) -> list[Outcome]:
    """n = L = φ = 1, ε = 1/4, K = k √m at most (logarithms): yf moves by K m/(4C' M^s) at most.

    M = m = u², u = 1 + k/C' + t.
    """
    if Fraction(claim.s) <= 1:
        return []
    u = "(1 + k/C + t)"
    box: dict[str, Any] = {"k": POSITIVE, "C": POSITIVE, "t": FROM_ZERO}
    stuck = every(
        prove(f"k*{u}*{u}**2/(4*C*{u}**(2*({claim.s}))) <= 1/2", says="distance of yf", **box),
        evaluate("log(1 + exp(-1/2)) > 1/4", says="the loss at yf = 1/2"),
        assumes=(SYMMETRIC, ONE_LAYER),
    )
    said = "n = L = φ = 1, ε = 1/4, m large: with probability >= 1/2 yf stays below 1/2, for all constants"
    return [contradicted_by(stuck, witness=said)]


def few_steps(claim: Statement) -> list[Outcome]:
    """n = L = φ = 1, u = exp(yf): a step gives u exp(β/(1 + u)) <= u + β e^β, β = mη = 1/(4C').

    The target ε = 1/r⁴ needs u >= 1/(2ε); K = k ε^(-e), times r for the logarithms; r = 4 + 2D + t with
    D = kβe^β.
    """
    if Fraction(claim.e) >= 1:
        return []
    r = "(4 + 2*D + t)"
    slow = every(
        prove("exp(x) - 1 <= x*exp(x)", x=FROM_ZERO, says="u (e^x - 1) <= β e^β, x = β/(1 + u)"),
        prove("u/(1 + u) <= 1", u=POSITIVE),
        prove("exp(e) - 1 <= 2*e", e="[0, 1]", says="loss <= ε needs 1/u <= e^ε - 1"),
        prove(f"1 + D*{r}*{r}**(4*({claim.e})) < {r}**4/2", D=POSITIVE, t=FROM_ZERO, says="u after K steps"),
        assumes=(SYMMETRIC, ONE_LAYER),
    )
    said = (
        "n = L = φ = 1, ε small: with probability >= 1/2 the risk is above ε after K steps, for all constants"
    )
    return [contradicted_by(slow, witness=said)]


def constants_together(claim: Statement) -> list[Outcome]:
    """Number of steps, distance, last step and radius, with explicit constants; c <= 1 <= C', ε <= R.

    In the two links without exponents c φ is 2/((1 + u)(1 + q)), and n, L, C', y are 1 + n, and so on.

    m = y κ R (n^14 R + b n^12/ε) L^16 φ^(-4), y >= 1, κ = 128/(c a²), a² = (c/(32 C''² log M))³, d = a².
    """
    A, B = "(8*n**5/(c*m*phi))", "(8*log(2)**2*n**3/(c*m*phi))"
    eta = f"(1/(4*C1*(m/w)**({claim.s})*L**({claim.t})))"
    K = f"(64*C1*L**({claim.l})/(c*phi)*(n**({claim.q})*R + log(2)**2*n**({claim.qe})/e**({claim.e})))"
    sizes: dict[str, Any] = dict.fromkeys(("n", "L", "m"), FROM_ONE)
    sizes |= {"c": "(0, 1]", "C1": FROM_ONE, "phi": "(0, 2]", "w": "[1/2, 1]"}
    risks: dict[str, Any] = {"R": POSITIVE, "e": POSITIVE}
    wide: dict[str, Any] = {"n": FROM_ONE, "L": FROM_ONE, "c": "(0, 1]", "phi": "(0, 2]", "d": POSITIVE}
    wide |= {"y": FROM_ONE}
    one = f"(y*128/(c*d)*n**({claim.p})*L**({claim.r})*phi**(-({claim.f}))*R**2)"
    two = f"(y*128/(c*d)*n**({claim.pe})*L**({claim.r})*phi**(-({claim.f}))*log(2)**2*R/e)"
    tau = "(d*n**(-9)*L**(-16)*phi**3)"
    least = two.replace("R/e", "(1 + v)").replace("log(2)", "x")
    small = "2/(1 + u)/(1 + q)"
    free: dict[str, Any] = dict.fromkeys(("u", "q", "x", "g", "n", "L"), FROM_ZERO)
    return [
        identity(
            "1/(4*C1*M*L**3) - C1*M*L**3*(1/(4*C1*M*L**3))**2 == 3/4/(4*C1*M*L**3)",
            says="C'ML³η = 1/4",
            C1=POSITIVE,
            M=FROM_ONE,
            L=FROM_ONE,
        ),
        prove(f"{A}*R + {B}/e <= {K}*{eta}", says="enough steps: L_K <= ε by (5.3)", **sizes, **risks),
        identity(
            "(p*s)**2 + (q/s)**2 - 2*p*q == (p*s - q/s)**2",
            s=POSITIVE,
            says="AR + B/R >= 2√(AB): p² = A, q² = B, s² = R",
        ),
        identity(
            f"{eta}/(16*x*n**4/(c*m*phi)) == c*phi*w/(64*x*C1*n**4*m**(({claim.s}) - 1)*L**({claim.t}))",
            says="η over 2√(AB), x = log 2",
            w="[1/2, 1]",
            x=POSITIVE,
            **{k: v for k, v in sizes.items() if k != "w"},
        ),
        prove(f"{small} <= 64*(1/2 + x)*(1 + g)*(1 + n)**4*(1 + L)**3", says="rounding K up", **free),
        prove(
            f"4*R*8*n**5*R/(c*phi)/{one} <= {tau}/4", says="4R·AR <= (τ/2)², first term", R=POSITIVE, **wide
        ),
        prove(
            f"4*R*8*log(2)**2*n**3/e/(c*phi)/{two} <= {tau}/4", says="4R·B/ε, second term", **risks, **wide
        ),
        identity(
            f"L**(-4)/16/{least}/({tau}/4) == c*phi**(({claim.f}) - 3)/(512*y*n**(({claim.pe}) - 9)"
            f"*L**(({claim.r}) - 12)*x**2*(1 + v))",
            says="one step over the radius, squared, R = (1 + v)ε, x = log 2",
            v=FROM_ZERO,
            x=POSITIVE,
            **wide,
        ),
        prove(
            f"{small} <= 512*(1 + g)*(1 + n)**3*(1 + L)**4*(1/2 + x)**2*(1 + v)",
            says="at most 1",
            v=FROM_ZERO,
            **free,
        ),
        evaluate("log(2) >= 1/2"),
        prove(
            "(t*v*p + t*w*q)/(p + q) <= t",
            says="quotient of sums",
            v="[0, 1]",
            w="[0, 1]",
            t=POSITIVE,
            p=POSITIVE,
            q=POSITIVE,
        ),
        prove(
            f"w**(3/2)*v*n**(({claim.depth}) - 9/2) <= 1",
            w="[1/2, 1]",
            v="[0, 1]",
            n=FROM_ONE,
            says="τ within the radius of Lemma 5.3",
        ),
    ]


@theorem.check(covers="universal")
def recursion_and_induction(claim: Statement, ctx: Context) -> Outcome:
    """While the weights are in the region, (5.1) to (5.3); (5.4) to (5.6) keep them there for K steps.

    4R(AR + B/ε), which bounds the squared distance 2KηR, and m have two terms each; the quotients of the
    terms are (τ/2)² at most, and so is that of the sums.  First one input and one layer.
    """
    tried = [*short_steps(claim), *few_steps(claim)]
    if claim.depth is None:
        gap = Undecided(
            "Lemma 5.3 is applied with τ of order n^(-9/2) L^(-8) φ^(3/2), where it asks for O(L^(-11)) up "
            "to logarithms: not so for L³ φ^(3/2) above n^(9/2) (proof-thm-4.4-tau-eta)",
            "Lemma 5.3 in a larger region, or data and depths for which gradient descent fails",
        )
        return unless(tried, gap)
    refuted = next((outcome for outcome in tried if outcome.status == "refuted"), None)
    if refuted is not None:
        return refuted
    return follows_from(
        *constants_together(claim),
        assumes=(
            "the printed conclusions of Lemmas 5.1, 5.2 and 5.3, with high probability",
            "eq-5.1 (corrected), eq-5.2, eq-5.3, eq-5.4, eq-5.5; proof-thm-4.4-tau-eta (corrected)",
            "distance and step fall with m; induction over k",
            "c_0 may be made smaller, C', C'' larger; for ε > L_0 no step is needed, the risk falls",
        ),
    )


@theorem.falsehood_with_check("without the separation of the classes")
def one_input_with_two_labels(claim: Statement, ctx: Context) -> Outcome:
    """n = 2, x_1 = x_2, y_1 = 1, y_2 = -1: exp(2 L_S) = (1 + u)(1 + 1/u) >= 4, u = e^f."""
    stuck = prove("(1 + u)*(1 + 1/u) >= 4", u=POSITIVE)
    return contradicted_by(stuck, witness="n = 2, equal inputs with different labels: L_S >= log 2 for all W")


@theorem.falsehood_with_check("one class and any φ")
def no_step_at_all(claim: Statement, ctx: Context) -> Outcome:
    """n = L = 1, ε = 1/2: K = k(1 + 1/ε)/φ is below 1 for φ = 3k + 1 + s, and the first risk is log 2."""
    stuck = every(
        prove("k*(1 + 2)/(3*k + 1 + s) < 1", k=POSITIVE, s=FROM_ZERO, says="K < 1"),
        evaluate("log(2) > 1/2", says="risk at yf_0 <= 0"),
        assumes=(SYMMETRIC,),
    )
    return contradicted_by(stuck, witness="n = L = 1, φ = 3k + 1: no step is made, L_S >= log 2 > 1/2")


SHALLOW: dict[str, Any] = {"depth": "9/2"}
theorem.falsehood("steps of order 1/M²", s=2)
theorem.falsehood("steps of order 1/M², not too deep", s=2, **SHALLOW)
theorem.falsehood("ε^(-1/2) in the number of steps", e="1/2")
theorem.falsehood("ε^(-1/2) in the number of steps, not too deep", e="1/2", **SHALLOW)
theorem.reading("L³ φ^(3/2) at most κ n^(9/2)", **SHALLOW)
