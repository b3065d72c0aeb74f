"""Appendix A.3, proof of Lemma 5.3: secant masks, and the exact change of the features of a network.

a and b are the pre-activations of a unit before and after; S is the diagonal entry of Σ^(k) + Σ~^(k).
"""

from fractions import Fraction
from typing import Any

from theorems.zou2020._masked_networks import (
    Pair,
    Vector,
    active,
    by_hand,
    drawn,
    equal,
    forward,
    secant,
    transposed_times,
)
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, POSITIVE = "[0, oo)", "(0, oo)"


masks = Claim(
    "zou2020/proof-lemma-5.3-sigma-tilde",
    title="The secant correction of an activation mask",
    kind="proof-step",
    where="Appendix A.3, proof of Lemma 5.3, definition of the diagonal matrices with a tilde",
    step_of="zou2020/lemma-5.3",
    states=r"\tilde\Sigma^{(k)} = (\Sigma^{(k+1)}-\Sigma^{(k)})\,\frac{t\,z}{d\,(b-a)}:\quad "
    r"\sigma(b)-\sigma(a) = (\Sigma^{(s)}+\tilde\Sigma^{(k)})(b-a),\quad 0 \le "
    r"\Sigma^{(s)}+\tilde\Sigma^{(k)} \le 1",
    given=(
        r"a = w_{l,j}^{(k)\top}x_{l-1,i}^{(k)},\ b = w_{l,j}^{(k+1)\top}x_{l-1,i}^{(k+1)},\ a \ne b",
        r"\Sigma^{(k)} = 1\{a > 0\},\ \Sigma^{(k+1)} = 1\{b > 0\};\quad t = d = 1",
        r"\text{printed: } z = a,\ s = k",
    ),
    printed={"z": "a", "s": "k", "t": 1, "d": 1},
    parts=("identity", "range"),
    note="The printed numerator belongs to Σ^(k+1) as the base. With Σ^(k) as the base, as in all that "
    "follows, it has to be the pre-activation after the step. The correction lives on the flipped units by "
    "the factor in front; where a = b nothing has flipped and it is zero.",
)

FLIPS = (
    ("switched on", "(-p)", "q", 0, 1, {"p": FROM_ZERO, "q": POSITIVE}),
    ("switched off", "p", "(-q)", 1, 0, {"p": POSITIVE, "q": FROM_ZERO}),
)
"""What happens, a, b, the masks before and after, and the signs."""


def with_mask(claim: Statement, before: int, after: int) -> str:
    """S for a unit with these masks."""
    base = after if claim.s == "k+1" else before
    return f"({base} + ({after} - {before})*t*({claim.z})/(d*(b - a)))"


@masks.check(part="identity", covers="universal")
def four_signs(claim: Statement, ctx: Context) -> Outcome:
    """Active or inactive on both sides: S = 1 or 0.  Flips: a = -p <= 0 < q = b, and a = p > 0 >= -q = b.

    First from -1 to 1 and back.
    """
    links, points = [], []
    for says, a, b, before, after, box in FLIPS:
        gain = "q" if after else "(-p)"
        domain: dict[str, Any] = box
        said = f"{gain} == {with_mask(claim, before, after)}*(b - a)"
        let = {"a": a, "b": b, "t": claim.t, "d": claim.d}
        points.append(evaluate(said, at={"p": 1, "q": 1}, let=let, says=says))
        links.append(identity(said, let=let, says=says, **domain))
    return unless(points, every(*links))


@masks.check(part="range", covers="universal")
def weighted_mean(claim: Statement, ctx: Context) -> Outcome:
    """What Lemma A.3 asks for: |S|, |S - Σ^(0)| <= 1.  S is p/(p + q) or q/(p + q)."""
    links = []
    for says, a, b, before, after, box in FLIPS:
        let = {"a": a, "b": b, "t": claim.t, "d": claim.d}
        S = with_mask(claim, before, after)
        domain: dict[str, Any] = box
        links.append(prove(f"0 <= {S}", let=let, says=says, **domain))
        links.append(prove(f"{S} <= 1", let=let, says=says, **domain))
    return every(*links)


masks.falsehood("numerator b with the base Σ^(k+1)", z="b", s="k+1")
masks.falsehood("denominator a - b", z="b", d=-1)
masks.falsehood("no correction", z="b", t=0, by=("four_signs",))
masks.falsehood("half of the correction", z="b", t="1/2", by=("four_signs",))
masks.corrected("numerator b", erratum="misprint", z="b")
masks.corrected("base Σ^(k+1)", erratum="misprint", s="k+1")


telescoping = Claim(
    "zou2020/proof-lemma-5.3-telescoping",
    title="The change of the features, layer by layer",
    kind="proof-step",
    where="Appendix A.3, proof of Lemma 5.3, chain for the change of the last features",
    step_of="zou2020/lemma-5.3",
    states=r"x_{L}^{(k+1)}-x_{L}^{(k)} = \sum_{l=f}^L\left(\prod_{r=l+1}^L "
    r"M_rW_r^{(o)\top}\right)M_l(W_l^{(k+1)}-W_l^{(k)})^\top x_{l-1}^{(e)},\qquad M = "
    r"\Sigma^{(k)}+\tilde\Sigma^{(k)},\ o = k+1,\ e = k,\ f = 1",
    given=(
        r"\Sigma^{(k)}+\tilde\Sigma^{(k)}\ \text{the secant masks: } \sigma(b)-\sigma(a) = "
        r"(\Sigma^{(k)}+\tilde\Sigma^{(k)})(b-a)\ \text{(step before, corrected)}",
    ),
    printed={"masks": "secant", "o": "k+1", "e": "k", "f": 1},
    uses=("zou2020/proof-lemma-5.3-sigma-tilde",),
    note="Weights before the step in the product go with features after it, the other way round.",
)


def right_hand_side(claim: Statement, pair: Pair) -> tuple[Vector, Vector]:
    """The change of the last features, and the sum of the display."""
    old, below = forward(pair.before, pair.x)
    new, above = forward(pair.after, pair.x)
    outer = pair.after if claim.o == "k+1" else pair.before
    last = old if claim.e == "k" else new
    total = [Fraction(0)] * len(old[-1])
    for low in range(int(claim.f), len(pair.before) + 1):
        W, V = pair.after[low - 1], pair.before[low - 1]
        moved = [[w - u for w, u in zip(p, q, strict=True)] for p, q in zip(W, V, strict=True)]
        y = transposed_times(moved, last[low - 1])
        for r in range(low, len(pair.before) + 1):
            if r > low:
                y = transposed_times(outer[r - 1], y)
            before, after = below[r - 1], above[r - 1]
            mask = secant(before, after) if claim.masks == "secant" else active(before)
            y = [m * entry for m, entry in zip(mask, y, strict=True)]
        total = [s + t for s, t in zip(total, y, strict=True)]
    return [b - a for a, b in zip(old[-1], new[-1], strict=True)], total


def networks(claim: Statement, ctx: Context) -> list[Outcome]:
    """Two networks by hand and eight drawn ones of two to five layers."""
    pairs = [*by_hand(), *(drawn(ctx.rng("network", k), 2 + k % 4) for k in range(8))]
    return [
        equal(*right_hand_side(claim, pair), f"network {k + 1}, L = {len(pair.before)}")
        for k, pair in enumerate(pairs)
    ]


@telescoping.check(covers="universal")
def one_layer_after_the_other(claim: Statement, ctx: Context) -> Outcome:
    """δ_l = S_l(W'_l x'_(l-1) - W_l x_(l-1)) = S_l W'_l δ_(l-1) + S_l(W'_l - W_l)x_(l-1), δ_0 = 0.

    A term (unit, coordinate) of the layer, and the recursion written out for two layers; first the networks.
    """
    argument = follows_from(
        identity("S*(V*y - W*x) == S*V*(y - x) + S*(V - W)*x", says="one layer"),
        identity("S2*V2*(S1*V1*0 + S1*D1*x0) + S2*D2*x1 == S2*V2*S1*D1*x0 + S2*D2*x1", says="two layers"),
        assumes=("sum over the coordinates", "proof-lemma-5.3-sigma-tilde (corrected)", "induction over l"),
    )
    return unless(networks(claim, ctx), argument)


@telescoping.check()
def rational_networks(claim: Statement, ctx: Context) -> Outcome:
    """The same networks, without rounding."""
    return every(*networks(claim, ctx))


telescoping.falsehood("weights before the step in the product", o="k")
telescoping.falsehood("masks Σ^(k) only", masks="before")
telescoping.falsehood("features after the step", e="k+1")
telescoping.falsehood("without the first layer", f=2)
