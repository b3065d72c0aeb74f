"""A refuting certificate as a few lines of Python that a reader can paste: the same numbers by other means.

The lines use mpmath and scipy, not the kernel, so that they are a second, independent opinion.
"""

import ast

from verify.kernel import BinomialDecision, Certificate, Evaluation, GaussianExpectation
from verify.kernel.expression import FUNCTIONS as LANGUAGE
from verify.outcome import Outcome

NAMES = {"abs": "fabs", "step": "STEP", "binomial_cdf": "CDF"}
STEP = "STEP = lambda x: mpf(1 if x >= 0 else 0)"
CDF = "from scipy.stats import binom\nCDF = lambda k, n, p: mpf(binom.cdf(int(k), int(n), float(p)))"
MOST = 2
"""Certificates of an outcome that are shown this way."""
LONGEST = 600
"""Characters of a snippet; what is longer is not for reading."""
RELATIONS: dict[type[ast.cmpop], str] = {
    ast.LtE: "<=",
    ast.Lt: "<",
    ast.GtE: ">=",
    ast.Gt: ">",
    ast.Eq: "=",
    ast.NotEq: "!=",
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
FUNCTIONS = frozenset(LANGUAGE) - {"diff"}


def snippets(outcome: Outcome) -> str:
    """The lines for the first certificates of an outcome that can be shown, each under what it says."""
    found = [(link.says, snippet(link.certificate)) for link in outcome.evidence]
    shown = [(says, text) for says, text in found if text][:MOST]
    if len(shown) == 1:
        return shown[0][1]
    return "\n".join(f"# {' '.join(says.split())[:100]}\n{text}" for says, text in shown)


def snippet(certificate: Certificate) -> str:
    """Python that shows the two sides, or nothing when they are not numbers or the text is too long."""
    if isinstance(certificate, Evaluation) and len(certificate.statement) > LONGEST:
        return ""
    if isinstance(certificate, Evaluation):
        text = _evaluation(certificate)
    elif isinstance(certificate, GaussianExpectation):
        text = _expectation(certificate)
    elif isinstance(certificate, BinomialDecision):
        text = _binomial(certificate)
    else:
        return ""
    return text if len(text) <= LONGEST else ""


def _evaluation(c: Evaluation) -> str:
    try:
        compared = ast.parse(c.statement, mode="eval").body
        if not isinstance(compared, ast.Compare) or len(compared.ops) != 1:
            return ""
        sides = [_python(side) for side in (compared.left, compared.comparators[0])]
        values = {name: _value(text) for name, text in c.let.items() if name in _words(c.statement)}
        needed = set().union(_words(c.statement), *(_words(c.let[name]) for name in values))
        point = {name: _value(text) for name, text in c.point.items() if name in needed}
    except (SyntaxError, _Untranslatable):
        return ""
    if needed - set(values) - set(point) - FUNCTIONS - {"pi"}:
        return ""
    lines = _opening(" ".join([*sides, *point.values(), *values.values()]))
    lines += [f"{name} = {value}" for name, value in {**point, **values}.items()]
    return "\n".join([*lines, f'print({sides[0]}, "{RELATIONS[type(compared.ops[0])]}", {sides[1]})'])


def _words(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}


def _value(text: str) -> str:
    """Right side of an assignment; a lone integer becomes mpf, so that quotients by it are not floats."""
    node = ast.parse(text, mode="eval").body
    return f"mpf({_python(node)})" if _integral(node) else _python(node)


def _expectation(c: GaussianExpectation) -> str:
    try:
        pieces = [(end, _python(ast.parse(text, mode="eval").body)) for end, text in c.pieces]
        ends = [_python(ast.parse(end, mode="eval").body) for end, _ in pieces[:-1]]
        words = set().union(*(_words(text) for _, text in c.pieces))
        bound = {name: _value(text) for name, text in c.let.items() if name in words}
    except (SyntaxError, _Untranslatable):
        return ""
    body = pieces[-1][1]
    for end, (_, text) in reversed(list(zip(ends, pieces[:-1], strict=True))):
        body = f"({text} if z < {end} else {body})"
    lines = _opening(" ".join([body, *ends, *bound.values()]))
    lines += [f"{name} = {value}" for name, value in bound.items()]
    points = ", ".join(["-inf", *ends, *(["0"] if not ends else []), "inf"])
    return "\n".join([*lines, f"print(quad(lambda z: ({body})*npdf(z), [{points}]))"])


def _binomial(c: BinomialDecision) -> str:
    k, n = c.successes, c.trials
    tail = (
        f"binom.cdf({k}, {n}, {c.level})" if c.verdict == "refuted" else f"binom.sf({k - 1}, {n}, {c.level})"
    )
    return f"from scipy.stats import binom\nprint({tail})"


def _opening(text: str) -> list[str]:
    lines = ["from mpmath import *", "mp.dps = 30"]
    lines += [STEP] if "STEP(" in text else []
    return lines + ([CDF] if "CDF(" in text else [])


class _Untranslatable(Exception):
    """The text has something that has no plain counterpart in Python."""


def _python(node: ast.expr) -> str:
    """The kernel's language as Python: a quotient of integers begins with mpf, functions as in mpmath."""
    if isinstance(node, ast.BinOp):
        sign = OPERATORS.get(type(node.op))
        if sign is None:
            raise _Untranslatable
        level = LEVELS[sign]
        left = _grouped(node.left, level + (sign == "**"))
        if _integral(node.left) and (sign == "/" or (sign == "**" and not _natural(node.right))):
            left = f"mpf({_python(node.left)})"
        right = _grouped(node.right, level + (sign in ("-", "/")))
        return f"{left} {sign} {right}" if sign in "+-" else f"{left}{sign}{right}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_grouped(node.operand, LEVELS['*'])}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        name = NAMES.get(node.func.id, node.func.id)
        return f"{name}({', '.join(_python(a) for a in node.args)})"
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value)
    raise _Untranslatable


def _grouped(node: ast.expr, level: int) -> str:
    """In parentheses where the operator around it, of this level, binds at least as strongly."""
    text = _python(node)
    if isinstance(node, ast.UnaryOp):
        return f"({text})"
    own = LEVELS[OPERATORS[type(node.op)]] if isinstance(node, ast.BinOp) else max(LEVELS.values()) + 1
    return f"({text})" if own < level else text


def _natural(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _integral(node: ast.expr) -> bool:
    """Whether all numbers are integers and nothing else occurs: Python would divide them as floats."""
    if isinstance(node, ast.BinOp):
        powers = isinstance(node.op, ast.Pow) and not _natural(node.right)
        quotient = isinstance(node.op, ast.Div) or powers
        return not quotient and _integral(node.left) and _integral(node.right)
    if isinstance(node, ast.UnaryOp):
        return _integral(node.operand)
    return isinstance(node, ast.Constant)
