"""Names that load on first use: the registry of samplers and their kin, entry points, and extras.

A registry maps a public name to "module:Class". Nothing is imported until the name is used, so that
`import trimtab` costs milliseconds however many algorithms there are. Third parties add their own
under the entry-point group `trimtab.<kind>`, e.g. `trimtab.sampler`.
"""

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from trimtab.errors import InvalidArgument, MissingExtra


class Registry:
    """The implementations of one kind of part, by name; names match whatever their case."""

    def __init__(self, kind: str, home: Mapping[str, str]) -> None:
        self.kind = kind
        self._home = dict(home)

    def names(self) -> list[str]:
        """Every registered name, in the order of the table, plugins last."""
        return [*self._home, *(name for name in self._plugins() if name not in self._home)]

    def load(self, name: str) -> Any:
        """The class of that name.

        Raises:
            InvalidArgument: there is none; the message lists the names and suggests the nearest.
        """
        plain = name.replace("_", "").replace("-", "").lower()
        for known in self._home:
            if known.lower() == plain:
                module, _, attribute = self._home[known].partition(":")
                return getattr(importlib.import_module(module), attribute)
        plugins = self._plugins()
        if name in plugins:
            return plugins[name].load()
        raise InvalidArgument(
            f"{self.kind}={name!r} is not known{did_you_mean(name, self.names())}; "
            f"choose one of: {', '.join(self.names())}"
        )

    def _plugins(self) -> dict[str, importlib.metadata.EntryPoint]:
        found = importlib.metadata.entry_points(group=f"trimtab.{self.kind}")
        return {point.name: point for point in found}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`" (did you mean 'x'?)"` where a known word is near, else nothing."""
    lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(word).lower(), lower, n=1, cutoff=0.5)
    return f" (did you mean {lower[near[0]]!r}?)" if near else ""


def require(module: str, extra: str, what: str) -> ModuleType:
    """Import an optional dependency, or say how to get it.

    Raises:
        MissingExtra: it is not installed; the message has the exact pip line.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f'{what} needs {module!r}, which is not installed: pip install "trimtab[{extra}]"'
        ) from error
