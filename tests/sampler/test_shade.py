"""SHADE: reduction, archive, and Rosenbrock's function."""

import numpy as np
import pytest

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import INIT, stream
from trimtab.sampler.shade import SHADE
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.variation.success import packed

SPACE = Space({f"x{i}": Float(-5, 10) for i in range(5)})


def told(x, y, tag):
    n, none = len(x), np.full(len(x), np.nan)
    y, zero = np.reshape(np.asarray(y, float), (n, 1)), np.zeros(n, np.int64)
    return Batch(x, y, np.empty((n, 0)), none, none, zero, np.asarray(tag, np.int64), zero)


def rosenbrock(**x):
    v = np.array(list(x.values()))
    return float((100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2).sum())


@pytest.mark.parametrize(
    "sampler",
    [SHADE(popsize=15), SHADE(n_trials=1000, popsize=30), SHADE(popsize=15, method="jade")],
)
def test_rosenbrock(search, sampler):  # ADP-02, in small
    space = Space({"x0": Float(-5, 10), "x1": Float(-5, 10)})
    assert (
        min(v for _, v in search(sampler, space, rosenbrock, n=1000)) < 0.05
    )  # random search: 0.5


@pytest.mark.slow
def test_rosenbrock_in_ten_dimensions(search):  # ADP-02
    space = Space({f"x{i}": Float(-5, 10) for i in range(10)})
    best = [
        min(v for _, v in search(SHADE(n_trials=20_000), space, rosenbrock, n=20_000, seed=seed))
        for seed in range(3)
    ]
    assert np.median(best) < 1e-2


def test_the_population_shrinks_to_four(search):
    sampler = SHADE(n_trials=300, popsize=30)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    sizes = []
    rng = np.random.default_rng(0)
    for k in range(360):
        member = int(state.id[k % len(state.id)])
        tag = int(packed(np.array([member]), np.array([0.5]), np.array([0.5]))[0])
        state = sampler.tell(state, told(rng.random((1, 5)), [rng.random()], [tag]), stream(0))
        sizes.append(len(state.y))
        assert len(state.archive) <= round(2.6 * len(state.y))
    assert sizes[0] == 30 and sizes[-1] == 4
    assert (np.diff(sizes) <= 0).all()


def test_success_goes_to_memory_and_archive():
    sampler = SHADE(popsize=4)
    state = first = sampler.init(Problem(SPACE), stream(0, INIT))
    tags = packed(np.arange(4), np.full(4, 0.5), np.full(4, 0.5))
    state = sampler.tell(state, told(state.x, [4.0, 3.0, 2.0, 1.0], tags), stream(0))
    assert state.n_left == 4 and np.array_equal(state.memory.f, first.memory.f)
    f, rate = np.array([0.4, 0.8, 0.3, 0.3]), np.array([0.2, 0.6, 0.3, 0.3])
    rows = np.full((4, 5), 0.25)
    state = sampler.tell(
        state, told(rows, [3.0, 0.0, 5.0, np.nan], packed(np.arange(4), f, rate)), stream(0)
    )
    assert state.memory.f[0] == pytest.approx(0.52 / 0.7, abs=1e-5)  # gains 1 and 3
    assert np.array_equal(state.archive, first.x[:2])
    assert state.y.tolist() == [3.0, 0.0, 2.0, 1.0]


def test_a_removed_members_challenger_meets_the_worst():
    sampler = SHADE(popsize=4)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    tags = packed(np.arange(4), np.full(4, 0.5), np.full(4, 0.5))
    state = sampler.tell(state, told(state.x, [4.0, 3.0, 2.0, 1.0], tags), stream(0))
    gone = packed(np.array([99]), np.array([0.5]), np.array([0.5]))
    state = sampler.tell(state, told(np.full((1, 5), 0.5), [3.5], gone), stream(0))
    assert state.y.tolist() == [3.5, 3.0, 2.0, 1.0]


def test_refusals():
    with pytest.raises(InvalidArgument, match="n_trials=100"):
        SHADE(method="jade", n_trials=100)
    with pytest.raises(InvalidArgument, match="did you mean 'jade'"):
        SHADE(method="jad")
