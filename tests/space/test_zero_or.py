"""ZeroOr: an exact zero, or the rest."""

import numpy as np
import pytest
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.domain import Float, Int, ZeroOr
from trimtab.space.neighborhood import neighbors
from trimtab.space.space import Space

DOMAIN = ZeroOr(Float(1e-5, 1e-1, log=True), p=0.25)


def test_zero_has_its_share_and_the_rest_its_law():
    drawn = DOMAIN.from_unit(np.random.default_rng(5).random(20_000))
    zero = drawn == 0.0
    assert stats.binomtest(int(zero.sum()), len(drawn), 0.25).pvalue > 0.01
    assert stats.kstest(drawn[~zero], stats.loguniform(1e-5, 1e-1).cdf).pvalue > 0.01


def test_round_trip_and_order():
    codes = np.array([0.0, 1e-5, 1e-3, 1e-1])
    u = DOMAIN.to_unit(codes)
    back = DOMAIN.from_unit(u)
    assert back[0] == 0.0 and np.allclose(back, codes, rtol=1e-12) and np.all(np.diff(u) > 0)
    assert np.isnan(DOMAIN.to_unit(np.array([np.nan]))[0])


def test_values_are_zero_or_inside():
    assert DOMAIN.code("decay", 0) == 0.0
    for bad in (1e-6, True, False, "0", -1):
        with pytest.raises(SpaceError, match=r"^decay="):
            DOMAIN.code("decay", bad)
    assert ZeroOr(Float(1, 2), default=0).default_code == 0.0
    assert ZeroOr(Float(1, 2, default=1.5)).default == 1.5


@pytest.mark.parametrize(
    "domain, p",
    [
        (Float(0, 1), 0.5),
        (Int(1, 2), 0.5),
        (Float(1, 2, step=1), 0.5),
        (Float(1, 2), 0),
        (Float(1, 2), 1),
    ],
)
def test_what_cannot_work_is_refused(domain, p):
    with pytest.raises(SpaceError, match="ZeroOr"):
        ZeroOr(domain, p)


def test_zero_or_one_value():
    domain = ZeroOr(Float(5, 5), default=5)
    assert domain.from_unit(np.array([0.1, 0.3, 0.9])).tolist() == [0.0, 5.0, 5.0]
    assert domain.default == domain.code("z", 5) == 5.0
    assert (domain.to_unit(np.array([0.0, 5.0])) > 0).all()
    space = Space({"z": domain})
    assert [row.tolist() for row in space.enumerate(4)] == [[0.0], [5.0]]
    assert neighbors(space, np.array([0.0])).tolist() == [[5.0]]
    assert neighbors(space, np.array([5.0])).tolist() == [[0.0]]
