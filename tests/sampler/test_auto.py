import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.sampler.auto import METHODS, Auto
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


MIXED = Space({"a": Float(0, 1), "c": Categorical(["x", "y"])})
BOTH = [("GP", 0), ("TREGO", 30)]
TINY = Space({"a": Int(1, 30), "c": Categorical(["x", "y"])})


@pytest.mark.parametrize(
    ("space", "n_objectives", "plan"),
    [
        (PLANE, 1, [*BOTH, ("CMAES", 1000)]),
        (MIXED, 1, [*BOTH, ("TPE", 1000)]),
        (TINY, 1, [("GP", 0)]),
        (cube(19), 1, [*BOTH, ("CMAES", 1000)]),
        (cube(20), 1, [("GP", 0), ("TrustRegion", 300), ("CMAES", 2000)]),
        (cube(201), 1, [("CMAES", 0)]),
        (PLANE, 2, [("TPE", 0)]),
    ],
)
def test_plan(space, n_objectives, plan):
    problem = Problem(space, n_objectives)
    assert [(p.method, p.start) for p in Auto().plan(problem)] == plan
    for phase in Auto().plan(problem):
        METHODS.load(phase.method)


def test_says_why():  # the boundary counts as the second
    problem = Problem(PLANE)
    assert Auto().why(problem) == "GP: 2 parameters, fewer than 20"
    assert Auto().why(problem, 29).startswith("GP")
    assert Auto().why(problem, 30).startswith("TREGO: GP, in turns with a trust region")
    assert Auto().why(problem, 999).startswith("TREGO")
    assert Auto().why(problem, 1000) == "CMAES: 1000 results or more; numbers only"


def sphere(codes):
    return float(np.sum((codes - 0.3) ** 2))


def test_hands_over_from_the_best_on(play):
    run = play(Auto(n_model=15), PLANE, sphere, 40)
    assert run.state.plan[run.state.phase].method == "CMAES"
    assert min(run.y) < 1e-3
    early = np.array(run.x[16:22])
    best = run.x[int(np.argmin(run.y[:15]))]
    assert np.median(np.linalg.norm(early - best, axis=1)) < 0.6


def test_the_second_method_learns_everything(play):
    run = play(Auto(n_model=12), MIXED, lambda codes: float(codes[0] + codes[1]), 13)
    assert run.state.plan[run.state.phase].method == "TPE"
    assert len(run.state.inner.x) == 13


def test_pending_rows_of_the_first_method_are_strangers_to_the_second(play):
    run = play(Auto(n_model=10), PLANE, sphere, 30, workers=4)
    assert len(run.y) == 30
    assert (np.array(run.tag[:10]) <= -1).all()
    assert (np.array(run.tag[14:]) % 2 == 1).all()


def test_a_box_takes_turns_where_results_look_rough(play):
    """Ripples that are shorter than thirty results can tell: beyond them, some trials are the box's."""

    def ripples(codes):
        return float(np.sum((codes - 0.3) ** 2 + 0.1 * np.cos(150 * codes)))

    run = play(Auto(), PLANE, ripples, 50)
    at_work = run.state.plan[run.state.phase]
    assert (at_work.method, at_work.start) == ("TREGO", METHODS.load("TREGO")().n_whole)
    assert len({tag // 3 % 2 for tag in run.tag[30:]}) == 2


def test_a_region_learns_from_everything_and_its_tags_come_back(play):
    run = play(Auto(n_wide=2, n_whole=8), PLANE, sphere, 20)
    assert [phase.method for phase in run.state.plan] == ["GP", "TrustRegion", "CMAES"]
    assert set(run.tag[:8]) == {-1}
    assert {tag % 3 for tag in run.tag[8:]} == {1}
    assert len(run.state.inner.results) == 20


def test_every_method_of_a_plan_hands_over_to_the_next(play):
    run = play(Auto(n_wide=2, n_whole=8, n_model=8), PLANE, sphere, 30, workers=3)
    assert (run.state.phase, run.state.plan[2].start) == (2, 16)
    assert {tag % 3 for tag in run.tag[-10:]} == {2}


@pytest.mark.parametrize(
    ("settings", "d", "plan"),
    [
        ({}, 10, [*BOTH, ("CMAES", 1000)]),
        (
            {"n_trials": 1000},
            10,
            [*BOTH, ("CMAES", 1000)],
        ),  # whoever goes on beyond is not left alone
        ({"n_trials": 1001}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"n_trials": 3999}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"n_trials": 4000}, 10, [*BOTH, ("CMAES", 100)]),
        ({"n_trials": 4000}, 2, [*BOTH, ("CMAES", 50)]),
        ({"eval_seconds": 0.05}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"eval_seconds": 0.049}, 10, [*BOTH, ("CMAES", 50)]),
        ({"eval_seconds": 0.049, "n_trials": 1000}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"eval_seconds": 0.31, "n_jobs": 6}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"eval_seconds": 0.3, "n_jobs": 7}, 10, [*BOTH, ("CMAES", 50)]),
        ({"n_trials": 100, "n_jobs": 24}, 10, [*BOTH, ("CMAES", 1000)]),
        ({"n_trials": 100, "n_jobs": 25}, 10, [("Sobol", 0)]),
        ({"n_trials": 1000}, 20, [("GP", 0), ("TrustRegion", 300), ("CMAES", 2000)]),
        ({"n_trials": 8000}, 20, [("GP", 0), ("CMAES", 200)]),
        ({"n_trials": 8000}, 40, [("GP", 0), ("TrustRegion", 300), ("CMAES", 400)]),
    ],
)
def test_budget_time_and_workers(settings, d, plan):
    """BOL-18: the thresholds, at their boundaries."""
    problem = Problem(cube(d))
    auto = Auto(**settings)
    assert [(p.method, p.start) for p in auto.plan(problem)] == plan
    for phase in auto.plan(problem):
        METHODS.load(phase.method)
        assert phase.why


@pytest.mark.parametrize("bad", [{"n_trials": 0}, {"eval_seconds": -1.0}, {"n_jobs": 0}])
def test_refuses(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        Auto(**bad)


def test_a_design_where_there_is_no_time_to_learn(play):
    run = play(Auto(n_trials=16, n_jobs=8), PLANE, sphere, 16, workers=8)
    rows = np.array(run.x)
    assert run.state.plan[0].method == "Sobol"
    assert len(np.unique(rows, axis=0)) == 16
    assert (np.histogram2d(*rows.T, bins=4, range=[[0, 1]] * 2)[0] == 1).all()


def test_what_nobody_takes_over_is_not_kept(play):
    run = play(Auto(n_model=6), MIXED, lambda codes: float(codes.sum()), 20)
    assert (len(run.state.told), run.state.n_told) == (6, 20)
