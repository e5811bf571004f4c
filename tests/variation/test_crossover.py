"""Crossover: bounds, means, and the densities of the papers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.variation.crossover import blend, n_point, one_point, sbx, spread, two_point, uniform

ALL = [sbx, blend, uniform, one_point, two_point]
SWAPS = [uniform, one_point, two_point]


def parents(seed, n, d):
    rng = np.random.default_rng(seed)
    return rng.random((n, d)), rng.random((n, d)), rng


@pytest.mark.parametrize("operator", ALL)
@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 7))
@settings(deadline=None, max_examples=60)
def test_children_stay_inside(operator, seed, n, d):
    a, b, rng = parents(seed, n, d)
    for child in operator(a, b, rng):
        assert child.shape == (n, d)
        assert ((child >= 0) & (child <= 1)).all()


@pytest.mark.parametrize("operator", SWAPS)
@given(st.integers(0, 10**6), st.integers(1, 7))
@settings(deadline=None, max_examples=60)
def test_swaps_lose_and_invent_nothing(operator, seed, d):
    a, b, rng = parents(seed, 5, d)
    c, e = operator(a, b, rng)
    assert (((c == a) & (e == b)) | ((c == b) & (e == a))).all()


@given(st.integers(0, 10**6), st.floats(0.1, 60))
@settings(deadline=None, max_examples=80)
def test_sbx_keeps_the_mean(seed, eta):  # EVO-01
    a, b, rng = parents(seed, 4, 5)
    c, e = sbx(a, b, rng, eta, 1.0)
    assert np.allclose(c + e, a + b, atol=1e-12)


def test_sbx_spread_has_the_density_of_the_paper():  # EVO-01
    eta, far = 3.0, np.full(20_000, 1e9)
    beta = spread(np.random.default_rng(3).random(20_000), far, np.ones(20_000), eta)

    def cdf(x):
        return np.where(x <= 1, 0.5 * x ** (eta + 1), 1 - 0.5 * np.maximum(x, 1) ** -(eta + 1))

    assert stats.kstest(beta, cdf).pvalue > 0.01


def test_sbx_in_small_steps_stays_near_with_a_large_eta():
    a, b, rng = np.full((2000, 1), 0.4), np.full((2000, 1), 0.6), np.random.default_rng(4)
    near, wide = (np.abs(np.abs(sbx(a, b, rng, eta, 1.0)[0] - 0.5) - 0.1).mean() for eta in (30, 2))
    assert near < wide / 4


def test_blend_is_uniform_on_the_longer_interval():
    a, b = np.full((20_000, 1), 0.4), np.full((20_000, 1), 0.6)
    c, _ = blend(a, b, np.random.default_rng(5), 0.5)
    assert stats.kstest(c[:, 0], stats.uniform(0.3, 0.4).cdf).pvalue > 0.01


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_n_points_make_n_changes(n):
    a, b = np.zeros((200, 6)), np.ones((200, 6))
    c, _ = n_point(a, b, np.random.default_rng(6), n)
    assert (np.abs(np.diff(c, axis=1)).sum(axis=1) == min(n, 5)).all()
    assert (c[:, 0] == 0).all()


def test_one_column_has_no_room_for_a_cut():
    a, b = np.zeros((2, 1)), np.ones((2, 1))
    c, e = two_point(a, b, np.random.default_rng(0))
    assert np.array_equal(c, a) and np.array_equal(e, b)
