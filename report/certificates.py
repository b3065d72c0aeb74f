"""Certificates for the reader: what kinds a run has, and all of them as one compressed file in the page.

Certificates of one theory resemble each other, so that one archive is a tenth of the size of the JSON; the
page's script cuts out what belongs to one claim.
"""

import base64
import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from report.words import count
from verify.outcome import Evidence
from verify.verdict import Result


class Certificates(NamedTuple):
    """The certificates of a run: how many, of which kinds in words, and their error probabilities."""

    total: int
    kinds: str
    alphas: list[str]


def certificates(evidence: Sequence[Evidence]) -> Certificates:
    """What the page says of the evidence of a run."""
    kinds = Counter(_kind(link) for link in evidence)
    said = ", ".join(count(n, kind, PLURALS.get(kind, "")) for kind, n in kinds.items())
    alphas = {alpha for link in evidence if (alpha := getattr(link.certificate, "alpha", ""))}
    return Certificates(len(evidence), said, sorted(alphas))


PLURALS = {"identity": "identities", "inequality": "inequalities"}


def _kind(link: Evidence) -> str:
    return str(type(link.certificate).__struct_config__.tag).replace("-", " ")


def archive(results: Iterable[Result], *, only: str = "") -> str:
    """A data: link to the gzipped JSON {claim: {variant: {check: [certificate, ...]}}}.

    only: leave out what does not belong to this variant ("printed").
    """
    tree: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for result in results:
        links = result.judgement.outcome.evidence
        if links and only in ("", result.variant):
            claim = tree.setdefault(result.claim, {}).setdefault(result.variant, {})
            claim[result.check] = [link.certificate for link in links]
    return data_link(msgspec.json.encode(tree))


def data_link(raw: bytes) -> str:
    """Bytes as a data: link to a gzip file."""
    packed = base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()
    return f"data:application/gzip;base64,{packed}"
