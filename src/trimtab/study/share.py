"""One worker of many on one study, with no driver: each takes what is to be done until nothing is left.

All coordination is in the storage, as in a tuple space (Gelernter 1985): any number of processes on any
number of hosts call `work` with the same number of trials, and may come, go and die as they like.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.loop import Loop
from trimtab.study.options import Options
from trimtab.study.study import Study

POLL = 1.0  # seconds between two looks, while other workers have all that is left


def work(
    study: Study,
    objective: Callable[..., Any],
    n_trials: int,
    *,
    poll: float = POLL,
    **options: Any,
) -> int:
    """Take part in a study until it has `n_trials` finished trials, and return how many this call ran.

    The number is shared: however many workers there are, the study gets exactly so many trials. While the
    others run the last ones, this worker waits, and takes over what one of them leaves behind.
    `options` are those of `Options`; a timeout holds for the whole call. `poll`: seconds between looks.

    Raises:
        InvalidArgument: `n_trials` is not a whole number of 1 or more, or an option makes no sense.
        TooManyFailures: see `Options.max_failures`.
    """
    if isinstance(n_trials, bool) or not isinstance(n_trials, int) or n_trials < 1:
        raise InvalidArgument(f"n_trials={n_trials!r} must be a whole number, 1 or more")
    checked = Options.of(total=n_trials, **options)
    begun, taken = time.monotonic(), 0
    while True:
        left = None
        if checked.timeout is not None:
            left = checked.timeout - (time.monotonic() - begun)
            if left <= 0:
                return taken
        loop = Loop(study, study.ledger, objective, replace(checked, timeout=left))
        with suppress(NothingYet):  # the sampler waits for results of the others
            loop.run()
        taken += len(loop.parcel.taken)
        if _is_over(study, loop, n_trials):
            return taken
        time.sleep(poll if left is None else min(poll, max(left, 0.0)))


def _is_over(study: Study, loop: Loop, n_trials: int) -> bool:
    """Whether nothing is left to do, now or later; else others run it, or the sampler waits for them."""
    if study.history.n_finished >= n_trials or study.is_stopping:
        return True
    if loop.options.terminator is not None:
        return loop.options.terminator.done(study.history, loop.seconds) is not None
    is_all_there = len(study.history) >= n_trials
    n_open = len(study.history) - study.history.n_finished
    return not is_all_there and not n_open and not loop.parcel.taken
