"""Two-level fractions: orthogonality, resolution, refusals."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.design.factorial import resolution
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.fractional_factorial import FractionalFactorial, generators_for
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


def test_the_fraction_of_the_words(rows):  # DOE-04
    x = 2 * rows(FractionalFactorial("a b c ab ac"), cube(5), 100) - 1
    assert x.shape == (8, 5)
    assert np.array_equal(x.T @ x, 8 * np.eye(5))
    for word in ([0, 1, 3], [0, 2, 4], [1, 2, 3, 4]):
        assert (x[:, word].prod(axis=1) == 1).all()


@pytest.mark.parametrize("d", range(1, 20))
def test_the_default_is_orthogonal_and_small(rows, d):
    x = 2 * rows(FractionalFactorial(), cube(d), 1000) - 1
    assert np.array_equal(x.T @ x, len(x) * np.eye(d))
    assert d < len(x) <= 2 * d
    assert (resolution(generators_for(d)) or 3) >= 3


@pytest.mark.parametrize(("d", "least"), [(3, 3), (4, 4), (5, 3), (7, 3), (8, 4), (15, 3), (16, 4)])
def test_resolution_of_the_default(d, least):
    assert resolution(generators_for(d)) == least


def test_shuffled_runs_are_the_same_runs(rows):
    plain, mixed = (rows(FractionalFactorial(shuffle=s), cube(6), 100) for s in (False, True))
    assert not np.array_equal(plain, mixed)
    assert np.array_equal(np.unique(plain, axis=0), np.unique(mixed, axis=0))


def test_ends_and_choices(configs):
    space = Space({"n": Int(1, 9), "c": Categorical(["x", "y"]), "lr": Float(0.5, 2)})
    found = configs(FractionalFactorial(), space)
    assert {c["n"] for c in found} == {1, 9}
    assert {c["c"] for c in found} == {"x", "y"}
    assert {c["lr"] for c in found} == {0.5, 2.0}


def test_refusals():
    with pytest.raises(InvalidArgument, match=r"generators=.*'aa'"):
        FractionalFactorial("a b aa")
    with pytest.raises(Unsupported, match="are 3 words, the space has 4 parameters"):
        FractionalFactorial("a b ab").init(Problem(cube(4)), stream(0))
    space = Space({"c": Categorical(["x", "y", "z"])})
    with pytest.raises(Unsupported, match=r"FractionalFactorial .* 'c' with 3 choices"):
        FractionalFactorial().init(Problem(space), stream(0))
    assert not FractionalFactorial().supports.conditional
