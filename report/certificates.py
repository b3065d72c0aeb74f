"""Certificates for the reader: JSON when short, an abridged form and a download link when long.

A page-wide budget decides which long certificates are embedded; the rest is named with its size and
stays in ``summary.json``, where ``verify replay`` finds it.
"""

import base64
import gzip
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from markupsafe import Markup

from report.words import clip
from verify.outcome import Evidence

VISIBLE = 4096
"""Bytes of pretty JSON that are shown whole."""
SHOWN = 4
"""Certificates of a run that are shown; the rest is in the download."""
LONG_TEXT, LONG_LIST, LONG_TITLE = 72, 6, 200


class CertificateView(NamedTuple):
    """A certificate as shown: what it says, its kind, JSON (whole or abridged) and its error probability."""

    says: str
    kind: str
    json: Markup
    whole: bool
    alpha: str


class Bundle(NamedTuple):
    """The certificates of a run: how many, the first ones, and a link to all when these are not all."""

    total: int
    shown: list[CertificateView]
    whole: bool
    size: int
    href: str
    alphas: list[str]


class Budget:
    """How many bytes of certificates the page may still take."""

    def __init__(self, total: int) -> None:
        self.left = total

    def take(self, size: int) -> bool:
        """Whether `size` more bytes fit; if so they are counted."""
        if size > self.left:
            return False
        self.left -= size
        return True


def bundle(evidence: Sequence[Evidence], budget: Budget) -> Bundle:
    """What the page shows of the evidence of a run."""
    raw = msgspec.json.encode([link.certificate for link in evidence])
    shown = [_view(link, budget) for link in evidence[:SHOWN]]
    whole = len(evidence) <= SHOWN and all(c.whole for c in shown)
    alphas = {alpha for link in evidence if (alpha := getattr(link.certificate, "alpha", ""))}
    href = "" if whole else _link(raw, budget)
    return Bundle(len(evidence), [c for c in shown if c.json], whole, len(raw), href, sorted(alphas))


def _view(evidence: Evidence, budget: Budget) -> CertificateView:
    raw = msgspec.json.encode(evidence.certificate)
    record = msgspec.json.decode(raw)
    pretty = msgspec.json.format(raw, indent=1).decode()
    short = abridged(record)
    whole = short == record and len(pretty) <= VISIBLE
    text = pretty if whole else msgspec.json.format(msgspec.json.encode(short), indent=1).decode()
    if len(text) > VISIBLE:
        text = text[:VISIBLE].rsplit("\n", 1)[0] + "\n …"
    if not budget.take(len(text)):
        text, whole = "", False
    says = clip(evidence.says, LONG_TITLE)
    return CertificateView(says, record["kind"], _escaped(text), whole, str(record.get("alpha", "")))


def _link(raw: bytes, budget: Budget) -> str:
    """A data: link to gzipped JSON, or nothing when the page has no room for it."""
    if budget.left <= 0:
        return ""
    packed = base64.b64encode(gzip.compress(raw, mtime=0)).decode()
    return f"data:application/gzip;base64,{packed}" if budget.take(len(packed)) else ""


def abridged(value: Any) -> Any:
    """The same record with long texts and long lists cut, and what was cut counted."""
    if isinstance(value, str) and len(value) > 2 * LONG_TEXT:
        return f"{value[:LONG_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        kept = [abridged(v) for v in value[:LONG_LIST]]
        return (
            [*kept, f"… ({len(value)} entries)"]
            if len(value) > LONG_LIST + 2
            else [abridged(v) for v in value]
        )
    if isinstance(value, dict):
        return {k: abridged(v) for k, v in value.items()}
    return value


def _escaped(text: str) -> Markup:
    """Escaped for element content only: quotes stay, which halves the size of JSON."""
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
