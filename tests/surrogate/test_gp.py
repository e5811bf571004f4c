import warnings

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as sk

from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess, affine, constant
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.prior import Gamma, Joint, LogNormal, dimension_scaled
from trimtab.surrogate.stationary import matern, rbf
from trimtab.surrogate.trend import Polynomial

X4 = np.array([[0.0], [0.3], [0.7], [1.0]])
Y4 = np.sin(6 * X4[:, 0])
Q = np.array([[0.5], [0.15]])


def data(n=30, d=3, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    return x, np.sin(4 * x @ np.arange(1, d + 1) / d) + noise * rng.standard_normal(n)


@pytest.mark.parametrize(
    ("kernel", "mean"),
    [
        (rbf(0.25), (0.11687421, 0.65941409)),
        (matern(2.5, 0.25), (0.08753427, 0.59062773)),
        (matern(1.5, 0.25), (0.07315506, 0.55039999)),
        (matern(0.5, 0.25), (0.03754267, 0.40668318)),
        (Polynomial(2, 1.0), (0.06478193, 0.27771728)),
    ],
)
def test_golden_means(kernel, mean):  # GPM-01, GPM-05 to GPM-08
    posterior = GaussianProcess(kernel, 1e-2).condition(X4, Y4)
    assert posterior.predict(Q)[0] == pytest.approx(mean, abs=1e-8)


def test_golden_variance_and_evidence():  # GPM-01
    posterior = GaussianProcess(rbf(0.25), 1e-2).condition(X4, Y4)
    assert posterior.predict(Q)[1] == pytest.approx((0.12557038, 0.05984946), abs=1e-8)
    assert posterior.log_evidence == pytest.approx(-4.8514086, abs=1e-7)


def test_quadratic_kernel_is_ridge_regression():  # GPM-08
    x, y = data(d=2)
    r2 = np.sqrt(2)
    features = np.column_stack([np.ones(30), r2 * x, x**2, r2 * x[:, :1] * x[:, 1:]])
    weights = np.linalg.solve(features.T @ features + 0.05 * np.eye(6), features.T @ y)
    posterior = GaussianProcess(Polynomial(2, 1.0), 0.05).condition(x, y)
    assert posterior.predict(x)[0] == pytest.approx(features @ weights, abs=1e-8)


@pytest.mark.parametrize("basis", [None, constant, affine])
@pytest.mark.parametrize("noise", [None, 0.03])
@pytest.mark.parametrize("mean", [0.0, 2.0])
def test_evidence_slope_by_differences(noise, basis, mean):  # GPM-10
    x, y = data()
    kernel = Scaled(matern(2.5, [0.4, 0.6, 0.9]), 1.3)
    process = GaussianProcess(kernel, noise, basis=basis, mean=mean)
    theta, h = process.theta, 1e-5
    slope = process.log_evidence(theta, x, y)[1]
    numeric = [
        (
            process.log_evidence(theta + h * e, x, y)[0]
            - process.log_evidence(theta - h * e, x, y)[0]
        )
        / (2 * h)
        for e in np.eye(len(theta))
    ]
    assert slope == pytest.approx(numeric, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("prior", [Gamma(2.0, 6.0), LogNormal(-2, 0.7), dimension_scaled(4)])
def test_prior_slopes(prior):
    t, h = np.array([-1.0, 0.3, 0.9]), 1e-6
    joint = Joint(((1, prior), (2, Gamma(1.0, 3.0))))
    numeric = [(joint(t + h * e)[0] - joint(t - h * e)[0]) / (2 * h) for e in np.eye(3)]
    assert joint(t)[1] == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_evidence_at_least_scikit_learns(seed):  # GPM-10
    rng = np.random.default_rng(seed)
    d = 1 + seed % 3
    x = rng.random((18, d))
    y = np.cos(5 * x).sum(axis=1) + 0.05 * rng.standard_normal(18)
    y = (y - y.mean()) / y.std()
    kernel = sk.ConstantKernel(1.0, (1e-3, 1e3)) * sk.Matern(
        np.full(d, 0.5), (1e-2, 1e2), nu=2.5
    ) + sk.WhiteKernel(1e-2, (1e-6, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, about bounds
        theirs = GaussianProcessRegressor(kernel, n_restarts_optimizer=10, random_state=0).fit(x, y)
    process = GaussianProcess(
        Scaled(matern(2.5, np.full(d, 0.5))),
        bounds=(np.log(1e-3), np.log(1e3)),
        noise_bounds=(np.log(1e-6), 0.0),
    )
    ours = process.fit(x, y, n_restarts=5, starts=[process.theta], rng=np.random.default_rng(0))
    assert ours.log_evidence >= theirs.log_marginal_likelihood_value_ - 1e-3


def test_learned_noise():  # GPM-12
    rng = np.random.default_rng(3)
    x = rng.random((200, 1))
    y = np.sin(6 * x[:, 0]) + 0.1 * rng.standard_normal(200)
    posterior = GaussianProcess(Scaled(rbf(0.3))).fit(x, y)
    assert np.sqrt(posterior.noise) == pytest.approx(0.1, rel=0.2)


def test_noise_of_each_row():  # GPM-12
    x, y = data(6, 1)
    noise = np.linspace(0.01, 0.3, 6)
    posterior = GaussianProcess(rbf(0.3), noise).condition(x, y)
    k = rbf(0.3)(Q, x)
    expected = k @ np.linalg.solve(rbf(0.3)(x) + np.diag(noise), y)
    assert posterior.predict(Q)[0] == pytest.approx(expected, abs=1e-10)


def test_constant_mean_is_least_squares():  # GPM-02
    x, y = data(12, 2)
    matrix = rbf(0.4)(x) + 0.05 * np.eye(12)
    ones = np.linalg.solve(matrix, np.ones(12))
    level = ones @ y / ones.sum()
    posterior = GaussianProcess(rbf(0.4), 0.05, basis=constant).condition(x, y)
    shifted = GaussianProcess(rbf(0.4), 0.05).condition(x, y - level)
    q = np.random.default_rng(1).random((5, 2))
    assert posterior.predict(q)[0] == pytest.approx(shifted.predict(q)[0] + level, abs=1e-9)


Q2 = np.random.default_rng(1).random((5, 2))


@pytest.mark.parametrize("level", [-2.5, 0, 7])
def test_given_level(level):  # GPM-02
    x, y = data(12, 2)
    found = GaussianProcess(rbf(0.4), 0.05, mean=level).condition(x, y)
    shifted = GaussianProcess(rbf(0.4), 0.05).condition(x, y - level)
    assert found.predict(Q2)[0] == pytest.approx(shifted.predict(Q2)[0] + level, abs=1e-12)
    assert np.array_equal(found.predict(Q2)[1], shifted.predict(Q2)[1])
    assert found.expect(Q2) == pytest.approx(found.predict(Q2)[0], abs=1e-14)
    assert found.log_evidence == pytest.approx(shifted.log_evidence, abs=1e-12)
    assert found.fitted == pytest.approx(found.predict(x)[0], abs=1e-10)
    far = np.full((1, 2), 99.0)
    assert found.predict(far)[0] == pytest.approx([level])


def test_given_function():  # GPM-02: m(q) + k(q, X) (K + noise)^-1 (y - m(X)), and the same parameters
    x, y = data(20, 2)
    line = lambda q: 3.0 - 2.0 * q[:, 0]  # noqa: E731
    process = GaussianProcess(Scaled(rbf([0.4, 0.7])), mean=line)
    found = process.fit(x, y)
    known = found.kernel
    weights = np.linalg.solve(known(x) + found.noise * np.eye(20), y - line(x))
    assert found.predict(Q2)[0] == pytest.approx(line(Q2) + known(Q2, x) @ weights, abs=1e-9)
    rest = GaussianProcess(Scaled(rbf([0.4, 0.7]))).fit(x, y - line(x))
    assert found.theta == pytest.approx(rest.theta, abs=1e-9)


def test_given_function_and_a_trend():  # GPM-02: the coefficients are those of what is left
    x, y = data(15, 2)
    bend = lambda q: np.exp(q[:, 0])  # noqa: E731
    found = GaussianProcess(rbf(0.4), 0.05, basis=affine, mean=bend).condition(x, y)
    rest = GaussianProcess(rbf(0.4), 0.05, basis=affine).condition(x, y - bend(x))
    assert found.mean.coefficients == pytest.approx(rest.mean.coefficients, abs=1e-10)
    assert found.predict(Q2)[0] == pytest.approx(rest.predict(Q2)[0] + bend(Q2), abs=1e-10)
    h, matrix = affine(x), rbf(0.4)(x) + 0.05 * np.eye(15)
    normal = h.T @ np.linalg.solve(matrix, h)
    b = np.linalg.solve(normal, h.T @ np.linalg.solve(matrix, y - bend(x)))
    assert found.mean.coefficients == pytest.approx(b, abs=1e-8)


@pytest.mark.parametrize("mean", [lambda q: q, lambda q: 1.0, np.nan, lambda q: q[:, 0] / 0])
def test_refuses_means(mean):
    with (
        np.errstate(divide="ignore", invalid="ignore"),
        pytest.raises(InvalidArgument, match="mean"),
    ):
        GaussianProcess(rbf(), 0.1, mean=mean).condition(X4, Y4)


def test_restarts_need_a_generator():
    with pytest.raises(InvalidArgument, match="rng="):
        GaussianProcess(rbf()).fit(X4, Y4, n_restarts=2)


@pytest.mark.parametrize("y", [Y4[:3], np.array([0, 1, np.nan, 2.0])])
def test_refuses_results(y):
    with pytest.raises(InvalidArgument, match="finite"):
        GaussianProcess(rbf(), 0.1).condition(X4, y)
