"""Sobol as a sampler: the design's rows, numbered."""

import numpy as np
import pytest
from scipy.stats import qmc

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.sobol import Sobol
from trimtab.space.domain import Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_plain_rows_are_scipys(rows):  # QMC-01
    oracle = qmc.Sobol(5, scramble=False).random(64)
    assert np.array_equal(rows(Sobol(scramble=False), cube(5), 64), oracle)


def test_golden_rows(rows):
    x = rows(Sobol(scramble=False), cube(3), 4)
    assert x.tolist() == [[0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75]]


def test_skip_and_resume(rows):
    whole = rows(Sobol(), cube(4), 32)
    assert np.array_equal(rows(Sobol(skip=8), cube(4), 24), whole[8:])
    assert np.array_equal(rows(Sobol(), cube(4), 12, start=20), whole[20:])


def test_scrambled_rows_keep_the_balance_and_depend_on_the_seed(rows):
    x = rows(Sobol(), cube(3), 64)
    for column in x.T:
        assert np.array_equal(np.sort(np.floor(column * 64)), np.arange(64))
    assert not np.array_equal(x, rows(Sobol(), cube(3), 64, seed=1))


def test_the_sequence_ends_at_two_to_the_32(rows):
    assert len(rows(Sobol(), cube(2), 10, start=2**32 - 3)) == 3
    assert len(rows(Sobol(skip=5), cube(2), 10, start=2**32 - 5)) == 0


def test_too_many_parameters():
    with pytest.raises(Unsupported, match=r"1111 columns.*1112 parameters"):
        Sobol().init(Problem(cube(1112)), stream(0))


def test_unbalanced_budget_warns():  # DOE-06
    with pytest.warns(UserWarning, match=r"n=100 .* power of two"):
        Sobol().init(Problem(cube(2), n_trials=100), stream(0))
    Sobol().init(Problem(cube(2), n_trials=128), stream(0))  # warnings are errors here


def test_skip_is_a_count():
    with pytest.raises(InvalidArgument, match="skip must be between 0"):
        Sobol(skip=-1)
