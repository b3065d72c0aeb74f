"""What a check is given beside the data: profile, random streams, and exact decisions about probabilities.

Decisions (Clopper and Pearson, Biometrika 26, 1934): from N pre-declared independent trials with k
successes, "Pr(success) >= level" holds when Pr(Bin(N, level) >= k) <= alpha, is refuted when
Pr(Bin(N, level) <= k) <= alpha, and is undecided otherwise.  Each decision may be wrong with probability
at most alpha = BUDGET / SHARES, so a suite with at most SHARES decisions raises a false alarm with
probability at most BUDGET.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np

from numerics.statistics import stream
from verify.kernel import BinomialDecision, Rejected, check
from verify.outcome import Evidence, Holds, Outcome, Refuted, Undecided

BUDGET = Fraction(1, 10**6)
SHARES = 1000
ALPHA = BUDGET / SHARES
DEFAULT_SEED = 20190000

T = TypeVar("T")


class Context:
    """Handed to every check: where it runs and where its randomness comes from."""

    def __init__(
        self, claim: str, check: str, *, profile: str = "quick", seed: int = DEFAULT_SEED, device: str = "cpu"
    ) -> None:
        self.claim, self.check, self.profile, self.seed, self.device = claim, check, profile, seed, device
        self.decisions = 0

    def size(self, quick: T, full: T | None = None, gpu: T | None = None) -> T:
        """The size for the current profile; a profile without its own takes the next smaller one."""
        if self.profile == "gpu" and gpu is not None:
            return gpu
        if self.profile in ("full", "gpu") and full is not None:
            return full
        return quick

    def rng(self, *trial: str | int) -> np.random.Generator:
        """The stream of one trial, keyed by (seed, claim, check, trial).

        The variant of the data is not in the key: a claim and its falsehoods see the same draws.
        """
        return stream(self.seed, self.claim, self.check, *trial)

    def trials(
        self,
        event: str,
        *,
        at_least: str | Fraction | int,
        count: int,
        trial: Callable[[np.random.Generator], bool],
        label: str = "",
    ) -> Outcome:
        """Run `count` trials, each on its own stream, and decide whether Pr(event) >= at_least."""
        rows = [bool(trial(self.rng(label, k))) for k in range(count)]
        return self.decide(event, at_least=at_least, rows=rows, label=label)

    def decide(
        self, event: str, *, at_least: str | Fraction | int, rows: Sequence[bool], label: str = ""
    ) -> Outcome:
        """Decide whether Pr(event) >= at_least from the rows of pre-declared independent trials."""
        level = Fraction(at_least)
        if not 0 < level < 1:
            raise ValueError(f"expected 0 < at_least < 1 but got {at_least}")
        if not rows:
            raise ValueError("expected at least one trial but got none")
        self.decisions += 1
        trials, successes = len(rows), sum(map(bool, rows))
        text = "".join("1" if row else "0" for row in rows)
        where = f"{self.seed}/{self.claim}/{self.check}/{label}"
        for verdict in ("holds", "refuted"):
            certificate = BinomialDecision(
                event, str(level), verdict, trials, successes, str(ALPHA), text, where
            )
            try:
                check(certificate)
            except Rejected:
                continue
            link = Evidence(f"{successes} of {trials} trials", certificate)
            if verdict == "holds":
                return Holds(link)
            return Refuted(link, witness=f"{event}: {successes} of {trials} trials, against at least {level}")
        return Undecided(
            f"{event}: {successes} of {trials} trials against {level}: undecided at error {float(ALPHA):.0e}",
            f"about {trials_needed(successes / trials, level)} trials",
        )


def trials_needed(rate: float, level: Fraction) -> str:
    """How many trials would decide if the observed rate were the true one (a power estimate)."""
    from scipy.stats import binom

    for exponent in range(4, 31):
        n = 2**exponent
        k = round(rate * n)
        above = binom.sf(k - 1, n, float(level)) <= float(ALPHA)
        below = binom.cdf(k, n, float(level)) <= float(ALPHA)
        if above or below:
            return str(n)
    return "more than 2^30"


def smallest_deciding_count(level: str | Fraction) -> int:
    """Trials that decide "Pr >= level" when every one of them succeeds: level^N <= alpha."""
    p, n, product = Fraction(level), 0, Fraction(1)
    while product > ALPHA:
        product *= p
        n += 1
    return n
