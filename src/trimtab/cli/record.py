"""Trials as the command line prints them: as JSON objects, and as flat rows for CSV (RFC 4180, 2005)."""

from collections.abc import Sequence
from typing import Any

from trimtab.core.trial import Record
from trimtab.study.study import Study

USED = ("worker", "cpu_seconds", "peak_rss")  # of a trial's usage; its seconds stand there already


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


def metrics_of(study: Study) -> list[str]:
    """The names of the objectives: as the run named them, else `value` or `value_0`, `value_1`, ..."""
    named = study.user_attrs.get("metrics")
    n = len(study.directions)
    if isinstance(named, list) and len(named) == n and all(isinstance(name, str) for name in named):
        return named
    return ["value"] if n == 1 else [f"value_{i}" for i in range(n)]


def flat(records: Sequence[Record], metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Trials as flat rows with the same keys each; None where a trial has nothing to say.

    Parameters are `config.NAME`, objectives `values.NAME`, attributes `user_attrs.NAME`.
    """
    names = list(dict.fromkeys(name for record in records for name in record.config))
    attrs = list(dict.fromkeys(name for record in records for name in record.user_attrs))
    n_constraints = max((len(record.constraints) for record in records), default=0)
    rows = []
    for record in records:
        row: dict[str, Any] = {"number": record.number, "state": record.state.value}
        for i, name in enumerate(metrics):
            row[f"values.{name}"] = None if record.values is None else record.values[i]
        for name in names:
            row[f"config.{name}"] = record.config.get(name)
        for key in ("seconds", "started", "ended", "attempt", "cost"):
            row[key] = getattr(record, key)
        for key in USED:
            row[key] = getattr(record.usage, key, None)
        for i in range(n_constraints):
            row[f"constraints.{i}"] = record.constraints[i] if i < len(record.constraints) else None
        for name in attrs:
            row[f"user_attrs.{name}"] = record.user_attrs.get(name)
        rows.append(row | {"reason": record.reason})
    return rows
