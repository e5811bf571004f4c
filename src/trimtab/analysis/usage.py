"""What the evaluations used: CPU time, memory, and how busy each worker was.

The utilisation of a worker is the share of time that it is busy (Jain 1991, The Art of Computer Systems
Performance Analysis, chapter 33), here of the time from the study's first start to its last end.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History


@dataclass(frozen=True)
class Share:
    """One worker's part of a study."""

    worker: str
    n_trials: int
    busy: float  # seconds in evaluations
    share: float  # of the time from the first start to the last end; 0 where that is unknown


@dataclass(frozen=True)
class Used:
    """What the trials of a study used, as far as it was measured."""

    n_trials: int  # that were measured
    cpu_seconds: float  # of those whose CPU time is known
    busy_with_cpu: float  # seconds that workers were busy with these
    peak: int | None  # bytes: the most that one trial held
    peak_trial: int | None
    workers: tuple[Share, ...]

    def __str__(self) -> str:
        parts = []
        if self.busy_with_cpu > 0:
            cores = self.cpu_seconds / self.busy_with_cpu
            parts.append(f"{self.cpu_seconds:.3g} s of CPU, {cores:.2f} cores on average")
        if self.peak is not None:
            parts.append(f"at most {self.peak / 2**20:.0f} MiB in one trial ({self.peak_trial})")
        if self.workers:
            n = len(self.workers)
            parts.append(f"{n} worker{'s' if n > 1 else ''}")
        return "; ".join(parts) or "not measured"


def used(history: History) -> Used:
    """CPU time, memory and workers of all trials that an executor of ours has ended."""
    table, n = history.table, len(history)
    known = np.flatnonzero(table.worker[:n] >= 0)
    timed = known[np.isfinite(table.cpu[known])]
    weighed = known[np.isfinite(table.peak[known])]
    peak_trial = None if not len(weighed) else int(weighed[np.argmax(table.peak[weighed])])
    window = _window(history)
    shares = []
    for i, worker in enumerate(table.workers):
        mine = known[table.worker[known] == i]
        busy = float(table.busy[mine].sum())
        shares.append(Share(worker, len(mine), busy, busy / window if window > 0 else 0.0))
    return Used(
        len(known),
        float(table.cpu[timed].sum()),
        float(table.busy[timed].sum()),
        None if peak_trial is None else int(table.peak[peak_trial]),
        peak_trial,
        tuple(shares),
    )


def _window(history: History) -> float:
    """Seconds from the first start to the last end."""
    table, n = history.table, len(history)
    started, ended = table.started[:n], table.ended[:n]
    if not np.isfinite(started).any() or not np.isfinite(ended).any():
        return 0.0
    return float(np.nanmax(ended) - np.nanmin(started))
