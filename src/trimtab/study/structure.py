"""The space that a sampler of a define-by-run study is shown: with the conditions that trials have shown."""

import numpy as np

from trimtab.core.history import COMPLETE, FAILED, History
from trimtab.evaluation.due import last_due
from trimtab.space.learned import with_learned_conditions
from trimtab.space.space import Space

_FIRST = 4  # results from which on conditions are looked for


class Structure:
    """The conditions, looked for anew whenever the space has grown, or there is a quarter more results.

    A function of the history alone, so that a study that goes on after a restart proposes as before.
    """

    def __init__(self) -> None:
        self._base: Space | None = None
        self._due = 0
        self._space = Space({})

    def of(self, history: History) -> Space:
        """The history's space with what has been learned; the same object as long as nothing changes."""
        n = len(history.order)
        due = last_due(_FIRST, n) if n >= _FIRST else 0
        if history.space is self._base and due == self._due:
            return self._space
        is_new = history.space is not self._base
        self._base, self._due = history.space, due
        first = np.array(history.order[:due], np.int64)
        first = first[np.isin(history.table.state[first], (COMPLETE, FAILED))]
        is_whole = history.table.state[first] == COMPLETE
        space = with_learned_conditions(history.space, history.codes(first), is_whole)
        if is_new or space.conditions != self._space.conditions:
            self._space = space
        return self._space
