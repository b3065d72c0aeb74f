"""Outcomes and what the kernel vouches for: three-valued, never stronger than the weakest link."""

import math

import pytest

from verify import Evidence, Holds, Outcome, Refuted, Regime, Undecided, every, follows_from
from verify.kernel import BinomialDecision, Evaluation, Identity, Inequality
from verify.outcome import judge

EXACT = Evidence("identity", Identity("x + x", "2*x"))
RIGOROUS = Evidence("balls", Evaluation("pi < 22/7"))
DOMAIN = Evidence("boxes", Inequality("x + 1 > 0", {"x": "[0, 1]"}, {"by": "boxes", "tree": "."}))
INSTANCE = Evidence("a point", Evaluation("x < 2", {"x": "1"}))
SAMPLE = Evidence("trials", BinomialDecision("e", "1/2", "holds", 40, 40, "1/10**9", "1" * 40, "s"))
FALSE = Evidence("wrong", Evaluation("2 < 1"))
OUT = Regime(met=False, required_width=1e9, used_width=64)
MET = Regime(met=True, required_width=10, used_width=64)


@pytest.mark.parametrize(
    ("links", "covers", "code"),
    [
        ((EXACT,), "universal", "holds/exact/universal"),
        ((EXACT,), "domain", "holds/exact/domain"),
        ((EXACT,), "instances", "holds/exact/instances"),
        ((RIGOROUS,), "universal", "holds/rigorous/universal"),
        ((EXACT, RIGOROUS), "universal", "holds/rigorous/universal"),
        ((DOMAIN,), "universal", "holds/rigorous/universal"),
        ((INSTANCE,), "universal", "holds/exact/instances"),
        ((EXACT, INSTANCE), "universal", "holds/exact/instances"),
        ((SAMPLE,), "universal", "holds/statistical/instances"),
        ((SAMPLE, EXACT), "domain", "holds/statistical/instances"),
        ((), "universal", "holds/observed/instances"),
        ((FALSE,), "universal", "undecided"),
        ((EXACT, FALSE), "universal", "undecided"),
    ],
)
def test_judgement_is_the_weakest_link(links, covers, code):
    """Strength and scope come from the kernel; a rejected link leaves everything undecided."""
    assert judge(Holds(*links), covers).code == code
    refuted = judge(Refuted(*links, witness="w"), covers).code
    assert refuted == code.replace("holds", "refuted")


def test_judgement_lists_propositions():
    """What was checked is kept as propositions."""
    assert judge(Holds(EXACT, RIGOROUS), "universal").propositions == ("x + x = 2*x", "pi < 22/7")


def test_rejected_link_is_named():
    """The reason says which link the kernel rejects, and plots and observations stay."""
    judgement = judge(Holds(FALSE, observations=("seen",)), "universal")
    assert "rejects 'wrong'" in judgement.outcome.reason
    assert judgement.outcome.observations == ("seen",)
    assert judgement.outcome.evidence == ()


@pytest.mark.parametrize("thing", [None, True, "holds", 1, Holds, (Holds(),), {"status": "holds"}, object()])
def test_not_an_outcome(thing):
    """Something else than an outcome is undecided."""
    assert judge(thing, "universal").status == "undecided"


@pytest.mark.parametrize("status", ["proved", "", None, "HOLDS", 1])
def test_unknown_status(status):
    """A status that is none of the three is undecided."""
    judgement = judge(Outcome(status, (EXACT,)), "universal")
    assert judgement.status == "undecided"
    assert judgement.code == "undecided"


@pytest.mark.parametrize("margin", [math.nan, math.inf, -math.inf])
def test_margin_that_is_no_number(margin):
    """A NaN or infinite margin leaves the outcome undecided."""
    assert judge(Holds(EXACT, margin=margin), "universal").status == "undecided"


@pytest.mark.parametrize(("regime", "inside"), [(Regime(), True), (MET, True), (OUT, False)])
def test_regime(regime, inside):
    """Only a regime that is known not to be met puts an outcome out of regime, and the code says so."""
    judgement = judge(Holds(EXACT, regime=regime), "universal")
    assert judgement.in_regime == inside
    assert judgement.code.endswith("/out-of-regime") != inside


def test_every_merges():
    """A conjunction keeps all evidence, the largest margin, each assumption once, the worst regime."""
    a = Holds(EXACT, margin=0.5, assumes=("Weyl", "Hoeffding"), regime=MET, observations=("one",))
    b = Holds(INSTANCE, margin=0.75, assumes=("Weyl",), regime=OUT, observations=("two",))
    both = every(a, b)
    assert both.evidence == (EXACT, INSTANCE)
    assert both.margin == 0.75
    assert both.assumes == ("Weyl", "Hoeffding")
    assert both.regime == OUT
    assert both.observations == ("one", "two")
    assert every(a).regime == MET
    assert every(a, b, assumes=("union bound",)).assumes == ("union bound",)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_every_is_refuted_by_a_refuted_part(order):
    """In any order a refuted part refutes, before an undecided one counts."""
    parts = (Holds(EXACT), Undecided("?", "!"), Refuted(EXACT, witness="here"))
    found = every(*(parts[k] for k in order))
    assert found.status == "refuted"
    assert found.witness == "here"


def test_every_of_undecided_and_of_nothing():
    """An undecided part, or no part at all, is undecided."""
    assert every(Holds(EXACT), Undecided("why", "what")).reason == "why"
    assert every().status == "undecided"


def test_chain_of_sufficient_links():
    """A failing link of a chain leaves the statement undecided and is numbered."""
    chain = follows_from(Holds(EXACT), Refuted(EXACT, witness="w"), Undecided("?", "!"))
    assert chain.status == "undecided"
    assert "link 2 of the argument is refuted: w" in chain.reason
    assert follows_from(Holds(EXACT), Holds(RIGOROUS)).evidence == (EXACT, RIGOROUS)
    assert follows_from().status == "undecided"


def test_refutation_needs_a_witness():
    """A refutation without a witness cannot be built."""
    with pytest.raises(TypeError, match="witness"):
        Refuted(EXACT)
    with pytest.raises(TypeError, match="what_would_decide"):
        Undecided("no idea")
