"""A run that may begin no more trials ends with a result, whatever its scheduler still waits for."""

import math
import random
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.core.protocols import Promoter
from trimtab.scheduler.registry import REGISTRY, scheduler_of

EPOCHS = tt.Fidelity("epoch", 1, 27)
LINE = {"x": tt.Float(0, 1)}
TEN = {"x": tt.Int(0, 9)}
NEEDS = {"Threshold", "Learned", "Retrain"}  # settings of their own
PROMOTERS = [
    name
    for name in REGISTRY.names()
    if name not in NEEDS and isinstance(scheduler_of(name), Promoter)
]


def train(trial):
    """What is better at the first epoch is better at all others."""
    for epoch in trial.steps():
        trial.report(trial.config["x"] + 1 / epoch, epoch)
        with trial.checkpoint():
            pass
    return trial.config["x"]


def study_of(space, scheduler, **more):
    return tt.create_study(
        space, sampler="random", scheduler=scheduler, fidelity=EPOCHS, seed=1, **more
    )


def furthest(study):
    return {t.number: max(t.reports, default=0) for t in study.trials}


@pytest.mark.parametrize("n", [1, 3, 10])
@pytest.mark.parametrize("name", PROMOTERS)
def test_few_trials_have_a_best(name, n):
    study = study_of(LINE, name)
    study.optimize(train, n, progress=False)
    assert len(study.trials) <= n  # a population of four makes do with fewer
    assert study.best.state == "complete" and furthest(study)[study.best.number] == 27


@pytest.mark.parametrize("name", PROMOTERS)
def test_a_finite_space_has_a_best(name):
    study = study_of(TEN, name)
    study.optimize(train, 100, progress=False)
    assert study.best.state == "complete"
    # IteratedPBT is greedy: the best was stopped by none, but takes its turns with others.
    assert study.best.value == min(t.value for t in study.trials if t.state == "complete")


@pytest.mark.parametrize("how", ["serial", "processes", "virtual"])
@pytest.mark.parametrize("name", ["Halving", "Hyperband"])
def test_it_is_halving_of_those_that_there_are(name, how):
    """Ten of 27: the best four go on to 3 epochs, the best two of them to 9, and the best to the end."""
    study = study_of(LINE, name)
    if how == "virtual":
        study.optimize(curve, 10, executor=tt.Simulator(4), progress=False)
    else:
        study.optimize(train, 10, n_jobs=2 if how == "processes" else 1, progress=False)
    by_rank = [t.number for t in sorted(study.trials, key=lambda t: t.config["x"])]
    assert [furthest(study)[n] for n in by_rank] == [27, 9, 3, 3, 1, 1, 1, 1, 1, 1]


def curve(x):
    return [x + 1 / epoch for epoch in range(1, 28)]


def test_who_has_failed_makes_room():
    def fails(trial):
        for epoch in trial.steps():
            if epoch > 1 and trial.config["x"] < 5:
                raise ValueError("out of memory")
            trial.report(float(trial.config["x"]), epoch)
        return float(trial.config["x"])

    study = study_of(TEN, "halving")
    study.optimize(fails, 10, max_failures=9, progress=False)
    assert study.best.config == {"x": 5}
    assert Counter(str(t.state) for t in study.trials) == {"failed": 5, "paused": 4, "complete": 1}


def test_a_run_with_a_result_ends_as_before(monkeypatch):
    def run():
        study = study_of(LINE, {"name": "PromotingASHA", "audits": 0})
        study.optimize(train, 40, progress=False)
        return furthest(study)

    found = run()
    monkeypatch.setattr("trimtab.study.promotion.closing", lambda *_: None)
    assert found == run()


def test_a_bracket_goes_on_with_what_was_measured_at_its_levels():
    """The stage of 27 is filled later: nine are at 3 epochs or beyond, three at 9 or beyond."""
    study = study_of(LINE, "halving")
    study.optimize(train, 10, progress=False)
    first = study.best.number
    study.optimize(train, 17, progress=False)
    at = furthest(study)
    by_rank = [t.number for t in sorted(study.trials, key=lambda t: t.config["x"])]
    assert all(at[n] >= 3 for n in by_rank[:9]) and all(at[n] >= 9 for n in by_rank[:3])
    assert at[by_rank[0]] == at[first] == 27


def test_the_last_of_a_finite_space_are_waited_for():
    """While some still run, nobody has said the last word: promotions come when they have reported."""
    study = study_of(TEN, {"name": "PromotingASHA", "audits": 0})
    study.optimize(curve, 100, executor=tt.Simulator(4), progress=False)
    assert (
        Counter(furthest(study).values())[1] == 6
    )  # of ten, three are due; the fourth makes a result
    assert study.best.value == 0.0 + 1 / 27


def test_ask_hands_out_the_best_of_those_that_wait():
    study = study_of({"x": tt.Int(0, 3)}, "halving")
    asked = []
    for _ in range(6):
        trial = study.ask()
        asked.append((trial.config["x"], trial.budget))
        for epoch in range(trial.checkpoint.step + 1, trial.budget + 1):
            trial.report(float(trial.config["x"]), epoch)
        if trial.should_prune():
            study.tell(trial, state="paused")
        else:
            study.tell(trial, float(trial.config["x"]))
    assert sorted(asked[:4]) == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert asked[4:] == [(0, 3), (1, 3)]


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(PROMOTERS),
    n=st.integers(1, 12),
    high=st.sampled_from([1, 2, 5, 9, 27]),
    n_objectives=st.integers(1, 2),
    space=st.sampled_from([LINE, TEN, {"x": tt.Int(0, 2)}]),
    crashes=st.sampled_from([0.0, 0.1]),
    diverges=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 99),
)
def test_nobody_is_left_paused_without_a_result(
    name, n, high, n_objectives, space, crashes, diverges, seed
):
    """Whatever fails or diverges on the way, and whatever the scheduler still waits for."""

    def tried(trial):
        chance = random.Random(100 * seed + trial.number)
        values = [float(trial.config["x"]), -float(trial.config["x"])][:n_objectives]
        for epoch in trial.steps():
            if chance.random() < crashes:
                raise ValueError("out of memory")
            is_lost = chance.random() < diverges
            trial.report([math.nan] * n_objectives if is_lost else values, epoch)
            with trial.checkpoint():
                pass
        return values

    study = tt.create_study(
        space,
        direction=["minimize"] * n_objectives,
        sampler="random",
        scheduler=name,
        fidelity=tt.Fidelity("epoch", 1, high),
        seed=seed,
    )
    with suppress(tt.SpaceExhausted):  # nothing has succeeded, and there is nothing left to try
        study.optimize(tried, n, max_failures=10_000, progress=False)
    states = Counter(str(t.state) for t in study.trials)
    assert states["complete"] or not states["paused"]
    assert not states["running"] and not states["waiting"]
