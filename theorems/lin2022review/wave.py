"""The activation 1 + sin z, which satisfies every assumption of the review, with its duals in closed form.

For (u, v) ~ N(0, A): E (1 + sin u)(1 + sin v) = 1 + exp(-(A_11 + A_22)/2) sinh(A_12), and for the derivative
E cos u cos v = exp(-(A_11 + A_22)/2) cosh(A_12); |sigma(0)| = 1, Lipschitz constants of sigma, sigma': 1, 1.
"""

NORMALISER = "(2/(3 - exp(-2)))"
"""c_sigma = 1 / E (1 + sin z)^2."""

CONSTANTS = {"c": NORMALISER, "s0": "1", "L": "1", "b": "1"}
"""c_sigma, |sigma(0)|, and the Lipschitz constants of sigma and of its derivative."""

COSH, SINH = "((exp({0}) + exp(-({0})))/2)", "((exp({0}) - exp(-({0})))/2)"
"""cosh and sinh of a text, by `str.format`."""

PRODUCT_TO_SUM = "E cos(t.w) = exp(-t.K t/2) for w ~ N(0, K); sin u sin v, cos u cos v as sums of cosines"


def dual(q1: str, c: str, q2: str) -> str:
    """E sigma(u) sigma(v)."""
    return f"(1 + exp(-(({q1}) + ({q2}))/2)*(exp({c}) - exp(-({c})))/2)"


def slope_dual(q1: str, c: str, q2: str) -> str:
    """E sigma'(u) sigma'(v)."""
    return f"(exp(-(({q1}) + ({q2}))/2)*(exp({c}) + exp(-({c})))/2)"


def layer(c: str) -> str:
    """The next population covariance of two inputs with unit variances and covariance c."""
    return f"({NORMALISER}*{dual('1', c, '1')})"


def last(c: str) -> str:
    """Entry of the last population matrix, from the covariance c one layer before."""
    return f"({NORMALISER}*({c})*{slope_dual('1', c, '1')})"
