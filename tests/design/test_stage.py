"""Stages: points matched with results wherever they come from."""

from dataclasses import replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Request
from trimtab.design.stage import known_values, next_stage, no_stage, told_one, wanted
from trimtab.rng import stream
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space(
    {"a": Float(1e-3, 1, log=True), "c": Categorical(["x", "y"]), "b": Float(0, 1).when(c="y")}
)
CODES = np.array([[0.1, 0, np.nan], [0.1, 1, 0.25], [0.5, 1, 0.5]])


def batch(x, y, tag, c=None):
    n = len(x)
    none = np.full(n, np.nan)
    c = np.empty((n, 0)) if c is None else np.array(c, float)
    return Batch(
        np.asarray(x, float),
        np.array(y, float).reshape(n, 1),
        c,
        none,
        none,
        none,
        tag,
        none,
    )


def ask(stage, n=9, pending=None):
    pending = batch(np.empty((0, 3)), [], []) if pending is None else pending
    return wanted(stage, Request(n, pending, stream(0)))


def test_points_are_wanted_until_told():
    stage = next_stage(no_stage(SPACE), CODES)
    x = SPACE.to_unit(CODES)
    assert np.array_equal(ask(stage).x, x, equal_nan=True)
    assert ask(stage).tag.tolist() == [0, 1, 2]
    assert ask(stage, pending=batch(x[:1], [np.nan], [0])).tag.tolist() == [1, 2]
    for i in (2, 0, 1):
        assert not stage.is_over
        stage = told_one(stage, batch(x[[i]], [i], [i]), 0)
    assert stage.is_over
    assert stage.y.tolist() == [0, 1, 2]
    assert stage.best() == 0


def test_results_without_a_tag_are_matched_by_place():
    stage = next_stage(no_stage(SPACE), CODES)
    stage = told_one(stage, batch(SPACE.to_unit(CODES[[1]]), [7], [-1]), 0)
    assert np.array_equal(stage.y, [np.nan, 7, np.nan], equal_nan=True)


def test_a_tag_that_lies_elsewhere_is_no_match():
    stage = next_stage(no_stage(SPACE), CODES)
    stage = told_one(stage, batch([[0.9, 0.75, 0.9]], [7], [0]), 0)
    assert np.isnan(stage.y).all()
    assert stage.known_y.tolist() == [7]


def test_failed_and_infeasible_results_are_never_best():
    stage = next_stage(no_stage(SPACE), CODES)
    x = SPACE.to_unit(CODES)
    stage = told_one(stage, batch(x[[0]], [np.nan], [0]), 0)
    stage = told_one(stage, batch(x[[1]], [-5], [1], c=[[0.0, 0.1]]), 0)
    assert stage.best() is None
    assert stage.best_known() is None
    stage = told_one(stage, batch(x[[2]], [3], [2], c=[[0.0, -0.1]]), 0)
    assert stage.best() == 2
    assert np.array_equal(stage.best_known(), x[2])


def test_known_points_are_not_wanted_again():
    stage = next_stage(no_stage(SPACE), CODES[:1])
    stage = told_one(stage, batch(SPACE.to_unit(CODES[:1]), [4], [0]), 0)
    stage = next_stage(stage, CODES)
    assert np.array_equal(stage.y, [4, np.nan, np.nan], equal_nan=True)
    assert ask(stage).tag.tolist() == [2, 3]
    assert np.array_equal(known_values(stage, CODES), [4, np.nan, np.nan], equal_nan=True)


def test_repeated_and_forbidden_points_are_dropped():
    space = Space({"n": Int(0, 9)}, where=["n != 3"])
    stage = next_stage(no_stage(space), np.array([[5.0], [3], [1], [5]]))
    assert space.from_unit(stage.x).ravel().tolist() == [5, 1]


def test_the_last_result_of_a_point_under_way_does_not_count_twice():
    stage = next_stage(no_stage(SPACE), CODES)
    x = SPACE.to_unit(CODES)
    stage = told_one(told_one(stage, batch(x[[0]], [1], [0]), 0), batch(x[[0]], [2], [-1]), 0)
    assert stage.y[0] == 1


def test_an_empty_stage_is_over():
    stage = no_stage(SPACE)
    assert stage.is_over
    assert stage.best() is None
    assert len(ask(replace(stage, first=4)).x) == 0
