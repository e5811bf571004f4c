"""Axes: where a value lies on [0, 1], and which labels stand there.

A parameter brings its own scale: linear, logarithmic, strips for choices, and a place apart for an
exact zero. A value axis is cut where results are far out, so that the others can be told apart
(outer fences after Tukey 1977, measured from the best).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.space.columns import CATEGORICAL, ORDINAL
from trimtab.space.contract import Domain
from trimtab.space.zero_or import ZeroOr
from trimtab.typing import Array
from trimtab.viz.svg import log_ticks, shortened, ticks

_ZERO_ROOM = 0.18  # of the axis, kept for an exact zero
_STRIPS = 10  # labels on an axis of choices
LARGEST = 1e300  # beyond it differences overflow


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`; `ticks` are (value, label)."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    is_log: bool = False
    n_strips: int = 0  # of choices; values are then their indices
    has_zero: bool = False  # an exact zero has a place of its own, before `low`

    def place(self, values: Array) -> Array:
        """Positions (n,) in [0, 1] of values (n,); clipped to the ends, NaN stays NaN."""
        values = np.asarray(values, float)
        if self.n_strips:
            return (values + 0.5) / self.n_strips
        scale = np.log if self.is_log else np.asarray
        safe = np.clip(values, self.low, self.high)
        start, end = float(scale(self.low)), float(scale(self.high))
        at = (scale(safe) - start) / (end - start)
        if not self.has_zero:
            return at
        return np.where(values == 0.0, _ZERO_ROOM / 3, _ZERO_ROOM + (1 - _ZERO_ROOM) * at)

    @property
    def labels(self) -> list[tuple[float, str]]:
        """The ticks as (position, label)."""
        at = self.place(np.array([value for value, _ in self.ticks]))
        return [(float(p), label) for p, (_, label) in zip(at, self.ticks, strict=True)]


def numeric_axis(
    title: str,
    low: float,
    high: float,
    *,
    is_log: bool = False,
    has_zero: bool = False,
    most: int = 5,
) -> Axis:
    """An axis from low to high; one without extent is widened around its value."""
    low, high = max(low, -LARGEST), min(high, LARGEST)
    if not low < high:
        low, high = (low / 2, low * 2) if is_log else _widened(low)
    marks = (log_ticks if is_log else ticks)(low, high, most)
    if has_zero:
        marks = [(0.0, "0"), *marks]
    return Axis(title, low, high, tuple(marks), is_log, has_zero=has_zero)


def _widened(value: float) -> tuple[float, float]:
    room = max(abs(value) * 0.1, 1e-6)
    return value - room, value + room


def parameter_axis(name: str, domain: Domain, codes: Array, most: int = 5) -> tuple[Axis, Array]:
    """The axis of one parameter, and the values (n,) of codes (n,) on it; NaN where inactive."""
    if domain.kind in (CATEGORICAL, ORDINAL):
        return _strips(name, domain), np.asarray(codes, float)
    active = ~np.isnan(codes)
    values = np.full(len(codes), np.nan)
    values[active] = domain.values(codes[active])
    has_zero = isinstance(domain, ZeroOr)
    inner = domain.domain if isinstance(domain, ZeroOr) else domain
    is_log = bool(getattr(inner, "log", False))
    low, high = (float(getattr(inner, end, math.nan)) for end in ("low", "high"))
    seen = values[np.isfinite(values) & ~((values == 0.0) & has_zero)]
    if not math.isfinite(low):
        low = float(seen.min()) if len(seen) else 0.0
    if not math.isfinite(high):
        high = float(seen.max()) if len(seen) else low + 1.0
    return numeric_axis(name, low, high, is_log=is_log, has_zero=has_zero, most=most), values


def _strips(name: str, domain: Domain) -> Axis:
    n = domain.n_values
    stride = math.ceil(n / _STRIPS)
    shown = np.arange(0, n, stride, dtype=float)
    words = [shortened(value, 60) for value in domain.values(shown)]
    marks = tuple(zip(shown.tolist(), words, strict=True))
    return Axis(name, 0.0, float(n), marks, n_strips=n)


def value_axis(title: str, values: Array, sign: float, most: int = 5) -> Axis:
    """The axis of an objective over raw values (n,), cut where they are far worse than the rest.

    sign: 1.0 where less is better, -1.0 where more is.
    """
    losses = np.clip(values[np.isfinite(values)] * sign, -LARGEST, LARGEST)
    if not len(losses):
        return numeric_axis(title, 0.0, 1.0, most=most)
    best, worst = float(losses.min()), float(losses.max())
    fence = far_out(losses)
    worst = min(worst, fence)
    room = (worst - best) * 0.05
    ends = sorted((sign * (best - room), sign * (worst + room)))
    return numeric_axis(title, *ends, most=most)


def far_out(losses: Array) -> float:
    """The loss from which on points are drawn at the axis's end; infinity where none is far."""
    best, worst = float(losses.min()), float(losses.max())
    typical = float(np.quantile(losses, 0.75)) - best
    fence = best + 4.0 * typical
    return fence if typical > 0 and worst > fence else math.inf


def thinned(n: int, most: int, keep: Sequence[int] = ()) -> list[int]:
    """At most `most` of n indices, evenly spread, and those to keep."""
    if n <= most:
        return list(range(n))
    spread = np.linspace(0, n - 1, most).astype(int).tolist()
    return sorted({*spread, *keep})
