"""Planted bugs: each one must end as a failure, as undecided or as a clear error, never as green."""

import json
import math
from fractions import Fraction
from typing import Any

import pytest
from flint import acb

from numerics import balls
from verify import (
    Claim,
    Evidence,
    Holds,
    Refuted,
    Regime,
    SpecError,
    Undecided,
    evaluate,
    every,
    identity,
    prove,
)
from verify.context import ALPHA, SHARES, Context
from verify.gate import failures, locked_from
from verify.kernel import (
    BinomialDecision,
    EigenvalueBound,
    Evaluation,
    GaussianExpectation,
    Identity,
    Inequality,
    PositiveDefinite,
    Rejected,
    check,
)
from verify.outcome import judge
from verify.verdict import Result, part_verdict, summarise

TRUE = Evidence("1 < 2", Evaluation("1 < 2"))


def lemma(function: Any, *, printed: Any = None, **falsehood: Any) -> tuple[Claim, list[Result]]:
    """A claim with one check and one falsehood, and the results of running both in this process."""
    item = Claim(
        "toy/planted",
        title="t",
        kind="deterministic-inequality",
        where="w",
        states="x",
        printed=printed or {"c": 2},
    )
    item.check(covers="universal")(function)
    item.falsehood("wrong", **(falsehood or {"c": 1}))
    results = []
    wrong = item.variants["falsehood[wrong]"]
    for variant, statement in (("printed", item.printed), (wrong.key, wrong.statement)):
        judgement = judge(function(statement, Context(item.id, "f")), "universal")
        results.append(Result(item.id, variant, function.__name__, "key", judgement))
    return item, results


def rejected(certificate: Any) -> bool:
    """The kernel does not accept the certificate."""
    try:
        check(certificate)
    except Rejected:
        return True
    return False


# ---- arithmetic that goes wrong


@pytest.mark.parametrize("statement", ["log(-1) <= 1", "sqrt(-1) >= 0", "acos(2) > 0", "log(-1) >= -5"])
def test_nan_ball(statement: str) -> None:
    """A NaN ball satisfies neither a relation nor its opposite."""
    assert evaluate(statement).status == "undecided"


def test_infinite_ball() -> None:
    """A division by a ball around zero decides nothing."""
    assert evaluate("1/(sin(pi)) > 0").status == "undecided"


def test_equality_of_nearly_equal_reals() -> None:
    """Two reals that agree to 100 digits are not declared equal."""
    assert evaluate("exp(pi*sqrt(163)) == 262537412640768744").status == "refuted"


def test_integrand_that_ignores_analyticity() -> None:
    """|x| without the analytic flag is refused instead of giving the wrong proof 1.1547."""
    with pytest.raises(ValueError, match="analytic"):
        balls.integrate(lambda z, analytic: (z * z).sqrt(), -1, 1, bits=64)


def test_integrand_real_part() -> None:
    """A function of the real part is not analytic and is refused."""
    with pytest.raises(ValueError, match="analytic"):
        balls.integrate(lambda z, analytic: acb(abs(z.real)), -1, 1, bits=64)


def test_dropped_tail() -> None:
    """The mass outside a small cut belongs to the enclosure."""
    inside = GaussianExpectation([("oo", "z**2")], "19/100", "21/100", 1)
    assert rejected(inside)


def test_enclosure_too_narrow() -> None:
    """A claimed enclosure that misses the expectation is rejected."""
    assert rejected(GaussianExpectation([("0", "0"), ("oo", "z**2")], "1/2 + 1/10**9", "1", 12))


def test_swapped_inequality() -> None:
    """The proof of a <= b does not prove b <= a."""
    proof = prove("x <= x**2 + 1", x="(-oo, oo)").evidence[0].certificate
    assert isinstance(proof, Inequality)
    assert rejected(Inequality("x >= x**2 + 1", proof.domain, proof.proof))


def test_strict_at_equality() -> None:
    """A strict inequality is not proved where both sides meet."""
    assert prove("x*(1 - x) < 1/4", x="[0, 1]").status == "refuted"


def test_open_end_closed() -> None:
    """Closing an interval at the point of equality spoils a strict inequality."""
    assert prove("erf(R/sqrt(2)) < 2*R/sqrt(2*pi)", R="[0, oo)").status == "refuted"


def test_box_left_out() -> None:
    """A bisection tree that skips a cell is rejected."""
    outcome = prove("x*exp(-x) <= 2/5", x="[0, 10]")
    certificate = outcome.evidence[0].certificate
    assert isinstance(certificate, Inequality)
    for tree in (certificate.proof["tree"][:-1], certificate.proof["tree"] + ".", "."):
        forged = Inequality(certificate.statement, certificate.domain, {**certificate.proof, "tree": tree})
        assert rejected(forged)


def test_domain_widened() -> None:
    """The proof on a small domain does not carry over to a larger one."""
    certificate = prove("sin(x) <= x", x="[0, 1]").evidence[0].certificate
    assert isinstance(certificate, Inequality)
    assert rejected(Inequality("sin(x) <= x", {"x": "[-1, 1]"}, certificate.proof))


def test_root_of_a_square() -> None:
    """sqrt(x^2) = x is refused, because x may be negative."""
    assert identity("sqrt(x**2) == x").status == "refuted"


def test_identity_of_different_things() -> None:
    """A forged identity certificate is rejected."""
    assert rejected(Identity("x + 1", "x"))


def test_asymmetric_matrix() -> None:
    """Positive definiteness of an asymmetric matrix is not certified."""
    assert rejected(
        EigenvalueBound([["2", "1"], ["0", "2"]], "1/2", [["0x1p0", "0x0p0"], ["0x0p0", "0x1p0"]])
    )


def test_transform_with_nan() -> None:
    """A NaN in the congruence is rejected."""
    assert rejected(EigenvalueBound([["2"]], "1", [["nan"]]))


def test_singular_congruence() -> None:
    """A transform that is singular cannot certify anything."""
    zero = "0x0p0"
    assert rejected(EigenvalueBound([["1", "0"], ["0", "-1"]], "0", [["0x1p0", "0x1p0"], [zero, zero]]))


def test_wrong_factorisation() -> None:
    """L D L^T must give the matrix back."""
    assert rejected(PositiveDefinite([["1", "2"], ["2", "1"]], [["1", "0"], ["0", "1"]], ["1", "1"]))


def test_float_literal_in_a_statement() -> None:
    """0.1 is not an exact rational."""
    with pytest.raises(ValueError, match="exact rational"):
        evaluate("0.1 < 1")


# ---- authors that cheat or slip


@pytest.mark.usefixtures("fresh_registry")
def test_holds_unconditionally() -> None:
    """A check that always says yes lets its falsehood survive."""

    def always(claim: Any, ctx: Any) -> Any:
        """Always."""
        return Holds(TRUE)

    summary = summarise(*lemma(always))
    assert any("survives" in d for d in summary.defects)
    assert any("refutes no falsehood" in d for d in summary.defects)


@pytest.mark.usefixtures("fresh_registry")
def test_holds_without_evidence() -> None:
    """A bare yes is observed, and a claim with observations only is undecided."""

    def bare(claim: Any, ctx: Any) -> Any:
        """Bare."""
        return Holds()

    assert summarise(*lemma(bare)).verdict == "undecided"


@pytest.mark.usefixtures("fresh_registry")
def test_quantity_compared_with_itself() -> None:
    """A comparison of something with itself is true for every datum: a check without teeth."""

    def itself(claim: Any, ctx: Any) -> Any:
        """Itself."""
        return prove("c*x <= c*x", x="[0, oo)", let=claim.let)

    assert summarise(*lemma(itself)).defects


@pytest.mark.usefixtures("fresh_registry")
def test_refutation_without_evidence_does_not_reject_a_falsehood() -> None:
    """A falsehood is rejected by a certificate, not by a word."""

    def word(claim: Any, ctx: Any) -> Any:
        """Word."""
        return Holds(TRUE) if claim.c == 2 else Refuted(witness="because")

    assert any("survives" in d for d in summarise(*lemma(word)).defects)


@pytest.mark.parametrize("value", [None, True, 1, "holds", Holds])
def test_not_an_outcome(value: Any) -> None:
    """A check that returns something else is undecided."""
    assert judge(value, "universal").status == "undecided"


@pytest.mark.parametrize("margin", [math.nan, math.inf])
def test_margin_not_finite(margin: float) -> None:
    """A margin that is not a number leaves the outcome undecided."""
    assert judge(Holds(TRUE, margin=margin), "universal").status == "undecided"


def test_instance_called_universal() -> None:
    """One point never proves, whatever the author says the check covers."""
    judgement = judge(evaluate("x < 2", at={"x": 1}), "universal")
    assert judgement.scope == "instances"
    assert part_verdict([judgement]) == "certified"


def test_mixed_chain_takes_the_weakest_link() -> None:
    """A universal link beside an instance is an instance."""
    both = every(prove("x <= x + 1", x="[0, 1]"), evaluate("x < 2", at={"x": 1}))
    assert judge(both, "universal").scope == "instances"


def test_empty_conjunction() -> None:
    """All of nothing is not a proof."""
    assert every().status == "undecided"


def test_undecided_part_hides_in_a_conjunction() -> None:
    """A conjunction with an undecided part is undecided."""
    assert every(prove("x <= x + 1", x="[0, 1]"), Undecided("?", "!")).status == "undecided"


def test_evidence_out_of_regime() -> None:
    """A run whose hypotheses are not met supports nothing, and refutes nothing."""
    outside = Regime(met=False, required_width=1e9, used_width=10)
    for outcome in (Holds(TRUE, regime=outside), Refuted(TRUE, witness="w", regime=outside)):
        assert part_verdict([judge(outcome, "universal")]) == "undecided"


def test_proved_and_refuted() -> None:
    """A statement that one check proves and another refutes is a conflict, which fails the gate."""
    yes, no = judge(Holds(TRUE), "universal"), judge(Refuted(TRUE, witness="w"), "universal")
    assert part_verdict([yes, no]) == "conflict"


@pytest.mark.usefixtures("fresh_registry")
def test_float_in_the_data() -> None:
    """A float where an exact rational is meant is refused at once."""
    with pytest.raises(SpecError, match="exact"):
        Claim("toy/f", title="t", kind="definition", where="w", states="x", printed={"c": 0.1})


@pytest.mark.usefixtures("fresh_registry")
def test_falsehood_that_changes_nothing() -> None:
    """A falsehood equal to the printed data is refused."""
    item = Claim("toy/f", title="t", kind="definition", where="w", states="x", printed={"c": 1})
    with pytest.raises(SpecError, match="changes nothing"):
        item.falsehood("same", c=1)


@pytest.mark.usefixtures("fresh_registry")
def test_falsehood_of_a_datum_that_does_not_exist() -> None:
    """A misspelt datum is refused instead of being ignored."""
    item = Claim("toy/f", title="t", kind="definition", where="w", states="x", printed={"c": 1})
    with pytest.raises(SpecError, match="does not have"):
        item.falsehood("typo", d=1)


# ---- decisions about probabilities


def decision(**changes: Any) -> BinomialDecision:
    """A sound decision with some fields changed."""
    fields: dict[str, Any] = {
        "event": "e",
        "level": "1/2",
        "verdict": "holds",
        "trials": 40,
        "successes": 40,
        "alpha": str(ALPHA),
        "rows": "1" * 40,
        "stream": "s",
    }
    return BinomialDecision(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"successes": 39},
        {"rows": "1" * 39},
        {"rows": "1" * 39 + "x"},
        {"trials": 30, "successes": 30},
        {"alpha": "1/10"},
        {"level": "99/100"},
        {"verdict": "refuted"},
        {"rows": "1" * 20 + "0" * 20, "successes": 20},
        {"trials": 0, "successes": 0, "rows": ""},
        {"level": "0"},
    ],
)
def test_forged_decision(changes: dict[str, Any]) -> None:
    """Counts, rows, level and error must fit together."""
    assert not rejected(decision())
    assert rejected(decision(**changes))


def test_too_few_trials() -> None:
    """Ten successes of ten do not decide Pr >= 1/2 at the suite's error."""
    ctx = Context("toy/x", "c")
    assert ctx.decide("e", at_least="1/2", rows=[True] * 10).status == "undecided"


def test_false_alarms_of_null_runs() -> None:
    """In 10,000 null runs of the rule, at a larger error, the false alarms stay within the declared rate."""
    from numerics.statistics import binomial_tail_lower, binomial_tail_upper, stream

    alpha, level, trials, runs = 0.01, Fraction(9, 10), 200, 10_000
    upper = [float(binomial_tail_upper(k, trials, level).mid()) <= alpha for k in range(trials + 1)]
    lower = [float(binomial_tail_lower(k, trials, level).mid()) <= alpha for k in range(trials + 1)]
    counts = stream("null runs").binomial(trials, float(level), size=runs)
    for alarms in (sum(upper[k] for k in counts), sum(lower[k] for k in counts)):
        assert float(binomial_tail_upper(int(alarms), runs, Fraction(1, 100)).mid()) > 1e-6
    ctx = Context("toy/null", "c")
    rng = stream("null rows")
    wrong = 0
    for _ in range(1000):
        outcome = ctx.decide("e", at_least=level, rows=list(rng.random(200) < float(level)))
        wrong += outcome.status != "undecided"
    assert wrong == 0


def test_budget_overdrawn(tree: Any) -> None:
    """More decisions than shares of the false-alarm budget fail the run."""
    tree.spec(
        f"""
        lemma = Claim("toy/many", title="t", kind="probabilistic", where="w", states="x",
                      printed={{"level": "1/2"}})

        @lemma.check()
        def many(claim, ctx):
            '''Decide again and again.'''
            rows = [True] * 40 if claim.level == "1/2" else [False] * 40
            return every(*(ctx.decide("e", at_least="1/2", rows=rows) for _ in range({SHARES + 1})))

        lemma.falsehood("all fail", level="2/3")
        """
    )
    done = tree.pytest()
    assert done.returncode == 1
    assert "exceed the suite's" in done.stdout


# ---- runs, caches, locks and files


def test_green_baseline(tree: Any) -> None:
    """Without a planted bug the toy lemma is proved and the run is green."""
    tree.spec()
    done = tree.pytest()
    assert done.returncode == 0, done.stdout
    assert tree.verdicts()["toy/lemma"]["verdict"] == "proved"


def test_surviving_falsehood_fails_the_run(tree: Any) -> None:
    """A falsehood that is in fact true fails."""
    tree.spec()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace('c="1/2"', "c=3"))
    done = tree.pytest()
    assert done.returncode == 1
    assert "survives" in done.stdout


def test_duplicate_id(tree: Any) -> None:
    """Two claims with one id end the run with both places."""
    tree.spec()
    tree.spec(name="twin")
    done = tree.pytest()
    assert done.returncode != 0
    assert "declared twice" in done.stdout + done.stderr


def test_cycle(tree: Any) -> None:
    """Claims that use each other end the run."""
    text = ""
    for a, b in (("one", "two"), ("two", "one")):
        text += f"""
{a} = Claim("toy/{a}", title="t", kind="definition", where="w", states="x", printed={{"c": 2}},
            uses=("toy/{b}",))
@{a}.check(covers="universal")
def check_{a}(claim, ctx):
    '''x <= c x.'''
    return prove("x <= c*x", x="[0, oo)", let=claim.let)
{a}.falsehood("half", c="1/2")
"""
    tree.spec(text)
    done = tree.pytest()
    assert done.returncode != 0
    assert "cycle" in done.stdout + done.stderr


def test_unknown_dependency(tree: Any) -> None:
    """An unknown id in uses names the nearest ids."""
    tree.spec()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace('where="w",', 'where="w", uses=("toy/lema",),'))
    done = tree.pytest()
    assert done.returncode != 0
    assert "nearest: toy/lemma" in done.stdout + done.stderr


def test_check_that_crashes(tree: Any) -> None:
    """A crash is undecided, and weaker than the lock."""
    tree.spec()
    tree.accepted()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace("return prove", "1 / 0\n    return prove"))
    done = tree.pytest()
    assert done.returncode == 1
    assert tree.verdicts()["toy/lemma"]["verdict"] == "undecided"
    assert "ZeroDivisionError" in done.stdout


def test_check_that_never_ends(tree: Any) -> None:
    """A time-out is undecided."""
    tree.spec()
    tree.accepted()
    path = tree.folder / "spec.py"
    patch = "import verify.runner\nverify.runner.TIME_LIMIT['quick'] = 0.3\n"
    body = path.read_text().replace("return prove", "while True: pass\n    return prove")
    path.write_text(body.replace("from verify import *", patch + "from verify import *"))
    done = tree.pytest()
    assert done.returncode == 1
    assert "ran longer" in done.stdout


def test_killed_worker(tree: Any) -> None:
    """A worker that dies leaves a failure, not a hole."""
    tree.spec()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace("return prove", "import os; os._exit(9)\n    return prove"))
    done = tree.pytest("-n", "1", "--max-worker-restart", "0")
    assert done.returncode != 0
    assert not (tree.build / "verdicts.json").exists() or tree.verdicts()["toy/lemma"]["verdict"] != "proved"


def test_item_dropped_by_a_conftest(tree: Any) -> None:
    """A registered check that somebody deselects fails a run of everything."""
    tree.spec()
    (tree.root / "conftest.py").write_text("def pytest_collection_modifyitems(items):\n    del items[0]\n")
    done = tree.pytest()
    assert done.returncode == 1
    assert "not executed" in done.stdout


def test_item_skipped_by_a_conftest(tree: Any) -> None:
    """A skip before the check runs counts as not executed."""
    tree.spec()
    hook = "import pytest\ndef pytest_runtest_setup(item):\n    pytest.skip('no')\n"
    (tree.root / "conftest.py").write_text(hook)
    done = tree.pytest()
    assert done.returncode == 1
    assert "not executed" in done.stdout


def test_claim_in_a_private_module(tree: Any) -> None:
    """A claim declared where no item is collected is missing, not forgotten."""
    tree.spec(name="_hidden")
    tree.spec("from theorems.toy import _hidden\n" + "", name="spec")
    other = tree.folder / "other.py"
    other.write_text((tree.folder / "_hidden.py").read_text().replace("toy/lemma", "toy/seen"))
    done = tree.pytest()
    assert done.returncode == 1
    assert "not executed" in done.stdout


def test_claim_removed(tree: Any) -> None:
    """A claim that vanishes fails the gate."""
    tree.spec()
    other = tree.folder / "other.py"
    other.write_text((tree.folder / "spec.py").read_text().replace("toy/lemma", "toy/other"))
    tree.accepted()
    other.unlink()
    done = tree.pytest()
    assert done.returncode == 1
    assert "[gone] toy/other" in done.stdout


@pytest.mark.parametrize("removed", ['lemma.falsehood("halved", c="1/2")', "x <= c*x"])
def test_weakened_spec(tree: Any, removed: str) -> None:
    """Dropping a falsehood or changing a check to something weaker fails the gate."""
    tree.spec(
        """
        lemma = Claim("toy/lemma", title="t", kind="definition", where="w", states="x", printed={"c": 2})

        @lemma.check(covers="universal")
        def argument(claim, ctx):
            '''x <= c x for c >= 1.'''
            return prove("x <= c*x", x="[0, oo)", let=claim.let)

        lemma.falsehood("halved", c="1/2")
        lemma.falsehood("negative", c=-1)
        """
    )
    tree.accepted()
    path = tree.folder / "spec.py"
    text = path.read_text()
    if removed.startswith("lemma"):
        text = text.replace(removed, "")
    else:
        text = text.replace(
            'prove("x <= c*x", x="[0, oo)", let=claim.let)',
            'evaluate("x <= c*x", at={"x": 1}, let=claim.let)',
        )
    path.write_text(text)
    done = tree.pytest()
    assert done.returncode == 1
    assert "[weaker]" in done.stdout


def test_stale_cache(tree: Any) -> None:
    """A changed helper function of the spec is not answered from the cache."""
    tree.spec(
        """
        def factor():
            return 1

        lemma = Claim("toy/lemma", title="t", kind="definition", where="w", states="x", printed={"c": 2})

        @lemma.check(covers="universal")
        def argument(claim, ctx):
            '''x <= c x for c >= 1.'''
            return prove(f"{factor()}*x <= c*x", x="[0, oo)", let=claim.let)

        lemma.falsehood("halved", c="1/2")
        """
    )
    tree.accepted()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace("return 1", "return 5"))
    done = tree.pytest()
    assert done.returncode == 1
    assert "new refutation" in done.stdout


def test_tampered_cache(tree: Any) -> None:
    """A cached result that was edited is computed again."""
    tree.spec()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace('"c": 2', '"c": "1/3"'))
    tree.pytest()
    for cached in (tree.build / "cache").rglob("*.json"):
        cached.write_bytes(cached.read_bytes().replace(b'"refuted"', b'"holds"'))
    tree.pytest()
    assert tree.verdicts()["toy/lemma"]["verdict"] == "refuted"


def _edit_results(tree: Any, old: str, new: str) -> None:
    path = tree.build / "results.jsonl"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_hand_edited_certificate(tree: Any) -> None:
    """Replay rejects a certificate whose statement was edited."""
    tree.spec()
    tree.pytest()
    assert tree.verify("replay").returncode == 0
    _edit_results(tree, '"statement":"x <= c*x","domain"', '"statement":"c*x <= x","domain"')
    done = tree.verify("replay")
    assert done.returncode == 1
    assert "rejected" in done.stdout


def test_hand_edited_strength(tree: Any) -> None:
    """Replay recomputes the strength; an edited one is noticed."""
    tree.spec()
    tree.pytest()
    _edit_results(tree, '"strength":"exact"', '"strength":"rigorous"')
    assert tree.verify("replay").returncode == 1


def test_truncated_results(tree: Any) -> None:
    """A results file cut in the middle of a line is a clear error with exit code 3."""
    tree.spec()
    tree.pytest()
    path = tree.build / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    done = tree.verify("replay")
    assert done.returncode == 3
    assert "not a whole result" in done.stderr


def test_results_after_a_truncation(tree: Any) -> None:
    """A run after a truncation does not glue its lines to the broken one."""
    tree.spec()
    tree.pytest()
    path = tree.build / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    tree.pytest()
    lines = [line for line in path.read_text().splitlines() if line.startswith('{"type":"run"')]
    assert len(lines) == 2


@pytest.mark.parametrize("change", [("proved", "supported"), ("universal", "instances"), ("  #", "  #0")])
def test_lock_edited_by_hand(tree: Any, change: tuple[str, str]) -> None:
    """An edited lock is refused, in either direction."""
    tree.spec()
    tree.accepted()
    lock = tree.root / "theorems" / "verdicts.lock"
    lock.write_text(lock.read_text().replace(*change))
    done = tree.pytest()
    assert done.returncode != 0
    assert "seal" in done.stdout + done.stderr


def test_unreadable_lock(tree: Any) -> None:
    """A lock that is not text is a clear error."""
    tree.spec()
    (tree.root / "theorems" / "verdicts.lock").write_bytes(b"\xff\xfe\x00")
    done = tree.pytest()
    assert done.returncode != 0
    assert "cannot read" in done.stdout + done.stderr


def test_accept_does_not_weaken_silently(tree: Any) -> None:
    """`verify accept` keeps the lock of a claim that became weaker unless it is named."""
    tree.spec()
    tree.accepted()
    before = (tree.root / "theorems" / "verdicts.lock").read_text()
    path = tree.folder / "spec.py"
    undecided = "return Undecided('?', '!') if claim.c == 2 else prove("
    path.write_text(path.read_text().replace("return prove(", undecided))
    tree.pytest()
    done = tree.verify("accept")
    assert done.returncode == 1
    assert (tree.root / "theorems" / "verdicts.lock").read_text() == before
    assert tree.verify("accept", "toy/lemma").returncode == 0


def test_no_claims_at_all(tree: Any) -> None:
    """An empty tree is not a success."""
    assert tree.pytest().returncode != 0


def test_spec_that_does_not_import(tree: Any) -> None:
    """A spec with a syntax error fails the run and names the file."""
    tree.spec()
    (tree.folder / "broken.py").write_text("def (:\n")
    done = tree.pytest()
    assert done.returncode != 0
    assert "broken.py" in done.stdout + done.stderr


def test_new_refutation_fails(tree: Any) -> None:
    """A printed statement that turns out refuted fails until it is accepted."""
    tree.spec()
    path = tree.folder / "spec.py"
    path.write_text(path.read_text().replace('"c": 2', '"c": "1/3"'))
    done = tree.pytest()
    assert done.returncode == 1
    assert "new refutation" in done.stdout
    tree.verify("accept", "*")
    assert tree.pytest().returncode == 0


def test_vanished_refutation_fails(tree: Any) -> None:
    """A refutation that vanishes is as suspicious as a new one."""
    tree.spec()
    path = tree.folder / "spec.py"
    text = path.read_text()
    path.write_text(text.replace('"c": 2', '"c": "1/3"'))
    tree.accepted()
    path.write_text(text)
    done = tree.pytest()
    assert done.returncode == 1
    assert "vanished refutation" in done.stdout


def test_failures_are_complete() -> None:
    """Every direction other than new and stronger fails the gate."""
    from verify.store import Change

    directions = ["weaker", "new refutation", "vanished refutation", "gone", "defect", "conflict", "changed"]
    assert len(failures([Change("x", d, "") for d in [*directions, "new", "stronger"]])) == len(directions)


def test_same_verdicts_in_any_order(tree: Any) -> None:
    """Serial, parallel and reversed runs write the same verdict file."""
    tree.spec()
    for k in range(3):
        copy = tree.folder / f"copy{k}.py"
        copy.write_text((tree.folder / "spec.py").read_text().replace("toy/lemma", f"toy/copy-{k}"))
    reverse = tree.root / "conftest.py"
    files = []
    for arguments, conftest in (
        ((), ""),
        (("-n", "2"), ""),
        ((), "def pytest_collection_modifyitems(items):\n    items.reverse()\n"),
        ((), ""),
    ):
        reverse.write_text(conftest)
        tree.pytest("--no-claims-cache", *arguments)
        files.append((tree.build / "verdicts.json").read_bytes())
    assert len(set(files)) == 1
    assert len(json.loads(files[0])) == 4


def test_formula_that_does_not_convert(tree: Any) -> None:
    """A statement with broken TeX ends the run and names the claim."""
    tree.spec()
    path = tree.folder / "spec.py"
    for broken in (r"\\frac{x", r"\\unknowncommand x", r"x^{"):
        path.write_text(tree.spec().read_text().replace(r"x \\le c", broken))
        done = tree.pytest()
        assert done.returncode != 0
        assert "toy/lemma: states does not convert" in done.stdout + done.stderr


def test_no_space_for_the_results(tree: Any) -> None:
    """A full disk ends the run with one line and is not green."""
    tree.spec()
    tree.build.mkdir()
    (tree.build / "results.jsonl").symlink_to("/dev/full")
    done = tree.pytest()
    assert done.returncode != 0
    assert "No space left" in done.stdout + done.stderr


def test_interrupt_keeps_what_is_done(tree: Any) -> None:
    """Ctrl-C in the middle keeps the results of the items that were finished.

    The handler is set first: a process started in the background inherits that the signal is ignored.
    """
    tree.spec(name="a_first")
    slow = (tree.folder / "a_first.py").read_text().replace("toy/lemma", "toy/slow")
    handler = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    kill = f"import signal; {handler}; signal.raise_signal(signal.SIGINT)\n    return prove"
    (tree.folder / "b_slow.py").write_text(slow.replace("return prove", kill))
    done = tree.pytest()
    assert done.returncode != 0
    assert '"claim":"toy/lemma"' in (tree.build / "results.jsonl").read_text()


def test_refutation_by_the_supporting_certificate() -> None:
    """A check that lets a flag decide, and shows the same certificate for both, is a defect."""

    def flagged(claim: Any, ctx: Context) -> Any:
        """Because."""
        return Holds(TRUE) if claim.c == 2 else Refuted(TRUE, witness="c is not 2")

    item, results = lemma(flagged)
    assert "by the very certificates that support" in " ".join(summarise(item, results).defects)


def test_identity_outside_its_domain() -> None:
    """An identity is not proved on a domain on which a side is undefined."""
    assert rejected(Identity("sqrt(x)**2", "x", domain={"x": "[-1, 1]"}))
    assert rejected(Identity("x/x", "1", domain={"x": "[0, 1]"}))
    assert not rejected(Identity("x/x", "1", domain={"x": "(0, 1]"}))
    assert identity("sqrt(x)**2 == x", x="(-oo, oo)").status == "undecided"


def test_falsehood_that_did_not_run_is_not_locked() -> None:
    """The lock records no outcome of a falsehood that did not run."""

    def argument(claim: Any, ctx: Context) -> Any:
        """Because."""
        return prove("x <= c*x", x="[0, oo)", let=claim.let)

    item, results = lemma(argument, c="1/2")
    assert locked_from(summarise(item, results[:1])).variants == {}
    assert locked_from(summarise(item, results)).variants == {"falsehood[wrong]": "refuted"}


@pytest.mark.parametrize("arguments", [("--device", "cuda"), ("--device", "cuda", "-n", "2")])
def test_missing_device_is_one_line(tree: Any, arguments: tuple[str, ...]) -> None:
    """pytest ends with one line before it collects anything."""
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    tree.spec()
    done = tree.pytest(*arguments)
    assert done.returncode == 4
    assert "torch finds no CUDA device" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
