"""Directions, and the question as algorithms see it."""

import pytest

from trimtab.core.problem import Direction, Problem, directions_of
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space


def test_spellings():
    assert directions_of("minimize") == (Direction.MINIMIZE,)
    assert directions_of("Max") == (Direction.MAXIMIZE,)
    assert directions_of(["min", " MAXIMIZE ", Direction.MINIMIZE]) == (
        Direction.MINIMIZE,
        Direction.MAXIMIZE,
        Direction.MINIMIZE,
    )


@pytest.mark.parametrize(
    ("word", "near"), [("minimise", "minimize"), ("maximise", "maximize"), ("maximum", "maximize")]
)
def test_a_near_miss_is_suggested(word, near):
    with pytest.raises(InvalidArgument, match=f"direction='{word}'.*did you mean '{near}'"):
        directions_of(word)


@pytest.mark.parametrize("direction", [[], "", "upwards", [None], ["minimize", "x"]])
def test_anything_else_is_refused(direction):
    with pytest.raises(InvalidArgument, match=r"direction=.*'minimize' or 'maximize'"):
        directions_of(direction)


def test_signs():
    assert Direction.MINIMIZE.sign == 1.0
    assert Direction.MAXIMIZE.sign == -1.0


def test_a_problem_counts_its_columns():
    problem = Problem(Space({"k": [1, 2], "j": "0..1"}))
    assert problem.d == 2
    assert problem.columns.d == 2
    assert problem.n_objectives == 1
