"""Random search: the streams of the columns, priors, finite spaces."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binomtest, kstest

from trimtab.sampler.grid import Grid
from trimtab.sampler.random import Random
from trimtab.space.domain import Beta, Float, Int, Normal
from trimtab.space.space import Space

CUBE = Space({name: Float(0, 1) for name in "abc"})


def test_rows_do_not_depend_on_how_they_are_asked_for(rows):
    whole = rows(Random(), CUBE, 50)
    parts = [rows(Random(), CUBE, n, start) for start, n in [(0, 1), (1, 7), (8, 42)]]
    assert np.array_equal(whole, np.vstack(parts))


def test_a_new_parameter_leaves_the_others_alone(rows):
    wider = Space({"z": Float(0, 1), "a": Float(0, 1), "b": Float(0, 1), "c": Float(0, 1)})
    assert np.array_equal(rows(Random(), wider, 20)[:, 1:], rows(Random(), CUBE, 20))


def test_seeds_differ(rows):
    assert not np.array_equal(rows(Random(), CUBE, 5, seed=0), rows(Random(), CUBE, 5, seed=1))


def test_columns_are_uniform_and_independent(rows):  # RND-04
    x = rows(Random(), CUBE, 100_000)
    assert all(kstest(column, "uniform").pvalue > 0.01 for column in x.T)
    assert np.abs(np.corrcoef(x, rowvar=False) - np.eye(3)).max() < 0.01


def test_chance_to_hit_the_top_five_percent(rows):  # RND-01: 1 - .95**60 = .9539
    line = Space({"a": Float(0, 1)})
    hits = sum(rows(Random(), line, 60, seed=seed).min() < 0.05 for seed in range(400))
    assert binomtest(hits, 400, 1 - 0.95**60).pvalue > 0.01


def test_more_distinct_values_than_a_grid(configs):  # RND-03
    assert len({config["a"] for config in configs(Random(), CUBE, 9)}) == 9


def test_mixed_distributions_are_independent(rows):
    """RND-04: every margin follows its own law, and none knows of another."""
    laws = {
        "a": (Float(1e-6, 1e-1, log=True), stats.loguniform(1e-6, 1e-1)),
        "b": (Float(prior=Normal(2, 3)), stats.norm(2, 3)),
        "c": (Float(0, 10, prior=Beta(2, 5)), stats.beta(2, 5, 0, 10)),
        "d": (Float(-3, 7), stats.uniform(-3, 10)),
    }
    space = Space({name: domain for name, (domain, _) in laws.items()})
    drawn = space.from_unit(rows(Random(), space, 100_000))
    for column, (_, law) in zip(drawn.T, laws.values(), strict=True):
        assert kstest(column, law.cdf).pvalue > 0.01
    assert np.abs(np.corrcoef(drawn, rowvar=False) - np.eye(4)).max() < 0.01


def test_where_few_dimensions_matter_a_grid_is_worse(rows):
    """RND-03: six dimensions of which two matter, 64 points: random draws win for most optima."""
    space = Space({f"x{i}": Float(0, 1) for i in range(6)})
    grid = rows(Grid(2), space, 64)
    optima, won = np.random.default_rng(0).random((200, 2)), 0
    for seed, optimum in enumerate(optima):
        drawn = [rows(Random(), space, 64, seed=7 * seed + k) for k in range(7)]
        regret = [((x[:, :2] - optimum) ** 2).sum(axis=1).min() for x in (grid, *drawn)]
        won += np.median(regret[1:]) < regret[0]
    assert len(grid) == 64
    assert won >= 160


@pytest.mark.parametrize("unique", [True, False])
def test_unique_is_declared(unique):
    assert Random(unique=unique).supports.is_unique is unique


def test_inactive_columns_are_drawn_all_the_same(rows):
    space = Space({"a": Int(1, 2), "b": Float(0, 1).when(a=1)})
    assert not np.isnan(rows(Random(), space, 20)).any()
