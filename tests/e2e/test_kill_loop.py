"""Kill -9 of a run with two workers: a few times in every run of the tests, fifty times in `make slow`."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("kill_loop", Path(__file__).with_name("kill_loop.py"))
kill_loop = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(kill_loop)


def test_three_kills(tmp_path):
    found = kill_loop.kill_loop(tmp_path, n_kills=3, n_trials=90, seed=7)
    assert found["finished"] == 90


@pytest.mark.slow
def test_fifty_kills(tmp_path):
    """REP-04: killed fifty times in the middle of writing, nothing is corrupt or lost."""
    found = kill_loop.kill_loop(tmp_path, n_kills=50, n_trials=5000, seed=0)
    assert found["kills"] == 50
    assert found["finished"] == 5000
