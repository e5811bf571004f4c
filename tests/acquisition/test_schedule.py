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
from trimtab.surrogate.gp import GaussianProcess
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


def upper_bound_run(x, f, kernel, n, rng):
    """Rows taken by GP-UCB (of a minimum), and whether lemmas 5.1 and 5.2 held in every round."""
    posterior, rows, y, held = None, [], np.empty(0), True
    for t in range(1, n + 1):
        mean, variance = (0 * f, 0 * f + 1) if posterior is None else posterior.predict(x)
        width = np.sqrt(beta_finite(t, len(x), 0.1) * variance)
        row = int(np.argmin(mean - width))
        held &= bool(np.all(np.abs(f - mean) <= width + 1e-6))
        held &= f[row] - f.min() <= 2 * width[row] + 1e-6
        rows.append(row)
        y = np.append(y, f[row] + 0.1 * rng.standard_normal())
        if posterior is None:
            posterior = GaussianProcess(kernel, 0.01).condition(x[rows], y)
        else:
            posterior = posterior.append(x[[row]], y)
    return rows, held


def test_regret_of_gp_ucb():
    """BOL-11: 100 draws of the prior on 100 points, their kernel known, delta = 0.1.

    The bound on the regret is kept by any choice of arms within these few rounds, so what it rests on is
    looked at as well: f within the band everywhere (lemma 5.1), the regret of a round at most twice its half
    width (5.2), a mean regret that falls, and less of it than random arms have.
    """
    x, kernel, n = np.linspace(0, 1, 100)[:, None], matern(2.5, 0.2), 60
    root = np.linalg.cholesky(kernel(x) + 1e-10 * np.eye(100))
    gains, _ = information_gain(kernel, x, 0.01, n)
    t = np.arange(1, n + 1)
    bound = np.array([regret_bound(beta_finite(i, 100, 0.1), gains[i - 1], i, 0.01) for i in t])
    held, kept, totals, blind = 0, 0, [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        f = root @ rng.standard_normal(100)
        rows, is_held = upper_bound_run(x, f, kernel, n, rng)
        held += is_held
        totals.append(np.cumsum(f[rows] - f.min()))
        kept += bool((totals[-1] <= bound).all())
        blind.append(np.cumsum(f[rng.integers(100, size=n)] - f.min()))
    assert held >= 90
    assert kept >= 90
    average = np.mean(totals, axis=0) / t
    assert (np.diff(average[5::6]) < 0).all()
    assert average[-1] < 0.5 * average[5]
    assert np.mean(totals, axis=0)[-1] < 0.5 * np.mean(blind, axis=0)[-1]


@pytest.mark.parametrize(("t", "delta"), [(0, 0.1), (1, 0.0), (1, 1.0)])
def test_refuses(t, delta):
    with pytest.raises(InvalidArgument):
        beta_finite(t, 10, delta)
