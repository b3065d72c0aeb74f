"""The rule that decides the population recursions on random networks, at the limit itself.

In place of random networks the checks get the matrices of infinitely wide ones. The corrected data leave no
gap there, and what the rule refutes has a gap in the limit that is larger than its radius, so
that no refutation is an effect of the finite width.
"""

import math

import numpy as np
import pytest

from numerics.finite_networks import FiniteNetworks
from theorems.du2019deep import population_convolutions as convolutions
from theorems.du2019deep import population_networks as rule
from theorems.du2019deep.population import conv, dense, residual
from verify import Context, Holds

RADIUS = 3


def _population(x):
    """What `draw_networks` returns, for infinitely wide networks: one row."""
    grams, means, moments, slopes = [x.inputs], [np.zeros((1, x.inputs.shape[1]))], [], []
    p, n = x.pixels, x.inputs.shape[1] // x.pixels
    for h in range(x.drawn):
        below, skip = convolutions.patches(x, grams[-1]), x.residual and h > 0
        square = x.branch**2 if skip else x.sigma.c
        moments.append(below)
        last = square * (below * x.sigma.dual(below, 1)).reshape(1, n, p, n, p)
        slopes.append(np.einsum("siljl->sij", last))
        mean, gram = math.sqrt(square) * x.sigma.mean(below), square * x.sigma.dual(below)
        cross = means[-1][:, :, None] * mean[:, None, :]
        grams.append(gram + skip * (grams[-1] + cross + cross.transpose(0, 2, 1)))
        means.append(mean + skip * means[-1])
    return FiniteNetworks(grams, means, moments, slopes)


CHECKS = {
    "random_features": rule.features_of_dense_networks,
    "random_gradients": rule.gradients_of_dense_networks,
    "random_residual_features": rule.features_of_residual_networks,
    "random_residual_gradients": rule.gradients_of_residual_networks,
    "random_preactivations": convolutions.preactivations_of_convolutions,
    "random_pixels": convolutions.skips_of_convolutions,
    "random_means": convolutions.means_of_convolutions,
    "random_outputs": convolutions.gradients_of_convolutions,
}


def _gap(monkeypatch, check, statement, claim):
    """The largest distance from the limit over settings and entries, in standard deviations of a trial."""
    gaps = []

    def looked_at(x, entries, ctx):
        for e in entries(x, _population(x)):
            gaps.append(abs(float(e.off[0])) / math.sqrt(float(e.variance[0]) / x.S))
        return Holds()

    monkeypatch.setattr(rule, "within_chebyshev", looked_at)
    monkeypatch.setattr(rule, "drift", lambda *_: ())
    CHECKS[check](statement, Context(claim.id, check))
    return max(gaps)


@pytest.mark.parametrize("claim", [dense, residual, conv], ids=lambda c: c.id)
def test_refutations_are_those_of_the_limit(monkeypatch, claim):
    """Corrected data have no gap; a falsehood that names a check of random networks has a large one."""
    own = [name for name in claim.checks if name in CHECKS]
    assert own
    for variant in claim.variants.values():
        for name in own:
            if variant.role == "corrected":
                assert _gap(monkeypatch, name, variant.statement, claim) < 1e-6
            elif variant.role == "falsehood" and name in variant.by:
                assert _gap(monkeypatch, name, variant.statement, claim) > RADIUS
