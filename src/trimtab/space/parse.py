"""From what users write to spaces: one function for a domain, one for a space.

Nested dicts of lists are Scikit-learn's grids (Pedregosa et al. 2011); see `spelling` for the
grammar.
"""

from typing import Any

from trimtab.space.signature import pairs_of
from trimtab.space.space import Space, is_json
from trimtab.space.spelling import domain_of

__all__ = ["domain_of", "pairs_of", "space_of"]


def space_of(spec: Any) -> Space:
    """A space from anything that may stand for one; a `Space` stands for itself.

    Raises:
        SpaceError: a parameter or the whole cannot be understood; the message names it.
    """
    if isinstance(spec, Space):
        return spec
    return Space.from_dict(spec) if is_json(spec) else Space(spec)
