"""Section 5 and Appendix A.3, Lemma 5.3: the decrease of the risk in one step, flipped units included.

G stands for the Frobenius norm of the gradient of the risk, S for the mean of |ℓ'|, B for C_5 L^(13/6)
τ^(1/3) √(M log M) with a bound of the features; L = k⁶ and τ = t³ in the exponents.
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020._growing_features import grown
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


assembly = Claim(
    "zou2020/proof-lemma-5.3-assembly",
    title="Putting the parts of the descent together",
    kind="proof-step",
    where="Appendix A.3, proof of Lemma 5.3, last chain",
    step_of="zou2020/lemma-5.3",
    states=r"L_S(W^{(k+1)})-L_S(W^{(k)}) \le \tfrac1n\sum_i\left[\ell'_i\Delta_i+\tfrac18\Delta_i^2\right] "
    r"\le -(\eta-C_6ML^{p}\eta^2)\|\nabla L_S\|_F^2-\frac{C_7L^{8/3}\tau^{1/3}\sqrt{M\log "
    r"M}\,\eta^{e}\|\nabla L_S\|_F}n\sum_i\ell'_i,\quad C_6 = c\,C_1^2,\ C_7 = d\,C_5,\ p = 3;\qquad "
    r"\text{which is Lemma 5.3}",
    given=(
        r"|\Delta_i| \le C_1L^{3/2}M^{1/2}\eta\|\nabla L_S\|_F;\quad |I_1| \le 2C_5L^{8/3}\tau^{1/3}"
        r"\sqrt{M\log M}\,\eta\|\nabla L_S\|_F",
        r"\tfrac1n\sum_i\ell'_iI_{2,i} = -\eta\|\nabla L_S\|_F^2,\ \ell' < 0;\quad \text{explicit: } c = "
        r"\tfrac18,\ d = 2",
        r"\eta \le 1\ \text{(as } \eta = O(M^{-1}L^{-3})\text{)};\quad \text{printed: } e = 0",
    ),
    printed={"e": 0, "c": "1/8", "d": 2, "p": 3},
    parts=("line", "lemma"),
    uses=(
        "zou2020/proof-lemma-5.3-smoothness",
        "zou2020/eq-A.2",
        "zou2020/proof-lemma-5.3-I1",
        "zou2020/proof-lemma-5.3-I2",
    ),
    note="For η <= 1 the last line as printed is true, but it is not Lemma 5.3: its last term does not "
    "become small with η, that of the lemma, which the bound of I_1 gives, does.",
)


@assembly.check(part="line", covers="universal")
def parts_added(claim: Statement, ctx: Context) -> Outcome:
    """|I_1| S <= 2BηGS, and (1/8)(C_1 L^(3/2) √M η G)²; both bounds may be attained."""
    let = {"e": claim.e, "c": claim.c, "d": claim.d, "p": claim.p}
    box: dict[str, Any] = {"L": FROM_ONE, "M": FROM_ONE, "eta": "(0, 1]"}
    return every(
        prove("eta*2*B <= eta**e*d*B", let=let, B=POSITIVE, eta="(0, 1]", says="flipped units, over GS"),
        prove(
            "1/8*(C*L**(3/2)*sqrt(M)*eta*G)**2 <= c*C**2*M*L**p*eta**2*G**2",
            let=let,
            C=POSITIVE,
            G=POSITIVE,
            says="second order",
            **box,
        ),
        assumes=(
            "proof-lemma-5.3-smoothness, eq-A.2 (corrected), proof-lemma-5.3-I1 (corrected), "
            "proof-lemma-5.3-I2 (corrected)",
        ),
    )


@assembly.check(part="lemma", covers="universal")
def lemma_from_the_line(claim: Statement, ctx: Context) -> Outcome:
    """The last term of the line against that of the lemma with C'' = K C_7, for any K: first η = 1/(4K²)."""
    let = {"e": claim.e}
    return every(
        prove("eta**e <= K*eta", let={**let, "eta": "(1/(2*K))**2"}, K=FROM_ONE, says="every K, η = 1/(4K²)"),
        prove("eta**e <= eta", let=let, eta="(0, 1]", says="C'' = C_7"),
    )


assembly.falsehood("1/16 for 1/8", e=1, c="1/16", by=("parts_added",))
assembly.falsehood("L² for L³", e=1, p=2, by=("parts_added",))
assembly.falsehood("C_5 for 2C_5", e=1, d=1, by=("parts_added",))
assembly.falsehood("√η for η", e="1/2", by=("lemma_from_the_line",))
assembly.corrected("with the factor η", erratum="misprint", e=1)


lemma = Claim(
    "zou2020/lemma-5.3",
    title="Sufficient descent in one step of gradient descent on a ReLU network",
    kind="dynamics",
    where="Section 5, Lemma 5.3; proof in Appendix A.3",
    states=r"L_S(W^{(k+1)})-L_S(W^{(k)}) \le -(\eta-C'ML^{p}\eta^2)\|\nabla "
    r"L_S(W^{(k)})\|_F^2-\frac{C''L^{a}\tau^{b}\sqrt{M\log M}\,\eta^{e}\|\nabla "
    r"L_S(W^{(k)})\|_F}{n}\sum_i\ell'(y_i\hat y_i^{(k)}),\qquad p = 3,\ a = \tfrac83,\ b = \tfrac13,\ e = 1",
    given=(
        r"W^{(k)}, W^{(k+1)} \in \mathcal B(W^{(0)},\tau),\ \tau = O(L^{-11}\log^{-3/2}M)",
        r"\text{event: that of Lemmas A.3 and A.4};\ \|x_{l,i}^{(k)}\|_2 = O(1);\quad \text{printed: some "
        r"event of probability at least } 1-e^{-O(m\phi/n)}",
        r"\text{Assumptions 4.1 and 4.3 (not repeated in the text)}",
        r"C', C''\ \text{hidden; explicit: } C' = \alpha C_1^2,\ C'' = \beta C_5,\ \alpha = \tfrac18,\ "
        r"\beta = 2\ \text{(constants of the proof)}",
    ),
    printed={
        "p": 3,
        "a": "8/3",
        "b": "1/3",
        "e": 1,
        "alpha": "1/8",
        "beta": 2,
        "sign": 1,
        "event": "1 - exp(-O(m phi/n))",
    },
    proof_uses=(
        "zou2020/lemma-A.3",
        "zou2020/lemma-A.4",
        "zou2020/proof-lemma-5.3-smoothness",
        "zou2020/eq-A.2",
        "zou2020/proof-lemma-5.3-sigma-tilde",
        "zou2020/proof-lemma-5.3-telescoping",
        "zou2020/proof-lemma-5.3-D-perturbation",
        "zou2020/proof-lemma-5.3-I1",
        "zou2020/proof-lemma-5.3-I2",
        "zou2020/proof-lemma-5.3-assembly",
    ),
    note="The second term on the right is positive; sign is its sign. The chain of the proof gives the "
    "inequality for every pair of points of the ball where Lemmas A.3 and A.4 hold. O in the exponent is an "
    "upper bound and promises no rate; with a rate c free of L the lemma fails at whatever width, as each of "
    "L layers may grow by log L/L. The instances have one layer and one input, where C_1 = 1 and, with at "
    "most τ^(2/3) m flips of a mask, C_5 = 1/√(log 2).",
)


def one_layer(
    claim: Statement, m: str, tau: str, eta: str, change: str, G: str, s: str, says: str
) -> Outcome:
    """L = n = 1: a change of the risk against the right side, with C_1 = 1 and C_5 = 1/√(log 2)."""
    let = {"m": m, "eta": eta, "G": G, "s": s, "t": tau, "alpha": claim.alpha, "beta": claim.beta}
    root = f"t**({3 * Fraction(claim.b)})"
    rough = f"({claim.sign})*beta/sqrt(log(2))*{root}*sqrt(m*log(m))*eta**({claim.e})*G*s"
    return evaluate(f"{change} <= -(eta - alpha*m*eta**2)*G**2 + {rough}", let=let, says=says, instance=True)


def flipping_units(claim: Statement) -> Outcome:
    """m = 10^12, v = -1 on q = 10^4 units with w·x = ε = 10^-20, the others inactive; y = 1, τ = 10^-12.

    f = -qε, ℓ' = -s with s = 1/(1 + e^(-qε)), G = s√q.  With ηs = 10^-14 > ε the q units switch off, the
    weights move by ηG = τ, and the risk by log 2 - log(1 + e^(qε)).
    """
    s = "(1/(1 + exp(-1/10**16)))"
    change = "log(2) - log(1 + exp(1/10**16))"
    says = "10^4 units switch off"
    return one_layer(claim, "10**12", "(1/10**4)", f"(10**(-14)/{s})", change, f"(100*{s})", s, says)


def active_units(claim: Statement) -> Outcome:
    """All m = 10^18 units have w·x = 1/√m, half of v is -1, y = 1: f = 0, s = 1/2, G = √m/2; η = 1/m.

    Each unit moves by η/2, nothing flips, f becomes 1/2; τ = ηG = 1/(2√m) = 5·10^-10 < (10^-3)³.
    """
    change = "log(1 + exp(-1/2)) - log(2)"
    return one_layer(
        claim, "10**18", "(1/10**3)", "10**(-18)", change, "(10**9/2)", "(1/2)", "10^18 active units"
    )


def negative_risk() -> Outcome:
    """n = φ = y = 1, k = 0, τ = κL^(-11) log^(-3/2) m, η = 1/(2C'mL³), and features that grow to r >= L⁴.

    With probability 1/4 also -3r <= f <= 0 and a quarter of the last units is active: ℓ' = -s, s >= 1/2,
    G² >= s²mr²/4 >= mr²/16, risk <= log 2 + 3r.  Flips: C''√m ηGs/L <= 2C''ηG²/(rL) <= ηG²/4, so that the
    lemma would give a risk of log 2 + 3r - r²/(128C'L³) at most after the step.  The step is in the ball: all
    |W_r| <= 10 but for (L + 1)e^(-12m), so η|∇_l| <= 10^L/(2C'√m L³) <= τ for a large m.
    """
    box: dict[str, Any] = {"C": FROM_ONE, "r": FROM_ONE, "L": FROM_ONE, "v": FROM_ZERO}
    return contradicted_by(
        every(
            grown(4),
            identity(
                "k**8*k**(-11) == k**(-3)", k=FROM_ONE, says="L^(8/3) τ^(1/3) √log m = κ^(1/3)/L, L = k³"
            ),
            prove("2*C*g/(8*C + v) <= g/4", C=FROM_ONE, v=FROM_ZERO, g=POSITIVE, says="flips, rL = 8C'' + v"),
            identity("(1/(2*C*m*L**3))*(m*r**2/16)/4 == r**2/(128*C*L**3)", m=FROM_ONE, says="ηG²/4", **box),
            prove(
                "(512*C + v)*L**3 <= L**4", let={"L": "(512*C + v)"}, C=FROM_ONE, v=FROM_ZERO, says="r >= L⁴"
            ),
            prove("log(2) + 3*r < r*(512*C*L**3 + v)/(128*C*L**3)", says="the risk would be negative", **box),
            prove("log(1 + exp(z)) <= log(2) + z", z=FROM_ZERO, says="the risk before"),
            evaluate(
                "1 - (1 - 1/pi)/9 - 1/2 - 1/10 >= 1/4", says="Chebyshev: -3r <= f <= 0, a quarter is active"
            ),
            evaluate("(10/sqrt(2) - 2)**2/2 > 12", says="|W_r| > 10"),
            assumes=(
                "the output is symmetric with variance r²(1 - 1/π), the number of active units binomial",
                "Pr(|G| > 2√m + t) <= e^(-t²/2) for an m x m Gaussian matrix (Davidson and Szarek)",
                "√m beats 10^L L^8 log^(3/2) m and e^(-cm/2)/4 beats (L + 1)e^(-12m) + e^(-cm), c <= 1",
            ),
        ),
        witness="one input, φ = 1, m units in each of L layers, η = 1/(2C'mL³): for every C', C'' and c, if "
        "L and then m is large enough, the risk would be negative with a probability above e^(-cm)",
    )


@lemma.check(covers="universal")
def chain_of_the_proof(claim: Statement, ctx: Context) -> Outcome:
    """Smoothness, the telescoping with secant masks, I_1 by (A.3) and I_2 exactly; first one layer.

    L = k⁶, τ = t³: L^(13/6) τ^(1/3) summed over the layers with Cauchy-Schwarz is k^13 t k^3.
    """
    a, b, p = (Fraction(value) for value in (claim.a, claim.b, claim.p))
    box: dict[str, Any] = {"k": FROM_ONE, "t": "(0, 1]"}
    let = {"e": claim.e, "alpha": claim.alpha, "beta": claim.beta, "sign": claim.sign}
    argument = follows_from(
        prove("D**2*(1/2)*(1/4) <= 1/8*D**2", D=POSITIVE, says="smoothness"),
        prove(
            f"1/8*(C*k**9*sqrt(M)*eta*G)**2 <= alpha*C**2*M*k**({6 * p})*eta**2*G**2",
            let=let,
            C=POSITIVE,
            M=FROM_ONE,
            eta=POSITIVE,
            G=POSITIVE,
            k=FROM_ONE,
            says="second order",
        ),
        prove(
            f"2*(k**13*t)*k**3*eta <= sign*beta*k**({6 * a})*t**({3 * b})*eta**e",
            let=let,
            eta=POSITIVE,
            says="flipped units, over C_5 √(M log M) G S",
            **box,
        ),
        identity("(c1*(-eta*g1*g) + c2*(-eta*g2*g))/2 == -eta*g*((c1*g1 + c2*g2)/2)", says="linear part"),
        assumes=(
            "lemma A.3 and lemma A.4 (their event), |x_(l,i)| = O(1)",
            "proof-lemma-5.3-telescoping, proof-lemma-5.3-D-perturbation (corrected)",
            "proof-lemma-5.3-I1, proof-lemma-5.3-I2, eq-A.2 (corrected)",
        ),
    )
    against = [flipping_units(claim), active_units(claim)]
    if claim.event == "1 - exp(-c m phi/n)":
        against.append(negative_risk())
    if claim.event != "A.3, A.4":
        argument = Undecided(
            "Lemmas A.3 and A.4 are printed without a probability, and O in the exponent promises no rate",
            "these lemmas with their probability",
        )
    return unless(against, argument)


ON_THE_EVENT: dict[str, Any] = {"event": "A.3, A.4"}
lemma.falsehood("without the flipped units", beta=0, **ON_THE_EVENT)
lemma.falsehood("the flipped units help", sign=-1, **ON_THE_EVENT)
lemma.falsehood("τ^(2/3) for τ^(1/3)", b="2/3", **ON_THE_EVENT)
lemma.falsehood("η² with the flipped units", e=2, **ON_THE_EVENT)
lemma.falsehood("without the second order", alpha=0, **ON_THE_EVENT)
lemma.reading("on the event of Lemmas A.3 and A.4", **ON_THE_EVENT)
lemma.reading("with a rate free of L", event="1 - exp(-c m phi/n)", by=("chain_of_the_proof",))
