"""Appendix A.2, proof of Lemma 5.2: one input's gradient from above, the last layer's gradient from below.

D stands for max|ℓ'_i|, C1 to C4 for the constants of the chain, y for C4 L² τ; L = k⁶ in the exponents.
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020._masked_networks import Matrix, Pair, Vector, active, backward_row, exact, forward
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


upper = Claim(
    "zou2020/proof-lemma-5.2-upper-chain",
    title="The gradient of one input's loss is of rank one, and bounded by products of norms",
    kind="proof-step",
    where="Appendix A.2, proof of Lemma 5.2, first part",
    step_of="zou2020/lemma-5.2-upper",
    states=r"\nabla_{W_l}\ell(y_i\tilde y_i) = \ell'y_i\tilde "
    r"x_{l-1,i}v^\top\left(\prod_{r=l+1}^L\tilde\Sigma_{r,i}\tilde "
    r"W_{s}^\top\right)\tilde\Sigma_{l,i};\quad \|\cdot\|_F = \|\cdot\|_2 \le -\ell'\|\tilde "
    r"x_{l-1,i}\|_2\left\|\prod_{r>l}\tilde\Sigma_{r,i}\tilde W_{s}^\top\right\|_2\|v\|_2 \le "
    r"-\ell'C_0^2L^{p}M^{q};\quad \|\nabla_{W_l}L_S\|_F \le "
    r"\tfrac{1}{n^{w}}\sum_i\|\nabla_{W_l}\ell_i\|_F,\qquad p = w = 1,\ q = \tfrac12",
    given=(
        r"\|\prod_{r=l_1}^{l_2}\tilde\Sigma_{r,i}\tilde W_r^\top\|_2 \le C_0\sqrt L\ \text{(Lemma A.3)},\ "
        r"C_0 \ge 1,\ \|x_i\|_2 = 1",
        r"v \in \{\pm1\}^{m_L},\ m_L \le M",
        r"\text{printed: } s = l\ \text{in the product over } r",
    ),
    printed={"s": "l", "own": 1, "p": 1, "q": "1/2", "w": 1},
    parts=("gradient", "norms", "mean"),
    note="own is whether the mask of layer l is there. The index of the weights in the product is printed "
    "as l, three times; it has to be r. Lemma A.3 is "
    "stated for products of two factors or more; one factor and none have norms of order 1.",
)


def three_layers() -> list[Pair]:
    """Square weights, no pre-activation at zero; some units of the second are inactive."""
    v = [Fraction(1), Fraction(-1)]
    first = [exact([[2, -1], [1, 3]]), exact([[1, 2], [2, -1]]), exact([[3, 1], [-1, 2]])]
    second = [exact([[1, -1], [-1, 1]]), exact([[2, 1], [1, 3]]), exact([[1, -3], [2, 1]])]
    x = [Fraction(3), Fraction(2)]
    return [Pair(first, first, x, v), Pair(second, second, x, v)]


def display(claim: Statement, pair: Pair, low: int) -> Matrix:
    """x_(l-1) v^T (product) Σ_l with the weights of the printed index."""
    features, below = forward(pair.before, pair.x)
    masks = [active(z) for z in below]
    if not claim.own:
        masks[low - 1] = [Fraction(1)] * len(masks[low - 1])
    weights = list(pair.before)
    if claim.s == "l":
        weights = [*weights[:low], *([pair.before[low - 1]] * (len(weights) - low))]
    row = backward_row(pair.v, weights, masks, low)
    return [[a * b for b in row] for a in features[low - 1]]


def slope(pair: Pair, low: int, a: int, b: int) -> Fraction:
    """The derivative of the output with respect to one weight, on its linear piece."""

    def output(shift: Fraction) -> tuple[Fraction, list[Vector]]:
        weights = [[list(row) for row in W] for W in pair.before]
        weights[low - 1][a][b] += shift
        features, below = forward(weights, pair.x)
        value = sum((w * t for w, t in zip(pair.v, features[-1], strict=True)), Fraction(0))
        return value, [active(z) for z in below]

    step = Fraction(1, 10**6)
    (start, masks), (end, others) = output(Fraction(0)), output(step)
    if masks != others:
        raise ValueError("expected no unit to switch in a short step")
    return (end - start) / step


def linear_pieces(claim: Statement) -> list[Outcome]:
    """Every weight of two networks of three layers with square weights."""
    found = []
    for k, pair in enumerate(three_layers()):
        for low in (1, 2, 3):
            shown = display(claim, pair, low)
            for a in (0, 1):
                for b in (0, 1):
                    says = f"network {k + 1}, l = {low}, weight ({a + 1}, {b + 1})"
                    said = f"({slope(pair, low, a, b)}) == ({shown[a][b]})"
                    found.append(evaluate(said, says=says, instance=True))
    return found


@upper.check(part="gradient", covers="universal")
def chain_rule(claim: Statement, ctx: Context) -> Outcome:
    """f = v^T (layers above l) Σ_l W_l^T x_(l-1), linear in W_l on a piece: a term, one and two layers above.

    First two networks whose derivatives are exact differences.
    """
    argument = follows_from(
        identity("diff(v*S2*V*S1*w*x, w) == x*v*S2*V*S1", says="one layer above"),
        identity("diff(v*S3*U*S2*V*S1*w*x, w) == x*v*S3*U*S2*V*S1", says="two layers above"),
        identity("diff(log(1 + exp(-y*f)), f) == -1/(1 + exp(y*f))*y", says="ℓ' y"),
        assumes=("sum over the paths", "the masks are constant on a linear piece"),
    )
    if claim.s != "r":
        argument = Undecided("the weights of layer l in the layers above it", "a network")
    return unless(linear_pieces(claim), argument)


@upper.check(part="norms", covers="universal")
def rank_one(claim: Statement, ctx: Context) -> Outcome:
    """Σ (x_a u_b)² = |x|²|u|², the same as the spectral norm; |v| = √m_L; a mask does not lengthen."""
    box: dict[str, Any] = {"C0": FROM_ONE, "L": FROM_ONE}
    return every(
        identity("(x*u)**2 + (x*w)**2 + (y*u)**2 + (y*w)**2 == (x**2 + y**2)*(u**2 + w**2)", says="rank one"),
        prove("sqrt(z*M) <= M**q", let={"q": claim.q}, z="(0, 1]", M=FROM_ONE, says="|v|"),
        prove("(C0*sqrt(L))*(C0*sqrt(L)) <= C0**2*L**p", let={"p": claim.p}, says="two products", **box),
        assumes=("|AB| <= |A||B|", "Lemma A.3 for the features (|x_i| = 1) and for the layers above"),
    )


@upper.check(part="mean", covers="universal")
def triangle_inequality(claim: Statement, ctx: Context) -> Outcome:
    """n equal gradients attain it: their mean has the norm g, the sum n g."""
    said = "g <= (n*g)/n**w"
    return prove(said, let={"w": claim.w}, n=FROM_ONE, g=POSITIVE, assumes=("triangle inequality",))


upper.falsehood("without the mask of layer l", s="r", own=0, by=("chain_rule",))
upper.falsehood("without |v|", s="r", q=0, by=("rank_one",))
upper.falsehood("√L for L", s="r", p="1/2", by=("rank_one",))
upper.falsehood("1/n² in the mean", s="r", w=2, by=("triangle_inequality",))


@upper.falsehood_with_check("the norm of the mean is the mean of the norms")
def opposite_gradients(claim: Statement, ctx: Context) -> Outcome:
    """Two inputs whose gradients are g and -g, g = 1."""
    return evaluate("abs(1 - 1)/2 == (1 + 1)/2")


upper.corrected("the weights of layer r", erratum="misprint", s="r")


lower = Claim(
    "zou2020/proof-lemma-5.2-lower-chain",
    title="From the units' gradients at the start to the gradient of the last layer in the ball",
    kind="proof-step",
    where="Appendix A.2, proof of Lemma 5.2, second part",
    step_of="zou2020/lemma-5.2-lower",
    states=r"\|g_j\|_2-\|\nabla_{w_{L,j}}L_S\|_2 \le fC_4L^2\tau\max_i|\ell'_i|;\quad "
    r"\|\nabla_{w_{L,j}}L_S\|_2 \ge \left(\frac{C_1}{n}-\frac{C_4L^2\tau}{n^{w}}\right)\max_i|\ell'_i| \ge "
    r"\frac{C_1\max_i|\ell'_i|}{hn}\ \text{for } \frac{C_2m_L\phi}{hn}\ \text{units};\quad "
    r"\|\nabla_{W_L}L_S\|_F^2 \ge \frac{C_2C_1^2\phi m_L}{cn^{p}}\left(\sum_i\ell'_i\right)^2,\qquad "
    r"f = 1,\ h = 2,\ c = 8,\ p = 5",
    given=(
        r"\|g_j\|_2 \ge C_1\max_i|\ell'_i|/n\ \text{for } C_2m_L\phi/n\ \text{units (Lemma A.2)}",
        r"\text{Lemma A.4: at most } C_3nL^{4/3}\tau^{2/3}m_L\ \text{flipped},\ "
        r"\|\tilde x_{L-1,i}-x_{L-1,i}\|_2 \le C_4L^2\tau",
        r"\tau \le \left(\frac{C_2\phi}{2C_3n^2L^{4/3}}\right)^{3/2}\wedge\frac{C_1}{2nL^2C_4}\ "
        r"(\text{times } b = 1)",
        r"\text{printed: } w = 1",
    ),
    printed={"f": 1, "w": 1, "h": 2, "c": 8, "p": 5, "b": 1},
    parts=("decomposition", "units", "layer"),
    note="The subtracted term has no 1/n in the display before; with it the second display says more than "
    "follows, without it the choice of τ is exactly enough.",
)


@lower.check(part="decomposition", covers="universal")
def flips_and_displacements(claim: Statement, ctx: Context) -> Outcome:
    """σ'~ x~ - σ' x = (σ'~ - σ')x + σ'~(x~ - x); the mean of n terms |b_ij| y, y = C4 L² τ.

    Attained by two inputs that approach each other, see the units.
    """
    return every(
        identity("S*X - s*x == (S - s)*x + S*(X - x)", says="a coordinate"),
        prove(
            "n*(D*z*y)/n <= f*y*D",
            let={"f": claim.f},
            n=FROM_ONE,
            D=POSITIVE,
            z="[0, 1]",
            y=POSITIVE,
            says="|b_ij| <= D",
        ),
        prove(
            "D/2 - D*(1 - 2*y)/2 <= f*y*D", let={"f": claim.f}, D=POSITIVE, y="(0, 1/4]", says="two inputs"
        ),
        assumes=("triangle inequality", "σ' = 0 or 1", "the first sum vanishes for units that do not flip"),
    )


def two_inputs(claim: Statement) -> Outcome:
    """n = 2, v = 1, opposite labels, |ℓ'| = D; x = (±1/2, ·) and x~ = (±(1/2 - y), ·), the unit active.

    |g| = D/2, so C_1 = 1, and the gradient is D(1 - 2y)/2; y = C4 L² τ <= 1/4.
    """
    said = "D*(1 - 2*y)/2 >= (1/2 - y/2**w)*D"
    return prove(
        said, let={"w": claim.w}, D=POSITIVE, y="(0, 1/4]", says="two inputs that approach each other"
    )


@lower.check(part="units", covers="universal")
def halves(claim: Statement, ctx: Context) -> Outcome:
    """y <= b C1/(2n), and C3 n L^(4/3) τ^(2/3) <= b C2 φ/(2n).  First two inputs that approach each other."""
    let = {"h": claim.h, "w": claim.w, "b": claim.b}
    box: dict[str, Any] = {"n": FROM_ONE, "z": "[0, 1]"} | dict.fromkeys(("C1", "C2", "phi"), POSITIVE)
    flips: dict[str, Any] = {"n": FROM_ONE} | dict.fromkeys(("C2", "C3", "phi", "k"), POSITIVE)
    argument = follows_from(
        prove(
            "C1/n - y >= C1/n - y/n**w", let=let, C1=POSITIVE, y=POSITIVE, n=FROM_ONE, says="second display"
        ),
        prove("C1/n - z*b*C1/(2*n) >= C1/(h*n)", let=let, says="the gradient", **box),
        identity("C3*n*k**8*(C2*phi/(2*C3*n**2*k**8)) == C2*phi/(2*n)", says="τ^(2/3), L = k⁶", **flips),
        prove("C2*phi/n - z*b*C2*phi/(2*n) >= C2*phi/(h*n)", let=let, says="the units, over m_L", **box),
    )
    last = prove(
        "D*(1 - 2*b/4)/2 >= D/(2*h)", let=let, D=POSITIVE, says="the two inputs at the radius, y = b/4"
    )
    return unless([two_inputs(claim), last], argument)


@lower.check(part="layer", covers="universal")
def squares_added(claim: Statement, ctx: Context) -> Outcome:
    """C2 φ m/(2n) (C1 D/(2n))² and nD >= S = Σ|ℓ'|; equal |ℓ'| attain it."""
    box: dict[str, Any] = {"n": FROM_ONE, "z": "[0, 1]"} | dict.fromkeys(
        ("C1", "C2", "phi", "m", "D"), POSITIVE
    )
    said = "C2*phi*m/(2*n)*(C1*D/(2*n))**2 >= C2*C1**2*phi*m/(c*n**p)*(z*n*D)**2"
    return prove(said, let={"c": claim.c, "p": claim.p}, **box)


lower.falsehood("twice the radius", w=0, b=2, by=("halves",))
lower.falsehood("two thirds of the units", w=0, h="3/2", by=("halves",))
lower.falsehood("half of the displacement", w=0, f="1/2", by=("flips_and_displacements",))
lower.falsehood("1/4 for 1/8", w=0, c=4, by=("squares_added",))
lower.falsehood("n³ for n⁵", w=0, p=3, by=("squares_added",))
lower.corrected("the displacement without 1/n", erratum="misprint", w=0)
