"""Densities that integrate to one, draws that follow them, kernels as wide as the gaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space
from trimtab.surrogate.axes import axes_of, slices, taken
from trimtab.surrogate.parzen import (
    draw,
    log_density,
    log_ratio,
    neighbor_gaps,
    ordered_table,
    parzen,
)

ONE = {
    "float": Space({"a": Float(0, 1)}),
    "log": Space({"a": Float(1e-6, 1, log=True)}),
    "int": Space({"a": Int(1, 9)}),
    "log int": Space({"a": Int(1, 40, log=True)}),
    "many": Space({"a": Int(1, 900)}),
    "ordinal": Space({"a": Ordinal([1, 2, 5])}),
    "categorical": Space({"a": Categorical(["a", "b", "c"])}),
    "weighted": Space({"a": Categorical(["a", "b", "c"], weights=[1, 2, 5])}),
}
MIXED = Space({"a": Float(0, 1), "b": Int(1, 4), "c": Categorical(["x", "y", "z"])})


def _rows(space, n, seed=0):
    x = np.random.default_rng(seed).random((n, len(space.names)))
    return space.to_unit(space.from_unit(x))


def _fit(space, n, seed=0, **options):
    return parzen(axes_of(space), _rows(space, n, seed), np.ones(n), **options)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 150])
@pytest.mark.parametrize("name", ONE)
def test_density_integrates_to_one(name, n):  # TPE-04
    p = _fit(ONE[name], n)
    grid = np.union1d(np.linspace(0, 1, 20001), p.axes.edges[0])
    middle = (grid[1:] + grid[:-1]) / 2
    value = np.exp(log_density(p, middle[:, None]))
    assert np.sum(value * np.diff(grid)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", ["float", "log"])
def test_density_integrates_to_one_by_quadrature(name):  # TPE-04
    p = _fit(ONE[name], 5)
    total, _ = integrate.quad(
        lambda u: float(np.exp(log_density(p, np.array([[u]])))[0]), 0, 1, epsabs=1e-8, limit=200
    )
    assert total == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", ["int", "log int", "ordinal", "categorical", "weighted"])
def test_masses_of_values_sum_to_one(name):  # TPE-04
    p = _fit(ONE[name], 12)
    edges = p.axes.edges[0]
    middle = (edges[1:] + edges[:-1]) / 2
    assert np.sum(np.exp(log_density(p, middle[:, None])) * np.diff(edges)) == pytest.approx(1)


def test_agrees_with_scipys_truncated_normals():
    x = np.array([[0.02, 0.9], [0.1, 0.5], [0.5, 0.45], [0.98, 0.1]])
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    weight = np.array([1.0, 2.0, 3.0, 0.5])
    p = parzen(axes_of(space), x, weight, prior_weight=1.5)
    u = np.random.default_rng(1).random((50, 2))
    each = np.ones((50, 4))
    for j in range(2):
        s = p.sigma[:, j]
        each *= stats.truncnorm.pdf(u[:, [j]], -x[:, j] / s, (1 - x[:, j]) / s, x[:, j], s)
    expected = np.log((each @ weight + 1.5) / 8.0)
    assert log_density(p, u) == pytest.approx(expected, abs=1e-6)


def test_no_rows_leave_the_prior():
    p = _fit(MIXED, 0)
    u = np.random.default_rng(0).random((10, 3))
    assert np.array_equal(log_density(p, u), np.zeros(10))
    assert stats.kstest(draw(p, 2000, np.random.default_rng(1))[:, 0], "uniform").pvalue > 0.01


@pytest.mark.parametrize("name", ["float", "many"])
def test_draws_follow_the_density(name):
    p = _fit(ONE[name], 6)
    grid = np.linspace(0, 1, 4001)[:, None]
    total = np.cumsum(np.exp(log_density(p, grid)))
    u = draw(p, 4000, np.random.default_rng(2))[:, 0]
    assert np.all((u >= 0) & (u <= 1))
    assert stats.kstest(u, lambda q: np.interp(q, grid[:, 0], total / total[-1])).pvalue > 0.01


@pytest.mark.parametrize("name", ["int", "log int", "categorical", "weighted"])
def test_draws_of_values_follow_their_masses(name):
    p = _fit(ONE[name], 6)
    edges = p.axes.edges[0]
    middle = (edges[1:] + edges[:-1]) / 2
    mass = np.exp(log_density(p, middle[:, None])) * np.diff(edges)
    found = slices(edges, draw(p, 20000, np.random.default_rng(3))[:, 0])
    share = np.bincount(found, minlength=len(mass)) / 20000
    assert share == pytest.approx(mass, abs=0.015)


def test_draws_of_all_columns_belong_to_one_kernel():
    x = np.array([[0.1, 0.125, 1 / 6], [0.9, 0.875, 5 / 6]])
    p = parzen(axes_of(MIXED), np.repeat(x, 50, axis=0), np.ones(100), prior_weight=1e-9)
    u = draw(p, 500, np.random.default_rng(0))
    is_low = u < 0.5  # two of the hundred kernels are as wide as the gap between the clusters
    assert np.mean(is_low.all(axis=1) | ~is_low.any(axis=1)) > 0.95
    assert 0.4 < np.mean(is_low) < 0.6


def test_widths_are_gaps_within_the_clip():
    x = np.array([[0.5], [0.1], [0.2], [0.9]])
    assert neighbor_gaps(x)[:, 0] == pytest.approx([0.4, 0.1, 0.3, 0.4])
    space = Space({"a": Float(0, 1)})
    near = np.full((200, 1), 0.5) + np.linspace(0, 1e-3, 200)[:, None]
    for is_clipped, low in ((True, 0.01), (False, 1e-4)):
        p = parzen(axes_of(space), near, np.ones(200), magic_clip=is_clipped)
        assert np.all(p.sigma == low)
    few = parzen(axes_of(space), near[:3], np.ones(3))
    assert few.sigma.min() == pytest.approx(1 / 5)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 1000).map(lambda i: i / 1000), min_size=2, max_size=30))
def test_gaps_match_a_plain_loop(values):
    found = neighbor_gaps(np.array(values)[:, None])[:, 0]
    order = sorted(range(len(values)), key=lambda i: (values[i], i))
    for place, i in enumerate(order):
        around = [order[k] for k in (place - 1, place + 1) if 0 <= k < len(order)]
        assert found[i] == pytest.approx(max(abs(values[i] - values[k]) for k in around), abs=1e-12)


def test_neighbours_of_an_ordered_value_are_denser_than_its_ends():  # SPC-04
    table = ordered_table(np.linspace(0, 1, 5), 0.2)
    assert np.all(np.diff(table[0]) < 0)
    assert table[1, 2] > table[1, 3]


def test_categories_keep_what_the_prior_does_not_take():
    p = _fit(ONE["categorical"], 1)
    here = np.exp(log_density(p, p.x))[0] / 3
    leak = 3 / 2
    kernel = (1 + leak / 3) / (1 + leak)
    assert here == pytest.approx((kernel + 1 / 3) / 2)


@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (1, 30), (6, 1), (7, 0), (25, 140)])
@pytest.mark.parametrize("space", [ONE["float"], ONE["int"], ONE["weighted"], MIXED])
def test_two_mixtures_in_one_are_the_two_of_their_own(space, sizes):
    axes, k, rng = axes_of(space), sizes[0], np.random.default_rng(4)
    x, u = _rows(space, sum(sizes), 5), _rows(space, 40, 6)
    weight = np.concatenate([np.ones(k), rng.random(sizes[1]) + 0.1])
    both = parzen(axes, x, weight, n_first=k, prior_weight=1.5)
    low, high = (
        parzen(axes, x[p], weight[p], prior_weight=1.5) for p in (slice(k), slice(k, None))
    )
    assert log_density(both, u) == pytest.approx(log_density(low, u), abs=1e-9)
    assert log_ratio(both, u) == pytest.approx(log_density(low, u) - log_density(high, u), abs=1e-9)
    draws = [draw(p, 30, np.random.default_rng(7)) for p in (both, low)]
    assert draws[0] == pytest.approx(draws[1], abs=1e-9)


def test_weights_shift_mass():
    x = np.array([[0.2], [0.8]])
    p = parzen(axes_of(ONE["float"]), x, np.array([3.0, 1.0]))
    low, high = log_density(p, x)
    assert low > high


def test_some_of_the_columns():
    axes = taken(axes_of(MIXED), np.array([2, 0]))
    assert (axes.d, axes.unordered.tolist(), axes.smooth.tolist()) == (2, [0], [1])
    assert len(axes.edges[0]) == 4
