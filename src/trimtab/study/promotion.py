"""Which paused trials go back into the queue: those that a scheduler wants, and the last ones of a run."""

from typing import Protocol

from trimtab.core.fidelity import Resume, Start
from trimtab.core.history import WAITING, History
from trimtab.core.journal import Journal
from trimtab.core.protocols import Promoter, Scheduler
from trimtab.evaluation.closing import closing
from trimtab.rng import NEXT, stream
from trimtab.study.proposer import UNUSED

ANY = Start(0)  # no scheduler says how far
_ETA = 3.0  # of schedulers that have none


class Studied(Protocol):
    """A study with what has been read of it."""

    history: History
    journal: Journal
    id: int
    seed: int

    def sync(self) -> None: ...


class Promotion:
    """A scheduler's part in what runs next; `promoter` is None where it never pauses a trial."""

    def __init__(self, scheduler: Scheduler) -> None:
        # NOTE: a check against a protocol looks at every verb, so it is made once and not in each ask.
        self.promoter = scheduler if isinstance(scheduler, Promoter) else None
        self._draws = getattr(scheduler, "draws", True)

    def resume(self, study: Studied, n: int, may_begin: bool) -> Start | None:
        """Resume what the scheduler wants, until n trials wait; then which new ones it wants, if any.

        `may_begin`: new trials may be made. Where they may not, and none is complete, see `close`.
        """
        while self.promoter is not None and study.history.counts[WAITING] < n:
            history = study.history
            path = NEXT, len(history), len(history.budgets)
            rng = stream(study.seed, *path) if self._draws else UNUSED
            action = self.promoter.next(history, rng)
            if not isinstance(action, Resume):
                if may_begin or not self.close(study):
                    return action
                continue
            self._resume(study, action)
        return ANY

    def close(self, study: Studied) -> bool:
        """Resume the best of those that are paused, where nothing is complete and nothing new comes."""
        high = getattr(self.promoter, "max_budget", None)
        if high is None and study.history.fidelity is not None:
            high = study.history.fidelity.high
        if self.promoter is None or high is None:
            return False
        action = closing(study.history, high, getattr(self.promoter, "eta", _ETA))
        if action is not None:
            self._resume(study, action)
        return action is not None

    def _resume(self, study: Studied, action: Resume) -> None:
        study.journal.resume(study.id, action.number, action.budget)
        study.sync()  # where another worker was faster, it has changed what comes next
