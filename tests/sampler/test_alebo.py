import numpy as np
import pytest

import trimtab as tt
from trimtab.bench.function import branin
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.alebo import ALEBO, projected, subspace
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_rows_of_the_subspace_come_back_and_others_lose_what_is_across_it():
    """MTK-02: x = 1/2 + A v / 2 with orthogonal columns."""
    matrix, v = subspace(40, 3, stream(0)), np.random.default_rng(1).normal(0, 0.1, (25, 3))
    inner = matrix.T @ matrix
    assert inner == pytest.approx(np.diag(np.diag(inner)), abs=1e-10)
    assert projected(matrix, 0.5 + 0.5 * v @ matrix.T) == pytest.approx(v)
    across = np.linalg.svd(matrix.T)[2][3:]  # the rest of the 40 dimensions
    assert projected(matrix, 0.5 + across) == pytest.approx(0.0, abs=1e-12)


def test_nothing_is_clipped(play):
    """Every proposal lies in the subspace, where the box ends as well."""
    run = play(ALEBO(n_embedded=3), cube(30), lambda codes: float(codes[0] - codes[1]), 16)
    x = np.array(run.codes)
    matrix = run.state.matrix
    assert 0.5 + 0.5 * projected(matrix, x) @ matrix.T == pytest.approx(x, abs=1e-9)
    assert np.abs(2 * x - 1).max(axis=1)[-8:].max() == pytest.approx(1.0)
    assert x[0] == pytest.approx(0.5)


def test_mixed_columns_failures_constraints_and_batches(play):
    space = Space({**cube(10).domains, "n": Int(1, 9), "c": Categorical(list("abc"))})

    def fails(codes):
        return (np.nan if codes[0] > 0.9 else float(np.sum(codes))), [codes[1] - 0.8]

    run = play(ALEBO(n_embedded=3, n_models=2), space, fails, 14, workers=4)
    assert len(np.unique(run.ask(5).x, axis=0)) == 5
    assert space.is_valid(np.array(run.codes)).all()


def test_no_more_axes_than_columns():
    assert ALEBO(n_embedded=9).init(Problem(cube(2)), stream(0)).matrix.shape == (2, 2)


@pytest.mark.parametrize("setting", ["n_embedded", "n_initial", "n_models", "n_raw", "n_starts"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        ALEBO(**{setting: 0})


@pytest.mark.slow
def test_the_regret_of_random_search_is_cut_to_a_third():
    """MTK-02: Branin in 100 dimensions, d_e = 4, 100 evaluations, ten seeds, medians."""
    space = {f"x{i}": tt.Float(0, 1) for i in range(100)}

    def regret(sampler, seed):
        study = tt.create_study(space, sampler=sampler, seed=seed)
        study.optimize(
            lambda c: branin([15 * c["x17"] - 5, 15 * c["x61"]]) - 0.397887, 100, progress=False
        )
        assert all(0 <= v <= 1 for t in study.trials for v in t.config.values())
        return study.best_value

    ours = [regret({"name": "ALEBO", "n_embedded": 4}, seed) for seed in range(10)]
    theirs = [regret("random", seed) for seed in range(10)]
    assert np.median(ours) < np.median(theirs) / 3
