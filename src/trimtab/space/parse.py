"""From what users write to spaces: one function for a domain, one for a space.

Nested dicts of lists are Scikit-learn's grids (Pedregosa et al. 2011); see `spelling` for the
grammar.
"""

from typing import Any

from trimtab.space.signature import pairs_of
from trimtab.space.space import Space
from trimtab.space.spelling import domain_of

__all__ = ["domain_of", "pairs_of", "space_of"]


def space_of(spec: Any) -> Space:
    """A space from anything that may stand for one; a `Space` stands for itself.

    Raises:
        SpaceError: a parameter or the whole cannot be understood; the message names it.
    """
    return (
        spec
        if isinstance(spec, Space)
        else Space.from_dict(spec)
        if _is_json(spec)
        else Space(spec)
    )


def _is_json(spec: Any) -> bool:
    return isinstance(spec, dict) and isinstance(spec.get("parameters"), list) and "format" in spec
