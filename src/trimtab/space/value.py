"""What a parameter may be called and what it may be: names, typed values, and their JSON.

Values keep their type: 1, True and 1.0 are three choices. In JSON a value is a tagged pair,
["i", 1], ["b", true], ["f", 1.0], ["s", "x"], ["n", null], ["t", [...]], ["l", [...]], and anything
else (a class, a function, an estimator) is known by a label only, ["o", "module.Name"].
Names follow Unicode Standard Annex 15 (2023): they are compared after NFC normalisation.
"""

import math
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from trimtab.errors import SpaceError

_LONGEST_NAME = 255  # bytes of UTF-8, what every storage can hold
_TAGS = {bool: "b", int: "i", float: "f", str: "s", type(None): "n", tuple: "t", list: "l"}


class Unset:
    """The type of `UNSET`, for a default that may be None but was not given."""

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # there is one only, in every process


UNSET = Unset()


@dataclass(frozen=True)
class Opaque:
    """Stands for a choice that cannot be written down, in a space that was read from JSON."""

    label: str


def check_name(name: object) -> str:
    """The name, NFC-normalised.

    Raises:
        SpaceError: not a string, empty, over 255 bytes, or with control characters or surrogates.
    """
    if not isinstance(name, str):
        raise SpaceError(f"parameter name {name!r} is a {type(name).__name__}; names are strings")
    name = unicodedata.normalize("NFC", str(name))
    for char in name:
        if unicodedata.category(char) in ("Cc", "Cs"):
            raise SpaceError(
                f"parameter name {name!r} holds {char!r}; "
                "control characters and lone surrogates are not allowed, rename the parameter"
            )
    length = len(name.encode())
    if not 1 <= length <= _LONGEST_NAME:
        raise SpaceError(
            f"parameter name {name[:40]!r} has {length} bytes of UTF-8; use 1 to {_LONGEST_NAME}"
        )
    return name


def native(value: Any) -> Any:
    """The value as plain Python has it: NumPy scalars become int, float, bool or str."""
    return value.item() if isinstance(value, np.generic) else value


def label_of(value: object) -> str:
    """A string that stands for an object which JSON cannot hold, the same in every process.

    Raises:
        SpaceError: its repr holds a memory address, so that nothing stable names it.
    """
    if isinstance(value, Opaque):
        return value.label
    if isinstance(value, Enum):
        return f"{type(value).__module__}.{type(value).__qualname__}.{value.name}"
    if (name := getattr(value, "__qualname__", None)) and "<" not in name:
        return f"{getattr(value, '__module__', None)}.{name}"
    text = repr(value)
    if " at 0x" in text or "<lambda>" in text:
        raise SpaceError(
            f"choice {text} has no name that lasts; "
            "use a named function, an object with a plain repr, or a string in its place"
        )
    return text


def identity(value: Any) -> Hashable:
    """A hashable stand-in that tells 1, True and 1.0 apart and compares lists by content.

    Raises:
        SpaceError: a NaN, which equals nothing, not even itself.
    """
    kind = type(value)
    if kind is float and math.isnan(value):
        raise SpaceError("nan cannot be a choice: it equals nothing; use None or a string")
    if kind is tuple or kind is list:
        return (_TAGS[kind], *(identity(native(item)) for item in value))
    if kind in _TAGS:
        return (_TAGS[kind], value)
    return ("o", label_of(value))


def encode(value: Any) -> list[Any]:
    """The value as a tagged JSON pair; shape: [tag, content]."""
    kind = type(value)
    if kind is tuple or kind is list:
        return [_TAGS[kind], [encode(native(item)) for item in value]]
    if kind is float and not math.isfinite(value):
        return ["f", repr(value)]
    if kind in _TAGS:
        return [_TAGS[kind], value]
    return ["o", label_of(value)]


def decode(pair: Any) -> Any:
    """The value that `encode` was given; an object comes back as `Opaque`.

    Raises:
        SpaceError: not such a pair.
    """
    if not isinstance(pair, list) or len(pair) != 2:
        raise SpaceError(f"{pair!r} is not a tagged value such as ['i', 1]")
    tag, content = pair
    if tag == "f" and isinstance(content, int | float | str) and not isinstance(content, bool):
        return float(content)
    if tag in ("t", "l") and isinstance(content, list):
        items = [decode(item) for item in content]
        return tuple(items) if tag == "t" else items
    if tag == "o" and isinstance(content, str):
        return Opaque(content)
    if _TAGS.get(type(content)) == tag:
        return content
    raise SpaceError(f"{pair!r} is not a tagged value such as ['i', 1]")
