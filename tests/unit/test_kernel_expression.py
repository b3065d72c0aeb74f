"""The kernel's expressions: exact values, balls and derivatives against independent oracles."""

import math
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.unit import oracle
from verify.kernel import Evaluation, Rejected, check
from verify.kernel import expression as ex
from verify.kernel.expression import (
    ExpressionError,
    NotRational,
    decide_sign,
    derivative,
    evaluate_ball,
    evaluate_exactly,
    parse,
    parse_relation,
    substitute,
    variables,
)

few = settings(max_examples=150, deadline=None)


def rational(value: Fraction | int) -> fmpq:
    """A Fraction as the kernel's rational."""
    value = Fraction(value)
    return fmpq(value.numerator, value.denominator)


def exact(text: str, **point: Fraction | int) -> Fraction:
    """The kernel's exact value."""
    found = evaluate_exactly(parse(text), {k: rational(v) for k, v in point.items()})
    return Fraction(int(found.p), int(found.q))


def contains(ball: arb, expected: mpmath.mpf) -> bool:
    """Whether a ball overlaps a decimal value that is good to 45 digits."""
    size = max(abs(expected), mpmath.mpf(10) ** -30)
    return ball.overlaps(arb(mpmath.nstr(expected, 55)) + arb(0, float(size) * 1e-44 + 1e-300))


@few
@given(oracle.rational_texts("x", "y"), oracle.SMALL, oracle.SMALL)
def test_exact_value_is_that_of_fractions(text, x, y):
    """A rational function has exactly the value of Python's Fractions, or none where they divide by 0."""
    names = {"x": x, "y": y}
    try:
        expected = _with_fractions(text, names)
    except ZeroDivisionError:
        with pytest.raises(ExpressionError):
            exact(text, **names)
        return
    assert exact(text, **names) == expected


def _with_fractions(text: str, names: dict[str, Fraction]) -> Fraction:
    import ast

    def walk(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int(number)):
                return Fraction(number)
            case ast.Name(id=name):
                return names[name]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -walk(inner)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return walk(left) ** int(walk(right))
            case ast.BinOp(left=left, op=operation, right=right):
                a, b = walk(left), walk(right)
                table = {ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__"}
                return getattr(a, table[type(operation)])(b)
        raise AssertionError(node)

    return walk(ast.parse(text, mode="eval").body)


@settings(max_examples=400, deadline=None)
@given(oracle.texts("x", "y"), oracle.SMALL, oracle.SMALL, st.sampled_from([53, 128]))
def test_ball_contains_the_value(text, x, y, bits):
    """A finite ball contains the value that mpmath finds, and no ball is finite where there is none."""
    try:
        e = parse(text)
    except ExpressionError:
        return
    point = {"x": x, "y": y}
    with ctx.workprec(bits):
        ball = evaluate_ball(e, {k: arb(rational(v)) for k, v in point.items()})
    if not ball.is_finite():
        return
    with mpmath.workdps(60):
        expected = oracle.value(e, point)
        assume(abs(expected) < mpmath.mpf(10) ** 200)
        with ctx.workprec(300):
            assert contains(ball, expected)


@few
@given(oracle.texts("x", functions=(*oracle.EVERYWHERE, "abs", "step", "floor")), oracle.SMALL, oracle.SMALL)
def test_ball_of_an_interval_contains_the_values_inside(text, a, b):
    """Over an interval the ball contains the value at each point of it, jumps and kinks included."""
    try:
        e = parse(text)
    except ExpressionError:
        return
    low, high = sorted((a, b))
    ball = evaluate_ball(e, {"x": arb(rational(low)).union(arb(rational(high)))})
    if not ball.is_finite():
        return
    with mpmath.workdps(60):
        for t in (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)):
            expected = oracle.value(e, {"x": low + (high - low) * t})
            assume(abs(expected) < mpmath.mpf(10) ** 200)
            with ctx.workprec(300):
                assert contains(ball, expected)


SMOOTH = (
    *("x**5 - 3*x", "1/(1 + x**2)", "exp(-x**2/2)*erf(x)", "sqrt(1 + x**2)", "log(2 + sin(x))"),
    *(
        "atan(x/2)*cos(3*x)",
        "asin(x/9)",
        "acos(x/9)",
        "tanh(x)**3",
        "erfc(-x)/x",
        "x**(5/2)",
        "(1 + x)**(-3/2)",
    ),
    *("sin(cos(exp(x/3)))", "sqrt(x)*log(x)/(x + pi)", "exp(1/x)", "x**(-2)"),
)


@pytest.mark.parametrize("text", SMOOTH)
def test_derivative_is_that_of_sympy(text):
    """The derivative agrees with sympy's to 25 digits, and so does the second derivative."""
    x, at = sympy.Symbol("x"), Fraction(7, 5)
    e, s = parse(text), oracle.symbolic(text)
    for _ in range(2):
        e, s = derivative(e, "x"), sympy.diff(s, x)
        with ctx.workprec(200):
            ball = evaluate_ball(e, {"x": arb(rational(at))})
        with mpmath.workdps(45):
            expected = mpmath.mpf(str(sympy.N(s.subs(x, sympy.Rational(7, 5)), 40)))
            found = mpmath.mpf(ball.str(35, radius=False))
            assert abs(found / expected - 1) < mpmath.mpf(10) ** -25


@few
@given(oracle.rational_texts("x", "y"))
@example("x + 0/(x - x)")
def test_derivative_of_a_rational_function(text):
    """Symbolic differentiation equals sympy's at a rational point where the function itself is defined."""
    point = {"x": Fraction(13, 11), "y": Fraction(-17, 7)}
    try:
        exact_of(parse(text), point)
        slope = exact_of(derivative(parse(text), "x"), point)
    except ExpressionError:
        return
    x, y = sympy.symbols("x y")
    expected = sympy.diff(oracle.symbolic(text), x).subs(
        {x: sympy.Rational(13, 11), y: sympy.Rational(-17, 7)}
    )
    assert sympy.Rational(slope.numerator, slope.denominator) == expected


def exact_of(e: tuple, point: dict[str, Fraction]) -> Fraction:
    """The exact value of an expression tree."""
    found = evaluate_exactly(e, {k: rational(v) for k, v in point.items()})
    return Fraction(int(found.p), int(found.q))


@pytest.mark.parametrize("name", ["abs(x)", "step(x)", "floor(x)", "min(x, 1)", "max(1, x)", "atan2(x, 1)"])
def test_no_derivative_at_kinks_and_jumps(name):
    """Functions with a kink, a jump or a cut have no derivative in the kernel, inside others neither."""
    for text in (name, f"exp({name})*x", f"1/(2 + {name})", f"diff({name}, x)"):
        with pytest.raises(ExpressionError, match="no derivative"):
            derivative(parse(text), "x")


def test_derivative_in_another_variable():
    """A function without derivative may be a coefficient: it does not move with the variable."""
    assert exact_of(derivative(parse("step(y)*x**2"), "x"), {"x": Fraction(3), "y": Fraction(1)}) == 6


@few
@given(oracle.rational_texts("x", "y"), oracle.SMALL, oracle.SMALL)
def test_substitution_then_evaluation(text, x, y):
    """Substituting numbers gives the value at the point."""
    try:
        expected = exact(text, x=x, y=y)
        e = substitute(parse(text), {"x": ex.number(x), "y": ex.number(y)})
    except ExpressionError:
        return
    assert variables(e) == frozenset()
    assert exact_of(e, {}) == expected


def test_let_binds_names():
    """A bound name stands for its expression, with its own precedence."""
    assert exact_of(parse("2*c**2", {"c": "1 + x"}), {"x": Fraction(2)}) == 18
    assert variables(parse("a + b", {"a": "x*y"})) == {"x", "y", "b"}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0.5",
            "1e3",
            "1j",
            "'a'",
            "True",
            "None",
            "x +",
            "f(x)",
            "exp",
            "exp()",
            "exp(1, 2)",
            "atan2(1)",
        ),
        *("min(1)", "x <= 1", "x if x else y", "lambda: 1", "[1]", "x[0]", "x.y", "x // 2", "x % 2", "x & 1"),
        *("not x", "~x", "2**x", "x**(1/3)", "x**pi", "1/0", "diff(x, 2)", "exp(x=1)", "min(*x)", "(x := 1)"),
        *("9" * 5000, "(" * 500 + "1" + ")" * 500, "x" + "+x" * 20000, "diff(abs(x), x)", "1 if 1 else 2"),
    ],
)
def test_outside_the_language(text):
    """Anything that is not an exact expression of the language is refused with an `ExpressionError`."""
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    "text", ["x", "x < y < z", "x in y", "x is y", "", "x = 1", "(x < 1) + 2", "x <= (1 < 2)"]
)
def test_not_one_relation(text):
    """A statement is exactly one relation between two expressions."""
    with pytest.raises(ExpressionError):
        parse_relation(text)


@pytest.mark.parametrize("bad", [None, 3, b"x", ["x"]])
def test_not_text(bad):
    """An expression comes as text."""
    with pytest.raises((ExpressionError, TypeError)):
        parse(bad)


@pytest.mark.parametrize("text", ["2**(10**9)", "(7**100000)**1000", "(1/3)**(10**8)", "2**(-10**9)"])
def test_powers_with_too_many_digits(text):
    """A power that would fill the memory is refused instead of computed."""
    with pytest.raises(ExpressionError, match="too many digits"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("floor(-1/2)", "-1"), ("floor(-2)", "-2"), ("step(0)", "1"), ("step(-1/10**9)", "0")),
        *(("sqrt(9/4)", "3/2"), ("abs(-3/7)", "3/7"), ("min(2, -1/3)", "-1/3"), ("max(2, -1/3)", "2")),
        *(("-2**2", "-4"), ("2**-2", "1/4"), ("0**0", "1"), ("4**(1/2)", "2"), ("4**(-3/2)", "1/8")),
        *(
            ("binomial_cdf(1, 2, 1/2)", "3/4"),
            ("binomial_cdf(-1, 2, 1/2)", "0"),
            ("binomial_cdf(5, 2, 1/3)", "1"),
        ),
    ],
)
def test_exact_values_of_functions(text, expected):
    """Functions with rational values have them exactly, edges included."""
    assert exact(text) == Fraction(expected)


@pytest.mark.parametrize(
    "text", ["sqrt(2)", "pi", "exp(1)", "sqrt(-1)", "log(1)", "binomial_cdf(3, 401, 1/2)"]
)
def test_not_rational(text):
    """A value that is not rational, or not known to be, is not passed off as one."""
    with pytest.raises(NotRational):
        evaluate_exactly(parse(text), {})


@pytest.mark.parametrize(
    "text", ["binomial_cdf(1, 3/2, 1/2)", "binomial_cdf(1, -2, 1/2)", "binomial_cdf(1, 2, 3/2)"]
)
def test_binomial_outside_its_domain(text):
    """A binomial with a broken parameter has no value, exact or in balls."""
    with pytest.raises(ExpressionError):
        evaluate_exactly(parse(text), {})
    assert not evaluate_ball(parse(text), {}).is_finite()


@given(st.integers(0, 30), st.integers(0, 30), st.fractions(0, 1, max_denominator=20))
@few
def test_binomial_distribution_function(k, n, p):
    """The distribution function is the plain sum, exactly, and its ball contains it."""
    expected = sum((math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(min(k, n) + 1)), Fraction(0))
    assert exact("binomial_cdf(k, n, p)", k=k, n=n, p=p) == expected
    ball = evaluate_ball(parse("binomial_cdf(k, n, p)"), {"k": arb(k), "n": arb(n), "p": arb(rational(p))})
    assert not ball.is_finite() or ball.contains(rational(expected))


UNDEFINED = (
    "log(-1)",
    "sqrt(-1)",
    "1/(sin(pi))",
    "acos(2)",
    "asin(-3/2)",
    "log(0)",
    "log(sin(pi))",
    "1/sqrt(0)",
)
SWALLOWERS = (
    *("0*({})", "({})*0", "0/({})", "({})**0", "min(1, {})", "max({}, 1)", "atan2({}, -1)", "atan2(-1, {})"),
    *("step({})", "abs({})", "atan({})", "erf({})", "tanh({})", "sin({})", "exp({})", "floor({})", "({})**2"),
    *(
        "({}) - ({})",
        "0*(0*({}))",
        "diff(x**2, x) + 0*({})",
        "binomial_cdf(1, 2, {})",
        "binomial_cdf({}, 2, 1/2)",
    ),
)


@pytest.mark.parametrize("inner", UNDEFINED)
@pytest.mark.parametrize("outer", SWALLOWERS)
def test_nothing_swallows_an_undefined_value(outer, inner):
    """No operation makes a value of something undefined: a statement and its opposite stay undecided."""
    text = outer.replace("{}", inner)
    for relation in ("<= 10", ">= -10", "== 0", "!= 0", "> 10", "< -10", f"== {text}"):
        with pytest.raises(Rejected):
            check(Evaluation(f"{text} {relation}", {"x": "1"}))


@pytest.mark.parametrize(
    "text", ["0*x", "x*0", "0/3", "0*pi", "(x + 1)**0", "0*exp(x)", "0*(x/7)", "0*(x/pi)"]
)
def test_zero_times_something_defined(text):
    """0 times what is certainly defined is 0, so that normal forms stay small."""
    assert parse(text) == ex.ZERO or parse(text) == ex.ONE


@pytest.mark.parametrize(
    ("text", "sign", "exactly"),
    [
        *(
            ("1/3 - 1/3", 0, True),
            ("355/113 - pi", 1, False),
            ("pi - 22/7", -1, False),
            ("sqrt(4) - 2", 0, True),
        ),
        *(
            ("exp(pi*sqrt(163)) - 262537412640768744", -1, False),
            ("0*log(2)", 0, True),
            ("0/log(2)", 0, True),
        ),
        *(("sqrt(2)**2 - 2", None, False), ("log(-1)", None, False), ("sin(pi)", None, False)),
    ],
)
def test_decided_sign(text, sign, exactly):
    """The sign of a closed expression is exact, decided in balls, or honestly unknown."""
    assert decide_sign(parse(text), {}, max_bits=512) == (sign, exactly)


def test_variable_without_a_value():
    """A variable that has no value is an error that names it."""
    for evaluate in (evaluate_exactly, evaluate_ball):
        with pytest.raises(ExpressionError, match="no value for y"):
            evaluate(parse("x + y"), {"x": fmpq(1)} if evaluate is evaluate_exactly else {"x": arb(1)})
