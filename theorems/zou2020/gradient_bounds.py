"""Section 5, Lemma 5.2: the gradient of the risk in a ball around the start, from above and from below.

S stands for the mean of |ℓ'|.  Against the printed hypotheses stand deep networks of equal widths at the
start, with one input and φ = 1; X_l = |x_l|²/|x_(l-1)|² is the mean of m independent copies of 2σ(g)².
"""

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
    expectation,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


upper = Claim(
    "zou2020/lemma-5.2-upper",
    title="The gradient of a layer in a ball around the start, from above",
    kind="probabilistic",
    where="Section 5, Lemma 5.2, second inequality; proof in Appendix A.2",
    states=r"\forall l\in[L],\ \tilde W\in\mathcal B(W^{(0)},\tau):\quad \|\nabla_{W_l}L_S(\tilde W)\|_F \le "
    r"s\,\frac{C'L\,M^{q}}{n}\sum_i\ell'(y_i\tilde y_i)\ \text{ with probability at least } "
    r"1-e^{-O(m\phi/n)},\qquad s = -1,\ q = \tfrac12",
    given=(
        r"\text{Assumptions 4.1 to 4.3},\ \tau = O(\phi^{3/2}n^{-3}L^{-2})",
        r"\text{width: the first bound of Lemma A.3 with the constant } C_0 \text{ on the same event; } C' "
        r"= C_0^2",
        r"\text{printed: } m = \tilde\Omega(n^2\phi^{-1})\ \text{only}",
    ),
    printed={"s": -1, "q": "1/2", "width": "n^2/phi", "rate": "O"},
    proof_uses=("zou2020/proof-lemma-5.2-upper-chain", "zou2020/lemma-A.3"),
    note="The hypotheses as printed allow any depth, and O in the exponent, an upper bound, promises no "
    "rate. With a rate c free of L it fails at whatever width: each of L layers may grow by log L/L, so that "
    "norms below L² are not as likely as 1 - e^(-cm). The proof takes Lemma A.3, whose radius is smaller "
    "than the one printed here.",
)


def growing_features() -> Outcome:
    """n = φ = 1, τ = 0: r = |x_(L-1)| >= L², and half of the last units are active with probability 1/2.

    The gradient of the last layer is S r √(m/2) at least, against C'L√m S; L = 2C' + v.
    """
    return contradicted_by(
        every(
            grown(2),
            prove("C*L < L**2/sqrt(2)", let={"L": "(2*C + v)"}, C=FROM_ONE, v=FROM_ZERO, says="over S√m"),
            prove("exp(-t) < 1/2", t=FROM_ONE, says="e^(-cm/2)/2 > e^(-cm), t = cm/2"),
        ),
        witness="one input, φ = 1, τ = 0, m units in each of L layers: for every C' and c, if L is large "
        "enough, at every large width, |∇_{W_L} L_S| > C'L√m S with a probability above e^(-cm)",
    )


def half_active(claim: Statement) -> Outcome:
    """n = L = 1, |x| = 1, M = m = 8C'² (or a bit more), half of the units active: √(m/2) S against C'√m S."""
    let = {"s": claim.s, "m": "(8*C**2)", "q": claim.q}
    return prove("sqrt(m/2)*S <= (-s)*C*m**q*S", let=let, C=FROM_ONE, S=POSITIVE, says="one layer")


@upper.check(covers="universal")
def product_of_the_norms(claim: Statement, ctx: Context) -> Outcome:
    """|x~_(l-1)| <= C0 √L, the layers above C0 √L, |v| <= √M; mean over the inputs.  First other networks."""
    against = [half_active(claim)]
    box: dict[str, Any] = {"C0": FROM_ONE, "L": FROM_ONE, "M": FROM_ONE, "S": POSITIVE, "z": "(0, 1]"}
    argument = follows_from(
        prove(
            "(C0*sqrt(L))*(C0*sqrt(L))*sqrt(z*M)*S <= (-s)*C0**2*L*M**q*S",
            let={"s": claim.s, "q": claim.q},
            says="all norms",
            **box,
        ),
        assumes=("lemma A.3", "proof-lemma-5.2-upper-chain (corrected)"),
    )
    if claim.rate == "absolute":
        against.append(growing_features())
    if claim.width == "n^2/phi":
        argument = Undecided(
            "Lemma A.3 is printed without a width and a probability, and no rate is printed here",
            "a proof of Lemma A.3 on the ball of this lemma, at a width",
        )
    return unless(against, argument)


upper.falsehood("without √M", q=0, width="Lemma A.3")
upper.falsehood("the other sign", s=1, width="Lemma A.3")
upper.reading("where Lemma A.3 holds", width="Lemma A.3")
upper.reading("with a rate free of L", rate="absolute", by=("product_of_the_norms",))


lower = Claim(
    "zou2020/lemma-5.2-lower",
    title="The gradient of the last layer in a ball around the start, from below",
    kind="probabilistic",
    where="Section 5, Lemma 5.2, first inequality; proof in Appendix A.2",
    states=r"\forall\tilde W\in\mathcal B(W^{(0)},\tau):\quad \|\nabla_{W_L}L_S(\tilde W)\|_F^2 \ge C\,"
    r"\frac{m^{a}\phi}{n^{p}}\left(\sum_i\ell'(y_i\tilde y_i)\right)^2\ \text{ with probability at least } "
    r"1-e^{-O(m\phi/n)},\qquad a = 1,\ p = 5",
    given=(
        r"\text{Assumptions 4.1 to 4.3},\ \tau = O(\phi^{3/2}n^{-3}L^{-2})",
        r"\text{width: the conclusions of Lemmas A.2 } (C_1, C_2) \text{ and A.4 } (C_3, C_4) \text{ on the "
        r"same event; } C = C_1^2C_2/c,\ c = 8",
        r"\tau \le \left(\frac{C_2\phi}{2C_3n^2L^{4/3}}\right)^{3/2}\wedge\frac{C_1}{2nL^2C_4}\wedge"
        r"\kappa'L^{-11}\log^{-3/2}M",
        r"\text{printed: } m = \tilde\Omega(n^2\phi^{-1})\ \text{only}",
    ),
    printed={"a": 1, "p": 5, "c": 8, "width": "n^2/phi"},
    proof_uses=("zou2020/proof-lemma-5.2-lower-chain", "zou2020/lemma-A.2", "zou2020/lemma-A.4"),
    note="The hypotheses as printed allow any depth, and from L of order m² on the features vanish at the "
    "start: E√X_l <= 1 - 1/(2m). The radius of Lemma A.4 is needed as well. The width of Theorem 4.4 has "
    "L^16. The instances take C_1, C_2 <= 1, which holds: |g_j| <= max|ℓ'| and a share is at most 1.",
)


def vanishing_features() -> Outcome:
    """n = φ = 1, τ = 0, m_l = m, L = m² + 1: E|x_(L-1)| <= (1 - 1/(2m))^(m²) <= e^(-m/2).

    The bound asks for |x_(L-1)|² >= C: probability at most e^(-m/2)/√C.  C = e^(-2y), m = 22 + 2y + 2/c + z.
    """
    box: dict[str, Any] = dict.fromkeys(("y", "w", "z"), FROM_ZERO)
    root = "1 + (s**2 - 1)/2 - (s**2 - 1)**2/8 + (s**2 - 1)**3/16"
    return contradicted_by(
        every(
            identity(f"16*({root} - s) == (s - 1)**4*((s - 1)**2 + 6*(s - 1) + 10)", says="s = √X"),
            prove("0 <= (s - 1)**2 + 6*(s - 1) + 10", s=FROM_ZERO, says="√X is below its expansion"),
            expectation([("0", "1"), ("oo", "(2*z**2 - 1)**2")], equals="5", says="E(X - 1)² of a unit"),
            expectation([("0", "-1"), ("oo", "(2*z**2 - 1)**3")], equals="44", says="E(X - 1)³ of a unit"),
            prove("1 - 5/(8*m) + 44/(16*m**2) <= 1 - 1/(2*m)", m="[22, oo)", says="E√X of a layer"),
            prove("log(1 - u) <= -u", u="[0, 1/2]", says="m² layers, u = 1/(2m)"),
            prove("-(22 + 2*y + w + z)/2 + y <= -11", says="Markov, w = 2/c", **box),
            prove("2 <= c*(22 + 2*y + 2/c + z)", says="e^(-cm)", c=POSITIVE, y=FROM_ZERO, z=FROM_ZERO),
            evaluate("exp(-11) + exp(-2) < 1/4 + 1/4", says="the event and its complement"),
            assumes=("layers are independent", "|∇_{W_L} L_S|² <= m |x_(L-1)|² S²"),
        ),
        witness="one input, φ = 1, τ = 0, m units in each of L = m² + 1 layers: for every C and c, if m is "
        "large enough, |∇_{W_L} L_S|² >= C m S² has probability at most 1/4, not 1 - e^(-cm)",
    )


def largest_gradients(claim: Statement) -> list[Outcome]:
    """L = 1: |∇|² <= m S² as |x_i| = 1; C_1 = 1/4 and C_2 = 1/100, as for features of norm 1.

    n = φ = 1 and m = 10^6; n = 10^12 inputs, half at each of two points of distance 1, any m.
    """
    let = {"a": claim.a, "p": claim.p, "c": claim.c}
    constant = "((1/4)**2/100/c)"
    return [
        evaluate(f"{constant}*(10**6)**a <= 10**6", let=let, says="n = 1, m = 10^6, over S²", instance=True),
        evaluate(
            f"{constant}*(10**6)**a/(10**12)**p*(10**12)**2 <= 10**6",
            let=let,
            says="n = 10^12, m = 10^6, over S²",
            instance=True,
        ),
    ]


@lower.check(covers="universal")
def half_of_the_units(claim: Statement, ctx: Context) -> Outcome:
    """C2 φ m_L/(2n) units with C1 D/(2n) each, nD >= Σ|ℓ'|.  First a deep network, and large gradients."""
    against = largest_gradients(claim)
    box: dict[str, Any] = {"n": FROM_ONE, "z": "[0, 1]", "w": FROM_ZERO}
    box |= dict.fromkeys(("C1", "C2", "phi", "m", "D"), POSITIVE)
    argument = follows_from(
        prove(
            "C2*phi*(m + w)/(2*n)*(C1*D/(2*n))**2 >= C1**2*C2/c*m**a*phi/n**p*(z*n*D)**2",
            let={"a": claim.a, "p": claim.p, "c": claim.c},
            says="m_L >= m",
            **box,
        ),
        assumes=("lemma A.2, lemma A.4", "proof-lemma-5.2-lower-chain (corrected)"),
    )
    if claim.width == "n^2/phi":
        against.append(vanishing_features())
        argument = Undecided("Lemmas A.2 and A.4 are not available at any depth", "another argument")
    return unless(against, argument)


@lower.check()
def one_layer_at_the_start(claim: Statement, ctx: Context) -> Outcome:
    """The largest gradients of one layer."""
    return every(*largest_gradients(claim))


lower.falsehood("m² for m", a=2, width="Lemmas A.2, A.4")
lower.falsehood("n for n⁵", p=1, width="Lemmas A.2, A.4")
lower.falsehood("without n⁵", p=0, width="Lemmas A.2, A.4")
lower.corrected("where Lemmas A.2 and A.4 hold", erratum="missing hypothesis", width="Lemmas A.2, A.4")
