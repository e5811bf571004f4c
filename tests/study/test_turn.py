"""A worker that has a result and wants another trial makes one transaction of both, where it may.

How trials that take no time share one is in `test_parcel`; here each has its own.
"""

from collections import Counter

import pytest

import trimtab as tt
from trimtab.core.event import Asked, Settled
from trimtab.storage.sqlite import SQLite
from trimtab.study import parcel

SPACE = {"x": tt.Float(0.0, 1.0), "y": tt.Float(0.0, 1.0)}
WRITES = ("ask", "tell", "turn", "release", "report")


@pytest.fixture(autouse=True)
def each_alone(monkeypatch) -> None:
    monkeypatch.setattr(parcel, "MOST", 0)


def counted(study) -> Counter:
    """How often each verb that writes is called from now on."""
    journal, calls = study.ledger.journal, Counter()

    def count(name, real):
        def call(*args, **more):
            calls[name] += 1
            return real(*args, **more)

        return call

    for name in WRITES:
        setattr(journal, name, count(name, getattr(journal, name)))
    return calls


def made(tmp_path, sampler="random", name="study.db", **more):
    return tt.create_study(SPACE, storage=SQLite(tmp_path / name), seed=3, sampler=sampler, **more)


def codes(study) -> list:
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    return [e.codes for e in events if isinstance(e, Asked)]


def loss(x, y):
    return x + y


@pytest.mark.parametrize("how", [{}, {"n_jobs": 2, "executor": "thread"}])
def test_a_trial_costs_one_transaction(tmp_path, how):
    study = made(tmp_path)
    calls = counted(study)
    study.optimize(loss, 20, progress=False, **how)
    assert [str(t.state) for t in study.trials] == ["complete"] * 20
    assert calls["ask"] == 1 and calls["turn"] + calls["ask"] == sum(calls.values())
    assert calls["turn"] == 20 or (how and calls["turn"] < 20)  # two that end at once share one


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_the_trials_are_those_that_are_asked_for_one_by_one(tmp_path, sampler):
    study, plain = made(tmp_path, sampler), made(tmp_path, sampler, "plain.db")
    study.optimize(loss, 12, progress=False)
    for _ in range(12):
        trial = plain.ask()
        plain.tell(trial, loss(**trial.config))
    assert codes(study) == codes(plain)
    assert [t.value for t in study.trials] == [t.value for t in plain.trials]


def test_workers_beside_each_other_make_the_trials_that_one_makes(tmp_path):
    """However the workers interleave, a sequence has each of its rows once, in order."""
    study, alone = made(tmp_path, "sobol"), made(tmp_path, "sobol", "alone.db")
    other = tt.load_study(storage=SQLite(tmp_path / "study.db"))
    turns = iter(range(100))

    def busy(x, y):
        for _ in range((0, 1, 3, 9)[next(turns) % 4]):
            trial = other.ask()
            other.tell(trial, loss(**trial.config))
        return loss(x, y)

    calls = counted(study)
    study.optimize(busy, 20, progress=False)
    n = len(study.trials)
    alone.optimize(loss, n, progress=False)
    assert codes(study) == codes(alone)
    assert (
        calls["turn"] == 20 and calls["ask"] < 8
    )  # the others are foreseen, after the first times


def test_a_study_that_somebody_enqueues_into_takes_that_first(tmp_path):
    study = made(tmp_path)
    other = tt.load_study(storage=SQLite(tmp_path / "study.db"))

    def enqueues(x, y):
        if x != 0.25:
            other.enqueue({"x": 0.25, "y": 0.5})
        return loss(x, y)

    study.optimize(enqueues, 6, progress=False)
    assert [t.config["x"] == 0.25 for t in study.trials] == [False, True] * 3
    assert {str(t.state) for t in study.trials} == {"complete"}


@pytest.mark.parametrize("watched", ["callback", "terminator", "adaptive", "scheduler"])
def test_what_looks_at_results_looks_before_the_next_trial_is_taken(tmp_path, watched):
    sampler = "tpe" if watched == "adaptive" else "random"
    how = (
        {"scheduler": "hyperband", "fidelity": tt.Fidelity("epoch", 1, 9)}
        if watched == "scheduler"
        else {}
    )
    study = made(tmp_path, sampler, **how)
    calls = counted(study)
    options = {
        "callback": {"callbacks": lambda study, trial: trial.number == 4 and study.stop()},
        "terminator": {"terminator": tt.NTrials(5)},
    }.get(watched, {})
    study.optimize(loss, 5 if not options else 50, progress=False, **options)
    assert len(study.trials) == 5 and calls["turn"] == 0
    assert {str(t.state) for t in study.trials} <= {"complete", "paused"}


def test_an_interrupted_run_leaves_nothing_running(tmp_path):
    study = made(tmp_path)

    def loss_of_four(x, y, trial):
        if trial.number == 4:
            raise KeyboardInterrupt
        return loss(x, y)

    with pytest.raises(KeyboardInterrupt):
        study.optimize(lambda x, y, trial: loss_of_four(x, y, trial), 9, progress=False)
    states = [str(t.state) for t in study.trials]
    assert states == ["complete"] * 4 + ["waiting"]


def test_a_result_that_another_worker_was_given_is_kept_as_late(tmp_path):
    study = made(tmp_path)
    journal = study.ledger.journal

    def robbed(x, y, trial):
        if trial.number == 1 and trial.attempt == 1:
            journal.release(journal.claim_of(study.ledger.id, 1), "silent")
            [claim] = journal.ask(study.ledger.id, [], request="thief")
            assert claim.token == 2
        return loss(x, y)

    study.optimize(robbed, 4, progress=False)
    assert study.history.n_late == 1
    assert [str(t.state) for t in study.trials].count("complete") == 3


def test_the_last_trials_of_a_shared_number_are_not_passed(tmp_path):
    study = made(tmp_path)
    study.run(loss, 7, progress=False)
    study.run(loss, 7, progress=False)
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    assert sum(isinstance(e, Settled) for e in events) == len(study.trials) == 7


def test_a_grid_ends_as_it_should(tmp_path):
    grid = {"x": tt.Categorical(["a", "b", "c"])}
    study = tt.create_study(grid, storage=SQLite(tmp_path / "grid.db"), sampler="grid", seed=1)
    study.optimize(lambda x: ord(x), progress=False)
    assert sorted(t.config["x"] for t in study.trials) == ["a", "b", "c"]
    assert {str(t.state) for t in study.trials} == {"complete"}
