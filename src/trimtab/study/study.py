"""A study: the one stateful object that people hold. It asks, is told, and knows what is best."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from trimtab.core.event import Noted
from trimtab.core.history import RUNNING, History
from trimtab.core.message import Measured
from trimtab.core.outcome import outcome_of
from trimtab.core.problem import METRICS, Direction, checked_metrics, metric_names
from trimtab.core.trial import Outcome, Record, Result, TrialState
from trimtab.errors import AlreadyTold, InvalidArgument, NothingYet, ResultError
from trimtab.executor.handle import Trial
from trimtab.foreign import STUDY, no_attribute
from trimtab.pareto.dominance import is_non_dominated
from trimtab.plugin import require
from trimtab.space.space import Space
from trimtab.study.best import best_number
from trimtab.study.context import take_in_context
from trimtab.study.direct import live
from trimtab.study.ledger import Ledger
from trimtab.study.loop import Loop
from trimtab.study.options import Options, checked_count
from trimtab.study.queued import queue, wait
from trimtab.study.rows import flat, metrics_of


class Study:
    """Ask for trials and tell how they went; or hand over an objective, and `optimize` does both.

    Make one with `create_study`, `load_study` or `minimize`. Methods may be called from any thread.
    """

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self.ledger = ledger
        self._stop_requested = False

    def __repr__(self) -> str:
        return f"<Study {self.name!r}: {len(self.ledger.history)} trials>"

    def __getattr__(self, name: str) -> Any:
        raise no_attribute("Study", name, STUDY, dir(type(self)))

    def ask(
        self,
        n: int | None = None,
        *,
        lease: float | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The next trial to evaluate, or a list of up to `n` of them.

        A trial that a dead worker left behind, or that was enqueued, comes first. With a `lease` in
        seconds the trial may be told by any process until that time is over; without, it goes back
        into the queue when this process ends. With a `context` the trial has the given values, and the
        sampler, "contextual" or "linucb", chooses the others for them.

        Raises:
            SpaceExhausted: every configuration of a finite space or design has been tried.
            NothingYet: the sampler needs the results of running trials first.
        """
        many = 1 if n is None else checked_count("n", n)
        if context is not None:
            tasks = take_in_context(self.ledger, many, context, lease)
        else:
            tasks = self.ledger.take(many, detached=lease)
        if not tasks:
            raise NothingYet(
                f"the sampler waits for the results of {self.history.counts[RUNNING]} running trials; "
                "tell them first"
            )
        trials = live(tasks, self.ledger.measured)
        return trials if n is not None else trials[0]

    def tell(
        self,
        trial: Trial | Record | int,
        values: Any = None,
        *,
        state: TrialState | str | None = None,
        skip_if_finished: bool = False,
    ) -> None:
        """Settle a trial; when this returns, the result is durable.

        `values`: a number, one for each objective in order or by name, or a `Result`. `state`: "pruned" or
        "failed" for a trial without a full result; "paused" for one that a scheduler may resume.

        Raises:
            ResultError: not a finite real number; nothing has changed.
            AlreadyTold: the trial was settled before; its result stands.
            LeaseLost: another worker took the trial over; the value was kept as a late result.
        """
        number = _number_of(trial)
        outcome = _outcome(values, state, self.ledger.history)
        tail = trial.drain() if isinstance(trial, Trial) else Measured(number)
        try:
            self.ledger.settle(number, outcome, tail)
        except AlreadyTold:
            if not skip_if_finished:
                raise

    def enqueue(
        self,
        config: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        priority: float | None = None,
    ) -> list[int]:
        """Queue configurations to be tried next, in order; returns the numbers of their trials.

        What a configuration leaves open is drawn. It is checked against the space here and now.
        With a `priority` it is tried after all that have none, higher ones first, and gets its number when
        a worker takes it: the list is empty. One that 16 others have overtaken comes first.

        Raises:
            SpaceError: a value is outside the space, or a name is not in it; nothing was queued.
            InvalidArgument: the priority is no finite number.
        """
        configs = [config] if isinstance(config, Mapping) else list(config)
        if priority is None:
            return wait(self.ledger, configs)
        queue(self.ledger, configs, priority)
        return []

    def optimize(
        self, objective: Callable[..., Any], n_trials: int | None = None, **options: Any
    ) -> None:
        """Run `n_trials` more trials of the objective; without a count, until another limit ends it.

        `options` are the fields of `trimtab.study.loop.Options`: timeout, n_jobs, callbacks, catch, ...
        Trials that wait, or that a dead worker left behind, come first and count.
        """
        budget = None if n_trials is None else checked_count("n_trials", n_trials)
        self._optimize(objective, Options.of(budget=budget, **options))

    def run(self, objective: Callable[..., Any], n_trials: int, **options: Any) -> None:
        """Complete the study to `n_trials` trials in all; with that many finished, do nothing."""
        self._optimize(objective, Options.of(total=checked_count("n_trials", n_trials), **options))

    def _optimize(self, objective: Callable[..., Any], options: Options) -> None:
        self._stop_requested = False
        if options.metrics:
            self.name_metrics(options.metrics)
        Loop(self, self.ledger, objective, options).run()

    def stop(self) -> None:
        """End the running `optimize` after the trials that are under way; for callbacks."""
        self._stop_requested = True

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called in this run."""
        return self._stop_requested

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON value to the study."""
        self.ledger.note(Noted(None, key, value))

    def name_metrics(self, names: Sequence[str]) -> None:
        """Name the objectives, in the order of the directions, for reports, results and tables.

        Raises:
            InvalidArgument: not one name for each objective, or they have other names already.
        """
        named = checked_metrics(names, len(self.directions))
        known = metric_names(self.user_attrs, len(self.directions))
        if known and named != known:
            raise InvalidArgument(
                f"metrics={', '.join(named)}: study {self.name!r} has named its objectives "
                f"{', '.join(known)}; use these, in this order, or another study_name"
            )
        if not known:
            self.set_user_attr(METRICS, list(named))

    @property
    def history(self) -> History:
        """All trials as arrays, up to date with the journal."""
        self.ledger.sync()
        return self.ledger.history

    @property
    def trials(self) -> list[Record]:
        """All trials, by number."""
        with self.ledger.lock:
            return list(self.history)

    def dataframe(self) -> Any:
        """All trials as a pandas DataFrame, a row each: `values.NAME`, `config.NAME`, seconds, CPU, ...

        Raises:
            MissingExtra: pandas is not installed.
        """
        pandas = require("pandas", "pandas", "study.dataframe()")
        return pandas.DataFrame(flat(self.trials, metrics_of(self)))

    @property
    def space(self) -> Space:
        """The search space; what has been suggested so far, where objectives define it."""
        return self.history.space

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Which way is better, for each objective."""
        return self.ledger.history.directions

    @property
    def direction(self) -> Direction:
        """Which way is better, for the one objective."""
        if len(self.directions) > 1:
            raise InvalidArgument("study.direction: several objectives; use study.directions")
        return self.directions[0]

    @property
    def user_attrs(self) -> dict[str, Any]:
        """The study's own attributes."""
        return dict(self.history.attrs)

    @property
    def best(self) -> Record:
        """The best feasible trial.

        Raises:
            NothingYet: no trial has completed, or none is feasible.
            InvalidArgument: the study has several objectives; see `best_trials`.
        """
        with self.ledger.lock:
            history = self.history
            if len(history.directions) > 1:
                raise InvalidArgument(
                    f"study.best: the study has {len(history.directions)} objectives and no single best "
                    "trial; study.best_trials is the set that no other trial beats"
                )
            return history.record(best_number(history))

    @property
    def best_trial(self) -> Record:
        """The same as `best`."""
        return self.best

    @property
    def best_value(self) -> float:
        """The best trial's value."""
        return float(self.best.value or 0.0)

    @property
    def best_config(self) -> Mapping[str, Any]:
        """The best trial's configuration."""
        return self.best.config

    @property
    def best_params(self) -> Mapping[str, Any]:
        """The same as `best_config`."""
        return self.best.config

    @property
    def best_trials(self) -> list[Record]:
        """The feasible trials that no other one dominates; with one objective, the best ones."""
        with self.ledger.lock:
            history = self.history
            losses = np.where(history.is_feasible()[:, None], history.losses(), np.nan)
            return [history.record(int(i)) for i in np.flatnonzero(is_non_dominated(losses))]


def _number_of(trial: Any) -> int:
    number = getattr(trial, "number", trial)
    if isinstance(number, bool) or not isinstance(number, Integral):
        raise InvalidArgument(f"trial={trial!r} must be a trial that was asked for, or its number")
    return int(number)


def _outcome(values: Any, state: TrialState | str | None, history: History) -> Outcome:
    state, n_objectives = _state(state), len(history.directions)
    if state is TrialState.COMPLETE or (state is TrialState.PRUNED and values is not None):
        metrics = metric_names(history.attrs, n_objectives)
        checked = outcome_of(values, n_objectives, metrics=metrics)
        return Outcome(state, checked.values, checked.constraints, checked.cost)
    if isinstance(values, str):
        return Outcome(state, reason=values)
    if values is not None and not isinstance(values, Result):
        raise ResultError(f"values={values!r} with state='{state}': a failed trial has no values")
    return Outcome(state)


def _state(state: TrialState | str | None) -> TrialState:
    word = "complete" if state is None else str(getattr(state, "value", state)).lower()
    ends = {"complete", "pruned", "failed", "fail", "paused"}
    if word not in ends:
        raise ResultError(
            f"state={state!r} is not an end; tell 'complete', 'pruned' or 'failed', or 'paused'"
        )
    return TrialState("failed" if word == "fail" else word)
