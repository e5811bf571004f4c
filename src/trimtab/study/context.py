"""Asking for a trial in a context: parameters that the world has chosen, not the sampler.

Krause & Ong (2011), Contextual Gaussian Process Bandit Optimization: a context is seen, an action is chosen,
a value comes back. The configuration holds both.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.core.context import Context
from trimtab.core.history import WAITING
from trimtab.core.message import Task
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.study.ledger import Ledger
from trimtab.typing import Array


def take_in_context(
    ledger: Ledger, n: int, context: Mapping[str, Any], detached: float | None = None
) -> list[Task]:
    """Up to n trials that have the given values.

    Raises:
        InvalidArgument: no parameters are given, or trials wait that have values of their own.
        SpaceError: a name or a value that is not of the space.
        Unsupported: the sampler does not read a context, or objectives define the space.
    """
    with ledger.lock:
        ledger.sync()
        codes = _checked(ledger, context)
        columns = np.flatnonzero(~np.isnan(codes))
        unit = ledger.history.space.to_unit(codes[None])[0]
        names = ledger.history.space.names
        units = {names[j]: float(unit[j]) for j in columns.tolist()}
        ledger.proposer.context = Context(units, columns.tolist(), codes[columns])
        try:
            tasks = ledger.take(n, detached=detached)
        finally:
            ledger.proposer.context = None
        numbers = np.array([task.number for task in tasks], np.int64)
        is_other = np.any(ledger.history.codes(numbers)[:, columns] != codes[columns], axis=1)
        if is_other.any():
            for number in numbers.tolist():
                ledger.release(number, "asked for in another context")
            raise InvalidArgument(
                f"context={dict(context)!r}: trial {numbers[is_other][0]} was left behind in another one; "
                "ask() without a context for it first"
            )
        return tasks


def _checked(ledger: Ledger, context: Mapping[str, Any]) -> Array:
    """The codes (d,) of what is given, NaN elsewhere."""
    sampler = ledger.proposer.sampler
    if ledger.is_open:
        raise Unsupported("context= needs a declared space; give one to create_study")
    if not sampler.supports.contextual:
        raise Unsupported(
            f"sampler {type(sampler).__name__} does not read a context; choose 'contextual' or 'linucb'"
        )
    if not context:
        raise InvalidArgument(
            f"context={context!r} gives nothing; leave it out, or name parameters"
        )
    if ledger.history.counts[WAITING]:
        raise InvalidArgument(
            f"{ledger.history.counts[WAITING]} trials wait that have contexts of their own; "
            "ask() without a context for them first"
        )
    return ledger.history.space.codes(context, partial=True)
