"""Carry out a plan: the objective, the study, the run, and four lines at its end.

SIGTERM and Ctrl-C both stop the running programs with their children, and put their trials back into
the queue, as POSIX (2017) asks of a program that catches a signal: clean up, then say so in the exit code.
"""

import importlib
import math
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from trimtab.cli import exit_code
from trimtab.cli.plan import Plan
from trimtab.cli.record import metrics_of
from trimtab.cli.searched import Searched
from trimtab.cli.table import cell_of, pairs_of, safe
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.executor.command import PLACES, Command
from trimtab.plugin import did_you_mean
from trimtab.space.space import Space
from trimtab.study.best import last_failure
from trimtab.study.create import create_study
from trimtab.study.signature import space_for
from trimtab.study.study import Study

STORAGE = "trimtab.db"
_PLACE = re.compile(r"\{([A-Za-z_][\w.\-]*)\}")  # as `Command` has it
_RUN = "run"  # the study's attribute
_CLEAN = ("json", "panel")  # displays that leave standard output to themselves, or to nobody


def execute(plan: Plan) -> int:
    """Run the plan to its end, and return the exit code.

    Raises:
        TrimtabError: the plan cannot work, or too many trials failed.
        KeyboardInterrupt: SIGINT came, or (as `Terminated`) SIGTERM; no trial stays running.
    """
    storage = plan.storage or STORAGE
    objective, space = objective_of(plan)
    study = create_study(
        space,
        direction=plan.directions if plan.metrics else None,
        sampler=plan.sampler,
        scheduler=plan.scheduler,
        fidelity=plan.counted(),
        storage=storage,
        study_name=plan.name(),
        load_if_exists=True,
        seed=plan.seed,
    )
    _remember(study, plan)
    try:
        with terminating():
            _run(study, objective, plan)
    except KeyboardInterrupt:
        click.echo(f"to go on: trimtab resume {shlex.join([storage, study.name])}", err=True)
        raise
    return conclude(study, storage, plan.progress or "auto")


def remembered(study: Study) -> Plan:
    """The plan that a study was last run with.

    Raises:
        InvalidArgument: it was not made by `trimtab run`.
    """
    kept = study.user_attrs.get(_RUN)
    if not isinstance(kept, dict):
        raise InvalidArgument(
            f"study {study.name!r} was not begun by `trimtab run`, so there is no program to go on with; "
            "use `trimtab run --storage ... --study-name ...`"
        )
    return Plan.of(kept, f"the run of study {study.name!r}")


def objective_of(plan: Plan) -> tuple[Callable[..., Any], Space | None]:
    """What the plan runs, and the space that it declares.

    Raises:
        InvalidArgument: there is nothing to run, or it cannot be found.
    """
    if plan.command is not None:
        space = plan.declared()
        if space is None:
            raise InvalidArgument(
                "space: no parameter is declared; write one into the command, e.g. "
                "--lr '{lr: 1e-5..1e-1 log}', or give the key `space` in a YAML file"
            )
        if not plan.metrics:
            raise InvalidArgument(
                "minimize: no metric is named; give --minimize METRIC or --maximize METRIC, the name of "
                "a key in the JSON line that the program prints"
            )
        _check_places(plan, space)
        metric = plan.metrics[0] if len(plan.metrics) == 1 else plan.metrics
        return _searched(Command(plan.command, metric=metric, file=plan.metric_file), plan), space
    if plan.objective is None:
        raise InvalidArgument(
            "command: nothing to run; put the program behind `--`, or give the key `command` or "
            "`objective` in a YAML file"
        )
    function = function_named(plan.objective)
    return function, plan.declared() if plan.space is not None else space_for(function, None)


def function_named(name: str) -> Callable[..., Any]:
    """The function that "module:function" names; modules in the current folder come first."""
    module, _, attribute = name.partition(":")
    if not attribute:
        raise InvalidArgument(f"objective={name!r} must be 'module:function', e.g. 'train:loss'")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InvalidArgument(
            f"objective={name!r}: {error}; it is looked for in the current folder, {Path.cwd()}, and "
            "among the installed packages"
        ) from error
    function = getattr(found, attribute, None)
    if not callable(function):
        near = [key for key, value in vars(found).items() if callable(value)]
        raise InvalidArgument(
            f"objective={name!r}: {module!r} has no function {attribute!r}{did_you_mean(attribute, near)}"
        )
    return function


def _check_places(plan: Plan, space: Space) -> None:
    """Every {name} must have a value in every trial; better said now than by each trial that fails."""
    for word in plan.command or ():
        for name in _PLACE.findall(word):
            if name == "budget" and name not in space.domains and plan.fidelity is None:
                raise InvalidArgument(
                    f"{{budget}} in {word!r}: say what steps count, e.g. --fidelity epoch=1..81"
                )
            if name not in space.domains and name not in PLACES:
                raise InvalidArgument(
                    f"{{{name}}} in {word!r} is no parameter{did_you_mean(name, space.names)}; declare it "
                    f"there, e.g. '{{{name}: 0..1}}', or put a space behind a brace that is meant as such"
                )
            if name in space.conditions:
                raise InvalidArgument(
                    f"{{{name}}} in {word!r} has no value where its condition does not hold; take all places "
                    "out of the command: then each active parameter is appended as --name=value"
                )


def _searched(command: Command, plan: Plan) -> Callable[..., Any]:
    """The command, with the expressions that find its metrics, if there are some."""
    if plan.metric_regex is None:
        return command
    if set(plan.metric_regex) != set(plan.metrics):
        raise InvalidArgument(
            f"metric_regex: given for {', '.join(plan.metric_regex)}, but the metrics are "
            f"{', '.join(plan.metrics)}; write NAME=REGEX once for each of these"
        )
    if plan.metric_file is not None:
        raise InvalidArgument("metric_regex and metric_file exclude each other; keep one")
    return Searched(command, tuple((name, plan.metric_regex[name]) for name in plan.metrics))


def _remember(study: Study, plan: Plan) -> None:
    """Keep the plan with the study, for `resume`, and say if it changes what is run."""
    kept, now = study.user_attrs.get(_RUN), plan.to_dict()
    if kept == now:
        return
    for key in ("command", "objective"):
        if isinstance(kept, dict) and kept.get(key) != now.get(key):
            click.echo(
                f"note: study {study.name!r} was begun with {key} {_shown(kept.get(key))}; now it is "
                f"{_shown(now.get(key))}",
                err=True,
            )
    study.set_user_attr(_RUN, now)
    if plan.metrics:
        study.name_metrics(plan.metrics)


def _shown(command: Any) -> str:
    return shlex.join(command) if isinstance(command, list | tuple) else str(command)


def options_of(plan: Plan) -> dict[str, Any]:
    """The plan's options for a run of its study."""
    return {
        "timeout": plan.timeout,
        "trial_timeout": plan.trial_timeout,
        "memory_limit": plan.memory_limit,
        "gpus": 0 if plan.gpus is None else plan.gpus,
        "n_jobs": 1 if plan.n_jobs is None else plan.n_jobs,
        # A worker of its own outlives nobody: not even kill -9 leaves a program running behind.
        "executor": "auto" if plan.command is None else "process",
        "max_failures": plan.max_failures,
        "progress": {"none": False}.get(plan.progress or "auto", plan.progress or "auto"),
        "metrics": plan.metrics,
    }


def _run(study: Study, objective: Callable[..., Any], plan: Plan) -> None:
    options = options_of(plan)
    if plan.n_trials is not None:
        study.run(objective, plan.n_trials, **options)
        return
    if plan.timeout is None and not (len(study.space) and math.isfinite(study.space.size)):
        raise InvalidArgument("n_trials: nothing would end this run; give --n-trials or --timeout")
    study.optimize(objective, **options)


def conclude(study: Study, storage: str, progress: str) -> int:
    """Print how it went, in four lines, and judge it."""
    is_error = progress in _CLEAN
    counts = {s: n for s, n in zip(TrialState, study.history.counts, strict=True) if n}
    told = ", ".join(f"{n} {state}" for state, n in counts.items())
    best, config, code = _best(study)
    place = shlex.join([storage, study.name])
    lines = {
        "best": best,
        "config": config,
        "study": f"{study.name!r} in {storage}: {told or 'no trials'}",
        "more": f"trimtab show {place}; trimtab trials {place} --sort value",
    }
    if len(study.directions) > 1:
        lines["more"] = f"trimtab show {place}; trimtab best {place}"
    for name, value in lines.items():
        click.echo(safe(f"{name:7} {value}"), err=is_error)
    return code


def _best(study: Study) -> tuple[str, str, int]:
    """The best value and its configuration in words, and the exit code."""
    metrics = metrics_of(study)
    if len(study.directions) > 1:
        n = len(study.best_trials)
        if n:
            words = f"{n} trials that no other one beats, by {' and '.join(metrics)}"
            return words, f"one for each; the first: {pairs_of(study.best_trials[0].config)}", 0
        return f"none: {_why(study)}", "", exit_code.NOTHING
    try:
        best = study.best
    except NothingYet:
        return f"none: {_why(study)}", "", exit_code.NOTHING
    words = f"{metrics[0]} {cell_of(best.value)} (trial {best.number})"
    return words, pairs_of(best.config), exit_code.DONE


def _why(study: Study) -> str:
    """Why nothing has completed, as the last failed trial tells it: how its reason begins and ends."""
    told = last_failure(study.history)
    return f"no trial has completed{told or ', or none keeps the constraints'}"


@contextmanager
def terminating() -> Iterator[None]:
    """Leave as after Ctrl-C when SIGTERM comes, in the middle of a trial as well."""

    def leave(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise exit_code.Terminated

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
