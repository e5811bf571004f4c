"""Many events at once, folded by columns: what a study of a hundred thousand trials is opened with.

Nearly all events of a long study are of two plain kinds, a trial that began and one that ended. A stretch of
them commutes but for their order among themselves, so it is folded as arrays, without an object for
each (after the vectorized execution of MonetDB/X100: Boncz, Zukowski & Nes 2005). The outcome is the same
as that of `History.apply`, event by event; a test holds the two together.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.core.event import event_from
from trimtab.core.history import RUNNING, History
from trimtab.core.record import STATES
from trimtab.core.usage import KEY, Usage

_FEW = 16  # events that are quicker one by one
_CODE = {state.value: i for i, state in enumerate(STATES)}
_Values = list[Any]


def fold(history: History, rows: Sequence[tuple[str, str]]) -> None:
    """Fold the next events, given by their kinds and JSON.

    Raises:
        ValueError, TypeError, LookupError: one of them makes no sense.
    """
    bodies = json.loads(f"[{','.join([body for _, body in rows])}]")
    if len(bodies) != len(rows):
        raise ValueError("a body is not one JSON array")
    stretch: list[tuple[str, _Values]] = []
    for (kind, _), values in zip(rows, bodies, strict=True):
        if _is_plain(kind, values):
            stretch.append((kind, values))
        else:
            _fold(history, stretch)
            stretch = []
            history.apply(event_from(kind, values))
    _fold(history, stretch)


def _is_plain(kind: str, values: _Values) -> bool:
    if kind == "Settled":  # finite in kind: no constraints, and no reason
        return not values[3] and values[5] is None
    if kind == "Noted":  # what a trial used
        return values[1] == KEY and values[0] is not None
    return kind == "Asked" and len(values) == 6 and values[1] is not None and values[3] is None


def _fold(history: History, stretch: list[tuple[str, _Values]]) -> None:
    asked = [values for kind, values in stretch if kind == "Asked"]
    width = len(history.space.names)
    is_even = all(len(values[1]) == width and not values[4] for values in asked)
    if len(stretch) < _FEW or not is_even:
        for kind, values in stretch:
            history.apply(event_from(kind, values))
        return
    settled = [values for kind, values in stretch if kind == "Settled"]
    if asked:
        _ask(history, asked)
    for kind, values in stretch:
        if kind == "Noted":
            history.table.use(values[0], Usage.of(values[2]))
    if settled:
        _settle(history, settled)
    history.position += len(stretch)


def _ask(history: History, asked: list[_Values]) -> None:
    table = history.table
    _, codes, tags, _, _, at = zip(*asked, strict=True)
    new = table.extend(len(asked))
    table.state[new], table.attempt[new] = RUNNING, 1
    table.tag[new], table.started[new] = tags, at
    if table.codes.shape[1]:
        table.codes[new] = np.array(codes, float)
    history.counts[RUNNING] += len(asked)
    history.n_before_asked.extend([len(history.curves)] * len(asked))
    history.next_tag = max(history.next_tag, max(tags) + 1)


def _settle(history: History, settled: list[_Values]) -> None:
    table = history.table
    numbers, states, values, _, cost, _, seconds, at = zip(*settled, strict=True)
    rows = np.array(numbers)
    codes = [_CODE[state] for state in states]
    for before, after in zip(table.state[rows].tolist(), codes, strict=True):
        history.counts[before] -= 1
        history.counts[after] += 1
    table.state[rows] = codes
    nothing = (None,) * len(history.directions)
    table.values[rows] = np.array([nothing if v is None else v for v in values], float)
    table.cost[rows] = np.array(cost, float)
    table.seconds[rows] = np.array(seconds, float)
    table.ended[rows] = at
    for number in history.fixed.keys() & set(numbers):
        del history.fixed[number]
    history.order += numbers
    history.n_before += [len(history.curves)] * len(numbers)
