"""Trials on a Ray cluster: one actor for each worker, on whichever node has room for it.

Only Ray's core is used, tasks and actors (Moritz et al. 2018, Ray: a distributed framework for emerging AI
applications, OSDI), nothing of Ray Tune. The study stays where it is, in the driver and its storage: a
node that goes away costs the trials it ran one attempt, a driver that is killed goes on from its storage.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import InvalidArgument, TrialTimeout, Unpicklable, Unsupported, WorkerDied
from trimtab.executor.call import Callers
from trimtab.executor.limit import check_amounts, check_limits, check_workers, deaf
from trimtab.executor.pool import content_of
from trimtab.executor.process import error_of, size
from trimtab.executor.ray_crew import Crew, Hand, is_of_node
from trimtab.executor.ship import ship_task
from trimtab.plugin import require

_TICK = 1.0  # seconds between two looks at the cluster


class Ray:
    """Runs trials in the workers of a Ray cluster: `pip install "trimtab[ray]"`, on every node.

    `n_workers`: how many trials at once; None: as many as the cluster has room for, as nodes come and go.
    `cpus`, `gpus`: of each worker; shares are fine, `gpus=0.25` puts four on one GPU. `resources`: custom
    ones, by name. `trial_timeout`: seconds for one trial. `memory_limit`: bytes of resident memory for the
    processes of one trial, the interpreter included. `address`: the cluster; None: the one that `ray.init`
    was called for, or that RAY_ADDRESS names, or a new one on this machine. `start_timeout`: seconds to
    wait for the first worker.

    The objective runs in a thread of the worker, and may use Ray itself: `ray.get(reference)` reads a
    dataset from the node's shared memory, once for all trials. Checkpoints need a folder that all nodes
    share.

    Raises:
        MissingExtra: Ray is not installed.
        InvalidArgument: a number out of range.
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        cpus: float = 1,
        gpus: float = 0,
        resources: Mapping[str, float] | None = None,
        trial_timeout: float | None = None,
        memory_limit: int | None = None,
        address: str | None = None,
        start_timeout: float = 300.0,
    ) -> None:
        check_workers(n_workers, or_none=True)
        check_limits(
            trial_timeout=trial_timeout, memory_limit=memory_limit, start_timeout=start_timeout
        )
        self._ray = require("ray", "ray", "executor Ray")
        self.n_workers = n_workers
        self.need = _need_of(cpus, gpus, resources or {})
        self.trial_timeout = trial_timeout
        self.memory_limit = memory_limit
        self.address = address
        self.start_timeout = start_timeout
        self._is_our_cluster = False
        self._crew: Crew | None = None
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] = deaf
        self._ended: list[Ended] = []
        self._has_news = False

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Connect to the cluster, and start workers for this objective.

        Raises:
            Unpicklable: it cannot be sent to the workers; the message names what is to blame.
        """
        self.close()
        crew = Crew(self._ray, self.n_workers, self.need, objective, self.memory_limit)
        if not self._ray.is_initialized():
            self._ray.init(address=self.address, logging_level="WARNING")
            self._is_our_cluster = True
        self._callers, self._listen, self._crew = Callers(objective), listen, crew
        crew.refill()

    def free(self) -> int:
        """How many trials could start now; where no worker is left at all, waits for one.

        Raises:
            Unsupported: no worker has become ready for `start_timeout` seconds, or all die at once.
            Unpicklable: a worker could not load the objective; the message has its traceback.
        """
        if self._crew is None:
            return 0
        self._crew.refill()
        end = time.monotonic() + self.start_timeout
        self._meet(self._crew, 0.0)
        while not any(h.is_ready for h in self._crew.hands) and not self._ended:
            if time.monotonic() >= end:
                raise Unsupported(
                    f"no node of the Ray cluster has had room for a worker with {self.need} for "
                    f"{self.start_timeout:g} s; it has {self._ray.cluster_resources()}. Ask for less, start "
                    "a node, or raise start_timeout"
                )
            self._meet(self._crew, min(_TICK, self.start_timeout))
            self._crew.refill()
        return sum(hand.is_idle for hand in self._crew.hands)

    def submit(self, task: Task) -> None:
        """Start one trial.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
            Unpicklable: the configuration, or a constraint of the space, cannot be sent.
        """
        idle = (
            None if self._crew is None else next((h for h in self._crew.hands if h.is_idle), None)
        )
        if idle is None or self._callers is None:
            raise InvalidArgument(
                f"submit: no worker is free for trial {task.number}; ask free() first"
            )
        self._callers.of(task)
        space = None if idle.space is task.space else task.space
        data = ship_task(task, space)
        idle.task, idle.since, idle.space = task, time.monotonic(), task.space
        idle.call = idle.actor.start.remote(data)

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over.

        Raises:
            KeyboardInterrupt: an objective raised it.
        """
        end = None if seconds is None else time.monotonic() + seconds
        self._has_news = False
        while (crew := self._crew) is not None and not self._ended and not self._has_news:
            busy = [hand for hand in crew.hands if hand.task is not None]
            if not busy:
                break
            for hand in crew.heard(self._seconds_to_wait(busy, end)):
                self._hear(crew, hand)
            self._check_time(crew)
            crew.refill()
            if end is not None and time.monotonic() >= end:
                break
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Stop a trial with all it has started: hooks, half a second, SIGKILL; returns when it is gone."""
        self._ended = [e for e in self._ended if e.number != number]
        if self._crew is not None:
            self._crew.end([h for h in self._crew.hands if h.task and h.task.number == number])

    def close(self) -> None:
        """Stop all workers, whatever they are doing; and the cluster, if it was started here."""
        crew, self._crew, self._callers, self._listen = self._crew, None, None, deaf
        self._ended.clear()
        if crew is not None and self._ray.is_initialized():
            crew.close()
        if self._is_our_cluster:
            self._is_our_cluster = False
            self._ray.shutdown()

    # -- what workers say -------------------------------------------------------------------------

    def _meet(self, crew: Crew, seconds: float) -> None:
        """Hear of workers that start, or die, while none is busy."""
        if all(hand.is_ready for hand in crew.hands):
            return
        starting = [hand for hand in crew.heard(seconds) if not hand.is_ready]
        for hand in starting:
            self._hear(crew, hand)

    def _hear(self, crew: Crew, hand: Hand) -> None:
        """Take what a worker has sent, notice if it is dead, and let it go on."""
        try:
            messages = crew.said(hand)
        except WorkerDied as error:
            if hand.task is not None:
                is_lost = is_of_node(error.__cause__)
                self._fail(hand.task, hand.since, str(error), error, is_lost)
            return
        decisions: list[str] = []
        for data in messages:
            decisions += self._take(crew, hand, data)
        if hand.task is not None and hand in crew.hands:
            hand.call = hand.actor.go_on.remote(decisions)

    def _take(self, crew: Crew, hand: Hand, data: bytes) -> list[str]:
        """One message; returns the decision that the trial waits for, if it does."""
        try:
            kind, *content = content_of(data)
        except Exception as error:  # noqa: BLE001 - unpickling a user's object may raise anything
            reason = f"what the trial sent cannot be read: {type(error).__name__}: {error}"
            self._stop(crew, hand, reason, error)
            return []
        if kind == "ready":
            hand.is_ready, self._has_news = True, True
        elif kind == "measured":
            return self._measured(crew, hand, content[0])
        elif kind == "ended":
            hand.task = None
            self._ended.append(replace(content[0], error=error_of(content[0], content[1])))
        elif kind == "over":
            reason = (
                f"memory limit of {size(self.memory_limit or 0)} passed: {size(content[0])} in use"
            )
            self._stop(crew, hand, reason, WorkerDied(reason))
        elif kind == "interrupted":
            hand.task = None
            raise KeyboardInterrupt
        else:
            raise Unpicklable(f"a Ray worker could not load the objective: {content[0]}")
        return []

    def _measured(self, crew: Crew, hand: Hand, message: Measured) -> list[str]:
        self._has_news = True
        decision = self._listen(message)
        if decision is not Decision.CONTINUE and not message.asks:
            crew.end([hand])  # the study has lost this trial: nobody waits for its end
        return [str(decision)] if message.asks else []

    # -- limits -----------------------------------------------------------------------------------

    def _seconds_to_wait(self, busy: list[Hand], end: float | None) -> float:
        now = time.monotonic()
        ends = [now + _TICK] if end is None else [end, now + _TICK]
        if self.trial_timeout is not None:
            ends += [hand.since + self.trial_timeout for hand in busy]
        return max(0.0, min(ends) - now)

    def _check_time(self, crew: Crew) -> None:
        now = time.monotonic()
        for hand in list(crew.hands) if self.trial_timeout is not None else ():
            if hand.task is not None and now - hand.since >= (self.trial_timeout or 0.0):
                reason = f"timeout after {float(self.trial_timeout or 0.0)} s"
                self._stop(crew, hand, reason, TrialTimeout(reason))

    def _stop(self, crew: Crew, hand: Hand, reason: str, error: BaseException) -> None:
        if hand in crew.hands:
            crew.end([hand])
        if hand.task is not None:
            self._fail(hand.task, hand.since, reason, error)

    def _fail(
        self,
        task: Task,
        since: float,
        reason: str,
        error: BaseException,
        is_lost: bool | None = None,
    ) -> None:
        """`is_lost`: whether the machine went away; None: the worker has not died by itself."""
        outcome = Outcome(TrialState.FAILED, reason=reason, seconds=time.monotonic() - since)
        is_dead = is_lost is not None
        ended = Ended(task.number, outcome, is_dead=is_dead, is_lost=bool(is_lost), error=error)
        self._ended.append(ended)


def _need_of(cpus: float, gpus: float, resources: Mapping[str, float]) -> dict[str, float]:
    need = {"CPU": cpus, "GPU": gpus, **resources}
    check_amounts(need)
    found = {name: float(amount) for name, amount in need.items() if amount > 0}
    if not found:
        raise InvalidArgument(
            "cpus=0 and gpus=0: a worker that needs nothing fits everywhere without end; say cpus=1"
        )
    return found
