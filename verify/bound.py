"""What a convergence theorem asks for on given data: width, step size, rate and number of iterations.

`report` returns plain data, `text` the lines that `verify bound` prints; the formulas are in
`verify.bound_table`, the data's part in `verify.bound_data`. Every number is an enclosure, rounded outwards.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from numerics.balls import ball, exact_rational, precision
from verify import bound_data
from verify.bound_table import THEOREMS, Problem, Theorem
from verify.claim import SpecError

_BITS = 128
_CONVOLUTIONAL = "convolutional ResNet"


def report(
    data: Path,
    theorem: str,
    *,
    labels: Path | None = None,
    label_bound: float | None = None,
    normalise: bool = False,
    activation: str | None = None,
    depth: int | None = None,
    c_res: str = "1/2",
    lambda0: str | None = None,
    delta: str = "0.05",
    epsilon: str = "1e-6",
    width: int | None = None,
    filter_size: int | None = None,
) -> dict[str, Any]:
    """Everything `verify bound` prints, as plain data. Raises SpecError, in one line, for bad input."""
    if theorem not in THEOREMS:
        raise SpecError(f"expected a theorem among {', '.join(THEOREMS)} but got {theorem!r}")
    row = THEOREMS[theorem]
    shallow = row.network == "two-layer ReLU"
    if shallow and (depth is not None or activation is not None):
        raise SpecError(f"expected no --depth and no --activation for {theorem}: a two-layer ReLU network")
    if depth is not None and depth < 1:
        raise SpecError(f"expected a depth >= 1 but got {depth}")
    if width is not None and width < 1:
        raise SpecError(f"expected a width >= 1 but got {width}")
    pixels = row.network == _CONVOLUTIONAL
    if filter_size is not None and not (pixels and filter_size >= 1 and filter_size % 2):
        wanted = "an odd --filter-size >= 1" if pixels else "no --filter-size"
        raise SpecError(f"expected {wanted} for a {row.network} network but got {filter_size}")
    chances = [_fraction_of_one(name, text) for name, text in (("delta", delta), ("epsilon", epsilon))]
    found = bound_data.read_data(data, labels, label_bound, normalise, pixels=pixels)
    layers = 1 if shallow else depth or 2
    if row.network in ("ResNet", _CONVOLUTIONAL) and layers < 2:
        raise SpecError(
            f"expected a depth >= 2 for a {row.network}, whose first layer has no skip, but got {layers}"
        )
    filter_size = (filter_size or 3) if pixels else None
    branch = _fraction_of_one("c-res", c_res)
    lam = _lambda(row, found, activation or "softplus", layers, branch, filter_size, lambda0)
    with precision(_BITS):
        balls = [ball(value) for value in chances]
        problem = Problem(len(found.X), layers, lam, balls[0], ball(found.label_bound), balls[1])
        answer = _facts(theorem, row, found, problem, shallow, activation, chances, lambda0)
        if found.shape is not None:
            answer |= {"d": found.shape[0], "pixels": found.shape[1], "filter_size": filter_size}
        if answer["positive"]:
            answer |= _requirements(row, problem, width)
    return answer


def _fraction_of_one(name: str, text: str) -> Any:
    try:
        value = exact_rational(text)
    except (ValueError, TypeError):
        value = None
    if value is None or not 0 < value < 1:
        raise SpecError(f"expected {name} in (0, 1) but got {text!r}")
    return value


def _lambda(
    row: Theorem,
    data: bound_data.Data,
    activation: str,
    depth: int,
    c_res: Any,
    filter_size: int | None,
    lambda0: str | None,
) -> Any:
    if lambda0 is not None:
        return bound_data.given_lambda(lambda0)
    if row.network == "two-layer ReLU":
        return bound_data.shallow_lambda(data.X)
    function = bound_data.activation_named(activation)
    try:
        if data.shape is not None and filter_size is not None:
            images = data.X.reshape(-1, *data.shape)
            return bound_data.conv_lambda(images, function, depth, c_res, filter_size)
        return bound_data.deep_lambda(data.X, function, depth, c_res if row.network == "ResNet" else None)
    except ValueError as error:
        raise SpecError(f"no enclosure of lambda_0 for {activation} at depth {depth}: {error}") from None


def _ends(value: Any) -> list[float | None]:
    """Lower and upper end as floats, rounded outwards; None where there is none, or none below 1.8e308."""
    if not value.is_finite():
        return [None, None]
    low = math.nextafter(float(value.lower()), -math.inf)
    high = math.nextafter(float(value.upper()), math.inf)
    return [low, high if math.isfinite(high) else None]


def _facts(
    theorem: str,
    row: Theorem,
    found: bound_data.Data,
    p: Problem,
    shallow: bool,
    activation: str | None,
    chances: list[Any],
    lambda0: str | None,
) -> dict[str, Any]:
    return {
        "theorem": theorem,
        "title": row.title,
        "constants": row.origin,
        "unknown_constants": list(row.unknown),
        "n": len(found.X),
        "d": int(found.X.shape[1]),
        "depth": None if shallow else p.depth,
        "activation": "relu" if shallow else activation or "softplus",
        "delta": float(chances[0]),
        "epsilon": float(chances[1]),
        "label_bound": found.label_bound,
        "closest_rows": found.closest and {"rows": list(found.closest[:2]), "angle": found.closest[2]},
        "lambda0": _ends(p.lam),
        "lambda0_is": "given" if lambda0 is not None else "certified",
        "positive": bool(p.lam > 0),
    }


def _requirements(row: Theorem, p: Problem, width: int | None) -> dict[str, Any]:
    """Width terms, step size, iterations, and how far `width` is from what is needed."""
    terms = row.terms(p)
    uppers = [float(term.value.upper()) if term.value.is_finite() else math.inf for term in terms]
    dominant = max(range(len(terms)), key=uppers.__getitem__)
    largest = terms[dominant].value
    formula, time = row.time(p)
    explicit = not row.unknown
    step = row.step(p) if row.step else None
    answer: dict[str, Any] = {
        "width_terms": [
            {"for": term.purpose, "formula": term.formula, "value": _ends(term.value)} for term in terms
        ],
        "dominant": terms[dominant].purpose,
        "explicit": explicit,
        "width": _whole(largest) if explicit else None,
        "step_size": step and {"formula": step[0], "value": _ends(step[1])},
        "rate": row.rate,
        "iterations": {"formula": formula, "value": _ends(time)},
    }
    if width is not None:
        short = _ends(largest / width)
        answer["given_width"] = {"m": width, "needed_over_given": short}
        answer["given_width"]["enough"] = width >= answer["width"] if explicit else None
    return answer


def _whole(value: Any) -> int:
    """The least integer that is certainly at least `value`."""
    return int(value.upper().ceil().unique_fmpz())


def text(answer: dict[str, Any]) -> list[str]:
    """The lines that `verify bound` prints."""
    low, high = answer["lambda0"]
    lines = [f"{answer['theorem']}  {answer['title']}"]
    rows = "rows of norm 1" if "pixels" not in answer else f"p = {answer['pixels']} pixels, inputs of norm 1"
    lines.append(f"  data: n = {answer['n']}, d = {answer['d']}, {rows}, |y| <= {answer['label_bound']:.6g}")
    if answer["depth"] is not None:
        filters = f", filters of {answer['filter_size']} pixels" if "pixels" in answer else ""
        lines.append(f"  network: {answer['activation']}, H = {answer['depth']} hidden layers{filters}")
    if answer["closest_rows"]:
        i, j = answer["closest_rows"]["rows"]
        lines.append(
            f"  closest pair of directions: rows {i} and {j}, angle {answer['closest_rows']['angle']:.6g}"
        )
    known = "no enclosure" if low is None else f"in [{low:.10g}, {high:.10g}], {answer['lambda0_is']}"
    lines.append(f"  lambda_0 {known}")
    if "pixels" in answer and answer["lambda0_is"] == "certified":
        lines.append("  of the network's limit, with its factor (c_res/H)^2, which Definition 7.1 omits")
    if not answer["positive"]:
        return [*lines, "  lambda_0 > 0 is not certified: the theorem says nothing here"]
    explicit = answer["explicit"]
    lines.append(f"  {answer['constants']}")
    if not explicit:
        lines.append(f"  unknown: {'; '.join(answer['unknown_constants'])}")
        lines.append("  values below are for c = C = 1 and, where they occur, c' = C' = 0")
    lines.append(f"  width, with probability 1 - {answer['delta']:g}:")
    for term in answer["width_terms"]:
        mark = "*" if term["for"] == answer["dominant"] else " "
        lines.append(f"  {mark} {term['for']}: {term['formula']} = {_span(term['value'])}")
    lines.append(f"    the term marked * dominates{'' if explicit else ', up to the constant'}")
    if answer["step_size"]:
        lines.append(
            f"  step size eta <= {answer['step_size']['formula']} = {_span(answer['step_size']['value'])}"
        )
    lines.append(f"  rate {answer['rate']}")
    unit = "" if answer["step_size"] is None else "iterations "
    value = _span(answer["iterations"]["value"])
    lines.append(f"  to eps = {answer['epsilon']:g}: {unit}{answer['iterations']['formula']} = {value}")
    if "given_width" in answer:
        lines.append(f"  {_distance(answer)}")
    return lines


def _span(ends: list[float | None]) -> str:
    low, high = ends
    if low is None or high is None:
        return "no value"
    return f"{high:.4g}" if f"{low:.4g}" == f"{high:.4g}" else f"[{low:.4g}, {high:.4g}]"


def _distance(answer: dict[str, Any]) -> str:
    given = answer["given_width"]
    short = _span(given["needed_over_given"])
    if not answer["explicit"]:
        return f"width {given['m']}: enough only if the hidden factor is below 1/{short}"
    if given["enough"]:
        return f"width {given['m']} is enough (needed/given = {short})"
    return f"width {given['m']} is too small by a factor of {short}"
