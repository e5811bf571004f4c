import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.additive import Additive, confidence, given
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.additive import component
from trimtab.surrogate.model import OBJECTIVE


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


QUICK = {"n_raw": 64, "n_starts": 2}


def valley(codes):
    return (codes[0] - 0.3) ** 2 + (codes[1] - 0.6) ** 2 + abs(codes[2] - 0.2)


def test_the_best_of_each_group_is_the_best_of_all(play):
    """MTK-04: the separate maxima together are the maximum of the sum, on a grid of all three columns."""
    run = play(Additive(groups=[["x0", "x1"]], **QUICK), cube(3), valley, 14)
    state, sampler = run.state, run.sampler
    assert state.groups == ((0, 1), (2,))
    posterior = state.models[OBJECTIVE].posterior
    found = sampler._by_group(state, posterior, stream(0))
    axis = np.linspace(0, 1, 41)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)

    def bound(x):
        total = np.zeros(len(x))
        for i, group in enumerate(state.groups):
            mean, variance = component(posterior, i).predict(x[:, list(group)])
            total += confidence(len(group), 15) * np.sqrt(variance) - mean
        return total

    assert bound(found[None])[0] >= bound(grid).max() - 1e-4


def test_confidence_of_a_group():
    # beta = 0.2 d log(2 t), section 5: d = 3, t = 10
    assert confidence(3, 10) ** 2 == pytest.approx(0.6 * np.log(20), rel=1e-12)


@pytest.mark.parametrize("acquisition", ["log_ei", "ucb"])
def test_groups_are_learned_on_the_way(play, acquisition):
    def product(codes):
        return 5 * (codes[1] - 0.5) * (codes[4] - 0.5) + codes[0]

    settings = {"n_initial": 30, "n_cycle": 30, "acquisition": acquisition, **QUICK}
    run = play(Additive(**settings), cube(5), product, 36)
    assert any({1, 4} <= set(group) for group in run.state.groups)
    assert min(run.y) < -1.1  # the least is -1.25


def test_mixed_columns_batches_failures_and_constraints(play):
    space = Space({**cube(3).domains, "n": Int(1, 9), "c": Categorical(list("abc"))})

    def fails(codes):
        value = np.nan if codes[0] > 0.7 else float(np.sum(codes))
        return value, [codes[1] - 0.8]

    run = play(Additive(n_cycle=6, **QUICK), space, fails, 14, workers=3)
    assert len(np.unique(run.ask(4).x, axis=0)) == 4
    assert space.is_valid(np.array(run.codes)).all()
    assert np.isfinite(run.y[8:]).mean() >= 0.5


def test_a_run_that_diverged_does_not_flatten_the_rest(play):
    def diverging(codes):
        return 1e9 if codes[0] > 0.6 else valley(codes)

    run = play(Additive(**QUICK), cube(3), valley, 12)
    assert run.state._fit.recipe.transform == "standardized"
    run = play(Additive(**QUICK), cube(3), diverging, 30)
    assert run.state._fit.recipe.transform == "winsorized"
    assert max(run.y[:10]) == 1e9 and min(run.y) < 0.01


def test_given_groups_may_leave_columns_out():
    assert given([["x2", "x0"]], cube(4)) == ((0, 2), (1,), (3,))


@pytest.mark.parametrize("bad", [[["x0", "nope"]], [["x0"], ["x0"]]])
def test_refuses_groups(bad):
    with pytest.raises(InvalidArgument, match="groups="):
        Additive(groups=bad).init(Problem(cube(2)), stream(0))


def test_refuses_acquisitions():
    with pytest.raises(InvalidArgument, match="acquisition"):
        Additive(acquisition="ucbb")


@pytest.mark.parametrize("setting", ["n_initial", "max_size", "n_cycle", "n_tried", "n_raw"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        Additive(**{setting: 0})


@pytest.mark.slow
def test_twenty_columns_that_add_up_better_than_with_one_process():
    """MTK-04: 100 evaluations of a sum over 20 columns, against a process over all of them."""

    def wave(config):
        return sum(np.sin(4 * x + i) + (x - 0.4) ** 2 for i, x in enumerate(config.values()))

    def best(sampler, seed):
        space = {f"x{i}": tt.Float(0, 1) for i in range(20)}
        study = tt.create_study(space, sampler=sampler, seed=seed)
        study.optimize(lambda config: float(wave(config)), 100, progress=False)
        return study.best_value

    wins = [best("additive", seed) < best("gp", seed) for seed in range(3)]
    assert sum(wins) >= 2
