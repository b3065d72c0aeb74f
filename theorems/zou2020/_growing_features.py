"""Deep networks at initialisation whose features grow: rarely, but not exponentially rarely in the width.

One input of norm 1, m units in each of L layers; X_l = |x_l|²/|x_(l-1)|² is the mean of m copies of 2σ(g)²,
independent from layer to layer.
"""

from theorems.zou2020.layer_norms import HOELDER
from verify import Outcome, evaluate, every, expectation, identity, prove

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"


def grown(power: int) -> Outcome:
    """|x_(L-1)| >= L^power with probability e^(-cm/2) at least, for every c > 0, if L is large, at any m.

    A block of w² units (w² divides m) has w/10 above its mean with probability 1/400.  So X_l >= 1 + u with
    u = 1/(10w) and probability 400^(-m/w²) = 400^(-100 m u²) at least; L - 1 >= L/2 layers give
    |x_(L-1)|² >= e^(uL/4).  With u = 8 power log L/L and L = e^(4s) the exponent is at most
    600 (8 power)² 16 s² e^(-4s) m; s² = 3·614400 power²/c + v.
    """
    return every(
        expectation([("0", "1"), ("oo", "(2*z**2 - 1)**2")], equals="5", says="E(X - 1)² of a unit"),
        expectation([("0", "1"), ("oo", "(2*z**2 - 1)**4")], equals="633", says="E(X - 1)⁴ of a unit"),
        evaluate("(5*sqrt(5)/sqrt(633)/2 - 1/10)**2/5 >= 1/400", says="a block grows"),
        identity("m/w**2*(w/10) == m*(1/(10*w))", w=POSITIVE, says="all blocks of a layer"),
        evaluate("log(400) < 6", says="400^(-100 m u²) > e^(-600 m u²)"),
        prove("u/2 <= log(1 + u)", u="[0, 1]", says="the layers"),
        evaluate(f"8*{power}/8 == {power}", says="e^(uL/8) = L^power"),
        prove("s <= exp(s)", s=FROM_ZERO, says="log² L/L = 16 s² e^(-4s) <= 16/s²"),
        identity(f"600*(8*{power})**2*16 == 614400*{power}**2", says="the exponent over m is that over s²"),
        prove(
            f"614400*{power}**2 < c/2*(3*614400*{power}**2/c + v)",
            says="above e^(-cm/2), all layers",
            c=POSITIVE,
            v=FROM_ZERO,
        ),
        assumes=(HOELDER, "layers are independent"),
    )
