"""Names of a package that load the one file they are in when they are first used.

A module's own `__getattr__` and `__dir__` are those of PEP 562 (Levkivskyi 2017).
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from trimtab.foreign import no_attribute


def lazily(
    package: str, home: Mapping[str, str], files: Sequence[str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package: `home` says which file a name is in.

    `files` are public themselves: a name that is also that of its file would be hidden by it.
    """

    def load(name: str) -> Any:
        if name in home:
            value = getattr(import_module(f"{package}.{home[name]}"), name)
        elif name in files:
            value = import_module(f"{package}.{name}")
        else:
            raise no_attribute(package, name, {}, [*home, *files])
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted({*home, *files})
