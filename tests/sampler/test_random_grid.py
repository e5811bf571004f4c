"""Points of a grid without replacement."""

import numpy as np
import pytest
from scipy.stats import chisquare

from trimtab.errors import InvalidArgument
from trimtab.sampler.grid import Grid
from trimtab.sampler.random_grid import RandomGrid
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space({"a": Int(1, 7), "b": Categorical(["x", "y", "z"]), "c": Float(0, 1)})


def test_distinct_members_of_the_grid(configs):  # GRD-14
    grid = {str(c) for c in configs(Grid(4), SPACE)}
    found = [str(c) for c in configs(RandomGrid(4, n=30), SPACE)]
    assert len(found) == len(set(found)) == 30
    assert set(found) < grid


@pytest.mark.parametrize("n", [None, 84, 1000])
def test_all_of_them_are_the_grid(configs, n):
    """GRD-14: k = N is the full grid."""
    found = configs(RandomGrid(4, n=n), SPACE)
    assert sorted(map(str, found)) == sorted(str(c) for c in configs(Grid(4), SPACE))


def test_every_point_is_equally_likely(configs):
    space = Space({"a": Int(0, 4), "b": Int(0, 3)})
    count = np.zeros(20)
    for seed in range(300):
        for c in configs(RandomGrid(n=2), space, seed=seed):
            count[4 * c["a"] + c["b"]] += 1
    assert count.sum() == 600
    assert chisquare(count).pvalue > 0.01


def test_huge_grids_cost_nothing(configs):
    space = Space({f"x{i}": Int(0, 9) for i in range(18)})
    found = configs(RandomGrid(n=50), space)
    assert len({tuple(c.values()) for c in found}) == 50


def test_constraints_do_not_count(configs):
    space = Space({"a": Int(1, 9), "b": Int(1, 9)}, where=["a < b"])
    assert len(configs(RandomGrid(n=30), space)) == 30
    assert len(configs(RandomGrid(n=99), space)) == 36


def test_n_is_a_count():
    with pytest.raises(InvalidArgument, match="n must be at least 1"):
        RandomGrid(n=0)
