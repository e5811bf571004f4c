import subprocess
import sys
from collections import Counter

import pytest
from click.testing import CliRunner

import trimtab as tt
from trimtab.cli.main import cli

PROGRAM = """
import time
def loss(x):
    time.sleep(0.005)
    return (x - 0.3) ** 2
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "train_w.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(*words):
    program = "from trimtab.cli.main import main; main()"
    command = [sys.executable, "-c", program, "worker", *words, "--progress", "none"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def together(*words, n=3):
    """Outputs of n workers that run at once."""
    workers = [start(*words) for _ in range(n)]
    told = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * n, told
    return told


def ran(told) -> int:
    return sum(int(err.split("this worker ran ")[1].split()[0]) for _, err in told)


def test_three_worker_processes_share_a_file(folder):
    """PAR-03, PAR-09: one study, several processes, exactly the trials that were asked for."""
    study = tt.create_study({"x": tt.Float(0, 1)}, storage="study.db", study_name="s", seed=1)
    told = together("study.db", "s", "train_w:loss", "--n-trials", "40")
    assert ran(told) == 40
    assert Counter(str(t.state) for t in study.trials) == {"complete": 40}
    study.ledger.journal.close()


def test_three_worker_processes_share_a_server(folder, postgres):
    """PAR-03: the same over a server; none lost, none doubled."""
    url = postgres.url("cli_worker")
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=url, study_name="s", seed=1)
    told = together(url, "s", "train_w:loss", "--n-trials", "40")
    assert ran(told) == 40
    assert [t.number for t in study.trials] == list(range(40))
    assert Counter(str(t.state) for t in study.trials) == {"complete": 40}
    study.ledger.journal.close()


def test_a_worker_goes_on_with_what_run_began(folder):
    first = [
        "run",
        "--minimize",
        "loss",
        "--n-trials",
        "3",
        "--storage",
        "s.db",
        "--study-name",
        "r",
    ]
    program = "import json, sys; print(json.dumps({'loss': float(sys.argv[1])}))"
    words = ["--", sys.executable, "-c", program, "{x: 0.0..1.0}"]
    runner = CliRunner()
    assert runner.invoke(cli, [*first, *words]).exit_code == 0
    result = runner.invoke(cli, ["worker", "s.db", "r", "--n-trials", "5", "--progress", "none"])
    assert result.exit_code == 0, result.output
    assert "this worker ran 2 trials" in result.output
    assert len(tt.load_study(storage="s.db").trials) == 5


def test_what_a_worker_refuses(folder):
    tt.create_study({"x": tt.Float(0, 1)}, storage="study.db", study_name="s")
    for words, told in (
        (["study.db", "s"], "was not begun by `trimtab run`"),
        (["study.db", "s", "train_w:loss"], "n_trials: nothing would end this study"),
        (["study.db", "t", "train_w:loss", "--n-trials", "3"], "is not in the storage"),
        (["none.db", "s", "train_w:loss", "--n-trials", "3"], "no such file"),
        (["study.db", "s", "train_w:lost", "--n-trials", "3"], "has no function 'lost'"),
    ):
        result = CliRunner().invoke(cli, ["worker", *words])
        assert result.exit_code == 1 and told in result.output, result.output
