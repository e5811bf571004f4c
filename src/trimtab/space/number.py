"""Real numbers to choose, on a linear, logarithmic or stepped scale, with a prior or without.

The unit coordinate is the prior's distribution function (inverse transform sampling; Devroye 1986);
without a prior that is uniform, on the scale's axis. An indexed value owns a slice of [0, 1].
Grid values are computed with decimal digits, so the third of 0.1 is 0.3 and no other.
"""

import math
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.columns import FLOAT
from trimtab.space.condition import Switchable
from trimtab.space.prior import Beta, Prior
from trimtab.space.rounding import fifteen_digits
from trimtab.space.value import native
from trimtab.typing import Array

MOST_VALUES = 2**50  # with more, the middle of a slice of [0, 1] is no longer a double
NARROW = 1e-4  # of the largest bound: a shorter range keeps all digits of its draws
_EDGE = 2.0**-53  # how near an unbounded prior is followed to its ends
_LARGEST_TABLE = 4096
_ON_GRID = 1e-9  # of a step: what counts as rounding, not as another value


def _real(what: str, name: str, value: Any) -> float:
    value = native(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise SpaceError(f"{what} needs a number for {name}, got {name}={value!r}")
    try:
        return float(value)
    except OverflowError:
        raise SpaceError(f"{what}: {name}={value!r} is beyond the largest float") from None


def check_scale(what: str, low: float, log: object, stepped: bool, prior: object) -> None:
    """Refuse a log flag that does not fit the rest; raises SpaceError."""
    if not isinstance(log, bool):
        raise SpaceError(f"{what}: log={log!r} is neither True nor False")
    if log and low <= 0:
        raise SpaceError(
            f"{what}: log=True needs low > 0, got low={low!r}; "
            "use ZeroOr(Float(...)) to allow an exact zero"
        )
    if log and stepped:
        raise SpaceError(f"{what}: log=True and step do not go together; leave one out")
    if log and prior is not None:
        raise SpaceError(
            f"{what}: log=True is a prior already; use prior=LogNormal(...) without log"
        )


def check_prior(what: str, prior: Prior | None, low: float, high: float) -> None:
    """Refuse what is no prior, or one without mass on [low, high]; raises SpaceError."""
    if prior is None:
        return
    if not callable(getattr(prior, "ppf", None)) or not hasattr(prior, "to_dict"):
        raise SpaceError(f"{what}: prior={prior!r} is no prior; use Normal, LogNormal or Beta")
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = float(prior.ppf(np.asarray(0.5), low, high)) if low < high else low
        share = float(prior.cdf(np.asarray(high), low, high)) if low < high else 1.0
    if not (math.isfinite(middle) and share > 0.5):
        raise SpaceError(
            f"{what}: {prior.text()} has no mass on [{low!r}, {high!r}]; move the bounds"
        )


def options(**given: Any) -> str:
    """The keyword arguments that were given, as a text shows them."""
    return "".join(f", {name}={value}" for name, value in given.items() if value is not None)


@dataclass(frozen=True)
class Float(Switchable):
    """A real number in [low, high]; code: the value, or its index where
    a step is given or the bounds meet.

    With a step, values are low + step * i and `high` is lowered to the last of them. A prior may
    leave bounds out. `kind` stays FLOAT with a step.

    Raises:
        SpaceError: bounds missing, crossed, NaN or infinite; log with low <= 0; a prior without
        mass.
    """

    low: float = -math.inf
    high: float = math.inf
    _: KW_ONLY
    log: bool = False
    step: float | None = None
    prior: Prior | None = None
    default: float | None = None

    def __post_init__(self) -> None:
        what = f"Float({self.low!r}, {self.high!r})"
        low, high = _real(what, "low", self.low), _real(what, "high", self.high)
        bounded = math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low)
        if low > high:
            raise SpaceError(f"{what}: low={low!r} is above high={high!r}; swap them")
        if not bounded and (self.prior is None or self.step is not None or low == high):
            raise SpaceError(
                f"{what}: bounds and their distance must be finite; give both, or a prior"
            )
        check_scale(what, low, self.log, self.step is not None, self.prior)
        if isinstance(self.prior, Beta) and not bounded:
            raise SpaceError(
                f"{what}: {self.prior.text()} needs finite bounds to be stretched over"
            )
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)
        if self.step is not None:
            self._lower_high(what, _real(what, "step", self.step))
        check_prior(what, self.prior, *self._edges)
        if self.default is not None:
            code = self.code("default", self.default)
            object.__setattr__(self, "default", self.values(np.array([code]))[0])

    def _lower_high(self, what: str, step: float) -> None:
        if not 0 < step < math.inf:
            raise SpaceError(f"{what}: step={step!r} must be above zero and finite")
        object.__setattr__(self, "step", step)
        distance = Decimal(repr(self.high)) - Decimal(repr(self.low))
        last = int(distance / Decimal(repr(step)))
        if last >= MOST_VALUES:
            raise SpaceError(f"{what}: step={step!r} gives over 2**50 values; use a larger step")
        object.__setattr__(self, "high", self._at(last))

    @property
    def kind(self) -> int:
        """FLOAT."""
        return FLOAT

    @cached_property
    def n_values(self) -> int:
        """How many values there are; 0 without a step, unless the bounds meet."""
        if self.low == self.high:
            return 1
        if self.step is None:
            return 0
        return (
            round((Decimal(repr(self.high)) - Decimal(repr(self.low))) / Decimal(repr(self.step)))
            + 1
        )

    @cached_property
    def default_code(self) -> float:
        """The code of the default, NaN where none was given."""
        return math.nan if self.default is None else self.code("default", self.default)

    @property
    def scale(self) -> tuple[float, float]:
        """The ends of the axis on which coordinates are uniform without a prior: bounds or their logs."""
        return (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)

    @property
    def _edges(self) -> tuple[float, float]:
        half = 0.0 if self.step is None else self.step / 2
        return self.low - half, self.high + half

    def from_unit(self, u: Array) -> Array:
        """Codes at unit coordinates in [0, 1]."""
        if self.low == self.high:
            return np.zeros(np.shape(u))
        if self.prior is not None:
            if math.isinf(self.low) or math.isinf(self.high):
                u = np.clip(u, _EDGE, 1.0 - _EDGE)
            x = self.prior.ppf(u, *self._edges)
            if self.step is None:
                return x
            return np.clip(np.rint((x - self.low) / self.step), 0.0, self.n_values - 1.0)
        if self.step is not None:
            return np.minimum(np.floor(u * self.n_values), self.n_values - 1.0)
        if self.log:
            start, end = math.log(self.low), math.log(self.high)
            x = np.exp(start + u * (end - start))
        else:
            x = self.low + u * (self.high - self.low)
        if self.high - self.low > NARROW * max(abs(self.low), abs(self.high)):
            x = fifteen_digits(x)
        return np.minimum(np.maximum(x, self.low), self.high)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of codes."""
        if self.low == self.high:
            return np.where(np.isnan(codes), np.nan, 0.5)
        if self.step is not None:
            return stepped_unit(codes, self.prior, self.low, self.step, self._edges, self.n_values)
        if self.prior is not None:
            return self.prior.cdf(codes, self.low, self.high)
        if self.log:
            start, end = math.log(self.low), math.log(self.high)
            x = (np.log(codes) - start) / (end - start)
        else:
            x = (codes - self.low) / (self.high - self.low)
        return np.minimum(np.maximum(x, 0.0), 1.0)

    def values(self, codes: Array) -> list[float]:
        """Native floats of codes (n,)."""
        if self.low == self.high:
            return [self.low] * len(codes)
        if self.step is None:
            return codes.tolist()
        if self.n_values <= _LARGEST_TABLE:
            table = self._table
            return [table[i] for i in codes.astype(np.int64).tolist()]
        return [self._at(i) for i in codes.astype(np.int64).tolist()]

    @cached_property
    def _table(self) -> list[float]:
        return [self._at(i) for i in range(self.n_values)]

    def _at(self, i: int) -> float:
        return float(Decimal(repr(self.low)) + i * Decimal(repr(self.step)))

    def code(self, name: str, value: Any) -> float:
        """The code of a value; SpaceError if it is no number, out of range or off the grid."""
        value = native(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpaceError(
                f"{name}={value!r} is a {type(value).__name__}; give a number, {self.text()}"
            )
        if not self.low <= value <= self.high:
            raise SpaceError(
                f"{name}={value!r} is outside [{self.low!r}, {self.high!r}]; {self.text()}"
            )
        value = float(value)
        if self.low == self.high:
            return 0.0
        if self.step is None:
            return value
        i = round((value - self.low) / self.step)
        if not abs(value - self._at(i)) <= _ON_GRID * self.step:
            raise SpaceError(
                f"{name}={value!r} is between two steps; the nearest is {self._at(i)!r}"
            )
        return float(i)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; an open bound is None."""
        return {
            "type": "float",
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "log": self.log,
            "step": self.step,
            "prior": None if self.prior is None else self.prior.to_dict(),
            "default": self.default,
        }

    def text(self) -> str:
        """How a user would write it."""
        prior = None if self.prior is None else self.prior.text()
        extra = options(log=self.log or None, step=self.step, prior=prior, default=self.default)
        return f"Float({self.low!r}, {self.high!r}{extra})"


def stepped_unit(
    codes: Array, prior: Prior | None, low: float, step: float, edges: tuple[float, float], n: int
) -> Array:
    """The middles of the slices of indexed values, of a shape with `codes`."""
    if prior is None:
        return (codes + 0.5) / n
    if n == 1:
        return np.where(np.isnan(codes), np.nan, 0.5)
    x = low + step * codes
    return (prior.cdf(x - step / 2, *edges) + prior.cdf(x + step / 2, *edges)) / 2
