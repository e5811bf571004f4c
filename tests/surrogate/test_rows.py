"""Shared tables: older states keep their rows, whatever is made from them later."""

import numpy as np

from trimtab.surrogate.rows import Rows


def _grown(rows, first, n):
    for i in range(first, first + n):
        rows = rows.extended(np.full((1, 2), float(i)))
    return rows


def test_older_tables_stay_as_they_were():
    a = _grown(Rows(2), 0, 10)
    b = _grown(a, 10, 500)
    assert a.values[:, 0].tolist() == list(range(10))
    assert b.values[:, 0].tolist() == list(range(510))


def test_two_tables_from_one_do_not_see_each_other():
    a = _grown(Rows(2), 0, 3)
    b, c = _grown(a, 100, 4), _grown(a, 200, 4)
    assert b.values[3:, 0].tolist() == [100, 101, 102, 103]
    assert c.values[3:, 0].tolist() == [200, 201, 202, 203]


def test_equal_by_value():
    assert _grown(Rows(2), 0, 20) == _grown(_grown(Rows(2), 0, 5), 5, 15)
    assert _grown(Rows(2), 0, 20) != _grown(Rows(2), 0, 19)


def test_rows_are_read_only():
    assert not _grown(Rows(2), 0, 3).values.flags.writeable


def test_appending_copies_rarely():
    rows, n_copies = Rows(1), 0
    for _ in range(5000):
        before = rows._buffer
        rows = rows.extended(np.zeros((1, 1)))
        n_copies += rows._buffer is not before
    assert n_copies < 12
