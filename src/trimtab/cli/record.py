"""Trials as the command line prints them: as JSON objects; `study/rows.py` has them as flat rows."""

from typing import Any

from trimtab.core.trial import Record
from trimtab.study.rows import USED
from trimtab.study.rows import flat as flat
from trimtab.study.rows import metrics_of as metrics_of


def as_document(record: Record) -> dict[str, Any]:
    """A trial as one JSON object; times are Unix times, in seconds; `peak_rss` is in bytes."""
    return {
        "number": record.number,
        "state": record.state.value,
        "values": None if record.values is None else list(record.values),
        "config": dict(record.config),
        "seconds": record.seconds,
        "started": record.started,
        "ended": record.ended,
        "attempt": record.attempt,
        **{key: getattr(record.usage, key, None) for key in USED},
        "user_attrs": dict(record.user_attrs),
        "constraints": list(record.constraints),
        "cost": record.cost,
        "reason": record.reason,
    }
