import numpy as np
import pytest
from scipy.stats import kstest, norm

from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.prior import LogNormal
from trimtab.surrogate.slice import sampled_parameters, slice_samples
from trimtab.surrogate.stationary import matern


def test_draws_of_a_correlated_normal():
    inverse = np.linalg.inv(np.array([[1.0, 0.6], [0.6, 2.0]]))
    draws = slice_samples(
        lambda x: -0.5 * float(x @ inverse @ x),
        np.zeros(2),
        3000,
        np.random.default_rng(0),
        n_burn=20,
        n_thin=2,
    )
    assert draws.mean(axis=0) == pytest.approx([0, 0], abs=0.12)
    assert np.cov(draws.T) == pytest.approx(np.array([[1.0, 0.6], [0.6, 2.0]]), abs=0.2)
    assert kstest(draws[::10, 0], norm.cdf).pvalue > 0.01


def test_two_distant_peaks_are_both_visited():
    def density(x):
        return float(np.logaddexp(-0.5 * (x[0] - 3) ** 2, -0.5 * (x[0] + 3) ** 2))

    draws = slice_samples(density, np.array([3.0]), 2000, np.random.default_rng(1), width=4.0)
    assert 0.35 < np.mean(draws[:, 0] < 0) < 0.65


def test_lengthscales_have_the_mean_of_quadrature():
    """GPM-11: the posterior mean of a lengthscale, beside a grid over it."""
    x = np.random.default_rng(2).random((12, 1))
    y = np.sin(5 * x[:, 0])
    process = GaussianProcess(matern(2.5, 0.5), noise=1e-2, prior=LogNormal(-0.5, 0.7))
    grid = np.linspace(-4, 3, 1500)
    logs = np.array([process.log_posterior(np.array([t]), x, y)[0] for t in grid])
    mass = np.exp(logs - logs.max())
    wanted = np.sum(np.exp(grid) * mass) / mass.sum()
    spread = np.sqrt(np.sum((np.exp(grid) - wanted) ** 2 * mass) / mass.sum())
    draws = np.exp(sampled_parameters(process, x, y, 400, np.random.default_rng(3))[:, 0])
    assert draws.mean() == pytest.approx(wanted, abs=4 * spread / np.sqrt(200))


def test_draws_keep_to_the_bounds_and_learn_noise():
    x = np.random.default_rng(4).random((15, 1))
    y = np.sin(5 * x[:, 0]) + 0.1 * np.random.default_rng(5).standard_normal(15)
    process = GaussianProcess(matern(2.5, 0.5), bounds=(-2.0, 1.0), noise_bounds=(-8.0, 0.0))
    draws = sampled_parameters(process, x, y, 60, np.random.default_rng(6))
    assert draws.shape == (60, 2)
    assert (draws[:, 0] >= -2).all() and (draws[:, 0] <= 1).all()
    assert (draws[:, 1] >= -8).all() and (draws[:, 1] <= 0).all()
    means = [process.condition(x, y, theta).predict(x)[0] for theta in draws[::20]]
    assert np.mean(means, axis=0) == pytest.approx(y, abs=0.6)


def test_refuses_a_start_without_density():
    with pytest.raises(InvalidArgument, match="finite"):
        slice_samples(lambda x: -np.inf, np.zeros(1), 1, np.random.default_rng(0))
