"""Bayesian optimization with one Gaussian process over configurations and budgets.

Klein, Tiao, Lienart, Archambeau & Seeger (2020). Model-based Asynchronous Hyperparameter and Neural
Architecture Search. arXiv:2003.10865 (MOBSTER). Made for schedulers that promote: what paused and running
trials have reported is learned from as it comes in, at the levels r, r eta, r eta^2, ..., R. New
configurations maximize the expected improvement at the highest level that has as many trials as there are
columns; pending ones count as measured there, with the value that the model believes in. Where nothing is
reported, it is a Gaussian process of whole evaluations.

Constraints that come back with a trial's end have models of their own, and the acquisition is times the
probability that they are kept (Gardner et al. 2014); trials that are believed to break one, or did, are
nothing to improve on. A trial that fails is as bad as the worst.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.batch import believed
from trimtab.acquisition.guarded import believing, guards
from trimtab.acquisition.maximize import Effort, all_rows, best_of, maximize
from trimtab.acquisition.opening import any_row, in_turn, opening_row
from trimtab.acquisition.surface import Judged, Part, Surface
from trimtab.acquisition.weight import PerCost
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative, check_number
from trimtab.rng import draw_key
from trimtab.surrogate.cost import Costs
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.joint import AtBudget, JointFit, data_of, positions, sliced
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.surrogate.model import Fit, Model, Recipe, Results, no_results, taken_in
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Ints, Mask, Rng


@dataclass(frozen=True, eq=False)
class State:
    """What was measured at which level, and the latest fit."""

    problem: Problem
    key: int  # of the opening rows
    ladder: Ladder
    grid: Array | None  # (n, d) all rows of a small finite space
    costs: Costs  # of a step
    ruled: Results  # those that constraints came back for; results are left out
    judged: Ints  # (k,) the trials of these
    _embedding: Embedding
    _fit: JointFit
    _rule_fit: Fit

    @cached_property
    def posterior(self) -> Posterior:
        """The process given all rows."""
        return self._fit.posterior(self.ladder)

    @cached_property
    def rules(self) -> dict[int, Model]:
        """The models of the constraints that have come back."""
        return self._rule_fit.models(self.ruled)

    def is_kept(self, rows: Ints) -> Mask:
        """Which of the ladder's rows (r,) are of trials that keep all constraints, as far as is believed."""
        broken = self.judged[np.any(self.ruled.c > 0, axis=1)]
        kept = ~np.isin(self.ladder.number[rows], broken)
        z = self._embedding(self.ladder.x[rows])
        for model in self.rules.values():
            kept &= model.posterior.expect(z) <= 0.0
        return kept


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
        grid, none = all_rows(problem.space, _SMALL), no_results(problem.d)
        costs, rules = Costs.none(embedding, problem.d), Fit(Recipe(), embedding, none)
        nobody, key = np.empty(0, np.int64), draw_key(rng)
        return State(problem, key, ladder, grid, costs, none, nobody, embedding, fit, rules)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take reports and results in; where a fit is due depends on the rows alone."""
        ladder = state.ladder.told(told)
        steps = np.where(np.isnan(told.budget), 1.0, np.maximum(told.budget, 1.0))
        ruled, rule_fit = taken_in(state.ruled, state._rule_fit, _ruled(told))
        return replace(
            state,
            ladder=ladder,
            costs=state.costs.told(told, steps),
            ruled=ruled,
            judged=np.append(state.judged, _ruled(told).number),
            _fit=state._fit.after(ladder),
            _rule_fit=rule_fit,
        )

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
        posterior, space, ladder = state.posterior, state.problem.space, state.ladder
        known = data_of(ladder, state._embedding, self.n_rows)[2]
        x, kept = ladder.x[known], state.is_kept(known)
        at = target(ladder, state.problem.d)
        mean = sliced(posterior, at).expect(state._embedding(x))
        surface = self._surface(state, at, pending, float(mean[kept].min(initial=np.inf)))
        if state.grid is not None:
            return best_of(surface, state.grid, taken)
        found = maximize(
            surface,
            space,
            rng,
            near=_leaders(x, mean, kept),
            scale=np.exp(posterior.theta[: state.problem.d]),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts, 20, 1),
        )
        return any_row(space, taken, rng) if found is None else found

    def _surface(self, state: State, at: float, pending: Array, best: float) -> Surface:
        """The acquisition given what is pending; `best` is to be improved on, infinite where nothing is."""
        posterior, features = state.posterior, state._embedding
        parts: list[Part] = []
        if np.isfinite(best):
            if len(pending):
                best = min(best, float(sliced(posterior, at).expect(features(pending)).min()))
                posterior = believed(posterior, AtBudget(features, at)(pending))
            parts.append(Judged(sliced(posterior, at), log_expected_improvement(best)))
        parts += guards(believing(state.rules, features(pending)), state.ruled)
        if self.cost_weight and state.costs.posterior is not None:
            parts.append(PerCost(state.costs.posterior, self.cost_weight * state.costs.spread))
        return Surface(features, tuple(parts))


def target(ladder: Ladder, n: int) -> float:
    """The position of the level at which to improve: the highest with n trials or more."""
    return float(positions(ladder.levels)[ladder.highest(n)])


def _ruled(told: Batch) -> Batch:
    """The rows that constraints came back for, without results: of these nothing is learned twice."""
    some = told.only(~np.all(np.isnan(told.c), axis=1))
    return replace(some, y=np.full((len(some), 1), np.nan))


def _leaders(x: Array, mean: Array, kept: Mask) -> Array:
    """The rows (k, d) of the least predictions, each configuration once, those that keep the rules first."""
    best = x[np.lexsort((mean, ~kept))]
    _, first = np.unique(best, axis=0, return_index=True)
    return best[np.sort(first)[:_N_LEADERS]]


_SMALL = 2000  # finite spaces up to this size are looked through whole
_N_LEADERS = 5
