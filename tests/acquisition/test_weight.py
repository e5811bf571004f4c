import numpy as np
import pytest

from trimtab.acquisition.weight import Belief, PerCost, belief_of
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)
Q = RNG.random((6, 3))


def numeric(part, j):
    step = 1e-6 * np.eye(3)[j]
    return (part.value(Q + step) - part.value(Q - step)) / 2e-6


def test_belief_is_the_logarithm_of_normals():
    belief = Belief(np.array([0.2, 0.5, 0.9]), np.array([0.3, np.inf, 0.4]), 2.0)
    score = (Q[:, [0, 2]] - [0.2, 0.9]) / [0.3, 0.4]
    assert belief.value(Q) == pytest.approx(-np.sum(score**2, axis=1), abs=1e-6)
    for j in range(3):
        assert belief.slopes(Q)[1][:, j] == pytest.approx(numeric(belief, j), abs=1e-5)


def test_a_far_guess_has_a_floor():
    belief = Belief(np.zeros(1), np.full(1, 1e-3), 1.0)
    value, slope = belief.slopes(np.array([[0.5], [1.0]]))
    assert value == pytest.approx(np.log(1e-12))
    assert slope == pytest.approx(0.0)


def test_improvement_per_cost():
    posterior = GaussianProcess(matern(2.5, 0.5), 1e-3).condition(Q, np.log(1 + Q[:, 0]))
    part = PerCost(posterior, 0.7)
    value, slope = part.slopes(Q)
    assert value == pytest.approx(-0.7 * posterior.predict(Q)[0])
    assert value == pytest.approx(part.value(Q))
    for j in range(3):
        assert slope[:, j] == pytest.approx(numeric(part, j), abs=1e-5)


def test_a_belief_by_parameter():
    space = Space(
        {"c": Categorical(["x", "y", "z"]), "a": Float(1, 3), "d": Categorical(["p", "q"])}
    )
    embedding = embedding_of(space)
    rows = space.to_unit(np.array([[0, 2.0, 0], [2, 2.0, 1], [2, 3.0, 0]]))
    value = belief_of({"c": ("z", 0.5), "a": (2.0, 0.25)}, space, embedding, 1.0).value(
        embedding(rows)
    )
    assert value == pytest.approx([-0.5 / 0.5**2, 0.0, -0.5 * (0.5 / 0.25) ** 2], abs=1e-6)
    nothing = belief_of({}, space, embedding, 1.0).value(embedding(rows))
    assert nothing == pytest.approx(0.0, abs=1e-9)
