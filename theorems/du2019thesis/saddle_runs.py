"""Words that the claims about descent along the chain of saddles (Chapter 7 of du2019thesis) share.

In units of τ, with γ = 1 where nothing else is said: r = γ/L in (0, 1), b = 2ηL in (0, 1] and h = 2ηγ = r b
decide the dynamics, and κ = 1 + 1/r.  S_k and T_k are the first iterations with x_k >= τ and x_k >= 2τ: the
printed T_k - T_k^τ is S_k, and T_k^τ = T_k - S_k counts the iterates with τ <= x_k < 2τ.  During that passage
s = x_k/τ - 1 and v = x_{k+1}/τ.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx

from numerics.saddle_escape import Escape, escape
from verify import Outcome, Statement, Undecided, evaluate, follows_from, identity, prove
from verify.kernel import expression

UNIT, INNER, POSITIVE = "[0, 1]", "(0, 1)", "(0, oo)"
DECAY = "(0, 1]"
"""The range of b = 2ηL when η <= 1/(2L)."""

SPLINE = "(-2*r - 2*r*s + (10*r - 14)*s**2 + (10 - 6*r)*s**3)"
"""g1' over Lτ (Lemma 7.4)."""
SMOOTH = "(10*s**3 - 15*s**4 + 6*s**5)"
"""g2 = L - (L + γ) times this (Lemma 7.4)."""
SLOPE = f"({SPLINE} - 30*(1 + r)*s**2*(1 - s)**2*v**2)"
"""∂g/∂x_k over Lτ."""

COUNTS = (
    "the next coordinate stays below τ while x_k passes (lemma-7.2-gd-stays), so the phases follow in order"
)
BITS = 512


def ball(text: str) -> arb:
    """The value of an expression such as "exp(1)" or "11/4"."""
    return expression.evaluate_ball(expression.parse(text, {}), {})


def rational_above(text: str) -> Fraction:
    """The least quarter that is at least the value: 11/4 for e."""
    quarters = (4 * ball(text)).upper().ceil().unique_fmpz()
    return Fraction(int(quarters or 0), 4)


def length(claim: Statement) -> str:
    """τ = e^E."""
    return f"exp({claim.E})"


@lru_cache(maxsize=256)
def run(start: tuple[str, ...], ratio: str, decay: str, tau: str) -> Escape:
    """Descent with L/γ = `ratio` and 2ηL = `decay` from `start`, a point of [0, τ]^d (not in units of τ)."""
    with ctx.workprec(BITS):
        y = [ball(x) / ball(tau) for x in start]
        return escape(y, ball(f"({decay})/({ratio})"), ball(decay), bits=BITS)


def on_a_run(statement: str, let: dict[str, str], found: Escape, says: str) -> Outcome:
    """The statement with S1, S2, ... and T1, T2, ... of a run (one instance)."""
    if found.stopped or None in found.escaped:
        return Undecided(f"{says}: {found.stopped or 'a coordinate that never leaves'}", "another run")
    times = {f"S{k}": str(t) for k, t in enumerate(found.entered, 1)}
    times |= {f"T{k}": str(t) for k, t in enumerate(found.escaped, 1)}
    shown = f"{says}: S = {found.entered}, T = {found.escaped}"
    return evaluate(statement, let=let | times, says=shown, instance=True)


def below(value: arb, digits: int = 12) -> str:
    """A rational with `digits` significant digits just below a positive ball."""
    with ctx.workprec(BITS):
        least = value.lower()
        shift = digits - int((least.log() / arb(10).log()).floor().unique_fmpz() or 0)
        scaled = int((least * arb(10) ** shift).floor().unique_fmpz() or 0)
    return str(Fraction(scaled) / Fraction(10) ** shift)


def during_passage(statement: str, *, let: Mapping[str, str] | None = None, says: str = "") -> Outcome:
    """The statement for all r, s and v of a passage."""
    return prove(statement, let=let, says=says, r=INNER, s=UNIT, v=UNIT)


# ---- links that several arguments share


def increments() -> Outcome:
    """Every step of a passage adds at least 2ηγτ."""
    return during_passage(f"-({SLOPE}) >= 2*r", says="a step of a passage adds at least 2ηγτ")


def few_iterates() -> Outcome:
    """N iterates in [τ, 2τ) are N - 1 increments of at least h (in units of τ): w = (N - 1) h < 1."""
    return follows_from(
        increments(),
        prove("1 + w/h <= 1 + 1/h", w="[0, 1)", h=INNER, says="N <= 1 + 1/h, from (N - 1) h = w < 1"),
    )


def next_factor() -> Outcome:
    """During a passage x_{k+1} is multiplied by 1 - b + (b + h)σ(s), between 0 and 1 + h."""
    return follows_from(
        prove(f"{SMOOTH} >= 0", s=UNIT, says="g2 <= L"),
        prove(f"{SMOOTH} <= 1", s=UNIT, says="g2 >= -γ"),
        prove("1 - b >= 0", b=DECAY, says="no sign change"),
    )


def next_stays_low() -> Outcome:
    """(1 - b)^S (1 + h)^(1 + 1/h) <= (1 - b)(1 + h) e <= e for S >= 1: x_{k+1} <= e x^(0) meanwhile."""
    return follows_from(
        few_iterates(),
        next_factor(),
        prove("(1 - b)*(1 + r*b) <= 1", b=DECAY, r=INNER, says="one step of rest pays for one iterate"),
        prove("log(1 + h) <= h", h=INNER, says="(1 + h)^(1/h) <= e"),
    )


def settled() -> Outcome:
    """x_j <- (1 - b) x_j + b 4τ stays in [2τ, 6τ]."""
    return follows_from(
        identity("x - eta*2*L*(x - 4) == (1 - 2*eta*L)*x + 2*eta*L*4", says="a settled coordinate"),
        prove("(1 - b)*x + 4*b >= 2", b=UNIT, x="[2, 6]"),
        prove("(1 - b)*x + 4*b <= 6", b=UNIT, x="[2, 6]"),
    )
