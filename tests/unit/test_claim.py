"""Claims as data: what is accepted, what is refused, and that the message says why."""

from fractions import Fraction
from typing import Any

import pytest

from verify import Claim, SpecError, Statement
from verify.claim import ERRATA, KINDS, aliases, declared, forget, slug

pytestmark = pytest.mark.usefixtures("fresh_registry")

GOOD: dict[str, Any] = {
    "title": "A lemma",
    "kind": "deterministic-inequality",
    "where": "Section 1",
    "states": r"x \le c",
    "printed": {"c": 2},
}


def lemma(id: str = "toy/lemma-1", **changes: Any) -> Claim:
    """A claim with some fields changed."""
    return Claim(id, **{**GOOD, **changes})


def with_check(item: Claim) -> Claim:
    """The claim with one check."""

    @item.check()
    def argument(claim: Any, ctx: Any) -> Any:
        """Because."""

    return item


def test_claim_remembers_where_it_stands():
    """File, line and module point at the constructor's call."""
    item = lemma()
    assert item.file == __file__
    assert item.module == __name__
    assert item.line == lemma.__code__.co_firstlineno + 2
    assert item.source == "toy"
    assert item.printed.c == 2


@pytest.mark.parametrize("id", ["toy/lemma-3.1", "a1/x", "du2019deep/Lemma_G.3+b", "0/0"])
def test_id(id):
    """An id is source/label."""
    assert lemma(id).id == id


@pytest.mark.parametrize(
    "id",
    [
        "",
        "toy",
        "toy/",
        "/x",
        "Toy/x",
        "toy/x/y",
        "toy/x y",
        "toy/é",
        "toy/x\n",
        " toy/x",
        3,
        None,
        ("toy/x",),
    ],
)
def test_bad_id(id):
    """Anything else is refused with an example."""
    with pytest.raises(SpecError, match="expected an id such as"):
        lemma(id)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        *(
            ({"kind": "lemma"}, "kind"),
            ({"kind": ""}, "kind"),
            ({"title": ""}, "title"),
            ({"title": 3}, "title"),
        ),
        *(({"where": "  "}, "where"), ({"states": None}, "states"), ({"given": "x > 0"}, "given")),
        *(({"given": (1,)}, "given"), ({"uses": "toy/a"}, "uses"), ({"uses": ["toy/a"]}, "uses")),
        *(
            ({"proof_uses": {"toy/a"}}, "proof_uses"),
            ({"aliases": "toy/b"}, "aliases"),
            ({"same_as": 1}, "same_as"),
        ),
        *(({"parts": ()}, "part"), ({"parts": "ab"}, "parts"), ({"parts": (None,)}, "parts")),
        *(({"printed": {"c": 0.5}}, "float"), ({"printed": {"c": (1, (2, 0.5))}}, "float")),
        *(
            ({"printed": {"c": [1]}}, "c to be"),
            ({"printed": {"c": {}}}, "c to be"),
            ({"printed": {"c": 1j}}, "c to be"),
        ),
    ],
)
def test_bad_field(changes, says):
    """A malformed field is refused with its name, the claim and the place."""
    with pytest.raises(SpecError, match=says) as caught:
        lemma(**changes)
    assert "toy/lemma-1" in str(caught.value)
    assert __file__ in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    """Every kind in the list is accepted."""
    assert lemma(kind=kind).kind == kind


def test_data_as_attributes():
    """Data are attributes; a missing one is an error that lists what there is."""
    item = lemma(
        printed={"c": Fraction(1, 2), "sign": -1, "rate": "sqrt(2)", "open": True, "row": (1, 2), "no": None}
    )
    assert item.printed.c == Fraction(1, 2)
    assert item.printed.let == {"c": "1/2", "sign": "-1", "rate": "sqrt(2)", "open": "True"}
    with pytest.raises(AttributeError, match="no datum 'd'; it has c, sign"):
        _ = item.printed.d
    item.printed.data["c"] = 3
    assert item.printed.c == Fraction(1, 2)


def test_statement_without_data():
    """A statement without data says so and can be copied."""
    import copy
    import pickle

    empty = Statement({})
    with pytest.raises(AttributeError, match="it has none"):
        _ = empty.c
    assert copy.copy(Statement({"c": 1})).c == 1
    assert pickle.loads(pickle.dumps(Statement({"c": 1}))).c == 1


def test_check_is_registered_and_stays_a_function():
    """The decorator returns the function; name, docstring, part, cover and profile are kept."""
    item = lemma(parts=("rate", "width"))

    @item.check(part="rate", covers="universal", profile="full")
    def argument(claim: Any, ctx: Any) -> str:
        """Because."""
        return "called"

    assert argument(None, None) == "called"
    check = item.checks["argument"]
    assert (check.part, check.covers, check.profile) == ("rate", "universal", "full")
    assert check.argument == "Because."


@pytest.mark.parametrize(
    "options",
    [{"part": "rate"}, {"covers": "everything"}, {"profile": "slow"}, {"covers": None}, {"profile": ""}],
)
def test_bad_check_options(options):
    """An unknown part, cover or profile is refused."""
    with pytest.raises(SpecError, match="expected"):
        lemma().check(**options)


def test_check_without_docstring():
    """A check says its argument in a sentence."""

    def silent(claim: Any, ctx: Any) -> None:
        pass

    with pytest.raises(SpecError, match="no docstring"):
        lemma().check()(silent)


def test_two_checks_of_one_name():
    """A second check of the same name is refused instead of replacing the first."""
    with pytest.raises(SpecError, match="two checks"):
        with_check(with_check(lemma()))


def test_variants_change_data():
    """A falsehood, reading or correction is the printed data with changes, on a copy."""
    item = lemma(printed={"c": 2, "d": 3})
    item.falsehood("constant halved", c=1, by=("argument",))
    item.reading("the other one", d=4)
    item.corrected("repaired", erratum="constant", c="5/2")
    keys = ["falsehood[constant-halved]", "reading[the-other-one]", "corrected[repaired]"]
    assert list(item.variants) == keys
    data = [v.statement.data for v in item.variants.values()]
    assert data == [{"c": 1, "d": 3}, {"c": 2, "d": 4}, {"c": "5/2", "d": 3}]
    assert [v.statement.variant for v in item.variants.values()] == keys
    assert item.variants[keys[0]].by == ("argument",)
    assert item.variants[keys[2]].erratum == "constant"
    assert item.printed.data == {"c": 2, "d": 3}


@pytest.mark.parametrize("role", ["falsehood", "reading", "corrected"])
def test_bad_variants(role):
    """A variant that changes nothing, something unknown, or to a float, or stands twice, is refused."""
    item = lemma()
    options = {"erratum": "constant"} if role == "corrected" else {}
    add = getattr(item, role)
    for changes, says in (
        ({"c": 2}, "changes nothing"),
        ({}, "changes nothing"),
        ({"d": 1}, "does not have"),
    ):
        with pytest.raises(SpecError, match=says):
            add("wrong", **options, **changes)
    with pytest.raises(SpecError, match="float"):
        add("wrong", **options, c=0.5)
    add("Wrong!", **options, c=1)
    with pytest.raises(SpecError, match="declared twice"):
        add("wrong", **options, c=3)


def test_falsehood_with_its_own_check():
    """A false neighbour that is not changed data brings a check, which needs no falsehood of its own."""
    item = lemma()

    @item.falsehood_with_check("the converse")
    def converse(claim: Any, ctx: Any) -> None:
        """It fails."""

    variant = item.variants["falsehood[the-converse]"]
    assert variant.check is not None
    assert variant.check.name == "converse"
    assert "converse" not in item.checks


@pytest.mark.parametrize("erratum", [*ERRATA, "typo", "", None])
def test_errata(erratum):
    """A correction belongs to one of the classes."""
    item = lemma()
    if erratum in ERRATA:
        item.corrected_in("toy/other", erratum=erratum)
        assert item.corrected_by == ("toy/other", erratum)
        return
    with pytest.raises(SpecError, match="erratum"):
        item.corrected_in("toy/other", erratum=erratum)
    with pytest.raises(SpecError, match="erratum"):
        item.corrected("repaired", erratum=erratum, c=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Constant halved", "constant-halved"),
        ("  a -- b!  ", "a-b"),
        ("x_1", "x-1"),
        ("2R/π", "2r-π"),
        ("x²", "x2"),
    ],
)
def test_slug(text, expected):
    """Lower case letters and digits with single hyphens between."""
    assert slug(text) == expected


def test_registry_of_claims():
    """Claims are found by id, aliases lead to ids, and both can be forgotten."""
    item = lemma(aliases=("twin/lemma-1",))
    other = lemma("toy/lemma-0")
    assert list(declared()) == ["toy/lemma-0", "toy/lemma-1"]
    assert declared()["toy/lemma-1"] is item
    assert aliases() == {"twin/lemma-1": "toy/lemma-1"}
    assert declared()["toy/lemma-0"] is other
    forget()
    assert declared() == aliases() == {}


def test_declared_twice():
    """The same id or alias at two places is refused with both; one place may be executed again."""
    lemma()
    lemma()
    with pytest.raises(SpecError, match="declared twice") as caught:
        Claim("toy/lemma-1", **GOOD)
    assert str(caught.value).count(__file__) == 2
    with pytest.raises(SpecError, match="declared twice"):
        Claim("toy/lemma-9", **GOOD, aliases=("toy/lemma-1",))
