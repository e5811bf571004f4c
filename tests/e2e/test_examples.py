"""The small examples run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["minimal", "ask_tell", "two_objectives"])
def test_an_example_runs_and_prints_a_result(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "{'" in done.stdout
    assert (name == "two_objectives") == (tmp_path / "two_objectives.html").exists()


@pytest.mark.slow
def test_a_population_learns_a_schedule_that_can_be_trained_again(tmp_path):
    """PBT-06, VIZ-08: a real network, on two workers, with the lineage stored and drawn."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "pbt.py"), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    learned = said["best of the population"].split()[0]
    again = next(text for head, text in said.items() if head.startswith("its schedule of"))
    assert learned == again
    assert "Who went on from whom" in (tmp_path / "pbt.html").read_text()
    assert (tmp_path / "schedule.json").exists()
