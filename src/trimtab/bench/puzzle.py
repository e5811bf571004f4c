"""The functions of `bench.function` as problems of a comparison, with noise where it is wanted.

Noise is normal with a standard deviation given as a share of the spread of the function over random
configurations, so that one number means the same on every function.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.bench.curve import TASKS
from trimtab.bench.function import Task, names, task
from trimtab.bench.regret import Level
from trimtab.bench.runner import Objective
from trimtab.core.trial import Result
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.space.space import Space
from trimtab.typing import Array


@dataclass(frozen=True)
class FunctionPuzzle:
    """A function with a known optimum."""

    function: str
    d: int = 5  # dimensions, where the function leaves them open
    noise: float = 0.0  # standard deviation, as a share of the function's own

    def __post_init__(self) -> None:
        is_plain = self.task.least is not None and not isinstance(self._at_random(1)[0], Result)
        if not is_plain or not 0 <= self.noise < np.inf:
            raise InvalidArgument(
                f"function={self.function!r}, noise={self.noise!r}: one objective with a known least "
                "value and no constraints is needed, and noise of 0 or more"
            )

    @property
    def name(self) -> str:
        """The function, its dimensions and its noise."""
        is_open = len(self.task.space.names) != len(task(self.function, self.d + 1).space.names)
        size = f"-{self.d}d" if is_open else ""
        return f"{self.function}{size}{f'-noise{self.noise:g}' if self.noise else ''}"

    @cached_property
    def task(self) -> Task:
        """The function itself."""
        return task(self.function, self.d)

    @cached_property
    def _drawn(self) -> Array:
        return np.array(self._at_random(_DRAWS), np.float64)

    def _at_random(self, n: int) -> list[Any]:
        """What the function is at n random configurations."""
        rng = np.random.default_rng([0, 1])  # NOTE: no stream of a seed: those are of the noise
        return [self.task(config) for config in self.task.space.sample(rng, n)]

    def open(self, seed: int) -> Objective:
        """The objective of one run."""
        sd = self.noise * float(self._drawn.std()) if self.noise else 0.0
        return _Opened(self.task, sd, stream(seed))

    def level(self) -> Level:
        """The least value, and the median of random configurations."""
        return Level(float(self.task.least or 0.0), float(np.median(self._drawn)))


@dataclass
class _Opened:
    task: Task
    sd: float
    rng: np.random.Generator

    @property
    def space(self) -> Space:
        """Where to look."""
        return self.task.space

    def measured(self, config: Mapping[str, Any]) -> float:
        """The value, with noise."""
        value = self.true(config)
        return value + self.sd * float(self.rng.standard_normal()) if self.sd else value

    def true(self, config: Mapping[str, Any]) -> float:
        """The value."""
        return float(self.task(config))


@dataclass(frozen=True)
class Named:
    """What the name of a problem says: the function, its dimensions if they are open, and its noise."""

    function: str
    d: int = 5
    noise: float = 0.0

    @property
    def least(self) -> float | None:
        """The least value there is; None where nobody knows."""
        if self.function in TASKS:
            return TASKS[self.function].least
        return task(self.function, self.d).least if self.function in names() else None


def named(problem: str) -> Named:
    """The parts of a name such as sphere-5d-noise0.1, as `FunctionPuzzle.name` makes them."""
    name, _, noise = problem.partition("-noise")
    parts = re.fullmatch(r"(.+?)(?:-(\d+)d)?", name)
    function, d = parts.groups() if parts else (name, None)
    try:
        return Named(function, int(d or 5), float(noise or 0.0))
    except ValueError:
        return Named(problem)


_DRAWS = 1000
