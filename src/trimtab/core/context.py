"""Columns that are given when a trial is asked for, and proposals decoded with them in place.

Krause & Ong (2011), Contextual Gaussian Process Bandit Optimization, NeurIPS 24.
"""

from collections.abc import Mapping
from typing import NamedTuple

from trimtab.core.protocols import Proposals
from trimtab.space.space import Space
from trimtab.typing import Array


class Context(NamedTuple):
    """Columns that are given: their unit coordinates by name, and their codes."""

    units: Mapping[str, float]
    columns: list[int]
    codes: Array


def decoded(space: Space, proposals: Proposals, context: Context | None) -> Array:
    """The codes (q, d) of proposals; what is given is exact, which the unit cube may miss by one ulp."""
    rows = space.from_unit(proposals.x) if proposals.codes is None else proposals.codes
    if context is not None and len(rows):
        rows[:, context.columns] = context.codes
    return rows
