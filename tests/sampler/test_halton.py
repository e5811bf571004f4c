"""Halton as a sampler: rows, leaping, and the warning about high dimensions."""

import numpy as np
import pytest
from scipy.stats import qmc

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.halton import Halton
from trimtab.space.domain import Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_plain_rows_are_scipys(rows):  # QMC-02
    oracle = qmc.Halton(4, scramble=False).random(50)
    assert np.allclose(rows(Halton(scramble=False), cube(4), 50), oracle, rtol=0, atol=1e-15)


def test_leap_and_skip(rows):
    plain = rows(Halton(scramble=False), cube(3), 60)
    assert np.array_equal(rows(Halton(scramble=False, leap=7), cube(3), 8), plain[::7][:8])
    assert np.array_equal(rows(Halton(scramble=False, skip=20), cube(3), 40), plain[20:])


def test_plain_high_dimensions_warn():  # QMC-07
    with pytest.warns(UserWarning, match=r"r=1\.000.*Halton\(scramble=True\)"):
        Halton(scramble=False).init(Problem(cube(28), n_trials=100), stream(0))


def test_scrambled_or_few_columns_do_not_warn():
    Halton().init(Problem(cube(28), n_trials=100), stream(0))  # warnings are errors here
    Halton(scramble=False).init(Problem(cube(4), n_trials=100), stream(0))


def test_scrambling_decorrelates(rows):
    """QMC-07: columns 27 and 28 go together over the first hundred rows, unless they are scrambled."""
    with pytest.warns(UserWarning, match="scramble=True"):
        plain = rows(Halton(scramble=False, skip=1), cube(28), 100)
    assert np.corrcoef(plain[:, 26], plain[:, 27])[0, 1] > 0.9995
    size = []
    for seed in range(20):
        x = rows(Halton(skip=1), cube(28), 100, seed=seed)
        size.append(abs(np.corrcoef(x[:, 26], x[:, 27])[0, 1]))
    assert np.median(size) < 0.1  # as of independent draws, whose error is 0.1
    assert max(size) < 0.3


def test_a_leap_that_stops_a_column_is_refused():
    with pytest.raises(InvalidArgument, match="leap=5 is a multiple"):
        Halton(leap=5).init(Problem(cube(3)), stream(0))
