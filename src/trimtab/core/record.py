"""The rows of a table as records, for people: converted column by column, which is what makes it fast."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from trimtab.core.table import Table
from trimtab.core.trial import Record, TrialState
from trimtab.space.space import Space
from trimtab.typing import Array, Ints

STATES = tuple(TrialState)


def records(
    space: Space,
    table: Table,
    numbers: Ints,
    reasons: Mapping[int, str],
    attrs: Mapping[int, Mapping[str, Any]],
    origins: Mapping[int, tuple[int, int]],
    reports: Callable[[int], Mapping[int, tuple[float, ...]]],
) -> Iterator[Record]:
    """The trials of these numbers, as they are now."""
    workers = table.workers
    columns = zip(
        numbers.tolist(),
        space.configs(table.codes[numbers]),
        table.state[numbers].tolist(),
        table.values[numbers].tolist(),
        table.constraints[numbers].tolist(),
        _plain(table.cost[numbers]),
        _plain(table.seconds[numbers]),
        table.attempt[numbers].tolist(),
        table.tag[numbers].tolist(),
        _plain(table.started[numbers]),
        _plain(table.ended[numbers]),
        strict=True,
    )
    for (
        i,
        config,
        state,
        values,
        constraints,
        cost,
        seconds,
        attempt,
        tag,
        started,
        ended,
    ) in columns:
        yield Record(
            number=i,
            config=config,
            state=STATES[state],
            values=None if any(v != v for v in values) else tuple(values),
            constraints=tuple(c for c in constraints if c == c),
            cost=cost,
            seconds=seconds,
            reason=reasons.get(i),
            attempt=attempt,
            tag=tag,
            origin=origins.get(i),
            usage=table.usage(i, workers),
            started=started,
            ended=ended,
            user_attrs=dict(attrs.get(i, {})),
            reports=dict(reports(i)),
        )


def _plain(column: Array) -> list[float | None]:
    """Floats, None where they are NaN."""
    if not np.isnan(column).any():
        found: list[float | None] = column.tolist()
        return found
    return [None if v != v else v for v in column.tolist()]
