"""One trial from start to end, wherever it runs: call the objective, and turn whatever happens into `Ended`.

Nothing that an objective raises gets past this file except KeyboardInterrupt, which is the user's word
to the whole program. PEP 3151 (2011) and PEP 654 (2021) have the classes that we meet here.
"""

import logging
import math
import time
import traceback
from dataclasses import replace
from types import TracebackType
from typing import Any

from trimtab.core.message import Ended, Task
from trimtab.core.outcome import outcome_of
from trimtab.core.protocols import Decision
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import ResultError, TrialPruned, TrialTimeout
from trimtab.executor.call import Caller
from trimtab.executor.handle import Channel, Trial, take_hooks
from trimtab.executor.meter import Meter
from trimtab.executor.sweep import sweep

_LONGEST = 8192  # characters of traceback that are kept, from its end
_LONGEST_LINE = 500
_OWN = ("/trimtab/executor/worker.py", "/trimtab/executor/call.py")

log = logging.getLogger("trimtab")


class ProgramFailed(RuntimeError):
    """A program that an objective ran has failed; the message is the whole reason."""


def run_task(caller: Caller, task: Task, channel: Channel) -> Ended:
    """Run one trial. In the user's own process the global random generators are left alone."""
    return run_trial(caller, Trial(task, channel), task)


def run_trial(caller: Caller, trial: Trial, task: Task, meter: Meter | None = None) -> Ended:
    """Run a trial whose handle exists already, so that others can watch it; `meter` says what it used.

    Raises:
        KeyboardInterrupt: the objective, or the user, raised it; the hooks have run.
    """
    sweep()  # what earlier trials have left in cycles
    start = time.perf_counter()
    error: BaseException | None = None
    try:
        outcome, error = _judged(caller(trial), task)
        outcome = _in_segment(outcome, trial)
    except KeyboardInterrupt:
        raise
    except TrialPruned as pruned:
        outcome = _left(trial, str(pruned) or None)
    except BaseException as raised:  # noqa: BLE001 - sys.exit() in an objective fails the trial, not the run
        error = raised.with_traceback(_inner(raised.__traceback__))
        is_told = isinstance(error, ProgramFailed | TrialTimeout)
        outcome = Outcome(TrialState.FAILED, reason=str(error) if is_told else reason_of(error))
    finally:
        run_hooks(trial)
    outcome = replace(outcome, seconds=time.perf_counter() - start)
    usage = None if meter is None else meter.read()
    tail = trial.drain()
    said = (tail.observations, tail.notes, tail.chosen)
    try:
        return Ended(trial.number, outcome, *said, error=error, usage=usage)
    finally:
        del error  # its traceback knows this frame: a cycle would keep the objective's arrays alive


def _in_segment(outcome: Outcome, trial: Trial) -> Outcome:
    """What a result means for a trial that was stopped or paused, or had less than its full budget."""
    if outcome.state is not TrialState.COMPLETE:
        return outcome
    if trial.ran_to is not None and outcome.values is not None:
        trial.report(outcome.values, trial.ran_to)
        is_full = trial.task.full is None or trial.ran_to >= trial.task.full
        return outcome if is_full else Outcome(TrialState.PAUSED)
    return outcome if trial.verdict is Decision.CONTINUE else _left(trial, None, outcome)


def _left(trial: Trial, reason: str | None, returned: Outcome | None = None) -> Outcome:
    """A trial that ended before its end: paused, where a scheduler said so, else pruned.

    A pruned trial's values are those of its last report; what it returned only where it never reported.
    """
    if trial.verdict is Decision.PAUSE:
        return Outcome(TrialState.PAUSED)
    values = _last_values(trial)
    if trial.last is None and returned is not None:
        values = returned.values
    return Outcome(TrialState.PRUNED, values, reason=reason)


def _last_values(trial: Trial) -> tuple[float, ...] | None:
    """What a pruned trial reported last; None where that is no result."""
    if trial.last is None or not all(map(math.isfinite, trial.last.values)):
        return None
    return trial.last.values


def _judged(returned: Any, task: Task) -> tuple[Outcome, ResultError | None]:
    try:
        return outcome_of(
            returned, task.n_objectives, barrier=task.barrier, metrics=task.metrics
        ), None
    except ResultError as error:  # what is wrong is the value; our own traceback would tell nothing
        return Outcome(TrialState.FAILED, reason=f"ResultError: {error}"), error.with_traceback(
            None
        )


def reason_of(error: BaseException) -> str:
    """Why a trial failed: one line with the class and the message, then the end of the traceback."""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    first = f"{type(error).__name__}: {_text(error)}".split("\n", 1)[0].rstrip(": ")
    frames = "".join(told.format())
    reason = f"{first[:_LONGEST_LINE]}\n{frames[-_LONGEST:]}"
    return reason.encode("utf-8", "backslashreplace").decode()  # lone surrogates fit no storage


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - a user's __str__ may raise anything
        return f"<its message cannot be shown: {type(broken).__name__}>"


def _inner(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without our own frames: shorter, and it keeps none of our variables alive."""
    while tb is not None and tb.tb_frame.f_code.co_filename.replace("\\", "/").endswith(_OWN):
        tb = tb.tb_next
    return tb


def run_hooks(trial: Trial) -> None:
    """Call the hooks of a trial that has ended, each once; one that fails is logged."""
    for hook in take_hooks(trial):
        try:
            hook()
        except (Exception, SystemExit, GeneratorExit):
            log.exception("trial %d: a hook of on_exit failed", trial.number)
