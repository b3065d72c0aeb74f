"""Independent oracles for the kernel's expressions: random expressions, mpmath at 60 digits, sympy."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath
import sympy
from hypothesis import strategies as st

RATIONAL_TEXTS = st.sampled_from(["0", "1", "2", "3", "7", "(1/2)", "(-1)", "(-2/3)", "(5/7)", "10"])
SMALL = st.fractions(min_value=-4, max_value=4, max_denominator=12)
EVERYWHERE = ("exp", "sin", "cos", "atan", "erf", "erfc", "tanh")


def _operations(children: Any) -> Any:
    pair = st.tuples(children, children)
    sums = pair.map(lambda p: f"({p[0]} + {p[1]})")
    differences = pair.map(lambda p: f"({p[0]} - {p[1]})")
    products = pair.map(lambda p: f"({p[0]})*({p[1]})")
    quotients = pair.map(lambda p: f"({p[0]})/({p[1]})")
    powers = st.tuples(children, st.integers(-2, 3)).map(lambda p: f"({p[0]})**{p[1]}")
    return st.one_of(sums, differences, products, quotients, powers)


def _calls(names: tuple[str, ...]) -> Any:
    return lambda children: st.tuples(st.sampled_from(names), children).map(lambda p: f"{p[0]}({p[1]})")


def rational_texts(*names: str) -> Any:
    """Texts of rational functions of the variables."""
    leaves = st.one_of(RATIONAL_TEXTS, st.sampled_from(names)) if names else RATIONAL_TEXTS
    return st.recursive(leaves, _operations, max_leaves=8)


def texts(*names: str, functions: tuple[str, ...] = (*EVERYWHERE, "sqrt", "log", "asin", "acos")) -> Any:
    """Texts of expressions with function calls, some of them undefined somewhere or everywhere."""
    leaves = st.one_of(RATIONAL_TEXTS, st.just("pi"), *(st.just(name) for name in names for _ in range(2)))
    return st.recursive(leaves, lambda c: st.one_of(_operations(c), _calls(functions)(c)), max_leaves=6)


def value(e: Any, point: Mapping[str, Fraction | int]) -> Any:
    """The real value of a kernel expression by mpmath, written from the language's description alone.

    Raises `ValueError` or `ZeroDivisionError` where there is no real value.
    """
    head = e[0]
    if head == "num":
        return mpmath.mpf(int(e[1].p)) / int(e[1].q)
    if head == "pi":
        return +mpmath.pi
    if head == "var":
        number = Fraction(point[e[1]])
        return mpmath.mpf(number.numerator) / number.denominator
    parts = [value(part, point) for part in e[1:] if isinstance(part, tuple)]
    if head == "+":
        return parts[0] + parts[1]
    if head == "*":
        return parts[0] * parts[1]
    if head == "/":
        return parts[0] / parts[1]
    if head == "pow":
        return parts[0] ** e[2]
    return _call(e[1], parts)


def _call(name: str, parts: list[Any]) -> Any:
    x = parts[0]
    if (name == "sqrt" and x < 0) or (name == "log" and x <= 0) or (name in ("asin", "acos") and abs(x) > 1):
        raise ValueError(f"{name}({x}) is not real")
    if name == "step":
        return mpmath.mpf(1 if x >= 0 else 0)
    if name in ("min", "max"):
        return (min if name == "min" else max)(parts)
    if name == "abs":
        return abs(x)
    return getattr(mpmath, name)(*parts)


def symbolic(text: str) -> Any:
    """The expression in sympy."""
    return sympy.sympify(text.replace("^", "**"), locals={"pi": sympy.pi}, rational=True)
