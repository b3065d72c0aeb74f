"""Appendix C.1: the expected product of two ReLU features near correlation one.

r is the correlation, p the tangent of half the angle between the directions: r = (1 - p²)/(1 + p²), θ =
2p/√(1 + p²) at r = 1 - θ²/2, and F(r) = E σ(Z_1)σ(Z_2) = (√(1 - r²) + r(π - arccos r))/(2π).
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, evaluate, follows_from, identity, prove, unless

POSITIVE = "(0, oo)"
KERNEL = "((sqrt(1 - r**2) + r*(pi - acos(r)))/(2*pi))"


lemma = Claim(
    "zou2020/lemma-C.1",
    title="The expected product of two ReLU features near correlation one",
    kind="deterministic-inequality",
    where="Appendix C.1, Lemma C.1",
    states=r"\mathbb E\,\sigma(Z_1)\sigma(Z_2) \le \tfrac12-a\,\theta^2+C\,\theta^{p},\qquad a = \tfrac14,\ "
    r"p = 3",
    given=(
        r"Z_1, Z_2\ \text{jointly Gaussian of mean } 0 \text{ and variance } 1,\ "
        r"\mathbb EZ_1Z_2 \le 1-\tfrac{\theta^2}{2}",
        r"0 < \theta \le \kappa;\quad C, \kappa\ \text{absolute; explicit: } C = \tfrac1{16},\ \kappa = 2",
    ),
    printed={"a": "1/4", "p": 3, "C": "1/16", "kappa": 2},
    note="κ = 2 is the whole range, as correlations are at least -1, and no smaller C does on all of it; as "
    "θ -> 0 the best constant is 1/(6π).",
)


def three_angles(claim: Statement) -> list[Outcome]:
    """θ = 1/1000 and 1/10 at the largest correlation; θ = κ = 2: Z_2 = -Z_1 and the product is zero."""
    found = []
    for theta in ("1/1000", "1/10"):
        let = {"r": f"(1 - ({theta})**2/2)", "t": theta, "a": claim.a, "p": claim.p, "C": claim.C}
        said = f"{KERNEL} <= 1/2 - a*t**2 + C*t**p"
        found.append(evaluate(said, let=let, says=f"θ = {theta}", instance=True))
    if claim.kappa == 2:
        let = {"a": claim.a, "p": claim.p, "C": claim.C}
        said = "0 <= 1/2 - a*2**2 + C*2**p"
        found.append(evaluate(said, let=let, says="θ = 2, Z_2 = -Z_1", instance=True))
    return found


@lemma.check(covers="universal")
def increasing_ratio(claim: Statement, ctx: Context) -> Outcome:
    """F' = Pr(Z_1, Z_2 > 0) >= 0, F(-1) = 0; ρ(θ) = (F - 1/2 + θ²/4)/θ³ increases to ρ(2) = 1/16.

    ρ = √(1 + p²)(p - (1 - p²) arctan p)/(8πp³), whose slope is a multiple of arctan p - 3p/(3 + p²), and that
    has the slope 4p⁴/((1 + p²)(3 + p²)²).  First three angles.
    """
    box: dict[str, Any] = {"p": POSITIVE}
    ratio = "sqrt(1 + p**2)*(p - (1 - p**2)*atan(p))/p**3"
    slope = "(3 + p**2)*(atan(p) - 3*p/(3 + p**2))/(sqrt(1 + p**2)*p**4)"
    at_angle = "(2*p/(1 + p**2) + (1 - p**2)/(1 + p**2)*(pi - 2*atan(p)))/(2*pi)"
    theta = "(2*p/sqrt(1 + p**2))"
    let = {"a": claim.a, "p": claim.p, "C": claim.C}
    argument = follows_from(
        identity(f"diff({KERNEL}, r) == (pi - acos(r))/(2*pi)", r="(-1, 1)", says="F'"),
        identity(
            f"{at_angle} - 1/2 + {theta}**2/4 == {theta}**3*({ratio})/(8*pi)",
            says="ρ as a function of p",
            **box,
        ),
        identity(f"diff({ratio}, p) == {slope}", says="slope of ρ", **box),
        identity("diff(atan(p) - 3*p/(3 + p**2), p) == 4*p**4/((1 + p**2)*(3 + p**2)**2)", says="its factor"),
        evaluate("0 == 1/2 - 2**2/4 + 2**3/16", says="ρ(2) = 1/16, as F(-1) = 0"),
        prove(
            "1/2 - z**2/4 + z**3/16 <= 1/2 - a*z**2 + C*z**p",
            let=let,
            z=f"(0, {claim.kappa}]",
            says="C >= 1/16",
        ),
        assumes=(
            "Price's theorem: dE[σ(Z_1)σ(Z_2)]/dr = Pr(Z_1, Z_2 > 0) = (π - arccos r)/(2π) (Sheppard)",
            "arccos((1 - p²)/(1 + p²)) = 2 arctan p for p >= 0",
        ),
    )
    return unless(three_angles(claim), argument)


lemma.falsehood("constant 1/20 below 1/(6π)", C="1/20")
lemma.falsehood("constant 3/50 up to θ = 2", C="3/50")
lemma.falsehood("θ²/2 for θ²/4", a="1/2")
lemma.falsehood("no cubic term", C=0)
lemma.falsehood("a term of fourth order", p=4)
