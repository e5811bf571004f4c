"""F-race: candidates meet one instance after the other, and who a test finds worse is laid aside.

Birattari, Stuetzle, Paquete & Varrentrapp (2002). A Racing Algorithm for Configuring Metaheuristics. GECCO.
A step is an instance (a fold, a seed, a data set), the same one for all trials, and a report is what was
lost on it. When all that are left have met it they are tested, and the survivors meet the next one. Where
more trials are asked for, another race begins, of new candidates and the best of the one before
(Lopez-Ibanez et al. 2016).
"""

from dataclasses import dataclass
from typing import ClassVar

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.evaluation.heat import Heats, Rule, judged, next_turn
from trimtab.evaluation.race import TESTS
from trimtab.typing import Rng


@dataclass(frozen=True)
class FRace:
    """Races of the sampler's candidates over instances; objectives report a loss on each of them.

    `test`: "friedman" (ranks, then pairs), "ttest" (pairs with the best) or "hoeffding" (bounds on means).
    """

    usual_sampler: ClassVar[str] = "random"  # where a study names none

    candidates: int = 20  # new ones in each race
    first: int = 5  # instances before the first test
    alpha: float = 0.05  # level of each test
    test: str = "friedman"
    elites: int = 4  # of a race that meet the newcomers of the next one
    instances: int | None = None  # in all; None: the most of the study's fidelity

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        check_count("candidates", self.candidates, 2)
        for name in ("first", "elites"):
            check_count(name, getattr(self, name))
        check_number("alpha", self.alpha, 0, 1)
        check_word("test", self.test, TESTS)
        if self.instances is not None:
            check_count("instances", self.instances)

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: survivors that have not met the instance yet, then new candidates."""
        return next_turn(self._heats(history), history)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        rule = self._heats(history).rule
        return history.budgets.get(number, min(rule.first, rule.high))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause until all others have met the instance; what is not finite is stopped."""
        return judged(self._heats(history), number, self.budget(history, number))

    def _heats(self, history: History) -> Heats:
        heats = history.memo(self, lambda: self._begin(history))
        heats.read(history)
        return heats

    def _begin(self, history: History) -> Heats:
        high = range_of(history.fidelity, None, self.instances, "FRace")[1]
        rule = Rule(self.first, high, self.elites, self.test, self.alpha)
        return Heats(rule, lambda heats: self.candidates)
