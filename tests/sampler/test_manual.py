"""A list of configurations."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.rng import stream
from trimtab.sampler.manual import Manual
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space({"a": Float(0, 1), "b": Int(1, 5), "c": Categorical(["x", "y"]).when("b > 2")})
LIST = [{"a": 0.5, "b": 1}, {"a": 0.25, "b": 4, "c": "y"}, {"a": 0.5, "b": 1}]


def test_the_list_in_order_with_repeats(configs):
    assert configs(Manual(LIST), SPACE) == LIST
    assert not Manual(LIST).supports.is_unique


def test_best_is_the_maximum(search):  # GRD-16
    found = search(Manual(LIST), SPACE, lambda a, b, c="": -(a + b))
    assert [config for config, _ in found] == LIST
    assert max(found, key=lambda pair: -pair[1])[0] == LIST[1]


def test_resumes_in_the_middle(rows):
    assert len(rows(Manual(LIST), SPACE, 10, start=2)) == 1


def test_numpy_scalars_become_native():
    assert Manual([{"a": np.float64(0.5), "b": np.int64(1)}]) == Manual(LIST[:1])


@pytest.mark.parametrize("config", [{"a": 0.5}, {"a": 0.5, "b": 1, "c": "x"}, {"a": 2.0, "b": 1}])
def test_entries_that_do_not_fit_are_named(config):
    with pytest.raises(SpaceError, match=r"configs\[1\]: "):
        Manual([LIST[0], config]).init(Problem(SPACE), stream(0))


def test_what_is_no_list_is_refused():
    with pytest.raises(InvalidArgument, match="must be a list"):
        Manual(LIST[0])
    with pytest.raises(InvalidArgument, match=r"configs\[0\]=3 must be a mapping"):
        Manual([3])
