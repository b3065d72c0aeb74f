"""Certificates: each kind accepts a right one and rejects it when any field is tampered with."""

import base64
import hashlib
import json
import math
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.kernel import (
    BinomialDecision,
    Certificate,
    EigenvalueBound,
    Evaluation,
    FloatEigenvalueBound,
    GaussianExpectation,
    Identity,
    Inequality,
    PositiveDefinite,
    Rejected,
    check,
    decode,
)
from verify.kernel.certificates import _ball_ldlt_positive


def rejected(certificate: Any) -> bool:
    """Whether the kernel refuses, by `Rejected` and nothing else."""
    try:
        check(certificate)
    except Rejected:
        return True
    return False


def floats(matrix: Any, shift: str = "1/2", radius: str = "0") -> FloatEigenvalueBound:
    """An eigenvalue certificate of a float matrix."""
    raw = np.asarray(matrix, dtype="<f8").tobytes()
    digest = hashlib.sha256(raw).hexdigest()
    return FloatEigenvalueBound(len(matrix), base64.b64encode(raw).decode(), digest, shift, radius)


IDENTITY_2 = [["0x1p0", "0x0p0"], ["0x0p0", "0x1p0"]]
PROOF = {"by": "derivative", "in": "x", "at": "low", "start": {"by": "sign"}, "then": {"by": "sign"}}
GOOD: dict[str, Certificate] = {
    "identity": Identity("(x + c)**2", "x**2 + 2*c*x + c**2", {"c": "3"}),
    "inequality": Inequality("exp(x) >= c", {"x": "[0, oo)"}, PROOF, {"c": "1"}),
    "evaluation": Evaluation("x**2 <= c", {"x": "3/2"}, {"c": "9/4"}),
    "closed evaluation": Evaluation("pi < 22/7"),
    "definite": PositiveDefinite([["2", "1"], ["1", "1"]], [["1", "0"], ["1/2", "1"]], ["2", "1/2"]),
    "eigenvalue": EigenvalueBound([["2", "sqrt(c)"], ["sqrt(c)", "3"]], "1/2", IDENTITY_2, {"c": "1/4"}),
    "float eigenvalue": floats([[2.0, 1.0], [1.0, 2.0]], "9/10", "1/100"),
    "expectation": GaussianExpectation(
        [("0", "0"), ("oo", "c*z**2")], "1/2 - 1/10**9", "1/2 + 1/10**9", 12, 128, {"c": "1"}
    ),
    "decision": BinomialDecision("e", "1/2", "holds", 40, 39, "1/10**9", "1" * 39 + "0", "s"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_right_certificate_is_accepted_and_survives_json(name):
    """Each kind is accepted, and again after a round trip through JSON."""
    certificate = GOOD[name]
    again = decode(msgspec.json.encode(certificate))
    assert again == certificate
    assert check(again) == check(certificate)
    assert check(certificate).proposition


TAMPERED: dict[str, list[dict[str, Any]]] = {
    "identity": [
        *({"left": "(x + c)**3"}, {"right": "x**2 + 2*c*x"}, {"left": "(x + c)**2 + y/y"}, {"left": "0.5"}),
        *({"right": ""}, {"left": "1/0"}, {"left": "log(-1)", "right": "log(-1)"}, {"let": {"pi": "3"}}),
        *(
            {"left": "x/(y - y)"},
            {"left": "0/(x - x)", "right": "0"},
            {"let": {"c": "1 +"}},
            {"left": "x == x"},
        ),
        *({"domain": {"x": "[0, 1"}}, {"domain": {"c": "[0, 1]"}}, {"domain": {"pi": "[0, 1]"}}),
        {"left": "x/x", "right": "1", "domain": {"x": "[0, 1]"}},
        *(
            {"left": "sqrt(-1 - x**2)**2", "right": "-1 - x**2"},
            {"left": "log(-x**2)", "right": "log(-x**2)"},
        ),
    ],
    "inequality": [
        *({"statement": "exp(x) > c"}, {"statement": "exp(x) <= c"}, {"statement": "exp(x) >= 2*c"}),
        *(
            {"statement": "exp(x) == c"},
            {"statement": "exp(x)"},
            {"statement": "exp(x) >= c + y"},
            {"let": {"c": "2"}},
        ),
        *({"let": {}}, {"domain": {"x": "[-1, oo)"}}, {"domain": {"x": "(-oo, 0]"}}, {"domain": {}}),
        *({"domain": {"y": "[0, oo)"}}, {"let": {"c": "1", "x": "0"}}, {"domain": {"x": "(0, 0)"}}),
        *(
            {"domain": {"x": 3}},
            {"proof": {}},
            {"proof": {**PROOF, "at": "high"}},
            {"proof": {**PROOF, "in": "y"}},
        ),
        *({"proof": {**PROOF, "start": {}}}, {"proof": []}, {"proof": None}, {"let": {"c": "1 - log(x)*0"}}),
    ],
    "evaluation": [
        *(
            {"statement": "x**2 < c"},
            {"statement": "x**2 > c"},
            {"statement": "x**2 != c"},
            {"point": {"x": "2"}},
        ),
        *({"point": {}}, {"point": {"x": "sqrt(2)"}}, {"point": {"x": "3/0"}}, {"point": {"x": "1.5"}}),
        *(
            {"let": {"c": "9/4 - 1/10**50"}},
            {"let": {}},
            {"let": {"c": "9/4", "x": "0"}},
            {"let": {"c": "log(-1)"}},
        ),
        *({"let": {"c": "x"}}, {"statement": "x**2 <= c <= 3"}, {"statement": "log(-x) <= c"}),
    ],
    "closed evaluation": [
        *(
            {"statement": "pi > 22/7"},
            {"statement": "pi == 355/113"},
            {"statement": "pi <= 3"},
            {"statement": "sqrt(-1) < 1"},
        ),
        *({"statement": "log(-1) == log(-1)"}, {"statement": "acos(2) != 0"}, {"let": {"pi": "3"}}),
        *(
            {"statement": "1/sin(pi) > 0"},
            {"statement": "min(1, log(-1)) <= 1"},
            {"statement": "atan2(log(-1), -1) < 4"},
        ),
        *({"statement": "log(-1)**0 == 1"}, {"statement": "0*log(-1) == 0"}, {"statement": "x == x"}),
    ],
    "definite": [
        *({"matrix": [["2", "1"], ["1", "1/2"]]}, {"matrix": [["2", "1"], ["0", "1"]]}, {"matrix": []}),
        *(
            {"matrix": [["2", "1"]]},
            {"matrix": [["2", "1"], ["1"]]},
            {"matrix": [["2", "1", "0"], ["1", "1", "0"]]},
        ),
        *(
            {"matrix": [["sqrt(2)", "1"], ["1", "1"]]},
            {"matrix": [["nan", "1"], ["1", "1"]]},
            {"matrix": [[]]},
        ),
        *({"lower": [["1", "0"], ["0", "1"]]}, {"lower": [["1", "1/2"], ["1/2", "1"]]}, {"lower": [["1"]]}),
        *({"lower": [["2", "0"], ["1/2", "1"]]}, {"lower": []}, {"lower": [["1", "0"], ["1/2", "2"]]}),
        *(
            {"diagonal": ["2", "-1/2"]},
            {"diagonal": ["2", "0"]},
            {"diagonal": ["2"]},
            {"diagonal": ["2", "1/2", "1"]},
        ),
        *({"diagonal": ["oo", "1/2"]}, {"diagonal": []}, {"matrix": [], "lower": [], "diagonal": []}),
    ],
    "eigenvalue": [
        *(
            {"bound": "2"},
            {"bound": "log(-1)"},
            {"bound": "x"},
            {"let": {"c": "4"}},
            {"let": {}},
            {"let": {"c": "-1"}},
        ),
        *(
            {"matrix": [["2", "1/2"], ["0", "3"]]},
            {"matrix": [["2", "1/2"]]},
            {"matrix": []},
            {"matrix": [["2"]]},
        ),
        *({"matrix": [["2", "x"], ["x", "3"]]}, {"matrix": [["1/0", "0"], ["0", "3"]]}),
        *({"matrix": [["2", "log(-1)"], ["log(-1)", "3"]]}, {"matrix": [["2", "pi - 3"], ["1/10", "3"]]}),
        *(
            {"transform": [["0x0p0", "0x0p0"], ["0x0p0", "0x1p0"]]},
            {"transform": []},
            {"transform": [["0x1p0"]]},
        ),
        *({"transform": [["nan", "0x0p0"], ["0x0p0", "0x1p0"]]}, {"transform": [["inf", "0"], ["0", "1"]]}),
        *({"transform": [["0x1p0", "0x1p0"], ["0x1p0", "0x1p0"]]}, {"transform": [["one", "0"], ["0", "1"]]}),
        *(
            {"transform": [["0x1p0", "0x0p0"]]},
            {"transform": [["0x1p2000", "0"], ["0", "1"]]},
            {"let": {"pi": "3"}},
        ),
    ],
    "float eigenvalue": [
        *(
            {"size": 1},
            {"size": 0},
            {"size": -2},
            {"size": 3},
            {"shift": "1"},
            {"shift": "1/0"},
            {"shift": "0.9"},
        ),
        *({"shift": "pi/4"}, {"radius": "1/5"}, {"radius": "-1/100"}, {"shift": "50", "radius": "-499/10"}),
        *({"sha256": "0" * 64}, {"sha256": ""}, {"matrix": ""}, {"matrix": "%%%"}, {"matrix": "AAAA"}),
    ],
    "expectation": [
        *(
            {"low": "1/2 + 1/10**9"},
            {"high": "1/2 - 1/10**9"},
            {"low": "log(-1)"},
            {"high": "z"},
            {"low": "1", "high": "0"},
        ),
        *(
            {"cut": 0},
            {"cut": 1},
            {"cut": 3},
            {"cut": -12},
            {"cut": 10**9},
            {"bits": 0},
            {"bits": -1},
            {"bits": 10**12},
        ),
        *({"pieces": []}, {"pieces": [("0", "0")]}, {"pieces": [("oo", "c*z**2"), ("0", "0")]}, {"let": {}}),
        *(
            {"pieces": [("oo", "c*z**2")]},
            {"pieces": [("1", "0"), ("0", "0"), ("oo", "c*z**2")]},
            {"let": {"c": "2"}},
        ),
        *(
            {"pieces": [("0", "0"), ("oo", "c*x**2")]},
            {"pieces": [("0", "0"), ("oo", "exp(z)")]},
            {"let": {"c": "1", "z": "1"}},
        ),
        *(
            {"pieces": [("0", "0"), ("1", "0*log(z - 5)"), ("oo", "c*z**2")]},
            {"pieces": [("pi", "0"), ("oo", "c*z**2")]},
        ),
        *({"pieces": [("0", "0*log(z)"), ("oo", "c*z**2")]}, {"pieces": [("-20", "0"), ("oo", "c*z**2")]}),
    ],
    "decision": [
        *(
            {"level": "9/10"},
            {"level": "0"},
            {"level": "1"},
            {"level": "-1/2"},
            {"level": "0.5"},
            {"level": "1e-999999999"},
        ),
        *(
            {"verdict": "refuted"},
            {"trials": 39},
            {"trials": 41},
            {"trials": 0},
            {"trials": -40},
            {"successes": 40},
        ),
        *(
            {"successes": 38},
            {"successes": -1},
            {"alpha": "1/100"},
            {"alpha": "1"},
            {"alpha": "0"},
            {"alpha": "-1"},
        ),
        *({"alpha": "1/10**12"}, {"alpha": "nan"}, {"rows": "1" * 40}, {"rows": "1" * 39}, {"rows": ""}),
        *(
            {"rows": "1" * 39 + "x"},
            {"rows": "1" * 39 + "٠"},
            {"rows": "1" * 39 + "0 "},
            {"rows": "1" * 38 + "00"},
        ),
        {"trials": 0, "successes": 0, "rows": ""},
    ],
}


@pytest.mark.parametrize(("name", "changes"), [(n, c) for n, many in TAMPERED.items() for c in many])
def test_a_tampered_certificate_is_rejected(name, changes):
    """One wrong field is enough, and whatever is wrong with it, the answer is `Rejected`."""
    assert rejected(msgspec.structs.replace(GOOD[name], **changes))


def test_every_field_is_tampered_with():
    """Only fields that say nothing about the proposition's truth are left alone."""
    free = {"decision": {"event", "stream"}, "closed evaluation": {"point"}, "float eigenvalue": {"instance"}}
    for name, certificate in GOOD.items():
        fields = {f.name for f in msgspec.structs.fields(certificate)} - {"instance"}
        touched = {field for changes in TAMPERED[name] for field in changes}
        assert fields - touched <= free.get(name, set()), name


# ---- decoding


def as_json(name: str, **changes: Any) -> str:
    """The JSON of a good certificate with fields replaced, added or (with ...) removed."""
    fields = {**json.loads(msgspec.json.encode(GOOD[name])), **changes}
    return json.dumps({k: v for k, v in fields.items() if v is not ...})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "null",
            "[]",
            "3",
            '"identity"',
            "{}",
            '{"kind": "magic"}',
            '{"kind": 3}',
            '{"kind": "identity"}',
        ),
        *(as_json("identity", extra=1), as_json("identity", left=3), as_json("identity", left=...)),
        *(
            as_json("identity", kind=...),
            as_json("identity", kind="Identity"),
            as_json("identity", let=["c"]),
        ),
        *(
            as_json("identity", let={"c": 3}),
            as_json("inequality", proof="sign"),
            as_json("inequality", proof=None),
        ),
        *(
            as_json("inequality", domain=None),
            as_json("evaluation", point={"x": 1.5}),
            as_json("definite", matrix="1"),
        ),
        *(
            as_json("definite", diagonal=[1, 2]),
            as_json("float eigenvalue", size="2"),
            as_json("float eigenvalue", size=2.5),
        ),
        *(
            as_json("expectation", pieces=[["oo"]]),
            as_json("expectation", cut=None),
            as_json("expectation", cut=12.5),
        ),
        *(
            as_json("decision", verdict="maybe"),
            as_json("decision", trials="40"),
            as_json("decision", verdict=None),
        ),
        *(as_json("identity") + "x", "NaN", b"\xff\xfe", b"\x00", "[" * 10_000, '{"kind": "identity"' * 50),
    ],
)
def test_decoding_is_strict(text):
    """Unknown kinds and fields, wrong types and garbage are rejected."""
    with pytest.raises(Rejected, match="not a certificate"):
        decode(text)


@pytest.mark.parametrize("thing", [None, "1 < 2", {"kind": "identity"}, Identity, object()])
def test_not_a_certificate(thing):
    """Only a certificate is checked."""
    assert rejected(thing)


@pytest.mark.parametrize("tail", [["sign"], [3], [None], ["x", {"by": "sign"}]])
def test_malformed_trees_are_rejected_not_crashes(tail):
    """A proof tree with strings, numbers or null in place of nodes is rejected."""
    for key in (
        "start",
        "then",
        "left",
        "right",
        "low",
        "high",
        "factors",
        "terms",
        "at",
        "in",
        "tree",
        "root",
    ):
        for rule in ("derivative", "concave", "split", "shift", "product", "sum", "square", "boxes"):
            proof = {"by": rule, "in": "x", "start": {"by": "sign"}, "then": {"by": "sign"}, key: tail[0]}
            outcome = rejected(Inequality("1 - 2*x >= 0", {"x": "[0, 1]"}, proof))
            assert outcome


def test_long_sums_are_rejected_not_crashes():
    """A statement nested deeper than Python's stack is rejected."""
    assert rejected(Evaluation("+".join(["x"] * 900) + " > 0", {"x": "-1"}))
    assert rejected(Evaluation("abs(" * 90 + "x" + ")" * 90 + " < 0", {"x": "-1"}))
    assert rejected(Identity("-" * 3000 + "1", "2"))


# ---- strength and reach


@pytest.mark.parametrize(
    ("certificate", "strength", "reach"),
    [
        (Identity("x + x", "2*x"), "exact", "universal"),
        (GOOD["inequality"], "exact", "universal"),
        (Inequality("pi*x >= 3*x", {"x": "[0, 1]"}, {"by": "sign"}), "rigorous", "universal"),
        (Inequality("x + 1 > 0", {"x": "[0, 1]"}, {"by": "boxes", "tree": "."}), "rigorous", "domain"),
        (Evaluation("1/3 < 1/2"), "exact", "universal"),
        (Evaluation("x < 1/2", {"x": "1/3"}), "exact", "instance"),
        (Evaluation("pi < 22/7"), "rigorous", "universal"),
        (Evaluation("sqrt(2)**2 == 2"), "exact", "universal"),
        (Evaluation("0*log(2) == 0"), "exact", "universal"),
        (GOOD["definite"], "exact", "instance"),
        (GOOD["eigenvalue"], "rigorous", "instance"),
        (GOOD["float eigenvalue"], "rigorous", "instance"),
        (GOOD["expectation"], "rigorous", "universal"),
        (GOOD["decision"], "statistical", "instance"),
    ],
)
def test_strength_and_reach(certificate, strength, reach):
    """Exact only without balls, universal only without boxes, points and samples."""
    checked = check(certificate)
    assert (checked.strength, checked.reach) == (strength, reach)


def test_identity_says_where_it_holds():
    """An identity between expressions that are not defined everywhere says so."""
    assert "wherever both sides are defined" in check(Identity("x/x", "1")).proposition
    assert "wherever both sides are defined" in check(Identity("sqrt(x)**2", "x")).proposition
    assert "wherever" not in check(Identity("sin(x)**2 + cos(x)**2", "1")).proposition
    assert "wherever" not in check(Identity("1/(1 + x**2)", "1/(x**2 + 1)")).proposition


def test_identity_defined_for_negative_or_small_arguments_only():
    """One point at which both sides are defined is enough."""
    for left, right in (("sqrt(-x)**2", "-x"), ("acos(9*x) - acos(9*x)", "0"), ("log(-x)*2", "2*log(-x)")):
        assert check(Identity(left, right)).strength == "exact"


@pytest.mark.parametrize(
    ("statement", "point", "expected"),
    [
        ("x <= 4", {"x": "1"}, 0.25),
        ("4 >= x", {"x": "1"}, 0.25),
        ("0 < x", {"x": "2"}, 0.0),
        ("x <= 0", {"x": "-1"}, None),
        ("x == 1", {"x": "1"}, None),
        ("-2 <= x", {"x": "-1"}, 2.0),
    ],
)
def test_margin_of_an_evaluation(statement, point, expected):
    """The margin is the smaller side over the larger one, or nothing where that is not finite."""
    assert check(Evaluation(statement, point)).margin == expected


# ---- matrices


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_float_bound_against_numpy(size, seed):
    """A certified shift lies below the smallest eigenvalue, and one clearly below it is certified."""
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((size, size))
    matrix = np.round((half @ half.T) * 64) / 64
    least = float(np.linalg.eigvalsh(matrix)[0])
    assert not rejected(floats(matrix, str(Fraction(least - 1e-6).limit_denominator(10**9))))
    assert rejected(floats(matrix, str(Fraction(least + 1e-6).limit_denominator(10**9))))
    assert rejected(floats(matrix, str(Fraction(least - 1e-6).limit_denominator(10**9)), "1/1000"))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_float_matrix_must_be_finite(bad):
    """NaN and infinities in the matrix are refused, on the diagonal and off it."""
    assert rejected(floats([[bad, 0.0], [0.0, 2.0]], "0"))
    assert rejected(floats([[2.0, bad], [bad, 2.0]], "0"))


def test_float_matrix_must_be_symmetric():
    """A difference in the last bit is an asymmetry."""
    assert rejected(floats([[2.0, 1.0], [1.0 + 2**-52, 2.0]], "0"))
    assert not rejected(floats([[2.0, 0.0], [-0.0, 2.0]], "1"))


@pytest.mark.parametrize("shift", ["1", "1 + 1/10**60"])
def test_float_bound_at_the_eigenvalue(shift):
    """A shift equal to the smallest eigenvalue leaves a singular matrix, which is not certified."""
    assert rejected(floats([[2.0, 1.0], [1.0, 2.0]], shift))
    assert not rejected(floats([[2.0, 1.0], [1.0, 2.0]], "1 - 1/10**25"))


def test_extreme_entries():
    """Entries near the ends of the floating-point range are handled in balls."""
    assert not rejected(floats([[1e300, 0.0], [0.0, 1e-300]], "1/10**301"))
    assert rejected(floats([[1e300, 1.0], [1.0, 1e-301]], "0"))
    with ctx.workprec(128):
        assert not _ball_ldlt_positive(np.array([[0.0]]), fmpq(0))


def test_radius_is_said():
    """A bound for all matrices nearby says how near."""
    assert "1/100" in check(GOOD["float eigenvalue"]).proposition
    assert "within" not in check(floats([[2.0]], "1")).proposition


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.fractions(-3, 3, max_denominator=4), min_size=3, max_size=3),
    st.lists(st.fractions(-2, 4, max_denominator=3), min_size=3, max_size=3),
)
def test_exact_factorisation(off, pivots):
    """L D L^T is accepted exactly when all pivots are positive."""
    lower = [["1", "0", "0"], [str(off[0]), "1", "0"], [str(off[1]), str(off[2]), "1"]]
    L = [[Fraction(x) for x in row] for row in lower]
    matrix = [[str(sum(L[i][k] * pivots[k] * L[j][k] for k in range(3))) for j in range(3)] for i in range(3)]
    certificate = PositiveDefinite(matrix, lower, [str(p) for p in pivots])
    assert rejected(certificate) == (min(pivots) <= 0)


def test_transform_that_is_no_eigenbasis():
    """Any invertible transform will do when the congruence is dominant; a poor one is refused, not wrong."""
    matrix = [["1", "9/10"], ["9/10", "1"]]
    diagonalising = [["0x1p0", "0x1p0"], ["0x1p0", "-0x1p0"]]
    assert not rejected(EigenvalueBound(matrix, "1/20", diagonalising))
    assert rejected(EigenvalueBound(matrix, "1/5", IDENTITY_2))
    assert rejected(EigenvalueBound(matrix, "1/10", diagonalising))


# ---- probabilities


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 60), st.data())
def test_binomial_decision_against_exact_tails(trials, data):
    """A decision is accepted exactly when the exact tail is at most alpha."""
    successes = data.draw(st.integers(0, trials))
    level = data.draw(st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50))
    alpha = Fraction(1, data.draw(st.sampled_from([1000, 10**4, 10**9])))
    probabilities = [math.comb(trials, k) * level**k * (1 - level) ** (trials - k) for k in range(trials + 1)]
    rows = "1" * successes + "0" * (trials - successes)
    for verdict, tail in (
        ("holds", sum(probabilities[successes:])),
        ("refuted", sum(probabilities[: successes + 1])),
    ):
        certificate = BinomialDecision("e", str(level), verdict, trials, successes, str(alpha), rows, "s")
        assert rejected(certificate) == (tail > alpha)


def test_largest_alpha():
    """An error above 1/1000 is no decision, whatever the rows."""
    rows = "1" * 40
    assert not rejected(BinomialDecision("e", "1/2", "holds", 40, 40, "1/1000", rows, "s"))
    assert rejected(BinomialDecision("e", "1/2", "holds", 40, 40, "1/999", rows, "s"))


@pytest.mark.parametrize(
    ("pieces", "exact"),
    [
        ([("oo", "z**4")], "3"),
        ([("0", "0"), ("oo", "z")], "1/sqrt(2*pi)"),
        ([("oo", "erf(z)**2")], "2*asin(2/3)/pi"),
        ([("-1", "0"), ("1", "1"), ("oo", "0")], "erf(1/sqrt(2))"),
        ([("oo", "cos(z)")], "exp(-1/2)"),
    ],
)
def test_expectation_against_closed_forms(pieces, exact):
    """The closed form lies in a narrow enclosure, and one a billionth away does not."""
    low, high = f"{exact} - 1/10**12", f"{exact} + 1/10**12"
    assert not rejected(GaussianExpectation(pieces, low, high, 14))
    assert rejected(GaussianExpectation(pieces, f"{exact} + 1/10**9", f"{exact} + 1", 14))
    assert rejected(GaussianExpectation(pieces, f"{exact} - 1", f"{exact} - 1/10**9", 14))


def test_working_precision_is_restored():
    """Checking leaves Arb's working precision as it was, also when it rejects."""
    before = ctx.prec
    for name, certificate in GOOD.items():
        check(certificate)
        rejected(msgspec.structs.replace(certificate, **TAMPERED[name][0]))
    assert ctx.prec == before
    assert arb(1) == 1
