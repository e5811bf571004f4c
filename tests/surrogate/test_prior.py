"""Priors of blocks."""

import numpy as np
import pytest
from scipy.stats import gamma, norm

from trimtab.surrogate.prior import Each, Gamma, LogNormal

T = np.array([0.3, -1.0, 0.7, 2.0])


def test_two_priors_on_one_block():
    each = Each((True, False, False, True), Gamma(2.0, 3.0), LogNormal(-1.0, 0.5))
    value, slope = each(T)
    there, elsewhere = Gamma(2.0, 3.0)(T[[0, 3]]), LogNormal(-1.0, 0.5)(T[1:3])
    assert value == pytest.approx(there[0] + elsewhere[0])
    assert slope[[0, 3]] == pytest.approx(there[1])
    assert slope[1:3] == pytest.approx(elsewhere[1])
    step = 1e-6 * np.eye(4)
    numeric = [(each(T + s)[0] - each(T - s)[0]) / 2e-6 for s in step]
    assert slope == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize(
    ("prior", "density"),
    [
        (Gamma(2.0, 3.0), lambda t: gamma(2.0, scale=1 / 3).pdf(np.exp(t)) * np.exp(t)),
        (LogNormal(-1.0, 0.5), norm(-1.0, 0.5).pdf),
    ],
)
def test_the_density_of_the_logarithm_is_what_is_meant(prior, density):
    """GPM-11: the same up to a constant, so draws of the logarithm are draws of the parameter."""
    gaps = [prior(np.array([t]))[0] - np.log(density(t)) for t in T]
    assert gaps == pytest.approx([gaps[0]] * len(T))
