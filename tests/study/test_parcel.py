"""Short trials share transactions: their results are told together, and the next ones taken along."""

import threading
import time
from collections import Counter

import pytest

import trimtab as tt
from trimtab.core.event import Asked, Late, Released, Settled
from trimtab.errors import StorageBusy
from trimtab.storage.memory import Memory
from trimtab.storage.sqlite import SQLite
from trimtab.study import parcel
from trimtab.study.parcel import MOST, SPAN, Pace
from trimtab.study.progress import Quiet

SPACE = {"x": tt.Float(0.0, 1.0), "y": tt.Float(0.0, 1.0)}


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """All trials count as short, and no result has waited for too long, however slow the machine is."""
    monkeypatch.setattr(parcel, "SPAN", 60.0)
    monkeypatch.setattr(parcel, "LONG", 60.0)


def made(tmp_path, sampler="random", name="study.db", **more):
    return tt.create_study(SPACE, storage=SQLite(tmp_path / name), seed=3, sampler=sampler, **more)


def events(study, *kinds) -> list:
    found = study.ledger.journal.read_since(study.ledger.id, 0)
    return [event for event in found if isinstance(event, kinds)]


def turns(study) -> list[int]:
    """How many results each turn tells, from now on."""
    journal, sizes = study.ledger.journal, []
    real = journal.turn

    def turn(told, *args, **more):
        sizes.append(len(told))
        return real(told, *args, **more)

    journal.turn = turn
    return sizes


def states(study) -> dict[str, int]:
    return dict(Counter(str(t.state) for t in study.trials))


def loss(x, y):
    return x + y


def test_the_pace_is_slow_at_first_and_falls_with_a_long_trial(monkeypatch):
    monkeypatch.setattr(parcel, "SPAN", SPAN)
    pace, seen = Pace(), []
    for seconds in (0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 0.0):
        pace.saw(seconds)
        seen.append(pace.n)
    assert seen == [1, 3, 7, MOST, MOST, 0, 0]
    for seconds, n in ((SPAN / 4, 4), (SPAN, 1), (2 * SPAN, 0), (None, 1)):
        pace = Pace()
        for _ in range(60):
            pace.saw(seconds)
        assert pace.n == n


@pytest.mark.parametrize("how", [{}, {"n_jobs": 3, "executor": "thread"}])
def test_short_trials_share_transactions(tmp_path, how):
    study = made(tmp_path)
    sizes = turns(study)
    study.optimize(loss, 60, progress=False, **how)
    assert states(study) == {"complete": 60} and sum(sizes) == 60
    if not how:
        assert sizes == [1, 2, 8, 16, 16, 16, 1]
    assert len(sizes) < 30
    settled = [event.number for event in events(study, Settled)]
    assert sorted(settled) == list(range(60))


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_the_trials_are_those_of_a_study_that_is_told_one_by_one(tmp_path, sampler):
    study, plain = made(tmp_path, sampler), made(tmp_path, sampler, "plain.db")
    study.optimize(loss, 40, progress=False)
    for _ in range(40):
        trial = plain.ask()
        plain.tell(trial, loss(**trial.config))
    assert [e.codes for e in events(study, Asked)] == [e.codes for e in events(plain, Asked)]
    assert [t.value for t in study.trials] == [t.value for t in plain.trials]


def test_two_workers_share_a_number_of_trials(tmp_path):
    study, alone = made(tmp_path, "sobol"), made(tmp_path, "sobol", "alone.db")
    other = tt.load_study(storage=SQLite(tmp_path / "study.db"))
    beside = threading.Thread(target=other.run, args=(loss, 150), kwargs={"progress": False})
    beside.start()
    study.run(loss, 150, progress=False)
    beside.join(60)
    alone.run(loss, 150, progress=False)
    assert [e.codes for e in events(study, Asked)] == [e.codes for e in events(alone, Asked)]
    assert states(study) == {"complete": 150}
    assert max(Counter(e.number for e in events(study, Settled)).values()) == 1


def test_a_result_does_not_wait_for_a_long_trial(tmp_path, monkeypatch):
    """P1: what was measured is durable soon, and what was taken along is free for others."""
    study = made(tmp_path)
    other = tt.load_study(storage=SQLite(tmp_path / "study.db"))
    found = {}

    def busy(x, y, trial):
        if trial.number == 20:
            monkeypatch.setattr(parcel, "SPAN", 0.0)
            monkeypatch.setattr(parcel, "LONG", 0.0)
            until = time.monotonic() + 20
            while time.monotonic() < until and found.get("running") != 1:  # put back one by one
                time.sleep(0.02)
                other.ledger.sync()
                found.update(states(other))
            found["next"] = other.ask().number
        return loss(x, y)

    study.optimize(busy, 40, progress=False)
    assert found["complete"] == 20 and found["running"] == 1 and found["next"] == 21
    assert found["waiting"] >= 5
    assert states(study) == {"complete": 40, "running": 1}  # that one is the other's
    assert [e.reason for e in events(study, Released)][:1] == ["another trial took long"]


@pytest.mark.parametrize("end", ["stop", "interrupt", "error"])
def test_a_run_that_is_cut_short_tells_all_results_and_runs_nothing_more(tmp_path, end):
    study = made(tmp_path)

    def ends(x, y, trial):
        if trial.number == 20:
            if end == "interrupt":
                raise KeyboardInterrupt
            if end == "error":
                raise RuntimeError("no")
            study.stop()
        assert trial.number <= 20
        return loss(x, y)

    if end == "stop":
        study.optimize(ends, 60, progress=False)
    else:
        with pytest.raises(KeyboardInterrupt if end == "interrupt" else RuntimeError):
            study.optimize(ends, 60, catch=(), progress=False)
    found = states(study)
    assert found["complete"] == 20 + (end == "stop") and found.get("failed", 0) == (end == "error")
    assert set(found) <= {"complete", "failed", "waiting"}
    study.run(loss, len(study.trials) + 3, progress=False)  # what waits runs first, and all is well
    assert states(study).get("waiting", 0) == 0


def test_a_result_that_cannot_be_written_fails_alone(tmp_path):
    study = made(tmp_path)

    def odd(x, y, trial):
        trial.set_user_attr("odd", "x" * 2**21 if trial.number == 9 else 1)
        return loss(x, y)

    study.optimize(odd, 20, progress=False)
    assert states(study) == {"complete": 19, "failed": 1}
    assert "InvalidArgument" in study.trials[9].reason
    assert {t.user_attrs.get("odd") for t in study.trials} == {1, None}


def test_a_result_of_another_workers_trial_is_late_and_the_others_count(tmp_path):
    """P7: one of many was given to another worker meanwhile."""
    study = made(tmp_path)
    journal, id = study.ledger.journal, study.ledger.id

    def robbed(x, y, trial):
        if trial.number == 20 and trial.attempt == 1:
            journal.release(journal.claim_of(id, 20), "silent")
            [claim] = journal.ask(id, [], request="thief")
            assert claim.number == 20
        return loss(x, y)

    study.optimize(robbed, 40, progress=False)
    assert [e.number for e in events(study, Late)] == [20]
    assert states(study)["complete"] == 39 and study.trials[20].state == "running"


def test_where_the_storage_fails_the_run_ends_and_nothing_stays_running(tmp_path):
    """P18: the first error is the one that the user sees; what is held is tried once more at the end."""
    study = made(tmp_path)
    journal, calls = study.ledger.journal, iter(range(100))
    real = journal.turn

    def turn(told, *args, **more):
        if next(calls) == 3:
            raise StorageBusy("the disk sleeps")
        return real(told, *args, **more)

    journal.turn = turn
    with pytest.raises(StorageBusy, match="sleeps"):
        study.optimize(loss, 60, progress=False)
    assert states(study) == {"complete": 27}
    journal.turn = lambda *args, **more: (_ for _ in ()).throw(StorageBusy("for good"))
    with pytest.raises(StorageBusy, match="for good"):
        study.optimize(loss, 1, progress=False)
    assert states(study) == {"complete": 27, "waiting": 1}  # put back: it can be run again


def test_in_memory_each_result_is_told_at_once():
    study = tt.create_study(SPACE, storage=Memory(), seed=1, sampler="random")
    seen = []
    study.optimize(lambda x, y: seen.append(study.history.n_finished) or 1.0, 20, progress=False)
    assert seen == list(range(20))


def test_a_display_sees_every_trial(tmp_path):
    study, seen = made(tmp_path), []

    class Display(Quiet):
        def ended(self, history, record):
            seen.append((record.number, record.value))

    study.optimize(loss, 30, progress=Display())
    assert seen == [(t.number, t.value) for t in study.trials]


@pytest.mark.parametrize("slow", ["storage", "trials"])
def test_the_run_gets_all_of_its_trials_however_often_they_are_put_back(
    tmp_path, monkeypatch, slow
):
    monkeypatch.setattr(parcel, "EVERY", 0.001)
    monkeypatch.setattr(parcel, "LONG", 0.0 if slow == "trials" else 0.02)
    study = made(tmp_path)
    real = study.ledger.journal.turn

    def turn(*args, **more):
        time.sleep(0.05)
        return real(*args, **more)

    if slow == "storage":
        study.ledger.journal.turn = turn

    def waits(x, y):
        time.sleep(0.002 if slow == "trials" else 0.0)
        return loss(x, y)

    n = 15 if slow == "trials" else 60
    study.optimize(waits, n, progress=False)
    assert states(study) == {"complete": n}
    assert bool(events(study, Released)) or slow == "storage"
