"""The trusted kernel: the only code that can turn a certificate into an exact or rigorous outcome.

It depends on python-flint, numpy and msgspec, and on nothing else of ours.
"""

from verify.kernel.certificates import (
    BinomialDecision,
    Certificate,
    Checked,
    EigenvalueBound,
    Evaluation,
    FloatEigenvalueBound,
    GaussianExpectation,
    Identity,
    Inequality,
    PositiveDefinite,
    check,
    decode,
)
from verify.kernel.expression import FUNCTIONS, ExpressionError
from verify.kernel.sign import Rejected

__all__ = [
    "FUNCTIONS",
    "BinomialDecision",
    "Certificate",
    "Checked",
    "EigenvalueBound",
    "Evaluation",
    "ExpressionError",
    "FloatEigenvalueBound",
    "GaussianExpectation",
    "Identity",
    "Inequality",
    "PositiveDefinite",
    "Rejected",
    "check",
    "decode",
]
