"""Things to choose from: Categorical, in no order, and Ordinal, in the order given.

An index i of k owns the slice [i/k, (i+1)/k) of the unit interval, or one as wide as its weight
(inverse transform sampling; Devroye 1986, III.2). Values keep their type and, as far as they are
plain objects, their identity: what is drawn *is* the element that was listed.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.columns import CATEGORICAL, ORDINAL
from trimtab.space.condition import Switchable
from trimtab.space.value import UNSET, encode, identity, native
from trimtab.typing import Array, Ints

_SHOWN = 12  # choices that a text lists before it says how many there are


def _listed(what: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise SpaceError(f"{what}: {values!r} is no list of values; write {what}([...])")
    found = tuple(native(value) for value in values)
    if not found:
        raise SpaceError(f"{what}([]) has nothing to choose from; list at least one value")
    return found


def _indexed(what: str, values: tuple[Any, ...]) -> dict[Hashable, int]:
    index: dict[Hashable, int] = {}
    for i, value in enumerate(values):
        if index.setdefault(identity(value), i) != i:
            raise SpaceError(f"{what} lists {value!r} twice; remove one")
    return index


def _find(index: Mapping[Hashable, int], name: str, value: Any, text: str) -> float:
    value = native(value)
    i = index.get(identity(value))
    if i is None and isinstance(value, str):
        i = index.get(("o", value))  # an object, by the label under which it is stored
    if i is None and isinstance(value, list):
        i = index.get(identity(tuple(value)))  # JSON knows no tuples
    if i is None:
        kinds = {type(key[1]) for key in index if isinstance(key, tuple) and len(key) > 1}
        hint = (
            ""
            if type(value) in kinds
            else f" (a {type(value).__name__}; types count, 1 is not True)"
        )
        raise SpaceError(f"{name}={value!r}{hint} is not one of the choices; {text}")
    return float(i)


def _names(values: tuple[Any, ...]) -> str:
    shown = ", ".join(repr(value) for value in values[:_SHOWN])
    return f"[{shown}{', ...' if len(values) > _SHOWN else ''}]"


def _extra(default: Any, weights: tuple[float, ...] | None = None) -> str:
    extra = "" if weights is None else f", weights=[{', '.join(f'{w:.6g}' for w in weights)}]"
    return extra + ("" if default is UNSET else f", default={default!r}")


@dataclass(frozen=True, eq=False)
class Categorical(Switchable):
    """One of a list, in no order; code: the 0-based index.

    A dict name -> nested space makes each name a choice that brings parameters of its own. Weights
    are divided by their sum; a choice of weight zero is valid but never drawn.

    Raises:
        SpaceError: nothing listed, the same twice, NaN, weights that do not fit.
    """

    choices: Any  # becomes a tuple
    _: KW_ONLY
    weights: Any = None  # becomes a tuple of floats that sum to 1, or None
    default: Any = UNSET
    branches: dict[str, Any] = field(init=False, repr=False)  # choice -> nested space

    def __post_init__(self) -> None:
        branches: dict[str, Any] = {}
        if isinstance(self.choices, Mapping):
            branches = dict(self.choices)
            if not all(isinstance(name, str) for name in branches):
                raise SpaceError(
                    f"Categorical: names of nested spaces are strings, got {list(branches)}"
                )
        object.__setattr__(self, "branches", branches)
        object.__setattr__(self, "choices", _listed("Categorical", self.choices))
        _ = self._index
        if self.weights is not None:
            object.__setattr__(self, "weights", self._normalised())
        if self.default is None and ("n", None) not in self._index:
            object.__setattr__(self, "default", UNSET)
        if self.default is not UNSET:
            object.__setattr__(
                self, "default", self.choices[int(self.code("default", self.default))]
            )

    def _normalised(self) -> tuple[float, ...]:
        weights = [native(w) for w in self.weights]
        bad = [w for w in weights if isinstance(w, bool) or not isinstance(w, int | float)]
        if len(weights) != len(self.choices) or bad:
            raise SpaceError(
                f"weights={weights!r}: give one number for each of {len(self.choices)} choices"
            )
        total = math.fsum(weights)
        if not (0 < total < math.inf) or any(not w >= 0 for w in weights):
            raise SpaceError(f"weights={weights!r} must be finite, none negative, one above zero")
        if math.isclose(total, 1.0, rel_tol=1e-12):
            total = 1.0  # NOTE: shares that are read back stay what they are, to the digit
        return tuple(w / total for w in weights)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Categorical) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(tuple(self._index))

    @cached_property
    def _index(self) -> dict[Hashable, int]:
        return _indexed("Categorical", self.choices)

    @property
    def kind(self) -> int:
        """CATEGORICAL."""
        return CATEGORICAL

    @property
    def n_values(self) -> int:
        """How many choices there are."""
        return len(self.choices)

    @cached_property
    def default_code(self) -> float:
        """The code of the default, NaN where none was given."""
        return math.nan if self.default is UNSET else self.code("default", self.default)

    @cached_property
    def _drawn(self) -> tuple[Ints, Array, Array]:
        weights = np.array(self.weights)
        drawn = np.flatnonzero(weights > 0)
        edges = np.concatenate([[0.0], np.cumsum(weights)])
        return drawn, edges[drawn[:-1] + 1], edges / edges[-1]

    def from_unit(self, u: Array) -> Array:
        """Codes at unit coordinates in [0, 1]."""
        if self.weights is None:
            return np.minimum(np.floor(u * len(self.choices)), len(self.choices) - 1.0)
        drawn, inner, _ = self._drawn
        return drawn[np.searchsorted(inner, u, side="right")].astype(np.float64)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of codes: the middle of the choice's slice."""
        if self.weights is None:
            return (codes + 0.5) / len(self.choices)
        edges = self._drawn[2]
        inactive = np.isnan(codes)
        i = np.where(inactive, 0.0, codes).astype(np.int64)
        return np.where(inactive, np.nan, (edges[i] + edges[i + 1]) / 2)

    def values(self, codes: Array) -> list[Any]:
        """The very objects listed, at codes (n,)."""
        choices = self.choices
        return [choices[i] for i in codes.astype(np.int64).tolist()]

    def code(self, name: str, value: Any) -> float:
        """The code of a choice; raises SpaceError if it is none, types counting."""
        return _find(self._index, name, value, self.text())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "type": "categorical",
            "choices": [encode(choice) for choice in self.choices],
            "weights": None if self.weights is None else list(self.weights),
            "default": None if self.default is UNSET else encode(self.default),
        }

    def text(self) -> str:
        """How a user would write it."""
        return f"Categorical({_names(self.choices)}{_extra(self.default, self.weights)})"


@dataclass(frozen=True, eq=False)
class Ordinal(Switchable):
    """One of a list whose order means something; code: the 0-based index.

    Raises:
        SpaceError: nothing listed, the same twice, NaN.
    """

    choices: Any  # becomes a tuple
    _: KW_ONLY
    default: Any = UNSET

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", _listed("Ordinal", self.choices))
        _ = self._index
        if self.default is None and ("n", None) not in self._index:
            object.__setattr__(self, "default", UNSET)
        if self.default is not UNSET:
            object.__setattr__(
                self, "default", self.choices[int(self.code("default", self.default))]
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ordinal) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(tuple(self._index))

    @cached_property
    def _index(self) -> dict[Hashable, int]:
        return _indexed("Ordinal", self.choices)

    @property
    def kind(self) -> int:
        """ORDINAL."""
        return ORDINAL

    @property
    def n_values(self) -> int:
        """How many values there are."""
        return len(self.choices)

    @cached_property
    def default_code(self) -> float:
        """The code of the default, NaN where none was given."""
        return math.nan if self.default is UNSET else self.code("default", self.default)

    def from_unit(self, u: Array) -> Array:
        """Codes at unit coordinates in [0, 1]."""
        return np.minimum(np.floor(u * len(self.choices)), len(self.choices) - 1.0)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of codes: the middle of the value's slice."""
        return (codes + 0.5) / len(self.choices)

    def values(self, codes: Array) -> list[Any]:
        """The very objects listed, at codes (n,)."""
        choices = self.choices
        return [choices[i] for i in codes.astype(np.int64).tolist()]

    def code(self, name: str, value: Any) -> float:
        """The code of a value; raises SpaceError if it is not listed, types counting."""
        return _find(self._index, name, value, self.text())

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "type": "ordinal",
            "values": [encode(choice) for choice in self.choices],
            "default": None if self.default is UNSET else encode(self.default),
        }

    def text(self) -> str:
        """How a user would write it."""
        return f"Ordinal({_names(self.choices)}{_extra(self.default)})"
