"""The report: structure, escaping, formulas, certificates, plots, graph, sizes."""

import base64
import gzip
import json
import random
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

import report
from report import certificates, example, formula, graph, model, page, plots, words
from verify import store
from verify.outcome import Plot, Series
from verify.verdict import ClaimSummary, ErratumSummary, Result

VOID = {"meta", "link", "input", "br", "wbr", "img"}


class Outline(HTMLParser):
    """Ids, links, tags and text of a page; complains about tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.handlers: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes out of order"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def render(summary: store.Summary) -> str:
    """The page of a summary, away from any file."""
    return page.render(summary, Path("/nonexistent")).decode()


def words_of(text: str) -> str:
    """The text of some markup, blanks collapsed."""
    return " ".join("".join(Outline(text).text).split())


@pytest.fixture(scope="module")
def html() -> str:
    """The example page."""
    return render(example.summary(40))


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    """The example page, parsed."""
    return Outline(html)


def one_claim(**fields: object) -> store.Summary:
    """A summary of a single claim with some fields of its own."""
    base = {"id": "paper/lemma-1", "title": "T", "kind": "closed-form", "where": "Lemma 1", "states": "x"}
    claim = ClaimSummary(**{**base, "verdict": "proved", **fields})  # type: ignore[arg-type]
    empty = msgspec.structs.replace(example.summary(0), results=[], changes=[], missing=[], not_in_profile=[])
    return msgspec.structs.replace(empty, claims=[claim])


# --- the file --------------------------------------------------------------------------------------------


def test_build_writes_the_page_beside_the_summary(tmp_path):
    """`build` reads summary.json and returns the path of report.html in the same folder."""
    store.write_summary(tmp_path, example.summary(12))
    path = report.build(tmp_path)
    assert path == tmp_path / "report.html"
    assert path.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")


def test_build_without_a_summary_says_what_to_do(tmp_path):
    """A missing summary is an error that names the file and the command that makes it."""
    with pytest.raises(store.StoreError, match="pytest theorems"):
        report.build(tmp_path)


def test_the_page_is_a_function_of_the_summary():
    """The same summary gives the same bytes."""
    assert render(example.summary(20)) == render(example.summary(20))


def test_empty_summary_is_a_page():
    """No claims at all: every part is there and says that it is empty."""
    nothing = msgspec.structs.replace(
        example.summary(0), claims=[], results=[], changes=[], missing=[], not_in_profile=[]
    )
    text = words_of(render(nothing))
    assert "0 claims of 0 sources" in text
    assert "Nothing changed." in text
    assert "No printed statement is refuted." in text
    assert "No claims were found" in text


def test_nothing_is_loaded_from_anywhere(html):
    """No address but fragments, data links and relative files; the policy forbids every request."""
    addresses = set(re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", html))
    assert not [a for a in addresses if re.match(r"[a-z]+:", a) and not a.startswith("data:")]
    assert set(re.findall(r"https?://[\w./]+", html)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html


def test_three_hundred_claims_fit(monkeypatch):
    """300 claims stay under the limit, and each distinct formula is converted once."""
    calls: Counter[str] = Counter()
    convert = formula.convert

    def counted(tex: str) -> str:
        calls[tex] += 1
        return convert(tex)

    monkeypatch.setattr(formula, "convert", counted)
    formula.formula.cache_clear()
    formula.phrase.cache_clear()
    summary = example.summary(300)
    assert len(page.render(summary, Path("/nonexistent"))) < page.LIMIT
    assert calls
    assert max(calls.values()) == 1


def with_evidence(summary: store.Summary, size: int) -> store.Summary:
    """The same results, each with a long certificate that does not compress."""
    random_text = random.Random(0)

    def heavy(result: Result) -> Result:
        blob = base64.b64encode(random_text.randbytes(size)).decode()
        link = example.evidence(
            "big", kind="float-eigenvalue-bound", size=87, matrix=blob, sha256="0", shift="1"
        )
        outcome = msgspec.structs.replace(result.judgement.outcome, evidence=(link,))
        judgement = msgspec.structs.replace(result.judgement, outcome=outcome)
        return msgspec.structs.replace(result, judgement=judgement)

    return msgspec.structs.replace(summary, results=[heavy(r) for r in summary.results])


def test_certificates_give_way_before_the_limit():
    """Many long certificates: those of other data go first, then all, and the page says where they are."""
    summary = example.summary(60)
    printed = sum(r.variant == "printed" for r in summary.results)
    assert printed < len(summary.results)
    some = page.render(with_evidence(summary, 1_500_000 // printed), Path("/nonexistent")).decode()
    none = page.render(with_evidence(summary, 60_000), Path("/nonexistent")).decode()
    assert max(len(some.encode()), len(none.encode())) <= page.LIMIT
    assert "Download what the kernel checked on the printed data" in some
    assert "this page has no room for them" in none
    assert 'id="archive"' not in none


def unpacked(text: str) -> dict[str, str]:
    """The packed bodies of a page, by anchor."""
    (link,) = re.findall(r'<script type="text/plain" id="bodies">(.*?)</script>', text)
    return dict(json.loads(gzip.decompress(base64.b64decode(link.partition("base64,")[2]))))


def test_bodies_are_packed_when_there_are_too_many_claims():
    """Hundreds of claims more: under the limit, said so, every claim has its section, nothing is lost."""
    summary = example.summary(500)
    text = page.render(summary, Path("/nonexistent")).decode()
    assert len(text.encode()) <= page.LIMIT
    assert "So many claims do not fit one page in full" in text
    seen = Outline(text)
    assert {model.anchor(item.id) for item in summary.claims} <= set(seen.ids)
    assert "the distance is 1, the off-diagonal entries differ by 2.3419" in " ".join(
        "".join(seen.text).split()
    )
    bodies = unpacked(text)
    assert len(bodies) == len(summary.claims)
    whole = page._render(summary, Path("/nonexistent"), page.FULL).decode()
    for item in summary.claims:
        body = bodies[model.anchor(item.id)]
        assert item.id in body
        assert f"pytest theorems --claim {item.id}<" in body
    said = re.findall(r"<li>[^<]{20,}</li>", "".join(bodies.values()))
    assert said
    assert all(line in whole for line in said)


def test_a_packed_page_has_a_complete_one_beside_it(tmp_path, monkeypatch):
    """It is linked and holds everything in plain sight; it goes when all fits into one page again."""
    summary = example.summary(60)
    store.write_summary(tmp_path, summary)
    whole = page.render(summary, tmp_path)
    monkeypatch.setattr(page, "LIMIT", len(page._render(summary, tmp_path, page.FULL)) - 1)
    text = report.build(tmp_path).read_text(encoding="utf-8")
    assert 'href="report-complete.html"' in text
    assert (tmp_path / "report-complete.html").read_bytes() == whole
    for item in summary.claims:
        for check in item.checks:
            assert f"<li>{check.name}: " in text
    monkeypatch.undo()
    assert report.build(tmp_path).read_bytes() == whole
    assert not (tmp_path / "report-complete.html").exists()


# --- structure -------------------------------------------------------------------------------------------


def test_parts_come_in_the_order_of_the_design(html):
    """Sentence, counts, changes, errata, claims, graph, widths, sections, provenance."""
    parts = ("counts", "changes", "errata", "claims", "graph", "vacuity", "sections", "provenance")
    places = [html.index(f'<h2 id="{part}"') for part in parts]
    assert html.index('class="sentence"') < places[0]
    assert places == sorted(places)


def test_ids_are_unique_and_fragments_lead_somewhere(outline):
    """Every internal link has its target, and no id stands twice."""
    assert [name for name, n in Counter(outline.ids).items() if n > 1] == []
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_every_claim_has_a_row_a_section_and_its_commands(html, outline):
    """Each claim is in the table and has a section with the two commands that reproduce it."""
    for item in example.summary(40).claims:
        assert item.id.replace("/", "-") in outline.ids
        assert html.count(f'<th role=rowheader scope=row><a class=id href="#{model.anchor(item.id)}">') == 1
        assert f"pytest theorems --claim {item.id}<" in html
        assert f"verify replay {item.id}<" in html


def test_aliases_are_deep_links_too(outline):
    """The id of a twin statement leads to the section of the statement."""
    assert "du2019thesis-lemma-3.9" in outline.ids


def test_sentence_counts_and_says_why_the_gate_fails(html):
    """The opening sentence has the counts, the errata and the reasons."""
    text = words_of(html[html.index('<p class="sentence">') : html.index("<nav")])
    summary = example.summary(40)
    counts = Counter(item.verdict for item in summary.claims)
    assert text.startswith("40 claims of 5 sources: ")
    assert all(f"{n} {verdict}" in text for verdict, n in counts.items())
    assert f"{counts['refuted']} errata" in text
    assert (
        "fails because 1 entry became weaker; 1 claim is newly refuted; 1 selected item did not run" in text
    )


def test_harmless_changes_pass_the_gate():
    """New and stronger entries do not fail the gate; anything that is not known to be harmless does."""
    base = one_claim()
    fine = [store.Change("a/b", "new", ""), store.Change("a/b", "stronger", "")]
    assert words.gate_reasons(msgspec.structs.replace(base, changes=fine)) == []
    odd = [store.Change("a/b", "unheard of", "")]
    assert words.gate_reasons(msgspec.structs.replace(base, changes=odd)) == ["1 unheard of"]


@pytest.mark.parametrize("verdict", words.VERDICT_MEANING)
def test_verdicts_are_words_with_icon_and_colour(verdict):
    """Each verdict is written out, has an icon of its own and a colour of its own."""
    text = render(one_claim(verdict=verdict))
    style = (page.HERE / "style.css").read_text()
    assert f'<b class="v v-{verdict}">{verdict}</b>' in text
    assert re.search(rf"\.v-{verdict}\{{color:var\(--{verdict}\);--icon:url", style)
    assert f'id="icon_{verdict}"' in text


# --- errata ----------------------------------------------------------------------------------------------


def test_errata_show_witness_correction_and_what_rests_on_them(html):
    """The first worked finding: formula, witness in numbers, corrected data with its verdict, dependants."""
    start = html.index("One Lipschitz constant")
    text = words_of(
        "<div>" + html[html.rindex("<article", 0, start) : html.index("</article>", start) + 10] + "</div>"
    )
    assert "the distance is 1, the off-diagonal entries differ by 2.3419…·10⁵ > L = 7" in text
    assert "rigorous witness" in text
    assert (
        "all diagonal entries at most C: C = L^2 + beta*(|sigma(0)| + L*sqrt(2*C/pi)) (printed: none)" in text
    )
    assert "proved" in text
    assert "Statements: lin2022review/thm-4, du2019deep/thm-6.1" in text


def test_errata_are_grouped_with_misprints_last():
    """Classes come in the fixed order; a refuted claim without a correction is its own class."""
    views = model.claim_views(example.summary(40), Path("/nonexistent"))
    kinds = [kind for kind, _, _ in model.errata(views)]
    assert kinds == ["false statement", "broken proof step", "no correction yet", "misprint"]


def test_unknown_erratum_class_is_still_shown():
    """A class that the report has not heard of is not lost."""
    text = render(
        one_claim(
            verdict="refuted", erratum=ErratumSummary("wrong sign", "x = 1", "y", "proved"), witness="x = 1"
        )
    )
    assert "Wrong sign" in text


def test_broken_proof_is_visible_where_the_statement_holds(html):
    """A certified statement whose proof is broken says so in the table and in its section."""
    assert "<i class=flag>printed proof broken</i>" in html
    assert "printed proof broken at du2019deep/lemma-G.3-step-2" in html
    assert "Its printed proof rests on" in html


# --- escaping --------------------------------------------------------------------------------------------

HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="alert(1)">&amp;\'"</style></svg>'


def test_no_text_becomes_markup():
    """Hostile text in every field of a claim adds no element, no handler and no attribute."""
    fields = ("title", "where", "note", "witness", "reason", "step_of", "module", "file", "proof")
    hostile = dict.fromkeys(fields, HOSTILE)
    texts = ("given", "uses", "proof_uses", "aliases", "same_as", "defects")
    harmless = Outline(render(one_claim(**dict.fromkeys(fields, "x"), **dict.fromkeys(texts, ("y",)))))
    marked = Outline(
        render(
            one_claim(
                **hostile,
                **dict.fromkeys(texts, (HOSTILE,)),
                printed={HOSTILE: HOSTILE},
                parts={HOSTILE: "proved"},
            )
        )
    )
    assert marked.tags["script"] == harmless.tags["script"] == 1
    assert marked.tags["img"] == 0
    assert marked.tags["style"] == 1
    assert marked.handlers == []
    assert "window.hacked = 1" in "".join(marked.text)


def test_hostile_tex_and_certificates_stay_text(html):
    """Markup inside TeX, witnesses and JSON certificates is escaped."""
    assert "<script>window.hacked" not in html
    assert html.count("<script") == 1


# --- formulas --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tex", [r"\frac{1}{", "x^{", "", r"\undefinedmacro{x}", r"\text{<script>}", r"a & b", r"\left[ x \right"]
)
def test_tex_that_does_not_convert_is_shown_as_source(tex):
    """What latex2mathml cannot convert whole is TeX in a code element with a visible note."""
    shown = formula.formula(tex)
    assert not shown.converted
    assert "<math" not in shown.html
    assert "does not convert" in shown.html


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"z \sim N", ["<mo>∼</mo>"]),
        (r"\mathrm{rank} A", ["<mi mathvariant=normal>rank</mi>", "<mspace"]),
        (r"\mathbb E \boldsymbol\beta \mathbb{R}", ["𝔼", "𝜷", "ℝ"]),
        (r"\|x\|_2", ["<mi>‖</mi>"]),
        (r"\sigma'(z)", ["<mi>σ</mi><mo lspace=0 rspace=0>′</mo>"]),
        (r"\max_{x} f", ["<munder>"]),
        (r"\exp(-x)", ["<mo form=prefix>−</mo>"]),
        (r"A \succeq B", ["<mo>⪰</mo>"]),
    ],
)
def test_formulas_are_tidied(tex, parts):
    """Relations are operators, names are upright words, styled letters are characters."""
    shown = formula.formula(tex)
    assert shown.converted
    assert all(part in shown.html for part in parts), shown.html


def test_long_formulas_can_wrap():
    """A long chain is cut before its relations, never inside parentheses; a short one stays whole."""
    long = formula.formula(
        r"\lambda_{\min}(H(0)) \ge \lambda_{\min}(H^\infty) - \|H(0) - H^\infty\|_2 \ge c\lambda_0"
    )
    assert long.html.count("<math>") >= 3
    assert "<wbr><math><mo>≥</mo>" in long.html
    inside = formula.formula(r"\Pr(aaaaaaaaaaaaaaaaaaaaaa \le bbbbbbbbbbbbbbbbbbbbbbbbb)")
    assert inside.html.count("<math>") == 1
    assert formula.formula("a = b").html.count("<math>") == 1


def test_words_between_formulas_are_text():
    """Text at top level becomes ordinary words that wrap; a hypothesis in words is not set as mathematics."""
    assert (
        "<span class=words> for all integers </span>"
        in formula.formula(r"\lambda_0 = \lambda_1 = 1 \text{ for all integers } k").html
    )
    assert formula.phrase("unit inputs, pairwise not parallel").html == "unit inputs, pairwise not parallel"
    assert "<math>" in formula.phrase("inputs with $x = 1$ only").html
    assert "<math>" in formula.phrase("R > 0").html


# --- certificates ----------------------------------------------------------------------------------------


def test_kinds_are_counted_in_words():
    """How many certificates of which kind, in the order of the evidence, and the error probabilities."""
    links = [example.evidence("s", kind="identity", left="x", right="x") for _ in range(2)]
    links.append(example.evidence("s", kind="evaluation", statement="1 < 2", point={}))
    seen = certificates.certificates(links)
    assert seen == (3, "2 identities, 1 evaluation", [])
    assert certificates.certificates([]) == (0, "", [])
    results = example.summary(30).results
    decisions = [certificates.certificates(r.judgement.outcome.evidence) for r in results]
    assert ["1/1000000000"] in [d.alphas for d in decisions]


def test_the_archive_holds_every_byte_of_every_certificate(html):
    """By claim, variant and check, as the kernel reads them; a page of forty claims embeds all."""
    results = example.summary(40).results
    (link,) = re.findall(r'id="archive" download="certificates.json.gz" href="([^"]+)"', html)
    tree = json.loads(gzip.decompress(base64.b64decode(link.partition("base64,")[2])))
    for result in results:
        links = result.judgement.outcome.evidence
        if links:
            stored = tree[result.claim][result.variant][result.check]
            assert stored == [json.loads(msgspec.json.encode(one.certificate)) for one in links]
    only = certificates.archive(results, only="printed")
    tree = json.loads(gzip.decompress(base64.b64decode(only.partition("base64,")[2])))
    assert {variant for claim in tree.values() for variant in claim} == {"printed"}


def test_long_propositions_are_cut_and_say_so():
    """Texts that no one reads to the end are cut with their length; short ones stay."""
    assert words.clip("x" * 1000, 100) == "x" * 100 + "… (1000 characters)"
    assert words.clip("x" * 130, 100) == "x" * 130


# --- numbers, widths, plots ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (4096, "4\u202f096"),
        (0.8193, "0.819"),
        (-2.5, "−2.50"),
        (3.2e17, "3.2 × 10<sup>17</sup>"),
        (1e7, "10<sup>7</sup>"),
        (1e-9, "10<sup>−9</sup>"),
        (9.9999e4, "99\u202f999"),
        (99999.9, "10<sup>5</sup>"),
        (float("inf"), "∞"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers(value, text):
    """Three significant digits, powers of ten when large or small."""
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.99982, "1 − 1.8 × 10<sup>−4</sup>"), (0.5, "0.500")]
)
def test_margins_are_not_rounded_to_one(value, text):
    """A margin just below 1 is written as its distance from 1."""
    assert words.margin(value) == text


def test_margin_just_above_one_stays_above():
    """So is one just above."""
    assert words.margin(1.0001).startswith("1 + ")


def test_what_theorems_ask_for_comes_from_claims_and_from_outcomes():
    """A width that only a result mentions is in the table, each once, the largest factor first."""
    views = model.claim_views(example.summary(40), Path("/nonexistent"))
    rows = [row for row in model.asks(views) if row.quantity == "width"]
    assert rows[0].claim == "lin2022review/thm-4"
    assert rows[0].factor == pytest.approx(3.2e17 / 4096)
    assert len({(r.claim, r.asked, r.seen) for r in rows}) == len(rows)
    assert [r.factor or 0 for r in rows] == sorted((r.factor or 0 for r in rows), reverse=True)


def test_step_sizes_and_iterations_have_their_own_scale():
    """A step size that must be small counts the other way round; each quantity has its own axis."""
    views = model.claim_views(example.summary(40), Path("/nonexistent"))
    scales = {s.quantity: s for s in model.scales(model.asks(views))}
    assert list(scales) == ["width", "step size", "iterations"]
    (step,) = scales["step size"].rows
    assert (step.asked, step.seen, step.at_most) == (1 / 8, 1.0, True)
    assert step.factor == 8
    for scale in scales.values():
        values = [v for row in scale.rows for v in (row.asked, row.seen) if v]
        assert all(4 <= scale.axis.at(v) <= plots.ROW_WIDTH - 4 for v in values)


@pytest.mark.parametrize(
    ("asked", "seen"), [(1.0, 1.0), (None, 3.0), (3.0, None), (0.0, 2.0), (1e300, 1e-300)]
)
def test_rows_of_the_scale(asked, seen):
    """Equal, missing, zero and extreme values are drawn or left out."""
    present = [v for v in (asked, seen) if v]
    drawn = plots.row(plots.span(min(present), max(present)), asked, seen)
    assert drawn.count("asked") == bool(asked)
    assert drawn.count("seen") == bool(seen)
    assert drawn.count("between") == (len(present) == 2 and asked != seen)


def test_plots_leave_out_what_cannot_be_drawn_and_say_so():
    """Not finite, or not positive on a logarithmic axis: dropped and counted."""
    series = Series("s", [1, 10, 100, 1000], [float("nan"), -1, 5, 50], "points")
    drawn = plots.draw(Plot("m", "x", "y", [series], log_x=True, log_y=True))
    assert drawn.note.startswith("2 values")
    assert drawn.body.count("h0") == 2


@pytest.mark.parametrize("value", [0.0, 3.0, -7.0, 1e300, 1e-300])
@pytest.mark.parametrize("log", [False, True])
def test_degenerate_plots_are_drawn(value, log):
    """A single value, or none that fits, gives a drawing and no error."""
    drawn = plots.draw(Plot("m", "x", "y", [Series("s", [value], [value])], log_x=log, log_y=log))
    assert "nan" not in drawn.body
    assert drawn.note or drawn.body


def test_empty_plot():
    """No series at all is said."""
    assert plots.draw(Plot("m", "x", "y", [])).note == "no finite values to draw"


def test_segments_and_arrows_are_pieces():
    """Each two points are one piece, none is dropped, an odd one is not drawn; heads are two strokes."""
    x = [float(k) for k in range(401)]
    pieces = plots.draw(Plot("m", "x", "y", [Series("s", x, x, "segments")]))
    assert (
        pieces.body.count("M") - plots.draw(Plot("m", "x", "y", [Series("s", x, x)])).body.count("M") == 199
    )
    assert pieces.note == ""
    arrows = plots.draw(
        Plot("m", "x", "y", [Series("s", [0.0, 1.0, 2.0, 2.0], [0.0, 1.0, 2.0, 2.0], "arrows")])
    )
    (path,) = re.findall(r'class="arrows s0" d="([^"]*)"', arrows.body)
    assert path.count("M") == 3, "one arrow with a head, one without length"


def test_long_series_are_thinned_and_say_so():
    """Thousands of points become at most 151, the last one included."""
    xs = [float(k) for k in range(5000)]
    drawn = plots.draw(Plot("m", "x", "y", [Series("s", xs, xs, "points")]))
    assert drawn.body.count("h0") <= plots.MAX_POINTS + 1
    assert "of 5000 points are drawn" in drawn.note


@pytest.mark.parametrize("span", [(0.0, 1.0), (-3.0, 7.0), (0.001, 0.0011), (120.0, 260.0), (-12.0, 11.0)])
@pytest.mark.parametrize("log", [False, True])
def test_ticks_are_few_and_inside(span, log):
    """One to nine ticks, all on the axis."""
    axis = plots.Axis(*span, 0, 100, log)
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 9
    assert all(-1e-6 <= axis.at(t) <= 100 + 1e-6 for t in ticks)


# --- graph -----------------------------------------------------------------------------------------------


def claim(id: str, *uses: str, proof: tuple[str, ...] = ()) -> ClaimSummary:
    """A claim that uses others."""
    return ClaimSummary(id, id, "closed-form", "", "x", "proved", uses=uses, proof_uses=proof)


def lay(*items: ClaimSummary, **alias: str) -> graph.Layout:
    """The layout of some claims."""
    return graph.layout({i.id: i for i in items}, alias)


def test_layers_follow_the_arrows():
    """What is used stands left of what uses it; a claim without relations is only listed."""
    drawn = lay(claim("a/1"), claim("a/2", "a/1"), claim("a/3", "a/2", proof=("a/1",)), claim("a/4"))
    x = {n.id: n.x for n in drawn.nodes}
    assert x["a/1"] < x["a/2"] < x["a/3"]
    assert drawn.alone == ["a/4"]
    assert [(e.used, e.user) for e in drawn.edges if e.proof] == [("a/1", "a/3")]


def test_aliases_unknown_ids_and_self_references():
    """Aliases lead to their claim; what is unknown or refers to itself is no edge."""
    drawn = lay(claim("a/1"), claim("a/2", "b", "nowhere/1", "a/2"), b="a/1")
    assert [(e.used, e.user) for e in drawn.edges] == [("a/1", "a/2")]


def test_cycles_do_not_break_the_drawing():
    """A cycle (refused elsewhere) is still drawn."""
    assert len(lay(claim("a/1", "a/2"), claim("a/2", "a/1")).nodes) == 2


def test_nodes_do_not_overlap():
    """In a graph of hundreds, no two boxes touch."""
    items = example.summary(300).claims
    nodes = lay(*items).nodes
    columns: dict[float, list[float]] = {}
    for node in nodes:
        columns.setdefault(node.x, []).append(node.y)
    for ys in columns.values():
        assert all(b - a >= graph.NODE_HEIGHT for a, b in pairwise(sorted(ys)))


def test_spaced_keeps_order_and_distance():
    """Values that are far apart stay; crowded ones spread around their mean."""
    assert graph.spaced([0, 100], 10) == [0, 100]
    assert graph.spaced([5, 5, 5], 10) == [-5, 5, 15]
    assert graph.spaced([], 10) == []


def test_script_and_python_agree_on_the_node_size():
    """Script and style have the same box sizes as the drawing."""
    script, style = (page.HERE / "script.js").read_text(), (page.HERE / "style.css").read_text()
    sizes = [graph.NODE_WIDTH, graph.NODE_HEIGHT, graph.COLUMN, graph.ROW]
    assert f"[WIDTH, HEIGHT, COLUMN, ROW] = {sizes}" in script
    assert f".node rect{{width:{graph.NODE_WIDTH}px;height:{graph.NODE_HEIGHT}px;" in style


def test_list_says_the_same_as_the_graph(html):
    """Every edge stands in the indented list, which works without a script."""
    views = model.claim_views(example.summary(40), Path("/nonexistent"))
    lines = model.used_tree(views, {})
    related = {name for v in views.values() for name in (*v.item.uses, *v.item.proof_uses)}
    assert related <= {name for _, name, _, _ in lines}
    assert sum(not again for *_, again in lines) == len({name for _, name, _, _ in lines})
    assert html.count('<li style="--depth:') == len(lines)


# --- source, style ---------------------------------------------------------------------------------------


def test_source_link_is_relative_and_exists(tmp_path):
    """From build/ the link climbs to the spec; a file that is not there gets no link."""
    (tmp_path / "theorems").mkdir()
    (tmp_path / "theorems" / "a b.py").write_text("")
    (tmp_path / "build").mkdir()
    item = one_claim(file="theorems/a b.py", line=7).claims[0]
    assert model.source_href(item, tmp_path / "build") == "../theorems/a%20b.py#L7"
    assert model.source_href(one_claim(file="theorems/none.py").claims[0], tmp_path / "build") == ""


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast_is_aa(theme):
    """Text colours reach 4.5 : 1 on paper and wash, node text on both fills (WCAG 2.2, 1.4.3)."""
    style = (page.HERE / "style.css").read_text()
    blocks = re.findall(r":root\{(?:color-scheme:light dark;)?--paper.*?\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", blocks[theme]))

    def contrast(one: str, other: str) -> float:
        low, high = sorted((_luminance(colours[one]), _luminance(colours[other])))
        return (high + 0.05) / (low + 0.05)

    for text in ("ink", "soft", "link", *words.VERDICT_MEANING, "bound", "s0", "s1", "s2", "s3"):
        for ground in ("paper", "wash"):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for fill in ("exact", "rigorous"):
        assert contrast("ink", fill) >= 4.5
        for verdict in words.VERDICT_MEANING:
            assert contrast(verdict, fill) >= 3, (verdict, fill)
