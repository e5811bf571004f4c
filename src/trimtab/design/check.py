"""Refusals that designs and samplers share: counts, rows of the unit cube, coded factors, given results.

The designs are described in Santner, Williams & Notz, The Design and Analysis of Computer
Experiments (2018); this file only says no, early and by name.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints

LAST = float(np.nextafter(1.0, 0.0))  # the largest float below 1: rows live in [0, 1)


def number_of(value: Any) -> float:
    """`value` as a float, be it a number of Python's or NumPy's; NaN if it is none, as a switch or a text."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float
        return math.inf


def check_count(name: str, value: int, low: int = 1, high: int | None = None) -> int:
    """`value` as an int in [low, high]; InvalidArgument (a ValueError) otherwise."""
    try:
        count = operator.index(value)
    except TypeError as error:
        raise InvalidArgument(
            f"{name} must be an integer, got {value!r}; round it yourself"
        ) from error
    if count < low or (high is not None and count > high):
        limit = f"at least {low}" if high is None else f"between {low} and {high}"
        raise InvalidArgument(f"{name} must be {limit}, got {count}")
    return count


def check_finite(name: str, values: ArrayLike, ndim: int) -> Array:
    """`values` as a float64 array with `ndim` axes and no NaN; InvalidArgument otherwise."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim:
        raise InvalidArgument(f"{name} must have {ndim} axes, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise InvalidArgument(f"{name} must be finite, got NaN or infinity; drop those entries")
    return array


def check_rows(name: str, x: ArrayLike) -> Array:
    """`x` as (n, d) rows inside the closed unit cube, n and d at least 1."""
    rows = check_finite(name, x, 2)
    if rows.size == 0:
        raise InvalidArgument(f"{name} must hold at least one row and column, got {rows.shape}")
    if rows.min() < 0.0 or rows.max() > 1.0:
        raise InvalidArgument(
            f"{name} must lie in the unit cube, got values from {rows.min()} to {rows.max()}; "
            "scale it first"
        )
    return rows


def check_levels(name: str, levels: ArrayLike) -> Ints:
    """`levels` as an (n, d) integer array whose entries count from zero."""
    table = np.asarray(levels)
    if table.ndim != 2 or table.size == 0 or not np.issubdtype(table.dtype, np.integer):
        raise InvalidArgument(
            f"{name} must be a table (n, d) of integers, got shape {table.shape} of {table.dtype}"
        )
    if table.min() < 0:
        raise InvalidArgument(f"{name} must count levels from 0, got {table.min()}")
    return table.astype(np.int64)


def check_given(name: str, given: Any) -> tuple[Sequence[Mapping[str, Any]], Array]:
    """The configurations (n,) and finite losses (n,) of {"configs": ..., "values": ...}, n at least 1.

    Raises:
        InvalidArgument: one of them is missing or no list, they differ in length, a configuration is
            no mapping, or a value no finite number.
    """
    known = given if isinstance(given, Mapping) else {}
    configs, values = known.get("configs"), known.get("values")
    if not (_is_list(configs) and _is_list(values)):
        raise InvalidArgument(
            f"{name}: {given!r} must have lists of configs and of values; see trimtab.source_of"
        )
    if len(configs) != len(values) or not len(configs):
        raise InvalidArgument(
            f"{name}: {len(configs)} configs and {len(values)} values; give as many of each, 1 or more"
        )
    for i, config in enumerate(configs):
        if not isinstance(config, Mapping):
            raise InvalidArgument(
                f"{name}: configs[{i}]={config!r} is no configuration; give a dict of names and values"
            )
    losses = np.array([number_of(value) for value in values])
    for i in np.flatnonzero(~np.isfinite(losses)).tolist():
        raise InvalidArgument(
            f"{name}: values[{i}]={values[i]!r} must be a finite number; leave failed trials out"
        )
    return configs, losses


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
