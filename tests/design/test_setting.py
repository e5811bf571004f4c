"""Refusals that samplers share."""

import numpy as np
import pytest

from trimtab.design.setting import (
    check_not_negative,
    check_number,
    check_switch,
    check_word,
    refuse_choices,
)
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.space.domain import Categorical, Ordinal
from trimtab.space.space import Space


def test_switches():
    assert check_switch("s", True) is True
    with pytest.raises(InvalidArgument, match="s=1 is a switch; give True or False"):
        check_switch("s", 1)


def test_words():
    assert check_word("kind", "face", ["face", "inscribed"]) == "face"
    with pytest.raises(InvalidArgument, match="did you mean 'face'"):
        check_word("kind", "fase", ["face", "inscribed"])


@pytest.mark.parametrize("value", [0, 1, -3, float("nan"), True, "0.5", None])
def test_numbers(value):
    assert check_number("r", 0.5, 0, 1) == 0.5
    with pytest.raises(InvalidArgument, match=r"r=.* must lie between 0 and 1"):
        check_number("r", value, 0, 1)


@pytest.mark.parametrize("value", [-1, -1e-9, float("inf"), float("nan"), True, "0.5", None])
def test_numbers_from_zero_on(value):
    assert [check_not_negative("r", some) for some in (0, 0.0, 7)] == [0.0, 0.0, 7.0]
    with pytest.raises(InvalidArgument, match=r"r=.* must be a number, 0 or more"):
        check_not_negative("r", value)


def test_shares():
    assert [check_not_negative("r", some, 1.0) for some in (0, 0.5, 0.1 * 3 + 0.7)] == [
        0.0,
        0.5,
        0.1 * 3 + 0.7,
    ]
    with pytest.raises(InvalidArgument, match=r"r=1\.5 must be a number, 0 to 1"):
        check_not_negative("r", 1.5, 1.0)


def test_choices():
    space = Space({"o": Ordinal([1, 2, 3]), "c": Categorical(["x", "y", "z"])})
    refuse_choices(space, "M", 3, "")
    with pytest.raises(
        Unsupported, match="M cannot take the categorical parameter 'c' with 3 choices; go"
    ):
        refuse_choices(space, "M", 2, "go")


@pytest.mark.parametrize("value", [np.int64(1), np.float32(1), np.float64(1), 1])
def test_numbers_of_numpy(value):
    for found in (check_number("r", value, 0, 2), check_not_negative("r", value)):
        assert found == 1.0 and type(found) is float


@pytest.mark.parametrize("value", [np.True_, 10**400, np.float32("nan"), 1j])
def test_no_numbers(value):
    with pytest.raises(InvalidArgument):
        check_number("r", value, 0, 2)
    with pytest.raises(InvalidArgument):
        check_not_negative("r", value)
