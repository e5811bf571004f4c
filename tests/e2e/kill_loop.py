"""Kill -9 a two-worker run at random moments, start it again, and see whether anything was lost.

    .venv/bin/python tests/e2e/kill_loop.py --kills 50

The run appends each result to an fsynced file the moment it is told that the result is durable. After
every kill and restart: each acknowledged result is in the study with that value, none is there twice,
and none is still running that should not be. At the end the study is complete and its numbers dense.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

RUN = """
import os, sys, time
import trimtab as tt

folder, total = sys.argv[1], int(sys.argv[2])
acks = os.open(os.path.join(folder, "acks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def loss(x, k):
    time.sleep(0.01)
    return (x - 0.3) ** 2 + k

def acknowledged(study, trial):
    os.write(acks, f"{trial.number} {trial.value!r}\\n".encode())
    os.fsync(acks)

space = {"x": tt.Float(0, 1), "k": tt.Int(0, 9)}
tt.minimize(loss, space, n_trials=total, n_jobs=2, sampler="random", seed=1,
            storage=os.path.join(folder, "study.db"),
            callbacks=[acknowledged], progress=False)
print("complete", flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument(
        "--trials", type=int, default=0, help="trials in all; default: 100 for each kill"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = kill_loop(Path(folder), args.kills, args.trials or 100 * args.kills, args.seed)
    print(json.dumps(found))


def kill_loop(folder: Path, n_kills: int, n_trials: int, seed: int) -> dict[str, int]:
    """Run, kill and check; returns counts. Raises AssertionError at the first broken promise."""
    script = folder / "run.py"
    script.write_text(RUN)
    rng = random.Random(seed)
    killed = 0
    while killed < n_kills:
        process = start(script, folder, n_trials)
        time.sleep(rng.uniform(0.05, 2.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        assert process.returncode in (0, -signal.SIGKILL), process.returncode
        check(folder, is_over=False)
        if process.returncode == 0:
            break
    n_acks = check(folder, is_over=False)["acknowledged"]
    process = start(script, folder, n_trials)
    assert process.wait(timeout=600) == 0
    counts = check(folder, is_over=True)
    assert counts["finished"] == n_trials, counts
    return {"kills": killed, "acknowledged_before_the_last_run": n_acks, **counts}


def start(script: Path, folder: Path, n_trials: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(script), str(folder), str(n_trials)]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)


def check(folder: Path, is_over: bool) -> dict[str, int]:
    import trimtab as tt
    from trimtab.core.event import Settled

    if not (folder / "study.db").exists():
        return {"acknowledged": 0, "finished": 0}
    try:
        study = tt.load_study(storage=folder / "study.db", study_name="study")
    except tt.StudyNotFound:
        return {"acknowledged": 0, "finished": 0}
    acks = acknowledgements(folder / "acks")
    trials = {t.number: t for t in study.trials}
    for number, value in acks:
        assert trials[number].state == "complete", (
            f"trial {number} was acknowledged, is {trials[number].state}"
        )
        assert trials[number].value == value, (
            f"trial {number}: {trials[number].value} is not {value}"
        )
    assert max(Counter(number for number, _ in acks).values(), default=1) == 1, "acknowledged twice"
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    settled = Counter(e.number for e in events if isinstance(e, Settled))
    assert max(settled.values(), default=1) == 1, "a trial was settled twice"
    assert sorted(trials) == list(range(len(trials))), "numbers are not dense"
    states = Counter(str(t.state) for t in study.trials)
    if is_over:
        assert states["running"] == states["waiting"] == 0, states
    return {"acknowledged": len(acks), "finished": sum(settled.values()), "trials": len(trials)}


def acknowledgements(path: Path) -> list[tuple[int, float]]:
    """The lines that were written whole; a kill may tear the last one."""
    if not path.exists():
        return []
    lines = path.read_text().split("\n")[:-1]
    return [(int(n), float(v)) for n, v in (line.split() for line in lines)]


if __name__ == "__main__":
    main()
