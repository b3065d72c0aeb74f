"""Appendix G, Lemma G.2: the operator norm of a Gaussian matrix.

C is c_{w,0}. Exact tails: one row of c entries has the chi distribution; for a 2 x 2 matrix √2 s_max is the
sum of two independent Rayleigh variables (the lengths of (w11 + w22, w12 - w21)/√2 and of
(w11 - w22, w12 + w21)/√2). Testing with the first row, s_max² >= χ² with cm + m - 1 degrees of freedom.
"""

import math
from fractions import Fraction

import numpy as np

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    smallest_deciding_count,
    unless,
)

POSITIVE = "(0, oo)"
COMPARISON = "Slepian-Fernique comparison and E|g| <= √(E|g|²): E s_max <= √m + √(cm)"
CONCENTRATION = "a 1-Lipschitz function of a standard Gaussian vector exceeds its mean by t with "
CONCENTRATION += "probability <= exp(-t²/2); s_max is 1-Lipschitz in the Frobenius norm"


def chi_tail(x: str, degrees: int) -> str:
    """Pr(χ² with an even number of degrees of freedom > x) = e^(-x/2) Σ_{k < degrees/2} (x/2)^k/k!."""
    terms = " + ".join(f"({x}/2)**{k}/{math.factorial(k)}" for k in range(degrees // 2))
    return f"exp(-({x})/2)*({terms})"


def two_by_two_tail(x: str) -> str:
    """Pr(s_max > x) for a 2 x 2 matrix: e^(-x²) + √(π/2) x e^(-x²/2) erf(x/√2)."""
    return f"(exp(-({x})**2) + sqrt(pi/2)*({x})*exp(-({x})**2/2)*erf(({x})/sqrt(2)))"


def comparison() -> Outcome:
    """E s_max <= √m + √(cm): increments of <u, W v> and of <g, u> + <h, v>, p = <u,u'>, q = <v,v'>."""
    return every(
        identity("(4 - 2*p - 2*q) - (2 - 2*p*q) == 2*(1 - p)*(1 - q)", says="difference of the increments"),
        prove("2*(1 - p)*(1 - q) >= 0", p="[-1, 1]", q="[-1, 1]", says="the comparison process moves more"),
    )


tail = Claim(
    "du2019deep/proof-lemma-G.2-tail",
    aliases=("du2019thesis/proof-lemma-3.27-tail",),
    title="Deviation of the largest singular value, and the choice of t",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.2",
    states=r"\Pr\left(s_{\max}(W) > p\sqrt m+q\sqrt{cm}+t\right) \le e^{rt^2};\qquad "
    r"t = (c_{w,0}-\sqrt c-1)\sqrt m:\ e^{rt^2} \le e^{-(c_{w,0}-\sqrt c-1)^2m/2}",
    given=(r"W_{ij}\sim N(0,1)\ \text{i.i.d.},\ W\in\mathbb R^{m\times cm}", r"t > 0"),
    printed={"r": "1/2", "p": 1, "q": 1},
    parts=("tail", "choice of t"),
    step_of="du2019deep/lemma-G.2",
    note="Printed with e^(t²/2): above 1, so true and of no use; the minus sign is lost. λ_max is printed "
    "for the largest singular value.",
)


@tail.check(part="tail", covers="universal")
def davidson_szarek(claim: Statement, ctx: Context) -> Outcome:
    """Mean by comparison, deviation by concentration.  Exact tails first: 1 x 1, 1 x 16, 2 x 2."""
    let = claim.let
    exact = [
        evaluate("erfc((p + q + t)/sqrt(2)) <= exp(r*t**2)", let=let | {"t": t}, says="1 x 1", instance=True)
        for t in ("1/10", "1", "8")
    ]
    rest = "(p + q*4 + 1/10)**2"
    exact.append(
        evaluate(f"{chi_tail(rest, 16)} <= exp(r/100)", let=let, says="1 x 16, t = 1/10", instance=True)
    )
    square = two_by_two_tail("(p + q)*sqrt(2) + 1/2")
    exact.append(evaluate(f"{square} <= exp(r/4)", let=let, says="2 x 2, t = 1/2", instance=True))
    argument = follows_from(
        comparison(),
        prove("sqrt(m) + sqrt(c)*sqrt(m) <= p*sqrt(m) + q*sqrt(c)*sqrt(m)", let=let, m="[1, oo)", c=POSITIVE),
        prove("exp(-t**2/2) <= exp(r*t**2)", let=let, t=POSITIVE),
        assumes=(COMPARISON, CONCENTRATION),
    )
    return unless(exact, argument)


@tail.check(part="choice of t", covers="universal")
def exponent_of_the_lemma(claim: Statement, ctx: Context) -> Outcome:
    """The exponent that the bound gives, g = c_{w,0} - √c - 1 > 0."""
    return prove("r*(g*sqrt(m))**2 <= -g**2*m/2", let=claim.let, g=POSITIVE, m="[1, oo)")


tail.falsehood("e^(-t²)", r=-1, by=("davidson_szarek",))
tail.falsehood("centred at √m", r="-1/2", q=0, by=("davidson_szarek",))
tail.falsehood("e^(-t²/4) gives the lemma", r="-1/4", by=("exponent_of_the_lemma",))
tail.corrected("e^(-t²/2)", erratum="misprint", r="-1/2")


lemma_g2 = Claim(
    "du2019deep/lemma-G.2",
    aliases=("du2019thesis/lemma-3.27",),
    title="Operator norm of a Gaussian matrix",
    kind="probabilistic",
    where="Appendix G, Lemma G.2",
    states=r"\Pr\left(\|W\|_2 \le c_{w,0}\sqrt m\right) \ge "
    r"1-\exp\left(-k\,(c_{w,0}-q\sqrt c-p)^2\,m\right)",
    given=(
        r"W\in\mathbb R^{m\times cm},\ W_{ij}\sim N(0,1)\ \text{i.i.d.}",
        r"c_{w,0} > q\sqrt c+p",
    ),
    printed={"k": "1/2", "p": 1, "q": 1},
    proof_uses=("du2019deep/proof-lemma-G.2-tail",),
    note="Independence of the entries goes without saying in the text, and is needed.",
)


def bound(c: str, m: str, C: str) -> str:
    """The probability that the lemma leaves for a larger norm."""
    return f"exp(-k*({C} - q*sqrt({c}) - p)**2*{m})"


def single_row(claim: Statement, C: str) -> Outcome:
    """m = 1, c = 16 against the chi distribution."""
    return evaluate(
        f"{chi_tail(f'({C})**2', 16)} <= {bound('16', '1', C)}", let=claim.let, says="1 x 16", instance=True
    )


def row_test(claim: Statement) -> Outcome:
    """m = 100, c = 1, C = q + p + 3/10: s_max² is at least a χ² with 198 degrees of freedom."""
    C = "(q + p + 3/10)"
    below = chi_tail(f"(100*{C}**2)", 198)
    return evaluate(f"{below} <= {bound('1', '100', C)}", let=claim.let, says="100 x 100", instance=True)


@lemma_g2.check(covers="universal")
def deviation_at_t(claim: Statement, ctx: Context) -> Outcome:
    """t = (C - √c - 1)√m in the deviation inequality; a wrong centre or exponent fails on exact tails."""
    let = claim.let
    exact = [
        evaluate(
            f"erfc(C/sqrt(2)) <= {bound('1', '1', 'C')}", let=let | {"C": 10}, says="1 x 1", instance=True
        ),
        single_row(claim, "(q*4 + p + 1/10)"),
        evaluate(
            f"{two_by_two_tail('C*sqrt(2)')} <= {bound('1', '2', 'C')}",
            let=let | {"C": 6},
            says="2 x 2",
            instance=True,
        ),
        row_test(claim),
    ]
    t = "((C - sqrt(c) - 1)*sqrt(m))"
    argument = follows_from(
        comparison(),
        identity(f"sqrt(m) + sqrt(c)*sqrt(m) + {t} == C*sqrt(m)", c=POSITIVE, m="[1, oo)"),
        prove(
            "k*(sqrt(c) + 1 + g - q*sqrt(c) - p)**2*m <= (g*sqrt(m))**2/2",
            let=let,
            c=POSITIVE,
            m="[1, oo)",
            g=POSITIVE,
            says="the exponent, C = √c + 1 + g",
        ),
        assumes=(COMPARISON, CONCENTRATION),
    )
    return unless(exact, argument)


@lemma_g2.check(covers="universal")
def two_by_two(claim: Statement, ctx: Context) -> Outcome:
    """m = 2, c = 1, every C = q + p + g: the exact tail, both sides times e^(C²)."""
    C = "(q + p + g)"
    tail = f"exp(-{C}**2) + sqrt(pi)*{C}*erf({C})"
    return prove(f"{tail} <= exp({C}**2 - 2*k*g**2)", let=claim.let, g="[0, oo)", says="2 x 2, exactly")


@lemma_g2.check()
def largest_singular_values(claim: Statement, ctx: Context) -> Outcome:
    """m = 40, c = 1, C = q + p + 1/4, against the bound 1 - exp(-km/16), rounded up."""
    m = 40
    radius = (int(claim.p) + int(claim.q) + 0.25) * math.sqrt(m)
    level = Fraction(math.ceil(1000 * (1 - math.exp(-Fraction(claim.k) * m / 16))), 1000)

    def small(rng: np.random.Generator) -> bool:
        return float(np.linalg.norm(rng.standard_normal((m, m)), 2)) <= radius

    event = f"|W|_2 <= (q + p + 1/4) sqrt m, m = {m}"
    return ctx.trials(event, at_least=level, count=smallest_deciding_count(level), trial=small)


lemma_g2.falsehood("exponent without 1/2", k=1, by=("deviation_at_t", "two_by_two"))
lemma_g2.falsehood("centre √(cm)", p=0, by=("deviation_at_t",))
lemma_g2.falsehood("centre √m", q=0, by=("deviation_at_t", "largest_singular_values"))


@lemma_g2.falsehood_with_check("without independence")
def equal_entries(claim: Statement, ctx: Context) -> Outcome:
    """All entries one variable z: the norm is m|z| at c = 1.  m = 100, C = 3."""
    return evaluate(f"erfc(3/10/sqrt(2)) <= {bound('1', '100', '3')}", let=claim.let, says="Pr(|z| > 3/√100)")
