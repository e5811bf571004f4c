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
from trimtab.executor.ahead import Ahead, check_ahead
from trimtab.executor.call import Callers
from trimtab.executor.limit import check_limits, check_workers, deaf
from trimtab.executor.pool import content_of
from trimtab.executor.process import error_of, size
from trimtab.executor.ray_crew import Crew, Hand, is_of_node, need_of
from trimtab.plugin import require

_TICK = 1.0  # seconds between two looks at the cluster


class Ray:
    """Runs trials in the workers of a Ray cluster: `pip install "trimtab[ray]"`, on every node.

    `n_workers`: how many trials at once; None: as many as the cluster has room for, as nodes come and go.
    `cpus`, `gpus`: of each worker; shares are fine, `gpus=0.25` puts four on one GPU. `resources`: custom
    ones, by name. `trial_timeout`: seconds for one trial. `memory_limit`: bytes of resident memory for the
    processes of one trial, the interpreter included. `address`: the cluster; None: the one that `ray.init`
    was called for, or that RAY_ADDRESS names, or a new one on this machine. `start_timeout`: seconds to
    wait for the first worker. `ahead`: how many trials a worker has at hand besides the one that it runs,
    for trials of milliseconds; None: as many as last 50 ms, by the durations of the last ones, where no
    result has a say in what comes next (random search, grids, sequences; no callbacks, no terminator),
    else none. A number holds for every sampler, which chooses those ahead without the results of those
    before. A time limit then counts from when the end of the trial before was heard; after a death there
    are none ahead.

    The objective runs in a thread of the worker, where `signal.signal` fails, and may use Ray itself:
    `ray.get(reference)` reads a dataset from the node's shared memory, once for all trials. Checkpoints
    need a folder that all nodes share.

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
        ahead: int | None = None,
    ) -> None:
        check_workers(n_workers, or_none=True)
        check_limits(
            trial_timeout=trial_timeout, memory_limit=memory_limit, start_timeout=start_timeout
        )
        check_ahead(ahead)
        self._ray = require("ray", "ray", "executor Ray")
        self.n_workers = n_workers
        self.need = need_of(cpus, gpus, resources or {})
        self.trial_timeout = trial_timeout
        self.memory_limit = memory_limit
        self.address = address
        self.start_timeout = start_timeout
        self.ahead = ahead
        self.is_row = False  # whether no proposal of the study waits for results: the study says it
        self._ahead = Ahead(ahead, self.is_row)
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
        self._ahead = Ahead(self.ahead, self.is_row)
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
        self._crew.level(self._ahead.n)
        return self._crew.room(self._ahead.n)

    def submit(self, task: Task) -> None:
        """Start one trial.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
            Unpicklable: the configuration, or a constraint of the space, cannot be sent.
        """
        crew = self._crew
        hand = None if crew is None else crew.freest(self._ahead.n)
        if crew is None or hand is None or self._callers is None:
            raise InvalidArgument(
                f"submit: no worker is free for trial {task.number}; ask free() first"
            )
        self._callers.of(task)
        crew.give(hand, task)
        if not self._ahead.n or len(hand.tasks) == 1:
            hand.go_on()  # else with what else is submitted, when `wait` is called

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trials that have ended; blocks until one has, something was measured, or time is over.

        Raises:
            KeyboardInterrupt: an objective raised it.
        """
        end = None if seconds is None else time.monotonic() + seconds
        self._has_news = False
        while (crew := self._crew) is not None and not self._ended and not self._has_news:
            crew.level(self._ahead.n)
            busy = [hand for hand in crew.hands if hand.tasks]
            if not busy:
                break
            for hand in busy:
                hand.go_on()
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
        crew = self._crew
        if crew is not None:
            crew.spare = [task for task in crew.spare if task.number != number]
        for hand in list(crew.hands) if crew is not None else ():
            if crew is not None and any(task.number == number for task in hand.tasks):
                others = [task for task in hand.tasks if task.number != number]
                self._end(crew, hand, others)

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
            is_lost = is_of_node(error.__cause__)
            if len(hand.tasks) > 1 and not is_lost:
                self._ahead.stop()  # which one it was is seen when each runs alone
                is_lost = True
            if hand.task is not None:
                self._fail(hand.task, hand.since, str(error), error, is_lost)
            self._give_up(hand.tasks[1:])
            return
        for data in messages:
            if hand in crew.hands:
                self._take(crew, hand, data)
        if hand in crew.hands and (hand.decisions or not self._ahead.n):
            hand.go_on()

    def _take(self, crew: Crew, hand: Hand, data: bytes) -> None:
        """One message of a worker."""
        try:
            kind, *content = content_of(data)
        except Exception as error:  # noqa: BLE001 - unpickling a user's object may raise anything
            reason = f"what the trial sent cannot be read: {type(error).__name__}: {error}"
            self._stop(crew, hand, reason, error)
            return
        if kind == "ready":
            hand.is_ready, self._has_news = True, True
        elif kind == "measured":
            self._measured(crew, hand, content[0])
        elif kind == "ended":
            hand.drop(content[0].number)
            self._ahead.saw(content[0].outcome.seconds)
            self._ended.append(replace(content[0], error=error_of(content[0], content[1])))
        elif kind == "over":
            reason = (
                f"memory limit of {size(self.memory_limit or 0)} passed: {size(content[0])} in use"
            )
            self._stop(crew, hand, reason, WorkerDied(reason))
        elif kind == "interrupted":
            hand.drop(content[0])
            raise KeyboardInterrupt
        else:
            raise Unpicklable(f"a Ray worker could not load the objective: {content[0]}")

    def _measured(self, crew: Crew, hand: Hand, message: Measured) -> None:
        self._has_news = True
        decision = self._listen(message)
        if message.asks:
            hand.decisions.append(str(decision))
        elif decision is not Decision.CONTINUE:
            self._end(crew, hand, hand.tasks[1:])  # the study has lost this trial

    def _end(self, crew: Crew, hand: Hand, others: list[Task]) -> None:
        """End a worker, and give up what it had besides the trial that is the reason."""
        if hand in crew.hands:
            crew.end([hand])
        self._give_up(others)

    def _give_up(self, tasks: list[Task]) -> None:
        """Trials that never began are lost through no fault of their own."""
        reason = "the Ray worker was gone before the trial began"
        for task in tasks:
            self._fail(task, time.monotonic(), reason, WorkerDied(reason), is_lost=True)

    # -- limits -----------------------------------------------------------------------------------

    def _seconds_to_wait(self, busy: list[Hand], end: float | None) -> float:
        now = time.monotonic()
        ends = [now + _TICK] if end is None else [end, now + _TICK]
        ends += [hand.late for hand in busy if len(hand.tasks) > 1 and hand.back is None]
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
        self._end(crew, hand, hand.tasks[1:])
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
