"""Population based training: the losers go on from a winner's checkpoint, with another configuration.

Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning, Simonyan, Fernando &
Kavukcuoglu (2017). Population Based Training of Neural Networks. arXiv:1711.09846, algorithm 1.

A loser ends, and a new trial takes its place: it starts from the checkpoint of its parent, and its
configuration is the parent's, explored. So every trial has one configuration, and a schedule is a line of
ancestors. Nobody waits for anybody; with fewer workers than members they take turns, the one that
is furthest behind first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import FAILED, PAUSED, PRUNED, RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_word
from trimtab.errors import InvalidArgument, SpaceExhausted
from trimtab.evaluation.population import (
    best,
    is_beaten,
    is_outclassed,
    is_ready,
    members,
    position,
    rival_rng,
    standing,
    worst,
)
from trimtab.typing import Ints, Rng
from trimtab.variation.exploration import explored

_SELECTIONS = ("truncation", "tournament", "ttest")


@dataclass(frozen=True)
class PBT:
    """A population that learns its schedule while it trains; objectives must save checkpoints.

    `selection`: "truncation" (the worst `quantile` end, and go on from a random one of the best),
    "tournament" (who is worse than a random member ends) or "ttest" (who is significantly worse).
    `step`: how far a number moves when it is explored, as a share of its range on its own scale;
    `factors`: what it is multiplied with instead, such as (0.8, 1.2); `resample`: the chance that a
    parameter is drawn anew.
    """

    population: int = 20
    interval: int = 5  # steps between two looks at the others
    quantile: float = 0.25
    step: float = 0.2
    factors: tuple[float, float] | None = None
    resample: float = 0.25
    selection: str = "truncation"
    max_budget: int | None = None  # steps in all; None: the most of the study's fidelity

    def __post_init__(self) -> None:
        check_count("population", self.population, 2)
        check_count("interval", self.interval)
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget)
        for name, high in (("quantile", 0.5), ("step", 1), ("resample", 1)):
            _check_share(name, getattr(self, name), high)
        check_word("selection", self.selection, _SELECTIONS)
        if self.factors is not None:
            object.__setattr__(self, "factors", _factors_of(self.factors))

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: fill the population, replace who has ended, resume who is furthest behind.

        Raises:
            SpaceExhausted: every member has come to the end.
        """
        high = self._high(history)
        if len(history) < self.population:
            return Start(self.interval)
        paused = history.numbers(PAUSED).tolist()
        behind = min(paused, key=lambda i: (position(history, i), i), default=None)
        if len(members(history)) < self.population:
            child = self._child(history, high, rng)
            place = None if child is None else self._start_of(history, child)
            if place is not None and (behind is None or place <= position(history, behind)):
                return child
        if behind is not None:
            return Resume(behind, self._next_stop(history, behind))
        if history.counts[RUNNING] + history.counts[WAITING]:
            return None
        raise SpaceExhausted(f"all {self.population} members of the population have come to an end")

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        start = history.origins.get(number, (0, 0))[1]
        return history.budgets.get(number, (start // self.interval + 1) * self.interval)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: every `interval` steps, stop who loses; the others take turns."""
        step = position(history, number)
        is_due = step >= self.budget(history, number) and is_ready(history, number, self.interval)
        if step >= self._high(history) or not is_due:
            return Decision.CONTINUE
        if self._loses(history, number, step):
            return Decision.STOP
        waits = history.counts[PAUSED] + history.counts[WAITING] > 0
        is_short = len(members(history)) < self.population
        return Decision.PAUSE if waits or is_short else Decision.CONTINUE

    def _next_stop(self, history: History, number: int) -> int:
        return (position(history, number) // self.interval + 1) * self.interval

    def _loses(self, history: History, number: int, step: int) -> bool:
        numbers, at = standing(history, step)
        if self.selection == "truncation":
            return number in worst(numbers, at, self.quantile)
        others = numbers[numbers != number]
        if not len(others):
            return False
        rival = int(rival_rng(history, number, step).choice(others))
        test = is_beaten if self.selection == "tournament" else is_outclassed
        return test(history, number, rival, step)

    def _child(self, history: History, high: int, rng: Rng) -> Start | None:
        """A trial in the place of the first loser that has none in its place yet."""
        numbers, at = standing(history, high)
        alive = np.array([position(history, i) < high for i in numbers.tolist()], bool)
        if not len(numbers):
            return Start(self.interval)  # all have failed so far
        if not alive.any():
            return None  # who is left has come to the end: there is nothing to go on with
        parent = int(rng.choice(self._parents(history, numbers[alive], at[alive])))
        codes = explored(
            history.space,
            history.codes()[parent],
            rng,
            step=self.step,
            factors=self.factors,
            resample=self.resample,
        )
        return Start(self._next_stop(history, parent), codes, parent)

    def _parents(self, history: History, numbers: Ints, at: Ints) -> Ints:
        """Who may be copied: the best, or with tournaments all that beat the loser."""
        if self.selection == "truncation":
            return best(numbers, at, self.quantile)
        lost = [i for i in history.order if history.table.state[i] in (PRUNED, FAILED)]
        loser = lost[len(history) - self.population]
        step = position(history, loser)
        beat = [i for i in numbers.tolist() if is_beaten(history, loser, i, step)]
        return np.array(beat, np.int64) if beat else best(numbers, at, self.quantile)

    def _start_of(self, history: History, child: Start) -> int:
        return 0 if child.parent is None else position(history, child.parent)

    def _high(self, history: History) -> int:
        return range_of(history.fidelity, None, self.max_budget, "PBT")[1]


def _check_share(name: str, value: Any, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        raise InvalidArgument(f"{name}={value!r} must be a number from 0 to {high:g}")


def _factors_of(factors: Any) -> tuple[float, float]:
    pair = tuple(factors) if isinstance(factors, list | tuple) else ()
    is_pair = len(pair) == 2 and all(
        isinstance(f, int | float) and not isinstance(f, bool) and 0 < f < float("inf")
        for f in pair
    )
    if not is_pair:
        raise InvalidArgument(
            f"factors={factors!r} must be two numbers above 0, such as (0.8, 1.2)"
        )
    return float(pair[0]), float(pair[1])
