"""Trials in worker processes: a crash, a hang or a leak of one trial leaves study and siblings alone.

Workers are interpreters of their own (`subprocess`, PEP 324, 2003), so that scripts need no
`if __name__ == "__main__"`; they are started once and run trial after trial. Each leads its own session,
so that a trial can be stopped with everything it started; a guard does so if this process is killed.
What they print goes where this process prints; they read nothing from standard input.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import InvalidArgument, TrialTimeout, Unpicklable, Unsupported, WorkerDied
from trimtab.executor import tree
from trimtab.executor.call import Callers
from trimtab.executor.launch import check_platform, launch_guard, launch_worker
from trimtab.executor.ship import ship
from trimtab.space.space import Space

_TICK = 0.15  # seconds between two looks at memory, and at deaths where the system does not tell
_NO_SPACE = Space({})


@dataclass(eq=False, slots=True)
class _Worker:
    mark: str
    process: "subprocess.Popen[bytes]"
    connection: Connection
    death: int | None  # a file descriptor that becomes readable when the process ends
    task: Task | None = None
    since: float = 0.0  # when the trial began
    is_ready: bool = False  # has loaded the objective
    space: Space | None = None  # the one it was sent last

    @property
    def root(self) -> tuple[int, str]:
        return self.process.pid, self.mark


class Process:
    """Runs up to `n_workers` trials at once, each in a process of its own.

    `trial_timeout`: seconds for one trial. `memory_limit`: bytes of resident memory for the processes
    of one trial, the interpreter and what earlier trials left in it included; looked at seven times a
    second. A trial beyond either is stopped with all its processes and fails. Workers seed the global
    generators of `random` and NumPy with the trial's seed.

    Raises:
        InvalidArgument: a number out of range.
        Unsupported: not a POSIX system; or a memory limit where there is no /proc.
    """

    def __init__(
        self, n_workers: int = 1, *, trial_timeout: float | None = None, memory_limit: int | None = None
    ) -> None:
        for name, value, least in (
            ("n_workers", n_workers, 1),
            ("trial_timeout", trial_timeout, 0),
            ("memory_limit", memory_limit, 1),
        ):
            if value is not None and not (value > 0 and value >= least):
                raise InvalidArgument(f"{name}={value!r} must be {least or 'a number above 0'} or more")
        check_platform()
        if memory_limit is not None and not tree.processes():
            raise Unsupported("memory_limit needs /proc, as Linux has it; leave it out here")
        self.n_workers = n_workers
        self.trial_timeout = trial_timeout
        self.memory_limit = memory_limit
        self._run = secrets.token_hex(8)
        self._n_started = 0
        self._blob: bytes | None = None
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._workers: list[_Worker] = []
        self._ended: list[Ended] = []
        self._has_news = False
        self._weighed = 0.0

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective; workers start with the first tasks.

        Raises:
            Unpicklable: it cannot be sent to the workers; the message names what is to blame.
        """
        self.close()
        self._blob = ship("the objective", objective)
        self._callers, self._listen = Callers(objective), listen
        self._guard = launch_guard(f"{self._run}.")

    def free(self) -> int:
        """How many trials could start now."""
        return 0 if self._blob is None else self.n_workers - len(self._busy())

    def submit(self, task: Task) -> None:
        """Start one trial.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
            Unpicklable: the configuration, or a constraint of the space, cannot be sent.
        """
        if self._callers is None or self.free() < 1:
            raise InvalidArgument(f"submit: no worker is free for trial {task.number}; ask free() first")
        self._callers.of(task)  # mistakes are told here, not in a hundred failed trials
        worker = self._idle_worker() or self._start()
        space = None if worker.space is task.space else task.space
        data = ship(f"trial {task.number}", (replace(task, space=_NO_SPACE), space))
        worker.task, worker.since, worker.space = task, time.monotonic(), task.space
        _send(worker, data)

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over.

        Raises:
            KeyboardInterrupt: an objective raised it.
            Unpicklable: a worker could not load the objective; the message has its traceback.
        """
        end = None if seconds is None else time.monotonic() + seconds
        self._has_news = False
        while self._busy() and not self._ended and not self._has_news:
            left = self._seconds_to_wait(end)
            ready = set(wait(self._sources(), left))
            for worker in list(self._workers):
                if worker.connection in ready or worker.death in ready or worker.death is None:
                    self._hear(worker)
            self._check_limits()
            if end is not None and time.monotonic() >= end:
                break
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Stop a trial with all its processes: SIGTERM, half a second, SIGKILL. Returns when it is gone."""
        self._ended = [e for e in self._ended if e.number != number]
        for worker in self._busy():
            if worker.task is not None and worker.task.number == number:
                self._end(worker)

    def close(self) -> None:
        """Stop all workers with all their processes, whatever they are doing."""
        for worker in self._workers:
            if worker.task is None:
                _send(worker, ForkingPickler.dumps(None))  # lets it leave by the door
        tree.signal_trees([w.root for w in self._busy()], signal.SIGTERM)
        deadline = time.monotonic() + tree.GRACE
        while time.monotonic() < deadline and not all(tree.has_exited(w.root[0]) for w in self._workers):
            time.sleep(0.005)
        for worker in list(self._workers):
            self._end(worker, grace=0.0)
        if self._guard is not None:
            _dismiss(self._guard)
        self._guard, self._blob, self._callers, self._listen = None, None, None, None
        self._ended.clear()

    # -- workers ----------------------------------------------------------------------------------

    def _busy(self) -> list[_Worker]:
        return [w for w in self._workers if w.task is not None]

    def _idle_worker(self) -> _Worker | None:
        for worker in list(self._workers):
            if worker.task is None:
                if not tree.has_exited(worker.process.pid):
                    return worker
                self._end(worker, grace=0.0)
        return None

    def _start(self) -> _Worker:
        self._n_started += 1
        mark = f"{self._run}.{self._n_started}"
        process, connection = launch_worker(mark, self.n_workers)
        death = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
        worker = _Worker(mark, process, connection, death)
        self._workers.append(worker)
        self._tell_guard(f"+{process.pid}")
        _send(worker, self._blob or b"")
        return worker

    def _end(self, worker: _Worker, grace: float = tree.GRACE) -> None:
        tree.end_trees([worker.root], grace)
        worker.process.wait()
        worker.connection.close()
        if worker.death is not None:
            os.close(worker.death)
        self._workers.remove(worker)
        self._tell_guard(f"-{worker.process.pid}")

    def _tell_guard(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            try:
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()
            except OSError:
                return  # somebody killed the guard; the workers notice our end by themselves
