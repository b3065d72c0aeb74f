"""Section 7.7.1, Step 1: the tube, the objective on it, its critical points.

Box i of the tube has x_1, ..., x_{i-1} settled, x_i before or in its buffer, the others resting. Neighbouring
pieces differ in the terms of x = x_i and y = x_{i+1}; z stands for a coordinate that rests behind them. On a
face the identities hold for all y and z: with those in x_i, mixed and tangential derivatives agree.
"""

from typing import Any

from theorems.du2019thesis.saddle_interpolation import polynomial
from theorems.du2019thesis.saddle_splines import POSITIVE, RATIO, SIZES, downhill, g1, g2, lemma_7_4
from verify import Claim, Context, Outcome, Statement, contradicted_by, evaluate, every, identity, prove

SPLINES = lemma_7_4.printed
FROM_ONE, FROM_ZERO = "[1, oo)", "[0, oo)"
NU = SPLINES.nu.replace("end", g1(SPLINES, "tau"))


def quadratic(centre: str, curvature: str, x: str, order: int) -> str:
    """curvature (x - centre)², or a derivative."""
    return polynomial(("0", "0", curvature), f"{x} - ({centre})", order)


def behind(weight: str, order: int) -> str:
    """weight y² + L z², a constant in x."""
    return f"({weight})*y**2 + L*z**2" if order == 0 else "0"


def in_buffer(x: str, order: int) -> str:
    """g1(x) + g2(x) y², or a derivative in x."""
    return f"{g1(SPLINES, f'({x}) - tau', order)} + {g2(SPLINES, f'({x}) - 2*tau', order)}*y**2"


def lower(count: str, nu: str, order: int) -> str:
    """-count ν, a constant."""
    return f"({count})*({nu})" if order == 0 else "0"


planar = Claim(
    "du2019thesis/eq-7.4",
    title="The smooth tube in two dimensions",
    kind="closed-form",
    where="Section 7.4.1, eq. (7.4)",
    states=r"f = -\gamma x_1^2+Lx_2^2,\ g(x_1,x_2),\ L(x_1-c\tau)^2-\gamma x_2^2-n_3\nu,\ "
    r"L(x_1-c\tau)^2+g_1(x_2)-n_4\nu,\ L(x_1-c\tau)^2+L(x_2-c\tau)^2-n_5\nu",
    given=(
        r"[0,\tau]^2,\ [\tau,2\tau]\times[0,\tau],\ [2\tau,6\tau]\times[0,\tau],\ "
        r"[2\tau,6\tau]\times[\tau,2\tau],\ [2\tau,6\tau]^2",
        r"L > \gamma > 0,\ \tau > 1;\ g, g_1, \nu\ \text{of Lemma 7.4}",
    ),
    printed={"n3": 1, "n4": 1, "n5": 2, "c": 4, "g2": 1},
    parts=("second order", "stationary points"),
    uses=("du2019thesis/lemma-7.4", "du2019thesis/construction-nu"),
    note="g2 weighs the term g2(x_1) x_2² of g. Third derivatives jump, see lemma-7.4. The text calls (0, 0) "
    "and (cτ, 0) saddles and (cτ, cτ) the optimum; its value -2ν is -279.74 at L = e, γ = 1, τ = e.",
)


@planar.check(part="second order", covers="universal")
def four_interfaces(claim: Statement, ctx: Context) -> Outcome:
    """Values and two derivatives across x_1 = τ, x_1 = 2τ (all x_2) and x_2 = τ, x_2 = 2τ (all x_1)."""
    c, links = f"{claim.c}*tau", []
    for n in range(3):
        flat = n == 0

        def g(x: str, n: int = n) -> str:
            coupling = g2(SPLINES, f"({x}) - 2*tau", n)
            return f"{g1(SPLINES, f'({x}) - tau', n)} + {claim.g2}*{coupling}*y**2"

        first = [quadratic("0", "-gamma", "tau", n) + (" + L*y**2" if flat else ""), g("tau")]
        third = quadratic(c, "L", "2*tau", n) + (" - gamma*y**2" if flat else "")
        second = [g("2*tau"), f"{third} - {lower(str(claim.n3), NU, n)}"]
        beside = f"L*(t - {c})**2" if flat else "0"
        fourth = [f"{beside} + {g1(SPLINES, u, n)} - {lower(str(claim.n4), NU, n)}" for u in ("0", "tau")]
        before = f"{beside} + {quadratic('0', '-gamma', 'tau', n)} - {lower(str(claim.n3), NU, n)}"
        last = f"{beside} + {quadratic(c, 'L', '2*tau', n)} - {lower(str(claim.n5), NU, n)}"
        faces = {
            "x_1 = τ": first,
            "x_1 = 2τ": second,
            "x_2 = τ": [before, fourth[0]],
            "x_2 = 2τ": [fourth[1], last],
        }
        for face, (left, right) in faces.items():
            links.append(identity(f"{left} == {right}", says=f"{face}, order {n}", **SIZES))
    return every(*links)


@planar.check(part="stationary points", covers="universal")
def quadratic_centres(claim: Statement, ctx: Context) -> Outcome:
    """Slopes vanish at 0 and at the centre of the other quadratic, never in a buffer; signs of curvatures."""
    at = f"{claim.c}*tau"
    return every(
        identity(f"2*L*({at} - 4*tau) == 0", says="slope of L(x - 4τ)² at cτ", **SIZES),
        evaluate(f"2 <= {claim.c}", says="cτ lies in [2τ, 6τ]"),
        evaluate(f"{claim.c} <= 6", says="cτ lies in [2τ, 6τ]"),
        downhill(),
        prove("-2*gamma < 0", gamma=POSITIVE, says="one negative curvature at (0, 0) and at (cτ, 0)"),
        prove("2*L > 0", L=POSITIVE, says="positive curvatures at (cτ, cτ)"),
    )


planar.falsehood("ν missing beside the second buffer", n4=0, by=("four_interfaces",))
planar.falsehood("-ν in the last region", n5=1, by=("four_interfaces",))
planar.falsehood("centre 3τ", c=3)
planar.falsehood("g1 in place of g", g2=0, by=("four_interfaces",))


domain = Claim(
    "du2019thesis/eq-7.5",
    title="The tube: a chain of d + 1 boxes",
    kind="definition",
    where="Section 7.7.1, eq. (7.5)",
    states=r"D_0 = \bigcup_{i=1}^{\text{last}}\{6\tau\ge x_1,\dots,x_{i-1}\ge2\tau,\ 2\tau\ge x_i\ge0,\ "
    r"\tau\ge x_{i+1},\dots,x_d\ge0\}",
    given=(r"\tau = e\ (\tau > 1\ \text{is used})", r"d \ge 1"),
    printed={"settled": (2, 6), "own": (0, 2), "resting": (0, 1), "last": "d + 1", "K2": "d"},
    parts=("start", "chain", "end", "paths"),
    note="In units of τ. Not convex for d >= 2: a path in D_0 between two points need be at most √d times "
    "their distance, and √d is attained between (τ, ..., τ) and (2τ, ..., 2τ).",
)


@domain.check(part="start", covers="universal")
def unit_cube(claim: Statement, ctx: Context) -> Outcome:
    """[0, 1]^d lies in the first box, for every τ > 1."""
    return every(
        *(prove(f"1 <= {high}*tau", tau="(1, oo)", says="[0, 1]") for _, high in (claim.own, claim.resting)),
        *(evaluate(f"{low} <= 0", says="[0, 1]") for low, _ in (claim.own, claim.resting)),
    )


@domain.check(part="chain", covers="universal")
def neighbours_only(claim: Statement, ctx: Context) -> Outcome:
    """Boxes i and i + 1 meet in x_i = 2τ, x_{i+1} <= τ; in boxes i, i + 2 x_{i+1} is <= τ and >= 2τ."""
    return every(
        evaluate(f"{claim.own[1]} == {claim.settled[0]}", says="x_i on the common face"),
        evaluate(f"{claim.resting[1]} <= {claim.own[1]}", says="x_{i+1} on the common face, box i + 1"),
        evaluate(f"{claim.resting[1]} < {claim.settled[0]}", says="x_{i+1} in boxes i and i + 2"),
    )


@domain.check(part="end", covers="universal")
def last_box(claim: Statement, ctx: Context) -> Outcome:
    """(4τ, ..., 4τ) has d settled coordinates: it is in box d + 1."""
    return every(
        prove(f"d + 1 <= {claim.last}", d=FROM_ONE, says="index of the box against the last index"),
        evaluate(f"{claim.settled[0]} <= 4", says="4τ is settled"),
        evaluate(f"4 <= {claim.settled[1]}", says="4τ is settled"),
    )


@domain.check(part="paths", covers="universal")
def one_coordinate_after_another(claim: Statement, ctx: Context) -> Outcome:
    """Moving x_1, then x_2, ... (in the other direction: back to front) stays in D_0: length |x - y|_1.

    From (τ, ..., τ) to (2τ, ..., 2τ) every path has length at least dτ: x_j crosses (τ, 2τ) only while the
    later coordinates are at most τ and the earlier ones at least 2τ.
    """
    return every(
        prove(f"d**2 <= ({claim.K2})*d", d=FROM_ONE, says="(dτ)² against K² dτ²"),
        prove(
            "(a + b)**2 <= 2*(a**2 + b**2)", says="|x - y|_1² <= d |x - y|², d = 2", a=FROM_ZERO, b=FROM_ZERO
        ),
        prove(f"d <= {claim.K2}", d=FROM_ONE, says="|x - y|_1² <= d |x - y|²"),
    )


@domain.falsehood_with_check("convex")
def midpoint_outside(claim: Statement, ctx: Context) -> Outcome:
    """d = 2: (0, τ) and (2τ, 2τ) belong to D_0; the midpoint (τ, 3τ/2) has x_1 < 2τ and needs x_2 <= τ."""
    return evaluate("(1 + 2)/2 <= 1", says="x_2/τ of the midpoint")


domain.falsehood("union up to d", last="d", by=("last_box",))
domain.falsehood("resting up to 2τ", resting=(0, 2), by=("neighbours_only",))
domain.falsehood("resting up to τ/2", resting=(0, "1/2"), by=("unit_cube",))
domain.falsehood("paths as in a convex set", K2=1, by=("one_coordinate_after_another",))


objective = Claim(
    "du2019thesis/eq-7.6",
    title="The objective on the tube, in every dimension",
    kind="closed-form",
    where="Section 7.7.1, eqs. (7.6)-(7.10)",
    states=r"f_{i,1} = \sum_{j<i}L(x_j-c\tau)^2-\gamma x_i^2+\sum_{j>i}Lx_j^2-n_i\nu,\ "
    r"f_{i,2} = \sum_{j<i}L(x_j-c\tau)^2+g(x_i,x_{i+1})+\sum_{j\ge i+k}Lx_j^2-n_i\nu,\ "
    r"f_{d+1,1} = \sum_jL(x_j-c\tau)^2-n\nu",
    given=(
        r"i = 1,\dots,d;\ \text{for}\ i = d\ \text{without the terms behind, and}\ g_1\ \text{for}\ g",
        r"L > \gamma > 0,\ \tau > 0;\ g, g_1, \nu\ \text{of Lemma 7.4}",
    ),
    printed={"c": 4, "offset": "i - 1", "k": 2, "n": "d", "nu": "-end + 4*L*tau**2"},
    parts=("second order", "chain in one formula"),
    uses=("du2019thesis/lemma-7.4", "du2019thesis/eq-7.5"),
    note="n_i is the offset. As one formula, with k the first unsettled coordinate: "
    "f = Σ_j a(x_j) + Σ_{j>=2} (q(x_{j-1}) + γ) x_j², a = -γx², g1, L(x - 4τ)² - ν and q = L, g2, -γ.",
)


def pieces(claim: Statement, n: int) -> dict[str, tuple[str, str]]:
    """The two sides at the faces of x_i, differentiated n times in x_i."""
    c, nu = f"{claim.c}*tau", claim.nu.replace("end", g1(SPLINES, "tau"))
    own, after = f"({claim.offset})", f"({claim.offset.replace('i', '(i + 1)')})"
    final = claim.offset.replace("i", "d")
    doubled = " + L*y**2" if claim.k == 1 and n == 0 else ""
    before = f"{quadratic('0', '-gamma', 'tau', n)} + {behind('L', n)} - {lower(own, nu, n)}"
    rest = f"{doubled} + {behind('0', n)} - {lower(own, nu, n)}"
    following = f"{quadratic(c, 'L', '2*tau', n)} + {behind('-gamma', n)} - {lower(after, nu, n)}"
    last = f"{quadratic(c, 'L', '2*tau', n)} - {lower(claim.n, nu, n)}"
    return {
        "x_i = τ": (before, in_buffer("tau", n) + rest),
        "x_i = 2τ": (in_buffer("2*tau", n) + rest, following),
        "x_d = τ": (quadratic("0", "-gamma", "tau", n), g1(SPLINES, "0", n)),
        "x_d = 2τ": (f"{g1(SPLINES, 'tau', n)} - {lower(final, nu, n)}", last),
    }


@objective.check(part="second order", covers="universal")
def every_interface(claim: Statement, ctx: Context) -> Outcome:
    """Value and two derivatives in x_i across both faces, for all i, d and all other coordinates."""
    return every(
        *(
            identity(f"{left} == {right}", says=f"{face}, order {n}", **SIZES)
            for n in range(3)
            for face, (left, right) in pieces(claim, n).items()
        )
    )


@objective.check(part="chain in one formula", covers="universal")
def sum_over_neighbours(claim: Statement, ctx: Context) -> Outcome:
    """Where x_{j-1} is settled q = -γ and the second term vanishes; else x_j rests and a(x_j) = -γx_j².

    Every settled coordinate carries one ν: their number is i - 1 in box i, and d at the end.
    """
    return every(
        identity("-gamma*y**2 + (L + gamma)*y**2 == L*y**2", says="behind a resting coordinate"),
        identity(
            f"-gamma*y**2 + ({g2(SPLINES, 'u')} + gamma)*y**2 == {g2(SPLINES, 'u')}*y**2",
            says="behind a buffer",
            **SIZES,
        ),
        identity("-gamma + gamma == 0", says="behind a settled coordinate"),
        identity(f"{claim.offset} == i - 1", says="number of settled coordinates in box i"),
        identity(f"{claim.n} == d", says="number of settled coordinates in box d + 1"),
        identity(f"L*(x - {claim.c}*tau)**2 == L*(x - 4*tau)**2", says="settled"),
    )


objective.falsehood("-iν", offset="i")
objective.falsehood("the sum in (7.7) from i + 1", k=1, by=("every_interface",))
objective.falsehood("-(d - 1)ν at the end", n="d - 1")
objective.falsehood("centre 3τ", c=3)
objective.falsehood("ν = g1(2τ) + 4Lτ²", nu="end + 4*L*tau**2", by=("every_interface",))


lemma_7_1 = Claim(
    "du2019thesis/lemma-7.1",
    title="One local minimum and d strict saddles in the tube",
    kind="closed-form",
    where="Section 7.7.1, Lemma 7.1",
    states=r"\nabla f(x) = 0,\ x\in D_0 \iff x = (c\tau,\dots,c\tau)\ \text{or}\ "
    r"x = z_i = (c\tau,\dots,c\tau,0,\dots,0)\ (i-1\ \text{entries}\ c\tau,\ i = 1,\dots,n);\quad "
    r"\lambda_{\min}(\nabla^2f(z_i)) = -\alpha\gamma",
    given=(r"\text{critical points in}\ D_0\ \text{of the}\ C^2\ \text{extension}", r"L > \gamma > 0"),
    printed={"c": 4, "n": "d", "alpha": 2, "buffer": RATIO},
    parts=("critical points", "types", "minima of the restriction"),
    uses=("du2019thesis/eq-7.6", "du2019thesis/def-7.4"),
    proof_uses=("du2019thesis/remark-7.2",),
    note="buffer is the range of γ/L. f(z_i) = -(i - 1)ν and f(x*) = -dν. The restriction of f to D_0 has "
    "no other local minimum either; it has local maxima, such as (0, τ, ..., τ), on the boundary.",
)


@lemma_7_1.check(part="critical points", covers="universal")
def slope_by_slope(claim: Statement, ctx: Context) -> Outcome:
    """Settled: 2L(x_j - 4τ). First unsettled: -2γx_i, or below -2γτ in its buffer. Behind: 2Lx_j.

    So one candidate in each box: boxes 1..d give z_1..z_d, box d + 1 gives x*.
    """
    return every(
        identity(f"2*L*({claim.c}*tau - 4*tau) == 0", says="settled, at cτ", **SIZES),
        prove("diff(L*(x - 4*tau)**2, x) > 0", x="(4, 6]", tau="[1, 1]", L=POSITIVE, says="beyond 4τ, τ = 1"),
        prove("diff(L*(x - 4*tau)**2, x) < 0", x="[2, 4)", tau="[1, 1]", L=POSITIVE, says="before 4τ, τ = 1"),
        prove("diff(-gamma*x**2, x) < 0", x=POSITIVE, gamma=POSITIVE, says="before the buffer, x_i > 0"),
        downhill(claim.buffer),
        prove("diff(L*x**2, x) > 0", x=POSITIVE, L=POSITIVE, says="behind, x_j > 0"),
        identity(f"{claim.n} == d", says="boxes before the last"),
    )


@lemma_7_1.check(part="types", covers="universal")
def diagonal_hessians(claim: Statement, ctx: Context) -> Outcome:
    """At z_i: 2L but for -2γ in place i. At x*: 2L."""
    return every(
        identity("diff(diff(-gamma*x**2, x), x) == -alpha*gamma", let=claim.let, says="entry i at z_i"),
        identity("diff(diff(L*x**2, x), x) == 2*L", says="entries behind"),
        identity("diff(diff(L*(x - 4*tau)**2, x), x) == 2*L", says="settled entries"),
        prove("2*L > -alpha*gamma", let=claim.let, L=POSITIVE, gamma=POSITIVE, says="the least entry"),
    )


@lemma_7_1.check(part="minima of the restriction", covers="universal")
def way_down_inside(claim: Statement, ctx: Context) -> Outcome:
    """An unsettled coordinate can be increased inside D_0, which lowers f; a settled one can move to cτ."""
    move = f"L*((1 - t)*x + t*{claim.c}*1 - 4)**2"
    inside: dict[str, Any] = {"t": "(0, 1]", "L": POSITIVE}
    return every(
        prove("-gamma*(x + h)**2 < -gamma*x**2", x=FROM_ZERO, h=POSITIVE, gamma=POSITIVE, says="up to τ"),
        downhill(claim.buffer),
        prove(f"{move} < L*(x - 4)**2", x="[2, 4)", says="settled, from below (τ = 1)", **inside),
        prove(f"{move} < L*(x - 4)**2", x="(4, 6]", says="settled, from above (τ = 1)", **inside),
    )


@lemma_7_1.falsehood_with_check("a saddle at (0, ..., 0, 4τ)")
def outside_the_tube(claim: Statement, ctx: Context) -> Outcome:
    """d = 2: with x_1 = 0 the tube asks for x_2 <= τ."""
    return evaluate("4 <= 1", says="x_2/τ")


@lemma_7_1.falsehood_with_check("also no local maximum of the restriction")
def corner(claim: Statement, ctx: Context) -> Outcome:
    """(0, τ), d = 2: f = Lx_2² - γx_1² on the first piece, and D_0 has x_1 >= 0, x_2 <= τ there."""
    fact = prove(
        "L*(1 - t)**2 - gamma*h**2 < L",
        L=POSITIVE,
        gamma=POSITIVE,
        h=FROM_ZERO,
        t="(0, 1]",
        says="f(h, 1 - t) < f(0, 1), τ = 1",
    )
    return contradicted_by(fact, witness="(0, τ) is a local maximum of f on D_0")


lemma_7_1.falsehood("minimum at 2τ", c=2, by=("slope_by_slope", "way_down_inside"))
lemma_7_1.falsehood("2^d critical points", n="2*d", by=("slope_by_slope",))
lemma_7_1.falsehood("4γ-strict", alpha=4, by=("diagonal_hessians",))
lemma_7_1.falsehood("negative γ as well", buffer="(-1, 1)", by=("slope_by_slope", "way_down_inside"))
