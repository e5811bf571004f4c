"""What runs inside a Ray actor: one objective, trial after trial, for the executor at the other end.

The objective runs in a thread of its own; calls of the actor (Moritz et al. 2018, Ray: a distributed
framework for emerging AI applications) hand it tasks and decisions, and wait for what it says.
"""

import io
import os
import pickle
import queue
import secrets
import signal
import threading
import time
from contextlib import suppress
from typing import Any

import cloudpickle

from trimtab.core.protocols import Decision
from trimtab.executor import tree
from trimtab.executor.call import Callers
from trimtab.executor.launch import launch_guard
from trimtab.executor.process_main import Worker, load, serve
from trimtab.executor.worker import run_hooks

_FLUSH = 0.5  # seconds between two looks for reports that have waited
_PARCEL = 0.005  # seconds that messages wait for more while there are trials at hand
_WEIGH = 0.15  # seconds between two looks at memory


class Outbox:
    """What the trial has said and the executor has not yet fetched."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._is_urgent = threading.Event()

    def send_bytes(self, buf: bytes) -> None:
        """Add a message."""
        self._messages.put(buf)

    def hurry(self) -> None:
        """The messages so far are not to wait for more."""
        self._is_urgent.set()

    def take(self, seconds: float = 0.0) -> list[bytes]:
        """All messages; waits for the first, and so long for more unless they are urgent."""
        self._is_urgent.clear()
        taken = [self._messages.get()]
        if seconds:
            self._is_urgent.wait(seconds)
        while not self._messages.empty():
            taken.append(self._messages.get())
        return taken


class _Worker(Worker):
    """A worker whose messages are fetched in parcels."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(outbox)
        self._outbox = outbox

    def put(self, *message: Any) -> None:
        """Send one message; the last of a parcel's trials, and a question, hurry."""
        super().put(*message)
        if self.tasks.empty() or (message[0] == "measured" and message[1].asks):
            self._outbox.hurry()


class _Unpickler(pickle.Unpickler):
    """Puts back what `ship_apart` has left out."""

    def __init__(self, blob: bytes, apart: list[Any]) -> None:
        super().__init__(io.BytesIO(blob))
        self._apart = apart

    def persistent_load(self, pid: Any) -> Any:
        """The part of that number."""
        return self._apart[pid]


class Runner:
    """One worker of a cluster. The executor makes an actor of it, and always has one call under way.

    `blob`: the objective; `apart`: the references to Ray's objects in it, which Ray has to send itself.
    `memory_limit`: bytes for this process and its children; None: no limit.
    """

    def __init__(self, blob: bytes, apart: list[Any], memory_limit: int | None) -> None:
        run = secrets.token_hex(8)
        self._mark = f"{run}.1"
        os.environ[tree.MARK] = self._mark  # for all that the objective starts
        self._guard = launch_guard(f"{run}.")  # ends that if this process is killed outright
        self._giving = threading.Lock()
        self._outbox = Outbox()
        self._worker = _Worker(self._outbox)
        self._limit = memory_limit
        callers = load(self._worker, _Unpickler(blob, apart).load)
        if callers is not None:
            self._start_thread(self._serve, callers)
            self._start_thread(self._flush)
            if memory_limit is not None:
                self._start_thread(self._weigh)
            self._worker.put("ready", os.getpid())

    def hello(self) -> list[bytes]:
        """That the objective is loaded, or why it cannot be."""
        return self._outbox.take()

    def give(self, tasks: list[bytes]) -> None:
        """Put trials at the end of what is to be done."""
        with self._giving:
            for task in tasks:
                self._worker.tasks.put(cloudpickle.loads(task))

    def go_on(self, decisions: list[str], tasks: list[bytes]) -> list[bytes]:
        """Answer the running trial, take more of them, and wait for what is said next."""
        for decision in decisions:
            self._worker.decisions.put(Decision(decision))
        self.give(tasks)
        return self._outbox.take(0.0 if self._worker.tasks.empty() else _PARCEL)

    def give_back(self) -> list[int]:
        """The numbers of the trials that have not begun: they are no longer to be done here."""
        numbers = []
        with self._giving, suppress(queue.Empty):  # what comes with a space is not torn from it
            while (given := self._worker.tasks.get_nowait()) is not None:
                numbers.append(given[0].number)
        return numbers

    def end(self) -> None:
        """Before this process is killed: run the trial's hooks, and end all that it has started."""
        trial = self._worker.trial
        if trial is not None:
            trial.is_stopped = True
            run_hooks(trial)
        tree.signal_others(self._mark, signal.SIGKILL)

    def _serve(self, callers: Callers) -> None:
        serve(self._worker, callers)

    def _flush(self) -> None:
        while True:
            time.sleep(_FLUSH)
            self._worker.flush()

    def _weigh(self) -> None:
        while self._limit is not None:
            time.sleep(_WEIGH)
            held = tree.resident(os.getpid(), tree.processes())
            if held > self._limit and self._worker.trial is not None:
                self._worker.put("over", held)
                return

    def _start_thread(self, target: Any, *args: Any) -> None:
        threading.Thread(target=target, args=args, name="trimtab-ray", daemon=True).start()
