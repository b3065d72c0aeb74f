"""Appendix C, Lemma C.2, and Section 6: the Gram matrix at the start, and the four terms of the width.

r stands for c_res, D for k (L² + l), with k a bound of the entries for the features below the last layer and
l a Lipschitz constant of A -> E σ'(u)σ'(v); ell is log(Hn/δ), e the error of an entry of K^(H-1).
"""

from typing import Any

from theorems.du2019deep.gaussian_norm import chi_tail
from theorems.du2019shallow import concentration
from theorems.lin2022review import tails
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
    prove,
    unless,
)

POSITIVE, FROM_ZERO, FROM_ONE, UNIT = "(0, oo)", "[0, oo)", "[1, oo)", "(0, 1)"


lemma = Claim(
    "du2019deep/lemma-C.2",
    aliases=("du2019thesis/lemma-3.9",),
    title="The least eigenvalue of the last Gram matrix at initialisation, residual network",
    kind="probabilistic",
    where="Appendix C, Lemma C.2",
    states=r"m \ge K\frac{n^{p}}{\lambda_0^2}\log\frac{Hn}{\delta^{q}} \implies "
    r"\Pr\left(\lambda_{\min}(G^{(H)}(0)) \ge b\lambda_0\right) \ge 1-\delta,\qquad b = \tfrac34,\ p = 2,\ "
    r"q = 1",
    given=(
        r"\|x_i\|_2 = 1,\ \lambda_0 = \lambda_{\min}(K^{(H)}) > 0,\ H \ge 2,\ 0 < c_{res} < 1;\quad \sigma\ "
        r"\text{as in Condition 3.1}",
        r"K\ \text{depends on } \sigma\ \text{only; explicit: } K = \max\{(448D)^2, (8DE)^2\},\ E\ \text{of "
        r"the concentration of } \hat K^{(H-1)}",
        r"\text{printed without the probability}",
    ),
    printed={"b": "3/4", "p": 2, "q": 1},
    uses=("du2019deep/def-6.1", "du2019deep/eq-14", "lin2022review/resnet-width-init"),
    proof_uses=("du2019deep/thm-E.1", "du2019deep/lemma-E.1", "du2019deep/remark-E.7"),
    note="K^(H) is the corrected one (Definition 6.1 has the covariance of one layer below). The "
    "concentration of the layers is that of a residual network with an additive error of order 1/H a layer; "
    "Theorem E.1 as printed has no width and, with A = 2, a factor 2^H. As λ0 is of order c_res²/H², the "
    "width asked for is more than what the argument needs, by H⁴/c_res⁴.",
)


def linear_starts(claim: Statement) -> list[Outcome]:
    """σ(z) = z, H = 2, orthonormal inputs: λ0 = r²/4, G^(2) = (r²/4)(|a|²/m) X^T X, X of m rows.

    n = 1: |a|² and m|x|² are independent χ²_m.  More inputs than neurons: X^T X is singular; at n = (N + 3)⁸,
    N = K/λ0², δ = 1/2 the width asked for is m = N n^p log(4n).
    """
    both = f"(1 - {chi_tail('(384*sqrt(b))', 384)})**2"
    found = [
        evaluate(
            f"{both} <= 1/8", let={"b": claim.b}, says="σ(z) = z, n = 1, m = 384, δ = 1/8", instance=True
        )
    ]
    if claim.p != 2:
        few = every(
            prove("log(4) + 8*log(s) <= 8*s", s="[3, oo)", says="n = s⁸"),
            prove(f"(N + 3)**(8*{claim.p})*N*8*(N + 3) < (N + 3)**8", N=FROM_ONE, says="s = N + 3"),
        )
        found.append(
            contradicted_by(
                few,
                witness="σ(z) = z, H = 2, (N + 3)⁸ orthonormal inputs, N = K/λ0², δ = 1/2: the width asked "
                "for is below n, so G^(2)(0) is singular; for every K",
            )
        )
    if not claim.q:
        found.append(
            contradicted_by(
                prove("t/2 < t", t="(0, 1]", says="δ is half of Pr(G < b λ0)"),
                witness="σ(z) = z, n = 1, H = 2: at the width for all δ, Pr(G^(2) < 3λ0/4) = t > 0, and δ = "
                "t/2",
            )
        )
    return found


@lemma.check(covers="universal")
def two_eighths(claim: Statement, ctx: Context) -> Outcome:
    """(r/H)² < 1: λ0/8 for the features, n D e with e = λ0/(8Dn), and λ0/8 for the neurons, by Bernstein.

    First σ(z) = z: one input, the median of χ²_m being below m, and more inputs than neurons.
    """
    box: dict[str, Any] = {"r": UNIT, "H": "[2, oo)", "n": FROM_ONE, "lam": POSITIVE, "D": POSITIVE}
    argument = follows_from(
        prove("(r/H)**2*n*D*(lam/(8*D*n)) <= lam/8", says="features", **box),
        identity("(k + y*e)*(s + l*z*e) - k*s == k*l*z*e + y*e*(s + l*z*e)", says="one entry, E σ'σ' = s"),
        prove(
            "n**2*E**2*ell/((8*D*E)**2*n**2*ell/lam**2) <= (lam/(8*D))**2", E=POSITIVE, ell=POSITIVE, **box
        ),
        prove(
            "3*4*(16*D)**2 <= (448*D)**2*n**p/lam**2*(lam/(8*n))**2",
            let={"p": claim.p},
            says="Bernstein's exponent, t = λ0/(8n)",
            **box,
        ),
        prove("lam - lam/8 - lam/8 >= b*lam", let={"b": claim.b}, lam=POSITIVE, says="Weyl"),
        assumes=(
            "resnet-width-init: e <= E √(ell/m) for the layers below",
            tails.BERNSTEIN,
            "E a^(2k) <= 2^k k!, |σ'| <= L: E|Y|^k <= k! (4D)^k for (r/H)² x_i.x_j a² σ'σ'",
            concentration.SPECTRAL,
        ),
    )
    return unless(linear_starts(claim), argument)


lemma.falsehood("λ_min at least λ0", b=1)
lemma.falsehood("a width that does not grow with n", p=0)
lemma.falsehood("a width that grows like √n", p="1/2")
lemma.falsehood("a width that does not grow with 1/δ", q=0)


roles = Claim(
    "du2019deep/rem-6-terms",
    aliases=("du2019thesis/rem-3.5-terms",),
    title="What the four terms of the width are for, residual network",
    kind="proof-step",
    where="Section 6, below Theorem 6.1",
    states=r"R' \le \rho\lambda_0\frac{H^2}{n} \iff m \ge K_1\frac{n^{a_1}}{\lambda_0^{l_1}H^{h_1}},\quad "
    r"R' \le \rho \iff m \ge K_2\frac{n^{a_2}}{\lambda_0^{l_2}H^{h_2}}\ \text{(Gram matrix in "
    r"training)};\quad \frac{V}{m} \le \frac{\delta}{n} \iff m \ge V\frac{n^{a_3}}{\delta}\ "
    r"\text{(norms)};\quad nE\sqrt{\frac{\log(Hn/\delta)}{m}} \le \rho\lambda_0 \iff m \ge "
    r"K_4\frac{n^{a_4}}{\lambda_0^{l_4}}\log\frac{Hn}{\delta}\ \text{(Gram matrix at the start)}",
    given=(
        r"R' = \frac{A\sqrt n\,\|y-u(0)\|_2}{H\lambda_0\sqrt m}\ \text{as printed in Lemma C.5},\ "
        r"\|y-u(0)\|_2 = Y\sqrt n",
        r"(a_1,l_1,h_1) = (4,4,6),\ (a_2,l_2,h_2) = (2,2,2),\ a_3 = 1,\ (a_4,l_4) = (2,2)",
    ),
    printed={"a1": 4, "l1": 4, "h1": 6, "a2": 2, "l2": 2, "h2": 2, "a3": 1, "a4": 2, "l4": 2},
    parts=("first", "second", "third", "fourth"),
    uses=("du2019deep/thm-6.1",),
    proof_uses=(
        "du2019deep/lemma-C.1",
        "du2019deep/lemma-C.2",
        "du2019deep/lemma-C.4",
        "du2019deep/lemma-C.5",
    ),
    step_of="du2019deep/thm-6.1",
    note="With R' corrected, no 1/H, the first two are n⁴/(λ0⁴H⁴) and n²/λ0² in this proof. The repaired "
    "argument of Theorem 6.1 needs n³/(λ0³H⁴) and n/λ0, which the printed terms contain as λ0 H² is bounded.",
)


@roles.check(part="first", covers="universal")
def stable_gram_matrix(claim: Statement, ctx: Context) -> Outcome:
    """Solved for m: K_1 = (AY/ρ)², equality."""
    m = "((A*Y/rho)**2*n**a1/(lam**l1*H**h1))"
    said = f"(A*Y*n/(H*lam))**2/{m} == (rho*lam*H**2/n)**2"
    box: dict[str, Any] = dict.fromkeys(("A", "Y", "rho", "lam", "n", "H"), POSITIVE)
    let = {"a1": claim.a1, "l1": claim.l1, "h1": claim.h1}
    return identity(said, let=let, says="R'² at the width", **box)


@roles.check(part="second", covers="universal")
def small_radius(claim: Statement, ctx: Context) -> Outcome:
    """Solved for m: K_2 = (AY/ρ)², equality."""
    m = "((A*Y/rho)**2*n**a2/(lam**l2*H**h2))"
    box: dict[str, Any] = dict.fromkeys(("A", "Y", "rho", "lam", "n", "H"), POSITIVE)
    let = {"a2": claim.a2, "l2": claim.l2, "h2": claim.h2}
    return identity(f"(A*Y*n/(H*lam))**2/{m} == rho**2", let=let, says="R'² at the width", **box)


@roles.check(part="third", covers="universal")
def chebyshev_for_the_norms(claim: Statement, ctx: Context) -> Outcome:
    """A share δ/n for each input, by Lemma C.1."""
    box: dict[str, Any] = dict.fromkeys(("V", "n", "delta"), POSITIVE)
    return identity("V/(V*n**a3/delta) == delta/n", let={"a3": claim.a3}, **box)


@roles.check(part="fourth", covers="universal")
def gram_matrix_at_the_start(claim: Statement, ctx: Context) -> Outcome:
    """Solved for m: K_4 = (E/ρ)², by Lemma C.2."""
    m = "((E/rho)**2*n**a4/lam**l4*ell)"
    box: dict[str, Any] = dict.fromkeys(("E", "rho", "n", "lam", "ell"), POSITIVE)
    return every(
        identity(f"n**2*E**2*ell/{m} == (rho*lam)**2", let={"a4": claim.a4, "l4": claim.l4}, **box),
    )


roles.falsehood("H⁴ in the first term", h1=4, by=("stable_gram_matrix",))
roles.falsehood("n² in the first term", a1=2, by=("stable_gram_matrix",))
roles.falsehood("λ0⁴ in the second term", l2=4, by=("small_radius",))
roles.falsehood("n² in the third term", a3=2, by=("chebyshev_for_the_norms",))
roles.falsehood("n in the fourth term", a4=1, by=("gram_matrix_at_the_start",))
