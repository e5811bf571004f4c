"""Central composite designs inside the bounds."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.central_composite import CentralComposite
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


@pytest.mark.parametrize("kind", ["inscribed", "face"])
@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_runs(rows, kind, d):
    x = rows(CentralComposite(kind, n_center=3), cube(d), 1000)
    assert x.shape == (2**d + 2 * d + 3, d)
    assert x.min() == 0.0
    assert x.max() == 1.0
    assert (x == 0.5).all(axis=1).sum() == 3
    assert np.allclose(x.mean(axis=0), 0.5)


def test_inscribed_is_rotatable(rows):
    coded = 2 * rows(CentralComposite(), cube(2), 100) - 1
    assert np.allclose(np.linalg.norm(coded[:8], axis=1), 1)


def test_face_has_three_levels(rows):
    assert set(np.unique(rows(CentralComposite("face"), cube(3), 100))) == {0.0, 0.5, 1.0}


def test_a_quadratic_is_recovered(rows):
    x = 2 * rows(CentralComposite(shuffle=True), cube(2), 100) - 1
    a, b = x.T
    terms = np.column_stack([np.ones(len(x)), a, b, a * b, a**2, b**2])
    truth = np.array([1.0, -2, 3, 0.5, 4, -1])
    assert np.allclose(np.linalg.lstsq(terms, terms @ truth, rcond=None)[0], truth)


def test_centers_are_repeated_on_purpose():
    assert not CentralComposite().supports.is_unique


def test_refusals():
    with pytest.raises(InvalidArgument, match="kind='circumscribed'"):
        CentralComposite("circumscribed")
    with pytest.raises(Unsupported, match="too many for 13 parameters"):
        CentralComposite().init(Problem(cube(13)), stream(0))
    space = Space({"c": Categorical(["x", "y"]), "a": Float(0, 1)})
    with pytest.raises(Unsupported, match="'c' with 2 choices"):
        CentralComposite().init(Problem(space), stream(0))
