"""Whole numbers to choose, on a linear, logarithmic or stepped scale, with a prior or without.

The unit coordinate is the distribution function of the rounded prior (inverse transform sampling;
Devroye 1986): every value owns a slice of [0, 1]. Values are exact 64-bit integers, never floats.
"""

import math
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.columns import INTEGER
from trimtab.space.condition import Switchable
from trimtab.space.number import MOST_VALUES, check_prior, check_scale, options, stepped_unit
from trimtab.space.prior import Prior
from trimtab.space.value import native
from trimtab.typing import Array

_HIGHEST_LOG_INT = 2**40  # above it, neighbours are too close on the log scale to tell apart


def _whole(what: str, name: str, value: Any) -> int:
    value = native(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpaceError(
            f"{what} needs an int for {name}, got {name}={value!r}; use Float for fractions"
        )
    if not -(2**63) <= value < 2**63:
        raise SpaceError(f"{what}: {name}={value} does not fit 64 bits")
    return value


@dataclass(frozen=True)
class Int(Switchable):
    """A whole number in [low, high], both ends included; code: the 0-based index.

    `high` is lowered to the last value low + step * i. Values are exact 64-bit integers. With
    log=True a value v owns the slice [v - 1/2, v + 1/2] of the logarithmic scale; a prior is
    rounded.

    Raises:
        SpaceError: bounds that are no ints or crossed, over 2**50 values, log with low <= 0 or
        high > 2**40.
    """

    low: int
    high: int
    _: KW_ONLY
    step: int = 1
    log: bool = False
    prior: Prior | None = None
    default: int | None = None

    def __post_init__(self) -> None:
        what = f"Int({self.low!r}, {self.high!r})"
        low, high = _whole(what, "low", self.low), _whole(what, "high", self.high)
        step = _whole(what, "step", self.step)
        if low > high:
            raise SpaceError(f"{what}: low={low} is above high={high}; swap them")
        if step < 1:
            raise SpaceError(f"{what}: step={step} must be 1 or more")
        check_scale(what, low, self.log, step != 1, self.prior)
        if (high - low) // step >= MOST_VALUES:
            raise SpaceError(f"{what} has over 2**50 values; use Float, or a larger step")
        if self.log and high > _HIGHEST_LOG_INT:
            raise SpaceError(f"{what}: log=True needs high <= 2**40, got high={high}; use Float")
        high = low + (high - low) // step * step
        for name, value in (("low", low), ("high", high), ("step", step)):
            object.__setattr__(self, name, value)
        check_prior(what, self.prior, *self._edges)
        if self.default is not None:
            object.__setattr__(
                self, "default", low + step * int(self.code("default", self.default))
            )

    @property
    def kind(self) -> int:
        """INTEGER."""
        return INTEGER

    @cached_property
    def n_values(self) -> int:
        """How many values there are."""
        return (self.high - self.low) // self.step + 1

    @cached_property
    def default_code(self) -> float:
        """The code of the default, NaN where none was given."""
        return math.nan if self.default is None else self.code("default", self.default)

    @property
    def _edges(self) -> tuple[float, float]:
        return self.low - self.step / 2, self.high + self.step / 2

    def from_unit(self, u: Array) -> Array:
        """Codes at unit coordinates in [0, 1]."""
        last = self.n_values - 1.0
        if self.prior is not None:
            x = self.prior.ppf(u, *self._edges)
            return np.clip(np.rint((x - self.low) / self.step), 0.0, last)
        if self.log:
            start, end = math.log(self.low - 0.5), math.log(self.high + 0.5)
            x = np.rint(np.exp(start + u * (end - start))) - self.low
            return np.minimum(np.maximum(x, 0.0), last)
        return np.minimum(np.floor(u * self.n_values), last)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of codes: the middle of the value's slice."""
        if not self.log:
            return stepped_unit(codes, self.prior, self.low, self.step, self._edges, self.n_values)
        start, end = math.log(self.low - 0.5), math.log(self.high + 0.5)
        x = self.low + codes
        return ((np.log(x - 0.5) + np.log(x + 0.5)) / 2 - start) / (end - start)

    def values(self, codes: Array) -> list[int]:
        """Native ints of codes (n,)."""
        return (codes.astype(np.int64) * self.step + self.low).tolist()

    def code(self, name: str, value: Any) -> float:
        """The code of a value; raises SpaceError if it is no int, out of range or off the grid."""
        value = native(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise SpaceError(
                f"{name}={value!r} is a {type(value).__name__}; give an int, {self.text()}"
            )
        if not self.low <= value <= self.high:
            raise SpaceError(
                f"{name}={value!r} is outside [{self.low}, {self.high}]; {self.text()}"
            )
        i, off = divmod(value - self.low, self.step)
        if off:
            near = self.low + self.step * (i + (2 * off >= self.step))
            raise SpaceError(
                f"{name}={value!r} is between two steps of {self.step}; the nearest is {near}"
            )
        return float(i)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "type": "int",
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "log": self.log,
            "prior": None if self.prior is None else self.prior.to_dict(),
            "default": self.default,
        }

    def text(self) -> str:
        """How a user would write it."""
        prior = None if self.prior is None else self.prior.text()
        step = None if self.step == 1 else self.step
        extra = options(step=step, log=self.log or None, prior=prior, default=self.default)
        return f"Int({self.low}, {self.high}{extra})"
