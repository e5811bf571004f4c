import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from trimtab.acquisition.analytic import (
    expected_improvement,
    log_below,
    log_expected_improvement,
    log_h,
    log_probability_of_improvement,
    lower_confidence_bound,
    probability_of_improvement,
)
from trimtab.acquisition.augmentation import augmented

MAKERS = {
    "ei": expected_improvement(0.3, 0.01),
    "log_ei": log_expected_improvement(0.3, 0.01),
    "pi": probability_of_improvement(0.3, 0.01),
    "log_pi": log_probability_of_improvement(0.3, 0.01),
    "lcb": lower_confidence_bound(1.7),
    "augmented": augmented(log_expected_improvement(0.3, 0.01), 0.3),
}


def at(criterion, mean, sd):
    return float(criterion(np.array([float(mean)]), np.array([float(sd)]))[0][0])


@pytest.mark.parametrize(
    ("mean", "sd", "best", "ei"),
    [(0.3, 0.2, 0.25, 0.0572689396), (0, 1, 0, 0.3989422804), (1, 0.5, 0, 0.0042453513)],
)
def test_golden_ei(mean, sd, best, ei):  # BOL-04
    assert at(expected_improvement(best), mean, sd) == pytest.approx(ei, abs=1e-10)
    assert at(log_expected_improvement(best), mean, sd) == pytest.approx(np.log(ei), abs=1e-8)


def test_golden_ei_in_the_tail():  # BOL-04
    assert at(expected_improvement(0), 5, 1) == pytest.approx(5.346166e-8, rel=1e-6)


@pytest.mark.parametrize(
    ("mean", "sd", "best", "pi"), [(0.3, 0.2, 0.25, 0.40129367), (1, 0.5, 0, 0.022750132)]
)
def test_golden_pi(mean, sd, best, pi):  # BOL-13
    assert at(probability_of_improvement(best), mean, sd) == pytest.approx(pi, abs=1e-8)
    log_pi = at(log_probability_of_improvement(best), mean, sd)
    assert log_pi == pytest.approx(np.log(pi), abs=1e-7)


@pytest.mark.parametrize(
    ("z", "value"),
    [(-5, -16.744301162661), (-40, -808.29856835662), (-1000, -500014.734452091)],
)
def test_golden_log_h(z, value):  # BOL-06; 50-digit arithmetic
    assert log_h(np.array([float(z)]))[0][0] == pytest.approx(value, rel=1e-13)


def test_log_h_is_smooth_over_its_branches():
    for z in (-1.0, -100.0):
        below, above = (log_h(np.array([z + s]))[0][0] for s in (-1e-9, 1e-9))
        slope = log_h(np.array([z]))[1][0]
        assert above - below == pytest.approx(2e-9 * slope, rel=1e-2, abs=1e-11)


def test_log_h_never_overflows():
    value, slope = log_h(np.array([-1e200, -1e10, -1e5, 0.0, 1e5, 1e200]))
    assert np.isfinite(value).all()
    assert (slope >= 0).all()
    assert (np.diff(value) > 0).all()


@pytest.mark.parametrize("mean", [-0.4, 0.1, 0.9])
def test_ei_by_quadrature(mean):  # BOL-03
    def integrand(f):
        return max(0.25 - f, 0.0) * norm.pdf(f, mean, 0.3)

    expected = quad(integrand, -3, 0.25)[0]
    assert at(expected_improvement(0.25), mean, 0.3) == pytest.approx(expected, abs=1e-9)
    assert at(expected_improvement(0.30, 0.05), mean, 0.3) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("gain", [-0.5, 0.0, 0.5])
def test_ei_without_doubt_is_the_gain(gain):  # BOL-05, contradiction C02
    sure = at(expected_improvement(gain), 0.0, 0.0)
    assert sure == max(gain, 0.0)
    assert at(expected_improvement(gain), 0.0, 1e-12) == pytest.approx(sure, abs=1e-11)
    assert at(probability_of_improvement(gain), 0.0, 0.0) == float(gain > 0)


def test_bound_is_the_mirror_of_the_upper_one():  # BOL-08, contradictions C01 and C03
    mean, sd = np.linspace(-1, 1, 9), np.linspace(0.1, 0.9, 9)
    value = lower_confidence_bound(2.0)(mean, sd)[0]
    assert value == pytest.approx(-(mean - 2 * sd))
    assert np.argmax(value) == np.argmin(mean - 2 * sd)


@pytest.mark.parametrize("criterion", MAKERS.values(), ids=MAKERS)
def test_slopes_by_differences(criterion):  # BOL-15
    mean, sd, h = np.array([-2.0, 0.0, 0.3, 1.0, 4.0]), np.array([0.1, 0.5, 1.0, 0.3, 0.4]), 1e-6
    _, by_mean, by_sd = criterion(mean, sd)
    numeric_mean = (criterion(mean + h, sd)[0] - criterion(mean - h, sd)[0]) / (2 * h)
    numeric_sd = (criterion(mean, sd + h)[0] - criterion(mean, sd - h)[0]) / (2 * h)
    assert by_mean == pytest.approx(numeric_mean, rel=1e-6, abs=1e-8)
    assert by_sd == pytest.approx(numeric_sd, rel=1e-6, abs=1e-8)


def test_log_below_far_down():
    z = np.array([-1e3, -30.0, 0.0, 8.0])
    value, slope = log_below(z)
    assert value == pytest.approx(norm.logcdf(z))
    assert slope[0] == pytest.approx(1e3 + 1e-3, rel=1e-9)


@pytest.mark.parametrize("z", [-1e1, -1e3, -1e6, -1e8, -1e9, -1e10, -1e30])
def test_slope_of_log_below_tends_to_the_distance(z):
    """phi(z) / Phi(z) lies between |z| and |z| + 1 / |z| (Gordon 1941)."""
    slope = log_below(np.array([z]))[1][0]
    assert -z * (1 - 1e-15) <= slope <= (-z - 1 / z) * (1 + 1e-15)


def test_slope_of_log_below_over_its_branches():
    z = np.linspace(-8, -2, 601)
    exact = norm.pdf(z) / norm.cdf(z)
    assert log_below(z)[1] == pytest.approx(exact, rel=1e-13)
    assert log_below(np.array([-np.inf, np.inf]))[1] == pytest.approx([1e100, 0.0])
