"""A sampler that is begun anew, knowing nothing, when its run has stalled.

Fukunaga (1998), Restart Scheduling for Genetic Algorithms, PPSN V; Luby, Sinclair & Zuckerman (1993) for
restarts of any randomized search.

A trial's tag holds the run that it belongs to, so that runs may overlap: results of an older run are
remembered as tried, and told to nobody. Where new runs have nothing new to propose, as on a finite space
that is nearly known, random configurations that have not been tried are proposed instead.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.child import (
    Family,
    ask_child,
    check_sampler,
    fresh_row,
    inner,
    open_family,
    row_of,
    tell_family,
    with_tried,
)
from trimtab.rng import draw_key, stream
from trimtab.typing import Rng

_EPOCHS = 64  # runs whose trials may be under way at once
_TRIES = 5  # new runs that are begun within one ask, each because the last had nothing new


@dataclass(frozen=True, eq=False)
class State:
    """The present run of a sampler that is begun anew again and again."""

    family: Family  # of one
    key: int
    epoch: int = 0
    best: float = math.inf  # of this run
    stale: int = 0  # results since then


@dataclass(frozen=True)
class Restart:
    """Forget everything and begin anew when results stop getting better, or nothing is left.

    A new run knows nothing of the old ones, except that configurations of a finite space are not
    repeated; late results of old runs are not told to it.
    """

    sampler: Any
    patience: int = 50  # results of a run without a new best, after which it ends
    holds_samplers: ClassVar[tuple[str, ...]] = ("sampler",)

    def __post_init__(self) -> None:
        check_sampler("sampler", self.sampler)
        check_count("patience", self.patience)

    @property
    def supports(self) -> Supports:
        """What the sampler supports; one objective, for there must be a best."""
        inside = self.sampler.supports
        return replace(inside, objectives=1, is_sequence=False, is_finite=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """The first run."""
        key = draw_key(rng)
        return State(self._begun(problem, key, 0), key)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Tell the run of its own results, and of those that nobody asked for."""
        for i in range(len(told)):
            row = row_of(told, i)
            tag = int(row.tag[0])
            ahead = (tag - state.epoch) % _EPOCHS if tag >= 0 else 0
            if 0 < ahead <= _TRIES:  # an ask has begun a new run
                state = self._renewed(state, state.epoch + ahead)
            row = inner(row, state.epoch % _EPOCHS, _EPOCHS)
            if tag >= 0 and ahead > _TRIES:  # of an old run
                state = replace(state, family=with_tried(state.family, row))
                continue
            family, _ = tell_family((self.sampler,), state.family, row, rng)
            state = replace(state, family=family)
            if tag < 0:
                continue
            y = float(row.y[0, 0])
            is_better = y < state.best and not (row.c[0] > 0).any()
            state = replace(
                state,
                best=y if is_better else state.best,
                stale=0 if is_better else state.stale + 1,
            )
            if state.stale >= self.patience:
                state = self._renewed(state, state.epoch + 1)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the present run; of a new one where it has none and waits for none."""
        family, epoch = state.family, state.epoch
        for _ in range(_TRIES):
            slot = epoch % _EPOCHS
            ours = replace(request, pending=inner(request.pending, slot, _EPOCHS))
            found = ask_child((self.sampler,), family, ours, 0)
            if len(found.x):
                return replace(found, tag=(found.tag + 1) * _EPOCHS + slot)
            if (ours.pending.tag >= 0).any():
                return found
            epoch += 1
            family = replace(
                self._begun(family.problem, state.key, epoch), known=state.family.known
            )
        return fresh_row(state.family, request)

    def _renewed(self, state: State, epoch: int) -> State:
        family = self._begun(state.family.problem, state.key, epoch)
        return State(replace(family, known=state.family.known), state.key, epoch)

    def _begun(self, problem: Problem, key: int, epoch: int) -> Family:
        return open_family((self.sampler,), problem, draw_key(stream(key, epoch)), frozenset())
