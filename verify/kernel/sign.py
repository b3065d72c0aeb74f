"""Signs of expressions on a domain: Sturm sequences, atoms of known sign, and a small proof calculus.

A domain gives each variable an interval with rational or infinite ends.  `prove_nonnegative` checks a
proof tree, the nodes of which are

==============  ==================================================================================
``sign``        read off the normal form: Sturm for polynomials, atoms such as exp(.) that are > 0
``derivative``  f >= 0 at one end of a variable's interval and f' points the right way
``concave``     f'' <= 0 in a variable and f >= 0 at both (finite) ends of its interval
``product``     f equals a product of factors, each of which is >= 0
``sum``         f equals a sum of terms, each of which is >= 0
``square``      f equals a non-negative rational times a square
``shift``       a variable is replaced by its finite end plus (or minus) a non-negative new one
``split``       the domain is cut at a rational
``boxes``       balls on a bisection tree of a compact domain
==============  ==================================================================================

An expression is never proved where it is undefined: at every node the denominators must have a strict
sign and the arguments of sqrt, log, asin, acos must lie in their domains (`require_defined`), on the
closed interval where a derivative rule starts from an end.  That also makes it continuous there, because
functions with jumps or corners have no derivative in the kernel.  Normal forms cancel, so they are looked
at only after that.

References: J. C. F. Sturm's theorem as in Basu, Pollack, Roy, *Algorithms in Real Algebraic Geometry*,
Theorem 2.50; ball evaluation as in F. Johansson, *Arb*, IEEE Trans. Comput. 66 (2017).
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq, fmpq_poly

from verify.kernel import expression as ex
from verify.kernel import normal
from verify.kernel.expression import Expression


class Rejected(Exception):
    """The certificate does not prove what it says; the message says why."""


class Interval(NamedTuple):
    """An interval with rational ends (None is infinite)."""

    low: fmpq | None
    high: fmpq | None
    low_open: bool
    high_open: bool

    def compact(self) -> bool:
        """Both ends finite."""
        return self.low is not None and self.high is not None

    def ends(self) -> tuple[fmpq, fmpq]:
        """Both ends of a compact interval; raises `Rejected` otherwise."""
        if self.low is None or self.high is None:
            raise Rejected("two finite ends are needed")
        return self.low, self.high

    def sign(self) -> str | None:
        """Sign of every point of the interval."""
        if self.low is not None and self.low >= 0:
            return "pos" if self.low > 0 or self.low_open else "nonneg"
        if self.high is not None and self.high <= 0:
            return "neg" if self.high < 0 or self.high_open else "nonpos"
        return None


Domain = Mapping[str, Interval]
MAX_DEGREE = 2000
MAX_BITS = 10_000


def parse_interval(text: str) -> Interval:
    """Read ``"[0, 1]"``, ``"(0, oo)"``, ``"(-oo, oo)"``; ends are exact rationals."""
    body = text.strip()
    if len(body) < 5 or body[0] not in "[(" or body[-1] not in "])" or body.count(",") != 1:
        raise ex.ExpressionError(f"expected an interval such as '(0, oo)' but got {text!r}")
    ends = [part.strip() for part in body[1:-1].split(",")]
    low = None if ends[0] == "-oo" else ex.evaluate_exactly(ex.parse(ends[0]), {})
    high = None if ends[1] in ("oo", "+oo") else ex.evaluate_exactly(ex.parse(ends[1]), {})
    interval = Interval(low, high, body[0] == "(" or low is None, body[-1] == ")" or high is None)
    if low is not None and high is not None and (low > high or (low == high and body[0] + body[-1] != "[]")):
        raise ex.ExpressionError(f"the interval {text!r} is empty")
    return interval


# ---- signs of normal forms

NEGATED = {"pos": "neg", "neg": "pos", "nonneg": "nonpos", "nonpos": "nonneg", "zero": "zero", None: None}
POSITIVE_ATOMS = ("exp", "pi")
NONNEGATIVE = ("pos", "nonneg", "zero")
ODD_INCREASING = ("erf", "atan", "tanh", "asin")


def multiply_signs(a: str | None, b: str | None) -> str | None:
    """Sign of a product."""
    if a == "zero" or b == "zero":
        return "zero"
    if a is None or b is None:
        return None
    negative = (a in ("neg", "nonpos")) != (b in ("neg", "nonpos"))
    strict = a in ("pos", "neg") and b in ("pos", "neg")
    return ("neg" if strict else "nonpos") if negative else ("pos" if strict else "nonneg")


def add_signs(signs: list[str | None]) -> str | None:
    """Sign of a sum of terms of known sign."""
    kinds = {s for s in signs if s != "zero"}
    if not kinds:
        return "zero"
    if kinds <= {"pos", "nonneg"}:
        return "pos" if "pos" in kinds else "nonneg"
    if kinds <= {"neg", "nonpos"}:
        return "neg" if "neg" in kinds else "nonpos"
    return None


def sign_of(e: Expression, domain: Domain) -> str | None:
    """Sign of an expression on a domain, or None when it cannot be read off the normal form."""
    numerator, denominator = normal.normalise(e)
    below = polynomial_sign(denominator, domain)
    if below not in ("pos", "neg"):
        return None
    return multiply_signs(polynomial_sign(numerator, domain), below)


def atom_sign(atom: normal.Atom, domain: Domain) -> str | None:
    """Sign of a variable or atom on the domain."""
    name = atom[0]
    if name == "var":
        interval = domain.get(str(atom[1]))
        return interval.sign() if interval else None
    if name in POSITIVE_ATOMS:
        return "pos"
    if name == "sqrt":
        inside = polynomial_sign(normal.thaw(atom[1]), domain)
        return inside if inside in ("pos", "nonneg", "zero") else None
    if name == "sqrt-of-quotient":
        inside = quotient_sign(atom[1:], domain)
        return inside if inside in ("pos", "nonneg", "zero") else None
    if name in ODD_INCREASING:
        if name == "asin" and not _within_unit(atom[1], domain):
            return None
        return quotient_sign(atom[1], domain)
    if name == "log":
        n, d = (normal.thaw(part) for part in atom[1])  # type: ignore[attr-defined]
        if quotient_sign(atom[1], domain) != "pos":
            return None
        return quotient_sign((normal.freeze(normal.plus(n, normal.scale(d, -1))), normal.freeze(d)), domain)
    if name == "acos":
        return "nonneg" if _within_unit(atom[1], domain) else None
    if name in ("step", "abs", "erfc"):
        return "pos" if name == "erfc" else "nonneg"
    return None


def _within_unit(frozen: Any, domain: Domain) -> bool:
    """|n/d| <= 1 on the domain, so that asin and acos are defined."""
    n, d = (normal.thaw(part) for part in frozen)
    gap = normal.plus(normal.times(d, d), normal.scale(normal.times(n, n), -1))
    return polynomial_sign(gap, domain) in ("pos", "nonneg", "zero")


def quotient_sign(frozen: Any, domain: Domain) -> str | None:
    """Sign of a frozen quotient."""
    below = polynomial_sign(normal.thaw(frozen[1]), domain)
    if below not in ("pos", "neg"):
        return None
    return multiply_signs(polynomial_sign(normal.thaw(frozen[0]), domain), below)


def polynomial_sign(p: normal.Polynomial, domain: Domain) -> str | None:
    """Sign of a polynomial in variables and atoms: content, Sturm, closed constants, then term by term."""
    if not p:
        return "zero"
    content, rest = split_content(p)
    outside: str | None = "pos"
    for atom, exponent in content:
        outside = multiply_signs(outside, _power_sign(atom, exponent, domain))
    inside = _rest_sign(rest, domain)
    return multiply_signs(outside, inside)


def _power_sign(atom: normal.Atom, exponent: int, domain: Domain) -> str | None:
    sign = atom_sign(atom, domain)
    if exponent % 2:
        return sign
    return "pos" if sign in ("pos", "neg") else "nonneg"


def split_content(p: normal.Polynomial) -> tuple[normal.Monomial, normal.Polynomial]:
    """The largest monomial dividing every term, and the quotient."""
    common = dict(next(iter(p)))
    for monomial in p:
        exponents = dict(monomial)
        common = {a: min(k, exponents[a]) for a, k in common.items() if a in exponents}
    rest = {tuple((a, k - common.get(a, 0)) for a, k in m if k > common.get(a, 0)): c for m, c in p.items()}
    return tuple(common.items()), rest


def _atoms(p: normal.Polynomial) -> set[normal.Atom]:
    return {atom for monomial in p for atom, _ in monomial}


def _rest_sign(p: normal.Polynomial, domain: Domain) -> str | None:
    atoms = _atoms(p)
    if not atoms:
        return "pos" if p[normal.CONSTANT] > 0 else "neg"
    names = {a for a in atoms if a[0] == "var"}
    if len(atoms) == 1 and names:
        (variable,) = names
        interval = domain.get(str(variable[1]))
        return sturm_sign(to_univariate(p, variable), interval) if interval else None
    if all(_closed(a) for a in atoms):
        return _closed_sign(p)
    others = atoms - names
    groups: dict[normal.Monomial, normal.Polynomial] = {}
    for monomial, coefficient in p.items():
        outer = tuple((a, k) for a, k in monomial if a in others)
        inner = tuple((a, k) for a, k in monomial if a not in others)
        groups.setdefault(outer, {})[inner] = coefficient
    if len(groups) == 1 and not others:
        return add_signs([_term_sign(m, c, domain) for m, c in p.items()])
    signs = []
    for outer, inner_polynomial in groups.items():
        sign = polynomial_sign(inner_polynomial, domain)
        for atom, exponent in outer:
            sign = multiply_signs(sign, _power_sign(atom, exponent, domain))
        signs.append(sign)
    return add_signs(signs)


def _term_sign(monomial: normal.Monomial, coefficient: fmpq, domain: Domain) -> str | None:
    sign: str | None = "pos" if coefficient > 0 else "neg"
    for atom, exponent in monomial:
        sign = multiply_signs(sign, _power_sign(atom, exponent, domain))
    return sign


def _closed(atom: object) -> bool:
    """No variable anywhere inside the atom."""
    if isinstance(atom, tuple):
        return not (atom and atom[0] == "var") and all(_closed(part) for part in atom)
    return True


ball_decisions = 0
"""How many signs of closed constants were decided in balls so far (then a proof is rigorous, not exact)."""


def _closed_sign(p: normal.Polynomial) -> str | None:
    global ball_decisions  # noqa: PLW0603 (a counter that only grows)
    ball_decisions += 1
    bits = 64
    while bits <= 4096:
        with ctx.workprec(bits):
            value = polynomial_ball(p)
            if value > 0:
                return "pos"
            if value < 0:
                return "neg"
        bits *= 4
    return None


def polynomial_ball(p: normal.Polynomial) -> arb:
    """Ball value of a polynomial all of whose atoms are closed."""
    total = arb(0)
    for monomial, coefficient in p.items():
        term = arb(coefficient)
        for atom, exponent in monomial:
            term *= _atom_ball(atom) ** exponent
        total += term
    return total


def _atom_ball(atom: Any) -> arb:
    name = atom[0]
    if name == "pi":
        return arb.pi()
    if name == "sqrt":
        return polynomial_ball(normal.thaw(atom[1])).sqrt()
    if name == "sqrt-of-quotient":
        return (polynomial_ball(normal.thaw(atom[1])) / polynomial_ball(normal.thaw(atom[2]))).sqrt()
    values = [polynomial_ball(normal.thaw(n)) / polynomial_ball(normal.thaw(d)) for n, d in atom[1:]]
    return ex._ball_call(name, values)


def to_univariate(p: normal.Polynomial, variable: normal.Atom) -> fmpq_poly:
    """The polynomial as a dense one in `variable`."""
    degree = max(dict(m).get(variable, 0) for m in p)
    if degree > MAX_DEGREE:
        raise normal.TooLarge(f"a polynomial of degree {degree} is too large for Sturm's theorem")
    coefficients = [fmpq(0)] * (degree + 1)
    for monomial, coefficient in p.items():
        coefficients[dict(monomial).get(variable, 0)] = coefficient
    return fmpq_poly(coefficients)


def sturm_chain(p: fmpq_poly) -> list[fmpq_poly]:
    """p, p', and negated remainders."""
    chain = [p, p.derivative()]
    while chain[-1].degree() > 0 or (chain[-1].degree() == 0 and len(chain) < 2):
        remainder = -(chain[-2] % chain[-1])
        if remainder.degree() < 0:
            break
        chain.append(remainder)
    return [q for q in chain if q.degree() >= 0]


def _variations(values: list[fmpq]) -> int:
    signs = [v > 0 for v in values if v != 0]
    return sum(a != b for a, b in pairwise(signs))


def _at_infinity(q: fmpq_poly, positive: bool) -> fmpq:
    lead = q.coeffs()[-1]
    return lead if positive or q.degree() % 2 == 0 else -lead


def count_roots(p: fmpq_poly, low: fmpq | None, high: fmpq | None) -> int:
    """Distinct real roots in (low, high], by Sturm's theorem (any polynomial, repeated roots included)."""
    squarefree = p // p.gcd(p.derivative()) if p.degree() > 0 else p
    chain = sturm_chain(squarefree)
    at_low = [_at_infinity(q, False) if low is None else q(low) for q in chain]
    at_high = [_at_infinity(q, True) if high is None else q(high) for q in chain]
    return _variations(at_low) - _variations(at_high)


def sturm_sign(p: fmpq_poly, interval: Interval) -> str | None:
    """Sign of a polynomial on an interval, exactly; None when it takes both signs."""
    if p.degree() <= 0:
        value = p(0)
        return "zero" if value == 0 else ("pos" if value > 0 else "neg")
    odd = _odd_multiplicity_part(p)
    low, high = interval.low, interval.high
    inner = count_roots(odd, low, high) - (1 if high is not None and odd(high) == 0 else 0)
    if inner > 0:
        return None
    sample = p(_sample_point(p, low, high))
    if sample == 0:
        return "zero"
    roots = count_roots(p, low, high)
    roots -= 1 if high is not None and interval.high_open and p(high) == 0 else 0
    roots += 1 if low is not None and not interval.low_open and p(low) == 0 else 0
    if roots:
        return "nonneg" if sample > 0 else "nonpos"
    return "pos" if sample > 0 else "neg"


def _odd_multiplicity_part(p: fmpq_poly) -> fmpq_poly:
    """The product of the irreducible factors of odd multiplicity: p changes sign exactly at its roots."""
    _, factors = p.factor()
    product = fmpq_poly([1])
    for factor, multiplicity in factors:
        if multiplicity % 2:
            product *= factor
    return product


def _sample_point(p: fmpq_poly, low: fmpq | None, high: fmpq | None) -> fmpq:
    """A point of the open interval that is not a root."""
    for k in range(1, p.degree() + 3):
        if low is not None and high is not None:
            x = low + (high - low) * fmpq(k, p.degree() + 3) if high != low else low
        elif low is not None:
            x = low + k
        else:
            x = high - k if high is not None else fmpq(k)
        if p(x) != 0 or (low is not None and low == high):
            return x
    raise AssertionError("a polynomial cannot vanish at more points than its degree")


# ---- where an expression is defined


def require_defined(e: Expression, domain: Domain) -> None:
    """Raise `Rejected` unless `e` certainly has a real value at every point of the domain."""
    free = ex.variables(e) - set(domain)
    if free:
        raise Rejected(f"no domain is given for {', '.join(sorted(free))}")
    for part, wanted, says in _conditions(e):
        if sign_of(part, domain) not in wanted:
            raise Rejected(f"it is not certain that {says} everywhere on the domain")


def is_defined(e: Expression, domain: Domain) -> bool:
    """Whether `require_defined` accepts."""
    try:
        require_defined(e, domain)
    except (Rejected, ex.ExpressionError):
        return False
    return True


def _conditions(e: Expression) -> Iterator[tuple[Expression, tuple[str, ...], str]]:
    """Sufficient conditions, innermost first: (expression, signs it may have, what they say)."""
    if ex.is_total(e):
        return
    for part in e[1:]:
        if isinstance(part, tuple):
            yield from _conditions(part)
    if e[0] == "/":
        yield e[2], ("pos", "neg"), "a denominator is not 0"
    if e[0] != "fn" or e[1] in ex.TOTAL:
        return
    name, u = e[1], e[2]
    if name == "log":
        yield u, ("pos",), "the argument of log is positive"
    elif name == "sqrt":
        yield u, NONNEGATIVE, "the argument of sqrt is nonnegative"
    elif name in ("asin", "acos"):
        yield ex.subtract(ex.ONE, ex.power(u, 2)), NONNEGATIVE, f"the argument of {name} is in [-1, 1]"
    elif name == "binomial_cdf" and e[3][0] == "num" and e[3][1].q == 1 and e[3][1] >= 0:
        product = ex.multiply(e[4], ex.subtract(ex.ONE, e[4]))
        yield product, NONNEGATIVE, "the probability of binomial_cdf is in [0, 1]"
    else:
        raise Rejected(f"it is not certain that {name} is defined everywhere on the domain")


# ---- the proof calculus


def prove_nonnegative(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int = 0) -> bool:
    """Check that e is defined and >= 0 on the domain; returns whether e > 0 was proved.

    Raises `Rejected` when the proof does not show it.
    """
    if depth > 40:
        raise Rejected("the proof tree is deeper than 40")
    free = ex.variables(e) - set(domain)
    if free:
        raise Rejected(f"no domain is given for {', '.join(sorted(free))}")
    if not isinstance(proof, Mapping):
        raise Rejected(f"expected a proof tree but got {proof!r}")
    rule = proof.get("by")
    rules = {
        "sign": _by_sign,
        "derivative": _by_derivative,
        "concave": _by_concavity,
        "product": _by_product,
        "sum": _by_sum,
        "square": _by_square,
        "shift": _by_shift,
        "split": _by_split,
        "boxes": _by_boxes,
    }
    if not isinstance(rule, str) or rule not in rules:
        raise Rejected(f"unknown rule {rule!r}")
    if rule not in ("shift", "split", "boxes"):
        require_defined(e, domain)
    return rules[rule](e, domain, proof, depth + 1)


def _by_sign(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    sign = sign_of(e, domain)
    if sign not in ("pos", "nonneg", "zero"):
        raise Rejected("the sign cannot be read off the normal form")
    return sign == "pos"


def _interval_of(domain: Domain, proof: Mapping[str, Any]) -> tuple[str, Interval]:
    name = proof.get("in")
    if not isinstance(name, str) or name not in domain:
        raise Rejected(f"the rule names a variable {name!r} that is not in the domain")
    return name, domain[name]


def _by_derivative(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    """By the mean value theorem: e is continuous from the end on, and its derivative is defined inside."""
    name, interval = _interval_of(domain, proof)
    at_low = proof.get("at", "low") == "low"
    end = interval.low if at_low else interval.high
    if end is None:
        raise Rejected("the derivative rule starts at a finite end")
    closed = interval._replace(low_open=False) if at_low else interval._replace(high_open=False)
    require_defined(e, {**domain, name: closed})
    start = ex.substitute(e, {name: ex.number(end)})
    others = {k: v for k, v in domain.items() if k != name}
    strict_start = prove_nonnegative(start, others, proof["start"], depth)
    interior = {**domain, name: interval._replace(low_open=True, high_open=True)}
    slope = ex.derivative(e, name)
    require_defined(slope, interior)
    strict_slope = prove_nonnegative(slope if at_low else ex.negate(slope), interior, proof["then"], depth)
    is_open = interval.low_open if at_low else interval.high_open
    return strict_start or (strict_slope and is_open)


def _by_concavity(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    """A continuous function with e'' <= 0 inside lies above its chord."""
    name, interval = _interval_of(domain, proof)
    left, right = interval.ends()
    require_defined(e, {**domain, name: interval._replace(low_open=False, high_open=False)})
    others = {k: v for k, v in domain.items() if k != name}
    low = prove_nonnegative(ex.substitute(e, {name: ex.number(left)}), others, proof["low"], depth)
    high = prove_nonnegative(ex.substitute(e, {name: ex.number(right)}), others, proof["high"], depth)
    interior = {**domain, name: interval._replace(low_open=True, high_open=True)}
    slope = ex.derivative(e, name)
    second = ex.derivative(slope, name)
    require_defined(slope, interior)
    require_defined(second, interior)
    strict = prove_nonnegative(ex.negate(second), interior, proof["then"], depth)
    open_ends = interval.low_open and interval.high_open
    return (low and high) or (open_ends and (strict or low or high))


def _by_product(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    product, strict = ex.ONE, True
    for part in proof["factors"]:
        factor = ex.parse(part["factor"])
        product = ex.multiply(product, factor)
        strict = prove_nonnegative(factor, domain, part["proof"], depth) and strict
    if not normal.is_zero(ex.subtract(e, product)):
        raise Rejected("the factors do not multiply to the expression")
    return strict


def _by_sum(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    total, strict = ex.ZERO, False
    for part in proof["terms"]:
        term = ex.parse(part["term"])
        total = ex.add(total, term)
        strict = prove_nonnegative(term, domain, part["proof"], depth) or strict
    if not normal.is_zero(ex.subtract(e, total)):
        raise Rejected("the terms do not add up to the expression")
    return strict


def _by_square(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    factor = ex.evaluate_exactly(ex.parse(proof["scale"]), {})
    if factor < 0:
        raise Rejected("a square is scaled by a negative number")
    root = ex.parse(proof["root"])
    require_defined(root, domain)
    claimed = ex.multiply(ex.number(factor), ex.power(root, 2))
    if not normal.is_zero(ex.subtract(e, claimed)):
        raise Rejected("the expression is not that square")
    return False


def _by_shift(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    name, interval = _interval_of(domain, proof)
    fresh = f"{name}_shifted"
    if fresh in domain:
        raise Rejected(f"{fresh} is already a variable")
    moved, new = shifted(interval, fresh, str(proof.get("at", "low")))
    changed = {k: v for k, v in domain.items() if k != name} | {fresh: new}
    return prove_nonnegative(ex.substitute(e, {name: moved}), changed, proof["then"], depth)


def shifted(interval: Interval, fresh: str, at: str) -> tuple[Expression, Interval]:
    """The end plus (or minus) a new variable, and the interval of that variable."""
    low, high = interval.low, interval.high
    width = None if low is None or high is None else high - low
    if at == "low" and low is not None:
        new = Interval(fmpq(0), width, interval.low_open, interval.high_open)
        return ex.add(ex.number(low), ("var", fresh)), new
    if at == "high" and high is not None:
        new = Interval(fmpq(0), width, interval.high_open, interval.low_open)
        return ex.subtract(ex.number(high), ("var", fresh)), new
    raise Rejected("the shift rule starts at a finite end")


def _by_split(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    name, interval = _interval_of(domain, proof)
    cut = ex.evaluate_exactly(ex.parse(proof["at"]), {})
    inside = (interval.low is None or interval.low < cut) and (interval.high is None or cut < interval.high)
    if not inside:
        raise Rejected("the cut is outside the interval")
    left = {**domain, name: interval._replace(high=cut, high_open=False)}
    right = {**domain, name: interval._replace(low=cut, low_open=True)}
    strict_left = prove_nonnegative(e, left, proof["left"], depth)
    return prove_nonnegative(e, right, proof["right"], depth) and strict_left


def _by_boxes(e: Expression, domain: Domain, proof: Mapping[str, Any], depth: int) -> bool:
    names = sorted(domain)
    gradient = [ex.derivative(e, name) for name in names] if proof.get("centred") else None
    box = [domain[name].ends() for name in names]
    bits = int(proof.get("bits", 64))
    if not 2 <= bits <= MAX_BITS:
        raise Rejected(f"expected 2 to {MAX_BITS} bits but got {bits}")
    with ctx.workprec(bits):
        used, strict = _descend(e, gradient, names, box, str(proof["tree"]), is_defined(e, domain))
    if used != len(str(proof["tree"])):
        raise Rejected("the bisection tree has characters left over")
    return strict


def _descend(
    e: Expression,
    gradient: list[Expression] | None,
    names: list[str],
    box: list[Any],
    tree: str,
    defined: bool,
) -> tuple[int, bool]:
    """Walk the preorder code (a digit bisects that axis, '.' is a leaf) and test every leaf."""
    stack, strict, at = [box], True, 0
    while stack:
        cell = stack.pop()
        if at >= len(tree):
            raise Rejected("the bisection tree ends too early")
        symbol, at = tree[at], at + 1
        if symbol == ".":
            value = box_value(e, gradient, names, cell, defined)
            if not (value.is_finite() and value >= 0):
                raise Rejected(f"undecided on the box {[(str(a), str(b)) for a, b in cell]}")
            strict = strict and bool(value > 0)
            continue
        axis = int(symbol)
        low, high = cell[axis]
        middle = (low + high) / 2
        stack.append([*cell[:axis], (middle, high), *cell[axis + 1 :]])
        stack.append([*cell[:axis], (low, middle), *cell[axis + 1 :]])
    return at, strict


def hull(low: fmpq, high: fmpq) -> arb:
    """A ball that contains [low, high]."""
    return arb(low).union(arb(high))


def box_value(
    e: Expression, gradient: list[Expression] | None, names: list[str], cell: list[Any], defined: bool
) -> arb:
    """A ball whose lower end bounds e from below on a box; not finite where e may be undefined.

    The best of the natural evaluation, the mean-value form, and the evaluation at the lower ends of the
    variables in which e is monotone on the box.  `defined` says that e is known to be defined on the whole
    domain; otherwise a finite natural evaluation must show it for this box.
    """
    point = {name: hull(low, high) for name, (low, high) in zip(names, cell, strict=True)}
    value = ex.evaluate_ball(e, point)
    if gradient is None or not (defined or value.is_finite()):
        return value
    slopes = [ex.evaluate_ball(slope, point) for slope in gradient]
    if not all(slope.is_finite() for slope in slopes):
        return value
    centre = {name: arb((low + high) / 2) for name, (low, high) in zip(names, cell, strict=True)}
    mean, corner = ex.evaluate_ball(e, centre), dict(point)
    for name, slope, (low, high) in zip(names, slopes, cell, strict=True):
        mean += slope * (point[name] - centre[name])
        if slope >= 0 or slope <= 0:
            corner[name] = arb(low if slope >= 0 else high)
    bounds = [b for b in (value, mean, ex.evaluate_ball(e, corner)) if b.is_finite()]
    return max(bounds, key=lambda b: b.lower()) if bounds else value
