"""Faure as a sampler: nets in the least prime base."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import Unsupported
from trimtab.rng import stream
from trimtab.sampler.faure import Faure
from trimtab.space.domain import Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_golden(rows):  # QMC-04
    x = rows(Faure(scramble=False), cube(3), 6)
    ninths = [[0, 0, 0], [3, 3, 3], [6, 6, 6], [1, 4, 7], [4, 7, 1], [7, 1, 4]]
    assert np.allclose(x, np.array(ninths) / 9, rtol=0, atol=1e-15)


@pytest.mark.parametrize("scramble", [True, False])
def test_it_is_a_net(rows, scramble):
    x = rows(Faure(scramble=scramble), cube(3), 27)
    for shape in [(27, 1, 1), (1, 27, 1), (1, 1, 27), (9, 3, 1), (3, 1, 9), (3, 3, 3)]:
        cells = np.floor(x * shape + 1e-12).astype(int)
        assert len(np.unique(cells, axis=0)) == 27


def test_skip_and_resume(rows):
    whole = rows(Faure(), cube(4), 30)
    assert np.array_equal(rows(Faure(skip=10), cube(4), 20), whole[10:])
    assert np.array_equal(rows(Faure(), cube(4), 5, start=25), whole[25:])


def test_too_many_parameters():
    with pytest.raises(Unsupported, match=r"1000 columns.*1001 parameters"):
        Faure().init(Problem(cube(1001)), stream(0))
