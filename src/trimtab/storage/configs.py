"""What a trial's codes mean, as JSON, for people who look into the file."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from trimtab.core.event import Asked
from trimtab.space.space import Space
from trimtab.storage import rule

Codes = Sequence[float | None]
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


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
        return self.many(change, [event])[0]

    def many(self, change: Grows, events: Sequence[Asked]) -> list[str | None]:
        """The same of many, which takes little longer."""
        given = [event.codes for event in events if event.codes is not None]
        texts = iter(self._texts(change, given) if given else ())
        return [
            next(texts)
            if event.codes is not None
            else None
            if event.fixed is None
            else rule.plain("fixed", event.fixed)
            for event in events
        ]

    def text(self, change: Grows, codes: Codes) -> str:
        """The configuration of codes; bare codes where they are more than the space has columns."""
        return self._texts(change, [codes])[0]

    def _texts(self, change: Grows, given: Sequence[Codes]) -> list[str]:
        place = change.study, change.grown
        if place != self._place:
            rows = change.link.read("SELECT body FROM event WHERE study = ? AND seq = ?", place)
            self._space, self._place = Space.from_dict(json.loads(rows[0][0])[0]), place
        width = len(self._space.names)
        table = np.full((len(given), width), np.nan)
        for row, codes in zip(table, given, strict=True):
            if len(codes) <= width:
                row[: len(codes)] = codes
        configs = self._space.configs(table)
        return [
            _encode(config) if len(codes) <= width else rule.plain("codes", list(codes))
            for codes, config in zip(given, configs, strict=True)
        ]
