"""A population in training: who is alive, how good each was at a step, and who may take whose place.

Jaderberg et al. (2017). Population Based Training of Neural Networks, section 3 and appendix A: truncation
selection, binary tournament, and Welch's t-test (1947) on the last ten measurements.

What was measured is kept up with the history, so a decision reads no report twice: it costs the logarithm of
a curve's length for each living member, however many trials have ended.
"""

import zlib
from bisect import bisect_left, bisect_right

import numpy as np

from trimtab.core.curve import DROPPED
from trimtab.core.history import FAILED, PRUNED, History
from trimtab.typing import Array, Ints, Rng

_LAST = 10  # measurements that the t-test looks at
_LEVEL = 0.05


class _Line:
    """One trial's reports: steps, ascending, and the losses (m,) at each."""

    __slots__ = ("losses", "steps")

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.losses: list[Array] = []

    def add(self, step: int, loss: Array) -> None:
        i = bisect_left(self.steps, step)
        if i < len(self.steps) and self.steps[i] == step:
            self.losses[i] = loss
        else:
            self.steps.insert(i, step)
            self.losses.insert(i, loss)

    def cut(self, step: int) -> None:
        i = bisect_left(self.steps, step)
        del self.steps[i:], self.losses[i:]


class Population:
    """The trials of a study in training, kept up with its history; see `population_of`."""

    def __init__(self) -> None:
        self.alive: list[int] = []  # ascending: neither stopped nor failed
        self.lost: list[int] = []  # the others, in the order in which they ended
        self.lines: dict[int, _Line] = {}
        self._n = self._position = self._settled = 0

    def read(self, history: History) -> None:
        """Go on from the last trial, report and end read."""
        sign = history.sign
        for number, step, values in history.curves.since(self._position):
            line = self.lines.setdefault(number, _Line())
            if step >= 0:
                line.add(step, np.multiply(values, sign))
            else:
                line.cut(DROPPED - step)
        self._position = len(history.curves)
        self.alive.extend(range(self._n, len(history)))
        self._n = len(history)
        for number in history.order[self._settled :]:
            if history.table.state[number] in (PRUNED, FAILED):
                del self.alive[bisect_left(self.alive, number)]
                self.lost.append(number)
        self._settled = len(history.order)


def population_of(history: History) -> Population:
    """The population of a study as it is now."""
    found = history.memo(Population, Population)
    found.read(history)
    return found


def members(history: History) -> list[int]:
    """The trials that are neither stopped nor failed, by number."""
    return population_of(history).alive


def position(history: History, number: int) -> int:
    """The step that a trial has come to: its last report's, or where it goes on from."""
    line = population_of(history).lines.get(number)
    own = line.steps[-1] if line is not None and line.steps else 0
    return max(own, history.origins.get(number, (0, 0))[1])


def is_ready(history: History, number: int, interval: int) -> bool:
    """Whether a trial's last report is the first one in its interval."""
    line = population_of(history).lines.get(number)
    if line is None or not line.steps:
        return False
    before = line.steps[-2] if len(line.steps) > 1 else history.origins.get(number, (0, 0))[1]
    return line.steps[-1] // interval > before // interval


def measured_at(history: History, number: int, step: int) -> Array | None:
    """A trial's losses (m,) at its last report up to a step, or an ancestor's; None without one."""
    lines = population_of(history).lines
    while True:
        line = lines.get(number)
        i = bisect_right(line.steps, step) if line is not None else 0
        if line is not None and i:
            loss = line.losses[i - 1]
            return loss if np.isfinite(loss).all() else np.full(len(loss), np.inf)
        if number not in history.origins:
            return None
        number, origin = history.origins[number]
        step = min(step, origin)


def standing(history: History, step: int) -> tuple[Ints, Ints]:
    """The members that have measured something by `step`, and how many of the others beat each."""
    found = [(i, measured_at(history, i, step)) for i in members(history)]
    numbers = np.array([i for i, loss in found if loss is not None], np.int64)
    losses = np.array([loss for _, loss in found if loss is not None])
    return numbers, places(losses.reshape(len(numbers), len(history.sign)))


def places(losses: Array) -> Ints:
    """How many of the rows of losses (n, m) dominate each; with one objective, how many are lower."""
    below = (losses[:, None, :] <= losses[None, :, :]).all(axis=2)
    strictly = below & (losses[:, None, :] < losses[None, :, :]).any(axis=2)
    return np.count_nonzero(strictly, axis=0)


def worst(numbers: Ints, at: Ints, share: float) -> Ints:
    """The last `share` of the members, rounded down; never one that nobody beats."""
    k = int(len(numbers) * share)
    order = np.lexsort((numbers, at))[len(numbers) - k :]
    return numbers[order[at[order] > 0]]


def best(numbers: Ints, at: Ints, share: float) -> Ints:
    """The first `share` of the members, rounded down, but at least one."""
    return numbers[np.lexsort((numbers, at))[: max(1, int(len(numbers) * share))]]


def is_beaten(history: History, number: int, rival: int, step: int) -> bool:
    """Whether a rival's loss is lower; the first objective counts."""
    mine, theirs = (measured_at(history, i, step) for i in (number, rival))
    return mine is not None and theirs is not None and bool(theirs[0] < mine[0])


def is_outclassed(history: History, number: int, rival: int, step: int) -> bool:
    """Whether a rival's last ten losses are lower, by a t-test at 5 % without equal variances."""
    from scipy import stats

    mine, theirs = (_last_losses(history, i, step) for i in (number, rival))
    if len(mine) < 2 or len(theirs) < 2 or not theirs.mean() < mine.mean():
        return False
    if np.ptp(mine) == np.ptp(theirs) == 0 or not np.isfinite([*mine, *theirs]).all():
        return True
    return bool(stats.ttest_ind(theirs, mine, equal_var=False).pvalue < _LEVEL)


def _last_losses(history: History, number: int, step: int) -> Array:
    line = population_of(history).lines.get(number, _Line())
    i = bisect_right(line.steps, step)
    return np.array([loss[0] for loss in line.losses[max(0, i - _LAST) : i]], float)


def rival_rng(history: History, number: int, step: int) -> Rng:
    """Draws that depend on the trial, its configuration and the step: each judge sees the same ones."""
    row = zlib.crc32(np.ascontiguousarray(history.codes()[number]).tobytes())
    return np.random.default_rng((row, number, step))
