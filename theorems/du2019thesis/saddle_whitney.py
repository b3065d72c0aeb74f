"""Section 7.8, Theorem 7.5: the quoted extension theorem, as printed and on the line."""

from itertools import product

from theorems.du2019thesis.saddle_interpolation import hermite, polynomial
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    follows_from,
    identity,
    prove,
    unless,
)

POSITIVE, UNIT = "(0, oo)", "[0, 1]"


whitney = Claim(
    "du2019thesis/thm-7.5",
    title="Extension operator with a norm polynomial in the dimension",
    kind="existence",
    where="Section 7.8, Theorem 7.5",
    states=r"T: C^m(E)\to C^m(\mathbb R^d),\ Tf|_E = f,\ \|T\|_{op} \le C\,d^{5m/2},\ C = C(m);\qquad "
    r"\|f\|_{C^m(E)} = \sup\{|\partial^\alpha f(x)|: x\in E, |\alpha|\le m\}"
    r"\ (\text{and } k\ \text{times the Taylor quotients})",
    given=(r"E\subseteq\mathbb R^d\ \text{closed}", r"\text{tested here: } d = m = 1"),
    printed={"k": 0, "C": 4},
    note="Quoted, and printed without the quotients |f(y) - f(x) - f'(x)(y - x)|/|y - x| (m = 1) that belong "
    "to Whitney's norm; with |∂^α| for |∂^α F|. On a set without interior f does not even determine the "
    "derivatives. No C serves the printed norm; with the quotients d = m = 1 is settled here with C = 4, and "
    "the rest of the theorem stays quoted.",
)


def gap(slope: str, C: str) -> list[Outcome]:
    """|F'| <= C in a gap, for |a|, |b| <= 1 and |S| <= 2: affine in each of them, so at the corners."""
    return [
        prove(
            f"{slope} <= {C}", let={"a": a, "b": b, "S": S}, u=UNIT, says=f"F', (a, b, S) = ({a}, {b}, {S})"
        )
        for a, b, S in product((-1, 1), (-1, 1), (-2, 2))
    ]


@whitney.check(covers="domain")
def hermite_cubics(claim: Statement, ctx: Context) -> Outcome:
    """Without quotients: f = 0 on (-∞, 0], 1 on [h, ∞) has norm 1, and |F'| takes the value 1/h.

    With them, ‖f‖ = 1: in a gap up to 2 the Hermite cubic of f and f' at its ends, F' = a(1 - u)(1 - 3u) +
    bu(3u - 2) + 6Su(1 - u), S = a + R and |R| <= 1/k; from the ends of a longer gap down to 0 over length 1.
    """
    if claim.k == 0:
        fact = prove("1/h > C*1", let={"h": "1/(2*C)"}, C=POSITIVE, says="|F'| against C‖f‖, h = 1/(2C)")
        return contradicted_by(fact, witness="f = 0 on (-∞, 0], 1 on [h, ∞): ‖f‖ = 1, but |F'| reaches 1/h")
    slope = "(a*(1 - u)*(1 - 3*u) + b*u*(3*u - 2) + 6*S*u*(1 - u))"
    needed = f"max(1, {claim.k}/h)"
    small = evaluate(f"1/h <= {claim.C}*{needed}", let={"h": "1/10**6"}, says="two half-lines", instance=True)
    argument = follows_from(
        identity(f"diff(h*{polynomial(hermite(('0', 'a', 'S', 'b')), 'u')}, u) == h*{slope}", says="F'"),
        evaluate(f"1 + 1/{claim.k} <= 2", says="|S| <= |a| + |R|"),
        *gap(slope, str(claim.C)),
        prove(f"1 + 2*(u*(1 - u)**2 + u**2*(1 - u)) <= {claim.C}", u=UNIT, says="|F|, gap up to 2"),
        assumes=("where gaps accumulate, F' is continuous by Whitney's condition R -> 0",),
    )
    return unless([small], argument)


@whitney.falsehood_with_check("E need not be closed")
def topologist(claim: Statement, ctx: Context) -> Outcome:
    """m = 0, E = (0, 1], f = sin(1/x): values 1 and -1 at points as near to 0 as one likes; n = 10⁶."""
    up, down = "sin(pi/2*(4*10**6 + 1))", "sin(pi/2*(4*10**6 + 3))"
    return evaluate(f"{up} - {down} <= 1", says="oscillation of a continuous extension at 0")


whitney.falsehood("C = 1/2, with quotients", k=1, C="1/2")
whitney.falsehood("quotients with weight 1/10, C = 4", k="1/10")
whitney.corrected("the norm with the Taylor quotients", erratum="false statement", k=1)
