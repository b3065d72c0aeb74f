"""Section 4 and Appendix A: how far gradient descent moves the weights, against the width.

`Q` bounds the gradient of a layer by the residual, `E` is the initial residual, `T` the total travel; a2, cw
and cx are the constants a_{2,0}, c_{w,0}, c_{x,0} of Appendix B, and c is c_sigma.
"""

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import torch
from msgspec.structs import replace

from numerics.activations import softplus
from numerics.networks import FullyConnected, Parameters, initialise, predict
from numerics.statistics import stream
from numerics.training import half_squares, train
from verify import (
    Claim,
    Context,
    Outcome,
    Plot,
    Regime,
    Series,
    Statement,
    contradicted_by,
    every,
    follows_from,
    identity,
    prove,
    smallest_deciding_count,
    unless,
)

POSITIVE, FROM_ONE = "(0, oo)", "[1, oo)"
WIDTHS = (64, 256)
STEPS, STEP_SIZE = 60, 0.1


def sign_network(power: str) -> Outcome:
    """σ(z) = z, H = 1, n = 1, half of the a_r are 1, half are -1, all weights 1: the first step moves W by η.

    u(0) = 0 and y = 1, so w_r moves by η a_r/√m.  Against the mean distance η/√m, η = 1/4, the bound
    C m^(-p), C = x >= 1 an integer, at m = (4 + 4x)².
    """
    return every(
        identity("m*(eta*a/sqrt(m))**2 == eta**2*a**2", m=FROM_ONE, says="squared distance"),
        prove(f"1/4/(4 + 4*x) > x/(4 + 4*x)**({power})", x=FROM_ONE, says="m = (4 + 4x)², C = x"),
    )


nearby = Claim(
    "du2019deep/eq-6",
    aliases=("du2019thesis/eq-3.6",),
    title="The weights stay close to their initialisation in the averaged Frobenius norm",
    kind="asymptotic-scaling",
    where="Section 4, eq. (6); Appendix A, the paragraph on the k-th iteration",
    states=r"\left\|\frac{\partial L}{\partial W^{(h)}}\right\|_F \le Q\,\|y-u\|_2,\ Q\ \text{free of } m;\ "
    r"\|W^{(h)}(k)-W^{(h)}(0)\|_F \le \frac{C\,Q\,\|y-u(0)\|_2}{\lambda_0},\ C = 4;\ "
    r"\frac{1}{\sqrt m}\|W^{(h)}(k)-W^{(h)}(0)\|_F = O(m^{-p}),\ p = \tfrac12",
    given=(
        r"\|W^{(h)}\|_2 \le 2c_{w,0}\sqrt m,\ \|a\|_2 \le 2a_{2,0}\sqrt m,\ \|x_i^{(h)}\|_2 \le 2c_{x,0}",
        r"\text{Condition A.1 for } 0,\dots,k,\ 0 < \eta\lambda_0 \le 2",
        r"\text{printed: small for all } k",
    ),
    printed={"C": 4, "scale": "1/sqrt(m)", "p": "1/2"},
    parts=("gradient", "travel", "average"),
    uses=("du2019deep/cond-A.1", "du2019deep/sec-B-gradient"),
    note="Conditional on the decay of the residual and on norms that stay bounded, which the theorems "
    "provide together; all parameters but m are fixed. scale is the factor of a layer without √c_σ.",
)


@nearby.check(part="gradient", covers="universal")
def powers_of_the_width(claim: Statement, ctx: Context) -> Outcome:
    """The display of Appendix B in norms: the top layer, what each further layer below contributes, and a.

    |L'^(H)| <= √(c/m) L |a| 2c_x Σ|e_i|, and one more factor √(c/m) L |W| for each layer further down.
    """
    scale = f"(sqrt(c)*({claim.scale}))"
    box: dict[str, Any] = dict.fromkeys(("c", "L", "cw", "cx", "a2"), POSITIVE) | {
        "m": FROM_ONE,
        "n": FROM_ONE,
    }
    top = identity(f"{scale}*L*(2*a2*sqrt(m))*2*cx == 4*a2*cx*sqrt(c)*L", says="layer H", **box)
    below = identity(f"{scale}*L*(2*cw*sqrt(m)) == 2*sqrt(c)*L*cw", says="one layer further down", **box)
    return every(top, below, assumes=("Cauchy-Schwarz: Σ|e_i| <= √n |e|", "operator norms multiply"))


@nearby.check(part="travel", covers="universal")
def geometric_sum(claim: Statement, ctx: Context) -> Outcome:
    """η Q Σ s^k E = ηQE/(1 - s), s = √(1 - ηλ0/2), is 2(1 + s)QE/λ0.

    A prediction that is linear in the parameters, slope g, attains it: e(k) = s^k and ηg/(1 - s) = 1/g.
    """
    return every(
        identity("(2*(1 - s**2)/lam)/(1 - s) == 2*(1 + s)/lam", says="η = 2(1 - s²)/λ0"),
        prove(
            "2*(1 + s)*Q*E/lam <= C*Q*E/lam", s="[0, 1)", Q=POSITIVE, E=POSITIVE, lam=POSITIVE, let=claim.let
        ),
        assumes=("sum of a geometric series",),
    )


@nearby.check(part="average", covers="universal")
def over_the_root_of_the_width(claim: Statement, ctx: Context) -> Outcome:
    """T/√m <= T m^(-p), below any ε from m = (T/ε)² on.  First a linear activation with T >= η at every m."""
    far = contradicted_by(
        sign_network(str(2 * Fraction(claim.p))),
        witness="σ(z) = z, one input, half of the output weights -1: the mean distance after a step is η/√m",
    )
    box: dict[str, Any] = {"T": POSITIVE, "m": FROM_ONE}
    return unless(
        [far],
        follows_from(
            prove("T/sqrt(m) <= T*m**(-p)", let={"p": claim.p}, **box),
            identity("(T/eps)**2*eps**2 == T**2", T=POSITIVE, eps=POSITIVE, says="m ε² at m = (T/ε)²"),
        ),
    )


@cache
def travels(seed: int, claim: str, check: str, seeds: int) -> np.ndarray[Any, Any]:
    """Largest distance of W^(2) from its start, for each width and seed: (widths, seeds)."""
    X = torch.eye(4, dtype=torch.float64)
    y, net = np.array([1.0, -1.0, 1.0, -1.0]), FullyConnected(softplus())
    model = half_squares(lambda p: predict(net, Parameters(tuple(p[:-1]), p[-1]), X), y)
    rows = []
    for m in WIDTHS:
        start = initialise(net, stream(seed, claim, check, m), m=m, H=2, d=4, seeds=seeds)
        run = train(model, (*start.weights, start.output), STEP_SIZE, STEPS, device="cpu")
        rows.append(run.drift[:, :, 1].max(axis=1))
    return np.array(rows)


@nearby.check(part="average")
def two_widths(claim: Statement, ctx: Context) -> Outcome:
    """Softplus, H = 2, four orthonormal inputs, labels ±1, η = 1/10, 60 steps, at widths 64 and 256.

    For a random start the local exponent of the mean distance of W^(2) is within 1/4 of -p with probability
    at least 1/2.  In floats, far below the widths of the theorems.
    """
    far = travels(ctx.seed, ctx.claim, ctx.check, smallest_deciding_count("1/2"))
    exponent = np.log(far[1] / far[0]) / np.log(WIDTHS[1] / WIDTHS[0]) - 0.5
    widths = [float(m) for m in WIDTHS]
    median, mean = np.median(far, axis=1), np.median(far, axis=1) / np.sqrt(WIDTHS)
    plot = Plot(
        message="The distance of the weights does not grow with the width: the mean distance falls.",
        x_label="width m",
        y_label="largest distance of W^(2) in 60 steps",
        series=[
            Series("Frobenius norm, median", widths, [float(v) for v in median]),
            Series("divided by the root of m", widths, [float(v) for v in mean]),
        ],
        log_x=True,
        log_y=True,
    )
    outcome = ctx.decide(
        f"exponent of the mean distance within 1/4 of -{claim.p}",
        at_least="1/2",
        rows=[bool(abs(e + float(Fraction(claim.p))) <= 0.25) for e in exponent],
    )
    note = "widths that are used in practice; the hypotheses of the theorems ask for far more"
    return replace(outcome, plots=(plot,), regime=Regime(note=note))


nearby.falsehood("layers scaled by 1/m", scale="1/m", by=("powers_of_the_width",))
nearby.falsehood("without scaling", scale="1", by=("powers_of_the_width",))
nearby.falsehood("half of the travel", C=2, by=("geometric_sum",))
nearby.falsehood("mean distance of order 1/m", p=1, by=("over_the_root_of_the_width", "two_widths"))


distance = Claim(
    "du2019deep/sec-A-distance",
    aliases=("du2019thesis/sec-3.8-distance",),
    title="From the distance of the weights to the width that is required",
    kind="asymptotic-scaling",
    where="Appendix A, last two paragraphs",
    states=r"\frac{1}{\sqrt m}\|W^{(h)}(k)-W^{(h)}(0)\|_F \le \frac{T}{m^{p}},\ p = \tfrac12;\qquad "
    r"\|G^{(H)}(k)-G^{(H)}(0)\|_2 \le \frac{A\,n\,T}{\sqrt m} \le \frac{\lambda_0}{4}\iff m \ge "
    r"\left(\frac{4nT}{\lambda_0}\right)^2A^{s}",
    given=(
        r"T = \frac{4Q\|y-u(0)\|_2}{\lambda_0}\ \text{free of } m\ \text{(eq. (6))}",
        r"A \ge 1\ \text{the amplification factor:}\ \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le A\,nR\ \text{if the "
        r"mean distances are at most } R",
        r"\text{printed: } m\ \text{proportional to } A,\ s = 1",
    ),
    printed={"p": "1/2", "s": 1},
    parts=("distance", "width"),
    uses=("du2019deep/eq-6",),
    note="That A is exponential in H for the fully-connected network and polynomial for the others is said "
    "in the lemmas of Appendices B to D. The width grows with the square of A, since the distance falls with "
    "the root of m; exponential and polynomial remain what they are.",
)


@distance.check(part="distance", covers="universal")
def divided_by_the_root(claim: Statement, ctx: Context) -> Outcome:
    """T/√m against T m^(-p).  First the linear activation of eq. (6), where the distance is η/√m."""
    far = contradicted_by(
        sign_network(str(2 * Fraction(claim.p))),
        witness="σ(z) = z, one input, half of the output weights -1: the mean distance after a step is η/√m",
    )
    bound = prove("T/sqrt(m) <= T*m**(-p)", T=POSITIVE, m=FROM_ONE, let={"p": claim.p})
    return unless([far], follows_from(bound))


@distance.check(part="width", covers="universal")
def solved_for_the_width(claim: Statement, ctx: Context) -> Outcome:
    """A = b²: at m = (4nT/λ0)² A^s the bound A n T/√m is to be λ0/4, no more and no less."""
    box: dict[str, Any] = {"b": FROM_ONE, "n": FROM_ONE, "T": POSITIVE, "lam": POSITIVE}
    said = "b**2*n*T/(4*n*T/lam*b**s) == lam/4"
    return identity(said, let={"s": claim.s}, **box)


distance.falsehood("mean distance of order 1/m", p=1, s=2, by=("divided_by_the_root",))
distance.falsehood("the root of the factor", s="1/2", by=("solved_for_the_width",))
distance.falsehood("the cube of the factor", s=3, by=("solved_for_the_width",))
distance.corrected("the square of the amplification factor", erratum="misprint", s=2)
