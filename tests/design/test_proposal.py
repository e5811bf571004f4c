"""Rows of designs as proposals."""

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Request
from trimtab.design.proposal import exact, numbered, sliced
from trimtab.rng import stream
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space


def request(n, start):
    none = np.empty(0)
    nothing = Batch(
        np.empty((0, 1)), np.empty((0, 1)), np.empty((0, 0)), none, none, none, none, none
    )
    return Request(n, nothing, stream(0), start=start)


def test_rows_are_numbered_from_the_start():
    found = numbered(np.zeros((3, 2)), 5)
    assert found.tag.tolist() == [5, 6, 7]
    assert found.tag.dtype == np.int64


def test_a_finite_design_ends():
    x = np.arange(5.0)[:, None]
    assert sliced(x, request(2, 3)).x.ravel().tolist() == [3, 4]
    assert sliced(x, request(4, 3)).tag.tolist() == [3, 4]
    assert len(sliced(x, request(4, 5)).x) == 0


def test_codes_lead_back_to_themselves():
    space = Space({"a": Float(0, 2), "c": Categorical(["x", "y"]), "b": Float(0, 1).when(c="y")})
    codes = np.array([[0.5, 0, np.nan], [1.5, 1, 0.25]])
    found = exact(space, codes, 0)
    assert np.array_equal(space.from_unit(found.x), codes, equal_nan=True)
