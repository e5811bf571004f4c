import numpy as np
import pytest

import trimtab as tt
from trimtab.bench.function import branin
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.rembo import REMBO, Projected
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_x_is_the_projection_of_a_z():
    """MTK-02: x = p(A z), z in [-sqrt(d_e), sqrt(d_e)]; every proposal lies in the box."""
    matrix = np.random.default_rng(0).standard_normal((40, 3))
    projected, u = Projected(matrix), np.random.default_rng(1).random((25, 3))
    z = np.sqrt(3) * (2 * u - 1)
    wanted = np.clip(z @ matrix.T, -1, 1)
    assert 2 * projected.unit(u) - 1 == pytest.approx(wanted, abs=1e-12)
    assert projected.unit(np.full((1, 3), 0.5)) == pytest.approx(0.5)
    near = 0.5 + 0.02 * (u - 0.5)  # nothing leaves the box there, so p changes nothing
    assert projected.axes(projected.unit(near)) == pytest.approx(near, abs=1e-10)
    assert projected(u) == pytest.approx(np.sqrt(3 / 40) * projected.unit(u))


def test_slopes_by_differences():
    matrix = np.random.default_rng(2).standard_normal((10, 3))
    projected, u = Projected(matrix), 0.4 + 0.2 * np.random.default_rng(3).random((8, 3))
    weight = np.random.default_rng(4).standard_normal((8, 10))
    slope = projected.back(weight, u)
    for j in range(3):
        step = 1e-7 * np.eye(3)[j]
        wanted = np.sum(weight * (projected(u + step) - projected(u - step)), axis=1) / 2e-7
        assert slope[:, j] == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_mixed_columns_failures_constraints_and_batches(play):
    space = Space({**cube(10).domains, "n": Int(1, 9), "c": Categorical(list("abc"))})

    def fails(codes):
        return (np.nan if codes[0] > 0.9 else float(np.sum(codes))), [codes[1] - 0.8]

    run = play(REMBO(n_embedded=3), space, fails, 14, workers=4)
    assert len(np.unique(run.ask(5).x, axis=0)) == 5
    assert space.is_valid(np.array(run.codes)).all()


def test_no_more_axes_than_columns():
    assert REMBO(n_embedded=9).init(Problem(cube(2)), stream(0)).matrix.shape == (2, 2)


@pytest.mark.parametrize("setting", ["n_embedded", "n_initial", "n_raw", "n_starts"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        REMBO(**{setting: 0})


def at_the_edge(config):
    return branin([15 * config["x17"] - 5, 15 * config["x61"]]) - 0.397887


def near_the_middle(config):
    return (config["x17"] - 0.6) ** 2 + (config["x61"] - 0.4) ** 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "loss", "share"), [("REMBO", near_the_middle, 0.2), ("Subspace", at_the_edge, 1 / 3)]
)
def test_the_regret_of_random_search_is_cut(name, loss, share):
    """MTK-02: Branin in 100 dimensions, d_e = 4, 100 evaluations, ten seeds, medians: to a third by HeSBO.

    Half of REMBO's subspaces do not come near any of Branin's optima, which lie at the edge of the box; where
    the optimum is near its middle they do.
    """
    space = {f"x{i}": tt.Float(0, 1) for i in range(100)}

    def regret(sampler, seed):
        study = tt.create_study(space, sampler=sampler, seed=seed)
        study.optimize(loss, 100, progress=False)
        assert all(0 <= v <= 1 for t in study.trials for v in t.config.values())
        return study.best_value

    ours = [regret({"name": name, "n_embedded": 4}, seed) for seed in range(10)]
    theirs = [regret("random", seed) for seed in range(10)]
    assert np.median(ours) < np.median(theirs) * share
