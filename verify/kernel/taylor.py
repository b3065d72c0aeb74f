"""Gaussian expectations by Taylor models, the kernel's own route (no complex integration).

E f(z) for z ~ N(0, 1) is cut at |z| = T.  Inside, f(z) exp(-z^2/2) is integrated cell by cell from its
Taylor polynomial at the centre; the remainder is the next coefficient over the whole cell.  Outside,
|f(z)| <= a + b |z|^k is read off the expression and the tail is bounded by
2 phi(T) (a / T + b T^(k-1) / (1 - (k - 1) / T^2)) for T^2 > k - 1 (k >= 1), from integrating by parts.
"""

from flint import arb, arb_series, ctx, fmpq

from verify.kernel import expression as ex
from verify.kernel.expression import Expression
from verify.kernel.sign import Rejected, hull

ORDER = 24
CELLS_PER_UNIT = 4
MAX_CUT = 1000


def series(e: Expression, z: arb_series) -> arb_series:
    """The power series of an expression in the variable z; refused where some part of it is not analytic."""
    try:
        found = _series(e, z)
    except (ValueError, ZeroDivisionError):
        raise Rejected("the integrand is not analytic on a cell") from None
    if not all(found[k].is_finite() for k in range(found.length())):
        raise Rejected("the integrand is not analytic on a cell")
    return found


def _series(e: Expression, z: arb_series) -> arb_series:
    head = e[0]
    if head == "num":
        return arb_series([arb(e[1])])
    if head == "pi":
        return arb_series([arb.pi()])
    if head == "var":
        if e[1] != "z":
            raise Rejected(f"an expectation has the variable z only, not {e[1]}")
        return z
    if head == "fn":
        if e[1] == "tanh":
            twice = (series(e[2], z) * 2).exp()
            return (twice - 1) / (twice + 1)
        if e[1] not in ("exp", "log", "sqrt", "sin", "cos", "atan", "erf", "erfc"):
            raise Rejected(f"{e[1]} has no power series in the kernel")
        return getattr(series(e[2], z), e[1])()
    a = series(e[1], z)
    if head == "pow":
        result = arb_series([arb(1)])
        for _ in range(e[2]):
            result = result * a
        return result
    b = series(e[2], z)
    return a + b if head == "+" else a * b if head == "*" else a / b


def integrate_cell(e: Expression, low: fmpq, high: fmpq) -> arb:
    """Enclosure of the integral of e over [low, high]; the expression must be analytic there."""
    half = arb((high - low) / 2)
    saved, ctx.cap = ctx.cap, ORDER + 1
    try:
        centre = series(e, arb_series([arb((low + high) / 2), 1]))
        wide = series(e, arb_series([hull(low, high), 1]))
        if min(centre.prec, wide.prec) <= ORDER:
            raise Rejected("a power series lost terms")
        total = arb(0)
        for k in range(0, ORDER, 2):
            total += centre[k] * half ** (k + 1) * fmpq(2, k + 1)
        bound = abs(wide[ORDER]) * half ** (ORDER + 1) * fmpq(2, ORDER + 1)
    finally:
        ctx.cap = saved
    return total + bound.union(-bound)


def growth(e: Expression) -> dict[int, arb]:
    """|e(z)| <= sum_k c_k |z|^k for |z| >= 1, as {k: c_k}; refuses what it cannot bound."""
    head = e[0]
    if head in ("num", "pi"):
        return {0: abs(ex.evaluate_ball(e, {}))}
    if head == "var":
        return {1: arb(1)}
    if not ex.variables(e):
        return {0: abs(ex.evaluate_ball(e, {}))}
    if head == "+":
        a, b = growth(e[1]), growth(e[2])
        return {k: a.get(k, arb(0)) + b.get(k, arb(0)) for k in a.keys() | b.keys()}
    if head == "*":
        return _multiply(growth(e[1]), growth(e[2]))
    if head == "pow":
        result = {0: arb(1)}
        for _ in range(e[2]):
            result = _multiply(result, growth(e[1]))
        return result
    if head == "/" and not ex.variables(e[2]):
        return _multiply(growth(e[1]), {0: abs(1 / ex.evaluate_ball(e[2], {}))})
    if head == "fn" and e[1] in ("erf", "tanh", "sin", "cos"):
        return {0: arb(1)}
    if head == "fn" and e[1] == "atan":
        return {0: arb.pi() / 2}
    raise Rejected("the growth of the integrand cannot be bounded")


def _multiply(a: dict[int, arb], b: dict[int, arb]) -> dict[int, arb]:
    product: dict[int, arb] = {}
    for i, x in a.items():
        for j, y in b.items():
            product[i + j] = product.get(i + j, arb(0)) + x * y
    return product


def tail(e: Expression, cut: int) -> arb:
    """Bound of the integral of |e| phi over one side |z| > cut."""
    density = (-(arb(cut) ** 2) / 2).exp() / (2 * arb.pi()).sqrt()
    total = arb(0)
    for k, coefficient in growth(e).items():
        if cut * cut <= k:
            raise Rejected("the cut is too small for the growth of the integrand")
        moment = arb(cut) ** (k - 1) / (1 - arb(max(k - 1, 0)) / cut**2)
        total += coefficient * moment
    return total * density


def gaussian_expectation(pieces: list[tuple[str, Expression]], cut: int) -> arb:
    """Enclosure of E f(z); `pieces` are (right end, expression), the last right end being "oo"."""
    if not 1 <= cut <= MAX_CUT or not pieces or pieces[-1][0] != "oo":
        raise Rejected(f"expected a cut of 1 to {MAX_CUT} and a last piece that ends at oo")
    ends = [ex.evaluate_exactly(ex.parse(end), {}) for end, _ in pieces[:-1]]
    if sorted(ends) != ends or any(not -cut < end < cut for end in ends):
        raise Rejected("the pieces must be in order and end inside the cut")
    normaliser = 1 / (2 * arb.pi()).sqrt()
    total = arb(0)
    for (_, e), low, high in zip(pieces, [fmpq(-cut), *ends], [*ends, fmpq(cut)], strict=True):
        weighted = ex.multiply(e, ex.parse("exp(-z**2/2)"))
        count = max(1, int((high - low) * CELLS_PER_UNIT) + 1) if high > low else 0
        for k in range(count):
            step = (high - low) / count
            total += integrate_cell(weighted, low + k * step, low + (k + 1) * step) * normaliser
    outside = tail(pieces[0][1], cut) + tail(pieces[-1][1], cut)
    return total + outside.union(-outside)
