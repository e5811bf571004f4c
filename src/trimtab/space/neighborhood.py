"""The configurations next to one: a single parameter changed by the least amount.

The one-exchange neighbourhood of local search in algorithm configuration (ParamILS: Hutter et al. 2009):
one index up or down for ordered values, every other choice of a categorical, a step of the unit
interval for a continuous one. A parameter that the change switches on starts in its middle.
"""

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.codec import Codec
from trimtab.space.columns import CATEGORICAL
from trimtab.space.contract import Domain
from trimtab.space.zero_or import ZeroOr
from trimtab.typing import Array, Rng


def neighbors(space: Codec, row: Array, *, step: float = 0.1, rng: Rng | None = None) -> Array:
    """Codes (k, d) of the valid neighbours of a row of codes (d,), column by column.

    Continuous parameters move by `step` in the unit interval, stopping at its ends; with a generator
    by a normal draw of that scale instead. Without one the answer is a function of the row alone.

    Raises:
        SpaceError: step is not in (0, 1].
    """
    if not 0 < step <= 1:
        raise SpaceError(
            f"step={step!r} must be above 0 and at most 1, a part of the unit interval"
        )
    row = np.asarray(row, np.float64)
    found = [
        _changed(space, row, j, code)
        for j, domain in enumerate(space.domains.values())
        if not np.isnan(row[j])
        for code in _nearby(domain, float(row[j]), step, rng)
    ]
    if not found:
        return np.empty((0, len(row)))
    codes = np.array(found)
    return codes[space.is_valid(codes)]


def _nearby(domain: Domain, code: float, step: float, rng: Rng | None) -> list[float]:
    if domain.kind == CATEGORICAL:
        return [float(i) for i in range(domain.n_values) if i != code]
    if domain.n_values:
        return [i for i in (code - 1, code + 1) if 0 <= i < domain.n_values]
    if isinstance(domain, ZeroOr):
        inner = domain.domain
        if code == 0:
            return domain.positive(np.array([0.5])).tolist()
        return [0.0] if inner.n_values else [0.0, *_nearby(inner, code, step, rng)]
    u = float(domain.to_unit(np.array([code]))[0])
    shift = step if rng is None else abs(float(rng.normal(0.0, step)))
    ends = np.clip([u - shift, u + shift], 0.0, 1.0)
    return [c for c in domain.from_unit(ends).tolist() if c != code]


def _changed(space: Codec, row: Array, j: int, code: float) -> Array:
    """The row with one code replaced, and the activity of the others brought in line."""
    x = space.to_unit(row[np.newaxis])
    x[0, j] = space.domains[space.names[j]].to_unit(np.array([code]))[0]
    changed = space.from_unit(x)[0]
    kept = ~np.isnan(changed) & ~np.isnan(row)
    changed[kept] = row[kept]  # not through the unit interval, which costs the last digit
    changed[j] = code
    return changed
