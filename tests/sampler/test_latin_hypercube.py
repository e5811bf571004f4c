"""Latin hypercubes, one after the other."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.design.filling import min_distance
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.latin_hypercube import KINDS, LatinHypercube
from trimtab.space.domain import Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


@pytest.mark.parametrize("kind", KINDS)
def test_each_block_has_one_row_in_each_stratum(rows, kind):  # DOE-01
    x = rows(LatinHypercube(9, kind), cube(3), 27)
    for block in (x[:9], x[9:18], x[18:]):
        for column in block.T:
            assert np.array_equal(np.sort(np.floor(column * 9)), np.arange(9))
    assert not np.array_equal(x[:9], x[9:18])


@pytest.mark.parametrize("kind", KINDS)
def test_rows_do_not_depend_on_how_they_are_asked_for(rows, kind):
    sampler = LatinHypercube(4, kind)
    whole = rows(sampler, cube(2), 11)
    parts = [rows(sampler, cube(2), n, start) for start, n in [(0, 3), (3, 2), (5, 6)]]
    assert np.array_equal(whole, np.vstack(parts))


def test_centered_rows_are_in_the_middle(rows):
    x = rows(LatinHypercube(8, "centered"), cube(2), 8)
    assert np.array_equal(np.sort(x[:, 0]), (np.arange(8) + 0.5) / 8)


def test_orthogonal_balances_pairs(rows):
    x = rows(LatinHypercube(25, "orthogonal"), cube(4), 25)
    for i in range(4):
        for j in range(i):
            assert len(np.unique(np.floor(x[:, [i, j]] * 5), axis=0)) == 25


def test_maximin_keeps_rows_apart(rows):
    far = [min_distance(rows(LatinHypercube(12, "maximin"), cube(2), 12, seed=s)) for s in range(5)]
    near = [min_distance(rows(LatinHypercube(12), cube(2), 12, seed=s)) for s in range(5)]
    assert np.median(far) > 1.5 * np.median(near)


def test_sizes_that_are_left_open():
    assert LatinHypercube().init(Problem(cube(3)), stream(0)).n == 30
    assert LatinHypercube(kind="orthogonal").init(Problem(cube(7)), stream(0)).n == 49


def test_refusals():
    with pytest.raises(InvalidArgument, match=r"n=20 .* nearest are 16 and 25"):
        LatinHypercube(20, "orthogonal")
    with pytest.raises(InvalidArgument, match="nearest are 25 and 49"):
        LatinHypercube(36, "orthogonal")
    with pytest.raises(InvalidArgument, match="did you mean 'centered'"):
        LatinHypercube(kind="center")
    with pytest.raises(Unsupported, match="n >= 25"):
        LatinHypercube(9, "orthogonal").init(Problem(cube(6)), stream(0))
