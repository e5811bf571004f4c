"""Refusals that samplers share: switches, words from a list, categorical columns beyond a design.

What a design can do with a qualitative factor is in Montgomery, Design and Analysis of Experiments
(2017): two levels for two choices, no center point between them.
"""

import math
from collections.abc import Sequence
from typing import Any

from trimtab.design.check import number_of
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.plugin import did_you_mean
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space


def check_switch(name: str, value: Any) -> bool:
    """`value` if it is True or False; InvalidArgument otherwise."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{name}={value!r} is a switch; give True or False")
    return value


def check_word(name: str, value: Any, words: Sequence[str]) -> str:
    """`value` if it is one of `words`; InvalidArgument, with the nearest one, otherwise."""
    if value not in words:
        raise InvalidArgument(
            f"{name}={value!r} is not known{did_you_mean(str(value), words)}; "
            f"choose one of: {', '.join(words)}"
        )
    return str(value)


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """`value` if it lies strictly between low and high; InvalidArgument otherwise."""
    number = number_of(value)
    if not low < number < high:
        raise InvalidArgument(
            f"{name}={value!r} must lie between {low:g} and {high:g}, ends excluded"
        )
    return number


def check_not_negative(name: str, value: Any, most: float = math.inf) -> float:
    """`value` if it is finite, 0 or more, and at most `most` up to rounding; InvalidArgument otherwise."""
    number = number_of(value)
    if not (0 <= number <= most + _ROUNDING and math.isfinite(number)):
        upper = "or more" if math.isinf(most) else f"to {most:g}"
        raise InvalidArgument(f"{name}={value!r} must be a number, 0 {upper}")
    return number


def refuse_choices(space: Space, method: str, most: int, way_out: str) -> None:
    """Refuse categorical parameters with more than `most` choices.

    Raises:
        Unsupported: naming the method, the parameter and the way out.
    """
    kinds, sizes = space.columns.kind, space.columns.n_values
    for name, kind, size in zip(space.names, kinds.tolist(), sizes.tolist(), strict=True):
        if kind == CATEGORICAL and size > most:
            raise Unsupported(
                f"{method} cannot take the categorical parameter {name!r} with {size} choices; {way_out}"
            )


_ROUNDING = 1e-9  # of shares that were summed
