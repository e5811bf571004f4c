"""PriorBand's sampler: draws around what an expert believes in, around the best so far, and anywhere.

Mallik, Bergman, Hvarfner, Stoll, Janowski, Lindauer, Nardi & Hutter (2023). PriorBand: Practical
Hyperparameter Optimization in the Age of Deep Learning. NeurIPS, section 5 and algorithm 2. A trial that
begins at rung r is drawn anywhere with probability 1 / (1 + eta^r). The rest goes to the prior, and from
the first whole evaluation on to the incumbent as well, by how likely each of the two makes the best
configurations so far: a bad prior loses its share. Made for Hyperband.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.setting import check_number
from trimtab.errors import InvalidArgument
from trimtab.evaluation.bracket import halving
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space, partial_defaults
from trimtab.surrogate.fresh import any_fresh, fresh
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class State:
    """What was measured at which level, and where the prior is centred."""

    space: Space
    centre: Array  # (d,) unit row; NaN in columns without a prior
    n_choices: Ints  # (d,) of categorical columns; 0 elsewhere
    ladder: Ladder


@dataclass(frozen=True)
class PriorBand:
    """Uniform, prior and incumbent draws. The prior is centred at `prior`, else at the space's defaults."""

    prior: Mapping[str, Any] | None = None  # values believed to be good; some or all of them
    std: float = 0.25  # of the prior and of mutations, in the unit cube
    mutation_rate: float = 0.5  # the share of columns that an incumbent's draw changes
    eta: float = 3  # ratio of the levels at which reports are compared

    def __post_init__(self) -> None:
        if self.prior is not None and not isinstance(self.prior, Mapping):
            raise InvalidArgument(f"prior={self.prior!r} must be a dict of values, or None")
        check_number("std", self.std, 0, np.inf)
        check_number("mutation_rate", self.mutation_rate, 0, 1 + 1e-9)
        check_number("eta", self.eta, 1, np.inf)

    @property
    def supports(self) -> Supports:
        """One objective, any space; reports are read."""
        return Supports(starts_with_defaults=True, reads_reports=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known but the prior.

        Raises:
            SpaceError: the prior has a value that is not in the space.
        """
        space = problem.space
        given = dict(partial_defaults(space) if self.prior is None else self.prior)
        codes = space.codes(given, partial=True)
        centre = np.where(np.isnan(codes), np.nan, space.to_unit(codes[None])[0])
        columns = space.columns
        choices = np.where(columns.kind == CATEGORICAL, columns.n_values, 0).astype(np.int64)
        return State(space, centre, choices, ladder_of(problem.fidelity, self.eta, problem.d))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take reports and results in."""
        return replace(state, ladder=state.ladder.told(told))

    def ask(self, state: State, request: Request) -> Proposals:
        """Draws from the three sources, in the shares of the rung that the trials begin at."""
        rng, d = request.rng, len(state.space.names)
        known, found = np.vstack([state.ladder.x, request.pending.x]), np.empty((0, d))
        of_any, of_prior, _ = self.shares(state, self.rung(state, request.budget))
        best = incumbent(state.ladder)
        for _ in range(request.n):
            u, rows = rng.random(), rng.random((_TRIES, d))
            if of_any <= u < of_any + of_prior:
                rows = self._around(state, state.centre, rows, rng)
            elif u >= of_any and best is not None:
                moves = rng.random(rows.shape) < self.mutation_rate
                rows = np.where(moves | np.isnan(best), self._around(state, best, rows, rng), best)
            row = fresh(state.space, rows, known)[:1]
            if not len(row):
                row = any_fresh(state.space, known, rng)
            found, known = np.vstack([found, row]), np.vstack([known, row])
        return Proposals.of(found)

    def rung(self, state: State, budget: float | None) -> int:
        """The index of the level that trials with this first budget begin at."""
        levels = state.ladder.levels
        return max(0, int(np.searchsorted(levels, budget or levels[0], side="right")) - 1)

    def shares(self, state: State, rung: int) -> tuple[float, float, float]:
        """The probabilities of uniform, prior and incumbent draws (equations 1 and 2)."""
        of_any = 1.0 / (1.0 + self.eta**rung)
        rest, ladder = 1.0 - of_any, state.ladder
        best = incumbent(ladder)
        if best is None or not self._is_active(ladder):
            return of_any, rest, 0.0
        counts = np.flatnonzero(ladder.counts() >= self.eta)
        at = np.flatnonzero(ladder.level == counts[-1])
        order = at[np.argsort(ladder.loss[at], kind="stable")]
        top = ladder.x[order[: max(1, int(len(order) // self.eta))]]
        weight = np.arange(len(top), 0, -1, dtype=np.float64)
        of_prior = float(weight @ np.exp(self._log_density(state, state.centre, top)))
        of_best = float(weight @ np.exp(self._log_density(state, best, top)))
        share = of_best / (of_prior + of_best) if of_prior + of_best > 0 else 0.5
        return of_any, rest * (1.0 - share), rest * share

    def _is_active(self, ladder: Ladder) -> bool:
        """Whether a whole evaluation, the cost of a bracket, and eta results at one level are there."""
        counts, levels = ladder.counts(), ladder.levels
        n = round(self.eta ** (len(levels) - 1))
        cost = halving(n, levels[0], levels[-1], self.eta).cost
        spent = sum(step for step, _ in ladder.last.values()) or float(counts[-1] * levels[-1])
        return bool(counts[-1] >= 1 and spent >= cost and (counts >= self.eta).any())

    def _around(self, state: State, centre: Array, rows: Array, rng: Rng) -> Array:
        """Rows (n, d) drawn around a centre (d,); as they are where it is NaN."""
        moved = centre + self.std * rng.standard_normal(rows.shape)
        for _ in range(_REDRAWS):
            out = (moved < 0.0) | (moved > 1.0)
            moved = np.where(out, centre + self.std * rng.standard_normal(rows.shape), moved)
        stays = rng.random(rows.shape) < _kept(self.std)
        moved = np.where(
            state.n_choices > 0, np.where(stays, centre, rows), np.clip(moved, 0.0, 1.0)
        )
        return np.asarray(np.where(np.isnan(centre), rows, moved))

    def _log_density(self, state: State, centre: Array, x: Array) -> Array:
        """Log densities (n,) of rows x (n, d) under draws around a centre; columns without one count 0."""
        from scipy.special import ndtr

        inside = ndtr((1.0 - centre) / self.std) - ndtr(-centre / self.std)
        normal = -0.5 * ((x - centre) / self.std) ** 2 - np.log(self.std * inside) - _HALF_LOG_2PI
        k = np.maximum(state.n_choices, 1)
        same = np.floor(x * k) == np.floor(centre * k)
        rest = (1.0 - _kept(self.std)) / k
        choice = np.log(np.where(same, _kept(self.std) + rest, rest) * k)
        each = np.where(state.n_choices > 0, choice, normal)
        return np.asarray(np.where(np.isnan(each), 0.0, each).sum(axis=1))


def incumbent(ladder: Ladder) -> Array | None:
    """The best row (d,) at the highest level that a trial with a finite loss has come to."""
    usable = np.flatnonzero(np.isfinite(ladder.loss))
    if not len(usable):
        return None
    order = np.lexsort((ladder.loss[usable], -ladder.level[usable]))
    return ladder.x[usable[order[0]]]


def _kept(std: float) -> float:
    """The probability that a choice stays as it is."""
    return max(0.0, 1.0 - std)


_TRIES = 32  # rows drawn for each proposal, for spaces that are finite or constrained
_REDRAWS = 30
_HALF_LOG_2PI = 0.9189385332046727
