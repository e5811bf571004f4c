"""The forest: better than random, log losses, local search, every model, no repeats."""

import numpy as np
import pytest

from trimtab.bench.function import task
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.sampler.forest import Forest, local_search, log_losses, neighbors
from trimtab.sampler.random import Random
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.axes import axes_of

BRANIN = task("branin")
MIXED = Space(
    {
        "c": Categorical(["p", "q", "r"]),
        "x": Float(0, 1).when(c="p"),
        "y": Float(0, 1),
        "n": Int(1, 9),
    }
)


def _batch(x, y):
    n = len(x)
    return Batch(
        x=np.asarray(x, float),
        y=np.asarray(y, float).reshape(n, 1),
        c=np.empty((n, 0)),
        budget=np.full(n, np.nan),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.full(n, -1),
        number=np.arange(n),
    )


def _told(sampler, space, x, y):
    state = sampler.init(Problem(space), stream(0, INIT))
    return sampler.tell(state, _batch(x, y), stream(0, TELL))


def _ask(sampler, state, n=1, seed=0):
    nothing = _batch(np.empty((0, state.axes.d)), [])
    return sampler.ask(state, Request(n, nothing, stream(seed, ASK))).x


def _rows(space, n, seed=0):
    x = np.random.default_rng(seed).random((n, len(space.names)))
    return space.to_unit(space.from_unit(x))


@pytest.mark.parametrize(("model", "seeds"), [("forest", 5), ("extra_trees", 5), ("boosted", 1)])
def test_thirty_trials_on_branin(search, model, seeds):  # GPM-23
    n = 30 if seeds > 1 else 22  # boosting is slow

    def medians(sampler):
        return np.median(
            [
                min(v for _, v in search(sampler, BRANIN.space, lambda **c: BRANIN(c), n, seed))
                for seed in range(seeds)
            ]
        )

    assert medians(Forest(model=model)) < medians(Random())


def test_losses_are_stretched_at_the_best_end():
    y = np.concatenate([np.geomspace(1e-3, 1, 50), [np.nan]])
    z = log_losses(y)
    assert np.all(np.diff(z[:50]) > 0)
    assert z[49] == z[50] == pytest.approx(0)
    assert z[10] - z[0] > z[49] - z[48]
    assert log_losses(1000 * y + 5) == pytest.approx(z)


def test_equal_losses_have_no_scale():
    assert log_losses(np.array([2.0, 2.0])).tolist() == [0, 0]
    assert log_losses(np.array([2.0, np.nan])).tolist() == [0, 1]


def test_neighbours_differ_in_one_active_column():
    x = _rows(MIXED, 6)
    near, of = neighbors(axes_of(MIXED), x, np.random.default_rng(0))
    is_same = (near == x[of]) | (np.isnan(near) & np.isnan(x[of]))
    assert np.all(is_same.sum(axis=1) >= 3)
    assert np.array_equal(np.isnan(near), np.isnan(x[of]))
    assert set(of.tolist()) == set(range(6))


def test_local_search_climbs():
    axes, rng = axes_of(MIXED), np.random.default_rng(0)
    starts = _rows(MIXED, 5)

    def score(u):
        return -np.abs(u[:, 2] - 0.5) - (u[:, 0] > 1 / 3) - np.abs(u[:, 3] - 0.5)

    ends, values = local_search(MIXED, axes, starts, score, rng)
    assert np.all(values >= score(starts))
    assert values == pytest.approx(score(ends))
    assert values.max() > -0.1


def test_a_result_is_not_proposed_again():
    x = _rows(MIXED, 40)
    sampler = Forest(random_share=0.0)
    state = _told(sampler, MIXED, x, np.arange(40.0))
    for seed in range(8):
        row = MIXED.to_unit(MIXED.from_unit(_ask(sampler, state, seed=seed)))
        same = (row == x) | (np.isnan(row) & np.isnan(x))
        assert not same.all(axis=1).any()


def test_a_failing_region_is_left_alone():
    x = _rows(MIXED, 80)
    y = np.where(x[:, 2] < 0.5, np.nan, 1 + x[:, 2])
    sampler = Forest(random_share=0.0)
    asked = np.concatenate([_ask(sampler, _told(sampler, MIXED, x, y), seed=s) for s in range(10)])
    assert np.mean(asked[:, 2] > 0.45) >= 0.8


def test_a_batch_is_spread():
    x = _rows(BRANIN.space, 30)
    sampler = Forest(random_share=0.0)
    rows = _ask(sampler, _told(sampler, BRANIN.space, x, x.sum(axis=1)), 5)
    assert len(np.unique(rows, axis=0)) == 5


def test_random_proposals_are_interleaved():
    x = _rows(BRANIN.space, 30)
    sampler = Forest(random_share=1)
    asked = _ask(sampler, _told(sampler, BRANIN.space, x, x.sum(axis=1)), 200)
    assert np.abs(asked.mean(axis=0) - 0.5).max() < 0.1


@pytest.mark.parametrize(
    ("setting", "value"), [("model", "gp"), ("random_share", 1.5), ("random_share", True)]
)
def test_refusals(setting, value):
    with pytest.raises(ValueError, match=setting):
        Forest(**{setting: value})
