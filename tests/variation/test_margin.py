"""The margin for integers, against cmaes and its own promise."""

import numpy as np
import pytest
from cmaes import CMAwM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from trimtab.variation.margin import with_margin

EDGES = np.arange(1, 6) / 6


@given(st.floats(0, 1), st.floats(1e-9, 0.5), st.floats(0.3, 3), st.floats(1e-3, 0.2))
@settings(deadline=None, max_examples=100)
def test_neighbours_keep_their_chance(mean, scale, factor, alpha):
    mean, factor = with_margin(mean, scale, factor, EDGES, alpha)
    at = int(np.searchsorted(EDGES, mean))
    spread = factor * scale
    if at == 0 or at == len(EDGES):
        out = norm.sf(abs(mean - EDGES[0 if at == 0 else -1]) / spread)
        assert out >= alpha * (1 - 1e-6)
    else:
        below, above = norm.cdf((EDGES[at - 1 : at + 1] - mean) / spread * [1, -1])
        assert min(below, above) >= alpha / 2 * (1 - 1e-6)


def test_wide_distributions_are_left_alone():
    assert with_margin(0.5, 0.2, 1.0, EDGES, 0.05) == (0.5, 1.0)
    assert with_margin(0.5, 0.2, 1.0, np.empty(0), 0.05) == (0.5, 1.0)


def test_the_same_as_cmaes():
    alpha, sigma = 0.05, 0.01
    bounds, steps = np.array([[0, 5], [0, 5]]), np.ones(2)
    mean = np.array([2.1, 4.9])
    other = CMAwM(mean=mean.copy(), sigma=sigma, bounds=bounds, steps=steps, margin=alpha, seed=1)
    x = [other.ask() for _ in range(other.population_size)]
    other.tell([(inner, float((seen**2).sum())) for seen, inner in x])
    moved = other._cma.mean
    g = other._cma
    again = CMAwM(mean=mean.copy(), sigma=sigma, bounds=bounds, steps=steps, margin=alpha, seed=1)
    x = [again.ask() for _ in range(again.population_size)]
    again._cma.tell([(inner, float((seen**2).sum())) for seen, inner in x])
    for j in range(2):
        scale = g._sigma * np.sqrt(g._C[j, j])
        edges = np.arange(0.5, 5)
        found, factor = with_margin(again._cma.mean[j], scale, 1.0, edges, alpha)
        assert found == pytest.approx(moved[j], rel=1e-6)
        assert factor == pytest.approx(other._A[j], rel=1e-6)
