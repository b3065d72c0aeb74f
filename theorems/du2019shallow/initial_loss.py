"""Section 3.1, last step: the expected squared residual at initialisation."""

from verify import Claim, Context, Outcome, Statement, expectation, identity, prove

init_loss = Claim(
    "du2019shallow/init-loss",
    aliases=("du2019thesis/init-loss",),
    title="Expected initial squared residual",
    kind="probabilistic",
    where="Section 3.1, after Lemma 3.4",
    states=r"\mathbb E\|y-u(0)\|_2^2 = \sum_i \bigl(y_i^2 + k\, y_i\,\mathbb E f(W(0),a,x_i)"
    r" + \mathbb E f(W(0),a,x_i)^2\bigr) = \sum_i (y_i^2 + s) = O(n)",
    given=(r"\|x_i\|_2 = 1", r"w_r(0)\sim N(0,I)", r"a_r \sim \mathrm{unif}\{-1,1\}"),
    printed={"k": 1, "s": 1},
    parts=("expansion", "second moment", "order"),
    note="The expansion of the square prints y E f where -2 y E f stands; E f = 0 hides it.",
)


@init_loss.check(part="expansion", covers="universal")
def square_expanded(claim: Statement, ctx: Context) -> Outcome:
    """(y - f)² = y² + k y f + f² as polynomials, term by term under the expectation."""
    return identity("(y - f)**2 == y**2 + k*y*f + f**2", let=claim.let)


@init_loss.check(part="second moment", covers="universal")
def half_of_the_gaussian_variance(claim: Statement, ctx: Context) -> Outcome:
    """The a_r are independent signs, so E f² = (1/m) Σ_r E relu(w_r.x)² = E[z²; z > 0] = 1/2, not s."""
    return expectation(
        [("0", "0"), ("oo", "z**2")],
        equals="s",
        let=claim.let,
        assumes=("E a_r a_s = 0 for r != s", "w.x ~ N(0, 1) for a unit x"),
    )


@init_loss.check(part="order", covers="universal")
def linear_in_n(claim: Statement, ctx: Context) -> Outcome:
    """With y_i = t C, |t| <= 1: the sum of n terms y_i² + 1/2 is at most n (C² + s), whatever m."""
    return prove("(t*C)**2 + 1/2 <= C**2 + s", t="[-1, 1]", C="[0, oo)", let=claim.let)


init_loss.falsehood("Σ(y² + 2)", k=-2, s=2, by=("half_of_the_gaussian_variance",))
init_loss.falsehood("Σ(y² + 1/4)", k=-2, s="1/4", by=("half_of_the_gaussian_variance", "linear_in_n"))
init_loss.falsehood("E(y - f)² with +2 y f", k=2, s="1/2", by=("square_expanded",))
init_loss.corrected("cross term -2 y E f and E f² = 1/2", erratum="constant", k=-2, s="1/2")
