"""Normal forms: an expression as a quotient of polynomials in variables and atoms.

An atom is a function value such as ``exp(-x**2)`` or ``sqrt(2)`` that is treated as a free symbol
subject only to its algebraic relation (``sqrt(a)**2 = a``, ``cos(a)**2 = 1 - sin(a)**2``,
``exp(-a) = 1/exp(a)``).  Two expressions with equal normal forms are equal wherever both are defined;
different normal forms prove nothing.

Main definitions: `Polynomial` (monomials to rationals), `Quotient`, `normalise`, `is_zero`.
"""

from functools import lru_cache
from math import isqrt
from typing import TypeAlias

from flint import fmpq, fmpz

from verify.kernel.expression import Expression, ExpressionError

Atom: TypeAlias = tuple[object, ...]
Monomial: TypeAlias = tuple[tuple[Atom, int], ...]
Polynomial: TypeAlias = dict[Monomial, fmpq]
Quotient: TypeAlias = tuple[Polynomial, Polynomial]

CONSTANT: Monomial = ()
MAX_TERMS = 20_000
PI: Atom = ("pi",)


class TooLarge(Exception):
    """The normal form has more terms than the kernel is willing to expand."""


def constant(value: fmpq | int) -> Polynomial:
    """A constant polynomial."""
    return {CONSTANT: fmpq(value)} if value != 0 else {}


def generator(atom: Atom) -> Polynomial:
    """The polynomial that is a single variable or atom."""
    return {((atom, 1),): fmpq(1)}


def plus(a: Polynomial, b: Polynomial) -> Polynomial:
    """a + b."""
    total = dict(a)
    for monomial, coefficient in b.items():
        value = total.get(monomial, fmpq(0)) + coefficient
        if value == 0:
            total.pop(monomial, None)
        else:
            total[monomial] = value
    return total


def scale(a: Polynomial, factor: fmpq | int) -> Polynomial:
    """A rational multiple."""
    return {m: c * factor for m, c in a.items()} if factor != 0 else {}


def _multiply_monomials(a: Monomial, b: Monomial) -> Monomial:
    exponents = dict(a)
    for atom, exponent in b:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(sorted(exponents.items(), key=repr))


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    """a * b, with the atoms' relations applied."""
    total: Polynomial = {}
    if len(a) * len(b) > MAX_TERMS * 50:
        raise TooLarge
    for m1, c1 in a.items():
        for m2, c2 in b.items():
            total = _accumulate(total, _multiply_monomials(m1, m2), c1 * c2)
    if len(total) > MAX_TERMS:
        raise TooLarge
    return total


def _accumulate(total: Polynomial, monomial: Monomial, coefficient: fmpq) -> Polynomial:
    for atom, exponent in monomial:
        relation = _square_of(atom) if exponent >= 2 else None
        if relation is not None:
            rest = tuple((a, e) for a, e in monomial if a != atom)
            reduced: Polynomial = {rest: coefficient}
            if exponent % 2:
                reduced = times(reduced, generator(atom))
            return plus(total, times(reduced, to_power(relation, exponent // 2)))
    value = total.get(monomial, fmpq(0)) + coefficient
    if value == 0:
        total.pop(monomial, None)
    else:
        total[monomial] = value
    return total


def _square_of(atom: Atom) -> Polynomial | None:
    """What the square of an atom reduces to, if it has a relation."""
    if atom[0] == "sqrt":
        return thaw(atom[1])
    if atom[0] == "cos":
        return plus(constant(1), {((("sin", atom[1]), 2),): fmpq(-1)})
    return None


def to_power(a: Polynomial, exponent: int) -> Polynomial:
    """a ** exponent for exponent >= 0, by repeated squaring."""
    result, base = constant(1), a
    while exponent:
        if exponent & 1:
            result = times(result, base)
        exponent >>= 1
        if exponent:
            base = times(base, base)
    return result


def freeze(a: Polynomial) -> tuple[object, ...]:
    """A hashable, canonical copy of a polynomial."""
    return tuple(sorted(((m, int(c.p), int(c.q)) for m, c in a.items()), key=repr))


def thaw(frozen: object) -> Polynomial:
    """The polynomial that `freeze` froze."""
    return {m: fmpq(p, q) for m, p, q in frozen}  # type: ignore[attr-defined]


@lru_cache(maxsize=65536)
def _normalise_cached(e: Expression) -> tuple[tuple[object, ...], tuple[object, ...]]:
    n, d = _normalise(e)
    return freeze(n), freeze(d)


def normalise(e: Expression) -> Quotient:
    """Numerator and denominator; raises `ExpressionError` on a denominator that is identically zero."""
    n, d = _normalise_cached(e)
    return thaw(n), thaw(d)


def _normalise(e: Expression) -> Quotient:
    head = e[0]
    if head == "num":
        return constant(e[1]), constant(1)
    if head == "var":
        return generator(("var", e[1])), constant(1)
    if head == "pi":
        return generator(PI), constant(1)
    if head == "fn":
        return _normalise_call(e)
    n1, d1 = normalise(e[1])
    if head == "pow":
        return to_power(n1, e[2]), to_power(d1, e[2])
    n2, d2 = normalise(e[2])
    if head == "*":
        return simplify(times(n1, n2), times(d1, d2))
    if head == "+":
        if d1 == d2:
            return simplify(plus(n1, n2), d1)
        return simplify(plus(times(n1, d2), times(n2, d1)), times(d1, d2))
    if not n2:
        raise ExpressionError("a denominator is identically zero")
    return simplify(times(n1, d2), times(d1, n2))


def simplify(n: Polynomial, d: Polynomial) -> Quotient:
    """Cancel the common monomial factor and make the denominator's first coefficient 1."""
    if not n:
        return {}, constant(1)
    common: dict[Atom, int] = {}
    for index, monomial in enumerate([*n, *d]):
        exponents = dict(monomial)
        if index == 0:
            common = exponents
        else:
            common = {a: min(k, exponents[a]) for a, k in common.items() if a in exponents}
        if not common:
            break
    lead = d[min(d, key=repr)]

    def reduce(p: Polynomial) -> Polynomial:
        return {
            tuple((a, k - common.get(a, 0)) for a, k in m if k > common.get(a, 0)): c / lead
            for m, c in p.items()
        }

    return reduce(n), reduce(d)


def _normalise_call(e: Expression) -> Quotient:
    name = e[1]
    if name == "sqrt":
        return _normalise_root(e[2])
    arguments = [normalise(part) for part in e[2:]]
    n, d = arguments[0]
    if name in ("exp", "sin", "atan", "asin", "erf", "tanh", "cos", "abs") and len(arguments) == 1:
        negative = bool(n) and n[min(n, key=repr)] < 0
        if not n and name in ("exp", "cos"):
            return constant(1), constant(1)
        if not n:
            return {}, constant(1)
        key = (freeze(scale(n, -1) if negative else n), freeze(d))
        atom = generator((name, key))
        if name == "exp":
            return (constant(1), atom) if negative else (atom, constant(1))
        if name in ("cos", "abs"):
            return atom, constant(1)
        return scale(atom, -1 if negative else 1), constant(1)
    return generator((name, *((freeze(p), freeze(q)) for p, q in arguments))), constant(1)


def _normalise_root(argument: Expression) -> Quotient:
    """sqrt(c * m / d): rational squares come out, and a product of positive constants is split."""
    n, d = normalise(argument)
    if not n:
        return {}, constant(1)
    if set(d) != {CONSTANT}:
        return generator(("sqrt-of-quotient", freeze(n), freeze(d))), constant(1)
    n = scale(n, 1 / d[CONSTANT])
    if len(n) == 1:
        ((monomial, coefficient),) = n.items()
        if coefficient > 0 and all(atom == PI for atom, _ in monomial):
            root, denominator = _root_of_rational(coefficient)
            for _, exponent in monomial:
                root = times(root, to_power(generator(("sqrt", freeze(generator(PI)))), exponent))
            return root, constant(denominator)
    return generator(("sqrt", freeze(n))), constant(1)


def _root_of_rational(value: fmpq) -> tuple[Polynomial, int]:
    """sqrt(p/q) = s * sqrt(k) / q with k square-free, as (polynomial, denominator)."""
    inside, square = int(value.p) * int(value.q), 1
    if inside > 10**30:
        whole = isqrt(inside)
        if whole * whole == inside:
            return constant(whole), int(value.q)
        return generator(("sqrt", freeze(constant(fmpq(inside))))), int(value.q)
    free = 1
    for prime, exponent in fmpz(inside).factor():
        square *= int(prime) ** (exponent // 2)
        free *= int(prime) ** (exponent % 2)
    root = constant(square)
    if free > 1:
        root = times(root, generator(("sqrt", freeze(constant(free)))))
    return root, int(value.q)


def is_zero(e: Expression) -> bool:
    """True when the normal form is 0; False proves nothing."""
    return not normalise(e)[0]
