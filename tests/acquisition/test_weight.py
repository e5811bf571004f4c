import numpy as np
import pytest

from trimtab.acquisition.weight import (
    Belief,
    PerCost,
    belief_of,
    believed_row,
    check_belief,
    check_guesses,
)
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, SpaceError
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


def independent(guess, width):
    """A belief in numbers that are always active."""
    at = np.flatnonzero(np.isfinite(width))
    always = np.full(len(at), -1)
    guess, width = np.array(guess)[at], np.array(width)[at]
    return Belief(at, guess, width, np.eye(len(at)), always, np.zeros(len(at)), 2.0)


def test_belief_is_the_logarithm_of_normals():
    belief = independent([0.2, 0.5, 0.9], [0.3, np.inf, 0.4])
    score = (Q[:, [0, 2]] - [0.2, 0.9]) / [0.3, 0.4]
    assert belief.value(Q) == pytest.approx(-np.sum(score**2, axis=1), abs=1e-3)
    for j in range(3):
        assert belief.slopes(Q)[1][:, j] == pytest.approx(numeric(belief, j), abs=1e-5)


def test_a_far_guess_has_a_floor():
    value, slope = independent([0.0], [1e-3]).slopes(np.array([[0.5], [1.0]]))
    assert value == pytest.approx(2 * np.log(1e-12))
    assert slope == pytest.approx(0.0)


def test_a_floor_of_each_parameter():
    """One missed guess of ten does not take the slope of the nine others, and all missed cost as one does."""
    belief = independent([0.5] * 10, [0.02] * 10)
    z = np.full((2, 10), 0.51)
    z[0, 0] = z[1] = 1.0
    value, slope = belief.slopes(z)
    assert value[1] == pytest.approx(2 * np.log(1e-12))
    assert slope[0, 0] == pytest.approx(0.0, abs=1e-6)
    assert (slope[0, 1:] < -10).all()


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
    assert value == pytest.approx([-0.5 / 0.5**2, 0.0, -0.5 * (0.5 / 0.25) ** 2], abs=1e-4)
    nothing = belief_of({}, space, embedding, 1.0).value(embedding(rows))
    assert nothing == pytest.approx(0.0, abs=1e-9)


def test_a_conditional_parameter_is_believed_in_where_it_is_active():
    space = Space(
        {
            "c": Categorical(["x", "y"]),
            "m": Float(0, 1).when(c="x"),
            "k": Categorical(["p", "q", "r"]).when(c="y"),
        }
    )
    embedding = embedding_of(space)
    nan = np.nan
    z = embedding(space.to_unit(np.array([[0, 0.5, nan], [0, 0.3, nan], [1, nan, 1], [1, nan, 2]])))
    given = {"m": (0.3, 0.2), "k": ("q", 0.5)}
    check_guesses(given, Problem(space))
    belief = belief_of(given, space, embedding, 1.0)
    value, slope = belief.slopes(z)
    assert value == pytest.approx([-0.5, 0.0, 0.0, -2.0], abs=1e-4)
    by_m = embedding.back(slope, np.array([[0.25, 0.5, nan]] * 2 + [[0.75, nan, 0.5]] * 2))[:, 1]
    assert by_m == pytest.approx([-5.0, 0.0, 0.0, 0.0], abs=1e-4)
    row = believed_row(given, space)
    assert np.isnan(row[0]) and row[1:] == pytest.approx([0.3, 0.5])


def test_names_may_come_yet_in_an_open_space():
    given, space = {"x": (0.3, 0.1)}, Space({"y": Float(0, 1)})
    check_guesses(given, Problem(Space({}), is_open=True))
    check_guesses(given, Problem(space, is_open=True))
    with pytest.raises(SpaceError, match="'x' is not a parameter of this space; it has y"):
        check_guesses(given, Problem(space))
    assert belief_of(given, space, embedding_of(space), 1.0).value(np.zeros((2, 1))).tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize(
    "pair", [3, None, "ab", (0.3,), (0.3, "a"), (0.3, 0.0), (0.3, np.nan), (0.3, True)]
)
def test_refuses_what_is_no_belief(pair):
    check_belief({"x": [0.3, np.float32(0.1)]})
    with pytest.raises(InvalidArgument, match=r"belief\['x'\]=.* must be \(guess, width\)"):
        check_belief({"x": pair})
    with pytest.raises(InvalidArgument, match="must map names"):
        check_belief([pair])
