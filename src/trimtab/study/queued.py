"""Configurations that somebody wants tried: at once, in order, or by priority.

Without a priority they become waiting trials, which come before everything else. With one they stand in the
study's queue (`core/queue.py`) and become trials, and get their numbers, when a worker takes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.core.event import Asked, Noted
from trimtab.core.queue import KEY, note_of
from trimtab.errors import InvalidArgument
from trimtab.rng import FILL, stream
from trimtab.study.codes import Codes, complete
from trimtab.study.ledger import Ledger


def wait(ledger: Ledger, configs: Sequence[Mapping[str, Any]]) -> list[int]:
    """Make waiting trials; returns their numbers.

    Raises:
        SpaceError: a value is outside the space, or a name is not in it; nothing was queued.
    """
    with ledger.lock:
        ledger.sync()
        waiting = []
        for number, config in enumerate(configs, len(ledger.history)):
            codes, fixed = _filled(ledger, config, number)
            waiting.append(Asked(number, codes, fixed=fixed, waiting=True))
        numbers = ledger.journal.enqueue(ledger.id, waiting)
        ledger.sync()
    return numbers


def queue(ledger: Ledger, configs: Sequence[Mapping[str, Any]], priority: float) -> None:
    """Queue configurations by priority.

    Raises:
        InvalidArgument: the priority is no finite number.
        SpaceError: a value is outside the space, or a name is not in it; nothing was queued.
    """
    is_number = isinstance(priority, int | float) and not isinstance(priority, bool)
    if not is_number or not -1e300 < priority < 1e300:
        raise InvalidArgument(
            f"priority={priority!r} must be a finite number; the highest is first"
        )
    with ledger.lock:
        ledger.sync()
        first = ledger.history.position
        filled = [_filled(ledger, c, first + i, 1) for i, c in enumerate(configs)]
        for codes, fixed in filled:
            ledger.journal.append(ledger.id, Noted(None, KEY, note_of(priority, codes, fixed)))
        ledger.sync()


def _filled(
    ledger: Ledger, config: Mapping[str, Any], *stream_of: int
) -> tuple[Codes | None, dict[str, Any] | None]:
    """Codes of the whole configuration, or what a define-by-run objective shall be given."""
    if ledger.is_open:
        return None, dict(config)
    space = ledger.history.space
    codes = complete(space, config, stream(ledger.seed, FILL, *stream_of))
    if codes is None:
        rules = "; ".join(c.text() for c in space.constraints)
        raise InvalidArgument(
            f"config={dict(config)!r}: no configuration with these values keeps the constraints "
            f"({rules}), or so few that 200 draws found none; change or add some"
        )
    return codes, None
