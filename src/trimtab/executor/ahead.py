"""How many trials a worker far away has at hand besides the one that it runs: about 50 ms of work.

The way to a worker takes a millisecond or two; trials that take less are sent in parcels, as the chunks of
Polychronopoulos and Kuck (1987, Guided self-scheduling: a practical scheduling scheme for parallel
supercomputers, IEEE Transactions on Computers 36). Only where no proposal waits for a result: there, what
is chosen ahead is what would have been chosen later.
"""

from typing import Any

from trimtab.errors import InvalidArgument

_SPAN = 0.05  # seconds of work that a worker has ahead
_MOST = 64  # trials that it has ahead
_WEIGHT = 0.2  # of the last trial in the mean


def check_ahead(ahead: Any) -> None:
    """A count of trials ahead, or None for as many as their duration suggests.

    Raises:
        InvalidArgument: it is neither.
    """
    is_count = isinstance(ahead, int) and not isinstance(ahead, bool) and 0 <= ahead <= 1000
    if ahead is not None and not is_count:
        raise InvalidArgument(
            f"ahead={ahead!r} must be a whole number, 0 to 1000, or None for what suits the trials"
        )


class Ahead:
    """Decides how many; `wish`: what the user has said, None for as many as the durations suggest.

    `is_row`: no proposal depends on the results of those before it.
    """

    def __init__(self, wish: int | None, is_row: bool) -> None:
        self.n = wish or 0
        self._is_free = wish is None and is_row
        self._mean: float | None = None  # seconds of the last trials

    def saw(self, seconds: float | None) -> None:
        """A trial has taken so long."""
        if not self._is_free or seconds is None:
            return
        mean = seconds if self._mean is None else self._mean
        # NOTE: one long trial among short ones counts at once, and is forgotten after a dozen.
        self._mean = mean + _WEIGHT * (seconds - mean)
        self.n = min(_MOST, int(_SPAN / max(self._mean, 1e-9)))

    def stop(self) -> None:
        """From now on each runs alone: a worker has died, and it is to be seen of which."""
        self.n, self._is_free = 0, False
