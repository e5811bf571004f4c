"""Heats: races one after the other, each with new candidates and the best of the one before.

Lopez-Ibanez, Dubois-Lacoste, Perez Caceres, Birattari & Stuetzle (2016). The irace package: Iterated racing
for automatic algorithm configuration. Operations Research Perspectives 3: elites keep what they have
measured, so they cost nothing in the next race, and newcomers are compared with them instance by instance.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.curve import DROPPED
from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import COMPLETE, PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.evaluation.paired import mean_ranks
from trimtab.evaluation.population import places
from trimtab.evaluation.race import losers
from trimtab.typing import Array


@dataclass(frozen=True)
class Rule:
    """How a race is run: see `Heats`."""

    first: int  # instances before the first test
    high: int  # instances in all
    n_elites: int
    test: str
    alpha: float


@dataclass
class Heat:
    """One race: trials `begin` to `begin + size - 1`, and the elites of the one before."""

    begin: int
    size: int
    at: int  # all alive shall meet so many instances now
    alive: list[int]  # ascending
    missing: set[int]  # those of them that have not met so many yet
    dropped: dict[int, int] = field(default_factory=dict)  # number -> instances it had met

    @property
    def is_over(self) -> bool:
        """Whether all that are left have met all instances, or none is left."""
        return self.at == 0


class Heats:
    """The races of a study, kept up with its history event by event.

    `size_of`: how many new candidates the next race has, from those before; 0: no more races. Instance t is
    step t. A trial that reported none at a step counts with its last one before, and a complete trial with
    its value. With several objectives a loss is the number of candidates that dominate it at an instance.
    """

    def __init__(self, rule: Rule, size_of: Callable[["Heats"], int]) -> None:
        self.rule = rule
        self.heats: list[Heat] = []
        self.elites: list[int] = []  # of the last race that is over, best first
        self._size_of = size_of
        self._reports: dict[int, dict[int, Array]] = {}
        self._final: dict[int, Array] = {}
        self._dead: set[int] = set()  # stopped or failed
        self._position = self._settled = 0
        self._open()

    def read(self, history: History) -> None:
        """Go on from the last report and the last end read, in the order in which they came."""
        order, table = history.order, history.table
        for k in range(self._settled, len(order)):
            self._take(history, history.n_before[k])
            number = order[k]
            if table.state[number] == COMPLETE:
                self._final[number] = table.values[number] * history.sign
                self._meet(number)
            else:
                self._dead.add(number)
                self._lose(number)
        self._settled = len(order)
        self._take(history, len(history.curves))

    @property
    def now(self) -> Heat | None:
        """The race that is being run; None: all are over."""
        return None if self.heats[-1].is_over else self.heats[-1]

    def position(self, number: int) -> int:
        """How many instances a trial has met."""
        if number in self._final:
            return self.rule.high
        return max(self._reports.get(number, ()), default=0)

    def cost(self, heat: Heat) -> int:
        """Instances that the new candidates of a race have met, summed over them."""
        high = self.rule.high
        return sum(heat.dropped.get(heat.begin + i, high) for i in range(heat.size))

    def measured(self, number: int, step: int) -> Array:
        """A trial's losses (m,) on one instance."""
        reports = self._reports.get(number, {})
        if step in reports:
            return reports[step]
        before = [s for s in reports if s <= step]
        if before:
            return reports[max(before)]
        return self._final[number] if number in self._final else reports[min(reports)]

    # -- folding ------------------------------------------------------------------------------------

    def _take(self, history: History, end: int) -> None:
        sign = history.sign
        for number, step, values in history.curves.between(self._position, end):
            reports = self._reports.setdefault(number, {})
            if step < 0:
                self._reports[number] = {s: v for s, v in reports.items() if s < DROPPED - step}
            else:
                reports[step] = np.multiply(values, sign)
                self._meet(number)
        self._position = end

    def _meet(self, number: int) -> None:
        """A trial may have met what the race waits for."""
        heat = self.now
        if heat is not None and number in heat.missing and self.position(number) >= heat.at:
            heat.missing.discard(number)
            self._close(heat)

    def _lose(self, number: int) -> None:
        """A trial will meet no more."""
        heat = self.now
        if heat is not None and number in heat.alive:
            heat.alive.remove(number)
            heat.dropped[number] = max(self._reports.get(number, ()), default=0)
            heat.missing.discard(number)
            self._close(heat)

    def _close(self, heat: Heat) -> None:
        """Where nobody is missing: test who is alive; then on to the next instance, or to the next race."""
        high = self.rule.high
        while not heat.missing and not heat.is_over:
            self._drop(heat)
            if heat.at == high or not heat.alive:
                sums = mean_ranks(self._table(heat)).sum(axis=0) if heat.alive else np.empty(0)
                best = np.lexsort((np.array(heat.alive), sums))[: self.rule.n_elites]
                self.elites = [heat.alive[i] for i in best.tolist()]
                heat.at = 0
                self._open()
            else:
                heat.at = high if len(heat.alive) == 1 else heat.at + 1
                heat.missing = {i for i in heat.alive if self.position(i) < heat.at}

    def _drop(self, heat: Heat) -> None:
        if len(heat.alive) > 1:
            out = losers(self._table(heat), self.rule.test, self.rule.alpha)
            for number in np.array(heat.alive)[out].tolist():
                heat.dropped[number] = heat.at
            heat.alive = np.array(heat.alive)[~out].tolist()

    def _table(self, heat: Heat) -> Array:
        """Losses (instances, alive)."""
        cube = np.array([[self.measured(i, t + 1) for i in heat.alive] for t in range(heat.at)])
        if cube.shape[2] == 1:
            return cube[:, :, 0]
        cube = np.where(np.isfinite(cube), cube, np.inf)
        return np.array([places(row) for row in cube], float)

    def _open(self) -> None:
        size = self._size_of(self)
        if size < 1:
            return
        begin = self.heats[-1].begin + self.heats[-1].size if self.heats else 0
        new = [i for i in range(begin, begin + size) if i not in self._dead]
        first = min(self.rule.first, self.rule.high)
        missing = {i for i in new if self.position(i) < first}
        heat = Heat(begin, size, first, sorted([*self.elites, *new]), missing)
        self.heats.append(heat)
        self._close(heat)


def next_turn(heats: Heats, history: History) -> Start | Resume | None:
    """Who meets the next instance: survivors first, then a new candidate; None: wait for what runs."""
    heat, state = heats.now, history.table.state
    if heat is None:
        return None
    for number in sorted(heat.missing):
        if number < len(history) and state[number] == PAUSED:
            return Resume(number, heat.at)
    if len(history) < heat.begin + heat.size:
        return Start(min(heats.rule.first, heats.rule.high))
    return None


def judged(heats: Heats, number: int, budget: int) -> Decision:
    """Go on to the next instance, wait for the others, or stop where a loss is not finite."""
    step = heats.position(number)
    if step < budget or step >= heats.rule.high:
        return Decision.CONTINUE
    if not np.isfinite(heats.measured(number, step)).all():
        return Decision.STOP
    heat = heats.now
    goes_on = heat is not None and number in heat.missing
    return Decision.CONTINUE if goes_on else Decision.PAUSE
