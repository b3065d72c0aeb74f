"""The table of convergence theorems for `verify bound`: what each asks for, as formulas.

Where the proof's constants are explicit a width is sufficient; where a constant is hidden in the statement's
O and Omega, every term is given up to that constant, which is named. All formulas are for inputs of norm 1.

Sources: S. Du, X. Zhai, B. Poczos, A. Singh (ICLR 2019; "du2019shallow"), constants from following the proofs
with equal shares of delta for the bad events, as the claims of these names do; S. Du, J. Lee, H. Li, L. Wang,
X. Zhai (ICML 2019; "du2019deep"), Theorems 5.1 and 6.1 as the claims of these names are proved, with
log(n/delta) where the print has none, and Theorem 7.1 as printed, which is not proved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb

from numerics.balls import ball


@dataclass(frozen=True)
class Problem:
    """Balls: smallest eigenvalue lam, failure probability delta, label bound C, loss factor epsilon."""

    n: int
    depth: int
    lam: Any
    delta: Any
    C: Any
    epsilon: Any


@dataclass(frozen=True)
class Term:
    """One lower bound on the width: what it is for, its formula, and its value as a ball."""

    purpose: str
    formula: str
    value: Any


@dataclass(frozen=True)
class Theorem:
    """A row of the table. ``terms`` gives the lower bounds on m; ``unknown`` names hidden constants.

    ``step``: the formula of the largest step size and its value (None for gradient flow); ``rate`` and
    ``time``: the conclusion, and the iterations (or the time) to a loss of epsilon times the first.
    """

    title: str
    network: str
    origin: str
    unknown: tuple[str, ...]
    terms: Callable[[Problem], list[Term]]
    step: Callable[[Problem], tuple[str, Any]] | None
    rate: str
    time: Callable[[Problem], tuple[str, Any]]


def _power(p: Problem) -> Any:
    """n^6/(lambda_0^4 delta^3)."""
    return ball(p.n) ** 6 / (p.lam**4 * p.delta**3)


def _flow_terms(p: Problem) -> list[Term]:
    n = ball(p.n)
    return [
        Term("weights stay close", "4401 (C^2 + 1/2) n^6/(lam^4 delta^3)", 4401 * (p.C**2 + 0.5) * _power(p)),
        Term(
            "Gram matrix at the start",
            "8 n^2 log(6 n^2/delta)/lam^2",
            8 * n**2 * (6 * n**2 / p.delta).log() / p.lam**2,
        ),
    ]


def _joint_terms(p: Problem) -> list[Term]:
    n, room = ball(p.n), p.C**2 + 0.5
    scale = 65600 * room * n**6 / (p.lam**4 * p.delta)
    m = scale
    # The map increases, and contracts at its larger fixed point: from there one step over it suffices.
    for _ in range(200):
        m = scale * (4 * m * n / p.delta).log()
    m = arb(m.upper()) * (1 + ball("1e-20"))
    if not m >= scale * (4 * m * n / p.delta).log():
        m = arb.nan()
    return [
        Term("first layer stays close", "166900 (C^2 + 1/2) n^6/(lam^4 delta^3)", 166900 * room * _power(p)),
        Term("output layer stays close", "m >= 65600 (C^2 + 1/2) n^6 log(4 m n/delta)/(lam^4 delta)", m),
        Term(
            "Gram matrix at the start",
            "8 n^2 log(8 n^2/delta)/lam^2",
            8 * n**2 * (8 * n**2 / p.delta).log() / p.lam**2,
        ),
    ]


def _descent_terms(p: Problem) -> list[Term]:
    first = Term(
        "weights stay close", "70410 (C^2 + 1/2) n^6/(lam^4 delta^3)", 70410 * (p.C**2 + 0.5) * _power(p)
    )
    return [first, _flow_terms(p)[1]]


def _log(p: Problem) -> Any:
    """log(n/delta), at least log 2."""
    return (ball(p.n) / p.delta).log().max(ball(2).log())


def _dense_terms(p: Problem) -> list[Term]:
    n, H = ball(p.n), p.depth
    return [
        Term("Gram matrix in training", "c 2^(c' H) n^4 log(n/delta)/lam^4", n**4 * _log(p) / p.lam**4),
        Term("layer norms at the start", "c 2^(c' H) n/delta", n / p.delta),
        Term(
            "Gram matrix at the start",
            "c 2^(c' H) n^2 log(H n/delta)/lam^2",
            n**2 * (H * n / p.delta).log() / p.lam**2,
        ),
    ]


def _residual_terms(p: Problem) -> list[Term]:
    n, H = ball(p.n), p.depth
    return [
        Term("Gram matrix in training", "c n^4/(lam^4 H^6)", n**4 / (p.lam**4 * H**6)),
        Term("weights in training", "c n^2/(lam^2 H^2)", n**2 / (p.lam**2 * H**2)),
        Term("layer norms at the start", "c n/delta", n / p.delta),
        Term(
            "Gram matrix at the start",
            "c n^2 log(H n/delta)/lam^2",
            n**2 * (H * n / p.delta).log() / p.lam**2,
        ),
    ]


def _conv_terms(p: Problem) -> list[Term]:
    first, _, norms, start = _residual_terms(p)
    second = Term("weights in training", "c n^4/(lam^4 H^2)", ball(p.n) ** 4 / (p.lam**4 * p.depth**2))
    return [first, second, norms, start]


def _flow_time(p: Problem) -> tuple[str, Any]:
    return "time log(1/eps)/lam", -p.epsilon.log() / p.lam


def _steps(formula: str, step: Callable[[Problem], Any]) -> Callable[[Problem], tuple[str, Any]]:
    return lambda p: (formula, -2 * p.epsilon.log() / (step(p) * p.lam))


def _rate(p: Problem) -> Any:
    return p.lam / p.n**2


FLOW = "|u(t) - y|^2 <= exp(-lam t) |u(0) - y|^2"
DESCENT = "|u(k) - y|^2 <= (1 - eta lam/2)^k |u(0) - y|^2"
CLAIMED = "constants as proved by the claim of that name"
PROVED = (
    "order as proved by the claim of that name, with log(n/delta) where the print has none; constants hidden"
)
PRINTED = "order as printed, not proved (see the claim of that name); constants hidden"
THEOREMS = {
    "du2019shallow/thm-3.2": Theorem(
        "gradient flow, first layer of a two-layer ReLU network",
        "two-layer ReLU",
        CLAIMED,
        (),
        _flow_terms,
        None,
        FLOW,
        _flow_time,
    ),
    "du2019shallow/thm-3.3": Theorem(
        "gradient flow, both layers of a two-layer ReLU network",
        "two-layer ReLU",
        CLAIMED,
        (),
        _joint_terms,
        None,
        FLOW,
        _flow_time,
    ),
    "du2019shallow/thm-4.1": Theorem(
        "gradient descent, first layer of a two-layer ReLU network",
        "two-layer ReLU",
        CLAIMED,
        (),
        _descent_terms,
        lambda p: ("lam/(4 n^2)", _rate(p) / 4),
        DESCENT,
        _steps("8 n^2 log(1/eps)/lam^2", lambda p: _rate(p) / 4),
    ),
    "du2019deep/thm-5.1": Theorem(
        "gradient descent, deep fully-connected network",
        "fully-connected",
        PROVED,
        ("c, c' in the width", "C, C' in the step size"),
        _dense_terms,
        lambda p: ("lam/(n^2 sqrt(log(n/delta)) C 2^(C' H))", _rate(p) / _log(p).sqrt()),
        DESCENT,
        _steps("2 C 2^(C' H) n^2 sqrt(log(n/delta)) log(1/eps)/lam^2", lambda p: _rate(p) / _log(p).sqrt()),
    ),
    "du2019deep/thm-6.1": Theorem(
        "gradient descent, ResNet",
        "ResNet",
        PROVED,
        ("c in the width", "C in the step size"),
        _residual_terms,
        lambda p: ("lam H^2/(C n^2 sqrt(log(n/delta)))", _rate(p) * p.depth**2 / _log(p).sqrt()),
        DESCENT,
        _steps(
            "2 C n^2 sqrt(log(n/delta)) log(1/eps)/(lam^2 H^2)",
            lambda p: _rate(p) * p.depth**2 / _log(p).sqrt(),
        ),
    ),
    "du2019deep/thm-7.1": Theorem(
        "gradient descent, convolutional ResNet with p patches",
        "convolutional ResNet",
        PRINTED,
        ("c = poly(p) in the width", "C = poly(p) in the step size"),
        _conv_terms,
        lambda p: ("lam H^2/(C n^2)", _rate(p) * p.depth**2),
        DESCENT,
        _steps("2 C n^2 log(1/eps)/(lam^2 H^2)", lambda p: _rate(p) * p.depth**2),
    ),
}
