"""Any program as an objective: values go in as arguments, results come out as lines, or in a file.

The program is started directly, never through a shell (execve(2), Seventh Edition 1979), in a session
of its own, so that a timeout or a pruned trial ends it with all its children.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.executor.handle import Trial
from trimtab.executor.program import Program
from trimtab.executor.worker import ProgramFailed
from trimtab.plugin import did_you_mean

_PLACE = re.compile(r"\{([A-Za-z_][\w.\-]*)\}")
_STYLES = ("equals", "space")
_OWN = "program"  # the folder that a program has to itself among a trial's checkpoints
PLACES = ("trial", "seed", "budget", "checkpoint")  # that are no parameters


@dataclass(frozen=True)
class Command:
    """A program to run for each trial, e.g. `Command(["python", "train.py", "--lr", "{lr}"])`.

    In `argv` (a list, or a line that is split into one; there is no shell), {name} stands for the value
    of a parameter, {trial} for the trial's number and {seed} for its seed. Where no parameter is
    mentioned at all, every active one is appended, as `--name=value` (style "equals") or
    `--name value` ("space"). Strings are passed as they are, all else as JSON: 0.1, true, null.
    The environment has TRIMTAB_TRIAL and TRIMTAB_SEED.

    Under a scheduler that pauses, {budget} is the step up to which the program shall go for now, and
    {checkpoint} a folder of the trial's own, to go on from when it is called again. A program that is not
    told its budget is ended when it reports the step.

    The result is the last line of standard output that is JSON: a number, or an object with the
    `metric` (one key, or one for each objective; default: "value", "values", or its only number). With
    `pattern`, it is the first group of the last match in the output; with `file`, the JSON in that file
    ({trial} and the others may stand in its name). Lines of JSON objects with a "step" are reports on
    the way, and may get the trial pruned. `timeout`: seconds. A program that exits with anything but 0
    fails the trial; the reason quotes the end of its standard error.

    Raises:
        InvalidArgument: nothing to run, or an unknown style.
    """

    argv: str | Sequence[str]
    metric: str | Sequence[str] | None = None
    pattern: str | None = None
    file: str | None = None
    style: str = "equals"
    timeout: float | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = (
            shlex.split(self.argv) if isinstance(self.argv, str) else [str(a) for a in self.argv]
        )
        if not words:
            raise InvalidArgument(
                f"argv={self.argv!r} names no program; e.g. ['python', 'train.py']"
            )
        if self.style not in _STYLES:
            raise InvalidArgument(f"style={self.style!r} is not known; use 'equals' or 'space'")
        if self.timeout is not None and not self.timeout > 0:
            raise InvalidArgument(f"timeout={self.timeout!r} must be a number above 0, or None")
        object.__setattr__(self, "argv", tuple(words))
        object.__setattr__(self, "env", dict(self.env))

    def __call__(self, trial: Trial) -> Any:
        """Run the program for one trial.

        Raises:
            ProgramFailed: it cannot be started, exits with an error, or prints no result.
            TrialTimeout: it ran too long.
            TrialPruned: the study has seen enough.
        """
        known = self.known(trial)
        words = self.words(trial.config, known)
        file = None if self.file is None else Path(self.cwd or ".", _fill(self.file, known))
        before = _stamp(file)
        run = Program(words, trial, env=self.env, cwd=self.cwd, timeout=self.timeout)
        try:
            for line in run.lines():
                run.output.append(line)
                self._report(trial, _json_of(line))
        finally:
            run.end()
        run.check()
        if file is None:
            return self._result(run)
        if _stamp(file) in (None, before):
            raise ProgramFailed(f"the program has not written {str(file)!r}{run.told()}")
        return self._value(_json_of(file.read_text()), f"{str(file)!r}")

    def known(self, trial: Trial) -> dict[str, Any]:
        """What the places in `argv` stand for, in one trial; a budget that is told counts as kept."""
        places = self._places()
        found = {"trial": trial.number, "seed": trial.seed, **trial.config}
        budget = trial.task.full if trial.budget is None else trial.budget
        if "budget" in places and "budget" not in trial.config and budget is not None:
            trial.ran_to = found["budget"] = budget
        if "checkpoint" in places and "checkpoint" not in trial.config and trial.task.checkpoint:
            folder = Path(trial.task.checkpoint).absolute() / _OWN
            folder.mkdir(parents=True, exist_ok=True)
            found["checkpoint"] = str(folder)
        return found

    def words(self, config: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
        """The program and its arguments for one configuration."""
        words = [_fill(word, known) for word in self.argv]
        if not self._places() - set(PLACES):
            for name, value in config.items():
                option = [f"--{name}={_text(value)}"], [f"--{name}", _text(value)]
                words += option[_STYLES.index(self.style)]
        return words

    def _places(self) -> set[str]:
        return {name for word in self.argv for name in _PLACE.findall(word)}

    def _report(self, trial: Trial, content: Any) -> None:
        if isinstance(content, dict) and "step" in content:
            try:
                value = self._value(content, "a report")
            except ProgramFailed:
                return  # a line about something else, e.g. the epoch's learning rate
            trial.report(value, content["step"])
            # A program that knows its budget ends there by itself, when it has saved what it needs.
            if trial.should_prune() and (trial.ran_to is None or trial.verdict is Decision.STOP):
                raise TrialPruned(f"pruned at step {content['step']}")

    def _result(self, run: Program) -> Any:
        if self.pattern is not None:
            matches = re.findall(self.pattern, "\n".join(run.output), re.MULTILINE)
            if not matches:
                raise ProgramFailed(f"no output matches pattern={self.pattern!r}{run.told()}")
            last = matches[-1]
            return float(last) if isinstance(last, str) else [float(group) for group in last]
        for line in reversed(run.output):
            content = _json_of(line)
            if content is not None:
                return self._value(content, "the last line of JSON")
        raise ProgramFailed(
            "the program printed no result: let it print a number, or an object such as "
            f'{{"value": 0.5}}, as its last line{run.told()}'
        )

    def _value(self, content: Any, where: str) -> Any:
        if not isinstance(content, dict):
            return content
        if self.metric is not None:
            names = [self.metric] if isinstance(self.metric, str) else list(self.metric)
            missing = [name for name in names if name not in content]
            if missing:
                raise ProgramFailed(
                    f"{where} lacks {missing[0]!r}{did_you_mean(missing[0], content)}; it has "
                    f"{', '.join(map(repr, content))}"
                )
            values = [content[name] for name in names]
            return values[0] if isinstance(self.metric, str) else values
        for name in ("value", "values"):
            if name in content:
                return content[name]
        numbers = [v for k, v in content.items() if k != "step" and type(v) in (int, float)]
        if len(numbers) != 1:
            raise ProgramFailed(
                f"{where} has {len(numbers)} numbers ({', '.join(map(repr, content))}); say which counts "
                "with metric='...'"
            )
        return numbers[0]


def _fill(template: str, known: Mapping[str, Any]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            raise ProgramFailed(
                f"{{{name}}} in {template!r} is no active parameter{did_you_mean(name, known)}; there are "
                f"{', '.join(map(repr, known))}"
            )
        return _text(known[name])

    return _PLACE.sub(value_of, template)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _json_of(text: str) -> Any:
    """The number or object that a line is, None for any other line."""
    text = text.strip()
    if not text or not (text[0] in "{[-." or text[0].isdigit() or text in ("NaN", "Infinity")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _stamp(file: Path | None) -> tuple[int, int] | None:
    try:
        found = None if file is None else file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)
