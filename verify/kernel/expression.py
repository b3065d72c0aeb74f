"""The kernel's expressions: exact, closed under differentiation, evaluated in rationals or in Arb balls.

An expression is written as an infix string (``"erf(R/sqrt(2)) <= c*R/sqrt(2*pi)"``) so that a
certificate can be read by a person, and parsed here into nested tuples.  Numbers are integers and
their quotients; a decimal point is refused, because ``0.1`` is not what it looks like in binary.

Main definitions: `parse`, `parse_relation`, `evaluate_exactly`, `evaluate_ball`, `derivative`,
`substitute`, `variables`.
"""

import ast
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from flint import arb, ctx, fmpq, fmpz

Expression: TypeAlias = tuple[Any, ...]

FUNCTIONS = {
    "sqrt": 1,
    "exp": 1,
    "log": 1,
    "sin": 1,
    "cos": 1,
    "atan": 1,
    "asin": 1,
    "acos": 1,
    "atan2": 2,
    "erf": 1,
    "erfc": 1,
    "tanh": 1,
    "abs": 1,
    "min": 2,
    "max": 2,
    "step": 1,
    "floor": 1,
    "binomial_cdf": 3,
    "diff": 2,
}
"""Functions of the language and how many arguments each takes.

``step(x)`` is 1 for x >= 0 and 0 otherwise (the sources' convention at the kink);
``binomial_cdf(k, n, p)`` is Pr(Bin(n, p) <= k); ``diff(f, x)`` is the formula of the partial derivative (its
own domain may be larger than that of f).
"""

TOTAL = ("exp", "sin", "cos", "atan", "atan2", "erf", "erfc", "tanh", "abs", "min", "max", "step", "floor")
"""Functions defined for all real arguments (``atan2(0, 0)`` is 0)."""

MAX_BITS = 2_000_000
"""Powers of numbers with more bits than this are refused."""

RELATIONS = {ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.Eq: "==", ast.NotEq: "!="}

ZERO: Expression = ("num", fmpq(0))
ONE: Expression = ("num", fmpq(1))
HALF: Expression = ("num", fmpq(1, 2))


class ExpressionError(ValueError):
    """The text is not an expression of the kernel's language."""


class NotRational(Exception):
    """The expression has no exact rational value by rational operations alone."""


def number(value: int | Fraction | fmpq) -> Expression:
    """An exact rational constant."""
    if isinstance(value, Fraction):
        value = fmpq(value.numerator, value.denominator)
    return ("num", fmpq(value))


def is_total(e: Expression) -> bool:
    """Whether the syntax alone shows that the value is defined for all real values of the variables."""
    head = e[0]
    if head in ("num", "pi", "var"):
        return True
    if head == "/":
        return e[2][0] in ("num", "pi") and e[2] != ZERO and is_total(e[1])
    if head == "fn" and e[1] not in TOTAL:
        return False
    return all(is_total(part) for part in e[1:] if isinstance(part, tuple))


def add(a: Expression, b: Expression) -> Expression:
    """a + b, with zeros and constants folded."""
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if a[0] == "num" and b[0] == "num":
        return ("num", a[1] + b[1])
    return ("+", a, b)


def multiply(a: Expression, b: Expression) -> Expression:
    """a * b, with ones and constants folded, and zeros unless the other factor may be undefined."""
    if a == ZERO or b == ZERO:
        return ZERO if is_total(b if a == ZERO else a) else ("*", a, b)
    if a == ONE:
        return b
    if b == ONE:
        return a
    if a[0] == "num" and b[0] == "num":
        return ("num", a[1] * b[1])
    return ("*", a, b)


def divide(a: Expression, b: Expression) -> Expression:
    """a / b; a constant zero divisor is refused."""
    if b == ZERO:
        raise ExpressionError("division by the constant 0")
    if b == ONE:
        return a
    if a[0] == "num" and b[0] == "num":
        return ("num", a[1] / b[1])
    return ("/", a, b)


def negate(a: Expression) -> Expression:
    """-a."""
    return multiply(("num", fmpq(-1)), a)


def subtract(a: Expression, b: Expression) -> Expression:
    """a - b."""
    return add(a, negate(b))


def power(a: Expression, exponent: int) -> Expression:
    """a ** exponent for an integer exponent (0 ** 0 is 1)."""
    if exponent == 0:
        return ONE if is_total(a) else ("pow", a, 0)
    if exponent == 1:
        return a
    if exponent < 0:
        return divide(ONE, power(a, -exponent))
    if a[0] == "num":
        if exponent * max(int(a[1].p).bit_length(), int(a[1].q).bit_length()) > MAX_BITS:
            raise ExpressionError(f"the power {a[1]} ** {exponent} has too many digits")
        return ("num", a[1] ** exponent)
    return ("pow", a, exponent)


def call(name: str, *arguments: Expression) -> Expression:
    """A function of the language applied to its arguments."""
    if name == "sqrt" and arguments[0] in (ZERO, ONE):
        return arguments[0]
    if name == "exp" and arguments[0] == ZERO:
        return ONE
    if name in ("sin", "atan", "asin", "erf", "tanh") and arguments[0] == ZERO:
        return ZERO
    if name == "diff":
        if arguments[1][0] != "var":
            raise ExpressionError("diff(f, x) needs a variable as its second argument")
        return derivative(arguments[0], arguments[1][1])
    return ("fn", name, *arguments)


def parse(text: str, let: Mapping[str, str] | None = None) -> Expression:
    """The expression that `text` spells, names in `let` replaced by what they are bound to.

    Raises `ExpressionError` for anything outside the language: a float literal, an unknown
    function, an exponent that is not an integer or a half-integer.
    """
    return _parse_cached(text, tuple(sorted((let or {}).items())))


@lru_cache(maxsize=4096)
def _parse_cached(text: str, let: tuple[tuple[str, str], ...]) -> Expression:
    tree = _syntax(text)
    if isinstance(tree, ast.Compare):
        raise ExpressionError(f"expected an expression but got a relation: {text!r}")
    return _convert(tree, {name: parse(bound) for name, bound in let})


def parse_relation(text: str, let: Mapping[str, str] | None = None) -> tuple[Expression, str, Expression]:
    """The two sides and the sign of a relation such as ``"a <= b"``."""
    tree = _syntax(text)
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in RELATIONS:
        raise ExpressionError(f"expected one relation (<=, <, >=, >, ==, !=) but got {text!r}")
    bound = {name: parse(value) for name, value in (let or {}).items()}
    left, right = _convert(tree.left, bound), _convert(tree.comparators[0], bound)
    return left, RELATIONS[type(tree.ops[0])], right


def _syntax(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise ExpressionError(f"expected an expression as text but got {text!r}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"not an expression: {text[:80]!r} ({error})") from None


def _convert(node: ast.expr, let: Mapping[str, Expression]) -> Expression:
    if isinstance(node, ast.Constant):
        if type(node.value) is not int:
            raise ExpressionError(f"expected an exact rational such as 1/10 but got {node.value!r}")
        return number(node.value)
    if isinstance(node, ast.Name):
        if node.id == "pi":
            return ("pi",)
        if node.id in FUNCTIONS:
            raise ExpressionError(f"{node.id} is a function and needs arguments")
        return let.get(node.id, ("var", node.id))
    if isinstance(node, ast.UnaryOp):
        operand = _convert(node.operand, let)
        if isinstance(node.op, ast.USub):
            return negate(operand)
        if isinstance(node.op, ast.UAdd):
            return operand
    if isinstance(node, ast.BinOp):
        left, right = _convert(node.left, let), _convert(node.right, let)
        if isinstance(node.op, ast.Add):
            return add(left, right)
        if isinstance(node.op, ast.Sub):
            return subtract(left, right)
        if isinstance(node.op, ast.Mult):
            return multiply(left, right)
        if isinstance(node.op, ast.Div):
            return divide(left, right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name = node.func.id
        if name not in FUNCTIONS:
            raise ExpressionError(f"unknown function {name!r}; known: {', '.join(sorted(FUNCTIONS))}")
        arguments = [_convert(argument, let) for argument in node.args]
        if len(arguments) != FUNCTIONS[name]:
            raise ExpressionError(f"{name} takes {FUNCTIONS[name]} arguments but got {len(arguments)}")
        return call(name, *arguments)
    raise ExpressionError(f"not in the language: {ast.unparse(node)[:80]!r}")


def _power(base: Expression, exponent: Expression) -> Expression:
    if exponent[0] != "num":
        raise ExpressionError("an exponent must be an integer or a half-integer")
    value = exponent[1]
    if value.q == 1:
        return power(base, int(value.p))
    if value.q == 2:
        return power(call("sqrt", base), int(value.p))
    raise ExpressionError(f"an exponent must be an integer or a half-integer but got {value}")


def variables(e: Expression) -> frozenset[str]:
    """Names of the free variables."""
    if e[0] == "var":
        return frozenset([e[1]])
    if e[0] in ("num", "pi"):
        return frozenset()
    return frozenset().union(*(variables(part) for part in e[1:] if isinstance(part, tuple)))


def substitute(e: Expression, values: Mapping[str, Expression]) -> Expression:
    """The expression with variables replaced."""
    head = e[0]
    if head == "var":
        return values.get(e[1], e)
    if head in ("num", "pi"):
        return e
    parts: list[Any] = [substitute(part, values) if isinstance(part, tuple) else part for part in e[1:]]
    if head == "+":
        return add(*parts)
    if head == "*":
        return multiply(*parts)
    if head == "/":
        return divide(*parts)
    if head == "pow":
        return power(*parts)
    return call(*parts)


def derivative(e: Expression, x: str) -> Expression:
    """The partial derivative in `x`, valid where `e` is defined and the derivative's own operations are.

    Refuses functions that are not differentiable everywhere inside their domain.
    """
    head = e[0]
    if x not in variables(e):
        return ZERO
    if head == "var":
        return ONE
    if head == "+":
        return add(derivative(e[1], x), derivative(e[2], x))
    if head == "*":
        return add(_chain(derivative(e[1], x), e[2]), _chain(derivative(e[2], x), e[1]))
    if head == "/":
        quotient = _chain(derivative(e[1], x), e[2])
        top = subtract(quotient, _chain(derivative(e[2], x), e[1]))
        return ZERO if top == ZERO else divide(top, power(e[2], 2))
    if head == "pow":
        if e[2] == 0:
            return ZERO
        return _chain(derivative(e[1], x), multiply(number(e[2]), power(e[1], e[2] - 1)))
    name, u = e[1], e[2]
    outer = _outer_derivative(name, u)
    if outer is None:
        raise ExpressionError(f"{name} has no derivative in the kernel")
    return _chain(derivative(u, x), outer)


def _chain(inner: Expression, outer: Expression) -> Expression:
    """outer * inner, 0 where the inner derivative vanishes identically (then nothing moves)."""
    return ZERO if inner == ZERO else multiply(outer, inner)


def _outer_derivative(name: str, u: Expression) -> Expression | None:
    square = power(u, 2)
    gaussian = divide(call("exp", negate(square)), call("sqrt", ("pi",)))
    table = {
        "sqrt": lambda: divide(HALF, call("sqrt", u)),
        "exp": lambda: call("exp", u),
        "log": lambda: divide(ONE, u),
        "sin": lambda: call("cos", u),
        "cos": lambda: negate(call("sin", u)),
        "atan": lambda: divide(ONE, add(ONE, square)),
        "asin": lambda: divide(ONE, call("sqrt", subtract(ONE, square))),
        "acos": lambda: negate(divide(ONE, call("sqrt", subtract(ONE, square)))),
        "erf": lambda: multiply(number(2), gaussian),
        "erfc": lambda: multiply(number(-2), gaussian),
        "tanh": lambda: subtract(ONE, power(call("tanh", u), 2)),
    }
    return table[name]() if name in table else None


def evaluate_exactly(e: Expression, point: Mapping[str, fmpq]) -> fmpq:
    """The exact rational value at a rational point; raises `NotRational` where there is none."""
    head = e[0]
    if head == "num":
        return e[1]
    if head == "var":
        if e[1] not in point:
            raise ExpressionError(f"no value for {e[1]}")
        return point[e[1]]
    if head == "pi":
        raise NotRational
    if head == "fn":
        return _exact_call(e[1], [evaluate_exactly(part, point) for part in e[2:]])
    a = evaluate_exactly(e[1], point)
    if head == "pow":
        return _exact_power(a, e[2])
    try:
        b = evaluate_exactly(e[2], point)
    except NotRational:
        if a == 0 and head in ("*", "/"):
            return _zero_times(head, e[2], point)
        raise
    if head == "+":
        return a + b
    if head == "*":
        return a * b
    if b == 0:
        raise ExpressionError("division by zero at the point")
    return a / b


def _zero_times(head: str, e: Expression, point: Mapping[str, fmpq]) -> fmpq:
    """0 * e or 0 / e where e is not rational: 0 when balls show that it is defined (and not 0)."""
    ball = evaluate_ball(e, {name: arb(v) for name, v in point.items()})
    if not ball.is_finite() or (head == "/" and ball.contains(0)):
        raise NotRational
    return fmpq(0)


def _exact_power(base: fmpq, exponent: int) -> fmpq:
    value: fmpq = power(("num", base), exponent)[1]
    return value


def _exact_call(name: str, values: list[fmpq]) -> fmpq:
    x = values[0]
    if name == "step":
        return fmpq(1 if x >= 0 else 0)
    if name == "abs":
        return x if x >= 0 else -x
    if name in ("min", "max"):
        return (min if name == "min" else max)(values)
    if name == "floor":
        return fmpq(x.p // x.q)
    if name == "sqrt" and x >= 0:
        root = fmpq(fmpz(x.p).isqrt(), fmpz(x.q).isqrt())
        if root * root == x:
            return root
    if name == "binomial_cdf":
        return _binomial_cdf_exact(*values)
    raise NotRational


def _binomial_cdf_exact(k: fmpq, n: fmpq, p: fmpq) -> fmpq:
    if n.q != 1 or n < 0 or not 0 <= p <= 1:
        raise ExpressionError("binomial_cdf(k, n, p) needs an integer n >= 0 and 0 <= p <= 1")
    if n > 400:
        raise NotRational
    trials, last = int(n.p), int(k.p // k.q)
    total = fmpq(0)
    for successes in range(min(last, trials) + 1):
        choose = fmpz.bin_uiui(trials, successes)
        total += choose * p**successes * (1 - p) ** (trials - successes)
    return total


def evaluate_ball(e: Expression, point: Mapping[str, arb]) -> arb:
    """A ball that contains the value, at the current working precision."""
    head = e[0]
    if head == "num":
        return arb(e[1])
    if head == "var":
        if e[1] not in point:
            raise ExpressionError(f"no value for {e[1]}")
        return point[e[1]]
    if head == "pi":
        return arb.pi()
    if head == "fn":
        return _ball_call(e[1], [evaluate_ball(part, point) for part in e[2:]])
    a = evaluate_ball(e[1], point)
    if head == "pow":
        return a ** e[2] if e[2] else 1 + 0 * a
    b = evaluate_ball(e[2], point)
    if head == "+":
        return a + b
    if head == "*":
        return a * b
    return a / b


def _ball_call(name: str, values: list[arb]) -> arb:
    if not all(value.is_finite() for value in values):
        return arb.nan()
    x = values[0]
    if name in ("sqrt", "exp", "log", "sin", "cos", "atan", "asin", "acos", "erf", "erfc", "tanh", "floor"):
        return getattr(x, name)()
    if name == "atan2":
        return arb.atan2(x, values[1])
    if name == "abs":
        return abs(x)
    if name in ("min", "max"):
        return getattr(x, name)(values[1])
    if name == "step":
        if x >= 0:
            return arb(1)
        return arb(0) if x < 0 else arb("0.5 +/- 0.5")
    if name == "binomial_cdf":
        return _binomial_cdf_ball(*values)
    raise ExpressionError(f"{name} has no ball evaluation")


def _binomial_cdf_ball(k: arb, n: arb, p: arb) -> arb:
    """Pr(Bin(n, p) <= k) = I_{1-p}(n - k, k + 1), the regularised incomplete beta function."""
    whole = k.floor().unique_fmpz()
    trials = n.unique_fmpz() if n.is_integer() else None
    if whole is None or trials is None or trials < 0 or not (p >= 0 and p <= 1):
        return arb.nan()
    if whole < 0:
        return arb(0)
    if whole >= trials:
        return arb(1)
    return (1 - p).beta_lower(arb(trials - whole), arb(whole + 1), regularized=1)


def decide_sign(e: Expression, point: Mapping[str, fmpq], max_bits: int = 8192) -> tuple[int | None, bool]:
    """Sign of a closed expression, or at a rational point, and whether it was decided exactly.

    The sign is -1, 0 or 1, or None when balls up to `max_bits` bits could not tell it.
    """
    try:
        value = evaluate_exactly(e, point)
    except NotRational:
        pass
    else:
        return (value > 0) - (value < 0), True
    bits = 64
    while bits <= max_bits:
        with ctx.workprec(bits):
            ball = evaluate_ball(e, {name: arb(v) for name, v in point.items()})
            if ball.is_finite():
                if ball > 0:
                    return 1, False
                if ball < 0:
                    return -1, False
                if ball.is_zero():
                    return 0, False
        bits *= 4
    return None, False
