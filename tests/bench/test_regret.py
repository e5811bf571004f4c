import numpy as np
import pytest

from trimtab.acquisition.schedule import beta_compact, information_gain, regret_bound
from trimtab.bench.function import task
from trimtab.bench.puzzle import FunctionPuzzle, Named, named
from trimtab.bench.regret import Level, incumbents, shared, standing
from trimtab.bench.runner import Run
from trimtab.bench.theory import theory
from trimtab.design.sobol import sobol
from trimtab.errors import InvalidArgument
from trimtab.surrogate.stationary import matern


def run(method, problem, seed, values, truths=None, **more):
    return Run(method, problem, seed, tuple(values), tuple(truths or values), **more)


def test_incumbent_is_the_true_value_of_the_best_measured():
    found = incumbents(run("a", "p", 0, [3.0, 1.0, 2.0, 0.5], [3.5, 4.0, 0.1, 0.2]))
    assert found.tolist() == [3.5, 4.0, 4.0, 0.2]


def test_a_first_result_that_failed_is_no_incumbent():
    assert incumbents(run("a", "p", 0, [np.nan, 2.0], [np.nan, 2.5])).tolist()[1] == 2.5


RUNS = [
    run("a", "p", 0, [2.0, 1.0], seconds=1.0),
    run("a", "p", 1, [3.0, 3.0], seconds=3.0),
    run("b", "p", 0, [4.0, 0.0]),
    run("b", "p", 1, [4.0, 2.0]),
    run("a", "q", 0, [10.0, 10.0]),
    run("b", "q", 0, [20.0, 10.0]),
]
LEVELS = {"p": Level(0.0, 2.0), "q": Level(0.0, 10.0)}


def test_standing_by_hand():
    found = standing(RUNS, LEVELS, 2)
    assert (found.methods, found.problems) == (("a", "b"), ("p", "q"))
    assert found.curves[0, 0].tolist() == [1.25, 1.0]  # mean of (1, .5) and (1.5, 1.5)
    assert found.curves[1].tolist() == [[2.0, 0.5], [2.0, 1.0]]
    assert found.seconds[0, 0] == 2.0
    assert found.n_seeds == ((2, 1), (2, 1))
    assert found.ranks(1).tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert found.ranks(2).tolist() == [[2.0, 1.5], [1.0, 1.5]]
    assert found.test(2) is None  # two methods


def test_ranks_need_all_methods():
    found = standing([*RUNS, run("c", "p", 0, [1.0, 1.0])], LEVELS, 2)
    assert np.isnan(found.ranks(2)[:, 1]).all()
    assert np.isfinite(found.ranks(2)[:, 0]).all()


def test_failed_and_short_runs_do_not_count():
    runs = [*RUNS, run("a", "p", 2, [], error="PeerFailed: x"), run("b", "p", 2, [1.0])]
    assert standing(runs, LEVELS, 2).n_seeds == ((2, 1), (2, 1))


def test_shared_seeds_only():
    kept = shared([*RUNS, run("a", "p", 7, [0.0, 0.0])], ["a", "b"])
    assert kept == RUNS
    assert shared(RUNS[:3], ["a", "b"]) == [RUNS[0], RUNS[2]]


def test_a_level_is_needed():
    with pytest.raises(InvalidArgument, match="'q' has no level"):
        standing(RUNS, {"p": Level(0.0, 1.0)}, 2)


@pytest.mark.parametrize(
    ("function", "d", "noise"),
    [("branin", 5, 0.0), ("sphere", 3, 0.0), ("ackley", 10, 0.25), ("branin", 5, 1e-6),
     ("hartmann6", 5, 0.0)],
)  # fmt: skip
def test_names_of_problems_say_what_they_are(function, d, noise):
    puzzle = FunctionPuzzle(function, d, noise)
    found = named(puzzle.name)
    assert (found.function, found.noise) == (function, noise)
    assert found.least == puzzle.level().least
    assert FunctionPuzzle(found.function, found.d, found.noise).name == puzzle.name


def test_what_nobody_knows():
    assert named("crossing").least is not None  # a task of learning curves
    assert named("bbob-3-5d").least is None and named("p-noise").least is None
    assert named("branin-noisex") == Named("branin-noisex")
    assert named("zdt1-5d").least is None


def test_theory_is_theorem_2_in_standard_deviations():
    """BOL-19: the bound of schedule.py, scaled by the function's own spread; it grows slower than n."""
    bound = theory(task("branin"), 60)
    gain, _ = information_gain(matern(2.5, np.full(2, 0.5)), sobol(0, 500, 2), 0.01, 60)
    one = regret_bound(beta_compact(60, 2), gain[59], 60, 0.01) + 2
    assert bound[59] / one == pytest.approx(51.3, rel=0.1)  # Branin's standard deviation
    rate = bound / np.arange(1, 61)
    assert (np.diff(rate[20:]) < 0).all()  # the average regret may vanish
    assert theory(task("branin"), 60, delta=0.01)[9] > bound[9]
