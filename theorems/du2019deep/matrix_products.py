"""Appendix G, Lemma G.1: how much a product of matrices changes when its factors do."""

from itertools import product

from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

Block = list[list[str]]

FROM_ZERO = "[0, oo)"
GENERIC = "an identity of degree below 4 between generic 2 x 2 matrices holds for all matrices "
GENERIC += "(Amitsur-Levitzki; other shapes are blocks of square ones)"


def generic(letter: str) -> Block:
    """A 2 x 2 matrix of independent variables."""
    return [[f"{letter}{i}{j}" for j in (1, 2)] for i in (1, 2)]


def times(*factors: Block) -> Block:
    """The product of 2 x 2 matrices, the identity matrix when there is none."""
    total = [["1", "0"], ["0", "1"]]
    for right in factors:
        total = [
            [f"(({row[0]})*({right[0][j]}) + ({row[1]})*({right[1][j]}))" for j in (0, 1)] for row in total
        ]
    return total


def minus(a: Block, b: Block) -> Block:
    """The difference of two blocks."""
    return [[f"({a[i][j]} - {b[i][j]})" for j in (0, 1)] for i in (0, 1)]


def equal(left: Block, terms: list[Block], says: str) -> Outcome:
    """A matrix equals a sum of matrices, entry by entry."""
    entries = list(product((0, 1), repeat=2))
    return every(
        *(identity(f"{left[i][j]} == {' + '.join(t[i][j] for t in terms)}", says=says) for i, j in entries)
    )


telescoping = Claim(
    "du2019deep/proof-lemma-G.1-telescoping",
    aliases=("du2019thesis/proof-lemma-3.26-telescoping",),
    title="Telescoping identity for products of matrices",
    kind="proof-step",
    where="Appendix G, proof of Lemma G.1",
    states=r"\prod_{i=1}^n A_i-\prod_{i=1}^n B_i = "
    r"\sum_{i=1}^n\Big(\prod_{j=1}^{i-1}X_j\Big)(A_i-B_i)\Big(\prod_{k=i+1}^n Y_k\Big)",
    given=(r"\text{compatible shapes}", r"X = A,\ Y = B"),
    printed={"X": "A", "Y": "B", "reversed": False},
    step_of="du2019deep/lemma-G.1",
    note="reversed: the factors to the right of the difference in descending order. X = B, Y = A is right "
    "too.",
)


@telescoping.check(covers="universal")
def induction_over_the_factors(claim: Statement, ctx: Context) -> Outcome:
    """From n to n + 1 the sum becomes (P - Q) Y + X (A - B), P and Q the two products, X one of them.

    At n = 1 this is the statement for two factors itself, so the step decides.
    """
    P, Q, A, B = (generic(letter) for letter in "PQAB")
    X, Y = {"A": P, "B": Q}[claim.X], {"A": A, "B": B}[claim.Y]
    step = equal(
        minus(times(P, A), times(Q, B)),
        [times(minus(P, Q), Y), times(X, minus(A, B))],
        "P A - Q B, an entry of generic 2 x 2 matrices",
    )
    return every(step, three_factors(claim), assumes=(GENERIC, "induction over the number of factors"))


def three_factors(claim: Statement) -> Outcome:
    """n = 3 as it stands, in the printed order of the factors."""
    A, B = ([generic(f"{letter}{i}") for i in (1, 2, 3)] for letter in "AB")
    X, Y = {"A": A, "B": B}[claim.X], {"A": A, "B": B}[claim.Y]
    terms = []
    for i in range(3):
        right = Y[i + 1 :]
        terms.append(times(*X[:i], minus(A[i], B[i]), *(reversed(right) if claim.reversed else right)))
    return equal(minus(times(*A), times(*B)), terms, "three factors, an entry of generic 2 x 2 matrices")


telescoping.falsehood("A on both sides of the difference", Y="A")
telescoping.falsehood("B on both sides of the difference", X="B")
telescoping.falsehood("right factors in descending order", reversed=True)


lemma_g1 = Claim(
    "du2019deep/lemma-G.1",
    aliases=("du2019thesis/lemma-3.26",),
    title="Perturbation of a product of matrices",
    kind="deterministic-inequality",
    where="Appendix G, Lemma G.1",
    states=r"\Big\|\prod_{i=1}^n A_i-\prod_{i=1}^n B_i\Big\|_F \le S_n\prod_{i=1}^n M_i,\qquad "
    r"S_1 = \alpha_1,\ S_n = \mathrm{sum}(S_{n-1},\alpha_n)",
    given=(
        r"\|A_i\|_2\le M_i,\ \|B_i\|_2\le \kappa M_i",
        r"\|A_i-B_i\|_F\le\alpha_i M_i",
        r"\text{printed: } S_n = \alpha_1+\dots+\alpha_n,\ \kappa = 1",
    ),
    printed={"sum": "S + a", "kappa": 1},
    proof_uses=("du2019deep/proof-lemma-G.1-telescoping",),
    note="S stands for the bound with one factor less, a for the last perturbation. The constant 1 is sharp: "
    "equality when one factor differs, and in the limit of small perturbations for any number.",
)


@lemma_g1.check(covers="universal")
def one_factor_at_a_time(claim: Statement, ctx: Context) -> Outcome:
    """P A - Q B = P(A - B) + (P - Q) B: |.|_F <= p aM + S p κM, p = M_1...M_(n-1), to be at most S_n pM.

    Instances that could refute it: two scalars, one of each pair 1; two equal rotations of the plane.
    """
    bound, size = f"({claim.sum})", f"({claim.kappa} - 1)"
    scalars = prove(
        f"1 - (1 - S)*(1 - a) <= {bound}",
        S="[0, 1]",
        a="[0, 1]",
        says="scalars A = (1, 1), B = (1 - S, 1 - a)",
    )
    larger = prove(
        f"kappa**2 - 1 <= {bound}",
        let={"kappa": claim.kappa, "S": size, "a": size},
        says="scalars A = (1, 1), B = (κ, κ)",
    )
    argument = follows_from(
        prove(
            f"p*a*M + S*p*kappa*M <= {bound}*p*M",
            let={"kappa": claim.kappa},
            S=FROM_ZERO,
            a=FROM_ZERO,
            p=FROM_ZERO,
            M=FROM_ZERO,
        ),
        assumes=(
            "|X Y Z|_F <= |X|_2 |Y|_F |Z|_2 and |X Y|_2 <= |X|_2 |Y|_2",
            "proof-lemma-G.1-telescoping, one step of it for each factor",
            "at n = 1 the statement is the hypothesis",
        ),
    )
    return unless([scalars, larger, rotations(claim, "1/2"), rotations(claim, "1/1000")], argument)


@lemma_g1.check()
def rotations_of_the_plane(claim: Statement, ctx: Context) -> Outcome:
    """A_i = 1, B_i the rotation by φ: distance 2√2 sin(φ/2) each, and 2√2 sin φ of the products."""
    return every(*(rotations(claim, angle) for angle in ("1/1000", "1/2", "2")))


def rotations(claim: Statement, angle: str) -> Outcome:
    """Two identity matrices against two rotations by the angle φ, M = 1."""
    size = f"(2*sqrt(2)*sin({angle}/2))"
    says = f"identity matrices against rotations by {angle}"
    return evaluate(
        f"2*sqrt(2)*sin({angle}) <= {claim.sum}", let={"S": size, "a": size}, says=says, instance=True
    )


lemma_g1.falsehood("the largest perturbation", sum="max(S, a)")
lemma_g1.falsehood("the product of the perturbations", sum="S*a", by=("one_factor_at_a_time",))
lemma_g1.falsehood("1 - Π(1 - α_i)", sum="S + a - S*a")
lemma_g1.falsehood("|B_i| up to twice M_i", kappa=2, by=("one_factor_at_a_time",))
