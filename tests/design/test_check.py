"""Refusals name the parameter and the value."""

from typing import Any

import numpy as np
import pytest

from trimtab.design.check import check_count, check_finite, check_given, check_levels, check_rows
from trimtab.errors import InvalidArgument


def test_counts_are_integers_in_range() -> None:
    assert check_count("n", np.int64(3)) == 3
    for value, text in ((0, "n must be at least 1, got 0"), (2.0, "n must be an integer, got 2.0")):
        with pytest.raises(InvalidArgument, match=text):
            check_count("n", value)
    with pytest.raises(InvalidArgument, match="n must be between 1 and 4, got 5"):
        check_count("n", 5, high=4)


def test_arrays_are_checked() -> None:
    with pytest.raises(InvalidArgument, match="y must have 1 axes"):
        check_finite("y", [[1.0]], 1)
    with pytest.raises(InvalidArgument, match="y must be finite"):
        check_finite("y", [np.nan], 1)
    with pytest.raises(InvalidArgument, match=r"unit cube, got values from -0\.5"):
        check_rows("x", [[-0.5, 1.0]])
    with pytest.raises(InvalidArgument, match="at least one row"):
        check_rows("x", np.empty((0, 2)))
    with pytest.raises(InvalidArgument, match="table"):
        check_levels("levels", [[0.5]])
    with pytest.raises(InvalidArgument, match="from 0, got -1"):
        check_levels("levels", [[-1]])


def test_given_results() -> None:
    configs, losses = check_given("s", {"configs": [{"x": 1}, {}], "values": [np.int64(2), 0.5]})
    assert list(configs) == [{"x": 1}, {}] and losses.tolist() == [2.0, 0.5]


@pytest.mark.parametrize(
    ("configs", "values", "said"),
    [
        ([3], [1.0], r"s: configs\[0\]=3 is no configuration"),
        ([None], [1.0], r"configs\[0\]=None"),
        ([{}, {}], [[1], [2]], r"values\[0\]=\[1\] must be a finite number"),
        ([{}, {}], [1, 10**400], r"values\[1\]=1000"),
        ([{}], ["1.0"], r"values\[0\]='1.0'"),
        ([{}], [True], r"values\[0\]=True"),
        ([{}], [float("nan")], "leave failed trials out"),
        ([{}], [1, 2], "1 configs and 2 values"),
        ([], [], "1 or more"),
        ("ab", [1, 2], "lists of configs and of values"),
        (None, [1, 2], "lists of configs and of values"),
    ],
)
def test_refuses_given_results(configs: Any, values: Any, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        check_given("s", {"configs": configs, "values": values})
