"""Theorem 4.1 for orthonormal inputs, any number of them, by three inequalities of Chebyshev and Markov.

For orthonormal inputs H∞ = I/2, λ0 = 1/2, and the inputs do not see each other: the residual on x_i is
multiplied by 1 - ηA_i/m in every step, A_i being the neurons that are active on x_i.  None turns on (an
inactive neuron does not move along x_i), and only those with 0 <= w.x_i <= R can turn off while the travel is
below R.
"""

from typing import Any

from verify import Outcome, contradicted_by, evaluate, every, follows_from, prove

N, D, C = "[1, oo)", "[1, oo)", "[0, oo)"
SHARES: dict[str, Any] = {"a": "2/5", "g": "1/20", "q": "1/20"}
"""a = 1/2 - g - q: a lower bound of A_i/m throughout."""


def wide_enough(constant: int, factor: str, let: dict[str, str]) -> Outcome:
    """All n, δ = 1/D and C, at m = constant (C² + 1/2) n⁶D³/λ0⁴ and η = λ0/(4n²) = 1/(8n²).

    With U² = 2nD: |u_i(0)| <= U but for δ/(4n) (E u_i² = 1/2); A_i >= (1/2 - g)m at the start and at most qm
    neurons with 0 <= w.x_i <= R, R = (U + C)/(a√m), but for δ/(4n) each.  Then |y - u| is multiplied by at
    most 1 - ηa in a step, and the travel is at most η(U + C)/√m Σ(1 - ηa)^k = R.
    """
    m = f"({constant}*(C**2 + 1/2)*n**6*D**3*16)"
    box: dict[str, Any] = {"n": N, "D": D}
    return follows_from(
        evaluate("1/2 - g - q >= a", let=SHARES, says="share of neurons that stay active"),
        prove("n/(2*(2*n*D)) <= 1/(4*D)", says="n Pr(|u_i(0)| > U)", **box),
        prove(f"n/(4*g**2*{m}) <= 1/(4*D)", let=SHARES, C=C, says="n Pr(A_i < (1/2 - g) m)", **box),
        prove("(x + y)**2 <= 2*(x**2 + y**2)", x="(-oo, oo)", y="(-oo, oo)", says="(U + C)²"),
        prove(
            f"16*D**2*n**2*2*(2*n*D) <= (a*q)**2*6*{constant}*1/2*n**6*D**3*16",
            let=SHARES,
            says="(n Pr(more than qm near the kink))² <= (nR/(q√(2π)))² <= (δ/4)²: U² against 1/2",
            **box,
        ),
        prove(
            f"16*D**2*n**2*2*C**2 <= (a*q)**2*6*{constant}*C**2*n**6*D**3*16",
            let=SHARES,
            C=C,
            says="and C² against C²",
            **box,
        ),
        evaluate("6 <= 2*pi"),
        prove(
            f"(1 - x*2*a)**2 <= {factor}",
            x="(0, 1/16]",
            let={**let, **SHARES},
            says="(1 - ηa)² against the claimed factor, x = ηλ0 = 1/(16n²)",
        ),
        assumes=("Chebyshev's and Markov's inequalities", "the union bound over n inputs: at most 3δ/4 < δ"),
    )


def too_fast(constant: int, factor: str, let: dict[str, str], n: int = 4) -> Outcome:
    """Refuted when the first step already leaves more: A_i <= (1/2 + g)m for all i."""
    m, eta = f"({constant}*3/4*{n}**6*8*16)", f"(1/(8*{n}**2))"
    claimed = factor.replace("x", f"({eta}/2)")
    return contradicted_by(
        every(
            evaluate(f"{n}/(4*g**2*{m}) < 1/2", let=SHARES, says="A_i <= (1/2 + g) m for all i"),
            evaluate(f"{claimed} < (1 - {eta}*(1/2 + g))**2", let={**let, **SHARES}, says="after one step"),
        ),
        witness=f"n = {n} orthonormal inputs, δ = C = 1/2, at the explicit width: with probability above 1/2 "
        "the first step leaves more than is claimed",
    )
