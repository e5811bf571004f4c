"""The demo as a user meets it: from nothing, killed in the middle, gone on with, and started once more."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import trimtab as tt

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"
N_TRIALS = 12
pytestmark = pytest.mark.slow


def start(folder, **options):
    return subprocess.Popen(
        [sys.executable, str(DEMO)],
        cwd=folder,
        env=os.environ | {"TRIMTAB_DEMO_TRIALS": str(N_TRIALS)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def results(folder):
    """The values of the finished trials by number; empty before the study exists."""
    if not (folder / "demo" / "study.db").exists():
        return {}
    try:
        study = tt.load_study(storage=folder / "demo" / "study.db", study_name="demo")
    except tt.TrimtabError:
        return {}
    return {t.number: t.value for t in study.trials if t.state.is_finished}


def test_killed_and_started_again_it_goes_on_and_then_has_nothing_to_do(tmp_path):
    process = start(tmp_path)
    deadline = time.monotonic() + 60
    while len(results(tmp_path)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = results(tmp_path)
    assert 3 <= len(before) < N_TRIALS

    process = start(tmp_path)
    words, _ = process.communicate(timeout=240)
    assert process.returncode == 0, words
    done = int(re.search(rf"going on: (\d+) of {N_TRIALS} trials", words)[1])
    assert len(before) <= done < N_TRIALS
    after = results(tmp_path)
    assert sorted(after) == list(range(N_TRIALS)) and before.items() <= after.items()

    folder = tmp_path / "demo"
    assert {"report.html", "model.joblib", "study.db"} <= {p.name for p in folder.iterdir()}
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "Did tuning help?" in report and f"trials: {N_TRIALS} complete" in report
    assert re.search(r"on new splits +\d+\.\d\d +\d+\.\d\d", words)
    assert re.search(r"95 % interval -?\d+\.\d\d to -?\d+\.\d\d", words)
    assert "-> the tuned model is better" in words or "-> not distinguishable" in words

    process = start(tmp_path)
    again, _ = process.communicate(timeout=120)
    assert f"study complete: {N_TRIALS} of {N_TRIALS} trials; nothing to do" in again
    assert words[words.index("best configuration") :] == again[again.index("best configuration") :]
    assert results(tmp_path) == after
