"""Differential evolution, in its asynchronous steady-state form.

Storn & Price (1997). Differential Evolution: A Simple and Efficient Heuristic for Global Optimization
over Continuous Spaces. J. Global Optimization 11.

Each proposal challenges one member of the population: its tag. A challenger that is at least as good
takes the member's place when it is told, whatever order results come in. A result that carries no tag
takes the place of the worst member, if it is better. Choices take part with their slices of [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Mask, Rng
from trimtab.variation.bound import reflected
from trimtab.variation.difference import (
    best_1,
    binomial,
    busy_members,
    challenged,
    current_to,
    distinct,
    rand_1,
)
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.selection import standing

_STRATEGIES = ("rand/1", "best/1", "current-to-best/1", "current-to-pbest/1")


@dataclass(frozen=True, eq=False)
class State:
    """The population."""

    space: Space
    x: Array  # (p, d)
    y: Array  # (p,) infinite until a member has a usable result
    is_known: Mask  # (p,) has the member's own row been told?
    known: Keys


@dataclass(frozen=True)
class DE:
    """DE/<strategy>/bin."""

    popsize: int | None = None  # NP; None: 10 d, between 20 and 100
    weight: float | Sequence[float] = (0.5, 1.0)  # F; a pair: drawn anew each time (dither)
    crossover_rate: float = 0.7  # CR in [0, 1]
    strategy: str = "best/1"  # or rand/1, current-to-best/1, current-to-pbest/1
    p_best: float = 0.1  # the share that counts as best, for current-to-pbest/1

    def __post_init__(self) -> None:
        if self.popsize is not None:
            check_count("popsize", self.popsize, low=4)
        if isinstance(self.weight, list | tuple):
            if len(self.weight) != 2 or not self.weight[0] <= self.weight[1]:
                raise InvalidArgument(f"weight={self.weight!r} is no range; give (low, high)")
            low, high = (check_number("weight", w, 0, 2 + 1e-9) for w in self.weight)
            object.__setattr__(self, "weight", (low, high))
        else:
            check_number("weight", self.weight, 0, 2 + 1e-9)
        check_number("crossover_rate", self.crossover_rate, -1e-9, 1 + 1e-9)
        check_word("strategy", self.strategy, _STRATEGIES)
        check_number("p_best", self.p_best, 0, 1 + 1e-9)

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """A population that is yet to be evaluated."""
        p = self.popsize or min(max(10 * problem.d, 20), 100)
        x = rng.random((p, problem.d))
        return State(problem.space, x, np.full(p, np.inf), np.zeros(p, bool), NO_KEYS)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Let challengers that are at least as good take their places."""
        x, y, is_known = state.x.copy(), state.y.copy(), state.is_known.copy()
        known = state.known
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            known = learned(state.space, known, row[None])
            i = tag if 0 <= tag < len(y) else int(y.argmax())
            is_first = tag == i and not is_known[i]
            if loss < y[i] or is_first or (tag == i and loss == y[i]):
                x[i], y[i] = np.where(np.isnan(row), x[i], row), loss
            is_known[i] |= tag == i
        return replace(state, x=x, y=y, is_known=is_known, known=known)

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of members without a result, then challengers."""
        p, d = state.x.shape
        is_asked_again = False

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            nonlocal is_asked_again
            members = challenged(state.is_known, busy_members(request.pending.tag, p), n, rng)
            x = self.trials(state, members, rng)
            is_new = ~state.is_known[members]
            first = rng.random((n, d)) if is_asked_again else state.x[members]
            is_asked_again = True
            return np.where(is_new[:, None], first, x), members

        return proposed(state.space, state.known, request, draw)

    def trials(self, state: State, members: Ints, rng: Rng) -> Array:
        """Challengers (q, d) of these members (q,): mutation, crossover, repair by reflection."""
        x, p = state.x, len(state.x)
        if isinstance(self.weight, float | int):
            f = np.full(len(members), float(self.weight))
        else:
            f = rng.uniform(self.weight[0], self.weight[1], len(members))
        a, b, c = distinct(members, p, 3, rng).T
        best = int(state.y.argmin())
        if self.strategy == "rand/1":
            donors = rand_1(x, a, b, c, f)
        elif self.strategy == "best/1":
            donors = best_1(x, best, b, c, f)
        else:
            n_best = max(1, round(self.p_best * p)) if self.strategy == "current-to-pbest/1" else 1
            top = np.argsort(state.y, kind="stable")[:n_best]
            goal = x[top[rng.integers(len(top), size=len(members))]]
            donors = current_to(x, members, goal, b, x[c], f)
        rate = np.full(len(members), self.crossover_rate)
        return binomial(x[members], reflected(donors), rate, rng)
