"""Appendix F.2, Lemma F.3: with identity skips the centred Gram matrix K - b bᵀ grows from layer to layer.

Blocks of two inputs. u and v are the means of rho(U) and rho(V), F = E rho(U) rho(V), s a branch scale; the
examples use 1 + sin z, with mean 1, E (1 + sin u)(1 + sin v) = 1 + exp(-(k + l)/2) sinh(c).
"""

from typing import Any, NamedTuple

from theorems.lin2022review import wave
from theorems.lin2022review.wave import SINH
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

POSITIVE, FROM_ZERO, FROM_ONE = "(0, oo)", "[0, oo)", "[1, oo)"


class Pair(NamedTuple):
    """Two inputs of equal norm in one layer: diagonal, entry beside it, mean."""

    k: str
    c: str
    b: str


ORTHOGONAL = Pair("1", "0", "0")


def layer(x: Pair, branch: str) -> Pair:
    """The next layer with an identity skip, rho = branch (1 + sin z)."""
    cross = f"2*({x.b})*{branch}"
    k, c = (f"({y} + {cross} + {branch}**2*{wave.dual(x.k, y, x.k)})" for y in (x.k, x.c))
    return Pair(k, c, f"({x.b} + {branch})")


def layers(first: object, branch: str, depth: int) -> list[Pair]:
    """Orthogonal inputs and their layers; skips start at `first`, the layers before it are normalised.

    A normalised layer has unit diagonal and mean √c_sigma; the first one has c_sigma beside the diagonal.
    """
    found = [ORTHOGONAL]
    for h in range(1, depth + 1):
        x = found[-1]
        if h >= int(str(first)):
            found.append(layer(x, branch))
        else:
            found.append(
                Pair("1", wave.NORMALISER if h == 1 else wave.layer(x.c), f"sqrt({wave.NORMALISER})")
            )
    return found


def block_form(matrix: str) -> str:
    """(p, q) K (p, q)ᵀ; matrix: the names of the entries 11, 12, 22, separated by blanks."""
    a, c, d = matrix.split()
    return f"(p**2*{a} + 2*p*q*{c} + q**2*{d})"


covariance_identity = Claim(
    "du2019deep/proof-lemma-F.3-covariance-identity",
    aliases=("du2019thesis/proof-lemma-3.25-covariance-identity",),
    title="Recursion of the centred Gram matrix",
    kind="closed-form",
    where="Appendix F.2, proof of Lemma F.3",
    states=r"K'_{ij} = DK_{ij}D^\top+x\left(u(Db_j)^\top+(Db_i)v^\top\right)+F,\ b'_i = Db_i+y\,u\implies "
    r"K'_{ij}-b'_ib_j'^\top = D\left(K_{ij}-b_ib_j^\top\right)D^\top+F-uv^\top",
    given=(r"x = y = 1;\ u = \mathbb E\rho(U),\ v = \mathbb E\rho(V),\ F = \mathbb E\rho(U)\rho(V)^\top",),
    printed={"x": 1, "y": 1, "pairing": "crossed"},
    uses=(
        "du2019deep/def-E.1",
        "du2019deep/remark-E.3",
    ),
    step_of="du2019deep/lemma-F.3",
    note="K is the old layer and K' the new one, p x p blocks.",
)


@covariance_identity.check(covers="universal")
def two_patches(claim: Statement, ctx: Context) -> Outcome:
    """All four entries of 2 x 2 blocks with a general D; every entry of a p x p block is such a sum."""
    R = (1, 2)
    Db = {i: {r: f"(d{r}1*b{i}1 + d{r}2*b{i}2)" for r in R} for i in "ij"}
    mean = {"i": "u", "j": "v"}
    links = []
    for r in R:
        for s in R:
            skip = " + ".join(f"d{r}{k}*K{k}{m}*d{s}{m}" for k in R for m in R)
            centred = " + ".join(f"d{r}{k}*(K{k}{m} - bi{k}*bj{m})*d{s}{m}" for k in R for m in R)
            cross = f"u{r}*{Db['j'][s]} + {Db['i'][r]}*v{s}"
            if claim.pairing == "aligned":
                cross = f"u{r}*{Db['i'][s]} + {Db['j'][r]}*v{s}"
            after = {i: f"({Db[i][t]} + y*{mean[i]}{t})" for i, t in (("i", r), ("j", s))}
            left = f"{skip} + x*({cross}) + F{r}{s} - {after['i']}*{after['j']}"
            right = f"{centred} + F{r}{s} - u{r}*v{s}"
            links.append(identity(f"{left} == {right}", let={"x": claim.x, "y": claim.y}, says=f"{r}, {s}"))
    return every(*links)


covariance_identity.falsehood("mean not updated", y=0)
covariance_identity.falsehood("cross terms dropped", x=0)
covariance_identity.falsehood("each mean with its own vector b", pairing="aligned")


monotone = Claim(
    "du2019deep/proof-lemma-F.3-monotone",
    aliases=("du2019thesis/proof-lemma-3.25-monotone",),
    title="A layer with an identity skip adds a covariance matrix",
    kind="deterministic-inequality",
    where="Appendix F.2, proof of Lemma F.3",
    states=r"D = d I:\quad K'-b'b'^\top-(K-bb^\top)\succeq g s\,I\quad\text{on blocks of two inputs},\ d = "
    r"1,\ g = 0",
    given=(r"\rho = s\,\sigma,\ 0 < s < 1;\ K, b\ \text{the old layer and } K', b' \text{ the new one}",),
    printed={"d": 1, "g": 0},
    uses=("du2019deep/proof-lemma-F.3-covariance-identity",),
    step_of="du2019deep/lemma-F.3",
    note="No growth by a fixed amount: the covariance is 0 for a constant activation.",
)


@monotone.check(covers="universal")
def variance_of_a_combination(claim: Statement, ctx: Context) -> Outcome:
    """The form of the increment at (p, q) is the variance of p rho(U) + q rho(V).

    M is the old centred form. First 1 + sin z at orthogonal unit inputs, where the centred matrix is the unit
    matrix and the increment (d² - 1) + s² sinh(1)/e, at s = 1/100.
    """
    first = evaluate(
        f"d**2*1 - 1 + (1/100)**2*exp(-1)*{SINH.format('1')} >= g/100", let=claim.let, says="s = 1/100"
    )
    moments = "(p**2*A + 2*p*q*C + q**2*B - (p*u + q*v)**2)"
    return unless(
        [first],
        follows_from(
            identity(f"{block_form('(A-u**2) (C-u*v) (B-v**2)')} == {moments}", says="the increment"),
            identity("E2 - 2*m*m + m**2 == E2 - m**2", says="E (X - m)² for m = E X"),
            prove("d**2*M + V - M >= g*s", M=FROM_ZERO, V=FROM_ZERO, s="(0, 1)", let=claim.let),
            assumes=("the mean of a square is not negative",),
        ),
    )


@monotone.check()
def increment_of_the_sine(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z at variance k and correlation t: the increment is s² e^(-k) (sinh k ± sinh tk)."""
    k, c = SINH.format("k"), SINH.format("t*k")
    domain: dict[str, Any] = {"k": POSITIVE, "t": "[-1, 1]", "s": "(0, 1)"}
    return every(
        *(
            prove(f"(d**2 - 1)*k + s**2*exp(-k)*({k} {sign} {c}) >= g*s", let=claim.let, says=sign, **domain)
            for sign in "+-"
        ),
        assumes=(wave.PRODUCT_TO_SUM,),
    )


monotone.falsehood("fully connected: no skip", d=0)
monotone.falsehood("growth by s in every direction", g=1)


PRINTED_PAIRS = {"first": 2, "start": 0}

chain = Claim(
    "du2019deep/eq-20",
    aliases=("du2019thesis/eq-3.19",),
    title="Chain of least eigenvalues from a layer down to the inputs",
    kind="deterministic-inequality",
    where="Appendix F.2, eq. (20)",
    states=r"\lambda_{\min}(K^{(h)}) \ge \lambda_{\min}(K^{(h)}-gb^{(h)}b^{(h)\top}) \ge \dots \ge "
    r"\lambda_{\min}(K^{(a)}-b^{(a)}b^{(a)\top}),\quad a = 0;\qquad K^{(0)}-b^{(0)}b^{(0)\top} = K^{(0)}",
    given=(
        r"\text{blocks of two inputs } i\ne j;\quad b^{(0)} = 0,\ g = 1",
        r"D^{(h)} = I\ \text{for}\ h \ge f,\ D^{(h)} = 0\ \text{before};\quad f = 2\ \text{(Appendix E)}",
    ),
    printed={**PRINTED_PAIRS, "g": 1},
    parts=("first link", "chain"),
    uses=(
        "du2019deep/def-E.1",
        "du2019deep/remark-E.3",
        "du2019deep/proof-lemma-F.3-monotone",
    ),
    step_of="du2019deep/lemma-F.3",
    note="Appendix E sets D^(1) = 0, as a residual network has it. Its first layer adds nothing to K^(0), so "
    "that the chain ends at a = 1. It ends at a = 0 if the first layer has an identity skip too.",
)


@chain.check(part="first link", covers="universal")
def mean_vector_removed(claim: Statement, ctx: Context) -> Outcome:
    """The two forms differ by g y², y = p b_i + q b_j."""
    let = {"g": claim.g}
    difference = f"{block_form('k c l')} - {block_form('(k-g*b**2) (c-g*a*b) (l-g*a**2)')}"
    return every(
        identity(f"{difference} == g*(p*b + q*a)**2", let=let, says="at (p, q)"),
        prove("g*y**2 >= 0", y="(-oo, oo)", let=let),
    )


def least(x: Pair) -> str:
    """λ_min of the block for 0 <= c: in the direction (1, -1)."""
    return f"({x.k} - {x.c})"


def pairwise(first: object, start: int, factor: object = 1, gain: object = 0) -> Outcome:
    """λ of K^(h) is at least factor^(h-start) λ of K^(start) - b bᵀ, plus gain times the branch.

    First orthogonal inputs, 1 + sin z, branch 1/100, h = 1 and 2: both matrices have their least eigenvalue
    at (1, -1), where b drops out. Then the argument: a layer with a skip adds a covariance matrix; M is the
    centred form one layer before, V the added one.
    """
    found = layers(first, "1/100", 2)
    instances = [
        evaluate(
            f"{least(found[h])} >= ({factor})**{h - start}*{least(found[start])} + ({gain})/100",
            says=f"orthogonal inputs, 1 + sin z, K^({h})",
        )
        for h in range(start + 1, 3)
    ]
    skip = int(int(str(first)) <= start + 1)
    data = {"d": str(skip), "F": str(factor), "G": str(gain)}
    return unless(
        instances,
        follows_from(
            prove(
                "d**2*M + V >= F*M + G*s", let=data, M=FROM_ZERO, V=FROM_ZERO, s=POSITIVE, says="one layer"
            ),
            prove("C + y**2 >= C", C=FROM_ZERO, y="(-oo, oo)", says="b bᵀ added, y = p b_i + q b_j"),
            assumes=(
                "proof-lemma-F.3-monotone",
                "λ_min is the least value of the form on unit vectors, hence monotone",
            ),
        ),
    )


@chain.check(part="chain", covers="universal")
def down_to_the_start(claim: Statement, ctx: Context) -> Outcome:
    """Every layer after `start` has a skip and adds a covariance matrix.

    First orthogonal inputs and 1 + sin z: K^(1) has c_sigma beside its diagonal.
    """
    return pairwise(claim.first, claim.start)


chain.falsehood("first link reversed", g=-1, by=("mean_vector_removed",))
chain.falsehood("fully connected, from its first layer on", first=1000, start=1, by=("down_to_the_start",))
chain.corrected("down to the first layer", erratum="missing hypothesis", start=1)
chain.corrected("identity skip in the first layer too", erratum="missing hypothesis", first=1)


pairs = Claim(
    "du2019deep/lemma-F.3",
    aliases=("du2019thesis/lemma-3.25",),
    title="The least eigenvalue of pairs does not decrease along identity skips",
    kind="deterministic-inequality",
    where="Appendix F.2, Lemma F.3",
    states=r"\lambda(K) = \min_{(i,j)}\lambda_{\min}\begin{pmatrix}K_{ii} & K_{ij}\\ K_{ji} & "
    r"K_{jj}\end{pmatrix}:\qquad \lambda(K^{(h)}) \ge x^{h-a}\,\lambda(K^{(a)}-b^{(a)}b^{(a)\top})+\gamma "
    r"s,\quad a = 0,\ x = 1,\ \gamma = 0",
    given=(
        r"\text{printed: all } (i,j)\in[n]\times[n]\text{, equal ones among them}",
        r"b^{(0)} = 0;\quad D^{(h)} = I\ \text{for}\ h \ge f,\ D^{(h)} = 0\ \text{before};\quad f = 2\ "
        r"\text{(Appendix E)}",
        r"K^{(h)}\ \text{of Definition E.1},\ h > a;\quad \rho^{(h)} = s\,\sigma",
    ),
    printed={**PRINTED_PAIRS, "x": 1, "gain": 0, "equal": True},
    uses=("du2019deep/def-E.1", "du2019deep/remark-E.3"),
    proof_uses=("du2019deep/proof-lemma-F.3-covariance-identity", "du2019deep/eq-20"),
    note="As printed it says 0 >= 0: the pairs (i, i) are in the minimum. Meant is i distinct from j. So "
    "read it fails for the residual network, whose first layer has no skip (D^(1) = 0 in Appendix E): "
    "orthogonal inputs have λ(K^(0)) = 1, and K^(1) has a positive entry beside a unit diagonal. K^(H) is of "
    "Appendix E, not that of the definition with σ'.",
)


def same_input(claim: Statement) -> Outcome:
    """For i = j the block [[k, k], [k, k]] has (1, -1) in its kernel, so that both minima are 0."""
    return every(
        identity("k*1*1 + 2*k*1*(-1) + k*(-1)*(-1) == 0", says="i = j: the form at (1, -1)"),
        evaluate("0 >= x*0 + gain", let={"x": claim.x, "gain": claim.gain}, says="both minima"),
        assumes=("Gram matrices are positive semidefinite",),
    )


@pairs.check(covers="universal")
def centred_matrices_grow(claim: Statement, ctx: Context) -> Outcome:
    """Down the chain (20).  First orthogonal inputs and 1 + sin z."""
    if claim.equal:
        return same_input(claim)
    return pairwise(claim.first, claim.start, claim.x, claim.gain)


@pairs.check()
def three_layers(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, orthogonal inputs, branches 1/16: the difference k - c in the layers after the start."""
    if claim.equal:
        return same_input(claim)
    found = layers(claim.first, "1/16", 3)
    links = [
        evaluate(
            f"{least(x)} >= ({claim.x})*{least(found[claim.start])} + ({claim.gain})/16", says=f"layer {h}"
        )
        for h, x in enumerate(found)
        if h > claim.start
    ]
    return every(*links, assumes=(wave.PRODUCT_TO_SUM,))


@pairs.falsehood_with_check("the same for the last matrix with σ'")
def last_matrix_of_the_network(claim: Statement, ctx: Context) -> Outcome:
    """H = 2, c_res = 1/2, 1 + sin z: its diagonal (1/4)² E cos² against λ(K^(1) - b bᵀ) = 1 - c_sigma."""
    return evaluate(f"(1/4)**2*(1 + exp(-2))/2 >= 1 - {wave.NORMALISER}", says="K^(2), a diagonal entry")


DISTINCT: dict[str, Any] = {"equal": False}
pairs.falsehood("growth by the branch scale, i = j", gain=1)
pairs.falsehood("i ≠ j, residual network, from the inputs on", **DISTINCT)
pairs.falsehood("twice as large after each layer", start=1, x=2, **DISTINCT)
pairs.falsehood(
    "1/100 more after each layer", first=1, x="101/100", by=("centred_matrices_grow",), **DISTINCT
)
pairs.falsehood("growth by the branch scale", start=1, gain=1, **DISTINCT)
pairs.falsehood("fully connected, from its first layer on", first=1000, start=1, **DISTINCT)
pairs.reading("i ≠ j, down to the first layer", start=1, **DISTINCT)
pairs.reading("i ≠ j, identity skip in the first layer too", first=1, **DISTINCT)
