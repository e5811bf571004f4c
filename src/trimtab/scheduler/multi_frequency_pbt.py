"""Population based training in sub-populations that look at each other at different frequencies.

Doulazmi, Lehuger, Toromanoff, Charraut, Buhet & Moutarde (2025). Multiple-Frequencies Population-Based
Training. arXiv:2506.03225. PBT is greedy: who looks ahead is ended by who does well just now, the more so
the shorter the interval. So some members look often and others seldom. At its own look a member in the
last quarter of its sub-population ends, and its successor goes on from one of the first quarter with that
one's parameters, explored. One in the third quarter gives way to the best of the other sub-populations,
if that is better: its successor takes the weights from there. The parameters come with them only from a
sub-population that looks more seldom; else they are those of the best at home, so what is greedy does not
spread to who is not.

NOTE: nobody waits for anybody, so members are compared by what they measured up to the step of the look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import PAUSED, RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative
from trimtab.errors import InvalidArgument, SpaceExhausted
from trimtab.evaluation.population import (
    is_ready,
    measured_at,
    members,
    places,
    population_of,
    position,
)
from trimtab.typing import Array, Rng
from trimtab.variation.exploration import explored

_QUARTER = 4
_STAYS, _ENDS, _MIGRATES = range(3)


@dataclass(frozen=True)
class MultiFrequencyPBT:
    """PBT in equal sub-populations, the k-th of which looks every `interval` times `multiples`[k] steps."""

    population: int = 32  # members in all: four or more for each sub-population
    interval: int = 1  # steps between two looks of the quickest sub-population
    multiples: tuple[int, ...] = (1, 10, 25, 50)  # delta, ascending from 1
    step: float = 0.2  # of a parameter that is explored, as a share of its range
    resample: float = 0.25  # chance that it is drawn anew instead
    max_budget: int | None = None  # steps in all; None: the most of the study's fidelity

    usual_sampler: ClassVar[str] = "random"  # where a study names none

    def __post_init__(self) -> None:
        check_count("population", self.population, _QUARTER)
        check_count("interval", self.interval)
        given = self.multiples
        found = tuple(given) if isinstance(given, list | tuple) else ()
        is_whole = bool(found) and all(type(m) is int and m >= 1 for m in found)
        if not is_whole or found[0] != 1 or sorted(set(found)) != list(found):
            raise InvalidArgument(
                f"multiples={given!r} must be ascending whole numbers from 1 on, such as (1, 10, 25)"
            )
        object.__setattr__(self, "multiples", found)
        if self.population % len(found) or self.population < _QUARTER * len(found):
            raise InvalidArgument(
                f"population={self.population} must be {len(found)} times the same number, 4 or more: "
                "one for each of the multiples"
            )
        for name in ("step", "resample"):
            check_not_negative(name, getattr(self, name), 1.0)
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget)

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: fill the population, replace who has ended, resume who is furthest behind.

        Raises:
            SpaceExhausted: every member has come to the end.
        """
        if len(history) < self.population:
            return Start(self._after(self.home(history, len(history)), 0))
        alive, state = members(history), history.table.state
        paused = [i for i in alive if state[i] == PAUSED]
        behind = min(paused, key=lambda i: (position(history, i), i), default=None)
        if len(alive) < self.population:
            child = self._child(history, rng)
            place = 0 if child is None or child.parent is None else position(history, child.parent)
            if child is not None and (behind is None or place <= position(history, behind)):
                return child
        if behind is not None:
            return Resume(
                behind, self._after(self.home(history, behind), position(history, behind))
            )
        if history.counts[RUNNING] + history.counts[WAITING]:
            return None
        raise SpaceExhausted(f"all {self.population} members of the population have come to an end")

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        start = history.origins.get(number, (0, 0))[1]
        return history.budgets.get(number, self._after(self.home(history, number), start))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: at a look of its sub-population, stop who loses; the others take turns."""
        step, interval = position(history, number), self._interval(self.home(history, number))
        is_due = step >= self.budget(history, number) and is_ready(history, number, interval)
        if step >= self._high(history) or not is_due:
            return Decision.CONTINUE
        if self._fate(history, number) != _STAYS:
            return Decision.STOP
        waits = history.counts[PAUSED] + history.counts[WAITING] > 0
        is_short = len(members(history)) < self.population
        return Decision.PAUSE if waits or is_short else Decision.CONTINUE

    def home(self, history: History, number: int) -> int:
        """The sub-population of a trial, which may be the next one: that of the loser it replaces."""
        lost = population_of(history).lost
        while number >= self.population:
            number = lost[number - self.population]
        return number % len(self.multiples)

    # -- who loses, and to whom -----------------------------------------------------------------

    def _fate(self, history: History, number: int) -> int:
        """Whether a member stays, ends, or gives way to one from elsewhere."""
        step, home = position(history, number), self.home(history, number)
        mates = self._ranked(history, step, lambda other: other == home, number)
        rank, quarter = mates.index(number), len(mates) // _QUARTER
        if rank >= len(mates) - quarter and self._is_better(history, mates[0], number, step):
            return _ENDS
        in_third = 2 * quarter <= rank < 3 * quarter
        if in_third and self._migrant(history, number, rank - 2 * quarter) is not None:
            return _MIGRATES
        return _STAYS

    def _migrant(self, history: History, number: int, place: int = 0) -> int | None:
        """The member elsewhere of this rank among those that can go on, if it is better."""
        step, home = position(history, number), self.home(history, number)
        others = self._ranked(history, step, lambda other: other != home)
        others = [i for i in others if position(history, i) < self._high(history)]
        if place >= len(others) or not self._is_better(history, others[place], number, step):
            return None
        return others[place]

    def _child(self, history: History, rng: Rng) -> Start | None:
        """A trial in the place of the first loser that has none in its place yet."""
        loser = population_of(history).lost[len(history) - self.population]
        home, high = self.home(history, loser), self._high(history)
        mates = [
            i
            for i in self._ranked(history, high, lambda other: other == home)
            if position(history, i) < high
        ]
        migrant = None
        if (
            measured_at(history, loser, high) is not None
            and self._fate(history, loser) == _MIGRATES
        ):
            migrant = self._migrant(history, loser)
        codes = history.codes()
        if migrant is not None:
            from_seldom = self.multiples[self.home(history, migrant)] > self.multiples[home]
            giver = migrant if from_seldom or not mates else mates[0]
            place = position(history, migrant)
            return Start(self._after(home, place), _plain(codes[giver]), migrant)
        everyone = self._ranked(history, high, lambda _: True)
        if not everyone:
            return Start(self._after(home, 0))  # all have failed so far
        pool = mates or [i for i in everyone if position(history, i) < high]
        if not pool:
            return None  # who is left has come to the end: there is nothing to go on with
        parent = int(rng.choice(pool[: max(1, len(pool) // _QUARTER)]))
        row = explored(history.space, codes[parent], rng, step=self.step, resample=self.resample)
        return Start(self._after(home, position(history, parent)), row, parent)

    def _ranked(
        self, history: History, step: int, admits: Callable[[int], bool], more: int = -1
    ) -> list[int]:
        """The members of some sub-populations, the best by `step` first; `more`: one who has ended."""
        numbers = [*members(history)]
        if more >= 0 and more not in numbers:
            numbers.append(more)
        found = [
            (i, measured_at(history, i, step)) for i in numbers if admits(self.home(history, i))
        ]
        known = [(i, loss) for i, loss in found if loss is not None]
        if not known:
            return []
        at = places(np.array([loss for _, loss in known]))
        order = np.lexsort((np.array([i for i, _ in known]), at))
        return [known[k][0] for k in order.tolist()]

    @staticmethod
    def _is_better(history: History, one: int, other: int, step: int) -> bool:
        """Whether one beats the other in every objective, by what they had measured at a step."""
        a, b = (measured_at(history, i, step) for i in (one, other))
        return a is not None and b is not None and bool((a <= b).all() and (a < b).any())

    def _interval(self, home: int) -> int:
        return self.interval * self.multiples[home]

    def _after(self, home: int, step: int) -> int:
        """The step of the next look of a sub-population."""
        return (step // self._interval(home) + 1) * self._interval(home)

    def _high(self, history: History) -> int:
        return range_of(history.fidelity, None, self.max_budget, "MultiFrequencyPBT")[1]


def _plain(row: Array) -> tuple[float | None, ...]:
    return tuple(None if v != v else float(v) for v in row)
