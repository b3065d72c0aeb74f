"""Appendix A.3, proof of Lemma 5.3: backward products near the start.

D_l = (prod_{r > l} Σ_r W_r^T) Σ_l, with the masks and weights of a step or of the start; l stands for log M
in the exponents, B for C_5 L^(13/6) τ^(1/3) √(M log M).
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020._masked_networks import (
    Matrix,
    Pair,
    Vector,
    active,
    backward_row,
    by_hand,
    drawn,
    exact,
    forward,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
HALF = "[1/2, oo)"
"""log M for M >= 2."""


perturbation = Claim(
    "zou2020/proof-lemma-5.3-D-perturbation",
    kind="proof-step",
    step_of="zou2020/lemma-5.3",
    title="Perturbation of the backward products",
    where="Appendix A.3, proof of Lemma 5.3, from D to eq. (A.3)",
    states=r"\|v^\top(D_l^{(k)}-D_l^{(0)})\|_2 \le \sum_{r=l+1}^L\left\|v^\top\prod_{t>r}\Sigma_t^{(k)}"
    r"W_t^{(k)\top}\left(\Sigma_r^{(k)}W_r^{(k)\top}-\Sigma_r^{(0)}W_r^{(0)\top}\right)\prod_{t=l+1}^{r-1}"
    r"\Sigma_t^{(0)}W_t^{(0)\top}\right\|_2+T_l \le C_2L^{a}\tau^{b}\sqrt{M\log M}+C_3L^{c}\sqrt M\tau \le "
    r"C_5L^{a}\tau^{b}\sqrt{M\log M},\quad \|v^\top(D_l^{(k)}-\tilde D_l^{(k)})\|_2 \le "
    r"fC_5L^{a}\tau^{b}\sqrt{M\log M},\qquad a = \tfrac{13}6,\ b = \tfrac13,\ c = \tfrac32,\ f = 2",
    given=(
        r"\text{conclusions of Lemmas A.3 and A.4};\ \|\Sigma_t^{(k)}-\Sigma_t^{(0)}\|_0 = "
        r"O(L^{4/3}\tau^{2/3}M)",
        r"\tau = O(L^{-g}\log^{-h}M),\ \tau \le u^3,\ g = 11,\ h = \tfrac32,\ u = 1;\ M \ge 2,\ M \le 2m",
        r"T_l = \left\|v^\top\prod_{t>l}\Sigma_t^{(k)}W_t^{(k)\top}(\Sigma_l^{(k)}-\Sigma_l^{(0)})\right\|_2;"
        r"\quad \text{printed: } \Sigma_lW_l^\top \text{ for } \Sigma_l \text{ in } T_l\ (r = l)",
    ),
    printed={"T": "with W", "a": "13/6", "b": "1/3", "c": "3/2", "f": 2, "g": 11, "h": "3/2", "u": 1},
    parts=("expansion", "sizes", "hypotheses", "difference"),
    note="Printed are also the index t for r in the middle factor and L for r - 1 as the upper end of the "
    "last product, which do not parse; they are read as meant. The term r = l is a change of the mask of "
    "layer l alone; with the weights of that layer inside it can be as small as they are. Its size is that "
    "of the others by Lemma A.3, or by |v^T u| <= √s where l = L.",
)


def weighted(row: Vector, mask: Vector, W: Matrix) -> Vector:
    """row diag(mask) W^T."""
    return [sum((W[a][j] * mask[j] * row[j] for j in range(len(row))), Fraction(0)) for a in range(len(W))]


def norm(row: Vector) -> str:
    """Euclidean norm as text."""
    return f"sqrt({sum((r * r for r in row), Fraction(0))})"


def expansion_of(claim: Statement, pair: Pair, low: int) -> tuple[str, str]:
    """Both sides of the first inequality for layer `low`; the network `before` is the start."""
    start = [active(z) for z in forward(pair.before, pair.x)[1]]
    moved = [active(z) for z in forward(pair.after, pair.x)[1]]
    L = len(pair.before)
    difference = [
        p - q
        for p, q in zip(
            backward_row(pair.v, pair.after, moved, low),
            backward_row(pair.v, pair.before, start, low),
            strict=True,
        )
    ]
    terms, row = [], list(pair.v)
    for r in reversed(range(low, L + 1)):
        W, W0, S, S0 = pair.after[r - 1], pair.before[r - 1], moved[r - 1], start[r - 1]
        if r > low or claim.T == "with W":
            part = [p - q for p, q in zip(weighted(row, S, W), weighted(row, S0, W0), strict=True)]
            for t in reversed(range(low + 1, r)):
                part = weighted(part, start[t - 1], pair.before[t - 1])
            terms.append(norm(part))
        elif claim.T == "mask":
            terms.append(norm([row[j] * (S[j] - S0[j]) for j in range(len(row))]))
        row = weighted(row, S, W)
    return norm(difference), " + ".join(terms) or "0"


def perturbed(claim: Statement, ctx: Context) -> list[Outcome]:
    """One unit that switches on, weights ±1/8; two networks by hand and eight drawn ones, every layer."""
    small = Pair(
        [exact([[Fraction(-1, 8), 1]])],
        [exact([[Fraction(1, 8), 1]])],
        [Fraction(1)],
        [Fraction(1), Fraction(-1)],
    )
    pairs = [small, *by_hand(), *(drawn(ctx.rng("network", k), 1 + k % 4) for k in range(8))]
    found = []
    for k, pair in enumerate(pairs):
        for low in range(1, len(pair.before) + 1):
            left, right = expansion_of(claim, pair, low)
            says = f"network {k + 1}, L = {len(pair.before)}, l = {low}"
            found.append(evaluate(f"{left} <= {right}", says=says, instance=True))
    return found


@perturbation.check(part="expansion", covers="universal")
def factor_by_factor(claim: Statement, ctx: Context) -> Outcome:
    """AB - A0 B0 = A(B - B0) + (A - A0)B0 from the left, down to the mask of layer l; masks do not lengthen.

    Then Σ W - Σ0 W0 = (Σ - Σ0)W0 + Σ(W - W0).  First the networks: L = 1, x = 1, W = (±1/8, 1).
    """
    argument = follows_from(
        identity("A*B - A0*B0 == A*(B - B0) + (A - A0)*B0", says="two factors"),
        identity("S*W - S0*W0 == (S - S0)*W0 + S*(W - W0)", says="a layer"),
        assumes=("sum over the coordinates", "triangle inequality", "induction over the layers"),
    )
    if claim.T != "mask":
        argument = Undecided("the term r = l is not what the expansion leaves", "a network")
    return unless(perturbed(claim, ctx), argument)


@perturbation.check(part="sizes", covers="universal")
def sparse_changes(claim: Statement, ctx: Context) -> Outcome:
    """L terms √(s log M) √L with s = L^(4/3) τ^(2/3) M, and L terms √M τ √L; then the second in the first.

    L = k⁶, τ = t³, l = log M; |W_r^(0)| is bounded too.
    """
    a, c, b = (6 * Fraction(value) for value in (claim.a, claim.c, Fraction(claim.b) / 2))
    box: dict[str, Any] = {"k": FROM_ONE, "l": HALF, "t": f"(0, {claim.u}]"}
    return every(
        identity("(k**4*t)**2 == k**8*t**2", says="√s over √M"),
        prove(f"k**6*(k**4*t)*k**3 <= k**({a})*t**({b})", says="masks, over √(M log M)", **box),
        prove(f"k**6*t**3*k**3 <= k**({c})*t**3", says="weights, over √M", **box),
        prove(f"k**({c})*t**3 <= sqrt(2*l)*k**({a})*t**({b})", says="dominated, C_5 = C_2 + √2C_3", **box),
        assumes=("lemma A.3: C√L, C'√M and C''√(s log M)", "log 2 >= 1/2"),
    )


@perturbation.check(part="hypotheses", covers="universal")
def radius_of_the_ball(claim: Statement, ctx: Context) -> Outcome:
    """Lemma A.3 asks for τ, √(s log M/m) <= κL^(-3/2): up to constants L^(2/3) τ^(1/3) √(log M).

    L = k⁶ and log M = q⁶ >= 1/2; the constants of the bounds are small with that of τ.
    """
    g, h = Fraction(claim.g), Fraction(claim.h)
    box: dict[str, Any] = {"k": FROM_ONE, "q": "[89/100, oo)"}
    return every(
        evaluate("(89/100)**6 <= 1/2", says="log M >= log 2 >= 1/2"),
        prove(f"k**4*k**({-2 * g})*q**({-2 * h})*q**3 <= 2*k**(-9)", says="√(s log M/M)", **box),
        prove(f"k**({-6 * g})*q**({-6 * h}) <= 4*k**(-9)", says="τ", **box),
    )


@perturbation.check(part="difference", covers="universal")
def through_the_start(claim: Statement, ctx: Context) -> Outcome:
    """Both differences from D^(0) are at most B; opposite ones attain 2B.  Secant masks are in [0, 1]."""
    box: dict[str, Any] = {"z": "[0, 1]", "w": "[0, 1]", "B": POSITIVE}
    return prove("z*B + w*B <= f*B", let={"f": claim.f}, assumes=("triangle inequality",), **box)


perturbation.falsehood("without the term r = l", T="none", by=("factor_by_factor",))
perturbation.falsehood("L^(7/6) for L^(13/6)", T="mask", a="7/6", by=("sparse_changes",))
perturbation.falsehood("τ for τ^(1/3)", T="mask", b=1, by=("sparse_changes",))
perturbation.falsehood("L for L^(3/2)", T="mask", c=1, by=("sparse_changes",))
perturbation.falsehood("radii up to 1000", T="mask", u=10, by=("sparse_changes",))
perturbation.falsehood("a radius L^(-6)", T="mask", g=6, by=("radius_of_the_ball",))
perturbation.falsehood("a radius with 1/log M", T="mask", h=1, by=("radius_of_the_ball",))
perturbation.falsehood("once for twice", T="mask", f=1, by=("through_the_start",))
perturbation.corrected("the mask alone in the term r = l", erratum="misprint", T="mask")
