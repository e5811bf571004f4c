"""A few of each fault; `python tests/cluster/faults.py --times 50` has them all."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray")


def test_nothing_acknowledged_is_lost_or_doubled_and_nothing_hangs() -> None:
    """PAR-06: workers, nodes and drivers that are killed."""
    program = Path(__file__).with_name("faults.py")
    done = subprocess.run(
        [sys.executable, str(program), "--times", "2"], capture_output=True, text=True, timeout=570
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 7
