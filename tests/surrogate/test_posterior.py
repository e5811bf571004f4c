import sys
from dataclasses import replace

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.surrogate import factor
from trimtab.surrogate.gp import GaussianProcess, affine, constant
from trimtab.surrogate.kernel import Algebra, Constant, On, Scaled
from trimtab.surrogate.stationary import matern, rbf
from trimtab.surrogate.trend import Linear, Polynomial

RNG = np.random.default_rng(5)
X, Q = RNG.random((25, 6)), RNG.random((7, 6))
Y = np.sin(3 * X.sum(axis=1)) + 0.1 * RNG.standard_normal(25)
PROCESS = GaussianProcess(Scaled(matern(2.5, np.full(6, 0.8)), 1.4), 0.02)
POSTERIOR = PROCESS.condition(X, Y)


class Wave:
    """sin(x_0) as a mean, or (1, sin(x_0)) as a basis."""

    def __init__(self, is_basis):
        self.is_basis = is_basis

    def __call__(self, x):
        value = np.sin(x[:, 0])
        return np.column_stack([np.ones(len(x)), value]) if self.is_basis else value

    def back(self, weight, x):
        found = np.zeros(x.shape)
        found[:, 0] = (weight[:, 1] if self.is_basis else weight) * np.cos(x[:, 0])
        return found


class Seen(Algebra):
    """A kernel that counts the entries it is asked for."""

    def __init__(self, kernel):
        self.kernel, self.theta, self.n = kernel, kernel.theta, 0

    def at(self, theta):
        return self

    def diagonal(self, x):
        return self.kernel.diagonal(x)

    def tape(self, x, z):
        self.n += len(x) * len(z)
        return self.kernel.tape(x, z)


NARROW = matern(2.5, np.full(6, 0.8))
WITH_MEANS = {
    "constant": GaussianProcess(NARROW, 0.02, basis=constant),
    "affine": GaussianProcess(NARROW, 0.02, basis=affine),
    "wave": GaussianProcess(NARROW, 0.02, basis=Wave(True)),
    "given": GaussianProcess(NARROW, 0.02, mean=Wave(False)),
    "number": GaussianProcess(NARROW, 0.02, mean=3.5),
    "both": GaussianProcess(NARROW, 0.02, mean=Wave(False), basis=affine),
    "rows": GaussianProcess(NARROW, np.linspace(0.01, 0.3, 25), basis=affine),
    "polynomial": GaussianProcess(Polynomial(2, 1.0), 0.02),
    "linear": GaussianProcess(Linear(0.6) + rbf(0.9), 0.02, basis=constant),
    "product": GaussianProcess(Scaled(Linear(0.6) * NARROW, 2.0) * Linear(1.1), 0.02),
    "columns": GaussianProcess(On(Linear(0.6), [4, 1]) + Constant(0.3) * rbf(0.9), 0.02),
}
BY_MEAN = pytest.mark.parametrize("process", WITH_MEANS.values(), ids=WITH_MEANS)


@BY_MEAN
def test_slopes_by_differences(process):
    posterior = process.condition(X, Y)
    mean, variance, by_mean, by_variance = posterior.slopes(Q)
    assert mean == pytest.approx(posterior.predict(Q)[0], abs=1e-12)
    assert variance == pytest.approx(posterior.predict(Q)[1], abs=1e-12)
    h = 1e-6
    for j in range(6):
        step = h * np.eye(6)[j]
        up, down = posterior.predict(Q + step), posterior.predict(Q - step)
        assert by_mean[:, j] == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6, abs=1e-7)
        assert by_variance[:, j] == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6, abs=1e-7)


def test_slopes_of_a_mean_that_has_none_are_refused():
    for part in ({"mean": lambda x: x[:, 0]}, {"basis": lambda x: x[:, :2]}):
        posterior = GaussianProcess(NARROW, 0.02, **part).condition(X, Y)
        assert np.isfinite(posterior.predict(Q)[0]).all()
        with pytest.raises(InvalidArgument, match="back"):
            posterior.slopes(Q)


def test_doubt_about_a_trend_is_in_the_variance():
    """Rasmussen & Williams, 2.41 and 2.42, and the limit of a wide prior on the coefficients, 2.40."""
    far = np.vstack([Q, Q + 20.0])
    posterior = WITH_MEANS["affine"].condition(X, Y)
    k = np.linalg.inv(NARROW(X) + 0.02 * np.eye(25))
    cross, h, at = NARROW(X, far), affine(X).T, affine(far).T
    r = at - h @ k @ cross
    inner = np.linalg.inv(h @ k @ h.T)
    expected = NARROW(far) - cross.T @ k @ cross + r.T @ inner @ r
    assert posterior.covariance(far) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    mean, variance = posterior.predict(far)
    assert variance == pytest.approx(np.diag(expected), rel=1e-9, abs=1e-9)
    assert mean == pytest.approx(cross.T @ k @ Y + r.T @ inner @ h @ k @ Y, abs=1e-9)
    assert variance[7:].min() > 10 > 1 > variance[:7].max()
    wide = GaussianProcess(NARROW + Scaled(Constant(1.0) + Linear(1.0), 1e6), 0.02)
    for found, limit in zip(wide.condition(X, Y).predict(far), (mean, variance), strict=True):
        assert found == pytest.approx(limit, rel=1e-3)


@BY_MEAN
def test_appended_rows_equal_a_new_start(process):  # GPM-15
    whole, noise = process.condition(X, Y), process.noise
    if isinstance(noise, np.ndarray):
        begun = GaussianProcess(process.kernel, noise[:15], basis=affine).condition(X[:15], Y[:15])
        found = [begun.append(X[15:], Y, noise[15:])]
        with pytest.raises(InvalidArgument, match="noise="):
            begun.append(X[15:], Y)
    else:
        begun = process.condition(X[:15], Y[:15])
        found = [begun.append(X[15:], Y), begun.append(X[15:16], Y[:16]).append(X[16:], Y)]
    for grown in found:
        assert grown.lower == pytest.approx(whole.lower, abs=1e-9)
        assert grown.log_evidence == pytest.approx(whole.log_evidence, abs=1e-9)
        for ours, expected in zip(grown.predict(Q), whole.predict(Q), strict=True):
            assert ours == pytest.approx(expected, abs=1e-9)


def test_work_of_an_appended_row_is_quadratic(monkeypatch):
    """GPM-15: no factor of the whole, no entry of the kernel's matrix that was known; the rest is solves."""
    sizes, cholesky = [], factor.cholesky
    rng = np.random.default_rng(0)
    x, y, kernel = rng.random((301, 3)), rng.random(301), Seen(matern(2.5, 0.5))
    begun = GaussianProcess(kernel, 0.01).condition(x[:300], y[:300])
    for module in (factor, sys.modules[type(begun).__module__]):
        monkeypatch.setattr(
            module, "cholesky", lambda m, *s: sizes.append(len(m)) or cholesky(m, *s)
        )
    kernel.n = 0
    begun.append(x[300:], y)
    assert sizes == [1]
    assert kernel.n == 301


def test_no_inverse_is_formed(monkeypatch):
    """GPM-14: one factor is made of n rows, and all that is predicted is solved with it."""
    sizes, cholesky = [], factor.cholesky
    gp, posterior = (sys.modules[c.__module__] for c in (GaussianProcess, type(POSTERIOR)))
    monkeypatch.setattr(gp, "cholesky", lambda m, *s: sizes.append(len(m)) or cholesky(m, *s))
    for module, name in ((gp, "inverse"), (posterior, "inverse"), (np.linalg, "inv")):
        monkeypatch.setattr(module, name, None)
    found = PROCESS.condition(X, Y)
    found.predict(Q), found.slopes(Q), found.covariance(Q), found.append(Q, np.append(Y, Q[:, 0]))
    assert sizes == [25]


def test_appended_rows_with_their_own_noise():
    noise = np.linspace(0.01, 0.1, 25)
    whole = GaussianProcess(rbf(0.8), noise).condition(X, Y)
    begun = GaussianProcess(rbf(0.8), noise[:20]).condition(X[:20], Y[:20])
    assert begun.append(X[20:], Y, noise[20:]).alpha == pytest.approx(whole.alpha, abs=1e-8)


@BY_MEAN
def test_other_results_on_the_same_rows(process):
    found, expected = process.condition(X, Y).with_results(Y**2), process.condition(X, Y**2)
    assert found.alpha == pytest.approx(expected.alpha)
    assert found.predict(Q)[0] == pytest.approx(expected.predict(Q)[0])


@BY_MEAN
def test_left_out_equals_refits(process):  # GPM-21
    mean, variance = process.condition(X, Y).left_out()
    for i in range(25):
        rest = np.arange(25) != i
        noise, own = process.noise, process.noise
        if isinstance(noise, np.ndarray):
            noise, own = noise[rest], noise[i]
        m, v = replace(process, noise=noise).condition(X[rest], Y[rest]).predict(X[i : i + 1])
        assert mean[i] == pytest.approx(m[0], abs=1e-8)
        assert variance[i] == pytest.approx(v[0] + own, abs=1e-8)


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


@pytest.mark.parametrize("process", [PROCESS, WITH_MEANS["both"]])
def test_samples_have_the_joint_moments(process):  # GPM-03
    posterior = process.condition(X, Y)
    draws = posterior.samples(Q[:4], 100_000, np.random.default_rng(2))
    covariance = posterior.covariance(Q[:4])
    error = 5 * np.sqrt(np.diag(covariance) / 100_000)
    assert np.all(np.abs(draws.mean(axis=0) - posterior.predict(Q[:4])[0]) < error)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.03 * covariance.max())
    assert np.diag(covariance) == pytest.approx(posterior.predict(Q[:4])[1], abs=1e-10)


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
