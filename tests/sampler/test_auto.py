import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.sampler.auto import METHODS, Auto
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def cube(d):
    return Space({f"x{i}": Float(0, 1) for i in range(d)})


MIXED = Space({"a": Float(0, 1), "c": Categorical(["x", "y"])})
TINY = Space({"a": Int(1, 30), "c": Categorical(["x", "y"])})


@pytest.mark.parametrize(
    ("space", "n_objectives", "plan"),
    [
        (PLANE, 1, [("GP", 0), ("CMAES", 500)]),
        (MIXED, 1, [("GP", 0), ("TPE", 500)]),
        (TINY, 1, [("GP", 0)]),
        (cube(19), 1, [("GP", 0), ("CMAES", 500)]),
        (cube(20), 1, [("TrustRegion", 0), ("CMAES", 2000)]),
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
    assert Auto().why(problem, 499).startswith("GP")
    assert Auto().why(problem, 500) == "CMAES: 500 results or more; numbers only"


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
    assert (np.array(run.tag[14:]) >= 0).all()


def test_tags_of_a_region_come_back(play):
    run = play(Auto(n_wide=2), PLANE, sphere, 12)
    assert run.state.plan[0].method == "TrustRegion"
    assert set(run.tag) == {-2}
    assert len(run.state.inner.results) == 12
