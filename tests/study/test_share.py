"""Many workers on one study, with no driver."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument
from trimtab.study.share import work

SPACE = {"x": tt.Float(0, 1)}


def loss(x):
    time.sleep(0.002)
    return (x - 0.3) ** 2


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "study.db")
    return request.getfixturevalue("postgres").url(f"share_{tmp_path.name[-20:].lower()}")


def share(storage, n_workers, n_trials, **options):
    """That many workers in threads, each with a study object of its own; what each of them ran."""
    ran: list[int] = []

    def one() -> None:
        study = tt.load_study(storage=storage)
        ran.append(work(study, loss, n_trials, poll=0.05, progress=False, **options))
        study.ledger.journal.close()

    threads = [threading.Thread(target=one) for _ in range(n_workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ran


def test_two_workers_share_one_number_of_trials(storage):
    """PAR-09: two concurrent agents with a shared count of 50 run 50 in total."""
    made = tt.create_study(SPACE, storage=storage, seed=1)
    ran = share(storage, 2, 50)
    assert sum(ran) == 50 and min(ran) >= 1
    states = Counter(str(t.state) for t in made.trials)
    assert states == {"complete": 50}
    assert len({t.config["x"] for t in made.trials}) == 50
    assert work(made, loss, 50, progress=False) == 0  # nothing is left to do
    made.ledger.journal.close()


def test_samplers_that_wait_for_the_others_do_not_end_a_worker(tmp_path):
    storage = str(tmp_path / "study.db")
    study = tt.create_study(SPACE, storage=storage, seed=1, sampler="NelderMead")
    ran = share(storage, 3, 20)
    assert sum(ran) == 20
    assert study.history.n_finished == 20


def test_a_worker_waits_for_the_last_trial_and_takes_it_over(storage):
    """PAR-06: what a dead worker leaves behind is run by another one, before it goes home."""
    study = tt.create_study(SPACE, storage=storage, seed=1)
    study.ask(lease=0.5)  # somebody who will not come back
    begun = time.monotonic()
    ran = work(study, loss, 4, poll=0.05, progress=False)
    assert ran == 4
    assert time.monotonic() - begun >= 0.4
    assert study.history.n_finished == 4
    study.ledger.journal.close()


def test_a_timeout_holds_for_the_whole_call(tmp_path):
    study = tt.create_study(SPACE, storage=str(tmp_path / "study.db"), seed=1)
    study.ask(lease=3600)
    begun = time.monotonic()
    assert work(study, loss, 2, poll=0.05, timeout=0.3, progress=False) == 1
    assert 0.2 < time.monotonic() - begun < 20


def test_a_finite_design_ends_before_its_number(tmp_path):
    study = tt.create_study({"k": tt.Int(1, 3)}, storage=str(tmp_path / "s.db"), sampler="Grid")
    assert work(study, lambda k: float(k), 10, poll=0.01, progress=False) == 3


@pytest.mark.parametrize("n", [0, -1, 1.5, True, None])
def test_bad_numbers_are_refused(tmp_path, n):
    study = tt.create_study(SPACE)
    with pytest.raises(InvalidArgument, match="n_trials="):
        work(study, loss, n)
