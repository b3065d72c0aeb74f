"""The search for proofs: untrusted, but what it returns is true, and false statements come with a witness."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import oracle
from verify import eigenvalue_above, evaluate, expectation, identity, positive_definite, prove
from verify.kernel import ExpressionError, Inequality
from verify.kernel.expression import parse_relation
from verify.kernel.sign import parse_interval
from verify.outcome import Outcome, judge
from verify.search import candidates


def code(outcome: Outcome) -> str:
    """Status and strength that the kernel vouches for."""
    judged = judge(outcome, "universal")
    return judged.status if judged.status == "undecided" else f"{judged.status}/{judged.strength}"


PROVED = [
    ("x <= x**2 + 1", {"x": "(-oo, oo)"}),
    ("x*(1 - x) <= 1/4", {"x": "[0, 1]"}),
    ("erf(R/sqrt(2)) < 2*R/sqrt(2*pi)", {"R": "(0, oo)"}),
    ("exp(-x) >= 1 - x", {"x": "[0, oo)"}),
    ("exp(x) >= 1 + x", {"x": "(-oo, oo)"}),
    ("log(x) <= x - 1", {"x": "[1, oo)"}),
    ("log(1 + x) < x", {"x": "(0, oo)"}),
    ("sqrt(x) <= (1 + x)/2", {"x": "[1, 4]"}),
    ("2*x*y <= x**2 + y**2", {"x": "(-oo, oo)", "y": "(-oo, oo)"}),
    ("x*exp(-x) <= 2/5", {"x": "[0, 10]"}),
    ("cos(x) >= 1 - x**2/2", {"x": "[0, 1]"}),
    ("s*R - R < 0", {"s": "[0, 1)", "R": "(0, oo)"}),
    ("(1 - a)*(1 - b) >= 1 - a - b", {"a": "[0, 1]", "b": "[0, 1]"}),
    ("tanh(x) < x", {"x": "(0, oo)"}),
    ("1 - x/2 >= exp(-x)", {"x": "[0, 1]"}),
    ("max(x, 0) - x/2 > -1/100", {"x": "[-1, 1]"}),
]


@pytest.mark.parametrize(("statement", "domain"), PROVED)
def test_true_statement_is_proved(statement, domain):
    """A true inequality of the kinds that occur is proved, and its opposite refuted by a point."""
    assert code(prove(statement, **domain)) in ("holds/exact", "holds/rigorous")
    for token, opposite in (("<=", ">"), (">=", "<"), ("<", ">="), (">", "<=")):
        if f" {token} " in statement:
            assert prove(statement.replace(f" {token} ", f" {opposite} "), **domain).status == "refuted"
            break


FALSE = [
    ("erf(R/sqrt(2)) < 1*R/sqrt(2*pi)", {"R": "(0, oo)"}),
    ("x < x", {"x": "[0, 1]"}),
    ("x**2 > 0", {"x": "[-1, 1]"}),
    ("x >= 1", {"x": "[1 - 1/10**6, 2]"}),
    ("x <= 1000", {"x": "[0, oo)"}),
    ("x*y >= 0", {"x": "[-1, 1]", "y": "[-1, 1]"}),
    ("x*(1 - x) < 1/4", {"x": "[0, 1]"}),
    ("exp(x) <= 1 + x + x**2", {"x": "[0, oo)"}),
    ("step(x) <= 0", {"x": "(-oo, 0]"}),
    ("sqrt(x**2) == x", {"x": "(-oo, oo)"}),
    ("log(x*y) == log(x)*log(y)", {"x": "(0, oo)", "y": "(0, oo)"}),
]


@pytest.mark.parametrize(("statement", "domain"), FALSE)
def test_false_statement_is_refuted_at_a_point(statement, domain):
    """A false statement comes back with a point of the domain at which the kernel sees it fail."""
    outcome = prove(statement, **domain)
    assert outcome.status == "refuted"
    (link,) = outcome.evidence
    for name, text in link.certificate.point.items():
        interval, value = parse_interval(domain[name]), Fraction(text)
        low, high = (None if e is None else Fraction(str(e)) for e in interval[:2])
        assert low is None or value > low or (value == low and not interval.low_open)
        assert high is None or value < high or (value == high and not interval.high_open)
    assert "fails at" in outcome.witness


NEITHER = [
    ("log(x) >= -100", {"x": "[0, 1]"}),
    ("sqrt(x)**2 >= -1", {"x": "[-1, 1]"}),
    ("log(x)**2 >= 0", {"x": "[-1, 1]"}),
    ("x/x <= 1", {"x": "[-1, 1]"}),
    ("1/x**2 > 0", {"x": "[-1, 1]"}),
    ("exp(1/x) > 0", {"x": "[0, 1]"}),
    ("acos(x) >= 0", {"x": "[0, 2]"}),
    ("abs(1/x) >= 0", {"x": "(-oo, oo)"}),
    ("0*log(x) >= 0", {"x": "(-oo, oo)"}),
    ("x*exp(-log(x)) >= 0", {"x": "[0, 1]"}),
]


@pytest.mark.parametrize(("statement", "domain"), NEITHER)
def test_undefined_somewhere_is_undecided(statement, domain):
    """What is true wherever it is defined, but not defined everywhere, is neither proved nor refuted."""
    assert prove(statement, **domain).status == "undecided"


def test_poles_are_not_crossed():
    """f(-1) >= 0 and f' > 0 on both sides of a pole: the search finds the violation behind it."""
    for statement in ("-1/x >= 1", "-atan(1/x) >= 0", "-tanh(1/x) >= 0"):
        assert prove(statement, x="[-1, 1]").status == "refuted"


@settings(max_examples=60, deadline=None)
@given(
    a=st.integers(-3, 3),
    b=st.integers(-4, 4),
    c=st.fractions(-2, 2, max_denominator=6),
    interval=st.sampled_from(["[0, 1]", "(0, 1]", "[-1, 2]", "(-oo, oo)", "[1, oo)", "(-oo, 0)"]),
    relation=st.sampled_from(["<=", "<", ">=", ">"]),
)
def test_quadratics_are_decided_rightly(a, b, c, interval, relation):
    """For a quadratic the answer, when there is one, is the true one."""
    statement = f"{a}*x**2 + {b}*x + {c} {relation} 0"
    outcome = prove(statement, x=interval)
    left, _, right = parse_relation(statement)
    ends = parse_interval(interval)
    low = Fraction(-20) if ends.low is None else Fraction(str(ends.low))
    high = Fraction(20) if ends.high is None else Fraction(str(ends.high))
    points = [low + (high - low) * Fraction(k, 64) for k in range(1, 64)]
    points += [Fraction(-b, 2 * a)] if a and low < Fraction(-b, 2 * a) < high else []
    points += [low] * (not ends.low_open) + [high] * (not ends.high_open)
    truth = {
        "<=": lambda p, q: p <= q,
        "<": lambda p, q: p < q,
        ">=": lambda p, q: p >= q,
        ">": lambda p, q: p > q,
    }
    seen = all(truth[relation](a * x**2 + b * x + c, 0) for x in points)
    if outcome.status == "holds":
        assert seen
    if outcome.status == "refuted":
        point = {k: Fraction(v) for k, v in outcome.evidence[0].certificate.point.items()}
        assert not truth[relation](oracle.value(left, point), oracle.value(right, point))
    if not seen:
        assert outcome.status != "holds"


def test_data_are_bound():
    """Names in `let` are bound when the statement uses them, and only those."""
    holds = prove("x <= c*x", x="[0, oo)", let={"c": 2, "d": "not an expression ("})
    assert holds.status == "holds"
    assert holds.evidence[0].certificate.let == {"c": "2"}
    assert prove("x <= c*x", x="[0, oo)", let={"c": Fraction(1, 2)}).status == "refuted"


def test_a_datum_may_not_range():
    """A name with both a value and a domain is refused: else the claim's datum would hide the variable."""
    with pytest.raises(ExpressionError):
        prove("erf(r) <= 1/2", r="[0, oo)", let={"r": "1/100"})


@pytest.mark.parametrize(
    ("statement", "domain"),
    [
        *(
            ("x <= y", {"x": "[0, 1]"}),
            ("x", {"x": "[0, 1]"}),
            ("x <= 0.5", {"x": "[0, 1]"}),
            ("x != 1", {"x": "[0, 1]"}),
        ),
        *(("x <= 1", {"x": "[1, 0]"}), ("x <= 1", {"x": "0..1"}), ("f(x) <= 1", {"x": "[0, 1]"}), ("", {})),
    ],
)
def test_malformed_statement_or_domain(statement, domain):
    """A statement without a domain for a variable, or outside the language, is an error at once."""
    with pytest.raises(ExpressionError):
        prove(statement, **domain)


def test_given_proof_is_used_and_checked():
    """A proof tree that is handed in is checked, not believed."""
    tree = {"by": "derivative", "in": "x", "at": "low", "start": {"by": "sign"}, "then": {"by": "sign"}}
    good = prove("exp(x) >= 1", x="[0, oo)", proof=tree)
    assert isinstance(good.evidence[0].certificate, Inequality)
    assert good.evidence[0].certificate.proof == tree
    assert prove("exp(x) >= 1", x="[0, oo)", proof={"by": "sign"}).status == "undecided"
    assert prove("exp(x) >= 1", x="[0, oo)", proof={"by": "nonsense"}).status == "undecided"


def test_words_of_the_author():
    """`says` names the link in the evidence and in the witness; `assumes` is carried along."""
    assert prove("x >= 0", x="[0, 1]", says="obvious").evidence[0].says == "obvious"
    assert prove("x > 0", x="[0, 1]", says="obvious").witness.startswith("obvious: x > 0 fails at x = 0")
    assert prove("x >= 0", x="[0, 1]", assumes=("Weyl",)).assumes == ("Weyl",)


@pytest.mark.parametrize(
    ("statement", "at", "status"),
    [
        *(
            ("x**2 <= 2", {"x": "7/5"}, "holds"),
            ("x**2 <= 2", {"x": Fraction(3, 2)}, "refuted"),
            ("pi < 22/7", {}, "holds"),
        ),
        *(
            ("pi == 22/7", {}, "refuted"),
            ("sqrt(2)**2 == 2", {}, "holds"),
            ("sqrt(2)**2 != 2", {}, "refuted"),
        ),
        *(
            ("log(-1) <= 1", {}, "undecided"),
            ("sin(pi) == 0", {}, "undecided"),
            ("1/0*x <= 1", {"x": 0}, "error"),
        ),
    ],
)
def test_evaluate(statement, at, status):
    """One point decides, or balls honestly do not; division by the constant 0 is an error."""
    if status == "error":
        with pytest.raises(ExpressionError):
            evaluate(statement, at=at)
        return
    assert evaluate(statement, at=at).status == status


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        *(
            ("(x + 1)**2 == x**2 + 2*x + 1", "holds"),
            ("sin(x)**2 + cos(x)**2 == 1", "holds"),
            ("x == x + 1/10**9", "refuted"),
        ),
        *(
            ("(x + y)**2 == x**2 + y**2", "refuted"),
            ("exp(x + y) == exp(x)*exp(y)", "undecided"),
            ("1 + 1 == 2", "holds"),
        ),
        *(
            ("1 + 1 == 3", "refuted"),
            ("log(-1) == log(-1)", "undecided"),
            ("sqrt(-1 - x**2) == 5", "undecided"),
        ),
    ],
)
def test_identity(statement, status):
    """Normal forms prove, a point refutes, and an identity beyond both is undecided."""
    assert identity(statement).status == status


def test_identity_is_refuted_inside_its_domain():
    """The refuting point lies in the domain given."""
    outcome = identity("abs(x) == x", x="[-2, -1]")
    assert -2 <= Fraction(outcome.evidence[0].certificate.point["x"]) <= -1
    assert identity("abs(x) == x", x="[1, 2]").status == "undecided"


@pytest.mark.parametrize(
    ("matrix", "status"),
    [
        *(
            ([[2, 1], [1, 2]], "holds"),
            ([[1, 2], [2, 1]], "refuted"),
            ([[1, 1], [1, 1]], "refuted"),
            ([[0]], "refuted"),
        ),
        *(([["1/3", 0], [0, Fraction(1, 7)]], "holds"), ([[-1]], "refuted"), ([[0, 1], [1, 0]], "refuted")),
    ],
)
def test_positive_definite(matrix, status):
    """Exact factors, or a direction in which the form is not positive."""
    assert positive_definite(matrix).status == status
    assert judge(positive_definite(matrix), "universal").strength == "exact"


@pytest.mark.parametrize(
    ("matrix", "bound", "status"),
    [
        *(([["2", "1"], ["1", "2"]], "9/10", "holds"), ([["2", "1"], ["1", "2"]], "1", "refuted")),
        *(
            ([["2", "1"], ["1", "2"]], "11/10", "refuted"),
            ([["1/2", "1/(2*pi)"], ["1/(2*pi)", "1/2"]], "1/3", "holds"),
        ),
        *(([["1/2", "1/(2*pi)"], ["1/(2*pi)", "1/2"]], "35/100", "refuted"), ([["c"]], "1", "holds")),
    ],
)
def test_eigenvalue_above(matrix, bound, status):
    """A bound below the smallest eigenvalue is certified, one above refuted by a direction."""
    assert eigenvalue_above(matrix, bound, let={"c": "pi/3"}).status == status


@pytest.mark.parametrize(
    ("pieces", "equals", "status"),
    [
        *(
            ([("oo", "z**2")], "1", "holds"),
            ([("0", "0"), ("oo", "z**2")], "1/2", "holds"),
            ([("oo", "z**2")], "2", "refuted"),
        ),
        *(
            ([("0", "0"), ("oo", "1/sqrt(2*pi)")], "1/sqrt(8*pi)", "holds"),
            ([("oo", "z**2")], "1 + 1/10**13", "refuted"),
        ),
        *(([("oo", "exp(z)")], "exp(1/2)", "undecided"), ([("0", "-1/z"), ("oo", "1/z")], "1", "undecided")),
        *(([("oo", "z**2")], "log(-1)", "undecided"), ([("oo", "c*z**2")], "c", "holds")),
    ],
)
def test_expectation(pieces, equals, status):
    """Equal to the digits asked for, excluded by an enclosure, or beyond the kernel."""
    outcome = expectation(pieces, equals, digits=14, let={"c": 3}, assumes=("Fubini",))
    assert outcome.status == status
    if status == "holds":
        assert outcome.assumes == ("Fubini",)
        assert code(outcome) == "holds/rigorous"


@pytest.mark.parametrize(
    "interval", ["[0, 1]", "(0, 1)", "[0, oo)", "(-oo, 3]", "(-oo, oo)", "[2, 2]", "(-1/7, 1/9)"]
)
def test_candidates_lie_in_the_interval(interval):
    """Points to try are inside, different, and include the closed ends."""
    ends = parse_interval(interval)
    points: list[Any] = candidates(ends)
    assert len(points) == len(set(points)) > 0
    assert all((ends.low is None or p >= ends.low) and (ends.high is None or p <= ends.high) for p in points)
    assert (ends.low in points) == (ends.low is not None and not ends.low_open)
    assert (ends.high in points) == (ends.high is not None and not ends.high_open)
