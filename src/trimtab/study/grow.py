"""The space of a define-by-run study grows by what its objectives suggest."""

from typing import Protocol

import numpy as np

from trimtab.core.event import Grown
from trimtab.core.history import History
from trimtab.core.journal import Journal
from trimtab.core.message import Chosen
from trimtab.errors import NothingYet
from trimtab.space.space import Space
from trimtab.study.codes import Codes, as_codes
from trimtab.study.refuse import two_ranges

CONFLICTS = 1000  # times that other workers may be faster before we say so


class Growing(Protocol):
    """A study whose space may grow, with what has been read of it."""

    history: History
    journal: Journal
    id: int

    def sync(self) -> None: ...


def agreed(study: Growing, chosen: Chosen) -> Codes:
    """Codes of what a define-by-run objective chose; grows the study's space where it is new.

    Raises:
        SpaceChanged: see `grown`; NothingYet: other workers kept changing the space.
    """
    for _ in range(CONFLICTS):
        space = grown(study.history.space, chosen)
        if space is study.history.space:
            return codes_of(space, chosen)
        news = Grown(space.to_dict())
        study.journal.append(study.id, news, expected=study.history.position)
        study.sync()
    raise NothingYet("other workers kept changing the space; try again")


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
