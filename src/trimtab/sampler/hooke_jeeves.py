"""Hooke-Jeeves: explore around a base point, one coordinate at a time, then leap the way it led.

Hooke & Jeeves (1961), "Direct Search" Solution of Numerical and Statistical Problems, J. ACM 8.

The method waits for one point at a time. More workers try the exploratory moves that come next if this
one fails, and their results are used as soon as the search comes to those points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.setting import check_number
from trimtab.design.spanning import axes
from trimtab.design.walk import (
    Field,
    checked_start,
    fresh_start,
    moved,
    next_round,
    offered,
    open_field,
    outcome,
    told_one,
)
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng

START, EXPLORE, LEAP = range(3)  # what the point under way is


@dataclass(frozen=True, eq=False)
class State:
    """The base, the point that explores around it, and the move under way."""

    field: Field
    phase: int
    base: Array  # (d,) the last point that a whole exploration led to
    base_y: float
    x: Array  # (d,) where the exploration is now
    y: float
    move: int  # EXPLORE: 2j is one step up column j, 2j + 1 one down
    is_leap: bool  # whether this exploration began at a leap's end
    step: float  # in units of the cube
    key: int
    n_draws: int = 0
    n_starts: int = 1
    best: float = np.inf  # the least loss told
    is_over: bool = False


@dataclass(frozen=True)
class HookeJeeves:
    """Exploratory moves along the axes, and pattern moves that repeat what they found."""

    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    step: float = 0.25  # δ_0, a part of the unit interval
    contract: float = 0.5  # ρ in (0, 1), the step's factor where nothing is better
    least_step: float = 1e-6  # where a descent ends
    n_starts: int | None = None  # descents; all but the first from random points; None: no end

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", checked_start(self.start))
        check_number("step", self.step, 0.0, np.inf)
        check_number("contract", self.contract, 0.0, 1.0)
        check_number("least_step", self.least_step, 0.0, np.inf)
        if self.n_starts is not None:
            check_count("n_starts", self.n_starts)

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordered values that are always active."""
        return Supports(conditional=False, categorical=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Begin at `start`."""
        space = problem.space
        at = space.to_unit(baseline(space, self.start)[None])[0]
        field = open_field(space, at[None])
        state = State(field, START, at, np.nan, at, np.nan, 0, False, self.step, draw_key(rng))
        return self._advanced(state)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; make the moves that they decide."""
        for i in range(len(told)):
            state = self._advanced(self._noted(state, told, i))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """The next point, then those that follow if it fails."""
        spare = np.empty((0, len(state.x)))
        if request.n + len(request.pending) > 1 and state.phase == EXPLORE:
            moves, space = axes(len(state.x)), state.field.space
            coming = moved(space, state.x, state.step * moves[state.move + 1 :])
            smaller = moved(space, state.base, self.contract * state.step * moves)
            spare = np.vstack([coming, smaller])
        return offered(state.field, request, spare)

    def _noted(self, state: State, told: Batch, i: int) -> State:
        loss, violation = outcome(told, i)
        field, is_ours = told_one(state.field, told, i)
        state = replace(state, field=field)
        if violation > 0 or loss >= state.best:
            return state
        is_first = state.n_starts == 1 or state.phase != START
        state = replace(state, best=loss)
        if is_ours or not is_first:
            return state
        return self._based(replace(state, is_over=False), told.x[i], loss)

    def _advanced(self, state: State) -> State:
        while not state.is_over and state.field.round.is_over:
            now = state.field.round
            loss = np.inf if now.h[0] > 0 else float(now.y[0])
            if state.phase == START:
                state = (
                    self._restarted(state) if loss == np.inf else self._based(state, now.x[0], loss)
                )
            elif state.phase == LEAP:
                state = self._exploring(replace(state, x=now.x[0], y=loss), 0)
            elif loss < state.y:
                after = state.move + 2 - state.move % 2  # the other way is not tried
                state = self._exploring(replace(state, x=now.x[0], y=loss), after)
            else:
                state = self._exploring(state, state.move + 1)
        return state

    def _based(self, state: State, x: Array, y: float) -> State:
        """Explore around a base."""
        state = replace(state, base=x, base_y=y, x=x, y=y, is_leap=False)
        return self._exploring(state, 0)

    def _exploring(self, state: State, move: int) -> State:
        """Try the next exploratory move; after the last one see what came of them."""
        d = len(state.x)
        if move >= 2 * d:
            return self._explored(state)
        x = moved(state.field.space, state.x, state.step * axes(d)[move : move + 1])
        return replace(state, phase=EXPLORE, move=move, field=next_round(state.field, x))

    def _explored(self, state: State) -> State:
        if state.y < state.base_y:  # leap from the old base over the new one
            x = np.clip(2.0 * state.x - state.base, 0.0, 1.0)
            state = replace(state, base=state.x, base_y=state.y, is_leap=True, phase=LEAP)
            return replace(state, field=next_round(state.field, x[None]))
        if state.is_leap:
            return self._based(state, state.base, state.base_y)
        if state.step * self.contract >= self.least_step and len(state.x):
            state = replace(state, step=state.step * self.contract)
            return self._based(state, state.base, state.base_y)
        if self.n_starts is None or state.n_starts < self.n_starts:
            return self._restarted(replace(state, n_starts=state.n_starts + 1))
        return replace(state, is_over=True)

    def _restarted(self, state: State) -> State:
        start = fresh_start(state.field, stream(state.key, state.n_draws))
        if start is None:
            return replace(state, is_over=True)
        field = next_round(state.field, start)
        n_draws = state.n_draws + 1
        return replace(state, field=field, phase=START, step=self.step, n_draws=n_draws)
