"""Hooke-Jeeves against the method written out in one loop."""

import numpy as np
import pytest

from trimtab.bench.function import rosenbrock
from trimtab.errors import InvalidArgument
from trimtab.sampler.hooke_jeeves import HookeJeeves
from trimtab.space.domain import Float
from trimtab.space.space import Space


def box(low, high, d=2):
    return Space({f"x{i}": Float(low, high) for i in range(d)})


def oracle(f, x, step, contract, least):
    """The points that the method evaluates, each once, in order."""
    seen = {}

    def g(p):
        return seen.setdefault(tuple(p), f(p))

    def explore(p, y):
        for j in range(len(p)):
            for sign in (1, -1):
                q = p.copy()
                q[j] = np.clip(q[j] + sign * step, 0, 1)
                if g(q) < y:
                    p, y = q, g(q)
                    break
        return p, y

    base, y = np.array(x, float), g(np.array(x, float))
    while True:
        p, value = explore(base, y)
        while value < y:
            leap = np.clip(2 * p - base, 0, 1)
            base, y = p, value
            p, value = explore(leap, g(leap))
        if explore(base, y)[1] < y:
            continue
        if step * contract < least:
            return list(seen), list(seen.values())
        step *= contract


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_method_of_the_paper(play, seed, d):
    rng = np.random.default_rng(seed)
    a, target = rng.standard_normal((d, d)), rng.random(d)
    space = box(0, 1, d)

    def f(codes):
        z = a @ (codes - target)
        return float(z @ z + 0.1 * np.abs(z).sum())

    sampler = HookeJeeves(step=0.25, least_step=1e-3, n_starts=1)
    run = play(sampler, space, f, 500, seed=seed)
    points, values = oracle(lambda p: f(space.from_unit(p[None])[0]), [0.5] * d, 0.25, 0.5, 1e-3)
    assert np.allclose(run.x, points, rtol=0, atol=1e-12)
    assert np.allclose(run.y, values, rtol=1e-9, atol=1e-12)


def test_rosenbrock(play):
    run = play(HookeJeeves(start={"x0": -1.2, "x1": 1.0}), box(-2.048, 2.048), rosenbrock, 500)
    assert min(run.y) < 1e-4


def test_more_workers_try_the_moves_that_follow(play):
    run = play(HookeJeeves(), box(0, 1), lambda c: float(np.sum((c - 0.5) ** 2)), 1)
    found = run.ask(5).x
    assert np.allclose(found[:4], [(0.75, 0.5), (0.25, 0.5), (0.5, 0.75), (0.5, 0.25)])
    assert np.allclose(found[4], (0.625, 0.5))


def test_results_of_others_become_the_base(play):
    run = play(HookeJeeves(), box(0, 1), lambda c: float(np.sum((c - 0.1) ** 2)), 2)
    run.tell(np.array([0.1, 0.1]), np.array([0.1, 0.1]), -1)
    assert np.allclose(run.state.base, 0.1)
    assert np.allclose(run.ask(1).x, (0.35, 0.1))


def test_a_failed_start_is_replaced(play):
    run = play(HookeJeeves(), box(0, 1), lambda c: np.nan if c[0] == 0.5 else float(c.sum()), 40)
    assert run.state.base_y < np.inf
    assert run.state.n_draws >= 1


def test_starts_come_to_an_end(play):
    sampler = HookeJeeves(n_starts=2, least_step=0.1)
    run = play(sampler, box(0, 1), lambda c: float(c.sum()), 10**3)
    assert run.state.n_starts == 2
    assert not len(run.ask(1).x)


@pytest.mark.parametrize("bad", [{"step": 0}, {"contract": 1.0}, {"n_starts": 0}, {"start": 3}])
def test_refusals(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        HookeJeeves(**bad)
