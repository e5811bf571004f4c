"""Proposals that are valid and new, whatever the method draws."""

import numpy as np

from trimtab.core.history import History
from trimtab.core.protocols import Request
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space
from trimtab.variation.draw import NO_KEYS, is_finite, learned, merged, proposed, row_keys

FINITE = Space({"a": Int(0, 3), "b": Int(0, 4)})
OPEN = Space({"a": Float(0, 1), "b": Int(0, 3)})
RULED = Space({"a": Float(0, 1), "b": Float(0, 1)}, where=["a <= b"])
NOTHING = History(()).batch(np.empty(0, np.int64))


def request(n, seed=0):
    return Request(n, NOTHING, np.random.default_rng(seed))


def stuck(n, rng):
    """A method that has only one idea."""
    return np.full((n, 2), 0.9), np.arange(n)


def test_draws_pass_where_nothing_can_be_wrong():
    found = proposed(OPEN, NO_KEYS, request(3), stuck)
    assert found.tag.tolist() == [0, 1, 2]
    assert (found.x == 0.9).all()


def test_every_configuration_comes_once():
    known = NO_KEYS
    for i in range(20):
        row = proposed(FINITE, known, request(1, i), stuck).x
        assert not np.isin(row_keys(FINITE, row), known).any()
        known = learned(FINITE, known, row)
    assert len(np.unique(known)) == 20
    assert len(proposed(FINITE, known, request(1), stuck).x) == 1  # the study says that it is over


def test_the_methods_own_rows_come_first():
    first = proposed(FINITE, NO_KEYS, request(4), stuck)
    assert first.tag.tolist() == [0, -1, -1, -1]
    assert len(np.unique(row_keys(FINITE, first.x))) == 4


def test_constraints_are_kept():
    def draw(n, rng):
        return np.tile([0.9, 0.1], (n, 1)), np.arange(n)

    x = proposed(RULED, NO_KEYS, request(5), draw).x
    assert len(x) == 5
    assert RULED.is_valid(RULED.from_unit(x)).all()


def test_infinite_spaces_are_not_counted():
    assert not is_finite(OPEN)
    assert is_finite(Space({}))
    assert len(learned(OPEN, NO_KEYS, np.full((1, 2), 0.5))) == 0


def test_what_a_row_cannot_show_is_kept():
    hidden = np.array([0.3, 0.49])
    shown = OPEN.to_unit(OPEN.from_unit(hidden[None]))[0]
    assert shown[1] != hidden[1]
    assert np.array_equal(merged(OPEN, hidden, shown), hidden)
    assert np.array_equal(merged(OPEN, hidden, np.array([0.4, np.nan])), [0.4, 0.49])
    assert np.array_equal(merged(OPEN, hidden, np.array([0.3, 0.875])), [0.3, 0.875])
