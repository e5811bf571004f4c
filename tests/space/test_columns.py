"""Columns as arrays."""

import numpy as np

from trimtab.space.columns import CATEGORICAL, FLOAT, INTEGER, ORDINAL, column_key, column_keys
from trimtab.space.domain import Categorical, Float, Int, Ordinal, ZeroOr
from trimtab.space.space import Space


def test_keys_are_the_same_in_every_process():
    assert column_key("lr") == column_keys(["lr"])[0] == 1178730853711859684
    assert len(set(column_keys([f"x{i}" for i in range(1000)]).tolist())) == 1000


def test_columns_describe_the_space():
    space = Space(
        {
            "a": Float(0, 1),
            "b": Int(1, 8),
            "c": Categorical(["x", "y"]),
            "d": Ordinal([1, 2, 4]).when(c="x"),
            "e": ZeroOr(Float(0.1, 1, log=True)).when("b > 2", c="x"),
            "f": Float(0, 1, step=0.1),
        }
    )
    columns = space.columns
    assert columns.d == 6
    assert columns.kind.tolist() == [FLOAT, INTEGER, CATEGORICAL, ORDINAL, FLOAT, FLOAT]
    assert columns.n_values.tolist() == [0, 8, 2, 3, 0, 11]
    assert columns.parent.tolist() == [-1, -1, -1, 2, -1, -1]
    assert columns.kind.dtype == np.int64 and columns.key.dtype == np.uint64
