"""Segments of simulated work that take longer than they should.

Dean & Barroso (2013), The Tail at Scale, CACM 56: on shared machines the time that the same work takes
varies, and a few slow parts make the whole wait.
"""

from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Rng

Stragglers = float | tuple[float, float]  # sigma of a lognormal factor; or a share and a factor


def check_stragglers(given: Any) -> None:
    """Refuse what is neither.

    Raises:
        InvalidArgument: no finite number of at least 0, or a share above 1.
    """
    both = tuple(given) if isinstance(given, tuple | list) else (0.0, given)
    is_fine = len(both) == 2 and not any(isinstance(v, bool) for v in both)
    if not is_fine or not all(0 <= v < np.inf for v in both) or both[0] > 1:
        raise InvalidArgument(
            f"stragglers={given!r} must be a number, 0 or more, or a share of the segments and how many "
            "times as long they take, such as (0.1, 5.0)"
        )


def slowness(stragglers: Stragglers, rng: Rng) -> float:
    """The factor by which a segment takes longer."""
    if isinstance(stragglers, tuple | list):
        share, factor = stragglers
        return factor if rng.random() < share else 1.0
    return float(np.exp(stragglers * rng.standard_normal()))
