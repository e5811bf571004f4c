"""Random forests as a model of the results, and the greatest expected improvement: SMAC.

Hutter, Hoos & Leyton-Brown (2011). Sequential Model-Based Optimization for General Algorithm
Configuration. LION 5. Lindauer et al. (2022). SMAC3. JMLR 23.

Every result is appended to a table. An ask grows the trees anew on the logarithms of the losses, takes
the best of random challengers and of local searches that start from the best configurations and the best
challengers, and now and then a random row instead. Pending rows count with the loss in the middle.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trimtab.acquisition.analytic import expected_improvement
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.surrogate.axes import Axes, axes_of
from trimtab.surrogate.boosted import Boosted, boosted, predict_boosted
from trimtab.surrogate.forest import Growth, Trees, forest, predict
from trimtab.surrogate.fresh import any_fresh, fresh, is_known
from trimtab.surrogate.rows import Rows
from trimtab.surrogate.split import FEASIBLE, tiers, violations
from trimtab.typing import Array, Ints, Rng

MODELS = ("forest", "extra_trees", "boosted")
_STEPS = 12  # of local search
_STEP = 0.1  # standard deviation of a numeric neighbour
_PER_COLUMN = 4  # numeric neighbours (Hutter et al. 2011, section 4.3)


@dataclass(frozen=True, eq=False)
class State:
    """All results."""

    space: Space
    axes: Axes
    key: int  # of the startup rows
    rows: Rows  # (n, d + 1): x, and the loss, NaN where failed or infeasible

    @property
    def x(self) -> Array:
        """Rows (n, d) of the unit cube."""
        return self.rows.values[:, :-1]

    @property
    def y(self) -> Array:
        """Losses (n,)."""
        return self.rows.values[:, -1]


@dataclass(frozen=True)
class Forest:
    """Trees, expected improvement, and local search.

    `model`: "forest" draws rows with replacement, "extra_trees" uses all of them for each tree,
    "boosted" has gradient-boosted quantiles instead.
    """

    n_startup: int = 10  # results before the first model; those are a scrambled Sobol sequence
    model: str = "forest"
    n_trees: int = 10  # B
    min_leaf: int = 1
    random_share: float = 0.1  # of proposals that are random rows
    n_challengers: int = 1000
    n_starts: int = 10  # local searches

    def __post_init__(self) -> None:
        check_word("model", self.model, MODELS)
        for name in ("n_startup", "n_trees", "min_leaf", "n_challengers", "n_starts"):
            check_count(name, getattr(self, name))
        share = self.random_share
        if share != 0 and share != 1:
            share = check_number("random_share", share, 0, 1)
        elif isinstance(share, bool):
            raise InvalidArgument(f"random_share={share!r} must be a number from 0 to 1")
        object.__setattr__(self, "random_share", float(share))

    @property
    def supports(self) -> Supports:
        """One objective, any space."""
        return Supports(starts_with_defaults=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """No results yet."""
        return State(problem.space, axes_of(problem.space), draw_key(rng), Rows(problem.d + 1))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Append the results."""
        is_usable = tiers(told.y, violations(told.c)) == FEASIBLE
        y = np.where(is_usable, told.y[:, 0], np.nan)
        return replace(state, rows=state.rows.extended(np.column_stack([told.x, y])))

    def ask(self, state: State, request: Request) -> Proposals:
        """The rows with the greatest expected improvement."""
        rng, d = request.rng, state.axes.d
        taken = request.pending.x
        for _ in range(request.n):
            is_model = len(state.rows) >= self.n_startup and not np.isnan(state.y).all()
            if not d:
                row = np.empty((1, 0))
            elif not is_model and d <= MAX_COLUMNS:
                row = sobol(len(state.rows) + len(taken), 1, d, key=state.key)
            elif not is_model or rng.random() < self.random_share:
                row = rng.random((1, d))
            else:
                row = self._searched(state, taken, rng)
            known = np.concatenate([state.x, taken])
            found = fresh(state.space, row, known)[:1]
            if not len(found):
                found = any_fresh(state.space, known, rng)
            taken = np.concatenate([taken, found if len(found) else row[:1]])
        return Proposals.of(taken[len(request.pending.x) :])

    def _searched(self, state: State, taken: Array, rng: Rng) -> Array:
        """Rows (q, d), the greatest expected improvement first."""
        z = log_losses(state.y)
        x = np.concatenate([state.x, taken])
        targets = np.concatenate([z, np.full(len(taken), np.median(z))])
        model = self._fitted(state.axes, x, targets, rng)
        criterion = expected_improvement(float(z.min()))

        def score(u: Array) -> Array:
            mean, variance = _predicted(model, u)
            return criterion(mean, np.sqrt(variance))[0]

        challengers = canonical(state.space, rng.random((self.n_challengers, state.axes.d)))
        ei = score(challengers)
        half = max(1, self.n_starts // 2)
        starts = np.concatenate(
            [
                state.x[np.argsort(z, kind="stable")[:half]],
                challengers[np.argsort(-ei, kind="stable")[:half]],
            ]
        )
        ends, gains = local_search(state.space, state.axes, starts, score, rng)
        is_new = ~is_known(ends, x)  # a search that starts from a result may end where it started
        found = np.concatenate([ends[is_new], challengers])
        ei = np.concatenate([gains[is_new], ei])
        return found[np.argsort(-ei, kind="stable")]

    def _fitted(self, axes: Axes, x: Array, y: Array, rng: Rng) -> Trees | Boosted:
        if self.model == "boosted":
            return boosted(axes, x, y, rng)
        growth = Growth(min_leaf=self.min_leaf, log_means=True)
        is_bootstrap = self.model == "forest"
        return forest(axes, x, y, rng, n_trees=self.n_trees, bootstrap=is_bootstrap, growth=growth)


def _predicted(model: Trees | Boosted, u: Array) -> tuple[Array, Array]:
    return predict(model, u) if isinstance(model, Trees) else predict_boosted(model, u)


def log_losses(y: Array) -> Array:
    """Losses (n,) on a log scale, 0 for the worst; NaN counts as the worst (Lindauer et al. 2022).

    The least loss is put as far above zero as it is below the fifth percentile, so that the differences
    among the best are stretched, whatever the losses' origin and unit.
    """
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    if not high > low:
        return np.where(np.isnan(y), 1.0, 0.0)
    ratio = (np.where(np.isnan(y), high, y) - low) / (high - low)
    shift = max(float(np.quantile(ratio[~np.isnan(y)], 0.05)), 1e-3)
    return np.log((ratio + shift) / (1 + shift))


def canonical(space: Space, x: Array) -> Array:
    """Rows (q, d) as they come back from configurations: NaN where inactive, middles of slices."""
    return space.to_unit(space.from_unit(x))


def local_search(
    space: Space, axes: Axes, starts: Array, score: Callable[[Array], Array], rng: Rng
) -> tuple[Array, Array]:
    """Where steps to the best neighbour lead from each start (s, d), and the scores (s,) there."""
    at, value = starts, score(starts)
    is_open = np.ones(len(at), bool)
    for _ in range(_STEPS):
        near, of = neighbors(axes, at[is_open], rng)
        if not len(near):
            break
        near = canonical(space, near)
        found = score(near)
        order = np.lexsort((-found, of))
        first = order[np.unique(of[order], return_index=True)[1]]
        rows = np.flatnonzero(is_open)[of[first]]
        is_better = found[first] > value[rows]
        is_open = np.zeros(len(at), bool)
        is_open[rows[is_better]] = True
        at, value = at.copy(), value.copy()
        at[rows[is_better]] = near[first[is_better]]
        value[rows[is_better]] = found[first[is_better]]
        if not is_open.any():
            break
    return at, value


def neighbors(axes: Axes, x: Array, rng: Rng) -> tuple[Array, Ints]:
    """Rows (k, d) that differ in one active column from rows x (s, d), and of which (k,).

    A number moves by normal draws, a category to another one (Hutter et al. 2011, section 4.3).
    """
    found, of = [], []
    unordered = set(axes.unordered.tolist())
    for j in range(axes.d):
        active = np.flatnonzero(~np.isnan(x[:, j]))
        rows = np.repeat(active, _PER_COLUMN)
        block = x[rows].copy()
        if j in unordered:
            block[:, j] = rng.random(len(rows))
        else:
            edges = axes.edges[j]
            scale = max(_STEP, 1 / (len(edges) - 1)) if len(edges) > 2 else _STEP
            block[:, j] = np.clip(block[:, j] + scale * rng.standard_normal(len(rows)), 0.0, 1.0)
        found.append(block)
        of.append(rows)
    return np.concatenate(found), np.concatenate(of).astype(np.int64)
