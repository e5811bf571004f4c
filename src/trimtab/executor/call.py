"""How an objective is called: with the live trial, with its configuration, or with keyword arguments.

Decided once, from the signature (PEP 362, 2012), before any trial runs, so that a misspelt parameter
is an error at the start and not a hundred failed trials:

- a parameter named `trial` receives the live handle; in a define-by-run study, the only parameter does;
- a single required parameter that is no parameter of the space receives the configuration as a dict;
- in a study with a fidelity, a parameter named `budget` receives how far to go;
- otherwise every parameter receives its value by name; those with a default that the space lacks keep it.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from trimtab.core.message import Task
from trimtab.errors import InvalidArgument
from trimtab.executor.handle import Trial
from trimtab.plugin import did_you_mean

Caller = Callable[[Trial], Any]

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def caller_of(
    objective: Callable[..., Any], names: Sequence[str], is_open: bool, has_budget: bool = False
) -> Caller:
    """A function that calls the objective for a trial.

    `names`: the parameters of the space. `is_open`: the objective chooses its parameters itself.
    `has_budget`: the study has a fidelity, so a parameter named `budget` receives the trial's budget.

    Raises:
        InvalidArgument: not callable, or its parameters do not fit the space; the message names them.
    """
    if not callable(objective):
        raise InvalidArgument(
            f"objective={objective!r} is a {type(objective).__name__}, which cannot be called; "
            "pass a function of a configuration that returns a number"
        )
    try:
        parameters = list(inspect.signature(objective).parameters.values())
    except (ValueError, TypeError):  # some builtins have no signature
        return _WithTrial(objective) if is_open else _WithConfig(objective)
    if is_open:
        return _open_caller(objective, parameters)
    if has_budget and "budget" not in names:
        rest = [p for p in parameters if p.name != "budget" or p.kind not in _BY_NAME]
        if len(rest) < len(parameters):
            return _WithBudget(objective, _caller(objective, rest, names))
    return _caller(objective, parameters, names)


def _caller(
    objective: Callable[..., Any], parameters: list[inspect.Parameter], names: Sequence[str]
) -> "_WithTrial | _WithConfig | _WithNames":
    takes_trial = [p for p in parameters if p.name == "trial" and p.kind in _BY_NAME]
    if takes_trial and "trial" not in names:
        rest = [p for p in parameters if p.name != "trial"]
        if not any(_is_required(p) for p in rest) and not _named(rest, names):
            return _WithTrial(objective, by_name=True)
        return _closed_caller(objective, rest, names, with_trial=True)
    return _closed_caller(objective, parameters, names, with_trial=False)


class Callers:
    """The caller of one objective, made anew only when the names of the space change."""

    def __init__(self, objective: Callable[..., Any]) -> None:
        self._objective = objective
        self._made: tuple[tuple[tuple[str, ...] | None, bool], Caller] | None = None

    def of(self, task: Task) -> Caller:
        """The caller for this task; raises InvalidArgument as `caller_of` does."""
        names = None if task.is_open else task.space.names
        key = (names, task.full is not None)
        if self._made is None or self._made[0] != key:
            caller = caller_of(self._objective, names or (), task.is_open, task.full is not None)
            self._made = (key, caller)
        return self._made[1]


@dataclass(frozen=True, slots=True)
class _WithTrial:
    objective: Callable[..., Any]
    by_name: bool = False

    def __call__(self, trial: Trial) -> Any:
        return self.objective(trial=trial) if self.by_name else self.objective(trial)


@dataclass(frozen=True, slots=True)
class _WithConfig:
    objective: Callable[..., Any]
    by_name: str | None = None  # the name of a keyword-only parameter
    with_trial: bool = False

    def __call__(self, trial: Trial) -> Any:
        keywords: dict[str, Any] = {"trial": trial} if self.with_trial else {}
        if self.by_name is None:
            return self.objective(trial.config, **keywords)
        return self.objective(**{self.by_name: trial.config}, **keywords)


@dataclass(frozen=True, slots=True)
class _WithNames:
    objective: Callable[..., Any]
    by_position: tuple[str, ...] = ()
    with_trial: bool = False

    def __call__(self, trial: Trial) -> Any:
        config = trial.config
        first = [config.pop(name) for name in self.by_position if name in config]
        if self.with_trial:
            config["trial"] = trial
        return self.objective(*first, **config)


@dataclass(frozen=True, slots=True)
class _WithBudget:
    """An objective that is told how far to go, and returns what it measured there."""

    objective: Callable[..., Any]
    caller: _WithTrial | _WithConfig | _WithNames

    def __call__(self, trial: Trial) -> Any:
        trial.ran_to = trial.task.full if trial.budget is None else trial.budget
        told = partial(self.objective, budget=trial.ran_to)
        return replace(self.caller, objective=told)(trial)


def _open_caller(objective: Callable[..., Any], parameters: list[inspect.Parameter]) -> Caller:
    required = [p for p in parameters if _is_required(p)]
    named = [p for p in parameters if p.name == "trial" and p.kind in _BY_NAME]
    if named and all(p.name == "trial" for p in required):
        return _WithTrial(objective, by_name=True)
    positional = [
        p for p in parameters if p.kind in (*_BY_POSITION, inspect.Parameter.VAR_POSITIONAL)
    ]
    if positional and (len(required) == 0 or required == positional[:1]):
        return _WithTrial(objective)
    raise InvalidArgument(
        f"{_name(objective)} takes {_listed(required) or 'no parameters'}, but the study has no space: "
        "give it a space, or let the objective take one parameter, the trial, and call "
        "trial.suggest_float(...) and the like"
    )


def _closed_caller(
    objective: Callable[..., Any],
    parameters: list[inspect.Parameter],
    names: Sequence[str],
    with_trial: bool,
) -> _WithConfig | _WithNames:
    required = [p for p in parameters if _is_required(p)]
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
    single = required or [p for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]
    is_config = required or not _named(parameters, names)
    if len(single) == 1 and single[0].name not in names and is_config:
        by_name = single[0].name if single[0].kind is inspect.Parameter.KEYWORD_ONLY else None
        return _WithConfig(objective, by_name, with_trial)
    _check_names(objective, parameters, names, takes_any)
    first = [
        p.name
        for p in parameters
        if p.kind is inspect.Parameter.POSITIONAL_ONLY and p.name in names
    ]
    return _WithNames(objective, tuple(first), with_trial)


def _check_names(
    objective: Callable[..., Any],
    parameters: list[inspect.Parameter],
    names: Sequence[str],
    takes_any: bool,
) -> None:
    """Every required parameter is in the space, and every name of the space has a place to go."""
    known = [p.name for p in parameters if p.kind in (*_BY_POSITION, *_BY_NAME)]
    missing = [p.name for p in parameters if _is_required(p) and p.name not in names]
    if missing:
        hints = "".join(did_you_mean(name, names) for name in missing)
        raise InvalidArgument(
            f"{_name(objective)} needs {_quoted(missing)}, which the space does not have{hints}; its "
            f"parameters are {_quoted(names)}. Add it to the space, give it a default, or let the "
            "objective take one parameter: the whole configuration as a dict"
        )
    homeless = [name for name in names if name not in known]
    if homeless and not takes_any:
        hints = "".join(did_you_mean(name, known) for name in homeless)
        raise InvalidArgument(
            f"{_name(objective)} does not take {_quoted(homeless)} of the space{hints}; add it to the "
            "function, accept **kwargs, or take one parameter: the whole configuration as a dict"
        )


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind in (*_BY_POSITION, *_BY_NAME)


def _named(parameters: list[inspect.Parameter], names: Sequence[str]) -> bool:
    return any(p.name in names or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)


def _name(objective: Callable[..., Any]) -> str:
    return f"objective {getattr(objective, '__name__', type(objective).__name__)!r}"


def _listed(parameters: list[inspect.Parameter]) -> str:
    return _quoted([p.name for p in parameters])


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
