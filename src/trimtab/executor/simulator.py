"""Learning curves replayed in virtual time: the same study, samplers and schedulers, in a thousandth of it.

Discrete-event simulation (Law & Kelton 2000, chapter 1): the objective returns the whole learning curve of a
configuration, and a queue of events says when each of its steps is done on one of `n_workers` workers.
Between two events nothing happens, so the clock jumps. Workers may differ in speed, be held up, and
die. Everything random is drawn from streams named by trial and attempt: the same seed gives the same run.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import History
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.outcome import observed, outcome_of
from trimtab.core.protocols import Decision
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.errors import InvalidArgument, ResultError
from trimtab.executor.call import Callers
from trimtab.executor.handle import Trial
from trimtab.executor.limit import deaf
from trimtab.executor.replay import Log, Replay, Reports, incumbent
from trimtab.executor.straggler import Stragglers, check_stragglers, slowness
from trimtab.executor.worker import reason_of
from trimtab.rng import stream
from trimtab.typing import Array

_POINTS, _SECONDS = 500, 1.0  # a parcel of reports, as a live trial sends them
_UNENDED = 2**62


@dataclass(slots=True)
class _Run:
    """One segment of a trial on a worker."""

    task: Task
    curve: Replay
    worker: int
    pace: float  # what durations are multiplied with
    began: float
    death: float  # when its worker dies
    step: int  # the last one done
    last: int  # the last one of the whole curve
    points: list[Observation]
    flushed: float


class Simulator:
    """An executor whose objective returns a `Replay`, or its values alone: one step takes a second then.

    n_workers: how many trials at once. speeds: one factor for each worker, 2.0 is twice as fast. stragglers:
    sigma of the lognormal factor by which a segment takes longer, or (0.1, 5.0): a tenth of them take five
    times as long. failures: deaths of a worker for each
    second of its work. restart: seconds that each start or resumption costs. checkpoints: whether a trial
    goes on after its last step when it is resumed, or begins anew. seed: of what is random here.

    Raises:
        InvalidArgument: a count or a factor out of range.
    """

    def __init__(
        self,
        n_workers: int = 1,
        *,
        speeds: Sequence[float] | None = None,
        stragglers: Stragglers = 0.0,
        failures: float = 0.0,
        restart: float = 0.0,
        checkpoints: bool = True,
        seed: int = 0,
    ) -> None:
        if isinstance(n_workers, bool) or not isinstance(n_workers, int) or n_workers < 1:
            raise InvalidArgument(f"n_workers={n_workers!r} must be a whole number, 1 or more")
        check_stragglers(stragglers)
        for name, value in (("failures", failures), ("restart", restart)):
            if isinstance(value, bool) or not 0 <= value < np.inf:
                raise InvalidArgument(f"{name}={value!r} must be a number, 0 or more")
        self.speeds = tuple(speeds) if speeds is not None else (1.0,) * n_workers
        if len(self.speeds) != n_workers or not all(0 < s < np.inf for s in self.speeds):
            raise InvalidArgument(
                f"speeds={speeds!r} must be {n_workers} positive numbers, one for each worker"
            )
        self.stragglers, self.failures, self.restart = stragglers, failures, restart
        self.checkpoints, self.seed = checkpoints, seed
        self.now = 0.0  # virtual seconds since the simulator was made
        self.busy = 0.0  # seconds that workers have worked, summed over them
        self._log = Log()
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] = deaf
        self._idle = list(range(n_workers))
        self._running: dict[int, _Run] = {}
        self._queue: list[tuple[float, int, int]] = []  # (time, number, step); step 0: death
        self._ended: list[Ended] = []
        self._curves: dict[
            int, tuple[Replay, int]
        ] = {}  # of paused trials, and the step they came to
        self._starts: dict[int, int] = {}

    # -- what the study needs -----------------------------------------------------------------------

    def clock(self) -> float:
        """The virtual time in seconds; the study's limits and terminators go by it."""
        return self.now

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective; the clock goes on."""
        self.close()
        self._callers, self._listen = Callers(objective), listen

    def free(self) -> int:
        """How many workers have nothing to do."""
        return 0 if self._callers is None else len(self._idle)

    def submit(self, task: Task) -> None:
        """Start one trial, now.

        Raises:
            InvalidArgument: no worker is free, or the objective's parameters do not fit the space.
        """
        if self._callers is None or not self._idle:
            raise InvalidArgument(
                f"submit: no worker is free for trial {task.number}; ask free() first"
            )
        number, caller = task.number, self._callers.of(task)
        known = self._curves.pop(number, None)
        if known is None:
            try:
                known = (self._curve_of(caller(Trial(task, _Silent())), task), 0)
            except Exception as error:  # noqa: BLE001 - what an objective raises fails its trial
                outcome = Outcome(TrialState.FAILED, reason=reason_of(error), seconds=0.0)
                self._ended.append(Ended(number, outcome, error=error))
                return
        run = self._begin(task, known[0], known[1] if self.checkpoints else 0)
        self._running[number] = run
        self._plan(run, self.now + self.restart / self.speeds[run.worker])

    def wait(self, seconds: float | None) -> list[Ended]:
        """The next trials that end, after moving the clock there; by `seconds` at most."""
        deadline = np.inf if seconds is None else self.now + seconds
        while not self._ended and self._queue and self._queue[0][0] <= deadline:
            self.now = now = self._queue[0][0]
            while self._queue and self._queue[0][0] == now:  # in order of the trials' numbers
                _, number, step = heapq.heappop(self._queue)
                run = self._running.get(number)
                if run is not None and (step == 0 or step == run.step + 1):
                    self._happen(run, step)
        if not self._ended and deadline < np.inf:
            self.now = max(self.now, deadline)
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Stop a trial; it begins anew, or at its last step, when it is submitted again."""
        self._ended = [e for e in self._ended if e.number != number]
        run = self._running.get(number)
        if run is not None:
            self._leave(run, keeps=True)

    def close(self) -> None:
        """Stop all trials."""
        for number in list(self._running):
            self.kill(number, "closed")
        self._queue.clear()
        self._ended.clear()
        self._callers, self._listen = None, deaf

    # -- what people want to know ---------------------------------------------------------------------

    @property
    def utilisation(self) -> float:
        """The share of all workers' time so far that was spent on trials."""
        at_work = sum(self.now - run.began for run in self._running.values())
        return (self.busy + at_work) / (len(self.speeds) * self.now) if self.now else 0.0

    def reports(self) -> Reports:
        """Every report with its virtual time."""
        return self._log.reports()

    def incumbent(self, history: History, full_only: bool = False) -> tuple[Array, Array]:
        """Times (n,) at which the best value improved, and that value (n,), minimized.

        `full_only`: count only what was measured at the study's largest budget.
        """
        return incumbent(self._log.reports(), history, full_only)

    # -- events -------------------------------------------------------------------------------------

    def _curve_of(self, returned: Any, task: Task) -> Replay:
        curve = returned if isinstance(returned, Replay) else Replay(returned)
        if len(curve.at(1)) != task.n_objectives:
            observed(list(curve.at(1)), task.n_objectives)  # says what is expected
        needed = task.budget or 1
        if len(curve) < needed:
            raise ResultError(f"Replay: {len(curve)} steps, but the trial shall go up to {needed}")
        return curve

    def _begin(self, task: Task, curve: Replay, step: int) -> _Run:
        start = self._starts[task.number] = self._starts.get(task.number, -1) + 1
        worker = self._idle.pop(0)
        pace, death = 1.0 / self.speeds[worker], np.inf
        if self.stragglers or self.failures:
            rng = stream(self.seed, task.number, start)
            pace *= slowness(self.stragglers, rng)
            if self.failures:
                death = self.now + float(rng.exponential(1.0 / self.failures))
        last = min(len(curve), task.full or _UNENDED)
        return _Run(
            task, curve, worker, pace, self.now, death, min(step, last - 1), last, [], self.now
        )

    def _plan(self, run: _Run, begin: float) -> None:
        """Queue the end of the next step, or the death of the worker before it."""
        end = begin + run.pace * float(run.curve.seconds[run.step])
        event = (
            (run.death, run.task.number, 0)
            if run.death < end
            else (end, run.task.number, run.step + 1)
        )
        heapq.heappush(self._queue, event)

    def _happen(self, run: _Run, step: int) -> None:
        number = run.task.number
        if step == 0:
            self._leave(run, keeps=True)
            outcome = Outcome(
                TrialState.FAILED, reason="worker died (simulated)", seconds=self.now - run.began
            )
            self._ended.append(Ended(number, outcome, tuple(run.points), is_dead=True))
            return
        run.step = step
        point = Observation(step, run.curve.at(step))
        self._log.add(self.now, number, step, point.values)
        run.points.append(point)
        decision = Decision.CONTINUE
        if step < run.last:
            asks = run.task.budget is None or step >= run.task.budget
            if asks or len(run.points) >= _POINTS or self.now - run.flushed >= _SECONDS:
                points, run.points, run.flushed = tuple(run.points), [], self.now
                decision = self._listen(Measured(number, points, asks=asks))
            if decision is Decision.CONTINUE:
                self._plan(run, self.now)
                return
        self._end(run, decision)

    def _end(self, run: _Run, decision: Decision) -> None:
        number, values = run.task.number, run.curve.at(run.step)
        seconds = self.now - run.began
        if decision is Decision.PAUSE:
            outcome = Outcome(TrialState.PAUSED, seconds=seconds)
        elif decision is Decision.STOP:
            usable = values if all(map(math.isfinite, values)) else None
            outcome = Outcome(TrialState.PRUNED, usable, seconds=seconds)
        else:
            outcome = replace(_complete(values, run.task), seconds=seconds)
        self._leave(run, keeps=decision is Decision.PAUSE)
        self._ended.append(Ended(number, outcome, tuple(run.points)))

    def _leave(self, run: _Run, keeps: bool) -> None:
        """The worker is free again; with `keeps` the trial may come back."""
        number = run.task.number
        del self._running[number]
        self.busy += self.now - run.began
        self._idle.append(run.worker)
        self._idle.sort()
        if keeps:
            self._curves[number] = (run.curve, run.step)


class _Silent:
    """The channel of an objective that only describes its curve: what it reports itself is dropped."""

    def send(self, message: Measured) -> None:
        """Nothing."""

    def ask(self, message: Measured) -> Decision:
        """Always go on."""
        return Decision.CONTINUE


def _complete(values: tuple[float, ...], task: Task) -> Outcome:
    try:
        return outcome_of(list(values), task.n_objectives, barrier=task.barrier)
    except ResultError as error:
        return Outcome(TrialState.FAILED, reason=f"ResultError: {error}")
