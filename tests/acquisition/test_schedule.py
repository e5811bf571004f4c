import math

import numpy as np
import pytest

from trimtab.acquisition.schedule import (
    beta_brochu,
    beta_compact,
    beta_finite,
    beta_rkhs,
    information_gain,
    regret_bound,
)
from trimtab.errors import InvalidArgument
from trimtab.surrogate.stationary import matern, rbf


def test_finite_set():  # BOL-09
    betas = [beta_finite(t, 1000, 0.1) for t in (1, 10, 100)]
    assert betas == pytest.approx([19.41608, 28.62642, 37.83676], abs=1e-5)
    assert np.sqrt(betas) == pytest.approx([4.40637, 5.35037, 6.15116], abs=1e-5)
    t = np.arange(1, 10**6)
    assert np.sum(6 / (np.pi**2 * t**2.0)) == pytest.approx(1, abs=1e-6)


def test_compact_set():  # BOL-10
    betas = [beta_compact(t, 2, 0.1) for t in (1, 10, 100)]
    assert betas == pytest.approx([14.10077, 41.73179, 69.36281], abs=1e-5)


def test_brochu():  # BOL-10
    kappas = [math.sqrt(beta_brochu(t, 2, 0.1)) for t in (1, 10, 100)]
    assert kappas == pytest.approx([2.64327, 4.56096, 5.88370], abs=1e-5)


def test_bounded_norm():  # BOL-10
    assert beta_rkhs(5, 2.0, 3.0, 0.1) == pytest.approx(8 + 900 * math.log(50) ** 3)


@pytest.mark.parametrize(
    ("kernel", "gains"),
    [(rbf(0.1), (20.60, 37.41, 55.14)), (matern(1.5, 0.1), (21.87, 70.27, 137.56))],
)
def test_information_gain(kernel, gains):  # BOL-12
    x = np.linspace(0, 1, 400)[:, None]
    found, taken = information_gain(kernel, x, 0.01, 1000)
    assert found[[9, 99, 999]] == pytest.approx(gains, abs=0.01)
    assert (np.diff(found) > 0).all()
    gram = kernel(x[taken[:10]]) / 0.01 + np.eye(10)
    assert found[9] == pytest.approx(0.5 * np.linalg.slogdet(gram)[1])


def test_regret_stays_below_the_bound():  # BOL-11
    x = np.linspace(0, 1, 60)[:, None]
    root = np.linalg.cholesky(rbf(0.2)(x) + 1e-10 * np.eye(60))
    gains, _ = information_gain(rbf(0.2), x, 0.01, 25)
    from trimtab.surrogate.gp import GaussianProcess

    for seed in range(8):
        rng = np.random.default_rng(seed)
        f = root @ rng.standard_normal(60)
        rows, regret = [], 0.0
        y: list[float] = []
        for t in range(1, 26):
            beta = beta_finite(t, 60, 0.1)
            if rows:
                p = GaussianProcess(rbf(0.2), 0.01).condition(x[rows], np.array(y))
                mean, variance = p.predict(x)
                row = int(np.argmin(mean - np.sqrt(beta * variance)))
            else:
                row = 0
            rows.append(row)
            y.append(f[row] + 0.1 * rng.standard_normal())
            regret += f[row] - f.min()
            assert regret <= regret_bound(beta, gains[t - 1], t, 0.01)


@pytest.mark.parametrize(("t", "delta"), [(0, 0.1), (1, 0.0), (1, 1.0)])
def test_refuses(t, delta):
    with pytest.raises(InvalidArgument):
        beta_finite(t, 10, delta)
