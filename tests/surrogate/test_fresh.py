"""Rows worth a trial: valid, and on a finite space new."""

import numpy as np

from trimtab.space.domain import Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.fresh import any_fresh, fresh, is_finite, is_known

GRID = Space({"a": Int(1, 4), "b": Int(1, 5)})
RULED = Space({"a": Int(1, 4), "b": Int(1, 5)}, where=["a < b"])


def _all(space):
    return space.to_unit(np.array(list(space.enumerate())))


def test_known_rows_are_dropped():
    rows = _all(GRID)
    assert fresh(GRID, rows, rows[:7]).tolist() == rows[7:].tolist()


def test_invalid_rows_are_dropped():
    rows = _all(GRID)
    kept = fresh(RULED, rows, np.empty((0, 2)))
    assert 0 < len(kept) < len(rows)
    assert RULED.is_valid(RULED.from_unit(kept)).all()


def test_the_last_one_is_found_and_then_none():
    rows, rng = _all(RULED), np.random.default_rng(0)
    for i in range(len(rows)):
        found = any_fresh(RULED, np.delete(rows, i, axis=0), rng)
        assert found.tolist() == rows[i : i + 1].tolist()
    assert any_fresh(RULED, rows, rng).shape == (0, 2)


def test_continuous_spaces_have_always_something_new():
    space = Space({"a": Float(0, 1)})
    x = np.array([[0.5]])
    assert not is_finite(space)
    assert fresh(space, x, x).tolist() == [[0.5]]


def test_nan_equals_nan():
    known = np.array([[0.5, np.nan]])
    assert is_known(np.array([[0.5, np.nan], [0.5, 0.5]]), known).tolist() == [True, False]
