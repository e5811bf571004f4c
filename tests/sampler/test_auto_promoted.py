"""The default where trials are promoted: its plan, its hand-over, and what it falls back from."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.sampler.auto_promoted import AutoPromoted
from trimtab.sampler.gp import GP
from trimtab.sampler.joint_gp import JointGP

SPACE = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})
MIXED = tt.Space(
    {
        "kind": tt.Categorical(["a", "b"]),
        "x": tt.Float(0, 1).when(kind="a"),
        "n": tt.Int(1, 64, log=True),
    }
)
EPOCHS = tt.Fidelity("epoch", 1, 9)


def curve(x, y):
    return (x - 0.3) ** 2 + (y - 0.6) ** 2 + 1 / np.arange(1, 10)


def run(
    n, objective=curve, space=SPACE, sampler=None, scheduler="promotingasha", seed=0, **options
):
    study = tt.create_study(
        space, sampler=sampler, scheduler=scheduler, fidelity=EPOCHS, seed=seed, **options
    )
    study.optimize(objective, n, executor=tt.Simulator(4), progress=False)
    study.ledger.proposer._fold(study.history)
    return study, study.ledger.proposer._state


def test_until_the_hand_over_it_is_the_joint_process():
    """The very trials of JointGP with the same key."""
    ours, state = run(25)
    rng = np.random.default_rng(0)
    assert state.inner is not None and isinstance(AutoPromoted()._process, JointGP)
    assert np.array_equal(state.inner.ladder.rows.values, state.ladder.rows.values)
    theirs = JointGP().init(Problem(SPACE, fidelity=EPOCHS), rng)
    for batch in _batches(ours.history):
        theirs = JointGP().tell(theirs, batch, rng)
    assert np.array_equal(theirs.ladder.rows.values, state.ladder.rows.values)
    assert theirs._fit.n == state.inner._fit.n


def _batches(history):
    from trimtab.study.told import news

    return [batch for batch, _ in news(history, 0, 0)]


def test_a_trial_that_is_to_run_whole_is_proposed_from_whole_evaluations():
    """MFI-23: the very proposal of GP, told each trial that has come to the end once."""
    rng, auto, problem = np.random.default_rng(0), AutoPromoted(), Problem(SPACE, fidelity=EPOCHS)
    study, state = run(40)
    whole = [i for i in range(len(study.history)) if 9 in study.history.reports(i)]
    assert state.n_whole == len(whole) == len(state.whole.results) >= 4
    nothing = study.history.batch(np.empty(0, np.int64))
    ask = lambda sampler, state, budget: sampler.ask(  # noqa: E731
        state, Request(1, nothing, np.random.default_rng(1), budget=budget)
    )
    found = ask(auto, state, 9)
    assert np.array_equal(found.x, ask(GP(), state.whole, None).x)
    joint = ask(JointGP(), state.inner, 1)
    assert np.array_equal(ask(auto, state, 1).x, joint.x) and not np.array_equal(found.x, joint.x)
    none = auto.init(problem, rng)
    assert np.array_equal(
        ask(auto, none, 9).x, ask(JointGP(), none.inner, 9).x
    )  # none is known yet


def test_after_enough_observations_densities_know_each_trials_last_value():
    study, state = run(60, sampler=AutoPromoted(n_model=40))
    assert state.inner is None and len(state.ladder) >= 40
    rows = state.densities.rows.values
    assert len(rows) == len(state.last) == len([t for t in study.trials if t.reports])
    told = {tuple(row[:2]): (row[2], row[-1]) for row in rows}
    for trial in study.trials:
        step = max(trial.reports)
        assert told[tuple(trial.config.values())] == (trial.reports[step][0], step)


def test_the_plan_and_its_reasons():
    auto, plain = AutoPromoted(), Problem(SPACE, fidelity=EPOCHS)
    assert [(p.method, p.start) for p in auto.plan(plain)] == [("JointGP", 0), ("TPE", 500)]
    assert auto.why(plain, 499).startswith("JointGP")
    assert auto.why(plain, 500) == "TPE: 500 observations or more; last values of trials"
    assert "constraints" in auto.why(plain, 0, is_constrained=True)
    assert auto.why(Problem(SPACE, 2, fidelity=EPOCHS)).startswith("TPE: 2 objectives")
    wide = tt.Space({f"x{i}": tt.Float(0, 1) for i in range(60)})
    assert auto.why(Problem(wide, fidelity=EPOCHS)).startswith("TPE: 60 parameters")


def test_it_copes_with_choices_and_conditions():
    def objective(kind, n, x=0.7):
        return abs(x - 0.2) + 0.1 * np.log(n) + (kind == "b") + 1 / np.arange(1, 10)

    for n_model in (500, 30):
        study, state = run(30, objective, MIXED, AutoPromoted(n_model=n_model))
        assert (state.inner is None) == (n_model == 30)
        assert {t.config["kind"] for t in study.trials[20:]} >= {"a"}


def test_several_objectives_go_to_densities_from_the_start():
    both = np.ones((9, 2)) / np.arange(1, 10)[:, None]
    study, state = run(
        60, lambda x, y: both + np.array([x, (1 - x) + y]), directions=["minimize", "minimize"]
    )
    assert state.inner is None and len(study.trials) == 60
    late = [t.config["y"] for t in study.trials[30:]]
    assert np.mean(late) < 0.35  # y is to be small in either; at random, ten seeds give .45 to .63


def test_constraints_that_come_back_go_to_densities():
    def objective(x, y, trial):
        for epoch in trial.steps():
            trial.report((x - 0.3) ** 2 + y + 1 / epoch, epoch)
        return tt.Result((x - 0.3) ** 2 + y, constraints=[0.25 - x])

    study = tt.create_study(SPACE, scheduler="promotingasha", fidelity=EPOCHS, seed=0)
    study.optimize(objective, 40, progress=False)
    study.ledger.proposer._fold(study.history)
    state = study.ledger.proposer._state
    assert state.is_constrained and state.inner is None
    assert study.best.config["x"] >= 0.25


def test_without_a_fidelity_it_is_a_process_of_whole_evaluations():
    study = tt.create_study(SPACE, sampler="autopromoted", seed=0)
    study.optimize(lambda x, y: (x - 0.3) ** 2 + (y - 0.6) ** 2, 25, progress=False)
    assert study.best_value < 0.01


def test_the_default_beats_random_configurations():
    wins = sum(
        run(30, seed=s)[0].best_value < run(30, sampler="random", seed=s)[0].best_value
        for s in range(4)
    )
    assert wins == 4


def test_settings_are_checked():
    for name, value in {"n_model": 0, "n_wide": 0, "eta": 1, "cost_weight": -1}.items():
        with pytest.raises(tt.InvalidArgument, match=name):
            AutoPromoted(**{name: value})
