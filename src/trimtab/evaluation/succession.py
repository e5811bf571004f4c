"""Who trains next in a population, who ends, and whose checkpoint a successor goes on from.

Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning, Simonyan, Fernando &
Kavukcuoglu (2017). Population Based Training of Neural Networks. arXiv:1711.09846, algorithm 1: all but how a
successor's configuration is found, which is what methods differ in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import PAUSED, RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.errors import SpaceExhausted
from trimtab.evaluation.population import (
    best,
    is_beaten,
    is_outclassed,
    is_ready,
    members,
    population_of,
    position,
    rival_rng,
    standing,
    worst,
)
from trimtab.typing import Ints, Rng

SELECTIONS = ("truncation", "tournament", "ttest")
Codes = tuple[float | None, ...]


@dataclass(frozen=True)
class Plan:
    """How a population is led: see `scheduler.pbt.PBT`."""

    population: int
    interval: int
    quantile: float
    selection: str
    high: int

    def after(self, step: int) -> int:
        """The step at which a member that has come to `step` looks at the others next."""
        return (step // self.interval + 1) * self.interval


def next_turn(
    plan: Plan, history: History, rng: Rng, explore: Callable[[int], Codes]
) -> Start | Resume | None:
    """Fill the population, replace who has ended, resume who is furthest behind.

    `explore`: the configuration of a successor of this parent.

    Raises:
        SpaceExhausted: every member has come to the end.
    """
    if len(history) < plan.population:
        return Start(plan.interval)
    alive, state = members(history), history.table.state
    paused = [i for i in alive if state[i] == PAUSED]
    behind = min(paused, key=lambda i: (position(history, i), i), default=None)
    if len(alive) < plan.population:
        child = _child(plan, history, rng, explore)
        place = 0 if child is None or child.parent is None else position(history, child.parent)
        if child is not None and (behind is None or place <= position(history, behind)):
            return child
    if behind is not None:
        return Resume(behind, plan.after(position(history, behind)))
    if history.counts[RUNNING] + history.counts[WAITING]:
        return None
    raise SpaceExhausted(f"all {plan.population} members of the population have come to an end")


def budget(plan: Plan, history: History, number: int) -> int:
    """Up to which step a member goes before it looks at the others."""
    start = history.origins.get(number, (0, 0))[1]
    return history.budgets.get(number, plan.after(start))


def judged(plan: Plan, history: History, number: int, must_win: bool = False) -> Decision:
    """Every `interval` steps, stop who loses; the others take turns.

    `must_win`: stop who is not among the best `quantile`.
    """
    step = position(history, number)
    is_due = step >= budget(plan, history, number) and is_ready(history, number, plan.interval)
    if step >= plan.high or not is_due:
        return Decision.CONTINUE
    if must_win and number not in best(*standing(history, step), plan.quantile):
        return Decision.STOP
    if _loses(plan, history, number, step):
        return Decision.STOP
    waits = history.counts[PAUSED] + history.counts[WAITING] > 0
    is_short = len(members(history)) < plan.population
    return Decision.PAUSE if waits or is_short else Decision.CONTINUE


def replaced(plan: Plan, history: History) -> int:
    """The loser whose place the next new trial takes."""
    return population_of(history).lost[len(history) - plan.population]


def _loses(plan: Plan, history: History, number: int, step: int) -> bool:
    numbers, at = standing(history, step)
    if plan.selection == "truncation":
        return number in worst(numbers, at, plan.quantile)
    others = numbers[numbers != number]
    if not len(others):
        return False
    rival = int(rival_rng(history, number, step).choice(others))
    test = is_beaten if plan.selection == "tournament" else is_outclassed
    return test(history, number, rival, step)


def _child(plan: Plan, history: History, rng: Rng, explore: Callable[[int], Codes]) -> Start | None:
    """A trial in the place of the first loser that has none in its place yet."""
    numbers, at = standing(history, plan.high)
    alive = np.array([position(history, i) < plan.high for i in numbers.tolist()], bool)
    if not len(numbers):
        return Start(plan.interval)  # all have failed so far
    if not alive.any():
        return None  # who is left has come to the end: there is nothing to go on with
    parent = int(rng.choice(_parents(plan, history, numbers[alive], at[alive])))
    return Start(plan.after(position(history, parent)), explore(parent), parent)


def _parents(plan: Plan, history: History, numbers: Ints, at: Ints) -> Ints:
    """Who may be copied: the best, or with tournaments all that beat the loser."""
    if plan.selection == "truncation":
        return best(numbers, at, plan.quantile)
    loser = replaced(plan, history)
    step = position(history, loser)
    beat = [i for i in numbers.tolist() if is_beaten(history, loser, i, step)]
    return np.array(beat, np.int64) if beat else best(numbers, at, plan.quantile)
