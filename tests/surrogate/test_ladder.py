"""What trials measured at each level: sparse reports, failures, and whole evaluations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.fidelity import Fidelity
from trimtab.core.history import Batch
from trimtab.surrogate.ladder import ladder_of

INF = np.inf


def batch(*rows):
    """(number, step, loss) as a batch; x is a tenth of the number."""
    number, step, loss = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return Batch(
        x=number[:, None] / 10.0,
        y=loss[:, None].astype(float),
        c=np.empty((n, 0)),
        budget=step.astype(float),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.full(n, -1),
        number=number.astype(np.int64),
    )


EPOCHS = Fidelity("epoch", 1, 9)


def of(*rows, fidelity=EPOCHS):
    ladder = ladder_of(fidelity, 3, 1)
    return ladder.told(batch(*rows)) if rows else ladder


def seen(ladder):
    return list(
        zip(ladder.number.tolist(), ladder.level.tolist(), ladder.loss.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 1, 5.0), (0, 2, 4.0), (0, 3, 3.0)], [(0, 0, 5.0), (0, 1, 3.0)]),
        ([(0, 2, 5.0), (0, 9, 1.0)], [(0, 0, 5.0), (0, 1, 5.0), (0, 2, 1.0)]),  # sparse
        ([(0, 1, 5.0), (0, np.nan, np.nan)], [(0, 0, 5.0), (0, 1, INF)]),  # failed, step unknown
        ([(0, 1, 5.0), (0, 1, np.nan)], [(0, 0, 5.0), (0, 1, INF)]),  # failed after step 1
        ([(0, np.nan, np.nan)], [(0, 0, INF)]),  # failed before any report
        ([(0, 3, np.nan)], [(0, 0, INF), (0, 1, INF)]),  # diverged
        ([(0, np.nan, 2.0)], [(0, 2, 2.0)]),  # a whole evaluation
        ([(0, 9, 2.0), (0, 9, 2.0)], [(0, 0, 2.0), (0, 1, 2.0), (0, 2, 2.0)]),  # report and result
        ([(1, 1, 2.0), (0, 1, 3.0)], [(1, 0, 2.0), (0, 0, 3.0)]),
    ],
)
def test_by_hand(rows, expected):
    assert seen(of(*rows)) == expected


def test_without_a_fidelity_there_is_one_level():
    assert seen(of((0, np.nan, 2.0), (1, 4.0, 3.0), fidelity=None)) == [(0, 0, 2.0), (1, 0, 3.0)]


def test_the_highest_level_with_enough():
    ladder = of((0, 1, 1.0), (1, 1, 1.0), (2, 1, 1.0), (0, 3, 1.0), (1, 3, 1.0), (0, 9, 1.0))
    assert ladder.counts().tolist() == [3, 2, 1]
    assert [ladder.highest(n) for n in (1, 2, 3, 4)] == [2, 1, 0, 0]
    assert of().highest(1) == 0


def test_an_older_ladder_stays_as_it_was():
    one = of((0, 1, 1.0))
    before = seen(one)
    one.told(batch((0, 3, 0.5), (1, 1, 2.0)))
    assert seen(one) == before and one.reached == {0: 1}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 12), st.floats(-5, 5)), min_size=1, max_size=25
    ),
    st.integers(1, 24),
)
def test_in_how_many_calls_makes_no_difference(rows, cut):
    whole, parts = of(*rows), of()
    for part in (rows[:cut], rows[cut:]):
        if part:
            parts = parts.told(batch(*part))
    assert seen(whole) == seen(parts)
    assert (whole.reached, whole.last) == (parts.reached, parts.last)
    for number in set(whole.number.tolist()):
        levels = whole.level[whole.number == number]
        assert levels.tolist() == list(range(len(levels)))
