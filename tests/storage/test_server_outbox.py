"""P10: a result that was finished while the server was away is told by the next worker, once."""

import uuid

import pytest

import trimtab as tt
from postgres import Server
from trimtab.core.event import Late, Settled
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import StorageBusy
from trimtab.storage.server import PostgreSQL

SPACE = {"x": tt.Float(0.0, 1.0)}


@pytest.fixture(scope="module")
def own():
    server = Server()
    yield server
    server.remove()


@pytest.fixture
def box(tmp_path, monkeypatch):
    """The folder of everything that is kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "trimtab" / "outbox"


def kept(box) -> list:
    return sorted(box.glob("*/*"))


def away(own, url, finish) -> None:
    """A worker whose trial ends while the server is away, for longer than it waits."""
    study = tt.load_study(storage=PostgreSQL(url, patience=0.1))
    trial = study.ask()
    trial.report(0.75, 1)
    own.stop()
    try:
        for _ in range(2):  # who tries again keeps one result, not two
            with pytest.raises(StorageBusy):
                finish(study, trial)
    finally:
        own.start()
    study.ledger.claims.clear()  # the worker is gone
    study.ledger.journal.close()


def made(own) -> tuple[str, object]:
    url = own.url(f"outbox_{uuid.uuid4().hex[:12]}")
    return url, tt.create_study(SPACE, storage=url, seed=1, sampler="random")


def results(study) -> list:
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    return [(e.number, e.values) for e in events if isinstance(e, Settled | Late)]


def in_a_turn(study, trial) -> None:
    outcome = Outcome(TrialState.COMPLETE, (0.5,))
    study.ledger.turn([(trial.number, outcome, trial.drain())], None)


@pytest.mark.parametrize("finish", [lambda study, trial: study.tell(trial, 0.5), in_a_turn])
def test_the_next_worker_tells_it(own, box, finish):
    url, study = made(own)
    away(own, url, finish)
    [file] = kept(box)
    assert file.name == "0-1.json" and file.parent.stat().st_mode & 0o077 == 0
    again = tt.load_study(storage=url)
    again.optimize(lambda x: 1.0, 2, progress=False)
    assert again.trials[0].value == 0.5 and again.trials[0].reports == {1: (0.75,)}
    assert len(again.trials) == 3 and kept(box) == []
    again.optimize(lambda x: 1.0, 1, progress=False)
    assert results(again) == [(0, (0.5,)), (1, (1.0,)), (2, (1.0,)), (3, (1.0,))]
    assert study.best_value == 0.5


def test_where_another_worker_has_the_trial_it_is_a_late_one(own, box):
    url, study = made(own)
    away(own, url, lambda study, trial: study.tell(trial, 0.5))
    journal = study.ledger.journal
    journal.release(journal.claim_of(study.ledger.id, 0), "silent")
    [claim] = journal.ask(study.ledger.id, [], request="other")
    again = tt.load_study(storage=url)
    for _ in range(2):
        again.ledger.reap()
    journal.tell(claim, Outcome(TrialState.COMPLETE, (0.25,)), request="t")
    assert results(again) == [(0, (0.5,)), (0, (0.25,))]
    assert again.best_value == 0.25 and again.history.n_late == 1 and kept(box) == []


def test_a_result_that_had_arrived_counts_once(own, box):
    url, _ = made(own)
    away(own, url, lambda study, trial: study.tell(trial, 0.5))
    [file] = kept(box)
    text = file.read_text()
    again = tt.load_study(storage=url)
    again.ledger.reap()
    file.write_text(text)  # as if its worker had been killed before it could delete the file
    again.ledger.reap()
    assert results(again) == [(0, (0.5,))] and kept(box) == []


def test_a_damaged_file_is_put_aside(own, box):
    url, _ = made(own)
    away(own, url, lambda study, trial: study.tell(trial, 0.5))
    [file] = kept(box)
    file.write_text(file.read_text().replace("0.5", "0.4"))
    again = tt.load_study(storage=url)
    again.ledger.reap()
    assert results(again) == [] and [f.suffix for f in kept(box)] == [".damaged"]
