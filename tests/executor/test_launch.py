"""What a worker interpreter is started with."""

import os

import pytest

from trimtab.errors import Unsupported
from trimtab.executor import launch


def test_numeric_libraries_share_the_cpus_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launch, "usable_cpus", lambda: 8)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    limits = launch.thread_limits(3)
    assert "OMP_NUM_THREADS" not in limits
    assert limits["MKL_NUM_THREADS"] == limits["OPENBLAS_NUM_THREADS"] == "2"
    assert launch.thread_limits(100)["MKL_NUM_THREADS"] == "1"


def test_platforms_without_process_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    launch.check_platform()
    monkeypatch.setattr(launch.sys, "executable", "")
    with pytest.raises(Unsupported, match="executor='thread'"):
        launch.check_platform()
    monkeypatch.undo()
    monkeypatch.setattr(os, "name", "nt")
    with pytest.raises(Unsupported, match="'nt'"):
        launch.check_platform()
