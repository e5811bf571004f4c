"""The worker processes of one executor: starting them, talking to them, ending them all.

A worker is kept as a zombie (wait(2), Seventh Edition 1979) until it is ended here, so its number and
its process group cannot become somebody else's while we still mean it.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from trimtab.core.message import Task
from trimtab.core.usage import Usage
from trimtab.executor import tree
from trimtab.executor.launch import launch_guard, launch_worker
from trimtab.executor.meter import worker_name
from trimtab.executor.slot import Slots, seen
from trimtab.space.space import Space


@dataclass(eq=False, slots=True)
class Member:
    """One worker process and what it is doing."""

    mark: str
    process: "subprocess.Popen[bytes]"
    connection: Connection
    death: int | None  # a file descriptor that becomes readable when the process ends
    task: Task | None = None
    since: float = 0.0  # when the trial began
    spent: float = 0.0  # CPU seconds before that
    is_ready: bool = False  # has loaded the objective
    space: Space | None = None  # the one it was sent last
    gpus: tuple[str, ...] = ()  # its slot

    @property
    def root(self) -> tuple[int, str]:
        """The process's number and the mark of all that it starts."""
        return self.process.pid, self.mark

    def begin(self, task: Task) -> None:
        """From now on what the worker spends is this trial's."""
        self.task, self.since = task, time.monotonic()
        self.spent = tree.spent_alone(self.process.pid)

    def used(self, held: int | None = None) -> Usage:
        """What the running trial has used so far, as seen from outside; `held`: bytes at the highest."""
        pid, spent = self.process.pid, tree.spent(self.process.pid)
        cpu = None if spent is None else max(0.0, spent - self.spent)
        return Usage(worker_name(pid), time.monotonic() - self.since, cpu, held)

    def send(self, data: bytes) -> None:
        """Send bytes that unpickle to one message; to a dead worker, nothing: its death is heard of."""
        try:
            self.connection.send_bytes(data)
        except OSError:
            return

    def exit_reason(self) -> str:
        """How a process that has been ended came to its end."""
        code = self.process.returncode
        if code >= 0:
            return f"worker process died: exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        hint = "; out of memory, or killed by someone" if -code == signal.SIGKILL else ""
        return f"worker process died: signal {-code} ({name}){hint}"


class Pool:
    """The workers of one run, and the guard that ends them if this process is killed."""

    def __init__(self, n_workers: int, blob: bytes, slots: Slots | None = None) -> None:
        self.members: list[Member] = []
        self._n_workers = n_workers
        self._blob = blob  # the objective
        self._slots = slots or Slots((), 0.0)
        self._run = secrets.token_hex(8)
        self._n_started = 0
        self._guard = launch_guard(f"{self._run}.")

    def busy(self) -> list[Member]:
        """The workers that run a trial."""
        return [m for m in self.members if m.task is not None]

    def take_idle(self) -> Member:
        """A living worker without a trial, started if there is none."""
        for member in list(self.members):
            if member.task is None:
                if not tree.has_exited(member.process.pid):
                    return member
                self.end(member, grace=0.0)
        return self._start()

    def _start(self) -> Member:
        self._n_started += 1
        mark = f"{self._run}.{self._n_started}"
        gpus = self._slots.take() if self._slots.gpus else ()
        process, connection = launch_worker(mark, self._n_workers, seen(gpus))
        member = Member(mark, process, connection, _watch(process.pid), gpus=gpus)
        self.members.append(member)
        self._tell_guard(f"+{process.pid}")
        member.send(self._blob)
        return member

    def end(self, member: Member, grace: float = tree.GRACE) -> None:
        """End one worker with all its processes; returns when they are gone."""
        tree.end_trees([member.root], grace)
        member.process.wait()
        member.connection.close()
        if member.death is not None:
            os.close(member.death)
        self.members.remove(member)
        self._slots.give_back(member.gpus)
        self._tell_guard(f"-{member.process.pid}")

    def close(self) -> None:
        """End all workers, the idle ones gently, and leave no process behind."""
        for member in self.members:
            if member.task is None:
                member.send(message_of(None))
        tree.signal_trees([m.root for m in self.busy()], signal.SIGTERM)
        deadline = time.monotonic() + tree.GRACE
        while time.monotonic() < deadline and not _have_exited(self.members):
            time.sleep(0.005)
        for member in list(self.members):
            self.end(member, grace=0.0)
        try:
            self._guard.communicate(timeout=2.0)  # ends at the end of its input
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.communicate()

    def _tell_guard(self, line: str) -> None:
        try:
            if self._guard.stdin is not None:
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()
        except OSError:
            return  # somebody killed the guard; the workers notice our end by themselves


def message_of(content: Any) -> bytes:
    """The bytes of a message that is made of plain, importable things."""
    return bytes(ForkingPickler.dumps(content))


def content_of(data: bytes) -> Any:
    """What a worker of ours has sent: bytes from a private pipe, which nobody else can write to."""
    return ForkingPickler.loads(data)


def _watch(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):  # an older kernel, or not Linux
        return None


def _have_exited(members: Sequence[Member]) -> bool:
    return all(tree.has_exited(member.process.pid) for member in members)
