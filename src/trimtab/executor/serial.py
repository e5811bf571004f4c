"""One trial at a time, in the caller's own thread: nothing is copied, debuggers and Ctrl-C just work.

Objective and study share one thread, as coroutines do (Conway 1963): a trial that measures something
calls the study's listener from the middle of its evaluation, and goes on when that returns.
"""

from collections.abc import Callable
from typing import Any

from trimtab.core.message import Ended, Measured, Task
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument
from trimtab.executor.call import Callers
from trimtab.executor.handle import Trial
from trimtab.executor.meter import Meter
from trimtab.executor.worker import run_trial


class Serial:
    """Runs each trial inside `submit`. A trial cannot be killed: only worker processes can."""

    def __init__(self) -> None:
        self._callers: Callers | None = None
        self._listen: Callable[[Measured], Decision] | None = None
        self._trial: Trial | None = None
        self._ended: list[Ended] = []
        self._broken: BaseException | None = None  # what the listener raised, not the objective

    def open(self, objective: Any, listen: Callable[[Measured], Decision]) -> None:
        """Make ready to run this objective."""
        self._callers, self._listen = Callers(objective), listen
        self._trial, self._broken = None, None
        self._ended.clear()

    def free(self) -> int:
        """1 between trials; 0 until the end of the last one has been taken with `wait`."""
        return 0 if self._callers is None or self._trial is not None or self._ended else 1

    def submit(self, task: Task) -> None:
        """Run one trial to its end.

        Raises:
            KeyboardInterrupt: the user has had enough, in the middle of the trial.
            InvalidArgument: the executor is not open, or the parameters do not fit the space.
        """
        if self._callers is None:
            raise InvalidArgument(
                "submit: the executor is closed; call open(objective, listen) first"
            )
        caller = self._callers.of(task)
        self._trial, self._broken = Trial(task, self), None
        try:
            ended = run_trial(caller, self._trial, task, Meter())
        finally:
            self._trial = None
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise broken
        self._ended.append(ended)

    def wait(self, seconds: float | None) -> list[Ended]:
        """The trial that has ended, if any; never blocks, as nothing goes on meanwhile."""
        ended, self._ended = self._ended, []
        return ended

    def kill(self, number: int, reason: str) -> None:
        """Drop the end of a trial; one that runs is told to stop, through `is_stopped` and `should_prune`."""
        self._ended = [e for e in self._ended if e.number != number]
        if self._trial is not None and self._trial.number == number:
            self._trial.is_stopped = True

    def close(self) -> None:
        """Forget the objective."""
        self._callers, self._listen = None, None
        self._ended.clear()

    # -- the channel of the running trial ---------------------------------------------------------

    def send(self, message: Measured) -> None:
        """From the running trial: pass on what was measured."""
        if self.ask(message) is not Decision.CONTINUE and self._trial is not None:
            self._trial.is_stopped = True  # the study has lost this trial

    def ask(self, message: Measured) -> Decision:
        """From the running trial: pass on what was measured; returns the study's decision."""
        if self._listen is None:
            return Decision.STOP
        try:
            return self._listen(message)
        except Exception as error:
            self._broken = error  # the objective may swallow it; `submit` will not
            raise
