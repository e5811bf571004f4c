"""Nelder-Mead: a simplex that reflects, expands, contracts and shrinks its way downhill.

Nelder & Mead (1965), A Simplex Method for Function Minimization, The Computer Journal 7. It may stall
at a point that is no minimum, even of a smooth convex function (McKinnon 1998); so a simplex that has
become small is begun anew: around its best corner, facing downhill (Kelley 1999), and from a random
point where that did not help.

Each move waits for one point, building and shrinking for up to d + 1. More workers try the points that
this move may lead to; what they find is used when the simplex comes there.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count, check_rows
from trimtab.design.lattice import baseline
from trimtab.design.setting import check_number, check_switch
from trimtab.design.simplex import (
    Coefficients,
    adaptive_coefficients,
    contract_inside,
    contract_outside,
    downhill,
    expand,
    reflect,
    right_angled,
    shrink,
)
from trimtab.design.walk import (
    Field,
    checked_start,
    fresh_start,
    next_round,
    offered,
    open_field,
    outcome,
    told_one,
)
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng

BUILD, REFLECT, EXPAND, OUTSIDE, INSIDE, SHRINK = range(6)
_MANY = 10  # parameters, from which on the standard coefficients are known to fail
_TINY = 1e-13  # a simplex of this size has converged, whatever its losses


@dataclass(frozen=True, eq=False)
class State:
    """A simplex, and the move under way."""

    field: Field
    phase: int
    x: Array  # (d + 1, d) corners, best first once built
    y: Array  # (d + 1,) their losses
    reflected: float  # the loss of the reflection
    key: int
    operation: str = "build"  # the last move made
    before: float = np.inf  # the best loss when this simplex was begun
    best: float = np.inf  # the least loss told, by anyone
    best_x: Array | None = None
    n_draws: int = 0
    n_restarts: int = 0
    is_over: bool = False


@dataclass(frozen=True)
class NelderMead:
    """The simplex method, begun anew where it has converged."""

    start: Mapping[str, Any] | None = None  # the first corner; the rest: defaults, else the middle
    edge: float = 0.2  # of the first simplex, a part of the unit interval
    simplex: Sequence[Sequence[float]] | None = None  # d + 1 rows of the unit cube, instead
    adaptive: bool = False  # the coefficients of Gao & Han, for many parameters
    xatol: float = 1e-6  # a simplex of this size, in the unit cube,
    fatol: float = 1e-8  # and whose losses differ by no more, has converged
    n_restarts: int | None = None  # 0: end there; None: no end
    noisy: bool = False  # evaluate again what is known: at restarts, and on finite spaces

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", checked_start(self.start))
        check_number("edge", self.edge, 0.0, 1.0)
        check_number("xatol", self.xatol, 0.0, np.inf)
        check_number("fatol", self.fatol, 0.0, np.inf)
        check_switch("adaptive", self.adaptive)
        check_switch("noisy", self.noisy)
        if self.n_restarts is not None:
            check_count("n_restarts", self.n_restarts, 0)
        if self.simplex is not None:
            object.__setattr__(self, "simplex", _corners(self.simplex))

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordered values that are always active."""
        return Supports(conditional=False, categorical=False, is_unique=not self.noisy)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay the first simplex.

        Raises:
            InvalidArgument: a simplex that does not fit the space.
        """
        space, d = problem.space, problem.d
        if d > _MANY and not self.adaptive:
            warnings.warn(
                f"NelderMead with {d} parameters converges slowly or not at all; "
                "say adaptive=True, or use CMAES",
                stacklevel=2,
            )
        if self.simplex is not None:
            x = np.array(self.simplex, np.float64)
            if x.shape != (d + 1, d):
                raise InvalidArgument(
                    f"simplex has shape {x.shape}, {d} parameters need ({d + 1}, {d})"
                )
        else:
            corner = space.to_unit(baseline(space, self.start)[None])[0]
            x = right_angled(corner, self._edges(space.columns.n_values))
        field = open_field(space, x, is_noisy=self.noisy)
        state = State(field, BUILD, x, np.full(d + 1, np.nan), np.nan, draw_key(rng))
        return self._advanced(state)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; make the moves that they decide."""
        for i in range(len(told)):
            state = self._advanced(self._noted(state, told, i))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """The points of this move, then those it may lead to."""
        spare = np.empty((0, state.x.shape[1]))
        if request.n + len(request.pending) > 1:
            spare = self._ahead(state)
        return offered(state.field, request, spare)

    def _ahead(self, state: State) -> Array:
        """Points (k, d) that the next moves may want."""
        x, c = state.x, self._coefficients(state)
        if state.phase in (BUILD, SHRINK) or len(x) < 2:
            return np.empty((0, x.shape[1]))
        others = np.vstack([expand(x, c), contract_outside(x, c), contract_inside(x, c)])
        fallen = np.vstack([state.field.round.x, x[:-1]])  # if this move's point becomes the best
        return np.vstack([others, reflect(fallen, c)[None], shrink(x, c)])

    def _coefficients(self, state: State) -> Coefficients:
        d = state.x.shape[1]
        return adaptive_coefficients(d) if self.adaptive else Coefficients()

    def _edges(self, n_values: Any) -> Array:
        """Steps (d,) that reach at least the next value of an indexed column."""
        return np.maximum(self.edge, np.where(n_values > 0, 1.0 / np.maximum(n_values, 1), 0.0))

    def _noted(self, state: State, told: Batch, i: int) -> State:
        loss, violation = outcome(told, i)
        field, is_ours = told_one(state.field, told, i)
        state = replace(state, field=field)
        if violation > 0 or loss >= state.best:
            return state
        state = replace(state, best=loss, best_x=told.x[i])
        is_untouched = state.phase == BUILD and state.n_restarts == 0 and not is_ours
        if is_untouched and self.simplex is None and np.isnan(field.round.y).all():
            return self._begun(state, told.x[i], self._edges(field.space.columns.n_values))
        return state

    # -- the moves ------------------------------------------------------------------------------

    def _advanced(self, state: State) -> State:
        """The state after all moves that what is known decides."""
        while not state.is_over and state.field.round.is_over:
            now = state.field.round
            y = np.where(now.h > 0, np.inf, now.y)
            if state.phase == BUILD:
                state = self._turned(state, "build", now.x, y)
            elif state.phase == SHRINK:
                x, y = np.vstack([state.x[:1], now.x]), np.append(state.y[:1], y)
                state = self._turned(state, "shrink", x, y)
            else:
                state = self._moved(state, now.x[0], float(y[0]))
        return state

    def _moved(self, s: State, point: Array, loss: float) -> State:
        """What follows from the one point that was waited for."""
        c = self._coefficients(s)
        if s.phase == REFLECT:
            s = replace(s, reflected=loss)
            if loss < s.y[0]:
                return self._waiting(s, EXPAND, expand(s.x, c))
            if loss < s.y[-2]:
                return self._swapped(s, "reflect", point, loss)
            if loss < s.y[-1]:
                return self._waiting(s, OUTSIDE, contract_outside(s.x, c))
            return self._waiting(s, INSIDE, contract_inside(s.x, c))
        if s.phase == EXPAND:
            if loss < s.reflected:
                return self._swapped(s, "expand", point, loss)
            return self._swapped(s, "reflect", np.clip(reflect(s.x, c), 0.0, 1.0), s.reflected)
        if s.phase == OUTSIDE and loss <= s.reflected:
            return self._swapped(s, "contract outside", point, loss)
        if s.phase == INSIDE and loss < s.y[-1]:
            return self._swapped(s, "contract inside", point, loss)
        return replace(s, phase=SHRINK, field=next_round(s.field, shrink(s.x, c)))

    def _waiting(self, s: State, phase: int, point: Array) -> State:
        return replace(s, phase=phase, field=next_round(s.field, point[None]))

    def _swapped(self, s: State, operation: str, point: Array, loss: float) -> State:
        """The simplex with its worst corner replaced."""
        return self._turned(s, operation, np.vstack([s.x[:-1], point]), np.append(s.y[:-1], loss))

    def _turned(self, s: State, operation: str, x: Array, y: Array) -> State:
        """Sort the simplex; reflect its worst corner, or begin anew where it has converged."""
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
        s = replace(s, x=x, y=y, operation=operation)
        size = float(np.abs(x[1:] - x[0]).max()) if x.size else 0.0
        is_flat = float(y[-1]) - float(y[0]) <= self.fatol if y[0] < np.inf else True
        if y[0] == np.inf or size <= _TINY or (size <= self.xatol and is_flat):
            return self._restarted(s)
        return self._waiting(s, REFLECT, reflect(x, self._coefficients(s)))

    def _restarted(self, s: State) -> State:
        """A new simplex: around the best point while that helps, else somewhere at random."""
        if self.n_restarts is not None and s.n_restarts >= self.n_restarts:
            return replace(s, is_over=True)
        s = replace(s, n_restarts=s.n_restarts + 1)
        edges = self._edges(s.field.space.columns.n_values)
        corner = s.best_x
        if corner is not None and s.best < s.before - self.fatol and s.x.size:
            return self._begun(replace(s, before=s.best), corner, edges * downhill(s.x, s.y))
        start = fresh_start(s.field, stream(s.key, s.n_draws))
        if start is None:
            return replace(s, is_over=True)
        return self._begun(replace(s, n_draws=s.n_draws + 1), start[0], edges)

    def _begun(self, s: State, corner: Array, edges: Array) -> State:
        x = right_angled(corner, edges)
        return replace(s, phase=BUILD, x=x, field=next_round(s.field, x))


def _corners(simplex: Any) -> tuple[tuple[float, ...], ...]:
    try:
        rows = check_rows("simplex", simplex)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            f"simplex={simplex!r} must be rows of the unit cube: {error}"
        ) from None
    return tuple(tuple(row) for row in rows.tolist())
