import numpy as np
import pytest

from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.stationary import matern, rbf

RNG = np.random.default_rng(5)
X, Q = RNG.random((25, 6)), RNG.random((7, 6))
Y = np.sin(3 * X.sum(axis=1)) + 0.1 * RNG.standard_normal(25)
PROCESS = GaussianProcess(Scaled(matern(2.5, np.full(6, 0.8)), 1.4), 0.02)
POSTERIOR = PROCESS.condition(X, Y)


def test_slopes_by_differences():
    mean, variance, by_mean, by_variance = POSTERIOR.slopes(Q)
    assert mean == pytest.approx(POSTERIOR.predict(Q)[0], abs=1e-12)
    assert variance == pytest.approx(POSTERIOR.predict(Q)[1], abs=1e-12)
    h = 1e-6
    for j in range(6):
        step = h * np.eye(6)[j]
        up, down = POSTERIOR.predict(Q + step), POSTERIOR.predict(Q - step)
        assert by_mean[:, j] == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6, abs=1e-7)
        assert by_variance[:, j] == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6, abs=1e-7)


def test_appended_rows_equal_a_new_start():  # GPM-15
    begun = PROCESS.condition(X[:15], Y[:15])
    for grown in (begun.append(X[15:], Y), begun.append(X[15:16], Y[:16]).append(X[16:], Y)):
        assert grown.lower == pytest.approx(POSTERIOR.lower, abs=1e-9)
        assert grown.predict(Q)[0] == pytest.approx(POSTERIOR.predict(Q)[0], abs=1e-9)
        assert grown.log_evidence == pytest.approx(POSTERIOR.log_evidence, abs=1e-9)


def test_appended_rows_with_their_own_noise():
    noise = np.linspace(0.01, 0.1, 25)
    whole = GaussianProcess(rbf(0.8), noise).condition(X, Y)
    begun = GaussianProcess(rbf(0.8), noise[:20]).condition(X[:20], Y[:20])
    assert begun.append(X[20:], Y, noise[20:]).alpha == pytest.approx(whole.alpha, abs=1e-8)


def test_other_results_on_the_same_rows():
    assert PROCESS.condition(X, 2 * Y).alpha == pytest.approx(POSTERIOR.with_results(2 * Y).alpha)


def test_left_out_equals_refits():  # GPM-21
    mean, variance = POSTERIOR.left_out()
    for i in (0, 7, 24):
        rest = np.arange(25) != i
        m, v = PROCESS.condition(X[rest], Y[rest]).predict(X[i : i + 1])
        assert mean[i] == pytest.approx(m[0], abs=1e-8)
        assert variance[i] == pytest.approx(v[0] + 0.02, abs=1e-8)


def test_coverage_tells_a_good_model_from_a_bad_one():  # GPM-21
    rng = np.random.default_rng(0)
    x = rng.random((120, 1))
    root = np.linalg.cholesky(rbf(0.2)(x) + 1e-9 * np.eye(120))
    y = root @ rng.standard_normal(120) + 0.1 * rng.standard_normal(120)
    share, loss = GaussianProcess(rbf(0.2), 0.01).condition(x, y).misfit()
    assert 0.88 <= share <= 0.99
    narrow, narrow_loss = GaussianProcess(Scaled(rbf(2.0), 0.01), 1e-4).condition(x, y).misfit()
    assert narrow < 0.88
    assert narrow_loss > loss


def test_samples_have_the_joint_moments():  # GPM-03
    draws = POSTERIOR.samples(Q[:4], 40_000, np.random.default_rng(2))
    covariance = POSTERIOR.covariance(Q[:4])
    error = 5 * np.sqrt(np.diag(covariance) / 40_000)
    assert np.all(np.abs(draws.mean(axis=0) - POSTERIOR.predict(Q[:4])[0]) < error)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.05 * covariance.max())
    assert np.diag(covariance) == pytest.approx(POSTERIOR.predict(Q[:4])[1], abs=1e-10)


def test_certain_where_measured_without_noise():  # GPM-03
    posterior = GaussianProcess(rbf(0.9), 1e-10).condition(X, Y)
    mean, variance = posterior.predict(X)
    assert mean == pytest.approx(Y, abs=1e-5)
    assert 0 <= variance.min() <= variance.max() < 1e-6
    assert posterior.fitted == pytest.approx(mean, abs=1e-6)


def test_weights_solve_the_system():  # GPM-13
    matrix = PROCESS.kernel(X) + 0.02 * np.eye(25)
    assert matrix @ POSTERIOR.alpha == pytest.approx(Y, abs=1e-8)
    assert POSTERIOR.lower @ POSTERIOR.lower.T == pytest.approx(matrix, abs=1e-12)


def test_jitter_is_reported():  # GPM-14
    twice = np.vstack([X, X, X])
    posterior = GaussianProcess(rbf(1e4), 1e-300).condition(twice, np.tile(Y, 3))
    assert 0 < posterior.jitter < 1e-3
    assert np.isfinite(posterior.predict(Q)[0]).all()
    assert POSTERIOR.jitter == 0.0
