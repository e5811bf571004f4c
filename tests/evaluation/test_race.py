"""Racing tests against SciPy, a textbook and formulas by hand."""

import math

import numpy as np
import pytest
from scipy import stats

import trimtab as tt
from trimtab.evaluation.race import (
    conover,
    friedman_losers,
    hoeffding,
    hoeffding_losers,
    losers,
    ttest_losers,
)

GRASS = [  # Conover (1999), section 5.8, example 1: ranks that 12 home owners gave to four grasses
    [4, 3, 2, 1],
    [4, 2, 3, 1],
    [3, 1.5, 1.5, 4],
    [3, 1, 2, 4],
    [4, 2, 1, 3],
    [2, 2, 2, 4],
    [1, 3, 2, 4],
    [2, 4, 1, 3],
    [3.5, 1, 2, 3.5],
    [4, 1, 3, 2],
    [4, 2, 3, 1],
    [3.5, 1, 2, 3.5],
]


def test_the_textbook_example():
    """ASY-06: rank sums 38, 23.5, 24.5 and 34; the statistic 8.097; a critical difference of 11.49."""
    sums, statistic, difference = conover(np.array(GRASS))
    assert sums.tolist() == [38, 23.5, 24.5, 34]
    assert statistic == pytest.approx(8.097, abs=5e-4)
    assert difference == pytest.approx(11.49, abs=0.01)  # of rounded figures
    assert friedman_losers(np.array(GRASS)).tolist() == [True, False, False, False]


@pytest.mark.parametrize("seed", range(8))
def test_the_statistic_is_scipys(seed):
    """ASY-06: elimination by the very p-values of SciPy, with and without ties."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(3, 20)), int(rng.integers(3, 8))
    table = rng.normal(size=(n, k)) + 0.6 * np.arange(k) * (seed % 2)
    table = np.round(table, 0 if seed % 4 > 1 else 9)
    _, statistic, _ = conover(table)
    expected = stats.friedmanchisquare(*table.T)
    assert statistic == pytest.approx(expected.statistic, rel=1e-10)
    if expected.pvalue >= 0.05:
        assert not friedman_losers(table).any()
    else:
        assert friedman_losers(table)[np.argmax(stats.rankdata(table, axis=1).sum(axis=0))]


def test_two_that_are_left_meet_in_wilcoxons_test():
    rng = np.random.default_rng(0)
    for shift in (0.0, 0.3, 1.0, -1.0):
        table = rng.normal(size=(12, 2)) + np.array([shift, 0.0])
        p = stats.wilcoxon(table[:, 0], table[:, 1]).pvalue
        expected = [p < 0.05 and shift > 0, p < 0.05 and shift < 0]
        assert friedman_losers(table).tolist() == expected
    assert friedman_losers(np.ones((10, 2))).tolist() == [False, False]
    diverged = np.column_stack([np.full(8, np.inf), np.arange(8.0)])
    assert friedman_losers(diverged).tolist() == [True, False]


def test_pairs_with_the_best_by_a_t_test():
    rng = np.random.default_rng(1)
    table = rng.normal(size=(10, 6)) + np.linspace(0, 2, 6)
    best = int(np.argmin(table.mean(axis=0)))
    expected = [
        j != best and stats.ttest_rel(table[:, j], table[:, best]).pvalue < 0.05 for j in range(6)
    ]
    assert ttest_losers(table).tolist() == expected
    assert any(expected)
    always = np.column_stack([np.arange(5.0), np.arange(5.0) + 1, np.full(5, np.inf)])
    assert ttest_losers(always).tolist() == [False, True, True]


def test_hoeffdings_bound():
    """ASY-06: epsilon = sqrt(R^2 ln(2/delta) / 2n), exactly."""
    assert hoeffding(50, 2.0, 0.1) == math.sqrt(4.0 * math.log(20.0) / 100.0)
    table = np.tile([0.1, 0.3, 0.9], (50, 1))
    width = hoeffding(50, 1.0, 0.05)  # .192
    assert 0.3 - width < 0.1 + width < 0.9 - width
    assert hoeffding_losers(table, 0.05, 1.0).tolist() == [False, False, True]


@pytest.mark.parametrize("test", ["friedman", "ttest", "hoeffding"])
def test_equal_candidates_stay_and_the_best_is_never_lost(test):
    rng = np.random.default_rng(2)
    assert not losers(np.ones((6, 4)), test).any()
    for _ in range(50):
        table = rng.normal(size=(6, 5)) + rng.normal(size=5)
        out = losers(table, test)
        key = stats.rankdata(table, axis=1) if test == "friedman" else table
        assert not out[np.argmin(key.mean(axis=0))]


def test_the_level_is_kept():
    """ASY-06: of equal candidates hardly any race loses one, at 5 %."""
    rng = np.random.default_rng(3)
    lost = [friedman_losers(rng.normal(size=(10, 5))).any() for _ in range(400)]
    assert np.mean(lost) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


@pytest.mark.parametrize(
    ("table", "test", "message"),
    [([[1.0]], "friedman", "two candidates"), ([[1.0, 2.0]], "anova", "test='anova' is not known")],
)
def test_what_is_no_race(table, test, message):
    with pytest.raises(tt.InvalidArgument, match=message):
        losers(table, test)
