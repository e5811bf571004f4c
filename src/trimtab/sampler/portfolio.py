"""A portfolio: samplers share the budget, and a bandit gives more of it to those that do better.

UCB1 of Auer, Cesa-Bianchi & Fischer (2002) over methods; credit by rank among recent results, so that
no scale of losses matters: Fialho, Schoenauer & Sebag (2010), Toward Comparison-based Adaptive Operator
Selection.

Every sampler is told every result, its own and the others'. Trials under way count as pulls with the
sampler's present mean, so many workers spread over the samplers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from trimtab.acquisition.bandit import ucb1
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.child import (
    Family,
    ask_children,
    check_sampler,
    everyone,
    handed,
    open_family,
    row_of,
    tell_family,
)
from trimtab.design.setting import check_number
from trimtab.design.walk import outcome
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The samplers' states, and the credit of each."""

    family: Family
    recent: Array  # (w,) the last losses, inf: failed
    credit: Array  # (k,) sums of rewards, discounted
    n: Array  # (k,) results, discounted


@dataclass(frozen=True)
class Portfolio:
    """Samplers that share the budget by how well they do: `Portfolio([CMAES(), TPE(), Random()])`."""

    samplers: Sequence[Any]
    exploration: float = 2.0  # of sqrt(exploration ln N / n)
    window: int = 50  # recent results that a new one is ranked among
    discount: float = 1.0  # in (0, 1]: weight of older credit, for methods that change
    holds_samplers: ClassVar[tuple[str, ...]] = ("samplers",)

    def __post_init__(self) -> None:
        if not isinstance(self.samplers, list | tuple) or not self.samplers:
            raise InvalidArgument(
                f"samplers={self.samplers!r} must be a list of one sampler or more"
            )
        samplers = tuple(check_sampler("samplers", s) for s in self.samplers)
        object.__setattr__(self, "samplers", samplers)
        check_number("exploration", self.exploration, 0.0, np.inf)
        check_count("window", self.window)
        if self.discount != 1.0:
            check_number("discount", self.discount, 0.0, 1.0)

    @property
    def supports(self) -> Supports:
        """What all of the samplers support; one objective, for results must be ranked."""
        return replace(everyone(self.samplers), objectives=1)

    def init(self, problem: Problem, rng: Rng) -> State:
        """All samplers before any result."""
        family = open_family(self.samplers, problem, draw_key(rng), frozenset())
        none = np.zeros(len(self.samplers))
        return State(family, np.empty(0), none, none)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """All samplers learn of every result; its proposer is credited with its rank."""
        for i in range(len(told)):
            row = row_of(told, i)
            family, owner = tell_family(self.samplers, state.family, row, rng)
            state = replace(state, family=family)
            if owner < 0:
                continue
            loss, violation = outcome(told, i)
            loss = np.inf if violation > 0 else loss
            credit, n = state.credit * self.discount, state.n * self.discount
            credit[owner] += reward(loss, state.recent)
            n[owner] += 1.0
            recent = np.append(state.recent, loss)[-self.window :]
            state = replace(state, recent=recent, credit=credit, n=n)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the samplers with the highest upper bounds."""
        pending = handed(state.family, request.pending.tag) - np.array(state.family.n_told)
        mean, n = state.credit / np.maximum(state.n, 1e-9), state.n + pending
        quotas = [0] * len(n)
        for _ in range(request.n):
            i = int(ucb1(mean, n, self.exploration).argmax())
            quotas[i] += 1
            n[i] += 1.0
        return ask_children(self.samplers, state.family, request, quotas)


def reward(loss: float, recent: Array) -> float:
    """The share of recent losses (w,) that a loss beats, ties half; 0 for a failure, 1/2 for the first."""
    if loss == np.inf:
        return 0.0
    if not len(recent):
        return 0.5
    return float(((recent > loss) + 0.5 * (recent == loss)).mean())
