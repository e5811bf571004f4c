import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from sklearn.gaussian_process import kernels as sk

from trimtab.errors import InvalidArgument
from trimtab.surrogate.kernel import Algebra, Constant, On, Product, Scaled
from trimtab.surrogate.mahalanobis import Mahalanobis
from trimtab.surrogate.profile import matern_profile, rbf_profile
from trimtab.surrogate.stationary import matern, rational_quadratic, rbf, squared_distance
from trimtab.surrogate.trend import Linear, Overlap, Periodic, Polynomial

RNG = np.random.default_rng(1)
X, Z = RNG.random((12, 6)), RNG.random((9, 6))
GROUP = np.array([0, 0, 1, 2, 2, 2])
KERNELS = {
    "rbf": rbf(0.7),
    "ard": rbf([0.3, 0.5, 0.7, 0.9, 1.1, 1.3]),
    "matern12": matern(0.5, 0.6),
    "matern32": matern(1.5, 0.6),
    "matern52": matern(2.5, [0.3, 0.8, 0.4], GROUP),
    "matern17": matern(1.7, 0.6),
    "rational": rational_quadratic(1.3, 0.6),
    "periodic": Periodic(0.8, 1.3),
    "polynomial": Polynomial(3, 0.7),
    "linear": Linear(1.4),
    "scaled": Scaled(rbf(0.5), 2.2),
    "mahalanobis": Mahalanobis(np.triu(RNG.standard_normal((6, 6)))),
    "sum": Constant(0.4) + rbf(0.5),
    "product": Linear(0.6) * Periodic(0.9, 1.1) * matern(1.5, 0.8),
    "one_part": Product((Polynomial(2, 0.4),)),
    "trends": Scaled(Linear(0.6) * Polynomial(2, 0.4) * rbf(0.5), 1.7) + On(Linear(2.0), [3]),
    "additive": On(rbf(0.4), [0, 2]) + On(matern(2.5, [0.4, 0.6]), [5, 1]),
}
BY_NAME = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)


@BY_NAME
def test_slopes_by_differences(kernel):
    weight, h = RNG.standard_normal((12, 9)), 1e-6
    tape = kernel.tape(X, Z)

    def total(k, x):
        return float(np.sum(weight * k(x, Z)))

    theta = kernel.theta
    numeric = [
        (total(kernel.at(theta + h * e), X) - total(kernel.at(theta - h * e), X)) / (2 * h)
        for e in np.eye(len(theta))
    ]
    assert tape.to_theta(weight) == pytest.approx(numeric, rel=1e-6, abs=1e-7)
    by_x = tape.to_x(weight)
    for i, j in [(0, 0), (3, 5), (11, 2), (7, 1)]:
        up, down = X.copy(), X.copy()
        up[i, j] += h
        down[i, j] -= h
        slope = (total(kernel, up) - total(kernel, down)) / (2 * h)
        assert by_x[i, j] == pytest.approx(slope, rel=1e-6, abs=1e-7)


@BY_NAME
def test_symmetric_positive_semidefinite_and_diagonal(kernel):
    matrix = kernel(X)
    assert matrix == pytest.approx(matrix.T, abs=1e-12)
    assert np.linalg.eigvalsh(matrix).min() >= -1e-10 * np.trace(matrix)
    assert kernel.diagonal(X) == pytest.approx(np.diag(matrix), abs=1e-12)
    assert kernel.at(kernel.theta)(X, Z) == pytest.approx(kernel(X, Z), rel=1e-12)


@BY_NAME
def test_slope_of_the_diagonal_by_differences(kernel):
    slope, h = kernel.diagonal_slope(X), 1e-6
    general = Algebra.diagonal_slope(kernel, X)
    found = np.zeros(X.shape) if slope is None else slope
    assert general == pytest.approx(found, rel=1e-9, abs=1e-12)
    for j in range(6):
        step = h * np.eye(6)[j]
        moved = (kernel.diagonal(X + step) - kernel.diagonal(X - step)) / (2 * h)
        assert found[:, j] == pytest.approx(moved, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (rbf([0.3, 0.5, 0.7, 0.9, 1.1, 1.3]), sk.RBF([0.3, 0.5, 0.7, 0.9, 1.1, 1.3])),
        (matern(0.5, 0.6), sk.Matern(0.6, nu=0.5)),
        (matern(1.5, 0.6), sk.Matern(0.6, nu=1.5)),
        (matern(2.5, 0.6), sk.Matern(0.6, nu=2.5)),
        (matern(3.7, 0.6), sk.Matern(0.6, nu=3.7)),
        (matern(60.3, 0.6), sk.Matern(0.6, nu=60.3)),
        (matern(101.0, 0.6), sk.Matern(0.6, nu=101.0)),
        (matern(140.0, 0.6), sk.Matern(0.6, nu=140.0)),
        (rational_quadratic(1.3, 0.6), sk.RationalQuadratic(0.6, alpha=1.3)),
        (Scaled(rbf(0.5), 2.2), sk.ConstantKernel(2.2) * sk.RBF(0.5)),
    ],
)
def test_same_as_scikit_learn(ours, theirs):  # GPM-04 to GPM-07
    assert ours(X, Z) == pytest.approx(theirs(X, Z), abs=1e-10)


def test_formulas_on_a_line():  # GPM-04, GPM-05, GPM-06
    x, r = np.zeros((1, 1)), np.linspace(0, 3, 31)
    z, r_l = r[:, None], r / 0.7
    a, b = np.sqrt(5) * r_l, np.sqrt(3) * r_l
    assert rbf(0.7)(x, z)[0] == pytest.approx(np.exp(-(r_l**2) / 2), abs=1e-14)
    assert matern(2.5, 0.7)(x, z)[0] == pytest.approx((1 + a + a**2 / 3) * np.exp(-a), abs=1e-14)
    assert matern(1.5, 0.7)(x, z)[0] == pytest.approx((1 + b) * np.exp(-b), abs=1e-14)
    assert matern(0.5, 0.7)(x, z)[0] == pytest.approx(np.exp(-r_l), abs=1e-14)
    wave = np.exp(-2 * np.sin(np.pi * r / 1.3) ** 2 / 0.8**2)
    assert Periodic(0.8, 1.3)(x, z)[0] == pytest.approx(wave, abs=1e-14)


def test_one_lengthscale_is_equal_ones():
    assert np.array_equal(rbf(0.4)(X, Z), rbf(np.full(6, 0.4))(X, Z))


def test_smooth_matern_tends_to_rbf():  # GPM-07
    """By 0.23 / nu; it is taken for the RBF only where that is less than 1e-3, and no sooner."""
    r2 = np.linspace(0, 4, 4001)[None] ** 2
    nus = (25, 50, 100, 101, 171.5, 200, 234.9, 235.1)
    gaps = [np.abs(matern_profile(nu)(r2)[0] - rbf_profile(r2)[0]).max() for nu in nus]
    for nu, gap in zip(nus[:-1], gaps[:-1], strict=True):
        assert gap == pytest.approx(0.2305 / nu, rel=0.02)
    assert 0.95e-3 < gaps[-2] < 1e-3
    assert gaps[-1] == 0


@pytest.mark.parametrize("nu", [0.3, 1.0, 1.2, 3.7, 60.0, 101.0, 234.5])
def test_general_matern_by_its_integral(nu):  # GPM-07
    """K_nu(t) = integral of exp(-t cosh u) cosh(nu u) over u > 0 (DLMF 10.32.9), near zero and far off."""
    u = np.linspace(0, 30, 60_001)
    for r2 in (1e-8, 1e-4, 0.05, 0.2, 0.3, 1.0, 9.0):
        t = np.sqrt(2 * nu * r2)
        log_scale = (1 - nu) * np.log(2) - gammaln(nu) + nu * np.log(t)
        with np.errstate(over="ignore"):
            rising = np.exp(log_scale + nu * u - t * np.cosh(u))
            falling = np.exp(log_scale - nu * u - t * np.cosh(u))
        expected = np.trapezoid((rising + falling) / 2, u)
        value, slope = matern_profile(nu)(np.array([[r2]]))
        assert value[0, 0] == pytest.approx(expected, rel=1e-8)
        h = 1e-4 * r2
        up, down = (matern_profile(nu)(np.array([[r2 + s]]))[0][0, 0] for s in (h, -h))
        assert slope[0, 0] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-12 / h)


@pytest.mark.parametrize("nu", [0.2, 1.2, 3.7, 60.0, 100.0, 180.0, 234.0])
def test_general_matern_is_continuous(nu):
    r2 = np.concatenate([[0.0], 10.0 ** np.linspace(-18, 8, 520)])[None]
    value, slope = matern_profile(nu)(r2)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    assert (np.diff(value[0]) <= 1e-12).all()
    assert np.abs(np.diff(value[0])).max() < 0.1
    assert value[0, -1] == 0


def test_overlap_counts_mismatches():
    a, b = np.array([[0.0, 1, 2]]), np.array([[0.0, 1, 2], [1, 1, 2], [1, 0, 2]])
    kernel = Overlap(np.array([0.5, 2.0, 1.0]))
    assert kernel(a, b)[0] == pytest.approx(np.exp([0, -2, -2.5]))
    h, weight = 1e-6, np.array([[0.3, -1.0, 2.0]])
    numeric = [
        np.sum(weight * (kernel.at(kernel.theta + h * e)(a, b) - kernel(a, b))) / h
        for e in np.eye(3)
    ]
    assert kernel.tape(a, b).to_theta(weight) == pytest.approx(numeric, rel=1e-5)
    assert not kernel.tape(a, b).to_x(weight).any()


def test_sum_and_product_are_elementwise():
    a, b = rbf(0.5), matern(1.5, 0.8)
    assert (a + b)(X, Z) == pytest.approx(a(X, Z) + b(X, Z))
    assert (a * b)(X, Z) == pytest.approx(a(X, Z) * b(X, Z))
    assert Scaled(a, 3.0)(X, Z) == pytest.approx((Constant(3.0) * a)(X, Z))


@given(st.integers(1, 9), st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_distances(d, seed):
    rng = np.random.default_rng(seed)
    x, z = rng.random((5, d)), rng.random((4, d))
    brute = ((x[:, None] - z[None]) ** 2).sum(axis=2)
    assert squared_distance(x, z) == pytest.approx(brute, abs=1e-13)
    assert not np.diag(squared_distance(x, x)).any()


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, [[1.0]]])
def test_refuses_lengthscales(bad):
    with pytest.raises(InvalidArgument, match="lengthscale="):
        rbf(bad)


def test_refuses_shapes():
    with pytest.raises(InvalidArgument, match="2 entries for 6 columns"):
        rbf([1.0, 2.0])(X)
    with pytest.raises(InvalidArgument, match="nu=0"):
        matern(0)
    with pytest.raises(InvalidArgument, match="alpha=0"):
        rational_quadratic(0)
