"""Mutation: bounds, rates, densities, and what a step means in columns of indices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.variation.bound import halfway, reflected
from trimtab.variation.mutation import gaussian, indices, polynomial, resettled, uniform

SPACE = Space({"a": Float(0, 1), "b": Int(1, 9), "c": Categorical(["p", "q", "r"]), "e": Int(0, 1)})


@pytest.mark.parametrize("mutate", [polynomial, gaussian, uniform])
@given(st.integers(0, 10**6), st.integers(0, 5), st.integers(0, 6), st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_mutants_stay_inside(mutate, seed, n, d, rate):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (n, d)) / 2
    found = mutate(x, rng, rate=rate)
    assert found.shape == (n, d)
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("mutate", [polynomial, gaussian, uniform])
def test_one_column_in_d_changes(mutate):
    x = np.full((4000, 5), 0.37)
    share = (mutate(x, np.random.default_rng(1)) != x).mean()
    assert abs(share - 0.2) < 0.01
    assert np.array_equal(mutate(x, np.random.default_rng(1), rate=0.0), x)


def test_polynomial_has_the_density_of_the_paper():
    # at the middle the wall is half a width away: t / (1 - (1 - t)...) by inverse transform
    eta = 4.0
    found = polynomial(np.full((20_000, 1), 0.5), np.random.default_rng(2), eta, 1.0)[:, 0]
    low = 0.5 ** (eta + 1)

    def cdf(x):
        t = np.abs(x - 0.5)
        inner = ((1 - t) ** (eta + 1) - low) / (1 - low)  # 1 at no step, 0 at the wall
        return np.where(x < 0.5, inner / 2, 1 - inner / 2)

    assert stats.kstest(found, cdf).pvalue > 0.01


def test_gaussian_has_its_scale():
    steps = gaussian(np.full((20_000, 1), 0.5), np.random.default_rng(3), 0.05, 1.0) - 0.5
    assert stats.kstest(steps[:, 0], stats.norm(0, 0.05).cdf).pvalue > 0.01


def test_a_change_of_an_index_shows():
    rng = np.random.default_rng(4)
    before = SPACE.to_unit(SPACE.from_unit(rng.random((500, 4))))
    after = resettled(SPACE, before, np.clip(before + 1e-6, 0, 1), rng)
    old, new = indices(SPACE, before), indices(SPACE, after)
    assert (old[:, 1:] != new[:, 1:]).all()
    assert (np.abs(old[:, 1] - new[:, 1]) == 1).all()
    assert np.array_equal(after[:, 1:], SPACE.to_unit(new)[:, 1:])
    assert np.array_equal(after[:, 0], np.clip(before + 1e-6, 0, 1)[:, 0])


def test_what_did_not_change_stays():
    x = np.random.default_rng(5).random((20, 4))
    assert resettled(SPACE, x, x.copy(), np.random.default_rng(0)) is not x
    assert np.array_equal(resettled(SPACE, x, x.copy(), np.random.default_rng(0)), x)


def test_choices_move_to_all_others_alike():
    before = SPACE.to_unit(np.array([[0.5, 3, 1, 0]] * 6000))
    after = before.copy()
    after[:, 2] += 1e-9
    hit = indices(SPACE, resettled(SPACE, before, after, np.random.default_rng(6)))[:, 2]
    count = np.bincount(hit.astype(int), minlength=3)
    assert count[1] == 0
    assert abs(count[0] - 3000) < 200


def test_walls():
    assert reflected(np.array([-0.2, 1.3, 2.4, -3.1, 0.4])) == pytest.approx(
        [0.2, 0.7, 0.4, 0.9, 0.4]
    )
    inner = np.random.default_rng(7).random(1000)
    assert np.array_equal(reflected(inner), inner)
    x, inside = np.array([-1.0, 2.0, 0.3]), np.array([0.4, 0.8, 0.9])
    assert halfway(x, inside) == pytest.approx([0.2, 0.9, 0.3])
