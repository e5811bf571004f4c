"""The space of a define-by-run study grows by what its objectives suggest."""

import numpy as np

from trimtab.core.message import Chosen
from trimtab.space.space import Space
from trimtab.study.proposer import Codes, as_codes
from trimtab.study.refuse import two_ranges


def grown(space: Space, chosen: Chosen) -> Space:
    """The space with what is new in the choice; the very same where nothing is.

    Raises:
        SpaceChanged: a name was suggested with another range before.
    """
    for name, domain in chosen.grown.items():
        if name not in space.domains:
            space = space.grow(name, domain)
        elif space.domains[name] != domain:
            raise two_ranges(name, domain, space.domains[name])
    return space


def codes_of(space: Space, chosen: Chosen) -> Codes:
    """The codes of what was chosen so far."""
    return as_codes(space.codes(chosen.config, partial=True)[np.newaxis])[0]
