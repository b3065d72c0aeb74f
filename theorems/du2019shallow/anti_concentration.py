"""Section 3.1: when a weight moves by at most R, which gates can flip, and how often.

The gate of neuron r on input i is 1 when w_r.x_i >= 0.  A_ir is the event that some w within R of w_r(0)
has another gate.
"""

from verify import Claim, Context, Outcome, Statement, every, prove

event_air = Claim(
    "du2019shallow/event-Air",
    aliases=("du2019thesis/event-Air",),
    title="Anti-concentration: when and how often a radius-R perturbation can flip a gate",
    kind="probabilistic",
    where="Section 3.1, proof of Lemma 3.2",
    states=r"A_{ir} \iff |w_r(0)^\top x_i| < R, \qquad\Pr(A_{ir}) = \Pr_{z\sim N(0,1)}(|z| < R) \le \frac{c "
    r"R}{\sqrt{2\pi}}",
    given=(r"\|x_i\|_2 = 1", r"w_r(0) \sim N(0, I)", r"R > 0"),
    printed={"c": 2, "norm": 1, "flips_at_minus_R": False},
    parts=("gate", "probability"),
    note="w_r(0).x_i = -R flips too (push by R onto the kink, where the gate is 1): a null event.",
)


@event_air.check(part="probability", covers="universal")
def tangent_line_at_zero(claim: Statement, ctx: Context) -> Outcome:
    """erf(R/√2) is concave on R ≥ 0, so it lies below its tangent cR/√(2π) at 0 exactly when c ≥ 2."""
    return prove("erf(R/sqrt(2)) < c*R/sqrt(2*pi)", R="(0, oo)", let=claim.let)


@event_air.check(part="gate", covers="universal")
def pushed_straight_along_x(claim: Statement, ctx: Context) -> Outcome:
    """By Cauchy-Schwarz w.x ranges over [z - R|x|, z + R|x|], z = w_r(0).x; write z = sR.

    An active gate (z >= 0) goes off iff the low end is negative; an inactive one goes on iff the high end
    is >= 0.
    """
    low, high = "s*R - R*norm", "s*R + R*norm"
    minus_R_flips = f"{high.replace('s*R', '-R')} {'>=' if claim.flips_at_minus_R else '<'} 0"
    return every(
        prove(f"{low} < 0", s="[0, 1)", R="(0, oo)", let=claim.let, says="0 <= z < R goes off"),
        prove(f"{low} >= 0", s="[1, oo)", R="(0, oo)", let=claim.let, says="z >= R stays on"),
        prove(f"{high} >= 0", s="(-1, 0)", R="(0, oo)", let=claim.let, says="-R < z < 0 goes on"),
        prove(f"{high} < 0", s="(-oo, -1)", R="(0, oo)", let=claim.let, says="z < -R stays off"),
        prove(minus_R_flips, R="(0, oo)", let=claim.let, says="the boundary z = -R"),
        assumes=("Cauchy-Schwarz, with equality for a push along x",),
    )


event_air.falsehood("constant halved", c=1, by=("tangent_line_at_zero",))
event_air.falsehood("2R/π instead of 2R/√(2π)", c="2*sqrt(2/pi)", by=("tangent_line_at_zero",))
event_air.falsehood(
    "inputs of norm 1/2 with the threshold R",
    norm="1/2",
    flips_at_minus_R=True,
    by=("pushed_straight_along_x",),
)
event_air.corrected(
    "the gate flips iff -R <= w.x < R (same probability)", erratum="misprint", flips_at_minus_R=True
)
