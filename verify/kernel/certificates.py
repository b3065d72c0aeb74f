"""The certificates: what makes an exact or rigorous outcome checkable by someone else.

Each kind is a plain, strict record (JSON: exact rationals, dyadic balls as hex, hex floats) and `check`
is the only function that turns one into a `Checked` proposition.  The checkers use the kernel's own
arithmetic and share no code with the engines that produced the certificate.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat, fmpz

from verify.kernel import expression as ex
from verify.kernel import normal, sign, taylor
from verify.kernel.sign import Rejected

Strength: TypeAlias = Literal["exact", "rigorous", "statistical"]
Reach: TypeAlias = Literal["universal", "domain", "instance"]


class Checked(msgspec.Struct, frozen=True):
    """What the kernel vouches for: a proposition, how strongly, and how far it reaches."""

    proposition: str
    strength: Strength
    reach: Reach
    margin: float | None = None


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", omit_defaults=True):
    """Base of all certificates."""


class Identity(Record, frozen=True, tag="identity"):
    """Two expressions have the same normal form (rational identity modulo the atoms' relations).

    With a `domain`, both sides are certainly defined on all of it; without one they agree where they are.
    """

    left: str
    right: str
    let: dict[str, str] = {}
    domain: dict[str, str] = {}


class Inequality(Record, frozen=True, tag="inequality"):
    """A relation <=, <, >=, > on a domain, with a proof tree (see `verify.kernel.sign`)."""

    statement: str
    domain: dict[str, str]
    proof: dict[str, Any]
    let: dict[str, str] = {}


class Evaluation(Record, frozen=True, tag="evaluation"):
    """A relation at one point, or without variables, decided exactly or in balls.  A refuting witness."""

    statement: str
    point: dict[str, str] = {}
    let: dict[str, str] = {}
    instance: bool = False


class PositiveDefinite(Record, frozen=True, tag="positive-definite"):
    """A symmetric rational matrix equals L D L^T with L unit lower triangular and D > 0."""

    matrix: list[list[str]]
    lower: list[list[str]]
    diagonal: list[str]


class EigenvalueBound(Record, frozen=True, tag="eigenvalue-bound"):
    """lambda_min(A) > bound: X^T (A - bound I) X is strictly diagonally dominant with positive diagonal.

    A has closed expressions as entries; X has dyadic entries (hex floats).
    """

    matrix: list[list[str]]
    bound: str
    transform: list[list[str]]
    let: dict[str, str] = {}


class FloatEigenvalueBound(Record, frozen=True, tag="float-eigenvalue-bound"):
    """lambda_min(A) >= shift for an exact float64 matrix, known up to `radius` in operator norm.

    The matrix travels as base64 of its little-endian bytes with its SHA-256.
    """

    size: int
    matrix: str
    sha256: str
    shift: str
    radius: str = "0"


class GaussianExpectation(Record, frozen=True, tag="gaussian-expectation"):
    """E f(z), z ~ N(0, 1), lies in [low, high]: cut at `cut`, Taylor steps inside, polynomial tail outside.

    `pieces` are (end, expression) from left to right; the last end is "oo".
    """

    pieces: list[tuple[str, str]]
    low: str
    high: str
    cut: int
    bits: int = 128
    let: dict[str, str] = {}


class BinomialDecision(Record, frozen=True, tag="binomial-decision"):
    """From pre-declared trials, Pr(success) >= level (`holds`) or < level (`refuted`), error <= alpha.

    `rows` is one character a trial, in trial order: 1 success, 0 failure.
    """

    event: str
    level: str
    verdict: Literal["holds", "refuted"]
    trials: int
    successes: int
    alpha: str
    rows: str
    stream: str


Certificate: TypeAlias = (
    Identity
    | Inequality
    | Evaluation
    | PositiveDefinite
    | EigenvalueBound
    | FloatEigenvalueBound
    | GaussianExpectation
    | BinomialDecision
)

MAX_EXACT_TRIALS = 2000

_decoder = msgspec.json.Decoder(Certificate)


def decode(data: bytes | str) -> Certificate:
    """Read a certificate from JSON; raises `Rejected` on anything malformed."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Rejected(f"not a certificate: {error}") from None


def check(certificate: Certificate) -> Checked:
    """The proposition that a certificate proves.  Raises `Rejected` with the reason when it does not."""
    try:
        return _CHECKERS[type(certificate)](certificate)
    except Rejected:
        raise
    except (ex.ExpressionError, normal.TooLarge, ex.NotRational) as error:
        raise Rejected(str(error) or type(error).__name__) from None
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, binascii.Error) as error:
        raise Rejected(f"malformed certificate: {error!r}") from None
    except (RecursionError, MemoryError) as error:
        raise Rejected(f"the certificate is too large: {error!r}") from None


def _bound(text: str, let: dict[str, str]) -> str:
    return f"{text}  [{', '.join(f'{k} = {v}' for k, v in sorted(let.items()))}]" if let else text


def _check_identity(c: Identity) -> Checked:
    _refuse_shadowed(c.let, c.domain)
    difference = ex.subtract(ex.parse(c.left, c.let), ex.parse(c.right, c.let))
    if not normal.is_zero(difference):
        raise Rejected(f"{c.left} and {c.right} have different normal forms")
    box = {name: sign.parse_interval(c.domain.get(name, "(-oo, oo)")) for name in ex.variables(difference)}
    everywhere = sign.is_defined(difference, box)
    if c.domain and not everywhere:
        raise Rejected(f"{c.left} == {c.right}: not certainly defined on the whole domain")
    if not _second_opinion(difference, box) and not everywhere:
        raise Rejected("no point was found at which both sides are defined")
    where = "" if everywhere else " wherever both sides are defined"
    where = where or "".join(f", {name} in {text}" for name, text in c.domain.items())
    return Checked(_bound(f"{c.left} = {c.right}{where}", c.let), "exact", "universal", None)


def _second_opinion(difference: ex.Expression, box: sign.Domain) -> bool:
    """An identity must also overlap 0 in balls at several points; False when all of them are undefined."""
    names = sorted(box)
    defined = False
    with ctx.workprec(128):
        for k in (1, 2, 3, 4, -1, -2) if names else (1,):
            for divisor in (7, 101):
                values = [fmpq(3 * k + i + 1, divisor + i) for i in range(len(names))]
                value = ex.evaluate_ball(difference, dict(zip(names, map(arb, values), strict=True)))
                defined = defined or value.is_finite()
                if value.is_finite() and not value.contains(0):
                    raise Rejected("the identity fails numerically although its normal form vanishes")
    return defined


def _refuse_shadowed(let: dict[str, str], names: Collection[str]) -> None:
    """A name is either bound to a value or ranges over something, never both."""
    both = sorted(set(let) & set(names))
    if both:
        raise Rejected(f"{', '.join(both)} is both bound to a value and a variable")
    reserved = sorted({*let, *names} & {"pi"} | set(names) & set(ex.FUNCTIONS))
    if reserved:
        raise Rejected(f"{', '.join(reserved)} is a word of the language, not a variable")


def _check_inequality(c: Inequality) -> Checked:
    left, relation, right = ex.parse_relation(c.statement, c.let)
    if relation in ("==", "!="):
        raise Rejected("an inequality certificate proves <=, <, >= or >")
    gap = ex.subtract(right, left) if relation in ("<=", "<") else ex.subtract(left, right)
    _refuse_shadowed(c.let, c.domain)
    domain = {name: sign.parse_interval(text) for name, text in c.domain.items()}
    free = ex.variables(gap) - set(domain)
    if free:
        raise Rejected(f"no domain is given for {', '.join(sorted(free))}")
    before = sign.ball_decisions
    strict = sign.prove_nonnegative(gap, domain, c.proof)
    if relation in ("<", ">") and not strict:
        raise Rejected("only the non-strict inequality is proved")
    where = ", ".join(f"{name} in {text}" for name, text in c.domain.items())
    uses_boxes = "boxes" in repr(c.proof)
    in_balls = uses_boxes or sign.ball_decisions > before
    reach: Reach = "domain" if uses_boxes else "universal"
    return Checked(
        _bound(f"{c.statement} for {where}", c.let), "rigorous" if in_balls else "exact", reach, None
    )


def _check_evaluation(c: Evaluation) -> Checked:
    left, relation, right = ex.parse_relation(c.statement, c.let)
    _refuse_shadowed(c.let, c.point)
    point = {name: ex.evaluate_exactly(ex.parse(value), {}) for name, value in c.point.items()}
    difference = ex.subtract(left, right)
    value, exactly = ex.decide_sign(difference, point)
    if value is None and relation == "==":
        closed = ex.substitute(difference, {k: ex.number(v) for k, v in point.items()})
        if normal.is_zero(closed) and sign.is_defined(closed, {}):
            value, exactly = 0, True
    if value is None:
        raise Rejected(f"balls cannot decide {c.statement}")
    truth = {"<=": value <= 0, "<": value < 0, ">=": value >= 0, ">": value > 0, "==": value == 0}
    truth["!="] = value != 0
    if not truth[relation]:
        raise Rejected(f"{_bound(c.statement, c.let | c.point)} is false")
    return Checked(
        _bound(c.statement, c.let | c.point),
        "exact" if exactly else "rigorous",
        "instance" if c.point or c.instance else "universal",
        _ratio(left, relation, right, point),
    )


def _ratio(left: ex.Expression, relation: str, right: ex.Expression, point: dict[str, fmpq]) -> float | None:
    """Observed over bound: the smaller side over the larger one, for inequalities."""
    if relation in ("==", "!="):
        return None
    small, large = (left, right) if relation in ("<=", "<") else (right, left)
    with ctx.workprec(64):
        values = {k: arb(v) for k, v in point.items()}
        quotient = ex.evaluate_ball(small, values) / ex.evaluate_ball(large, values)
    return float(quotient.mid()) if quotient.is_finite() else None


def _rational_matrix(rows: list[list[str]]) -> fmpq_mat:
    size = len(rows)
    if size == 0 or any(len(row) != size for row in rows):
        raise Rejected("expected a square matrix with at least one row")
    return fmpq_mat([[ex.evaluate_exactly(ex.parse(entry), {}) for entry in row] for row in rows])


def _check_positive_definite(c: PositiveDefinite) -> Checked:
    matrix, lower = _rational_matrix(c.matrix), _rational_matrix(c.lower)
    size = len(c.matrix)
    pivots = [ex.evaluate_exactly(ex.parse(entry), {}) for entry in c.diagonal]
    if len(pivots) != size or len(c.lower) != size:
        raise Rejected("the factors have the wrong size")
    if any(p <= 0 for p in pivots):
        raise Rejected("a pivot is not positive")
    for i in range(size):
        for j in range(i, size):
            if lower[i, j] != (1 if i == j else 0):
                raise Rejected("L is not unit lower triangular")
    diagonal = fmpq_mat([[pivots[i] if i == j else fmpq(0) for j in range(size)] for i in range(size)])
    if lower * diagonal * lower.transpose() != matrix:
        raise Rejected("L D L^T is not the matrix")
    return Checked(f"a rational {size} x {size} matrix is positive definite", "exact", "instance", None)


def _check_eigenvalue_bound(c: EigenvalueBound) -> Checked:
    size = len(c.matrix)
    shapes = [len(row) for row in c.matrix] + [len(row) for row in c.transform] + [len(c.transform)]
    if size == 0 or any(s != size for s in shapes):
        raise Rejected("the matrix and the transform must be square and of one size")
    _refuse_shadowed(c.let, ())
    entries = [[ex.parse(entry, c.let) for entry in row] for row in c.matrix]
    for i in range(size):
        for j in range(i):
            if entries[i][j] != entries[j][i] and not normal.is_zero(
                ex.subtract(entries[i][j], entries[j][i])
            ):
                raise Rejected(f"the matrix is not symmetric at ({i}, {j})")
    shift = ex.parse(c.bound, c.let)
    with ctx.workprec(192):
        transform = arb_mat([[_dyadic(value) for value in row] for row in c.transform])
        shifted = arb_mat(
            [
                [ex.evaluate_ball(e if i != j else ex.subtract(e, shift), {}) for j, e in enumerate(row)]
                for i, row in enumerate(entries)
            ]
        )
        congruent = transform.transpose() * shifted * transform
        for i in range(size):
            others = sum((abs(congruent[i, j]) for j in range(size) if j != i), arb(0))
            if not congruent[i, i] > others:
                raise Rejected(f"row {i} of the congruent matrix is not strictly diagonally dominant")
    return Checked(
        _bound(f"lambda_min > {c.bound} for a {size} x {size} matrix", c.let), "rigorous", "instance", None
    )


def _dyadic(text: str) -> arb:
    value = float.fromhex(text)
    if not np.isfinite(value):
        raise Rejected(f"{text!r} is not finite")
    return arb(value)


def _check_float_bound(c: FloatEigenvalueBound) -> Checked:
    raw = base64.b64decode(c.matrix, validate=True)
    if hashlib.sha256(raw).hexdigest() != c.sha256:
        raise Rejected("the matrix does not match its SHA-256")
    if len(raw) != 8 * c.size * c.size or c.size < 1:
        raise Rejected("the matrix has the wrong number of bytes")
    matrix = np.frombuffer(raw, dtype="<f8").reshape(c.size, c.size)
    if not np.isfinite(matrix).all() or not (matrix == matrix.T).all():
        raise Rejected("the matrix is not finite and symmetric")
    radius = ex.evaluate_exactly(ex.parse(c.radius), {})
    if radius < 0:
        raise Rejected(f"expected a radius >= 0 but got {c.radius}")
    shift = ex.evaluate_exactly(ex.parse(c.shift), {}) + radius
    with ctx.workprec(128 + 4 * c.size.bit_length()):
        if not _ball_ldlt_positive(matrix, shift):
            raise Rejected("elimination in balls does not find the shifted matrix positive definite")
    near = f" and all within {c.radius} of it" if radius else ""
    return Checked(
        f"lambda_min >= {c.shift} for the float64 matrix {c.sha256[:12]}{near}", "rigorous", "instance", None
    )


def _ball_ldlt_positive(matrix: np.ndarray[Any, Any], shift: fmpq) -> bool:
    """Symmetric Gaussian elimination in balls: all pivots certainly positive."""
    size = len(matrix)
    rows = [[arb(float(x)) for x in row] for row in matrix]
    for i in range(size):
        rows[i][i] -= arb(shift)
    for k in range(size):
        pivot = rows[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, size):
            factor = rows[i][k] / pivot
            for j in range(k + 1, i + 1):
                rows[i][j] -= factor * rows[j][k]
    return True


def _check_gaussian(c: GaussianExpectation) -> Checked:
    _refuse_shadowed(c.let, ("z",))
    if not 2 <= c.bits <= sign.MAX_BITS:
        raise Rejected(f"expected 2 to {sign.MAX_BITS} bits but got {c.bits}")
    pieces = [(end, ex.parse(text, c.let)) for end, text in c.pieces]
    with ctx.workprec(c.bits):
        low, high = (ex.evaluate_ball(ex.parse(t, c.let), {}) for t in (c.low, c.high))
        value = taylor.gaussian_expectation(pieces, c.cut)
        if not value.is_finite() or not (low <= value and value <= high):
            raise Rejected(f"the expectation is only enclosed by {value.str(20)}")
    return Checked(_bound(f"{c.low} <= E f(z) <= {c.high}", c.let), "rigorous", "universal", None)


def _check_binomial(c: BinomialDecision) -> Checked:
    level, alpha = (ex.evaluate_exactly(ex.parse(text), {}) for text in (c.level, c.alpha))
    if len(c.rows) != c.trials or set(c.rows) - {"0", "1"} or c.rows.count("1") != c.successes:
        raise Rejected("the rows do not match the counts")
    if not (0 < level < 1 and 0 < alpha <= fmpq(1, 1000) and c.trials > 0):
        raise Rejected("expected 0 < level < 1, 0 < alpha <= 1/1000 and at least one trial")
    tail = _binomial_tail(c.successes, c.trials, level, upper=c.verdict == "holds")
    at_most = bool(tail <= arb(alpha))
    if not at_most and tail.overlaps(arb(alpha)) and c.trials <= MAX_EXACT_TRIALS:
        at_most = bool(_exact_tail(c.successes, c.trials, level, upper=c.verdict == "holds") <= alpha)
    if not at_most:
        raise Rejected(f"{c.successes} of {c.trials} do not decide at error {c.alpha}")
    relation = ">=" if c.verdict == "holds" else "<"
    return Checked(f"Pr({c.event}) {relation} {c.level}", "statistical", "instance", None)


def _binomial_tail(successes: int, trials: int, p: fmpq, *, upper: bool) -> arb:
    """Pr(Bin(n, p) >= k) (upper) or <= k, exactly summed in balls."""
    counts = range(successes, trials + 1) if upper else range(successes + 1)
    with ctx.workprec(128 + trials.bit_length() * 4):
        good, bad = arb(p), arb(1 - p)
        total = arb(0)
        for k in counts:
            total += arb.bin_uiui(trials, k) * good**k * bad ** (trials - k)
        return total


def _exact_tail(successes: int, trials: int, p: fmpq, *, upper: bool) -> fmpq:
    """The same tail in rationals, for the case that it equals alpha."""
    counts = range(successes, trials + 1) if upper else range(successes + 1)
    return sum((fmpz.bin_uiui(trials, k) * p**k * (1 - p) ** (trials - k) for k in counts), fmpq(0))


_CHECKERS: dict[type[Any], Any] = {
    Identity: _check_identity,
    Inequality: _check_inequality,
    Evaluation: _check_evaluation,
    PositiveDefinite: _check_positive_definite,
    EigenvalueBound: _check_eigenvalue_bound,
    FloatEigenvalueBound: _check_float_bound,
    GaussianExpectation: _check_gaussian,
    BinomialDecision: _check_binomial,
}
