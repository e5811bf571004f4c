"""Priors against SciPy."""

import math

import numpy as np
import pytest
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.prior import Beta, Empirical, LogNormal, Normal, Scipy, prior_of

X = np.array([0.5, 1.0, 2.0, 2.9])


@pytest.mark.parametrize(
    "prior, law",
    [
        (Normal(1, 2), stats.norm(1, 2)),
        (Normal(-30, 2), stats.norm(-30, 2)),
        (LogNormal(0.1, 0.7), stats.lognorm(0.7, scale=math.exp(0.1))),
        (Scipy("gamma", (2.0,), (("scale", 0.5),)), stats.gamma(2.0, scale=0.5)),
    ],
)
def test_truncated_cdf_is_the_share_of_the_mass(prior, law):
    low, high = 0.25, 3.0
    wanted = (law.sf(low) - law.sf(X)) / (law.sf(low) - law.sf(high))
    assert np.allclose(prior.cdf(X, low, high), wanted, rtol=1e-9)
    assert np.allclose(prior.ppf(prior.cdf(X, low, high), low, high), X, rtol=1e-5)
    assert prior.cdf(np.array([low, high]), low, high).tolist() == [0.0, 1.0]
    assert prior_of(prior.to_dict()) == prior


def test_beta_is_stretched():
    prior = Beta(2, 5)
    assert np.allclose(prior.cdf(X, 0.0, 3.0), stats.beta(2, 5, 0, 3).cdf(X))
    assert prior_of(prior.to_dict()) == prior


def test_empirical_interpolates_quantiles():
    prior = Empirical((0.0, 1.0, 3.0))
    assert prior.cdf(np.array([0.5, 1.0, 2.0]), 0.0, 3.0).tolist() == [0.25, 0.5, 0.75]
    assert prior.ppf(np.array([0.25, 0.75]), 0.0, 3.0).tolist() == [0.5, 2.0]
    assert prior_of(prior.to_dict()) == prior
    assert prior.text() == "Empirical(3 quantiles)"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(math.nan, 1),
        lambda: Normal(0, 0),
        lambda: LogNormal(0, -1),
        lambda: Beta(0, 1),
        lambda: prior_of({"type": "cauchy"}),
        lambda: Scipy("os", ()).frozen,
        lambda: Normal("0", 1),
    ],
)
def test_what_cannot_work_is_refused(make):
    with pytest.raises(SpaceError):
        make()


def test_texts():
    assert Normal(0, 1).text() == "Normal(0, 1)"
    assert LogNormal(0, 1).text() == "LogNormal(0, 1)"
    assert Beta(2, 5).text() == "Beta(2, 5)"
    assert Scipy("gamma", (2.0,), (("loc", 1),)).text() == "scipy.stats.gamma(2.0, loc=1)"
