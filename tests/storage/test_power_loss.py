"""Power loss, simulated: a few hundred in every run, five thousand of each mode with `make slow`."""

import importlib.util
from pathlib import Path

import pytest

from trimtab.errors import StorageError
from trimtab.storage import connection as module

SPEC = importlib.util.spec_from_file_location(
    "power_loss", Path(__file__).with_name("power_loss.py")
)
power_loss = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(power_loss)


@pytest.fixture(scope="module")
def system():
    made = power_loss.System()
    yield made
    made.unregister()


@pytest.mark.parametrize(("mode", "times"), [("truncate", 200), ("wal", 100)])
def test_nothing_acknowledged_is_lost_in_some_crashes(system, tmp_path, mode, times):
    """P1: a loss of power at a random moment, with verbs and turns under way."""
    file = power_loss.base(tmp_path, mode)
    for seed in range(times):
        power_loss.crash(system, file, tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("mode", power_loss.MODES)
@pytest.mark.parametrize("block", range(10))
def test_nothing_acknowledged_is_lost_in_5000_crashes(system, tmp_path, mode, block):
    file = power_loss.base(tmp_path, mode)
    for seed in range(1000 + 500 * block, 1500 + 500 * block):
        power_loss.crash(system, file, tmp_path, seed)


@pytest.mark.parametrize("mode", power_loss.MODES)
def test_the_simulation_does_find_what_is_lost_without_sync(system, tmp_path, monkeypatch, mode):
    file = power_loss.base(tmp_path, mode)
    monkeypatch.setitem(module._PRAGMAS, "synchronous", 0 if mode == "truncate" else 1)
    n_hurt = 0
    for seed in range(20):
        try:
            power_loss.crash(system, file, tmp_path, seed)
        except (AssertionError, StorageError):
            n_hurt += 1
    assert n_hurt > 5
