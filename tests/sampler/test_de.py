"""Differential evolution: who wins, what is asked, and Rastrigin's function."""

import numpy as np
import pytest

from trimtab.core.history import Batch, History
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument
from trimtab.rng import ASK, INIT, stream
from trimtab.sampler.de import DE
from trimtab.space.domain import Float
from trimtab.space.space import Space

NOTHING = History(()).batch(np.empty(0, np.int64))
SPACE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def told(x, y, tag):
    n, none = len(x), np.full(len(x), np.nan)
    y, zero = np.reshape(np.asarray(y, float), (n, 1)), np.zeros(n, np.int64)
    return Batch(x, y, np.empty((n, 0)), none, none, zero, np.asarray(tag, np.int64), zero)


@pytest.mark.parametrize(("d", "n"), [(2, 1200), pytest.param(5, 15_000, marks=pytest.mark.slow)])
def test_rastrigin(search, d, n):  # EVO-04, FND-08: scipy needs some 14,000
    space = Space({f"x{i}": Float(-5.12, 5.12) for i in range(d)})

    def rastrigin(**x):
        v = np.array(list(x.values()))
        return float(10 * d + (v**2 - 10 * np.cos(2 * np.pi * v)).sum())

    found = search(DE(popsize=10 * d), space, rastrigin, n=n)
    assert min(v for _, v in found) < 1e-6


def test_the_population_is_asked_first():
    sampler = DE(popsize=6)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    p = sampler.ask(state, Request(6, NOTHING, stream(0, ASK)))
    assert sorted(p.tag.tolist()) == list(range(6))
    assert np.array_equal(p.x, state.x[p.tag])


def test_challengers_win_ties_and_failures_lose():
    sampler = DE(popsize=4)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    state = sampler.tell(state, told(state.x, [3.0, 1.0, np.nan, 2.0], range(4)), stream(0))
    assert state.y.tolist() == [3.0, 1.0, np.inf, 2.0]
    rows = np.array([[0.1, 0.2], [0.3, np.nan], [0.5, 0.6], [0.7, 0.8]])
    new = sampler.tell(state, told(rows, [3.0, 1.5, np.nan, np.nan], [0, 1, 2, 3]), stream(0))
    assert new.y.tolist() == [3.0, 1.0, np.inf, 2.0]
    assert np.array_equal(new.x[0], rows[0])
    assert np.array_equal(new.x[1], state.x[1]) and np.array_equal(new.x[3], state.x[3])
    better = sampler.tell(state, told(rows[1:2], [0.5], [1]), stream(0))
    assert better.x[1].tolist() == [0.3, state.x[1, 1]]  # the inactive gene is kept


def test_a_result_from_elsewhere_replaces_the_worst():
    sampler = DE(popsize=4)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    state = sampler.tell(state, told(state.x, [3.0, 1.0, 9.0, 2.0], range(4)), stream(0))
    state = sampler.tell(state, told(np.array([[0.1, 0.2]]), [2.5], [-1]), stream(0))
    assert state.y.tolist() == [3.0, 1.0, 2.5, 2.0]


@pytest.mark.parametrize(
    "strategy", ["rand/1", "best/1", "current-to-best/1", "current-to-pbest/1"]
)
def test_every_strategy_improves(search, strategy):
    sampler = DE(popsize=12, strategy=strategy, weight=0.6, crossover_rate=0.9)
    found = search(sampler, SPACE, lambda a, b: (a - 0.3) ** 2 + (b - 0.6) ** 2, n=400)
    assert min(v for _, v in found) < 1e-5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"popsize": 3}, "popsize"),
        ({"weight": (1.0, 0.5)}, "no range"),
        ({"weight": 3.0}, "weight=3.0"),
        ({"strategy": "rand"}, "did you mean"),
        ({"crossover_rate": 1.5}, "crossover_rate"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(InvalidArgument, match=message):
        DE(**settings)
