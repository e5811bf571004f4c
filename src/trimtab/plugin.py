"""Names that load on first use: the registry of samplers and their kin, entry points, and extras.

A part (a sampler, a scheduler) is a frozen dataclass, so its settings are its fields (as in evosax, Lange
2022); what is written down is `{"name": "Sobol", "scramble": true, "skip": 0}`.

A registry maps a public name to "module:Class". Nothing is imported until the name is used, so that
`import trimtab` costs milliseconds however many algorithms there are. Third parties add their own
under the entry-point group `trimtab.<kind>`, e.g. `trimtab.sampler`.
"""

import difflib
import importlib
import importlib.metadata
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

from trimtab.errors import InvalidArgument, MissingExtra


class Registry:
    """The implementations of one kind of part, by name; names match whatever their case."""

    def __init__(
        self, kind: str, home: Mapping[str, str], synonyms: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self._home = dict(home)
        self._synonyms = dict(synonyms or {})  # what others call them, in lower case -> name

    def names(self) -> list[str]:
        """Every registered name, in the order of the table, plugins last."""
        return [*self._home, *(name for name in self._plugins() if name not in self._home)]

    def load(self, name: str) -> Any:
        """The class of that name, or else of that synonym.

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
        if plain in self._synonyms:
            return self.load(self._synonyms[plain])
        raise InvalidArgument(
            f"{self.kind}={name!r} is not known{did_you_mean(name, self.names())}; "
            f"choose one of: {', '.join(self.names())}"
        )

    def _plugins(self) -> dict[str, importlib.metadata.EntryPoint]:
        found = importlib.metadata.entry_points(group=f"trimtab.{self.kind}")
        return {point.name: point for point in found}


def part_of(registry: Registry, verbs: Sequence[str], spec: Any, example: str) -> Any:
    """The part that a user means: itself, its class, its name in any case, or a dict with its settings.

    `verbs`: what a part can do. `example`: a name that the messages show.

    Raises:
        InvalidArgument: a name or a setting that is not known, a setting missing, or none of these.
    """
    kind = registry.kind

    def inner(item: Any) -> Any:
        return part_of(registry, verbs, item, example)

    if isinstance(spec, str):
        return _made(registry.load(spec), {}, inner)
    if isinstance(spec, Mapping):
        settings = {str(key): value for key, value in spec.items()}
        name = settings.pop("name", None)
        if not isinstance(name, str):
            raise InvalidArgument(
                f"{kind}={dict(spec)!r} has no name; give {{'name': {example!r}, ...}}"
            )
        return _made(registry.load(name), settings, inner)
    if all(hasattr(spec, verb) for verb in verbs):
        return _made(spec, {}, inner) if isinstance(spec, type) else spec
    raise InvalidArgument(
        f"{kind}={spec!r} is no {kind}; give a name such as {example.lower()!r}, a dict, or an object "
        f"with {', '.join(verbs)}"
    )


def settings_of(part: Any) -> dict[str, Any]:
    """Name and settings of a part, as plain JSON; `part_of` reads them.

    Raises:
        InvalidArgument: a setting that JSON cannot hold.
    """
    settings: dict[str, Any] = {"name": type(part).__name__}
    if is_dataclass(part):
        for f in fields(part):
            settings[f.name] = _plain(f.name, getattr(part, f.name), f.name in _inside(part))
    return settings


def _inside(kind: Any) -> Iterable[str]:
    """The settings that hold parts of the same sort: what a chain or a portfolio is made of."""
    names: Iterable[str] = getattr(kind, "holds_samplers", ())
    return names


def _made(kind: Any, settings: Mapping[str, Any], inner: Callable[[Any], Any]) -> Any:
    """A part of a class, its settings checked by name."""
    known = inspect.signature(kind).parameters
    for name in settings:
        if name not in known:
            raise InvalidArgument(
                f"{kind.__name__} has no setting {name!r}{did_you_mean(name, known)}; "
                f"it has: {', '.join(known) or 'none'}"
            )
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in settings:
            raise InvalidArgument(
                f"{kind.__name__} needs {name}=...; say {kind.__name__}({name}=...)"
            )
    inside = _inside(kind)
    given = {name: _revived(v, inner) if name in inside else v for name, v in settings.items()}
    return kind(**given)


def _revived(value: Any, inner: Callable[[Any], Any]) -> Any:
    """The parts in a setting that holds some: names and dicts become objects, in lists as well."""
    if isinstance(value, str | Mapping):
        return inner(value)
    if isinstance(value, list | tuple):
        return tuple(_revived(item, inner) for item in value)
    return value


def _plain(name: str, value: Any, holds_parts: bool = False) -> Any:
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()  # a number of NumPy's
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {
            str(key): _plain(f"{name}[{key!r}]", item, holds_parts) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(name, item, holds_parts) for item in value]
    if holds_parts and is_dataclass(value) and not isinstance(value, type):
        return settings_of(value)
    raise InvalidArgument(
        f"{name}={value!r} cannot be written as JSON; use numbers, strings, lists or dicts"
    )


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
