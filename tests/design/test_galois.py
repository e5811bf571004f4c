"""Finite fields obey their axioms."""

import numpy as np
import pytest

from trimtab.design.galois import field, prime_power, prime_powers
from trimtab.errors import InvalidArgument


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9, 16, 25, 27])
def test_axioms(q: int) -> None:
    add, times = field(q).add, field(q).multiply
    everything = np.arange(q)
    for row in (*add, *times[1:]):  # both operations can be undone
        assert sorted(row) == everything.tolist()
    assert (add[0] == everything).all() and (times[1] == everything).all()
    assert (times[0] == 0).all()
    assert (add == add.T).all() and (times == times.T).all()
    a, b, c = np.indices((q, q, q))
    assert (times[a, add[b, c]] == add[times[a, b], times[a, c]]).all()
    assert (times[times[a, b], c] == times[a, times[b, c]]).all()
    assert (add[add[a, b], c] == add[a, add[b, c]]).all()
    assert (add[everything, field(q).negative()] == 0).all()


def test_squares() -> None:
    assert field(7).is_square().tolist() == [0, 1, 1, -1, 1, -1, -1]
    assert field(27).is_square().sum() == 0


def test_prime_powers() -> None:
    assert prime_powers()[:12] == (2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19)
    assert prime_powers()[-1] == 256
    assert (prime_power(27), prime_power(2), prime_power(12)) == ((3, 3), (2, 1), None)
    with pytest.raises(InvalidArgument, match="prime power, got 6; the nearest are 5 and 7"):
        field(6)
