"""Which configuration to believe in, when every score is noisy.

The best of many noisy means is too good, and the more so the noisier it is. Shrinking each mean towards
the common one by its own error (empirical Bayes; Efron & Morris 1975, with the moment estimate of
DerSimonian & Laird 1986) keeps a lucky single run from beating a solid average. Where the next repeats
are best spent is Chen et al. (2000), optimal computing budget allocation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import History
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.evaluator import ERROR, SCORES
from trimtab.typing import Array, Ints, Rng


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Posterior means and standard deviations (n,) of n configurations."""

    mean: Array
    std: Array


def shrunk(means: Sequence[float] | Array, errors: Sequence[float] | Array) -> Beliefs:
    """What to believe of n configurations whose mean scores have these standard errors.

    Raises:
        InvalidArgument: lengths that differ, nothing, or errors that are negative or not finite.
    """
    m, e = np.asarray(means, float), np.asarray(errors, float)
    if m.shape != e.shape or m.ndim != 1 or not len(m) or not (np.isfinite(m) & (e >= 0)).all():
        raise InvalidArgument(
            f"means of shape {m.shape} and errors of shape {e.shape} must be finite lists of one length"
        )
    noise = e**2
    between = max(0.0, float(m.var(ddof=1)) - float(noise.mean())) if len(m) > 1 else 0.0
    total = between + noise
    if not (total > 0).all():  # some mean is exact
        return Beliefs(m, e) if between == 0.0 else _mixed(m, noise, between)
    return _mixed(m, noise, between)


def _mixed(m: Array, noise: Array, between: float) -> Beliefs:
    weights = 1 / (between + noise)
    common = float((weights * m).sum() / weights.sum())
    share = between / (between + noise)  # how far a mean is to be trusted
    return Beliefs(common + share * (m - common), np.sqrt(share * noise))


def incumbent(history: History) -> int:
    """The number of the complete, feasible trial with the best posterior mean of a study.

    Reads the scores and standard errors that `CrossValidated` and `Repeated` leave with each trial; a
    trial without any counts as a single run, with the pooled standard deviation of the others.

    Raises:
        NothingYet: no trial has completed, or none keeps the constraints.
        InvalidArgument: several objectives, or no trial has an error.
    """
    if len(history.directions) != 1:
        raise InvalidArgument(f"{len(history.directions)} objectives have no single incumbent")
    losses = history.losses()[:, 0]
    numbers = np.flatnonzero(np.isfinite(losses) & history.is_feasible())
    if not len(numbers):
        raise NothingYet("no trial has completed yet, or none keeps the constraints")
    errors, runs = _errors(history, numbers)
    if np.isnan(errors).all():
        raise InvalidArgument(
            "no trial has a standard error; wrap the objective in Repeated or CrossValidated"
        )
    pooled = float(np.sqrt(np.nanmean(errors**2 * runs)))
    errors = np.where(np.isnan(errors), pooled, errors)
    values = losses[numbers]
    means = shrunk(values, errors).mean
    return int(numbers[np.lexsort((values, means))[0]])  # equal beliefs: the better raw mean


def _errors(history: History, numbers: Ints) -> tuple[Array, Array]:
    errors, runs = np.full(len(numbers), np.nan), np.ones(len(numbers))
    for i, number in enumerate(numbers.tolist()):
        attrs: dict[str, Any] = dict(history.record(number).user_attrs)
        if isinstance(attrs.get(ERROR), int | float):
            errors[i] = attrs[ERROR]
            runs[i] = max(1, len(attrs.get(SCORES, [0])))
    return errors, runs


def rank_one_probability(
    scores: Sequence[Sequence[float]] | Array,
    rng: Rng,
    *,
    is_greater_better: bool = True,
    n_draws: int = 4000,
) -> Array:
    """How often each of n configurations comes first (n,), if other seeds had been drawn; sums to 1.

    scores: (n, repeats), each column one seed or fold for all. Columns are resampled together (paired
    bootstrap; Efron 1979); those tied for the first place share it.

    Raises:
        InvalidArgument: not a table with two repeats or more, or scores that are not finite.
    """
    table = np.asarray(scores, float)
    if table.ndim != 2 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise InvalidArgument(
            f"scores of shape {table.shape} must be finite, (configurations, two or more repeats)"
        )
    picks = rng.multinomial(table.shape[1], np.full(table.shape[1], 1 / table.shape[1]), n_draws)
    means = picks @ (table if is_greater_better else -table).T / table.shape[1]  # (draws, n)
    best = means.max(axis=1, keepdims=True)
    is_first = means >= best - 1e-12 * np.abs(best)
    return (is_first / is_first.sum(axis=1, keepdims=True)).mean(axis=0)


def one_standard_error(
    means: Sequence[float] | Array,
    errors: Sequence[float] | Array,
    complexity: Sequence[float] | Array,
    *,
    is_greater_better: bool = True,
) -> int:
    """The index of the simplest configuration within one standard error of the best (Breiman 1984).

    errors: of each mean; that of the best counts. Of equally simple ones, the better.

    Raises:
        InvalidArgument: lengths that differ, or nothing.
    """
    m, e, c = (np.asarray(v, float) for v in (means, errors, complexity))
    if not (m.shape == e.shape == c.shape) or m.ndim != 1 or not len(m):
        raise InvalidArgument(
            f"{len(m)} means, {len(e)} errors, {len(c)} complexities: give as many"
        )
    losses = -m if is_greater_better else m
    best = int(np.argmin(losses))
    reach = losses[best] + e[best]
    near = np.flatnonzero(losses <= reach + 1e-12 * abs(reach))
    return int(near[np.lexsort((losses[near], c[near]))[0]])


def next_repeats(
    losses: Sequence[float] | Array,
    stds: Sequence[float] | Array,
    counts: Sequence[int] | Ints,
    n: int,
) -> Ints:
    """How many of n further runs each configuration should get (k,), to know the best one.

    losses, stds: the mean (smaller is better) and standard deviation of single runs (k,). counts: runs so
    far. Much goes to the best and to those close behind it, little to clear losers.

    Raises:
        InvalidArgument: lengths that differ, fewer than two configurations, or n below 1.
    """
    m, s, c = np.asarray(losses, float), np.asarray(stds, float), np.asarray(counts, np.int64)
    if not (m.shape == s.shape == c.shape) or len(m) < 2 or n < 1:
        raise InvalidArgument(
            f"{len(m)} losses, {len(s)} stds, {len(c)} counts and n={n}: give as many of two or more, n >= 1"
        )
    best = int(np.argmin(m))
    others = np.arange(len(m)) != best
    spread = np.maximum(s, 1e-12 * max(1.0, float(np.abs(m).max())))
    gaps = np.maximum(m - m[best], 1e-3 * spread)  # ties would ask for all runs there are
    ratio = np.where(others, (spread / gaps) ** 2, 0.0)
    ratio[best] = spread[best] * np.sqrt(((ratio / spread) ** 2)[others].sum())
    missing = np.maximum(ratio / ratio.sum() * (c.sum() + n) - c, 0.0)
    exact = missing / missing.sum() * n
    found = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - found), kind="stable")
    found[order[: n - int(found.sum())]] += 1
    return found
