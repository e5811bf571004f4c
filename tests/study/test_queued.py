"""Configurations that are queued with a priority, in every kind of study and storage."""

import threading
import uuid

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, SpaceError

SPACE = {"x": tt.Int(0, 99), "lr": tt.Float(1e-3, 1, log=True)}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").url(f"queued_{uuid.uuid4().hex[:12]}")
    return tt.Memory() if request.param == "memory" else str(tmp_path / "s.db")


def test_they_run_by_priority_after_those_without_one(storage):
    """MEM-08: (1, 3, 3, 2) run second, third, fourth, first; a restart forgets none."""
    study = tt.create_study(SPACE, storage=storage, seed=1)
    for x, priority in enumerate((1, 3, 3, 2)):
        assert study.enqueue({"x": x}, priority=priority) == []
    assert study.enqueue([{"x": 10}, {"x": 11}]) == [0, 1]
    study.optimize(lambda c: c["x"], 4, progress=False)
    again = tt.load_study(storage=storage)
    assert len(again.history.queue) == 2
    again.optimize(lambda c: c["x"], 3, progress=False)
    xs = [t.config["x"] for t in again.trials]
    assert xs[:6] == [10, 11, 1, 2, 3, 0]
    assert len(xs) == 7 and not again.history.queue
    assert all(1e-3 <= t.config["lr"] <= 1 for t in again.trials)
    assert all(t.started > 0 for t in again.trials)


def test_several_workers_take_each_once(storage):
    study = tt.create_study(SPACE, storage=storage, seed=1, study_name="s")
    study.enqueue([{"x": x} for x in range(30)], priority=0.5)

    def run():
        mine = tt.load_study(storage=storage, study_name="s")
        tt.work(mine, lambda c: c["x"], 30, progress=False)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(t.config["x"] for t in study.trials) == list(range(30))


def test_an_objective_that_chooses_as_it_goes_is_given_them():
    study = tt.create_study(seed=1)
    study.enqueue({"x": 7}, priority=1)
    study.enqueue({"x": 8}, priority=2)
    study.optimize(lambda trial: trial.suggest_int("x", 0, 9), 3, progress=False)
    assert [t.value for t in study.trials][:2] == [8, 7]


def test_they_come_before_a_design_and_before_what_a_scheduler_promotes():
    study = tt.create_study(
        {"x": [1, 2, 3]},
        sampler="grid",
        scheduler="promoting_asha",
        fidelity=tt.Fidelity("e", 1, 9),
    )
    study.enqueue({"x": 3}, priority=1)

    def objective(trial):
        for step in trial.steps():
            trial.report(trial.config["x"], step)
        return trial.config["x"]

    study.optimize(objective, 3, progress=False)
    assert study.trials[0].config["x"] == 3


def test_many_at_once_and_asked_by_hand():
    study = tt.create_study(SPACE, seed=1)
    study.enqueue([{"x": 1}, {"x": 2}, {"x": 3}], priority=1)
    study.enqueue({"x": 4}, priority=2)
    assert [t.config["x"] for t in study.ask(2)] == [4, 1]
    assert [t.config["x"] for t in study.ask(2)] == [2, 3]
    assert study.ask().number == 4


@pytest.mark.parametrize("priority", ["high", True, float("nan"), float("inf"), 10**400])
def test_a_priority_is_a_finite_number(priority):
    study = tt.create_study(SPACE, seed=1)
    with pytest.raises(InvalidArgument, match="priority="):
        study.enqueue({"x": 1}, priority=priority)


def test_a_value_outside_the_space_is_refused_at_once():
    study = tt.create_study(SPACE, seed=1)
    with pytest.raises(SpaceError, match="x"):
        study.enqueue([{"x": 1}, {"x": 100}], priority=1)
    assert not study.history.queue


def test_who_comes_too_late_for_what_waited_gets_another(storage, monkeypatch):
    study = tt.create_study(SPACE, storage=storage, seed=1, study_name="s", sampler="random")
    other = study if isinstance(storage, tt.Memory) else tt.load_study(storage=storage)
    study.enqueue({"x": 1})
    study.ledger.sync()
    journal, ask, taken = study.ledger.journal, study.ledger.journal.ask, []

    def overtaken(*args, **more):
        monkeypatch.undo()
        taken.append(other.ask())
        return ask(*args, **more)

    monkeypatch.setattr(journal, "ask", overtaken)
    assert study.ask().number == 1
    assert taken[0].number == 0 and taken[0].config["x"] == 1
