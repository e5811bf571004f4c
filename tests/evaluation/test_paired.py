import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.paired import mcnemar, mean_ranks, permutation, sign, wilcoxon

A = np.array([0.80, 0.82, 0.79, 0.85, 0.81, 0.83, 0.80, 0.84, 0.82, 0.78])
B = np.array([0.78, 0.81, 0.80, 0.82, 0.79, 0.80, 0.79, 0.81, 0.80, 0.77])
# Demsar (2006), table 6: C4.5 and C4.5+m on 14 data sets
C45 = [.763, .599, .954, .628, .882, .936, .661, .583, .775, 1.0, .940, .619, .972, .957]  # fmt: skip
C45M = [.768, .591, .971, .661, .888, .931, .668, .583, .838, 1.0, .962, .666, .981, .978]  # fmt: skip


def test_wilcoxon_by_the_book():
    """STA-02: W=3, p=.009766."""
    found = wilcoxon(A, B)
    assert (found.statistic, found.p) == (3.0, pytest.approx(0.009766, abs=1e-6))


def test_wilcoxon_on_demsars_table():
    # He shares out the ranks of the two zeros, which we leave out, as Wilcoxon did: 12 pairs are left.
    d = np.round(np.array(C45) - np.array(C45M), 3)
    found = wilcoxon(d, np.zeros(14))
    oracle = stats.wilcoxon(d[d != 0], method="approx")
    assert (found.statistic, found.n) == (oracle.statistic, 12)
    assert found.p < 0.02


@settings(deadline=None, max_examples=60)
@given(st.integers(4, 49), st.integers(0, 10**6))
def test_wilcoxon_equals_scipy_without_ties(n, seed):
    a = np.random.default_rng(seed).normal(0.2, 1, n)
    found, wanted = wilcoxon(a, np.zeros(n)), stats.wilcoxon(a, method="exact")
    assert found.statistic == pytest.approx(wanted.statistic)
    assert found.p == pytest.approx(wanted.pvalue, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_wilcoxon_with_ties_equals_all_sign_patterns(seed):
    d = np.random.default_rng(seed).integers(-3, 6, 9).astype(float)
    d = d[d != 0]
    ranks = stats.rankdata(abs(d))
    signs = np.array(np.meshgrid(*[[0, 1]] * len(d))).reshape(len(d), -1).T
    low = min(ranks[d > 0].sum(), ranks[d < 0].sum())
    assert wilcoxon(d, 0 * d).p == pytest.approx(min(1, 2 * np.mean(signs @ ranks <= low)))


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (0, 3), (5, 4)])
def test_mean_ranks_are_those_of_scipy(shape):
    values = np.random.default_rng(0).choice([-1.0, 0.0, 0.5, np.inf], shape)
    assert mean_ranks(values).tolist() == stats.rankdata(values, axis=-1).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_wilcoxon_of_many_pairs_is_normal(seed):
    d = np.random.default_rng(seed).integers(-4, 6, 120).astype(float)
    wanted = stats.wilcoxon(d, method="approx", zero_method="wilcox", correction=False)
    assert wilcoxon(d, 0 * d).p == pytest.approx(wanted.pvalue, rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12))
def test_laws(d):
    a = np.array(d, float)
    for test in (wilcoxon, sign, permutation):
        there, back = test(a, 0 * a), test(0 * a, a)
        assert there.p == pytest.approx(back.p) and 0 < there.p <= 1
        assert test(a * 7, 0 * a).p == pytest.approx(there.p)  # scale does not matter


def test_sign_is_a_binomial_test():
    found = sign(A, B)
    assert (found.statistic, found.n) == (9.0, 10)
    assert found.p == pytest.approx(stats.binomtest(9, 10).pvalue)
    assert sign([1.0], [1.0]).p == 1.0


def test_permutation_exact_and_drawn():
    """STA-02: the permutation test."""
    wanted = stats.permutation_test(
        (A - B,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert permutation(A, B).p == pytest.approx(wanted.pvalue)
    rng = np.random.default_rng(0)
    a = rng.normal(0.3, 1, 30)
    drawn = permutation(a, 0 * a, rng, 4999)
    assert drawn.p == pytest.approx(stats.ttest_1samp(a, 0).pvalue, abs=0.03)
    with pytest.raises(InvalidArgument, match="rng=None"):
        permutation(a, 0 * a)


def test_folds_of_a_data_set_are_one_pair():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 12, 10))
    for test in (wilcoxon, sign, permutation):
        assert test(a, b) == test((a - b).mean(1), np.zeros(12))


def test_mcnemar():
    """STA-02: McNemar's test."""
    a = np.array([1] * 30 + [0] * 10 + [1] * 3 + [0] * 7, bool)
    b = np.array([1] * 30 + [1] * 10 + [0] * 3 + [0] * 7, bool)
    found = mcnemar(a, b)
    assert (found.statistic, found.n) == (3.0, 50)
    assert found.p == pytest.approx(stats.binomtest(3, 13).pvalue)
    assert mcnemar(a, a).p == 1.0
    with pytest.raises(InvalidArgument, match="test row"):
        mcnemar(a, b[:3])


@pytest.mark.parametrize(
    "a, b, words",
    [([1.0], [1.0, 2.0], "shape"), ([], [], "shape"), ([np.nan], [1.0], "finite")],
)
def test_what_cannot_be_paired(a, b, words):
    for test in (wilcoxon, sign, permutation):
        with pytest.raises(InvalidArgument, match=words):
            test(a, b)
