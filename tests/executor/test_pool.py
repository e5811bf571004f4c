"""Worker processes are started when needed, replaced when dead, and all ended."""

import os
import signal
import time

import pytest

from trimtab.core.protocols import Decision
from trimtab.executor import tree
from trimtab.executor.pool import Pool, content_of, message_of
from trimtab.executor.ship import ship


def test_idle_workers_are_kept_and_dead_ones_replaced() -> None:
    pool = Pool(2, ship("it", len))
    first = pool.take_idle()
    assert pool.take_idle() is first
    os.kill(first.process.pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while not tree.has_exited(first.process.pid) and time.monotonic() < end:
        time.sleep(0.01)
    second = pool.take_idle()
    assert second is not first and pool.members == [second] and pool.busy() == []
    assert first.exit_reason().startswith("worker process died: signal 9 (SIGKILL)")
    first.send(message_of(None))  # to nobody: no error
    guard = pool._guard
    pool.close()
    assert pool.members == [] and guard.returncode == 0
    assert second.process.returncode is not None


def test_the_guard_may_die_before_its_pool() -> None:
    pool = Pool(1, ship("it", len))
    pool._guard.kill()
    pool._guard.wait()
    pool.take_idle()
    pool.close()
    assert pool.members == []


@pytest.mark.parametrize("content", [None, Decision.STOP, ("ready",)])
def test_messages_survive_the_pipe(content: object) -> None:
    assert content_of(message_of(content)) == content
