"""A trial with the configuration that a scheduler has chosen, and the checkpoint it goes on from."""

from pathlib import Path

import numpy as np

from trimtab.core.event import Asked
from trimtab.core.fidelity import Start
from trimtab.core.history import History
from trimtab.study.fork import Copy, copied
from trimtab.study.proposer import Proposed


def gone_on(
    history: History, start: Start, checkpoints: Path, *, is_open: bool
) -> tuple[Proposed, Copy | None]:
    """The next trial as `start` has it, whose codes are given.

    Raises:
        Unsupported: its parent has saved no checkpoint.
    """
    number, copy, origin = len(history), None, None
    if start.parent is not None:
        copy = copied(checkpoints, start.parent, number)
        origin = (start.parent, copy.step)
    config = history.space.config(np.array(start.codes, float))
    if is_open:
        return Proposed(Asked(number, None, fixed=config, origin=origin), config), copy
    return Proposed(Asked(number, start.codes, origin=origin), config), copy
