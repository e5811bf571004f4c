"""Curves that decay: the kernel is the paper's integral, and the posterior is that of its block formulas."""

import numpy as np
import pytest
from scipy import integrate, stats

import trimtab as tt
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.freeze_thaw import Decay, Same, process_of, rows_of, thinned
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import On, Product, Scaled, Sum
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)


def test_a_mixture_of_exponential_decays():
    """Equations 4 to 6: k(t, t') is the mean of e^(-l t) e^(-l t') over l ~ Gamma(a, b)."""
    kernel = Decay(1.7, 0.6)
    t = np.array([[0.0], [0.1], [0.9], [3.0]])
    law = stats.gamma(1.7, scale=1 / 0.6)
    for i, a in enumerate(t[:, 0]):
        for j, b in enumerate(t[:, 0]):
            mean = integrate.quad(lambda u, s=a + b: np.exp(-u * s) * law.pdf(u), 0, np.inf)[0]
            assert kernel(t)[i, j] == pytest.approx(mean, rel=1e-7)
    assert kernel.diagonal(t) == pytest.approx(np.diag(kernel(t)))


def test_slopes_by_differences():
    kernel, h = Decay(1.3, 0.4), 1e-6
    x, z, weight = RNG.random((6, 1)), RNG.random((5, 1)), RNG.standard_normal((6, 5))
    tape = kernel.tape(x, z)
    numeric = [
        float(
            np.sum(
                weight
                * (kernel.at(kernel.theta + h * e)(x, z) - kernel.at(kernel.theta - h * e)(x, z))
            )
        )
        / (2 * h)
        for e in np.eye(2)
    ]
    assert tape.to_theta(weight) == pytest.approx(numeric, rel=1e-6)
    by_x = (weight * (kernel(x + h, z) - kernel(x - h, z))).sum(axis=1) / (2 * h)
    assert tape.to_x(weight)[:, 0] == pytest.approx(by_x, rel=1e-6)
    same = Same()
    numbers = np.array([[1.0], [1.0], [4.0]])
    assert same(numbers).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def blocks(of_x, of_t, noise, x, curves, at):
    """Section 3.2: the limits' posterior, then a curve's future (old trial), or a new trial's value."""
    o = np.zeros((sum(len(t) for t, _ in curves), len(curves)))
    k_t, y, begin = np.zeros((len(o), len(o))), [], 0
    for n, (t, values) in enumerate(curves):
        part = slice(begin, begin + len(t))
        o[part, n] = 1.0
        k_t[part, part] = of_t(t[:, None]) + noise * np.eye(len(t))
        y.append(values)
        begin += len(t)
    y, k_x, inverse = np.concatenate(y), of_x(x), np.linalg.inv(k_t)
    precision, gamma = o.T @ inverse @ o, o.T @ inverse @ y
    c = np.linalg.inv(np.linalg.inv(k_x) + precision)
    limits = c @ gamma  # zero mean
    found = []
    for n, (t, values) in enumerate(curves):
        own = np.linalg.inv(of_t(t[:, None]) + noise * np.eye(len(t)))
        cross = of_t(np.array([[at]]), t[:, None])
        omega = 1 - (cross @ own).sum()
        mean = (cross @ own @ values)[0] + omega * limits[n]
        spread = of_t(np.array([[at]]))[0, 0] - (cross @ own @ cross.T)[0, 0] + omega**2 * c[n, n]
        found.append((mean, spread))
    new = np.array([[0.37]])
    cross = of_x(new, x)
    mean = (cross @ np.linalg.inv(k_x) @ limits)[0]
    inner = np.linalg.inv(k_x + np.linalg.inv(precision))
    spread = of_t(np.array([[at]]))[0, 0] + of_x(new)[0, 0] - (cross @ inner @ cross.T)[0, 0]
    return [*found, (mean, spread)]


def test_the_posterior_is_the_papers():
    """Equations 19 to 21, block by block, against one matrix."""
    of_x, of_t, noise = Scaled(matern(2.5, 0.5), 1.4), Scaled(Decay(1.2, 0.3), 0.8), 0.01
    x = np.array([[0.1], [0.5], [0.8]])
    curves = [(np.linspace(0.1, 0.1 * n, n), RNG.standard_normal(n)) for n in (3, 5, 2)]
    kernel = Sum((On(of_x, [0]), Product((On(of_t, [1]), On(Same(), [2])))))
    rows = np.vstack(
        [
            rows_of(np.tile(x[n], (len(t), 1)), t, np.full(len(t), n))
            for n, (t, _) in enumerate(curves)
        ]
    )
    posterior = GaussianProcess(kernel, noise).condition(
        rows, np.concatenate([v for _, v in curves])
    )
    asked = rows_of(np.vstack([x, [[0.37]]]), 1.0, np.array([0, 1, 2, -1]))
    mean, variance = posterior.predict(asked)
    expected = np.array(blocks(of_x, of_t, noise, x, curves, 1.0))
    assert mean == pytest.approx(expected[:, 0], rel=1e-6)
    assert variance == pytest.approx(expected[:, 1], rel=1e-6)


def test_limits_are_foreseen():
    """From a third of twelve curves, and four whole ones, the ends are ranked nearly as they will be."""
    x = RNG.random(16)
    t = np.arange(1, 11) / 10
    curves = x[:, None] + (0.5 + x[:, None]) * np.exp(-6 * t) + 0.01 * RNG.standard_normal((16, 10))
    space = tt.Space({"x": tt.Float(0, 1)})
    embedding = embedding_of(space)
    n = np.where(np.arange(16) < 4, 10, 3)
    rows = np.vstack(
        [rows_of(np.full((n[i], 1), x[i]), t[: n[i]], np.full(n[i], i)) for i in range(16)]
    )
    y = np.concatenate([curves[i, : n[i]] for i in range(16)])
    middle, spread = y.mean(), y.std()
    posterior = process_of(embedding).fit(rows, (y - middle) / spread)
    mean, variance = posterior.predict(rows_of(x[:, None], 1.0, np.arange(16)))
    error = mean * spread + middle - curves[:, -1]
    assert np.sqrt(np.mean(error**2)) < 0.05
    assert np.mean(np.abs(error) < 3 * np.sqrt(variance) * spread + 0.03) > 0.9


def test_each_curves_end_is_kept():
    number = np.repeat(np.arange(5), [9, 4, 1, 16, 2])
    keep = thinned(number, 12)
    assert len(keep) == 12
    ends = np.cumsum([9, 4, 1, 16, 2]) - 1
    assert set(ends) <= set(keep.tolist())
    assert set(ends[[0, 1, 3, 4]] - 1) <= set(keep.tolist())
    assert thinned(number, 100).tolist() == list(range(32))
