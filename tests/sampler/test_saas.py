import numpy as np
import pytest

from trimtab.bench.function import branin
from trimtab.errors import InvalidArgument
from trimtab.sampler.random import Random
from trimtab.sampler.saas import SAAS
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.model import CONSTRAINT, OBJECTIVE, SUCCESS


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


QUICK = {"n_raw": 128, "n_starts": 2, "n_models": 2}


def test_two_columns_of_thirty_that_matter(play):
    """MTK-03: Branin in 30 dimensions, against random search; and which columns it was."""

    def f(codes):
        return branin([15 * codes[7] - 5, 15 * codes[21]]) - 0.397887

    run = play(SAAS(n_initial=16, **QUICK), cube(30), f, 40)
    assert min(run.y) < min(play(Random(), cube(30), f, 40).y)
    assert {7, 21} <= set(np.argsort(-run.state.relevance)[:5].tolist())
    assert run.state.weight.sum() == pytest.approx(1)


def test_conditions_failures_constraints_and_batches(play):
    domains = {"n": Int(1, 9), "c": Categorical(list("abc")), "m": Float(0, 1).when(c="a")}
    space = Space({**cube(3).domains, **domains})

    def fails(codes):
        return (np.nan if codes[0] > 0.7 else float(np.nansum(codes))), [codes[1] - 0.8]

    run = play(SAAS(n_initial=8, **QUICK), space, fails, 14, workers=3)
    assert len(np.unique(run.ask(4).x, axis=0)) == 4
    assert space.is_valid(np.array(run.codes)).all()
    models, results = run.state.models, run.state.results
    assert [list(each) for each in models] == [[OBJECTIVE, SUCCESS, CONSTRAINT], [OBJECTIVE]]
    for each in models:  # all of them rest on the trials that succeeded
        assert np.array_equal(each[OBJECTIVE].rows, np.flatnonzero(results.is_done))


@pytest.mark.parametrize("setting", ["n_initial", "n_models", "n_raw", "n_starts"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        SAAS(**{setting: 0})
