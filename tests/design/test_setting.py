"""Refusals that samplers share."""

import pytest

from trimtab.design.setting import check_number, check_switch, check_word, refuse_choices
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


def test_choices():
    space = Space({"o": Ordinal([1, 2, 3]), "c": Categorical(["x", "y", "z"])})
    refuse_choices(space, "M", 3, "")
    with pytest.raises(
        Unsupported, match="M cannot take the categorical parameter 'c' with 3 choices; go"
    ):
        refuse_choices(space, "M", 2, "go")
