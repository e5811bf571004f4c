import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import boxcox, yeojohnson

from trimtab.surrogate.transform import (
    TRANSFORMS,
    bad_cap,
    best_power,
    box_cox,
    half_ranked,
    kumaraswamy,
    ranked,
    winsorized,
    yeo_johnson,
)

Y = np.random.default_rng(0).lognormal(sigma=1.5, size=40)
RESULTS = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e12, 1e12))


@given(RESULTS)
@example(np.array([-5e-324, 0.0]))
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_keeps_order_and_scale(name, y):
    z = TRANSFORMS[name](y)
    order = np.argsort(y, kind="stable")
    assert np.isfinite(z).all()
    assert (np.diff(z[order]) >= -1e-9).all()
    assert abs(z.mean()) < 1e-6
    assert abs(z.std() - 1) < 1e-6 or not z.any()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_huge_results(name):
    z = TRANSFORMS[name](np.array([1e300, -1e300, 3.0, 1e-300]))
    assert np.isfinite(z).all()


def test_one_diverged_run_does_not_flatten_the_rest():
    y = np.append(np.linspace(0, 1, 20), 1e9)
    assert np.ptp(winsorized(y)[:20]) > 1.5
    assert bad_cap(y) == pytest.approx((10 + 3 * 8) / 19)


def test_winsorizing_keeps_distances_of_good_results():
    z = winsorized(Y)
    low = np.argsort(Y)[:20]
    ratio = (z[low[1:]] - z[low[0]]) / (Y[low[1:]] - Y[low[0]])
    assert ratio == pytest.approx(ratio[0])


def test_plateau_of_best_results_is_not_clipped():
    y = np.append(np.zeros(12), [1.0, 2.0, 30.0])
    assert bad_cap(y) == np.inf
    assert len(np.unique(winsorized(y))) == 4


def test_same_as_scipy():
    for power in (-1.5, 0.0, 0.7, 2.0, 3.0):
        z = np.append(Y, -Y)
        assert yeo_johnson(z, power) == pytest.approx(yeojohnson(z, power), rel=1e-10)
        assert box_cox(Y, power) == pytest.approx(boxcox(Y, power), rel=1e-8)
    z = (Y - Y.mean()) / Y.std()
    assert best_power(z) == pytest.approx(yeojohnson(z)[1], abs=1e-3)


def test_half_ranks_leave_the_good_half():
    z, low = half_ranked(Y), np.argsort(Y)[:20]
    gaps = np.diff(np.sort(z[low])) / np.diff(np.sort(Y[low]))
    assert gaps == pytest.approx(gaps[0])
    assert z.max() < 4


def test_ranks_depend_on_order_alone():
    assert ranked(Y) == pytest.approx(ranked(np.log(Y)))


def test_input_warp():
    x, h = np.linspace(0.05, 0.95, 7), 1e-6
    w, slope = kumaraswamy(x, np.full(7, 0.7), np.full(7, 1.8))
    up, down = (kumaraswamy(x + s, np.full(7, 0.7), np.full(7, 1.8))[0] for s in (h, -h))
    assert slope == pytest.approx((up - down) / (2 * h), rel=1e-6)
    assert (np.diff(w) > 0).all()
    assert kumaraswamy(x, np.ones(7), np.ones(7))[0] == pytest.approx(x)


def test_losses_that_multiply_become_normal():
    """GPM-21: positive results over decades are read through their logarithm, others as `power` does."""
    rng = np.random.default_rng(0)
    y = np.exp(rng.normal(0, 2, 400))
    z = TRANSFORMS["scaled_power"](y)
    assert np.corrcoef(z, np.log(y))[0, 1] > 0.97
    near = rng.normal(10, 1, 50)
    assert np.array_equal(TRANSFORMS["scaled_power"](near), TRANSFORMS["power"](near))


def test_half_ranks_of_losses_that_multiply():
    """GPM-21: the good half keeps the distances of logarithms; of other results, their own."""
    y = np.exp(np.random.default_rng(0).normal(0, 3, 60))
    z, low = TRANSFORMS["log_half_ranked"](y), np.argsort(y)[:30]
    gaps = np.diff(z[low]) / np.diff(np.log(y[low]))
    assert gaps == pytest.approx(gaps[0])
    assert TRANSFORMS["log_half_ranked"](y - 1) == pytest.approx(half_ranked(y - 1))
    near = 5 + np.random.default_rng(0).random(20)
    assert TRANSFORMS["log_half_ranked"](near) == pytest.approx(half_ranked(near))
