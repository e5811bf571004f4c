"""The command line through its real door: a process, its exit code, and its two streams."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from trimtab import create_study
from trimtab.cli.main import cli

TRAIN = """
import json, sys
lr = float(sys.argv[sys.argv.index("--lr") + 1])
print("epoch 1")
print(json.dumps({"loss": (lr - 0.01) ** 2, "accuracy": 1 - lr}))
"""
SLOW = """
import json, sys, time
time.sleep(0.15)
print(json.dumps({"loss": float(sys.argv[1])}))
"""
LR = "{lr: 1e-5..1e-1 log}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "slow.py").write_text(SLOW)
    return tmp_path


def trimtab(folder: Path, *args: str, timeout: float = 30) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "trimtab", *args],
        cwd=folder, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


def read(verb: str, storage: Path, *args: str) -> Any:
    """What a reading verb prints as JSON; in this process, which is faster."""
    done = CliRunner().invoke(cli, [verb, str(storage), *args, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def start(folder: Path, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "trimtab", *args],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_trials(file: Path, n: int) -> None:
    """Wait until n trials have completed; the schema's readable view is the oracle."""
    for _ in range(600):
        if file.exists():
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
                try:
                    rows = connection.execute("select state from trials").fetchall()
                except sqlite3.OperationalError:
                    rows = []
            connection.close()
            if sum(state == "complete" for (state,) in rows) >= n:
                return
        time.sleep(0.05)
    raise AssertionError(f"no {n} trials completed")


def test_a_program_is_tuned_and_the_same_command_completes_the_study(folder: Path) -> None:
    command = ("run", "--minimize", "loss", "--seed", "3")
    program = ("--", sys.executable, "train.py", "--lr", LR)
    first = trimtab(folder, *command, "--n-trials", "3", "--progress", "json", *program)
    assert first.returncode == 0
    events = [json.loads(line) for line in first.stdout.splitlines()]
    assert [e["n"] for e in events] == [0, 1, 2, 3, 3]
    assert [e["event"] for e in events] == ["start", "trial", "trial", "trial", "end"]
    assert first.stderr.startswith("best")  # the summary leaves standard output to the JSON

    again = trimtab(folder, *command, "--n-trials", "4", *program)
    assert (again.returncode, again.stderr) == (0, "")
    lines = again.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["best", "config", "study", "more"]
    assert "'train' in trimtab.db: 4 complete" in lines[2]

    listed = read("trials", folder / "trimtab.db")
    assert [t["number"] for t in listed] == [0, 1, 2, 3]
    for t in listed:
        assert t["state"] == "complete"
        assert t["values"] == [(t["config"]["lr"] - 0.01) ** 2]


def test_no_shell_sees_the_command(folder: Path) -> None:
    assert shutil.which("printf"), "POSIX has it"
    done = trimtab(folder, "run", "--minimize", "x", "--n-trials", "2",
                   "--metric-regex", "x=^(.*);", "--", "printf", "%s\\n",
                   "{lr: 0.0..1.0}; touch injected", "$(touch injected)")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert not (folder / "injected").exists()
    listed = read("trials", folder / "trimtab.db")
    assert [t["values"][0] for t in listed] == [t["config"]["lr"] for t in listed]


def test_what_kill_leaves_behind_is_completed(folder: Path) -> None:
    process = start(folder, "run", "--minimize", "loss", "--n-trials", "5", "--storage", "k.db",
                    "--seed", "1", "--sampler", "random", "--", sys.executable, "slow.py",
                    "{x: 0.0..1.0}")  # fmt: skip
    wait_for_trials(folder / "k.db", 2)
    process.kill()
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    shown = read("show", folder / "k.db", "slow")
    assert shown["counts"]["running"] == 0

    resumed = trimtab(folder, "resume", "k.db")
    assert (resumed.returncode, resumed.stderr) == (0, "")
    listed = read("trials", folder / "k.db")
    assert [t["state"] for t in listed] == ["complete"] * 5

    uninterrupted = create_study({"x": "0.0..1.0"}, sampler="random", seed=1)
    assert [t["config"] for t in listed] == [t.config for t in uninterrupted.ask(5)]


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_signals_put_trials_back(folder: Path, name: str, code: int) -> None:
    process = start(folder, "run", "--minimize", "loss", "--n-trials", "50", "--storage", "s.db",
                    "--", sys.executable, "slow.py", "{x: 0.0..1.0}")  # fmt: skip
    wait_for_trials(folder / "s.db", 1)
    process.send_signal(getattr(signal, name))
    _, error = process.communicate(timeout=20)
    assert process.returncode == code
    assert "trimtab resume s.db slow" in error
    assert "Traceback" not in error
    listed = read("trials", folder / "s.db")
    assert "running" not in [t["state"] for t in listed]
    assert "failed" not in [t["state"] for t in listed]


def test_an_error_is_one_message_and_debug_shows_where(folder: Path) -> None:
    plain = trimtab(folder, "show", "missing.db")
    assert (plain.returncode, plain.stdout) == (1, "")
    assert plain.stderr.startswith("trimtab: error: storage='missing.db'")
    assert "Traceback" not in plain.stderr
    assert not (folder / "missing.db").exists()
    assert "Traceback" in trimtab(folder, "--debug", "show", "missing.db").stderr


def test_help_imports_no_numpy(folder: Path) -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from trimtab.cli.main import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "print([m for m in ('numpy', 'scipy', 'rich', 'yaml') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_mistyped_verb_is_answered_with_the_nearest_one() -> None:
    done = CliRunner().invoke(cli, ["trails", "study.db"])
    assert done.exit_code == 2
    assert "did you mean 'trials'" in done.stderr


def test_every_verb_that_help_lists_is_there() -> None:
    for verb in cli.list_commands(click.Context(cli)):
        done = CliRunner().invoke(cli, [verb, "--help"])
        assert done.exit_code == 0, verb
        assert done.stdout.startswith("Usage:")
