"""Section 4, Assumptions 4.1 to 4.3, and Section 5, the region around the initial weights.

Each assumption is checked by what it says about data and widths: values that are attained, and sets of inputs
or widths that it must admit or exclude.
"""

from fractions import Fraction
from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, every, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


inputs = Claim(
    "zou2020/assumption-4.1",
    title="Unit inputs with a constant last coordinate",
    kind="assumption",
    where="Section 4, Assumption 4.1",
    states=r"\|x_i\|_2 = 1,\ (x_i)_d = \mu\in(0,1);\qquad 2\mu^2-1 \le x_i^\top x_j \le 1,\quad "
    r"\|x_i-x_j\|_2^2 \le 4(1-\mu^2),\quad \|x_i+x_j\|_2^2 \ge 4\mu^2;\qquad \beta = w_d\,\mu\ \text{with}\ "
    r"w_d = \beta/\mu",
    printed={
        "mu": "(0, 1)",
        "low": "2*mu**2 - 1",
        "span": "4*(1 - mu**2)",
        "sum": "4*mu**2",
        "wd": "beta/mu",
    },
    parts=("inner products", "bias"),
    note="The first line is the assumption, the rest what it implies: opposite inputs are excluded, obtuse "
    "angles are not. It needs d >= 2. The last formula is the remark on biases: weight d times μ.",
)


@inputs.check(part="inner products", covers="universal")
def two_inputs(claim: Statement, ctx: Context) -> Outcome:
    """x = (√(1 - μ²) a, μ) with |a| = 1: the inner product is (1 - μ²)c + μ², c = a.a' in [-1, 1].

    c = -1 is attained for every d >= 2.
    """
    box: dict[str, Any] = {"c": "[-1, 1]", "mu": str(claim.mu)}
    let = {k: str(claim.data[k]) for k in ("low", "span", "sum")}
    inner = "((1 - mu**2)*c + mu**2)"
    return every(
        prove("1 - mu**2 > 0", mu=str(claim.mu), says="norm of the other coordinates"),
        prove(f"{inner} >= {let['low']}", says="least inner product", **box),
        prove(f"{inner} <= 1", says="largest inner product", **box),
        prove(f"2 - 2*{inner} <= {let['span']}", says="distance", **box),
        prove(f"2 + 2*{inner} >= {let['sum']}", says="sum", **box),
    )


@inputs.check(part="bias", covers="universal")
def any_bias(claim: Statement, ctx: Context) -> Outcome:
    """w.x + β for an input x without its last coordinate is (w, β/μ).(x, μ)."""
    return identity(f"w*x + ({claim.wd})*mu == w*x + beta", mu=str(claim.mu))


inputs.falsehood("w_d = β", wd="beta", by=("any_bias",))
inputs.falsehood("inner products at least μ²", low="mu**2", by=("two_inputs",))
inputs.falsehood("inner products at least 0", low="0", by=("two_inputs",))
inputs.falsehood("μ = 1", mu="(0, 1]", by=("two_inputs",))
inputs.falsehood("squared distance at most 2(1 - μ²)", span="2*(1 - mu**2)", by=("two_inputs",))
inputs.falsehood("a sum of squared norm 4", sum="4", by=("two_inputs",))


separation = Claim(
    "zou2020/assumption-4.2",
    title="Inputs with different labels are separated",
    kind="assumption",
    where="Section 4, Assumption 4.2",
    states=r"y_i \ne y_{i'} \implies \|x_i-x_{i'}\|_2 \ge \phi > 0;\qquad \text{admits equal inputs with "
    r"equal labels};\quad \phi \le 2\sqrt{1-\mu^2}\ \text{with two classes};\quad x_i = x_{i'},\ y_i \ne "
    r"y_{i'} \implies L_S(W) \ge \tfrac{\log F}{n}\ \text{for all } W,\ F = 4",
    given=(r"\|x_i\|_2 = 1,\ (x_i)_d = \mu",),
    printed={"pairs": "different", "largest": "4*(1 - mu**2)", "floor": 4},
    parts=("pairs", "range", "need"),
    uses=("zou2020/assumption-4.1", "zou2020/eq-3.2-erm"),
    note="For finitely many inputs some φ exists exactly when no input carries both labels. largest is the "
    "square of the largest φ for two classes. If all labels agree, every φ will do: the theorem needs "
    "φ <= 2 there. F shows why φ = 0 is excluded.",
)

Point = tuple[Fraction, Fraction]
SETS: tuple[tuple[str, tuple[tuple[Point, int], ...]], ...] = (
    (
        "two equal inputs of one class, one of the other",
        (
            ((Fraction(3, 5), Fraction(4, 5)), 1),
            ((Fraction(3, 5), Fraction(4, 5)), 1),
            ((Fraction(-3, 5), Fraction(4, 5)), -1),
        ),
    ),
    (
        "one of each class",
        (((Fraction(5, 13), Fraction(12, 13)), 1), ((Fraction(-5, 13), Fraction(12, 13)), -1)),
    ),
)


@separation.check(part="pairs")
def sets_to_be_admitted(claim: Statement, ctx: Context) -> Outcome:
    """Rational points of the circle with a common last coordinate: the least squared distance is positive."""
    cases = []
    for says, rows in SETS:
        for i, (x, y) in enumerate(rows):
            for z, label in rows[:i]:
                if y != label or claim.pairs == "all":
                    said = f"({x[0]} - ({z[0]}))**2 + ({x[1]} - ({z[1]}))**2 > 0"
                    cases.append(evaluate(said, instance=True, says=says))
    return every(*cases)


@separation.check(part="pairs", covers="universal")
def least_of_finitely_many(claim: Statement, ctx: Context) -> Outcome:
    """Least of two positive distances p, q: φ = pq/(p + q) is positive and below both."""
    positive: dict[str, Any] = {"p": POSITIVE, "q": POSITIVE}
    same = FROM_ZERO if claim.pairs == "all" else POSITIVE
    return every(
        prove("p*q/(p + q) > 0", says="φ > 0", p=same, q=POSITIVE),
        prove("p*q/(p + q) <= p", says="below the first", **positive),
        assumes=("induction over the pairs; two inputs of one class may be at distance 0",),
    )


@separation.check(part="range", covers="universal")
def two_classes(claim: Statement, ctx: Context) -> Outcome:
    """|x - x'|² = 2(1 - μ²)(1 - c), c in [-1, 1]; c = -1 is attained."""
    box: dict[str, Any] = {"c": "[-1, 1]", "mu": "(0, 1)"}
    return prove(f"2*(1 - mu**2)*(1 - c) <= {claim.largest}", **box)


@separation.check(part="need", covers="universal")
def an_input_with_both_labels(claim: Statement, ctx: Context) -> Outcome:
    """ℓ(f) + ℓ(-f) = log((1 + u)(1 + 1/u)) >= log 4, u = e^f; attained by f = 0."""
    return prove("(1 + u)*(1 + 1/u) >= F", let={"F": claim.floor}, u=POSITIVE, assumes=("log is increasing",))


separation.falsehood("all pairs of inputs are apart", pairs="all")
separation.falsehood("φ² up to 2(1 - μ²)", largest="2*(1 - mu**2)", by=("two_classes",))
separation.falsehood("two labels cost log 5", floor=5, by=("an_input_with_both_labels",))


widths = Claim(
    "zou2020/assumption-4.3",
    title="The widths of the layers are comparable",
    kind="assumption",
    where="Section 4, Assumption 4.3",
    states=r"M = \max_{a \le l \le L}m_l \le k\min_{a \le l \le L}m_l = k\,m,\ k = 2,\ a = 1;\qquad "
    r"m_r \le k\,m_s\ \text{for all } r,s;\quad \frac mM \ge q,\ q = \tfrac12",
    printed={"k": 2, "start": 1, "q": "1/2"},
    note="Used where M stands in a step size or a radius and m in a bound. The input dimension m_0 = d does "
    "not count, as a = 1. The text says that 2 may be any constant.",
)

SHAPES: tuple[tuple[int, ...], ...] = ((1000, 8, 16), (3, 64, 64, 64), (784, 512, 1024, 700), (2, 2))
"""(d, m_1, ..., m_L), to be admitted."""


@widths.check(covers="universal")
def any_two_layers(claim: Statement, ctx: Context) -> Outcome:
    """M = 2m z with z in [1/2, 1] is attained; any width lies between m and M."""
    box: dict[str, Any] = {"m": FROM_ONE, "z": "[1/2, 1]", "s": "[0, 1]", "t": "[0, 1]"}
    width = "(m + {0}*(2*m*z - m))"
    return every(
        prove("m/(2*m*z) >= q", let={"q": claim.q}, m=FROM_ONE, z="[1/2, 1]", says="m/M"),
        prove(f"{width.format('s')} <= k*{width.format('t')}", let={"k": claim.k}, says="two layers", **box),
    )


@widths.check()
def admitted_widths(claim: Statement, ctx: Context) -> Outcome:
    """Layers of 8 and 16 units on inputs in R^1000, and others."""
    cases = []
    for shape in SHAPES:
        counted = shape[int(claim.start) :]
        said = f"{max(counted)} <= k*{min(counted)}"
        cases.append(evaluate(said, let={"k": claim.k}, instance=True, says=f"(d, widths) = {shape}"))
    return every(*cases)


widths.falsehood("the input dimension counts", by=("admitted_widths",), start=0)
widths.falsehood("factor 3/2", k="3/2")
widths.falsehood("m/M at least 3/4", q="3/4", by=("any_two_layers",))


region = Claim(
    "zou2020/def-perturbation-region",
    title="The region around the initial weights: each layer in operator norm",
    kind="definition",
    where="Section 5, before Lemma 5.1",
    states=r"\mathcal B(W^{(0)},\tau) = \{W:\ \|W_l-W_l^{(0)}\|_2 \le \tau\ \text{for all } l\in[L]\};\qquad "
    r"\text{contains } W^{(0)}+\tau(Q_1,\dots,Q_L),\ Q_l\ \text{orthogonal};\quad \text{not } W^{(0)}+\tau "
    r"\mathbb 1\mathbb 1^\top;\quad \|A\|_2 \le k\|A\|_F,\ k = 1",
    given=(r"\tau > 0",),
    printed={"norm": "operator", "over": "largest", "k": 1},
    parts=("members", "Frobenius norm"),
    note="Printed is the set. It contains the ball of the same radius in the Frobenius norm of all layers, "
    "and for L >= 2 or widths >= 2 is larger. Steps are added in it by the triangle inequality.",
)

LENGTHS = {
    "operator": {"I": "tau", "ones": "2*tau"},
    "Frobenius": {"I": "sqrt(2)*tau", "ones": "2*tau"},
    "entries": {"I": "tau", "ones": "tau"},
}
"""Sizes of τI and of the 2 x 2 matrix with all entries τ."""


def largest_stretch(matrix: tuple[int, int, int, int], direction: tuple[int, int], squared: int) -> Outcome:
    """|Av|² = squared |v|² for a direction v, and no more: squared |v|² - |Av|² is a square for all v."""
    a, b, c, d = matrix
    p, q = direction
    along = evaluate(
        f"(({a})*({p}) + ({b})*({q}))**2 + (({c})*({p}) + ({d})*({q}))**2 == {squared}*({p}**2 + {q}**2)"
    )
    other = f"{squared}*(x**2 + y**2) - (({a})*x + ({b})*y)**2 - (({c})*x + ({d})*y)**2"
    return every(along, prove(f"{other} >= 0", x="(-oo, oo)", y="(-oo, oo)"))


@region.check(part="members", covers="universal")
def orthogonal_and_constant(claim: Statement, ctx: Context) -> Outcome:
    """L = 2, 2 x 2: τ(I, I) is a member, τ times the matrix of ones in one layer is not.

    |Iv| = |v|; the ones stretch (1, 1) by 2.
    """
    sizes = LENGTHS[str(claim.norm)]
    both = sizes["I"] if claim.over == "largest" else f"sqrt(2)*{sizes['I']}"
    return every(
        prove(f"{both} <= tau", tau=POSITIVE, says="two layers moved by τI"),
        prove(f"{sizes['ones']} > tau", tau=POSITIVE, says="all entries τ"),
        largest_stretch((1, 0, 0, 1), (1, 0), 1),
        largest_stretch((1, 1, 1, 1), (1, 1), 4),
    )


@region.check(part="Frobenius norm", covers="universal")
def squares_left_over(claim: Statement, ctx: Context) -> Outcome:
    """A row: k²|a|²|x|² - (a.x)² is the square of Lagrange's identity for k = 1; attained for rank one."""
    names = dict.fromkeys(("a", "b", "x", "y"), "(-oo, oo)")
    one = evaluate(
        "(a*x + b*y)**2 <= k**2*(a**2 + b**2)*(x**2 + y**2)", at=dict.fromkeys(names, 1), let=claim.let
    )
    left = "(a**2 + b**2)*(x**2 + y**2) - (a*x + b*y)**2 == (a*y - b*x)**2"
    return unless([one], identity(left, assumes=("the rows added; longer rows: Cauchy-Schwarz",)))


region.falsehood("Frobenius norm of each layer", norm="Frobenius", by=("orthogonal_and_constant",))
region.falsehood(
    "root of the sum over the layers", over="root of sum of squares", by=("orthogonal_and_constant",)
)
region.falsehood("largest entry", norm="entries", by=("orthogonal_and_constant",))
region.falsehood("half of the Frobenius norm", k="1/2", by=("squares_left_over",))
