"""Where the time went: evaluation, and everything around it.

Amdahl (1967): what is not evaluation is what more workers cannot buy back.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import History


@dataclass(frozen=True)
class Timing:
    """Seconds of a study, over its finished trials."""

    evaluation: float  # summed over trials
    wall: float  # from the first start to the last end
    per_trial: (
        float  # median of what a trial took beyond its evaluation: handing over, writing down
    )

    @property
    def overhead(self) -> float:
        """What was not evaluation, where one worker did it all; 0 where workers overlapped more."""
        return max(0.0, self.wall - self.evaluation)

    @property
    def n_busy(self) -> float:
        """How many workers were busy on average."""
        return self.evaluation / self.wall if self.wall > 0 else 0.0

    def __str__(self) -> str:
        return (
            f"{self.evaluation:.3g} s of evaluation in {self.wall:.3g} s, {self.n_busy:.2f} workers busy "
            f"on average; {1000 * self.per_trial:.3g} ms around each trial"
        )


def timing(history: History) -> Timing:
    """Evaluation and overhead of the trials that an objective was run for."""
    table, n = history.table, len(history)
    timed = (
        np.isfinite(table.seconds[:n])
        & np.isfinite(table.ended[:n])
        & np.isfinite(table.started[:n])
    )
    if not timed.any():
        return Timing(0.0, 0.0, 0.0)
    seconds, started, ended = (c[:n][timed] for c in (table.seconds, table.started, table.ended))
    around = float(np.median(np.maximum(ended - started - seconds, 0.0)))
    return Timing(float(seconds.sum()), float(ended.max() - started.min()), around)
