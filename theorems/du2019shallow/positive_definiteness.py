"""Theorem 3.1 and its proof (Appendix A): H-infinity is positive definite for non-parallel inputs.

The proof: H-infinity is a Gram matrix of features phi(x)(w) = x 1{w.x >= 0}; at a point z of the hyperplane
D_i = {w : w.x_i = 0} that lies on no other D_j, sum_j alpha_j phi(x_j) jumps by alpha_i x_i.
"""

from typing import Any, NamedTuple

import numpy as np

from verify import (
    Claim,
    Context,
    Outcome,
    Refuted,
    Statement,
    Undecided,
    contradicted_by,
    eigenvalue_above,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
)

feature_map = Claim(
    "du2019shallow/thm-3.1-feature-map",
    aliases=("du2019thesis/thm-2.1-feature-map",),
    title="H-infinity as the Gram matrix of a feature map into a Gaussian L2 space",
    kind="proof-step",
    where="Appendix A, proof of Theorem 3.1",
    states=r"\phi(x)(w) = x\,\mathbb I\{w^\top x\ge 0\},\quad H^\infty_{ij} = \mathbb E\,\phi(x_i)(w)^\top"
    r"\phi(x_j)(w), \quad \alpha^\top H^\infty\alpha = \mathbb E\Bigl\|\sum_i\alpha_i\phi(x_i)(w)\Bigr\|_2^2",
    printed={"feature": "x*g"},
    uses=("du2019shallow/assumption-3.1",),
    step_of="du2019shallow/thm-3.1",
)


@feature_map.check(covers="universal")
def product_of_features(claim: Statement, ctx: Context) -> Outcome:
    """Coordinate by coordinate φ(x)φ(z) is x z g h; the form is the square of Σ α φ, for every w.

    So H∞ is definite iff Σ α_i φ(x_i) = 0 almost everywhere only for α = 0.
    """
    other = claim.feature.replace("x", "z").replace("g", "h")
    near: dict[str, Any] = dict.fromkeys(("g", "h", "x", "z"), "[1, 2]")
    first, second = f"({claim.feature})", f"({other})"
    form = "b**2*x*x*g*g + 2*b*c*x*z*g*h + c**2*z*z*h*h"
    return every(
        identity(f"{first}*{second} == x*z*g*h", **near, says="H-infinity"),
        identity(f"(b*{first} + c*{second})**2 == {form}", b="[1, 2]", c="[1, 2]", **near, says="the form"),
        assumes=("g² = g for a gate", "a non-negative function with integral 0 is 0 almost everywhere"),
    )


feature_map.falsehood("scalar feature 1{w.x >= 0}", feature="g")


def integer_inputs(rng: np.random.Generator, n: int, d: int) -> list[list[int]]:
    """n pairwise non-parallel integer vectors of dimension d >= 2."""
    rows: list[list[int]] = []
    while len(rows) < n:
        row = [int(v) for v in rng.integers(-4, 5, size=d)]
        minors = (any(p[a] * row[b] != p[b] * row[a] for a in range(d) for b in range(a)) for p in rows)
        if any(row) and all(minors):
            rows.append(row)
    return rows


def point_on_one_hyperplane(rng: np.random.Generator, rows: list[list[int]], i: int) -> list[int] | None:
    """An integer z with z.x_i = 0 and z.x_j != 0 for j != i; None when none is found."""
    x = rows[i]
    k = next(index for index, v in enumerate(x) if v)
    for _ in range(200):
        z = [int(v) * x[k] for v in rng.integers(-20, 21, size=len(x))]
        z[k] = -sum(a * b for index, (a, b) in enumerate(zip(x, z, strict=True)) if index != k) // x[k]
        products = [sum(a * b for a, b in zip(z, row, strict=True)) for row in rows]
        if products[i] == 0 and all(p for j, p in enumerate(products) if j != i):
            return z
    return None


def dot(z: list[Any], x: list[Any]) -> str:
    """z.x as text."""
    return "(" + " + ".join(f"({a})*({b})" for a, b in zip(z, x, strict=True)) + ")"


hyperplanes = Claim(
    "du2019shallow/lemma-A.1",
    aliases=("du2019thesis/lemma-2.6",),
    title="A hyperplane is not covered by finitely many other hyperplanes",
    kind="existence",
    where="Appendix A, Lemma A.1",
    states=r"x_i \nparallel x_j\ (i\ne j) \implies D_i \not\subset \bigcup_{j\ne i} D_j,\quad "
    r"D_i = \{w : w^\top x_i = 0\}",
    given=(r"\text{no input is a multiple of another one: } \pm",),
    printed={"opposite_allowed": False},
    step_of="du2019shallow/thm-3.1",
    note="Printed 'for any i in [m]'; the index runs over the n inputs. In dimension 1 the hypothesis leaves "
    "n = 1, and D_1 = {0} is not contained in the empty union.",
)


@hyperplanes.check(covers="universal")
def proper_subspaces(claim: Statement, ctx: Context) -> Outcome:
    """D_i ∩ D_j = D_i iff x_j is a multiple of x_i: the part of x_j orthogonal to x_i has the square length
    |x_j|² - (x_i.x_j)²/|x_i|² > 0 by Lagrange's identity (spelled in dimension 3).

    So each D_i ∩ D_j is a proper subspace of D_i, and finitely many do not cover it.
    """
    if claim.opposite_allowed:
        inside = identity("z1*(-x1) + z2*(-x2) == -(z1*x1 + z2*x2)")
        return contradicted_by(inside, witness="x_2 = -x_1: z.x_2 = -z.x_1, so D_1 = D_2 is covered")
    lagrange = "(x1*y2 - x2*y1)**2 + (x1*y3 - x3*y1)**2 + (x2*y3 - x3*y2)**2"
    gram = "(x1**2 + x2**2 + x3**2)*(y1**2 + y2**2 + y3**2) - (x1*y1 + x2*y2 + x3*y3)**2"
    return every(
        identity(f"{gram} == {lagrange}"),
        prove("minor**2 + rest > 0", minor="(0, oo)", rest="[0, oo)", says="some minor is not 0"),
        prove("minor**2 + rest > 0", minor="(-oo, 0)", rest="[0, oo)", says="some minor is not 0"),
        assumes=("a real vector space is not a finite union of proper subspaces",),
    )


@hyperplanes.check()
def integer_point(claim: Statement, ctx: Context) -> Outcome:
    """For random integer inputs, up to n = 20 and d = 6, an integer z on D_i and on no other D_j."""
    cases = []
    for n, d in ((2, 2), (5, 2), (8, 3), (20, 4), (20, 6)):
        rng = ctx.rng(n, d)
        rows = integer_inputs(rng, n, d)
        if claim.opposite_allowed:
            rows[1] = [-v for v in rows[0]]
        z = point_on_one_hyperplane(rng, rows, 0)
        if z is None:
            inside = identity("z1*(-x1) + z2*(-x2) == -(z1*x1 + z2*x2)")
            return contradicted_by(inside, witness=f"inputs {rows[0]} and {rows[1]}: D_1 = D_2")
        cases.append(evaluate(f"{dot(z, rows[0])} == 0", instance=True))
        cases += [evaluate(f"{dot(z, row)} != 0", instance=True) for row in rows[1:]]
    return every(*cases)


@hyperplanes.falsehood_with_check("infinitely many other hyperplanes")
def all_planes_through_the_origin(claim: Statement, ctx: Context) -> Outcome:
    """d = 3, x = (0, 0, 1): z = (z1, z2, 0) is orthogonal to (-z2, z1, 0), which is not parallel to x."""
    covered = identity("z1*(-z2) + z2*z1 + 0*0 == 0")
    return contradicted_by(covered, witness="every z with z3 = 0 lies on D of (-z2, z1, 0)")


hyperplanes.falsehood("opposite inputs allowed", opposite_allowed=True)


def half_ball(label: str, thesis: str, title: str, states: str, printed: dict[str, Any], where: str) -> Claim:
    """The three limits of averages over half balls around z in D_i."""
    return Claim(
        f"du2019shallow/{label}",
        aliases=(f"du2019thesis/{thesis}",),
        title=title,
        kind="proof-step",
        where=where,
        states=states,
        given=(r"z \in D_i \setminus \bigcup_{j\ne i} D_j", r"B_r^{\pm} = B(z,r)\cap\{\pm w^\top x_i > 0\}"),
        printed=printed,
        step_of="du2019shallow/thm-3.1",
    )


other_features = half_ball(
    "eq-9",
    "eq-2.8",
    "Averages of the other features over the two half balls agree in the limit",
    r"\frac{1}{\mu(B_r^+)}\int_{B_r^+}\phi(x_j) - \frac{1}{\mu(B_r^-)}\int_{B_r^-}\phi(x_j) \to 0"
    r"\quad (j\ne i)",
    {"distance": "(0, oo)"},
    "Appendix A, eq. (9)",
)


@other_features.check(covers="universal")
def gate_is_constant(claim: Statement, ctx: Context) -> Outcome:
    """For |w - z| <= s dist(z, D_j), s < 1: |w.x_j| >= |z.x_j| - s|z.x_j| > 0: constant gate of x_j.

    Both averages even equal φ(x_j)(z) for small r. `distance` is the range of |z.x_j|.
    """
    return prove("p - s*p > 0", p=claim.distance, s="[0, 1)", assumes=("Cauchy-Schwarz",))


other_features.falsehood("the same for j = i, where z.x_i = 0", distance="[0, 0]")

active_half = half_ball(
    "eq-10",
    "eq-2.9",
    "Average of the feature of x_i over its positive half ball",
    r"\lim_{r\to0}\frac{1}{\mu(B_r^+)}\int_{B_r^+}\phi(x_i)(w)\,dw = v\,x_i",
    {"v": 1},
    "Appendix A, eq. (10)",
)


@active_half.check(covers="universal")
def gate_on(claim: Statement, ctx: Context) -> Outcome:
    """The gate depends on the sign of w.x_i only (it is the same for c w, c > 0), and w.x_i > 0 on B+."""
    return evaluate("step(1) == v", let=claim.let)


active_half.falsehood("the average over the whole ball, x_i/2", v="1/2")

inactive_half = half_ball(
    "eq-11",
    "eq-2.10",
    "Average of the feature of x_i over its negative half ball; the jump",
    r"\lim_{r\to0}\frac{1}{\mu(B_r^-)}\int_{B_r^-}\phi(x_i)(w)\,dw = v\,x_i; \qquad "
    r"\sum_j\alpha_j\phi(x_j)\ \text{jumps by}\ k\,\alpha_i x_i",
    {"v": 0, "k": 1},
    "Appendix A, eq. (11)",
)


@inactive_half.check(covers="universal")
def gate_off_and_jump(claim: Statement, ctx: Context) -> Outcome:
    """On B- the gate is that of a negative number; across z the other terms cancel by (9)."""
    return every(
        evaluate("step(-1) == v", let=claim.let),
        identity("(alpha*x*1 + others) - (alpha*x*0 + others) == k*alpha*x", let=claim.let),
    )


inactive_half.falsehood("average x_i/2", v="1/2")
inactive_half.falsehood("jump of 2 α_i x_i", k=2)


class Degenerate(NamedTuple):
    """Inputs with a vector v that makes v^T H-infinity v too small, and which hypotheses they need."""

    name: str
    relation: str
    matrix: list[list[str]]
    vector: list[str]


def hexagon() -> list[list[str]]:
    """H-infinity of six unit inputs at multiples of 60 degrees, exactly rational."""
    values = {0: "1/2", 1: "1/6", 2: "-1/12", 3: "0"}
    return [[values[min(abs(i - j), 6 - abs(i - j))] for j in range(6)] for i in range(6)]


NARROW = "(99/101)*atan(10)/pi"
DEGENERATE = (
    Degenerate("one input, x = 0", "zero", [["0"]], ["1"]),
    Degenerate("x and x", "equal", [["1/2", "1/2"], ["1/2", "1/2"]], ["1", "-1"]),
    Degenerate("x and 2x", "same direction", [["1/2", "1"], ["1", "2"]], ["2", "-1"]),
    Degenerate(
        "six unit inputs at multiples of 60 degrees", "opposite", hexagon(), ["1", "-1", "1", "-1", "1", "-1"]
    ),
    Degenerate(
        "two unit inputs with tan(θ/2) = 1/10", "none", [["1/2", NARROW], [NARROW, "1/2"]], ["1", "-1"]
    ),
)

definite = Claim(
    "du2019shallow/thm-3.1",
    aliases=("du2019thesis/thm-2.1",),
    title="Strict positive definiteness of H-infinity for pairwise non-parallel inputs",
    kind="positive-definiteness",
    where="Section 3, Theorem 3.1; proof in Appendix A",
    states=r"x_i \nparallel x_j\ (i\ne j) \implies \lambda_0 > b",
    printed={"excluded": ("equal", "same direction", "opposite"), "b": "0"},
    uses=("du2019shallow/assumption-3.1", "du2019shallow/derived-Hinf-closed-form"),
    proof_uses=(
        "du2019shallow/thm-3.1-feature-map",
        "du2019shallow/lemma-A.1",
        "du2019shallow/eq-9",
        "du2019shallow/eq-10",
        "du2019shallow/eq-11",
    ),
    note="For n = 1 the printed hypothesis is empty and admits x_1 = 0, for which H = (0); the last line of "
    "the proof uses x_i != 0. Parallel includes opposite: D_i = D_j for x_j = -x_i.",
)


def small_direction(claim: Statement) -> Outcome | None:
    """A configuration that the hypotheses admit and whose form v^T H v is at most b |v|²."""
    for example in DEGENERATE:
        if example.relation in claim.excluded:
            continue
        size = len(example.vector)
        form = " + ".join(
            f"({example.matrix[i][j]})*({example.vector[i]})*({example.vector[j]})"
            for i in range(size)
            for j in range(size)
        )
        norm = " + ".join(f"({v})**2" for v in example.vector)
        fact = evaluate(f"{form} <= ({claim.b})*({norm})", let={"n": size}, instance=True)
        if fact.status == "holds":
            text = f"{example.name}: v = ({', '.join(example.vector)}) has v^T H∞ v <= {claim.b} |v|²"
            return Refuted(*fact.evidence, witness=text)
    return None


@definite.check(covers="universal")
def jump_across_a_hyperplane(claim: Statement, ctx: Context) -> Outcome:
    """If α^T H∞ α = 0 then Σ α_j φ(x_j) = 0 almost everywhere; its jump at z is α_i x_i, so α_i x_i = 0.

    |α_i x_i|² > 0 unless α_i = 0 or x_i = 0. Hence α = 0, H∞ is definite, λ_0 > 0 (n is finite).
    """
    refuted = small_direction(claim)
    if refuted is not None:
        return refuted
    if claim.b != "0":
        return Undecided("the argument gives no positive lower bound", "a quantitative argument")
    return follows_from(
        identity("(b*x*g + c*z*h)**2 == b**2*x*x*g*g + 2*b*c*x*z*g*h + c**2*z*z*h*h", says="the form"),
        identity("(alpha*x*1 + others) - (alpha*x*0 + others) == alpha*x", says="the jump at z"),
        prove("alpha**2*square > 0", alpha="(0, oo)", square="(0, oo)", says="|α_i x_i|² > 0"),
        prove("alpha**2*square > 0", alpha="(-oo, 0)", square="(0, oo)", says="|α_i x_i|² > 0"),
        assumes=(
            "Lemma A.1: there is a z on D_i and on no other D_j",
            "eq. (9): the other features are continuous at z",
            "a Gaussian charges every open set",
        ),
    )


@definite.check()
def three_inputs_of_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """Unit inputs at angles 0, s, s + t, 3/10 <= s, t <= 7/5: all leading minors of H∞ - b I are positive.

    All gaps are then at least 3/10 and at least π - 14/5 away from π.
    """
    a, b, c = (f"(cos({angle})*(pi - ({angle}))/(2*pi))" for angle in ("s", "t", "s + t"))
    diagonal = f"(1/2 - ({claim.b}))"
    let = {"n": 3}
    box: dict[str, Any] = {"s": "[3/10, 7/5]", "t": "[3/10, 7/5]"}
    determinant = f"{diagonal}**3 + 2*{a}*{b}*{c} - {diagonal}*({a}**2 + {b}**2 + {c}**2)"
    return every(
        prove(f"{determinant} > 0", let=let, **box, says="determinant"),
        prove(f"{diagonal}**2 - {a}**2 > 0", let=let, s="[3/10, 7/5]", says="2 x 2 minor"),
    )


@definite.check()
def exact_configurations(claim: Statement, ctx: Context) -> Outcome:
    """λ_0 of three inputs at 0, 60, 120 degrees is (11 - √33)/24; of n inputs with cosines 1/2 it is 1/3."""
    cosines = [["1/2" if i == j else "1/6" for j in range(5)] for i in range(5)]
    fan = [row[:3] for row in hexagon()[:3]]
    cases = [
        eigenvalue_above(fan, "(11 - sqrt(33))/24 - 1/10**12", says="0, 60, 120 degrees"),
        eigenvalue_above(cosines, "1/3 - 1/10**12", says="five inputs with cosines 1/2"),
    ]
    if "opposite" not in claim.excluded:
        cases.append(eigenvalue_above(hexagon(), "0", says="the hexagon"))
    return every(*cases)


@definite.falsehood_with_check("converse: λ0 > 0 only without parallel pairs")
def opposite_pair(claim: Statement, ctx: Context) -> Outcome:
    """x and -x are parallel, H∞ = I/2 and λ_0 = 1/2."""
    fact = eigenvalue_above([["1/2", "0"], ["0", "1/2"]], "1/3")
    return contradicted_by(fact, witness="x and -x: H∞ = I/2, λ0 = 1/2 > 0")


EVERYTHING = ("zero", "equal", "same direction", "opposite")
BY = ("jump_across_a_hyperplane",)
definite.falsehood("only distinct inputs", excluded=("zero", "equal"), by=BY)
definite.falsehood(
    "no two inputs of the same direction, opposite ones allowed",
    excluded=("zero", "equal", "same direction"),
    by=(*BY, "exact_configurations"),
)
definite.falsehood("repeated inputs", excluded=("zero",), by=BY)
definite.falsehood("λ0 > 1/(4n)", excluded=EVERYTHING, b="1/(4*n)", by=(*BY, "three_inputs_of_the_plane"))
definite.corrected("inputs other than 0", erratum="misprint", excluded=EVERYTHING)
