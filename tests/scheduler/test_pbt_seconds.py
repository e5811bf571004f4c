"""Population based training whose interval is a time: the budget counts seconds of training."""

import json

import trimtab as tt

SECONDS = 120
LOOKS = []  # (trial, second) at which an objective was told to make room


def train(trial):
    """Epochs of `pace` seconds, by a clock that goes on from the checkpoint."""
    saved, pace = trial.checkpoint.folder, trial.config["pace"]
    clock = json.loads((saved / "clock").read_text()) if saved else 0
    while clock < SECONDS:
        clock = min(clock + pace, SECONDS)
        trial.report(abs(pace - 7) + 1 / clock, clock)
        with trial.checkpoint.save(clock) as folder:
            (folder / "clock").write_text(json.dumps(clock))
        if trial.should_prune():
            LOOKS.append((trial.number, clock))
            break
    return abs(pace - 7) + 1 / clock


def test_an_interval_of_thirty_seconds():
    """PBT-04: who trains quick epochs and who slow ones look up at the first report after 30, 60, 90."""
    LOOKS.clear()
    study = tt.create_study(
        {"pace": tt.Int(3, 13)},
        scheduler=tt.scheduler.PBT(population=4, interval=30),
        fidelity=tt.Fidelity("second", 1, SECONDS),
        seed=0,
    )
    study.enqueue([{"pace": pace} for pace in (3, 7, 11, 13)])
    study.optimize(train, progress=False)
    first = {n: [s for number, s in LOOKS if number == n] for n in range(4)}
    due = {3: [30, 60, 90], 7: [35, 63, 91], 11: [33, 66, 99], 13: [39, 65, 91]}
    for number, pace in enumerate((3, 7, 11, 13)):
        looks = first[number]
        assert looks and looks == due[pace][: len(looks)]
    assert any(len(first[n]) == 3 for n in range(4))
    children = [t for t in study.trials if t.origin is not None]
    assert children
    for child in children:  # a child goes on from its parent's second
        parent, second = child.origin
        assert second in study.trials[parent].reports
        assert min(child.reports) == min(second + child.config["pace"], SECONDS)
    assert study.best.reports.keys() >= {SECONDS}
