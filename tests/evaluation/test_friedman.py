import numpy as np
import pytest
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.correction import holm
from trimtab.evaluation.friedman import friedman

# Demsar (2006), table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets;
# in the row of .9751 he prints .975 twice, but ranks them 2 and 3.
DEMSAR = [
    [.763, .768, .771, .798], [.599, .591, .590, .569], [.954, .971, .968, .967], [.628, .661, .654, .657],
    [.882, .888, .886, .898], [.936, .931, .916, .931], [.661, .668, .609, .685], [.583, .583, .563, .625],
    [.775, .838, .866, .875], [1.00, 1.00, 1.00, 1.00], [.940, .962, .965, .962], [.619, .666, .614, .669],
    [.972, .981, .9751, .975], [.957, .978, .946, .970],
]  # fmt: skip


def test_demsars_example():
    found = friedman(DEMSAR)
    assert found.ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    # He prints 9.28 and 3.69, without the correction for ties; scipy has it.
    untied = 12 * 14 / (4 * 5) * (float((found.ranks**2).sum()) - 4 * 25 / 4)
    assert untied == pytest.approx(9.28, abs=0.01)
    assert 13 * untied / (14 * 3 - untied) == pytest.approx(3.69, abs=0.01)
    assert found.chi2.statistic == pytest.approx(stats.friedmanchisquare(*np.array(DEMSAR).T)[0])
    assert found.critical_difference(0.05) == pytest.approx(
        2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3
    )
    assert found.critical_difference(0.10) == pytest.approx(1.12, abs=5e-3)
    # At 0.10 C4.5 differs from both versions with m, and nothing else differs.
    assert found.groups(0.10) == [(3, 1, 2), (2, 0)]
    # Section 3.2.2: against C4.5, Holm's first p is .016 and 3 tests, so .048.
    z = (found.ranks[0] - found.ranks[3]) / found.error
    assert found.holm(control=0)[3] == pytest.approx(3 * 2 * stats.norm.sf(z))
    assert found.holm(control=0)[3] == pytest.approx(0.048, abs=1e-3)


@pytest.mark.parametrize("seed", range(50))
def test_equals_scipy_on_tables_with_ties(seed):
    """STA-03: equals scipy's friedmanchisquare on random tables, ranks with ties averaged."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 5, (rng.integers(3, 12), rng.integers(3, 7))).astype(float)
    wanted = stats.friedmanchisquare(*table.T)
    for is_greater in (True, False):
        found = friedman(table, is_greater_better=is_greater)
        assert found.chi2.statistic == pytest.approx(wanted.statistic)
        assert found.chi2.p == pytest.approx(wanted.pvalue)
    assert found.ranks == pytest.approx(stats.rankdata(table, axis=1).mean(0))


def test_critical_difference_and_nemenyi_agree():
    """STA-03: CD(k=4, N=10) = 1.4832, and Nemenyi's p agrees with it."""
    found = friedman(np.random.default_rng(0).normal([0, 0.5, 1, 3], size=(10, 4)))
    assert found.critical_difference() == pytest.approx(1.4832, abs=1e-4)
    p = found.nemenyi()
    apart = np.abs(found.ranks[:, None] - found.ranks[None, :])
    assert ((p < 0.05) == (apart > found.critical_difference())).all()
    assert (p == p.T).all() and (np.diag(p) == 1).all()


def test_holm_of_all_pairs():
    """STA-03: Holm's procedure over all pairs."""
    found = friedman(DEMSAR)
    i, j = np.triu_indices(4, 1)
    raw = 2 * stats.norm.sf(np.abs(found.ranks[i] - found.ranks[j]) / found.error)
    assert found.holm()[i, j] == pytest.approx(holm(raw))
    with pytest.raises(InvalidArgument, match="control=4"):
        found.holm(control=4)


def test_folds_are_averaged_and_agreement_is_certain():
    rng = np.random.default_rng(1)
    cube = rng.normal(size=(8, 3, 5))
    assert friedman(cube).chi2 == friedman(cube.mean(2)).chi2
    sure = friedman(np.tile([3.0, 2.0, 1.0], (6, 1)))
    assert sure.ranks.tolist() == [1, 2, 3] and sure.f.p == 0.0
    equal = friedman(np.ones((5, 3)))
    assert equal.chi2.p == 1.0 and equal.groups() == [(0, 1, 2)]


@pytest.mark.parametrize(
    "scores, words",
    [
        ([[1, 2]] * 5, "three or more"),
        ([[1, 2, 3]], "two or more"),
        ([[1, 2, np.nan]] * 3, "finite"),
    ],
)
def test_what_cannot_be_ranked(scores, words):
    with pytest.raises(InvalidArgument, match=words):
        friedman(scores)
    with pytest.raises(InvalidArgument, match="alpha=0"):
        friedman(DEMSAR).critical_difference(0)
