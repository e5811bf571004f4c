"""DEHB: populations are filled, promoted and challenged as the paper says."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.sampler.dehb import DEHB, Stage, best, stage_of

SPACE = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})
EPOCHS = tt.Fidelity("epoch", 1, 9)


def curve(x, y):
    return (x - 0.3) ** 2 + (y - 0.6) ** 2 + 1 / np.arange(1, 10)


def run(n=60, seed=0, sampler="dehb", n_workers=1, objective=curve):
    study = tt.create_study(
        SPACE, sampler=sampler, scheduler="freshhyperband", fidelity=EPOCHS, seed=seed
    )
    study.optimize(objective, n, executor=tt.Simulator(n_workers), progress=False)
    study.ledger.proposer.propose(study.history, 1)
    return study, study.ledger.proposer._state


def test_populations_are_as_large_as_the_most_trials_at_their_budget():
    state = DEHB().init(Problem(SPACE, fidelity=EPOCHS), None)
    assert state.levels == (1, 3, 9)
    assert [len(p.loss) for p in state.populations] == [9, 4, 4]
    assert [len(p.loss) for p in DEHB(n_members=6).init(Problem(SPACE), None).populations] == [6]


def test_the_best_of_a_budget_are_the_first_of_the_next():
    study, _ = run(12)
    first = sorted(study.trials[:9], key=lambda t: t.reports[1])
    promoted, expected = (
        np.array([list(t.config.values()) for t in trials])
        for trials in (study.trials[9:12], first[:3])
    )
    assert promoted == pytest.approx(expected)


def test_stages_of_a_cycle_by_hand():
    """R = 9: 9 @ 1, 3 @ 3, 1 @ 9; then 3 @ 3, 1 @ 9; then 3 @ 9."""
    stages = DEHB().init(Problem(SPACE, fidelity=EPOCHS), None).stages
    assert stages[0] == (Stage(9, 9, True),)
    assert stages[1] == (Stage(3, 3, False), Stage(6, 3, True))
    assert stages[2] == (Stage(1, 1, False), Stage(2, 1, False), Stage(5, 3, True))
    found = [stage_of(stages[2], index).end for index in range(7)]
    assert found == [1, 2, 5, 5, 5, 1, 2]


def test_the_whole_first_cycle_promotes_and_no_later_one():
    """The last stage of each bracket has the best of the budget below that it does not have yet."""
    study, _ = run(40, seed=3)
    rows = [tuple(t.config.values()) for t in study.trials]

    def best_at(step, trials):
        known = [t for t in trials if step in t.reports and max(t.reports) == step]
        return [tuple(t.config.values()) for t in sorted(known, key=lambda t: t.reports[step])]

    assert rows[12] == pytest.approx(best_at(3, study.trials[:12])[0])
    left = [row for row in best_at(3, study.trials[:16]) if row != rows[12]]
    assert rows[16] == pytest.approx(left[0])
    assert len({*rows[9:13], rows[16]} - {*rows[:9], *rows[13:16]}) == 0
    assert not {*rows[20:40]} & {*rows[:20]}


def test_the_first_stage_of_a_bracket_has_its_own_budget_for_parents():
    """With F = 0 and Cr = 1 a mutant is one of its parents."""
    sampler = DEHB(factor=1e-12, crossover=1.0)
    study, _ = run(16, seed=1, sampler=sampler)
    rows = np.array([list(t.config.values()) for t in study.trials])
    parents = rows[9:12]
    near = np.abs(rows[13:16, None] - parents[None]).max(axis=2).min(axis=1)
    assert near.max() < 1e-9


@pytest.mark.parametrize("n_workers", [1, 4])
def test_a_population_keeps_the_best_that_challenged_each_member(n_workers):
    study, state = run(100, n_workers=n_workers)
    for level, population in zip(state.levels, state.populations, strict=True):
        mine = [
            t
            for t in study.trials
            if t.tag >> 20 == state.levels.index(level) and max(t.reports) >= level
        ]
        assert len(mine) > len(population.loss)
        for member, loss in enumerate(population.loss):
            rivals = [t.reports[level][0] for t in mine if t.tag & (2**20 - 1) == member]
            assert loss == min(rivals)


def test_challengers_by_hand():
    """rand/1/bin with Cr = 1 is the mutant; outside the cube it is drawn anew."""
    pool, target = np.array([[0.5, 0.5], [0.6, 0.4], [0.3, 0.3]]), np.array([0.9, 0.9])
    rng = np.random.default_rng(0)
    a, b, c = pool[np.random.default_rng(0).choice(3, 3, replace=False)]
    assert DEHB(crossover=1.0).challenger(pool, target, rng) == pytest.approx(a + 0.5 * (b - c))
    rows = np.array([DEHB(crossover=1e-9).challenger(pool, target, rng) for _ in range(50)])
    assert ((rows == target).sum(axis=1) == 1).all()  # one column at least is the mutant's
    wide = np.array(
        [DEHB(factor=1.9).challenger(np.eye(3)[:, :2], target, rng) for _ in range(200)]
    )
    assert wide.min() >= 0 and wide.max() <= 1


def test_failures_take_no_place():
    study, state = run(80, objective=lambda x, y: curve(x, y) if x < 0.5 else np.full(9, np.nan))
    assert np.isfinite(study.best_value)
    for population in state.populations:
        assert (best(population, 9)[:, 0] < 0.5).all()


def test_it_beats_random_trials_with_the_same_budgets():
    wins = sum(
        run(120, seed)[0].best_value < run(120, seed, "random")[0].best_value for seed in range(5)
    )
    assert wins >= 4


def test_settings_are_checked():
    for name, value in {"factor": 0, "crossover": 2, "eta": 1, "n_members": 3}.items():
        with pytest.raises(tt.InvalidArgument, match=name):
            DEHB(**{name: value})


@pytest.mark.parametrize("seed", range(4))
def test_a_cross_that_was_tried_is_not_tried_again(seed):
    """In two columns crosses of members that share coordinates often are one of them."""
    study = tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(0, 1)},
        sampler="dehb",
        fidelity=tt.Fidelity("epoch", 1, 9),
        seed=seed,
    )
    study.optimize(lambda x, y: (x - 0.3) ** 2 + y, 60, progress=False)
    tried = {tuple(t.config.values()) for t in study.trials}
    assert len(tried) == 60
