"""One-exchange neighbours."""

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, Ordinal, ZeroOr
from trimtab.space.neighborhood import neighbors
from trimtab.space.space import Space

SPACE = Space(
    {
        "n": Int(1, 5),
        "c": Categorical(["x", "y", "z"]),
        "o": Ordinal([1, 2, 4]),
        "f": Float(0, 1),
        "k": Int(1, 3).when(c="y"),
    },
    where=["n + o < 8"],
)


def test_each_neighbour_differs_in_one_choice():
    row = SPACE.codes({"n": 5, "c": "x", "o": 2, "f": 0.3})
    found = SPACE.configs(neighbors(SPACE, row))
    assert found == [
        {"n": 4, "c": "x", "o": 2, "f": 0.3},
        {"n": 5, "c": "y", "o": 2, "f": 0.3, "k": 2},
        {"n": 5, "c": "z", "o": 2, "f": 0.3},
        {"n": 5, "c": "x", "o": 1, "f": 0.3},
        {"n": 5, "c": "x", "o": 2, "f": pytest.approx(0.2)},
        {"n": 5, "c": "x", "o": 2, "f": pytest.approx(0.4)},
    ]  # o = 4 breaks the rule


def test_leaving_a_branch_drops_its_parameters():
    row = SPACE.codes({"n": 1, "c": "y", "o": 1, "f": 0.0, "k": 3})
    found = SPACE.configs(neighbors(SPACE, row))
    assert [c for c in found if c["c"] != "y"] == [
        {"n": 1, "c": "x", "o": 1, "f": 0.0},
        {"n": 1, "c": "z", "o": 1, "f": 0.0},
    ]
    assert [c["f"] for c in found if c["f"]] == [0.1]
    assert {c["k"] for c in found if "k" in c} == {3, 2}


def test_zero_and_the_rest_are_neighbours():
    space = Space({"z": ZeroOr(Float(0.01, 100, log=True))})
    assert np.allclose(neighbors(space, np.zeros(1)), [[1.0]])
    assert np.allclose(neighbors(space, np.ones(1), step=0.25)[:, 0], [0.0, 0.1, 10.0])


def test_a_generator_draws_the_distance():
    space = Space({"f": Float(0, 1)})
    row = np.array([0.5])
    first, again = (neighbors(space, row, rng=np.random.default_rng(1)) for _ in "ab")
    assert (
        np.array_equal(first, again) and first.shape == (2, 1) and first.sum() == pytest.approx(1)
    )
    assert neighbors(Space({"a": ["x"]}), np.zeros(1)).shape == (0, 1)


def test_steps_are_parts_of_the_interval():
    with pytest.raises(SpaceError, match="step=0"):
        neighbors(SPACE, np.zeros(5), step=0)
