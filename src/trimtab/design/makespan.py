"""Work for workers of different speeds, so that the last one is done early.

Graham (1969), Bounds on Multiprocessing Timing Anomalies, SIAM J. Applied Mathematics 17: longest
processing time first takes at most 4/3 - 1/(3m) times as long as the best there is, on m equal workers.
Gonzalez, Ibarra & Sahni (1977), Bounds for LPT Schedules on Uniform Processors, SIAM J. Computing 6: at most
twice as long on workers of different speeds, each task going where it would be done first.
"""

from collections.abc import Sequence

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array


def longest_first(seconds: Sequence[float], speeds: Sequence[float]) -> list[list[int]]:
    """For each worker the indices of its tasks, in order: the longest goes first, where it ends first.

    seconds: of each task at speed 1. speeds: of each worker, 2.0 is twice as fast. What is equal goes by
    index, to the faster worker.

    Raises:
        InvalidArgument: no worker, a speed that is not positive, or seconds below 0 or not finite.
    """
    work, pace = _checked("seconds", seconds, 0.0), _checked("speeds", speeds, 1e-300)
    if not len(pace):
        raise InvalidArgument(f"speeds={speeds!r}: there must be a worker, such as [1.0]")
    free = np.zeros(len(pace))
    found: list[list[int]] = [[] for _ in pace]
    for task in np.argsort(-work, kind="stable").tolist():
        ends = free + work[task] / pace
        worker = int(np.lexsort((-pace, ends))[0])
        found[worker].append(task)
        free[worker] = ends[worker]
    return found


def makespan(
    assigned: Sequence[Sequence[int]], seconds: Sequence[float], speeds: Sequence[float]
) -> float:
    """When the last worker is done, each with the tasks that it is given."""
    sums = [sum(seconds[i] for i in tasks) for tasks in assigned]
    return max(total / speed for total, speed in zip(sums, speeds, strict=True))


def _checked(name: str, values: Sequence[float], least: float) -> Array:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not ((found >= least) & (found < np.inf)).all():
        word = "0 or more" if least == 0.0 else "above 0"
        raise InvalidArgument(f"{name}={values!r} must be finite numbers, {word}, in a list")
    return found
