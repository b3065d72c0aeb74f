"""Snippets of Python that show a witness: the kernel's numbers, and nothing that cannot be shown."""

import contextlib
import io

import mpmath
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from report.witness import LONGEST, MOST, snippet, snippets
from verify.kernel import BinomialDecision, Evaluation, GaussianExpectation, Inequality
from verify.kernel import expression as ex
from verify.outcome import Evidence, Outcome

NUMBERS = st.integers(0, 12).map(str)
LEAVES = st.one_of(NUMBERS, st.sampled_from(["x", "c", "pi"]))


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Sums, quotients, powers, signs and functions of smaller expressions."""
    pairs = st.tuples(inner, st.sampled_from([" + ", " - ", "*", "/"]), inner)
    return st.one_of(
        pairs.map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
        st.tuples(inner, st.integers(-2, 3)).map(lambda t: f"({t[0]})**({t[1]})"),
        inner.map(lambda t: f"-({t})"),
        st.tuples(st.sampled_from(["exp", "atan", "erf", "tanh", "abs", "step"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
    )


EXPRESSIONS = st.recursive(LEAVES, grow, max_leaves=8)


def output(code: str) -> str:
    """What the lines print."""
    caught = io.StringIO()
    with contextlib.redirect_stdout(caught):
        exec(code, {})
    return caught.getvalue().strip()


@given(EXPRESSIONS)
@settings(max_examples=150, deadline=None)
def test_the_lines_print_what_the_kernel_encloses(text):
    """Precedence, integer quotients, negative powers, bindings and functions come out as in the kernel."""
    let, point, value = {"c": "1/(2*x)"}, {"x": "3/7"}, arb("nan")
    with contextlib.suppress(ex.ExpressionError), ctx.workprec(200):
        value = ex.evaluate_ball(ex.parse(text, let), {"x": ex.evaluate_ball(ex.parse("3/7"), {})})
    if not value.is_finite() or abs(value) > 10**12 or value.rad() > 1e-40:
        return
    code = snippet(Evaluation(f"{text} <= 1", point, let))
    if not code:
        assert len(text) > LONGEST // 3
        return
    left, relation, right = output(code).split(" ")
    exact = mpmath.mpf(value.str(40, radius=False))
    assert abs(mpmath.mpf(left) - exact) <= mpmath.mpf("1e-22") * max(1, abs(exact))
    assert (relation, mpmath.mpf(right)) == ("<=", 1)


def test_expectations_and_decisions():
    """A piecewise integrand is integrated against the normal density; a decision becomes a binomial tail."""
    relu = GaussianExpectation([("0", "0"), ("oo", "k*z**2 - z**2/2")], "0", "1", 14, 128, {"k": "1"})
    assert mpmath.mpf(output(snippet(relu))) == pytest.approx(0.25)
    decision = BinomialDecision("e", "1/2", "refuted", 40, 2, "1/1000000000", "1" * 2 + "0" * 38, "s")
    assert float(output(snippet(decision))) == pytest.approx(821 / 2**40)


def test_binomial_words():
    """The kernel's binomial distribution is scipy's."""
    code = snippet(Evaluation("binomial_cdf(1, 3, 1/2) <= 1/4"))
    assert output(code).startswith("0.5 <= 0.25")


@pytest.mark.parametrize(
    "certificate",
    [
        Inequality("x <= 1", {"x": "[0, 1]"}, {"by": "sign"}),
        Evaluation("x <= 1"),
        Evaluation("diff(x**2, x) <= 1", {"x": "1"}),
        Evaluation(f"{'1 + ' * LONGEST}1 <= 2"),
        Evaluation("not a relation"),
    ],
)
def test_nothing_where_nothing_can_be_shown(certificate):
    """Proof trees, free variables, derivatives, long texts and broken texts have no snippet."""
    assert snippet(certificate) == ""


def test_several_certificates_are_told_apart():
    """Each snippet stands under what its certificate says; only the first ones are shown."""
    links = tuple(Evidence(f"link {k}", Evaluation(f"{k} <= 9")) for k in range(4))
    code = snippets(Outcome("refuted", links, witness="w"))
    assert code.count("# link") == MOST
    assert snippets(Outcome("refuted", links[:1], witness="w")).count("#") == 0
