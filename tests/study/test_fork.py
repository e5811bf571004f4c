"""A trial that the journal knows has the checkpoint that it goes on from, whoever dies when."""

import signal
import subprocess
import sys

import pytest

import trimtab as tt

RUN = """
import json, os, signal, sys
import trimtab as tt
import trimtab.study.ledger as ledger
from trimtab.study.fork import placed

folder, where = sys.argv[1:]

def train(x, trial):
    epochs = 0
    if trial.checkpoint.folder:
        epochs = json.loads((trial.checkpoint.folder / "state").read_text())
    with open(os.path.join(folder, "log"), "a") as log:
        log.write(f"{trial.number} {trial.checkpoint.step} {epochs}\\n")
    for epoch in trial.steps():
        epochs += 1
        trial.report(x, epoch)
        if epoch % 5 == 0:
            with trial.checkpoint.save(epoch) as place:
                (place / "state").write_text(json.dumps(epochs))
    return x

def dies(*args):
    if where == "after":
        placed(*args)
    os.kill(os.getpid(), signal.SIGKILL)

if where != "nowhere":
    ledger.placed = dies
study = tt.create_study({"x": tt.Float(0, 1)}, scheduler=tt.scheduler.PBT(4, 5), seed=1,
                        fidelity=tt.Fidelity("epoch", 1, 15), load_if_exists=True, study_name="s",
                        storage=os.path.join(folder, "study.db"))
study.optimize(train, progress=False)
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_kill_around_the_renaming_leaves_the_child_its_checkpoint(tmp_path, where):
    """PBT-08: kill -9 after the journal has the child, before or after its checkpoint is in place."""
    (tmp_path / "run.py").write_text(RUN)
    call = [sys.executable, tmp_path / "run.py", str(tmp_path)]
    assert subprocess.run([*call, where], timeout=60).returncode == -signal.SIGKILL
    assert subprocess.run([*call, "nowhere"], timeout=60).returncode == 0
    study = tt.load_study(storage=tmp_path / "study.db")
    started = [
        tuple(map(int, line.split())) for line in (tmp_path / "log").read_text().splitlines()
    ]
    origins = {t.number: t.origin[1] for t in study.trials if t.origin is not None}
    assert origins and all(step > 0 for step in origins.values())
    for number, step, epochs in started:
        assert step == epochs >= origins.get(number, 0)
    folders = {path.name for path in (tmp_path / "study.db.checkpoints" / "1").iterdir()}
    states = {t.number: str(t.state) for t in study.trials}
    assert folders == {str(n) for n, state in states.items() if state == "complete"}
    assert len(folders) == 4
