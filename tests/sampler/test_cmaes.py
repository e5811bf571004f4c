"""CMA-ES against the counts of its references, and what is special about its proposals."""

import numpy as np
import pytest

from trimtab.core.history import Batch, History
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument
from trimtab.rng import ASK, INIT, stream
from trimtab.sampler.cmaes import CMAES
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.variation.covariance import updated

D = 10
BOX = Space({f"x{i}": Float(-10, 10) for i in range(D)})
AT_THREE = {f"x{i}": 3.0 for i in range(D)}


def told(x, y, tag):
    n, none = len(x), np.full(len(x), np.nan)
    y, zero = np.reshape(np.asarray(y, float), (n, 1)), np.zeros(n, np.int64)
    return Batch(x, y, np.empty((n, 0)), none, none, zero, np.asarray(tag, np.int64), zero)


NOTHING = History(()).batch(np.empty(0, np.int64))


def evaluations(found, target):
    values = [v for _, v in found]
    return next((i + 1 for i, v in enumerate(values) if v <= target), 10**9)


def sphere(**x):
    return float(sum(v * v for v in x.values()))


def test_the_sphere_takes_what_pycma_takes(
    search,
):  # EVO-03; ellipsoid, Rosenbrock: test_covariance
    sampler = CMAES(sigma=0.05, start=AT_THREE, restarts="none")
    found = search(sampler, BOX, sphere, n=2000, seed=1)
    assert 1100 < evaluations(found, 1e-8) < 2000


def test_ask_and_tell_are_the_plain_iteration():  # ADP-03
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    sampler = CMAES(popsize=6)
    state = sampler.init(Problem(space), stream(0, INIT))
    proposals = sampler.ask(state, Request(6, NOTHING, stream(0, ASK)))
    y = ((proposals.x - 0.2) ** 2).sum(axis=1)
    steps = (proposals.x - 0.5) / 0.3
    expected = updated(state.gauss, state.rates, steps[np.argsort(y)])
    back = np.array([4, 1, 0, 5, 2, 3])  # in any order
    state = sampler.tell(state, told(proposals.x[back], y[back], proposals.tag[back]), stream(0))
    assert state.generation == 1 and len(state.losses) == 0
    inside = ((proposals.x > 0) & (proposals.x < 1)).all()
    assert inside
    assert np.allclose(state.gauss.mean, expected.mean, atol=1e-12)
    assert np.allclose(state.gauss.cov, expected.cov, atol=1e-12)


def test_integers_are_found(search):
    space = Space({f"i{j}": Int(-20, 20) for j in range(4)} | {"x": Float(-5, 5)})

    def f(x, **i):
        return float(x * x + sum((v - 7) ** 2 for v in i.values()))

    for seed in range(2):
        best = min(search(CMAES(), space, f, n=600, seed=seed), key=lambda r: r[1])
        assert best[1] < 1e-3
        assert [best[0][f"i{j}"] for j in range(4)] == [7] * 4


def test_margin_keeps_every_integer_column_alive(search):
    space = Space({"i": Int(0, 10), "x": Float(-5, 5)})
    sampler, n = CMAES(popsize=6, restarts="none"), 300
    tried = [c["i"] for c, _ in search(sampler, space, lambda i, x: (i - 4) ** 2 + x * x, n=n)]
    assert len(set(tried[-100:])) > 1


def test_choices_are_found(search):
    space = Space({f"c{j}": Categorical(list("abcd")) for j in range(4)} | {"x": Float(-5, 5)})

    def f(x, **c):
        return x * x + sum(v != "c" for v in c.values())

    for seed in range(2):
        best = min(search(CMAES(), space, f, n=500, seed=seed), key=lambda r: r[1])
        assert best[1] < 1e-2


def test_restarts_double_the_population(search):
    space = Space({"a": Float(-5, 5), "b": Float(-5, 5)})
    sampler = CMAES(restarts="ipop")
    state = sampler.init(Problem(space), stream(0, INIT))
    sizes = []
    for k in range(400):  # a plain has nothing to give
        p = sampler.ask(state, Request(1, NOTHING, stream(0, ASK, k)))
        state = sampler.tell(state, told(p.x, [1.0], p.tag), stream(0))
        sizes.append(state.regime.popsize)
    assert sorted(set(sizes))[:2] == [6, 12]


@pytest.mark.parametrize("restarts", ["ipop", "bipop", "none"])
def test_restarts_leave_the_wrong_valley(search, restarts):
    space = Space({"x": Float(0, 1)})
    sampler = CMAES(sigma=0.02, start={"x": 0.2}, restarts=restarts)
    found = search(sampler, space, lambda x: min((x - 0.8) ** 2, (x - 0.2) ** 2 + 0.01), n=900)
    assert (evaluations(found, 1e-4) < 900) is (restarts != "none")


def test_rate_adaptation_and_separable_converge(search):
    space = Space({f"x{i}": Float(-5, 5) for i in range(4)})
    for sampler in (CMAES(adapt_rate=True), CMAES(separable=True)):
        assert evaluations(search(sampler, space, sphere, n=1500), 1e-4) < 1500


def test_late_and_foreign_results_count_with_bounded_steps():
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    sampler = CMAES(popsize=4, sigma=0.01)
    state = sampler.init(Problem(space), stream(0, INIT))
    rows = np.array([[1.0, 1.0], [0.0, 1.0], [0.5, 0.0]])
    state = sampler.tell(state, told(rows, [0.0, 1.0, 2.0], [-1, -1, -1]), stream(0))
    assert len(state.losses) == 3
    assert np.linalg.norm(state.steps, axis=1).max() < np.sqrt(2) + 1 + 1e-9


def test_where_all_fail_nothing_is_learned():
    space = Space({"a": Float(0, 1)})
    sampler = CMAES(popsize=4)
    state = first = sampler.init(Problem(space), stream(0, INIT))
    p = sampler.ask(state, Request(4, NOTHING, stream(0, ASK)))
    state = sampler.tell(state, told(p.x, [np.nan] * 4, p.tag), stream(0))
    assert state.generation == 1
    assert state.gauss is first.gauss


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sigma": 0}, "sigma=0"),
        ({"popsize": 1}, "popsize"),
        ({"restarts": "ipopp"}, "did you mean 'ipop'"),
        ({"separable": True, "adapt_rate": True}, "full covariance"),
        ({"start": 3}, "start=3"),
        ({"margin": 0.7}, "margin=0.7"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(InvalidArgument, match=message):
        CMAES(**settings)
