"""The loop that keeps an executor busy: take, submit, listen, write down, until something ends it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol

from trimtab.core.history import COMPLETE, FAILED, History
from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision, Executor
from trimtab.core.trial import Record, TrialState
from trimtab.errors import (
    AlreadyTold,
    InvalidArgument,
    LeaseLost,
    NothingYet,
    SpaceExhausted,
)
from trimtab.executor.choose import executor_of
from trimtab.study.failure import has_attempts_left, too_many
from trimtab.study.interrupt import Interrupts
from trimtab.study.ledger import Ledger
from trimtab.study.options import Options
from trimtab.study.parcel import Parcel, settled
from trimtab.study.progress import Progress, Quiet, is_looking, progress_of

_NAP = 0.05  # seconds, while a failed trial rests and no other one runs


class Steered(Protocol):
    """What the loop needs of a study."""

    @property
    def name(self) -> str: ...

    @property
    def is_stopping(self) -> bool: ...


class Loop:
    """One run of an objective on a study."""

    def __init__(
        self, study: Steered, ledger: Ledger, objective: Callable[..., Any], options: Options
    ) -> None:
        if not callable(objective):
            raise InvalidArgument(
                f"objective={objective!r} cannot be called; pass a function, or an executor.Command"
            )
        self.study, self.ledger = study, ledger
        self.objective = objective
        self.options = options
        self.executor: Executor = executor_of(
            options.executor,
            n_jobs=options.n_jobs,
            timeout=options.timeout,
            trial_timeout=options.trial_timeout,
            memory_limit=options.memory_limit,
            gpus=options.gpus,
        )
        self.parcel = Parcel(ledger, options.total)
        self.n_failed = 0
        self._resting: list[tuple[float, int, str]] = []  # (until, number, reason) before a retry
        self.why = ""  # why the run ended
        self._interrupts = Interrupts()
        self._error: BaseException | None = None
        self._progress: Progress = Quiet()
        is_watched = bool(options.callbacks) or options.terminator is not None
        self._is_row = ledger.is_quick and not is_watched  # no result has a say in what comes next
        # A simulator has a clock of its own; everything that is counted in seconds goes by it.
        self._clock: Callable[[], float] = getattr(self.executor, "clock", time.monotonic)
        self._begun = self._clock()

    @property
    def seconds(self) -> float:
        """How long this run has been going."""
        return self._clock() - self._begun

    def run(self) -> None:
        """Run until something ends it; whatever happens, no trial stays running."""
        options, ledger = self.options, self.ledger
        ledger.reap()
        if self._is_complete(ledger.history):
            return
        with ExitStack() as stack:
            stack.enter_context(self._interrupts)
            progress = progress_of(options.progress, self.study.name)
            stack.enter_context(progress)
            stack.callback(self._leave)
            if hasattr(self.executor, "is_row"):
                self.executor.is_row = self._is_row
            self.executor.open(self.objective, self._listen)
            stack.callback(self.executor.close)
            self._begun = self._clock()
            self._progress = progress
            progress.start(ledger.history, self._goal(), options.timeout)
            self._spin(progress)
            progress.stop(ledger.history, self.why)
        if self._error is not None:
            raise self._error

    def _goal(self) -> int | None:
        if self.options.total is not None:
            return self.options.total
        if self.options.budget is not None:
            return self.ledger.history.n_finished + self.options.budget
        return None

    def _is_complete(self, history: History) -> bool:
        total = self.options.total
        return total is not None and history.n_finished >= total

    # -- the loop -------------------------------------------------------------------------------

    def _spin(self, progress: Progress) -> None:
        while True:
            self._wake()
            self._fill()
            if self.executor.free() > 0:  # nothing more to begin
                self._told(0)
            if len(self.parcel.running) == len(self.parcel.ready) and not self.parcel.held:
                break
            for ended in self.executor.wait(self._patience(progress.interval)):
                self._end(ended)
            progress.tick(self.ledger.history, self.parcel.n_begun)
            if self._seconds_left() == 0.0:
                self.why = self.why or f"timeout of {self.options.timeout:g} s"
                break
            if self._error is not None:
                break

    def _patience(self, interval: float) -> float | None:
        """How long to wait for the executor; in virtual time, where waiting is free, as long as may be."""
        left = self._seconds_left()
        if self._clock is not time.monotonic:
            until = min((rest[0] - self.seconds for rest in self._resting), default=None)
            found = [max(0.0, s) for s in (left, until) if s is not None]
            return min(found, default=None)
        seconds = interval if left is None else min(left, interval)
        if len(self.parcel.running) == len(self._resting):
            time.sleep(min(seconds, _NAP))  # nothing else is there to wait for
        return seconds

    def _seconds_left(self) -> float | None:
        if self.options.timeout is None:
            return None
        return max(0.0, self.options.timeout - self.seconds)

    def _fill(self) -> None:
        """Start trials while a worker is free and nothing says that it is time to end."""
        while self.executor.free() > 0 and self._may_begin():
            try:
                task = self._next()
            except SpaceExhausted as error:
                if not self.parcel.running and not self.ledger.history.n_finished:
                    raise
                self.why = str(error)
                return
            if task is None:
                self._look_at_nothing()
                return
            if self.options.barrier:
                task = replace(task, barrier=True)
            self.executor.submit(task)

    def _may_begin(self) -> bool:
        """Whether another trial may be begun: all that were taken, unless the run is cut short."""
        is_over = self._should_end()
        return not is_over or (bool(self.parcel.ready) and not self.why and self._error is None)

    def _next(self) -> Task | None:
        """The next trial: one that was taken along, or one that is asked for as results are told."""
        with self._interrupts.held(), self.ledger.lock:
            trial = self.parcel.next()
            if trial is not None or self._error is not None:
                return trial
            n = self.executor.free() + self.parcel.n_ahead if self._is_row else 1
            if self.options.budget is not None:
                n = max(1, min(n, self.options.budget - len(self.parcel.taken)))
            if not self._told(n):
                self.parcel.take(n, fresh=not self._is_spent())
            return self.parcel.next()

    def _told(self, n: int) -> bool:
        """Tell the results that are held, and take up to n trials along; whether there are any."""
        with self._interrupts.held():
            is_taken = self.parcel.tell(n)
        told, self.parcel.told = self.parcel.told, []
        for message in told:
            self._look_at(message)
        return is_taken

    def _is_held(self, message: Ended) -> bool:
        """Whether a result may be told with others.

        Whatever looks at results might end the run: then each is told at once, and looked at.
        """
        is_plain = message.outcome.state in (TrialState.COMPLETE, TrialState.PRUNED)
        return is_plain and self._is_row and not self._resting

    def _look_at_nothing(self) -> None:
        """No trial is to be had: fine if ours are running, or if the last ones run elsewhere."""
        n, total = len(self.ledger.history), self.options.total
        if self.parcel.running or self._is_spent() or (total is not None and n >= total):
            return
        self.why = "the sampler waits for the results of trials that run elsewhere"
        if not self.parcel.taken:
            raise NothingYet(f"{self.why}: tell them first, or run again later")

    def _should_end(self) -> bool:
        if self.why or self._error is not None:
            return True
        if self.study.is_stopping:
            self.why = "stopped by a callback"
        elif self._is_spent() and self.ledger.promoter is None:
            return True
        elif self._seconds_left() == 0.0:
            self.why = f"timeout of {self.options.timeout:g} s"
        elif self.options.terminator is not None:
            self.why = self.options.terminator.done(self.ledger.history, self.seconds) or ""
        return bool(self.why)

    def _is_spent(self) -> bool:
        """Whether this run has started as many trials as it may; paused ones may still go on."""
        return self.options.budget is not None and len(self.parcel.taken) >= self.options.budget

    def _listen(self, message: Measured) -> Decision:
        """Write down what a running trial measured; a trial that is no longer ours shall stop."""
        if message.number not in self.parcel.running:
            return Decision.STOP
        try:
            return self.ledger.measured(message)
        except (LeaseLost, AlreadyTold):
            self.parcel.running.discard(message.number)
            return Decision.STOP

    def _end(self, message: Ended) -> None:
        """Write down how a trial ended, tell the callbacks, and see what a failure means."""
        number = message.number
        if number not in self.parcel.running:
            return
        if self._is_retried(message):
            attempt = int(self.ledger.history.table.attempt[number])
            until = self.seconds + self.options.retry_delay * 2 ** (attempt - 1)
            self._resting.append((until, number, message.outcome.reason or "failed"))
            return
        with self._interrupts.held():
            if self._is_held(message):
                return self.parcel.hold(message)
            self._told(0)
            told = settled(self.ledger, message)
            self.parcel.running.discard(number)
        if told is not None:
            self._look_at(told)

    def _look_at(self, message: Ended) -> None:
        """Show the callbacks and the display how a trial ended, and see what a failure means."""
        history = self.ledger.history
        state = history.table.state[message.number]
        is_seen = self.options.callbacks or is_looking(self._progress)
        if state < COMPLETE or (state != FAILED and not is_seen):
            return  # a record takes as long to make as a quick trial to run
        record = history.record(message.number)
        self._progress.ended(history, record)
        for callback in self.options.callbacks:
            callback(self.study, record)
        self._look_at_failure(message, record)

    def _is_retried(self, message: Ended) -> bool:
        """Whether a failed trial has attempts left."""
        attempt = int(self.ledger.history.table.attempt[message.number])
        return self._error is None and has_attempts_left(message, attempt, self.options)

    def _wake(self) -> None:
        """Put failed trials that have rested long enough back into the queue, for another attempt."""
        due = [rest for rest in self._resting if rest[0] <= self.seconds]
        self._resting = [rest for rest in self._resting if rest not in due]
        for _, number, reason in due:
            with self._interrupts.held():
                self.parcel.put_back([number], reason)

    def _look_at_failure(self, message: Ended, record: Record) -> None:
        if record.state is not TrialState.FAILED:
            return
        self.n_failed += 1
        error, options = message.error, self.options
        if error is not None and not isinstance(error, options.catch):
            self._error = error
            return
        self._error = too_many(self.n_failed, record, self.ledger.history, options)
        if self._error is not None and error is not None:
            self._error.__cause__ = error

    def _leave(self) -> None:
        """Tell what is held, and put back what was not run, so that nothing stays running."""
        with self._interrupts.held():
            self.parcel.leave(self.why or "the run was interrupted")
