"""Untrusted search for certificates: inequalities, identities, evaluations, matrices, expectations.

Each function returns an `Outcome` that carries certificates; whatever it guesses, only the kernel's answer
counts.  A statement that is false comes back refuted with a witness, one that resists both comes back
undecided.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from flint import arb, ctx, fmpq
from msgspec.structs import replace

from verify.kernel import (
    Certificate,
    EigenvalueBound,
    Evaluation,
    ExpressionError,
    GaussianExpectation,
    Identity,
    Inequality,
    PositiveDefinite,
    Rejected,
    check,
    normal,
    sign,
    taylor,
)
from verify.kernel import expression as ex
from verify.kernel.sign import Domain, Interval
from verify.outcome import Evidence, Holds, Outcome, Refuted, Undecided

NEGATION = {"<=": ">", "<": ">=", ">=": "<", ">": "<=", "==": "!=", "!=": "=="}
MAX_LEAVES = 20_000
MOST_SHOWN = 300
"""Characters of a statement that a witness repeats; the certificate has all of them."""
_WORD = re.compile(r"[A-Za-z_]\w*")


def prove(
    statement: str,
    *,
    let: Mapping[str, Any] | None = None,
    says: str = "",
    proof: Mapping[str, Any] | None = None,
    assumes: tuple[str, ...] = (),
    **domain: str,
) -> Outcome:
    """Prove or refute a relation for all values of its variables.

    statement: ``"erf(R/sqrt(2)) < c*R/sqrt(2*pi)"``; domain: an interval for each variable,
    ``R="(0, oo)"``; let: values of the other names; proof: a proof tree of the kernel, searched for when
    left out; assumes: standard facts that glue the links.  Equalities go to `identity`.
    """
    return replace(_prove(statement, let, says, proof, domain), assumes=assumes)


def _prove(
    statement: str,
    let: Mapping[str, Any] | None,
    says: str,
    proof: Mapping[str, Any] | None,
    domain: dict[str, str],
) -> Outcome:
    bound = _used(statement, let)
    both = sorted(set(bound) & set(domain))
    if both:
        raise ExpressionError(f"{', '.join(both)}: given both a value and a domain in {statement!r}")
    left, relation, right = ex.parse_relation(statement, bound)
    if relation in ("==", "!="):
        return _identity(statement, let, says, domain)
    gap = ex.subtract(right, left) if relation in ("<=", "<") else ex.subtract(left, right)
    box = {name: sign.parse_interval(text) for name, text in domain.items()}
    missing = ex.variables(gap) - set(box)
    if missing:
        raise ExpressionError(f"{statement}: no domain and no value for {', '.join(sorted(missing))}")
    if not box:
        return evaluate(statement, let=let, says=says)
    refutation = _falsify(statement, relation, left, right, box, bound, says)
    if refutation is not None:
        return refutation
    found = proof or search(gap, box)
    if found is None:
        return Undecided(f"no proof of {statement} was found", "a proof tree, or a violating point")
    certificate = Inequality(statement, dict(domain), dict(found), bound)
    return _accepted(says or statement, certificate)


def _used(text: str, let: Mapping[str, Any] | None) -> dict[str, str]:
    words = set(_WORD.findall(text))
    return {k: str(v) for k, v in (let or {}).items() if k in words}


def _accepted(says: str, certificate: Certificate) -> Outcome:
    try:
        checked = check(certificate)
    except Rejected as rejection:
        return Undecided(f"{says}: {rejection}", "a certificate that the kernel accepts")
    return Holds(Evidence(says, certificate), margin=checked.margin)


def evaluate(
    statement: str,
    *,
    at: Mapping[str, Any] | None = None,
    let: Mapping[str, Any] | None = None,
    says: str = "",
    instance: bool = False,
    assumes: tuple[str, ...] = (),
) -> Outcome:
    """Decide a relation at one point (or without variables): holds, or refuted by the same evaluation.

    instance: the numbers in the statement are those of one instance, although no variable is left.
    """
    return replace(_evaluate(statement, at, let, says, instance), assumes=assumes)


def _evaluate(
    statement: str,
    at: Mapping[str, Any] | None,
    let: Mapping[str, Any] | None,
    says: str,
    instance: bool,
) -> Outcome:
    bound = _used(statement, let)
    ex.parse_relation(statement, bound)
    point = {k: str(v) for k, v in (at or {}).items()}
    outcome = _accepted(says or statement, Evaluation(statement, point, bound, instance))
    if outcome.status == "holds":
        return outcome
    opposite = _negated(statement)
    refutation = _accepted(f"not {says or statement}", Evaluation(opposite, point, bound, instance))
    if refutation.status == "holds":
        text = _describe(statement, point, bound)
        return Refuted(*refutation.evidence, witness=f"{says}: {text}" if says else text)
    return outcome


def _negated(statement: str) -> str:
    for token in ("<=", ">=", "==", "!=", "<", ">"):
        if token in statement:
            a, b = statement.split(token, 1)
            return f"{a.strip()} {NEGATION[token]} {b.strip()}"
    raise ExpressionError(f"expected a relation but got {statement!r}")


def _describe(statement: str, point: Mapping[str, str], let: Mapping[str, str]) -> str:
    """The witness in numbers: the point and both sides."""
    left, _, right = ex.parse_relation(statement, let)
    values = {k: ex.evaluate_exactly(ex.parse(v), {}) for k, v in point.items()}
    sides = [_number_text(side, values) for side in (left, right)]
    where = ", ".join(f"{k} = {v}" for k, v in [*point.items(), *let.items()])
    if len(statement) > MOST_SHOWN:
        statement = f"{statement[:MOST_SHOWN]}... ({len(statement)} characters)"
    return f"{statement} fails{' at ' + where if where else ''}: the sides are {sides[0]} and {sides[1]}"


def _number_text(e: ex.Expression, values: Mapping[str, fmpq]) -> str:
    """A value for people: the rational when it is short, nine digits otherwise."""
    with ctx.workprec(96):
        try:
            exact = ex.evaluate_exactly(e, values)
        except ex.NotRational:
            return ex.evaluate_ball(e, {k: arb(v) for k, v in values.items()}).str(9, radius=False)
        short = int(exact.p).bit_length() + int(exact.q).bit_length() < 120
        return str(exact) if short else arb(exact).str(9, radius=False)


def identity(
    statement: str,
    *,
    let: Mapping[str, Any] | None = None,
    says: str = "",
    assumes: tuple[str, ...] = (),
    **domain: str,
) -> Outcome:
    """Prove ``"left == right"`` by normal forms, or refute it at a point (default domain: all reals)."""
    return replace(_identity(statement, let, says, domain), assumes=assumes)


def _identity(statement: str, let: Mapping[str, Any] | None, says: str, domain: dict[str, str]) -> Outcome:
    bound = _used(statement, let)
    left, relation, right = ex.parse_relation(statement, bound)
    if relation != "==":
        raise ExpressionError(f"expected an equality but got {statement!r}")
    texts = [part.strip() for part in statement.split("==")]
    names = ex.variables(left) | ex.variables(right)
    where = {name: text for name, text in domain.items() if name in names}
    outcome = _accepted(says or statement, Identity(texts[0], texts[1], bound, where))
    if outcome.status == "holds":
        return outcome
    box = {n: sign.parse_interval(domain.get(n, "(-oo, oo)")) for n in sorted(names)}
    if not box:
        return evaluate(statement, let=let, says=says)
    return _falsify(statement, relation, left, right, box, bound, says) or outcome


# ---- witnesses

SPREAD = [fmpq(1), fmpq(1, 2), fmpq(2), fmpq(1, 10), fmpq(10), fmpq(1, 1000), fmpq(1000), fmpq(7, 3)]
SPREAD += [fmpq(1, 10**6), fmpq(10**6)]


def candidates(interval: Interval) -> list[fmpq]:
    """Points of an interval to try, simple ones first: ends, centre, near the ends, huge and tiny."""
    low, high = interval.low, interval.high
    if low is not None and high is not None:
        width = high - low
        inner = [fmpq(1, 2), fmpq(1, 4), fmpq(3, 4), fmpq(1, 100), fmpq(99, 100)]
        inner += [fmpq(1, 10**6), 1 - fmpq(1, 10**6), fmpq(5, 17), fmpq(11, 13)]
        points = [low + width * t for t in inner]
    elif low is not None:
        points = [low + s for s in SPREAD]
    elif high is not None:
        points = [high - s for s in SPREAD]
    else:
        points = [fmpq(0), *SPREAD, *(-s for s in SPREAD)]
    if low is not None and not interval.low_open:
        points.insert(0, low)
    if high is not None and not interval.high_open:
        points.insert(1, high)
    return list(dict.fromkeys(points))


def _points(box: Domain) -> Iterator[dict[str, fmpq]]:
    names = list(box)
    lists = [candidates(box[name]) for name in names]
    sizes = [len(points) for points in lists]
    if prod(sizes) <= 20_000:
        ranks = sorted(product(*(range(k) for k in sizes)), key=sum)[:4000]
    else:
        rng = random.Random(len(names))
        diagonal = [tuple(min(r, k - 1) for k in sizes) for r in range(max(sizes))]
        ranks = diagonal + [tuple(rng.randrange(k) for k in sizes) for _ in range(4000)]
    for combo in ranks:
        yield {name: points[rank] for name, points, rank in zip(names, lists, combo, strict=True)}


def _falsify(
    statement: str,
    relation: str,
    left: ex.Expression,
    right: ex.Expression,
    box: Domain,
    let: Mapping[str, str],
    says: str,
) -> Outcome | None:
    """The first simple point at which the relation certainly fails, as a refutation."""
    difference = ex.subtract(left, right)
    bad = {"<=": (1,), "<": (0, 1), ">=": (-1,), ">": (0, -1), "==": (1, -1), "!=": (0,)}[relation]
    for point in _points(box):
        try:
            value, _ = ex.decide_sign(difference, point, max_bits=256)
        except ExpressionError:
            continue
        if value in bad:
            text = {k: str(v) for k, v in point.items()}
            outcome = evaluate(statement, at=text, let=let, says=says)
            if outcome.status == "refuted":
                return outcome
    return None


# ---- proof search


def search(gap: ex.Expression, domain: Domain, depth: int = 4) -> dict[str, Any] | None:
    """A proof tree for gap >= 0, found by iterative deepening, then by bisection; None when none is found."""
    for leaves in (0, 32):
        for limit in range(depth + 1):
            found = _search(gap, domain, limit, leaves) or (_squares(gap) if limit == 0 else None)
            if found is not None:
                return found
    if domain and all(interval.compact() for interval in domain.values()):
        return bisect(gap, domain)
    return None


def _squares(gap: ex.Expression) -> dict[str, Any] | None:
    """A sum of squares for a quadratic polynomial, by completing squares over the rationals."""
    numerator, denominator = normal.normalise(gap)
    names = sorted({str(a[1]) for m in numerator for a, _ in m if a[0] == "var"})
    if (
        set(denominator) != {normal.CONSTANT}
        or any(a[0] != "var" for m in numerator for a, _ in m)
        or any(sum(k for _, k in m) > 2 for m in numerator)
    ):
        return None
    index = {name: i + 1 for i, name in enumerate(names)}
    size = len(names) + 1
    form = [[Fraction(0)] * size for _ in range(size)]
    for monomial, coefficient in numerator.items():
        places = [index[str(a[1])] for a, k in monomial for _ in range(k)]
        i, j = ([0, 0, *places])[-2:]
        value = Fraction(int(coefficient.p), int(coefficient.q)) / Fraction(str(denominator[normal.CONSTANT]))
        form[i][j] += value / 2
        form[j][i] += value / 2
    terms = []
    for k in reversed(range(size)):
        pivot = form[k][k]
        if pivot < 0 or (pivot == 0 and any(form[k])):
            return None
        if pivot == 0:
            continue
        row = [form[k][j] / pivot for j in range(size)]
        basis = ["1", *names]
        root = " + ".join(f"({row[j]})*{basis[j]}" for j in range(size) if row[j])
        square = {"by": "square", "root": root, "scale": str(pivot)}
        terms.append({"term": f"({pivot})*({root})**2", "proof": square})
        for i in range(size):
            for j in range(size):
                form[i][j] -= pivot * row[i] * row[j]
    return {"by": "sum", "terms": terms}


def _holds(gap: ex.Expression, domain: Domain, proof: Mapping[str, Any]) -> bool:
    try:
        sign.prove_nonnegative(gap, domain, proof)
    except (Rejected, ExpressionError, normal.TooLarge):
        return False
    return True


def _search(gap: ex.Expression, domain: Domain, depth: int, leaves: int) -> dict[str, Any] | None:
    """A proof tree with at most `depth` nested rules and, when `leaves` > 0, small bisections at its ends."""
    if _holds(gap, domain, {"by": "sign"}):
        return {"by": "sign"}
    if leaves and domain and all(interval.compact() for interval in domain.values()):
        boxes = bisect(gap, domain, max_leaves=leaves)
        if boxes is not None:
            return boxes
    if depth == 0:
        return None
    for name, interval in domain.items():
        if interval.sign() is None and name in ex.variables(gap):
            found = _search_split(gap, domain, name, depth, leaves)
            if found is not None:
                return found
        for end in ("low", "high"):
            value = interval.low if end == "low" else interval.high
            if value is None or name not in ex.variables(gap):
                continue
            found = _search_derivative(gap, domain, name, end, value, depth, leaves)
            if found is not None:
                return found
            if value != 0 and len(domain) > 1 and not name.endswith("_shifted"):
                found = _search_shift(gap, domain, name, end, interval, depth, leaves)
                if found is not None:
                    return found
        if interval.compact() and name in ex.variables(gap):
            found = _search_concave(gap, domain, name, interval, depth, leaves)
            if found is not None:
                return found
    return None


def _search_split(
    gap: ex.Expression, domain: Domain, name: str, depth: int, leaves: int
) -> dict[str, Any] | None:
    zero = fmpq(0)
    left = _search(
        gap, {**domain, name: domain[name]._replace(high=zero, high_open=False)}, depth - 1, leaves
    )
    if left is None:
        return None
    right = _search(gap, {**domain, name: domain[name]._replace(low=zero, low_open=True)}, depth - 1, leaves)
    return None if right is None else {"by": "split", "in": name, "at": "0", "left": left, "right": right}


def _search_derivative(
    gap: ex.Expression, domain: Domain, name: str, end: str, value: fmpq, depth: int, leaves: int
) -> dict[str, Any] | None:
    interval = domain[name]
    closed = interval._replace(low_open=False) if end == "low" else interval._replace(high_open=False)
    if not sign.is_defined(gap, {**domain, name: closed}):
        return None
    try:
        slope = ex.derivative(gap, name)
        start = ex.substitute(gap, {name: ex.number(value)})
    except ExpressionError:
        return None
    others = {k: v for k, v in domain.items() if k != name}
    below = _search(start, others, depth - 1, leaves)
    if below is None:
        return None
    interior = {**domain, name: domain[name]._replace(low_open=True, high_open=True)}
    above = _search(slope if end == "low" else ex.negate(slope), interior, depth - 1, leaves)
    if above is None:
        return None
    return {"by": "derivative", "in": name, "at": end, "start": below, "then": above}


def _search_shift(
    gap: ex.Expression, domain: Domain, name: str, end: str, interval: Interval, depth: int, leaves: int
) -> dict[str, Any] | None:
    fresh = f"{name}_shifted"
    moved, new = sign.shifted(interval, fresh, end)
    changed = {k: v for k, v in domain.items() if k != name} | {fresh: new}
    found = _search(ex.substitute(gap, {name: moved}), changed, depth - 1, leaves)
    return None if found is None else {"by": "shift", "in": name, "at": end, "then": found}


def _search_concave(
    gap: ex.Expression, domain: Domain, name: str, interval: Interval, depth: int, leaves: int
) -> dict[str, Any] | None:
    others = {k: v for k, v in domain.items() if k != name}
    parts: dict[str, Any] = {"by": "concave", "in": name}
    if not sign.is_defined(gap, {**domain, name: interval._replace(low_open=False, high_open=False)}):
        return None
    try:
        curvature = ex.negate(ex.derivative(ex.derivative(gap, name), name))
        for end, value in zip(("low", "high"), interval.ends(), strict=True):
            parts[end] = _search(ex.substitute(gap, {name: ex.number(value)}), others, depth - 1, leaves)
            if parts[end] is None:
                return None
    except ExpressionError:
        return None
    interior = {**domain, name: interval._replace(low_open=True, high_open=True)}
    parts["then"] = _search(curvature, interior, depth - 1, leaves)
    return None if parts["then"] is None else parts


def bisect(
    gap: ex.Expression, domain: Domain, bits: int = 64, max_leaves: int = MAX_LEAVES
) -> dict[str, Any] | None:
    """Adaptive bisection of a compact domain until the ball of the gap is >= 0 on every leaf."""
    names = sorted(domain)
    try:
        gradient: list[ex.Expression] | None = [ex.derivative(gap, name) for name in names]
    except ExpressionError:
        gradient = None
    leaves, code, defined = 0, [], sign.is_defined(gap, domain)
    stack = [([domain[n].ends() for n in names], 0)]
    with ctx.workprec(bits):
        while stack:
            cell, level = stack.pop()
            value = sign.box_value(gap, gradient, names, cell, defined)
            if value.is_finite() and value >= 0:
                code.append(".")
                leaves += 1
                continue
            if (value.is_finite() and value < 0) or level > 60 or leaves + len(stack) > max_leaves:
                return None
            widths = [float((high - low).p) / float((high - low).q) for low, high in cell]
            axis = max(range(len(names)), key=widths.__getitem__)
            low, high = cell[axis]
            middle = (low + high) / 2
            code.append(str(axis))
            stack.append(([*cell[:axis], (middle, high), *cell[axis + 1 :]], level + 1))
            stack.append(([*cell[:axis], (low, middle), *cell[axis + 1 :]], level + 1))
    return {"by": "boxes", "tree": "".join(code), "bits": bits, "centred": gradient is not None}


# ---- matrices and expectations

Matrix = Sequence[Sequence[Any]]


def positive_definite(matrix: Matrix, *, says: str = "") -> Outcome:
    """Exact LDL^T of a symmetric rational matrix, or a rational vector with v^T A v <= 0."""
    from numerics.spectrum import Factorisation, ldlt

    rows = [[Fraction(entry) for entry in row] for row in matrix]
    result = ldlt(rows)
    if isinstance(result, Factorisation):
        certificate = PositiveDefinite(_texts(rows), _texts(result.L), [str(p) for p in result.D])
        return _accepted(says or "the matrix is positive definite", certificate)
    return _bad_direction(_texts(rows), [str(v) for v in result.v], "0", {}, says)


def eigenvalue_above(
    matrix: Sequence[Sequence[str]], bound: str, *, let: Mapping[str, Any] | None = None, says: str = ""
) -> Outcome:
    """lambda_min(A) > bound for a symmetric matrix of closed expressions, or a vector that shows otherwise.

    Eigenvectors come from floating point; the kernel checks the congruence in balls.
    """
    import numpy as np

    everything = " ".join([bound, *(entry for row in matrix for entry in row)])
    words = _used(everything, let)
    balls = [[ex.evaluate_ball(ex.parse(entry, words), {}) for entry in row] for row in matrix]
    floats = np.array([[float(b.mid()) for b in row] for row in balls])
    _, vectors = np.linalg.eigh((floats + floats.T) / 2)
    transform = [[float(v).hex() for v in row] for row in vectors]
    certificate = EigenvalueBound([list(row) for row in matrix], bound, transform, words)
    outcome = _accepted(says or f"lambda_min > {bound}", certificate)
    if outcome.status == "holds":
        return outcome
    worst = [str(Fraction(float(v)).limit_denominator(10**6)) for v in vectors[:, 0]]
    return _bad_direction([list(row) for row in matrix], worst, bound, words, says)


def _bad_direction(
    matrix: list[list[str]], vector: list[str], bound: str, let: Mapping[str, str], says: str
) -> Outcome:
    size = range(len(matrix))
    form = " + ".join(f"({matrix[i][j]})*({vector[i]})*({vector[j]})" for i in size for j in size)
    norm = " + ".join(f"({v})**2" for v in vector)
    statement = f"{form} <= ({bound})*({norm})"
    outcome = evaluate(statement, let=let, says=says or "a direction in which the form is too small")
    if outcome.status != "holds":
        return Undecided("neither definite nor a direction against it was found", "more digits")
    shown = ", ".join(v if len(v) < 12 else f"{float(Fraction(v)):.6g}" for v in vector)
    return Refuted(*outcome.evidence, witness=f"v = ({shown}) has v^T A v <= {bound} |v|^2")


def _texts(rows: Matrix) -> list[list[str]]:
    return [[str(entry) for entry in row] for row in rows]


def expectation(
    pieces: Sequence[tuple[str, str]],
    equals: str,
    *,
    digits: int = 15,
    cut: int = 14,
    let: Mapping[str, Any] | None = None,
    says: str = "",
    assumes: tuple[str, ...] = (),
) -> Outcome:
    """Is E f(z), z ~ N(0, 1), equal to `equals` to `digits` digits?  Refuted when an enclosure excludes it.

    pieces: (right end, expression in z) from left to right, the last end being "oo".
    """
    everything = " ".join([equals, *(text for _, text in pieces)])
    words = _used(everything, let)
    bits = max(128, int(3.33 * digits) + 96)
    try:
        with ctx.workprec(bits):
            value = taylor.gaussian_expectation([(end, ex.parse(t, words)) for end, t in pieces], cut)
            target = ex.evaluate_ball(ex.parse(equals, words), {})
    except Rejected as rejection:
        return Undecided(f"{says or equals}: {rejection}", "an integrand or a cut that the kernel accepts")
    slack = f"1/10**{digits}"
    low, high = f"({equals}) - {slack}", f"({equals}) + {slack}"
    outcome = _accepted(
        says or f"E f(z) = {equals} to {digits} digits",
        GaussianExpectation(list(pieces), low, high, cut, bits, words),
    )
    if outcome.status == "holds":
        return replace(outcome, assumes=assumes)
    if value.is_finite() and not value.overlaps(target):
        centre = fmpq(*_rational(value))
        tight = GaussianExpectation(
            list(pieces), f"{centre} - {slack}", f"{centre} + {slack}", cut, bits, words
        )
        relation = ">" if value > target else "<"
        apart = Evaluation(
            f"{centre} {relation} {equals} {'+' if relation == '>' else '-'} {slack}", {}, words
        )
        links = [Evidence("enclosure of the expectation", tight), Evidence("it excludes the value", apart)]
        return Refuted(
            *links, witness=f"E f(z) = {value.str(10, radius=False)}, not {target.str(10, radius=False)}"
        )
    return outcome


def _rational(ball: arb) -> tuple[int, int]:
    mantissa, exponent = ball.mid().man_exp()
    scaled = fmpq(mantissa) * fmpq(2) ** int(exponent) * 10**18
    return int(scaled.p // scaled.q), 10**18
