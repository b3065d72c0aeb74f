"""Section 5, proof of Theorem 4.4: the radius of the region and the step size.

c stands for c_0, C1 and C2 for C' and C'' of Lemma 5.3, L = z³, G = log M, w = m/M in [1/2, 1].
"""

from typing import Any

from theorems.zou2020.descent_steps import ROOT_OF_RADIUS
from verify import Claim, Context, Outcome, Statement, contradicted_by, evaluate, every, identity, prove

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "[0, 1]"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Theorem 4.4."""
    return Claim(f"zou2020/{name}", step_of="zou2020/thm-4.4", **fields)


choice = step(
    "proof-thm-4.4-tau-eta",
    title="The radius of the region and the step size",
    kind="proof-step",
    where="Section 5, proof of Theorem 4.4, choice of the radius and the step",
    states=r"\tau = \left(\frac{c_0^{1/2}m^{1/2}\phi^{1/2}}{4C''L^{8/3}n^{e}\sqrt{M\log M}}\right)^{u} = "
    r"\widetilde\Theta(n^{-p}L^{-q}\phi^{r}),\quad \eta = \frac{1}{4C'ML^3}:\quad \eta-C'ML^3\eta^2 = k\,"
    r"\eta,\quad \frac{C''L^{8/3}\tau^{1/3}\sqrt{M\log M}}{n} = \frac{\sqrt{c_0m\phi}}{4n^{5/2}},\quad \tau "
    r"= O(L^{-11}\log^{-3/2}M),\quad \tau = O(\phi^{3/2}n^{-3}L^{-2})",
    given=(
        r"e = \tfrac32,\ u = 3,\ p = \tfrac92,\ q = 8,\ r = \tfrac32,\ k = \tfrac34;\ m \le M \le 2m,\ M "
        r"\ge 2",
        r"C''\ \text{may be replaced by a larger constant};\ \text{corrected: } L^3\phi^{3/2} \le \kappa "
        r"n^{9/2}",
    ),
    printed={"e": "3/2", "u": 3, "p": "9/2", "q": 8, "r": "3/2", "k": "3/4", "depth": None},
    parts=("step", "cross term", "order", "radii"),
    uses=("zou2020/assumption-4.3",),
    note="The last two conditions are those of Lemmas 5.3 and 5.2, which (5.1) applies. That of Lemma 5.3 "
    "is not checked in the text: τ L^11 is of order n^(-9/2) L³ φ^(3/2), which no constant bounds at fixed "
    "n and φ. Repairs: L³ φ^(3/2) <= κ n^(9/2), or the smaller of the two radii, which adds n⁵ L^22/φ + n³ "
    "L^22/(φ ε) to the width. depth is the power of n in the added hypothesis.",
)

PARAMETERS: dict[str, Any] = dict.fromkeys(("c", "C2", "phi"), POSITIVE) | {"z": FROM_ONE, "n": FROM_ONE}


@choice.check(part="step", covers="universal")
def quarter_lost(claim: Statement, ctx: Context) -> Outcome:
    """C'ML³η = 1/4."""
    eta = "(1/(4*C1*M*L**3))"
    box: dict[str, Any] = {"C1": POSITIVE, "M": FROM_ONE, "L": FROM_ONE}
    return identity(f"{eta} - C1*M*L**3*{eta}**2 == k*{eta}", let={"k": claim.k}, **box)


@choice.check(part="cross term", covers="universal")
def coefficient_of_the_non_smooth_part(claim: Statement, ctx: Context) -> Outcome:
    """Both sides cubed, so that τ enters as it is."""
    root = ROOT_OF_RADIUS.replace("n**(3/2)", f"n**({claim.e})")
    said = f"(C2*z**8*sqrt(M)*sqrt(G)/n)**3*{root}**u == (sqrt(c)*sqrt(m)*sqrt(phi)/(4*n**(5/2)))**3"
    box = PARAMETERS | {"M": FROM_ONE, "m": FROM_ONE, "G": POSITIVE}
    return identity(said, let={"u": claim.u}, **box)


@choice.check(part="order", covers="universal")
def powers_of_the_radius(claim: Statement, ctx: Context) -> Outcome:
    """τ (log M)^(3/2) lies between 2^(-3/2) and 1 times (√c/(4C''))³ n^(-9/2) L^(-8) φ^(3/2)."""
    radius = f"(sqrt(c)*sqrt(w)*sqrt(phi)/(4*C2*z**8*n**({claim.e})))**({claim.u})"
    order = f"(sqrt(c)/(4*C2))**3*n**(-({claim.p}))*z**(-3*({claim.q}))*phi**({claim.r})"
    at = {"c": 1, "C2": 1, "phi": 1, "z": 2, "n": 4, "w": "3/4"}
    for said in (f"{radius} <= {order}", f"{radius} >= (1/2)**(3/2)*{order}"):
        point = evaluate(said, at=at, says="n = 4, L = 8, m/M = 3/4, all else 1")
        if point.status == "refuted":
            return point
    return every(
        prove(f"{radius} <= {order}", w="[1/2, 1]", says="at most", **PARAMETERS),
        prove(f"{radius} >= (1/2)**(3/2)*{order}", w="[1/2, 1]", says="at least", **PARAMETERS),
    )


@choice.check(part="radii", covers="universal")
def radii_of_the_lemmas(claim: Statement, ctx: Context) -> Outcome:
    """Lemma 5.3: τ (log M)^(3/2) = a w^(3/2) n^(-9/2) L^(-8) φ^(3/2) against κ L^(-11), a = (√c/(4C''))³.

    k = κ/a, n = 2, φ = 1, w >= 1/2: too large for every L > 4 + 64k. With L³ φ^(3/2) = v k n^(depth), v <=
    1, the quotient is w^(3/2) v n^(depth - 9/2). Lemma 5.2: C'' such that a <= κ'/2, and log M >= log 2.
    """
    if claim.depth is None:
        deep = every(
            prove(
                "(1/2)**(3/2)*2**(-(9/2))*(4 + 64*k + s)**(-8) > k*(4 + 64*k + s)**(-11)",
                k=POSITIVE,
                s=FROM_ZERO,
                says="τ over κ L^(-11), n = 2, φ = 1",
            )
        )
        said = (
            "n = 2, φ = 1, L > 4 + 64k, k = κ/(√c_0/(4C''))³: τ > κ L^(-11) log^(-3/2) M for every constant κ"
        )
        return contradicted_by(deep, witness=said)
    return every(
        prove(
            f"w**(3/2)*v*n**(({claim.depth}) - 9/2) <= 1", w="[1/2, 1]", v=UNIT, n=FROM_ONE, says="Lemma 5.3"
        ),
        evaluate("log(2)**3 >= (1/2)**2", says="(log M)^(3/2) >= 1/2"),
        identity(
            "n**(-(9/2))*L**(-8)*phi**(3/2)/(phi**(3/2)*n**(-3)*L**(-2)) == 1/(n**(3/2)*L**6)",
            n=FROM_ONE,
            L=FROM_ONE,
            phi=POSITIVE,
            says="τ over the radius of Lemma 5.2",
        ),
        prove("1/2/(1 + N)/(1 + K) <= 1/2", N=FROM_ZERO, K=FROM_ZERO, says="n^(3/2) = 1 + N, L⁶ = 1 + K"),
    )


DEPTH: dict[str, Any] = {"depth": "9/2"}
choice.falsehood("a half of the step is left", k="1/2", by=("quarter_lost",), **DEPTH)
choice.falsehood(
    "n^(5/2) in the radius",
    e="5/2",
    by=("coefficient_of_the_non_smooth_part",),
    **DEPTH,
)
choice.falsehood("the square for the cube", u=2, by=("coefficient_of_the_non_smooth_part",), **DEPTH)
choice.falsehood("τ of order n^(-5)", p=5, by=("powers_of_the_radius",), **DEPTH)
choice.falsehood("τ of order L^(-9)", q=9, by=("powers_of_the_radius",), **DEPTH)
choice.falsehood("depth up to κ n² φ^(-1/2)", depth=6, by=("radii_of_the_lemmas",))
choice.corrected("L³ φ^(3/2) <= κ n^(9/2)", erratum="missing hypothesis", **DEPTH)
