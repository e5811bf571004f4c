"""Which proposals are worth a trial: valid ones that, on a finite space, have not been tried.

Rows that repeat are a known fault of model-based search on small spaces; rejecting and, where few
configurations are left, listing them is the remedy of SMAC (Lindauer et al. 2022, JMLR 23).
"""

import numpy as np

from trimtab.space.space import Space
from trimtab.typing import Array, Mask, Rng

_DRAWS = 256


def is_finite(space: Space) -> bool:
    """Whether a space has at least one column, and no continuous one."""
    return bool(len(space.names)) and bool((space.columns.n_values > 0).all())


def is_known(codes: Array, known: Array) -> Mask:
    """Which rows of codes (q, d) are among known rows (n, d); NaN equals NaN; shape (q,)."""
    found = np.zeros(len(codes), bool)
    if len(known):
        right = np.nan_to_num(known, nan=-1.0)
        for i, row in enumerate(np.nan_to_num(codes, nan=-1.0)):
            found[i] = (right == row).all(axis=1).any()
    return found


def fresh(space: Space, x: Array, known: Array) -> Array:
    """Those of the rows x (q, d) of the unit cube that are valid, and on a finite space not known.

    `known` (n, d): canonical rows. Rows come back canonical where the space is finite or constrained.
    """
    finite = is_finite(space)
    if not finite and not space.constraints:
        return x
    codes = space.from_unit(x)
    keep = space.is_valid(codes)
    rows = space.to_unit(codes)
    if finite:
        keep &= ~is_known(rows, known)
    return rows[keep]


def any_fresh(space: Space, known: Array, rng: Rng) -> Array:
    """One row (1, d) drawn from what is left, or none (0, d) where nothing was found."""
    x = rng.random((_DRAWS, len(space.names)))
    found = fresh(space, x[:1], known) if not space.constraints else np.empty((0, x.shape[1]))
    if not len(found):
        found = fresh(space, x, known)[:1]
    if not len(found) and is_finite(space) and space.few is not None:
        left = space.to_unit(space.few)
        left = left[~is_known(left, known)]
        if len(left):
            found = left[int(rng.integers(len(left)))][np.newaxis]
    return found
