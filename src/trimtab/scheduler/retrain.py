"""A schedule that was found, run again from the start: each part goes on from the one before it.

Jaderberg et al. (2017), Population Based Training of Neural Networks, section 4.4: what was learned is a
schedule, not a configuration, and training with it anew keeps most of what the population bought.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab.core.fidelity import Start
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument, SpaceExhausted
from trimtab.evaluation.population import position
from trimtab.typing import Rng


@dataclass(frozen=True)
class Retrain:
    """Train with a schedule: `tt.schedule_of(study.trials).parts`, pairs of a first step and a config."""

    parts: tuple[tuple[int, Mapping[str, Any]], ...]

    def __post_init__(self) -> None:
        given = self.parts if isinstance(self.parts, list | tuple) else ()
        is_well = bool(given) and all(
            isinstance(part, list | tuple)
            and len(part) == 2
            and type(part[0]) is int
            and isinstance(part[1], Mapping)
            for part in given
        )
        steps = [part[0] for part in given] if is_well else []
        if not is_well or steps[0] != 0 or any(b <= a for a, b in pairwise(steps)):
            raise InvalidArgument(
                f"parts={self.parts!r} must be pairs (step, config) with ascending steps from 0 on, such as "
                "trimtab.schedule_of(study.trials).parts"
            )
        object.__setattr__(self, "parts", tuple((s, dict(c)) for s, c in given))

    def next(self, history: History, rng: Rng) -> Start | None:
        """See `Promoter`: the next part, once the one before it has come to its end.

        Raises:
            SpaceExhausted: the schedule is over.
        """
        k = len(history)
        if k and history.table.state[k - 1] != PAUSED:
            if k == len(self.parts):
                raise SpaceExhausted(f"all {k} parts of the schedule have been run")
            return None
        row = history.space.codes(self.parts[k][1]).tolist()
        codes = tuple(None if np.isnan(v) else v for v in row)
        return Start(self._end(k), codes, k - 1 if k else None)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return self._end(number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause where the next part begins."""
        return (
            Decision.PAUSE if position(history, number) >= self._end(number) else Decision.CONTINUE
        )

    def _end(self, k: int) -> int:
        return self.parts[k + 1][0] if k + 1 < len(self.parts) else 2**62
