import numpy as np
import pytest

from trimtab.bench.function import branin
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.random import Random
from trimtab.sampler.subspace import Subspace, lifted, sketched
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_a_sketch_keeps_to_the_box_and_can_be_read_back():
    """MTK-02: every proposal lies in the box, and on the axes."""
    state = Subspace(n_embedded=4).init(Problem(cube(50)), stream(3))
    z = np.random.default_rng(0).random((20, 4))
    x = lifted(state, z)
    assert x.min() >= 0 and x.max() <= 1
    assert sketched(state, x) == pytest.approx(z)
    assert np.bincount(state.axis).tolist() == [13, 13, 12, 12]
    assert set(state.sign.tolist()) == {-1.0, 1.0}
    assert lifted(state, np.full((1, 4), 0.5)) == pytest.approx(0.5)
    assert lifted(state, np.ones((1, 4)))[0] == pytest.approx(0.5 + 0.5 * state.sign)


def test_no_more_axes_than_columns(play):
    run = play(Subspace(n_embedded=9), cube(2), lambda c: float(np.sum((c - 0.3) ** 2)), 20)
    assert run.state.axes.names == ("z0", "z1")
    assert min(run.y) < 1e-3


def test_mixed_columns_and_batches(play):
    space = Space({**cube(10).domains, "n": Int(1, 9), "c": Categorical(list("abc"))})
    run = play(Subspace(n_embedded=3), space, lambda c: float(np.sum(c)), 12, workers=4)
    assert len(np.unique(run.ask(5).x, axis=0)) == 5
    assert space.is_valid(np.array(run.codes)).all()


def test_two_columns_of_a_hundred_that_matter(play):
    """MTK-02: Branin in 100 dimensions, d_e = 4: better than random search at equal trials."""

    def f(codes):
        return branin([15 * codes[17] - 5, 15 * codes[61]]) - 0.397887

    ours = [min(play(Subspace(n_embedded=4), cube(100), f, 35, seed=s).y) for s in range(3)]
    theirs = [min(play(Random(), cube(100), f, 35, seed=s).y) for s in range(3)]
    assert np.median(ours) < np.median(theirs)


@pytest.mark.parametrize("setting", ["n_embedded", "n_initial", "n_raw", "n_starts"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        Subspace(**{setting: 0})
