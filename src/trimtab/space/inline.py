"""Domains as one line of text: `1e-5..1e-1 log`, `1..8`, `0..1 step 0.1`, `adam|sgd|rmsprop`.

In the spirit of the sweep overrides of Hydra (Yadan 2019). Behind either form may follow `default
x` and then `when formula`; `int` and `float` say which kind of number is meant where the bounds
do not.
"""

import re
from collections.abc import Callable
from typing import Any

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.choice import Categorical
from trimtab.space.condition import Conditional
from trimtab.space.contract import Domain
from trimtab.space.integer import Int
from trimtab.space.number import Float
from trimtab.space.value import UNSET, native

_NUMBER = r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
RANGE = re.compile(rf"^\s*({_NUMBER})\s*\.\.(?!\.)\s*({_NUMBER})\s*(.*)$", re.DOTALL)
_INT = re.compile(r"^[-+]?\d[\d_]*$")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}


def scalar_of(text: str) -> Any:
    """A word of inline text as the scalar it spells: 8, 0.5, true, null, else a string."""
    word = text.strip()
    if _INT.match(word):
        return int(word)
    if re.fullmatch(_NUMBER, word):
        return float(word)
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        return word[1:-1]
    return _WORDS.get(word, word)


def inline(text: str) -> Domain | Conditional:
    """The domain that one line of text spells; text of neither form is a constant.

    Raises:
        SpaceError: a range with words behind it that do not belong there, or bounds that do not fit.
    """
    head, _, formula = text.partition(" when ")
    if found := RANGE.match(head):
        domain: Domain = _range(text, *found.groups())
    elif "|" in head:
        choices, _, default = head.partition(" default ")
        given = scalar_of(default) if default else UNSET
        domain = Categorical([scalar_of(word) for word in choices.split("|")], default=given)
    elif re.match(rf"^\s*{_NUMBER}\s*\.\.", head):
        raise SpaceError(f'{text!r} begins like a range, but is none; write e.g. "1e-5..1e-1 log"')
    else:
        return Categorical([text])
    if not formula:
        return domain
    return domain.when(formula)  # type: ignore[attr-defined]


def _range(text: str, low: str, high: str, rest: str) -> Float | Int:
    words = rest.replace(",", " ").split()
    given: dict[str, Any] = {}
    whole = bool(_INT.match(low) and _INT.match(high))
    while words:
        word = words.pop(0).lower()
        if word == "log":
            given["log"] = True
        elif word in ("int", "float"):
            whole = word == "int"
        elif word in ("step", "default") and words:
            given[word] = scalar_of(words.pop(0))
            whole = whole and isinstance(given[word], int)
        else:
            known = ("log", "int", "float", "step", "default")
            raise SpaceError(
                f"{text!r}: {word!r} does not belong there{did_you_mean(word, known)}; "
                'write e.g. "1e-5..1e-1 log", "0..1 step 0.1", "1..8 default 4"'
            )
    if whole:
        return Int(number_of(low, "low", int), number_of(high, "high", int), **given)
    return Float(float(low), float(high), **given)


def number_of(value: Any, key: str, kind: Callable[[Any], Any]) -> Any:
    """A number of a kind, int or float, from a number or a string such as "1e-5".

    Raises:
        SpaceError: it is no number, or a fraction where an int is meant.
    """
    value = native(value)
    if isinstance(value, str):
        value = scalar_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpaceError(f"{key}={value!r} is not a number")
    if kind is int and isinstance(value, float):
        if not value.is_integer():
            raise SpaceError(f"{key}={value!r} is not whole; use type: float")
        return int(value)
    return kind(value)
