"""PASHA: ASHA that raises its largest budget only while the ranking still changes.

Bohdal, Balles, Wistuba, Ermis, Archambeau & Zappella (2023). PASHA: Efficient HPO and NAS with
Progressive Resource Allocation. ICLR. Trials are promoted as in ASHA, up to a cap of two rungs at first.
Where the trials of the highest rung are ranked otherwise than they were one rung below, by more than
noise, the cap rises by a rung. The noise epsilon is the 90 % quantile of the difference of pairs whose
curves crossed and crossed back.
NOTE: in the paper the winner is trained anew in the end. Here the best of the highest rung goes on to the
full budget when eta, eta^2, eta^3, ... trials have come there, so that a study has a finished best trial.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.fidelity import Resume, Start, n_steps, range_of, rungs_of
from trimtab.core.history import PAUSED, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_switch
from trimtab.evaluation.pause import at_budget
from trimtab.evaluation.rung import Rungs
from trimtab.typing import Array, Mask, Rng

_PAIRED = 64  # trials, the latest ones, whose curves are compared pair by pair
_QUANTILE = 90.0


@dataclass(frozen=True)
class PASHA:
    """Promotion up to a cap that rises when ranks change; with several objectives, when the front does."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    finishes: bool = True  # the best of the highest rung runs to the end now and then

    draws: ClassVar[bool] = False  # `next` needs no generator

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))
        check_switch("finishes", self.finishes)

    def next(self, history: History, rng: Rng) -> Start | Resume:
        """See `Promoter`: the best promotable trial of the highest rung below the cap, else a new one."""
        progress, state = self._progress(history), history.table.state
        levels, rungs = progress.rungs.levels, progress.rungs.rungs
        if self.finishes:
            winner = self._winner(history, progress)
            if winner is not None:
                return Resume(winner, levels[-1])
        for k in range(progress.cap - 1, -1, -1):
            found = rungs[k].first(
                int(rungs[k].n // self.eta), lambda number: state[number] == PAUSED
            )
            if found is not None:
                return Resume(found, levels[k + 1])
        return Start(levels[0])

    def _winner(self, history: History, progress: "_Progress") -> int | None:
        """The best trial of the highest rung, where it is time for one to run to the end."""
        levels, top = progress.rungs.levels, progress.rungs.rungs[progress.cap]
        if progress.cap == len(levels) - 1 or top.n < self.eta:
            return None
        n_full = sum(budget == levels[-1] for budget in history.budgets.values())
        if n_full >= n_steps(1, top.n, self.eta):
            return None
        state = history.table.state
        return top.first(1, lambda number: state[number] == PAUSED)

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or self._progress(history).rungs.levels[0]

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        levels = self._progress(history).rungs.levels
        return at_budget(history, number, history.budgets.get(number, levels[0]), levels[-1])

    def _progress(self, history: History) -> "_Progress":
        progress = history.memo(self, lambda: self._begin(history))
        progress.read(history)
        return progress

    def _begin(self, history: History) -> "_Progress":
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "PASHA")
        m = len(history.directions)
        return _Progress(
            Rungs(rungs_of(history.fidelity, low, high, self.eta), m, self.eta, True), m
        )


class _Progress:
    """The rungs, the cap on them, and the curves that tell noise from change."""

    def __init__(self, rungs: Rungs, m: int) -> None:
        self.rungs = rungs
        self.cap = min(1, len(rungs.levels) - 1)  # the index of the highest rung in use
        self.epsilon = 0.0
        self._m = m
        self._position = 0
        self._curves: dict[int, dict[int, float]] = {}

    def read(self, history: History) -> None:
        """Go on from the last report read; the cap is looked at after each trial that comes to it."""
        for number, step, loss in history.losses_since(self._position):
            before = self.rungs.reached(number)
            self.rungs.take(number, step, loss)
            if self.cap == len(self.rungs.levels) - 1:
                self._curves.clear()
                continue
            if step >= 0 and self._m == 1:
                self._curves.setdefault(number, {})[step] = loss[0]
            if before <= self.cap < self.rungs.reached(number) and self._has_changed():
                self.cap += 1
        self._position = len(history.curves)

    def _has_changed(self) -> bool:
        """Whether the trials of the highest rung were ranked otherwise one rung below."""
        top, below = self.rungs.rungs[self.cap], self.rungs.rungs[self.cap - 1]
        numbers = top.numbers()
        row = {int(number): i for i, number in enumerate(below.numbers())}
        earlier = below.losses()[[row[int(number)] for number in numbers]]
        if self._m > 1:
            return bool((_front(top.losses()) != _front(earlier)).any())
        found = noise([self._curves.get(int(number), {}) for number in numbers[-_PAIRED:]])
        self.epsilon = self.epsilon if found is None else found
        return not is_same_ranking(
            earlier[:, 0], top.losses()[:, 0], self.epsilon if len(numbers) > 1 else 0.0
        )


def is_same_ranking(before: Array, after: Array, epsilon: float) -> bool:
    """Whether n trials (n,) keep their rank, where within `epsilon` of each other any rank will do.

    The trial of rank i now must be within epsilon, then, of the trial that had rank i (section 4.1).
    """
    then = np.argsort(before, kind="stable")
    now = np.argsort(after, kind="stable")
    ranked, moved = before[then], before[now]
    with np.errstate(invalid="ignore"):  # between infinities, which are equal
        return bool(np.all((ranked == moved) | (np.abs(moved - ranked) <= epsilon)))


def noise(curves: Sequence[dict[int, float]]) -> float | None:
    """The 90 % quantile of the difference of curves that crossed and crossed back; None without any.

    Each curve maps steps to losses; the difference is that at the last step that both have (section 4.2).
    """
    steps = sorted({step for curve in curves for step in curve}, reverse=True)
    if len(curves) < 2 or not steps:
        return None
    table = np.array([[curve.get(step, np.nan) for step in steps] for curve in curves])  # (n, k)
    i, j = np.triu_indices(len(curves), 1)
    with np.errstate(invalid="ignore"):
        gap = table[i] - table[j]  # (pairs, k), the latest step first
    last = np.full(len(i), np.nan)
    has_crossed, is_back = np.zeros(len(i), bool), np.zeros(len(i), bool)
    for column in gap.T:
        last = np.where(np.isnan(last), column, last)
        has_crossed |= column * last < 0
        is_back |= has_crossed & (column * last > 0)
    found = np.abs(last[is_back])
    found = found[np.isfinite(found)]
    return float(np.percentile(found, _QUANTILE)) if len(found) else None


def _front(losses: Array) -> Mask:
    """Which rows (n,) of (n, m) no other row dominates."""
    below = (losses[:, None] <= losses[None]).all(axis=2)
    strict = (losses[:, None] < losses[None]).any(axis=2)
    return np.asarray(~(below & strict).any(axis=0), bool)
