"""What became of a claim over past runs: a sentence, and a sparkline where something moved."""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from report.words import count
from verify.store import Mark, Past

STEP, HEIGHT, STRIP = 9, 18, 4
"""Pixels of a run, of the drawing, and of the strip of verdicts below the curve of margins."""


class Course(NamedTuple):
    """The past of a claim in words, and drawn when its verdict or its margin changed."""

    text: str
    drawing: Markup
    width: int


def courses(past: Iterable[Past], profile: str) -> dict[str, Course]:
    """The course of every claim over the runs of one profile, oldest first; claims seen twice at least."""
    seen: dict[str, list[tuple[Past, Mark]]] = {}
    for run in past:
        if run.profile == profile:
            for name, mark in run.claims.items():
                seen.setdefault(name, []).append((run, mark))
    return {name: _course(marks) for name, marks in seen.items() if len(marks) > 1}


def _course(marks: list[tuple[Past, Mark]]) -> Course:
    runs = count(len(marks), "run")
    moved = [
        (run, before.verdict, now.verdict)
        for (_, before), (run, now) in pairwise(marks)
        if before.verdict != now.verdict
    ]
    margins = [m.margin for _, m in marks if m.margin is not None]
    drifting = bool(margins) and (len(margins) < len(marks) or max(margins) != min(margins))
    if not moved and not drifting:
        return Course(f"the same in the last {runs}", Markup(""), 0)
    said = [f"{was} became {now} on {run.started[:10]} (commit {run.commit})" for run, was, now in moved[-3:]]
    if drifting:
        said.append(f"margin between {min(margins):.4g} and {max(margins):.4g}")
    return Course(f"{'; '.join(said)}; {runs}", _drawing([m for _, m in marks]), STEP * len(marks))


def _drawing(marks: list[Mark]) -> Markup:
    """Margins as a curve on their own scale, verdicts as a strip of marks in the colours of the verdicts."""
    margins = [m.margin for m in marks if m.margin is not None and math.isfinite(m.margin)]
    low, high = (min(margins), max(margins)) if margins else (0.0, 1.0)
    top, bottom = 2, HEIGHT - STRIP - 3

    def place(i: int, margin: float) -> str:
        share = (margin - low) / (high - low) if high > low else 0.5
        return f"{STEP * i + STEP / 2:.1f} {bottom - share * (bottom - top):.1f}"

    points = [place(i, m.margin) for i, m in enumerate(marks) if m.margin is not None]
    parts = [f'<path class="line s0" d="M{"L".join(points)}"/>'] if len(points) > 1 else []
    for i, mark in enumerate(marks):
        x, y = STEP * i + 1, HEIGHT - STRIP
        parts.append(f'<path class="mark v-{mark.verdict}" d="M{x} {y}h{STEP - 2}v{STRIP}h{2 - STEP}z"/>')
    return Markup("".join(parts))
