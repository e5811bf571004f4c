"""Screening designs: orthogonal columns, foldover, refusals."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.plackett_burman import PlackettBurman
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


@pytest.mark.parametrize(
    ("d", "n"), [(1, 4), (3, 4), (7, 8), (11, 12), (12, 16), (19, 20), (23, 24)]
)
def test_columns_are_balanced_and_orthogonal(rows, d, n):
    x = 2 * rows(PlackettBurman(), cube(d), 100) - 1
    assert x.shape == (n, d)
    assert np.array_equal(x.T @ x, n * np.eye(d))
    assert not x.sum(axis=0).any()


def test_main_effects_are_recovered(rows):
    x = 2 * rows(PlackettBurman(shuffle=True), cube(11), 100) - 1
    weights = np.arange(11.0)
    assert np.allclose(x.T @ (7 + x @ weights) / 12, weights, rtol=0, atol=1e-12)


def test_foldover_frees_main_effects_from_pairs(rows):
    x = 2 * rows(PlackettBurman(foldover=True), cube(7), 100) - 1
    assert np.array_equal(x[8:], -x[:8])
    assert np.allclose(x.T @ (x[:, 0] * x[:, 1]), 0)


def test_sizes():
    assert len(PlackettBurman(n_runs=20).init(Problem(cube(3)), stream(0)).x) == 20
    with pytest.raises(InvalidArgument, match="n_runs=10 has no Plackett-Burman design"):
        PlackettBurman(n_runs=10)
    with pytest.raises(InvalidArgument, match=r"n_runs=8 has no .* for 9 factors"):
        PlackettBurman(n_runs=8).init(Problem(cube(9)), stream(0))


def test_three_choices_are_refused():
    space = Space({"c": Categorical(["x", "y", "z"])})
    with pytest.raises(Unsupported, match=r"PlackettBurman .* 'c' with 3 choices"):
        PlackettBurman().init(Problem(space), stream(0))
