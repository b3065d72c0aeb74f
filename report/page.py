"""Assembly of the page: views, templates, style and script into one self-contained file."""

import base64
import hashlib
import textwrap
from collections import Counter
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report import graph, model, plots, words
from report.certificates import Budget
from report.formula import formula, phrase
from report.witness import snippets
from verify import store

HERE = Path(__file__).parent
REPORT = "report.html"
LIMIT = 3_000_000
"""Bytes of the page (design, section 7)."""
CERTIFICATES = 1_000_000
"""Bytes of the page for certificates; less when the rest of the page is long."""
FULL, SHORT, TERSE = 0, 1, 2
"""How much of each claim is shown: `SHORT` leaves certificates and the details of corrections to
``summary.json``, `TERSE` also the formulas of the table and the witnesses against falsehoods."""


def build(folder: Path) -> Path:
    """Write ``report.html`` from ``summary.json`` in the same folder and return its path.

    Raises `verify.store.StoreError` when there is no summary, or when the folder cannot be written.
    """
    summary = store.read_summary(folder)
    html = render(summary, folder)
    path = folder / REPORT
    store.write_atomically(path, html)
    path.chmod(0o644)
    return path


def render(summary: store.Summary, folder: Path) -> bytes:
    """The page, with as much detail as `LIMIT` allows: certificates give way first."""
    page = _render(summary, folder, CERTIFICATES)
    excess = len(page) - LIMIT
    if 0 < excess < CERTIFICATES * 9 // 10:
        page = _render(summary, folder, CERTIFICATES - excess - LIMIT // 50)
    for detail in (SHORT, TERSE):
        if len(page) > LIMIT:
            page = _render(summary, folder, 0, detail)
    return page


def _render(summary: store.Summary, folder: Path, certificates: int, detail: int = FULL) -> bytes:
    views = model.claim_views(summary, folder, Budget(certificates))
    alias = model.aliases(summary.claims)
    drawing = graph.layout({name: shown.item for name, shown in views.items()}, alias)
    errata = model.errata(views)
    script = (HERE / "script.js").read_text(encoding="utf-8")
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            summary=summary,
            short=detail >= SHORT,
            terse=detail >= TERSE,
            views=views,
            alias=alias,
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
            style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    return text.encode()


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
        node_height=graph.NODE_HEIGHT,
        witnesses=model.witnesses,
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
