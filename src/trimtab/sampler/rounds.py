"""A sampler in rounds: it learns from n results at a time, and may wait for all of them.

Ginsbourger, Le Riche & Carraro (2010), Kriging is Well-Suited to Parallelize Optimization, for batches; Wu &
Frazier (2016), The Parallel Knowledge Gradient Method, for what waiting costs where durations differ. With
`waits` a round of n is asked for, and nothing more until the last one of it has settled; without it the next
trial is asked for at once, but of a sampler that is told in portions of n.

What has settled within a round counts as pending for the sampler inside, so it is not proposed again.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.child import (
    Family,
    ask_child,
    check_sampler,
    open_family,
    row_of,
    tell_family,
)
from trimtab.design.setting import check_switch
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True, eq=False)
class State:
    """The sampler inside, and the results that it has not been told yet."""

    family: Family  # of one
    waiting: tuple[Batch, ...] = ()


@dataclass(frozen=True)
class Rounds:
    """Tell a sampler n results at a time; `waits`: nothing new before all n have settled."""

    sampler: Any
    n: int = 4  # results in a round; failed trials count
    waits: bool = True
    holds_samplers: ClassVar[tuple[str, ...]] = ("sampler",)

    def __post_init__(self) -> None:
        check_sampler("sampler", self.sampler)
        check_count("n", self.n)
        check_switch("waits", self.waits)

    @property
    def supports(self) -> Supports:
        """What the sampler supports; reports are not read."""
        return replace(self.sampler.supports, is_sequence=False, reads_reports=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """The sampler before any result."""
        return State(open_family((self.sampler,), problem, draw_key(rng), frozenset()))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Keep results back until there are n of them."""
        family, waiting = state.family, list(state.waiting)
        for i in range(len(told)):
            waiting.append(row_of(told, i))
            if len(waiting) == self.n:
                for row in waiting:
                    family, _ = tell_family((self.sampler,), family, row, rng)
                waiting = []
        return State(family, tuple(waiting))

    def ask(self, state: State, request: Request) -> Proposals:
        """What is left of the round; nothing, where it has been given out and shall be waited for."""
        room = request.n
        if self.waits:
            room = min(room, self.n - len(state.waiting) - len(request.pending))
        if room < 1:
            return Proposals.of(np.empty((0, state.family.problem.d)))
        pending = with_waiting(request.pending, state.waiting)
        return ask_child(
            (self.sampler,), state.family, replace(request, n=room, pending=pending), 0
        )


def with_waiting(pending: Batch, waiting: tuple[Batch, ...]) -> Batch:
    """Pending rows, and settled ones whose results are not known yet."""
    if not waiting:
        return pending
    rows = (pending, *waiting)
    n = sum(map(len, rows))
    return Batch(
        x=np.vstack([r.x for r in rows]),
        y=np.full((n, pending.y.shape[1]), np.nan),
        c=np.full((n, pending.c.shape[1]), np.nan),
        budget=np.concatenate([r.budget for r in rows]),
        cost=np.full(n, np.nan),
        task=np.concatenate([r.task for r in rows]),
        tag=np.concatenate([r.tag for r in rows]),
        number=np.concatenate([r.number for r in rows]),
    )
