"""Signs on a domain and the proof calculus: Sturm by brute force, atoms, and proofs that must not pass."""

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from flint import fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import oracle
from verify.kernel import ExpressionError, Inequality, Rejected, check, sign
from verify.kernel.expression import parse, parse_relation
from verify.kernel.sign import Interval, count_roots, parse_interval, sign_of, sturm_sign

SIGN = {"by": "sign"}
BOX = {"by": "boxes", "tree": "."}


def proves(statement: str, proof: Any = None, let: dict[str, str] | None = None, **domain: str) -> bool:
    """Whether the kernel accepts a proof of a statement."""
    try:
        check(Inequality(statement, domain, SIGN if proof is None else proof, let or {}))
    except Rejected:
        return False
    return True


def derivative(start: Any = None, then: Any = None, *, at: str = "low", name: str = "x") -> dict[str, Any]:
    """A derivative step."""
    return {"by": "derivative", "in": name, "at": at, "start": start or SIGN, "then": then or SIGN}


def concave(low: Any = None, high: Any = None, then: Any = None, *, name: str = "x") -> dict[str, Any]:
    """A concavity step."""
    return {"by": "concave", "in": name, "low": low or SIGN, "high": high or SIGN, "then": then or SIGN}


def split(at: str, left: Any = None, right: Any = None, *, name: str = "x") -> dict[str, Any]:
    """A case distinction."""
    return {"by": "split", "in": name, "at": at, "left": left or SIGN, "right": right or SIGN}


# ---- intervals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0, 1]", (0, 1, False, False)),
        ("(0, 1)", (0, 1, True, True)),
        ("[-1/2, oo)", (Fraction(-1, 2), None, False, True)),
        ("(-oo, 3]", (None, 3, True, False)),
        ("[-oo, oo]", (None, None, True, True)),
        (" ( 1 , +oo ) ", (1, None, True, True)),
        ("[2, 2]", (2, 2, False, False)),
        ("[(1 + 1), 2]", (2, 2, False, False)),
        ("[-2**2, 2**(-1)]", (-4, Fraction(1, 2), False, False)),
    ],
)
def test_interval(text, expected):
    """Ends are exact rationals or infinite, and an infinite end is open."""
    found = parse_interval(text)
    low, high = (None if end is None else fmpq(str_p(end), str_q(end)) for end in expected[:2])
    assert found == Interval(low, high, *expected[2:])


def str_p(value: Fraction | int) -> int:
    """Numerator."""
    return Fraction(value).numerator


def str_q(value: Fraction | int) -> int:
    """Denominator."""
    return Fraction(value).denominator


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "0, 1", "[0; 1]", "[0, 1", "{0, 1}", "[1, 0]", "(0, 0)", "[0, 0)", "(0, 0]", "[0, 1, 2]"),
        *("[0.5, 1]", "[0, pi]", "[x, 1]", "[oo, 0]", "[0, -oo)", "(oo, oo)", "[nan, 1]", "[sqrt(2), 2]"),
        *("[0, 1/0]", "]0, 1[", "[0, 1e3]"),
    ],
)
def test_not_an_interval(text):
    """An empty or malformed interval, or one whose ends are not rational, is refused."""
    with pytest.raises((ExpressionError, Exception)) as caught:
        parse_interval(text)
    assert type(caught.value).__name__ in ("ExpressionError", "NotRational")
    assert not proves("x**2 >= 0", x=text)


# ---- Sturm

ENDS = st.fractions(min_value=-3, max_value=3, max_denominator=2)
ROOTS = st.lists(st.tuples(ENDS, st.integers(1, 3)), max_size=4)


def polynomial(roots: list[tuple[Fraction, int]], lead: int, positive: bool) -> fmpq_poly:
    """lead * prod (x - r)^k, times x^2 + x + 1 when asked for."""
    p = fmpq_poly([lead])
    for root, multiplicity in roots:
        p *= fmpq_poly([fmpq(-root.numerator, root.denominator), 1]) ** multiplicity
    return p * fmpq_poly([1, 1, 1]) if positive else p


def brute_force(roots: list[tuple[Fraction, int]], lead: int, interval: Interval) -> str | None:
    """The sign on the interval from the roots and one point between any two of them."""
    low = None if interval.low is None else Fraction(str(interval.low))
    high = None if interval.high is None else Fraction(str(interval.high))
    marks = sorted({r for r, _ in roots} | {e for e in (low, high) if e is not None})
    first, last = (marks[0], marks[-1]) if marks else (Fraction(0), Fraction(0))
    middles = [(a + b) / 2 for a, b in pairwise(marks)]
    found = set()
    for x in (first - 1, *marks, *middles, last + 1):
        above = low is None or x > low or (x == low and not interval.low_open)
        below = high is None or x < high or (x == high and not interval.high_open)
        if above and below:
            value = Fraction(lead)
            for root, multiplicity in roots:
                value *= (x - root) ** multiplicity
            found.add((value > 0) - (value < 0))
    return {
        frozenset({1}): "pos",
        frozenset({-1}): "neg",
        frozenset({0, 1}): "nonneg",
        frozenset({0, -1}): "nonpos",
        frozenset({0}): "zero",
    }.get(frozenset(found))


@settings(max_examples=500, deadline=None)
@given(
    roots=ROOTS,
    lead=st.sampled_from([-2, 1]),
    positive=st.booleans(),
    ends=st.tuples(st.none() | ENDS, st.none() | ENDS),
    opened=st.tuples(st.booleans(), st.booleans()),
)
def test_sturm_is_brute_force(roots, lead, positive, ends, opened):
    """Repeated roots, roots at the ends, and open, closed, infinite or degenerate intervals are all right."""
    low, high = ends
    if low is not None and high is not None and low >= high:
        low, high = high, low
        opened = (False, False) if low == high else opened
    as_fmpq = [None if e is None else fmpq(e.numerator, e.denominator) for e in (low, high)]
    interval = Interval(*as_fmpq, opened[0] or low is None, opened[1] or high is None)
    assert sturm_sign(polynomial(roots, lead, positive), interval) == brute_force(roots, lead, interval)


@settings(max_examples=150, deadline=None)
@given(roots=ROOTS, ends=st.tuples(st.none() | ENDS, st.none() | ENDS))
def test_root_count(roots, ends):
    """Distinct roots in the half-open interval (low, high]."""
    low, high = sorted(ends, key=lambda e: (e is not None, e)) if None not in ends else ends
    if low is not None and high is not None and low > high:
        low, high = high, low
    inside = {r for r, _ in roots if (low is None or r > low) and (high is None or r <= high)}
    as_fmpq = [None if e is None else fmpq(e.numerator, e.denominator) for e in (low, high)]
    assert count_roots(polynomial(roots, 3, True), *as_fmpq) == len(inside)


@pytest.mark.parametrize("degree", [2001, 10**7])
def test_degree_limit(degree):
    """A polynomial of huge degree is refused instead of filling the memory."""
    assert not proves(f"x**{degree} + 1 >= x", x="[0, 1]")


# ---- signs of atoms


def sign_on(text: str, **domain: str) -> str | None:
    """Sign of an expression."""
    return sign_of(parse(text), {k: parse_interval(v) for k, v in domain.items()})


@pytest.mark.parametrize(
    ("text", "interval", "expected"),
    [
        *(("exp(-x)", "(-oo, oo)", "pos"), ("exp(-x) - 1", "(0, oo)", None), ("erfc(x)", "(-oo, oo)", "pos")),
        *(("erf(-x)", "(0, 1)", "neg"), ("erf(x)", "[-1, 0]", "nonpos"), ("erf(x)", "[-1, 1]", None)),
        *(
            ("tanh(x)*erf(x)", "[-1, 0)", "pos"),
            ("atan(x - 1)", "(1, oo)", "pos"),
            ("atan(x - 1)", "[0, 2]", None),
        ),
        *(("log(x)", "(1, oo)", "pos"), ("log(x)", "[1, oo)", "nonneg"), ("log(x)", "(0, 1)", "neg")),
        *(("log(x)", "(1 - 1/10**9, oo)", None), ("log(x)", "[0, 1]", None), ("log(x)", "(-2, -1)", None)),
        *(("sqrt(x)", "[0, 1]", "nonneg"), ("sqrt(x)", "(0, 1]", "pos"), ("sqrt(x)", "[-1, 1]", None)),
        *(("sqrt(x - 1)", "[1, 2]", "nonneg"), ("sqrt((x - 1)**2)", "[0, 2]", "nonneg")),
        *(("acos(x)", "[-1, 1]", "nonneg"), ("acos(x)", "[-1, 2]", None), ("acos(x)", "[0, oo)", None)),
        *(("asin(x)", "(0, 1]", "pos"), ("asin(x)", "(0, 2]", None), ("asin(x)", "[-1, 0]", "nonpos")),
        *(
            ("step(x)", "[-1, 1]", "nonneg"),
            ("abs(x)", "[-1, 1]", "nonneg"),
            ("abs(x) + 1", "[-1, 1]", "pos"),
        ),
        *(("floor(x)", "[1, 2]", None), ("min(x, 1)", "[0, 1]", None), ("sin(x)", "[0, 1]", None)),
        *(
            ("sin(x)**2", "[0, 9]", "nonneg"),
            ("sin(x)**3", "[0, 9]", None),
            ("cos(x)**2 + 1", "[0, 9]", None),
        ),
        *(
            ("pi - 3", "[0, 1]", "pos"),
            ("x*(pi - 355/113)", "(0, 1]", "neg"),
            ("sqrt(2)*x - 3", "[0, 2]", None),
        ),
        *(("1/x", "(0, 1]", "pos"), ("1/x", "[0, 1]", None), ("1/(x**2 + 1)", "(-oo, oo)", "pos")),
        *(("1/(x - 1)", "[0, 1)", "neg"), ("1/(x - 1)", "[0, 2]", None), ("x - x", "[0, 1]", "zero")),
    ],
)
def test_sign_of_an_expression(text, interval, expected):
    """The sign that can be read off is right, and it is unknown near where it changes or is undefined."""
    found = sign_on(text, x=interval)
    assert found == expected or (expected is None and found is None)


@pytest.mark.parametrize(
    ("statement", "domain", "true"),
    [
        ("x*y + x + y > 0", {"x": "(0, oo)", "y": "[0, oo)"}, True),
        ("x*y + x + y > 0", {"x": "[0, oo)", "y": "[0, oo)"}, False),
        ("x*y >= 0", {"x": "(-oo, 0]", "y": "(-oo, 0]"}, True),
        ("x*y >= 0", {"x": "(-oo, 0]", "y": "[0, 1]"}, False),
        ("(x**2 + 1)*y**3 < 0", {"x": "(-oo, oo)", "y": "(-1, 0)"}, True),
        ("x**2*y**4 + 1 > 0", {"x": "(-oo, oo)", "y": "(-oo, oo)"}, True),
        ("x**2 + y**2 > 0", {"x": "(-oo, oo)", "y": "(-oo, oo)"}, False),
        ("1/(x*y + 1) > 0", {"x": "[-2, 2]", "y": "[-2, 2]"}, False),
        ("1/(x + y) > 0", {"x": "[0, 1]", "y": "[0, 1]"}, False),
        ("1/(x + y) > 0", {"x": "[0, 1]", "y": "(0, 1]"}, True),
        ("exp(x*y)*x >= 0", {"x": "[0, 1]", "y": "(-oo, oo)"}, True),
        ("pi*x - 3*x >= 0", {"x": "[0, 1]"}, True),
        ("pi*x - 3*x >= 0", {"x": "[-1, 1]"}, False),
    ],
)
def test_several_variables(statement, domain, true):
    """Polynomials in several variables are signed term by term, ends included."""
    assert proves(statement, **domain) == true


# ---- where an expression is undefined

PARTLY_UNDEFINED = (
    *("log(x) - log(x)", "log(x)**2", "abs(log(x))", "0*log(x)", "log(x)**0", "step(log(x))", "exp(log(x))"),
    *(
        "sqrt(x)",
        "sqrt(x)**2 - x",
        "sqrt(x)**4",
        "sqrt(x)*sqrt(x) + 1",
        "sqrt(x)*0",
        "exp(sqrt(x))",
        "erfc(sqrt(x))",
    ),
    *(
        "x/x",
        "1/x - 1/x",
        "0/x",
        "x**2/x**2",
        "(1/x)**2",
        "exp(1/x)",
        "1/x**2",
        "atan(1/x)**2",
        "abs(1/x)",
        "x**(-2)",
    ),
    *("asin(2*x)**2", "acos(2*x)", "acos(x/2) + acos(3*x/2)", "acos(2*x) - acos(2*x)", "exp(asin(2*x))"),
    *(
        "1/(1/x)*x",
        "x*exp(-log(x))/x",
        "1/sqrt(x)",
        "1/exp(1/x)",
        "binomial_cdf(1, 2, x)",
        "1/(x - 1/10**9)**2",
    ),
    *(
        "binomial_cdf(1, x, 1/2)",
        "1/(exp(x) - 1)**2",
        "1/step(x)",
        "log(step(x))",
        "sqrt(x - 1)**2",
        "1/floor(x)**2",
    ),
    *("1/sin(x)**2", "log(1 + x)**2 + 1/x**2", "min(1, 1/x)**2", "max(log(x), 5)", "atan2(log(x), 1)**2"),
)
ATTEMPTS = (
    SIGN,
    derivative(),
    derivative(at="high"),
    derivative(then=derivative()),
    concave(),
    split("0"),
    split("0", split("-1/3"), split("1/3")),
    split("1/2", derivative(), derivative(at="high")),
    {"by": "shift", "in": "x", "at": "low", "then": SIGN},
    {"by": "shift", "in": "x", "at": "high", "then": SIGN},
    {"by": "boxes", "tree": ".", "centred": False},
    {"by": "boxes", "tree": ".", "centred": True},
    {"by": "boxes", "tree": "00..0..", "centred": True},
    {"by": "sum", "terms": []},
    {"by": "product", "factors": []},
    {"by": "sum", "terms": [{"term": "100", "proof": SIGN}]},
)


@pytest.mark.parametrize("text", PARTLY_UNDEFINED)
def test_undefined_somewhere_is_never_proved(text):
    """Whatever the proof, a statement about something undefined at a point of [-1, 1] is not accepted."""
    for relation in (">= -100", "> -100", ">= 0", "<= 100", "< 100", "<= 0", ">= 1", "<= 1"):
        for proof in ATTEMPTS:
            assert not proves(f"{text} {relation}", proof, x="[-1, 1]"), (relation, proof)


@pytest.mark.parametrize(
    ("statement", "proof"),
    [
        ("x >= 0", {"by": "square", "root": "sqrt(x)", "scale": "1"}),
        ("x**3 >= 0", {"by": "square", "root": "x*sqrt(x)", "scale": "1"}),
        ("x >= 0", {"by": "sum", "terms": [{"term": "sqrt(x)**2", "proof": SIGN}]}),
        (
            "x >= 0",
            {"by": "product", "factors": [{"factor": "sqrt(x)", "proof": SIGN}] * 2},
        ),
        (
            "x >= 0",
            {
                "by": "product",
                "factors": [
                    {"factor": "x*exp(log(x))", "proof": SIGN},
                    {"factor": "1/exp(log(x))", "proof": SIGN},
                ],
            },
        ),
        ("-1 >= 0", {"by": "square", "root": "sqrt(-1)", "scale": "1"}),
        ("-1 >= 0", {"by": "square", "root": "sqrt(-y)/sqrt(y)", "scale": "1"}),
        ("-1 >= 0", {"by": "square", "root": "sqrt(-y**2 - 1)/sqrt(y**2 + 1)", "scale": "1"}),
        ("-y**2 >= 0", {"by": "square", "root": "sqrt(-y**2)", "scale": "1"}),
        ("acos(2) >= 5", SIGN),
        ("-abs(log(-2)) >= 0", SIGN),
    ],
)
def test_square_roots_of_negative_numbers(statement, proof):
    """A square, product or sum of things that are not real proves nothing."""
    assert not proves(statement, proof, x="[-1, 1]", y="[0, 1]")


POLES_AND_JUMPS = (
    *("-1/x >= 1", "-1/x >= 0", "-1/x**3 >= 1", "-atan(1/x) >= 0", "-atan(1/x) >= 1/2", "-tanh(1/x) >= 0"),
    *(
        "-erf(1/x) >= 0",
        "-sin(x)/cos(2*x) >= 0",
        "-step(x) >= 0",
        "-floor(x) >= 0",
        "-abs(x)/x >= 1",
        "-x/abs(x) >= 1",
    ),
    *(
        "-sqrt(x**2)/x >= 1",
        "-atan2(x, 0) >= 0",
        "floor(x) + 1 >= 1",
        "step(-x) >= 1",
        "x - floor(x) - 1/2 >= -1/2",
    ),
    *("-atan(1/(2*x)) - atan(2*x) >= 0", "-exp(1/x) >= -1", "-1/(1 + exp(1/x)) >= -1", "atan(1/x**3) <= 0"),
)


@pytest.mark.parametrize("statement", POLES_AND_JUMPS)
def test_no_rule_crosses_a_pole_or_a_jump(statement):
    """f(-1) >= c and f' >= 0 on both sides of a pole or a jump at 0 do not give f >= c."""
    for proof in (*ATTEMPTS, derivative(then=split("0")), derivative(then=split("0"), at="high")):
        assert not proves(statement, proof, x="[-1, 1]"), proof


@pytest.mark.parametrize(
    ("statement", "interval", "at"),
    [
        *(("x*exp(-log(x)) <= 1/2", "(0, 1]", "low"), ("-x*exp(-log(x)) >= 0", "(0, 1]", "low")),
        *(
            ("x/x <= 1/2", "(0, 1]", "low"),
            ("x*(1/x) <= 0", "(0, 1]", "low"),
            ("x**2/x**2 <= 0", "(0, oo)", "low"),
        ),
        *(
            ("sin(x)/x <= 0", "(0, 1]", "low"),
            ("log(x)*0 + 1 <= 0", "(0, 1]", "low"),
            ("exp(-1/x) >= 1", "(0, 1]", "low"),
        ),
        *(
            ("(x - 1)*exp(-log(1 - x)) >= 0", "[0, 1)", "high"),
            ("x*log(x)**2/log(x)**2 <= 0", "(0, 1/2]", "low"),
        ),
    ],
)
def test_start_of_a_derivative_step_is_a_limit(statement, interval, at):
    """At an open end the value that is substituted must be the limit, so the expression is defined there."""
    for then in (SIGN, derivative(at=at), concave()):
        assert not proves(statement, derivative(then=then, at=at), x=interval)


# ---- the rules


@pytest.mark.parametrize(
    ("statement", "interval", "proof"),
    [
        ("x >= 0", "[0, oo)", SIGN),
        ("x > 0", "(0, oo)", SIGN),
        ("sin(x) <= x", "[0, 1]", derivative(then=derivative(then=derivative(then=BOX)))),
        ("exp(x) >= 1 + x", "[0, oo)", derivative(then=derivative())),
        ("exp(x) > 1 + x", "(0, oo)", derivative(then=derivative())),
        ("exp(x) >= 1 + x", "(-oo, 0]", derivative(then=derivative(at="high"), at="high")),
        ("log(x) <= x - 1", "[1, oo)", derivative()),
        ("log(x) <= x - 1", "(0, 1]", derivative(at="high")),
        ("log(x) < x - 1", "(0, 1)", derivative(at="high")),
        ("erf(x) < 2*x/sqrt(pi)", "(0, oo)", derivative(then=derivative())),
        ("x*(1 - x) >= 0", "[0, 1]", concave()),
        ("x*(1 - x) > 0", "(0, 1)", concave()),
        ("log(1 + x) >= x*log(2)", "[0, 1]", concave()),
        ("sqrt(x) >= x", "[0, 1]", concave()),
        ("sqrt(x) > x", "(0, 1)", concave()),
        ("x**2 - 2*x + 1 >= 0", "(-oo, oo)", {"by": "square", "root": "x - 1", "scale": "1"}),
        ("3*(x - 1)**2/2 >= 0", "(-oo, oo)", {"by": "square", "root": "1 - x", "scale": "3/2"}),
        (
            "x**2 - 2*x + 2 > 0",
            "(-oo, oo)",
            {
                "by": "sum",
                "terms": [
                    {"term": "(x - 1)**2", "proof": {"by": "square", "root": "x - 1", "scale": "1"}},
                    {"term": "1", "proof": SIGN},
                ],
            },
        ),
        (
            "x*exp(x) - x > 0",
            "(0, oo)",
            {
                "by": "product",
                "factors": [{"factor": "x", "proof": SIGN}, {"factor": "exp(x) - 1", "proof": derivative()}],
            },
        ),
        ("abs(x)*x**2 >= 0", "[-1, 1]", split("0")),
        ("x**4 - x**2 + 1 > 0", "[-5, 5]", split("1/3", split("-2"))),
        ("x**2 - 5*x + 6 >= 0", "[3, oo)", {"by": "shift", "in": "x", "at": "low", "then": SIGN}),
        ("x**2 - 5*x + 6 > 0", "(-oo, 2)", {"by": "shift", "in": "x", "at": "high", "then": SIGN}),
        ("x*exp(-x) <= 1/2", "[0, 2]", {"by": "boxes", "tree": "00..0..", "centred": True}),
        ("floor(x) > -3/2", "[-1/2, 1/2]", BOX),
        ("step(x) < 3/2", "[-1, 1]", BOX),
        ("acos(x) <= 4", "[-1/2, 1/2]", {"by": "boxes", "tree": "."}),
    ],
)
def test_rule_accepts(statement, interval, proof):
    """Each rule proves a true statement; made false by a larger constant it does not."""
    assert proves(statement, proof, x=interval)
    left, relation, right = _halves(statement)
    worse = f"{left} {relation} {right} {'- 1/5' if relation in ('<=', '<') else '+ 1/5'}"
    if not _harmless(worse, interval):
        assert not proves(worse, proof, x=interval)
    reversed_relation = {"<=": ">", "<": ">=", ">=": "<", ">": "<="}[relation]
    assert not proves(f"{left} {reversed_relation} {right}", proof, x=interval)


def _halves(statement: str) -> tuple[str, str, str]:
    _, relation, _ = parse_relation(statement)
    left, right = statement.split(f" {relation} ")
    return left, relation, right


def _harmless(statement: str, interval: str) -> bool:
    """Whether the statement is still true at 200 points of the interval."""
    left, relation, right = parse_relation(statement)
    ends = parse_interval(interval)
    low = Fraction(-50) if ends.low is None else Fraction(str(ends.low))
    high = Fraction(50) if ends.high is None else Fraction(str(ends.high))
    for k in range(1, 200):
        point = {"x": low + (high - low) * Fraction(k, 200)}
        a, b = oracle.value(left, point), oracle.value(right, point)
        if not {"<=": a <= b, "<": a < b, ">=": a >= b, ">": a > b}[relation]:
            return False
    return True


@pytest.mark.parametrize(
    ("statement", "interval", "proof", "true"),
    [
        ("x > 0", "[0, 1]", derivative(), False),
        ("x > 0", "(0, 1]", derivative(), True),
        ("x >= 0", "[0, 1]", derivative(), True),
        ("1 - x > 0", "[0, 1]", derivative(at="high"), False),
        ("1 - x > 0", "[0, 1)", derivative(at="high"), True),
        ("1 - x > 0", "(0, 1]", derivative(at="high"), False),
        ("x + 1 > 0", "[0, 1]", derivative(), True),
        ("x - x + 0*x >= 0", "(0, 1)", derivative(), True),
        ("x*0 > 0", "(0, 1)", derivative(), False),
        ("x*(1 - x) > 0", "[0, 1)", concave(), False),
        ("x*(1 - x) > 0", "(0, 1]", concave(), False),
        ("x*(1 - x) + 1 > 0", "[0, 1]", concave(), True),
        ("x > 0", "[0, 1]", concave(), False),
        ("x > 0", "(0, 1)", concave(), True),
        ("x*0 > 0", "(0, 1)", concave(), False),
        ("x**2 > 0", "[-1, 1]", split("0"), False),
        ("x**2 > 0", "[-1, 0)", split("-1/2"), True),
        ("x**2 > 0", "(0, 1]", {"by": "square", "root": "x", "scale": "1"}, False),
        ("x - 1 > 0", "[1, 2]", {"by": "shift", "in": "x", "at": "low", "then": SIGN}, False),
        ("x - 1 > 0", "(1, 2]", {"by": "shift", "in": "x", "at": "low", "then": SIGN}, True),
        ("2 - x > 0", "(1, 2]", {"by": "shift", "in": "x", "at": "high", "then": SIGN}, False),
        ("2 - x > 0", "[1, 2)", {"by": "shift", "in": "x", "at": "high", "then": SIGN}, True),
        ("x > 0", "(0, 1]", {"by": "boxes", "tree": "."}, False),
        ("x + 1/100 > 0", "[0, 1]", {"by": "boxes", "tree": "."}, True),
    ],
)
def test_strictness_at_open_and_closed_ends(statement, interval, proof, true):
    """A strict inequality is accepted only where equality at an end is excluded."""
    assert proves(statement, proof, x=interval) == true


@pytest.mark.parametrize(
    ("statement", "interval", "proof"),
    [
        ("x**2 >= 0", "(-oo, 1]", derivative()),
        ("x**2 >= 0", "[1, oo)", derivative(at="high")),
        ("x >= 0", "[0, oo)", concave()),
        ("x >= 0", "(-oo, oo)", {"by": "shift", "in": "x", "at": "low", "then": SIGN}),
        ("x**2 + 1 >= 0", "[0, oo)", {"by": "boxes", "tree": "."}),
        ("x >= 0", "[0, 1]", derivative(name="y")),
        ("x >= 0", "[0, 1]", {**derivative(), "in": None}),
        ("x >= 0", "[0, 1]", {**derivative(), "in": ["x"]}),
        ("x >= 0", "[0, 1]", {"by": "derivative", "in": "x", "start": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "derivative", "in": "x", "then": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "concave", "in": "x", "low": SIGN, "high": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "derivative", "in": "x", "start": "sign", "then": "sign"}),
        ("x >= 0", "[0, 1]", {"by": "magic"}),
        ("x >= 0", "[0, 1]", {"by": ["sign"]}),
        ("x >= 0", "[0, 1]", {"by": None}),
        ("x >= 0", "[0, 1]", {}),
        ("x >= 0", "[0, 1]", {"rule": "sign"}),
        ("x >= 0", "[0, 1]", split("2")),
        ("x >= 0", "[0, 1]", split("0")),
        ("x >= 0", "[0, 1]", split("sqrt(2)/2")),
        ("x >= 0", "[0, 1]", split("1/2", name="y")),
        ("x >= 0", "[0, 1]", split("y")),
        ("x >= 0", "[0, 1]", {"by": "split", "in": "x", "at": "1/2", "left": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "split", "in": "x", "left": SIGN, "right": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "square", "root": "sqrt(x)", "scale": "-1"}),
        ("-x**2 >= 0", "[0, 1]", {"by": "square", "root": "x", "scale": "-1"}),
        ("x**2 >= 0", "[0, 1]", {"by": "square", "root": "x", "scale": "x"}),
        ("x**2 >= 0", "[0, 1]", {"by": "square", "root": "x"}),
        ("x**2 >= 0", "[0, 1]", {"by": "square", "root": "x + y - y", "scale": "1"}),
        ("x >= 0", "[0, 1]", {"by": "sum", "terms": [{"term": "x"}]}),
        ("x >= 0", "[0, 1]", {"by": "sum", "terms": [{"term": "x + 1", "proof": SIGN}]}),
        ("x >= 0", "[0, 1]", {"by": "sum", "terms": "x"}),
        ("x - 1 >= 0", "[0, 1]", {"by": "sum", "terms": [{"term": "x", "proof": SIGN}]}),
        ("x >= 0", "[0, 1]", {"by": "product", "factors": [{"factor": "x + 1", "proof": SIGN}]}),
        ("x >= 0", "[0, 1]", {"by": "product", "factors": [{"factor": "-x", "proof": SIGN}] * 1}),
        ("x**2 >= 0", "[-1, 1]", {"by": "product", "factors": [{"factor": "x", "proof": SIGN}] * 2}),
        ("x >= 0", "[0, 1]", {"by": "boxes"}),
        ("x >= 0", "[0, 1]", {"by": "boxes", "tree": ""}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": ".."}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": "0."}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": "1.."}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": "x.."}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": "-1.."}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": None}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": ".", "bits": 0}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": ".", "bits": 10**12}),
        ("x + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": ".", "bits": "many"}),
        ("abs(x) + 1 >= 0", "[0, 1]", {"by": "boxes", "tree": ".", "centred": True}),
        ("x >= 0", "[0, 1]", {"by": "shift", "in": "x", "at": "middle", "then": SIGN}),
        ("x >= 0", "[0, 1]", {"by": "shift", "in": "x", "at": "low"}),
        ("x >= 0", "[0, 1]", "sign"),
        ("x >= 0", "[0, 1]", None),
        ("x == x", "[0, 1]", SIGN),
        ("x != 2", "[0, 1]", SIGN),
        ("y >= y", "[0, 1]", SIGN),
        ("y**2 >= 0", "[0, 1]", SIGN),
    ],
)
def test_forged_tree(statement, interval, proof):
    """A tree with a wrong variable, a missing key, characters left over or an unknown rule is rejected."""
    if proof is None:
        with pytest.raises(Rejected):
            check(Inequality(statement, {"x": interval}, None))  # type: ignore[arg-type]
        return
    assert not proves(statement, proof, x=interval)


def test_tree_too_deep():
    """A tree of more than 40 levels is rejected, not a crash."""
    proof: dict[str, Any] = SIGN
    for _ in range(60):
        proof = {"by": "shift", "in": "x", "at": "low", "then": proof}
    assert not proves("x >= 0", proof, x="[0, 1]")
    nested: dict[str, Any] = SIGN
    for k in range(1, 60):
        nested = split(f"1/{k + 1}", nested)
    assert not proves("x >= 0", nested, x="[0, 1]")


def test_shift_does_not_capture_a_free_variable():
    """Factors may not smuggle in the variable that a shift introduces."""
    one, other = "(1 + 2*(x_shifted - x))", "(-1/(1 + 2*(x_shifted - x)))"
    low = {"by": "shift", "in": "x", "at": "low", "then": SIGN}
    high = {"by": "shift", "in": "x", "at": "high", "then": SIGN}
    for first in (low, high):
        for second in (low, high):
            parts = [{"factor": one, "proof": first}, {"factor": other, "proof": second}]
            assert not proves("-1 >= 0", {"by": "product", "factors": parts}, x="[0, 1]")
            assert not proves("-1 >= 0", {"by": "product", "factors": parts}, x="(3/4, 1]")


def test_shifted_name_in_the_domain():
    """A shift whose new variable exists already is rejected."""
    proof = {"by": "shift", "in": "x", "at": "low", "then": SIGN}
    assert not proves("x >= 0", proof, x="[0, 1]", x_shifted="[0, 1]")


def test_bound_name_may_not_range():
    """A name is bound or ranges over an interval: `let x = 0` does not prove x <= 1 on [-1, 10]."""
    assert not proves("x <= 1", let={"x": "0"}, x="[-1, 10]")
    assert not proves("pi <= 4", pi="[0, 100]")
    assert proves("c*x <= 1", let={"c": "1/2"}, x="[0, 1]")


def test_expression_bound_to_a_name():
    """A name bound to an expression ranges with the expression's variables."""
    assert proves("r <= 1", let={"r": "x**2"}, x="[-1, 1]")
    assert not proves("r <= 1", let={"r": "x**2"}, x="[-1, 2]")


def test_boxes_in_two_variables():
    """The digits of a bisection tree are axes in the order of the names."""
    good = {"by": "boxes", "tree": "01..1..", "centred": False}
    assert proves("a + b + 1/10 > 0", BOX, a="[0, 1]", b="[0, 1]")
    assert proves("a*b + 2*a + 7/2 > 0", good, b="[-1, 1]", a="[-1, 1]")
    assert not proves("a - b + 1/10 > 0", good, a="[0, 1]", b="[0, 1]")


# ---- random trees

RULES = ("sign", "sign", "derivative", "concave", "split", "shift", "boxes", "square", "sum")


def random_tree(pick: random.Random, names: list[str], depth: int, text: str) -> dict[str, Any]:
    """A proof tree without regard for what it should prove."""
    rule = pick.choice(RULES) if depth else "sign"
    name = pick.choice(names)

    def below() -> dict[str, Any]:
        return random_tree(pick, names, depth - 1, text)

    if rule == "derivative":
        return derivative(below(), below(), at=pick.choice(["low", "high"]), name=name)
    if rule == "concave":
        return concave(below(), below(), below(), name=name)
    if rule == "split":
        return split(pick.choice(["0", "1/3", "-1"]), below(), below(), name=name)
    if rule == "shift":
        moved = [f"{name}_shifted", *(n for n in names if n != name)]
        then = random_tree(pick, moved, depth - 1, text)
        return {"by": "shift", "in": name, "at": pick.choice(["low", "high"]), "then": then}
    if rule == "boxes":
        tree = pick.choice([".", "0..", "00..0..", "000..0..00..0..", "1.."])
        return {"by": "boxes", "tree": tree, "centred": pick.random() < 0.7}
    if rule == "square":
        return {"by": "square", "root": f"sqrt({text})", "scale": "1"}
    if rule == "sum":
        return {"by": "sum", "terms": [{"term": text, "proof": below()}, {"term": "1", "proof": SIGN}]}
    return SIGN


INTERVALS = ("[-1, 1]", "(0, 1]", "[0, 2]", "[1, oo)", "(-oo, 0)", "(-oo, oo)", "[-2, -1/2]", "(-1, 2)")
FUNCTIONS = (*oracle.EVERYWHERE, "sqrt", "log", "asin", "acos", "abs", "step", "floor")


@settings(max_examples=700, deadline=None)
@given(
    text=oracle.texts("x", "y", functions=FUNCTIONS),
    x=st.sampled_from(INTERVALS),
    y=st.sampled_from(INTERVALS),
    relation=st.sampled_from(["<=", "<", ">=", ">"]),
    bound=oracle.RATIONAL_TEXTS,
    seed=st.integers(0, 2**32),
)
def test_what_a_random_tree_proves_is_true(text, x, y, relation, bound, seed):
    """Whatever the kernel accepts is defined and true at every sampled point of the domain."""
    pick = random.Random(seed)
    statement = f"{text} {relation} {bound}"
    try:
        left, _, right = parse_relation(statement)
    except ExpressionError:
        return
    trees = [SIGN, *(random_tree(pick, ["x", "y"], 2, text) for _ in range(4))]
    accepted = [tree for tree in trees if proves(statement, tree, x=x, y=y)]
    if not accepted:
        return
    for _ in range(12):
        point = {"x": inside(parse_interval(x), pick), "y": inside(parse_interval(y), pick)}
        with mpmath.workdps(40):
            try:
                a, b = oracle.value(left, point), oracle.value(right, point)
            except OverflowError:
                continue
            slack = mpmath.mpf(10) ** -25 * (1 + abs(a))
            truth = {"<=": a <= b + slack, "<": a < b + slack, ">=": a >= b - slack, ">": a > b - slack}
        assert truth[relation], (accepted, point)


def inside(interval: Interval, pick: random.Random) -> Fraction:
    """A point of the interval, often an end or close to one."""
    low = None if interval.low is None else Fraction(str(interval.low))
    high = None if interval.high is None else Fraction(str(interval.high))
    near = Fraction(1, 10 ** pick.randint(0, 6)) * pick.randint(1, 9)
    if low is None and high is None:
        return pick.choice([Fraction(0), near, -near])
    if low is None or high is None:
        at_end = low is not None and not interval.low_open and pick.random() < 0.2
        return low + (0 if at_end else near) if low is not None else high - near
    ends = [low] * (not interval.low_open) + [high] * (not interval.high_open)
    if ends and pick.random() < 0.25:
        return pick.choice(ends)
    if low < 0 < high and pick.random() < 0.2:
        return Fraction(0)
    t = pick.choice(
        [Fraction(1, 2), Fraction(pick.randint(1, 99), 100), Fraction(1, 10**6), 1 - Fraction(1, 10**6)]
    )
    return low + (high - low) * t


def test_sample_point_exists_for_polynomials_with_many_roots():
    """The sign of a polynomial with roots at all small integers and fractions is still found."""
    roots = [(Fraction(k, 7), 2) for k in range(1, 7)]
    assert sturm_sign(polynomial(roots, 1, False), parse_interval("[0, 1]")) == "nonneg"
    assert sign.count_roots(polynomial(roots, 1, False), fmpq(0), fmpq(1)) == 6
