"""Bayesian optimization of a few columns at a time (MTK-05)."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument
from trimtab.sampler.dropout import Dropout, best_row
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

CUBE = Space({f"x{i}": Float(0, 1) for i in range(12)})


def bowl(codes):
    return float(np.sum((codes - 0.3) ** 2))


@pytest.mark.parametrize("n_active", [2, 5])
def test_the_others_are_those_of_the_best(play, n_active):
    run = play(Dropout(n_active=n_active, p_random=0.0, n_initial=8), CUBE, bowl, 8)
    moved = set()
    for i in range(9, 15):
        best = best_row(run.state.results)
        run.go(i)
        differs = np.flatnonzero(np.array(run.x[-1]) != best)
        assert len(differs) <= n_active
        moved.add(tuple(differs.tolist()))
    assert len(moved) > 3  # other columns each time


def test_the_others_are_drawn_now_and_then(play):
    run = play(Dropout(n_active=2, p_random=1.0, n_initial=6), CUBE, bowl, 6)
    best = best_row(run.state.results)
    run.go(7)
    assert (np.array(run.x[-1]) != best).sum() >= 10


def test_the_best_row_is_feasible_where_any_is(play):
    run = play(Dropout(n_initial=6), CUBE, lambda c: (bowl(c), [0.5 - float(c[0])]), 10)
    assert best_row(run.state.results)[0] >= 0.5


def test_better_than_chance_in_twenty_columns():
    space = {f"x{i}": tt.Float(0, 1) for i in range(20)}

    def best(sampler, seed):
        study = tt.minimize(
            lambda c: bowl(np.array(list(c.values()))), space, 60, sampler=sampler, seed=seed,
            progress=False,
        )  # fmt: skip
        return study.best_value

    quick = Dropout(n_raw=64, n_starts=2)
    found = [best(quick, seed) for seed in range(3)]
    assert max(found) < 0.6 * min(best("random", seed) for seed in range(3))


def test_mixed_columns_failures_and_batches(play):
    space = Space({**CUBE.domains, "n": Int(1, 9), "c": Categorical(list("abc"))})

    def fails(codes):
        return (np.nan if codes[0] > 0.9 else float(np.sum(codes))), [codes[1] - 0.8]

    run = play(Dropout(n_raw=64), space, fails, 14, workers=4)
    assert len(np.unique(run.ask(5).x, axis=0)) == 5
    assert space.is_valid(np.array(run.codes)).all()


@pytest.mark.parametrize("bad", [{"n_active": 0}, {"p_random": 1.5}, {"p_random": -0.1}])
def test_refuses(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        Dropout(**bad)
