"""Iterated population based training: when it stagnates, new parameters for all, and a longer interval.

Chebykin, Alderliesten & Bosman (2025). Iterated Population Based Training with Task-Agnostic Restarts.
arXiv:2511.09190. The interval between two looks is PBT's most sensitive setting: short ones are greedy, long
ones slow. So it begins short and grows with each restart. A restart keeps the weights: all but the best
members end at their next look, and their successors go on from the best ones' checkpoints with parameters
drawn anew. Who is from before a restart stays for as long as it is among the best.

NOTE: the paper smooths the best scores with a Gaussian process to see stagnation, shrinks and perturbs the
weights, and draws the new parameters by a time-varying model. Here stagnation is `patience` generations
without a better loss, parameters are drawn from the space, and weights are the objective's business.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative, check_number, check_word
from trimtab.evaluation.succession import (
    SELECTIONS,
    Codes,
    Plan,
    budget,
    judged,
    next_turn,
    replaced,
)
from trimtab.typing import Rng
from trimtab.variation.exploration import explored


@dataclass(frozen=True)
class IteratedPBT:
    """PBT in eras, each with a longer interval; a generation is as many looks as there are members."""

    population: int = 8
    interval: int = 1  # steps between two looks at the others, in the first era
    growth: int = 2  # factor of the interval from era to era
    patience: int = 3  # generations without a better loss before a restart
    quantile: float = 0.25
    step: float = 0.2  # of a parameter that is explored, as a share of its range
    resample: float = 0.25  # chance that it is drawn anew instead
    selection: str = "truncation"
    max_budget: int | None = None  # steps in all; None: the most of the study's fidelity
    usual_sampler: ClassVar[str] = "random"  # where a study names none

    def __post_init__(self) -> None:
        for name, low in (("population", 2), ("interval", 1), ("growth", 2), ("patience", 1)):
            check_count(name, getattr(self, name), low)
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget)
        check_number("quantile", self.quantile, 0, 0.500001)
        for name in ("step", "resample"):
            check_not_negative(name, getattr(self, name), 1.0)
        check_word("selection", self.selection, SELECTIONS)

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: as `PBT.next`; the successor of who was ended by a restart is drawn anew.

        Raises:
            SpaceExhausted: every member has come to the end.
        """
        eras = self._eras(history)
        plan = self._plan(history, eras.now)

        def explore(parent: int) -> Codes:
            is_new = eras.of(replaced(plan, history)) < eras.now
            resample = 1.0 if is_new else self.resample
            codes = history.codes()[parent]
            return explored(history.space, codes, rng, step=self.step, resample=resample)

        return next_turn(plan, history, rng, explore)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return budget(self._plan(history, self._eras(history).of(number)), history, number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: stop who loses, and after a restart who is not among the best."""
        eras = self._eras(history)
        era = eras.of(number)
        return judged(self._plan(history, era), history, number, must_win=era < eras.now)

    def _plan(self, history: History, era: int) -> Plan:
        high = range_of(history.fidelity, None, self.max_budget, "IteratedPBT")[1]
        plan = Plan(self.population, self.interval, self.quantile, self.selection, high)
        return replace(plan, interval=self.interval * self.growth**era)

    def _eras(self, history: History) -> "Eras":
        eras = history.memo((self, "eras"), lambda: Eras(self))
        eras.read(history)
        return eras


class Eras:
    """Which era a study is in, and which one each trial belongs to, kept up with its reports."""

    def __init__(self, settings: IteratedPBT) -> None:
        self.now = 0
        self._settings = settings
        self._of: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._best = self._before = np.inf
        self._looks = self._stale = 0
        self._position = 0

    def of(self, number: int) -> int:
        """A trial's era: that of its first report."""
        return self._of.get(number, self.now)

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        sign = float(history.sign[0])
        for number, step, values in history.curves.since(self._position):
            if step >= 0:
                self._take(history, number, step, sign * values[0])
        self._position = len(history.curves)

    def _take(self, history: History, number: int, step: int, loss: float) -> None:
        last = self._last.get(number, history.origins.get(number, (0, 0))[1])
        era = self._of.setdefault(number, self.now)
        self._last[number] = max(step, last)
        if loss < self._best:
            self._best = loss
        interval = self._settings.interval * self._settings.growth**era
        if step // interval <= last // interval:
            return
        self._looks += 1
        if self._looks >= self._settings.population:
            self._close()

    def _close(self) -> None:
        """A generation is over."""
        self._stale = 0 if self._best < self._before else self._stale + 1
        self._before, self._looks = self._best, 0
        if self._stale >= self._settings.patience:
            self.now, self._stale = self.now + 1, 0
