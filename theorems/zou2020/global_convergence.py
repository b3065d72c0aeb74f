"""Section 4, Theorem 4.4 and its remarks: gradient descent reaches any risk with polynomial width and time.

c stands for c_0, C1 and C2 for C' and C'' of Lemma 5.3, R for the risk at the start, b = (log 2)², G = log M,
w = m/M in [1/2, 1], l = log 2 where its value does not matter; A = 8n⁵/(c m φ), B = 8b n³/(c m φ).
"""

from fractions import Fraction
from typing import Any

from theorems.du2019shallow.concentration import unless
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
        r"\text{Assumptions 4.1 to 4.3; Gaussian initialisation; } \phi \le 2\ \text{(automatic with two classes)}",
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
    note="What is checked is the way from the three lemmas, as printed, to the theorem. The radius of the proof "
    "is that of Lemma 5.3 only if L³ φ^(3/2) is at most of order n^(9/2) (depth is that power of n); for deeper "
    "networks the width of the proof is n⁵ L^22/φ + n³ L^22/(φ ε) in addition. η and K are printed with O; steps "
    "and numbers of steps of that order are meant. With one class Assumption 4.2 says nothing, and φ <= 2 is "
    "needed. For n = 10, L = 3, φ = 1/2 the powers alone are 7·10^22 neurons.",
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

    The target ε = 1/r⁴ needs u >= 1/(2ε); K = k ε^(-e), times r for the logarithms; r = 4 + 2D + t, D = kβe^β.
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
    least = two.replace("R/e", "(1 + v)")
    links = [
        identity(
            "eta - C1*M*L**3*eta*(1/(4*C1*M*L**3)) == 3/4*eta", says="C'ML³η = 1/4", C1=POSITIVE, L=FROM_ONE
        ),
        prove(f"{A}*R + {B}/e <= {K}*{eta}", says="enough steps: L_K <= ε by (5.3)", **sizes, **risks),
        identity(
            "A*R + B/R - 2*p*q == (p*s - q/s)**2 + (A - p**2)*R + (B - q**2)/R + (R - s**2)*(p**2 - q**2/(R*s**2))",
            R=POSITIVE,
            s=POSITIVE,
            says="AR + B/R >= 2√(AB): p² = A, q² = B, s² = R",
        ),
        prove(f"{eta} <= 16*log(2)*n**4/(c*m*phi)", says="η <= 2√(AB) <= AR + B/ε: rounding K up", **sizes),
        prove(
            f"4*R*8*n**5*R/(c*phi)/{one} <= {tau}/4", says="4R·AR <= (τ/2)², first term", R=POSITIVE, **wide
        ),
        prove(
            f"4*R*8*log(2)**2*n**3/e/(c*phi)/{two} <= {tau}/4", says="4R·B/ε, second term", **risks, **wide
        ),
        prove(f"L**(-4)/16/{least} <= {tau}/4", says="one step, R = (1 + v)ε", v=FROM_ZERO, **wide),
        prove(
            f"w**(3/2)*v*n**(({claim.depth}) - 9/2) <= 1",
            w="[1/2, 1]",
            v="[0, 1]",
            n=FROM_ONE,
            says="τ within the radius of Lemma 5.3",
        ),
    ]
    return links


@theorem.check(covers="universal")
def recursion_and_induction(claim: Statement, ctx: Context) -> Outcome:
    """While the weights are in the region, (5.1) to (5.3); (5.4) to (5.6) keep them there for K steps.

    4R(AR + B/ε) bounds the squared distance 2KηR; if the sum of the two terms of m is used for each of the two
    parts, the distance is at most τ/2.  First one input and one layer, where the risk is easy to follow.
    """
    tried = [*short_steps(claim), *few_steps(claim)]
    if claim.depth is None:
        gap = Undecided(
            "Lemma 5.3 is applied with τ of order n^(-9/2) L^(-8) φ^(3/2), where it asks for O(L^(-11)) up to "
            "logarithms: not so for L³ φ^(3/2) above n^(9/2) (proof-thm-4.4-tau-eta)",
            "Lemma 5.3 in a larger region, or data and depths for which gradient descent fails",
        )
        return unless(tried, gap)
    argument = follows_from(
        *constants_together(claim),
        assumes=(
            "the printed conclusions of Lemmas 5.1, 5.2 and 5.3, with high probability",
            "eq-5.1 (corrected), eq-5.2, eq-5.3, eq-5.4, eq-5.5; proof-thm-4.4-tau-eta (corrected)",
            "m is the sum of the two terms and each part of the distance falls with m; induction over k",
            "c_0 may be made smaller, C', C'' larger; for ε > L_0 no step is needed, the risk falls",
        ),
    )
    return unless(tried, argument)


@theorem.falsehood_with_check("without the separation of the classes")
def one_input_with_two_labels(claim: Statement, ctx: Context) -> Outcome:
    """n = 2, x_1 = x_2, y_1 = 1, y_2 = -1: exp(2 L_S) = (1 + u)(1 + 1/u) >= 4, u = e^f."""
    stuck = prove("(1 + u)*(1 + 1/u) >= 4", u=POSITIVE)
    return contradicted_by(stuck, witness="n = 2, equal inputs with different labels: L_S >= log 2 for all W")


@theorem.falsehood_with_check("one class and any φ")
def no_step_at_all(claim: Statement, ctx: Context) -> Outcome:
    """n = L = 1, ε = 1/2: K = k(1 + 1/ε)/φ is below 1 for φ = 3k + 1 + s, and the risk at the start is log 2."""
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


small_risk = Claim(
    "zou2020/remark-4.1",
    title="A risk of log(2)/n classifies all inputs; the width for it",
    kind="closed-form",
    where="Section 4, Remark 4.1",
    states=r"L_S(W) \le t,\ t = \frac{\log 2}{n} \implies y_i\hat y_i \ge 0\ \text{for all } i;\qquad "
    r"\epsilon = \frac{\log 2}{n}:\quad n^{14}+\frac{n^{12}}{\epsilon} \le k\,n^{p},\quad n^5+\frac{n^3}{\epsilon} "
    r"\le k\,n^{q},\qquad p = 14,\ q = 5,\ k = 1+\tfrac{1}{\log 2}",
    given=(r"\ell(x) = \log(1+e^{-x})",),
    printed={"t": "l/n", "strict": 0, "least": 1, "p": 14, "q": 5},
    parts=("margins", "width"),
    uses=("zou2020/thm-4.4", "zou2020/eq-3.2-erm"),
    note="l is log 2. At equality the margins may be 0 for n = 1 only (f = 0): for n >= 2 the other losses are "
    "positive, so that all signs are right. The terms with ε are n^13 and n⁴. least is the least n.",
)


@small_risk.check(part="margins", covers="universal")
def largest_loss(claim: Statement, ctx: Context) -> Outcome:
    """ℓ_i <= n L_S <= log 2, and log(1 + u) > log 2 for u = exp(-yŷ) > 1.  First margins -1/10 and 5.

    strict: a margin 0 makes n L_S = log 2 + s, s the other losses, more than n t.
    """
    threshold = str(claim.t).replace("l", "log(2)")
    pair = evaluate(
        f"(log(1 + exp(1/10)) + log(1 + exp(-5)))/2 > {threshold}".replace("/n", "/2"),
        instance=True,
        says="n = 2, margins -1/10 and 5",
    )
    links = [
        prove("x <= n*((x + s)/n)", x=POSITIVE, s=FROM_ZERO, n=FROM_ONE, says="ℓ_i <= n L_S"),
        prove(f"n*({claim.t}) <= l", n=FROM_ONE, l=POSITIVE, says="n t <= log 2"),
        prove("log(1 + u) > log(2)", u="(1, oo)", says="a negative margin"),
    ]
    if claim.strict:
        others = FROM_ZERO if claim.least == 1 else POSITIVE
        links.append(prove(f"l + s > n*({claim.t})", l=POSITIVE, s=others, n=FROM_ONE, says="margin 0"))
    return unless([pair], every(*links))


@small_risk.check(part="width", covers="universal")
def accuracy_put_in(claim: Statement, ctx: Context) -> Outcome:
    """1/ε = n/l."""
    box: dict[str, Any] = {"n": FROM_ONE, "l": "(0, 1]"}
    return every(
        prove(f"n**14 + n**12*(n/l) <= (1 + 1/l)*n**({claim.p})", says="width over L^16 φ^(-4)", **box),
        prove(f"n**5 + n**3*(n/l) <= (1 + 1/l)*n**({claim.q})", says="steps over L³/φ", **box),
    )


small_risk.falsehood("risk log 2", t="l", by=("largest_loss",))
small_risk.falsehood("risk 2 log(2)/n", t="2*l/n", by=("largest_loss",))
small_risk.falsehood("positive margins for n = 1 as well", strict=1, by=("largest_loss",))
small_risk.falsehood("width n^13", p=13, by=("accuracy_put_in",))
small_risk.falsehood("n⁴ steps", q=4, by=("accuracy_put_in",))
small_risk.reading("positive margins for n >= 2", strict=1, least=2)


rivals = Claim(
    "zou2020/remark-4.2",
    title="Width and number of steps against those of the concurrent work",
    kind="closed-form",
    where="Section 4, Remark 4.2",
    states=r"\frac{n^{24}L^{12}\phi^{-8}}{n^{14}L^{16}\phi^{-4}} = n^{a}L^{b}\phi^{c},\ (a,b,c) = (10,-4,-4);\quad "
    r"\frac{n^6L^2\phi^{-2}}{n^5L^3\phi^{-1}} \ge \tfrac12 n^{u}L^{v}\phi^{w},\ (u,v,w) = (1,-1,0);\quad "
    r"L^{16} \le 2^{hL}\ \text{for } \sqrt L \ge y_0(h),\ y_0 = \frac{32}{h\log 2}",
    given=(r"\text{the rival bounds as quoted; } \phi \le 2;\ h > 0",),
    printed={"a": 10, "b": -4, "c": -4, "u": 1, "v": -1, "w": 0, "sense": "at least", "y0": "32/(h*log(2))"},
    parts=("width", "steps", "depth"),
    uses=("zou2020/thm-4.4", "zou2020/intro-width-iterations"),
    note="The quotient of the steps is n/(Lφ); the printed factor, with O, leaves 1/φ out. Read as at least of "
    "that order it is right, read as at most, as O is defined, it is not. Both factors are gains only for "
    "L <= n^(5/2)/φ and L <= n/φ. The φ of the rival separates all pairs. Against 2^O(L) the power L^16 is "
    "the smaller one for very deep networks only.",
)


@rivals.check(part="width", covers="universal")
def quotient_of_widths(claim: Statement, ctx: Context) -> Outcome:
    """Powers subtracted."""
    said = "(n**24*L**12*phi**(-8))/(n**14*L**16*phi**(-4)) == n**(a)*L**(b)*phi**(c)"
    let = {k: claim.data[k] for k in "abc"}
    return identity(said, let=let, n=FROM_ONE, L=FROM_ONE, phi=POSITIVE)


@rivals.check(part="steps", covers="universal")
def quotient_of_steps(claim: Statement, ctx: Context) -> Outcome:
    """n/(Lφ), φ <= 2.  At most: for every constant C it is larger at φ = 1/(1 + C)."""
    quotient = "(n**6*L**2*phi**(-2))/(n**5*L**3*phi**(-1))"
    shown = f"n**({claim.u})*L**({claim.v})"
    box: dict[str, Any] = {"n": FROM_ONE, "L": FROM_ONE}
    if claim.sense == "at most":
        beaten = prove(
            f"n*(1 + C)/L > C*{shown}*(1 + C)**(-({claim.w}))", C=POSITIVE, says="φ = 1/(1 + C)", **box
        )
        return contradicted_by(
            beaten, witness="φ = 1/(1 + C): the quotient n/(Lφ) is above C n/L, for every C"
        )
    return prove(f"{quotient} >= {shown}*phi**({claim.w})/2", phi="(0, 2]", **box)


@rivals.check(part="depth", covers="universal")
def power_against_exponential(claim: Statement, ctx: Context) -> Outcome:
    """y = √L: 32 log y <= 32y <= h log(2) y² from y_0 on.  First h = 1 at the smallest y."""
    first = f"({claim.y0})".replace("h", "1")
    one = evaluate(f"32*log({first}) <= log(2)*{first}**2", says="h = 1, y = y_0")
    y = f"({claim.y0} + s)"
    argument = every(
        prove("log(y) <= y", y=POSITIVE),
        prove(f"32*{y} <= h*log(2)*{y}**2", h=POSITIVE, s=FROM_ZERO),
    )
    return unless([one], argument)


rivals.falsehood("width better by n^10 L⁴ φ^(-4)", b=4, by=("quotient_of_widths",))
rivals.falsehood("width better by n^10 L^(-4) φ^(-8)", c=-8, by=("quotient_of_widths",))
rivals.falsehood("steps fewer by nL", v=1, by=("quotient_of_steps",))
rivals.falsehood("steps fewer by n²/L", u=2, by=("quotient_of_steps",))
rivals.falsehood("L^16 below 2^L from L = 4 on", y0="2/h", by=("power_against_exponential",))
rivals.reading("with the factor 1/φ", w=-1)
rivals.reading("at most n/L, the O as defined", sense="at most")


headline = Claim(
    "zou2020/intro-width-iterations",
    title="Width and number of steps for zero training error",
    kind="asymptotic-scaling",
    where="Section 1, second contribution",
    states=r"\epsilon = \frac{\log 2}{2n}:\quad \left(n^{14}+\frac{n^{12}}\epsilon\right)\frac{L^{16}}{\phi^{4}} \le "
    r"k\,\frac{n^{p}L^{r}}{\phi^{f}},\quad \left(n^5+\frac{n^3}\epsilon\right)\frac{L^3}\phi \le "
    r"k\,\frac{n^{q}L^{s}}{\phi^{g}},\quad k = 1+\frac{2}{\log 2};\qquad \frac{n^{14}L^{16}}{\phi^4} \le "
    r"\frac{n^{24}L^{12}}{\phi^8}\ \text{for } L \le \frac{n^{x}}{\phi},\quad \frac{n^5L^3}{\phi} \le "
    r"\frac{n^6L^2}{\phi^2}\ \text{for } L \le \frac{n^{z}}{\phi}",
    given=(
        r"p = 14,\ r = 16,\ f = 4;\ q = 5,\ s = 3,\ g = 1;\ x = \tfrac52,\ z = 1",
        r"\phi \le 2;\ L \ge 1",
    ),
    printed={"p": 14, "r": 16, "f": 4, "q": 5, "s": 3, "g": 1, "x": "5/2", "z": 1},
    parts=("width", "steps", "comparison"),
    uses=("zou2020/thm-4.4", "zou2020/remark-4.1"),
    note="A risk below log(2)/n makes all signs right, for n = 1 too. The comparison holds for networks that "
    "are not too deep, as footnote 4 says; the text claims an improvement without that.",
)

SCALE: dict[str, Any] = {"n": FROM_ONE, "L": FROM_ONE, "phi": "(0, 2]", "l": "(0, 1]"}


@headline.check(part="width", covers="universal")
def neurons(claim: Statement, ctx: Context) -> Outcome:
    """1/ε = 2n/l, l = log 2."""
    right = f"(1 + 2/l)*n**({claim.p})*L**({claim.r})*phi**(-({claim.f}))"
    return prove(f"(n**14 + n**12*(2*n/l))*L**16*phi**(-4) <= {right}", **SCALE)


@headline.check(part="steps", covers="universal")
def iterations(claim: Statement, ctx: Context) -> Outcome:
    """1/ε = 2n/l."""
    right = f"(1 + 2/l)*n**({claim.q})*L**({claim.s})*phi**(-({claim.g}))"
    return prove(f"(n**5 + n**3*(2*n/l))*L**3/phi <= {right}", **SCALE)


@headline.check(part="comparison", covers="universal")
def not_too_deep(claim: Statement, ctx: Context) -> Outcome:
    """L = v n^x/φ and L = v n^z/φ with v in (0, 1]."""
    box: dict[str, Any] = {"v": "(0, 1]", "n": FROM_ONE, "phi": POSITIVE}
    L, N = f"(v*n**({claim.x})/phi)", f"(v*n**({claim.z})/phi)"
    return every(
        prove(f"n**14*{L}**4*phi**(-4) <= n**24*phi**(-8)", says="widths over L^12", **box),
        prove(f"n**5*{N}/phi <= n**6/phi**2", says="steps over L²", **box),
    )


headline.falsehood("n^13 neurons", p=13, by=("neurons",))
headline.falsehood("L^12 neurons", r=12, by=("neurons",))
headline.falsehood("φ^(-2) in the width", f=2, by=("neurons",))
headline.falsehood("n⁴ steps", q=4, by=("iterations",))
headline.falsehood("L² steps", s=2, by=("iterations",))
headline.falsehood("steps free of φ", g=0, by=("iterations",))
headline.falsehood("fewer neurons for L up to n⁴/φ", x=4, by=("not_too_deep",))
headline.falsehood("fewer steps for L up to n²/φ", z=2, by=("not_too_deep",))
