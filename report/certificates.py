"""Certificates for the reader: JSON when short, an abridged form and a download link when long.

A page-wide budget decides which long certificates are embedded; the rest is named with its size and
stays in ``summary.json``, where ``verify replay`` finds it.
"""

import base64
import gzip
from typing import Any, NamedTuple

import msgspec
from markupsafe import Markup

from verify.outcome import Evidence

VISIBLE = 4096
"""Bytes of pretty JSON that are shown whole."""
LONG_TEXT, LONG_LIST = 72, 6


class CertificateView(NamedTuple):
    """A certificate as shown: what it says, its kind, JSON (whole or abridged), and a link to all of it."""

    says: str
    kind: str
    json: Markup
    whole: bool
    size: int
    href: str
    alpha: str


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


def view(evidence: Evidence, budget: Budget) -> CertificateView:
    """What the page shows of one piece of evidence."""
    raw = msgspec.json.encode(evidence.certificate)
    record = msgspec.json.decode(raw)
    pretty = msgspec.json.format(raw, indent=1)
    short = abridged(record)
    whole = short == record and len(pretty) <= VISIBLE
    text = pretty.decode()
    if not whole:
        text = msgspec.json.format(msgspec.json.encode(short), indent=1).decode()
        if len(text) > VISIBLE:
            text = text[:VISIBLE].rsplit("\n", 1)[0] + "\n …"
    if not budget.take(len(text)):
        text = ""
    href = "" if whole and text else _link(raw, budget)
    return CertificateView(
        evidence.says, record["kind"], _escaped(text), whole, len(raw), href, str(record.get("alpha", ""))
    )


def _link(raw: bytes, budget: Budget) -> str:
    """A data: link to the gzipped JSON, or nothing when the page has no room for it."""
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
