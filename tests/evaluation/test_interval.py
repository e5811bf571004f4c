import numpy as np
import pytest
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.interval import bootstrap_interval, cv_interval, mean_interval, wilson


def test_mean_is_students():
    """STA-01: Student's interval is that of scipy."""
    x = np.array([1.0, 2.0, 4.0, 7.0])
    found = mean_interval(x, 0.9)
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.9, 3, x.mean(), stats.sem(x))
    )
    assert found.value == 3.5 and str(found).startswith("3.5 (90 % interval ")


def test_cross_validation_is_wider_by_the_correction():
    x = np.array([0.8, 0.7, 0.9, 0.85, 0.75])
    plain, corrected = mean_interval(x), cv_interval(x, 4, 1)
    ratio = (corrected.high - corrected.low) / (plain.high - plain.low)
    assert ratio == pytest.approx(np.sqrt((1 / 5 + 1 / 4) / (1 / 5)))


@pytest.mark.parametrize("n_right, n", [(0, 10), (3, 10), (10, 10), (85, 100)])
def test_wilson_is_that_of_scipy(n_right, n):
    """STA-01: Wilson's interval is that of scipy's binomtest."""
    wanted = stats.binomtest(n_right, n).proportion_ci(0.95, method="wilson")
    found = wilson(n_right, n)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


@pytest.mark.parametrize("ours, theirs", [("bca", "BCa"), ("percentile", "percentile")])
@pytest.mark.parametrize("statistic", [None, np.mean, np.median, np.std])
def test_bootstrap_is_that_of_scipy(ours, theirs, statistic):
    """STA-01: percentile and BCa are those of scipy.stats.bootstrap."""
    x = np.random.default_rng(0).gamma(2.0, size=40)
    found = bootstrap_interval(x, np.random.default_rng(1), statistic, method=ours, n_resamples=999)
    wanted = stats.bootstrap(
        (x,), statistic or np.mean, n_resamples=999, method=theirs, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_bootstrap_of_rows_and_of_constants():
    rows = np.random.default_rng(0).normal(size=(50, 2))
    found = bootstrap_interval(
        rows, np.random.default_rng(1), lambda r: np.corrcoef(r.T)[0, 1], n_resamples=300
    )
    assert found.low < found.value < found.high
    same = bootstrap_interval([2.0, 2.0, 2.0], np.random.default_rng(1))
    assert (same.low, same.high) == (2.0, 2.0)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: wilson(3, 0), "n_right=3"),
        (lambda: wilson(5, 4), "n_right=5"),
        (lambda: wilson(1, 4, 95), "confidence=95"),
        (lambda: mean_interval([1.0]), "two or more"),
        (lambda: bootstrap_interval([1.0], np.random.default_rng(0)), "2 or more"),
        (lambda: bootstrap_interval([1, 2], np.random.default_rng(0), method="t"), "method='t'"),
    ],
)
def test_what_has_no_interval(call, words):
    with pytest.raises(InvalidArgument, match=words):
        call()
