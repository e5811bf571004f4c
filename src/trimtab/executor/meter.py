"""What one trial uses, measured where it runs: getrusage(2) (4.2BSD, 1983) and Linux's /proc.

In a worker process all that is used between start and end is the trial's: CPU time of the process and of
its children that have been waited for; the highest resident memory since the start, which Linux can be
told to count anew (/proc/self/clear_refs), with the children as they were seen twice a second. Elsewhere
a process only knows the highest mark of its whole life, so there is a peak only where the trial raised it.

A serial trial shares its process with the study: its CPU time counts, its peak only where it raised the
process's. Of a thread only its own CPU time is known, without threads and children that it starts.
"""

import os
import platform
import sys
import time
from functools import cache
from typing import NamedTuple

from trimtab.core.usage import Usage
from trimtab.executor import tree

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_KIB = 1 if sys.platform == "darwin" else 1024  # bytes in a unit of ru_maxrss


@cache
def host() -> str:
    """This machine's name."""
    return platform.node() or "localhost"


def worker_name(pid: int | None = None, thread: int | None = None) -> str:
    """The name of a worker: host/process, and a thread's number behind a dot."""
    name = f"{host()}/{os.getpid() if pid is None else pid}"
    return name if thread is None else f"{name}.{thread}"


class Meter:
    """Measures one trial from its making to `read`, which may be called once, on the same thread.

    `owns`: nothing but the trial runs in this process, so that its marks may be set back.
    `thread`: the number of the thread that runs it, beside others.
    """

    def __init__(self, *, owns: bool = False, thread: int | None = None) -> None:
        self._thread = thread
        self._is_reset = owns and _reset_peak()
        self._seen = 0
        self._before = _reading()
        self._thread_before = time.thread_time()
        self._start = time.perf_counter()

    def look(self) -> None:
        """Note how much memory is held just now, children included; from another thread."""
        held = tree.held_with_children(os.getpid())
        self._seen = max(self._seen, held)

    def read(self) -> Usage:
        """What has been used since the start."""
        seconds = time.perf_counter() - self._start
        if self._thread is not None:
            spent = time.thread_time() - self._thread_before
            return Usage(worker_name(thread=self._thread), seconds, spent)
        before, now = self._before, _reading()
        cpu = None if now is None or before is None else max(0.0, now.cpu - before.cpu)
        return Usage(worker_name(), seconds, cpu, self._peak(before, now))

    def _peak(self, before: "_Reading | None", now: "_Reading | None") -> int | None:
        found = [self._seen] if self._seen else []
        if self._is_reset:
            found.append(tree.peak_of_self())
        if before is not None and now is not None:
            if not self._is_reset and now.own > before.own:
                found.append(now.own)
            if now.children > before.children:
                found.append(now.children)
        return max(found, default=None)


class _Reading(NamedTuple):
    """CPU seconds in all, and the highest resident bytes ever of this process and of its largest child."""

    cpu: float
    own: int
    children: int


def _reading() -> _Reading | None:
    if resource is None:
        return None
    own = resource.getrusage(resource.RUSAGE_SELF)  # each call takes as long as a small objective
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return _Reading(cpu, own.ru_maxrss * _KIB, children.ru_maxrss * _KIB)


def _reset_peak() -> bool:
    """Let the peak be counted from now on; whether the kernel does so."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return _is_counted()


@cache
def _is_counted() -> bool:
    """Whether the kernel tells the peak at all."""
    return tree.peak_of_self() > 0
