"""Trials in threads of this process: for objectives that wait, or compute outside Python's global lock.

Threads cannot be stopped from outside (Python dropped that idea with PEP 3148's futures, 2009): a trial
that is killed is abandoned. It learns of it through `trial.is_stopped` and `should_prune()`, nothing
that it says is heard any more, and its thread ends with it, or with the program.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument
from trimtab.executor.call import Caller, Callers
from trimtab.executor.handle import Trial, flush_if_due
from trimtab.executor.meter import Meter
from trimtab.executor.worker import run_trial

_TICK = 0.25  # seconds between two looks for reports that have waited too long


@dataclass(frozen=True, slots=True)
class _Interrupted:
    number: int  # its objective raised KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class _Job:
    caller: Caller
    task: Task
    trial: Trial
    line: "_Line"


class _Line:
    """The channel of one trial: a shared way out, and a way back of its own."""

    def __init__(self, out: "queue.SimpleQueue[Any]") -> None:
        self._out = out
        self.back: queue.SimpleQueue[Decision] = queue.SimpleQueue()
        self.is_open = True

    def send(self, message: Any) -> None:
        if self.is_open:
            self._out.put((self, message))

    def ask(self, message: Measured) -> Decision:
        if not self.is_open:
            return Decision.STOP
        self._out.put((self, message))
        return self.back.get()

    def cut(self) -> None:
        self.is_open = False
        self.back.put(Decision.STOP)  # for a trial that is waiting now, or will have begun to


class Thread:
    """Runs up to `n_workers` trials at once in daemon threads, which are kept and used again.

    Raises:
        InvalidArgument: n_workers is below 1.
    """

    def __init__(self, n_workers: int) -> None:
        if n_workers < 1:
            raise InvalidArgument(f"n_workers={n_workers} must be 1 or more")
        self.n_workers = n_workers
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] | None = None
        self._out: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._running: dict[int, tuple[Trial, _Line, queue.SimpleQueue[_Job | None]]] = {}
        self._ended: list[Ended] = []
        self._idle: list[queue.SimpleQueue[_Job | None]] = []
        self._n_started = 0

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective."""
        self.close()
        self._callers, self._listen = Callers(objective), listen
        self._out = queue.SimpleQueue()
        self._ended.clear()

    def free(self) -> int:
        """How many trials could start now."""
        return 0 if self._callers is None else self.n_workers - len(self._running)

    def submit(self, task: Task) -> None:
        """Start one trial.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
        """
        if self._callers is None or self.free() < 1:
            raise InvalidArgument(
                f"submit: no worker is free for trial {task.number}; ask free() first"
            )
        caller = self._callers.of(task)
        line = _Line(self._out)
        trial = Trial(task, line)
        if self._idle:
            inbox = self._idle.pop()
        else:
            inbox = queue.SimpleQueue()
            self._n_started += 1
            threading.Thread(
                target=_work, args=(inbox, self._n_started), name="trimtab-worker", daemon=True
            ).start()
        self._running[task.number] = (trial, line, inbox)
        inbox.put(_Job(caller, task, trial, line))

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over.

        Raises:
            KeyboardInterrupt: an objective raised it.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._ended and (self._running or not self._out.empty()):
            for trial, _, _ in list(self._running.values()):
                flush_if_due(trial)
            left = _TICK if deadline is None else min(_TICK, max(0.0, deadline - time.monotonic()))
            try:
                line, message = self._out.get(timeout=left)
            except queue.Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    break
                continue
            self._take(line, message)
            while not self._out.empty():
                self._take(*self._out.get())
            break
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Abandon a trial; its place is free at once, its thread ends when the objective does."""
        self._ended = [e for e in self._ended if e.number != number]
        if number in self._running:
            trial, line, inbox = self._running.pop(number)
            trial.is_stopped = True
            line.cut()
            inbox.put(None)

    def close(self) -> None:
        """Abandon all trials, and end the threads that are idle."""
        for number in list(self._running):
            self.kill(number, "closed")
        for inbox in self._idle:
            inbox.put(None)
        self._idle.clear()
        self._callers, self._listen = None, None

    def _take(self, line: _Line, message: Measured | Ended | _Interrupted) -> None:
        if not line.is_open or self._listen is None:
            return
        if isinstance(message, Measured):
            decision = Decision.STOP
            try:
                decision = self._listen(message)
            finally:
                if message.asks:
                    line.back.put(decision)
            if (
                not message.asks
                and decision is not Decision.CONTINUE
                and message.number in self._running
            ):
                self._running[message.number][0].is_stopped = True  # the study has lost this trial
            return
        _, _, inbox = self._running.pop(message.number)
        self._idle.append(inbox)
        if isinstance(message, _Interrupted):
            raise KeyboardInterrupt
        self._ended.append(message)


def _work(inbox: "queue.SimpleQueue[_Job | None]", number: int) -> None:
    """One worker: trial after trial, until there are no more."""
    while (job := inbox.get()) is not None:
        try:
            meter = Meter(thread=number)
            job.line.send(run_trial(job.caller, job.trial, job.task, meter))
        except KeyboardInterrupt:
            job.line.send(_Interrupted(job.task.number))
        del job  # or the last trial's arrays live until the next one
