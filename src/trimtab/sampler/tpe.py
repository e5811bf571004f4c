"""Tree-structured Parzen estimator: propose where good configurations are denser than bad ones.

Bergstra, Bardenet, Bengio & Kegl (2011). Algorithms for Hyper-Parameter Optimization. NeurIPS.
Watanabe (2023). Tree-Structured Parzen Estimator: Understanding Its Algorithm Components. arXiv:2304.11127.
Ozaki, Tanigaki, Watanabe & Onishi (2020). Multiobjective TPE. GECCO.

Every result is appended to a table; the best ones are kept in order. An ask fits two densities, l to
the good rows and g to the bad ones, draws 24 candidates from l and keeps the one with the greatest l / g.
NOTE: g has at most 256 kernels, the best of the bad rows and the latest ones, because candidates lie near
good rows, where the narrow kernels of old, poor rows do not reach; so an ask costs the same after a
thousand results as after a million. Pending rows count as bad (constant liar), as do failures.
"""

from bisect import insort
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.design.sobol import MAX_COLUMNS, sobol
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.surrogate.axes import Axes, axes_of, taken
from trimtab.surrogate.fresh import any_fresh, fresh, is_finite
from trimtab.surrogate.parzen import Parzen, draw, log_ratio, parzen
from trimtab.surrogate.rows import Rows
from trimtab.surrogate.split import FAILED, FEASIBLE, best_budget, graded, n_good, ranked
from trimtab.typing import Array, Ints, Mask, Rng

_NEAR = 64  # bad rows that g keeps for their rank
_LATE = (
    192  # bad rows that g keeps for their age, more, since they weigh more; pending rows likewise
)
_FRESH = 25  # the latest rows, whose weight does not decay (Bergstra et al. 2011, in their code)
_WEIGHTS = ("decay", "uniform")

Ranked = tuple[int, float, int]  # tier, value, row


@dataclass(frozen=True, eq=False)
class State:
    """All results, and the best of them."""

    space: Space
    is_finite: bool
    axes: Axes
    m: int  # objectives
    key: int  # of the startup rows
    rows: Rows  # (n, d + m + 3): x, y, tier, violation, budget
    n_usable: int  # results that are no failures
    best: tuple[Ranked, ...]  # with one objective in order; else pruned now and then

    @property
    def x(self) -> Array:
        """Rows (n, d) of the unit cube."""
        return self.rows.values[:, : self.axes.d]

    def ordered(self, rows: Ints, n_first: int) -> Ints:
        """These rows, best first; see `ranked`."""
        d, m = self.axes.d, self.m
        block = self.rows.values[rows]
        tier = block[:, d + m].astype(np.int64)
        return rows[ranked(block[:, d : d + m], tier, block[:, d + m + 1], n_first)]


@dataclass(frozen=True)
class TPE:
    """Parzen estimators of good and bad results.

    With `multivariate` the columns are modelled jointly, without it each alone. Columns that are not
    active in all results are modelled by the results that have them: jointly, where the same results
    have them (`group`), else each alone.
    """

    n_startup: int = 10  # results before the first model; those are a scrambled Sobol sequence
    gamma: float = 0.15  # the fraction of results called good; often 0.1, see docs/samplers/tpe.md
    max_good: int | None = None  # at most so many good ones; None: 25, with several objectives 100
    n_candidates: int = 24  # n_EI
    prior_weight: float = 2.0  # kernels that the prior is worth; the paper's is 1
    multivariate: bool = True
    group: bool = True
    magic_clip: bool = True  # no kernel is narrower than 1 / min(100, n + 2)
    weights: str = "decay"  # of bad results: the older the lighter; or "uniform"
    constant_liar: bool = True  # pending trials count as bad
    by_budget: bool = False  # model only the largest budget with enough results (BOHB)

    def __post_init__(self) -> None:
        check_count("n_startup", self.n_startup)
        object.__setattr__(self, "gamma", check_number("gamma", self.gamma, 0, 1))
        if self.max_good is not None:
            check_count("max_good", self.max_good)
        check_count("n_candidates", self.n_candidates)
        weight = check_number("prior_weight", self.prior_weight, 0, np.inf)
        object.__setattr__(self, "prior_weight", weight)
        for name in ("multivariate", "group", "magic_clip", "constant_liar", "by_budget"):
            check_switch(name, getattr(self, name))
        check_word("weights", self.weights, _WEIGHTS)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(objectives=None, starts_with_defaults=True, tell_draws=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """No results yet."""
        space, m = problem.space, problem.n_objectives
        axes = axes_of(space)
        return State(space, is_finite(space), axes, m, draw_key(rng), Rows(axes.d + m + 3), 0, ())

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Append the results, and insert those that are among the best."""
        tier, violation = graded(told.y, told.c)
        first, d, m = len(state.rows), state.axes.d, state.m
        block = np.empty((len(told), d + m + 3))
        block[:, :d], block[:, d : d + m], block[:, -1] = told.x, told.y, told.budget
        block[:, d + m], block[:, d + m + 1] = tier, violation
        n_usable = state.n_usable + len(tier) - tier.count(FAILED)
        state = replace(state, rows=state.rows.extended(block), n_usable=n_usable)
        if state.m > 1:
            return self._with_rows(state, range(first, len(state.rows)))
        best, room = list(state.best), self._room(1)
        by = zip(tier, told.y[:, 0].tolist(), violation, strict=True)
        for row, (t, y, v) in enumerate(by, first):
            item = (t, y if t == FEASIBLE else 0.0 if t == FAILED else v, row)
            if len(best) < room or item < best[-1]:
                insort(best, item)
                del best[room:]
        return replace(state, best=tuple(best))

    def ask(self, state: State, request: Request) -> Proposals:
        """Of candidates drawn from l, those with the greatest l / g."""
        d, rng = state.axes.d, request.rng
        liars = request.pending.x[-_LATE:]
        found = np.empty((0, d))
        is_model = len(state.rows) >= self.n_startup and state.n_usable > 0
        parts = self._split(state) if is_model else None
        for _ in range(request.n):
            lies = np.concatenate([liars, found])
            if parts is None:
                index = len(state.rows) + len(request.pending.x) + len(found)
                x = startup_row(state, index, rng)
            else:
                x = self._candidates(state, parts, lies, rng)
            found = np.concatenate([found, chosen(state, x, lies, rng)])
        return Proposals.of(found)

    # -- good and bad -----------------------------------------------------------------------------

    def _most(self, m: int) -> int:
        return self.max_good if self.max_good is not None else 25 if m == 1 else 100

    def _room(self, m: int) -> int:
        return self._most(m) + _NEAR

    def _with_rows(self, state: State, rows: range) -> State:
        """Several objectives: append, and keep the better ones when there are a quarter too many."""
        best, room = state.best, self._room(state.m)
        for i in rows:
            best = (*best, (0, 0.0, i))
            if len(best) >= room + room // 4:
                kept = state.ordered(_rows(best), self._most(state.m))
                best = tuple((0, 0.0, int(i)) for i in kept[:room])
        return replace(state, best=best)

    def _split(self, state: State) -> tuple[Ints, Ints]:
        """The good rows, best first, and the bad rows of g, oldest first."""
        most, n = self._most(state.m), len(state.rows)
        order, late = _rows(state.best), np.arange(max(0, n - _LATE), n)
        n_usable = state.n_usable
        if state.m > 1:
            order = state.ordered(order, most)
        if self.by_budget:
            values = state.rows.values
            at = np.flatnonzero(best_budget(values[:, -1], self.n_startup))
            order, late = state.ordered(at, most), at[-_LATE:]
            n_usable = int(np.count_nonzero(values[at, state.axes.d + state.m] != FAILED))
        k = min(n_good(n_usable, self.gamma, most), len(order))
        is_other = np.ones(n, bool)
        is_other[order[: k + _NEAR]] = False
        bad = np.concatenate([order[k : k + _NEAR], late[is_other[late]]])
        bad.sort()
        return order[:k], bad

    # -- candidates -------------------------------------------------------------------------------

    def _candidates(self, state: State, parts: tuple[Ints, Ints], lies: Array, rng: Rng) -> Array:
        """Rows (n_candidates, d), the one with the greatest l / g first, group by group."""
        good, bad = parts
        x, n_good = state.x[np.concatenate(parts)], len(good)
        weight = np.concatenate([np.ones(n_good), self._weight(bad, len(state.rows))])
        if self.constant_liar and len(lies):
            x = np.concatenate([x, lies])
            weight = np.concatenate([weight, np.ones(len(lies))])
        active = ~np.isnan(x)
        # NOTE: a define-by-run objective may leave columns out though the space has no conditions.
        if self.multivariate and active.all():  # one group of all columns
            return self._best_first(state.axes, x, n_good, weight, rng)
        found = np.empty((self.n_candidates, state.axes.d))
        for columns in self._parts(active):
            has = active[:, columns[0]]
            here, n_here = x[has][:, columns], int(np.count_nonzero(has[:n_good]))
            axes = taken(state.axes, columns)
            found[:, columns] = self._best_first(axes, here, n_here, weight[has], rng)
        return found

    def _best_first(self, axes: Axes, x: Array, n_good: int, weight: Array, rng: Rng) -> Array:
        """Candidates (n_candidates, d) from l, the one with the greatest l / g first."""
        both = self._densities(axes, x, n_good, weight)
        u = draw(both, self.n_candidates, rng)
        return u[np.argsort(-log_ratio(both, u), kind="stable")]

    def _densities(self, axes: Axes, x: Array, n_good: int, weight: Array) -> Parzen:
        """The densities l of the first n_good rows, and g of the others."""
        w = self.prior_weight
        return parzen(axes, x, weight, n_first=n_good, prior_weight=w, magic_clip=self.magic_clip)

    def _weight(self, rows: Ints, n: int) -> Array:
        """The weights of bad rows (k,) out of n."""
        if self.weights == "uniform" or n <= _FRESH:
            return np.ones(len(rows))
        return np.minimum(np.maximum((rows + 1.0) / (n - _FRESH), 1 / n), 1.0)

    def _parts(self, active: Mask) -> list[Ints]:
        """Which columns (d,) are modelled jointly."""
        if not self.multivariate:
            return [np.array([j]) for j in range(active.shape[1])]
        return groups(active, self.group)


def groups(active: Mask, join: bool) -> list[Ints]:
    """Sets of columns of active (n, d) that the same rows have; always active columns come first.

    Without `join` a column that some row lacks is alone.
    """
    if active.all():
        return [np.arange(active.shape[1])] if active.shape[1] else []
    found: dict[bytes, list[int]] = {}
    for j, column in enumerate(active.T):
        is_joint = join or bool(column.all())
        found.setdefault(column.tobytes() if is_joint else bytes([j % 251]) * (j + 1), []).append(j)
    return [np.array(columns) for columns in found.values()]


def _rows(best: tuple[Ranked, ...]) -> Ints:
    return np.fromiter(map(itemgetter(2), best), np.int64, len(best))


def startup_row(state: State, index: int, rng: Rng) -> Array:
    """Row `index` (1, d) of a scrambled Sobol sequence, a uniform one beyond its 1111 columns."""
    d = state.axes.d
    return rng.random((1, d)) if not 0 < d <= MAX_COLUMNS else sobol(index, 1, d, key=state.key)


def chosen(state: State, x: Array, lies: Array, rng: Rng) -> Array:
    """The first of the rows x (q, d) worth a trial, else any that is, else the first; (1, d)."""
    if not (state.is_finite or state.space.constraints):
        return x[:1]
    known = np.concatenate([state.x, lies])
    for some in (x[:1], x[1:]):
        found = fresh(state.space, some, known)
        if len(found):
            return found[:1]
    found = any_fresh(state.space, known, rng)
    return found if len(found) else x[:1]
