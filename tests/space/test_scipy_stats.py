"""Frozen distributions of SciPy."""

import json

import numpy as np
import pytest
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.domain import Float, Int
from trimtab.space.scipy_stats import from_scipy
from trimtab.space.space import Space

DRAWS = np.random.default_rng(21).random(20_000)


@pytest.mark.parametrize(
    "frozen",
    [
        stats.uniform(0.1, 0.9),
        stats.uniform(loc=-3, scale=10),
        stats.loguniform(1e-6, 1e-1),
        stats.loguniform(1, 10, loc=2),
        stats.norm(3, 2),
        stats.truncnorm(-1, 2, loc=5, scale=3),
        stats.lognorm(0.5, scale=2),
        stats.lognorm(0.5, loc=1, scale=2),
        stats.beta(2, 5, scale=10),
        stats.gamma(2.0, scale=3),
        stats.expon(scale=2),
        stats.triang(0.3),
    ],
    ids=lambda f: f.dist.name,
)
def test_continuous_ones_keep_their_law(frozen):
    domain = from_scipy(frozen)
    assert stats.kstest(domain.from_unit(DRAWS), frozen.cdf).pvalue > 0.01
    space = Space({"x": frozen})
    assert Space.from_dict(json.loads(json.dumps(space.to_dict(), allow_nan=False))) == space


@pytest.mark.parametrize(
    "frozen",
    [stats.randint(2, 7), stats.binom(10, 0.3), stats.poisson(3), stats.randint(0, 5, loc=3)],
)
def test_discrete_ones_keep_their_law(frozen):
    domain = from_scipy(frozen)
    values = np.array(domain.values(domain.from_unit(DRAWS)))
    counts = np.array([(values == v).sum() for v in range(domain.low, domain.high + 1)])
    wanted = frozen.pmf(np.arange(domain.low, domain.high + 1)) * len(DRAWS)
    common = wanted > 5
    assert (
        stats.chisquare(
            counts[common], wanted[common] * counts[common].sum() / wanted[common].sum()
        ).pvalue
        > 0.01
    )


def test_loc_and_scale_are_read_as_scipy_does():
    assert from_scipy(stats.uniform(0.1, 0.9)) == Float(0.1, 1.0)
    assert "Float(0.1, 1.0)" in Space({"x": stats.uniform(0.1, 0.9)}).describe()
    assert from_scipy(stats.randint(2, 7)) == Int(2, 6)


def test_what_is_not_frozen_is_refused():
    with pytest.raises(SpaceError, match=r"'x'.*call it"):
        Space({"x": stats.uniform})
    with pytest.raises(SpaceError, match="not one number"):
        from_scipy(stats.uniform([0, 1], 2))
