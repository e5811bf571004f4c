"""A population in training: who is alive, how good each was at a step, and who may take whose place.

Jaderberg et al. (2017). Population Based Training of Neural Networks, section 3 and appendix A: truncation
selection, binary tournament, and Welch's t-test (1947) on the last ten measurements.
"""

import heapq
import zlib

import numpy as np

from trimtab.core.history import COMPLETE, PAUSED, RUNNING, WAITING, History
from trimtab.typing import Array, Ints, Rng

_LAST = 10  # measurements that the t-test looks at
_LEVEL = 0.05


def members(history: History) -> Ints:
    """The trials that are neither stopped nor failed, by number."""
    return history.numbers(RUNNING, WAITING, PAUSED, COMPLETE)


def position(history: History, number: int) -> int:
    """The step that a trial has come to: its last report's, or where it goes on from."""
    own = max(history.reports(number), default=0)
    return max(own, history.origins.get(number, (0, 0))[1])


def is_ready(history: History, number: int, interval: int) -> bool:
    """Whether a trial's last report is the first one in its interval."""
    last = heapq.nlargest(2, history.reports(number))
    if not last:
        return False
    before = last[1] if len(last) == 2 else history.origins.get(number, (0, 0))[1]
    return last[0] // interval > before // interval


def measured_at(history: History, number: int, step: int) -> Array | None:
    """A trial's losses (m,) at its last report up to a step, or an ancestor's; None without one."""
    while True:
        reports = history.reports(number)
        last = max((s for s in reports if s <= step), default=None)
        if last is not None:
            loss = np.multiply(reports[last], history.sign)
            return loss if np.isfinite(loss).all() else np.full(len(loss), np.inf)
        if number not in history.origins:
            return None
        number, origin = history.origins[number]
        step = min(step, origin)


def standing(history: History, step: int) -> tuple[Ints, Ints]:
    """The members that have measured something by `step`, and how many of the others beat each."""
    found = [(int(i), measured_at(history, int(i), step)) for i in members(history)]
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
    reports = history.reports(number)
    steps = heapq.nlargest(_LAST, (s for s in reports if s <= step))
    return np.array([reports[s][0] for s in steps], float) * history.sign[0]


def rival_rng(history: History, number: int, step: int) -> Rng:
    """Draws that depend on the trial, its configuration and the step: each judge sees the same ones."""
    row = zlib.crc32(np.ascontiguousarray(history.codes()[number]).tobytes())
    return np.random.default_rng((row, number, step))
