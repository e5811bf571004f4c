"""Lineages: who went on from whom, the schedule that this made, and how many lines are left.

Jaderberg et al. (2017). Population Based Training of Neural Networks, figure 6 (phylogenetic trees) and
section 4.4 (schedules). Diversity is Shannon's entropy (1948) of the living members' first ancestors.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.core.trial import Record, TrialState
from trimtab.errors import InvalidArgument

_GONE = (TrialState.PRUNED, TrialState.FAILED)


@dataclass(frozen=True)
class Schedule:
    """Configurations over one training: pairs of the step before a part begins, and its config."""

    parts: tuple[tuple[int, Mapping[str, Any]], ...]
    trials: tuple[int, ...]  # the line of ancestors, oldest first

    def at(self, step: int) -> Mapping[str, Any]:
        """The configuration that step `step` (1, 2, ...) was trained with."""
        return [config for start, config in self.parts if start < step or start == 0][-1]

    def save(self, path: str | Path) -> None:
        """Write it as JSON; `load_schedule` reads it."""
        plain = {"parts": [[s, dict(c)] for s, c in self.parts], "trials": list(self.trials)}
        Path(path).write_text(json.dumps(plain, indent=2) + "\n")


def load_schedule(path: str | Path) -> Schedule:
    """A schedule that was saved.

    Raises:
        InvalidArgument: the file holds none.
    """
    try:
        plain = json.loads(Path(path).read_text())
        parts = tuple((int(s), dict(c)) for s, c in plain["parts"])
        return Schedule(parts, tuple(int(i) for i in plain["trials"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidArgument(
            f"{str(path)!r} holds no schedule ({error}); save one with trimtab.schedule_of(...).save(path)"
        ) from error


def schedule_of(trials: Sequence[Record], number: int) -> Schedule:
    """How a trial came to be: its ancestors' configurations and its own, each from its first step.

    Raises:
        InvalidArgument: there is no such trial.
    """
    by_number = {t.number: t for t in trials}
    if number not in by_number:
        raise InvalidArgument(f"number={number!r} is no trial; there are {len(trials)}")
    line = ancestry(by_number, number)
    starts = [0 if t.origin is None else t.origin[1] for t in line]
    parts = tuple((s, t.config) for s, t in zip(starts, line, strict=True))
    return Schedule(parts, tuple(t.number for t in line))


def ancestry(trials: Mapping[int, Record], number: int) -> list[Record]:
    """The trial's line of parents, oldest first, itself last."""
    line = [trials[number]]
    while line[-1].parent is not None:
        line.append(trials[line[-1].parent])
    return line[::-1]


def lineages(trials: Sequence[Record]) -> dict[int, int]:
    """How many living members descend from each first ancestor that has any left."""
    by_number = {t.number: t for t in trials}
    alive = [t.number for t in trials if t.state not in _GONE]
    return dict(Counter(ancestry(by_number, i)[0].number for i in alive))


def diversity(trials: Sequence[Record]) -> float:
    """Entropy in nats of the living members' first ancestors: 0 where a single line is left."""
    counts = lineages(trials).values()
    total = sum(counts)
    return -sum(n / total * math.log(n / total) for n in counts) + 0.0 if total else 0.0
