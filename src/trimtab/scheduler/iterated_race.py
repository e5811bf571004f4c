"""Iterated racing: race, sample around the survivors, race again, ever closer.

Lopez-Ibanez, Dubois-Lacoste, Perez Caceres, Birattari & Stuetzle (2016). The irace package: Iterated racing
for automatic algorithm configuration. Operations Research Perspectives 3, section 3.1: of J = floor(2 + log2
d) races, race j may spend B_j = (B - spent) / (J - j + 1) evaluations, and so has floor(B_j / (mu + min(5,
j))) candidates. The first race is the sampler's; later ones are the elites, and candidates around them whose
standard deviation shrinks by (1 / n)^(1/d) each time, from half the range on.

NOTE: survivors meet all instances, even when few are left, because only whole evaluations can be a study's
best; and a choice's probabilities are those of one line of parents that all had the same value. There is no
soft restart.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.errors import InvalidArgument, SpaceExhausted, Unsupported
from trimtab.evaluation.heat import Heats, Rule, judged, next_turn
from trimtab.evaluation.race import TESTS
from trimtab.typing import Rng
from trimtab.variation.elite import around, pick

_SIGMA = 0.5  # of the first race that is sampled around elites, before it shrinks


@dataclass(frozen=True)
class IteratedRace:
    """Races within a budget of evaluations; a step is an instance, as in `FRace`."""

    usual_sampler: ClassVar[str] = "random"  # where a study names none

    evaluations: int = 1000  # B: of one candidate on one instance, in all
    first: int = 5  # instances before the first test
    alpha: float = 0.05  # level of each test
    test: str = "friedman"
    races: int | None = None  # J; None: floor(2 + log2 d)
    elites: int | None = None  # of a race; None: floor(2 + log2 d)
    instances: int | None = None  # in all; None: the most of the study's fidelity

    def __post_init__(self) -> None:
        for name in ("evaluations", "first"):
            check_count(name, getattr(self, name))
        for name in ("races", "elites", "instances"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("alpha", self.alpha, 0, 1)
        check_word("test", self.test, TESTS)

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: survivors first, then a candidate of the race that is being run.

        Raises:
            SpaceExhausted: all races are over, or the budget is too small for another one.
        """
        heats = self._heats(history)
        if heats.now is None:
            if history.counts[RUNNING] + history.counts[WAITING]:
                return None
            spent = sum(map(heats.cost, heats.heats))
            raise SpaceExhausted(
                f"all {len(heats.heats)} races are over, after {spent} of {self.evaluations} evaluations"
            )
        turn = next_turn(heats, history)
        if isinstance(turn, Start) and heats.elites:
            return self._around(heats, history, turn.budget, rng)
        return turn

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or min(self.first, self._high(history))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause until all others have met the instance; what is not finite is stopped."""
        return judged(self._heats(history), number, self.budget(history, number))

    def _around(self, heats: Heats, history: History, budget: int, rng: Rng) -> Start:
        d, j = max(1, len(history.space.names)), len(heats.heats)
        sigma = _SIGMA * math.prod((1 / h.size) ** (1 / d) for h in heats.heats[1:])
        keep = 1 - math.prod(1 - i / self._n_races(history) for i in range(1, j))
        parent = heats.elites[pick(len(heats.elites), rng)]
        codes = around(history.space, history.codes()[parent], rng, sigma=sigma, keep=keep)
        return Start(budget, codes)

    def _high(self, history: History) -> int:
        return range_of(history.fidelity, None, self.instances, "IteratedRace")[1]

    def _n_races(self, history: History) -> int:
        if self.races is not None:
            return self.races
        d = len(history.space.names)
        if not d:
            raise Unsupported(
                "scheduler IteratedRace counts its races by the parameters of the space, and this study has "
                "none yet: declare the space, or give races=3, elites=3"
            )
        return int(2 + math.log2(d))

    def _heats(self, history: History) -> Heats:
        heats = history.memo(self, lambda: self._begin(history))
        heats.read(history)
        return heats

    def _begin(self, history: History) -> Heats:
        high, n_races = self._high(history), self._n_races(history)
        elites = int(2 + math.log2(max(1, len(history.space.names))))
        rule = Rule(self.first, high, self.elites or elites, self.test, self.alpha)
        if self._size(0, 0, n_races, high) < 2:
            raise InvalidArgument(
                f"evaluations={self.evaluations} are too few for {n_races} races of two candidates or more; "
                f"give {n_races * 2 * (min(self.first, high) + 1)} at least"
            )

        def size_of(heats: Heats) -> int:
            return self._size(len(heats.heats), sum(map(heats.cost, heats.heats)), n_races, high)

        return Heats(rule, size_of)

    def _size(self, j: int, spent: int, n_races: int, high: int) -> int:
        """New candidates of race j (0, 1, ...); 0: there is no such race."""
        if j >= n_races:
            return 0
        budget = (self.evaluations - spent) / (n_races - j)
        size = int(budget / (min(self.first, high) + min(5, j + 1)))
        return size if size >= 2 else 0
