"""How many trials other workers make between two looks of ours.

A worker that proposes from what it has read sends so many proposals more, in a row, that the storage can take
the first which nobody else has made: optimistic, as Kung & Robinson (1981) have it, and seldom made twice.
"""

import math

MOST = 40  # proposals sent along; among more workers than that it pays to read first
_FADES = 0.9  # of what was seen is believed for another turn


class Crowd:
    """A fading maximum of what others made."""

    def __init__(self) -> None:
        self._n = 0.0

    def saw(self, n: int) -> None:
        """Others have made n trials since the last look."""
        self._n = max(float(n), _FADES * self._n)

    @property
    def ahead(self) -> int:
        """How many proposals to send beside the one that is wanted; 0 where nobody else is at work."""
        return 0 if self._n < 0.5 else math.ceil(1.5 * self._n)
