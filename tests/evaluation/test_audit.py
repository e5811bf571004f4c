"""Spearman against SciPy, and verdicts by hand."""

import numpy as np
import pytest
from scipy import stats

from trimtab.evaluation.audit import is_telling, spearman
from trimtab.evaluation.rung import Rung


def test_spearman_is_scipys():
    """MFI-06: thirty random pairs, with ties and without."""
    rng = np.random.default_rng(0)
    for k in range(30):
        a, b = rng.normal(size=(2, 12))
        if k % 2:
            a, b = np.round(a), np.round(b)
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    assert spearman(np.ones(5), np.arange(5.0)) == 0.0


def rungs(first, last):
    found = []
    for losses in (first, last):
        rung = Rung(1)
        for number, loss in enumerate(losses):
            rung.add(number, np.array([loss]))
        found.append(rung)
    return found


def test_only_audited_trials_have_a_say():
    first, last = rungs([1, 2, 3, 4, 9, 9], [1, 2, 3, 4, 0, 0])
    assert is_telling(first, last, 4, 0.5)
    assert not is_telling(first, last, 6, 0.5)
    assert is_telling(first, last, 3, 0.99)  # three say nothing
    assert not is_telling(*rungs([1, 2, 3, 4], [4, 3, 2, 1]), 4, 0.5)
