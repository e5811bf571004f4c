"""An objective that meets one instance after the other, for schedulers that race candidates.

Birattari et al. (2002), A Racing Algorithm for Configuring Metaheuristics, GECCO.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from trimtab.core.trial import Result
from trimtab.errors import InvalidArgument
from trimtab.evaluation.evaluator import SCORES
from trimtab.typing import Config


class Saved(Protocol):
    """A trial's checkpoints."""

    @property
    def folder(self) -> Path | None:
        """The latest one; None where there is none."""

    def save(self, step: int) -> AbstractContextManager[Path]:
        """A new folder to save into."""


class Stepping(Protocol):
    """What a race says to a trial; `trimtab.Trial` is one."""

    @property
    def checkpoint(self) -> Saved:
        """Its checkpoints."""

    def steps(self, n: int | None = None) -> Iterator[int]:
        """The steps that are left to do."""

    def report(self, value: float, step: int | None = None) -> None:
        """Note an intermediate result."""

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON value."""


@dataclass(frozen=True)
class Raced:
    """An objective that is the mean of objective(config, instance) over `instances`, in their order.

    What was lost on instance i is reported at step i + 1 and kept in the trial's checkpoint, so a paused
    trial meets none of them twice. Each trial keeps its scores as an attribute.

    Raises:
        InvalidArgument: no instances.
    """

    objective: Callable[[Config, Any], float]
    instances: Sequence[Any]

    def __post_init__(self) -> None:
        if not len(self.instances):
            raise InvalidArgument("instances=[]: give the folds, seeds or problems to meet")

    def __call__(self, config: Config, trial: Stepping) -> Result:
        """The mean over all instances, or over those met so far where the scheduler ends the trial."""
        folder = trial.checkpoint.folder
        scores: list[float] = json.loads((folder / _FILE).read_text()) if folder else []
        for step in trial.steps(len(self.instances)):
            scores.append(float(self.objective(config, self.instances[step - 1])))
            trial.report(scores[-1], step)
            with trial.checkpoint.save(step) as place:
                (place / _FILE).write_text(json.dumps(scores))
        trial.set_user_attr(SCORES, scores)
        return Result(math.fsum(scores) / len(scores) if scores else math.nan)


_FILE = "scores.json"
