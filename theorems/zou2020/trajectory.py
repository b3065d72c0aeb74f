"""Section 5, proof of Theorem 4.4, second half: the number of steps and the way of the weights.

c stands for c_0, C1 for C' of Lemma 5.3, C5 for C' of Lemma 5.2, w = m/M in [1/2, 1], b = (log 2)²;
A = 8n⁵/(c m φ) and B = 8b n³/(c m φ) are those of (5.2).
"""

from fractions import Fraction
from typing import Any

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Theorem 4.4."""
    return Claim(f"zou2020/{name}", step_of="zou2020/thm-4.4", **fields)


count = step(
    "proof-thm-4.4-iteration-count",
    title="The number of steps",
    kind="asymptotic-scaling",
    where="Section 5, proof of Theorem 4.4, after (5.3)",
    states=r"K \ge \frac{k\,C'L^l}{c_0\phi^{f}}\left(n^pL_0+\frac{(\log 2)^2n^q}{\epsilon}\right) \implies "
    r"L_S(W^{(K)}) \le \epsilon,\quad \text{so } K = \widetilde O\left(\frac{n^5L^3}{\phi}+"
    r"\frac{n^3L^3}{\phi\,\epsilon}\right)\ \text{steps do}",
    given=(
        r"(5.3),\ \eta = \frac{1}{4C'ML^3},\ M \le 2m,\ L_0 = L_S(W^{(0)}) = \widetilde O(1)\ \text{(Lemma "
        r"5.1)}",
        r"\text{explicit: } k = 64;\ p = 5,\ q = 3,\ l = 3,\ f = 1",
    ),
    printed={"k": 64, "p": 5, "q": 3, "l": 3, "f": 1},
    uses=("zou2020/eq-5.3", "zou2020/proof-thm-4.4-tau-eta", "zou2020/assumption-4.3"),
    note="The number does not depend on m, as η is of order 1/m and the squared gradient of order m. It is "
    "for a step of the order of 1/(ML³), as chosen; much smaller steps need more of them.",
)


def number(claim: Statement) -> str:
    """The number of steps with C' = c_0 = 1, risk R at the start, b = (log 2)²."""
    return f"({claim.k})*L**({claim.l})/phi**({claim.f})*(n**({claim.p})*R + log(2)**2*n**({claim.q})/e)"


def steps_needed(claim: Statement) -> list[Outcome]:
    """Equality in (5.2), M = 2m, C' = c_0 = 1: each step lowers the risk by η/(A + B/R²) at most.

    From R to e they take (R - e)(A + B/R²)/η steps at least, A/η = 64 n⁵ L³/φ and B/η = 64 b n³ L³/φ.
    """
    cases = []
    tiny = Fraction(1, 10**9)
    for n, L, phi, R, e in (
        (100, 1, 1, 1, Fraction(1, 4)),
        (1, 100, 1, 1, Fraction(1, 4)),
        (1, 1, Fraction(1, 10**4), 1, Fraction(1, 4)),
        (1000, 1, 1, 2 * tiny, tiny),
    ):
        at = {"n": n, "L": L, "phi": phi, "R": R, "e": e}
        said = f"(R - e)*64*L**3/phi*(n**5 + log(2)**2*n**3/R**2) <= {number(claim)}"
        cases.append(evaluate(said, at=at, instance=True, says=f"n = {n}, L = {L}, φ = {phi}, R = {R}"))
    return cases


@count.check(covers="universal")
def risk_above_the_target(claim: Statement, ctx: Context) -> Outcome:
    """If L_K > ε, (5.3) says Kη < A L_0 + B/ε; the K of the claim has Kη >= that.  First four sequences."""
    A, B = "(8*n**5/(c*m*phi))", "(8*log(2)**2*n**3/(c*m*phi))"
    K = f"({claim.k})*C1*L**({claim.l})/(c*phi**({claim.f}))*(n**({claim.p})*R + log(2)**2*n**({claim.q})/e)"
    box: dict[str, Any] = dict.fromkeys(("n", "L", "m"), FROM_ONE)
    box |= dict.fromkeys(("c", "C1", "phi", "R", "e"), POSITIVE)
    argument = every(
        identity("2*n**5/(c*m*phi*(1/2)**2) == 8*n**5/(c*m*phi)", says="A"),
        identity("2*n**3/(c*m*phi*(1/(2*log(2)))**2) == 8*log(2)**2*n**3/(c*m*phi)", says="B"),
        prove(f"{A}*R + {B}/e <= {K}/(4*C1*(m/w)*L**3)", w="[1/2, 1]", says="Kη", **box),
        prove(
            "B*(1/(e + s) - 1/R) <= B/e", B=POSITIVE, e=POSITIVE, s=FROM_ZERO, R=POSITIVE, says="L_K = ε + s"
        ),
    )
    return unless(steps_needed(claim), argument)


@count.check()
def slow_sequences(claim: Statement, ctx: Context) -> Outcome:
    """The four sequences: large n, large L, small φ, and small risks with large n."""
    return every(*steps_needed(claim))


count.falsehood("n⁴", p=4)
count.falsehood("n² over ε", q=2)
count.falsehood("L²", l=2)
count.falsehood("free of φ", f=0)
count.falsehood("constant 16", k=16)


path = step(
    "eq-5.4",
    title="The length of the way to the k-th iterate",
    kind="dynamics",
    where="Section 5, proof of Theorem 4.4, eq. (5.4) and the display after it",
    states=r"\|W_l^{(k)}-W_l^{(0)}\|_2 \le \eta\sum_{t<k}\|\nabla_{W_l}L_S(W^{(t)})\|_2 \le "
    r"\eta\sqrt{k\sum_{t<k}\|\nabla L_S(W^{(t)})\|_F^2} \le \sqrt{2k\eta\sum_{t<k}(L_t-L_{t+1})} \le "
    r"\sqrt{f\,k^{j}\eta L_0};\qquad \sqrt{2K\eta L_0} = \widetilde O\left(n^{p}\phi^{-1/2}m^{-s}+"
    r"n^{q}\epsilon^{-1/2}\phi^{-1/2}m^{-s}\right)",
    given=(
        r"L_{t+1}-L_t \le -\tfrac\eta2\|\nabla L_S(W^{(t)})\|_F^2\ (t<k);\ L_k \ge 0;\ f = 2,\ j = 1",
        r"p = \tfrac52,\ q = \tfrac32,\ s = \tfrac12;\ K\eta \le 2(AL_0+B/\epsilon);\ \text{explicit: "
        r"factor } D,\ D^2 = 32L_0(L_0+(\log 2)^2)/c_0",
    ),
    printed={"f": 2, "j": 1, "p": "5/2", "q": "3/2", "s": "1/2"},
    parts=("path", "order"),
    uses=("zou2020/eq-5.1", "zou2020/eq-5.3", "zou2020/proof-thm-4.4-iteration-count"),
    note="The layers' norms are bounded by that of the whole gradient. Equal collinear gradients and steps "
    "with equality attain all but the last inequality.",
)


@path.check(part="path", covers="universal")
def triangle_and_cauchy_schwarz(claim: Statement, ctx: Context) -> Outcome:
    """Squared: η² k Σg² <= η² k (2/η)(L_0 - L_k).

    First k equal collinear gradients of size g = η = 1 with equality, L_k = 1/100: the distance is k, and
    L_0 = k/2 + L_k.
    """
    let, cases = {"f": claim.f, "j": claim.j}, []
    for k in (1, 2, 10):
        said = f"{k}**2 <= f*{k}**(j)*({k}/2 + 1/100)"
        cases.append(evaluate(said, let=let, instance=True, says=f"{k} equal steps, squared distance"))
    box: dict[str, Any] = {"k": FROM_ONE, "eta": POSITIVE, "D": FROM_ZERO, "r": FROM_ZERO}
    argument = every(
        identity("2*(g**2 + h**2) - (g + h)**2 == (g - h)**2", says="Cauchy-Schwarz, two steps"),
        identity("eta**2*k*(2/eta*D) == 2*k*eta*D", says="descent", **box),
        prove("2*k*eta*D <= f*k**(j)*eta*(D + r)", let=let, says="D = L_0 - L_k, r = L_k", **box),
        assumes=("triangle inequality", "|.|_2 <= |.|_F", "Cauchy-Schwarz", "the sum telescopes"),
    )
    return unless(cases, argument)


@path.check(part="order", covers="universal")
def with_the_number_of_steps(claim: Statement, ctx: Context) -> Outcome:
    """2KηL_0 <= 4 L_0 (A L_0 + B/ε) <= D² (P + Q)², P and Q the two powers; R for L_0."""
    P = f"(n**({claim.p})/(sqrt(phi)*m**({claim.s})))"
    Q = f"(n**({claim.q})/(sqrt(e)*sqrt(phi)*m**({claim.s})))"
    b = "log(2)**2"
    left = f"4*R*(8*n**5/(c*m*phi)*R + 8*{b}*n**3/(c*m*phi)/e)"
    box: dict[str, Any] = dict.fromkeys(("n", "m"), FROM_ONE) | dict.fromkeys(
        ("c", "phi", "R", "e"), POSITIVE
    )
    return prove(f"{left} <= 32*R*(R + {b})/c*({P} + {Q})**2", **box)


path.falsehood("1 for 2", f=1, by=("triangle_and_cauchy_schwarz",))
path.falsehood("free of k", j=0, by=("triangle_and_cauchy_schwarz",))
path.falsehood("n² in the first term", p=2, by=("with_the_number_of_steps",))
path.falsehood("n in the second term", q=1, by=("with_the_number_of_steps",))
path.falsehood("1/m", s=1, by=("with_the_number_of_steps",))


single = step(
    "eq-5.5",
    title="The length of one step",
    kind="deterministic-inequality",
    where="Section 5, proof of Theorem 4.4, eq. (5.5)",
    states=r"\eta\|\nabla_{W_l}L_S(W^{(k)})\|_2 \le -\frac{\eta C'_{5.2}LM^{1/2}}{n}\sum_{i=1}^n"
    r"\ell'(y_i\hat y_i^{(k)}) \le \kappa L^{-l}M^{-h},\qquad l = 2,\ h = \tfrac12,\ \kappa = "
    r"\frac{C'_{5.2}}{4C'}",
    given=(r"\text{Lemma 5.2, upper bound};\ \eta = \frac{1}{4C'ML^3};\ -1 \le \ell' \le 0",),
    printed={"l": 2, "h": "1/2", "kappa": "C5/(4*C1)"},
    uses=("zou2020/eq-3.2-erm", "zou2020/proof-thm-4.4-tau-eta"),
    note="C' stands for a constant of Lemma 5.2 here and for one of Lemma 5.3 in η. Both may be enlarged, so "
    "that one letter does; then κ = 1/4.",
)


@single.check(covers="universal")
def slopes_below_one(claim: Statement, ctx: Context) -> Outcome:
    """-Σℓ' = v n with v in [0, 1]; v = 1 is approached when all inputs are far on the wrong side."""
    said = f"1/(4*C1*M*L**3)*C5*L*sqrt(M)/n*(v*n) <= ({claim.kappa})*L**(-({claim.l}))*M**(-({claim.h}))"
    box: dict[str, Any] = dict.fromkeys(("C1", "C5"), POSITIVE) | dict.fromkeys(("M", "L", "n"), FROM_ONE)
    return every(
        prove(said, v=UNIT, says="over the inputs", **box),
        prove("1/(1 + u) <= 1", u=POSITIVE, says="|ℓ'| <= 1"),
    )


single.falsehood("L^(-3)", l=3)
single.falsehood("1/M", h=1)
single.falsehood("half of the constant", kappa="C5/(8*C1)")


inside = step(
    "eq-5.6",
    title="The iterates stay in the region: the width of the theorem",
    kind="asymptotic-scaling",
    where="Section 5, proof of Theorem 4.4, eq. (5.6)",
    states=r"m \ge \kappa\left(n^{p}L^{l}\phi^{-f}+n^{e}L^{l}\phi^{-f}\epsilon^{-1}\right) \implies "
    r"\|W_l^{(k+1)}-W_l^{(0)}\|_2 \le \eta\|\nabla_{W_l}L_S(W^{(k)})\|_2+\|W_l^{(k)}-W_l^{(0)}\|_2 \le \tau,"
    r"\qquad p = 14,\ l = 16,\ f = 4,\ e = 12",
    given=(
        r"\text{(5.4): distance} \le D(n^{5/2}+n^{3/2}\epsilon^{-1/2})\phi^{-1/2}m^{-1/2};\ \text{(5.5): "
        r"step}\le \tfrac14L^{-2}M^{-1/2}",
        r"\tau \ge a\,n^{-9/2}L^{-8}\phi^{3/2},\ a = \left(\frac{\sqrt{c_0}}{4\sqrt2C''}\right)^3"
        r"\log^{-3/2}M;\ \phi \le 2;\ \text{explicit: } \kappa = (4D/a)^2+\frac{1}{2a^2}",
    ),
    printed={"p": 14, "l": 16, "f": 4, "e": 12},
    uses=("zou2020/eq-5.4", "zou2020/eq-5.5", "zou2020/proof-thm-4.4-tau-eta"),
    note="a has log^(-3/2) M, so the width has log³ M times squares of L_0, which the tilde hides. One step "
    "alone asks for n⁹ L^12 φ^(-3) only; φ <= 2 holds with two classes.",
)


def larger_than_the_radius(claim: Statement) -> list[Outcome]:
    """The distance of (5.4) over τ, for every hidden constant r; logarithms are below N^(1/4).

    N = (1 + r)⁴ for n, L or 1/φ, the others 1; in the last case 1/ε is so large that the second term counts.
    """
    found = []
    for name, missing in (
        ("n", 14 - Fraction(claim.p)),
        ("L", 16 - Fraction(claim.l)),
        ("1/φ", 4 - Fraction(claim.f)),
        ("n, 1/ε", 12 - Fraction(claim.e)),
    ):
        if missing >= 1:
            fact = prove(f"(1 + r)**({2 * missing - 1}) > r", r=POSITIVE, says=f"{name} = (1 + r)⁴")
            witness = f"{name} large: (5.4) is above τ, by the power {missing / 2}, for every constant"
            found.append(contradicted_by(fact, witness=witness))
    return found


@inside.check(covers="universal")
def three_terms_within_the_radius(claim: Statement, ctx: Context) -> Outcome:
    """Squares: the two terms of the distance are at most (τ/4)², the step at most (τ/2)².

    m = κ y (..) with y >= 1, and κ as given: κ a² = 16 D² + 1/2, d for D².
    """
    for outcome in larger_than_the_radius(claim):
        return outcome
    tau = "(a**2*n**(-9)*L**(-16)*phi**3)"
    kappa = "((16*d + 1/2)/a**2)"
    first = f"({kappa}*y*n**({claim.p})*L**({claim.l})*phi**(-({claim.f})))"
    second = f"({kappa}*y*n**({claim.e})*L**({claim.l})*phi**(-({claim.f}))/e)"
    box: dict[str, Any] = dict.fromkeys(("n", "L", "y"), FROM_ONE)
    box |= dict.fromkeys(("a", "d", "e"), POSITIVE) | {"phi": "(0, 2]"}
    small = {k: v for k, v in box.items() if k != "e"}
    free: dict[str, Any] = dict.fromkeys(("u", "d", "y", "n", "L"), FROM_ZERO)
    return every(
        prove(f"d*n**5/phi/{first} <= {tau}/16", says="first term of the distance", **small),
        prove(f"d*n**3/e/phi/{second} <= {tau}/16", says="second term", **box),
        identity(
            f"L**(-4)/{first}/16/({tau}/4) == phi**(({claim.f}) - 3)/((64*d + 2)*y*n**(({claim.p}) - 9)"
            f"*L**(({claim.l}) - 12))",
            says="one step over τ/2, squared",
            **small,
        ),
        prove(
            "2/(1 + u) <= (64*d + 2)*(1 + y)*(1 + n)**5*(1 + L)**4",
            says="at most 1: φ = 2/(1 + u), y, n, L from 0",
            **free,
        ),
        identity("1/4 + 1/4 + 1/2 == 1", says="together"),
        assumes=("m is at least each of its two terms", "M >= m"),
    )


inside.falsehood("n^12 in the first term", p=12)
inside.falsehood("n^13 in the first term", p=13)
inside.falsehood("L⁸, without the square", l=8)
inside.falsehood("φ^(-2)", f=2)
inside.falsehood("n^11 over ε", e=11)
