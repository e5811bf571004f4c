"""Bayesian optimization with a Gaussian process.

Jones, Schonlau & Welch (1998), Efficient Global Optimization of Expensive Black-Box Functions, J. Global
Optimization 13; log-EI: Ament et al. (2023); joint kernel over mixed columns: Song et al. (2024).

The first proposals fill the space: its middle, then scrambled Sobol rows. From then on each is the
maximum of log-EI under a Matern-5/2 process (of augmented EI, where results are noisy: Huang et al. 2006),
times the probability that the trial does not fail and keeps the constraints that come back. A pending row
counts as measured, with the value that the model believes in (Ginsbourger, Le Riche & Carraro 2010), so any
number of workers may ask at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.acquisition.analytic import (
    Criterion,
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence_bound,
)
from trimtab.acquisition.augmentation import augmented, to_improve_on
from trimtab.acquisition.batch import even_normals
from trimtab.acquisition.entropy import gumbel_minima, max_value_entropy
from trimtab.acquisition.guarded import believing, guards, leading_rows, least_mean
from trimtab.acquisition.joint import improvement_beyond
from trimtab.acquisition.knowledge_gradient import KnowledgeGradient
from trimtab.acquisition.maximize import Effort, all_rows, best_of, candidates, maximize
from trimtab.acquisition.mixture import Mixture
from trimtab.acquisition.opening import DESIGNS, any_row, in_turn, opening_row
from trimtab.acquisition.optimism import check_kappa, kappa_at
from trimtab.acquisition.pending import BATCHES, penalty, thought
from trimtab.acquisition.surface import Judged, Part, Surface, logarithm_of
from trimtab.acquisition.weight import PerCost, belief_of, believed_row, check_belief, check_guesses
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative, check_number, check_word
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.surrogate.cost import Costs
from trimtab.surrogate.drawn import Drawn
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.features import drawn_path, fourier
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Model,
    Recipe,
    Results,
    no_results,
    taken_in,
)
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.threads import one_thread
from trimtab.surrogate.transform import TRANSFORMS
from trimtab.typing import Array, Rng

ACQUISITIONS = ("log_ei", "log_pi", "lcb", "entropy", "knowledge_gradient", "thompson")


@dataclass(frozen=True, eq=False)
class State:
    """The results, and the latest fit; everything else follows from them."""

    problem: Problem
    key: int  # of the Sobol rows
    results: Results
    costs: Costs
    grid: Array | None  # (n, d) all rows of a small finite space
    _embedding: Embedding
    _fit: Fit
    _drawn: Drawn

    @property
    def space(self) -> Space:
        """The space."""
        return self.problem.space

    @cached_property
    def models(self) -> dict[int, Model]:
        """The posteriors given all results."""
        return self._fit.models(self.results)

    @cached_property
    def judges(self) -> list[Model]:
        """The models of the objective whose acquisitions are averaged: one fit, or draws."""
        if self._drawn.n == 1:
            return [self.models[OBJECTIVE]]
        return self._drawn.models(self.results)


@dataclass(frozen=True)
class GP:
    """Gaussian-process optimization of one objective over any space."""

    n_initial: int = 4  # space-filling trials, those that others proposed counted
    initial: str = "sobol"  # how they are chosen
    acquisition: str = "log_ei"  # "ei", "pi" and "ucb" are taken for log_ei, log_pi and lcb
    roughness: float = 0.1  # share of the variance called noise, from which on log_ei is augmented
    xi: float = 0.0  # improvement below it, in standard deviations of the results, does not count
    kappa: float | str = 2.0  # standard deviations of optimism, for "lcb"; or a schedule's name
    delta: float = 0.1  # probability that a schedule's bound fails
    batch: str = "believer"  # what is thought of pending trials
    kernel: str = "matern52"
    transform: str = "half_ranked"
    noise: float | None = None  # variance as a share of that of the results; None: learned
    refit: int | None = None  # results between two fits of the parameters; None: a tenth more
    n_models: int = 1  # draws of the parameters that improvement is averaged over; 1: the fit
    n_raw: int = 512  # candidates that are compared before climbing
    n_starts: int = 6  # climbs
    belief: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # name -> (guess, width), pi
    belief_weight: float = 10.0  # trials that a belief is worth, beta
    cost_weight: float = 0.0  # 1: improvement per cost; 0: costs do not matter

    def __post_init__(self) -> None:
        check_count("n_initial", self.n_initial, high=_LONGEST)
        word = _SYNONYMS.get(self.acquisition, self.acquisition)
        object.__setattr__(self, "acquisition", check_word("acquisition", word, ACQUISITIONS))
        check_word("initial", self.initial, DESIGNS)
        check_word("batch", self.batch, BATCHES)
        check_word("kernel", self.kernel, tuple(KERNELS))
        if self.acquisition == "thompson" and KERNELS[self.kernel].nu is None:
            raise InvalidArgument(
                f"kernel={self.kernel!r} has no random features, which acquisition='thompson' needs; "
                "use a Matern kernel or rbf"
            )
        check_word("transform", self.transform, tuple(TRANSFORMS))
        check_not_negative("roughness", self.roughness)
        check_not_negative("xi", self.xi)
        check_kappa(self.kappa)
        check_number("delta", self.delta, 0.0, 1.0)
        if self.noise is not None:
            check_number("noise", self.noise, 0.0, np.inf)
        if self.refit is not None:
            check_count("refit", self.refit)
        check_count("n_models", self.n_models)
        if self.n_models > 1:
            self._check_acquisition("n_models", "log_ei", "log_pi")
        if self.batch == "joint":
            self._check_acquisition("batch", "log_ei")
        check_count("n_raw", self.n_raw)
        check_count("n_starts", self.n_starts)
        check_belief(self.belief)
        check_not_negative("belief_weight", self.belief_weight)
        check_not_negative("cost_weight", self.cost_weight)

    def _check_acquisition(self, name: str, *able: str) -> None:
        if self.acquisition not in able:
            raise InvalidArgument(
                f"{name}={getattr(self, name)!r} is for acquisition={' or '.join(map(repr, able))}, "
                f"not {self.acquisition!r}; change one of them"
            )

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        grid = all_rows(problem.space, _SMALL)
        embedding, none = embedding_of(problem.space), no_results(problem.d)
        fit = Fit(Recipe(self.transform, self.noise, self.kernel, self.refit), embedding, none)
        costs, key = Costs.none(embedding, problem.d), draw_key(rng)
        kappa_at(self.kappa, 1, problem.space, self.delta)  # refuses what does not suit the space
        check_guesses(self.belief, problem)
        drawn = Drawn(fit, self.n_models, key)
        return State(problem, key, none, costs, grid, embedding, fit, drawn)

    @one_thread()
    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take results in; the models follow when they are asked for."""
        results, fit = taken_in(state.results, state._fit, told)
        costs, drawn = state.costs.told(told), state._drawn.after(fit)
        return replace(state, results=results, costs=costs, _fit=fit, _drawn=drawn)

    @one_thread()
    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of the design as long as it lasts, then maxima of the acquisition."""
        rng = request.rng

        def choose(around: Array, taken: set[bytes]) -> Array | None:
            index = len(state.results) + len(around)
            if index < self.n_initial or state.results.is_done.sum() < 2:
                return opening_row(
                    state.space, state.key, index, taken, rng,
                    stride=self.n_initial, design=self.initial,
                )  # fmt: skip
            return self._best(state, around, taken, rng)

        return Proposals.of(in_turn(request.n, request.pending.x, state.results.x, choose))

    def _best(self, state: State, pending: Array, taken: set[bytes], rng: Rng) -> Array | None:
        surface = self._surface(state, pending, rng)
        if state.grid is not None:
            return best_of(surface, state.grid, taken)
        near = leading_rows(state.models[OBJECTIVE], state.results)
        if self.belief:
            near = np.vstack([near, believed_row(self.belief, state.space)])
        found = maximize(
            surface,
            state.space,
            rng,
            near=near,
            scale=state.models[OBJECTIVE].lengthscales(state.problem.d),
            taken=taken,
            effort=Effort(self.n_raw, self.n_starts),
        )
        return any_row(state.space, taken, rng) if found is None else found

    def _surface(self, state: State, pending: Array, rng: Rng) -> Surface:
        """The acquisition, given what is pending."""
        at = state._embedding(pending)
        others = {which: model for which, model in state.models.items() if which != OBJECTIVE}
        parts: list[Part] = []
        held = guards(believing(others, at), state.results)
        if state.results.is_feasible.any():
            parts += self._wanted(state, at, held, rng)
        parts += held
        if self.belief:
            strength = self.belief_weight / max(len(state.results), 1)
            parts.append(belief_of(self.belief, state.space, state._embedding, strength))
        if self.cost_weight and state.costs.posterior is not None:
            parts.append(PerCost(state.costs.posterior, self.cost_weight * state.costs.spread))
        return Surface(state._embedding, tuple(parts))

    def _wanted(self, state: State, pending: Array, held: Sequence[Part], rng: Rng) -> list[Part]:
        """The parts of the objective; `pending` (k, D): features of rows; `held`: the other parts."""
        parts: list[Part] = []
        if len(pending) and self.batch == "penalized":
            parts.append(penalty(state.models[OBJECTIVE], state.results, state._embedding, pending))
        if self.acquisition not in ("entropy", "knowledge_gradient", "thompson"):
            each = [self._judged(state, model, pending, rng) for model in state.judges]
            return [each[0] if len(each) == 1 else Mixture(each), *parts]
        posterior = thought(self.batch, state.models[OBJECTIVE], state.results, pending)
        if self.acquisition == "thompson":
            return [self._path(state, posterior, rng), *parts]
        leaders = leading_rows(state.models[OBJECTIVE], state.results)
        some = candidates(state.space, rng, leaders, _N_OTHERS)
        at = state._embedding(np.vstack([leaders, some]))
        if self.acquisition == "knowledge_gradient":
            return [KnowledgeGradient(posterior, at[: _N_OTHERS // 4]), *parts]
        if held:  # the least value is one that keeps the constraints, as far as any is known to
            is_kept = sum(part.value(at) for part in held) >= np.log(0.5)
            at = at[is_kept] if np.any(is_kept) else at
        mean, variance = posterior.predict(at)
        # NOTE: a least value nearer than the noise is never found out, and where it was measured it would
        # be measured again for ever (the authors' program keeps such a distance as well).
        best = least_mean(state.models[OBJECTIVE], state.results, posterior)
        nearest = best - float(np.sqrt(np.mean(posterior.noise)))
        minima = gumbel_minima(mean, np.sqrt(variance), _N_MINIMA, rng)
        entropy = max_value_entropy(np.minimum(minima, nearest))
        return [Judged(posterior, logarithm_of(entropy) if held else entropy), *parts]

    def _judged(self, state: State, model: Model, pending: Array, rng: Rng) -> Part:
        """The criterion under one model, with pending rows (k, D)."""
        posterior = thought(self.batch, model, state.results, pending)
        if len(pending) and self.batch == "joint":
            best, noise = to_improve_on(model, state.results, posterior, self.roughness)
            normals = even_normals(_N_JOINT, len(pending), draw_key(rng))
            return improvement_beyond(posterior, pending, best - self.xi, normals, noise)
        return Judged(posterior, self._criterion(state, model, posterior, len(pending)))

    def _path(self, state: State, posterior: Posterior, rng: Rng) -> Part:
        """A function drawn from the posterior."""
        length = np.exp(posterior.kernel.theta[1:])[state._embedding.group]
        nu = KERNELS[self.kernel].nu or 2.5
        variance = float(np.exp(posterior.kernel.theta[0]))
        return drawn_path(posterior, fourier(nu, length, _N_FEATURES, rng, variance=variance), rng)

    def _criterion(
        self, state: State, model: Model, posterior: Posterior, n_pending: int
    ) -> Criterion:
        results = state.results
        if self.acquisition == "lcb":
            t = len(results) + n_pending + 1
            return lower_confidence_bound(kappa_at(self.kappa, t, state.space, self.delta))
        if self.acquisition == "log_pi":
            return log_probability_of_improvement(least_mean(model, results, posterior), self.xi)
        best, noise = to_improve_on(model, results, posterior, self.roughness)
        return augmented(log_expected_improvement(best, self.xi), noise)


_SYNONYMS = {"ei": "log_ei", "pi": "log_pi", "ucb": "lcb"}  # EI has its maximum where log-EI has
_LONGEST = 100_000  # design: beyond it this is no model-based search
_N_FEATURES = 1000  # of a drawn function
_SMALL = 2000  # finite spaces up to this size are looked through whole
_N_JOINT = 64  # draws of what is pending
_N_OTHERS = 200  # rows that stand for the whole space
_N_MINIMA = 16  # draws of the least value
