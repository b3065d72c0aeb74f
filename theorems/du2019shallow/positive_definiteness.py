"""Theorem 3.1 and its proof (Appendix A): H-infinity is positive definite for non-parallel inputs.

The proof: H-infinity is a Gram matrix of features phi(x)(w) = x 1{w.x >= 0}; at a point z of the hyperplane
D_i = {w : w.x_i = 0} that lies on no other D_j, sum_j alpha_j phi(x_j) jumps by alpha_i x_i.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from theorems.du2019shallow.limiting_kernel import H_OF_T, spelled
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
from verify.kernel import expression, sign
from verify.search import bisect

Row = Sequence[int | Fraction]

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
    note="In `feature`, x is a coordinate of the input and g its gate. Before equation (10) the text recalls "
    "the feature with a strict inequality: another function, the same one almost everywhere.",
)


@feature_map.check(covers="universal")
def product_of_features(claim: Statement, ctx: Context) -> Outcome:
    """Coordinate by coordinate φ(x)φ(z) is x z g h; the form is the square of Σ α φ, for every w.

    So H∞ is definite iff Σ α_i φ(x_i) = 0 almost everywhere only for α = 0.
    """
    first, second = spelled(claim.feature), spelled(claim.feature, x="z", g="h")
    form = "b**2*x*x*g*g + 2*b*c*x*z*g*h + c**2*z*z*h*h"
    return every(
        identity(f"{first}*{second} == x*z*g*h", says="H-infinity"),
        identity(f"(b*{first} + c*{second})**2 == {form}", says="the form"),
        assumes=("g² = g for a gate", "a non-negative function with integral 0 is 0 almost everywhere"),
    )


COSINES = ("1", "sqrt(3)/2", "1/2", "0", "-1/2", "-sqrt(3)/2", "-1")


def steps_apart(p: int, q: int) -> int:
    """The angle between two places of the clock, 0 to 6, in steps of 30 degrees."""
    return min((p - q) % 12, (q - p) % 12)


@feature_map.check()
def sum_over_twelve_sectors(claim: Statement, ctx: Context) -> Outcome:
    """Unit inputs of the plane at multiples of 30 degrees: |Σ α_i φ(x_i)(w)|² is constant on 12 sectors.

    Its mean is α^T H∞ α with the closed form of H∞, exactly; sector s is centred at 30 s + 15 degrees, where
    the inputs from 60 degrees before 30 s to 90 degrees after it are active.
    """
    cases = []
    for trial in range(ctx.size(10, 100)):
        rng = ctx.rng(trial)
        places = [int(v) for v in rng.integers(0, 12, size=4)]
        alpha = [int(v) for v in rng.integers(-3, 4, size=4)]
        squares, entries = [], []
        for sector in range(12):
            gates = [int((sector - place) % 12 in (9, 10, 11, 0, 1, 2)) for place in places]
            for axis in (0, 3):
                sides = []
                for b, place, gate in zip(alpha, places, gates, strict=True):
                    coordinate = f"({COSINES[steps_apart(place, axis)]})"
                    sides.append(f"({b})*{spelled(claim.feature, x=coordinate, g=gate)}")
                squares.append(f"({' + '.join(sides)})**2")
        for b, p in zip(alpha, places, strict=True):
            for c, q in zip(alpha, places, strict=True):
                k = steps_apart(p, q)
                entries.append(f"({b})*({c})*({COSINES[k]})*(6 - {k})/12")
        says = f"inputs at 30 degrees times {places}, α = {alpha}"
        mean, form = " + ".join(squares), " + ".join(entries)
        cases.append(evaluate(f"({mean})/12 == {form}", instance=True, says=says))
    return every(*cases, assumes=("rotation invariance of N(0, I): the direction in a plane is uniform",))


feature_map.falsehood("scalar feature 1{w.x >= 0}", feature="g")


def integer_inputs(rng: np.random.Generator, n: int, d: int) -> list[list[int]]:
    """n integer vectors of dimension d, none of them 0, pairwise non-parallel (so n = 1 when d = 1)."""
    rows: list[list[int]] = []
    while len(rows) < n:
        row = [int(v) for v in rng.integers(-4, 5, size=d)]
        minors = (any(p[a] * row[b] != p[b] * row[a] for a in range(d) for b in range(a)) for p in rows)
        if any(row) and all(minors):
            rows.append(row)
    return rows


def product(x: Row, z: Row) -> int | Fraction:
    """x.z, exactly."""
    return sum((a * b for a, b in zip(x, z, strict=True)), 0)


def point_on_one_hyperplane(rng: np.random.Generator, rows: list[list[int]], i: int) -> list[int] | None:
    """An integer z with z.x_i = 0 and z.x_j != 0 for j != i; None when none is found."""
    x = rows[i]
    k = next(index for index, v in enumerate(x) if v)
    for _ in range(200):
        z = [int(v) * x[k] for v in rng.integers(-20, 21, size=len(x))]
        z[k] = -sum(a * b for index, (a, b) in enumerate(zip(x, z, strict=True)) if index != k) // x[k]
        if product(z, x) == 0 and all(product(z, row) for j, row in enumerate(rows) if j != i):
            return z
    return None


def dot(z: Row, x: Row) -> str:
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
    given=(r"\text{no input is a multiple of another one: } \cos\angle(x_i,x_j) \in (-1, 1)",),
    printed={"cosines": "(-1, 1)"},
    step_of="du2019shallow/thm-3.1",
    note="Printed 'for any i in [m]': the index runs over the n inputs, m is the number of neurons. A zero "
    "vector is parallel to every other one: no input vanishes for n >= 2. For n = 1, and so always in "
    "dimension 1, D_1 is not contained in the empty union, even when x_1 = 0.",
)


@hyperplanes.check(covers="universal")
def proper_subspaces(claim: Statement, ctx: Context) -> Outcome:
    """The part w of x_j orthogonal to x_i lies on D_i but not on D_j: w.x_j > 0 (lengths a, b, cosine c).

    So D_i ∩ D_j is a proper subspace of D_i, and finitely many of those do not cover it.
    """
    along = "(c*a*b)/a**2"
    lengths: dict[str, Any] = {"a": "(0, oo)", "b": "(0, oo)"}
    return every(
        identity(f"c*a*b - {along}*a**2 == 0", **lengths, c=claim.cosines, says="w.x_i"),
        prove(f"b**2 - {along}*(c*a*b) > 0", **lengths, c=claim.cosines, says="w.x_j"),
        assumes=(
            "two vectors are parallel iff their cosine is 1 or -1",
            "a real vector space is not a finite union of proper subspaces",
        ),
    )


@hyperplanes.check()
def integer_point(claim: Statement, ctx: Context) -> Outcome:
    """For random integer inputs, up to n = 20 and d = 6, an integer z on D_i and on no other D_j."""
    cases = []
    for n, d in ((1, 1), (2, 2), (5, 2), (8, 3), (20, 4), (20, 6)):
        rng = ctx.rng(n, d)
        rows = integer_inputs(rng, n, d)
        for admitted, factor in ((claim.cosines.startswith("["), -1), (claim.cosines.endswith("]"), 1)):
            if admitted and n > 1:
                rows[1] = [factor * v for v in rows[0]]
        z = point_on_one_hyperplane(rng, rows, 0)
        if z is None:
            inside = identity("z1*(s*x1) + z2*(s*x2) == s*(z1*x1 + z2*x2)")
            return contradicted_by(inside, witness=f"inputs {rows[0]} and {rows[1]}: D_1 = D_2 is covered")
        cases.append(evaluate(f"{dot(z, rows[0])} == 0", instance=True))
        cases += [evaluate(f"{dot(z, row)} != 0", instance=True) for row in rows[1:]]
    return every(*cases)


@hyperplanes.falsehood_with_check("infinitely many other hyperplanes")
def all_planes_through_the_origin(claim: Statement, ctx: Context) -> Outcome:
    """d = 3, x = (0, 0, 1): z = (z1, z2, 0) is orthogonal to (-z2, z1, 0), which is not parallel to x."""
    covered = identity("z1*(-z2) + z2*z1 + 0*0 == 0")
    return contradicted_by(covered, witness="every z != 0 with z3 = 0 lies on D of (-z2, z1, 0)")


hyperplanes.falsehood("opposite inputs allowed", cosines="[-1, 1)")
hyperplanes.falsehood("repeated inputs allowed", cosines="(-1, 1]")


def half_ball(
    label: str, thesis: str, title: str, states: str, printed: dict[str, Any], where: str, note: str = ""
) -> Claim:
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
        note=note,
    )


class HalfBalls(NamedTuple):
    """Integer inputs, a point z on D_i only, and points z + u/k (B+) and z - u/k (B-) near it."""

    rows: list[list[int]]
    i: int
    z: list[int]
    above: list[Any]
    below: list[Any]


def half_balls(ctx: Context) -> Iterator[HalfBalls]:
    """Random instances, up to n = 8 and d = 4; |u.x_j|/k < 1 <= |z.x_j| keeps the points near z."""
    for n, d in ((1, 1), (2, 2), (5, 2), (6, 3), (8, 4)):
        rng = ctx.rng(n, d)
        rows = integer_inputs(rng, n, d)
        i = int(rng.integers(n))
        z = point_on_one_hyperplane(rng, rows, i)
        above: list[Any] = []
        below: list[Any] = []
        for direction in rng.integers(-5, 6, size=(6, d)).tolist():
            side = product(direction, rows[i])
            k = 1 + max(abs(int(product(direction, row))) for row in rows)
            if z is not None and side:
                u = [Fraction(v * (1 if side > 0 else -1), int(k)) for v in direction]
                above.append([p + v for p, v in zip(z, u, strict=True)])
                below.append([p - v for p, v in zip(z, u, strict=True)])
        if z is not None:
            yield HalfBalls(rows, i, z, above, below)


other_features = half_ball(
    "eq-9",
    "eq-2.8",
    "Averages of the other features over the two half balls agree in the limit",
    r"\frac{1}{\mu(B_r^+)}\int_{B_r^+}\phi(x_j) - \frac{1}{\mu(B_r^-)}\int_{B_r^-}\phi(x_j) \to 0"
    r"\quad (j\ne i); \qquad \text{both are } \phi(x_j)(z) \text{ for } r < k\,\frac{|z^\top x_j|}{\|x_j\|}",
    {"k": 1, "others_only": True},
    "Appendix A, eq. (9)",
    "Printed is the limit; the radius, with k = 1, makes it an equality.",
)


@other_features.check(covers="universal")
def gate_is_constant(claim: Statement, ctx: Context) -> Outcome:
    """q = z.x_j, |w - z| = s k |q|/|x_j|, 0 <= s < 1: w.x_j is within s k |q| of q, so it has the sign of q.

    The gate of x_j is constant on the ball: both averages are φ(x_j)(z).
    """
    return every(
        prove("q - s*k*q > 0", let=claim.let, q="(0, oo)", s="[0, 1)", says="an active gate stays active"),
        prove("q - s*k*q < 0", let=claim.let, q="(-oo, 0)", s="[0, 1)", says="an inactive one inactive"),
        assumes=("Cauchy-Schwarz",),
    )


@other_features.check()
def equal_gates_near_integer_points(claim: Statement, ctx: Context) -> Outcome:
    """At points of both half balls the gates of the inputs spoken of are those at z."""
    cases = []
    for example in half_balls(ctx):
        spoken = [row for j, row in enumerate(example.rows) if j != example.i or not claim.others_only]
        for w in (*example.above, *example.below):
            cases += [evaluate(f"step{dot(w, x)} == step{dot(example.z, x)}", instance=True) for x in spoken]
    return every(*cases)


other_features.falsehood(
    "the same for j = i, where z.x_i = 0", others_only=False, by=("equal_gates_near_integer_points",)
)
other_features.falsehood("equality up to twice the distance from D_j", k=2, by=("gate_is_constant",))

active_half = half_ball(
    "eq-10",
    "eq-2.9",
    "Average of the feature of x_i over its positive half ball",
    r"\lim_{r\to0}\frac{1}{\mu(B_r^+)}\int_{B_r^+}\phi(x_k)(w)\,dw = v\,x_i, \qquad k = j \text{ (printed)}",
    {"index": "j", "v": 1},
    "Appendix A, eq. (10)",
    "Printed is the feature of x_j, in the paper and in the thesis; that of x_i is meant, as "
    "the sentence before it and the next member say.",
)


@active_half.check(covers="universal")
def gate_on(claim: Statement, ctx: Context) -> Outcome:
    """On B+ the gate of x_i is 1, as w.x_i > 0, so the average of its feature is x_i, for every r.

    Where the gate of another x_j is 1 at z, the average of that feature is x_j by (9): a free vector.
    """
    return every(
        evaluate("step(1) == 1", says="a gate depends on the sign only: w.x_i > 0"),
        identity(
            "feature*1 == v*xi", let={**claim.let, "feature": f"x{claim.index}"}, says="average, a coordinate"
        ),
    )


@active_half.check()
def values_at_integer_points(claim: Statement, ctx: Context) -> Outcome:
    """At points of B+ the feature, constant there, is compared with v x_i, coordinate by coordinate."""
    cases = []
    for rows, i, z, above, _ in half_balls(ctx):
        for x in [rows[i]] if claim.index == "i" else rows:
            for w in above:
                for p, q in zip(x, rows[i], strict=True):
                    says = f"x_i = {rows[i]}, x_j = {x}, z = {z}"
                    value = f"({p})*step{dot(w, x)} == v*({q})"
                    cases.append(evaluate(value, let={"v": claim.v}, instance=True, says=says))
    return every(*cases)


active_half.falsehood("the average over the whole ball, x_i/2", index="i", v="1/2")
active_half.corrected("the feature of x_i", erratum="misprint", index="i")

inactive_half = half_ball(
    "eq-11",
    "eq-2.10",
    "Average of the feature of x_i over its negative half ball; the jump",
    r"\lim_{r\to0}\frac{1}{\mu(B_r^-)}\int_{B_r^-}\phi(x_i)(w)\,dw = v\,x_i; \qquad "
    r"\sum_j\alpha_j\phi(x_j)\ \text{jumps by}\ k\,\alpha_i x_i",
    {"v": 0, "k": 1},
    "Appendix A, eq. (11)",
    "The printed B- is all of B outside B+: on the disc w.x_i = 0 the feature, as defined, is x_i and not 0, "
    "as printed for every w of B-. The disc is a null set.",
)


@inactive_half.check(covers="universal")
def gate_off_and_jump(claim: Statement, ctx: Context) -> Outcome:
    """On B- the gate is that of a negative number; across z the other terms cancel by (9)."""
    return every(
        evaluate("step(-1) == v", let=claim.let, says="a gate depends on the sign only: w.x_i < 0"),
        identity("(alpha*x*1 + others) - (alpha*x*0 + others) == k*alpha*x", let=claim.let),
    )


@inactive_half.check()
def jump_at_integer_points(claim: Statement, ctx: Context) -> Outcome:
    """Σ α_j φ(x_j) at z + u/k less its value at z - u/k, with the gates evaluated, is α_i x_i."""
    cases = []
    for trial, (rows, i, z, above, below) in enumerate(half_balls(ctx)):
        alpha = [int(v) for v in ctx.rng("alpha", trial).integers(1, 5, size=len(rows))]
        for up, down in zip(above, below, strict=True):
            for c, target in enumerate(rows[i]):
                terms = zip(alpha, rows, strict=True)
                jump = " + ".join(f"{a}*({x[c]})*(step{dot(up, x)} - step{dot(down, x)})" for a, x in terms)
                says = f"inputs {rows}, i = {i}, z = {z}, α = {alpha}"
                fact = f"{jump} == k*{alpha[i]}*({target})"
                cases.append(evaluate(fact, let={"k": claim.k}, instance=True, says=says))
    return every(*cases)


@inactive_half.falsehood_with_check("the feature is 0 at every point of B outside B+")
def on_the_disc(claim: Statement, ctx: Context) -> Outcome:
    """z itself lies in B and not in B+."""
    return contradicted_by(evaluate("step(0) == 1"), witness="w = z: w.x_i = 0 has gate 1, φ(x_i)(z) = x_i")


inactive_half.falsehood("average x_i/2", v="1/2")
inactive_half.falsehood("jump of 2 α_i x_i", k=2)


def hexagon() -> list[list[str]]:
    """H-infinity of six unit inputs at multiples of 60 degrees, exactly rational."""
    values = {0: "1/2", 1: "1/6", 2: "-1/12", 3: "0"}
    return [[values[min(abs(i - j), 6 - abs(i - j))] for j in range(6)] for i in range(6)]


class Degenerate(NamedTuple):
    """Inputs with a vector v that makes v^T H-infinity v too small, and which hypotheses they need."""

    name: str
    relation: str
    matrix: list[list[str]]
    vector: list[str]


def degenerate(bound: str) -> Iterator[Degenerate]:
    """Singular configurations; for a positive bound also a pair of unit inputs with tan(θ/2) = bound."""
    yield Degenerate("one input, x = 0", "zero", [["0"]], ["1"])
    yield Degenerate("x and x", "equal", [["1/2", "1/2"], ["1/2", "1/2"]], ["1", "-1"])
    yield Degenerate("x and 2x", "same direction", [["1/2", "1"], ["1", "2"]], ["2", "-1"])
    alternating = ["1", "-1", "1", "-1", "1", "-1"]
    yield Degenerate("six unit inputs at multiples of 60 degrees", "opposite", hexagon(), alternating)
    if bound != "0":
        near = spelled(H_OF_T, t=f"({spelled(bound, n=2)})")
        pair = [["1/2", near], [near, "1/2"]]
        yield Degenerate(f"two unit inputs with tan(θ/2) = {bound}", "none", pair, ["1", "-1"])


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
    note="For n = 1 the printed hypothesis is empty and admits x_1 = 0, for which H = (0); for n >= 2 it "
    "excludes 0, parallel to every vector. The last line of the proof uses x_i != 0. Parallel has to "
    "include opposite: D_i = D_j for x_j = -x_i.",
)


def small_direction(claim: Statement) -> Outcome | None:
    """A configuration that the hypotheses admit and whose form v^T H v is at most b |v|²."""
    for example in degenerate(claim.b):
        if example.relation in claim.excluded:
            continue
        size = len(example.vector)
        form = " + ".join(
            f"({example.matrix[i][j]})*({example.vector[i]})*({example.vector[j]})"
            for i in range(size)
            for j in range(size)
        )
        norm = " + ".join(f"({v})**2" for v in example.vector)
        fact = evaluate(f"{form} <= {spelled(claim.b, n=size)}*({norm})", instance=True)
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


def on_boxes(statement: str, says: str, **box: Any) -> Outcome:
    """Proved by bisection at once: the search for a shorter proof of such an expression takes seconds."""
    left, _, right = expression.parse_relation(statement)
    domain = {name: sign.parse_interval(text) for name, text in box.items()}
    return prove(statement, says=says, proof=bisect(expression.subtract(left, right), domain), **box)


@definite.check(covers="domain")
def three_inputs_of_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """All triples of unit inputs of the plane whose angles are between 3/10 and π - 3/10 have λ_0 > 1/30.

    Either they lie in a half plane, with gaps s <= t, s + t <= π - 3/10, or the gaps s <= t <= r sum to 2π,
    r <= π - 3/10. Either set of (s, t) is inside its box; the leading minors of H∞ - max(b, 1/30) are > 0.
    """
    diagonal = f"(1/2 - max({spelled(claim.b, n=3)}, 1/30))"
    a, b = (f"(cos({gap})*(pi - {gap})/(2*pi))" for gap in "st")
    shapes = (
        ("half plane", "(cos(s + t)*(pi - s - t)/(2*pi))", {"s": "[3/10, 143/100]", "t": "[3/10, 255/100]"}),
        (
            "all around",
            "(cos(s + t)*(s + t - pi)/(2*pi))",
            {"s": "[59/100, 21/10]", "t": "[172/100, 285/100]"},
        ),
    )
    links = [evaluate(f"{diagonal} > 0", says="diagonal")]
    for name, c, box in shapes:
        determinant = f"{diagonal}**3 + 2*{a}*{b}*{c} - {diagonal}*({a}**2 + {b}**2 + {c}**2)"
        links.append(on_boxes(f"{determinant} > 0", f"{name}: determinant", **box))
        links.append(on_boxes(f"{diagonal}**2 - {a}**2 > 0", f"{name}: 2 x 2 minor", s=box["s"]))
    return every(*links, assumes=("Sylvester's criterion",))


def unit_gram(rows: list[list[int]]) -> list[list[str]]:
    """H-infinity of the normalised rows, as text: π - θ is the angle of (-x_i.x_j, |x_i||x_j| sin θ)."""

    def entry(x: list[int], z: list[int]) -> str:
        p, squares = product(x, z), product(x, x) * product(z, z)
        angle = f"atan2(sqrt({squares - p * p}), {-p})"
        return "1/2" if x == z else f"({p})/sqrt({squares})*{angle}/(2*pi)"

    return [[entry(x, z) for z in rows] for x in rows]


@definite.check()
def random_integer_directions(claim: Statement, ctx: Context) -> Outcome:
    """Normalised random integer vectors, up to n = 12: λ_0 > b by Gershgorin after a congruence, in balls."""
    cases = []
    for n, d in ((2, 2), (4, 2), (8, 2), (6, 3), (9, 4), (12, 3)):
        rows = integer_inputs(ctx.rng(n, d), n, d)
        cases.append(eigenvalue_above(unit_gram(rows), spelled(claim.b, n=n), says=f"inputs {rows}"))
    return every(*cases)


@definite.check()
def exact_configurations(claim: Statement, ctx: Context) -> Outcome:
    """Exact spectra: one input; orthonormal; a pair at 60 degrees; 0, 60, 120 degrees; all cosines 1/2."""
    fan = "(1/2 - l)**3 + 2*(1/6)*(1/6)*(-1/12) - (1/2 - l)*(1/36 + 1/36 + 1/144)"
    squares, mean = (" + ".join(f"v{k}{power}" for k in range(5)) for power in ("**2", ""))
    cross = " + ".join(f"2*v{j}*v{k}/6" for k in range(5) for j in range(k))
    cases = [
        identity("(1/2 - l)**2 - (1/6)**2 == (1/3 - l)*(2/3 - l)", says="pair at 60 degrees"),
        identity(f"{fan} == (7/12 - l)*((11/24 - l)**2 - 33/24**2)", says="0, 60, 120 degrees"),
        identity(f"({squares})/2 + {cross} == ({squares})/3 + ({mean})**2/6", says="five cosines 1/2"),
    ]
    for n, least in ((1, "1/2"), (4, "1/2"), (2, "1/3"), (3, "(11 - sqrt(33))/24"), (5, "1/3")):
        cases.append(evaluate(f"{least} > {spelled(claim.b, n=n)}", says=f"λ0 of {n} inputs", instance=True))
    if "opposite" not in claim.excluded:
        cases.append(eigenvalue_above(hexagon(), "0", says="the hexagon"))
    return every(*cases)


@definite.falsehood_with_check("converse: λ0 > 0 only without parallel pairs")
def opposite_pair(claim: Statement, ctx: Context) -> Outcome:
    """x and -x are parallel, H∞ = I/2 and λ_0 = 1/2."""
    fact = eigenvalue_above([["1/2", "0"], ["0", "1/2"]], "1/3")
    return contradicted_by(fact, witness="x and -x: H∞ = I/2, λ0 = 1/2 > 0")


@definite.falsehood_with_check("a positive lower bound that holds for all non-parallel inputs")
def nearly_equal_pair(claim: Statement, ctx: Context) -> Outcome:
    """λ_0 = 1/2 - h(θ) <= tan(θ/2), which is as small as one likes."""
    h = "(1 - t**2)/(1 + t**2)*(1/2 - atan(t)/pi)"
    fact = prove(f"1/2 - {h} <= t", t="(0, 1/2]")
    return contradicted_by(fact, witness="two unit inputs with tan(θ/2) = t <= 1/2 have 0 < λ0 <= t")


EVERYTHING = ("zero", "equal", "same direction", "opposite")
BY = ("jump_across_a_hyperplane",)
definite.falsehood("only distinct inputs", excluded=("zero", "equal"), by=BY)
definite.falsehood(
    "no two inputs of the same direction, opposite ones allowed",
    excluded=("zero", "equal", "same direction"),
    by=(*BY, "exact_configurations"),
)
definite.falsehood("repeated inputs", excluded=("zero",), by=BY)
definite.falsehood(
    "λ0 > 1/(4n)",
    excluded=EVERYTHING,
    b="1/(4*n)",
    by=(*BY, "three_inputs_of_the_plane", "random_integer_directions"),
)
definite.corrected("inputs other than 0", erratum="missing hypothesis", excluded=EVERYTHING)
