"""p-values of m tests made at once, adjusted so that each may be read against alpha.

Bonferroni (1936), Holm (1979) and Hochberg (1988) bound the chance of any false find; Benjamini &
Hochberg (1995) the expected share of false finds among the finds.
"""

from collections.abc import Sequence

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints


def bonferroni(p: Sequence[float] | Array) -> Array:
    """m p, at most 1; shape (m,). Raises InvalidArgument unless all are probabilities."""
    values = _checked(p)
    return np.minimum(values * len(values), 1.0)


def holm(p: Sequence[float] | Array) -> Array:
    """Holm's step-down p (m,): never above Bonferroni's, and as safe. InvalidArgument as above."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    factors = np.arange(len(values), 0, -1)
    return _back(np.minimum(np.maximum.accumulate(values[order] * factors), 1.0), order)


def hochberg(p: Sequence[float] | Array) -> Array:
    """Hochberg's step-up p (m,), for independent or positively dependent tests."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")[::-1]
    factors = np.arange(1, len(values) + 1)
    return _back(np.minimum(np.minimum.accumulate(values[order] * factors), 1.0), order)


def benjamini_hochberg(p: Sequence[float] | Array) -> Array:
    """The false discovery rate (m,) at which each test becomes a find."""
    values = _checked(p)
    order = np.argsort(values, kind="stable")[::-1]
    m = len(values)
    factors = m / np.arange(m, 0, -1)
    return _back(np.minimum(np.minimum.accumulate(values[order] * factors), 1.0), order)


def _checked(p: Sequence[float] | Array) -> Array:
    values = np.asarray(p, float)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise InvalidArgument(f"p={p!r} must be a list of probabilities, from 0 to 1")
    return values


def _back(values: Array, order: Ints) -> Array:
    found = np.empty_like(values)
    found[order] = values
    return found
