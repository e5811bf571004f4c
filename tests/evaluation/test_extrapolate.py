"""Where curves end: known laws, honest intervals, and the closed form against a dense solution."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from trimtab.evaluation import extrapolate
from trimtab.evaluation.extrapolate import Ending, ending, shapes


def test_power_laws_from_a_third_of_the_curve():
    """EST-06: y = a - b t^-c + N(0, .005): error below .02 in 90 %, intervals cover 85 to 99 %."""
    rng = np.random.default_rng(0)
    t, near, inside, n = np.arange(1, 101), 0, 0, 150
    for _ in range(n):
        a, b, c = rng.uniform(0.6, 0.95), rng.uniform(0.2, 0.6), rng.uniform(0.4, 1.2)
        curve = a - b * t**-c + 0.005 * rng.standard_normal(100)
        end = ending(t[:30], curve[:30], 100)
        truth = a - b * 100.0**-c
        near += abs(end.expected - truth) < 0.02
        low, high = end.interval()
        inside += low <= curve[-1] <= high
    assert near >= 0.9 * n
    assert 0.85 * n <= inside <= 0.995 * n


def test_shapes_fall_from_one_to_zero():
    psi = shapes(np.arange(1.0, 51.0), 50.0)
    assert psi[:, 0] == pytest.approx(1.0) and psi[:, -1] == pytest.approx(0.0)
    assert (np.diff(psi, axis=1) <= 1e-12).all()


def test_one_shape_is_a_normal_regression(monkeypatch):
    """The closed form against the joint normal of all values, for one shape and one noise."""
    t, y = np.array([1, 2, 3, 4]), np.array([3.0, 2.0, 1.6, 1.5])
    psi = shapes(t.astype(float), 9.0)[3:4]
    monkeypatch.setattr(extrapolate, "shapes", lambda t, last: psi)
    monkeypatch.setattr(extrapolate, "_NOISE", np.array([0.1]))
    found = ending(t, y, 9)
    scale, design = 1.5, np.stack([psi[0], 1 - psi[0]], axis=1)
    prior, centre = np.diag([1.0, 4.0]) * scale**2, np.array([3.0, 1.5])
    cov = design @ prior @ design.T + (0.1 * scale) ** 2 * np.eye(4)
    gain = prior @ design.T @ np.linalg.inv(cov)
    mean = centre + gain @ (y - design @ centre)
    var = (prior - gain @ design @ prior)[1, 1] + (0.1 * scale) ** 2
    assert found.mean[0] == pytest.approx(mean[1])
    assert found.sd[0] == pytest.approx(np.sqrt(var))


def test_weights_are_the_evidence(monkeypatch):
    t, y = np.array([1, 2, 3, 4]), np.array([3.0, 2.0, 1.6, 1.5])
    psi = shapes(t.astype(float), 9.0)[[1, 8]]
    monkeypatch.setattr(extrapolate, "shapes", lambda t, last: psi)
    monkeypatch.setattr(extrapolate, "_NOISE", np.array([0.05, 0.2]))
    found, logs = ending(t, y, 9), []
    for noise in (0.05, 0.2):
        for shape in psi:
            design = np.stack([shape, 1 - shape], axis=1)
            cov = 1.5**2 * (design @ np.diag([1.0, 4.0]) @ design.T + noise**2 * np.eye(4))
            logs.append(multivariate_normal.logpdf(y, design @ [3.0, 1.5], cov))
    expected = np.exp(logs - np.max(logs))
    assert found.weight == pytest.approx(expected / expected.sum())


def test_the_mixture():
    both = Ending(np.array([0.25, 0.75]), np.array([0.0, 2.0]), np.array([1.0, 0.5]))
    assert both.expected == 1.5
    assert both.below(1.0) == pytest.approx(0.25 * norm.cdf(1) + 0.75 * norm.cdf(-2))
    low, high = both.interval(0.9)
    assert (both.below(low), both.below(high)) == (pytest.approx(0.05), pytest.approx(0.95))


def test_constant_curves_stay():
    end = ending(np.arange(1, 6), np.zeros(5), 50)
    assert end.expected == pytest.approx(0.0, abs=1e-6)
    assert end.sd.max() < 10
