"""Trust-region Bayesian optimization.

Eriksson, Pearce, Gardner, Turner & Poloczek (2019), Scalable Global Optimization via Local Bayesian
Optimization (TuRBO), NeurIPS 32, with one region; failures and constraints as in Eriksson & Poloczek
(2021); choices after Wan, Nguyen, Ha, Ru, Lu & Osborne (2021), Think Global and Act Local, ICML.

A process is fitted to the results of the present region only. A proposal is the least point of a draw
from it over a box around the best result. Three improvements in a row double the box, d failures halve
it, and when it has become too small everything starts again elsewhere. The tag of a proposal is the
number of its region, so late results of an earlier one do not move the box. What others have proposed
is learned from, but says nothing of the box either.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.guarded import wanted_success
from trimtab.acquisition.maximize import canonical
from trimtab.acquisition.opening import any_row, opening_row
from trimtab.acquisition.thompson import constrained_thompson
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.space.columns import CATEGORICAL
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.model import (
    OBJECTIVE,
    SUCCESS,
    Fit,
    Model,
    Recipe,
    Results,
    is_due,
    mean_success,
    no_results,
)
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The present region and its results."""

    problem: Problem
    key: int
    seen: Array  # (n, d) every row that has been told
    region: int  # how many regions were given up
    length: float  # side of the box, L
    n_good: int  # improvements in a row
    n_bad: int  # failures in a row
    best: float  # least feasible value in this region; infinite if there is none
    results: Results  # of this region
    _embedding: Embedding
    _fit: Fit

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given this region's results."""
        return self._fit.models(self.results)


@dataclass(frozen=True)
class TrustRegion:
    """TuRBO-1: Bayesian optimization in a box that follows success, for many columns or trials."""

    n_initial: int | None = None  # space-filling trials of each region; None: 2 d, at most 40
    length: float = 0.8  # first side of the box, L_init, of the unit interval
    shortest: float = 2.0**-7  # L_min: a smaller box is given up
    longest: float = 1.6  # L_max
    n_good: int = 3  # tau_succ
    n_bad: int | None = None  # tau_fail; None: d, at least 4
    n_candidates: int | None = None  # points of a draw; None: 100 d, at most 1000

    def __post_init__(self) -> None:
        for name in ("n_initial", "n_bad", "n_candidates"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_count("n_good", self.n_good)
        for name in ("shortest", "length", "longest"):
            check_number(name, getattr(self, name), 0.0, np.inf)
        if not self.shortest < self.length <= self.longest:
            raise InvalidArgument(
                f"shortest={self.shortest!r}, length={self.length!r}, longest={self.longest!r} "
                "must ascend"
            )

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """A box around nothing."""
        embedding, none = embedding_of(problem.space), no_results(problem.d)
        fit = Fit(Recipe(), embedding, none)
        first = (problem, draw_key(rng), np.empty((0, problem.d)), 0, self.length, 0, 0, np.inf)
        return State(*first, none, embedding, fit)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Count improvements and failures, resize the box, or give it up."""
        for i in range(len(told)):
            row = slice(i, i + 1)
            state = replace(state, seen=np.vstack([state.seen, told.x[row]]))
            if told.tag[i] in (-1, state.region):
                results = state.results.more(told.x[row], told.y[row, 0], told.c[row])
                state = self._judged(replace(state, results=results), told.tag[i] == state.region)
        return state

    def _judged(self, state: State, is_own: bool) -> State:
        """The state after one more result of the region, which is its last row."""
        results = state.results
        fit = state._fit.next(results) if is_due(state._fit, results) else state._fit
        value = float(results.y[-1]) if results.is_feasible[-1] else np.inf
        improved = value < state.best - _MARGIN * _spread(state.results)
        state = replace(state, best=min(state.best, value), _fit=fit)
        if len(results) <= self._opening(state) or not is_own:
            return state
        n_good, n_bad = (state.n_good + 1, 0) if improved else (0, state.n_bad + 1)
        length = state.length
        if n_good == self.n_good:
            length, n_good = min(2.0 * length, self.longest), 0
        elif n_bad == (self.n_bad or max(4, state.problem.d)):
            length, n_bad = length / 2.0, 0
        if length >= self.shortest:
            return replace(state, length=length, n_good=n_good, n_bad=n_bad)
        none = no_results(state.problem.d)
        fresh = Fit(fit.recipe, state._embedding, none)
        new = replace(state, region=state.region + 1, length=self.length, n_good=0, n_bad=0)
        return replace(new, best=np.inf, results=none, _fit=fresh)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """The opening of the region, then least points of draws."""
        space, rng = state.problem.space, request.rng
        pending = request.pending
        taken = {row.tobytes() for row in state.seen} | {row.tobytes() for row in pending.x}
        n_local = len(state.results) + int(np.isin(pending.tag, (-1, state.region)).sum())
        stride = self._opening(state)
        rows: list[Array] = []
        for index in range(n_local, n_local + request.n):
            if index < stride or state.results.is_done.sum() < 2:
                at = index + (1 if state.region else 0)  # the middle is tried once
                key = state.key ^ state.region
                row = opening_row(space, key, at, taken, rng, stride=stride)
            else:
                row = self._drawn(state, taken, rng)
            if row is None:
                break
            rows.append(row[None])
            taken.add(row.tobytes())
        x = np.vstack([np.empty((0, state.problem.d)), *rows])
        return Proposals.of(x, np.full(len(x), state.region, np.int64))

    def _drawn(self, state: State, taken: set[bytes], rng: Rng) -> Array | None:
        space, results = state.problem.space, state.results
        x = box_candidates(state, self._n_candidates(state), rng)
        x = x[space.is_valid(space.from_unit(x))]
        fresh = [row.tobytes() not in taken for row in x]
        x = np.unique(x[fresh], axis=0) if space.columns.n_values.all() else x[fresh]
        if not len(x):
            return any_row(space, taken, rng)
        limits, objective = [], None
        for which, model in state.models.items():
            if which == SUCCESS:
                wanted = wanted_success(mean_success(results))
                limits.append((model.posterior, -1.0, wanted))
            elif which != OBJECTIVE:
                limits.append((model.posterior, 1.0, 0.0))
            elif results.is_feasible.any():
                objective = model.posterior
        order = constrained_thompson(objective, limits, state._embedding(x), rng)
        return x[order[0]]

    def _opening(self, state: State) -> int:
        return self.n_initial or max(4, min(2 * state.problem.d, _LONGEST_OPENING))

    def _n_candidates(self, state: State) -> int:
        return self.n_candidates or min(100 * state.problem.d, _MOST_CANDIDATES)


def _spread(results: Results) -> float:
    """From the least to the median feasible result, but the last: the unit of an improvement.

    NOTE: the authors' program takes the size of the best value, which an offset of the results changes.
    """
    y = results.y[:-1][results.is_feasible[:-1]]
    return float(np.median(y) - y.min()) if len(y) else 0.0


def center_of(state: State) -> Array:
    """The row (d,) of the least posterior mean, feasible ones first."""
    model = state.models[OBJECTIVE]
    feasible = state.results.is_feasible[model.rows]
    return state.results.x[model.rows[np.lexsort((model.posterior.fitted, ~feasible))[0]]]


def box_candidates(state: State, n: int, rng: Rng) -> Array:
    """Canonical rows (n, d) around the middle of the region, each differing from it in some coordinates.

    Numbers stay in a box: the sides are proportional to the lengthscales, their geometric mean is the
    length, and a coordinate is moved with probability min(1, 20 / d) (appendix of the paper). Choices
    have no sides: about 1.5 length of them are drawn anew, whatever their number, so that rows stay
    near in Hamming's distance too (as in Wan et al. 2021, section 3.2, where it is bounded).
    """
    space, d = state.problem.space, state.problem.d
    center = center_of(state)
    middle = np.where(np.isnan(center), 0.5, center)
    is_choice = (space.columns.kind == CATEGORICAL) | np.isnan(center)
    theta = np.log(state.models[OBJECTIVE].lengthscales(d))
    side = state.length * np.exp(theta - theta[~is_choice].mean() if not is_choice.all() else theta)
    low = np.where(is_choice, 0.0, np.clip(middle - side / 2.0, 0.0, 1.0))
    high = np.where(is_choice, 1.0, np.clip(middle + side / 2.0, 0.0, 1.0))
    u = sobol(0, n, d, draw_key(rng)) if d <= MAX_COLUMNS else rng.random((n, d))
    n_choices = max(int(is_choice.sum()), 1)
    share = np.where(is_choice, min(1.0, _REDRAWN * state.length / n_choices), min(1.0, 20.0 / d))
    moves = rng.random((n, d)) < share
    moves[np.arange(n), rng.integers(d, size=n)] = True
    return canonical(space, np.where(moves, low + (high - low) * u, middle))


_REDRAWN = 1.5  # choices, at length 1
_MARGIN = 1e-3  # of the spread of the results: what counts as an improvement
_LONGEST_OPENING = 40
_MOST_CANDIDATES = 1000
