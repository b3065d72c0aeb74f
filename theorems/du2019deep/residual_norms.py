"""Appendix C, Lemma C.1: the norms of all layers at initialisation, residual network.

r stands for c_res, c, cw for c_sigma, c_{w,0}; s0 and L for |sigma(0)| and a Lipschitz constant; t for
c_res c_{w,0} L; rho for c_sigma Var sigma(z), F for c_sigma² E (s0 + L|z|)⁴.
"""

from typing import Any

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
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
TAIL = "Pr(χ²_m > x) >= e^(-x/2) for m >= 2"


def too_narrow(claim: Statement) -> list[Outcome]:
    """σ(z) = z, first layer, against every constant K of the width: a norm exceeds C with e^(-mC²/2).

    Without n: δ = 1/2, m = 2K, e^(KC²) orthonormal inputs.  Without δ: n = 1, m = K, δ half of that tail.
    """
    found = []
    some: dict[str, Any] = {"K": POSITIVE, "C": POSITIVE}
    if not claim.a:
        found.append(
            contradicted_by(
                prove("(1/2)/exp(K*C**2) < exp(-(2*K)*C**2/2)", says="the share of one input", **some),
                witness="σ(z) = z, δ = 1/2, m = 2K, n = e^(KC²) orthonormal inputs: one norm leaves [1/C, "
                "C] with a probability above δ/n, and the independent ones together with 1 - 1/e",
            )
        )
    if not claim.q:
        found.append(
            contradicted_by(
                prove("exp(-K*C**2/2)/2 < exp(-K*C**2/2)", says="δ is half of the tail", **some),
                witness="σ(z) = z, n = 1, m = K, δ = e^(-KC²/2)/2: the norm exceeds C with more than δ",
            )
        )
    return found


first = Claim(
    "du2019deep/proof-lemma-C.1-first-layer",
    aliases=("du2019thesis/proof-lemma-3.8-first-layer",),
    title="Mean, variance and deviation of the first layer's squared norm",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma C.1, first displays",
    states=r"\mathbb E\|x^{(1)}\|_2^2 = 1,\quad \mathrm{Var}\|x^{(1)}\|_2^2 = "
    r"\frac{c_\sigma^2}{m}\mathrm{Var}\,\sigma^2 \le \frac{c_\sigma^2}{m}\mathbb E(|\sigma(0)|+L|z|)^4 \le "
    r"\frac{C_2}{m},\quad C_2 = "
    r"s\left(\sigma(0)^4+4|\sigma(0)|^3L\sqrt{\tfrac2\pi}+6\sigma(0)^2L^2+t|\sigma(0)|L^3\sqrt{\tfrac2\pi}+f "
    r"L^4\right);\quad m \ge K\frac{n^a}{\delta^q} \implies \Pr(b \le \|x^{(1)}\| \le d) \ge 1-\frac\delta n",
    given=(
        r"\|x\|_2 = \nu,\ \nu = 1;\ \sigma\ L\text{-Lipschitz}",
        r"\text{printed: } s = 1,\ t = 8,\ f = 32,\ b = \tfrac12,\ d = 2,\ a = q = 1;\ K\ \text{hidden}",
    ),
    printed={"nu": 1, "s": "1", "t": 8, "f": 32, "b": "1/2", "d": 2, "a": 1, "q": 1},
    parts=("mean", "variance", "deviation"),
    step_of="du2019deep/lemma-C.1",
    note="The factor c_σ² is lost: the left side does not change when σ is multiplied by a number, C_2 "
    "does. The fourth moment has 3 for 32. Deviation: Chebyshev at 3/4, K = 16 C_2/9.",
)


@first.check(part="mean", covers="universal")
def normalised(claim: Statement, ctx: Context) -> Outcome:
    """c E σ(z)² = 1; σ(z) = z at |x| = ν has the mean ν²."""
    return every(
        identity("nu**2 == 1", let={"nu": claim.nu}, says="σ(z) = z"),
        identity("m*(c/m)*(1/c) == 1", m=POSITIVE, c=POSITIVE, says="E σ² = 1/c_σ, m neurons"),
    )


@first.check(part="variance", covers="universal")
def fourth_moment(claim: Statement, ctx: Context) -> Outcome:
    """c² E (s0 + L|z|)⁴, expanded; attained by s0 + L|z|.

    First z/4 and |z|/4, c = 16: c² Var z²/256 = 2, c² E z⁴/256 = 3.
    """
    C2 = (
        f"({claim.s})*(s0**4 + 4*s0**3*L*sqrt(2/pi) + 6*s0**2*L**2 + {claim.t}*s0*L**3*sqrt(2/pi)"
        f" + {claim.f}*L**4)"
    )
    a1, a3 = "sqrt(2/pi)", "2*sqrt(2/pi)"
    moments = f"(s0**4 + 4*s0**3*L*{a1} + 6*s0**2*L**2 + 4*s0*L**3*{a3} + 3*L**4)"
    quarter = {"c": "16", "L": "1/4", "s0": "0"}
    box: dict[str, Any] = {"s0": FROM_ZERO, "L": FROM_ZERO, "c": POSITIVE}
    return unless(
        [
            evaluate(f"c**2*(3 - 1)*L**4 <= {C2}", let=quarter, says="Var, σ(z) = z/4", instance=True),
            evaluate(f"c**2*3*L**4 <= {C2}", let=quarter, says="E σ⁴, σ(z) = z/4", instance=True),
        ],
        every(
            absolute_moments(),
            identity("m*(c/m)**2*V == c**2*V/m", m=POSITIVE, says="independent neurons"),
            prove(f"c**2*{moments} <= {C2}", says="the fourth moment", **box),
            assumes=("Var Y <= E Y²", "|σ(u)| <= s0 + L|u|"),
        ),
    )


@first.check(part="deviation", covers="universal")
def chebyshev(claim: Statement, ctx: Context) -> Outcome:
    """(V/m)(4/3)² = δ/n at m = (16 V/9) n/δ, V = m Var; and 1/4 <= |x|² <= 7/4.

    First σ(z) = z: exact tails for n = 1, δ = 1/2, V = 2, m = 32, and widths that are too small.
    """
    outside = f"{chi_tail('(32*d**2)', 32)} + 1 - {chi_tail('(32*b**2)', 32)}"
    tails = evaluate(f"{outside} <= 1/2", let=claim.let, says="σ(z) = z, m = 32", instance=True)
    argument = follows_from(
        prove(
            "V*(4/3)**2/(16*V/9*n**a/delta**q) <= delta/n",
            let={"a": claim.a, "q": claim.q},
            V=POSITIVE,
            n=FROM_ONE,
            delta=UNIT,
        ),
        evaluate("b**2 <= 1 - 3/4", let=claim.let),
        evaluate("1 + 3/4 <= d**2", let=claim.let),
        assumes=("Chebyshev's inequality",),
    )
    return unless([tails, *too_narrow(claim)], argument)


WITH_C: dict[str, Any] = {"s": "c**2"}
first.falsehood("inputs of norm 2", nu=2, by=("normalised",))
first.falsehood("2 for the last coefficient", f=2, by=("fourth_moment",), **WITH_C)
first.falsehood("half of the fourth coefficient", f=3, t=4, by=("fourth_moment",), **WITH_C)
first.falsehood("norm exactly 1", b="1", d=1, by=("chebyshev",))
first.falsehood("a width that does not grow with n", a=0, by=("chebyshev",))
first.falsehood("a width that does not grow with 1/δ", q=0, by=("chebyshev",))
first.corrected("with c_σ²", erratum="constant", **WITH_C)
first.corrected("with c_σ² and 3", erratum="constant", s="c**2", f=3)


branch = Claim(
    "du2019deep/proof-lemma-C.1-branch",
    aliases=("du2019thesis/proof-lemma-3.8-branch",),
    title="Size of a residual branch",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma C.1, the display for a branch",
    states=r"\left\|\frac{c_{res}}{H\sqrt m}\sigma(W^{(h)}x)\right\|_2 \le "
    r"\frac{c_{res}}{H^p}\left(d\,|\sigma(0)|+k\,c_{w,0}L\|x\|_2\right),\qquad d = 0,\ k = p = 1",
    given=(
        r"\|W^{(h)}\|_2 \le c_{w,0}\sqrt m,\ \sigma\ L\text{-Lipschitz}",
        r"\text{printed without a hypothesis on } \sigma(0)",
    ),
    printed={"d": "0", "k": "1", "p": 1, "vanishes": False},
    uses=("du2019deep/eq-3",),
    step_of="du2019deep/lemma-C.1",
    note="True for σ(0) = 0 (vanishes). In general the term c_res |σ(0)|/H is missing; it does not change "
    "that the norms stay bounded whatever the depth, but the constant, and the lower bound needs another "
    "argument.",
)


@branch.check(covers="universal")
def lipschitz_from_zero(claim: Statement, ctx: Context) -> Outcome:
    """|σ(Wx)| <= √m s0 + L|W||x|: attained for all m by σ(z) = s0 + Lz, L|z| and Wx = cw|x|(1, ..., 1).

    First s0 = 10, L = 1/10, cw = 2, W = 0, |x| = 1, m = 4 and H = 2.
    """
    let = {"d": claim.d, "k": claim.k, "p": claim.p}
    s0 = "0" if claim.vanishes else "s0"
    still = f"r/2*({s0}) <= r/2**p*(({claim.d})*({s0}) + k*2*(1/10)*1)"
    numbers: dict[str, Any] = {"k": claim.k, "p": claim.p, "s0": 10, "m": 4}
    left = f"r/(H*sqrt(m))*(sqrt(m)*({s0}) + L*(cw*sqrt(m))*x)"
    box: dict[str, Any] = {"r": UNIT, "H": "[2, oo)", "m": FROM_ONE, "s0": FROM_ZERO}
    box |= dict.fromkeys(("L", "cw", "x"), POSITIVE)
    if claim.vanishes:
        box.pop("s0")
    return unless(
        [prove(still, let=numbers, r=UNIT, says="σ(0) = 10, L = 1/10, W = 0, c_{w,0} = 2, |x| = 1, H = 2")],
        prove(f"{left} <= r/H**p*(d*({s0}) + k*cw*L*x)", let=let, **box, assumes=("triangle inequality",)),
    )


branch.falsehood("|σ(0)|/√m", d="1/sqrt(m)")
branch.falsehood("half of the Lipschitz constant", d="1", k="1/2")
branch.falsehood("a branch over H²", d="1", p=2)
branch.corrected("with c_res|σ(0)|/H", erratum="broken proof step", d="1")
branch.corrected("σ(0) = 0", erratum="missing hypothesis", vanishes=True)


telescope = Claim(
    "du2019deep/proof-lemma-C.1-product",
    aliases=("du2019thesis/proof-lemma-3.8-product",),
    title="From layer to layer: products near 1",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma C.1, last displays",
    states=r"\|x^{(h-1)}\|\left(1-\tfrac tH\right) \le \|x^{(h)}\| \le \|x^{(h-1)}\|\left(1+\tfrac "
    r"tH\right)\ (2\le h\le H),\ \tfrac12\le\|x^{(1)}\|\le 2 \implies \tfrac12e^{-at} \le \|x^{(h)}\| \le "
    r"2e^{bt},\qquad t = c_{res}c_{w,0}L,\ a = b = 1",
    given=(r"0 < t \le \tau;\quad \text{printed: } 0 < c_{res} < 1,\ \text{so any } t > 0",),
    printed={"a": "1", "b": "1", "range": "(0, oo)"},
    parts=("below", "above"),
    step_of="du2019deep/lemma-C.1",
    note="Below it needs t at most 1.5936..., the root of 1 - t/2 = e^(-t); all depths are fine up to 3/2. "
    "With a small c_res, as the text has in mind, that is met; it is not among the hypotheses.",
)


@telescope.check(part="below", covers="universal")
def shrinking(claim: Statement, ctx: Context) -> Outcome:
    """(H - 1) log(1 - t/H) + at >= 0, the worst h.  First H = 2, c_{w,0} = 2, L = 1, c_res = 19/20.

    With u = t/H it is (t - u) log(1 - u) + tu >= 0, which falls in t as log(1 - u) <= -u; at t = 3/2 the
    second derivative in u is positive.  The scalar network σ(z) = z, W^(h) = -c_{w,0} attains it.
    """
    top = str(claim.range).strip("()[] ").split(",")[1].strip()
    t = "19/10" if top == "oo" else top
    cases = [
        evaluate(f"exp(-a*t) <= (1 - t/{H})**{H - 1}", let={"a": claim.a, "t": t}, instance=True, says=says)
        for H, says in ((2, f"H = 2, t = {t}"), (40, f"H = 40, t = {t}"))
    ]
    if top == "oo":
        return unless(cases, every(*cases))
    return unless(
        cases,
        follows_from(
            prove("log(1 - u) + u <= 0", u="[0, 3/4]", says="falls in t"),
            prove("(T - u)*log(1 - u) + T*u >= 0", let={"T": top}, u="[0, 1/2]", says=f"t = {top}"),
            prove("(T - u)*log(1 - u) + T*u >= 0", let={"T": top}, u="[1/2, 3/4]", says=f"t = {top}"),
            prove("T/H <= 3/4", let={"T": top}, H="[2, oo)"),
            evaluate("a >= 1", let={"a": claim.a}),
            assumes=("h = H is the worst layer, 0 < 1 - t/H < 1",),
        ),
    )


@telescope.check(part="above", covers="universal")
def growing(claim: Statement, ctx: Context) -> Outcome:
    """1 + t/H <= e^(t/H), H - 1 times.  First t = 1 and H = 10."""
    let = {"b": claim.b}
    return unless(
        [evaluate("(1 + 1/10)**9 <= exp(b)", let=let, says="H = 10, t = 1", instance=True)],
        follows_from(
            prove("1 + v <= exp(v)", v=FROM_ZERO),
            prove("t*(H - 1)/H <= b*t", let=let, t=POSITIVE, H="[2, oo)"),
        ),
    )


telescope.falsehood("e^(-t/2) below", a="1/2", range="(0, 1]", by=("shrinking",))
telescope.falsehood("t up to 17/10", range="(0, 17/10]", by=("shrinking",))
telescope.falsehood("e^(t/2) above", b="1/2", range="(0, 1]", by=("growing",))
telescope.corrected("t at most 1", erratum="missing hypothesis", range="(0, 1]")
telescope.corrected("t at most 3/2", erratum="missing hypothesis", range="(0, 3/2]")
