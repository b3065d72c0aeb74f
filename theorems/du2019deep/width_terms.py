"""Section 5, after Theorem 5.1: what each term of the width does.

lam stands for λ0, C for C_0, B for 16c_{x,0} a_{2,0} c_x^H, g for the geometric series of the lemma.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, identity, prove

FROM_ONE, POSITIVE = "[1, oo)", "(0, oo)"

terms = Claim(
    "du2019deep/rem-5-terms",
    aliases=("du2019thesis/rem-3.4-terms",),
    title="What the three terms of the width are for",
    kind="proof-step",
    where="Section 5, the two paragraphs after Theorem 5.1",
    states=r"R' \le R \Longleftarrow m \ge A\frac{n^{p}}{\lambda_0^{q}};\quad \text{norms of the layers} "
    r"\Longleftarrow m \ge A\frac{n^{v}}{\delta};\quad \|G^{(H)}(0)-K^{(H)}\|_2 \le \tfrac{\lambda_0}{4} "
    r"\Longleftarrow m \ge A\frac{n^{w}\log(Hn/\delta)}{\lambda_0^2};\quad H = 1:\ \eta = "
    r"O\left(\frac{\lambda_0}{n^{e}}\right)",
    given=(
        r"\|y-u(0)\|_2 \le C_0\sqrt n,\ R = \rho\lambda_0/(n\,g_{c_x}(H))",
        r"A = 2^{O(H)};\ p = q = 4,\ v = 1,\ w = 2,\ e = 2",
    ),
    printed={"p": 4, "q": 4, "v": 1, "w": 2, "e": 2},
    parts=("stability", "norms", "concentration", "one layer"),
    uses=("du2019deep/thm-5.1", "du2019shallow/thm-4.1"),
    proof_uses=(
        "du2019deep/lemma-B.1",
        "du2019deep/lemma-B.2",
        "du2019deep/lemma-B.4",
        "du2019deep/lemma-B.5",
    ),
    note="C_0 is of order √log(n/δ), which the first term does not show. For H = 1 the λ0 of the two papers "
    "differ by c_σ.",
)


@terms.check(part="stability", covers="universal")
def radius_against_travel(claim: Statement, ctx: Context) -> Outcome:
    """R'² <= R² at A = (16 x a2 P g C_0/ρ)², an equality; B stands for 16 x a2 P."""
    box: dict[str, Any] = {"n": FROM_ONE} | dict.fromkeys(("lam", "B", "C", "g", "rho"), POSITIVE)
    width = "((B*C*g/rho)**2*n**p/lam**q)"
    said = f"(B*n*C/lam)**2/{width} <= (rho*lam/(n*g))**2"
    return prove(said, let={"p": claim.p, "q": claim.q}, **box)


@terms.check(part="norms", covers="universal")
def chebyshev_over_the_layers(claim: Statement, ctx: Context) -> Outcome:
    """nH events of probability (C_2/m)(2g)², A = 4C_2 H g²."""
    box: dict[str, Any] = dict.fromkeys(("n", "H", "g"), FROM_ONE) | {"K": POSITIVE, "d": "(0, 1)"}
    said = "n*H*(K/(4*K*H*g**2*n**v/d))*(2*g)**2 <= d"
    return prove(said, let={"v": claim.v}, assumes=("Chebyshev's inequality, union bound",), **box)


@terms.check(part="concentration", covers="universal")
def entries_to_the_norm(claim: Statement, ctx: Context) -> Outcome:
    """n E √(ell/m) <= λ0/4 at A = 16E²; attained by equal errors of all entries."""
    box: dict[str, Any] = {"n": FROM_ONE} | dict.fromkeys(("E", "ell", "lam"), POSITIVE)
    said = "n**2*E**2*ell/(16*E**2*n**w*ell/lam**2) <= (lam/4)**2"
    return prove(said, let={"w": claim.w}, assumes=("operator norm <= n max |entry|",), **box)


@terms.check(part="one layer", covers="universal")
def step_of_the_two_layer_paper(claim: Statement, ctx: Context) -> Outcome:
    """E λ0/(n² b^H) at H = 1 is (4E/b) λ0/(4n²), with the step of the two-layer paper on the right."""
    box: dict[str, Any] = {"n": FROM_ONE} | dict.fromkeys(("E", "b", "lam"), POSITIVE)
    return identity("E*lam/(n**e*b) == 4*E/b*(lam/(4*n**2))", let={"e": claim.e}, **box)


terms.falsehood("first term n³", p=3, by=("radius_against_travel",))
terms.falsehood("first term 1/λ0²", q=2, by=("radius_against_travel",))
terms.falsehood("second term 1/δ", v=0, by=("chebyshev_over_the_layers",))
terms.falsehood("third term linear in n", w=1, by=("entries_to_the_norm",))
terms.falsehood("step of order 1/n at H = 1", e=1, by=("step_of_the_two_layer_paper",))
