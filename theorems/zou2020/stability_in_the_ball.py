"""Appendix A.2, Lemmas A.3 and A.4: masked products, features and masks near the Gaussian start.

Both are quoted in the paper from another report.  Here: what decides them for one or two layers, and the
hypotheses that are not printed.  p = w.x is the pre-activation of a unit at the start, of law N(0, 2/m).
"""

from fractions import Fraction

from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    Undecided,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


stability = Claim(
    "zou2020/lemma-A.4",
    title="Features and masks of two networks in a ball around the start",
    kind="probabilistic",
    where="Appendix A.2, Lemma A.4",
    states=r"\|\hat x_{l,i}-\tilde x_{l,i}\|_2 \le C\,L\sum_{r\le l}\|\hat W_r-\tilde W_r\|_2^{e};\qquad "
    r"\|\hat\Sigma_{l,i}-\tilde\Sigma_{l,i}\|_0 \le C'L^{4/3}\tau^{t}m_l\qquad \forall l, i,\qquad e = 1,\ "
    r"t = \tfrac23",
    given=(
        r"\|\hat W_l-W_l\|_2, \|\tilde W_l-W_l\|_2 \le \tau \le \kappa'L^{-11}\log^{-3/2}M;\ \|x_i\| = 1",
        r"\tau\ \text{not too small: } m\tau^{2/3} \ge \log\tfrac n\delta,\ \text{probability } 1-\delta",
        r"C, C', \kappa'\ \text{absolute; for one layer explicit: } C = 1,\ C' = 4",
        r"\text{printed: any } \tau > 0,\ \text{no probability}",
    ),
    printed={"C": "1", "e": 1, "C1": "4", "t": "2/3", "tau": "any", "depth": "any"},
    parts=("features", "masks"),
    proof_uses=("zou2020/lemma-A.1", "zou2020/lemma-A.3"),
    note="A radius far below m^(-3/2) is refuted whatever the constants and the width: the bound allows less "
    "than one flip there. Radii that do not shrink with m are not affected, and the paper applies the lemma "
    "at those. The explicit constants are for one layer, where the bound on the features is sure.",
)


def a_single_flip() -> Outcome:
    """L = 1, c = (2C')^(-3/2) <= 1, τ = c m^(-3/2), n >= 2/c orthonormal inputs with last coordinate 1/√n.

    Pr(|p| < τ) = erf(τ√m/2) >= τ√m/2 = c/(2m).  Such a unit flips when w_j moves by p along x, or a bit more.
    """
    return contradicted_by(
        every(
            prove("x <= erf(x)", x="[0, 1/2]", says="a small pre-activation, x = τ√m/2"),
            prove("log(1 - u) <= -u", u="[0, 1/2]", says="none among m units and n inputs: e^(-nc/2)"),
            evaluate("exp(-1) < 1/2", says="n >= 2/c"),
            identity("C*(1/(2*C)) == 1/2", C=POSITIVE, says="the bound C'τ^(2/3)m = C'c^(2/3)"),
            assumes=("orthonormal inputs: the w_j.x_i are independent", "τ log^(3/2) m -> 0 as m grows"),
        ),
        witness="L = 1, c = (2C')^(-3/2), τ = c m^(-3/2), 2/c orthonormal inputs or one more: for every C' "
        "and κ', at every large m, with probability above 1/2 some mask flips in the ball, one unit, and the "
        "bound is 1/2",
    )


def active_unit(claim: Statement) -> list[Outcome]:
    """L = 1: one active unit moved along x by 1/100 and by 10^(-6)."""
    let = {"C": claim.C, "e": claim.e}
    return [
        evaluate(f"{size} <= C*({size})**e", let=let, says=f"one active unit, moved by {size}", instance=True)
        for size in ("1/100", "1/10**6")
    ]


@stability.check(part="features", covers="universal")
def one_layer_of_features(claim: Statement, ctx: Context) -> Outcome:
    """|σ(Ŵ^T x) - σ(W~^T x)| <= |(Ŵ - W~)^T x|, one layer.  First an active unit, which attains it."""
    argument = follows_from(
        prove("z*y <= C*y**e", let={"C": claim.C, "e": claim.e}, y=FROM_ZERO, z="[0, 1]", says="L = 1"),
        assumes=("σ is 1-Lipschitz",),
    )
    if claim.depth == "any":
        argument = Undecided(
            "for more layers the lemma is quoted; neither a width nor a probability is printed",
            "a bound on products of masked weights at a width (Lemma A.3)",
        )
    return unless(active_unit(claim), argument)


def many_flips(claim: Statement) -> Outcome:
    """One layer and input, |p| <= bτ^(2/3)/√m, b = 219/100: half of those flip in Ŵ, the others in W~.

    Their share is erf(bτ^(2/3)/2) and Σp² near 2E[g²; |g| <= y] <= b³τ²/(3√π), y = bτ^(2/3)/√2, half of it
    in each.  τ = log^(-2) m, so that τ <= κ' log^(-3/2) m at every large m; here τ = 10^(-30).
    """
    extra = 30 * Fraction(claim.t) - 20
    return every(
        evaluate("(219/100)**3/(3*sqrt(pi))/2 < 1", says="within τ"),
        prove("99/100*2*y <= erf(y)*sqrt(pi)", y="[0, 1/100]", says="share of the units"),
        evaluate(
            f"99/100*219/100/sqrt(pi) <= C1*(1/10)**({extra})",
            let={"C1": claim.C1},
            says="L = 1, one input, over mτ^(2/3)",
            assumes=("Chebyshev for the number of units and for Σp²", "|rank-one change| = √Σp²"),
        ),
    )


@stability.check(part="masks", covers="universal")
def small_and_large(claim: Statement, ctx: Context) -> Outcome:
    """L = 1, T = mτ^(2/3) >= log(n/δ), β = √π τ^(2/3)/√m: below β at most T units in mean; beyond β
    τ²/β² = T/π flip in each network.  3T or more below β have probability e^(-(3 log 3 - 2)T) at most.

    First a tiny radius, if admitted, and many flips.
    """
    against = [many_flips(claim)]
    argument = follows_from(
        prove("erf(x) <= 2*x/sqrt(pi)", x=FROM_ZERO, says="Pr(|p| <= β), x = β√m/2"),
        identity("2*(sqrt(pi)*u/2)/sqrt(pi) == u", says="mean over m, u = τ^(2/3)"),
        identity("u**3/(sqrt(pi)*u/sqrt(m))**2 == u*m/pi", u=POSITIVE, m=FROM_ONE, says="τ²/β²"),
        evaluate("1 <= 3*log(3) - 2", says="n e^(-T) <= δ"),
        evaluate("3 + 2/pi <= C1", let={"C1": claim.C1}, says="all flips over T"),
        identity("t == 2/3", let={"t": claim.t}),
        assumes=("Chernoff for a binomial law", "Σ((ŵ_j - w_j).x)² <= τ²; union bound over n inputs"),
    )
    if claim.depth == "any":
        argument = Undecided("for more layers the lemma is quoted", "the argument of the report, at a width")
    if claim.tau == "any":
        against.insert(0, a_single_flip())
    return unless(against, argument)


stability.falsehood("half of the change of the features", C="1/2", by=("one_layer_of_features",))
stability.falsehood("the square of the change", e=2, by=("one_layer_of_features",))
stability.falsehood("τ for τ^(2/3)", t=1, tau="not small", by=("small_and_large",))
stability.falsehood("τ^(7/10) for τ^(2/3)", t="7/10", tau="not small", by=("small_and_large",))
stability.falsehood("constant 6/5 for the flips", C1="6/5", tau="not small", by=("small_and_large",))
stability.reading("τ not too small, any depth", tau="not small")
stability.reading("one layer, τ not too small", tau="not small", depth="one")


products = Claim(
    "zou2020/lemma-A.3",
    title="Norms of products of masked weights near the start",
    kind="probabilistic",
    where="Appendix A.2, Lemma A.3",
    states=r"\left\|\prod_{r=l_1}^{l_2}\tilde\Sigma_r\tilde W_r^\top\right\|_2 \le C\,L^{a},\quad "
    r"\left\|v^\top\prod_{r=l_1}^{L}\tilde\Sigma_r\tilde W_r^\top\right\|_2 \le C'M^{q},\quad "
    r"\left|v^\top\prod_{r=l_1}^{L}\tilde\Sigma_r\tilde W_r^\top u\right| \le C''\sqrt s\,\log^{g}M,\qquad a "
    r"= q = g = \tfrac12",
    given=(
        r"\|\tilde W_l-W_l\|_2 \le \tau,\ \|\tilde\Sigma_l-\Sigma_l\|_0 \le s,\ "
        r"|\tilde\Sigma_{jj}|, |(\tilde\Sigma-\Sigma)_{jj}| \le 1",
        r"\tau, \sqrt{s\log M/m} \le \kappa L^{-3/2};\ 1 \le l_1 < l_2 \le L;\ \|u\|_2 = 1,\ \|u\|_0 \le s",
        r"C, C', C'', \kappa\ \text{absolute};\ M = \max_{l\ge1}m_l,\ m = \min_{l\ge1}m_l",
        r"d \le m,\ \tau\sqrt M \le \sqrt{s\log M}",
        r"\text{printed: any dimension } d \text{ of the inputs, any such } \tau,\ \text{no probability}",
    ),
    printed={"a": "1/2", "q": "1/2", "g": "1/2", "inputs": "any", "tau": "any", "masks": "close"},
    parts=("layers", "outputs", "sparse"),
    note="With l_1 = 1 the first factor has d columns, and d is not in the bounds nor in the conditions; "
    "products from l_1 = 2 on do not see it. The third bound has s but not τ, and one row moved by τ along "
    "the backward signal adds τ√M/2. In the proof of Lemma 5.3 s is of order L^(4/3)τ^(2/3)M, which is large "
    "enough. With both conditions the lemma is not decided here.",
)


def wide_inputs() -> Outcome:
    """L = 2, l_1 = 1, W~ = W, s = 1, inputs on the first and the last coordinate of R^d.

    a^T = v^T Σ_2 W_2^T Σ_1, or a row of Σ_2 W_2^T Σ_1, does not depend on the other d - 2 rows of W_1, and is
    not 0 if units are active in both layers: the entries of a^T W_1^T there are independent, N(0, 2|a|²/m).
    The share of those below a bound is erf(y), y >= 1, and d - 2 >= 2/u with u = (2/√π)e^(-(y + 1)²).
    """
    return contradicted_by(
        every(
            evaluate("2*2**(-8) < 1/4", says="no active unit in a layer, m >= 8"),
            evaluate("2/sqrt(pi)*exp(-4) <= 1/2", says="u <= 1/2"),
            prove("log(1 - u) <= -u", u="[0, 1/2]", says="(1 - u)^(d-2) <= e^(-2)"),
            evaluate("exp(-2) < 1/4", says="all entries are below the bound"),
            assumes=("erfc(y) >= (2/√π)e^(-(y + 1)²)", "an entry is at most the norm"),
        ),
        witness="L = 2, l_1 = 1, W~ = W, the masks of the start: for every C and κ, at every large m, the "
        "left side is beyond C√2, or C√M, with probability above 1/2, if d is large enough",
    )


def aligned_row() -> Outcome:
    """L = 2, l_1 = 1, s = 1: W~_1 = W_1 ± τ e_k a^T/|a| with a^T = v^T Σ_2 W_2^T Σ_1, W~_2 = W_2, u = e_k.

    The left side is |a^T W_1^T e_k| + τ|a|, and |a| >= √m/2 with probability near 1; τ = κ 2^(-3/2), m = t⁴.
    """
    return contradicted_by(
        every(
            identity("k/2**(3/2)*t**2/2 == k*t**2/(4*sqrt(2))", t=POSITIVE, says="τ|a| >= τ√m/2"),
            prove("log(t) <= t", t=FROM_ONE, says="√log m <= 2√t"),
            prove("sqrt(t)/6 < t/(4*sqrt(2))", t=FROM_ONE, says="over κt, for t >= 12C''/κ"),
            assumes=("2|a|²/m -> 1 in probability as m grows", "the masks are those of the start"),
        ),
        witness="L = 2, l_1 = 1, s = 1, τ = κ 2^(-3/2), the masks of the start, W~_1 = W_1 ± τ e_k a^T/|a|, "
        "u = e_k: for every C'' and κ, at every large m, the left side is at least τ√m/2 and beyond the "
        "bound C''√log m with probability near 1",
    )


ENTRIES = "d = m large, L = 2: 2|a|²/m >= 1/2 with probability near 1, as 2|a|²/m -> 1"


QUOTED = Undecided("the lemma is quoted; no width and no probability is printed", "its proof, at a width")


@products.check(part="layers", covers="universal")
def features_as_products(claim: Statement, ctx: Context) -> Outcome:
    """The product of all layers maps x to x_L, of norm 1/2 at least; L = 16C².  Then wide inputs.

    With all masks 1 a layer doubles the squared norm, near enough, and C√L = L/4.
    """
    instance = prove(
        "1/2 <= C*(16*C**2)**a",
        let={"a": claim.a},
        C=FROM_ONE,
        says="l_1 = 1, l_2 = L = 16C², m large, start",
        assumes=("lemma-A.1: |x_L| >= 1/2",),
    )
    if claim.masks == "any":
        instance = contradicted_by(
            prove(
                "log(L/4) < L*log(3/2)/2",
                L="[16, oo)",
                assumes=("weak law: |W_l^T x|² >= (3/2)|x|² in each of L layers, m large",),
            ),
            witness="all masks 1, l_1 = 1, l_2 = L = 16C²: the norm is at least (3/2)^(L/2), above C√L",
        )
    return unless([instance, *([wide_inputs()] if claim.inputs == "any" else [])], QUOTED)


@products.check(part="outputs", covers="universal")
def norm_of_a_row(claim: Statement, ctx: Context) -> Outcome:
    """a^T W_1^T has a squared norm of (1/2)(m - 2)/2 at least, which is above m/16.  Then wide inputs."""
    instance = prove(
        "sqrt(m/16) <= C*m**q",
        let={"q": claim.q, "m": "(32*C**2*z)"},
        C=FROM_ONE,
        z=FROM_ONE,
        says="d = m = 32C'² z, L = 2",
        assumes=(ENTRIES, "weak law for the entries"),
    )
    return unless([instance, *([wide_inputs()] if claim.inputs == "any" else [])], QUOTED)


@products.check(part="sparse", covers="universal")
def largest_entry(claim: Statement, ctx: Context) -> Outcome:
    """s = 1: the largest of m - 2 entries of variance 1/2 is √log(m)/2 at least with probability near 1.

    l = log m.  Then a row of W_1 that is moved along a.
    """
    instance = prove(
        "sqrt(l)/2 <= C*l**g",
        let={"g": claim.g, "l": "(16*C**2*z)"},
        C=FROM_ONE,
        z=FROM_ONE,
        says="d = m, log m = 16C''² z, L = 2",
        assumes=(ENTRIES, "the maximum of m Gaussians of variance σ² is near σ√(2 log m)"),
    )
    return unless([instance, *([aligned_row()] if claim.tau == "any" else [])], QUOTED)


MEANT = {"inputs": "d <= m", "tau": "balanced"}

products.falsehood("a bound 1/√L", a="-1/2", **MEANT, by=("features_as_products",))
products.falsehood("any masks", masks="any", **MEANT, by=("features_as_products",))
products.falsehood("outputs without √M", q=0, **MEANT, by=("norm_of_a_row",))
products.falsehood("sparse inputs without √log M", g=0, **MEANT, by=("largest_entry",))
products.reading("d at most m, and τ√M at most √(s log M)", inputs="d <= m", tau="balanced")
