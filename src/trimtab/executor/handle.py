"""The live trial: what an objective holds in its hands while it runs.

It hands out the configuration, or lets the objective choose it as it goes (define-by-run, after
Akiba et al. 2019), collects reports and asks whether to go on. What it measures is sent in parcels:
when 500 points have gathered, a second after the last parcel, at `should_prune`, and at the end.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from trimtab.core.message import Chosen, Measured, Task
from trimtab.core.outcome import Reported, given, observed, step_of
from trimtab.core.protocols import Decision
from trimtab.core.trial import Observation, TrialState
from trimtab.errors import InvalidArgument
from trimtab.executor.artifact import keep
from trimtab.executor.attribute import as_json
from trimtab.executor.checkpoint import Checkpoint
from trimtab.executor.deprecated import DEPRECATED
from trimtab.executor.suggest import Suggestions, made
from trimtab.foreign import TRIAL, no_attribute
from trimtab.space.domain import Categorical, Domain, Float, Int
from trimtab.space.space import Space

_POINTS = 500  # reports in one parcel
_SECONDS = 1.0  # between two parcels


class Channel(Protocol):
    """The way from a running trial back to its study."""

    def send(self, message: Measured) -> None:
        """Pass on what was measured."""

    def ask(self, message: Measured) -> Decision:
        """Pass on what was measured, and wait for the decision."""


class Trial:
    """One running trial.

    `task`: what it was given. `number`. `seed`: 32 bits, for the objective's own randomness. `attempt`:
    1, and one more each time that a dead worker's trial is taken over. `state`: "running".
    `is_stopped`: True once the study has given the trial up, for objectives in threads, which nothing
    else can stop. `last`: the latest report.
    """

    state = TrialState.RUNNING

    def __init__(self, task: Task, channel: Channel) -> None:
        self.number = task.number
        self.seed = task.seed
        self.attempt = task.attempt
        self.is_stopped = False
        self.last: Observation | None = None
        self.task = task
        self._channel = channel
        self._suggestions = Suggestions(task)
        self._attrs: dict[str, Any] = {}
        self._points: list[Observation] = []
        self._notes: dict[str, Any] = {}
        self._n_sent = 0  # suggestions that the study knows of
        self.verdict = Decision.CONTINUE  # of a loop over `steps`
        self.checkpoint = Checkpoint(task.checkpoint, task.token, self._settle_reports)
        self.ran_to: int | None = None  # the budget that the objective was called with
        self._next_step = 0
        self._hooks: list[Callable[[], Any]] = []
        self._lock = threading.RLock()
        self._flushed = time.monotonic()

    def __repr__(self) -> str:
        return f"<Trial {self.number}: {self.config}>"

    def __getattr__(self, name: str) -> Any:
        if name in DEPRECATED:
            return DEPRECATED[name].__get__(self)
        raise no_attribute(type(self).__name__, name, TRIAL, dir(type(self)))

    @property
    def config(self) -> dict[str, Any]:
        """The configuration; of a define-by-run trial, what has been chosen so far. A copy."""
        return dict(self._suggestions.config)

    @property
    def params(self) -> dict[str, Any]:
        """The same as `config`, under the name that users of other frameworks know."""
        return self.config

    @property
    def budget(self) -> int | None:
        """The step up to which the trial shall run for now; None: to its own end."""
        return self.task.budget

    @property
    def user_attrs(self) -> dict[str, Any]:
        """What `set_user_attr` has set. A copy."""
        return dict(self._attrs)

    # -- choosing -------------------------------------------------------------------------------

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number in [low, high], on a grid of `step` where one is given.

        Raises:
            SpaceError: a bad range, or `name` is known with another one; both are named.
        """
        value: float = self._suggest(name, made(Float, low, high, step, log))
        return value

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """A whole number in [low, high], both ends included.

        Raises:
            SpaceError: a bad range, or `name` is known with another one; both are named.
        """
        value: int = self._suggest(name, made(Int, low, high, step, log))
        return value

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices.

        Raises:
            SpaceError: no choices, or `name` is known with others; both are named.
        """
        return self._suggest(name, Categorical(list(choices)))

    def suggest(self, space: Space | Mapping[str, Any]) -> dict[str, Any]:
        """A value for every active parameter of a whole space.

        Raises:
            SpaceError: a name is known with another range, or no configuration keeps the constraints.
        """
        with self._lock:
            return self._suggestions.choose_all(space if isinstance(space, Space) else Space(space))

    def _suggest(self, name: str, domain: Domain) -> Any:
        with self._lock:
            return self._suggestions.choose(name, domain)

    # -- measuring ------------------------------------------------------------------------------

    def report(self, value: Reported = None, step: int | None = None, **named: float) -> None:
        """Note an intermediate result: one number, or one for each objective, in order or by name.

        Without a `step` they are counted on, 0, 1, 2, ...; of two reports at one step the later one
        counts. NaN and infinities are kept, and rank last: a scheduler ends such a trial. What else is
        named, `report(loss=0.3, learning_rate=0.1)`, becomes an attribute of the trial: the latest value.

        Raises:
            ResultError: not real numbers, a name is missing, or not a whole step.
        """
        step = self._next_step if step is None else step_of(step)
        value, others = given(value, named, self.task.metrics)
        point = Observation(step, observed(value, self.task.n_objectives, self.task.metrics))
        for name, other in others.items():
            self.set_user_attr(name, other)
        with self._lock:
            self._next_step = step + 1
            self.verdict = Decision.CONTINUE  # who goes on regardless has not been stopped
            self.last = point
            self.checkpoint.now = step
            self._points.append(point)
            if len(self._points) >= _POINTS or time.monotonic() - self._flushed >= _SECONDS:
                self._channel.send(self.drain())

    def should_prune(self) -> bool:
        """Whether the trial had better end now: raise `trimtab.TrialPruned` if so."""
        if self.is_stopped:
            return True
        return self._ask() is not Decision.CONTINUE

    def steps(
        self, n: int | None = None, *, resume: Callable[[Path], Any] | None = None
    ) -> Iterator[int]:
        """The steps that are left to do, of 1, ..., n: `for epoch in trial.steps(81, resume=model.load):`.

        The first one is the step after the latest checkpoint, whose folder `resume(folder)` is called with,
        at once; where nothing was saved it is not called. Report at each step, and save before the body
        of the loop ends: it simply stops when the trial is stopped, or paused until a scheduler lets it go
        on, and what the objective returns then is not taken for a result. Without `n`: the study's largest
        budget.

        Raises:
            InvalidArgument: no n, and the study has no fidelity; or `resume` cannot be called.
        """
        last = self.task.full if n is None else n
        if last is None:
            raise InvalidArgument(
                "steps: give the number of steps, or the study fidelity=trimtab.Fidelity('epoch', 1, 81)"
            )
        if resume is not None and not callable(resume):
            raise InvalidArgument(
                f"steps: resume={resume!r} must be a function that loads from a folder, e.g. model.load"
            )
        if resume is not None and (saved := self.checkpoint.folder) is not None:
            resume(saved)
        return self._steps(self.checkpoint.step + 1, last)

    def _steps(self, first: int, last: int) -> Iterator[int]:
        for step in range(first, last + 1):
            self._next_step = self.checkpoint.now = step
            yield step
            if step < last and (self.task.budget is None or step >= self.task.budget):
                self._ask()
            if self.verdict is not Decision.CONTINUE:
                return

    def _ask(self) -> Decision:
        if not self.is_stopped:
            self.verdict = self._channel.ask(self.drain(asks=True))
        return Decision.STOP if self.is_stopped else self.verdict

    def _settle_reports(self) -> None:
        """Wait until the study has written down what was reported so far; its decision is not wanted."""
        if self._points and not self.is_stopped:
            self._channel.ask(self.drain(asks=True))

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON value to the trial, e.g. the path of a model.

        Raises:
            InvalidArgument: the key is no string, or JSON cannot hold the value.
        """
        if not isinstance(key, str):
            raise InvalidArgument(
                f"set_user_attr: key={key!r} is a {type(key).__name__}; use a string"
            )
        copied = as_json(key, value)
        with self._lock:
            self._attrs[key] = self._notes[key] = copied

    def save_artifact(self, path: str | PathLike[str], name: str | None = None) -> Path:
        """Keep a copy of a file or folder with the trial, whatever becomes of it; returns where.

        Raises:
            InvalidArgument: no such file, a name that is a path, or a trial without a folder.
        """
        return keep(self.task.checkpoint, path, name)

    def on_exit(self, hook: Callable[[], Any]) -> None:
        """Call `hook()` when the trial ends, however it ends; the last one added is called first.

        A trial that is killed from outside has half a second for them; one that is killed outright
        (SIGKILL, a crash of the interpreter) has not.
        """
        self._hooks.append(hook)

    def drain(self, asks: bool = False) -> Measured:
        """Everything measured and chosen since the last parcel; from here on it is the caller's."""
        with self._lock:
            points, self._points = tuple(self._points), []
            notes, self._notes = self._notes, {}
            self._flushed = time.monotonic()
            return Measured(self.number, points, notes, self._newly_chosen(), asks)

    def _newly_chosen(self) -> Chosen | None:
        chosen = self._suggestions.chosen() if self.task.is_open else None
        if chosen is None or len(chosen.config) == self._n_sent:
            return None
        self._n_sent = len(chosen.config)
        return chosen


def flush_if_due(trial: Trial) -> None:
    """For executors, from another thread: send what has waited for a second."""
    with trial._lock:
        has_chosen = trial.task.is_open and len(trial._suggestions.config) != trial._n_sent
        has_news = bool(trial._points or trial._notes or has_chosen)
        if has_news and time.monotonic() - trial._flushed >= _SECONDS:
            trial._channel.send(trial.drain())


def take_hooks(trial: Trial) -> Iterator[Callable[[], Any]]:
    """The hooks of a trial that has ended, last one first; each is handed out once."""
    while trial._hooks:
        yield trial._hooks.pop()


def carry(trial: Trial, key: str, value: Any) -> None:
    """For executors: a value of any kind that goes along with the end of a trial which no study keeps."""
    trial._notes[key] = value
