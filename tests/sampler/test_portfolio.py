"""Portfolios: credit by rank, and the budget to whom it is due."""

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.sampler.cmaes import CMAES
from trimtab.sampler.portfolio import Portfolio, reward
from trimtab.sampler.random import Random
from trimtab.sampler.sobol import Sobol
from trimtab.space.domain import Float
from trimtab.space.space import Space

BOX = Space({f"x{i}": Float(-5, 5) for i in range(4)})


def sphere(c):
    return float(np.sum((c - 1.7) ** 2))


def test_rewards_by_hand():
    assert reward(1.0, np.empty(0)) == 0.5
    assert reward(1.0, np.array([2.0, 3.0, 0.5, 1.0])) == (2 + 0.5) / 4
    assert reward(np.inf, np.array([np.inf, 1.0])) == 0.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_better_method_gets_the_budget(play, seed):  # ADP-06
    run = play(Portfolio([Random(), CMAES()]), BOX, sphere, 400, seed=seed)
    late = [tag % 2 for tag in run.tag[200:]]
    assert np.mean(late) > 0.7


def test_equal_methods_share(play):
    run = play(Portfolio([Random(), Sobol()]), BOX, sphere, 200)
    assert 0.3 < np.mean([tag % 2 for tag in run.tag]) < 0.7


def test_workers_are_spread(play):
    run = play(Portfolio([Random(), Sobol()]), BOX, sphere, 0)
    assert sorted((run.ask(6).tag % 2).tolist()) == [0, 0, 0, 1, 1, 1]


def test_failures_earn_nothing(play):
    f = lambda c: np.nan  # noqa: E731
    run = play(Portfolio([Random(), Sobol()]), BOX, f, 30)
    assert run.state.credit.tolist() == [0, 0]
    assert run.state.n.sum() == 30


@pytest.mark.parametrize(
    "bad",
    [
        {"samplers": []},
        {"samplers": ["random"]},
        {"window": 0},
        {"discount": 0},
        {"exploration": -1},
    ],
)
def test_refusals(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        Portfolio(**{"samplers": [Random()], **bad})
