"""A worker process: loads the objective once, then runs one trial after another, until its owner is gone.

The main thread runs objectives. A second thread listens: it hands over tasks and decisions, sends
reports that have waited for a second, and when the pipe closes, because the owner is done or dead
(POSIX end of file, 1988), it takes this process and all its children down.
"""

import os
import pickle
import queue
import random
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Protocol

import cloudpickle
import numpy as np

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome, TrialState
from trimtab.executor.call import Callers
from trimtab.executor.handle import Trial, flush_if_due
from trimtab.executor.meter import Meter
from trimtab.executor.tree import MARK, signal_trees
from trimtab.executor.worker import log, reason_of, run_trial
from trimtab.space.space import Space

_TICK = 0.5  # seconds


class Outlet(Protocol):
    """The way out of a worker: a pipe's end, or whatever else takes messages to the owner."""

    def send_bytes(self, buf: bytes) -> None:
        """Send one message."""


class Worker:
    """The state of this process, and the channel of the trial that it runs."""

    def __init__(self, outlet: Outlet) -> None:
        self.trial: Trial | None = None
        self.meter: Meter | None = None  # of the running trial
        self.is_terminated = False
        self.tasks: queue.SimpleQueue[tuple[Task, Space | None] | None] = queue.SimpleQueue()
        self.decisions: queue.SimpleQueue[Decision] = queue.SimpleQueue()
        self._outlet = outlet
        self._writing = threading.Lock()

    def put(self, *message: Any) -> None:
        """Send one message to the owner."""
        data = (pickle if _is_plain(message) else cloudpickle).dumps(message)
        with self._writing:
            self._outlet.send_bytes(data)

    def send(self, message: Measured) -> None:
        """From the running trial: pass on what was measured."""
        self.put("measured", message)

    def ask(self, message: Measured) -> Decision:
        """From the running trial: the study's decision."""
        self.put("measured", message)
        return self.decisions.get()

    def listen(self, connection: Connection) -> None:
        """The second thread."""
        try:
            while True:
                if connection.poll(_TICK):
                    message = connection.recv()
                    if isinstance(message, Decision):
                        self.decisions.put(message)
                    else:
                        self.tasks.put(message)
                        if message is None:
                            return
                else:
                    self.flush()
        except (EOFError, OSError):
            end_self()

    def flush(self) -> None:
        """Send what the running trial has measured, if that has waited for a second."""
        trial, meter = self.trial, self.meter
        if trial is None:
            return
        if meter is not None:
            meter.look()
        try:
            flush_if_due(trial)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - the listener must live on, whatever a choice's pickling raises
            log.exception("trial %d: what it measured cannot be sent", trial.number)

    def terminate(self, number: int, frame: Any) -> None:
        """SIGTERM ends the objective as sys.exit() would, so that its hooks run; then the process."""
        self.is_terminated = True
        raise SystemExit(128 + number)

    def leave(self) -> None:
        """Where SIGTERM ended us, die of it, so that our owner sees why."""
        if self.is_terminated:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)


def _is_plain(message: tuple[Any, ...]) -> bool:
    """Whether a message is an end with nothing in it that only cloudpickle can send, a tenth as fast."""
    ended = message[1] if message[0] == "ended" else None
    if not isinstance(ended, Ended) or message[2] is not None:
        return False
    return not ended.notes and ended.chosen is None


def end_self() -> None:
    """Kill this process and all its children."""
    pid = os.getpid()
    signal_trees([(pid, os.environ.get(MARK, ""))], signal.SIGKILL)
    os._exit(1)  # not reached, unless the signal is slow


def main(fd: int) -> None:
    """Serve the owner at the other end of the socket `fd`."""
    os.set_inheritable(fd, False)
    connection = Connection(fd)
    worker = Worker(connection)
    try:
        signal.signal(signal.SIGTERM, worker.terminate)
        callers = load(worker, partial(cloudpickle.loads, connection.recv_bytes()))
        if callers is not None:
            threading.Thread(
                target=worker.listen, args=(connection,), name="trimtab-listener", daemon=True
            ).start()
            worker.put("ready")
            serve(worker, callers)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        end_self()
    finally:
        worker.leave()


def load(worker: Worker, read: Callable[[], Any]) -> Callers | None:
    """The objective, ready to be called; None: it cannot be loaded, and the owner has been told why."""
    try:
        return Callers(read())
    except Exception as error:  # noqa: BLE001 - importing a user's module may raise anything
        worker.put("broken", reason_of(error))
        return None


def serve(worker: Worker, callers: Callers) -> None:
    """Run one task after another, until None comes instead."""
    space = Space({})
    while (message := worker.tasks.get()) is not None:
        task, new_space = message
        space = space if new_space is None else new_space
        task = replace(task, space=space)
        seed_globals(task.seed)
        caller = callers.of(task)
        worker.trial, worker.meter = Trial(task, worker), Meter(owns=True)
        try:
            ended = run_trial(caller, worker.trial, task, worker.meter)
        except KeyboardInterrupt:
            worker.put("interrupted", task.number)
            continue
        finally:
            worker.trial = worker.meter = None
        if worker.is_terminated:
            return
        _flush_prints()
        _report_end(worker, ended)
        del ended, message, task  # or the last trial's arrays live until the next one


def _report_end(worker: Worker, ended: Ended) -> None:
    error = None if ended.error is None else _packed(ended.error)
    try:
        worker.put("ended", replace(ended, error=None), error)
    except Exception as unsendable:  # noqa: BLE001 - what an objective chose may not be picklable
        reason = f"the trial's result cannot be sent to the study: {reason_of(unsendable)}"
        outcome = Outcome(TrialState.FAILED, reason=reason, seconds=ended.outcome.seconds)
        worker.put("ended", Ended(ended.number, outcome, usage=ended.usage), None)


def _packed(error: BaseException) -> bytes | None:
    try:
        return cloudpickle.dumps(error.with_traceback(None))
    except Exception:  # noqa: BLE001 - the reason tells it in words
        return None


def _flush_prints() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # closed, or replaced by something that cannot be flushed


def seed_globals(seed: int) -> None:
    """Seed the global generators of `random` and NumPy: in a process of our own, nobody else minds."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - it is the legacy generator that objectives use unasked
