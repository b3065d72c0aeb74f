"""Plots as small SVG: observed points and curves against a bound, coloured by the page's CSS variables.

About one kilobyte a plot (points are one path), so that hundreds fit in the page, and dark mode and print
need no second image.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from verify.outcome import Plot, Series

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 350, 24, 182
ROW_WIDTH = 260
MAX_POINTS = 150
"""More points than this cannot be told apart at this size; they are thinned, and the caption says so."""


class Legend(NamedTuple):
    """One curve in the legend: its CSS class, label and sample."""

    label: str
    sample: Markup


class Drawing(NamedTuple):
    """The inside of an SVG, what stands beside it, and what was left out."""

    body: Markup
    legend: list[Legend]
    note: str


class Axis(NamedTuple):
    """A linear or logarithmic map from data to pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Pixel of a value."""
        value = math.log10(value) if self.log else value
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """At most seven round values inside the range."""
        return _log_ticks(self.low, self.high) if self.log else _linear_ticks(self.low, self.high)


def draw(plot: Plot) -> Drawing:
    """The drawing of a plot."""
    kept = [_usable(series, plot) for series in plot.series]
    dropped = sum(len(s.x) for s in plot.series) - sum(map(len, kept))
    shown = [_thinned(points) for points in kept]
    xs = [x for points in kept for x, _ in points]
    ys = [y for points in kept for _, y in points]
    if not xs:
        return Drawing(Markup(""), [], "no finite values to draw")
    across = _axis(xs, LEFT, RIGHT, plot.log_x)
    up = _axis(ys, BOTTOM, TOP, plot.log_y)
    body = [_frame(across, up, plot)]
    legend = []
    for number, (series, points) in enumerate(zip(plot.series, shown, strict=True)):
        name = "bound" if series.style == "bound" else f"s{number % 4}"
        body.append(_curve(points, across, up, series.style, name))
        legend.append(Legend(series.label, _sample(series.style, name)))
    return Drawing(Markup("".join(body)), legend, _note(dropped, kept, shown))


def _note(dropped: int, kept: list[list[tuple[float, float]]], shown: list[list[tuple[float, float]]]) -> str:
    notes = []
    if dropped:
        notes.append(
            f"{dropped} values that are not finite, or not positive on a logarithmic axis, are left out"
        )
    total, drawn = sum(map(len, kept)), sum(map(len, shown))
    if drawn < total:
        notes.append(f"{drawn} of {total} points are drawn")
    return "; ".join(notes)


def _usable(series: Series, plot: Plot) -> list[tuple[float, float]]:
    def fits(value: float, log: bool) -> bool:
        return math.isfinite(value) and (value > 0 or not log)

    pairs = zip(series.x, series.y, strict=False)
    return [(x, y) for x, y in pairs if fits(x, plot.log_x) and fits(y, plot.log_y)]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = -(-len(points) // MAX_POINTS)
    return points if step <= 1 else points[:-1:step] + points[-1:]


def _axis(values: list[float], start: float, end: float, log: bool) -> Axis:
    scaled = [math.log10(v) for v in values] if log else values
    low, high = min(scaled), max(scaled)
    pad = 0.04 * (high - low) or abs(high) * 0.1 or 0.5
    return Axis(low - pad, high + pad, start, end, log)


def _linear_ticks(low: float, high: float) -> list[float]:
    raw = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= raw)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.ceil(low), math.floor(high) + 1)
    if len(decades) >= 2:
        step = -(-len(decades) // 7)
        return [10.0**k for k in decades if k % step == 0 and abs(k) < 300]
    candidates = [d * 10.0**k for k in range(math.floor(low), math.ceil(high) + 1) for d in (1, 2, 5)]
    inside = [v for v in candidates if low <= math.log10(v) <= high]
    return inside or [10.0 ** ((low + high) / 2)]


def _frame(across: Axis, up: Axis, plot: Plot) -> str:
    parts = [f'<path class=axis d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>']
    for value in across.ticks():
        x = _number(across.at(value))
        parts.append(f"<text x={x} y={BOTTOM + 15} class=mid>{_tick(value, across.log)}</text>")
        parts.append(f'<path class=tick d="M{x} {BOTTOM}v4"/>')
    for value in up.ticks():
        y = _number(up.at(value))
        parts.append(
            f"<text x={LEFT - 6} y={_number(up.at(value) + 3.5)} class=end>{_tick(value, up.log)}</text>"
        )
        parts.append(f'<path class=grid d="M{LEFT} {y}H{RIGHT}"/>')
    parts.append(f"<text x=2 y=12>{escape(plot.y_label)}</text>")
    parts.append(f"<text x={RIGHT} y={HEIGHT - 6} class=end>{escape(plot.x_label)}</text>")
    return "".join(parts)


def _tick(value: float, log: bool) -> str:
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    if -3 <= exponent <= 3:
        return f"{value:.6g}".replace("-", "−")
    mantissa = value / 10.0**exponent
    lead = "" if log and abs(mantissa - 1) < 1e-6 else f"{mantissa:.3g}·".replace("-", "−")
    power = str(exponent).replace("-", "−")
    return f"{lead}10<tspan dy=-4 class=power>{power}</tspan>"


def _curve(points: list[tuple[float, float]], across: Axis, up: Axis, style: str, name: str) -> str:
    pixels = [f"{_number(across.at(x))} {_number(up.at(y))}" for x, y in points]
    if not pixels:
        return ""
    if style == "points":
        return f'<path class="points {name}" d="{"".join(f"M{p}h0" for p in pixels)}"/>'
    joined = "M" + pixels[0] + "".join(f"L{b}" for a, b in pairwise(pixels) if a != b)
    return f'<path class="line {name}" d="{joined}"/>'


def _sample(style: str, name: str) -> Markup:
    mark = (
        '<path class="points {}" d="M5 5h0M15 5h0"/>'
        if style == "points"
        else '<path class="line {}" d="M0 5H20"/>'
    )
    return Markup(
        '<svg class="plot sample" viewBox="0 0 20 10" aria-hidden=true>' + mark.format(name) + "</svg>"
    )


def span(low: float, high: float) -> Axis:
    """The common logarithmic axis of the rows of a table; a few decades even when all values are close."""
    down, up = math.log10(low), math.log10(high)
    room = max(0.05 * (up - down), 0.5 if up - down < 1 else 0.0)
    return Axis(down - room, up + room, 4, ROW_WIDTH - 4, log=True)


def row_axis(axis: Axis) -> Markup:
    """The tick labels of `span`, for the head of the column."""
    parts = []
    for value in axis.ticks():
        x = axis.at(value)
        side = "start" if x < 20 else "end" if x > ROW_WIDTH - 20 else "mid"
        parts.append(f"<text x={_number(x)} y=12 class={side}>{_tick(value, True)}</text>")
        parts.append(f'<path class=tick d="M{_number(x)} 15v3"/>')
    return Markup("".join(parts))


def row(axis: Axis, asked: float | None, seen: float | None) -> Markup:
    """One row: a bar at what is asked, a dot at what was seen, and a line between them."""
    places = [axis.at(v) for v in (asked, seen) if v is not None and v > 0]
    if not places:
        return Markup("")
    low, high = min(places), max(places)
    parts = [f'<path class=between d="M{_number(low)} 7H{_number(high)}"/>'] if high > low else []
    if asked is not None and asked > 0:
        parts.append(f'<path class=asked d="M{_number(axis.at(asked))} 1v12"/>')
    if seen is not None and seen > 0:
        parts.append(f"<circle class=seen cx={_number(axis.at(seen))} cy=7 r=3.5 />")
    return Markup("".join(parts))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
