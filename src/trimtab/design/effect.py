"""Analysis of a finished design: main effects, interactions and the half-normal plot.

Daniel, "Use of half-normal plots in interpreting factorial two-level experiments" (1959); Lenth,
"Quick and easy analysis of unreplicated factorials" (1989) for the spread of inert effects.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_count, check_finite, check_levels
from trimtab.design.factorial import LETTERS
from trimtab.design.model import Term, interaction_terms, least_squares, model_matrix
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Effects:
    """Effects of a two-level design: the change of y from -1 to +1, twice the coefficient."""

    terms: tuple[Term, ...]  # (k,) products of columns
    values: Array  # (k,)
    mean: float  # the intercept

    def names(self) -> tuple[str, ...]:
        """Words such as "A" and "AB"; column 8 is J, as I is the identity."""
        return tuple("".join(LETTERS[j] for j in term) for term in self.terms)


def two_level_effects(coded: ArrayLike, y: ArrayLike, order: int = 2) -> Effects:
    """Effects of up to `order` factors by least squares on a coded design (n, d) and y (n,).

    Of terms that the design confounds up to sign, the first (the shortest) stands for all.
    Raises InvalidArgument where the remaining terms are still not estimable.
    """
    x = check_finite("coded", coded, 2)
    if not np.isin(x, (-1.0, 1.0)).all():
        raise InvalidArgument("coded must hold -1 and +1 only; use level_means for more levels")
    if x.shape[1] > len(LETTERS):
        raise InvalidArgument(f"coded has {x.shape[1]} columns, at most {len(LETTERS)} have names")
    terms, columns = [], []
    seen: set[bytes] = set()
    for term in interaction_terms(x.shape[1], order):
        column = model_matrix(x, (term,))[:, 0]
        key = (column * column[0]).astype(np.int8).tobytes()
        if key not in seen:
            seen.add(key)
            terms.append(term)
            columns.append(column)
    beta = least_squares(np.column_stack(columns), y)
    return Effects(tuple(terms[1:]), 2 * beta[1:], float(beta[0]))


def level_means(levels: ArrayLike, y: ArrayLike) -> tuple[Array, ...]:
    """Mean of y (n,) at each level of each column of a table (n, d); NaN for a missing level."""
    table, target = check_levels("levels", levels), check_finite("y", y, 1)
    if len(table) != len(target):
        raise InvalidArgument(f"levels has {len(table)} rows and y has {len(target)}; match them")
    return tuple(_means(column, target, int(column.max()) + 1) for column in table.T)


def main_effects(levels: ArrayLike, y: ArrayLike) -> tuple[Array, ...]:
    """Level means less the mean of y, per column; exact for any balanced design."""
    target = check_finite("y", y, 1)
    return tuple(mean - target.mean() for mean in level_means(levels, target))


def one_way_effects(levels: ArrayLike, y: ArrayLike, baseline: ArrayLike) -> tuple[Array, ...]:
    """Change of the mean of y (n,) from the baseline (d,), per column, where that column alone differs.

    For one-at-a-time sweeps (Daniel 1973): entry k of a column is level k; NaN for a level not run alone.
    Raises InvalidArgument where the baseline itself was not run.
    """
    table, target = check_levels("levels", levels), check_finite("y", y, 1)
    at = check_levels("baseline", np.atleast_2d(baseline))[0]
    if len(table) != len(target) or table.shape[1] != len(at):
        raise InvalidArgument(
            f"levels is {table.shape}, y has {len(target)} rows and baseline {len(at)} columns; match them"
        )
    is_same = table == at
    if not is_same.all(axis=1).any():
        raise InvalidArgument(f"baseline={at.tolist()} is no row of levels; run it as well")
    zero, found = target[is_same.all(axis=1)].mean(), []
    for j, column in enumerate(table.T):
        alone = np.delete(is_same, j, axis=1).all(axis=1)
        n_levels = int(max(column.max(), at[j])) + 1
        found.append(_means(column[alone], target[alone], n_levels) - zero)
    return tuple(found)


def pair_interaction(levels: ArrayLike, y: ArrayLike, i: int, j: int) -> Array:
    """Interaction of columns i and j, (levels of i, levels of j): cell mean less both main effects.

    NaN for a pair of levels that was not run.
    """
    table, target = check_levels("levels", levels), check_finite("y", y, 1)
    i = check_count("i", i, low=0, high=table.shape[1] - 1)
    j = check_count("j", j, low=0, high=table.shape[1] - 1)
    means = level_means(table, target)
    n_i, n_j = len(means[i]), len(means[j])
    cell = _means(table[:, i] * n_j + table[:, j], target, n_i * n_j).reshape(n_i, n_j)
    return cell - means[i][:, None] - means[j][None, :] + target.mean()


@dataclass(frozen=True)
class HalfNormal:
    """What a half-normal plot shows; all arrays (k,), in the order of growing |effect|."""

    order: tuple[int, ...]  # which effect each point is
    sizes: Array  # |effect|
    quantiles: Array  # of the half-normal distribution
    spread: float  # Lenth's pseudo standard error of an inert effect


def half_normal(values: ArrayLike) -> HalfNormal:
    """Half-normal plot of effects (k,): inert ones lie on a line through 0 of slope `spread`."""
    effects = check_finite("values", values, 1)
    if len(effects) == 0:
        raise InvalidArgument("values must hold at least one effect")
    order = np.argsort(np.abs(effects), kind="stable")
    k = len(effects)
    normal = NormalDist()
    quantiles = [normal.inv_cdf(0.5 + 0.5 * (i + 0.5) / k) for i in range(k)]
    return HalfNormal(
        tuple(int(i) for i in order), np.abs(effects)[order], np.array(quantiles), lenth(effects)
    )


def lenth(values: ArrayLike) -> float:
    """Lenth's (1989) pseudo standard error: 1.5 median |effect| over those not plainly active."""
    size = np.abs(check_finite("values", values, 1))
    first = 1.5 * float(np.median(size))
    inert = size[size < 2.5 * first]
    return 1.5 * float(np.median(inert)) if len(inert) else 0.0


def _means(group: np.ndarray, y: Array, n_groups: int) -> Array:
    count = np.bincount(group, minlength=n_groups)
    total = np.bincount(group, weights=y, minlength=n_groups)
    return np.divide(total, count, out=np.full(n_groups, np.nan), where=count > 0)
