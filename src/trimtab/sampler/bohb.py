"""BOHB's sampler: kernel densities of good and bad results at the largest budget that has enough.

Falkner, Klein & Hutter (2018). BOHB: Robust and Efficient Hyperparameter Optimization at Scale. ICML,
algorithm 2 and section 4.1. A third of the configurations is random. The others are the best of 64 draws
from the density l of the good results, widened threefold, by l / g with the density g of the bad ones.
Each density has product kernels: normal in numeric columns, Aitchison & Aitken's (1976) in the others,
with the bandwidths of the normal reference rule. Reports of paused and running trials count; pending
trials do not. Made for Hyperband, goes with any scheduler.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_not_negative, check_number
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.surrogate.fresh import any_fresh, fresh
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class State:
    """What was measured at which level."""

    space: Space
    ladder: Ladder


@dataclass(frozen=True, eq=False)
class Density:
    """A product kernel estimate. `bandwidth`: a standard deviation, or the leak of a categorical column."""

    x: Array  # (n, d) unit rows, no NaN
    bandwidth: Array  # (d,)
    n_choices: Ints  # (d,) of categorical columns; 0 elsewhere

    def log(self, u: Array) -> Array:
        """Log densities (q,) at rows u (q, d); categorical columns count as masses."""
        total = np.zeros((len(u), len(self.x)))
        for j, (h, k) in enumerate(zip(self.bandwidth, self.n_choices, strict=True)):
            a, b = u[:, j][:, None], self.x[:, j]
            if k:
                same = np.floor(a * k) == np.floor(b * k)
                total += np.log(np.where(same, 1.0 - h, h / max(k - 1, 1)) + _TINY)
            else:
                total += -0.5 * ((a - b) / h) ** 2 - np.log(h) - _HALF_LOG_2PI
        top = total.max(axis=1)
        return np.asarray(top + np.log(np.exp(total - top[:, None]).mean(axis=1)))

    def draw(self, n: int, factor: float, rng: Rng) -> Array:
        """n rows (n, d) around the rows of this density, with bandwidths `factor` times as wide."""
        rows = self.x[rng.integers(len(self.x), size=n)].copy()
        for j, (h, k) in enumerate(zip(self.bandwidth, self.n_choices, strict=True)):
            if k:
                moves = rng.random(n) < h * factor
                rows[moves, j] = (rng.integers(k, size=int(moves.sum())) + 0.5) / k
            else:
                rows[:, j] = _truncated(rows[:, j], h * factor, rng)
        return rows


@dataclass(frozen=True)
class BOHB:
    """Densities of good and bad configurations at the largest budget with enough results."""

    random_fraction: float = 1 / 3  # rho
    gamma: float = 0.15  # q: the share of results that are good
    n_min: int | None = None  # N_min: results that a density needs; None: d + 1
    n_candidates: int = 64  # N_s
    bandwidth_factor: float = 3.0  # b_w
    min_bandwidth: float = 1e-3
    eta: float = 3  # ratio of the levels at which reports are compared

    def __post_init__(self) -> None:
        check_not_negative("random_fraction", self.random_fraction, 1.0)
        check_number("gamma", self.gamma, 0, 1)
        if self.n_min is not None:
            check_count("n_min", self.n_min, 2)
        check_count("n_candidates", self.n_candidates)
        for name in ("bandwidth_factor", "min_bandwidth"):
            check_number(name, getattr(self, name), 0, np.inf)
        check_number("eta", self.eta, 1, np.inf)

    @property
    def supports(self) -> Supports:
        """One objective, any space; reports are read."""
        return Supports(starts_with_defaults=True, reads_reports=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nothing is known yet."""
        return State(problem.space, ladder_of(problem.fidelity, self.eta, problem.d))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Take reports and results in."""
        return replace(state, ladder=state.ladder.told(told))

    def ask(self, state: State, request: Request) -> Proposals:
        """A random row, or the best of the draws from the good density."""
        d, rng, space = len(state.space.names), request.rng, state.space
        pending = request.pending.x
        known, found = np.vstack([state.ladder.x, pending]), np.empty((0, d))
        densities = self.densities(state, rng)
        for _ in range(request.n):
            rows = rng.random((1, d))
            if rng.random() >= self.random_fraction and densities is not None:
                good, bad = densities
                drawn = good.draw(self.n_candidates, self.bandwidth_factor, rng)
                rows = drawn[np.argsort(bad.log(drawn) - good.log(drawn), kind="stable")]
            row = fresh(space, rows, known)[:1]
            if not len(row):
                row = any_fresh(space, known, rng)
            found, known = np.vstack([found, row]), np.vstack([known, row])
        return Proposals.of(found)

    def densities(self, state: State, rng: Rng) -> tuple[Density, Density] | None:
        """The good and the bad density (equation 3); None where no budget has enough results.

        A column that is not active in a row has a random value there, as in the paper's code.
        """
        ladder, columns = state.ladder, state.space.columns
        n_min = ladder.d + 1 if self.n_min is None else self.n_min
        counts = ladder.counts()
        level = ladder.highest(n_min + 2)
        if counts[level] < n_min + 2:
            return None
        at = np.flatnonzero(ladder.level == level)
        order = at[np.argsort(ladder.loss[at], kind="stable")]
        n_good = max(n_min, int(self.gamma * len(order)))
        n_bad = max(n_min, len(order) - n_good)
        x = ladder.x[order]
        x = np.where(np.isnan(x), rng.random(x.shape), x)
        choices = np.where(columns.kind == CATEGORICAL, columns.n_values, 0).astype(np.int64)
        return tuple(  # type: ignore[return-value]
            Density(part, bandwidths(part, choices, self.min_bandwidth), choices)
            for part in (x[:n_good], x[-n_bad:])
        )


def bandwidths(x: Array, n_choices: Ints, least: float) -> Array:
    """The normal reference rule 1.06 s n^(-1 / (4 + d)), (d,), for rows x (n, d).

    s is the standard deviation; of a categorical column, that of the index of its choice, and the
    bandwidth is at most (k - 1) / k, where the kernel is uniform.
    """
    n, d = x.shape
    values = np.where(n_choices > 0, np.floor(x * np.maximum(n_choices, 1)), x)
    found = 1.06 * values.std(axis=0) * n ** (-1.0 / (4 + d))
    most = np.where(n_choices > 0, (n_choices - 1.0) / np.maximum(n_choices, 1), np.inf)
    return np.asarray(np.minimum(np.maximum(found, least), most))


def _truncated(mean: Array, sigma: float, rng: Rng) -> Array:
    """Normal draws (n,) within [0, 1], by the inverse of the distribution."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-mean / sigma), ndtr((1.0 - mean) / sigma)
    return np.clip(mean + sigma * ndtri(low + (high - low) * rng.random(len(mean))), 0.0, 1.0)


_HALF_LOG_2PI = 0.9189385332046727
_TINY = 1e-300
