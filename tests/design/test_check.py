"""Refusals name the parameter and the value."""

import numpy as np
import pytest

from trimtab.design.check import check_count, check_finite, check_levels, check_rows
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
