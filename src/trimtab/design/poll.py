"""Polling: try the points around the incumbent, move to a better one, or take smaller steps.

Torczon (1997), On the Convergence of Pattern Search Algorithms, SIAM J. Optimization 7; Kolda, Lewis &
Torczon (2003), Optimization by Direct Search, SIAM Review 45. With more workers than directions the
points of the next, smaller step are tried as well (Hough, Kolda & Torczon 2001); any result that beats
everything before it moves the incumbent, whoever asked for it.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Proposals, Request
from trimtab.design.walk import (
    Field,
    fresh_start,
    moved,
    next_round,
    offered,
    open_field,
    outcome,
    told_one,
)
from trimtab.rng import stream
from trimtab.space.space import Space
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Poll:
    """The incumbent, and the points around it under way."""

    field: Field
    x: Array  # (d,) the incumbent
    y: float  # its loss; NaN: a new start, not told yet
    step: float  # in units of the cube
    key: int  # of the random starts
    n_draws: int = 0  # random starts drawn
    n_starts: int = 1  # descents begun, failed starts not counted
    best: float = np.inf  # the least loss told
    is_over: bool = False


@dataclass(frozen=True)
class Rule:
    """How a poll moves and shrinks."""

    directions: Array  # (k, d)
    step: float  # at the start
    least: float  # the step below which a descent ends
    expand: float  # the step's factor after a success
    contract: float  # and after a failure
    is_complete: bool  # whether all directions are awaited before moving
    n_starts: int | None  # None: no end


def open_poll(space: Space, start: Array, rule: Rule, key: int) -> Poll:
    """A descent from start (d,), or from a random place where that is forbidden."""
    state = Poll(open_field(space, start[None]), start, np.nan, rule.step, key)
    return advanced(state, rule)


def tell_poll(state: Poll, told: Batch, rule: Rule) -> Poll:
    """Note the results, in order; move as soon as the rule allows."""
    for i in range(len(told)):
        state = advanced(_noted(state, told, i, rule), rule)
    return state


def ask_poll(state: Poll, request: Request, rule: Rule) -> Proposals:
    """Points of the poll, then those of the poll with the next smaller step."""
    spare = np.empty((0, len(state.x)))
    if request.n + len(request.pending) > 1 and not np.isnan(state.y):
        step = rule.contract * state.step
        spare = moved(state.field.space, state.x, step * rule.directions)
    return offered(state.field, request, spare)


def _noted(state: Poll, told: Batch, i: int, rule: Rule) -> Poll:
    loss, violation = outcome(told, i)
    field, is_ours = told_one(state.field, told, i)
    state = replace(state, field=field)
    if violation > 0 or loss >= state.best:
        return state
    is_first = state.n_starts == 1 or not np.isnan(state.y)
    state = replace(state, best=loss)
    if is_ours or not is_first:
        return state
    step = rule.step if np.isnan(state.y) else state.step
    return _polled(replace(state, x=told.x[i], y=loss, step=step, is_over=False), rule)


def advanced(state: Poll, rule: Rule) -> Poll:
    """The state after all steps that what is known allows."""
    while not state.is_over:
        now = state.field.round
        y = np.where(now.h > 0, np.inf, now.y)  # the extreme barrier
        if np.isnan(state.y):
            if np.isnan(y[0]):
                return state
            if y[0] == np.inf:
                state = _restarted(state, rule)
            else:
                state = _polled(replace(state, x=now.x[0], y=float(y[0])), rule)
            continue
        usable = np.where(np.isnan(y), np.inf, y)
        at = int(usable.argmin()) if len(usable) else -1
        if at >= 0 and usable[at] < state.y and (now.is_over or not rule.is_complete):
            step = min(state.step * rule.expand, 1.0)
            state = replace(state, x=now.x[at], y=float(usable[at]), step=step)
            state = _polled(state, rule)
        elif not now.is_over:
            return state
        elif state.step * rule.contract >= rule.least and len(now.x):
            state = _polled(replace(state, step=state.step * rule.contract), rule)
        elif rule.n_starts is None or state.n_starts < rule.n_starts:
            state = _restarted(replace(state, n_starts=state.n_starts + 1), rule)
        else:
            state = replace(state, is_over=True)
    return state


def _polled(state: Poll, rule: Rule) -> Poll:
    x = moved(state.field.space, state.x, state.step * rule.directions)
    return replace(state, field=next_round(state.field, x))


def _restarted(state: Poll, rule: Rule) -> Poll:
    start = fresh_start(state.field, stream(state.key, state.n_draws))
    if start is None:
        return replace(state, is_over=True)
    return replace(
        state,
        field=next_round(state.field, start),
        x=start[0],
        y=np.nan,
        step=rule.step,
        n_draws=state.n_draws + 1,
    )
