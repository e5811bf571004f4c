"""Fidelity: how much of an evaluation is done, and the levels at which evaluations are compared.

Levels grow geometrically from the least budget that means something (Jamieson & Talwalkar 2016; Li et
al. 2018). They are found by multiplication, never by logarithms: log(243)/log(3) is 4.999..., and a
bracket gets lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from trimtab.errors import InvalidArgument, Unsupported

_SLACK = 1 + 1e-9  # of relative error that repeated multiplication may gather


@dataclass(frozen=True)
class Fidelity:
    """How much of an evaluation may be done: whole units of `name` from `low` to `high`.

    Epochs, trees, folds, rows, percent of the data. It is no parameter: it is never in a configuration, and
    only what ran up to `high` can be the best trial. `levels`: the only amounts that there are, such as
    Fidelity("bits", levels=[16, 32, 64]), for schedulers with rungs and objectives with a `budget`.

    Raises:
        InvalidArgument: not whole numbers with 1 <= low <= high, or levels that do not ascend.
    """

    name: str
    low: int = 0
    high: int = 0
    levels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.levels is not None:
            self._take_levels(self.levels)
        for what, value in (("low", self.low), ("high", self.high)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise InvalidArgument(
                    f"Fidelity {what}={value!r} must be a whole number; count in smaller units, such as "
                    "percent or rows"
                )
        if not 1 <= self.low <= self.high:
            raise InvalidArgument(
                f"Fidelity low={self.low}, high={self.high}: give 1 <= low <= high"
            )

    def _take_levels(self, given: Any) -> None:
        levels = tuple(given) if isinstance(given, list | tuple) else ()
        is_whole = bool(levels) and all(type(v) is int and v >= 1 for v in levels)
        if not is_whole or any(b <= a for a, b in pairwise(levels)):
            raise InvalidArgument(
                f"Fidelity levels={given!r} must be ascending whole numbers, such as [16, 32, 64]"
            )
        if self.low not in (0, levels[0]) or self.high not in (0, levels[-1]):
            raise InvalidArgument(
                f"Fidelity low={self.low}, high={self.high}: leave them out, levels={given!r} say them"
            )
        for what, value in (("low", levels[0]), ("high", levels[-1]), ("levels", levels)):
            object.__setattr__(self, what, value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `Fidelity.of` reads it."""
        if self.levels is not None:
            return {"name": self.name, "levels": list(self.levels)}
        return {"name": self.name, "low": self.low, "high": self.high}

    @classmethod
    def of(cls, spec: Any) -> "Fidelity":
        """A fidelity from itself or from its settings."""
        if isinstance(spec, Mapping) and set(spec) in ({"name", "low", "high"}, {"name", "levels"}):
            return cls(**spec)
        if not isinstance(spec, cls):
            raise InvalidArgument(
                f"fidelity={spec!r} is none; give trimtab.Fidelity('epoch', 1, 81)"
            )
        return spec


@dataclass(frozen=True, slots=True)
class Start:
    """A new trial, which shall run up to `budget` for now.

    `codes`: its configuration; None: whatever the sampler proposes. `parent`: the trial whose latest
    checkpoint it goes on from.
    """

    budget: int
    codes: tuple[float | None, ...] | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """A paused trial, which shall go on up to `budget`."""

    number: int
    budget: int


def range_of(
    fidelity: Fidelity | None, low: int | None, high: int | None, method: str
) -> tuple[int, int]:
    """The least and the largest budget: those of a scheduler's settings, else those of the study.

    Raises:
        Unsupported: there is no largest budget.
        InvalidArgument: they are out of order.
    """
    least = low if low is not None else fidelity.low if fidelity is not None else 1
    most = high if high is not None else fidelity.high if fidelity is not None else None
    if most is None:
        raise Unsupported(
            f"scheduler {method} needs to know the largest budget: give it max_budget=81, or the study "
            "fidelity=trimtab.Fidelity('epoch', 1, 81)"
        )
    if not 1 <= least <= most:
        raise InvalidArgument(f"min_budget={least} and max_budget={most} are out of order")
    return least, most


def rungs_of(fidelity: Fidelity | None, low: int, high: int, eta: float) -> tuple[int, ...]:
    """The levels between two budgets: those that the fidelity lists, else `levels_of`."""
    if fidelity is None or fidelity.levels is None:
        return levels_of(low, high, eta)
    return (*(level for level in fidelity.levels if low <= level < high), high)


def refuse_levels(fidelity: Fidelity | None, method: str) -> None:
    """Refuse a fidelity with listed levels.

    Raises:
        Unsupported: naming the way out.
    """
    if fidelity is not None and fidelity.levels is not None:
        raise Unsupported(
            f"scheduler {method} makes its own budgets, and {fidelity.name!r} has only the levels "
            f"{list(fidelity.levels)}; choose ASHA, PromotingASHA, AsyncHyperband, PASHA or Halving"
        )


def levels_of(low: int, high: int, eta: float) -> tuple[int, ...]:
    """The levels low, low * eta, low * eta**2, ..., rounded, and always `high` as the last one.

    Raises:
        InvalidArgument: not 1 <= low <= high, or eta not above 1.
    """
    if not 1 <= low <= high:
        raise InvalidArgument(
            f"min_budget={low!r}, max_budget={high!r}: give whole numbers with 1 <= min <= max"
        )
    found = []
    for k in range(n_steps(low, high, eta) + 1):
        found.append(round(low * eta**k))
    if found[-1] != high:
        found.append(high)
    return tuple(a for a, b in pairwise([*found, high + 1]) if b > a)


def n_steps(low: float, high: float, eta: float) -> int:
    """The largest s with low * eta**s <= high: s_max of Hyperband; exact for whole numbers.

    Raises:
        InvalidArgument: eta is not above 1, or low not above 0.
    """
    if not (eta > 1 and low > 0):
        raise InvalidArgument(f"eta={eta!r} must be above 1, and min_budget={low!r} above 0")
    s, level = 0, low * eta
    while level <= high * _SLACK:
        s, level = s + 1, level * eta
    return s
