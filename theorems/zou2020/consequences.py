"""Section 4, Remarks 4.1 and 4.2, and Section 1: zero training error, and how it compares with other results.

l stands for log 2 where its value does not matter.
"""

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

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


small_risk = Claim(
    "zou2020/remark-4.1",
    title="A risk of log(2)/n classifies all inputs; the width for it",
    kind="closed-form",
    where="Section 4, Remark 4.1",
    states=r"L_S(W) \le t,\ t = \frac{\log 2}{n} \implies y_i\hat y_i \ge 0\ \text{for all } i;\qquad "
    r"\epsilon = \frac{\log 2}{n}:\quad n^{14}+\frac{n^{12}}{\epsilon} \le k\,n^{p},\quad n^5+\frac{n^3}{"
    r"\epsilon} \le k\,n^{q},\qquad p = 14,\ q = 5,\ k = 1+\tfrac{1}{\log 2}",
    given=(r"\ell(x) = \log(1+e^{-x})",),
    printed={"t": "l/n", "strict": 0, "least": 1, "p": 14, "q": 5},
    parts=("margins", "width"),
    uses=("zou2020/thm-4.4", "zou2020/eq-3.2-erm"),
    note="l is log 2. At equality the margins may be 0 for n = 1 only (f = 0): for n >= 2 the other losses "
    "are positive, so that all signs are right. The terms with ε are n^13 and n⁴. least is the least n.",
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
    states=r"\frac{n^{24}L^{12}\phi^{-8}}{n^{14}L^{16}\phi^{-4}} = n^{a}L^{b}\phi^{c},\ (a,b,c) = "
    r"(10,-4,-4);\quad \frac{n^6L^2\phi^{-2}}{n^5L^3\phi^{-1}} \ge \tfrac12 n^{u}L^{v}\phi^{w},\ (u,v,w) = "
    r"(1,-1,0);\quad L^{16} \le 2^{hL}\ \text{for } \sqrt L \ge y_0(h),\ y_0 = \frac{32}{h\log 2}",
    given=(r"\text{the rival bounds as quoted; } \phi \le 2;\ h > 0",),
    printed={"a": 10, "b": -4, "c": -4, "u": 1, "v": -1, "w": 0, "sense": "at least", "y0": "32/(h*log(2))"},
    parts=("width", "steps", "depth"),
    uses=("zou2020/thm-4.4", "zou2020/intro-width-iterations"),
    note="The quotient of the steps is n/(Lφ); the printed factor, with O, leaves 1/φ out. Read as at least "
    "of that order it is right, read as at most, as O is defined, it is not. Both factors are gains only "
    "for L <= n^(5/2)/φ and L <= n/φ. The φ of the rival separates all pairs. Against 2^O(L) the power L^16 "
    "is the smaller one for very deep networks only.",
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
        prove("log(y) <= y", y=FROM_ONE),
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
    states=r"\epsilon = \frac{\log 2}{2n}:\quad \left(n^{14}+\frac{n^{12}}\epsilon\right)\frac{L^{16}}{"
    r"\phi^{4}} \le k\,\frac{n^{p}L^{r}}{\phi^{f}},\quad \left(n^5+\frac{n^3}\epsilon\right)\frac{L^3}\phi "
    r"\le k\,\frac{n^{q}L^{s}}{\phi^{g}},\quad k = 1+\frac{2}{\log 2};\qquad \frac{n^{14}L^{16}}{\phi^4} "
    r"\le \frac{n^{24}L^{12}}{\phi^8}\ \text{for } L \le \frac{n^{x}}{\phi},\quad \frac{n^5L^3}{\phi} \le "
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
