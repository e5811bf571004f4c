"""Genetic algorithms: OneMax, Rastrigin, operators of one's own, conditional genes."""

import json

import numpy as np
import pytest
from scipy import stats

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import INIT, stream
from trimtab.sampler.ga import GA, MUTATIONS
from trimtab.sampler.registry import sampler_of, settings_of
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.variation.crossover import blend

BITS = Space({f"b{i}": Int(0, 1) for i in range(50)})
MIXED = Space(
    {
        "x": Float(0, 1),
        "kind": Categorical(["a", "b", "c"]),
        "i": Int(1, 9).when(kind="a"),
        "sub": Categorical(["p", "q"]).when(kind="a"),
        "y": Float(0, 1).when(sub="p"),
    }
)


def told(x, y, tag=None):
    n, none = len(x), np.full(len(x), np.nan)
    y, zero = np.reshape(np.asarray(y, float), (n, 1)), np.zeros(n, np.int64)
    return Batch(x, y, np.empty((n, 0)), none, none, zero, zero, zero)


@pytest.mark.slow
def test_one_max_within_a_hundred_generations(search):  # EVO-01
    def f(**bits):
        return 50 - sum(bits.values())

    best = [
        min(v for _, v in search(GA(crossover="two-point"), BITS, f, n=5000, seed=seed, until=0))
        for seed in range(10)
    ]
    assert sum(v == 0 for v in best) >= 9


def test_one_max_in_small(search):
    space = Space({f"b{i}": Int(0, 1) for i in range(12)})
    found = search(GA(popsize=20), space, lambda **bits: 12 - sum(bits.values()), n=300)
    assert min(v for _, v in found) == 0


@pytest.mark.parametrize(("d", "n"), [(2, 1500), pytest.param(5, 10_000, marks=pytest.mark.slow)])
def test_rastrigin(search, d, n):  # EVO-01
    space = Space({f"x{i}": Float(-5.12, 5.12) for i in range(d)})

    def rastrigin(**x):
        v = np.array(list(x.values()))
        return float(10 * d + (v**2 - 10 * np.cos(2 * np.pi * v)).sum())

    assert min(v for _, v in search(GA(), space, rastrigin, n=n)) < 0.01


def test_matings_keep_conditional_spaces_and_frequencies():  # EVO-07
    rng = np.random.default_rng(0)
    x = MIXED.to_unit(MIXED.from_unit(rng.random((20_000, 5))))
    x = np.where(np.isnan(x), rng.random(x.shape), x)  # as the sampler does
    sampler = GA()
    children = sampler.mutated(MIXED, sampler.mated(MIXED, x[:10_000], x[10_000:], rng), rng)
    codes = MIXED.from_unit(children)
    for config in MIXED.configs(codes[:500]):
        assert MIXED.validate(config) == config
    gone = codes[:, 1] != 0
    assert np.isnan(codes[gone][:, 2:]).all() and not np.isnan(codes[~gone][:, 2:4]).any()
    mated = MIXED.from_unit(sampler.mated(MIXED, x[:10_000], x[10_000:], rng))
    before = np.bincount(MIXED.from_unit(x)[:, 1].astype(int), minlength=3)
    after = np.bincount(mated[:, 1].astype(int), minlength=3)
    assert np.array_equal(before, after)  # mating alone neither loses nor invents a choice
    count = np.bincount(codes[:, 1].astype(int), minlength=3)
    assert stats.chisquare(count).pvalue > 1e-3


def wrong_way(x, rng):
    return x + 0.7  # leaves the cube


def test_operators_of_ones_own(search):  # EVO-06
    sampler = GA(popsize=8, crossover=blend, mutation="trimtab.variation.mutation:uniform")
    again = sampler_of(json.loads(json.dumps(settings_of(sampler))))
    assert again == sampler
    assert again.crossover == "trimtab.variation.crossover:blend"
    found = search(again, MIXED, lambda x, **rest: (x - 0.3) ** 2, n=60)
    for config, _ in found:
        assert MIXED.validate(config) == config


def test_what_an_operator_puts_outside_comes_back(monkeypatch):
    x = np.random.default_rng(1).random((30, 5))
    monkeypatch.setitem(MUTATIONS, "wrong", wrong_way)
    found = GA(mutation="wrong").mutated(MIXED, x, np.random.default_rng(0))
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("selection", ["tournament", "roulette", "rank", "sus"])
@pytest.mark.parametrize("crossover", ["sbx", "blend", "uniform", "one-point", "two-point"])
def test_all_parts_go_together(selection, crossover):
    sampler = GA(selection=selection, crossover=crossover, mutation="gaussian")
    rng = np.random.default_rng(2)
    x = rng.random((12, 5))
    children = sampler.children(MIXED, x, rng.random(12), 7, rng)
    assert children.shape == (7, 5)
    assert ((children >= 0) & (children <= 1)).all()
    assert not (children[:, None] == x[None]).all(axis=2).any()  # no twins


def population(sampler, y):
    space = Space({"a": Float(0, 1)})
    state = sampler.init(Problem(space), stream(0, INIT))
    x = np.linspace(0, 1, len(y))[:, None]
    return sampler.tell(state, told(x, y), stream(0))


def test_survival_of_the_best():
    state = population(GA(popsize=3), [5.0, 1.0, 4.0, 0.0, 9.0, 2.0])
    assert sorted(state.y.tolist()) == [0.0, 1.0, 2.0]
    assert state.generation == 2


def test_generations_replace_all_but_the_elite():
    state = population(GA(popsize=3, survival="generational"), [5.0, 1.0, 4.0, 7.0, 9.0, 8.0])
    assert sorted(state.y.tolist()) == [1.0, 7.0, 8.0]


def test_the_oldest_leave():  # Real et al. 2019
    state = population(GA(popsize=3, survival="age"), [0.0, 1.0, 4.0, 7.0, np.nan])
    assert state.y.tolist() == [4.0, 7.0, np.inf]


def test_ageing_evolution_improves(search):
    sampler = GA(popsize=20, survival="age", tournament=5, crossover_rate=0.0)
    found = search(sampler, BITS, lambda **bits: 50 - sum(bits.values()), n=350)
    assert min(v for _, v in found) < 11  # random search: about 14


def test_refusals():
    with pytest.raises(InvalidArgument, match="did you mean 'sbx'"):
        GA(crossover="sbxx")
    with pytest.raises(InvalidArgument, match="top level of a module"):
        GA(mutation=lambda x, rng: x)
    with pytest.raises(InvalidArgument, match="survival"):
        GA(survival="best")
