"""Appendix G, Lemma G.6: tensor powers of pairwise non-parallel unit vectors are linearly independent.

The Gram matrix of v_i^(⊗k) has the entries (v_i.v_j)^k. Points of the circle with rational coordinates are
((1 - t²)/(1 + t²), 2t/(1 + t²)). c stands for a cosine v_i.v_j of two of the vectors.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from math import comb, prod
from typing import Any

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
    positive_definite,
    prove,
    unless,
)

FROM_ONE, REAL = "[1, oo)", "(-oo, oo)"


def circle(n: int) -> list[tuple[Fraction, Fraction]]:
    """n pairwise non-parallel rational unit vectors of the plane."""
    ts = [Fraction(k, n) for k in range(n)]
    return [((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)) for t in ts]


def gram(vectors: Sequence[tuple[Fraction, ...]], power: int) -> list[list[Fraction]]:
    """(v_i.v_j)^k."""
    return [[sum(x * y for x, y in zip(v, w, strict=True)) ** power for w in vectors] for v in vectors]


def separated(cosines: str) -> tuple[Outcome, ...]:
    """u = v_i - c v_j is orthogonal to v_j, and u.v_i = 1 - c², not 0 for cosines c in the interval.

    In coordinates of the plane of v_i = (a, b) and v_j = (p, q).
    """
    c = "(a*p + b*q)"
    u = f"(a - {c}*p)", f"(b - {c}*q)"
    return (
        identity(f"{u[0]}*p + {u[1]}*q == {c}*(1 - (p**2 + q**2))", says="u.v_j, 0 for a unit vector v_j"),
        identity(f"{u[0]}*a + {u[1]}*b == (a**2 + b**2) - {c}**2", says="u.v_i = 1 - c²"),
        prove("1 - c*c > 0", c=cosines, says="u.v_i"),
    )


FUNCTIONAL = (
    "the product of the linear forms <v_i - c_ij v_j, .> over j ≠ i is a functional on (n-1)-fold tensors "
)
FUNCTIONAL += "that vanishes on every v_j^(⊗(n-1)) but v_i^(⊗(n-1)); more factors <v_i, .> change nothing"


lemma_g6 = Claim(
    "du2019deep/lemma-G.6",
    aliases=("du2019thesis/lemma-3.31",),
    title="Linear independence of tensor powers of non-parallel vectors",
    kind="positive-definiteness",
    where="Appendix G, Lemma G.6",
    states=r"\operatorname{rank}\left[\operatorname{vec}(v_1^{\otimes k}),\dots,"
    r"\operatorname{vec}(v_n^{\otimes k})\right] = n,\qquad k = s\,n+e;\qquad"
    r"\ d = 2:\ \text{if and only if } k \ge n+\ell",
    given=(r"\|v_i\|_2 = 1", r"v_i\notin\operatorname{span}(v_j)\ (i\ne j)", r"\text{printed: } k = n"),
    printed={"s": 1, "e": 0, "cosines": "(-1, 1)", "least": -1},
    parts=("rank", "least power in the plane"),
    proof_uses=(
        "du2019deep/proof-lemma-G.6-base",
        "du2019deep/proof-lemma-G.6-contraction",
        "du2019deep/proof-lemma-G.6-zero-pattern",
        "du2019deep/proof-lemma-G.6-elimination",
    ),
    note="The second part is not printed: k = n - 1 suffices, and is needed in the plane (least is l). "
    "cosines is the range of the v_i.v_j.",
)


def exponent(claim: Statement, n: int) -> int:
    """k for n vectors."""
    return int(claim.s) * n + int(claim.e)


def two_vectors(claim: Statement) -> Outcome:
    """n = 2: the Gram determinant 1 - c^(2k), for every cosine."""
    k = exponent(claim, 2)
    return prove(f"1 - c**(2*{k}) > 0", c=str(claim.cosines), says="two vectors: the Gram determinant")


def circle_points(claim: Statement) -> list[Outcome]:
    """n = 1, ..., 8 vectors of the plane, in rationals."""
    cases = []
    for n in range(1, 9):
        k = exponent(claim, n)
        if k >= 0:
            cases.append(positive_definite(gram(circle(n), k), says=f"{n} vectors of the plane, power {k}"))
    return cases


@lemma_g6.check(part="rank", covers="universal")
def product_of_linear_forms(claim: Statement, ctx: Context) -> Outcome:
    """A functional for each i that vanishes on all the others: n - 1 linear forms, so k >= n - 1 factors."""
    argument = follows_from(
        *separated(str(claim.cosines)),
        prove("n - 1 <= s*n + e", let={"s": claim.s, "e": claim.e}, n=FROM_ONE, says="enough factors"),
        assumes=(FUNCTIONAL,),
    )
    return unless([two_vectors(claim), *circle_points(claim)], argument)


@lemma_g6.check(part="rank")
def rational_points_of_the_circle(claim: Statement, ctx: Context) -> Outcome:
    """Exact LDLᵀ for n = 1, ..., 8 in the plane, and for n = 8 in dimension 4."""
    vectors = [(a, b, Fraction(0), Fraction(0)) for a, b in circle(4)]
    vectors += [(Fraction(0), a * a, a * b, b) for a, b in circle(5)[1:]]
    return every(
        *circle_points(claim), positive_definite(gram(vectors, exponent(claim, 8)), says="n = 8, d = 4")
    )


def leibniz(entries: list[list[str]]) -> str:
    """The determinant as a sum over permutations."""
    n = len(entries)
    terms = []
    for p in permutations(range(n)):
        sign = (-1) ** sum(p[i] > p[j] for i in range(n) for j in range(i, n))
        terms.append(f"({sign})*" + "*".join(entries[i][p[i]] for i in range(n)))
    return " + ".join(terms)


@lemma_g6.check(part="least power in the plane", covers="universal")
def vandermonde(claim: Statement, ctx: Context) -> Outcome:
    """v_i parallel to (1, t_i): det (1 + t_i t_j)^k is Π binom(n-1, l) Π (t_i - t_j)² at k = n - 1, 0 below.

    (1 + st)^k = Σ_l binom(k, l) s^l t^l, a matrix V D Vᵀ with k + 1 columns in V; n = 2, 3 in full.
    """
    cases = []
    for n in (2, 3):
        k = n + int(claim.least)
        weights = "*".join(str(comb(n - 1, m)) for m in range(n))
        gaps = "*".join(f"(t{i} - t{j})**2" for i in range(n) for j in range(i))
        cases.append(identity(f"{powers(n, k)} == {weights}*{gaps}", says=f"n = {n}, power {k}"))
        cases.append(identity(f"{powers(n, k - 1)} == 0", says=f"n = {n}, power {k - 1}"))
    expansions = [
        identity(
            f"(1 + s*t)**{k} == " + " + ".join(f"{comb(k, m)}*s**{m}*t**{m}" for m in range(k + 1)),
            says=f"power {k}",
        )
        for k in range(1, 8)
    ]
    return every(
        *cases,
        *expansions,
        assumes=("binomial theorem", "Vandermonde's determinant", "rank of V D Vᵀ <= columns of V"),
    )


@lemma_g6.check(part="least power in the plane")
def up_to_eight(claim: Statement, ctx: Context) -> Outcome:
    """n = 2, ..., 8: definite at k = n + l; for one power less, a divided difference as the relation.

    Σ_i w_i (1 + is)^k with w_i = Π_{j≠i} 1/(i - j) vanishes for k <= n - 2, whatever s.
    """
    cases = []
    for n in range(2, 9):
        k = n + int(claim.least)
        weights = [Fraction(1, prod(i - j for j in range(n) if j != i)) for i in range(n)]
        relation = " + ".join(f"({w})*(1 + {i}*s)**{k - 1}" for i, w in enumerate(weights) if k >= 1)
        if relation:
            cases.append(identity(f"{relation} == 0", says=f"n = {n}, power {k - 1}: a linear relation"))
        cases.append(positive_definite(gram(circle(n), k), says=f"n = {n}, power {k}"))
    return every(*cases)


def powers(n: int, k: int) -> str:
    """det (1 + t_i t_j)^k."""
    return leibniz([[f"(1 + t{i}*t{j})**{k}" for j in range(n)] for i in range(n)])


lemma_g6.falsehood("power n - 2", e=-2, by=("product_of_linear_forms", "rational_points_of_the_circle"))
lemma_g6.falsehood("least power n in the plane", least=0, by=("vandermonde", "up_to_eight"))
lemma_g6.falsehood("power n - 2 suffices in the plane", least=-2, by=("vandermonde", "up_to_eight"))
lemma_g6.falsehood(
    "power 2 for every n", s=0, e=2, by=("product_of_linear_forms", "rational_points_of_the_circle")
)
lemma_g6.falsehood("antipodal vectors allowed", cosines="[-1, 1)", by=("product_of_linear_forms",))
lemma_g6.reading("power n - 1, as Appendix F uses it", e=-1)


@lemma_g6.falsehood_with_check("in the plane a power below n - 1")
def dimension_count(claim: Statement, ctx: Context) -> Outcome:
    """Symmetric k-fold tensors of the plane have dimension k + 1: at most n - 1 for k = n - 2, all n.

    At n = 3: (1, 0), (0, 1), (3/5, 4/5) with weights 3/5, 4/5, -1.
    """
    return contradicted_by(
        every(
            prove("(n - 2) + 1 < n", n="[2, oo)", says="dimension against the number of vectors"),
            evaluate("3/5*1 + 4/5*0 - 3/5 == 0", says="n = 3, k = 1, first coordinate"),
            evaluate("3/5*0 + 4/5*1 - 4/5 == 0", says="n = 3, k = 1, second coordinate"),
        ),
        witness="(1, 0), (0, 1), (3/5, 4/5): a linear relation for k = n - 2 = 1",
    )


base = Claim(
    "du2019deep/proof-lemma-G.6-base",
    aliases=("du2019thesis/proof-lemma-3.31-base",),
    title="Two non-parallel vectors: independent squares",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.6, beginning of the induction",
    states=r"\|x\,v_1v_1^\top+y\,v_2v_2^\top\|_F^2 = x^2+2c^{k}xy+y^2 \ge (1-c^2)(x^2+y^2) > 0",
    given=(r"c = v_1^\top v_2\in(-1,1)", r"(x, y)\ne 0"),
    printed={"k": 2, "cosines": "(-1, 1)"},
    step_of="du2019deep/lemma-G.6",
)


@base.check(covers="universal")
def gram_form(claim: Statement, ctx: Context) -> Outcome:
    """The Gram matrix of the two squares has the off-diagonal entry c²; first, in the plane, in full."""
    entries = identity(
        "(x*a*a + y*p*p)**2 + 2*(x*a*b + y*p*q)**2 + (x*b*b + y*q*q)**2 "
        "== x**2*(a**2 + b**2)**2 + 2*(a*p + b*q)**2*x*y + y**2*(p**2 + q**2)**2",
        says="vectors (a, b), (p, q)",
    )
    form = prove(
        "x**2 + 2*c**k*x*y + y**2 >= (1 - c**2)*(x**2 + y**2)",
        let={"k": claim.k},
        x=REAL,
        y=REAL,
        c=str(claim.cosines),
        proof={"by": "square", "root": "c*(x + y)", "scale": "1"},
    )
    return every(
        prove("1 - c**2 > 0", c=str(claim.cosines)),
        entries,
        form,
    )


base.falsehood("v_2 = -v_1 allowed", cosines="[-1, 1)")
base.falsehood("v_1, v_2 themselves, with the same bound", k=1)


contraction = Claim(
    "du2019deep/proof-lemma-G.6-contraction",
    aliases=("du2019thesis/proof-lemma-3.31-contraction",),
    title="Contracting one slot of a tensor relation",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.6, first implication",
    states=r"\sum_i\alpha_i v_i^{\otimes n} = 0 \ \Longrightarrow\ "
    r"\sum_i(\alpha_iv_{i,p})\,v_i^{\otimes(n-k)} = 0\quad(p = 1,\dots,d)",
    printed={"k": 1},
    step_of="du2019deep/lemma-G.6",
)


@contraction.check(covers="universal")
def coordinates_of_a_tensor(claim: Statement, ctx: Context) -> Outcome:
    """The coordinate (p, I) of v^(⊗n) is v_p times the one I of v^(⊗(n-1)): v w^(n-1), I = (q, ..., q).

    First d = 1, n = 2, the vectors 1 and -1 with α = (1, -1), whose squares cancel.
    """
    antipodal = evaluate(
        "1*1*1**(2 - k) - 1*(-1)*(-1)**(2 - k) == 0", let=claim.let, says="v = 1, -1, n = 2, α = (1, -1)"
    )
    index = [
        identity(f"alpha*(v*w**({n} - 1)) == (alpha*v)*w**({n} - k)", let=claim.let, says=f"n = {n}")
        for n in range(2, 9)
    ]
    linear = "linearity over the summands; the other coordinates in the same way"
    return unless([antipodal], follows_from(antipodal, *index, assumes=(linear,)))


contraction.falsehood("no slot less", k=0)
contraction.falsehood("two slots less", k=2)


zero_pattern = Claim(
    "du2019deep/proof-lemma-G.6-zero-pattern",
    aliases=("du2019thesis/proof-lemma-3.31-zero-pattern",),
    title="All or none of the coefficients vanish",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.6, all-or-nothing argument",
    states=r"\sum_i w_i v_i^{\otimes(n-1)} = 0,\ w_j = 0\ \text{for some } j \ \Longrightarrow\ w = 0"
    r"\qquad(w_i = \alpha_iv_{i,p});\quad \text{so all}\ \alpha_i\ne 0,\ v_{i,1}\ne 0\ \text{w.l.o.g.}",
    given=(
        r"\text{any } n-1+r \text{ of the } v_i^{\otimes(n-1)} \text{ are independent}",
        r"\text{printed: } r = 0,\ v_i^\top v_j\in(-1,1)",
    ),
    printed={"zeros": 1, "cosines": "(-1, 1)"},
    parts=("remaining terms", "all or nothing"),
    proof_uses=("du2019deep/proof-lemma-G.6-contraction",),
    step_of="du2019deep/lemma-G.6",
    note="zeros is how many coefficients are known to vanish. A coordinate with all v_{i,1} ≠ 0 exists: some "
    "α_i ≠ 0 and some v_{i,p} ≠ 0, hence all α_j v_{j,p} ≠ 0.",
)


@zero_pattern.check(part="remaining terms", covers="universal")
def at_most_the_induction_hypothesis(claim: Statement, ctx: Context) -> Outcome:
    """n - zeros terms are left, and any n - 1 are independent by the hypothesis of the induction."""
    return prove("n - zeros <= n - 1", let={"zeros": claim.zeros}, n="[2, oo)")


@zero_pattern.check(part="all or nothing", covers="universal")
def trivial_relation(claim: Statement, ctx: Context) -> Outcome:
    """n = 3, w_1 = 0: |x v_2⊗v_2 + y v_3⊗v_3|² is 0 at x = 1, y = -1 for parallel v_2, v_3; else positive.

    In general the functional of lemma-G.6 gives w_i Π(1 - c_ij²) = 0 for the n - 1 vectors that remain.
    """
    pair = prove("1 - 2*c**2 + 1 > 0", c=str(claim.cosines), says="n = 3, w = (0, 1, -1)")
    return unless([pair], follows_from(pair, *separated(str(claim.cosines)), assumes=(FUNCTIONAL,)))


zero_pattern.falsehood("no coefficient vanishes", zeros=0, by=("at_most_the_induction_hypothesis",))
zero_pattern.falsehood("dependent subsets of n - 1 tensors", cosines="[-1, 1]", by=("trivial_relation",))


elimination = Claim(
    "du2019deep/proof-lemma-G.6-elimination",
    aliases=("du2019thesis/proof-lemma-3.31-elimination",),
    title="Eliminating the first vector",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.6, conclusion",
    states=r"\sum_{i\ge 2}\alpha_i\Big(v_{i,p}-\frac{v_{1,p}}{v_{1,1}}v_{i,1}\Big)v_i^{\otimes(n-1)} = 0 "
    r"\ \Longrightarrow\ \frac{v_{i,p}}{D} = \frac{v_{1,p}}{v_{1,1}}\ \Longrightarrow\ v_{i,p} = c_pv_{i,1},"
    r"\ c_p\in\mathbb R^{k}",
    given=(r"\alpha_i\ne 0,\ v_{i,1}\ne 0", r"\text{printed: } D = v_{1,1},\ k = d"),
    printed={"D": "v11", "k": "d", "solution": "v1p/v11*vi1", "alphas": "(0, oo)"},
    parts=("elimination", "ratio", "constants"),
    proof_uses=("du2019deep/proof-lemma-G.6-zero-pattern",),
    step_of="du2019deep/lemma-G.6",
    note="The line after it has the right denominators v_{i,1}. alphas: the |α_i|.",
)

WITH_FIRST: dict[str, Any] = {"v1p": REAL, "v11": "(0, oo)", "vi1": "(0, oo)"}


@elimination.check(part="elimination", covers="universal")
def coefficients_vanish(claim: Statement, ctx: Context) -> Outcome:
    """The first coefficient drops out; the others vanish at v_ip = (v_1p/v_11) v_i1, α_i ≠ 0."""
    first = identity("alpha*v1p - v1p/v11*(alpha*v11) == 0", v11="(0, oo)", says="i = 1")
    other = identity(f"alpha*({claim.solution}) - v1p/v11*(alpha*vi1) == 0", v11="(0, oo)", says="i >= 2")
    only = prove("(alpha*t)**2 > 0", alpha=str(claim.alphas), t="(0, oo)", says="away from it by t: not 0")
    return every(first, other, only, assumes=("independence of any n - 1 of the tensors",))


@elimination.check(part="ratio", covers="universal")
def quotient_of_coordinates(claim: Statement, ctx: Context) -> Outcome:
    """v_ip/D for the solution v_ip = (v_1p/v_11) v_i1."""
    return identity(f"v1p/v11*vi1/({claim.D}) == v1p/v11", says="the ratio", **WITH_FIRST)


@elimination.check(part="constants", covers="universal")
def numbers_of_components(claim: Statement, ctx: Context) -> Outcome:
    """v_ip and v_i1 are numbers, so c_p is one.  At d = 2; then v_i = (v_i1/v_11) v_1, parallel to v_1."""
    size = evaluate(f"{claim.k} == 1", let={"d": "2"}, says="d = 2: components of c_p")
    parallel = identity("v1p/v11*vi1 == vi1/v11*v1p", says="v_i is a multiple of v_1", **WITH_FIRST)
    return every(size, parallel)


REPAIRED: dict[str, Any] = {"D": "vi1", "k": 1}
elimination.falsehood(
    "v_ip = v_1p + v_i1", **{**REPAIRED, "solution": "v1p + vi1"}, by=("coefficients_vanish",)
)
elimination.falsehood("some α_i = 0", **{**REPAIRED, "alphas": "[0, oo)"}, by=("coefficients_vanish",))
elimination.falsehood("D = v_1p", **{**REPAIRED, "D": "v1p"}, by=("quotient_of_coordinates",))
elimination.falsehood("c_p has d + 1 components", **{**REPAIRED, "k": "d + 1"}, by=("numbers_of_components",))
elimination.corrected("D = v_{i,1}, c_p a number", erratum="misprint", **REPAIRED)
