"""Trials in worker processes: a crash, a hang or a leak of one trial leaves study and siblings alone.

Workers are interpreters of their own (`subprocess`, PEP 324, 2003), so that scripts need no
`if __name__ == "__main__"`; they are started once and run trial after trial. Each leads its own session,
so that a trial can be stopped with everything it started; a guard does so if this process is killed.
What they print goes where this process prints; they read nothing from standard input.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome, TrialState
from trimtab.core.usage import Usage
from trimtab.errors import InvalidArgument, TrialTimeout, Unpicklable, Unsupported, WorkerDied
from trimtab.executor import tree
from trimtab.executor.call import Callers
from trimtab.executor.launch import check_platform
from trimtab.executor.limit import check_amounts, check_limits, check_workers, deaf
from trimtab.executor.pool import Member, Pool, content_of, message_of
from trimtab.executor.ship import ship, ship_task
from trimtab.executor.slot import Slots, check_room, visible_gpus

_TICK = 0.15  # seconds between two looks at memory, and at deaths where the system does not tell
_DYING = 0.5  # seconds that a worker which has closed its pipe may take to exit


class Process:
    """Runs up to `n_workers` trials at once, each in a process of its own.

    `trial_timeout`: seconds for one trial. `memory_limit`: bytes of resident memory for the processes
    of one trial, the interpreter and what earlier trials left in it included; looked at seven times a
    second. A trial beyond either is stopped with all its processes and fails. Workers seed the global
    generators of `random` and NumPy with the trial's seed.

    `gpus`: of each worker, which sees no others (CUDA_VISIBLE_DEVICES): `gpus=0.25` puts four on one GPU;
    with `n_workers=None` as many as the GPUs have room for.

    Raises:
        InvalidArgument: a number out of range, or more workers than the GPUs have room for.
        Unsupported: not a POSIX system; no GPU; or a memory limit where there is no /proc.
    """

    def __init__(
        self,
        n_workers: int | None = 1,
        *,
        gpus: float = 0,
        trial_timeout: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        check_workers(n_workers, or_none=gpus > 0)
        check_limits(trial_timeout=trial_timeout, memory_limit=memory_limit)
        check_amounts({"gpus": gpus})
        check_workers(n_workers, or_none=gpus > 0)
        check_platform()
        if memory_limit is not None and not tree.processes():
            raise Unsupported("memory_limit needs /proc, as Linux has it; leave it out here")
        n_placed = check_room(n_workers, gpus) if gpus else n_workers
        self.n_workers = 1 if n_placed is None else n_placed
        self.gpus = gpus
        self.trial_timeout = trial_timeout
        self.memory_limit = memory_limit
        self._pool: Pool | None = None
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] = deaf
        self._ended: list[Ended] = []
        self._has_news = False
        self._weighed = 0.0

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective; workers start with the first tasks.

        Raises:
            Unpicklable: it cannot be sent to the workers; the message names what is to blame.
        """
        self.close()
        blob = ship("the objective", objective)
        self._callers, self._listen = Callers(objective), listen
        self._pool = Pool(self.n_workers, blob, Slots(visible_gpus(), self.gpus))

    def free(self) -> int:
        """How many trials could start now."""
        return 0 if self._pool is None else self.n_workers - len(self._pool.busy())

    def submit(self, task: Task) -> None:
        """Start one trial.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
            Unpicklable: the configuration, or a constraint of the space, cannot be sent.
        """
        if self._pool is None or self._callers is None or self.free() < 1:
            raise InvalidArgument(
                f"submit: no worker is free for trial {task.number}; ask free() first"
            )
        self._callers.of(task)  # mistakes are told here, not in a hundred failed trials
        member = self._pool.take_idle()
        space = None if member.space is task.space else task.space
        data = ship_task(task, space)
        member.begin(task)
        member.space = task.space
        member.send(data)

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over.

        Raises:
            KeyboardInterrupt: an objective raised it.
            Unpicklable: a worker could not load the objective; the message has its traceback.
        """
        end = None if seconds is None else time.monotonic() + seconds
        self._has_news = False
        while self._pool is not None and not self._ended and not self._has_news:
            busy = self._pool.busy()
            if not busy:
                break
            ready = wait(_sources(busy), self._seconds_to_wait(busy, end))
            for member in busy:
                if member.death is None or member.connection in ready or member.death in ready:
                    self._hear(self._pool, member)
            self._check_limits(self._pool)
            if end is not None and time.monotonic() >= end:
                break
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Stop a trial with all its processes: SIGTERM, half a second, SIGKILL. Returns when it is gone."""
        self._ended = [e for e in self._ended if e.number != number]
        for member in self._pool.busy() if self._pool is not None else ():
            if member.task is not None and member.task.number == number and self._pool is not None:
                self._pool.end(member)

    def close(self) -> None:
        """Stop all workers with all their processes, whatever they are doing."""
        pool, self._pool, self._callers, self._listen = self._pool, None, None, deaf
        self._ended.clear()
        if pool is not None:
            pool.close()

    # -- what workers say -------------------------------------------------------------------------

    def _hear(self, pool: Pool, member: Member) -> None:
        """Take what a worker has sent, and notice if it is dead."""
        try:
            while member in pool.members and member.connection.poll(0):
                self._take(pool, member, member.connection.recv_bytes())
        except (EOFError, ConnectionError):
            self._bury(pool, member)
            return
        if member in pool.members and tree.has_exited(member.process.pid):
            self._bury(pool, member)

    def _take(self, pool: Pool, member: Member, data: bytes) -> None:
        try:
            kind, *content = content_of(data)
        except Exception as error:  # noqa: BLE001 - unpickling a user's object may raise anything
            reason = f"what the trial sent cannot be read: {type(error).__name__}: {error}"
            self._stop(pool, member, reason, error)
            return
        if kind == "ready":
            member.is_ready = True
            if member.task is not None:
                member.begin(member.task)  # its first trial begins now: loading was not its work
        elif kind == "measured":
            self._measured(pool, member, content[0])
        elif kind == "ended":
            member.task = None
            self._ended.append(replace(content[0], error=error_of(content[0], content[1])))
        elif kind == "interrupted":
            member.task = None
            raise KeyboardInterrupt
        else:
            raise Unpicklable(f"a worker process could not load the objective: {content[0]}")

    def _measured(self, pool: Pool, member: Member, message: Measured) -> None:
        self._has_news = True
        decision = Decision.STOP
        try:
            decision = self._listen(message)
        finally:
            if message.asks:
                member.send(message_of(decision))
        if decision is not Decision.CONTINUE and not message.asks and member in pool.members:
            pool.end(member)  # the study has lost this trial: nobody waits for its end

    def _bury(self, pool: Pool, member: Member) -> None:
        """A worker has died: take its last words, end what it left behind, and say how it died."""
        deadline = time.monotonic() + _DYING
        while not tree.has_exited(member.process.pid) and time.monotonic() < deadline:
            time.sleep(0.005)
        usage = member.used()
        tree.end_trees([member.root], 0.0)  # whoever else holds the pipe, so that it has an end
        try:
            while member.connection.poll(0):
                self._take(pool, member, member.connection.recv_bytes())
        except (EOFError, ConnectionError):
            pass  # that was all
        task = member.task
        pool.end(member, grace=0.0)
        if task is not None:
            reason = member.exit_reason()
            error = WorkerDied(f"trial {task.number}: {reason}")
            self._fail(task, usage, reason, error, is_dead=True)

    # -- limits -----------------------------------------------------------------------------------

    def _seconds_to_wait(self, busy: list[Member], end: float | None) -> float | None:
        ends = [] if end is None else [end]
        now = time.monotonic()
        if self.trial_timeout is not None:
            ends += [m.since + self.trial_timeout for m in busy if m.is_ready]
        if self.memory_limit is not None or any(m.death is None for m in busy):
            ends.append(now + _TICK)
        return max(0.0, min(ends) - now) if ends else None

    def _check_limits(self, pool: Pool) -> None:
        now = time.monotonic()
        if self.trial_timeout is not None:
            for member in pool.busy():
                if member.is_ready and now - member.since >= self.trial_timeout:
                    reason = f"timeout after {float(self.trial_timeout)} s"
                    self._stop(pool, member, reason, TrialTimeout(reason))
        if self.memory_limit is not None and now - self._weighed >= _TICK:
            table, self._weighed = tree.processes(), now
            for member in pool.busy():
                held = tree.resident(member.process.pid, table)
                if held > self.memory_limit:
                    reason = (
                        f"memory limit of {size(self.memory_limit)} passed: {size(held)} in use"
                    )
                    self._stop(pool, member, reason, WorkerDied(reason), held)

    def _stop(
        self,
        pool: Pool,
        member: Member,
        reason: str,
        error: BaseException,
        held: int | None = None,
    ) -> None:
        task, usage = member.task, member.used(held)
        pool.end(member)
        if task is not None:
            self._fail(task, usage, reason, error)

    def _fail(
        self, task: Task, usage: Usage, reason: str, error: BaseException, is_dead: bool = False
    ) -> None:
        outcome = Outcome(TrialState.FAILED, reason=reason, seconds=usage.seconds)
        ended = Ended(task.number, outcome, is_dead=is_dead, error=error, usage=usage)
        self._ended.append(ended)


def _sources(busy: list[Member]) -> list[Any]:
    return [m.connection for m in busy] + [m.death for m in busy if m.death is not None]


def error_of(ended: Ended, blob: bytes | None) -> BaseException | None:
    """The exception that an objective raised, or what it said, where its class cannot come over."""
    if ended.outcome.state is not TrialState.FAILED:
        return None
    said = RuntimeError((ended.outcome.reason or "").split("\n", 1)[0])
    if blob is None:
        return said
    try:
        error = content_of(blob)
    except Exception:  # noqa: BLE001 - a user's exception may take arguments that pickle does not know
        return said
    return error if isinstance(error, BaseException) else said


def size(n: int) -> str:
    """Bytes, as messages have them."""
    return f"{n / 2**20:.0f} MiB"
