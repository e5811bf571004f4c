"""Trials as flat rows, for tables: CSV (RFC 4180, 2005), data frames."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from trimtab.core.problem import Direction, metric_names
from trimtab.core.trial import Record

USED = ("worker", "cpu_seconds", "peak_rss")  # of a trial's usage; its seconds stand there already


class Named(Protocol):
    """What the names of the objectives are read from: a study."""

    @property
    def directions(self) -> tuple[Direction, ...]: ...

    @property
    def user_attrs(self) -> Mapping[str, Any]: ...


def metrics_of(study: Named) -> list[str]:
    """The names of the objectives: as they were named, else `value` or `value_0`, `value_1`, ..."""
    n = len(study.directions)
    named = list(metric_names(study.user_attrs, n))
    return named or (["value"] if n == 1 else [f"value_{i}" for i in range(n)])


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
