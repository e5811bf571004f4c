"""Operators by name, or a function of one's own under the name of its module.

An operator is a plain function on arrays, as in pymoo (Blank & Deb 2020); a setting holds its name, so
that it can be written down and found again by another process.
"""

import importlib
from collections.abc import Mapping
from typing import Any

from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean


def operator_name(setting: str, value: Any, known: Mapping[str, Any]) -> str:
    """The name of an operator: one of `known`, or "module:function", given as such or as the function.

    Raises:
        InvalidArgument: a word that is not known, or a function that cannot be found by name.
    """
    if isinstance(value, str):
        if value not in known:
            found_operator(setting, value, known)
        return value
    name = f"{getattr(value, '__module__', None)}:{getattr(value, '__qualname__', None)}"
    if not callable(value):
        raise InvalidArgument(
            f"{setting}={value!r} is no operator; give a function or one of: {', '.join(known)}"
        )
    if found_operator(setting, name, known) is not value:
        raise InvalidArgument(
            f"{setting}={value!r} cannot be found as {name!r}; define it at the top level of a module"
        )
    return name


def found_operator(setting: str, name: str, known: Mapping[str, Any]) -> Any:
    """The function of that name.

    Raises:
        InvalidArgument: there is none.
    """
    if name in known:
        return known[name]
    home, _, attribute = name.partition(":")
    if attribute:
        try:
            return getattr(importlib.import_module(home), attribute)
        except (ImportError, AttributeError) as error:
            raise InvalidArgument(
                f"{setting}={name!r} cannot be found ({error}); define it at the top level of a module"
            ) from error
    raise InvalidArgument(
        f"{setting}={name!r} is not known{did_you_mean(name, known)}; "
        f"give a function or one of: {', '.join(known)}"
    )
