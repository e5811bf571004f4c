"""The cross-entropy method: fit a distribution to the best samples, sample it, and so on.

Rubinstein (1999), The Cross-Entropy Method for Combinatorial and Continuous Optimization; smoothing:
de Boer, Kroese, Mannor & Rubinstein (2005). With a full covariance it is the estimation of
distribution algorithm EMNA (Larranaga & Lozano 2001).

Any result counts towards the generation under way, whoever asked for it and when: the fit needs no
more than good rows. Inactive columns are left out of the fit.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_switch
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.chance import floored, picked
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.layout import Layout
from trimtab.variation.selection import standing

_LEAST = 1e-12  # standard deviation
_CHANCE = 0.02  # least total chance of the choices that are not the best


@dataclass(frozen=True, eq=False)
class State:
    """The distribution, and the results of its unfinished generation."""

    layout: Layout
    mean: Array  # (a,)
    cov: Array  # (a, a)
    q: Array  # (b, most) chances of the choices
    generation: int
    x: Array  # (k, d) told so far in this generation
    y: Array  # (k,)
    known: Keys


@dataclass(frozen=True)
class CrossEntropy:
    """Normal numbers and categorical choices, refitted to an elite."""

    popsize: int | None = None  # samples a generation; None: 10 d, between 20 and 100
    elite: float = 0.2  # rho, the share of samples that is fitted
    smoothing: float = 0.7  # alpha in (0, 1]: the weight of the new fit
    sigma: float = 0.3  # first standard deviation, in widths of a parameter's range
    full: bool = False  # fit correlations, too

    def __post_init__(self) -> None:
        if self.popsize is not None:
            check_count("popsize", self.popsize, low=2)
        check_number("elite", self.elite, 0, 1 + 1e-9)
        check_number("smoothing", self.smoothing, 0, 1 + 1e-9)
        check_number("sigma", self.sigma, 0, np.inf)
        check_switch("full", self.full)

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """A round distribution in the middle."""
        layout = Layout(problem.space)
        a = len(layout.numeric)
        empty = np.empty((0, problem.d)), np.empty(0)
        cov = self.sigma**2 * np.eye(a)
        return State(layout, np.full(a, 0.5), cov, layout.weights, 0, *empty, NO_KEYS)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; refit whenever a generation is complete."""
        d = len(state.layout.space.names)
        popsize = self.popsize or min(max(10 * d, 20), 100)
        losses = standing(told)
        for row, loss in zip(told.x, losses.tolist(), strict=True):
            state = replace(
                state,
                x=np.vstack([state.x, row]),
                y=np.append(state.y, loss),
                known=learned(state.layout.space, state.known, row[None]),
            )
            if len(state.y) == popsize:
                state = self._fitted(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Samples of the distribution."""
        layout = state.layout
        values, vectors = np.linalg.eigh(state.cov)
        root = vectors * np.sqrt(np.maximum(values, 0))

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            x = state.mean + rng.standard_normal((n, len(state.mean))) @ root.T
            picks = picked(state.q, rng.random((n, len(layout.choice))))
            return layout.rows(x, picks), np.full(n, state.generation, np.int64)

        return proposed(layout.space, state.known, request, draw)

    def _fitted(self, state: State) -> State:
        """The distribution after a generation; the same one where all of it failed."""
        n_elite = max(2, round(self.elite * len(state.y)))
        best = np.argsort(state.y, kind="stable")[:n_elite]
        best = best[state.y[best] < np.inf]
        mean, cov, q = state.mean, state.cov, state.q
        if len(best):
            x, picks = state.layout.split(state.x[best])
            mean, cov = smoothed_normal(mean, cov, x, self.smoothing, self.full)
            cov = cov + np.diag(np.maximum(_floor(state.layout) ** 2 - np.diag(cov), 0))
            q = smoothed_chances(q, picks, state.layout.n_choices, self.smoothing)
        return replace(
            state,
            mean=mean,
            cov=cov,
            q=q,
            generation=state.generation + 1,
            x=state.x[:0],
            y=state.y[:0],
        )


def smoothed_normal(
    mean: Array, cov: Array, elite: Array, alpha: float, full: bool
) -> tuple[Array, Array]:
    """alpha times the maximum-likelihood fit of the elite (n, a), plus 1 - alpha times the old.

    Standard deviations are smoothed, not variances; a column that no elite row has active stays.
    """
    is_active = ~np.isnan(elite)
    n = is_active.sum(axis=0)
    centre = np.where(n > 0, np.where(is_active, elite, 0).sum(axis=0) / np.maximum(n, 1), mean)
    offset = np.where(is_active, elite - centre, 0.0)
    old = np.sqrt(np.diag(cov))
    new = np.sqrt((offset**2).sum(axis=0) / np.maximum(n, 1))
    spread = np.maximum(alpha * np.where(n > 0, new, old) + (1 - alpha) * old, _LEAST)
    bond = np.eye(len(mean))
    if full:
        both = np.maximum(np.outer(new, new), _LEAST**2) * len(elite)
        fitted = np.clip(offset.T @ offset / both, -1, 1)
        bond = alpha * fitted + (1 - alpha) * cov / np.outer(old, old)
        np.fill_diagonal(bond, 1.0)
    return alpha * centre + (1 - alpha) * mean, bond * np.outer(spread, spread)


def smoothed_chances(q: Array, picks: Ints, n: Ints, alpha: float) -> Array:
    """alpha times the frequencies of picks (k, b), -1 where inactive, plus 1 - alpha times q."""
    count = (picks[:, :, None] == np.arange(q.shape[1])).sum(axis=0)
    total = count.sum(axis=1, keepdims=True)
    share = np.where(total > 0, count / np.maximum(total, 1), q)
    return floored(alpha * share + (1 - alpha) * q, n, _CHANCE / np.maximum(n - 1, 1))


def _floor(layout: Layout) -> Array:
    """Least standard deviations (a,): a fifth of a slice where values are counted."""
    n_values = layout.space.columns.n_values[layout.numeric]
    return np.where(n_values > 0, 0.2 / np.maximum(n_values, 1), _LEAST)
