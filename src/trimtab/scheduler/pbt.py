"""Population based training: the losers go on from a winner's checkpoint, with another configuration.

Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning, Simonyan, Fernando &
Kavukcuoglu (2017). Population Based Training of Neural Networks. arXiv:1711.09846, algorithm 1.

A loser ends, and a new trial takes its place: it starts from the checkpoint of its parent, and its
configuration is the parent's, explored. So every trial has one configuration, and a schedule is a line of
ancestors. Nobody waits for anybody; with fewer workers than members they take turns, the one that
is furthest behind first.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_word
from trimtab.errors import InvalidArgument
from trimtab.evaluation.succession import SELECTIONS, Plan, budget, judged, next_turn
from trimtab.typing import Rng
from trimtab.variation.exploration import explored


@dataclass(frozen=True)
class PBT:
    """A population that learns its schedule while it trains; objectives must save checkpoints.

    `selection`: "truncation" (the worst `quantile` end, and go on from a random one of the best),
    "tournament" (who is worse than a random member ends) or "ttest" (who is significantly worse).
    `step`: how far a number moves when it is explored, as a share of its range on its own scale;
    `factors`: what it is multiplied with instead, such as (0.8, 1.2); `resample`: the chance that a
    parameter is drawn anew.
    """

    usual_sampler: ClassVar[str] = "random"  # where a study names none

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
        check_word("selection", self.selection, SELECTIONS)
        if self.factors is not None:
            object.__setattr__(self, "factors", _factors_of(self.factors))

    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: fill the population, replace who has ended, resume who is furthest behind.

        Raises:
            SpaceExhausted: every member has come to the end.
        """

        def explore(parent: int) -> tuple[float | None, ...]:
            return explored(
                history.space,
                history.codes()[parent],
                rng,
                step=self.step,
                factors=self.factors,
                resample=self.resample,
            )

        return next_turn(self._plan(history), history, rng, explore)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return budget(self._plan(history), history, number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: every `interval` steps, stop who loses; the others take turns."""
        return judged(self._plan(history), history, number)

    def _plan(self, history: History) -> Plan:
        high = range_of(history.fidelity, None, self.max_budget, "PBT")[1]
        return Plan(self.population, self.interval, self.quantile, self.selection, high)


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
