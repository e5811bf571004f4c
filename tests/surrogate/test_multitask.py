import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import On, Product, Scaled
from trimtab.surrogate.multitask import OfTask, Tasks, process_of
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)
X, Q = RNG.random((24, 2)), RNG.random((9, 2))
TASK = np.arange(24) % 2.0
Y = np.sin(5 * X[:, 0]) + TASK * X[:, 1]
BASE = matern(2.5, [0.4, 0.7])


def shared(w, kappa):
    kernel = Product((On(BASE, [0, 1]), On(Tasks(np.array(w), np.array(kappa)), [2])))
    return GaussianProcess(kernel, noise=1e-3).condition(np.column_stack([X, TASK]), Y)


def test_unrelated_tasks_are_processes_of_their_own():
    """MTK-01: B = I predicts what independent processes do."""
    found = shared([[0.0], [0.0]], [1.0, 1.0])
    for task in (0, 1):
        here = task == TASK
        alone = GaussianProcess(BASE, noise=1e-3).condition(X[here], Y[here])
        mean, variance = found.predict(np.column_stack([Q, np.full(9, task)]))
        assert mean == pytest.approx(alone.predict(Q)[0], abs=1e-8)
        assert variance == pytest.approx(alone.predict(Q)[1], abs=1e-8)


def test_equal_tasks_are_one_process():
    """MTK-01: B of rank one, all ones, is the process of all rows pooled."""
    found = shared([[1.0], [1.0]], [1e-13, 1e-13])
    pooled = GaussianProcess(Scaled(BASE, 1.0), noise=1e-3).condition(X, Y)
    mean, variance = found.predict(np.column_stack([Q, np.zeros(9)]))
    assert mean == pytest.approx(pooled.predict(Q)[0], abs=1e-7)
    assert variance == pytest.approx(pooled.predict(Q)[1], abs=1e-7)


def test_slopes_by_differences():
    space = Space({"a": Float(0, 1), "c": Categorical(["x", "y"])})
    embedding = embedding_of(space)
    process = process_of(embedding, 3)
    rows = space.to_unit(space.from_unit(RNG.random((15, 2))))
    z = np.vstack([OfTask(embedding, t)(rows[t::3]) for t in range(3)])
    y, theta = RNG.standard_normal(15), process.theta + RNG.normal(0, 0.2, len(process.theta))
    theta[-1] = np.log(0.1)  # well conditioned, so that differences have digits
    slope = process.log_posterior(theta, z, y)[1]
    for j in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[j]
        up, down = (process.log_posterior(theta + s, z, y)[0] for s in (step, -step))
        assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-6)
    features, weight = OfTask(embedding, 1), RNG.standard_normal((15, 4))
    assert features.back(weight, rows) == pytest.approx(embedding.back(weight[:, :-1], rows))


def test_how_alike_tasks_are_is_learned():
    embedding = embedding_of(Space({"a": Float(0, 1)}))
    x = np.random.default_rng(2).random((30, 1))
    signs = []
    for sign in (1.0, -1.0):
        y = np.sin(8 * x[:, 0])
        z = np.vstack([OfTask(embedding, 0)(x), OfTask(embedding, 1)(x)])
        posterior = process_of(embedding, 2).fit(z, np.append(y, sign * y), n_steps=100)
        b = posterior.kernel.parts[1].kernel.matrix
        signs.append(b[0, 1] / np.sqrt(b[0, 0] * b[1, 1]))
    assert signs[0] > 0.8 and signs[1] < 0.2


def test_refuses_shapes():
    with pytest.raises(InvalidArgument, match="kappa"):
        Tasks(np.ones((2, 1)), np.ones(3))
