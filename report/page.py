"""Assembly of the page: views, templates, style and script into one self-contained file."""

import base64
import hashlib
import textwrap
from collections import Counter
from functools import lru_cache
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report import graph, model, plots, words
from report.certificates import archive, data_link
from report.formula import formula, phrase
from report.witness import snippets
from verify import store

HERE = Path(__file__).parent
REPORT, COMPLETE = "report.html", "report-complete.html"
PRINTED = model.PRINTED
FULL, PACKED, TIGHT, BARE = 0, 1, 2, 3
"""How much of a section stands in the page as it is."""
SEPARATOR = "\0"
"""Between the bodies of the claims."""
LIMIT = 3_000_000
"""Bytes of the page (design, section 7)."""


def build(folder: Path) -> Path:
    """Write ``report.html`` from ``summary.json`` in the same folder and return its path.

    Where the page has to pack something, ``report-complete.html`` beside it has everything in plain sight.
    Raises `verify.store.StoreError` when there is no summary, or when the folder cannot be written.
    """
    page, complete = pages(store.read_summary(folder), folder)
    path = folder / REPORT
    store.write_atomically(path, page)
    path.chmod(0o644)
    if complete:
        store.write_atomically(folder / COMPLETE, complete)
        (folder / COMPLETE).chmod(0o644)
    else:
        (folder / COMPLETE).unlink(missing_ok=True)
    return path


def render(summary: store.Summary, folder: Path) -> bytes:
    """The page with as much as `LIMIT` allows."""
    return pages(summary, folder)[0]


def pages(summary: store.Summary, folder: Path) -> tuple[bytes, bytes]:
    """The page with as much as `LIMIT` allows, and the complete one where that is not the same, else nothing.

    When the claims do not fit in full, the bodies of their sections (all but statement, verdict and witness)
    are packed and unfolded by the page's script, at `TIGHT` the hypotheses too, at `BARE` the statement;
    certificates of other than the printed data give way, and at last all of them.
    """
    links = [archive(summary.results, only=only) for only in ("", PRINTED)]
    says = ("everything that the kernel checked", "what the kernel checked on the printed data")
    offers = [
        f'<a id="archive" download="certificates.json.gz" href="{link}">Download {text}</a> '
        '<span class="note">(JSON, gzip; by claim, variant of the data, check)</span>'
        for link, text in zip(links, says, strict=True)
    ]
    complete = b""
    for packed in (FULL, PACKED, TIGHT, BARE):
        page = _render(summary, folder, packed, len(complete))
        for offer in map(str.encode, offers):
            if len(page) + len(offer) <= LIMIT:
                return page.replace(PLACE, offer), complete
        complete = complete or page.replace(PLACE, offers[0].encode())
    return page.replace(PLACE, b"in <code>summary.json</code>; this page has no room for them"), complete


PLACE = b"@@certificates@@"


def _render(summary: store.Summary, folder: Path, packed: int, complete: int = 0) -> bytes:
    views = model.claim_views(summary, folder)
    alias = model.aliases(summary.claims)
    drawing = graph.layout({name: shown.item for name, shown in views.items()}, alias)
    errata = model.errata(views)
    script = (HERE / "script.js").read_text(encoding="utf-8")
    environment = _environment()
    shared = {
        "summary": summary,
        "packed": packed >= PACKED,
        "tight": packed >= TIGHT,
        "bare": packed >= BARE,
        "views": views,
        "alias": alias,
        "drawn": {p.id for _, _, group in errata for c in group for p in model.first_plots(c)},
    }
    bodies = ""
    if packed:
        text = environment.get_template("bodies.html.j2").render(shared)
        anchors = [shown.anchor for shown in views.values()]
        bodies = data_link(msgspec.json.encode(dict(zip(anchors, text.split(SEPARATOR)[:-1], strict=True))))
    page = environment.get_template("report.html.j2").render(
        shared,
        errata=errata,
        sources=sorted({shown.source for shown in views.values()}),
        counts=Counter((c.verdict, c.strength) for c in summary.claims),
        verdicts=Counter(c.verdict for c in summary.claims),
        reasons=words.gate_reasons(summary),
        failing=words.failing(summary.changes),
        graph=drawing,
        number={node.id: i for i, node in enumerate(drawing.nodes)},
        tree=model.used_tree(views, alias),
        scales=model.scales(model.asks(views)),
        refuted=sum(len(group) for _, _, group in errata),
        bodies=bodies,
        complete_name=COMPLETE,
        complete_size=f"{complete / 1e6:.1f} MB",
        place=PLACE.decode(),
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page.encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(
        formula=formula,
        phrase=phrase,
        words=words,
        node_width=graph.NODE_WIDTH,
        witnesses=model.witnesses,
        first_plots=model.first_plots,
        separator=SEPARATOR,
        snippets=snippets,
        row_axis=plots.row_axis,
        row=plots.row,
        row_width=plots.ROW_WIDTH,
    )
    environment.filters.update(
        anchor=model.anchor, number=words.number, margin=words.margin, paragraphs=paragraphs, clip=words.clip
    )
    return environment


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, dedented and each on one line."""
    first, _, rest = text.partition("\n")
    whole = f"{first}\n{textwrap.dedent(rest)}"
    return [" ".join(block.split()) for block in whole.split("\n\n") if block.strip()]
