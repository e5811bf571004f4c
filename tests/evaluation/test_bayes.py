import numpy as np
import pytest
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.bayes import Belief, bayesian_correlated_t, bayesian_signed_rank
from trimtab.evaluation.statistic import corrected_resampled_t


def rng():
    return np.random.default_rng(0)


def test_without_a_rope_the_correlated_t_is_the_frequentist_one():
    d = rng().normal(0.3, 1, 20)
    belief, test = bayesian_correlated_t(d, 9, 1), corrected_resampled_t(d, 9, 1)
    assert 2 * min(belief.lower, belief.higher) == pytest.approx(test.p)
    assert belief.lower + belief.same + belief.higher == pytest.approx(1)


def test_the_rope_by_hand():
    d = np.array([1.0, 2.0, 3.0, 2.0])
    error = np.sqrt((1 / 4 + 1 / 9) * d.var(ddof=1))
    belief = bayesian_correlated_t(d, 9, 1, rope=0.5)
    assert belief.higher == pytest.approx(stats.t.sf(0.5, 3, 2, error))
    assert belief.lower == pytest.approx(stats.t.cdf(-0.5, 3, 2, error))
    assert bayesian_correlated_t([1.0, 1.0], 9, 1, rope=2) == Belief(0.0, 1.0, 0.0)


def test_signed_rank_knows_all_three_answers():
    a = rng().normal(1, 0.3, 20)
    zero = np.zeros(20)
    assert bayesian_signed_rank(a, zero, rng(), n_draws=2000).verdict == "higher"
    assert bayesian_signed_rank(-a, zero, rng(), n_draws=2000).verdict == "lower"
    equal = bayesian_signed_rank(a / 100, zero, rng(), rope=0.1, n_draws=2000)
    assert equal.verdict == "practically equal"
    unsure = bayesian_signed_rank(rng().normal(0, 1, 20), zero, rng(), n_draws=2000)
    assert unsure.verdict == "not distinguishable"


def test_signed_rank_is_symmetric_and_sums_to_one():
    a = rng().normal(0.2, 1, 15)
    there = bayesian_signed_rank(a, 0 * a, rng(), n_draws=4000)
    back = bayesian_signed_rank(0 * a, a, rng(), n_draws=4000)
    assert (there.lower, there.higher) == (back.higher, back.lower)
    assert there.lower + there.same + there.higher == pytest.approx(1)


def test_signed_rank_of_one_pair_by_hand():
    # Weights (1 - w, w), w ~ Beta(1, s) of the pair: it wins with w^2 + 2 w (1 - w) > 1/2
    belief = bayesian_signed_rank([1.0], [0.0], rng(), n_draws=40_000)
    wanted = stats.beta.sf(1 - np.sqrt(0.5), 1, 0.5)
    assert belief.higher == pytest.approx(wanted, abs=0.01)


def test_settings_out_of_range():
    with pytest.raises(InvalidArgument, match="rope=-1"):
        bayesian_signed_rank([1.0], [0.0], rng(), rope=-1)
    with pytest.raises(InvalidArgument, match="rope=-1"):
        bayesian_correlated_t([1.0, 2.0], 9, 1, rope=-1)
