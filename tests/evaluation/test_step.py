"""Percentiles to the last bit, and which steps are due."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.evaluation.step import is_due, percentile

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


@given(NUMBERS, st.floats(0, 100))
@settings(deadline=None)
def test_percentiles_are_numpys(values, q):
    assert percentile(sorted(values), q) == np.percentile(values, q)


def test_one_decision_in_an_interval():
    due = [k for k in range(12) if is_due(np.arange(k + 1), 2, 3)]
    assert due == [2, 5, 8, 11]
    assert is_due(np.array([0, 7]), 2, 3)  # the first report since 5
    assert not is_due(np.array([0, 6, 7]), 2, 3)
