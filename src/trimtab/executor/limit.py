"""What executors with workers of their own have in common: checks of what they are given.

Chapter 4 of Kernighan and Plauger (1974, The Elements of Programming Style): test input for plausibility
and validity, and say what was wrong with it.
"""

from collections.abc import Mapping
from typing import Any

from trimtab.core.message import Measured
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument


def deaf(_: Measured) -> Decision:
    """The listener of an executor that is closed: whatever still runs shall stop."""
    return Decision.STOP


def check_workers(n_workers: Any, *, or_none: bool = False) -> None:
    """A count of workers.

    Raises:
        InvalidArgument: not a whole number of 1 or more, nor None where that stands for as many as fit.
    """
    is_count = isinstance(n_workers, int) and not isinstance(n_workers, bool) and n_workers >= 1
    if not is_count and not (or_none and n_workers is None):
        fits = ", or None for as many as fit" if or_none else ""
        raise InvalidArgument(f"n_workers={n_workers!r} must be a whole number, 1 or more{fits}")


def check_limits(**limits: Any) -> None:
    """Limits by name, each a number above 0, or None for none.

    Raises:
        InvalidArgument: one of them is not.
    """
    for name, limit in limits.items():
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if limit is not None and not (is_number and limit > 0):
            raise InvalidArgument(f"{name}={limit!r} must be a number above 0, or None")


def check_amounts(amounts: Mapping[str, Any]) -> None:
    """How much a worker needs of each resource: a share, or a whole number.

    Raises:
        InvalidArgument: an amount is negative, no number, or above 1 and not whole.
    """
    for name, amount in amounts.items():
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < 1e6:
            raise InvalidArgument(f"resources: {name}={amount!r} must be a number, 0 or more")
        if amount > 1 and amount != int(amount):
            raise InvalidArgument(f"resources: {name}={amount!r} must be whole where it is above 1")
