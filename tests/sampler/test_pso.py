"""Particle swarms: one step by hand, and Rastrigin's function."""

import numpy as np
import pytest

from trimtab.core.history import Batch, History
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument
from trimtab.rng import ASK, INIT, stream
from trimtab.sampler.pso import PSO, constriction, velocity
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space

NOTHING = History(()).batch(np.empty(0, np.int64))
SPACE = Space({"a": Float(0, 1), "i": Int(0, 4)})


def told(x, y, tag):
    n, none = len(x), np.full(len(x), np.nan)
    y, zero = np.reshape(np.asarray(y, float), (n, 1)), np.zeros(n, np.int64)
    return Batch(x, y, np.empty((n, 0)), none, none, zero, np.asarray(tag, np.int64), zero)


def test_constriction():  # EVO-05
    assert constriction(4.1) == pytest.approx(0.7298, abs=5e-5)
    assert constriction(4.0) == 1.0


def test_velocity_by_hand():  # EVO-05
    x, v = np.array([0.5, 0.2]), np.array([0.1, -0.1])
    best, leader = np.array([0.6, 0.2]), np.array([0.1, 0.7])
    pull = (np.array([1.0, 2.0]), np.array([0.5, 1.0]))
    found = velocity(x, v, best, leader, pull, 0.7, 1.0)
    assert found == pytest.approx([0.07 + 0.1 - 0.2, -0.07 + 0.0 + 0.5])
    assert velocity(x, v, best, leader, pull, 1.0, 0.5) == pytest.approx([0.0, 0.2])


@pytest.mark.parametrize(
    ("d", "n", "seeds"), [(2, 1200, 1), pytest.param(5, 10_000, 3, marks=pytest.mark.slow)]
)
def test_rastrigin(search, d, n, seeds):
    """EVO-05: 50 particles, 200 generations: at most .01 in two runs of three."""
    space = Space({f"x{i}": Float(-5.12, 5.12) for i in range(d)})

    def rastrigin(**x):
        v = np.array(list(x.values()))
        return float(10 * d + (v**2 - 10 * np.cos(2 * np.pi * v)).sum())

    best = [
        min(v for _, v in search(PSO(popsize=10 * d), space, rastrigin, n=n, seed=seed))
        for seed in range(seeds)
    ]
    assert sum(b <= 0.01 for b in best) >= 2 * seeds / 3


@pytest.mark.parametrize(
    "sampler",
    [PSO(popsize=12, topology="ring"), PSO(popsize=12, inertia=0.7, cognitive=1.5, social=1.5)],
)
def test_sphere(search, sampler):
    space = Space({f"x{i}": Float(-5, 5) for i in range(3)})
    found = search(sampler, space, lambda **x: sum(v * v for v in x.values()), n=700)
    assert min(v for _, v in found) < 5e-3


def test_a_move_is_remembered_though_the_result_hides_it():
    sampler = PSO(popsize=4)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    p = sampler.ask(state, Request(4, NOTHING, stream(0, ASK)))
    assert np.array_equal(p.x, state.x)
    shown = SPACE.to_unit(SPACE.from_unit(p.x))
    after = sampler.tell(state, told(shown, [4.0, 3.0, 2.0, 1.0], p.tag), stream(0))
    assert np.array_equal(after.x, state.x)  # not the middles of slices
    q = sampler.ask(after, Request(1, NOTHING, stream(0, ASK, 1)))
    i = int(q.tag[0] >> 40)
    shown = SPACE.to_unit(SPACE.from_unit(q.x))
    last = sampler.tell(after, told(shown, [0.5], q.tag), stream(0))
    assert np.array_equal(last.x[i], q.x[0])
    inside = (q.x[0] > 0) & (q.x[0] < 1)
    assert last.v[i][inside] == pytest.approx((q.x[0] - after.x[i])[inside])
    assert last.best_y[i] == 0.5


def test_ring_neighbours():
    sampler = PSO(popsize=7, topology="ring", radius=1)
    state = sampler.init(Problem(SPACE), stream(0, INIT))
    p = sampler.ask(state, Request(7, NOTHING, stream(0, ASK)))
    y = np.array([5.0, 6.0, 0.0, 7.0, 8.0, 2.0, 4.0])
    state = sampler.tell(state, told(p.x, y[p.tag >> 40], p.tag), stream(0))
    assert [sampler._leader(state, i) for i in range(7)] == [6, 2, 2, 2, 5, 5, 5]
    everyone = PSO(popsize=7)
    assert {everyone._leader(state, i) for i in range(7)} == {2}


def test_refusals():
    with pytest.raises(InvalidArgument, match="topology"):
        PSO(topology="star")
    with pytest.raises(InvalidArgument, match="inertia=2"):
        PSO(inertia=2)
