"""Conditions that nobody declared: which parameters the trials of a define-by-run study asked for, and when.

The tree of a space (Bergstra et al. 2011) shows in the rows that it leaves behind: a parameter that is asked
for where another one has certain values, and there alone, depends on it. That is no more than a guess about
an objective's code, but a wrong one does little harm: what a proposal leaves out and the objective asks for
all the same is drawn at random, and the row that it leaves behind refutes the guess.
"""

import numpy as np

from trimtab.space.columns import FLOAT
from trimtab.space.condition import Condition
from trimtab.space.space import Space, assembled
from trimtab.typing import Array, Ints, Mask

_MOST = 20  # values of a parameter that others depend on
_LEAST = 2  # rows that show a value to go without


def with_learned_conditions(space: Space, codes: Array, is_whole: Mask | None = None) -> Space:
    """The space with a condition for each parameter whose presence in codes (n, d) one other explains.

    NaN says that a row's objective did not ask for the parameter. The other one is asked for before it, and
    comes before it in the space. `is_whole` (n,): rows of trials that came to their end; what another one did
    not ask for counts where nothing else is known. The very same space where nothing is found.
    """
    is_whole = np.ones(len(codes), bool) if is_whole is None else is_whole
    is_there = ~np.isnan(codes)
    found = dict(space.conditions)
    parents = [
        p
        for p, n in enumerate(space.columns.n_values.tolist())
        if 2 <= n <= _MOST and space.columns.kind[p] != FLOAT
    ]
    for j in np.flatnonzero(is_there.any(axis=0) & ~is_there.all(axis=0)).tolist():
        for p in parents:
            without = _without(codes[:, p], is_there[:, j], is_whole) if p < j else None
            if without is not None:
                left = np.setdiff1d(np.arange(space.columns.n_values[p]), without).astype(float)
                name = space.names[p]
                allowed = tuple(space.domains[name].values(left))
                found.setdefault(space.names[j], Condition(((name, allowed),)))
                break
    if len(found) == len(space.conditions):
        return space
    return assembled(space.domains, found, space.constraints)


def _without(parent: Array, is_there: Mask, is_whole: Mask) -> Ints | None:
    """The codes of a parent (n,) that a parameter was never asked for with; None if they do not explain it.

    They do if it was asked for with every other code, and never where the parent itself was not. A code that
    was hardly seen is not among them, and no reason against the others.
    """
    has_parent = ~np.isnan(parent)
    if (is_there & ~has_parent).any():
        return None
    seen, there = parent[has_parent].astype(np.int64), is_there[has_parent]
    whole = is_whole[has_parent]

    def counted(rows: Mask) -> Ints:
        return np.bincount(seen[rows], minlength=_MOST).astype(np.int64)

    n_with = counted(there)
    n_without = np.where(counted(whole) > 0, counted(~there & whole), counted(~there & ~whole))
    shown = n_without > 0
    enough = n_without >= _LEAST
    if (n_with[shown] > 0).any() or not enough.any():
        return None
    return np.flatnonzero(enough)
