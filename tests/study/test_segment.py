"""Trials that are paused and resumed, in real studies: nothing is trained twice, nothing is lost."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

import trimtab as tt

EPOCHS = tt.Fidelity("epoch", 1, 9)
SPACE = {"x": tt.Float(0, 1)}


def train(x, trial):
    """A run with a weight to carry on, which writes down every epoch that it trains."""
    folder = trial.checkpoint.folder
    weight = float((folder / "weight").read_text()) if folder else 0.0
    for epoch in trial.steps():
        weight += 1
        assert weight == epoch  # it goes on from where it was
        with open(os.environ["TRAINED"], "a") as log:
            log.write(f"{trial.number} {epoch}\n")
        trial.report(x + 1 / weight, epoch)
        with trial.checkpoint.save(epoch) as draft:
            (draft / "weight").write_text(str(weight))
    return x + 1 / weight


def dies_once(x, trial):
    """The same, but the worker of one trial is killed in its second segment."""
    mark = Path(os.environ["TRAINED"] + ".dead")
    # Of the best three at least two have paused there; the last to come to a stage may go straight on.
    if trial.checkpoint.step == 1 and not mark.exists():
        mark.write_text(str(trial.number))
        os.kill(os.getpid(), signal.SIGKILL)
    return train(x, trial)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    path = tmp_path / "trained.txt"
    path.touch()
    monkeypatch.setenv("TRAINED", str(path))
    return lambda: Counter(tuple(map(int, line.split())) for line in path.read_text().splitlines())


def check(study, trained, n_trials):
    """Every trial trained each of its epochs once."""
    furthest = {t.number: max(t.reports) for t in study.trials}
    assert len(furthest) == n_trials
    assert trained() == {(n, e): 1 for n, last in furthest.items() for e in range(1, last + 1)}
    assert all(sorted(t.reports) == list(range(1, furthest[t.number] + 1)) for t in study.trials)
    assert {t.state for t in study.trials} == {"paused", "complete"}
    assert all((t.state == "complete") == (furthest[t.number] == 9) for t in study.trials)
    assert "epoch" not in study.best_config


@pytest.mark.parametrize("scheduler", ["PromotingASHA", "Halving", "Hyperband"])
def test_promotion_goes_on_from_the_checkpoint(trained, scheduler):  # MFI-02
    study = tt.minimize(
        train, SPACE, 17, scheduler=scheduler, fidelity=EPOCHS, seed=0, progress=False
    )
    check(study, trained, 17)


def test_with_workers_of_which_one_is_killed(trained, tmp_path):
    study = tt.minimize(
        dies_once,
        SPACE,
        12,
        scheduler="halving",
        fidelity=EPOCHS,
        seed=0,
        n_jobs=2,
        storage=tmp_path / "s.db",
        progress=False,
    )
    assert Path(os.environ["TRAINED"] + ".dead").exists()
    check(study, trained, 12)


def test_a_study_goes_on_in_another_run(trained, tmp_path):
    path = tmp_path / "s.db"
    options = {"storage": path, "scheduler": "halving", "fidelity": EPOCHS, "seed": 0}
    tt.minimize(train, SPACE, 6, progress=False, **options)
    states = Counter(t.state for t in tt.load_study(storage=path).trials)
    # The stage of nine is not over, and no more come: two of six go on, and one of them to the end.
    assert states == {"paused": 5, "complete": 1}
    study = tt.minimize(train, SPACE, 9, progress=False, **options)
    check(study, trained, 9)
    # The stage of nine counts what those two measured at its levels: two new ones go on beside one of them.
    assert Counter(max(t.reports) for t in study.trials) == {1: 4, 3: 3, 9: 2}
    n_events = study.history.position
    tt.minimize(train, SPACE, 9, progress=False, **options)
    assert study.history.position == n_events  # nothing is left to do


def test_one_run_or_many_end_alike(trained, tmp_path):
    def record(storage, steps):
        study = tt.create_study(
            SPACE, storage=storage, scheduler="promotingasha", fidelity=EPOCHS, seed=4
        )
        for n in steps:
            study.optimize(train, n, progress=False)
        return {(t.number, *t.reports) for t in study.trials}

    assert record(tmp_path / "a.db", [12]) == record(tmp_path / "b.db", [12])


def test_ask_and_tell():
    study = tt.create_study(SPACE, scheduler="promotingasha", fidelity=EPOCHS, seed=0)
    for number in range(3):
        trial = study.ask()
        assert (trial.number, trial.budget) == (number, 1)
        trial.report(trial.config["x"], 1)
        assert trial.should_prune() is True
        study.tell(trial, state="paused")
    best = min(study.trials, key=lambda t: t.config["x"]).number
    trial = study.ask()
    assert (trial.number, trial.budget, trial.attempt) == (best, 3, 1)
    with pytest.raises(tt.NothingYet):
        _ = study.best


def test_results_with_less_than_the_full_budget_are_never_the_best():  # MFI-01
    def misleading(x, budget):
        return -100.0 if budget < 9 else x

    study = tt.minimize(
        misleading, SPACE, 9, scheduler="halving", fidelity=EPOCHS, seed=0, progress=False
    )
    assert study.best.value >= 0
    assert 9 in study.best.reports


def test_several_objectives_define_by_run(trained):
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for epoch in trial.steps():
            trial.report([x + 1 / epoch, 1 - x + (trial.number % 2)], epoch)
        return x, 1 - x + (trial.number % 2)

    study = tt.minimize(
        objective,
        n_trials=18,
        direction=["min", "min"],
        sampler="random",
        scheduler="promotingasha",
        fidelity=EPOCHS,
        seed=0,
        progress=False,
    )
    assert study.best_trials
    assert {t.number % 2 for t in study.best_trials} == {0}


def test_a_scheduler_without_a_largest_budget_is_refused_at_once():
    with pytest.raises(tt.Unsupported, match="largest budget"):
        tt.create_study(SPACE, scheduler="hyperband")


@pytest.mark.parametrize("bounds", [(0, 9), (9, 1), (0.1, 1.0), (1, True)])
def test_fidelities_are_whole_numbers(bounds):
    with pytest.raises(tt.InvalidArgument, match="Fidelity"):
        tt.Fidelity("data", *bounds)
    with pytest.raises(tt.InvalidArgument, match="fidelity="):
        tt.create_study(SPACE, fidelity=bounds)


def test_checkpoints_lie_beside_the_file_and_those_of_lost_trials_go(trained, tmp_path):
    def prunes(x, trial):
        with trial.checkpoint.save(1):
            pass
        if trial.number:
            raise tt.TrialPruned
        return x

    tt.minimize(prunes, SPACE, 3, storage=tmp_path / "s.db", seed=0, progress=False)
    folder = tmp_path / "s.db.checkpoints" / "1"
    assert [p.name for p in folder.iterdir()] == ["0"]
