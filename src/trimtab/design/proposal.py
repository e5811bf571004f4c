"""From the rows of a design to the proposals of a sampler.

A sequence numbers its rows and gives the number back as the tag (the contract of `Sampler`), so any
process can go on where another stopped. The designs themselves: Santner, Williams & Notz (2018).
"""

from dataclasses import replace

import numpy as np

from trimtab.core.protocols import Proposals, Request
from trimtab.space.space import Space
from trimtab.typing import Array


def numbered(x: Array, start: int) -> Proposals:
    """Rows x (q, d) of the unit cube as rows start, start+1, ... of a sequence."""
    return Proposals.of(x, np.arange(start, start + len(x), dtype=np.int64))


def sliced(x: Array, request: Request) -> Proposals:
    """The rows that are requested of a finite design x (n, d); none beyond its end."""
    return numbered(x[request.start : request.start + request.n], request.start)


def exact(space: Space, codes: Array, start: int) -> Proposals:
    """Rows of codes (q, d), NaN where inactive, as rows start, start+1, ... of a sequence."""
    return replace(numbered(space.to_unit(codes), start), codes=codes)
