"""What a failed trial means for the run: whether it is tried again, and whether to go on at all."""

from trimtab.core.history import History
from trimtab.core.message import Ended
from trimtab.core.trial import Record, TrialState
from trimtab.errors import TooManyFailures, TrimtabError
from trimtab.study.options import Options

_DEAD_ATTEMPTS = 2  # a trial whose worker died under it is put back once
_LOST_ATTEMPTS = 10  # one whose machine went away, as spot instances do
_HOPELESS = 5  # trials that may fail before any has succeeded


def has_attempts_left(message: Ended, attempt: int, options: Options) -> bool:
    """Whether a trial that ended like this in its `attempt`-th attempt is tried again."""
    if message.outcome.state is not TrialState.FAILED:
        return False
    allowed = _DEAD_ATTEMPTS if message.is_dead else 1
    allowed = _LOST_ATTEMPTS if message.is_lost else allowed
    if not isinstance(message.error, TrimtabError):
        allowed = max(allowed, 1 + options.retries)
    return attempt < allowed


def too_many(
    n_failed: int, record: Record, history: History, options: Options
) -> TooManyFailures | None:
    """Why a run with so many failed trials, the last one `record`, should end; None: go on."""
    hopeless = options.max_failures is None and n_failed >= _HOPELESS
    nothing_works = hopeless and history.n_finished == history.counts[-1]
    if nothing_works or (options.max_failures is not None and n_failed >= options.max_failures):
        return TooManyFailures(
            f"{n_failed} trials failed"
            + (" and none has ever succeeded" if nothing_works else "")
            + f"; the last, trial {record.number}, with:\n{record.reason}\n"
            "Mend the objective, or raise max_failures to go on regardless."
        )
    return None
