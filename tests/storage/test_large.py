"""What one more trial costs in a study that is long already."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import trimtab as tt
from trimtab.storage import connection as connections
from trimtab.storage.sqlite import SQLite

SPACE = {"x": tt.Float(0.0, 1.0)}
FILL = """
WITH RECURSIVE i(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM i WHERE i < {n} - 1)
INSERT INTO event SELECT 1, 2 + 2 * i, i, 'Asked',
  '[' || i || ',[0.5],' || i || ',null,false,1.7e9]', 1.7e9 FROM i;
WITH RECURSIVE i(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM i WHERE i < {n} - 1)
INSERT INTO event SELECT 1, 3 + 2 * i, i, 'Settled',
  '[' || i || ',"complete",[0.5],[],null,null,0.001,1.7e9]', 1.7e9 FROM i;
WITH RECURSIVE i(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM i WHERE i < {n} - 1)
INSERT INTO trial(study, number, state, attempt, token) SELECT 1, i, 'complete', 1, 1 FROM i;
UPDATE study SET next_number = {n}, next_seq = 2 * {n} + 2;
"""
NO_OPS = """
import json, pathlib, resource, statistics, sys, time
import trimtab as tt

study = tt.create_study({"x": tt.Float(0, 1)}, storage=sys.argv[1], seed=1, sampler="random")
journal, spent = study.ledger.journal, []

def timed(real, n_told):
    def call(*args, **more):
        begun, n = time.process_time(), n_told(args)
        try:
            return real(*args, **more)
        finally:
            spent.extend([(time.process_time() - begun) / n] * n)
    return call

journal.tell = timed(journal.tell, lambda args: 1)
journal.turn = timed(journal.turn, lambda args: len(args[0]))
study.optimize(lambda x: x, 10_000, progress=False)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
if pathlib.Path("/proc/self/status").exists():  # the other one begins with what the parent had in memory
    lines = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    peak = int(lines["VmHWM"].split()[0]) * 1024
told = [str(t.state) for t in study.trials]
print(json.dumps([told.count("complete"), len(spent), 1e3 * statistics.median(spent), peak]))
"""


def long_study(path: Path, n: int):
    """A study of n trials, put into the file without telling each."""
    tt.create_study(SPACE, storage=path, seed=1, sampler="random").ledger.journal.close()
    with sqlite3.connect(path) as link:
        link.executescript(FILL.format(n=n))
    link.close()
    return tt.load_study(storage=SQLite(path))


def test_a_trial_costs_the_same_in_a_long_study(tmp_path, monkeypatch):
    """PAR-07: steps of SQLite's virtual machine, for ten trials among a hundred and among ten thousand."""
    made, plain = [], connections.open_file

    def opened(path, *, create):
        made.append(plain(path, create=create))
        return made[-1]

    monkeypatch.setattr(connections, "open_file", opened)
    costs = []
    for n in (100, 10_000):
        study = long_study(tmp_path / f"{n}.db", n)
        assert len(study.trials) == n
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        made[-1].set_progress_handler(step, 1)
        study.optimize(lambda x: x, 10, progress=False)
        made[-1].set_progress_handler(None, 0)
        assert study.history.n_finished == n + 10
        assert study.history.position == 2 * n + 3 * 10 + 2  # asked, told, and what it used
        costs.append(steps)
        study.ledger.journal.close()
    assert 0 < costs[1] < 1.2 * costs[0]


@pytest.mark.slow
def test_ten_thousand_trials_of_nothing(tmp_path):
    """PAR-07: under 5 ms for the median result (of CPU, as the disk is not ours), under 500 MB."""
    command = [sys.executable, "-c", NO_OPS, str(tmp_path / "s.db")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    n_complete, n_told, milliseconds, peak = json.loads(told)
    assert n_complete == n_told == 10_000
    assert milliseconds < 5.0 and peak < 500e6
