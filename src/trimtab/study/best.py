"""Which trial is best, and what to say where none is."""

import numpy as np

from trimtab.core.history import COMPLETE, FAILED, PAUSED, RUNNING, History
from trimtab.errors import NothingYet


def best_number(history: History) -> int:
    """The number of the best feasible complete trial of a single-objective study.

    Raises:
        NothingYet: no trial has completed, or every one breaks a constraint.
    """
    losses = history.losses()[:, 0]
    usable = np.isfinite(losses) & history.is_feasible()
    if usable.any():
        return int(np.argmin(np.where(usable, losses, np.inf)))
    if not history.counts[COMPLETE]:
        n_paused = history.counts[PAUSED]
        raise NothingYet(
            f"no trial has completed yet: {len(history)} trials, of which {history.counts[RUNNING]} are "
            f"running, {n_paused} paused and {history.counts[FAILED]} failed{last_failure(history)}"
            + ("; optimize again, and those that are paused go on" if n_paused else "")
        )
    violation = np.clip(np.nan_to_num(history.table.constraints[: len(history)]), 0, None).sum(
        axis=1
    )
    least = int(np.argmin(np.where(np.isfinite(losses), violation, np.inf)))
    raise NothingYet(
        f"none of {history.counts[COMPLETE]} complete trials keeps the constraints; trial {least} is "
        f"nearest, with a summed violation of {violation[least]:g}"
    )


def last_failure(history: History) -> str:
    """What the last failed trial says of itself, as the end of a sentence; empty if none has failed."""
    for number in reversed(history.numbers(FAILED).tolist()):
        reason = history.record(number).reason
        if reason:
            lines = str(reason).splitlines()
            told = lines[0] if len(lines) == 1 else f"{lines[0]} {lines[-1].strip()}"
            return f"; trial {number} failed with: {told}"
    return ""
