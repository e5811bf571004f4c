import math

import numpy as np
import pytest
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.statistic import (
    Significance,
    compare_means,
    corrected_resampled_t,
    five_by_two_f,
    five_by_two_t,
    paired_t,
)

A = np.array([0.80, 0.82, 0.79, 0.85, 0.81, 0.83, 0.80, 0.84, 0.82, 0.78])
B = np.array([0.78, 0.81, 0.80, 0.82, 0.79, 0.80, 0.79, 0.81, 0.80, 0.77])


def test_by_hand():
    """STA-02: the corrected resampled t-test, on the published arrays."""
    # A - B in hundredths: 2 1 -1 3 2 3 1 3 2 1; mean 1.7, sum of squared deviations 14.1
    found = corrected_resampled_t(A - B, n_train=9, n_test=1)
    variance = (1 / 10 + 1 / 9) * (14.1 / 9) * 1e-4
    assert found.mean == pytest.approx(0.017)
    assert found.t == pytest.approx(0.017 / math.sqrt(variance))
    assert (found.t, found.p) == (
        pytest.approx(2.956004, abs=1e-6),
        pytest.approx(0.016063, abs=1e-6),
    )
    reach = 2.262157163 * math.sqrt(
        variance
    )  # the table's t for 9 degrees of freedom, two-sided 95 %
    assert found.high - found.mean == pytest.approx(reach, rel=1e-8)
    assert found.mean - found.low == pytest.approx(reach, rel=1e-8)


def test_without_overlap_it_tends_to_the_paired_t_test():
    found = corrected_resampled_t(A - B, n_train=10**12, n_test=1)
    t, p = stats.ttest_rel(A, B)
    assert (found.t, found.p) == (pytest.approx(t), pytest.approx(p))


def test_interval_and_p_agree():
    found = corrected_resampled_t(A - B, 9, 1)
    edge = corrected_resampled_t(A - B, 9, 1, confidence=1 - found.p)
    assert edge.low == pytest.approx(0, abs=1e-12) and found.is_clear
    assert not corrected_resampled_t(A - B, 9, 1, confidence=0.99).is_clear


def test_swapping_turns_the_sign():
    there, back = corrected_resampled_t(A - B, 9, 1), corrected_resampled_t(B - A, 9, 1)
    assert (back.mean, back.t, back.p) == (-there.mean, -there.t, there.p)
    assert (back.low, back.high) == (-there.high, -there.low)


def test_no_spread():
    same = corrected_resampled_t([0.0, 0.0, 0.0], 9, 1)
    assert (same.t, same.p, same.is_clear) == (0.0, 1.0, False)
    sure = corrected_resampled_t([-2.0, -2.0], 9, 1)
    assert (sure.t, sure.p, sure.low, sure.high) == (-math.inf, 0.0, -2.0, -2.0)


@pytest.mark.parametrize(
    "differences, n_train, n_test, confidence, words",
    [
        ([1.0], 9, 1, 0.95, "two or more"),
        ([1.0, math.nan], 9, 1, 0.95, "finite"),
        ([[1.0, 2.0]], 9, 1, 0.95, "list"),
        ([1.0, 2.0], 0, 1, 0.95, "n_train=0"),
        ([1.0, 2.0], 9, 1, 95, "confidence=95"),
    ],
)
def test_what_cannot_be_compared(differences, n_train, n_test, confidence, words):
    with pytest.raises(InvalidArgument, match=words):
        corrected_resampled_t(differences, n_train, n_test, confidence)


def test_paired_t_is_that_of_scipy():
    """STA-02: t 4.294975, as scipy has it."""
    found = paired_t(A - B)
    wanted = stats.ttest_rel(A, B)
    assert (found.t, found.p) == (pytest.approx(4.294975, abs=1e-6), pytest.approx(wanted.pvalue))
    interval = wanted.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_means_and_errors_alone():
    """PIT-05: .812 and .818 within .010 are not distinguishable, .80 and .85 within .005 are."""
    near = compare_means(0.812, 0.010, 0.818, 0.010)
    assert near.verdict == "not distinguishable (p=0.671)"
    assert near.p == pytest.approx(2 * stats.norm.sf(0.006 / math.hypot(0.01, 0.01)))
    far = compare_means(0.80, 0.005, 0.85, 0.005)
    assert far.is_clear and far.verdict.startswith("distinguishable") and far.high < 0
    assert "not distinguishable" in str(near)
    with pytest.raises(InvalidArgument, match="error_b=-1"):
        compare_means(0, 1, 0, -1)


def test_five_halvings_by_hand():
    """STA-02: the 5x2cv tests."""
    d = np.array([[1.0, 3.0], [2.0, 2.0], [0.0, 4.0], [1.0, 1.0], [3.0, 5.0]])
    # variances of the rows: 2, 0, 8, 0, 2
    t = five_by_two_t(d)
    assert t.t == pytest.approx(1 / math.sqrt(12 / 5))
    assert t.p == pytest.approx(2 * stats.t.sf(t.t, 5))
    f = five_by_two_f(d)
    assert f.statistic == pytest.approx((1 + 9 + 4 + 4 + 16 + 1 + 1 + 9 + 25) / (2 * 12))
    assert f.p == pytest.approx(stats.f.sf(f.statistic, 10, 5))
    assert five_by_two_f(np.zeros((5, 2))).p == 1.0
    assert five_by_two_f(np.ones((5, 2))).p == 0.0
    with pytest.raises(InvalidArgument, match="5 x 2"):
        five_by_two_t(np.zeros((2, 5)))


def test_tested_reads_alpha():
    assert Significance(1.0, 0.04, 5).is_clear() and not Significance(1.0, 0.04, 5).is_clear(0.01)
