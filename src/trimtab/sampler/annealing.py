"""Simulated annealing: a random walk that accepts what is worse, ever less as it cools.

Kirkpatrick, Gelatt & Vecchi (1983), Optimization by Simulated Annealing, Science 220; Cerny (1985). The
first temperature is set so that a wanted share of the steps uphill is accepted (Ben-Ameur 2004).

Every ask proposes a neighbour of where the walk is; every result is accepted or not from where the walk
is by then, so any number of workers may run and results may come in any order. On a finite space the
walk passes through what is known without trying it again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.cooling import acceptance, calibrated, exponential, linear, logarithmic
from trimtab.design.lattice import activated, baseline
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.design.walk import Known, checked_start, keys_of, outcome
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.draw import NO_KEYS, is_finite, learned, proposed, row_keys

_PASSES = 200  # known neighbours that a walk may pass through at once


@dataclass(frozen=True, eq=False)
class State:
    """Where the walk is, and how hot."""

    space: Space
    key: int
    x: Array  # (d,) unit row, NaN where inactive
    y: float  # its loss, NaN: nowhere yet
    best_x: Array  # (d,)
    best: float
    first: float  # T_0, NaN until a step uphill is known
    rises: Array  # (k,) the first steps uphill, for T_0
    known: Known  # of a finite space
    tried: Keys
    ahead: Array  # (0 or 1, d) the next point of the walk on a finite space
    t: int = 0  # steps since the temperature was T_0
    n: int = 0  # steps in all
    stale: int = 0  # steps since the best was found


@dataclass(frozen=True)
class Annealing:
    """A random walk that accepts what is worse, ever less as it cools."""

    cooling: str = "exponential"  # or "linear", "logarithmic"
    temperature: float | None = None  # T_0; None: from `acceptance`
    acceptance: float = 0.8  # χ_0, the share of steps uphill that T_0 shall accept
    n_calibration: int = 20  # steps uphill that T_0 is found from
    gamma: float = 0.95  # γ of T_0 γ^t
    alpha: float | None = None  # α of T_0 - α t; None: T_0 / 500
    floor: float = 1e-6  # T_min, as a part of T_0
    scale: float = 0.2  # standard deviation of a step at T_0, a part of the unit interval
    least_scale: float = 0.001  # it shrinks with the square root of T / T_0, down to this
    reheat: int | None = (
        200  # steps without a new best before T_0 again, from the best; None: never
    )
    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    unique: bool = True  # never try a configuration of a finite space twice

    def __post_init__(self) -> None:
        check_word("cooling", self.cooling, ("exponential", "linear", "logarithmic"))
        for name in ("temperature", "alpha"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0.0, np.inf)
        check_number("acceptance", self.acceptance, 0.0, 1.0)
        check_count("n_calibration", self.n_calibration)
        for name, high in (("gamma", 1.0), ("floor", 1.0), ("scale", np.inf)):
            check_number(name, getattr(self, name), 0.0, high)
        check_number("least_scale", self.least_scale, 0.0, np.inf)
        if self.reheat is not None:
            check_count("reheat", self.reheat)
        object.__setattr__(self, "start", checked_start(self.start))
        check_switch("unique", self.unique)

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(is_unique=self.unique)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Begin at `start`."""
        space = problem.space
        x = space.to_unit(activated(space, baseline(space, self.start)[None]))
        first = np.nan if self.temperature is None else float(self.temperature)
        ahead = x if space.is_valid(space.from_unit(x))[0] else x[:0]
        nothing = np.empty(0)
        return State(
            space=space,
            key=draw_key(rng),
            x=x[0],
            y=np.nan,
            best_x=x[0],
            best=np.inf,
            first=first,
            rises=nothing,
            known=Known(),
            tried=NO_KEYS,
            ahead=ahead,
        )

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Accept each result, or do not."""
        is_counted = self.unique and is_finite(state.space)
        for i in range(len(told)):
            loss, violation = outcome(told, i)
            loss, row = (np.inf if violation > 0 else loss), told.x[i]
            if is_counted:
                key = keys_of(state.space, row[None])[0]
                tried = learned(state.space, state.tried, row[None])
                state = replace(state, known=state.known.add(key, (loss, 0.0)), tried=tried)
            if told.tag[i] >= 0:
                state = self._stepped(state, row, loss)
            elif loss < state.best:
                state = replace(state, x=row, y=loss, best_x=row, best=loss, stale=0)
            is_begun = not math.isnan(state.y)
            if is_begun or told.tag[i] >= 0:
                state = replace(state, ahead=state.ahead[:0])
            state = self._passed(state) if is_begun and is_counted else state
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Neighbours of where the walk is; random points before it is anywhere."""
        space, d = state.space, len(state.x)
        rng, first = request.rng, state.ahead

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            if math.isnan(state.y):
                rows = rng.random((n, d))
            else:
                step = self.step_size(state)
                rows = np.array([neighbor(space, state.x, step, rng) for _ in range(n)])
            return rows.reshape(n, d), np.zeros(n, np.int64)

        if len(first) and len(request.pending):
            taken = row_keys(space, request.pending.x)
            first = first[~np.isin(row_keys(space, first), taken)]
        if len(first):
            return Proposals.of(np.where(np.isnan(first), 0.5, first), np.zeros(1, np.int64))
        if not self.unique:
            return Proposals.of(*draw(request.n, rng))
        return proposed(space, state.tried, request, draw)

    def temperature_at(self, state: State) -> float:
        """T of the walk's next step; 0 while no step uphill is known."""
        if math.isnan(state.first):
            return 0.0
        first, t, least = state.first, state.t, self.floor * state.first
        if self.cooling == "linear":
            alpha = first / 500.0 if self.alpha is None else self.alpha
            return linear(t, first, alpha, least)
        if self.cooling == "logarithmic":
            return logarithmic(t, first, least)
        return exponential(t, first, self.gamma, least)

    def step_size(self, state: State) -> float:
        """The standard deviation of a step at the present temperature."""
        if math.isnan(state.first):
            return self.scale
        share = self.temperature_at(state) / state.first
        return max(self.scale * math.sqrt(share), min(self.least_scale, self.scale))

    def _stepped(self, s: State, x: Array, loss: float) -> State:
        """One step of the walk: to x with its loss, or not."""
        if math.isnan(s.y):
            return s if loss == np.inf else replace(s, x=x, y=loss, best_x=x, best=loss)
        rise = loss - s.y
        if 0 < rise < np.inf and self.temperature is None and len(s.rises) < self.n_calibration:
            rises = np.append(s.rises, rise)
            s = replace(s, rises=rises, first=calibrated(rises, self.acceptance))
        chance = acceptance(rise, self.temperature_at(s))
        if chance == 1.0 or stream(s.key, s.n).random() < chance:
            s = replace(s, x=x, y=loss)
        is_cooling = self.temperature is not None or len(s.rises) >= self.n_calibration
        s = replace(s, t=s.t + int(is_cooling), n=s.n + 1, stale=s.stale + 1)
        if loss < s.best:
            return replace(s, best_x=x, best=loss, stale=0)
        if self.reheat is not None and s.stale >= self.reheat:
            return replace(s, x=s.best_x, y=s.best, t=0, stale=0)
        return s

    def _passed(self, s: State) -> State:
        """The walk through known neighbours, up to one that is not known."""
        for _ in range(_PASSES):
            row = neighbor(s.space, s.x, self.step_size(s), stream(s.key, s.n, 1))
            codes = s.space.from_unit(row[None])
            told = s.known.get((codes[0] + 0.0).tobytes())
            if not s.space.is_valid(codes)[0]:
                s = replace(s, n=s.n + 1)
            elif told is None:
                return replace(s, ahead=row[None])
            else:
                s = self._stepped(s, s.space.to_unit(codes)[0], told[0])
        return s


def neighbor(space: Space, x: Array, scale: float, rng: Rng) -> Array:
    """A row (d,) near a row x (d,), in one active column or several (each with chance 1 / their number).

    Numbers and ordered values take a normal step, at least to the next value, mirrored at the ends of
    the unit interval; a categorical takes any other choice. Columns that were inactive are drawn anew.
    """
    active = np.flatnonzero(~np.isnan(x))
    found = np.where(np.isnan(x), rng.random(len(x)), x)
    if not len(active):
        return found
    chosen = active[rng.random(len(active)) < 1.0 / len(active)]
    chosen = chosen if len(chosen) else rng.choice(active, 1)
    kinds, sizes = space.columns.kind, space.columns.n_values
    for j in chosen.tolist():
        if kinds[j] == CATEGORICAL:
            found[j] = _other_choice(space, j, float(x[j]), rng)
            continue
        step = scale * rng.standard_normal()
        if sizes[j]:
            step = math.copysign(max(abs(step), 1.0 / sizes[j]), step)
        u = abs(found[j] + step) % 2.0
        found[j] = min(u, 2.0 - u)
    return found


def _other_choice(space: Space, column: int, u: float, rng: Rng) -> float:
    """The unit coordinate of another choice of a categorical column, each equally likely."""
    domain = space.domains[space.names[column]]
    if domain.n_values < 2:
        return u
    now = int(domain.from_unit(np.array([u]))[0])
    other = (now + 1 + int(rng.integers(domain.n_values - 1))) % domain.n_values
    return float(domain.to_unit(np.array([float(other)]))[0])
