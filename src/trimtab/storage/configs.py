"""What a trial's codes mean, as JSON, for people who look into the file."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from trimtab.core.event import Asked
from trimtab.space.space import Space
from trimtab.storage import rule


class Reads(Protocol):
    """What answers a query."""

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


class Grows(Protocol):
    """A study that is being changed: where in its journal the present space is."""

    @property
    def study(self) -> int: ...

    @property
    def grown(self) -> int: ...

    @property
    def link(self) -> Reads: ...


class Configs:
    """Configurations of codes; the space of the study asked about last is kept."""

    def __init__(self) -> None:
        self._place = (-1, -1)  # study, position of the event that gave it its space
        self._space = Space({})

    def asked(self, change: Grows, event: Asked) -> str | None:
        """The configuration of a new trial, or the part of it that is fixed."""
        if event.codes is not None:
            return self.text(change, event.codes)
        return None if event.fixed is None else rule.plain("fixed", event.fixed)

    def text(self, change: Grows, codes: Sequence[float | None]) -> str:
        """The configuration of codes; bare codes where they are more than the space has columns."""
        place = change.study, change.grown
        if place != self._place:
            rows = change.link.read("SELECT body FROM event WHERE study = ? AND seq = ?", place)
            self._space, self._place = Space.from_dict(json.loads(rows[0][0])[0]), place
        names = self._space.names
        if len(codes) > len(names):
            return rule.plain("codes", list(codes))
        row = np.full(len(names), np.nan)
        row[: len(codes)] = codes
        return json.dumps(self._space.config(row), ensure_ascii=False, default=str)
