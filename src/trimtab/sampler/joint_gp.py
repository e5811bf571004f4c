"""Bayesian optimization with one Gaussian process over configurations and budgets.

Klein, Tiao, Lienart, Archambeau & Seeger (2020). Model-based Asynchronous Hyperparameter and Neural
Architecture Search. arXiv:2003.10865 (MOBSTER). Made for schedulers that promote: what paused and running
trials have reported is learned from as it comes in, at the levels r, r eta, r eta^2, ..., R. New
configurations maximize the expected improvement at the highest level that has as many trials as there are
columns; pending ones count as measured there, with the value that the model believes in. Where nothing is
reported, it is a Gaussian process of whole evaluations.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import believed
from trimtab.acquisition.maximize import Effort, all_rows, best_of, maximize
from trimtab.acquisition.opening import (
    any_row,
    in_turn,
    opening_row,
)
from trimtab.acquisition.surface import Judged, Part, Surface
from trimtab.acquisition.weight import PerCost
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative, check_number
from trimtab.rng import draw_key
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.joint import AtBudget, JointFit, data_of, positions, sliced
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.surrogate.model import cost_model
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.rows import Rows
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """What was measured at which level, and the latest fit."""

    problem: Problem
    key: int  # of the opening rows
    ladder: Ladder
    grid: Array | None  # (n, d) all rows of a small finite space
    paid: Rows  # (n, d + 1) configurations, and what a step of theirs cost
    _embedding: Embedding
    _fit: JointFit

    @cached_property
    def posterior(self) -> Posterior:
        """The process given all rows."""
        return self._fit.posterior(self.ladder)

    @cached_property
    def costs(self) -> Posterior | None:
        """The model of the logarithm of what a step costs; None where too little is known."""
        paid = self.paid.values
        return cost_model(self._embedding, paid[:, :-1], paid[:, -1])


@dataclass(frozen=True)
class JointGP:
    """A Gaussian process over (configuration, log budget), for any space and one objective."""

    n_initial: int = 6  # space-filling trials
    eta: float = 3  # ratio of the levels at which reports are learned from
    n_rows: int = 260  # that predictions rest on, at most
    n_raw: int = 512  # candidates that are compared before climbing
    n_starts: int = 5  # climbs
    cost_weight: float = 0.0  # 1: improvement per cost of a step; 0: costs do not matter

    def __post_init__(self) -> None:
        for name in ("n_initial", "n_rows", "n_raw", "n_starts"):
            check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))
        check_not_negative("cost_weight", self.cost_weight)

    @property
    def supports(self) -> Supports:
        """One objective, any space; reports are read."""
        return Supports(starts_with_defaults=True, reads_reports=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        embedding = embedding_of(problem.space)
        ladder = ladder_of(problem.fidelity, self.eta, problem.d)
        fit = JointFit(ladder, 0, embedding, self.n_rows)
        grid = all_rows(problem.space, _SMALL)
        return State(problem, draw_key(rng), ladder, grid, Rows(problem.d + 1), embedding, fit)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take reports and results in; where a fit is due depends on the rows alone."""
        ladder = state.ladder.told(told)
        steps = np.where(np.isnan(told.budget), 1.0, np.maximum(told.budget, 1.0))
        has_cost = np.isfinite(told.cost)
        paid = np.column_stack([told.x, told.cost / steps])[has_cost]
        paid_for = state.paid.extended(paid) if len(paid) else state.paid
        return replace(state, ladder=ladder, paid=paid_for, _fit=state._fit.after(ladder))

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Opening rows first, then maxima of the expected improvement."""
        ladder, rng, space = state.ladder, request.rng, state.problem.space
        pending = request.pending
        n_known = len(set(ladder.number.tolist()) | set(pending.number.tolist()))

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = n_known + len(around) - len(pending)
            if index < self.n_initial or np.isfinite(ladder.loss).sum() < 2:
                return opening_row(space, state.key, index, taken, rng, stride=self.n_initial)
            return self._best(state, around, taken, rng)

        return Proposals.of(in_turn(request.n, pending.x, ladder.x, choose))

    def _best(self, state: State, pending: Array, taken: set[bytes], rng: Rng) -> Array | None:
        posterior, space = state.posterior, state.problem.space
        at = target(state.ladder, state.problem.d)
        features = state._embedding
        known = state.ladder.x[data_of(state.ladder, features, self.n_rows)[2]]
        mean = sliced(posterior, at).expect(features(known))
        best = float(mean.min())
        if len(pending):
            best = min(best, float(sliced(posterior, at).expect(features(pending)).min()))
            posterior = believed(posterior, AtBudget(features, at)(pending))
        criterion = log_expected_improvement(best)
        parts: list[Part] = [Judged(sliced(posterior, at), criterion)]
        if self.cost_weight and state.costs is not None:
            parts.append(PerCost(state.costs, self.cost_weight))
        surface = Surface(features, tuple(parts))
        if state.grid is not None:
            return best_of(surface, state.grid, taken)
        found = maximize(
            surface,
            space,
            rng,
            near=_leaders(known, mean),
            scale=np.exp(posterior.theta[: state.problem.d]),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts, 20, 1),
        )
        return any_row(space, taken, rng) if found is None else found


def target(ladder: Ladder, n: int) -> float:
    """The position of the level at which to improve: the highest with n trials or more."""
    return float(positions(ladder.levels)[ladder.highest(n)])


def _leaders(x: Array, mean: Array) -> Array:
    """The rows (k, d) of the least predictions, each configuration once."""
    best = x[np.argsort(mean, kind="stable")]
    _, first = np.unique(best, axis=0, return_index=True)
    return best[np.sort(first)[:_N_LEADERS]]


_SMALL = 2000  # finite spaces up to this size are looked through whole
_N_LEADERS = 5
