"""What `trimtab run` shall do: read from YAML, from the command line, or from the study it is resumed from.

The keys are those of the file; an option of the command line wins over the file. The split into a
declarative file and overrides is that of Hydra (Yadan 2019).
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from trimtab.cli.load import load_mapping, space_from
from trimtab.cli.template import inline_space
from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.space.space import Space

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {f"{unit}I": 1024**i for i, unit in enumerate("KMGT", 1)}
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?I?)B?\s*", re.IGNORECASE)
_RANGE = re.compile(r"\s*([^=]*[^=\s])\s*=\s*(\d+)\s*\.\.\s*(\d+)\s*")
_NOT_KEPT = ("storage", "study_name", "progress")  # what a study need not remember of its run


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. `command` or `objective` says what; the rest says how, and may be missing."""

    command: tuple[str, ...] | None = None
    objective: str | None = None  # "module:function"
    space: Any = None
    where: tuple[str, ...] = ()
    minimize: tuple[str, ...] = ()
    maximize: tuple[str, ...] = ()
    n_trials: int | None = None
    timeout: float | None = None
    trial_timeout: float | None = None
    memory_limit: int | None = None  # bytes
    gpus: float | None = None
    n_jobs: int | None = None
    max_failures: int | None = None
    sampler: Any = None
    scheduler: Any = None
    fidelity: Any = None  # "epoch=1..81", or the settings of a Fidelity
    seed: int | None = None
    storage: str | None = None
    study_name: str | None = None
    metric_regex: Mapping[str, str] | None = None  # metric -> expression
    metric_file: str | None = None
    progress: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], source: str) -> Self:
        """A checked plan from plain values; `source` is what an error calls them.

        Raises:
            InvalidArgument: an unknown key, with the nearest known one, or a value that cannot work.
        """
        known = [f.name for f in fields(cls)]
        for key in given:
            if key not in known:
                raise InvalidArgument(
                    f"{source}: {key!r} is not known{did_you_mean(key, known)}; there are: "
                    + ", ".join(known)
                )
        values = {key: value for key, value in given.items() if value is not None}
        for key in ("minimize", "maximize", "where"):
            if key in values:
                values[key] = _texts(values[key], f"{source}: {key}")
        if "metric_regex" in values:
            values["metric_regex"] = _regexes(values["metric_regex"], source)
        if "fidelity" in values:
            fidelity_of(values["fidelity"])
        if "memory_limit" in values:
            values["memory_limit"] = size_of(values["memory_limit"])
        if "command" in values:
            values |= _command(values, source)
        return cls(**values)

    @classmethod
    def from_file(cls, path: str) -> Self:
        """The plan in a YAML file; see `of`."""
        plan = cls.of(load_mapping(path), path)
        return plan if plan.study_name else replace(plan, study_name=Path(path).stem)

    def over(self, other: "Plan") -> "Plan":
        """This plan, with what it leaves open taken from the other; a goal replaces the other's goals."""
        blank = Plan()
        mine = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if getattr(self, f.name) != getattr(blank, f.name)
        }
        if self.command or self.objective:
            other = replace(other, command=None, objective=None)
        if self.metrics:
            other = replace(other, minimize=(), maximize=())
        if isinstance(other.space, Mapping) and isinstance(self.space, Mapping):
            mine["space"] = {**other.space, **self.space}
        return replace(other, **mine)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the objectives: those to minimize, then those to maximize."""
        return (*self.minimize, *self.maximize)

    @property
    def directions(self) -> list[str]:
        """One direction for each metric; a single "minimize" where none is named."""
        return ["minimize"] * len(self.minimize) + ["maximize"] * len(self.maximize) or ["minimize"]

    def declared(self) -> Space | None:
        """The search space; None where the objective has to say."""
        return None if self.space is None else space_from(self.space, self.where)

    def counted(self) -> Fidelity | None:
        """How much of an evaluation may be done; None where that is not said."""
        return None if self.fidelity is None else fidelity_of(self.fidelity)

    def name(self) -> str:
        """The study's name: as given, else after the script or program."""
        if self.study_name:
            return self.study_name
        if self.objective:
            return self.objective.replace(":", ".")
        program, *args = self.command or ("study",)
        scripts = [arg for arg in args if not arg.startswith("-") and Path(arg).is_file()]
        return Path(scripts[0] if scripts else program).stem or "study"

    def to_dict(self) -> dict[str, Any]:
        """What a study keeps of its run, as JSON; `of` reads it."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if value not in (None, ()) and key not in _NOT_KEPT
        }


def size_of(value: Any) -> int:
    """Bytes: a whole number, or text such as "2GB" (10**9) or "512MiB" (2**20).

    Raises:
        InvalidArgument: neither.
    """
    found = _SIZE.fullmatch(str(value))
    if found is None or isinstance(value, bool):
        raise InvalidArgument(f"memory_limit={value!r} is no size; write e.g. 2GB or 512MiB")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def fidelity_of(spec: Any) -> Fidelity:
    """A fidelity from "epoch=1..81", from "bits=16,32,64", or from its settings.

    Raises:
        InvalidArgument: none of these.
    """
    if not isinstance(spec, str):
        return Fidelity.of(spec)
    found = _RANGE.fullmatch(spec)
    if found is not None:
        return Fidelity(found[1], int(found[2]), int(found[3]))
    name, _, levels = spec.partition("=")
    try:
        return Fidelity(name.strip(), levels=tuple(map(int, levels.split(","))))
    except ValueError as error:
        raise InvalidArgument(
            f"fidelity={spec!r} must be a name with a range, epoch=1..81, or with levels, bits=16,32,64"
        ) from error


def _command(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The program with its arguments, and the space with what they declare."""
    if "objective" in values:
        raise InvalidArgument(f"{source}: command and objective exclude each other; keep one")
    spelled = values["command"]
    try:
        args: Sequence[Any] = shlex.split(spelled) if isinstance(spelled, str) else list(spelled)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"{source}: command={spelled!r} is no command ({error}); give a list of arguments"
        ) from error
    command, declared = inline_space(args)
    if not command:
        raise InvalidArgument(f"{source}: command is empty; give a program and its arguments")
    found: dict[str, Any] = {"command": tuple(command)}
    if declared:
        space = values.get("space") or {}
        if not isinstance(space, Mapping) or (both := set(space) & set(declared)):
            which = ", ".join(sorted(both)) if isinstance(space, Mapping) else "the space"
            raise InvalidArgument(
                f"{source}: {which}: declared under `space` and inside the command; keep one"
            )
        found["space"] = {**space, **declared}
    return found


def _texts(value: Any, what: str) -> tuple[str, ...]:
    texts = (
        (value,)
        if isinstance(value, str)
        else tuple(value)
        if isinstance(value, list | tuple)
        else ()
    )
    if not texts or not all(isinstance(text, str) for text in texts):
        raise InvalidArgument(f"{what}={value!r} must be a text, or a list of texts")
    return texts


def _regexes(value: Any, source: str) -> dict[str, str]:
    """Expressions by metric, from a mapping or from texts NAME=REGEX.

    Raises:
        InvalidArgument: neither, or an expression that cannot be compiled.
    """
    if isinstance(value, Mapping):
        found = {str(name): str(text) for name, text in value.items()}
    else:
        texts = _texts(value, f"{source}: metric_regex")
        pairs = [text.partition("=") for text in texts]
        if bare := [name for name, is_named, _ in pairs if not is_named]:
            raise InvalidArgument(
                f"{source}: metric_regex={bare[0]!r} names no metric; write NAME=REGEX, e.g. "
                "'loss=loss is ([-+.0-9eE]+)'"
            )
        found = {name: text for name, _, text in pairs}
    for name, text in found.items():
        try:
            re.compile(text)
        except re.error as error:
            raise InvalidArgument(
                f"{source}: metric_regex: {text!r}, for {name!r}, is no regular expression: {error}"
            ) from error
    return found
