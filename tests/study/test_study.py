"""The study itself: asking, telling, and what is best."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def told(*values, **options):
    study = tt.create_study(SPACE, sampler="random", seed=0, **options)
    for value in values:
        trial = study.ask()
        if value is None:
            study.tell(trial, state="failed")
        else:
            study.tell(trial, value)
    return study


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=12))
@settings(deadline=None, max_examples=25)
def test_the_best_is_the_first_of_the_least(values):
    study = told(*values)
    usable = [v for v in values if v is not None]
    if not usable:
        with pytest.raises(tt.NothingYet):
            _ = study.best
        return
    assert study.best.number == values.index(min(usable))
    assert study.best_value == min(usable)
    highest = told(*values, direction="maximize")
    assert highest.best_value == max(usable)


def test_best_trials_of_one_objective_are_the_ties():
    assert [t.number for t in told(2.0, 1.0, None, 1.0).best_trials] == [1, 3]


def test_words_for_a_study():
    study = told(1.0, study_name="mine")
    assert repr(study) == "<Study 'mine': 1 trials>"
    assert study.direction == "minimize"
    assert study.best_trial == study.best
    assert study.best_params == study.best_config == study.best.config
    several = tt.create_study(SPACE, directions=["minimize", "maximize"])
    assert [str(d) for d in several.directions] == ["minimize", "maximize"]
    with pytest.raises(tt.InvalidArgument, match=r"study\.directions"):
        _ = several.direction


def test_telling_twice():
    study = told(1.0)
    with pytest.raises(tt.AlreadyTold, match="trial 0 is complete with value 1"):
        study.tell(0, 2.0)
    study.tell(0, 2.0, skip_if_finished=True)
    assert study.best.value == 1.0


def test_numbers_of_numpy_are_numbers():
    study = tt.create_study(SPACE, seed=0)
    study.optimize(lambda x: np.float32(x), n_trials=np.int64(3))
    trial = study.ask()
    study.tell(np.int64(trial.number), np.float64(-1.0))
    assert study.best.number == 3
    with pytest.raises(tt.InvalidArgument, match="trial=True"):
        study.tell(True, 1.0)


@pytest.mark.parametrize("state", ["failed", "fail", "FAILED", tt.TrialState.FAILED])
def test_telling_a_failure(state):
    study = tt.create_study(SPACE, seed=0)
    study.tell(study.ask(), "out of luck", state=state)
    assert (study.trials[0].state, study.trials[0].reason) == ("failed", "out of luck")
    with pytest.raises(tt.ResultError, match="a failed trial has no values"):
        study.tell(study.ask(), 1.0, state=state)


def test_telling_with_constraints_and_cost():
    study = told(tt.Result(1.0, constraints=[2.0], cost=3.0), tt.Result(5.0, constraints=[-1.0]))
    assert study.trials[0].constraints == (2.0,)
    assert study.trials[0].cost == 3.0
    assert study.best.number == 1


def test_asking_many_is_asking_one_after_another():
    one, many = (tt.create_study(SPACE, seed=3) for _ in range(2))
    assert [one.ask().config for _ in range(6)] == [t.config for t in many.ask(6)]


def test_a_finite_space_gives_what_is_left():
    study = tt.create_study({"k": tt.Int(1, 5)}, seed=0)
    first, second = study.ask(3), study.ask(4)
    assert sorted(t.config["k"] for t in first + second) == [1, 2, 3, 4, 5]
    with pytest.raises(tt.SpaceExhausted):
        study.ask()


def test_duplicates_where_they_are_wanted():
    sampler = tt.sampler.Random(unique=False)
    study = tt.minimize(lambda k: k, {"k": tt.Int(1, 5)}, 40, sampler=sampler, seed=0)
    assert len(study.trials) == 40
    assert len({t.config["k"] for t in study.trials}) == 5


def test_enqueuing_checks_everything_before_anything():
    study = tt.create_study({"k": tt.Int(1, 5), "x": tt.Float(0, 1)}, seed=0)
    with pytest.raises(tt.SpaceError):
        study.enqueue([{"k": 2}, {"k": 7}])
    assert study.trials == []
    assert study.enqueue({"k": 2}) == [0]
    assert study.trials[0].state == "waiting"
    assert study.ask().config["k"] == 2


def test_enqueued_values_that_break_a_rule_are_refused():
    space = tt.Space({"a": tt.Int(0, 9), "b": tt.Int(0, 9)}, where=["a < b"])
    study = tt.create_study(space, seed=0)
    with pytest.raises(tt.InvalidArgument, match="violates 'a < b'"):
        study.enqueue({"a": 5, "b": 5})
    with pytest.raises(tt.InvalidArgument, match=r"keeps the constraints \(a < b\)"):
        study.enqueue({"a": 9})
    study.enqueue({"a": 8})
    assert study.ask().config == {"a": 8, "b": 9}


def test_an_enqueued_float_is_kept_to_the_bit():
    study = tt.create_study({"lr": tt.Float(1e-5, 1e-1, log=True), "x": tt.Float(0, 1)}, seed=0)
    study.enqueue({"lr": 0.1 * 3 / 10})
    assert study.ask().config["lr"] == 0.1 * 3 / 10


def test_study_attributes(tmp_path):
    study = tt.create_study(SPACE, storage=tmp_path / "s.db")
    study.set_user_attr("note", {"by": ["me"]})
    assert tt.load_study(storage=tmp_path / "s.db").user_attrs == {"note": {"by": ["me"]}}


def test_threads_may_share_a_study():
    study = tt.create_study(SPACE, sampler="random", seed=0)

    def work():
        for _ in range(25):
            trial = study.ask()
            study.tell(trial, trial.number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [t.value for t in study.trials] == [float(i) for i in range(100)]
    alone = tt.create_study(SPACE, sampler="random", seed=0)
    assert {t.config["x"] for t in alone.ask(100)} == {t.config["x"] for t in study.trials}


def test_trial_seeds_do_not_depend_on_scheduling():
    """REP-01: a trial's seed depends on the study's seed and its number alone."""
    seeds = {}

    def objective(trial):
        seeds[trial.number] = trial.seed
        return 1.0

    tt.create_study(SPACE, seed=5).optimize(objective, 8, n_jobs=4, executor="thread")
    assert [seeds[i] for i in range(8)] == [t.seed for t in tt.create_study(SPACE, seed=5).ask(8)]
    assert len(set(seeds.values())) == 8


def test_random_search_hits_the_top_of_a_space_as_often_as_it_must():
    # Bergstra & Bengio (2012): 60 draws hit the best 5% with probability 1 - 0.95**60 = 0.954
    n, hits = 200, 0
    for seed in range(n):
        trials = tt.create_study(SPACE, sampler="random", seed=seed).ask(60)
        hits += min(t.config["x"] for t in trials) < 0.05
    expected = 1 - 0.95**60
    assert abs(hits / n - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
