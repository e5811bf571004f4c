"""A trial that was asked for keeps its lease for as long as its study is held."""

import gc
import threading
import time

import trimtab as tt
from trimtab.study import heartbeat


def test_an_asked_trial_is_renewed_until_the_study_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 0.02)
    journal = tt.SQLite(tmp_path / "s.db", ttl=0.3)
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=journal, study_name="s", seed=0)
    trial = study.ask()
    time.sleep(0.8)  # far beyond the lease, were nobody to renew it
    claim = study.ledger.claims[trial.number]
    assert journal.renew([claim]) == []
    study.tell(trial, 1.0)
    assert study.best.value == 1.0
    thread = study.ledger._heartbeat._thread
    assert thread in threading.enumerate()
    del study, trial
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_memory_needs_none():
    study = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    study.tell(study.ask(), 1.0)
    assert study.ledger._heartbeat._thread is None
